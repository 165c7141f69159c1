"""Methods of a Series that pick, order and name its rows: those of a frame of this column alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pantile import _dtypes as types
from pantile._column import Column
from pantile._program import binary, lit
from pantile._rows import RANGE, Level
from pantile._series import UNNAMED, Series


def by_frame(name: str) -> Callable[..., Series]:
    """A method of a Series that is the one of a frame with this column alone."""
    return lambda s, *arguments, **named: s._by_frame(lambda frame: getattr(frame, name)(*arguments, **named))


def series_sort(s: Series, *, by: Any = None, **named: Any) -> Series:
    return s._by_frame(lambda frame: frame.sort_values(next(iter(frame._columns)), **named))


def series_extreme(name: str) -> Callable[..., Series]:
    def pick(s: Series, n: int = 5, keep: str = "first") -> Series:
        return s._by_frame(lambda frame: getattr(frame.dropna(), name)(n, next(iter(frame._columns)), keep))

    return pick


def series_reset(s: Series, level: Any = None, *, drop: bool = False, name: Any = None, **named: Any) -> Any:
    if drop:
        return Series(s._rows, s._column, s._name, s.to_frame("x").reset_index(level, drop=True)._index)
    return s.to_frame(name).reset_index(level, **named)


def series_explode(s: Series, ignore_index: bool = False) -> Series:
    made = s.to_frame(UNNAMED).explode(UNNAMED, ignore_index)
    return Series(made._rows, made._columns[UNNAMED], s._name, made._index)


def series_drop(s: Series, labels: Any = None, *, index: Any = None, **_: Any) -> Series:
    return s._by_frame(lambda frame: frame.drop(index=labels if index is None else index))


SERIES: dict[str, Callable[..., Any]] = {
    **{
        name: by_frame(name)
        for name in ("head", "tail", "sort_index", "dropna", "drop_duplicates", "sample", "truncate", "take")
    },
    "sort_values": series_sort,
    "nlargest": series_extreme("nlargest"),
    "nsmallest": series_extreme("nsmallest"),
    "reset_index": series_reset,
    "rename_axis": by_frame("rename_axis"),
    "explode": series_explode,
    "drop": series_drop,
    "copy": lambda s, deep=True: s._like(s._column),
    "squeeze": lambda s, axis=None: s,
    "add_prefix": lambda s, text, axis=None: s._relabelled(lambda node: binary("+", lit(text), node)),
    "add_suffix": lambda s, text, axis=None: s._relabelled(lambda node: binary("+", node, lit(text))),
}


def _relabelled(s: Series, build: Callable[[Any], Any]) -> Series:
    """The column with labels made of its labels."""
    text = types.type_node(types.STRING)
    levels = tuple(
        Level(x.name, Column(build(x.column.node.call("cast", text)), types.STRING)) for x in s._index or RANGE
    )
    return Series(s._rows, s._column, s._name, levels)
