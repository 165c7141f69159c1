"""Programs that are wrong, too large or too long, and what the server says of each; it lives on through all of them."""

import datetime
import json
import os
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars
import pyarrow as pa
import pytest
import requests
from harness import ARROW_FILE, ARROW_STREAM, CSV, JSON, NDJSON, PARQUET, Problem, Server
from test_limits import running, wait_until
from pages import EXAMPLES, frames
from test_pages import asked

MB = 1 << 20
ONE = 'frame({"a": [1, 2], "s": ["x", "y"]})'


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """A server for this file: what ends it ends no other suite's."""
    with Server(tmp_path_factory.mktemp("expressions") / "data", "--memory", "1GiB") as running:
        running.put("small", pa.table({"a": [1, 2, 3], "s": ["x", "y", "z"]}))
        running.put("many", pa.table({"n": range(100_000)}))
        running.sql("CREATE VIEW seen AS SELECT a, s FROM small WHERE a > 1")
        yield running
        assert running.alive(), f"a test ended the server:\n{running.said()[-5000:]}"


def ran(server, program, **body):
    """The answer as a frame of Polars."""
    headers = {"Accept": ARROW_STREAM}
    response = server.request("POST", "/v1/expressions", json={"program": program, **body}, headers=headers)
    return polars.read_ipc_stream(response.content)


def refused(server, program, code, **body):
    """The problem that the server answers with; and that it lives on."""
    with pytest.raises(Problem) as problem:
        ran(server, program, **body)
    assert problem.value.code == code, problem.value
    assert "defect" not in problem.value.body["detail"]
    assert ran(server, 'frame({"a": [1]})').rows() == [(1,)]
    return problem.value.body


def place(problem):
    position = problem.get("position")
    return position and (position["line"], position["column"])


# The grammar.


@pytest.mark.parametrize(
    ("program", "at", "words", "hint"),
    [
        ("import os\nos", (1, 1), "imports", "without one"),
        ("from os import path\npath", (1, 1), "imports", "without one"),
        ("x", (1, 1), "`x`", 'col("name")'),
        (f"{ONE}.filter(colum(\"a\") > 1)", None, "`colum`", "col("),
        ("lambda x: x", (1, 1), "`lambda`", "columns"),
        ("[x for x in y]", (1, 4), "comprehensions", "list"),
        ("{x for x in y}", None, "comprehensions", None),
        ("{x: 1 for x in y}", None, "comprehensions", None),
        ("(x for x in y)", None, "comprehensions", None),
        ('f"{1}"', (1, 1), "f-strings", "plain string"),
        (f"a = {ONE}\na.b = 1\na", (2, 1), "`a.b`", "name = expression"),
        (f"a = {ONE}\na[0] = 1\na", (2, 1), "`a[0]`", None),
        ("a, b = 1, 2\na", (1, 1), "", None),
        ("a = b = 1\na", (1, 7), "several names", "one name"),
        (f"a = {ONE}\na += 1\na", None, "augmented", None),
        (f"a: int = {ONE}\na", None, "annotation", None),
        (f"a = {ONE}\na = {ONE}\na", (2, 1), "bound in line 1", "another"),
        (f"a = {ONE}\n{ONE}", (1, 1), "never used", "delete"),
        (f"b = a\na = {ONE}\nb", (1, 5), "bound in line 2", "before"),
        (f"a = {ONE}", None, "", None),
        ("def f(): pass\nf()", (1, 1), "", None),
        ("class C: pass\nC", (1, 1), "", None),
        ("while True: pass", (1, 1), "", None),
        ("for x in y: pass", (1, 1), "", None),
        ("if x: y", (1, 1), "", None),
        (f"{ONE} if True else {ONE}", None, "", None),
        (f"{ONE}.select(a and b)", None, "`and`", "&"),
        (f"{ONE}.filter(not a)", None, "`not`", "~"),
        (f"{ONE}.filter(a in b)", None, "`in`", "is_in"),
        (f"{ONE}.filter(a is None)", None, "`is`", "is_null"),
        (f"{ONE}.filter(1 < col(\"a\") < 3)", None, "", None),
        (f"{ONE}.select(*[1])", None, "", None),
        (f"{ONE}.select(**{{}})", None, "", None),
        ("(yield)", None, "", None),
        ("await x", None, "", None),
        ("x := 1", None, "", None),
        ("del x", (1, 1), "", None),
        ("print(1)", (1, 1), "`print`", None),
        ("eval(\"1\")", (1, 1), "`eval`", None),
        ("__import__(\"os\")", (1, 1), "`__import__`", None),
        (f"{ONE}.__class__", None, "`__class__`", None),
        (f"{ONE}.__class__()", None, "`__class__`", None),
        ("frame({", None, "", None),
        ("frame)", None, "", None),
        ("\"abc", None, "", None),
        ("1 +", None, "", None),
        ("?", (1, 1), "", None),
        ("🦀", (1, 1), "", None),
        ("\x00", (1, 1), "", None),
        ("", (1, 1), "empty", "expression"),
        ("# nothing\n\n", None, "empty", "expression"),
        ("99999999999999999999", (1, 1), "64 bits", None),
        ("1e999", (1, 1), "64 bits", "inf"),
        ("frame({\"a\": [10 ** 40]})", (1, 14), "64 bits", None),
        ("frame({\"a\": [-9223372036854775809]})", (1, 1), "64 bits", None),
    ],
)
def test_what_the_grammar_does_not_have(one, program, at, words, hint):
    problem = refused(one, program, "invalid_program")
    assert words in problem["detail"]
    assert place(problem) is not None and (at is None or place(problem) == at), problem
    assert hint is None or hint in problem.get("hint", ""), problem


@pytest.mark.parametrize(
    ("program", "limit"),
    [
        ("[" * (MB // 2) + "]" * (MB // 2), "program_depth"),
        ("(" * MB, "program_depth"),
        ("{1:" * (MB // 4), "program_depth"),
        ("f(" * (MB // 4), "program_depth"),
        ("-" * MB, "program_depth"),
        ("a" + ".b" * (MB // 4), "program_depth"),
        ("a" + "[0]" * (MB // 4), "program_depth"),
        (f"frame({{\"a\": [{' + '.join(['1'] * 10_000)}]}})", "program_depth"),
        (f"frame({{\"a\": [{','.join('1' * 500_000)}]}})", "program_literal_elements"),
        ("1" * (MB + 1), "program_bytes"),
        (f"frame({{\"a\": [{', '.join(['[1, 1, 1]'] * 40_000)}]}})", "program_nodes"),
    ],
    ids=["square", "round", "curly", "calls", "minus", "dots", "indices", "sum", "elements", "bytes", "nodes"],
)
def test_text_that_explodes_is_refused_quickly(one, program, limit):
    began = time.monotonic()
    problem = refused(one, program, "limit_program")
    assert time.monotonic() - began < 5
    assert problem["limit"] == limit and limit in problem["detail"]


def test_a_million_elements_are_over_a_limit(one):
    response = one.post("/v1/expressions", f"frame({{\"a\": [{','.join('1' * 1_000_000)}]}})".encode(), ok=False)
    assert response.json()["limit"] == "program_bytes"


def doubled(first, again, last, times=60):
    """`a1` is made of `a0` twice, `a2` of `a1` twice, and so on."""
    lines = [f"a{step} = " + again.replace("{0}", f"a{step - 1}") for step in range(1, times + 1)]
    return "\n".join([f"a0 = {first}", *lines, last.replace("{0}", f"a{times}")])


@pytest.mark.parametrize(
    ("program", "limit"),
    [
        (doubled('col("a")', "{0} + {0}", ONE + ".select({0})"), "program_nodes"),
        (doubled(ONE, "concat([{0}, {0}])", "{0}"), "program_nodes"),
        (doubled(ONE, '{0}.join({0}, on="a", how="semi")', "{0}"), "program_nodes"),
        (doubled(ONE, "{0}.select(all().name.suffix(\"0\"), all().name.suffix(\"1\"))", "{0}"), "program_columns"),
        (doubled("[1]", "[{0}, {0}]", "frame({\"a\": {0}})"), "program_elements"),
        (doubled('[col("a")]', "[{0}, {0}]", ONE + ".select({0})"), "program_elements"),
        (doubled('{"k": 1}', "{\"k\": {0}, \"l\": {0}}", "frame({0})"), "program_elements"),
        (doubled("Int64", "Struct({\"a\": {0}, \"b\": {0}})", ONE + ".cast({0})"), "program_elements"),
        (doubled("[1]", "[{0}]", "frame({\"a\": {0}})", 5_000), "program_depth"),
        (doubled("Int64", "List({0})", ONE + ".cast({0})", 5_000), "program_depth"),
        (doubled("when(True).then(1)", "{0}.when(True).then(1)", ONE + ".select({0})", 5_000), "program_depth"),
        (doubled(ONE, "{0}.head(1)", "{0}", 5_000), "program_depth"),
        (doubled('col("a")', "-{0}", ONE + ".select({0})", 5_000), "program_depth"),
    ],
    ids=[
        "sums", "frames", "joins", "columns", "lists", "lists-of-columns", "dicts", "types",
        "deep-lists", "deep-types", "deep-cases", "deep-frames", "deep-columns",
    ],
)
def test_names_that_double(one, program, limit):
    one.forget_peak()
    before, began = one.resident_bytes(), time.monotonic()
    problem = refused(one, program, "limit_program")
    assert time.monotonic() - began < 10
    assert problem["limit"] == limit, problem
    assert place(problem) is not None
    assert one.resident_bytes("VmHWM") < before + 512 * MB


def test_names_that_double_a_little_work(one):
    assert ran(one, doubled('col("a")', "{0} + {0}", ONE + ".select({0})", 8)).rows() == [(256,), (512,)]
    assert ran(one, doubled(ONE, "concat([{0}, {0}])", "{0}", 8)).height == 512
    assert ran(one, doubled("1", "{0} + {0}", "frame({\"a\": [{0}]})", 62)).rows() == [(1 << 62,)]


def test_text_that_is_long_is_read_quickly(one):
    """What is read takes time by its length, and not by the square of it."""
    began = time.monotonic()
    assert ran(one, f"frame({{\"a\": {list(range(45_000))}}})").height == 45_000
    assert ran(one, "concat([" + ", ".join([ONE] * 500) + "])").height == 1_000
    assert time.monotonic() - began < 10


def test_numbers_are_reckoned_as_python_does(one):
    numbers = ["10 ** 12", "7 // 2", "-7 // 2", "-7 % 3", "2 ** 63", "1 - 2 ** 63", "7 / 2", "0.5 * 4", "3 - 0.5"]
    rows = ran(one, f"frame({{\"a\": [1]}}).head(2 - 1).select({', '.join(f'c{i}={n}' for i, n in enumerate(numbers))})")
    assert list(rows.row(0)) == [eval(number) for number in numbers]


# Values that are sent by name.


def test_values_by_name(one):
    rows = ran(one, "frame({\"a\": xs}).filter(col(\"a\") > least)", values={"xs": [1, 2, None, 2.5], "least": 1})
    assert rows.rows() == [(2.0,), (2.5,)]
    assert ran(one, 'frame({"a": [t], "b": [n], "c": [y]})', values={"t": "é\"", "n": None, "y": True}).rows() == [("é\"", None, True)]


@pytest.mark.parametrize(
    ("program", "values", "code", "words"),
    [
        (f"{ONE}.filter(col(\"a\") > least)", {}, "invalid_program", "`least`"),
        (f"{ONE}.filter(col(\"a\") > least)", {"laest": 1}, "invalid_program", "`laest`"),
        (ONE, {"least": 1}, "invalid_program", "`least`"),
        (f"least = 1\n{ONE}.filter(col(\"a\") > least)", {"least": 1}, "invalid_program", "`least`"),
        (ONE, {"frame": 1}, "invalid_program", "`frame`"),
        (ONE, {"col": 1}, "invalid_program", "`col`"),
        (ONE, {"Int64": 1}, "invalid_program", "`Int64`"),
        (ONE, {"cs": 1}, "invalid_program", "`cs`"),
        (ONE, {"len": 1}, "invalid_program", "`len`"),
        (ONE, {"concat": 1}, "invalid_program", "`concat`"),
        (ONE, {"nan": 1}, "invalid_program", "`nan`"),
        (f"{ONE}.filter(col(\"a\") > least)", {"least": {"a": 1}}, "invalid_request", "`least`"),
        (f"{ONE}.filter(col(\"a\") > least)", {"least": [[{}]]}, "invalid_request", "`least`"),
        (f"{ONE}.filter(col(\"a\") > least)", [1], "invalid_request", "`values`"),
        (f"{ONE}.filter(col(\"a\") > least)", "x", "invalid_request", "`values`"),
        (f"{ONE}.filter(col(\"a\") > least)", {"least": 10**30}, "invalid_program", "64 bits"),
        (f"{ONE}.head(least)", {"least": "x"}, "invalid_program", "integer"),
        (f"{ONE}.select(b=least)", {"least": [1, "x"]}, "invalid_program", "different types"),
    ],
)
def test_values_that_are_wrong(one, program, values, code, words):
    assert words in refused(one, program, code, values=values)["detail"]


def test_a_value_that_is_long_counts_as_often_as_it_is_used(one):
    xs = list(range(200_000))
    assert ran(one, "frame({\"a\": xs})", values={"xs": xs}).height == 200_000
    many = ", ".join(f"c{i}=col(\"a\").is_in(xs)" for i in range(100))
    assert refused(one, f"{ONE}.select({many})", "limit_program", values={"xs": xs})["limit"] == "program_elements"


# Names and types.


@pytest.mark.parametrize(
    ("program", "code", "at", "words"),
    [
        (f"{ONE}.filtr(col(\"a\") > 1)", "invalid_program", None, ["`filtr`", "`filter`"]),
        (f"{ONE}.sort(\"a\", descnding=True)", "invalid_program", None, ["`descnding`", "`descending`"]),
        (f"{ONE}.sort(bye=\"a\")", "invalid_program", (1, 44), ["`sort` takes no `bye`", "did you mean `by`?"]),
        (f"{ONE}.top_k(2, bye=\"a\")", "invalid_program", (1, 48), ["`bye`", "did you mean `by`?"]),
        (f"{ONE}.group_by_dynamic(\"a\", evry=\"1d\")", "invalid_program", (1, 61), ["`evry`", "did you mean `every`?"]),
        (f"{ONE}.rolling(\"a\", perod=\"1d\")", "invalid_program", (1, 52), ["`perod`", "did you mean `period`?"]),
        (f"{ONE}.rename(columns={{\"a\": \"b\"}})", "invalid_program", (1, 46), ["`columns`", "did you mean `mapping`?"]),
        (f"{ONE}.select(col(\"a\").rolling_mean(window=2))", "invalid_program", None, ["`window`", "did you mean `window_size`?"]),
        ("concat([frame({\"a\": [1]}), 1])", "invalid_program", (1, 28), ["a list of frames, and got the integer 1 in it"]),
        ("concat([1])", "invalid_program", None, ["a list of frames, and got the integer 1 in it"]),
        (f"{ONE}.rename({{\"a\": 1}})", "invalid_program", (1, 52), ["old names and new ones, and got the integer 1 in it"]),
        (f"{ONE}.cast({{\"a\": 1}})", "invalid_program", (1, 50), ["a dict of names and types, and got the integer 1 in it"]),
        (f"{ONE}.sort(\"a\", descending=[\"x\"])", "invalid_program", None, ["got the text \"x\" in it"]),
        (f"{ONE}.group_by_dynamic(\"a\", every=\"0d\").agg(len())", "invalid_program", None, ["\"0d\", and should be more than 0"]),
        ("concat([frame({\"a\": [1]}), frame({\"a\": [\"x\"]})])", "invalid_program", (1, 1), ["columns of different types", "vertical_relaxed"]),
        (f"{ONE}.select(format(\"{{}} {{}}\", \"a\"))", "invalid_program", None, ["`format` is given fewer columns"]),
        ('frame({"a": [date(2024, 1, 1)]}).filter(col("a") > "2024-01-02")', "invalid_program", None, ["String", "`date(2024, 1, 31)`"]),
        (f"{ONE}.drop(col(\"a\") + 1)", "invalid_program", None, ["a column that is computed"]),
        (f"{ONE}.drop(cs.by_name(\"b\"))", "unknown_column", None, ["b"]),
        (f"{ONE}.select(col(\"a\").summ())", "invalid_program", None, ["`summ`", "`sum`"]),
        (f"{ONE}.select(col(\"s\").str.len_char())", "invalid_program", None, ["`str.len_char`", "`str.len_chars`"]),
        (f"{ONE}.head(n=\"x\")", "invalid_program", None, ["`n` of `head`", "an integer", "\"x\""]),
        (f"{ONE}.head(1, 2)", "invalid_program", None, ["`head`", "2"]),
        (f"{ONE}.head(1, n=2)", "invalid_program", None, ["`head`"]),
        (f"{ONE}.join({ONE}, \"a\", how=\"iner\")", "invalid_program", None, ["`how`", "\"inner\"", "\"iner\""]),
        (f"{ONE}.rename()", "invalid_program", None, ["`rename`", "needs"]),
        (f"{ONE}.sort(\"b\")", "unknown_column", None, ["`b`"]),
        (f"{ONE}.select(\"a\", \"b\")", "unknown_column", None, ["`b`"]),
        (f"{ONE}.filter(col(\"a\") == \"x\")", "invalid_program", (1, 46), ["Int64", "String"]),
        (f"{ONE}.filter(col(\"s\") < 1)", "invalid_program", (1, 46), ["String", "number"]),
        (f"{ONE}.select(col(\"a\") + \"x\")", "invalid_program", (1, 46), ["Int64", "String"]),
        (f"{ONE}.select(col(\"s\") - 1)", "invalid_program", (1, 46), ["String", "integer"]),
        (f"{ONE}.select(-col(\"s\"))", "invalid_program", (1, 46), ["`-`", "String"]),
        (f"{ONE}.select(col(\"s\").sum())", "invalid_program", None, ["sum", "String"]),
        (f"{ONE}.select(col(\"a\").str.len_chars())", "invalid_program", None, ["String", "Int64"]),
        (f"{ONE}.select(col(\"a\").str.to_uppercase())", "invalid_program", None, ["String", "Int64"]),
        (f"{ONE}.select(col(\"s\").dt.year())", "invalid_program", None, ["Datetime", "String"]),
        (f"{ONE}.select(col(\"a\").list.len())", "invalid_program", None, ["List"]),
        (f"{ONE}.select(col(\"a\").struct.field(\"x\"))", "unknown_column", None, ["no field `x`"]),
        (f"{ONE}.filter(col(\"a\"))", "invalid_program", None, ["Boolean", "Int64"]),
        (f"{ONE}.filter(1)", "invalid_program", None, ["Boolean", "number"]),
        (f"{ONE}.filter(\"s\")", "invalid_program", None, ["Boolean", "String"]),
        (f"{ONE}.filter([True, False])", "invalid_program", (1, 39), ["`predicates`", "2 values"]),
        (f"{ONE}.remove(True, False)", "invalid_program", (1, 39), ["`predicates`", "2 values"]),
        (f"{ONE}.group_by(by=\"s\").len()", "invalid_program", (1, 39), ["`by`", "called"]),
        (f"{ONE}.group_by(\"s\", maintain_ordr=True).len()", "invalid_program", (1, 39), ["`maintain_ordr`", "`maintain_order`"]),
        (f"{ONE}.group_by_dynamic(\"a\", \"1i\", period=\"0i\").agg(len())", "invalid_program", (1, 39), ["`period`", "\"0i\"", "more than 0"]),
        (f"{ONE}.group_by_dynamic(\"a\", \"1i\", period=\"-1i\").agg(len())", "invalid_program", (1, 39), ["`period`", "\"-1i\"", "more than 0"]),
        (f"{ONE}.rolling(\"a\", \"0i\").agg(len())", "invalid_program", (1, 39), ["`period`", "\"0i\"", "more than 0"]),
        (f"{ONE}[0]", "invalid_program", (1, 39), ["brackets", "a place of a row"]),
        (f"{ONE}[0, \"a\"]", "invalid_program", (1, 39), ["brackets", "a place of a row"]),
        (f"{ONE}[[0, 1]]", "invalid_program", (1, 39), ["brackets", "a place of a row"]),
        (f"{ONE}[1.5]", "invalid_program", (1, 39), ["brackets", "a value"]),
        (f"{ONE}[None]", "invalid_program", (1, 39), ["brackets", "a value"]),
        (f"{ONE}[[\"a\", True]]", "invalid_program", (1, 39), ["brackets", "a value"]),
        (f"{ONE}[col(\"a\") > 1]", "invalid_program", (1, 39), ["brackets", "computed"]),
        (f"{ONE}[[\"a\", col(\"a\") + 1]]", "invalid_program", None, ["brackets", "computed"]),
        (f"{ONE}.select(col(\"s\").cat.len_chars())", "invalid_program", None, ["Categorical", "String"]),
        (f"{ONE}.select(col(\"a\").cat.slice(1))", "invalid_program", None, ["Categorical", "Int64"]),
        *((f"{ONE}.select(col(\"s\").{name}())", "invalid_program", None, ["numbers", "String"]) for name in ("exp", "log", "log1p", "log10", "sqrt", "cbrt")),
        (f"{ONE}.select(col(\"a\").log(col(\"s\")))", "invalid_program", None, ["numbers", "String"]),
        (f"{ONE}.select(col(\"a\").cast(Date).sqrt())", "invalid_program", None, ["numbers", "Date"]),
        (f"{ONE}.select(col(\"a\").implode().exp())", "invalid_program", None, ["numbers", "List(Int64)"]),
        (f"{ONE}.with_columns(col(\"a\") * 2, col(\"a\") + 1)", "invalid_program", None, ["'a'"]),
        (f"{ONE}.join({ONE}, left_on=\"a\", right_on=\"s\")", "invalid_program", None, ["Int64", "String"]),
        (f"{ONE}.join({ONE}.rename({{\"s\": \"t\"}}), left_on=\"a\", right_on=\"t\")", "invalid_program", None, ["Int64", "String"]),
        (f"{ONE}.join({ONE}, on=\"b\")", "unknown_column", None, ["`b`"]),
        (f"{ONE}.join({ONE}, on=[\"a\", \"a\"])", "invalid_program", None, ["a"]),
        (f"{ONE}.join({ONE}.rename({{\"s\": \"s_right\"}}).with_columns(s=1), on=\"a\")", "invalid_program", None, ["s_right"]),
        (f"{ONE}.join({ONE})", "invalid_program", None, ["keys"]),
        (f"{ONE}.join(1, on=\"a\")", "invalid_program", None, ["`other` of `join`", "a frame"]),
        (f"{ONE}.join_where({ONE}, col(\"a\") < col(\"nope\"))", "unknown_column", None, ["`nope`"]),
        (f"{ONE}.join_asof({ONE}, on=\"s\", left_on=\"a\")", "invalid_program", None, []),
        (f"{ONE}.select(\"a\", \"a\")", "invalid_program", None, ["'a'"]),
        (f"{ONE}.select(\"a\", a=1)", "invalid_program", None, ["'a'"]),
        (f"{ONE}.rename({{\"a\": \"s\"}})", "invalid_program", None, ["'s'"]),
        ('frame({"a": [1], "a": [2]})', "invalid_program", None, ["'a'"]),
        ('frame({"a": [1, "x"]})', "invalid_program", None, ["different types"]),
        ('frame({"a": [1, 2], "b": [1]})', "invalid_program", None, ["`b`"]),
        ("frame({1: [1]})", "invalid_program", None, ["names"]),
        (f"concat([{ONE}, frame({{\"a\": [\"x\"], \"s\": [\"x\"]}})])", "invalid_program", None, []),
        (f"concat([])", "invalid_program", None, []),
        (f"{ONE}.select(col(\"a\").cast(Datetime(\"us\", \"Mars/Base\")))", "invalid_program", None, ["Mars/Base"]),
        (f"{ONE}.select(col(\"a\").cast(Datetime(\"us\")).dt.convert_time_zone(\"Mars/Base\"))", "invalid_program", None, ["Mars/Base"]),
        (f"{ONE}.select(col(\"a\").cast(Datetime(\"us\")).dt.replace_time_zone(\"Mars/Base\"))", "invalid_program", None, ["Mars/Base"]),
        (f"{ONE}.select(col(\"s\").str.to_datetime(time_zone=\"Mars/Base\"))", "invalid_program", None, ["Mars/Base"]),
        (f"{ONE}.select(datetime_range(datetime(2020, 1, 1), datetime(2020, 1, 2), time_zone=\"Mars/Base\"))", "invalid_program", None, ["Mars/Base"]),
        (f"{ONE}.cast(Datetime(\"us\", \"Europe/Osl\"))", "invalid_program", None, ["did you mean \"Europe/Oslo\"?"]),
        (f"{ONE}.select(col(\"a\").cast(Decimal(99)))", "invalid_program", None, ["38"]),
        (f"{ONE}.cast(Int65)", "invalid_program", None, ["`Int65`", "`Int64`"]),
        (f"{ONE}.value_counts(\"a\", name=\"a\")", "invalid_program", None, ["`a`", "counts"]),
        (f"{ONE}.value_counts(\"a\").value_counts()", "invalid_program", None, ["`count`"]),
        (f"{ONE}.value_counts(\"a\", col(\"s\").alias(\"a\"))", "invalid_program", None, ["'a'"]),
        (f"{ONE}.value_counts(\"b\")", "unknown_column", None, ["`b`"]),
        ("frame({}).value_counts()", "invalid_program", None, ["without columns"]),
    ],
)
def test_names_and_types(one, program, code, at, words):
    problem = refused(one, program, code)
    assert all(word in problem["detail"] for word in words), problem
    assert place(problem) is not None, problem
    assert at is None or place(problem) == at, problem
    assert "POLARS" not in problem["detail"] and "\n" not in problem["detail"]
    assert not re.search(r"(?<!`)\b([iuf](8|16|32|64)|str|dyn|dtypes?)\b|valid columns", problem["detail"]), problem


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (f"{ONE}.select(col(\"s\").str.contains(\"(\"))", "a regular expression does not parse: unclosed group"),
        (f"{ONE}.select(col(\"a\").item())", "`item` expected a single value, got 2 values"),
        (f"{ONE}.sample(10)", "`with_replacement=True`"),
        (f"{ONE}.sort(\"a\", descending=True).join_asof({ONE}, on=\"a\")", "`sort` both frames"),
        (f"{ONE}.group_by_dynamic(\"a\", every=\"1d\").agg(len())", "\"2i\" for 2"),
        (f"{ONE}.with_columns(col(\"a\") * 2, col(\"a\") + 1)", "the name 'a' is given to two columns"),
    ],
)
def test_what_polars_says_is_told_in_words_of_the_language(one, program, said):
    with pytest.raises(Problem) as problem:
        ran(one, program)
    assert said in problem.value.body["detail"], problem.value.body


@pytest.mark.parametrize(
    ("call", "columns"),
    [
        ("drop(cs.numeric())", ["s", "l"]),
        ("drop(\"l\", cs.string())", ["a", "b"]),
        ("drop([cs.string(), \"a\"])", ["b", "l"]),
        ("drop(col(\"a\"))", ["s", "b", "l"]),
        ("drop_nulls(cs.numeric())", ["a", "s", "b", "l"]),
        ("explode(cs.list())", ["a", "s", "b", "l"]),
        ("unpivot(cs.numeric(), index=cs.string())", ["s", "variable", "value"]),
        ("select(\"a\", \"s\", \"b\").pivot(\"s\", index=cs.by_name(\"a\"), values=cs.by_name(\"b\"))", ["a", "x", "y"]),
        ("to_dummies(cs.string()).drop(\"l\")", ["a", "s_x", "s_y", "b"]),
    ],
)
def test_selectors_stand_for_names(one, call, columns):
    df = 'frame({"a": [1, None], "s": ["x", "y"], "b": [3, 4], "l": [[1], [2]]})'
    frame = ran(one, f"{df}.{call}")
    assert frame.columns == columns
    assert frame.height == (1 if call.startswith("drop_nulls") else frame.height)


@pytest.mark.parametrize(
    ("program", "at", "said", "hint"),
    [
        ("df.sort_values(\"a\")", (2, 4), "frames have no `sort_values`", "write `df.sort("),
        ("df.groupby(\"s\").size()", (2, 4), "frames have no `groupby`", "`df.group_by("),
        ("df.fillna(0)", (2, 4), "frames have no `fillna`", "`df.fill_null(0)`"),
        ("df.dropna()", (2, 4), "frames have no `dropna`", "`df.drop_nulls()`"),
        ("df.shape", (2, 1), "frames have no `shape`", "`df.select(len())`"),
        ("df.columns", (2, 1), "frames have no `columns`", "an answer tells its columns"),
        ("df.loc[1:2]", (2, 1), "frames have no `loc`", "`df.filter("),
        ("df.T", (2, 1), "frames have no `T`", "`df.transpose()`"),
        ("df.a", (2, 1), "frames have no `a`", "`col(\"a\")`"),
        ("df.head", (2, 1), "`head` of a frame is not called", "`.head()`"),
        ("df.cum_sum()", (2, 4), "frames have no `cum_sum`", "`.with_columns(col(\"name\").cum_sum(…))`"),
        ("df.having(len() > 1)", (2, 4), "frames have no `having`", "groups: write `.group_by(\"name\").having(…)`"),
        ("df.collect()", (2, 4), "frames have no `collect`", "a program runs when it is whole"),
        ("df.selct(\"a\")", (2, 4), "frames have no `selct`; did you mean `select`?", None),
        ("df.group_by(\"s\").size()", (2, 18), "groups have no `size`", "`df.group_by(\"k\").len()`"),
        ("df.group_by(\"s\").std()", (2, 18), "groups have no `std`", ".agg(col(\"n\").std())"),
        ("df.group_by(\"s\").cum_sum()", (2, 18), "groups have no `cum_sum`", "`.agg(col(\"name\").cum_sum(…))`"),
        ("df.group_by(\"s\")[\"a\"].sum()", (2, 1), "groups of a frame has no brackets", ".agg("),
        ("df.select(col(\"s\").str.len())", (2, 24), "columns have no `str.len`", "`col(\"s\").str.len_chars()`"),
        ("df.select(col(\"s\").str.strip())", (2, 24), "columns have no `str.strip`", ".str.strip_chars()`"),
        ("df.select(col(\"s\").str)", (2, 11), "`str` of a column stands before a function", "`.str.` and its name"),
        ("df.select(col(\"s\").str.revers())", (2, 24), "did you mean `str.reverse`?", None),
        ("df.select(col(\"a\").year())", (2, 20), "columns have no `year`", "`col(\"name\").dt.year(…)`"),
        ("df.select(col(\"a\").astype(Int64))", (2, 20), "columns have no `astype`", ".cast(Float64)`"),
        ("df.select(pl.col(\"a\"))", (2, 11), "there is no `pl`", "names stand alone: `col(\"n\")`"),
        ("df.with_columns(b=np.nan)", (2, 19), "there is no `np`", "`nan`"),
        ("df.select(sqrt(col(\"a\")))", (2, 11), "there is no `sqrt`", "`col(\"name\").sqrt(…)`"),
        ("df.cast(int)", (2, 9), "there is no `int`", "write `Int64`"),
        ("df.cast(\"int64\")", (2, 9), "`dtypes` of `cast` takes", "did you mean `Int64`?"),
        ("df.join(df, on=\"a\", how=\"outer\")", (2, 25), "`how` of `join`", "write \"full\""),
        ("df.join(df, on=\"a\", how=\"lfet\")", (2, 25), "`how` of `join`", "did you mean \"left\"?"),
        ("df.select(col(\"a\").cast(Datetime(\"us\")).dt.replace_time_zone(\"europe/oslo\"))", None, "there is no time zone", "did you mean \"Europe/Oslo\"?"),
        ("df.unique(\"^z.*$\")", (2, 4), "`subset` finds no column", "leave it out"),
        ("df.select((lit(duration(days=1)) - lit(duration(days=2))).std())", (2, 59), "spreads take numbers", ".dt.total_seconds("),
        ("df.unique(cs.temporal())", (2, 4), "`subset` finds no column", "leave it out"),
        ("df.head(mine)", (2, 9), "there is no `mine`", "a value of that name can be sent"),
    ],
)
def test_words_of_others_are_told_what_they_are_here(one, program, at, said, hint):
    problem = refused(one, f"df = {ONE}\n{program}", "invalid_program")
    assert said in problem["detail"] and at in (None, place(problem)), problem
    assert hint is None or hint in problem["hint"], problem


WIDE = f"frame({{{', '.join(f'{chr(34)}c{n}{chr(34)}: [1]' for n in range(100))}}})"
TRIPS = 'frame({"carrier": ["AA"], "delay": [1], "day": [date(2024, 1, 1)]})'
NEAR = "did you mean `delay`?"
HERE = "columns here: carrier, delay, day"


@pytest.mark.parametrize(
    ("call", "name", "hint"),
    [
        ('select(col("dely"))', "dely", NEAR),
        ('select("carrier", "dely")', "dely", NEAR),
        ('select(["carrier", "dely"])', "dely", NEAR),
        ('select(col("carrier", "dely"))', "dely", NEAR),
        ('select(col("xyzzy").sum() + 1)', "xyzzy", HERE),
        ('["DELAY"]', "DELAY", NEAR),
        ('filter(col("carrier") == "AA", col("xyzzy") > 1)', "xyzzy", HERE),
        ('filter(dely=1)', "dely", NEAR),
        ('with_columns(dely2=col("dely") * 2)', "dely", NEAR),
        ('with_columns(when(col("day") > col("dayy")).then(1))', "dayy", "did you mean `day`?"),
        ('sort("carrier", "dely")', "dely", NEAR),
        ('drop("dely")', "dely", NEAR),
        ('rename({"carrier": "c", "dely": "d"})', "dely", NEAR),
        ('cast({"dely": Float64})', "dely", NEAR),
        ('drop_nulls(["day", "dely"])', "dely", NEAR),
        ('unique("dely")', "dely", NEAR),
        ('explode("dely")', "dely", NEAR),
        ('unnest("dely")', "dely", NEAR),
        ('unpivot("dely", index="carrier")', "dely", NEAR),
        ('pivot("carrier", ["AA"], index="day", values="dely")', "dely", NEAR),
        ('to_dummies("dely")', "dely", NEAR),
        ('upsample("dayy", every="1d")', "dayy", "did you mean `day`?"),
        ('group_by("dely").len()', "dely", NEAR),
        ('group_by("carrier").agg(col("dely").mean())', "dely", NEAR),
        ('group_by("carrier").having(col("dely").mean() > 1).len()', "dely", NEAR),
        ('group_by_dynamic("dayy", every="1d").agg(len())', "dayy", "did you mean `day`?"),
        ('resample("day", "1d", group_by="dely").sum()', "dely", NEAR),
        ('rolling("dayy", period="1d").agg(len())', "dayy", "did you mean `day`?"),
        ('top_k(1, by="dely")', "dely", NEAR),
        ('value_counts("dely")', "dely", NEAR),
        ('select(col("delay").sum().over("cariers"))', "cariers", "did you mean `carrier`?"),
        ('select(cs.by_name("dely"))', "dely", NEAR),
        ('select(exclude("dely"))', "dely", NEAR),
        ('select(sum("dely"))', "dely", NEAR),
        ('select(struct("carrier", "delay").struct.field("dely"))', "dely", NEAR),
        ('select(struct("carrier", "delay").struct.field("xyzzy"))', "xyzzy", "fields here: carrier, delay"),
        (f'join({TRIPS}.rename({{"day": "when"}}), on="day")', "day", "columns here: carrier, delay, when"),
        (f'join({TRIPS}, left_on="day", right_on="dayy")', "dayy", "did you mean `day`?"),
        (f'join({TRIPS}, left_on="dayy", right_on="day")', "dayy", "did you mean `day`?"),
        (f'join({TRIPS}, on=["carrier", "dely"])', "dely", NEAR),
        (f'join_where({TRIPS}, col("delay") < col("xyzzy_right"))', "xyzzy_right", "columns here: carrier, delay, day, carrier_right, delay_right, day_right"),
        (f'merge_sorted({TRIPS}, "dely")', "dely", NEAR),
        (f'update({TRIPS}, on="dely")', "dely", NEAR),
        (f'update({TRIPS}.rename({{"day": "when"}}), on="day")', "day", "columns here: carrier, delay, when"),
    ],
)
def test_columns_that_are_not_there(one, call, name, hint):
    """Named, with the nearest that is there or the first few, and where the program says so."""
    program = TRIPS + (call if call.startswith("[") else f".{call}")
    problem = refused(one, program, "unknown_column")
    what = "field" if "struct" in call else "column"
    assert (problem["detail"], problem["hint"]) == (f"there is no {what} `{name}`", hint)
    at = program.find(f'"{name}"', len(TRIPS))
    if call == "filter(dely=1)":
        at = program.index("filter")
    elif f'"{name}": "when"' in call:
        at = program.rindex(f'"{name}"')
    assert place(problem) == (1, at + 1), (program, program[at:])


def test_of_many_columns_some_are_named(one):
    hint = refused(one, f'{WIDE}.select("xyzzy")', "unknown_column")["hint"]
    assert hint.startswith("columns here: c0, c1, ") and hint.endswith(", and 80 more")
    assert refused(one, 'frame({}).select("xyzzy")', "unknown_column")["hint"] == "there are no columns here"
    assert refused(one, 'names = ["a", "xyzzy"]\nframe({"a": [1]}).select(names)', "unknown_column")["position"]["line"] == 2
    assert "\n" not in refused(one, 'frame({"a": [1]}).select("x\\ny")', "unknown_column")["detail"]
    assert len(refused(one, f'frame({{"a": [1]}}).select("{"x" * 10_000}")', "unknown_column")["detail"]) < 200


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (f"{TRIPS}.select(col(\"carrier\") - col(\"day\"))", ["String", "Date"]),
        (f"{TRIPS}.select(col(\"delay\").list.sum())", ["Int64"]),
        (f"{TRIPS}.rolling(\"carrier\", period=\"1d\").agg(len())", ["String"]),
        (f"{TRIPS}.upsample(\"carrier\", every=\"1d\")", ["String"]),
        (f"{TRIPS}.group_by(\"day\").mean()", ["`carrier`", "String"]),
        (f"{TRIPS}.with_columns(t=col(\"day\").cast(Datetime(\"ms\", \"UTC\"))).select(col(\"t\") + col(\"t\"))", ['Datetime("ms", "UTC")']),
        (f"{TRIPS}.select(concat_list(\"delay\") + col(\"day\"))", ["List(Int64)"]),
        (f"{TRIPS}.with_columns(str=1).join({TRIPS}.with_columns(str=lit(\"x\")), on=\"str\")", ["`str`", "Int32", "String"]),
    ],
)
def test_types_are_named_as_programs_name_them(one, program, words):
    problem = refused(one, program, "invalid_program")
    assert all(word in problem["detail"] for word in words), problem


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ('col("a")', "a column"),
        ("len()", "a column"),
        ("cs.numeric()", "a column"),
        ('when(True).then(1)', "a column"),
        ("when(True)", "`then`"),
        ("1", "the integer 1"),
        ('"x"', 'the text "x"'),
        ("None", "None"),
        ("[1, 2]", "a list"),
        ("(1, col(\"a\"))", "a list"),
        ('{"a": 1}', "a dict"),
        ("Int64", "a type"),
        ("frame", "`frame` is not called"),
        ("table", "`table` is not called"),
        (f"{ONE}.head", "`head`"),
        (f"{ONE}.group_by(\"s\")", "groups of a frame"),
        (f"{ONE} + {ONE}", "columns"),
        (f"{ONE} == {ONE}", "columns"),
        (f"-{ONE}", "a frame"),
    ],
)
def test_what_comes_to_no_frame(one, program, words):
    problem = refused(one, program, "invalid_program")
    assert words in problem["detail"] and place(problem)


# What lies outside.


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ('table("nope")', "unknown_dataset"),
        ('table("")', "unknown_dataset"),
        ('table("a.b.c.d")', "unknown_dataset"),
        ('table("../../etc/passwd")', "unknown_dataset"),
        ('table("/etc/passwd")', "unknown_dataset"),
        ('table("file:///etc/passwd")', "unknown_dataset"),
        ('table("system.nope")', "unknown_dataset"),
        ('table("small; DROP TABLE small")', "unknown_dataset"),
        ('table("x" + "y")', "invalid_program"),
        ("table(1)", "invalid_program"),
        ("table()", "invalid_program"),
        ('t = "small"\ntable(t)', "invalid_program"),
        ('sql("DROP TABLE small")', "invalid_sql"),
        ('sql("DELETE FROM small")', "invalid_sql"),
        ("sql(\"INSERT INTO small VALUES (1, 'a')\")", "invalid_sql"),
        ('sql("CREATE TABLE made (a INT)")', "invalid_sql"),
        ('sql("SET datafusion.execution.batch_size = 1")', "invalid_sql"),
        ("sql(\"COPY small TO '/tmp/pantile-must-not-exist.csv'\")", "invalid_sql"),
        ("sql(\"EXPLAIN ANALYZE COPY small TO '/tmp/pantile-must-not-exist.csv'\")", "invalid_sql"),
        ('sql("SELECT 1; DROP TABLE small")', "invalid_sql"),
        ("sql(\"SELECT * FROM '/etc/passwd'\")", "unknown_dataset"),
        ("sql(\"SELECT * FROM read_csv('/etc/passwd')\")", None),
        ('sql("")', "invalid_sql"),
        ('sql("SELECT nope FROM small")', "unknown_column"),
        ('sql("SELECT 1 AS a, 2 AS a")', "invalid_sql"),
        ("sql(\"SELECT repeat('a', 2000000000) AS a\")", "limit_sql"),
    ],
)
def test_what_lies_outside(one, program, code):
    with pytest.raises(Problem) as problem:
        ran(one, program)
    assert code is None or problem.value.code == code, problem.value
    assert problem.value.status < 500
    assert "root:" not in str(problem.value) and "No such file" not in str(problem.value)
    assert not Path("/tmp/pantile-must-not-exist.csv").exists()
    assert one.value("SELECT count(*) FROM small") == 3


def test_a_place_in_sql_is_told_as_one_in_the_program(one):
    assert place(refused(one, '\nsql("SELECT nope FROM small")', "unknown_column")) == (2, 5)
    assert place(refused(one, '\nsql("SELECT 1; SELECT 2")', "invalid_sql")) == (2, 5)
    assert "`small`" in refused(one, 'table("smal")', "unknown_dataset")["hint"]


def test_system_tables_and_views(one):
    assert ran(one, 'table("seen").select(col("a").sum())').rows() == [(5,)]
    assert "sql" in ran(one, 'table("system.queries").head(1)').columns
    assert ran(one, 'table("information_schema.tables").filter(col("table_name") == "small").select("table_type")').rows() == [("BASE TABLE",)]
    assert ran(one, 'table("SMALL").select(len())').rows() == [(3,)]
    assert ran(one, 'sql("SELECT a FROM seen").join(table("small"), on="a").select("s")').rows() == [("y",), ("z",)]


# Frames that hold little.


@pytest.mark.parametrize(("program", "_"), EXAMPLES)
def test_frames_without_rows(one, name, program, _):
    """Every page's example, its frames without their rows: an answer, or words of the frame's; no defect."""
    text = program
    for number, written in enumerate(frames(program)):
        if "[None" in written:
            return
        table = f"{name}_{number}"
        one.put(table, asked(one, written).clear().to_arrow())
        text = text.replace(written, f'table("{table}")', 1)
    response = one.post("/v1/expressions", text.encode(), headers={"Accept": ARROW_STREAM}, ok=False)
    if response.status_code != 200:
        problem = response.json()
        assert problem["code"] in ("invalid_value", "invalid_program", "limit_program"), problem
        assert "panicked" not in problem["detail"]


@pytest.mark.parametrize(
    ("program", "rows"),
    [
        ("frame({})", []),
        ("frame({}).head(3)", []),
        ("frame({}).with_columns(a=1)", [(1,)]),
        ("frame({}).select(len())", [(0,)]),
        ("frame({}).filter(True)", []),
        ("frame({}).unique()", []),
        ("concat([frame({}), frame({})])", []),
        ('frame({"a": [1]}).drop("a")', []),
        ('frame({"a": [1]}).select(cs.string())', []),
        ('frame({"a": []})', []),
        ('frame({"a": []}).select(col("a").sum())', [(0,)]),
        ('frame({"a": [None, None]})', [(None,), (None,)]),
        ('frame({"a": [None, None]}).select(col("a").count(), n=col("a").null_count(), m=col("a").max())', [(0, 2, None)]),
        ('frame({"a": [None, None]}).filter(col("a") == 1)', []),
        ('frame({"a": [None, None]}).drop_nulls()', []),
        ('frame({"a": [None, None]}).fill_null(1)', [(1,), (1,)]),
        ('frame({"a": [None, 1], "b": [1, 2]}).join(frame({"a": [None, 1]}), on="a")', [(1, 2)]),
        ('frame({"a": [None, None], "b": [1, 2]}).group_by("a").agg(col("b").sum())', [(None, 3)]),
        ('frame({"a": [None, None]}).sort("a")', [(None,), (None,)]),
        ('frame({"a": [None, None]}).value_counts()', [(None, 2)]),
        ('frame({"a": [None, None]}).value_counts(drop_nulls=True, normalize=True)', []),
        # Of equal ones the first; Polars for Python says any.
        ('frame({"a": [7, 1, 8, 1, 8, 1]}).select(col("a").arg_min(), b=col("a").arg_max())', [(1, 2)]),
        ('frame({"a": [1]}).select(repeat("x", lit(2)))', [("x",), ("x",)]),
        ('frame({"a": [1]}).select(int_range(lit(0), lit(2)))', [(0,), (1,)]),
        ('frame({"a": [[1, 2]]}).select(col("a").list.get(lit(1)))', [(2,)]),
    ],
)
def test_frames_of_little(one, program, rows):
    found = ran(one, program).rows()
    if "sum())" in program and rows == [(0,)]:
        assert found in ([(0,)], [(None,)])
    else:
        assert found == rows


# Values that fail.


@pytest.mark.parametrize(
    ("program", "row"),
    [
        # Integers wrap, as Polars' and NumPy's do.
        ('frame({"a": [9223372036854775807]}).select(b=col("a") + 1, c=col("a") * 2, d=-col("a") - 2)', (-(2**63), -2, 2**63 - 1)),
        ('frame({"a": [255]}).cast(UInt8).select(b=col("a") + 1)', (0,)),
        ('frame({"a": [-9223372036854775808]}).select(b=col("a").abs())', (-(2**63),)),
        # Of two integers, `/` is a number with a point; `//` and `%` of 0 are null.
        ('frame({"a": [1]}).select(b=col("a") / 0, c=col("a") // 0, d=col("a") % 0)', (float("inf"), None, None)),
        ('frame({"a": [1.0]}).select(b=col("a") / 0, c=col("a") // 0, d=-col("a") / 0)', (float("inf"), float("inf"), float("-inf"))),
        ('frame({"a": [18446744073709551615]})', (2**64 - 1,)),
        ('frame({"a": [-9223372036854775808]})', (-(2**63),)),
        # A sum is as wide as 64 bits, and then wraps too.
        ('frame({"a": [9223372036854775807, 1]}).select(b=col("a").sum(), c=col("a").product())', (-(2**63), 2**63 - 1)),
        ('frame({"a": [9223372036854775807, 1]}).select(b=col("a").cum_sum().last())', (-(2**63),)),
        ('frame({"a": [100, 100]}).cast(Int8).select(b=col("a").sum())', (200,)),
        ('frame({"k": [1, 1], "a": [9223372036854775807, 1]}).group_by("k").agg(b=col("a").sum()).select("b")', (-(2**63),)),
        ('frame({"k": [1, 1], "a": [9223372036854775807, 1]}).select(b=col("a").sum().over("k")).head(1)', (-(2**63),)),
        ('frame({"k": [1, 2], "a": [9223372036854775807, 1]}).select(b=col("a").rolling_sum(2)).tail(1)', (-(2**63),)),
    ],
)
def test_arithmetic_at_its_ends(one, program, row):
    assert ran(one, program).row(0) == row


@pytest.mark.parametrize(
    "program",
    [
        'frame({"a": [300]}).cast(UInt8)',
        'frame({"a": ["x"]}).cast(Int64)',
        'frame({"a": ["x"]}).select(col("a").str.to_date("%Y"))',
        'frame({"a": [1]}).select(col("a").get(7))',
        'frame({"a": [2], "b": [1]}).select(col("a").pow(-1))',
        f"{ONE}.select(date_range(date(2000, 1, 1), date(2001, 1, 1), \"0d\"))",
        f"{ONE}.select(date_range(date(2000, 1, 1), date(2001, 1, 1), \"-1d\"))",
        f"{ONE}.select(col(\"s\").str.contains(\"(\"))",
        f"{ONE}.sample(n=10)",
    ],
)
def test_values_that_fail(one, program):
    with pytest.raises(Problem) as problem:
        ran(one, program)
    assert problem.value.code == "invalid_value", problem.value
    assert ran(one, ONE).height == 2


def test_one_frame_has_columns_in_brackets(one):
    for index in ('"a"', '["a"]', 'col("a")', 'cs.numeric()', '~cs.string()', '[cs.numeric()]', 'col("^a$")'):
        assert ran(one, f"{ONE}[{index}]").columns == ["a"], index


@pytest.mark.parametrize("text", ["hello", "2024-01-01 or so"])
@pytest.mark.parametrize("call", ["to_date({})", "to_datetime({})", "to_time({})", "strptime(Date, {})", "to_date({}exact=False)"])
def test_texts_that_are_no_times(one, call, text):
    program = f'frame({{"a": [None, "{text}"]}}).select(col("a").str.{call})'
    problem = refused(one, program.replace("{}", ""), "invalid_value")
    assert "'a'" in problem["detail"] and text in problem["detail"]
    assert ran(one, program.replace("{}", "strict=False, ")).rows()[0] == (None,)


LAST = 2**63 - 1


@pytest.mark.parametrize(
    "program",
    [
        f'frame({{"a": [{LAST - 7}, {LAST}]}}).group_by_dynamic("a", "3i").agg(len())',
        f'frame({{"a": [{-LAST - 1}]}}).group_by_dynamic("a", "3i").agg(len())',
        f'frame({{"a": [{LAST}], "k": [1]}}).group_by_dynamic("a", "3i", group_by="k").agg(len())',
        f'frame({{"a": [{-LAST}]}}).rolling("a", "10i").agg(len())',
        f'frame({{"a": [{-LAST}]}}).select(col("a").rolling_sum_by("a", "10i"))',
        *(
            f'frame({{"a": [{number}]}}).with_columns(col("a").cast(Datetime("{unit}"))).{verb}'
            for number in (LAST, -LAST)
            for unit in ("ns", "us", "ms")
            for verb in (
                'group_by_dynamic("a", "1d").agg(len())',
                'group_by_dynamic("a", "1mo", start_by="friday").agg(len())',
                'rolling("a", "1mo").agg(len())',
                'select(col("a").rank().rolling_sum_by("a", "1mo"))',
                'select(col("a").dt.truncate("1mo"))',
                'select(col("a").dt.round("1d"))',
                'select(col("a").dt.offset_by("1mo"), b=col("a").dt.offset_by("-1mo"))',
                'select(col("a").dt.month_start())',
                'select(col("a").dt.month_end())',
                'select(col("a").dt.add_business_days(1, roll="forward"))',
                'select(col("a").dt.replace_time_zone("Europe/Oslo"))',
                'select(col("a").dt.convert_time_zone("Europe/Oslo").dt.dst_offset())',
                'upsample("a", "1mo")',
            )
        ),
        *(
            f'frame({{"a": [{LAST}]}}).with_columns(col("a").cast(Datetime("us"))).{verb}'
            for verb in ('select(col("a").dt.strftime("%Y"))', 'resample("a", "1mo").len()')
        ),
        *(
            f'frame({{"a": [{2**31 - 1}]}}).with_columns(col("a").cast(Int32).cast(Date)).{verb}'
            for verb in (
                'group_by_dynamic("a", "1d").agg(len())',
                'rolling("a", "1mo").agg(len())',
                'resample("a", "1mo").len()',
                'select(col("a").dt.truncate("1mo"))',
                'select(col("a").dt.offset_by("1mo"))',
                'select(col("a").dt.strftime("%Y"))',
            )
        ),
        'frame({"a": [1.0, None, 2.0]}).select(col("a").rolling_sum(2, weights=[0.5, 1]))',
        'frame({"a": [1.0, None, 2.0]}).select(col("a").rolling_mean(2, weights=[0.5, 1]))',
        'frame({"a": [1.0, None, 2.0]}).select(col("a").rolling_std(2, weights=[0.5, 1]))',
        'frame({"a": [1.0, None, 2.0]}).select(col("a").rolling_quantile(0.5, window_size=2, weights=[0.5, 1]))',
        'frame({"a": [3, 1]}).join_asof(frame({"a": [1, 2]}), on="a")',
    ],
)
def test_values_that_polars_does_not_bear(one, program):
    problem = refused(one, program, "invalid_value")
    assert "`a`" in problem["detail"] or "sorted" in problem["detail"], problem


def test_as_far_as_calendars_go(one):
    times = 'frame({"a": [-8_000_000_000_000_000, 0, None, 8_000_000_000_000_000]}).with_columns(col("a").cast(Datetime("ms")))'
    moved = ran(one, f'{times}.select(b=col("a").dt.offset_by("1d").cast(Int64) - col("a").cast(Int64), c=col("a").dt.month_start() <= col("a"))')
    assert moved.rows() == [(86_400_000, True), (86_400_000, True), (None, None), (86_400_000, True)]
    windows = ran(one, f'{times}.drop_nulls().group_by_dynamic("a", "1mo").agg(len()).select("len")')
    assert windows.rows() == [(1,), (1,), (1,)]


LEAST = -(2**63)


def test_a_place_that_no_list_reaches(one):
    lists = f'frame({{"l": [[1, 2], [3, 4]], "i": [{LEAST}, -1]}}).with_columns(t=col("l").cast(Array(Int64, 2)))'
    for column in ('col("l").list', 'col("t").arr'):
        program = f'{lists}.select(a={column}.get({LEAST}, null_on_oob=True), b={column}.get(col("i"), null_on_oob=True))'
        assert ran(one, program).rows() == [(None, None), (None, 4)]
        assert ran(one, f'{lists}.select({column}.shift({LEAST}))').rows() == [([None, None],), ([None, None],)]


def test_frames_without_columns_beside_others(one):
    none = f"{ONE}.select([])"
    for how in ("horizontal", "horizontal_extend"):
        assert ran(one, f'concat([{none}, {none}], how="{how}")').shape == (0, 0)
        assert ran(one, f'concat([{none}, {ONE}], how="{how}")').rows() == [(1, "x"), (2, "y")]


@pytest.mark.parametrize("span", ["99999999999999999999d", "9" * 50 + "ns", "9223372036854775807d", "9999999999mo", "9000000000000000000y", "1d" * 5 + "9" * 19 + "w"])
@pytest.mark.parametrize(
    "program",
    [
        "{}.select(date_range(date(2000, 1, 1), date(2001, 1, 1), \"{}\"))",
        "{}.select(col(\"a\").cast(Datetime(\"us\")).dt.offset_by(\"{}\"))",
        "{}.select(col(\"a\").cast(Datetime(\"us\")).dt.truncate(\"{}\"))",
        "{}.rolling(\"a\", period=\"{}\").agg(len())",
        "{}.with_columns(col(\"a\").cast(Datetime(\"us\"))).group_by_dynamic(\"a\", every=\"{}\").agg(len())",
        "{}.with_columns(col(\"a\").cast(Datetime(\"us\"))).upsample(\"a\", every=\"{}\")",
    ],
)
def test_lengths_of_time_without_end(one, program, span):
    problem = refused(one, program.replace("{}", ONE, 1).replace("{}", span), "invalid_program")
    assert "292 years" in problem["detail"] and place(problem)


@pytest.mark.parametrize(
    "program",
    [
        'frame({"a": [9223372036854775807, 1]}).with_columns(col("a").cast(Datetime("ns"))).select(col("a").dt.offset_by("290y"))',
        'frame({"a": [1, 10000000000000000]}).with_columns(col("a").cast(Datetime("us"))).group_by_dynamic("a", every="1y", period="290y").agg(len())',
        'frame({"a": [9223372036854775807]}).select(col("a").cast(Datetime("ms")).dt.year())',
        'frame({"a": [9223372036854775807]}).select(col("a").cast(Datetime("ms")).dt.to_string("%Y"))',
        'frame({"a": [9223372036854775807]}).cast(Datetime("ms"))',
        'frame({"a": [2147483647]}).cast(Int32).cast(Date)',
        'frame({"a": [9223372036854775807]}).select(col("a").cast(Duration("ms")) * 2)',
        f"{ONE}.select(col(\"a\") ** 1000000000)",
        f"{ONE}.select(col(\"a\").cast(Datetime(\"us\")).dt.to_string(\"%Q\"))",
        f"{ONE}.select(datetime(10**9, 13, 99))",
        f"{ONE}.select(col(\"a\").reshape([0]))",
        f"{ONE}.select(col(\"a\").rolling_sum(0))",
        f"{ONE}.select(col(\"a\").rolling_quantile(2.0, window_size=2))",
        f"{ONE}.select(col(\"a\").quantile(7.0))",
        f"{ONE}.select(col(\"a\").ewm_mean(alpha=-1.0))",
        f"{ONE}.gather_every(0)",
        f"{ONE}.select(col(\"a\").cast(Array(Int64, 1000000000000)))",
        f"{ONE}.select(col(\"s\").str.slice(-10**18, 10**18))",
        f"{ONE}.slice(-10**18, 10**18)",
        f"{ONE}.select(col(\"a\").shift(-10**18))",
        f"{ONE}.select(col(\"a\").round(10**9))",
        f"{ONE}.head(10**18)",
    ],
)
def test_polars_may_panic_and_the_server_lives(one, program):
    """Whether Polars answers, refuses or panics: a panic is an error of code `internal`, and no more."""
    response = one.request("POST", "/v1/expressions", json={"program": program}, headers={"Accept": ARROW_STREAM}, ok=False)
    if response.status_code >= 500:
        assert response.json()["code"] == "internal"
    assert ran(one, ONE).height == 2


@pytest.mark.parametrize(
    "column",
    [
        'col("a").cast(Datetime("ms")).cast(String)',
        'col("a").cast(Datetime("us")).cast(String)',
        'col("a").cast(Datetime("ms")).dt.year()',
        'col("a").cast(Datetime("ms")).dt.to_string("%Y")',
        'col("a").cast(Datetime("ms")).cast(Date)',
        '(col("a") // 2**32).cast(Int32).cast(Date).cast(String)',
        'col("a").cast(Datetime("us")).dt.cast_time_unit("ns")',
        'col("a").cast(Duration("ms")).dt.cast_time_unit("us")',
        'col("a").cast(Datetime("us")).cast(Datetime("ns"))',
        'col("a").cast(Datetime("us")).dt.timestamp("ns")',
        'lit("3000-01-01").str.to_date().dt.epoch("ns")',
    ],
)
def test_a_time_beyond_calendars_is_refused_or_null(one, column):
    """Polars 0.55.2 panics at some, and goes round at others."""
    try:
        found = ran(one, f'frame({{"a": [9223372036854775807]}}).select({column})').item()
        assert found is None or found == 292277026596, found
    except Problem as problem:
        assert (problem.status, problem.code) == (422, "invalid_value"), problem
    assert ran(one, ONE).height == 2


def test_times_are_told_in_other_units(one):
    found = ran(one, 'frame({"a": [-1, 1_500, None]}).select(t=col("a").cast(Datetime("us")), d=col("a").cast(Duration("us")))'
                     '.select(up=col("t").dt.cast_time_unit("ns").cast(Int64), down=col("d").dt.cast_time_unit("ms").cast(Int64), n=col("t").dt.timestamp("ns"))')
    assert found.rows() == [(-1000, 0, -1000), (1_500_000, 1, 1_500_000), (None, None, None)]


# Much out of little.


@pytest.mark.parametrize(
    "program",
    [
        "{}.select(int_range(10**12))",
        "{}.select(int_range(0, 10**12).sum())",
        "{}.select(int_range(10**12, 0, -1))",
        "{}.select(int_range(0, col(\"a\").sum() * 10**12))",
        "{}.select(repeat(1, 10**12))",
        "{}.select(repeat(1, col(\"a\").sum() * 10**12))",
        "{}.select(col(\"a\").extend_constant(1, 10**12))",
        "{}.select(col(\"a\").repeat_by(10**10))",
        "{}.select(col(\"a\").repeat_by(col(\"a\") * 10**9))",
        "{}.select(linear_space(0, 1, 10**12))",
        "{}.select(datetime_range(datetime(1, 1, 1), datetime(9999, 1, 1), \"1us\"))",
        "{}.select(time_range(interval=\"1ns\"))",
        "{}.sample(n=10**12, with_replacement=True)",
        "{}.sample(fraction=1e12, with_replacement=True)",
        "{}.select(col(\"a\").sample(n=10**12, with_replacement=True))",
        "{}.select(col(\"a\").sample(fraction=1e12, with_replacement=True))",
        "{}.select(col(\"a\").top_k(10**12))",
        "{}.select(col(\"s\").str.pad_start(10**12))",
        "{}.select(col(\"s\").str.pad_end(col(\"a\") * 10**12))",
        "{}.with_columns((col(\"a\") * 10**15).cast(Datetime(\"us\"))).upsample(\"a\", every=\"1us\")",
        "{}.with_columns((col(\"a\") * 10**15).cast(Datetime(\"us\")), k=1).group_by_dynamic(\"a\", every=\"1us\", group_by=\"k\").agg(len())",
        "{}.with_columns(col(\"a\") * 10**13, k=1).group_by_dynamic(\"a\", every=\"1i\", group_by=\"k\").agg(len())",
        "{}.group_by_dynamic(\"a\", every=\"1i\", period=\"1000000000000i\").agg(len())",
        "{}.with_columns((col(\"a\") * 10**15).cast(Datetime(\"us\"))).resample(\"a\", \"1us\").agg(len())",
        'table("many").select(col("n").repeat_by(100_000).explode().sum())',
        "{}.select(col(\"s\")" + f'.str.replace_all("x", "{500 * "x"}")' * 5 + ".str.len_bytes())",
        "{}.select(col(\"s\")" + f'.str.replace_all("", "{500 * "x"}")' * 5 + ".str.len_bytes())",
        "{}.select(col(\"s\")" + f'.str.replace_all("(.+)", "{500 * "$1"}")' * 5 + ".str.len_bytes())",
        "{}.select(col(\"s\")" + f'.str.replace("x", "{500 * "x"}", literal=True, n=1_000_000)' * 5 + ".str.len_bytes())",
        'table("many").select(col("n").implode().repeat_by(10**9))',
    ],
)
def test_much_out_of_little(one, program):
    one.forget_peak()
    before, began = one.resident_bytes(), time.monotonic()
    problem = refused(one, program.replace("{}", ONE), "limit_program")
    assert (problem["limit"], problem["retry"]) == ("program_rows", False)
    assert "program_rows" in problem["detail"]
    assert time.monotonic() - began < 5
    assert one.resident_bytes("VmHWM") < before + 256 * MB


def test_what_lies_below_a_null_does_not_grow(one):
    """Polars 0.55.2 replaces in it, and a plan is tried over nulls."""
    one.forget_peak()
    before = one.resident_bytes()
    grown = 'select(col("s")' + f'.str.replace_all("", "{500 * "x"}")' * 5 + ".str.len_bytes())"
    assert ran(one, f'frame({{"s": ["x", None]}}).filter(col("s").is_null()).{grown}').rows() == [(None,)]
    assert one.resident_bytes("VmHWM") < before + 256 * MB


def test_rows_of_frames_together_are_counted(one):
    """Polars 0.55.2 counts them in a type that it is built without."""
    assert ran(one, f"concat([{ONE}, {ONE}]).select(len())").rows() == [(4,)]
    assert ran(one, 'concat([table("small"), table("small").head(1)]).select(n=len())').rows() == [(4,)]
    assert ran(one, f"{ONE}.unpivot([\"a\", \"s\"]).select(len())").rows() == [(4,)]
    assert ran(one, f"{ONE}.select(\"a\").unpivot(\"a\").filter(col(\"value\") > 1).select(len())").rows() == [(1,)]


@pytest.mark.parametrize("part", [
    'col("s").§mean()', 'col("s").§cum_sum()', 'col("s").§quantile(0.5)', 'col("s").§round()', '§col("a") & col("s")', '§-col("u")',
    '§corr("a", "s")', 'col("t").dt.§total_days()', 'when(§col("a")).then(1)', '§col("t") - col("zoned")',
    '§col("zoned") > datetime(2013, 5, 1)', 'col("a") > lit(1) + col("s").§abs().cast(Int64)',
])
@pytest.mark.parametrize("before", ['table("typed")', 'table("typed").filter(col("a") > 1)', 'table("typed").join(table("typed"), on="a").sort("s")'])
def test_types_are_checked_before_anything_runs(one, before, part):
    day = datetime.datetime(2024, 1, 1)
    one.put("typed", pa.table({"a": [1, 2], "s": ["x", "y"], "u": pa.array([1, 2], pa.uint8()), "t": [day] * 2,
                               "zoned": pa.array([day] * 2, pa.timestamp("us", "Europe/Oslo"))}))
    program = f"{before}.select(x={part})"
    column = program.index("§") + 1
    program = program.replace("§", "")
    for asked in [program, program + ".explain()", program + '.head(1).store("never")']:
        problem = refused(one, asked, "invalid_program")
        assert problem["position"] == {"line": 1, "column": column}, problem
    reply = one.request("PUT", "/v1/views/never", data=program.encode(), headers={"Content-Type": "text/x-python"}, ok=False)
    assert reply.json()["code"] == "invalid_program"


def test_columns_are_asked_for_without_rows(one):
    program = 'table("many").join(other, how="cross").select("n", x=col("n").cast(String), m="m")'
    other = pa.BufferOutputStream()
    with pa.ipc.new_stream(other, pa.schema({"m": pa.int64()})):
        pass
    files = {"program": (None, program), "describe": (None, "true"), "other": ("other", other.getvalue().to_pybytes(), ARROW_STREAM)}
    itself = program.replace("(other", '(table("many").rename({"n": "m"})')
    for asked in [{"files": files}, {"json": {"program": itself, "describe": True}}, {"data": itself, "params": {"describe": "true"}}]:
        reply = requests.post(one.url + "/v1/expressions", headers={"Accept": ARROW_STREAM}, timeout=60, **asked)
        assert reply.status_code == 200, reply.text
        answer = pa.ipc.open_stream(reply.content).read_all()
        assert answer.num_rows == 0 and answer.schema.types == [pa.int64(), pa.string(), pa.int64()]
    ran(one, 'table("many").store("never")', describe=True)
    assert one.value("SELECT count(*) FROM system.datasets WHERE name = 'never'") == 0
    refused(one, 'table("many").select("m")', "unknown_column", describe=True)


@pytest.mark.parametrize("groups", ['group_by("k")', 'sort("k").rolling("k", period="2i")', 'sort("k").group_by_dynamic("k", every="2i")', 'resample("t", "1d")'])
@pytest.mark.parametrize("part", ["§{}.std()", "§{}.var()", "§{}.mean()", "§{}.median()", "§{}.sum()", "§{}.quantile(0.5)", "§{}.product()"])
def test_what_is_no_number_has_no_sum_in_groups_either(one, groups, part):
    one.put("odd", pa.table({"k": [1, 2], "s": ["x", "y"], "l": [[1], [2]], "b": [b"x", b"y"], "t": [datetime.datetime(2024, 1, 1)] * 2}))
    for column, kind in {"s": "String", "l": "List(Int64)", "b": "Binary"}.items():
        whole = f'table("odd").{groups}.agg(x={part.format(f"col({chr(34)}{column}{chr(34)})")})'
        program = whole.replace("§", "")
        # At the name of the function, behind the column.
        at = program.index(f'col("{column}").') + len(f'col("{column}").') + 1
        for asked in [program, program + ".explain()"]:
            problem = refused(one, asked, "invalid_program")
            assert problem["position"] == {"line": 1, "column": at} and kind in problem["detail"], problem


def test_a_list_of_its_group_for_each_row_is_weighed(one):
    one.put("wide", pa.table({"k": [0, 1] * 15_000, "n": range(30_000)}))
    for part in ['col("n").implode().over("k")', 'col("n").over("k", mapping_strategy="join")', 'col("n").implode().over("k", col("n") < 0)']:
        problem = refused(one, f'table("wide").select(x={part}).select(col("x").list.len().sum())', "limit_program")
        assert problem["limit"] == "program_rows"
    few = ran(one, 'table("wide").head(5).select("k", x=col("n").implode().over("k"), j=col("n").over("k", mapping_strategy="join"))')
    assert few.rows() == [(0, [0, 2, 4], [0, 2, 4]), (1, [1, 3], [1, 3]), (0, [0, 2, 4], [0, 2, 4]), (1, [1, 3], [1, 3]), (0, [0, 2, 4], [0, 2, 4])]
    assert ran(one, 'table("wide").select(x=col("n").implode().list.len().over("k")).select(col("x").max())').item() == 15_000


def test_transform_is_over_each_column(one):
    one.put("rows", pa.table({"k": ["x", "y", None, "x", None], "j": [1, 1, 2, 1, 2], "v": [1, 2, 3, 4, None]}))
    columns = {"total": 'col("v").sum()', "nth": 'col("v").rank()', "n": "len()", "v": 'col("v") - col("v").mean()', "all": 'col("v").implode()'}
    beside = ", ".join(f"{name}={column}" for name, column in columns.items())
    over = ", ".join(f'{name}=({column}).over("k", col("j") * 2)' for name, column in columns.items())
    for before in ['table("rows")', 'table("rows").filter(col("v") > 9)']:
        got = ran(one, f'{before}.group_by("k", col("j") * 2).transform({beside})')
        assert got.equals(ran(one, f"{before}.with_columns({over})")) and got.columns == ["k", "j", "v", "total", "nth", "n", "all"]
    for wrong in ['group_by("k").transform()', 'group_by().transform(col("v").sum())', 'group_by("k").having(len() > 1).transform(col("v").sum())',
                  'sort("v").rolling("v", period="2i").transform(col("j").sum())', 'group_by("k").transform(col("v").head(1))']:
        assert refused(one, f'table("rows").{wrong}', "invalid_value" if "head" in wrong else "invalid_program")
    one.put("wide", pa.table({"k": [0, 1] * 15_000, "n": range(30_000)}))
    assert refused(one, 'table("wide").group_by("k").transform(x=col("n").implode())', "limit_program")["limit"] == "program_rows"


@pytest.mark.parametrize("join", [
    'join(table("n").select(all=col("n").implode()), how="cross")',
    'with_columns(k=1).join(table("n").select(k=1, all=col("n").implode()), on="k", how="left")',
    'with_columns(k=1).join(table("n").select(k=1, s=struct(all=col("n").implode())), on="k").with_columns(all=col("s").struct.field("all"))',
], ids=["cross", "left", "struct"])
def test_a_list_beside_each_row_of_a_join_is_weighed(tmp_path, join):
    """Polars makes some 100,000 rows of a join in one step, and copies the list for each."""
    with Server(tmp_path / "data", "--memory", "600MiB") as small:
        small.put("n", pa.table({"n": range(60_000)}))
        before = small.resident_bytes()
        problem = refused(small, f'table("n").{join}.select(col("all").list.len().sum())', "limit_memory")
        assert problem["limit"] == "memory" and f"allows {75 * MB}" in problem["detail"], problem
        assert small.resident_bytes("VmHWM") < before + 256 * MB
        few = ran(small, f'table("n").head(100).{join}.select(col("all").list.len().sum())')
        assert few.rows() == [(6_000_000,)]
        # Long lists beside rows of their own are no more than they were.
        own = 'table("n").with_columns(k=col("n") // 100).group_by("k", maintain_order=True).agg(all=col("n"))'
        assert ran(small, f'{own}.join({own}, on="k").select(col("all").list.len().sum(), col("all_right").list.len().sum())').rows() == [(60_000, 60_000)]


@pytest.mark.parametrize("windows", [
    'rolling("n", period="30000i")',
    'rolling("n", period="60000i", group_by="k")',
    'group_by_dynamic("n", every="1i", period="30000i")',
], ids=["rolling", "grouped", "dynamic"])
def test_rows_that_windows_keep_are_weighed(tmp_path, windows):
    """60,000 windows of up to 30,000 rows each: summed where they lie, and refused where each is copied."""
    with Server(tmp_path / "data", "--memory", "600MiB") as small:
        small.put("n", pa.table({"n": range(60_000), "k": [0, 1] * 30_000}))
        before = small.resident_bytes()
        for kept in ['col("n").sort().first()', 'col("n")', 'col("n").implode().list.len()', 'col("n").filter(col("k") == 1).sum()', '(col("n") - col("n").mean()).sum()']:
            problem = refused(small, f'table("n").{windows}.agg(x={kept})', "limit_memory")
            assert problem["limit"] == "memory" and "windows" in problem["detail"], problem
        assert small.resident_bytes("VmHWM") < before + 256 * MB
        assert ran(small, f'table("n").{windows}.agg(x=(col("n") * 2).round().sum(), y=len(), z=col("n").max()).select(len())').item() >= 60_000
        few = windows.replace("30000i", "30i").replace("60000i", "60i")
        assert ran(small, f'table("n").{few}.agg(x=col("n").sort().last()).select(col("x").max())').item() == 59_999
        if "by=" not in windows:
            # Made some at a time: no more than those are there at once.
            small.put("long", pa.table({"n": range(3_000_000), "k": [0] * 3_000_000}))
            assert ran(small, f'table("long").{few}.agg(x=col("n").sort().first()).select(len())').item() >= 3_000_000


def test_windows_of_computed_keys_are_weighed(tmp_path):
    with Server(tmp_path / "data", "--memory", "600MiB") as small:
        small.put("n", pa.table({"n": range(60_000), "k": range(60_000)}))
        for key in ['col("k") % 2', '(col("k") % 2).alias("p")']:
            refused(small, f'table("n").rolling("n", period="60000i", group_by={key}).agg(x=col("n").sort().first())', "limit_memory")
            assert ran(small, f'table("n").rolling("n", period="60i", group_by={key}).agg(x=col("n").sort().first()).select(len())').item() == 60_000


DOUBLED = ['col("s") + col("s")', 'concat_str("s", "s")', 'concat_list("s", "s")']


@pytest.mark.parametrize("doubled", DOUBLED)
def test_what_doubles_again_and_again_ends(tmp_path, doubled):
    """34 times, of 8 bytes: each is looked at before the next."""
    bounded = ("prlimit", f"--as={16 << 30}")
    with Server(tmp_path / "data", "--memory", "1GiB", wrapper=bounded) as small:
        refused(small, 'frame({"s": ["xxxxxxxx"]})' + f".with_columns(s={doubled})" * 34, "limit_memory")
        wait_until(lambda: is_idle(small), 10, "it doubles on")
        assert small.alive() and ran(small, 'frame({"a": [1]})').item() == 1


def test_types_of_verbs_are_checked_before_anything_runs(one):
    for program in ['frame({"a": [1]}).filter(col("a") > 5).explode("a")', 'concat([frame({"a": [1]}), frame({"b": [1]})])',
                    'frame({"a": [1], "l": [[1]]}).unpivot(["a", "l"])']:
        assert refused(one, program + ".explain()", "invalid_program")["position"]


def test_neighbours_are_counted_across_partitions(one):
    """Polars 0.55.2 panics at a morsel of several chunks."""
    one.put("runs", pa.table({"a": ["x", "x"]}))
    one.append("runs", pa.table({"a": ["y"]}))
    one.append("runs", pa.table({"a": ["y", "x"]}))
    runs = [{"len": 2, "value": "x"}, {"len": 2, "value": "y"}, {"len": 1, "value": "x"}]
    for on in ['table("runs")', 'table("runs").filter(col("a") != "q")', 'table("runs").head(9)', 'concat([table("runs").head(2), table("runs").tail(3)])']:
        assert ran(one, f'{on}.select(col("a").rle())')["a"].to_list() == runs, on


def test_as_much_as_is_asked_works(one):
    assert ran(one, f"{ONE}.select(n=int_range(0, 1_000_000)).select(col(\"n\").sum())").rows() == [(499_999_500_000,)]
    assert ran(one, f"{ONE}.with_columns(n=int_range(0, len()), r=repeat(7, len()))").rows() == [(1, "x", 0, 7), (2, "y", 1, 7)]
    assert ran(one, f"{ONE}.group_by(\"s\").agg(n=int_range(0, len()))").rows() == [("x", [0]), ("y", [0])]
    assert ran(one, f"{ONE}.select(col(\"s\").repeat_by(\"a\"))").rows() == [(["x"],), (["y", "y"],)]
    assert ran(one, f"{ONE}.select(col(\"s\").repeat_by(2))").rows() == [(["x", "x"],), (["y", "y"],)]
    assert ran(one, f"{ONE}.sample(fraction=2.0, with_replacement=True).select(len())").rows() == [(4,)]
    assert ran(one, f"{ONE}.select(col(\"a\").sample(fraction=1.5, with_replacement=True)).select(len())").rows() == [(3,)]
    assert ran(one, f"{ONE}.select(col(\"s\").str.pad_start(3))").rows() == [("  x",), ("  y",)]
    assert ran(one, f"{ONE}.select(col(\"a\").top_k(1))").rows() == [(2,)]
    windows = f"{ONE}.with_columns(a=col(\"a\") * 10**13).group_by_dynamic(\"a\", every=\"1i\""
    assert ran(one, f"{windows}).agg(len())").rows() == [(10**13, 1), (2 * 10**13, 1)]
    assert ran(one, f"{windows}, group_by=\"s\").agg(len())").rows() == [("x", 10**13, 1), ("y", 2 * 10**13, 1)]


def test_a_program_over_its_memory_is_refused_and_named(tmp_path):
    with Server(tmp_path / "data", "--memory", "256MiB") as small:
        for part in range(8):
            rows = pa.table({"n": range(part * 2_000_000, (part + 1) * 2_000_000), "m": [float(part)] * 2_000_000})
            small.append("much", rows) if part else small.put("much", rows)
        problem = refused(small, 'table("much").sort("m", "n", descending=True).select(col("n").cum_sum())', "limit_memory")
        assert problem["limit"]
        assert ran(small, 'table("much").select(len())').rows() == [(16_000_000,)]


# Time.

ENDLESS = 'table("many").join(table("many").rename({"n": "m"}), how="cross").select((col("n") + col("m")).sum())'
LONG = 'table("many").join(table("many"), how="cross")'


def cpu_s(server):
    """Time that the process has computed so far, in seconds."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_idle(server):
    before = cpu_s(server)
    time.sleep(0.2)
    return cpu_s(server) - before < 0.1


def left_alone(server):
    """Within a second nothing computes any more."""
    wait_until(lambda: is_idle(server), 1.5, "it computes on though nobody waits for it")


@pytest.mark.parametrize("verbs", [
    '.sort("n", "n_right")',
    '.select(col("n").implode(), many=col("n_right").implode())',
    '.group_by("n", "n_right").agg(len())',
], ids=["sorted", "gathered", "grouped"])
def test_what_a_program_makes_of_little_is_charged(tmp_path, verbs):
    """400 million rows of two small sources, which Polars holds all at once."""
    with Server(tmp_path / "data", "--memory", "600MiB") as small:
        small.put("n", pa.table({"n": range(20_000)}))
        refused(small, f'table("n").join(table("n"), how="cross"){verbs}', "limit_memory")
        left_alone(small)
        assert ran(small, 'table("n").select(len())').rows() == [(20000,)]


@pytest.mark.parametrize("program", [ENDLESS, ENDLESS.replace('table("many")', f"frame({{\"n\": {list(range(45_000))}}})")], ids=["tables", "frames"])
def test_a_program_is_cancelled(one, program):
    id = f"cancel-{time.monotonic_ns()}"
    found = []
    def ask():
        headers = {"Pantile-Query-Id": id, "Accept": ARROW_STREAM}
        found.append(requests.post(one.url + "/v1/expressions", json={"program": program}, headers=headers, timeout=60))
    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: any(text[:100] == program[:100] for text in running(one)), 10, "it never ran")
    time.sleep(0.5)
    one.delete(f"/v1/statements/{id}")
    asking.join(10)
    assert found[0].json()["code"] == "cancelled"
    left_alone(one)


def test_a_timeout_ends_the_program(one):
    began = time.monotonic()
    problem = refused(one, ENDLESS, "timeout", timeout_ms=500)
    assert time.monotonic() - began < 5 and problem["limit"]
    left_alone(one)


def test_a_client_that_leaves_ends_its_program(one):
    body = json.dumps({"program": ENDLESS})
    with socket.create_connection(one.address) as leaving:
        leaving.sendall(f"POST /v1/expressions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        wait_until(lambda: ENDLESS in running(one), 10, "it never ran")
    wait_until(lambda: ENDLESS not in running(one), 1.5, "it runs on though nobody waits for it")
    left_alone(one)


def test_a_client_that_leaves_in_mid_answer_ends_its_program(one):
    with requests.Session() as leaving:
        response = leaving.post(one.url + "/v1/expressions", data=LONG, headers={"Accept": CSV}, stream=True, timeout=30)
        next(response.iter_content(1 << 16))
        wait_until(lambda: LONG in running(one), 10, "it never ran")
        response.close()
    wait_until(lambda: LONG not in running(one), 1.5, "it streams on though nobody reads")
    left_alone(one)


def test_row_limit(one):
    response = one.request("POST", "/v1/expressions", json={"program": LONG, "row_limit": 7}, headers={"Accept": NDJSON})
    assert len(response.text.splitlines()) == 7
    left_alone(one)
    assert ran(one, ONE, row_limit=0).rows() == []
    assert ran(one, ONE, row_limit=10**15).height == 2


def test_many_at_once_answer_right(one):
    def ask(number):
        with requests.Session() as asking:
            program = f'table("many").filter(col("n") % {number + 2} == 0).select(s=col("n").sum(), k={number})'
            response = asking.post(one.url + "/v1/expressions", data=program, headers={"Accept": JSON, "Content-Type": "text/x-python"}, timeout=60)
            return response.status_code, response.json()
    want = [sum(range(0, 100_000, number + 2)) for number in range(64)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(64)))
    assert all(status == 200 for status, _ in answers), [answer for answer in answers if answer[0] != 200][:3]
    texts = [json.dumps(answer) for _, answer in answers]
    assert all(str(sum_) in text for sum_, text in zip(want, texts))


# HTTP.


def test_the_route_is_asked_by_post(one):
    response = one.get("/v1/expressions", ok=False)
    assert response.status_code == 405 and response.json()["code"] == "method_not_allowed"
    assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", "invalid_request", ""),
        (b"{", "invalid_request", ""),
        (b"[]", "invalid_request", ""),
        (b"null", "invalid_request", ""),
        (b"{}", "invalid_request", "`program`"),
        (b'{"program": 1}', "invalid_request", "`program`"),
        (b'{"program": null}', "invalid_request", "`program`"),
        (b'{"program": "x", "porgram": "y"}', "invalid_request", "`porgram`"),
        (b'{"program": "x", "timeout_ms": -1}', "invalid_request", "`timeout_ms`"),
        (b'{"program": "x", "timeout_ms": "1"}', "invalid_request", "`timeout_ms`"),
        (b'{"program": "x", "row_limit": 1.5}', "invalid_request", "`row_limit`"),
        (b'{"program": "x", "row_limit": 99999999999999999999999}', "invalid_request", "`row_limit`"),
        (b'{"program": "x", "values": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "invalid_request", ""),
        (b'{"program": "\xff"}', "invalid_request", ""),
        (b'{"program": "\\ud800"}', "invalid_request", ""),
    ],
)
def test_json_that_is_wrong(one, body, code, words):
    response = one.post("/v1/expressions", body, headers={"Content-Type": JSON}, ok=False)
    assert response.status_code == 400 and response.json()["code"] == code, response.text
    assert words in response.json()["detail"]


def test_text_that_is_no_utf8(one):
    response = one.post("/v1/expressions", b'frame({"a": ["\xff"]})', headers={"Content-Type": "text/x-python"}, ok=False)
    assert response.status_code == 400 and response.json()["code"] == "invalid_request"


def test_unknown_parameters_are_named(one):
    response = one.post("/v1/expressions", ONE.encode(), params={"fromat": "csv"}, ok=False)
    assert response.status_code == 400 and "fromat" in response.text


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_like(one, ends):
    assert ran(one, f"\ufeffa = {ONE}{ends}# a remark{ends}a.head(1){ends}").height == 1


@pytest.mark.parametrize("accept", [ARROW_STREAM, ARROW_FILE, PARQUET, CSV, JSON, NDJSON, "*/*"])
@pytest.mark.parametrize("program", [ONE, f"{ONE}.clear()", 'frame({"a": [None]})', f"{ONE}.select(col(\"a\").implode())"])
def test_every_format(one, accept, program):
    response = one.post("/v1/expressions", program.encode(), headers={"Accept": accept}, ok=False)
    if accept == CSV and "implode" in program and response.status_code != 200:
        assert response.json()["code"] in ("not_acceptable", "unsupported")
        return
    assert response.status_code == 200, response.text
    if program == ONE:
        assert b"x" in response.content and b"y" in response.content


def test_a_format_that_there_is_not(one):
    response = one.post("/v1/expressions", ONE.encode(), headers={"Accept": "image/png"}, ok=False)
    assert response.status_code == 406 and response.json()["code"] == "not_acceptable"


def test_an_idempotency_key_changes_nothing_of_a_question(one):
    headers = {"Idempotency-Key": "expressions-1", "Accept": CSV}
    answers = [one.post("/v1/expressions", ONE.encode(), headers=headers).text for _ in range(2)]
    assert answers[0] == answers[1] == "a,s\n1,x\n2,y\n"


def test_one_query_id_at_a_time(one):
    headers = {"Pantile-Query-Id": "expressions-id"}
    for _ in range(2):
        response = one.post("/v1/expressions", ONE.encode(), headers=headers)
        assert response.headers["Pantile-Query-Id"] == "expressions-id"
