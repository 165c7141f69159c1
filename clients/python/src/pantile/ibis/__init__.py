"""The ibis backend: `ibis.pantile.connect(...)`, `ibis.connect("pantile://localhost:8815")`.

Expressions become SQL by ibis' own DataFusion compiler, whose dialect is the server's (`_compiler` says where it is
not); SQL and rows travel over Flight SQL by its ADBC driver (`_flight`). `pip install "pantile[ibis]"` brings both.
ibis finds this module by its entry point, and calls `Backend`.
"""

from __future__ import annotations

from ._backend import Backend

__all__ = ["Backend"]
