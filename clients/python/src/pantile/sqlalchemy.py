"""The SQLAlchemy dialect: `create_engine("pantile://localhost:8815")`, and so pandas, Superset and cells of SQL.

`pantile://:TOKEN@host:port/?secure=true&timeout=60&session=name`: the password is the token, `secure` means TLS, what
else stands behind the `?` are options of `pantile.connect`. Keys, defaults and checks of columns are not kept by the
server: they are left out of `CREATE TABLE`, with a warning.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.types as kinds
from sqlalchemy import exc, func, sql, types, util
from sqlalchemy.engine import default, interfaces, reflection
from sqlalchemy.engine.url import URL
from sqlalchemy.sql import compiler

from . import _dbapi

__all__ = ["Dialect"]

DEFAULT_PORT = 8815
_NUMBERS = ("timeout", "retries")
_LEVELS = ("SNAPSHOT", "AUTOCOMMIT")


class _DateTime(types.DateTime):
    render_bind_cast = True


class _Date(types.Date):
    render_bind_cast = True


class _Time(types.Time):
    render_bind_cast = True


class _Bytes(types.LargeBinary):
    """Bytes travel as digits, because parameters are JSON's values."""

    def bind_processor(self, dialect: Any) -> Any:
        return lambda value: None if value is None else bytes(value).hex()

    def bind_expression(self, bindvalue: Any) -> Any:
        return func.decode(bindvalue, sql.literal_column("'hex'"))


class _TypeCompiler(compiler.GenericTypeCompiler):
    """Names of types; lengths of texts are not kept, and a FLOAT would be one of 32 bits."""

    def visit_FLOAT(self, type_: Any, **_: Any) -> str:
        return "DOUBLE"

    def visit_DOUBLE_PRECISION(self, type_: Any, **_: Any) -> str:
        return "DOUBLE"

    def visit_large_binary(self, type_: Any, **_: Any) -> str:
        return "BYTEA"

    def visit_BLOB(self, type_: Any, **_: Any) -> str:
        return "BYTEA"

    def visit_DATETIME(self, type_: Any, **_: Any) -> str:
        return self.visit_TIMESTAMP(type_)

    def visit_TIMESTAMP(self, type_: Any, **_: Any) -> str:
        return "TIMESTAMP WITH TIME ZONE" if type_.timezone else "TIMESTAMP"

    def visit_JSON(self, type_: Any, **_: Any) -> str:
        return "TEXT"


class _Compiler(compiler.SQLCompiler):
    """Statements; the default ones are the server's, but for sets without members and patterns."""

    def visit_empty_set_expr(self, element_types: Any, **_: Any) -> str:
        return f"SELECT {', '.join('NULL' for _ in element_types or [None])} WHERE false"

    def visit_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return f"{binary.left._compiler_dispatch(self, **kw)} ~ {binary.right._compiler_dispatch(self, **kw)}"

    def visit_not_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return f"{binary.left._compiler_dispatch(self, **kw)} !~ {binary.right._compiler_dispatch(self, **kw)}"

    def visit_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return f"{binary.left._compiler_dispatch(self, **kw)} ILIKE {binary.right._compiler_dispatch(self, **kw)}"

    def visit_truediv_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        left, right = (side._compiler_dispatch(self, **kw) for side in (binary.left, binary.right))
        # Whole numbers are divided as such otherwise.
        is_whole = all(side.type._type_affinity is types.Integer for side in (binary.left, binary.right))
        return f"{left} / CAST({right} AS DOUBLE)" if is_whole else f"{left} / {right}"

    def for_update_clause(self, select: Any, **_: Any) -> Any:
        return ""  # Rows are not locked: who commits first wins.

    def render_bind_cast(self, type_: Any, dbapi_type: Any, sqltext: str) -> str:
        return f"CAST({sqltext} AS {self.dialect.type_compiler_instance.process(dbapi_type)})"


class _DDLCompiler(compiler.DDLCompiler):
    """Tables are columns and their types."""

    def get_column_specification(self, column: Any, **_: Any) -> str:
        kind = self.dialect.type_compiler_instance.process(column.type, type_expression=column)
        if column.server_default is not None or column.computed is not None or column.identity is not None:
            _left_out(f"the default of {column.table.name}.{column.name}")
        return f"{self.preparer.format_column(column)} {kind}"

    def create_table_constraints(self, table: Any, *_: Any, **__: Any) -> str:
        for constraint in table.constraints:
            if not getattr(constraint, "_type_bound", False) and len(getattr(constraint, "columns", ())):
                _left_out(f"a key or check of {table.name}")
        return ""

    def visit_create_index(self, create: Any, *_: Any, **__: Any) -> str:
        raise exc.CompileError("the server makes no indexes; partitions are pruned by their least and greatest values")


class Dialect(default.DefaultDialect):
    """What SQLAlchemy has to know of a Pantile server."""

    name = "pantile"
    driver = "http"
    default_schema_name = "main"
    default_paramstyle = "qmark"
    bind_typing = interfaces.BindTyping.RENDER_CASTS
    statement_compiler = _Compiler
    ddl_compiler = _DDLCompiler
    type_compiler_cls = _TypeCompiler
    colspecs = {  # noqa: RUF012
        types.DateTime: _DateTime,
        types.Date: _Date,
        types.Time: _Time,
        types.LargeBinary: _Bytes,
    }
    supports_statement_cache = True
    supports_native_boolean = True
    supports_native_decimal = True
    supports_multivalues_insert = True
    use_insertmanyvalues = True
    use_insertmanyvalues_wo_returning = True
    supports_default_values = False
    supports_default_metavalue = False
    supports_empty_insert = False
    supports_sane_multi_rowcount = False
    supports_is_distinct_from = True
    supports_comments = False
    postfetch_lastrowid = False
    cte_follows_insert = True
    default_isolation_level = "SNAPSHOT"

    @classmethod
    def import_dbapi(cls) -> Any:
        """The client as PEP 249 has it."""
        return _dbapi

    # Connections.

    def create_connect_args(self, url: URL) -> Any:
        """The address, and options by their names."""
        options: dict[str, Any] = {name: value for name, value in url.query.items() if isinstance(value, str)}
        scheme = "https" if util.asbool(options.pop("secure", "false")) else "http"
        options |= {name: float(options[name]) for name in _NUMBERS if name in options}
        options |= {"verify": util.asbool(options["verify"])} if options.get("verify") in ("true", "false") else {}
        host = url.host or "localhost"
        name = f"[{host}]" if ":" in host else host
        return [f"{scheme}://{name}:{url.port or DEFAULT_PORT}", url.password], options

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """Whether the server is gone."""
        cause = e.__cause__
        return isinstance(e, _dbapi.InterfaceError) or isinstance(cause, ConnectionError)

    def do_execute(self, cursor: Any, statement: Any, parameters: Any, context: Any = None) -> None:
        """Runs it; rows that go in by several statements are counted together."""
        cursor.execute(statement, parameters)
        if context is not None and context.execute_style is interfaces.ExecuteStyle.INSERTMANYVALUES:
            context._rowcount = (context._rowcount or 0) + cursor.rowcount

    def do_ping(self, dbapi_connection: Any) -> bool:
        """Asks for nothing."""
        dbapi_connection.cursor().execute("SELECT 1").fetchall()
        return True

    def get_isolation_level_values(self, dbapi_conn: Any) -> Any:
        """A transaction sees one snapshot; or there is none."""
        return _LEVELS

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        """How it is now."""
        return "AUTOCOMMIT" if dbapi_connection.autocommit else "SNAPSHOT"

    def get_default_isolation_level(self, dbapi_conn: Any) -> Any:
        """How it is in the beginning."""
        return "SNAPSHOT"

    def set_isolation_level(self, dbapi_connection: Any, level: Any) -> None:
        """Begins transactions from now on, or none."""
        dbapi_connection.autocommit = level == "AUTOCOMMIT"

    def detect_autocommit_setting(self, dbapi_conn: Any) -> bool:
        """Whether statements are commits of their own."""
        return dbapi_conn.autocommit

    def _get_server_version_info(self, connection: Any) -> tuple[int, ...] | None:
        digits = connection.connection.dbapi_connection.version().split("-")[0].split(".")
        return tuple(int(part) for part in digits if part.isdigit()) or None

    def _get_default_schema_name(self, connection: Any) -> str:
        return "main"

    # What there is.

    @reflection.cache
    def get_schema_names(self, connection: Any, **kw: Any) -> list[str]:
        """Where tables are, `main`, and where the server tells of itself."""
        return _texts(connection, "SELECT DISTINCT table_schema FROM information_schema.tables ORDER BY 1")

    @reflection.cache
    def get_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Tables that stay."""
        return self._of_kind(connection, schema, "table_type = 'BASE TABLE'")

    @reflection.cache
    def get_temp_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Tables of this connection alone."""
        return self._of_kind(connection, schema, "table_type LIKE '%TEMPORARY%'")

    @reflection.cache
    def get_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Views."""
        return self._of_kind(connection, schema, "table_type = 'VIEW'")

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        """Whether there is a table or a view of that name."""
        where = "table_schema = ? AND table_name = ?"
        text = f"SELECT count(*) FROM information_schema.tables WHERE {where}"
        found = connection.exec_driver_sql(text, (schema or "main", table_name))
        return bool(found.scalar())

    @reflection.cache
    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """Columns, with the types that questions answer with."""
        if not self.has_table(connection, table_name, schema):
            raise exc.NoSuchTableError(table_name)
        table = ".".join(map(_quoted, filter(None, (schema, table_name))))
        columns = connection.connection.dbapi_connection.describe(f"SELECT * FROM {table}")
        return [
            {"name": column.name, "type": _type(column.type), "nullable": column.nullable, "default": None}
            for column in columns
        ]

    @reflection.cache
    def get_view_definition(self, connection: Any, view_name: str, schema: str | None = None, **kw: Any) -> str:
        """The question that a view is."""
        text = "SELECT definition FROM information_schema.views WHERE table_name = ? AND table_schema = ?"
        found = connection.exec_driver_sql(text, (view_name, schema or "main")).scalar()
        if found is None:
            raise exc.NoSuchTableError(view_name)
        return found

    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """Tables have no keys."""
        return {"constrained_columns": [], "name": None}

    def get_foreign_keys(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """Tables have no keys."""
        return []

    def get_indexes(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """Tables have no indexes."""
        return []

    def get_unique_constraints(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """Tables have no keys."""
        return []

    def get_check_constraints(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """Tables have no checks."""
        return []

    def get_table_comment(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """Tables have no comments."""
        return {"text": None}

    def _of_kind(self, connection: Any, schema: str | None, condition: str) -> list[str]:
        where = f"table_schema = ? AND {condition}"
        text = f"SELECT table_name FROM information_schema.tables WHERE {where} ORDER BY 1"
        return _texts(connection, text, schema or "main")


def _texts(connection: Any, text: str, *params: str) -> list[str]:
    return list(connection.exec_driver_sql(text, params).scalars())


def _left_out(what: str) -> None:
    util.warn(f"{what} is left out: a Pantile server keeps none")


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _any_of(*tests: Callable[[pa.DataType], bool]) -> Callable[[pa.DataType], bool]:
    return lambda kind: any(test(kind) for test in tests)


_TYPES: tuple[tuple[Any, types.TypeEngine[Any]], ...] = (
    (kinds.is_boolean, types.Boolean()),
    (lambda kind: kinds.is_integer(kind) and kind.bit_width < 32, types.SmallInteger()),
    (lambda kind: kinds.is_integer(kind) and kind.bit_width == 32, types.Integer()),
    (kinds.is_integer, types.BigInteger()),
    (kinds.is_float32, types.REAL()),
    (kinds.is_floating, types.Double()),
    (kinds.is_date, types.Date()),
    (kinds.is_time, types.Time()),
    (kinds.is_duration, types.Interval()),
    (_any_of(kinds.is_string, kinds.is_large_string, kinds.is_string_view), types.Text()),
    (_any_of(kinds.is_binary, kinds.is_large_binary, kinds.is_binary_view), types.LargeBinary()),
)


def _type(kind: pa.DataType) -> types.TypeEngine[Any]:
    if kinds.is_decimal(kind):
        return types.Numeric(kind.precision, kind.scale)
    if kinds.is_timestamp(kind):
        return types.TIMESTAMP(timezone=kind.tz is not None)
    return next((ours for is_of, ours in _TYPES if is_of(kind)), types.NullType())
