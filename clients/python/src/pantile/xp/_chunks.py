"""Chunks as Dask writes them: for each axis the lengths of its chunks. How they are given, and what comes of that.

`(4, 6)` cut into `((2, 2), (4, 2))` is four chunks. Nothing in here knows arrays.
"""

from __future__ import annotations

import itertools
import math
import operator
import re
from collections.abc import Iterable, Sequence
from typing import Any

from ._shape import Shape, axis_of

Lengths = tuple[int, ...]
Chunks = tuple[Lengths, ...]

# What a chunk of "auto" is at most: the server aims at 4 to 16 MiB.
CHUNK_BYTES = 16 << 20

_BYTES = re.compile(r"\s*([\d.]+)\s*([kMGT]?)(i?)B?\s*")
_POWERS = " kMGT"


def whole(shape: Shape) -> Chunks:
    """One chunk an axis."""
    return tuple((side,) for side in shape)


def cut(shape: Shape, lengths: Iterable[int]) -> Chunks:
    """Chunks of one length on each axis, the last ones of what is left."""
    return tuple(_even(side, length) for side, length in zip(shape, lengths, strict=True))


def regular(chunks: Chunks) -> list[int] | None:
    """The one length on each axis; None where that says not all, as of `((3, 2, 3),)`."""
    firsts = [lengths[0] for lengths in chunks]
    if all(_even(sum(lengths), max(first, 1)) == lengths for lengths, first in zip(chunks, firsts, strict=True)):
        return [max(first, 1) for first in firsts]
    return None


def refined(several: Sequence[Lengths]) -> Lengths:
    """The chunks of an axis that fit into those of all: an end wherever one of them ends."""
    ends = sorted({end for lengths in several for end in itertools.accumulate(lengths)})
    return tuple(end - begin for begin, end in itertools.pairwise([0, *ends]))


def spelled(given: Any, shape: Shape, *, itemsize: int, before: Chunks, limit: Any = None) -> Chunks:
    """The chunks that are meant: by one part for all axes, a tuple with a part for each, or a dict of parts by axis.

    A part is a length, -1 for the whole axis, None for what it was before, "auto", a size in bytes, or all lengths.
    """
    parts = [_part(part, side, old) for part, side, old in zip(_parts(given, shape), shape, before, strict=True)]
    limits = [part for part in parts if isinstance(part, int)]
    if not limits:
        return tuple(part for part in parts if not isinstance(part, int))
    most = CHUNK_BYTES if limit is None else _bytes(limit) or CHUNK_BYTES
    return _chosen(parts, shape, min((part for part in limits if part), default=most) // itemsize)


def _parts(given: Any, shape: Shape) -> list[Any]:
    """What is said of each axis."""
    if isinstance(given, dict):
        said = {axis_of(axis, len(shape)): part for axis, part in given.items()}
        return [said.get(axis) for axis in range(len(shape))]
    if not isinstance(given, (tuple, list)):
        return [given] * len(shape)
    if len(shape) == 1 and len(given) != 1 and not any(isinstance(part, (tuple, list)) for part in given):
        return [given]
    if len(given) != len(shape):
        raise ValueError(f"chunks {given} say something of {len(given)} axes, and shape {shape} has {len(shape)}")
    return list(given)


def _part(part: Any, side: int, before: Lengths) -> Lengths | int:
    """The lengths on an axis; for what is to be chosen, the bytes that a chunk has at most, or 0."""
    if part is None:
        return before
    if isinstance(part, str):
        return 0 if part == "auto" else _bytes(part)
    if isinstance(part, (tuple, list)):
        lengths = tuple(map(operator.index, part))
        if sum(lengths) != side or any(length < 0 for length in lengths):
            raise ValueError(f"chunks {lengths} are not {side} elements together, which the axis has")
        return lengths or (0,)
    length = operator.index(part)
    if length == -1:
        return (side,)
    if length < 1 and side:
        raise ValueError(f"a chunk has one element at least, and this would have {length}: -1 is the whole axis")
    return _even(side, length)


def _bytes(given: Any) -> int:
    """A size in bytes: a number, or `"100MiB"`."""
    if not isinstance(given, str):
        return operator.index(given)
    said = _BYTES.fullmatch(given)
    if said is None:
        raise ValueError(f'chunks are given as numbers, "auto" or a size such as "100MiB", and not as {given!r}')
    return max(1, int(float(said[1]) * (1024 if said[3] else 1000) ** _POWERS.index(said[2] or " ")))


def _chosen(parts: Sequence[Lengths | int], shape: Shape, elements: int) -> Chunks:
    """With the axes that are left to us cut as near to a cube of so many elements as the shape allows."""
    found = [None if isinstance(part, int) else part for part in parts]
    left = max(1, elements // max(1, math.prod(max(part) for part in found if part is not None)))
    # What short axes leave goes to the longer ones.
    free = sorted((axis for axis, part in enumerate(found) if part is None), key=lambda axis: shape[axis])
    for done, axis in enumerate(free):
        length = min(max(1, int(left ** (1 / (len(free) - done)) + 1e-9)), max(1, shape[axis]))
        # Chunks about equally long: of 10 elements 5 and 5, rather than 9 and 1.
        count = max(1, math.ceil(shape[axis] / length))
        found[axis] = _even(shape[axis], max(1, math.ceil(shape[axis] / count)))
        left = max(1, left // length)
    return tuple(part for part in found if part is not None)


def _even(side: int, length: int) -> Lengths:
    if not side:
        return (0,)
    rest = side % length
    return (length,) * (side // length) + ((rest,) if rest else ())
