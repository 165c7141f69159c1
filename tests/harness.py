"""The real binary, started on a free port with a folder of its own, and the requests that tests make of it."""

import io
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import requests

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", CACHE / "pantile-target"))
BINARY = os.environ.get("PANTILE_BIN", str(TARGET / "debug" / "pantile"))

ARROW_STREAM = "application/vnd.apache.arrow.stream"
ARROW_FILE = "application/vnd.apache.arrow.file"
PARQUET = "application/vnd.apache.parquet"
CSV = "text/csv"
NDJSON = "application/x-ndjson"
JSON = "application/json"
READY = re.compile(r"pantile ready (http://\S+)")


def environment(more=None):
    """Ours without settings of Pantile: a variable PANTILE_… that is no setting is refused, and rightly so."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PANTILE_")}
    return {**kept, "RUST_BACKTRACE": "1", "NO_COLOR": "1", **(more or {})}


def run(*arguments, data=None, **more):
    """Another command of the binary, to its end."""
    folder = ["--data-dir", str(data)] if data else []
    more = {"capture_output": True, "text": True, "timeout": 120, "env": environment(), **more}
    return subprocess.run([BINARY, *map(str, arguments), *folder], **more)


def scrubbed(data):
    """Fails unless `pantile scrub` finds every checksum and reference right."""
    scrub = run("scrub", data=data)
    assert scrub.returncode == 0, scrub.stdout + scrub.stderr


class Problem(Exception):
    """A problem document, as the server sent it."""

    def __init__(self, response):
        self.status = response.status_code
        self.headers = response.headers
        try:
            self.body = response.json()
        except ValueError:
            self.body = {"detail": response.text}
        self.code = self.body.get("code")
        super().__init__(f"{self.status} {json.dumps(self.body)[:1000]}")


class NotReady(Exception):
    """The server ended before its ready line. Holds the exit code and all it wrote."""

    def __init__(self, code, output):
        self.code, self.output = code, output
        super().__init__(f"exit code {code} before the ready line:\n{output[-3000:]}")


class Server:
    """`pantile serve` on a data folder. Start, kill and start again as a test likes."""

    def __init__(self, data, *flags, env=None, wrapper=(), log=None):
        self.data = Path(data)
        self.command = [*wrapper, BINARY, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(data), *flags]
        self.env = environment(env)
        self.log = Path(log or f"{data}.log")
        self.process = None
        self.url = None
        self.session = requests.Session()

    def start(self, wait_s=60):
        """Starts the process and waits for its ready line."""
        log = open(self.log, "ab")
        began = log.tell()
        # A group of its own, so that a wrapper and what it wraps are killed together.
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=log, env=self.env, start_new_session=True
        )
        log.close()
        watchdog = time.monotonic() + wait_s
        lines = b""
        os.set_blocking(self.process.stdout.fileno(), False)
        while time.monotonic() < watchdog:
            lines += self.process.stdout.read() or b""
            if found := READY.search(lines.decode(errors="replace")):
                self.url = found[1]
                os.set_blocking(self.process.stdout.fileno(), True)
                return self
            if self.process.poll() is not None:
                lines += self.process.stdout.read() or b""
                said = lines + self.log.read_bytes()[began:]
                raise NotReady(self.process.returncode, said.decode(errors="replace"))
            time.sleep(0.005)
        self.kill()
        raise TimeoutError(f"no ready line within {wait_s} s: {lines!r}\n{self.said()}")

    def said(self):
        """What it wrote to its log since it was made."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    @property
    def address(self):
        """Host and port, for tests that speak through a bare socket."""
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        """To the server, and to what wraps it."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass

    def kill(self):
        """kill -9: what a power cut looks like to a process."""
        self.signal(signal.SIGKILL)
        self._reap(10)

    def stop(self, wait_s=30):
        """SIGTERM, and the exit code."""
        self.signal(signal.SIGTERM)
        return self._reap(wait_s)

    def _reap(self, wait_s):
        if self.process is None:
            return None
        try:
            code = self.process.wait(wait_s)
        finally:
            if self.process.poll() is None:
                self.signal(signal.SIGKILL)
                self.process.wait(10)
            self.process.stdout.close()
            self.session.close()
            self.session = requests.Session()
        return code

    def __enter__(self):
        return self if self.alive() else self.start()

    def __exit__(self, *_):
        if self.alive():
            self.kill()

    # Requests.

    def request(self, method, path, ok=True, **more):
        more.setdefault("timeout", 60)
        response = self.session.request(method, self.url + path, **more)
        if ok and response.status_code >= 400:
            raise Problem(response)
        return response

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, data=b"", **more):
        return self.request("POST", path, data=data, **more)

    def delete(self, path, **more):
        return self.request("DELETE", path, **more)

    def put(self, table, data, content_type=PARQUET, headers=None, **more):
        """Replaces a table. A pyarrow table travels as Parquet."""
        if isinstance(data, pa.Table):
            data = as_parquet(data)
        headers = {"Content-Type": content_type, **(headers or {})}
        return self.request("PUT", f"/v1/tables/{table}", data=data, headers=headers, **more)

    def append(self, table, data, content_type=PARQUET, headers=None, **more):
        """Adds rows to a table."""
        if isinstance(data, pa.Table):
            data = as_parquet(data)
        headers = {"Content-Type": content_type, **(headers or {})}
        return self.request("POST", f"/v1/tables/{table}/rows", data=data, headers=headers, **more)

    def ask(self, sql, accept, **body):
        """The raw response to a question."""
        return self.request("POST", "/v1/sql", json={"sql": sql, **body}, headers={"Accept": accept})

    def sql(self, sql, **body):
        """The answer as a pyarrow table: types and all."""
        return pa.ipc.open_stream(self.ask(sql, ARROW_STREAM, **body).content).read_all()

    def rows(self, sql, **body):
        """The answer as a list of tuples."""
        table = self.sql(sql, **body)
        return list(zip(*(column.to_pylist() for column in table.columns))) if table.num_columns else []

    def value(self, sql, **body):
        """The one value of an answer of one row and one column."""
        [[value]] = self.rows(sql, **body)
        return value

    # The process, from outside.

    def resident_bytes(self, which="VmRSS"):
        """Memory the process holds now (VmRSS), or at most ever held (VmHWM)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{which}:\s+(\d+) kB", status)[1]) * 1024

    def forget_peak(self):
        """Lets VmHWM begin anew at what is held now."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")


def as_parquet(table, **options):
    sink = io.BytesIO()
    parquet.write_table(table, sink, **options)
    return sink.getvalue()


def as_arrow_stream(table):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def as_arrow_file(table):
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()
