"""Views that hold programs, and views kept over HTTP: read in every way that a table is."""

import threading
import time

import oracle
import polars
import pyarrow as pa
import pyarrow.flight as flight
import pytest
import requests
from harness import ARROW_STREAM, Problem, Server

PYTHON, SQL = {"Content-Type": "text/x-python"}, {"Content-Type": "application/sql"}
PROGRAM = 'table("small").filter(col("a") > 1).with_columns(b=col("a") * 10)'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("views") / "data"


@pytest.fixture(scope="module")
def one(folder):
    with Server(folder) as running:
        running.put("small", pa.table({"a": [1, 2, 3], "s": ["x", "y", "z"]}))
        for first in range(0, 40_000, 10_000):
            rows = pa.table({"n": range(first, first + 10_000), "k": [n % 7 for n in range(10_000)]})
            running.append("many", rows) if first else running.put("many", rows)
        yield running
        assert running.alive(), f"a test ended the server:\n{running.said()[-5000:]}"


def keep(server, name, text, headers=PYTHON, **more):
    if isinstance(text, dict):
        return server.request("PUT", f"/v1/views/{name}", json=text, headers=more.pop("own", {}), **more)
    return server.request("PUT", f"/v1/views/{name}", data=text.encode(), headers={**headers, **more.pop("own", {})}, **more)


def refused(server, code, name, text, **more):
    with pytest.raises(Problem) as problem:
        keep(server, name, text, **more)
    assert problem.value.code == code, problem.value
    assert "defect" not in problem.value.body["detail"]
    return problem.value.body


def ran(server, program):
    return polars.read_ipc_stream(server.post("/v1/expressions", program.encode(), headers={"Accept": ARROW_STREAM}).content)


def test_a_program_is_a_table(one, name):
    made = keep(one, name, PROGRAM)
    assert made.status_code == 201
    columns = [("a", "int64"), ("s", "string"), ("b", "int64")]
    told = made.json()
    assert (told["name"], told["created"], told["dialect"], told["program"]) == (name, True, "expressions", PROGRAM)
    assert [column["name"] for column in told["schema"]] == [column for column, _ in columns]
    assert int(made.headers["Pantile-Snapshot"]) == told["snapshot"]
    rows = [(2, "y", 20), (3, "z", 30)]
    assert one.rows(f"SELECT * FROM {name}") == rows
    assert one.rows(f"SELECT b FROM main.{name} WHERE s = 'z' AND a > 0") == [(30,)]
    assert one.rows(f"SELECT t.s, v.b FROM small t LEFT JOIN {name} v ON t.a = v.a ORDER BY 1") == [("x", None), ("y", 20), ("z", 30)]
    assert one.rows(f"SELECT x.b, y.a FROM {name} x, {name} y WHERE x.a = y.a ORDER BY 1") == [(20, 2), (30, 3)]
    assert one.value(f"SELECT count(*) FROM {name}") == 2
    assert one.value(f"SELECT (SELECT max(b) FROM {name}) + 1") == 31
    assert one.rows(f"WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT r.n + 1 FROM r JOIN {name} v ON v.a > r.n AND v.a = 3 WHERE r.n < 3) SELECT n FROM r ORDER BY n") == [(1,), (2,), (3,)]
    assert one.rows(f"SELECT a FROM {name} LIMIT 1") == [(2,)]
    assert ran(one, f'table("{name}").select("b", "a")').rows() == [(20, 2), (30, 3)]
    assert ran(one, f'sql("SELECT sum(b) AS b FROM {name}")').rows() == [(50,)]
    assert one.get(f"/v1/tables/{name}?columns=b").json()["rows"] == [{"b": 20}, {"b": 30}]
    assert one.get(f"/v1/datasets/{name}").json()["program"] == PROGRAM
    assert [row[0] for row in one.rows(f"DESCRIBE {name}")] == ["a", "s", "b"]
    assert PROGRAM in str(one.rows(f"SHOW CREATE TABLE {name}"))
    assert one.rows(f"SELECT kind, columns, sql, program FROM system.datasets WHERE name = '{name}'") == [("view", 3, None, PROGRAM)]
    listed = f"FROM information_schema.columns WHERE table_name = '{name}'"
    assert one.rows(f"SELECT column_name {listed} ORDER BY ordinal_position") == [("a",), ("s",), ("b",)]
    assert one.value(f"SELECT definition FROM information_schema.views WHERE table_name = '{name}'") == PROGRAM
    assert "PolarsExec: columns=[b], limit=1" in str(one.rows(f"EXPLAIN SELECT b FROM {name} LIMIT 1"))


def test_over_flight(one, name):
    keep(one, name, PROGRAM)
    client = flight.connect(one.url.replace("http", "grpc"))
    info = client.get_flight_info(flight.FlightDescriptor.for_path("table", name))
    assert info.schema.names == ["a", "s", "b"]
    assert client.do_get(info.endpoints[0].ticket).read_all().column("b").to_pylist() == [20, 30]


def test_rows_are_in_their_order(one, name):
    """Also within SQL, whose plan knows nothing of it: the first rows of the program are those of its table."""
    keep(one, name, 'table("many").filter(col("k") < 6).head(25_000).tail(5)')
    expected = [n for n in range(40_000) if n % 10_000 % 7 < 6][:25_000][-5:]
    for _ in range(5):
        assert [n for (n,) in one.rows(f"SELECT n FROM {name}")] == expected
        assert one.value(f"SELECT sum(n) FROM {name}") == sum(expected)


def test_either_engine_may_run_it(one, name):
    """What a session says of engines is about its own programs, and what an engine knows of nulls changes no type."""
    keep(one, name, 'table("many").group_by("k").agg(n=len(), most=col("n").max()).sort("k")')
    keep(one, f"{name}_p", 'table("many").with_row_index().filter(col("index") % 9_999 == 5).select("index", "k")')
    keep(one, f"{name}_pp", f'table("{name}_p").filter(col("k") >= 0).head(3)')
    for engine in ("auto", "polars", "datafusion"):
        one.sql(f"SET engine = '{engine}'", session=f"{name}-{engine}")
        rows = one.rows(f"SELECT k, sum(n) AS n, max(most) AS most FROM {name} GROUP BY k ORDER BY k LIMIT 2", session=f"{name}-{engine}")
        assert rows == [(0, 5716, 39_996), (1, 5716, 39_997)], rows
        assert [index for (index, _) in one.rows(f"SELECT * FROM {name}_p", session=f"{name}-{engine}")] == [5, 10_004, 20_003, 30_002]
        assert [index for (index, _) in one.rows(f"SELECT * FROM {name}_pp", session=f"{name}-{engine}")] == [5, 10_004, 20_003]
        assert one.value(f"SELECT count(*) FROM {name}", session=f"{name}-{engine}") == 7


def test_columns_that_are_values_in_rows(one, name):
    one.sql(f"CREATE TABLE {name} AS SELECT * FROM (VALUES ('x', 'p', 1), ('x', 'q', 2), ('y', 'p', 3)) AS t (k, c, v)")
    made = keep(one, f"{name}_v", f'table("{name}").pivot("c", index="k", values="v").sort("k")').json()
    assert [column["name"] for column in made["schema"]] == ["k", "p", "q"]
    assert one.rows(f"SELECT * FROM {name}_v") == [("x", 1, 2), ("y", 3, None)]
    one.sql(f"INSERT INTO {name} VALUES ('y', 'r', 4)")
    assert one.rows(f"SELECT k, r FROM {name}_v") == [("x", None), ("y", 4)]


def test_sql_is_kept_too(one, name):
    for body, headers in (("SELECT a FROM small", SQL), ({"sql": "SELECT a FROM small"}, {})):
        told = keep(one, name, body, headers).json()
        assert (told["dialect"], told["sql"], [column["name"] for column in told["schema"]]) == ("sql", "SELECT a FROM small", ["a"])
    assert not told["created"]
    assert one.rows(f"SELECT * FROM {name} ORDER BY 1") == [(1,), (2,), (3,)]
    # One in the place of the other, either way.
    assert keep(one, name, {"program": PROGRAM}).json()["dialect"] == "expressions"
    one.sql(f"CREATE OR REPLACE VIEW {name} AS SELECT s FROM small")
    assert one.get(f"/v1/datasets/{name}").json()["sql"] == "SELECT s FROM small"
    keep(one, name, PROGRAM)
    one.sql(f"DROP VIEW {name}")
    assert one.get(f"/v1/datasets/{name}", ok=False).status_code == 404


def test_views_of_views(one, name):
    keep(one, f"{name}_a", PROGRAM)
    one.sql(f"CREATE VIEW {name}_b AS SELECT b + 1 AS c FROM {name}_a")
    keep(one, f"{name}_c", f'table("{name}_b").join(sql("SELECT c AS d FROM {name}_b"), left_on="c", right_on="d")')
    assert one.rows(f"SELECT c FROM {name}_c ORDER BY c") == [(21,), (31,)]
    assert "itself" in refused(one, "invalid_sql", f"{name}_a", f'table("{name}_c")')["detail"]
    assert "itself" in refused(one, "invalid_sql", f"{name}_a", f'sql("SELECT * FROM {name}_c")')["detail"]
    assert "itself" in refused(one, "invalid_sql", f"{name}_b", f"SELECT * FROM {name}_c", headers=SQL)["detail"]
    with pytest.raises(Problem) as problem:
        one.sql(f"CREATE OR REPLACE VIEW {name}_b AS SELECT * FROM {name}_c")
    assert "itself" in problem.value.body["detail"]
    refused(one, "invalid_sql", f"{name}_new", f'table("{name}_new")')


def test_depth_and_growth(one, name):
    before = "small"
    for depth in range(32):
        keep(one, f"{name}_{depth}", f'table("{before}")')
        before = f"{name}_{depth}"
    assert one.value(f"SELECT count(*) FROM {before}") == 3
    assert refused(one, "limit_sql", f"{name}_over", f'table("{before}")')["limit"] == "sql_nesting"
    before = "small"
    for depth in range(20):
        text = f'concat([table("{before}"), sql("SELECT * FROM {before} WHERE a > 0")])'
        response = keep(one, f"{name}_d{depth}", text, ok=False)
        if response.status_code >= 400:
            assert response.json()["limit"] == "sql_relations"
            break
        before = f"{name}_d{depth}"
    else:
        pytest.fail("views that double were kept without an end")


@pytest.mark.parametrize(
    ("text", "code", "position", "words"),
    [
        ('table("small").filter(col("a") > least)', "invalid_program", (1, 34), "`least`"),
        ('\ntable("small").filtr(col("a") > 1)', "invalid_program", (2, 16), "did you mean `filter`"),
        ('table("small").select("nope")', "unknown_column", (1, 23), "nope"),
        ('table("smal")', "unknown_dataset", (1, 7), "smal"),
        ('sql("SELECT nope FROM small")', "unknown_column", (1, 5), "nope"),
        ("import os", "invalid_program", (1, 1), "import"),
        ("1", "invalid_program", (1, 1), "frame"),
        ("", "invalid_program", None, "empty"),
    ],
)
def test_what_cannot_be_asked_is_not_kept(one, name, text, code, position, words):
    problem = refused(one, code, name, text)
    assert words in problem["detail"]
    assert position is None or problem["position"] == {"line": position[0], "column": position[1]}, problem
    assert one.get(f"/v1/datasets/{name}", ok=False).status_code == 404


def test_bodies_and_names(one, name):
    assert "view" in refused(one, "invalid_program", name, 'table("small").filter(col("a") > least)')["hint"]
    assert "application/sql" in refused(one, "invalid_program", name, "SELECT 1 AS a")["hint"]
    refused(one, "invalid_request", name, {})
    refused(one, "invalid_request", name, {"sql": "SELECT 1", "program": PROGRAM})
    assert "values" in refused(one, "invalid_request", name, {"program": PROGRAM, "values": {"a": 1}})["detail"]
    refused(one, "invalid_request", name, {"program": 1})
    refused(one, "invalid_sql", name, "INSERT INTO small VALUES (4, 'u')", headers=SQL)
    refused(one, "invalid_sql", name, "SELECT 1 AS a, 2 AS a", headers=SQL)
    refused(one, "already_exists", "small", PROGRAM)
    assert one.delete(f"/v1/views/{name}", ok=False).json()["code"] == "unknown_dataset"
    assert "table" in one.delete("/v1/views/small", ok=False).json()["detail"]
    assert one.get(f"/v1/views/{name}", ok=False).headers["Allow"] == "DELETE, PUT"
    odd = f"{name} \"ü\" 🦀"
    keep(one, odd.replace(" ", "%20").replace('"', "%22"), PROGRAM)
    quoted = odd.replace('"', '""')
    assert one.value(f'SELECT count(*) FROM "{quoted}"') == 2


def test_preconditions_and_keys(one, name):
    key = {"Idempotency-Key": f"{name}-key"}
    first = keep(one, name, PROGRAM, own={**key, "If-None-Match": "*"})
    again = keep(one, name, PROGRAM, own={**key, "If-None-Match": "*"})
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert again.headers["Pantile-Replayed"] == "true" and "Pantile-Replayed" not in first.headers
    assert refused(one, "idempotency_mismatch", name, 'table("small")', own=key)
    refused(one, "precondition_failed", name, PROGRAM, own={"If-None-Match": "*"})
    refused(one, "precondition_failed", f"{name}_none", PROGRAM, own={"If-Match": "*"})
    at = first.headers["Pantile-Snapshot"]
    one.put("elsewhere", pa.table({"a": [1]}))
    refused(one, "precondition_failed", name, PROGRAM, own={"If-Match": at})
    newest = one.get("/v1/datasets").headers["Pantile-Snapshot"]
    assert keep(one, name, PROGRAM, own={"If-Match": newest}).status_code == 200
    drop = {"Idempotency-Key": f"{name}-drop"}
    gone = one.delete(f"/v1/views/{name}", headers=drop)
    assert one.delete(f"/v1/views/{name}", headers=drop).headers["Pantile-Replayed"] == "true"
    assert gone.json() == {"dropped": name}
    assert one.delete(f"/v1/views/{name}", headers={"If-Match": "*"}, ok=False).status_code == 412
    assert one.delete(f"/v1/views/{name}", ok=False).status_code == 404


def test_a_transaction_of_a_session(one, name):
    within = {"Pantile-Session": f"{name}-session"}
    one.sql("BEGIN", session=within["Pantile-Session"])
    response = keep(one, name, PROGRAM, own=within)
    assert response.status_code == 202 and response.json()["program"] == PROGRAM and "snapshot" not in response.json()
    assert one.value(f"SELECT count(*) FROM {name}", session=within["Pantile-Session"]) == 2
    assert one.get(f"/v1/datasets/{name}", ok=False).status_code == 404
    one.sql("ROLLBACK", session=within["Pantile-Session"])
    assert one.get(f"/v1/datasets/{name}", ok=False).status_code == 404
    one.sql("BEGIN", session=within["Pantile-Session"])
    one.sql(f"CREATE TABLE {name}_t AS SELECT 7 AS a", session=within["Pantile-Session"])
    keep(one, name, f'table("{name}_t")', own=within)
    assert one.value(f"SELECT a FROM {name}", session=within["Pantile-Session"]) == 7
    one.sql("COMMIT", session=within["Pantile-Session"])
    assert one.value(f"SELECT a FROM {name}") == 7


def test_temporary_tables_are_not_what_a_view_reads(one, name):
    session = f"{name}-own"
    one.sql(f"CREATE TABLE {name} AS SELECT 1 AS a")
    keep(one, f"{name}_v", f'table("{name}")')
    one.sql(f"CREATE TEMPORARY TABLE {name} AS SELECT 2 AS a", session=session)
    assert one.value(f"SELECT a FROM {name}", session=session) == 2
    assert one.value(f"SELECT a FROM {name}_v", session=session) == 1
    one.sql(f"CREATE TEMPORARY TABLE {name}_own AS SELECT 2 AS a", session=session)
    problem = refused(one, "invalid_sql", f"{name}_w", f'table("{name}_own")', own={"Pantile-Session": session})
    assert "temporary" in problem["detail"]


def test_a_view_of_then_reads_what_was_then(one, name):
    one.sql(f"CREATE TABLE {name} AS SELECT 1 AS a")
    at = int(keep(one, f"{name}_v", f'table("{name}").with_columns(b=1)').headers["Pantile-Snapshot"])
    one.sql(f"INSERT INTO {name} VALUES (2)")
    keep(one, f"{name}_v", f'table("{name}").with_columns(b=2)')
    assert one.rows(f"SELECT a, b FROM {name}_v ORDER BY a") == [(1, 2), (2, 2)]
    assert one.rows(f"SELECT a, b FROM {name}_v AT (VERSION => {at})") == [(1, 1)]
    asked = {"Accept": ARROW_STREAM, "Pantile-Snapshot": str(at)}
    response = one.post("/v1/expressions", f'table("{name}_v")'.encode(), headers=asked)
    assert polars.read_ipc_stream(response.content).rows() == [(1, 1)]


def test_what_it_reads_is_gone(one, name):
    one.sql(f"CREATE TABLE {name} AS SELECT 1 AS a")
    keep(one, f"{name}_v", f'table("{name}").select("a")')
    one.sql(f"DROP TABLE {name}")
    with pytest.raises(Problem) as problem:
        one.sql(f"SELECT * FROM {name}_v")
    assert problem.value.code == "unknown_dataset" and f"view `{name}_v`" in problem.value.body["detail"]
    assert one.get(f"/v1/datasets/{name}_v").json()["schema"][0]["name"] == "a"
    one.sql(f"CREATE TABLE {name} AS SELECT 2 AS b")
    with pytest.raises(Problem) as problem:
        one.sql(f"SELECT * FROM {name}_v")
    assert problem.value.code == "unknown_column"


def test_values_that_fail_within_a_view(one, name):
    text = 'table("small").select(b=col("s").cast(Int64))'
    keep(one, name, text)
    with pytest.raises(Problem) as alone:
        ran(one, text)
    with pytest.raises(Problem) as within:
        one.sql(f"SELECT * FROM {name}")
    assert within.value.code == alone.value.code and within.value.body["detail"] == alone.value.body["detail"]


def test_one_snapshot(one, name):
    """A view that reads its table twice never sees two states of it."""
    one.sql(f"CREATE TABLE {name} AS SELECT 1 AS a")
    keep(one, f"{name}_v", f'table("{name}").select(n=len()).join(sql("SELECT count(*) AS m FROM {name}"), how="cross")')
    stop, wrong = threading.Event(), []

    def read():
        with_own = Server.__new__(Server)
        with_own.__dict__.update(one.__dict__)
        with_own.session = requests.Session()
        while not stop.is_set():
            wrong.extend(row for row in with_own.rows(f"SELECT v.n, v.m, (SELECT count(*) FROM {name}) FROM {name}_v v") if len(set(row)) > 1)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(20):
        one.sql(f"INSERT INTO {name} VALUES (1)")
    stop.set()
    reader.join()
    assert not wrong


def test_duckdb_opens_the_catalog(one, name):
    keep(one, name, PROGRAM)
    one.sql(f"CREATE VIEW {name}_sql AS SELECT a FROM small")
    database = oracle.attach(one.data)
    assert database.execute("SELECT count(*) FROM l.small").fetchone() == (3,)
    assert database.execute("SELECT count(*) FROM l.many").fetchone() == (40_000,)
    database.close()


def test_they_stay(tmp_path, name):
    with Server(tmp_path / "data", "--retention", "0s", "--tidy-every", "100ms") as server:
        server.put("small", pa.table({"a": [1, 2], "s": ["x", "y"]}))
        keep(server, name, PROGRAM)
        server.append("small", pa.table({"a": [3], "s": ["z"]}))
        time.sleep(0.5)
        told = server.get(f"/v1/datasets/{name}").json()
        server.kill()
        server.start()
        now = server.get(f"/v1/datasets/{name}").json()
        assert now["schema"] == told["schema"] and now["program"] == PROGRAM
        assert server.rows(f"SELECT b FROM {name}") == [(20,), (30,)]
