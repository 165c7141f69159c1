"""The plan of a query, as Polars shows it: by a `NodeTraverser`, in which steps and expressions have numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from ._reveal import revealed
from ._told import Hidden, Untold

# The versions of Polars' plans that are known here: those of Polars 2.0 and 2.1. The second number of a version grows
# when something is added, and is no matter.
PLAN_VERSIONS = frozenset({15, 16})


def traverser(frame: pl.LazyFrame, flags: pl.QueryOptFlags) -> Any:
    """What shows the plan of a query, where its version is one that is known here."""
    shown = frame._ldf.with_optimizations(flags._pyoptflags).visit()
    if shown.version()[0] not in PLAN_VERSIONS:
        raise Untold(f"plans of version {shown.version()[0]}")
    return shown


def told(frame: pl.LazyFrame, read: Callable[[Any], Any]) -> Any:
    """What is read of a plan; where it hides something, of one that does not."""
    try:
        return read(traverser(frame, pl.QueryOptFlags.none()))
    except Hidden as part:
        try:
            open_frame = revealed(frame)
        except Exception:  # Of a query that cannot be written down, or is written otherwise, Polars takes care.
            raise part from None
    return read(traverser(open_frame, pl.QueryOptFlags.none()))
