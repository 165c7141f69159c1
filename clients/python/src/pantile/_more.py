"""What pandas has and Dask has not: labels looked for and moved, times of day, comparisons, places."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile import _labels as labels
from pantile._column import ROW, Column, clean
from pantile._dataframe import DataFrame
from pantile._index import Index
from pantile._program import binary, col, data, fn
from pantile._refusals import wrong
from pantile._rows import RANGE, Level, Rows, flat, only_level
from pantile._scalar import Scalar
from pantile._series import UNNAMED, Series
from pantile._verbs import listed


def _label(thing: Any) -> Column:
    return only_level(thing._index).column


def valid(way: str) -> Callable[..., Scalar]:
    """`first_valid_index` and `last_valid_index`: the label of the first or last row that has a value."""

    def method(thing: Any) -> Scalar:
        columns = thing._visible().values()
        there = fn("any_horizontal", *(clean(column).node.call("is_not_null") for column in columns))
        label = _label(thing)
        return Scalar(thing._rows, Column(label.node.call("filter", there).call(way), label.type))

    return method


def at_time(df: Any, time: Any, asof: bool = False, axis: Any = None) -> Any:
    """The rows at this time of day, by an index of times."""
    return _by_clock(df, lambda node: binary("==", node, _clock(time)))


def between_time(df: Any, start_time: Any, end_time: Any, inclusive: str = "both", axis: Any = None) -> Any:
    """The rows between two times of day, by an index of times."""
    first, last = _clock(start_time), _clock(end_time)
    low, high = ">=" if inclusive in ("both", "left") else ">", "<=" if inclusive in ("both", "right") else "<"
    joint = "&" if first <= last else "|"
    return _by_clock(df, lambda node: binary(joint, binary(low, node, first), binary(high, node, last)))


def _by_clock(thing: Any, build: Callable[[Any], Any]) -> Any:
    label = _label(thing)
    if label.type is None or not pa.types.is_timestamp(label.type):
        wrong("times of day are of an index of times", "set_index first")
    condition = Column(build(label.node.call("dt.time")), types.BOOL)
    if isinstance(thing, Series):
        return thing._by_frame(lambda frame: frame._filtered(condition))
    return thing._filtered(condition)


def _clock(time: Any) -> dt.time:
    return time if isinstance(time, dt.time) else dt.time.fromisoformat(str(time).rjust(5, "0"))


def reindex(
    df: DataFrame,
    labels: Any = None,
    *,
    index: Any = None,
    columns: Any = None,
    axis: Any = None,
    fill_value: Any = None,
    **_: Any,
) -> DataFrame:
    """The rows of these labels, or these columns, in this order; missing where there is none."""
    if axis in (1, "columns") and labels is not None:
        columns, labels = labels, None
    wanted = labels if labels is not None else index
    found = df if wanted is None else _reindexed(df, list(wanted))
    if columns is not None:
        for name in columns:
            if name not in found._columns:
                found = found._again({**found._columns, name: _nothing()})
        found = found[list(columns)]
    return found if fill_value is None else found.fillna(fill_value)


def _nothing() -> Column:
    from pantile._column import constant

    return constant(None)


def _reindexed(df: DataFrame, labels: list[Any]) -> DataFrame:
    kind = _label(df).type
    table = pa.table({"__label": pa.array(labels, kind)})
    rows = Rows(df.client, data(table, "labels"), ("__label",))
    left = DataFrame._of(rows, {}, (Level((df._index or RANGE)[0].name, Column(col("__label"), kind)),))
    return left.join(df)


def series_reindex(s: Series, index: Any = None, *, fill_value: Any = None, **_: Any) -> Series:
    return s._by_frame(lambda frame: reindex(frame, index, fill_value=fill_value))


def droplevel(thing: Any, level: Any, axis: Any = 0) -> Any:
    """The same without these levels of the index."""
    gone = [_place(thing, each) for each in listed(level)]
    return _with_levels(thing, [x for at, x in enumerate(thing._index) if at not in gone])


def reorder_levels(thing: Any, order: Any, axis: Any = 0) -> Any:
    """The same with the levels of the index in this order."""
    return _with_levels(thing, [thing._index[_place(thing, each)] for each in order])


def swaplevel(thing: Any, i: Any = -2, j: Any = -1, axis: Any = 0) -> Any:
    """The same with two levels of the index in each other's place."""
    order = list(range(len(thing._index)))
    a, b = _place(thing, i), _place(thing, j)
    order[a], order[b] = order[b], order[a]
    return reorder_levels(thing, order)


def _place(thing: Any, level: Any) -> int:
    names = [each.name for each in thing._index]
    if isinstance(level, int):
        return level % len(names)
    return names.index(level) if level in names else wrong(f"there is no level {level!r}", f"there are: {names}")


def _with_levels(thing: Any, levels: list[Level]) -> Any:
    if isinstance(thing, Series):
        return Series(thing._rows, thing._column, thing._name, tuple(levels) or RANGE)
    return thing._again(index=tuple(levels) or RANGE)


def stack(df: DataFrame, **_: Any) -> Series:
    """The columns as a level of the index, their values as one column."""
    labels.one_level(df._columns, "stack")
    index = df._index or RANGE
    names = [f"__level{at}" for at in range(len(index))]
    plain = flat(df._rows, df._columns, index, ROW)
    keys = {name: level.column.node for name, level in zip(names, plain.index, strict=True)}
    node = plain.rows.node.call("select", *plain.columns, **keys, __row=plain.extra[0])
    node = node.call(
        "unpivot", list(plain.columns), index=[*names, "__row"], variable_name="__name", value_name=UNNAMED
    )
    node = node.call("sort", "__row")
    rows = Rows(df.client, node, (*names, "__row", "__name", UNNAMED))
    kinds = {column.type for column in df._columns.values()}
    levels = [Level(x.name, Column(col(name), x.column.type)) for x, name in zip(index, names, strict=True)]
    value = Column(col(UNNAMED), kinds.pop() if len(kinds) == 1 else None, True)
    return Series(rows, value, None, (*levels, Level(None, Column(col("__name"), types.STRING))))


def xs(df: Any, key: Any, axis: Any = 0, level: Any = None, drop_level: bool = True) -> Any:
    """The rows of a label at one level, which is then left out."""
    if isinstance(df, Series):
        made = xs(df.to_frame(UNNAMED), key, axis, level, drop_level)
        return Series(made._rows, made._columns[UNNAMED], df._name, made._index)
    at = _place(df, 0 if level is None else level) if df._index else 0
    found = df._filtered((Series(df._rows, (df._index or RANGE)[at].column, None, df._index) == key)._column)
    return droplevel(found, at) if drop_level and len(df._index) > 1 else found


def factorize(s: Series, sort: bool = False, use_na_sentinel: bool = True) -> tuple[Series, Index]:
    """A number for each different value, and the values in the order of their numbers."""
    kept = s.dropna().unique()
    kept = kept.sort_values() if sort else kept
    node, rows = clean(s._column).node, s._rows
    if sort:
        place = node.call("rank", "dense")
    else:
        # Within groups a count of rows would begin anew: it is a column before.
        rows = rows.wider("__row", lambda base: base.call("with_columns", __row=ROW.node))
        first = col("__row").call("min").call("over", node)
        place = fn("case", node.call("is_null"), None, first).call("rank", "dense")
    code = binary("-", place.call("cast", types.type_node(types.INT64)), 1).call("fill_null", -1)
    return s._like(Column(code, types.INT64), None, rows), Index(kept._rows, (Level(None, kept._column),))


def items(s: Series) -> Any:
    """Each label and value; all rows come here."""
    return iter(s.to_pandas().items())


def searchsorted(s: Series, value: Any, side: str = "left", sorter: Any = None) -> Scalar:
    """The place before which the value would go into a sorted column."""
    return Scalar(s._rows, s._column.call("search_sorted", value, side).cast(types.INT64))


def argsort(s: Series, axis: Any = 0, kind: Any = None, order: Any = None, stable: Any = None) -> Series:
    """The places of the rows in the order of their values."""
    return s._like(s._column.call("arg_sort", nulls_last=True).cast(types.INT64))


def compare(s: Series, other: Series, **_: Any) -> DataFrame:
    """The values of both where they differ."""
    both = s._beside(other, lambda a, b: Column(clean(a).node.call("ne_missing", clean(b).node), types.BOOL))
    columns = {"self": s._column, "other": other._column}
    # Where one of the two may be missing pandas has floats, and so it has them throughout.
    whole = {name: each.cast(types.FLOAT64) if types.is_number(each.type) else each for name, each in columns.items()}  # type: ignore[arg-type]
    return DataFrame._of(both._rows, whole, s._index)._filtered(both._column)


def equals(s: Series, other: Series) -> Scalar:
    """Whether both have the same values in the same rows, missing ones included."""
    return s._beside(other, lambda a, b: Column(clean(a).node.call("eq_missing", clean(b).node), types.BOOL)).all()


def item(s: Series) -> Any:
    """The one value there is."""
    return Scalar(s._rows, s._column.same("item")).item()


def on_index(name: str) -> Callable[..., Any]:
    """`tz_localize` and `tz_convert`, which are of the labels."""

    def method(thing: Any, tz: Any, *_: Any, **__: Any) -> Any:
        label = Series(thing._rows, _label(thing), None, RANGE)
        made = getattr(label.dt, name)(tz)
        return _with_levels(thing, [Level(thing._index[0].name, made._column)])

    return method


def asfreq(
    thing: Any, freq: Any, method: Any = None, how: Any = None, normalize: bool = False, fill_value: Any = None
) -> Any:
    """A row for each step of time, missing where there was none."""
    made = thing.resample(freq).first()
    made = made.ffill() if method in ("ffill", "pad") else made.bfill() if method in ("bfill", "backfill") else made
    return made if fill_value is None else made.fillna(fill_value)


BOTH: dict[str, Callable[..., Any]] = {
    "first_valid_index": valid("first"),
    "last_valid_index": valid("last"),
    "at_time": at_time,
    "between_time": between_time,
    "droplevel": droplevel,
    "reorder_levels": reorder_levels,
    "swaplevel": swaplevel,
    "tz_localize": on_index("tz_localize"),
    "tz_convert": on_index("tz_convert"),
    "asfreq": asfreq,
    "xs": xs,
}
FRAME: dict[str, Callable[..., Any]] = {
    "reindex": reindex,
    "stack": stack,
    "reindex_like": lambda df, other, **_: df.reindex(columns=list(other._columns)),
    "__divmod__": lambda df, other: (df // other, df % other),
    "isetitem": lambda df, loc, value: df.__setitem__(list(df._columns)[loc], value),
}
SERIES: dict[str, Callable[..., Any]] = {
    "dot": lambda s, other: (s * other).sum(),
    "reindex": series_reindex,
    "factorize": factorize,
    "items": items,
    "searchsorted": searchsorted,
    "argsort": argsort,
    "compare": compare,
    "equals": equals,
    "item": item,
    "divmod": lambda s, other: divmod(s, other),
    "rdivmod": lambda s, other: (other // s, other % s),
    "get": lambda s, key, default=None: s.loc[key],
    "repeat": lambda s, repeats: s._repeated(repeats),
    "transpose": lambda s: s,
    "keys": lambda s: s.index,
    "_repeated": lambda s, n: s._like(
        Column(clean(s._column).node.call("repeat_by", n), pa.list_(s.arrow_type))
    ).explode(),
}


def _index_set(s: Series, value: Any) -> None:
    s._index = s.to_frame("x").set_index(value)._index


def install() -> None:
    """Gives frames and columns these methods."""
    for name, method in BOTH.items():
        setattr(DataFrame, name, method)
        setattr(Series, name, method)
    for name, method in FRAME.items():
        setattr(DataFrame, name, method)
    for name, method in SERIES.items():
        setattr(Series, name, method)
    Series.index = property(lambda s: Index(s._rows, s._index or RANGE), _index_set)  # type: ignore[attr-defined]
    Series.axes = property(lambda s: [s.index])  # type: ignore[attr-defined]
    Series.columns = property(lambda s: s.to_frame().columns)  # type: ignore[attr-defined]
    Index.columns = Index.axes = property(lambda index: list(index.names))  # type: ignore[attr-defined]
    Index.groupby = lambda index, by=None, **named: index.to_series().groupby(by, **named)  # type: ignore[attr-defined]
    Index.loc = property(lambda index: index.to_series().loc)  # type: ignore[attr-defined]
    Index.resample = lambda index, rule, **named: index.to_series().resample(rule, **named)  # type: ignore[attr-defined]
    Index.index = property(lambda index: index)  # type: ignore[attr-defined]


install()
