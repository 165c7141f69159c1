"""How far a question has come, drawn with `tqdm.auto` in a terminal or a notebook.

A thread asks `GET /v1/statements/{id}` now and then. It begins only when an answer takes its time, and never fails a
question: whatever goes wrong in here ends the drawing alone.
"""

from __future__ import annotations

import sys
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._transport import Transport

# An answer that is quicker than this needs no drawing.
FIRST_S = 1.0
EVERY_S = 0.3


def wanted(progress: bool | None) -> bool:
    """Whether to draw: as was said, else where a person looks on and tqdm is there."""
    if progress is not None:
        if progress and find_spec("tqdm") is None:
            raise ImportError("progress=True needs tqdm: `pip install tqdm`")
        return progress
    return _is_watched() and find_spec("tqdm") is not None


def _is_watched() -> bool:
    if "ipykernel" in sys.modules:
        return True
    return bool(getattr(sys.stderr, "isatty", lambda: False)()) and hasattr(sys, "ps1")


class Progress:
    """A bar over one question, from when it takes its time to its end."""

    def __init__(self) -> None:
        self._asked: tuple[Transport, str] | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pantile-progress", daemon=True)
        self._thread.start()

    def began(self, transport: Transport, query_id: str) -> None:
        """Looks at that question from now on."""
        self._asked = transport, query_id

    def ended(self) -> None:
        """Takes the bar away."""
        self._over.set()

    def _run(self) -> None:
        if self._over.wait(FIRST_S):
            return
        from tqdm.auto import tqdm

        try:
            with tqdm(unit="B", unit_scale=True, leave=False, desc="pantile") as bar:
                while not self._over.wait(EVERY_S):
                    if not self._draw(bar, self._told()):
                        return
        except Exception:
            # A bar is no reason to fail.
            return

    def _told(self) -> dict[str, Any] | None:
        if self._asked is None:
            return None
        transport, query_id = self._asked
        return transport.progress(query_id)

    @staticmethod
    def _draw(bar: Any, told: dict[str, Any] | None) -> bool:
        if told is None:
            return True
        # Arrays are computed in boxes; everything else is as far as it has read.
        done, total, bar.unit = told["read_bytes"], told["read_bytes_total"], "B"
        if told.get("boxes_total"):
            done, total, bar.unit = told["boxes"], told["boxes_total"], " boxes"
        bar.total = total or None
        bar.n = min(done, total or done)
        bar.set_postfix_str(f"{told['state']}, {told['rows']:,} rows", refresh=False)
        bar.refresh()
        return told["state"] in ("queued", "running")
