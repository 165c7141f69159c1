"""Flight SQL by the ADBC driver: where a server is, a connection to it, and what is said of its refusals."""

from __future__ import annotations

import re
import uuid
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import adbc_driver_flightsql.dbapi as adbc
import pyarrow as pa
from adbc_driver_flightsql import DatabaseOptions

from .._errors import ArgumentError

DEFAULT_PORT = 8815
MESSAGE_BYTES = 4 << 20
# A single value may be larger than that; the driver's own limit is 16 MiB.
LARGEST_MESSAGE = (1 << 31) - 1
HEADER = DatabaseOptions.RPC_CALL_HEADER_PREFIX.value
_SECURE = {"pantile": False, "grpc": False, "grpc+tcp": False, "http": False}
_SECURE |= {"pantile+tls": True, "grpc+tls": True, "https": True}


def address(url: str | None, host: str, port: int) -> str:
    """The address as the driver wants it, from any of the spellings that people use."""
    if url is None:
        return f"grpc://{host}:{port}"
    parts = urlsplit(url if "://" in url else f"pantile://{url}")
    if parts.scheme not in _SECURE or not parts.hostname:
        raise ArgumentError(f"{url!r} is no address of a server", hint=f"such as pantile://localhost:{DEFAULT_PORT}")
    scheme = "grpc+tls" if _SECURE[parts.scheme] else "grpc"
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{scheme}://{name}:{parts.port or DEFAULT_PORT}"


def connect(uri: str, token: str | None, session: str | None, options: dict[str, str]) -> adbc.Connection:
    """A connection whose calls are all in one session: temporary tables, settings and transactions are that one's."""
    told = {f"{HEADER}pantile-session": session or f"ibis-{uuid.uuid4().hex}"}
    told[DatabaseOptions.WITH_MAX_MSG_SIZE.value] = str(LARGEST_MESSAGE)
    if token is not None:
        told[DatabaseOptions.AUTHORIZATION_HEADER.value] = f"Bearer {token}"
    with warnings.catch_warnings():
        # The driver says that transactions are off; they are begun by statements here.
        warnings.simplefilter("ignore")
        return adbc.connect(uri, {**told, **options}, autocommit=True)


def reason(error: adbc.Error) -> str | None:
    """The server's code of what went wrong, out of the error's details, in which it stands behind its length."""
    details = dict(getattr(error, "details", None) or ()).get(b"grpc-status-details-bin", b"")
    found = re.search(rb"ErrorInfo\x12.{1,2}\n.([a-z_]+)\x12", bytes(details), re.DOTALL)
    return found.group(1).decode() if found else None


def with_rows(rows: Any) -> Any:
    """The rows in batches that the driver sends: at least one, if an empty one, and none larger than a message."""
    if not isinstance(rows, (pa.Table, pa.RecordBatchReader)):
        return rows
    return pa.RecordBatchReader.from_batches(rows.schema, _sendable(rows))


def _sendable(rows: pa.Table | pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    is_empty = True
    for batch in rows.to_batches() if isinstance(rows, pa.Table) else rows:
        is_empty = False
        yield from _halved(batch)
    if is_empty:
        yield pa.RecordBatch.from_pylist([], rows.schema)


def _halved(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    if batch.nbytes <= MESSAGE_BYTES or batch.num_rows < 2:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _halved(batch.slice(0, half))
    yield from _halved(batch.slice(half))
