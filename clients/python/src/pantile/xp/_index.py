"""Brackets: what an index makes of a shape, by NumPy's rules, and how it is written.

An index becomes one part for each axis (a mask stands for as many as it has) and None for each new one; ellipses are
written out as slices. What comes of arrays among the parts stands where they stand if they are
neighbours, else in front.
"""

from __future__ import annotations

import operator
from typing import Any

from . import _dtype as dt
from ._array import Array
from ._build import NUMBERS, argument, cast, fitting, home_of, hosted, made, time_of
from ._evaluate import WHOLE, opened
from ._node import Node
from ._shape import Shape, broadcast, broadcast_to, size

ALL = slice(None)


def got(x: Array, key: Any) -> Array:
    """`x[key]`."""
    parts = _parts(x, key)
    written = _written(parts)
    if any(_is_mask(part) for part in parts):
        return _masked(x, parts, written)
    return made(x._home, "[]", (x._node, written), None, _shape(x, parts), x.dtype)


def put(x: Array, key: Any, value: Any) -> Array:
    """`x` after `x[key] = value`."""
    parts = _parts(x, key)
    if isinstance(value, NUMBERS) and not x.dtype.is_time:
        _check(x, parts)
        given = _number(value, x)
    else:
        given = _fitted(x, parts, value)
    return made(x._home, "at", (x._node, _written(parts), argument(given)), None, x.shape, x.dtype)


def _masked(x: Array, parts: list[Any], written: tuple[Any, ...]) -> Array:
    """Elements under a mask. How many they are is asked now; of a small array, they themselves."""
    if x.size <= WHOLE and not all(_is_known(part) for part in parts):
        # What the numbers in it refuse is refused first.
        _check(x, parts)
        node = Node("[]", (x._node, written), None, (), x.dtype)
        opened(x._home, [node])
        return Array(node, x._home)
    return made(x._home, "[]", (x._node, written), None, _shape(x, parts), x.dtype)


def _number(value: Any, x: Array) -> Any:
    """A number that is put into an array: as NumPy, a float loses its fraction in an integer."""
    kind = x.dtype.kind
    if isinstance(value, complex) and kind != "complex":
        raise TypeError(f"{value} cannot be put into an array of {x.dtype}")
    if kind == "bool":
        return bool(value)
    if x.dtype.rank == 1 and isinstance(value, float):
        value = int(value)
    return fitting(value, x.dtype, x._home)


def _fitted(x: Array, parts: list[Any], value: Any) -> Array:
    """An array that is put into another: of the place's dtype, and of a shape that broadcasts to it."""
    value = value if isinstance(value, Array) else hosted(time_of(value), x._home)
    if x.dtype.is_time or value.dtype.is_time:
        dt.promoted(x.dtype, value.dtype)
    home_of(x, value)
    if value.dtype.kind == "complex" and x.dtype.kind != "complex":
        raise TypeError(f"{value.dtype} cannot be put into an array of {x.dtype}")
    shape = value.shape
    if size(shape) == 1 and any(_is_mask(part) for part in parts):
        # One element goes to any number of places, which need not be counted.
        _check(x, parts)
        shape = ()
    else:
        place = _shape(x, parts)
        while len(shape) > len(place) and shape[0] == 1:
            shape = shape[1:]
        broadcast_to(shape, place)
    if shape != value.shape:
        value = made(value._home, "xp.reshape", (value._node, shape), None, shape, value.dtype)
    return cast(value, x.dtype)


# From keys to parts.


def _parts(x: Array, key: Any) -> list[Any]:
    items = [_part(x, item) for item in (key if isinstance(key, tuple) else (key,))]
    used = sum(_axes(item) for item in items)
    if used > x.ndim:
        raise IndexError(f"an array of shape {x.shape} is indexed with {used} indices")
    # An ellipsis that stands for nothing still parts what stands beside it, as in NumPy.
    rest: list[Any] = [ALL] * (x.ndim - used) or [Ellipsis]
    places = [at for at, item in enumerate(items) if item is Ellipsis]
    if len(places) > 1:
        raise IndexError("an index has one ellipsis at most")
    if places:
        return _whole(x, [*items[: places[0]], *rest, *items[places[0] + 1 :]])
    return _whole(x, [*items, *rest])


def _part(x: Array, item: Any) -> Any:
    if item is None or item is Ellipsis or isinstance(item, slice):
        return item
    if _is_number(item):
        return operator.index(item)
    if isinstance(item, list) and not item:
        item = hosted([], x._home, dt.int64)
    array = item if isinstance(item, Array) else hosted(item, x._home)
    home_of(x, array)
    if array.dtype.rank > 1:
        raise IndexError(f"an index is of integers or booleans, and this is {array.dtype}")
    return array


def _is_number(item: Any) -> bool:
    """Whether it is one integer of Python or NumPy. Booleans are masks."""
    if isinstance(item, (Array, bool, list)) or not hasattr(item, "__index__"):
        return False
    return not getattr(item, "ndim", 0) and getattr(getattr(item, "dtype", None), "kind", "i") in "iu"


def _axes(part: Any) -> int:
    """How many axes it takes."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if _is_mask(part) else 1


def _is_mask(part: Any) -> bool:
    return isinstance(part, Array) and part.dtype is dt.boolean


def _is_known(part: Any) -> bool:
    return not _is_mask(part) or part._node.value is not None


def _whole(x: Array, parts: list[Any]) -> list[Any]:
    """Parts held against the axes: numbers within them, slices as they fall, masks of their shape."""
    axis, found = 0, []
    for part in parts:
        if isinstance(part, int):
            part = _within(part, x.shape, axis)
        elif isinstance(part, slice):
            part = _sliced(part, x.shape[axis])
        elif _is_mask(part) and part.shape != x.shape[axis : axis + part.ndim]:
            found.extend(_empty(part, x, axis))
            axis += part.ndim
            continue
        axis += _axes(part)
        found.append(part)
    return found


def _empty(mask: Array, x: Array, axis: int) -> list[Array]:
    """Indices of nothing, in the place of a mask without elements: the standard lets it be 0 long on any axis."""
    if any(side not in (0, there) for side, there in zip(mask.shape, x.shape[axis:], strict=False)):
        raise IndexError(f"a mask of shape {mask.shape} is not of the shape of what it masks: {x.shape}, axis {axis}")
    return [hosted([], x._home, dt.int64)] * mask.ndim


def _within(index: int, shape: Shape, axis: int) -> int:
    side = shape[axis]
    if not -side <= index < side:
        raise IndexError(f"index {index} is out of bounds of axis {axis}, which has {side} elements")
    return index + side if index < 0 else index


def _sliced(part: slice, side: int) -> slice:
    """The same slice with all that is left to it said."""
    start, stop, step = part.indices(side)
    count = len(range(start, stop, step))
    if count == side and step == 1:
        return ALL
    if count == 0:
        return slice(0, 0)
    return slice(start, stop if stop >= 0 else None, step)


def _written(parts: list[Any]) -> tuple[Any, ...]:
    """As nodes keep it: without the slices at the end that change nothing."""
    if parts and parts[-1] is Ellipsis:
        parts = parts[:-1]
    end = len(parts)
    # An ellipsis before them would take their axes.
    while end and parts[end - 1] == ALL and Ellipsis not in parts:
        end -= 1
    return tuple(part._node if isinstance(part, Array) else part for part in parts[:end])


# From parts to shapes.


def _shape(x: Array, parts: list[Any]) -> Shape:
    """The shape of what is found there. Masks that are not known yet are counted."""
    is_fancy = any(isinstance(part, Array) for part in parts)
    axis = 0
    sides: list[int] = []
    fancy: list[Shape] = []
    places: list[tuple[int, int]] = []
    for at, part in enumerate(parts):
        if part is None:
            sides.append(1)
        elif isinstance(part, slice):
            sides.append(len(range(*part.indices(x.shape[axis]))))
        elif is_fancy and part is not Ellipsis:
            fancy.append((_count(part),) if _is_mask(part) else part.shape if isinstance(part, Array) else ())
            places.append((at, len(sides)))
        axis += _axes(part)
    if not is_fancy:
        return tuple(sides)
    try:
        shape = broadcast(*fancy)
    except ValueError as error:
        raise IndexError(f"the arrays of an index do not go together: {error}") from None
    neighbours = places[-1][0] - places[0][0] == len(places) - 1
    front = places[0][1] if neighbours else 0
    return (*sides[:front], *shape, *sides[front:])


def _check(x: Array, parts: list[Any]) -> None:
    """Refuses what is wrong whatever the mask holds; one that other arrays stand beside is counted."""
    is_alone = sum(isinstance(part, Array) for part in parts) == 1
    _shape(x, _without_masks(parts) if is_alone else parts)


def _without_masks(parts: list[Any]) -> list[Any]:
    """Parts with slices in the places of masks."""
    found: list[Any] = []
    for part in parts:
        found.extend([ALL] * part.ndim if _is_mask(part) else [part])
    return found


def _count(mask: Array) -> int:
    """How many elements of the mask are true."""
    value = mask._node.value
    if value is not None:
        return int(value.sum())
    return int(made(mask._home, "xp.count_nonzero", (mask._node,), None, (), dt.int64))
