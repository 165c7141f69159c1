"""Requests, described before anything is sent: what the sync and the async client have in common.

A `Request` can be sent again: its body is made anew each time. `is_repeatable` says whether it may be, once the server
may have seen it: reading may, and so may a change under an idempotency key.
"""

from __future__ import annotations

import datetime
import decimal
import json
import math
import numbers
import os
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from . import _array_files, _ipc, _npy, _sources
from ._errors import ArgumentError

# Pieces are bytes, or views of them, which are sent uncopied.
Body = bytes | Callable[[], Iterable[Any]]

_COLUMNS_OF_VALUES = re.compile(r"\.\s*(pivot|to_dummies|transpose)\b")
_INTEGERS = range(-(1 << 63), 1 << 64)
_TEXTS = (str, datetime.date, datetime.time, decimal.Decimal, uuid.UUID)


@dataclass(frozen=True)
class Request:
    """One request to the server."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: Body | None = None
    is_repeatable: bool = True
    # How long its answer may take to come, in seconds; None leaves it to the server.
    timeout: float | None = 30.0
    # Whether it runs under its query id, so that leaving means to end it there.
    is_question: bool = False
    # Whether it changes something for sure; a question may, too.
    is_change: bool = False

    @property
    def key(self) -> str | None:
        """Its idempotency key."""
        return self.headers.get("Idempotency-Key")


@dataclass(frozen=True)
class Asked:
    """What is said of a question beside its text."""

    engine: str | None = None
    timeout: float | None = None
    row_limit: int | None = None
    session: str | None = None
    describe: bool = False

    def fields(self) -> dict[str, Any]:
        """As fields of the body."""
        told = {
            "engine": self.engine,
            "timeout_ms": None if self.timeout is None else max(1, round(self.timeout * 1000)),
            "row_limit": self.row_limit,
            "describe": True if self.describe else None,
        }
        return {name: value for name, value in told.items() if value is not None}

    def headers(self) -> dict[str, str]:
        """The session, or a key: what is part of a session's transaction takes none."""
        return {"Pantile-Session": self.session} if self.session else {"Idempotency-Key": new_id("key")}


def new_id(kind: str) -> str:
    """An id that nobody else has: of a query, a key, a session."""
    return f"py-{kind}-{uuid.uuid4().hex}"


def program(text: str, values: Mapping[str, Any] | None, asked: Asked) -> Request:
    """A program of expressions with the values beside it: JSON, or parts where frames are among them."""
    values = dict(values or {})
    frames = {name: value for name, value in values.items() if _sources.is_rows(value)}
    plain = {name: json_value(name, value) for name, value in values.items() if name not in frames}
    if not frames:
        body = {"program": text, **({"values": plain} if plain else {}), **asked.fields()}
        return _question("/v1/expressions", "application/json", _json(body), asked, True)
    parts: dict[str, tuple[str, Callable[[], Iterable[Any]]]] = {"program": ("text/x-python", _text(text))}
    parts |= {name: ("text/plain", _text(_said(value))) for name, value in asked.fields().items()}
    parts |= {name: ("application/json", _text(json.dumps(value))) for name, value in plain.items()}
    parts |= {name: (_ipc.MEDIA_TYPE, _rows(frame)) for name, frame in frames.items()}
    # Another one for each request: rows may hold any text that was seen before.
    boundary = new_id("part")
    media = f"multipart/form-data; boundary={boundary}"
    again = all(_sources.can_repeat(frame) for frame in frames.values())
    return _question("/v1/expressions", media, lambda: _multipart(parts, boundary), asked, again)


def arrays(text: str, values: Mapping[str, Any], asked: Asked) -> Request:
    """A program of arrays, as plain text where nothing is said or sent beside it."""
    said, body = _of_arrays(text, values, asked)
    # Nothing is changed by it, so that it needs no key to be asked again.
    headers = {**said, "Accept": _npy.MEDIA_TYPE}
    headers |= {"Pantile-Session": asked.session} if asked.session else {}
    return Request("POST", "/v1/expressions", headers, body, True, asked.timeout, True)


def storing(text: str, values: Mapping[str, Any], asked: Asked) -> Request:
    """A program of arrays that keeps its array: a change, and its answer is one row."""
    said, body = _of_arrays(text, values, asked)
    question = _question("/v1/expressions", said["Content-Type"], body, asked, True)
    return replace(question, headers={**question.headers, **said}, is_change=True)


def _of_arrays(text: str, values: Mapping[str, Any], asked: Asked) -> tuple[dict[str, str], Body]:
    """What is said of the body of a program of arrays, and the body."""
    fields, media = asked.fields(), "text/x-python"
    if not values and not fields:
        return {"Content-Type": media}, text.encode()
    parts: dict[str, tuple[str, Callable[[], Iterable[Any]]]] = {"program": (media, _text(text))}
    parts |= {name: ("text/plain", _text(_said(value))) for name, value in fields.items()}
    around = {**parts, **dict.fromkeys(values, (_npy.MEDIA_TYPE, tuple))}
    parts |= {name: (_npy.MEDIA_TYPE, _pieces(value)) for name, value in values.items()}
    boundary = new_id("part")
    # Who knows the length need not wait for a last chunk behind the last part, and answers on a connection that stays.
    length = sum(map(len, _multipart(around, boundary))) + sum(map(_npy.length, values.values()))
    said = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(length)}
    return said, lambda: _multipart(parts, boundary)


def _pieces(value: Any) -> Callable[[], Iterable[Any]]:
    return lambda: _npy.pieces(value)


def for_planning(text: str, values: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The values as far as a plan needs them: frames without their rows, unless columns are made of those."""
    if _COLUMNS_OF_VALUES.search(text):
        return dict(values or {})
    return {
        name: _sources.without_rows(value) if _sources.is_rows(value) else value
        for name, value in (values or {}).items()
    }


def sql(text: str, params: Any, asked: Asked) -> Request:
    """One statement with its parameters."""
    body = {"sql": text, **asked.fields()}
    if params is not None:
        body["params"] = _params(params)
    return _question("/v1/sql", "application/json", _json(body), asked, True)


def upload(name: str, data: Any, *, append: bool, session: str | None = None) -> Request:
    """The rows of `data` as a table, or as more rows of one. They are read while they are sent."""
    path = f"/v1/tables/{quoted(name)}"
    headers = {"Content-Type": _ipc.MEDIA_TYPE}
    headers |= {"Pantile-Session": session} if session else {"Idempotency-Key": new_id("key")}
    again = _sources.can_repeat(data)
    method, path = ("POST", f"{path}/rows") if append else ("PUT", path)
    return Request(method, path, headers, _rows(data), again and not session, None, True, True)


def view(name: str, text: str, *, is_sql: bool) -> Request:
    """A named question."""
    media = "application/sql" if is_sql else "text/x-python"
    headers = {"Content-Type": media, "Idempotency-Key": new_id("key")}
    return Request("PUT", f"/v1/views/{quoted(name)}", headers, text.encode(), is_change=True)


def array(name: str, values: Any, said: Mapping[str, str], *, session: str | None = None) -> Request:
    """Values as a stored array, and what is said of how it is kept. They are read while they are sent."""
    query = f"?{urlencode(said)}" if said else ""
    headers = {"Content-Type": _npy.MEDIA_TYPE, "Content-Length": str(_npy.length(values))}
    headers |= {"Pantile-Session": session} if session else {"Idempotency-Key": new_id("key")}
    path = f"/v1/arrays/{quoted(name)}{query}"
    return Request("PUT", path, headers, _pieces(values), not session, None, True, True)


def array_file(name: str, path: str | os.PathLike[str], said: Mapping[str, str]) -> Request:
    """An array in a file or a folder as a stored array."""
    media, body = _array_files.body(path)
    headers = {"Content-Type": media, "Idempotency-Key": new_id("key")}
    return Request("PUT", f"/v1/arrays/{quoted(name)}?{urlencode(said)}", headers, body, True, None, True, True)


def array_from(name: str, location: str, said: Mapping[str, str]) -> Request:
    """An array at one of the server's locations as a stored array."""
    query = urlencode({"from": location, **said})
    headers = {"Idempotency-Key": new_id("key")}
    return Request("PUT", f"/v1/arrays/{quoted(name)}?{query}", headers, b"", True, None, True, True)


def drop(kind: str, name: str) -> Request:
    """The end of a table, a view or an array."""
    return Request("DELETE", f"/v1/{kind}/{quoted(name)}", {"Idempotency-Key": new_id("key")}, is_change=True)


def get(path: str) -> Request:
    """A document."""
    return Request("GET", path)


def quoted(name: str) -> str:
    """A name as a part of a path."""
    if not isinstance(name, str) or not name:
        raise ArgumentError(f"a table's name is a text, and this is {name!r}")
    return quote(name, safe="")


def _question(path: str, media: str, body: Body, asked: Asked, again: bool, accept: str = _ipc.MEDIA_TYPE) -> Request:
    headers = {"Content-Type": media, "Accept": accept, **asked.headers()}
    # In a session a repetition may be a second insert: nothing but its answer could tell.
    return Request("POST", path, headers, body, again and asked.session is None, asked.timeout, True)


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def _text(text: str) -> Callable[[], Iterable[bytes]]:
    return lambda: [text.encode()]


def _said(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _rows(data: Any) -> Callable[[], Iterable[Any]]:
    # What cannot be sent is refused here, before anything is.
    first = [_sources.reader_of(data)]
    return lambda: _ipc.pieces(first.pop() if first else _sources.reader_of(data))


def _multipart(parts: Mapping[str, tuple[str, Callable[[], Iterable[Any]]]], boundary: str) -> Iterator[Any]:
    for name, (media, content) in parts.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\nContent-Type: {media}\r\n\r\n'
        yield head.encode()
        yield from content()
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def _params(params: Any) -> Any:
    if isinstance(params, Mapping):
        return {str(name): _param(str(name), value) for name, value in params.items()}
    if isinstance(params, (str, bytes)) or not isinstance(params, Iterable):
        raise ArgumentError(
            f"params is {params!r}, and should be a list for `$1` or a dict for `$name`", hint="put it in a list"
        )
    return [_param(f"${place}", value) for place, value in enumerate(params, 1)]


def _param(name: str, value: Any) -> Any:
    """Times, decimals and the like travel as text, which SQL compares as what it is compared with."""
    value = _unboxed(value)
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    if isinstance(value, _TEXTS):
        return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else str(value)
    return _scalar(name, value, "write it in the statement")


def json_value(name: str, value: Any) -> Any:
    """A value beside a program, as JSON: null, a boolean, a number, a text, or a list of such."""
    value = _unboxed(value)
    if isinstance(value, (list, tuple, set, frozenset, range)):
        return [json_value(name, item) for item in value]
    if isinstance(value, str):
        return str(value)
    return _scalar(name, value, "write it in the program: `date(2013, 7, 1)`, `lit(…)`, `nan`, `inf`")


def _scalar(name: str, value: Any, hint: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, numbers.Integral):
        if int(value) not in _INTEGERS:
            raise ArgumentError(f"the value for `{name}` is {value}, which 64 bits do not hold", hint="send it as text")
        return int(value)
    if isinstance(value, numbers.Real) and not isinstance(value, decimal.Decimal) and math.isfinite(value):
        return float(value)
    raise ArgumentError(
        f"the value for `{name}` is {value!r}, and should be None, a boolean, a finite number or a text", hint=hint
    )


def _unboxed(value: Any) -> Any:
    """Python's own, for a scalar, an array or a column of NumPy, pandas, Polars or Arrow."""
    if type(value).__name__ == "datetime64":
        # NumPy makes a number of nanoseconds of it.
        return str(value)
    for method in ("to_pylist", "to_list", "tolist", "as_py"):
        if hasattr(value, method) and not isinstance(value, (str, bytes, list, tuple)):
            return getattr(value, method)()
    return value
