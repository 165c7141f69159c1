"""`GET /v1/ops` lists what the pages of the expression language are about, and the reference is made from it."""

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FRAME = ROOT / "core/src/frame"
ARRAY = ROOT / "core/src/array/ops"
REFERENCE = ROOT / "docs/reference"
VERBS = """# Verbs

This page is made from the pages beside the verbs' code, `core/src/frame/verbs/*.md`;
`PANTILE_WRITE_DOCS=1 pytest tests/test_ops.py` writes it. `GET /v1/ops` has the same for programs.

A verb begins a program, is asked of a frame, or is asked of the groups that some verbs make of a frame. What is written
`*name` takes any number of arguments, `**name` any number under names of their own; what follows a `*` is given by name.
[Expressions](../guide/expressions.md) teaches the language, [functions](functions.md) are what columns are made of.
"""
FUNCTIONS = """# Functions

This page is made from the pages beside the functions' code, `core/src/frame/functions/*.md`;
`PANTILE_WRITE_DOCS=1 pytest tests/test_ops.py` writes it. `GET /v1/ops` has the same for programs.

What begins with a dot is asked of a column: `col("name").abs()`. The rest stands alone. What is written `*name` takes any
number of arguments, `**name` any number under names of their own; what follows a `*` is given by name.
[Expressions](../guide/expressions.md) teaches the language, [verbs](verbs.md) are what can be done to frames.
"""
ARRAYS = """# Functions of arrays

This page is made from the pages beside the functions' code, `core/src/array/ops/*.md`;
`PANTILE_WRITE_DOCS=1 pytest tests/test_ops.py` writes it. `GET /v1/ops` has the same for programs.

All stand behind `xp.`, which may be left out where nothing of frames has the name. What follows a `*` is given by name.
[Arrays](../guide/arrays.md) tells how programs of arrays are asked and answered.
"""
ON = {"nothing": "Begins a program", "frame": "Of a frame", "groups": "Of groups"}


@pytest.fixture(scope="module")
def ops(server):
    return server.get("/v1/ops").json()


def test_every_verb_of_the_pages_is_there(ops):
    listed = {verb["name"] for verb in ops["verbs"]} | {"groups", "totals"}
    pages = {page.stem for page in FRAME.glob("verbs/*.md")}
    assert pages <= listed, pages - listed
    texts = {page.read_text() for page in FRAME.glob("verbs/*.md")}
    assert {verb["page"] for verb in ops["verbs"]} == texts


def test_every_function_of_the_pages_is_there(ops):
    for page in FRAME.glob("functions/*.md"):
        text = page.read_text()
        title = text.split("\n")[0].removeprefix("# ")
        [family] = [family["name"] for family in ops["families"] if family["title"] == title]
        listed = {function["name"] for function in ops["functions"] if function["family"] == family}
        assert sorted(re.findall(r"^## (\S+)$", text, re.M)) == sorted(listed), "each once"


def test_each_has_a_form_a_sentence_and_a_page(ops):
    for one in [*ops["verbs"], *ops["functions"]]:
        assert one["form"].startswith(f"{one['name']}(") and one["summary"].endswith("."), one["form"]
        assert one["page"].replace("\n", " ").startswith(one["summary"])
        assert len({(param["name"]) for param in one["params"]}) == len(one["params"])
    [sort] = [verb for verb in ops["verbs"] if verb["name"] == "sort"]
    assert sort["form"] == "sort(by, *more_by, descending=False, nulls_last=False, maintain_order=True)"
    assert sort["params"][2] == {"name": "descending", "kind": "bools", "given": "named", "default": False}
    [how] = [param for verb in ops["verbs"] if verb["name"] == "join" for param in verb["params"] if param["name"] == "how"]
    assert how["default"] == "inner" and "anti" in how["choices"]
    assert {"Int64", "Datetime", "List"} <= set(ops["types"])


def test_every_function_of_arrays_has_its_section(ops):
    for family in ops["array_families"]:
        text = (ARRAY / f"{family['name']}.md").read_text()
        assert text.startswith(f"# {family['title']}\n")
        for one in (one for one in ops["array_functions"] if one["family"] == family["name"]):
            assert one["form"].startswith(f"{one['name']}(")
            # What the core of the standard has, too, is told of there.
            assert one["page"] or one["name"].startswith("linalg."), one["name"]
            assert one["page"].replace("\n", " ").startswith(one["summary"])


@pytest.mark.parametrize("name", ["verbs", "functions", "arrays"])
def test_the_reference_is_made_of_it(ops, name):
    made = {"verbs": verbs, "functions": functions, "arrays": arrays}[name](ops)
    page = REFERENCE / f"{name}.md"
    if os.environ.get("PANTILE_WRITE_DOCS") == "1":
        page.write_text(made)
    assert page.read_text() == made, "the page is old: run `PANTILE_WRITE_DOCS=1 pytest tests/test_ops.py`"


def verbs(ops):
    """The page of the verbs: what there is, then each page, once for the verbs that share it."""
    parts = [VERBS]
    for on, title in ON.items():
        of = [verb for verb in ops["verbs"] if verb["on"] == on]
        parts += [f"## {title}\n", table((f"[`{verb['form']}`](#{anchor(heading(ops, verb['page']))})", verb) for verb in of)]
    for page in dict.fromkeys(verb["page"] for verb in ops["verbs"]):
        parts += [f"## {heading(ops, page)}\n", page]
    return "\n".join(parts)


def heading(ops, page):
    """The names of the verbs that the page is about."""
    return ", ".join(dict.fromkeys(verb["name"] for verb in ops["verbs"] if verb["page"] == page)) + asked_of(ops, page)


def asked_of(ops, page):
    """What tells verbs apart that are called the same."""
    ons = {verb["on"] for verb in ops["verbs"] if verb["page"] == page}
    names = {verb["name"] for verb in ops["verbs"] if verb["page"] == page}
    others = {verb["name"] for verb in ops["verbs"] if verb["page"] != page}
    return f" {ON[ons.pop()].lower()}" if names & others else ""


def functions(ops):
    """The page of the functions: what there is, family by family, then each family's page."""
    parts, pages = [FUNCTIONS], []
    for family in ops["families"]:
        of = [function for function in ops["functions"] if function["family"] == family["name"]]
        parts += [f"- [{family['title']}](#{anchor(family['title'])}): {', '.join(f'`{name}`' for name in names(of))}"]
        rows = ((f"`{'.' if function['method'] else ''}{function['form']}`", function) for function in of)
        pages += ["", f"## {family['title']}\n", family["page"] + "\n", table(rows)]
        for name, page in {function["name"]: function["page"] for function in of}.items():
            pages += [f"### {name}\n", page + "\n"]
    return "\n".join([*parts, *pages]).rstrip() + "\n"


def arrays(ops):
    """The page of the functions of arrays: what there is, family by family, then each family's page."""
    parts, pages = [ARRAYS], []
    for family in ops["array_families"]:
        of = [one for one in ops["array_functions"] if one["family"] == family["name"]]
        parts += [f"- [{family['title']}](#{anchor(family['title'])}): {', '.join(f'`{name}`' for name in names(of))}"]
        text = (ARRAY / f"{family['name']}.md").read_text().removeprefix(f"# {family['title']}\n").strip()
        opening, *sections = text.split("\n## ")
        table_of = table((f"`{one['form']}`", one) for one in of if one["page"])
        pages += ["", f"## {family['title']}\n", opening.strip() + "\n", table_of]
        pages += [f"### {section.strip()}\n" for section in sections]
    return "\n".join([*parts, *pages]).rstrip() + "\n"


def names(functions):
    return dict.fromkeys(function["name"] for function in functions)


def table(rows):
    lines = [f"| {form.replace('|', chr(92) + '|')} | {one['summary'].replace('|', chr(92) + '|')} |" for form, one in rows]
    return "\n".join(["| | |", "|---|---|", *lines]) + "\n"


def anchor(title):
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
