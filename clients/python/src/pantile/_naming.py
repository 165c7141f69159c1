"""Methods of a frame that name its columns and rows: rename, set_index, reset_index and their like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pantile import _labels as labels
from pantile._dataframe import DataFrame, _checked
from pantile._refusals import no_column, unsupported, wrong
from pantile._rows import RANGE, Level
from pantile._series import Series


def listed(names: Any) -> list[Any]:
    """One name or several, as a list."""
    if isinstance(names, str) or not hasattr(names, "__iter__") or isinstance(names, tuple | Series):
        return [names]
    return list(names)


def _level(df: DataFrame, name: Any) -> Level:
    found = [level for level in df._index if level.name == name and name is not None]
    return found[0] if found else no_column(name, df._columns)


def _by_level(df: DataFrame, level: Any) -> Level:
    return df._index[level] if isinstance(level, int) else _level(df, level)


def rename(
    df: DataFrame, mapper: Any = None, *, index: Any = None, columns: Any = None, axis: Any = None, copy: Any = None,
    inplace: bool = False, level: Any = None, errors: str = "ignore",
) -> DataFrame:  # fmt: skip
    """The frame with other names for columns; a function of names runs here."""
    if index is not None or (mapper is not None and axis not in (1, "columns")):
        unsupported("labels are not renamed here", "rename(columns=…), or reset_index and map the column")
    change: Any = columns if columns is not None else mapper
    if isinstance(change, Mapping) and errors == "raise":
        for name in change:
            df._column(name)
    named = change if callable(change) else (lambda name: change.get(name, name))
    new = _checked([labels.renamed(name, named) for name in df._columns])
    return df._again(dict(zip(new, df._columns.values(), strict=True)))


def renamed_by(build: Callable[[str, str], str]) -> Callable[..., DataFrame]:
    return lambda df, text, axis=None: rename(df, columns=lambda name: build(name, text))


def set_axis(df: DataFrame, labels: Any, *, axis: Any = 0, copy: Any = None) -> DataFrame:
    """The frame with these names for its columns (`axis=1`)."""
    if axis not in (1, "columns"):
        unsupported("labels are not set from a list here", "set_index takes a column")
    made = df._again()
    made.columns = labels
    return made


def set_index(
    df: DataFrame, keys: Any, *, drop: bool = True, append: bool = False, inplace: bool = False,
    verify_integrity: bool = False, **_: Any,
) -> DataFrame:  # fmt: skip
    """The frame with columns as its index; nothing is moved or sorted."""
    levels, gone, rows = list(df._index if append else ()), [], df._rows
    for key in listed(keys):
        if isinstance(key, Series):
            from pantile._rows import same_rows

            rows = same_rows(rows, key._rows, "the frame and its index")
            levels.append(Level(key.name, key._column))
        else:
            levels.append(Level(key, df._column(key)))
            gone += [key] if drop else []
    columns = {name: column for name, column in df._columns.items() if name not in gone}
    return df._again(columns, rows, tuple(levels))


def reset_index(
    df: DataFrame,
    level: Any = None,
    *,
    drop: bool = False,
    inplace: bool = False,
    col_level: Any = 0,
    col_fill: Any = "",
    allow_duplicates: bool = False,
    names: Any = None,
) -> DataFrame:
    """The frame with its index as columns before the others, and rows counted from 0."""
    index = df._index or RANGE
    moved = [_by_level(df, each) for each in listed(level)] if level is not None else list(index)
    rest = tuple(each for each in index if each not in moved)
    if drop:
        return df._again(index=rest or RANGE)
    named = (
        listed(names) if names is not None else [_reset_name(df, each, at, len(index)) for at, each in enumerate(moved)]
    )
    new = {name: each.column for name, each in zip(named, moved, strict=True)}
    for name in new:
        if name in df._columns:
            wrong(f"there is a column {name!r} already", "reset_index(names=…) gives another name")
    return df._again({**new, **df._columns}, index=rest or RANGE)


def _reset_name(df: DataFrame, level: Level, at: int, count: int) -> str:
    if level.name is not None:
        return str(level.name)
    return f"level_{at}" if count > 1 else "index" if "index" not in df._columns else "level_0"


def rename_axis(
    df: DataFrame, mapper: Any = ..., *, index: Any = ..., columns: Any = ..., axis: Any = 0, **_: Any
) -> DataFrame:
    """The frame with another name for its index, or for the levels of its columns."""
    if axis in (1, "columns"):
        mapper, columns = ..., mapper
    if columns is not ...:
        df = df._again()
        df.columns = df.columns.set_names(columns)
    if mapper is ... and index is ...:
        return df._again()
    names = listed(index if mapper is ... else mapper)
    levels = df._index or RANGE
    change = index if isinstance(index, Mapping) else mapper
    if isinstance(change, Mapping):
        names = [change.get(level.name, level.name) for level in levels]
    return df._again(index=tuple(Level(name, level.column) for name, level in zip(names, levels, strict=True)))
