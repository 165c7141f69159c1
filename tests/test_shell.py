"""The shell of `pantile sql`, typed at through a pseudo-terminal as a person does it."""

import json
import re
import shutil
import signal
import time
from pathlib import Path

import pexpect
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as parquet
import pytest
from harness import BINARY, environment, run

PROMPT = "pantile> "
ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[=>])")
ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"


class Shell:
    """A shell at a terminal of that size, with a home of its own."""

    def __init__(self, url, home, *flags, columns=100, lines=40, env=None, colours=False):
        self.home = home
        home.mkdir(exist_ok=True)
        own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "TERM": "xterm-256color",
               "EDITOR": "false", "PAGER": "cat", "LESS": ""}
        variables = {**environment(own), **(env or {})}
        if colours:
            variables.pop("NO_COLOR")
        address = ["--url", url] if url else []
        self.child = pexpect.spawn(BINARY, ["sql", *address, *map(str, flags)], env=variables, timeout=20,
                                   dimensions=(lines, columns), encoding="utf-8")
        self.child.delaybeforesend = None
        self.greeting = self.answer()

    def answer(self):
        """What stands on the terminal before the next prompt, without colours."""
        self.child.expect_exact(PROMPT)
        return plain(self.child.before)

    def ask(self, text):
        """Types a text and Enter, and reads until the next prompt. The echo is no part of the answer."""
        self.child.send(text + "\r")
        # The editor draws the line anew for each key, and ends it when it is sent.
        self.child.expect_exact("\x1b[?2004l")
        return self.answer()

    def give_up(self):
        """Ctrl-C at the prompt. What is typed before the next one is there would be lost."""
        self.child.sendcontrol("c")
        self.child.expect_exact("\x1b[?2004l")
        self.answer()

    def expect(self, text):
        self.child.expect_exact(text)

    def end(self):
        self.child.sendcontrol("d")
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus


def plain(text):
    return ESCAPE.sub("", text).replace("\r\n", "\n").replace("\r", "")


@pytest.fixture
def shell(demo, tmp_path):
    shells = []

    def start(*flags, url=demo.url, **more):
        shells.append(Shell(url, tmp_path / "home", *flags, **more))
        return shells[-1]

    yield start
    for one in shells:
        one.child.close(force=True)


# What is typed.

def test_a_statement_ends_at_its_semicolon(shell):
    one = shell()
    assert "pantile" in one.greeting and "\\?" in one.greeting
    one.child.send("SELECT 1 AS a,\r NULL AS b, -- not yet;\r ';' AS c\r")
    answer = one.ask(";")
    assert " a │ b    │ c\n───┼──────┼───\n 1 │ NULL │ ;\n(1 row)\n" in answer
    assert "(1 row)" in one.ask("SELECT 1 AS a; SELECT 2 AS b;") and one.end() == 0


def test_the_words_that_leave(shell):
    for word in ["\\q", "exit", "quit;"]:
        one = shell()
        one.child.send(word + "\r")
        one.child.expect(pexpect.EOF)
        one.child.close()
        assert one.child.exitstatus == 0, word


def test_an_error_says_where(shell):
    one = shell()
    wrong = one.ask("SELECT 1,\n  nonsense FROM flights;")
    assert "error: there is no column `nonsense`" in wrong
    assert "at line 2, column 3\n      nonsense FROM flights\n      ^\n" in wrong, wrong
    assert "(1 row)" in one.ask("SELECT 1;"), "and the shell goes on"


def test_what_was_typed_comes_back(shell):
    one = shell()
    one.ask("SELECT 'first' AS a;")
    one.ask("SELECT 'second'\n AS a;")
    one.ask(" SELECT 'secret' AS a;")
    assert one.end() == 0
    kept = one.home / ".config" / "pantile" / "history"
    assert "secret" not in kept.read_text() and kept.stat().st_mode & 0o077 == 0
    again = shell()
    up = "\x1b[A"
    assert " second\n" in again.ask(up), "of many lines, as one"
    assert " first\n" in again.ask(up * 3), "past the two lines of the second"
    again.child.send("\x12rst'")  # Ctrl-R
    assert " first\n" in again.ask("")


def tried(one, text, expected):
    """Asks until the names are learnt, which the shell does behind the scenes."""
    for _ in range(100):
        answer = one.ask(text)
        if expected in answer:
            return
        time.sleep(0.2)
    raise AssertionError(f"{text!r} was answered {answer!r}")


@pytest.mark.parametrize("text, expected", [
    ("SELECT count(*) FROM flig\t;", "336776"),
    ("SELECT count(*) AS n FROM flights WHERE carri\t = 'OO';", " 32\n"),
    ("SELECT count(a.na\t) AS n FROM airlines a;", " 16\n"),
    ("SELECT sqr\t16) AS r;", " 4.0\n"),
    ("SELECT min(table_name) FROM information_schema.tab\t WHERE table_name = 'planes';", " planes\n"),
    ("SEL\t 41 + 1 AS r;", " 42\n"),
    ("sel\t 41 + 1 AS r;", " 42\n"),
    ("\\d air\tl\t", "carrier"),
    ("SELECT 1 AS a \\g\tx", "── row 1 ──"),
    ("\\format vert\t", "format is vertical"),
])
def test_tab_completes(shell, text, expected):
    one = shell()
    if "a.na" in text:
        # Where the dataset stands behind the place, one has to go back to it.
        text = "SELECT count(a.) AS n FROM airlines a;" + "\x1b[D" * 23 + "na\t"
    tried(one, text, expected)


def test_tab_lists_what_there_is(shell):
    one = shell()
    tried(one, "SELECT count(*) FROM flig\t;", "336776")
    one.child.send("SELECT 1 FROM a\t\t")
    one.expect("airlines")
    one.expect("airports")


def test_tab_knows_what_was_made_a_moment_ago(server, name, tmp_path):
    one = Shell(server.url, tmp_path / "home")
    one.ask(f"CREATE TABLE {name} AS SELECT 7 AS wonderful;")
    after = f") + 35 AS r FROM {name};"
    tried(one, f"SELECT sum(wonderf{after}" + "\x1b[D" * len(after) + "\t", " 42\n")
    one.child.close(force=True)


def test_colours_and_none(shell):
    one = shell(colours=True)
    one.child.send("select 'x', 12 -- so")
    one.expect("\x1b[1;34mselect\x1b[0m")
    one.expect("\x1b[32m'x'\x1b[0m")
    one.give_up()
    one.child.send("SELECT nonsense;\r")
    one.expect("\x1b[1;31merror:\x1b[0m")
    other = shell()
    other.child.send("select 'x';\r")
    other.answer()
    other.child.send("select nonsense;\r")
    other.answer()
    said = other.child.before
    assert "error:" in said and not re.search(r"\x1b\[[0-9;]*m", said), repr(said)


# Interrupts.

def wait_for(server, sql, wait_s=10):
    """Waits until a question gives that."""
    until = time.monotonic() + wait_s
    while not (rows := server.rows(sql)):
        assert time.monotonic() < until, sql
        time.sleep(0.05)
    return rows


def test_ctrl_c_cancels_the_question_and_not_the_shell(fresh, tmp_path):
    with fresh as server:
        one = Shell(server.url, tmp_path / "home")
        one.ask("SET row_limit = 2;")
        one.child.send(ENDLESS + ";\r")
        wait_for(server, "SELECT 1 FROM system.queries WHERE state = 'running' AND sql LIKE 'WITH R%'")
        one.child.sendcontrol("c")
        assert "error: cancelled" in one.answer()
        wait_for(server, "SELECT 1 FROM system.queries WHERE state = 'cancelled' AND sql LIKE 'WITH R%'", 2)
        assert "(2 rows, more were cut off)" in one.ask("SELECT * FROM range(9);"), "the session is the same"
        one.child.send("SELECT 'given up'")
        one.give_up()
        assert " 5\n" in one.ask("SELECT 2 + 3 AS five;")
        # An answer that is on its way is ended too.
        one.ask("RESET row_limit;")
        one.child.send("SELECT a.* FROM range(300000000) a;\r")
        one.expect("\n 100000")
        one.child.sendcontrol("c")
        assert "error: cancelled" in one.answer() and one.end() == 0


def test_a_server_that_is_gone_ends_no_shell(fresh, tmp_path):
    fresh.start()
    one = Shell(fresh.url, tmp_path / "home")
    fresh.kill()
    assert "error: no answer from" in one.ask("SELECT 1;")
    assert one.end() == 0
    none = run("sql", "--url", fresh.url, "-c", "SELECT 1")
    assert none.returncode == 1 and "pantile serve" in none.stderr


# Commands.

def test_help_lists_every_command(shell):
    one = shell()
    page = one.ask("\\?")
    for name in ["\\c", "\\d ", "\\dt", "\\df", "\\e", "\\g", "\\gx", "\\i", "\\o", "\\q", "\\timing", "\\watch", "\\x"]:
        assert name in page, name
    assert max(map(len, page.splitlines())) <= 80
    assert "did you mean `timing`" in one.ask("\\timin") and one.ask("help") == page


def test_what_there_is(shell):
    one = shell()
    assert re.search(r"flights +│ table +│ +336776 │", one.ask("\\dt"))
    some = one.ask("\\dt air*;")
    assert "airports" in some and "flights" not in some
    assert "(0 rows)" in one.ask("\\dt it's_")
    columns = one.ask("\\d airlines")
    assert "carrier" in columns and "(2 rows)" in columns
    assert "did you mean `airlines`" in one.ask("\\d airline")
    functions = one.ask("\\df date_*")
    assert "date_trunc(precision, expression)" in functions and "abs" not in functions
    both = one.ask("\\df first_value")
    assert "aggregate" in both and "window" in both


def test_rows_below_each_other(shell):
    one = shell()
    assert "vertical is on" in one.ask("\\x")
    assert " a │ 1\n b │ NULL\n(1 row)" in one.ask("SELECT 1 AS a, NULL AS b;")
    assert "vertical is off" in one.ask("\\x off")
    assert " a │ b\n" in one.ask("SELECT 1 AS a, 2 AS b;")
    assert " a │ 1\n" in one.ask("SELECT 1 AS a \\gx")
    assert "neither on nor off" in one.ask("\\x maybe")


def test_how_long_it_took(shell):
    one = shell()
    one.ask("\\timing on")
    assert re.search(r"time: [0-9.]+ ms", one.ask("SELECT 1;"))
    one.ask("\\timing")
    assert "time:" not in one.ask("SELECT 1;")


def test_the_statement_that_is_begun(shell):
    one = shell()
    assert "SELECT 6" in one.ask("SELECT 6\n \\p"), "shown, and still there to go on with"
    assert " 42\n" in one.ask(" * 7 AS r;")
    assert " 42\n" in one.ask("\\g")
    one.ask("SELECT 1 \\r")
    assert " 5\n" in one.ask("SELECT 5 AS r;")


def test_answers_go_into_files(shell, tmp_path):
    one = shell("--format", "csv")
    path = tmp_path / "out"
    one.ask(f"\\o {path}")
    assert f"(2 rows) in {path}" in one.ask("SELECT * FROM (VALUES (1), (2)) t(a);")
    one.ask("SELECT 3 AS a;")
    one.ask("\\o")
    assert "\n4\n" in one.ask("SELECT 4 AS a;")
    assert path.read_text() == "a\n1\n2\na\n3\n"
    one.ask("\\format parquet")
    refused = one.ask("SELECT 1 AS a;")
    assert "parquet is no text" in refused and "\\o FILE" in refused
    one.ask(f"\\o {path}")
    one.ask("SELECT * FROM airlines;")
    one.ask("SELECT 5 AS a;")
    assert parquet.read_table(path).to_pydict() == {"a": [5]}, "one answer, the last"
    one.ask("\\o")
    one.ask("\\format arrow")
    one.ask(f"SELECT * FROM airlines \\g {path}")
    assert ipc.open_stream(path.read_bytes()).read_all().num_rows == 16
    assert "failed to create /none/such" in one.ask("\\o /none/such")


def test_files_of_statements(shell, tmp_path):
    inner, outer, wrong = tmp_path / "inner.sql", tmp_path / "outer.sql", tmp_path / "wrong.sql"
    inner.write_text("SELECT 'in' || 'ner' AS a")
    outer.write_text(f"SELECT 1\n + 1 AS two;\n\\i {inner}\nSELECT 'la' || 'st' AS z;")
    wrong.write_text("SELECT 1;\nSELECT nonsense;\nSELECT 'not reached';")
    one = shell()
    answer = one.ask(f"\\i {outer}")
    assert " 2\n" in answer and answer.index(" inner\n") < answer.index(" last\n")
    failed = one.ask(f"\\i {wrong}")
    assert f"error: {wrong}: there is no column `nonsense`" in failed and "not reached" not in failed
    assert "in the statement that begins on line 2" in failed
    loop = tmp_path / "loop.sql"
    loop.write_text(f"\\i {loop}")
    assert "nested more than 16 deep" in one.ask(f"\\i {loop}")
    assert "failed to read" in one.ask("\\i /none/such") and "\\i FILE" in one.ask("\\i")


def test_watching(shell):
    one = shell()
    one.child.send("SELECT 6 * 7 AS r \\watch 0.2\r")
    for _ in range(3):
        one.expect("every 0.2 s until Ctrl-C")
        one.expect(" 42")
    one.child.sendcontrol("c")
    one.answer()
    assert "is no number of seconds" in one.ask("\\watch often") and " 8\n" in one.ask("SELECT 8 AS r;")


def test_the_editor(shell, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nsed -i 's/1/42/' \"$1\"\n")
    editor.chmod(0o755)
    one = shell(env={"EDITOR": str(editor)})
    one.ask("SELECT 1 AS r;")
    answer = one.ask("\\e")
    assert "SELECT 42 AS r;" in answer and " 42\n" in answer
    assert " 42\n" in one.ask("\x1b[A"), "what was edited is remembered"
    one.ask("SELECT 1 + \\e")
    one.expect("SELECT 42 +")
    assert " 50\n" in one.ask(" 8 AS r;"), "without its semicolon it is gone on with"
    assert "ended with" in shell(env={"EDITOR": "false"}).ask("\\e")


def test_another_server(shell, fresh):
    with fresh as other:
        other.put("elsewhere", pa.table({"n": [1]}))
        one = shell()
        assert f"server is {other.url}" in one.ask(f"\\c {other.url}")
        assert "elsewhere" in one.ask("\\dt")
        assert "no answer from" in one.ask("\\c http://127.0.0.1:1")
        assert "elsewhere" in one.ask("\\dt"), "and is where it was"


def test_a_format_that_is_not_there(shell):
    assert "did you mean `vertical`" in shell().ask("\\format verticalx")


# What answers look like.

@pytest.mark.parametrize("name, expected", [
    ("table", " a │ b\n───┼──────\n 1 │ NULL\n(1 row)\n"),
    ("csv", "a,b\n1,\n(1 row)\n"),
    ("tsv", "a\tb\n1\t\n(1 row)\n"),
    ("ndjson", '{"a":1,"b":null}\n(1 row)\n'),
    ("markdown", "| a | b |\n"),
    ("vertical", "── row 1 ──\n a │ 1\n b │ NULL\n(1 row)\n"),
])
def test_formats(shell, name, expected):
    one = shell("--format", name)
    # The terminal makes blanks of tabs.
    assert expected.replace("\t", " ") in one.ask("SELECT 1 AS a, NULL AS b;").replace("\t", " ")


def test_a_json_document_is_one(shell):
    answer = shell("--format", "json").ask("SELECT 1 AS a, NULL AS b;")
    assert json.loads(answer[answer.index("{"):answer.rindex("}") + 1])["rows"] == [{"a": 1, "b": None}]


def test_wide_answers_are_cut_with_a_mark(shell):
    answer = shell(columns=60).ask("SELECT * FROM flights LIMIT 2;")
    lines = [line for line in answer.splitlines() if "│" in line or "┼" in line]
    assert len(lines) == 4 and all(len(line) == 60 and line.endswith("…") for line in lines)
    assert "(cut: 4 lines at 60 places" in answer and "of 19 columns whole" in answer


@pytest.mark.skipif(not shutil.which("less"), reason="no pager here")
def test_large_answers_are_paged(shell):
    one = shell(columns=60, lines=10, env={"PAGER": "less", "LESS": "S"})
    one.ask("\\pager on")
    assert "(1 row)" in one.ask("SELECT 1 AS a;"), "what fits is not"
    one.child.send("SELECT * FROM range(1000);\r")
    one.expect(" 5\r\n")
    one.child.send("G")
    one.expect("(1000 rows)")
    one.child.send("q")
    one.answer()
    # Who leaves before the end has seen enough: the question is ended.
    one.child.send("SELECT * FROM range(10000000);\r")
    one.expect(" 5\r\n")
    one.child.send("q")
    one.answer()
    assert " 2\n" in one.ask("SELECT 2 AS b;")


# Progress.

def test_a_bar_shows_what_is_read(fresh, tmp_path):
    with fresh as server:
        server.put("numbers", pa.table({"n": list(range(200_000))}))
        one = Shell(server.url, tmp_path / "home")
        # Two hundred thousand times two hundred thousand: long enough for any machine.
        one.child.send("SELECT count(*) FROM numbers a JOIN numbers b ON a.n * 7 > b.n - 3;\r")
        one.child.expect(r"\d+% of [0-9.]+ \S+ read, 00:00:\d\d")
        one.expect("Ctrl-C cancels")
        one.child.sendcontrol("c")
        assert "error: cancelled" in one.answer()


def test_no_bar_where_nobody_sees_it(demo, tmp_path):
    slow = "SELECT count(*) FROM flights a JOIN planes b ON a.distance * 7 > b.seats - 3"
    answer = run("sql", "--url", demo.url, "-c", slow)
    assert answer.returncode == 0 and answer.stderr == ""


# Profiles.

@pytest.fixture
def home(tmp_path, demo):
    folder = tmp_path / "home" / ".config" / "pantile"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        f'[profile.default]\nurl = "{demo.url}"\nformat = "markdown"\ntiming = true\n'
        '[profile.nobody]\nurl = "http://127.0.0.1:1"\n')
    return {"HOME": str(tmp_path / "home"), "XDG_CONFIG_HOME": ""}


def test_profiles(shell, home):
    answer = shell(url=None, env=home).ask("SELECT 1 AS a;")
    assert "| a |" in answer and "time:" in answer
    one = shell("--format", "table", url=None, env=home)
    assert " a\n───\n" in one.ask("SELECT 1 AS a;"), "a flag goes before the file"
    assert "no answer from http://127.0.0.1:1" in one.ask("\\c nobody")
    assert "did you mean `nobody`" in one.ask("\\c nobdy")


def test_profiles_that_are_chosen(home, demo, tmp_path):
    ask = lambda *flags, **env: run("sql", *flags, "-c", "SELECT 1 AS a", env=environment({**home, **env}))
    assert ask().stdout.startswith("| a |")
    assert "127.0.0.1:1:" in ask("--profile", "nobody").stderr
    assert "127.0.0.1:1:" in ask(PANTILE_PROFILE="nobody").stderr
    assert ask("--profile", "nobody", "--url", demo.url).returncode == 0
    assert ask(PANTILE_PROFILE="nobody", PANTILE_URL=demo.url).returncode == 0
    unknown = ask("--profile", "nobdy")
    assert unknown.returncode == 2 and "config.toml has no profile `nobdy`; did you mean `nobody`" in unknown.stderr
    (tmp_path / "home" / ".config" / "pantile" / "config.toml").write_text("[profile.default]\nurll = 'x'\n")
    wrong = ask()
    assert wrong.returncode == 2 and "config.toml" in wrong.stderr and "urll" in wrong.stderr
    (tmp_path / "home" / ".config" / "pantile" / "config.toml").write_text("[profile.default]\nformat = 'tablex'\n")
    wrong = ask()
    assert wrong.returncode == 2 and "config.toml: there is no format `tablex`; did you mean `table`" in wrong.stderr


# The same commands where nobody types.

def test_commands_in_scripts(demo, tmp_path):
    ask = lambda *more, **how: run("sql", "--url", demo.url, *more, **how)
    assert ask("-c", "\\dt air*").stdout == "name,kind,rows,bytes\nairlines,table,16,1283\nairports,table,1458,67937\n"
    script = f"SELECT 1 AS a;\n\\o {tmp_path}/out\nSELECT 2 AS b;\n\\o\n\\x\nSELECT 3 AS c"
    answer = ask(input=script)
    assert answer.stdout == "a\n1\n── row 1 ──\n c │ 3\n(1 row)\n"
    assert (tmp_path / "out").read_text() == "b\n2\n"
    (tmp_path / "q.sql").write_text("\\nope\nSELECT 1 AS a;")
    wrong = ask("-f", tmp_path / "q.sql")
    assert wrong.returncode != 0 and wrong.stdout == "" and "no command `\\nope`" in wrong.stderr
    assert ask("-c", " -- nothing\n").returncode == 2


def test_ctrl_c_ends_a_script(fresh):
    with fresh as server:
        child = pexpect.spawn(BINARY, ["sql", "--url", server.url, "-c", ENDLESS], env=environment(), timeout=20)
        wait_for(server, "SELECT 1 FROM system.queries WHERE state = 'running' AND sql LIKE 'WITH R%'")
        child.kill(signal.SIGINT)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 1
        wait_for(server, "SELECT 1 FROM system.queries WHERE state = 'cancelled' AND sql LIKE 'WITH R%'", 2)


def test_the_guide_shows_what_there_is(shell):
    page = (Path(__file__).resolve().parent.parent / "docs/guide/shell.md").read_text()
    [session] = re.findall(r"```text\npantile> (.*?)```", page, re.S)
    one = shell()
    for exchange in session.split("pantile> "):
        statement, end, shown = re.match(r"(.*?;|\\[^\n]*)(\n)(.*)", exchange, re.S).groups()
        assert one.ask(statement) == end + shown
