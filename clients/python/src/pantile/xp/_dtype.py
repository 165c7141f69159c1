"""The dtypes, and how they go together: the standard's promotion, and NumPy's where the standard is silent.

Thirteen are the standard's; `float16` is NumPy's, and so are times: `datetime64[D]`, `timedelta64[ns]`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

# Which dtypes a Python number can stand beside without changing them.
RANKS = {"bool": 0, "int": 1, "uint": 1, "float": 2, "complex": 3, "datetime": 4, "timedelta": 4}
# The units of times, the coarsest first.
UNITS = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns")


class DType:
    """The type of an array's elements. Equal to its name, and to NumPy's dtype of that name."""

    __slots__ = ("bits", "itemsize", "kind", "name", "rank")

    def __init__(self, name: str, kind: str, bits: int) -> None:
        self.name = name
        self.kind = kind
        self.bits = bits
        self.itemsize = bits // 8
        self.rank = RANKS[kind]

    @property
    def is_time(self) -> bool:
        """Whether it is one of points in time, or of lengths of time."""
        return self.rank == 4

    @property
    def unit(self) -> str:
        """How long one is, of a dtype of times."""
        return self.name.partition("[")[2][:-1]

    def __repr__(self) -> str:
        return f"pantile.xp.{self.name}"

    def __str__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return not isinstance(other, DType) and _known(other) is self

    def __hash__(self) -> int:
        return hash(self.name)

    def __reduce__(self) -> str | tuple[Any, ...]:
        return as_dtype, (self.name,)

    @property
    def dtype(self) -> Any:
        """NumPy's dtype of that name; by it, NumPy takes this as a dtype."""
        import numpy as np

        return np.dtype(self.name)


boolean = DType("bool", "bool", 8)
int8, int16, int32, int64 = (DType(f"int{bits}", "int", bits) for bits in (8, 16, 32, 64))
uint8, uint16, uint32, uint64 = (DType(f"uint{bits}", "uint", bits) for bits in (8, 16, 32, 64))
float16, float32, float64 = (DType(f"float{bits}", "float", bits) for bits in (16, 32, 64))
complex64, complex128 = DType("complex64", "complex", 64), DType("complex128", "complex", 128)

ALL = (
    boolean, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, float32, float64, complex64, complex128,
)  # fmt: skip
# Those that the standard has.
STANDARD = tuple(dtype for dtype in ALL if dtype is not float16)
TIMES = tuple(DType(f"{kind}64[{unit}]", kind, 64) for kind in ("datetime", "timedelta") for unit in UNITS)
NAMES = {dtype.name: dtype for dtype in (*ALL, *TIMES)}
OF_PYTHON = {bool: boolean, int: int64, float: float64, complex: complex128}
# The name of a scalar type of NumPy that is not the name of its dtype.
_ALIASES = {"bool_": "bool"}

KINDS: dict[str, tuple[str, ...]] = {
    "bool": ("bool",),
    "signed integer": ("int",),
    "unsigned integer": ("uint",),
    "integral": ("int", "uint"),
    "real floating": ("float",),
    "complex floating": ("complex",),
    "numeric": ("int", "uint", "float", "complex"),
}


def as_dtype(given: Any) -> DType:
    """The dtype that is meant: one of ours, a name, a type of Python, or what NumPy calls a dtype."""
    if type(given) is DType:
        return given
    found = _known(given)
    if found is None:
        raise TypeError(f"{given!r} is no dtype of the server: those are {', '.join(NAMES)}")
    return found


def _known(given: Any) -> DType | None:
    if isinstance(given, str):
        return NAMES.get(given)
    if isinstance(given, type):
        return OF_PYTHON.get(given) or NAMES.get(_ALIASES.get(given.__name__, given.__name__))
    # NumPy's, without importing it. Of the other byte order it is another name's.
    if type(given).__module__.startswith("numpy") and getattr(given, "isnative", False):
        return NAMES.get(given.name)
    return None


def is_of(dtype: DType, kind: Any) -> bool:
    """Whether the dtype is of that kind: a name of kinds, a dtype, or a tuple of such."""
    if isinstance(kind, tuple):
        return any(is_of(dtype, one) for one in kind)
    if isinstance(kind, str):
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no kind of dtypes: those are {', '.join(map(repr, KINDS))}")
        return dtype.kind in KINDS[kind]
    return dtype is as_dtype(kind)


def _promoted(a: DType, b: DType) -> DType:
    if a.rank > b.rank:
        a, b = b, a
    if a is b or a.kind == "bool":
        return b
    if a.kind == b.kind:
        return a if a.bits >= b.bits else b
    if b.rank == 1:
        signed, unsigned = (a, b) if a.kind == "int" else (b, a)
        if signed.bits > unsigned.bits:
            return signed
        return NAMES[f"int{2 * unsigned.bits}"] if unsigned.bits < 64 else float64
    # How many bits of a float hold the lower one.
    bits = a.bits if a.kind == "float" else {8: 16, 16: 32}.get(a.bits, 64)
    if b.kind == "float":
        return NAMES[f"float{max(bits, b.bits)}"]
    return NAMES[f"complex{max(2 * bits, b.bits)}"]


_PAIRS = {(a, b): _promoted(a, b) for a in ALL for b in ALL}


def of_pair(a: DType, b: DType) -> DType:
    """The dtype that holds both."""
    found = _PAIRS.get((a, b))
    return found if found is not None else _times(a, b)


def _times(a: DType, b: DType) -> DType:
    """Points in time beside points, lengths beside lengths and whole numbers: in the finer unit."""
    if a.kind == b.kind and (a.kind == "datetime" or (a.unit in "YM") == (b.unit in "YM")):
        return max(a, b, key=lambda dtype: UNITS.index(dtype.unit))
    lengths, other = (a, b) if a.kind == "timedelta" else (b, a)
    if lengths.kind == "timedelta" and other.rank < 2 and other is not uint64:
        return lengths
    raise TypeError(f"{a} and {b} do not go together")


def promoted(first: DType, *others: DType) -> DType:
    """The dtype that holds all of them."""
    for other in others:
        if other is not first:
            first = of_pair(first, other)
    return first


def is_plain(a: DType, b: DType) -> bool:
    """Whether the standard itself says what comes of the two."""
    same = a.kind == b.kind or (a.rank == b.rank == 1 and _PAIRS[a, b].rank == 1)
    return same or (a.rank >= 2 and b.rank >= 2)


def with_number(dtype: DType, number: Any) -> DType:
    """What comes of the dtype beside a Python number, which is weak."""
    if dtype.is_time:
        return of_pair(dtype, of_number(number))
    rank = rank_of(number)
    if rank <= dtype.rank:
        return dtype
    if rank == 3 and dtype.kind == "float":
        return complex_of(dtype)
    return (boolean, int64, float64, complex128)[rank]


def rank_of(number: Any) -> int:
    """The rank of a Python number."""
    if isinstance(number, bool):
        return 0
    return 1 if isinstance(number, int) else 2 if isinstance(number, float) else 3


def of_number(number: Any) -> DType:
    """The dtype that a Python number has by itself."""
    return (boolean, int64, float64, complex128)[rank_of(number)]


def real_of(dtype: DType) -> DType:
    """The dtype of the real part."""
    return {complex64: float32, complex128: float64}.get(dtype, dtype)


def complex_of(dtype: DType) -> DType:
    """The complex dtype whose parts are of that dtype."""
    return {float16: complex64, float32: complex64, float64: complex128}.get(dtype, dtype)


def summed(dtype: DType) -> DType:
    """What a sum of that dtype is counted in."""
    return {"bool": int64, "int": int64, "uint": uint64}.get(dtype.kind, dtype)


def floating(dtype: DType) -> DType:
    """Itself, or float64 for integers and booleans."""
    return dtype if dtype.rank >= 2 else float64


@dataclass(frozen=True)
class FInfo:
    """What a floating-point dtype can hold."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType


@dataclass(frozen=True)
class IInfo:
    """What an integer dtype can hold."""

    bits: int
    max: int
    min: int
    dtype: DType


def finfo(dtype: DType) -> FInfo:
    """What the floating-point dtype, or the parts of a complex one, can hold."""
    real = real_of(dtype)
    if real is float16:
        return FInfo(16, 2.0**-10, 65504.0, -65504.0, 2.0**-14, real)
    if real is float32:
        most = (2 - 2.0**-23) * 2.0**127
        return FInfo(32, 2.0**-23, most, -most, 2.0**-126, real)
    if real is float64:
        double = sys.float_info
        return FInfo(64, double.epsilon, double.max, -double.max, double.min, real)
    raise TypeError(f"finfo is of floating-point dtypes, and this is {dtype}")


def iinfo(dtype: DType) -> IInfo:
    """What the integer dtype can hold."""
    if dtype.kind == "int":
        return IInfo(dtype.bits, 2 ** (dtype.bits - 1) - 1, -(2 ** (dtype.bits - 1)), dtype)
    if dtype.kind == "uint":
        return IInfo(dtype.bits, 2**dtype.bits - 1, 0, dtype)
    raise TypeError(f"iinfo is of integer dtypes, and this is {dtype}")


def holds(dtype: DType, number: int) -> bool:
    """Whether the integer is within the bounds of the dtype, if it has any."""
    if dtype.rank != 1:
        return True
    held = iinfo(dtype)
    return held.min <= number <= held.max
