"""`AsyncClient`: the calls of `Client`, awaited; and `in_thread`, which makes any blocking piece of work cancellable.

Questions go over asynchronous connections. Frames are those of `Client`: building one asks nothing that takes time, and
`await frame` computes it in a thread, whose questions end when the task is cancelled.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from . import _requests as requests
from ._async_transport import AsyncAnswer, AsyncTransport
from ._client import Client
from ._errors import UnknownOutcomeError
from ._requests import Request, quoted
from ._scope import SCOPE, Scope

if TYPE_CHECKING:
    import numpy as np

    from ._frame import DataFrame
    from ._series import Series
    from .xp import Array
    from .xp._namespace import Namespace

T = TypeVar("T")

# Threads that wait for frames are many and do little; asyncio's own are as few as the cores.
_THREADS = 64


@functools.cache
def _threads(pid: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="pantile-await")


async def in_thread(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """What `work` returns, from a thread. If the task is cancelled, its questions are ended on the server."""
    scope = Scope()
    context = contextvars.copy_context()
    context.run(SCOPE.set, scope)
    call = functools.partial(context.run, work, *args, **kwargs)
    loop, threads = asyncio.get_running_loop(), _threads(os.getpid())
    try:
        return await loop.run_in_executor(threads, call)
    except asyncio.CancelledError:
        await asyncio.shield(loop.run_in_executor(threads, scope.cancel))
        raise


class AsyncClient:
    """A Pantile server, for the tasks of event loops. Takes what `Client` takes; use it as `async with`.

    >>> import asyncio
    >>> async def late(url):
    ...     async with pantile.AsyncClient(url) as client:
    ...         flights = await client.table("flights")
    ...         return await flights[flights.dep_delay > 60].groupby("origin").size()
    >>> asyncio.run(late(client.url))
    origin
    EWR    10940
    JFK     8401
    LGA     7240
    dtype: int64
    """

    def __init__(self, url: str | None = None, token: str | None = None, **options: Any) -> None:
        self._sync = Client(url, token, **options)
        self._transport = AsyncTransport(self._sync._settings, self._sync._transport.versions)
        self.url = self._sync.url

    # Questions.

    async def run(
        self,
        program: str,
        values: Mapping[str, object] | None = None,
        *,
        engine: str | None = None,
        timeout: float | None = None,
        row_limit: int | None = None,
    ) -> AsyncAnswer:
        """The rows of a program of expressions, as `Client.run`: `async for` its batches, or `await` its `read_all`."""
        asked = self._sync._asked(engine, timeout, row_limit)
        return await self._transport.answer(requests.program(program, values, asked))

    async def query(
        self,
        sql: str,
        params: Sequence[object] | Mapping[str, object] | None = None,
        *,
        timeout: float | None = None,
        row_limit: int | None = None,
    ) -> AsyncAnswer:
        """The rows of one SQL statement, as `Client.query`."""
        return await self._transport.answer(requests.sql(sql, params, self._sync._asked(None, timeout, row_limit)))

    async def describe(self, program: str, values: Mapping[str, object] | None = None) -> pa.Schema:
        """The columns that the program comes to. It is planned, and not run."""
        return await in_thread(self._sync.describe, program, values)

    async def describe_query(self, sql: str, params: Any = None) -> pa.Schema:
        """The columns that the statement comes to. It is planned, and not run."""
        return await in_thread(self._sync.describe_query, sql, params)

    async def cancel(self, query_id: str) -> None:
        """Ends the question of that id, whoever asked it."""
        await self._transport.document(Request("DELETE", f"/v1/statements/{quoted(query_id)}"))

    # Arrays.

    @property
    def xp(self) -> Namespace:
        """The Python Array API, as `Client.xp`: nothing in it waits, but `await x` for the values of an array."""
        return self._sync.xp

    async def arrays(self) -> dict[str, Array]:
        """Stored arrays by their names, as lazy ones."""
        return await in_thread(lambda: dict(self._sync.arrays.items()))

    async def array(self, values: Any, dtype: Any = None) -> Array:
        """A lazy array of values of this process, or a stored one, as `Client.array`; `await` it for its values."""
        return await in_thread(self._sync.array, values, dtype)

    from_numpy = array

    async def from_zarr(
        self, path_or_store: Any, component: str | None = None, name: str | None = None, **options: Any
    ) -> Array:
        """A Zarr array, kept on the server, as `Client.from_zarr`."""
        return await in_thread(self._sync.from_zarr, path_or_store, component, name, **options)

    async def store(self, x: Array, name: str, **options: Any) -> Array:
        """Computes the array and keeps it as the array `name`, as `Client.store`."""
        return await in_thread(self._sync.store, x, name, **options)

    async def persist(self, x: Array) -> Array:
        """Computes the array once, and keeps it in memory for as long as somebody uses it, as `Client.persist`."""
        return await in_thread(self._sync.persist, x)

    async def run_arrays(self, program: str, values: Mapping[str, np.ndarray] | None = None) -> list[np.ndarray]:
        """The results of a program of arrays, as `Client.run_arrays`."""
        return await in_thread(self._sync.run_arrays, program, values)

    # Frames.

    async def sql(self, text: str, params: Any = None) -> DataFrame:
        """A lazy frame of what a query in SQL comes to; `await` it for its rows."""
        return await in_thread(self._sync.sql, text, params)

    async def table(self, name: str) -> DataFrame:
        """A lazy frame of the table or view of that name; `await` it for its rows."""
        return await in_thread(self._sync.table, name)

    async def from_arrow(self, data: Any) -> DataFrame:
        """A lazy frame of rows of this process, as `Client.from_arrow`."""
        return await in_thread(self._sync.from_arrow, data)

    async def from_pandas(self, frame: Any, *, index: bool = True) -> DataFrame:
        """A lazy frame of a pandas frame, as `Client.from_pandas`."""
        return await in_thread(self._sync.from_pandas, frame, index=index)

    async def from_polars(self, frame: Any) -> DataFrame:
        """A lazy frame of a Polars frame, as `Client.from_polars`."""
        return await in_thread(self._sync.from_polars, frame)

    async def from_dict(self, data: Mapping[str, Any]) -> DataFrame:
        """A lazy frame of columns by their names."""
        return await in_thread(self._sync.from_dict, data)

    async def from_array(self, data: Any, columns: Sequence[str] | None = None) -> DataFrame:
        """A lazy frame of a NumPy array of one or two axes."""
        return await in_thread(self._sync.from_array, data, columns)

    async def from_dask_array(
        self, x: Any, columns: Any = None, index: Any = None, meta: Any = None
    ) -> DataFrame | Series:
        """A lazy frame of an array of two axes, a column of one axis, as `Client.from_dask_array`."""
        return await in_thread(self._sync.from_dask_array, x, columns, index, meta)

    async def read_parquet(self, path: Any, columns: Sequence[str] | None = None) -> DataFrame:
        """A lazy frame of Parquet files, as `Client.read_parquet`."""
        return await in_thread(self._sync.read_parquet, path, columns)

    async def read_csv(self, path: Any, columns: Sequence[str] | None = None, *, sep: str = ",") -> DataFrame:
        """A lazy frame of CSV files, as `Client.read_csv`."""
        return await in_thread(self._sync.read_csv, path, columns, sep=sep)

    async def read_json(self, path: Any, columns: Sequence[str] | None = None) -> DataFrame:
        """A lazy frame of files with a JSON object in each line, as `Client.read_json`."""
        return await in_thread(self._sync.read_json, path, columns)

    async def read_feather(self, path: Any, columns: Sequence[str] | None = None) -> DataFrame:
        """A lazy frame of Arrow files, as `Client.read_feather`."""
        return await in_thread(self._sync.read_feather, path, columns)

    async def read_orc(self, path: Any, columns: Sequence[str] | None = None) -> DataFrame:
        """A lazy frame of ORC files, as `Client.read_orc`."""
        return await in_thread(self._sync.read_orc, path, columns)

    async def read_table(self, path: Any, columns: Sequence[str] | None = None, *, sep: str = "\t") -> DataFrame:
        """A lazy frame of files whose values stand between tabulators, as `Client.read_table`."""
        return await in_thread(self._sync.read_table, path, columns, sep=sep)

    # What the server holds.

    async def upload(self, name: str, data: Any, *, append: bool = False) -> None:
        """Keeps the rows of `data` as the table `name`, or adds them to it, as `Client.upload`."""
        request = requests.upload(name, data, append=append, session=self._sync._settings.session)
        try:
            await self._transport.document(request)
        except UnknownOutcomeError as error:
            if not await in_thread(self._sync._was_kept, request, error):
                raise

    async def drop(self, name: str, *, missing_ok: bool = False) -> None:
        """Drops the table or view."""
        await in_thread(self._sync.drop, name, missing_ok=missing_ok)

    async def datasets(self) -> dict[str, DataFrame]:
        """Tables and views by their names, as lazy frames."""
        return await in_thread(lambda: dict(self._sync.datasets.items()))

    async def views(self) -> dict[str, DataFrame]:
        """Views by their names, as lazy frames."""
        return await in_thread(lambda: dict(self._sync.views.items()))

    async def ops(self) -> dict[str, Any]:
        """The verbs, functions and types that the server's programs are made of."""
        return await in_thread(self._sync.ops)

    async def status(self) -> dict[str, Any]:
        """How the server is, as `Client.status`."""
        return await in_thread(self._sync.status)

    async def queries(self, *, running: bool = False) -> list[dict[str, Any]]:
        """The questions that the server remembers, as `Client.queries`."""
        return await in_thread(self._sync.queries, running=running)

    # The connection.

    async def close(self) -> None:
        """Closes the connections, and stops the server if it is this client's own."""
        await self._transport.close()
        await asyncio.to_thread(self._sync.close)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        """Where the server is."""
        return f"<pantile.AsyncClient {self.url}>"
