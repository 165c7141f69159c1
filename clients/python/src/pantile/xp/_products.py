"""NumPy's products of vectors and arrays, beyond those of the standard."""

from __future__ import annotations

from typing import Any

from . import _dtype as dt
from ._array import Array
from ._build import cast, hosted, made, need, pair
from ._dtype import DType
from ._home import Home
from ._shape import Shape, axis_of, broadcast, replaced, without

OVERLAPS = ("full", "same", "valid")


def _both(name: str, a: Any, b: Any) -> tuple[Array, Array, DType, Home]:
    """The operands as arrays. A number is one of its own dtype, as NumPy has it here."""
    found = next((x for x in (a, b) if isinstance(x, Array)), None)
    home = need(found, name)._home
    a, b = (x if isinstance(x, Array) else hosted(x, home) for x in (a, b))
    return pair(a, b, name)


def dot(a: Any, b: Any) -> Array:
    """The sums of products over the last axis of `a` and the last but one of `b`; by a number, the product."""
    a, b, dtype, home = _both("dot", a, b)
    if not a.ndim or not b.ndim:
        shape = a.shape or b.shape
    else:
        at = max(b.ndim - 2, 0)
        if a.shape[-1] != b.shape[at]:
            raise ValueError(f"dot of shapes {a.shape} and {b.shape}: {a.shape[-1]} and {b.shape[at]} do not meet")
        shape = (*a.shape[:-1], *without(b.shape, [at]))
    return made(home, "xp.dot", (a._node, b._node), None, shape, dtype)


def inner(a: Any, b: Any, /) -> Array:
    """The sums of products over the last axis of both."""
    a, b, dtype, home = _both("inner", a, b)
    if not a.ndim or not b.ndim:
        shape = a.shape or b.shape
    elif a.shape[-1] != b.shape[-1]:
        raise ValueError(f"inner of shapes {a.shape} and {b.shape}: the last axes differ in length")
    else:
        shape = (*a.shape[:-1], *b.shape[:-1])
    return made(home, "xp.inner", (a._node, b._node), None, shape, dtype)


def outer(a: Any, b: Any) -> Array:
    """The products of each element of `a` with each of `b`."""
    a, b, dtype, home = _both("outer", a, b)
    return made(home, "xp.outer", (a._node, b._node), None, (a.size, b.size), dtype)


def vdot(a: Any, b: Any, /) -> Array:
    """The sum of the products of all elements, those of `a` conjugated."""
    a, b, dtype, home = _both("vdot", a, b)
    if a.size != b.size:
        raise ValueError(f"vdot of shapes {a.shape} and {b.shape}: they have {a.size} and {b.size} elements")
    return made(home, "xp.vdot", (a._node, b._node), None, (), dtype)


def kron(a: Any, b: Any) -> Array:
    """Each element of `a` times all of `b`, in its place."""
    a, b, dtype, home = _both("kron", a, b)
    axes = max(a.ndim, b.ndim)
    sides = zip(_longer(a.shape, axes), _longer(b.shape, axes), strict=True)
    return made(home, "xp.kron", (a._node, b._node), None, tuple(one * other for one, other in sides), dtype)


def _longer(shape: Shape, axes: int) -> Shape:
    return (1,) * (axes - len(shape)) + shape


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Array:
    """The cross products of vectors of three elements along an axis of each."""
    a, b, dtype, home = _both("cross", a, b)
    if axis is not None:
        axisa = axisb = axisc = axis
    one, other = axis_of(axisa, a.ndim, "axisa"), axis_of(axisb, b.ndim, "axisb")
    if a.shape[one] != 3 or b.shape[other] != 3:
        raise ValueError(f"cross is of vectors of three elements: shapes {a.shape} and {b.shape}")
    if dtype.kind == "bool":
        raise TypeError("cross takes numeric dtypes, and these are bool")
    sides = broadcast(without(a.shape, [one]), without(b.shape, [other]))
    at = axis_of(axisc, len(sides) + 1, "axisc")
    named = {"axisa": one, "axisb": other, "axisc": at}
    return made(home, "xp.cross", (a._node, b._node), named, (*sides[:at], 3, *sides[at:]), dtype)


def convolve(a: Any, v: Any, mode: str = "full") -> Array:
    """The rows `a` and `v` folded: all of it, as much as the longer has, or where they overlap wholly."""
    return _folded("convolve", a, v, mode, "full")


def correlate(a: Any, v: Any, mode: str = "valid") -> Array:
    """The row `a` laid over the row `v`, which is conjugated, at each place."""
    return _folded("correlate", a, v, mode, "valid")


def _folded(name: str, a: Any, v: Any, mode: str, default: str) -> Array:
    a, v, dtype, home = _both(name, a, v)
    if mode not in OVERLAPS:
        raise ValueError(f"mode is one of {', '.join(OVERLAPS)}, and not {mode!r}")
    if a.ndim != 1 or v.ndim != 1 or not a.size or not v.size:
        raise ValueError(f"{name} takes rows of one element or more: shapes {a.shape} and {v.shape}")
    long, short = max(a.size, v.size), min(a.size, v.size)
    count = {"full": long + short - 1, "same": long, "valid": long - short + 1}[mode]
    return made(home, f"xp.{name}", (a._node, v._node), {"mode": mode} if mode != default else None, (count,), dtype)


def trapezoid(y: Array, x: Any = None, dx: float = 1.0, axis: int = -1) -> Array:
    """The area below `y` along the axis, of trapezoids between neighbours `dx` apart, or at the places `x`."""
    y = need(y, "trapezoid")
    at = axis_of(axis, y.ndim)
    y = y if y.dtype.rank >= 2 else cast(y, dt.float64)
    named: dict[str, Any] = {"axis": at}
    dtype, shape = y.dtype, without(y.shape, [at])
    if x is None:
        return made(y._home, "xp.trapezoid", (y._node,), {**named, "dx": float(dx)}, shape, dtype)
    x = x if isinstance(x, Array) else hosted(x, y._home)
    if (x.ndim not in (1, y.ndim)) or x.shape[0 if x.ndim == 1 else at] != y.shape[at]:
        raise ValueError(f"x has shape {x.shape}, which does not go with {y.shape} along axis {at}")
    y, x, dtype, home = pair(y, cast(x, dt.int64) if x.dtype.kind == "bool" else x, "trapezoid")
    if x.ndim > 1:
        shape = without(broadcast(replaced(x.shape, at, 1), replaced(y.shape, at, 1)), [at])
    return made(home, "xp.trapezoid", (y._node, x._node), named, shape, dtype)


__all__ = ["convolve", "correlate", "cross", "dot", "inner", "kron", "outer", "trapezoid", "vdot"]
