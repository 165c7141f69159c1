"""What comes back, in the shape that ibis says it has: names, types, sizes of batches."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.schema as sch
import pyarrow as pa


def nullable(schema: sch.Schema) -> sch.Schema:
    """The same columns, each of which may hold nulls: ibis says less of nulls than answers have."""
    return sch.schema({name: _nullable(kind) for name, kind in schema.items()})


def batches(cursor: Any, schema: sch.Schema, chunk_size: int) -> Generator[pa.RecordBatch, None, None]:
    """The cursor's batches under the names and types of `schema`."""
    wanted = schema.as_struct().to_pyarrow()
    for batch in cursor.fetch_record_batch():
        shaped = _shaped(batch, wanted)
        for start in range(0, shaped.num_rows, chunk_size):
            yield shaped.slice(start, chunk_size)


def _shaped(batch: pa.RecordBatch, wanted: pa.StructType) -> pa.RecordBatch:
    columns = [_nulls_alone(*column) for column in zip(batch.columns, wanted, strict=True)]
    named = pa.RecordBatch.from_arrays(columns, names=[field.name for field in wanted])
    # Unsafe: ibis' types are often narrower than the engine's, and then values are known to fit.
    return pa.RecordBatch.from_struct_array(named.to_struct_array().cast(wanted, safe=False))


def _nulls_alone(column: pa.Array, wanted: pa.Field) -> pa.Array:
    """The column, unless there can be nothing in it: the server has no type for that, and says text."""
    return pa.nulls(len(column)) if pa.types.is_null(wanted.type) else column


def _nullable(kind: dt.DataType) -> dt.DataType:
    if isinstance(kind, dt.Struct):
        return dt.Struct.from_tuples([(name, _nullable(inner)) for name, inner in kind.items()])
    if isinstance(kind, dt.Array):
        return kind.copy(value_type=_nullable(kind.value_type), nullable=True)
    if isinstance(kind, dt.Map):
        return kind.copy(key_type=_nullable(kind.key_type), value_type=_nullable(kind.value_type), nullable=True)
    return kind.copy(nullable=True)
