"""Arrow streams as they go over the wire, in both directions, piece by piece.

`Decoder` is fed what comes and gives the batches that are whole by then; it knows whether the stream came to its end
marker. It waits for nothing, so that the sync and the async client share it. `pieces` makes bytes of whatever holds
rows, batch by batch, without ever holding all of them.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from ._errors import DataError, IncompleteAnswerError
from ._sources import BATCH_ROWS

MEDIA_TYPE = "application/vnd.apache.arrow.stream"

# Bytes of a piece of a request's body: enough that a system call is worth it, few enough to stay in the caches.
PIECE_BYTES = 1 << 20

_PREFIX = struct.Struct("<Ii")
_CONTINUES = 0xFFFFFFFF
# Headers of messages: the union `MessageHeader` of Arrow's Message.fbs.
_RECORD_BATCH = 3
# A header is some names and numbers: what claims to be longer is no stream of Arrow.
_HEADER_BYTES_MAX = 256 << 20


class Decoder:
    """Batches out of an Arrow stream that comes in pieces."""

    def __init__(self) -> None:
        self.schema: pa.Schema | None = None
        self.is_whole = False
        self.rows = 0
        self._feed = _Feed()
        self._reader: Any = None
        self._steps = self._parsed()
        self._wanted: memoryview = next(self._steps)
        self._filled = 0

    def feed(self, data: bytes) -> list[pa.RecordBatch]:
        """The batches that `data` makes whole."""
        batches: list[pa.RecordBatch] = []
        rest = memoryview(data)
        while rest and not self.is_whole:
            taken = min(len(rest), len(self._wanted) - self._filled)
            self._wanted[self._filled : self._filled + taken] = rest[:taken]
            self._filled += taken
            rest = rest[taken:]
            if self._filled == len(self._wanted):
                self._step(batches)
        return batches

    def end(self, query_id: str | None = None, cause: BaseException | None = None) -> None:
        """Says that nothing more comes. Raises where the end marker did not come before."""
        if not self.is_whole:
            raise IncompleteAnswerError(
                f"the answer broke off after {self.rows} rows, before its end",
                hint="`client.queries()` tells why, under the query's id; rows that came are not all there are",
                query_id=query_id,
                retry=True,
            ) from cause

    def _step(self, batches: list[pa.RecordBatch]) -> None:
        self._filled = 0
        try:
            self._wanted = next(self._steps)
        except StopIteration:
            self.is_whole = True
            self._wanted = memoryview(b"")
        if self._feed.has_schema and self._reader is None:
            self._reader = pa.ipc.open_stream(self._feed)
            self.schema = self._reader.schema
        elif self._feed.has_batch:
            self._feed.has_batch = False
            batch = self._reader.read_next_batch()
            self.rows += batch.num_rows
            batches.append(batch)

    def _parsed(self) -> Iterator[memoryview]:
        """Asks for one stretch of bytes after the other, and hands whole messages to the reader."""
        while True:
            prefix = bytearray(_PREFIX.size)
            yield memoryview(prefix)
            mark, length = _PREFIX.unpack(prefix)
            if mark != _CONTINUES or not 0 <= length <= _HEADER_BYTES_MAX:
                raise DataError("the answer is no Arrow stream", hint="does a proxy stand between, and change it?")
            self._feed.add(prefix)
            if length == 0:
                return
            header = bytearray(length)
            yield memoryview(header)
            self._feed.add(header)
            kind, body_bytes = _header(header)
            if body_bytes:
                # Of Arrow's own memory, aligned as its kernels like it; batches then lie in it, uncopied.
                body = pa.allocate_buffer(body_bytes)
                yield memoryview(body).cast("B")
                self._feed.add(body)
            self._feed.noted(kind)


class _Feed:
    """The file that Arrow's reader reads: all messages that are whole, and nothing that it would wait for."""

    closed = False

    def __init__(self) -> None:
        self._pieces: deque[memoryview] = deque()
        self.has_schema = False
        self.has_batch = False

    def add(self, piece: Any) -> None:
        self._pieces.append(memoryview(piece).cast("B"))

    def noted(self, kind: int) -> None:
        """Notes that a message of that kind is whole."""
        self.has_batch = kind == _RECORD_BATCH
        self.has_schema = True

    def read(self, size: int = -1) -> Any:
        if not self._pieces or size == 0:
            return b""
        piece = self._pieces.popleft()
        if size < 0 or len(piece) == size:
            return piece
        if len(piece) > size:
            self._pieces.appendleft(piece[size:])
            return piece[:size]
        return bytes(piece) + bytes(self.read(size - len(piece)))

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self._pieces.clear()


def _header(header: bytearray) -> tuple[int, int]:
    """The kind of a message and the bytes of its body, out of the flatbuffer that is its header."""
    try:
        (table,) = struct.unpack_from("<I", header, 0)
        (back,) = struct.unpack_from("<i", header, table)
        kind = _field("<B", header, table, table - back, 1)
        body_bytes = _field("<q", header, table, table - back, 3)
    except struct.error as error:
        raise DataError("the answer is no Arrow stream: a message's header is damaged") from error
    if body_bytes < 0:
        raise DataError(f"the answer is no Arrow stream: a body of {body_bytes} bytes")
    return kind, body_bytes


def _field(layout: str, header: bytearray, table: int, names: int, index: int) -> int:
    """A field of a flatbuffer's table; 0 where it is left out."""
    (names_bytes,) = struct.unpack_from("<H", header, names)
    place = 4 + 2 * index
    if place >= names_bytes:
        return 0
    (offset,) = struct.unpack_from("<H", header, names + place)
    return struct.unpack_from(layout, header, table + offset)[0] if offset else 0


class _Sink:
    """The file that Arrow's writer writes to: keeps what is written until it is taken."""

    closed = False

    def __init__(self) -> None:
        self.written: list[Any] = []

    def write(self, data: Any) -> int:
        self.written.append(data)
        return len(data)

    def taken(self) -> list[Any]:
        taken, self.written = self.written, []
        return taken

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


def pieces(reader: pa.RecordBatchReader) -> Iterator[Any]:
    """The bytes of an Arrow stream of the reader's batches, made as they are asked for."""
    return _evened(_written(reader))


def _written(reader: pa.RecordBatchReader) -> Iterator[Any]:
    sink = _Sink()
    with pa.ipc.new_stream(sink, reader.schema) as writer:
        yield from sink.taken()
        for batch in reader:
            for start in range(0, batch.num_rows, BATCH_ROWS):
                writer.write_batch(batch.slice(start, BATCH_ROWS))
                yield from sink.taken()
    yield from sink.taken()


def _evened(written: Iterator[Any]) -> Iterator[Any]:
    """Small ones put together, large ones cut."""
    small: list[Any] = []
    held = 0
    for data in written:
        view = memoryview(data).cast("B")
        if held + len(view) > PIECE_BYTES and small:
            yield b"".join(small)
            small, held = [], 0
        if len(view) > PIECE_BYTES:
            yield from (view[at : at + PIECE_BYTES] for at in range(0, len(view), PIECE_BYTES))
        else:
            small.append(view)
            held += len(view)
    if small:
        yield b"".join(small)
