"""Verbs whose columns are values in rows: what is before them runs once for those, while the program is planned. And dates
that programs write where values are."""

import threading
import time
from datetime import date, datetime, timedelta

import polars
import pyarrow as pa
import pytest
import requests
from flightwire import Wire, pb
from harness import ARROW_STREAM, Server
from test_expressions import left_alone, place, ran, refused, wait_until

ROWS = 'frame({"k": ["x", "x", "y"], "on": ["b", "a", "b"], "v": [1, 2, 3]})'


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """A server for this file: what ends it ends no other suite's."""
    with Server(tmp_path_factory.mktemp("seen") / "data", "--memory", "1GiB") as running:
        parts = [pa.table({"k": ["x", "x"], "on": ["b", "a"], "v": [1, 2]}), pa.table({"k": ["y"], "on": ["b"], "v": [3]})]
        for number, part in enumerate(parts):
            running.append("rows", part) if number else running.put("rows", part)
        running.put("many", pa.table({"n": range(100_000)}))
        running.sql("CREATE VIEW seen AS SELECT k, \"on\", v FROM rows WHERE v < 3")
        yield running
        assert running.alive(), f"a test ended the server:\n{running.said()[-5000:]}"


@pytest.mark.parametrize("begin", [ROWS, 'table("rows")', 'sql("SELECT * FROM rows ORDER BY v")'])
def test_columns_come_in_the_order_of_their_values(one, begin):
    assert ran(one, f'{begin}.pivot("on", index="k", values="v")').to_dict(as_series=False) == {"k": ["x", "y"], "b": [1, 3], "a": [2, None]}
    sorted_ = ran(one, f'{begin}.pivot("on", index="k", values="v", sort_columns=True)')
    assert sorted_.columns == ["k", "a", "b"]
    assert ran(one, f'{begin}.drop("v").to_dummies("on")').rows() == [("x", 0, 1), ("x", 1, 0), ("y", 0, 1)]
    assert ran(one, f'{begin}.select("k", "v").unique("k", keep="first").transpose(column_names="k")').rows() == [(1, 3)]


def test_one_such_verb_after_another(one):
    program = 'a = table("rows").pivot("on", index="k", values="v")\na.to_dummies("k").transpose(include_header=True)'
    assert ran(one, program).rows() == [("k_x", 1, 0), ("k_y", 0, 1), ("b", 1, 3), ("a", 2, None)]
    twice = 'a = table("rows").pivot("on", index="k", values="v")\na.join(a, on="k").select("b", "a_right")'
    assert ran(one, twice).rows() == [(1, 2), (3, None)]
    assert ran(one, 'table("seen").pivot("on", index="k", values="v")').columns == ["k", "b", "a"]


def test_several_columns_become_one_name(one):
    frame = ran(one, f'{ROWS}.with_columns(w=col("v") > 1).pivot(["on", "w"], index="k", values="v")')
    assert frame.columns == ["k", '{"b",false}', '{"a",true}', '{"b",true}'] and frame.rows() == [("x", 1, 2, None), ("y", None, None, 3)]
    refused(one, f'{ROWS}.pivot(["k", "on"], ["a"], values="v")', "invalid_program")


def test_frames_without_rows_have_no_values(one):
    none = f"{ROWS}.clear()"
    assert ran(one, f'{none}.pivot("on", index="k", values="v")').schema == {"k": polars.String}
    assert ran(one, f"{none}.to_dummies()").shape == (0, 0)
    assert ran(one, f"{none}.transpose(include_header=True)").rows() == [("k",), ("on",), ("v",)]
    assert ran(one, "frame({}).transpose()").shape == ran(one, "frame({}).to_dummies()").shape == (0, 0)


def test_what_is_wrong_is_refused_before_it_runs(one):
    assert place(refused(one, f'{ROWS}.pivot("no", index="k", values="v")', "unknown_column"))
    assert "neither" in refused(one, f'{ROWS}.pivot("on")', "invalid_program")["detail"]
    assert "texts" in refused(one, f'{ROWS}.transpose(column_names="v")', "invalid_program")["detail"]
    assert "null" in refused(one, 'frame({"a": ["x", None], "b": [1, 2]}).transpose(column_names="a")', "invalid_program")["detail"]
    assert "2 names" in refused(one, f'{ROWS}.transpose(column_names=["a", "b"])', "invalid_program")["detail"]
    refused(one, 'frame({"a": ["x", "x"], "b": [1, 2]}).transpose(column_names="a")', "invalid_program")


@pytest.mark.parametrize("verb", ['pivot("n", index="m", values="m")', 'to_dummies("n")', "transpose()"])
def test_more_values_than_columns_may_be_are_refused(one, verb):
    problem = refused(one, f'table("many").with_columns(m=lit(1)).{verb}', "limit_program")
    assert problem["limit"] == "program_columns" and place(problem)


def test_flight_describes_them(one):
    with Wire(one) as wire:
        text = 'table("rows").pivot("on", index="k", values="v")'
        program = pb({1: 2, 2: pb({1: b"pantile.dev/expression", 2: text})})
        assert wire.schema(program).names == ["k", "b", "a"]
        assert wire.rows(program).to_pylist() == [{"k": "x", "b": 1, "a": 2}, {"k": "y", "b": 3, "a": None}]


ENDLESS = 'table("many").join(table("many").rename({"n": "m"}), how="cross").select((col("n") + col("m")).sum()).to_dummies()'


def test_a_timeout_ends_what_is_looked_at_first(one):
    began = time.monotonic()
    refused(one, ENDLESS, "timeout", timeout_ms=500)
    assert time.monotonic() - began < 5
    left_alone(one)


def test_a_cancel_ends_what_is_looked_at_first(one):
    headers, found = {"Pantile-Query-Id": "looks", "Accept": ARROW_STREAM}, []
    asking = threading.Thread(target=lambda: found.append(requests.post(one.url + "/v1/expressions", json={"program": ENDLESS}, headers=headers, timeout=60)))
    asking.start()
    wait_until(lambda: one.value("SELECT count(*) FROM system.queries WHERE query_id = 'looks'") == 1, 10, "it never ran")
    time.sleep(0.3)
    one.delete("/v1/statements/looks")
    asking.join(10)
    assert found[0].json()["code"] == "cancelled"
    left_alone(one)


# Dates and times, written out.


def test_frames_hold_dates_and_times(one):
    program = """frame({"d": [date(2024, 2, 29), None], "t": [datetime(2024, 1, 1, 12, 30), datetime(2024, 1, 2)],
        "z": datetime(2024, 7, 1, time_zone="Europe/Oslo"), "c": [time(12), time(1, 2, 3)], "l": duration(hours=2)})"""
    frame = ran(one, program)
    assert frame["d"].to_list() == [date(2024, 2, 29), None] and frame["l"].to_list() == [timedelta(hours=2)] * 2
    assert frame["t"].to_list() == [datetime(2024, 1, 1, 12, 30), datetime(2024, 1, 2)]
    assert frame["z"][0].isoformat() == "2024-07-01T00:00:00+02:00" and str(frame["c"][1]) == "01:02:03"


@pytest.mark.parametrize(
    ("made", "rows"),
    [
        ('filter(col("d").is_in([date(2024, 1, 2), date(2025, 1, 1)]))', [2]),
        ('filter(col("d") >= date(2024, 1, 2))', [2, 3]),
        ('filter(d=date(2024, 1, 1))', [1]),
        ('filter(col("d") - date(2024, 1, 1) == duration(days=2))', [3]),
        ('filter(col("d").replace({date(2024, 1, 1): date(2030, 1, 1)}) > date(2029, 1, 1))', [1]),
        ('filter(col("d").is_between(date(2023, 1, 1), date(2024, 1, 1)))', [1]),
    ],
)
def test_dates_are_values(one, made, rows):
    days = 'frame({"n": [1, 2, 3], "d": [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)]})'
    assert ran(one, f'{days}.{made}.select("n")')["n"].to_list() == rows


def test_dates_become_columns(one):
    days = 'frame({"d": [date(2024, 1, 1), date(2024, 1, 2)], "k": 1, "v": [5, 6]})'
    assert ran(one, f'{days}.pivot("d", [date(2024, 1, 2)], index="k", values="v")').to_dict(as_series=False) == {"k": [1], "2024-01-02": [6]}
    assert ran(one, f'{days}.pivot("d", index="k", values="v")').columns == ["k", "2024-01-01", "2024-01-02"]


def test_dates_that_are_none_are_refused_where_they_stand(one):
    problem = refused(one, 'frame({"a": [1]}).filter(col("a").is_null(),\n lit(date(2024, 2, 30)).is_null())', "invalid_value")
    assert place(problem)[0] == 2 and "2024" in problem["detail"]
    refused(one, 'frame({"a": [date(2024, 1, 1), "x"]})', "invalid_program")
    refused(one, 'frame({"a": [date(2024, 1, 1), datetime(2024, 1, 1)]})', "invalid_program")
    refused(one, 'frame({"a": [col("b")]})', "invalid_program")
    assert "a column" in refused(one, 'frame({"a": [1]}).head(date(2024, 1, 1))', "invalid_program")["detail"]


def test_a_long_list_of_dates_is_quick(one):
    days = ", ".join(f"date({year}, {month}, 1)" for year in range(1000, 1800) for month in range(1, 13))
    began = time.monotonic()
    assert ran(one, f'frame({{"d": [{days}]}}).select(len())').item() == 9600
    assert time.monotonic() - began < 10

