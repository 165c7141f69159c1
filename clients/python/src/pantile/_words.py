"""Types and values by the words of a program. Polars and narwhals call types the same, so one function reads both."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ._program import ITEMS, Node, data, fn, word

# Types of theirs that a program has no word for.
_ABSENT = frozenset({"Enum", "Extension", "Float16", "Int128", "Object", "UInt128", "Unknown"})


def type_word(dtype: Any) -> Node:
    """The word for a type of Polars' or narwhals', or the call that makes it. NotImplementedError if there is none."""
    name = dtype.__name__ if isinstance(dtype, type) else type(dtype).__name__
    if name in _ABSENT:
        raise NotImplementedError(f"Pantile has no type {name}")
    return word(name) if isinstance(dtype, type) else _made(name, dtype)


def _made(name: str, dtype: Any) -> Node:
    if name == "Datetime":
        return fn("Datetime", _unit(dtype), dtype.time_zone)
    if name == "Duration":
        return fn("Duration", _unit(dtype))
    if name == "Decimal":
        return fn("Decimal", dtype.precision or 38, dtype.scale)
    if name == "List":
        return fn("List", type_word(dtype.inner))
    if name == "Array":
        return fn("Array", type_word(dtype.inner), dtype.size)
    if name == "Struct":
        return fn("Struct", {field.name: type_word(field.dtype) for field in dtype.fields})
    return word(name)


def _unit(dtype: Any) -> str:
    """Whole seconds are kept as milliseconds, the coarsest unit there is."""
    return "ms" if dtype.time_unit == "s" else dtype.time_unit or "us"


def literal_node(value: Any) -> Node:
    """The value as a column that is the same in every row."""
    if isinstance(value, dict):
        return fn("struct", *(literal_node(item).call("alias", name) for name, item in value.items()))
    if isinstance(value, Decimal):
        return fn("lit", str(value)).call("str.to_decimal", max(0, -int(value.as_tuple().exponent)))
    return fn("lit", value)


def values(items: list[Any]) -> Any:
    """The items as a program has them: long lists of what JSON knows are sent beside the text."""
    is_plain = all(item is None or isinstance(item, bool | int | float | str) for item in items)
    return data(items, "values") if len(items) > ITEMS and is_plain else items
