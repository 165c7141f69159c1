"""A column in groups: pandas' SeriesGroupBy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pantile import _dtypes as types
from pantile._column import Column, clean
from pantile._dataframe import DataFrame
from pantile._groups import Groups, _filler, _how
from pantile._program import binary, col
from pantile._reductions import reduced, two
from pantile._refusals import AttributeMissing, nearest
from pantile._rows import RANGE, Level, Rows, flat
from pantile._series import UNNAMED, Series


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
