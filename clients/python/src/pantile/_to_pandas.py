"""Answers as pandas 3 has them: its dtypes, and the index restored and named."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from pantile._dtypes import Category, is_bytes, is_category, is_list
from pantile._labels import Label, axis_of
from pantile._rows import Level


def frame_of(
    table: pa.Table,
    keys: Sequence[tuple[Level, str]],
    visible: Sequence[str],
    categories: Mapping[str, Any] | None = None,
) -> Any:
    """The columns `visible` as a `pandas.DataFrame` whose index are the columns `keys`."""
    import pandas as pd

    frame = table.to_pandas()
    for name, kind in (categories or {}).items():
        frame[name] = of_categories(frame[name], kind)
    for field in table.schema:
        if is_list(field.type):
            frame[field.name] = _listed(frame[field.name])
        if is_bytes(field.type) and table.column(field.name).null_count:
            frame[field.name] = frame[field.name].where(frame[field.name].notna(), float("nan"))
        if pa.types.is_boolean(field.type) and table.column(field.name).null_count:
            frame[field.name] = frame[field.name].where(frame[field.name].notna(), float("nan"))
    if not keys:
        return _named(frame, visible)
    arrays = [_labels(frame[name], level) for level, name in keys]
    names = [level.name for level, _ in keys]
    index: Any = (
        pd.Index(arrays[0]).rename(names[0]) if len(keys) == 1 else pd.MultiIndex.from_arrays(arrays, names=names)
    )
    if keys[0][0].freq:
        # Windows of which some were left out have no frequency any more.
        with contextlib.suppress(ValueError):
            index.freq = keys[0][0].freq
    return _named(frame[list(visible)].set_axis(index, axis=0), visible)


def _named(frame: Any, visible: Sequence[str]) -> Any:
    """The columns under the names that pandas has for them."""
    if any(isinstance(name, Label) for name in visible):
        frame.columns = axis_of(visible)
    return frame


def _listed(column: Any) -> Any:
    """Lists as Python has them, and NaN where there is none."""
    return column.map(lambda value: float("nan") if value is None else list(value)).astype(object)


def _labels(column: Any, level: Level) -> Any:
    """The labels of a level; categories come as texts."""
    return of_categories(column, level.column.type) if is_category(level.column.type) else column


def of_categories(column: Any, kind: Any) -> Any:
    """Texts as categories: the known ones, else those that are there, sorted as `astype("category")` does."""
    if isinstance(kind, Category):
        return column.astype(kind.dtype())
    found = column.astype("category")
    return found if found.cat.ordered else found.cat.set_categories(sorted(found.cat.categories))
