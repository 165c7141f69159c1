"""What is asked of columns of one kind: `str`, `dt`, `cat`, `list`, `struct`, and `name` of what they are called."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pantile._program import fn
from pantile._words import literal_node

from ._values import literal

if TYPE_CHECKING:
    from ._expr import Expr


class Accessor:
    """Functions that have the same name and arguments here and in a program are asked as they are."""

    kind: str
    same: str

    def __init__(self, expr: Expr) -> None:
        self._expr = expr

    def __getattr__(self, name: str) -> Callable[..., Expr]:
        if name not in self.same.split():
            raise AttributeError(f"Pantile has no `{self.kind}.{name}`")
        return lambda *arguments, **named: self.call(name, *arguments, **named)

    def call(self, name: str, /, *arguments: Any, **named: Any) -> Expr:
        """What comes of asking the function `name` of the column."""
        return self._expr.call(f"{self.kind}.{name}", *arguments, **named)


class Strings(Accessor):
    """`str`."""

    kind = "str"
    same = (
        "contains ends_with len_chars pad_end pad_start slice starts_with strip_chars strip_chars_end "
        "strip_chars_start to_date to_datetime to_lowercase to_time to_titlecase to_uppercase"
    )

    def replace(self, value: Expr, pattern: str, *, literal: bool, n: int) -> Expr:
        """A negative `n` is all of them."""
        if n < 0:
            return self.replace_all(value, pattern, literal=literal)
        return self.call("replace", pattern, value, literal=literal, n=n)

    def replace_all(self, value: Expr, pattern: str, *, literal: bool) -> Expr:
        return self.call("replace_all", pattern, value, literal=literal)

    def split(self, by: str) -> Expr:
        return self.call("split", by)

    def zfill(self, width: int) -> Expr:
        """Zeros go behind a sign."""
        return self._expr.call("str.zfill", max(0, width))


_LENGTH = re.compile(r"^(-?\d+)(ns|us|ms|s|m|h|d|mo|q|y)\Z")
# How many months, quarters and years narwhals lets a step be, on every backend alike.
_STEPS = {"mo": (1, 2, 3, 4, 6, 12), "q": (1, 2, 4)}


class Times(Accessor):
    """`dt`."""

    kind = "dt"
    same = (
        "convert_time_zone date day hour microsecond millisecond minute month nanosecond ordinal_day replace_time_zone "
        "second timestamp to_string total_microseconds total_milliseconds total_minutes total_nanoseconds "
        "total_seconds weekday year"
    )

    def truncate(self, every: str) -> Expr:
        number, unit = _length(every)
        steps = _STEPS.get(unit, (number,))
        if number not in steps:
            raise ValueError(f"Only the following multiples are supported for {unit!r} unit: {steps}, not {every}")
        if unit == "y" and number != 1:
            raise ValueError(f"Only multiple 1 is currently supported for 'y' unit, not {every}")
        return self.call("truncate", every)

    def offset_by(self, by: str) -> Expr:
        _length(by)
        return self.call("offset_by", by)


def _length(text: str) -> tuple[int, str]:
    """The number and the unit of a length of time, or why it is none: in narwhals' words, which its callers match."""
    found = _LENGTH.match(text)
    if found is None:
        raise ValueError(f"Invalid `every` string: {text!r} is no number with a unit, ns to y")
    return int(found[1]), found[2]


class Categories(Accessor):
    """`cat`."""

    kind = "cat"
    same = ""

    def get_categories(self) -> Expr:
        """The texts that occur, each once, in the order in which they do."""
        return self._expr.call("drop_nulls").call("unique").cast(self._expr._version.dtypes.String)


class Lists(Accessor):
    """`list`."""

    kind = "list"
    same = "get len max mean median min sort sum"

    def unique(self, *, maintain_order: bool) -> Expr:
        """The items' order is kept, asked for or not."""
        return self.call("eval", fn("element").call("unique"))

    def contains(self, item: Any) -> Expr:
        return self.call("contains", item if hasattr(item, "node") else literal_node(literal(item)))


class Structs(Accessor):
    """`struct`."""

    kind = "struct"
    same = ""

    def field(self, name: str) -> Expr:
        return self.call("field", name)


class Names(Accessor):
    """`name`."""

    kind = "name"
    same = "keep prefix suffix to_lowercase to_uppercase"

    def map(self, function: Callable[[str], str]) -> Expr:
        """A function of Python's stays here: the frame asks the server for the names, and gives it new ones."""
        from ._expr import Expr

        return Expr(self._expr.node, self._expr._version, function)
