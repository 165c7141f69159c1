"""TPC-H in pandas' spelling: the 22 questions of `benches/tpch_frames.py`, lazily, come to DuckDB's answers."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pantile

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benches")]
import oracle  # noqa: E402
import tpch_frames  # noqa: E402

# At this scale every question but Q17, which finds nothing, has an answer of some rows.
SCALE = 0.01


@pytest.fixture(scope="module")
def duck() -> Any:
    database = oracle.connect("tpch")
    database.execute(f"CALL dbgen(sf = {SCALE})")
    return database


@pytest.fixture(scope="module")
def tables(client: pantile.Client, duck: Any) -> Iterator[dict[str, str]]:
    """The tables as they come, decimals and dates, on the server."""
    names = {name: f"tpch_{name}" for (name,) in duck.sql("SHOW TABLES").fetchall()}
    for name, ours in names.items():
        client.upload(ours, duck.sql(f"FROM {name}").to_arrow_table())
    yield names
    for ours in names.values():
        client.drop(ours)


@pytest.mark.parametrize("number", range(1, 23))
def test_a_question_comes_to_the_answer_of_sql(
    client: pantile.Client, tables: dict[str, str], duck: Any, number: int
) -> None:
    [text] = duck.execute("SELECT query FROM tpch_queries() WHERE query_nr = ?", [number]).fetchone()
    want = duck.sql(text).fetchall()
    made = getattr(tpch_frames, f"q{number}")(lambda table, columns: client.table(tables[table])[columns])
    got = _rows(made.to_pandas())
    assert len(got) == len(want)
    assert all(len(a) == len(b) and all(map(_same, a, b)) for a, b in zip(got, want, strict=True)), (got[:3], want[:3])


def _rows(found: Any) -> list[tuple[Any, ...]]:
    """A frame's rows; a question whose answer is one number gives a series of one."""
    return list(found.itertuples(index=False, name=None)) if isinstance(found, pd.DataFrame) else [tuple(found)]


def _same(mine: Any, other: Any) -> bool:
    """Exactly, or as near as a mean is that one of the two has in decimals; what is missing, in both."""
    if pd.isna(mine) or pd.isna(other):
        return bool(pd.isna(mine) and pd.isna(other))
    if isinstance(other, float | Decimal):
        return math.isclose(mine, other, rel_tol=1e-9, abs_tol=1e-6)
    return mine == other
