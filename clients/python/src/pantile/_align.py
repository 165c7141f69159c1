"""Two frames brought together by their labels, and labels changed: what pandas does by the index, as joins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._column import ROW, Column, chosen, clean
from pantile._dataframe import DataFrame
from pantile._elementwise import shift as shift_rows
from pantile._framewide import elementwise, labelled
from pantile._freq import rule_of
from pantile._merge import merge
from pantile._more import _reindexed
from pantile._program import Node, col
from pantile._refusals import needs_python, unsupported, wrong
from pantile._rows import RANGE, Level, common, only_level
from pantile._series import Series
from pantile._verbs import listed
from pantile._verbs import rename as rename_columns

OTHER = "__other_"


def _beside(left: DataFrame, right: DataFrame, how: str) -> tuple[DataFrame, dict[str, str]]:
    """Both frames' columns on the same rows, found by labels; and what the right one's are called then."""
    named = {name: f"{OTHER}{name}" for name in right._columns}
    renamed = right._again({named[name]: column for name, column in right._columns.items()})
    rows = common(left._rows, right._rows)
    if rows is not None and _same_labels(left, right):
        return left._again({**left._columns, **renamed._columns}, rows), named
    made = merge(
        left._again(index=left._index or RANGE), renamed._again(index=right._index or RANGE), how,
        left_index=True, right_index=True,
    )  # fmt: skip
    return made, named


def _same_labels(left: DataFrame, right: DataFrame) -> bool:
    return [x.column.node for x in left._index or RANGE] == [x.column.node for x in right._index or RANGE]


def align(left: Any, other: Any, join: str = "outer", axis: Any = None, **_: Any) -> tuple[Any, Any]:
    """Both with the same labels, and frames with the same columns: all of both, or those of `join`."""
    if isinstance(left, Series):
        pair = align(left.to_frame("value"), other.to_frame("value"), join, 0)
        return pair[0]["value"].rename(left.name), pair[1]["value"].rename(other.name)
    both, named = _beside(left, other, join)
    names = list(left._columns) if axis in (0, "index") else _joined(list(left._columns), list(other._columns), join)
    none = Column(Node("const", None).call("cast", types.type_node(types.FLOAT64)), types.FLOAT64)
    first = {name: both._columns[name] if name in left._columns else none for name in names}
    names = list(other._columns) if axis in (0, "index") else names
    second = {name: both._columns[named[name]] if name in named else none for name in names}
    return both._again(first), both._again(second)


def _joined(left: list[str], right: list[str], how: str) -> list[str]:
    if how in ("left", "right"):
        return left if how == "left" else right
    if how == "inner":
        return [name for name in left if name in right]
    return left if left == right else sorted({*left, *right})


def combine_first(left: DataFrame, other: DataFrame) -> DataFrame:
    """The frame with the values of another where its own are missing; labels and columns of both."""
    both, named = _beside(left, other, "outer")
    columns = {}
    for name in [*left._columns, *(name for name in other._columns if name not in left._columns)]:
        columns[name] = _first_of(both, [x for x in (name if name in left._columns else None, named.get(name)) if x])
    return both._again(columns)


def _first_of(frame: DataFrame, names: list[str]) -> Column:
    first, *rest = [frame._columns[name] for name in names]
    for other in rest:
        first = chosen(Column(clean(first).node.call("is_null"), types.BOOL), other, first)
    return first


def update(
    self: Any, other: Any, join: str = "left", overwrite: bool = True, filter_func: Any = None, errors: str = "ignore"
) -> None:
    """Puts the values of another that are not missing in the places of the same labels, in this frame or column."""
    if filter_func is not None:
        needs_python("update(filter_func=…)", "where keeps the values that are not to be changed")
    if errors != "ignore":
        unsupported("update(errors='raise') is not done here", "leave errors out")
    frame = self.to_frame("value") if isinstance(self, Series) else self
    other = other.to_frame("value") if isinstance(self, Series) else other
    shared = [name for name in frame._columns if name in other._columns]
    both, named = _beside(frame, other[shared], "left")
    pairs = {name: (named[name], name) if overwrite else (name, named[name]) for name in shared}
    found = {name: _cast(_first_of(both, list(pair)), frame._columns[name]) for name, pair in pairs.items()}
    made = both._again({name: found.get(name, both._columns[name]) for name in frame._columns})
    if isinstance(self, Series):
        self._rows, self._column, self._index = made._rows, made._columns["value"], made._index
        return
    vars(self).update(_rows=made._rows, _columns=made._columns, _index=made._index)


def _cast(column: Column, like: Column) -> Column:
    return column if column.type == like.type or like.type is None else column.cast(like.type)


def reindex_like(self: Any, other: Any, **_: Any) -> Any:
    """The rows of the other's labels, and its columns."""
    frame = self.to_frame("value") if isinstance(self, Series) else self
    labels = other.to_frame("x")._again({}) if isinstance(other, Series) else other._again({})
    if not _same_labels(frame, labels) or common(frame._rows, labels._rows) is not frame._rows:
        frame = labels.join(frame)
    if isinstance(self, Series):
        return frame["value"].rename(self.name)
    return frame.reindex(columns=list(other._columns))


def asof(self: Any, where: Any, subset: Any = None) -> Any:
    """The last row before `where` that misses nothing, by an index in order: a value, or of a frame a row."""
    if isinstance(where, list | tuple) or hasattr(where, "__array__"):
        unsupported("asof of several labels is not done here", "merge_asof finds the row before each of them")
    frame = self.to_frame("value") if isinstance(self, Series) else self
    found = frame.dropna(subset=listed(subset) if subset is not None else None).loc[:where].tail(1)
    if isinstance(self, Series):
        return found["value"].max()
    return labelled(found, {name: column.same("max") for name, column in found._columns.items()}, where)


def pop(s: Series, item: Any) -> Any:
    """The value at a label, whose row the column then has no more."""
    found, rest = s.loc[item], s.drop([item])
    s._rows, s._column, s._index = rest._rows, rest._column, rest._index
    return found


def filter_labels(
    s: Any, items: Any = None, like: str | None = None, regex: str | None = None, axis: Any = None
) -> Any:
    """The rows whose labels are among `items`, hold `like`, or match `regex`."""
    if items is not None:
        return s.loc[list(items)]
    text = Series(s._rows, only_level(s._index).column, None, s._index).astype("str")
    return s[text.str.contains(like or regex, regex=like is None)]


# Labels changed.


def _relabelled(thing: Any, levels: tuple[Level, ...]) -> Any:
    if isinstance(thing, Series):
        return Series(thing._rows, thing._column, thing._name, levels)
    return thing._again(index=levels)


def rename(
    df: DataFrame, mapper: Any = None, *, index: Any = None, columns: Any = None, axis: Any = None, **named: Any
) -> DataFrame:
    """The frame with other names for its columns, or other labels by a dict; a function of names runs here."""
    if mapper is not None and axis in (1, "columns"):
        columns, mapper = mapper, None
    index = mapper if mapper is not None else index
    made = df if columns is None else rename_columns(df, columns=columns, **named)
    return made._again() if index is None else _relabelled(made, _mapped_labels(made, index))


def rename_series(s: Series, index: Any = None, **_: Any) -> Series:
    """The column under another name; by a dict, with other labels."""
    if callable(index) or isinstance(index, Mapping):
        return _relabelled(s, _mapped_labels(s, index))
    return s._like(s._column, index)


def _mapped_labels(thing: Any, change: Any) -> tuple[Level, ...]:
    if not isinstance(change, Mapping):
        needs_python("rename of labels", "a dict says which become which: rename(index={1: 10})")
    return tuple(
        Level(x.name, Series(thing._rows, x.column, None, RANGE).replace(dict(change))._column)
        for x in thing._index or RANGE
    )


def set_axis(thing: Any, labels: Any, *, axis: Any = 0, copy: Any = None) -> Any:
    """The frame with these names for its columns (`axis=1`), or with these labels, one for each row."""
    if axis in (1, "columns"):
        made = thing._again()
        made.columns = labels
        return made
    if isinstance(labels, Series):
        return _relabelled(
            thing,
            thing.to_frame("x").set_index(labels)._index
            if isinstance(thing, Series)
            else thing.set_index(labels)._index,
        )
    values = [value.item() if hasattr(value, "item") else value for value in labels]
    column = Column(ROW.node.call("replace_strict", list(range(len(values))), values))
    kind = pa.array(values).type
    return _relabelled(thing, (Level(getattr(labels, "name", None), Column(column.node, kind)),))


def shift(
    thing: Any, periods: int = 1, freq: Any = None, axis: Any = 0, fill_value: Any = None, suffix: Any = None
) -> Any:
    """The values some rows further down; with `freq` the labels later by so much time."""
    if axis in (1, "columns"):
        unsupported("shift(axis=1) is not done here", "assign columns under each other's names: df.assign(b=df.a)")
    if freq is None:
        rows = shift_rows if isinstance(thing, Series) else elementwise("_shifted")
        return rows(thing, periods, fill_value=fill_value)
    level = only_level(thing._index)
    if level.column.type is None or not types.is_time(level.column.type):
        wrong("labels are moved by a freq where they are times", "set_index first")
    rule = rule_of(freq)
    node = level.column.node.call("dt.offset_by", f"{periods * rule.times}{rule.unit}")
    return _relabelled(thing, (Level(level.name, Column(node, level.column.type)),))


def select(df: DataFrame, *args: Any, **kwargs: Any) -> DataFrame:
    """The columns of these names, and those that `name=` makes by a function of the frame."""
    names = list(args[0]) if len(args) == 1 and isinstance(args[0], list) else list(args)
    return df.assign(**kwargs)[[*names, *kwargs]]


def reindex(
    df: DataFrame, labels: Any = None, *, index: Any = None, columns: Any = None, axis: Any = None,
    fill_value: Any = None, method: str | None = None, **_: Any,
) -> DataFrame:  # fmt: skip
    """The rows of these labels, or these columns, in this order; missing where there is none, or as `method` says."""
    from pantile._more import reindex as plain

    if method is None:
        return plain(df, labels, index=index, columns=columns, axis=axis, fill_value=fill_value)
    wanted = labels if labels is not None else index
    left = _reindexed(df._again({}), list(wanted))
    return nearest_rows(
        left,
        df,
        {"ffill": "backward", "pad": "backward", "bfill": "forward", "backfill": "forward"}.get(method, method),
    )


def nearest_rows(labels: DataFrame, df: DataFrame, strategy: str) -> DataFrame:
    """To each of the labels the row of the nearest label before it, behind it, or on either side."""
    key, kind = only_level(labels._index), only_level(df._index).column.type
    left = labels._rows.selected({"__at": key.column})
    right = df._rows.selected({"__at": only_level(df._index).column, **df._columns}).call("sort", "__at")
    node = left.call("join_asof", right, on="__at", **({} if strategy == "backward" else {"strategy": strategy}))
    rows = type(df._rows)(df.client, node, ("__at", *df._columns))
    columns = {name: Column(col(name), column.type, column.nan) for name, column in df._columns.items()}
    return DataFrame._of(rows, columns, (Level(key.name, Column(col("__at"), kind), key.freq),))


FRAME: dict[str, Callable[..., Any]] = {
    "combine_first": combine_first, "rename": rename, "reindex": reindex, "select": select,
}  # fmt: skip
SERIES: dict[str, Callable[..., Any]] = {"pop": pop, "filter": filter_labels, "rename": rename_series}
BOTH: dict[str, Callable[..., Any]] = {
    "align": align, "update": update, "reindex_like": reindex_like, "asof": asof, "set_axis": set_axis, "shift": shift,
}  # fmt: skip


def install() -> None:
    """Gives frames and series these methods."""
    Series._shifted = shift_rows  # type: ignore[attr-defined]
    for kind, table in ((DataFrame, FRAME | BOTH), (Series, SERIES | BOTH)):
        for name, method in table.items():
            setattr(kind, name, method)


install()
