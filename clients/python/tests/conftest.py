"""One server with the demonstration tables for all tests, and a client of it."""

import os
from collections.abc import Iterator

import pytest

import pantile
from pantile._local import LocalServer

# What a developer has set is none of the tests' business.
for name in ("PANTILE_URL", "PANTILE_TOKEN"):
    os.environ.pop(name, None)


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    """`pantile serve --demo`, of PANTILE_BIN."""
    with pytest.MonkeyPatch.context() as patch:
        # It is the tests', and no setting of the server.
        patch.delenv("PANTILE_WRITE_DOCS", raising=False)
        server = LocalServer(demo=True, quiet=True)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def client(server: LocalServer) -> Iterator[pantile.Client]:
    """A client of that server."""
    with pantile.connect(server.url) as client:
        yield client
