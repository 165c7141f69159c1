"""No input ends the server, and no question takes more than its share. Each question here kills or floods a server
that does not look first."""

import socket
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest
import requests
from harness import ARROW_STREAM, CSV, Problem, Server

MB = 1 << 20


def refused(server, sql, *codes, status=None, **body):
    """The problem the server answers with; and that it lives on."""
    with pytest.raises(Problem) as problem:
        server.sql(sql, **body)
    assert problem.value.code in codes, problem.value
    assert status is None or problem.value.status == status
    assert server.value("SELECT 1") == 1
    return problem.value


# Text that explodes.


def chain(operator, terms):
    return operator.join(["1"] * terms)


def laughs(levels):
    """CTEs that each read the one before twice: 2^levels scans in a few lines."""
    parts = ["c0 AS (SELECT 1 AS x)"]
    parts += [f"c{i} AS (SELECT x FROM c{i - 1} UNION ALL SELECT x FROM c{i - 1})" for i in range(1, levels + 1)]
    return f"WITH {', '.join(parts)} SELECT count(*) FROM c{levels}"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + chain("+", 20_000),
        "SELECT 1 WHERE " + " OR ".join(["1=0"] * 10_000),
        "SELECT 1 WHERE " + " AND ".join(["1=1"] * 10_000),
        "SELECT " + "(" * 20_000 + "1" + ")" * 20_000,
        "SELECT " + "NOT " * 20_000 + "true",
        "SELECT " + "-" * 1 + " -" * 20_000 + "1",
        " UNION ALL ".join(["SELECT 1"] * 10_000),
        "SELECT " + "abs(" * 5_000 + "1" + ")" * 5_000,
        "SELECT " + "CASE WHEN true THEN " * 5_000 + "1" + " END" * 5_000,
        "SELECT * FROM " + "(SELECT * FROM " * 3_000 + "(SELECT 1)" + ")" * 3_000,
        "SELECT '" + "x" * (2 * MB) + "'",
        laughs(20),
        laughs(60),
    ],
    ids=["sum", "or", "and", "parentheses", "not", "minus", "union", "calls", "case", "subqueries", "long", "laughs20", "laughs60"],
)
def test_text_that_explodes_is_refused_quickly(demo, sql):
    began = time.monotonic()
    problem = refused(demo, sql, "limit_sql", "too_large", "invalid_sql")
    assert time.monotonic() - began < 10
    assert problem.code == "invalid_sql" or problem.body.get("limit"), "a limit is named"


def test_views_that_double_are_refused(server, name):
    server.sql(f"CREATE VIEW {name}_0 AS SELECT 1 AS x")
    with pytest.raises(Problem) as problem:
        for level in range(1, 30):
            before = f"{name}_{level - 1}"
            server.sql(f"CREATE VIEW {name}_{level} AS SELECT x FROM {before} UNION ALL SELECT x FROM {before}")
            server.sql(f"SELECT count(*) FROM {name}_{level}")
    assert problem.value.code == "limit_sql"


def test_sums_of_ordinary_length_work(demo):
    assert demo.value("SELECT " + chain("+", 100)) == 100
    assert demo.value(f"SELECT 1 IN ({', '.join(map(str, range(5000)))})") is True


# Memory.


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT length(repeat('a', 2000000000))",
        "SELECT cardinality(array_repeat(1, 400000000))",
        "SELECT length(lpad('a', 2000000000, 'b'))",
        "SELECT max(length(repeat(tailnum, 100000))) FROM flights",
        "SELECT cardinality(range(0, 2000000000))",
    ],
    ids=["repeat", "array_repeat", "lpad", "repeat-rows", "range"],
)
def test_values_that_explode_are_refused(demo, sql):
    demo.forget_peak()
    before = demo.resident_bytes()
    problem = refused(demo, sql, "limit_sql")
    assert (problem.body["limit"], problem.body["retry"]) == ("sql_value", False)
    assert demo.resident_bytes("VmHWM") < before + 1024 * MB


def test_a_question_over_its_memory_is_refused_and_named(tmp_path):
    """A hash table of every pair of flights does not fit in 256 MB; the server lives on and says which limit it was."""
    with Server(tmp_path / "data", "--demo", "--memory", "256MiB") as small:
        sql = "SELECT count(*) FROM (SELECT DISTINCT a.tailnum, a.flight, a.time_hour, b.tailnum AS c, b.time_hour AS d, b.flight AS e" \
              " FROM flights a JOIN flights b ON a.day = b.day AND a.month = b.month)"
        problem = refused(small, sql, "limit_memory", "limit_scratch", "timeout", timeout_ms=20_000)
        assert problem.body.get("limit")
        assert small.value("SELECT count(*) FROM flights") == 336_776


def test_memory_stays_flat_while_a_large_answer_streams(demo):
    """About 250 MB of CSV, read as fast as it comes, then read by somebody slow."""
    sql = "SELECT a.* FROM flights a CROSS JOIN (SELECT 1 FROM flights LIMIT 8) b"
    demo.sql(sql + " LIMIT 1")  # Whatever is made once is made now.
    demo.forget_peak()
    before, got = demo.resident_bytes(), 0
    with demo.session.post(demo.url + "/v1/sql", data=sql, headers={"Accept": CSV}, stream=True, timeout=60) as response:
        for number, part in enumerate(response.iter_content(1 << 20)):
            got += len(part)
            if number < 20:
                time.sleep(0.02)
    assert got > 200 * MB
    peak = demo.resident_bytes("VmHWM") - before
    assert peak < 200 * MB, f"{peak >> 20} MB more than before, for an answer of {got >> 20} MB"


def test_memory_stays_flat_while_a_large_upload_arrives(server, name):
    line = b"1234567,abcdefghijklmnopqrstuvwxyz,0.123456789\n" * 20_000
    def body():
        yield b"a,b,c\n"
        for _ in range(200):
            yield line
    server.forget_peak()
    before = server.resident_bytes()
    server.put(name, body(), CSV, timeout=110)
    assert server.value(f"SELECT count(*) FROM {name}") == 4_000_000
    peak = server.resident_bytes("VmHWM") - before
    assert peak < 600 * MB, f"{peak >> 20} MB more than before, for a body of {200 * len(line) >> 20} MB"


def test_memory_is_given_back_once_nothing_runs(tmp_path):
    """What a question has let go of does not stay with the process."""
    with Server(tmp_path / "data") as own:
        before = own.resident_bytes()
        own.forget_peak()
        program = 'frame({"a": [0]}).select(a=int_range(6_000_000)).with_columns(b=(col("a") * 7919) % 1_000_003).sort("b").select(s=col("a").first())'
        own.post("/v1/expressions", program.encode(), headers={"Content-Type": "text/x-python"})
        grown = own.resident_bytes("VmHWM") - before
        assert grown > 150 * MB, f"{grown >> 20} MB are too few to tell"
        wait_until(lambda: own.resident_bytes() - before < grown / 2, 10, "it has what it had at most")


# Time.

ENDLESS = "SELECT count(*) FROM flights a, flights b, flights c WHERE a.distance + b.distance + c.distance = -1"


def running(server):
    """Texts of the questions that run now, but for this one."""
    rows = server.rows("SELECT sql FROM system.queries WHERE state = 'running'")
    return [text for [text] in rows if "system.queries" not in text]


def wait_until(true, within_s, what):
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_a_timeout_ends_the_question(demo):
    began = time.monotonic()
    problem = refused(demo, ENDLESS, "timeout", timeout_ms=500)
    assert time.monotonic() - began < 5
    assert problem.body.get("limit")
    wait_until(lambda: ENDLESS not in running(demo), 1.5, "it still runs after its time")


def test_a_client_that_leaves_cancels_its_question(demo):
    """Before the first byte of an answer: the socket is closed while the question is computed."""
    with socket.create_connection(demo.address) as leaving:
        leaving.sendall(f"POST /v1/sql HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(ENDLESS)}\r\n\r\n{ENDLESS}".encode())
        wait_until(lambda: ENDLESS in running(demo), 10, "the question never ran")
    wait_until(lambda: ENDLESS not in running(demo), 1.5, "it runs on though nobody waits for it")


def test_a_client_that_leaves_in_mid_answer_cancels_it(demo):
    sql = "SELECT a.* FROM flights a CROSS JOIN (SELECT 1 FROM flights LIMIT 1000) b"
    with requests.Session() as leaving:
        response = leaving.post(demo.url + "/v1/sql", data=sql, headers={"Accept": CSV}, stream=True, timeout=30)
        body = response.iter_content(1 << 16)
        next(body)
        wait_until(lambda: sql in running(demo), 10, "the question never ran")
        response.close()
    wait_until(lambda: sql not in running(demo), 1.5, "it streams on though nobody reads")


def test_neighbours_of_a_heavy_question_are_served(demo):
    heavy = threading.Thread(target=lambda: refused(demo, ENDLESS, "timeout", timeout_ms=4000))
    heavy.start()
    try:
        slowest = 0
        for _ in range(20):
            began = time.monotonic()
            with requests.Session() as neighbour:
                assert neighbour.post(demo.url + "/v1/sql", data="SELECT 1 AS a", timeout=30).status_code == 200
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < 2
    finally:
        heavy.join()


# Errors after the first byte.

BREAKS = "SELECT 100 / (300000 - row_number() OVER (ORDER BY time_hour)) AS a, f.* FROM flights f"


@pytest.mark.parametrize("accept", [CSV, ARROW_STREAM, "application/json", "application/vnd.apache.parquet"])
def test_an_answer_that_breaks_does_not_look_whole(demo, accept):
    """A division by zero far behind the first batch: the body must break, or the status must say so."""
    try:
        with requests.Session() as reader:
            response = reader.post(demo.url + "/v1/sql", data=BREAKS, headers={"Accept": accept, "Accept-Encoding": "identity"}, timeout=60)
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError):
        return
    assert response.status_code >= 400, f"{len(response.content)} bytes of a broken answer look whole"
    assert response.json()["code"] == "invalid_value"


def test_ndjson_says_why_it_broke(demo):
    with requests.Session() as reader:
        response = reader.post(demo.url + "/v1/sql", data=BREAKS, headers={"Accept": "application/x-ndjson"}, stream=True, timeout=60)
        if response.status_code >= 400:
            assert response.json()["code"] == "invalid_value"
            return
        text = b""
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            for part in response.iter_content(1 << 16):
                text = (text + part)[-4096:]
    assert b"invalid_value" in text.splitlines()[-1]


# The outside.


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '/tmp/pantile-must-not-exist.csv'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/pantile-must-not-exist.csv'",
        "CREATE EXTERNAL TABLE passwd (a VARCHAR) STORED AS CSV LOCATION '/etc/passwd'",
        "CREATE EXTERNAL TABLE passwd (a VARCHAR) STORED AS CSV LOCATION 'file:///etc/passwd'",
        "CREATE EXTERNAL TABLE meta (a VARCHAR) STORED AS CSV LOCATION 'http://169.254.169.254/latest'",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM \"/etc/passwd\"",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('file:///etc/passwd')",
        "SET datafusion.runtime.memory_limit = '8G'",
        "SET datafusion.runtime.temp_directory = '/tmp'",
        "SET datafusion.execution.target_partitions = 1000",
        "CREATE FUNCTION f(BIGINT) RETURNS BIGINT RETURN 1",
        "CREATE DATABASE elsewhere",
        "SELECT 1; DROP TABLE flights",
    ],
)
def test_nothing_outside_is_touched(demo, sql):
    problem = refused(demo, sql, "forbidden", "unsupported", "unknown_dataset", "invalid_sql")
    assert "root:" not in str(problem) and "No such file" not in str(problem)
    assert not Path("/tmp/pantile-must-not-exist.csv").exists()


def test_a_foreign_page_may_not_ask_without_a_preflight(demo):
    response = demo.post("/v1/sql", b"SELECT 1", ok=False, headers={"Origin": "http://evil.example", "Content-Type": "text/plain"})
    assert response.status_code == 403 and response.json()["code"] == "forbidden"


def test_get_only_reads(demo):
    response = demo.get("/v1/sql", params={"q": "CREATE TABLE made_by_get (a INT)"}, ok=False)
    assert response.status_code in (400, 403, 405)
    assert demo.get("/v1/datasets/made_by_get", ok=False).status_code == 404


def test_names_of_every_kind(server):
    for odd in ("with space", "dots.and.dots", "sl/ash", 'quo"te', "apo'strophe", "emoji 🦀", "SELECT", "x" * 255):
        path = requests.utils.quote(odd, safe="")
        response = server.put(path, pa.table({"n": [1]}), ok=False)
        if response.status_code < 300:
            quoted = odd.replace('"', '""')
            assert server.value(f'SELECT n FROM "{quoted}"') == 1
            assert server.get(f"/v1/datasets/{path}").json()["name"] == odd
            server.delete(f"/v1/tables/{path}")
        else:
            assert response.status_code == 400 and response.json()["code"] == "invalid_request", (odd, response.text)
    response = server.put("x" * 300, pa.table({"n": [1]}), ok=False)
    assert response.status_code == 400 and "255" in response.json()["detail"]
