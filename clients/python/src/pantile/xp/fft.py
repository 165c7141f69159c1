"""`pantile.xp.fft`: discrete Fourier transforms. `fftfreq` and `rfftfreq` of a namespace know its client."""

from __future__ import annotations

import operator
from typing import Any

from . import _dtype as dt
from ._array import Array, check_device
from ._build import cast, floating, made, need, need_kind
from ._dtype import DType
from ._home import DEFAULT, Home
from ._shape import Shape, axes_of, axis_of, replaced

__all__ = [
    "fft", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifftn", "ifftshift", "ihfft", "irfft", "irfftn", "rfft",
    "rfftfreq", "rfftn",
]  # fmt: skip

NORMS = ("backward", "ortho", "forward")


def _complex(x: Any, name: str) -> tuple[Array, DType]:
    x = _complex_floats(x, name)
    return x, x.dtype


def _complex_floats(x: Any, name: str) -> Array:
    """What is real is made complex here, as the standard takes no other."""
    x = _floats(x, name)
    return cast(x, dt.complex_of(x.dtype))


def _from_complex(x: Any, name: str) -> tuple[Array, DType]:
    x = _complex_floats(x, name)
    return x, dt.real_of(x.dtype)


def _from_real(x: Any, name: str) -> tuple[Array, DType]:
    x = _floats(x, name)
    need_kind(x, "real", f"fft.{name}")
    return x, dt.complex_of(x.dtype)


def _floats(x: Any, name: str) -> Array:
    x = need(x, f"fft.{name}")
    need_kind(x, "floating", f"fft.{name}")
    return floating(x)


def _along(name: str, x: Array, dtype: DType, n: int | None, axis: int, norm: str, side: int | None = None) -> Array:
    """A transform along one axis, which is then `side` long, or `n`."""
    _check_norm(norm)
    at = axis_of(axis, x.ndim)
    used = x.shape[at] if n is None else operator.index(n)
    named: dict[str, Any] = {} if n is None else {"n": used}
    _check_length(used if side is None or n is not None else side, name)
    named |= {} if axis == -1 else {"axis": at}
    named |= {} if norm == "backward" else {"norm": norm}
    return made(
        x._home, f"xp.fft.{name}", (x._node,), named, replaced(x.shape, at, used if side is None else side), dtype
    )


def _check_norm(norm: str) -> None:
    if norm not in NORMS:
        raise ValueError(f"norm is one of {', '.join(map(repr, NORMS))}, and not {norm!r}")


def _check_length(count: int, name: str) -> None:
    if count < 1:
        raise ValueError(f"fft.{name} is of one element at least, and not of {count}")


def fft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The transform along the axis, cut off or filled with zeros to `n`."""
    return _along("fft", *_complex(x, "fft"), n, axis, norm)


def ifft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The inverse transform along the axis."""
    return _along("ifft", *_complex(x, "ifft"), n, axis, norm)


def rfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The transform of real elements along the axis: its first half, as the other mirrors it."""
    x, dtype = _from_real(x, "rfft")
    return _along("rfft", x, dtype, n, axis, norm, _used(x, n, axis) // 2 + 1)


def irfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The inverse of `rfft`, `n` long."""
    x, dtype = _from_complex(x, "irfft")
    return _along("irfft", x, dtype, n, axis, norm, _doubled(x, n, axis))


def hfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The transform, which is real, of elements whose second half mirrors the first."""
    x, dtype = _from_complex(x, "hfft")
    return _along("hfft", x, dtype, n, axis, norm, _doubled(x, n, axis))


def ihfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The inverse of `hfft`."""
    x, dtype = _from_real(x, "ihfft")
    return _along("ihfft", x, dtype, n, axis, norm, _used(x, n, axis) // 2 + 1)


def _used(x: Array, n: int | None, axis: int) -> int:
    return x.shape[axis_of(axis, x.ndim)] if n is None else operator.index(n)


def _doubled(x: Array, n: int | None, axis: int) -> int:
    return 2 * (_used(x, None, axis) - 1) if n is None else operator.index(n)


def _over(
    name: str, x: Array, dtype: DType, s: Any, axes: Any, norm: str, *, halved: bool = False, doubled: bool = False
) -> Array:
    """A transform over several axes, the last of them perhaps by half."""
    _check_norm(norm)
    at, sides = _sides(x, s, axes)
    shape = x.shape
    for axis, side in zip(at, sides, strict=True):
        shape = replaced(shape, axis, side)
    if at and (halved or doubled):
        last = sides[-1] // 2 + 1 if halved else 2 * (shape[at[-1]] - 1) if s is None else sides[-1]
        shape = replaced(shape, at[-1], last)
    for axis, side in zip(at, sides, strict=True):
        _check_length(min(side, shape[axis]), name)
    named: dict[str, Any] = {} if s is None else {"s": sides}
    named |= {} if axes is None and s is None else {"axes": at}
    named |= {} if norm == "backward" else {"norm": norm}
    return made(x._home, f"xp.fft.{name}", (x._node,), named, shape, dtype)


def _sides(x: Array, s: Any, axes: Any) -> tuple[tuple[int, ...], Shape]:
    """The axes and how long each is taken; -1 means as it is."""
    if s is None:
        at = axes_of(None if axes is None else tuple(axes), x.ndim, "axes")
        return at, tuple(x.shape[axis] for axis in at)
    given = tuple(operator.index(side) for side in s)
    if axes is None and len(given) > x.ndim:
        raise ValueError(f"s has {len(given)} lengths, and there are {x.ndim} axes")
    at = axes_of(tuple(range(x.ndim - len(given), x.ndim)) if axes is None else tuple(axes), x.ndim, "axes")
    if len(at) != len(given):
        raise ValueError(f"s has a length for each of the axes: {s} and {axes}")
    return at, tuple(x.shape[axis] if side == -1 else side for axis, side in zip(at, given, strict=True))


def fftn(x: Array, /, *, s: Any = None, axes: Any = None, norm: str = "backward") -> Array:
    """The transform over the axes, cut off or filled with zeros to `s`."""
    return _over("fftn", *_complex(x, "fftn"), s, axes, norm)


def ifftn(x: Array, /, *, s: Any = None, axes: Any = None, norm: str = "backward") -> Array:
    """The inverse transform over the axes."""
    return _over("ifftn", *_complex(x, "ifftn"), s, axes, norm)


def rfftn(x: Array, /, *, s: Any = None, axes: Any = None, norm: str = "backward") -> Array:
    """The transform of real elements over the axes, the last of them by half."""
    return _over("rfftn", *_from_real(x, "rfftn"), s, axes, norm, halved=True)


def irfftn(x: Array, /, *, s: Any = None, axes: Any = None, norm: str = "backward") -> Array:
    """The inverse of `rfftn`."""
    return _over("irfftn", *_from_complex(x, "irfftn"), s, axes, norm, doubled=True)


def fftshift(x: Array, /, *, axes: int | tuple[int, ...] | None = None) -> Array:
    """Elements moved so that what stands for frequency zero is in the middle of the axes."""
    return _shifted("fftshift", x, axes)


def ifftshift(x: Array, /, *, axes: int | tuple[int, ...] | None = None) -> Array:
    """What undoes `fftshift`."""
    return _shifted("ifftshift", x, axes)


def _shifted(name: str, x: Array, axes: Any) -> Array:
    x = need(x, f"fft.{name}")
    named = None if axes is None else {"axes": axes_of(axes, x.ndim, "axes")}
    return made(x._home, f"xp.fft.{name}", (x._node,), named, x.shape, x.dtype)


class Frequencies:
    """The functions that make arrays of what are none yet."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def fftfreq(self, n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Array:
        """The frequencies of `fft` of `n` samples that are `d` apart."""
        return self._made("fftfreq", n, n, d, dtype, device)

    def rfftfreq(self, n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Array:
        """The frequencies of `rfft` of `n` samples that are `d` apart."""
        return self._made("rfftfreq", n, n // 2 + 1, d, dtype, device)

    def _made(self, name: str, n: int, side: int, d: float, dtype: Any, device: Any) -> Array:
        check_device(device)
        _check_length(n, name)
        found = dt.float64 if dtype is None else dt.as_dtype(dtype)
        if found.kind != "float":
            raise TypeError(f"fft.{name} is of floats, and not of {found}")
        named = {**({} if d == 1.0 else {"d": float(d)}), "dtype": found}
        return made(self._home, f"xp.fft.{name}", (int(n),), named, (side,), found)


_default = Frequencies(DEFAULT)
fftfreq, rfftfreq = _default.fftfreq, _default.rfftfreq
