"""Functions of elements and those beside them: slopes, windows, blocks."""

from __future__ import annotations

import operator
from typing import Any

from . import _dtype as dt
from ._array import Array
from ._build import argument, floating, home_of, hosted, made, many, need, need_kind
from ._dtype import DType
from ._shape import axes_of, axis_of, shape_of

STENCILS = ("mean", "sum", "min", "max", "std", "median", "gaussian", "convolve")
BOUNDARIES = ("reflect", "nearest", "constant", "periodic", "none")
REDUCTIONS = ("sum", "prod", "mean", "max", "min", "any", "all", "var", "std")
# What NumPy calls them, too.
ALIASES = {"amax": "max", "amin": "min"}


def gradient(f: Array, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """The slope along each of the axes: one array, or a tuple of them."""
    f = floating(need(f, "gradient"))
    axes = axes_of(axis, f.ndim)
    if edge_order not in (1, 2):
        raise ValueError(f"edge_order is 1 or 2, and not {edge_order}")
    for at in axes:
        if f.shape[at] < edge_order + 1:
            raise ValueError(f"gradient takes {edge_order + 1} elements or more along axis {at}: shape {f.shape}")
    if not axes:
        return ()
    spacing = [value if isinstance(value, (int, float)) else _places(value, f) for value in varargs]
    if len(spacing) == 1 and isinstance(spacing[0], Array) and spacing[0].ndim == 0:
        # One distance is that of all axes, also where it is an array.
        spacing *= len(axes)
    if len(spacing) > 1 or (spacing and isinstance(spacing[0], Array) and spacing[0].ndim):
        if len(spacing) != len(axes):
            raise ValueError(f"gradient takes one distance, or one for each of {len(axes)} axes: {len(spacing)}")
        for value, at in zip(spacing, axes, strict=True):
            if isinstance(value, Array) and value.ndim and value.shape != (f.shape[at],):
                raise ValueError(f"places on axis {at} have shape {value.shape}, and {f.shape[at]} are needed")
    args = (f._node, *map(argument, spacing))
    named: dict[str, Any] = {"axis": axes} if axis is not None else {}
    if edge_order != 1:
        named["edge_order"] = edge_order
    if len(axes) == 1:
        return made(f._home, "xp.gradient", args, named, f.shape, f.dtype)
    return tuple(many(f._home, "xp.gradient", args, named, [(f.shape, f.dtype)] * len(axes)))


def _places(value: Any, f: Array) -> Array:
    found = value if isinstance(value, Array) else hosted(value, f._home)
    home_of(f, found)
    return found


def sliding_window_view(x: Array, window_shape: Any, axis: Any = None) -> Array:
    """Every window of that shape, in the last axes: nothing is copied until it is read."""
    x, window = need(x, "sliding_window_view"), shape_of(window_shape)
    axes = tuple(range(x.ndim)) if axis is None else _listed(axis, x.ndim)
    if len(axes) != len(window):
        raise ValueError(f"window_shape has a length for each of {len(axes)} axes: {window}")
    sides = list(x.shape)
    for at, side in zip(axes, window, strict=True):
        sides[at] -= side - 1
        if sides[at] < 1:
            raise ValueError(f"a window is no longer than its axis: {window} of {x.shape}")
    named = {"axis": axes} if axis is not None else None
    return made(x._home, "xp.sliding_window_view", (x._node, window), named, (*sides, *window), x.dtype)


def _listed(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes, of which one may come twice."""
    return tuple(axis_of(at, ndim) for at in (axis if isinstance(axis, (tuple, list)) else (axis,)))


def map_overlap(
    x: Array,
    func: str,
    size: Any = 3,
    boundary: str = "reflect",
    cval: Any = 0,
    *,
    kernel: Any = None,
    sigma: Any = 1.0,
) -> Array:
    """What a window around each element comes to: its mean, median and so on, or its sum by the weights of a kernel.

    `func` is one of "mean", "sum", "min", "max", "std", "median", "gaussian", "convolve": names, not functions.
    """
    x = need(x, "map_overlap")
    if func not in STENCILS or boundary not in BOUNDARIES:
        raise ValueError(f"func is one of {STENCILS}, and boundary of {BOUNDARIES}: {func!r}, {boundary!r}")
    named: dict[str, Any] = {"boundary": boundary} if boundary != "reflect" else {}
    if boundary == "constant":
        named["cval"] = cval
    args: tuple[Any, ...] = (x._node, func)
    if func == "convolve":
        weights = need(kernel if isinstance(kernel, Array) else hosted(kernel, x._home), "map_overlap")
        home_of(x, weights)
        if weights.ndim != x.ndim or not weights.size or not x.ndim:
            raise ValueError(f"a kernel has as many axes as the array: shapes {weights.shape} and {x.shape}")
        dtype = dt.promoted(x.dtype, weights.dtype)
        if dtype.kind == "bool":
            raise TypeError("map_overlap takes numeric dtypes, and these are bool")
        return made(x._home, "xp.map_overlap", args, {**named, "kernel": weights._node}, x.shape, dtype)
    if func == "gaussian":
        named["sigma"] = tuple(map(float, sigma)) if isinstance(sigma, (tuple, list)) else float(sigma)
        return made(x._home, "xp.map_overlap", args, named, x.shape, dt.floating(x.dtype))
    sizes, each = shape_of(size), isinstance(size, (tuple, list))
    if any(side < 1 for side in sizes) or (each and len(sizes) != x.ndim):
        raise ValueError(f"size is 1 or more, one for all axes or one for each of {x.ndim}: {size}")
    named["size"] = sizes if each else sizes[0]
    return made(x._home, "xp.map_overlap", args, named, x.shape, _windowed(func, x))


def _windowed(func: str, x: Array) -> DType:
    if func in ("min", "max"):
        need_kind(x, "real", "map_overlap")
        return x.dtype
    if func in ("std", "median") and x.dtype.kind == "complex":
        raise TypeError(f"map_overlap with {func!r} takes real dtypes, and this is {x.dtype}")
    return dt.summed(x.dtype) if func == "sum" else dt.floating(x.dtype)


def coarsen(reduction: Any, x: Array, axes: Any, trim_excess: bool = False) -> Array:
    """What blocks of so many elements along each axis come to: `coarsen("mean", x, {0: 2, 1: 4})`.

    `reduction` is a name, or a function of NumPy's of that name.
    """
    name = getattr(reduction, "__name__", reduction)
    name = ALIASES.get(name, name)
    if name not in REDUCTIONS:
        raise ValueError(f"reduction is one of {REDUCTIONS}, and not {reduction!r}")
    x = need(x, "coarsen")
    pairs = axes.items() if isinstance(axes, dict) else enumerate(axes)
    by = [1] * x.ndim
    for axis, factor in pairs:
        by[axis_of(axis, x.ndim)] = operator.index(factor)
    if any(factor < 1 for factor in by):
        raise ValueError(f"factors are 1 or more: {axes}")
    if not trim_excess and any(side % factor for side, factor in zip(x.shape, by, strict=True)):
        raise ValueError(f"shape {x.shape} is not divided by {tuple(by)}: trim_excess=True leaves out what is over")
    shape = tuple(side // factor for side, factor in zip(x.shape, by, strict=True))
    named = {"trim_excess": True} if trim_excess else None
    return made(x._home, "xp.coarsen", (name, x._node, tuple(by)), named, shape, _coarse(name, x))


def _coarse(name: str, x: Array) -> DType:
    if name in ("any", "all"):
        return dt.boolean
    if name in ("max", "min"):
        need_kind(x, "real", "coarsen")
        return x.dtype
    if name in ("sum", "prod"):
        return dt.summed(x.dtype)
    if name in ("var", "std"):
        need_kind(x, "real", "coarsen")
    return dt.floating(x.dtype)


__all__ = ["coarsen", "gradient", "map_overlap", "sliding_window_view"]
