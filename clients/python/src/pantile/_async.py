"""`AsyncClient`: the calls of `Client`, awaited; and `in_thread`, which makes any blocking piece of work cancellable.

Requests go over httpx's own asynchronous connections, one pool for each event loop. Frames are those of `Client`:
building one asks nothing that takes time, and `await frame` computes it in a thread, whose questions end when the task
is cancelled.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import os
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import pyarrow as pa

from . import _ipc, _wire
from . import _requests as requests
from ._client import Client
from ._errors import ClosedError, Error, TimeoutError
from ._requests import Request, get, quoted
from ._scope import SCOPE, Scope
from ._transport import AT_ONCE_BYTES
from ._wire import Settings, Tries, Versions

if TYPE_CHECKING:
    from ._frame import DataFrame

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


class AsyncAnswer:
    """The batches of one answer, each given out as soon as it is whole. Raises where the answer breaks off."""

    def __init__(self, transport: AsyncTransport, response: httpx.Response, query_id: str, request: Request) -> None:
        self.query_id = query_id
        self.headers: Mapping[str, str] = response.headers
        self.is_over = False
        self._transport = transport
        self._response = response
        self._request = request
        self._decoder = _ipc.Decoder()
        self._ready: deque[pa.RecordBatch] = deque()
        self._pieces = response.aiter_bytes()

    async def begin(self) -> AsyncAnswer:
        """Reads up to the schema, or all of an answer that is short."""
        try:
            _wire.check_type(self.headers, _ipc.MEDIA_TYPE, self._transport.settings.url)
        except Error:
            await self.aclose()
            raise
        is_short = int(self.headers.get("Content-Length", AT_ONCE_BYTES + 1)) <= AT_ONCE_BYTES
        while not self.is_over and (is_short or self._decoder.schema is None):
            await self._pull()
        return self

    @property
    def schema(self) -> pa.Schema:
        """The columns."""
        assert self._decoder.schema is not None, "an answer begins with its schema"
        return self._decoder.schema

    async def read_all(self) -> pa.Table:
        """All of it."""
        return pa.Table.from_batches([batch async for batch in self], self.schema)

    def __aiter__(self) -> AsyncIterator[pa.RecordBatch]:
        return self

    async def __anext__(self) -> pa.RecordBatch:
        while not self._ready:
            if self.is_over:
                raise StopAsyncIteration
            await self._pull()
        return self._ready.popleft()

    async def __aenter__(self) -> AsyncAnswer:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Reads no further. What still runs for it on the server ends."""
        self.is_over = True
        await self._response.aclose()

    async def _pull(self) -> None:
        piece, cause = None, None
        try:
            piece = await anext(self._pieces, None)
            self._ready.extend(self._decoder.feed(piece or b""))
        except httpx.ReadTimeout as error:
            await self._abandon()
            raise _wire.broken(error, self._request, self.query_id, self._transport.settings.url) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            cause = error
        except BaseException:
            # The task was cancelled, or bytes that are no Arrow.
            await self._abandon()
            raise
        if piece is None:
            await self._end(cause)

    async def _end(self, cause: Exception | None) -> None:
        await self.aclose()
        try:
            self._decoder.end(self.query_id, cause)
        except Error as error:
            await self._transport.say_why(error, self.query_id)
            raise

    async def _abandon(self) -> None:
        self.is_over = True
        await self._transport.cancel_quietly(self.query_id)
        await asyncio.shield(self._response.aclose())


class AsyncTransport:
    """Requests to one server, awaited."""

    def __init__(self, settings: Settings, versions: Versions) -> None:
        self.settings = settings
        self.versions = versions
        self.is_closed = False
        self._pid = os.getpid()
        # Connections belong to the event loop that opened them.
        self._pools: weakref.WeakKeyDictionary[Any, httpx.AsyncClient] = weakref.WeakKeyDictionary()

    def http(self) -> httpx.AsyncClient:
        """The pool of this event loop."""
        if self.is_closed:
            raise ClosedError("the client was closed")
        if self._pid != os.getpid():
            self._pid, self._pools = os.getpid(), weakref.WeakKeyDictionary()
        loop = asyncio.get_running_loop()
        if loop not in self._pools:
            self._pools[loop] = httpx.AsyncClient(**self.settings.for_httpx())
        return self._pools[loop]

    async def answer(self, request: Request) -> AsyncAnswer:
        """The batches that the server answers with, as they come."""
        response, query_id = await self._send(request)
        return await AsyncAnswer(self, response, query_id, request).begin()

    async def document(self, request: Request) -> Any:
        """The JSON that the server answers with."""
        response, _ = await self._send(request)
        return _wire.json_answer(await self._body(response), self.settings.url)

    async def cancel_quietly(self, query_id: str) -> None:
        """Tells the server to end the question, if that can be said quickly, whatever becomes of this task."""
        await asyncio.shield(asyncio.ensure_future(self._cancelled(query_id)))

    async def say_why(self, error: Error, query_id: str) -> None:
        """Adds the code that the server has noted for a question whose answer broke off."""
        try:
            timeout = httpx.Timeout(_wire.CANCEL_S)
            response = await self.http().get(f"/v1/statements/{quoted(query_id)}", timeout=timeout)
            _wire.noted(error, response.json() if response.status_code == 200 else None)
        except (httpx.HTTPError, Error, ValueError):
            return

    async def close(self) -> None:
        """Closes the connections of this event loop."""
        self.is_closed = True
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None and self._pid == os.getpid():
            await pool.aclose()

    async def _send(self, request: Request) -> tuple[httpx.Response, str]:
        tries = Tries(request, self.settings.retries)
        while True:
            retry_after = None
            try:
                response, query_id = await self._try(request)
                if response.status_code < 300:
                    return response, query_id
                retry_after = response.headers.get("Retry-After")
                body = await self._body(response)
                error = _wire.problem(response.status_code, response.headers, body, self.settings.url)
            except Error as broken:
                error = broken
            pause = tries.pause(error, retry_after)
            if pause is None:
                raise _wire.lost(request, error)
            await asyncio.sleep(pause)

    async def _try(self, request: Request) -> tuple[httpx.Response, str]:
        http = self.http()
        headers, query_id = _wire.headers(request)
        body = _asynchronous(request.body()) if callable(request.body) else request.body
        try:
            built = http.build_request(
                request.method, request.path, headers=headers, content=body, timeout=_wire.timeouts(request)
            )
            response = await http.send(built, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            told = _wire.broken(error, request, query_id, self.settings.url)
            if isinstance(told, TimeoutError) and request.is_question:
                await self.cancel_quietly(query_id)
            raise told from error
        except BaseException:
            if request.is_question:
                await self.cancel_quietly(query_id)
            raise
        self.versions.look(response.headers)
        return response, query_id

    async def _body(self, response: httpx.Response) -> bytes:
        try:
            return await response.aread()
        except httpx.HTTPError as error:
            told = _wire.broken(error, get("/"), response.headers.get("Pantile-Query-Id", ""), self.settings.url)
            raise told from error
        finally:
            await response.aclose()

    async def _cancelled(self, query_id: str) -> None:
        try:
            path = f"/v1/statements/{quoted(query_id)}"
            await self.http().delete(path, timeout=httpx.Timeout(_wire.CANCEL_S))
        except (httpx.HTTPError, Error):
            # It ends by itself then: its connection is closed, too.
            pass


async def _asynchronous(pieces: Iterable[Any]) -> AsyncIterator[Any]:
    """The pieces, each made in a thread: whoever makes them may wait for something."""
    steps, end = iter(pieces), object()
    while (piece := await asyncio.to_thread(next, steps, end)) is not end:
        yield piece


class AsyncClient:
    """A Pantile server, for the tasks of event loops. Takes what `Client` takes; use it as `async with`."""

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

    async def read_parquet(self, path: Any, columns: Sequence[str] | None = None) -> DataFrame:
        """A lazy frame of Parquet files, as `Client.read_parquet`."""
        return await in_thread(self._sync.read_parquet, path, columns)

    async def read_csv(self, path: Any, columns: Sequence[str] | None = None, *, sep: str = ",") -> DataFrame:
        """A lazy frame of CSV files, as `Client.read_csv`."""
        return await in_thread(self._sync.read_csv, path, columns, sep=sep)

    async def read_json(self, path: Any, columns: Sequence[str] | None = None) -> DataFrame:
        """A lazy frame of files with a JSON object in each line, as `Client.read_json`."""
        return await in_thread(self._sync.read_json, path, columns)

    # What the server holds.

    async def upload(self, name: str, data: Any, *, append: bool = False) -> None:
        """Keeps the rows of `data` as the table `name`, or adds them to it, as `Client.upload`."""
        session = self._sync._settings.session
        await self._transport.document(requests.upload(name, data, append=append, session=session))

    async def drop(self, name: str, *, missing_ok: bool = False) -> None:
        """Drops the table or view."""
        await in_thread(self._sync.drop, name, missing_ok=missing_ok)

    async def datasets(self) -> dict[str, DataFrame]:
        """Tables and views by their names, as lazy frames."""
        return await in_thread(lambda: {one.name: self._sync.table(one.name) for one in self._sync.datasets.list()})

    async def views(self) -> dict[str, DataFrame]:
        """Views by their names, as lazy frames."""
        return await in_thread(lambda: {one.name: self._sync.table(one.name) for one in self._sync.views.list()})

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
