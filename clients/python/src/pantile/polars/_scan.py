"""A table, or any program of frames, as a LazyFrame of Polars, which asks for what it needs of it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any
from weakref import WeakValueDictionary

import polars as pl
import pyarrow as pa

from pantile._errors import ArgumentError
from pantile._program import Node, col, fn, text_of
from pantile._rows import schema_of

from ._expressions import predicate_node
from ._told import Untold, refusals


def scan(source: Any, *, client: Any = None) -> pl.LazyFrame:
    """The rows of `source` as a LazyFrame of Polars: the name of a table or view, or a `pantile.DataFrame`.

    Without a `client` it is that of `PANTILE_URL`, or a server of its own. Nothing is read before it is collected.

    >>> import pantile.polars, polars as pl
    >>> pantile.polars.scan("airlines", client=client).filter(pl.col("carrier") == "UA").collect().rows()
    [('UA', 'United Air Lines Inc.')]
    """
    if isinstance(source, str):
        import pantile

        asked = Source(client or pantile.connect(), fn("table", source))
    else:
        asked = Source(source.client, source._node())
    named: dict[str, Any] = {"explain_name": "pantile", "explain_detail": text_of(asked.node)[0]}
    return pl.LazyFrame._scan_python_function(asked.schema, Asked(asked), **named)


# The sources of this process, by their numbers.
_SOURCES: WeakValueDictionary[int, Source] = WeakValueDictionary()
_numbers = itertools.count(1)


def _source(process: int, number: int) -> Source:
    found = _SOURCES.get(number) if process == os.getpid() else None
    if found is None:
        raise ArgumentError("a scan of Pantile's is of the process that made it", hint="scan the table here")
    return found


class Asked:
    """What Polars calls for rows. `register_io_source` makes such, too, but none that can be written down."""

    def __init__(self, source: Source) -> None:
        self.io_source = source

    def __call__(
        self, columns: list[str] | None, predicate: bytes | None, rows: int | None, size: int | None
    ) -> tuple[Iterator[pl.DataFrame], bool]:
        """The rows, and whether the predicate has been heeded."""
        try:
            found = None if predicate is None else pl.Expr.deserialize(predicate)
        except Exception:  # Not all predicates come back from the bytes; Polars applies those itself.
            return self.io_source(columns, None, rows, size), False
        return self.io_source(columns, found, rows, size), True


class Source:
    """Rows of a program, as Polars asks for them. The engine knows by it which scans are ours."""

    def __init__(self, client: Any, node: Node) -> None:
        self.client = client
        self.node = node
        self._schema: pl.Schema | None = None
        self._number = next(_numbers)
        _SOURCES[self._number] = self

    def __reduce__(self) -> tuple[Any, ...]:
        return _source, (os.getpid(), self._number)

    def schema(self) -> pl.Schema:
        """The columns, asked of the server once."""
        if self._schema is None:
            empty = schema_of(self.client, self.node).empty_table()
            self._schema = _frame(empty).schema
        return self._schema

    def narrowed(self, columns: list[str] | None, condition: Node | None, rows: int | None) -> Node:
        """The program with a condition, a number of rows and a choice of columns behind it."""
        node = self.node if condition is None else self.node.call("filter", condition)
        node = node if rows is None else node.call("head", rows)
        return node if columns is None else node.call("select", *map(col, columns))

    def __call__(
        self, columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        """What Polars asks of a source of rows: to choose, and to filter, whatever the predicate may be."""
        try:
            reader = self._reader(self.narrowed(columns, self._condition(predicate), rows))
        except Untold:
            yield from self._kept_here(columns, predicate, rows)
        else:
            yield from _frames(reader)

    def _kept_here(
        self, columns: list[str] | None, predicate: pl.Expr | None, rows: int | None
    ) -> Iterator[pl.DataFrame]:
        """Rows by a predicate that has no words: then Polars needs all columns, and as many rows as it takes."""
        left = rows
        for frame in _frames(self._reader(self.node)):
            found = frame if predicate is None else frame.filter(predicate)
            found = found if left is None else found.head(left)
            left = None if left is None else left - len(found)
            yield found if columns is None else found.select(columns)
            if left == 0:
                return

    def _condition(self, predicate: pl.Expr | None) -> Node | None:
        return None if predicate is None else predicate_node(predicate, self.schema())

    def _reader(self, node: Node) -> pa.RecordBatchReader:
        with refusals():
            return self.client.run(*text_of(node))


def _frames(reader: pa.RecordBatchReader) -> Iterator[pl.DataFrame]:
    yield _frame(reader.schema.empty_table())
    for batch in reader:
        yield _frame(batch)


def _frame(data: Any) -> pl.DataFrame:
    found = pl.from_arrow(data)
    assert isinstance(found, pl.DataFrame)
    return found
