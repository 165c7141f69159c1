"""Arrays from numbers, shapes and values of this process. A namespace has its own, so that they know their client."""

from __future__ import annotations

import math
from typing import Any

from . import _dtype as dt
from ._array import Array, check_device, default_real
from ._build import NUMBERS, cast, hosted, is_time, made, need, time_of
from ._build import many as results
from ._diagonals import Diagonals
from ._dtype import DType
from ._evaluate import known
from ._home import Home
from ._shape import Shape, shape_of
from ._times import moved

INDEXINGS = ("xy", "ij")


class Creation(Diagonals):
    """The functions that make arrays of what are none yet."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def asarray(self, obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Array:
        """An array of a number, nested lists, or anything that NumPy reads."""
        check_device(device)
        wanted = None if dtype is None else dt.as_dtype(dtype)
        if isinstance(obj, Array):
            return _again(obj, wanted, copy, self._home)
        if copy is False:
            raise ValueError("values of this process cannot become an array on the server without a copy")
        return hosted(obj, self._home, wanted)

    def arange(self, start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Array:
        """Numbers from `start` up to `stop`, which is left out, `step` apart."""
        check_device(device)
        if _is_of_times(dtype, start, stop):
            return self._times_between(start, stop, step, dtype)
        if stop is None:
            start, stop = 0, start
        start, stop, step = (_real(value) for value in (start, stop, step))
        if step == 0:
            raise ValueError("the step of arange is not 0")
        count = max(0, _steps(start, stop, step))
        is_whole = all(isinstance(value, int) for value in (start, stop, step))
        found = (dt.int64 if is_whole else dt.float64) if dtype is None else dt.as_dtype(dtype)
        return made(self._home, "xp.arange", (start, stop, step), {"dtype": found}, (count,), found)

    def _times_between(self, start: Any, stop: Any, step: Any, dtype: Any) -> Array:
        """Times from `start` up to `stop`, `step` units apart."""
        first = [time_of(value) for value in (start, stop) if value is not None]
        nodes = [hosted(value, self._home, None if dtype is None else dt.as_dtype(dtype)) for value in first]
        found = dt.promoted(*(node.dtype for node in nodes))
        if found.kind == "datetime" and stop is None:
            raise ValueError("arange of points in time takes a start and a stop")
        step = time_of(step)
        if getattr(getattr(step, "dtype", None), "kind", "") == "m" and step.dtype.name in dt.NAMES:
            if dtype is None:
                length = dt.NAMES[step.dtype.name]
                found = moved(found, length) if found.kind == "datetime" else dt.promoted(found, length)
            step = step.astype(f"timedelta64[{found.unit}]").astype("int64")
        elif isinstance(step, float):
            raise TypeError(f"arange of times takes whole steps, and got {step}")
        step = int(step)
        if step == 0:
            raise ValueError("the step of arange is not 0")
        ends = [int(known(node._node).astype(found.name).astype("int64")) for node in nodes]
        begin, end = ends if stop is not None else (0, *ends)
        count = max(0, _steps(begin, end, step))
        return made(self._home, "xp.arange", (begin, end, step), {"dtype": found}, (count,), found)

    def empty(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Array:
        """An array of that shape; what it holds is left open."""
        return self._filled("xp.empty", shape, dtype, device)

    def zeros(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Array:
        """An array of zeros."""
        return self._filled("xp.zeros", shape, dtype, device)

    def ones(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Array:
        """An array of ones."""
        return self._filled("xp.ones", shape, dtype, device)

    def _filled(self, form: str, shape: Any, dtype: Any, device: Any) -> Array:
        check_device(device)
        shape, found = shape_of(shape), default_real(dtype)
        return made(self._home, form, (shape,), {"dtype": found}, shape, found)

    def full(self, shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Array:
        """An array that holds `fill_value` everywhere."""
        check_device(device)
        return _full(self._home, shape_of(shape), fill_value, dtype)

    def eye(
        self, n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None
    ) -> Array:
        """A matrix with ones on its diagonal, or `k` above it, and zeros elsewhere."""
        check_device(device)
        found = default_real(dtype)
        shape = shape_of((n_rows, n_rows if n_cols is None else n_cols))
        return made(self._home, "xp.eye", shape, {"k": int(k), "dtype": found}, shape, found)

    def from_dlpack(self, x: Any, /, *, device: Any = None, copy: bool | None = None) -> Array:
        """An array of another library's array."""
        check_device(device)
        if isinstance(x, Array):
            return _again(x, None, copy, self._home)
        if copy is False:
            raise BufferError("values of this process cannot become an array on the server without a copy")
        import numpy as np

        return hosted(np.from_dlpack(x), self._home)

    def linspace(
        self,
        start: Any,
        stop: Any,
        /,
        num: int,
        *,
        dtype: Any = None,
        device: Any = None,
        endpoint: bool = True,
    ) -> Array:
        """`num` numbers from `start` to `stop`, equally far apart."""
        check_device(device)
        start, stop = _number(start), _number(stop)
        if num < 0:
            raise ValueError(f"num is {num}, and should be 0 or more")
        is_complex = isinstance(start, complex) or isinstance(stop, complex)
        default = dt.complex128 if is_complex else dt.float64
        found = default if dtype is None else dt.as_dtype(dtype)
        named = {"dtype": found, **({} if endpoint else {"endpoint": False})}
        return made(self._home, "xp.linspace", (start, stop, int(num)), named, (int(num),), found)


def _again(x: Array, dtype: DType | None, copy: bool | None, home: Home) -> Array:
    """An array that is one already."""
    if x._home is not home:
        return hosted(x.compute(), home, dtype)
    if dtype is not None and dtype is not x.dtype:
        if copy is False:
            raise ValueError(f"an array of {x.dtype} does not become {dtype} without a copy")
        from ._types import astype

        return astype(x, dtype)
    return Array(x._node, x._home) if copy else x


def _full(home: Home, shape: Shape, value: Any, dtype: Any) -> Array:
    if isinstance(value, Array):
        from ._manipulation import broadcast_to

        found = value if dtype is None else cast(value, dt.as_dtype(dtype))
        return broadcast_to(found, shape)
    if _is_of_times(dtype, value):
        if isinstance(value, float):
            import numpy as np

            # The whole part of the number; of one that is none, NaT.
            value = np.asarray(value).astype(dt.as_dtype(dtype).name)
        one = hosted(time_of(value), home, None if dtype is None else dt.as_dtype(dtype))
        return made(home, "xp.broadcast_to", (one._node, shape), None, shape, one.dtype)
    value = _number(value)
    found = dt.of_number(value) if dtype is None else dt.as_dtype(dtype)
    if isinstance(value, int) and not dt.holds(found, value):
        raise OverflowError(f"{value} is out of bounds for {found}")
    if _is_plain(value):
        return made(home, "xp.full", (shape, value), {"dtype": found}, shape, found)
    one = hosted(value, home, found)
    return made(home, "xp.broadcast_to", (one._node, shape), None, shape, found)


def _is_of_times(dtype: Any, *values: Any) -> bool:
    """Whether the dtype is one of times, or a value is a time."""
    return (dtype is not None and dt.as_dtype(dtype).is_time) or any(
        is_time(value) or getattr(getattr(value, "dtype", None), "kind", "") in ("M", "m") for value in values
    )


def _is_plain(value: Any) -> bool:
    """Whether text says the number as it is."""
    if isinstance(value, complex):
        return all(math.isfinite(part) and str(part) != "-0.0" for part in (value.real, value.imag))
    return not (isinstance(value, int) and not -(2**63) < value < 2**63)


def _number(value: Any) -> Any:
    """A Python number; of an array with one element, that element."""
    if type(value) in NUMBERS:
        return value
    if hasattr(value, "item"):
        return value.item()
    for kind in NUMBERS:
        if isinstance(value, kind):
            return kind(value)  # pyright: ignore[reportArgumentType]
    raise TypeError(f"this is no number: {value!r}")


def _real(value: Any) -> Any:
    value = _number(value)
    if isinstance(value, complex):
        raise TypeError(f"arange is of real numbers, and not of {value}")
    return int(value) if isinstance(value, bool) else value


def _steps(start: Any, stop: Any, step: Any) -> int:
    if isinstance(start, int) and isinstance(stop, int) and isinstance(step, int):
        return -((start - stop) // step)
    count = (stop - start) / step
    if not math.isfinite(count):
        raise ValueError(f"arange from {start} to {stop} in steps of {step} has no end")
    return math.ceil(count)


def empty_like(x: Array, /, *, dtype: Any = None, device: Any = None) -> Array:
    """An array of the shape of `x`; what it holds is left open."""
    return _like("empty", x, dtype, device)


def zeros_like(x: Array, /, *, dtype: Any = None, device: Any = None) -> Array:
    """Zeros in the shape of `x`."""
    return _like("zeros", x, dtype, device)


def ones_like(x: Array, /, *, dtype: Any = None, device: Any = None) -> Array:
    """Ones in the shape of `x`."""
    return _like("ones", x, dtype, device)


def _like(name: str, x: Array, dtype: Any, device: Any) -> Array:
    """As its shape is known, `x` itself is not needed for it."""
    check_device(device)
    x = need(x, f"{name}_like")
    found = x.dtype if dtype is None else dt.as_dtype(dtype)
    return made(x._home, f"xp.{name}", (x.shape,), {"dtype": found}, x.shape, found)


def full_like(x: Array, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Array:
    """`fill_value` everywhere in the shape of `x`."""
    check_device(device)
    x = need(x, "full_like")
    return _full(x._home, x.shape, fill_value, x.dtype if dtype is None else dtype)


def meshgrid(*arrays: Array, indexing: str = "xy") -> tuple[Array, ...]:
    """For each of the arrays, which have one axis each, its values over the grid of all of them."""
    if indexing not in INDEXINGS:
        raise ValueError(f"indexing is 'xy' or 'ij', and not {indexing!r}")
    if not arrays:
        return ()
    xs = [need(x, "meshgrid") for x in arrays]
    if any(x.ndim > 1 for x in xs):
        raise ValueError("meshgrid takes arrays of one axis")
    sides = [x.size for x in xs]
    if indexing == "xy" and len(sides) > 1:
        sides[:2] = sides[1], sides[0]
    named = {"indexing": indexing} if indexing != "xy" else None
    shapes = [(tuple(sides), x.dtype) for x in xs]
    return tuple(results(xs[0]._home, "xp.meshgrid", tuple(x._node for x in xs), named, shapes))


def tril(x: Array, /, *, k: int = 0) -> Array:
    """The matrices of `x` with zeros above the diagonal, or `k` above it."""
    return _triangle("tril", x, k)


def triu(x: Array, /, *, k: int = 0) -> Array:
    """The matrices of `x` with zeros below the diagonal, or `k` above it."""
    return _triangle("triu", x, k)


def _triangle(name: str, x: Array, k: int) -> Array:
    x = need(x, name)
    if x.ndim < 2:
        raise ValueError(f"{name} takes matrices, and this has shape {x.shape}")
    return made(x._home, f"xp.{name}", (x._node,), {"k": int(k)} if k else None, x.shape, x.dtype)


__all__ = [
    "Creation", "empty_like", "full_like", "meshgrid", "ones_like", "tril", "triu", "zeros_like",
]  # fmt: skip
