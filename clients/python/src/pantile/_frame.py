"""The door to frames: DataFrame, with the methods that stand in tables of their own."""

from __future__ import annotations

from pantile import _surface as _surface
from pantile._dataframe import DataFrame

__all__ = ["DataFrame"]
