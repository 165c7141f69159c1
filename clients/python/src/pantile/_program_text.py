"""The text of a program: nodes written in the language, named where they are used twice or grow too deep."""

from __future__ import annotations

import datetime as dt
import keyword
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pantile._program import DEPTH, Node, children, walk

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
