"""Every public name of pandas, and of Dask's frames, with short spellings that are run on both sides.

A spelling alone claims that both sides come to the same. `differs` claims that they do not, and says how; `absent` that
ours is refused, in words that name the way round.
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """A spelling, pandas' where it is another one, and what is claimed of them."""

    ours: str
    theirs: str | None = None
    claim: str = "same"
    how: str = ""


def both(ours: str, theirs: str) -> Case:
    """The same in two spellings."""
    return Case(ours, theirs)


def differs(ours: str, how: str, theirs: str | None = None) -> Case:
    """Not the same."""
    return Case(ours, theirs, "different", how)


def absent(ours: str, theirs: str | None = None) -> Case:
    """Refused; the error says why, and the way round."""
    return Case(ours, theirs, "absent")


Cases = dict[str, "str | Case | list[str | Case]"]


def listed(cases: str | Case | list[str | Case]) -> list[Case]:
    """The cases of a name, as a list."""
    found = cases if isinstance(cases, list) else [cases]
    return [Case(each) if isinstance(each, str) else each for each in found]
