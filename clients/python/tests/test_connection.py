"""Questions and answers: whole or not at all, batch by batch, to threads and forks, ended when nobody waits."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import pantile
from faking import ARROW, Fake, cut, document, hang_up, rows, stream
from pantile._local import LocalServer

pytestmark = pytest.mark.everywhere

# Runs until it is ended.
ENDLESS = "SELECT count(*) FROM flights a, flights b WHERE a.distance + b.distance = -1"
# Rows that no socket holds all of.
MANY = "SELECT a.*, b.value FROM flights a CROSS JOIN generate_series(1, 100) b"


def column(reader: pa.RecordBatchReader, name: str | None = None) -> list:
    table = reader.read_all()
    return table.column(name or 0).to_pylist()


def record(client, query_id: str, within_s: float = 3.0) -> dict:
    """What the server noted of a question, once it has ended."""
    until = time.monotonic() + within_s
    while True:
        told = client._transport.progress(query_id)
        if (told and told["finished"]) or time.monotonic() > until:
            return told
        time.sleep(0.02)


def running(client, text: str, within_s: float = 10.0) -> str:
    """The id of the question of that text, once it runs."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        for one in client.queries(running=True):
            if text in one["sql"] and "system.queries" not in one["sql"]:
                return one["query_id"]
        time.sleep(0.02)
    raise AssertionError(f"{text} does not run")


# Questions.


def test_a_statement_with_parameters(client):
    assert column(client.query("SELECT name FROM airlines WHERE carrier = $1", ["UA"])) == ["United Air Lines Inc."]
    assert column(client.query("SELECT $a + $b AS c", {"a": 1, "b": 2})) == [3]


def test_a_program_with_values(client):
    program = 'table("flights").filter(col("carrier").is_in(some), col("dep_delay") > least).select(n=len())'
    assert column(client.run(program, {"some": ["UA", "DL"], "least": 120})) == [2457]


FRAMES = {
    "arrow": pa.table({"carrier": ["UA", "DL"], "x": [1, 2]}),
    "reader": pa.table({"carrier": ["UA", "DL"], "x": [1, 2]}).to_reader(),
    "pandas": pd.DataFrame({"carrier": ["UA", "DL"], "x": [1, 2]}),
    "polars": pl.DataFrame({"carrier": ["UA", "DL"], "x": [1, 2]}),
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_beside_a_program(client, name):
    program = 'sent.join(table("airlines"), on="carrier").filter(col("x") >= least).select("name")'
    assert column(client.run(program, {"sent": FRAMES[name], "least": 2})) == ["Delta Air Lines Inc."]


def test_categories_come_back_as_what_they_are_of(client):
    frame = pd.DataFrame({"c": pd.Categorical(["UA", None, "DL", "UA"])})
    assert column(client.run("sent", {"sent": frame})) == ["UA", None, "DL", "UA"]


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e300, 5e-324, 2**53 + 1, 2**63 - 1, -(2**63), "'\"\\\n\0ü🦆", True])
def test_values_come_through_unchanged(client, value):
    assert column(client.run('frame({"a": [1]}).select(v=lit(v))', {"v": value})) == [value]
    if value != "'\"\\\n\0ü🦆":
        assert column(client.query("SELECT $1 AS v", [value])) == [value]


@pytest.mark.parametrize("engine", ["polars", "datafusion"])
def test_the_engine_is_the_one_asked_for(client, engine):
    answer = client.run('table("flights").filter(col("distance") > 2000).explain()', engine=engine)
    told = answer.read_all().to_pydict()
    assert dict(zip(told["plan_type"], told["plan"], strict=True))["engine"] == engine


def test_rows_are_limited(client):
    assert client.query("SELECT * FROM flights", row_limit=10).read_all().num_rows == 10
    assert client.run('table("flights")', row_limit=0).read_all().num_rows == 0


def test_describing_runs_nothing(client):
    schema = client.describe_query("SELECT carrier, distance * 1.5 AS d FROM flights")
    assert schema.names == ["carrier", "d"]
    assert schema.field("d").type == pa.float64()
    assert client.describe('table("flights").select("carrier").store("never_there")').names
    assert "never_there" not in client.datasets
    with pytest.raises(pantile.ColumnNotFoundError):
        client.describe('table("flights").select("dep_dely")')


def test_describing_what_takes_forever_takes_no_time(client):
    began = time.monotonic()
    assert client.describe_query(ENDLESS).names == ["count(*)"]
    assert client.describe("sent.select(col('a').sum())", {"sent": pa.table({"a": [1]})}).types == [pa.int64()]
    assert time.monotonic() - began < 2


def test_a_session_holds_from_question_to_question(server):
    with pantile.connect(server.url, session=f"test-{time.time_ns()}") as client:
        client.query("CREATE TEMPORARY TABLE mine AS SELECT 7 AS a").read_all()
        assert column(client.query("SELECT a FROM mine")) == [7]
        client.query("BEGIN")
        client.query("CREATE TABLE never AS SELECT 1 AS a")
        client.query("ROLLBACK")
        assert "never" not in client.datasets


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_answers_that_are_compressed(server, compression):
    if compression == "zstd":
        pytest.importorskip("zstandard")
    with pantile.connect(server.url, compression=compression) as client:
        assert client.query("SELECT * FROM flights").read_all().num_rows == 336_776


# Whole, or not at all.


@pytest.mark.parametrize("how", ["closed", "reset", "as if whole"])
@pytest.mark.parametrize("part", [0.0, 0.3, 0.7, 0.999])
def test_an_answer_that_is_cut_never_passes_for_whole(part, how):
    whole = stream(pa.table({"a": range(100_000)}), 10_000)
    reply = cut(whole[: int(len(whole) * part)], reset=how == "reset", last_chunk=how == "as if whole")
    with Fake(reply) as fake:
        fake.progress = document({"error": "limit_memory", "detail": "over 1 GiB", "state": "failed"})
        with pytest.raises(pantile.IncompleteAnswerError) as caught:
            pantile.connect(fake.url).query("SELECT 1").read_all()
    assert caught.value.query_id == fake.seen[0].headers["Pantile-Query-Id"]
    assert caught.value.code == "limit_memory"
    assert "`limit_memory`, over 1 GiB" in str(caught.value)


def test_batches_before_the_break_are_given_out():
    whole = stream(pa.table({"a": range(100_000)}), 10_000)
    with Fake(cut(whole[: len(whole) * 2 // 3])) as fake:
        answer = pantile.connect(fake.url).query("SELECT 1")
        assert answer.read_next_batch().num_rows == 10_000
        with pytest.raises(pantile.IncompleteAnswerError):
            answer.read_all()


@pytest.fixture
def doomed():
    """A server that a test may kill."""
    server = LocalServer(demo=True, quiet=True)
    yield server
    server.stop()


def test_a_server_that_dies_in_the_middle(doomed):
    client = pantile.connect(doomed.url, retries=0)
    answer = client.query(MANY)
    answer.read_next_batch()
    os.kill(doomed.pid, signal.SIGKILL)
    with pytest.raises(pantile.IncompleteAnswerError) as caught:
        for _ in answer:
            pass
    assert caught.value.query_id.startswith("py-query-")
    with pytest.raises(pantile.ConnectionError, match="no server answers"):
        client.query("SELECT 1")


# Batch by batch.


def test_rows_come_before_all_are_computed(client):
    began = time.monotonic()
    answer = client.query(MANY)
    assert answer.read_next_batch().num_rows > 0
    first = time.monotonic() - began
    assert first < 2, f"{first} s"
    query_id = running(client, "generate_series(1, 100)")
    assert client._transport.progress(query_id)["rows"] < 33_677_600
    del answer
    gc.collect()
    assert record(client, query_id)["state"] == "cancelled"


def test_an_answer_larger_than_what_is_held_of_it(client):
    before = pa.total_allocated_bytes()
    peak = total = 0
    for batch in client.query(
        "SELECT a.distance, a.dep_delay, b.value FROM flights a CROSS JOIN generate_series(1, 40) b"
    ):
        total += batch.nbytes
        peak = max(peak, pa.total_allocated_bytes() - before)
    assert total > 100 << 20
    assert peak < 20 << 20


def test_an_upload_larger_than_what_is_held_of_it(client):
    schema = pa.schema({"a": pa.int64(), "b": pa.float64()})
    peak, before = 0, pa.total_allocated_bytes()

    def batches():
        nonlocal peak
        for part in range(40):
            peak = max(peak, pa.total_allocated_bytes() - before)
            values = np.arange(part << 16, part + 1 << 16)
            yield pa.record_batch([pa.array(values), pa.array(values / 2)], schema=schema)

    client.upload("large", pa.RecordBatchReader.from_batches(schema, batches()))
    assert column(client.query("SELECT count(*) FROM large")) == [40 << 16]
    assert peak < 20 << 20
    client.drop("large")


# Ended when nobody waits.


def test_ctrl_c_ends_the_question_on_the_server(client):
    def interrupt() -> None:
        running(client, ENDLESS)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    presser = threading.Thread(target=interrupt)
    presser.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        client.query(ENDLESS).read_all()
    presser.join()
    assert time.monotonic() - began < 10
    [ended] = [one for one in client.queries() if one["sql"] == ENDLESS][:1]
    assert record(client, ended["query_id"], 1.0)["state"] == "cancelled"


def test_ctrl_c_between_batches(client):
    answer = client.query(MANY)
    query_id = running(client, "generate_series(1, 100)")
    timer = threading.Timer(0.3, lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        for _ in answer:
            pass
    assert record(client, query_id, 1.0)["state"] == "cancelled"


def test_the_servers_time_out(client):
    began = time.monotonic()
    with pytest.raises(pantile.TimeoutError) as caught:
        client.query(ENDLESS, timeout=0.3)
    assert caught.value.code == "timeout"
    assert time.monotonic() - began < 3


def test_a_time_out_of_the_client_ends_the_question_on_the_server(monkeypatch):
    def silent(to) -> None:
        time.sleep(1.0)
        hang_up(to)

    monkeypatch.setattr("pantile._wire.GRACE_S", 0.1)
    with Fake(silent) as fake, pytest.raises(pantile.TimeoutError, match="within 0.2 s"):
        pantile.connect(fake.url, timeout=0.2).query("SELECT 1")
    told = [(seen.method, seen.path) for seen in fake.seen]
    assert told[1:] == [("DELETE", f"/v1/statements/{fake.seen[0].headers['Pantile-Query-Id']}")]


def test_a_question_is_cancelled_by_its_id(client):
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(client.query, ENDLESS)
        client.cancel(running(client, ENDLESS))
        with pytest.raises(pantile.CancelledError):
            asked.result(5)


def test_no_question_of_that_id(client):
    with pytest.raises(pantile.RequestError) as caught:
        client.cancel("py-query-none")
    assert caught.value.code == "not_found"


# Threads, forks, other processes.


def test_64_threads_use_one_client(client):
    def ask(number: int) -> list:
        if number % 2:
            return column(client.query("SELECT $1 + 0 AS n", [number]))
        return column(client.run("sent.select(col('n').sum())", {"sent": pa.table({"n": [number]})}))

    with ThreadPoolExecutor(64) as threads:
        assert list(threads.map(ask, range(192))) == [[number] for number in range(192)]


def test_64_threads_begin_at_once(server):
    barrier = threading.Barrier(64)
    with pantile.connect(server.url) as client, ThreadPoolExecutor(64) as threads:

        def ask(number: int) -> list:
            barrier.wait()
            return column(client.query("SELECT $1 + 0 AS n", [number]))

        assert list(threads.map(ask, range(64))) == [[number] for number in range(64)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_opens_connections_of_its_own(client):
    answer = client.query(MANY)
    first = answer.read_next_batch().num_rows
    ours, theirs = multiprocessing.Pipe()
    child = os.fork()
    if child == 0:
        ours.close()
        try:
            answer_of_child = column(client.query("SELECT 42 AS a"))
            try:
                answer.read_all()
                hint = None
            except pantile.ClosedError as error:
                hint = error.hint
            theirs.send((answer_of_child, hint))
        finally:
            del answer
            gc.collect()
            os._exit(0)
    assert ours.poll(20)
    assert ours.recv() == ([42], "ask again after a fork")
    os.waitpid(child, 0)
    # The child's end of it has not touched ours.
    assert first + sum(batch.num_rows for batch, _ in zip(answer, range(50), strict=False)) > first
    assert column(client.query("SELECT 43 AS a")) == [43]


def test_a_client_goes_to_another_process(client):
    again = pickle.loads(pickle.dumps(client))
    assert again.url == client.url
    assert again._transport is not client._transport
    assert column(again.query("SELECT 1 AS a")) == [1]


def test_a_closed_client(server):
    with pantile.connect(server.url) as client:
        client.query("SELECT 1")
    assert "closed" in repr(client)
    with pytest.raises(pantile.ClosedError):
        client.query("SELECT 1")
    client.close()


def test_answers_that_nobody_reads_leave_no_connection_behind(server):
    with pantile.connect(server.url) as client:
        for _ in range(6):
            client.query(MANY)
            gc.collect()
        client.query("SELECT 1").read_all()
        assert len(client._transport.http()._transport._pool.connections) <= 2
        until = time.monotonic() + 3
        while (left := client.queries(running=True)[1:]) and time.monotonic() < until:
            time.sleep(0.05)
        assert not left


# What the server holds.


def test_tables_are_kept_added_to_and_dropped(client):
    client.upload("kept", {"a": [1, 2]})
    client.upload("kept", pa.table({"a": [3]}), append=True)
    assert column(client.query("SELECT a FROM kept ORDER BY a")) == [1, 2, 3]
    client.upload("kept", pl.DataFrame({"b": ["x"]}))
    assert client.query("SELECT * FROM kept").read_all().to_pydict() == {"b": ["x"]}
    client.drop("kept")
    client.drop("kept", missing_ok=True)
    with pytest.raises(pantile.DatasetNotFoundError):
        client.drop("kept")


@pytest.mark.parametrize("name", ["with space", "sl/ash", "ünï", 'quo"te', "per%cent", "a?b#c"])
def test_names_of_any_text(client, name):
    client.upload(name, {"a": [1]})
    assert name in client.datasets
    assert client.datasets.info(name).rows == 1
    del client.datasets[name]
    assert name not in client.datasets


@pytest.mark.parametrize("name", ["", None, 7])
def test_what_is_no_name(client, name):
    with pytest.raises(pantile.ArgumentError):
        client.upload(name, {"a": [1]})


def test_rows_that_do_not_fit_a_table(client):
    client.upload("narrow", {"a": [1]})
    with pytest.raises(pantile.SchemaError) as caught:
        client.upload("narrow", {"b": [1]}, append=True)
    assert caught.value.code == "schema_mismatch"
    client.drop("narrow")


def test_datasets_are_a_mapping(client):
    datasets = client.datasets
    assert {"airlines", "airports", "flights", "planes", "weather"} <= set(datasets)
    assert len(datasets) == len(list(datasets))
    assert "flights" in datasets
    assert "flight" not in datasets
    told = datasets.info("flights")
    assert (told.kind, told.rows, told.columns["carrier"]) == ("table", 336_776, "utf8")
    assert "flights: table, 336,776 rows" in repr(datasets)
    with pytest.raises(KeyError):
        datasets.info("flight")
    datasets["of_mapping"] = {"a": [1]}
    assert datasets.info("of_mapping").rows == 1
    del datasets["of_mapping"]
    with pytest.raises(KeyError):
        del datasets["of_mapping"]


VIEWS = [
    ("SELECT carrier, count(*) AS n FROM flights GROUP BY carrier", "sql"),
    ("  with t as (select 1 AS n) select n from t", "sql"),
    ('table("flights").group_by("carrier").agg(n=len())', "program"),
]


@pytest.mark.parametrize(("text", "dialect"), VIEWS)
def test_views_are_kept_and_dropped(client, text, dialect):
    client.views["kept_view"] = text
    assert list(client.views) == ["kept_view"]
    told = client.views.info("kept_view")
    assert (told.kind, told.text.strip()) == ("view", text.strip())
    assert client.query("SELECT sum(n) AS n FROM kept_view").read_all().num_rows == 1
    with pytest.raises(pantile.DatasetNotFoundError, match="is a table, and no view"):
        client.views.info("flights")
    with pytest.raises(pantile.RequestError):
        del client.views["flights"]
    del client.views["kept_view"]
    assert len(client.views) == 0


def test_a_view_is_a_question(client):
    with pytest.raises(pantile.ArgumentError, match="client.upload"):
        client.views["v"] = pa.table({"a": [1]})
    with pytest.raises(pantile.ColumnNotFoundError):
        client.views["v"] = "SELECT nothing FROM flights"


def test_how_the_server_is(client):
    status = client.status()
    assert (status["url"], status["version"], status["status"]) == (client.url, pantile.__version__, "ready")
    assert status["memory"]["limit"] > status["memory"]["used"] >= 0


def test_what_the_server_remembers(client):
    client.query("SELECT 'look for me'").read_all()
    found = [one for one in client.queries() if one["sql"] == "SELECT 'look for me'"]
    assert found[0]["state"] == "finished"
    assert all(one["state"] in ("queued", "running") for one in client.queries(running=True))


def test_what_programs_are_made_of(client):
    ops = client.ops()
    assert any(verb["name"] == "group_by" for verb in ops["verbs"])
    assert client.ops() is ops


# A plain answer needs no more than one connection, however often it is asked.


def test_connections_are_used_again(server):
    with pantile.connect(server.url) as client:
        for _ in range(5):
            client.query("SELECT 1").read_all()
            assert client.query("SELECT carrier FROM flights").read_all().num_rows == 336_776
        assert len(client._transport.http()._transport._pool.connections) == 1


def test_what_is_asked_for_is_arrow():
    with Fake(rows(pa.table({"a": [1]}))) as fake:
        pantile.connect(fake.url).query("SELECT 1")
    assert (fake.seen[0].headers["Accept"], fake.seen[0].headers["Accept-Encoding"]) == (ARROW, "identity")
