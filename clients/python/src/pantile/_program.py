"""Program text, from nodes that are put together like the expressions they stand for.

A `Node` is a column, a literal, a call, an operator, or a value that is sent beside the text. It knows its digest, so
that equal nodes are one; `text_of` writes the program of a node, and binds to a name what is used more than once and
what grows too deep. Nothing in here knows types, clients or pandas.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import keyword
import math
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


# ---------------------------------------------------------------------------------------------------------------------

# How strongly operators hold; what is weaker stands in brackets.
STRENGTH = {"|": 1, "^": 2, "&": 3, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "**": 8}
COMPARISON, UNARY, ATOM = 0, 7, 9
# What comes of these is no frame and no column yet, and cannot have a name.
UNNAMED = {"group_by", "resample", "group_by_dynamic", "having"}


def text_of(root: Node) -> tuple[str, dict[str, Any]]:
    """The program that computes the node, and the values that are sent beside it."""
    return _Writer(root).written()


class _Writer:
    """Writes nodes one by one, those that others are made of first."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.order = list(walk(root))
        self.uses: dict[bytes, int] = {}
        for node in self.order:
            for child in children(node):
                self.uses[child.digest] = self.uses.get(child.digest, 0) + 1
        self.texts: dict[bytes, tuple[str, int, int]] = {}
        self.values: dict[str, Any] = {}
        self.lines: list[str] = []

    def written(self) -> tuple[str, dict[str, Any]]:
        for node in self.order:
            self.texts[node.digest] = self._kept(node, *self._write(node))
        return "\n".join([*self.lines, self.texts[self.root.digest][0]]), self.values

    def _kept(self, node: Node, text: str, strength: int) -> tuple[str, int, int]:
        """The text as it is used: itself, or the name that it is bound to."""
        depth = 1 + max((self.texts[child.digest][2] for child in children(node)), default=0)
        wanted = (self.uses.get(node.digest, 0) > 1 and len(text) > 24) or depth > DEPTH
        if node is self.root or not wanted or node.kind not in ("method", "function", "binary", "unary"):
            return text, strength, depth
        if node.name in UNNAMED:
            return text, strength, depth
        name = f"v{len(self.lines) + 1}"
        self.lines.append(f"{name} = {text}")
        return name, ATOM, 1

    def _write(self, node: Node) -> tuple[str, int]:
        return getattr(self, f"_{node.kind}")(node)

    def _col(self, node: Node) -> tuple[str, int]:
        return f"col({_column_name(node.name)})", ATOM

    def _word(self, node: Node) -> tuple[str, int]:
        return node.name, ATOM

    def _const(self, node: Node) -> tuple[str, int]:
        return literal(node.name), ATOM

    def _data(self, node: Node) -> tuple[str, int]:
        name, number = node.name, 1
        while name in self.values:
            number += 1
            name = f"{node.name}{number}"
        self.values[name] = node.named["value"]
        return name, ATOM

    def _function(self, node: Node) -> tuple[str, int]:
        return f"{node.name}({self._arguments(node.parts, node.named)})", ATOM

    def _method(self, node: Node) -> tuple[str, int]:
        receiver = self._operand(node.parts[0], ATOM)
        return f"{receiver}.{node.name}({self._arguments(node.parts[1:], node.named)})", ATOM

    def _unary(self, node: Node) -> tuple[str, int]:
        return f"{node.name}{self._operand(node.parts[0], UNARY)}", UNARY

    def _binary(self, node: Node) -> tuple[str, int]:
        strength = STRENGTH.get(node.name, COMPARISON)
        first = 1 if strength in (COMPARISON, 8) else 0
        left = self._operand(node.parts[0], strength + first)
        return f"{left} {node.name} {self._operand(node.parts[1], strength + 1)}", strength

    def _operand(self, part: Any, least: int) -> str:
        if not isinstance(part, Node):
            text = self._argument(part)
            return f"({text})" if text.startswith("-") else text
        text, strength, _ = self.texts[part.digest]
        return text if strength >= least else f"({text})"

    def _arguments(self, parts: Any, named: Mapping[str, Any]) -> str:
        plain = [self._argument(part) for part in parts]
        return ", ".join([*plain, *self._named(named)])

    def _named(self, named: Mapping[str, Any]) -> Iterator[str]:
        """Columns whose names are no names of the language go through `alias`; options are called as they are."""
        # What has a name by `alias` comes before what has one by `=`, and columns keep their order.
        odd = any(isinstance(part, Node) and not _is_name(name) for name, part in named.items())
        columns = {name: part for name, part in named.items() if isinstance(part, Node)}
        for name, part in columns.items():
            yield f"{self._operand(part, ATOM)}.alias({quoted(name)})" if odd else f"{name}={self._argument(part)}"
        for name, part in named.items():
            if name not in columns:
                yield f"{name}={self._argument(part)}"

    def _argument(self, part: Any) -> str:
        if isinstance(part, Node):
            return self.texts[part.digest][0]
        if isinstance(part, list | tuple):
            return f"[{', '.join(self._argument(item) for item in part)}]"
        if isinstance(part, dict):
            items = (f"{self._argument(name)}: {self._argument(item)}" for name, item in part.items())
            return f"{{{', '.join(items)}}}"
        return literal(part)


# Names that mean something as an argument's name of the verbs that take columns by name, or are words of Python.
RESERVED = frozenset({*keyword.kwlist, "by", "maintain_order"})


def _is_name(name: str) -> bool:
    return name.isidentifier() and name.isascii() and name not in RESERVED


def _column_name(name: str) -> str:
    """A name that could be read as a pattern is written as one that matches just it."""
    if name == "*" or (name.startswith("^") and name.endswith("$") and len(name) > 1):
        return quoted("^" + "".join(c if c.isalnum() else f"\\{c}" for c in name) + "$")
    return quoted(name)


ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(text: str) -> str:
    """The text in double quotes, its hidden characters escaped."""
    return '"' + "".join(ESCAPES.get(c) or (c if c.isprintable() else _escaped(c)) for c in text) + '"'


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def literal(value: Any) -> str:
    """A Python value as the language writes it."""
    if value is None or type(value).__name__ in ("NaTType", "NAType"):
        return "None"
    if isinstance(value, bool | int) or type(value).__name__ == "bool":
        return repr(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bytes):
        return 'b"' + "".join(f"\\x{byte:02x}" for byte in value) + '"'
    return _made(value)


def _float(value: float) -> str:
    if math.isfinite(value):
        return repr(float(value))
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _made(value: Any) -> str:
    """Values that are calls: times, and numbers of any digits."""
    if isinstance(value, dt.datetime):
        return _datetime(value)
    if isinstance(value, dt.date):
        return f"date({value.year}, {value.month}, {value.day})"
    if isinstance(value, dt.timedelta):
        nanoseconds = getattr(value, "nanoseconds", 0)
        exact = f", nanoseconds={nanoseconds}" if nanoseconds else ""
        return f"duration(microseconds={value // dt.timedelta(microseconds=1)}{exact})"
    if isinstance(value, dt.time):
        return f"time({value.hour}, {value.minute}, {value.second}, {value.microsecond})"
    if isinstance(value, Decimal):
        scale = max(0, -int(value.as_tuple().exponent))
        return f'lit("{value}").str.to_decimal({scale})'
    raise TypeError(f"a value of type {type(value).__name__} has no place in a program: {value!r}")


def _datetime(value: dt.datetime) -> str:
    parts = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
    while len(parts) > 3 and not parts[-1]:
        parts.pop()
    numbers = ", ".join(map(str, parts))
    if value.tzinfo is None:
        return f"datetime({numbers})"
    zone = getattr(value.tzinfo, "key", None) or ("UTC" if not value.utcoffset() else None)
    if zone is None:
        return _datetime(value.astimezone(dt.timezone.utc))
    return f"datetime({numbers}, time_zone={quoted(zone)})"
