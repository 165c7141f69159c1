"""Functions of Polars' plans whose arguments stand in other places than they do in a program, one function each."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pantile._program import Node, binary, fn

from ._made import MADE
from ._nested import NESTED
from ._rolling import ROLLING
from ._told import type_node

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


def _append(read: Expressions, seen: Any, parameters: Any) -> Node:
    node, *others = map(read.node, seen.input)
    for other in others:
        node = node.call("append", other)
    return node


def _repeat(read: Expressions, seen: Any, parameters: Any) -> Node:
    return fn("repeat", *map(read.argument, seen.input))


def _sample(read: Expressions, seen: Any, parameters: Any) -> Node:
    """Polars draws others each time, unless it has a seed."""
    is_fraction, with_replacement, shuffle, seed = parameters
    node, size = read.node(seen.input[0]), read.argument(seen.input[1])
    named = {"fraction" if is_fraction else "n": size, "with_replacement": with_replacement, "shuffle": shuffle}
    return node.call("sample", **named, seed=random.getrandbits(32) if seed is None else seed)


def _top_k_by(read: Expressions, seen: Any, parameters: Any) -> Node:
    node, k, *keys = seen.input
    return read.node(node).call("top_k_by", [read.node(key) for key in keys], read.argument(k), reverse=parameters[0])


def _reinterpret(read: Expressions, seen: Any, parameters: Any) -> Node:
    return read.node(seen.input[0]).call("reinterpret", dtype=type_node(parameters[0]))


SPECIAL: dict[str, Callable[[Expressions, Any, Any], Node]] = {
    "BooleanFunction.IsIn": _is_in,
    "StringFunction.Replace": _replace_text,
    "TemporalFunction.ReplaceTimeZone": _replace_time_zone,
    "arg_max": _arg_max,
    "clip": _clip,
    "concat": _append,
    "corr": _correlation,
    "pow": _power,
    "reinterpret": _reinterpret,
    "repeat": _repeat,
    "replace": _replace,
    "replace_strict": _replace,
    "sample": _sample,
    "shift_and_fill": _shift_and_fill,
    "top_k": _top_k,
    "top_k_by": _top_k_by,
    **MADE,
    **NESTED,
    **ROLLING,
}
