"""What can go wrong, as exceptions.

::

    Error
    ├── ConnectionError             nobody answers there as a Pantile server does (a builtin ConnectionError, too)
    │   └── NoServerError           no `pantile` to start, or one that did not start
    ├── ClosedError                 the client was closed, or the answer belongs to another process
    ├── IncompleteAnswerError       an answer broke off: what came of it is not all
    ├── RequestError                the request was wrong in its form, or asked for a path that is not there
    │   └── ForbiddenError          a policy forbids it, or a token is missing or wrong
    ├── QuestionError               the question is wrong (a ValueError, too)
    │   ├── ColumnNotFoundError     it names a column that is not there (a KeyError, too)
    │   ├── DatasetNotFoundError    it names a table or view that is not there (a KeyError, too)
    │   ├── InvalidValueError       it made sense, and met a value that it could not compute with
    │   ├── ArgumentError           an argument has a type or a value that the method does not take (a TypeError, too)
    │   └── UnsupportedError        it is legal, and not done here (a NotImplementedError, too)
    ├── DataError                   data is not what it claims to be
    │   └── SchemaError             data does not fit the table, or types do not go together
    ├── ConflictError               something is there already, or has changed meanwhile
    ├── LimitError                  it needs more than it may have; `limit` names the setting
    ├── TimeoutError                it ran longer than it may (a builtin TimeoutError, too)
    ├── CancelledError              somebody ended it
    ├── UnavailableError            the server is busy, starting or stopping: later the same may succeed
    └── ServerError                 a defect or a disk of the server
        └── UnknownOutcomeError     it is not known whether a change was made

    PantileWarning
    └── VersionWarning              client and server are of different versions

Each error has what the server's problem document (RFC 9457) says: `code`, `detail`, `hint`, `position`, `limit`,
`query_id`, `status` and `retry`. What the client refuses by itself has the same fields, as far as they apply.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any, NamedTuple


class Position(NamedTuple):
    """A place in a text, both counted from 1."""

    line: int
    column: int


class Error(Exception):
    """What went wrong: `detail` in a sentence, `hint` with what to do about it."""

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        hint: str | None = None,
        position: Position | None = None,
        limit: str | None = None,
        query_id: str | None = None,
        status: int | None = None,
        retry: bool = False,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.hint = hint
        self.position = position
        self.limit = limit
        self.query_id = query_id
        self.status = status
        self.retry = retry

    def __str__(self) -> str:
        """The detail, and below it what else is known."""
        return "\n".join([self.detail, *(f"  {line}" for line in self._more())])

    def _more(self) -> list[str]:
        told = [
            f"at line {self.position.line}, column {self.position.column}" if self.position else "",
            f"hint: {self.hint}" if self.hint else "",
            f"limit: {self.limit}" if self.limit else "",
            f"query: {self.query_id}" if self.query_id else "",
        ]
        return [line for line in told if line]

    def __reduce__(self) -> tuple[Any, ...]:
        """So that errors cross process borders whole."""
        return (_again, (type(self), self.detail, dict(vars(self))))


def _again(kind: type[Error], detail: str, fields: dict[str, Any]) -> Error:
    error = kind(detail)
    vars(error).update(fields)
    return error


class ConnectionError(Error, builtins.ConnectionError):
    """Nobody answers at the address, or not as a Pantile server does."""


class NoServerError(ConnectionError):
    """There is no `pantile` to start, or it did not start."""


class ClosedError(Error):
    """The client was closed, or the answer belongs to another process."""


class IncompleteAnswerError(Error):
    """The answer broke off before its end marker: what came of it is not all of it."""


class RequestError(Error):
    """The request was wrong in its form, or asked for a path that is not there."""


class ForbiddenError(RequestError):
    """A policy of the server forbids it, or a token is missing or wrong."""


class QuestionError(Error, ValueError):
    """The question does not parse, or parses and does not make sense."""


class ColumnNotFoundError(QuestionError, KeyError):
    """There is no column of that name."""


class DatasetNotFoundError(QuestionError, KeyError):
    """There is no table or view of that name."""


class InvalidValueError(QuestionError):
    """The question made sense, and met a value that it could not compute with."""


class ArgumentError(QuestionError, TypeError):
    """An argument has a type or a value that the method does not take."""


class UnsupportedError(QuestionError, NotImplementedError):
    """It is legal, and not done here; `hint` names the way round."""


class DataError(Error, ValueError):
    """Data is not what it claims to be."""


class SchemaError(DataError):
    """Data does not fit the table, or types do not go together."""


class ConflictError(Error):
    """Something has the name already, or another commit came first."""


class LimitError(Error):
    """It needs more than it may have. `limit` names the setting."""


class TimeoutError(Error, builtins.TimeoutError):
    """It ran longer than it may, and was ended."""


class CancelledError(Error):
    """Somebody ended the question."""


class UnavailableError(Error):
    """The server is busy, starting or stopping. Later the same may succeed."""


class ServerError(Error):
    """A defect of the server, or of what it stores on."""


class UnknownOutcomeError(ServerError):
    """It is not known whether the change was made."""


class PantileWarning(UserWarning):
    """What Pantile warns of."""


class VersionWarning(PantileWarning):
    """Client and server are of different versions."""


# The class for each code of a problem document.
CLASSES: dict[str, type[Error]] = {
    "already_exists": ConflictError,
    "busy": UnavailableError,
    "cancelled": CancelledError,
    "conflict": ConflictError,
    "forbidden": ForbiddenError,
    "idempotency_mismatch": ConflictError,
    "internal": ServerError,
    "invalid_data": DataError,
    "invalid_program": QuestionError,
    "invalid_request": RequestError,
    "invalid_sql": QuestionError,
    "invalid_value": InvalidValueError,
    "limit_memory": LimitError,
    "limit_program": LimitError,
    "limit_scratch": LimitError,
    "limit_sql": LimitError,
    "method_not_allowed": RequestError,
    "not_acceptable": RequestError,
    "not_found": RequestError,
    "precondition_failed": ConflictError,
    "schema_mismatch": SchemaError,
    "storage_damaged": ServerError,
    "storage_failed": ServerError,
    "storage_full": ServerError,
    "timeout": TimeoutError,
    "too_large": LimitError,
    "transaction_incomplete": ConflictError,
    "unavailable": UnavailableError,
    "unknown_column": ColumnNotFoundError,
    "unknown_dataset": DatasetNotFoundError,
    "unknown_outcome": UnknownOutcomeError,
    "unknown_snapshot": RequestError,
    "unsupported": UnsupportedError,
    "unsupported_media_type": RequestError,
}


def of_problem(document: Mapping[str, Any], status: int | None = None, query_id: str | None = None) -> Error:
    """The error that a problem document tells of. A code that is not known yet is judged by its status."""
    code = document.get("code")
    status = document.get("status") or status
    kind = CLASSES.get(str(code)) or of_status(status)
    return kind(
        str(document.get("detail") or document.get("title") or f"the server answered {status}"),
        code=code,
        hint=document.get("hint"),
        position=_position(document.get("position")),
        limit=document.get("limit"),
        query_id=query_id,
        status=status,
        retry=bool(document.get("retry")),
    )


def of_status(status: int | None) -> type[Error]:
    """The class for an answer that brings no code: a proxy's, or a newer server's."""
    if status in (401, 403, 407):
        return ForbiddenError
    if status in (502, 503):
        return UnavailableError
    if status == 504:
        return TimeoutError
    return ServerError if status is None or status >= 500 else RequestError


def _position(told: Any) -> Position | None:
    if not isinstance(told, Mapping) or "line" not in told:
        return None
    return Position(int(told["line"]), int(told.get("column", 1)))
