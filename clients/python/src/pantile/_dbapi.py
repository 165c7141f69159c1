"""The client as PEP 249 has databases: what the SQLAlchemy dialect stands on.

It goes over HTTP: nothing is needed beside the client itself, forked workers have connections of their own, and
errors are the server's. A connection is a session. Reading begins no transaction; the first statement that changes
something does, if the connection is not in `autocommit`, and `commit` and `rollback` end it.
"""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.types as kinds

from . import _errors as errors
from ._client import Client
from ._requests import new_id

apilevel = "2.0"
threadsafety = 1
paramstyle = "qmark"

Binary = bytes
Date, Time, Timestamp = datetime.date, datetime.time, datetime.datetime

# Words that a statement begins with which changes nothing, or nothing that a transaction holds.
_READS = {"SELECT", "WITH", "FROM", "VALUES", "TABLE", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "SET", "RESET"}
_BEGINS = re.compile(r"(?:BEGIN|START)\b", re.IGNORECASE)
_ENDS = re.compile(r"(?:COMMIT|END|ABORT|ROLLBACK(?!\s+(?:\w+\s+)?TO\b))\b", re.IGNORECASE)
_SPACE = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*", re.DOTALL)


class Warning(Exception):
    """Of PEP 249; never raised."""


class Error(Exception):
    """What went wrong, with the client's error as its cause."""


class InterfaceError(Error):
    """The connection or the cursor was not used as it can be."""


class DatabaseError(Error):
    """The server refused."""


class DataError(DatabaseError):
    """A value cannot be computed with, or does not fit."""


class OperationalError(DatabaseError):
    """Nothing is wrong with the statement: no connection, no memory, no time, somebody else's commit."""


class IntegrityError(DatabaseError):
    """What is there already, or does not fit what is there."""


class InternalError(DatabaseError):
    """A defect of the server."""


class ProgrammingError(DatabaseError):
    """The statement is wrong."""


class NotSupportedError(DatabaseError):
    """The statement is legal, and not done."""


_CLASSES: tuple[tuple[type[errors.Error], type[DatabaseError]], ...] = (
    (errors.UnsupportedError, NotSupportedError),
    (errors.InvalidValueError, DataError),
    (errors.QuestionError, ProgrammingError),
    (errors.ForbiddenError, OperationalError),
    (errors.RequestError, ProgrammingError),
    (errors.SchemaError, IntegrityError),
    (errors.DataError, DataError),
    (errors.ServerError, InternalError),
)


def connect(url: str, token: str | None = None, *, autocommit: bool = False, **options: Any) -> Connection:
    """A connection to the server at `url`. The options are those of `pantile.connect`."""
    session = options.pop("session", None) or new_id("session")
    return Connection(Client(url, token, session=session, progress=False, **options), autocommit)


class Connection:
    """A session of the server."""

    Error = Error
    OperationalError = OperationalError

    def __init__(self, client: Client, autocommit: bool) -> None:
        self.client = client
        self.autocommit = autocommit
        self._is_open = True
        self._in_transaction = False

    def cursor(self) -> Cursor:
        """A cursor for statements."""
        return Cursor(self)

    def commit(self) -> None:
        """Makes what was changed one commit."""
        self._end("COMMIT")

    def rollback(self) -> None:
        """Takes back what was changed since the last commit."""
        self._end("ROLLBACK")

    def close(self) -> None:
        """Rolls back, and closes."""
        if self._is_open:
            with contextlib.suppress(Error):  # It is rolled back when its time is over.
                self.rollback()
            self._is_open = False
            self.client.close()

    def version(self) -> str:
        """The server's version, which asking for tells that it is there."""
        with _translating():
            return str(self.client.status().get("version") or "")

    def describe(self, sql: str) -> pa.Schema:
        """The columns that a question comes to."""
        with _translating():
            return self.client.describe_query(sql)

    def run(self, sql: str, params: Sequence[Any]) -> pa.RecordBatchReader:
        """The rows of a statement, in a transaction where it needs one."""
        if not self._is_open:
            raise InterfaceError("the connection is closed")
        text = _SPACE.sub("", sql, count=1)
        begins, ends = _BEGINS.match(text) is not None, _ENDS.match(text) is not None
        if not (self.autocommit or self._in_transaction or begins or ends or _reads(text)):
            self._ask("BEGIN", ())
            self._in_transaction = True
        rows = self._ask(sql, params)
        self._in_transaction = begins or (self._in_transaction and not ends)
        return rows

    def _end(self, statement: str) -> None:
        if self._in_transaction:
            # A commit that is refused ends its transaction, too.
            self._in_transaction = False
            self._ask(statement, ())

    def _ask(self, sql: str, params: Sequence[Any]) -> pa.RecordBatchReader:
        with _translating():
            return self.client.query(sql, list(params) or None)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.rollback() if kind else self.commit()
        self.close()


class Cursor:
    """Runs statements, one after the other, and reads their rows as the server computes them."""

    arraysize = 1000

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: list[tuple[Any, ...]] | None = None
        self.rowcount = -1
        self._rows: Iterator[tuple[Any, ...]] = iter(())
        self._reader: pa.RecordBatchReader | None = None

    def execute(self, sql: str, params: Sequence[Any] = ()) -> Cursor:
        """Runs a statement with values for its `?`."""
        self._leave()
        reader = self.connection.run(sql, params)
        if _reads(_SPACE.sub("", sql, count=1)):
            self._reader, self._rows, self.rowcount = reader, _tuples(reader), -1
            self.description = [(it.name, str(it.type), None, None, None, None, it.nullable) for it in reader.schema]
        else:
            self.description, self.rowcount = None, _changed(reader)
        return self

    def executemany(self, sql: str, params: Sequence[Sequence[Any]]) -> Cursor:
        """Runs a statement once for each row of values."""
        count = 0
        for row in params:
            self.execute(sql, row)
            count += max(self.rowcount, 0)
        self.rowcount = count
        return self

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row."""
        return next(self, None)

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """The next rows, `arraysize` of them if nothing else is said."""
        return [row for _, row in zip(range(self.arraysize if size is None else size), self, strict=False)]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left."""
        return list(self)

    def close(self) -> None:
        """Stops reading; what still runs ends on the server, too."""
        self._leave()
        self.description = None

    def setinputsizes(self, sizes: Any) -> None:
        """Of PEP 249; does nothing."""

    def setoutputsize(self, size: Any, column: Any = None) -> None:
        """Of PEP 249; does nothing."""

    def __iter__(self) -> Cursor:
        return self

    def __next__(self) -> tuple[Any, ...]:
        if self.description is None:
            raise ProgrammingError("there are no rows to fetch: no question was asked")
        with _translating():
            row = next(self._rows, None)
        if row is None:
            raise StopIteration
        return row

    def _leave(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader, self._rows = None, iter(())


def _reads(text: str) -> bool:
    return re.split(r"\W", text, maxsplit=1)[0].upper() in _READS


@contextlib.contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except errors.Error as error:
        kind = next((ours for theirs, ours in _CLASSES if isinstance(error, theirs)), OperationalError)
        raise kind(str(error)) from error


def _changed(reader: pa.RecordBatchReader) -> int:
    """How many rows a statement says that it changed."""
    answer = reader.read_all().to_pylist()
    return answer[0].get("rows") or 0 if answer else -1


def _tuples(reader: pa.RecordBatchReader) -> Iterator[tuple[Any, ...]]:
    for batch in reader:
        yield from zip(*(_python(column).to_pylist() for column in batch.columns), strict=True)


def _python(column: pa.Array) -> pa.Array:
    """Times as Python's own have them, to the microsecond."""
    if kinds.is_timestamp(column.type) and column.type.unit == "ns":
        return column.cast(pa.timestamp("us", column.type.tz), safe=False)
    if kinds.is_time64(column.type) and column.type.unit == "ns":
        return column.cast(pa.time64("us"), safe=False)
    if kinds.is_duration(column.type) and column.type.unit == "ns":
        return column.cast(pa.duration("us"), safe=False)
    return column
