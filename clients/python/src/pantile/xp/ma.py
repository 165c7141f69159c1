"""`pantile.xp.ma`: arrays of which some elements are hidden, with the functions of `numpy.ma`.

    x = xp.ma.masked_greater(xp.asarray([1.0, 2.0, 1e9]), 100)
    float(x.mean())                              # 1.5
    x.compute()                                  # NumPy's masked array

A mean, variance or median has the dtype of its elements, float64 of integers, whether something is hidden or not;
NumPy's of float32 is float64 where something is.
"""

from __future__ import annotations

from typing import Any

from . import _dtype as dt
from . import _masked_core as core
from ._array import Array
from ._build import cast, home_of, hosted, made
from ._home import DEFAULT, Home
from ._manipulation import broadcast_to
from ._masked_array import FILL, MaskedArray, masked
from ._masked_core import nomask, of
from ._masked_elements import FUNCTIONS, install
from ._masked_where import (
    fix_invalid,
    masked_equal,
    masked_greater,
    masked_greater_equal,
    masked_inside,
    masked_invalid,
    masked_less,
    masked_less_equal,
    masked_not_equal,
    masked_outside,
    masked_values,
    masked_where,
)
from ._shape import axis_of


def masked_array(
    data: Any, mask: Any = nomask, dtype: Any = None, *, fill_value: Any = None, keep_mask: bool = True
) -> MaskedArray:
    """`data`, hidden where the mask is true, and where it was already."""
    return core.masked_array(data, mask, dtype, fill_value, keep_mask, DEFAULT)


array = masked_array


def filled(a: Any, fill_value: Any = None) -> Array:
    """The elements, with the fill value in place of those that are hidden."""
    return of(a).filled(fill_value)


def getdata(a: Any) -> Array:
    """The elements, hidden ones among them."""
    return of(a)._data


def getmaskarray(arr: Any) -> Array:
    """Where elements are hidden."""
    return of(arr).mask


def getmask(a: Any) -> Any:
    """The mask, or `nomask` where nothing is known to be hidden."""
    own = of(a)
    return nomask if own._mask is None else own._mask


def is_masked_array(x: Any) -> bool:
    """Whether it is a masked array."""
    return isinstance(x, MaskedArray)


isMA = isMaskedArray = is_masked_array


def set_fill_value(a: Any, fill_value: Any) -> None:
    """Gives a masked array another fill value; of anything else nothing comes."""
    if isinstance(a, MaskedArray):
        a.fill_value = fill_value


def default_fill_value(x: Any) -> Any:
    """The fill value of that dtype, where nothing else is said."""
    return FILL[(x.dtype if isinstance(x, (Array, MaskedArray)) else dt.as_dtype(x)).kind]


def _like(name: str, a: Any, dtype: Any) -> MaskedArray:
    own = of(a)
    found = own.dtype if dtype is None else dt.as_dtype(dtype)
    data = made(own._data._home, f"xp.{name}", (own.shape,), {"dtype": found}, own.shape, found)
    return MaskedArray(data, own._mask)


def empty_like(a: Any, dtype: Any = None) -> MaskedArray:
    """An array of that shape and mask; what it holds is left open."""
    return _like("empty", a, dtype)


def zeros_like(a: Any, dtype: Any = None) -> MaskedArray:
    """Zeros in the shape of `a`, with its mask."""
    return _like("zeros", a, dtype)


def ones_like(a: Any, dtype: Any = None) -> MaskedArray:
    """Ones in the shape of `a`, with its mask."""
    return _like("ones", a, dtype)


def average(
    a: Any, axis: int | None = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    """The mean in which each element counts as much as its weight; with `returned`, and the sum of the weights."""
    own = of(a)
    named: dict[str, Any] = {}
    dtype = dt.floating(own.dtype)
    if weights is not None:
        weights = weights if isinstance(weights, Array) else hosted(weights, own._data._home)
        home_of(own._data, weights)
        weights = weights if weights.dtype.rank >= 2 else cast(weights, dt.float64)
        dtype = dt.promoted(dtype, weights.dtype)
        named["weights"] = weights._node
        weights = _weighing(own, axis, weights)
    made_of = own._reduced("average", axis, keepdims, dtype, **named)
    if not returned:
        return made_of
    if weights is None:
        return made_of, MaskedArray(own.count(axis, keepdims).astype(dtype), made_of._mask)
    return made_of, MaskedArray(weights, own._mask).sum(axis, keepdims=keepdims)


def _weighing(own: MaskedArray, axis: int | None, weights: Array) -> Array:
    """Weights in the shape of what they weigh: those of a row lie along the axis."""
    if weights.shape == own.shape:
        return weights
    if axis is None or weights.shape != (own.shape[axis_of(axis, own.ndim)],):
        raise ValueError(f"weights have shape {weights.shape}, and should be of {own.shape} or a row along the axis")
    behind = own.ndim - axis_of(axis, own.ndim) - 1
    return broadcast_to(weights.reshape((*weights.shape, *(1,) * behind)), own.shape)


globals().update(FUNCTIONS)
anomalies = FUNCTIONS["anom"]
install()

__all__ = [  # pyright: ignore[reportUnsupportedDunderAll]
    "MaskedArray", "anomalies", "array", "average", "default_fill_value", "empty_like", "filled", "fix_invalid",
    "getdata", "getmask", "getmaskarray", "isMA", "isMaskedArray", "masked", "masked_array", "masked_equal",
    "masked_greater", "masked_greater_equal", "masked_inside", "masked_invalid", "masked_less", "masked_less_equal",
    "masked_not_equal", "masked_outside", "masked_values", "masked_where", "nomask", "ones_like", "set_fill_value",
    "zeros_like",
    *FUNCTIONS,
]  # fmt: skip


class Masking:
    """`ma` of one client."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def masked_array(
        self, data: Any, mask: Any = nomask, dtype: Any = None, *, fill_value: Any = None, keep_mask: bool = True
    ) -> MaskedArray:
        """`data`, hidden where the mask is true."""
        return core.masked_array(data, mask, dtype, fill_value, keep_mask, self._home)

    array = masked_array

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"pantile.xp.ma has no {name!r}")
        return globals()[name]

    def __dir__(self) -> list[str]:
        return __all__
