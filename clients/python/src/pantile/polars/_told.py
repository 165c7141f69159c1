"""What a program has no words for, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pantile._errors import LimitError, QuestionError
from pantile._program import Node
from pantile._words import type_word


class Untold(Exception):
    """A part of a query that a program has no words for. Its text is the part's name."""


class Hidden(Untold):
    """A part that Polars' plans do not show."""


@contextmanager
def refusals() -> Iterator[None]:
    """What the server has no words for is untold; what is wrong with values is an error."""
    try:
        yield
    except (QuestionError, LimitError) as error:
        if error.code in ("invalid_program", "limit_program", "unsupported"):
            raise Untold(f"what the server refuses ({error.detail})") from error
        raise


def type_node(dtype: Any) -> Node:
    """The word for a type of Polars'."""
    try:
        return type_word(dtype)
    except NotImplementedError as error:
        raise Untold(f"the type {dtype}") from error


def length_text(parts: tuple[int, int, int, int, bool, bool]) -> str:
    """A length of time, or of integers, as it is written; nothing where it is none."""
    months, weeks, days, nanoseconds, is_integer, is_negative = parts
    units = {"mo": months, "w": weeks, "d": days, "i" if is_integer else "ns": nanoseconds}
    text = "".join(f"{number}{unit}" for unit, number in units.items() if number)
    return f"-{text}" if text and is_negative else text
