"""Rows in windows of time, one row for each, those without rows as well: pandas' resample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pantile import _dtypes as types
from pantile._column import COUNT, Column
from pantile._dataframe import DataFrame
from pantile._freq import DAYS, Rule, rule_of
from pantile._groupby import two_levels
from pantile._program import Node, binary, col
from pantile._reductions import name_of, reduced
from pantile._refusals import AttributeMissing, nearest, needs_python, no_column, unsupported, wrong
from pantile._rows import Level, Rows, flat
from pantile._series import Series

ORIGINS = ("start", "start_day", "end", "end_day", "epoch")


class Resampler:
    """Windows of time over a frame or a column."""

    def __init__(
        self, over: Any, rule: Any, closed: Any = None, label: Any = None, on: Any = None, level: Any = None,
        origin: Any = "start_day", offset: Any = None, group_keys: bool = False, *, groups: Any = None,
    ) -> None:  # fmt: skip
        self._over = over.to_frame("value" if over.name is None else over.name) if isinstance(over, Series) else over
        self._single = next(iter(self._over._columns)) if isinstance(over, Series) else None
        self._shown = over.name if isinstance(over, Series) else None
        self._rule = rule_of(rule)
        self._freq = str(getattr(rule, "freqstr", rule))
        self._groups = groups
        self._time = self._level(on)
        self._chosen = (
            [n for n, c in self._over._columns.items() if c.node != self._time.column.node]
            if not self._single
            else [self._single]
        )
        if groups is not None:
            keys = [key.name for key in groups._keys]
            self._chosen = [name for name in self._chosen if name not in keys]
        self._options = _options(self._rule, closed, label, origin, offset)

    def _level(self, on: Any) -> Level:
        frame = self._over
        if on is not None:
            return Level(on, frame._column(on))
        if len(frame._index) != 1 or not types.is_time(frame._index[0].column.type):
            wrong("resample wants an index of times", "set_index, or resample(…, on='column')")
        return frame._index[0]

    def _windows(self, parts: Mapping[str, Column]) -> tuple[Rows, tuple[Level, ...]]:
        frame, keys = self._over, self._groups._keys if self._groups else []
        names = [f"__key{at}" for at in range(len(keys))]
        inner = flat(frame._rows, frame._columns, (), self._time.column, *(key.column for key in keys), *parts.values())
        made = {"__time": inner.extra[0], **dict(zip(names, inner.extra[1:], strict=False))}
        node = inner.rows.node.call("with_columns", **made)
        more = {"group_by": names} if names else {}
        grouped = node.call("resample", "__time", self._rule.every, **self._options, **more)
        node = grouped.call("agg", **dict(zip(parts, inner.extra[1 + len(keys) :], strict=True)))
        if names:
            node = node.call("drop_nulls", names).call("sort", [*names, "__time"])
        if self._rule.ends:
            node = node.call("with_columns", __time=self._ended(col("__time")))
        levels = [Level(key.name, Column(col(name), key.column.type)) for key, name in zip(keys, names, strict=True)]
        freq = None if names else self._freq
        levels.append(Level(self._time.name, Column(col("__time"), self._time.column.type), freq))
        return Rows(frame.client, node, (*names, "__time", *parts)), tuple(levels)

    def _ended(self, start: Node) -> Node:
        """The last day of the window that begins then, which pandas calls it by."""
        if self._rule.unit == "w":
            return start.call("dt.offset_by", f"{6 + 7 * (self._rule.times - 1)}d")
        return start.call("dt.offset_by", self._rule.every).call("dt.offset_by", "-1d")

    def _framed(self, parts: Mapping[str, Column]) -> DataFrame:
        rows, levels = self._windows(parts)
        columns = {
            n: Column(col(n), p.type if p.type is not None else rows.type_of(col(n)), True) for n, p in parts.items()
        }
        return DataFrame._of(rows, columns, levels)

    def _reduced(self, name: str, **options: Any) -> Any:
        numeric = options.pop("numeric_only", False)
        columns = self._over._columns
        names = [n for n in self._chosen if not numeric or types.is_number(columns[n].type)]  # type: ignore[arg-type]
        return self._narrow(self._framed({n: reduced(columns[n], name, **options) for n in names}))

    def _narrow(self, made: DataFrame) -> Any:
        return made._series(self._single).rename(self._shown) if self._single else made

    def __getitem__(self, key: Any) -> Resampler:
        for name in key if isinstance(key, list) else [key]:
            if name not in self._over._columns:
                no_column(name, self._over._columns)
        made = Resampler.__new__(Resampler)
        vars(made).update(vars(self), _chosen=key if isinstance(key, list) else [key])
        vars(made).update(_single=None if isinstance(key, list) else key, _shown=None if isinstance(key, list) else key)
        return made

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._over._columns:
            return self[name]
        if name.startswith("__"):
            raise AttributeError(name)
        known = [*self._over._columns, *(each for each in dir(type(self)) if not each.startswith("_"))]
        raise AttributeMissing(f"windows have no column and no method {name!r}", hint=nearest(name, known))

    def size(self) -> Series:
        """The number of rows in each window."""
        made = self._framed({"__size": COUNT})
        return Series(made._rows, made._columns["__size"], self._shown, made._index)

    def ohlc(self) -> DataFrame:
        """The first, the greatest, the least and the last value of each window."""
        if not self._single:
            unsupported("ohlc of a frame has columns of two levels", "pick a column: df.resample('D')['x'].ohlc()")
        column = self._over._columns[self._single]
        names = {"open": "first", "high": "max", "low": "min", "close": "last"}
        return self._framed({name: reduced(column, how) for name, how in names.items()})

    def quantile(self, q: float = 0.5, **named: Any) -> Any:
        """The quantile of each window."""
        return self._reduced("quantile", q=q, **named)

    def agg(self, func: Any = None, *_: Any, **kwargs: Any) -> Any:
        """One aggregation, several of one column, or of each column its own."""
        columns = self._over._columns
        if func is None:
            pairs = {
                name: pair if isinstance(pair, tuple) else (str(self._single), pair) for name, pair in kwargs.items()
            }
            return self._framed({name: reduced(columns[each], _how(how)) for name, (each, how) in pairs.items()})
        if isinstance(func, Mapping):
            if all(isinstance(how, str) or callable(how) for how in func.values()):
                return self._framed({n: reduced(self._over._column(n), _how(how)) for n, how in func.items()})
            lists = {n: [how] if isinstance(how, str) or callable(how) else list(how) for n, how in func.items()}
            return self._framed(two_levels(self._over, lists))
        if isinstance(func, str) or callable(func):
            return getattr(self, _how(func))()
        if self._single:
            return self._framed({_how(how): reduced(columns[self._single], _how(how)) for how in func})
        return self._framed(two_levels(self._over, {n: list(func) for n in self._chosen}))

    aggregate = agg

    def apply(self, func: Any = None, *_: Any, **__: Any) -> Any:
        """Refused: it takes a Python function."""
        needs_python("resample.apply", "agg takes names of reductions")


def _how(func: Any) -> str:
    return name_of(func) or needs_python("resample.agg", "name the reduction: 'sum', 'mean', …")


def _options(rule: Rule, closed: Any, label: Any, origin: Any, offset: Any) -> dict[str, Any]:
    from pantile._freq import length_of

    found: dict[str, Any] = {}
    if rule.ends and (closed not in (None, "right") or label not in (None, "right")):
        unsupported(
            "windows that end with a month or a week, closed or labelled at the left", "'MS' begins with the month"
        )
    if not rule.ends:
        found |= {} if closed is None else {"closed": closed}
        found |= {} if label is None else {"label": label}
    if rule.unit == "w" and rule.anchor not in (None, "SUN"):
        found["offset"] = f"{DAYS.index(rule.anchor) + 1}d"
    if origin != "start_day":
        found["origin"] = origin
    return found if offset is None else {**found, "offset": length_of(offset)}


def _reducer(name: str) -> Callable[..., Any]:
    return lambda self, *_, **options: self._reduced(
        name, **{k: v for k, v in options.items() if k in ("numeric_only", "ddof", "min_count")}
    )


NAMES = ["sum", "mean", "min", "max", "count", "median", "std", "var", "first", "last", "nunique", "prod", "sem"]


def install() -> None:
    """Gives windows their reductions, and frames and series `resample`."""
    for name in NAMES:
        setattr(Resampler, name, _reducer(name))
    for kind in (DataFrame, Series):
        kind.resample = lambda self, rule, *arguments, **named: Resampler(self, rule, *arguments, **named)  # type: ignore[union-attr]


install()
__all__ = ["binary"]
