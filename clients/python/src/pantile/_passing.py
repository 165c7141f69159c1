"""Arrays that the server keeps for objects of this process, dropped with them."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

from . import _requests as requests
from ._transport import Transport

if TYPE_CHECKING:
    from ._wire import Settings


class Passing:
    """What one client has kept so."""

    def __init__(self, settings: Settings) -> None:
        # Nothing waits for a server that is gone.
        self._settings = replace(settings, retries=0)
        self._ends: set[weakref.finalize] = set()
        self._lock = threading.Lock()

    def drop_with(self, holder: object, name: str) -> None:
        """Drops the array when nothing holds `holder` any more, or at the end of the process."""
        end = weakref.finalize(holder, _drop, self._settings, os.getpid(), name)
        with self._lock:
            self._ends = {one for one in self._ends if one.alive} | {end}

    def close(self) -> None:
        """Drops what is left."""
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            end()


def _drop(settings: Settings, pid: int, name: str) -> None:
    """Over a connection of its own: the garbage collector may be at it while this thread holds a lock of the pool."""
    if pid != os.getpid():
        return
    with contextlib.suppress(Exception):
        transport = Transport(settings)
        try:
            transport.document(requests.drop("arrays", name))
        finally:
            transport.close()
