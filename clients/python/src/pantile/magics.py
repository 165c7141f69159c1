"""`%load_ext pantile`: questions in the cells of a notebook.

`%%ptsql [--out NAME] [--limit N]` asks in SQL, `%%ptx` in a program of expressions, and `%pt` looks at the server:
`%pt status|queries|cancel|datasets`. They ask the client that `%pt connect [URL]` made or `%pt use NAME` named, else
the notebook's own variable `client`, else one that connects as `pantile.connect()` does.
"""

from __future__ import annotations

import argparse
import shlex
from typing import Any

import pyarrow as pa
from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class

from ._client import Client, connect
from ._errors import Error

# Rows that are shown: a cell's output is for reading.
SHOWN = 50


class _Arguments(argparse.ArgumentParser):
    """Raises where the usual one would end the process."""

    def error(self, message: str) -> Any:
        raise UsageError(f"{message}\n{self.format_usage().strip()}")


def _cell_arguments(name: str) -> _Arguments:
    parser = _Arguments(prog=f"%%{name}", add_help=False)
    parser.add_argument("--out", metavar="NAME", help="keeps the lazy frame under this name, and shows its first rows")
    parser.add_argument("--limit", type=int, default=SHOWN, metavar="N", help="rows that are shown")
    return parser


@magics_class
class PantileMagics(Magics):
    """The magics of Pantile."""

    client: Client | None = None

    @cell_magic
    def ptsql(self, line: str, cell: str) -> Any:
        """`%%ptsql [--out NAME] [--limit N]`: the cell is one statement in SQL; shows its first rows.

        `:name` in it stands for the value of the notebook's variable of that name.
        """
        given = _cell_arguments("ptsql").parse_args(shlex.split(line))
        client, text = self._client(), cell.strip().rstrip(";")
        text, params = _bound(text, self._names())
        return self._shown(
            given,
            lambda: client.query(text, params, row_limit=given.limit + 1),
            lambda: client.sql(text, params),
        )

    @cell_magic
    def ptx(self, line: str, cell: str) -> Any:
        """`%%ptx [--out NAME] [--limit N]`: the cell is a program of expressions; shows its first rows.

        A name that the program leaves open stands for the notebook's variable of that name: a value, or a frame.
        """
        given = _cell_arguments("ptx").parse_args(shlex.split(line))
        client = self._client()
        values = {name: value for name, value in self._names().items() if _is_open(name, cell)}
        if given.out:
            raise UsageError("%%ptx --out is not there yet: a program comes to rows; keep it with `client.views[name]`")
        return self._shown(given, lambda: client.run(cell, values, row_limit=given.limit + 1), None)

    @line_magic
    def pt(self, line: str) -> Any:
        """`%pt status | queries | cancel ID | datasets | connect [URL] | use NAME`."""
        words = shlex.split(line)
        known = {
            "status": lambda: _Table.of_dict(self._client().status()),
            "queries": lambda: _Table(pa.Table.from_pylist(self._client().queries()[:SHOWN])),
            "datasets": lambda: self._datasets(),
            "cancel": lambda one: self._client().cancel(one),
            "connect": lambda *url: self._connect(*url),
            "use": lambda name: self._use(name),
        }
        if not words or words[0] not in known:
            raise UsageError(f"%pt knows {', '.join(known)}")
        try:
            return known[words[0]](*words[1:])
        except TypeError as error:
            if "positional argument" not in str(error):
                raise
            raise UsageError("%pt cancel ID, %pt connect [URL], %pt use NAME; the others stand alone") from None

    def _datasets(self) -> _Table:
        held = self._client().datasets.list()
        columns = {
            name: [getattr(dataset, name) for dataset in held]
            for name in ("name", "kind", "rows", "bytes", "partitions")
        }
        return _Table(pa.table(columns))

    def _connect(self, url: str | None = None) -> Client:
        type(self).client = connect(url)
        return self._client()

    def _use(self, name: str) -> Client:
        found = self._names().get(name)
        if not isinstance(found, Client):
            raise UsageError(f"`{name}` is no pantile.Client")
        type(self).client = found
        return found

    def _client(self) -> Client:
        found = self.client or self._names().get("client")
        if not isinstance(found, Client):
            found = type(self).client = connect()
        return found

    def _names(self) -> dict[str, Any]:
        return {} if self.shell is None else self.shell.user_ns

    def _shown(self, given: Any, ask: Any, frame: Any) -> Any:
        if given.limit < 1:
            raise UsageError(f"--limit is {given.limit}, and should be 1 or more")
        if given.out and not given.out.isidentifier():
            raise UsageError(f"--out is {given.out!r}, which is no name")
        try:
            if given.out:
                self._names()[given.out] = frame()
            return _Table(ask().read_all(), given.limit)
        except Error as error:
            # The traceback would be ours; what is wrong is in the cell.
            raise UsageError(str(error)) from None


class _Table:
    """Rows to look at: as text, and as HTML in a notebook."""

    def __init__(self, table: pa.Table, limit: int = SHOWN) -> None:
        self.is_cut = table.num_rows > limit
        self.table = table.slice(0, limit)

    @classmethod
    def of_dict(cls, told: dict[str, Any]) -> _Table:
        return cls(pa.table({"name": list(told), "value": [str(value) for value in told.values()]}))

    def _cells(self) -> list[list[str]]:
        columns = [
            ["" if value is None else str(value) for value in column.to_pylist()] for column in self.table.columns
        ]
        return [list(row) for row in zip(*columns, strict=True)]

    def _below(self) -> str:
        return f"({'the first ' if self.is_cut else ''}{self.table.num_rows} rows)"

    def __repr__(self) -> str:
        rows = [self.table.column_names, *self._cells()]
        widths = [max(len(row[place]) for row in rows) for place in range(self.table.num_columns)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([*lines, self._below()])

    def _repr_html_(self) -> str:
        from html import escape

        head = "".join(
            f"<th title='{escape(str(field.type), quote=True)}'>{escape(field.name)}</th>"
            for field in self.table.schema
        )
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self._cells())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{self._below()}</p>"


def _bound(text: str, names: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """The statement with `$name` for each `:name` that the notebook has, but in texts and comments; and the values."""
    import re

    params: dict[str, Any] = {}

    def put(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None or name not in names:
            return found[0]
        params[name] = names[name]
        return f"${name}"

    skipped = r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|::"
    return re.sub(rf"{skipped}|:(?P<name>[A-Za-z_]\w*)", put, text, flags=re.S), params or None


def _is_open(name: str, program: str) -> bool:
    """Whether the program uses the name without binding it, so that the notebook's value is meant."""
    import ast

    if name.startswith("_"):
        return False
    try:
        tree = ast.parse(program.strip())
    except SyntaxError:
        # The server says what is wrong with it.
        return False
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    bound = any(isinstance(node.ctx, ast.Store) for node in found)
    return bool(found) and not bound and name not in called and name != "cs"


def load_ipython_extension(shell: Any) -> None:
    """Makes the magics known to the shell."""
    shell.register_magics(PantileMagics)
