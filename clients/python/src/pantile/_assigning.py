"""Columns added to a frame, put in place of others, and taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pantile import _labels as labels
from pantile._column import Column, constant
from pantile._labels import checked, is_list
from pantile._lazy import Lazy
from pantile._refusals import wrong
from pantile._rows import Level, Rows, common, same_rows
from pantile._scalar import Scalar
from pantile._series import Series

if TYPE_CHECKING:
    from pantile._dataframe import DataFrame


class Assigning:
    """What a frame does when columns are assigned; a new column of other rows finds its place by labels."""

    if TYPE_CHECKING:
        _columns: dict[str, Column]
        _rows: Rows
        _index: tuple[Level, ...]

        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, key: Any) -> Any: ...

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._columns and not isinstance(getattr(type(self), name, None), property):
            self[name] = value
        else:
            super().__setattr__(name, value)

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, Series) or (isinstance(key, Lazy) and key.ndim == 2):  # type: ignore[attr-defined]
            made = self.mask(key, value)
        elif isinstance(key, list):
            made = self.assign(**{name: value[other] for name, other in zip(key, value.columns, strict=True)})
        else:
            made = self._assigned({key: value})
        vars(self).update(_rows=made._rows, _columns=made._columns, _index=made._index)

    def __delitem__(self, name: str) -> None:
        gone = self._named(name)
        vars(self).update(_columns={each: column for each, column in self._columns.items() if each not in gone})

    def assign(self, **columns: Any) -> DataFrame:
        """The frame with these columns more, or in place of those of the same name; each sees those before it."""
        return self._assigned(columns)

    def _assigned(self, columns: Mapping[Any, Any]) -> DataFrame:
        frame: DataFrame = self  # type: ignore[assignment]
        for name, value in columns.items():
            name = frame._key_for(name)
            frame = frame._with(name, value(frame) if callable(value) and not isinstance(value, Lazy) else value)
        return frame

    def _key_for(self, name: Any) -> str:
        """The column of that name, or the name of a new one."""
        found = labels.found(self._columns, name)
        return found[0] if found and labels.is_exact(found[0], name) else checked([name])[0]

    def _with(self, name: str, value: Any) -> DataFrame:
        from pantile._dataframe import DataFrame
        from pantile._index import Index

        if isinstance(value, Index):
            value = value.to_series()
        if isinstance(value, DataFrame) and len(value._columns) == 1:
            value = next(series for _, series in value.items())
        if isinstance(value, Series):
            rows = common(self._rows, value._rows)
            if rows is None:
                return self._joined(name, value)
            return self._again({**self._columns, name: value._column}, rows)
        if isinstance(value, Scalar):
            rows, column = value.beside(self._rows)
            return self._again({**self._columns, name: column}, rows)
        if is_list(value) or hasattr(value, "__array__"):
            wrong("a list of values has no rows here", "send it as a frame with client.from_pandas, and merge")
        return self._again({**self._columns, name: constant(value)})

    def _joined(self, name: str, value: Series) -> DataFrame:
        """The frame with a column of other rows, found by the index."""
        if not self._index or not value._index:
            same_rows(self._rows, value._rows, "the frame and the column")
        left = self.drop(columns=[name]) if name in self._columns else self
        made = left.join(value.rename(name).to_frame(), how="left")
        return made[[*self._columns, *([] if name in self._columns else [name])]]

    def insert(self, loc: int, column: str, value: Any, allow_duplicates: bool = False) -> None:
        """Puts a column before the place `loc`."""
        if column in self._columns:
            wrong(f"there is a column {column!r} already")
        names = list(self._columns)
        names.insert(loc, column)
        made = self._assigned({column: value})[names]
        vars(self).update(_rows=made._rows, _columns=made._columns, _index=made._index)

    def pop(self, item: str) -> Series:
        """The column, which the frame then has no more."""
        found = self[item]
        del self[item]
        return found
