"""Every format of an answer, read by the libraries people have; and every library's files, taken in."""

import datetime
import decimal
import gzip
import io
import json
import math

import numpy as np
import oracle
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as parquet
import pytest
import zstandard
from harness import (
    ARROW_FILE, ARROW_STREAM, CSV, JSON, NDJSON, PARQUET, Problem, as_arrow_file, as_arrow_stream, as_parquet,
)

UTC = datetime.timezone.utc
ZURICH = "Europe/Zurich"

# One column a type, and in each the values that formats get wrong: the ends of the range, nulls, NaN,
# text that looks like something else.
TYPES = pa.table(
    {
        "i8": pa.array([-128, 127, None], pa.int8()),
        "i32": pa.array([-(2**31), 2**31 - 1, None], pa.int32()),
        "i64": pa.array([-(2**63), 2**63 - 1, None], pa.int64()),
        "u64": pa.array([0, 2**64 - 1, None], pa.uint64()),
        "f32": pa.array([0.1, -1e-38, None], pa.float32()),
        "f64": pa.array([0.1, 1.7976931348623157e308, None], pa.float64()),
        "flag": pa.array([True, False, None], pa.bool_()),
        "text": pa.array(["", 'a "quoted", line\nand another — ünïcödé 🦀', None], pa.string()),
        "digits": pa.array(["007", "1e5", None], pa.string()),
        "bytes": pa.array([b"", b"\x00\xff\xfe", None], pa.binary()),
        "day": pa.array([datetime.date(1582, 10, 15), datetime.date(2024, 2, 29), None], pa.date32()),
        "clock": pa.array([datetime.time(0), datetime.time(23, 59, 59, 999999), None], pa.time64("us")),
        "local": pa.array([datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), None, None], pa.timestamp("us")),
        "instant": pa.array(
            [datetime.datetime(2024, 3, 31, 1, 30, tzinfo=UTC), datetime.datetime(2262, 1, 1, tzinfo=UTC), None],
            pa.timestamp("us", "UTC"),
        ),
        "zoned": pa.array(
            [datetime.datetime(2024, 10, 27, 0, 30, tzinfo=UTC), datetime.datetime(2024, 10, 27, 1, 30, tzinfo=UTC), None],
            pa.timestamp("us", ZURICH),
        ),
        "money": pa.array([decimal.Decimal("-0.01"), decimal.Decimal("99999999999999999999.99"), None], pa.decimal128(22, 2)),
        "list": pa.array([[], [1, None, 3], None], pa.list_(pa.int64())),
        "pair": pa.array([{"x": 1, "y": "one"}, {"x": None, "y": None}, None], pa.struct({"x": pa.int64(), "y": pa.string()})),
    }
)


@pytest.fixture(scope="module")
def types(server):
    server.put("all_types", TYPES)
    return server


def plain(table):
    """Rows as Python values, so that text is text whichever of Arrow's three layouts carries it."""
    return table.to_pylist()


def answer(server, accept, sql="SELECT * FROM all_types"):
    response = server.ask(sql, accept)
    assert response.headers["Content-Type"].split(";")[0] == accept
    return response


# Answers, as the libraries read them.


@pytest.mark.parametrize("accept", [ARROW_STREAM, ARROW_FILE, PARQUET])
def test_typed_formats_keep_every_value_and_type(types, accept):
    body = io.BytesIO(answer(types, accept).content)
    opened = {ARROW_STREAM: pa.ipc.open_stream, ARROW_FILE: pa.ipc.open_file, PARQUET: parquet.read_table}[accept](body)
    table = opened if accept == PARQUET else opened.read_all()
    assert plain(table) == plain(TYPES)
    same = {"text": pa.string(), "digits": pa.string(), "bytes": pa.binary()}
    for column in TYPES.schema:
        found = table.schema.field(column.name).type
        if column.name in same:
            # Text and bytes may come in any of their layouts: their meaning is the promise.
            family = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view) if column.name != "bytes" else (
                pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
            assert any(is_it(found) for is_it in family), (column.name, found)
        elif column.name not in ("list", "pair"):
            assert found == column.type, column.name


def test_json_loses_no_digit(types):
    body = json.loads(answer(types, JSON).text, parse_float=decimal.Decimal)
    names = [field["name"] for field in body["schema"]]
    assert names == TYPES.schema.names
    first, second, nulls = [dict(zip(names, row)) if isinstance(row, list) else row for row in body["rows"]]
    # Beyond 2^53 a JavaScript number rounds, so these travel as text.
    assert (first["i64"], second["i64"], second["u64"]) == (str(-(2**63)), str(2**63 - 1), str(2**64 - 1))
    assert (first["i32"], second["i8"]) == (-(2**31), 127)
    assert (first["money"], second["money"]) == ("-0.01", "99999999999999999999.99")
    assert float(first["f64"]) == 0.1 and float(second["f64"]) == 1.7976931348623157e308
    assert second["text"] == TYPES["text"][1].as_py() and first["digits"] == "007"
    assert (second["list"], first["pair"]) == ([1, None, 3], {"x": 1, "y": "one"})
    assert all(value is None for value in nulls.values())
    for name in ("instant", "zoned"):
        at = datetime.datetime.fromisoformat(first[name])
        assert at.astimezone(UTC) == TYPES[name][0].as_py().astimezone(UTC), name


def test_json_names_what_is_not_a_number(server):
    body = server.ask("SELECT 'NaN'::double AS a, 'inf'::double AS b, '-inf'::double AS c, NULL::double AS d", JSON)
    [row] = json.loads(body.text, parse_constant=lambda bare: pytest.fail(f"bare {bare} is not JSON"))["rows"]
    a, b, c, d = row.values() if isinstance(row, dict) else row
    assert math.isnan(float(a)) and float(b) == math.inf and float(c) == -math.inf and d is None


def test_ndjson_is_read_by_pandas_and_polars(demo):
    sql = "SELECT carrier, flight, distance, time_hour FROM flights ORDER BY time_hour, carrier, flight LIMIT 1000"
    body = answer(demo, NDJSON, sql).content
    truth = demo.sql(sql)
    by_pandas = pd.read_json(io.BytesIO(body), lines=True, dtype=False)
    by_polars = pl.read_ndjson(io.BytesIO(body))
    for column in ("carrier", "flight", "distance"):
        assert by_pandas[column].tolist() == truth[column].to_pylist() == by_polars[column].to_list()
    assert pd.to_datetime(by_pandas["time_hour"]).dt.to_pydatetime().tolist() == truth["time_hour"].to_pylist()


def test_csv_is_read_by_pandas_from_a_url(demo):
    url = demo.url + "/v1/sql?q=SELECT%20origin,count(*)%20AS%20n%20FROM%20flights%20GROUP%20BY%201%20ORDER%20BY%201&format=csv"
    frame = pd.read_csv(url)
    assert frame.to_dict("list") == {"origin": ["EWR", "JFK", "LGA"], "n": [120835, 111279, 104662]}


def test_csv_is_read_alike_by_everybody(demo):
    sql = "SELECT * FROM flights ORDER BY time_hour, carrier, flight, dest LIMIT 5000"
    body = answer(demo, CSV, sql).content
    truth = demo.sql(sql)
    by_pandas, by_polars = pd.read_csv(io.BytesIO(body)), pl.read_csv(io.BytesIO(body), try_parse_dates=True)
    by_arrow = pa.csv.read_csv(io.BytesIO(body))
    for column in ("dep_delay", "arr_time", "distance", "tailnum", "dest"):
        expected = truth[column].to_pylist()
        assert by_pandas[column].astype(object).where(by_pandas[column].notna(), None).tolist() == expected
        assert by_polars[column].to_list() == expected
        assert [None if value == "" else value for value in by_arrow[column].to_pylist()] == expected
    assert by_polars["time_hour"].dt.replace_time_zone(None).to_list() == [
        at.replace(tzinfo=None) for at in truth["time_hour"].to_pylist()]


def test_csv_keeps_quotes_line_ends_and_leading_zeros(types):
    body = answer(types, CSV, "SELECT text, digits FROM all_types").content
    frame = pd.read_csv(io.BytesIO(body), dtype=str, keep_default_na=False)
    assert frame["text"].tolist()[1] == TYPES["text"][1].as_py()
    assert frame["digits"].tolist()[:2] == ["007", "1e5"]


@pytest.mark.parametrize("accept", [ARROW_STREAM, ARROW_FILE, PARQUET])
def test_pandas_polars_and_duckdb_read_the_same_rows(demo, accept, tmp_path):
    sql = "SELECT * FROM weather ORDER BY origin, time_hour, temp"
    body = answer(demo, accept, sql).content
    truth = demo.sql(sql)
    if accept == PARQUET:
        by_pandas, by_polars = pd.read_parquet(io.BytesIO(body)), pl.read_parquet(io.BytesIO(body))
        (tmp_path / "w.parquet").write_bytes(body)
        rows = oracle.connect().sql(f"FROM '{tmp_path / 'w.parquet'}'").to_arrow_table()
    else:
        reader = pl.read_ipc_stream if accept == ARROW_STREAM else pl.read_ipc
        by_polars = reader(io.BytesIO(body))
        opened = (pa.ipc.open_stream if accept == ARROW_STREAM else pa.ipc.open_file)(body).read_all()
        by_pandas = opened.to_pandas()
        rows = oracle.connect().sql("FROM opened").to_arrow_table()
    assert len(by_pandas) == len(by_polars) == rows.num_rows == truth.num_rows == 26_115
    for column in ("temp", "wind_gust", "pressure"):
        expected = truth[column].to_pylist()
        assert by_polars[column].to_list() == expected == rows[column].to_pylist()
        assert np.array_equal(by_pandas[column].to_numpy(float), np.array(expected, dtype=float), equal_nan=True)
    assert by_polars["time_hour"].to_list() == truth["time_hour"].to_pylist()
    assert str(by_pandas["time_hour"].dtype) == "datetime64[us, UTC]"


def test_text_draws_a_table_for_people(demo):
    text = answer(demo, "text/plain", "SELECT name FROM airlines WHERE carrier = 'UA'").text
    assert "name" in text and "United Air Lines Inc." in text


@pytest.mark.parametrize("accept", [ARROW_STREAM, ARROW_FILE, PARQUET, CSV, NDJSON, JSON])
def test_no_rows_are_still_an_answer_with_columns(types, accept):
    body = answer(types, accept, "SELECT i64, text FROM all_types WHERE i64 = 5").content
    if accept == JSON:
        assert json.loads(body)["rows"] == []
    elif accept == CSV:
        assert body.splitlines() == [b"i64,text"]
    elif accept == NDJSON:
        assert body == b""
    else:
        table = parquet.read_table(io.BytesIO(body)) if accept == PARQUET else (
            pa.ipc.open_stream if accept == ARROW_STREAM else pa.ipc.open_file)(body).read_all()
        assert table.num_rows == 0 and table.schema.names == ["i64", "text"]


# How a format is asked for.


def test_weights_decide(demo):
    response = demo.ask("SELECT 1 AS a", "application/json;q=0.1, text/csv;q=0.9, text/plain;q=0.5")
    assert response.headers["Content-Type"].startswith("text/csv")


def test_format_in_the_address_wins_where_no_header_can_be_set(demo):
    response = demo.get("/v1/sql", params={"q": "SELECT 1 AS a", "format": "ndjson"}, headers={"Accept": "*/*"})
    assert json.loads(response.text) == {"a": 1}


def test_an_accept_nobody_can_satisfy_lists_what_can_be_had(demo):
    with pytest.raises(Problem) as refused:
        demo.ask("SELECT 1", "image/png")
    assert (refused.value.status, refused.value.code) == (406, "not_acceptable")
    assert "text/csv" in json.dumps(refused.value.body)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_bodies_are_compressed_when_asked(demo, coding):
    sql = "SELECT * FROM airports ORDER BY faa"
    url = demo.url + "/v1/sql"
    response = demo.session.post(
        url, json={"sql": sql}, headers={"Accept": CSV, "Accept-Encoding": coding}, stream=True, timeout=60)
    assert response.headers["Content-Encoding"] == coding
    raw = response.raw.read(decode_content=False)
    body = gzip.decompress(raw) if coding == "gzip" else zstandard.ZstdDecompressor().decompressobj().decompress(raw)
    assert body == answer(demo, CSV, sql).content
    assert len(raw) < len(body) / 1.5


# Uploads, as the libraries write them.

FRAME = pd.DataFrame(
    {
        "id": np.arange(1000, dtype="int64"),
        "name": [f"näme {i}" for i in range(1000)],
        "x": np.linspace(-1, 1, 1000),
        "at": pd.date_range("2024-01-01", periods=1000, freq="h", tz="UTC").as_unit("us"),
    }
)


def written_by_pandas_parquet():
    sink = io.BytesIO()
    FRAME.to_parquet(sink)
    return sink.getvalue(), PARQUET


def written_by_pandas_csv():
    return FRAME.to_csv(index=False).encode(), CSV


def written_by_pandas_ndjson():
    return FRAME.to_json(orient="records", lines=True, date_format="iso").encode(), NDJSON


def written_by_pandas_feather():
    sink = io.BytesIO()
    FRAME.to_feather(sink)
    return sink.getvalue(), ARROW_FILE


def written_by_polars_parquet():
    sink = io.BytesIO()
    pl.from_pandas(FRAME).write_parquet(sink)
    return sink.getvalue(), PARQUET


def written_by_polars_ipc():
    sink = io.BytesIO()
    pl.from_pandas(FRAME).write_ipc(sink)
    return sink.getvalue(), ARROW_FILE


def written_by_polars_ipc_stream():
    sink = io.BytesIO()
    pl.from_pandas(FRAME).write_ipc_stream(sink, compression="zstd")
    return sink.getvalue(), ARROW_STREAM


def written_by_polars_ndjson():
    sink = io.BytesIO()
    pl.from_pandas(FRAME).write_ndjson(sink)
    return sink.getvalue(), NDJSON


def written_by_polars_csv():
    sink = io.BytesIO()
    pl.from_pandas(FRAME).write_csv(sink)
    return sink.getvalue(), CSV


def written_by_pyarrow_parquet():
    return as_parquet(pa.Table.from_pandas(FRAME), compression="snappy", row_group_size=100), PARQUET


def written_by_pyarrow_stream():
    return as_arrow_stream(pa.Table.from_pandas(FRAME)), ARROW_STREAM


def written_by_pyarrow_file():
    return as_arrow_file(pa.Table.from_pandas(FRAME)), ARROW_FILE


def written_by_duckdb_parquet(tmp_path):
    path = tmp_path / "duck.parquet"
    frame = FRAME  # noqa: F841  DuckDB finds it by this name
    oracle.connect().execute(f"COPY (SELECT * FROM frame) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    return path.read_bytes(), PARQUET


def written_by_duckdb_csv(tmp_path):
    path = tmp_path / "duck.csv"
    frame = FRAME  # noqa: F841
    oracle.connect().execute(f"COPY (SELECT * FROM frame) TO '{path}' (FORMAT csv, HEADER)")
    return path.read_bytes(), CSV


WRITERS = [writer for named, writer in sorted(globals().items()) if named.startswith("written_by_")]


@pytest.mark.parametrize("typed", [True, False], ids=["content-type", "magic"])
@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__.removeprefix("written_by_"))
def test_uploads_from_every_library(server, name, writer, typed, tmp_path):
    body, content_type = writer(tmp_path) if writer.__code__.co_argcount else writer()
    server.put(name, body, content_type if typed else "application/octet-stream")
    held = server.sql(f"SELECT id, name, x, at FROM {name} ORDER BY id")
    assert held["id"].to_pylist() == FRAME["id"].tolist()
    assert held["name"].to_pylist() == FRAME["name"].tolist()
    assert np.allclose(held["x"].to_numpy(), FRAME["x"], rtol=0, atol=1e-15 if content_type in (PARQUET, ARROW_FILE) else 1e-9)
    if pa.types.is_timestamp(held["at"].type):
        assert pc.cast(held["at"], pa.timestamp("us", "UTC")).to_pylist() == FRAME["at"].dt.to_pydatetime().tolist()
    else:
        assert content_type in (CSV, NDJSON), "typed formats keep their instants"


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_compressed_uploads(server, name, coding):
    body, content_type = written_by_pandas_csv()
    packed = gzip.compress(body) if coding == "gzip" else zstandard.compress(body)
    server.put(name, packed, content_type, headers={"Content-Encoding": coding})
    assert server.value(f"SELECT count(*) FROM {name}") == 1000


def test_every_type_survives_an_upload_in_every_typed_format(server, name):
    for kind, body in ((PARQUET, as_parquet(TYPES)), (ARROW_STREAM, as_arrow_stream(TYPES)), (ARROW_FILE, as_arrow_file(TYPES))):
        server.put(name, body, kind)
        assert plain(server.sql(f"SELECT * FROM {name}")) == plain(TYPES), kind


# Appends keep values whole, whichever format they come in.


@pytest.mark.parametrize("held, value, text", [
    (pa.decimal128(5, 2), pa.array([decimal.Decimal("1.234")]), "1.234"),
    (pa.timestamp("us"), pa.array([1], pa.timestamp("ns")), "1970-01-01T00:00:00.000000001"),
    (pa.float64(), pa.array([2**53 + 1]), str(2**53 + 1)),
    (pa.float32(), pa.array([2**53 + 1]), str(2**53 + 1)),
])
def test_an_append_that_would_lose_a_digit_is_refused(server, name, held, value, text):
    server.put(name, pa.table({"a": pa.array([None], held)}))
    rows = pa.table({"a": value})
    for body, kind in ((as_arrow_stream(rows), ARROW_STREAM), (as_parquet(rows), PARQUET), (f"a\n{text}\n", CSV),
                       (json.dumps({"a": int(text) if text.isdigit() else text}), NDJSON)):
        with pytest.raises(Problem) as refused:
            server.append(name, body, kind)
        assert (refused.value.status, refused.value.code) == (422, "schema_mismatch"), kind
        assert "`a`" in refused.value.body["detail"]
    assert server.value(f"SELECT count(*) FROM {name}") == 1


def test_types_that_parquet_lacks_are_written_as_what_means_the_same(server, name):
    rows = pa.table({
        "at": pa.array([1_700_000_000, None], pa.timestamp("s")),
        "zoned": pa.array([1_700_000_000, None], pa.timestamp("s", "UTC")),
        "day": pa.array([datetime.date(2024, 2, 29), None], pa.date64()),
        "clock": pa.array([datetime.time(1, 2, 3), None], pa.time32("s")),
        "thousands": pa.array([1500, None], pa.int64()).cast(pa.decimal128(19, 0)).cast(pa.decimal128(17, -2)),
    })
    server.put(name, as_arrow_stream(rows), ARROW_STREAM)
    held = server.sql(f"SELECT * FROM {name}")
    assert held["at"].type == pa.timestamp("ms") and held["thousands"].type == pa.decimal128(19, 0)
    written = """SELECT arrow_cast(at, 'Timestamp(Second, None)') AS at, arrow_cast(at, 'Date64') AS day,
        arrow_cast(clock, 'Time32(Second)') AS clock, arrow_cast(1500, 'Decimal128(10,-2)') AS thousands,
        make_array(arrow_cast(at, 'Timestamp(Second, None)')) AS times FROM """ + name
    body = answer(server, PARQUET, written).content
    read = parquet.read_table(io.BytesIO(body))
    at = datetime.datetime(2023, 11, 14, 22, 13, 20)
    assert read.to_pylist()[0] == {
        "at": at, "day": at, "clock": datetime.time(1, 2, 3), "thousands": 1500, "times": [at]}
    schema = parquet.read_schema(io.BytesIO(body)).remove_metadata()
    assert schema.field("at").type == pa.timestamp("ms") and schema.field("clock").type == pa.time32("ms")
    assert "Timestamp" in str(parquet.ParquetFile(io.BytesIO(body)).schema.column(0).logical_type)
    assert server.ask("SELECT arrow_cast(1500, 'Decimal128(10,-2)') AS a", CSV).text == "a\n1500\n"


def test_a_lone_null_is_a_row_to_every_reader_of_csv(server):
    text = answer(server, CSV, "SELECT v FROM (VALUES (1), (NULL), (3)) t(v)").text
    assert text == 'v\n1\n""\n3\n'
    assert pd.read_csv(io.StringIO(text))["v"].isna().tolist() == [False, True, False]
    assert pa.csv.read_csv(io.BytesIO(text.encode()), convert_options=pa.csv.ConvertOptions(
        strings_can_be_null=True, quoted_strings_can_be_null=True)).num_rows == 3
    assert pl.read_csv(io.StringIO(text)).height == 3


def test_duplicate_columns_are_refused_and_nothing_is_made(server, name):
    twice = pa.table([[1], [2]], names=["a", "a"])
    with pytest.raises(Problem) as refused:
        server.put(name, as_arrow_stream(twice), ARROW_STREAM)
    assert refused.value.status in (400, 422) and "`a`" in refused.value.body["detail"]
    assert server.get(f"/v1/datasets/{name}", ok=False).status_code == 404


def test_a_row_too_long_is_told_by_its_line(server, name):
    with pytest.raises(Problem) as refused:
        server.put(name, b"a,b\n1,2\n3,4\n5,6,7\n", CSV)
    assert refused.value.code == "invalid_data" and "4" in refused.value.body["detail"]


@pytest.mark.parametrize("kind", [PARQUET, ARROW_FILE, ARROW_STREAM])
def test_a_truncated_file_is_refused_whole(server, name, kind):
    table = pa.table({"a": list(range(10_000))})
    body = {PARQUET: as_parquet, ARROW_FILE: as_arrow_file, ARROW_STREAM: as_arrow_stream}[kind](table)
    with pytest.raises(Problem) as refused:
        server.put(name, body[: len(body) // 2], kind)
    assert refused.value.code == "invalid_data" and refused.value.status < 500
    assert server.get(f"/v1/datasets/{name}", ok=False).status_code == 404
