"""Groups of rows, to be aggregated or to compute columns within: pandas' GroupBy, lazily."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from pantile import _dtypes as types
from pantile._column import COUNT, Column, chosen, clean, settled
from pantile._dataframe import DataFrame
from pantile._program import Node, binary, col, fn, is_rowwise, lit
from pantile._reductions import name_of, reduced, two
from pantile._refusals import AttributeMissing, nearest, needs_python, no_column, unsupported, wrong
from pantile._rows import RANGE, Level, Rows, flat, same_rows
from pantile._series import UNNAMED, Series


class NamedAgg(NamedTuple):
    """A column and what is made of it: `agg(total=NamedAgg("x", "sum"))`."""

    column: str
    aggfunc: Any


class Groups:
    """What frames and series have in common once they are grouped: the keys and how they are treated."""

    def __init__(self, frame: DataFrame, keys: list[Level], chosen: list[str], options: Mapping[str, Any]) -> None:
        self._frame = frame
        self._keys = keys
        self._chosen = chosen
        self._options = options

    @property
    def _by(self) -> list[Node]:
        return [key.column.node for key in self._keys]

    def _series(self, name: str) -> Series:
        """The column, computed before it is looked at group by group."""
        frame, column = self._frame, self._frame._column(name)
        if is_rowwise(column.node):
            return frame._series(name)
        kept, node = f"__own_{column.node.digest.hex()[:8]}", settled(column).node
        rows = frame._rows.wider(kept, lambda base: base.call("with_columns", **{kept: node}))
        return Series(rows, Column(col(kept), column.type, column.nan), name, frame._index)

    def _grouped(self, parts: Mapping[str, Column]) -> tuple[Rows, tuple[Level, ...]]:
        """One row for each group: its keys, then these columns over its rows."""
        frame, keys = self._frame, [Column(clean(key.column).node) for key in self._keys]
        inner = flat(frame._rows, frame._columns, (), *keys, *parts.values())
        names = _key_names(self._keys, parts)
        made = inner.extra[: len(keys)]
        node = inner.rows.node
        if self._options["dropna"]:
            node = _with_keys(node, made)
        plain = all(key.kind == "col" and key.name == name for key, name in zip(made, names, strict=True))
        grouped = (
            node.call("group_by", *names) if plain else node.call("group_by", **dict(zip(names, made, strict=True)))
        )
        node = grouped.call("agg", **dict(zip(parts, inner.extra[len(keys) :], strict=True)))
        if self._options["sort"]:
            node = node.call("sort", names[0] if len(names) == 1 else names, nulls_last=True)
        levels = tuple(Level(k.name, Column(col(n), k.column.type)) for k, n in zip(self._keys, names, strict=True))
        return Rows(frame.client, node, (*names, *parts)), levels

    def _framed(self, parts: Mapping[str, Column], names: Mapping[str, str] | None = None) -> DataFrame:
        """The groups as a frame; `names` are those that the columns get at last."""
        rows, levels = self._grouped(parts)
        shown = names or {}
        columns = {shown.get(name, name): _typed(rows, name, part) for name, part in parts.items()}
        if self._options["as_index"]:
            return DataFrame._of(rows, columns, levels)
        keys = {str(level.name): level.column for level in levels}
        return DataFrame._of(rows, {**keys, **columns}, RANGE)

    def _over(self, column: Column, gap: Any = None) -> Column:
        """What is computed within each group, beside its rows; rows without a key have none of it."""
        found = Column(
            column.node.call("over", *(clean(key.column).node for key in self._keys)), column.type, column.nan
        )
        if not self._options["dropna"]:
            return found
        there = [clean(key.column).node.call("is_not_null") for key in self._keys if key.column.type is not None]
        whole = there[0]
        for each in there[1:]:
            whole = binary("&", whole, each)
        return chosen(Column(whole, types.BOOL, null=False), found, gap) if self._gaps else found

    _gaps = True

    def __iter__(self) -> Any:
        unsupported("groups are not gone through one by one", "agg, transform and filter say it for all groups at once")

    def __len__(self) -> int:
        return int(self.ngroups)

    @property
    def ngroups(self) -> Any:
        """The number of groups, still to be computed."""
        rows, levels = self._grouped({"__rows": COUNT})
        return Series(rows, Column(col("__rows"), types.INT64), None, levels).size

    def size(self) -> Any:
        """The number of rows of each group."""
        name = "size" if not self._options["as_index"] else "__size"
        made = self._framed({name: COUNT})
        return made if name == "size" else Series(made._rows, made._columns[name], self._size_name, made._index)

    _size_name: Any = None

    def get_group(self, name: Any) -> Any:
        """The rows of one group."""
        values = name if isinstance(name, tuple) else (name,)
        if len(values) != len(self._keys):
            wrong(f"a group has {len(self._keys)} keys, and {len(values)} are given")
        frame = self._frame
        pairs = zip(self._keys, values, strict=True)
        first, *others = [Series(frame._rows, key.column, None, frame._index) == value for key, value in pairs]
        for other in others:
            first = first & other
        return self._of_rows(frame._filtered(first._column))

    def head(self, n: int = 5) -> Any:
        """The first `n` rows of each group, in their order; of a negative `n` all but the last."""
        if n < 0:
            return self._of_rows(self._frame._filtered(binary_of(">=", self._counted(True), -n)))
        return self._of_rows(self._frame._filtered(binary_of("<", self._counted(False), n)))

    def tail(self, n: int = 5) -> Any:
        """The last `n` rows of each group, in their order; of a negative `n` all but the first."""
        if n < 0:
            return self._of_rows(self._frame._filtered(binary_of(">=", self._counted(False), -n)))
        return self._of_rows(self._frame._filtered(binary_of("<", self._counted(True), n)))

    def nth(self, n: int) -> Any:
        """The `n`th row of each group."""
        return self._of_rows(self._frame._filtered(binary_of("==", self._counted(n < 0), n if n >= 0 else -n - 1)))

    def _counted(self, backwards: bool) -> Column:
        count = fn("int_range", fn("len"))
        return self._over(Column(count.call("reverse") if backwards else count, types.INT64))

    def cumcount(self, ascending: bool = True) -> Series:
        """The number of rows before this one in its group."""
        return Series(self._frame._rows, self._counted(not ascending), None, self._frame._index)

    def ngroup(self, ascending: bool = True) -> Series:
        """The number of the row's group, in the order of keys."""
        whole = (
            fn("struct", *(clean(key.column).node for key in self._keys))
            if len(self._keys) > 1
            else clean(self._keys[0].column).node
        )
        found = binary(
            "-", whole.call("rank", "dense", descending=not ascending).call("cast", types.type_node(types.INT64)), 1
        )
        return Series(self._frame._rows, Column(found, types.INT64), None, self._frame._index)

    def _of_rows(self, frame: DataFrame) -> Any:
        raise NotImplementedError

    def pipe(self, function: Any, *arguments: Any, **named: Any) -> Any:
        """What `function` makes of the groups; it runs here, and builds on."""
        return function(self, *arguments, **named)

    def apply(self, func: Any = None, *_: Any, **__: Any) -> Any:
        """Refused: groups are aggregated by names, or transformed."""
        needs_python(
            "GroupBy.apply", "agg takes names of reductions, transform those that fill rows; filter has conditions"
        )

    def rolling(self, window: Any, min_periods: int | None = None, center: bool = False, **named: Any) -> Any:
        """Windows of rows within each group."""
        from pantile._window import Rolling

        return Rolling(self._own(), window, min_periods, center, groups=self, **named)

    def expanding(self, min_periods: int = 1) -> Any:
        """All rows of the group so far."""
        from pantile._window import Expanding

        return Expanding(self._own(), min_periods, groups=self)

    def _own(self) -> Any:
        raise NotImplementedError


def binary_of(sign: str, column: Column, value: Any) -> Column:
    """A comparison of a column that is never missing where it counts."""
    return Column(binary(sign, column.node, value), types.BOOL, null=False)


def _key_names(keys: list[Level], parts: Mapping[str, Any]) -> list[str]:
    names: list[str] = []
    for at, key in enumerate(keys):
        good = isinstance(key.name, str) and key.name not in parts and key.name not in names
        names.append(key.name if good else f"__index{at}")
    return names


def _with_keys(node: Node, keys: list[Node]) -> Node:
    if all(key.kind == "col" for key in keys):
        return node.call("drop_nulls", [key.name for key in keys])
    return node.call("filter", *(key.call("is_not_null") for key in keys))


def _typed(rows: Rows, name: str, part: Column) -> Column:
    return Column(col(name), part.type if part.type is not None else rows.type_of(col(name)), True)


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
        """Columns of two levels, which pandas has, are here called by both: `x_sum`."""
        parts = {
            f"{each}_{_how(how)}": reduced(self._frame._columns[each], _how(how))
            for each, hows in func.items()
            for how in hows
        }
        return self._framed(parts)

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


class SeriesGroupBy(Groups):
    """A column in groups."""

    @property
    def _name(self) -> str:
        return self._chosen[0]

    @property
    def _size_name(self) -> Any:  # type: ignore[override]
        return self._shown

    @property
    def _shown(self) -> Any:
        return self._options.get("shown", self._name)

    def _own(self) -> Series:
        return self._series(self._name).rename(self._shown)

    def _of_rows(self, frame: DataFrame) -> Series:
        return frame[self._name]

    def _reduced(self, name: str, numeric_only: bool = False, **options: Any) -> Any:
        return self._single(reduced(self._frame._columns[self._name], name, **options))

    def _single(self, part: Column) -> Any:
        made = self._framed({self._name: part})
        if not self._options["as_index"]:
            return made
        return Series(made._rows, made._columns[self._name], self._shown, made._index)

    def agg(self, func: Any = None, *args: Any, **kwargs: Any) -> Any:
        """One row a group: of a text one value, of a list or of names a column each."""
        column = self._frame._columns[self._name]
        if func is None:
            return self._framed({name: reduced(column, _how(how)) for name, how in kwargs.items()})
        if isinstance(func, str) or callable(func):
            return self._reduced(_how(func), **kwargs)
        if isinstance(func, Mapping):
            return self._framed({name: reduced(column, _how(how)) for name, how in func.items()})
        return self._framed({_how(how): reduced(column, _how(how)) for how in func})

    aggregate = agg

    def _filled(self, build: Callable[[Series], Series], gap: Any = None) -> Series:
        made = build(self._series(self._name))
        return Series(made._rows, self._over(made._column, gap), self._shown, self._frame._index)

    def transform(self, func: Any, *args: Any, **named: Any) -> Series:
        """What is computed of each group, beside its rows."""
        return self._filled(_filler(func))

    def unique(self) -> Series:
        """The different values of each group, as lists."""
        column = clean(self._frame._columns[self._name])
        return self._single(Column(column.node.call("unique")))

    def value_counts(
        self, normalize: bool = False, sort: bool = True, ascending: bool = False, dropna: bool = True, **_: Any
    ) -> Series:
        """How often each value is there within its group."""
        keys = {f"__index{at}": key.column for at, key in enumerate(self._keys)}
        frame = DataFrame._of(self._frame._rows, {**keys, UNNAMED: self._frame._columns[self._name]}, ())
        counts = frame.value_counts(dropna=dropna, sort=False)
        names, order = counts._rows.names[:-1], len(keys)
        node = counts._rows.node
        if normalize:
            whole = col("count").call("sum").call("over", *keys)
            node = node.call("select", *names, proportion=binary("/", col("count"), whole))
        name = "proportion" if normalize else "count"
        if sort:
            node = node.call("sort", [*keys, name], descending=[False] * order + [not ascending])
        levels = tuple(
            Level(n, level.column)
            for n, level in zip([*(k.name for k in self._keys), self._shown], counts._index, strict=True)
        )
        rows = Rows(counts.client, node, (*names, name))
        return Series(rows, Column(col(name), types.FLOAT64 if normalize else types.INT64), name, levels)

    def idxmax(self, **_: Any) -> Series:
        """The label of the group's greatest value."""
        return self._label("arg_max")

    def idxmin(self, **_: Any) -> Series:
        """The label of the group's least value."""
        return self._label("arg_min")

    def _label(self, name: str) -> Series:
        index = self._frame._index or RANGE
        frame = self._frame._again({**self._frame._columns, "__label": index[0].column})
        base = Column(clean(frame._columns[self._name]).node)
        inner = SeriesGroupBy(frame, self._keys, [self._name], self._options)
        whole = flat(frame._rows, frame._columns, ())
        inner._frame = DataFrame._of(whole.rows, whole.columns, ())
        best = binary("==", base.node, base.node.call(name.removeprefix("arg_")))
        found = Column(col("__label").call("filter", best).call("first"), index[0].column.type)
        return inner._single(found)

    def nlargest(self, n: int = 5, keep: str = "first") -> Series:
        """The group's greatest values."""
        return self._extreme(n, False)

    def nsmallest(self, n: int = 5, keep: str = "first") -> Series:
        """The group's least values."""
        return self._extreme(n, True)

    def _extreme(self, n: int, ascending: bool) -> Series:
        frame = self._frame.sort_values(self._name, ascending=ascending).dropna(subset=[self._name])
        keys = [str(key.name) for key in self._keys]
        made = frame.groupby(keys).head(n).sort_values([*keys, self._name], ascending=[True] * len(keys) + [ascending])
        index = (*(Level(key, made._columns[key]) for key in keys), *(made._index or RANGE))
        return Series(made._rows, made._columns[self._name], self._shown, index)

    def corr(self, other: Series, method: str = "pearson", min_periods: Any = None) -> Series:
        """The correlation with another column within each group."""
        return self._single(two("corr", self._frame._columns[self._name], other._column, method))

    def cov(self, other: Series, min_periods: Any = None, ddof: int = 1) -> Series:
        """The covariance with another column within each group."""
        return self._single(two("cov", self._frame._columns[self._name], other._column, ddof=ddof))

    def resample(self, rule: Any, **named: Any) -> Any:
        """Windows of time within each group."""
        from pantile._resample import Resampler

        return Resampler(self._frame, rule, groups=self, **named)[self._name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        known = [each for each in dir(type(self)) if not each.startswith("_")]
        raise AttributeMissing(f"groups of a column have no method {name!r}", hint=nearest(name, known))


def _how(func: Any) -> str:
    return name_of(func) or needs_python("GroupBy.agg", "name the reduction: 'sum', 'mean', 'nunique', …")


WITHIN = {"cumsum", "cumprod", "cummax", "cummin", "shift", "diff", "pct_change", "ffill", "bfill", "rank", "fillna"}


def _filler(func: Any) -> Callable[[Series], Series]:
    name = name_of(func) or needs_python("GroupBy.transform", "name the reduction: 'sum', 'mean', 'rank', …")
    if name in WITHIN:
        return lambda s: getattr(s, name)()
    return lambda s: Series(s._rows, reduced(s._column, name), s._name, s._index)


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
