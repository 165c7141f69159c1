"""The same expression on pandas 3 and on a lazy frame comes to the same, index, dtypes and order included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import pantile
from cases_frames import TOPICS
from two_sides import OURS, ROWS, same

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


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("text", [case(place) for place in range(len(CASES))])
def test_pandas_and_we_agree(lazy: Any, text: str) -> None:
    want = eval(text, {"df": ROWS.copy(), "pd": pd, "np": np})
    same(eval(text, {"df": lazy.copy(), "pd": OURS, "np": np}), want)
