"""The same expression on pandas 3 and on a lazy frame comes to the same, index, dtypes and order included."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pantile
from cases_frames import TOPICS
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
CASES = [(topic, text) for topic, texts in TOPICS.items() for text in texts]
# Each of so many runs on other versions of CPython, too.
EVERYWHERE = 10


def case(place: int) -> Any:
    topic, text = CASES[place]
    # pandas 2, the newest that CPython 3.10 can have, answers None where a text is missing: results are pandas 3's.
    is_other = topic == "texts" and pd.__version__ < "3"
    marks = [] if place % EVERYWHERE or is_other else [pytest.mark.everywhere]
    return pytest.param(text, id=f"{topic}: {text}", marks=marks)


@pytest.fixture(scope="module")
def lazy(client: pantile.Client) -> Any:
    return client.from_pandas(ROWS)


def same(got: Any, want: Any) -> None:
    """Fails unless the two are equal as pandas' own tests have it."""
    if isinstance(got, Lazy):
        got = got.to_pandas()
    if isinstance(want, pd.DataFrame):
        pd.testing.assert_frame_equal(got, want, check_column_type=False, check_freq=True)
    elif isinstance(want, pd.Series):
        pd.testing.assert_series_equal(got, want)
    elif isinstance(want, pd.Index):
        pd.testing.assert_index_equal(got, want)
    elif isinstance(want, float) and math.isnan(want):
        assert got is None or math.isnan(got)
    elif isinstance(want, float):
        assert got == pytest.approx(want, rel=1e-12)
    else:
        assert got == want


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("text", [case(place) for place in range(len(CASES))])
def test_pandas_and_we_agree(lazy: Any, text: str) -> None:
    want = eval(text, {"df": ROWS.copy(), "pd": pd, "np": np})
    same(eval(text, {"df": lazy.copy(), "pd": OURS, "np": np}), want)
