"""Rows of this process as frames: pandas' with their index and its labels, and whatever exports an Arrow stream."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._column import column_of
from pantile._dataframe import DataFrame, _checked
from pantile._errors import DataError, SchemaError
from pantile._program import data as sent
from pantile._refusals import wrong
from pantile._rows import RANGE, Level, Rows, fresh

HINT = "one type a column: astype(str), or pandas.to_numeric"


def frame_of(client: Any, data: Any, index: Any = None) -> DataFrame:
    """The frame of local rows. Pandas' keep their labels unless `index` is False; others are counted from 0."""
    if type(data).__module__.partition(".")[0] == "pandas":
        return _of_pandas(client, data, index is not False)
    if isinstance(data, DataFrame):
        wrong("this is a frame already", "collect it to send its rows to another server")
    if not hasattr(data, "schema") or not isinstance(data.schema, pa.Schema):
        data = _read(data)
    schema = data.schema
    _checked(schema.names)
    return _of_table(client, data, schema)


def _read(data: Any) -> pa.Table:
    if not hasattr(data, "__arrow_c_stream__"):
        wrong(
            f"a {type(data).__name__} holds no rows that Arrow can read",
            "give a frame, or anything with __arrow_c_stream__",
        )
    return pa.RecordBatchReader.from_stream(data).read_all()


def _of_table(client: Any, table: Any, schema: pa.Schema) -> DataFrame:
    rows = Rows(client, sent(table), tuple(schema.names))
    kinds = [known_type(table.column(at)) if hasattr(table, "column") else each.type for at, each in enumerate(schema)]
    columns = {name: column_of(name, kind) for name, kind in zip(schema.names, kinds, strict=True)}
    return DataFrame._of(rows, columns, RANGE)


def known_type(array: Any) -> pa.DataType:
    """The type of a column; of one that brings its categories, with them."""
    kind = array.type
    if not pa.types.is_dictionary(kind) or not types.is_text(kind.value_type):
        return kind
    if isinstance(array, pa.ChunkedArray):
        array = array.unify_dictionaries()
        array = array.chunk(0) if array.num_chunks else None
    texts = [] if array is None else array.dictionary.to_pylist()
    return types.Category(texts, kind.ordered) if None not in texts else kind


def _of_pandas(client: Any, frame: Any, with_index: bool) -> DataFrame:
    import pandas as pd

    if isinstance(frame, pd.Series):
        frame = frame.to_frame(frame.name if frame.name is not None else "0")
    names = _checked(frame.columns)
    keys = _keys(frame.index) if with_index else {}
    arrays = [_array(name, frame.iloc[:, at]) for at, name in enumerate(names)]
    physical = [fresh(str(key) if key is not None else f"__index{at}", names) for at, key in enumerate(keys)]
    arrays += [_array(name, values) for name, values in zip(physical, keys.values(), strict=True)]
    table = pa.table(arrays, names=[*names, *physical])
    rows = Rows(client, sent(table), (*names, *physical))
    # What came of pandas has nulls for NaN, so no NaN is left in it.
    columns = {
        name: column_of(name, known_type(array), False) for name, array in zip([*names, *physical], arrays, strict=True)
    }
    levels = tuple(Level(_name(key), columns[name]) for key, name in zip(keys, physical, strict=True))
    return DataFrame._of(rows, {name: columns[name] for name in names}, levels or RANGE)


class _Unnamed(str):
    """A level's name where it has none."""


def _name(key: Any) -> Any:
    return None if isinstance(key, _Unnamed) else key


def _keys(index: Any) -> dict[Any, Any]:
    """The levels of an index that are more than a count of rows, by their names."""
    import pandas as pd

    if isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1 and index.name is None:
        return {}
    levels = [index.get_level_values(at) for at in range(index.nlevels)]
    return {
        _Unnamed(f"__index{at}") if level.name is None else level.name: level.to_series()
        for at, level in enumerate(levels)
    }


def _array(name: str, values: Any) -> pa.Array | pa.ChunkedArray:
    kind = str(values.dtype)
    if kind.startswith(("period", "interval", "Sparse", "complex")):
        raise DataError(
            f"column {name!r} is of {kind}, for which the server has no type", hint="astype(str), or its parts"
        )
    try:
        return pa.Array.from_pandas(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
        raise SchemaError(f"column {name!r} of {kind} cannot be sent: {error}", hint=HINT) from error
