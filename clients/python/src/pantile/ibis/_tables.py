"""What changes what the server holds: tables from expressions, from rows and from files, and rows into tables."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import ibis
import ibis.expr.operations as ops
import ibis.expr.schema as sch
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.dataset as ds
import sqlglot.expressions as sge
from ibis.backends.sql import SQLBackend
from ibis.common.exceptions import UnsupportedOperationError
from ibis.util import gen_name

from . import _flight
from ._lifetime import Lifetime, closing

if TYPE_CHECKING:
    import adbc_driver_flightsql.dbapi as adbc

    Paths: TypeAlias = str | Path | Sequence[str | Path]


class Tables(SQLBackend):
    """The part of the backend that makes, fills, renames and drops."""

    _lifetime: Lifetime
    raw_sql: Callable[..., adbc.Cursor]
    _safe_raw_sql: Callable[..., contextlib.AbstractContextManager[adbc.Cursor]]

    # Tables.

    def create_table(
        self,
        name: str,
        /,
        obj: Any = None,
        *,
        schema: sch.IntoSchema | None = None,
        database: str | None = None,
        temp: bool = False,
        overwrite: bool = False,
    ) -> ir.Table:
        """A table of what `obj` comes to: an expression, which the server computes, or rows, which are sent.

        Without `obj` it is an empty one with the columns of `schema`. `temp` makes it this connection's alone.
        """
        if obj is None and schema is None:
            raise ValueError("a table is made of `obj`, or of a `schema`")
        wanted = None if schema is None else ibis.schema(schema)
        if isinstance(obj, ir.Expr):
            self._create_as(name, obj.as_table(), wanted, database, temp, overwrite)
        else:
            rows = ibis.schema(schema).to_pyarrow().empty_table() if obj is None else _rows(obj, wanted)
            self._ingest(name, rows, database, temp, "replace" if overwrite else "create")
        return self.table(name, database=None if temp else database)

    def rename_table(self, old_name: str, new_name: str) -> None:
        """Gives a table another name."""
        old, new = (sge.table_(name, quoted=True) for name in (old_name, new_name))
        self._do(sge.Alter(this=old, kind="TABLE", actions=[sge.AlterRename(this=new)]))

    def _create_as(self, name: str, obj: Any, schema: Any, database: str | None, temp: bool, overwrite: bool) -> None:
        self._run_pre_execute_hooks(obj)
        relation = sge.to_identifier("_", quoted=True)

        def cast(name: str, kind: Any) -> Any:
            column = sge.column(name, table=relation, quoted=True)
            return self.compiler.cast(column, kind).as_(name, quoted=True)

        columns = [cast(*column) for column in (schema or obj.schema()).items()]
        query: Any = self.compiler.to_sqlglot(obj)
        create = sge.Create(
            kind="TABLE",
            this=sge.table_(name, db=None if temp else database, quoted=True),
            expression=sge.select(*columns).from_(query.subquery(relation)),
            replace=overwrite,
            properties=sge.Properties(expressions=[sge.TemporaryProperty()] if temp else []),
        )
        self._do(create)

    def _ingest(self, name: str, rows: Any, database: str | None, temp: bool, mode: Any) -> None:
        place = {} if temp else _place(database)
        with self._lifetime.use() as con, closing(con.cursor()) as cursor:
            cursor.adbc_ingest(name, _flight.with_rows(rows), mode, temporary=temp, **place)

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        self._ingest(op.name, op.data.to_pyarrow(op.schema), None, True, "replace")

    def _make_memtable_finalizer(self, name: str) -> Any:
        """Temporary tables go with their session."""

    def _create_cached_table(self, name: str, expr: ir.Table) -> ir.Table:
        return self.create_table(name, expr, temp=True)

    # Rows.

    def insert(self, name: str, /, obj: Any, *, database: Any = None, overwrite: bool = False) -> None:
        """Adds the rows of `obj`; `overwrite` takes the others away in the same commit."""
        obj = obj if isinstance(obj, ir.Table) else ibis.memtable(obj)
        if not overwrite:
            super().insert(name, obj, database=database)
            return
        # Rows are made or sent before the others go: they may be made of them.
        with self._staged(obj, obj.schema()) as staged, self._transaction():
            super().insert(name, staged, database=database, overwrite=True)

    def upsert(self, name: str, /, obj: Any, on: str, *, database: Any = None) -> None:
        """Rows of `obj` in the place of those with the same value in `on`, and beside the others, in one commit."""
        obj = obj if isinstance(obj, ir.Table) else ibis.memtable(obj)
        table = self.table(name, database=database)
        catalog, db = self._to_catalog_db_tuple(self._to_sqlglot_table(database))
        target = sge.table_(name, db=db, catalog=catalog, quoted=True)
        with self._staged(_merged(table, obj, on), table.schema()) as staged:
            taken = sge.column(on, quoted=True).isin(query=self.compiler.to_sqlglot(staged.select(on)))
            with self._transaction():
                self._do(sge.delete(target, where=taken))
                super().insert(name, staged, database=database)

    @contextlib.contextmanager
    def _staged(self, obj: ir.Table, schema: sch.Schema) -> Iterator[ir.Table]:
        staged = self.create_table(gen_name("pantile_staged"), obj, schema=schema, temp=True)
        try:
            yield staged
        finally:
            self.drop_table(staged.get_name())

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._do("BEGIN")
        try:
            yield
        except BaseException:
            self._do("ROLLBACK")
            raise
        self._do("COMMIT")

    # Files of this machine.

    def read_parquet(self, path: Paths, /, *, table_name: str | None = None, **kwargs: Any) -> ir.Table:
        """A temporary table of Parquet files on this machine; `kwargs` are those of `pyarrow.dataset.dataset`."""
        return self._read(path, "parquet", table_name, kwargs)

    def read_csv(self, path: Paths, /, *, table_name: str | None = None, **kwargs: Any) -> ir.Table:
        """A temporary table of CSV files on this machine; `kwargs` are those of `pyarrow.dataset.dataset`."""
        return self._read(path, "csv", table_name, kwargs)

    def read_json(self, path: Paths, /, *, table_name: str | None = None, **kwargs: Any) -> ir.Table:
        """A temporary table of files with a JSON object a line; `kwargs` are those of `pyarrow.dataset.dataset`."""
        return self._read(path, "json", table_name, kwargs)

    def _read(self, paths: Paths, form: str, table_name: str | None, options: dict[str, Any]) -> ir.Table:
        name = table_name or gen_name(f"read_{form}")
        reader = ds.dataset(_files(paths), format=form, **options).scanner().to_reader()
        self._ingest(name, reader, None, True, "replace")
        return self.table(name)

    # Statements.

    def _do(self, statement: str | sge.Expression) -> None:
        with self._safe_raw_sql(statement):
            pass


def _place(database: str | None) -> dict[str, str]:
    return {} if database is None else {"db_schema_name": database}


def _rows(obj: Any, schema: Any) -> Any:
    """Anything with rows, as Arrow; a reader is read while it is sent, and so is a dataset."""
    if isinstance(obj, ds.Dataset):
        obj = obj.scanner().to_reader()
    if isinstance(obj, pa.RecordBatchReader) and schema is None:
        return obj
    if isinstance(obj, pa.RecordBatchReader):
        obj = obj.read_all()
    op: Any = ibis.memtable(obj, schema=schema).op()
    return op.data.to_pyarrow(op.schema)


def _merged(table: ir.Table, rows: ir.Table, on: str) -> ir.Table:
    """The rows, with the columns that they lack as the table has them."""
    lacking = [name for name in table.columns if name not in rows.columns]
    if unknown := sorted(set(rows.columns) - set(table.columns)):
        raise UnsupportedOperationError(f"the table has no column {', '.join(map(repr, unknown))}")
    if not lacking:
        return rows.select(*table.columns)
    return rows.left_join(table.select(on, *lacking), on).select(*table.columns)


def _files(paths: Paths) -> list[str]:
    listed = [paths] if isinstance(paths, (str, Path)) else list(paths)
    found: list[str] = []
    for path in map(Path, listed):
        found += sorted(map(str, path.parent.glob(path.name))) if "*" in path.name else [str(path)]
    return found
