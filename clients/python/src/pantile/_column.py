"""Columns with their types: what pandas' arithmetic, comparisons and missing values come to on the server.

In pandas NaN is a missing value, and a comparison with one is False, or True for `!=`; on the server null is missing,
NaN is a number, and a comparison with null is null. So a `Column` says whether NaN may be in it (`nan`), and what a
null in it stands for, if it is a boolean that was compared (`null`); `clean` and `settled` put that into the program
where it makes a difference, and nowhere else.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._program import ITEMS, Node, binary, case, col, data, fn, lit, unary
from pantile._refusals import unsupported, wrong


@dataclass(frozen=True)
class Column:
    """A node that computes a column, and what is known of it."""

    node: Node
    type: pa.DataType | None = None
    nan: bool = False
    null: bool | None = None

    def call(self, name: str, *arguments: Any, type: pa.DataType | None = None, **named: Any) -> Column:
        """What comes of a function of the column, NaN and undecided booleans put right before."""
        return Column(clean(self).node.call(name, *arguments, **named), type)

    def same(self, name: str, *arguments: Any, **named: Any) -> Column:
        """The same, where the type stays."""
        return self.call(name, *arguments, type=self.type, **named)

    def cast(self, kind: pa.DataType, **named: Any) -> Column:
        """As another type."""
        return self.call("cast", types.type_node(kind), type=kind, **named)


ROW = Column(fn("int_range", fn("len")), types.INT64)
COUNT = Column(fn("len").call("cast", types.type_node(types.INT64)), types.INT64)


def clean(column: Column) -> Column:
    """The column with nulls for whatever pandas would call missing."""
    if column.null is not None:
        return settled(column)
    if column.nan and types.is_float(column.type) and column.type is not None:
        return replace(column, node=column.node.call("fill_nan", None), nan=False)
    return column


def settled(column: Column) -> Column:
    """The column with its undecided booleans decided; NaN stays."""
    if column.null is None:
        return column
    return Column(column.node.call("fill_null", column.null), column.type)


def plain(value: Any) -> Any:
    """A scalar of NumPy or pandas as one of Python's; missing ones are None."""
    if value is None or type(value).__name__ in ("NaTType", "NAType"):
        return None
    kind = type(value).__module__.partition(".")[0]
    if kind == "numpy" and type(value).__name__ in ("datetime64", "timedelta64"):
        return plain(value.astype(f"{type(value).__name__}[us]").item())
    if kind == "numpy" and hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        value = value.item()
    return None if isinstance(value, float) and value != value else value


SCALARS: tuple[tuple[type, pa.DataType], ...] = (
    (bool, types.BOOL), (int, types.INT64), (float, types.FLOAT64), (str, types.STRING), (bytes, pa.binary()),
    (dt.datetime, types.DATETIME), (dt.date, pa.date32()), (dt.timedelta, types.DURATION),
)  # fmt: skip


def scalar_type(value: Any) -> pa.DataType | None:
    """The type that a value has as a column; None where the server is to be asked."""
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return None
    return next((found for kind, found in SCALARS if isinstance(value, kind)), None)


def constant(value: Any) -> Column:
    """The value in every row."""
    value = plain(value)
    if value is None:
        return Column(lit(None).call("cast", types.type_node(types.FLOAT64)), types.FLOAT64)
    kind = scalar_type(value)
    node = lit(value)
    if isinstance(value, int) and not isinstance(value, bool):
        node = node.call("cast", types.type_node(types.INT64))
    return Column(node, kind)


def listed(values: Any) -> Any:
    """A list for the text of a program; a long one is sent beside it."""
    items = [plain(value) for value in values]
    sendable = all(isinstance(item, bool | int | float | str) or item is None for item in items)
    return data(items, "items") if len(items) > ITEMS and sendable else items


# ---------------------------------------------------------------------------------------------------------------------


# Those of a decimal of 128 bits.
DIGITS = 38


def arithmetic(sign: str, left: Any, right: Any) -> Column:
    """`left sign right` as pandas has it; one of the two is a Column."""
    left, right = _fitted(left, right)
    kinds = _kind(left), _kind(right)
    if sign in ("&", "|", "^"):
        return logic(sign, left, right)
    if sign == "*" and isinstance(left, Column) and types.is_text(kinds[0]) and type(right) is int:
        return _repeated(left, right)
    if sign == "//" and None not in kinds and all(pa.types.is_duration(kind) for kind in kinds):
        return Column(binary("//", _microseconds(left), _microseconds(right)), types.INT64)
    if sign == "**" and type(left) is int and kinds[1] is not None and pa.types.is_integer(kinds[1]):
        left = constant(left)
    found = _power_type(left, right, *kinds) if sign == "**" else _arithmetic_type(sign, *kinds)
    left, right = _exact(sign, settled_side(left), settled_side(right))
    if sign in ("//", "%") and _whole(*kinds):
        return _whole_division(sign, left, right, found)
    makes = sign in ("/", "//", "%", "**") and (found is None or types.is_float(found))
    nan = makes or any(side.nan for side in (left, right) if isinstance(side, Column))
    return Column(binary(sign, _node(left), _node(right)), found, nan)


def _exact(sign: str, left: Any, right: Any) -> tuple[Any, Any]:
    """Decimals keep every digit of a product; a quotient of them has no last digit, and is a float."""
    if sign == "*" and _is_decimal(left) and _is_decimal(right):
        scale = min(left.type.scale + right.type.scale, DIGITS)
        return left.cast(pa.decimal128(DIGITS, scale)), right
    if sign == "/":
        return tuple(side.cast(types.FLOAT64) if _is_decimal(side) else side for side in (left, right))  # type: ignore[return-value]
    return left, right


def _is_decimal(side: Any) -> bool:
    return isinstance(side, Column) and side.type is not None and pa.types.is_decimal(side.type)


def _repeated(column: Column, times: int) -> Column:
    """A text several times; a text that is not there stays so."""
    node = column.node
    made = node.call("repeat_by", times).call("list.join", "")
    return Column(case(node.call("is_null"), None, made), types.STRING)


def _microseconds(side: Any) -> Any:
    return (side if isinstance(side, Column) else constant(side)).node.call("dt.total_microseconds")


def _whole(left: Any, right: Any) -> bool:
    return left is not None and right is not None and pa.types.is_integer(left) and pa.types.is_integer(right)


def _whole_division(sign: str, left: Any, right: Any, found: Any) -> Column:
    """Of integers. By zero pandas has infinity, for which the column must be one of floats."""
    if not isinstance(right, Column):
        if right == 0:
            left = left.cast(types.FLOAT64)
            return Column(binary(sign, left.node, 0.0), types.FLOAT64, True)
        return Column(binary(sign, _node(left), right), found)
    return Column(binary(sign, _node(left), _node(right)), found)


def _arithmetic_type(sign: str, left: Any, right: Any) -> pa.DataType | None:
    if left is None or right is None:
        return None
    if types.is_text(left) or types.is_text(right):
        if sign == "+" and types.is_text(left) and types.is_text(right):
            return types.STRING
        wrong(f"cannot do {left} {sign} {right}", "astype makes one like the other")
    if types.is_number(left) and types.is_number(right):
        if sign == "/" and not (pa.types.is_float32(left) or pa.types.is_float32(right)):
            return types.FLOAT64
        return None if sign in ("*", "**") and pa.types.is_decimal(left) else types.wider(left, right)
    if sign == "-" and pa.types.is_timestamp(left) and left == right:
        return pa.duration(left.unit)
    if sign in "+-" and pa.types.is_timestamp(left) and pa.types.is_duration(right):
        return left if right == pa.duration(left.unit) else None
    return None


def _power_type(left: Any, right: Any, *kinds: pa.DataType | None) -> pa.DataType | None:
    if None in kinds or not all(types.is_number(kind) for kind in kinds if kind is not None):
        return _arithmetic_type("**", *kinds)
    if pa.types.is_float64(kinds[0]) or pa.types.is_float64(kinds[1]):
        return types.FLOAT64
    if isinstance(left, Column) and isinstance(right, int) and right >= 0:
        return kinds[0]
    return None


def comparison(sign: str, left: Any, right: Any) -> Column:
    """`left sign right`, where a missing value is equal to nothing, and no more than anything."""
    left, right = _fitted(left, right)
    _check_comparison(sign, _kind(left), _kind(right))
    if sign not in ("==", "!=") and types.is_category(left.type):
        left, right = _places(sign, left, right)
    # NaN is the greatest number there, so only `>` and `>=` of a value take it for more than it is in pandas.
    if isinstance(right, Column) or sign in (">", ">="):
        left = clean(left)
    left, right = settled_side(left), clean(right) if isinstance(right, Column) else right
    if not isinstance(right, Column) and right is None:
        right = lit(None)
    return Column(binary(sign, _node(left), _node(right)), types.BOOL, null=sign == "!=")


def _check_comparison(sign: str, left: Any, right: Any) -> None:
    if left is None or right is None:
        return
    texts = types.is_text(left), types.is_text(right)
    if texts[0] != texts[1] and not any(types.is_category(kind) or pa.types.is_null(kind) for kind in (left, right)):
        wrong(f"cannot compare {left} {sign} {right}", "astype makes one like the other")


def _places(sign: str, left: Column, right: Any) -> tuple[Column, Any]:
    """Categories by their places in their order; such without one are equal or not, and no more."""
    kind = left.type
    if not isinstance(kind, types.Category) or not kind.ordered:
        wrong(f"categories without an order are not {sign} each other", ".cat.as_ordered() gives them one")
    if isinstance(right, Column):
        if right.type != kind:
            wrong("two columns of categories are compared if both have the same ones in one order")
        return place(left), place(right)
    if right not in kind.categories:
        wrong(f"{right!r} is none of the categories {', '.join(kind.categories)}")
    return place(left), kind.categories.index(right)


def place(column: Column) -> Column:
    """The number of each value's category."""
    kind = column.type
    assert isinstance(kind, types.Category)
    texts = clean(column).node.call("cast", types.type_node(types.STRING))
    if not kind.categories:
        return Column(texts.call("str.len_chars").call("cast", types.type_node(types.INT64)), types.INT64)
    numbers = list(range(len(kind.categories)))
    return Column(texts.call("replace_strict", list(kind.categories), numbers, default=None), types.INT64)


def in_order(column: Column) -> Column:
    """What the column is sorted by."""
    return place(column) if isinstance(column.type, types.Category) else Column(clean(column).node, column.type)


def logic(sign: str, left: Any, right: Any) -> Column:
    """`left & right` and its kin, of booleans or of integers."""
    sides = [side if isinstance(side, Column) else constant(side) for side in (left, right)]
    for side in sides:
        if side.type is not None and not (pa.types.is_boolean(side.type) or pa.types.is_integer(side.type)):
            wrong(
                f"{sign} wants booleans, and one side is {side.type}",
                "put each comparison in brackets: (a > 1) & (b < 2)",
            )
    if sign in "&|" and all(side.null is False for side in sides):
        return Column(binary(sign, sides[0].node, sides[1].node), types.BOOL, null=False)
    found = sides[0].type if sides[0].type == sides[1].type else None
    return Column(binary(sign, settled(sides[0]).node, settled(sides[1]).node), found)


def inverted(column: Column) -> Column:
    """`~column`."""
    return Column(unary("~", settled(column).node), column.type)


def chosen(condition: Column, then: Any, otherwise: Any) -> Column:
    """`then` where `condition` is true, else `otherwise`."""
    sides = [settled_side(plain(side) if not isinstance(side, Column) else side) for side in (then, otherwise)]
    kinds = [_kind(side) for side in sides if side is not None]
    texts = [types.is_text(kind) for kind in kinds if kind is not None and not pa.types.is_dictionary(kind)]
    if len(set(texts)) > 1:
        wrong(f"one column cannot hold {' and '.join(str(kind) for kind in kinds)}", "astype makes one like the other")
    known = kinds and all(kind == kinds[0] for kind in kinds)
    found = kinds[0] if known else _chosen_type(kinds)
    nan = any(side.nan for side in sides if isinstance(side, Column))
    return Column(case(_definite(condition), *map(_node, sides)), found, nan)


def _chosen_type(kinds: list[Any]) -> pa.DataType | None:
    if len(kinds) == 2 and None not in kinds and all(types.is_number(kind) for kind in kinds):
        return types.wider(*kinds)
    return None


def _definite(condition: Column) -> Node:
    """A condition in which a null may be taken for False."""
    return condition.node if condition.null is False else settled(condition).node


def settled_side(side: Any) -> Any:
    """A side of an operator, its booleans decided."""
    return settled(side) if isinstance(side, Column) else side


def _node(side: Any) -> Any:
    return side.node if isinstance(side, Column) else side


def _kind(side: Any) -> pa.DataType | None:
    return side.type if isinstance(side, Column) else scalar_type(side)


def _fitted(left: Any, right: Any) -> tuple[Any, Any]:
    """Both sides, with a text beside a time read as a time."""
    if not isinstance(left, Column):
        right, left = _fitted(right, left)
        return left, right
    if not isinstance(right, Column):
        right = plain(right)
        if isinstance(right, list | tuple | dict | set):
            unsupported("a list beside a column is not done here", "isin tells which values are in a list")
    if isinstance(right, str) and left.type is not None and types.is_time(left.type):
        right = moment(right, left.type)
    return left, right


def moment(text: str, kind: pa.DataType) -> Any:
    """The time that a text means beside a column of times."""
    padded = text if len(text) > 7 else f"{text}-01" if len(text) == 7 else f"{text}-01-01"
    try:
        found = dt.datetime.fromisoformat(padded.replace("Z", "+00:00"))
    except ValueError:
        wrong(f"{text!r} is no date and no time", "write it as 2024-01-31 or 2024-01-31 12:00")
    if pa.types.is_date(kind):
        return found.date()
    if kind.tz and found.tzinfo is None:
        from zoneinfo import ZoneInfo

        return found.replace(tzinfo=ZoneInfo(kind.tz))
    return found


def column_of(name: str, kind: pa.DataType, nan: bool = True) -> Column:
    """A column of a frame whose schema is known."""
    return Column(col(name), kind, nan and types.is_float(kind))
