"""NumPy's further functions of elements: a row each where they are alike."""

from __future__ import annotations

import math
from typing import Any

from . import _dtype as dt
from ._array import Array
from ._build import argument, cast, floating, home_of, hosted, made, many, need, need_kind, pair, shape_of
from ._elementwise import _binary, _unary
from ._shape import axis_of, broadcast

cbrt = _unary("cbrt", "real floating", "The cube root of each element.")
exp2 = _unary("exp2", "real floating", "2 to the power of each element.")
deg2rad = _unary("deg2rad", "real floating", "Degrees as radians.")
radians = _unary("radians", "real floating", "Degrees as radians.")
rad2deg = _unary("rad2deg", "real floating", "Radians as degrees.")
degrees = _unary("degrees", "real floating", "Radians as degrees.")
fix = _unary("fix", "real", "Each element without its fraction.")
sinc = _unary("sinc", "real floating", "The sine of pi times each element over pi times it; 1 at 0.")
i0 = _unary("i0", "real floating", "The modified Bessel function of order 0.")

fmod = _binary("fmod", "real", "What is left of `x1` divided by `x2`, with the sign of `x1`.")
fmax = _binary("fmax", "real", "The greater of `x1` and `x2`; of a number and NaN the number.")
fmin = _binary("fmin", "real", "The lesser of `x1` and `x2`; of a number and NaN the number.")
gcd = _binary("gcd", "integer", "The greatest number that divides `x1` and `x2`.")
lcm = _binary("lcm", "integer", "The least number that `x1` and `x2` divide.")
heaviside = _binary("heaviside", "real floating", "0 for what is below 0, 1 for what is above, `x2` at 0.")


def float_power(x1: Any, x2: Any, /) -> Array:
    """`x1` to the power of `x2`, worked out in 64 bits at least."""
    x1, x2, dtype, home = pair(x1, x2, "float_power")
    dtype = dt.complex128 if dtype.kind == "complex" else dt.float64
    shape = broadcast(shape_of(x1), shape_of(x2))
    return made(home, "xp.float_power", (argument(x1), argument(x2)), None, shape, dtype)


def ldexp(x1: Any, x2: Any, /) -> Array:
    """`x1` times 2 to the power of `x2`, which is an integer."""
    found = x1 if isinstance(x1, Array) else x2
    home = need(found, "ldexp")._home
    a, n = (x if isinstance(x, Array) else hosted(x, home) for x in (x1, x2))
    home_of(a, n)
    need_kind(n, "integer", "ldexp")
    if a.dtype.kind == "complex":
        raise TypeError("ldexp takes real dtypes, and this is complex")
    if a.dtype.rank < 2:
        a = cast(a, dt.float32 if a.dtype.bits <= 16 else dt.float64)
    return made(home, "xp.ldexp", (a._node, n._node), None, broadcast(a.shape, n.shape), a.dtype)


def _two(name: str, x: Array, second: Any) -> tuple[Array, Array]:
    x = need(x, name)
    need_kind(x, "real floating", name)
    if x.dtype.rank < 2:
        x = cast(x, dt.float32 if x.dtype.bits <= 16 else dt.float64)
    one, other = many(x._home, f"xp.{name}", (x._node,), None, [(x.shape, x.dtype), (x.shape, second or x.dtype)])
    return one, other


def modf(x: Array, /) -> tuple[Array, Array]:
    """The fraction and the whole part of each element, both with its sign."""
    return _two("modf", x, None)


def frexp(x: Array, /) -> tuple[Array, Array]:
    """Each element as a number of at least 0.5 and less than 1, and the power of 2 that it is multiplied by."""
    return _two("frexp", x, dt.int32)


def divmod(x1: Any, x2: Any, /) -> tuple[Array, Array]:
    """`x1` divided by `x2`, rounded down, and what is left."""
    x1, x2, dtype, home = pair(x1, x2, "divmod")
    need_kind(cast(x1 if isinstance(x1, Array) else x2, dtype), "real", "divmod")
    shape = broadcast(shape_of(x1), shape_of(x2))
    one, other = many(home, "xp.divmod", (argument(x1), argument(x2)), None, [(shape, dtype)] * 2)
    return one, other


def _close(name: str, a: Any, b: Any, rtol: float, atol: float, equal_nan: bool, shape: Any) -> Array:
    a, b, _, home = pair(a, b, name)
    named: dict[str, Any] = {"rtol": float(rtol), "atol": float(atol)}
    if equal_nan:
        named["equal_nan"] = True
    both = broadcast(shape_of(a), shape_of(b))
    shape = both if shape is None else shape
    return made(home, f"xp.{name}", (argument(a), argument(b)), named, shape, dt.boolean)


def isclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Array:
    """Whether elements of `a` are within `atol + rtol * abs(b)` of those of `b`."""
    return _close("isclose", a, b, rtol, atol, equal_nan, None)


def allclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Array:
    """Whether all elements are."""
    return _close("allclose", a, b, rtol, atol, equal_nan, ())


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Array:
    """Whether both have one shape and the same elements."""
    a, b, _, home = pair(a1, a2, "array_equal")
    named = {"equal_nan": True} if equal_nan else None
    return made(home, "xp.array_equal", (argument(a), argument(b)), named, (), dt.boolean)


def nan_to_num(
    x: Array, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Array:
    """NaN and infinities as numbers: 0, the greatest and the least, or what is said."""
    x = need(x, "nan_to_num")
    given = {"nan": nan if nan else None, "posinf": posinf, "neginf": neginf}
    named = {name: float(value) for name, value in given.items() if value is not None}
    return made(x._home, "xp.nan_to_num", (x._node,), named, x.shape, x.dtype)


def angle(z: Array, deg: bool = False) -> Array:
    """The direction of each number in radians, or degrees."""
    z = floating(need(z, "angle"))
    named = {"deg": True} if deg else None
    return made(z._home, "xp.angle", (z._node,), named, z.shape, dt.real_of(z.dtype))


def unwrap(p: Array, discont: float | None = None, axis: int = -1, *, period: float = 2 * math.pi) -> Array:
    """Angles without jumps: each within half a period of the one before it."""
    p = floating(need(p, "unwrap"))
    need_kind(p, "real", "unwrap")
    named: dict[str, Any] = {"axis": axis_of(axis, p.ndim), "period": float(period)}
    if discont is not None:
        named["discont"] = float(discont)
    return made(p._home, "xp.unwrap", (p._node,), named, p.shape, p.dtype)


def ediff1d(ary: Array, to_end: Any = None, to_begin: Any = None) -> Array:
    """The differences of neighbours among all elements, with others before and behind."""
    ary = need(ary, "ediff1d")
    need_kind(ary, "numeric", "ediff1d")
    count, named = max(0, ary.size - 1), {}
    for name, more in (("to_end", to_end), ("to_begin", to_begin)):
        if more is not None:
            part = more if isinstance(more, Array) else hosted(more, ary._home)
            count += part.size
            named[name] = part._node
    return made(ary._home, "xp.ediff1d", (ary._node,), named, (count,), ary.dtype)


__all__ = [
    "allclose", "angle", "array_equal", "cbrt", "deg2rad", "degrees", "divmod", "ediff1d", "exp2", "fix",
    "float_power", "fmax", "fmin", "fmod", "frexp", "gcd", "heaviside", "i0", "isclose", "lcm", "ldexp", "modf",
    "nan_to_num", "rad2deg", "radians", "sinc", "unwrap",
]  # fmt: skip
