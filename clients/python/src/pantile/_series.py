"""A column of a frame, with its index: pandas' Series, lazily."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._column import Column, arithmetic, clean, comparison, constant, inverted, settled
from pantile._labels import joined
from pantile._lazy import Lazy
from pantile._operators import COMPARISONS, OF_COLUMNS, Operators
from pantile._program import Node, col, unary
from pantile._refusals import LazyError, no_column, wrong
from pantile._rows import Level, Rows, common, flat, fresh, same_rows
from pantile._scalar import Scalar

if TYPE_CHECKING:
    from pantile._dataframe import DataFrame

UNNAMED = "value"


class Series(Operators, Lazy):
    """A lazy column with an index. Its methods have pandas' names and build program text; nothing runs yet.

    >>> gained = flights.dep_delay - flights.arr_delay
    >>> gained.mean().item()
    5.659778949490753
    """

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, rows: Rows, column: Any = None, name: Any = None, index: tuple[Level, ...] = ()) -> None:
        if not isinstance(column, Column):
            wrong("a column is of a frame", "client.from_dict({'a': [1, 2]})['a']")
        if column.type is None:
            column = Column(column.node, rows.type_of(clean(column).node), column.nan, column.null)
        self._rows = rows
        self._column = column
        self._index = index
        self._name = name

    # What it is made of.

    @property
    def name(self) -> Any:
        """What the column is called."""
        return self._name

    @name.setter
    def name(self, name: Any) -> None:
        self._name = name

    @property
    def arrow_type(self) -> pa.DataType:
        """The column's type as Arrow has it."""
        assert self._column.type is not None
        return self._column.type

    @property
    def dtype(self) -> Any:
        """The column's dtype as pandas has it, as long as it holds no nulls."""
        return types.pandas_dtype(self.arrow_type)

    dtypes = dtype

    def _visible(self) -> dict[str, Column]:
        return {self._name if isinstance(self._name, str) else UNNAMED: self._column}

    def _rebuilt(self, rows: Rows, index: tuple[Level, ...]) -> Series:
        return Series(rows, Column(col(next(iter(self._visible()))), self._column.type), self._name, index)

    def _shaped(self, frame: Any) -> Any:
        return frame.iloc[:, 0].rename(self._name)

    def _like(self, column: Column, name: Any = ..., rows: Rows | None = None) -> Series:
        """Another column of the same rows."""
        return Series(rows or self._rows, column, self._name if name is ... else name, self._index)

    def _map(self, name: str, *arguments: Any, type: pa.DataType | None = None, **named: Any) -> Series:
        return self._like(self._column.call(name, *arguments, type=type, **named))

    def _scalar(self, name: str, *arguments: Any, type: pa.DataType | None = None, **named: Any) -> Scalar:
        return Scalar(self._rows, self._column.call(name, *arguments, type=type, **named))

    def fn(self, name: str, *arguments: Any, **named: Any) -> Series:
        """The column `name` makes of this one: any function of the server's.

        >>> df.k.fn("str.to_uppercase").compute().tolist()
        ['A', 'B', 'A']
        """
        return self._map(name, *map(_argument, arguments), **{key: _argument(part) for key, part in named.items()})

    # Beside another.

    def _beside(self, other: Any, build: Callable[[Any, Any], Column], swapped: bool = False) -> Series:
        """What `build` makes of the column and `other`: a value, a scalar, a column of the same rows or to align."""
        rows, side, name = self._side(other)
        if rows is None:
            left, right = aligned(self, other)
            return left._beside(right, build, swapped)
        left, right = (side, self._column) if swapped else (self._column, side)
        return self._like(build(left, right), name, rows)

    def _side(self, other: Any) -> tuple[Rows | None, Any, Any]:
        if isinstance(other, Series):
            name = self._name if self._name == other._name else None
            return common(self._rows, other._rows), other._column, name
        if isinstance(other, Scalar):
            rows, column = other.beside(self._rows)
            return rows, column, self._name
        return self._rows, _value(other), self._name

    def __invert__(self) -> Series:
        return self._like(inverted(self._column))

    def __neg__(self) -> Series:
        return self._like(Column(unary("-", settled(self._column).node), self._column.type, self._column.nan))

    def __pos__(self) -> Series:
        return self

    def __abs__(self) -> Series:
        return self.abs()

    def __round__(self, decimals: int = 0) -> Series:
        return self.round(decimals)

    def __divmod__(self, other: Any) -> tuple[Series, Series]:
        return self // other, self % other

    # Rows of it.

    def to_frame(self, name: Any = None) -> DataFrame:
        """The column as a frame of one column."""
        from pantile._dataframe import DataFrame

        called = name if name is not None else 0 if self._name is None else self._name
        if not isinstance(called, str):
            called = joined((), *(called if isinstance(called, tuple) else (called,)))
        return DataFrame._of(self._rows, {called: self._column}, self._index)

    def _by_frame(self, build: Callable[[DataFrame], DataFrame]) -> Series:
        """What a method of frames makes of the frame of this column alone."""
        name = next(iter(self._visible()))
        found = build(self.to_frame(name))
        return Series(found._rows, found._columns[name], self._name, found._index)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Series | slice) or (isinstance(key, Lazy) and not isinstance(key, Scalar)):
            return self._by_frame(lambda frame: frame[key])
        return self.loc[key]

    def __len__(self) -> int:
        return len(self.to_frame("x"))

    def __iter__(self) -> Any:
        raise LazyError(
            "a lazy column has no values to go through before it is computed",
            hint="write the loop as an expression of the whole column, or go through .to_pandas() or .iter_batches()",
        )

    __contains__ = None  # type: ignore[assignment]

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> Any:
        """NumPy's functions of the same names as ours: `np.sqrt(s)`."""
        from pantile._ufuncs import applied

        return applied(ufunc, method, inputs, named)

    @property
    def shape(self) -> tuple[Scalar]:
        """The number of rows, as a scalar that is still to be computed."""
        return (self.size,)

    @property
    def ndim(self) -> int:
        """A series has one axis."""
        return 1

    @property
    def T(self) -> Series:
        """A series turned round is itself."""
        return self

    def rename(self, index: Any = None, **_: Any) -> Series:
        """The column under another name."""
        if callable(index) or isinstance(index, Mapping):
            wrong("rename of a Series gives it a name here, and its labels stay", "reset_index makes labels a column")
        return self._like(self._column, index)


def _value(other: Any) -> Any:
    if isinstance(other, Lazy):
        wrong(f"a {type(other).__name__} does not go beside a column", "take one column of it: df['name']")
    if hasattr(other, "__array__") and getattr(other, "ndim", 0):
        wrong("values of NumPy or pandas have no rows here", "send them as a frame: client.from_pandas(…), then merge")
    return other


def _argument(part: Any) -> Any:
    """An argument of a function: columns are their nodes."""
    if isinstance(part, Series | Scalar):
        return clean(part._column).node
    return part


def aligned(left: Series, right: Series) -> tuple[Series, Series]:
    """Both columns beside each other, by their indexes: all labels of both, in order."""
    if not left._index or len(left._index) != len(right._index):
        # Rows of a table have no labels that would survive a filter, so there is nothing to align by.
        same_rows(left._rows, right._rows, "the two columns")
    first = flat(left._rows, {"__left": left._column}, left._index)
    second = flat(right._rows, {"__right": right._column}, right._index)
    keys = [f"__index{at}" for at in range(len(first.index))]
    sides = [_keyed(first, keys, "__left"), _keyed(second, keys, "__right")]
    node = sides[0].call("join", sides[1], on=keys, how="full", nulls_equal=True, coalesce=True)
    node = node.call("sort", keys, nulls_last=True)
    rows = Rows(left.client, node, (*keys, "__left", "__right"))
    index = tuple(
        Level(level.name if level.name == other.name else None, Column(col(key), level.column.type))
        for level, other, key in zip(left._index, right._index, keys, strict=True)
    )
    made = [
        Column(col(name), side.arrow_type, side._column.nan) for name, side in (("__left", left), ("__right", right))
    ]
    return Series(rows, made[0], left._name, index), Series(rows, made[1], right._name, index)


def _keyed(side: Any, keys: list[str], name: str) -> Node:
    named = {key: level.column.node for key, level in zip(keys, side.index, strict=True)}
    return side.rows.node.call("select", **named, **{name: col(name)})


def _operator(build: Callable[..., Column], sign: str, swapped: bool) -> Callable[[Series, Any], Series]:
    def operate(self: Series, other: Any) -> Series:
        return self._beside(other, lambda left, right: build(sign, left, right), swapped)

    return operate


for _name, _sign in OF_COLUMNS.items():
    setattr(Series, f"__{_name}__", _operator(arithmetic, _sign, False))
    setattr(Series, f"__r{_name}__", _operator(arithmetic, _sign, True))
for _name, _sign in COMPARISONS.items():
    setattr(Series, f"__{_name}__", _operator(comparison, _sign, False))
Series.__hash__ = None  # type: ignore[assignment]

__all__ = ["UNNAMED", "Series", "aligned", "constant", "fresh", "no_column"]
