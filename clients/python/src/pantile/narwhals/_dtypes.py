"""Types from Arrow's to narwhals', and from narwhals' to the words of a program."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from pyarrow import types

from pantile._program import Node, fn, word

_PLAIN: list[tuple[Any, str]] = [
    (types.is_boolean, "Boolean"),
    (types.is_int8, "Int8"),
    (types.is_int16, "Int16"),
    (types.is_int32, "Int32"),
    (types.is_int64, "Int64"),
    (types.is_uint8, "UInt8"),
    (types.is_uint16, "UInt16"),
    (types.is_uint32, "UInt32"),
    (types.is_uint64, "UInt64"),
    (types.is_float32, "Float32"),
    (types.is_float64, "Float64"),
    (types.is_string, "String"),
    (types.is_large_string, "String"),
    (types.is_string_view, "String"),
    (types.is_binary, "Binary"),
    (types.is_large_binary, "Binary"),
    (types.is_binary_view, "Binary"),
    (types.is_date, "Date"),
    (types.is_time, "Time"),
    (types.is_dictionary, "Categorical"),
]


def of_arrow(kind: pa.DataType, dtypes: Any) -> Any:
    """narwhals' type for one of Arrow's, `dtypes` being those of its version of the API."""
    for is_kind, name in _PLAIN:
        if is_kind(kind):
            return getattr(dtypes, name)()
    return _of_made(kind, dtypes)


def _of_made(kind: Any, dtypes: Any) -> Any:
    if types.is_timestamp(kind):
        return dtypes.Datetime(kind.unit, kind.tz)
    if types.is_duration(kind):
        return dtypes.Duration(kind.unit)
    if types.is_decimal(kind):
        return dtypes.Decimal(kind.precision, kind.scale)
    if types.is_fixed_size_list(kind):
        return dtypes.Array(of_arrow(kind.value_type, dtypes), kind.list_size)
    if types.is_list(kind) or types.is_large_list(kind):
        return dtypes.List(of_arrow(kind.value_type, dtypes))
    if types.is_struct(kind):
        return dtypes.Struct([dtypes.Field(field.name, of_arrow(field.type, dtypes)) for field in kind])
    return dtypes.Unknown()


# Types of narwhals that a program has no word for.
_ABSENT = ("Enum", "Float16", "Int128", "Object", "UInt128", "Unknown")


def to_node(dtype: Any, dtypes: Any) -> Node:
    """The word for a type of narwhals, or the call that makes it."""
    name = dtype.__name__ if isinstance(dtype, type) else type(dtype).__name__
    if name in _ABSENT:
        raise NotImplementedError(f"Pantile has no type {name}")
    if isinstance(dtype, type):
        return word(name)
    return _made(name, dtype, dtypes)


def _made(name: str, dtype: Any, dtypes: Any) -> Node:
    if name == "Datetime":
        return fn("Datetime", _unit(dtype), dtype.time_zone)
    if name == "Duration":
        return fn("Duration", _unit(dtype))
    if name == "Decimal":
        return fn("Decimal", dtype.precision, dtype.scale)
    if name == "List":
        return fn("List", to_node(dtype.inner, dtypes))
    if name == "Array":
        return fn("Array", to_node(dtype.inner, dtypes), dtype.size)
    if name == "Struct":
        return fn("Struct", {field.name: to_node(field.dtype, dtypes) for field in dtype.fields})
    return word(name)


def _unit(dtype: Any) -> str:
    """Whole seconds are kept as milliseconds, the coarsest unit there is."""
    return "ms" if dtype.time_unit == "s" else dtype.time_unit
