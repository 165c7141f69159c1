"""What is asked of a masked array: reductions over what is not hidden, and its elements in other shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _dtype as dt
from ._build import argument, hosted, made, many, need_kind
from ._dtype import DType
from ._shape import Shape, axes_of, axis_of, without

if TYPE_CHECKING:
    from ._array import Array
    from ._masked_array import MaskedArray

Axis = int | tuple[int, ...] | None


class MaskedMethods:
    """Methods of masked arrays, with NumPy's names and arguments."""

    __slots__ = ()

    if TYPE_CHECKING:
        _data: Array
        _mask: Array | None
        _fill_value: Any
        shape: Any
        dtype: Any
        ndim: Any
        size: Any
        fill_value: Any

        def _both(self, function: Any) -> MaskedArray: ...

    def _args(self) -> tuple[Any, ...]:
        return (self._data._node, *([] if self._mask is None else [self._mask._node]))

    def _masked(self, name: str, shape: Shape, dtype: DType, **named: Any) -> MaskedArray:
        """What a function of masked arrays gives: elements and mask."""
        from ._masked_array import MaskedArray

        results = [(shape, dtype), (shape, dt.boolean)]
        data, mask = many(self._data._home, f"xp.ma.{name}", self._args(), named, results)
        return MaskedArray(data, mask)

    def _plain(self, name: str, shape: Shape, dtype: DType, **named: Any) -> Array:
        return made(self._data._home, f"xp.ma.{name}", self._args(), named, shape, dtype)

    def _along(self, axis: Axis, keepdims: bool) -> tuple[Shape, dict[str, Any]]:
        axes = axes_of(axis, self.ndim)
        named: dict[str, Any] = {} if axis is None else {"axis": axes if isinstance(axis, (tuple, list)) else axes[0]}
        return without(self.shape, axes, keepdims=keepdims), {**named, **({"keepdims": True} if keepdims else {})}

    def _reduced(self, name: str, axis: Axis, keepdims: bool, dtype: DType, **more: Any) -> MaskedArray:
        shape, named = self._along(axis, keepdims)
        return self._masked(name, shape, dtype, **named, **more)

    # Elements.

    def filled(self, fill_value: Any = None) -> Array:
        """The elements, with the fill value in place of those that are hidden."""
        value = self.fill_value if fill_value is None else fill_value
        if self._mask is None:
            return self._data
        if not isinstance(value, type(self._data)):
            import numpy as np

            value = hosted(np.asarray(value).astype(self.dtype.name), self._data._home)
        named = {"fill_value": argument(value)}
        return self._plain("filled", self.shape, self.dtype, **named)

    def compressed(self) -> Array:
        """The elements that are not hidden, in a row."""
        flat = self._data.reshape(-1)
        return flat if self._mask is None else flat[~self._mask.reshape(-1)]

    def nonzero(self) -> tuple[Array, ...]:
        """Where elements are that are neither zero nor hidden."""
        return self.filled(0).nonzero()

    def astype(self, dtype: Any) -> MaskedArray:
        """Its elements in another dtype."""
        from ._masked_array import MaskedArray

        return MaskedArray(self._data.astype(dtype), self._mask)

    def reshape(self, *shape: Any) -> MaskedArray:
        """Its elements in another shape."""
        return self._both(lambda x: x.reshape(*shape))

    def ravel(self) -> MaskedArray:
        """Its elements in one row."""
        return self._both(lambda x: x.ravel())

    flatten = ravel

    def transpose(self, *axes: Any) -> MaskedArray:
        """Its axes in that order, or turned round."""
        return self._both(lambda x: x.transpose(*axes))

    def squeeze(self, axis: Axis = None) -> MaskedArray:
        """Without the axes of length 1, or those of them that are named."""
        return self._both(lambda x: x.squeeze(axis))

    # What many elements come to.

    def count(self, axis: Axis = None, keepdims: bool = False) -> Array:
        """How many elements along the axes are not hidden."""
        shape, named = self._along(axis, keepdims)
        return self._plain("count", shape, dt.int64, **named)

    def sum(self, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False) -> MaskedArray:
        """The sum of the elements along the axes that are not hidden."""
        return self._total("sum", axis, dtype, keepdims)

    def prod(self, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False) -> MaskedArray:
        """Their product."""
        return self._total("prod", axis, dtype, keepdims)

    def _total(self, name: str, axis: Axis, dtype: Any, keepdims: bool) -> MaskedArray:
        found = dt.summed(self.dtype) if dtype is None else dt.as_dtype(dtype)
        return self._reduced(name, axis, keepdims, found, **({} if dtype is None else {"dtype": found}))

    def mean(self, axis: Axis = None, *, keepdims: bool = False) -> MaskedArray:
        """Their mean."""
        return self._reduced("mean", axis, keepdims, dt.floating(self.dtype))

    def var(self, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> MaskedArray:
        """The mean of the squares of their distances from their mean."""
        return self._spread("var", axis, ddof, keepdims)

    def std(self, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> MaskedArray:
        """The root of that."""
        return self._spread("std", axis, ddof, keepdims)

    def _spread(self, name: str, axis: Axis, ddof: float, keepdims: bool) -> MaskedArray:
        dtype = dt.real_of(dt.floating(self.dtype))
        return self._reduced(name, axis, keepdims, dtype, **({"ddof": float(ddof)} if ddof else {}))

    def median(self, axis: int | None = None, *, keepdims: bool = False) -> MaskedArray:
        """The middle one of them, or the mean of the two in the middle."""
        need_kind(self._data, "real", "median") if self.dtype.kind != "bool" else None
        self._some("median", axis)
        return self._reduced("median", axis, keepdims, dt.floating(self.dtype))

    def min(self, axis: Axis = None, *, keepdims: bool = False) -> MaskedArray:
        """The least of them."""
        return self._extreme("min", axis, keepdims)

    def max(self, axis: Axis = None, *, keepdims: bool = False) -> MaskedArray:
        """The greatest of them."""
        return self._extreme("max", axis, keepdims)

    def ptp(self, axis: Axis = None, *, keepdims: bool = False) -> MaskedArray:
        """The greatest of them less the least."""
        return self._extreme("ptp", axis, keepdims)

    def _extreme(self, name: str, axis: Axis, keepdims: bool) -> MaskedArray:
        need_kind(self._data, "real", name)
        self._some(name, axis)
        return self._reduced(name, axis, keepdims, self.dtype)

    def _some(self, name: str, axis: Axis) -> None:
        if not all(self.shape[at] for at in axes_of(axis, self.ndim)):
            raise ValueError(f"{name} of no elements: shape {self.shape}, axis {axis}")

    def argmin(self, axis: int | None = None, *, keepdims: bool = False) -> Array:
        """Where the least of them is first along the axis."""
        return self._place("argmin", axis, keepdims)

    def argmax(self, axis: int | None = None, *, keepdims: bool = False) -> Array:
        """Where the greatest of them is first along the axis."""
        return self._place("argmax", axis, keepdims)

    def _place(self, name: str, axis: int | None, keepdims: bool) -> Array:
        need_kind(self._data, "real", name)
        self._some(name, axis)
        shape, named = self._along(axis, keepdims)
        return self._plain(name, shape, dt.int64, **named)

    def any(self, axis: Axis = None, *, keepdims: bool = False) -> MaskedArray:
        """Whether one of them is true."""
        return self._reduced("any", axis, keepdims, dt.boolean)

    def all(self, axis: Axis = None, *, keepdims: bool = False) -> MaskedArray:
        """Whether all of them are true."""
        return self._reduced("all", axis, keepdims, dt.boolean)

    # Along an axis.

    def cumsum(self, axis: int | None = None, dtype: Any = None) -> MaskedArray:
        """The sums up to each element along the axis; without one, of the elements in one row."""
        return self._running("cumsum", axis, dtype)

    def cumprod(self, axis: int | None = None, dtype: Any = None) -> MaskedArray:
        """The products up to each element along the axis; without one, of the elements in one row."""
        return self._running("cumprod", axis, dtype)

    def _running(self, name: str, axis: int | None, dtype: Any) -> MaskedArray:
        found = dt.summed(self.dtype) if dtype is None else dt.as_dtype(dtype)
        named: dict[str, Any] = {} if axis is None else {"axis": axis_of(axis, self.ndim)}
        named.update({} if dtype is None else {"dtype": found})
        return self._masked(name, (self.size,) if axis is None else self.shape, found, **named)

    def anom(self, axis: int | None = None) -> MaskedArray:
        """How far each element is from the mean along the axis."""
        named = {} if axis is None else {"axis": axis_of(axis, self.ndim)}
        return self._masked("anom", self.shape, dt.floating(self.dtype), **named)
