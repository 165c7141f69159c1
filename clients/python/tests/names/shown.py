"""What a page says of a case: how the two sides differ, with both results, or the error in its own words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from names import Case
from two_sides import Run

LONG = 120


def said(case: Case, run: Run) -> str:
    """One line for a page."""
    if run.verdict == "same":
        return ""
    if run.verdict == "absent":
        hint = getattr(run.ours, "hint", None)
        return f"{_plain(run.ours)}: {hint}" if hint else _plain(run.ours)
    ours, theirs = shown(run.ours), shown(run.theirs)
    if ours == theirs:
        ours, theirs = with_types(run.ours), with_types(run.theirs)
    return f"{case.how}. pandas: {theirs}, here: {ours}"


def _plain(error: Exception) -> str:
    return str(getattr(error, "message", None) or error.args[0]).partition("\n")[0]


def shown(value: Any) -> str:
    """A value in one short line."""
    if isinstance(value, pd.DataFrame):
        text = str({name: _values(value[name]) for name in value.columns} if value.columns.is_unique else value)
    elif isinstance(value, pd.Series | pd.Index | np.ndarray):
        text = str(_values(value))
    elif isinstance(value, str | int | float | bool | tuple | list | dict | np.generic | np.dtype):
        text = repr(value)
    else:
        text = type(value).__name__
    text = " ".join(text.split())
    return f"`{text[:LONG] + ' …' if len(text) > LONG else text}`".replace("``", "`")


def with_types(value: Any) -> str:
    """A value's labels and dtypes, for two whose values are the same."""
    if isinstance(value, pd.DataFrame):
        dtypes = ", ".join(f"{name} {kind}" for name, kind in value.dtypes.items())
        return f"`{dtypes}; {_labels(value.index)}; columns {_labels(value.columns)}`"
    if isinstance(value, pd.Series):
        return f"`{value.dtype}; {_labels(value.index)}`"
    return f"`{type(value).__name__}`"


def _labels(index: pd.Index) -> str:
    return f"{index.tolist()} {index.dtype} named {list(index.names)}"


def _values(values: Any) -> list[Any]:
    return [value.item() if hasattr(value, "item") else value for value in values]
