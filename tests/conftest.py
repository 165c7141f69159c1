"""What every suite shares: one server for tests that only need some server, and one that loads the demonstration."""

import itertools
import os

import pytest
from harness import BINARY, Server

NUMBER = itertools.count()


def pytest_report_header():
    return f"pantile: {BINARY}"


def pytest_sessionstart():
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} is missing: `scripts/test` builds it; PANTILE_BIN names another", returncode=1)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A server for all tests that leave it as they found it, each with tables of its own."""
    with Server(tmp_path_factory.mktemp("shared") / "data") as running:
        yield running
        assert running.alive(), f"a test ended the shared server:\n{running.said()[-5000:]}"


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """A server with the demonstration's tables. Read only, please."""
    with Server(tmp_path_factory.mktemp("demo") / "data", "--demo") as running:
        yield running
        assert running.alive(), f"a test ended the demonstration:\n{running.said()[-5000:]}"


@pytest.fixture
def fresh(tmp_path):
    """A server of the test's own, which it may end. Not started yet."""
    one = Server(tmp_path / "data")
    yield one
    one.kill()


@pytest.fixture
def name(request):
    """A table name that no other test uses."""
    base = "".join(c if c.isalnum() else "_" for c in request.node.name.lower())
    return f"t{next(NUMBER)}_{base}"[:60]
