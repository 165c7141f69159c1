"""Columns chosen by type or name: narwhals' selectors as those of a program, `cs`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pantile._program import Node, binary, fn, unary
from pantile._words import type_word

from ._expr import Expr

_BY_CLASS = {
    "Array": "array",
    "Categorical": "categorical",
    "Datetime": "datetime",
    "Decimal": "decimal",
    "Duration": "duration",
    "List": "list",
    "Struct": "struct",
}


class Selector(Expr):
    """A choice of columns. Two choices make a third; with anything else it is the columns' values."""

    # By this narwhals knows it from other expressions.
    _is_compliant_selector = True

    def _chosen(self, node: Node) -> Selector:
        return Selector(node, self._version)

    def _evaluate_output_names(self, frame: Any) -> Sequence[str]:
        return frame.plan.call("select", self.node).schema.names

    def __or__(self, other: Any) -> Expr:
        return self._both("|", other)

    def __and__(self, other: Any) -> Expr:
        return self._both("&", other)

    def __sub__(self, other: Any) -> Expr:
        return self._both("-", other)

    def _both(self, sign: str, other: Any) -> Expr:
        if isinstance(other, Selector):
            return self._chosen(binary(sign, self.node, other.node))
        return self._with(binary(sign, self.node, other.node))

    def __invert__(self) -> Selector:
        return self._chosen(unary("~", self.node))


class Selectors:
    """What narwhals' `selectors` ask for."""

    def __init__(self, version: Any) -> None:
        self._version = version

    def _of(self, name: str, *arguments: Any, **named: Any) -> Selector:
        return Selector(fn(f"cs.{name}", *arguments, **named), self._version)

    def all(self) -> Selector:
        return self._of("all")

    def boolean(self) -> Selector:
        return self._of("boolean")

    def categorical(self) -> Selector:
        return self._of("categorical")

    def numeric(self) -> Selector:
        return self._of("numeric")

    def string(self) -> Selector:
        return self._of("string")

    def enum(self) -> Selector:
        """None: there are no enumerations."""
        return self._of("by_dtype")

    def matches(self, pattern: str) -> Selector:
        return self._of("matches", pattern)

    def datetime(self, time_unit: Any, time_zone: Any) -> Selector:
        zones = [time_zone] if time_zone is None or isinstance(time_zone, str) else time_zone
        zones = [str(zone) if zone is not None else None for zone in _listed(zones)]
        return self._of("datetime", list(_listed(time_unit)) if time_unit else None, zones)

    def by_dtype(self, dtypes: Iterable[Any]) -> Selector:
        chosen = [self._by_dtype(dtype) for dtype in dtypes]
        if not chosen:
            return self._of("by_dtype")
        node = chosen[0]
        for other in chosen[1:]:
            node = binary("|", node, other)
        return Selector(node, self._version)

    def _by_dtype(self, dtype: Any) -> Node:
        """A class of types stands for all of it, a type for itself."""
        if isinstance(dtype, type) and dtype.__name__ in _BY_CLASS:
            return fn(f"cs.{_BY_CLASS[dtype.__name__]}")
        return fn("cs.by_dtype", type_word(dtype))


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
