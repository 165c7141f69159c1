"""Polars over Pantile: every answer is compared with that of Polars itself over the same rows."""

import datetime as dt
import warnings

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pantile.polars import Engine, FallbackWarning, _shown, scan
from spying import Spy

c = pl.col
ROWS = pl.DataFrame(
    {
        "k": ["x", "y", "x", None, "y", "z"],
        "a": [1, 2, 3, None, 5, -6],
        "f": [1.5, float("nan"), None, 4.0, -2.25, 0.0],
        "s": ["apple pie", "Fig", None, "", "plum", "kiwi"],
        "b": [True, False, None, True, False, True],
        "t": [dt.datetime(2024, 1, 31, 12) + dt.timedelta(hours=7 * i) if i != 2 else None for i in range(6)],
        "d": [dt.date(2024, 1, 28) + dt.timedelta(days=i) for i in range(6)],
        "l": [[1, 2], [3], [], None, [5, 5], [6, None]],
    }
)
OTHER = pl.DataFrame({"k": ["x", "y", "w"], "v": [10, 20, 30], "a": [1, 2, 3]})


@pytest.fixture
def spy(client):
    return Spy(client)


@pytest.fixture(scope="module")
def rows(client):
    """The rows as a table of the server."""
    client.upload("polars_rows", ROWS)
    yield "polars_rows"
    client.drop("polars_rows")


@pytest.fixture
def frame(rows, spy):
    return scan(rows, client=spy)


def collected(query, engine):
    """The answer, where nothing may fall back to Polars."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", FallbackWarning)
        return query.collect(engine=engine)


# Each is asked of the server's rows and of the same rows here.
QUERIES = {
    "filter": lambda q: q.filter((c.a > 1) & (c.k == "y")),
    "filter by text": lambda q: q.filter(c.s.str.contains("p")),
    "filter by time": lambda q: q.filter(c.t >= dt.datetime(2024, 2, 1), c.d < dt.date(2024, 2, 3)),
    "filter by none": lambda q: q.filter(c.a.is_null() | c.f.is_nan()),
    "filter by length of time": lambda q: q.filter(c.t - dt.datetime(2024, 1, 31) > dt.timedelta(hours=20)),
    "filter by list": lambda q: q.filter(c.k.is_in(["x", "z"])),
    "filter by a series": lambda q: q.filter(c.a.is_in(pl.Series([1, 5, 7]).implode())),
    "filter by a long list": lambda q: q.filter(c.a.is_in(range(2, 1000))),
    "filter between": lambda q: q.filter(c.a.is_between(1, 3, closed="left")),
    "select": lambda q: q.select("k", (c.a * 2 + 1).alias("twice"), pl.lit("x").alias("x")),
    "arithmetic": lambda q: q.select(p=c.a + c.f, q=c.a / 2, r=c.a // 2, s=c.a % 4, t=c.a**2, u=-c.f, v=c.a - 1.5),
    "numbers of types": lambda q: q.select(n=pl.lit(7, pl.Int64), m=pl.lit(7), o=pl.lit(1, pl.UInt8), x=pl.lit(0.5)),
    "logic": lambda q: q.select(x=c.b & (c.a > 0), y=c.b | c.a.is_null(), z=~c.b, w=c.b ^ True),
    "missing": lambda q: q.select(x=c.a.eq_missing(3), y=c.a.ne_missing(None), z=c.f.is_finite()),
    "with columns": lambda q: q.with_columns(c.a.cast(pl.Float64), up=c.s.str.to_uppercase(), n=pl.len()),
    "cast": lambda q: q.select(c.f.fill_nan(None).cast(pl.Int32), x=c.s.cast(pl.Int64, strict=False)),
    "fill": lambda q: q.select(c.a.fill_null(0), f=c.f.fill_nan(9.0), g=c.a.forward_fill(), h=c.a.fill_null(c.a.max())),
    "choice": lambda q: q.select(w=pl.when(c.a > 2).then(pl.lit("big")).when(c.a > 0).then(pl.lit("small"))),
    "whole frame": lambda q: q.select(
        c.a.sum(), m=c.f.mean(), n=c.k.n_unique(), q=c.a.quantile(0.5), s=c.a.std(ddof=0)
    ),
    "texts": lambda q: q.select(
        r=c.s.str.replace("p", "q"),
        all=c.s.str.replace_all("p", "q", literal=True),
        head=c.s.str.slice(0, 2),
        part=c.s.str.extract(r"(\w)p"),
        long=c.s.str.len_chars(),
        pad=c.s.str.pad_start(6, "*"),
        cut=c.s.str.strip_chars("ae"),
        ends=c.s.str.ends_with("m"),
    ),
    "counts": lambda q: q.select(c.k.value_counts(sort=True, name="n")).head(2),
    "split": lambda q: q.select(c.s.str.split(" "), n=c.s.str.count_matches("p")),
    "dates of texts": lambda q: q.select(c.d.cast(pl.String).str.to_date("%Y-%m-%d")),
    "times": lambda q: q.select(
        y=c.t.dt.year(),
        m=c.t.dt.month(),
        w=c.t.dt.weekday(),
        day=c.t.dt.date(),
        cut=c.t.dt.truncate("1d"),
        later=c.t.dt.offset_by("1mo"),
        text=c.t.dt.strftime("%H:%M"),
        ms=c.t.dt.timestamp("ms"),
        zone=c.t.dt.replace_time_zone("Europe/Amsterdam"),
        hours=(c.t - c.t.min()).dt.total_hours(),
    ),
    "lists": lambda q: q.select(n=c.l.list.len(), s=c.l.list.sum(), x=c.l.list.get(0, null_on_oob=True)),
    "explode": lambda q: q.select("k", "l").explode("l"),
    "across": lambda q: q.select(
        s=pl.sum_horizontal("a", "f"), m=pl.min_horizontal("a", "f"), t=pl.concat_str("k", "s")
    ),
    "coalesce": lambda q: q.select(pl.coalesce("a", pl.lit(0)), s=pl.struct("k", "a")),
    "rolling": lambda q: q.select(r=c.f.rolling_mean(2, min_samples=1), s=c.a.cum_sum(), d=c.a.diff(), sh=c.a.shift(2)),
    "rolling quantile": lambda q: q.select(c.a.rolling_quantile(0.5, window_size=2), m=c.a.rolling_median(2)),
    "rank": lambda q: q.select(r=c.a.rank("dense", descending=True), u=c.k.is_unique(), f=c.k.is_first_distinct()),
    "over": lambda q: q.with_columns(
        t=c.a.sum().over("k"), n=pl.len().over("k"), o=c.a.cum_sum().over("k", order_by="t")
    ),
    "sort": lambda q: q.sort("k", "a", descending=[True, False], nulls_last=[False, True]),
    "sort by a sum": lambda q: q.filter(c.a.is_not_null()).sort(c.a * -1),
    "top": lambda q: q.sort("a", descending=True, nulls_last=True).head(2),
    "slice": lambda q: q.slice(1, 3),
    "tail": lambda q: q.tail(2),
    "unique": lambda q: q.unique("k", keep="first", maintain_order=True),
    "groups": lambda q: q.group_by("k").agg(c.a.sum(), n=pl.len(), m=c.f.max(), fi=c.s.first(), li=c.a).sort("k"),
    "groups by an expression": lambda q: (
        q.group_by(day=c.t.dt.date()).agg(c.a.count(), p=c.a.filter(c.b).sum()).sort("day")
    ),
    "groups in order": lambda q: q.group_by("k", maintain_order=True).agg(c.a.mean()),
    "groups, sorted, first": lambda q: q.group_by("k").agg(c.a.min()).sort("k", nulls_last=True).head(2),
    "row index": lambda q: q.with_row_index("i", offset=3).select("i", "k"),
    "unpivot": lambda q: q.unpivot(["a"], index="k"),
    "rename": lambda q: q.rename({"a": "A"}).select("A"),
    "drop": lambda q: q.drop("l", "t").drop_nulls(),
    "names": lambda q: q.select(c.a.name.suffix("_x"), pl.all().exclude("a").count()),
    "windows of time": lambda q: (
        q.drop_nulls("t")
        .sort("t")
        .group_by_dynamic("t", every="1d", period="2d", closed="right")
        .agg(c.a.sum(), n=pl.len())
    ),
    "windows of time of groups": lambda q: (
        q.drop_nulls("t")
        .sort("t")
        .group_by_dynamic("t", every="12h", group_by="k", label="right")
        .agg(c.f.max())
        .sort("k", "t")
    ),
    "rolling windows": lambda q: q.drop_nulls("t").sort("t").rolling("t", period="1d").agg(c.a.sum()),
    "nearest": lambda q: (
        q.select("a", "k")
        .drop_nulls()
        .sort("a")
        .join_asof(OTHER.lazy().sort("a"), on="a", strategy="nearest", tolerance=2)
    ),
    "conditions of a join": lambda q: q.select("a", "k").join_where(OTHER.lazy(), c.a > c.a_right).sort("a", "a_right"),
    "pivot": lambda q: q.pivot("k", on_columns=["x", "y"], index="b", values="a", aggregate_function="sum").sort("b"),
    "unnest": lambda q: q.select(pl.struct("a", "k")).unnest("a"),
    "beside": lambda q: pl.concat([q.select("a"), q.select("k").head(2)], how="horizontal_extend"),
    "diagonal": lambda q: pl.concat([q.select("a", "k"), OTHER.lazy()], how="diagonal"),
    "whole columns": lambda q: q.select("a", "f").sum(),
    "reverse": lambda q: q.select("a", "k").reverse(),
    "the greatest": lambda q: q.select("a", "k").top_k(2, by="a"),
    "a name like a pattern": lambda q: q.select(c.a.alias("^a$")).with_row_index().select(pl.all()),
}


@pytest.mark.parametrize("name", QUERIES)
def test_the_engine_answers_as_polars_does(name, frame, spy):
    query = QUERIES[name]
    found = collected(query(frame), Engine(spy))
    assert len(spy.programs) == 1
    assert_frame_equal(found, query(ROWS.lazy()).collect())


@pytest.mark.parametrize("name", QUERIES)
def test_a_scan_alone_gives_the_same(name, frame):
    query = QUERIES[name]
    assert_frame_equal(query(frame).collect(), query(ROWS.lazy()).collect())


JOINS = [
    ("inner", {"on": "k"}),
    ("left", {"on": "k"}),
    ("left", {"on": "k", "coalesce": False}),
    ("full", {"on": "k", "coalesce": True}),
    ("right", {"on": "k"}),
    ("semi", {"on": "k"}),
    ("anti", {"on": "k"}),
    ("cross", {}),
    ("inner", {"left_on": ["k", "a"], "right_on": ["k", "a"], "suffix": "_other"}),
    ("left", {"on": "k", "nulls_equal": True}),
]


@pytest.mark.parametrize(("how", "keys"), JOINS)
def test_frames_that_are_joined_are_sent_along(how, keys, frame, spy):
    left = ["k", "a", "s"]
    found = collected(frame.select(left).join(OTHER.lazy(), how=how, **keys), Engine(spy))
    wanted = ROWS.lazy().select(left).join(OTHER.lazy(), how=how, **keys).collect()
    assert len(spy.programs) == 1
    assert_frame_equal(found, wanted, check_row_order=False)


def test_frames_below_each_other(frame, spy):
    query = pl.concat([frame.select("k", "a"), OTHER.lazy().select("k", "a")])
    wanted = pl.concat([ROWS.select("k", "a"), OTHER.select("k", "a")])
    assert_frame_equal(collected(query, Engine(spy)), wanted)


def test_two_tables(frame, rows, spy):
    counts = scan(rows, client=spy).group_by("k").agg(n=pl.len())
    found = collected(frame.select("k", "a").join(counts, on="k").sort("a"), Engine(spy))
    local = ROWS.lazy().select("k", "a").join(ROWS.lazy().group_by("k").agg(n=pl.len()), on="k").sort("a")
    assert_frame_equal(found, local.collect())


def test_flights(client):
    """A query of many steps over a table of many rows."""

    def query(q):
        late = q.filter(c.dep_delay > 60, c.origin == "JFK").with_columns(speed=c.distance / c.air_time * 60)
        groups = late.group_by("carrier").agg(n=pl.len(), late=c.arr_delay.mean(), fast=c.speed.max())
        return groups.filter(c.n > 10).sort("n", "carrier", descending=[True, False]).head(5)

    local = client.table("flights").to_polars().lazy()
    assert_frame_equal(collected(query(scan("flights", client=client)), Engine(client)), query(local).collect())


# What a scan asks of the server.


def test_a_scan_hands_on_columns_condition_and_number(frame, spy):
    frame.filter(c.a > 1).select("k").collect()
    frame.select("k", "s").head(2).collect()
    assert spy.programs == [
        'table("polars_rows").filter(col("a") > 1).select(col("k"), col("a"))',
        'table("polars_rows").head(2).select(col("k"), col("s"))',
    ]


def test_a_condition_that_cannot_be_told_is_applied_here(frame, spy):
    query = frame.filter(c.a.hash() == pl.Series([3]).hash()[0]).select("k")
    assert query.collect()["k"].to_list() == ["x"]
    assert "filter" not in spy.programs[0]


def test_a_scan_of_a_frame(client):
    frame = client.table("airlines")
    query = scan(frame[frame.carrier == "UA"])
    assert query.collect().rows() == [("UA", "United Air Lines Inc.")]


def test_a_scan_knows_its_schema_and_reads_nothing(frame, spy):
    assert frame.collect_schema() == ROWS.schema
    assert spy.programs == []


# What Polars runs.


FALLBACKS = {
    "a function of Python's": ("anonymousfunction", lambda q: q.select(c.a.map_batches(lambda s: s + 1))),
    "a function without words": ("erf", lambda q: q.filter(c.a > 1).select(c.f.erf())),
    "other hashes": ("hash", lambda q: q.select(c.a.hash())),
    "rows by numbers of a frame": ("rows by numbers", lambda q: q.gather(OTHER.lazy().select(c.a - 1))),
    "a series": ("a Series", lambda q: q.select(c.a + pl.lit(pl.Series([1, 2, 3, 4, 5, 6])))),
    "what the server refuses": ("refuses", lambda q: q.select(c.a.quantile(c.f.min().abs() / 10))),
    "a type without a word": ("Int128", lambda q: q.select(c.a.cast(pl.Int128))),
    "windows from a day of the week": (
        "windows that begin on a",
        lambda q: q.drop_nulls("t").group_by_dynamic("t", every="1w", start_by="tuesday").agg(c.a.sum()),
    ),
    "one side of a join": (
        "hash",
        lambda q: q.with_columns(h=c.a.hash()).join(q.group_by("k").len(), on="k").select("k", "h", "len"),
    ),
}


@pytest.mark.parametrize("name", FALLBACKS)
def test_what_has_no_words_stays_with_polars(name, frame, spy):
    part, query = FALLBACKS[name]
    with pytest.warns(FallbackWarning, match=part):
        found = query(frame).collect(engine=Engine(spy))
    assert_frame_equal(found, query(ROWS.lazy()).collect(), check_row_order=False)


def test_what_can_be_told_below_it_still_runs_there(frame, spy):
    query = frame.group_by("k").agg(c.a.sum()).select(c.a.hash().count())
    with pytest.warns(FallbackWarning):
        assert query.collect(engine=Engine(spy)).item() == 4
    assert "group_by" in spy.programs[0]


def test_the_warning_can_be_turned_off(frame, spy):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame.select(c.a.hash()).collect(engine=Engine(spy, warn=False))


def test_plans_of_another_version_are_not_read(frame, spy, monkeypatch):
    monkeypatch.setattr(_shown, "PLAN_VERSIONS", {1})
    with pytest.warns(FallbackWarning, match="plans of version"):
        found = frame.filter(c.a > 1).collect(engine=Engine(spy))
    assert_frame_equal(found, ROWS.filter(c.a > 1))


def test_queries_without_a_table_of_ours_are_polars_own(spy):
    found = collected(ROWS.lazy().select(c.a.hash().alias("h")), Engine(spy))
    assert spy.programs == []
    assert len(found) == 6


def test_as_the_default_engine(frame, spy):
    pl.Config.set_engine_affinity(Engine(spy))
    try:
        assert frame.select(c.a.sum()).collect().item() == 5
        assert pl.collect_all([frame.select("k"), frame.select("a")])[1].columns == ["a"]
        assert frame.group_by("k").len().execute().lazy().collect().height == 4
    finally:
        pl.Config.set_engine_affinity("auto")
    assert spy.programs[0] == 'table("polars_rows").select(col("a").sum())'


def test_what_the_server_finds_wrong_with_values_is_an_error(frame, spy):
    with pytest.raises(pl.exceptions.PolarsError):
        frame.select(c.s.cast(pl.Int64)).collect()
    from pantile import InvalidValueError

    with pytest.raises(InvalidValueError):
        frame.select(c.s.cast(pl.Int64)).collect(engine=Engine(spy))
