"""The ibis backend against the real server, compared with what pandas makes of the same rows."""

import datetime
import gc
import inspect
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from pantile import ClosedError
from pantile._local import LocalServer

ibis = pytest.importorskip("ibis")
pytest.importorskip("adbc_driver_flightsql")
com = pytest.importorskip("ibis.common.exceptions")
Backend = pytest.importorskip("pantile.ibis").Backend
BaseBackend = pytest.importorskip("ibis.backends").BaseBackend

TIMES = [
    datetime.datetime(2024, 3, 1, 12, 34, 56, 789012),
    datetime.datetime(1969, 12, 31, 23, 59, 58, 500000),
    None,
]
ROWS = pa.table({"k": [1, 2, 3], "v": ["a", "b", None]})
URL = "HTTP://u:p@H.com:80/a/b.html?x=1&y=a%20b#frag"


@pytest.fixture(scope="module")
def con(server: LocalServer) -> Iterator[Any]:
    con = ibis.connect(server.url.replace("http", "pantile"))
    yield con
    con.disconnect()


@pytest.fixture
def name(con: Any) -> Iterator[str]:
    name = ibis.util.gen_name("ibis_test")
    yield name
    con.drop_table(name, force=True)


@pytest.fixture(scope="module")
def flights(con: Any) -> Any:
    return con.table("flights")


@pytest.fixture(scope="module")
def frame(flights: Any) -> pd.DataFrame:
    return flights.select("carrier", "origin", "dep_delay", "distance").to_pandas()


# The connection.


@pytest.mark.parametrize("scheme", ["pantile", "grpc", "http"])
def test_addresses(server: LocalServer, scheme: str) -> None:
    con = ibis.pantile.connect(server.url.replace("http", scheme))
    assert "flights" in con.list_tables() and (con.current_catalog, con.current_database) == ("pantile", "main")
    con.disconnect()


def test_host_and_port(server: LocalServer) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    con = ibis.pantile.connect(host="127.0.0.1", port=port)
    assert con.version[0].isdigit()
    con.disconnect()


@pytest.mark.parametrize("url", ["ftp://localhost", "pantile://"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(TypeError, match="no address"):
        ibis.pantile.connect(url)


def test_sessions_are_apart_unless_named_alike(server: LocalServer) -> None:
    one, same, other = (ibis.pantile.connect(server.url, session=session) for session in ("s-1", "s-1", None))
    one.create_table("mine", pa.table({"n": [1]}), temp=True)
    assert same.table("mine").count().to_pandas() == 1
    assert "mine" not in other.list_tables()
    for con in (one, same, other):
        con.disconnect()


def test_connections_that_there_are(server: LocalServer) -> None:
    import adbc_driver_flightsql.dbapi as adbc

    with adbc.connect(server.url.replace("http", "grpc"), autocommit=True) as connection:
        con = ibis.pantile.from_connection(connection)
        assert con.execute(ibis.memtable(ROWS).k.sum()) == 6
        with pytest.raises(com.IbisError, match="reconnect"):
            con.reconnect()


# Its end.


def test_answers_keep_a_connection_open(server: LocalServer) -> None:
    con = ibis.pantile.connect(server.url)
    reader, unread = (con.table("flights").to_pyarrow_batches() for _ in range(2))
    reader.read_next_batch()
    con.disconnect()
    with pytest.raises(ClosedError, match="reconnect"):
        con.table("flights")
    del unread
    assert con.con.adbc_get_info()["vendor_version"]
    assert reader.read_all().num_rows > 300_000
    # The last of them has been read, and the driver's connection is closed behind it.
    with pytest.raises(Exception, match="must call"):
        con.con.adbc_get_info()
    con.disconnect()


@pytest.mark.parametrize("is_begun", [False, True])
def test_answers_that_nobody_wants_let_it_go(server: LocalServer, is_begun: bool) -> None:
    con = ibis.pantile.connect(server.url)
    reader = con.table("flights").to_pyarrow_batches()
    if is_begun:
        reader.read_next_batch()
    con.disconnect()
    del reader
    with pytest.raises(Exception, match="must call"):
        con.con.adbc_get_info()


def test_connections_open_again(server: LocalServer) -> None:
    con = ibis.pantile.connect(server.url)
    former = con.con
    con.disconnect()
    con.reconnect()
    con.reconnect()
    assert con.con is not former and con.execute(ibis.literal(1)) == 1
    con.disconnect()


def test_servers_that_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    unsaid: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", unsaid.append)
    server = LocalServer(quiet=True)
    con = ibis.pantile.connect(server.url)
    # More than waits on its way.
    reader = con.create_table("rows", pa.table({"n": range(4_000_000)})).to_pyarrow_batches()
    reader.read_next_batch()
    os.kill(server.pid, signal.SIGKILL)
    with pytest.raises(OSError, match=r"reset|EOF|refused|closed"):
        reader.read_all()
    with pytest.raises(Exception, match=r"reset|EOF|refused|closed"):
        con.sql("SELECT 1")
    con.disconnect()
    del reader, con
    gc.collect()
    server.stop()
    assert not unsaid


THREADS = """
import sys, threading, ibis
from pantile import ClosedError

con = ibis.pantile.connect(sys.argv[1])
begun = threading.Barrier(4, timeout=30)

def ask():
    try:
        con.table("airlines").to_pyarrow()
        begun.wait()
        while True:
            con.table("flights").select("carrier").limit(50_000).to_pyarrow()
    except ClosedError:
        print("closed")

threads = [threading.Thread(target=ask) for _ in range(3)]
for thread in threads:
    thread.start()
begun.wait()
threading.Event().wait(0.3)
con.disconnect()
for thread in threads:
    thread.join()
"""


def test_threads_may_ask_while_one_disconnects(server: LocalServer) -> None:
    # In a process of its own: a driver whose memory is freed below it takes the process with it.
    ended = subprocess.run([sys.executable, "-c", THREADS, server.url], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout.count("closed")) == (0, 3), ended.stderr


# What there is.


def test_names(con: Any) -> None:
    assert {"flights", "airlines", "airports", "planes", "weather"} <= set(con.list_tables())
    assert con.list_tables(like="air") == ["airlines", "airports"]
    assert con.list_catalogs() == ["pantile"] and "main" in con.list_databases()
    assert con.list_tables(database="system")


def test_schemas(con: Any, flights: Any) -> None:
    assert flights.schema()["carrier"].is_string() and flights.schema()["dep_delay"].is_numeric()
    assert con.sql("SELECT 1 AS a, 'x' AS b").schema().names == ("a", "b")
    with pytest.raises(com.TableNotFound, match="flihgts"):
        con.table("flihgts")


# Questions.


def test_groups_as_pandas_has_them(flights: Any, frame: pd.DataFrame) -> None:
    asked = flights.group_by("carrier").agg(n=flights.count(), mean=flights.dep_delay.mean()).order_by("carrier")
    groups = frame.groupby("carrier").dep_delay
    expected = pd.DataFrame({"n": groups.size(), "mean": groups.mean()}).reset_index()
    pd.testing.assert_frame_equal(asked.to_pandas(), expected, check_dtype=False)


def test_joins_with_rows_of_ours(flights: Any, frame: pd.DataFrame) -> None:
    ours = ibis.memtable({"carrier": ["UA", "AA"], "alliance": ["star", "oneworld"]})
    asked = flights.join(ours, "carrier").group_by("alliance").agg(n=ibis._.count()).order_by("alliance")
    expected = frame.carrier.value_counts()
    assert asked.to_pandas().n.tolist() == [expected["AA"], expected["UA"]]


def test_windows(flights: Any) -> None:
    window = ibis.window(group_by="origin", order_by="distance")
    ranked = flights.mutate(rank=ibis.row_number().over(window)).filter(ibis._["rank"] == 0)
    assert ranked.count().to_pandas() == 3


def test_questions_that_ibis_has_written(con: Any, flights: Any) -> None:
    written = ibis.to_sql(flights.filter(flights.carrier == "UA"), dialect="datafusion")
    assert con.sql(written).count().to_pandas() == 58_665


def test_answers_in_every_form(flights: Any) -> None:
    asked = flights.order_by("distance").select("distance").limit(2500)
    assert asked.to_pyarrow().num_rows == 2500
    sizes = [batch.num_rows for batch in asked.to_pyarrow_batches(chunk_size=1000)]
    assert sum(sizes) == 2500 and max(sizes) <= 1000
    assert asked.to_polars().height == 2500
    assert asked.distance.max().to_pyarrow().as_py() == asked.to_pandas().distance.max()


def test_columns_of_nulls_alone(con: Any) -> None:
    rows = ibis.memtable({"a": [None, None], "b": [1, 2]})
    assert con.to_pyarrow(rows.order_by("b")) == pa.table({"a": pa.nulls(2), "b": [1, 2]})
    assert con.to_pyarrow(rows.a) == pa.chunked_array([pa.nulls(2)])


def test_answers_are_read_as_they_come(flights: Any) -> None:
    reader = flights.to_pyarrow_batches()
    assert next(iter(reader)).num_rows > 0
    reader.close()
    assert flights.count().to_pandas() == 336_776


PARTS = {
    "epoch_seconds": [1709296496, -2, None],
    "hour": [12, 23, None],
    "minute": [34, 59, None],
    "second": [56, 58, None],
    "millisecond": [789, 500, None],
    "microsecond": [789012, 500000, None],
}


@pytest.mark.parametrize("part", PARTS)
def test_parts_of_times(con: Any, part: str) -> None:
    rows = ibis.memtable(pa.table({"n": [0, 1, 2], "t": pa.array(TIMES, pa.timestamp("us"))}))
    asked = rows.order_by("n").select(part=getattr(rows.t, part)())
    assert con.to_pyarrow(asked)["part"].to_pylist() == PARTS[part]


@pytest.mark.parametrize(("value", "sign"), [(-2.5, -1), (0.0, 0), (7, 1)])
def test_signs(con: Any, value: float, sign: int) -> None:
    assert con.execute(ibis.literal(value).sign()) == sign


URLS = {
    "protocol": "http",
    "authority": "u:p@H.com:80",
    "host": "h.com",
    "path": "/a/b.html",
    "query": "x=1&y=a%20b",
    "fragment": "frag",
    "userinfo": "u:p",
}


@pytest.mark.parametrize("part", URLS)
def test_parts_of_urls(con: Any, part: str) -> None:
    assert con.execute(getattr(ibis.literal(URL), part)()) == URLS[part]


def test_parameters_of_urls(con: Any) -> None:
    url = ibis.literal(URL)
    assert con.execute(url.query("y")) == "a b"
    assert pd.isna(con.execute(url.query("z")))


def test_patterns_split(con: Any) -> None:
    assert list(con.execute(ibis.literal("a1b22c").re_split("[0-9]+"))) == ["a", "b", "c"]


# What changes something.


@pytest.mark.parametrize(
    "obj",
    [
        ROWS,
        ROWS.to_pandas(),
        ROWS.to_pylist(),
        ROWS.to_batches()[0],
        ROWS.to_reader(),
        ibis.memtable(ROWS),
        ds.dataset(ROWS),
    ],
    ids=["table", "pandas", "rows", "batch", "reader", "memtable", "dataset"],
)
def test_tables_of_rows(con: Any, name: str, obj: Any) -> None:
    table = con.create_table(name, obj)
    assert table.order_by("k").to_pyarrow().to_pydict() == ROWS.to_pydict()
    with pytest.raises(Exception, match="already"):
        con.create_table(name, ROWS)
    assert con.create_table(name, ROWS.slice(0, 1), overwrite=True).count().to_pandas() == 1


@pytest.mark.parametrize(
    "values", [["x" * (17 << 20)], [letter * (6 << 20) for letter in "abc"]], ids=["value", "batch"]
)
def test_rows_larger_than_a_message(con: Any, name: str, values: list[str]) -> None:
    made = con.create_table(name, pa.table({"v": values}), temp=True)
    assert sorted(made.to_pyarrow()["v"].to_pylist()) == values


def test_tables_of_expressions(con: Any, name: str, flights: Any) -> None:
    made = con.create_table(name, flights.filter(flights.carrier == "UA").select("carrier", "distance"))
    assert made.count().to_pandas() == 58_665
    # Of itself, too: it is read before it is replaced.
    assert con.create_table(name, made.limit(5), overwrite=True).count().to_pandas() == 5


def test_tables_of_columns_alone(con: Any, name: str) -> None:
    schema = ibis.schema({"a": "int64", "b": "string", "t": "timestamp", "l": "array<int64>"})
    table = con.create_table(name, schema=schema)
    assert table.schema().names == schema.names and table.count().to_pandas() == 0
    with pytest.raises(ValueError, match="schema"):
        con.create_table(name)


def test_rows_are_added_and_replaced(con: Any, name: str) -> None:
    table = con.create_table(name, ROWS)
    con.insert(name, pd.DataFrame({"k": [4], "v": ["d"]}))
    con.insert(name, table.filter(table.k == 1))
    assert sorted(table.k.to_pandas()) == [1, 1, 2, 3, 4]
    con.insert(name, [{"k": 9, "v": "z"}], overwrite=True)
    assert table.to_pyarrow().to_pylist() == [{"k": 9, "v": "z"}]
    con.truncate_table(name)
    assert table.count().to_pandas() == 0


def test_rows_that_do_not_fit_leave_the_others(con: Any, name: str) -> None:
    table = con.create_table(name, ROWS)
    with pytest.raises(Exception, match="nope"):
        con.insert(name, pd.DataFrame({"k": ["nope"], "v": ["z"]}), overwrite=True)
    assert table.count().to_pandas() == 3


def test_rows_take_the_place_of_others(con: Any, name: str) -> None:
    table = con.create_table(name, ROWS)
    con.upsert(name, pd.DataFrame({"k": [2, 5], "v": ["B", "E"]}), on="k")
    assert table.order_by("k").to_pyarrow().to_pydict() == {"k": [1, 2, 3, 5], "v": ["a", "B", None, "E"]}
    con.upsert(name, pd.DataFrame({"k": [1, 6]}), on="k")
    assert table.order_by("k").v.to_pyarrow().to_pylist() == ["a", "B", None, "E", None]


def test_names_change(con: Any, name: str) -> None:
    con.create_table(f"{name}_old", ROWS)
    con.rename_table(f"{name}_old", name)
    assert name in con.list_tables() and f"{name}_old" not in con.list_tables()


def test_views(con: Any, flights: Any) -> None:
    view = con.create_view("ibis_late", flights.filter(flights.dep_delay > 60), overwrite=True)
    assert view.count().to_pandas() == flights.filter(flights.dep_delay > 60).count().to_pandas()
    con.drop_view("ibis_late")
    assert "ibis_late" not in con.list_tables()
    con.drop_view("ibis_late", force=True)


def test_files_of_ours(con: Any, tmp_path: Any) -> None:
    import pyarrow.csv as csv
    import pyarrow.parquet as parquet

    parquet.write_table(ROWS, tmp_path / "one.parquet")
    parquet.write_table(ROWS, tmp_path / "two.parquet")
    csv.write_csv(ROWS, tmp_path / "one.csv")
    assert con.read_parquet(tmp_path / "one.parquet").count().to_pandas() == 3
    assert con.read_parquet(tmp_path / "*.parquet", table_name="both").count().to_pandas() == 6
    assert con.read_csv(tmp_path / "one.csv").k.sum().to_pandas() == 6
    (tmp_path / "one.json").write_text('{"k": 1}\n{"k": 2}\n')
    assert con.read_json(tmp_path / "one.json").k.sum().to_pandas() == 3


@pytest.mark.parametrize("form", ["parquet", "csv", "json"])
def test_files_are_read_as_by_every_back_end(form: str) -> None:
    ours, theirs = (inspect.signature(getattr(of, f"read_{form}")).parameters for of in (Backend, BaseBackend))
    assert [(name, each.kind) for name, each in ours.items()] == [(name, each.kind) for name, each in theirs.items()]


def test_results_are_cached(flights: Any) -> None:
    cached = flights.filter(flights.carrier == "UA").cache()
    assert cached.count().to_pandas() == 58_665


# What is refused.


def test_python_functions_are_refused(flights: Any) -> None:
    @ibis.udf.scalar.pyarrow
    def twice(x: int) -> int:
        return x

    with pytest.raises(NotImplementedError, match="runs none"):
        flights.mutate(d=twice(flights.distance)).to_pandas()


def test_functions_of_the_server_have_names(con: Any) -> None:
    @ibis.udf.scalar.builtin
    def reverse(x: str) -> str: ...

    assert con.execute(reverse(ibis.literal("abc"))) == "cba"


def test_the_server_says_why(con: Any) -> None:
    with pytest.raises(Exception, match="dep_delay"):
        con.sql("SELECT dep_dealy FROM flights")
