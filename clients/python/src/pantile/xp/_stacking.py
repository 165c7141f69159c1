"""Arrays beside one another, cut apart, turned: what NumPy has names of its own for."""

from __future__ import annotations

import operator
from itertools import pairwise
from typing import Any

from . import _dtype as dt
from ._array import Array
from ._build import NUMBERS, argument, home_of, made, many, need, nodes, unified
from ._shape import AxisError, Shape, axes_of, axis_of, replaced


def _at_least(name: str, xs: tuple[Any, ...], shape_of: Any) -> Any:
    arrays = [need(x, name) for x in xs]
    found = tuple(made(x._home, f"xp.{name}", (x._node,), None, shape_of(x.shape), x.dtype) for x in arrays)
    return found[0] if len(found) == 1 else found


def _one(shape: Shape) -> Shape:
    return shape or (1,)


def _two(shape: Shape) -> Shape:
    return (1,) * (2 - len(shape)) + shape


def _three(shape: Shape) -> Shape:
    return (1, 1, 1) if not shape else (1, *shape, 1) if len(shape) == 1 else (*shape, *(1,) * (3 - len(shape)))


def atleast_1d(*arys: Array) -> Any:
    """The arrays, those without axes with one."""
    return _at_least("atleast_1d", arys, _one)


def atleast_2d(*arys: Array) -> Any:
    """The arrays, with axes of length 1 in front where there are fewer than two."""
    return _at_least("atleast_2d", arys, _two)


def atleast_3d(*arys: Array) -> Any:
    """The arrays, with axes of length 1 where there are fewer than three."""
    return _at_least("atleast_3d", arys, _three)


def _joined(name: str, arrays: Any, shape_of: Any, axis: Any) -> Array:
    xs = [need(x, name) for x in (arrays if isinstance(arrays, (list, tuple)) else list(arrays))]
    if not xs:
        raise ValueError(f"{name} takes one array at least")
    home_of(*xs)
    xs, dtype = unified(xs)
    all_shapes = [shape_of(x.shape) for x in xs]
    at = axis(all_shapes[0])
    shape = joined_shape(name, all_shapes, at)
    return made(xs[0]._home, f"xp.{name}", (nodes(xs),), None, shape, dtype)


def joined_shape(name: str, all_shapes: list[Shape], at: int) -> Shape:
    """The shape of arrays of those one after the other."""
    first = all_shapes[0]
    if not 0 <= at < len(first):
        raise AxisError(f"{name} joins along axis {at}, and there are {len(first)} axes")
    if any(len(shape) != len(first) or replaced(shape, at, 0) != replaced(first, at, 0) for shape in all_shapes):
        raise ValueError(f"{name}: shapes do not go together along axis {at}: {', '.join(map(str, all_shapes))}")
    return replaced(first, at, sum(shape[at] for shape in all_shapes))


def hstack(tup: Any) -> Array:
    """The arrays side by side, along the second axis; rows along their only one."""
    return _joined("hstack", tup, _one, lambda first: 0 if len(first) == 1 else 1)


def vstack(tup: Any) -> Array:
    """The arrays one below the other, along the first axis."""
    return _joined("vstack", tup, _two, lambda _: 0)


def dstack(tup: Any) -> Array:
    """The arrays one behind the other, along the third axis."""
    return _joined("dstack", tup, _three, lambda _: 2)


def column_stack(tup: Any) -> Array:
    """Rows as the columns of a matrix; matrices as they are."""
    return _joined("column_stack", tup, lambda shape: (*_one(shape), 1) if len(shape) < 2 else shape, lambda _: 1)


def block(arrays: Any) -> Array:
    """One array of blocks in lists in lists: the innermost side by side, those around them one below the other."""
    found = list(_arrays(arrays))
    if not any(isinstance(x, Array) for x in found):
        raise TypeError("block takes an array of pantile.xp at least")
    home = home_of(*(x for x in found if isinstance(x, Array)))
    dtype = dt.promoted(*(x.dtype if isinstance(x, Array) else dt.of_number(x) for x in found))
    depth = _depth(arrays)
    axes = max(depth, *(x.ndim for x in found if isinstance(x, Array)))
    return made(home, "xp.block", (_written(arrays),), None, _blocked(arrays, depth, axes), dtype)


def _arrays(blocks: Any) -> Any:
    if isinstance(blocks, list):
        for one in blocks:
            yield from _arrays(one)
    elif isinstance(blocks, NUMBERS):
        yield blocks
    else:
        yield need(blocks, "block")


def _depth(blocks: Any) -> int:
    if not isinstance(blocks, list):
        return 0
    depths = {_depth(one) for one in blocks}
    if len(depths) != 1:
        raise ValueError("block takes lists that are all as deep, none of them empty")
    return depths.pop() + 1


def _written(blocks: Any) -> Any:
    return [_written(one) for one in blocks] if isinstance(blocks, list) else argument(blocks)


def _blocked(blocks: Any, depth: int, axes: int) -> Shape:
    if not isinstance(blocks, list):
        shape: Shape = blocks.shape if isinstance(blocks, Array) else ()
        return (1,) * (axes - len(shape)) + shape
    return joined_shape("block", [_blocked(one, depth - 1, axes) for one in blocks], axes - depth)


def array_split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """The parts of the axis, before places or as many as said, the first longer by one where it does not come out."""
    return _split("array_split", ary, indices_or_sections, axis, even=False)


def split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """The parts of the axis, before places or as many as said, all of one length."""
    return _split("split", ary, indices_or_sections, axis, even=True)


def hsplit(ary: Array, indices_or_sections: Any) -> list[Array]:
    """The parts of the second axis; of a row those of the first."""
    return _split("hsplit", ary, indices_or_sections, 0 if _axes("hsplit", ary, 1) == 1 else 1, even=True)


def vsplit(ary: Array, indices_or_sections: Any) -> list[Array]:
    """The parts of the first axis."""
    _axes("vsplit", ary, 2)
    return _split("vsplit", ary, indices_or_sections, 0, even=True)


def dsplit(ary: Array, indices_or_sections: Any) -> list[Array]:
    """The parts of the third axis."""
    _axes("dsplit", ary, 3)
    return _split("dsplit", ary, indices_or_sections, 2, even=True)


def _axes(name: str, x: Array, least: int) -> int:
    if need(x, name).ndim < least:
        raise ValueError(f"{name} takes arrays of {least} axes or more, and this has shape {x.shape}")
    return x.ndim


def _split(name: str, x: Array, cuts: Any, axis: int, *, even: bool) -> list[Array]:
    x = need(x, name)
    at = axis_of(axis, x.ndim)
    side = x.shape[at]
    if hasattr(cuts, "__index__") and not isinstance(cuts, (list, tuple)) and not getattr(cuts, "ndim", 0):
        cuts = operator.index(cuts)
        if cuts < 1:
            raise ValueError(f"there is one part at least, and not {cuts}")
        if even and side % cuts:
            raise ValueError(f"{cuts} parts of {side} elements are not of one length: array_split takes them")
        bounds = [number * (side // cuts) + min(number, side % cuts) for number in range(cuts + 1)]
    else:
        cuts = tuple(operator.index(place) for place in cuts)
        bounds = [0, *(min(max(place + side if place < 0 else place, 0), side) for place in cuts), side]
    lengths = [max(0, high - low) for low, high in pairwise(bounds)]
    named = {"axis": at} if name in ("split", "array_split") else None
    results = [(replaced(x.shape, at, length), x.dtype) for length in lengths]
    return many(x._home, f"xp.{name}", (x._node, cuts), named, results)


def swapaxes(a: Array, axis1: int, axis2: int) -> Array:
    """`a` with two axes exchanged."""
    a = need(a, "swapaxes")
    one, other = axis_of(axis1, a.ndim, "axis1"), axis_of(axis2, a.ndim, "axis2")
    shape = list(a.shape)
    shape[one], shape[other] = shape[other], shape[one]
    return made(a._home, "xp.swapaxes", (a._node, one, other), None, tuple(shape), a.dtype)


def rollaxis(a: Array, axis: int, start: int = 0) -> Array:
    """`a` with the axis before the one that is at `start`."""
    a = need(a, "rollaxis")
    at = axis_of(axis, a.ndim)
    if not -a.ndim <= start <= a.ndim:
        raise AxisError(f"start is {start}, and there are {a.ndim} axes")
    start = start + a.ndim if start < 0 else start
    sides = [side for place, side in enumerate(a.shape) if place != at]
    sides.insert(start - 1 if at < start else start, a.shape[at])
    return made(a._home, "xp.rollaxis", (a._node, at, start), None, tuple(sides), a.dtype)


def flipud(m: Array) -> Array:
    """`m` with the elements along its first axis backwards."""
    _axes("flipud", m, 1)
    return made(m._home, "xp.flipud", (m._node,), None, m.shape, m.dtype)


def fliplr(m: Array) -> Array:
    """`m` with the elements along its second axis backwards."""
    _axes("fliplr", m, 2)
    return made(m._home, "xp.fliplr", (m._node,), None, m.shape, m.dtype)


def rot90(m: Array, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Array:
    """`m` turned `k` times by a right angle, from the first of the axes to the second."""
    m = need(m, "rot90")
    found = axes_of(tuple(axes), m.ndim, "axes")
    if len(found) != 2:
        raise ValueError(f"rot90 turns in the plane of two axes: {axes}")
    shape = list(m.shape)
    if k % 2:
        one, other = found
        shape[one], shape[other] = shape[other], shape[one]
    return made(m._home, "xp.rot90", (m._node, int(k), found), None, tuple(shape), m.dtype)


__all__ = [
    "array_split", "atleast_1d", "atleast_2d", "atleast_3d", "block", "column_stack", "dsplit", "dstack", "fliplr",
    "flipud", "hsplit", "hstack", "rollaxis", "rot90", "split", "swapaxes", "vsplit", "vstack",
]  # fmt: skip
