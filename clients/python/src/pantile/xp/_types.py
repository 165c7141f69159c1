"""Functions of dtypes: casts, promotion, and what a dtype is and holds."""

from __future__ import annotations

from typing import Any

from . import _dtype as dt
from ._array import Array, check_device
from ._build import NUMBERS, cast, need
from ._dtype import DType, FInfo, IInfo


def astype(x: Array, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Array:
    """Each element in another dtype. Fractions are cut off, and complex ones cannot become real."""
    x, dtype = need(x, "astype"), dt.as_dtype(dtype)
    check_device(device)
    if x.dtype.kind == "complex" and dtype.kind != "complex" and dtype.kind != "bool":
        raise TypeError(f"{x.dtype} does not become {dtype}: take `real` or `abs` of it")
    if x.dtype is dtype:
        return Array(x._node, x._home) if copy else x
    return cast(x, dtype)


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether values of `from_` fit into `to`, by the rules of promotion."""
    given = from_.dtype if isinstance(from_, Array) else dt.as_dtype(from_)
    to = dt.as_dtype(to)
    if (
        given.is_time
        and given is not to
        and (given.kind != to.kind or dt.UNITS.index(given.unit) > dt.UNITS.index(to.unit))
    ):
        return False
    try:
        return dt.promoted(given, to) is to
    except TypeError:
        # Of times and what is none, or of months and days.
        return False


def finfo(type: Any, /) -> FInfo:
    """What a floating-point dtype holds."""
    return dt.finfo(type.dtype if isinstance(type, Array) else dt.as_dtype(type))


def iinfo(type: Any, /) -> IInfo:
    """What an integer dtype holds."""
    return dt.iinfo(type.dtype if isinstance(type, Array) else dt.as_dtype(type))


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether the dtype is of that kind: a name of kinds, a dtype, or a tuple of such."""
    return dt.is_of(dt.as_dtype(dtype), kind)


def result_type(*arrays_and_dtypes: Any) -> DType:
    """The dtype that comes of all of them together. Python numbers are weak."""
    numbers = [given for given in arrays_and_dtypes if isinstance(given, NUMBERS)]
    dtypes = [
        given.dtype if isinstance(given, Array) else dt.as_dtype(given)
        for given in arrays_and_dtypes
        if not isinstance(given, NUMBERS)
    ]
    if not dtypes:
        raise ValueError("result_type takes one array or dtype at least")
    result = dt.promoted(*dtypes)
    for number in numbers:
        result = dt.with_number(result, number)
    return result
