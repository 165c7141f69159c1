"""Types from Arrow's to narwhals'."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from pyarrow import types

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
