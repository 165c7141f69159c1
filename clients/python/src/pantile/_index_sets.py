"""Labels as a set and as a list: what pandas' Index does beyond what a column does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._column import Column, clean, plain
from pantile._index import Index
from pantile._program import Node, binary, col, data, fn
from pantile._refusals import needs_python, unsupported, wrong
from pantile._rows import Level, Rows, only_level
from pantile._scalar import Scalar
from pantile._series import Series


def _column(index: Index) -> Column:
    return only_level(index._levels).column


def _values(index: Index) -> Node:
    """The labels as a frame of one column."""
    return index._rows.node.call("select", __label=clean(_column(index)).node)


def _made(index: Index, node: Node, other: Any = None) -> Index:
    name = index.name if other is None or other.name == index.name else None
    level = Level(name, Column(col("__label"), _column(index).type))
    return Index(Rows(index.client, node, ("__label",)), (level,))


def _other(index: Index, other: Any) -> Index:
    if isinstance(other, Index):
        return other
    values = pa.table({"__label": pa.array([plain(value) for value in other], _column(index).type)})
    return _made(index, data(values, "labels"))


def _below(left: Node, right: Node) -> Node:
    return fn("concat", [left, right], how="vertical_relaxed")


def _ordered(node: Node, sort: Any) -> Node:
    return node if sort is False else node.call("sort", "__label", nulls_last=True)


def append(index: Index, other: Any) -> Index:
    """The labels, and behind them those of others."""
    node = _values(index)
    others = [_other(index, each) for each in (other if isinstance(other, list | tuple) else [other])]
    for each in others:
        node = _below(node, _values(each))
    return _made(index, node, others[-1])


def union(index: Index, other: Any, sort: Any = None) -> Index:
    """The labels of both, in order; one that repeats in one of them does so still."""
    other = _other(index, other)
    rest = _counted(other).call("join", _counted(index), on=["__label", "__count"], how="anti", nulls_equal=True)
    return _made(index, _ordered(_below(_values(index), rest.call("select", "__label")), sort), other)


def _counted(index: Index) -> Node:
    """The labels, each with how many equal ones are before it."""
    count = fn("int_range", fn("len")).call("over", "__label")
    return _values(index).call("with_columns", __count=count)


def intersection(index: Index, other: Any, sort: Any = False) -> Index:
    """The labels that both have, once each."""
    other = _other(index, other)
    node = _values(index).call("join", _values(other), on="__label", how="semi", nulls_equal=True)
    return _made(index, _ordered(node.call("unique", maintain_order=True), sort), other)


def difference(index: Index, other: Any, sort: Any = None) -> Index:
    """The labels that the other has not, in order, once each."""
    other = _other(index, other)
    node = _values(index).call("join", _values(other), on="__label", how="anti", nulls_equal=True)
    return _made(index, _ordered(node.call("unique"), sort), other)


def symmetric_difference(index: Index, other: Any, result_name: Any = None, sort: Any = None) -> Index:
    """The labels that only one of the two has, in order, once each."""
    other = _other(index, other)
    sides = [difference(index, other, False), difference(other, index, False)]
    made = _made(index, _ordered(_below(*map(_values, sides)), sort), other)
    return made if result_name is None else made.rename(result_name)


def join(
    index: Index, other: Any, *, how: str = "left", level: Any = None, return_indexers: bool = False, sort: bool = False
) -> Index:
    """The labels of this index, of the other, of either or of both, each as often as it has partners."""
    if level is not None or return_indexers:
        unsupported("join of labels with level or return_indexers", "merge brings frames together by labels")
    other = _other(index, other)
    hows = {"left": "left", "right": "right", "inner": "inner", "outer": "full"}
    if how not in hows:
        wrong(f"how is one of {', '.join(hows)}, not {how!r}")
    node = _values(index).call("join", _values(other), on="__label", how=hows[how], nulls_equal=True, coalesce=True)
    return _made(index, _ordered(node, None) if how == "outer" or sort else node, other)


def delete(index: Index, loc: Any) -> Index:
    """The labels but for those in these places."""
    places = [loc] if isinstance(loc, int) else list(loc)
    count = fn("len").call("cast", types.type_node(types.INT64))
    there = [binary("!=", fn("int_range", fn("len")), at if at >= 0 else binary("+", count, at)) for at in places]
    return _made(index, _values(index).call("filter", *there))


def insert(index: Index, loc: int, item: Any) -> Index:
    """The labels with one more, before the place `loc`."""
    one = _values(_other(index, [item]))
    before, behind = _values(index).call("head", loc), _values(index).call("slice", loc)
    return _made(index, fn("concat", [before, one, behind], how="vertical_relaxed"))


def putmask(index: Index, mask: Any, value: Any) -> Index:
    """The labels with `value` where the mask is true."""
    return index.where(~mask, value)


def getitem(index: Index, key: Any) -> Any:
    """The label in a place, the labels of a slice or a list of places, or those where a condition is true."""
    if isinstance(key, Index):
        key = key._labels()
    if len(index._levels) > 1:
        unsupported("places of an index of several levels", "get_level_values takes one level")
    labels = index._labels()
    places = key if isinstance(key, slice | int | Series) else list(key)
    found = labels[key] if isinstance(key, Series) else labels.iloc[places]
    return Index(found._rows, (Level(index.name, found._column),)) if isinstance(found, Series) else found


def get_loc(index: Index, key: Any) -> Scalar:
    """The place of a label; of one that repeats, the first."""
    return Scalar(index._rows, _column(index).call("index_of", plain(key)).cast(types.INT64))


def get_slice_bound(index: Index, label: Any, side: str) -> Scalar:
    """The place at which a slice begins (`"left"`) or ends (`"right"`) at a label, of labels in order."""
    return index._labels().searchsorted(plain(label), side)


def slice_locs(index: Index, start: Any = None, end: Any = None, step: Any = None) -> tuple[Any, Any]:
    """The places between which a slice of labels is, of labels in order."""
    first = 0 if start is None else get_slice_bound(index, start, "left")
    return first, index.size if end is None else get_slice_bound(index, end, "right")


def slice_indexer(index: Index, start: Any = None, end: Any = None, step: Any = None) -> slice:
    """The slice of places for a slice of labels in order; the places are looked up at once."""
    first, last = slice_locs(index, start, end)
    return slice(int(first), int(last), step)


def asof(index: Index, label: Any) -> Scalar:
    """The last label that is not behind this one, of labels in order."""
    labels = index._labels()
    return labels[labels <= label].max()


def set_names(index: Index, names: Any, *, level: Any = None, inplace: bool = False) -> Index:
    """The labels with other names for their levels."""
    if level is None:
        return index.rename(names)
    known = [each if isinstance(each, int) else index.names.index(each) for each in _listed(level)]
    change = dict(zip(known, _listed(names), strict=True))
    return index.rename([change.get(at, name) for at, name in enumerate(index.names)])


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def droplevel(index: Index, level: Any = 0) -> Index:
    """The labels without these levels."""
    gone = {each % len(index._levels) if isinstance(each, int) else index.names.index(each) for each in _listed(level)}
    return Index(index._rows, tuple(x for at, x in enumerate(index._levels) if at not in gone))


def identical(index: Index, other: Any) -> Any:
    """Whether the labels are equal, and called the same."""
    return index.equals(other) if index.names == other.names else False


def sortlevel(index: Index, level: Any = None, ascending: bool = True, **_: Any) -> tuple[Index, Series]:
    """The labels in order, and the places where they were."""
    labels = index._labels()
    return index.sort_values(ascending=ascending), labels.argsort() if ascending else labels.argsort()[::-1]


def reindex(index: Index, target: Any, **_: Any) -> tuple[Index, Any]:
    """The labels of `target`, and where they were."""
    made = _other(index, target)
    return made.rename(index.name), None


def inferred_type(index: Index) -> str:
    """The kind of the labels in pandas' word."""
    kind = _column(index).type
    words = (
        (pa.types.is_integer, "integer"), (pa.types.is_floating, "floating"), (types.is_text, "string"),
        (pa.types.is_boolean, "boolean"), (pa.types.is_timestamp, "datetime64"), (pa.types.is_date, "date"),
        (pa.types.is_duration, "timedelta64"),
    )  # fmt: skip
    return next((word for check, word in words if check(kind)), "mixed")


def value_counts(index: Index, *arguments: Any, **named: Any) -> Series:
    """How often each label is there, the most frequent first."""
    return index._labels().value_counts(*arguments, **named)


def describe(index: Index, *arguments: Any, **named: Any) -> Series:
    """Count, mean, deviation, extremes and quantiles of the labels."""
    return index._labels().describe(*arguments, **named)


def rounded(index: Index, decimals: Any = 0, *given: Any) -> Index:
    """Numbers with so many places behind the point, or times at the nearest start of a length of time."""
    if types.is_time(_column(index).type):  # type: ignore[arg-type]
        return index.dt.round(decimals, *given)
    found = index._labels().round(decimals)
    return Index(found._rows, (Level(index.name, found._column),))


def argsort(index: Index, *_: Any, **__: Any) -> Series:
    """The places of the labels in their order."""
    return index._labels().argsort()


def mapped(index: Index, mapper: Any, na_action: Any = None) -> Index:
    """The labels that a dict has for these."""
    if callable(mapper):
        needs_python("Index.map", "a dict says which become which; to_series() has the methods of a column")
    found = index._labels().map(mapper)
    return Index(found._rows, (Level(index.name, found._column),))


def itself(index: Index, *_: Any, **__: Any) -> Index:
    """The same labels."""
    return Index(index._rows, index._levels)


METHODS: dict[str, Callable[..., Any]] = {
    "tz_localize": lambda index, *given, **named: index.dt.tz_localize(*given, **named),
    "tz_convert": lambda index, tz: index.dt.tz_convert(tz),
    "round": rounded,
    "append": append, "union": union, "intersection": intersection, "difference": difference,
    "symmetric_difference": symmetric_difference, "join": join, "delete": delete, "insert": insert,
    "putmask": putmask, "__getitem__": getitem, "get_loc": get_loc, "get_slice_bound": get_slice_bound,
    "slice_locs": slice_locs, "slice_indexer": slice_indexer, "asof": asof, "set_names": set_names,
    "droplevel": droplevel, "identical": identical, "sortlevel": sortlevel, "reindex": reindex,
    "value_counts": value_counts, "describe": describe, "argsort": argsort, "map": mapped,
    "ravel": itself, "view": itself,
    "to_flat_index": itself, "is_": lambda index, other: index is other or index._levels == other._levels,
    "memory_usage": lambda index, deep=False: index.to_pandas().memory_usage(deep),
    "shift": lambda index, periods=1, freq=None: Index(index._rows, index.to_series().shift(periods, freq)._index),
}  # fmt: skip
PROPERTIES: dict[str, Callable[[Index], Any]] = {
    "partitions": lambda index: [index],
    "has_duplicates": lambda index: ~index.is_unique,
    "inferred_type": inferred_type,
}


class Parts:
    """`.str` or `.dt` of labels: what comes of it are labels."""

    def __init__(self, index: Index, name: str) -> None:
        self._index = index
        self._accessor = getattr(index._labels(), name)

    def _labelled(self, found: Any) -> Any:
        return Index(found._rows, (Level(self._index.name, found._column),)) if isinstance(found, Series) else found

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._accessor, name)
        if callable(found) and not isinstance(found, Series):
            return lambda *arguments, **named: self._labelled(found(*arguments, **named))
        return self._labelled(found)

    def __getitem__(self, key: Any) -> Any:
        return self._labelled(self._accessor[key])

    def __dir__(self) -> list[str]:
        return dir(self._accessor)


def install() -> None:
    """Gives Index these methods, and comparisons, which every object has already."""
    for name, method in METHODS.items():
        setattr(Index, name, method)
    for name, get in PROPERTIES.items():
        setattr(Index, name, property(get))
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        setattr(Index, f"__{name}__", _compared(f"__{name}__"))
    for name in ("str", "dt"):
        setattr(Index, name, property(lambda index, name=name: Parts(index, name)))
    Index.__hash__ = None  # type: ignore[assignment]


def _compared(name: str) -> Callable[[Index, Any], Index]:
    def compare(index: Index, other: Any) -> Index:
        other = other._labels() if isinstance(other, Index) else other
        found = getattr(index._labels(), name)(other)
        return Index(found._rows, (Level(None, found._column),))

    return compare


install()
