"""When a connection is closed: not while anything is asked or read over it, for the driver frees what is in use."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Generator, Iterator

import adbc_driver_flightsql.dbapi as adbc
import pyarrow as pa

from .._errors import ClosedError

Batches = Generator[pa.RecordBatch, None, None]


class Lifetime:
    """A connection's. Whoever uses it keeps it open, in whichever thread; the last of them closes what is to end."""

    def __init__(self, con: adbc.Connection) -> None:
        self._con = con
        self._lock = threading.Lock()
        self._users = 0
        self._is_ending = False
        self._is_over = False

    @contextlib.contextmanager
    def use(self) -> Iterator[adbc.Connection]:
        """The connection, open as long as the block runs."""
        with self._lock:
            if self._is_ending:
                raise ClosedError("the connection was closed", hint="`con.reconnect()` opens it again")
            self._users += 1
        try:
            yield self._con
        finally:
            with self._lock:
                self._users -= 1
            self._close_if_last()

    def end(self) -> None:
        """Lets nobody begin anything, and closes the connection as soon as all have come to their end."""
        with self._lock:
            self._is_ending = True
        self._close_if_last()

    def _close_if_last(self) -> None:
        with self._lock:
            if self._users or self._is_over or not self._is_ending:
                return
            self._is_over = True
        self._con.close()

    def reading(self, ask: Callable[[], adbc.Cursor], read: Callable[[adbc.Cursor], Batches]) -> Batches:
        """The batches that `read` makes of the cursor, which is closed behind the last of them."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.use())
            cursor = stack.enter_context(closing(ask()))
            kept = stack.pop_all()
        batches = _closed_behind(read(cursor), kept)
        # One that was never begun comes to no end of its own. When the process ends, threads may still read.
        weakref.finalize(batches, kept.close).atexit = False
        return batches


def close(cursor: adbc.Cursor) -> None:
    """Closes it. A server that is gone, and cannot be told, is no error of the question."""
    try:
        cursor.close()
    except adbc.Error:
        # It is freed, but takes itself for open, and would be closed once more when it is collected.
        cursor._closed = True


@contextlib.contextmanager
def closing(cursor: adbc.Cursor) -> Iterator[adbc.Cursor]:
    """Closes the cursor behind the block."""
    try:
        yield cursor
    finally:
        close(cursor)


def _closed_behind(batches: Batches, kept: contextlib.ExitStack) -> Batches:
    with kept:
        yield from batches
