"""Reads the choices that `_reveal` puts in the places of what Polars' plans do not show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pantile._program import Node, fn

from ._reveal import mark_of
from ._told import Untold, type_node

if TYPE_CHECKING:
    from ._expressions import Expressions

_ALONE = ("element", "field", "business_day_count")
# Whose argument is computed of items: it stays an expression, even if it is a literal.
_WITHIN = ("list.eval", "list.agg", "arr.eval", "arr.agg", "cumulative_eval")


def hidden(read: Expressions, seen: Any) -> Node | None:
    """What stands in the place of a choice; None where it is a choice."""
    mark = _mark(read, seen.predicate)
    if mark is None:
        return None
    name, plain, named = mark["call"], mark.get("plain", []), dict(mark.get("named", {}))
    if name in ("element", "field"):
        return fn(name, *plain)
    if "dtype" in named:
        named["dtype"] = type_node(read.type_here())
    first, *rest = _arguments(read, seen, read.node if name in _WITHIN else read.argument)
    if "holidays" in named:
        named["holidays"] = _days(rest.pop())
    call = fn(name, first, *rest, *plain, **named)
    return call if name in _ALONE else Node("method", name, (first, *rest, *plain), named)


def _days(days: Any) -> list[str]:
    """Programs have these days as texts."""
    if not isinstance(days, list):
        raise Untold("holidays that are columns")
    return [str(day) for day in days]


def _mark(read: Expressions, number: int) -> dict[str, Any] | None:
    seen = read.view(number)
    if type(seen).__name__ != "Function" or str(seen.function_data[0]) != "BooleanFunction.IsNull":
        return None
    return mark_of(getattr(read.view(seen.input[0]), "value", None))


def _arguments(read: Expressions, seen: Any, argument: Any) -> list[Any]:
    """What it is of: the first in one branch, the others as parts of a struct in the other."""
    others = read.view(read.view(seen.falsy).expr)
    rest = others.input if type(others).__name__ == "Function" else []
    first = read.node(read.view(seen.truthy).expr)
    return [first, *map(argument, rest)]
