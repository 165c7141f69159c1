"""One server with the demonstration tables for all tests, and a client of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

import pantile
from pantile._local import LocalServer
from two_sides import Sides

if TYPE_CHECKING:
    from xp_fake import FakeClient

# What a developer has set is none of the tests' business.
for name in ("PANTILE_URL", "PANTILE_TOKEN"):
    os.environ.pop(name, None)

# Shells ignore Ctrl-C for what they start in the background, and tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    """`pantile serve --demo`, of PANTILE_BIN."""
    with pytest.MonkeyPatch.context() as patch:
        # Meant for tests that write pages; a server refuses what is no setting of its own.
        patch.delenv("PANTILE_WRITE_DOCS", raising=False)
        server = LocalServer(demo=True, quiet=True)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def client(server: LocalServer) -> Iterator[pantile.Client]:
    """A client of that server."""
    with pantile.connect(server.url) as client:
        yield client


@pytest.fixture(scope="session")
def sides(client: pantile.Client) -> Iterator[Sides]:
    """Expressions on pandas and on that client's frames; what has been run is kept."""
    with Sides(client) as sides:
        yield sides


@pytest.fixture
def fake() -> FakeClient:
    """A client whose arrays are computed in this process, and that keeps the programs it was asked."""
    # array-api-strict is not there on every CPython.
    from xp_fake import FakeClient

    return FakeClient()


@pytest.fixture(params=["fake", "server"])
def arrays(request: pytest.FixtureRequest) -> Any:
    """The namespace of arrays, of each kind of client."""
    if request.param == "fake":
        return request.getfixturevalue("fake").xp
    return request.getfixturevalue("client").xp
