"""The rows that columns are of: a frame's program, and what can be put beside it without moving a row.

Columns of equal programs are of the same rows, so `df.a + df.b` is one expression. A `Rows` may be another with
columns more (`base` and `step`): scalars of other frames, say. Then both have the same rows still, and `common` finds
the one that has all columns.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pantile._column import ROW, Column, settled
from pantile._program import Node, col, is_rowwise, replaced, text_of, walk, word
from pantile._refusals import ClientsError, RowsError, unsupported

# Schemas that were asked for, by client and program.
_schemas: weakref.WeakKeyDictionary[Any, dict[bytes, pa.Schema]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Rows:
    """A program of a frame, its columns, and the rows that it is an extension of."""

    client: Any
    node: Node
    names: tuple[str, ...]
    base: Rows | None = None
    step: Callable[[Node], Node] | None = field(default=None, repr=False)

    def then(self, verb: str, *arguments: Any, **named: Any) -> Rows:
        """Other rows of the same columns, by a verb."""
        return Rows(self.client, self.node.call(verb, *arguments, **named), self.names)

    def wider(self, name: str, step: Callable[[Node], Node]) -> Rows:
        """The same rows with the column `name` more."""
        return Rows(self.client, step(self.node), (*self.names, name), self, step)

    def chain(self) -> list[Rows]:
        """Itself, and what it is an extension of, one behind the other."""
        return [self] if self.base is None else [self, *self.base.chain()]

    def selected(self, columns: Mapping[str, Column]) -> Node:
        """The program of just these columns."""
        if tuple(columns) == self.names and all(is_plain(name, column) for name, column in columns.items()):
            return self.node
        made = {name: settled(column).node for name, column in columns.items()}
        if any(_fills(node) for node in made.values()):
            plain = [name for name, node in made.items() if node == col(name)]
            if tuple(made)[: len(plain)] == tuple(plain):
                return self.node.call("select", *plain, **{name: made[name] for name in list(made)[len(plain) :]})
            return self.node.call("select", **made)
        return self.node.call("with_columns", **made).call("select", *made)

    def type_of(self, node: Node) -> pa.DataType:
        """The type of a column of these rows, as the server tells it; refused there if it makes no sense."""
        return schema_of(self.client, self.node.call("select", value=node)).field(0).type


def _fills(node: Node) -> bool:
    """Whether it has a value for each row by itself; values and reductions alone would make one row."""
    return node.kind == "col" or (is_rowwise(node) and any(part.kind == "col" for part in walk(node)))


def is_plain(name: str, column: Column) -> bool:
    """Whether it is the column of that name and nothing else."""
    return column.null is None and column.node.kind == "col" and column.node.name == name


def schema_of(client: Any, node: Node) -> pa.Schema:
    """The schema of a program's answer; nothing of it runs, and no rows are sent."""
    known = _schemas.setdefault(client, {})
    if node.digest not in known:
        text, values = text_of(node)
        empty = values if _by_values(node) else {name: _emptied(value) for name, value in values.items()}
        if len(known) > 5_000:
            known.clear()
        known[node.digest] = client.describe(text, empty)
    return known[node.digest]


# Their columns are values, so the server looks at rows to tell them.
BY_VALUES = {"pivot", "transpose", "to_dummies"}


def _by_values(node: Node) -> bool:
    return any(part.kind == "method" and part.name in BY_VALUES for part in walk(node))


def _emptied(value: Any) -> Any:
    """A frame without its rows, which say nothing about types."""
    if isinstance(value, pa.Table):
        return value.slice(0, 0)
    schema: Any = getattr(value, "schema", None)
    return schema.empty_table() if schema is not None else value


def common(left: Rows, right: Rows) -> Rows | None:
    """Rows that have the columns of both, if they are the same rows."""
    if left is right or left.node == right.node:
        return left
    if left.client is not right.client:
        raise ClientsError(
            "the two are frames of different clients",
            hint="collect one and send it to the other: client.from_arrow(df)",
        )
    lefts, rights = left.chain(), right.chain()
    known = {rows.node for rows in lefts}
    if not any(rows.node in known for rows in rights):
        return None
    missing = [rows for rows in reversed(rights) if rows.node not in known]
    for rows in missing:
        if rows.step is not None and rows.names[-1] not in left.names:
            left = left.wider(rows.names[-1], rows.step)
    return left


def same_rows(left: Rows, right: Rows, what: str) -> Rows:
    """The rows of both, or a refusal."""
    found = common(left, right)
    if found is None:
        raise RowsError(
            f"{what} are of different rows",
            hint="take both from one frame, or bring them together by merge or by assign after set_index",
        )
    return found


@dataclass(frozen=True)
class Level:
    """One level of an index: its name, and the column that holds its labels."""

    name: Any
    column: Column
    freq: str | None = None

    @property
    def is_range(self) -> bool:
        """Whether it counts the rows as they stand, and needs no column."""
        return self.column.node == ROW.node


RANGE: tuple[Level, ...] = (Level(None, ROW),)


def only_level(index: tuple[Level, ...]) -> Level:
    """The one level of an index; a count of rows where there is none."""
    levels = list(index or RANGE)
    if len(levels) > 1:
        unsupported("labels of several levels are not looked up here", "reset_index and filter by columns")
    return levels[0]


@dataclass(frozen=True)
class Flat:
    """Rows in which every column of a frame is a column of that name, ready for a verb."""

    rows: Rows
    columns: dict[str, Column]
    index: tuple[Level, ...]
    extra: list[Node]

    @property
    def keys(self) -> list[str]:
        """The names that the index has in the program."""
        return [level.column.node.name for level in self.index]


def flat(rows: Rows, columns: Mapping[str, Column], index: tuple[Level, ...], *extra: Column) -> Flat:
    """The columns and the index as plain columns, and `extra` expressions as they read then.

    What is computed is put into `with_columns`, once; the expressions in `extra` use it by name.
    """
    made = {name: settled(column).node for name, column in columns.items() if not is_plain(name, column)}
    hidden = {}
    for level in index:
        if not _stays(level.column, columns):
            hidden[level] = fresh(f"__index{len(hidden)}", rows.names, columns)
            made[hidden[level]] = level.column.node
    inside = [settled(column).node if column.null is not False else column.node for column in extra]
    rewritten = []
    for node in inside:
        found = _rebased(node, made, rows)
        if found is None:
            name = fresh(f"__by{len(made)}", rows.names, columns)
            made[name], found = node, col(name)
        rewritten.append(found)
    new = _with(rows, made)
    named = {name: Column(col(name), column.type, column.nan) for name, column in columns.items()}
    levels = tuple(
        Level(level.name, Column(col(hidden[level]), level.column.type, level.column.nan), level.freq)
        if level in hidden
        else level
        for level in index
    )
    return Flat(new, named, levels, rewritten)


def _stays(column: Column, columns: Mapping[str, Column]) -> bool:
    """Whether an index column can stay under its own name."""
    if column.node.kind != "col" or column.null is not None:
        return False
    other = columns.get(column.node.name)
    return other is None or other.node == column.node


def fresh(name: str, *taken: Any) -> str:
    """A name that nobody has."""
    number, found = 1, name
    while any(found in names for names in taken):
        number += 1
        found = f"{name}_{number}"
    return found


def _with(rows: Rows, made: Mapping[str, Node]) -> Rows:
    if not made:
        return rows
    names = (*rows.names, *(name for name in made if name not in rows.names))
    return Rows(rows.client, rows.node.call("with_columns", **made), names)


def _rebased(node: Node, made: Mapping[str, Node], rows: Rows) -> Node | None:
    """The expression as it reads once `made` is there; None where it means a column that is overwritten."""
    if not made:
        return node
    marks = {value: word(f"\0{name}") for name, value in made.items() if value.kind != "function" or value.parts}
    marked = replaced(node, marks)
    if any(part.kind == "col" and part.name in made and part.name in rows.names for part in walk(marked)):
        return None
    return replaced(marked, {word(f"\0{name}"): col(name) for name in made})
