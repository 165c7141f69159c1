"""What Dask's frames have beyond pandas' names: its own, those of its module, and the operators."""

# ruff: noqa: E501

from __future__ import annotations

import csv
from pathlib import Path

from names import Cases, absent, both, differs

# Each name of dask.dataframe with its section, and how much people use it: P0 most, P3 least.
NAMES = list(csv.DictReader((Path(__file__).parent / "dask.csv").open()))
PARTS = "tables are parted by the server"
PLAN = "the program or the plan of the server, as a text"


def of_rows(name: str) -> Cases:
    """What frames and columns have alike; `name` is the one that is asked."""
    return {
        "analyze": differs(f"type({name}.analyze()).__name__", PLAN, "None"),
        "categorize": both(f"{name}.categorize()", name),
        "clear_divisions": both(f"{name}.clear_divisions()", name),
        "compute": both(f"{name}.compute()", name),
        "compute_current_divisions": absent(f"{name}.compute_current_divisions()", "None"),
        "dask": differs(f"list({name}.dask)", "one program, whose text stands under the name of the answer", "None"),
        "divisions": differs(f"{name}.divisions", PARTS, "None"),
        "enforce_runtime_divisions": absent(f"{name}.enforce_runtime_divisions()", "None"),
        "explain": differs(f"type({name}.explain()).__name__", PLAN, "None"),
        "expr": differs(f"type({name}.expr).__name__", "the node of the program", "None"),
        "get_partition": both(f"{name}.get_partition(0)", name),
        "known_divisions": differs(f"{name}.known_divisions", PARTS, "None"),
        "lower_once": both(f"{name}.lower_once()", name),
        "map_overlap": absent(f"{name}.map_overlap(len, 1, 1)", "None"),
        "map_partitions": absent(f"{name}.map_partitions(len)", "None"),
        "memory_usage_per_partition": both(f"{name}.memory_usage_per_partition(index=False)", f"back.Series([int(np.sum({name}.memory_usage(index=False)))])" if name != "ix" else "back.Series([ix.nbytes])"),
        "npartitions": differs(f"{name}.npartitions", PARTS, "None"),
        "optimize": both(f"{name}.optimize()", name),
        "partitions": both(f"{name}.partitions[0]", name),
        "persist": both(f"{name}.persist()", name),
        "pprint": differs(f"type(printed({name}.pprint)).__name__", "the program, printed", "None"),
        "random_split": both(f"sum(int(part.size) for part in {name}.random_split([0.5, 0.5], random_state=1))", f"{name}.size"),
        "reduction": absent(f"{name}.reduction(len)", "None"),
        "repartition": both(f"{name}.repartition(npartitions=3)", name),
        "shuffle": both(f'{name}.shuffle("n")', name),
        "simplify": both(f"{name}.simplify()", name),
        "to_backend": both(f"{name}.to_backend()", name),
        "to_bag": both(f"{name}.to_bag()", f"list({name}.itertuples(False, name=None))" if name == "df" else f"list({name})"),
        "to_dask_array": both("num.to_dask_array().compute()", "num.to_numpy()") if name == "df" else both(f"{name}.to_dask_array().compute()", f"{name}.to_numpy()"),
        "to_delayed": absent(f"{name}.to_delayed()", "None"),
        "visualize": differs(f"type({name}.visualize()).__name__", PLAN, "None"),
    }  # fmt: skip


COLUMN: Cases = {
    **of_rows("df.n"),
    "columns": both("df.n.columns", 'pd.Index(["n"])'),
    "from_dict": absent('pd.Series.from_dict({"a": 1})', "None"),
    "median_approximate": both("df.x.median_approximate()", "df.x.median()"),
    "nunique_approx": both("df.n.nunique_approx()", "df.n.nunique()"),
    "to_orc": both('df.n.to_orc(here / "n.orc") or back.read_orc(here / "n.orc")', "df[['n']]"),
    "to_records": both("df.n.to_records()", "df[['n']].to_records()"),
}
EACH = [
    "abs()", "add(1)", "sub(1)", "mul(2)", "div(2)", "divide(2)", "truediv(2)", "floordiv(2)", "mod(2)", "pow(2)", "radd(1)", "rsub(1)",
    "rmul(2)", "rdiv(2)", "rtruediv(2)", "rfloordiv(7)", "rmod(7)", "rpow(2)", "eq(2)", "ne(2)", "lt(2)", "le(2)",
    "gt(2)", "ge(2)", "between(2, 4)", "bfill()", "ffill()", "clip(2, 4)", "cummax()", "cummin()", "cumprod()",
    "cumsum()", "head(2)", "tail(2)", "nlargest(2)", "nsmallest(2)", "combine_first(df.n)",
    "case_when([(df.n > 3, 0)])", "mask(df.n > 2, 0)", "mode()",
]  # fmt: skip
WHOLE = [
    "autocorr",
    "count",
    "kurt",
    "kurtosis",
    "mean",
    "median",
    "prod",
    "product",
    "quantile",
    "sem",
    "skew",
    "std",
    "sum",
    "var",
]
LABELS: Cases = {
    **{text.partition("(")[0]: both(f"ix.{text}", f'pd.Index(df.n.{text}, name="n")') for text in EACH},
    **{name: both(f"ix.{name}()", f"df.n.{name}()") for name in WHOLE},
    **of_rows("ix"),
    "add_prefix": both('ix.add_prefix("p_")', "ix"),
    "add_suffix": both('ix.add_suffix("_s")', "ix"),
    "align": absent("ix.align(ix)", "None"),
    "apply": absent("ix.apply(lambda label: label + 1)", "None"),
    "axes": both("ix.axes", '["n"]'),
    "cat": both(
        "df.assign(k=c).dropna().set_index('k').index.cat.categories", "df.k.dropna().astype('category').cat.categories"
    ),
    "columns": both("ix.columns", '["n"]'),
    "combine": absent("ix.combine(ix, max)", "None"),
    "corr": both("ix.corr(ix)", "df.n.corr(df.n)"),
    "cov": both("ix.cov(ix)", "df.n.cov(df.n)"),
    "describe": both("ix.describe()", "df.n.describe()"),
    "dot": both("ix.dot(ix)", "df.n.dot(df.n)"),
    "dt": both("t.index.dt.year", 'pd.Index(t.index.year, name="at")'),
    "dtypes": both("ix.dtypes", "df.n.dtypes"),
    "explode": both("ix.explode()", "ix"),
    "from_dict": absent('ix.from_dict({"a": 1})', "None"),
    "idxmax": both("ix.idxmax()", "df.n.idxmax()"),
    "idxmin": both("ix.idxmin()", "df.n.idxmin()"),
    "index": both("ix.index", "ix"),
    "loc": both("ix.loc[2:4]", "df.set_index(ix).n[(ix >= 2) & (ix <= 4)]"),
    "median_approximate": both("ix.median_approximate()", "df.n.median()"),
    "nunique_approx": both("ix.nunique_approx()", "df.n.nunique()"),
    "pipe": both("ix.pipe(lambda labels: labels + 1)", "ix + 1"),
    "rename_axis": both('ix.rename_axis("m")', "ix"),
    "resample": both('t.index.resample("MS").count()', 't.index.to_series().resample("MS").count()'),
    "reset_index": both("ix.reset_index()", "df[['n']].reset_index()"),
    "rolling": both("ix.rolling(2).sum()", "df.n.rolling(2).sum()"),
    "sample": both("ix.sample(2, random_state=1).size", "2"),
    "squeeze": both("ix.squeeze()", "ix"),
    "to_csv": both("ix.to_csv()", "df.n.to_csv()"),
    "to_hdf": both('handed(ix, "to_hdf", "name")[0]', "df.n"),
    "to_json": both("ix.to_json()", "df.n.to_json()"),
    "to_orc": both('ix.to_orc(here / "i.orc") or back.read_orc(here / "i.orc")', 'df[["n"]]'),
    "to_records": both("ix.to_records()", 'df[["n"]].to_records()'),
    "to_sql": both('handed(ix, "to_sql", "name")[0]', "df.n"),
    "to_string": both("ix.to_string()", "df.n.to_string()"),
    "to_timestamp": absent("ix.to_timestamp()", "None"),
}
FRAME: Cases = {
    **of_rows("df"),
    "median_approximate": both("num.median_approximate()", "num.median()"),
    "nbytes": differs("num.nbytes", "the bytes of the answer, in Arrow", "num.size * 8"),
    "nunique_approx": both("df[['n', 'w']].nunique_approx()", "df[['n', 'w']].nunique()"),
}
OPERATORS: Cases = {
    "__getitem__": ["df[df.n > 2]", 'df[["k", "n"]]', 'df["n"]', "df[1:3]"],
    "__setitem__": ['(f := df.copy()).__setitem__("z", 1) or f', "(f := num.copy()).__setitem__(num.n > 2, 0) or f"],
    "__getattr__": "df.n",
    "__len__": "len(df)",
    "__add__..__xor__ (arith/logical dunders)": [
        "df.n + df.w",
        "1 - df.n",
        "df.b & (df.n > 2)",
        "df.b ^ (df.n > 2)",
        "-num",
        "num // 2",
    ],
    "__array__": "np.asarray(num)",
    "__array_ufunc__": ["np.sqrt(df.x)", "np.exp(num)"],
    "__dataframe__": both("df.__dataframe__().num_columns()", "7"),
    "__await__": both('hasattr(df, "__await__")', "True"),
    "__bool__": ["raises(lambda: bool(df.n > 2))", "raises(lambda: bool(df))"],
    "__iter__": ["list(df)", differs("raises(lambda: list(df.n))", "a column is gone through once it is computed")],
    "__contains__": ['"n" in df', '"m" in df'],
    "__divmod__": "divmod(df.n, 2)",
}
MODULES = [
    "accessor", "backends", "categorical", "core", "dask", "dask_expr", "demo", "dispatch",
    "extensions", "get_collection_type", "groupby", "hyperloglog", "io", "methods", "multi", "partitionquantiles",
    "rolling", "shuffle", "tseries", "utils",
]  # fmt: skip
MODULE: Cases = {
    **{name: absent(f"pd.{name}", "None") for name in MODULES},
    **{
        name: absent(f"pd.{name}", "None")
        for name in (
            "Aggregation",
            "from_delayed",
            "from_graph",
            "from_map",
            "map_overlap",
            "map_partitions",
            "to_bag",
        )
    },
    "annotations": "pd.annotations",
    "Scalar": both("type(df.n.sum()) is pd.Scalar", "True"),
    "DataFrame": both("type(df) is pd.DataFrame", "True"),
    "Index": both("type(df.index) is pd.Index", "True"),
    "Series": both("type(df.n) is pd.Series", "True"),
    "compute": both("pd.compute(df.n.sum(), df.w.max())", "(df.n.sum(), df.w.max())"),
    "from_array": both(
        'client.from_array(np.array([[1, 2], [3, 4]]), columns=["a", "b"])',
        'pd.DataFrame([[1, 2], [3, 4]], columns=["a", "b"])',
    ),
    "from_dask_array": [
        both(
            'client.from_dask_array(client.xp.ones((3, 2)), columns=["a", "b"])',
            'pd.DataFrame(np.ones((3, 2)), columns=["a", "b"])',
        ),
        both(
            'client.from_dask_array(client.xp.arange(3), "a", index=["x", "y", "z"])',
            'pd.Series(np.arange(3), ["x", "y", "z"], name="a")',
        ),
    ],
    "assert_eq": [
        both("pd.assert_eq(df.n, df.n.sort_values())", "True"),
        both("raises(lambda: pd.assert_eq(df.n, df.w))", "True"),
        both("pd.assert_eq(df.n.sum(), 17)", "True"),
    ],
    "from_dict": both('client.from_dict({"a": [1, 2]})', 'pd.DataFrame({"a": [1, 2]})'),
    "from_pandas": both("client.from_pandas(back.DataFrame({'a': [1, 2]}))", "back.DataFrame({'a': [1, 2]})"),
    "repartition": both("df.repartition(npartitions=3)", "df"),
    **{name: f"df.n.{name}()" for name in ("to_csv", "to_json")},
    "to_hdf": 'handed(df, "to_hdf", "name")',
    "to_orc": 'num.to_orc(here / "m.orc") or back.read_orc(here / "m.orc")',
    "to_parquet": 'df.to_parquet(here / "m.parquet") or back.read_parquet(here / "m.parquet")',
    "to_records": "num.to_records()",
    "to_sql": 'handed(df, "to_sql", "name")',
}
OWN: dict[str, Cases] = {
    "DataFrame": FRAME,
    "Series": COLUMN,
    "Index": LABELS,
    "DataFrameGroupBy": {"compute": absent("g.compute", "None")},
    "SeriesGroupBy": {"compute": absent("gn.compute", "None")},
    "Rolling": {"kwargs": absent("r.kwargs", "None")},
    "Series.dt": {
        "week": both("d.dt.week", 'd.dt.isocalendar().week.astype("uint32").rename("at")'),
        "weekofyear": both("d.dt.weekofyear", 'd.dt.isocalendar().week.astype("uint32").rename("at")'),
    },
    "Series.cat": {
        "as_known": both("c.cat.as_known()", "c"),
        "as_unknown": absent("c.cat.as_unknown()", "None"),
        "known": both("c.cat.known", "True"),
    },
    "Operators": OPERATORS,
    "Functions": MODULE,
}
# A column and labels have a few of a frame's names less.
ASKED = {(row["section"], row["name"]) for row in NAMES}
DASK: dict[str, Cases] = {
    title: {name: each for name, each in cases.items() if (title, name) in ASKED} for title, cases in OWN.items()
}
