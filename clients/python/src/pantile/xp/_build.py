"""How functions make arrays: arguments checked, cast where the kinds of dtypes differ, one node put together."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from . import _dtype as dt
from ._dtype import DType
from ._node import Node, several
from ._shape import Shape

if TYPE_CHECKING:
    from ._array import Array
    from ._home import Home

# Python's own numbers, which have no dtype of their own beside an array.
NUMBERS = (bool, int, float, complex)


def made(
    home: Home, form: str, args: tuple[Any, ...], named: dict[str, Any] | None, shape: Shape, dtype: DType
) -> Array:
    """The array of a new node."""
    return Array(Node(form, args, named, shape, dtype), home)


def many(
    home: Home, form: str, args: tuple[Any, ...], named: dict[str, Any] | None, results: list[tuple[Shape, DType]]
) -> list[Array]:
    """The arrays of a call of several results."""
    return [Array(node, home) for node in several(form, args, named, results)]


def said(**named: Any) -> dict[str, Any]:
    """Arguments that differ from what the function does without them."""
    return {name: value for name, (value, default) in named.items() if value is not default and value != default}


def need(x: Any, name: str) -> Array:
    """The argument, if it is an array."""
    if not isinstance(x, Array):
        hint = "make it one with `asarray`" if x is not None else "it is None"
        raise TypeError(f"{name} takes arrays of pantile.xp, and this is of type {type(x).__name__}: {hint}")
    return x


def need_kind(x: Array, kinds: str, name: str) -> None:
    """Refuses dtypes of other kinds."""
    if not dt.is_of(x.dtype, KINDS[kinds]) and not (x.dtype.is_time and kinds.endswith("time")):
        raise TypeError(f"{name} takes {kinds} dtypes, and this is {x.dtype}: cast it with `astype`")


KINDS: dict[str, tuple[str, ...]] = {
    "numeric": ("numeric",),
    "real": ("integral", "real floating"),
    "floating": ("integral", "real floating", "complex floating"),
    "real floating": ("integral", "real floating"),
    "integer": ("integral",),
    "integer or boolean": ("integral", "bool"),
    "boolean": ("bool",),
    "any": ("bool", "numeric"),
    "numeric or time": ("numeric",),
    "time": (),
    "real or time": ("integral", "real floating"),
    "complex": ("complex floating",),
}


def cast(x: Array, dtype: DType) -> Array:
    """The array in that dtype."""
    if x.dtype is dtype:
        return x
    return made(x._home, "xp.astype", (x._node, dtype), None, x.shape, dtype)


def floating(x: Array) -> Array:
    """The array, integers as float64."""
    return x if x.dtype.rank >= 2 else cast(x, dt.float64)


def home_of(*arrays: Array) -> Home:
    """The client that all of them belong to."""
    home = arrays[0]._home
    for other in arrays:
        if other._home is not home:
            raise ValueError("arrays of two clients do not go together: bring one over with `asarray(np.asarray(x))`")
    return home


def is_array(x: Any) -> bool:
    """Whether it is an array of ours."""
    return isinstance(x, Array)


def unified(arrays: list[Array]) -> tuple[list[Array], DType]:
    """The arrays and the dtype that holds all; those whose kinds the standard does not bring together are cast."""
    dtype = dt.promoted(*(x.dtype for x in arrays))
    return [x if dt.is_plain(x.dtype, dtype) else cast(x, dtype) for x in arrays], dtype


def pair(x1: Any, x2: Any, name: str) -> tuple[Any, Any, DType, Home]:
    """Two operands, one of which may be a number; the dtype of both together, and where they belong."""
    if isinstance(x1, Array) and isinstance(x2, Array):
        home = home_of(x1, x2)
        dtype = dt.of_pair(x1.dtype, x2.dtype)
        if x1.dtype is not x2.dtype and not dt.is_plain(x1.dtype, x2.dtype):
            x1, x2 = cast(x1, dtype), cast(x2, dtype)
        return x1, x2, dtype, home
    if isinstance(x1, Array):
        x1, x2, dtype = _beside(x1, x2, name)
        return x1, x2, dtype, x1._home
    if isinstance(x2, Array):
        x2, x1, dtype = _beside(x2, x1, name)
        return x1, x2, dtype, x2._home
    raise TypeError(f"{name} takes an array at least, and these are {type(x1).__name__} and {type(x2).__name__}")


def _beside(x: Array, other: Any, name: str) -> tuple[Array, Any, DType]:
    """The array and what stands beside it: a Python number, or an array of NumPy's."""
    if x.dtype.is_time and (isinstance(other, NUMBERS) or is_time(other)):
        x, other, dtype, _ = pair(x, hosted(time_of(other), x._home), name)
        return x, other, dtype
    if isinstance(other, NUMBERS):
        dtype = dt.with_number(x.dtype, other)
        if dtype.rank != x.dtype.rank and not (x.dtype.kind == "float" and dtype.kind == "complex"):
            x = cast(x, dtype)
        return x, fitting(other, dtype, x._home), dtype
    if hasattr(other, "__array__") or hasattr(other, "__array_interface__"):
        other = hosted(other, x._home)
        x, other, dtype, _ = pair(x, other, name)
        return x, other, dtype
    raise TypeError(f"{name} takes arrays and numbers, and this is of type {type(other).__name__}")


def fitting(number: Any, dtype: DType, home: Home) -> Any:
    """A number as it is written beside an array of that dtype: itself, or an array where text does not say it."""
    if isinstance(number, bool):
        return bool(number)
    if isinstance(number, int):
        number = int(number)
        if not dt.holds(dtype, number):
            raise OverflowError(f"{number} is out of bounds for {dtype}: cast the array first")
        return number if -(2**63) < number < 2**63 else hosted(number, home, dtype)
    if isinstance(number, float):
        return float(number)
    number = complex(number)
    special = any(part - part != 0 or str(part) == "-0.0" for part in (number.real, number.imag))
    return hosted(number, home, dtype) if special else number


def is_time(value: Any) -> bool:
    """Whether it is a point in time or a length, as Python has them, or a text that may be one."""
    return isinstance(value, (str, date, timedelta))


def time_of(value: Any) -> Any:
    """The same as NumPy has it: of a text the point in time that it is."""
    if not is_time(value):
        return value
    import numpy as np

    return np.timedelta64(value) if isinstance(value, timedelta) else np.datetime64(value)


def hosted(value: Any, home: Home, dtype: DType | None = None) -> Array:
    """An array of values of this process."""
    return Array(host_node(value, dtype), home)


def argument(x: Any) -> Any:
    """An operand as an argument of a node."""
    return x._node if isinstance(x, Array) else x


def shape_of(x: Any) -> Shape:
    """The shape of an array or a number."""
    return x._node.shape if isinstance(x, Array) else ()


def nodes(arrays: list[Array]) -> list[Node]:
    """The nodes of the arrays."""
    return [x._node for x in arrays]


# Arrays are made of what is above.
from ._array import Array  # noqa: E402
from ._host import host_node  # noqa: E402
