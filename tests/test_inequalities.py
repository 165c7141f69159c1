"""Joins by inequalities: every pair that a loop over all pairs finds, an end within a second of a cancel, and no more
memory than a program may have, with all else that makes many rows of few."""

import datetime
import itertools
import math
import random
import threading
import time
from decimal import Decimal

import polars
import pyarrow as pa
import pytest
import requests
from harness import ARROW_STREAM, Server
from test_expressions import left_alone, ran, refused
from test_limits import running, wait_until

MB = 1 << 20
ROWS = 20_000
OPERATORS = ["<", "<=", ">", ">="]


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    # What a join takes where nothing stops it ends the server, and not the machine.
    bounded = ("prlimit", f"--as={16 << 30}")
    with Server(tmp_path_factory.mktemp("inequalities") / "data", "--memory", "1GiB", wrapper=bounded) as running:
        rows = random.Random(5)
        running.put("n", pa.table({
            "n": range(ROWS),
            "one": [1] * ROWS,
            "x": [rows.random() for _ in range(ROWS)],
            "y": [rows.random() for _ in range(ROWS)],
        }))
        yield running
        assert running.alive(), f"a test ended the server:\n{running.said()[-5000:]}"


# The pairs.

DAY = datetime.date(2024, 1, 1)
VALUES = {
    "integers": (pa.int64(), [None, -1, 0, 0, 1, 2, 2, 3, 2**62]),
    "floats": (pa.float64(), [None, math.nan, -math.inf, -0.0, 0.0, 0.5, 0.5, 1.0, math.inf]),
    "dates": (pa.date32(), [None, *(DAY + datetime.timedelta(day) for day in (0, 0, 1, 2, 300))]),
    "times": (pa.timestamp("us", "UTC"), [None, *(datetime.datetime(2024, 1, 1, hour, tzinfo=datetime.UTC) for hour in (0, 1, 1, 5, 23))]),
    "decimals": (pa.decimal128(9, 2), [None, *map(Decimal, ("-0.05", "0.00", "0.00", "0.10", "9.99"))]),
    "small": (pa.uint8(), [None, 0, 1, 1, 7, 255]),
    "texts": (pa.string(), [None, "", "a", "a", "ab", "b", "é"]),
}


def drawn(rows, kind, count, **columns):
    """A table of columns of the kind, as Arrow and as rows."""
    kind, values = VALUES[kind]
    made = {name: rows.choices(values, k=count) for name in columns}
    table = pa.table({"id": range(count), **{name: pa.array(column, kind) for name, column in made.items()}})
    return table, list(zip(range(count), *made.values()))


def holds(left, operator, right):
    """Whether the comparison is true; NaN is the largest number, and equals itself."""
    if left is None or right is None:
        return False
    if isinstance(left, float):
        (left, right) = ((math.isnan(value), 0 if math.isnan(value) else value) for value in (left, right))
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


def pairs(left, right, first, second):
    """What a look at every pair finds, of rows of an id and two values."""
    return sorted(
        (i, j)
        for (i, a, b), (j, c, d) in itertools.product(left, right)
        if holds(a, first, c) and holds(b, second, d)
    )


FORMS = {
    "join_where": 'table("left").join_where(table("right"), col("a") {} col("c"), col("b") {} col("d"))',
    "cross": 'table("left").join(table("right"), how="cross", maintain_order="none").filter(col("a") {} col("c"), col("b") {} col("d"))',
    "turned": 'table("right").join_where(table("left"), col("a") {} col("c"), col("b") {} col("d")).rename({{"id": "id_right", "id_right": "id"}})',
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", VALUES)
def test_pairs_are_those_that_a_look_at_each_finds(one, kind, form):
    rows = random.Random(f"{kind} {form}")
    for (first, second), (height, width) in zip(
        itertools.product(OPERATORS, OPERATORS), itertools.cycle([(40, 90), (1, 70), (130, 1), (0, 5), (5, 0)])
    ):
        left, left_rows = drawn(rows, kind, height, a=..., b=...)
        right, right_rows = drawn(rows, kind, width, c=..., d=...)
        one.put("left", left)
        one.put("right", right)
        found = ran(one, FORMS[form].format(first, second))
        assert sorted(found.select("id", "id_right").rows()) == pairs(left_rows, right_rows, first, second), (first, second)
        # Each with the values of its rows.
        for i, a, b, j, c, d in found.select("id", "a", "b", "id_right", "c", "d").rows():
            assert [*map(str, (a, b, c, d))] == [*map(str, left_rows[i][1:] + right_rows[j][1:])]


def test_pairs_of_intervals_among_many(one):
    """Enough rows for several morsels on both sides; Polars counts them another way."""
    made = polars.DataFrame({"id": range(300_000)}).select(
        "id", begin=(polars.col("id").hash(1) % 10**9).cast(polars.Int64), length=(polars.col("id").hash(2) % 9000).cast(polars.Int64) + 1
    ).with_columns(end=polars.col("begin") + polars.col("length")).drop("length")
    one.put("spans", made.to_arrow())
    program = 'a = table("spans")\na.join_where(a, col("begin") < col("end_right"), col("end") > col("begin_right"))'
    got = ran(one, f'{program}.select(len(), a=col("id").sum(), b=col("id_right").sum())').row(0)
    # Those that begin before it ends, but for those that have ended when it begins.
    begins, ends = made["begin"].sort(), made["end"].sort()
    met = begins.search_sorted(made["end"], "left").cast(polars.Int64) - ends.search_sorted(made["begin"], "right").cast(polars.Int64)
    assert got == (met.sum(), (met * made["id"]).sum(), (met * made["id"]).sum())


def test_what_stands_around_such_a_join(one):
    n = polars.DataFrame({"k": range(300), "v": [value % 7 for value in range(300)]})
    one.put("around", n.to_arrow())
    both = n.join(n, how="cross")
    k, v, k2, v2 = (polars.col(name) for name in ("k", "v", "k_right", "v_right"))
    joined = 'f = table("around")\nf.join_where(f, col("k") < col("k_right"), col("v") > col("v_right")'
    want = both.filter((k < k2) & (v > v2))
    assert ran(one, f"{joined})").sort("k", "k_right").equals(want.sort("k", "k_right"))
    # A third, computed keys, a suffix, fewer columns, fewer rows, twice in one program.
    assert ran(one, f'{joined}, col("k") + col("v") > col("k_right") * 0 + 200).select(len())').item() == want.filter(k + v > 200).height
    computed = ran(one, 'f = table("around")\nf.join_where(f, col("k") * 2 - 7 < col("k_2"), col("v") + 1 >= col("v_2") * 3, suffix="_2").select("v_2", "k")')
    assert computed.sort("k", "v_2").rows() == sorted(both.filter((k * 2 - 7 < k2) & (v + 1 >= v2 * 3)).select("v_right", "k").rows(), key=lambda row: (row[1], row[0]))
    head = ran(one, f"{joined}).head(10)")
    assert head.height == 10 and head.join(want, on=["k", "v", "k_right", "v_right"], how="semi").height == 10
    assert ran(one, f"{joined}).slice(5, 7).select(len())").item() == 7
    twice = f"{joined.replace(chr(10) + 'f.', chr(10) + 'j = f.')})\nconcat([j.head(3), j.tail(2)]).select(len())"
    assert ran(one, twice).item() == 5
    again = ran(one, f'{joined}).select("k", "v").join_where(f, col("k") >= col("k_right"), col("v") < col("v_right")).select(len())').item()
    assert again == want.select("k", "v").join(n, how="cross").filter((k >= k2) & (v < v2)).height


def test_rows_of_very_many_partners(one):
    """More than are made at once."""
    one.put("far", pa.table({"id": range(200_000), "up": [value * 7 % 200_003 for value in range(200_000)]}))
    program = 'frame({"k": [-1, 30_000, 199_998]}).join_where(table("far"), col("k") < col("id"), col("k") * 0 <= col("up"))'
    found = ran(one, f'{program}.group_by("k").agg(n=len(), s=col("id").sum(), u=col("id").n_unique()).sort("k")').rows()
    assert found == [(k, n, sum(range(k + 1, 200_000)), n) for k, n in [(-1, 200_000), (30_000, 169_999), (199_998, 1)]]


def test_few_pairs_among_many_rows_are_found_soon(one):
    """10^10 pairs that nobody looks at: one by one, they would take minutes."""
    one.put("early", pa.table({"id": range(100_000), "begin": range(0, 1_000_000, 10), "end": range(3, 1_000_003, 10)}))
    one.put("late", pa.table({"id": range(100_000), "begin": range(4, 1_000_004, 10), "end": range(9, 1_000_009, 10)}))
    program = 'table("early").join_where(table("{}"), col("begin") <= col("end_right"), col("end") >= col("begin_right")).select(len())'
    began = time.monotonic()
    assert ran(one, program.format("late")).item() == 0
    assert ran(one, program.format("early")).item() == 100_000
    # One more that all pairs meet, which is not what they are found by.
    assert ran(one, program.format("early").replace('right"))', 'right"), col("id") >= col("id_right") * 0)')).item() == 100_000
    assert time.monotonic() - began < 20


# Time and memory: 400 million pairs of 20,000 rows.

N = 'table("n")'
MANY = {
    "two": f'{N}.join_where({N}, col("n") + 1 > col("n_right") * 0, col("x") < col("y_right") + 1)',
    "some": f'{N}.join_where({N}, col("x") > col("x_right"), col("y") < col("y_right"))',
    "two-cross": f'{N}.join({N}, how="cross", maintain_order="none").filter(col("n") + 1 > col("n_right") * 0, col("x") < col("y_right") + 1)',
    "between": f'{N}.join_where({N}, col("n") > col("n_right") - 20_000, col("n") < col("n_right") + 30_000)',
    "one": f'{N}.join_where({N}, col("n") + 1 > col("n_right") * 0)',
    "cross": f'{N}.join({N}, how="cross")',
    "keys": f'{N}.join({N}, on="one")',
    "keys-left": f'{N}.join({N}, on="one", how="left", maintain_order="none")',
    "keys-full": f'{N}.join({N}, on="one", how="full")',
    "keys-sorted": f'{N}.sort("one").join({N}.sort("one"), on="one")',
}
# So that it goes on for longer than the test looks, and holds nothing.
LONG = '(col("n") * 3 + col("x")).sin() + (col("x") - col("n_right")).cos()'
# No pair passes it, so that nothing behind it sees any.
NONE = f'.filter({LONG} > 2).select(len())'


def cancelled(server, program, within_s=60):
    """Cancels the program once it computes, and waits for its answer."""
    id = f"cancel-{time.monotonic_ns()}"
    found = []
    def ask():
        headers = {"Pantile-Query-Id": id, "Accept": ARROW_STREAM}
        found.append(requests.post(server.url + "/v1/expressions", json={"program": program}, headers=headers, timeout=within_s))
    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: any(text[:100] == program[:100] for text in running(server)), 10, "it never ran")
    time.sleep(0.5)
    server.delete(f"/v1/statements/{id}")
    asking.join(within_s)
    assert found[0].json()["code"] == "cancelled"


@pytest.mark.parametrize("many", MANY)
def test_it_ends_when_it_is_cancelled(one, many):
    cancelled(one, MANY[many] + f'.select(({LONG}).sum())')
    left_alone(one)


@pytest.mark.parametrize("many", MANY)
def test_it_ends_when_it_is_cancelled_though_no_pair_is_seen(one, many):
    cancelled(one, MANY[many] + NONE)
    left_alone(one)


@pytest.mark.parametrize("many", MANY)
def test_it_is_refused_what_it_may_not_take(one, many):
    one.forget_peak()
    before = one.resident_bytes()
    problem = refused(one, f'{MANY[many]}.sort("n_right", "x")', "limit_memory")
    assert problem["limit"]
    left_alone(one)
    peak = one.resident_bytes("VmHWM") - before
    assert peak < 3000 * MB, f"{peak >> 20} MB more than before"


@pytest.mark.parametrize("many", ["two", "two-cross", "between"])
def test_pairs_that_nobody_keeps_take_little(one, many):
    one.forget_peak()
    before = one.resident_bytes()
    assert ran(one, f'{MANY[many]}.filter(col("n_right") == 7).select(len())').item() == ROWS
    peak = one.resident_bytes("VmHWM") - before
    assert peak < 500 * MB, f"{peak >> 20} MB more than before"
