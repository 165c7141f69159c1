"""Functions of Polars' plans that are of lists, arrays and structs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pantile._program import Node, fn

if TYPE_CHECKING:
    from ._expressions import Expressions


def _struct(read: Expressions, seen: Any, parameters: Any) -> Node:
    """The plan does not show what the parts are called; the type does."""
    names = [field.name for field in read.type_here().fields]
    parts = zip(map(read.node, seen.input), names, strict=True)
    return fn("struct", *(read.under(part, name) for part, name in parts))


def _set_operation(read: Expressions, seen: Any, parameters: Any) -> Node:
    left, right = map(read.node, seen.input)
    return left.call(f"list.set_{parameters[0]}", right)


def _array_to_struct(read: Expressions, seen: Any, parameters: Any) -> Node:
    names = [field.name for field in read.type_here().fields]
    return read.node(seen.input[0]).call("arr.to_list").call("list.to_struct", names)


def _map_fields(read: Expressions, seen: Any, parameters: Any) -> Node:
    """The function has been at work already: the type has the new names."""
    names = [field.name for field in read.type_here().fields]
    return read.node(seen.input[0]).call("struct.rename_fields", names)


NESTED: dict[str, Callable[[Expressions, Any, Any], Node]] = {
    "ArrayFunction.ToStruct": _array_to_struct,
    "ListFunction.SetOperation": _set_operation,
    "StructFunction.MapFieldNames": _map_fields,
    "as_struct": _struct,
}
