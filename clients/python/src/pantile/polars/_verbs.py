"""Steps of Polars' plans that have their options in a row: windows of time, and verbs of one frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pantile._program import Node, col

from ._told import Untold, length_text


def windows(node: Node, keys: list[Node], options: Any) -> Node:
    """Groups by windows of time."""
    starts = {"window_bound": "window", "datapoint": "datapoint"}
    if options.start_by not in starts:
        raise Untold(f"windows that begin on a {options.start_by}")
    named = {"period": length_text(options.period), "closed": options.closed_window, "label": options.label}
    named |= {"offset": offset} if (offset := length_text(options.offset)) else {}
    named |= {"group_by": keys} if keys else {}
    named |= {"start_by": starts[options.start_by], "include_boundaries": options.include_boundaries}
    return node.call("group_by_dynamic", options.index_column, length_text(options.every), **named)


def rolled(node: Node, keys: list[Node], options: Any) -> Node:
    """A window of time for each row."""
    named = {
        "offset": length_text(options.offset),
        "closed": options.closed_window,
        **({"group_by": keys} if keys else {}),
    }
    return node.call("rolling", options.index_column, length_text(options.period), **named)


def _explode(node: Node, columns: list[str], empty_as_null: bool, keep_nulls: bool) -> Node:
    return node.call("explode", *map(col, columns), empty_as_null=empty_as_null, keep_nulls=keep_nulls)


def _unpivot(node: Node, index: list[str], on: list[str], variable: str | None, value: str | None) -> Node:
    names = {"variable_name": variable, "value_name": value}
    named = {name: text for name, text in names.items() if text is not None}
    return node.call("unpivot", on=list(on), index=list(index), **named)


def _row_index(node: Node, name: str, offset: int | None) -> Node:
    return node.call("with_row_index", name, offset or 0)


def _as_is(node: Node, *_: Any) -> Node:
    return node


def _unnest(node: Node, columns: list[str], separator: str | None) -> Node:
    return node.call("unnest", *map(col, columns), **({} if separator is None else {"separator": separator}))


MAPS: dict[str, Callable[..., Node]] = {
    "explode": _explode,
    "hint_sorted": _as_is,
    "rechunk": _as_is,
    "row_index": _row_index,
    "unnest": _unnest,
    "unpivot": _unpivot,
}
