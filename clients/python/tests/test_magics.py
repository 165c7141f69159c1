"""Questions in the cells of a notebook."""

from __future__ import annotations

import pyarrow as pa
import pytest

pytest.importorskip("IPython")

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from pantile.magics import PantileMagics, _bound, _is_open


@pytest.fixture
def shell(client, monkeypatch):
    monkeypatch.setattr(PantileMagics, "client", None)
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    shell.user_ns["client"] = client
    shell.run_line_magic("load_ext", "pantile")
    yield shell
    shell.run_line_magic("unload_ext", "pantile")


def test_a_statement_shows_its_rows(shell):
    shown = shell.run_cell_magic("ptsql", "", "SELECT carrier, name FROM airlines WHERE carrier = 'UA';")
    assert repr(shown) == "carrier  name\nUA       United Air Lines Inc.\n(1 rows)"
    assert "<td>United Air Lines Inc.</td>" in shown._repr_html_()


def test_rows_that_are_shown_are_few(shell):
    shown = shell.run_cell_magic("ptsql", "--limit 3", "SELECT * FROM flights")
    assert (shown.table.num_rows, shown.is_cut) == (3, True)
    assert repr(shown).endswith("(the first 3 rows)")
    assert not shell.run_cell_magic("ptsql", "--limit 1", "SELECT 1").is_cut


def test_html_of_values_is_text(shell):
    shown = shell.run_cell_magic("ptsql", "", "SELECT '<script>' AS \"<b>\"")
    assert "<script>" not in shown._repr_html_()
    assert "&lt;script&gt;" in shown._repr_html_()


def test_variables_of_the_notebook_are_parameters(shell):
    shell.user_ns["least"] = 1300
    shown = shell.run_cell_magic("ptsql", "", "SELECT count(*) AS n FROM flights WHERE dep_delay > :least")
    assert shown.table.to_pydict() == {"n": [1]}


def test_the_frame_is_kept(shell):
    shell.run_cell_magic("ptsql", "--out late --limit 1", "SELECT * FROM flights WHERE dep_delay > 60")
    assert type(shell.user_ns["late"]).__name__ == "DataFrame"
    assert shell.user_ns["late"].to_arrow().num_rows == 26_581


def test_a_program_shows_its_rows(shell):
    shell.user_ns["some"] = ["UA"]
    shell.user_ns["sent"] = pa.table({"carrier": ["UA", "DL"], "x": [1, 2]})
    program = (
        'both = sent.join(table("airlines"), on="carrier")\nboth.filter(col("carrier").is_in(some)).select("x", "name")'
    )
    assert shell.run_cell_magic("ptx", "", program).table.to_pydict() == {"x": [1], "name": ["United Air Lines Inc."]}


def test_the_server_is_looked_at(shell, client):
    assert "ready" in repr(shell.run_line_magic("pt", "status"))
    assert "336776" in repr(shell.run_line_magic("pt", "datasets"))
    client.query("SELECT 'seen by a magic'").read_all()
    assert "seen by a magic" in repr(shell.run_line_magic("pt", "queries"))


def test_another_client(shell, client):
    shell.user_ns["other"] = client
    del shell.user_ns["client"]
    assert shell.run_line_magic("pt", "use other") is client
    assert shell.run_line_magic("pt", f"connect {client.url}").url == client.url


WRONG = [
    ("ptsql", "", "SELECT dep_dely FROM flights", "did you mean `dep_delay`"),
    ("ptsql", "--limit many", "SELECT 1", "invalid int value"),
    ("ptsql", "--limit 0", "SELECT 1", "1 or more"),
    ("ptsql", "--out 1x", "SELECT 1", "which is no name"),
    ("ptsql", "--nothing", "SELECT 1", "--nothing"),
    ("ptx", "", 'table("flight")', "flights"),
    ("ptx", "--out f", 'table("flights")', "not there yet"),
]


@pytest.mark.parametrize(("magic", "line", "cell", "said"), WRONG)
def test_cells_that_are_wrong(shell, magic, line, cell, said):
    with pytest.raises(UsageError, match=said):
        shell.run_cell_magic(magic, line, cell)


@pytest.mark.parametrize("line", ["", "nothing", "cancel", "status now", "use client2"])
def test_lines_that_are_wrong(shell, line):
    with pytest.raises(UsageError):
        shell.run_line_magic("pt", line)


BOUND = [
    ("SELECT :a", "SELECT $a", {"a": 1}),
    ("SELECT ':a', \":a\" -- :a\n, 1::a /* :a */", None, None),
    ("SELECT :unknown, :a + :a", "SELECT :unknown, $a + $a", {"a": 1}),
    ("SELECT 'it''s :a', :a", "SELECT 'it''s :a', $a", {"a": 1}),
]


@pytest.mark.parametrize(("text", "meant", "params"), BOUND)
def test_what_is_a_parameter(text, meant, params):
    assert _bound(text, {"a": 1}) == (meant or text, params)


OPEN = [
    ("x.filter(col('a') > 1)", True),
    ("x = table('t')\nx.head()", False),
    ("table('x').select(x=1)", False),
    ("table('t').filter(col('a') == x)", True),
    ("this is no program x", False),
]


@pytest.mark.parametrize(("program", "is_open"), OPEN)
def test_what_a_program_leaves_open(program, is_open):
    assert _is_open("x", program) is is_open
