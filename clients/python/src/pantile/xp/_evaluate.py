"""Values of nodes: asked for in as few requests as that takes, kept on the nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pantile._errors import ServerError

from ._grid import known as known_chunks
from ._node import Node
from ._text import program_of

if TYPE_CHECKING:
    import numpy as np

    from ._home import Home

# An array of at most so many elements is fetched whole when one of them is read.
WHOLE = 1024


def values(home: Home, nodes: Sequence[Node]) -> list[np.ndarray]:
    """The values of the nodes, in one request; none where all are known."""
    wanted = {id(node): node for node in nodes if node.value is None}
    for node in list(wanted.values()):
        for other in _siblings(node):
            wanted.setdefault(id(other), other)
    found = dict(zip(wanted, _asked(home, list(wanted.values())), strict=True)) if wanted else {}
    return [found[id(node)] if id(node) in found else known(node) for node in nodes]


def own(home: Home, nodes: Sequence[Node]) -> list[np.ndarray]:
    """The values of the nodes, as arrays that the caller may change."""
    found = values(home, nodes)
    return [value if value.flags.writeable else value.copy() for value in found]


def known(node: Node) -> np.ndarray:
    """The value that a node is known to have."""
    assert node.value is not None, "only nodes with values come here"
    return node.value


def _siblings(node: Node) -> list[Node]:
    """The other results of the same call, if they are small: who asks for one asks for them all."""
    if node.form != "item":
        return []
    args: Any = node.args
    nodes = [item() for item in args[0].items]
    return [other for other in nodes if other is not None and other.value is None and other.size <= WHOLE]


def _asked(home: Home, nodes: list[Node]) -> list[np.ndarray]:
    found = home.run(*program_of(nodes))
    if len(found) != len(nodes):
        raise ServerError(f"the server answered {len(found)} arrays, and {len(nodes)} were asked for")
    for node, value in zip(nodes, found, strict=True):
        _check(node, value)
        # It is worked out of what the node forgets now.
        known_chunks(node)
        node.know(value)
    return found


def _check(node: Node, value: np.ndarray) -> None:
    """What was worked out here is what came; anything else is a defect on one of the two sides."""
    if value.shape != node.shape or value.dtype.name != node.dtype.name:
        raise ServerError(
            f"the server answered {value.dtype} of shape {value.shape}, and it should be {node.dtype} of shape "
            f"{node.shape}: {program_of([node])[0][-300:]}"
        )


def opened(home: Home, nodes: list[Node]) -> None:
    """Asks for nodes whose shapes depend on the data: they have their shapes from their values."""
    for node, value in zip(nodes, home.run(*program_of(nodes)), strict=True):
        node.shape = value.shape
        _check(node, value)
        node.know(value)


def scalar(home: Home, node: Node) -> Any:
    """The Python number of a node of shape (). Of a small array it is read in the whole, which is then known."""
    steps: list[Any] = []
    base: Any = node
    while base.value is None and base.form == "[]" and _reads_one(base):
        base, index = base.args
        steps.append(index)
    (value,) = values(home, [base])
    for index in reversed(steps):
        value = value[index]
    return value.item()


def _reads_one(node: Any) -> bool:
    """Whether it is a part of a small array, found by numbers and slices alone."""
    base, index = node.args
    return base.size <= WHOLE and not any(type(part) is Node for part in index)
