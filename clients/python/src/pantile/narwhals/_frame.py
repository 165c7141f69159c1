"""narwhals' LazyFrame over a frame of Pantile's: each verb makes a longer program, `collect` sends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pantile._program import Node, col, fn, walk
from pantile._words import type_word

from . import _dtypes
from ._expr import Expr
from ._failures import missing, told
from ._plan import Plan

if TYPE_CHECKING:
    from types import ModuleType

    from pantile import DataFrame

    from ._namespace import Namespace


class LazyFrame:
    """A frame as narwhals asks it."""

    def __init__(self, plan: Plan, version: Any, native: DataFrame | None = None) -> None:
        from narwhals import Implementation

        self.plan = plan
        self._native = native
        self._version = version
        self._implementation = Implementation.UNKNOWN

    def __narwhals_lazyframe__(self) -> LazyFrame:
        return self

    def __narwhals_namespace__(self) -> Namespace:
        from ._namespace import Namespace

        return Namespace(self._version)

    def __native_namespace__(self) -> ModuleType:
        """The module that narwhals' functions take as `backend`."""
        import pantile.narwhals

        return pantile.narwhals

    @classmethod
    def from_native(cls, data: DataFrame, /, *, context: Any) -> LazyFrame:
        return cls(Plan.of(data), context._version, data)

    def to_narwhals(self) -> Any:
        return self._version.lazyframe(self, level="lazy")

    @property
    def native(self) -> DataFrame:
        if self._native is None:
            with told():
                self._native = self.plan.native()
        return self._native

    @property
    def _native_frame(self) -> DataFrame:
        """The name that `narwhals.to_native` reads."""
        return self.native

    def _with_version(self, version: Any) -> LazyFrame:
        return LazyFrame(self.plan, version, self._native)

    def _call(self, verb: str, *arguments: Any, **named: Any) -> LazyFrame:
        return LazyFrame(self.plan.call(verb, *arguments, **named), self._version)

    # What it has.

    @property
    def schema(self) -> dict[str, Any]:
        with told():
            schema = self.plan.schema
        return {field.name: _dtypes.of_arrow(field.type, self._version.dtypes) for field in schema}

    def collect_schema(self) -> dict[str, Any]:
        return self.schema

    @property
    def columns(self) -> list[str]:
        return list(self.schema if self.plan.names is None else self.plan.names)

    def collect(self, backend: Any, **named: Any) -> Any:
        """The rows, as a frame of `backend`: a pyarrow table, unless it says otherwise."""
        import narwhals

        with told():
            table = _plain(self.plan.to_arrow())
        frame = narwhals.from_native(_held(table, backend), eager_only=True)
        return frame._compliant_frame._with_version(self._version)

    def sink_parquet(self, file: Any) -> None:
        import pyarrow.parquet

        with told():
            pyarrow.parquet.write_table(self.plan.to_arrow(), file)

    # Columns.

    def _nodes(self, exprs: Sequence[Expr]) -> list[Node]:
        nodes = [self._renamed(expr) if expr.rename else expr.node for expr in exprs]
        self._check(nodes)
        return nodes

    def _check(self, nodes: Sequence[Node]) -> None:
        """Names that are not there are told at once, where it is known which are."""
        if self.plan.names is not None:
            missing({name for node in nodes for name in columns_of(node)}, self.plan.names)

    def _renamed(self, expr: Expr) -> Node:
        """Columns under names that a function of Python makes of theirs."""
        assert expr.rename is not None
        names = [expr.rename(name) for name in self._call("select", expr.node).columns]
        return fn("struct", expr.node).call("struct.rename_fields", names).call("struct.unnest")

    def select(self, *exprs: Expr) -> LazyFrame:
        return self._call("select", *self._nodes(exprs))

    def simple_select(self, *names: str) -> LazyFrame:
        nodes = [col(name) for name in names]
        self._check(nodes)
        return self._call("select", *nodes)

    def aggregate(self, *exprs: Expr) -> LazyFrame:
        return self.select(*exprs)

    def with_columns(self, *exprs: Expr) -> LazyFrame:
        return self._call("with_columns", *self._nodes(exprs))

    def cast(self, dtypes: Mapping[str, Any]) -> LazyFrame:
        return self._call("cast", {name: type_word(kind) for name, kind in dtypes.items()})

    def drop(self, columns: Sequence[str], *, strict: bool) -> LazyFrame:
        if strict:
            self._check([col(name) for name in columns])
        return self._call("drop", *columns, strict=strict)

    def rename(self, mapping: Mapping[str, str]) -> LazyFrame:
        return self._call("rename", dict(mapping))

    def with_row_index(self, name: str, order_by: Sequence[str] | None) -> LazyFrame:
        if not order_by:
            return self._call("with_row_index", name)
        count = fn("int_range", fn("len")).call("over", None, order_by=[col(key) for key in order_by])
        return self._call("select", count.call("alias", name), fn("all"))

    # Rows.

    def filter(self, predicate: Expr) -> LazyFrame:
        return self._call("filter", *self._nodes([predicate]))

    def drop_nulls(self, subset: Sequence[str] | None) -> LazyFrame:
        return self._call("drop_nulls", None if subset is None else list(subset))

    def head(self, n: int) -> LazyFrame:
        return self._call("head", n)

    def tail(self, n: int) -> LazyFrame:
        return self._call("tail", n)

    def gather_every(self, n: int, offset: int) -> LazyFrame:
        return self._call("gather_every", n, offset)

    def sort(self, *by: str, descending: bool | Sequence[bool], nulls_last: bool) -> LazyFrame:
        flags = descending if isinstance(descending, bool) else list(descending)
        return self._call("sort", *map(col, by), descending=flags, nulls_last=nulls_last)

    def top_k(self, k: int, *, by: Sequence[str], reverse: bool | Sequence[bool]) -> LazyFrame:
        flags = reverse if isinstance(reverse, bool) else list(reverse)
        return self._call("top_k", k, [col(name) for name in by], reverse=flags)

    def unique(self, subset: Sequence[str] | None, *, keep: str, order_by: Sequence[str] | None = None) -> LazyFrame:
        frame = self._call("sort", *map(col, order_by)) if order_by else self
        return frame._call("unique", None if subset is None else list(subset), keep=keep)

    def explode(self, columns: Sequence[str]) -> LazyFrame:
        return self._call("explode", *columns, empty_as_null=True, keep_nulls=True)

    def unpivot(
        self, on: Sequence[str] | None, index: Sequence[str] | None, variable_name: str, value_name: str
    ) -> LazyFrame:
        named = {"on": on, "index": index, "variable_name": variable_name, "value_name": value_name}
        return self._call("unpivot", **{name: value for name, value in named.items() if value is not None})

    # Two frames, and groups.

    def join(
        self,
        other: LazyFrame,
        *,
        how: str,
        left_on: Sequence[str] | None,
        right_on: Sequence[str] | None,
        suffix: str,
    ) -> LazyFrame:
        keys = {} if left_on is None else {"left_on": list(left_on), "right_on": list(right_on or ())}
        return self._call("join", other.plan.node, how=how, suffix=suffix, **keys)

    def join_asof(
        self,
        other: LazyFrame,
        *,
        left_on: str,
        right_on: str,
        by_left: Sequence[str] | None,
        by_right: Sequence[str] | None,
        strategy: str,
        suffix: str,
    ) -> LazyFrame:
        keys = {} if by_left is None else {"by_left": list(by_left), "by_right": list(by_right or ())}
        named = {"left_on": left_on, "right_on": right_on, "strategy": strategy, "suffix": suffix}
        return self._call("join_asof", other.plan.node, **named, **keys)

    def group_by(self, keys: Sequence[Any], *, drop_null_keys: bool) -> GroupBy:
        return GroupBy(self, keys, drop_null_keys)


def columns_of(node: Node) -> set[str]:
    """The names of columns that an expression asks for."""
    found = {part.name for part in walk(node) if part.kind == "col"}
    lists = [part.parts for part in walk(node) if part.kind == "function" and part.name == "col"]
    return found.union(*lists)


def _plain(table: pa.Table) -> pa.Table:
    """Texts and bytes as all versions of pyarrow compute with them."""
    return table.cast(pa.schema([field.with_type(_plain_type(field.type)) for field in table.schema]))


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_string_view(kind):
        return pa.large_string()
    return pa.large_binary() if pa.types.is_binary_view(kind) else kind


def _held(table: pa.Table, backend: Any) -> Any:
    """The table as narwhals' `backend` has tables."""
    name = "pyarrow" if backend is None else backend.value
    if name == "pandas":
        return table.to_pandas()
    if name == "polars":
        import polars

        return polars.from_arrow(table)
    return table


class GroupBy:
    """Rows in groups, to be aggregated."""

    def __init__(self, frame: LazyFrame, keys: Sequence[Any], drop_null_keys: bool) -> None:
        self._frame = frame.drop_nulls(keys) if drop_null_keys else frame
        self._keys = [col(key) if isinstance(key, str) else key.node for key in keys]

    def agg(self, *exprs: Expr) -> LazyFrame:
        return self._frame._call("group_by", *self._keys)._call("agg", *self._frame._nodes(exprs))
