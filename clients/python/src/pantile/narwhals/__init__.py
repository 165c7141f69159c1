"""Pantile's frames for narwhals: `narwhals.from_native(frame)` is a LazyFrame whose work runs on the server.

narwhals finds this module by the entry point `narwhals.plugins`, so nothing need be imported or registered. Libraries
that take narwhals' frames, such as Altair, Plotly, Marimo and scikit-lego, take Pantile's by it. In narwhals' first
stable API, which the first two of these ask, a frame is a DataFrame: see `_first`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._plan import is_native

if TYPE_CHECKING:
    from ._namespace import Namespace

__all__ = ["NATIVE_PACKAGE", "is_native"]

# narwhals asks `is_native` only about objects whose class comes from here.
NATIVE_PACKAGE = "pantile"


def __narwhals_namespace__(version: Any) -> Namespace:
    """What narwhals builds expressions with, for one version of its API."""
    from ._namespace import Namespace

    return Namespace(version)
