"""TPC-H at scale factor 0.1: all 22 questions, word for word as DuckDB has them, must have DuckDB's answers; and so must the
22 programs in tpch/, which ask the same in expressions, on either engine."""

import decimal
import math
import re
from pathlib import Path

import oracle
import pyarrow as pa
import pytest
from harness import ARROW_STREAM, Server, as_parquet

PROGRAMS = Path(__file__).resolve().parent / "tpch"
TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")


@pytest.fixture(scope="module")
def duck():
    database = oracle.connect("tpch")
    database.execute("CALL dbgen(sf = 0.1)")
    return database


@pytest.fixture(scope="module")
def tpch(duck, tmp_path_factory):
    with Server(tmp_path_factory.mktemp("tpch") / "data") as server:
        for table in TABLES:
            server.put(table, as_parquet(duck.sql(f"FROM {table}").to_arrow_table(), compression="zstd"))
        yield server


def order_columns(sql, names):
    """Positions of the columns the question sorts by; rows that tie on all of them may come in any order."""
    found = re.search(r"order\s+by\s+(.*?)(?:limit\s+\d+\s*)?;?\s*$", sql, re.I | re.S)
    keys = [re.sub(r"\s+(asc|desc)$", "", key.strip(), flags=re.I) for key in found[1].split(",")] if found else []
    return [names.index(key) for key in keys]


def same(ours, theirs):
    """Whole numbers, text, dates and pairs of decimals exactly; an average that one engine gives as a float
    and the other as a decimal within what the decimal's six digits allow."""
    kinds = {type(ours), type(theirs)}
    if float in kinds and kinds <= {float, decimal.Decimal}:
        return math.isclose(ours, theirs, rel_tol=1e-9 if kinds == {float} else 1e-6, abs_tol=1e-6)
    return ours == theirs


def settled(rows, keys):
    """Rows in their own order, but those that tie sorted by all their columns."""
    rank, seen = [], None
    for row in rows:
        key = [float(row[k]) if isinstance(row[k], decimal.Decimal) else row[k] for k in keys]
        rank.append(rank[-1] if rank and key == seen else len(rank))
        seen = key
    return [row for _, row in sorted(zip(rank, rows), key=lambda pair: (pair[0], [str(value) for value in pair[1]]))]


def agree(sql, names, ours, theirs):
    assert theirs, "an empty answer proves nothing"
    keys = order_columns(sql, names)
    ours, theirs = settled(ours, keys), settled(theirs, keys)
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs):
        assert len(mine) == len(other) and all(map(same, mine, other)), (mine, other)


def of_duck(duck, number):
    """The question's text, and DuckDB's answer: names and rows."""
    [sql] = duck.execute("SELECT query FROM tpch_queries() WHERE query_nr = ?", [number]).fetchone()
    theirs = duck.execute(sql)
    return sql, [column[0] for column in theirs.description], theirs.fetchall()


QUESTIONS = pytest.mark.parametrize("number", range(1, 23), ids=lambda number: f"q{number:02}")


@QUESTIONS
def test_question(tpch, duck, number):
    sql, names, theirs = of_duck(duck, number)
    agree(sql, names, tpch.rows(sql), theirs)


@QUESTIONS
@pytest.mark.parametrize("engine", ["polars", "datafusion"])
def test_program(tpch, duck, number, engine):
    sql, names, theirs = of_duck(duck, number)
    program = (PROGRAMS / f"q{number:02}.expr").read_bytes()
    headers = {"Accept": ARROW_STREAM, "Content-Type": "text/x-python"}
    response = tpch.post(f"/v1/expressions?engine={engine}", program, headers=headers)
    assert response.headers["Pantile-Engine"] == engine
    table = pa.ipc.open_stream(response.content).read_all()
    assert table.column_names == names
    agree(sql, names, list(zip(*(column.to_pylist() for column in table.columns))), theirs)


def test_rows_are_those_that_were_sent(tpch, duck):
    for table in TABLES:
        assert tpch.value(f"SELECT count(*) FROM {table}") == duck.sql(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.mark.parametrize("number", [1, 3, 6, 13, 18])
def test_a_second_asking_gets_the_same_answer(tpch, duck, number):
    """The second comes from the hot cache, where the first read Parquet."""
    [sql] = duck.execute("SELECT query FROM tpch_queries() WHERE query_nr = ?", [number]).fetchone()
    first = tpch.rows(sql)
    assert [tpch.rows(sql) for _ in range(3)] == [first] * 3
