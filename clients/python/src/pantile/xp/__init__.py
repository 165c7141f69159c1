"""The Python Array API, version 2025.12, over a Pantile server.

    from pantile import xp

    x = xp.linspace(0, 1, 1_000_000)
    y = xp.sin(x) ** 2 + xp.cos(x) ** 2      # nothing is asked yet: shape and dtype are known
    float(xp.mean(y))                        # one request, in which all of it is computed

Arrays of `pantile.xp` belong to the default connection, that of `PANTILE_URL` or a server of its own; those of
`client.xp` to that client. `compute(a, b)` brings several arrays in one request. Where to start reading: `_array.py`
for what an array is, `_elementwise.py` for a table of functions, `_text.py` for how programs are written.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from . import fft, linalg, ma, random
from ._array import Array
from ._creation import Creation, empty_like, full_like, meshgrid, ones_like, tril, triu, zeros_like
from ._diagonals import diag, diagflat, diagonal, ix_, ravel_multi_index, unravel_index, vander
from ._dtype import boolean as bool
from ._dtype import (
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)
from ._einsum import einsum
from ._elementwise import (
    abs,
    acos,
    acosh,
    add,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    bitwise_and,
    bitwise_invert,
    bitwise_left_shift,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    ceil,
    clip,
    conj,
    copysign,
    cos,
    cosh,
    divide,
    equal,
    exp,
    expm1,
    floor,
    floor_divide,
    greater,
    greater_equal,
    hypot,
    imag,
    isfinite,
    isinf,
    isnan,
    isnat,
    less,
    less_equal,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    maximum,
    minimum,
    multiply,
    negative,
    nextafter,
    not_equal,
    positive,
    pow,
    real,
    reciprocal,
    remainder,
    round,
    sign,
    signbit,
    sin,
    sinh,
    sqrt,
    square,
    subtract,
    tan,
    tanh,
    trunc,
)
from ._histograms import bincount, digitize, histogram, histogram2d, histogram_bin_edges, histogramdd, interp
from ._home import DEFAULT
from ._info import __array_namespace_info__
from ._linear import matmul, matrix_transpose, tensordot, vecdot
from ._manipulation import (
    broadcast_arrays,
    broadcast_shapes,
    broadcast_to,
    concat,
    expand_dims,
    flip,
    moveaxis,
    permute_dims,
    repeat,
    reshape,
    roll,
    squeeze,
    stack,
    tile,
    unstack,
)
from ._nans import (
    cumprod,
    cumsum,
    nanargmax,
    nanargmin,
    nancumprod,
    nancumsum,
    nanmax,
    nanmean,
    nanmin,
    nanprod,
    nanstd,
    nansum,
    nanvar,
)
from ._neighbours import coarsen, gradient, map_overlap, sliding_window_view
from ._numbers import (
    allclose,
    angle,
    array_equal,
    cbrt,
    deg2rad,
    degrees,
    divmod,
    ediff1d,
    exp2,
    fix,
    float_power,
    fmax,
    fmin,
    fmod,
    frexp,
    gcd,
    heaviside,
    i0,
    isclose,
    lcm,
    ldexp,
    modf,
    nan_to_num,
    rad2deg,
    radians,
    sinc,
    unwrap,
)
from ._operators import install
from ._padding import append, delete, insert, pad, ravel, resize
from ._picking import (
    argpartition,
    argtopk,
    argwhere,
    choose,
    compress,
    extract,
    flatnonzero,
    intersect1d,
    lexsort,
    partition,
    select,
    setdiff1d,
    setxor1d,
    topk,
    trim_zeros,
    union1d,
)
from ._products import convolve, correlate, cross, dot, inner, kron, outer, trapezoid, vdot
from ._quantiles import (
    average,
    corrcoef,
    cov,
    median,
    nanmedian,
    nanpercentile,
    nanquantile,
    percentile,
    ptp,
    quantile,
)
from ._searching import (
    argmax,
    argmin,
    argsort,
    count_nonzero,
    isin,
    nonzero,
    searchsorted,
    sort,
    take,
    take_along_axis,
    unique_all,
    unique_counts,
    unique_inverse,
    unique_values,
    where,
)
from ._stacking import (
    array_split,
    atleast_1d,
    atleast_2d,
    atleast_3d,
    block,
    column_stack,
    dsplit,
    dstack,
    fliplr,
    flipud,
    hsplit,
    hstack,
    rollaxis,
    rot90,
    split,
    swapaxes,
    vsplit,
    vstack,
)
from ._statistics import all, any, cumulative_prod, cumulative_sum, diff, max, mean, min, prod, std, sum, var
from ._types import astype, can_cast, finfo, iinfo, isdtype, result_type

if TYPE_CHECKING:
    import numpy as np

__array_api_version__ = "2025.12"

e, pi, inf, nan = math.e, math.pi, math.inf, math.nan
newaxis = None

_default = Creation(DEFAULT)
arange, asarray, empty, eye = _default.arange, _default.asarray, _default.empty, _default.eye
from_dlpack, full, linspace = _default.from_dlpack, _default.full, _default.linspace
ones, zeros = _default.ones, _default.zeros
bartlett, blackman, hamming = _default.bartlett, _default.blackman, _default.hamming
hanning, kaiser = _default.hanning, _default.kaiser
geomspace, logspace = _default.geomspace, _default.logspace
identity, indices, tri = _default.identity, _default.indices, _default.tri
tril_indices, triu_indices = _default.tril_indices, _default.triu_indices


def compute(*arrays: Array) -> tuple[np.ndarray, ...]:
    """The values of the arrays, in one request for each client that they belong to."""
    from ._build import need
    from ._evaluate import own

    found: dict[int, np.ndarray] = {}
    for home in dict.fromkeys(need(x, "compute")._home for x in arrays):
        places = [at for at, x in enumerate(arrays) if x._home is home]
        for at, value in zip(places, own(home, [arrays[at]._node for at in places]), strict=True):
            found[at] = value
    return tuple(found[at] for at in range(len(arrays)))


__all__ = [
    "Array", "__array_api_version__", "__array_namespace_info__", "abs", "acos", "acosh", "add", "all", "allclose",
    "angle", "any", "append", "arange", "argmax", "argmin", "argpartition", "argsort", "argtopk", "argwhere",
    "array_equal", "array_split", "asarray", "asin", "asinh", "astype", "atan", "atan2", "atanh", "atleast_1d",
    "atleast_2d", "atleast_3d", "average", "bartlett", "bincount", "bitwise_and", "bitwise_invert",
    "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "blackman", "block", "bool",
    "broadcast_arrays", "broadcast_shapes", "broadcast_to", "can_cast", "cbrt", "ceil", "choose", "clip", "coarsen",
    "column_stack", "complex64", "complex128", "compress", "compute", "concat", "conj", "convolve", "copysign",
    "corrcoef", "correlate", "cos", "cosh", "count_nonzero", "cov", "cross", "cumprod", "cumsum", "cumulative_prod",
    "cumulative_sum", "deg2rad", "degrees", "delete", "diag", "diagflat", "diagonal", "diff", "digitize", "divide",
    "divmod", "dot", "dsplit", "dstack", "e", "ediff1d", "einsum", "empty", "empty_like", "equal", "exp", "exp2",
    "expand_dims", "expm1", "extract", "eye", "fft", "finfo", "fix", "flatnonzero", "flip", "fliplr", "flipud",
    "float16", "float32", "float64", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "frexp",
    "from_dlpack", "full", "full_like", "gcd", "geomspace", "gradient", "greater", "greater_equal", "hamming",
    "hanning", "heaviside", "histogram", "histogram2d", "histogram_bin_edges", "histogramdd", "hsplit", "hstack",
    "hypot", "i0", "identity", "iinfo", "imag", "indices", "inf", "inner", "insert", "int8", "int16", "int32", "int64",
    "interp", "intersect1d", "isclose", "isdtype", "isfinite", "isin", "isinf", "isnan", "isnat", "ix_", "kaiser",
    "kron", "lcm", "ldexp", "less", "less_equal", "lexsort", "linalg", "linspace", "log", "log1p", "log2", "log10",
    "logaddexp",
    "logical_and", "logical_not", "logical_or", "logical_xor", "logspace", "ma", "map_overlap", "matmul",
    "matrix_transpose", "max", "maximum", "mean", "median", "meshgrid", "min", "minimum", "modf", "moveaxis",
    "multiply", "nan", "nan_to_num", "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean",
    "nanmedian", "nanmin", "nanpercentile", "nanprod", "nanquantile", "nanstd", "nansum", "nanvar", "negative",
    "newaxis", "nextafter", "nonzero", "not_equal", "ones", "ones_like", "outer", "pad", "partition", "percentile",
    "permute_dims", "pi", "positive", "pow", "prod", "ptp", "quantile", "rad2deg", "radians", "random", "ravel",
    "ravel_multi_index", "real", "reciprocal", "remainder", "repeat", "reshape", "resize", "result_type", "roll",
    "rollaxis", "rot90", "round", "searchsorted", "select", "setdiff1d", "setxor1d", "sign", "signbit", "sin", "sinc",
    "sinh", "sliding_window_view", "sort", "split", "sqrt", "square", "squeeze", "stack", "std", "subtract", "sum",
    "swapaxes", "take", "take_along_axis", "tan", "tanh", "tensordot", "tile", "topk", "trapezoid", "tri", "tril",
    "tril_indices", "trim_zeros", "triu", "triu_indices", "trunc", "uint8", "uint16", "uint32", "uint64", "union1d",
    "unique_all", "unique_counts", "unique_inverse", "unique_values", "unravel_index", "unstack", "unwrap", "vander",
    "var", "vdot", "vecdot", "vsplit", "vstack", "where", "zeros", "zeros_like",
]  # fmt: skip

install(Array, globals())


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'pantile.xp' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
