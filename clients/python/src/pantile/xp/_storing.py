"""Arrays that are computed to stay: what is asked, and the lazy array of what is there then."""

from __future__ import annotations

import math
import operator
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import _chunks
from ._array import Array
from ._build import made
from ._dtype import int64
from ._grid import RECHUNKED, known
from ._home import Home
from ._node import Node
from ._text import program_of

if TYPE_CHECKING:
    from ._chunks import Chunks

STORED = "xp.array"
# Chunks that were made for other elements, or for some axes alone, are not taken over if they are larger.
INFERRED_BYTES = 64 << 20


def stored(
    node: Node,
    home: Home,
    name: str,
    *,
    if_exists: str = "error",
    chunks: Any = None,
    shards: int | Sequence[int] | None = None,
    dims: Sequence[str] | None = None,
) -> Array:
    """The stored array of the name, after one request in which it was computed."""
    if not isinstance(name, str) or not name:
        raise ValueError(f"an array's name is a text, and this is {name!r}")
    if if_exists not in ("error", "replace"):
        raise ValueError(f'if_exists is "error" or "replace", and not {if_exists!r}')
    cut = _cut(node, chunks)
    named: dict[str, Any] = {} if if_exists == "error" else {"if_exists": if_exists}
    for word, said in (("chunks", cut), ("shards", _lengths(shards, node)), ("dims", _names(dims, node))):
        named |= {} if said is None else {word: said}
    return _kept(".store", node, home, name, named)


def _kept(verb: str, node: Node, home: Home, name: str, named: dict[str, Any]) -> Array:
    program, sent = program_of([Node(verb, (node, name), named, (), int64)])
    client = home.client
    client._store_array(program, sent)
    if client._settings.session is None:
        return Array(client.arrays[name]._node, home)
    # Perhaps it waits for the session's commit, and only its programs see it.
    cut = named.get("chunks")
    return there(home, name, node, None if cut is None else _chunks.cut(node.shape, cut))


def persisted(node: Node, home: Home) -> Array:
    """An array in the server's memory that goes with the last node that is made of it."""
    if node.form == STORED:
        return Array(node, home)
    name, cut = private_name(), _cut(node, None)
    found = _kept(".persist", node, home, name, {} if cut is None else {"chunks": cut})
    home.client._passing.drop_with(found._node, name)
    return found


def private_name() -> str:
    """A name for what nobody asks for by name."""
    return f"_persisted_{uuid.uuid4().hex}"


def there(home: Home, name: str, like: Any, chunks: Chunks | None) -> Array:
    """The stored array of that name, with the shape and dtype of what it was made of."""
    found = made(home, STORED, (name,), None, like.shape, like.dtype)
    found._node.chunks = chunks
    return found


def _cut(node: Node, given: Any) -> list[int] | None:
    """The length of a chunk on each axis: as given, else those of the array, if somebody has said something of them."""
    before = known(node)
    if given is None and before is None:
        return None
    if given is not None:
        whole = before or _chunks.whole(node.shape)
        before = _chunks.spelled(given, node.shape, itemsize=node.dtype.itemsize, before=whole)
    assert before is not None, "one of the two is there"
    found = _chunks.regular(before)
    is_said = given is not None or node.form == RECHUNKED
    if found is not None and not is_said and math.prod(found) * node.dtype.itemsize > INFERRED_BYTES:
        return None
    if found is None and is_said:
        raise ValueError(f"stored chunks are of one length an axis, but for the last, and not {before}: give `chunks`")
    return found


def _lengths(given: int | Sequence[int] | None, node: Node) -> list[int] | None:
    if given is None:
        return None
    listed = [operator.index(one) for one in given] if isinstance(given, Sequence) else [operator.index(given)]
    found = listed if isinstance(given, Sequence) else listed * len(node.shape)
    if len(found) != len(node.shape) or any(one < 1 for one in found):
        raise ValueError(f"shards are a length of 1 or more for each of {len(node.shape)} axes: {given}")
    return found


def _names(given: Sequence[str] | None, node: Node) -> list[str] | None:
    if given is None:
        return None
    found = [given] if isinstance(given, str) else list(given)
    if len(found) != len(node.shape) or not all(isinstance(one, str) for one in found):
        raise ValueError(f"dims are a name for each of {len(node.shape)} axes: {given}")
    return found
