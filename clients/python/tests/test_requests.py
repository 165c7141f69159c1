"""What is sent: values beside programs, parameters of statements, addresses, and when a request is sent again."""

from __future__ import annotations

import datetime
import decimal
import math
import uuid
from email.parser import BytesParser

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import pantile
from faking import Fake, document, hang_up, plain, problem, rows
from pantile import _wire

pytestmark = pytest.mark.everywhere

TABLE = pa.table({"a": [1, 2, 3]})

VALUES = [
    (None, None),
    (True, True),
    (np.bool_(True), True),
    (7, 7),
    (np.int8(7), 7),
    (2**64 - 1, 2**64 - 1),
    (0.1, 0.1),
    (np.float32(0.5), 0.5),
    ("ü", "ü"),
    (np.str_("x"), "x"),
    ([1, "a", None], [1, "a", None]),
    ((1, 2), [1, 2]),
    (range(3), [0, 1, 2]),
    (np.array([1, 2]), [1, 2]),
    (pd.Series(["a", "b"]), ["a", "b"]),
    (pd.Index([1]), [1]),
    (pl.Series([1, None]), [1, None]),
    (pa.array([1, None]), [1, None]),
    (pa.chunked_array([[1]]), [1]),
    (pa.scalar(5), 5),
]

NO_VALUES = [math.nan, math.inf, 2**64, object(), {"a": 1}, b"x", datetime.date(2020, 1, 1), decimal.Decimal("1.5")]

PARAMS = [
    (datetime.date(2020, 1, 2), "2020-01-02"),
    (datetime.datetime(2020, 1, 2, 3), "2020-01-02T03:00:00"),
    (datetime.time(3, 4), "03:04:00"),
    (pd.Timestamp("2020-01-02"), "2020-01-02T00:00:00"),
    (np.datetime64("2020-01-02T03:00:00.000000001"), "2020-01-02T03:00:00.000000001"),
    (pd.NaT, None),
    (decimal.Decimal("1.50"), "1.50"),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (np.int64(4), 4),
    (None, None),
]


@pytest.mark.parametrize(("value", "sent"), VALUES)
def test_values_beside_a_program(value, sent):
    with Fake(rows(TABLE)) as fake:
        pantile.connect(fake.url).run("x", {"v": value})
    assert fake.seen[0].json == {"program": "x", "values": {"v": sent}}


@pytest.mark.parametrize("value", NO_VALUES)
def test_values_that_programs_do_not_hold(value):
    with Fake() as fake, pytest.raises(pantile.ArgumentError, match="`v`"):
        pantile.connect(fake.url).run("x", {"v": [value]})
    assert not fake.seen


@pytest.mark.parametrize(("value", "sent"), PARAMS)
def test_parameters_of_a_statement(value, sent):
    with Fake(rows(TABLE), rows(TABLE)) as fake:
        client = pantile.connect(fake.url)
        client.query("SELECT $1", [value])
        client.query("SELECT $v", {"v": value})
    assert [seen.json["params"] for seen in fake.seen] == [[sent], {"v": sent}]


@pytest.mark.parametrize("params", ["text", 7, [[1]], [math.nan], [b"x"], {"v": {}}])
def test_what_is_no_parameter(params):
    with Fake() as fake, pytest.raises(pantile.ArgumentError):
        pantile.connect(fake.url).query("SELECT $1", params)


def test_what_is_said_beside_a_question():
    with Fake(rows(TABLE), rows(TABLE)) as fake:
        client = pantile.connect(fake.url, "secret", session="mine", timeout=9, headers={"X-Team": "a"})
        client.run("x", engine="polars", timeout=1.5, row_limit=7)
        client.query("x")
    first, second = fake.seen
    assert first.json == {"program": "x", "engine": "polars", "timeout_ms": 1500, "row_limit": 7}
    assert second.json == {"sql": "x", "timeout_ms": 9000}
    for seen in fake.seen:
        told = {name: seen.headers[name] for name in ("Authorization", "Pantile-Session", "X-Team")}
        assert told == {"Authorization": "Bearer secret", "Pantile-Session": "mine", "X-Team": "a"}
        assert "Idempotency-Key" not in seen.headers, "statements of a session's transaction take none"
    assert first.headers["Pantile-Query-Id"] != second.headers["Pantile-Query-Id"]


def test_frames_are_parts_beside_the_program():
    frame = pl.DataFrame({"a": [1, 2]})
    with Fake(rows(TABLE)) as fake:
        pantile.connect(fake.url).run("x", {"f": frame, "v": ["ü"]}, engine="polars", row_limit=5)
    [seen] = fake.seen
    head = f"Content-Type: {seen.headers['Content-Type']}\r\n\r\n".encode()
    parts = {
        part.get_param("name", header="content-disposition"): part
        for part in BytesParser().parsebytes(head + seen.body).get_payload()
    }
    content = {name: part.get_payload(decode=True) for name, part in parts.items()}
    assert pa.ipc.open_stream(content.pop("f")).read_all().to_pydict() == {"a": [1, 2]}
    assert content == {"program": b"x", "engine": b"polars", "row_limit": b"5", "v": b'["\\u00fc"]'}
    assert parts["f"].get_content_type() == "application/vnd.apache.arrow.stream"


ADDRESSES = [
    ("http://localhost:8815", "http://localhost:8815"),
    ("http://localhost:8815/", "http://localhost:8815"),
    ("localhost:8815", "http://localhost:8815"),
    ("10.0.0.1:80", "http://10.0.0.1:80"),
    ("pantile://somewhere", "http://somewhere:8815"),
    ("pantile+tls://somewhere:443", "https://somewhere:443"),
    ("https://somewhere", "https://somewhere"),
    ("http://[::1]:8815", "http://[::1]:8815"),
]


@pytest.mark.parametrize(("given", "meant"), ADDRESSES)
def test_addresses(given, meant):
    assert pantile.connect(given).url == meant


@pytest.mark.parametrize(
    "url", ["ftp://x", "http://", "http://x:port", "http://x/v1/sql", "http://x?y=1", "postgres://x"]
)
def test_what_is_no_address(url):
    with pytest.raises(pantile.ArgumentError):
        pantile.connect(url)


@pytest.mark.parametrize(
    "options",
    [
        {"retries": -1},
        {"timeout": 0},
        {"timeout": -1.0},
        {"compression": "lz4"},
        {"cert": "/nowhere.pem"},
        {"verify": "/nowhere.pem"},
        {"data_dir": "/tmp/x"},
        {"demo": True},
        {"flags": ["--threads", "2"]},
    ],
)
def test_options_that_do_not_go_together(options):
    with pytest.raises(pantile.ArgumentError):
        pantile.connect("http://localhost:1", **options).status()


def test_the_address_and_token_of_the_environment(monkeypatch):
    with Fake(rows(TABLE)) as fake:
        monkeypatch.setenv("PANTILE_URL", fake.url)
        monkeypatch.setenv("PANTILE_TOKEN", "of the environment")
        client = pantile.connect()
        client.query("SELECT 1")
    assert client.url == fake.url and fake.seen[0].headers["Authorization"] == "Bearer of the environment"
    assert "of the environment" not in repr(client) + repr(client._settings)


# When it is sent again. `busy` did not run; a connection that broke may have had its effect.

AGAIN = problem("busy", 503, retry=True)


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(_wire, "_PAUSE_S", 0.001)


@pytest.mark.parametrize(
    "ill",
    [
        AGAIN,
        problem("unavailable", 503, retry=True),
        problem("conflict", 409, retry=True),
        hang_up,
        plain(b"", 502, "text/html"),
    ],
)
def test_reading_is_tried_again(hurried, ill):
    with Fake(ill, ill, rows(TABLE)) as fake:
        assert pantile.connect(fake.url).query("SELECT 1").read_all() == TABLE
    ids = [seen.headers["Pantile-Query-Id"] for seen in fake.seen]
    keys = {seen.headers["Idempotency-Key"] for seen in fake.seen}
    assert len(set(ids)) == 3 and len(keys) == 1


@pytest.mark.parametrize("ill", [AGAIN, hang_up])
def test_uploads_are_tried_again_under_one_key(hurried, ill):
    with Fake(ill, document({})) as fake:
        pantile.connect(fake.url).upload("t", TABLE)
    first, second = fake.seen
    assert (first.method, first.path, first.body) == (second.method, second.path, second.body)
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert pa.ipc.open_stream(first.body).read_all() == TABLE


@pytest.mark.parametrize(
    "final",
    [
        problem("invalid_sql", 400),
        problem("timeout", 504, retry=True),
        problem("limit_memory", 422, retry=True),
        problem("internal", 500),
        plain(b"", 500, "text/html"),
    ],
)
def test_what_is_in_vain_is_not_tried_again(hurried, final):
    with Fake(final) as fake, pytest.raises(pantile.Error):
        pantile.connect(fake.url).query("SELECT 1")
    assert len(fake.seen) == 1


def test_trying_again_ends(hurried):
    with Fake(otherwise=AGAIN) as fake:
        with pytest.raises(pantile.UnavailableError) as caught:
            pantile.connect(fake.url, retries=2).query("SELECT 1")
        assert len(fake.seen) == 3 and caught.value.retry
        with pytest.raises(pantile.UnavailableError):
            pantile.connect(fake.url, retries=0).query("SELECT 1")
    assert len(fake.seen) == 4


def test_no_try_begins_after_the_time_is_up():
    with Fake(
        otherwise=plain(b'{"code": "busy", "retry": true}', 503, "application/problem+json", Retry_After="20")
    ) as fake:
        with pytest.raises(pantile.UnavailableError):
            pantile.connect(fake.url, timeout=0.5).query("SELECT 1")
    assert len(fake.seen) == 1


def test_a_statement_of_a_session_is_not_repeated_once_it_was_sent(hurried):
    with Fake(hang_up) as fake:
        with pytest.raises(pantile.UnknownOutcomeError) as caught:
            pantile.connect(fake.url, session="s").query("INSERT INTO t VALUES (1)")
    assert len(fake.seen) == 1 and caught.value.query_id == fake.seen[0].headers["Pantile-Query-Id"]


def test_but_a_busy_server_did_not_run_it(hurried):
    with Fake(AGAIN, rows(TABLE)) as fake:
        pantile.connect(fake.url, session="s").query("INSERT INTO t VALUES (1)")
    assert len(fake.seen) == 2


def test_rows_that_come_once_are_asked_about_instead(hurried):
    told = document({"state": "committed", "snapshot": 7, "answer": {}})
    with Fake(hang_up, told) as fake:
        pantile.connect(fake.url).upload("t", TABLE.to_reader())
    assert fake.seen[1].path == f"/v1/requests/{fake.seen[0].headers['Idempotency-Key']}"


def test_and_what_nobody_knows_is_said_so(hurried):
    with Fake(hang_up, problem("not_found", 404)) as fake:
        with pytest.raises(pantile.UnknownOutcomeError, match="not known whether the change was made"):
            pantile.connect(fake.url).upload("t", TABLE.to_reader())
    assert [seen.method for seen in fake.seen] == ["PUT", "GET"]


def test_a_change_whose_answers_are_all_lost_is_asked_about_too(hurried):
    told = document({"state": "committed", "snapshot": 7, "answer": {}})
    with Fake(hang_up, hang_up, told) as fake:
        pantile.connect(fake.url, retries=1).upload("t", TABLE, append=True)
    assert [seen.method for seen in fake.seen] == ["POST", "POST", "GET"]
    with Fake(hang_up, otherwise=hang_up) as fake, pytest.raises(pantile.UnknownOutcomeError):
        pantile.connect(fake.url, retries=1).drop("t")


def test_a_refused_connection_is_tried_again_and_then_told(hurried):
    with pytest.raises(pantile.ConnectionError, match="no server answers at http://127.0.0.1:9") as caught:
        pantile.connect("http://127.0.0.1:9", session="s").query("INSERT INTO t VALUES (1)")
    assert "pantile serve" in caught.value.hint


# Versions.


@pytest.mark.parametrize("version", ["pantile/0.1.0", "pantile/0.1.99", "nginx", "pantile"])
def test_a_server_of_our_series_or_of_no_known_one(version, recwarn):
    with Fake(rows(TABLE), version=version) as fake:
        pantile.connect(fake.url).query("SELECT 1")
    assert not [one for one in recwarn.list if issubclass(one.category, pantile.PantileWarning)]


@pytest.mark.parametrize("version", ["0.2.0", "1.1.0"])
def test_a_server_of_another_version_is_warned_of_once(version):
    with Fake(rows(TABLE), rows(TABLE), version=f"pantile/{version}") as fake:
        client = pantile.connect(fake.url)
        with pytest.warns(pantile.VersionWarning, match=f"the server is pantile {version}") as warned:
            client.query("SELECT 1")
            client.query("SELECT 1")
    assert len([one for one in warned if one.category is pantile.VersionWarning]) == 1
