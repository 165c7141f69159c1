"""Where arrays are computed: by a client, for `pantile.xp` itself one connected with the first value."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from pantile._client import Client


class Home:
    """The client that arrays of one namespace belong to."""

    def __init__(self, client: Client | None = None) -> None:
        self._client = client
        self._lock = threading.Lock()

    @property
    def client(self) -> Any:
        """The client; the default one is connected now if it was not."""
        if self._client is None:
            with self._lock:
                if self._client is None:
                    from pantile._client import connect

                    self._client = connect()
        return self._client

    @client.setter
    def client(self, client: Any) -> None:
        self._client = client

    def run(self, program: str, sent: dict[str, np.ndarray]) -> list[np.ndarray]:
        """The results of a program."""
        return self.client.run_arrays(program, sent)

    def namespace(self) -> Any:
        """The namespace whose arrays belong here."""
        if self is DEFAULT:
            import pantile.xp

            return pantile.xp
        return self.client.xp


DEFAULT = Home()
