"""`.str`, `.dt` and `.cat`: functions of texts, of times and of categories, most of them one line of a table."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from pantile import _dtypes as types
from pantile._accessor import Accessor, _simple
from pantile._cat import Cat
from pantile._dt import DT, LENGTHS, PLAIN, TRUTHS, Dt, _is, _nanosecond, _part, _times, of_chrono
from pantile._program import binary
from pantile._refusals import AttributeMissing
from pantile._series import Series
from pantile._str import KINDS, STR, Str, _texts


def _accessor(kind: type[Accessor], good: Callable[[pa.DataType], bool], what: str) -> property:
    def get(self: Series) -> Accessor:
        if not good(self.arrow_type):
            raise AttributeMissing(f"{what} is not of {self.arrow_type}", hint="astype makes it another type")
        return kind(self)

    return property(get)


def install() -> None:
    """Gives the accessors the methods of the tables, and Series the accessors."""
    for name, (way, kind) in STR.items():
        setattr(Str, name, _simple(way, kind))
    for name, pattern in KINDS.items():
        setattr(Str, name, lambda self, pattern=pattern: self._true(self._node().call("str.contains", pattern)))
    for name, (way, kind, less) in DT.items():
        setattr(Dt, name, property(lambda self, way=way, kind=kind, less=less: self._counted(
            binary("-", self._node().call(way), less) if less else self._node().call(way), kind)))  # fmt: skip
    for name, (way, kind) in PLAIN.items():
        setattr(Dt, name, property(lambda self, way=way, kind=kind: self._of(self._node().call(way), kind)))
    for name, span in LENGTHS.items():
        setattr(Dt, name, property(lambda self, span=span: self._counted(_part(self._node(), *span))))
    for name in ("nanosecond", "nanoseconds"):
        setattr(Dt, name, property(_nanosecond))
    for name, build in TRUTHS.items():
        setattr(Dt, name, _is(build))
    Series.str = _accessor(Str, _texts, ".str")  # type: ignore[attr-defined]
    Series.dt = _accessor(Dt, _times, ".dt")  # type: ignore[attr-defined]
    Series.cat = _accessor(Cat, types.is_category, ".cat")  # type: ignore[attr-defined]


install()
__all__ = ["Cat", "Dt", "Str", "of_chrono"]
