"""`pantile.xp.linalg`: matrices solved, taken apart and measured. Stacks of matrices are in the last two axes."""

from __future__ import annotations

import math
import operator
from typing import Any, NamedTuple

from . import _dtype as dt
from ._array import Array
from ._build import cast, floating, many, need, need_kind, pair
from ._build import made as _made
from ._dtype import DType
from ._linear import matmul, matrix_transpose, tensordot, vecdot
from ._matrices import cond, lstsq, lu, multi_dot, norm, tensorinv, tensorsolve
from ._shape import AxisError, Shape, axes_of, axis_of, broadcast, matrix, square, without

__all__ = [
    "cholesky", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv", "lstsq", "lu",
    "matmul", "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "multi_dot", "norm", "outer", "pinv",
    "qr", "slogdet", "solve", "svd", "svdvals", "tensordot", "tensorinv", "tensorsolve", "trace", "vecdot",
    "vector_norm",
]  # fmt: skip


class EigResult(NamedTuple):
    """What `eig` comes to."""

    eigenvalues: Array
    eigenvectors: Array


class EighResult(NamedTuple):
    """What `eigh` comes to."""

    eigenvalues: Array
    eigenvectors: Array


class QRResult(NamedTuple):
    """What `qr` comes to."""

    Q: Array
    R: Array


class SlogdetResult(NamedTuple):
    """What `slogdet` comes to."""

    sign: Array
    logabsdet: Array


class SVDResult(NamedTuple):
    """What `svd` comes to."""

    U: Array
    S: Array
    Vh: Array


def _matrices(x: Any, name: str, *, is_square: bool = True) -> Array:
    """The argument as matrices of floats."""
    x = need(x, f"linalg.{name}")
    need_kind(x, "floating", f"linalg.{name}")
    (square if is_square else matrix)(x.shape, f"linalg.{name}")
    return floating(x)


def _one(name: str, x: Array, shape: Shape, dtype: DType, **named: Any) -> Array:
    return _made(x._home, f"xp.linalg.{name}", (x._node,), named or None, shape, dtype)


def cholesky(x: Array, /, *, upper: bool = False) -> Array:
    """The triangular matrix whose product with its own conjugate transpose `x` is."""
    x = _matrices(x, "cholesky")
    return _one("cholesky", x, x.shape, x.dtype, **({"upper": True} if upper else {}))


def det(x: Array, /) -> Array:
    """The determinants."""
    x = _matrices(x, "det")
    return _one("det", x, x.shape[:-2], x.dtype)


def inv(x: Array, /) -> Array:
    """The inverse matrices."""
    x = _matrices(x, "inv")
    return _one("inv", x, x.shape, x.dtype)


def slogdet(x: Array, /) -> SlogdetResult:
    """The signs of the determinants, and the logarithms of what is left of them."""
    x = _matrices(x, "slogdet")
    results = [(x.shape[:-2], x.dtype), (x.shape[:-2], dt.real_of(x.dtype))]
    return SlogdetResult(*many(x._home, "xp.linalg.slogdet", (x._node,), None, results))


def eig(x: Array, /) -> EigResult:
    """Eigenvalues and, in columns, eigenvectors. Both are complex."""
    x = _matrices(x, "eig")
    dtype = dt.complex_of(x.dtype)
    return EigResult(*many(x._home, "xp.linalg.eig", (x._node,), None, [(x.shape[:-1], dtype), (x.shape, dtype)]))


def eigvals(x: Array, /) -> Array:
    """The eigenvalues, which are complex."""
    x = _matrices(x, "eigvals")
    return _one("eigvals", x, x.shape[:-1], dt.complex_of(x.dtype))


def eigh(x: Array, /) -> EighResult:
    """Eigenvalues in rising order and, in columns, eigenvectors of matrices that are their own conjugate transpose."""
    x = _matrices(x, "eigh")
    results = [(x.shape[:-1], dt.real_of(x.dtype)), (x.shape, x.dtype)]
    return EighResult(*many(x._home, "xp.linalg.eigh", (x._node,), None, results))


def eigvalsh(x: Array, /) -> Array:
    """The eigenvalues in rising order of matrices that are their own conjugate transpose."""
    x = _matrices(x, "eigvalsh")
    return _one("eigvalsh", x, x.shape[:-1], dt.real_of(x.dtype))


def pinv(x: Array, /, *, rtol: float | Array | None = None) -> Array:
    """The pseudo-inverses. Singular values up to `rtol` times the greatest count as zero."""
    x = _matrices(x, "pinv", is_square=False)
    named, stack = _tolerance(x, rtol)
    return _one("pinv", x, (*stack, x.shape[-1], x.shape[-2]), x.dtype, **named)


def matrix_rank(x: Array, /, *, rtol: float | Array | None = None) -> Array:
    """How many singular values are above `rtol` times the greatest."""
    x = _matrices(x, "matrix_rank", is_square=False)
    named, stack = _tolerance(x, rtol)
    return _one("matrix_rank", x, stack, dt.int64, **named)


def _tolerance(x: Array, rtol: float | Array | None) -> tuple[dict[str, Any], Shape]:
    """What is said of it, and the shape of the stack of matrices that it is said of."""
    if rtol is None:
        return {}, x.shape[:-2]
    if not isinstance(rtol, Array):
        return {"rtol": float(rtol)}, x.shape[:-2]
    stack = broadcast(x.shape[:-2], rtol.shape)
    if stack != x.shape[:-2]:
        raise ValueError(f"rtol has shape {rtol.shape}, and the stack of matrices {x.shape[:-2]}")
    return {"rtol": floating(rtol)._node}, stack


def qr(x: Array, /, *, mode: str = "reduced") -> QRResult:
    """Orthonormal columns and a triangular matrix whose product `x` is."""
    if mode not in ("reduced", "complete"):
        raise ValueError(f"mode is 'reduced' or 'complete', and not {mode!r}")
    x = _matrices(x, "qr", is_square=False)
    *stack, rows, columns = x.shape
    inner = min(rows, columns) if mode == "reduced" else rows
    results = [((*stack, rows, inner), x.dtype), ((*stack, inner, columns), x.dtype)]
    named = {"mode": mode} if mode != "reduced" else None
    return QRResult(*many(x._home, "xp.linalg.qr", (x._node,), named, results))


def svd(x: Array, /, *, full_matrices: bool = True) -> SVDResult:
    """Singular vectors in columns, singular values in falling order, and singular vectors in rows."""
    x = _matrices(x, "svd", is_square=False)
    *stack, rows, columns = x.shape
    inner = min(rows, columns)
    left, right = (rows, columns) if full_matrices else (inner, inner)
    results = [
        ((*stack, rows, left), x.dtype), ((*stack, inner), dt.real_of(x.dtype)), ((*stack, right, columns), x.dtype)
    ]  # fmt: skip
    named = None if full_matrices else {"full_matrices": False}
    return SVDResult(*many(x._home, "xp.linalg.svd", (x._node,), named, results))


def svdvals(x: Array, /) -> Array:
    """The singular values in falling order."""
    x = _matrices(x, "svdvals", is_square=False)
    return _one("svdvals", x, (*x.shape[:-2], min(x.shape[-2:])), dt.real_of(x.dtype))


def solve(x1: Array, x2: Array, /) -> Array:
    """What `x1` is multiplied by to give `x2`: a vector if `x2` has one axis, else matrices."""
    a, b, dtype, home = pair(need(x1, "linalg.solve"), need(x2, "linalg.solve"), "linalg.solve")
    square(a.shape, "linalg.solve")
    if not b.ndim:
        raise ValueError("linalg.solve takes a vector or matrices on the right")
    a, b = floating(a), floating(b)
    right = b.shape if b.ndim > 1 else (*b.shape, 1)
    if right[-2] != a.shape[-1]:
        raise ValueError(f"linalg.solve of shapes {a.shape} and {b.shape}")
    stack = broadcast(a.shape[:-2], right[:-2])
    shape = (*stack, *right[-2:]) if b.ndim > 1 else (*stack, right[-2])
    return _made(home, "xp.linalg.solve", (a._node, b._node), None, shape, dt.floating(dtype))


def cross(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """The cross products of vectors of three elements along the axis."""
    a, b, dtype, home = pair(need(x1, "linalg.cross"), need(x2, "linalg.cross"), "linalg.cross")
    need_kind(a, "numeric", "linalg.cross")
    shape = broadcast(a.shape, b.shape)
    shared = min(a.ndim, b.ndim)
    at = operator.index(axis)
    if not -shared <= at < shared or (at >= 0 and a.ndim != b.ndim):
        raise AxisError(f"axis {axis} is an axis of both: shapes {a.shape} and {b.shape}")
    if a.shape[at] != 3 or b.shape[at] != 3:
        raise ValueError(f"linalg.cross is of three elements along axis {axis}: shapes {a.shape} and {b.shape}")
    named = {"axis": at} if at != -1 else None
    return _made(home, "xp.linalg.cross", (a._node, b._node), named, shape, dtype)


def outer(x1: Array, x2: Array, /) -> Array:
    """The products of each element of the vector `x1` with each of `x2`."""
    a, b, dtype, home = pair(need(x1, "linalg.outer"), need(x2, "linalg.outer"), "linalg.outer")
    need_kind(a, "numeric", "linalg.outer")
    if a.ndim != 1 or b.ndim != 1:
        raise ValueError(f"linalg.outer takes vectors: shapes {a.shape} and {b.shape}")
    return _made(home, "xp.linalg.outer", (a._node, b._node), None, (*a.shape, *b.shape), dtype)


def diagonal(x: Array, /, *, offset: int = 0) -> Array:
    """The diagonals of the matrices, or those `offset` above."""
    x = need(x, "linalg.diagonal")
    rows, columns = matrix(x.shape, "linalg.diagonal")[-2:]
    count = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    return _one("diagonal", x, (*x.shape[:-2], count), x.dtype, **({"offset": int(offset)} if offset else {}))


def trace(x: Array, /, *, offset: int = 0, dtype: Any = None) -> Array:
    """The sums of the diagonals; of integers, in 64 bits."""
    x = need(x, "linalg.trace")
    shape = matrix(x.shape, "linalg.trace")[:-2]
    x = cast(x, dt.int64) if x.dtype.kind == "bool" else x
    found = dt.summed(x.dtype) if dtype is None else dt.as_dtype(dtype)
    named: dict[str, Any] = {"offset": int(offset)} if offset else {}
    return _one("trace", x, shape, found, **named, **({} if dtype is None else {"dtype": found}))


def matrix_power(x: Array, n: int, /) -> Array:
    """The matrices multiplied by themselves `n` times; their inverses if it is below 0."""
    x, n = _matrices(x, "matrix_power"), operator.index(n)
    return _made(x._home, "xp.linalg.matrix_power", (x._node, n), None, x.shape, x.dtype)


def matrix_norm(x: Array, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    """The norms of the matrices: 'fro', 'nuc', 1, -1, 2, -2, inf or -inf."""
    x = _matrices(x, "matrix_norm", is_square=False)
    if ord is not None and ord not in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise ValueError(f"{ord!r} is no norm of matrices")
    named: dict[str, Any] = {} if ord in (None, "fro") else {"ord": ord}
    if keepdims:
        named["keepdims"] = True
    shape = without(x.shape, [x.ndim - 2, x.ndim - 1], keepdims=keepdims)
    return _one("matrix_norm", x, shape, dt.real_of(x.dtype), **named)


def vector_norm(
    x: Array, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False, ord: float = 2
) -> Array:
    """The norms of the vectors along the axes; with None, of all elements in one row."""
    x = need(x, "linalg.vector_norm")
    need_kind(x, "floating", "linalg.vector_norm")
    x = floating(x)
    axes = axes_of(axis, x.ndim)
    named: dict[str, Any] = {}
    if axis is not None:
        named["axis"] = axes if isinstance(axis, (tuple, list)) else axis_of(axis, x.ndim)
    if keepdims:
        named["keepdims"] = True
    if ord != 2:
        named["ord"] = ord
    return _one("vector_norm", x, without(x.shape, axes, keepdims=keepdims), dt.real_of(x.dtype), **named)
