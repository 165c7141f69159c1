"""Windows that move over rows: rolling, expanding and exponentially weighted, of a column, a frame or groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pantile import _dtypes as types
from pantile import _labels as labels
from pantile._column import Column, clean
from pantile._dataframe import DataFrame
from pantile._freq import length_of
from pantile._program import Node, binary, case, fn, word
from pantile._refusals import needs_python, no_column, unsupported, wrong
from pantile._rows import RANGE, Level
from pantile._series import Series

Build = Callable[[Node], Node]


class Window:
    """A window over a column, over each column of a frame, or over them within groups."""

    def __init__(self, over: Any, groups: Any = None) -> None:
        self._over = over
        self._groups = groups

    def _each(self, build: Build) -> Any:
        """What `build` makes of each column of numbers."""
        over = self._over
        if isinstance(over, Series):
            return self._placed(self._one(over, build))
        skipped = getattr(self, "_on", None)
        names = [name for name in over._columns if name != skipped]
        return self._placed(over._mapped(lambda s: self._one(s, build), names))

    def _one(self, series: Series, build: Build) -> Series:
        if not types.is_summable(series.arrow_type):
            wrong(
                f"windows are of numbers, and {series.name!r} is {series.arrow_type}", "pick columns of numbers first"
            )
        base = clean(series._column)
        base = base if base.type == types.FLOAT64 else base.cast(types.FLOAT64)
        column = Column(build(base.node), types.FLOAT64, True)
        return series._like(self._groups._over(column) if self._groups else column)

    def _placed(self, made: Any) -> Any:
        """Of groups: the rows in the order of their keys, which come before the labels."""
        if self._groups is None:
            return made
        levels = (*self._groups._keys, *(made._index or RANGE))
        frame = made.to_frame("value") if isinstance(made, Series) else made
        frame = frame._again(index=tuple(Level(level.name, level.column) for level in levels))
        keys = [level.column for level in frame._index[: len(self._groups._keys)]]
        from pantile._verbs import _sorted

        frame = _sorted(
            frame.dropna_labels(len(keys)), [level.column for level in frame._index[: len(keys)]], True, "last"
        )
        return frame["value"].rename(made.name) if isinstance(made, Series) else frame

    def __getitem__(self, key: Any) -> Any:
        made = type(self).__new__(type(self))
        vars(made).update(vars(self), _over=self._over[key])
        return made

    def apply(self, func: Any = None, *_: Any, **__: Any) -> Any:
        """Refused: it takes a Python function."""
        needs_python(
            f"{type(self).__name__.lower()}.apply",
            "sum, mean, median, min, max, std, var, quantile, skew, kurt are there",
        )

    def agg(self, func: Any, *_: Any, **__: Any) -> Any:
        """One aggregation by its name, or several as columns."""
        from pantile._reductions import name_of

        if isinstance(func, dict):
            parts = {name: self[name].agg(how) for name, how in func.items()}
            first = next(iter(parts.values()))
            return DataFrame._of(first._rows, {name: part._column for name, part in parts.items()}, first._index)
        if isinstance(func, list | tuple):
            parts = {name_of(each): self.agg(each) for each in func}
            first = next(iter(parts.values()))
            if isinstance(first, DataFrame):
                return _two_levels(parts)
            return DataFrame._of(first._rows, {str(name): part._column for name, part in parts.items()}, first._index)
        name = name_of(func)
        return getattr(self, name)() if name else self.apply(func)

    aggregate = agg


def _two_levels(parts: dict[Any, DataFrame]) -> DataFrame:
    """Each column, and below it what was made of it."""
    first = next(iter(parts.values()))
    pairs = [(each, name) for each in first._columns for name in parts]
    return first._again({labels.joined([], *pair): parts[pair[1]]._columns[pair[0]] for pair in pairs})


class Rolling(Window):
    """A window of so many rows, or of so much time, that ends at each row."""

    def __init__(
        self, over: Any, window: Any, min_periods: int | None = None, center: bool = False, win_type: Any = None,
        on: Any = None, closed: Any = None, step: Any = None, method: Any = "single", *, groups: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(over, groups)
        if win_type is not None or step not in (None, 1):
            unsupported("rolling with win_type or step is not done here", "leave it out")
        self._rows_wide = window if isinstance(window, int) and not isinstance(window, bool) else None
        self._least = min_periods
        self._center = center
        self._closed = closed
        self._on = on
        if self._rows_wide is None:
            self._length = length_of(window)
            self._by = self._time(on)
        elif closed not in (None, "right"):
            unsupported("rolling(closed=…) of a number of rows is not done here", "shift the column first")

    def _time(self, on: Any) -> Node:
        if on is not None:
            if on not in self._over._columns:
                no_column(on, self._over._columns)
            return self._over._columns[on].node
        index = self._over._index
        if len(index) != 1 or not types.is_time(index[0].column.type):
            wrong("a window of time wants an index of times", "set_index, or rolling(…, on='column')")
        return index[0].column.node

    def _rolled(self, name: str, *first: Any, **options: Any) -> Any:
        if self._rows_wide is None:
            least = (
                {}
                if self._least in (None, 1) and name != "sum"
                else {"min_samples": 1 if self._least is None else self._least}
            )
            closed = {} if self._closed in (None, "right") else {"closed": self._closed}
            named = {key: value for key, value in options.items() if key not in ("bias",)}
            return self._each(
                lambda node: node.call(f"rolling_{name}_by", self._by, *first, self._length, **least, **closed, **named)
            )
        if self._least is not None:
            options["min_samples"] = self._least
        if self._center:
            options["center"] = True
        return self._each(lambda node: node.call(f"rolling_{name}", *first, self._rows_wide, **options))

    def count(self, **_: Any) -> Any:
        """The number of values in the window that are there."""
        least = self._rows_wide if self._least is None else self._least
        if self._rows_wide is None:
            return self._each(lambda node: _flag(node).call("rolling_sum_by", self._by, self._length))
        return self._each(
            lambda node: _flag(node).call("rolling_sum", self._rows_wide, min_samples=least, center=self._center)
        )

    def quantile(self, q: float, interpolation: str = "linear", **_: Any) -> Any:
        """The quantile of the window."""
        if self._rows_wide is None:
            return self._each(
                lambda node: node.call(
                    "rolling_quantile_by", self._by, self._length, quantile=q, interpolation=interpolation
                )
            )
        return self._rolled("quantile", q, interpolation)

    def sem(self, ddof: int = 1, **_: Any) -> Any:
        """The standard error of the window's mean."""
        return self.std(ddof=ddof) / self.count() ** 0.5

    def std(self, ddof: int = 1, **_: Any) -> Any:
        """The standard deviation of the window."""
        return self._rolled("std", **({} if ddof == 1 else {"ddof": ddof}))

    def var(self, ddof: int = 1, **_: Any) -> Any:
        """The variance of the window."""
        return self._rolled("var", **({} if ddof == 1 else {"ddof": ddof}))

    def rank(self, method: str = "average", ascending: bool = True, pct: bool = False, **_: Any) -> Any:
        """The place of the row's value in its window."""
        if not ascending or pct:
            unsupported("rolling.rank(ascending=False) and pct are not done here", "leave them out")
        return self._rolled("rank", **({} if method == "average" else {"method": method}))

    def corr(self, other: Series, **_: Any) -> Series:
        """The correlation with another column in the window."""
        return self._two("rolling_corr", other)

    def cov(self, other: Series, pairwise: Any = None, ddof: int = 1, **_: Any) -> Series:
        """The covariance with another column in the window."""
        return self._two("rolling_cov", other)

    def _two(self, name: str, other: Series) -> Series:
        if self._rows_wide is None or not isinstance(other, Series):
            unsupported(
                f"{name} of windows of time or of frames is not done here", "windows of rows of two columns are"
            )
        least = {} if self._least is None else {"min_samples": self._least}
        cast = types.type_node(types.FLOAT64)
        return self._over._beside(
            other,
            lambda a, b: Column(
                fn(name, clean(a).node.call("cast", cast), clean(b).node.call("cast", cast), self._rows_wide, **least),
                types.FLOAT64,
                True,
            ),
        )


def _flag(node: Node) -> Node:
    return node.call("is_not_null").call("cast", word("Float64"))


def _rolling(name: str, **options: Any) -> Callable[..., Any]:
    return lambda self, *_, **__: self._rolled(name, **options)


for _name in ("sum", "mean", "min", "max", "median"):
    setattr(Rolling, _name, _rolling(_name))
for _name, _way in (("skew", "skew"), ("kurt", "kurtosis")):
    setattr(Rolling, _name, _rolling(_way, bias=False))


class Expanding(Window):
    """A window of all rows so far."""

    def __init__(self, over: Any, min_periods: int = 1, *, groups: Any = None, **_: Any) -> None:
        super().__init__(over, groups)
        self._least = min_periods

    def _so_far(self, build: Build) -> Any:
        """What there is so far, also in rows that miss a value; nothing before `min_periods` values are there."""

        def whole(node: Node) -> Node:
            found = build(node)
            return case(binary(">=", _count(node), max(self._least, 1)), found, None)

        return self._each(whole)

    def count(self) -> Any:
        """The number of values so far."""
        return self._each(_count)

    def mean(self, **_: Any) -> Any:
        """The mean so far."""
        return self._so_far(lambda node: binary("/", node.call("cum_sum").call("forward_fill"), _count(node)))

    def _evaluated(self, name: str, *arguments: Any, **named: Any) -> Any:
        return self._so_far(
            lambda node: node.call("cumulative_eval", fn("element").call("drop_nulls").call(name, *arguments, **named))
        )

    def quantile(self, q: float, interpolation: str = "linear", **_: Any) -> Any:
        """The quantile so far."""
        return self._evaluated("quantile", q, interpolation)

    def std(self, ddof: int = 1, **_: Any) -> Any:
        """The standard deviation so far."""
        return self._evaluated("std", ddof)

    def var(self, ddof: int = 1, **_: Any) -> Any:
        """The variance so far."""
        return self._evaluated("var", ddof)

    def sem(self, ddof: int = 1, **_: Any) -> Any:
        """The standard error of the mean so far."""
        return self.std(ddof) / self.count() ** 0.5

    def median(self, **_: Any) -> Any:
        """The median so far."""
        return self._evaluated("median")


def _count(node: Node) -> Node:
    return node.call("cum_count").call("cast", word("Float64"))


def _expanding(name: str) -> Callable[..., Any]:
    return lambda self, *_, **__: self._so_far(lambda node: node.call(name).call("forward_fill"))


for _name, _way in (("sum", "cum_sum"), ("min", "cum_min"), ("max", "cum_max"), ("prod", "cum_prod")):
    setattr(Expanding, _name, _expanding(_way))


class Ewm(Window):
    """All rows so far, those further back with less weight."""

    def __init__(
        self,
        over: Any,
        com: Any = None,
        span: Any = None,
        halflife: Any = None,
        alpha: Any = None,
        min_periods: int = 0,
        adjust: bool = True,
        ignore_na: bool = False,
        *,
        groups: Any = None,
        **_: Any,
    ) -> None:
        super().__init__(over, groups)
        given = {"com": com, "span": span, "half_life": halflife, "alpha": alpha}
        self._options = {key: value for key, value in given.items() if value is not None}
        if len(self._options) != 1:
            wrong("ewm wants one of com, span, halflife and alpha")
        self._options |= {} if adjust else {"adjust": False}
        self._options |= {"ignore_nulls": True} if ignore_na else {}
        self._options |= {"min_samples": min_periods} if min_periods > 1 else {}

    def _weighted(self, name: str, **more: Any) -> Any:
        return self._each(lambda node: node.call(name, **self._options, **more).call("forward_fill"))

    def mean(self, **_: Any) -> Any:
        """The weighted mean."""
        return self._weighted("ewm_mean")

    def sum(self, **_: Any) -> Any:
        """The weighted sum."""
        return self._weighted("ewm_sum")

    def std(self, bias: bool = False, **_: Any) -> Any:
        """The weighted standard deviation."""
        return self._weighted("ewm_std", **({"bias": True} if bias else {}))

    def var(self, bias: bool = False, **_: Any) -> Any:
        """The weighted variance."""
        return self._weighted("ewm_var", **({"bias": True} if bias else {}))


def dropna_labels(frame: DataFrame, count: int) -> DataFrame:
    """The frame without rows that have no label in one of the first levels."""
    plain = frame._flat(*(Column(level.column.node.call("is_not_null"), types.BOOL) for level in frame._index[:count]))
    return plain_of(frame, plain, plain.rows.node.call("filter", *plain.extra))


def plain_of(frame: DataFrame, plain: Any, node: Node) -> DataFrame:
    return frame._of_flat(plain, node)


def install() -> None:
    """Gives frames, series and groups their windows."""
    DataFrame.dropna_labels = dropna_labels  # type: ignore[attr-defined]
    for kind in (DataFrame, Series):
        kind.rolling = lambda self, *arguments, **named: Rolling(self, *arguments, **named)  # type: ignore[union-attr]
        kind.expanding = lambda self, *arguments, **named: Expanding(self, *arguments, **named)  # type: ignore[union-attr]
        kind.ewm = lambda self, *arguments, **named: Ewm(self, *arguments, **named)  # type: ignore[union-attr]


install()
