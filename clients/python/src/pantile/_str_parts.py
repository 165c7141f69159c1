"""Texts taken apart and put together: split, partition, extract, cat, join."""

from __future__ import annotations

import re
import warnings
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._accessor import INT64, TEXT, Accessor
from pantile._column import Column
from pantile._dataframe import DataFrame
from pantile._patterns import group_names, numbered, pattern_of
from pantile._program import binary, case, col, fn, lit
from pantile._refusals import CountWarning, unsupported
from pantile._rows import RANGE, Level, flat
from pantile._scalar import Scalar
from pantile._series import Series


class Parts(Accessor):
    """Functions that make several texts of one, or one of several."""

    def split(self, pat: Any = None, *, n: int = -1, expand: bool = False, regex: Any = None) -> Any:
        """The parts of the text as lists; with `expand` as `n` + 1 columns, or as many as the server says there are."""
        if expand:
            return self._expanded(pat, n, regex)
        if pat is None:
            if n > 0:
                unsupported("split by white space with n", "give the separator")
            return self._of(self._node().call("str.extract_all", r"\S+"), pa.list_(TEXT))
        if regex or (regex is None and len(pat) > 1 and re.escape(pat) != pat):
            return self._of(self._node().call("str.split", pattern_of(pat), literal=False), pa.list_(TEXT))
        if n > 0:
            made = self._node().call("str.splitn", pat, n + 1)
            fields = [made.call("struct.field", f"field_{at}") for at in range(n + 1)]
            made = fn("concat_list", *fields).call("list.drop_nulls")
            return self._of(case(self._node().call("is_null"), None, made), pa.list_(TEXT))
        return self._of(self._node().call("str.split", pat), pa.list_(TEXT))

    def rsplit(self, pat: Any = None, *, n: int = -1, expand: bool = False) -> Any:
        """The parts of the text as lists, cut at the last `n` places; with `expand`, as `n` + 1 columns."""
        if n <= 0 or pat is None:
            return self.split(pat, n=n, expand=expand)
        parts = self._node().call("str.split", pat)
        more = binary(">", parts.call("list.len"), n)
        rest = binary("-", parts.call("list.len").call("cast", types.type_node(INT64)), n)
        front = parts.call("list.head", rest).call("list.join", pat)
        made = case(more, fn("concat_list", front, parts.call("list.tail", n)), parts)
        if not expand:
            return self._of(made, pa.list_(TEXT))
        columns = {numbered(at): Column(made.call("list.get", at, null_on_oob=True), TEXT) for at in range(n + 1)}
        return DataFrame._of(self._series._rows, columns, self._series._index)

    def _expanded(self, pat: Any, n: int, regex: Any = None) -> DataFrame:
        if n <= 0 or pat is None:
            return self._as_wide_as(self.split(pat, n=n, regex=regex))
        made = self._node().call("str.splitn", pat, n + 1)
        columns = {numbered(at): Column(made.call("struct.field", f"field_{at}"), TEXT) for at in range(n + 1)}
        return DataFrame._of(self._series._rows, columns, self._series._index)

    def _as_wide_as(self, parts: Series) -> DataFrame:
        """A column for each part of the longest list; how long that is, the server is asked at once."""
        warnings.warn("split(expand=True) asks the server for the number of columns", CountWarning, stacklevel=4)
        node = parts._column.node
        longest = Scalar(parts._rows, Column(node.call("list.len").call("max"), INT64)).item()
        items = [node.call("list.get", at, null_on_oob=True) for at in range(int(longest or 1))]
        columns = {numbered(at): Column(item, TEXT) for at, item in enumerate(items)}
        return DataFrame._of(parts._rows, columns, parts._index)

    def partition(self, sep: str = " ", expand: bool = True) -> DataFrame:
        """What is before the first `sep`, `sep`, and what is behind it."""
        made = self._node().call("str.splitn", sep, 2)
        there = self._node().call("str.contains", sep, literal=True)
        parts = [
            made.call("struct.field", "field_0"),
            case(there, sep, lit("")),
            made.call("struct.field", "field_1").call("fill_null", ""),
        ]
        missing = self._node().call("is_null")
        columns = {numbered(at): Column(case(missing, None, part), TEXT) for at, part in enumerate(parts)}
        return DataFrame._of(self._series._rows, columns, self._series._index)

    def extract(self, pat: Any, flags: int = 0, expand: bool = True) -> Any:
        """What the groups of the pattern match where it occurs first: a column for each."""
        written = pattern_of(pat, True, flags)
        names = group_names(pat)
        columns = {
            name: Column(self._node().call("str.extract", written, at + 1), TEXT) for at, name in enumerate(names)
        }
        if not expand and len(columns) == 1:
            return self._series._like(next(iter(columns.values())))
        return DataFrame._of(self._series._rows, columns, self._series._index)

    def extractall(self, pat: Any, flags: int = 0) -> DataFrame:
        """What the groups match, a row for each place where the pattern occurs."""
        written, names, series = pattern_of(pat, True, flags), group_names(pat), self._series
        index = series._index or RANGE
        found = Column(self._node().call("str.extract_all", written), pa.list_(TEXT))
        count = Column(fn("int_range", 0, found.node.call("list.len")), None)
        plain = flat(series._rows, {"__found": found, "__row": Column(fn("int_range", fn("len")), INT64)}, index)
        node = plain.rows.node.call("explode", "__found").call("drop_nulls", ["__found"])
        node = node.call("with_columns", match=fn("int_range", fn("len")).call("over", "__row"))
        for at, name in enumerate(names):
            node = node.call("with_columns", **{name: col("__found").call("str.extract", written, at + 1)})
        del count
        rows = type(plain.rows)(series.client, node, (*plain.rows.names, "match", *names))
        columns = {name: Column(col(name), TEXT) for name in names}
        return DataFrame._of(rows, columns, (*plain.index, Level("match", Column(col("match"), INT64))))

    def findall(self, pat: Any, flags: int = 0) -> Series:
        """All parts of the text that the pattern matches, as lists."""
        written = pattern_of(pat, True, flags)
        found = self._node().call("str.extract_all", written)
        if re.compile(written).groups == 1:
            found = found.call("list.eval", fn("element").call("str.extract", written, 1))
        return self._of(found, pa.list_(TEXT))

    def cat(self, others: Any = None, sep: str | None = None, na_rep: str | None = None, join: Any = "left") -> Any:
        """The text and those of other columns, one behind the other; without `others`, all rows as one text."""
        from pantile._scalar import Scalar

        if others is None:
            base = self._node() if na_rep is None else self._node().call("fill_null", na_rep)
            return Scalar(self._series._rows, Column(base.call("str.join", sep or ""), TEXT))
        found = self._filled(self._series, na_rep)
        for other in others if isinstance(others, list | tuple) else [others]:
            found = (found + sep if sep else found) + self._filled(other, na_rep)
        return found.rename(self._series.name)

    def _filled(self, series: Series, na_rep: str | None) -> Series:
        return series if na_rep is None else series.fillna(na_rep)

    def join(self, sep: str) -> Series:
        """The items of lists as one text."""
        return self._of(self._node().call("list.join", sep), TEXT)
