"""How an array is cut, and how it is kept on the server: what Dask's arrays have beyond NumPy's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import _chunks
from ._chunks import Chunks
from ._grid import RECHUNKED, chunks_of
from ._node import Node

if TYPE_CHECKING:
    from ._array import Array
    from ._home import Home


class Chunked:
    """What is asked of an array about its chunks."""

    __slots__ = ()

    if TYPE_CHECKING:
        _node: Node
        _home: Home

    @property
    def chunks(self) -> Chunks:
        """The lengths of its chunks along each axis, as Dask has them.

        Those of a stored array, and of what is made of stored ones element by element; of all else one chunk an axis.
        The server works box by box in either case: this is how the array is cut where it is stored.

        >>> x = client.arrays.put("few", [[1, 2, 3], [4, 5, 6]], chunks=(2, 2))
        >>> (x + 1).chunks
        ((2,), (2, 1))
        >>> x.sum(axis=0).chunks
        ((3,),)
        >>> del client.arrays["few"]
        """
        return chunks_of(self._node)

    @property
    def chunksize(self) -> tuple[int, ...]:
        """The length of the longest chunk along each axis."""
        return tuple(map(max, self.chunks))

    @property
    def numblocks(self) -> tuple[int, ...]:
        """How many chunks there are along each axis."""
        return tuple(map(len, self.chunks))

    @property
    def npartitions(self) -> int:
        """How many chunks there are."""
        return math.prod(self.numblocks)

    @property
    def itemsize(self) -> int:
        """How many bytes an element is."""
        return self._node.dtype.itemsize

    def rechunk(
        self,
        chunks: Any = "auto",
        threshold: Any = None,
        block_size_limit: int | str | None = None,
        balance: bool = False,
        method: Any = None,
    ) -> Array:
        """The same array, to be cut into other chunks where it is stored. Nothing is computed.

        `chunks` is a length for all axes, a tuple with a part for each, or a dict of parts by axis; a part is a length,
        -1 for the whole axis, None for what it was, "auto" or a size such as "8MiB" for what the server likes, or the
        lengths one by one. Dask's `threshold`, `balance` and `method` are about its way of getting there, and change
        nothing here.

        >>> x = client.xp.ones((100, 100)).rechunk({0: 40})
        >>> x.chunks
        ((40, 40, 20), (100,))
        >>> x.rechunk((50, -1)).numblocks
        (2, 1)
        """
        from ._array import Array

        shape, before = self._node.shape, self.chunks
        spelled = _chunks.spelled(chunks, shape, itemsize=self.itemsize, before=before, limit=block_size_limit)
        node = Node(RECHUNKED, (self._node,), None, shape, self._node.dtype)
        node.chunks, node.value = spelled, self._node.value
        return Array(node, self._home)

    def store(
        self,
        name: str,
        *,
        if_exists: str = "error",
        chunks: Any = None,
        shards: int | Sequence[int] | None = None,
        dims: Sequence[str] | None = None,
    ) -> Array:
        """Computes it box by box, and keeps it on the server as the array `name`, in one commit; gives the stored one.

        `if_exists` is "error" or "replace". `chunks` is what is read at a time, given as for `rechunk`: without it, the
        array's own if it has some, else what the server chooses. `shards` is the shape of what lies in one file, `dims`
        are names of the axes. Within a session's open transaction it is a part of that.

        >>> x = client.xp.arange(6).reshape(2, 3).store("doubled", dims=["y", "x"])
        >>> client.arrays["doubled"].sum().item()
        15
        >>> x = (client.array("doubled") * 2).store("doubled", if_exists="replace", chunks=(2, 2))
        >>> x.chunks, x.compute().tolist()
        (((2,), (2, 1)), [[0, 2, 4], [6, 8, 10]])
        >>> del client.arrays["doubled"]
        """
        from ._storing import stored

        return stored(self._node, self._home, name, if_exists=if_exists, chunks=chunks, shards=shards, dims=dims)

    def persist(self) -> Array:
        """The same array, computed once and kept in the server's memory for as long as this process has a use for it.

        It has a name that begins with `_persisted_`, and is dropped with the last array that is made of it, when the
        client is closed, or at the end of the process. It is gone when the server ends: `store` keeps it for good.
        Where such arrays would take more than half of the server's hot cache, it is stored instead. A crash or a broken
        connection leaves it there: `client.arrays` lists it, and `del` drops it. A stored array is kept anyhow, and
        comes as it is.

        >>> x = (client.xp.arange(4) ** 2).persist()
        >>> (x + 1).compute()
        array([ 1,  2,  5, 10])
        """
        from ._storing import persisted

        return persisted(self._node, self._home)
