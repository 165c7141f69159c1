"""The engine: whole queries of Polars as one program each, and what cannot be told run by Polars around it."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import polars as pl
from polars.lazyframe.query_result import SingleNodeQueryResult

from pantile._errors import PantileWarning
from pantile._program import Node, text_of

from ._plans import Plan, source_of, step
from ._shown import told, traverser
from ._told import Untold, refusals


class FallbackWarning(PantileWarning):
    """A part of a query ran in Polars, because a program has no words for it."""


class Engine(pl.InMemoryEngine):
    """Runs queries over Pantile's tables on the server: `frame.collect(engine=Engine(client))`.

    As the default, `pl.Config.set_engine_affinity(Engine(client))`, it takes every `collect`. Queries without a table
    of Pantile's in them stay with Polars. Frames of the caller's that a query joins are sent beside the program. What
    has no words in a program runs in Polars, over what the server made of the rest, with a `FallbackWarning`.

    >>> import pantile.polars, polars as pl
    >>> lazy = pantile.polars.scan("flights", client=client).group_by("origin").agg(pl.len()).sort("origin")
    >>> lazy.collect(engine=pantile.polars.Engine(client)).rows()
    [('EWR', 120835), ('JFK', 111279), ('LGA', 104662)]
    """

    def __init__(self, client: Any = None, *, warn: bool = True) -> None:
        super().__init__()
        self.client = client
        self._warn = warn

    def __repr__(self) -> str:
        return f"Engine({self.client!r})"

    def collect(
        self,
        lf: pl.LazyFrame,
        *,
        optimizations: pl.QueryOptFlags,
        background: bool = False,
        post_opt_callback: Any = None,
    ) -> Any:
        """The rows of the query, as a DataFrame of Polars."""
        if background or post_opt_callback is not None:
            return self._local(lf, optimizations, background=background, post_opt_callback=post_opt_callback)
        try:
            found = self._whole(lf)
        except Untold as part:
            missing = str(part)
        else:
            return self._local(lf, optimizations) if found is None else found
        self._told(missing)
        return self._in_parts(lf, optimizations)

    def execute(self, lf: pl.LazyFrame, *, optimizations: pl.QueryOptFlags) -> Any:
        """The query's result, which is here."""
        return SingleNodeQueryResult(self.collect(lf, optimizations=optimizations))

    def collect_all(self, lfs: Iterable[pl.LazyFrame], *, optimizations: pl.QueryOptFlags) -> list[pl.DataFrame]:
        """The rows of several queries, one after the other."""
        return [self.collect(lf, optimizations=optimizations) for lf in lfs]

    def collect_async(self, lf: pl.LazyFrame, *, optimizations: pl.QueryOptFlags, gevent: bool = False) -> Any:
        """The rows of the query, to be awaited."""
        if gevent:
            return super().collect_async(lf, optimizations=optimizations, gevent=True)
        return _in_thread(lambda: self.collect(lf, optimizations=optimizations))

    def collect_all_async(
        self, lfs: Iterable[pl.LazyFrame], *, optimizations: pl.QueryOptFlags, gevent: bool = False
    ) -> Any:
        """The rows of several queries, to be awaited."""
        if gevent:
            return super().collect_all_async(lfs, optimizations=optimizations, gevent=True)
        return _in_thread(lambda: self.collect_all(lfs, optimizations=optimizations))

    def collect_batches(self, lf: pl.LazyFrame, *, optimizations: pl.QueryOptFlags, **named: Any) -> Any:
        """The rows of the query, batch by batch."""
        rows = self._here(lf, optimizations)
        return super().collect_batches(rows, optimizations=optimizations, **named)

    def _here(self, lf: pl.LazyFrame, optimizations: pl.QueryOptFlags) -> pl.LazyFrame:
        """A query of the answer, where the query has a table of ours in it; else the query."""
        try:
            is_ours = _has_source(traverser(lf, pl.QueryOptFlags.none()))
        except Untold:
            return lf
        return self.collect(lf, optimizations=optimizations).lazy() if is_ours else lf

    def _local(self, lf: pl.LazyFrame, optimizations: pl.QueryOptFlags, **named: Any) -> Any:
        return super().collect(lf, optimizations=optimizations, **named)

    def _told(self, part: str) -> None:
        if self._warn:
            text = f"Pantile has no words for {part}; Polars runs it here, over what the server makes of the rest"
            warnings.warn(text, FallbackWarning, stacklevel=_depth())

    def _whole(self, lf: pl.LazyFrame) -> pl.DataFrame | None:
        """The answer to the query as one program; None where it has no table of ours in it.

        The server has an optimiser of its own, so the plan is read as it was written.
        """
        return told(lf, self._answered)

    def _answered(self, shown: Any) -> pl.DataFrame | None:
        if not _has_source(shown):
            return None
        plan = Plan(shown)
        node = plan.node()
        return _answer(self._client(plan), node, shown.get_schema())

    def _client(self, plan: Plan) -> Any:
        """Who answers: the engine's client, or that of the tables."""
        return self.client or plan.sources[0].client

    def _in_parts(self, lf: pl.LazyFrame, optimizations: pl.QueryOptFlags) -> pl.DataFrame:
        """The answer by Polars, whose largest steps that can be told are answered by the server."""

        def replaced(shown: Any, *_: Any) -> None:
            self._replace(shown)

        return self._local(lf, optimizations, post_opt_callback=replaced)

    def _replace(self, shown: Any) -> None:
        """Puts the server's answers in the places of steps, from the last one down."""
        place = shown.get_node()
        if _is_source(shown) or not _has_source(shown):
            return
        plan = Plan(shown)
        try:
            node = plan.node()
            _planned(self._client(plan), node)
        except Untold:
            shown.set_node(place)
            for below in shown.get_inputs():
                shown.set_node(below)
                self._replace(shown)
            shown.set_node(place)
            return
        shown.set_node(place)
        shown.set_udf(_scanned(self._client(plan), node, shown.get_schema()))


def _in_thread(answer: Callable[[], Any]) -> asyncio.Future[Any]:
    """The answer, begun at once in a thread of the running loop's."""
    return asyncio.get_running_loop().run_in_executor(None, answer)


def _sink(name: str) -> Callable[..., None]:
    """What writes rows: the query's come from the server, Polars writes them."""

    def sink(self: Engine, lf: pl.LazyFrame, *targets: Any, optimizations: pl.QueryOptFlags, **named: Any) -> None:
        rows = self._here(lf, optimizations)
        return getattr(pl.InMemoryEngine, name)(self, rows, *targets, optimizations=optimizations, **named)

    sink.__name__ = name
    return sink


for _name in ("sink_batches", "sink_csv", "sink_ipc", "sink_ndjson", "sink_parquet"):
    setattr(Engine, _name, _sink(_name))


def _has_source(shown: Any) -> bool:
    """Whether there is a table of ours below the step that the traverser stands at."""
    place = shown.get_node()
    if _is_source(shown):
        return True
    try:
        for below in shown.get_inputs():
            shown.set_node(below)
            if _has_source(shown):
                return True
    finally:
        shown.set_node(place)
    return False


def _is_source(shown: Any) -> bool:
    try:
        return source_of(step(shown)) is not None
    except Untold:
        return False


def _scanned(client: Any, node: Node, schema: dict[str, Any]) -> Callable[..., pl.DataFrame]:
    """What Polars calls in the place of a step. The step is an optimised one: nothing more is asked of it."""

    def scanned(_columns: Any, _predicate: Any, _rows: Any, *_: Any) -> pl.DataFrame:
        return _answer(client, node, schema)

    return scanned


def _answer(client: Any, node: Node, schema: dict[str, Any]) -> pl.DataFrame:
    """The rows of a program, in the types that Polars expects."""
    with refusals():
        found = pl.from_arrow(client.run(*text_of(node)).read_all())
    assert isinstance(found, pl.DataFrame)
    if found.columns != list(schema):
        raise Untold(f"columns {found.columns} where {list(schema)} should be")
    other: Any = {name: dtype for name, dtype in schema.items() if found.schema[name] != dtype}
    return found.cast(other) if other else found


def _planned(client: Any, node: Node) -> None:
    """Asks the server whether it can make a program's plan, and runs nothing."""
    with refusals():
        client.describe(*text_of(node))


def _depth() -> int:
    """How many calls up the caller's own line is, beyond Polars and this package."""
    import sys

    frame, depth = sys._getframe(1), 1
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] in ("pantile", "polars"):
        frame, depth = frame.f_back, depth + 1
    return depth
