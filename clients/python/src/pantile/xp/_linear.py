"""Products of matrices and vectors: the four functions that are in the namespace and in `linalg`."""

from __future__ import annotations

import operator
from typing import Any

from ._array import Array
from ._build import made, need, need_kind, pair
from ._shape import AxisError, axis_of, broadcast, matrix, without


def matmul(x1: Array, x2: Array, /) -> Array:
    """The product of matrices in the last two axes; what has one axis is a row on the left, a column on the right."""
    return _product("@", x1, x2)


def _product(form: str, x1: Any, x2: Any) -> Array:
    x1, x2 = _both(x1, x2, "matmul")
    a, b, dtype, home = pair(x1, x2, "matmul")
    need_kind(a, "numeric", "matmul")
    if not a.ndim or not b.ndim:
        raise ValueError("matmul takes arrays with axes: multiply by numbers with `*`")
    left = a.shape if a.ndim > 1 else (1, *a.shape)
    right = b.shape if b.ndim > 1 else (*b.shape, 1)
    if left[-1] != right[-2]:
        raise ValueError(f"matmul of shapes {a.shape} and {b.shape}: {left[-1]} columns do not meet {right[-2]} rows")
    rows = (left[-2],) if a.ndim > 1 else ()
    columns = (right[-1],) if b.ndim > 1 else ()
    shape = (*broadcast(left[:-2], right[:-2]), *rows, *columns)
    return made(home, form, (a._node, b._node), None, shape, dtype)


def _both(x1: Any, x2: Any, name: str) -> tuple[Any, Any]:
    """The operands; NumPy's arrays are taken beside one of ours, numbers are not."""
    for x in (x1, x2):
        if not isinstance(x, Array) and not getattr(x, "ndim", 0):
            need(x, name)
    return x1, x2


def matrix_transpose(x: Array, /) -> Array:
    """The transposes of the matrices in the last two axes."""
    x = need(x, "matrix_transpose")
    shape = matrix(x.shape, "matrix_transpose")
    return made(x._home, "xp.matrix_transpose", (x._node,), None, (*shape[:-2], shape[-1], shape[-2]), x.dtype)


def tensordot(x1: Array, x2: Array, /, *, axes: Any = 2) -> Array:
    """The sums of products over some axes of each: the last of `x1` with the first of `x2`, or pairs of axes."""
    x1, x2 = _both(x1, x2, "tensordot")
    a, b, dtype, home = pair(x1, x2, "tensordot")
    need_kind(a, "numeric", "tensordot")
    lefts, rights = _contracted(a, b, axes)
    if [a.shape[at] for at in lefts] != [b.shape[at] for at in rights]:
        raise ValueError(f"tensordot of shapes {a.shape} and {b.shape}: axes {lefts} and {rights} differ in length")
    shape = (*without(a.shape, lefts), *without(b.shape, rights))
    said = axes if isinstance(axes, int) else (lefts, rights)
    return made(home, "xp.tensordot", (a._node, b._node), {"axes": said}, shape, dtype)


def _contracted(a: Array, b: Array, axes: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if isinstance(axes, (tuple, list)):
        lefts = tuple(axis_of(at, a.ndim, "axes") for at in axes[0])
        rights = tuple(axis_of(at, b.ndim, "axes") for at in axes[1])
        if len(lefts) != len(rights):
            raise ValueError(f"axes are as many on both sides: {axes}")
        return lefts, rights
    count = operator.index(axes)
    if not 0 <= count <= min(a.ndim, b.ndim):
        raise ValueError(f"axes is {count}, and shapes are {a.shape} and {b.shape}")
    return tuple(range(a.ndim - count, a.ndim)), tuple(range(count))


def vecdot(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """The dot products of vectors along the axis, the first of them conjugated."""
    x1, x2 = _both(x1, x2, "vecdot")
    a, b, dtype, home = pair(x1, x2, "vecdot")
    need_kind(a, "numeric", "vecdot")
    shared = min(a.ndim, b.ndim)
    at = operator.index(axis)
    if not -shared <= at < 0 and not (a.ndim == b.ndim and 0 <= at < shared):
        raise AxisError(f"axis {axis} is one of the last axes of both: shapes {a.shape} and {b.shape}")
    at = at - a.ndim if at >= 0 else at
    if a.shape[at] != b.shape[at]:
        raise ValueError(f"vecdot of shapes {a.shape} and {b.shape}: axis {at} differs in length")
    shape = broadcast(a.shape, b.shape)
    named = {"axis": at} if at != -1 else None
    return made(home, "xp.vecdot", (a._node, b._node), named, without(shape, [axis_of(at, len(shape))]), dtype)


__all__ = ["matmul", "matrix_transpose", "tensordot", "vecdot"]
