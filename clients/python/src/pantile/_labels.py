"""What columns are called where that is more than a text: values of any type, on one level or several, as in pandas.

A program knows columns by texts. A `Label` is such a text that also says what pandas calls the column, and what its
levels are called; whatever knows columns by their texts takes labels, too, and hands them on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pantile._refusals import wrong


class Label(str):
    """A column's text in programs, with its value on each level, and the names of the levels."""

    levels: tuple[Any, ...]
    names: tuple[Any, ...]

    def __new__(cls, text: str, levels: Sequence[Any], names: Sequence[Any] | None = None) -> Label:
        """`levels` has a value for each level, `names` their names; without them they have none."""
        label = super().__new__(cls, text)
        label.levels = tuple(levels)
        label.names = (None,) * len(label.levels) if names is None else tuple(names)
        return label

    def __getnewargs__(self) -> tuple[str, tuple[Any, ...], tuple[Any, ...]]:  # type: ignore[override]
        return str(self), self.levels, self.names


def levels_of(name: str) -> tuple[Any, ...]:
    """What a column is called, level by level."""
    return name.levels if isinstance(name, Label) else (name,)


def called(name: str) -> Any:
    """What pandas calls the column: a value, or several in a tuple."""
    levels = levels_of(name)
    return levels[0] if len(levels) == 1 else levels


def text_of(levels: Sequence[Any]) -> str:
    """The text for a column of these levels."""
    return "_".join(str(level) for level in levels if level != "") or "_"


def joined(names: Iterable[str], *parts: Any, axis: Any = None) -> Label:
    """The label of `parts`, columns or values, one level below the other; its text is none of `names`."""
    levels = [level for part in parts for level in (levels_of(part) if isinstance(part, str) else (part,))]
    names = set(names)
    text, number = text_of(levels), 1
    while (text if number == 1 else f"{text}_{number}") in names:
        number += 1
    return Label(text if number == 1 else f"{text}_{number}", levels, axis)


def depth_of(names: Iterable[str]) -> int:
    """The number of levels that the columns have together."""
    return max((len(levels_of(name)) for name in names), default=1)


def axis_of(names: Iterable[str]) -> Any:
    """The columns as pandas has them: an Index, or a MultiIndex."""
    import pandas as pd

    found = list(names)
    labels = [name for name in found if isinstance(name, Label)]
    if not labels:
        return pd.Index([str(name) for name in found])
    depth = depth_of(found)
    told = next((label.names for label in labels if len(label.names) == depth), (None,) * depth)
    if depth == 1:
        return pd.Index([called(name) for name in found], name=told[0])
    return pd.MultiIndex.from_tuples([_padded(levels_of(name), depth) for name in found], names=told)


def _padded(levels: tuple[Any, ...], depth: int) -> tuple[Any, ...]:
    return (*levels, *("",) * (depth - len(levels)))


def labelled(axis: Any) -> list[Any]:
    """Names as a caller gives them, those of several levels, and of levels with names, as labels."""
    told = tuple(getattr(axis, "names", ()) or ())
    names: list[Any] = []
    for name in axis:
        if isinstance(name, tuple):
            names.append(joined(names, *name, axis=told if len(told) == len(name) else None))
        elif not isinstance(name, Label) and told and told[0] is not None:
            names.append(joined(names, name, axis=told))
        else:
            names.append(name)
    return names


def renamed(name: str, change: Any) -> str:
    """The column's name with `change`, a function of one level's value, made of every level."""
    if not isinstance(name, Label):
        return change(name)
    levels = [change(level) for level in name.levels]
    return name if levels == list(name.levels) else Label(text_of(levels), levels, name.names)


def found(names: Iterable[str], wanted: Any) -> list[str]:
    """The columns that `wanted` means: one, or all those that begin with it. None of them is no error."""
    names = list(names)
    if isinstance(wanted, str) and wanted in names:
        return [names[names.index(wanted)]]
    parts = wanted if isinstance(wanted, tuple) else (wanted,)
    labels = [name for name in names if isinstance(name, Label) or len(parts) > 1]
    depth = depth_of(names)
    exact = [name for name in labels if _equal(_padded(levels_of(name), depth), _padded(parts, depth))]
    return exact or [name for name in labels if _equal(levels_of(name)[: len(parts)], parts)]


def _equal(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    # Of what cannot be compared nothing is meant; a column is no list of columns.
    try:
        return bool(left == right)
    except (TypeError, ValueError):
        return False


def is_exact(name: str, wanted: Any) -> bool:
    """Whether `wanted` says all levels of the column."""
    parts = wanted if isinstance(wanted, tuple) else (wanted,)
    return str(name) == wanted or all(level == "" for level in levels_of(name)[len(parts) :])


def below(name: str, count: int) -> Label:
    """The label without its first levels."""
    levels = levels_of(name)[count:]
    return Label(text_of(levels), levels, name.names[count:] if isinstance(name, Label) else None)


def one_level(names: Iterable[str], what: str) -> None:
    """Refuses what is done of columns of one level only."""
    if depth_of(names) > 1:
        wrong(f"{what} is of columns of one level", "join the levels: df.columns = ['_'.join(c) for c in df.columns]")


def checked(names: Iterable[Any]) -> list[str]:
    """Names for columns as the server takes them, or a refusal."""
    told = labelled(names)
    for name in told:
        if not isinstance(name, str):
            wrong(f"a column's name is a text, not {name!r}", "rename it before it is sent")
        if name == "*" or (name.startswith("^") and name.endswith("$")):
            wrong(
                f"the name {name!r} is a pattern of names on the server",
                "rename the column before, in SQL or in pandas",
            )
    if len(set(told)) != len(told):
        wrong(f"two columns are called {next(n for n in told if told.count(n) > 1)!r}", "give one another name")
    return told


def is_list(key: Any) -> bool:
    """Whether several are meant."""
    return isinstance(key, list) or (hasattr(key, "tolist") and getattr(key, "ndim", 0) == 1)
