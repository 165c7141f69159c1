"""The version of this package. Its first two numbers are those of the servers it was made for."""

from __future__ import annotations

__version__ = "0.1.0"
