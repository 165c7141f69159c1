"""`.cat`: categories, which ones there are and in which order."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._accessor import INT64, Accessor
from pantile._column import Column, place
from pantile._elementwise import of_categories
from pantile._program import binary
from pantile._refusals import wrong
from pantile._rows import Level
from pantile._series import Series


class Cat(Accessor):
    """Functions of categories. Which there are is known of local rows; of others the server is asked once."""

    known = True

    def _kind(self) -> types.Category:
        kind = self._series.arrow_type
        if isinstance(kind, types.Category):
            return kind
        found = self._text().dropna().unique().sort_values().to_arrow().column(0).to_pylist()
        return types.Category(found)

    def _as(self, categories: Any, ordered: bool | None = None, texts: Series | None = None) -> Series:
        told = self._kind().ordered if ordered is None else ordered
        return of_categories(self._text() if texts is None else texts, types.Category(list(categories), told))

    @property
    def ordered(self) -> bool:
        """Whether the categories have an order."""
        return types.is_ordered(self._series.arrow_type)

    @property
    def categories(self) -> Any:
        """The categories: pandas' Index where they are known, else lazily."""
        from pantile._index import Index

        if isinstance(self._series.arrow_type, types.Category):
            return self._kind().dtype().categories
        found = self._text().dropna().unique().sort_values()
        return Index(found._rows, (Level(None, found._column),))

    @property
    def codes(self) -> Series:
        """The number of each value's category, -1 where there is none."""
        if isinstance(self._series.arrow_type, types.Category):
            number = place(self._series._column).node
        else:
            rank = self._text()._column.node.call("rank", "dense")
            number = binary("-", rank.call("cast", types.type_node(INT64)), 1)
        return self._series._like(
            Column(number.call("fill_null", -1).call("cast", types.type_node(pa.int8())), pa.int8()), None
        )

    def _text(self) -> Series:
        return self._series.astype("str")

    def rename_categories(self, new_categories: Any) -> Series:
        """The categories under other names: a dict, or as many names as there are."""
        old = self._kind().categories
        change = dict(zip(old, new_categories, strict=True)) if not hasattr(new_categories, "get") else new_categories
        change = {name: change[name] for name in old if name in change}
        return self._as([change.get(name, name) for name in old], texts=self._text().replace(change))

    def add_categories(self, new_categories: Any) -> Series:
        """More categories, behind those there are."""
        new = [new_categories] if isinstance(new_categories, str) else list(new_categories)
        if twice := [name for name in new if name in self._kind().categories]:
            wrong(f"there is a category {twice[0]!r} already")
        return self._as([*self._kind().categories, *new])

    def remove_categories(self, removals: Any) -> Series:
        """Missing values in place of these categories."""
        gone = [removals] if isinstance(removals, str) else list(removals)
        return self._as([name for name in self._kind().categories if name not in gone])

    def remove_unused_categories(self) -> Series:
        """The categories that rows have; the server is asked which."""
        used = self._text().dropna().unique().to_arrow().column(0).to_pylist()
        return self._as([name for name in self._kind().categories if name in used])

    def set_categories(self, new_categories: Any, ordered: bool | None = None, rename: bool = False) -> Series:
        """Just these categories; values of others are missing then."""
        return self.rename_categories(new_categories) if rename else self._as(new_categories, ordered)

    def reorder_categories(self, new_categories: Any, ordered: bool | None = None) -> Series:
        """The same categories in another order."""
        if sorted(new_categories) != sorted(self._kind().categories):
            wrong("reorder_categories wants the categories there are", "set_categories takes others")
        return self._as(new_categories, ordered)

    def as_ordered(self) -> Series:
        """The categories with an order: that in which they are."""
        return self._as(self._kind().categories, True)

    def as_unordered(self) -> Series:
        """The categories without an order."""
        return self._as(self._kind().categories, False)

    def as_known(self) -> Series:
        """The same; which categories there are is known, or found when it is asked."""
        return self._series
