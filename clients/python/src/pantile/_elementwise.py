"""Methods of a Series that give a value for each row: `ELEMENTWISE` is the table, one line each where one will do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._among import among
from pantile._column import Column, arithmetic, chosen, clean, comparison, inverted, listed, plain, settled
from pantile._operators import COMPARISONS, NUMBERS
from pantile._program import binary, case
from pantile._refusals import needs_python, only, unsupported, wrong
from pantile._rows import same_rows
from pantile._series import Series

MAP_HINT = "say it with columns: s.where, s.replace, s.map({…}), case_when, .str and .dt have most of what is needed"


def absolute(s: Series) -> Series:
    return s._like(s._column.same("abs"))


def rounded(s: Series, decimals: int = 0) -> Series:
    if not pa.types.is_floating(s.arrow_type) and decimals >= 0:
        return s
    if decimals < 0:
        scale = 10**-decimals
        return ((s / scale).round() * scale).astype(s.arrow_type)
    return s._like(s._column.same("round", decimals))


def clipped(s: Series, lower: Any = None, upper: Any = None, *, axis: Any = None, inplace: bool = False) -> Series:
    return s._each("clip", [lower, upper], None)


def isna(s: Series) -> Series:
    return s._like(Column(clean(s._column).node.call("is_null"), types.BOOL))


def notna(s: Series) -> Series:
    return s._like(Column(clean(s._column).node.call("is_not_null"), types.BOOL))


def fillna(
    s: Series, value: Any = None, *, axis: Any = None, inplace: bool = False, limit: int | None = None
) -> Series:
    if limit is not None:
        missing = s.isna()
        return s.mask(missing & (missing.astype("int64").cumsum() <= limit), value)
    if isinstance(value, Mapping):
        wrong("fillna with a dict is for frames: it says a value for each column")
    if isinstance(s.arrow_type, types.Category) and isinstance(value, str):
        if value not in s.arrow_type.categories:
            wrong(f"{value!r} is none of the categories", ".cat.add_categories makes it one")
        return of_categories(s.astype("str").fillna(value), s.arrow_type)
    kind = s.arrow_type if _same_kind(s.arrow_type, value) else None
    return s._each("fill_null", [value], kind)


def _same_kind(kind: pa.DataType, value: Any) -> bool:
    value = plain(value)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return (types.is_float(kind) and isinstance(value, int | float)) or (pa.types.is_integer(kind) and whole)


def filled(name: str) -> Callable[..., Series]:
    def fill(
        s: Series, *, axis: Any = None, inplace: bool = False, limit: int | None = None, limit_area: Any = None
    ) -> Series:
        return s._like(s._column.same(name, *([] if limit is None else [limit])))

    return fill


def isin(s: Series, values: Any) -> Series:
    if isinstance(values, str):
        wrong("isin wants a list of values", f"isin([{values!r}])")
    if isinstance(values, Series):
        return among(s, values)
    items = listed(_fitting(s, values))
    more = {"nulls_equal": True} if isinstance(items, list) and None in items else {}
    return s._like(Column(clean(s._column).node.call("is_in", items, **more), types.BOOL, null=False))


def _fitting(s: Series, values: Any) -> list[Any]:
    """Values that the column can hold: to others nothing in it is equal."""
    from pantile._column import moment

    if types.is_float(s.arrow_type):
        values = [value for value in values if value is not None]
    items = [plain(value) for value in values]
    if types.is_time(s.arrow_type):
        return [moment(item, s.arrow_type) if _is_moment(item) else item for item in items if not _is_other(item)]
    if pa.types.is_boolean(s.arrow_type):
        return [None if item is None else bool(item) for item in items if item in (None, 0, 1)]
    if types.is_number(s.arrow_type):
        return [item for item in items if not isinstance(item, str)]
    if types.is_text(s.arrow_type):
        return [item for item in items if isinstance(item, str) or item is None]
    return items


def _is_moment(item: Any) -> bool:
    return isinstance(item, str) and item[:1].isdigit()


def _is_other(item: Any) -> bool:
    """Whether nothing among times can be equal to it."""
    return isinstance(item, int | float) or (isinstance(item, str) and not item[:1].isdigit())


def between(s: Series, left: Any, right: Any, inclusive: str = "both") -> Series:
    lower = s >= left if inclusive in ("both", "left") else s > left
    upper = s <= right if inclusive in ("both", "right") else s < right
    if inclusive not in ("both", "left", "right", "neither"):
        wrong(f"inclusive is 'both', 'left', 'right' or 'neither', not {inclusive!r}")
    return lower & upper


def where(s: Series, cond: Any, other: Any = None, **_: Any) -> Series:
    return _choice(s, cond, lambda condition, side: chosen(condition, s._column, side), other)


def mask(s: Series, cond: Any, other: Any = None, **_: Any) -> Series:
    return _choice(s, cond, lambda condition, side: chosen(condition, side, s._column), other)


def _choice(s: Series, cond: Any, build: Any, other: Any) -> Series:
    if callable(cond) and not isinstance(cond, Series):
        cond = cond(s)
    if not isinstance(cond, Series):
        wrong("the condition is a column of booleans of the same rows")
    rows = same_rows(s._rows, cond._rows, "the column and the condition")
    if isinstance(other, Series):
        rows = same_rows(rows, other._rows, "the column and the other")
    found = s._like(s._column, rows=rows)._beside(other, lambda _, side: build(cond._column, side))
    return found._named(s._name)


def mapped(s: Series, arg: Any, na_action: Any = None, **_: Any) -> Series:
    if isinstance(arg, Series):
        wrong("map takes a dict here", "merge finds values by a column of another frame")
    if hasattr(arg, "to_dict") and not isinstance(arg, Mapping):
        arg = arg.to_dict()
    if not isinstance(arg, Mapping):
        needs_python("Series.map", MAP_HINT)
    if not arg:
        return s._like(Column(clean(s._column).node.call("is_null").call("replace_strict", [], [], default=None)))
    old, new = [plain(key) for key in arg], [plain(value) for value in arg.values()]
    return s._map("replace_strict", old, new, default=None)


def replaced(
    s: Series, to_replace: Any = None, value: Any = ..., *, inplace: bool = False, regex: Any = False
) -> Series:
    if regex is True:
        return s.str.replace(to_replace, value, regex=True)
    if regex is not False:
        return s.str.replace(regex, value, regex=True)
    if isinstance(to_replace, Mapping):
        old, new = list(to_replace), list(to_replace.values())
    else:
        old = list(to_replace) if isinstance(to_replace, list | tuple) else [to_replace]
        new = list(value) if isinstance(value, list | tuple) else [None if value is ... else value] * len(old)
    old, new = [plain(each) for each in old], [plain(each) for each in new]
    floats = any(isinstance(each, float) for each in new) or (pa.types.is_integer(s.arrow_type) and None in new)
    base = s.astype(types.FLOAT64) if floats and pa.types.is_integer(s.arrow_type) else s
    return base._like(base._column.same("replace", old, new))


def astype(s: Series, dtype: Any, copy: Any = None, errors: str = "raise") -> Series:
    kind = types.arrow_type(dtype)
    if errors == "ignore":
        unsupported(
            "astype(errors='ignore') is not done here", "to_numeric(errors='coerce') makes missing what does not fit"
        )
    if kind == s.arrow_type and s._column.null is None:
        return s
    if isinstance(kind, types.Category):
        return of_categories(s, kind)
    if types.is_text(s.arrow_type) and types.is_time(kind):
        return s._like(s._column.call("str.to_datetime").cast(kind))
    if types.is_text(s.arrow_type) and pa.types.is_boolean(kind):
        return s.str.len() > 0
    if pa.types.is_dictionary(kind) and not types.is_text(s.arrow_type):
        unsupported(f"categories of {s.arrow_type} are not done here", "astype('str') before makes them texts")
    if pa.types.is_timestamp(s.arrow_type) and s.arrow_type.tz is None and types.is_text(kind):
        return s._like(_written(s))
    if pa.types.is_boolean(s.arrow_type) and types.is_text(kind):
        return s._like(chosen(s._column, "True", "False"))
    return s._like(s._column.cast(kind))


def of_categories(s: Series, kind: types.Category) -> Series:
    """The texts as these categories; others are missing then."""
    texts = s if types.is_text(s.arrow_type) else s.astype("str")
    there = texts._column.node.call("is_in", list(kind.categories))
    found = chosen(Column(there, types.BOOL, null=False), texts._column, None)
    return s._like(replace(found.cast(types.NAMES["category"]), type=kind))


def _written(s: Series) -> Column:
    """Times as texts, with the fraction of a second or the time of day only where there is one."""
    node = clean(s._column).node
    whole = binary("==", node.call("dt.truncate", "1s"), node)
    days = binary("==", node.call("dt.truncate", "1d"), node).call("all")
    second = case(
        whole, node.call("dt.strftime", "%Y-%m-%d %H:%M:%S"), node.call("dt.strftime", "%Y-%m-%d %H:%M:%S%.6f")
    )
    return Column(case(days, node.call("dt.strftime", "%Y-%m-%d"), second), types.STRING)


def shift(
    s: Series, periods: int = 1, freq: Any = None, axis: Any = 0, fill_value: Any = None, suffix: Any = None
) -> Series:
    if freq is not None:
        unsupported("shift(freq=…) moves labels, which is not done here", "add the length of time to the index column")
    more = {} if fill_value is None else {"fill_value": plain(fill_value)}
    return s._like(s._column.same("shift", periods, **more))


def diff(s: Series, periods: int = 1, axis: Any = 0) -> Series:
    return s - s.shift(periods)


def pct_change(s: Series, periods: int = 1, fill_method: Any = None, freq: Any = None, **_: Any) -> Series:
    return s / s.shift(periods) - 1


def cumulative(name: str) -> Callable[..., Series]:
    def running(s: Series, axis: Any = 0, skipna: bool = True, *_: Any, **__: Any) -> Series:
        if not skipna:
            return running(s).mask(s.isna().cummax())
        # Sums of integers of few bits go on in 64, as in pandas.
        grows = name in ("cum_sum", "cum_prod") and not pa.types.is_floating(s.arrow_type)
        kind = _wide(s.arrow_type) if grows else s.arrow_type
        base = s if kind == s.arrow_type else s.astype(kind)
        return base._map(name, type=kind)

    return running


def _wide(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_unsigned_integer(kind):
        return pa.uint64()
    return types.INT64 if pa.types.is_integer(kind) or pa.types.is_boolean(kind) else kind


RANKS = {"average": "average", "min": "min", "max": "max", "dense": "dense", "first": "ordinal"}


def rank(
    s: Series, axis: Any = 0, method: str = "average", numeric_only: bool = False, na_option: str = "keep",
    ascending: bool = True, pct: bool = False,
) -> Series:  # fmt: skip
    if method not in RANKS:
        wrong(f"there is no method {method!r} of rank", f"there are: {', '.join(RANKS)}")
    if na_option != "keep":
        unsupported(f"rank(na_option={na_option!r}) is not done here", "fillna first")
    found = s._column.call("rank", RANKS[method], descending=not ascending).cast(types.FLOAT64)
    if not pct:
        return s._like(found)
    whole = found.node.call("max") if method == "dense" else clean(s._column).node.call("count")
    return s._like(Column(binary("/", found.node, whole), types.FLOAT64))


def interpolate(s: Series, method: str = "linear", **given: Any) -> Series:
    """Between two values; behind the last one its value again, as pandas has it."""
    only(
        "interpolate", {"axis": 0, "limit": None, "inplace": False, "limit_direction": None, "limit_area": None}, given
    )
    if method not in ("linear", "nearest"):
        unsupported(f"interpolate(method={method!r}) is not done here", "'linear' is")
    return s._map("interpolate", type=types.FLOAT64 if method == "linear" else s.arrow_type).ffill()


def duplicated(s: Series, keep: Any = "first") -> Series:
    if keep is False:
        return s._map("is_duplicated", type=types.BOOL)
    name = {"first": "is_first_distinct", "last": "is_last_distinct"}.get(keep) or wrong(
        "keep is 'first', 'last' or False"
    )
    return s._like(inverted(s._column.call(name, type=types.BOOL)))


def case_when(s: Series, caselist: Any) -> Series:
    found = s
    for condition, value in reversed(list(caselist)):
        found = found.mask(condition, value)._named(s._name)
    return found


def combine_first(s: Series, other: Series) -> Series:
    found = s._beside(
        other, lambda left, right: chosen(Column(clean(left).node.call("is_null"), types.BOOL), right, left)
    )
    return found._named(s._name)


def named_operator(sign: str, build: Any, swapped: bool) -> Callable[..., Series]:
    def operate(s: Series, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        if fill_value is None:
            return s._beside(other, lambda left, right: build(sign, left, right), swapped)
        return s._beside(other, lambda left, right: _both_filled(sign, build, left, right, fill_value), swapped)

    return operate


def _both_filled(sign: str, build: Any, left: Any, right: Any, value: Any) -> Column:
    """With `value` in place of what one side is missing; what both are missing stays so."""
    sides = [side for side in (left, right) if isinstance(side, Column)]
    full = [_full(side, value) if isinstance(side, Column) else side for side in (left, right)]
    found = build(sign, *full)
    if len(sides) < 2:
        return found
    none = binary("&", clean(sides[0]).node.call("is_null"), clean(sides[1]).node.call("is_null"))
    return chosen(Column(none, types.BOOL), None, found)


def _full(side: Column, value: Any) -> Column:
    return Column(clean(side).node.call("fill_null", plain(value)), side.type)


def to_numeric(s: Series, errors: str = "raise", downcast: Any = None, **_: Any) -> Series:
    if not types.is_text(s.arrow_type):
        return s
    return s._like(s._column.cast(types.FLOAT64, **({"strict": False} if errors == "coerce" else {})))


def to_datetime(
    s: Series, errors: str = "raise", format: Any = None, unit: Any = None, utc: bool = False, **_: Any
) -> Series:
    from pantile._accessors import of_chrono

    if types.is_number(s.arrow_type):
        return _of_epoch(s, unit or "ns")
    if not types.is_text(s.arrow_type):
        return s.astype(types.DATETIME) if pa.types.is_date(s.arrow_type) else s
    told = [] if format in (None, "ISO8601", "mixed") else [of_chrono(format)]
    named: dict[str, Any] = {"strict": False} if errors == "coerce" else {}
    found = s._map("str.to_datetime", *told, **named, **({"time_zone": "UTC"} if utc else {}), type=None)
    return found


def _of_epoch(s: Series, unit: str) -> Series:
    from pantile._program import fn

    found = Column(fn("from_epoch", clean(s._column).node, {"D": "d"}.get(unit, unit)))
    return s._like(found.cast(types.DATETIME) if unit == "D" else found)


ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "abs": absolute, "round": rounded, "clip": clipped, "isna": isna, "isnull": isna, "notna": notna, "notnull": notna,
    "fillna": fillna, "ffill": filled("forward_fill"), "bfill": filled("backward_fill"), "isin": isin,
    "between": between, "where": where, "mask": mask, "map": mapped, "replace": replaced, "astype": astype,
    "shift": shift, "diff": diff, "pct_change": pct_change, "rank": rank, "interpolate": interpolate,
    "cumsum": cumulative("cum_sum"), "cumprod": cumulative("cum_prod"), "cummax": cumulative("cum_max"),
    "cummin": cumulative("cum_min"), "duplicated": duplicated, "case_when": case_when, "combine_first": combine_first,
}  # fmt: skip

SIGNS = {**NUMBERS, "subtract": "-", "multiply": "*", "div": "/", "divide": "/"}
OPERATORS = {
    **{name: named_operator(sign, arithmetic, False) for name, sign in SIGNS.items()},
    **{f"r{name}": named_operator(sign, arithmetic, True) for name, sign in SIGNS.items()},
    **{name: named_operator(sign, comparison, False) for name, sign in COMPARISONS.items()},
}


def _each(s: Series, name: str, arguments: list[Any], kind: pa.DataType | None) -> Series:
    """A function whose arguments may be columns, scalars or values."""
    rows, nodes = s._rows, []
    for argument in arguments:
        found, side, _ = s._like(s._column, rows=rows)._side(argument)
        if found is None:
            wrong(f"the columns of {name} are of different rows", "merge brings them together")
        rows = found
        nodes.append(clean(side).node if isinstance(side, Column) else plain(side))
    return s._like(Column(clean(s._column).node.call(name, *nodes), kind), rows=rows)


def _named(s: Series, name: Any) -> Series:
    return s._like(s._column, name)


def install() -> None:
    """Gives Series the methods of the tables."""
    for name, method in {**ELEMENTWISE, **OPERATORS, "_each": _each, "_named": _named}.items():
        setattr(Series, name, method)


install()
__all__ = ["ELEMENTWISE", "OPERATORS", "settled", "to_datetime", "to_numeric"]
