"""Functions that make one element of many along axes, or run along one: a row each where they are alike."""

from __future__ import annotations

import builtins
from typing import Any

from . import _dtype as dt
from ._array import Array
from ._build import cast, floating, home_of, made, need, need_kind
from ._dtype import DType
from ._shape import axes_of, axis_of, replaced, without

Axis = int | tuple[int, ...] | None
# What lengths of time have, and points in time have not.
SUMS = frozenset(["sum", "cumulative_sum", "cumsum", "mean", "median"])


def _reduced(name: str, x: Array, axis: Axis, keepdims: bool, result: DType, **named: Any) -> Array:
    axes = axes_of(axis, x.ndim)
    said = {} if axis is None else {"axis": axes if isinstance(axis, (tuple, list)) else axes[0]}
    if keepdims:
        said["keepdims"] = True
    shape = without(x.shape, axes, keepdims=keepdims)
    return made(x._home, f"xp.{name}", (x._node,), {**said, **named}, shape, result)


def all(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Whether all elements along the axes are true, or not zero."""
    return _reduced("all", need(x, "all"), axis, keepdims, dt.boolean)


def any(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Whether one element along the axes is true, or not zero."""
    return _reduced("any", need(x, "any"), axis, keepdims, dt.boolean)


def max(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """The greatest element along the axes."""
    return _extreme("max", x, axis, keepdims)


def min(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """The least element along the axes."""
    return _extreme("min", x, axis, keepdims)


def _extreme(name: str, x: Array, axis: Axis, keepdims: bool) -> Array:
    x = need(x, name)
    need_kind(x, "real or time", name)
    if not builtins.all(x.shape[at] for at in axes_of(axis, x.ndim)):
        raise ValueError(f"{name} of no elements: shape {x.shape}, axis {axis}")
    return _reduced(name, x, axis, keepdims, x.dtype)


def sum(x: Array, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """The sum of the elements along the axes; of integers, in 64 bits."""
    return _total("sum", x, axis, dtype, keepdims)


def prod(x: Array, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """The product of the elements along the axes; of integers, in 64 bits."""
    return _total("prod", x, axis, dtype, keepdims)


def _total(name: str, x: Array, axis: Axis, dtype: Any, keepdims: bool) -> Array:
    x, found, named = _counted(name, x, dtype)
    return _reduced(name, x, axis, keepdims, found, **named)


def _counted(name: str, x: Array, dtype: Any) -> tuple[Array, DType, dict[str, Any]]:
    """The array, the dtype that it is added up in, and what is said of that."""
    x = need(x, name)
    need_length(x, name)
    if x.dtype.kind == "bool":
        x = cast(x, dt.int64)
    if dtype is None:
        return x, dt.summed(x.dtype), {}
    found = dt.as_dtype(dtype)
    if x.dtype.kind == "complex" and found.kind != "complex":
        raise TypeError(f"{x.dtype} is not added up in {found}")
    return x, found, {"dtype": found}


def mean(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """The mean of the elements along the axes."""
    x = floating(need(x, "mean"))
    need_length(x, "mean")
    return _reduced("mean", x, axis, keepdims, x.dtype)


def need_length(x: Array, name: str) -> None:
    """Refuses points in time, which have no sum; and what takes no times at all."""
    if x.dtype.is_time and (x.dtype.kind == "datetime" or name not in SUMS):
        raise TypeError(f"{name} takes no {x.dtype}")


def std(x: Array, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Array:
    """The standard deviation of the elements along the axes."""
    return _spread("std", x, axis, correction, keepdims)


def var(x: Array, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Array:
    """The variance of the elements along the axes."""
    return _spread("var", x, axis, correction, keepdims)


def _spread(name: str, x: Array, axis: Axis, correction: float, keepdims: bool) -> Array:
    x = floating(need(x, name))
    need_kind(x, "real", name)
    named = {"correction": correction} if correction else {}
    return _reduced(name, x, axis, keepdims, x.dtype, **named)


def cumulative_sum(x: Array, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Array:
    """The sums of the elements up to each along the axis."""
    return _running("cumulative_sum", x, axis, dtype, include_initial)


def cumulative_prod(x: Array, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Array:
    """The products of the elements up to each along the axis."""
    return _running("cumulative_prod", x, axis, dtype, include_initial)


def _running(name: str, x: Array, axis: int | None, dtype: Any, include_initial: bool) -> Array:
    x, found, named = _counted(name, x, dtype)
    if axis is None and x.ndim != 1:
        raise ValueError(f"{name} needs an axis of an array of shape {x.shape}")
    at = axis_of(axis or 0, x.ndim)
    named = {"axis": at, **named, **({"include_initial": True} if include_initial else {})}
    shape = replaced(x.shape, at, x.shape[at] + 1) if include_initial else x.shape
    return made(x._home, f"xp.{name}", (x._node,), named, shape, found)


def diff(
    x: Array, /, *, axis: int = -1, n: int = 1, prepend: Array | None = None, append: Array | None = None
) -> Array:
    """The differences of neighbours along the axis, taken `n` times."""
    x = need(x, "diff")
    need_kind(x, "numeric or time", "diff")
    at = axis_of(axis, x.ndim)
    if n < 0:
        raise ValueError(f"n is {n}, and should be 0 or more")
    named: dict[str, Any] = {"axis": at, **({"n": n} if n != 1 else {})}
    side, dtype = x.shape[at], x.dtype
    for name, more in (("prepend", prepend), ("append", append)):
        if more is not None:
            home_of(x, need(more, "diff"))
            if replaced(more.shape, at, 0) != replaced(x.shape, at, 0):
                raise ValueError(f"{name} has shape {more.shape}, which does not go with {x.shape} along axis {at}")
            # Taken no times, it is the array, as NumPy has it, without what would have gone beside it.
            if n > 0:
                side += more.shape[at]
                dtype = dt.promoted(dtype, more.dtype)
                named[name] = more._node
    if dtype.kind == "datetime" and n:
        dtype = dt.NAMES[f"timedelta64[{dtype.unit}]"]
    return made(x._home, "xp.diff", (x._node,), named, replaced(x.shape, at, builtins.max(0, side - n)), dtype)
