"""How arrays begin, and how programs of them are run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _npy, _wire
from . import _requests as requests
from ._errors import ArgumentError
from ._requests import Asked

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from ._catalog_arrays import Arrays as Stored
    from ._passing import Passing
    from ._transport import Transport
    from ._wire import Settings
    from .xp import Array
    from .xp._namespace import Namespace

# How a program ends that changes something.
_STORES = re.compile(r"\.\s*(store|persist)\s*\([^\n]*\)\s*\Z")


class Arrays:
    """What a client makes arrays of; nothing is asked yet."""

    _transport: Transport
    _settings: Settings
    _asked: Callable[..., Asked]
    _ask: Callable[..., pa.RecordBatchReader]
    _passing: Passing
    _xp: Namespace | None = None

    @property
    def xp(self) -> Namespace:
        """The Python Array API, whose arrays are computed by this client's server.

        >>> x = client.xp.arange(6).reshape(2, 3)
        >>> (x * 2).sum(axis=0).compute()
        array([ 6, 10, 14])
        """
        if self._xp is None:
            from .xp._namespace import Namespace

            self._xp = Namespace(self)  # pyright: ignore[reportArgumentType]
        return self._xp

    @property
    def arrays(self) -> Stored:
        """Stored arrays by their names, as lazy ones; setting one keeps values, `del` drops it.

        >>> client.arrays["few"] = [[1, 2], [3, 4]]
        >>> client.arrays["few"][:, 1].compute()
        array([2, 4])
        >>> del client.arrays["few"]
        """
        from ._catalog_arrays import Arrays as Stored

        return Stored(self)  # pyright: ignore[reportArgumentType]

    def array(self, values: Any, dtype: Any = None) -> Array:
        """A lazy array of values of this process: numbers, nested lists, anything that NumPy reads. A text is the name
        of a stored array.

        >>> client.array([[1, 2], [3, 4]]).shape
        (2, 2)
        """
        if isinstance(values, str):
            found = self.arrays[values]
            return found if dtype is None else self.xp.astype(found, dtype)
        return self.xp.asarray(values, dtype=dtype)

    from_numpy = array

    def from_zarr(
        self,
        path_or_store: Any,
        component: str | None = None,
        name: str | None = None,
        *,
        chunks: Sequence[int] | None = None,
        shards: Sequence[int] | None = None,
    ) -> Array:
        """A Zarr array, kept on the server as the array `name`, and its lazy array. The package `zarr` reads it here.

        It is a folder, a `.zip`, an address, a store, or an array that zarr has opened; in a group, `component` is the
        path of the array. It comes block by block, and may be larger than memory; names of axes and attributes come
        with it. Without a name it is stored until nobody uses it. `chunks` and `shards` are as for
        `arrays.put`.

        >>> import zarr
        >>> there = zarr.create_array(folder / "dem.zarr", shape=(4, 6), dtype="f4", dimension_names=["y", "x"])
        >>> there[:] = 1
        >>> client.from_zarr(folder / "dem.zarr").sum().item()
        24.0
        """
        from . import _zarr
        from .xp._storing import private_name

        source = _zarr.opened(path_or_store, component)
        kept = name or private_name()
        made = self.arrays.put(kept, source, chunks=chunks, shards=shards, **_zarr.told(source))
        if name is None:
            self._passing.drop_with(made._node, kept)
        return made

    def run_arrays(self, program: str, values: Mapping[str, np.ndarray] | None = None) -> list[np.ndarray]:
        """The results of a program of arrays, with NumPy's arrays under the names that it leaves open.

        >>> client.run_arrays("(xp.arange(3), xp.ones((2,)))")
        [array([0, 1, 2]), array([1., 1.])]
        """
        if _STORES.search(program):
            # It would be asked for twice, by the short way and then by the long one: its answer is no array.
            said = "run_arrays answers with arrays, and this program keeps one"
            raise ArgumentError(said, hint="`client.run(program)` runs it, or `x.store(name)`")
        request = requests.arrays(program, values or {}, self._asked(None, None, None))
        body = self._transport.lane().ask(request, _npy.MEDIA_TYPE)
        if body is not None:
            return _npy.read(body)
        response, body = self._transport.whole(request)
        _wire.check_type(response.headers, _npy.MEDIA_TYPE, self._transport.settings.url)
        return _npy.read(body)

    def store(self, x: Array, name: str, **options: Any) -> Array:
        """Computes the array and keeps it as the array `name`: `x.store(name)`, which has the options."""
        return x.store(name, **options)

    def persist(self, x: Array) -> Array:
        """Computes the array once, and keeps it in memory for as long as somebody uses it: `x.persist()`."""
        return x.persist()

    def _store_array(self, program: str, values: Mapping[str, np.ndarray] | None = None) -> None:
        """Runs a program of arrays that ends with `store` or `persist`: a change, whose answer is one row."""
        self._ask(requests.storing(program, values or {}, self._asked(None, None, None)), None).read_all()
