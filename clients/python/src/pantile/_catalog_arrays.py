"""The arrays that a server holds, as a mapping: `client.arrays`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import _blocks
from . import _requests as requests
from ._catalog import Kept
from ._errors import DatasetNotFoundError

if TYPE_CHECKING:
    from .xp import Array


@dataclass(frozen=True)
class StoredArray:
    """What the server tells of an array."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    # The shape of what is read at a time, and of what lies in one file.
    chunk: tuple[int, ...]
    shard: tuple[int, ...]
    bytes: int | None = None
    dims: tuple[str | None, ...] | None = None
    # Where it lies: `"lake/dem.zarr"` where it is read in place, `"memory"` where it was persisted.
    location: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, told: dict[str, Any]) -> StoredArray:
        """Out of the server's document."""
        dims = told.get("dims")
        return cls(
            name=told["name"],
            dtype=told["dtype"],
            shape=tuple(told["shape"]),
            chunk=tuple(told["chunk"]),
            shard=tuple(told["shard"]),
            bytes=told.get("bytes"),
            dims=None if dims is None else tuple(dims),
            location="/".join(told[part] for part in ("location", "path") if part in told) or None,
            attributes=told.get("attributes", {}),
        )

    @property
    def held(self) -> str:
        """The dtype that its elements have in programs: of ticks that are no unit of arrays `int64`."""
        is_time = self.dtype.startswith(("datetime", "timedelta"))
        from .xp._dtype import NAMES

        return "int64" if is_time and self.dtype not in NAMES else self.dtype


class Arrays(Kept["Array"]):
    """Stored arrays by their names, in alphabetical order: lazy ones come out, anything that NumPy reads goes in."""

    def __getitem__(self, name: str) -> Array:
        return self._lazy(self.info(name))

    def __setitem__(self, name: str, values: Any) -> None:
        self.put(name, values)

    def __delitem__(self, name: str) -> None:
        self._client._document(requests.drop("arrays", name))

    def __repr__(self) -> str:
        lines = [f"  {one.name}: {one.dtype} {one.shape}" for one in self.list()]
        return "\n".join([f"arrays at {self._client.url}", *lines])

    def put(
        self,
        name: str,
        values: Any,
        *,
        chunks: Sequence[int] | None = None,
        shards: Sequence[int] | None = None,
        dims: Sequence[str] | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> Array:
        """Keeps values as the array `name`, in place of one that has the name; gives the lazy array of it.

        `chunks` is the shape of what is read at a time, `shards` of what lies in one file; the server chooses both if
        they are left out. A lazy array of this client is computed and kept on the server, as by its `store`. Arrays of
        zarr, h5py and Dask, and files that NumPy maps, are read block by block while they are sent: they may be larger
        than memory.

        >>> client.arrays.put("dem", [[1.0, 2.0], [3.0, 4.0]], dims=["y", "x"]).mean().item()
        2.5
        >>> client.arrays.info("dem").dims
        ('y', 'x')
        >>> del client.arrays["dem"]
        """
        from .xp import Array

        if isinstance(values, Array) and values._home._client is self._client and not attributes:
            own = Array(values._node, self._client.xp._home)
            return own.store(name, if_exists="replace", chunks=chunks, shards=shards, dims=dims)
        if isinstance(values, Array) and values.nbytes <= _blocks.MOST_BYTES:
            # Its blocks would be computed one by one.
            values = values.compute()
        request = requests.array(
            name,
            _blocks.source(values),
            _said(chunks, shards, dims, attributes),
            session=self._client._settings.session,
        )
        # What waits for a session's commit is told of by this answer alone.
        return self._lazy(StoredArray.of(self._client._document(request)))

    def load(
        self,
        name: str,
        path: str | os.PathLike[str],
        array: str | None = None,
        *,
        chunks: Sequence[int] | None = None,
        shards: Sequence[int] | None = None,
        dims: Sequence[str] | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> Array:
        """Keeps the array in a file as the array `name`: a `.npy`, a `.npz`, a Zarr store as a folder or zip archive.

        Of several arrays in it, `array` names the one that is meant. What Zarr says of an array is kept: the names of
        its axes, its attributes, its chunks where they are neither very small nor very large. The rest is as for `put`.

        >>> import numpy as np
        >>> np.savez(folder / "both.npz", high=np.ones((2, 3)), low=np.zeros(4))
        >>> client.arrays.load("high", folder / "both.npz", "high").shape
        (2, 3)
        >>> del client.arrays["high"]
        """
        said = _said(chunks, shards, dims, attributes) | ({"array": array} if array is not None else {})
        self._client._document(requests.array_file(name, path, said))
        return self[name]

    def fetch(
        self,
        name: str,
        location: str,
        array: str | None = None,
        *,
        chunks: Sequence[int] | None = None,
        shards: Sequence[int] | None = None,
        dims: Sequence[str] | None = None,
        attributes: Mapping[str, Any] | None = None,
        in_place: bool = False,
    ) -> Array:
        """Keeps the array at one of the server's locations, `"lake/dem.zarr"`, a copy of it; else as `load`.

        With `in_place` nothing is copied: the array, Zarr's, is read where it lies whenever it is asked for, and each
        question sees its chunks as they are then. `chunks` and `shards` are those that it has.
        """
        said = _said(chunks, shards, dims, attributes) | ({"array": array} if array is not None else {})
        said |= {"in_place": "true"} if in_place else {}
        self._client._document(requests.array_from(name, location, said))
        return self[name]

    def info(self, name: str) -> StoredArray:
        """What the server tells of the one of that name."""
        told = self._client._document(requests.get(f"/v1/datasets/{requests.quoted(name)}"))
        if told["kind"] != "array":
            raise DatasetNotFoundError(
                f"`{name}` is a {told['kind']}, and no array",
                code="unknown_dataset",
                hint=f"it is in `client.datasets[{name!r}]`",
            )
        return StoredArray.of(told)

    def list(self) -> list[StoredArray]:
        """What the server tells of all of them."""
        told = self._client._document(requests.get("/v1/datasets"))["datasets"]
        return sorted((StoredArray.of(one) for one in told if one["kind"] == "array"), key=lambda one: one.name)

    def _lazy(self, told: StoredArray) -> Array:
        from .xp._build import made
        from .xp._chunks import cut
        from .xp._dtype import as_dtype

        found = made(self._client.xp._home, "xp.array", (told.name,), None, told.shape, as_dtype(told.held))
        found._node.chunks = cut(told.shape, told.chunk)
        return found


def _said(
    chunks: Sequence[int] | None,
    shards: Sequence[int] | None,
    dims: Sequence[str] | None,
    attributes: Mapping[str, Any] | None,
) -> dict[str, str]:
    """What is said of how an array is kept, as a query says it."""
    cut = (("chunks", chunks), ("shards", shards))
    said = {name: ",".join(map(str, one)) for name, one in cut if one is not None}
    said |= {"dims": ",".join(dims)} if dims is not None else {}
    said |= {"attributes": json.dumps(dict(attributes))} if attributes else {}
    return said
