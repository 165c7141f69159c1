"""Windows, further: what is first and different in them, and windows of time that are filled from the rows around."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pantile import _dtypes as types
from pantile._align import nearest_rows
from pantile._column import COUNT, Column, clean
from pantile._dataframe import DataFrame
from pantile._freq import rule_of
from pantile._program import Node, binary, case, fn, word
from pantile._refusals import needs_python, unsupported, wrong
from pantile._resample import Resampler
from pantile._rows import Level, only_level
from pantile._scalar import Scalar
from pantile._series import Series
from pantile._window import Expanding, Rolling, Window, _count, _flag

# Rows of a window whose values are laid beside each other.
WIDEST = 200
# More rows than there are.
ALL = 2**31 - 1


def _whole(self: Rolling, name: str, build: Callable[[Node, int], Node]) -> Any:
    """Of windows that miss nothing: others are empty, as with pandas' own `min_periods`."""
    width = self._rows_wide
    if width is None or self._center or self._least not in (None, width):
        unsupported(f"rolling.{name} of windows of time, in the middle or with min_periods", "leave them out")

    def full(node: Node) -> Node:
        there = _flag(node).call("rolling_sum", width)
        return case(binary("==", there, width), build(node, width).call("cast", word("Float64")), None)

    return self._each(full)


def rolling_first(self: Rolling, **_: Any) -> Any:
    """The first value of the window."""
    return _whole(self, "first", lambda node, width: node.call("shift", width - 1))


def rolling_last(self: Rolling, **_: Any) -> Any:
    """The last value of the window."""
    return _whole(self, "last", lambda node, width: node)


def rolling_nunique(self: Rolling, **_: Any) -> Any:
    """The number of different values in the window."""
    if self._rows_wide is not None and self._rows_wide > WIDEST:
        unsupported(f"rolling.nunique of more than {WIDEST} rows", "a smaller window, or resample(…).nunique()")

    def different(node: Node, width: int) -> Node:
        rows = [node, *(node.call("shift", at) for at in range(1, width))]
        return fn("concat_list", *rows).call("list.n_unique")

    return _whole(self, "nunique", different)


def expanding_first(self: Expanding, **_: Any) -> Any:
    """The first value so far."""
    return self._so_far(lambda node: node.call("first", ignore_nulls=True))


def expanding_last(self: Expanding, **_: Any) -> Any:
    """The last value so far."""
    return self._so_far(lambda node: node.call("forward_fill"))


def expanding_nunique(self: Expanding, **_: Any) -> Any:
    """The number of different values so far."""
    new = lambda node: binary("&", node.call("is_first_distinct"), node.call("is_not_null"))  # noqa: E731
    return self._so_far(lambda node: new(node).call("cast", word("Float64")).call("cum_sum"))


def expanding_moment(name: str, least: int) -> Callable[..., Any]:
    def method(self: Expanding, **_: Any) -> Any:
        def build(node: Node) -> Node:
            known = fn("element").call("drop_nulls")
            even = binary("==", known.call("min"), known.call("max"))
            value = case(even, 0.0 if name == "skew" else -3.0, known.call(name, bias=False))
            return case(binary(">=", _count(node), least), node.call("cumulative_eval", value), None)

        return self._so_far(build)

    return method


def expanding_rank(
    self: Expanding, method: str = "average", ascending: bool = True, pct: bool = False, **_: Any
) -> Any:
    """The place of the row's value among those so far."""
    if not ascending or pct:
        unsupported("expanding.rank(ascending=False) and pct are not done here", "leave them out")
    named = {} if method == "average" else {"method": method}
    return self._each(lambda node: node.call("rolling_rank", ALL, min_samples=max(1, self._least), **named))


def expanding_two(name: str) -> Callable[..., Series]:
    def method(self: Expanding, other: Any = None, pairwise: Any = None, ddof: int = 1, **_: Any) -> Series:
        if not isinstance(self._over, Series) or not isinstance(other, Series) or ddof != 1:
            unsupported(f"expanding.{name} of frames is not done here", "one column with another is")
        cast = types.type_node(types.FLOAT64)
        return self._over._beside(other, lambda a, b: Column(fn(
            f"rolling_{name}", clean(a).node.call("cast", cast), clean(b).node.call("cast", cast), ALL,
            min_samples=max(2, self._least)), types.FLOAT64, True))  # fmt: skip

    return method


def pipe(self: Any, function: Any, *arguments: Any, **named: Any) -> Any:
    """What `function` makes of the windows; it runs here, and builds on."""
    return function(self, *arguments, **named)


# Windows of time.


def _grid(self: Resampler) -> DataFrame:
    if self._groups is not None:
        unsupported("windows of time within groups are not filled here", "aggregate them: sum, mean, first, last")
    made = self._framed({"__size": COUNT})
    return made._again({})


def _rows(self: Resampler) -> DataFrame:
    frame = self._over._again(index=(self._time,))
    return frame[self._chosen]


def _filled(strategy: str) -> Callable[..., Any]:
    def method(self: Resampler, limit: Any = None) -> Any:
        if limit is not None:
            unsupported(f"resample.{strategy}(limit=…) is not done here", "asfreq(), then ffill(limit=…)")
        return self._narrow(nearest_rows(_grid(self), _rows(self), strategy))

    return method


def asfreq(self: Resampler, fill_value: Any = None) -> Any:
    """The rows that stand at the beginnings of windows; missing where there is none."""
    made = self._narrow(_grid(self).join(_rows(self)))
    made = _with_freq(made, self._freq)
    return made if fill_value is None else made.fillna(fill_value)


def _with_freq(made: Any, freq: str) -> Any:
    level = made._index[0]
    levels = (Level(level.name, level.column, freq),)
    if isinstance(made, Series):
        return Series(made._rows, made._column, made._name, levels)
    return made._again(index=levels)


def interpolate(self: Resampler, *arguments: Any, **named: Any) -> Any:
    """Points at the beginnings of windows, on the lines between the rows before and behind them."""
    points = _grid(self).join(_rows(self), how="outer").interpolate(*arguments, **named)
    return _with_freq(self._narrow(_grid(self).join(points)), self._freq)


def transform(self: Resampler, func: Any, *_: Any, **__: Any) -> Any:
    """What is computed of each window, beside its rows."""
    if not isinstance(func, str):
        needs_python("resample.transform", "name the reduction: 'sum', 'mean', …")
    if self._rule.ends or self._options:
        unsupported("transform of windows that end with a month or a week", "'MS' begins with the month")
    made = getattr(self, func)()
    frame = made.to_frame(self._single) if isinstance(made, Series) else made
    return self._narrow(nearest_rows(_rows(self)._again({}), frame, "backward"))


def ngroups(self: Resampler) -> Scalar:
    """The number of windows, still to be computed."""
    return self.size().size


def _here(name: str) -> Callable[[Resampler], Any]:
    def get(self: Resampler) -> Any:
        found = _rows(self)._again({}).to_pandas()
        return getattr(found.resample(self._freq), name)

    get.__doc__ = "Where the rows of each window are; the labels of all rows come here."
    return get


def get_group(self: Resampler, *_: Any, **__: Any) -> Any:
    """Refused: a window's rows are a slice of times."""
    return unsupported("get_group of windows of time is not done here", "df.loc['2024-02'] has the rows of a time")


def resample_apply(self: Resampler, func: Any = None, *arguments: Any, **named: Any) -> Any:
    """What a reduction called by its name makes of each window; a Python function is refused."""
    return self.agg(func) if isinstance(func, str) else needs_python("resample.apply", "agg takes names of reductions")


def thing_asfreq(
    thing: Any, freq: Any, method: Any = None, how: Any = None, normalize: bool = False, fill_value: Any = None
) -> Any:
    """A row for each step of time from the first label on; missing where no row stands there."""
    if how is not None or normalize:
        unsupported("asfreq(how=…) and normalize are not done here", "dt.normalize cuts times to their days")
    if not types.is_time(only_level(thing._index).column.type):  # type: ignore[arg-type]
        wrong("asfreq wants an index of times", "set_index")
    origin = {"origin": "start"} if rule_of(freq).unit in ("d", "h", "m", "s", "ms", "us") else {}
    windows = thing.resample(freq, **origin)
    if method is not None:
        return {"ffill": windows.ffill, "pad": windows.ffill, "bfill": windows.bfill, "backfill": windows.bfill}[
            method
        ]()
    return windows.asfreq(fill_value)


METHODS: dict[type, dict[str, Callable[..., Any]]] = {
    Window: {"pipe": pipe},
    Rolling: {"first": rolling_first, "last": rolling_last, "nunique": rolling_nunique},
    Expanding: {
        "first": expanding_first, "last": expanding_last, "nunique": expanding_nunique, "rank": expanding_rank,
        "skew": expanding_moment("skew", 3), "kurt": expanding_moment("kurtosis", 4),
        "corr": expanding_two("corr"), "cov": expanding_two("cov"),
    },
    Resampler: {
        "pipe": pipe, "asfreq": asfreq, "ffill": _filled("backward"), "bfill": _filled("forward"),
        "nearest": _filled("nearest"), "interpolate": interpolate, "transform": transform, "get_group": get_group,
        "apply": resample_apply,
    },
    DataFrame: {"asfreq": thing_asfreq}, Series: {"asfreq": thing_asfreq},
}  # fmt: skip
PROPERTIES: dict[type, dict[str, Callable[[Any], Any]]] = {
    Window: {"ndim": lambda self: 1 if isinstance(self._over, Series) else 2, "exclusions": lambda self: frozenset()},
    Resampler: {
        "ngroups": ngroups, "groups": _here("groups"), "indices": _here("indices"), "keys": lambda self: None,
        "level": lambda self: None, "ndim": lambda self: 1 if self._single else 2,
        "exclusions": lambda self: frozenset(),
    },
}  # fmt: skip


def install() -> None:
    """Gives windows these methods."""
    for kind, table in METHODS.items():
        for name, method in table.items():
            setattr(kind, name, method)
    for kind, table in PROPERTIES.items():
        for name, get in table.items():
            setattr(kind, name, property(get))


install()
