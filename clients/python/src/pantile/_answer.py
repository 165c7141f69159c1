"""One answer while it comes: batches as they are whole, and an error where they are not all."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import httpx
import pyarrow as pa

from . import _ipc, _scope, _wire
from ._errors import ClosedError, Error
from ._requests import Request
from ._scope import Watch

if TYPE_CHECKING:
    from ._transport import Transport

# An answer that is no longer is read at once, which frees its connection.
AT_ONCE_BYTES = 1 << 20


class Answer:
    """The batches of one answer, each given out as soon as it is whole. Raises where the answer breaks off."""

    def __init__(
        self,
        transport: Transport,
        response: httpx.Response,
        query_id: str,
        request: Request,
        watches: Sequence[Watch] = (),
    ) -> None:
        self.query_id = query_id
        self.headers: Mapping[str, str] = response.headers
        self.is_over = False
        self._transport = transport
        self._response = response
        self._request = request
        self._watches = watches
        self._pid = os.getpid()
        self._decoder = _ipc.Decoder()
        self._ready: deque[pa.RecordBatch] = deque()
        self._pieces: Iterator[bytes] = response.iter_bytes()

    def begin(self) -> None:
        """Reads up to the schema, or all of an answer that is short."""
        try:
            _wire.check_type(self.headers, _ipc.MEDIA_TYPE, self._transport.settings.url)
        except Error:
            self.close()
            raise
        is_short = int(self.headers.get("Content-Length", AT_ONCE_BYTES + 1)) <= AT_ONCE_BYTES
        while not self.is_over and (is_short or self._decoder.schema is None):
            self._pull()

    @property
    def schema(self) -> pa.Schema:
        """The columns."""
        assert self._decoder.schema is not None, "an answer begins with its schema"
        return self._decoder.schema

    @property
    def rows(self) -> int:
        """The rows that came so far."""
        return self._decoder.rows

    def reader(self) -> pa.RecordBatchReader:
        """The same as Arrow's own reader."""
        return pa.RecordBatchReader.from_batches(self.schema, self)

    def __iter__(self) -> Answer:
        return self

    def __next__(self) -> pa.RecordBatch:
        while not self._ready:
            if self.is_over:
                raise StopIteration
            self._pull()
        return self._ready.popleft()

    def _pull(self) -> None:
        """Reads one piece of the body."""
        if self._pid != os.getpid():
            raise ClosedError(
                f"the answer {self.query_id} belongs to the process that asked", hint="ask again after a fork"
            )
        try:
            piece = next(self._pieces, None)
            self._ready.extend(self._decoder.feed(piece or b""))
        except httpx.ReadTimeout as error:
            self._abandon()
            raise _wire.broken(error, self._request, self.query_id, self._transport.settings.url) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            return self._end(error)
        except BaseException:
            # Ctrl-C, or bytes that are no Arrow.
            self._abandon()
            raise
        if piece is None:
            self._end(None)

    def _end(self, cause: Exception | None) -> None:
        self.close()
        try:
            self._decoder.end(self.query_id, cause)
        except Error as error:
            _wire.noted(error, self._transport.progress(self.query_id))
            raise

    def _abandon(self) -> None:
        self.close()
        self._transport.cancel_quietly(self.query_id)

    def close(self) -> None:
        """Reads no further. What still runs for it on the server ends."""
        self.is_over = True
        _scope.ended(self._watches)
        if self._pid == os.getpid():
            self._response.close()

    def __del__(self) -> None:
        # A child made by fork leaves the connection alone: it is its parent's.
        if not getattr(self, "is_over", True) and self._pid == os.getpid():
            self.is_over = True
            _scope.ended(self._watches)
            self._transport.leave(self._response)
