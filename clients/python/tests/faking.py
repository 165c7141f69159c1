"""A server that answers as a test says, to see what the client makes of servers that are ill."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pyarrow as pa

ARROW = "application/vnd.apache.arrow.stream"


@dataclass
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Reply = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else each answer waits for the acknowledgement of its head.
    disable_nagle_algorithm = True
    wbufsize = -1
    version = "pantile/0.1.0"

    def version_string(self) -> str:
        return self.server.version  # type: ignore[attr-defined]

    def log_message(self, *_: Any) -> None:
        pass

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        whole = b""
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def _any(self) -> None:
        seen = Seen(self.command, self.path, dict(self.headers), self._body())
        fake: Fake = self.server.fake  # type: ignore[attr-defined]
        with fake.lock:
            fake.seen.append(seen)
            reply = self._reply(fake)
        reply(self)

    def _reply(self, fake: Fake) -> Reply:
        if "/statements/" in self.path:
            return document({"state": "cancelled"}) if self.command == "DELETE" else fake.progress
        return fake.replies.pop(0) if fake.replies else fake.otherwise

    do_GET = do_POST = do_PUT = do_DELETE = _any


class Fake:
    """Answers with `replies` one after the other, then with `otherwise`."""

    def __init__(
        self,
        *replies: Reply,
        otherwise: Reply | None = None,
        version: str = "pantile/0.1.0",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.replies = list(replies)
        self.otherwise = otherwise or problem("internal", 500)
        self.progress = problem("not_found", 404)
        self.seen: list[Seen] = []
        self.lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.fake, self._http.version = self, version  # type: ignore[attr-defined]
        if tls is not None:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self) -> Fake:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def asked(self, path: str = "/v1/") -> list[Seen]:
        return [seen for seen in self.seen if seen.path.startswith(path)]


def problem(code: str, status: int, **more: Any) -> Reply:
    body = json.dumps({"code": code, "status": status, "detail": f"it is {code}", "retry": False, **more}).encode()
    return plain(body, status, "application/problem+json")


def document(told: Any) -> Reply:
    return plain(json.dumps(told).encode(), 200, "application/json")


def plain(body: bytes, status: int = 200, media: str = ARROW, **headers: str) -> Reply:
    def reply(to: Handler) -> None:
        to.send_response(status)
        to.send_header("Content-Type", media)
        to.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            to.send_header(name.replace("_", "-"), value)
        to.end_headers()
        to.wfile.write(body)

    return reply


def rows(table: pa.Table) -> Reply:
    return plain(stream(table))


def cut(body: bytes, *, reset: bool = False, last_chunk: bool = False) -> Reply:
    """A chunked answer that ends after `body`: by a closed connection, a reset one, or as if all were well."""

    def reply(to: Handler) -> None:
        to.send_response(200)
        to.send_header("Content-Type", ARROW)
        to.send_header("Transfer-Encoding", "chunked")
        to.send_header("Connection", "close")
        to.end_headers()
        to.wfile.write(f"{len(body):x}\r\n".encode() + body + b"\r\n" + (b"0\r\n\r\n" if last_chunk else b""))
        to.wfile.flush()
        to.close_connection = True
        if reset:
            to.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            to.connection.close()

    return reply


def hang_up(to: Handler) -> None:
    """Closes the connection without an answer."""
    to.close_connection = True
    to.connection.shutdown(socket.SHUT_RDWR)


def stream(table: pa.Table, rows: int | None = None) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return sink.getvalue().to_pybytes()
