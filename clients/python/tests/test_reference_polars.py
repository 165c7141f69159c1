"""`docs/reference/polars.md`: what each public name of Polars does on Pantile, made from a run of one case each.

A case runs twice: over a table, with `pantile.polars.Engine` as the default engine, and over the same rows in Polars
alone. PANTILE_WRITE_DOCS=1 writes the page; else it must be as the run shows.
"""

from __future__ import annotations

import ast
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import cases_polars
import cases_polars_expr
import cases_polars_spaces
from pantile.polars import Engine, FallbackWarning, scan
from reference_pages import Line, check, overview, section
from spying import Spy

SPACES = ["str", "dt", "list", "arr", "struct", "cat", "bin", "map", "name", "ext", "meta"]
# The sections: which module and table has the cases, and whose names they are.
SECTIONS: dict[str, tuple[Any, str]] = {
    "LazyFrame": (cases_polars, "LAZYFRAME"),
    "Functions": (cases_polars, "FUNCTIONS"),
    "Expr": (cases_polars_expr, "EXPR"),
    **{f"Expr.{space}": (cases_polars_spaces, space.upper()) for space in SPACES},
}
HEAD = """# Polars

What each public name of Polars {version} does on Pantile. `pantile.polars.scan("flights", client=client)` is a
LazyFrame; `collect(engine=pantile.polars.Engine(client))` runs it on the server, and as the default engine,
`pl.Config.set_engine_affinity(Engine(client))`, it takes every query of such frames.

This page is made from a run of one case a name; `PANTILE_WRITE_DOCS=1 pytest tests/test_reference_polars.py` in
`clients/python` writes it. In the cases `q` is such a frame, `c` is `pl.col`, `e` is `pl.element()`.

- **same**: it runs on the server, and the answer is that of Polars itself: names, types, values and order.
- **local**: Polars runs it here, over what the server makes of the rest, and a `FallbackWarning` says so.
- **no rows**: it is about the query and not about rows; Polars answers alone, as always.
- **absent**: it is nothing that a table of Pantile's could be asked.

Where a case is *same*, other arguments of the same name may be *local*. Nothing is different without a warning.
"""
PYTHON = "a function of Python's runs where Python is"
# Why a part of a query is local, by what its warning calls it; the server has no word for what is not named here.
REASONS = {
    **dict.fromkeys(["anonymousfunction", "opaque python", "rolling map", "fold", "reduce"], PYTHON),
    "a scan of Python's": "its rows come from Python",
    "map.": "tables have no maps",
    "to_map": "tables have no maps",
    "extension": "tables have no types of the reader's own",
    "Enum": "the server has no Enum",
    "hash": "the server's hashes are other numbers",
}
# The columns that the cases which lists and arrays have alike are asked of.
RECEIVERS = {"LIST": "c.l.list", "ARR": "R.arr"}
VERDICTS = ("same", "local", "no rows", "absent")


@pytest.fixture(scope="module")
def table(client: Any) -> Iterator[str]:
    client.upload("polars_names", cases_polars.ROWS)
    yield "polars_names"
    client.drop("polars_names")


@pytest.fixture(scope="module")
def sections(client: Any, table: str) -> dict[str, list[Line]]:
    """What came of all cases."""
    scanned = Spy(client)
    frame = scan(table, client=scanned)
    found = {}
    for title in SECTIONS:
        texts, cases = texts_of(title), sorted(cases_of(title).items())
        found[title] = [line_of(case, name, texts.get(name, ""), Spy(client), scanned, frame) for name, case in cases]
    return found


def cases_of(title: str) -> dict[str, Any]:
    module, table = SECTIONS[title]
    return getattr(module, table)


def line_of(case: Any, name: str, text: str, asked: Spy, scanned: Spy, frame: pl.LazyFrame) -> Line:
    """Runs a case both ways."""
    written = [text] if text else []
    if isinstance(case, str):
        return Line(name, "absent", says=[case])
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        wanted = answer(case, cases_polars.ROWS.lazy(), "in-memory")
        warned.clear()
        before = len(scanned.programs)
        try:
            found = answer(case, frame, Engine(asked))
        except Exception as error:
            return Line(name, "different", written, [f"{type(error).__name__}: {error}"])
    told = [str(warning.message) for warning in warned if issubclass(warning.category, FallbackWarning)]
    if difference := differing(found, wanted):
        return Line(name, "different", written, [difference])
    kind, why = verdict(told, len(asked.programs), len(scanned.programs) - before)
    return Line(name, kind, written, [why])


def verdict(told: list[str], asked: int, scanned: int) -> tuple[str, str]:
    """The verdict on a case whose answer was right, by what was warned of and who was asked for rows."""
    if told:
        return "local", reason(told[0])
    if not asked and scanned:
        return "local", "Polars calls an engine of its own by name; the server sends the rows that it needs"
    return ("same" if asked else "no rows"), ""


def reason(warning: str) -> str:
    part = warning.removeprefix("Pantile has no words for ").split("; Polars runs it")[0]
    return next((why for key, why in REASONS.items() if key in part), "the server has no word for it")


def differing(found: Any, wanted: Any) -> str:
    """How two answers differ; nothing where they do not."""
    try:
        if isinstance(wanted, pl.DataFrame):
            assert_frame_equal(found, wanted)
        else:
            assert found == wanted
    except AssertionError as error:
        return str(error)
    return ""


def answer(case: Any, frame: pl.LazyFrame, engine: Any) -> Any:
    """What comes of a case with that engine as the default: rows, or what else it gives."""
    pl.Config.set_engine_affinity(engine)
    try:
        made = case(frame) if callable(case) else frame.select(case)
        return made.collect() if isinstance(made, pl.LazyFrame) else made
    finally:
        pl.Config.set_engine_affinity("auto")


def texts_of(title: str) -> dict[str, str]:
    """The cases of a section as they are written."""
    module, table = SECTIONS[title]
    source = Path(module.__file__).read_text()
    tables = {node.targets[0].id: node.value for node in ast.parse(source).body if isinstance(node, ast.Assign)}
    shared = dict(texts_in(source, tables["NESTED"])) if table in RECEIVERS else {}
    shared = {name: text.replace("x.", f"{RECEIVERS[table]}.") for name, text in shared.items()}
    return {**shared, **dict(texts_in(source, tables[table]))}


def texts_in(source: str, table: Any) -> Iterator[tuple[str, str]]:
    for name, case in zip(table.keys, table.values, strict=True):
        if name is not None:
            yield name.value, ast.get_source_segment(source, case.body if isinstance(case, ast.Lambda) else case)


# The page.


def page(sections: dict[str, list[Line]]) -> str:
    # Different is none of them: a test sees to that.
    parts = [HEAD.format(version=pl.__version__.rpartition(".")[0]), overview(sections, VERDICTS)]
    return "\n".join([*parts, *(section(title, lines, verdicts=VERDICTS) for title, lines in sections.items())])


# Names.


def public(thing: Any) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def makers() -> set[str]:
    """Polars' functions that make an expression or a frame of what is no file."""
    kinds = ("Expr", "When", "PolarsType", "FrameType", "LazyFrame")
    functions = {name: thing for name in pl.__all__ if isinstance(thing := getattr(pl, name), types.FunctionType)}
    returned = {name: str(function.__annotations__.get("return", "")) for name, function in functions.items()}
    found = {name for name, kind in returned.items() if any(part in kind for part in kinds)}
    return {name for name in found if not name.startswith("scan_")} | {"col"}


@pytest.mark.parametrize("title", SECTIONS)
def test_no_name_is_missing(title):
    spaces = {f"Expr.{space}": public(getattr(pl.col("a"), space)) for space in SPACES}
    names = {"LazyFrame": public(pl.LazyFrame), "Functions": makers(), "Expr": public(pl.Expr) - pl.Expr._accessors}
    assert set(cases_of(title)) >= {**names, **spaces}[title]
    assert {f"Expr.{space}" for space in pl.Expr._accessors} <= set(SECTIONS)


def test_nothing_is_different(sections):
    wrong = {line.name: line.says for lines in sections.values() for line in lines if line.verdict == "different"}
    assert not wrong


def test_the_page_says_what_happened(sections):
    check("polars.md", page(sections))
