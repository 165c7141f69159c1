"""Who is asked beside the server: a peer in a process of its own, and what an answer of either costs.

A module makes a peer's `ask` of what it is given; what that returns for a question is the answer, or a function that gives
it, called once the clock has stopped.
"""

import multiprocessing
import os
import time
from dataclasses import dataclass
from pathlib import Path

from machine import resident_bytes

# A peer that takes longer for one question, or more resident memory, is left out of it.
PATIENCE_S = float(os.environ.get("BENCH_PATIENCE", "300"))
PEER_BYTES = 16 << 30


class NotThereError(Exception):
    """The peer has no words for the question."""


@dataclass(frozen=True)
class Answer:
    """A value with its seconds and the most resident memory of who gave it, or why there is none."""

    value: object = None
    seconds: float = float("nan")
    peak_bytes: int = 0
    why: str | None = None


def peak_of(process, mapped=None):
    """Bytes that were resident at most since the last call; and those of files that are mapped now, the program itself.

    Given what was mapped at the last call, the less of both is left out: it was there all the time.
    """
    now = resident_bytes(process, "RssFile")
    peak = resident_bytes(process, "VmHWM") - (0 if mapped is None else min(mapped, now))
    Path(f"/proc/{process}/clear_refs").write_text("5")
    return peak, now


def timed(ask, question, process):
    """The answer to a question that the process works on."""
    try:
        _, mapped = peak_of(process)
        began = time.perf_counter()
        value = ask(question)
        seconds = time.perf_counter() - began
        peak, _ = peak_of(process, mapped)
        return Answer(value() if callable(value) else value, seconds, peak)
    except NotThereError:
        return Answer(why="-")
    except (Exception, SystemExit) as error:  # noqa: BLE001 (who cannot is no end of the run)
        return Answer(why=reason(error))


def reason(error):
    """A word for what went wrong, and the first line that says it."""
    name = getattr(error, "code", None) if isinstance(error, Exception) else "refused"
    line = (str(error).strip() or "nothing said").splitlines()[0]
    return f"{name if isinstance(name, str) else type(error).__name__}: {line[:300]}"


def _answer(make, given, pipe):
    """Answers until there is nothing more to ask."""
    ask = make(*given)
    while (question := pipe.recv()) is not None:
        pipe.send(timed(ask, question, os.getpid()))


class Peer:
    """A process that answers with what `make(*given)` asks."""

    def __init__(self, make, *given):
        self.make, self.given, self.left_out = make, given, {}
        self.start()

    def start(self):
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_answer, args=(self.make, self.given, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def ask(self, question):
        if question in self.left_out:
            return Answer(why=self.left_out[question])
        try:
            self.pipe.send(question)
            why = self.wait()
            if why is None:
                return self.pipe.recv()
        except (EOFError, OSError):
            why = "its process died"
        self.left_out[question] = why
        self.anew()
        return Answer(why=why)

    def wait(self):
        """Until there is an answer; why there will be none, otherwise."""
        until = time.monotonic() + PATIENCE_S
        while not self.pipe.poll(0.1):
            if time.monotonic() > until:
                return f"over {PATIENCE_S:.0f} s"
            if resident_bytes(self.process.pid) > PEER_BYTES:
                return f"over {PEER_BYTES >> 30} GiB"
        return None

    def anew(self):
        """A process that has nothing left of what it was asked before."""
        self.end()
        self.start()

    def end(self):
        self.process.kill()
        self.process.join()
