"""Groups of rows, whichever columns are looked at: their keys, and what is computed of each group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pantile import _dtypes as types
from pantile._column import COUNT, Column, chosen, clean, in_order, settled
from pantile._dataframe import DataFrame
from pantile._program import Node, binary, col, fn, is_rowwise
from pantile._reductions import name_of, reduced
from pantile._refusals import needs_python, unsupported, wrong
from pantile._rows import RANGE, Level, Rows, flat
from pantile._series import Series


class Groups:
    """What frames and series have in common once they are grouped: the keys and how they are treated."""

    def __init__(self, frame: DataFrame, keys: list[Level], chosen: list[str], options: Mapping[str, Any]) -> None:
        self._frame = frame
        self._keys = keys
        self._chosen = chosen
        self._options = options

    @property
    def _by(self) -> list[Node]:
        return [key.column.node for key in self._keys]

    def _series(self, name: str) -> Series:
        """The column, computed before it is looked at group by group."""
        frame, column = self._frame, self._frame._column(name)
        if is_rowwise(column.node):
            return frame._series(name)
        kept, node = f"__own_{column.node.digest.hex()[:8]}", settled(column).node
        rows = frame._rows.wider(kept, lambda base: base.call("with_columns", **{kept: node}))
        return Series(rows, Column(col(kept), column.type, column.nan), name, frame._index)

    def _grouped(self, parts: Mapping[str, Column]) -> tuple[Rows, tuple[Level, ...]]:
        """One row for each group: its keys, then these columns over its rows."""
        frame, keys = self._frame, [Column(clean(key.column).node) for key in self._keys]
        inner = flat(frame._rows, frame._columns, (), *keys, *parts.values())
        names = _key_names(self._keys, parts)
        made = inner.extra[: len(keys)]
        node = inner.rows.node
        if self._options["dropna"]:
            node = _with_keys(node, made)
        plain = all(key.kind == "col" and key.name == name for key, name in zip(made, names, strict=True))
        grouped = (
            node.call("group_by", *names) if plain else node.call("group_by", **dict(zip(names, made, strict=True)))
        )
        node = grouped.call("agg", **dict(zip(parts, inner.extra[len(keys) :], strict=True)))
        if self._options["sort"]:
            by = [_sort_key(key, name) for key, name in zip(self._keys, names, strict=True)]
            node = node.call("sort", by[0] if len(by) == 1 else by, nulls_last=True)
        levels = tuple(Level(k.name, Column(col(n), k.column.type)) for k, n in zip(self._keys, names, strict=True))
        return Rows(frame.client, node, (*names, *parts)), levels

    def _framed(self, parts: Mapping[str, Column], names: Mapping[str, str] | None = None) -> DataFrame:
        """The groups as a frame; `names` are those that the columns get at last."""
        rows, levels = self._grouped(parts)
        shown = names or {}
        columns = {shown.get(name, name): _typed(rows, name, part) for name, part in parts.items()}
        if self._options["as_index"]:
            return DataFrame._of(rows, columns, levels)
        keys = {str(level.name): level.column for level in levels}
        return DataFrame._of(rows, {**keys, **columns}, RANGE)

    def _over(self, column: Column, gap: Any = None) -> Column:
        """What is computed within each group, beside its rows; rows without a key have none of it."""
        found = Column(
            column.node.call("over", *(clean(key.column).node for key in self._keys)), column.type, column.nan
        )
        if not self._options["dropna"]:
            return found
        there = [clean(key.column).node.call("is_not_null") for key in self._keys if key.column.type is not None]
        whole = there[0]
        for each in there[1:]:
            whole = binary("&", whole, each)
        return chosen(Column(whole, types.BOOL, null=False), found, gap) if self._gaps else found

    _gaps = True

    def __iter__(self) -> Any:
        unsupported("groups are not gone through one by one", "agg, transform and filter say it for all groups at once")

    def __len__(self) -> int:
        return int(self.ngroups)

    @property
    def ngroups(self) -> Any:
        """The number of groups, still to be computed."""
        rows, levels = self._grouped({"__rows": COUNT})
        return Series(rows, Column(col("__rows"), types.INT64), None, levels).size

    def size(self) -> Any:
        """The number of rows of each group."""
        name = "size" if not self._options["as_index"] else "__size"
        made = self._framed({name: COUNT})
        return made if name == "size" else Series(made._rows, made._columns[name], self._size_name, made._index)

    _size_name: Any = None

    def get_group(self, name: Any) -> Any:
        """The rows of one group."""
        values = name if isinstance(name, tuple) else (name,)
        if len(values) != len(self._keys):
            wrong(f"a group has {len(self._keys)} keys, and {len(values)} are given")
        frame = self._frame
        pairs = zip(self._keys, values, strict=True)
        first, *others = [Series(frame._rows, key.column, None, frame._index) == value for key, value in pairs]
        for other in others:
            first = first & other
        return self._of_rows(frame._filtered(first._column))

    def head(self, n: int = 5) -> Any:
        """The first `n` rows of each group, in their order; of a negative `n` all but the last."""
        if n < 0:
            return self._of_rows(self._frame._filtered(binary_of(">=", self._counted(True), -n)))
        return self._of_rows(self._frame._filtered(binary_of("<", self._counted(False), n)))

    def tail(self, n: int = 5) -> Any:
        """The last `n` rows of each group, in their order; of a negative `n` all but the first."""
        if n < 0:
            return self._of_rows(self._frame._filtered(binary_of(">=", self._counted(False), -n)))
        return self._of_rows(self._frame._filtered(binary_of("<", self._counted(True), n)))

    def nth(self, n: int) -> Any:
        """The `n`th row of each group."""
        return self._of_rows(self._frame._filtered(binary_of("==", self._counted(n < 0), n if n >= 0 else -n - 1)))

    def _counted(self, backwards: bool) -> Column:
        count = fn("int_range", fn("len"))
        return self._over(Column(count.call("reverse") if backwards else count, types.INT64))

    def cumcount(self, ascending: bool = True) -> Series:
        """The number of rows before this one in its group."""
        return Series(self._frame._rows, self._counted(not ascending), None, self._frame._index)

    def ngroup(self, ascending: bool = True) -> Series:
        """The number of the row's group, in the order of keys."""
        whole = (
            fn("struct", *(clean(key.column).node for key in self._keys))
            if len(self._keys) > 1
            else clean(self._keys[0].column).node
        )
        found = binary(
            "-", whole.call("rank", "dense", descending=not ascending).call("cast", types.type_node(types.INT64)), 1
        )
        return Series(self._frame._rows, Column(found, types.INT64), None, self._frame._index)

    def _of_rows(self, frame: DataFrame) -> Any:
        raise NotImplementedError

    def pipe(self, function: Any, *arguments: Any, **named: Any) -> Any:
        """What `function` makes of the groups; it runs here, and builds on."""
        return function(self, *arguments, **named)

    def apply(self, func: Any = None, *_: Any, **__: Any) -> Any:
        """Refused: groups are aggregated by names, or transformed."""
        needs_python(
            "GroupBy.apply", "agg takes names of reductions, transform those that fill rows; filter has conditions"
        )

    def rolling(self, window: Any, min_periods: int | None = None, center: bool = False, **named: Any) -> Any:
        """Windows of rows within each group."""
        from pantile._window import Rolling

        return Rolling(self._own(), window, min_periods, center, groups=self, **named)

    def expanding(self, min_periods: int = 1) -> Any:
        """All rows of the group so far."""
        from pantile._window import Expanding

        return Expanding(self._own(), min_periods, groups=self)

    def _own(self) -> Any:
        raise NotImplementedError


def binary_of(sign: str, column: Column, value: Any) -> Column:
    """A comparison of a column that is never missing where it counts."""
    return Column(binary(sign, column.node, value), types.BOOL, null=False)


def _key_names(keys: list[Level], parts: Mapping[str, Any]) -> list[str]:
    names: list[str] = []
    for at, key in enumerate(keys):
        good = isinstance(key.name, str) and key.name not in parts and key.name not in names
        names.append(key.name if good else f"__index{at}")
    return names


def _sort_key(key: Level, name: str) -> Any:
    known = isinstance(key.column.type, types.Category)
    return in_order(Column(col(name), key.column.type)).node if known else name


def _with_keys(node: Node, keys: list[Node]) -> Node:
    if all(key.kind == "col" for key in keys):
        return node.call("drop_nulls", [key.name for key in keys])
    return node.call("filter", *(key.call("is_not_null") for key in keys))


def _typed(rows: Rows, name: str, part: Column) -> Column:
    return Column(col(name), part.type if part.type is not None else rows.type_of(col(name)), True)


def _how(func: Any) -> str:
    return name_of(func) or needs_python("GroupBy.agg", "name the reduction: 'sum', 'mean', 'nunique', …")


WITHIN = {"cumsum", "cumprod", "cummax", "cummin", "shift", "diff", "pct_change", "ffill", "bfill", "rank", "fillna"}


def _filler(func: Any) -> Callable[[Series], Series]:
    name = name_of(func) or needs_python("GroupBy.transform", "name the reduction: 'sum', 'mean', 'rank', …")
    if name in WITHIN:
        return lambda s: getattr(s, name)()
    return lambda s: Series(s._rows, reduced(s._column, name), s._name, s._index)
