"""Columns beside each other, with an index: pandas' DataFrame, lazily. `_frame` is the same with all of its methods."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile import _labels as labels
from pantile._assigning import Assigning
from pantile._column import COUNT, Column, column_of, comparison, inverted
from pantile._labels import checked as _checked
from pantile._labels import is_list as _is_list
from pantile._lazy import Lazy, rows_of
from pantile._operators import COMPARISONS, OF_COLUMNS, Operators
from pantile._program import Node, binary, col, fn
from pantile._refusals import (
    AttributeMissing,
    CountWarning,
    nearest,
    no_column,
    unsupported,
    wrong,
)
from pantile._rows import RANGE, Flat, Level, Rows, common, flat, same_rows
from pantile._scalar import Scalar
from pantile._series import Series


class DataFrame(Assigning, Operators, Lazy):
    """A lazy frame. Its methods have pandas' names and build program text; nothing runs before `compute`.

    The examples here ask `flights`, `airlines` and `planes`, which are tables of the demonstration, and `df`:

    >>> df = client.from_dict({"k": ["a", "b", "a"], "n": [1, 2, 3], "x": [1.5, None, 4.0]})
    >>> df[df.n > 1][["k", "x"]].compute()
       k    x
    1  b  NaN
    2  a  4.0
    """

    _rows: Rows
    _columns: dict[str, Column]

    def __init__(
        self, client: Any, node: Node | None = None, schema: pa.Schema | None = None, *, labelled: bool = False
    ) -> None:
        """The frame of a program. With `labelled` its rows are labelled from 0 on, and keep their labels."""
        if not isinstance(node, Node):
            wrong("a frame is of a client", "client.from_dict({'a': [1, 2]}), client.from_pandas(df)")
        rows, found = rows_of(client, node) if schema is None else (Rows(client, node, tuple(schema.names)), schema)
        _checked(found.names)
        self._set(rows, {field.name: column_of(field.name, field.type) for field in found}, RANGE if labelled else ())

    def _set(self, rows: Rows, columns: dict[str, Column], index: tuple[Level, ...]) -> None:
        vars(self).update(_rows=rows, _columns=columns, _index=index, _kept=None)

    @classmethod
    def _of(cls, rows: Rows, columns: Mapping[str, Column], index: tuple[Level, ...]) -> DataFrame:
        frame = cls.__new__(cls)
        frame._set(rows, dict(columns), index)
        return frame

    @classmethod
    def _of_table(cls, client: Any, name: str) -> DataFrame:
        """The frame of a table or view of the server. Its rows have no labels before `set_index`."""
        return cls(client, fn("table", name))

    @classmethod
    def _of_sql(cls, client: Any, text: str, params: Any = None) -> DataFrame:
        """The frame of a question in SQL, its parameters written into it."""
        from pantile._sql_text import written

        return cls(client, fn("sql", written(text, params)))

    @classmethod
    def _of_data(cls, client: Any, data: Any, index: Any = None) -> DataFrame:
        """The frame of rows of this process, which are sent beside each program that uses them."""
        from pantile._from_data import frame_of

        return frame_of(client, data, index)

    def _again(
        self, columns: Mapping[str, Column] | None = None, rows: Rows | None = None, index: Any = None
    ) -> DataFrame:
        """The frame with something else in it."""
        return DataFrame._of(
            rows or self._rows, self._columns if columns is None else columns, self._index if index is None else index
        )

    def _visible(self) -> dict[str, Column]:
        return self._columns

    def _rebuilt(self, rows: Rows, index: tuple[Level, ...]) -> DataFrame:
        named = {name: Column(col(name), column.type, column.nan) for name, column in self._columns.items()}
        return DataFrame._of(rows, named, index)

    def _flat(self, *extra: Column, index: bool = True) -> Flat:
        return flat(self._rows, self._columns, self._index if index else (), *extra)

    def _of_flat(self, plain: Flat, node: Node) -> DataFrame:
        """The frame with rows that a verb made of the flat ones."""
        return DataFrame._of(Rows(self.client, node, plain.rows.names), plain.columns, plain.index)

    def _rowwise(self, verb: str, *arguments: Any, **named: Any) -> DataFrame:
        """The frame after a verb that picks or moves rows."""
        plain = self._flat()
        return self._of_flat(plain, plain.rows.node.call(verb, *arguments, **named))

    def _filtered(self, condition: Column) -> DataFrame:
        plain = self._flat(condition)
        return self._of_flat(plain, plain.rows.node.call("filter", plain.extra[0]))

    def verb(self, name: str, *arguments: Any, **named: Any) -> DataFrame:
        """What a verb of the server makes of the frame: `df.verb("top_k", 3, by="x")`. The index is left behind."""
        node = self._node().call(
            name, *map(_argument, arguments), **{key: _argument(part) for key, part in named.items()}
        )
        return DataFrame(self.client, node)

    # What it is made of.

    @property
    def columns(self) -> Any:
        """The names of the columns, as pandas' Index where pandas is installed."""
        try:
            return labels.axis_of(self._columns)
        except ImportError:
            return list(self._columns)

    @columns.setter
    def columns(self, names: Iterable[str]) -> None:
        names = labels.labelled(names)
        if len(names) != len(self._columns):
            wrong(f"{len(names)} names for {len(self._columns)} columns")
        vars(self).update(_columns=dict(zip(_checked(names), self._columns.values(), strict=True)))

    @property
    def dtypes(self) -> Any:
        """The columns' dtypes as pandas has them, as long as they hold no nulls."""
        import pandas as pd

        kinds = [types.pandas_dtype(column.type) for column in self._columns.values()]  # type: ignore[arg-type]
        return pd.Series(kinds, self.columns, dtype=object)

    @property
    def index(self) -> Any:
        """The index, lazily."""
        from pantile._index import Index

        return Index(self._rows, self._index or RANGE)

    @index.setter
    def index(self, value: Any) -> None:
        made = self.set_index(value)
        vars(self).update(_rows=made._rows, _columns=made._columns, _index=made._index)

    @property
    def axes(self) -> list[Any]:
        """The index and the columns."""
        return [self.index, self.columns]

    @property
    def shape(self) -> tuple[Scalar, int]:
        """The number of rows, which is still to be computed, and that of columns."""
        return Scalar(self._rows, COUNT), len(self._columns)

    @property
    def size(self) -> Scalar:
        """The number of values, still to be computed."""
        return Scalar(self._rows, COUNT) * len(self._columns)

    @property
    def empty(self) -> Scalar:
        """Whether there is no row or no column, still to be computed."""
        if not self._columns:
            return Scalar(self._rows, Column(binary("==", 0, 0), types.BOOL))
        return Scalar(self._rows, Column(binary("==", fn("len"), 0), types.BOOL))

    @property
    def ndim(self) -> int:
        """A frame has two axes."""
        return 2

    def __len__(self) -> int:
        warnings.warn("len() runs a count on the server; shape[0] is the same, lazily", CountWarning, stacklevel=2)
        return int(self.shape[0])

    def __iter__(self) -> Any:
        return iter([labels.called(name) for name in self._columns])

    def __contains__(self, name: object) -> bool:
        return bool(labels.found(self._columns, name))

    def keys(self) -> Any:
        """The names of the columns."""
        return self.columns

    def items(self) -> Any:
        """Each column's name and the column."""
        return ((labels.called(name), self._series(name)) for name in self._columns)

    # Columns of it.

    def _named(self, name: Any) -> list[str]:
        """The columns that a caller means by `name`: one, or those below it."""
        return labels.found(self._columns, name) or no_column(name, list(map(labels.called, self._columns)))

    def _column(self, name: Any) -> Column:
        return self._columns[self._named(name)[0]]

    def _series(self, name: Any) -> Series:
        key = self._named(name)[0]
        return Series(self._rows, self._columns[key], labels.called(key), self._index)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Series):
            return self._masked(key)
        if isinstance(key, Lazy) and not isinstance(key, DataFrame):
            return self._masked(key._labels())  # type: ignore[attr-defined]
        if isinstance(key, slice):
            return self.iloc[key] if _is_place(key) else self.loc[key]
        if callable(key):
            return self[key(self)]
        if isinstance(key, DataFrame):
            return self.where(key)
        if _is_list(key):
            return self._picked(list(key))
        names = self._named(key)
        return self._series(key) if labels.is_exact(names[0], key) else self._below(key, names)

    def _below(self, key: Any, names: list[str]) -> DataFrame:
        """The columns below a label of the upper levels."""
        count = len(key) if isinstance(key, tuple) else 1
        return self._again({labels.below(name, count): self._columns[name] for name in names})

    def _picked(self, names: list[Any]) -> DataFrame:
        if names and all(isinstance(name, bool) for name in names):
            wrong("a list of booleans has no rows here", "filter by a condition on columns")
        if len(set(names)) != len(names):
            wrong("a column is picked twice", "a frame's columns have names of their own: assign gives another")
        return self._again({name: self._columns[name] for each in names for name in self._named(each)})

    def _masked(self, mask: Series) -> DataFrame:
        if not pa.types.is_boolean(mask.arrow_type):
            wrong(f"rows are filtered by booleans, and {mask.name!r} is {mask.arrow_type}")
        rows = same_rows(self._rows, mask._rows, "the frame and the condition")
        return self._again(rows=rows)._filtered(mask._column)

    def __getattr__(self, name: str) -> Any:
        columns = vars(self).get("_columns")
        if columns is not None and labels.found(columns, name):
            return self[name]
        if name == "__dataframe__" and columns is not None:
            # Not an attribute of the class: where it is one, narwhals asks it before it asks our plug-in.
            return lambda *_, **__: self.to_arrow().__dataframe__()
        if name.startswith("__") or columns is None:
            raise AttributeError(name)
        known = [*columns, *(each for each in dir(type(self)) if not each.startswith("_"))]
        raise AttributeMissing(f"a DataFrame has no column and no method {name!r}", hint=nearest(name, known))

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name in self._columns if name.isidentifier())]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._columns)

    def get(self, key: Any, default: Any = None) -> Any:
        """The column, or `default` where there is none of that name."""
        return self[key] if key in self._columns else default

    # Each column.

    def _mapped(self, build: Callable[[Series], Series], names: Iterable[str] | None = None) -> DataFrame:
        """What `build` makes of each column, or of these."""
        rows, columns = self._rows, dict(self._columns)
        for name in self._columns if names is None else names:
            made = build(Series(rows, columns[name], name, self._index))
            rows = same_rows(rows, made._rows, "the columns")
            columns[name] = made._column
        return self._again(columns, rows)

    def __invert__(self) -> DataFrame:
        return self._again({name: inverted(column) for name, column in self._columns.items()})

    def __neg__(self) -> DataFrame:
        return self._mapped(lambda s: -s)

    def __round__(self, decimals: int = 0) -> DataFrame:
        return self.round(decimals)  # type: ignore[attr-defined]

    def __abs__(self) -> DataFrame:
        return self.abs()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> Any:
        """NumPy's functions of the same names as ours, on each column."""
        from pantile._ufuncs import applied

        return applied(ufunc, method, inputs, named)

    def _beside(self, other: Any, operate: Callable[[Series, Any], Series]) -> DataFrame:
        """Column by column with `other`: a frame by names, a value, or a dict of names."""
        if isinstance(other, DataFrame):
            names = [name for name in self._columns if name in other._columns]
            if set(self._columns) != set(other._columns):
                wrong("the frames have different columns", "pick the same ones of both: df[names]")
            if common(self._rows, other._rows) is None and self._index and other._index:
                left, right = self.align(other)
                return left._mapped(lambda s: operate(s, right[s.name]), names)
            return self._mapped(lambda s: operate(s, other[s.name]), names)
        if isinstance(other, Series) and vars(other).get("_by_name") is not None:
            known = vars(other)["_by_name"]
            if set(known) != set(self._columns):
                wrong("the labels of the column are others than the frame's", "pick the same ones of both: df[names]")
            return self._mapped(lambda s: operate(s, known[s.name]))
        if isinstance(other, Series):
            unsupported(
                "a Series beside a frame is matched with its columns by label, which is not known here",
                "df.add(s, axis='index') goes row by row",
            )
        if isinstance(other, Mapping):
            return self._mapped(lambda s: operate(s, other[s.name]), other)
        return self._mapped(lambda s: operate(s, other))


def _operator(name: str) -> Callable[[DataFrame, Any], DataFrame]:
    return lambda self, other: self._beside(other, lambda s, side: getattr(s, name)(side))


for _name in OF_COLUMNS:
    setattr(DataFrame, f"__{_name}__", _operator(f"__{_name}__"))
    setattr(DataFrame, f"__r{_name}__", _operator(f"__r{_name}__"))
for _name in COMPARISONS:
    setattr(DataFrame, f"__{_name}__", _operator(f"__{_name}__"))
DataFrame.__hash__ = None  # type: ignore[assignment]


def _argument(part: Any) -> Any:
    """An argument of a verb: frames and columns are their nodes."""
    if isinstance(part, Lazy):
        return part._node() if isinstance(part, DataFrame) else part._column.node  # type: ignore[attr-defined]
    return part


def _is_place(key: slice) -> bool:
    return all(part is None or isinstance(part, int) for part in (key.start, key.stop, key.step))


__all__ = ["Callable", "DataFrame", "comparison"]
