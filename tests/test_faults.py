"""Disks that fail, fill up or refuse, and folders that are not ours: what the server does, seen from outside."""

import gzip
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

import pyarrow as pa
import pytest
import requests
from harness import CSV, NotReady, Problem, Server, as_parquet, run, scrubbed

STRACE = shutil.which("strace")


def can_trace():
    return STRACE and subprocess.run([STRACE, "-qq", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


traced = pytest.mark.skipif(not can_trace(), reason="strace is missing or may not trace here")


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 24 MB. Mounting one needs root."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", place], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def numbers(count):
    """Rows that compression cannot shrink."""
    return pa.table({"id": pa.array(range(count), pa.int64()), "noise": pa.array([os.urandom(32) for _ in range(count)])})


# fsync that fails.


@traced
@pytest.mark.timeout(600)
def test_nothing_is_acknowledged_after_a_failed_fsync(tmp_path):
    """The N-th fsync or fdatasync, and all after it, fail, for many N: the server stops; whatever it had
    acknowledged by then is there after a start on a disk that works again."""
    data = tmp_path / "data"
    with Server(data) as healthy:
        healthy.sql("CREATE TABLE kept (n BIGINT)")
        assert healthy.stop() == 0
    acknowledged, stopped_itself = set(), 0
    for nth in range(1, 25):
        wrapper = [STRACE, "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync",
                   "-e", f"inject=fsync,fdatasync:error=EIO:when={nth}+"]
        failing = Server(data, wrapper=wrapper)
        try:
            failing.start()
        except NotReady as ended:
            assert ended.code not in (0, None)
            stopped_itself += 1
            continue
        for number in range(nth * 1000, nth * 1000 + 30):
            try:
                failing.append("kept", f"n\n{number}\n".encode(), CSV)
            except (Problem, requests.RequestException):
                break
            acknowledged.add(number)
        else:
            pytest.fail(f"30 appends were acknowledged though every fsync from number {nth} on fails")
        failing.process.wait(20)
        assert failing.process.returncode not in (0, None), "it must stop, and say by its exit code that it had to"
        assert "durable" in failing.said()
        stopped_itself += 1
        failing.kill()
    assert stopped_itself == 24 and acknowledged
    with Server(data) as healthy:
        assert acknowledged <= {row[0] for row in healthy.rows("SELECT n FROM kept")}
        healthy.stop()
    scrubbed(data)


# A disk that is full.


@pytest.mark.root
def test_a_full_disk_ends_what_a_program_keeps(small_disk):
    """An array of 50 MB, which nothing shrinks, shard by shard."""
    with Server(small_disk / "data") as server:
        program = 'xp.random.normal(size=({0}, {0}), seed=1).store("noise", shards=[500, 500], chunks=[500, 500])'
        with pytest.raises(Problem) as refused:
            server.request("POST", "/v1/expressions", data=program.format(2500).encode())
        assert (refused.value.status, refused.value.code) == (507, "storage_full"), refused.value
        deadline = time.monotonic() + 10
        while list((small_disk / "data" / "data" / "main").glob("*.zarr")) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not list((small_disk / "data" / "data" / "main").glob("*.zarr"))
        server.request("POST", "/v1/expressions", data=program.format(400).encode())


@pytest.mark.root
def test_a_full_disk_refuses_uploads_and_keeps_answering(small_disk):
    with Server(small_disk / "data") as server:
        server.put("small", numbers(1000))
        with pytest.raises(Problem) as refused:
            server.put("large", numbers(1_500_000))
        assert (refused.value.status, refused.value.code) == (507, "storage_full")
        assert server.value("SELECT count(*) FROM small") == 1000
        assert server.get("/v1/datasets/large", ok=False).status_code == 404
        # What the refused upload had taken is free again.
        server.append("small", numbers(1000))
        assert server.value("SELECT count(*) FROM small") == 2000


@pytest.mark.root
def test_a_disk_that_fills_during_commits_tears_nothing(small_disk):
    with Server(small_disk / "data") as server:
        server.put("rows", numbers(100))
        filler = small_disk / "filler"
        with open(filler, "wb") as file:
            try:
                while True:
                    file.write(bytes(64 * 1024))
                    file.flush()
            except OSError:
                pass
        os.truncate(filler, filler.stat().st_size - 256 * 1024)
        good, refused = 1, 0
        for _ in range(60):
            response = server.append("rows", numbers(100), ok=False)
            if response.status_code < 300:
                good += 1
            else:
                assert (response.status_code, response.json()["code"]) == (507, "storage_full"), response.text
                refused += 1
            assert server.alive()
            assert server.value("SELECT count(*) FROM rows") == 100 * good
        assert refused, "the disk never filled up: the test proves nothing"
        filler.unlink()
        server.append("rows", numbers(100))
        assert server.value("SELECT count(*) FROM rows") == 100 * (good + 1)
        assert server.stop() == 0
    scrubbed(small_disk / "data")


# Folders it cannot or must not take.


@pytest.mark.root
def test_a_read_only_folder_is_refused_by_name(small_disk):
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(NotReady) as refused:
        Server(small_disk / "data", log=small_disk.parent / "log").start()
    assert refused.value.code == 1
    assert str(small_disk) in refused.value.output and "read-only" in refused.value.output.lower()
    assert "panicked" not in refused.value.output


def test_two_servers_on_one_folder(fresh):
    fresh.start()
    with pytest.raises(NotReady) as refused:
        Server(fresh.data).start()
    assert refused.value.code == 1
    assert str(fresh.process.pid) in refused.value.output, "it says who holds the folder"
    assert fresh.value("SELECT 1") == 1


def test_a_folder_of_a_newer_version_is_left_alone(fresh):
    fresh.start()
    fresh.put("rows", numbers(10))
    assert fresh.stop() == 0
    file = fresh.data / "catalog.db"
    with sqlite3.connect(file) as catalog:
        catalog.execute("PRAGMA user_version = 9999")
    catalog.close()
    before = file.read_bytes()
    with pytest.raises(NotReady) as refused:
        fresh.start()
    assert refused.value.code == 1
    assert "newer" in refused.value.output and "9999" in refused.value.output
    assert file.read_bytes() == before


def test_a_port_in_use_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = run("serve", "--listen", f"127.0.0.1:{port}", data=tmp_path / "data")
    assert refused.returncode == 1
    assert f"127.0.0.1:{port}" in refused.stderr and "in use" in refused.stderr.lower()


# Partitions that rot.


def test_a_rotten_partition_is_an_error_that_scrub_finds(fresh):
    fresh.start()
    fresh.put("good", numbers(1000))
    fresh.put("rotten", numbers(100_000))
    assert fresh.stop() == 0
    files = sorted((fresh.data / "data").rglob("*.parquet"), key=lambda path: path.stat().st_size)
    with open(files[-1], "r+b") as file:
        file.seek(files[-1].stat().st_size // 3)
        file.write(os.urandom(4096))
    scrub = run("scrub", data=fresh.data)
    assert scrub.returncode != 0
    assert files[-1].name in scrub.stdout + scrub.stderr
    fresh.start()
    assert fresh.value("SELECT count(id) FROM good") == 1000
    with pytest.raises(Problem) as told:
        fresh.sql("SELECT sum(id), max(noise) FROM rotten")
    assert (told.value.status, told.value.code, told.value.body["retry"]) == (500, "storage_damaged", False)
    assert fresh.alive()


# Signals.

SLOW = "SELECT a.* FROM flights a CROSS JOIN (SELECT 1 FROM flights LIMIT 5) b"


def test_sigterm_lets_running_answers_finish(tmp_path):
    with Server(tmp_path / "data", "--demo", "--drain", "60s") as server:
        response = server.session.post(server.url + "/v1/sql", data=SLOW, headers={"Accept": CSV}, stream=True, timeout=60)
        body = response.iter_content(1 << 16)
        lines = next(body).count(b"\n")
        server.signal(signal.SIGTERM)
        time.sleep(0.3)
        assert server.alive(), "it must wait for the answer that is under way"
        with pytest.raises((Problem, requests.RequestException)) as refused:
            with requests.Session() as other:
                late = other.post(server.url + "/v1/sql", data="SELECT 1", timeout=5)
                if late.status_code >= 400:
                    raise Problem(late)
        if isinstance(refused.value, Problem):
            assert refused.value.code == "unavailable"
        lines += sum(part.count(b"\n") for part in body)
        assert lines == 5 * 336_776 + 1
        assert server.process.wait(20) == 0


def test_a_second_sigterm_ends_at_once(tmp_path):
    with Server(tmp_path / "data", "--demo", "--drain", "60s") as server:
        response = server.session.post(server.url + "/v1/sql", data=SLOW, headers={"Accept": CSV}, stream=True, timeout=60)
        body = response.iter_content(1 << 10)
        next(body)
        server.signal(signal.SIGTERM)
        time.sleep(0.3)
        assert server.alive()
        server.signal(signal.SIGTERM)
        server.process.wait(5)
        # And the client can tell that its answer is not whole.
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            for _ in body:
                pass


def test_what_was_there_is_there_after_a_start(tmp_path):
    with Server(tmp_path / "data", "--demo") as server:
        server.sql("CREATE TABLE late AS SELECT carrier, avg(dep_delay) AS late FROM flights GROUP BY 1")
        server.sql("CREATE VIEW worst AS SELECT * FROM late ORDER BY late DESC LIMIT 3")
        before = server.rows("SELECT * FROM worst")
        server.kill()
        server.start()
        assert server.rows("SELECT * FROM worst") == before
        assert server.value("SELECT count(*) FROM flights") == 336_776, "the demonstration is loaded once"


# Bodies that stop.


def test_a_body_that_stops_half_way_leaves_nothing(fresh):
    fresh.start()
    body = as_parquet(numbers(10_000))
    with socket.create_connection(fresh.address) as half:
        half.sendall(f"PUT /v1/tables/half HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        half.sendall(body[: len(body) // 2])
    time.sleep(0.5)
    assert fresh.get("/v1/datasets/half", ok=False).status_code == 404
    assert not any(path.is_file() for path in (fresh.data / "staging").rglob("*"))
    assert fresh.value("SELECT 1") == 1


def test_writers_that_stop_do_not_stop_others(fresh):
    fresh.start()
    fresh.sql("CREATE TABLE rows (n BIGINT)")
    stuck = []
    for _ in range(20):
        one = socket.create_connection(fresh.address)
        one.sendall(b"POST /v1/tables/rows/rows HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 100\r\n\r\nn\n")
        stuck.append(one)
    began = time.monotonic()
    fresh.append("rows", b"n\n1\n", CSV)
    assert time.monotonic() - began < 5
    assert fresh.value("SELECT count(*) FROM rows") == 1
    for one in stuck:
        one.close()


def test_a_gzip_bomb_is_refused(fresh):
    fresh.start()
    zeros = bytes(1 << 20)
    bomb = gzip.compress(b"a\n" + zeros * 200)
    assert len(bomb) < 300_000
    fresh.forget_peak()
    with pytest.raises(Problem) as refused:
        fresh.put("bomb", bomb, CSV, headers={"Content-Encoding": "gzip"})
    assert refused.value.code in ("too_large", "invalid_data")
    assert fresh.resident_bytes("VmHWM") < fresh.resident_bytes() + (300 << 20)
    assert fresh.value("SELECT 1") == 1
