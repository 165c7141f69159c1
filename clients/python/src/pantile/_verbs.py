"""Methods of a frame that pick, order, name or mark its rows and columns."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from pantile import _dtypes as types
from pantile._column import ROW, Column, clean, inverted
from pantile._dataframe import DataFrame, _checked
from pantile._program import binary, col, fn, lit
from pantile._refusals import needs_python, no_column, only, unsupported, wrong
from pantile._rows import RANGE, Level, fresh, only_level
from pantile._series import UNNAMED, Series


def listed(names: Any) -> list[Any]:
    """One name or several, as a list."""
    if isinstance(names, str) or not hasattr(names, "__iter__") or isinstance(names, tuple | Series):
        return [names]
    return list(names)


def head(df: DataFrame, n: int = 5, **_: Any) -> DataFrame:
    """The first `n` rows; a negative `n` leaves out the last."""
    return df._rowwise("head", n) if n >= 0 else df._filtered(_before(n))


def tail(df: DataFrame, n: int = 5, **_: Any) -> DataFrame:
    """The last `n` rows; a negative `n` leaves out the first."""
    return df._rowwise("tail", n) if n >= 0 else df._rowwise("slice", -n)


def _before(n: int) -> Column:
    return Column(
        binary("<", ROW.node, binary("+", fn("len").call("cast", types.type_node(types.INT64)), n)), types.BOOL
    )


def sort_values(
    df: DataFrame, by: Any, *, axis: Any = 0, ascending: Any = True, inplace: bool = False, kind: Any = None,
    na_position: str = "last", ignore_index: bool = False, key: Any = None,
) -> DataFrame:  # fmt: skip
    """The rows in the order of `by`; rows that are equal in it stay in their order."""
    if key is not None:
        needs_python("sort_values(key=…)", "assign a column to sort by, and drop it")
    names = listed(by)
    columns = [df._columns[name] if name in df._columns else _level(df, name).column for name in names]
    made = _sorted(df, columns, ascending, na_position)
    return made.reset_index(drop=True) if ignore_index else made


def _level(df: DataFrame, name: Any) -> Level:
    found = [level for level in df._index if level.name == name and name is not None]
    return found[0] if found else no_column(name, df._columns)


def _sorted(df: DataFrame, columns: list[Column], ascending: Any, na_position: str) -> DataFrame:
    down = [not each for each in ascending] if isinstance(ascending, list | tuple) else [not ascending] * len(columns)
    if len(down) != len(columns):
        wrong(f"{len(down)} directions for {len(columns)} keys")
    if na_position not in ("first", "last"):
        wrong(f"na_position is 'first' or 'last', not {na_position!r}")
    plain = df._flat(*(Column(clean(column).node) for column in columns))
    keys = [node.name if node.kind == "col" else node for node in plain.extra]
    options: dict[str, Any] = {"nulls_last": True} if na_position == "last" else {}
    if any(down):
        options["descending"] = down[0] if len(set(down)) == 1 else down
    return df._of_flat(plain, plain.rows.node.call("sort", keys[0] if len(keys) == 1 else keys, **options))


def sort_index(
    df: DataFrame, *, axis: Any = 0, level: Any = None, ascending: Any = True, inplace: bool = False, kind: Any = None,
    na_position: str = "last", sort_remaining: bool = True, ignore_index: bool = False, key: Any = None,
) -> DataFrame:  # fmt: skip
    """The rows in the order of their labels."""
    if axis in (1, "columns"):
        return df[sorted(df._columns, reverse=not ascending)]
    index = df._index or RANGE
    if level is not None:
        index = tuple(_by_level(df, each) for each in listed(level))
    made = _sorted(df, [each.column for each in index], ascending, na_position)
    return made.reset_index(drop=True) if ignore_index else made


def _by_level(df: DataFrame, level: Any) -> Level:
    return df._index[level] if isinstance(level, int) else _level(df, level)


def extreme(verb: str) -> Callable[..., DataFrame]:
    def pick(df: DataFrame, n: int = 5, columns: Any = None, keep: str = "first") -> DataFrame:
        names, up = listed(columns), verb == "bottom_k"
        if keep == "last":
            return sort_values(df.iloc[::-1], names, ascending=up).head(n)
        if keep == "all":
            return _with_ties(df, n, names, up)
        if keep != "first":
            wrong(f"keep is 'first', 'last' or 'all', not {keep!r}")
        return sort_values(df, names, ascending=up).head(n)

    return pick


def _with_ties(df: DataFrame, n: int, names: list[Any], up: bool) -> DataFrame:
    """The `n` first, and all that are equal to the last of them."""
    if len(names) > 1:
        unsupported("keep='all' of several columns is not done here", "'first' and 'last' are")
    made = sort_values(df, names, ascending=up)
    rank = made._series(names[0]).rank(method="min", ascending=up)
    return made[rank <= n]


def drop(
    df: DataFrame, labels: Any = None, *, axis: Any = 0, index: Any = None, columns: Any = None, level: Any = None,
    inplace: bool = False, errors: str = "raise",
) -> DataFrame:  # fmt: skip
    """The frame without these columns, or without the rows of these labels."""
    if labels is not None:
        columns, index = (labels, index) if axis in (1, "columns") else (columns, labels)
    if index is not None:
        df = df._filtered(inverted(_labels_in(df, listed(index))))
    names = listed(columns) if columns is not None else []
    missing = [name for name in names if name not in df._columns]
    if missing and errors != "ignore":
        no_column(missing[0], df._columns)
    return df._again({name: column for name, column in df._columns.items() if name not in names})


def _labels_in(df: DataFrame, labels: list[Any]) -> Column:
    return df._like_series(only_level(df._index).column).isin(labels)._column


def _like_series(df: DataFrame, column: Column, name: Any = None) -> Series:
    return Series(df._rows, column, name, df._index)


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
    new = _checked(named(name) for name in df._columns)
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
    df: DataFrame, mapper: Any = ..., *, index: Any = ..., columns: Any = None, axis: Any = 0, **_: Any
) -> DataFrame:
    """The frame with another name for its index. The columns have no name together."""
    if mapper is ... and index is ...:
        return df._again()
    names = listed(index if mapper is ... else mapper)
    levels = df._index or RANGE
    change = index if isinstance(index, Mapping) else mapper
    if isinstance(change, Mapping):
        names = [change.get(level.name, level.name) for level in levels]
    return df._again(index=tuple(Level(name, level.column) for name, level in zip(names, levels, strict=True)))


def dropna(
    df: DataFrame, *, axis: Any = 0, how: Any = None, thresh: Any = None, subset: Any = None, inplace: bool = False,
    ignore_index: bool = False,
) -> DataFrame:  # fmt: skip
    """The rows that miss no value, or not all with `how="all"`, or that have `thresh` of them."""
    if axis in (1, "columns"):
        return _without_columns(df, how, thresh)
    names = listed(subset) if subset is not None else list(df._columns)
    nodes = [clean(df._column(name)).node.call("is_not_null") for name in names]
    if thresh is not None:
        count = fn("sum_horizontal", *(node.call("cast", types.type_node(types.INT64)) for node in nodes))
        made = df._filtered(Column(binary(">=", count, thresh), types.BOOL))
    elif how == "all":
        made = df._filtered(Column(fn("any_horizontal", *nodes), types.BOOL))
    else:
        made = _without_nulls(df, names)
    return made.reset_index(drop=True) if ignore_index else made


def _without_columns(df: DataFrame, how: Any, thresh: Any) -> DataFrame:
    """The columns that miss no value; as a frame's columns are known before it is computed, they are counted now."""
    counts, rows = df.count().to_pandas(), int(df.shape[0])
    least = thresh if thresh is not None else min(1, rows) if how == "all" else rows
    return df[[name for name in df._columns if counts[name] >= least]]


def _without_nulls(df: DataFrame, names: list[str]) -> DataFrame:
    plain = df._flat()
    floats = [name for name in names if plain.columns[name].nan]
    node = plain.rows.node.call("drop_nulls", names)
    made = df._of_flat(plain, node.call("drop_nans", floats) if floats else node)
    for name in floats:
        made._columns[name] = Column(col(name), made._columns[name].type)
    return made


def drop_duplicates(
    df: DataFrame,
    subset: Any = None,
    *,
    keep: Any = "first",
    inplace: bool = False,
    ignore_index: bool = False,
    **_: Any,
) -> DataFrame:
    """Of rows that are equal in `subset`, the first, the last, or with `keep=False` none."""
    names = [name for name in (listed(subset) if subset is not None else list(df._columns)) if df._column(name)]
    # NaN and null are one missing value here, and two on the server.
    df = df._again({name: clean(column) if name in names else column for name, column in df._columns.items()})
    made = df._rowwise("unique", names, keep="none" if keep is False else keep)
    return made.reset_index(drop=True) if ignore_index else made


def duplicated(df: DataFrame, subset: Any = None, keep: Any = "first") -> Series:
    """Whether a row has an equal before it, behind it with `keep="last"`, or anywhere with `keep=False`."""
    names = listed(subset) if subset is not None else list(df._columns)
    whole = fn("struct", *(clean(df._column(name)).node.call("alias", name) for name in names))
    return Series(df._rows, Column(whole), None, df._index).duplicated(keep)


def sample(
    df: DataFrame, n: int | None = None, frac: float | None = None, replace: bool = False, weights: Any = None,
    random_state: Any = None, axis: Any = None, ignore_index: bool = False,
) -> DataFrame:  # fmt: skip
    """Rows by chance, the same ones whenever this frame is computed."""
    if weights is not None:
        unsupported("sample(weights=…) is not done here", "leave weights out")
    seed = random_state if isinstance(random_state, int) else random.randrange(2**31)
    much = {"fraction": frac} if frac is not None else {"n": 1 if n is None else n}
    return df._rowwise("sample", with_replacement=replace, shuffle=True, seed=seed, **much)


def select_dtypes(df: DataFrame, include: Any = None, exclude: Any = None) -> DataFrame:
    """The columns of these types."""
    wanted, refused = (listed(each) if each is not None else [] for each in (include, exclude))
    kept = {
        name: column
        for name, column in df._columns.items()
        if (not wanted or any(types.is_of(column.type, each) for each in wanted))  # type: ignore[arg-type]
        and not any(types.is_of(column.type, each) for each in refused)  # type: ignore[arg-type]
    }
    return df._again(kept)


def filter_names(
    df: DataFrame, items: Any = None, like: str | None = None, regex: str | None = None, axis: Any = None
) -> DataFrame:
    """The columns whose names are among `items`, hold `like`, or match `regex`."""
    import re

    if axis in (0, "index"):
        from pantile._align import filter_labels

        return filter_labels(df, items, like, regex)
    if items is not None:
        return df[[name for name in items if name in df._columns]]
    check = (lambda name: like in name) if like is not None else (lambda name: re.search(regex or "", name))
    return df[[name for name in df._columns if check(name)]]


def explode(df: DataFrame, column: Any, ignore_index: bool = False) -> DataFrame:
    """A row for each item of the lists in a column; an empty list gives a missing value."""
    names = [name for name in listed(column) if types.is_list(df._column(name).type)]  # type: ignore[arg-type]
    if not names:
        return df.reset_index(drop=True) if ignore_index else df._again()
    plain = df._flat()
    node = plain.rows.node.call("explode", names, empty_as_null=True)
    made = df._of_flat(plain, node)
    for name in names:
        inner = made._columns[name].type.value_type  # type: ignore[union-attr]
        made._columns[name] = Column(col(name), inner, types.is_float(inner))
    return made.reset_index(drop=True) if ignore_index else made


def truncate(df: DataFrame, before: Any = None, after: Any = None, axis: Any = None, copy: Any = None) -> DataFrame:
    """The rows whose labels are from `before` to `after`."""
    return df.loc[before:after]


def query(df: DataFrame, expr: str, inplace: bool = False, **kwargs: Any) -> DataFrame:
    """The rows for which the condition, a text in pandas' words, is true."""
    from pantile._query import evaluated

    return df[evaluated(df, expr, kwargs)]


def evaluate(df: DataFrame, expr: str, inplace: bool = False, **kwargs: Any) -> Any:
    """The column that a text in pandas' words computes; with `name = …` the frame with it."""
    from pantile._query import assigned

    return assigned(df, expr, kwargs)


def take(df: DataFrame, indices: Any, axis: Any = 0, **_: Any) -> DataFrame:
    """The rows in these places, in this order."""
    plain = df._flat()
    picked = {name: col(name).call("gather", list(indices)) for name in (*plain.columns, *plain.keys)}
    return DataFrame._of(plain.rows.then("select", **picked), plain.columns, plain.index)._renamed(list(picked))


def _renamed(df: DataFrame, names: list[str]) -> DataFrame:
    """The frame, whose rows have just these columns."""
    from dataclasses import replace

    return df._again(rows=replace(df._rows, names=tuple(names)))


def squeeze(df: DataFrame, axis: Any = None) -> Any:
    """The one column of a frame that has one."""
    return df[next(iter(df._columns))] if len(df._columns) == 1 else df


METHODS: dict[str, Callable[..., Any]] = {
    "head": head, "tail": tail, "sort_values": sort_values, "sort_index": sort_index, "nlargest": extreme("top_k"),
    "nsmallest": extreme("bottom_k"), "drop": drop, "rename": rename, "set_axis": set_axis, "set_index": set_index,
    "reset_index": reset_index, "rename_axis": rename_axis, "dropna": dropna, "drop_duplicates": drop_duplicates,
    "duplicated": duplicated, "sample": sample, "select_dtypes": select_dtypes, "filter": filter_names,
    "explode": explode, "truncate": truncate, "query": query, "eval": evaluate, "take": take, "squeeze": squeeze,
    "add_prefix": renamed_by(lambda name, text: text + name), "add_suffix": renamed_by(lambda name, text: name + text),
    "copy": lambda df, deep=True: df._again(), "_like_series": _like_series, "_renamed": _renamed,
}  # fmt: skip


def by_frame(name: str) -> Callable[..., Series]:
    """A method of a Series that is the one of a frame with this column alone."""
    return lambda s, *arguments, **named: s._by_frame(lambda frame: getattr(frame, name)(*arguments, **named))


def series_sort(s: Series, *, by: Any = None, **named: Any) -> Series:
    return s._by_frame(lambda frame: frame.sort_values(next(iter(frame._columns)), **named))


def series_extreme(name: str) -> Callable[..., Series]:
    def pick(s: Series, n: int = 5, keep: str = "first") -> Series:
        return s._by_frame(lambda frame: getattr(frame.dropna(), name)(n, next(iter(frame._columns)), keep))

    return pick


def series_reset(s: Series, level: Any = None, *, drop: bool = False, name: Any = None, **named: Any) -> Any:
    if drop:
        return Series(s._rows, s._column, s._name, s.to_frame("x").reset_index(level, drop=True)._index)
    return s.to_frame(name).reset_index(level, **named)


def series_explode(s: Series, ignore_index: bool = False) -> Series:
    made = s.to_frame(UNNAMED).explode(UNNAMED, ignore_index)
    return Series(made._rows, made._columns[UNNAMED], s._name, made._index)


def series_drop(s: Series, labels: Any = None, *, index: Any = None, **_: Any) -> Series:
    return s._by_frame(lambda frame: frame.drop(index=labels if index is None else index))


SERIES: dict[str, Callable[..., Any]] = {
    **{
        name: by_frame(name)
        for name in ("head", "tail", "sort_index", "dropna", "drop_duplicates", "sample", "truncate", "take")
    },
    "sort_values": series_sort,
    "nlargest": series_extreme("nlargest"),
    "nsmallest": series_extreme("nsmallest"),
    "reset_index": series_reset,
    "rename_axis": by_frame("rename_axis"),
    "explode": series_explode,
    "drop": series_drop,
    "copy": lambda s, deep=True: s._like(s._column),
    "squeeze": lambda s, axis=None: s,
    "add_prefix": lambda s, text, axis=None: s._relabelled(lambda node: binary("+", lit(text), node)),
    "add_suffix": lambda s, text, axis=None: s._relabelled(lambda node: binary("+", node, lit(text))),
}


def _relabelled(s: Series, build: Callable[[Any], Any]) -> Series:
    """The column with labels made of its labels."""
    text = types.type_node(types.STRING)
    levels = tuple(
        Level(x.name, Column(build(x.column.node.call("cast", text)), types.STRING)) for x in s._index or RANGE
    )
    return Series(s._rows, s._column, s._name, levels)


def install() -> None:
    """Gives frames and series the methods of the tables."""
    for name, method in METHODS.items():
        setattr(DataFrame, name, method)
    for name, method in {**SERIES, "_relabelled": _relabelled}.items():
        setattr(Series, name, method)


install()
__all__ = ["fresh", "listed", "only"]
