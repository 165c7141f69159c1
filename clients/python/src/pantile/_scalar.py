"""One value that is still to be computed: what reductions come to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pantile._column import Column, arithmetic, clean, comparison, inverted, settled
from pantile._lazy import Lazy
from pantile._operators import ARITHMETIC, COMPARISONS, Operators
from pantile._program import Node, col, unary
from pantile._refusals import LazyError
from pantile._rows import Rows, common

VALUE = "value"


class Scalar(Operators, Lazy):
    """A lazy value. `float()`, `int()`, `bool()` and `compute()` get it; beside columns it stays lazy.

    >>> mean = flights.dep_delay.mean()
    >>> mean
    pantile.Scalar(double)
    table("flights").select(value=col("dep_delay").mean())
    >>> float(mean)
    12.639070257304708
    >>> flights[flights.dep_delay > mean].shape[0].item()
    77584
    """

    _index = ()

    def __init__(self, rows: Rows, column: Column, convert: Callable[[Any], Any] | None = None) -> None:
        if column.type is None:
            column = Column(column.node, rows.type_of(clean(column).node), column.nan, column.null)
        self._rows = rows
        self._column = column
        self._convert = convert

    def _visible(self) -> dict[str, Column]:
        return {VALUE: self._column}

    def _node(self) -> Node:
        return self._rows.node.call("select", value=settled(self._column).node)

    def _labelled(self) -> Any:
        return self._node(), [], [VALUE]

    def _rebuilt(self, rows: Rows, index: Any) -> Scalar:
        return Scalar(rows, Column(col(VALUE), self._column.type), self._convert)

    @property
    def dtype(self) -> Any:
        """The value's dtype as pandas has it."""
        from pantile._dtypes import pandas_dtype

        return pandas_dtype(self._column.type)  # type: ignore[arg-type]

    def _shaped(self, frame: Any) -> Any:
        return self.of_table(frame)

    def of_table(self, frame: Any) -> Any:
        """The value in the first row of a frame of pandas."""
        value = frame.iloc[0, 0]
        return self._convert(value) if self._convert else value

    def item(self) -> Any:
        """The value, as Python has it."""
        value = self.compute()
        return value.item() if hasattr(value, "item") else value

    def beside(self, rows: Rows) -> tuple[Rows, Column]:
        """The value as a column beside other rows: itself if it is of them, else joined to each."""
        found = common(rows, self._rows)
        if found is not None:
            return found, self._column
        name = f"__scalar_{self._node().digest.hex()[:8]}"
        one = self._rows.node.call("select", **{name: settled(self._column).node})
        wide = rows.wider(name, lambda node: node.call("join", one, how="cross", maintain_order="left_right"))
        return wide, Column(col(name), self._column.type, self._column.nan)

    def _beside(self, other: Any, build: Callable[[Any, Any], Column], swapped: bool) -> Any:
        if not isinstance(other, Scalar):
            if isinstance(other, Lazy):
                return NotImplemented
            sides = (other, self._column) if swapped else (self._column, other)
            return Scalar(self._rows, build(*sides), self._convert if build.__name__ == "arithmetic" else None)
        rows, column = other.beside(self._rows)
        if rows is self._rows:
            sides = (column, self._column) if swapped else (self._column, column)
            return Scalar(rows, build(*sides))
        return self._joined(other, build, swapped)

    def _joined(self, other: Scalar, build: Callable[[Any, Any], Column], swapped: bool) -> Scalar:
        """Values of different rows, as the two columns of one row."""
        left = self._rows.node.call("select", __left=settled(self._column).node)
        right = other._rows.node.call("select", __right=settled(other._column).node)
        rows = Rows(self.client, left.call("join", right, how="cross"), ("__left", "__right"))
        made = [
            Column(col(name), side._column.type, side._column.nan)
            for name, side in (("__left", self), ("__right", other))
        ]
        return Scalar(rows, build(*(reversed(made) if swapped else made)))

    def __float__(self) -> float:
        return float(self.compute())

    def __int__(self) -> int:
        return int(self.compute())

    __index__ = __int__

    def __bool__(self) -> bool:
        return bool(self.compute())

    def __round__(self, digits: int = 0) -> Any:
        return round(self.item(), digits)

    def __neg__(self) -> Scalar:
        return Scalar(self._rows, Column(unary("-", settled(self._column).node), self._column.type, self._column.nan))

    def __pos__(self) -> Scalar:
        return self

    def __abs__(self) -> Scalar:
        return Scalar(self._rows, self._column.same("abs"))

    def __invert__(self) -> Scalar:
        return Scalar(self._rows, inverted(self._column))

    def __iter__(self) -> Any:
        raise LazyError("a scalar has nothing to go through", hint="compute() is its value")

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __repr__(self) -> str:
        return f"pantile.Scalar({self._column.type})\n{self.program()}"

    __hash__ = None  # type: ignore[assignment]


def _operator(build: Callable[..., Column], sign: str, swapped: bool) -> Callable[[Scalar, Any], Any]:
    def arithmetic(left: Any, right: Any) -> Column:
        return build(sign, left, right)

    def compare(left: Any, right: Any) -> Column:
        return build(sign, left, right)

    made = compare if build is comparison else arithmetic

    def operate(self: Scalar, other: Any) -> Any:
        return self._beside(other, made, swapped)

    return operate


def _install() -> None:
    for name, sign in ARITHMETIC.items():
        setattr(Scalar, f"__{name}__", _operator(arithmetic, sign, False))
        setattr(Scalar, f"__r{name}__", _operator(arithmetic, sign, True))
    for name, sign in COMPARISONS.items():
        setattr(Scalar, f"__{name}__", _operator(comparison, sign, False))


_install()
