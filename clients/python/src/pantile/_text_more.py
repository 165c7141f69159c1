"""`.str` and `.dt`, further: from the right, letter by letter, bytes, and what is handed out as Python's values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._accessor import INT64, TEXT
from pantile._accessors import Dt, Str
from pantile._column import Column
from pantile._dataframe import DataFrame
from pantile._program import Node, binary, case, fn, lit
from pantile._refusals import unsupported
from pantile._series import Series

UTF8 = {"utf-8", "utf8", "utf_8", "ascii"}


def rfind(self: Str, sub: str, start: int = 0, end: Any = None) -> Series:
    """Where `sub` is last, in characters; -1 where it is not."""
    node = self._node() if end is None else self._node().call("str.head", end)
    rest = node.call("str.slice", start) if start else node
    long = lambda text: text.call("str.len_chars").call("cast", types.type_node(INT64))  # noqa: E731
    behind = long(rest.call("str.split", sub).call("list.last"))
    place = binary("-", binary("-", long(rest), behind), len(sub) - start)
    return self._counted(
        case(rest.call("str.contains", sub, literal=True), place, case(node.call("is_null"), None, -1))
    )


def rpartition(self: Str, sep: str = " ", expand: bool = True) -> DataFrame:
    """What is before the last `sep`, `sep`, and what is behind it."""
    node = self._node()
    parts = node.call("str.split", sep)
    there = node.call("str.contains", sep, literal=True)
    count = binary("-", parts.call("list.len").call("cast", types.type_node(INT64)), 1)
    before = parts.call("list.head", count).call("list.join", sep)
    made = [case(there, before, lit("")), case(there, sep, lit("")), parts.call("list.last")]
    missing = node.call("is_null")
    columns = {str(at): Column(case(missing, None, part), TEXT) for at, part in enumerate(made)}
    return DataFrame._of(self._series._rows, columns, self._series._index)


def translate(self: Str, table: Mapping[Any, Any]) -> Series:
    """Each letter as a table has it, as `str.maketrans` makes one: by number, another letter or None."""
    letters = [chr(old) if isinstance(old, int) else old for old in table]
    told = [chr(new) if isinstance(new, int) else new or "" for new in table.values()]
    turned = fn("element").call("replace", letters, told)
    return self._of(self._node().call("str.split", "").call("list.eval", turned).call("list.join", ""), TEXT)


def get_dummies(self: Str, sep: str = "|", dtype: Any = None) -> DataFrame:
    """For each of the parts between `sep` a column that says which rows have it; the parts are looked for at once."""
    parts = self._of(self._node().call("str.split", sep), pa.list_(TEXT))
    found = parts.explode().dropna().unique().sort_values().to_arrow().column(0).to_pylist()
    kind = types.type_node(types.arrow_type(dtype or "int64"))
    node = parts._column.node
    has: Callable[[str], Node] = lambda part: node.call("list.contains", part).call("fill_null", False)  # noqa: E731
    columns = {part: Column(has(part).call("cast", kind), types.arrow_type(dtype or "int64")) for part in found if part}
    return DataFrame._of(self._series._rows, columns, self._series._index)


def encode(self: Str, encoding: str, errors: str = "strict") -> Series:
    """The text's bytes, which are UTF-8."""
    _utf8(encoding)
    return self._of(self._node().call("cast", types.type_node(pa.binary())), pa.binary())


def decode(self: Str, encoding: str, errors: str = "strict", dtype: Any = None) -> Series:
    """The text that bytes of UTF-8 are."""
    _utf8(encoding)
    return self._of(self._node().call("cast", types.type_node(TEXT)), TEXT)


def _utf8(encoding: str) -> None:
    if encoding.lower() not in UTF8:
        unsupported(f"texts in {encoding} are not done here", "the server has UTF-8")


def isascii(self: Str) -> Series:
    """Whether all characters are of ASCII."""
    return self._true(self._node().call("str.contains", r"^[\x00-\x7F]*$"))


def here(name: str) -> Callable[[Dt], Any]:
    """A method that pandas has once the values are here."""
    return lambda self: getattr(self._series.to_pandas().dt, name)()


def install() -> None:
    """Gives the accessors these methods."""
    for method in (rfind, rpartition, translate, get_dummies, encode, decode, isascii):
        setattr(Str, method.__name__, method)
    Str.rindex = rfind  # type: ignore[attr-defined]
    Dt.to_pydatetime, Dt.to_pytimedelta = here("to_pydatetime"), here("to_pytimedelta")  # type: ignore[attr-defined]
    Dt.freq = property(lambda self: None)  # type: ignore[attr-defined]


install()
