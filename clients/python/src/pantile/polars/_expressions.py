"""Expressions of Polars' plans as nodes of a program.

Polars shows a plan by a `NodeTraverser`, in which expressions have numbers. `Expressions` reads them one by one, and
raises `Untold` with a name at the first for which there are no words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import polars as pl

from pantile._errors import LimitError, QuestionError
from pantile._program import Node, binary, case, col, fn
from pantile._words import literal_node, type_word, values

from ._functions import FUNCTIONS, METHODS, OPERATORS, ROLLING, SIGNS

# The versions of Polars' plans that are known here: those of Polars 2.0 and 2.1. The second number of a version grows
# when something is added, and is no matter.
PLAN_VERSIONS = frozenset({15, 16})


class Untold(Exception):
    """A part of a query that a program has no words for. Its text is the part's name."""


@contextmanager
def refusals() -> Iterator[None]:
    """What the server has no words for is untold; what is wrong with values is an error."""
    try:
        yield
    except (QuestionError, LimitError) as error:
        if error.code in ("invalid_program", "limit_program", "unsupported"):
            raise Untold(f"what the server refuses ({error.detail})") from error
        raise


def traverser(frame: pl.LazyFrame, flags: pl.QueryOptFlags) -> Any:
    """What shows the plan of a query, where its version is one that is known here."""
    shown = frame._ldf.with_optimizations(flags._pyoptflags).visit()
    if shown.version()[0] not in PLAN_VERSIONS:
        raise Untold(f"plans of version {shown.version()[0]}")
    return shown


def predicate_node(predicate: pl.Expr, schema: Mapping[str, Any]) -> Node:
    """A predicate of Polars over columns of that schema, as a node."""
    shown = traverser(pl.LazyFrame(schema=schema).select(predicate.alias("predicate")), pl.QueryOptFlags.none())
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
            raise Untold(f"the expression {error}") from error

    def named(self, expr: Any) -> Node:
        """An expression under the name that it has in the plan."""
        node = self.node(expr.node)
        return node if _own_name(node) == expr.output_name else node.call("alias", expr.output_name)

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
        return node.call("cast", _type(seen.dtype))

    def _cast(self, seen: Any) -> Node:
        node = self.node(seen.expr)
        if _is_height(seen.dtype):
            return node
        return node.call("cast", _type(seen.dtype), **({} if seen.options == 0 else {"strict": False}))

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
        return case(self.node(seen.predicate), self.node(seen.truthy), self.node(seen.falsy))

    def _agg(self, seen: Any) -> Node:
        node = self.node(seen.arguments[0])
        if seen.name in ("std", "var"):
            return node.call(seen.name, seen.options)
        if seen.name in ("min", "max") and seen.options:
            return node.call(f"nan_{seen.name}")
        if seen.name == "count" and seen.options:
            return node.call("len")
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

    def _filter(self, seen: Any) -> Node:
        return self.node(seen.input).call("filter", self.node(seen.by))

    def _slice(self, seen: Any) -> Node:
        return self.node(seen.input).call("slice", self.argument(seen.offset), self.argument(seen.length))

    def _gather(self, seen: Any) -> Node:
        return self.node(seen.expr).call("get" if seen.scalar else "gather", self.argument(seen.idx))

    def _explode(self, seen: Any) -> Node:
        empty_as_null, keep_nulls = seen.options
        return self.node(seen.expr).call("explode", empty_as_null=empty_as_null, keep_nulls=keep_nulls)

    def _function(self, seen: Any) -> Node:
        name, parameters = str(seen.function_data[0]), seen.function_data[1:]
        if name in _SPECIAL:
            return _SPECIAL[name](self, seen, parameters)
        if name in METHODS:
            ours, names = METHODS[name]
            receiver, *rest = seen.input
            asked = (self.node(receiver), *map(self.argument, rest), *_plain(names, parameters))
            return Node("method", ours, asked, _by_name(names, parameters))
        if name in FUNCTIONS:
            ours, names = FUNCTIONS[name]
            return fn(ours, *map(self.node, seen.input), **_by_name(names, parameters))
        raise Untold(f"the function {name.rpartition('.')[2]}")

    # Functions whose arguments stand in other places than they do in a program.

    def _is_in(self, seen: Any, parameters: Any) -> Node:
        node = self.node(seen.input[0]).call("is_in", self.argument(seen.input[1]))
        return node if not parameters[0] else Node("method", "is_in", node.parts, {"nulls_equal": True})

    def _power(self, seen: Any, parameters: Any) -> Node:
        return binary("**", self.node(seen.input[0]), self.argument(seen.input[1]))

    def _clip(self, seen: Any, parameters: Any) -> Node:
        rest = iter(map(self.argument, seen.input[1:]))
        return self.node(seen.input[0]).call("clip", *(next(rest) if has else None for has in parameters))

    def _shift_and_fill(self, seen: Any, parameters: Any) -> Node:
        node, n, value = seen.input
        return self.node(node).call("shift", self.argument(n), fill_value=self.argument(value))

    def _replace(self, seen: Any, parameters: Any) -> Node:
        node, old, new, *default = seen.input
        name = str(seen.function_data[0])
        named: dict[str, Any] = {"default": self.node(default[0])} if default else {}
        return self.node(node).call(name, self.argument(old), self.argument(new), **named)

    def _replace_text(self, seen: Any, parameters: Any) -> Node:
        n, literal = parameters
        node, *rest = seen.input
        name, named = ("str.replace_all", {}) if n < 0 else ("str.replace", {"n": n} if n != 1 else {})
        return self.node(node).call(name, *map(self.argument, rest), literal=literal, **named)

    def _strptime(self, seen: Any, parameters: Any) -> Node:
        """The type is not among the parameters: it is what comes of it."""
        dtype = self._shown.get_dtype(self._number)
        text, strict, exact, _ = parameters
        node, ambiguous = self.node(seen.input[0]), self.argument(seen.input[1])
        named = {"format": text, "strict": strict, "exact": exact, "ambiguous": ambiguous}
        return node.call("str.strptime", _type(dtype), **named)

    def _replace_time_zone(self, seen: Any, parameters: Any) -> Node:
        zone, non_existent = parameters
        node = self.node(seen.input[0])
        ambiguous = self.argument(seen.input[1])
        return node.call("dt.replace_time_zone", zone, ambiguous=ambiguous, non_existent=non_existent)

    def _arg_max(self, seen: Any, parameters: Any) -> Node:
        """Polars' plans call `arg_sort` by this name, too; it has parameters."""
        node = self.node(seen.input[0])
        if not parameters:
            return node.call("arg_max")
        return node.call("arg_sort", descending=parameters[0], nulls_last=parameters[1])

    def _top_k(self, seen: Any, parameters: Any) -> Node:
        node, k = seen.input
        return self.node(node).call("bottom_k" if parameters[0] else "top_k", self.argument(k))

    def _correlation(self, seen: Any, parameters: Any) -> Node:
        kind, *rest = parameters
        pair = [self.node(number) for number in seen.input]
        if kind == "covariance":
            return fn("cov", *pair, ddof=rest[0])
        return fn("corr", *pair, method="spearman" if kind == "spearman_rank" else "pearson")

    def _int_range(self, seen: Any, parameters: Any) -> Node:
        start, end = seen.input
        step, dtype = parameters
        return fn("int_range", self.argument(start), self.argument(end), step, dtype=_type(dtype))

    def _rolling(self, seen: Any, parameters: Any) -> Node:
        window, least, weights, center, more = parameters
        name = str(seen.function_data[0]).rpartition(".")[2]
        if weights is not None:
            raise Untold("weights of a rolling function")
        extra = dict(zip(("quantile", "interpolation") if name == "Quantile" else ("ddof",), more, strict=False))
        named = {"window_size": window, "min_samples": least, "center": center, **extra}
        return self.node(seen.input[0]).call(ROLLING[name], **named)

    def _ewm(self, seen: Any, parameters: Any) -> Node:
        name = str(seen.function_data[0]).rpartition(".")[2].lower()
        if name != "mean":
            raise Untold(f"the function ewm_{name}")
        alpha, adjust, _, least, ignore_nulls = parameters
        named = {"alpha": alpha, "adjust": adjust, "min_samples": least, "ignore_nulls": ignore_nulls}
        return self.node(seen.input[0]).call("ewm_mean", **named)


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
    "Literal": Expressions._literal,
    "Slice": Expressions._slice,
    "Sort": Expressions._sort,
    "SortBy": Expressions._sort_by,
    "Ternary": Expressions._ternary,
    "Window": Expressions._window,
}

_SPECIAL: dict[str, Callable[[Expressions, Any, Any], Node]] = {
    "BooleanFunction.IsIn": Expressions._is_in,
    "EwmFunction.Mean": Expressions._ewm,
    "RangeFunction.IntRange": Expressions._int_range,
    "StringFunction.Replace": Expressions._replace_text,
    "StringFunction.Strptime": Expressions._strptime,
    "TemporalFunction.ReplaceTimeZone": Expressions._replace_time_zone,
    "arg_max": Expressions._arg_max,
    "clip": Expressions._clip,
    "corr": Expressions._correlation,
    "pow": Expressions._power,
    "replace": Expressions._replace,
    "replace_strict": Expressions._replace,
    "shift_and_fill": Expressions._shift_and_fill,
    "top_k": Expressions._top_k,
    **dict.fromkeys((f"RollingFunction.{name}" for name in ROLLING), Expressions._rolling),
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


def _type(dtype: Any) -> Node:
    try:
        return type_word(dtype)
    except NotImplementedError as error:
        raise Untold(f"the type {dtype}") from error


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
