"""Questions over Arrow Flight, where a client asks for it.

A program is a descriptor's command, as `docs/reference/flight-sql.md` has it: a protobuf `Any` of one text, which is
written here by hand, as is the error that comes back in protobuf. What Flight does not carry beside a question, frames
and parameters, goes over HTTP: the methods then give None.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow as pa

from . import _errors as errors
from . import _requests, _sources
from ._errors import ConnectionError, Error
from ._requests import Asked

if TYPE_CHECKING:
    from ._transport import Transport

_PROGRAM = "pantile.dev/expression+json"
_STATEMENT = "type.googleapis.com/arrow.flight.protocol.sql.CommandStatementQuery"


_KINDS = {
    "ArrowInvalid": errors.QuestionError,
    "ArrowKeyError": errors.QuestionError,
    "ArrowNotImplementedError": errors.UnsupportedError,
    "FlightCancelledError": errors.CancelledError,
}


class Flight:
    """Questions to one server over Flight."""

    def __init__(self, transport: Transport) -> None:
        from pyarrow import flight

        self._flight = flight
        self._transport = transport
        self._settings = settings = transport.settings
        parts = urlsplit(settings.url)
        scheme = "grpc+tls" if parts.scheme == "https" else "grpc"
        port = parts.port or (443 if parts.scheme == "https" else 80)
        self._place = f"{scheme}://{parts.hostname}:{port}"
        self._client: Any = None
        self._pid = 0

    def run(self, program: str, values: Mapping[str, Any] | None, asked: Asked) -> pa.RecordBatchReader | None:
        """The rows of a program; None where frames stand beside it, which Flight has no place for."""
        values = dict(values or {})
        if asked.row_limit is not None or any(_sources.is_rows(value) for value in values.values()):
            return None
        plain = {name: _requests.json_value(name, value) for name, value in values.items()}
        told = {"program": program, "values": plain, "engine": asked.engine}
        text = json.dumps({name: value for name, value in told.items() if value}, allow_nan=False)
        return self._reader(_any(_PROGRAM, text.encode()), asked)

    def query(self, sql: str, params: Any, asked: Asked) -> pa.RecordBatchReader | None:
        """The rows of a statement; None where it has parameters or is limited, which goes over HTTP."""
        if params is not None or asked.row_limit is not None:
            return None
        return self._reader(_any(_STATEMENT, _bytes_field(1, sql.encode())), asked)

    def _reader(self, command: bytes, asked: Asked) -> pa.RecordBatchReader:
        query_id = _requests.new_id("query")
        descriptor = self._flight.FlightDescriptor.for_command(command)
        try:
            info = self._connection().get_flight_info(descriptor, self._options(asked, query_id))
        except (pa.ArrowException, OSError) as error:
            raise self._error(error, query_id) from error
        batches = self._batches(info, asked, query_id)
        return pa.RecordBatchReader.from_batches(info.schema, batches)

    def _batches(self, info: Any, asked: Asked, query_id: str) -> Iterator[pa.RecordBatch]:
        """The endpoints one after the other: that is the order of the rows."""
        try:
            for endpoint in info.endpoints:
                for chunk in self._connection().do_get(endpoint.ticket, self._options(asked, query_id)):
                    if chunk.data is not None:
                        yield chunk.data
        except (pa.ArrowException, OSError) as error:
            raise self._error(error, query_id) from error

    def _error(self, error: Exception, query_id: str) -> Error:
        """What a status of gRPC says. Arrow drops the details of some kinds of errors; the server notes all codes."""
        said, name = _detail(str(error)), type(error).__name__
        if name == "FlightUnavailableError":
            return ConnectionError(f"no server answers at {self._settings.url}: {said}", query_id=query_id)
        if name == "FlightTimedOutError":
            # The server sees that its caller has left, and notes that.
            return errors.TimeoutError(said, code="timeout", query_id=query_id)
        told = _info(getattr(error, "extra_info", b"") or b"")
        if told is None:
            told = {"code": (self._transport.progress(query_id) or {}).get("error")}
        if told.get("code") is None:
            return _KINDS.get(name, errors.ServerError)(said, query_id=query_id)
        return errors.of_problem({**told, "detail": said}, query_id=query_id)

    def _connection(self) -> Any:
        import os

        if self._client is None or self._pid != os.getpid():
            self._pid = os.getpid()
            self._client = self._flight.FlightClient(self._place, **self._tls())
        return self._client

    def _tls(self) -> dict[str, Any]:
        settings, told = self._settings, {}
        if settings.verify is False:
            told["disable_server_verification"] = True
        if isinstance(settings.verify, str):
            told["tls_root_certs"] = _content(settings.verify)
        if settings.cert is not None:
            certificate, key = (settings.cert, settings.cert) if isinstance(settings.cert, str) else settings.cert
            told |= {"cert_chain": _content(certificate), "private_key": _content(key)}
        return told

    def _options(self, asked: Asked, query_id: str) -> Any:
        told = {**self._settings.headers, "pantile-query-id": query_id}
        if self._settings.token:
            told["authorization"] = f"Bearer {self._settings.token}"
        if asked.session:
            told["pantile-session"] = asked.session
        headers = [(name.lower().encode(), value.encode()) for name, value in told.items()]
        return self._flight.FlightCallOptions(timeout=asked.timeout, headers=headers)


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _any(type_url: str, value: bytes) -> bytes:
    return _bytes_field(1, type_url.encode()) + _bytes_field(2, value)


def _bytes_field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _detail(text: str) -> str:
    """The server's words, without those that Arrow and gRPC put around them."""
    found = re.search(
        r"(?:returned [\w ]+ error, with message: |Detail: )(.*?)(?:\. Detail: |\. gRPC client debug|$)", text, re.S
    )
    return found[1] if found else text


def _info(status: bytes) -> dict[str, Any] | None:
    """Reason and metadata of the `google.rpc.ErrorInfo` in a `google.rpc.Status`."""
    for number, detail in _fields(status):
        if number != 3:
            continue
        packed = dict(_fields(detail))
        if not packed.get(1, b"").endswith(b"google.rpc.ErrorInfo"):
            continue
        told: dict[str, Any] = {}
        for field, value in _fields(packed.get(2, b"")):
            if field == 1:
                told["code"] = value.decode()
            elif field == 3:
                entry = dict(_fields(value))
                told[entry.get(1, b"").decode()] = entry.get(2, b"").decode()
        told["retry"] = told.get("retry") == "true"
        return told
    return None


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a protobuf message that are bytes, texts or messages; numbers are passed over."""
    at = 0
    while at < len(message):
        tag, at = _number(message, at)
        value, at = _number(message, at)
        if tag & 7 == 2:
            yield tag >> 3, message[at : at + value]
            at += value
        elif tag & 7 != 0:
            return


def _number(message: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while at < len(message):
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            break
    return number, at
