"""Arrow streams in pieces, in both directions."""

from __future__ import annotations

import datetime
import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import pantile
from faking import stream
from pantile import _ipc, _sources

pytestmark = pytest.mark.everywhere


def decoded(data: bytes, step: int) -> pa.Table:
    decoder = _ipc.Decoder()
    batches = [batch for at in range(0, len(data), step) for batch in decoder.feed(data[at : at + step])]
    decoder.end()
    return pa.Table.from_batches(batches, decoder.schema)


def encoded(data: object) -> bytes:
    return b"".join(bytes(piece) for piece in _ipc.pieces(_sources.reader_of(data)))


NUMBERS = pa.table({"a": range(1000), "b": [x / 7 for x in range(1000)]})

TABLES = {
    "numbers": NUMBERS,
    "no rows": NUMBERS.slice(0, 0),
    "one row": NUMBERS.slice(3, 1),
    "no columns": pa.table({}),
    "texts and nulls": pa.table({"s": ["a", None, "ü" * 100], "n": pa.nulls(3)}),
    "views": pa.table({"s": pa.array(["a", None, "long enough to lie elsewhere"], pa.string_view())}),
    "dictionaries": pa.table({"d": pa.array(["x", "y", None, "x"]).dictionary_encode()}),
    "nested": pa.table({"l": [[1], [], None], "s": [{"x": 1}, None, {"x": None}]}),
    "times": pa.table({"t": pa.array([datetime.datetime(2020, 1, 1), None], pa.timestamp("us", "UTC"))}),
    "changing dictionaries": pa.Table.from_batches(
        [pa.record_batch({"d": pa.array([word]).dictionary_encode()}) for word in ("x", "y", "x")]
    ),
}


@pytest.mark.parametrize("step", [1, 7, 100, 1 << 20])
@pytest.mark.parametrize("name", TABLES)
def test_a_stream_in_any_pieces_is_the_same_table(name, step):
    table = TABLES[name]
    assert decoded(stream(table, 300), step).equals(pa.ipc.open_stream(stream(table, 300)).read_all())


@pytest.mark.parametrize("name", TABLES)
def test_what_is_sent_is_the_table(name):
    table = TABLES[name]
    assert pa.ipc.open_stream(encoded(table)).read_all().equals(table.unify_dictionaries())


@pytest.mark.parametrize("name", ["numbers", "no rows", "dictionaries", "texts and nulls"])
def test_a_stream_that_is_cut_anywhere_is_never_whole(name):
    whole = stream(TABLES[name], 300)
    for length in range(0, len(whole), max(1, len(whole) // 200)):
        decoder = _ipc.Decoder()
        decoder.feed(whole[:length])
        with pytest.raises(pantile.IncompleteAnswerError) as caught:
            decoder.end("q")
        assert caught.value.query_id == "q"


@pytest.mark.parametrize(
    "junk", [b"PAR1" * 10, b"\xff" * 100, b'{"a": 1}' * 10, b"\xff\xff\xff\xff\x08\0\0\0" + b"\xff" * 8]
)
def test_junk_is_no_stream(junk):
    decoder = _ipc.Decoder()
    with pytest.raises(pantile.DataError):
        decoder.feed(junk)


SOURCES = {
    "table": NUMBERS,
    "batch": NUMBERS.to_batches()[0],
    "reader": NUMBERS.to_reader(),
    "dict": {"a": NUMBERS["a"].to_pylist(), "b": NUMBERS["b"].to_pylist()},
    "pandas": NUMBERS.to_pandas(),
    "polars": pl.from_arrow(NUMBERS),
}


@pytest.mark.parametrize("name", SOURCES)
def test_whatever_holds_rows_can_be_sent(name):
    sent = pa.ipc.open_stream(encoded(SOURCES[name])).read_all()
    assert sent.cast(NUMBERS.schema).equals(NUMBERS)


def test_levels_of_an_index_that_have_names_become_columns():
    frame = pd.DataFrame({"v": [1, 2]}, index=pd.Index(["x", "y"], name="k"))
    assert pa.ipc.open_stream(encoded(frame)).read_all().to_pydict() == {"k": ["x", "y"], "v": [1, 2]}
    assert pa.ipc.open_stream(encoded(frame.rename_axis(None))).read_all().to_pydict() == {"v": [1, 2]}


def test_columns_of_one_name_are_refused_by_it():
    with pytest.raises(pantile.DataError, match="two columns have the name 'a'"):
        _sources.reader_of(pd.DataFrame([[1, 2]], columns=["a", "a"]))


@pytest.mark.parametrize("value", [1, "text", None, [1, 2], pa.array([1]), pl.Series([1]), np.array([1])])
def test_what_holds_no_rows_is_refused(value):
    assert not _sources.is_rows(value)
    with pytest.raises(pantile.ArgumentError, match="holds no rows"):
        _sources.reader_of(value)


def test_pieces_are_even_and_few_are_held_at_a_time():
    schema = pa.schema({"a": pa.int64()})
    column = pa.array(np.zeros(1 << 16, np.int64))
    batches = (pa.record_batch([column], schema=schema) for _ in range(200))
    tracemalloc.start()
    sizes = [len(piece) for piece in _ipc.pieces(pa.RecordBatchReader.from_batches(schema, batches))]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(sizes) > 200 << 19 and max(sizes) <= 2 * _ipc.PIECE_BYTES
    assert peak < 8 << 20
