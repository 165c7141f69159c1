"""The lists of verbs and functions are the server's own."""

import runpy
from pathlib import Path

MAKE = Path(__file__).resolve().parent.parent / "scripts/make_ops.py"


def test_the_lists_are_those_of_the_server(server):
    make = runpy.run_path(str(MAKE))
    assert make["TARGET"].read_text() == make["written"](make["of_server"](server.url)), f"run {MAKE.name} again"
