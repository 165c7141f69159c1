"""A short way for small questions: one socket, one request, one answer of known length.

Programs of arrays are many and small, and most of what one costs is spent on this side: 0.9 ms by the transport, 0.2 ms
this way (loopback, two shared cores, an answer of eight bytes). It is only for the plain case: whatever is unusual (an
error, a broken connection, an answer in pieces) makes `ask` return None, and the caller asks again by the transport,
which knows all cases. So it is for questions that change nothing.
"""

from __future__ import annotations

import os
import socket
import time
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from . import _scope, _wire
from ._requests import Request, new_id

if TYPE_CHECKING:
    from ._transport import Transport

_CHUNK_BYTES = 1 << 16
_HEAD_BYTES = 1 << 16


class Lane:
    """Sockets to one server that are open and idle."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        settings = transport.settings
        parts = urlsplit(settings.url)
        self.is_open = parts.scheme == "http" and not _wire.has_proxy(settings)
        self._address = parts.hostname or "", parts.port or 80
        common = {"Host": parts.netloc, **settings.every_request(), "Accept-Encoding": "identity"}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in common.items())
        self._pid = os.getpid()
        # Each with the time when it was last used; the server closes what is idle for long.
        self._idle: deque[tuple[socket.socket, float]] = deque()

    def ask(self, request: Request, media: str) -> bytes | bytearray | None:
        """The body of a plain answer of that type; None where the transport should ask."""
        if not isinstance(request.body, bytes) or request.timeout is not None or _scope.SCOPE.get() is not None:
            return None
        if not self.is_open or self._transport.is_closed or self._pid != os.getpid():
            return None
        query_id = new_id("query")
        try:
            connection = self._connection()
        except OSError:
            return None
        try:
            connection.sendall(self._text(request, query_id) + request.body)
            body = self._answer(connection, media)
        except (OSError, ValueError):
            body = None
        except BaseException:
            # Ctrl-C.
            connection.close()
            self._transport.cancel_quietly(query_id)
            raise
        if body is None:
            connection.close()
        else:
            self._idle.append((connection, time.monotonic()))
        return body

    def close(self) -> None:
        """Closes what is open."""
        while self._idle:
            self._idle.pop()[0].close()

    def _connection(self) -> socket.socket:
        while self._idle:
            connection, since = self._idle.pop()
            if time.monotonic() - since < _wire.KEEP_ALIVE_S:
                return connection
            connection.close()
        connection = socket.create_connection(self._address, _wire.CONNECT_S)
        connection.settimeout(_wire.FOREVER_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return connection

    def _text(self, request: Request, query_id: str) -> bytes:
        told = {**request.headers, "Pantile-Query-Id": query_id, "Content-Length": len(request.body)}  # type: ignore[arg-type]
        own = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        return f"{request.method} {request.path} HTTP/1.1\r\n{self._head}{own}\r\n".encode("latin-1")

    def _answer(self, connection: socket.socket, media: str) -> bytes | bytearray | None:
        read = connection.recv(_CHUNK_BYTES)
        while (end := read.find(b"\r\n\r\n")) < 0:
            more = connection.recv(_CHUNK_BYTES)
            if not more or len(read) > _HEAD_BYTES:
                return None
            read += more
        status, *lines = read[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        is_plain = headers.get("content-type") == media and headers.get("connection", "").lower() != "close"
        if not status.startswith("HTTP/1.1 200") or not is_plain or "content-length" not in headers:
            return None
        self._transport.versions.look({"Server": headers.get("server", "")})
        return _whole(connection, read[end + 4 :], int(headers["content-length"]))


def _whole(connection: socket.socket, begun: bytes, length: int) -> bytes | bytearray | None:
    """The rest of a body of that length."""
    if len(begun) >= length:
        return begun if len(begun) == length else None
    body = bytearray(length)
    body[: len(begun)] = begun
    rest = memoryview(body)[len(begun) :]
    while rest:
        count = connection.recv_into(rest)
        if not count:
            return None
        rest = rest[count:]
    return body
