"""Every example of every page of the expression language: asked over the wire, and of Polars in this process.

An example's frames are written out. Over the wire they are written out, too, and kept in tables of no, one and three
partitions; Polars is given the same text as Python. All must draw the rows that the page shows.
"""

import functools
import math
import re

import pandas
import polars
import polars.selectors
import pytest
from harness import ARROW_STREAM
from pages import EXAMPLES, drawn, frames, held_alike, squeezed


@pytest.mark.parametrize(("program", "expected"), EXAMPLES)
def test_over_the_wire(server, program, expected):
    assert drawn(asked(server, program)) == squeezed(expected)


@pytest.mark.parametrize(("program", "expected"), EXAMPLES)
def test_in_polars(program, expected):
    """Polars itself, in the same words."""
    assert drawn(in_polars(program)) == squeezed(expected)


@pytest.mark.parametrize(("program", "expected"), EXAMPLES)
@pytest.mark.parametrize("partitions", [1, 3])
def test_over_tables(server, name, program, expected, partitions):
    """The frames that the program begins with, kept as tables."""
    text, count = program, 0
    for written in frames(program):
        table = f"{name}_{count}"
        count += 1
        frame = asked(server, written)
        rows = -(-frame.height // partitions)
        for start in range(0, frame.height, rows) if frame.height else [0]:
            part = frame.slice(start, rows).to_arrow()
            server.append(table, part) if start else server.put(table, part)
        text = text.replace(written, f'table("{table}")', 1)
    if held_alike(program):
        assert drawn(asked(server, text)) == squeezed(expected)


@pytest.mark.parametrize(("program", "expected"), EXAMPLES[::20])
def test_a_wrong_value_is_seen(server, name, program, expected):
    *rows, last = expected.split("\n")
    wrong = "\n".join([*rows, last[:-1] + ("0" if last[-1] != "0" else "1")])
    for case in [lambda: test_over_the_wire(server, program, wrong), lambda: test_in_polars(program, wrong)]:
        with pytest.raises(AssertionError):
            case()
    if held_alike(program):
        with pytest.raises(AssertionError):
            test_over_tables(server, name, program, wrong, 3)


def asked(server, program):
    headers = {"Accept": ARROW_STREAM, "Content-Type": "text/x-python"}
    return polars.read_ipc_stream(server.post("/v1/expressions", program.encode(), headers=headers).content)


def of_frames(method):
    """A verb that Polars has of frames in memory, asked of a lazy one."""
    return lambda frame, *args, **kwargs: method(frame.collect(), *args, **kwargs).lazy()


# Rows keep their order here where Polars, without a word on it, gives them in any.
for verb in ["group_by", "merge_sorted", "unique"]:
    ordered = functools.partialmethod(getattr(polars.LazyFrame, verb), maintain_order=True)
    setattr(polars.LazyFrame, verb, ordered)
JOIN = polars.LazyFrame.join


def joined(frame, other, on=None, how="inner", maintain_order=None, **more):
    order = maintain_order or ("right_left" if how == "right" else "left_right")
    return JOIN(frame, other, on, how, maintain_order=order, **more)


PIVOT = polars.LazyFrame.pivot


def pivoted(frame, on, on_columns=None, *, sort_columns=False, maintain_order=True, **more):
    """As Polars' frames in memory have it, which look for the values themselves."""
    if on_columns is None:
        values = frame.select(on).unique(maintain_order=True).collect()
        on_columns = values.sort(on) if sort_columns else values
    return PIVOT(frame, on, on_columns, maintain_order=maintain_order, **more)


polars.LazyFrame.join = joined
polars.LazyFrame.pivot = pivoted
polars.LazyFrame.to_dummies = of_frames(polars.DataFrame.to_dummies)
polars.LazyFrame.transpose = of_frames(polars.DataFrame.transpose)
DESCRIBE = polars.LazyFrame.describe
polars.LazyFrame.describe = lambda frame, *args, **kwargs: DESCRIBE(frame, *args, **kwargs).lazy()
polars.LazyFrame.distinct = polars.LazyFrame.unique
polars.LazyFrame.sample = of_frames(functools.partial(polars.DataFrame.sample, seed=0))
polars.LazyFrame.upsample = of_frames(functools.partial(polars.DataFrame.upsample, maintain_order=True))


def counted(frame, *columns, sort=True, name=None, normalize=False, drop_nulls=False):
    """`value_counts`, which Polars has of one column alone."""
    frame, name = frame.select(columns or polars.all()), name or ("proportion" if normalize else "count")
    frame = frame.drop_nulls() if drop_nulls else frame
    counts = frame.group_by(frame.collect_schema().names(), maintain_order=True).agg(polars.len().alias(name))
    counts = counts.sort(name, descending=True, maintain_order=True) if sort else counts
    return counts.with_columns(polars.col(name) / polars.col(name).sum()) if normalize else counts


polars.LazyFrame.value_counts = counted


GROUP_BY = polars.LazyFrame.group_by


def grouped(frame, *by, **named):
    groups = GROUP_BY(frame, *by, **named)
    groups.transform = lambda *columns, **more: frame.with_columns(
        *(column.over(*by) for column in columns), **{name: column.over(*by) for name, column in more.items()}
    )
    return groups


polars.LazyFrame.group_by = grouped


class Resampled:
    """`resample`, whose windows are pandas', and what each comes to Polars'."""

    UNITS = {"ns": "ns", "us": "us", "ms": "ms", "s": "s", "m": "min", "h": "h", "d": "D", "w": "W-MON", "mo": "MS", "q": "QS", "y": "YS", "i": "ns"}

    def __init__(self, frame, index_column, every, *, closed=None, label=None, origin=None, offset=None, group_by=()):
        self.frame, self.index, self.by = frame.collect(), index_column, [group_by] if isinstance(group_by, str) else list(group_by)
        self.kind = self.frame.schema[index_column]
        right = "right" if origin in ("end", "end_day") else "left"
        self.how = {"closed": closed or right, "label": label or right, "origin": origin or ("epoch" if self.kind.is_integer() else "start_day")}
        self.rule = self.length(every)
        self.offset = offset and pandas.Timedelta(self.length(offset))

    def length(self, text):
        [(number, unit)] = re.findall(r"(-?\d+)([a-z]+)", text)
        return number.removesuffix("1") + self.UNITS[unit]

    def agg(self, *columns, **named):
        held = self.frame.drop_nulls(self.index)
        parts = held.partition_by(self.by, maintain_order=True) if self.by else [held]
        rows = [row for part in parts if part.height for row in self.rows(part, columns, named)]
        made = polars.concat(rows) if rows else self.row(held, None, [], columns, named)
        return (made if rows else made.clear()).lazy()

    def rows(self, part, columns, named):
        times = pandas.DatetimeIndex(part[self.index].to_numpy()) if self.kind.is_integer() else pandas.DatetimeIndex(part[self.index].to_list())
        numbers = pandas.Series(range(part.height), index=times)
        for label, rows in numbers.resample(self.rule, offset=self.offset, **self.how).apply(list).items():
            label = label.value if self.kind.is_integer() else label.to_pydatetime(warn=False)
            yield self.row(part, label.date() if self.kind == polars.Date else label, rows, columns, named)

    def row(self, part, label, rows, columns, named):
        """The window's row: what is not aggregated is a list."""
        columns = [*columns, *(column.alias(name) for name, column in named.items())]
        index = polars.DataFrame({self.index: [label]}, schema={self.index: self.kind})
        made = (self.value(part, part[sorted(rows)], column) for column in columns)
        by = part.select(self.by)
        return polars.concat([by.head(1) if part.height else by.clear(1), index, *made], how="horizontal")

    def value(self, part, rows, column):
        made = rows.select(column)
        return made if part.clear().select(column).height == 1 else made.select(polars.all().implode())

    def len(self):
        return self.agg(polars.len())

    def sum(self):
        return self.agg(polars.exclude(self.index, *self.by).sum())


polars.LazyFrame.resample = lambda frame, *args, **kwargs: Resampled(frame, *args, **kwargs)


def in_polars(program):
    *lines, last = program.strip().split("\n")
    words = words_of_polars()
    exec("\n".join(lines), words)
    made = eval(last, words)
    return made.collect() if isinstance(made, polars.LazyFrame) else made


def words_of_polars():
    """The language's free names, as Polars has them."""
    words = {name: getattr(polars, name) for name in dir(polars) if not name.startswith("_")}
    # Polars asks for `len()` where nothing is named.
    words["count"] = lambda *names: polars.count(*names) if names else polars.len()
    return {**words, "cs": polars.selectors, "frame": written_out, "nan": math.nan, "inf": math.inf}


def written_out(columns):
    """`frame`: a value that is no list stands in every row."""
    height = max((len(values) for values in columns.values() if isinstance(values, list)), default=1)
    return polars.LazyFrame({
        name: [plain(value) for value in (values if isinstance(values, list) else [values] * height)]
        for name, values in columns.items()
    }, strict=False)


def plain(value):
    """A value: dates and times are expressions in Polars, and of one row here."""
    return polars.select(value).item() if isinstance(value, polars.Expr) else value
