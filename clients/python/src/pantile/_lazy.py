"""What every lazy thing can do: run, show its program, export Arrow. Frames, columns and scalars build on it."""

from __future__ import annotations

import contextlib
import secrets
import weakref
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._program import Node, col, fn, text_of
from pantile._refusals import LazyError, wrong
from pantile._rows import Level, Rows, fresh, schema_of

if TYPE_CHECKING:
    from typing_extensions import Self

    from pantile._column import Column

HEAD = 10


class Lazy:
    """Something that a program computes. `_rows`, `_index` and `_visible` say which."""

    _rows: Rows
    _index: tuple[Level, ...]
    _kept: Any = None

    def _visible(self) -> dict[str, Column]:
        """The columns that a caller sees, by their names in the program."""
        raise NotImplementedError

    def _node(self) -> Node:
        """The program's node, without the index."""
        return self._rows.selected(self._visible())

    def _labelled(self) -> tuple[Node, list[tuple[Level, str]], list[str]]:
        """The program's node, the columns in it that hold the index, and those that a caller sees."""
        columns, keys = dict(self._visible()), []
        visible = list(columns)
        for level in self._index:
            if level.is_range and len(self._index) == 1:
                continue
            known = level.column.node
            plain = known.kind == "col" and (known.name not in columns or columns[known.name].node == known)
            name = known.name if plain else fresh(f"__index{len(keys)}", columns, self._rows.names)
            columns[name] = level.column
            keys.append((level, name))
        return self._rows.selected(columns), keys, visible

    @property
    def client(self) -> Any:
        """The client on whose server it runs."""
        return self._rows.client

    def program(self) -> str:
        """The program whose answer this is, as text.

        >>> print(flights[flights.dep_delay > 60][["carrier"]].program())
        table("flights").filter(col("dep_delay") > 60).select("carrier")
        """
        return text_of(self._node())[0]

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the answer.

        >>> airlines.schema
        carrier: string
        name: string
        """
        return pa.schema([(name, types.plain_type(column.type)) for name, column in self._visible().items()])

    def _run(self, node: Node, **options: Any) -> pa.RecordBatchReader:
        text, values = text_of(node)
        return self.client.run(text, values, **options)

    def iter_batches(self, **options: Any) -> Iterator[pa.RecordBatch]:
        """The answer's record batches as they come; memory holds one at a time.

        >>> sum(batch.num_rows for batch in flights.iter_batches())
        336776
        """
        yield from self._run(self._node(), **options)

    def to_arrow(self, **options: Any) -> pa.Table:
        """The answer as an Arrow table. The index is no part of it; `reset_index` makes it columns.

        >>> df.to_arrow().to_pylist()[0]
        {'k': 'a', 'n': 1, 'x': 1.5}
        """
        return self._run(self._node(), **options).read_all()

    collect = to_arrow

    def to_polars(self, **options: Any) -> Any:
        """The answer as a `polars.DataFrame`, without the index.

        >>> df.to_polars().rows()
        [('a', 1, 1.5), ('b', 2, None), ('a', 3, 4.0)]
        """
        import polars

        return polars.from_arrow(self.to_arrow(**options))

    def to_pandas(self, **options: Any) -> Any:
        """The answer as pandas has it: its dtypes, with the index.

        >>> df.set_index("k").to_pandas()
           n    x
        k
        a  1  1.5
        b  2  NaN
        a  3  4.0
        """
        from pantile._to_pandas import frame_of

        node, keys, visible = self._labelled()
        frame = frame_of(self._run(node, **options).read_all(), keys, visible, self._categories())
        if not keys and self._index:
            frame.index.name = self._index[0].name
        return self._shaped(frame)

    compute = to_pandas

    def _categories(self) -> dict[str, Any]:
        """The columns that are categories, which come as texts."""
        return {name: column.type for name, column in self._visible().items() if types.is_category(column.type)}

    def _shaped(self, frame: Any) -> Any:
        return frame

    def to_numpy(self, **options: Any) -> Any:
        """The answer's values as a NumPy array."""
        return self.to_pandas(**options).to_numpy()

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        """NumPy asks for values: the answer as an array."""
        found = self.to_numpy()
        return found if dtype is None else found.astype(dtype)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The answer as a stream of Arrow's C interface, batch by batch."""
        return self._run(self._node()).__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> Any:
        """The schema in Arrow's C interface; nothing runs."""
        return self.schema.__arrow_c_schema__()

    def __await__(self) -> Any:
        """With an asynchronous client, `await frame` is its answer as pandas has it."""
        from pantile._async import in_thread

        return in_thread(self.to_pandas).__await__()

    def explain(self, **options: Any) -> str:
        """How the program would run, as text; nothing of it runs."""
        plan = self._run(self._node().call("explain"), **options).read_all()
        return "\n".join(str(line) for line in plan.column("plan").to_pylist())

    def persist(self, name: str | None = None, *, if_exists: str = "error") -> Self:
        """The same, computed once and kept on the server as the table `name`; without a name, until nobody uses it.

        >>> late = flights[flights.dep_delay > 60].persist()
        >>> late.groupby("origin").size().compute()
        origin
        EWR    10940
        JFK     8401
        LGA     7240
        dtype: int64
        """
        kept = name or f"persisted_{secrets.token_hex(8)}"
        node, keys, _ = self._labelled()
        self._run(node.call("store", kept, if_exists=if_exists)).read_all()
        rows, _ = rows_of(self.client, fn("table", kept))
        if name is None:
            weakref.finalize(rows.node, _dropped, self.client, kept)
        levels = {level: Level(level.name, _plain(level.column, column), level.freq) for level, column in keys}
        made = self._rebuilt(rows, tuple(levels.get(level, level) for level in self._index))
        made._kept = kept
        return made

    def _rebuilt(self, rows: Rows, index: tuple[Level, ...]) -> Self:
        raise NotImplementedError

    def __bool__(self) -> bool:
        raise LazyError(
            f"a lazy {type(self).__name__} is neither true nor false before it is computed",
            hint="combine conditions by &, | and ~, each in brackets; or compute .any(), .all() or .empty",
        )

    def pipe(self, function: Any, *arguments: Any, **named: Any) -> Any:
        """What `function` makes of this; the function runs here, and builds on."""
        if isinstance(function, tuple):
            function, keyword = function
            return function(*arguments, **{keyword: self, **named})
        return function(self, *arguments, **named)


def _plain(column: Column, name: str) -> Column:
    return replace(column, node=col(name), null=None)


def rows_of(client: Any, node: Node) -> tuple[Rows, pa.Schema]:
    """Rows of a program whose schema the server tells."""
    schema = schema_of(client, node)
    if len(set(schema.names)) != len(schema.names):
        twice = next(name for name in schema.names if schema.names.count(name) > 1)
        wrong(f"two columns are called {twice!r}", "a frame's columns have names of their own: rename one")
    return Rows(client, node, tuple(schema.names)), schema


def _dropped(client: Any, name: str) -> None:
    """Drops what nobody uses any more; a client that is gone has no say."""
    with contextlib.suppress(Exception):
        client.drop(name, missing_ok=True)
