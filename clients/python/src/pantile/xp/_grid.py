"""Which chunks an array has, of what is known of the arrays that it is made of.

A stored array has its own, and so has what was cut anew by `rechunk`. What is made of them element by element has
theirs; of all else nobody has said anything, and it counts as one chunk.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from ._chunks import Chunks, refined, whole
from ._node import Node, children
from ._shape import Shape

# The form of an array that is cut otherwise. It is written in programs as the array itself.
RECHUNKED = "rechunk"

_NOT_OF_ELEMENTS = frozenset(["allclose", "array_equal", "ediff1d", "unwrap"])
_OTHERS = frozenset(["astype", "where"])


def chunks_of(node: Node) -> Chunks:
    """Its chunks, one an axis where nobody has said anything."""
    return known(node) or whole(node.shape)


def known(node: Node) -> Chunks | None:
    """Its chunks, if somebody has said something. Each node is worked out once, without recursion."""
    stack = [node]
    while stack:
        one = stack[-1]
        todo = [] if one.chunks is not ... else [part for part in _sources(one) if part.chunks is ...]
        stack.extend(todo)
        if not todo:
            one.chunks = _worked_out(one) if one.chunks is ... else one.chunks
            stack.pop()
    assert node.chunks is not ..., "it was on the stack"
    return node.chunks


def _sources(node: Node) -> list[Node]:
    """The nodes whose chunks it may have."""
    if node.form in _of_elements():
        return list(children(node))
    if node.form in ("at", "item", "xp.permute_dims", "xp.isin"):
        return [part for part in node.args[:1] if type(part) is Node]
    return []


@lru_cache
def _of_elements() -> frozenset[str]:
    """The forms of functions that work element by element."""
    from . import _elementwise, _numbers
    from ._text import SIGNS

    homes = (_elementwise.__name__, _numbers.__name__)
    found = {**vars(_elementwise), **vars(_numbers)}
    names = {name for name, one in found.items() if callable(one) and getattr(one, "__module__", None) in homes}
    return (SIGNS - {"@"}) | {f"xp.{name}" for name in (names | _OTHERS) - _NOT_OF_ELEMENTS}


def _worked_out(node: Node) -> Chunks | None:
    sources = _sources(node)
    if node.form == "item" and sources and sources[0].form not in _of_elements():
        return None
    said = [(part.shape, part.chunks) for part in sources if part.chunks is not ... and part.chunks is not None]
    if node.form == "xp.permute_dims" and said:
        args: Any = node.args
        return tuple(said[0][1][axis] for axis in args[1])
    return together(node.shape, said)


def together(shape: Shape, said: Iterable[tuple[Shape, Chunks]]) -> Chunks | None:
    """The chunks of what arrays that broadcast to the shape come to, where some of them have chunks."""
    said = [(one, chunks) for one, chunks in said if one]
    if not said:
        return None
    if all(one == shape and chunks == said[0][1] for one, chunks in said):
        return said[0][1]
    found = []
    for axis, side in enumerate(shape, -len(shape)):
        cuts = {chunks[axis] for one, chunks in said if -axis <= len(one) and one[axis] == side}
        several = [lengths for lengths in cuts if len(lengths) > 1]
        found.append((side,) if not several else several[0] if len(several) == 1 else refined(several))
    return tuple(found)
