"""What every suite shares: one server for tests that only need some server, and one that loads the demonstration."""

import itertools
import os

import pytest
from harness import BINARY, Server

NUMBER = itertools.count()
# Names of the Flight door's page, each with the tests that passed and are marked with it.
FLIGHT = pytest.StashKey()
# Whether some tests were left out.
CHOSEN = pytest.StashKey()


def pytest_configure(config):
    config.stash[FLIGHT] = {}
    config.stash[CHOSEN] = any("::" in argument for argument in config.args)


def pytest_deselected(items):
    if items:
        items[0].config.stash[CHOSEN] = True


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The page of the Flight door is checked when all is known that it tells."""
    items.sort(key=lambda item: item.path.name == "test_flight_page.py")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call" and report.passed and not hasattr(report, "wasxfail"):
        for marker in item.iter_markers("flight"):
            for name in marker.args:
                item.config.stash[FLIGHT].setdefault(name, set()).add((item.path.name, item.originalname))
    return report


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
