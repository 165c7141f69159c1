"""Patterns of Python's as the server reads them."""

from __future__ import annotations

import re
from typing import Any

from pantile._labels import Label
from pantile._refusals import unsupported, wrong

LOOKS = re.compile(r"\(\?(=|!|<=|<!)|(?<!\\)\\[1-9]")


def pattern_of(pat: Any, case: bool = True, flags: int = 0) -> str:
    """A regular expression of Python's as the server reads it."""
    if isinstance(pat, re.Pattern):
        pat, flags = pat.pattern, pat.flags & ~re.UNICODE
    if not isinstance(pat, str):
        wrong(f"a pattern is a text, not {pat!r}")
    if LOOKS.search(pat):
        unsupported(
            f"the pattern {pat!r} looks around or back",
            "the server's patterns are of constant effort: write it without",
        )
    try:
        re.compile(re.sub(r"\\[pP](\{\w+\}|\w)", "a", pat))
    except re.error as error:
        wrong(f"the pattern {pat!r} does not read: {error}")
    letters = "".join(letter for flag, letter in ((re.I, "i"), (re.M, "m"), (re.S, "s"), (re.X, "x")) if flags & flag)
    if not case and "i" not in letters:
        letters += "i"
    return f"(?{letters}){pat}" if letters else pat


def numbered(at: int) -> str:
    """What pandas calls a part that has no name: its number."""
    return Label(str(at), (at,))


def group_names(pat: Any) -> list[str]:
    """The names of a pattern's groups, or their numbers from 0."""
    compiled = re.compile(pat)
    if not compiled.groups:
        wrong(f"the pattern {pat!r} has no groups", "put what you want between ( and )")
    named = {number: name for name, number in compiled.groupindex.items()}
    return [named.get(at + 1) or numbered(at) for at in range(compiled.groups)]
