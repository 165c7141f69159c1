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


@pytest.fixture(scope="module")
def lazy(client: pantile.Client) -> Any:
    return client.from_pandas(ROWS)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("text", [pytest.param(text, id=f"{topic}: {text}") for topic, text in CASES])
def test_pandas_and_we_agree(lazy: Any, text: str) -> None:
    want = eval(text, {"df": ROWS.copy(), "pd": pd, "np": np})
    same(eval(text, {"df": lazy.copy(), "pd": OURS, "np": np}), want)
