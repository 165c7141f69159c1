"""A server of this process's own: started where no address is given, and gone when the process is.

A process that is killed runs no handlers. So a watcher, a small shell, holds the other end of a pipe of ours: when the
pipe closes, for whatever reason, it stops the server and removes its folder. A child made by fork would keep the pipe
open beyond us, so it closes its copy at once.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path

from ._errors import NoServerError

READY = re.compile(rb"pantile ready (http://\S+)")
READY_S = 120.0
# Longer than the server's own `drain`, which ends by force what still runs.
STOP_S = 12.0

# Of the environment: what the client reads. The server refuses a variable that is no setting of its own.
_OURS = ("PANTILE_URL", "PANTILE_TOKEN", "PANTILE_BIN", "PANTILE_CONFIG", "PANTILE_LISTEN", "PANTILE_DATA_DIR")

_WATCHER = """
read -r pid || exit 0
read -r _ && exit 0
kill -TERM "$pid" 2>/dev/null
tries=0
while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 120 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -KILL "$pid" 2>/dev/null
[ -z "$1" ] || rm -rf -- "$1"
"""

# The pipes to watchers that are this process's own.
_pipes: weakref.WeakSet[_Watcher] = weakref.WeakSet()


class LocalServer:
    """A `pantile serve` of this process's own."""

    def __init__(
        self,
        data_dir: str | os.PathLike[str] | None = None,
        *,
        demo: bool = False,
        flags: Sequence[str] = (),
        quiet: bool = False,
    ) -> None:
        self._pid = os.getpid()
        self.binary = find()
        self.is_kept = data_dir is not None
        self._folder = Path(tempfile.mkdtemp(prefix="pantile-"))
        self.data_dir = Path(data_dir) if data_dir is not None else self._folder / "data"
        self.log = self._folder / "server.log"
        command = [self.binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(self.data_dir)]
        command += [*(["--demo"] if demo else []), *flags]
        watcher = _Watcher(self._folder)
        try:
            self.process = self._start(command)
            watcher.watch(self.process.pid)
            self.url = self._ready()
        except BaseException:
            self._end(getattr(self, "process", None), watcher, self._folder, self._pid)
            raise
        # Runs when the client is gone, and before that when the process ends.
        self._stop = weakref.finalize(self, self._end, self.process, watcher, self._folder, self._pid)
        if not quiet:
            self._say()

    def stop(self) -> None:
        """Stops the server, and removes its folder unless it was given one."""
        self._stop()

    @property
    def pid(self) -> int:
        """The server's process."""
        return self.process.pid

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        kept = {name: value for name, value in os.environ.items() if name not in _OURS}
        with open(self.log, "wb") as log:
            try:
                # A session of its own, so that Ctrl-C in the terminal is not for it.
                return subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=kept,
                    start_new_session=True,
                )
            except OSError as error:
                raise NoServerError(f"{self.binary} cannot be started: {error.strerror}") from error

    def _ready(self) -> str:
        assert self.process.stdout is not None
        out, said, until = self.process.stdout.fileno(), b"", time.monotonic() + READY_S
        while time.monotonic() < until:
            if not select.select([out], [], [], 0.5)[0]:
                continue
            piece = os.read(out, 4096)
            said += piece
            if found := READY.search(said):
                return found[1].decode()
            if not piece:
                raise NoServerError(
                    f"{self.binary} ended before it was ready, with exit code {self.process.wait(STOP_S)}",
                    hint=self._last_words(),
                )
        raise NoServerError(f"{self.binary} was not ready within {READY_S:g} s", hint=self._last_words())

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return "it wrote: " + " / ".join(lines[-5:]) if lines else "it wrote nothing"

    def _say(self) -> None:
        kept = f"data in {self.data_dir}" if self.is_kept else "its data go when it ends"
        print(f"pantile: started {self.url} for this process (pid {self.pid}; {kept})", file=sys.stderr)

    @staticmethod
    def _end(process: subprocess.Popen[bytes] | None, watcher: _Watcher, folder: Path, pid: int) -> None:
        if pid != os.getpid():
            # A child made by fork: the server is its parent's.
            return
        if process is not None:
            _stopped(process)
        watcher.dismiss()
        shutil.rmtree(folder, ignore_errors=True)


class _Watcher:
    """The shell that outlives us for as long as it takes to stop the server."""

    def __init__(self, folder: Path) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _WATCHER, "sh", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _pipes.add(self)

    def watch(self, pid: int) -> None:
        """From here on the server ends with us."""
        self._tell(f"{pid}\n")

    def dismiss(self) -> None:
        """The server has ended. There is nothing left to watch."""
        self._tell("done\n")
        self.forget()
        self._shell.wait(STOP_S)

    def forget(self) -> None:
        """Closes this process's end of the pipe."""
        assert self._shell.stdin is not None
        self._shell.stdin.close()

    def _tell(self, line: str) -> None:
        assert self._shell.stdin is not None
        try:
            self._shell.stdin.write(line.encode())
            self._shell.stdin.flush()
        except (BrokenPipeError, ValueError):
            # Somebody ended the watcher, or all is told already.
            pass


def _after_fork() -> None:
    for watcher in list(_pipes):
        watcher.forget()
    _pipes.clear()


os.register_at_fork(after_in_child=_after_fork)


def _stopped(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def find() -> str:
    """The path of the `pantile` to start: `PANTILE_BIN`, else that on `PATH`, else the newest that was built nearby."""
    if named := os.environ.get("PANTILE_BIN"):
        if os.access(named, os.X_OK) and not os.path.isdir(named):
            return named
        raise NoServerError(f"PANTILE_BIN is {named!r}, which is no program")
    if found := shutil.which("pantile"):
        return found
    built = [path for path in _built() if os.access(path, os.X_OK)]
    if built:
        return str(max(built, key=lambda path: path.stat().st_mtime))
    raise NoServerError(
        "no address was given, and there is no `pantile` to start",
        hint="give an address, `pantile.connect('http://server:8815')`; or put `pantile` on PATH or into PANTILE_BIN",
    )


def _built() -> Iterator[Path]:
    """Where a build of this repository would be."""
    targets = [Path(named)] if (named := os.environ.get("CARGO_TARGET_DIR")) else []
    targets.append(Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pantile-target")
    near = [*Path(__file__).resolve().parents, Path.cwd(), *Path.cwd().parents]
    targets += [folder / "target" for folder in near]
    for target in targets:
        yield from (target / kind / "pantile" for kind in ("release", "debug"))
