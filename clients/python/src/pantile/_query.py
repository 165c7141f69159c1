"""`query` and `eval`: a text in pandas' words, read as Python and built as an expression; nothing of it runs here."""

from __future__ import annotations

import ast
import inspect
import operator
import re
from typing import Any

from pantile._dataframe import DataFrame
from pantile._refusals import no_column, unsupported, wrong

BINARY: dict[type, Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_, ast.BitXor: operator.xor,
}  # fmt: skip
COMPARED: dict[type, Any] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
# What a text may ask of a column.
LOCAL = "__local_"


def assigned(df: DataFrame, text: str, names: dict[str, Any]) -> Any:
    """What the text computes; lines with `name = …` give the frame with these columns."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    found: Any = df
    for line in lines:
        match = re.match(r"\s*(\w+)\s*=(?!=)(.*)", line)
        if match is None:
            return evaluated(found, line, names)
        found = found.assign(**{match[1]: evaluated(found, match[2], names)})
    return found


def evaluated(df: DataFrame, text: str, names: dict[str, Any]) -> Any:
    """The column that the text computes."""
    quoted: dict[str, str] = {}

    def hide(match: re.Match[str]) -> str:
        quoted[f"__quoted{len(quoted)}"] = match[1]
        return f"__quoted{len(quoted) - 1}"

    source = re.sub(r"`([^`]+)`", hide, text)
    source = re.sub(r"@(\w+)", rf"{LOCAL}\1", source)
    source = re.sub(r"\bnot in\b", "not in", source)
    try:
        tree = ast.parse(source.strip(), mode="eval")
    except SyntaxError as error:
        wrong(f"{text!r} does not read: {error.msg}")
    # `a > 1 & b > 2` means what it means in pandas: and, or, not bind as Python has them; &, | as well.
    return _Reader(df, quoted, {**_caller(), **names}).read(tree.body)


def _caller() -> dict[str, Any]:
    """The names around the call of `query`: those of the first function that is not ours."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__", "").startswith("pantile."):
        frame = frame.f_back
    return {} if frame is None else {**frame.f_globals, **frame.f_locals}


class _Reader:
    """Builds an expression of a tree, node by node."""

    def __init__(self, df: DataFrame, quoted: dict[str, str], names: dict[str, Any]) -> None:
        self.df, self.quoted, self.names = df, quoted, names

    def read(self, node: ast.AST) -> Any:
        return getattr(self, f"_{type(node).__name__.lower()}", self._refused)(node)

    def _refused(self, node: ast.AST) -> Any:
        unsupported(
            f"{type(node).__name__.lower()} has no place in a query",
            "columns, values, operators and methods of columns have",
        )

    def _constant(self, node: ast.Constant) -> Any:
        return node.value

    def _name(self, node: ast.Name) -> Any:
        if node.id.startswith(LOCAL):
            name = node.id[len(LOCAL) :]
            return self.names[name] if name in self.names else wrong(f"there is no variable {name!r} around the query")
        name = self.quoted.get(node.id, node.id)
        if name in self.df._columns:
            return self.df._series(name)
        if name == "index" or any(level.name == name for level in self.df._index):
            return self.df.index.to_series()
        no_column(name, self.df._columns)

    def _list(self, node: ast.List | ast.Tuple) -> Any:
        return [self.read(item) for item in node.elts]

    _tuple = _list

    def _binop(self, node: ast.BinOp) -> Any:
        return BINARY[type(node.op)](self.read(node.left), self.read(node.right))

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        value = self.read(node.operand)
        return (
            -value if isinstance(node.op, ast.USub) else ~value if isinstance(node.op, ast.Not | ast.Invert) else value
        )

    def _boolop(self, node: ast.BoolOp) -> Any:
        sides = [self.read(value) for value in node.values]
        found = sides[0]
        for side in sides[1:]:
            found = found & side if isinstance(node.op, ast.And) else found | side
        return found

    def _compare(self, node: ast.Compare) -> Any:
        left, found = self.read(node.left), None
        for sign, right in zip(node.ops, map(self.read, node.comparators), strict=True):
            made = self._one(sign, left, right)
            found, left = made if found is None else found & made, right
        return found

    def _one(self, sign: ast.cmpop, left: Any, right: Any) -> Any:
        if isinstance(sign, ast.In | ast.NotIn) or isinstance(right, list):
            found = left.isin(right)
            return ~found if isinstance(sign, ast.NotIn | ast.NotEq) else found
        return COMPARED[type(sign)](left, right)

    def _attribute(self, node: ast.Attribute) -> Any:
        if node.attr.startswith("_"):
            wrong(f"{node.attr!r} has no place in a query")
        return getattr(self.read(node.value), node.attr)

    def _call(self, node: ast.Call) -> Any:
        function = self.read(node.func)
        if not isinstance(node.func, ast.Attribute):
            self._refused(node)
        return function(
            *map(self.read, node.args), **{word.arg: self.read(word.value) for word in node.keywords if word.arg}
        )
