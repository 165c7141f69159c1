"""Elements by their order and by conditions. Where the shape depends on values, those are asked for now."""

from __future__ import annotations

import operator
from typing import Any

from . import _dtype as dt
from ._array import Array
from ._build import NUMBERS, argument, cast, home_of, hosted, made, need, shape_of, unified
from ._dtype import DType
from ._evaluate import opened
from ._node import several
from ._shape import Shape, axes_of, axis_of, broadcast, replaced


def _row(x: Array, axis: int | None) -> tuple[Shape, Any]:
    """The shape along whose axis there is an order, and the axis: the last, where all are in one row."""
    return ((x.size,), None) if axis is None else (x.shape, axis_of(axis, x.ndim))


def partition(a: Array, kth: Any, axis: int | None = -1) -> Array:
    """The elements with those of `kth` where they would be if all were sorted, lesser before and greater behind."""
    return _parted("partition", a, kth, axis, None)


def argpartition(a: Array, kth: Any, axis: int | None = -1) -> Array:
    """In what order the elements are so, as their indices."""
    return _parted("argpartition", a, kth, axis, dt.int64)


def _parted(name: str, a: Array, kth: Any, axis: int | None, dtype: DType | None) -> Array:
    a = need(a, name)
    shape, at = _row(a, axis)
    side = shape[at or 0]
    places = tuple(map(operator.index, kth)) if isinstance(kth, (tuple, list)) else (operator.index(kth),)
    if any(not -side <= place < side for place in places):
        raise ValueError(f"kth is less than {side}, the length of the axis: {kth}")
    return made(a._home, f"xp.{name}", (a._node, places), {"axis": at}, shape, dtype or a.dtype)


def topk(a: Array, k: int, axis: int = -1) -> Array:
    """The `k` greatest elements along the axis, the greatest first; below 0 the least, the least first."""
    return _first("topk", a, k, axis, None)


def argtopk(a: Array, k: int, axis: int = -1) -> Array:
    """Where those are."""
    return _first("argtopk", a, k, axis, dt.int64)


def _first(name: str, a: Array, k: int, axis: int, dtype: DType | None) -> Array:
    a, k = need(a, name), operator.index(k)
    at = axis_of(axis, a.ndim)
    shape = replaced(a.shape, at, min(abs(k), a.shape[at]))
    return made(a._home, f"xp.{name}", (a._node, k), {"axis": at}, shape, dtype or a.dtype)


def lexsort(keys: Any, axis: int = -1) -> Array:
    """The order of elements by several keys, the last of which counts most."""
    xs = [need(x, "lexsort") for x in (keys if isinstance(keys, (list, tuple)) else list(keys))]
    if not xs or any(x.shape != xs[0].shape for x in xs):
        raise ValueError("lexsort takes keys of one shape, one at least")
    at = axis_of(axis, xs[0].ndim)
    return made(home_of(*xs), "xp.lexsort", ([x._node for x in xs],), {"axis": at}, xs[0].shape, dt.int64)


def _found(x: Array, form: str, args: tuple[Any, ...], named: dict[str, Any] | None, dtype: DType) -> Array:
    """A result whose shape is known with its values: it is asked for now."""
    result = made(x._home, form, args, named, (), dtype)
    opened(x._home, [result._node])
    return result


def flatnonzero(a: Array) -> Array:
    """The numbers of the elements that are not zero, counted through all axes."""
    a = need(a, "flatnonzero")
    return _found(a, "xp.flatnonzero", (a._node,), None, dt.int64)


def argwhere(a: Array) -> Array:
    """A row for each element that is not zero: its place on every axis."""
    a = need(a, "argwhere")
    return _found(a, "xp.argwhere", (a._node,), None, dt.int64)


def _beside(condition: Any, x: Any, name: str) -> tuple[Array, Array]:
    x = need(x, name)
    condition = condition if isinstance(condition, Array) else hosted(condition, x._home)
    home_of(condition, x)
    return condition, x


def compress(condition: Any, a: Array, axis: int | None = None) -> Array:
    """The elements along the axis where the condition holds; without one, of those in one row."""
    condition, a = _beside(condition, a, "compress")
    if condition.ndim != 1:
        raise ValueError(f"compress takes a row of truths: shape {condition.shape}")
    named = None if axis is None else {"axis": axis_of(axis, a.ndim)}
    return _found(a, "xp.compress", (condition._node, a._node), named, a.dtype)


def extract(condition: Any, arr: Array) -> Array:
    """The elements where the condition holds, in one row."""
    condition, arr = _beside(condition, arr, "extract")
    return _found(arr, "xp.extract", (condition._node, arr._node), None, arr.dtype)


def trim_zeros(filt: Array, trim: str = "fb", axis: Any = None) -> Array:
    """Without the zeros at the front and at the back of the axes."""
    filt = need(filt, "trim_zeros")
    if trim.lower() not in ("fb", "bf", "f", "b"):
        raise ValueError(f"trim is 'f', 'b' or 'fb', and not {trim!r}")
    named = {"trim": trim.lower(), **({} if axis is None else {"axis": axes_of(axis, filt.ndim)})}
    return _found(filt, "xp.trim_zeros", (filt._node,), named, filt.dtype)


def choose(a: Array, choices: Any, mode: str = "raise") -> Array:
    """Of the choices the one whose number an element of `a` is."""
    a = need(a, "choose")
    xs = [x if isinstance(x, Array) else hosted(x, a._home) for x in choices]
    if not xs or mode not in ("raise", "wrap", "clip"):
        raise ValueError("choose takes one choice at least, and a mode of 'raise', 'wrap' or 'clip'")
    if a.dtype.rank != 1:
        raise TypeError(f"choose takes integers, and these are {a.dtype}")
    home_of(a, *xs)
    xs, dtype = unified(xs)
    shape = broadcast(a.shape, *(x.shape for x in xs))
    named = {"mode": mode} if mode != "raise" else None
    return made(a._home, "xp.choose", (a._node, [x._node for x in xs]), named, shape, dtype)


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Array:
    """The elements of the first choice whose condition holds, else the default."""
    conditions = [need(x, "select") for x in condlist]
    if not conditions or len(conditions) != len(choicelist):
        raise ValueError(f"select takes a choice for each condition: {len(choicelist)}, {len(conditions)}")
    if odd := [x.dtype for x in conditions if x.dtype.kind != "bool"]:
        raise TypeError(f"conditions are bool, and not {odd[0]}")
    home = home_of(*conditions)
    numbers = [x for x in (*choicelist, default) if isinstance(x, NUMBERS)]
    arrays = [
        x if isinstance(x, Array) else hosted(x, home) for x in (*choicelist, default) if not isinstance(x, NUMBERS)
    ]
    dtype = dt.promoted(*(x.dtype for x in arrays)) if arrays else dt.of_number(numbers[0])
    for number in numbers:
        dtype = dt.with_number(dtype, number)
    choices = [cast(x, dtype) if isinstance(x, Array) else hosted(x, home, dtype) for x in choicelist]
    default = cast(default, dtype) if isinstance(default, Array) else hosted(default, home, dtype)
    shape = broadcast(*(x.shape for x in conditions), *(x.shape for x in choices), shape_of(default))
    args = ([x._node for x in conditions], [x._node for x in choices], argument(default))
    return made(home, "xp.select", args, None, shape, dtype)


def _both(name: str, ar1: Any, ar2: Any) -> tuple[Array, Array]:
    if not isinstance(ar1, Array):
        ar1 = hosted(ar1, need(ar2, name)._home)
    return _beside(ar1, ar2 if isinstance(ar2, Array) else hosted(ar2, ar1._home), name)


def _sets(name: str, ar1: Any, ar2: Any) -> tuple[Array, Array, DType]:
    (ar1, ar2), dtype = unified(list(_both(name, ar1, ar2)))
    return ar1, ar2, dtype


def union1d(ar1: Any, ar2: Any) -> Array:
    """What is in one of both at least, in order."""
    one, other, dtype = _sets("union1d", ar1, ar2)
    return _found(one, "xp.union1d", (one._node, other._node), None, dtype)


def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """What is in both, in order; with `return_indices`, where it is first in each, too."""
    one, other, dtype = _sets("intersect1d", ar1, ar2)
    if not return_indices:
        return _found(one, "xp.intersect1d", (one._node, other._node), None, dtype)
    results: list[tuple[Shape, DType]] = [((), dtype), ((), dt.int64), ((), dt.int64)]
    found = several("xp.intersect1d", (one._node, other._node), {"return_indices": True}, results)
    opened(one._home, found)
    return tuple(Array(node, one._home) for node in found)


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Array:
    """What is in the first and not in the second, in order."""
    one, other = _both("setdiff1d", ar1, ar2)
    unified([one, other])
    return _found(one, "xp.setdiff1d", (one._node, other._node), None, one.dtype)


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Array:
    """What is in just one of them, in order."""
    one, other, dtype = _sets("setxor1d", ar1, ar2)
    return _found(one, "xp.setxor1d", (one._node, other._node), None, dtype)


__all__ = [
    "argpartition", "argtopk", "argwhere", "choose", "compress", "extract", "flatnonzero", "intersect1d", "lexsort",
    "partition", "select", "setdiff1d", "setxor1d", "topk", "trim_zeros", "union1d",
]  # fmt: skip
