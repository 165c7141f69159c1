"""Programs that both engines run: what Polars answers, DataFusion answers.

Frames and programs over them are made up by Hypothesis; the examples of all pages are asked, too. Every answer must agree in
names, types, values, nulls, NaN and the order of rows. What differs by design is a table in docs/reference/engines.md, and
each of its rows is asked here.
"""

import itertools
import math
import os
import random
import re
from pathlib import Path

import made_up
import pyarrow as pa
import pytest
from flightwire import Refused, Wire, pb
from harness import ARROW_STREAM, Problem, Server, run
from hypothesis import HealthCheck, event, given, note, settings
from pages import EXAMPLES, frames, held_alike
from test_pages import asked

PAGE = (Path(__file__).resolve().parent.parent / "docs/reference/engines.md").read_text()
NUMBER = itertools.count()
# What programs made up here may hold, and is not lowered: types that programs cannot choose.
NOT_LOWERED = ("a comparison of ", "`-` of UInt64", "`~` of numbers", "cases of different types", "arithmetic in ")


def answered(server, program, engine):
    headers = {"Accept": ARROW_STREAM, "Content-Type": "text/x-python"}
    return server.post(f"/v1/expressions?engine={engine}", program.encode(), headers=headers)


def ask(server, program, engine):
    """The answer as an Arrow table, or the problem."""
    try:
        return pa.ipc.open_stream(answered(server, program, engine).content).read_all()
    except Problem as problem:
        return problem


def close(one, other):
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(one) and math.isnan(other))
    return one == other and type(one) is type(other)


def agree(program, one, other):
    """Fails unless both are the same frame, or both are refused for the same reason."""
    if isinstance(one, Problem) or isinstance(other, Problem):
        codes = [getattr(side, "code", "an answer") for side in (one, other)]
        assert codes[0] == codes[1], f"{program}\npolars: {one}\ndatafusion: {other}"
        return
    assert one.schema == other.schema, program
    rows = [list(zip(*(column.to_pylist() for column in side.columns))) for side in (one, other)]
    assert len(rows[0]) == len(rows[1]), f"{program}\npolars: {rows[0]}\ndatafusion: {rows[1]}"
    for index, (row, same) in enumerate(zip(*rows)):
        assert all(map(close, row, same)), f"{program}\nrow {index}: polars {row}, datafusion {same}"


def upload(server, table, rows, partitions):
    """The rows as a table of so many partitions."""
    step = max(1, -(-rows.num_rows // partitions))
    server.put(table, rows.slice(0, step))
    for start in range(step, rows.num_rows, step):
        server.append(table, rows.slice(start, step))


@pytest.mark.parametrize(("program", "expected"), EXAMPLES)
def test_pages(server, name, program, expected):
    """Every example of a page: DataFusion answers what Polars does, or says what is in its way."""
    text = program
    for count, written in enumerate(frames(program) if held_alike(program) else []):
        upload(server, f"{name}_{count}", asked(server, written).to_arrow(), 3)
        text = text.replace(written, f'table("{name}_{count}")', 1)
    lowered = ask(server, text, "datafusion")
    if isinstance(lowered, Problem) and lowered.code == "unsupported":
        assert lowered.body["detail"].endswith(" has no place in it")
        return
    agree(text, ask(server, text, "polars"), lowered)


@settings(max_examples=int(os.environ.get("PANTILE_EXAMPLES", 150)), derandomize="PANTILE_EXAMPLES" not in os.environ,
          deadline=None, suppress_health_check=list(HealthCheck))
@given(table=made_up.tables(), program=made_up.programs())
def test_made_up(server, table, program):
    """Programs made up of what is lowered. `PANTILE_EXAMPLES` asks so many, and others each time."""
    rows, partitions = table
    name = f"made_up_{next(NUMBER)}"
    text = program.replace("NAME", name)
    note(text)
    upload(server, name, rows, partitions)
    try:
        one, other = ask(server, text, "polars"), ask(server, text, "datafusion")
        if isinstance(other, Problem) and other.code == "unsupported":
            reason = other.body["detail"].removeprefix("DataFusion does not run this program: ")
            event(reason)
            assert reason.startswith(NOT_LOWERED), text
            return
        agree(text, one, other)
    finally:
        server.delete(f"/v1/tables/{name}")


# What differs by design.


def values(server, program, engine):
    return ask(server, program, engine).to_pydict()


def differ_in_digits(server, name):
    """Three numbers whose sum depends on which two are added first."""
    upload(server, name, pa.table({"x": [1e16, 1.0, -1e16, 1.0] * 500}), 3)
    for engine in ["polars", "datafusion"]:
        [total] = values(server, f'table("{name}").select(s=col("x").sum())', engine)["s"]
        assert 0 <= total <= 1000, "the true sum is 1000"


def differ_in_quotients(server, name):
    upload(server, name, pa.table({"a": [1.0, 4.0], "b": [1.0, 6.0]}), 1)
    program = f'table("{name}").select(q=col("a").sum() / col("b").sum())'
    for engine in ["polars", "datafusion"]:
        [quotient] = values(server, program, engine)["q"]
        assert math.isclose(quotient, 5 / 7, rel_tol=2**-51)


def differ_in_sign(server, name):
    upload(server, name, pa.table({"x": [-0.0, 0.0]}), 1)
    for program in [f'table("{name}").group_by("x").len()', f'table("{name}").select(x=col("x").min())']:
        for engine in ["polars", "datafusion"]:
            [zero] = values(server, program, engine)["x"]
            assert zero == 0
            assert engine == "polars" or math.copysign(1, zero) == 1


def differ_in_order(server, name):
    upload(server, name, pa.table({"k": [3, 1, 2, 3, 1, 2]}), 3)
    program = f'table("{name}").group_by("k", maintain_order=False).agg(n=len())'
    for engine in ["polars", "datafusion"]:
        assert sorted(values(server, program, engine)["k"]) == [1, 2, 3]


def differ_from_sql(server, name):
    """A sum that is too large; of Polars in a debug build, it is an error."""
    upload(server, name, pa.table({"i": [2**63 - 1, 2**63 - 1]}), 1)
    program = f'table("{name}").select(s=col("i").sum(), p=(col("i") + 1).min())'
    assert values(server, program, "datafusion") == {"s": [-2], "p": [-(2**63)]}
    polars = ask(server, program, "polars")
    assert isinstance(polars, Problem) or polars.to_pydict() == {"s": [-2], "p": [-(2**63)]}
    with pytest.raises(Problem, match="a sum does not fit its type"):
        server.sql(f"SELECT sum(i) FROM {name}")


DIFFERENCES = {
    "sums, means, deviations of floats": differ_in_digits,
    "`a / b` of two totals": differ_in_quotients,
    "the sign of a zero that is a key of a group, or the least or greatest value": differ_in_sign,
    "an order that a program says does not matter (`maintain_order=False`)": differ_in_order,
    "a whole number that does not fit its type (`+`, `-`, `*`, `sum`)": differ_from_sql,
}


def test_the_page_tells_all_differences():
    table = PAGE.split("## What differs by design")[1]
    rows = re.findall(r"^\| (.*?) \|", table, re.M)
    assert rows[1:] == list(DIFFERENCES)


@pytest.mark.parametrize("where", DIFFERENCES)
def test_differences(server, name, where):
    DIFFERENCES[where](server, name)


# The choice.


def test_what_is_in_the_way_is_named(server, name):
    server.put(name, pa.table({"a": [1.5]}))
    program = f'x = table("{name}")\nx.with_columns(m=col("a").rolling_mean(2))'
    problem = ask(server, program, "datafusion")
    assert (problem.status, problem.code) == (422, "unsupported")
    assert problem.body["detail"].endswith("`rolling_mean` has no place in it")
    assert problem.body["position"] == {"line": 2, "column": 27}
    assert ask(server, program, "auto").num_rows == 1


@pytest.mark.parametrize("engine", ["polars", "datafusion"])
def test_the_answer_says_who_ran_it(server, name, engine):
    server.put(name, pa.table({"a": [1, 2]}))
    program = f'table("{name}").filter(col("a") > 1)'
    response = answered(server, program, engine)
    assert response.headers["Pantile-Engine"] == engine
    query_id = response.headers["Pantile-Query-Id"]
    assert server.value(f"SELECT engine FROM system.queries WHERE query_id = '{query_id}'") == engine


def test_an_engine_that_is_none(server, name):
    server.put(name, pa.table({"a": [1]}))
    problem = ask(server, f'table("{name}")', "datafusoin")
    assert problem.code == "invalid_request"
    said = "there is no engine `datafusoin`; did you mean `datafusion`?; there are auto, polars, datafusion"
    assert problem.body["detail"] == said


def test_in_json(server, name):
    server.put(name, pa.table({"a": [1, 2]}))
    program = f'table("{name}").select(col("a").cum_sum())'
    body = {"program": program, "engine": "datafusion"}
    assert server.request("POST", "/v1/expressions", ok=False, json=body).json()["code"] == "unsupported"
    assert server.request("POST", "/v1/expressions", json={**body, "engine": "polars"}).json()["rows"] == [{"a": 1}, {"a": 3}]


def test_of_a_session(server, name):
    """What a session says holds where the program says nothing."""
    server.put(name, pa.table({"a": [1, 2]}))
    server.sql("SET engine = 'datafusion'", session=name)
    body = {"program": f'table("{name}")', "session": name}
    for more, ran in [({}, "datafusion"), ({"engine": "polars"}, "polars")]:
        response = server.request("POST", "/v1/expressions", json={**body, **more})
        assert response.headers["Pantile-Engine"] == ran
    with pytest.raises(Problem, match="there is no engine `duckdb`"):
        server.sql("SET engine = 'duckdb'", session=name)


def test_over_flight(server, name):
    """As an option of the session."""
    server.put(name, pa.table({"a": [1, 2]}))
    mine = {"pantile_session": name}
    with Wire(server) as wire:
        def rows(program):
            return wire.rows(pb({1: 2, 2: pb({1: "pantile.dev/expression", 2: program})}), **mine).to_pydict()

        def ran():
            return server.value(f"""SELECT engine FROM system.queries WHERE sql LIKE 'table("{name}")%'
                                    ORDER BY enqueued DESC LIMIT 1""")

        for engine in ["datafusion", "polars"]:
            assert wire.set_options({"engine": engine}, **mine) == {}
            assert rows(f'table("{name}")') == {"a": [1, 2]}
            assert ran() == engine
        wire.set_options({"engine": "datafusion"}, **mine)
        with pytest.raises(Refused, match="`cum_sum` has no place in it"):
            rows(f'table("{name}").select(col("a").cum_sum())')


def test_on_the_command_line(server, name):
    server.put(name, pa.table({"a": [1, 2]}))
    program = f'table("{name}").select(col("a").cum_sum())'

    def express(*arguments):
        return run("expr", "--url", server.url, "-c", program, *arguments)

    assert express("--engine", "polars").stdout == "a\n1\n3\n"
    assert "`cum_sum` has no place in it" in express("--engine", "datafusion").stderr
    assert "there are auto, polars, datafusion" in express("--engine", "x").stderr


def test_more_than_memory(tmp_path):
    """What Polars cannot hold is left to DataFusion, which need not."""
    rows = pa.table({"k": pa.array(range(4_000_000), pa.int64()), "x": pa.array([0.5] * 4_000_000)})
    with Server(tmp_path / "data", "--memory", "256MiB", "--query-memory", "48MiB", "--cache-memory", "8MiB") as small:
        upload(small, "large", rows, 2)
        program = 'table("large").filter(col("k") % 2 == 0).select(n=len(), s=col("x").sum())'
        assert ask(small, program, "polars").code == "limit_memory"
        assert ask(small, program, "auto").to_pylist() == [{"n": 2_000_000, "s": 1_000_000.0}]


LARGE = [
    ('group_by("k", "j").agg(s=col("x").sum(), n=len()).sort("k", "j").head(50)', "datafusion"),
    # Of groups that are equally large, the first is the one that begins first.
    ('group_by("k", "j").agg(s=col("x").sum(), n=len()).sort("s").head(50)', "datafusion"),
    ('group_by("k").agg(col("x", "j").max(), y=(col("x") / 7).mean() ** 2)', "datafusion"),
    ('group_by("k").agg(c=corr("x", "j"))', "datafusion"),
    ('join(table("{0}").group_by("k").len(), on="k").select(col("len").sum())', "datafusion"),
    ('filter(col("x") == 3).tail(5)', "datafusion"),
    ('filter(col("x") == 3).select("k", "j")', "polars"),
    ('join(table("{0}").group_by("k").len(), on="k")', "polars"),
    ('group_by("k").agg(col("x").first())', "polars"),
]


@pytest.mark.parametrize(("program", "ran"), LARGE)
def test_large_tables(server, name, program, ran):
    """What `auto` gives to DataFusion: programs that make few rows of many."""
    count = 1_200_000
    rows = pa.table({"k": pa.array([(i * 7919) % 1000 for i in range(count)]),
                     "j": pa.array([i % 3 for i in range(count)]), "x": pa.array([i % 7 for i in range(count)])})
    upload(server, name, rows, 2)
    program = f'table("{name}").' + program.format(name)
    agree(program, *(ask(server, program, engine) for engine in ["polars", "auto"]))
    assert answered(server, program, "auto").headers["Pantile-Engine"] == ran


def test_covariance_and_correlation(server, name):
    """Of groups with no pair, one, equal ones, ones that lie far from zero."""
    nan, inf = math.nan, math.inf
    groups = {
        "none": [(None, 1.0), (2.0, None), (None, None)],
        "one": [(1.5, 2.5), (None, 3.0)],
        "two": [(1.5, 2.5), (2.5, -1.0)],
        "flat": [(0.1, float(i)) for i in range(49)],
        "equal": [(0.1, 0.1)] * 7,
        "far": [(1e9 + i, 1e9 - i * i) for i in range(300)],
        "nan": [(1.0, nan), (2.0, 1.0), (3.0, 0.5)],
        "inf": [(1.0, 2.0), (inf, 1.0), (3.0, 0.5)],
        "some": [(float(i * 37 % 11), i * 17 % 5 / 3 if i % 4 else None) for i in range(500)],
    }
    rows = [(group, x, y, None if x is None or x != x or x == inf else int(x)) for group, pairs in groups.items() for x, y in pairs]
    random.Random(3).shuffle(rows)
    table = pa.table({column: [row[index] for row in rows] for index, column in enumerate(["k", "x", "y", "i"])})
    upload(server, name, table, 3)
    asked_for = ['corr("x", "y")', 'corr("i", "y")', 'cov("x", "y")', 'cov("y", "i", ddof=0)', 'cov("x", "x", ddof=3)', 'corr("x", col("y") * -2)']
    named = ", ".join(f"c{index}={column}" for index, column in enumerate(asked_for))
    for program in [f'group_by("k").agg({named}).sort("k")', f'filter(col("k") == "some").select({named})', f'filter(col("k") == "").select({named})']:
        text = f'table("{name}").{program}'
        answer = ask(server, text, "datafusion")
        agree(text, ask(server, text, "polars"), answer)
    text = f'table("{name}").group_by("k").agg(c=corr("x", "y")).filter(col("c").is_nan()).select(col("k").sort())'
    assert ask(server, text, "auto").to_pydict() == {"k": ["equal", "flat", "inf", "nan", "one"]}


@pytest.mark.parametrize("cache", ["0", "64MiB"])
def test_order_of_a_rewritten_table(tmp_path, cache):
    """Partitions keep their places when rows in them are changed, though their files are younger than the others."""
    with Server(tmp_path / "data", "--cache-memory", cache) as own:
        upload(own, "rows", pa.table({"n": range(40), "k": [i // 3 % 5 for i in range(40)]}), 4)
        own.sql("UPDATE rows SET k = 7 WHERE n = 3 OR n = 25")
        expected = [7 if n in (3, 25) else n // 3 % 5 for n in range(40)]
        for engine in ["polars", "datafusion"]:
            rows = ask(own, 'table("rows").filter(col("n") != 11)', engine).to_pydict()
            assert rows["n"] == [n for n in range(40) if n != 11], engine
            assert rows["k"] == [k for n, k in enumerate(expected) if n != 11], engine
            groups = ask(own, 'table("rows").group_by("k").agg(n=len())', engine).to_pydict()
            assert groups["k"] == list(dict.fromkeys(expected)), engine
