"""What is asked of groups less often: descriptions, draws, places, and what tells how they are grouped."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from pantile import _dtypes as types
from pantile._column import Column, clean
from pantile._dataframe import DataFrame
from pantile._groupby import DataFrameGroupBy, Groups, SeriesGroupBy
from pantile._groups import binary_of
from pantile._program import binary, fn
from pantile._reductions import described, reduced, two
from pantile._refusals import needs_python, unsupported
from pantile._rows import RANGE, same_rows
from pantile._series import Series

OHLC = {"open": "first", "high": "max", "low": "min", "close": "last"}


def describe(self: SeriesGroupBy, percentiles: Any = None, include: Any = None, exclude: Any = None) -> DataFrame:
    """Count, mean, deviation, extremes and quantiles of each group."""
    return self._framed(described(self._frame._columns[self._name], percentiles))


def describe_all(
    self: DataFrameGroupBy, percentiles: Any = None, include: Any = None, exclude: Any = None
) -> DataFrame:
    """The same of each column of numbers; columns of two levels, which pandas has, are called by both: `x_mean`."""
    parts = {}
    for name in self._chosen:
        column = self._frame._columns[name]
        if column.type is not None and types.is_number(column.type):
            parts |= {f"{name}_{how}": part for how, part in described(column, percentiles).items()}
    return self._framed(parts)


def ohlc(self: SeriesGroupBy) -> DataFrame:
    """The first, the greatest, the least and the last value of each group."""
    return self._framed({name: reduced(self._frame._columns[self._name], how) for name, how in OHLC.items()})


def ohlc_all(self: DataFrameGroupBy) -> DataFrame:
    """The same of each column; columns of two levels, which pandas has, are called by both: `x_open`."""
    columns = {each: self._frame._columns[each] for each in self._chosen}
    return self._framed({f"{n}_{name}": reduced(c, how) for n, c in columns.items() for name, how in OHLC.items()})


def corrwith(self: DataFrameGroupBy, other: Any, **_: Any) -> DataFrame:
    """The correlation of each column with another one within each group."""
    if not isinstance(other, Series):
        unsupported("corrwith of groups takes a column", "groupby(…)['x'].corr(other['x']) for each column")
    same_rows(self._frame._rows, other._rows, "the groups and the column")
    return self._framed({each: two("corr", self._frame._columns[each], other._column) for each in self._chosen})


def ewm(self: Any, *arguments: Any, **named: Any) -> Any:
    """Exponentially weighted windows within each group."""
    from pantile._window import Ewm

    return Ewm(self._own(), *arguments, groups=self, **named)


def sample(
    self: Any,
    n: int | None = None,
    frac: float | None = None,
    replace: bool = False,
    weights: Any = None,
    random_state: Any = None,
) -> Any:
    """Rows of each group by chance, the same ones whenever this is computed."""
    if replace or weights is not None:
        unsupported("sample(replace=True) and weights of groups are not done here", "leave them out")
    seed = random_state if isinstance(random_state, int) else random.randrange(2**31)
    place = Column(fn("int_range", fn("len")).call("shuffle", seed=seed), types.INT64)
    many: Any = n or 1
    if frac is not None:
        many = binary("*", fn("len"), float(frac)).call("round")
    chosen = self._over(Column(binary("<", place.node, many), types.BOOL))
    plain = self._frame._flat(Column(chosen.node))
    return self._of_rows(self._frame._of_flat(plain, plain.rows.node.call("filter", plain.extra[0])))


def nth(self: Any, n: Any) -> Any:
    """The `n`th row of each group, or several."""
    if isinstance(n, slice):
        unsupported("nth of a slice is not done here", "a list of places, or head and tail")
    if isinstance(n, int):
        wanted = binary_of("==", self._counted(n < 0), n if n >= 0 else -n - 1)
        return self._of_rows(self._frame._filtered(wanted))
    front, back = [each for each in n if each >= 0], [-each - 1 for each in n if each < 0]
    sides = [self._counted(down).node.call("is_in", places) for down, places in ((False, front), (True, back))]
    return self._of_rows(self._frame._filtered(Column(binary("|", *sides), types.BOOL, null=False)))


def take(self: Any, *_: Any, **__: Any) -> Any:
    """Refused: rows of groups are taken by `nth`."""
    return unsupported("take of groups is not done here", "nth([0, 2]) has the rows of these places of each group")


def groups(self: Any) -> Any:
    """The labels of each group's rows; the keys of all rows come here."""
    return _keys_here(self).groups


def indices(self: Any) -> Any:
    """The places of each group's rows; the keys of all rows come here."""
    return _keys_here(self).indices


def _keys_here(self: Any) -> Any:
    names = [f"__key{at}" for at in range(len(self._keys))]
    columns = {name: key.column for name, key in zip(names, self._keys, strict=True)}
    found = DataFrame._of(self._frame._rows, columns, self._frame._index or RANGE).to_pandas()
    options = {name: self._options[name] for name in ("sort", "dropna")}
    return found.groupby(names if len(names) > 1 else names[0], **options)


def keys(self: Any) -> Any:
    """What the rows are grouped by, in its names."""
    names = [key.name for key in self._keys]
    return names if len(names) > 1 else names[0]


def is_sorted(descending: bool) -> Callable[[SeriesGroupBy], Series]:
    def ordered(self: SeriesGroupBy) -> Series:
        node = clean(self._frame._columns[self._name]).node
        whole = binary("&", node.call("is_sorted", descending=descending), binary("==", node.call("null_count"), 0))
        return self._single(Column(whole, types.BOOL))

    return ordered


def refused_filter(self: Any, func: Any, dropna: bool = True, **_: Any) -> Any:
    """Refused: a condition of groups is a transformed column."""
    needs_python("GroupBy.filter", "s[groups.transform('size') > 2] keeps groups by a condition")


def level(self: Groups) -> None:
    """None: the keys are named, whatever level they were."""


def dtype(self: Any) -> Any:
    """The type of the values, as pandas names it."""
    return self._own().dtype


def install() -> None:
    """Gives groups these methods."""
    for name, method in {"ewm": ewm, "sample": sample, "nth": nth, "take": take}.items():
        setattr(Groups, name, method)
    for name, get in {"groups": groups, "indices": indices, "keys": keys, "level": level}.items():
        setattr(Groups, name, property(get))
    DataFrameGroupBy.ndim, SeriesGroupBy.ndim = 2, 1  # type: ignore[attr-defined]
    SeriesGroupBy.describe, DataFrameGroupBy.describe = describe, describe_all  # type: ignore[attr-defined]
    SeriesGroupBy.ohlc, DataFrameGroupBy.ohlc = ohlc, ohlc_all  # type: ignore[attr-defined]
    SeriesGroupBy.filter, DataFrameGroupBy.corrwith = refused_filter, corrwith  # type: ignore[attr-defined]
    SeriesGroupBy.is_monotonic_increasing = property(is_sorted(False))  # type: ignore[attr-defined]
    SeriesGroupBy.is_monotonic_decreasing = property(is_sorted(True))  # type: ignore[attr-defined]
    SeriesGroupBy.dtype = property(dtype)  # type: ignore[attr-defined]


install()
