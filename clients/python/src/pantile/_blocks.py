"""Arrays larger than memory, read block by block in the order of C: anything with a shape, a dtype and slices."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ._errors import DataError

if TYPE_CHECKING:
    import numpy as np

# What is read of the source at a time, if its chunks are not longer; and what is read at most.
BLOCK_BYTES = 16 << 20
MOST_BYTES = 256 << 20

Place = tuple[slice, ...]


def source(values: Any) -> Any:
    """The values as they are, if they can be read block by block; else NumPy's array of them."""
    import numpy as np

    return values if isinstance(values, np.ndarray) or _has_slices(values) else np.asarray(values)


def dtype_of(values: Any) -> np.dtype:
    """NumPy's dtype of the elements."""
    import numpy as np

    return np.dtype(values.dtype)


def _has_slices(values: Any) -> bool:
    """Whether it is an array somewhere else: of zarr, h5py, Dask, a server. Labels of pandas are no places."""
    import numpy as np

    if hasattr(values, "iloc") or not all(hasattr(values, name) for name in ("shape", "dtype", "__getitem__")):
        return False
    try:
        return np.dtype(values.dtype).kind != "O"
    except TypeError:
        return False


def blocks(values: Any) -> Iterator[np.ndarray]:
    """The elements, block after block, each in the order of C."""
    import numpy as np

    dtype = dtype_of(values)
    lengths = getattr(values, "chunks", None)
    chunks = [max(one) if isinstance(one, tuple) else one for one in lengths or (1,) * len(values.shape)]
    for place in _places(values.shape, chunks, dtype.itemsize):
        block = np.ascontiguousarray(values[place], dtype)
        wanted = tuple(part.stop - part.start for part in place)
        if block.shape[: len(place)] != wanted:
            raise DataError(f"{type(values).__name__} gave shape {block.shape} for {place}, and should give {wanted}")
        yield block


def _places(shape: Sequence[int], chunks: Sequence[int], itemsize: int) -> Iterator[Place]:
    """The blocks: whole rows of chunks along the first axis; where one index of it is too much, along the next, too."""
    if not shape or 0 in shape:
        yield from [()] if not shape else []
        return
    inside = itemsize * math.prod(shape[1:])
    if inside > MOST_BYTES and len(shape) > 1:
        for at in range(shape[0]):
            yield from ((slice(at, at + 1), *rest) for rest in _places(shape[1:], chunks[1:], itemsize))
        return
    chunk = max(1, min(chunks[0], MOST_BYTES // inside))
    step = max(chunk, BLOCK_BYTES // inside // chunk * chunk)
    for begin in range(0, shape[0], step):
        yield (slice(begin, min(begin + step, shape[0])),)
