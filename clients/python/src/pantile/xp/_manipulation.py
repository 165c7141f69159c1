"""Functions that move elements about: joined, repeated, turned, in other shapes."""

from __future__ import annotations

import math
import operator
from typing import Any

from . import _dtype as dt
from . import _shape as shapes
from ._array import Array
from ._build import home_of, made, need, nodes, unified
from ._dtype import DType
from ._evaluate import WHOLE, values
from ._shape import Shape, axes_of, axis_of, replaced


def broadcast_arrays(*arrays: Array) -> tuple[Array, ...]:
    """The arrays, all in the shape that they broadcast to."""
    shape = shapes.broadcast(*(need(x, "broadcast_arrays").shape for x in arrays))
    return tuple(broadcast_to(x, shape) for x in arrays)


def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that all of them broadcast to."""
    return _broadcast(*(tuple(shape) for shape in shapes))


_broadcast = shapes.broadcast


def broadcast_to(x: Array, /, shape: tuple[int, ...]) -> Array:
    """`x` in a shape that it broadcasts to."""
    x = need(x, "broadcast_to")
    shape = shapes.broadcast_to(x.shape, shapes.shape_of(shape))
    return made(x._home, "xp.broadcast_to", (x._node, shape), None, shape, x.dtype)


def _joined(arrays: Any, name: str) -> tuple[list[Array], DType]:
    found = [need(x, name) for x in arrays]
    if not found:
        raise ValueError(f"{name} takes one array at least")
    home_of(*found)
    return unified(found)


def concat(arrays: tuple[Array, ...] | list[Array], /, *, axis: int | None = 0) -> Array:
    """The arrays one after the other along the axis; with None, their elements in one row."""
    xs, dtype = _joined(arrays, "concat")
    if axis is None:
        xs = [x if x.ndim == 1 else reshape(x, (-1,)) for x in xs]
    first = xs[0].shape
    at = axis_of(axis or 0, len(first))
    if any(len(x.shape) != len(first) or replaced(x.shape, at, 0) != replaced(first, at, 0) for x in xs):
        raise ValueError(f"shapes do not go together along axis {at}: {', '.join(str(x.shape) for x in xs)}")
    shape = replaced(first, at, sum(x.shape[at] for x in xs))
    return made(xs[0]._home, "xp.concat", (nodes(xs),), {"axis": at}, shape, dtype)


def stack(arrays: tuple[Array, ...] | list[Array], /, *, axis: int = 0) -> Array:
    """The arrays, all of one shape, side by side along a new axis."""
    xs, dtype = _joined(arrays, "stack")
    first = xs[0].shape
    if any(x.shape != first for x in xs):
        raise ValueError(f"stack takes arrays of one shape: {', '.join(str(x.shape) for x in xs)}")
    at = axis_of(axis, len(first) + 1)
    shape = (*first[:at], len(xs), *first[at:])
    return made(xs[0]._home, "xp.stack", (nodes(xs),), {"axis": at}, shape, dtype)


def unstack(x: Array, /, *, axis: int = 0) -> tuple[Array, ...]:
    """The parts of `x` along the axis, which they do not have any more."""
    x = need(x, "unstack")
    if not x.ndim:
        raise ValueError("an array without axes has no parts")
    at = axis_of(axis, x.ndim)
    return tuple(x[(*(slice(None),) * at, index)] for index in range(x.shape[at]))


def expand_dims(x: Array, /, axis: int | tuple[int, ...]) -> Array:
    """`x` with new axes of length 1, counted in what comes of it."""
    x = need(x, "expand_dims")
    count = len(axis) if isinstance(axis, (tuple, list)) else 1
    at = axes_of(axis, x.ndim + count)
    sides = iter(x.shape)
    shape = tuple(1 if place in at else next(sides) for place in range(x.ndim + count))
    axis = at if isinstance(axis, (tuple, list)) else at[0]
    return made(x._home, "xp.expand_dims", (x._node, axis), None, shape, x.dtype)


def squeeze(x: Array, /, axis: int | tuple[int, ...]) -> Array:
    """`x` without axes, which are of length 1."""
    x = need(x, "squeeze")
    at = axes_of(axis, x.ndim)
    if any(x.shape[place] != 1 for place in at):
        raise ValueError(f"only axes of length 1 are squeezed: shape {x.shape}, axis {axis}")
    return made(x._home, "xp.squeeze", (x._node, at), None, shapes.without(x.shape, at), x.dtype)


def flip(x: Array, /, *, axis: int | tuple[int, ...] | None = None) -> Array:
    """`x` with its elements in the other order along the axes, or along all of them."""
    x = need(x, "flip")
    return made(x._home, "xp.flip", (x._node,), {"axis": axes_of(axis, x.ndim)}, x.shape, x.dtype)


def moveaxis(x: Array, source: int | tuple[int, ...], destination: int | tuple[int, ...], /) -> Array:
    """`x` with some axes in other places; the rest keep their order."""
    x = need(x, "moveaxis")
    origins, tos = axes_of(source, x.ndim, "source"), axes_of(destination, x.ndim, "destination")
    if len(origins) != len(tos):
        raise ValueError(f"as many axes come as go: {source} and {destination}")
    rest = iter(axis for axis in range(x.ndim) if axis not in origins)
    moved = dict(zip(tos, origins, strict=True))
    return permute_dims(x, tuple(moved[at] if at in moved else next(rest) for at in range(x.ndim)))


def permute_dims(x: Array, /, axes: tuple[int, ...]) -> Array:
    """`x` with its axes in that order."""
    x = need(x, "permute_dims")
    order = axes_of(tuple(axes), x.ndim, "axes")
    if len(order) != x.ndim:
        raise ValueError(f"axes name each of the {x.ndim} axes once: {axes}")
    return made(x._home, "xp.permute_dims", (x._node, order), None, tuple(x.shape[at] for at in order), x.dtype)


def reshape(x: Array, /, shape: tuple[int, ...], *, copy: bool | None = None) -> Array:
    """The elements of `x` in another shape, in which one length may be -1 and is worked out."""
    x = need(x, "reshape")
    found = shapes.reshaped(x.shape, shape)
    return made(x._home, "xp.reshape", (x._node, found), None, found, x.dtype)


def roll(x: Array, /, shift: int | tuple[int, ...], *, axis: int | tuple[int, ...] | None = None) -> Array:
    """`x` with its elements moved on along the axes, those at the end to the beginning."""
    x = need(x, "roll")
    if axis is None:
        if isinstance(shift, (tuple, list)):
            raise ValueError(f"shifts of several axes name their axes: {shift}")
        return made(x._home, "xp.roll", (x._node, operator.index(shift)), None, x.shape, x.dtype)
    at = tuple(axis_of(one, x.ndim) for one in (axis if isinstance(axis, (tuple, list)) else (axis,)))
    by = tuple(map(operator.index, shift)) if isinstance(shift, (tuple, list)) else (operator.index(shift),) * len(at)
    if len(by) != len(at):
        raise ValueError(f"there are as many shifts as axes: {shift} and {axis}")
    return made(x._home, "xp.roll", (x._node, by), {"axis": at}, x.shape, x.dtype)


def tile(x: Array, repetitions: tuple[int, ...], /) -> Array:
    """`x` laid side by side as often as said for each axis."""
    x = need(x, "tile")
    times = shapes.shape_of(repetitions)
    rank = max(len(times), x.ndim)
    sides = (1,) * (rank - x.ndim) + x.shape
    whole = (1,) * (rank - len(times)) + times
    shape = tuple(side * count for side, count in zip(sides, whole, strict=True))
    return made(x._home, "xp.tile", (x._node, times), None, shape, x.dtype)


def repeat(x: Array, repeats: int | Array, /, *, axis: int | None = None) -> Array:
    """`x` with each element as often as said along the axis; with None, its elements in one row."""
    x = need(x, "repeat")
    shape: Shape = (x.size,) if axis is None else x.shape
    at = axis_of(0 if axis is None else axis, len(shape))
    named = None if axis is None else {"axis": at}
    argument: Any = repeats
    if isinstance(repeats, Array):
        home_of(x, repeats)
        side, argument = _repeated(repeats, shape[at]), repeats._node
    else:
        argument = operator.index(repeats)
        if argument < 0:
            raise ValueError(f"repeats is {repeats}, and should be 0 or more")
        side = shape[at] * argument
    return made(x._home, "xp.repeat", (x._node, argument), named, replaced(shape, at, side), x.dtype)


def _repeated(repeats: Array, side: int) -> int:
    """How many elements come of it: the counts are added up, which asks for them."""
    if repeats.ndim > 1 or repeats.size not in (1, side):
        raise ValueError(f"repeats has shape {repeats.shape}, and there are {side} elements to repeat")
    if repeats.dtype.rank != 1:
        raise TypeError(f"repeats are integers, and these are {repeats.dtype}")
    if repeats.size <= WHOLE:
        (value,) = values(repeats._home, [repeats._node])
        if repeats.size and int(value.min()) < 0:
            raise ValueError("repeats should be 0 or more")
        return int(value.sum()) * (side if repeats.size == 1 else 1)
    total = made(repeats._home, "xp.sum", (repeats._node,), {"dtype": dt.int64}, (), dt.int64)
    return int(total)


def ravel(x: Array) -> Array:
    """The elements of `x` in one row."""
    return x if x.ndim == 1 else reshape(x, (math.prod(x.shape),))
