"""Arrays of positions and scales: triangles, indices, powers, the window functions of signal processing."""

from __future__ import annotations

import math
from typing import Any

from . import _dtype as dt
from ._array import Array, default_real
from ._build import home_of, hosted, made, many, need
from ._home import Home
from ._shape import axes_of, broadcast, replaced, shape_of, without

MODES = ("raise", "wrap", "clip")


class Diagonals:
    """Those of them that are made of no array."""

    _home: Home

    def identity(self, n: int, dtype: Any = None) -> Array:
        """A square matrix with ones on its diagonal."""
        found, shape = default_real(dtype), shape_of((n, n))
        return made(self._home, "xp.identity", (shape[0],), {"dtype": found}, shape, found)

    def tri(self, N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Array:
        """Ones on and below the diagonal `k`, zeros above."""
        found, shape = default_real(dtype), shape_of((N, N if M is None else M))
        return made(self._home, "xp.tri", (*shape, int(k)), {"dtype": found}, shape, found)

    def indices(self, dimensions: Any, dtype: Any = int, sparse: bool = False) -> Any:
        """Where each element of that shape is, on every axis; with `sparse`, an array for each axis."""
        found, shape = dt.as_dtype(dtype), shape_of(tuple(dimensions))
        if sparse:
            ones = (1,) * len(shape)
            results = [(replaced(ones, at, side), found) for at, side in enumerate(shape)]
            return tuple(many(self._home, "xp.indices", (shape,), {"dtype": found, "sparse": True}, results))
        whole = (len(shape), *shape)
        return made(self._home, "xp.indices", (shape,), {"dtype": found}, whole, found)

    def logspace(
        self, start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: float = 10.0, dtype: Any = None
    ) -> Array:
        """`num` numbers from `base ** start` to `base ** stop`, evenly apart as exponents."""
        named = {"base": float(base)}
        return self._scale("logspace", start, stop, num, endpoint, dtype, named)

    def geomspace(self, start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None) -> Array:
        """`num` numbers from `start` to `stop`, each so many times the one before."""
        if start * stop <= 0 or not math.isfinite(stop / start):
            raise ValueError(f"geomspace takes ends other than 0 with one sign: {start}, {stop}")
        return self._scale("geomspace", start, stop, num, endpoint, dtype, {})

    def _scale(
        self, name: str, start: Any, stop: Any, num: int, endpoint: bool, dtype: Any, named: dict[str, Any]
    ) -> Array:
        shape, found = shape_of(num), dt.float64 if dtype is None else dt.as_dtype(dtype)
        said = {**named, "dtype": found, **({} if endpoint else {"endpoint": False})}
        return made(self._home, f"xp.{name}", (float(start), float(stop), shape[0]), said, shape, found)

    def tril_indices(self, n: int, k: int = 0, m: int | None = None) -> tuple[Array, ...]:
        """The places on and below the diagonal `k` of a matrix, row by row."""
        return self._triangle("tril_indices", n, k, m, lambda row, side: min(max(row + k + 1, 0), side))

    def triu_indices(self, n: int, k: int = 0, m: int | None = None) -> tuple[Array, ...]:
        """The places on and above the diagonal `k` of a matrix, row by row."""
        return self._triangle("triu_indices", n, k, m, lambda row, side: side - min(max(row + k, 0), side))

    def _triangle(self, name: str, n: int, k: int, m: int | None, of_row: Any) -> tuple[Array, ...]:
        rows, side = (*shape_of(n), *shape_of(n if m is None else m))
        count = sum(of_row(row, side) for row in range(rows))
        return tuple(many(self._home, f"xp.{name}", (rows, int(k), side), None, [((count,), dt.int64)] * 2))

    def _window(self, name: str, M: Any, *more: float) -> Array:
        count = max(0, int(M))
        return made(self._home, f"xp.{name}", (count, *more), None, (count,), dt.float64)

    def bartlett(self, M: int) -> Array:
        """Bartlett's window: a triangle that begins and ends at 0."""
        return self._window("bartlett", M)

    def blackman(self, M: int) -> Array:
        """Blackman's window, of three cosines."""
        return self._window("blackman", M)

    def hamming(self, M: int) -> Array:
        """Hamming's window: a raised cosine on a step."""
        return self._window("hamming", M)

    def hanning(self, M: int) -> Array:
        """Von Hann's window: a raised cosine."""
        return self._window("hanning", M)

    def kaiser(self, M: int, beta: float) -> Array:
        """Kaiser's window, the narrower the larger `beta` is."""
        return self._window("kaiser", M, float(beta))


def diag(v: Array, k: int = 0) -> Array:
    """The matrix with the row `v` on its diagonal `k`; of a matrix that diagonal."""
    v = need(v, "diag")
    if v.ndim == 1:
        return _on_diagonal("diag", v, k)
    if v.ndim != 2:
        raise ValueError(f"diag takes a row or a matrix, and this has shape {v.shape}")
    return made(v._home, "xp.diag", (v._node, int(k)), None, (_length(v.shape[0], v.shape[1], k),), v.dtype)


def diagflat(v: Array, k: int = 0) -> Array:
    """A matrix with all elements of `v` on its diagonal `k`."""
    return _on_diagonal("diagflat", need(v, "diagflat"), k)


def _on_diagonal(name: str, v: Array, k: int) -> Array:
    side = v.size + abs(int(k))
    return made(v._home, f"xp.{name}", (v._node, int(k)), None, (side, side), v.dtype)


def _length(rows: int, columns: int, k: int) -> int:
    return max(0, min(rows, columns - k) if k >= 0 else min(rows + k, columns))


def diagonal(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The diagonals in the plane of two axes, or those `offset` above."""
    a = need(a, "diagonal")
    one, other = axes_of((axis1, axis2), a.ndim)
    shape = (*without(a.shape, [one, other]), _length(a.shape[one], a.shape[other], int(offset)))
    return made(a._home, "xp.diagonal", (a._node, int(offset), one, other), None, shape, a.dtype)


def vander(x: Array, N: int | None = None, increasing: bool = False) -> Array:
    """The powers of each element of a row, from the highest down, or from 0 up."""
    x = need(x, "vander")
    if x.ndim != 1:
        raise ValueError(f"vander takes a row, and this has shape {x.shape}")
    shape = shape_of((x.size, x.size if N is None else N))
    named = {"increasing": True} if increasing else None
    return made(x._home, "xp.vander", (x._node, shape[1]), named, shape, dt.promoted(x.dtype, dt.int64))


def unravel_index(indices: Array, shape: Any) -> tuple[Array, ...]:
    """Where the elements of those numbers are in an array of a shape: for each axis."""
    found, sides = need(indices, "unravel_index"), shape_of(shape)
    if found.dtype.rank != 1:
        raise TypeError(f"unravel_index takes integers, and these are {found.dtype}")
    results = [(found.shape, dt.int64)] * len(sides)
    return tuple(many(found._home, "xp.unravel_index", (found._node, sides), None, results)) if sides else ()


def ravel_multi_index(multi_index: Any, dims: Any, mode: str = "raise") -> Array:
    """The numbers of the elements that are at those places on each axis."""
    sides = shape_of(dims)
    xs = list(multi_index)
    first = next((x for x in xs if isinstance(x, Array)), None)
    first = need(first, "ravel_multi_index")
    xs = [x if isinstance(x, Array) else hosted(x, first._home) for x in xs]
    if len(xs) != len(sides) or mode not in MODES:
        raise ValueError(
            f"ravel_multi_index takes places on {len(sides)} axes and a mode of {MODES}: {len(xs)}, {mode!r}"
        )
    if any(x.dtype.rank != 1 for x in xs):
        raise TypeError("ravel_multi_index takes integers")
    shape = broadcast(*(x.shape for x in xs))
    named = {"mode": mode} if mode != "raise" else None
    return made(home_of(*xs), "xp.ravel_multi_index", ([x._node for x in xs], sides), named, shape, dt.int64)


def ix_(*args: Any) -> tuple[Array, ...]:
    """Rows of places, each along an axis of its own; of truths, where they hold."""
    from ._picking import flatnonzero

    first = need(next((x for x in args if isinstance(x, Array)), None), "ix_")
    xs = [x if isinstance(x, Array) else hosted(x, first._home) for x in args]
    if any(x.ndim != 1 for x in xs):
        raise ValueError("ix_ takes rows")
    xs = [flatnonzero(x) if x.dtype.kind == "bool" else x for x in xs]
    ones = (1,) * len(xs)
    results = [(replaced(ones, at, x.size), x.dtype) for at, x in enumerate(xs)]
    if len(xs) == 1:
        return tuple(xs)
    return tuple(many(home_of(*xs), "xp.ix_", tuple(x._node for x in xs), None, results))


__all__ = [
    "Diagonals", "diag", "diagflat", "diagonal", "ix_", "ravel_multi_index", "unravel_index", "vander",
]  # fmt: skip
