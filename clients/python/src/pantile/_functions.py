"""Functions of pandas' top level that are put together of others: `crosstab`, `merge_ordered`, `wide_to_long`…"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pantile._dataframe import DataFrame
from pantile._merge import merge
from pantile._refusals import unsupported, wrong
from pantile._reshape import concat, isna, notna, pivot
from pantile._rows import same_rows
from pantile._series import Series
from pantile._verbs import listed


def crosstab(
    index: Any, columns: Any, values: Any = None, rownames: Any = None, colnames: Any = None, aggfunc: Any = None,
    margins: bool = False, margins_name: str = "All", dropna: bool = True, normalize: Any = False,
) -> DataFrame:  # fmt: skip
    """How often values of columns stand together: a row for each of `index`, a column for each of `columns`."""
    if margins or not isinstance(columns, Series):
        unsupported("crosstab with margins or several columns is not done here", "concat the sums behind it")
    if normalize is not False:
        unsupported("crosstab(normalize=…) is not done here", "divide the table by its sums")
    if (values is None) != (aggfunc is None):
        wrong("values and aggfunc go together")
    keys = listed(index)
    names = listed(rownames) if rownames is not None else [key.name or f"row_{at}" for at, key in enumerate(keys)]
    frame = keys[0].to_frame(names[0])
    for name, part in [*zip(names[1:], keys[1:], strict=True), ("__across", columns), ("__value", values)]:
        if part is not None:
            frame = frame._again(rows=same_rows(frame._rows, part._rows, "the columns")).assign(**{name: part})
    if values is None:
        small = frame.groupby([*names, "__across"]).size().reset_index(name="__value")
        return pivot(small, index=names, columns="__across", values="__value").fillna(0).astype("int64")
    small = frame.groupby([*names, "__across"])["__value"].agg(aggfunc).reset_index()
    return pivot(small, index=names, columns="__across", values="__value")


def merge_ordered(
    left: DataFrame, right: DataFrame, on: Any = None, left_on: Any = None, right_on: Any = None, left_by: Any = None,
    right_by: Any = None, fill_method: str | None = None, suffixes: Any = ("_x", "_y"), how: str = "outer",
) -> DataFrame:  # fmt: skip
    """The rows of both frames in the order of their keys; with `fill_method="ffill"` what is missing is that before."""
    if left_by is not None or right_by is not None:
        unsupported("merge_ordered by groups is not done here", "merge with the groups among the keys")
    if fill_method not in (None, "ffill"):
        wrong(f"fill_method is 'ffill' or None, not {fill_method!r}")
    made = merge(left, right, how, on, left_on, right_on, sort=True, suffixes=suffixes)
    return made if fill_method is None else made.ffill()


def wide_to_long(df: DataFrame, stubnames: Any, i: Any, j: str, sep: str = "", suffix: str = r"\d+") -> DataFrame:
    """A row for each number behind the names `stubnames`: `x1`, `x2` become `x`, beside 1 and 2 in `j`."""
    stubs, ids = listed(stubnames), listed(i)
    found = {name: _parted(name, stubs, sep, suffix) for name in df._columns}
    ends = list(dict.fromkeys(end for _, end in filter(None, found.values())))
    whole = all(re.fullmatch(r"[0-9]+", end) for end in ends)
    others = [name for name, part in found.items() if part is None]
    parts = []
    for end in ends:
        names = {name: part[0] for name, part in found.items() if part is not None and part[1] == end}
        made = df[[*others, *names]].rename(columns=names)
        parts.append(made.assign(**{j: int(end) if whole else end}))
    made = concat(parts, ignore_index=True)
    return made.set_index([*ids, j])[[*(name for name in others if name not in ids), *stubs]]


def _parted(name: str, stubs: list[str], sep: str, suffix: str) -> tuple[str, str] | None:
    for stub in stubs:
        match = re.fullmatch(f"{re.escape(stub + sep)}({suffix})", name)
        if match:
            return stub, match[1]
    return None


def lreshape(data: DataFrame, groups: Mapping[str, list[str]], dropna: bool = True) -> DataFrame:
    """The columns of each list one below the other, as one column of the new name."""
    depths = {len(names) for names in groups.values()}
    if len(depths) != 1:
        wrong("the lists of columns are of different lengths")
    taken = {name for names in groups.values() for name in names}
    others = [name for name in data._columns if name not in taken]
    parts = []
    for at in range(depths.pop()):
        named = {names[at]: new for new, names in groups.items()}
        parts.append(data[[*others, *named]].rename(columns=named))
    made = concat(parts, ignore_index=True)
    return made.dropna(subset=list(groups), ignore_index=True) if dropna else made


def factorize(values: Series, sort: bool = False, use_na_sentinel: bool = True) -> Any:
    """A number for each different value, and the values in the order of their numbers."""
    return values.factorize(sort, use_na_sentinel)


def unique(values: Any) -> Any:
    """The different values, in the order of their first rows."""
    return values.unique()


isnull, notnull = isna, notna
__all__ = ["crosstab", "factorize", "isnull", "lreshape", "merge_ordered", "notnull", "unique", "wide_to_long"]
