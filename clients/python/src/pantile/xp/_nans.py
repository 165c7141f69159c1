"""NumPy's reductions that leave NaN out."""

from __future__ import annotations

from typing import Any

from . import _dtype as dt
from ._array import Array
from ._build import made, need
from ._searching import place
from ._shape import axis_of
from ._statistics import Axis, _counted, _extreme, _reduced


def nansum(a: Array, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False) -> Array:
    """The sum of the elements along the axes that are not NaN."""
    a, found, named = _counted("nansum", a, dtype)
    return _reduced("nansum", a, axis, keepdims, found, **named)


def nanprod(a: Array, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False) -> Array:
    """The product of the elements along the axes that are not NaN."""
    a, found, named = _counted("nanprod", a, dtype)
    return _reduced("nanprod", a, axis, keepdims, found, **named)


def nanmean(a: Array, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """The mean of the elements along the axes that are not NaN."""
    a = need(a, "nanmean")
    return _reduced("nanmean", a, axis, keepdims, dt.floating(a.dtype))


def nanvar(
    a: Array, axis: Axis = None, *, ddof: float | None = None, correction: float | None = None, keepdims: bool = False
) -> Array:
    """The variance of the elements along the axes that are not NaN; `correction` is another name of `ddof`."""
    return _spread("nanvar", a, axis, ddof, correction, keepdims)


def nanstd(
    a: Array, axis: Axis = None, *, ddof: float | None = None, correction: float | None = None, keepdims: bool = False
) -> Array:
    """The standard deviation of the elements along the axes that are not NaN."""
    return _spread("nanstd", a, axis, ddof, correction, keepdims)


def _spread(name: str, a: Array, axis: Axis, ddof: float | None, correction: float | None, keepdims: bool) -> Array:
    a = need(a, name)
    if ddof and correction:
        raise ValueError(f"{name} takes ddof or correction, which are one")
    free = ddof or correction
    named = {"ddof": free} if free else {}
    return _reduced(name, a, axis, keepdims, dt.real_of(dt.floating(a.dtype)), **named)


def nanmax(a: Array, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """The greatest element along the axes that is not NaN."""
    return _extreme("nanmax", a, axis, keepdims)


def nanmin(a: Array, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """The least element along the axes that is not NaN."""
    return _extreme("nanmin", a, axis, keepdims)


def nanargmax(a: Array, axis: int | None = None, *, keepdims: bool = False) -> Array:
    """Where the greatest element is that is not NaN. A row of nothing else is refused when values are asked for."""
    return place("nanargmax", a, axis, keepdims)


def nanargmin(a: Array, axis: int | None = None, *, keepdims: bool = False) -> Array:
    """Where the least element is that is not NaN. A row of nothing else is refused when values are asked for."""
    return place("nanargmin", a, axis, keepdims)


def nancumsum(a: Array, axis: int | None = None, dtype: Any = None) -> Array:
    """The sums up to each element along the axis, NaN as 0; without one, of the elements in one row."""
    return running("nancumsum", a, axis, dtype)


def nancumprod(a: Array, axis: int | None = None, dtype: Any = None) -> Array:
    """The products up to each element along the axis, NaN as 1; without one, of the elements in one row."""
    return running("nancumprod", a, axis, dtype)


def cumsum(a: Array, axis: int | None = None, dtype: Any = None) -> Array:
    """The sums up to each element along the axis; without one, of the elements in one row."""
    return running("cumsum", a, axis, dtype)


def cumprod(a: Array, axis: int | None = None, dtype: Any = None) -> Array:
    """The products up to each element along the axis; without one, of the elements in one row."""
    return running("cumprod", a, axis, dtype)


def running(name: str, a: Array, axis: int | None, dtype: Any) -> Array:
    """A running sum or product under NumPy's name."""
    a, found, named = _counted(name, a, dtype)
    if axis is None:
        return made(a._home, f"xp.{name}", (a._node,), named, (a.size,), found)
    return made(a._home, f"xp.{name}", (a._node,), {"axis": axis_of(axis, a.ndim), **named}, a.shape, found)


__all__ = [
    "cumprod", "cumsum", "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmin", "nanprod",
    "nanstd", "nansum", "nanvar",
]  # fmt: skip
