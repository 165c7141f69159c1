"""Frames and chains of calls that Hypothesis makes up come to what pandas makes of them, index and order included."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pantile

Step = Callable[[Any], Any]

NUMBERS = st.one_of(st.none(), st.integers(-9, 9).map(lambda n: n / 2))
TEXTS = st.one_of(st.none(), st.sampled_from(["", "a", "b", "ab", "Éa", "x y"]))
TIMES = st.one_of(st.none(), st.integers(0, 400).map(lambda n: dt.datetime(2024, 1, 1) + dt.timedelta(hours=7 * n)))
ROW = st.tuples(st.integers(-3, 3), st.integers(0, 50), NUMBERS, TEXTS, st.booleans(), TIMES)
SCHEMA = pa.schema(
    [
        ("i", pa.int64()),
        ("j", pa.int64()),
        ("x", pa.float64()),
        ("s", pa.string()),
        ("b", pa.bool_()),
        ("t", pa.timestamp("us")),
    ]
)


@st.composite
def frames(draw: Any) -> pd.DataFrame:
    rows = draw(st.lists(ROW, min_size=1, max_size=12))
    return pa.table(list(map(list, zip(*rows, strict=True))), schema=SCHEMA).to_pandas()


NUMERIC = st.sampled_from(["i", "j", "x"])
NAMES = st.sampled_from(SCHEMA.names)
SIGNS: dict[str, Step] = {
    ">": lambda pair: pair[0] > pair[1], "<=": lambda pair: pair[0] <= pair[1], "==": lambda pair: pair[0] == pair[1],
    "!=": lambda pair: pair[0] != pair[1],
}  # fmt: skip


def condition(draw: Any) -> tuple[str, Step]:
    name, sign, value = draw(NUMERIC), draw(st.sampled_from(sorted(SIGNS))), draw(st.integers(-3, 9))
    negated = draw(st.booleans())
    text = f"{'~' if negated else ''}(df.{name} {sign} {value})"
    return text, lambda df: ~SIGNS[sign]((df[name], value)) if negated else SIGNS[sign]((df[name], value))


@st.composite
def rowwise(draw: Any) -> tuple[str, Step]:
    """A step that gives a frame of the same columns."""
    kind = draw(
        st.sampled_from(
            ["filter", "sort", "head", "tail", "iloc", "drop_duplicates", "dropna", "both", "fillna", "shift"]
        )
    )
    name, n = draw(NAMES), draw(st.integers(1, 5))
    if kind == "filter":
        text, made = condition(draw)
        return f"[{text}]", lambda df: df[made(df)]
    if kind == "both":
        (one, first), (two, second) = condition(draw), condition(draw)
        return f"[{one} | {two}]", lambda df: df[first(df) | second(df)]
    if kind == "sort":
        by, up = draw(st.lists(NAMES, min_size=2, max_size=3, unique=True)), draw(st.booleans())
        return f".sort_values({by}, ascending={up})", lambda df: df.sort_values(by, ascending=up)
    if kind == "iloc":
        start = draw(st.integers(0, 4))
        return f".iloc[{start}:{start + n}]", lambda df: df.iloc[start : start + n]
    if kind == "drop_duplicates":
        return f".drop_duplicates({name!r})", lambda df: df.drop_duplicates(name)
    if kind == "dropna":
        return f".dropna(subset=[{name!r}])", lambda df: df.dropna(subset=[name])
    if kind == "fillna":
        return ".assign(x=x.fillna(n))", lambda df: df.assign(x=df.x.fillna(n))
    if kind == "shift":
        return ".assign(x=x.shift(n))", lambda df: df.assign(x=df.x.shift(n))
    return f".{kind}({n})", lambda df: getattr(df, kind)(n)


COLUMNS: dict[str, Step] = {
    "i + j": lambda df: df.i + df.j,
    "i - x": lambda df: df.i - df.x,
    "j / i": lambda df: df.j / df.i,
    "x * 2": lambda df: df.x * 2,
    "x > i": lambda df: df.x > df.i,
    "s == 'a'": lambda df: df.s == "a",
    "isna": lambda df: df.x.isna(),
    "cumsum": lambda df: df.j.cumsum(),
    "x.cumsum": lambda df: df.x.cumsum(),
    "rank": lambda df: df.x.rank(),
    "diff": lambda df: df.j.diff(),
    "upper": lambda df: df.s.str.upper(),
    "len": lambda df: df.s.str.len(),
    "day": lambda df: df.t.dt.day,
    "where": lambda df: df.x.where(df.i > 0, 0.5),
    "map": lambda df: df.i.map({0: "z", 1: "o"}),
    "mean": lambda df: df.j - df.j.mean(),
    "within": lambda df: df.groupby("i").j.transform("sum"),
    "within s": lambda df: df.groupby("s").x.transform("max"),
    "cumsum within": lambda df: df.groupby("b").j.cumsum(),
    "rolling": lambda df: df.x.rolling(2, min_periods=1).sum(),
    "ffill": lambda df: df.x.ffill(),
    "clip": lambda df: df.x.clip(-1, 1),
    "contains": lambda df: df.s.str.contains("a"),
    "isin": lambda df: df.i.isin([0, 2]),
    "duplicated": lambda df: df.i.duplicated(),
}
ENDS: dict[str, Step] = {
    "itself": lambda df: df,
    "columns": lambda df: df[["s", "x"]],
    "x": lambda df: df.x,
    "groupby sum": lambda df: df.groupby("i")[["j", "x"]].sum(),
    "groupby s": lambda df: df.groupby("s").agg({"j": "max", "x": "mean"}),
    "groupby two": lambda df: df.groupby(["i", "b"]).x.count(),
    "size": lambda df: df.groupby("s", dropna=False).size(),
    "first": lambda df: df.groupby("b").x.first(),
    "as_index": lambda df: df.groupby("i", as_index=False).agg(n=("j", "sum")),
    "value_counts": lambda df: df.s.value_counts(),
    "sum": lambda df: df[["i", "j"]].sum(),
    "reset": lambda df: df.reset_index(drop=True),
    "set_index": lambda df: df.set_index("i").sort_values(["j", "x", "s", "b", "t"]),
    "mean": lambda df: df.x.mean(),
    "max": lambda df: df.j.max(),
    "merge": lambda df: df[["i", "j"]].merge(df[["i", "s"]].drop_duplicates("i"), on="i", how="left"),
    "outer": lambda df: df[["s", "j"]].merge(df[["s", "x"]].dropna().drop_duplicates("s"), on="s", how="outer"),
    "sum of x": lambda df: df.x.sum(),
    "std": lambda df: df.x.std(),
    "count": lambda df: df.count(),
    "nunique": lambda df: df.s.nunique(),
    "quantile": lambda df: df.x.quantile(0.25),
    "melt": lambda df: df.melt(id_vars="s", value_vars=["i", "j"]),
}


@st.composite
def chains(draw: Any) -> tuple[str, Step]:
    steps = [draw(rowwise()) for _ in range(draw(st.integers(0, 3)))]
    name = draw(st.sampled_from(sorted(COLUMNS)))
    after = [draw(rowwise()) for _ in range(draw(st.integers(0, 2)))]
    end = draw(st.sampled_from(sorted(ENDS)))
    text = "".join(text for text, _ in steps) + f".assign(z={name})" + "".join(text for text, _ in after) + f" → {end}"

    def run(df: Any) -> Any:
        for _, step in steps:
            df = step(df)
        df = df.assign(z=COLUMNS[name](df))
        for _, step in after:
            df = step(df)
        return ENDS[end](df)

    return text, run


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(frame=frames(), chain=chains())
def test_chains_come_to_what_pandas_makes_of_them(
    client: pantile.Client, frame: pd.DataFrame, chain: tuple[str, Step]
) -> None:
    text, run = chain
    want = run(frame)
    got: Any = run(client.from_pandas(frame))
    same(got.to_pandas(), want, text)


def same(got: Any, want: Any, text: str) -> None:
    """Equal, but for integers that are floats in pandas because it once saw a missing value beside them."""
    if isinstance(want, pd.DataFrame):
        pd.testing.assert_frame_equal(*_alike(got, want), check_dtype=False, obj=text)
    elif isinstance(want, pd.Series):
        frames = _alike(got.to_frame("v"), want.to_frame("v"))
        pd.testing.assert_frame_equal(*frames, check_dtype=False, obj=text)
        assert got.name == want.name, text
    else:
        assert got == want or abs(got - want) < 1e-9 or (got != got and want != want), (text, got, want)


def _alike(got: pd.DataFrame, want: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    assert list(got.columns) == list(want.columns)
    for name in want.columns:
        kinds = got[name].dtype.kind, want[name].dtype.kind
        assert kinds[0] == kinds[1] or set(kinds) <= set("iuf") or len(want) == 0 or "O" in kinds, (name, kinds)
    return got, want
