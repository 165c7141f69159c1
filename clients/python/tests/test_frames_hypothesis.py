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
# Two days around each change of the clocks.
ZONED = st.one_of(st.none(), st.sampled_from([dt.datetime(2024, 3, 30), dt.datetime(2024, 10, 26)]))
HOURS = st.integers(0, 48)
GAPPY = st.one_of(st.none(), st.integers(-5, 5))
GROUPS = st.one_of(st.none(), st.sampled_from(["low", "mid", "top"]))
ROW = st.tuples(
    st.integers(-3, 3), st.integers(0, 50), NUMBERS, TEXTS, st.booleans(), TIMES, ZONED, HOURS, GAPPY, GROUPS
)
SCHEMA = pa.schema(
    [
        ("i", pa.int64()),
        ("j", pa.int64()),
        ("x", pa.float64()),
        ("s", pa.string()),
        ("b", pa.bool_()),
        ("t", pa.timestamp("us")),
        ("w", pa.timestamp("us", "Europe/Berlin")),
        ("n", pa.int64()),
        ("c", pa.dictionary(pa.int8(), pa.string())),
    ]
)


@st.composite
def tables(draw: Any) -> pa.Table:
    """Rows as a server has them: integers may be missing, as they cannot be in pandas."""
    rows = draw(st.lists(ROW, min_size=1, max_size=12))
    *plain, zoned, hours, gappy, groups = map(list, zip(*rows, strict=True))
    moved = [
        day and day.replace(tzinfo=dt.timezone.utc) + dt.timedelta(hours=n) for day, n in zip(zoned, hours, strict=True)
    ]
    return pa.table([*plain, moved, gappy, groups], schema=SCHEMA)


NUMERIC = st.sampled_from(["i", "j", "x", "n"])
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
            ["filter", "sort", "head", "tail", "iloc", "drop_duplicates", "dropna", "both", "fillna", "shift", "query",
             "where", "str", "merge", "sort_index", "reset_index", "nlargest", "loc", "isin", "zone", "group head"]
        )
    )  # fmt: skip
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
    if kind in MORE:
        return MORE[kind][0], MORE[kind][1]
    return f".{kind}({n})", lambda df: getattr(df, kind)(n)


def looked_up(df: Any, how: str) -> Any:
    """The rows beside what a smaller frame has for them, without it again."""
    other = df[["i", "n"]].drop_duplicates("i").rename(columns={"n": "found"})
    return (
        df.merge(other[other.i > 0], on="i", how=how).assign(x=lambda both: both.x + both.found).drop(columns="found")
    )


MORE: dict[str, tuple[str, Step]] = {
    "query": ('.query("j > i and x == x")', lambda df: df.query("j > i and x == x")),
    "where": (".assign(n=n.where(i > 0, j))", lambda df: df.assign(n=df.n.where(df.i > 0, df.j))),
    "str": (
        ".assign(s=s.str.replace('a', 'z').str.strip())",
        lambda df: df.assign(s=df.s.str.replace("a", "z").str.strip()),
    ),
    "merge": (".merge(…, how='left')", lambda df: looked_up(df, "left")),
    "sort_index": (".sort_index(ascending=False)", lambda df: df.sort_index(ascending=False)),
    "reset_index": (".reset_index(drop=True)", lambda df: df.reset_index(drop=True)),
    "nlargest": (".nlargest(3, 'j')", lambda df: df.nlargest(3, "j")),
    "loc": (".loc[n >= 0]", lambda df: df.loc[df.n >= 0]),
    "isin": ("[c.isin(['low', 'top'])]", lambda df: df[df.c.isin(["low", "top"])]),
    "zone": ("[w > '2024-05-01']", lambda df: df[(df.w > "2024-05-01") | df.w.isna()]),
    "group head": (".groupby('b').head(3)", lambda df: df.groupby("b").head(3)),
}


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
    "n + i": lambda df: df.n + df.i,
    "n > i": lambda df: df.n > df.i,
    "n != 2": lambda df: df.n != 2,
    "n // 2": lambda df: df.n // 2,
    "n.cumsum": lambda df: df.n.cumsum(),
    "n.rank": lambda df: df.n.rank(method="min", ascending=False),
    "n.diff": lambda df: df.n.diff(2),
    "n.fillna": lambda df: df.n.fillna(df.j),
    "n.astype": lambda df: df.n.fillna(0).astype("int64") * 2,
    "n within": lambda df: df.n - df.groupby("b").n.transform("mean"),
    "rank within": lambda df: df.groupby("b").x.rank(),
    "shift within": lambda df: df.groupby("b").j.shift(),
    "cumcount": lambda df: df.groupby("i").cumcount(),
    "hour": lambda df: df.w.dt.hour,
    "zone day": lambda df: df.w.dt.day,
    "to UTC": lambda df: df.w.dt.tz_convert("UTC").dt.hour,
    "later": lambda df: df.t + dt.timedelta(days=2),
    "since": lambda df: (df.t - df.t.min()).dt.total_seconds(),
    "floor": lambda df: df.t.dt.floor("D"),
    "month": lambda df: df.t.dt.month_name(),
    "c ==": lambda df: df.c == "low",
    "c code": lambda df: df.c.astype("str").str.len(),
    "slice": lambda df: df.s.str.slice(0, 1),
    "pad": lambda df: df.s.str.pad(4, fillchar="_"),
    "split": lambda df: df.s.fillna("").str.split(" ").str.get(1),
    "expanding": lambda df: df.j.expanding().mean(),
    "rolling max": lambda df: df.j.rolling(3, min_periods=2).max(),
    "mask": lambda df: df.n.mask(df.x > 0),
    "round": lambda df: (df.x / 3).round(2),
    "mod": lambda df: df.i % 3,
    "power": lambda df: df.j**2,
    "and": lambda df: (df.x > 0) & df.b,
    "bfill": lambda df: df.n.bfill(limit=1),
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
    "pivot_table": lambda df: df.pivot_table(index="i", columns="b", values="j", aggfunc="sum"),
    "pivot_table n": lambda df: df.pivot_table(index="b", columns="i", values=["n", "j"], aggfunc="max"),
    "margins": lambda df: df.pivot_table(index="s", columns="b", values="j", aggfunc="sum", margins=True),
    "unstack": lambda df: df.groupby(["i", "b"]).j.sum().unstack(fill_value=0),
    "levels": lambda df: df.groupby("i").agg({"j": ["sum", "mean"], "x": ["max"], "n": ["min", "count"]}),
    "resample": lambda df: df.dropna(subset=["t"]).set_index("t").sort_index().j.resample("D").sum(),
    "resample n": lambda df: df.dropna(subset=["t"]).set_index("t").sort_index()[["n", "x"]].resample("MS").mean(),
    "rolling": lambda df: df[["j", "n"]].rolling(3, min_periods=1).mean(),
    "by category": lambda df: df.groupby("c", observed=True).j.sum(),
    "by zone": lambda df: df.groupby("w").j.sum(),
    "by day": lambda df: df.groupby(df.t.dt.day).n.sum(),
    "by n": lambda df: df.groupby("n").j.agg(["sum", "max"]),
    "describe": lambda df: df[["j", "n"]].describe(),
    "n sum": lambda df: df.n.sum(),
    "n mean": lambda df: df.n.mean(),
    "n min": lambda df: df.n.min(),
    "counts of n": lambda df: df.n.value_counts(),
    "sums": lambda df: df[["i", "n", "x"]].sum(),
    "sort c": lambda df: df.sort_values(["c", "n", "j"])[["c", "n"]],
    "sort z": lambda df: df.sort_values(["w", "j", "i"]),
    "merge n": lambda df: df[["n", "j"]].merge(df[["n", "x"]].drop_duplicates("n"), on="n", how="inner"),
    "merge z": lambda df: df[["w", "j"]].merge(df[["w", "i"]].drop_duplicates("w"), on="w", how="left"),
    "idxmax": lambda df: df.groupby("b").j.idxmax(),
    "nunique n": lambda df: df.groupby("b").n.nunique(),
    "median": lambda df: df.groupby("b")[["n", "x"]].median(),
    "last": lambda df: df.groupby("b")[["n", "s", "t"]].last(),
    "stack": lambda df: df[["i", "j"]].stack(),
    "index of z": lambda df: df.set_index("w").sort_values(["j", "i", "x", "s"])[["j"]],
    "transform": lambda df: df.groupby("b")[["j", "n"]].transform("sum"),
    "isna": lambda df: df.isna(),
    "columns of c": lambda df: df[["c", "w", "n"]],
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
@given(table=tables(), chain=chains(), local=st.booleans())
def test_chains_come_to_what_pandas_makes_of_them(
    client: pantile.Client, table: pa.Table, chain: tuple[str, Step], local: bool
) -> None:
    text, run = chain
    frame = table.to_pandas()
    want = run(frame)
    got: Any = run(client.from_pandas(frame) if local else client.from_arrow(table))
    same(got.to_pandas(), want, text)


def same(got: Any, want: Any, text: str) -> None:
    """Equal, but for integers that are floats in pandas because it once saw a missing value beside them."""
    if isinstance(want, pd.DataFrame) and want.columns.empty:
        # Columns that are values of no rows have no type to be compared.
        assert got.columns.empty and len(got) == len(want), text
        return
    if isinstance(want, pd.DataFrame | pd.Series):
        want.index = _whole(want.index, got.index)
    if isinstance(want, pd.DataFrame):
        pd.testing.assert_frame_equal(*_alike(got, want), check_dtype=False, obj=text)
    elif isinstance(want, pd.Series):
        frames = _alike(got.to_frame("v"), want.to_frame("v"))
        pd.testing.assert_frame_equal(*frames, check_dtype=False, obj=text)
        assert got.name == want.name, text
    else:
        assert got == want or abs(got - want) < 1e-9 or (got != got and want != want), (text, got, want)


def _whole(want: pd.Index, got: pd.Index) -> pd.Index:
    """Labels made of integers that were once beside missing ones are floats in pandas, and integers here."""
    numbers = want.nlevels == got.nlevels == 1 and want.dtype.kind == "f" and got.dtype.kind == "i"
    return want.astype(got.dtype) if numbers and not want.hasnans else want


def _alike(got: pd.DataFrame, want: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    assert list(got.columns) == list(want.columns)
    for name in want.columns:
        kinds = got[name].dtype, want[name].dtype
        numbers = {kind.kind for kind in kinds} <= set("iuf")
        assert kinds[0] == kinds[1] or numbers or len(want) == 0 or "O" in (kinds[0].kind, kinds[1].kind), (name, kinds)
    return got, want
