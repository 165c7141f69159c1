"""The examples of docstrings run, and come to what they show."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import pantile
from pantile._accessors import Dt, Str
from pantile._docs import EXAMPLE
from pantile._resample import Resampler
from pantile._window import Rolling

# Methods of these stand in tables, which doctest does not look into.
FRAMES = [pantile.DataFrame, pantile.Series, pantile.DataFrameGroupBy, pantile.SeriesGroupBy]
KINDS = [*FRAMES, Str, Dt, Rolling, Resampler]
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def texts() -> Iterator[tuple[str, str]]:
    """Each docstring with an example, under the first name that has it."""
    found: dict[str, str] = {}
    for name, text in [*in_sources(), *in_tables()]:
        if EXAMPLE in text:
            found.setdefault(text, name)
    return ((name, text) for text, name in found.items())


def in_sources() -> Iterator[tuple[str, str]]:
    finder = doctest.DocTestFinder()
    for module in pkgutil.walk_packages(pantile.__path__, "pantile."):
        for test in finder.find(importlib.import_module(module.name)):
            yield test.name, inspect.cleandoc(test.docstring)


def in_tables() -> Iterator[tuple[str, str]]:
    for kind in KINDS:
        for name in dir(kind):
            yield f"{kind.__name__}.{name}", inspect.getdoc(getattr(kind, name)) or ""
    for name in pantile.__all__:
        yield f"pantile.{name}", inspect.getdoc(getattr(pantile, name)) or ""


@pytest.fixture
def names(client: pantile.Client, tmp_path: Any) -> dict[str, Any]:
    """What examples find there."""
    tables = {name: client.table(name) for name in ("flights", "airlines", "planes")}
    df = client.from_dict({"k": ["a", "b", "a"], "n": [1, 2, 3], "x": [1.5, None, 4.0]})
    return {"client": client, "pantile": pantile, "pd": pd, "df": df, "folder": tmp_path, **tables}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in texts()])
def test_examples(text: str, names: dict[str, Any]) -> None:
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(text, names, "example", None, None)
    doctest.DocTestRunner(optionflags=FLAGS).run(test, out=said.append)
    assert not said, "".join(said)


def test_a_wrong_example_is_seen(names: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        test_examples(f"{EXAMPLE} int(df.n.sum())\n7", names)


# What somebody looks up.
SOUGHT = """
Client.query Client.run Client.sql Client.table Client.upload DataFrame.assign DataFrame.groupby DataFrame.merge
DataFrame.pivot_table DataFrame.query DataFrame.resample DataFrame.rolling DataFrame.sort_values DataFrame.to_pandas
DataFrameGroupBy.agg Series.isin Series.map Series.value_counts connect merge_asof
"""


@pytest.mark.parametrize("name", SOUGHT.split())
def test_what_is_sought_has_an_example(name: str) -> None:
    thing: Any = pantile
    for part in name.split("."):
        thing = getattr(thing, part)
    assert EXAMPLE in (inspect.getdoc(thing) or "")


@pytest.mark.parametrize("kind", FRAMES, ids=lambda kind: kind.__name__)
def test_every_method_says_what_it_does(kind: type) -> None:
    public = [name for name in dir(kind) if not name.startswith("_")]
    assert [name for name in public if not inspect.getdoc(getattr(kind, name))] == []
