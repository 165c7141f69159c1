"""Values of a column as columns: `pivot`, `pivot_table`, `unstack`.

What the columns are is looked for while the frame is built, in one question; what is in them
is computed when the frame is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile import _labels as labels
from pantile._column import Column
from pantile._dataframe import DataFrame
from pantile._groupby import DataFrameGroupBy
from pantile._program import Node, col, data
from pantile._reductions import name_of, reduced
from pantile._refusals import needs_python, unsupported
from pantile._rows import Level, Rows
from pantile._series import UNNAMED, Series
from pantile._verbs import listed

CODE = "__code"


class Across:
    """The combinations of values that become columns, in order: their rows, and the number of each."""

    def __init__(self, small: DataFrame, names: list[str], values: list[str], sort: bool) -> None:
        self.names = names
        self.small = small.dropna(subset=names)
        found = self.small.groupby(names, sort=sort)[values].count().reset_index()
        self.table = found.to_arrow()
        frame = self.table.to_pandas()
        self.keys = [tuple(key) for key in frame[names].itertuples(index=False, name=None)]
        self.counts = {value: frame[value].tolist() for value in values}

    def coded(self) -> Node:
        """The rows with the number of their combination."""
        numbers = pa.array(range(len(self.keys)), pa.int64())
        table = self.table.select(self.names).append_column(CODE, numbers)
        return self.small._node().call("join", data(table, "across"), on=self.names, how="left")

    def wide(self, keys: list[str], values: list[str]) -> Node:
        """A row for each of `keys`, a column for each value and number; of no rows just the keys."""
        numbers = list(range(len(self.keys)))
        if not numbers:
            return self.small._node().call("select", *keys)
        return self.coded().call(
            "pivot", CODE, numbers, index=keys, values=values, column_naming="combine", separator="_\0_"
        )


def spread(
    small: DataFrame, keys: list[str], names: list[str], values: list[str], *, shown: Any, axis: Any,
    empty: bool = True, sort: bool = True,
) -> DataFrame:  # fmt: skip
    """A row for each of `keys`, and for each of `values` a column for each combination of `names`.

    `shown` makes of a value and a combination what the column is called; `axis` names the levels. Columns in which
    nothing is are left out unless `empty`.
    """
    across = Across(small, names, values, sort)
    places = [
        (value, at)
        for value in values
        for at in range(len(across.keys))
        if empty or across.counts[value][at] > 0
    ]  # fmt: skip
    node = across.wide(keys, values).call("sort", keys, nulls_last=True)
    made: dict[str, Column] = {}
    for value, at in places:
        label = labels.joined([*keys, *made], *shown(value, across.keys[at]), axis=axis)
        made[label] = Column(col(f"{value}_\0_{at}"), small._column(value).type, small._column(value).nan)
    return _selected(small, node, keys, made)


def _selected(small: DataFrame, node: Node, keys: list[str], made: Mapping[str, Column]) -> DataFrame:
    node = node.call("select", *keys, **{name: column.node for name, column in made.items()})
    rows = Rows(small.client, node, (*keys, *made))
    columns = {name: Column(col(name), column.type, column.nan) for name, column in made.items()}
    return DataFrame._of(rows, columns, tuple(Level(key, Column(col(key), small._column(key).type)) for key in keys))


def pivot(data: DataFrame, *, columns: Any, index: Any = None, values: Any = None) -> DataFrame:
    """A row for each value of `index`, a column for each of `columns`, with the one value of `values` there."""
    across = listed(columns)
    keys, whole = _keys_of(data, index)
    wanted = listed(values) if values is not None else [n for n in whole._columns if n not in (*keys, *across)]
    several = isinstance(values, list) or values is None
    frame = whole[[*keys, *across, *wanted]]
    made = spread(frame, keys, across, wanted, shown=lambda value, key: (*((value,) if several else ()), *key),
                  axis=(*((None,) if several else ()), *across))  # fmt: skip
    return made if index is not None else made.rename_axis(data.index.names)


def _keys_of(data: DataFrame, index: Any) -> tuple[list[str], DataFrame]:
    if index is not None:
        return [data._named(name)[0] for name in listed(index)], data
    moved = data.reset_index()
    names = [name for name in moved._columns if name not in data._columns]
    return names, moved


def pivot_table(
    data: DataFrame,
    values: Any = None,
    index: Any = None,
    columns: Any = None,
    aggfunc: Any = "mean",
    fill_value: Any = None,
    margins: bool = False,
    dropna: bool = True,
    margins_name: str = "All",
    observed: bool = True,
    sort: bool = True,
    **_: Any,
) -> DataFrame:
    """A row for each value of `index`, a column for each of `columns`, made of `values` by `aggfunc`."""
    keys, across = [[] if part is None else listed(part) for part in (index, columns)]
    for name in (*keys, *across):
        data._column(name)
    if not keys:
        unsupported("pivot_table without an index has a row for each value", "index=columns, and .T of it")
    if isinstance(aggfunc, list):
        return _by_functions(data, values, index, columns, aggfunc, fill_value, margins, dropna, margins_name)
    hows = _hows(data, values, [*keys, *across], aggfunc)
    shape = Shape(keys, across, values is None or isinstance(values, list), margins_name if margins else None)
    return shape.made(data, hows, fill_value, dropna)


def _hows(data: DataFrame, values: Any, taken: list[str], aggfunc: Any) -> dict[str, str]:
    """What is made of each column, sorted as pandas sorts them."""
    if isinstance(aggfunc, Mapping):
        if any(isinstance(how, list) for how in aggfunc.values()):
            unsupported("pivot_table of several functions a column", "one pivot_table for each")
        return {name: _how(aggfunc[name]) for name in sorted(aggfunc)}
    wanted = listed(values) if values is not None else [
        n for n, c in data._columns.items() if n not in taken and types.is_number(c.type)  # type: ignore[arg-type]
    ]  # fmt: skip
    return {name: _how(aggfunc) for name in sorted(wanted)}


def _how(func: Any) -> str:
    return name_of(func) or needs_python("pivot_table", "name the reduction: 'sum', 'mean', …")


def _by_functions(data: DataFrame, values: Any, index: Any, columns: Any, aggfunc: list[Any], *rest: Any) -> DataFrame:
    """One table for each function, beside each other under its name."""
    fill_value, margins, dropna, margins_name = rest
    parts = [
        pivot_table(data, values, index, columns, how, fill_value, margins, dropna, margins_name) for how in aggfunc
    ]
    found = None
    for how, part in zip(aggfunc, parts, strict=True):
        names = [() if columns is None else part.columns.names for _ in part._columns]
        named: dict[str, Column] = {
            labels.joined([], _how(how), name, axis=(None, *axis) if axis else None): column
            for (name, column), axis in zip(part._columns.items(), names, strict=True)
        }
        part = part._again(named)
        found = part if found is None else found.join(part)
    assert found is not None
    return found


class Shape:
    """How a table is laid out: its keys, what goes across, whether values have a level, and what sums are called."""

    def __init__(self, keys: list[str], across: list[str], several: bool, whole: str | None) -> None:
        self.keys = keys
        self.across = across
        self.several = several
        self.whole = whole

    def made(self, frame: DataFrame, hows: Mapping[str, str], fill_value: Any, dropna: bool) -> DataFrame:
        """The table."""
        if self.whole is not None:
            for key in self.keys:
                if not types.is_text(frame._column(key).type):  # type: ignore[arg-type]
                    unsupported(
                        f"margins=True writes {self.whole!r} among the labels, and {key!r} is no text",
                        f"data.assign({key}=data[{key!r}].astype('str'))",
                    )
        small = self._grouped(frame, [*self.keys, *self.across], hows)
        small = small.dropna(how="all", subset=list(hows)) if dropna else small
        # Sums are of the rows in which nothing is missing; the others are not.
        frame = frame[[*self.keys, *self.across, *hows]].dropna() if dropna else frame
        if not self.across:
            return self._long(small, frame, hows)
        return self._wide(small, frame, hows, fill_value, dropna)

    def _grouped(self, frame: DataFrame, by: list[str], hows: Mapping[str, str]) -> DataFrame:
        if not by:
            parts = {name: reduced(frame._column(name), how) for name, how in hows.items()}
            node = frame._flat(*parts.values()).rows.node.call(
                "select", **dict(zip(parts, frame._flat(*parts.values()).extra, strict=True))
            )
            rows = Rows(frame.client, node, tuple(parts))
            return DataFrame._of(
                rows, {n: Column(col(n), p.type or rows.type_of(col(n)), True) for n, p in parts.items()}, ()
            )
        groups: DataFrameGroupBy = frame.groupby(by)[list(hows)]
        return groups.agg(dict(hows)).reset_index()

    def _long(self, small: DataFrame, frame: DataFrame, hows: Mapping[str, str]) -> DataFrame:
        if self.whole is None:
            return small.set_index(self.keys)
        rows = [self._keyed(small, 0), self._keyed(self._totals(self._grouped(frame, [], hows)), 1)]
        return self._stacked(rows, small).set_index(self.keys)

    def _keyed(self, part: DataFrame, last: int) -> DataFrame:
        return part.assign(__last=last)

    def _totals(self, part: DataFrame) -> DataFrame:
        """Sums of all rows, under the label of sums."""
        return part.assign(**{key: "" if at else self.whole for at, key in enumerate(self.keys)})

    def _stacked(self, parts: list[DataFrame], like: DataFrame) -> DataFrame:
        from pantile._reshape import concat

        made = concat([part[[*like._columns, "__last"]] for part in parts], ignore_index=True)
        return made.sort_values(["__last", *self.keys])[list(like._columns)]

    def _wide(
        self, small: DataFrame, frame: DataFrame, hows: Mapping[str, str], fill_value: Any, dropna: bool
    ) -> DataFrame:
        shown = lambda value, key: (*((value,) if self.several else ()), *key)  # noqa: E731
        axis = (*((None,) if self.several else ()), *self.across)
        wide = {"shown": shown, "axis": axis, "empty": fill_value is not None or not dropna}
        made = spread(small, self.keys, self.across, list(hows), **wide)
        if self.whole is not None:
            made = self._with_margins(made, frame, hows, wide)
        return made if fill_value is None else made.fillna(fill_value)

    def _with_margins(
        self, made: DataFrame, frame: DataFrame, hows: Mapping[str, str], wide: dict[str, Any]
    ) -> DataFrame:
        """The table with a row and a column of what all rows come to; of no rows there is neither."""
        if not made._columns:
            return made
        below = self._totals(self._grouped(frame, self.across, hows))
        below = spread(below, self.keys, self.across, list(hows), **wide)
        totals = self._grouped(frame, self.keys, hows), self._totals(self._grouped(frame, [], hows))
        parts = []
        for last, (part, beside) in enumerate(zip((made, below), totals, strict=True)):
            sums = beside.set_index(self.keys).rename(columns={name: f"__sum_{name}" for name in hows})
            parts.append(self._keyed(part.join(sums).reset_index(), last))
        order = [name for value in hows for name in self._ordered(made, value)]
        named = {name: self._label(name, wide["axis"]) for name in order}
        found = self._stacked(parts, parts[0].drop(columns="__last")).set_index(self.keys)
        return found._again({named[name]: found._columns[name] for name in order})

    def _ordered(self, made: DataFrame, value: str) -> list[str]:
        own = [name for name in made._columns if not self.several or labels.levels_of(name)[0] == value]
        return [*own, f"__sum_{value}"]

    def _label(self, name: str, axis: Any) -> str:
        if not name.startswith("__sum_"):
            return name
        value = (name.removeprefix("__sum_"),) if self.several else ()
        rest = (self.whole, *("",) * (len(self.across) - 1))
        return labels.joined([], *value, *rest, axis=axis)


def unstack(thing: Any, level: Any = -1, fill_value: Any = None) -> DataFrame:
    """The labels of one level, or of several, as columns."""
    from pantile._more import _place

    if len(thing._index) < 2:
        unsupported("unstack is of an index of two levels or more", "set_index(append=True), or pivot")
    gone = [_place(thing, each) for each in (level if isinstance(level, list | tuple) else [level])]
    kept = [at for at in range(len(thing._index)) if at not in gone]
    frame = thing.to_frame(UNNAMED) if isinstance(thing, Series) else thing
    single = isinstance(thing, Series)
    physical = {f"__level{at}": each.column for at, each in enumerate(thing._index)}
    told = [each.name for each in thing._index]
    plain = {f"__value{at}": column for at, column in enumerate(frame._columns.values())}
    named = dict(zip(plain, frame._columns, strict=True))
    above = frame.columns.names
    made = spread(
        DataFrame._of(frame._rows, {**physical, **plain}, ()),
        [f"__level{at}" for at in kept], [f"__level{at}" for at in gone], list(plain),
        shown=lambda value, key: (*(() if single else labels.levels_of(named[value])), *key),
        axis=(*(() if single else above), *(told[at] for at in gone)), sort=len(gone) == 1,
    )  # fmt: skip
    levels = [Level(told[at], each.column) for at, each in zip(kept, made._index, strict=True)]
    made = made._again(index=tuple(levels))
    return made if fill_value is None else made.fillna(fill_value)


def install() -> None:
    """Gives frames and series what makes columns of values."""
    for name, method in {"pivot_table": pivot_table, "pivot": pivot, "unstack": unstack}.items():
        setattr(DataFrame, name, method)
    Series.unstack = unstack  # type: ignore[attr-defined]


install()
__all__ = ["pivot", "pivot_table", "unstack"]
