"""Types: Arrow's, which the server answers with, the language's, and pandas'."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from pantile._program import Node, fn, word
from pantile._refusals import unsupported, wrong

INT64, FLOAT64, BOOL, STRING = pa.int64(), pa.float64(), pa.bool_(), pa.string()
INT32, DURATION, DATETIME = pa.int32(), pa.duration("us"), pa.timestamp("us")

NAMES = {
    "int8": pa.int8(), "int16": pa.int16(), "int32": pa.int32(), "int64": pa.int64(), "int": pa.int64(),
    "uint8": pa.uint8(), "uint16": pa.uint16(), "uint32": pa.uint32(), "uint64": pa.uint64(), "uint": pa.uint64(),
    "float32": pa.float32(), "float64": pa.float64(), "float": pa.float64(), "double": pa.float64(),
    "bool": pa.bool_(), "boolean": pa.bool_(), "str": pa.string(), "string": pa.string(), "unicode": pa.string(),
    "date32[day]": pa.date32(), "date": pa.date32(), "category": pa.dictionary(pa.uint32(), pa.string()),
    "datetime64": pa.timestamp("us"), "timedelta64": pa.duration("us"), "bytes": pa.binary(),
}  # fmt: skip
TIMED = re.compile(r"(datetime64|timestamp|timedelta64|duration)\[(s|ms|us|ns)(?:, *(?:tz=)?(.+))?\]")


class Category(pa.ExtensionType):  # type: ignore[misc]
    """Texts of which it is known which ones there may be, in their order; the server knows them as categories."""

    def __init__(self, categories: Sequence[str] = (), ordered: bool = False) -> None:
        self.categories = tuple(categories)
        self.ordered = ordered
        super().__init__(NAMES["category"], "pantile.category")

    def __arrow_ext_serialize__(self) -> bytes:
        return json.dumps([self.ordered, *self.categories]).encode()

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type: pa.DataType, serialized: bytes) -> Category:
        ordered, *categories = json.loads(serialized)
        return cls(categories, ordered)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Category) and (self.categories, self.ordered) == (other.categories, other.ordered)

    def __hash__(self) -> int:
        return hash((self.categories, self.ordered))

    def __str__(self) -> str:
        return "ordered category" if self.ordered else "category"

    def dtype(self) -> Any:
        """The same in pandas."""
        import pandas as pd

        return pd.CategoricalDtype(list(self.categories), self.ordered)


def is_category(kind: pa.DataType | None) -> bool:
    """Whether it is one of few texts, whichever they are."""
    return isinstance(kind, Category) or (kind is not None and pa.types.is_dictionary(kind))


def is_ordered(kind: pa.DataType | None) -> bool:
    """Whether its texts have an order of their own."""
    return isinstance(kind, Category) and kind.ordered


def plain_type(kind: pa.DataType | None) -> pa.DataType | None:
    """The type without what only the client knows."""
    return kind.storage_type if isinstance(kind, Category) else kind


def _category(dtype: Any) -> pa.DataType | None:
    """What a `CategoricalDtype` that names its categories means."""
    texts = getattr(dtype, "categories", None)
    if texts is None:
        return None
    if not all(isinstance(text, str) for text in texts):
        unsupported("categories are texts on the server", "astype(str) of what they are made of")
    return Category(list(texts), bool(dtype.ordered))


def arrow_type(dtype: Any) -> pa.DataType:
    """The Arrow type that a dtype of pandas, NumPy or Python means."""
    if isinstance(dtype, pa.DataType):
        return dtype
    if (found := _category(dtype)) is not None:
        return found
    if isinstance(dtype, type) and dtype in PYTHON:
        return PYTHON[dtype]
    if dtype is str:
        return STRING
    told = str(getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or dtype)
    name = re.sub(r"\[(pyarrow|python|pyarrow_numpy)\]$", "", told).strip()
    timed = TIMED.fullmatch(name)
    if timed:
        unit = "ms" if timed[2] == "s" else timed[2]
        return pa.timestamp(unit, timed[3]) if timed[1] in ("datetime64", "timestamp") else pa.duration(unit)
    found = NAMES.get(name) or NAMES.get(name.lower())
    return found if found is not None else _no_type(name)


PYTHON = {
    int: INT64, float: FLOAT64, bool: BOOL, str: STRING, bytes: pa.binary(), dt.datetime: DATETIME,
    dt.date: pa.date32(), dt.timedelta: DURATION, dt.time: pa.time64("ns"),
}  # fmt: skip


def _no_type(name: str) -> pa.DataType:
    if name.startswith(("period", "interval", "Sparse", "object", "complex")):
        unsupported(f"the server has no type {name}", "use a text, a number or a time")
    wrong(f"there is no type {name!r}")


def type_node(kind: pa.DataType) -> Node:
    """The type as the language writes it."""
    types = pa.types
    if types.is_timestamp(kind):
        unit = "ms" if kind.unit == "s" else kind.unit
        return fn("Datetime", unit, kind.tz) if kind.tz else fn("Datetime", unit)
    if types.is_duration(kind):
        return fn("Duration", "ms" if kind.unit == "s" else kind.unit)
    if types.is_decimal(kind):
        return fn("Decimal", kind.precision, kind.scale)
    if is_list(kind):
        return fn("List", type_node(kind.value_type))
    return word(_plain_name(kind))


def _plain_name(kind: pa.DataType) -> str:
    types = pa.types
    named = (
        (is_text, "String"), (types.is_boolean, "Boolean"), (types.is_float64, "Float64"),
        (types.is_floating, "Float32"), (types.is_date, "Date"), (types.is_time, "Time"),
        (is_category, "Categorical"), (types.is_null, "Null"), (is_bytes, "Binary"),
    )  # fmt: skip
    for check, name in named:
        if check(kind):
            return name
    return str(kind).replace("uint", "UInt").replace("int", "Int")


def is_text(kind: pa.DataType) -> bool:
    """Whether it is a text, in any of Arrow's layouts."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or str(kind) == "string_view"


def is_bytes(kind: pa.DataType) -> bool:
    """Whether it is bytes, in any of Arrow's layouts."""
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or str(kind) == "binary_view"


def is_list(kind: pa.DataType) -> bool:
    """Whether it is a list, in any of Arrow's layouts."""
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def is_float(kind: pa.DataType | None) -> bool:
    """Whether it can hold NaN; what is not known can."""
    return kind is None or pa.types.is_floating(kind)


def is_number(kind: pa.DataType) -> bool:
    """Whether pandas calls it numeric: booleans are not among them."""
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def is_summable(kind: pa.DataType) -> bool:
    """Whether sums and means are made of it: numbers, booleans, lengths of time."""
    return is_number(kind) or pa.types.is_boolean(kind) or pa.types.is_duration(kind)


def is_time(kind: pa.DataType) -> bool:
    """Whether it is a date or a date with a time of day."""
    return pa.types.is_timestamp(kind) or pa.types.is_date(kind)


def wider(left: pa.DataType, right: pa.DataType) -> pa.DataType | None:
    """The type of a sum of the two, where it is plain; None where the server is to be asked."""
    if left == right:
        return left
    if pa.types.is_float64(left) or pa.types.is_float64(right):
        return FLOAT64
    if pa.types.is_signed_integer(left) and pa.types.is_signed_integer(right):
        return left if left.bit_width > right.bit_width else right
    return None


def pandas_dtype(kind: pa.DataType) -> Any:
    """The dtype that a column of this type has once it is in pandas and holds no nulls."""
    if isinstance(kind, Category):
        return kind.dtype()
    return pa.schema([("x", kind)]).empty_table().to_pandas().dtypes["x"]


def is_of(kind: pa.DataType, selector: Any) -> bool:
    """Whether `select_dtypes(selector)` means it."""
    name = str(getattr(selector, "name", None) or getattr(selector, "__name__", None) or selector)
    groups = {
        "number": is_number(kind) or pa.types.is_duration(kind), "integer": pa.types.is_integer(kind),
        "floating": pa.types.is_floating(kind), "object": is_text(kind), "category": is_category(kind),
        "datetime": pa.types.is_timestamp(kind) and kind.tz is None, "str": is_text(kind), "string": is_text(kind),
        "datetime64": pa.types.is_timestamp(kind) and kind.tz is None, "timedelta": pa.types.is_duration(kind),
        "timedelta64": pa.types.is_duration(kind), "datetimetz": pa.types.is_timestamp(kind) and bool(kind.tz),
    }  # fmt: skip
    return groups[name] if name in groups else arrow_type(selector) == kind
