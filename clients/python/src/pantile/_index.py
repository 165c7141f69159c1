"""The labels of rows, lazily: pandas' Index. One level of it is a column like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pantile import _dtypes as types
from pantile._column import Column
from pantile._lazy import Lazy
from pantile._operators import COMPARISONS, OF_COLUMNS, Operators
from pantile._refusals import AttributeMissing, nearest, wrong
from pantile._rows import RANGE, Level, Rows, only_level
from pantile._series import Series

if TYPE_CHECKING:
    from pantile._dataframe import DataFrame


class Index(Operators, Lazy):
    """The labels of rows. It does what a Series of the labels does.

    >>> airlines.set_index("carrier").index.max().item()
    'YV'
    """

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, rows: Rows, levels: tuple[Level, ...] = ()) -> None:
        if not levels:
            wrong("labels are of a frame", "client.from_pandas sends a frame with its index")
        self._rows = rows
        self._levels = levels
        self._index = ()

    def _visible(self) -> dict[str, Column]:
        return {
            level.name if isinstance(level.name, str) else f"level_{at}": level.column
            for at, level in enumerate(self._levels)
        }

    def _rebuilt(self, rows: Rows, index: tuple[Level, ...]) -> Index:
        from pantile._program import col

        named = zip(self._levels, self._visible(), strict=True)
        return Index(rows, tuple(Level(level.name, Column(col(name), level.column.type)) for level, name in named))

    def _shaped(self, frame: Any) -> Any:
        import pandas as pd

        if len(self._levels) == 1 and self._levels[0].is_range:
            return pd.RangeIndex(len(frame), name=self.name)
        if len(self._levels) == 1:
            return pd.Index(frame.iloc[:, 0]).rename(self.name)
        return pd.MultiIndex.from_frame(frame, names=self.names)

    @property
    def name(self) -> Any:
        """What the labels are called."""
        return self._levels[0].name if len(self._levels) == 1 else None

    @property
    def names(self) -> list[Any]:
        """What the levels are called."""
        return [level.name for level in self._levels]

    @property
    def nlevels(self) -> int:
        """The number of levels."""
        return len(self._levels)

    @property
    def ndim(self) -> int:
        """An index has one axis."""
        return 1

    @property
    def dtype(self) -> Any:
        """The labels' dtype as pandas has it."""
        return types.pandas_dtype(self._levels[0].column.type)  # type: ignore[arg-type]

    def _labels(self) -> Series:
        return Series(self._rows, only_level(self._levels).column, self.name, RANGE)

    def to_series(self, index: Any = None, name: Any = None) -> Series:
        """The labels as a column, labelled by themselves."""
        return Series(self._rows, self._levels[0].column, self.name if name is None else name, self._levels)

    def to_frame(self, index: bool = True, name: Any = None) -> DataFrame:
        """The labels as columns of a frame."""
        from pantile._dataframe import DataFrame

        names = (
            [name]
            if isinstance(name, str)
            else name
            or [str(level.name) if level.name is not None else str(at) for at, level in enumerate(self._levels)]
        )
        columns = {each: level.column for each, level in zip(names, self._levels, strict=True)}
        return DataFrame._of(self._rows, columns, self._levels if index else RANGE)

    def get_level_values(self, level: Any) -> Index:
        """One level as an index."""
        found = self._levels[level] if isinstance(level, int) else next(x for x in self._levels if x.name == level)
        return Index(self._rows, (found,))

    def rename(self, name: Any, **_: Any) -> Index:
        """The labels under another name."""
        names = name if isinstance(name, list | tuple) else [name]
        return Index(self._rows, tuple(Level(n, x.column) for n, x in zip(names, self._levels, strict=True)))

    def __len__(self) -> int:
        from pantile._dataframe import DataFrame

        return len(DataFrame._of(self._rows, self._visible(), ()))

    __hash__ = None  # type: ignore[assignment]


# What an index answers itself, or has no meaning for labels.
OWN = {"loc", "iloc", "at", "iat", "index", "name", "set_index", "groupby", "resample"}


def _passed(name: str) -> Any:
    """A method or a property of the labels as a column; columns of the same rows that come of it are labels again."""

    def method(self: Index, *arguments: Any, **named: Any) -> Any:
        sides = [part._labels() if isinstance(part, Index) else part for part in arguments]
        return _again(self, getattr(self._labels(), name)(*sides, **named))

    return method


def _again(self: Index, found: Any) -> Any:
    if isinstance(found, Series):
        return Index(found._rows, (Level(found._name, found._column),))
    return found


def install() -> None:
    """Gives Index what a Series has."""
    for name in dir(Series):
        dunder = name.startswith("__") and name not in OPERATORS
        if (
            dunder
            or (name.startswith("_") and not name.startswith("__"))
            or name in OWN
            or name in vars(Index)
            or name in dir(Lazy)
        ):
            continue
        if isinstance(getattr(Series, name), property):
            setattr(Index, name, property(lambda self, name=name: _again(self, getattr(self._labels(), name))))
        else:
            setattr(Index, name, _passed(name))
    for name in ("sum", "min", "max"):
        setattr(Index, name, _passed(name))


OPERATORS = {f"__{side}{name}__" for name in OF_COLUMNS for side in ("", "r")} | {
    f"__{name}__" for name in (*COMPARISONS, "invert", "neg", "abs", "array_ufunc")
}

__all__ = ["AttributeMissing", "Index", "nearest"]
