"""What every benchmark shares: the release binary, started and asked without ceremony, and a table at the end."""

import http.client
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target"))
BINARY = os.environ.get("PANTILE_BIN", str(TARGET / "release" / "pantile"))


class Pantile:
    """A server with a folder of its own, gone afterwards."""

    def __init__(self, *flags, data=None):
        if not os.access(BINARY, os.X_OK):
            sys.exit(f"{BINARY} is missing: `cargo build --release`, or name another in PANTILE_BIN")
        self.folder = None if data else tempfile.TemporaryDirectory(prefix="pantile-bench-", dir=os.environ.get("BENCH_DIR"))
        self.data = Path(data or self.folder.name)
        self.flags = flags

    def __enter__(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PANTILE_")}
        command = [BINARY, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(self.data), "--log-level", "error", *self.flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        ready = re.search(r"http://([^:]+):(\d+)", self.process.stdout.readline())
        if not ready:
            sys.exit("the server did not start")
        self.address = ready[1], int(ready[2])
        self.connection = http.client.HTTPConnection(*self.address, timeout=600)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)
        if self.folder:
            self.folder.cleanup()

    def send(self, method, path, body=None, **headers):
        """The whole body of the answer."""
        try:
            self.connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        except (BrokenPipeError, ConnectionResetError):
            pass  # Refused before all of it was there: the answer says why.
        response = self.connection.getresponse()
        text = response.read()
        if response.status >= 300:
            sys.exit(f"{method} {path}: {response.status} {text[:2000].decode(errors='replace')}")
        return text

    @property
    def url(self):
        return "http://{}:{}".format(*self.address)

    def sql(self, text, accept="application/vnd.apache.arrow.stream"):
        return self.send("POST", "/v1/sql", text.encode(), Accept=accept, Content_Type="text/plain")

    def resident_bytes(self, which="VmRSS"):
        return resident_bytes(self.process.pid, which)


def resident_bytes(process, which="VmRSS"):
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(rf"{which}:\s+(\d+) kB", status)[1]) * 1024


def in_turns(asked, runs):
    """Seconds of each one's quickest run after one that is not counted, and its last answer. Who cannot has none."""
    seconds, answers = {name: float("nan") for name in asked}, {}
    for run in range(runs + 1):
        for name, ask in asked.items():
            if run and name not in answers:
                continue
            began = time.perf_counter()
            try:
                answers[name] = ask()
            except Exception as error:  # noqa: BLE001: a peer that cannot is no end of the run
                print(f"{name}: {type(error).__name__}: {str(error).splitlines()[0][:160]}", flush=True)
                continue
            took = time.perf_counter() - began
            if run:
                seconds[name] = took if run == 1 else min(took, seconds[name])
    return seconds, answers


def machine():
    """One line: what this ran on."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    version = "no pantile"
    if os.access(BINARY, os.X_OK):
        version = subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return f"{version}; {os.cpu_count()} cores of {model[1] if model else platform.machine()}, {memory} GiB, {platform.release()}"


def show(title, header, rows):
    """A Markdown table, so that a run can be pasted into docs/benchmarks.md."""
    print(f"\n{title}\n{machine()}\n")
    texts = [[cell if isinstance(cell, str) else f"{cell:.3g}" for cell in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in texts) for i in range(len(header))]
    texts.insert(1, ["-" * width for width in widths])
    for row in texts:
        print("| " + " | ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + " |")


def geometric_mean(values):
    return statistics.geometric_mean(values)
