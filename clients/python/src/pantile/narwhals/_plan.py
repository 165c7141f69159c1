"""What the plug-in needs of a frame: who answers, and the node of the program. Everything else is derived."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from .._program import Node, data, fn, text_of


@dataclass(frozen=True, eq=False)
class Frame:
    """A lazy frame: a program, and the client that sends it. Nothing runs before it is collected."""

    client: Any
    node: Node

    @classmethod
    def of(cls, client: Any, source: Any) -> Frame:
        """The frame of a table's name, or of rows that are sent beside the program each time."""
        return cls(client, fn("table", source) if isinstance(source, str) else data(source, "rows"))

    def call(self, verb: str, *arguments: Any, **named: Any) -> Frame:
        """The frame that comes of asking `verb` of this one."""
        return Frame(self.client, self.node.call(verb, *arguments, **named))

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns and their types, asked of the server once."""
        return self.client.describe(*text_of(self.node))

    def to_arrow(self) -> pa.Table:
        """The rows, computed now."""
        return self.client.run(*text_of(self.node)).read_all()

    def __repr__(self) -> str:
        return f"pantile frame\n{text_of(self.node)[0]}"


def is_native(value: object) -> bool:
    """Whether `value` is a frame of Pantile's."""
    return isinstance(value, Frame)
