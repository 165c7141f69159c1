"""The page of the Flight door has a table of all there is and of the tests that it passed; this writes and checks it.

It runs last, and only after a run of all tests of the door that passed: `PANTILE_WRITE_DOCS=1 pytest tests/test_flight*.py`
writes the table anew."""

import os
import re
from pathlib import Path

import pytest
from conftest import CHOSEN, FLIGHT

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reference/flight-sql.md"
BEGIN, END = "<!-- tested: from tests/test_flight_page.py -->\n", "<!-- end of tested -->"

CALLS = {
    "Handshake": "lets everybody in; its token names a session",
    "ListFlights": "tables, all or those whose names contain the criterion",
    "GetFlightInfo": "describes a flight: its columns, and an endpoint for each partition; what changes something is done here",
    "PollFlightInfo": "the same, for clients that would rather poll than wait",
    "GetSchema": "the columns a flight would have; runs nothing",
    "DoGet": "the rows behind a ticket, as often as it is brought",
    "DoPut": "rows, parameters and updates",
    "DoExchange": "refused",
    "DoAction": "one of the actions below",
    "ListActions": "what `DoAction` takes",
}
METADATA = {
    "authorization": "`Bearer` and a token from `Handshake`: the session of that name",
    "cookie": "`arrow_flight_session_id`: the session that `SetSessionOptions` made",
    "pantile-session": "a session by a name of one's own, over this door and over HTTP",
    "pantile-query-id": "the question's name in `system.queries`",
    "pantile-snapshot": "a number: answers are of that snapshot",
    "grpc-timeout": "the deadline; what runs for the call ends with it",
    "grpc-status-details-bin": "in answers that are errors: code, hint and limit, as `google.rpc.ErrorInfo`",
}
COLUMNS = {
    "CATALOG_NAME": "`pantile`", "SCHEMA_NAME": "`main` for tables and views", "TABLE_NAME": "the table's name",
    "TYPE_NAME": "the type's name in SQL", "PRECISION": "digits of a number, at most", "SCALE": "digits behind the point",
    "IS_AUTO_INCREMENT": "`0`", "IS_CASE_SENSITIVE": "`1` for text", "IS_READ_ONLY": "`0` for tables, `1` for what the server tells of itself",
    "IS_SEARCHABLE": "`1`",
}


def in_source(folder):
    """Commands or actions by their names, each with what the first sentence of its file says."""
    found = {}
    for file in sorted((ROOT / "server/src/flight" / folder).glob("*.rs")):
        text = file.read_text()
        about = " ".join(line.removeprefix("//!").strip() for line in text.splitlines() if line.startswith("//!"))
        for name in re.findall(r'(?:^    |{ )name: "([\w./+]+)",', text, re.M):
            first = re.split(r"(?<=[.])\s", about)[0].removesuffix(".")
            found[name] = first[:1].lower() + first[1:]
    assert found, f"nothing is found in {folder}"
    return found


def table(passed):
    sections = (
        ("Call", CALLS), ("Command", in_source("commands")), ("Action", in_source("actions")), ("Metadata of calls", METADATA),
        ("Metadata of columns", {f"ARROW:FLIGHT:SQL:{name}": about for name, about in COLUMNS.items()}),
    )
    known = {name for _, names in sections for name in names}
    assert passed.keys() <= known, f"marked and not there: {sorted(passed.keys() - known)}"
    untested = sorted(known - passed.keys())
    assert not untested, f"no test that passed is marked with {untested}"
    lines = []
    for title, names in sections:
        lines += ["", f"| {title} | | Tested by |", "|---|---|---|"]
        for name, about in names.items():
            tests = sorted(test.removeprefix("test_") for _, test in passed[name])
            lines.append(f"| `{name}` | {about} | {', '.join(f'`{test}`' for test in tests)} |")
    return "\n".join(lines[1:]) + "\n"


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S), ids=["adbc", "plain", "program"])
def test_the_pages_code_runs(demo, code, capsys):
    exec(code.replace("localhost:8815", demo.url.removeprefix("http://")), {})
    assert "name" in capsys.readouterr().out


def test_the_page_tells_what_was_tested(request):
    ours = {item.path.name for item in request.session.items if item.path.name.startswith("test_flight")}
    if request.config.stash[CHOSEN] or request.session.testsfailed or ours != {file.name for file in Path(__file__).parent.glob("test_flight*.py")}:
        pytest.skip("not all tests of the Flight door ran and passed")
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    shown, after = rest.split(END)
    made = table(request.config.stash[FLIGHT])
    if os.environ.get("PANTILE_WRITE_DOCS") == "1":
        PAGE.write_text(before + BEGIN + made + END + after)
    else:
        assert shown == made, "the table is old: run `PANTILE_WRITE_DOCS=1 pytest tests/test_flight*.py`"
