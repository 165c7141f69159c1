"""Shapes and axes: what comes of them, and what is refused. Everything is worked out here, before anything is asked."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

Shape = tuple[int, ...]


class AxisError(IndexError, ValueError):
    """There is no such axis. Both kinds of error, as NumPy's of that name."""


def size(shape: Shape) -> int:
    """How many elements there are."""
    return math.prod(shape)


def broadcast(*shapes: Shape) -> Shape:
    """The shape that all of them broadcast to."""
    if len(shapes) == 2:
        return _broadcast(*shapes)
    result: Shape = ()
    for shape in shapes:
        result = _broadcast(result, shape)
    return result


@lru_cache(maxsize=4096)
def _broadcast(a: Shape, b: Shape) -> Shape:
    if a == b:
        return a
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    skip = len(longer) - len(shorter)
    sides = list(longer)
    for at, side in enumerate(shorter, skip):
        if sides[at] == 1:
            sides[at] = side
        elif side not in (1, sides[at]):
            raise ValueError(f"cannot broadcast shape {a} with shape {b}")
    return tuple(sides)


def broadcast_to(shape: Shape, to: Shape) -> Shape:
    """`to`, if the shape broadcasts to it."""
    try:
        fits = broadcast(shape, to) == to
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"shape {shape} does not broadcast to {to}")
    return to


def shape_of(given: Any) -> Shape:
    """A shape as it is given: a tuple of lengths, or one length."""
    if isinstance(given, (tuple, list)):
        shape = tuple(operator.index(side) for side in given)
    else:
        shape = (operator.index(given),)
    if any(side < 0 for side in shape):
        raise ValueError(f"a shape has no negative lengths, and this is {shape}")
    return shape


def axis_of(axis: Any, ndim: int, name: str = "axis") -> int:
    """The axis counted from the front."""
    at = operator.index(axis)
    if not -ndim <= at < ndim:
        raise AxisError(f"{name} is {at}, and there are {ndim} axes")
    return at + ndim if at < 0 else at


def axes_of(axes: Any, ndim: int, name: str = "axis") -> tuple[int, ...]:
    """Axes counted from the front, none of them twice; None means all of them."""
    if axes is None:
        return tuple(range(ndim))
    found = tuple(axis_of(axis, ndim, name) for axis in (axes if isinstance(axes, (tuple, list)) else (axes,)))
    if len(set(found)) != len(found):
        raise ValueError(f"{name} names an axis twice: {axes}")
    return found


def without(shape: Shape, axes: Iterable[int], *, keepdims: bool = False) -> Shape:
    """The shape with the axes gone, or of length 1."""
    gone = set(axes)
    if keepdims:
        return tuple(1 if at in gone else side for at, side in enumerate(shape))
    return tuple(side for at, side in enumerate(shape) if at not in gone)


def replaced(shape: Shape, axis: int, side: int) -> Shape:
    """The shape with another length on one axis."""
    return (*shape[:axis], side, *shape[axis + 1 :])


def reshaped(shape: Shape, given: Any) -> Shape:
    """The shape that `given` stands for, where one length may be -1."""
    sides = tuple(operator.index(side) for side in (given if isinstance(given, (tuple, list)) else (given,)))
    known = math.prod(side for side in sides if side != -1)
    total = size(shape)
    if sides.count(-1) > 1 or any(side < -1 for side in sides):
        raise ValueError(f"a shape has one length of -1 at most, and no others below 0: {sides}")
    if -1 in sides:
        if known == 0 or total % known:
            raise ValueError(f"cannot reshape {total} elements of shape {shape} into {sides}")
        return tuple(total // known if side == -1 else side for side in sides)
    if known != total:
        raise ValueError(f"cannot reshape {total} elements of shape {shape} into {sides}")
    return sides


def matrix(shape: Shape, name: str) -> Shape:
    """The shape, if its last two axes are those of matrices."""
    if len(shape) < 2:
        raise ValueError(f"{name} takes matrices, of two axes or more, and this has shape {shape}")
    return shape


def square(shape: Shape, name: str) -> Shape:
    """The shape, if its matrices are square."""
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ValueError(f"{name} takes square matrices, and these have shape {shape}")
    return shape
