"""`.str`: functions of texts, most of them one line of a table."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._accessor import INT64, TEXT
from pantile._patterns import pattern_of
from pantile._program import Node, binary, case, fn
from pantile._refusals import needs_python, unsupported, wrong
from pantile._series import Series
from pantile._str_parts import Parts


class Str(Parts):
    """Functions of texts."""

    def contains(self, pat: Any, case: bool = True, flags: int = 0, na: Any = None, regex: bool = True) -> Series:
        """Whether the text holds the pattern."""
        if not regex and case:
            return self._true(self._node().call("str.contains", pat, literal=True), na)
        pat = pattern_of(pat if regex else re.escape(pat), case, flags)
        return self._true(self._node().call("str.contains", pat), na)

    def match(self, pat: Any, case: bool = True, flags: int = 0, na: Any = None) -> Series:
        """Whether the text begins with the pattern."""
        return self._true(self._node().call("str.contains", _anchored(pattern_of(pat, case, flags), "")), na)

    def fullmatch(self, pat: Any, case: bool = True, flags: int = 0, na: Any = None) -> Series:
        """Whether the whole text is the pattern."""
        return self._true(self._node().call("str.contains", _anchored(pattern_of(pat, case, flags), "$")), na)

    def startswith(self, pat: Any, na: Any = None) -> Series:
        """Whether the text begins with `pat`, or with one of several."""
        return self._any("str.starts_with", pat, na)

    def endswith(self, pat: Any, na: Any = None) -> Series:
        """Whether the text ends with `pat`, or with one of several."""
        return self._any("str.ends_with", pat, na)

    def _any(self, name: str, pat: Any, na: Any) -> Series:
        nodes = [self._node().call(name, each) for each in ((pat,) if isinstance(pat, str) else pat)]
        return self._true(nodes[0] if len(nodes) == 1 else fn("any_horizontal", *nodes), na)

    def replace(
        self, pat: Any, repl: Any = None, n: int = -1, case: Any = None, flags: int = 0, regex: bool = False
    ) -> Series:
        """The text with `repl` in place of `pat`, everywhere or `n` times."""
        if callable(repl):
            needs_python("str.replace", "a pattern's groups can stand in the replacement: r'\\1-\\2'")
        if not regex and case in (None, True):
            written, options = pat, {"literal": True}
        else:
            written = pattern_of(pat if regex else re.escape(pat), case is not False, flags)
            repl = (
                re.sub(r"\\(\d)|\\g<(\w+)>", lambda m: f"${{{m[1] or m[2]}}}", repl.replace("$", "$$"))
                if regex
                else repl.replace("$", "$$")
            )
            options = {}
        if n == 0:
            return self._series
        found = self._node().call("str.replace_all", written, repl, **options) if n < 0 else self._node().call(
            "str.replace", written, repl, n=n, **options)  # fmt: skip
        return self._of(found, TEXT)

    def slice(self, start: Any = None, stop: Any = None, step: Any = None) -> Series:
        """The characters from `start` to before `stop`."""
        if step == -1 and start is None and stop is None:
            return self._of(self._node().call("str.reverse"), TEXT)
        if step not in (None, 1):
            unsupported("a slice of texts with a step", "s.str[::-1] turns them round")
        return self._of(_sliced(self._node(), start or 0, stop), TEXT)

    def get(self, i: int) -> Series:
        """The character, or the item of a list, in this place; missing where there is none."""
        if types.is_list(self._series.arrow_type):
            return self._of(self._node().call("list.get", i, null_on_oob=True), self._series.arrow_type.value_type)  # type: ignore[attr-defined]
        node = self._node()
        long = binary(">", node.call("str.len_chars"), i) if i >= 0 else binary(">=", node.call("str.len_chars"), -i)
        return self._of(case(long, node.call("str.slice", i, 1), None), TEXT)

    def __getitem__(self, key: Any) -> Series:
        return self.slice(key.start, key.stop, key.step) if isinstance(key, slice) else self.get(key)

    def len(self) -> Series:
        """The number of characters, or of a list's items."""
        name = "list.len" if types.is_list(self._series.arrow_type) else "str.len_chars"
        return self._counted(self._node().call(name))

    def count(self, pat: Any, flags: int = 0) -> Series:
        """How often the pattern occurs."""
        return self._counted(self._node().call("str.count_matches", pattern_of(pat, True, flags)))

    def find(self, sub: str, start: int = 0, end: Any = None) -> Series:
        """Where `sub` is first, in characters; -1 where it is not."""
        node = self._node() if end is None else self._node().call("str.head", end)
        rest = node.call("str.slice", start) if start else node
        before = (
            rest.call("str.split", sub).call("list.first").call("str.len_chars").call("cast", types.type_node(INT64))
        )
        there = rest.call("str.contains", sub, literal=True)
        place = binary("+", before, start) if start else before
        none = case(node.call("is_null"), None, -1)
        return self._counted(case(there, place, none))

    def index(self, sub: str, start: int = 0, end: Any = None) -> Series:
        """Where `sub` is first, as `find`: -1 where it is not, for which pandas raises."""
        return self.find(sub, start, end)

    def capitalize(self) -> Series:
        """The first letter in upper case, the others in lower case."""
        return self._of(_capital(self._node()), TEXT)

    def title(self) -> Series:
        """Each word's first letter in upper case, the others in lower case."""
        parts = self._node().call("str.extract_all", r"[\p{L}]+|[^\p{L}]+")
        return self._of(parts.call("list.eval", _capital(fn("element"))).call("list.join", ""), TEXT)

    def swapcase(self) -> Series:
        """Upper case for lower case, and lower for upper."""
        letter = fn("element")
        upper = binary("==", letter, letter.call("str.to_uppercase"))
        turned = case(upper, letter.call("str.to_lowercase"), letter.call("str.to_uppercase"))
        return self._of(self._node().call("str.split", "").call("list.eval", turned).call("list.join", ""), TEXT)

    def pad(self, width: int, side: str = "left", fillchar: str = " ") -> Series:
        """The text with `fillchar` beside it, until it has `width` characters."""
        ways = {"left": self.rjust, "right": self.ljust, "both": self.center}
        return (ways.get(side) or wrong(f"side is 'left', 'right' or 'both', not {side!r}"))(width, fillchar)

    def ljust(self, width: int, fillchar: str = " ") -> Series:
        """The text with `fillchar` behind it."""
        return self._of(self._node().call("str.pad_end", width, fillchar), TEXT)

    def rjust(self, width: int, fillchar: str = " ") -> Series:
        """The text with `fillchar` in front."""
        return self._of(self._node().call("str.pad_start", width, fillchar), TEXT)

    def center(self, width: int, fillchar: str = " ") -> Series:
        """The text with `fillchar` on both sides."""
        long = self._node().call("str.len_chars").call("cast", types.type_node(INT64))
        # Of an odd rest Python puts the one more in front where the width is odd, else behind.
        shift = binary("+", long, width + (1 if width % 2 else 0)) if width % 2 else binary("+", long, width)
        begun = self._node().call("str.pad_start", binary("//", shift, 2), fillchar)
        return self._of(begun.call("str.pad_end", width, fillchar), TEXT)

    def repeat(self, repeats: int) -> Series:
        """The text several times."""
        made = self._node().call("repeat_by", repeats).call("list.join", "")
        return self._of(case(self._node().call("is_null"), None, made), TEXT)

    def zfill(self, width: int) -> Series:
        """The text with zeros in front."""
        return self._of(self._node().call("str.zfill", max(width, 0)), TEXT)

    def slice_replace(self, start: Any = None, stop: Any = None, repl: str = "") -> Any:
        """The text with `repl` in place of a slice."""
        head: Any = self.slice(0, start) if start else ""
        tail: Any = self.slice(stop) if stop is not None else ""
        return head + (repl + tail)

    def islower(self) -> Series:
        """Whether all letters are in lower case, and there is one."""
        return self._true(self._cased("str.to_lowercase", "str.to_uppercase"))

    def isupper(self) -> Series:
        """Whether all letters are in upper case, and there is one."""
        return self._true(self._cased("str.to_uppercase", "str.to_lowercase"))

    def _cased(self, same: str, other: str) -> Node:
        node = self._node()
        return binary("&", binary("==", node, node.call(same)), binary("!=", node, node.call(other)))

    def istitle(self) -> Series:
        """Whether each word begins in upper case."""
        return (
            (self._series == self.title())
            & ~self._true(self._cased("str.to_lowercase", "str.to_lowercase"))
            & self.contains(r"\p{L}")
        )


def _anchored(pattern: str, end: str) -> str:
    flags = re.match(r"\(\?[a-z]+\)", pattern)
    head = flags[0] if flags else ""
    return f"{head}^(?:{pattern[len(head) :]}){end}"


def _capital(node: Node) -> Node:
    return binary(
        "+", node.call("str.head", 1).call("str.to_uppercase"), node.call("str.slice", 1).call("str.to_lowercase")
    )


def _sliced(node: Node, start: int, stop: Any) -> Node:
    if start < 0:
        node, start = node.call("str.tail", -start), 0
        if stop is not None and stop >= 0:
            unsupported("a slice of texts from the end to a place from the start", "slice twice")
    if stop is None:
        return node.call("str.slice", start) if start else node
    if stop < 0:
        return (node.call("str.slice", start) if start else node).call("str.head", stop)
    return node.call("str.slice", start, max(0, stop - start))


STR: dict[str, tuple[str, Any]] = {
    "lower": ("str.to_lowercase", TEXT),
    "upper": ("str.to_uppercase", TEXT),
    "casefold": ("str.to_lowercase", TEXT),
    "strip": ("str.strip_chars", TEXT),
    "lstrip": ("str.strip_chars_start", TEXT),
    "rstrip": ("str.strip_chars_end", TEXT),
    "removeprefix": ("str.strip_prefix", TEXT),
    "removesuffix": ("str.strip_suffix", TEXT),
    "normalize": ("str.normalize", TEXT),
}


KINDS = {
    "isalpha": r"^\p{L}+$", "isdigit": r"^[\p{Nd}²³¹⁰-⁹₀-₉]+$", "isdecimal": r"^\p{Nd}+$", "isnumeric": r"^\p{N}+$",
    "isalnum": r"^[\p{L}\p{N}]+$", "isspace": r"^\s+$",
}  # fmt: skip


def _texts(kind: pa.DataType) -> bool:
    return types.is_text(kind) or types.is_list(kind) or types.is_bytes(kind)
