"""Polars over Pantile: `scan` makes a table a LazyFrame of Polars, `Engine` runs whole queries on the server.

    import polars as pl
    from pantile.polars import Engine, scan

    flights = scan("flights", client=client)
    late = flights.filter(pl.col("dep_delay") > 60).group_by("carrier").len()
    late.collect()                                  # Polars computes; the server filters and sends two columns
    late.collect(engine=Engine(client))             # the server computes

A scan alone hands the server the columns, the condition and the number of rows that Polars asks for. With the engine
the query becomes one program; what it has no words for stays with Polars, and a `FallbackWarning` says so.
"""

from __future__ import annotations

from ._engine import Engine, FallbackWarning
from ._scan import scan

__all__ = ["Engine", "FallbackWarning", "scan"]
