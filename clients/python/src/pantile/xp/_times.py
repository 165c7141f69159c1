"""What functions of elements make of times: `datetime64`, points in time, and `timedelta64`, lengths of time."""

from __future__ import annotations

from typing import Any

from . import _dtype as dt
from ._array import Array
from ._build import NUMBERS, argument, fitting, home_of, hosted, is_time, made, shape_of, time_of
from ._dtype import DType
from ._shape import broadcast

# Functions of one array: what takes lengths of time alone, and what takes both and says whether something holds.
OF_LENGTHS = frozenset(["abs", "negative", "positive", "sign"])
OF_BOTH = frozenset(["isfinite", "isinf", "isnan", "isnat"])
COMPARISONS = frozenset(["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"])
ALIKE = frozenset(["maximum", "minimum", "fmax", "fmin"])


def of_one(name: str, dtype: DType) -> DType:
    """What the function makes of an array of times."""
    if name in OF_BOTH:
        return dt.boolean
    if name in OF_LENGTHS and dtype.kind == "timedelta":
        return dtype
    raise TypeError(f"{name} takes no {dtype}")


def has(*operands: Any) -> bool:
    """Whether one of the operands is an array of times."""
    return any(isinstance(x, Array) and x.dtype.is_time for x in operands) or any(
        _is_numpys(x) for x in operands if not isinstance(x, Array)
    )


def _is_numpys(x: Any) -> bool:
    return getattr(getattr(x, "dtype", None), "kind", "") in ("M", "m")


def of_two(name: str, form: str, x1: Any, x2: Any) -> Array:
    """What the function makes of two operands, one of which is an array of times."""
    home = home_of(*(x for x in (x1, x2) if isinstance(x, Array)))
    x1, x2 = (_operand(x, home) for x in (x1, x2))
    first, second = (x.dtype if isinstance(x, Array) else dt.of_number(x) for x in (x1, x2))
    found = _result(name, first, second)
    if found is None:
        raise TypeError(f"{name} takes no {first} with {second}")
    shape = broadcast(shape_of(x1), shape_of(x2))
    return made(home, form, (argument(x1), argument(x2)), None, shape, found)


def _operand(x: Any, home: Any) -> Any:
    if isinstance(x, Array):
        return x
    if isinstance(x, NUMBERS):
        return fitting(x, dt.of_number(x), home)
    if is_time(x) or hasattr(x, "__array__"):
        return hosted(time_of(x), home)
    raise TypeError(f"times stand beside arrays, numbers and times, and this is of type {type(x).__name__}")


def _result(name: str, a: DType, b: DType) -> DType | None:
    kinds = _kind(a), _kind(b)
    if name in COMPARISONS:
        dt.promoted(a, b)
        return dt.boolean
    if name in ALIKE or (name in ("add", "subtract") and set(kinds) <= {"timedelta", "whole"}):
        return dt.promoted(a, b)
    match name, *kinds:
        case ("add" | "subtract", "datetime", "whole"):
            return a
        case ("add", "whole", "datetime"):
            return b
        case ("add" | "subtract", "datetime", "timedelta"):
            return moved(a, b)
        case ("add", "timedelta", "datetime"):
            return moved(b, a)
        case ("subtract", "datetime", "datetime"):
            return dt.NAMES[f"timedelta64[{dt.promoted(a, b).unit}]"]
        case ("multiply" | "divide" | "floor_divide", "timedelta", "whole" | "real"):
            return a
        case ("multiply", "whole" | "real", "timedelta"):
            return b
        case ("divide" | "floor_divide" | "remainder", "timedelta", "timedelta"):
            both = dt.promoted(a, b)
            return {"divide": dt.float64, "floor_divide": dt.int64}.get(name, both)
    return None


def _kind(dtype: DType) -> str:
    if dtype.is_time:
        return dtype.kind
    return {2: "real", 3: "complex"}.get(dtype.rank, "whole")


def moved(point: DType, length: DType) -> DType:
    """A point in time, so much later."""
    if length.unit in "YM" and point.unit not in "YM":
        raise TypeError(f"{point} and {length} do not go together: months are not all of one length")
    return dt.promoted(point, dt.NAMES[f"datetime64[{length.unit}]"])
