"""Runs narwhals' own suite on Pantile's frames: a pytest plug-in for an unpacked source distribution of narwhals.

    pip download --no-deps --no-binary :all: narwhals==2.28.* && tar xzf narwhals-*.tar.gz && cd narwhals-*/
    PYTHONPATH=$HERE/scripts PANTILE_URL=http://localhost:8815 \\
        pytest tests -p narwhals_suite --use-external-constructor --constructors pantile

Each test gets its rows as a frame that is sent beside its programs. Tests of eager frames are passed over, and so are
those that take no frame at all. The suite wants `pytest-env` and `hypothesis`.
"""

from __future__ import annotations

import functools
from typing import Any

import pytest


@functools.cache
def _client() -> Any:
    import pantile

    return pantile.connect()


def pantile_constructor(rows: dict[str, Any]) -> Any:
    """The rows as a frame of Pantile. The suite reads the function's name where back ends differ."""
    import pyarrow as pa

    return _client().from_arrow(pa.table(rows))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Gives every test that takes a constructor ours; none to those of eager frames."""
    for eager in ("constructor_eager", "constructor_pandas_like"):
        if eager in metafunc.fixturenames:
            metafunc.parametrize(eager, [])
            return
    if "constructor" in metafunc.fixturenames:
        metafunc.parametrize("constructor", [pantile_constructor], ids=["pantile"])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the tests that got it."""
    kept = [item for item in items if "constructor" in getattr(getattr(item, "callspec", None), "params", {})]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept
