"""`docs/reference/polars.md`, made from what each of Polars' public names does on Pantile.

Every case runs twice: over a table with `pantile.polars.Engine` as the engine, and over the same rows with Polars alone.
"""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cases_polars
import cases_polars_expr
import cases_polars_spaces as spaces
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import pantile
from pantile.polars import Engine, FallbackWarning, scan

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/polars.md"
SECTIONS: dict[str, dict[str, Any]] = {
    "LazyFrame": cases_polars.LAZYFRAME,
    "Functions": cases_polars.FUNCTIONS,
    "Expr": cases_polars_expr.EXPR,
    **{f"Expr.{name.lower()}": getattr(spaces, name) for name in "STR DT LIST ARR STRUCT CAT NAME BIN MAP EXT META".split()},
}


class Asked:
    """A client that counts what it is asked."""

    def __init__(self, client: pantile.Client) -> None:
        self._client = client
        self.programs = 0

    def run(self, program: str, values: Any = None, **options: Any) -> Any:
        self.programs += 1
        return self._client.run(program, values, **options)

    def describe(self, program: str, values: Any = None) -> Any:
        return self._client.describe(program, values)


def asked(case: Any, frame: pl.LazyFrame) -> Any:
    """What comes of the case: rows, where it is a query."""
    if not callable(case):
        case = cases_polars.chosen(case)
    found = case(frame)
    return found.collect() if isinstance(found, pl.LazyFrame) else found
