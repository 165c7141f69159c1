"""The text of programs: readable, quoted, bound once, and never deep; and frames that ask nothing of the server."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from pantile._frame import DataFrame
from pantile._program import binary, col, data, fn, lit, literal, text_of

pytestmark = pytest.mark.everywhere

TABLE = pa.table({"k": ["a", "b"], "n": [1, 2], "x": [0.5, None], "odd name": [1, 2]})


class Silent:
    """A client that must not be asked anything."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"asked for {name}")


@pytest.fixture
def df() -> Any:
    frame = DataFrame._of_data(Silent(), TABLE)
    return DataFrame(Silent(), fn("table", "t"), frame.schema)


TEXTS = {
    'table("t")': lambda df: df,
    'table("t").filter(col("n") > 1)': lambda df: df[df.n > 1],
    'table("t").select("k", "n")': lambda df: df[["k", "n"]],
    'table("t").filter((col("n") > 1) & (col("k") == "a"))': lambda df: df[(df.n > 1) & (df.k == "a")],
    'table("t").filter(~(col("n") > 1).fill_null(False))': lambda df: df[~(df.n > 1)],
    'table("t").select(n=col("n") * 2 + 1)': lambda df: df.n * 2 + 1,
    'table("t").select(n=(col("n") + 1) * 2)': lambda df: (df.n + 1) * 2,
    'table("t").select(x=2 ** (-col("x")))': lambda df: 2**-df.x,
    'table("t").drop_nulls(["k"]).group_by("k").agg(n=col("n").sum()).sort("k", nulls_last=True)': (
        lambda df: df.groupby("k").agg({"n": "sum"}).reset_index()
    ),
    'table("t").sort("n", nulls_last=True, descending=True).head(3)': lambda df: df.sort_values(
        "n", ascending=False
    ).head(3),
    'table("t").with_columns(z=col("n") * 2).filter(col("z") > 2)': lambda df: df.assign(z=df.n * 2)[df.n * 2 > 2],
    'table("t").select(value=col("n").mean())': lambda df: df.n.mean(),
    'table("t").select(col("odd name").alias("in"))': lambda df: df[["odd name"]].rename(columns={"odd name": "in"}),
}


@pytest.mark.parametrize("text", TEXTS)
def test_programs_read_as_a_person_would_write_them(df: Any, text: str) -> None:
    assert TEXTS[text](df).program() == text


def test_what_is_used_twice_is_bound_once(df: Any) -> None:
    far = df[df.n > 1]
    text = far.merge(far, on="k").program()
    assert text.count('table("t").filter') == 1
    assert text.startswith('v1 = table("t").filter(col("n") > 1)\n')


def test_a_long_chain_stays_flat(df: Any) -> None:
    column = df.n
    for _ in range(3_000):
        column = column + 1
    lines = column.program().splitlines()
    assert len(lines) > 100
    assert max(line.count("(") for line in lines) < 100


LITERALS = {
    "None": None,
    "True": True,
    "-3": -3,
    "1.5": 1.5,
    "nan": float("nan"),
    "-inf": float("-inf"),
    '"a\\"b\\\\c\\n"': 'a"b\\c\n',
    '"\\u202e"': "\u202e",
    "date(2024, 2, 29)": dt.date(2024, 2, 29),
    "datetime(2024, 2, 29, 1)": dt.datetime(2024, 2, 29, 1),
    "duration(microseconds=1500000)": dt.timedelta(seconds=1.5),
    "time(1, 2, 3, 4)": dt.time(1, 2, 3, 4),
    'datetime(2024, 1, 1, time_zone="UTC")': dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc),
    'lit("1.50").str.to_decimal(2)': Decimal("1.50"),
    'b"\\x00\\xff"': b"\x00\xff",
}


@pytest.mark.parametrize("text", LITERALS)
def test_values_are_written_as_the_language_has_them(text: str) -> None:
    assert literal(LITERALS[text]) == text


def test_names_that_look_like_patterns_are_names() -> None:
    assert text_of(col("^a.*$"))[0] == 'col("^\\\\^a\\\\.\\\\*\\\\$$")'
    assert text_of(col("*"))[0] == 'col("^\\\\*$")'


def test_values_of_one_name_are_told_apart() -> None:
    text, values = text_of(fn("concat", [data(1), data(2)]))
    assert text == "concat([data, data2])"
    assert values == {"data": 1, "data2": 2}


def test_brackets_stand_where_they_are_needed() -> None:
    a, b = col("a"), col("b")
    assert text_of(binary("-", a, binary("-", b, 1)))[0] == 'col("a") - (col("b") - 1)'
    assert text_of(binary("==", binary("==", a, b), True))[0] == '(col("a") == col("b")) == True'
    assert text_of(binary("**", -3, a))[0] == '(-3) ** col("a")'
    assert text_of(lit("x").call("str.join", ""))[0] == 'lit("x").str.join("")'


def test_long_lists_are_sent_beside_the_text(df: Any) -> None:
    text, values = text_of(df[df.n.isin(range(10_000))]._node())
    assert text == 'table("t").filter(col("n").is_in(items))'
    assert len(values["items"]) == 10_000


def test_showing_a_frame_asks_nothing(df: Any) -> None:
    frame = df[df.n > 1].set_index("k")
    shown = repr(frame)
    assert "index: k" in shown and "int64" in shown and 'filter(col("n") > 1)' in shown
    assert "Series" in repr(frame.n) and "Scalar" in repr(frame.n.sum())
    assert "<pre>" in frame._repr_html_()
    assert frame.schema.names == ["n", "x", "odd name"]
    assert list(frame.columns) == ["n", "x", "odd name"] and frame.shape[1] == 3 and "n" in frame
    assert str(frame.dtypes["n"]) == "int64"


def test_a_frame_changes_in_place_where_pandas_does(df: Any) -> None:
    df["z"] = df.n * 2
    df.loc[df.n > 1, "z"] = 0
    df.insert(0, "first", 1)
    del df["x"]
    assert list(df.columns) == ["first", "k", "n", "odd name", "z"]
    assert df.pop("k").name == "k"
    df.columns = ["a", "b", "c", "d"]
    assert list(df.columns) == ["a", "b", "c", "d"]
