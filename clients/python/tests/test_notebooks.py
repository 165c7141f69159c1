"""The guide's notebooks are executed, and come to what they show.

`PANTILE_WRITE_DOCS=1 pytest clients/python/tests/test_notebooks.py` stores what they come to now. Of texts all is
compared, of HTML the structure, of a cell tagged `varies` only what kinds of output it has.
"""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[3] / "docs/guide/notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
# What a reader sees in place of the server of the tests.
SHOWN_URL = "http://localhost:8815"
VARIES = "varies"
# Where a cell's code lies, which warnings tell.
CELL = re.compile(r"\S*ipykernel_\d+/\d+\.py:\d+")
QUERY = re.compile(r"py-query-[0-9a-f]{32}")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@pytest.fixture(scope="module")
def kernel(server, tmp_path_factory):
    """One kernel for all notebooks, emptied between them: each import of pandas and the like costs a second."""
    folder = tmp_path_factory.mktemp("kernel")
    kernel = KernelManager(kernel_name="python3", transport="ipc", ip=str(folder / "ipc"))
    # Bars come and go by time. What the user keeps for IPython is neither read nor written.
    more = {"PANTILE_URL": server.url, "TQDM_DISABLE": "1", "PYTHONWARNINGS": "ignore:IProgress"}
    kernel.start_kernel(cwd=str(folder), env={**os.environ, **more, "IPYTHONDIR": str(folder / "ipython")})
    yield kernel
    kernel.shutdown_kernel(now=True)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_comes_to_what_it_shows(path, server, kernel):
    stored = nbformat.read(path, as_version=4)
    made = executed(nbformat.read(path, as_version=4), kernel, server.url)
    if os.environ.get("PANTILE_WRITE_DOCS") == "1":
        nbformat.write(made, path)
        stored = made
    for before, now in zip(stored.cells, made.cells, strict=True):
        assert compared(before) == compared(now), f"{before.id}: run with PANTILE_WRITE_DOCS=1\n{before.source}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_whole_and_of_no_machine(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    text = path.read_text()
    assert len(text) < 60_000
    assert not re.search(r"127\.0\.0\.1|/tmp/|/home/|/root/|/Users/|site-packages|ipykernel_", text)


def test_a_wrong_output_is_seen():
    cell = nbformat.v4.new_code_cell("1", outputs=[result({"text/plain": "1", "text/html": "<b>1</b>"})])
    for data in ({"text/plain": "2", "text/html": "<b>1</b>"}, {"text/plain": "1", "text/html": "<i>1</i>"}):
        other = nbformat.v4.new_code_cell("1", outputs=[result(data)])
        assert compared(cell) != compared(other)


def test_links_of_notebooks_lead_somewhere():
    for path in NOTEBOOKS:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
            assert (FOLDER / target).exists(), f"{path.name} links to {target}"


def result(data: dict[str, str]) -> Any:
    return nbformat.v4.new_output("execute_result", data, execution_count=1)


def executed(notebook: Any, kernel: KernelManager, url: str) -> Any:
    """The notebook with what its cells come to."""
    run(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("get_ipython().reset(new_session=True)")]), kernel)
    made = run(notebook, kernel)
    made.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for count, cell in enumerate((cell for cell in made.cells if cell.cell_type == "code"), 1):
        cell.metadata.pop("execution", None)
        cell.execution_count = count
        cell.outputs = [plain(output, url, count) for output in merged(cell.outputs)]
    return made


def run(notebook: Any, kernel: KernelManager) -> Any:
    return NotebookClient(notebook, timeout=60, km=kernel).execute(reset_kc=False)


def merged(outputs: list[Any]) -> list[Any]:
    """The outputs, with the pieces in which a stream came as one."""
    found: list[Any] = []
    for output in outputs:
        last = found[-1] if found else None
        if last is not None and output.output_type == "stream" == last.output_type and last.name == output.name:
            last.text += output.text
        else:
            found.append(output)
    return found


def plain(output: Any, url: str, count: int) -> Any:
    """The output without what is of this machine."""
    if output.output_type == "execute_result":
        output.execution_count = count
    for place in (output, output.get("data", {})):
        for kind, text in place.items():
            if isinstance(text, str):
                place[kind] = QUERY.sub("py-query-…", CELL.sub("cell", text.replace(url, SHOWN_URL)))
    if output.output_type == "error":
        output.traceback = [f"{output.ename}: {output.evalue}"]
    return output


def compared(cell: Any) -> list[Any]:
    """What is compared of a cell's outputs."""
    outputs = cell.get("outputs", [])
    return [kinds(output) if VARIES in cell.metadata.get("tags", []) else content(output) for output in outputs]


def kinds(output: Any) -> tuple[Any, ...]:
    return output.output_type, output.get("ename"), sorted(output.get("data", {}))


def content(output: Any) -> Any:
    if output.output_type == "stream":
        return output.name, output.text
    if output.output_type == "error":
        return output.ename, output.evalue
    return {kind: structure(text) if kind == "text/html" else text for kind, text in output.data.items()}


def structure(text: str) -> list[str]:
    """The tags of a document, in their order."""

    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[str] = []

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            self.seen.append(tag)

        def handle_endtag(self, tag: str) -> None:
            self.seen.append(f"/{tag}")

    tags = Tags()
    tags.feed(text)
    return tags.seen
