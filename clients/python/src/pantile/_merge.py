"""Two frames as one, by keys: `merge`, `join`, `merge_asof`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pantile import _dtypes as types
from pantile._column import Column, clean
from pantile._dataframe import DataFrame
from pantile._program import Node, case, col, lit
from pantile._refusals import ClientsError, no_column, unsupported, wrong
from pantile._rows import RANGE, Level, Rows
from pantile._series import Series
from pantile._verbs import listed

HOW = {"inner": "inner", "left": "left", "right": "right", "outer": "full"}
VALIDATE = {"one_to_one": "1:1", "one_to_many": "1:m", "many_to_one": "m:1", "many_to_many": "m:m"}


@dataclass
class Side:
    """One of the two: its frame, its keys, and the names that its columns get."""

    frame: DataFrame
    keys: list[Column]
    names: list[Any]
    by_index: bool
    shown: dict[str, str]

    def node(self, more: Mapping[str, Node]) -> Node:
        """The side as a frame of its columns under their new names, with its keys."""
        columns = {self.shown[name]: column for name, column in self.frame._columns.items() if name in self.shown}
        columns |= {f"__key{at}": key for at, key in enumerate(self.keys)}
        columns |= {name: Column(node) for name, node in more.items()}
        return self.frame._rows.selected(columns)


def merge(
    left: DataFrame, right: Any, how: str = "inner", on: Any = None, left_on: Any = None, right_on: Any = None,
    left_index: bool = False, right_index: bool = False, sort: bool = False, suffixes: Any = ("_x", "_y"),
    copy: Any = None, indicator: Any = False, validate: str | None = None, **_: Any,
) -> DataFrame:  # fmt: skip
    """The rows of both frames whose keys are equal, side by side; missing keys are equal, as in pandas."""
    right = right.to_frame() if isinstance(right, Series) else right
    if not isinstance(right, DataFrame):
        wrong(f"merge wants a frame, not {type(right).__name__}", "client.from_pandas makes one")
    if left.client is not right.client:
        raise ClientsError(
            "the two are frames of different clients", hint="collect one and send it: client.from_arrow(df)"
        )
    if how == "cross":
        return _crossed(left, right, suffixes)
    if how not in HOW:
        unsupported(f"merge(how={how!r}) is not done here", f"there are: {', '.join(HOW)}, cross")
    if on is None and left_on is None and right_on is None and not left_index and not right_index:
        on = [name for name in left._columns if name in right._columns]
        if not on:
            wrong("the frames have no column in common to merge on", "say which: on=, or left_on= and right_on=")
    sides = _sides(left, right, on, left_on, right_on, left_index, right_index, suffixes)
    return _merged(*sides, how, sort, indicator, validate)


def _sides(
    left: Any, right: Any, on: Any, left_on: Any, right_on: Any, left_index: bool, right_index: bool, suffixes: Any
) -> tuple[Side, Side]:
    lefts = _keyed(left, on if left_on is None else left_on, left_index)
    rights = _keyed(right, on if right_on is None else right_on, right_index)
    if len(lefts[0]) != len(rights[0]):
        wrong(f"{len(lefts[0])} keys on the left and {len(rights[0])} on the right")
    shared = (
        {a for a, b in zip(lefts[1], rights[1], strict=True) if a == b} if not left_index and not right_index else set()
    )
    shown = _suffixed(left, right, shared, suffixes)
    keys = [_fitted(a, b) for a, b in zip(lefts[0], rights[0], strict=True)]
    first = Side(
        left, [pair[0] for pair in keys], lefts[1], left_index, {k: v for k, v in shown[0].items() if k not in shared}
    )
    return first, Side(
        right,
        [pair[1] for pair in keys],
        rights[1],
        right_index,
        {k: v for k, v in shown[1].items() if k not in shared},
    )


def _keyed(frame: DataFrame, on: Any, by_index: bool) -> tuple[list[Column], list[Any]]:
    if by_index:
        levels = frame._index or wrong("rows of a table have no labels to merge by", "set_index, or merge on columns")
        return [Column(clean(level.column).node, level.column.type) for level in levels], [
            level.name for level in levels
        ]
    columns, names = [], []
    for each in listed(on) if on is not None else wrong("merge wants keys on both sides"):
        if isinstance(each, Series):
            columns.append(Column(clean(each._column).node, each.arrow_type))
            names.append(each.name)
            continue
        found = frame._columns.get(each) or next(
            (x.column for x in frame._index if x.name == each and each is not None), None
        )
        if found is None:
            no_column(each, frame._columns)
        columns.append(Column(clean(found).node, found.type))
        names.append(each)
    return columns, names


def _suffixed(
    left: DataFrame, right: DataFrame, shared: set[Any], suffixes: Any
) -> tuple[dict[str, str], dict[str, str]]:
    both = {name for name in left._columns if name in right._columns and name not in shared}
    ends = [suffix or "" for suffix in suffixes]
    if both and ends[0] == ends[1]:
        wrong(f"both frames have a column {sorted(both)[0]!r}", "suffixes tell them apart: suffixes=('_x', '_y')")
    named = [
        {name: name + end if name in both else name for name in frame._columns}
        for frame, end in ((left, ends[0]), (right, ends[1]))
    ]
    all_names = [*named[0].values(), *(new for old, new in named[1].items() if old not in shared)]
    if len(set(all_names)) != len(all_names):
        twice = next(name for name in all_names if all_names.count(name) > 1)
        wrong(f"two columns would be called {twice!r}", "take other suffixes")
    return named[0], named[1]


def _fitted(left: Column, right: Column) -> tuple[Column, Column]:
    """Keys of one type: numbers as the wider one, texts with texts."""
    if left.type == right.type or left.type is None or right.type is None:
        return left, right
    if types.is_number(left.type) and types.is_number(right.type):
        wide = types.wider(left.type, right.type) or types.FLOAT64
        return left if left.type == wide else left.cast(wide), right if right.type == wide else right.cast(wide)
    if (
        types.is_text(left.type) != types.is_text(right.type)
        and not types.is_category(left.type)
        and not types.is_category(right.type)
    ):
        wrong(f"keys of {left.type} and of {right.type} are never equal", "astype makes one like the other")
    return left.cast(types.STRING) if types.is_text(right.type) else left, right if types.is_text(
        right.type
    ) else right.cast(left.type)


def _merged(left: Side, right: Side, how: str, sort: bool, indicator: Any, validate: str | None) -> DataFrame:
    keys = [f"__key{at}" for at in range(len(left.keys))]
    kept = _kept_labels(left, right, how)
    marks = [{"__left": lit(True)}, {"__right": lit(True)}] if indicator else [{}, {}]
    nodes = [side.node({**labels, **mark}) for side, labels, mark in zip((left, right), kept, marks, strict=True)]
    options = {"validate": VALIDATE.get(validate, validate)} if validate else {}
    node = nodes[0].call("join", nodes[1], on=keys, how=HOW[how], nulls_equal=True, coalesce=True, **options)
    if sort or how == "outer":
        node = node.call("sort", keys[0] if len(keys) == 1 else keys, nulls_last=True)
    columns = _columns(left, right, how)
    if indicator:
        columns["_merge" if indicator is True else indicator] = _mark()
    names = (*keys, *columns, *kept[0], *kept[1], "__left", "__right")
    return DataFrame._of(Rows(left.frame.client, node, names), columns, _index(left, right, how))


def _kept_labels(left: Side, right: Side, how: str) -> tuple[dict[str, Node], dict[str, Node]]:
    """The labels of a side that stay, where the other is found by its index."""
    if left.by_index == right.by_index:
        return {}, {}
    side, which = (left, 0) if right.by_index else (right, 1)
    found = {f"__label{at}": level.column.node for at, level in enumerate(side.frame._index or RANGE)}
    return (found, {}) if which == 0 else ({}, found)


def _columns(left: Side, right: Side, how: str) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for side in (left, right):
        for name, column in side.frame._columns.items():
            if name in side.shown:
                columns[side.shown[name]] = Column(col(side.shown[name]), column.type, column.nan)
            elif side is left:
                columns[name] = _key_column(left, name)
    return columns


def _key_column(side: Side, name: str) -> Column:
    at = side.names.index(name)
    return Column(col(f"__key{at}"), side.keys[at].type)


def _index(left: Side, right: Side, how: str) -> tuple[Level, ...]:
    if left.by_index and right.by_index:
        named = zip(left.names, right.names, left.keys, strict=True)
        return tuple(
            Level(_level_name(a, b, how), Column(col(f"__key{at}"), key.type)) for at, (a, b, key) in enumerate(named)
        )
    if left.by_index == right.by_index:
        return RANGE
    side = left if right.by_index else right
    levels = side.frame._index or RANGE
    return tuple(Level(x.name, Column(col(f"__label{at}"), x.column.type)) for at, x in enumerate(levels))


def _level_name(left: Any, right: Any, how: str) -> Any:
    return left if left == right or how == "left" else right if how == "right" else None


def _mark() -> Column:
    """Whether a row came of the left frame, the right one, or both."""
    there = {name: col(name).call("is_not_null") for name in ("__left", "__right")}
    text = case(there["__left"], case(there["__right"], "both", "left_only"), "right_only")
    return Column(text, types.STRING).cast(types.NAMES["category"])


def _crossed(left: DataFrame, right: DataFrame, suffixes: Any) -> DataFrame:
    shown = _suffixed(left, right, set(), suffixes)
    sides = [Side(frame, [], [], False, names) for frame, names in zip((left, right), shown, strict=True)]
    node = sides[0].node({}).call("join", sides[1].node({}), how="cross", maintain_order="left_right")
    columns = _columns(sides[0], sides[1], "cross")
    return DataFrame._of(Rows(left.client, node, tuple(columns)), columns, RANGE)


def join(
    left: DataFrame,
    other: Any,
    on: Any = None,
    how: str = "left",
    lsuffix: str = "",
    rsuffix: str = "",
    sort: bool = False,
    validate: str | None = None,
    **_: Any,
) -> DataFrame:
    """The frame with the columns of others beside it, found by their index."""
    if isinstance(other, list | tuple):
        for each in other:
            left = join(left, each, on, how, lsuffix, rsuffix, sort)
        return left
    keys: dict[str, Any] = {"left_index": True} if on is None else {"left_on": on}
    return merge(left, other, how, right_index=True, sort=sort, suffixes=(lsuffix, rsuffix), validate=validate, **keys)


DIRECTIONS = ("backward", "forward", "nearest")


def merge_asof(
    left: DataFrame,
    right: DataFrame,
    on: Any = None,
    left_on: Any = None,
    right_on: Any = None,
    left_index: bool = False,
    right_index: bool = False,
    by: Any = None,
    left_by: Any = None,
    right_by: Any = None,
    suffixes: Any = ("_x", "_y"),
    tolerance: Any = None,
    allow_exact_matches: bool = True,
    direction: str = "backward",
) -> DataFrame:
    """To each row of the left frame the row of the right one whose key is the nearest before it."""
    from pantile._freq import length_of

    if direction not in DIRECTIONS:
        wrong(f"direction is one of {', '.join(DIRECTIONS)}, not {direction!r}")
    lefts, rights = (
        _keyed(left, on if left_on is None else left_on, left_index),
        _keyed(right, on if right_on is None else right_on, right_index),
    )
    left_by, right_by = (
        listed(by if left_by is None else left_by) if (by or left_by) else [],
        listed(by if right_by is None else right_by) if (by or right_by) else [],
    )
    shared = {
        *(a for a, b in zip(lefts[1], rights[1], strict=True) if a == b),
        *(a for a, b in zip(left_by, right_by, strict=True) if a == b),
    }
    shown = _suffixed(left, right, shared, suffixes)
    keys = [
        _fitted(lefts[0][0], rights[0][0]),
        *(_fitted(left._column(a), right._column(b)) for a, b in zip(left_by, right_by, strict=True)),
    ]
    first = Side(left, [pair[0] for pair in keys], [lefts[1][0], *left_by], False, dict(shown[0]))
    second = Side(
        right,
        [pair[1] for pair in keys],
        [rights[1][0], *right_by],
        False,
        {k: v for k, v in shown[1].items() if k not in shared},
    )
    options: dict[str, Any] = {"by": [f"__key{at}" for at in range(1, len(keys))]} if len(keys) > 1 else {}
    options |= {} if direction == "backward" else {"strategy": direction}
    options |= {} if allow_exact_matches else {"allow_exact_matches": False}
    if tolerance is not None:
        options["tolerance"] = tolerance if isinstance(tolerance, int | float) else length_of(tolerance)
    node = first.node({}).call("join_asof", second.node({}), on="__key0", **options)
    columns = _columns(first, second, "left")
    index = (Level(lefts[1][0], Column(col("__key0"), keys[0][0].type)),) if left_index else RANGE
    return DataFrame._of(
        Rows(left.client, node, (*columns, *(f"__key{at}" for at in range(len(keys))))), columns, index
    )
