"""Functions that find: where elements are, which of them differ, in what order they come."""

from __future__ import annotations

from typing import Any, NamedTuple

from . import _dtype as dt
from ._array import Array
from ._build import NUMBERS, argument, home_of, hosted, made, many, need, need_kind, pair, shape_of
from ._dtype import DType
from ._evaluate import WHOLE, opened
from ._node import several
from ._shape import Shape, axes_of, axis_of, broadcast, without


def argmax(x: Array, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """Where the greatest element is along the axis; with None, among all elements in one row."""
    return place("argmax", x, axis, keepdims)


def argmin(x: Array, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """Where the least element is along the axis; with None, among all elements in one row."""
    return place("argmin", x, axis, keepdims)


def place(name: str, x: Array, axis: int | None, keepdims: bool) -> Array:
    """Where an element is that is the greatest, or the least, under the function's name."""
    x = need(x, name)
    need_kind(x, "real or time", name)
    axes = axes_of(axis, x.ndim)
    if not x.size and (axis is None or not x.shape[axes[0]]):
        raise ValueError(f"{name} of no elements: shape {x.shape}")
    named = _reducing(None if axis is None else axes[0], keepdims)
    return made(x._home, f"xp.{name}", (x._node,), named, without(x.shape, axes, keepdims=keepdims), dt.int64)


def _reducing(axis: Any, keepdims: bool) -> dict[str, Any]:
    return {**({} if axis is None else {"axis": axis}), **({"keepdims": True} if keepdims else {})}


def count_nonzero(x: Array, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Array:
    """How many elements along the axes are not zero."""
    x = need(x, "count_nonzero")
    axes = axes_of(axis, x.ndim)
    named = _reducing(None if axis is None else axes, keepdims)
    shape = without(x.shape, axes, keepdims=keepdims)
    return made(x._home, "xp.count_nonzero", (x._node,), named, shape, dt.int64)


def nonzero(x: Array, /) -> tuple[Array, ...]:
    """Where the elements are that are not zero: for each axis, the index of each of them."""
    x = need(x, "nonzero")
    if not x.ndim:
        raise ValueError("nonzero takes an array with axes")
    if x.size <= WHOLE:
        return tuple(_opened("nonzero", x, [dt.int64] * x.ndim))
    count = int(count_nonzero(x))
    return tuple(many(x._home, "xp.nonzero", (x._node,), None, [((count,), dt.int64)] * x.ndim))


def _opened(name: str, x: Array, dtypes: list[DType]) -> list[Array]:
    """The results of a call on a small array, asked for now, as their shapes depend on the data."""
    if name == "unique_values":
        results = [made(x._home, "xp.unique_values", (x._node,), None, (), dtypes[0])]
    else:
        nodes = several(f"xp.{name}", (x._node,), None, [((), dtype) for dtype in dtypes])
        results = [Array(node, x._home) for node in nodes]
    opened(x._home, [result._node for result in results])
    return results


def searchsorted(x1: Array, x2: Any, /, *, side: str = "left", sorter: Array | None = None) -> Array:
    """Where in the sorted row `x1` each element of `x2` would go."""
    x1 = need(x1, "searchsorted")
    if side not in ("left", "right"):
        raise ValueError(f"side is 'left' or 'right', and not {side!r}")
    if x1.ndim != 1 or (sorter is not None and sorter.shape != x1.shape):
        raise ValueError(f"searchsorted looks in a row, and sorter is one of its length: shape {x1.shape}")
    first, second, _, home = pair(x1, x2, "searchsorted")
    need_kind(first, "real or time", "searchsorted")
    named: dict[str, Any] = {"side": side} if side != "left" else {}
    if sorter is not None:
        home_of(x1, sorter)
        named["sorter"] = sorter._node
    shape = shape_of(second)
    return made(home, "xp.searchsorted", (first._node, argument(second)), named, shape, dt.int64)


def where(condition: Array, x1: Any, x2: Any, /) -> Array:
    """`x1` where the condition is true, `x2` elsewhere."""
    condition = need(condition, "where")
    need_kind(condition, "boolean", "where")
    if isinstance(x1, NUMBERS) and isinstance(x2, NUMBERS):
        x1 = hosted(x1, condition._home, dt.with_number(dt.of_number(x1), x2))
    first, second, dtype, home = pair(x1, x2, "where")
    home_of(condition, *(x for x in (first, second) if isinstance(x, Array)))
    shape = broadcast(condition.shape, shape_of(first), shape_of(second))
    return made(home, "xp.where", (condition._node, argument(first), argument(second)), None, shape, dtype)


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Array:
    """Whether each element of `x1` is among those of `x2`; with `invert`, whether it is not."""
    first, second, _, home = pair(x1, x2, "isin")
    named = {"invert": True} if invert else None
    return made(home, "xp.isin", (argument(first), argument(second)), named, shape_of(first), dt.boolean)


# What differs.


class UniqueAll(NamedTuple):
    """What `unique_all` comes to."""

    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class UniqueCounts(NamedTuple):
    """What `unique_counts` comes to."""

    values: Array
    counts: Array


class UniqueInverse(NamedTuple):
    """What `unique_inverse` comes to."""

    values: Array
    inverse_indices: Array


def unique_all(x: Array, /) -> UniqueAll:
    """The different elements, where each is first, which one each element is, and how often each is there."""
    return UniqueAll(*_unique("unique_all", x, ["values", "indices", "inverse", "counts"]))


def unique_counts(x: Array, /) -> UniqueCounts:
    """The different elements, and how often each is there."""
    return UniqueCounts(*_unique("unique_counts", x, ["values", "counts"]))


def unique_inverse(x: Array, /) -> UniqueInverse:
    """The different elements, and which of them each element is."""
    return UniqueInverse(*_unique("unique_inverse", x, ["values", "inverse"]))


def unique_values(x: Array, /) -> Array:
    """The different elements. Each NaN is one of its own."""
    return _unique("unique_values", x, ["values"])[0]


def _unique(name: str, x: Array, results: list[str]) -> list[Array]:
    x = need(x, name)
    dtypes = [x.dtype if result == "values" else dt.int64 for result in results]
    if x.size <= WHOLE:
        return _opened(name, x, dtypes)
    count = _count_unique(x)
    shapes: list[tuple[Shape, DType]] = [
        (x.shape if result == "inverse" else (count,), dtype) for result, dtype in zip(results, dtypes, strict=True)
    ]
    if name == "unique_values":
        return [made(x._home, "xp.unique_values", (x._node,), None, *shapes[0])]
    return many(x._home, f"xp.{name}", (x._node,), None, shapes)


def _count_unique(x: Array) -> int:
    """How many different elements there are, of an array that is too large to fetch for it."""
    found = made(x._home, "xp.unique_values", (x._node,), None, (0,), x.dtype)
    marks = made(x._home, "xp.ones_like", (found._node,), {"dtype": dt.boolean}, (0,), dt.boolean)
    return int(made(x._home, "xp.count_nonzero", (marks._node,), None, (), dt.int64))


# In what order.


def argsort(x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """In what order the elements along the axis are sorted, as their indices."""
    return _sorted("argsort", x, axis, descending, stable, dt.int64)


def sort(x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """The elements sorted along the axis. NaN come last."""
    return _sorted("sort", x, axis, descending, stable, None)


def _sorted(name: str, x: Array, axis: int, descending: bool, stable: bool, dtype: DType | None) -> Array:
    x = need(x, name)
    if x.dtype.kind == "complex":
        raise TypeError("complex numbers have no order")
    named: dict[str, Any] = {"axis": axis_of(axis, x.ndim)}
    if descending:
        named["descending"] = True
    if not stable:
        named["stable"] = False
    return made(x._home, f"xp.{name}", (x._node,), named, x.shape, dtype or x.dtype)


# Elements by their places.


def take(x: Array, indices: Array, /, *, axis: int | None = None) -> Array:
    """The elements of `x` at the indices along the axis."""
    x = need(x, "take")
    if axis is None:
        if x.ndim > 1:
            raise ValueError(f"take needs an axis of an array of shape {x.shape}")
        axis = 0
    at = axis_of(axis, x.ndim)
    indices = indices if isinstance(indices, Array) else hosted(indices, x._home)
    home_of(x, indices)
    need_kind(indices, "integer", "take")
    shape = (*x.shape[:at], *indices.shape, *x.shape[at + 1 :])
    return made(x._home, "xp.take", (x._node, indices._node), {"axis": at}, shape, x.dtype)


def take_along_axis(x: Array, indices: Array, /, *, axis: int = -1) -> Array:
    """The elements of `x` whose places along the axis `indices` says, one place for each."""
    x, indices = need(x, "take_along_axis"), need(indices, "take_along_axis")
    home_of(x, indices)
    need_kind(indices, "integer", "take_along_axis")
    if x.ndim != indices.ndim:
        raise ValueError(f"indices have as many axes as `x`: shapes {indices.shape} and {x.shape}")
    at = axis_of(axis, x.ndim)
    sides = broadcast(without(x.shape, [at]), without(indices.shape, [at]))
    shape = (*sides[:at], indices.shape[at], *sides[at:])
    return made(x._home, "xp.take_along_axis", (x._node, indices._node), {"axis": at}, shape, x.dtype)


__all__ = [
    "argmax", "argmin", "argsort", "count_nonzero", "isin", "nonzero", "searchsorted", "sort", "take",
    "take_along_axis", "unique_all", "unique_counts", "unique_inverse", "unique_values", "where",
]  # fmt: skip
