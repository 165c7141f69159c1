"""What the README, the guide and the error pages show is typed in and must do what they say."""

import json
import os
import re
import subprocess
from pathlib import Path

import pandas
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from harness import BINARY, Server, environment

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs/guide").glob("*.md"))]
ERRORS = sorted(page for page in (ROOT / "docs/errors").glob("*.md") if page.stem != "README")
# Not against a server that runs: they start one, build it, or need its folder, under its usual name or for themselves.
ELSEWHERE = ("cargo", "scripts/test", "docker", "pantile serve", "pantile scrub", "pantile gc", "sqlite3", "cp")


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """Runs lines as a reader would: in a folder with the files they name, `pantile` on the path, a demonstration running."""
    folder = tmp_path_factory.mktemp("docs")
    table = pa.table({"n": [1, 2, 3]})
    for name in ("january", "trips", "more", "2024-01", "2024-02", "orders", "lines"):
        parquet.write_table(table, folder / f"{name}.parquet")
    (folder / "carriers.csv").write_text("carrier,name\nAA,American\nHA,Hawaiian\n")
    for name, value in (("a", 1), ("b", 2)):
        (folder / f"{name}.csv").write_text(f"a\n{value}\n")
    os.symlink(BINARY, folder / "pantile")
    with Server(folder / "data", "--demo") as server:
        more = {**environment({"PANTILE_URL": server.url}), "PATH": f"{folder}:{os.environ['PATH']}"}

        def run(line):
            line = line.replace("localhost:8815", server.url.removeprefix("http://")).replace("curl ", "curl -sS ")
            return subprocess.run(["bash", "-c", line], cwd=folder, env=more, capture_output=True, text=True, timeout=60)

        run.url = server.url
        yield run


def commands(text):
    """The commands of a page's console blocks; a line that goes on is part of the one before, as is all within quotes."""
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        for command in re.split(r"^\$ ", block, flags=re.M)[1:]:
            lines = command.rstrip().split("\n")
            taken = lines.pop(0)
            while lines and (taken.endswith("\\") or taken.count("'") % 2 or taken.count('"') % 2):
                taken += "\n" + lines.pop(0)
            yield re.sub(r"\s+# .*$", "", taken), "\n".join(lines)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands(shell, page):
    before = ""
    for command, shown in commands(page.read_text()):
        if command.startswith(ELSEWHERE):
            continue
        # The pages leave it to the reader to keep the transaction's id.
        done = shell(before + command)
        said = done.stdout + done.stderr
        assert done.returncode == 0 and '"code":' not in said, f"{command}\n{said}"
        if shown and not shown.startswith("pantile ready"):
            assert [line.rstrip() for line in done.stdout.splitlines()] == shown.split("\n")
        if '"expected": 2' in command:
            before = f"id={json.loads(done.stdout)['id']}; "


@pytest.mark.parametrize("page", ERRORS, ids=lambda page: page.stem)
def test_error_pages_show_their_error(shell, page):
    for command, shown in commands(page.read_text()):
        got, expected = json.loads(shell(command).stdout.splitlines()[-1]), json.loads(shown)
        assert got["code"] == expected["code"] == page.stem
        assert got.keys() == expected.keys() and got["status"] == expected["status"]


@pytest.mark.parametrize("page", ERRORS, ids=lambda page: page.stem)
def test_error_pages_show_a_whole_document(page):
    text = page.read_text()
    shown = [shown for _, shown in commands(text)] + re.findall(r"```json\n(.*?)```", text, re.S)
    [document] = map(json.loads, shown)
    status, retry = re.search(r"^HTTP (\d+) .*: (yes|no)$", text, re.M).groups()
    assert (document["type"], document["code"]) == (f"/errors/{page.stem}", page.stem)
    assert (document["status"], document["retry"]) == (int(status), retry == "yes")


def test_every_code_of_the_list_links_to_its_page():
    listed = re.findall(r"\]\((\w+)\.md\)", (ROOT / "docs/errors/README.md").read_text())
    assert sorted(listed) == [page.stem for page in ERRORS]


def test_links_lead_somewhere():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "clients/python/README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "docker").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def test_pandas_reads_an_answer_from_its_address(shell):
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "docs/guide/first-five-minutes.md").read_text(), re.S)
    lines = code.replace("http://localhost:8815", shell.url).rstrip().split("\n")
    scope = {}
    exec("\n".join(lines[:-1]), scope)
    frame = eval(lines[-1], scope)
    assert isinstance(frame, pandas.DataFrame) and len(frame) == 12
