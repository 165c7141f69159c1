"""Functions of each element, and of pairs of them: a row each, with the dtypes it takes and what it makes of them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from . import _dtype as dt
from . import _times
from ._array import Array
from ._build import KINDS, argument, cast, made, need, need_kind, pair, shape_of
from ._dtype import DType
from ._shape import broadcast

Unary = Callable[[Array], Array]
Binary = Callable[[Any, Any], Array]


def _same(dtype: DType) -> DType:
    return dtype


def _truth(_: DType) -> DType:
    return dt.boolean


def _takers(kinds: str) -> frozenset[DType]:
    """The dtypes of those kinds."""
    return frozenset(dtype for dtype in dt.ALL if dt.is_of(dtype, KINDS[kinds]))


def _unary(name: str, kinds: str, doc: str, result: Callable[[DType], DType] = _same, sign: str = "") -> Unary:
    takes, form = _takers(kinds), sign or f"xp.{name}"
    # Functions that are worked out in floats make floats of integers: small ones, of 8 and 16 bits, small floats.
    is_floating = kinds in ("floating", "real floating")

    def function(x: Array, /) -> Array:
        node = need(x, name)._node
        if node.dtype.is_time:
            return made(x._home, form, (node,), None, node.shape, _times.of_one(name, node.dtype))
        if node.dtype not in takes:
            need_kind(x, kinds, name)
        if is_floating and node.dtype.rank < 2:
            node = cast(x, dt.float32 if node.dtype.bits <= 16 else dt.float64)._node
        return made(x._home, form, (node,), None, node.shape, result(node.dtype))

    return _dressed(function, name, doc)


def _binary(name: str, kinds: str, doc: str, result: Callable[[DType], DType] = _same, sign: str = "") -> Binary:
    takes, form = _takers(kinds), sign or f"xp.{name}"
    is_floating = kinds in ("floating", "real floating")

    def function(x1: Any, x2: Any, /) -> Array:
        if _times.has(x1, x2):
            return _times.of_two(name, form, x1, x2)
        x1, x2, dtype, home = pair(x1, x2, name)
        if dtype not in takes:
            need_kind(cast(x1 if isinstance(x1, Array) else x2, dtype), kinds, name)
        if is_floating and dtype.rank < 2:
            dtype = dt.float64
            x1, x2 = (cast(x, dtype) if isinstance(x, Array) else x for x in (x1, x2))
        shape = broadcast(shape_of(x1), shape_of(x2))
        return made(home, form, (argument(x1), argument(x2)), None, shape, result(dtype))

    return _dressed(function, name, doc)


def _comparison(name: str, kinds: str, doc: str, sign: str) -> Binary:
    compared = _binary(name, kinds, doc, _truth, sign)

    def function(x1: Any, x2: Any, /) -> Array:
        x, number = (x1, x2) if isinstance(x1, Array) else (x2, x1)
        if type(number) is int and isinstance(x, Array) and not dt.holds(x.dtype, number):
            # What the dtype cannot hold is beyond all elements alike, as it is beyond 0.
            answer = getattr(operator, OPERATORS[sign])(*((0, number) if x is x1 else (number, 0)))
            return made(x._home, "xp.full", (x.shape, answer), {"dtype": dt.boolean}, x.shape, dt.boolean)
        return compared(x1, x2)

    return _dressed(function, name, doc)


OPERATORS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


def _dressed(function: Any, name: str, doc: str) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


abs = _unary("abs", "numeric", "How far each element is from zero.", dt.real_of)
acos = _unary("acos", "floating", "The angle in radians whose cosine each element is.")
acosh = _unary("acosh", "floating", "The number whose hyperbolic cosine each element is.")
asin = _unary("asin", "floating", "The angle in radians whose sine each element is.")
asinh = _unary("asinh", "floating", "The number whose hyperbolic sine each element is.")
atan = _unary("atan", "floating", "The angle in radians whose tangent each element is.")
atanh = _unary("atanh", "floating", "The number whose hyperbolic tangent each element is.")
bitwise_invert = _unary("bitwise_invert", "integer or boolean", "Each element with its bits turned over.", sign="~")
ceil = _unary("ceil", "real", "The least whole number that is not below each element.")
conj = _unary("conj", "numeric", "The complex conjugate of each element.")
cos = _unary("cos", "floating", "The cosine of each element, in radians.")
cosh = _unary("cosh", "floating", "The hyperbolic cosine of each element.")
exp = _unary("exp", "floating", "e to the power of each element.")
expm1 = _unary("expm1", "floating", "e to the power of each element, less 1, exact near 0.")
floor = _unary("floor", "real", "The greatest whole number that is not above each element.")
imag = _unary("imag", "complex", "The imaginary part of each element.", dt.real_of)
isfinite = _unary("isfinite", "numeric", "Whether each element is finite.", _truth)
isinf = _unary("isinf", "numeric", "Whether each element is infinite.", _truth)
isnan = _unary("isnan", "numeric", "Whether each element is NaN.", _truth)
isnat = _unary("isnat", "time", "Whether each element is no time: NaT.", _truth)
log = _unary("log", "floating", "The natural logarithm of each element.")
log10 = _unary("log10", "floating", "The logarithm of each element to base 10.")
log1p = _unary("log1p", "floating", "The natural logarithm of 1 plus each element, exact near 0.")
log2 = _unary("log2", "floating", "The logarithm of each element to base 2.")
logical_not = _unary("logical_not", "any", "Whether each element is false.", _truth)
negative = _unary("negative", "numeric", "Each element with its sign turned.", sign="-")
positive = _unary("positive", "numeric", "Each element as it is.")
real = _unary("real", "numeric", "The real part of each element.", dt.real_of)
reciprocal = _unary("reciprocal", "floating", "1 divided by each element.")
round = _unary("round", "numeric", "The whole number nearest to each element; of two, the even one.")
sign = _unary("sign", "numeric", "-1, 0 or 1 for each element; of complex ones, the direction.")
signbit = _unary("signbit", "real floating", "Whether the sign of each element is set, also of zeros and NaN.", _truth)
sin = _unary("sin", "floating", "The sine of each element, in radians.")
sinh = _unary("sinh", "floating", "The hyperbolic sine of each element.")
sqrt = _unary("sqrt", "floating", "The square root of each element.")
square = _unary("square", "numeric", "Each element times itself.")
tan = _unary("tan", "floating", "The tangent of each element, in radians.")
tanh = _unary("tanh", "floating", "The hyperbolic tangent of each element.")
trunc = _unary("trunc", "real", "Each element without its fraction.")

add = _binary("add", "any", "`x1` plus `x2`.", sign="+")
atan2 = _binary("atan2", "real floating", "The angle in radians of the point `x2`, `x1`.")
bitwise_and = _binary("bitwise_and", "integer or boolean", "The bits that both have.", sign="&")
bitwise_left_shift = _binary("bitwise_left_shift", "integer", "The bits of `x1` shifted up by `x2`.", sign="<<")
bitwise_or = _binary("bitwise_or", "integer or boolean", "The bits that either has.", sign="|")
bitwise_right_shift = _binary("bitwise_right_shift", "integer", "The bits of `x1` shifted down by `x2`.", sign=">>")
bitwise_xor = _binary("bitwise_xor", "integer or boolean", "The bits that one of them has.", sign="^")
copysign = _binary("copysign", "real floating", "`x1` with the sign of `x2`.")
divide = _binary("divide", "floating", "`x1` divided by `x2`.", sign="/")
equal = _comparison("equal", "any", "Whether `x1` is `x2`.", "==")
floor_divide = _binary("floor_divide", "real", "`x1` divided by `x2`, rounded down.", sign="//")
greater = _comparison("greater", "real", "Whether `x1` is above `x2`.", ">")
greater_equal = _comparison("greater_equal", "real", "Whether `x1` is `x2` or above.", ">=")
hypot = _binary("hypot", "real floating", "The root of the sum of the squares of `x1` and `x2`.")
less = _comparison("less", "real", "Whether `x1` is below `x2`.", "<")
less_equal = _comparison("less_equal", "real", "Whether `x1` is `x2` or below.", "<=")
logaddexp = _binary("logaddexp", "real floating", "The logarithm of the sum of the exponentials of `x1` and `x2`.")
logical_and = _binary("logical_and", "any", "Whether both are true.", _truth)
logical_or = _binary("logical_or", "any", "Whether one at least is true.", _truth)
logical_xor = _binary("logical_xor", "any", "Whether just one is true.", _truth)
maximum = _binary("maximum", "real", "The greater of `x1` and `x2`.")
minimum = _binary("minimum", "real", "The lesser of `x1` and `x2`.")
multiply = _binary("multiply", "any", "`x1` times `x2`.", sign="*")
nextafter = _binary("nextafter", "real floating", "The next number from `x1` towards `x2`.")
not_equal = _comparison("not_equal", "any", "Whether `x1` is not `x2`.", "!=")
pow = _binary("pow", "numeric", "`x1` to the power of `x2`.", sign="**")
remainder = _binary("remainder", "real", "What is left of `x1` divided by `x2`, with the sign of `x2`.", sign="%")
subtract = _binary("subtract", "numeric", "`x1` less `x2`.", sign="-")


def clip(x: Array, /, min: Any = None, max: Any = None) -> Array:
    """Each element held between `min` and `max`."""
    x = need(x, "clip")
    need_kind(x, "real or time", "clip")
    named: dict[str, Any] = {}
    shape = x.shape
    for name, bound in (("min", min), ("max", max)):
        if bound is not None:
            x, bound, _, _ = pair(x, bound, "clip")
            shape = broadcast(shape, shape_of(bound))
            named[name] = argument(bound)
    if not named:
        return positive(x)
    dtype = dt.promoted(x.dtype, *(node.dtype for node in named.values() if hasattr(node, "dtype")))
    return made(x._home, "xp.clip", (x._node,), named, shape, dtype)
