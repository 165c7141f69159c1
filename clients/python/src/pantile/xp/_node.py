"""What arrays are made of: one node for each call, until somebody asks for values.

A node's `form` says how it is written in a program:

* `"xp.sin"`, a function's name: called with `args`, then with `named`;
* `"+"`, an operator: between `args`, or before the one of them;
* `"[]"`: `args[0]` at the index `args[1]`;
* `"at"`: `args[0]` with the value `args[2]` at the index `args[1]`;
* `"item"`: the result number `args[1]` of the several results of `args[0]`;
* `".store"`, a method's name: asked of `args[0]`;
* `"rechunk"`: `args[0]` itself, which is to be cut otherwise;
* `"="`: the value itself.

Arguments are nodes, numbers, texts, dtypes, None, tuples of such, or lists of nodes. A node never changes but for its
value, which is kept once it is known.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ._shape import Shape, size

if TYPE_CHECKING:
    from types import EllipsisType

    import numpy as np

    from ._chunks import Chunks
    from ._dtype import DType

# A value of at most so many bytes stands for its node in programs, which is then forgotten.
KEPT_BYTES = 1 << 16
# The most that is kept of an answer at all.
CACHED_BYTES = 1 << 20


class Node:
    """One array that is not computed yet, or its value."""

    __slots__ = ("__weakref__", "args", "chunks", "dtype", "form", "items", "named", "shape", "value")

    def __init__(
        self, form: str, args: tuple[Any, ...], named: dict[str, Any] | None, shape: Shape, dtype: DType
    ) -> None:
        self.form = form
        self.args = args
        self.named = named
        self.shape = shape
        self.dtype = dtype
        self.value: np.ndarray | None = None
        # How it is cut, None where nobody has said; `...` until that is worked out, in `_grid`.
        self.chunks: Chunks | EllipsisType | None = ...
        # The results, where there are several: they are asked for together.
        self.items: list[weakref.ref[Node]] | None = None

    @property
    def size(self) -> int:
        """How many elements it has."""
        return size(self.shape)

    @property
    def nbytes(self) -> int:
        """How many bytes its elements are."""
        return size(self.shape) * self.dtype.itemsize

    def know(self, value: np.ndarray) -> None:
        """Keeps the value, and of the way to it only what a short program needs."""
        if value.nbytes > CACHED_BYTES:
            return
        value.flags.writeable = False
        self.value = value
        if value.nbytes <= KEPT_BYTES:
            self.form, self.args, self.named = "=", (), None

    def __repr__(self) -> str:
        return f"<{self.form} {self.dtype} {self.shape}>"


def constant(value: np.ndarray, dtype: DType) -> Node:
    """A value of this process."""
    node = Node("=", (), None, value.shape, dtype)
    value.flags.writeable = False
    node.value = value
    return node


def several(
    form: str, args: tuple[Any, ...], named: dict[str, Any] | None, results: list[tuple[Shape, DType]]
) -> list[Node]:
    """The nodes of the several results of one call."""
    shape, dtype = results[0]
    call = Node(form, args, named, shape, dtype)
    nodes = [Node("item", (call, at), None, shape, dtype) for at, (shape, dtype) in enumerate(results)]
    call.items = [weakref.ref(node) for node in nodes]
    return nodes


def children(node: Node) -> Iterator[Node]:
    """The nodes that it is made of, one for each time that it is written."""
    for part in node.args:
        if type(part) is Node:
            yield part
        elif type(part) is tuple or type(part) is list:
            yield from _within(part)
    if node.named:
        for part in node.named.values():
            if type(part) is Node:
                yield part


def _within(parts: Any) -> Iterator[Node]:
    for part in parts:
        if type(part) is Node:
            yield part
        elif type(part) is list:
            yield from _within(part)
