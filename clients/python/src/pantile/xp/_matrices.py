"""More of `linalg`: NumPy's norms, condition numbers, chains of products, least squares, triangular factors."""

from __future__ import annotations

import math
import operator
from itertools import pairwise
from typing import Any, NamedTuple

from . import _dtype as dt
from ._array import Array
from ._build import cast, floating, home_of, made, many, need, nodes, pair, unified
from ._dtype import DType
from ._shape import Shape, axes_of, matrix, without

MATRIX_NORMS = ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)


class LstsqResult(NamedTuple):
    """What `lstsq` comes to."""

    x: Array
    residuals: Array
    rank: Array
    s: Array


class LUResult(NamedTuple):
    """What `lu` comes to."""

    P: Array
    L: Array
    U: Array


def multi_dot(arrays: Any) -> Array:
    """The product of many matrices, in the order that multiplies least."""
    xs, dtype = unified([need(x, "linalg.multi_dot") for x in arrays])
    home_of(*xs)
    if len(xs) < 2 or any(x.ndim != 2 for x in xs[1:-1]) or any(x.ndim not in (1, 2) for x in xs):
        raise ValueError("linalg.multi_dot takes two matrices or more; the first and the last may be vectors")
    left, right = xs[0].shape, xs[-1].shape
    for one, other in pairwise(xs):
        if one.shape[-1] != other.shape[0]:
            raise ValueError(f"linalg.multi_dot: shapes {one.shape} and {other.shape} do not meet")
    shape = (*left[:-1], *right[1:])
    return made(xs[0]._home, "xp.linalg.multi_dot", (nodes(xs),), None, shape, dtype)


def norm(x: Array, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """The norm of vectors along an axis or of matrices along two; of all elements where nothing is said."""
    x = need(x, "linalg.norm")
    x = cast(x, dt.float64) if x.dtype.rank < 2 else x
    axes = axes_of(axis, x.ndim)
    if (axis is None and ord is not None and x.ndim not in (1, 2)) or (axis is not None and len(axes) not in (1, 2)):
        raise ValueError(f"linalg.norm is of vectors and matrices: shape {x.shape}, axis {axis}")
    is_matrix = len(axes) == 2 and (axis is not None or ord is not None)
    if ord is not None and (ord not in MATRIX_NORMS if is_matrix else isinstance(ord, str)):
        raise ValueError(f"{ord!r} is no norm of {'matrices' if is_matrix else 'vectors'}")
    named: dict[str, Any] = {} if ord is None else {"ord": ord}
    if axis is not None:
        named["axis"] = axes
    if keepdims:
        named["keepdims"] = True
    shape = without(x.shape, axes, keepdims=keepdims)
    return made(x._home, "xp.linalg.norm", (x._node,), named, shape, dt.real_of(x.dtype))


def cond(x: Array, p: Any = None) -> Array:
    """How much an error of a matrix grows: the product of the norms of it and of its inverse."""
    x = floating(need(x, "linalg.cond"))
    shape = matrix(x.shape, "linalg.cond")
    if p not in (None, *MATRIX_NORMS):
        raise ValueError(f"{p!r} is no norm of matrices")
    if not all(shape[-2:]):
        raise ValueError("linalg.cond of empty matrices is not defined")
    if p not in (None, 2, -2) and shape[-1] != shape[-2]:
        raise ValueError(f"linalg.cond with {p!r} takes square matrices: shape {shape}")
    named = {"p": p} if p is not None else None
    return made(x._home, "xp.linalg.cond", (x._node,), named, shape[:-2], dt.real_of(x.dtype))


def lstsq(a: Array, b: Array, rcond: float | None = None) -> LstsqResult:
    """What comes nearest to a solution of `a @ x = b`, the squares that are left, the rank, the singular values.

    How many squares are left depends on the rank: it is asked for now where `a` has more rows than columns.
    """
    a, b, dtype, home = pair(need(a, "linalg.lstsq"), need(b, "linalg.lstsq"), "linalg.lstsq")
    a, b, dtype = floating(a), floating(b), dt.floating(dtype)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0] or not a.size or not b.size:
        raise ValueError(f"linalg.lstsq of shapes {a.shape} and {b.shape}")
    rows, columns = a.shape
    named = {"rcond": float(rcond)} if rcond is not None else None
    results: list[tuple[Shape, DType]] = [
        ((columns, *b.shape[1:]), dtype), ((0,), dt.real_of(dtype)), ((), dt.int64),
        ((min(a.shape),), dt.real_of(dtype)),
    ]  # fmt: skip
    if rows > columns:
        rank = many(home, "xp.linalg.lstsq", (a._node, b._node), named, results)[2]
        left = b.shape[1] if b.ndim == 2 else 1
        results[1] = ((left if int(rank) == columns else 0,), dt.real_of(dtype))
    return LstsqResult(*many(home, "xp.linalg.lstsq", (a._node, b._node), named, results))


def lu(a: Array) -> LUResult:
    """A permutation, a lower and an upper triangle whose product `a` is."""
    a = floating(need(a, "linalg.lu"))
    *stack, rows, columns = matrix(a.shape, "linalg.lu")
    inner = min(rows, columns)
    results = [
        ((*stack, rows, rows), dt.real_of(a.dtype)), ((*stack, rows, inner), a.dtype),
        ((*stack, inner, columns), a.dtype),
    ]  # fmt: skip
    return LUResult(*many(a._home, "xp.linalg.lu", (a._node,), None, results))


def tensorsolve(a: Array, b: Array, axes: Any = None) -> Array:
    """The array that `a` takes to `b`, over as many last axes as `b` leaves."""
    a, b, dtype, home = pair(need(a, "linalg.tensorsolve"), need(b, "linalg.tensorsolve"), "linalg.tensorsolve")
    a, b = floating(a), floating(b)
    moved = () if axes is None else axes_of(tuple(axes), a.ndim, "axes")
    sides = (*without(a.shape, moved), *(a.shape[at] for at in moved))[b.ndim :]
    if math.prod(sides) != b.size or b.size * b.size != a.size:
        raise ValueError(f"linalg.tensorsolve takes as many equations as unknowns: shapes {a.shape} and {b.shape}")
    named = {"axes": moved} if moved else None
    return made(home, "xp.linalg.tensorsolve", (a._node, b._node), named, sides, dt.floating(dtype))


def tensorinv(a: Array, ind: int = 2) -> Array:
    """The inverse of `a` as what takes its last axes to the first `ind`."""
    a, at = floating(need(a, "linalg.tensorinv")), operator.index(ind)
    front, back = a.shape[:at], a.shape[at:]
    if not 0 < at <= a.ndim or math.prod(front) != math.prod(back):
        raise ValueError(f"linalg.tensorinv takes as many elements before axis {ind} as behind: shape {a.shape}")
    return made(a._home, "xp.linalg.tensorinv", (a._node, at), None, (*back, *front), a.dtype)


__all__ = ["cond", "lstsq", "lu", "multi_dot", "norm", "tensorinv", "tensorsolve"]
