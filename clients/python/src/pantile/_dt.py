"""`.dt`: functions of times, dates and lengths of time, most of them one line of a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from pantile import _dtypes as types
from pantile._accessor import INT64, TEXT, Accessor
from pantile._column import Column
from pantile._dataframe import DataFrame
from pantile._freq import rule_of
from pantile._program import Node, binary, case
from pantile._refusals import unsupported
from pantile._series import Series


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


def _nanosecond(self: Dt) -> Series:
    length = pa.types.is_duration(self._series.arrow_type)
    found = self._node().call("dt.total_nanoseconds" if length else "dt.nanosecond")
    return self._counted(binary("%", found, 1000), INT64 if length else pa.int32())


def _times(kind: pa.DataType) -> bool:
    return types.is_time(kind) or pa.types.is_duration(kind) or pa.types.is_time(kind)
