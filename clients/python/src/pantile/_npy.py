"""Arrays on the wire: NumPy's `.npy`, written and read without pickle. Of several, each follows the one before."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from ._errors import DataError

if TYPE_CHECKING:
    import numpy as np

MEDIA_TYPE = "application/x-npy"

_MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    r"\{\s*'descr':\s*'([<>|=][biufc]\d+)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d, ]*)\)\s*,?\s*\}\s*"
)


def read(body: bytes | bytearray) -> list[np.ndarray]:
    """The arrays in the body, which they are views of."""
    import numpy as np

    found, at = [], 0
    while at < len(body):
        if body[at : at + 6] != _MAGIC or len(body) < at + 12:
            raise DataError(f"an answer of arrays is damaged: no array begins at byte {at} of {len(body)}")
        # Version 1 says the header's length in two bytes, later ones in four.
        width = 2 if body[at + 6] == 1 else 4
        start = at + 8 + width
        end = start + int.from_bytes(body[at + 8 : start], "little")
        dtype, order, shape, size = _header(bytes(body[start:end]))
        after = end + size * np.dtype(dtype).itemsize
        if after > len(body):
            raise DataError(f"an answer of arrays broke off: {after - len(body)} bytes are missing")
        found.append(np.frombuffer(body, dtype, size, end).reshape(shape, order=order))
        at = after
    return found


@lru_cache(maxsize=1024)
def _header(text: bytes) -> tuple[str, Literal["C", "F"], tuple[int, ...], int]:
    """The dtype, the order of axes, the shape and the number of elements."""
    said = _HEADER.fullmatch(text.decode("latin-1"))
    if said is None:
        raise DataError(f"the header of an array is not read: {text[:100]!r}")
    shape = tuple(int(side) for side in said[3].split(",") if side.strip())
    size = 1
    for side in shape:
        size *= side
    return said[1], "F" if said[2] == "True" else "C", shape, size


def pieces(array: np.ndarray) -> list[bytes | memoryview]:
    """The array as it is sent: header, then elements, uncopied if they lie in the order of C."""
    import numpy as np

    plain = np.ascontiguousarray(array).reshape(array.shape)
    if plain.dtype.hasobject:
        raise DataError("an array of objects is not sent")
    shape = f"({', '.join(map(str, plain.shape))}{',' * (plain.ndim == 1)})"
    header = f"{{'descr': '{plain.dtype.str}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    head = _MAGIC + b"\x01\x00" + len(header).to_bytes(2, "little") + header.encode("latin-1")
    return [head, plain.reshape(-1).view(np.uint8).data] if plain.size else [head]
