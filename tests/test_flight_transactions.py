"""Transactions, savepoints and Substrait plans over Flight."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import adbc_driver_flightsql.dbapi as adbc
import pyarrow as pa
import pytest
import requests
from flightwire import Refused, Wire, any_of, cmd, ingest, of_any, one, path, pb, statement, update
from harness import Problem, Server
from test_flight import ROWS, count, refused, wait_until

COMMIT, ROLLBACK = RELEASE, BACK = 1, 2


@pytest.fixture
def wire(server):
    with Wire(server) as it:
        yield it


def begin(wire):
    [reply] = wire.action("BeginTransaction", any_of("ActionBeginTransactionRequest"))
    return one(of_any(reply, "ActionBeginTransactionResult"), 1)


def end(wire, transaction, how):
    return wire.action("EndTransaction", any_of("ActionEndTransactionRequest", pb({1: transaction, 2: how})))


def mark(wire, transaction, name):
    [reply] = wire.action("BeginSavepoint", any_of("ActionBeginSavepointRequest", pb({1: transaction, 2: name})))
    return one(of_any(reply, "ActionBeginSavepointResult"), 1)


def unmark(wire, savepoint, how):
    return wire.action("EndSavepoint", any_of("ActionEndSavepointRequest", pb({1: savepoint, 2: how})))


def rows(wire, name, transaction=None):
    [row] = wire.rows(statement(f"SELECT count(*) AS n FROM {name}", transaction)).to_pylist()
    return row["n"]


@pytest.mark.flight("BeginTransaction", "EndTransaction")
@pytest.mark.parametrize("how", [COMMIT, ROLLBACK], ids=["commit", "rollback"])
def test_transactions(server, wire, name, how):
    """Everything that can change something does so inside of one, and nobody else sees it before its end."""
    server.put(name, ROWS)
    transaction = begin(wire)
    wire.put(update(f"INSERT INTO {name} VALUES (4, 'four')", transaction))
    wire.rows(statement(f"INSERT INTO {name} VALUES (5, 'five')", transaction))
    wire.put(ingest(name, transaction=transaction), ROWS)
    handle, *_ = wire.prepare(f"INSERT INTO {name} VALUES (?, ?)", transaction)
    wire.put(cmd("CommandPreparedStatementUpdate", {1: handle}), ROWS)
    assert rows(wire, name, transaction) == 11 and rows(wire, name) == count(server, name) == 3
    assert end(wire, transaction, how) == []
    assert count(server, name) == (11 if how == COMMIT else 3)
    if how == COMMIT:
        told = server.value("SELECT message FROM system.snapshots ORDER BY id DESC LIMIT 1")
        assert told == f"transaction {transaction.decode()}", "it has one id"
    for over in (lambda: end(wire, transaction, how), lambda: rows(wire, name, transaction), lambda: mark(wire, transaction, "late"),
                 lambda: wire.put(ingest(name, transaction=transaction), ROWS)):
        refused(over, "NOT_FOUND")


@pytest.mark.flight("BeginSavepoint", "EndSavepoint")
def test_savepoints(server, wire, name):
    server.put(name, ROWS)
    transaction = begin(wire)
    first = mark(wire, transaction, "a")
    wire.put(ingest(name, transaction=transaction), ROWS)
    second = mark(wire, transaction, "a")
    wire.put(ingest(name, transaction=transaction), ROWS)
    assert rows(wire, name, transaction) == 9
    unmark(wire, second, BACK)
    assert rows(wire, name, transaction) == 6
    unmark(wire, first, RELEASE)
    refused(lambda: unmark(wire, first, BACK), "NOT_FOUND")
    end(wire, transaction, COMMIT)
    assert count(server, name) == 6


@pytest.mark.flight("EndTransaction")
def test_ends_that_say_nothing(wire):
    transaction = begin(wire)
    for how in (0, 3):
        refused(lambda: end(wire, transaction, how), "INVALID_ARGUMENT", "invalid_request")
    assert end(wire, transaction, ROLLBACK) == []
    refused(lambda: end(wire, b"never was", COMMIT), "NOT_FOUND")
    refused(lambda: unmark(wire, b"never was", BACK), "NOT_FOUND")


@pytest.mark.flight("BeginTransaction", "EndTransaction")
def test_adbc_commits_and_rolls_back(server, name):
    server.put(name, ROWS)
    with adbc.connect(server.url.replace("http", "grpc")) as connection, connection.cursor() as cursor:
        for finish, rows_then in ((connection.rollback, 3), (connection.commit, 6)):
            cursor.executemany(f"INSERT INTO {name} VALUES (?, ?)", ROWS.to_batches()[0])
            cursor.execute(f"SELECT count(*) FROM {name}")
            assert cursor.fetchone() == (6,) and count(server, name) == 3
            finish()
            assert count(server, name) == rows_then
        # The driver names no transaction when it ingests: such rows are in the one that its connection began.
        for finish, rows_then in ((connection.rollback, 6), (connection.commit, 9)):
            cursor.adbc_ingest(name, ROWS, mode="append")
            assert count(server, name) == 6
            finish()
            assert count(server, name) == rows_then


@pytest.mark.flight("CommandGetTables")
def test_adbc_is_shown_what_its_transaction_made(server, name):
    """Its driver names no transaction when it asks what there is."""
    own, theirs = f"{name}_own", f"{name}_view"

    def shown(connection):
        [catalog] = connection.adbc_get_objects(depth="columns").read_all().to_pylist()
        [main] = [schema for schema in catalog["catalog_db_schemas"] if schema["db_schema_name"] == "main"]
        return {table["table_name"]: [column["column_name"] for column in table["table_columns"]] for table in main["db_schema_tables"]}

    url = server.url.replace("http", "grpc")
    with adbc.connect(url) as connection, connection.cursor() as cursor, adbc.connect(url, autocommit=True) as other:
        cursor.adbc_ingest(own, ROWS, mode="create")
        cursor.execute(f"CREATE VIEW {theirs} AS SELECT n FROM {own}")
        assert connection.adbc_get_table_schema(own).names == ROWS.column_names
        assert (shown(connection)[own], shown(connection)[theirs]) == (ROWS.column_names, ["n"])
        assert not {own, theirs} & shown(other).keys()
        connection.rollback()
        assert not {own, theirs} & shown(connection).keys()


@pytest.mark.flight("EndTransaction")
def test_adbc_goes_on_after_its_transactions_time_is_over(tmp_path):
    """Its driver begins the next transaction only when the one before has ended well."""
    with Server(tmp_path / "data", "--transaction-ttl", "1s") as server:
        server.put("few", ROWS)
        with adbc.connect(server.url.replace("http", "grpc")) as connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO few VALUES (4, 'four')")
            time.sleep(1.2)
            with pytest.raises(adbc.Error, match="transaction_ttl"):
                cursor.execute("SELECT * FROM few")
            connection.rollback()
            cursor.execute("INSERT INTO few VALUES (5, 'five')")
            connection.commit()
        assert server.rows("SELECT n FROM few WHERE n > 3") == [(5,)]


@pytest.mark.flight("EndTransaction")
def test_what_is_over_can_be_rolled_back(server, wire, name):
    server.put(name, ROWS)
    transaction = begin(wire)
    wire.put(update(f"UPDATE {name} SET n = 0", transaction))
    server.sql(f"UPDATE {name} SET n = 1")
    late = refused(lambda: end(wire, transaction, COMMIT), "ABORTED", "conflict")
    assert late.more["retry"] == "false" and "begin it again" in late.more["hint"]
    refused(lambda: end(wire, transaction, COMMIT), "NOT_FOUND")
    assert end(wire, transaction, ROLLBACK) == []
    refused(lambda: end(wire, transaction, ROLLBACK), "NOT_FOUND")
    # Of a server before this one; its number says when it was begun.
    assert end(wire, b"0197a0000000" + b"7" + b"0" * 3 + b"8" + b"0" * 15, ROLLBACK) == []


def scan(table):
    """A Substrait plan that reads a table of one column of integers."""
    nullable = pb({7: pb({2: 1})})
    schema = pb({1: "n", 2: pb({1: nullable, 3: 2})})
    read = pb({1: pb({2: schema, 7: pb({1: table})})})
    return pb({1: pb({3: pb({2: pb({1: read, 2: "n"})}), 6: pb({2: 63})}), 2: "0.63.0"})


@pytest.mark.flight("CommandStatementSubstraitPlan", "CreatePreparedSubstraitPlan")
def test_substrait_plans(server, wire, name):
    server.put(name, pa.table({"n": [1, 2, 3]}))
    plan = cmd("CommandStatementSubstraitPlan", {1: scan(name)})
    assert wire.schema(plan).names == ["n"]
    assert wire.rows(plan).to_pylist() == [{"n": 1}, {"n": 2}, {"n": 3}] == wire.rows(path("table", name)).to_pylist()
    [reply] = wire.action("CreatePreparedSubstraitPlan", any_of("ActionCreatePreparedSubstraitPlanRequest", pb({1: scan(name)})))
    handle = one(of_any(reply, "ActionCreatePreparedStatementResult"), 1)
    assert wire.rows(cmd("CommandPreparedStatementQuery", {1: handle})).num_rows == 3
    refused(lambda: wire.rows(cmd("CommandStatementSubstraitPlan", {1: scan("no_such_table")})), "NOT_FOUND")
    for wrong in (pb({1: b"\xff\xff", 2: "0.63.0"}), pb({1: b"", 2: "x"}), b""):
        with pytest.raises(Refused) as problem:
            wire.info(cmd("CommandStatementSubstraitPlan", {1: wrong}))
        assert problem.value.status in ("INVALID_ARGUMENT", "UNIMPLEMENTED") and problem.value.code, problem.value


@pytest.mark.flight("pantile.dev/expression")
def test_expressions(server, wire, name):
    server.put(name, pa.table({"n": [3, 1, 2]}))

    def program(text):
        return pb({1: 2, 2: pb({1: b"pantile.dev/expression", 2: text})})

    doubled = program(f'table("{name}").sort("n").select(n=col("n") * 2)')
    assert wire.schema(doubled).names == ["n"]
    assert wire.rows(doubled).to_pylist() == [{"n": 2}, {"n": 4}, {"n": 6}]
    refused(lambda: wire.rows(program("col(")), "INVALID_ARGUMENT")
    refused(lambda: wire.rows(program('table("no_such_table")')), "NOT_FOUND")
    refused(lambda: wire.rows(program(b"\xff")), "INVALID_ARGUMENT")


@pytest.mark.flight("pantile.dev/expression+json")
def test_values_beside_a_program(server, wire, name):
    server.put(name, pa.table({"n": [3, 1, 2], "s": ["a", "b", "c"]}))

    def asked(body, **fields):
        body = body if isinstance(body, bytes) else json.dumps({"program": body, **fields}).encode()
        return pb({1: 2, 2: pb({1: b"pantile.dev/expression+json", 2: body})})

    text = f'table("{name}").filter(col("s").is_in(some), col("n") >= least).select("s", n=lit(n))'
    values = {"some": ["a", "c"], "least": 3, "n": None}
    assert wire.schema(asked(text, values=values)).names == ["s", "n"]
    assert wire.rows(asked(text, values=values)).to_pylist() == [{"s": "a", "n": None}]
    assert wire.rows(asked(f'table("{name}").select(col("n").sum())', engine="datafusion")).to_pylist() == [{"n": 6}]
    for body, code in [(asked(text), "invalid_program"), (asked(text, values={**values, "more": 1}), "invalid_program"), (asked(b"{"), "invalid_request"),
                       (asked(b"\xff"), "invalid_request"), (asked(b"[]"), "invalid_request"), (asked(text, value=values), "invalid_request"),
                       (asked(text, values=[1]), "invalid_request"), (asked(text, values={"some": {}}), "invalid_request"),
                       (asked(text, values=values, engine="spark"), "invalid_request")]:
        with pytest.raises(Refused) as problem:
            wire.info(body)
        assert (problem.value.status, problem.value.code) == ("INVALID_ARGUMENT", code), problem.value
    with pytest.raises(Refused) as problem:
        wire.info(asked("some", values={"some": "x" * (5 << 20)}))
    assert (problem.value.code, problem.value.more["limit"]) == ("too_large", "sql_bytes")


@pytest.mark.flight("pantile.dev/expression")
def test_a_frame_beside_a_program_is_a_temporary_table(wire, name):
    mine = {"pantile-session": name}
    wire.put(ingest(f"{name}_mine", temporary=True), ROWS, **mine)
    program = pb({1: 2, 2: pb({1: b"pantile.dev/expression", 2: f'table("{name}_mine").select(n=len())'})})
    assert wire.rows(program, **mine).to_pylist() == [{"n": 3}]
    refused(lambda: wire.rows(program), "NOT_FOUND")


@pytest.mark.flight("BeginTransaction")
def test_transactions_that_are_left_alone_are_rolled_back(tmp_path):
    with Server(tmp_path / "data", "--transaction-ttl", "1s") as server, Wire(server) as wire:
        server.put("few", ROWS)
        transaction = begin(wire)
        wire.put(ingest("few", transaction=transaction), ROWS)
        time.sleep(1.2)
        refused(lambda: end(wire, transaction, COMMIT), "NOT_FOUND")
        assert count(server, "few") == 3


# The same sessions over HTTP.


def sql(server, text, session, **more):
    return server.request("POST", "/v1/sql?format=json", data=text, headers={"Pantile-Session": session, "Content-Type": "text/plain"}, **more)


@pytest.mark.parametrize("ends", ["ROLLBACK", "COMMIT"])
def test_a_statement_is_of_the_transaction_that_it_began_in(server, name, ends):
    """Whatever its session does while it runs."""
    server.put(name, ROWS)
    sql(server, "BEGIN", name)
    long = f"INSERT INTO {name} SELECT a.value, 'x' FROM range(1500) a JOIN range(1500) b ON a.value <> b.value"
    with ThreadPoolExecutor() as pool:
        running = pool.submit(lambda: sql_or_problem(server, long, name))
        wait_until(lambda: server.value(f"SELECT count(*) FROM system.queries WHERE state = 'running' AND sql LIKE 'INSERT INTO {name}%'") == 1, 10, "it does not run")
        sql(server, ends, name)
        sql(server, "BEGIN", name)
        problem = running.result()
    assert problem is not None and problem.code == "not_found", problem
    sql(server, "COMMIT", name)
    assert count(server, name) == 3


def sql_or_problem(server, text, session):
    try:
        sql(server, text, session)
    except Problem as problem:
        return problem


def test_uploads_and_questions_by_url_are_in_the_sessions_transaction(server, name):
    server.put(name, ROWS)
    session = {"Pantile-Session": name}
    sql(server, "BEGIN", name)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, ROWS.schema) as writer:
        writer.write_table(ROWS)
    rows = sink.getvalue().to_pybytes()
    arrow = {"Content-Type": "application/vnd.apache.arrow.stream"}
    added = server.request("POST", f"/v1/tables/{name}/rows", data=rows, headers={**session, **arrow})
    assert added.status_code == 202 and added.json()["rows"] == 3
    asked = server.request("GET", f"/v1/sql?format=csv&q=SELECT%20count(*)%20FROM%20{name}", headers=session)
    assert asked.text.split() == ["count(*)", "6"] and count(server, name) == 3
    with pytest.raises(Problem) as problem:
        server.request("POST", f"/v1/tables/{name}/rows", data=rows, headers={**session, **arrow, "Idempotency-Key": name})
    assert problem.value.code == "invalid_request"
    sql(server, "COMMIT", name)
    assert count(server, name) == 6


def test_a_commit_under_a_key_is_of_one_transaction(tmp_path):
    with Server(tmp_path / "data") as server:
        server.put("few", ROWS)

        def commit(key, session="one", **more):
            headers = {"Pantile-Session": session, "Content-Type": "text/plain", "Idempotency-Key": key}
            return server.request("POST", "/v1/sql?format=json", data="COMMIT", headers=headers, **more)

        def transact(session="one"):
            sql(server, "BEGIN", session)
            sql(server, "INSERT INTO few VALUES (4, 'four')", session)

        transact()
        first = commit("a")
        again = commit("a")
        assert first.content == again.content and count(server, "few") == 4
        assert again.headers["Pantile-Replayed"] == "true" and "Pantile-Replayed" not in first.headers
        # Another's: neither is it done, nor is it over.
        transact()
        for key, session in (("a", "one"), ("a", "two")):
            assert commit(key, session, ok=False).json()["code"] == "idempotency_mismatch", session
        assert count(server, "few") == 4
        commit("b")
        assert count(server, "few") == 5 and commit("a").content == first.content
        known = server.get("/v1/requests/b").json()
        assert known["state"] == "committed" and known["answer"]["statement"] == "COMMIT"
        # A key that has committed nothing, and one of something else.
        assert commit("c", ok=False).json()["code"] == "invalid_request"
        server.request("POST", "/v1/sql", data="DELETE FROM few WHERE n = 4", headers={"Idempotency-Key": "d"})
        assert commit("d", ok=False).json()["code"] == "idempotency_mismatch"
        # The answer may be lost with the server.
        server.kill()
        server.start()
        assert commit("b").headers["Pantile-Replayed"] == "true" and count(server, "few") == 3
        assert commit("b", "two", ok=False).json()["code"] == "idempotency_mismatch"


def test_a_commit_that_is_repeated_while_it_is_under_way_is_one(server, name):
    server.put(name, ROWS)
    sql(server, "BEGIN", name)
    sql(server, f"INSERT INTO {name} VALUES (4, 'four')", name)
    headers = {"Pantile-Session": name, "Content-Type": "text/plain", "Idempotency-Key": name}
    with ThreadPoolExecutor(8) as pool:
        commit = lambda _: requests.post(f"{server.url}/v1/sql?format=json", data="COMMIT", headers=headers, timeout=60)  # noqa: E731
        answers = {answer.text for answer in pool.map(commit, range(8))}
    assert len(answers) == 1 and "COMMIT" in answers.pop() and count(server, name) == 4


def test_a_conflict_says_whether_asking_again_helps(server, name):
    """A commit's never does: what it would commit is of what was there before."""
    server.put(name, ROWS)
    sql(server, "BEGIN", name)
    sql(server, f"UPDATE {name} SET n = 0", name)
    server.sql(f"UPDATE {name} SET n = 1")
    late = sql_or_problem(server, "COMMIT", name)
    assert (late.code, late.body["retry"]) == ("conflict", False) and "begin it again" in late.body["hint"]
    # Rows of several uploads, whose columns are not those of the table any more.
    transaction = server.request("POST", "/v1/transactions", json={"expected": 1}).json()["id"]
    server.append(name, ROWS, headers={"Pantile-Transaction": transaction})
    server.sql(f"ALTER TABLE {name} ADD COLUMN more INT")
    for _ in range(2):
        with pytest.raises(Problem) as problem:
            server.post(f"/v1/transactions/{transaction}/commit")
        assert (problem.value.code, problem.value.body["retry"]) == ("conflict", False)
    # A statement's does.
    sql(server, "BEGIN", name)
    sql(server, "SAVEPOINT here", name)
    long = f"INSERT INTO {name} (n, s) SELECT a.value, 'x' FROM range(1500) a JOIN range(1500) b ON a.value <> b.value"
    with ThreadPoolExecutor() as pool:
        running = pool.submit(lambda: sql_or_problem(server, long, name))
        wait_until(lambda: server.value(f"SELECT count(*) FROM system.queries WHERE state = 'running' AND sql LIKE 'INSERT INTO {name}%'") == 1, 10, "it does not run")
        sql(server, "ROLLBACK TO here", name)
        problem = running.result()
    sql(server, "ROLLBACK", name)
    assert (problem.code, problem.body["retry"]) == ("conflict", True)


def test_temporary_tables_and_others_are_changed_one_by_one(server, name):
    server.put(name, ROWS)
    sql(server, f"CREATE TEMP TABLE tt_{name} AS SELECT 1 AS x", name)
    with pytest.raises(Problem) as problem:
        sql(server, f"DROP TABLE tt_{name}, {name}", name)
    assert problem.value.code == "invalid_request"
    sql(server, f"SELECT * FROM tt_{name}", name)
    assert count(server, name) == 3
