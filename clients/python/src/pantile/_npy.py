"""Arrays on the wire: NumPy's `.npy`, written and read without pickle. Of several, each follows the one before."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from . import _blocks
from ._errors import DataError

if TYPE_CHECKING:
    import numpy as np

MEDIA_TYPE = "application/x-npy"
# What is given to the transport at a time.
PIECE_BYTES = 1 << 22

_MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    r"\{\s*'descr':\s*'([<>|=](?:[biufc]\d+|[mM]8\[\w+\]))',\s*"
    r"'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d, ]*)\)\s*,?\s*\}\s*"
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


def pieces(array: Any) -> Iterator[bytes | memoryview]:
    """The array as it is sent: header, then elements, uncopied if they lie in the order of C, else block by block."""
    return itertools.chain([header(array)], _elements(array))


def header(array: Any) -> bytes:
    """What comes before the elements; nothing of those is read."""
    dtype = _blocks.dtype_of(array)
    if dtype.hasobject:
        raise DataError("an array of objects is not sent")
    shape = f"({', '.join(map(str, array.shape))}{',' * (len(array.shape) == 1)})"
    text = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return _MAGIC + b"\x01\x00" + len(text).to_bytes(2, "little") + text.encode("latin-1")


def length(array: Any) -> int:
    """How many bytes `pieces` come to."""
    return len(header(array)) + _blocks.dtype_of(array).itemsize * math.prod(array.shape)


def _elements(array: Any) -> Iterator[memoryview]:
    import numpy as np

    is_plain = isinstance(array, np.ndarray) and array.flags.c_contiguous
    for block in [array] if is_plain else _blocks.blocks(array):
        if block.size:
            # The transport copies what it sends: not all at once.
            flat = np.asarray(block).reshape(-1).view(np.uint8).data
            yield from (flat[at : at + PIECE_BYTES] for at in range(0, len(flat), PIECE_BYTES))
