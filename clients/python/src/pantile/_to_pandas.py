"""Answers as pandas 3 has them: its dtypes, and the index restored and named."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from pantile._dtypes import is_bytes, is_list
from pantile._rows import Level


def frame_of(
    table: pa.Table, keys: Sequence[tuple[Level, str]], visible: Sequence[str], categories: Sequence[str] = ()
) -> Any:
    """The columns `visible` as a `pandas.DataFrame` whose index are the columns `keys`."""
    import pandas as pd

    frame = table.to_pandas()
    for name in categories:
        frame[name] = sorted_categories(frame[name].astype("category"))
    for field in table.schema:
        if is_list(field.type):
            frame[field.name] = _listed(frame[field.name])
        if is_bytes(field.type) and table.column(field.name).null_count:
            frame[field.name] = frame[field.name].where(frame[field.name].notna(), float("nan"))
        if pa.types.is_boolean(field.type) and table.column(field.name).null_count:
            frame[field.name] = frame[field.name].where(frame[field.name].notna(), float("nan"))
    if not keys:
        return frame
    arrays = [_labels(frame[name], level) for level, name in keys]
    names = [level.name for level, _ in keys]
    index: Any = (
        pd.Index(arrays[0]).rename(names[0]) if len(keys) == 1 else pd.MultiIndex.from_arrays(arrays, names=names)
    )
    if keys[0][0].freq and len(index):
        # Windows of which some were left out have no frequency any more.
        with contextlib.suppress(ValueError):
            index.freq = keys[0][0].freq
    return frame[list(visible)].set_axis(index, axis=0)


def _listed(column: Any) -> Any:
    """Lists as Python has them, and NaN where there is none."""
    return column.map(lambda value: float("nan") if value is None else list(value)).astype(object)


def _labels(column: Any, level: Level) -> Any:
    """The labels of a level; categories come as texts."""
    if level.column.type is not None and pa.types.is_dictionary(level.column.type):
        return sorted_categories(column.astype("category"))
    return column


def sorted_categories(column: Any) -> Any:
    """Categories in their order, as `astype("category")` makes them."""
    if column.cat.ordered:
        return column
    return column.cat.set_categories(sorted(column.cat.categories))
