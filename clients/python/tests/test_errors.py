"""What is told of what went wrong: the tree, the problem documents, and answers that are none of a Pantile server."""

from __future__ import annotations

import builtins
import pickle
import re
from pathlib import Path

import pyarrow as pa
import pytest

import pantile
from faking import Fake, plain, problem
from pantile import _errors

pytestmark = pytest.mark.everywhere

DOCS = Path(__file__).parents[3] / "docs" / "errors"

CODES = sorted(page.stem for page in DOCS.glob("*.md") if page.stem != "README")

WRONG = [
    ("SELECT dep_dely FROM flights", pantile.ColumnNotFoundError, "unknown_column", "did you mean `dep_delay`?"),
    ("SELECT * FROM flight", pantile.DatasetNotFoundError, "unknown_dataset", "flights"),
    ("SELECT carrier FRM flights", pantile.QuestionError, "invalid_sql", None),
    ("SELECT CAST(carrier AS INT) FROM flights", pantile.InvalidValueError, "invalid_value", None),
    ("CREATE TABLE flights AS SELECT 1 AS a", pantile.ConflictError, "already_exists", None),
    ("COPY flights TO '/tmp/out.parquet'", pantile.ForbiddenError, "forbidden", None),
]

PROGRAMS = [
    ('table("flights").select("dep_dely")', pantile.ColumnNotFoundError, "unknown_column"),
    ('table("flight")', pantile.DatasetNotFoundError, "unknown_dataset"),
    ('table("flights").selct("carrier")', pantile.QuestionError, "invalid_program"),
    ("lambda: 1", pantile.QuestionError, "invalid_program"),
]

# What the builtin of the same meaning would catch.
BUILTINS = [
    (pantile.ConnectionError, builtins.ConnectionError),
    (pantile.TimeoutError, builtins.TimeoutError),
    (pantile.ColumnNotFoundError, KeyError),
    (pantile.DatasetNotFoundError, KeyError),
    (pantile.QuestionError, ValueError),
    (pantile.ArgumentError, TypeError),
    (pantile.UnsupportedError, NotImplementedError),
]


def test_every_code_of_the_documentation_has_a_class():
    assert CODES and sorted(_errors.CLASSES) == CODES


def test_the_tree_that_is_drawn_has_all_there_are():
    drawn = set(re.findall(r"^    [│ ├└─]*([A-Z]\w+)", _errors.__doc__ or "", re.M))
    real = {name for name, value in vars(_errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert drawn == real and real <= set(pantile.__all__)


def test_each_line_of_the_tree_stands_under_its_parent():
    parents: list[str] = []
    for line in (_errors.__doc__ or "").splitlines():
        if not (found := re.match(r"^    ([│ ├└─]*)([A-Z]\w+)", line)):
            continue
        depth = len(found[1]) // 4
        parents[depth:] = [found[2]]
        if depth:
            assert issubclass(getattr(_errors, found[2]), getattr(_errors, parents[depth - 1])), line


@pytest.mark.parametrize(("ours", "theirs"), BUILTINS)
def test_errors_are_the_builtins_that_they_mean(ours, theirs):
    assert issubclass(ours, pantile.Error)
    with pytest.raises(theirs, match="^what was said$"):
        raise ours("what was said")


@pytest.mark.parametrize(("sql", "kind", "code", "hint"), WRONG)
def test_statements_that_are_wrong(client, sql, kind, code, hint):
    with pytest.raises(kind) as caught:
        client.query(sql).read_all()
    error = caught.value
    assert (error.code, error.retry) == (code, False)
    assert error.query_id and error.status >= 400
    assert hint is None or hint in str(error)


@pytest.mark.parametrize(("program", "kind", "code"), PROGRAMS)
def test_programs_that_are_wrong(client, program, kind, code):
    with pytest.raises(kind) as caught:
        client.run(program)
    assert caught.value.code == code


def test_an_error_says_where_and_what_was_meant(client):
    with pytest.raises(pantile.ColumnNotFoundError) as caught:
        client.query("SELECT dep_dely FROM flights")
    error = caught.value
    assert error.position == (1, 8) == (error.position.line, error.position.column)
    lines = str(error).splitlines()
    assert lines[:3] == [
        "there is no column `dep_dely`",
        "  at line 1, column 8",
        "  hint: did you mean `dep_delay`?",
    ]
    assert lines[3] == f"  query: {error.query_id}"


def test_the_query_id_is_that_of_the_servers_record(client):
    with pytest.raises(pantile.InvalidValueError) as caught:
        client.query("SELECT CAST(carrier AS INT) FROM flights").read_all()
    [record] = [one for one in client.queries() if one["query_id"] == caught.value.query_id]
    assert record["state"] == "failed"


def test_a_limit_is_named():
    with Fake(problem("limit_memory", 422, retry=True, limit="query_memory")) as fake:
        with pytest.raises(pantile.LimitError) as caught:
            pantile.connect(fake.url).query("SELECT 1")
    assert caught.value.limit == "query_memory" and caught.value.retry
    assert "limit: query_memory" in str(caught.value)
    assert len(fake.asked()) == 1, "what is short of memory is not asked again at once"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, pantile.ForbiddenError),
        (403, pantile.ForbiddenError),
        (404, pantile.RequestError),
        (418, pantile.RequestError),
        (500, pantile.ServerError),
        (502, pantile.UnavailableError),
        (504, pantile.TimeoutError),
    ],
)
def test_answers_without_a_problem_document(status, kind):
    with Fake(otherwise=plain(b"<h1>a proxy speaks</h1>", status, "text/html")) as fake:
        with pytest.raises(kind, match="a proxy speaks") as caught:
            pantile.connect(fake.url, retries=0).query("SELECT 1")
    assert type(caught.value) is kind and caught.value.status == status


def test_a_code_of_a_newer_server_is_judged_by_its_status():
    with Fake(problem("brand_new", 422)) as fake, pytest.raises(pantile.RequestError) as caught:
        pantile.connect(fake.url).query("SELECT 1")
    assert (caught.value.code, caught.value.detail) == ("brand_new", "it is brand_new")


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (plain(b"<html></html>", 200, "text/html"), "is no Pantile server: it sent text/html"),
        (plain(b"", 302, "text/html", Location="https://elsewhere/"), "points to https://elsewhere/"),
    ],
)
def test_what_is_no_pantile_server_is_told_apart(reply, said):
    with Fake(reply) as fake, pytest.raises(pantile.ConnectionError, match=re.escape(said)):
        pantile.connect(fake.url).query("SELECT 1")


def test_what_only_says_that_it_is_arrow():
    with Fake(plain(b"no Arrow at all, whatever was said")) as fake:
        with pytest.raises(pantile.DataError, match="no Arrow stream"):
            pantile.connect(fake.url).query("SELECT 1")


def test_documents_that_are_no_json():
    with Fake(plain(b"{", 200, "application/json")) as fake, pytest.raises(pantile.Error, match="not JSON"):
        pantile.connect(fake.url).ops()


def test_errors_cross_process_borders_whole():
    error = pantile.ColumnNotFoundError("no column `a`", code="unknown_column", position=pantile.Position(1, 2))
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_a_frame_that_fails_to_come_ends_the_request(client):
    def batches():
        yield pa.record_batch({"a": [1]})
        raise RuntimeError("the disk is gone")

    reader = pa.RecordBatchReader.from_batches(pa.schema({"a": pa.int64()}), batches())
    with pytest.raises(RuntimeError, match="the disk is gone"):
        client.upload("half", reader)
    assert "half" not in client.datasets
