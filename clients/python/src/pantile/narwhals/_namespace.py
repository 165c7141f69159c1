"""What narwhals builds expressions with, and wraps frames by."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from pantile._program import Node, case, col, fn
from pantile._words import literal_node, type_word

from . import _plan
from ._expr import Expr
from ._first import Frame, of_version
from ._frame import LazyFrame
from ._selectors import Selectors
from ._values import literal


class Namespace:
    """The functions of narwhals that stand alone, for one version of its API."""

    def __init__(self, version: Any) -> None:
        from narwhals import Implementation

        self._version = version
        self._implementation = Implementation.UNKNOWN

    @property
    def _expr(self) -> type[Expr]:
        return Expr

    @property
    def _lazyframe(self) -> type[LazyFrame]:
        return LazyFrame

    @property
    def selectors(self) -> Selectors:
        return Selectors(self._version)

    def is_native(self, value: Any) -> bool:
        return _plan.is_native(value)

    def from_native(self, value: Any) -> Frame | LazyFrame:
        return of_version(LazyFrame.from_native(value, context=self), self._version)

    def _of(self, node: Node) -> Expr:
        return Expr(node, self._version)

    def _call(self, name: str, *exprs: Expr, **named: Any) -> Expr:
        return self._of(fn(name, *(expr.node for expr in exprs), **named))

    def all(self) -> Expr:
        return self._of(fn("all"))

    def col(self, *names: str) -> Expr:
        return self._of(col(names[0]) if len(names) == 1 else fn("col", *names))

    def exclude(self, *names: str) -> Expr:
        return self._of(fn("cs.exclude", *names))

    def nth(self, indices: Iterable[int]) -> Expr:
        return self._of(fn("nth", *indices))

    def len(self) -> Expr:
        return self._of(fn("len"))

    def lit(self, value: Any, dtype: Any) -> Expr:
        node = literal_node(literal(value))
        return self._of(node if dtype is None else node.call("cast", type_word(dtype)))

    def when_then(self, when: Expr, then: Expr, otherwise: Expr | None = None) -> Expr:
        return self._of(case(when.node, then.node, None if otherwise is None else otherwise.node))

    def corr(self, a: Expr, b: Expr, *, method: str) -> Expr:
        return self._call("corr", a, b, method=method)

    def cov(self, a: Expr, b: Expr, *, ddof: int) -> Expr:
        return self._call("cov", a, b, ddof=ddof)

    def all_horizontal(self, *exprs: Expr, ignore_nulls: bool) -> Expr:
        return self._call("all_horizontal", *(_filled(expr, True) if ignore_nulls else expr for expr in exprs))

    def any_horizontal(self, *exprs: Expr, ignore_nulls: bool) -> Expr:
        return self._call("any_horizontal", *(_filled(expr, False) if ignore_nulls else expr for expr in exprs))

    def sum_horizontal(self, *exprs: Expr) -> Expr:
        return self._call("sum_horizontal", *exprs)

    def mean_horizontal(self, *exprs: Expr) -> Expr:
        return self._call("mean_horizontal", *exprs)

    def min_horizontal(self, *exprs: Expr) -> Expr:
        return self._call("min_horizontal", *exprs)

    def max_horizontal(self, *exprs: Expr) -> Expr:
        return self._call("max_horizontal", *exprs)

    def coalesce(self, *exprs: Expr) -> Expr:
        return self._call("coalesce", *exprs)

    def concat_str(self, *exprs: Expr, separator: str, ignore_nulls: bool) -> Expr:
        return self._call("concat_str", *exprs, separator=separator, ignore_nulls=ignore_nulls)

    def struct(self, *exprs: Expr) -> Expr:
        return self._call("struct", *exprs)

    def list(self, *exprs: Expr) -> Expr:
        """Each row's values as a list; lists among them stay lists."""
        rows = fn("int_range", fn("len"))
        return self._of(fn("concat_list", *(expr.node.call("implode").call("over", rows) for expr in exprs)))

    def concat(self, items: Iterable[LazyFrame], *, how: str) -> LazyFrame:
        plans = [item.plan for item in items]
        how = "horizontal_extend" if how == "horizontal" else how
        node = fn("concat", [plan.node for plan in plans], how=how)
        return LazyFrame(_plan.Plan(plans[0].client, node), self._version)

    def scan_csv(self, source: Any, *, separator: str = ",", **named: Any) -> Frame | LazyFrame:
        return self.from_native(_client().read_csv(source, sep=separator, **named))

    def scan_parquet(self, source: Any, **named: Any) -> Frame | LazyFrame:
        return self.from_native(_client().read_parquet(source, **named))


@functools.cache
def _client() -> Any:
    """Who reads files for a caller who names no client: the server of `PANTILE_URL`, or one of our own."""
    import pantile

    return pantile.connect()


def _filled(expr: Expr, value: bool) -> Expr:
    return expr.call("fill_null", value)
