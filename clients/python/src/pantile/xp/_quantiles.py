"""NumPy's medians and quantiles, weighted means, and what varies together."""

from __future__ import annotations

from typing import Any

from . import _dtype as dt
from ._array import Array
from ._build import home_of, hosted, made, many, need, need_kind, said
from ._dtype import DType
from ._shape import Shape, axes_of, without
from ._statistics import Axis, _extreme, _reduced, need_length

# NumPy's thirteen, and one that is near the first of them in one pass.
METHODS = (
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
    "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest", "approximate",
)  # fmt: skip
# Those that give one of the elements.
_TAKING = ("inverted_cdf", "closest_observation", "lower", "higher", "nearest")


def beside(x: Array, other: Any) -> Array:
    """The other argument as an array of the same client."""
    if isinstance(other, Array):
        home_of(x, other)
        return other
    return hosted(other, x._home)


def median(a: Array, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """The element in the middle along the axes, or the mean of the two there."""
    return _median("median", a, axis, keepdims)


def nanmedian(a: Array, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """The median of the elements along the axes that are not NaN."""
    return _median("nanmedian", a, axis, keepdims)


def _median(name: str, a: Array, axis: Axis, keepdims: bool) -> Array:
    a = need(a, name)
    need_length(a, name)
    if a.dtype.kind == "complex":
        raise TypeError(f"{name} takes real dtypes, and this is {a.dtype}")
    return _reduced(name, a, axis, keepdims, dt.floating(a.dtype))


def quantile(
    a: Array, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False, weights: Any = None
) -> Array:
    """The quantiles `q`, from 0 to 1, along the axes. `method="approximate"` is within 1/1024 of `inverted_cdf`."""
    return _quantiles("quantile", a, q, axis, method, keepdims, weights, 1)


def nanquantile(
    a: Array, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False, weights: Any = None
) -> Array:
    """The quantiles `q` of the elements along the axes that are not NaN."""
    return _quantiles("nanquantile", a, q, axis, method, keepdims, weights, 1)


def percentile(
    a: Array, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False, weights: Any = None
) -> Array:
    """The percentiles `q`, from 0 to 100, along the axes."""
    return _quantiles("percentile", a, q, axis, method, keepdims, weights, 100)


def nanpercentile(
    a: Array, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False, weights: Any = None
) -> Array:
    """The percentiles `q` of the elements along the axes that are not NaN."""
    return _quantiles("nanpercentile", a, q, axis, method, keepdims, weights, 100)


def _quantiles(name: str, a: Array, q: Any, axis: Axis, method: str, keepdims: bool, weights: Any, full: int) -> Array:
    a = need(a, name)
    need_kind(a, "real", name)
    if method not in METHODS:
        raise ValueError(f"{method!r} is no method: those are {', '.join(METHODS)}")
    axes = axes_of(axis, a.ndim)
    named: dict[str, Any] = {} if axis is None else {"axis": axes if isinstance(axis, (tuple, list)) else axes[0]}
    named.update(said(method=(method, "linear"), keepdims=(keepdims, False)))
    is_number = type(q) in (int, float)
    q = q if is_number else beside(a, q)
    _need_quotas(name, q, full)
    if weights is not None:
        if method != "inverted_cdf":
            raise ValueError(f"{name} takes weights with method='inverted_cdf' alone, and not {method!r}")
        named["weights"] = _weights(a, weights, axis)._node
    shape: Shape = without(a.shape, axes, keepdims=keepdims)
    dtype = _between(a.dtype, q, method, full)
    empty = not all(a.shape[at] for at in axes) and all(shape)
    if empty and not (name.startswith("nan") and weights is None and dtype.kind == "float"):
        raise ValueError(f"{name} of no elements: shape {a.shape}, axis {axis}")
    if is_number:
        return made(a._home, f"xp.{name}", (a._node, q), named, shape, dtype)
    return made(a._home, f"xp.{name}", (a._node, q._node), named, (*q.shape, *shape), dtype)


def _need_quotas(name: str, q: Any, full: int) -> None:
    known = q if not isinstance(q, Array) else q._node.value
    if isinstance(q, Array):
        if q.ndim > 2:
            raise ValueError(f"q has two axes at most, and this has shape {q.shape}")
        need_kind(q, "real", name)
    if known is not None:
        import numpy as np

        if not np.all((np.asarray(known) >= 0) & (np.asarray(known) <= full)):
            raise ValueError(f"{name} takes q from 0 to {full}, and this is {known}")


def _between(dtype: DType, q: Any, method: str, full: int) -> DType:
    """The dtype of what may be between two elements."""
    is_whole = isinstance(q, int) if not isinstance(q, Array) else q.dtype.rank == 1
    if method in _TAKING or (method == "linear" and full == 1 and is_whole):
        return dtype
    if dtype.kind == "float":
        return dt.promoted(dtype, q.dtype) if isinstance(q, Array) else dtype
    return dt.float64


def _weights(a: Array, weights: Any, axis: Axis) -> Array:
    weights = beside(a, weights)
    if weights.shape != a.shape:
        if axis is None:
            raise TypeError("axis must be said where weights have another shape than the array")
        if weights.shape != tuple(a.shape[at] for at in axes_of(axis, a.ndim)):
            raise ValueError(f"weights of shape {weights.shape} do not go with shape {a.shape} along {axis}")
    return weights


def average(a: Array, axis: Axis = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """The mean in which each element counts by its weight; with `returned`, the sum of the weights, too."""
    a = need(a, "average")
    axes = axes_of(axis, a.ndim)
    named: dict[str, Any] = {} if axis is None else {"axis": axes if isinstance(axis, (tuple, list)) else axes[0]}
    dtype = dt.floating(a.dtype)
    if weights is not None:
        weights = _weights(a, weights, axis)
        dtype, named["weights"] = dt.promoted(dtype, weights.dtype), weights._node
    named.update(said(returned=(returned, False), keepdims=(keepdims, False)))
    shape = without(a.shape, axes, keepdims=keepdims)
    if not returned:
        return made(a._home, "xp.average", (a._node,), named, shape, dtype)
    return tuple(many(a._home, "xp.average", (a._node,), named, [(shape, dtype)] * 2))


def ptp(a: Array, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """The greatest element along the axes, less the least."""
    made = _extreme("ptp", a, axis, keepdims)
    if a.dtype.kind == "datetime":
        made._node.dtype = dt.NAMES[f"timedelta64[{a.dtype.unit}]"]
    return made


def cov(
    m: Array,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Array:
    """The covariances of variables, one in each row."""
    named = said(bias=(bool(bias), False), ddof=(ddof, None))
    for name, weights in (("fweights", fweights), ("aweights", aweights)):
        if weights is not None:
            named[name] = beside(m, weights)._node
    return _together("cov", m, y, rowvar, dtype, named)


def corrcoef(x: Array, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Array:
    """The correlations of variables, one in each row."""
    return _together("corrcoef", x, y, rowvar, dtype, {})


def _together(name: str, x: Array, y: Any, rowvar: bool, dtype: Any, named: dict[str, Any]) -> Array:
    x = need(x, name)
    parts = [x] if y is None else [x, beside(x, y)]
    found = dt.promoted(dt.float64, *(part.dtype for part in parts))
    if dtype is not None:
        found = dt.as_dtype(dtype)
        if found.rank < 2:
            raise TypeError(f"{name} takes a floating dtype, and this is {found}")
        named["dtype"] = found
    sides = [_rows(name, part.shape, bool(rowvar), at == 0) for at, part in enumerate(parts)]
    if len({seen for _, seen in sides}) > 1:
        raise ValueError(f"{name} takes variables of as many observations: {sides}")
    for key in ("fweights", "aweights"):
        if key in named and named[key].shape != (sides[0][1],):
            raise ValueError(f"{key} has a weight for each of {sides[0][1]} observations, not {named[key].shape}")
    count = sum(rows for rows, _ in sides)
    if y is not None:
        named["y"] = parts[1]._node
    named.update(said(rowvar=(bool(rowvar), True)))
    return made(x._home, f"xp.{name}", (x._node,), named, () if count == 1 else (count, count), found)


def _rows(name: str, shape: Shape, rowvar: bool, is_first: bool) -> tuple[int, int]:
    """How many variables there are, and how many observations of them."""
    if len(shape) > 2:
        raise ValueError(f"{name} takes two axes at most, and this has shape {shape}")
    if len(shape) < 2:
        return 1, shape[0] if shape else 1
    turned = not rowvar and (is_first or shape[0] != 1)
    return (shape[1], shape[0]) if turned else shape


__all__ = [
    "average", "corrcoef", "cov", "median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "ptp",
    "quantile",
]  # fmt: skip
