"""Several lazy things computed together: their values come in one request where that is possible."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pantile._column import settled
from pantile._lazy import Lazy
from pantile._program import Node, fn
from pantile._scalar import VALUE, Scalar


def compute(*things: Any) -> tuple[Any, ...]:
    """The values of frames, columns and scalars, in their order; scalars of one client are one request."""
    found = list(things)
    by_client: dict[int, list[int]] = {}
    for at, thing in enumerate(things):
        if isinstance(thing, Scalar):
            by_client.setdefault(id(thing.client), []).append(at)
    for places in by_client.values():
        for at, value in zip(places, _scalars([things[at] for at in places]), strict=True):
            found[at] = value
    rest = [at for at, thing in enumerate(things) if isinstance(thing, Lazy) and not isinstance(thing, Scalar)]
    with ThreadPoolExecutor(max(1, min(8, len(rest)))) as pool:
        for at, value in zip(rest, pool.map(lambda at: things[at].compute(), rest), strict=True):
            found[at] = value
    return tuple(found)


def _scalars(scalars: list[Scalar]) -> list[Any]:
    """One row of all values: those of the same rows are selected at once, and the selections stand side by side."""
    groups: dict[Node, dict[str, Node]] = {}
    for at, scalar in enumerate(scalars):
        groups.setdefault(scalar._rows.node, {})[f"{VALUE}{at}"] = settled(scalar._column).node
    items = [node.call("select", **named) for node, named in groups.items()]
    node = fn("concat", items, how="horizontal") if len(items) > 1 else items[0]
    frame = scalars[0]._run(node).read_all().to_pandas()
    return [scalar.of_table(frame[[f"{VALUE}{at}"]]) for at, scalar in enumerate(scalars)]
