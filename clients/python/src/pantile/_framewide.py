"""Methods of a frame that do to each column what a Series does to one, or that bring columns down to values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._column import COUNT, Column, clean
from pantile._dataframe import DataFrame
from pantile._elementwise import ELEMENTWISE, OPERATORS
from pantile._program import Node, binary, col, fn, lit
from pantile._reductions import SCALARS, described, name_of, reduced, two
from pantile._refusals import needs_python, unsupported, wrong
from pantile._rows import RANGE, Level, Rows, fresh, same_rows
from pantile._scalar import Scalar
from pantile._series import Series

ROWWISE = {
    "sum": "sum_horizontal", "mean": "mean_horizontal", "min": "min_horizontal", "max": "max_horizontal",
    "any": "any_horizontal", "all": "all_horizontal",
}  # fmt: skip
LABEL = "__index0"


# Which of their arguments, by place, says that the columns of a row are meant and not the rows of a column.
AXIS = {
    "shift": 2, "diff": 1, "rank": 0, "cumsum": 0, "cumprod": 0, "cummax": 0, "cummin": 0, "ffill": 9, "bfill": 9,
    "pct_change": 9, "interpolate": 9, "clip": 9, "fillna": 9,
}  # fmt: skip


def down(name: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    """Refuses what goes from column to column."""
    place = AXIS.get(name, 9)
    axis = named.get("axis", arguments[place] if len(arguments) > place else 0)
    if axis in (1, "columns") and name != "clip":
        unsupported(f"{name}(axis=1) is not done here", "write it with the columns' names: df.assign(c=df.a + df.b)")


def elementwise(name: str) -> Callable[..., DataFrame]:
    def method(df: DataFrame, *arguments: Any, **named: Any) -> DataFrame:
        down(name, arguments, named)
        return df._mapped(lambda s: getattr(s, name)(*arguments, **named), _fitting(df, name))

    return method


def _fitting(df: DataFrame, name: str) -> list[str]:
    """The columns that pandas does it to: rounding leaves texts as they are."""
    if name == "round":
        return [each for each, column in df._columns.items() if types.is_number(column.type)]  # type: ignore[arg-type]
    return list(df._columns)


def by_column(name: str) -> Callable[..., DataFrame]:
    """A method whose first argument may be a dict of columns and what each gets."""
    plain = elementwise(name)

    def method(df: DataFrame, first: Any = None, *arguments: Any, **named: Any) -> DataFrame:
        if first is None:
            first = named.pop({"astype": "dtype", "fillna": "value", "round": "decimals", "isin": "values"}[name], None)
        if isinstance(first, Series) and by_name(first) is not None:
            first = {each: value for each, value in (by_name(first) or {}).items() if each in df._columns}
        if isinstance(first, Series) and name == "fillna":
            unsupported("fillna with values of other columns", "df['x'].fillna(other) says which column gets which")
        if isinstance(first, DataFrame) and name == "isin":
            unsupported("isin of a frame is not done here", "df == other compares values; df['x'].isin(other['x'])")
        if isinstance(first, Mapping) and name == "isin":
            return df._mapped(lambda s: s.isin(first.get(s.name, [])))
        if isinstance(first, DataFrame):
            return df._mapped(
                lambda s: getattr(s, name)(first[s.name]), [n for n in df._columns if n in first._columns]
            )
        if not isinstance(first, Mapping):
            return plain(df, *(() if first is None else (first,)), *arguments, **named)
        for each in first:
            df._column(each)
        return df._mapped(lambda s: getattr(s, name)(first[s.name], *arguments, **named), first)

    return method


def replace(df: DataFrame, to_replace: Any = None, value: Any = ..., **named: Any) -> DataFrame:
    """The frame with values replaced, in every column that can hold them."""
    nested = isinstance(to_replace, Mapping) and all(isinstance(each, Mapping) for each in to_replace.values())
    if nested:
        return df._mapped(lambda s: s.replace(to_replace[s.name], **named), to_replace)
    if isinstance(to_replace, Mapping) and value is not ...:
        for each in to_replace:
            df._column(each)
        return df._mapped(lambda s: s.replace(to_replace[s.name], value, **named), to_replace)
    old = list(to_replace) if isinstance(to_replace, Mapping | list | tuple) else [to_replace]
    fits = types.is_text if any(isinstance(each, str) for each in old) else types.is_number
    if all(isinstance(each, bool) for each in old):
        fits = pa.types.is_boolean
    names = [name for name, column in df._columns.items() if fits(column.type)]  # type: ignore[arg-type]
    return df._mapped(lambda s: s.replace(to_replace, value, **named), names)


def choice(name: str) -> Callable[..., DataFrame]:
    def method(df: DataFrame, cond: Any, other: Any = None, **_: Any) -> DataFrame:
        cond = cond(df) if callable(cond) and not isinstance(cond, DataFrame | Series) else cond
        return df._mapped(lambda s: getattr(s, name)(_side_of(cond, s), _side_of(other, s)))

    return method


def _side_of(side: Any, s: Series) -> Any:
    """What of `side` stands beside this column: the column of its name, or all of it."""
    return side[s.name] if isinstance(side, DataFrame | Mapping) else side


def operator(name: str) -> Callable[..., DataFrame]:
    def method(
        df: DataFrame, other: Any, axis: Any = "columns", level: Any = None, fill_value: Any = None
    ) -> DataFrame:
        more = {} if name in ("eq", "ne", "lt", "le", "gt", "ge") else {"fill_value": fill_value}
        if isinstance(other, Series):
            if axis not in (0, "index") and by_name(other) is not None:
                return df._beside(other, lambda s, side: getattr(s, name)(side, **more))
            if axis not in (0, "index"):
                return df._beside(other, lambda s, side: s)
            return df._mapped(lambda s: getattr(s, name)(other, **more))
        return df._beside(other, lambda s, side: getattr(s, name)(side, **more))

    return method


# ---------------------------------------------------------------------------------------------------------------------


def reduction(name: str) -> Callable[..., Any]:
    def method(df: DataFrame, axis: Any = 0, **options: Any) -> Any:
        numeric = options.pop("numeric_only", False)
        frame = df._again(numbers(df)) if numeric else df
        if axis is None:
            return _of_all(frame, name, options)
        if axis in (1, "columns"):
            return across(frame, name, options)
        parts = {each: reduced(column, name, **_known(name, options)) for each, column in frame._columns.items()}
        return labelled(frame, parts)

    return method


def _of_all(df: DataFrame, name: str, options: dict[str, Any]) -> Scalar:
    """Of all values of the frame."""
    if name not in ("sum", "prod", "product", "min", "max", "any", "all", "count"):
        unsupported(f"{name}(axis=None) is not done here", "stack() makes one column of all")
    found = reduction(name)(df, 0, **options)
    return getattr(found, "sum" if name == "count" else name)()


def numbers(df: DataFrame) -> dict[str, Column]:
    """The columns that are numbers or booleans."""
    return {
        name: column
        for name, column in df._columns.items()
        if types.is_number(column.type) or pa.types.is_boolean(column.type)  # type: ignore[arg-type]
    }


def _known(name: str, options: dict[str, Any]) -> dict[str, Any]:
    taken = ("skipna", "min_count", "ddof", "dropna", "q", "interpolation")
    for each in options:
        if each not in (*taken, "level", "split_every", "method", "bool_only"):
            wrong(f"{name} has no argument {each!r}")
    skip = ("skipna",) if name in ("any", "all", "nunique", "count") else ()
    return {key: value for key, value in options.items() if key in taken and key not in skip}


def labelled(df: DataFrame, parts: Mapping[str, Column], name: Any = None) -> Series:
    """One value for each column, as a Series labelled by the columns' names."""
    _one_kind(parts)
    label = fresh(LABEL, parts)
    node = df._rows.node.call("select", **{each: part.node for each, part in parts.items()})
    node = node.call("unpivot", list(parts), variable_name=label, value_name="value")
    rows = Rows(df.client, node, (label, "value"))
    kinds = {part.type for part in parts.values()}
    value = Column(col("value"), kinds.pop() if len(kinds) == 1 else None, True)
    made = Series(rows, value, name, (Level(None, Column(col(label), types.STRING)),))
    # So that `df - df.mean()` goes column by column, without a look at the labels.
    made._by_name = {each: Scalar(df._rows, part) for each, part in parts.items()}  # type: ignore[attr-defined]
    return made


def by_name(series: Any) -> dict[str, Any] | None:
    """The values of a Series that is labelled by the names of columns, where these are known."""
    return vars(series).get("_by_name")


def _one_kind(parts: Mapping[str, Column]) -> None:
    if not parts:
        wrong("there is no column to reduce", "numeric_only=True leaves out all columns but numbers")
    kinds = {str(part.type) for part in parts.values() if part.type is not None}
    numeric = [part for part in parts.values() if part.type is not None and types.is_number(part.type)]
    if len(kinds) > 1 and 0 < len(numeric) < len(parts):
        wrong(
            f"one column cannot hold values of {', '.join(sorted(kinds))}",
            "numeric_only=True, or pick columns of one kind: df[names]",
        )


def across(df: DataFrame, name: str, options: Mapping[str, Any]) -> Series:
    """The same of each row, over its columns."""
    nodes = [clean(column).node for column in df._columns.values()]
    if name in ("any", "all"):
        nodes = [_truth(column).call("fill_null", name == "all") for column in df._columns.values()]
    if name == "count":
        flags = [node.call("is_not_null").call("cast", types.type_node(types.INT64)) for node in nodes]
        return Series(df._rows, Column(fn("sum_horizontal", *flags), types.INT64), None, df._index)
    missing = fn("any_horizontal", *(node.call("is_null") for node in nodes))
    if name in ("prod", "product"):
        whole = Series(df._rows, Column(_times(nodes)), None, df._index)
        return whole if options.get("skipna", True) else whole.mask(whole._like(Column(missing, types.BOOL)))
    if name not in ROWWISE:
        items = fn("concat_list", *(node.call("cast", types.type_node(types.FLOAT64)) for node in nodes))
        found = {"std": "std", "var": "var", "median": "median"}.get(name)
        if found is None:
            unsupported(f"{name}(axis=1) is not done here", "write it with the columns' names")
        return Series(df._rows, Column(items.call(f"list.{found}"), types.FLOAT64), None, df._index)
    found = fn(ROWWISE[name], *nodes)
    if options.get("skipna") is False and name not in ("any", "all"):
        found = fn("case", missing, None, found)
    return Series(df._rows, Column(found), None, df._index)


def _times(nodes: list[Node]) -> Node:
    """The product of a row's values, those that are missing left out."""
    found, *rest = [node.call("fill_null", 1) for node in nodes]
    for node in rest:
        found = binary("*", found, node)
    return found


def _truth(column: Column) -> Node:
    """Whether a value counts as true: numbers that are not 0, texts that are not empty."""
    column = clean(column)
    if column.type is None or pa.types.is_boolean(column.type):
        return column.node
    return binary("!=", column.node, "" if types.is_text(column.type) else 0)


def quantile(
    df: DataFrame, q: Any = 0.5, axis: Any = 0, numeric_only: bool = False, interpolation: str = "linear", **_: Any
) -> Any:
    """The exact quantile of each column; of a list, a frame with a row for each."""
    frame = df._again(numbers(df)) if numeric_only else df
    if isinstance(q, int | float):
        parts = {n: reduced(c, "quantile", q=q, interpolation=interpolation) for n, c in frame._columns.items()}
        return labelled(frame, parts, q)
    table = {
        float(each): {
            n: reduced(c, "quantile", q=float(each), interpolation=interpolation) for n, c in frame._columns.items()
        }
        for each in q
    }
    return grid(frame, table, types.FLOAT64)


def grid(df: DataFrame, table: Mapping[Any, Mapping[str, Column]], kind: pa.DataType = types.STRING) -> DataFrame:
    """Values of the same rows in rows and columns, the rows labelled by the keys."""
    first = next(iter(table.values()))
    key = fresh(LABEL, first)
    items = [
        df._rows.node.call("select", **{key: lit(label)}, **{name: part.node for name, part in row.items()})
        for label, row in table.items()
    ]
    node = fn("concat", items, how="vertical_relaxed") if len(items) > 1 else items[0]
    rows = Rows(df.client, node, (key, *first))
    columns = {name: _in_grid(df, rows, name, [row[name] for row in table.values()]) for name in first}
    return DataFrame._of(rows, columns, (Level(None, Column(col(key), kind)),))


def _in_grid(df: DataFrame, rows: Rows, name: str, parts: list[Column]) -> Column:
    kinds = {part.type for part in parts}
    kind = kinds.pop() if len(kinds) == 1 else None
    return Column(col(name), kind if kind is not None else rows.type_of(col(name)), True)


def describe(df: DataFrame, percentiles: Any = None, include: Any = None, exclude: Any = None) -> DataFrame:
    """Count, mean, deviation, extremes and quantiles of each column of numbers."""
    if include is not None or exclude is not None:
        unsupported("describe(include=…) mixes types in a column", "select_dtypes, then describe")
    names = {n: c for n, c in df._columns.items() if types.is_number(c.type)}  # type: ignore[arg-type]
    if not names:
        unsupported("describe of texts alone mixes types in a column", "value_counts tells what is in one")
    parts = {name: described(column, percentiles) for name, column in names.items()}
    labels = next(iter(parts.values()))
    return grid(df, {label: {name: part[label] for name, part in parts.items()} for label in labels})


def agg(df: DataFrame, func: Any = None, axis: Any = 0, *args: Any, **kwargs: Any) -> Any:
    """One reduction of all columns, several, or of each column its own."""
    if func is None:
        return _agg_named(df, kwargs)
    if isinstance(func, str) or callable(func):
        found = name_of(func)
        return (
            getattr(df, found)(axis=axis)
            if found
            else needs_python("DataFrame.agg", "name the reduction: 'sum', 'mean'")
        )
    if isinstance(func, Mapping):
        return _agg_each(df, func)
    names = [name_of(each) or needs_python("DataFrame.agg", "name the reductions: ['sum', 'mean']") for each in func]
    return grid(df, {name: {n: reduced(c, name) for n, c in df._columns.items()} for name in names})


def _agg_named(df: DataFrame, wanted: Mapping[str, Any]) -> DataFrame:
    """A row for each new name, with one column's value in it."""
    columns = list(dict.fromkeys(column for column, _ in wanted.values()))
    none = Column(lit(None).call("cast", types.type_node(types.FLOAT64)), types.FLOAT64)
    return grid(df, {
        new: {each: reduced(df._column(each), str(name_of(how))) if each == column else none for each in columns}
        for new, (column, how) in wanted.items()
    })  # fmt: skip


def _agg_each(df: DataFrame, func: Mapping[str, Any]) -> Any:
    if all(isinstance(how, str) for how in func.values()):
        return labelled(df, {name: reduced(df._column(name), how) for name, how in func.items()})
    lists = {name: [how] if isinstance(how, str) else list(how) for name, how in func.items()}
    labels = dict.fromkeys(how for hows in lists.values() for how in hows)
    none = Column(lit(None).call("cast", types.type_node(types.FLOAT64)), types.FLOAT64)
    table = {
        label: {name: reduced(df._column(name), label) if label in hows else none for name, hows in lists.items()}
        for label in labels
    }
    return grid(df, table)


def matrix(name: str) -> Callable[..., DataFrame]:
    def method(
        df: DataFrame, method: str = "pearson", min_periods: int = 1, numeric_only: bool = False, ddof: int = 1
    ) -> DataFrame:
        columns = numbers(df) if numeric_only else df._columns
        for each, column in columns.items():
            if types.is_text(column.type):  # type: ignore[arg-type]
                wrong(f"there is no {name} of the texts in {each!r}", "numeric_only=True leaves them out")
        more: dict[str, Any] = {"ddof": ddof} if name == "cov" else {}
        more |= {} if min_periods in (None, 1) else {"min_periods": min_periods}
        table = {a: {b: two(name, columns[a], columns[b], method, **more) for b in columns} for a in columns}
        return grid(df, table)

    return method


def value_counts(
    df: DataFrame,
    subset: Any = None,
    normalize: bool = False,
    sort: bool = True,
    ascending: bool = False,
    dropna: bool = True,
) -> Series:
    """How often each row is there, the most frequent first."""
    names = list(subset) if subset is not None else list(df._columns)
    name = "proportion" if normalize else "count"
    node = Rows.selected(df._rows, {each: Column(clean(df._column(each)).node) for each in names})
    node = node.call("drop_nulls") if dropna else node
    node = node.call("group_by", *names).call("agg", **{name: COUNT.node})
    if normalize:
        node = node.call("with_columns", proportion=binary("/", col(name), col(name).call("sum")))
    node = node.call("sort", name, *names, descending=[not ascending] + [False] * len(names)) if sort else node
    levels = tuple(Level(each, Column(col(each), df._columns[each].type)) for each in names)
    kind = types.FLOAT64 if normalize else types.INT64
    return Series(Rows(df.client, node, (*names, name)), Column(col(name), kind), name, levels)


def labels_of(name: str) -> Callable[..., Series]:
    def method(df: DataFrame, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Series:
        frame = df._again(numbers(df)) if numeric_only else df
        if axis in (1, "columns"):
            return _label_across(frame, name)
        return labelled(frame, {each: getattr(s, name)()._column for each, s in frame.items()})

    return method


def _label_across(df: DataFrame, name: str) -> Series:
    """The name of the column that has the row's greatest or least value."""
    nodes = [clean(column).node.call("cast", types.type_node(types.FLOAT64)) for column in df._columns.values()]
    best = fn("max_horizontal" if name == "idxmax" else "min_horizontal", *nodes)
    found: Any = None
    for each, node in reversed(list(zip(df._columns, nodes, strict=True))):
        found = fn("case", binary("==", node, best), lit(each), found)
    return Series(df._rows, Column(found, types.STRING), None, df._index)


def mode(df: DataFrame, axis: Any = 0, numeric_only: bool = False, dropna: bool = True) -> DataFrame:
    """The values that are most frequent in each column, in order, one below the other."""
    frame = df._again(numbers(df)) if numeric_only else df
    items: list[Node] = [s.mode(dropna).to_frame(name)._node() for name, s in frame.items()]
    node = fn("concat", items, how="horizontal_extend") if len(items) > 1 else items[0]
    columns = {name: Column(col(name), column.type) for name, column in frame._columns.items()}
    return DataFrame._of(Rows(df.client, node, tuple(columns)), columns, RANGE)


def nunique(df: DataFrame, axis: Any = 0, dropna: bool = True) -> Series:
    """The number of different values in each column."""
    if axis in (1, "columns"):
        if len(df._columns) != len(numbers(df)):
            unsupported(
                "nunique(axis=1) of texts beside numbers is not done here", "pick columns of one kind: df[names]"
            )
        items = fn("concat_list", *(clean(column).node for column in df._columns.values()))
        items = items.call("list.drop_nulls") if dropna else items
        count = items.call("list.n_unique").call("cast", types.type_node(types.INT64))
        return Series(df._rows, Column(count, types.INT64), None, df._index)
    return labelled(df, {name: reduced(column, "nunique", dropna=dropna) for name, column in df._columns.items()})


def corrwith(df: DataFrame, other: Series, axis: Any = 0, **_: Any) -> Series:
    """The correlation of each column with another one."""
    frame = df._again(rows=same_rows(df._rows, other._rows, "the frame and the column"))
    return labelled(frame, {name: two("corr", column, other._column) for name, column in frame._columns.items()})


def equals(df: Any, other: Any) -> Scalar:
    """Whether both have the same values in the same rows, missing ones included."""
    checks = [s.equals(other[name]) for name, s in df.items()]
    found = checks[0]
    for check in checks[1:]:
        found = found & check
    return found


ALIKE = [name for name in ELEMENTWISE if name not in ("astype", "fillna", "round", "isin", "replace", "where", "mask",
                                                      "between", "map", "duplicated", "case_when")]  # fmt: skip
METHODS: dict[str, Callable[..., Any]] = {
    **{name: elementwise(name) for name in ALIKE},
    **{name: by_column(name) for name in ("astype", "fillna", "round", "isin")},
    **{name: operator(name) for name in OPERATORS},
    **{name: reduction(name) for name in SCALARS},
    "replace": replace, "where": choice("where"), "mask": choice("mask"), "quantile": quantile, "describe": describe,
    "agg": agg, "aggregate": agg, "corr": matrix("corr"), "cov": matrix("cov"), "value_counts": value_counts,
    "idxmax": labels_of("idxmax"), "idxmin": labels_of("idxmin"), "mode": mode, "nunique": nunique,
    "corrwith": corrwith, "equals": equals,
}  # fmt: skip


def install() -> None:
    """Gives DataFrame the methods of the table."""
    for name, method in METHODS.items():
        setattr(DataFrame, name, method)


install()
