"""Program text, from nodes that are put together like the expressions they stand for.

A `Node` is a column, a literal, a call, an operator, or a value that is sent beside the text. It knows its digest, so
that equal nodes are one; `text_of` writes the program of a node, and binds to a name what is used more than once and
what grows too deep. Nothing in here knows types, clients or pandas.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

# Levels of one statement. The server takes 200 by default, brackets and list items included.
DEPTH = 24
# Items of a list that are still written into the text; longer ones are sent beside it.
ITEMS = 500

_serial = itertools.count(1)


class Node:
    """One expression of a program. `kind` says how it is written, `parts` what it is made of."""

    __slots__ = ("__weakref__", "depth", "digest", "kind", "name", "named", "parts")

    def __init__(self, kind: str, name: Any, parts: tuple[Any, ...] = (), named: Mapping[str, Any] | None = None):
        self.kind = kind
        self.name = name
        self.parts = parts
        self.named = dict(named or {})
        self.digest = self._hashed()
        self.depth = 1 + max((node.depth for node in children(self)), default=0)

    def _hashed(self) -> bytes:
        hashed = hashlib.blake2b(digest_size=16)
        hashed.update(repr((self.kind, None if self.kind == "data" else self.name)).encode())
        if self.kind == "data":
            hashed.update(str(self.named["serial"]).encode())
        else:
            for name, part in (*((None, part) for part in self.parts), *self.named.items()):
                hashed.update(f"|{name}=".encode())
                _feed(hashed, part)
        return hashed.digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return text_of(self)[0]

    def call(self, name: str, /, *arguments: Any, **named: Any) -> Node:
        """What comes of asking `name` of this: `node.call("str.contains", "x")`."""
        return Node("method", name, (self, *arguments), named)


def col(name: str) -> Node:
    """The column of that name."""
    return Node("col", name)


def lit(value: Any) -> Node:
    """The value as a column: a text stays a text where a column's name could stand. Times are calls already."""
    if isinstance(value, dt.date | dt.time | dt.timedelta | Decimal):
        return Node("const", value)
    return Node("function", "lit", (value,))


def fn(name: str, *arguments: Any, **named: Any) -> Node:
    """A function or a verb that stands alone: `fn("len")`, `fn("table", "flights")`."""
    return Node("function", name, arguments, named)


def binary(sign: str, left: Any, right: Any) -> Node:
    """`left sign right`."""
    return Node("binary", sign, (left, right))


def unary(sign: str, operand: Node) -> Node:
    """`~operand` or `-operand`."""
    return Node("unary", sign, (operand,))


def word(name: str) -> Node:
    """A name of the language itself, such as `Int64`."""
    return Node("word", name)


def case(condition: Node, then: Any, otherwise: Any) -> Node:
    """`then` where `condition` is true, else `otherwise`."""
    return fn("case", condition, _meant(then), _meant(otherwise))


def data(value: Any, name: str = "data") -> Node:
    """A value that is sent beside the text, under `name` or one like it."""
    return Node("data", name, (), {"value": value, "serial": next(_serial)})


def _meant(value: Any) -> Any:
    """A text where a column's name could stand is written as a value."""
    return lit(value) if isinstance(value, str) else value


def children(node: Node) -> Iterator[Node]:
    """The nodes that it is made of."""
    if node.kind != "data":
        yield from _nodes_in((*node.parts, *node.named.values()))


def _nodes_in(parts: Any) -> Iterator[Node]:
    for part in parts:
        if isinstance(part, Node):
            yield part
        elif isinstance(part, list | tuple):
            yield from _nodes_in(part)
        elif isinstance(part, dict):
            yield from _nodes_in(part.values())


def walk(root: Node) -> Iterator[Node]:
    """Every node once, what it is made of before itself. Depth is no matter."""
    seen: set[bytes] = set()
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, is_open = stack.pop()
        if is_open:
            yield node
        elif node.digest not in seen:
            seen.add(node.digest)
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(list(children(node))))


def replaced(root: Node, new: Mapping[Node, Node]) -> Node:
    """The node with some nodes in it replaced, outermost first.

    What is computed within groups stays: there the same words mean something else.
    """
    made: dict[bytes, Node] = {}
    for node in walk(root):
        made[node.digest] = new[node] if node in new else node if is_within(node) else _remade(node, made)
    return made[root.digest]


def is_within(node: Node) -> bool:
    """Whether it is computed within groups, not over all rows."""
    return node.kind == "method" and node.name == "over"


# What gives each row its value from that row alone. Namespaces of texts and times do, too.
ALONE = frozenset(
    [
        "alias",
        "cast",
        "fill_nan",
        "is_null",
        "is_not_null",
        "is_nan",
        "is_in",
        "is_between",
        "abs",
        "round",
        "floor",
        "ceil",
        "sign",
        "clip",
        "replace",
        "lit",
        "case",
        "replace_strict",
        "sqrt",
        "exp",
        "log",
        "is_finite",
        "is_infinite",
        "date",
        "datetime",
        "duration",
        "coalesce",
    ]
)


def is_rowwise(root: Node) -> bool:
    """Whether each row's value is made of that row alone, so that it is the same within groups."""
    return all(_is_alone(node) for node in walk(root))


def _is_alone(node: Node) -> bool:
    if node.kind not in ("method", "function"):
        return True
    space, _, name = node.name.rpartition(".")
    if node.name == "fill_null":
        return len(node.parts) == 2
    return node.name in ALONE or (space in ("str", "dt") and name != "join")


def _remade(node: Node, made: Mapping[bytes, Node]) -> Node:
    if all(made[child.digest] is child for child in children(node)):
        return node
    named = {name: _swap(part, made) for name, part in node.named.items()}
    return Node(node.kind, node.name, tuple(_swap(part, made) for part in node.parts), named)


def _swap(part: Any, made: Mapping[bytes, Node]) -> Any:
    if isinstance(part, Node):
        return made[part.digest]
    if isinstance(part, list | tuple):
        return type(part)(_swap(item, made) for item in part)
    if isinstance(part, dict):
        return {name: _swap(item, made) for name, item in part.items()}
    return part


def _feed(hashed: Any, part: Any) -> None:
    if isinstance(part, Node):
        hashed.update(part.digest)
    elif isinstance(part, list | tuple):
        for item in part:
            hashed.update(b",")
            _feed(hashed, item)
    elif isinstance(part, dict):
        for name, item in part.items():
            hashed.update(repr(name).encode())
            _feed(hashed, item)
    else:
        hashed.update(f"{type(part).__name__}:{part!r}".encode())


# What writes nodes knows them, so it comes last.
from pantile._program_text import literal, text_of  # noqa: E402

__all__ = [
    "ALONE", "DEPTH", "ITEMS", "Node", "binary", "case", "children", "col", "data", "fn", "is_rowwise", "is_within",
    "lit", "literal", "replaced", "text_of", "unary", "walk", "word",
]  # fmt: skip
