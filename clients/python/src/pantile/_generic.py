"""`.ops`: every verb and function of the server by its own name, without a name in pandas, or new."""

from __future__ import annotations

from typing import Any

from pantile import _ops
from pantile._dataframe import DataFrame
from pantile._series import Series


class Ops:
    """The server's own words, asked of a frame or of a column.

    >>> df.ops.top_k(1, by="n").compute()
       k  n    x
    0  a  3  4.0
    >>> df.k.ops.str.reverse().compute().tolist()
    ['a', 'b', 'a']
    >>> df.k.ops.str.reverse
    str.reverse()
    <BLANKLINE>
    The characters of the text from its end to its start; letters of several scalar values stay whole.
    """

    def __init__(self, thing: DataFrame | Series, path: str = "") -> None:
        self._thing = thing
        self._path = path

    def __getattr__(self, name: str) -> Ops:
        if name.startswith("__"):
            raise AttributeError(name)
        return Ops(self._thing, f"{self._path}.{name}" if self._path else name)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if isinstance(self._thing, DataFrame):
            return self._thing.verb(self._path, *arguments, **named)
        return self._thing.fn(self._path, *arguments, **named)

    def _known(self) -> dict[str, tuple[str, str]]:
        return _ops.VERBS if isinstance(self._thing, DataFrame) else _ops.METHODS

    def __dir__(self) -> list[str]:
        start = f"{self._path}." if self._path else ""
        return sorted({name[len(start) :].partition(".")[0] for name in self._known() if name.startswith(start)})

    def __repr__(self) -> str:
        form, said = self._known().get(
            self._path, (self._path or "ops", "Every word of the server's: dir() lists them.")
        )
        return f"{form}\n\n{said}"


def install() -> None:
    """Gives frames and columns `.ops`."""
    for kind in (DataFrame, Series):
        kind.ops = property(Ops)  # type: ignore[union-attr]


install()
