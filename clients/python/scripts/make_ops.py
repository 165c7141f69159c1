"""Writes src/pantile/_ops.py: the verbs and functions of a server, or of the reference pages in docs/reference.

python scripts/make_ops.py http://localhost:8815
python scripts/make_ops.py ../../docs/reference
"""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "src/pantile/_ops.py"
HEAD = '''"""Verbs and functions of the server: their forms, and what comes of them. Made by scripts/make_ops.py.

A server may have more than are here: `df.ops.name(…)` and `series.ops.name(…)` ask it all the same.
"""

# ruff: noqa: E501
'''
ROW = re.compile(r"^\| (?:\[)?`([^`]+)`(?:\]\([^)]*\))? \| (.+) \|$")


def of_server(url: str) -> dict[str, dict[str, tuple[str, str]]]:
    """What `/v1/ops` tells."""
    with urllib.request.urlopen(f"{url}/v1/ops") as answer:
        ops = json.load(answer)
    verbs, groups = ([one for one in ops["verbs"] if (one["on"] == "groups") == of] for of in (False, True))
    methods = [one for one in ops["functions"] if one["method"]]
    alone = [one for one in ops["functions"] if not one["method"]]
    parts = {"VERBS": verbs, "GROUPS": groups, "METHODS": methods, "FUNCTIONS": alone}
    return {name: {one["name"]: (one["form"], one["summary"]) for one in part} for name, part in parts.items()}


def of_pages(folder: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """The same, out of the tables that the pages begin with."""
    verbs, groups = (folder / "verbs.md").read_text().split("\n## Of groups\n")
    functions = _rows((folder / "functions.md").read_text())
    methods = {form.removeprefix("."): said for form, said in functions if form.startswith(".")}
    return {
        "VERBS": _named(_rows(verbs)),
        "GROUPS": _named(_rows(groups)),
        "METHODS": _named(list(methods.items())),
        "FUNCTIONS": _named([row for row in functions if not row[0].startswith(".")]),
    }


def _rows(text: str) -> list[tuple[str, str]]:
    found = (ROW.match(line) for line in text.splitlines())
    return [(match[1].replace("\\|", "|"), match[2].replace("\\|", "|")) for match in found if match]


def _named(rows: list[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    return {form.partition("(")[0]: (form, said) for form, said in rows}


def written(parts: dict[str, dict[str, tuple[str, str]]]) -> str:
    """The module's text."""
    lines = [HEAD]
    for name, ops in parts.items():
        lines += [f"{name}: dict[str, tuple[str, str]] = {{"]
        lines += [
            f"    {quoted(each)}: ({quoted(form)}, {quoted(said)})," for each, (form, said) in sorted(ops.items())
        ]
        lines += ["}", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def quoted(text: str) -> str:
    """The text as Python writes it, in double quotes."""
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    where = sys.argv[1]
    TARGET.write_text(written(of_server(where) if where.startswith("http") else of_pages(Path(where))))
