"""Groups of rows, to be aggregated or to compute columns within: pandas' GroupBy, lazily."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from pantile import _dtypes as types
from pantile import _labels as labels
from pantile._column import Column, clean
from pantile._dataframe import DataFrame
from pantile._groupby_series import SeriesGroupBy
from pantile._groups import WITHIN, Groups, _filler, _how
from pantile._program import col, fn, lit
from pantile._reductions import reduced, two
from pantile._refusals import AttributeMissing, nearest, needs_python, no_column, unsupported, wrong
from pantile._rows import RANGE, Level, Rows, same_rows
from pantile._series import Series


class NamedAgg(NamedTuple):
    """A column and what is made of it.

    >>> df.groupby("k").agg(total=pantile.NamedAgg("n", "sum")).compute()
       total
    k
    a      4
    b      2
    """

    column: str
    aggfunc: Any


class DataFrameGroupBy(Groups):
    """A frame in groups."""

    def _of_rows(self, frame: DataFrame) -> DataFrame:
        return frame if not self._picked else frame[self._chosen]

    _picked = False

    def _own(self) -> DataFrame:
        return self._frame[self._chosen]

    def __getitem__(self, key: Any) -> Any:
        for name in key if isinstance(key, list) else [key]:
            if name not in self._frame._columns:
                no_column(name, self._frame._columns)
        if isinstance(key, list):
            made = DataFrameGroupBy(self._frame, self._keys, key, self._options)
            made._picked = True
            return made
        return SeriesGroupBy(self._frame, self._keys, [key], self._options)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._frame._columns:
            return self[name]
        if name.startswith("__"):
            raise AttributeError(name)
        known = [*self._frame._columns, *(each for each in dir(type(self)) if not each.startswith("_"))]
        raise AttributeMissing(f"groups have no column and no method {name!r}", hint=nearest(name, known))

    def _reduced(self, name: str, numeric_only: bool = False, **options: Any) -> DataFrame:
        parts = {}
        for each in self._chosen:
            column = self._frame._columns[each]
            if numeric_only and not (types.is_number(column.type) or pa.types.is_boolean(column.type)):  # type: ignore[arg-type]
                continue
            parts[each] = reduced(column, name, **options)
        return self._framed(parts)

    def agg(self, func: Any = None, *args: Any, **kwargs: Any) -> DataFrame:
        """One row a group, of the reductions named: a text, a list, a dict by columns, or `new=(column, how)`."""
        if func is None:
            return self._named(kwargs)
        if isinstance(func, Mapping):
            return self._by_dict(func)
        if isinstance(func, str) or callable(func):
            return self._reduced(_how(func), **kwargs)
        return self._levels({each: list(func) for each in self._chosen})

    aggregate = agg

    def _named(self, wanted: Mapping[str, Any]) -> DataFrame:
        parts = {}
        for name, pair in wanted.items():
            if not isinstance(pair, tuple) or len(pair) != 2:
                wrong(f"agg({name}=…) wants a column and what is made of it", f'{name}=("column", "sum")')
            parts[name] = reduced(self._frame._column(pair[0]), _how(pair[1]))
        return self._framed(parts)

    def _by_dict(self, func: Mapping[str, Any]) -> DataFrame:
        for each in func:
            self._frame._column(each)
        if all(isinstance(how, str) or callable(how) for how in func.values()):
            return self._framed({each: reduced(self._frame._columns[each], _how(how)) for each, how in func.items()})
        return self._levels(
            {each: [how] if isinstance(how, str) or callable(how) else list(how) for each, how in func.items()}
        )

    def _levels(self, func: Mapping[str, list[Any]]) -> DataFrame:
        """Columns of two levels: what is reduced, and how. In programs they are called by both: `x_sum`."""
        return self._framed(two_levels(self._frame, func))

    def _filled(self, build: Callable[[Series], Series], gap: Any = None) -> DataFrame:
        """A column for each that is chosen, computed within groups."""
        rows, columns = self._frame._rows, {}
        for name in self._chosen:
            made = build(self._series(name))
            rows = same_rows(rows, made._rows, "the columns")
            column = self._over(made._column, gap)
            columns[name] = (
                column if column.type is not None else Column(column.node, rows.type_of(column.node), column.nan)
            )
        return self._frame._again(columns, rows)

    def transform(self, func: Any, *args: Any, **named: Any) -> DataFrame:
        """What is computed of each group, beside its rows."""
        return self._filled(_filler(func))

    def value_counts(self, subset: Any = None, **named: Any) -> Series:
        """How often each row is there within its group."""
        names = list(subset) if subset is not None else self._chosen
        return self._frame[[*(str(key.name) for key in self._keys), *names]].value_counts(**named)

    def _matrix(self, name: str, numeric_only: bool = False, method: str = "pearson", **options: Any) -> DataFrame:
        """A matrix for each group: a row for each group and column."""
        frame, items, rows, levels = self._frame, [], None, ()
        columns = {each: frame._columns[each] for each in self._chosen}
        if numeric_only:
            columns = {each: column for each, column in columns.items() if types.is_summable(column.type)}  # type: ignore[arg-type]
        for at, each in enumerate(columns):
            parts = {other: two(name, columns[each], columns[other], method, **options) for other in columns}
            rows, levels = self._grouped(parts)
            items.append(rows.node.call("with_columns", __name=lit(each), __at=lit(at)))
        assert rows is not None
        keys = [level.column.node.name for level in levels]
        node = fn("concat", items).call("sort", [*keys, "__at"])
        made = Rows(frame.client, node, (*rows.names, "__name", "__at"))
        index = (*levels, Level(None, Column(col("__name"), types.STRING)))
        return DataFrame._of(made, {each: Column(col(each), types.FLOAT64, True) for each in columns}, index)

    def corr(self, method: str = "pearson", min_periods: int = 1, numeric_only: bool = False) -> DataFrame:
        """The correlations of all columns within each group."""
        return self._matrix("corr", numeric_only, method)

    def cov(self, min_periods: Any = None, ddof: int = 1, numeric_only: bool = False) -> DataFrame:
        """The covariances of all columns within each group."""
        return self._matrix("cov", numeric_only, ddof=ddof)

    def filter(self, func: Any, dropna: bool = True, **_: Any) -> DataFrame:
        """Refused: a condition of groups is a transformed column."""
        needs_python("GroupBy.filter", "df[df.groupby('k').x.transform('size') > 2] keeps groups by a condition")

    def resample(self, rule: Any, **named: Any) -> Any:
        """Windows of time within each group."""
        from pantile._resample import Resampler

        return Resampler(self._frame, rule, groups=self, **named)


def two_levels(frame: DataFrame, func: Mapping[str, Iterable[Any]]) -> dict[str, Column]:
    """Reductions of columns, each called by its column and by what was made of it."""
    parts: dict[str, Column] = {}
    for each, hows in func.items():
        for how in hows:
            label = labels.joined(list(parts), frame._named(each)[0], _how(how))
            parts[label] = reduced(frame._column(each), _how(how))
    return parts


def _reducer(name: str) -> Callable[..., Any]:
    def method(self: Any, *_: Any, **options: Any) -> Any:
        dull = ("engine", "engine_kwargs", "split_out", "split_every", "axis", "sort")
        return self._reduced(name, **{key: value for key, value in options.items() if key not in dull})

    return method


def _within(name: str) -> Callable[..., Any]:
    return lambda self, *arguments, **named: self._filled(
        lambda s: getattr(s, name)(*arguments, **named), named.get("fill_value")
    )


def _quantile(self: Any, q: Any = 0.5, interpolation: str = "linear", numeric_only: bool = False) -> Any:
    if not isinstance(q, int | float):
        unsupported("several quantiles of groups at once are not done here", "one quantile at a time, and concat")
    return self._reduced("quantile", numeric_only=numeric_only, q=q, interpolation=interpolation)


def _labelled(name: str) -> Callable[..., DataFrame]:
    def method(self: DataFrameGroupBy, **_: Any) -> DataFrame:
        made = {each: getattr(self[each], name)() for each in self._chosen}
        first = next(iter(made.values())).to_frame()
        for each, series in list(made.items())[1:]:
            first = first._joined(each, series)
        return first

    return method


def groupby(
    frame: Any, by: Any = None, *, level: Any = None, as_index: bool = True, sort: bool = True, group_keys: bool = True,
    observed: bool = True, dropna: bool = True, axis: Any = 0,
) -> Any:  # fmt: skip
    """The rows in groups that are equal in `by`: names, columns of the same rows, or levels of the index."""
    if type(by).__name__ in ("Grouper", "TimeGrouper"):
        return _by_grouper(frame, by, as_index=as_index, sort=sort, dropna=dropna)
    options: dict[str, Any] = {"as_index": as_index, "sort": sort, "dropna": dropna}
    single = next(iter(frame._visible())) if isinstance(frame, Series) else None
    if single is not None:
        options["shown"] = frame._name
    frame = frame if single is None else frame.to_frame(single)
    keys = _keys(frame, by, level)
    for key in keys:
        frame = frame._again(rows=same_rows(frame._rows, key[1], "the frame and its keys"))
    levels = [key[0] for key in keys]
    if not observed and any(types.is_category(level.column.type) for level in levels):
        unsupported("groups of categories that no row has are not made here", "observed=True, and reindex")
    if single is not None:
        return SeriesGroupBy(frame, levels, [single], options)
    named = [name for name, column in frame._columns.items() if not any(
        level.name == name and level.column.node == column.node for level in levels)]  # fmt: skip
    return DataFrameGroupBy(frame, levels, named, options)


def _by_grouper(frame: Any, grouper: Any, **named: Any) -> Any:
    """Groups by pandas' Grouper: windows of time where it has a frequency, else a column or a level."""
    if getattr(grouper, "freq", None) is not None:
        return frame.resample(grouper.freq, on=grouper.key, level=grouper.level)
    return groupby(frame, grouper.key, level=grouper.level, **named)


def _keys(frame: DataFrame, by: Any, level: Any) -> list[tuple[Level, Rows]]:
    if by is None:
        wanted = level if isinstance(level, list | tuple) else [level]
        return [(_level_of(frame, each), frame._rows) for each in wanted]
    if callable(by) and not isinstance(by, Series):
        needs_python("groupby", "group by a column: df.groupby(df.x.str[:1])")
    if isinstance(by, Mapping):
        unsupported("groupby of a dict of labels", "map the column: df.groupby(df.x.map({…}))")
    found = []
    for each in by if isinstance(by, list | tuple) else [by]:
        if isinstance(each, Series):
            found.append((Level(each._name, Column(clean(each._column).node, each.arrow_type)), each._rows))
        elif type(each).__name__ == "Grouper" and getattr(each, "freq", None) is None:
            found += _keys(frame, each.key, each.level)
        elif type(each).__name__ in ("Grouper", "TimeGrouper"):
            unsupported("a Grouper beside other keys", "df.groupby('k').resample(freq, on='at')")
        elif each in frame._columns:
            found.append((Level(each, frame._columns[each]), frame._rows))
        elif any(level.name == each for level in frame._index):
            found.append((_level_of(frame, each), frame._rows))
        else:
            no_column(each, frame._columns)
    return found


def _level_of(frame: DataFrame, level: Any) -> Level:
    index = frame._index or RANGE
    if isinstance(level, int):
        return index[level]
    return next((each for each in index if each.name == level), None) or no_column(level, [x.name for x in index])


REDUCING = [
    "sum",
    "prod",
    "mean",
    "median",
    "min",
    "max",
    "std",
    "var",
    "sem",
    "count",
    "nunique",
    "any",
    "all",
    "first",
    "last",
    "skew",
    "kurt",
]


def install() -> None:
    """Gives groups the methods that are one line each."""
    for name in REDUCING:
        setattr(Groups, name, _reducer(name))
    for name in WITHIN:
        setattr(Groups, name, _within(name))
    Groups.quantile = _quantile  # type: ignore[attr-defined]
    for name in ("idxmax", "idxmin"):
        setattr(DataFrameGroupBy, name, _labelled(name))
    DataFrame.groupby = groupby  # type: ignore[attr-defined]
    Series.groupby = groupby  # type: ignore[attr-defined]


install()
