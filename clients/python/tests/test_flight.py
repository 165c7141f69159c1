"""Questions over Arrow Flight."""

from __future__ import annotations

import pyarrow as pa
import pytest

import pantile
from pantile import _flight
from pantile._requests import Asked


@pytest.fixture(scope="module")
def flying(server):
    with pantile.connect(server.url, flight=True) as client:
        yield client


def test_a_program_with_values(flying):
    program = 'table("flights").filter(col("carrier").is_in(some), col("dep_delay") > least).select(n=len())'
    assert flying.run(program, {"some": ["UA", "DL"], "least": 120}).read_all().to_pydict() == {"n": [2457]}


@pytest.mark.parametrize("program", ['table("weather")', 'table("flights").sort("distance").select("distance")'])
def test_the_answer_is_that_of_http(flying, client, program):
    assert flying.run(program).read_all() == client.run(program).read_all()


def test_statements(flying, client):
    sql = "SELECT carrier, count(*) AS n FROM flights GROUP BY carrier ORDER BY n"
    assert flying.query(sql).read_all().to_pydict() == client.query(sql).read_all().to_pydict()


def test_what_flight_has_no_place_for_goes_over_http(flying):
    assert flying.run("sent", {"sent": pa.table({"a": [1]})}).read_all().to_pydict() == {"a": [1]}
    assert flying.query("SELECT $1 AS a", [1]).read_all().to_pydict() == {"a": [1]}
    assert flying.run('table("flights")', row_limit=3).read_all().num_rows == 3
    assert flying.query("SELECT * FROM flights", row_limit=3).read_all().num_rows == 3


WRONG = [
    ('table("flights").select("dep_dely")', pantile.ColumnNotFoundError, "unknown_column"),
    ('table("flight")', pantile.DatasetNotFoundError, "unknown_dataset"),
    ('table("flights").selct("carrier")', pantile.QuestionError, "invalid_program"),
]


@pytest.mark.parametrize(("program", "kind", "code"), WRONG)
def test_programs_that_are_wrong(flying, client, program, kind, code):
    with pytest.raises(kind) as caught:
        flying.run(program)
    with pytest.raises(kind) as over_http:
        client.run(program)
    assert (caught.value.code, caught.value.detail) == (code, over_http.value.detail)
    assert caught.value.hint == over_http.value.hint


def test_an_error_in_the_middle(flying):
    with pytest.raises(pantile.InvalidValueError):
        flying.query("SELECT CAST(carrier AS INT) AS a FROM flights").read_all()


def test_a_time_out(flying):
    with pytest.raises(pantile.TimeoutError):
        flying.query(
            "SELECT count(*) FROM flights a, flights b WHERE a.distance + b.distance = -1", timeout=0.3
        ).read_all()


def test_nobody_answers():
    flying = pantile.connect("http://127.0.0.1:9", flight=True)
    with pytest.raises(pantile.ConnectionError, match="no server answers"):
        flying.run('table("t")')


@pytest.mark.parametrize("number", [0, 1, 127, 128, 300, 1 << 20, (1 << 35) + 7])
def test_numbers_of_protobuf(number):
    assert _flight._number(_flight._varint(number) + b"rest", 0) == (number, len(_flight._varint(number)))


def test_messages_of_protobuf():
    message = _flight._any("a.b/c", b"x" * 300) + b"\x18\x07"
    assert list(_flight._fields(message)) == [(1, b"a.b/c"), (2, b"x" * 300)]
    assert _flight._info(b"") is None
    assert Asked().fields() == {}
