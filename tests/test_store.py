"""What ends a program: `store`, which keeps the frame as a table, and `explain`, which says how it would run."""

import threading
import time

import polars
import pyarrow as pa
import pytest
from flightwire import Wire, pb
from harness import ARROW_STREAM, Problem, Server, scrubbed

SMALL = pa.table({"a": [1, 2, 3], "s": ["x", "y", "z"]})


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("store") / "data") as running:
        running.put("small", SMALL)
        yield running
        assert running.alive(), f"a test ended the server:\n{running.said()[-5000:]}"


def asked(server, program, ok=True, **headers):
    headers = {"Accept": ARROW_STREAM, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return server.post("/v1/expressions", program.encode(), headers=headers, ok=ok)


def ran(server, program, **headers):
    return polars.read_ipc_stream(asked(server, program, **headers).content)


def refused(server, code, program, **headers):
    with pytest.raises(Problem) as problem:
        asked(server, program, **headers)
    assert problem.value.code == code, problem.value
    assert "defect" not in problem.value.body["detail"]
    return problem.value.body


def test_it_is_kept(one, name):
    answer = ran(one, f'table("small").filter(col("a") > 1).with_columns(b=col("a") * 2).store("{name}")')
    assert answer.columns == ["statement", "rows", "snapshot"] and answer.row(0)[:2] == ("STORE", 2)
    told = one.get(f"/v1/datasets/{name}").json()
    assert (told["kind"], told["rows"], told["snapshot"]) == ("table", 2, answer.row(0)[2])
    assert one.rows(f"SELECT * FROM {name}") == [(2, "y", 4), (3, "z", 6)]
    assert one.value(f"SELECT message FROM system.snapshots WHERE id = {answer.row(0)[2]}") == "STORE"


def test_what_becomes_of_one_that_is_there(one, name):
    ran(one, f'table("small").store("{name}")')
    problem = refused(one, "already_exists", f'table("small").store("{name}")')
    assert "if_exists" in problem["hint"]
    refused(one, "already_exists", f'table("small").store("{name}", if_exists="error")')
    assert ran(one, f'table("small").select("s", "a").head(1).store("{name}", if_exists="append")').row(0)[1] == 1
    assert ran(one, f'table("{name}")').rows() == [(1, "x"), (2, "y"), (3, "z"), (1, "x")]
    refused(one, "schema_mismatch", f'table("small").with_columns(more=1).store("{name}", if_exists="append")')
    refused(one, "schema_mismatch", f'table("small").with_columns(a=lit("text")).store("{name}", if_exists="append")')
    # It may read what it replaces.
    ran(one, f'table("{name}").select(n=len()).store("{name}", if_exists="replace")')
    assert one.rows(f"SELECT * FROM {name}") == [(4,)]
    assert ran(one, f'table("{name}").store("{name}_new", if_exists="append")').row(0)[1] == 1
    one.sql(f"CREATE VIEW {name}_view AS SELECT 1 AS a")
    for how in ("error", "replace", "append"):
        refused(one, "already_exists", f'table("small").store("{name}_view", if_exists="{how}")')
    problem = refused(one, "invalid_program", f'table("small").store("{name}", if_exists="maybe")')
    assert "replace" in problem["detail"]


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ('table("small").store("x").head(1)', "invalid_program"),
        ('a = table("small").store("x")\na.head(1)', "invalid_program"),
        ('table("small").join(table("small").store("x"), on="a")', "invalid_program"),
        ('concat([table("small").store("x"), table("small")])', "invalid_program"),
        ('table("small").group_by("a").store("x")', "invalid_program"),
        ('table("small").explain().store("x")', "invalid_program"),
        ('table("small").store()', "invalid_program"),
        ('table("small").store(1)', "invalid_program"),
        ('table("small").store("")', "invalid_request"),
        (f'table("small").store("{"x" * 300}")', "invalid_request"),
        ('table("small").store("system.queries")', "forbidden"),
        ('table("small").store("other.x")', "forbidden"),
        ('table("small").select(col("s").cast(Int64)).store("x")', None),
        ('store("x")', "invalid_program"),
    ],
)
def test_what_is_refused_leaves_nothing(one, program, code):
    before = one.get("/v1/datasets").json()["snapshot"]
    with pytest.raises(Problem) as problem:
        asked(one, program)
    assert problem.value.status < 500 and (code is None or problem.value.code == code), problem.value
    assert one.get("/v1/datasets").json()["snapshot"] == before
    assert one.get("/v1/datasets/x", ok=False).status_code == 404


def test_a_view_is_only_read(one):
    for text in ('table("small").store("x")', 'table("small").explain()'):
        response = one.request("PUT", "/v1/views/ending", data=text.encode(), headers={"Content-Type": "text/x-python"}, ok=False)
        assert response.status_code == 400 and "view" in response.json()["detail"]


def test_a_key_has_its_effect_once(one, name):
    program = f'table("small").store("{name}", if_exists="append")'
    first, again = (asked(one, program, Idempotency_Key=f"{name}-key") for _ in range(2))
    assert again.headers["Pantile-Replayed"] == "true" and "Pantile-Replayed" not in first.headers
    assert polars.read_ipc_stream(first.content).rows() == polars.read_ipc_stream(again.content).rows()
    assert one.value(f"SELECT count(*) FROM {name}") == 3
    refused(one, "idempotency_mismatch", f'table("small").head(1).store("{name}")', Idempotency_Key=f"{name}-key")
    # In parts, whose boundaries are others each time.
    files = {"program": (None, f'mine.store("{name}", if_exists="append")'), "mine": ("f", b"a,s\n7,u\n", "text/csv")}
    for replayed in (False, True):
        response = one.request("POST", "/v1/expressions", files=files, headers={"Idempotency-Key": f"{name}-parts"})
        assert ("Pantile-Replayed" in response.headers) == replayed
    assert one.value(f"SELECT count(*) FROM {name}") == 4
    files["mine"] = ("f", b"a,s\n8,u\n", "text/csv")
    response = one.request("POST", "/v1/expressions", files=files, headers={"Idempotency-Key": f"{name}-parts"}, ok=False)
    assert response.json()["code"] == "idempotency_mismatch"


def test_preconditions(one, name):
    at = ran(one, f'table("small").store("{name}")').row(0)[2]
    one.put(f"{name}_else", SMALL)
    refused(one, "precondition_failed", f'table("small").store("{name}", if_exists="replace")', If_Match=str(at))
    newest = one.get("/v1/datasets").headers["Pantile-Snapshot"]
    assert ran(one, f'table("small").store("{name}", if_exists="replace")', If_Match=newest).row(0)[1] == 3


def test_in_a_transaction(one, name):
    session = {"Pantile_Session": f"{name}-session"}
    one.sql("BEGIN", session=f"{name}-session")
    ran(one, f'table("small").store("{name}")', **session)
    assert ran(one, f'table("{name}").select(len())', **session).rows() == [(3,)]
    assert one.get(f"/v1/datasets/{name}", ok=False).status_code == 404
    one.sql("ROLLBACK", session=f"{name}-session")
    one.sql("BEGIN", session=f"{name}-session")
    ran(one, f'table("small").store("{name}")', **session)
    ran(one, f'table("{name}").store("{name}", if_exists="append")', **session)
    refused(one, "invalid_request", f'table("small").store("{name}_x")', Idempotency_Key="x", **session)
    one.sql("COMMIT", session=f"{name}-session")
    assert one.value(f"SELECT count(*) FROM {name}") == 6
    one.sql(f"CREATE TEMPORARY TABLE {name} AS SELECT 1 AS a", session=f"{name}-session")
    refused(one, "already_exists", f'table("{name}").store("{name}")', **session)


def test_snapshots_of_the_past_are_not_changed(one, name):
    at = one.get("/v1/datasets").headers["Pantile-Snapshot"]
    one.put(f"{name}_else", SMALL)
    refused(one, "invalid_request", f'table("small").store("{name}")', Pantile_Snapshot=at)


def test_types(one, name):
    program = 'frame({"l": [[1, 2], None], "t": [1, 2], "c": ["x", None]}).with_columns(' \
              'col("t").cast(Duration("ms")), col("c").cast(Categorical), u=col("t").cast(UInt8))'
    ran(one, f'{program}.store("{name}")')
    assert ran(one, f'table("{name}").select("l", "c", "u")').rows() == [([1, 2], "x", 1), (None, None, 2)]
    ran(one, f'frame({{"a": [1]}}).filter(False).store("{name}_none")')
    assert one.rows(f"SELECT * FROM {name}_none") == []


def test_cancelled_it_leaves_nothing(one, name):
    one.put("many", pa.table({"n": range(200_000)}))
    program = f'table("many").join(table("many").select(m="n"), how="cross").with_columns(x=col("n") * col("m")).store("{name}")'
    thread = threading.Thread(target=lambda: asked(one, program, ok=False, Pantile_Query_Id=name))
    before = one.get("/v1/datasets").json()["snapshot"]
    thread.start()
    deadline = time.monotonic() + 20
    while one.delete(f"/v1/statements/{name}", ok=False).status_code >= 400:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    thread.join(20)
    assert not thread.is_alive()
    assert one.get(f"/v1/datasets/{name}", ok=False).status_code == 404
    assert one.get("/v1/datasets").json()["snapshot"] == before


def test_a_crash_leaves_all_or_nothing(tmp_path, name):
    with Server(tmp_path / "data") as server:
        server.put("small", SMALL)
        for turn in range(6):
            acknowledged = []

            def store(server=server, acknowledged=acknowledged, turn=turn):
                for number in range(1000):
                    try:
                        ran(server, f'table("small").store("t{turn}_{number}")')
                    except Exception:
                        return
                    acknowledged.append(number)

            thread = threading.Thread(target=store)
            thread.start()
            time.sleep(0.3 + turn / 20)
            server.kill()
            thread.join(20)
            server.start()
            names = {dataset["name"]: dataset["rows"] for dataset in server.get("/v1/datasets").json()["datasets"]}
            assert acknowledged and all(names[f"t{turn}_{number}"] == 3 for number in acknowledged)
            assert set(names.values()) == {3}
        server.stop()
    scrubbed(tmp_path / "data")


def test_over_flight(one, name):
    program = pb({1: 2, 2: pb({1: b"pantile.dev/expression", 2: f'table("small").store("{name}")'})})
    with Wire(one) as wire:
        [row] = wire.rows(program).to_pylist()
    assert (row["statement"], row["rows"]) == ("STORE", 3)
    assert one.value(f"SELECT count(*) FROM {name}") == 3


def test_explain(one, name):
    program = '# How?\nrows = table("small")\nrows.filter(col("a") > 1).select("s").explain()'
    before = one.get("/v1/datasets").json()["snapshot"]
    plans = {}
    for plan_type, line in ran(one, program).rows():
        plans.setdefault(plan_type, []).append(line)
    assert list(plans) == ["program", "engine", "logical_plan", "physical_plan"]
    assert plans["program"] == ['table("small").filter(col("a") > 1).select("s").explain()']
    assert plans["engine"] == ["polars"]
    text = "\n".join(plans["logical_plan"])
    assert "FILTER" in text or "SELECTION" in text, text
    physical = "\n".join(plans["physical_plan"])
    assert "PolarsExec: columns=[s]" in physical and "a@0 > 1" in physical, physical
    assert one.get("/v1/datasets").json()["snapshot"] == before
    assert ran(one, 'table("small").explain()').height > 4
    assert one.get("/v1/datasets/x", ok=False).status_code == 404


def test_explain_of_the_other_engine(one):
    response = one.request("POST", "/v1/expressions", headers={"Accept": ARROW_STREAM},
                           json={"program": 'table("small").group_by("s").agg(n=col("a").sum()).explain()', "engine": "datafusion"})
    rows = polars.read_ipc_stream(response.content).rows()
    assert ("engine", "datafusion") in rows
    assert any(kind == "logical_plan" and "Aggregate" in line for kind, line in rows)
    assert any(kind == "physical_plan" and "AggregateExec" in line for kind, line in rows)


def test_explain_runs_nothing_and_refuses_what_is_wrong(one):
    assert ran(one, 'table("small").select(col("s").cast(Int64)).explain()').height > 4
    assert refused(one, "unknown_column", 'table("small").select("nope").explain()')["position"]
    assert "last" in refused(one, "invalid_program", 'table("small").explain().head(1)')["hint"]
    sql = one.sql("EXPLAIN SELECT a FROM small")
    assert sql.schema.names == ran(one, 'table("small").explain()').columns
