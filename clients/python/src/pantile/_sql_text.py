"""SQL with parameters, as one text: a program holds a question whole, so its values are written into it as literals."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pantile._column import plain
from pantile._refusals import wrong

# What holds no parameters: texts, quoted names, comments; then the parameters themselves.
PARTS = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|\$(?P<named>[A-Za-z_]\w*|\d+)|(?P<mark>\?)""", re.DOTALL
)


def written(text: str, params: Sequence[object] | Mapping[str, object] | None) -> str:
    """The question with each parameter replaced by its value."""
    if params is None:
        return text
    count = iter(range(len(params)))

    def value(match: re.Match[str]) -> str:
        name = match["named"]
        if name is None and match["mark"] is None:
            return match[0]
        return literal(_found(params, next(count, len(params)) if name is None else name))

    return PARTS.sub(value, text)


def _found(params: Any, name: int | str) -> Any:
    if isinstance(params, Mapping):
        if name not in params:
            wrong(f"there is no value for ${name}", f"there are: {', '.join(map(str, params))}")
        return params[name]
    place = name if isinstance(name, int) else int(name) - 1 if name.isdigit() else -1
    if not 0 <= place < len(params):
        wrong(f"there is no value for parameter {name!r}, {len(params)} are given")
    return params[place]


def literal(value: Any) -> str:
    """A value as SQL writes it."""
    value = plain(value)
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | Decimal):
        return f"({value})"
    if isinstance(value, float):
        return f"CAST('{value!r}' AS DOUBLE)"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, dt.datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    if isinstance(value, dt.date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    wrong(
        f"a parameter of type {type(value).__name__} has no place in SQL", "numbers, texts, dates, times and lists have"
    )
