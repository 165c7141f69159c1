"""Whatever holds rows: Arrow's own, pandas' and Polars' frames, dicts of columns, any Arrow stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from ._errors import ArgumentError, DataError

# Rows of a batch that is sent. The server reads batch by batch, too.
BATCH_ROWS = 1 << 16


def is_rows(value: object) -> bool:
    """Whether the value is rows of a frame, and no value of a program."""
    if hasattr(value, "__arrow_c_stream__") or hasattr(value, "__arrow_c_array__"):
        return not _is_column(value)
    return type(value).__module__.split(".")[0] in ("pandas", "polars") and hasattr(value, "columns")


def can_repeat(data: object) -> bool:
    """Whether `data` gives the same rows when it is read a second time."""
    if isinstance(data, pa.RecordBatchReader):
        return False
    return (
        getattr(data, "is_repeatable", False)
        or isinstance(data, Mapping)
        or type(data).__module__.split(".")[0] in ("pandas", "polars", "pyarrow")
    )


def without_rows(value: Any) -> Any:
    """A frame of the same columns, for what only plans; the value itself where that cannot be had for nothing."""
    if isinstance(value, (pa.Table, pa.RecordBatchReader)) or hasattr(value, "__arrow_c_schema__"):
        schema = value.schema if isinstance(value, (pa.Table, pa.RecordBatchReader)) else pa.schema(value)
        return schema.empty_table()
    return value


def reader_of(data: Any) -> pa.RecordBatchReader:
    """The rows of anything that holds some, to be read once."""
    if isinstance(data, pa.RecordBatchReader):
        return data
    if type(data).__module__.split(".")[0] == "pandas" and hasattr(data, "columns"):
        data = _of_pandas(data)
    if isinstance(data, Mapping):
        data = pa.table(dict(data))
    if isinstance(data, pa.Table):
        return data.unify_dictionaries().to_reader(max_chunksize=BATCH_ROWS)
    if hasattr(data, "__arrow_c_stream__") and not _is_column(data):
        return pa.RecordBatchReader.from_stream(data)
    if hasattr(data, "__arrow_c_array__") and not _is_column(data):
        batch = pa.record_batch(data)
        return pa.RecordBatchReader.from_batches(batch.schema, [batch])
    if hasattr(data, "scanner"):
        return data.scanner().to_reader()
    raise ArgumentError(
        f"{type(data).__name__} holds no rows that can be sent",
        hint="send an Arrow table or reader, a pandas or Polars frame, a dict of columns, or any Arrow stream",
    )


def _of_pandas(data: Any) -> pa.Table:
    """The columns of a pandas frame, and the levels of its index that have names."""
    if any(name is not None for name in data.index.names):
        data = data.reset_index(level=[place for place, name in enumerate(data.index.names) if name is not None])
    twice = sorted({str(name) for name in data.columns[data.columns.duplicated()]})
    if twice:
        raise DataError(f"two columns have the name {twice[0]!r}", hint="rename one of them")
    return pa.Table.from_pandas(data, preserve_index=False).replace_schema_metadata()


def _is_column(data: Any) -> bool:
    """Whether it is a column alone: a pyarrow array, a pandas or Polars series."""
    return isinstance(data, (pa.Array, pa.ChunkedArray)) or type(data).__name__ == "Series"
