"""Who wants to know which questions run: a progress bar, and a piece of work that may be ended from another thread."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

from ._errors import CancelledError

if TYPE_CHECKING:
    from ._transport import Transport


class Watch(Protocol):
    """Somebody who wants to know which question runs."""

    def began(self, transport: Transport, query_id: str) -> None:
        """A question goes out under that id, perhaps not for the first time."""

    def ended(self) -> None:
        """Nothing runs any more."""


class Scope:
    """The questions of one piece of work, so that they can be ended together, from another thread."""

    def __init__(self) -> None:
        self.is_cancelled = False
        self._running: dict[Watch, tuple[Transport, str]] = {}

    def watch(self) -> Watch:
        """What tells the scope of one question."""
        return _Scoped(self, self._running)

    def cancel(self) -> None:
        """Ends what runs, and whatever would begin."""
        self.is_cancelled = True
        for transport, query_id in list(self._running.values()):
            transport.cancel_quietly(query_id)


class _Scoped:
    def __init__(self, scope: Scope, running: dict[Watch, tuple[Transport, str]]) -> None:
        self._scope = scope
        self._running = running

    def began(self, transport: Transport, query_id: str) -> None:
        if self._scope.is_cancelled:
            raise CancelledError("the work that this question is a part of was cancelled", code="cancelled")
        self._running[self] = transport, query_id

    def ended(self) -> None:
        self._running.pop(self, None)


# The piece of work that this thread is at, if somebody may end it.
SCOPE: ContextVar[Scope | None] = ContextVar("pantile-scope", default=None)


def scopes() -> tuple[Watch, ...]:
    """What the piece of work wants to know of a question that is about to go out."""
    scope = SCOPE.get()
    return () if scope is None else (scope.watch(),)


def ended(watches: Sequence[Watch]) -> None:
    """Tells them that their question has ended."""
    for watch in watches:
        watch.ended()
