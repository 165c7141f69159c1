"""Arrays made longer at their edges, with parts put in and taken out."""

from __future__ import annotations

import math
import operator
from typing import Any

from . import _shape as shapes
from ._array import Array
from ._build import argument, cast, home_of, hosted, made, need
from ._manipulation import concat, reshape
from ._shape import Shape, axis_of, replaced

# What each mode may be told.
MODES: dict[str, str | None] = {
    "constant": "constant_values", "edge": None, "empty": None, "linear_ramp": "end_values", "maximum": "stat_length",
    "mean": "stat_length", "median": "stat_length", "minimum": "stat_length", "reflect": "reflect_type",
    "symmetric": "reflect_type", "wrap": None,
}  # fmt: skip


def pad(array: Array, pad_width: Any, mode: str = "constant", **kwargs: Any) -> Array:
    """The array with `pad_width` elements more at its edges, which are as `mode` has it.

    A function as `mode` is not taken: it would run in this process.
    """
    x = need(array, "pad")
    if mode not in MODES:
        raise ValueError(f"mode is one of {', '.join(MODES)}, and not {mode!r}")
    if odd := [name for name in kwargs if name != MODES[mode]]:
        raise ValueError(f"mode {mode!r} takes no {', '.join(odd)}")
    widths = _widths(pad_width, x.ndim)
    if mode != "constant":
        for at, (side, ends) in enumerate(zip(x.shape, widths, strict=True)):
            if not side and any(ends) and mode != "empty":
                raise ValueError(f"axis {at} is empty, and has nothing to repeat: pad it with a constant")
    shape = tuple(side + sum(ends) for side, ends in zip(x.shape, widths, strict=True))
    if not x.ndim:
        return x
    named: dict[str, Any] = {"mode": mode} if mode != "constant" else {}
    for name, value in kwargs.items():
        if value is not None:
            named[name] = value if isinstance(value, str) else _pairs(value, x.ndim, name)
    return made(x._home, "xp.pad", (x._node, widths), named, shape, x.dtype)


def _pairs(value: Any, ndim: int, name: str) -> tuple[tuple[Any, Any], ...]:
    """A pair for each axis, as NumPy broadcasts what it is given."""
    import numpy as np

    if isinstance(value, dict):
        return tuple(_pairs(value.get(at, value.get(at - ndim, 0)), 1, name)[0] for at in range(ndim))
    try:
        return tuple(tuple(pair) for pair in np.broadcast_to(np.asarray(value), (ndim, 2)).tolist())
    except ValueError:
        raise ValueError(f"{name} is one value, a pair, or a pair for each of {ndim} axes: {value}") from None


def _widths(given: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    found = tuple((operator.index(one), operator.index(other)) for one, other in _pairs(given, ndim, "pad_width"))
    if any(width < 0 for ends in found for width in ends):
        raise ValueError(f"pad_width has no negative widths: {given}")
    return found


def append(arr: Array, values: Any, axis: int | None = None) -> Array:
    """`arr` with `values` behind it along the axis; with None, their elements in one row."""
    arr = need(arr, "append")
    values = values if isinstance(values, Array) else hosted(values, arr._home)
    joined = concat([arr, values], axis=axis)
    named = {"axis": axis_of(axis, arr.ndim)} if axis is not None else None
    home_of(arr, values)
    return made(arr._home, "xp.append", _unified(arr, values, joined), named, joined.shape, joined.dtype)


def _unified(arr: Array, values: Array, joined: Array) -> tuple[Any, Any]:
    return cast(arr, joined.dtype)._node, cast(values, joined.dtype)._node


def _flat(x: Array, axis: int | None) -> tuple[Array, int]:
    """The array and its axis; without one, its elements in one row."""
    return (reshape(x, (-1,)), 0) if axis is None else (x, axis_of(axis, x.ndim))


def _places(obj: Any, side: int, last: int, name: str) -> int | tuple[int, ...]:
    """Places on an axis: one, or several, of which a slice and a mask are some."""
    import numpy as np

    if isinstance(obj, slice):
        return tuple(range(*obj.indices(side)))
    if isinstance(obj, int):
        found: Any = int(obj)
    else:
        value = np.asarray(obj)
        value = np.flatnonzero(value) if value.dtype == bool else value
        if value.dtype.kind not in "iu" and value.size:
            raise TypeError(f"{name} takes integers as places, and not {value.dtype}")
        found = int(value) if value.ndim == 0 else tuple(map(int, value.reshape(-1)))
    for at in (found,) if isinstance(found, int) else found:
        if not -side <= at <= last:
            raise IndexError(f"{name} at {at}, and the axis has {side} elements")
    return found


def insert(arr: Array, obj: Any, values: Any, axis: int | None = None) -> Array:
    """`arr` with values before a place, or one before each of several."""
    x, at = _flat(need(arr, "insert"), axis)
    side = x.shape[at]
    places = _places(obj, side, side, "insert")
    values = values if isinstance(values, (Array, bool, int, float, complex)) else hosted(values, x._home)
    if not isinstance(places, int) and not places:
        return x
    shape: Shape = values.shape if isinstance(values, Array) else ()
    shape = (1,) * (x.ndim - len(shape)) + shape
    if len(shape) > x.ndim:
        raise ValueError(f"values have {x.ndim} axes at most: shape {shape}")
    if isinstance(places, int):
        shape = (*shape[1 : at + 1], shape[0], *shape[at + 1 :])
    count = shape[at] if isinstance(places, int) or len(places) == 1 else len(places)
    shapes.broadcast_to(shape, replaced(x.shape, at, count))
    args = (x._node, places, argument(values))
    return made(x._home, "xp.insert", args, {"axis": at}, replaced(x.shape, at, side + count), x.dtype)


def delete(arr: Array, obj: Any, axis: int | None = None) -> Array:
    """`arr` without the elements at the places along the axis."""
    x, at = _flat(need(arr, "delete"), axis)
    side = x.shape[at]
    places = _places(obj, side, side - 1, "delete")
    gone = {place % side for place in ((places,) if isinstance(places, int) else places)} if side else set()
    if not gone:
        return x
    shape = replaced(x.shape, at, side - len(gone))
    return made(x._home, "xp.delete", (x._node, places), {"axis": at}, shape, x.dtype)


def resize(a: Array, new_shape: Any) -> Array:
    """The elements of `a` over and over in another shape."""
    a, shape = need(a, "resize"), shapes.shape_of(new_shape)
    return made(a._home, "xp.resize", (a._node, shape), None, shape, a.dtype)


def ravel(a: Array, order: str = "C") -> Array:
    """The elements of `a` in one row, the last axis the densest; with order "F", the first."""
    a = need(a, "ravel")
    if order not in ("C", "F", "A", "K"):
        raise ValueError(f"order is 'C', 'F', 'A' or 'K', and not {order!r}")
    if order == "F":
        a = a.transpose()
    return made(a._home, "xp.ravel", (a._node,), None, (math.prod(a.shape),), a.dtype)


__all__ = ["append", "delete", "insert", "pad", "ravel", "resize"]
