"""Every type of Arrow, put into a table and got again; and those that only answers have."""

import datetime
import decimal
import uuid

import numpy as np
import pyarrow as pa
import pytest
from flightwire import Refused, Wire, cmd, frames, ingest, path, schema_of, statement

D = decimal.Decimal
ZONES = (None, "UTC", "Europe/Zurich", "+05:30")
UNITS = ("s", "ms", "us", "ns")


def nines(precision, scale):
    return D((0, (9,) * precision, -scale)), D((1, (9,) * precision, -scale)), None


# Types that come back as they went.
SAME = {
    "bool": pa.array([True, False, None]),
    **{str(kind): pa.array([low, high, None], kind) for kind, low, high in (
        (pa.int8(), -(2**7), 2**7 - 1), (pa.int16(), -(2**15), 2**15 - 1), (pa.int32(), -(2**31), 2**31 - 1),
        (pa.int64(), -(2**63), 2**63 - 1), (pa.uint8(), 0, 2**8 - 1), (pa.uint16(), 0, 2**16 - 1), (pa.uint32(), 0, 2**32 - 1),
        (pa.uint64(), 0, 2**64 - 1))},
    "float": pa.array([np.float32(3.4e38), np.float32("-inf"), np.float32(1e-45), None], pa.float32()),
    "double": pa.array([1.7976931348623157e308, float("inf"), 5e-324, -0.0, None]),
    "string": pa.array(["", "ü🦀\x00\n", None]),
    "binary": pa.array([b"", b"\x00\xff", None]),
    "date32": pa.array([datetime.date(1, 1, 1), datetime.date(9999, 12, 31), None]),
    "time64us": pa.array([datetime.time(0), datetime.time(23, 59, 59, 999999), None], pa.time64("us")),
    "time64ns": pa.array([0, 86_399_999_999_999, None], pa.time64("ns")),
    **{f"timestamp {unit} {zone}": pa.array([-1, 1_711_848_605, 0, None], pa.timestamp(unit, zone)) for unit in UNITS if unit != "s" for zone in ZONES},
    "timestamp ns ends": pa.array([-(2**63) + 1, 2**63 - 1, None], pa.timestamp("ns")),
    **{f"decimal128({precision}, {scale})": pa.array(nines(precision, scale), pa.decimal128(precision, scale))
       for precision, scale in ((1, 0), (18, 2), (19, 19), (38, 0), (38, 10), (38, 38))},
    "struct": pa.array([{"x": 1, "y": "one"}, {"x": None, "y": None}, None], pa.struct({"x": pa.int64(), "y": pa.string()})),
    "map": pa.array([[("a", 1), ("b", None)], [], None], pa.map_(pa.string(), pa.int64())),
}

TEXT, BYTES, NUMBERS = pa.string(), pa.binary(), pa.list_(pa.int32())
LISTS = [[1, None], [], None]
DEEP = pa.list_(pa.struct({"x": pa.list_(pa.struct({"z": pa.map_(pa.string(), pa.list_(pa.int8()))}))}))

# Types that come back as another, which holds the same values: what is put, and as what it comes.
PLAIN = {
    "null": (pa.nulls(3), TEXT),
    "float16": (pa.array([np.float16(1.5), np.float16("-inf"), None], pa.float16()), pa.float32()),
    "large_string": (pa.array(["ü", "", None], pa.large_string()), TEXT),
    "string_view": (pa.array(["ü" * 20, "", None], pa.string_view()), TEXT),
    "large_binary": (pa.array([b"\xff", b"", None], pa.large_binary()), BYTES),
    "binary_view": (pa.array([b"\xff" * 20, b"", None], pa.binary_view()), BYTES),
    "fixed_size_binary": (pa.array([b"\xff\xfe", b"\x00\x00", None], pa.binary(2)), BYTES),
    **{f"timestamp s {zone}": (pa.array([-1, 1_711_848_605, 0, None], pa.timestamp("s", zone)), pa.timestamp("ms", zone)) for zone in ZONES},
    "time32s": (pa.array([datetime.time(23, 59, 59), None], pa.time32("s")), pa.time64("us")),
    "time32ms": (pa.array([datetime.time(23, 59, 59, 999000), None], pa.time32("ms")), pa.time64("us")),
    "decimal32": (pa.array(nines(9, 2), pa.decimal32(9, 2)), pa.decimal128(9, 2)),
    "decimal64": (pa.array(nines(18, 18), pa.decimal64(18, 18)), pa.decimal128(18, 18)),
    "list": (pa.array(LISTS, NUMBERS), NUMBERS),
    "large_list": (pa.array(LISTS, pa.large_list(pa.int32())), NUMBERS),
    "fixed_size_list": (pa.array([[1, None], [3, 4], None], pa.list_(pa.int32(), 2)), NUMBERS),
    "list_view": (pa.array(LISTS, pa.list_view(pa.int32())), NUMBERS),
    "large_list_view": (pa.array(LISTS, pa.large_list_view(pa.int32())), NUMBERS),
    "dictionary": (pa.array(["a", None, "a"]).dictionary_encode(), TEXT),
    "dictionary of numbers": (pa.DictionaryArray.from_arrays(pa.array([0, None, 1], pa.int8()), pa.array([7, 9])), pa.int64()),
    "run_end_encoded": (pa.RunEndEncodedArray.from_arrays([2, 3], pa.array(["a", None])), TEXT),
    "list of dictionaries": (pa.array([["a", None], None], pa.list_(pa.dictionary(pa.int32(), TEXT))), pa.list_(TEXT)),
    "list of views": (pa.array([["a" * 20], None], pa.list_(pa.string_view())), pa.list_(TEXT)),
    "struct of views": (pa.array([{"x": "a" * 20}, None], pa.struct({"x": pa.string_view()})), pa.struct({"x": TEXT})),
    "deep": (pa.array([[{"x": [{"z": [("k", [1, None])]}, None]}, None], [], None], DEEP), DEEP),
}

# Types that come back as another with a different meaning, or as what they are stored as.
OTHER = {
    "date64": (pa.array([datetime.date(1582, 1, 1), None], pa.date64()), pa.timestamp("ms"), [datetime.datetime(1582, 1, 1), None]),
    **{f"duration {unit}": (pa.array([90_061, None], pa.duration(unit)), pa.int64(), [90_061, None]) for unit in UNITS},
    "uuid": (pa.array([uuid.UUID(int=5).bytes, None], pa.uuid()), BYTES, [uuid.UUID(int=5).bytes, None]),
    "json": (pa.array(["{}", None], pa.json_()), TEXT, ["{}", None]),
}

# Types that tables do not hold, and what the refusal advises.
REFUSED = {
    "decimal256": (pa.array(nines(39, 2), pa.decimal256(39, 2)), "Decimal128"),
    "decimal256 of many": (pa.array(nines(76, 0), pa.decimal256(76, 0)), "Decimal128"),
    "interval": (pa.array([(1, 2, 3), None], pa.month_day_nano_interval()), "cast it"),
    "sparse union": (pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])]), "struct"),
    "dense union": (pa.UnionArray.from_dense(pa.array([0, 1], pa.int8()), pa.array([0, 0], pa.int32()), [pa.array([1]), pa.array(["a"])]), "struct"),
}


def same(left, right):
    """Lists are the same whatever the field of their elements is called."""
    renamed = lambda kind: str(kind).replace("<element: ", "<item: ").replace("<item: ", "<")  # noqa: E731
    return left == right or renamed(left) == renamed(right)


@pytest.fixture
def wire(server):
    with Wire(server) as it:
        yield it


def there_and_back(wire, name, array):
    """The array as a column, put by ingest, got by a statement, by its path and through a prepared statement."""
    assert wire.put_count(ingest(name), pa.table({"v": array})) == len(array)
    table = wire.rows(statement(f"SELECT v FROM {name}"))
    assert table == wire.rows(path("table", name))
    assert table.schema == wire.schema(path("table", name)), "what is promised is what comes"
    handle, columns, *_ = wire.prepare(f"SELECT v FROM {name}")
    assert columns == table.schema and wire.rows(cmd("CommandPreparedStatementQuery", {1: handle})) == table
    [listed] = wire.rows(cmd("CommandGetTables", {3: name, 5: True}))["table_schema"].to_pylist()
    assert schema_of(listed).field("v").type == table["v"].type
    return table["v"]


@pytest.mark.flight("CommandStatementIngest", "DoGet")
@pytest.mark.parametrize("kind", SAME)
def test_types_that_stay(wire, name, kind):
    got = there_and_back(wire, name, SAME[kind])
    assert got.type == SAME[kind].type
    assert got.cast(SAME[kind].type).combine_chunks().equals(SAME[kind])


@pytest.mark.flight("CommandStatementIngest", "DoGet")
@pytest.mark.parametrize("kind", PLAIN)
def test_types_that_come_back_plain(wire, name, kind):
    put, plain = PLAIN[kind]
    got = there_and_back(wire, name, put)
    assert same(got.type, plain), got.type
    assert got.to_pylist() == put.to_pylist()


@pytest.mark.flight("CommandStatementIngest", "DoGet")
@pytest.mark.parametrize("kind", OTHER)
def test_types_that_come_back_as_others(wire, name, kind):
    put, other, values = OTHER[kind]
    got = there_and_back(wire, name, put)
    assert got.type == other and got.to_pylist() == values


@pytest.mark.flight("CommandStatementIngest")
@pytest.mark.parametrize("kind", REFUSED)
def test_types_that_tables_do_not_hold(server, wire, name, kind):
    put, advice = REFUSED[kind]
    with pytest.raises(Refused) as problem:
        wire.put(ingest(name), pa.table({"v": put}))
    assert (problem.value.status, problem.value.code) == ("UNIMPLEMENTED", "unsupported")
    assert "`v`" in problem.value.message and advice in problem.value.message
    assert server.get(f"/v1/datasets/{name}", ok=False).status_code == 404


@pytest.mark.parametrize("values", [pa.array(["a", None]), pa.array([b"a", None])], ids=str)
def test_nulls_among_the_values_of_a_dictionary(wire, name, values):
    put = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.uint8()), values)
    assert there_and_back(wire, name, put).to_pylist() == put.to_pylist()


@pytest.mark.flight("CommandStatementIngest", "DoGet")
def test_nulls_among_the_numbers_of_a_dictionary(wire, name):
    put = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.uint8()), pa.array([7, None]))
    assert there_and_back(wire, name, put).to_pylist() == put.to_pylist()


def test_decimals_of_a_negative_scale(wire, name):
    put = pa.array([D("12500"), None], pa.decimal128(10, -2))
    try:
        assert there_and_back(wire, name, put).to_pylist() == put.to_pylist()
    except Refused as problem:
        assert problem.code in ("unsupported", "schema_mismatch"), problem


def test_decimals_are_not_rounded_on_the_way_in(server, wire, name):
    server.sql(f"CREATE TABLE {name} (d DECIMAL(10, 2))")
    with pytest.raises(Refused):
        wire.put(ingest(name), pa.table({"d": [D("1.129")]}))


@pytest.mark.flight("CommandStatementQuery", "DoGet")
@pytest.mark.parametrize("sql, kind, value", [
    ("INTERVAL '1' MONTH", pa.month_day_nano_interval(), pa.MonthDayNano([1, 0, 0])),
    ("arrow_cast(5, 'Duration(Millisecond)')", pa.duration("ms"), datetime.timedelta(milliseconds=5)),
    ("arrow_cast('1.5', 'Decimal256(76, 2)')", pa.decimal256(76, 2), D("1.50")),
    ("arrow_cast('1.5', 'Decimal32(5, 2)')", pa.decimal32(5, 2), D("1.50")),
    ("arrow_cast('1.5', 'Decimal64(15, 2)')", pa.decimal64(15, 2), D("1.50")),
    ("arrow_cast(1.5, 'Float16')", pa.float16(), 1.5),
    ("arrow_cast('2024-01-02', 'Date64')", pa.date64(), datetime.date(2024, 1, 2)),
    ("arrow_cast('01:02:03', 'Time32(Second)')", pa.time32("s"), datetime.time(1, 2, 3)),
    ("arrow_cast('x', 'Dictionary(Int32, Utf8)')", pa.string(), "x"),
    ("arrow_cast('x', 'Utf8View')", pa.string(), "x"),
    ("arrow_cast('x', 'LargeUtf8')", pa.large_string(), "x"),
    ("arrow_cast('x', 'BinaryView')", pa.binary(), b"x"),
    ("[1, NULL]", pa.list_(pa.int64()), [1, None]),
    ("NULL", pa.null(), None),
    ("map(['a'], [1])", pa.map_(pa.string(), pa.int64()), [("a", 1)]),
    ("named_struct('x', 1)", pa.struct({"x": pa.int64()}), {"x": 1}),
], ids=lambda value: value.split("(")[0] + value[-16:] if isinstance(value, str) and "(" in value else "")
def test_types_of_answers(wire, sql, kind, value):
    """What is computed comes as it is computed; views, dictionaries and runs come plain."""
    table = wire.rows(statement(f"SELECT {sql} AS v"))
    found = table["v"].type
    assert found == kind or found.id == kind.id and str(found).replace(" not null", "") == str(kind), found
    assert table["v"].to_pylist() == [value]
    assert wire.schema(statement(f"SELECT {sql} AS v")) == table.schema


@pytest.mark.flight("CommandStatementIngest")
def test_tables_without_columns_are_refused(server, wire, name):
    with pytest.raises(Refused) as problem:
        wire.put(ingest(name), pa.table({"a": [1]}).select([]))
    assert (problem.value.status, problem.value.code) == ("INVALID_ARGUMENT", "invalid_data") and "no columns" in problem.value.message
    assert server.get(f"/v1/datasets/{name}", ok=False).status_code == 404


@pytest.mark.flight("CommandStatementIngest", "DoGet")
def test_tables_without_rows(wire, name):
    """No batch at all, and batches that are empty."""
    columns = {f"c{number}": array.slice(0, 0) for number, array in enumerate(SAME.values())}
    empty = pa.table(columns)
    assert empty.num_rows == 0 and len(frames(empty.schema.empty_table())) >= 1
    assert wire.put_count(ingest(name), empty) == 0
    assert wire.rows(statement(f"SELECT * FROM {name}")).schema.types == empty.schema.types
    assert wire.put_count(ingest(name), pa.RecordBatch.from_arrays(list(columns.values()), list(columns))) == 0
    assert wire.rows(path("table", name)).num_rows == 0


@pytest.mark.flight("CommandStatementIngest", "DoGet")
def test_every_type_in_one_table(wire, name):
    columns = {**{kind: array for kind, array in SAME.items()}, **{kind: array for kind, (array, _) in PLAIN.items()}}
    table = pa.table({kind: pa.concat_arrays([array.slice(0, 2), array.slice(0, 1)]) for kind, array in columns.items()
                      if not isinstance(array.type, (pa.RunEndEncodedType, pa.DictionaryType)) and "dictionar" not in kind})
    assert wire.put_count(ingest(name), table) == 3
    got = wire.rows(path("table", name))
    assert got.schema.names == table.schema.names and got.to_pylist() == table.to_pylist()


@pytest.mark.flight("CommandStatementIngest", "DoGet")
def test_slices_and_offsets(wire, name):
    """Arrays that begin in the midst of their buffers."""
    table = pa.table({kind.replace(" ", "_"): pa.concat_arrays([array] * 5).slice(3, 6)
                      for kind, array in {**SAME, "list": PLAIN["list"][0]}.items() if len(array) >= 3})
    assert wire.put_count(ingest(name), table) == 6
    assert wire.rows(path("table", name)).to_pylist() == table.to_pylist()


@pytest.mark.flight("CommandStatementIngest")
@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_compressed_batches(wire, name, codec):
    table = pa.table({"n": list(range(10_000)), "s": ["text"] * 10_000})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=codec)) as writer:
        writer.write_table(table)
    reader = pa.ipc.MessageReader.open_stream(sink.getvalue())
    messages = []
    for _ in range(2):
        message = reader.read_next_message()
        messages.append((message.metadata.to_pybytes(), message.body.to_pybytes() if message.body is not None else b""))
    assert wire.put_count(ingest(name), messages) == 10_000
    assert wire.rows(path("table", name)) == table
