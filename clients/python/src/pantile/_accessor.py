"""What `.str`, `.dt` and `.cat` have in common: a column, and what functions of the server make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._column import Column, clean
from pantile._program import Node
from pantile._refusals import AttributeMissing, nearest
from pantile._series import Series

TEXT, INT64, BOOL = types.STRING, types.INT64, types.BOOL


class Accessor:
    """Functions of a column of one kind."""

    def __init__(self, series: Series) -> None:
        self._series = series

    def _node(self) -> Node:
        return clean(self._series._column).node

    def _of(self, node: Node, kind: pa.DataType | None) -> Series:
        return self._series._like(Column(node, kind))

    def _counted(self, node: Node, kind: pa.DataType = INT64) -> Series:
        return self._of(node.call("cast", types.type_node(kind)), kind)

    def _true(self, node: Node, na: Any = None) -> Series:
        """A boolean that is False where nothing is there, or as `na` says."""
        if na is not None and na == na:
            return self._series._like(Column(node.call("fill_null", bool(na)), BOOL))
        return self._series._like(Column(node, BOOL, null=False))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        known = [each for each in dir(type(self)) if not each.startswith("_")]
        raise AttributeMissing(f".{type(self).__name__.lower()} has no {name!r}", hint=nearest(name, known))


def _simple(name: str, kind: Any) -> Callable[..., Series]:
    return lambda self, *arguments: self._of(self._node().call(name, *(x for x in arguments if x is not None)), kind)
