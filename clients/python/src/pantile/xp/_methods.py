"""Methods of arrays, with NumPy's names and arguments. Each is a function of the namespace, asked of the array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._array import Array

Axis = int | tuple[int, ...] | None


class Methods:
    """What is asked of an array by a dot."""

    __slots__ = ()

    if TYPE_CHECKING:
        shape: Any
        ndim: Any
        dtype: Any

    def astype(self, dtype: Any, /, *, copy: bool = True) -> Array:
        """Its elements in another dtype."""
        return _call("astype", self, dtype, copy=copy)

    def reshape(self, *shape: Any) -> Array:
        """Its elements in another shape."""
        return _call("reshape", self, shape[0] if len(shape) == 1 else shape)

    def ravel(self) -> Array:
        """Its elements in one row."""
        return _call("reshape", self, (-1,))

    flatten = ravel

    def transpose(self, *axes: Any) -> Array:
        """Its axes in that order, or turned round."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return _call("permute_dims", self, tuple(order or reversed(range(self.ndim))))

    def squeeze(self, axis: Axis = None) -> Array:
        """Without the axes of length 1, or those of them that are named."""
        gone = tuple(at for at, side in enumerate(self.shape) if side == 1) if axis is None else axis
        return _call("squeeze", self, gone)

    def sum(self, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False) -> Array:
        """The sum of the elements along the axes."""
        return _call("sum", self, axis=axis, dtype=dtype, keepdims=keepdims)

    def prod(self, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False) -> Array:
        """The product of the elements along the axes."""
        return _call("prod", self, axis=axis, dtype=dtype, keepdims=keepdims)

    def mean(self, axis: Axis = None, *, keepdims: bool = False) -> Array:
        """The mean of the elements along the axes."""
        return _call("mean", self, axis=axis, keepdims=keepdims)

    def std(self, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Array:
        """The standard deviation of the elements along the axes."""
        return _call("std", self, axis=axis, correction=ddof, keepdims=keepdims)

    def var(self, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Array:
        """The variance of the elements along the axes."""
        return _call("var", self, axis=axis, correction=ddof, keepdims=keepdims)

    def min(self, axis: Axis = None, *, keepdims: bool = False) -> Array:
        """The least element along the axes."""
        return _call("min", self, axis=axis, keepdims=keepdims)

    def max(self, axis: Axis = None, *, keepdims: bool = False) -> Array:
        """The greatest element along the axes."""
        return _call("max", self, axis=axis, keepdims=keepdims)

    def any(self, axis: Axis = None, *, keepdims: bool = False) -> Array:
        """Whether one element along the axes is true."""
        return _call("any", self, axis=axis, keepdims=keepdims)

    def all(self, axis: Axis = None, *, keepdims: bool = False) -> Array:
        """Whether all elements along the axes are true."""
        return _call("all", self, axis=axis, keepdims=keepdims)

    def argmin(self, axis: int | None = None, *, keepdims: bool = False) -> Array:
        """Where the least element along the axis is."""
        return _call("argmin", self, axis=axis, keepdims=keepdims)

    def argmax(self, axis: int | None = None, *, keepdims: bool = False) -> Array:
        """Where the greatest element along the axis is."""
        return _call("argmax", self, axis=axis, keepdims=keepdims)

    def cumsum(self, axis: int | None = None, dtype: Any = None) -> Array:
        """The sums up to each element along the axis; without one, of the elements in one row."""
        return _call("cumulative_sum", self.ravel() if axis is None else self, axis=axis, dtype=dtype)

    def cumprod(self, axis: int | None = None, dtype: Any = None) -> Array:
        """The products up to each element along the axis; without one, of the elements in one row."""
        return _call("cumulative_prod", self.ravel() if axis is None else self, axis=axis, dtype=dtype)

    def take(self, indices: Any, axis: int | None = None) -> Array:
        """The elements at the indices along the axis; without one, of the elements in one row."""
        return _call("take", self.ravel() if axis is None else self, indices, axis=axis)

    def repeat(self, repeats: Any, axis: int | None = None) -> Array:
        """Each element as often as said."""
        return _call("repeat", self, repeats, axis=axis)

    def clip(self, min: Any = None, max: Any = None) -> Array:
        """Each element held between `min` and `max`."""
        return _call("clip", self, min, max)

    def round(self) -> Array:
        """The whole number nearest to each element."""
        return _call("round", self)

    def conj(self) -> Array:
        """The complex conjugate of each element."""
        return _call("conj", self)

    def nonzero(self) -> tuple[Array, ...]:
        """Where the elements are that are not zero."""
        return _call("nonzero", self)

    def copy(self) -> Array:
        """An array of its own: a change of either is not seen by the other."""
        return _call("astype", self, self.dtype)

    def dot(self, other: Any) -> Array:
        """The product with another: of vectors a number, of matrices a matrix."""
        return _call("dot", self, other)

    def swapaxes(self, axis1: int, axis2: int) -> Array:
        """With the two axes in each other's place."""
        return _call("swapaxes", self, axis1, axis2)

    def topk(self, k: int, axis: int = -1) -> Array:
        """The `k` greatest elements along the axis, the greatest first; of a negative `k` the least."""
        return _call("topk", self, k, axis=axis)

    def argtopk(self, k: int, axis: int = -1) -> Array:
        """Where the `k` greatest elements along the axis are."""
        return _call("argtopk", self, k, axis=axis)

    def choose(self, choices: Any) -> Array:
        """Of each choice the elements where its number stands here."""
        return _call("choose", self, choices)

    def map_overlap(self, func: str, size: Any = 3, boundary: str = "reflect", cval: Any = 0, **more: Any) -> Array:
        """What a window around each element comes to; `func` is a name, and not a function as in Dask.

        >>> client.array([1.0, 5.0, 3.0]).map_overlap("max", boundary="nearest").compute()
        array([5., 5., 5.])
        """
        return _call("map_overlap", self, func, size, boundary, cval, **more)

    @property
    def real(self) -> Array:
        """The real parts."""
        return _call("real", self)

    @property
    def imag(self) -> Array:
        """The imaginary parts."""
        return _call("imag", self)


def _call(name: str, *args: Any, **named: Any) -> Any:
    # The namespace is made of functions that need the class first.
    import pantile.xp as xp

    return getattr(xp, name)(*args, **named)
