"""pandas' words for lengths of time, as the server writes them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, NamedTuple

from pantile._refusals import unsupported, wrong

UNITS = {
    "D": "d", "d": "d", "day": "d", "days": "d", "h": "h", "H": "h", "hour": "h", "hours": "h", "min": "m", "T": "m",
    "t": "m", "minute": "m", "minutes": "m", "s": "s", "S": "s", "sec": "s", "second": "s", "seconds": "s", "ms": "ms",
    "L": "ms", "us": "us", "U": "us", "ns": "ns", "N": "ns", "W": "w", "MS": "mo", "ME": "mo", "M": "mo", "QS": "q",
    "QE": "q", "Q": "q", "YS": "y", "YE": "y", "Y": "y", "A": "y", "AS": "y",
}  # fmt: skip
DAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
RULE = re.compile(r"(\d*)\s*([A-Za-z]+)(?:-([A-Z]{3}))?")


class Rule(NamedTuple):
    """A length of time, and whether its windows are called by their last day."""

    times: int
    unit: str
    ends: bool
    anchor: str | None

    @property
    def every(self) -> str:
        """As the server writes it."""
        return f"{self.times}{self.unit}"


def rule_of(freq: Any) -> Rule:
    """What a frequency of pandas means: a text, a length of time, an offset."""
    if isinstance(freq, dt.timedelta):
        return Rule(freq // dt.timedelta(microseconds=1), "us", False, None)
    text = str(getattr(freq, "freqstr", freq))
    match = RULE.fullmatch(text.strip())
    if match is None or match[2] not in UNITS:
        unsupported(
            f"a frequency of {text!r} is not done here", f"there are: {', '.join(UNITS)}, with a number before them"
        )
    if match[3] and match[2] != "W" and match[3] not in ("DEC", "JAN"):
        unsupported(f"a frequency of {text!r} is not done here", "years and quarters begin in January")
    return Rule(int(match[1] or 1), UNITS[match[2]], match[2] in ("W", "ME", "M", "QE", "Q", "YE", "Y", "A"), match[3])


def length_of(value: Any) -> str:
    """A length of time as the server writes it: `"2D"` is `"2d"`."""
    if isinstance(value, dt.timedelta):
        microseconds = value // dt.timedelta(microseconds=1)
        if microseconds <= 0:
            wrong(f"a length of time is more than nothing, not {value}")
        return f"{microseconds}us"
    return rule_of(value).every
