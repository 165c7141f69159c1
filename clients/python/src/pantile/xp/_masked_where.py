"""What is hidden of an array: functions of `numpy.ma` that make masked arrays."""

from __future__ import annotations

from typing import Any

from ._array import Array
from ._build import NUMBERS
from ._home import DEFAULT
from ._masked_array import MaskedArray
from ._masked_core import hidden, invalid, masked_array, nomask, of


def masked_where(condition: Any, a: Any) -> MaskedArray:
    """`a`, hidden where the condition is true."""
    own = of(a, condition._home if isinstance(condition, Array) else DEFAULT)
    return hidden(own, condition)


def masked_equal(x: Any, value: Any) -> MaskedArray:
    """`x`, hidden where it is `value`, which becomes its fill value."""
    own = of(x)
    found = hidden(own, own._data == value)
    return MaskedArray(found._data, found._mask, value if isinstance(value, NUMBERS) else None)


def masked_not_equal(x: Any, value: Any) -> MaskedArray:
    """`x`, hidden where it is not `value`."""
    own = of(x)
    return hidden(own, own._data != value)


def masked_less(x: Any, value: Any) -> MaskedArray:
    """`x`, hidden where it is below `value`."""
    own = of(x)
    return hidden(own, own._data < value)


def masked_less_equal(x: Any, value: Any) -> MaskedArray:
    """`x`, hidden where it is `value` or below."""
    own = of(x)
    return hidden(own, own._data <= value)


def masked_greater(x: Any, value: Any) -> MaskedArray:
    """`x`, hidden where it is above `value`."""
    own = of(x)
    return hidden(own, own._data > value)


def masked_greater_equal(x: Any, value: Any) -> MaskedArray:
    """`x`, hidden where it is `value` or above."""
    own = of(x)
    return hidden(own, own._data >= value)


def masked_inside(x: Any, v1: Any, v2: Any) -> MaskedArray:
    """`x`, hidden from the lesser of the two to the greater."""
    own, (low, high) = of(x), sorted((v1, v2))
    return hidden(own, (own._data >= low) & (own._data <= high))


def masked_outside(x: Any, v1: Any, v2: Any) -> MaskedArray:
    """`x`, hidden below the lesser of the two and above the greater."""
    own, (low, high) = of(x), sorted((v1, v2))
    return hidden(own, (own._data < low) | (own._data > high))


def masked_values(x: Any, value: float, rtol: float = 1e-5, atol: float = 1e-8) -> MaskedArray:
    """`x`, hidden where it is about `value`, which becomes its fill value; of integers, where it is."""
    own = of(x)
    if own.dtype.rank < 2:
        found = masked_equal(own, value)
        return MaskedArray(found._data, found._mask, int(value))
    near = abs(own._data - value) <= atol + rtol * abs(value)
    found = hidden(own, near | (own._data == value))
    return MaskedArray(found._data, found._mask, value)


def masked_invalid(a: Any) -> MaskedArray:
    """`a`, hidden where it is NaN or infinite."""
    own = of(a)
    return hidden(own, invalid(own._data))


def fix_invalid(a: Any, mask: Any = nomask, fill_value: Any = None) -> MaskedArray:
    """The same, with the fill value in place of NaN and infinite elements."""
    own = masked_invalid(masked_array(a, mask, None, None, True, DEFAULT))
    value = own.fill_value if fill_value is None else fill_value
    data = MaskedArray(own._data, invalid(own._data)).filled(value)
    return MaskedArray(data, own._mask, own._fill_value)
