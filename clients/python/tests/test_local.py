"""A server of one's own: found, started, said so, and gone with whoever started it, however that ends."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

import pantile
from pantile import _local


@pytest.fixture
def binary(tmp_path, monkeypatch):
    """Makes a `pantile` that does what the lines of a shell say."""

    def make(lines: str) -> Path:
        path = tmp_path / "pantile"
        path.write_text("#!/bin/sh\n" + lines)
        path.chmod(0o755)
        monkeypatch.setenv("PANTILE_BIN", str(path))
        return path

    return make


# What stands in for a server where its starting and ending is looked at: quick, and as hard to end as is said.
FAKE = 'echo "pantile ready http://127.0.0.1:9"\n'
WAITS = FAKE + "exec sleep 1000\n"


def lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int, within_s: float = 15.0) -> bool:
    until = time.monotonic() + within_s
    while lives(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not lives(pid)


def child(code: str, **more) -> subprocess.Popen:
    """Another Python, which has connected to a server of its own and told where it is."""
    begin = """
        import os, sys, time, signal, pantile
        client = pantile.connect()
        print(client._server.pid, client._server._folder, flush=True)
    """
    text = textwrap.dedent(begin) + textwrap.dedent(code)
    return subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def told(process: subprocess.Popen) -> tuple[int, Path]:
    assert process.stdout is not None
    pid, _, folder = process.stdout.readline().decode().strip().partition(" ")
    return int(pid), Path(folder)


# The real one.


def test_a_server_of_ones_own_answers_and_says_so_in_one_line(capfd, monkeypatch):
    monkeypatch.delenv("PANTILE_URL", raising=False)
    with pantile.connect() as client:
        assert client.query("SELECT 41 + 1 AS a").read_all().to_pydict() == {"a": [42]}
        assert client.status()["status"] == "ready"
        pid, folder = client._server.pid, client._server._folder
        assert "its own server" in repr(client)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines() == [f"pantile: started {client.url} for this process (pid {pid}; its data go when it ends)"]
    assert not lives(pid)
    assert not folder.exists()


def test_a_folder_that_is_given_is_kept(tmp_path, capfd):
    folder = tmp_path / "data"
    with pantile.connect(data_dir=folder, flags=["--threads", "1"]) as client:
        client.upload("t", {"a": [1, 2]})
    with pantile.connect(data_dir=folder) as client:
        assert client.query("SELECT sum(a) AS a FROM t").read_all().to_pydict() == {"a": [3]}
    assert f"data in {folder}" in capfd.readouterr().err


def test_a_folder_that_another_server_has_is_refused_in_its_words(tmp_path):
    with pantile.connect(data_dir=tmp_path), pytest.raises(pantile.NoServerError, match="exit code") as caught:
        pantile.connect(data_dir=tmp_path)
    assert str(tmp_path) in caught.value.hint


def test_a_flag_that_is_none_is_refused_in_the_servers_words():
    with pytest.raises(pantile.NoServerError) as caught:
        pantile.connect(flags=["--no-such-flag"])
    assert "--no-such-flag" in caught.value.hint


# Its life.


def test_two_clients_have_two_servers(binary):
    binary(WAITS)
    with pantile.connect() as one, pantile.connect() as two:
        assert one._server.pid != two._server.pid


def test_it_goes_when_nobody_has_the_client_any_more(binary):
    binary(WAITS)
    client = pantile.connect()
    pid, folder = client._server.pid, client._server._folder
    assert lives(pid)
    del client
    gc.collect()
    assert not lives(pid)
    assert not folder.exists()


ENDS = {
    "it ends": "",
    "it ends by an exception": "raise RuntimeError",
    "it is killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "it is terminated": "os.kill(os.getpid(), signal.SIGTERM)",
    "it leaves without a word": "os._exit(0)",
    "it crashes": "import ctypes; ctypes.string_at(0)",
    "it is killed while a forked child lives": """
        if os.fork() == 0:
            os.close(1); os.close(2)
            time.sleep(60)
        os.kill(os.getpid(), signal.SIGKILL)
    """,
    "it was connected in a thread that has ended, and is killed": """
        import threading
        thread = threading.Thread(target=lambda: globals().update(other=pantile.connect()))
        thread.start(); thread.join(); time.sleep(0.3)
        os.kill(other._server.pid, 0)
        os.kill(os.getpid(), signal.SIGKILL)
    """,
}


@pytest.mark.parametrize("how", ENDS)
def test_the_server_goes_with_its_process(binary, how):
    binary(WAITS)
    process = child(ENDS[how])
    pid, folder = told(process)
    process.stdout.close()
    process.stderr.close()
    process.wait(20)
    assert gone(pid)
    until = time.monotonic() + 5
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not folder.exists()


def test_a_server_that_does_not_heed_is_killed(binary, monkeypatch):
    binary("trap '' TERM\n" + FAKE + "while :; do sleep 0.1; done\n")
    monkeypatch.setattr(_local, "STOP_S", 0.5)
    client = pantile.connect()
    pid = client._server.pid
    client.close()
    assert gone(pid, 1)


def test_a_forked_child_leaves_its_parents_server_alone(binary):
    binary(WAITS)
    with pantile.connect() as client:
        process = os.fork()
        if process == 0:
            try:
                client.close()
            finally:
                os._exit(0)
        os.waitpid(process, 0)
        time.sleep(0.2)
        assert lives(client._server.pid)


def test_ctrl_c_in_the_terminal_is_not_for_the_server(binary):
    binary(WAITS)
    process = child(
        """
        try:
            print("it waits", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            os.kill(client._server.pid, 0)
            print("it lives", flush=True)
        """,
        start_new_session=True,
    )
    pid, _ = told(process)
    assert process.stdout.readline() == b"it waits\n"
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout.readline() == b"it lives\n"
    process.communicate(timeout=20)
    assert gone(pid)


# What may be wrong.


def test_a_server_that_ends_at_once(binary):
    binary("echo it cannot be >&2; exit 7\n")
    with pytest.raises(pantile.NoServerError, match="exit code 7") as caught:
        pantile.connect()
    assert "it cannot be" in caught.value.hint


def test_a_server_that_is_never_ready(binary, monkeypatch):
    binary("exec sleep 1000\n")
    monkeypatch.setattr(_local, "READY_S", 0.2)
    with pytest.raises(pantile.NoServerError, match="not ready within"):
        pantile.connect()


def test_what_is_no_program(binary, tmp_path, monkeypatch):
    binary("").write_text("no program at all")
    with pytest.raises(pantile.NoServerError, match="cannot be started"):
        pantile.connect()
    monkeypatch.setenv("PANTILE_BIN", str(tmp_path))
    with pytest.raises(pantile.NoServerError, match="is no program"):
        pantile.connect()


def test_no_server_to_be_found(tmp_path, monkeypatch):
    monkeypatch.delenv("PANTILE_BIN", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(_local, "_built", lambda: iter(()))
    with pytest.raises(pantile.NoServerError, match="there is no `pantile` to start") as caught:
        pantile.connect()
    assert "PANTILE_BIN" in caught.value.hint


def test_where_it_is_looked_for(binary, tmp_path, monkeypatch):
    on_path = binary(WAITS)
    assert _local.find() == str(on_path)
    monkeypatch.delenv("PANTILE_BIN")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert _local.find() == str(on_path)
    monkeypatch.setenv("PATH", "/nowhere")
    for kind in ("debug", "release"):
        (tmp_path / "built" / kind).mkdir(parents=True)
        shutil.copy(on_path, tmp_path / "built" / kind / "pantile")
    os.utime(tmp_path / "built" / "debug" / "pantile", (1, 1))
    monkeypatch.setenv("CARGO_TARGET_DIR", str(tmp_path / "built"))
    monkeypatch.setattr(_local.Path, "home", lambda: Path("/nowhere"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert _local.find() == str(tmp_path / "built" / "release" / "pantile")


def test_settings_of_the_environment_reach_the_server_and_ours_do_not(binary, tmp_path, monkeypatch):
    binary(f"env > {tmp_path}/env\n" + WAITS)
    monkeypatch.setenv("PANTILE_MEMORY", "1GiB")
    monkeypatch.setenv("PANTILE_TOKEN", "secret")
    monkeypatch.setenv("PANTILE_LISTEN", "0.0.0.0:1")
    with pantile.connect():
        given = (tmp_path / "env").read_text()
    assert "PANTILE_MEMORY=1GiB" in given
    assert "secret" not in given
    assert "PANTILE_LISTEN" not in given
