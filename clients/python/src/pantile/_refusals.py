"""What a frame refuses by itself, in the words of the tree in `_errors.py`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, NoReturn

from pantile._errors import ArgumentError, ColumnNotFoundError, PantileWarning, UnsupportedError


class NeedsPythonError(UnsupportedError):
    """It takes a Python function, and none run on the server; `hint` names the way round."""


class LazyError(UnsupportedError):
    """It asks for values while the expression is still being built; `hint` says how to get them."""


class ClientsError(ArgumentError):
    """It puts frames of two clients together."""


class RowsError(ArgumentError):
    """It puts columns of different rows together, for which no alignment is defined."""


class AttributeMissing(UnsupportedError, AttributeError):
    """There is no such method or column; the nearest name is told."""


class UnknownColumn(ColumnNotFoundError, AttributeError):
    """There is no column of that name; the nearest is told."""


class CountWarning(PantileWarning):
    """A count ran on the server because Python's `len` wants a number at once."""


def nearest(name: object, names: Iterable[object]) -> str:
    """A hint that names what is meant, as far as one can guess."""
    known = [str(each) for each in names]
    near = difflib.get_close_matches(str(name), known, 1, 0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"there are: {', '.join(known[:12])}{', …' if len(known) > 12 else ''}"


def no_column(name: object, names: Iterable[object]) -> NoReturn:
    """Refuses a name that no column has."""
    raise UnknownColumn(f"there is no column {name!r}", hint=nearest(name, names), code="unknown_column")


def needs_python(method: str, hint: str) -> NoReturn:
    """Refuses what takes a Python function."""
    raise NeedsPythonError(f"{method} with a Python function does not run on the server", hint=hint)


def unsupported(what: str, hint: str) -> NoReturn:
    """Refuses what is legal in pandas and not done here."""
    raise UnsupportedError(what, hint=hint)


def wrong(what: str, hint: str | None = None) -> NoReturn:
    """Refuses an argument."""
    raise ArgumentError(what, hint=hint)


def only(method: str, defaults: dict[str, Any], given: dict[str, Any]) -> None:
    """Refuses arguments of pandas that are known here, and not done, unless they say what is done anyhow."""
    for name, value in given.items():
        if name not in defaults:
            raise ArgumentError(f"{method} has no argument {name!r}", hint=nearest(name, defaults))
        if value is not defaults[name] and value != defaults[name]:
            unsupported(f"{method}({name}={value!r}) is not done here", f"leave {name} out")
