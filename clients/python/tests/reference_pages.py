"""Pages of `docs/reference` that say, name by name, what is the same, different or absent: made from tests that ran.

A test hands the lines that its run came to, `section` and `overview` make Markdown of them, and `check` compares the
page with it, or writes it where PANTILE_WRITE_DOCS=1.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

REFERENCE = Path(__file__).resolve().parents[3] / "docs/reference"
WRITES = os.environ.get("PANTILE_WRITE_DOCS") == "1"
VERDICTS = ("same", "different", "absent")


@dataclass(frozen=True)
class Line:
    """A name, its verdict, what was asked, and what is to be said of it."""

    name: str
    verdict: str
    asked: Sequence[str] = ()
    says: Sequence[str] = ()
    # Further columns of the table, such as a tier.
    more: Sequence[str] = field(default=())


def verdict_of(found: Iterable[str]) -> str:
    """Of all cases of a name: the same if all are, absent if all are, else different."""
    kinds = set(found)
    return kinds.pop() if len(kinds) == 1 else "different"


def counted(lines: Iterable[Line], verdicts: Sequence[str]) -> str:
    """`12 names: 9 same, 2 different, 1 absent.`"""
    counts = Counter(line.verdict for line in lines)
    parts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in verdicts)
    return f"{sum(counts.values())} names: {parts}."


def section(
    title: str,
    lines: Sequence[Line],
    more: Sequence[str] = (),
    verdicts: Sequence[str] = VERDICTS,
) -> str:
    """A heading, the counts, and a table."""
    head = ["name", *more, "verdict", "asked", "what is to be known"]
    rows = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    rows += [_row(line) for line in sorted(lines, key=lambda line: line.name.lower())]
    return "\n".join([f"## {title}", "", counted(lines, verdicts), "", *rows, ""])


def _row(line: Line) -> str:
    asked = "<br>".join(code(text) for text in line.asked)
    says = "<br>".join(cell(text) for text in line.says if text)
    return f"| {' | '.join([f'`{line.name}`', *line.more, line.verdict, asked, says])} |".replace("  |", " |")


def cell(text: str) -> str:
    """A text as a table's cell can hold it."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def code(text: str) -> str:
    """A piece of code as a table's cell can hold it."""
    marks = "``" if "`" in text else "`"
    return f"{marks}{' '.join(text.split())}{marks}".replace("|", "\\|")


def overview(sections: Mapping[str, Sequence[Line]], verdicts: Sequence[str] = VERDICTS) -> str:
    """How many names each section has, verdict by verdict, and all of them."""
    rows = [f"| | names | {' | '.join(verdicts)} |", f"|---|--:|{'--:|' * len(verdicts)}"]
    whole = [line for lines in sections.values() for line in lines]
    for title, lines in [*sections.items(), ("all", whole)]:
        counts = Counter(line.verdict for line in lines)
        rows.append(f"| {title} | {len(lines)} | {' | '.join(str(counts[verdict]) for verdict in verdicts)} |")
    return "\n".join([*rows, ""])


def check(name: str, made: str) -> None:
    """Fails where the page is not what the run shows; PANTILE_WRITE_DOCS=1 writes it."""
    page, made = REFERENCE / name, made.rstrip() + "\n"
    if WRITES:
        page.write_text(made)
    assert page.read_text() == made, f"{name} is old: run pytest with PANTILE_WRITE_DOCS=1"
