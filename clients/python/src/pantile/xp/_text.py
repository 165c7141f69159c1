"""Program text from nodes: named where they are used twice or grow too deep, written into one another otherwise.

Nothing in here recurses over nodes, so that a chain of ten thousand additions is written like any other.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._dtype import DType
from ._grid import RECHUNKED
from ._node import Node, children

if TYPE_CHECKING:
    import numpy as np

# Levels of one expression. The server takes 200, brackets included.
DEPTH = 24
# A value of at most so many bytes is written into the program; a larger one is sent beside it.
INLINE_BYTES = 2048
# What is so short is written again rather than named.
SHORT = 16

# What is written between operands, or before one.
SIGNS = frozenset(["-", "~", *"+*/%@&|^<>", "//", "**", "<<", ">>", "==", "!=", "<=", ">="])


def program_of(roots: Sequence[Node]) -> tuple[str, dict[str, np.ndarray]]:
    """The program whose results are the nodes' values, and the arrays that are sent beside it."""
    return _Writer().written(roots)


class _Writer:
    """Writes nodes one by one, those that others are made of first."""

    def __init__(self) -> None:
        self.texts: dict[int, tuple[str, int]] = {}
        self.lines: list[str] = []
        self.names: set[str] = set()
        self.sent: dict[str, np.ndarray] = {}

    def written(self, roots: Sequence[Node]) -> tuple[str, dict[str, np.ndarray]]:
        order, uses = _walk(roots)
        last = id(order[-1]) if len(roots) == 1 else 0
        for node in order:
            text, depth = self._write(node)
            many = uses[id(node)] > 1 and len(text) > SHORT
            if id(node) != last and (many or depth >= DEPTH or node.items is not None):
                name = f"t{len(self.lines)}"
                self.lines.append(f"{name} = {text}")
                self.names.add(name)
                text, depth = name, 1
            self.texts[id(node)] = text, depth
        results = [self.texts[id(node)][0] for node in roots]
        self.lines.append(results[0] if len(roots) == 1 else f"({', '.join(results)})")
        return "\n".join(self.lines), self.sent

    def _write(self, node: Node) -> tuple[str, int]:
        """The text, and how deep it is."""
        if is_leaf(node):
            return self._value(node)
        form = node.form
        args: Any = node.args
        depth = 2 + max((self.texts[id(child)][1] for child in children(node)), default=0)
        if form.startswith("xp."):
            plain = [self._argument(part) for part in args]
            named = [f"{name}={self._argument(part)}" for name, part in (node.named or {}).items()]
            return f"{form}({', '.join([*plain, *named])})", depth
        if form == "[]":
            return f"{self._operand(args[0])}[{self._index(args[1])}]", depth
        if form == "at":
            return f"{self._operand(args[0])}.at[{self._index(args[1])}].set({self._argument(args[2])})", depth
        if form == "item":
            return f"{self._operand(args[0])}[{args[1]}]", depth
        if form == RECHUNKED:
            return self.texts[id(args[0])]
        if form.startswith("."):
            said = [self._argument(part) for part in args[1:]]
            named = [f"{name}={self._argument(part)}" for name, part in (node.named or {}).items()]
            return f"{self._operand(args[0])}{form}({', '.join([*said, *named])})", depth
        if len(args) == 1:
            return f"{form}{self._operand(args[0])}", depth
        return f"{self._operand(args[0])} {form} {self._operand(args[1])}", depth

    def _value(self, node: Node) -> tuple[str, int]:
        value = node.value
        assert value is not None, "a leaf has its value"
        if value.nbytes <= INLINE_BYTES:
            return written_value(value, node.dtype), 4 + value.ndim
        name = f"d{len(self.sent)}"
        self.sent[name] = value
        return name, 1

    def _operand(self, part: Any) -> str:
        """An argument beside an operator, a bracket or a dot."""
        if type(part) is Node:
            text = self.texts[id(part)][0]
            part = itself(part)
            return f"({text})" if part.form in SIGNS and text not in self.names else text
        text = number(part)
        return f"({text})" if text.startswith("-") else text

    def _argument(self, part: Any) -> str:
        kind = type(part)
        if kind is Node:
            return self.texts[id(part)][0]
        if kind is DType:
            return f'"{part}"'
        if kind is str:
            return json.dumps(part, ensure_ascii=False)
        if kind is tuple:
            return f"({', '.join(map(self._argument, part))}{',' * (len(part) == 1)})"
        if kind is list:
            return f"[{', '.join(map(self._argument, part))}]"
        return "None" if part is None else number(part)

    def _index(self, parts: tuple[Any, ...]) -> str:
        return ", ".join(map(self._place, parts)) or "..."

    def _place(self, part: Any) -> str:
        if type(part) is slice:
            start, stop = ("" if side is None else str(side) for side in (part.start, part.stop))
            return f"{start}:{stop}" + ("" if part.step in (None, 1) else f":{part.step}")
        return "..." if part is Ellipsis else self._argument(part)


def itself(node: Any) -> Node:
    """The node that is written: not one that is only cut otherwise."""
    while node.form == RECHUNKED:
        (node,) = node.args
    return node


def is_leaf(node: Node) -> bool:
    """Whether it is written as its value."""
    return node.form == "="


def _walk(roots: Sequence[Node]) -> tuple[list[Node], dict[int, int]]:
    """Every node once, what it is made of before itself, and how often each is written."""
    order: list[Node] = []
    uses: dict[int, int] = {}
    stack: list[tuple[Node, bool]] = [(node, False) for node in reversed(roots)]
    for node in roots:
        uses[id(node)] = uses.get(id(node), 0) + 1
    seen: set[int] = set()
    while stack:
        node, is_open = stack.pop()
        if is_open:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            for child in children(node):
                uses[id(child)] = uses.get(id(child), 0) + 1
                stack.append((child, False))
    return order, uses


def number(value: Any) -> str:
    """A Python number as the language writes it."""
    if isinstance(value, float):
        if math.isfinite(value):
            return repr(float(value))
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, (bool, int)):
        return repr(value)
    if isinstance(value, complex):
        # With both parts: Python's `-2j` is one with a negative zero.
        return f"({value.real!r}{'-' if str(value.imag).startswith('-') else '+'}{abs(value.imag)!r}j)"
    raise TypeError(f"a {type(value).__name__} has no place in a program: {value!r}")


def written_value(value: np.ndarray, dtype: DType) -> str:
    """A small value: as numbers where those say it exactly, else as its bytes."""
    if value.size and _has_numbers(value, dtype):
        held = value.view("int64") if dtype.is_time else value
        return f'xp.asarray({_numbers(held.tolist())}, dtype="{dtype}")'
    flat = f'xp.frombuffer(b"{"".join(f"{chr(92)}x{byte:02x}" for byte in value.tobytes())}", dtype="{dtype}")'
    return flat if value.ndim == 1 else f"xp.reshape({flat}, {value.shape})"


def _has_numbers(value: np.ndarray, dtype: DType) -> bool:
    """Whether text says it exactly: no NaN with a sign, no complex zero with one, nothing that 63 bits do not hold."""
    import numpy as np

    if dtype.kind == "complex":
        parts = value.reshape(-1).view(f"f{dtype.itemsize // 2}")
        return bool(np.isfinite(parts).all() and not (np.signbit(parts) & (parts == 0)).any())
    if dtype.kind == "float":
        return not bool((np.signbit(value) & np.isnan(value)).any())
    if dtype.is_time:
        # NaT is the least number, which text does not say.
        return not bool(np.isnat(value).any())
    if dtype.bits == 64 and dtype.rank == 1:
        return int(value.min()) > -(2**63) and int(value.max()) < 2**63
    return True


def _numbers(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_numbers, value))}]"
    return number(value)
