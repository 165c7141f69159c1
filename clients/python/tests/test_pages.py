"""Every example of every page of the language through the client, its frames sent by name; some as they stand.

The pages and how their rows are drawn come from the repository's tests, which ask the server without the client.
"""

from __future__ import annotations

import functools

import polars as pl
import pyarrow as pa
import pytest
from pages import EXAMPLES, drawn, frames, squeezed

import pantile


@pytest.fixture(scope="module")
def flying(server):
    with pantile.connect(server.url, flight=True) as client:
        yield client


def rows(client: pantile.Client, program: str, values: dict | None = None) -> str:
    """The answer as pages write it."""
    return drawn(pl.from_arrow(client.run(program, values).read_all()))


@functools.cache
def frame_of(client: pantile.Client, written: str) -> pa.Table:
    """A frame that pages write out; many write the same."""
    return client.run(written).read_all()


def sent_by_name(client: pantile.Client, program: str) -> tuple[str, dict]:
    """The program with a name for each frame that it writes out, and the rows that go under the names."""
    values = {}
    for number, written in enumerate(frames(program)):
        values[f"sent_{number}"] = frame_of(client, written)
        program = program.replace(written, f"sent_{number}", 1)
    return program, values


@pytest.mark.parametrize(("program", "expected"), EXAMPLES[::3])
def test_a_page_as_it_stands(client, program, expected):
    assert rows(client, program) == squeezed(expected)


@pytest.mark.parametrize(("program", "expected"), EXAMPLES)
def test_a_page_with_its_frames_sent(client, program, expected):
    assert rows(client, *sent_by_name(client, program)) == squeezed(expected)


@pytest.mark.parametrize(("program", "expected"), EXAMPLES[::5])
def test_a_page_is_described_as_it_is_answered(client, program, expected):
    schema = client.describe(program)
    assert drawn(pl.from_arrow(schema.empty_table())) == squeezed(expected).split("\n")[0]


@pytest.mark.parametrize(("program", "expected"), EXAMPLES[::10])
def test_a_page_over_flight(flying, program, expected):
    assert rows(flying, program) == squeezed(expected)


@pytest.mark.parametrize(("program", "expected"), EXAMPLES[::40])
def test_a_wrong_value_is_seen(client, program, expected):
    *lines, last = expected.split("\n")
    wrong = "\n".join([*lines, last[:-1] + ("0" if last[-1] != "0" else "1")])
    for case in (test_a_page_as_it_stands, test_a_page_with_its_frames_sent):
        with pytest.raises(AssertionError):
            case(client, program, wrong)
