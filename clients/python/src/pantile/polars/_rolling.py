"""Functions of Polars' plans that are of windows of rows, or of time, around each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pantile._program import Node, fn

from ._told import length_text

if TYPE_CHECKING:
    from ._expressions import Expressions

# What comes behind the parameters that all have.
_MORE = {
    "Mean": (),
    "Sum": (),
    "Min": (),
    "Max": (),
    "Std": ("ddof",),
    "Var": ("ddof",),
    "Quantile": ("quantile", "interpolation"),
    "Rank": ("method", "seed"),
    "Skew": ("bias",),
    "Kurtosis": ("fisher", "bias"),
}


def _rows(read: Expressions, seen: Any, parameters: Any) -> Node:
    window, least, weights, center, more = parameters
    name = _name(seen)
    named = {"window_size": window, "min_samples": least, "center": center, **_extra(name, more)}
    named |= {} if weights is None else {"weights": list(weights)}
    return read.node(seen.input[0]).call(f"rolling_{name.lower()}", **named)


def _time(read: Expressions, seen: Any, parameters: Any) -> Node:
    window, least, closed, more = parameters
    name = _name(seen).removesuffix("By")
    named = {"window_size": length_text(window), "min_samples": least, "closed": closed, **_extra(name, more)}
    node, by = map(read.node, seen.input)
    return node.call(f"rolling_{name.lower()}_by", by, **named)


def _pairs(read: Expressions, seen: Any, parameters: Any) -> Node:
    window, least, ddof, is_correlation = parameters
    a, b = map(read.node, seen.input)
    name, named = ("rolling_corr", {}) if is_correlation else ("rolling_cov", {"ddof": ddof})
    return fn(name, a, b, window, min_samples=least, **named)


def _extra(name: str, more: Any) -> dict[str, Any]:
    return {option: value for option, value in zip(_MORE[name], more, strict=False) if value is not None}


def _name(seen: Any) -> str:
    return str(seen.function_data[0]).rpartition(".")[2]


ROLLING: dict[str, Callable[[Expressions, Any, Any], Node]] = {
    **{f"RollingFunction.{name}": _rows for name in _MORE},
    **{f"RollingFunctionBy.{name}By": _time for name in _MORE},
    "RollingFunction.CorrCov": _pairs,
}
