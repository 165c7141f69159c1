"""Functions of elements and operators on masked arrays: where one operand is hidden, the result is."""

from __future__ import annotations

from typing import Any

from ._array import Array
from ._masked_array import MaskedArray, goes, is_masked
from ._masked_core import hidden, invalid, of
from ._operators import ARITHMETIC, COMPARISONS, UNARY

# Functions whose results are hidden where they are no finite numbers.
DOMAINS = [
    "acos", "acosh", "asin", "atanh", "divide", "floor_divide", "log", "log10", "log2", "pow", "remainder", "sqrt",
    "tan",
]  # fmt: skip
# Of these, a second operand of 0 hides.
DIVISIONS = ["divide", "floor_divide", "remainder"]
UNARY_NAMES = [
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "bitwise_invert", "ceil", "conj", "cos", "cosh", "exp",
    "expm1", "floor", "imag", "isfinite", "isinf", "isnan", "log", "log10", "log1p", "log2", "logical_not",
    "negative", "positive", "real", "reciprocal", "round", "sign", "signbit", "sin", "sinh", "sqrt", "square", "tan",
    "tanh", "trunc",
]  # fmt: skip
BINARY_NAMES = [
    "add", "atan2", "bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor",
    "copysign", "divide", "equal", "floor_divide", "greater", "greater_equal", "hypot", "less", "less_equal",
    "logaddexp", "logical_and", "logical_or", "logical_xor", "maximum", "minimum", "multiply", "nextafter",
    "not_equal", "pow", "remainder", "subtract",
]  # fmt: skip
METHODS = [
    "all", "anom", "any", "argmax", "argmin", "compressed", "count", "cumprod", "cumsum", "max", "mean", "median",
    "min", "nonzero", "prod", "ptp", "ravel", "reshape", "squeeze", "std", "sum", "transpose", "var",
]  # fmt: skip


def _unary(name: str) -> Any:
    def function(x: Any, /) -> MaskedArray:
        own = of(x)
        data = _xp(name)(own._data)
        found = MaskedArray(data, own._mask, own._fill_value if data.dtype is own.dtype else None)
        return hidden(found, invalid(data)) if name in DOMAINS else found

    return _named(function, name, f"`{name}` of each element that is not hidden.")


def _binary(name: str) -> Any:
    def function(x1: Any, x2: Any, /) -> MaskedArray:
        if is_masked(x1) or is_masked(x2):
            other = of(x2 if is_masked(x1) else x1)
            return hidden(other, True)
        one, other = (x._data if isinstance(x, MaskedArray) else x for x in (x1, x2))
        data = _xp(name)(one, other)
        found = MaskedArray(data)
        for x in (x1, x2):
            if isinstance(x, MaskedArray) and x._mask is not None:
                found = hidden(found, x._mask)
        if name in DOMAINS:
            found = hidden(found, invalid(data))
        if name in DIVISIONS and (isinstance(other, Array) or other == 0):
            found = hidden(found, other == 0)
        return found

    return _named(function, name, f"`{name}` of each two elements neither of which is hidden.")


def _method(name: str) -> Any:
    def function(a: Any, *args: Any, **named: Any) -> Any:
        return getattr(of(a), name)(*args, **named)

    return _named(function, name, getattr(MaskedArray, name).__doc__)


def _named(function: Any, name: str, doc: str | None) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def _xp(name: str) -> Any:
    import pantile.xp as xp

    return getattr(xp, name)


FUNCTIONS: dict[str, Any] = {
    **{name: _method(name) for name in METHODS},
    **{name: _unary(name) for name in UNARY_NAMES},
    **{name: _binary(name) for name in BINARY_NAMES},
}


def _operator(name: str, reflected: bool = False) -> Any:
    function = FUNCTIONS.get(name)

    def operator(self: Any, other: Any, /) -> Any:
        if function is None or not (goes(other) or is_masked(other)):
            return NotImplemented
        return function(other, self) if reflected else function(self, other)

    return operator


def _in_place(name: str) -> Any:
    function = FUNCTIONS.get(name)

    def operator(self: Any, other: Any, /) -> Any:
        if function is None or not goes(other):
            return NotImplemented
        made_of = function(self, other)
        if made_of.shape != self.shape or made_of.dtype.rank > self.dtype.rank:
            raise TypeError(f"{made_of.dtype} of shape {made_of.shape} is not kept as {self.dtype} of {self.shape}")
        self._data, self._mask = made_of._data.astype(self.dtype), made_of._mask
        return self

    return operator


def install() -> None:
    """Gives masked arrays their operators."""
    for sign, name in {**ARITHMETIC, **COMPARISONS}.items():
        setattr(MaskedArray, f"__{sign}__", _operator(name))
    for sign, name in ARITHMETIC.items():
        setattr(MaskedArray, f"__r{sign}__", _operator(name, reflected=True))
        setattr(MaskedArray, f"__i{sign}__", _in_place(name))
    for sign, name in UNARY.items():
        setattr(MaskedArray, f"__{sign}__", _sign(FUNCTIONS[name]))


def _sign(function: Any) -> Any:
    def operator(self: Any, /) -> Any:
        return function(self)

    return operator
