"""`loc` and `iloc`: rows by conditions, labels and places, and columns by names."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._column import ROW, Column, comparison
from pantile._dataframe import DataFrame
from pantile._program import binary, col
from pantile._refusals import unsupported, wrong
from pantile._rows import RANGE, only_level
from pantile._series import Series


class Loc:
    """Rows by a condition, a label, a list or a slice of labels; behind a comma, columns by name.

    A label may stand at several rows, which is not known before: what it gives is a frame or a column, if of one row.
    """

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def __getitem__(self, key: Any) -> Any:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        frame = self._frame
        if _is_span(frame, rows):
            # "2024-02" among times is the whole month.
            rows = slice(rows, rows)
        if _is_label(rows) and len(frame._index) > 1:
            return frame.xs(rows) if isinstance(frame, Series) else _columns(frame.xs(rows), columns)
        if isinstance(frame, Series):
            return frame._by_frame(lambda one: _rows(one, rows)) if not _is_label(rows) else _one(frame, rows)
        if _is_label(rows):
            return _columns(_rows(frame, [rows]), columns)
        return _columns(_rows(frame, rows), columns)

    def __setitem__(self, key: Any, value: Any) -> None:
        frame = self._frame
        if isinstance(frame, Series):
            made = frame.mask(_mask(frame, key), value)
            frame._rows, frame._column = made._rows, made._column
            return
        rows, columns = key if isinstance(key, tuple) else (key, list(frame._columns))
        for name in columns if isinstance(columns, list) else [columns]:
            if isinstance(rows, slice) and rows == slice(None):
                frame[name] = value
            elif name in frame._columns:
                frame[name] = frame[name].mask(_mask(frame, rows), value)
            else:
                first = next(iter(frame._columns))
                none = frame._series(first)._like(Column(_none(value), None), name)
                frame[name] = none.mask(_mask(frame, rows), value)


def _is_span(frame: Any, label: Any) -> bool:
    """Whether a text names a day, a month or a year of an index of times."""
    index = frame._index or RANGE
    kind = index[0].column.type
    return isinstance(label, str) and len(label) <= 10 and len(index) == 1 and kind is not None and types.is_time(kind)


def _none(value: Any) -> Any:
    from pantile._column import scalar_type
    from pantile._program import lit

    kind = value.arrow_type if isinstance(value, Series) else scalar_type(value) or types.FLOAT64
    return lit(None).call("cast", types.type_node(kind))


def _is_label(key: Any) -> bool:
    return not isinstance(key, Series | slice | list) and not callable(key) and not hasattr(key, "__array__")


def _mask(frame: Any, key: Any) -> Series:
    if isinstance(key, Series) and pa.types.is_boolean(key.arrow_type):
        return key
    keys = key if isinstance(key, list) else [key]
    index = frame._index or RANGE
    return Series(frame._rows, index[0].column, None, frame._index).isin(keys)


def _rows(frame: DataFrame, key: Any) -> DataFrame:
    if callable(key) and not isinstance(key, Series):
        key = key(frame)
    if isinstance(key, Series):
        return frame[key]
    if isinstance(key, slice):
        return frame if key == slice(None) else _between(frame, key)
    if isinstance(key, list) and key and all(isinstance(each, bool) for each in key):
        wrong("a list of booleans has no rows here", "filter by a condition on columns")
    return _listed(frame, list(key))


def _index_series(frame: DataFrame) -> Series:
    return Series(frame._rows, only_level(frame._index).column, None, frame._index)


def _listed(frame: DataFrame, labels: list[Any]) -> DataFrame:
    """The rows of these labels, in the order of the list."""
    labelled = _index_series(frame)
    made = frame[labelled.isin(labels)]
    if len(labels) < 2:
        return made
    order = _index_series(made)._column.node.call("replace_strict", labels, list(range(len(labels))), default=None)
    plain = made._flat(Column(order))
    return made._of_flat(plain, plain.rows.node.call("sort", plain.extra[0]))


def _between(frame: DataFrame, key: slice) -> DataFrame:
    """The rows from the first of one label to the last of another, both included."""
    if key.step not in (None, 1):
        unsupported("a slice of labels with a step", "iloc has steps")
    labels = _index_series(frame)
    for sign, label in ((">=", key.start), ("<=", key.stop)):
        if label is not None:
            sign_by_place = _place_of(labels, label, sign)
            frame = frame[sign_by_place]
            labels = _index_series(frame)
    return frame


def _place_of(labels: Series, label: Any, sign: str) -> Series:
    """Whether a row is not before the label, or not behind it, in a sorted index."""
    if isinstance(label, str) and types.is_time(labels.arrow_type) and sign == "<=" and len(label) <= 10:
        return labels < _next(label)
    return labels._like(comparison(sign, labels._column, label))


def _next(text: str) -> Any:
    """The time at which what a text means is over: a day, a month, a year."""
    import datetime as dt

    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return dt.datetime(parts[0] + 1, 1, 1)
    if len(parts) == 2:
        return dt.datetime(parts[0] + parts[1] // 12, parts[1] % 12 + 1, 1)
    return dt.datetime(*parts) + dt.timedelta(days=1)  # type: ignore[arg-type]


def _columns(frame: DataFrame, key: Any) -> Any:
    names = list(frame._columns)
    if isinstance(key, slice):
        start = names.index(key.start) if key.start is not None else 0
        stop = names.index(key.stop) + 1 if key.stop is not None else len(names)
        return frame[names[start:stop]]
    return frame[key]


def _one(series: Series, label: Any) -> Any:
    """The value at a label, as a scalar."""
    from pantile._scalar import Scalar

    found = series[_index_series(series.to_frame("x")) == label]
    return Scalar(found._rows, found._column.same("item"))


class At:
    """The value at a label, of one column."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def __getitem__(self, key: Any) -> Any:
        if isinstance(self._frame, Series):
            return _one(self._frame, key)
        label, name = key
        return _one(self._frame[name], label)

    def __setitem__(self, key: Any, value: Any) -> None:
        Loc(self._frame)[key] = value


class Place:
    """Rows by their places: slices, single places and lists; behind a comma, columns by place."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def __getitem__(self, key: Any) -> Any:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        frame = self._frame
        if isinstance(frame, Series):
            return _single(frame, rows) if isinstance(rows, int) else frame._by_frame(lambda one: _placed(one, rows))
        names = list(frame._columns)
        picked = names[columns] if isinstance(columns, slice | int) else [names[at] for at in columns]
        if isinstance(rows, int):
            return (
                _single(frame[picked], rows)
                if isinstance(picked, str)
                else _placed(frame[picked], [rows]).squeeze_rows()
            )
        return _placed(frame, rows)[picked]

    def __setitem__(self, key: Any, value: Any) -> None:
        unsupported("values are not set by place", "df.loc[condition, 'x'] = value, or assign")


def _single(series: Series, place: int) -> Any:
    from pantile._scalar import Scalar

    return Scalar(series._rows, series._column.same("get", place))


def _placed(frame: DataFrame, key: Any) -> DataFrame:
    if isinstance(key, Series):
        return frame[key]
    if isinstance(key, list):
        return frame.take(key)
    step = key.step or 1
    if step < 0:
        if key.start is not None or key.stop is not None:
            unsupported("a slice backwards from a place", "df[::-1] turns all rows round")
        made = frame._rowwise("reverse")
        return made if step == -1 else made._rowwise("gather_every", -step)
    made = _sliced(frame, key.start, key.stop)
    return made if step == 1 else made._rowwise("gather_every", step)


def _sliced(frame: DataFrame, start: int | None, stop: int | None) -> DataFrame:
    start = start or 0
    if stop is None:
        return frame if start == 0 else frame.tail(-start) if start < 0 else frame._rowwise("slice", start)
    if start >= 0 and stop >= 0:
        return frame.head(max(0, stop)) if start == 0 else frame._rowwise("slice", start, max(0, stop - start))
    ends = [_end(start, ">="), _end(stop, "<")]
    return frame._filtered(Column(binary("&", ends[0], ends[1]), types.BOOL))


def _end(place: int, sign: str) -> Any:
    from pantile._column import COUNT

    whole = binary("+", COUNT.node, place) if place < 0 else place
    return binary(sign, ROW.node, whole)


def squeeze_rows(frame: Any) -> Any:
    """The one row of a frame as a Series by columns' names."""
    from pantile._framewide import labelled

    if isinstance(frame, Series):
        from pantile._scalar import Scalar

        return Scalar(frame._rows, frame._column.same("first"))
    return labelled(frame, {name: column.same("first") for name, column in frame._columns.items()})


def install() -> None:
    """Gives frames and series their `loc` and `iloc`."""
    for kind in (DataFrame, Series):
        for name, way in (("loc", Loc), ("iloc", Place), ("at", At), ("iat", Place)):
            setattr(kind, name, property(lambda self, way=way: way(self)))
        kind.squeeze_rows = squeeze_rows  # type: ignore[union-attr]


install()
__all__ = ["col"]
