"""Expressions of Polars' plans as nodes of a program.

Polars shows a plan by a `NodeTraverser`, in which expressions have numbers. `Expressions` reads them one by one, and
raises `Untold` with a name at the first for which there are no words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from pantile._program import Node, binary, case, col, fn
from pantile._words import literal_node, values

from ._functions import FUNCTIONS, METHODS, OPERATORS, SIGNS
from ._hidden import hidden
from ._shown import told
from ._special import SPECIAL
from ._told import Hidden, Untold, length_text, type_node


def predicate_node(predicate: pl.Expr, schema: Mapping[str, Any]) -> Node:
    """A predicate of Polars over columns of that schema, as a node."""
    frame = pl.LazyFrame(schema=schema).select(predicate.alias("predicate"))
    return told(frame, _only)


def _only(shown: Any) -> Node:
    """The one expression of a plan."""
    number = shown.get_exprs()[0].node
    shown.set_node(shown.get_inputs()[0])
    return Expressions(shown).node(number)


class Expressions:
    """The expressions of one plan. The traverser stands at the step whose columns they are of."""

    def __init__(self, shown: Any) -> None:
        self._shown = shown
        # The expression that is being read, until the next is.
        self._number = 0

    def view(self, number: int) -> Any:
        """The expression as Polars shows it. It shows not all of them."""
        try:
            return self._shown.view_expression(number)
        except NotImplementedError as error:
            raise Hidden(f"the expression {error}") from error

    def type_here(self) -> Any:
        """The type of the expression that is being read."""
        try:
            return self._shown.get_dtype(self._number)
        except pl.exceptions.PolarsError as error:
            raise Untold("an expression without a type") from error

    def named(self, expr: Any) -> Node:
        """An expression under the name that it has in the plan."""
        return self.under(self.node(expr.node), expr.output_name)

    def under(self, node: Node, name: str) -> Node:
        """The expression, called so."""
        return node if _own_name(node) == name else node.call("alias", name)

    def node(self, number: int) -> Node:
        """The node of the expression with that number."""
        seen = self.view(number)
        read = _READERS.get(type(seen).__name__)
        if read is None:
            raise Untold(type(seen).__name__)
        self._number = number
        return read(self, seen)

    def argument(self, number: int) -> Any:
        """An expression where a function wants a value: a literal is itself."""
        seen = self.view(number)
        return _value(seen) if _is_literal(seen) else self.node(number)

    def operand(self, number: int, other: int) -> Any:
        """One side of an operator. A literal takes the type of the other side, which mostly is its own."""
        seen = self.view(number)
        if _is_literal(seen) and not _is_literal(self.view(other)) and self._type_is(other, seen.dtype):
            constant = _constant(seen)
            return constant.parts[0] if constant.kind == "function" and constant.name == "lit" else constant
        return self.node(number)

    def _type_is(self, number: int, dtype: Any) -> bool:
        """Whether the expression is of that type. A column that the step does not give on is: Polars saw to that."""
        try:
            return self._shown.get_dtype(number) == dtype
        except pl.exceptions.ColumnNotFoundError:
            return True

    def _column(self, seen: Any) -> Node:
        return col(seen.name)

    def _len(self, seen: Any) -> Node:
        return fn("len")

    def _literal(self, seen: Any) -> Node:
        """Alone a number has a type of its own, so it is said."""
        node = _constant(seen)
        if _is_height(seen.dtype) or isinstance(
            seen.dtype, (pl.Null, pl.String, pl.Boolean, pl.Float64, pl.Int32, pl.Date, pl.Time, pl.Binary)
        ):
            return node
        return node.call("cast", type_node(seen.dtype))

    def _cast(self, seen: Any) -> Node:
        node = self.node(seen.expr)
        if _is_height(seen.dtype):
            return node
        return node.call("cast", type_node(seen.dtype), **({} if seen.options == 0 else {"strict": False}))

    def _binary(self, seen: Any) -> Node:
        sign = str(seen.op).rpartition(".")[2]
        left, right = self.operand(seen.left, seen.right), self.operand(seen.right, seen.left)
        if sign in OPERATORS:
            left = left if isinstance(left, Node) else fn("lit", left)
            return left.call(OPERATORS[sign], right)
        if sign not in SIGNS:
            raise Untold(str(seen.op))
        return binary(SIGNS[sign], left, right)

    def _ternary(self, seen: Any) -> Node:
        return hidden(self, seen) or case(self.node(seen.predicate), self.node(seen.truthy), self.node(seen.falsy))

    def _agg(self, seen: Any) -> Node:
        node = self.node(seen.arguments[0])
        if seen.name in ("std", "var"):
            return node.call(seen.name, seen.options)
        if seen.name in ("min", "max") and seen.options:
            return node.call(f"nan_{seen.name}")
        if seen.name == "item" and seen.options:
            return node.call("item", allow_empty=True)
        if seen.name == "count" and seen.options:
            return node.call("len")
        if seen.name in ("first_non_null", "last_non_null"):
            return node.call(seen.name.partition("_")[0], ignore_nulls=True)
        if seen.name not in _AGGREGATES.split():
            raise Untold(f"{seen.name}()")
        return node.call(seen.name)

    def _window(self, seen: Any) -> Node:
        if seen.options.kind not in ("groups_to_rows", "group_to_rows"):
            raise Untold(f"over with {seen.options.kind}")
        keys = [self.node(number) for number in seen.partition_by]
        order = {}
        if seen.order_by is not None:
            flags = {"descending": seen.order_by_descending, "nulls_last": seen.order_by_nulls_last}
            order = {"order_by": self.node(seen.order_by), **{name: flag for name, flag in flags.items() if flag}}
        return self.node(seen.function).call("over", *(keys or [None]), **order)

    def _sort(self, seen: Any) -> Node:
        _, nulls_last, descending = seen.options
        return self.node(seen.expr).call("sort", descending=descending, nulls_last=nulls_last)

    def _sort_by(self, seen: Any) -> Node:
        _, nulls_last, descending = seen.sort_options
        keys = [self.node(number) for number in seen.by]
        return self.node(seen.expr).call("sort_by", *keys, descending=list(descending), nulls_last=list(nulls_last))

    def _struct_eval(self, seen: Any) -> Node:
        if seen.variant != "with_fields":
            raise Untold("struct.eval")
        fields = [self.named(field) for field in seen.evaluation]
        return self.node(seen.expr).call("struct.with_fields", *fields)

    def _filter(self, seen: Any) -> Node:
        return self.node(seen.input).call("filter", self.node(seen.by))

    def _rolling(self, seen: Any) -> Node:
        named = {"offset": length_text(seen.offset), "closed": seen.closed_window}
        named |= {"index_column": self.node(seen.index_column), "period": length_text(seen.period)}
        return self.node(seen.function).call("rolling", **named)

    def _slice(self, seen: Any) -> Node:
        return self.node(seen.input).call("slice", self.argument(seen.offset), self.argument(seen.length))

    def _gather(self, seen: Any) -> Node:
        return self.node(seen.expr).call("get" if seen.scalar else "gather", self.argument(seen.idx))

    def _explode(self, seen: Any) -> Node:
        empty_as_null, keep_nulls = seen.options
        return self.node(seen.expr).call("explode", empty_as_null=empty_as_null, keep_nulls=keep_nulls)

    def _function(self, seen: Any) -> Node:
        data = seen.function_data if isinstance(seen.function_data, tuple) else (seen.function_data,)
        name, parameters = str(data[0]), data[1:]
        if name in SPECIAL:
            return SPECIAL[name](self, seen, parameters)
        if name in METHODS:
            ours, names = METHODS[name]
            receiver, *rest = seen.input
            asked = (self.node(receiver), *map(self.argument, rest), *_plain(names, parameters))
            return Node("method", ours, asked, _by_name(names, parameters))
        if name in FUNCTIONS:
            ours, names = FUNCTIONS[name]
            return fn(ours, *map(self.node, seen.input), **_by_name(names, parameters))
        raise Untold(f"the function {name.rpartition('.')[2]}")


_AGGREGATES = "sum mean median min max first last count n_unique implode item"

_READERS: dict[str, Callable[[Expressions, Any], Node]] = {
    "Agg": Expressions._agg,
    "BinaryExpr": Expressions._binary,
    "Cast": Expressions._cast,
    "Column": Expressions._column,
    "Explode": Expressions._explode,
    "Filter": Expressions._filter,
    "Function": Expressions._function,
    "Gather": Expressions._gather,
    "Len": Expressions._len,
    "Rolling": Expressions._rolling,
    "Literal": Expressions._literal,
    "Slice": Expressions._slice,
    "Sort": Expressions._sort,
    "SortBy": Expressions._sort_by,
    "StructEval": Expressions._struct_eval,
    "Ternary": Expressions._ternary,
    "Window": Expressions._window,
}


def _own_name(node: Node) -> str | None:
    """What an expression is called by itself: as the column that it begins with. None where that is not plain."""
    while node.kind in ("method", "binary", "unary") and node.name != "struct.field":
        if not isinstance(node.parts[0], Node):
            return None
        node = node.parts[0]
    return node.name if node.kind == "col" else None


def _by_name(names: tuple[str | None, ...], parameters: tuple[Any, ...]) -> dict[str, Any]:
    """The parameters that have names, but for those that say nothing."""
    told = zip(names, parameters, strict=False)
    return {name: value for name, value in told if name and value is not None}


def _plain(names: tuple[str | None, ...], parameters: tuple[Any, ...]) -> list[Any]:
    """The parameters whose name is empty: they stand in their places."""
    return [value for name, value in zip(names, parameters, strict=False) if name == ""]


def _is_literal(seen: Any) -> bool:
    return type(seen).__name__ == "Literal"


def _value(seen: Any) -> Any:
    """The value of a literal as Python has it."""
    value = seen.value
    if type(value).__name__ == "PySeries":
        value = pl.Series._from_pyseries(value).to_list()
        value = value[0] if isinstance(seen.dtype, pl.List) and len(value) == 1 else value
    if isinstance(value, list):
        return values(value)
    if isinstance(seen.dtype, pl.Duration):
        return _constant(seen)
    return value


_UNITS = {"ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def _constant(seen: Any) -> Node:
    """A literal as the language writes it, of the type that it takes by itself."""
    if _is_height(seen.dtype):
        return fn("lit", None)
    if type(seen.value).__name__ == "PySeries":
        raise Untold("a Series in an expression")
    if isinstance(seen.dtype, pl.Duration):
        return fn("duration", **{_UNITS[seen.dtype.time_unit]: seen.value}, time_unit=seen.dtype.time_unit)
    value = _value(seen)
    if isinstance(seen.dtype, pl.Time) and isinstance(value, int):
        value = (dt.datetime.min + dt.timedelta(microseconds=value // 1000)).time()
    return literal_node(value)


def _is_height(dtype: Any) -> bool:
    """Whether it is the type of a struct without fields, a column of which Polars has beside others, to be so long."""
    return isinstance(dtype, pl.Struct) and not dtype.fields
