"""The operators of arrays: which function each stands for. They are put on the class once functions are there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

# Python's name of the operator, and the function. Those of ARITHMETIC are also reflected, and made in place.
ARITHMETIC = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "pow",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "bitwise_left_shift",
    "rshift": "bitwise_right_shift",
    "matmul": "matmul",
}
COMPARISONS = {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
UNARY = {"neg": "negative", "pos": "positive", "abs": "abs", "invert": "bitwise_invert"}


class Operators:
    """Arithmetic, comparisons and logic with another array or a number."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __add__(self, other: Any, /) -> Any: ...
        def __radd__(self, other: Any, /) -> Any: ...
        def __sub__(self, other: Any, /) -> Any: ...
        def __rsub__(self, other: Any, /) -> Any: ...
        def __mul__(self, other: Any, /) -> Any: ...
        def __rmul__(self, other: Any, /) -> Any: ...
        def __truediv__(self, other: Any, /) -> Any: ...
        def __rtruediv__(self, other: Any, /) -> Any: ...
        def __floordiv__(self, other: Any, /) -> Any: ...
        def __rfloordiv__(self, other: Any, /) -> Any: ...
        def __mod__(self, other: Any, /) -> Any: ...
        def __rmod__(self, other: Any, /) -> Any: ...
        def __pow__(self, other: Any, /) -> Any: ...
        def __rpow__(self, other: Any, /) -> Any: ...
        def __matmul__(self, other: Any, /) -> Any: ...
        def __rmatmul__(self, other: Any, /) -> Any: ...
        def __and__(self, other: Any, /) -> Any: ...
        def __rand__(self, other: Any, /) -> Any: ...
        def __or__(self, other: Any, /) -> Any: ...
        def __ror__(self, other: Any, /) -> Any: ...
        def __xor__(self, other: Any, /) -> Any: ...
        def __rxor__(self, other: Any, /) -> Any: ...
        def __lshift__(self, other: Any, /) -> Any: ...
        def __rlshift__(self, other: Any, /) -> Any: ...
        def __rshift__(self, other: Any, /) -> Any: ...
        def __rrshift__(self, other: Any, /) -> Any: ...
        def __lt__(self, other: Any, /) -> Any: ...
        def __le__(self, other: Any, /) -> Any: ...
        def __gt__(self, other: Any, /) -> Any: ...
        def __ge__(self, other: Any, /) -> Any: ...
        def __eq__(self, other: object, /) -> Any: ...
        def __ne__(self, other: object, /) -> Any: ...
        def __neg__(self) -> Any: ...
        def __pos__(self) -> Any: ...
        def __abs__(self) -> Any: ...
        def __invert__(self) -> Any: ...


def install(kind: type, functions: dict[str, Any]) -> None:
    """Gives the class its operators."""
    for name, function in {**ARITHMETIC, **COMPARISONS}.items():
        setattr(kind, f"__{name}__", _named(f"__{name}__", _forward(functions[function])))
    for name, function in ARITHMETIC.items():
        setattr(kind, f"__r{name}__", _named(f"__r{name}__", _reflected(functions[function])))
        setattr(kind, f"__i{name}__", _named(f"__i{name}__", _in_place(functions[function], name)))
    for name, function in UNARY.items():
        setattr(kind, f"__{name}__", _named(f"__{name}__", _unary(functions[function])))


def _named(name: str, method: Any) -> Any:
    method.__name__, method.__qualname__ = name, f"Array.{name}"
    return method


def _goes(own: Any, other: Any) -> bool:
    """Whether it can stand beside an array; what cannot may have an operator of its own, as masked arrays do."""
    if hasattr(other, "fill_value"):
        return False
    if isinstance(other, (str, date, timedelta)):
        return own.dtype.is_time
    return isinstance(other, (Operators, bool, int, float, complex)) or hasattr(other, "__array__")


def _forward(function: Any) -> Any:
    def operator(self: Any, other: Any, /) -> Any:
        return function(self, other) if _goes(self, other) else NotImplemented

    return operator


def _reflected(function: Any) -> Any:
    def operator(self: Any, other: Any, /) -> Any:
        return function(other, self) if _goes(self, other) else NotImplemented

    return operator


def _unary(function: Any) -> Any:
    def operator(self: Any, /) -> Any:
        return function(self)

    return operator


def _in_place(function: Any, name: str) -> Any:
    def operator(self: Any, other: Any, /) -> Any:
        if not _goes(self, other):
            return NotImplemented
        made = function(self, other)
        if made.shape != self.shape:
            raise ValueError(f"the result of `{name}` in place has shape {made.shape}, and should keep {self.shape}")
        if made.dtype is not self.dtype:
            if made.dtype.rank > self.dtype.rank:
                raise TypeError(f"the result of `{name}` in place is {made.dtype}, and cannot be kept as {self.dtype}")
            made = made.astype(self.dtype)
        self._node = made._node
        return self

    return operator
