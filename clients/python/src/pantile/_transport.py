"""Requests over HTTP, a thread waiting for each: sent, tried again where that is safe, answers read as they come.

One `Transport` serves any number of threads. Its connections belong to the process that opened them: after a fork the
child opens its own, and leaves those of its parent alone.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import httpx

from . import _scope, _wire
from ._answer import Answer
from ._errors import ArgumentError, ClosedError, Error, TimeoutError
from ._lane import Lane
from ._requests import Request, get, quoted
from ._scope import Watch
from ._wire import Settings, Tries, Versions


class Transport:
    """Requests to one server."""

    def __init__(self, settings: Settings, server: object = None) -> None:
        self.settings = settings
        # Of this process's own, which ends when nothing holds it any more.
        self._server = server
        self.versions = Versions()
        self.is_closed = False
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._http: httpx.Client | None = None
        self._lane: Lane | None = None
        # Answers that nobody reads any more, to be closed where no lock of the pool can be held.
        self._left: deque[httpx.Response] = deque()

    def http(self) -> httpx.Client:
        """This process's own pool of connections."""
        if self.is_closed:
            raise ClosedError("the client was closed")
        if self._pid != os.getpid():
            self._begin()
        with self._lock:
            if self._http is None:
                self._http = _pool(self.settings)
            return self._http

    def lane(self) -> Lane:
        """This process's own short way for small questions."""
        if self.is_closed:
            raise ClosedError("the client was closed")
        if self._pid != os.getpid():
            self._begin()
        if self._lane is None:
            self._lane = Lane(self)
        return self._lane

    def send(self, request: Request, watches: Sequence[Watch] = ()) -> tuple[httpx.Response, str]:
        """The open answer to the request, and its query id."""
        tries = Tries(request, self.settings.retries)
        while True:
            retry_after = None
            try:
                response, query_id = self._try(request, watches)
                if response.status_code < 300:
                    return response, query_id
                retry_after = response.headers.get("Retry-After")
                error = _wire.problem(response.status_code, response.headers, self._body(response), self.settings.url)
            except Error as broken:
                error = broken
            pause = tries.pause(error, retry_after)
            if pause is None:
                raise tries.given_up(error)
            time.sleep(pause)

    def answer(self, request: Request, *watches: Watch) -> Answer:
        """The batches that the server answers with, as they come."""
        watches = (*watches, *_scope.scopes())
        try:
            response, query_id = self.send(request, watches)
            answer = Answer(self, response, query_id, request, watches)
            answer.begin()
        except BaseException:
            _scope.ended(watches)
            raise
        return answer

    def whole(self, request: Request) -> tuple[httpx.Response, bytes]:
        """The answer and all of its body, read at once."""
        watches = _scope.scopes() if request.is_question else ()
        try:
            response, _ = self.send(request, watches)
            return response, self._body(response)
        finally:
            _scope.ended(watches)

    def document(self, request: Request) -> Any:
        """The JSON that the server answers with."""
        return _wire.json_answer(self.whole(request)[1], self.settings.url)

    def progress(self, query_id: str) -> dict[str, Any] | None:
        """How far the question has come, if that can be said quickly."""
        try:
            path = f"/v1/statements/{quoted(query_id)}"
            response = self.http().get(path, timeout=httpx.Timeout(_wire.CANCEL_S))
            return response.json() if response.status_code == 200 else None
        except (httpx.HTTPError, Error, ValueError):
            return None

    def cancel(self, query_id: str) -> None:
        """Tells the server to end the question. Raises where none of that id runs."""
        self.document(Request("DELETE", f"/v1/statements/{quoted(query_id)}"))

    def cancel_quietly(self, query_id: str) -> None:
        """Tells the server to end the question, if that can be said quickly."""
        try:
            path = f"/v1/statements/{quoted(query_id)}"
            self.http().delete(path, timeout=httpx.Timeout(_wire.CANCEL_S)).close()
        except (httpx.HTTPError, Error):
            # It ends by itself then: its connection is closed, too.
            pass

    def close(self) -> None:
        """Closes the connections that are this process's own."""
        self.is_closed = True
        if self._pid == os.getpid() and self._http is not None:
            self._http.close()
        if self._pid == os.getpid() and self._lane is not None:
            self._lane.close()

    def __del__(self) -> None:
        # Nobody is in the pool any more, so that its locks are free.
        with contextlib.suppress(Exception):
            self.close()

    def leave(self, response: httpx.Response) -> None:
        """Ends an answer that nobody reads any more, wherever the garbage collector happened to run."""
        if self._pid != os.getpid():
            return
        _shut(response)
        self._left.append(response)

    def _try(self, request: Request, watches: Sequence[Watch]) -> tuple[httpx.Response, str]:
        http = self.http()
        while self._left:
            self._left.popleft().close()
        headers, query_id = _wire.headers(request)
        for watch in watches:
            watch.began(self, query_id)
        body = request.body() if callable(request.body) else request.body
        try:
            built = http.build_request(
                request.method, request.path, headers=headers, content=body, timeout=_wire.timeouts(request)
            )
            response = http.send(built, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            told = _wire.broken(error, request, query_id, self.settings.url)
            if isinstance(told, TimeoutError) and request.is_question:
                self.cancel_quietly(query_id)
            raise told from error
        except BaseException:
            # Ctrl-C, or the data that is sent failed to come.
            if request.is_question:
                self.cancel_quietly(query_id)
            raise
        self.versions.look(response.headers)
        return response, query_id

    def _body(self, response: httpx.Response) -> bytes:
        try:
            return response.read()
        except httpx.HTTPError as error:
            told = _wire.broken(error, get("/"), response.headers.get("Pantile-Query-Id", ""), self.settings.url)
            raise told from error
        finally:
            response.close()


def _pool(settings: Settings) -> httpx.Client:
    arguments = settings.for_httpx()
    try:
        if _wire.has_proxy(settings):
            return httpx.Client(**arguments)
        shared = {name: arguments[name] for name in ("verify", "limits", "trust_env")}
        return httpx.Client(transport=httpx.HTTPTransport(**shared, socket_options=KEEP_ALIVE), **arguments)
    except (httpx.InvalidURL, ValueError, ImportError) as error:
        raise ArgumentError(f"the connection's settings do not go together: {error}") from error


def _keep_alive() -> list[tuple[int, int, int]]:
    """Makes a server that is gone without a word known within two minutes, though nothing is read meanwhile."""
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6)):
        if hasattr(socket, name):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return options


KEEP_ALIVE = _keep_alive()


def _shut(response: httpx.Response) -> None:
    """Ends the conversation on the socket. Takes no lock, so that the garbage collector may do it."""
    stream = response.extensions.get("network_stream")
    opened = stream.get_extra_info("socket") if stream is not None else None
    if opened is not None:
        with contextlib.suppress(OSError):
            opened.shutdown(socket.SHUT_RDWR)
