"""The Flight door as its clients see it: ADBC, and pandas, Polars and DuckDB on top of it."""

import datetime
import decimal
import threading
import time
import warnings

import adbc_driver_flightsql
import adbc_driver_flightsql.dbapi as adbc
import adbc_driver_manager
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from test_flight import ENDLESS, ROWS, count, running, wait_until

UTC = datetime.timezone.utc
UNITED = "United Air Lines Inc."


def connect(server, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return adbc.connect(server.url.replace("http", "grpc"), autocommit=True, **options)


@pytest.fixture
def connection(server):
    with connect(server) as it:
        yield it


@pytest.fixture
def cursor(connection):
    with connection.cursor() as it:
        yield it


@pytest.fixture
def flights(demo):
    with connect(demo) as it:
        yield it


def ask(cursor, sql, *parameters):
    cursor.execute(sql, *parameters)
    return cursor.fetch_arrow_table().to_pylist()


# Questions.


@pytest.mark.flight("CommandStatementQuery", "CommandPreparedStatementQuery", "GetFlightInfo", "DoGet")
def test_adbc_asks(flights):
    with flights.cursor() as cursor:
        assert ask(cursor, "SELECT count(*) AS n FROM flights") == [{"n": 336_776}]
        assert ask(cursor, "SELECT name FROM airlines WHERE carrier = ?", ("UA",)) == [{"name": UNITED}]
        cursor.execute("SELECT carrier, name FROM airlines ORDER BY carrier")
        assert cursor.fetchone() == ("9E", "Endeavor Air Inc.") and len(cursor.fetchmany(5)) == 5 and len(cursor.fetchall()) == 10
        assert [column[0] for column in cursor.description] == ["carrier", "name"]
        assert ask(cursor, "SELECT carrier FROM airlines WHERE false") == []
        cursor.execute("SELECT * FROM flights")
        table = cursor.fetch_arrow_table()
        assert table.num_rows == 336_776 and table.schema == cursor.adbc_execute_schema("SELECT * FROM flights")


@pytest.mark.flight("grpc-status-details-bin")
def test_adbc_says_why(flights):
    with flights.cursor() as cursor:
        for sql, kind, said in (
            ("SELECT nope FROM flights", adbc.ProgrammingError, "there is no column `nope`"),
            ("SELECT * FROM flihgts", adbc.ProgrammingError, "did you mean `flights`"),
            ("CHOOSE 1", adbc.ProgrammingError, "INVALID_ARGUMENT"),
            ("SELECT 1; SELECT 2", adbc.ProgrammingError, "one statement at a time"),
            ("SELECT * FROM '/etc/passwd'", adbc.Error, "passwd"),
        ):
            with pytest.raises(kind, match=said) as problem:
                cursor.execute(sql)
            assert any(detail[0] == "google.rpc.errorinfo" or b"pantile" in detail[1] for detail in problem.value.details), problem.value.details
            cursor.execute("SELECT 1")
            assert cursor.fetchall() == [(1,)]


@pytest.mark.flight("DoGet")
def test_adbc_is_told_when_an_answer_breaks(flights):
    breaks = "SELECT 100 / (300000 - row_number() OVER (ORDER BY time_hour)) AS a, f.* FROM flights f"
    with flights.cursor() as cursor, pytest.raises(adbc.Error, match="division by zero"):
        cursor.execute(breaks)
        cursor.fetch_arrow_table()


@pytest.mark.flight("GetSchema")
def test_adbc_asks_for_a_schema_and_runs_nothing(server, cursor, name):
    assert cursor.adbc_execute_schema("SELECT 1 AS a, 'x' AS b").names == ["a", "b"]
    with pytest.raises(adbc.NotSupportedError):  # An update has no schema, says the driver.
        cursor.adbc_execute_schema(f"CREATE TABLE {name} AS SELECT 1 AS a")
    assert server.get(f"/v1/datasets/{name}", ok=False).status_code == 404


@pytest.mark.flight("GetFlightInfo", "DoGet")
def test_adbc_reads_partitions(server, cursor, name):
    """Described by one connection, read by another, as workers of a cluster do; any of them may read again."""
    server.put(name, pa.table({"n": list(range(100))}))
    for part in range(1, 6):
        server.append(name, pa.table({"n": list(range(part * 100, part * 100 + 100))}))
    partitions, schema = cursor.adbc_execute_partitions(f"SELECT n FROM {name}")
    assert len(partitions) > 1 and schema.names == ["n"]
    with connect(server) as other, other.cursor() as reader:
        for _ in range(2):
            read = []
            for partition in partitions:
                reader.adbc_read_partition(partition)
                read += reader.fetch_arrow_table()["n"].to_pylist()
            assert sorted(read) == list(range(600))


@pytest.mark.flight("DoGet")
def test_adbc_streams_and_may_stop(demo, flights):
    sql = "SELECT a.* FROM flights a CROSS JOIN (SELECT 1 FROM flights LIMIT 999) b"
    with flights.cursor() as cursor:
        cursor.execute(sql)
        reader = cursor.fetch_record_batch()
        assert reader.read_next_batch().num_rows > 0
        wait_until(lambda: running(demo, sql), 10, "it never ran")
        reader.close()
    wait_until(lambda: not running(demo, sql), 5, "it streams on though nobody reads")


@pytest.mark.flight("CancelFlightInfo")
def test_adbc_cancels(demo, flights):
    with flights.cursor() as cursor:
        ended = []

        def wait():
            try:
                cursor.execute(ENDLESS)
                cursor.fetchall()
            except adbc_driver_manager.Error as problem:
                ended.append(problem)

        waiting = threading.Thread(target=wait)
        waiting.start()
        wait_until(lambda: running(demo, ENDLESS), 10, "it never ran")
        deadline = time.monotonic() + 10
        while waiting.is_alive() and time.monotonic() < deadline:
            cursor.adbc_cancel()
            waiting.join(0.2)
        assert ended, "it was not cancelled"
    wait_until(lambda: not running(demo, ENDLESS), 5, "it runs on though it was cancelled")


# Parameters.


@pytest.mark.flight("CommandPreparedStatementQuery")
@pytest.mark.parametrize("sql", ["SELECT ?::bigint + 1 AS x, ? AS y", "SELECT $1::bigint + 1 AS x, $2 AS y"])
def test_parameters(connection, cursor, sql):
    assert ask(cursor, sql, (41, "it's")) == [{"x": 42, "y": "it's"}]
    assert ask(cursor, sql, (None, None)) == [{"x": None, "y": None}]
    for wrong in ((1,), (1, "x", 2)):
        with pytest.raises(adbc.ProgrammingError, match="takes 2 parameters"):
            ask(cursor, sql, wrong)
    with pytest.raises(adbc.ProgrammingError, match="cast"):
        ask(cursor, sql, ("x", "y"))
    with connection.cursor() as other, pytest.raises(adbc.ProgrammingError, match="no value"):
        ask(other, sql)


BOUND = {
    "bool": pa.array([True]), "int8": pa.array([-128], pa.int8()), "int64": pa.array([-(2**63)]), "uint64": pa.array([2**64 - 1], pa.uint64()),
    "float16": pa.array([1.5], pa.float16()), "float32": pa.array([1.5], pa.float32()), "float64": pa.array([0.1]),
    "string": pa.array(["ünï\x00'"]), "large_string": pa.array(["ü"], pa.large_string()), "string_view": pa.array(["ü"], pa.string_view()),
    "dictionary": pa.array(["x"]).dictionary_encode(), "binary": pa.array([b"\xff\x00"]), "fixed": pa.array([b"\xff\x00"], pa.binary(2)),
    "binary_view": pa.array([b"\xff"], pa.binary_view()),
    "date32": pa.array([datetime.date(1582, 10, 15)]), "time32": pa.array([datetime.time(1, 2, 3)], pa.time32("s")),
    "time64": pa.array([datetime.time(1, 2, 3, 456789)], pa.time64("us")), "interval": pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
    "null": pa.array([None], pa.null()), "null_string": pa.array([None], pa.string()),
    **{f"decimal{bits}-{precision},{scale}": pa.array([decimal.Decimal((sign, (9,) * precision, -scale))], kind(precision, scale))
       for bits, kind, precision, scale, sign in (
           (32, pa.decimal32, 9, 2, 1), (32, pa.decimal32, 1, 0, 0), (64, pa.decimal64, 18, 18, 0), (128, pa.decimal128, 19, 3, 1),
           (128, pa.decimal128, 38, 0, 0), (128, pa.decimal128, 38, 38, 1), (256, pa.decimal256, 39, 1, 0),
           (256, pa.decimal256, 76, 0, 1), (256, pa.decimal256, 76, 76, 0))},
    **{f"timestamp-{unit}-{zone}": pa.array([1_711_848_605], pa.timestamp(unit, zone))
       for unit in ("s", "ms", "us", "ns") for zone in (None, "UTC", "Europe/Zurich", "-09:30")},
}


@pytest.mark.flight("CommandPreparedStatementQuery")
@pytest.mark.parametrize("kind", BOUND)
def test_parameters_of_every_type(cursor, kind):
    """A bound value is what it was, to the last digit and nanosecond."""
    bound = BOUND[kind]
    cursor.execute("SELECT ? AS x", pa.record_batch({"0": bound}))
    got = cursor.fetch_arrow_table()["x"]
    assert got.to_pylist() == bound.to_pylist()
    if kind.startswith(("decimal", "timestamp", "date", "time", "uint64", "interval")):
        assert got.type == bound.type


@pytest.mark.flight("CommandPreparedStatementQuery")
def test_parameters_as_python_has_them(cursor):
    at = datetime.datetime(2024, 10, 27, 0, 30, 0, 123456, tzinfo=UTC)
    values = (True, 2**62, 0.1, "ü", b"\xff", decimal.Decimal("1.10"), datetime.date(2024, 2, 29), at, None)
    [row] = ask(cursor, "SELECT " + ", ".join(f"? AS c{i}" for i in range(len(values))), values)
    assert tuple(row.values()) == values


def test_parameters_that_are_durations(cursor):
    cursor.execute("SELECT ? AS x", pa.record_batch({"0": pa.array([5], pa.duration("ms"))}))
    assert cursor.fetch_arrow_table()["x"].to_pylist() == [datetime.timedelta(milliseconds=5)]


@pytest.mark.flight("CommandPreparedStatementUpdate")
def test_executemany(server, cursor, name):
    cursor.execute(f"CREATE TABLE {name} (n BIGINT, s VARCHAR)")
    cursor.executemany(f"INSERT INTO {name} VALUES (?, ?)", [(1, "one"), (2, None), (3, "three")])
    assert cursor.rowcount == 3
    assert server.rows(f"SELECT n, s FROM {name} ORDER BY n") == [(1, "one"), (2, None), (3, "three")]
    cursor.executemany(f"DELETE FROM {name} WHERE n = ?", pa.record_batch({"n": [1, 2, 99]}))
    assert cursor.rowcount == 2 and count(server, name) == 1
    with pytest.raises(adbc.ProgrammingError, match="takes 2 parameters"):
        cursor.executemany(f"INSERT INTO {name} VALUES (?, ?)", [(1,)])
    with pytest.raises(adbc.ProgrammingError):
        cursor.executemany(f"INSERT INTO {name} VALUES (?, ?)", [("not a number", "x")])
    assert count(server, name) == 1


@pytest.mark.flight("CommandPreparedStatementUpdate")
@pytest.mark.parametrize("none", [[], ROWS.schema.empty_table(), ROWS[:0].to_reader()], ids=["list", "table", "batches"])
def test_executemany_of_nothing_does_nothing(server, cursor, name, none):
    server.put(name, ROWS)
    cursor.executemany(f"INSERT INTO {name} VALUES (?, ?)", none)
    assert cursor.rowcount in (0, -1) and count(server, name) == 3
    # The values of another time are not taken again.
    cursor.executemany(f"INSERT INTO {name} VALUES (?, ?)", [(4, "four")])
    assert cursor.rowcount == 1 and count(server, name) == 4


@pytest.mark.flight("CreatePreparedStatement", "ClosePreparedStatement")
def test_adbc_prepares(cursor):
    schema = cursor.adbc_prepare("SELECT * FROM range(0, 10) WHERE value > $1")
    assert len(schema) == 1
    for least, found in ((7, 2), (3, 6), (100, 0)):
        assert len(ask(cursor, "SELECT * FROM range(0, 10) WHERE value > $1", (least,))) == found


# Changes.


@pytest.mark.flight("CommandStatementUpdate", "CommandPreparedStatementUpdate")
def test_adbc_updates(server, connection, cursor, name):
    cursor.execute(f"CREATE TABLE {name} AS SELECT value AS n FROM range(0, 10)")
    cursor.execute(f"DELETE FROM {name} WHERE n < 4")
    assert count(server, name) == 6
    statement = adbc_driver_manager.AdbcStatement(connection.adbc_connection)
    statement.set_sql_query(f"DELETE FROM {name} WHERE n < 6")
    assert statement.execute_update() == 2
    statement.close()
    assert count(server, name) == 4


@pytest.mark.flight("CommandStatementIngest")
def test_adbc_ingests_in_every_mode(server, cursor, name):
    exists, missing = (adbc.ProgrammingError, adbc.IntegrityError), (adbc.ProgrammingError,)
    with pytest.raises(missing, match="NOT_FOUND"):
        cursor.adbc_ingest(name, ROWS, mode="append")
    assert server.get(f"/v1/datasets/{name}", ok=False).status_code == 404
    assert cursor.adbc_ingest(name, ROWS, mode="create") == 3
    with pytest.raises(exists, match="ALREADY_EXISTS"):
        cursor.adbc_ingest(name, ROWS, mode="create")
    assert cursor.adbc_ingest(name, ROWS, mode="append") == 3 and count(server, name) == 6
    assert cursor.adbc_ingest(name, ROWS, mode="create_append") == 3 and count(server, name) == 9
    assert cursor.adbc_ingest(name, ROWS, mode="replace") == 3 and count(server, name) == 3
    assert cursor.adbc_ingest(name + "_2", ROWS, mode="create_append") == 3
    assert cursor.adbc_ingest(name + "_3", ROWS, mode="replace") == 3
    other = pa.table({"n": ["text"], "s": ["x"]})
    for mode in ("append", "create_append"):
        with pytest.raises(adbc.Error, match="`n` is Int64 in the table and Utf8 in the rows"):
            cursor.adbc_ingest(name, other, mode=mode)
    with pytest.raises(exists, match="ALREADY_EXISTS"):
        cursor.adbc_ingest(name, other, mode="create")
    assert count(server, name) == 3
    assert cursor.adbc_ingest(name, other, mode="replace") == 1


@pytest.mark.flight("CommandStatementIngest")
def test_adbc_ingests_into_temporary_tables(server, connection, cursor, name):
    """As often as one likes."""
    for _ in range(2):
        assert cursor.adbc_ingest(name, ROWS, mode="replace", temporary=True) == 3
    assert ask(cursor, f"SELECT count(*) AS n FROM {name}") == [{"n": 3}]
    with connection.cursor() as same:
        assert ask(same, f"SELECT count(*) AS n FROM {name}") == [{"n": 3}]
    assert server.get(f"/v1/datasets/{name}", ok=False).status_code == 404


@pytest.mark.flight("CommandStatementIngest")
def test_adbc_ingests_many_rows(server, cursor, name):
    rows = 1_000_000
    table = pa.table({"n": pa.array(range(rows)), "x": pa.array([0.5] * rows)})
    assert cursor.adbc_ingest(name, table.to_reader(max_chunksize=50_000), mode="create") == rows
    assert server.rows(f"SELECT count(*), sum(n), sum(x) FROM {name}") == [(rows, rows * (rows - 1) // 2, rows / 2)]


# What there is.


def tables(objects):
    return {table["table_name"]: table for catalog in objects for schema in catalog["catalog_db_schemas"] or ()
            for table in schema["db_schema_tables"] or ()}


def objects(connection, **filters):
    return connection.adbc_get_objects(**filters).read_all().to_pylist()


@pytest.mark.flight("CommandGetCatalogs", "CommandGetDbSchemas", "CommandGetTables")
def test_objects_at_every_depth(flights):
    assert objects(flights, depth="catalogs") == [{"catalog_name": "pantile", "catalog_db_schemas": None}]
    [catalog] = objects(flights, depth="db_schemas")
    assert [schema["db_schema_name"] for schema in catalog["catalog_db_schemas"]] == ["information_schema", "main", "system"]
    shallow = tables(objects(flights, depth="tables"))
    assert {"airlines", "airports", "flights", "planes", "weather", "queries"} <= shallow.keys()
    assert shallow["airlines"]["table_type"] == "TABLE" and shallow["queries"]["table_type"] == "SYSTEM TABLE"
    assert shallow["airlines"]["table_columns"] is None
    deep = tables(objects(flights, depth="all"))
    assert deep.keys() == shallow.keys()
    columns = deep["weather"]["table_columns"]
    assert [column["ordinal_position"] for column in columns] == list(range(1, len(columns) + 1))
    by_name = {column["column_name"]: column for column in columns}
    assert by_name["origin"]["xdbc_type_name"] == "VARCHAR" and by_name["temp"]["xdbc_type_name"] == "DOUBLE"
    assert by_name["time_hour"]["xdbc_type_name"] == "TIMESTAMP WITH TIME ZONE"


@pytest.mark.flight("CommandGetTables", "ARROW:FLIGHT:SQL:TYPE_NAME")
def test_objects_by_filters(flights):
    def found(depth="tables", **filters):
        return set(tables(objects(flights, depth=depth, **filters)))

    assert found(table_name_filter="air%") == {"airlines", "airports"} == found("all", table_name_filter="air%")
    assert found(table_name_filter="_lanes") == {"planes"}
    assert found(table_name_filter="air_") == set() == found(table_name_filter="AIR%")
    assert found(catalog_filter="pan%", db_schema_filter="m_in", table_name_filter="weather") == {"weather"}
    assert found(db_schema_filter="sys%", table_name_filter="air%") == set() == found(catalog_filter="other")
    assert found(table_types_filter=["VIEW"]) == set() and "airlines" in found(table_types_filter=["TABLE", "VIEW"])
    assert "airlines" not in found(table_types_filter=["SYSTEM TABLE"]) >= {"queries", "settings"}
    [airlines] = tables(objects(flights, depth="all", table_name_filter="airlines", column_name_filter="n%")).values()
    assert [(column["column_name"], column["ordinal_position"]) for column in airlines["table_columns"]] == [("name", 2)]


@pytest.mark.flight("CommandGetTableTypes", "CommandGetTables", "CommandGetSqlInfo")
def test_adbc_asks_what_there_is(flights):
    assert flights.adbc_get_table_types() == ["LOCAL TEMPORARY", "SYSTEM TABLE", "TABLE", "VIEW"]
    assert flights.adbc_get_table_schema("airlines").names == ["carrier", "name"]
    assert flights.adbc_get_table_schema("airlines", db_schema_filter="main").field("name").metadata[b"ARROW:FLIGHT:SQL:TYPE_NAME"] == b"VARCHAR"
    with pytest.raises(adbc.Error, match="NOT_FOUND"):
        flights.adbc_get_table_schema("no_such_table")
    told = flights.adbc_get_info()
    assert told["vendor_name"] == "Pantile" and told["vendor_version"]


# Sessions.


@pytest.mark.flight("SetSessionOptions", "GetSessionOptions", "CloseSession", "cookie")
def test_adbc_keeps_a_session_by_its_cookie(server):
    session = "adbc.flight.sql.session.option."
    cookies = {adbc_driver_flightsql.DatabaseOptions.WITH_COOKIE_MIDDLEWARE.value: "true"}
    with connect(server, db_kwargs=cookies) as mine, connect(server) as other:
        mine.adbc_connection.set_options(**{session + "row_limit": "3"})
        assert mine.adbc_connection.get_option(session + "row_limit") == "3"
        assert other.adbc_connection.get_option(session + "row_limit") == "0"
        with mine.cursor() as cursor:
            assert len(ask(cursor, "SELECT * FROM range(0, 10)")) == 3
        with other.cursor() as cursor:
            assert len(ask(cursor, "SELECT * FROM range(0, 10)")) == 10
        with pytest.raises(adbc.Error):
            mine.adbc_connection.set_options(**{session + "no_such_option": "3"})


@pytest.mark.flight("pantile-session", "pantile-snapshot")
def test_adbc_sends_metadata_of_its_callers(server, name):
    snapshot = server.put(name, ROWS).json()["snapshot"]
    server.append(name, ROWS)
    header = adbc_driver_flightsql.DatabaseOptions.RPC_CALL_HEADER_PREFIX.value
    server.sql("SET row_limit = 2", session="from-http")
    with connect(server, db_kwargs={header + "pantile-session": "from-http"}) as mine, mine.cursor() as cursor:
        assert len(ask(cursor, f"SELECT * FROM {name}")) == 2
    with connect(server, db_kwargs={header + "pantile-snapshot": str(snapshot)}) as past, past.cursor() as cursor:
        assert ask(cursor, f"SELECT count(*) AS n FROM {name}") == [{"n": 3}]


@pytest.mark.flight("Handshake", "authorization")
def test_adbc_signs_in(server):
    with connect(server, db_kwargs={"username": "anybody", "password": "anything"}) as mine, mine.cursor() as cursor:
        assert ask(cursor, "SELECT 1 AS x") == [{"x": 1}]


# Libraries.


@pytest.mark.flight("CommandStatementQuery")
def test_pandas(server, flights, connection, name):
    frame = pd.read_sql("SELECT carrier, name FROM airlines ORDER BY carrier", flights)
    assert len(frame) == 16 and frame["name"].iloc[0] == "Endeavor Air Inc."
    delays = pd.read_sql("SELECT dep_delay, time_hour FROM flights", flights)
    assert delays["dep_delay"].isna().sum() == 8255 and str(delays["time_hour"].dtype) == "datetime64[us, UTC]"
    written = pd.DataFrame({"a": [1, 2], "b": ["x", None], "at": pd.date_range("2024-01-01", periods=2, tz="UTC")})
    assert written.to_sql(name, connection, index=False) == 2
    with pytest.raises((ValueError, adbc.Error)):
        written.to_sql(name, connection, index=False, if_exists="fail")
    assert written.to_sql(name, connection, index=False, if_exists="append") == 2 and count(server, name) == 4
    assert written.to_sql(name, connection, index=False, if_exists="replace") == 2
    again = pd.read_sql_table(name, connection)
    assert again["a"].tolist() == [1, 2] and again["at"].tolist() == written["at"].tolist() and again["b"].isna().tolist() == [False, True]


@pytest.mark.flight("CommandStatementQuery", "CommandStatementIngest")
def test_polars(server, flights, connection, name):
    frame = pl.read_database("SELECT carrier, name FROM airlines ORDER BY carrier", flights)
    assert frame.shape == (16, 2)
    one = pl.read_database("SELECT name FROM airlines WHERE carrier = ?", flights, execute_options={"parameters": ("UA",)})
    assert one.rows() == [(UNITED,)]
    batches = pl.read_database("SELECT distance FROM flights", flights, iter_batches=True, batch_size=50_000)
    assert sum(batch["distance"].sum() for batch in batches) == 350_217_607
    written = pl.DataFrame({"a": [1, 2], "b": ["x", None], "c": [[1], []]})
    assert written.write_database(name, connection, engine="adbc") == 2
    assert written.write_database(name, connection, engine="adbc", if_table_exists="append") == 2
    assert pl.read_database(f"SELECT * FROM {name} ORDER BY a", connection).equals(pl.concat([written, written]).sort("a"))


@pytest.mark.flight("CommandStatementQuery")
def test_polars_by_address(demo):
    """Polars finds the driver by the first word of the address; the driver would speak TLS unless told not to."""
    address = demo.url.replace("http", "flightsql") + "?transport=tcp"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pl.read_database_uri("SELECT name FROM airlines WHERE carrier = 'UA'", address, engine="adbc")
    assert frame.rows() == [(UNITED,)]


@pytest.mark.flight("DoGet")
def test_duckdb_reads_what_adbc_fetches(flights):
    with flights.cursor() as cursor:
        cursor.execute("SELECT carrier, distance FROM flights")
        reader = cursor.fetch_record_batch()  # noqa: F841  DuckDB finds it by this name
        rows = duckdb.connect().sql("SELECT carrier, sum(distance) FROM reader GROUP BY carrier ORDER BY 2 DESC LIMIT 1").fetchall()
    assert rows == [("UA", 89_705_524)]
