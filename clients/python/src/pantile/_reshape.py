"""Frames put together and turned: `concat`, `melt`, `pivot`, `pivot_table`, `get_dummies`, `cut` and `qcut`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile import _labels as labels
from pantile._column import Column, clean, column_of
from pantile._dataframe import DataFrame, _checked
from pantile._elementwise import to_datetime as _to_datetime
from pantile._elementwise import to_numeric as _to_numeric
from pantile._merge import join, merge, merge_asof
from pantile._pivot import pivot, pivot_table
from pantile._program import Node, binary, case, col, fn, lit
from pantile._refusals import ClientsError, needs_python, unsupported, wrong
from pantile._rows import RANGE, Level, Rows, common, schema_of
from pantile._series import Series
from pantile._verbs import listed


def concat(
    objs: Any, *, axis: Any = 0, join: str = "outer", ignore_index: bool = False, keys: Any = None, names: Any = None,
    sort: bool = False, **_: Any,
) -> Any:  # fmt: skip
    """Frames or columns one behind the other, or with `axis=1` beside each other by their labels."""
    if isinstance(objs, Mapping):
        keys, objs = list(objs), list(objs.values())
    parts = [each for each in objs if each is not None]
    if not parts:
        wrong("there is nothing to put together")
    if any(part.client is not parts[0].client for part in parts):
        raise ClientsError("frames of different clients", hint="collect one and send it: client.from_arrow(df)")
    if axis in (1, "columns"):
        return _beside(parts, join, keys)
    single = all(isinstance(part, Series) for part in parts)
    name = parts[0].name if single and len({part.name for part in parts}) == 1 else None
    frames = [part.to_frame("__value" if single else None) if isinstance(part, Series) else part for part in parts]
    made = _below(frames, join, ignore_index, keys, names)
    return made["__value"].rename(name) if single else made


def _below(frames: list[DataFrame], join: str, ignore_index: bool, keys: Any, names: Any) -> DataFrame:
    columns = list(dict.fromkeys(name for frame in frames for name in frame._columns))
    if join == "inner":
        columns = [name for name in columns if all(name in frame._columns for frame in frames)]
    depth = {len(frame._index or RANGE) for frame in frames}
    if not ignore_index and len(depth) > 1:
        wrong("indexes of different depths", "ignore_index=True, or reset_index before")
    levels = 0 if ignore_index else depth.pop()
    items = [_item(frame, columns, levels, None if keys is None else list(keys)[at]) for at, frame in enumerate(frames)]
    node = fn("concat", items, how="diagonal_relaxed") if len(items) > 1 else items[0]
    physical = (*(("__key",) if keys is not None else ()), *(f"__index{at}" for at in range(levels)))
    rows = Rows(frames[0].client, node, (*columns, *physical))
    made = {name: _joined_type(rows, name, frames) for name in columns}
    index = [Level(names[0] if names else None, Column(col("__key"), None))] if keys is not None else []
    index += [_shared_level(frames, at) for at in range(levels)]
    return DataFrame._of(rows, made, tuple(index) or RANGE)


def _item(frame: DataFrame, columns: list[str], levels: int, key: Any) -> Node:
    picked = {name: frame._columns[name] for name in columns if name in frame._columns}
    if key is not None:
        picked["__key"] = Column(lit(key))
    for at, level in enumerate((frame._index or RANGE)[:levels]):
        picked[f"__index{at}"] = level.column
    return frame._rows.selected(picked)


def _shared_level(frames: list[DataFrame], at: int) -> Level:
    found = [(frame._index or RANGE)[at] for frame in frames]
    name = found[0].name if len({level.name for level in found}) == 1 else None
    return Level(name, Column(col(f"__index{at}"), found[0].column.type))


def _joined_type(rows: Rows, name: str, frames: list[DataFrame]) -> Column:
    found = [frame._columns[name] for frame in frames if name in frame._columns]
    kinds = {column.type for column in found}
    kind = found[0].type if len(kinds) == 1 else _relaxed(name, kinds, rows)
    return Column(col(name), kind, any(column.nan for column in found))


def _relaxed(name: str, kinds: set[Any], rows: Rows) -> pa.DataType:
    if any(types.is_text(kind) for kind in kinds) and not all(types.is_text(kind) for kind in kinds):
        wrong(
            f"column {name!r} is of {' and '.join(sorted(map(str, kinds)))}",
            "astype makes them alike; a column has one type",
        )
    return rows.type_of(col(name))


def _beside(parts: list[Any], join: str, keys: Any) -> DataFrame:
    frames = [
        part.to_frame(part.name or f"{at}") if isinstance(part, Series) else part for at, part in enumerate(parts)
    ]
    if keys is not None:
        frames = [_under(part, frame, key) for key, part, frame in zip(keys, parts, frames, strict=True)]
    found = frames[0]
    for other in frames[1:]:
        _checked([*found._columns, *other._columns])
        rows = common(found._rows, other._rows)
        if rows is not None:
            found = found._again({**found._columns, **other._columns}, rows)
        else:
            found = merge(found, other, "outer" if join == "outer" else "inner", left_index=True, right_index=True)
    return found


def _under(part: Any, frame: DataFrame, key: Any) -> DataFrame:
    """The columns of a frame one level below a key; a column under the key itself."""
    if isinstance(part, Series):
        return part.to_frame(str(key))
    return frame._again({labels.joined([], key, name): column for name, column in frame._columns.items()})


def melt(
    frame: DataFrame,
    id_vars: Any = None,
    value_vars: Any = None,
    var_name: str | None = None,
    value_name: str = "value",
    col_level: Any = None,
    ignore_index: bool = True,
) -> DataFrame:
    """A row for each row and each of `value_vars`: its name, and its value."""
    labels.one_level(frame._columns, "melt")
    ids = listed(id_vars) if id_vars is not None else []
    values = listed(value_vars) if value_vars is not None else [name for name in frame._columns if name not in ids]
    for name in (*ids, *values):
        frame._column(name)
    if not ignore_index:
        return _melted_with_labels(frame, ids, values, var_name, value_name)
    kinds = {frame._columns[name].type for name in values}
    if len(kinds) > 1 and any(types.is_text(kind) for kind in kinds):  # type: ignore[arg-type]
        wrong("one column cannot hold texts and numbers", "give value_vars of one kind, or astype")
    new = var_name or "variable"
    node = frame[[*ids, *values]]._node().call("unpivot", values, index=ids, variable_name=new, value_name=value_name)
    rows = Rows(frame.client, node, (*ids, new, value_name))
    columns = {name: Column(col(name), frame._columns[name].type, frame._columns[name].nan) for name in ids}
    columns[new] = Column(col(new), types.STRING)
    kind = kinds.pop() if len(kinds) == 1 else rows.type_of(col(value_name))
    columns[value_name] = Column(col(value_name), kind, True)
    return DataFrame._of(rows, columns, RANGE)


def _melted_with_labels(
    frame: DataFrame, ids: list[str], values: list[str], var_name: Any, value_name: str
) -> DataFrame:
    """The same, with the labels repeated."""
    index = frame._index or RANGE
    keys = {f"__label{at}": level.column for at, level in enumerate(index)}
    made = melt(frame._again({**keys, **frame._columns}), [*keys, *ids], values, var_name, value_name)
    levels = tuple(Level(level.name, made._columns[key]) for level, key in zip(index, keys, strict=True))
    return made._again({name: column for name, column in made._columns.items() if name not in keys}, index=levels)


def get_dummies(
    data: Any,
    prefix: Any = None,
    prefix_sep: str = "_",
    dummy_na: bool = False,
    columns: Any = None,
    sparse: bool = False,
    drop_first: bool = False,
    dtype: Any = None,
) -> DataFrame:
    """For each value of `columns` a column that says which rows have it; without them, of all columns of texts."""
    single = isinstance(data, Series)
    frame = data.to_frame("__value") if single else data
    names = (
        listed(columns)
        if columns is not None
        else [
            n
            for n, c in frame._columns.items()
            if types.is_text(c.type) or types.is_category(c.type) or single  # type: ignore[arg-type]
        ]
    )
    prefixes = [prefix] * len(names) if isinstance(prefix, str) else list(prefix) if prefix is not None else names
    made = frame.drop(columns=names)
    for name, called in zip(names, prefixes, strict=True):
        made = _dummies(
            made,
            frame._series(name),
            "" if single and prefix is None else f"{called}{prefix_sep}",
            dummy_na,
            drop_first,
            dtype,
        )
    return made


def _dummies(made: DataFrame, series: Series, start: str, dummy_na: bool, drop_first: bool, dtype: Any) -> DataFrame:
    """The values are looked for while the frame is built, as its columns are known before it is computed."""
    values = series.dropna().unique().sort_values().to_arrow().column(0).to_pylist()
    for value in values[1 if drop_first else 0 :]:
        made[f"{start}{value}"] = (series == value).astype(dtype or "bool")
    if dummy_na:
        made[f"{start}nan"] = series.isna().astype(dtype or "bool")
    return made


def cut(x: Series, bins: Any, right: bool = True, labels: Any = None, include_lowest: bool = False, **_: Any) -> Series:
    """The bin that each number is in, by its label or with `labels=False` its number; missing beyond the bins."""
    if isinstance(bins, int):
        low, high = float(x.min()), float(x.max())
        edges = [low + (high - low) * at / bins for at in range(bins + 1)]
        edges[0 if right else -1] += (high - low) * 0.001 * (-1 if right else 1)
    else:
        edges = [float(edge) for edge in bins]
    names = _labels(edges, right, labels)
    inner = edges[1:-1]
    low, high = x > edges[0] if right else x >= edges[0], x <= edges[-1] if right else x < edges[-1]
    if include_lowest:
        low = x >= edges[0]
    if labels is False:
        found = x - x
        for edge in inner:
            found = found + ((x > edge) if right else (x >= edge)).astype("int64")
        return found.where(low & high)
    node = (
        clean(x._column).node.call("cut", inner, labels=names, **({} if right else {"left_closed": True}))
        if inner
        else lit(names[0])
    )
    return x._like(Column(node, types.STRING)).where(low & high).astype("category")


def _labels(edges: list[float], right: bool, labels: Any) -> list[str]:
    if labels is not None and labels is not False:
        if len(labels) != len(edges) - 1:
            wrong(f"{len(labels)} labels for {len(edges) - 1} bins")
        return [str(label) for label in labels]
    shown = [f"{edge:.3f}".rstrip("0").rstrip(".") if edge != int(edge) else f"{edge:.0f}" for edge in edges]
    return [f"({a}, {b}]" if right else f"[{a}, {b})" for a, b in pairwise(shown)]


def qcut(x: Series, q: Any, labels: Any = None, **_: Any) -> Series:
    """The bin that each number is in, of bins of as many rows each: its label, or with `labels=False` its number."""
    shares = [at / q for at in range(1, q)] if isinstance(q, int) else list(q)[1:-1]
    if labels is False:
        found = x - x
        for share in shares:
            found = found + (x > x.quantile(share)).astype("int64")
        return found
    if labels is None:
        unsupported(
            "qcut names its bins by numbers that are not known before", "labels=False numbers them, or give labels"
        )
    node = clean(x._column).node.call("qcut", shares, labels=[str(label) for label in labels])
    return x._like(Column(node, types.STRING)).astype("category")


def to_numeric(arg: Series, errors: str = "raise", downcast: Any = None, **_: Any) -> Series:
    """The texts of a column as numbers; with `errors="coerce"` missing where they are none."""
    return _to_numeric(arg, errors, downcast)


def to_datetime(
    arg: Series, errors: str = "raise", format: str | None = None, unit: str | None = None, utc: bool = False, **_: Any
) -> Series:
    """The texts or numbers of a column as times."""
    return _to_datetime(arg, errors, format, unit, utc)


def to_timedelta(arg: Series, unit: str = "ns", errors: str = "raise") -> Series:
    """The numbers of a column as lengths of time in `unit`."""
    names = {
        "D": "days",
        "d": "days",
        "h": "hours",
        "m": "minutes",
        "min": "minutes",
        "s": "seconds",
        "ms": "milliseconds",
        "us": "microseconds",
        "ns": "nanoseconds",
        "W": "weeks",
    }
    if types.is_text(arg.arrow_type) or unit not in names:
        unsupported(
            f"to_timedelta of {arg.arrow_type} in {unit!r} is not done here", "numbers in D, h, min, s, ms, us are"
        )
    return arg._like(Column(fn("duration", **{names[unit]: clean(arg._column).node})))


def isna(obj: Any) -> Any:
    """Whether a value is missing, in each row."""
    return obj.isna()


notna = lambda obj: obj.notna()  # noqa: E731


def transposed(df: DataFrame) -> DataFrame:
    """The frame on its side: its labels become columns, so they are looked for while it is built."""
    if len(df._index) != 1:
        unsupported("a frame is turned by an index of one level", "set_index first")
    node, keys, _ = df._labelled()
    name = keys[0][1]
    node = node.call("with_columns", **{name: col(name).call("cast", types.type_node(types.STRING))})
    turned = node.call("transpose", include_header=True, header_name="__index0", column_names=name)
    schema = schema_of(df.client, turned)
    columns = {field.name: column_of(field.name, field.type) for field in schema if field.name != "__index0"}
    return DataFrame._of(
        Rows(df.client, turned, tuple(schema.names)), columns, (Level(None, Column(col("__index0"), types.STRING)),)
    )


def update(*_: Any, **__: Any) -> None:
    """Refused: frames are not changed in place by others."""
    needs_python("update", "df.combine_first, or verb('update', other, on=…)")


def install() -> None:
    """Gives frames what puts them together and turns them."""
    for name, method in {
        "merge": merge,
        "join": join,
        "melt": melt,
        "transpose": transposed,
    }.items():
        setattr(DataFrame, name, method)
    DataFrame.T = property(transposed)  # type: ignore[attr-defined]


install()
__all__ = [
    "binary",
    "case",
    "concat",
    "cut",
    "get_dummies",
    "isna",
    "melt",
    "merge",
    "merge_asof",
    "notna",
    "pivot",
    "pivot_table",
    "qcut",
    "to_datetime",
    "to_numeric",
    "to_timedelta",
]
