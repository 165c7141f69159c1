"""NumPy's functions on lazy columns: `np.sqrt(df.x)` is an expression like any other."""

from __future__ import annotations

import operator
from typing import Any

from pantile import _dtypes as types
from pantile._column import Column, clean
from pantile._dataframe import DataFrame
from pantile._refusals import unsupported
from pantile._series import Series

UNARY = {
    "sqrt": "sqrt",
    "cbrt": "cbrt",
    "exp": "exp",
    "log": "log",
    "log10": "log10",
    "log1p": "log1p",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "arcsin": "arcsin",
    "arccos": "arccos",
    "arctan": "arctan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "arcsinh": "arcsinh",
    "arccosh": "arccosh",
    "arctanh": "arctanh",
    "degrees": "degrees",
    "radians": "radians",
    "rad2deg": "degrees",
    "deg2rad": "radians",
}
SAME = {
    "absolute": "abs",
    "fabs": "abs",
    "floor": "floor",
    "ceil": "ceil",
    "sign": "sign",
    "rint": "round",
    "trunc": "truncate",
}
BINARY = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "true_divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "remainder": operator.mod,
    "mod": operator.mod,
    "power": operator.pow,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "bitwise_and": operator.and_,
    "bitwise_or": operator.or_,
    "bitwise_xor": operator.xor,
    "logical_and": operator.and_,
    "logical_or": operator.or_,
}


def applied(ufunc: Any, method: str, inputs: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """What the function comes to, lazily."""
    name = ufunc.__name__
    if method != "__call__" or named:
        unsupported(f"numpy.{name}.{method} does not run on lazy columns", "compute first: np.…(s.to_numpy())")
    if name in BINARY and len(inputs) == 2:
        return _between(BINARY[name], *inputs)
    first = inputs[0]
    if isinstance(first, DataFrame):
        return first._mapped(lambda s: _of(name, s))
    return _of(name, first)


def _between(function: Any, left: Any, right: Any) -> Any:
    if isinstance(left, Series | DataFrame) or not hasattr(left, "item"):
        return function(left, right)
    return function(left.item(), right)


def _of(name: str, series: Series) -> Any:
    if name in ("isnan", "isfinite", "isinf"):
        return {
            "isnan": series.isna,
            "isfinite": lambda: _flag(series, "is_finite"),
            "isinf": lambda: _flag(series, "is_infinite"),
        }[name]()
    if name in ("invert", "logical_not"):
        return ~series
    if name in ("negative", "square", "reciprocal", "expm1", "exp2", "log2"):
        return _made(name, series)
    if name in SAME:
        return series._like(series._column.same(SAME[name]))
    if name not in UNARY:
        unsupported(f"numpy.{name} does not run on lazy columns", "compute first: np.…(s.to_numpy())")
    return _floating(series, UNARY[name])


def _flag(series: Series, name: str) -> Series:
    return series._like(Column(clean(series._column).node.call(name), types.BOOL, null=False))


def _floating(series: Series, name: str, *arguments: Any) -> Series:
    found = series._column.call(name, *arguments)
    return series._like(
        Column(found.node, types.FLOAT64 if series.arrow_type != types.NAMES["float32"] else series.arrow_type, True)
    )


def _made(name: str, series: Series) -> Series:
    ways = {
        "negative": lambda: -series,
        "square": lambda: series * series,
        "reciprocal": lambda: 1 / series,
        "expm1": lambda: _floating(series, "exp") - 1,
        "exp2": lambda: 2.0**series,
        "log2": lambda: _floating(series, "log", 2.0),
    }
    return ways[name]()
