"""What the engine does beyond `collect`, and what Polars' plans do not show: each compared with Polars itself."""

import asyncio
import datetime as dt
import io
import pickle
import subprocess
import sys
import warnings

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pantile.polars import Engine, FallbackWarning, _shown, scan

c = pl.col
e = pl.element()
ROWS = pl.DataFrame(
    {
        "k": ["x", "y", "x", None, "y", "z"],
        "a": [1, 2, 3, None, 5, -6],
        "y": [b"abc", b"b", None, b"", b"bc", b"a"],
        "d": [dt.date(2024, 1, 26) + dt.timedelta(days=i) for i in range(6)],
        "l": [[1, 2], [3], [], None, [5, 5], [6, None]],
        "st": [{"x": i, "y": chr(97 + i)} for i in range(6)],
    }
)
OTHER = pl.DataFrame({"k": ["x", "y", "w"], "v": [b"p", b"qq", b"r"]})


@pytest.fixture(scope="module")
def frame(client):
    client.upload("polars_more", ROWS)
    yield scan("polars_more", client=client)
    client.drop("polars_more")


@pytest.fixture
def engine(client):
    return Engine(client)


def collected(query, engine):
    """The answer, where nothing may fall back to Polars."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", FallbackWarning)
        return query.collect(engine=engine)


# Each has something in it that a plan does not show.
HIDDEN = {
    "of a list": lambda q: q.select(c.l.list.eval(e * 2 + 1)),
    "of a list, with a function of it": lambda q: q.select(c.l.list.eval(e.rank("dense")).list.sum() + c.a),
    "a list of lists": lambda q: q.select(pl.concat_list(c.l.implode()).list.eval(e.list.eval(e + 1))).head(1),
    "items that are chosen": lambda q: q.filter(c.l.list.eval(e > 4).list.any()).select("k", "l"),
    "of groups": lambda q: q.group_by("k", maintain_order=True).agg(c.l.list.n_unique().sum(), n=c.y.bin.size().max()),
    "over groups": lambda q: q.with_columns(n=c.y.bin.size().sum().over("k")),
    "a name that it begins with": lambda q: q.select(c.y.bin.size() * 2, c.l.list.reverse()),
    "arguments that are columns": lambda q: q.select(c.y.bin.contains(c.y), n=c.y.bin.slice(c.a.abs() - 1, 2)),
    "literals of bytes": lambda q: q.select(c.y.bin.starts_with(b"a"), n=c.y.bin.get(0, null_on_oob=True)),
    "fields": lambda q: q.select(c.st.struct.with_fields(pl.field("x") + c.a, z=pl.field("y").str.to_uppercase())),
    "days": lambda q: q.select(
        c.d.dt.is_business_day(holidays=[dt.date(2024, 1, 26), dt.date(2024, 1, 29)]),
        n=c.d.dt.add_business_days(c.a.fill_null(0), roll="backward", week_mask=[True] * 6 + [False]),
        m=pl.business_day_count("d", dt.date(2024, 3, 1)),
    ),
    "categories": lambda q: q.select(c.k.cast(pl.Categorical).cat.slice(0, 1).cast(pl.String)),
    "of all rows so far": lambda q: q.select(c.a.cumulative_eval(e.max() - e.min(), min_samples=2)),
    "both sides of a join": lambda q: q.select("k", n=c.y.bin.size()).join(
        OTHER.lazy().select("k", m=c.v.bin.size()), on="k", how="left", maintain_order="left"
    ),
    "one above another": lambda q: (
        q.with_columns(n=c.l.list.agg(e.max())).filter(c.n > 1).select(c.n, c.y.bin.encode("hex"))
    ),
    "sorted by": lambda q: q.sort(c.y.bin.size(), c.a, nulls_last=True).select("k", "a"),
    "a choice of its own": lambda q: q.select(
        pl.when(c.y.bin.size() > 1).then(c.a).otherwise(c.l.list.eval(e).list.sum())
    ),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_plans_do_not_show(name, frame, engine):
    query = HIDDEN[name]
    assert_frame_equal(collected(query(frame), engine), query(ROWS.lazy()).collect(engine="in-memory"))


def test_a_scan_alone_filters_by_what_plans_do_not_show(frame):
    query = frame.filter(c.l.list.eval(e > 4).list.any()).select("k")
    assert query.collect()["k"].to_list() == ["y", "z"]


def test_what_cannot_be_written_down_stays_with_polars(frame, engine):
    """With a pickler for functions Polars writes them down, too; then it is they that have no words."""
    query = frame.select(c.l.list.eval(e + 1), n=c.a.map_batches(lambda s: s * 2, return_dtype=pl.Int64))
    with pytest.warns(FallbackWarning, match=r"list\.eval|anonymousfunction"):
        found = query.collect(engine=engine)
    assert found["n"].to_list() == [2, 4, 6, None, 10, -12]


def test_what_is_written_otherwise_stays_with_polars(frame, engine, monkeypatch):
    def otherwise(_frame):
        raise KeyError("Eval")

    monkeypatch.setattr(_shown, "revealed", otherwise)
    with pytest.warns(FallbackWarning, match=r"list\.eval"):
        found = frame.select(c.l.list.eval(e + 1)).collect(engine=engine)
    assert found["l"].to_list() == [[2, 3], [4], [], None, [6, 6], [7, None]]


# Parameters that stand elsewhere in a plan.
PARAMETERS = {
    "parts of a struct keep their names": lambda q: q.select(pl.struct(x="a", y=pl.lit(1), z=c.a + 1).alias("n")),
    "brackets in a format": lambda q: q.select(pl.format("{{}} é {} {}!", "k", "a")),
    "a sample has a seed or not": lambda q: q.select(
        c.a.sample(6, shuffle=False).sum(), n=c.a.sample(fraction=1.0).max()
    ),
    "weights": lambda q: q.select(c.a.fill_null(0).rolling_mean(2, weights=[0.25, 0.75])),
    "several keys": lambda q: q.select(c.a.top_k_by(["k", "a"], 2, reverse=[False, True]).sum()),
    "rows by number": lambda q: q.gather([0, -1], null_on_oob=True),
    "no columns beside columns": lambda q: pl.select(n=pl.lit(1), eager=False).join(q.select("a"), how="cross"),
    "rows before rows": lambda q: q.select(c.a.append(c.a + 1).append(c.a)),
    "an item that may be none": lambda q: q.select(c.a.filter(c.a > 99).item(allow_empty=True)),
    "values that are repeated": lambda q: q.select(pl.repeat(1.5, 3), n=pl.ones(3, pl.Int8)),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters(name, frame, engine):
    query = PARAMETERS[name]
    assert_frame_equal(collected(query(frame), engine), query(ROWS.lazy()).collect(engine="in-memory"))


# Beyond `collect`.


@pytest.mark.parametrize("kind", ["parquet", "ipc", "csv", "ndjson"])
def test_sinks_write_what_the_server_answers(kind, frame, engine):
    file, query = io.BytesIO(), frame.group_by("k", maintain_order=True).agg(c.a.sum())
    with warnings.catch_warnings():
        warnings.simplefilter("error", FallbackWarning)
        getattr(query, f"sink_{kind}")(file, engine=engine)
    file.seek(0)
    assert getattr(pl, f"read_{kind}")(file)["a"].to_list() == [4, 7, 0, -6]


def test_sinks_of_other_queries_are_polars_own(engine, monkeypatch):
    asked = []
    monkeypatch.setattr(Engine, "collect", lambda self, lf, **named: asked.append(lf.explain()))
    ROWS.lazy().select("a").sink_csv(io.BytesIO(), engine=engine)
    assert len(asked) == 1
    assert "SINK" in asked[0]


def test_batches(frame, engine):
    found = list(frame.select("a").collect_batches(engine=engine, chunk_size=4))
    assert pl.concat(found)["a"].to_list() == ROWS["a"].to_list()


def test_awaited(frame, engine):
    async def answers():
        one = frame.select(c.a.max()).collect_async(engine=engine)
        both = pl.collect_all_async([frame.select(c.a.min()), frame.select(c.a.sum())], engine=engine)
        return await one, *await both

    assert [found.item() for found in asyncio.run(answers())] == [5, -6, 5]


def test_a_query_is_of_the_process_that_made_it(frame):
    written = frame.select("a").serialize()
    assert pl.LazyFrame.deserialize(io.BytesIO(written)).collect()["a"].to_list() == ROWS["a"].to_list()
    read = "import polars, sys; polars.LazyFrame.deserialize(sys.stdin.buffer).collect()"
    found = subprocess.run([sys.executable, "-c", read], input=written, capture_output=True, check=False)
    assert b"of the process that made it" in found.stderr


def test_a_source_that_is_gone():
    from pantile.polars._scan import Source

    with pytest.raises(TypeError, match="of the process that made it"):
        pickle.loads(pickle.dumps(Source(None, None)))
