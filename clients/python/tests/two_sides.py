"""The same expression on pandas and on a lazy frame: the rows, the names that expressions use, and what is equal."""

from __future__ import annotations

import io
import math
import tempfile
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

import pantile
from pantile import _reshape as shapes
from pantile._lazy import Lazy

ROWS = pd.DataFrame(
    {
        "k": ["a", "b", "a", "b", "a", None],
        "s": ["ann lee", "Bob", None, "dee 42", "Éva", "x"],
        "n": [3, 1, 2, 5, 4, 2],
        "x": [1.5, None, -2.0, 4.0, 0.5, 4.0],
        "b": [True, False, True, False, True, True],
        "at": pd.to_datetime(
            [
                "2024-01-31 10:20:30",
                "2024-02-29 00:00:00",
                "2024-01-01 23:59:59",
                "2024-03-15 12:40:00",
                "2024-02-10 06:00:00",
                None,
            ]
        ).as_unit("us"),
        "w": [7, 1, 4, 1, 8, 1],
    }
)
OURS = SimpleNamespace(
    **{name: getattr(shapes, name) for name in shapes.__all__},
    Timedelta=pd.Timedelta,
    CategoricalDtype=pd.CategoricalDtype,
)
# What the names in the cases stand for, on both sides.
SETUP = {
    "num": 'df[["n", "x", "w"]]',
    "c": 'df.k.astype("category")',
    "t": 'df.dropna(subset=["at"]).sort_values("at").set_index("at")[["n", "x", "w"]]',
    "m": 'df.dropna().set_index(["k", "n"])',
    "ix": 'df.set_index("n").index',
    "g": 'df.groupby("k")',
    "gn": "g.n",
    "r": "df.n.rolling(2)",
    "e": "df.n.expanding()",
    "q": 't.resample("MS")',
    "d": 'df["at"].dropna()',
    "p": 'df["at"] - df["at"].min()',
}


def same(got: Any, want: Any) -> None:
    """Fails unless the two are equal as pandas' own tests have it."""
    got = settled(got)
    if isinstance(want, pd.DataFrame):
        pd.testing.assert_frame_equal(got, want, check_column_type=False, check_freq=want.index.nlevels == 1)
    elif isinstance(want, pd.Series):
        pd.testing.assert_series_equal(got, want, check_freq=want.index.nlevels == 1)
    elif isinstance(want, pd.Index):
        pd.testing.assert_index_equal(got, want, exact=True)
    elif isinstance(want, float) and math.isnan(want):
        assert got is None or math.isnan(got)
    elif isinstance(want, float):
        assert abs(got - want) <= 1e-12 * max(abs(want), 1e-300)
    elif isinstance(want, ExtensionArray):
        pd.testing.assert_extension_array_equal(getattr(got, "array", got), want)
    elif isinstance(want, np.recarray):
        assert (got.dtype, repr(got)) == (want.dtype, repr(want))
    elif isinstance(want, np.ndarray):
        np.testing.assert_array_equal(got, want)
        assert got.dtype == want.dtype
    elif isinstance(want, tuple | list):
        assert type(got) is type(want) and len(got) == len(want)
        for ours, theirs in zip(got, want, strict=True):
            same(ours, theirs)
    elif isinstance(want, dict):
        assert isinstance(got, dict)
        same(list(got), list(want))
        same(list(got.values()), list(want.values()))
    elif isinstance(want, bool | str | bytes):
        assert isinstance(got, type(want) | np.generic) and got == want
    else:
        assert got is want or got == want


def settled(value: Any) -> Any:
    """A lazy value computed, one that is gone through as a list."""
    if isinstance(value, Lazy):
        return value.to_pandas()
    if isinstance(value, tuple):
        return tuple(settled(each) for each in value)
    if hasattr(value, "__next__"):
        return [settled(each) for each in value]
    return value


@dataclass(frozen=True)
class Run:
    """What an expression came to on both sides: values, or the errors that were raised."""

    ours: Any
    theirs: Any

    @property
    def verdict(self) -> str:
        """`same`, `different`, or `absent` where ours is refused."""
        if isinstance(self.ours, Exception):
            return "absent"
        return "same" if self._equal() else "different"

    def _equal(self) -> bool:
        try:
            same(self.ours, self.theirs)
        except (AssertionError, TypeError, ValueError, AttributeError):
            return False
        return True


class Sides:
    """Both sides' names, and what expressions came to that have been run once."""

    def __init__(self, client: pantile.Client, more: dict[str, Any] | None = None) -> None:
        self._runs: dict[tuple[str, str], Run] = {}
        self._folder = tempfile.TemporaryDirectory()
        shared = {
            "np": np,
            "here": Path(self._folder.name),
            "printed": printed,
            "handed": handed,
            "raises": raises,
            "back": pd,
        }
        lazy = {"df": client.from_pandas(ROWS), "pd": namespace(client), "client": client, **shared, **(more or {})}
        self._sides = [lazy, {"df": ROWS.copy(), "pd": pd, **shared}]
        for side in self._sides:
            for name, text in SETUP.items():
                side[name] = eval(text, dict(side))

    def __enter__(self) -> Sides:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def run(self, ours: str, theirs: str | None = None) -> Run:
        """Both sides of an expression."""
        pair = (ours, theirs or ours)
        if pair not in self._runs:
            self._runs[pair] = Run(*(_value(text, side) for text, side in zip(pair, self._sides, strict=True)))
        return self._runs[pair]


def _value(text: str, names: dict[str, Any]) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return settled(eval(text, {**names, "df": names["df"].copy()}))
    except Exception as error:
        return error


def printed(function: Any, *arguments: Any, **named: Any) -> str:
    """What a call prints."""
    with redirect_stdout(io.StringIO()) as out:
        function(*arguments, **named)
    return out.getvalue()


def handed(thing: Any, name: str, *arguments: Any) -> tuple[Any, ...]:
    """What a method that writes or draws gives pandas' own method of that name, which is not run."""
    kind = pd.DataFrame if type(thing).__name__ == "DataFrame" else pd.Series
    with mock.patch.object(kind, name, lambda self, *given: (self, *given)):
        return getattr(thing, name)(*arguments)


def raises(function: Any) -> bool:
    """Whether a call is refused, in whatever words."""
    try:
        function()
    except Exception:
        return True
    return False


class namespace:
    """`pd` on our side: the package's functions, the client's that read, and pandas' types of values."""

    def __init__(self, client: pantile.Client) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        if hasattr(pantile, name):
            return getattr(pantile, name)
        if name.startswith("read_") and hasattr(self._client, name):
            return getattr(self._client, name)
        return getattr(pd if name[0].isupper() and hasattr(pd, name) else pantile, name)
