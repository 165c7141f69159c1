"""Requests over HTTP, a task waiting for each: what `_transport` does, awaited.

Requests go over httpx's own asynchronous connections, a pool for each event loop.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import httpx
import pyarrow as pa

from . import _ipc, _wire
from ._answer import AT_ONCE_BYTES
from ._errors import ClosedError, Error, TimeoutError
from ._requests import Request, get, quoted
from ._wire import Settings, Tries, Versions


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
                raise tries.given_up(error)
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
