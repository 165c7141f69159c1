"""Names of pandas that are not here: each is refused in words that say why, and with the way round."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pantile import _dtypes as types
from pantile._accessors import Cat, Dt, Str
from pantile._dataframe import DataFrame
from pantile._groupby import DataFrameGroupBy, SeriesGroupBy
from pantile._index import Index
from pantile._refusals import AttributeMissing, nearest, unsupported
from pantile._resample import Resampler
from pantile._series import Series
from pantile._window import Ewm, Expanding, Rolling

PERIODS = ("the server has no periods", "times are cut by dt.floor and dt.normalize, and counted by resample")
DRAWN = ("groups are not drawn here", "aggregate them, and plot the answer: .to_pandas().plot")
FLAGS = ("frames have no flags", "is_unique of the index says whether labels repeat")
OWNED = ("a frame is of a client", "client.from_dict, client.from_pandas and client.from_arrow make one")
PLACES = ("places of labels are not looked up here", "loc takes labels; to_pandas().index has all places")
BYTES = ("texts are UTF-8 on the server", "s.fn('cast', …) makes bytes of them; .to_pandas() has the codecs of Python")

PARTS = ("the server parts tables by itself", "explain() shows what it reads")

BOTH = {
    "compute_current_divisions": PARTS,
    "enforce_runtime_divisions": PARTS,
    "to_period": PERIODS,
    "to_timestamp": PERIODS,
    "flags": FLAGS,
    "set_flags": FLAGS,
    "sparse": ("the server has no sparse columns", "a column of zeros costs next to nothing in Parquet"),
}
AGGREGATED = ("groups are no answer yet", "aggregate them: .sum(), .agg(…), .size()")
GROUPS = {"boxplot": DRAWN, "hist": DRAWN, "plot": DRAWN, "compute": AGGREGATED}
NAMES: dict[type, Mapping[str, tuple[str, str]]] = {
    DataFrame: {
        **BOTH,
        "dot": ("frames are not multiplied as matrices here", "df['a'].dot(df['b']), or to_numpy()"),
        "compare": ("compare of frames has columns of two levels", "df['x'].compare(other['x']) for each column"),
        "unstack": ("a frame has one row of names", "stack() has the labels before the names: swaplevel turns them"),
    },
    Series: {
        **BOTH,
        "list": ("pandas has .list for its own Arrow lists", "s.str.get, s.str.len, s.explode, or s.ops.list"),
        "struct": ("pandas has .struct for its own Arrow structs", "s.ops.struct.field('name')"),
    },
    Index: {
        "from_dict": OWNED,
        "to_timestamp": PERIODS,
        "compute_current_divisions": PARTS,
        "enforce_runtime_divisions": PARTS,
        "asof_locs": PLACES,
        "get_indexer": PLACES,
        "get_indexer_for": PLACES,
        "get_indexer_non_unique": PLACES,
    },
    DataFrameGroupBy: GROUPS,
    SeriesGroupBy: GROUPS,
    Rolling: {"kwargs": ("a window keeps its arguments to itself", "say them again: df.rolling(2, min_periods=1)")},
    Cat: {"as_unknown": ("categories are always known", "astype('str') makes texts of them")},
    Str: {"wrap": ("lines are not broken here", "s.str.replace(r'(.{1,20}) ', r'\\1\\n', regex=True) comes near")},
    Dt: {
        **dict.fromkeys(["to_period", "to_timestamp", "asfreq", "start_time", "end_time", "qyear"], PERIODS),
        "timetz": ("the server's times of day have no zone", "dt.time has them without"),
    },
}
FUNCTIONS = {
    **dict.fromkeys(
        ["date_range", "bdate_range", "period_range", "timedelta_range", "interval_range"],
        ("labels are made by pandas itself", "client.from_pandas sends a frame that has them"),
    ),
    **dict.fromkeys(
        ["read_clipboard", "read_excel", "read_fwf", "read_hdf", "read_html", "read_iceberg", "read_sas", "read_spss",
         "read_stata", "read_xml", "read_pickle", "json_normalize"],
        ("pandas itself reads it", "client.from_pandas sends what it has read"),
    ),
    **dict.fromkeys(
        ["read_parquet", "read_csv", "read_json", "read_feather", "read_orc", "read_table"],
        ("what is read is of a client", "client.read_parquet, client.read_csv, client.read_json and so on read it"),
    ),
    **dict.fromkeys(["read_sql", "read_sql_query", "read_sql_table"],
        ("a question is asked of a client", "client.sql(text), client.table(name)")),
    "from_dummies": ("columns of flags are put together by a choice", "s.case_when([(df.a, 'a'), (df.b, 'b')])"),
    **dict.fromkeys(
        ["map_partitions", "map_overlap", "Aggregation", "from_map", "from_graph", "from_delayed"],
        ("it takes a Python function or tasks of Dask's, and none run on the server",
         "say it with columns, or compute, and send the answer: client.from_pandas"),
    ),
    **dict.fromkeys(
        ["from_pandas", "from_array", "from_dict"],
        ("a frame is of a client", "client.from_pandas(df), client.from_dict({'a': [1, 2]}), client.from_arrow(table)"),
    ),
    **dict.fromkeys(
        ["to_bag", "to_hdf", "to_orc", "to_records", "to_sql", "to_csv", "to_json", "to_parquet", "repartition"],
        ("it is asked of a frame", "df.to_csv(…), df.to_parquet(…), df.iter_batches()"),
    ),
    **dict.fromkeys(
        ["accessor", "backends", "categorical", "core", "dask", "dask_expr", "demo",
         "dispatch", "extensions", "get_collection_type", "groupby", "hyperloglog", "io", "methods", "multi",
         "partitionquantiles", "rolling", "shuffle", "tseries", "utils"],
        ("it is of Dask's own workings", "frames have methods: df.groupby, df.rolling"),
    ),
    "array": ("arrays are of this process", "client.from_dict makes a frame of values"),
    "col": ("an expression is made of a frame's own column", "df['name'], or df.assign(z=lambda t: t.n)"),
    "eval": ("a text has no frame to look in", "df.eval(text)"),
    "infer_freq": ("what is between times is not guessed here", "s.diff().value_counts() shows it"),
    "to_pickle": ("an answer is pickled", "df.to_pickle(path)"),
    "Grouper": ("groups of times are windows", "df.resample(freq, on='at'), df.groupby('k').resample(freq)"),
}  # fmt: skip


def missing(thing: Any, name: str) -> Any:
    """Refuses a name that nobody knows, with the nearest."""
    if name.startswith("__"):
        raise AttributeError(name)
    known = [each for each in dir(type(thing)) if not each.startswith("_")]
    raise AttributeMissing(f"{type(thing).__name__} has no {name!r}", hint=nearest(name, known))


def _guarded(kind: type, names: Mapping[str, tuple[str, str]]) -> Callable[[Any, str], Any]:
    """What a kind says to a name that is not there: a column it may be first, then a name of the table."""
    before = getattr(kind, "__getattr__", missing)

    def look(self: Any, name: str) -> Any:
        known = inspect.getattr_static(kind, name, None)
        if isinstance(known, property) and known.fget is not None:
            # It is there, and has refused itself in better words.
            return known.fget(self)
        if kind is Index and name in TIMES and types.is_time(self._levels[0].column.type):
            return getattr(self.dt, name)
        try:
            return before(self, name)
        except AttributeMissing:
            if name not in names:
                raise
            what, hint = names[name]
        raise AttributeMissing(f"{kind.__name__} has no {name!r}: {what}", hint=hint)

    return look


def _of_class(name: str) -> Callable[..., Any]:
    def refused(*_: Any, **__: Any) -> Any:
        """Refused: a client makes frames."""
        unsupported(f"{name}: {OWNED[0]}", OWNED[1])

    return refused


def install() -> None:
    """Gives each kind its refusals."""
    for kind in KINDS:
        kind.__getattr__ = _guarded(kind, NAMES.get(kind, {}))  # type: ignore[attr-defined]
    for name in ("from_arrow", "from_dict", "from_records"):
        setattr(DataFrame, name, staticmethod(_of_class(f"DataFrame.{name}")))
    Series.from_dict = staticmethod(_of_class("Series.from_dict"))  # type: ignore[attr-defined]
    Series.from_arrow = staticmethod(_of_class("Series.from_arrow"))  # type: ignore[attr-defined]


# What pandas' index of times has without `.dt`.
TIMES = {name for name in dir(Dt) if not name.startswith("_")}
KINDS = (DataFrame, Series, Index, DataFrameGroupBy, SeriesGroupBy, Rolling, Expanding, Ewm, Resampler, Str, Dt, Cat)

install()
