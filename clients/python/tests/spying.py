"""A client that remembers what it was asked, for tests of who runs what."""

from __future__ import annotations

from typing import Any

import pantile


class Spy:
    """A client that remembers the programs that it ran."""

    def __init__(self, client: pantile.Client) -> None:
        self._client = client
        self.programs: list[str] = []

    def run(self, program: str, values: Any = None, **options: Any) -> Any:
        self.programs.append(program)
        return self._client.run(program, values, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)
