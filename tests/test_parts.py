"""Programs in parts: frames, values and settings beside the text, from the clients that people have."""

import gzip
import json
import socket
import subprocess
import threading
import time

import httpx
import polars
import pyarrow as pa
import pytest
from harness import ARROW_FILE, ARROW_STREAM, CSV, JSON, NDJSON, PARQUET, Problem, Server, as_arrow_file, as_arrow_stream, as_parquet

MB = 1 << 20
FRAME = pa.table({"a": [1, 2, None], "s": ["x", "y", "z"]})


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("parts") / "data", "--memory", "512MiB", "--query-memory", "128MiB") as running:
        running.put("small", pa.table({"a": [1, 2, 3]}))
        yield running
        assert running.alive(), f"a test ended the server:\n{running.said()[-5000:]}"


def sent(server, program, accept=ARROW_STREAM, **parts):
    """The response to a program, each part a tuple as `requests` takes it, or bytes alone."""
    files = {name: part if isinstance(part, tuple) else (None, part) for name, part in parts.items()}
    if program is not None:
        files = {"program": (None, program), **files}
    return server.request("POST", "/v1/expressions", files=files, headers={"Accept": accept})


def ran(server, program, **parts):
    return polars.read_ipc_stream(sent(server, program, **parts).content).rows()


def refused(server, program, code, **parts):
    with pytest.raises(Problem) as problem:
        sent(server, program, **parts)
    assert problem.value.code == code, problem.value
    assert "defect" not in problem.value.body["detail"]
    assert ran(server, 'frame({"a": [1]})') == [(1,)]
    return problem.value.body


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize(("encode", "media"), [(as_arrow_stream, ARROW_STREAM), (as_arrow_file, ARROW_FILE), (as_parquet, PARQUET)])
def test_a_frame(one, encode, media, typed):
    part = ("f", encode(FRAME), media if typed else "application/octet-stream")
    assert ran(one, 'mine.filter(col("a") > 1)', mine=part) == [(2, "y")]
    assert ran(one, 'table("small").join(mine, on="a").select("s")', mine=part) == [("x",), ("y",)]
    assert ran(one, "mine.select(len())", mine=(None, encode(FRAME))) == [(3,)]
    assert ran(one, "mine", mine=("f", gzip.compress(encode(FRAME)), "application/octet-stream")) == [(1, "x"), (2, "y"), (None, "z")]


def test_frames_as_text_where_it_is_said(one):
    assert ran(one, "mine", mine=("f.csv", b"a,s\n1,x\n", CSV)) == [(1, "x")]
    assert ran(one, "mine", mine=("f", b'{"a": 1}\n{"a": 2}\n', NDJSON)) == [(1,), (2,)]


def test_many_rows_in_their_order(one):
    frame = pa.table({"n": range(1_000_000)})
    rows = ran(one, 'mine.filter(col("n") % 100_000 == 7).with_row_index()', mine=("f", as_parquet(frame), PARQUET))
    assert rows == [(index, index * 100_000 + 7) for index in range(10)]
    assert ran(one, "concat([mine, other]).select(len())",
               mine=("f", as_parquet(frame), PARQUET), other=("f", as_arrow_stream(frame), ARROW_STREAM)) == [(2_000_000,)]


@pytest.mark.parametrize("rows", [0, 1])
def test_frames_of_little(one, rows):
    for columns in ({"a": pa.array([1] * rows, pa.int8())}, {"a": pa.nulls(rows)}, {"a": pa.array(["x"] * rows).dictionary_encode()}):
        for encode in (as_arrow_stream, as_parquet):
            assert len(ran(one, "mine", mine=("f", encode(pa.table(columns)), "application/octet-stream"))) == rows


def test_values_and_settings(one):
    program = 'table("small").filter(col("a").is_in(some), col("a") >= least).with_columns(t=lit(word))'
    values = {"some": b"[1, 2, 3]", "least": (None, "2", JSON), "word": '"ü"'.encode()}
    assert ran(one, program, **values) == [(2, "ü"), (3, "ü")]
    assert ran(one, "mine.filter(col(\"a\") == which)", mine=("f", as_parquet(FRAME), PARQUET), which=b"2") == [(2, "y")]
    answer = sent(one, program, **values, row_limit=b"1", query_id=b"in-parts", timeout_ms=b" 5000 ")
    assert answer.headers["Pantile-Query-Id"] == "in-parts"
    assert polars.read_ipc_stream(answer.content).rows() == [(2, "ü")]
    one.sql("SET timezone = 'Asia/Tokyo'", session="mine")
    assert ran(one, 'table("small").head(1)', session=b"mine") == [(1,)]
    assert "whole number" in refused(one, program, "invalid_request", **values, row_limit=b"many")["detail"]
    assert "lasts" not in refused(one, 'table("small")', "invalid_request", query_id=b"\xff")["detail"]


def test_what_is_wrong_with_a_part_is_said_of_it(one):
    for code, part, words in [
        ("invalid_data", ("f", as_parquet(FRAME)[:-20], PARQUET), ""),
        ("invalid_data", ("f", as_arrow_stream(FRAME)[:-60], ARROW_STREAM), ""),
        ("invalid_data", ("f", as_parquet(FRAME)[:40], "application/octet-stream"), ""),
        ("invalid_data", ("f", as_parquet(FRAME), ARROW_STREAM), ""),
        ("invalid_data", ("f", b"", PARQUET), ""),
        ("unsupported_media_type", ("f", b"\x00\x01\x02" * 50, "application/octet-stream"), "type"),
        ("invalid_request", (None, b""), "JSON"),
        ("invalid_request", (None, b"UA"), "JSON"),
        ("invalid_request", (None, b'{"a": 1}', JSON), "an object"),
    ]:
        problem = refused(one, "mine", code, mine=part)
        assert problem["part"] == "mine" and problem["detail"].startswith("part `mine`: "), problem
        assert words in problem["detail"], problem
    assert "quotes" in refused(one, "mine", "invalid_request", mine=b"UA")["hint"]


@pytest.mark.parametrize(
    ("program", "parts", "code", "words"),
    [
        ("mine", {"table": b"1", "mine": b"1"}, "invalid_program", "`table`"),
        ("mine", {"col": ("f", as_parquet(FRAME), PARQUET)}, "invalid_program", "`col`"),
        ("mine", {"Int64": b"1"}, "invalid_program", "`Int64`"),
        ("mine", {"cs": b"1"}, "invalid_program", "`cs`"),
        ("mine", {"a b": b"1"}, "invalid_request", "a b"),
        ("mine", {"1a": b"1"}, "invalid_request", "1a"),
        ("mine", {"": b"1"}, "invalid_request", "name"),
        ("mine", {"theirs": ("f", as_parquet(FRAME), PARQUET)}, "invalid_program", "`theirs`"),
        ("mine", {}, "invalid_program", "`mine`"),
        ("mine", {"mime": ("f", as_parquet(FRAME), PARQUET)}, "invalid_program", "did you mean `mine`"),
        (None, {"mine": b"1"}, "invalid_request", "`program`"),
        (b"\xff\xfe", {}, "invalid_request", "UTF-8"),
        ('mine = table("small")\nmine', {"mine": ("f", as_parquet(FRAME), PARQUET)}, "invalid_program", "`mine`"),
        ("mine", {"mine": ("f", as_arrow_stream(pa.table({"a": pa.array([[1]], pa.list_(pa.float16()))})), ARROW_STREAM)}, None, "mine"),
    ],
)
def test_names(one, program, parts, code, words):
    if code is None:
        try:
            sent(one, program, **parts)
        except Problem as problem:
            assert problem.status < 500 and words in problem.body["detail"], problem
        return
    assert words in refused(one, program, code, **parts)["detail"]


def raw(server, body, boundary="b", length=None, headers=""):
    """The status and the problem of a body as it is."""
    head = (f"POST /v1/expressions HTTP/1.1\r\nHost: {server.address[0]}\r\nConnection: close\r\n{headers}"
            f"Content-Type: multipart/form-data{'; boundary=' + boundary if boundary else ''}\r\nContent-Length: {length or len(body)}\r\n\r\n")
    with socket.create_connection(server.address, timeout=60) as connection:
        connection.sendall(head.encode())
        try:
            connection.sendall(body)
            if length:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        said = b""
        while more := connection.recv(65536):
            said += more
    head, _, rest = said.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(rest)


def part(name, body, boundary=b"b"):
    return b"--" + boundary + b'\r\nContent-Disposition: form-data; name="' + name.encode() + b'"\r\n\r\n' + body + b"\r\n"


def test_bodies_that_are_none(one):
    program = part("program", b'frame({"a": [1]})')
    assert raw(one, program + b"--b--\r\n")[0] == 200
    for body, boundary, code, words in [
        (b"", "b", "invalid_data", "parts"),
        (b"nothing", "b", "invalid_data", "parts"),
        (program, "b", "invalid_data", ""),
        (program[:-5], "b", "invalid_data", "`program`"),
        (b"--b--\r\n", "b", "invalid_request", "`program`"),
        (program + program + b"--b--\r\n", "b", "invalid_request", "twice"),
        (program + part("x", b"1") * 2 + b"--b--\r\n", "b", "invalid_request", "twice"),
        (program + part("row_limit", b"1") * 2 + b"--b--\r\n", "b", "invalid_request", "twice"),
        (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", "b", "invalid_request", "no name"),
        (b"--b\r\n\r\nx\r\n--b--\r\n", "b", "invalid_data", "parts"),
        (b"--b\r\n\x00: x\r\n\r\nx\r\n--b--\r\n", "b", "invalid_request", "parts"),
        (program + b"--b--\r\n", "", "invalid_request", "boundary"),
        (program + b"--b--\r\n", "other", "invalid_data", "parts"),
    ]:
        status, problem = raw(one, body, boundary)
        assert status == 400 and problem["code"] == code and words in problem["detail"], (body[:80], problem)
    status, problem = raw(one, program + part("mine", as_parquet(FRAME))[:-100], length=10_000)
    assert (status, problem["code"], problem["part"]) == (400, "invalid_data", "mine")
    assert raw(one, b"x", headers="Content-Encoding: gzip\r\n")[1]["code"] == "unsupported_media_type"


def test_limits_have_names(one):
    program = part("program", b'frame({"a": [1]})')
    for body, code, limit in [
        (program + b"".join(part(f"v{number}", b"1") for number in range(300)) + b"--b--\r\n", "too_large", "request_parts"),
        (part("program", b"# " + b"x" * (5 * MB)) + b"--b--\r\n", "too_large", "sql_bytes"),
        (program + b"".join(part(f"v{number}", b'"' + b"x" * MB + b'"') for number in range(6)) + b"--b--\r\n", "too_large", "sql_bytes"),
        (part("program", b"# " + b"x" * (MB + 1)) + b"--b--\r\n", "limit_program", None),
        (b"--b\r\nA: " + b"x" * (64 * MB), "too_large", None),
        (b"x" * (64 * MB), "too_large", None),
        (program + b"--b\r\nContent-Disposition: form-data; name=x\r\n" + b"".join(b"A: x\r\n" for _ in range(20_000)), "too_large", None),
    ]:
        _, problem = raw(one, body)
        assert problem["code"] == code and (limit is None or problem["limit"] == limit), problem
    assert one.get("/v1/limits").json()["request_parts"] == 256
    assert ran(one, 'frame({"a": [1]})') == [(1,)]


def test_rows_are_charged_and_given_back(one):
    def used():
        return one.get("/v1/limits").json()["memory"]["accounts"]["query"]["used"]

    large = as_parquet(pa.table({"n": pa.array(range(20_000_000))}), compression="zstd")
    problem = refused(one, "mine.select(len())", "limit_memory", mine=("f", large, PARQUET))
    assert problem["limit"] == "query_memory" and problem["part"] == "mine"
    for _ in range(5):
        assert ran(one, 'mine.select(col("n").max())', mine=("f", as_parquet(pa.table({"n": range(2_000_000)})), PARQUET)) == [(1_999_999,)]
    refused(one, 'mine.select("m")', "unknown_column", mine=("f", as_parquet(pa.table({"n": range(1000)})), PARQUET))
    deadline = time.monotonic() + 10
    while used() > 0:
        assert time.monotonic() < deadline, "memory was not given back"
        time.sleep(0.05)


def test_uploads_have_their_limit(tmp_path):
    with Server(tmp_path / "data", "--upload-bytes", "1MiB", "--body-timeout", "1s") as server:
        frame = ("f", as_arrow_stream(pa.table({"n": range(100_000)})), ARROW_STREAM)
        problem = refused(server, "concat([mine, more])", "too_large", mine=frame, more=frame)
        assert problem["limit"] == "upload_bytes"
        with socket.create_connection(server.address, timeout=30) as connection:
            connection.sendall(b"POST /v1/expressions HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                               b"Content-Length: 1000\r\n\r\n" + part("program", b"x")[:-4])
            said = connection.recv(65536)
        assert b"timeout" in said and b"body_timeout" in said


def test_the_end_of_a_body_may_come_late(one):
    """The last chunk, which says that there are no more, comes after the last part: the answer is whole all the same."""
    body = part("program", b"t") + part("t", as_arrow_stream(pa.table({"a": range(60_000)}))) + b"--b--\r\n"
    with socket.create_connection(one.address, timeout=30) as connection:
        connection.sendall(b"POST /v1/expressions HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n"
                           b"Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n"
                           + b"%x\r\n" % len(body) + body + b"\r\n")
        time.sleep(0.3)
        connection.sendall(b"0\r\n\r\n")
        said = b""
        while not said.endswith(b"0\r\n\r\n"):
            more = connection.recv(65536)
            assert more, "the answer broke off"
            said += more
    assert said.startswith(b"HTTP/1.1 200") and b"connection: close" not in said.split(b"\r\n\r\n")[0].lower()


def test_who_leaves_leaves_nothing(one):
    folder = one.data / "staging"
    before = len(list(folder.iterdir()))
    body = part("program", b"mine") + part("mine", as_arrow_stream(pa.table({"n": range(1_000_000)})))

    def leave():
        with socket.create_connection(one.address, timeout=30) as connection:
            connection.sendall(b"POST /v1/expressions HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                               b"Content-Length: 100000000\r\n\r\n" + body[: len(body) // 2])

    threads = [threading.Thread(target=leave) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deadline = time.monotonic() + 10
    while one.get("/v1/limits").json()["memory"]["accounts"]["upload"]["used"] > 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(list(folder.iterdir())) == before


def test_curl(one, tmp_path):
    (tmp_path / "mine.parquet").write_bytes(as_parquet(FRAME))
    (tmp_path / "program.py").write_text('mine.filter(col("a") == least)\n')
    command = ["curl", "-sS", f"{one.url}/v1/expressions", "-H", f"Accept: {CSV}", "-F", "program=<program.py",
               "-F", "mine=@mine.parquet", "-F", "least=2"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout == "a,s\n2,y\n", done.stderr + done.stdout


def test_the_document_names_the_parts(one):
    content = one.get("/openapi.json").json()["paths"]["/v1/expressions"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "multipart/form-data", "text/x-python"}


def test_one_connection_sends_large_frames_one_after_the_other(one):
    # Once a connection has carried much, the server reads more of it at once than the head of a part may have.
    def body():
        yield b'--x\r\nContent-Disposition: form-data; name="program"\r\n\r\n'
        yield b"mine.select(len())"
        yield f'\r\n--x\r\nContent-Disposition: form-data; name="mine"\r\nContent-Type: {ARROW_STREAM}\r\n\r\n'.encode()
        yield as_arrow_stream(pa.table({"n": range(100_000)}))
        yield b"\r\n--x--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=x", "Accept": ARROW_STREAM}
    with httpx.Client() as client:
        for _ in range(6):
            response = client.post(f"{one.url}/v1/expressions", content=body(), headers=headers)
            assert response.status_code == 200, response.text
            assert polars.read_ipc_stream(response.content).rows() == [(100_000,)]
