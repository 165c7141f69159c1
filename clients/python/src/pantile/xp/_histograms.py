"""NumPy's histograms, and values between points."""

from __future__ import annotations

from typing import Any

from . import _dtype as dt
from ._array import Array
from ._build import hosted, made, many, need, need_kind
from ._dtype import DType
from ._evaluate import WHOLE, opened
from ._quantiles import beside
from ._shape import Shape
from ._statistics import max as max_of

RULES = ("auto", "fd", "doane", "scott", "stone", "rice", "sturges", "sqrt")


def _countable(x: Any, name: str) -> Array:
    x = need(x, name)
    if x.dtype.kind == "complex":
        raise TypeError(f"{name} takes real dtypes, and this is {x.dtype}")
    return x


def _range(name: str, given: Any) -> tuple[Any, Any] | None:
    """A pair of numbers."""
    if given is None:
        return None
    low, high = (end if type(end) is int else float(end) for end in given)
    if not low <= high or low - low != 0 or high - high != 0:
        raise ValueError(f"{name} takes a range of two finite numbers, the lower one first, and this is {given}")
    return low, high


def _bins(name: str, x: Array, bins: Any) -> int | Array:
    """How many, or edges."""
    if isinstance(bins, (bool, int)) or (not isinstance(bins, Array) and hasattr(bins, "__index__")):
        if bins < 1:
            raise ValueError(f"{name} takes one bin or more, and this is {bins}")
        return int(bins)
    if isinstance(bins, float):
        raise TypeError(f"{name} takes a whole number of bins, and this is {bins}")
    edges = beside(x, bins)
    if edges.ndim != 1:
        raise ValueError(f"{name} takes edges on one axis, and these have shape {edges.shape}")
    need_kind(edges, "real", name)
    return edges


def _weighing(x: Array, weights: Any, name: str) -> Array | None:
    if weights is None:
        return None
    weights = beside(x, weights)
    need_kind(weights, "real", name)
    if weights.shape != x.shape:
        raise ValueError(f"{name} takes a weight for each element: shapes {weights.shape} and {x.shape}")
    return weights


def _edges(x: Array, bins: int | Array) -> tuple[Shape, DType]:
    if isinstance(bins, Array):
        return bins.shape, bins.dtype
    return (bins + 1,), dt.floating(x.dtype)


def histogram_bin_edges(a: Array, bins: Any = 10, range: Any = None, weights: Any = None) -> Array:
    """The edges of the bins that `histogram` has. A rule's are asked for now, as their number depends on the data."""
    a = _countable(a, "histogram_bin_edges")
    _weighing(a, weights, "histogram_bin_edges")
    ends = _range("histogram_bin_edges", range)
    named = {} if ends is None else {"range": ends}
    if isinstance(bins, str):
        if bins not in RULES:
            raise ValueError(f"{bins!r} is no rule for bins: those are {', '.join(RULES)}")
        if weights is not None:
            raise TypeError("a rule for bins does not go with weights")
        dtype = _edges(a, 1)[1]
        found = made(a._home, "xp.histogram_bin_edges", (a._node, bins), named, (), dtype)
        opened(a._home, [found._node])
        return found
    known = _bins("histogram_bin_edges", a, bins)
    shape, dtype = _edges(a, known)
    return made(a._home, "xp.histogram_bin_edges", (a._node, _argument(known)), named, shape, dtype)


def _argument(bins: int | Array) -> Any:
    return bins._node if isinstance(bins, Array) else bins


def histogram(
    a: Array, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Array, Array]:
    """How many elements are in each bin, and the edges of the bins."""
    a = _countable(a, "histogram")
    if isinstance(bins, str):
        bins, range = histogram_bin_edges(a, bins, range, weights), None
    known, ends = _bins("histogram", a, bins), _range("histogram", range)
    named: dict[str, Any] = {} if ends is None else {"range": ends}
    counted = dt.int64
    if weights is not None and (weighing := _weighing(a, weights, "histogram")) is not None:
        named["weights"], counted = weighing._node, weighing.dtype
    if density:
        named["density"], counted = True, dt.float64
    edges, dtype = _edges(a, known)
    shape = (max(0, edges[0] - 1),)
    made_of = many(a._home, "xp.histogram", (a._node, _argument(known)), named, [(shape, counted), (edges, dtype)])
    return made_of[0], made_of[1]


def histogram2d(
    x: Array, y: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Array, Array, Array]:
    """How many points are in each cell of a grid, and its edges along both axes."""
    x = _countable(x, "histogram2d")
    y = _countable(beside(x, y), "histogram2d")
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"histogram2d takes as many x as y, on one axis: shapes {x.shape} and {y.shape}")
    if not _is_number(bins) and (isinstance(bins, Array) or len(bins) not in (1, 2)):
        bins = [bins, bins]
    counts, *edges = _gridded("histogram2d", (x._node, y._node), [x, y], bins, range, density, weights)
    return counts, edges[0], edges[1]


def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Array, list[Array]]:
    """How many points are in each cell of a grid, and its edges along each axis; a point in each row of `sample`."""
    if isinstance(sample, Array):
        if sample.ndim not in (1, 2):
            raise ValueError(f"histogramdd takes rows of coordinates, and this has shape {sample.shape}")
        parts = [sample] if sample.ndim == 1 else [sample[:, at] for at in _count_to(sample.shape[1])]
        arg: Any = sample._node
    else:
        first = next(part for part in sample if isinstance(part, Array))
        parts = [beside(first, part) for part in sample]
        arg = [part._node for part in parts]
    for part in parts:
        _countable(part, "histogramdd")
    counts, *edges = _gridded("histogramdd", (arg,), parts, bins, range, density, weights)
    return counts, edges


def _count_to(count: int) -> Any:
    import builtins

    return builtins.range(count)


def _is_number(bins: Any) -> bool:
    return isinstance(bins, int) or (not isinstance(bins, Array) and hasattr(bins, "__index__"))


def _gridded(
    name: str, args: tuple[Any, ...], parts: list[Array], bins: Any, range: Any, density: Any, weights: Any
) -> list[Array]:
    axes = len(parts)
    each = [bins] * axes if _is_number(bins) else list(bins)
    ranges = [None] * axes if range is None else [_range(name, one) for one in range]
    if len(each) != axes or len(ranges) != axes:
        raise ValueError(f"{name} takes bins and ranges for each of {axes} axes: {bins}, {range}")
    dtype = dt.promoted(*(part.dtype for part in parts))
    known = [_bins(name, parts[0], one) for one in each]
    named: dict[str, Any] = {} if range is None else {"range": ranges}
    if (weighing := _weighing(parts[0], weights, name)) is not None:
        named["weights"] = weighing._node
    if density:
        named["density"] = True
    results: list[tuple[Shape, DType]] = []
    for one, ends in zip(known, ranges, strict=True):
        shape, made_as = _edges(parts[0], one)
        if not isinstance(one, Array):
            made_as = dt.floating(dtype) if ends is None else dt.float64
        results.append((shape, made_as))
    cells = tuple(max(0, shape[0] - 1) for shape, _ in results)
    home = parts[0]._home
    return many(home, f"xp.{name}", (*args, [_argument(one) for one in known]), named, [(cells, dt.float64), *results])


def bincount(x: Array, /, weights: Any = None, minlength: int = 0) -> Array:
    """How often each integer from 0 on is there. How long it is depends on the data, so that is asked for now."""
    x = need(x, "bincount")
    need_kind(x, "integer or boolean", "bincount")
    if x.ndim != 1:
        raise ValueError(f"bincount takes one axis, and this has shape {x.shape}")
    if minlength < 0:
        raise ValueError(f"minlength is {minlength}, and should be 0 or more")
    weighing = _weighing(x, weights, "bincount")
    named: dict[str, Any] = {} if weighing is None else {"weights": weighing._node}
    if minlength:
        named["minlength"] = int(minlength)
    dtype = dt.int64 if weighing is None else dt.float64
    if x.size <= WHOLE:
        found = made(x._home, "xp.bincount", (x._node,), named, (), dtype)
        opened(x._home, [found._node])
        return found
    most = int(max_of(x if x.dtype.kind != "bool" else hosted(1, x._home)))
    return made(x._home, "xp.bincount", (x._node,), named, (max(most + 1, int(minlength)),), dtype)


def digitize(x: Any, bins: Any, right: bool = False) -> Array:
    """The number of the bin that each element is in, by edges that ascend or descend."""
    x, bins = _all_ours("digitize", x, bins)
    for part in (x, bins):
        _countable(part, "digitize")
    if bins.ndim != 1:
        raise ValueError(f"digitize takes edges on one axis, and these have shape {bins.shape}")
    named = {"right": True} if right else None
    return made(x._home, "xp.digitize", (x._node, bins._node), named, x.shape, dt.int64)


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Array:
    """The values at `x` on the lines between the points `xp`, which ascend, that have the values `fp`."""
    x, xp, fp = _all_ours("interp", x, xp, fp)
    for part in (x, xp):
        _countable(part, "interp")
    if xp.ndim != 1 or xp.shape != fp.shape or not xp.size:
        raise ValueError(f"interp takes points on one axis, each with a value: shapes {xp.shape} and {fp.shape}")
    if period is not None and period == 0:
        raise ValueError("period must be a non-zero value")
    named = {"left": left, "right": right, "period": None if period is None else float(period)}
    dtype = dt.complex128 if fp.dtype.kind == "complex" else dt.float64
    named = {name: value for name, value in named.items() if value is not None}
    return made(x._home, "xp.interp", (x._node, xp._node, fp._node), named, x.shape, dtype)


def _all_ours(name: str, *given: Any) -> list[Array]:
    ours = next((part for part in given if isinstance(part, Array)), None)
    if ours is None:
        raise TypeError(f"{name} takes one array of pantile.xp at least: make one with `asarray`")
    return [beside(ours, part) for part in given]


__all__ = ["bincount", "digitize", "histogram", "histogram2d", "histogram_bin_edges", "histogramdd", "interp"]
