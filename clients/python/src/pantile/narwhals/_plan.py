"""What the plug-in needs of a frame: who answers, and the node of the program. Everything else is derived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pantile._program import Node, text_of
from pantile._rows import schema_of

if TYPE_CHECKING:
    from pantile import DataFrame

# Verbs that leave the columns as they were.
_ROWS_ONLY = frozenset({"bottom_k", "drop_nulls", "filter", "gather_every", "head", "sort", "tail", "top_k", "unique"})


@dataclass(frozen=True, eq=False)
class Plan:
    """A program that comes to a frame, and the client that sends it. Nothing runs before it is collected."""

    client: Any
    node: Node
    # The names of its columns, where they are known without asking.
    names: tuple[str, ...] | None = None

    @classmethod
    def of(cls, frame: DataFrame) -> Plan:
        """The plan of a frame as users have it. Its index, which narwhals has no notion of, is left out."""
        return cls(frame.client, frame._node(), tuple(frame._visible()))

    def native(self) -> DataFrame:
        """The frame as users have it; the server is asked for its schema."""
        from pantile import DataFrame

        return DataFrame(self.client, self.node, labelled=True)

    def call(self, verb: str, *arguments: Any, **named: Any) -> Plan:
        """What comes of asking `verb` of the frame."""
        names = self.names if verb in _ROWS_ONLY else None
        return Plan(self.client, self.node.call(verb, *arguments, **named), names)

    @property
    def schema(self) -> pa.Schema:
        """The columns and their types, asked of the server once."""
        return schema_of(self.client, self.node)

    def to_arrow(self) -> pa.Table:
        """The rows, computed now."""
        return self.client.run(*text_of(self.node)).read_all()


def is_native(value: object) -> bool:
    """Whether `value` is a frame of Pantile's."""
    from pantile import DataFrame

    return isinstance(value, DataFrame)
