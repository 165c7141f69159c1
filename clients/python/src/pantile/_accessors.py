"""`.str`, `.dt` and `.cat`: functions of texts, of times and of categories, most of them one line of a table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._column import Column, chosen, clean
from pantile._dataframe import DataFrame
from pantile._freq import rule_of
from pantile._program import Node, binary, case, col, fn, lit
from pantile._refusals import AttributeMissing, nearest, needs_python, unsupported, wrong
from pantile._rows import RANGE, Level, flat
from pantile._series import Series

TEXT, INT64, BOOL = types.STRING, types.INT64, types.BOOL


class Accessor:
    """Functions of a column of one kind."""

    def __init__(self, series: Series) -> None:
        self._series = series

    def _node(self) -> Node:
        return clean(self._series._column).node

    def _of(self, node: Node, kind: pa.DataType | None) -> Series:
        return self._series._like(Column(node, kind))

    def _counted(self, node: Node, kind: pa.DataType = INT64) -> Series:
        return self._of(node.call("cast", types.type_node(kind)), kind)

    def _true(self, node: Node, na: Any = None) -> Series:
        """A boolean that is False where nothing is there, or as `na` says."""
        if na is not None and na == na:
            return self._series._like(Column(node.call("fill_null", bool(na)), BOOL))
        return self._series._like(Column(node, BOOL, null=False))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        known = [each for each in dir(type(self)) if not each.startswith("_")]
        raise AttributeMissing(f".{type(self).__name__.lower()} has no {name!r}", hint=nearest(name, known))


# Texts.

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


class Str(Accessor):
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

    def split(self, pat: Any = None, *, n: int = -1, expand: bool = False, regex: Any = None) -> Any:
        """The parts of the text as lists; with `expand` and `n`, as `n` + 1 columns."""
        if expand:
            return self._expanded(pat, n)
        if pat is None:
            if n > 0:
                unsupported("split by white space with n", "give the separator")
            return self._of(self._node().call("str.extract_all", r"\S+"), pa.list_(TEXT))
        if regex or (regex is None and len(pat) > 1 and re.escape(pat) != pat):
            return self._of(self._node().call("str.split", pattern_of(pat), literal=False), pa.list_(TEXT))
        if n > 0:
            made = self._node().call("str.splitn", pat, n + 1)
            fields = [made.call("struct.field", f"field_{at}") for at in range(n + 1)]
            made = fn("concat_list", *fields).call("list.drop_nulls")
            return self._of(case(self._node().call("is_null"), None, made), pa.list_(TEXT))
        return self._of(self._node().call("str.split", pat), pa.list_(TEXT))

    def rsplit(self, pat: Any = None, *, n: int = -1, expand: bool = False) -> Any:
        """The parts of the text as lists, cut at the last `n` places; with `expand`, as `n` + 1 columns."""
        if n <= 0 or pat is None:
            return self.split(pat, n=n, expand=expand)
        parts = self._node().call("str.split", pat)
        more = binary(">", parts.call("list.len"), n)
        rest = binary("-", parts.call("list.len").call("cast", types.type_node(INT64)), n)
        front = parts.call("list.head", rest).call("list.join", pat)
        made = case(more, fn("concat_list", front, parts.call("list.tail", n)), parts)
        if not expand:
            return self._of(made, pa.list_(TEXT))
        columns = {str(at): Column(made.call("list.get", at, null_on_oob=True), TEXT) for at in range(n + 1)}
        return DataFrame._of(self._series._rows, columns, self._series._index)

    def _expanded(self, pat: Any, n: int) -> DataFrame:
        if n < 0 or pat is None:
            unsupported(
                "split(expand=True) makes as many columns as the rows have parts", "say how many: n=1 and the separator"
            )
        made = self._node().call("str.splitn", pat, n + 1)
        columns = {str(at): Column(made.call("struct.field", f"field_{at}"), TEXT) for at in range(n + 1)}
        return DataFrame._of(self._series._rows, columns, self._series._index)

    def partition(self, sep: str = " ", expand: bool = True) -> DataFrame:
        """What is before the first `sep`, `sep`, and what is behind it."""
        made = self._node().call("str.splitn", sep, 2)
        there = self._node().call("str.contains", sep, literal=True)
        parts = [
            made.call("struct.field", "field_0"),
            case(there, sep, lit("")),
            made.call("struct.field", "field_1").call("fill_null", ""),
        ]
        missing = self._node().call("is_null")
        columns = {str(at): Column(case(missing, None, part), TEXT) for at, part in enumerate(parts)}
        return DataFrame._of(self._series._rows, columns, self._series._index)

    def extract(self, pat: Any, flags: int = 0, expand: bool = True) -> Any:
        """What the groups of the pattern match where it occurs first: a column for each."""
        written = pattern_of(pat, True, flags)
        names = group_names(pat)
        columns = {
            name: Column(self._node().call("str.extract", written, at + 1), TEXT) for at, name in enumerate(names)
        }
        if not expand and len(columns) == 1:
            return self._series._like(next(iter(columns.values())))
        return DataFrame._of(self._series._rows, columns, self._series._index)

    def extractall(self, pat: Any, flags: int = 0) -> DataFrame:
        """What the groups match, a row for each place where the pattern occurs."""
        written, names, series = pattern_of(pat, True, flags), group_names(pat), self._series
        index = series._index or RANGE
        found = Column(self._node().call("str.extract_all", written), pa.list_(TEXT))
        count = Column(fn("int_range", 0, found.node.call("list.len")), None)
        plain = flat(series._rows, {"__found": found, "__row": Column(fn("int_range", fn("len")), INT64)}, index)
        node = plain.rows.node.call("explode", "__found").call("drop_nulls", ["__found"])
        node = node.call("with_columns", match=fn("int_range", fn("len")).call("over", "__row"))
        for at, name in enumerate(names):
            node = node.call("with_columns", **{name: col("__found").call("str.extract", written, at + 1)})
        del count
        rows = type(plain.rows)(series.client, node, (*plain.rows.names, "match", *names))
        columns = {name: Column(col(name), TEXT) for name in names}
        return DataFrame._of(rows, columns, (*plain.index, Level("match", Column(col("match"), INT64))))

    def findall(self, pat: Any, flags: int = 0) -> Series:
        """All parts of the text that the pattern matches, as lists."""
        written = pattern_of(pat, True, flags)
        found = self._node().call("str.extract_all", written)
        if re.compile(written).groups == 1:
            found = found.call("list.eval", fn("element").call("str.extract", written, 1))
        return self._of(found, pa.list_(TEXT))

    def cat(self, others: Any = None, sep: str | None = None, na_rep: str | None = None, join: Any = "left") -> Any:
        """The text and those of other columns, one behind the other; without `others`, all rows as one text."""
        from pantile._scalar import Scalar

        if others is None:
            base = self._node() if na_rep is None else self._node().call("fill_null", na_rep)
            return Scalar(self._series._rows, Column(base.call("str.join", sep or ""), TEXT))
        found = self._filled(self._series, na_rep)
        for other in others if isinstance(others, list | tuple) else [others]:
            found = (found + sep if sep else found) + self._filled(other, na_rep)
        return found.rename(self._series.name)

    def _filled(self, series: Series, na_rep: str | None) -> Series:
        return series if na_rep is None else series.fillna(na_rep)

    def join(self, sep: str) -> Series:
        """The items of lists as one text."""
        return self._of(self._node().call("list.join", sep), TEXT)

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
        node = self._node()
        rest = node.call("str.slice", 1).call("str.pad_start", width - 1, "0")
        signed = node.call("str.contains", "^[+-]")
        # The server's own `str.zfill` counts bytes.
        return self._of(
            case(signed, binary("+", node.call("str.head", 1), rest), node.call("str.pad_start", width, "0")), TEXT
        )

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


def group_names(pat: Any) -> list[str]:
    """The names of a pattern's groups, or their numbers from 0."""
    compiled = re.compile(pat)
    if not compiled.groups:
        wrong(f"the pattern {pat!r} has no groups", "put what you want between ( and )")
    named = {number: name for name, number in compiled.groupindex.items()}
    return [named.get(at + 1, str(at)) for at in range(compiled.groups)]


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

# Times.


class Dt(Accessor):
    """Functions of dates, times and lengths of time."""

    def _rounded(self, name: str, freq: Any) -> Series:
        if pa.types.is_duration(self._series.arrow_type):
            return self._cut(freq, {"dt.truncate": 0.0, "dt.round": 0.5}[name])
        return self._of(self._node().call(name, rule_of(freq).every), self._series.arrow_type)

    def _cut(self, freq: Any, share: float) -> Series:
        """Lengths of time in whole lengths of `freq`; `share` of one is added before."""
        rule, kind = rule_of(freq), self._series.arrow_type
        if rule.unit not in MICROSECONDS:
            unsupported(f"lengths of time in {freq!r} are not done here", f"there are: {', '.join(MICROSECONDS)}")
        unit = rule.times * MICROSECONDS[rule.unit]
        found = self._node().call("dt.total_microseconds")
        found = binary("*", binary("//", binary("+", found, int(share * unit)), unit), unit)
        micro = pa.duration("us")
        made = found.call("cast", types.type_node(micro))
        return self._of(made if kind == micro else made.call("cast", types.type_node(kind)), kind)

    def floor(self, freq: Any, **_: Any) -> Series:
        """The start of the length of time `freq` that it is in."""
        return self._rounded("dt.truncate", freq)

    def round(self, freq: Any, **_: Any) -> Series:
        """The nearest start of a length of time `freq`."""
        return self._rounded("dt.round", freq)

    def ceil(self, freq: Any, **_: Any) -> Series:
        """The next start of a length of time `freq`."""
        if pa.types.is_duration(self._series.arrow_type):
            return -(-self._series).dt.floor(freq)
        every = rule_of(freq).every
        low = self._node().call("dt.truncate", every)
        return self._of(
            case(binary("==", low, self._node()), low, low.call("dt.offset_by", every)), self._series.arrow_type
        )

    def strftime(self, date_format: str) -> Series:
        """The time as a text."""
        return self._of(self._node().call("dt.strftime", of_chrono(date_format)), TEXT)

    def day_name(self, locale: Any = None) -> Series:
        """The name of the day of the week."""
        return self._of(self._node().call("dt.strftime", "%A"), TEXT)

    def month_name(self, locale: Any = None) -> Series:
        """The name of the month."""
        return self._of(self._node().call("dt.strftime", "%B"), TEXT)

    def tz_localize(self, tz: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> Series:
        """The same reading of the clock in a zone, or without one."""
        unit = getattr(self._series.arrow_type, "unit", "us")
        return self._of(
            self._node().call("dt.replace_time_zone", None if tz is None else str(tz)),
            pa.timestamp(unit, None if tz is None else str(tz)),
        )

    def tz_convert(self, tz: Any) -> Series:
        """The same moment on the clocks of a zone."""
        unit = getattr(self._series.arrow_type, "unit", "us")
        found = self._node().call("dt.convert_time_zone", "UTC" if tz is None else str(tz))
        return (
            self._of(found, pa.timestamp(unit, str(tz)))
            if tz is not None
            else self._of(found.call("dt.replace_time_zone", None), pa.timestamp(unit))
        )

    def normalize(self) -> Series:
        """Midnight of the day."""
        return self._of(self._node().call("dt.truncate", "1d"), self._series.arrow_type)

    def total_seconds(self) -> Series:
        """The length of time in seconds, with a fraction."""
        return self._of(self._node().call("dt.total_seconds", fractional=True), types.FLOAT64)

    def isocalendar(self) -> DataFrame:
        """Year, week and day as ISO 8601 counts them."""
        names = {"year": "dt.iso_year", "week": "dt.week", "day": "dt.weekday"}
        kind = types.type_node(pa.uint32())
        columns = {name: Column(self._node().call(way).call("cast", kind), pa.uint32()) for name, way in names.items()}
        return DataFrame._of(self._series._rows, columns, self._series._index)

    @property
    def tz(self) -> Any:
        """The zone, or None."""
        zone = getattr(self._series.arrow_type, "tz", None)
        if zone is None:
            return None
        import zoneinfo

        return zoneinfo.ZoneInfo(zone)

    @property
    def unit(self) -> str:
        """The unit in which times are kept."""
        return getattr(self._series.arrow_type, "unit", "s")

    @property
    def components(self) -> DataFrame:
        """Days, hours, minutes and the rest of lengths of time, a column each."""
        columns = {name: Column(_part(self._node(), *span), INT64) for name, span in COMPONENTS.items()}
        columns["nanoseconds"] = _nanosecond(self)._column
        return DataFrame._of(self._series._rows, columns, self._series._index)

    def as_unit(self, unit: str) -> Series:
        """The times kept in another unit."""
        kind = self._series.arrow_type
        made = pa.duration(unit) if pa.types.is_duration(kind) else pa.timestamp(unit, kind.tz)  # type: ignore[attr-defined]
        return self._of(self._node().call("dt.cast_time_unit", unit), made)


DAY = 86_400_000_000
MICROSECONDS = {"d": DAY, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}
COMPONENTS = {
    "days": (DAY, None), "hours": (3_600_000_000, 24), "minutes": (60_000_000, 60), "seconds": (1_000_000, 60),
    "milliseconds": (1_000, 1_000), "microseconds": (1, 1_000),
}  # fmt: skip


def _part(node: Node, unit: int, modulus: int | None) -> Node:
    """Whole units of a length of time, counted down from below as pandas does."""
    whole = node.call("dt.total_microseconds")
    found = binary("//", whole, unit) if unit > 1 else whole
    return found if modulus is None else binary("%", found, modulus)


def of_chrono(text: str) -> str:
    """A format of Python's as the server reads it: its fractions of a second bring their point."""
    return text.replace(".%f", "%.6f").replace("%f", "%6f")


DT: dict[str, tuple[str, pa.DataType, int]] = {
    "year": ("dt.year", pa.int32(), 0), "month": ("dt.month", pa.int32(), 0), "day": ("dt.day", pa.int32(), 0),
    "hour": ("dt.hour", pa.int32(), 0), "minute": ("dt.minute", pa.int32(), 0), "second": ("dt.second", pa.int32(), 0),
    "microsecond": ("dt.microsecond", pa.int32(), 0), "quarter": ("dt.quarter", pa.int32(), 0),
    "weekday": ("dt.weekday", pa.int32(), 1), "dayofweek": ("dt.weekday", pa.int32(), 1),
    "day_of_week": ("dt.weekday", pa.int32(), 1), "dayofyear": ("dt.ordinal_day", pa.int32(), 0),
    "day_of_year": ("dt.ordinal_day", pa.int32(), 0), "days_in_month": ("dt.days_in_month", pa.int32(), 0),
    "daysinmonth": ("dt.days_in_month", pa.int32(), 0), "week": ("dt.week", pa.uint32(), 0),
    "weekofyear": ("dt.week", pa.uint32(), 0),
}  # fmt: skip
PLAIN = {"date": ("dt.date", pa.date32()), "time": ("dt.time", pa.time64("ns"))}
LENGTHS = {"days": (DAY, None), "seconds": (1_000_000, 86_400), "microseconds": (1, 1_000_000)}


def _is(build: Callable[[Node], Node]) -> property:
    return property(lambda self: self._true(build(self._node())))


def _month(node: Node, remainder: int, every: int = 3) -> Node:
    return binary("==", binary("%", node.call("dt.month"), every), remainder)


def _first(node: Node) -> Node:
    return binary("==", node.call("dt.day"), 1)


def _last(node: Node) -> Node:
    return binary("==", node.call("dt.day"), node.call("dt.days_in_month"))


TRUTHS: dict[str, Callable[[Node], Node]] = {
    "is_leap_year": lambda node: node.call("dt.is_leap_year"), "is_month_start": _first, "is_month_end": _last,
    "is_quarter_start": lambda node: binary("&", _first(node), _month(node, 1)),
    "is_quarter_end": lambda node: binary("&", _last(node), _month(node, 0)),
    "is_year_start": lambda node: binary("==", node.call("dt.ordinal_day"), 1),
    "is_year_end": lambda node: binary("&", _last(node), binary("==", node.call("dt.month"), 12)),
}  # fmt: skip

# Categories.


class Cat(Accessor):
    """Functions of categories, which are here the different values in order."""

    known = True
    ordered = False

    @property
    def categories(self) -> Any:
        """The categories, lazily."""
        from pantile._index import Index

        found = self._text().dropna().unique().sort_values()
        return Index(found._rows, (Level(None, found._column),))

    @property
    def codes(self) -> Series:
        """The number of each value's category, -1 where there is none."""
        place = binary("-", self._text()._column.node.call("rank", "dense").call("cast", types.type_node(INT64)), 1)
        return self._series._like(
            Column(place.call("fill_null", -1).call("cast", types.type_node(pa.int8())), pa.int8()), None
        )

    def _text(self) -> Series:
        return self._series.astype("str")

    def rename_categories(self, new_categories: Any) -> Series:
        """The categories under other names."""
        return self._text().replace(new_categories).astype("category")

    def remove_categories(self, removals: Any) -> Series:
        """Missing values in place of these categories."""
        gone = [removals] if isinstance(removals, str) else list(removals)
        return self._text().mask(self._text().isin(gone), None).astype("category")

    def _itself(self, *_: Any, **__: Any) -> Series:
        return self._series

    as_known = as_unordered = remove_unused_categories = _itself

    def as_ordered(self) -> Series:
        """Refused: categories have no order of their own on the server."""
        unsupported("ordered categories are not done here", "map them to numbers, and sort by these")

    set_categories = reorder_categories = add_categories = lambda self, *_, **__: self.as_ordered()


def _accessor(kind: type[Accessor], good: Callable[[pa.DataType], bool], what: str) -> property:
    def get(self: Series) -> Accessor:
        if not good(self.arrow_type):
            raise AttributeMissing(f"{what} is not of {self.arrow_type}", hint="astype makes it another type")
        return kind(self)

    return property(get)


def _simple(name: str, kind: Any) -> Callable[..., Series]:
    return lambda self, *arguments: self._of(self._node().call(name, *(x for x in arguments if x is not None)), kind)


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
    Series.cat = _accessor(Cat, pa.types.is_dictionary, ".cat")  # type: ignore[attr-defined]


def _nanosecond(self: Dt) -> Series:
    length = pa.types.is_duration(self._series.arrow_type)
    found = self._node().call("dt.total_nanoseconds" if length else "dt.nanosecond")
    return self._counted(binary("%", found, 1000), INT64 if length else pa.int32())


def _texts(kind: pa.DataType) -> bool:
    return types.is_text(kind) or types.is_list(kind) or types.is_bytes(kind)


def _times(kind: pa.DataType) -> bool:
    return types.is_time(kind) or pa.types.is_duration(kind) or pa.types.is_time(kind)


install()
__all__ = ["Cat", "Dt", "Str", "chosen"]
