"""narwhals over Pantile: every answer is compared with that of narwhals over Polars, of the same rows."""

import datetime as dt
from importlib.metadata import entry_points

import narwhals as nw
import narwhals.selectors as ncs
import narwhals.stable.v2 as nw_v2
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from narwhals.exceptions import (
    ColumnNotFoundError,
    ComputeError,
    InvalidOperationError,
)
from polars.testing import assert_frame_equal

import pantile

c = nw.col
ROWS = pa.table(
    {
        "k": ["x", "y", "x", None, "y", "z"],
        "a": [1, 2, 3, None, 5, -6],
        "f": [1.5, float("nan"), None, 4.0, -2.25, 0.0],
        "s": ["apple pie", "Fig", None, "", "plum", "kiwi"],
        "b": [True, False, None, True, False, True],
        "t": [dt.datetime(2024, 1, 31, 12) + dt.timedelta(hours=7 * i) if i != 2 else None for i in range(6)],
        "l": [[1, 2], [3], [], None, [5, 5], [6, None]],
        "i": list(range(6)),
    }
)
OTHER = pa.table({"k": ["x", "y", "w"], "v": [10, 20, 30], "a": [1, 2, 3]})


@pytest.fixture
def frame(client):
    return nw.from_native(client.from_arrow(ROWS))


@pytest.fixture
def other(client):
    return nw.from_native(client.from_arrow(OTHER))


def local(table):
    return nw.from_native(pl.from_arrow(table).lazy())


def check(found, wanted, **options):
    assert_frame_equal(found.collect("polars").to_native(), wanted.collect().to_native(), **options)


QUERIES = {
    "select": lambda q: q.select("k", c("a") * 2 + 1, x=nw.lit("x"), n=nw.lit(1, nw.Int8)),
    "arithmetic": lambda q: q.select(
        p=c("a") + c("f"), q=7 - c("a"), r=c("a") // 2, s=c("a") % 4, t=-c("f"), u=2 ** c("i")
    ),
    "logic": lambda q: q.select(x=c("b") & (c("a") > 0), y=~c("b"), z=c("b") | c("a").is_null()),
    "filter": lambda q: q.filter(c("a") > 1, k="y"),
    "filter by list": lambda q: q.filter(c("k").is_in(["x", "z"])),
    "between": lambda q: q.filter(c("a").is_between(1, 3, closed="right")),
    "missing": lambda q: q.select(
        c("a").fill_null(0), f=c("f").fill_nan(None), d=c("f").is_nan(), e=c("f").is_finite()
    ),
    "choice": lambda q: q.select(w=nw.when(c("a") > 2).then(nw.lit("big")).otherwise(nw.lit("small"))),
    "cast": lambda q: q.select(c("a").cast(nw.Float64), t=c("t").cast(nw.Date), s=c("i").cast(nw.String)),
    "aggregates": lambda q: q.select(
        c("a").sum(), m=c("f").mean(), n=c("k").n_unique(), q=c("a").quantile(0.5, "linear")
    ),
    "broadcast": lambda q: q.select("a", m=c("a").max() - c("a")),
    "selectors": lambda q: q.select(ncs.numeric() - ncs.by_dtype(nw.Float64), (ncs.string() | ncs.boolean()).is_null()),
    "selector and values": lambda q: q.select(ncs.matches("^[ai]$") + 1, ~(ncs.all() - ncs.boolean())),
    "names": lambda q: q.select(c("a").name.suffix("_x"), c("f", "i").name.map(lambda name: f"{name}!")),
    "all names": lambda q: q.select(nw.exclude("l", "t")),
    "texts": lambda q: q.select(
        r=c("s").str.replace("p", "q"),
        all=c("s").str.replace_all("p", "q", literal=True),
        up=c("s").str.to_uppercase(),
        title=c("s").str.to_titlecase(),
        part=c("s").str.slice(1, 3),
        has=c("s").str.contains("p.e"),
        cut=c("s").str.strip_chars("ae"),
        fill=c("s").str.zfill(6),
    ),
    "split": lambda q: q.select(c("s").str.split(" ")),
    "times": lambda q: q.select(
        y=c("t").dt.year(),
        day=c("t").dt.date(),
        cut=c("t").dt.truncate("1d"),
        later=c("t").dt.offset_by("1mo"),
        text=c("t").dt.to_string("%H:%M"),
        ms=c("t").dt.timestamp("ms"),
        zone=c("t").dt.replace_time_zone("Europe/Amsterdam"),
    ),
    "lists": lambda q: q.select(
        n=c("l").list.len(), s=c("l").list.sum(), h=c("l").list.contains(5), m=c("l").list.max()
    ),
    "lists made": lambda q: q.select(l=nw.list("a", "i")),
    "across": lambda q: q.select(
        s=nw.sum_horizontal("a", "i"),
        m=nw.mean_horizontal("a", "f"),
        t=nw.concat_str(c("k"), c("s"), separator="-", ignore_nulls=True),
        o=nw.coalesce("a", "i"),
        st=nw.struct("a", "k"),
    ),
    "rank": lambda q: q.select(r=c("i").rank("dense", descending=True).over("k"), u=c("k").is_unique()),
    "over": lambda q: q.with_columns(t=c("a").sum().over("k"), o=c("a").cum_sum().over("k", order_by="i")),
    "shift and roll": lambda q: q.select(
        d=c("a").diff().over(order_by="i"),
        s=c("a").shift(2).over(order_by="i"),
        r=c("a").rolling_mean(2, min_samples=1).over(order_by="i"),
        m=c("f").ewm_mean(com=1).over(order_by="i"),
    ),
    "first by order": lambda q: q.select(first=c("s").first(order_by="a"), last=c("s").last(order_by="f")),
    "replace": lambda q: q.select(c("i").replace_strict([0, 1], ["no", "one"], default="many", return_dtype=nw.String)),
    "sort": lambda q: q.sort("k", "i", descending=[True, False], nulls_last=True),
    "top": lambda q: q.top_k(2, by="i"),
    "head": lambda q: q.head(2),
    "unique": lambda q: q.unique("k", keep="first", order_by="i").sort("i"),
    "drop": lambda q: q.drop("l", "t").drop_nulls(["a", "f"]).rename({"a": "A"}),
    "explode": lambda q: q.select("i", "l").explode("l"),
    "unpivot": lambda q: q.unpivot(["a", "i"], index="k", variable_name="n", value_name="v"),
    "row index": lambda q: q.with_row_index("r", order_by="a").select("r", "a"),
    "groups": lambda q: (
        q.group_by("k").agg(c("a").sum(), n=nw.len(), m=c("f").max(), f=c("i").first(order_by="a")).sort("k")
    ),
    "groups without null": lambda q: q.group_by("k", drop_null_keys=True).agg(c("i").mean()).sort("k"),
    "groups by an expression": lambda q: q.group_by(c("i") % 2).agg(c("a").count()).sort("i"),
    "correlation": lambda q: q.select(r=nw.corr("a", "i"), v=nw.cov("a", "i", ddof=0)),
}


@pytest.mark.parametrize("name", QUERIES)
def test_answers_are_those_of_polars(name, frame):
    query = QUERIES[name]
    check(query(frame), query(local(ROWS)), check_row_order=name != "unpivot")


@pytest.mark.parametrize(
    ("how", "keys"), [("inner", "k"), ("left", "k"), ("full", "k"), ("semi", "k"), ("anti", "k"), ("cross", None)]
)
def test_joins(how, keys, frame, other):
    def query(left, right):
        return left.select("k", "a", "i").join(right, on=keys, how=how, suffix="_o")

    check(query(frame, other), query(local(ROWS), local(OTHER)), check_row_order=False)


def test_join_asof(frame, other):
    def query(left, right):
        return left.select("i").sort("i").join_asof(right.select("a", "v").sort("a"), left_on="i", right_on="a")

    check(query(frame, other), query(local(ROWS), local(OTHER)))


@pytest.mark.parametrize("how", ["vertical", "diagonal"])
def test_concat(how, frame, other):
    names = ["k", "a"]
    found = nw.concat([frame.select(names), other.select(names if how == "vertical" else nw.all())], how=how)
    wanted = nw.concat(
        [local(ROWS).select(names), local(OTHER).select(names if how == "vertical" else nw.all())], how=how
    )
    check(found, wanted)


# Coming and going.


def test_it_is_found_by_its_entry_point():
    (found,) = (point for point in entry_points(group="narwhals.plugins") if point.name == "pantile")
    assert found.value == "pantile.narwhals"


def test_what_comes_out_is_a_frame_of_pantile(frame):
    native = frame.filter(c("a") > 1).to_native()
    assert isinstance(native, pantile.DataFrame)
    assert native["a"].sum().compute() == 10


def test_a_frame_that_was_not_touched_is_itself(client):
    native = client.table("airlines")
    assert nw.from_native(native).to_native() is native


def test_an_index_is_left_out(client):
    native = client.from_pandas(pd.DataFrame({"a": [1, 2]}, index=[7, 8]))
    assert nw.from_native(native).columns == ["a"]


@pytest.mark.parametrize("api", [nw, nw_v2])
def test_every_version_of_the_api(api, client):
    """Of the first, see test_narwhals_libraries."""
    frame = api.from_native(client.table("airlines"))
    assert isinstance(frame, api.LazyFrame)
    assert frame.select(api.col("carrier").max()).collect().item() == "YV"


@pytest.mark.parametrize(
    ("backend", "kind"), [(None, pa.Table), ("pyarrow", pa.Table), ("pandas", pd.DataFrame), ("polars", pl.DataFrame)]
)
def test_collect_gives_what_is_asked_for(backend, kind, frame):
    found = frame.select("k", "i").collect(backend).to_native()
    assert isinstance(found, kind)
    assert list(found["i"].to_pylist() if kind is pa.Table else found["i"]) == list(range(6))


def test_the_schema_is_told_without_running(frame):
    assert frame.collect_schema() == local(ROWS).collect_schema()


def test_sink_parquet(frame, tmp_path):
    frame.select("k", "i").sink_parquet(tmp_path / "rows.parquet")
    assert pl.read_parquet(tmp_path / "rows.parquet")["i"].to_list() == list(range(6))


def test_a_table_of_many_rows(client):
    flights = nw.from_native(client.table("flights"))
    late = flights.filter(c("dep_delay") > 60).group_by("carrier").agg(n=nw.len()).sort("n", descending=True).head(2)
    assert late.collect("polars").rows() == [("EV", 6861), ("B6", 4571)]


# Refusals.


@pytest.mark.parametrize(
    "query",
    [
        lambda q: q.select("none"),
        lambda q: q.select(c("none") + 1),
        lambda q: q.with_columns(x=c("none").sum()),
        lambda q: q.filter(none=1),
        lambda q: q.drop("none"),
        lambda q: q.select("a").with_columns(b=c("i")).collect(),
    ],
)
def test_names_that_are_not_there(query, frame):
    with pytest.raises(ColumnNotFoundError, match="none|i"):
        query(frame)


REFUSED = [
    (NotImplementedError, "Enum", lambda q: q.select(c("k").cast(nw.Enum(["x"])))),
    (NotImplementedError, "Int128", lambda q: q.select(c("i").cast(nw.Int128))),
    (NotImplementedError, "map_batches", lambda q: q.select(c("i").map_batches(lambda s: s, returns_scalar=False))),
    (ValueError, "Invalid `every` string", lambda q: q.select(c("t").dt.truncate("1 day"))),
    (ValueError, "Invalid `every` string", lambda q: q.select(c("t").dt.offset_by("day"))),
    (ValueError, "multiples are supported", lambda q: q.select(c("t").dt.truncate("5mo"))),
    (ValueError, "Only multiple 1", lambda q: q.select(c("t").dt.truncate("2y"))),
    (InvalidOperationError, "String", lambda q: q.select(c("s") - 1).collect()),
    (ComputeError, "apple pie", lambda q: q.select(c("s").cast(nw.Int64)).collect()),
]


@pytest.mark.parametrize(("kind", "text", "query"), REFUSED)
def test_refusals(kind, text, query, frame):
    with pytest.raises(kind, match=text):
        query(frame)
