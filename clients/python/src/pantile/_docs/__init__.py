"""What `help` says of methods that stand in tables of the code, and examples of those that have words of their own.

The examples ask the demonstration's tables, `flights`, `airlines` and `planes`, and a small frame:

    df = client.from_dict({"k": ["a", "b", "a"], "n": [1, 2, 3], "x": [1.5, None, 4.0]})

The tests run each of them. An entry is a sentence and an example; a method that has a sentence keeps its own.
"""

from __future__ import annotations

import inspect
from typing import Any

import pantile
from pantile._accessors import Dt, Str
from pantile._dataframe import DataFrame
from pantile._groupby import DataFrameGroupBy, SeriesGroupBy
from pantile._index import Index
from pantile._operators import ARITHMETIC, COMPARISONS
from pantile._python import ELSEWHERE, REFUSED
from pantile._resample import Resampler
from pantile._series import Series
from pantile._window import Rolling

from ._groups import GROUPS, WINDOWS
from ._kinds import DT, STR
from ._modules import FUNCTIONS
from ._rows import ROWS
from ._values import VALUES

FRAMES = (DataFrame, Series, DataFrameGroupBy, SeriesGroupBy, Index)
EXAMPLE = ">>>"


def _described(thing: Any, text: str) -> None:
    """Gives a method a sentence, unless it has one, and the example."""
    said = inspect.getdoc(thing) or ""
    if EXAMPLE in said:
        return
    text = inspect.cleandoc(text)
    sentence, mark, example = text.partition(EXAMPLE)
    thing.__doc__ = f"{said or sentence.rstrip()}\n\n{mark}{example}".rstrip() if mark else said or text


def _table(kinds: tuple[Any, ...], texts: dict[str, str]) -> None:
    for name, text in texts.items():
        for kind in kinds:
            thing = inspect.getattr_static(kind, name, None)
            if thing is not None and (inspect.isfunction(thing) or isinstance(thing, property)):
                _described(thing, text)


def _plain() -> dict[str, str]:
    """The sentences of methods that are the same but for a sign or a hint."""
    texts = {name: f"`{sign}` as a method: with a value, a column or a frame." for name, sign in COMPARISONS.items()}
    for name, sign in {**ARITHMETIC, "subtract": "-", "multiply": "*", "div": "/", "divide": "/"}.items():
        texts[name] = f"`{sign}` as a method: with a value, a column or a frame."
        texts[f"r{name}"] = f"`{sign}` as a method, with the sides swapped."
    return texts | {name: f"Refused: {hint}." for name, hint in (REFUSED | ELSEWHERE).items()}


def install() -> None:
    """Gives methods and functions their texts."""
    # What a column or a group has of its own goes before what is said of frames.
    _table((DataFrameGroupBy, SeriesGroupBy), GROUPS)
    _table((Rolling, Resampler), WINDOWS)
    _table((Str,), STR)
    _table((Dt,), DT)
    for texts in (VALUES, ROWS, _plain()):
        _table(FRAMES, texts)
    for name, text in FUNCTIONS.items():
        _described(getattr(pantile, name), text)
