"""Methods of a frame that pick, order, name or mark its rows and columns."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from pantile import _dtypes as types
from pantile import _labels as labels
from pantile._column import ROW, Column, clean, in_order, inverted
from pantile._dataframe import DataFrame
from pantile._naming import _by_level, _level, listed, rename, rename_axis, renamed_by, reset_index, set_axis, set_index
from pantile._program import binary, col, fn
from pantile._refusals import needs_python, only, unsupported, wrong
from pantile._rows import RANGE, fresh, only_level
from pantile._series import Series
from pantile._verbs_series import SERIES, _relabelled


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
    columns = [df._column(name) if name in df else _level(df, name).column for name in names]
    made = _sorted(df, columns, ascending, na_position)
    return made.reset_index(drop=True) if ignore_index else made


def _sorted(df: DataFrame, columns: list[Column], ascending: Any, na_position: str) -> DataFrame:
    down = [not each for each in ascending] if isinstance(ascending, list | tuple) else [not ascending] * len(columns)
    if len(down) != len(columns):
        wrong(f"{len(down)} directions for {len(columns)} keys")
    if na_position not in ("first", "last"):
        wrong(f"na_position is 'first' or 'last', not {na_position!r}")
    plain = df._flat(*(Column(in_order(column).node) for column in columns))
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
        order = sorted(df._columns, key=labels.levels_of, reverse=not ascending)
        return df._again({name: df._columns[name] for name in order})
    index = df._index or RANGE
    if level is not None:
        index = tuple(_by_level(df, each) for each in listed(level))
    made = _sorted(df, [each.column for each in index], ascending, na_position)
    return made.reset_index(drop=True) if ignore_index else made


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
    gone = [name for each in (listed(columns) if columns is not None else []) for name in _gone(df, each, errors)]
    return df._again({name: column for name, column in df._columns.items() if name not in gone})


def _gone(df: DataFrame, name: Any, errors: str) -> list[str]:
    return labels.found(df._columns, name) if errors == "ignore" else df._named(name)


def _labels_in(df: DataFrame, labels: list[Any]) -> Column:
    return df._like_series(only_level(df._index).column).isin(labels)._column


def _like_series(df: DataFrame, column: Column, name: Any = None) -> Series:
    return Series(df._rows, column, name, df._index)


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


def install() -> None:
    """Gives frames and series the methods of the tables."""
    for name, method in METHODS.items():
        setattr(DataFrame, name, method)
    for name, method in {**SERIES, "_relabelled": _relabelled}.items():
        setattr(Series, name, method)


install()
__all__ = ["fresh", "listed", "only"]
