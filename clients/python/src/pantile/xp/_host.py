"""Values of this process as nodes. NumPy reads them, and is imported only here and where answers are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _dtype as dt
from ._dtype import DType
from ._node import Node, constant

if TYPE_CHECKING:
    import numpy as np


def host_node(value: Any, dtype: DType | None = None) -> Node:
    """The node of a number, a nested list, or anything that NumPy reads. The values are copied."""
    found = numpy_of(value, dtype)
    return constant(found, dt.NAMES[found.dtype.name])


def numpy_of(value: Any, dtype: DType | None = None) -> np.ndarray:
    """NumPy's array of the value, in a dtype that the server has, in the order of C."""
    import numpy as np

    found = np.array(_plain(value), dtype=None if dtype is None else dtype.name, order="C", copy=True)
    if not found.dtype.isnative:
        found = found.astype(found.dtype.newbyteorder("="))
    if found.dtype.name in ("datetime64", "timedelta64") and np.isnat(found).all():
        # NaT of no unit: in one that goes with most others.
        found = found.astype(f"{found.dtype.name}[{'Y' if found.dtype.kind == 'M' else 'W'}]")
    if dtype is None and found.dtype.name not in dt.NAMES:
        # Long doubles are floats; texts, times and objects are nothing that arrays hold.
        if found.dtype.kind not in "fc" or found.dtype.itemsize > 16:
            raise TypeError(f"an array holds numbers, booleans and times, and this is {found.dtype}: {value!r:.60}")
        found = found.astype("float32")
    return found if found.dtype.name in dt.NAMES else found.astype("float64")


def _plain(value: Any) -> Any:
    """Nested lists with our arrays in them as NumPy's."""
    if isinstance(value, (list, tuple)):
        if any(isinstance(item, (list, tuple)) or hasattr(item, "__array_namespace__") for item in value):
            return [_plain(item) for item in value]
        return value
    return value
