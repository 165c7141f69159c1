"""What the namespace says of itself."""

from __future__ import annotations

from typing import Any

from . import _dtype as dt
from ._array import DEVICE, check_device
from ._dtype import DType

# NumPy's, who reads answers.
MAX_DIMENSIONS = 64


class Info:
    """The inspection functions of the namespace."""

    def capabilities(self) -> dict[str, Any]:
        """What it can do."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": MAX_DIMENSIONS}

    def default_device(self) -> str:
        """The one device."""
        return DEVICE

    def devices(self) -> tuple[str, ...]:
        """The one device."""
        return (DEVICE,)

    def default_dtypes(self, *, device: Any = None) -> dict[str, DType]:
        """The dtypes of arrays where none is given."""
        check_device(device)
        return {
            "real floating": dt.float64,
            "complex floating": dt.complex128,
            "integral": dt.int64,
            "indexing": dt.int64,
        }

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, DType]:
        """The standard's dtypes of that kind, or all of them, by their names; `float16` is none of those."""
        check_device(device)
        return {dtype.name: dtype for dtype in dt.STANDARD if kind is None or dt.is_of(dtype, kind)}


def __array_namespace_info__() -> Info:
    """What the namespace says of itself."""
    return Info()
