"""Functions of Polars' plans whose arguments stand in other places than they do in a program, one function each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pantile._program import Node, binary, fn

from ._functions import ROLLING
from ._told import Untold, type_node

if TYPE_CHECKING:
    from ._expressions import Expressions


def _is_in(read: Expressions, seen: Any, parameters: Any) -> Node:
    node = read.node(seen.input[0]).call("is_in", read.argument(seen.input[1]))
    return node if not parameters[0] else Node("method", "is_in", node.parts, {"nulls_equal": True})


def _power(read: Expressions, seen: Any, parameters: Any) -> Node:
    return binary("**", read.node(seen.input[0]), read.argument(seen.input[1]))


def _clip(read: Expressions, seen: Any, parameters: Any) -> Node:
    rest = iter(map(read.argument, seen.input[1:]))
    return read.node(seen.input[0]).call("clip", *(next(rest) if has else None for has in parameters))


def _shift_and_fill(read: Expressions, seen: Any, parameters: Any) -> Node:
    node, n, value = seen.input
    return read.node(node).call("shift", read.argument(n), fill_value=read.argument(value))


def _replace(read: Expressions, seen: Any, parameters: Any) -> Node:
    node, old, new, *default = seen.input
    name = str(seen.function_data[0])
    named: dict[str, Any] = {"default": read.node(default[0])} if default else {}
    return read.node(node).call(name, read.argument(old), read.argument(new), **named)


def _replace_text(read: Expressions, seen: Any, parameters: Any) -> Node:
    n, literal = parameters
    node, *rest = seen.input
    name, named = ("str.replace_all", {}) if n < 0 else ("str.replace", {"n": n} if n != 1 else {})
    return read.node(node).call(name, *map(read.argument, rest), literal=literal, **named)


def _strptime(read: Expressions, seen: Any, parameters: Any) -> Node:
    """The type is not among the parameters: it is what comes of it."""
    dtype = read.type_here()
    text, strict, exact, _ = parameters
    node, ambiguous = read.node(seen.input[0]), read.argument(seen.input[1])
    named = {"format": text, "strict": strict, "exact": exact, "ambiguous": ambiguous}
    return node.call("str.strptime", type_node(dtype), **named)


def _replace_time_zone(read: Expressions, seen: Any, parameters: Any) -> Node:
    zone, non_existent = parameters
    node = read.node(seen.input[0])
    ambiguous = read.argument(seen.input[1])
    return node.call("dt.replace_time_zone", zone, ambiguous=ambiguous, non_existent=non_existent)


def _arg_max(read: Expressions, seen: Any, parameters: Any) -> Node:
    """Polars' plans call `arg_sort` by this name, too; it has parameters."""
    node = read.node(seen.input[0])
    if not parameters:
        return node.call("arg_max")
    return node.call("arg_sort", descending=parameters[0], nulls_last=parameters[1])


def _top_k(read: Expressions, seen: Any, parameters: Any) -> Node:
    node, k = seen.input
    return read.node(node).call("bottom_k" if parameters[0] else "top_k", read.argument(k))


def _correlation(read: Expressions, seen: Any, parameters: Any) -> Node:
    kind, *rest = parameters
    pair = [read.node(number) for number in seen.input]
    if kind == "covariance":
        return fn("cov", *pair, ddof=rest[0])
    return fn("corr", *pair, method="spearman" if kind == "spearman_rank" else "pearson")


def _int_range(read: Expressions, seen: Any, parameters: Any) -> Node:
    start, end = seen.input
    step, dtype = parameters
    return fn("int_range", read.argument(start), read.argument(end), step, dtype=type_node(dtype))


def _rolling(read: Expressions, seen: Any, parameters: Any) -> Node:
    window, least, weights, center, more = parameters
    name = str(seen.function_data[0]).rpartition(".")[2]
    if weights is not None:
        raise Untold("weights of a rolling function")
    extra = dict(zip(("quantile", "interpolation") if name == "Quantile" else ("ddof",), more, strict=False))
    named = {"window_size": window, "min_samples": least, "center": center, **extra}
    return read.node(seen.input[0]).call(ROLLING[name], **named)


def _ewm(read: Expressions, seen: Any, parameters: Any) -> Node:
    name = str(seen.function_data[0]).rpartition(".")[2].lower()
    if name != "mean":
        raise Untold(f"the function ewm_{name}")
    alpha, adjust, _, least, ignore_nulls = parameters
    named = {"alpha": alpha, "adjust": adjust, "min_samples": least, "ignore_nulls": ignore_nulls}
    return read.node(seen.input[0]).call("ewm_mean", **named)


SPECIAL: dict[str, Callable[[Expressions, Any, Any], Node]] = {
    "BooleanFunction.IsIn": _is_in,
    "EwmFunction.Mean": _ewm,
    "RangeFunction.IntRange": _int_range,
    "StringFunction.Replace": _replace_text,
    "StringFunction.Strptime": _strptime,
    "TemporalFunction.ReplaceTimeZone": _replace_time_zone,
    "arg_max": _arg_max,
    "clip": _clip,
    "corr": _correlation,
    "pow": _power,
    "replace": _replace,
    "replace_strict": _replace,
    "shift_and_fill": _shift_and_fill,
    "top_k": _top_k,
    **dict.fromkeys((f"RollingFunction.{name}" for name in ROLLING), _rolling),
}
