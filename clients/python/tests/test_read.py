"""Files as frames: of this machine, of a URL, of a location of the server."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

import pantile
from faking import Fake, plain
from pantile import _read
from pantile._local import LocalServer

TABLE = pa.table({"a": [1, 2, 3], "s": ["x", "ü", None], "d": [datetime.date(2020, 1, day) for day in (1, 2, 3)]})

# Gives back what would be sent.
ECHO = SimpleNamespace(from_arrow=lambda data: data)


@pytest.fixture
def folder(tmp_path):
    parquet.write_table(TABLE, tmp_path / "t.parquet")
    csv.write_csv(TABLE, tmp_path / "t.csv")
    (tmp_path / "t.json").write_text('{"a": 1, "s": "x"}\n{"a": 2, "s": null}\n')
    for year in (2020, 2021):
        (tmp_path / "parts" / f"year={year}").mkdir(parents=True)
        parquet.write_table(TABLE, tmp_path / "parts" / f"year={year}" / "one.parquet")
    return tmp_path


def read(data: object) -> pa.Table:
    return pa.table(data)


def test_files_of_this_machine(folder):
    assert read(_read.files(ECHO, "parquet", folder / "t.parquet", None)) == TABLE
    assert read(_read.files(ECHO, "parquet", f"file://{folder}/t.parquet", ["s"])) == TABLE.select(["s"])
    assert read(_read.files(ECHO, "csv", str(folder / "t.csv"), ["a", "d"])) == TABLE.select(["a", "d"])
    assert read(_read.files(ECHO, "json", folder / "t.json", None)).to_pydict() == {"a": [1, 2], "s": ["x", None]}


def test_many_files(folder):
    both = [folder / "t.parquet", f"{folder}/parts/*/one.parquet"]
    assert read(_read.files(ECHO, "parquet", f"{folder}/parts/**/*.parquet", ["a"])).num_rows == 6
    assert read(_read.files(ECHO, "parquet", both, ["a"])).num_rows == 9
    assert sorted(set(read(_read.files(ECHO, "parquet", folder / "parts", None))["year"].to_pylist())) == [2020, 2021]


def test_another_separator(folder):
    (folder / "semi.csv").write_text("a;b\n1;2\n")
    assert read(_read.files(ECHO, "csv", folder / "semi.csv", None, sep=";")).to_pydict() == {"a": [1], "b": [2]}


def test_files_are_read_when_they_are_asked_for_and_again(folder):
    files = _read.files(ECHO, "parquet", folder / "t.parquet", None)
    assert pa.schema(files) == TABLE.schema
    assert read(files) == read(files) == TABLE
    assert files.is_repeatable


def test_a_url():
    sink = pa.BufferOutputStream()
    parquet.write_table(TABLE, sink)
    with Fake(otherwise=plain(sink.getvalue().to_pybytes(), media="application/octet-stream")) as fake:
        assert _read.files(ECHO, "parquet", f"{fake.url}/t.parquet", None) == TABLE
        assert _read.files(ECHO, "parquet", f"{fake.url}/t.parquet", ["s"]) == TABLE.select(["s"])
        with pytest.raises(pantile.ColumnNotFoundError, match="`b`"):
            _read.files(ECHO, "parquet", f"{fake.url}/t.parquet", ["b"])
        with pytest.raises(pantile.DataError):
            _read.files(ECHO, "json", f"{fake.url}/t.parquet", None)
    with Fake(otherwise=plain(b"", 404)) as fake, pytest.raises(pantile.ConnectionError, match="404"):
        _read.files(ECHO, "csv", f"{fake.url}/t.csv", None)


def test_columns_that_are_not_there(folder):
    with pytest.raises(pantile.ColumnNotFoundError, match="`b`") as caught:
        _read.files(ECHO, "parquet", folder / "t.parquet", ["a", "b"])
    assert caught.value.hint == "there are a, s, d"


def test_columns_that_are_a_text(folder):
    with pytest.raises(pantile.ArgumentError, match="a list of names"):
        _read.files(ECHO, "parquet", folder / "t.parquet", "a")


def test_files_that_are_none(folder):
    (folder / "bad.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(pantile.DataError, match="cannot be read"):
        _read.files(ECHO, "parquet", folder / "bad.parquet", None)
    with pytest.raises(pantile.ArgumentError, match="there is no file"):
        _read.files(ECHO, "parquet", [folder / "t.parquet", folder / "no.parquet"], None)


def test_files_as_frames(client, folder):
    frame = client.read_parquet(folder / "t.parquet", columns=["a", "s"])
    assert frame.to_arrow().to_pydict() == TABLE.select(["a", "s"]).to_pydict()
    assert client.read_csv(folder / "t.csv").to_arrow()["d"].to_pylist() == TABLE["d"].to_pylist()
    assert client.read_json(folder / "t.json").to_arrow().num_rows == 2


def test_neither_here_nor_on_the_server(client):
    with pytest.raises(pantile.QuestionError, match="no file 'nowhere/t.parquet' on this machine") as caught:
        client.read_parquet("nowhere/t.parquet")
    assert caught.value.query_id


def test_a_location_of_the_server(folder):
    server = LocalServer(flags=["--location", f"lake={folder}"], quiet=True)
    with pantile.connect(server.url) as client:
        frame = client.read_parquet("lake/parts/*/one.parquet", columns=["a"])
        assert frame.to_arrow().num_rows == 6
        assert client.read_parquet("lake/parts/*/one.parquet").to_arrow().num_rows == 6
        assert client.read_csv("lake/t.csv").to_arrow()["a"].to_pylist() == [1, 2, 3]
    server.stop()
