"""Polars' plans as nodes of a program, from the last step down to the tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from pantile._program import Node, col, data, fn

from ._expressions import Expressions
from ._scan import Source
from ._told import Untold
from ._verbs import MAPS, rolled, windows


def step(shown: Any) -> Any:
    """The step that the traverser stands at. Polars shows not all of them."""
    try:
        return shown.view_current_node()
    except (NotImplementedError, ValueError) as error:
        raise Untold(f"the step {error}") from error


def source_of(seen: Any) -> Source | None:
    """Our source, where a step of a plan is a scan of ours."""
    if type(seen).__name__ != "PythonScan":
        return None
    source = getattr(seen.options[0], "io_source", None)
    return source if isinstance(source, Source) else None


class Plan:
    """One plan, shown by a `NodeTraverser`. `node` is what the step that it stands at comes to."""

    def __init__(self, shown: Any) -> None:
        self._shown = shown
        self._expressions = Expressions(shown)
        self.sources: list[Source] = []
        self._made: dict[int, Node] = {}

    def node(self) -> Node:
        """The node of the step that the traverser stands at, and leaves it there."""
        place = self._shown.get_node()
        if place not in self._made:
            self._made[place] = self._read(step(self._shown))
            self._shown.set_node(place)
        return self._made[place]

    def _read(self, seen: Any) -> Node:
        read = _READERS.get(type(seen).__name__)
        if read is None:
            raise Untold(type(seen).__name__)
        return read(self, seen)

    def _at(self, place: int) -> Node:
        """The node of another step."""
        return self._over(place, self.node)

    def _named(self, exprs: Any, place: int) -> list[Node]:
        """Expressions over the columns of another step, under their names."""
        return self._over(place, lambda: [self._expressions.named(expr) for expr in exprs])

    def _nodes(self, exprs: Any, place: int) -> list[Node]:
        return self._over(place, lambda: [self._expressions.node(expr.node) for expr in exprs])

    def _over(self, place: int, read: Callable[[], Any]) -> Any:
        """What is read while the traverser stands at another step."""
        here = self._shown.get_node()
        self._shown.set_node(place)
        try:
            return read()
        finally:
            self._shown.set_node(here)

    # Where rows come from.

    def _python_scan(self, seen: Any) -> Node:
        source = source_of(seen)
        if source is None:
            raise Untold("a scan of Python's")
        self.sources.append(source)
        _, columns, _, predicate, rows = seen.options
        condition = None if predicate is None else self._expressions.node(predicate[1])
        return source.narrowed(columns, condition, rows)

    def _frame(self, seen: Any) -> Node:
        """A frame of the caller's is sent beside the program."""
        frame = pl.DataFrame._from_pydf(seen.df)
        frame = frame if seen.projection is None else frame.select(seen.projection)
        # Of a frame without columns only constants can be asked.
        frame = frame if frame.width else pl.DataFrame({"": [None]})
        return data(frame.to_arrow(), "rows")

    def _cache(self, seen: Any) -> Node:
        return self._at(seen.input)

    # Columns.

    def _projection(self, seen: Any) -> Node:
        names = list(self._shown.get_schema())
        return self._at(seen.input).call("select", *map(col, names))

    def _select(self, seen: Any) -> Node:
        exprs = self._named(seen.expr, seen.input)
        if not exprs:
            raise Untold("a choice of no columns")
        return self._at(seen.input).call("select", *exprs)

    def _reduce(self, seen: Any) -> Node:
        exprs = self._named(seen.exprs, seen.input)
        return self._at(seen.input).call("select", *exprs)

    def _stack(self, seen: Any) -> Node:
        exprs = self._named(seen.exprs, seen.input)
        return self._at(seen.input).call("with_columns", *exprs)

    # Rows.

    def _filter(self, seen: Any) -> Node:
        predicate = self._expressions.view(seen.predicate.node)
        # A hint of Polars' own to its sort, which says nothing of the answer.
        if getattr(predicate, "function_data", ("",))[0] == "dynamic_pred":
            return self._at(seen.input)
        (condition,) = self._nodes([seen.predicate], seen.input)
        return self._at(seen.input).call("filter", condition)

    def _sort(self, seen: Any) -> Node:
        keys = self._nodes(seen.by_column, seen.input)
        _, nulls_last, descending = seen.sort_options
        flags = {"descending": list(descending), "nulls_last": list(nulls_last)}
        return _sliced(self._at(seen.input).call("sort", *keys, **flags), seen.slice)

    def _slice(self, seen: Any) -> Node:
        return _sliced(self._at(seen.input), (seen.offset, seen.len))

    def _gather(self, seen: Any) -> Node:
        """The rows whose numbers are told."""
        numbers = self._over(seen.idxs, lambda: step(self._shown))
        if type(numbers).__name__ != "Select":
            raise Untold("rows by the numbers in a frame")
        places = self._over(numbers.input, lambda: self._expressions.argument(numbers.expr[0].node))
        if isinstance(places, Node):
            raise Untold("rows by numbers that are computed")
        names = self._over(seen.input, self._shown.get_schema)
        picked = [col(name).call("gather", places, null_on_oob=seen.null_on_oob) for name in names]
        return self._at(seen.input).call("select", *picked)

    def _distinct(self, seen: Any) -> Node:
        keep, subset, _, window = seen.options
        named = {} if subset is None else {"subset": list(subset)}
        return _sliced(self._at(seen.input).call("unique", **named, keep=keep), window)

    def _group_by(self, seen: Any) -> Node:
        if seen.apply:
            raise Untold("a function of Python's")
        keys, aggregates = self._named(seen.keys, seen.input), self._named(seen.aggs, seen.input)
        groups = self._groups(self._at(seen.input), keys, seen.options)
        return _sliced(groups.call("agg", *aggregates), seen.options.slice)

    def _groups(self, node: Node, keys: list[Node], options: Any) -> Node:
        if options.dynamic is not None:
            return windows(node, keys, options.dynamic)
        if options.rolling is not None:
            return rolled(node, keys, options.rolling)
        if not keys:
            raise Untold("groups without a key")
        return node.call("group_by", *keys)

    # Several frames.

    def _join(self, seen: Any) -> Node:
        how, nulls_equal, window, suffix, coalesce, _ = seen.options
        if isinstance(how, tuple) and how[0] == "AsOf":
            return _sliced(self._join_asof(seen, how, suffix, coalesce), window)
        if how not in _JOINS or getattr(seen, "predicate", None) is not None:
            raise Untold(f"a join {how[0] if isinstance(how, tuple) else how}")
        named: dict[str, Any] = {"how": _JOINS[how], "suffix": suffix}
        if how != "Cross":
            named["left_on"] = self._nodes(seen.left_on, seen.input_left)
            named["right_on"] = self._nodes(seen.right_on, seen.input_right)
        if how in ("Left", "Right", "Full"):
            named["coalesce"] = coalesce
        if nulls_equal:
            named["nulls_equal"] = True
        return _sliced(self._at(seen.input_left).call("join", self._at(seen.input_right), **named), window)

    def _join_asof(self, seen: Any, how: tuple[Any, ...], suffix: str, coalesce: bool) -> Node:
        _, strategy, number, length, by_left, by_right, equal, sorted_ = how
        (left_on,), (right_on,) = (
            self._nodes(seen.left_on, seen.input_left),
            self._nodes(seen.right_on, seen.input_right),
        )
        named: dict[str, Any] = {"left_on": left_on, "right_on": right_on, "strategy": strategy, "suffix": suffix}
        named |= {"by_left": list(by_left), "by_right": list(by_right)} if by_left else {}
        named |= {"tolerance": tolerance} if (tolerance := length if number is None else number) is not None else {}
        named |= {"coalesce": coalesce, "allow_exact_matches": equal, "check_sortedness": sorted_}
        return self._at(seen.input_left).call("join_asof", self._at(seen.input_right), **named)

    def _union(self, seen: Any) -> Node:
        return _sliced(fn("concat", [self._at(place) for place in seen.inputs]), seen.slice)

    def _beside(self, seen: Any) -> Node:
        how = "horizontal" if seen.options[-1] else "horizontal_extend"
        return fn("concat", [self._at(place) for place in seen.inputs], how=how)

    def _merge(self, seen: Any) -> Node:
        left, right = self._at(seen.input_left), self._at(seen.input_right)
        if len(seen.key) != 1:
            raise Untold("a merge by several keys")
        return left.call("merge_sorted", right, *seen.key)

    def _map(self, seen: Any) -> Node:
        name, *parameters = seen.function
        read = MAPS.get(name)
        if read is None:
            raise Untold(f"the verb {name}")
        return read(self._at(seen.input), *parameters)


_JOINS = {
    "Inner": "inner",
    "Left": "left",
    "Right": "right",
    "Full": "full",
    "Semi": "semi",
    "Anti": "anti",
    "Cross": "cross",
}

_READERS: dict[str, Callable[[Plan, Any], Node]] = {
    "Cache": Plan._cache,
    "DataFrameScan": Plan._frame,
    "Distinct": Plan._distinct,
    "Filter": Plan._filter,
    "Gather": Plan._gather,
    "GroupBy": Plan._group_by,
    "HConcat": Plan._beside,
    "HStack": Plan._stack,
    "Join": Plan._join,
    "MapFunction": Plan._map,
    "MergeSorted": Plan._merge,
    "PythonScan": Plan._python_scan,
    "Reduce": Plan._reduce,
    "Select": Plan._select,
    "SimpleProjection": Plan._projection,
    "Slice": Plan._slice,
    "Sort": Plan._sort,
    "Union": Plan._union,
}


def _sliced(node: Node, window: Any) -> Node:
    """The rows of the node that a slice within another step asks for."""
    if window is None:
        return node
    offset, length = window[:2]
    return node.call("head", length) if offset == 0 and length is not None else node.call("slice", offset, length)
