"""The command line, as a shell sees it: what is written where, in which format, with which exit code."""

import gzip
import io
import json
import os
import pty
import signal
import subprocess
import time

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from harness import BINARY, Server, environment, run


def ask(server, *arguments, **more):
    return run("sql", "--url", server.url, *arguments, **more)


def test_a_pipe_gets_csv(demo):
    answer = ask(demo, "-c", "SELECT carrier, name FROM airlines ORDER BY 1 LIMIT 2")
    assert (answer.returncode, answer.stdout, answer.stderr) == (
        0, "carrier,name\n9E,Endeavor Air Inc.\nAA,American Airlines Inc.\n", "")


def test_a_terminal_gets_a_table(demo):
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [BINARY, "sql", "--url", demo.url, "-c", "SELECT name FROM airlines WHERE carrier = 'UA'"],
        stdout=follower, stderr=follower, env=environment())
    os.close(follower)
    text = b""
    try:
        while part := os.read(leader, 4096):
            text += part
    except OSError:
        pass  # the other end is closed
    assert process.wait(20) == 0
    assert b"United Air Lines Inc." in text and b"carrier" not in text
    assert b"name\r\nUnited" not in text, "drawn, not CSV"


@pytest.mark.parametrize("name, parse", [
    ("json", lambda text: json.loads(text)["rows"]),
    ("ndjson", lambda text: [json.loads(line) for line in text.splitlines()]),
    ("csv", lambda text: pd.read_csv(io.StringIO(text)).to_dict("records")),
])
def test_formats(demo, name, parse):
    answer = ask(demo, "--format", name, "-c", "SELECT 1 AS a, 'x' AS b")
    assert answer.returncode == 0 and parse(answer.stdout) == [{"a": 1, "b": "x"}]


def test_binary_formats_go_into_a_pipe(demo):
    answer = ask(demo, "--format", "parquet", "-c", "SELECT * FROM airlines", text=False)
    assert parquet.read_table(io.BytesIO(answer.stdout)).num_rows == 16
    answer = ask(demo, "--format", "arrow", "-c", "SELECT * FROM airlines", text=False)
    assert pa.ipc.open_stream(answer.stdout).read_all().num_rows == 16


def test_text_may_come_from_a_file_or_from_standard_input(demo, tmp_path):
    (tmp_path / "q.sql").write_text("SELECT 41 + 1 AS n")
    assert ask(demo, "-f", tmp_path / "q.sql").stdout == "n\n42\n"
    assert ask(demo, input="SELECT 41 + 1 AS n").stdout == "n\n42\n"


def test_the_address_may_come_from_the_environment(demo):
    answer = run("sql", "-c", "SELECT 1 AS a", env={**environment(), "PANTILE_URL": demo.url})
    assert answer.stdout == "a\n1\n"


def test_exit_codes(demo, tmp_path):
    wrong = ask(demo, "-c", "SELECT * FROM flight")
    assert wrong.returncode == 1 and wrong.stdout == "" and "flights" in wrong.stderr
    assert run("sql", "--url", "http://127.0.0.1:1", "-c", "SELECT 1").returncode == 1
    assert run("sql", "--no-such-flag").returncode == 2
    assert run("serve", "--listen", "nonsense", data=tmp_path / "data").returncode in (1, 2)
    assert run("--version").stdout.startswith("pantile ")


def test_a_closed_pipe_is_no_disaster(demo):
    command = f"'{BINARY}' sql --url {demo.url} -c 'SELECT * FROM flights' | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, env=environment())
    assert done.stdout.startswith("year,month,day") and "panicked" not in done.stderr


def express(server, *arguments, **more):
    return run("expr", "--url", server.url, *arguments, **more)


FIRST = 'table("airlines").sort("carrier").head(2)'


def test_a_program_is_asked_as_a_statement_is(demo, tmp_path):
    expected = (0, "carrier,name\n9E,Endeavor Air Inc.\nAA,American Airlines Inc.\n", "")
    (tmp_path / "first.py").write_text(FIRST)
    for answer in (
        express(demo, "-c", FIRST), express(demo, "-f", tmp_path / "first.py"), express(demo, tmp_path / "first.py"),
        express(demo, input=FIRST), run("expr", "-c", FIRST, env={**environment(), "PANTILE_URL": demo.url}),
    ):
        assert (answer.returncode, answer.stdout, answer.stderr) == expected


def test_a_program_has_the_formats_of_a_statement(demo):
    answer = express(demo, "--format", "json", "-c", 'frame({"a": [1], "b": ["x"]})')
    assert json.loads(answer.stdout)["rows"] == [{"a": 1, "b": "x"}]
    answer = express(demo, "--format", "parquet", "-c", 'table("airlines")', text=False)
    assert parquet.read_table(io.BytesIO(answer.stdout)).num_rows == 16
    assert "│" in express(demo, "--format", "table", "-c", FIRST).stdout


def test_values_go_beside_a_program(demo):
    program = 'table("airlines").filter(col("carrier").is_in(which), col("name") != other).select("name", n=lit(n))'
    given = ["--value", 'which=["UA", "DL"]', "--value", "other=Delta Air Lines Inc.", "--value", "n=7"]
    assert express(demo, "-c", program, *given).stdout == "name,n\nUnited Air Lines Inc.,7\n"
    assert express(demo, "-c", program, "--value", "which").returncode == 2
    assert express(demo, "-c", program, "--value", "a b=1").returncode == 2
    assert express(demo, "-c", program, "--value", "n=1", "--value", "n=2").returncode == 2


def test_frames_go_beside_a_program(demo, tmp_path):
    rows = pa.table({"carrier": ["UA", "DL"], "n": [1, 2]})
    parquet.write_table(rows, tmp_path / "mine.parquet")
    (tmp_path / "mine.csv").write_text("carrier,n\nUA,1\nDL,2\n")
    (tmp_path / "mine.csv.gz").write_bytes(gzip.compress((tmp_path / "mine.csv").read_bytes()))
    with pa.ipc.new_stream(tmp_path / "unnamed", rows.schema) as writer:
        writer.write_table(rows)
    program = 'table("airlines").join(mine, on="carrier").filter(col("n") >= least, col("name") != other).select("name", "n")'
    for file in ["mine.parquet", "mine.csv", "mine.csv.gz", "unnamed"]:
        for engine in [[], ["--engine", "polars"]]:
            given = ["--value", f"mine=@{tmp_path / file}", "--value", "least=2", "--value", 'other="@x"', *engine]
            answer = express(demo, "-c", program, *given)
            assert answer.stdout == "name,n\nDelta Air Lines Inc.,2\n", answer.stderr
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "mine.parquet").read_bytes()[:-20])
    for file, said in [("none.csv", "none.csv"), ("cut.parquet", "mine")]:
        answer = express(demo, "-c", "mine", "--value", f"mine=@{tmp_path / file}")
        assert (answer.returncode, answer.stdout) == (1, "") and said in answer.stderr, answer.stderr
    wrong = express(demo, "-c", "mine.filter(m > 1)", "--value", f"mine=@{tmp_path / 'mine.csv'}")
    assert "\n    mine.filter(m > 1)\n                ^\n" in wrong.stderr


@pytest.mark.parametrize(("command", "text"), [("sql", "SELECT 41 + 1 AS n"), ("expr", 'frame({"n": [42]})')])
def test_answers_may_go_into_a_file(demo, tmp_path, command, text):
    file = tmp_path / "answer"
    answer = run(command, "--url", demo.url, "-c", text, "--output", file)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", f"(1 row) in {file}\n")
    assert file.read_text() == "n\n42\n"
    assert run(command, "--url", demo.url, "-c", text, "--output", tmp_path / "no/folder").returncode == 1
    answer = run(command, "--url", demo.url, "-c", text, "--output", file, "--format", "arrow")
    assert answer.returncode == 0 and pa.ipc.open_stream(file).read_all().to_pylist() == [{"n": 42}]


def test_a_wrong_program_is_marked(demo):
    wrong = express(demo, "-c", 'late = table("flights")\nlate.filter(col("dep_dely") > 60)')
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert '\n    late.filter(col("dep_dely") > 60)\n                    ^\n' in wrong.stderr
    assert "dep_delay" in wrong.stderr and "unknown_column" in wrong.stderr


def test_a_program_ends_as_a_statement_does(demo, tmp_path):
    assert express(demo, "-c", FIRST, "some.py").returncode == 2
    assert express(demo, "-c", " ").returncode == 2
    assert express(demo, tmp_path / "none.py").returncode == 1
    assert run("expr", "--url", "http://127.0.0.1:1", "-c", FIRST).returncode == 1


def test_ctrl_c_cancels_a_program(demo):
    program = 'f = frame({"a": [0]}).select(a=int_range(30_000))\nf.join_where(f, col("a") * 7 > col("a_right") * 8)'
    text = program + '.select(len())'
    process = subprocess.Popen(
        [BINARY, "expr", "--url", demo.url, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment())
    running = "SELECT count(*) FROM system.queries WHERE state = 'running' AND sql LIKE '%30_000%' AND sql NOT LIKE '%system%'"
    until(lambda: demo.value(running) == 1)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "") and "cancelled" in said
    until(lambda: demo.value(running) == 0)


def until(holds, wait_s=20):
    ends = time.monotonic() + wait_s
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_load_takes_files_and_globs(server, name, tmp_path):
    for number in range(3):
        file = tmp_path / ("0.parquet" if number == 0 else f"more-{number}.parquet")
        parquet.write_table(pa.table({"n": [number * 2, number * 2 + 1]}), file)
    loaded = run("load", "--url", server.url, tmp_path / "0.parquet", f"{tmp_path}/more-?.parquet", "--table", name)
    assert loaded.returncode == 0, loaded.stderr
    assert server.rows(f"SELECT n FROM {name} ORDER BY n") == [(n,) for n in range(6)]


def test_load_says_what_is_wrong(server, name, tmp_path):
    assert run("load", "--url", server.url, tmp_path / "none.parquet", "--table", name).returncode == 1
    (tmp_path / "bad.csv").write_text("a,b\n1,2,3\n")
    bad = run("load", "--url", server.url, tmp_path / "bad.csv", "--table", name)
    assert bad.returncode == 1 and "line 2" in bad.stderr


def test_config_tells_values_and_where_they_come_from(tmp_path):
    (tmp_path / "p.toml").write_text('slots = 7\n')
    told = run("config", "--config", tmp_path / "p.toml", env={**environment(), "PANTILE_QUEUE": "9"})
    assert told.returncode == 0
    lines = {line.split()[0]: line for line in told.stdout.splitlines() if line.strip()}
    assert "7" in lines["slots"] and "9" in lines["queue"]
    (tmp_path / "p.toml").write_text('slotts = 7\n')
    wrong = run("config", "--config", tmp_path / "p.toml")
    assert wrong.returncode != 0 and "slots" in wrong.stderr


def test_gc_and_scrub_on_a_folder_nobody_holds(fresh):
    fresh.start()
    for _ in range(5):
        fresh.put("rows", pa.table({"n": list(range(1000))}))
    busy = run("gc", data=fresh.data)
    assert busy.returncode == 1 and str(fresh.process.pid) in busy.stderr
    assert fresh.stop() == 0
    before = len(list((fresh.data / "data").rglob("*.parquet")))
    for _ in range(2):  # Files are first scheduled, later deleted.
        swept = run("gc", "--horizon", "0s", data=fresh.data)
        assert swept.returncode == 0, swept.stderr
    assert len(list((fresh.data / "data").rglob("*.parquet"))) == 1 < before
    assert run("scrub", data=fresh.data).returncode == 0
    fresh.start()
    assert fresh.value("SELECT count(*) FROM rows") == 1000


def test_serve_prints_one_line(tmp_path):
    process = subprocess.Popen(
        [BINARY, "serve", "--listen", "127.0.0.1:0", "--data-dir", tmp_path / "data"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment())
    line = process.stdout.readline()
    assert line.startswith("pantile ready http://127.0.0.1:")
    process.terminate()
    assert process.wait(20) == 0 and process.stdout.read() == ""


def test_an_open_address_needs_a_word(tmp_path):
    refused = run("serve", "--listen", "0.0.0.0:0", data=tmp_path / "data")
    assert refused.returncode == 2 and "insecure" in refused.stderr
    with Server(tmp_path / "data", "--insecure") as server:
        assert server.value("SELECT 1") == 1
