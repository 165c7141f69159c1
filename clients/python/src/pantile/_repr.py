"""How frames and columns look: columns, index and program, without a query; rows once they are kept."""

from __future__ import annotations

import html
from typing import Any

from pantile._dataframe import DataFrame
from pantile._index import Index
from pantile._series import Series

LINES = 8


def shown(thing: Any) -> str:
    """Columns with their types, the index, and the program."""
    width = max((len(name) for name in thing._visible()), default=0)
    columns = [f"  {name:<{width}}  {column.type}" for name, column in thing._visible().items()]
    index = ", ".join(str(level.name) if level.name is not None else "rows" for level in thing._index) or "rows"
    head = f"pantile.{type(thing).__name__} of {len(columns)} column{'s' * (len(columns) != 1)}, index: {index}"
    return "\n".join(
        [head, *_short(columns), "program:", *(f"  {line}" for line in _short(thing.program().splitlines()))]
    )


def _short(lines: list[str]) -> list[str]:
    if len(lines) <= 2 * LINES + 1:
        return lines
    return [*lines[:LINES], f"  … {len(lines) - 2 * LINES} more", *lines[-LINES:]]


def drawn(thing: Any) -> str:
    """For notebooks: the same; of what is kept, its first and last rows."""
    text = f"<pre>{html.escape(shown(thing))}</pre>"
    if thing._kept is None or not isinstance(thing, DataFrame):
        return text
    head, tail = thing.head(5).to_pandas(), thing.tail(5).to_pandas()
    import pandas as pd

    both = (
        pd.concat([head, tail[~tail.index.isin(head.index)]]) if head.index.is_unique and tail.index.is_unique else head
    )
    return both.to_html(notebook=True) + f"<details><summary>program</summary>{text}</details>"


def install() -> None:
    """Gives frames, columns and indexes their looks."""
    for kind in (DataFrame, Series, Index):
        kind.__repr__ = shown  # type: ignore[assignment]
        kind._repr_html_ = drawn  # type: ignore[union-attr]


install()
