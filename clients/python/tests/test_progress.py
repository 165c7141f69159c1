"""The bar over a question: there when it takes its time and somebody looks on, and never a reason to fail."""

from __future__ import annotations

import sys
import threading
import time

import pyarrow as pa
import pytest
import tqdm.auto

import pantile
from faking import Fake, document, problem, rows
from pantile import _progress

TABLE = pa.table({"a": [1]})


class Bar:
    """What stands in for tqdm's: notes what it is told."""

    made: list[Bar]

    def __init__(self, **_: object) -> None:
        self.n = self.total = None
        self.told: list[tuple] = []
        self.is_closed = False
        Bar.made.append(self)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self.is_closed = True

    def set_postfix_str(self, text: str, refresh: bool) -> None:
        self.told.append((self.n, self.total, text))

    def refresh(self) -> None:
        pass


@pytest.fixture(autouse=True)
def bars(monkeypatch):
    monkeypatch.setattr(tqdm.auto, "tqdm", Bar)
    monkeypatch.setattr(_progress, "FIRST_S", 0.05)
    monkeypatch.setattr(_progress, "EVERY_S", 0.02)
    Bar.made = []
    return Bar.made


def slowly(to) -> None:
    time.sleep(0.5)
    rows(TABLE)(to)


def seen(**more):
    return document({"state": "running", "rows": 1234, "read_bytes": 10, "read_bytes_total": 40, "error": None, **more})


def settled() -> None:
    for thread in threading.enumerate():
        if thread.name == "pantile-progress":
            thread.join(3)
            assert not thread.is_alive()


def test_a_question_that_takes_its_time_has_a_bar(bars):
    with Fake(slowly) as fake:
        fake.progress = seen()
        assert pantile.connect(fake.url).query("SELECT 1", progress=True).read_all() == TABLE
    settled()
    [bar] = bars
    assert bar.told[0] == (10, 40, "running, 1,234 rows")
    assert bar.is_closed
    [asked] = {one.path for one in fake.seen if one.method == "GET"}
    assert asked.endswith(fake.seen[0].headers["Pantile-Query-Id"])


def test_a_question_that_is_quick_has_none(bars):
    with Fake(rows(TABLE)) as fake:
        pantile.connect(fake.url, progress=True).query("SELECT 1")
    settled()
    assert not bars


def test_what_is_not_known_is_not_drawn(bars):
    with Fake(slowly) as fake:
        fake.progress = seen(read_bytes_total=0, read_bytes=70)
        pantile.connect(fake.url, progress=True).query("SELECT 1")
    settled()
    assert bars[0].told[0] == (70, None, "running, 1,234 rows")


def test_arrays_are_as_far_as_their_boxes(bars):
    with Fake(slowly) as fake:
        fake.progress = seen(boxes=3, boxes_total=8)
        pantile.connect(fake.url, progress=True).query("SELECT 1")
    settled()
    assert bars[0].told[0] == (3, 8, "running, 1,234 rows")


@pytest.mark.parametrize("ill", [problem("not_found", 404), document({}), document([1])])
def test_progress_that_cannot_be_had_fails_nothing(bars, ill):
    with Fake(slowly) as fake:
        fake.progress = ill
        assert pantile.connect(fake.url, progress=True).query("SELECT 1").read_all() == TABLE
    settled()


def test_a_question_that_fails_takes_its_bar_along(bars):
    def fails(to) -> None:
        time.sleep(0.3)
        problem("internal", 500)(to)

    with Fake(fails) as fake, pytest.raises(pantile.ServerError):
        fake.progress = seen()
        pantile.connect(fake.url, progress=True).query("SELECT 1")
    settled()
    assert bars[0].is_closed


def test_where_nobody_looks_on_there_is_none(monkeypatch):
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert not _progress.wanted(None)
    assert not _progress.wanted(False)
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert _progress.wanted(None)


def test_a_bar_without_tqdm_is_refused(monkeypatch):
    monkeypatch.setattr(_progress, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match="pip install tqdm"):
        _progress.wanted(True)
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert not _progress.wanted(None)


def test_the_servers_own_progress(client, bars):
    text = "SELECT count(*) FROM flights a, flights b WHERE a.distance + b.distance = -4"
    with pytest.raises(pantile.TimeoutError):
        client.query(text, timeout=0.6, progress=True)
    settled()
    assert bars[0].told[0][2] == "running, 0 rows"
