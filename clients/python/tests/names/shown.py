"""What a page says of a case: how the two sides differ, with both results, or the error in its own words."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from names import Case
from reference_pages import Line, verdict_of
from two_sides import Run, Sides

LONG = 120
# What a case does around what is asked, which a page need not show.
AROUND = (
    (re.compile(r'handed\(([\w.]+), "(\w+)", (.*)\)'), r"\1.\2(\3)"),
    (re.compile(r"printed\(([\w.]+)\)"), r"\1()"),
    (re.compile(r"type\((.*)\)\.__name__"), r"\1"),
    (re.compile(r"raises\(lambda: (.*)\)"), r"\1"),
)


def asked(case: Case) -> str:
    """The expression of a case as a page shows it."""
    text = case.ours
    for pattern, plain in AROUND:
        text = pattern.sub(plain, text)
    return text


def line(sides: Sides, name: str, cases: list[Case], more: tuple[str, ...] = ()) -> Line:
    """The line of a page for a name."""
    runs = [sides.run(case.ours, case.theirs) for case in cases]
    told = [said(case, run) for case, run in zip(cases, runs, strict=True)]
    return Line(name, verdict_of(run.verdict for run in runs), [asked(case) for case in cases], told, more)


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
    if case.theirs == "None":
        return f"{case.how}. Here: {ours}"
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
