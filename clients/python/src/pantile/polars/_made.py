"""Functions of Polars' plans that make values: times of texts and of numbers, lengths of time, ranges, texts."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pantile._program import Node, fn

from ._told import Untold, length_text, type_node

if TYPE_CHECKING:
    from ._expressions import Expressions

_TIME = ("year", "month", "day", "hour", "minute", "second", "microsecond")
_LENGTHS = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds")


def _strptime(read: Expressions, seen: Any, parameters: Any) -> Node:
    """The type is not among the parameters: it is what comes of it."""
    dtype = read.type_here()
    text, strict, exact, _ = parameters
    node, ambiguous = read.node(seen.input[0]), read.argument(seen.input[1])
    named = {"format": text, "strict": strict, "exact": exact, "ambiguous": ambiguous}
    return node.call("str.strptime", type_node(dtype), **named)


def _json_decode(read: Expressions, seen: Any, parameters: Any) -> Node:
    dtype = read.type_here()
    return read.node(seen.input[0]).call("str.json_decode", type_node(dtype))


def _coded(read: Expressions, seen: Any, parameters: Any) -> Node:
    """`HexDecode` and the like: the plan's name says in what."""
    name, node = _name(seen), read.node(seen.input[0])
    if name.endswith("Encode"):
        return node.call("str.encode", name.removesuffix("Encode").lower())
    return node.call("str.decode", name.removesuffix("Decode").lower(), strict=parameters[0])


def _normalize(read: Expressions, seen: Any, parameters: Any) -> Node:
    return read.node(seen.input[0]).call("str.normalize", parameters[0].upper())


def _format(read: Expressions, seen: Any, parameters: Any) -> Node:
    """A plan has the text without its brackets, and the bytes at which they stood."""
    text, places = parameters
    cuts = [0, *places, len(text.encode())]
    parts = [text.encode()[start:end].decode() for start, end in itertools.pairwise(cuts)]
    escaped = "{}".join(part.replace("{", "{{").replace("}", "}}") for part in parts)
    return fn("format", escaped, *map(read.node, seen.input))


def _datetime(read: Expressions, seen: Any, parameters: Any) -> Node:
    unit, zone = parameters
    *parts, ambiguous = map(read.argument, seen.input)
    return fn("datetime", *parts, time_unit=unit, time_zone=zone, ambiguous=ambiguous)


def _replace_parts(read: Expressions, seen: Any, parameters: Any) -> Node:
    node, *parts = seen.input
    told = zip((*_TIME, "ambiguous"), map(read.argument, parts), strict=True)
    return read.node(node).call("dt.replace", **{name: part for name, part in told if part is not None})


def _duration(read: Expressions, seen: Any, parameters: Any) -> Node:
    told = zip(_LENGTHS, map(read.argument, seen.input), strict=True)
    parts = {name: part for name, part in told if isinstance(part, Node) or part}
    return fn("duration", **(parts or {"days": 0}), time_unit=parameters[0])


def _int_range(read: Expressions, seen: Any, parameters: Any) -> Node:
    start, end = seen.input
    step, dtype = parameters
    return fn("int_range", read.argument(start), read.argument(end), step, dtype=type_node(dtype))


def _time_range(read: Expressions, seen: Any, parameters: Any) -> Node:
    """A range of dates, times or times of day, by its ends and its step."""
    interval, closed, *more = parameters
    if more and more.pop() != "start_end_interval":
        raise Untold("a range by a number of values")
    named = {name: value for name, value in zip(("time_unit", "time_zone"), more, strict=False) if value}
    name = _name(seen).removesuffix("Range").lower() + "_range"
    return fn(name, *map(read.argument, seen.input), length_text(interval), closed=closed, **named)


def _linear_space(read: Expressions, seen: Any, parameters: Any) -> Node:
    return fn("linear_space", *map(read.argument, seen.input), closed=parameters[0])


def _name(seen: Any) -> str:
    return str(seen.function_data[0]).rpartition(".")[2]


MADE: dict[str, Callable[[Expressions, Any, Any], Node]] = {
    **{f"RangeFunction.{kind}Range": _time_range for kind in ("Date", "Datetime", "Time")},
    **{f"StringFunction.{coding}": _coded for coding in ("Base64Decode", "Base64Encode", "HexDecode", "HexEncode")},
    "RangeFunction.IntRange": _int_range,
    "RangeFunction.LinearSpace": _linear_space,
    "StringFunction.Format": _format,
    "StringFunction.JsonDecode": _json_decode,
    "StringFunction.Normalize": _normalize,
    "StringFunction.Strptime": _strptime,
    "TemporalFunction.DatetimeFunction": _datetime,
    "TemporalFunction.Duration": _duration,
    "TemporalFunction.Replace": _replace_parts,
}
