"""Masked arrays made of what is none yet, and more of them hidden."""

from __future__ import annotations

from typing import Any

from . import _dtype as dt
from ._array import Array
from ._build import cast, home_of, hosted, made
from ._home import DEFAULT, Home
from ._manipulation import broadcast_to
from ._masked_array import MaskedArray

nomask = False


def masked_array(data: Any, mask: Any, dtype: Any, fill_value: Any, keep_mask: bool, home: Home) -> MaskedArray:
    own = of(data, home)
    if dtype is not None:
        own = MaskedArray(own._data.astype(dtype), own._mask, own._fill_value)
    before = own if keep_mask else MaskedArray(own._data, None, own._fill_value)
    found = before if mask is nomask or mask is None else hidden(before, mask)
    return MaskedArray(found._data, found._mask, own._fill_value if fill_value is None else fill_value)


def of(data: Any, home: Home = DEFAULT) -> MaskedArray:
    """The masked array that it is, NumPy's too, or one in which nothing is hidden."""
    if isinstance(data, MaskedArray):
        return data
    if isinstance(data, Array):
        return MaskedArray(data)
    if hasattr(data, "get_fill_value"):
        import numpy as np

        mask = hosted(np.ma.getmaskarray(data), home)
        return MaskedArray(hosted(data.data, home), mask, data.get_fill_value().item())
    return MaskedArray(hosted(data, home))


def hidden(x: MaskedArray, more: Any) -> MaskedArray:
    """The same, hidden also where `more` is true."""
    more = more.filled(True) if isinstance(more, MaskedArray) else more
    more = more if isinstance(more, Array) else hosted(more, x._data._home)
    home_of(x._data, more)
    more = cast(more, dt.boolean)
    more = more if more.shape == x.shape else broadcast_to(more, x.shape)
    return MaskedArray(x._data, more if x._mask is None else x._mask | more, x._fill_value)


def invalid(data: Array) -> Array:
    """Where elements are NaN or infinite."""
    from ._elementwise import isfinite

    if data.dtype.rank < 2:
        return made(data._home, "xp.zeros", (data.shape,), {"dtype": dt.boolean}, data.shape, dt.boolean)
    return ~isfinite(data)
