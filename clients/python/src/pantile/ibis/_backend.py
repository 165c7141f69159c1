"""The backend itself: the connection, the questions, and what there is. What changes anything is in `_tables`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import adbc_driver_flightsql.dbapi as adbc
import ibis.common.exceptions as com
import ibis.expr.operations as ops
import ibis.expr.schema as sch
import pyarrow as pa
import sqlglot.expressions as sge
from ibis.backends import (
    CanListCatalog,
    CanListDatabase,
    DirectPyArrowExampleLoader,
    HasCurrentCatalog,
    HasCurrentDatabase,
)
from ibis.expr.operations.udf import InputType
from ibis.formats.pyarrow import PyArrowSchema

from . import _flight, _shape
from ._compiler import compiler
from ._lifetime import Batches, Lifetime, close, closing
from ._tables import Tables

if TYPE_CHECKING:
    from urllib.parse import ParseResult

    import ibis.expr.types as ir
    import pandas as pd

CATALOG, DATABASE = "pantile", "main"


class Backend(
    Tables,
    CanListCatalog,
    CanListDatabase,
    HasCurrentCatalog,
    HasCurrentDatabase,
    DirectPyArrowExampleLoader,
):
    """A Pantile server as ibis sees it."""

    name = "pantile"
    compiler = compiler
    supports_arrays = True
    supports_python_udfs = False
    supports_temporary_tables = True
    con: adbc.Connection
    _lifetime: Lifetime

    # The connection.

    def do_connect(
        self,
        url: str | None = None,
        /,
        *,
        host: str = "localhost",
        port: int = _flight.DEFAULT_PORT,
        token: str | None = None,
        session: str | None = None,
        **options: str,
    ) -> None:
        """Connects to the server at `url`, such as `pantile://localhost:8815`, or at `host` and `port`.

        Parameters
        ----------
        url
            `pantile://`, `grpc://` or `http://`, each with a secure sister: `pantile+tls://`, `grpc+tls://`, `https://`.
        host, port
            Where the server is, if no `url` says so.
        token
            Sent as `Authorization: Bearer`.
        session
            The session's name, for several connections that share temporary tables; otherwise it is one of its own.
        options
            Of the ADBC driver, by their full names.
        """
        uri = _flight.address(url, host, int(port))
        self._begin(_flight.connect(uri, token, session, options))

    @classmethod
    def from_connection(cls, con: adbc.Connection, /) -> Backend:  # type: ignore[override]
        """A backend over a connection of ADBC; its header `pantile-session` names whose temporary tables it sees."""
        backend = cls()
        backend._can_reconnect = False
        backend._begin(con)
        return backend

    def _begin(self, con: adbc.Connection) -> None:
        former = getattr(self, "_lifetime", None)
        self.con, self._lifetime = con, Lifetime(con)
        if former is not None:
            former.end()

    def disconnect(self) -> None:
        """Closes the connection; what is being read is read to its end before."""
        self._lifetime.end()

    def _from_url(self, url: ParseResult, **kwargs: Any) -> Any:
        return self.connect(url._replace(query="").geturl(), **kwargs)

    @property
    def version(self) -> str:
        """The server's version."""
        with self._lifetime.use() as con:
            return str(con.adbc_get_info()["vendor_version"])

    # Questions.

    def raw_sql(self, query: str | sge.Expression) -> adbc.Cursor:
        """The cursor of a statement that was run; closing it is the caller's."""
        # The driver takes no subclasses of str.
        text = str(query) if isinstance(query, str) else query.sql(dialect=self.dialect)
        self._log(text)
        with self._lifetime.use() as con:
            cursor = con.cursor()
            try:
                cursor.execute(text)
            except BaseException:
                close(cursor)
                raise
        return cursor

    @contextlib.contextmanager
    def _safe_raw_sql(self, query: str | sge.Expression) -> Iterator[adbc.Cursor]:
        with self._lifetime.use(), closing(self.raw_sql(query)) as cursor:
            yield cursor

    def to_pyarrow_batches(
        self,
        expr: ir.Expr,
        /,
        *,
        params: Mapping[ir.Scalar, Any] | None = None,
        limit: int | str | None = None,
        chunk_size: int = 1_000_000,
        **_: Any,
    ) -> pa.RecordBatchReader:
        """The rows of the expression as a reader, which reads as the server computes; of `chunk_size` rows at most."""
        schema, batches = self._ask(expr, params, limit, chunk_size)
        return pa.RecordBatchReader.from_batches(schema, batches)

    def to_pyarrow(
        self,
        expr: ir.Expr,
        /,
        *,
        params: Mapping[ir.Scalar, Any] | None = None,
        limit: int | str | None = None,
        **_: Any,
    ) -> pa.Table | pa.Array | pa.Scalar:
        """The expression's table, column or value."""
        result: Any = expr
        return result.__pyarrow_result__(self._table(expr, params, limit))

    def execute(
        self,
        expr: ir.Expr,
        /,
        *,
        params: Mapping[ir.Scalar, Any] | None = None,
        limit: int | str | None = None,
        **_: Any,
    ) -> pd.DataFrame | pd.Series | Any:
        """The expression's table, column or value, as pandas has them."""
        result: Any = expr
        # Times beyond pandas' nanoseconds stay what Python has.
        return result.__pandas_result__(self._table(expr, params, limit).to_pandas(timestamp_as_object=True))

    def _table(self, expr: ir.Expr, params: Any, limit: int | str | None) -> pa.Table:
        # Not by a reader, whose batches Python would make inside of C++: a process that ends meanwhile is aborted.
        schema, batches = self._ask(expr, params, limit)
        return pa.Table.from_batches(list(batches), schema)

    def _ask(
        self, expr: ir.Expr, params: Any, limit: int | str | None, chunk_size: int = 1_000_000
    ) -> tuple[pa.Schema, Batches]:
        self._run_pre_execute_hooks(expr)
        table = expr.as_table()
        schema = _shape.nullable(table.schema())
        asked: dict[str, Any] = {"params": params, "limit": limit}
        query = self.compile(table, **asked)
        batches = self._lifetime.reading(
            lambda: self.raw_sql(query), lambda cursor: _shape.batches(cursor, schema, chunk_size)
        )
        return schema.to_pyarrow(), batches

    def _get_schema_using_query(self, query: str) -> sch.Schema:
        with self._lifetime.use() as con, closing(con.cursor()) as cursor:
            return PyArrowSchema.to_ibis(cursor.adbc_execute_schema(str(query)))

    def _register_udfs(self, expr: ir.Expr) -> None:
        for node in expr.op().find((ops.ScalarUDF, ops.ElementWiseVectorizedUDF)):
            if getattr(node, "__input_type__", None) is not InputType.BUILTIN:
                name = getattr(node, "__func_name__", None) or "the function"
                raise NotImplementedError(
                    f"{name} is a Python function, and the server runs none: name one of its own by"
                    " `@ibis.udf.scalar.builtin`"
                )

    # What there is.

    def get_schema(self, table_name: str, *, catalog: str | None = None, database: str | None = None) -> sch.Schema:
        """The columns of a table or view."""
        table = sge.table_(table_name, db=database, catalog=catalog, quoted=True)
        try:
            return self._get_schema_using_query(sge.select("*").from_(table).sql(self.dialect))
        except adbc.Error as error:
            if _flight.reason(error) == "unknown_dataset":
                raise com.TableNotFound(table_name) from error
            raise

    def list_tables(self, *, like: str | None = None, database: tuple[str, str] | str | None = None) -> list[str]:
        """Tables and views, temporary ones too."""
        schema = self._to_sqlglot_table(database).db or self.current_database
        query = (
            sge.select(sge.column("table_name"))
            .from_(sge.table_("tables", db="information_schema"))
            .where(sge.column("table_schema").eq(sge.convert(schema)))
        )
        return self._filter_with_like(sorted(set(self._column(query))), like)

    def list_databases(self, *, like: str | None = None, catalog: str | None = None) -> list[str]:
        """Where tables are, `main`, and where the server tells of itself."""
        return self._filter_with_like(self._names("db_schema_name", catalog or CATALOG), like)

    def list_catalogs(self, *, like: str | None = None) -> list[str]:
        """The one there is."""
        return self._filter_with_like([CATALOG], like)

    @property
    def current_catalog(self) -> str:
        """The one there is."""
        return CATALOG

    @property
    def current_database(self) -> str:
        """Where tables are."""
        return DATABASE

    def _column(self, query: sge.Expression) -> list[Any]:
        with self._safe_raw_sql(query) as cursor:
            return cursor.fetch_arrow_table().column(0).to_pylist()

    def _names(self, field: str, catalog: str) -> list[str]:
        with self._lifetime.use() as con:
            objects = con.adbc_get_objects(depth="db_schemas", catalog_filter=catalog).read_all()
        return sorted(found[field] for row in objects.to_pylist() for found in row["catalog_db_schemas"] or ())
