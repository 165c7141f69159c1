"""Whether the values of one column are among those of another: a join on what is looked for, with a mark beside it.

No row ever holds more than its mark: with a list of all values beside each row, a table of millions would hold millions
of lists.
"""

from __future__ import annotations

import pyarrow as pa

from pantile import _dtypes as types
from pantile._column import Column, clean
from pantile._program import Node, col, lit
from pantile._series import Series


def among(s: Series, values: Series) -> Series:
    """Whether each value of `s` is one of `values`; missing ones are found among missing ones, as pandas has it."""
    kind = _shared(s.arrow_type, values.arrow_type)
    if kind is None:
        return _among_list(s, values)
    key = _as(clean(s._column).node, s.arrow_type, kind)
    wanted = Column(col(next(iter(values._visible()))), values.arrow_type, nan=values._column.nan)
    wanted_key = _as(clean(wanted).node, values.arrow_type, kind)
    source = values._node()
    mark = "__among_" + key.call("is_in", wanted_key).digest.hex()[:8] + source.digest.hex()[:8]
    name = "__key_" + mark[-16:]
    marked = source.call("select", **{name: wanted_key}).call("distinct").call("with_columns", **{mark: lit(True)})

    def joined(node: Node) -> Node:
        keyed = node.call("with_columns", **{name: key})
        beside = keyed.call("join", marked, on=name, how="left", nulls_equal=True, maintain_order="left")
        return beside.call("drop", name)

    found = col(mark).call("is_not_null")
    return s._like(Column(found, types.BOOL, null=False), rows=s._rows.wider(mark, joined))


def _as(node: Node, have: pa.DataType, want: pa.DataType) -> Node:
    return node if have == want else node.call("cast", types.type_node(want))


def _shared(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    """The type in which values of both are compared, if a join can compare them."""
    if pa.types.is_nested(one) or pa.types.is_nested(other):
        return None
    if one == other and not isinstance(one, types.Category):
        return one
    if not (types.is_number(one) and types.is_number(other)):
        return None
    if pa.types.is_decimal(one) or pa.types.is_decimal(other):
        return None
    whole = pa.types.is_integer(one) and pa.types.is_integer(other)
    return types.INT64 if whole and pa.uint64() not in (one, other) else types.FLOAT64


def _among_list(s: Series, values: Series) -> Series:
    """Of types that are not compared as they are: the distinct values as one list beside each row."""
    name = "__list_" + values._node().digest.hex()[:8]
    distinct = values._node().call("distinct")
    one = distinct.call("select", **{name: col(next(iter(values._visible()))).call("implode")})
    rows = s._rows.wider(name, lambda node: node.call("join", one, how="cross", maintain_order="left_right"))
    found = clean(s._column).node.call("is_in", col(name), nulls_equal=True)
    return s._like(Column(found, types.BOOL, null=False), rows=rows)
