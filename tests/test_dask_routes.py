"""`docs/reference/coming-from-dask.md`: every name of Dask's that people use has a line, and what its two sides say is the same.

`dask_names.csv` holds the names, and what each would need. A line's left side is run by pandas, its right side over the
wire; where there is none, the line says why, and a name that needs nothing but frames may not do so.
"""

import csv
import datetime
import math
import re
from pathlib import Path

import numpy
import pandas
import pyarrow as pa
import pytest
from test_pages import asked

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs/reference/coming-from-dask.md"
NAMES = list(csv.DictReader((HERE / "dask_names.csv").open()))
REASONS = ("client", "function", "partitions", "HTTP")
ROW = re.compile(r"\| (.*?) \| (.*?) ?\| (.*) \|")


def lines():
    """Each line of the page's tables: its section, name, and two sides."""
    section = None
    for line in PAGE.read_text().split("\n"):
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif section and (found := ROW.fullmatch(line.replace("\\|", "\0"))):
            name, pandas_side, here = (cell.strip().strip("`").replace("\0", "|") for cell in found.groups())
            if pandas_side not in ("in pandas", "---"):
                yield section, name, pandas_side, here


LINES = list(lines())
BOTH = [pytest.param(ours, here, id=f"{section} {name}") for section, name, ours, here in LINES if ours]


def test_each_name_has_a_line():
    listed = [(section, name) for section, name, _, _ in LINES]
    assert len(listed) == len(set(listed)), "each once"
    assert set(listed) == {(row["section"], row["name"]) for row in NAMES}


def test_a_name_without_a_program_says_why():
    needs = {(row["section"], row["name"]): row["needs"] for row in NAMES}
    for section, name, ours, here in LINES:
        if not ours:
            assert here.split(":")[0] in REASONS, (section, name)
            assert needs[section, name] != "frames", (section, name)


@pytest.fixture(scope="module")
def frames(server):
    """The page's rows, in pandas and in tables."""
    day = pandas.Timestamp
    held = {
        "df": pandas.DataFrame({
            "k": ["a", "b", "a", "b", "a"],
            "s": ["ann lee", "Bob", "cy-7", "dee 42", "Éva"],
            "n": [3, 1, 2, 5, 4],
            "x": [1.5, None, -2.0, 4.0, 0.5],
            "b": [True, False, True, False, True],
            "at": [day("2024-01-31 10:20:30"), day("2024-02-29"), day("2024-01-01 23:59:59"),
                   day("2024-03-15 12:40"), day("2024-02-10 06:00")],
            "w": [7, 1, 4, 1, 8],
        }),
        "other": pandas.DataFrame({"k": ["a", "c"], "y": [10, 30]}),
        "times": pandas.DataFrame({"at": [day("2024-01-01"), day("2024-02-15")], "v": [1, 2]}),
    }
    for name, frame in held.items():
        server.put(f"dask_{name}", pa.Table.from_pandas(frame, preserve_index=False))
    return held


@pytest.mark.parametrize(("ours", "here"), BOTH)
def test_both_sides_say_the_same(server, frames, ours, here):
    expected = eval(ours, {"pd": pandas, "np": numpy, **frames})
    used = [name for name in frames if re.search(rf"\b{name}\b", here)]
    bound = "".join(f'{name} = table("dask_{name}")\n' for name in used)
    got = asked(server, bound + here)
    names, rows = shown(expected)
    if names:
        assert got.columns == names
    assert len(got.rows()) == len(rows), (got, expected)
    assert all(alike(one, other) for one, other in zip(got.rows(), rows, strict=True)), (got, expected)


def shown(value):
    """What pandas answers, as rows, with names where it has them."""
    if isinstance(value, pandas.Series):
        labelled = value.index.names != [None]
        value = value.reset_index() if labelled else value.to_frame()
        return None, list(value.itertuples(index=False, name=None))
    if isinstance(value, pandas.DataFrame):
        if any(value.index.names) and None not in value.index.names:
            value = value.reset_index()
        named = all(isinstance(name, str) for name in value.columns)
        return (list(value.columns) if named else None), list(value.itertuples(index=False, name=None))
    if isinstance(value, pandas.Index):
        return None, [(one,) for one in value]
    return None, [(value,)]


def alike(one, other):
    return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))


def same(ours, theirs):
    if isinstance(theirs, (list, numpy.ndarray)):
        return list(ours) == list(theirs)
    if theirs is None or theirs is pandas.NaT or (isinstance(theirs, float) and math.isnan(theirs)):
        return ours is None or (isinstance(ours, float) and math.isnan(ours))
    if isinstance(ours, (int, float)) and not isinstance(ours, bool):
        return math.isclose(ours, float(theirs), rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(ours, datetime.datetime):
        return pandas.Timestamp(ours) == theirs
    return ours == theirs


def test_a_wrong_line_fails(server, frames):
    """The comparison tells rows apart: by value, by number, by null."""
    for here in ("df.select(col(\"n\") + 1)", "df.select(\"n\").head(4)", "df.select(\"x\")", "df.select(\"n\", \"w\")"):
        with pytest.raises(AssertionError):
            test_both_sides_say_the_same(server, frames, "df[[\"n\"]]", here)
    assert not same(1, None) and not same(None, 1) and same(None, float("nan"))
