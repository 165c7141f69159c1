"""The rows that the cases of Polars' names are asked of, and a short case for each method of a LazyFrame and each
function that makes an expression or a frame.

A case is an expression, several of them, or what is asked of a frame: a query, or anything that can be compared. A
text says why there is none.
"""

import asyncio
import datetime as dt
import io
import tempfile
from pathlib import Path

import polars as pl

from cases_polars_expr import scaled, sorted_by_time

c = pl.col
ROWS = pl.DataFrame(
    {
        "k": ["x", "y", "x", None, "y", "z"],
        "a": [1, 2, 3, None, 5, -6],
        "i": [0, 1, 2, 3, 4, 5],
        "p": [1.5, 2.25, 0.5, 4.0, 3.125, 1.0],
        "f": [1.5, float("nan"), None, 4.0, -2.25, 0.0],
        "s": ["apple pie", "Fig", None, "", "plum", "kiwi"],
        "z": ["a.b", "日本", "é", "[x]", "", "Z"],
        "x": ["2024-01-31", "2024-02-29", None, "2023-12-01", "1999-01-01", "2000-02-02"],
        "n": ["1.50", "2", None, "3.25", "40", "-5.1"],
        "j": ['{"n": 1}', '{"n": 2}', None, '{"n": null}', "{}", '{"n": 6}'],
        "b": [True, False, None, True, False, True],
        "t": [dt.datetime(2024, 1, 31, 12) + dt.timedelta(hours=7 * i) if i != 2 else None for i in range(6)],
        "u": [dt.datetime(2024, 6 * (i % 2) + 1, 3, i, tzinfo=dt.timezone.utc) for i in range(6)],
        "d": [dt.date(2024, 1, 28) + dt.timedelta(days=i) for i in range(6)],
        "tm": [dt.time(i, 30) for i in range(6)],
        "l": [[1, 2], [3], [], None, [5, 5], [6, None]],
        "m": [[1, 2], [3, 4], [5, 6], [7, 8], [9, 5], [6, 6]],
        "st": [{"x": i, "y": chr(97 + i)} for i in range(6)],
        "y": [b"abc", b"b", None, b"", b"bc", b"a"],
    },
    schema_overrides={"u": pl.Datetime("us", "UTC")},
)
OTHER = pl.DataFrame({"k": ["x", "y", "w"], "v": [10, 20, 30], "a": [1, 2, 3]})
FEW = ("k", "a", "i")


def few(q):
    return q.select(FEW)


def written(sink, read):
    """What a sink writes, read back."""

    def asked(q):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows"
            sink(few(q), path)
            return read(path)

    return asked


def batches(q):
    found = []
    few(q).sink_batches(found.append)
    return pl.concat(found)


def awaited(begin):
    async def answer():
        return await begin()

    return asyncio.run(answer())


def shown(q):
    """What `show` prints."""
    import contextlib

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        few(q).show(2)
    return out.getvalue()


LAZYFRAME = {
    "bottom_k": lambda q: few(q).bottom_k(2, by="i"),
    "cache": lambda q: few(q).cache().filter(c.a > 1),
    "cast": lambda q: few(q).cast({"a": pl.Float64}),
    "clear": lambda q: few(q).filter(c.a > 1).clear(),
    "clone": lambda q: few(q).clone(),
    "collect": lambda q: few(q).filter(c.a > 1).collect(),
    "collect_async": lambda q: awaited(lambda: few(q).collect_async()),
    "collect_batches": lambda q: pl.concat(list(few(q).collect_batches())),
    "collect_schema": lambda q: q.collect_schema(),
    "columns": lambda q: q.columns,
    "count": lambda q: few(q).count(),
    "describe": lambda q: few(q).describe(),
    "deserialize": lambda q: pl.LazyFrame.deserialize(few(q).serialize()),
    "drop": lambda q: few(q).drop("a"),
    "drop_nans": lambda q: q.select("f", "i").drop_nans("f"),
    "drop_nulls": lambda q: few(q).drop_nulls("a"),
    "dtypes": lambda q: q.dtypes,
    "execute": lambda q: few(q).execute().lazy(),
    "explain": lambda q: few(q).explain().count("\n") >= 0,
    "explode": lambda q: q.select("i", "l").explode("l"),
    "fill_nan": lambda q: q.select("f", "i").fill_nan(0.0),
    "fill_null": lambda q: few(q).fill_null(strategy="forward"),
    "filter": lambda q: few(q).filter(c.a > 1, k="y"),
    "first": lambda q: few(q).first(),
    "from_lazyframe_resolver": "makes a frame of a resolver of the reader's own, not of a table",
    "gather": lambda q: few(q).gather([0, 2]),
    "gather_every": lambda q: few(q).gather_every(2),
    "group_by": lambda q: q.group_by("k").agg(c.a.sum(), n=pl.len()).sort("k"),
    "group_by_dynamic": lambda q: sorted_by_time(q).group_by_dynamic("t", every="1d").agg(c.i.sum()),
    "head": lambda q: few(q).head(2),
    "inspect": lambda q: few(q).inspect(),
    "interpolate": lambda q: q.select("a", "p").interpolate(),
    "join": lambda q: few(q).join(OTHER.lazy(), on="k", how="left", maintain_order="left"),
    "join_asof": lambda q: q.select("i").join_asof(OTHER.lazy().select("a", "v"), left_on="i", right_on="a"),
    "join_where": lambda q: few(q).join_where(OTHER.lazy(), c.a > c.a_right).sort("i", "v"),
    "last": lambda q: few(q).last(),
    "lazy": lambda q: few(q).lazy(),
    "limit": lambda q: few(q).limit(2),
    "map_batches": lambda q: few(q).map_batches(lambda frame: frame.reverse()),
    "match_to_schema": lambda q: few(q).match_to_schema({"k": pl.String, "a": pl.Int64}, extra_columns="ignore"),
    "max": lambda q: few(q).max(),
    "mean": lambda q: q.select("a", "p").mean(),
    "median": lambda q: q.select("a", "p").median(),
    "merge_sorted": lambda q: q.select("i").merge_sorted(q.select("i"), "i"),
    "min": lambda q: few(q).min(),
    "null_count": lambda q: q.null_count(),
    "pipe": lambda q: few(q).pipe(lambda frame, n: frame.head(n), 2),
    "pipe_with_schema": lambda q: few(q).pipe_with_schema(lambda frame, schema: frame.select(next(iter(schema)))),
    "pivot": lambda q: q.pivot("k", ["x", "y"], index="b", values="a", aggregate_function="sum").sort("b"),
    "quantile": lambda q: q.select("a", "p").quantile(0.4),
    "remote": "asks Polars Cloud",
    "remove": lambda q: few(q).remove(c.a > 1),
    "rename": lambda q: few(q).rename({"a": "A"}),
    "reverse": lambda q: few(q).reverse(),
    "rolling": lambda q: sorted_by_time(q).rolling("t", period="1d").agg(c.i.sum()),
    "schema": lambda q: q.schema,
    "select": lambda q: q.select("k", c.a + 1),
    "select_seq": lambda q: q.select_seq("k", c.a + 1),
    "serialize": lambda q: len(few(q).serialize()) > 0,
    "set_sorted": lambda q: few(q).set_sorted("i"),
    "shift": lambda q: few(q).shift(1),
    "show": shown,
    "show_graph": lambda q: "digraph" in few(q).show_graph(raw_output=True, plan_stage="ir"),
    "sink_batches": batches,
    "sink_csv": written(pl.LazyFrame.sink_csv, pl.read_csv),
    "sink_delta": "wants `deltalake`, which is not there; `collect` first",
    "sink_iceberg": "wants `pyiceberg`, which is not there; `collect` first",
    "sink_ipc": written(pl.LazyFrame.sink_ipc, pl.read_ipc),
    "sink_ndjson": written(pl.LazyFrame.sink_ndjson, pl.read_ndjson),
    "sink_parquet": written(pl.LazyFrame.sink_parquet, pl.read_parquet),
    "slice": lambda q: few(q).slice(1, 3),
    "sort": lambda q: few(q).sort("k", "i", descending=[True, False], nulls_last=True),
    "sql": lambda q: few(q).sql("SELECT k, SUM(a) AS a FROM self GROUP BY k ORDER BY k"),
    "std": lambda q: q.select("a", "p").std(),
    "sum": lambda q: q.select("a", "p").sum(),
    "tail": lambda q: few(q).tail(2),
    "top_k": lambda q: few(q).top_k(2, by="i"),
    "unique": lambda q: few(q).unique("k", keep="last", maintain_order=True),
    "unnest": lambda q: q.select("i", "st").unnest("st"),
    "unpivot": lambda q: q.unpivot(["a", "i"], index="k"),
    "update": lambda q: few(q).update(OTHER.lazy().select("k", "a"), on="k"),
    "var": lambda q: q.select("a", "p").var(),
    "width": lambda q: q.width,
    "with_columns": lambda q: few(q).with_columns(n=c.a * 2),
    "with_columns_seq": lambda q: few(q).with_columns_seq(n=c.a * 2),
    "with_row_index": lambda q: few(q).with_row_index("n", 1),
}


FUNCTIONS = {
    "align_frames": lambda q: pl.align_frames(few(q), OTHER.lazy(), on="k")[1].sort("k", "v"),
    "all": [pl.all("b"), pl.all().count().name.suffix("_n")],
    "all_horizontal": pl.all_horizontal(c.b, c.a > 1),
    "any": pl.any("b"),
    "any_horizontal": pl.any_horizontal(c.b, c.a > 1),
    "approx_n_unique": pl.approx_n_unique("k"),
    "arange": pl.arange(0, 6),
    "arctan2": pl.arctan2("f", "p"),
    "arg_sort_by": pl.arg_sort_by("b", "i", descending=[True, False]),
    "arg_where": pl.arg_where(c.a > 1),
    "business_day_count": pl.business_day_count("d", dt.date(2024, 3, 1)),
    "coalesce": pl.coalesce("a", "i", 0),
    "col": [pl.col("k"), pl.col("a", "i") + 1, pl.col(pl.Float64).sum(), pl.col("^m|n$")],
    "collect_all": lambda q: pl.collect_all([few(q), few(q).select("a")])[1],
    "collect_all_async": lambda q: awaited(lambda: pl.collect_all_async([few(q), few(q).select("a")]))[1],
    "concat": lambda q: pl.concat([few(q), OTHER.lazy()], how="diagonal"),
    "concat_arr": pl.concat_arr("a", "i"),
    "concat_list": pl.concat_list("a", "i"),
    "concat_str": pl.concat_str("k", "s", separator="-", ignore_nulls=True),
    "corr": [pl.corr("i", "p"), pl.corr("i", "p", method="spearman").alias("n")],
    "count": pl.count("a"),
    "cov": pl.cov("i", "p", ddof=0),
    "cum_count": pl.cum_count("a"),
    "cum_fold": pl.cum_fold(pl.lit(0), lambda x, y: x + y, ["i", "p"]),
    "cum_reduce": pl.cum_reduce(lambda x, y: x + y, ["i", "p"]),
    "cum_sum": pl.cum_sum("i"),
    "cum_sum_horizontal": pl.cum_sum_horizontal("i", "p"),
    "date": pl.date(2024, c.i + 1, 1),
    "date_range": pl.date_range(dt.date(2024, 1, 1), dt.date(2024, 1, 6)),
    "date_ranges": pl.date_ranges("d", dt.date(2024, 2, 2)),
    "datetime": pl.datetime(2024, 1, 1, c.i),
    "datetime_range": pl.datetime_range(dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2), "6h"),
    "datetime_ranges": pl.datetime_ranges("d", dt.datetime(2024, 2, 3)),
    "defer": lambda q: pl.defer(lambda: OTHER, schema=OTHER.schema).join(few(q), on="k", maintain_order="left"),
    "dtype_of": c.a.cast(pl.dtype_of("p")),
    "duration": pl.duration(days=c.i, hours=1),
    "element": c.l.list.eval(pl.element() + 1),
    "exclude": pl.exclude("a", "k").count(),
    "explain_all": lambda q: len(pl.explain_all([few(q), few(q)])) > 0,
    "field": c.st.struct.with_fields(pl.field("x") * 2),
    "first": pl.first("k"),
    "fold": pl.fold(pl.lit(0), lambda x, y: x + y, ["i", "p"]),
    "format": pl.format("{}: {}", "k", "i"),
    "from_epoch": pl.from_epoch("i", "d"),
    "head": pl.head("i", 2),
    "implode": pl.implode("i"),
    "int_range": pl.int_range(0, pl.len()),
    "int_ranges": pl.int_ranges(0, "i"),
    "last": pl.last("k"),
    "len": pl.len(),
    "linear_space": pl.linear_space(0, 1, 6),
    "linear_spaces": pl.linear_spaces("i", 10, 3),
    "list": pl.list("a", "i"),
    "lit": [
        pl.lit(1),
        pl.lit("x").alias("s"),
        pl.lit(dt.date(2024, 1, 1)).alias("d"),
        pl.lit(dt.timedelta(hours=1)).alias("t"),
        pl.lit(None).alias("n"),
        pl.lit([1, 2]).alias("l"),
        pl.lit({"x": 1}).alias("st"),
    ],
    "map_batches": pl.map_batches(["i"], lambda series: scaled(series[0]), return_dtype=pl.Int64),
    "map_groups": lambda q: q.group_by("k", maintain_order=True).agg(
        pl.map_groups(["i"], lambda series: series[0].sum(), return_dtype=pl.Int64, returns_scalar=True)
    ),
    "max": pl.max("a"),
    "max_horizontal": pl.max_horizontal("a", "i"),
    "mean": pl.mean("a"),
    "mean_horizontal": pl.mean_horizontal("a", "p"),
    "median": pl.median("a"),
    "merge_sorted": lambda q: pl.merge_sorted([q.select("i"), q.select("i")], "i"),
    "min": pl.min("a"),
    "min_horizontal": pl.min_horizontal("a", "i"),
    "n_unique": pl.n_unique("k"),
    "nth": pl.nth(0, -2),
    "ones": pl.ones(6),
    "pipe_with_dtype": pl.pipe_with_dtype(["a"], lambda pairs: pairs[0][0].cast(pl.String)),
    "quantile": pl.quantile("a", 0.4),
    "reduce": pl.reduce(lambda x, y: x + y, ["i", "p"]),
    "repeat": pl.repeat("x", 6),
    "rolling_corr": pl.rolling_corr("i", "p", window_size=3),
    "rolling_cov": pl.rolling_cov("i", "p", window_size=3),
    "row_index": pl.row_index(),
    "select": lambda q: pl.select(n=1, eager=False).join(few(q), how="cross"),
    "self_dtype": c.i.map_batches(scaled, return_dtype=pl.self_dtype()),
    "sql": lambda q: pl.sql("SELECT k FROM q WHERE a > 1"),
    "sql_expr": pl.sql_expr("a + 1 AS n"),
    "std": pl.std("p"),
    "struct": [pl.struct("k", "a"), pl.struct(x="i", y=pl.lit(1)).alias("n")],
    "struct_with_fields": c.st.cast(pl.struct_with_fields({"x": pl.Float64, "y": pl.String})),
    "sum": pl.sum("a"),
    "sum_horizontal": pl.sum_horizontal("a", "p"),
    "tail": pl.tail("i", 2),
    "time": pl.time(c.i, 30),
    "time_range": pl.time_range(dt.time(1), dt.time(6)),
    "time_ranges": pl.time_ranges(c.tm, dt.time(8)),
    "union": lambda q: pl.union([q.select("k", "a"), OTHER.lazy().select("k", "a")]).sort("k", "a"),
    "var": pl.var("p"),
    "when": pl.when(c.a > 2).then(pl.lit("big")).when(c.a > 0).then(pl.lit("small")).otherwise(c.k),
    "zeros": pl.zeros(6, pl.Int64),
}
