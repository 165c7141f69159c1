"""What is sent to keep arrays: programs that end with `store` or `persist`, and values that are read block by block."""

import asyncio
import gc
import os
import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import pantile
from faking import Fake, Reply, document, hang_up, problem, rows
from pantile import ArgumentError, ConflictError, DataError, UnknownOutcomeError, _blocks, _npy
from pantile._errors import ConnectionError
from pantile.xp._chunks import cut

TOLD = {"name": "b", "kind": "array", "dtype": "float64", "shape": [10, 6], "chunk": [4, 3], "shard": [8, 6]}
DONE = rows(pa.table({"statement": ["store"], "rows": pa.array([60], pa.uint64()), "snapshot": [7]}))


def kept(**more: Any) -> list[Reply]:
    """What a server answers to `store`, and to the question of what is there then."""
    return [DONE, document(TOLD | more)]


def test_a_program_ends_with_store() -> None:
    with Fake(*kept(), otherwise=document({})) as server, pantile.connect(server.url) as client:
        y = (client.xp.ones((10, 6)) + 1).store("b")
        assert (y.shape, y.chunks, y.program()) == ((10, 6), ((4, 4, 2), (3, 3)), 'xp.array("b")')
    stored, told = server.asked()
    assert (stored.method, stored.path) == ("POST", "/v1/expressions")
    assert stored.body == b'(xp.ones((10, 6), dtype="float64") + 1).store("b")'
    assert stored.headers["Content-Type"] == "text/x-python"
    assert stored.headers["Accept"] == "application/vnd.apache.arrow.stream"
    assert stored.headers["Idempotency-Key"] and "Pantile-Session" not in stored.headers
    assert (told.method, told.path) == ("GET", "/v1/datasets/b")


SAID: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"if_exists": "replace"}, ', if_exists="replace"'),
    ({"chunks": (4, 3)}, ", chunks=[4, 3]"),
    ({"chunks": -1}, ", chunks=[10, 6]"),
    ({"chunks": {0: 5}}, ", chunks=[5, 6]"),
    ({"chunks": ((4, 4, 2), 6)}, ", chunks=[4, 6]"),
    ({"chunks": "auto"}, ", chunks=[10, 6]"),
    ({"shards": [8, 6]}, ", shards=[8, 6]"),
    ({"shards": 8, "chunks": 2}, ", chunks=[2, 2], shards=[8, 8]"),
    ({"dims": ["y", 'a "b"']}, ', dims=["y", "a \\"b\\""]'),
]


@pytest.mark.parametrize(("given", "written"), SAID, ids=[str(given) for given, _ in SAID])
def test_what_is_said_of_how_it_is_kept(given: dict[str, Any], written: str) -> None:
    with Fake(*kept()) as server, pantile.connect(server.url) as client:
        client.xp.ones((10, 6)).store('"b"', **given)
    assert server.asked()[0].body.decode() == f'xp.ones((10, 6), dtype="float64").store("\\"b\\""{written})'


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": ""}, "name"),
        ({"if_exists": "append"}, '"replace"'),
        ({"chunks": ((3, 7), 6)}, "of one length"),
        ({"chunks": (1, 2, 3)}, "3 axes"),
        ({"shards": [8]}, "each of 2 axes"),
        ({"shards": 0}, "1 or more"),
        ({"dims": ["y"]}, "each of 2 axes"),
        ({"dims": [1, 2]}, "each of 2 axes"),
    ],
)
def test_what_cannot_be_kept_is_refused_before_anything_is_asked(given: dict[str, Any], said: str) -> None:
    with Fake() as server, pantile.connect(server.url) as client:
        with pytest.raises(ValueError, match=said):
            client.xp.ones((10, 6)).store(**{"name": "b", **given})
        with pytest.raises(ValueError, match="of one length"):
            client.xp.ones((10, 6)).rechunk(((3, 7), 6)).store("b")
    assert not server.seen


def test_chunks_of_before_are_those_of_what_is_kept() -> None:
    def asked(make: Callable[[Any], Any]) -> str:
        with Fake(*kept()) as server, pantile.connect(server.url) as client:
            x = client.xp.ones((10, 6))
            x._node.chunks = cut((10, 6), (4, 3))
            make(x).store("b")
        return server.asked()[0].body.decode().partition(".store")[2]

    assert asked(lambda x: x * 2) == '("b", chunks=[4, 3])'
    assert asked(lambda x: (x * 2).rechunk((5, -1))) == '("b", chunks=[5, 6])'
    assert asked(lambda x: x.rechunk((5, -1)) * 2) == '("b", chunks=[5, 6])'
    assert asked(lambda x: x.sum(axis=0)) == '("b")'
    # Nobody has asked for chunks that no grid has, nor for one of 48 GB.
    assert asked(lambda x: x + x.rechunk(5)) == '("b")'
    assert asked(lambda x: x + x._home.client.xp.ones((10**8, 10, 6))) == '("b")'


def test_what_stores_is_not_asked_as_what_answers_with_arrays() -> None:
    with Fake() as server, pantile.connect(server.url) as client:
        with pytest.raises(ArgumentError, match="keeps one"):
            client.run_arrays('x = xp.ones((3,))\nx.store("b")')
    assert not server.asked()


def test_values_go_beside_it() -> None:
    data = np.random.default_rng(1).random((10, 60))
    with Fake(*kept()) as server, pantile.connect(server.url, timeout=5) as client:
        client.array(data).store("b")
    body = server.asked()[0].body
    assert b'\r\n\r\nd0.store("b")\r\n' in body and b"".join(_npy.pieces(data)) in body
    assert b'name="timeout_ms"' in body


def test_an_answer_that_is_lost_is_asked_for_again_under_its_key() -> None:
    with Fake(hang_up, *kept()) as server, pantile.connect(server.url) as client:
        client.xp.ones((10, 6)).store("b")
    first, second, _ = server.asked()
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.body == second.body


def test_in_a_session_it_is_asked_once_and_part_of_its_transaction() -> None:
    with Fake(DONE, hang_up) as server, pantile.connect(server.url, session="s") as client:
        y = client.xp.ones((10, 6)).store("b", chunks=(4, 6))
        # What waits for a commit is known here, and no snapshot has it.
        assert (y.shape, str(y.dtype), y.chunks) == ((10, 6), "float64", ((4, 4, 2), (6,)))
        with pytest.raises(UnknownOutcomeError):
            client.xp.ones((10, 6)).store("b")
    assert len(server.asked()) == 2
    assert all(seen.headers["Pantile-Session"] == "s" for seen in server.asked())
    assert all("Idempotency-Key" not in seen.headers for seen in server.asked())


def test_what_the_server_refuses_is_an_error_of_ours() -> None:
    with Fake(otherwise=problem("already_exists", 409)) as server, pantile.connect(server.url) as client:
        with pytest.raises(ConflictError):
            client.xp.ones((10, 6)).store("b")
    assert len(server.asked()) == 1


def test_a_server_that_goes_away_leaves_it_open_what_is_there() -> None:
    with Fake(otherwise=hang_up) as server, pantile.connect(server.url, retries=1) as client:
        with pytest.raises(UnknownOutcomeError):
            client.xp.ones((10, 6)).store("b")
    assert len(server.asked()) == 2


def test_an_asynchronous_client_stores_too() -> None:
    async def asked(url: str) -> tuple[int, ...]:
        async with pantile.AsyncClient(url) as client:
            return (await client.store(client.xp.ones((10, 6)), "b", if_exists="replace")).shape

    with Fake(*kept()) as server:
        assert asyncio.run(asked(server.url)) == (10, 6)
    assert server.asked()[0].body.endswith(b'.store("b", if_exists="replace")')


# What is kept until nobody uses it.


def names(server: Fake, method: str) -> list[str]:
    return [seen.path.rpartition("/")[2] for seen in server.asked() if seen.method == method]


def test_what_is_persisted_goes_with_the_last_that_uses_it() -> None:
    with Fake(*kept(), otherwise=document({})) as server, pantile.connect(server.url) as client:
        x = (client.xp.ones((10, 6)) + 1).persist()
        y = x * 2
        name = re.search(r'persist\("(_persisted_[0-9a-f]{32})"\)', server.asked()[0].body.decode())
        assert name is not None
        assert x.persist()._node is x._node
        del x
        gc.collect()
        assert not names(server, "DELETE")
        del y
        gc.collect()
        assert names(server, "DELETE") == [name[1]]
        assert server.asked()[-1].path == f"/v1/arrays/{name[1]}"


def test_chunks_of_before_are_those_of_what_is_persisted() -> None:
    with Fake(*kept(), otherwise=document({})) as server, pantile.connect(server.url) as client:
        client.xp.ones((10, 6)).rechunk((5, -1)).persist()
        assert server.asked()[0].body.decode().endswith(", chunks=[5, 6])")
        with pytest.raises(ArgumentError, match="keeps one"):
            client.run_arrays('xp.ones((3,)).persist("b")')


def test_a_client_that_is_closed_drops_what_is_persisted() -> None:
    with Fake(*kept(), otherwise=document({})) as server:
        with pantile.connect(server.url) as client:
            x = client.xp.ones((10, 6)).persist()
        assert len(names(server, "DELETE")) == 1
        del x, client
        gc.collect()
        assert len(names(server, "DELETE")) == 1


def test_a_server_that_is_gone_keeps_nobody_waiting() -> None:
    with Fake(*kept()) as server:
        client = pantile.connect(server.url)
        x = client.xp.ones((10, 6)).persist()
    began = time.monotonic()
    del x
    client.close()
    assert time.monotonic() - began < 5


def test_a_child_of_this_process_drops_nothing() -> None:
    with Fake(*kept(), otherwise=document({})) as server, pantile.connect(server.url) as client:
        x = client.xp.ones((10, 6)).persist()
        child = os.fork()
        if not child:
            client._passing.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert not names(server, "DELETE")
        del x


# Values of this process.


class Source:
    """An array somewhere else: a shape, a dtype, slices, and chunks."""

    def __init__(self, values: np.ndarray, chunks: Any = None) -> None:
        self.values, self.shape, self.dtype, self.chunks = values, values.shape, values.dtype, chunks
        self.read: list[tuple[int, ...]] = []

    def __getitem__(self, place: Any) -> np.ndarray:
        found = self.values[place]
        self.read.append(found.shape)
        return found

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise AssertionError("it is larger than memory")


@pytest.mark.parametrize("shape", [(), (0,), (7,), (40, 3), (3, 40), (5, 6, 7), (2, 0, 3)])
@pytest.mark.parametrize("dtype", ["float64", ">i2", "bool", "datetime64[ms]"])
def test_blocks_are_the_elements_in_the_order_of_c(
    shape: tuple[int, ...], dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype("i8").astype(dtype)
    wanted = np.ascontiguousarray(values).tobytes()
    for most, some in [(1 << 20, 1 << 20), (64, 32), (16, 8), (1, 1)]:
        monkeypatch.setattr(_blocks, "MOST_BYTES", most)
        monkeypatch.setattr(_blocks, "BLOCK_BYTES", some)
        for chunks in (None, tuple(max(1, side // 2) for side in shape), tuple((side,) for side in shape)):
            source = Source(values, chunks)
            head, *rest = _npy.pieces(source)
            assert b"".join(rest) == wanted
            assert len(head) + len(wanted) == _npy.length(source)
            assert all(np.prod(one, dtype=int) * values.itemsize <= max(most, values.itemsize) for one in source.read)


def test_blocks_are_whole_rows_of_chunks_where_those_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", 1000)
    source = Source(np.zeros((100, 10)), (4, 5))
    list(_npy.pieces(source))
    assert source.read == [(12, 10)] * 8 + [(4, 10)]


def test_numpy_arrays_that_lie_otherwise_are_copied_in_blocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", 64)
    monkeypatch.setattr(_npy, "PIECE_BYTES", 100)
    values = np.arange(200.0).reshape(10, 20)
    np.save(tmp_path / "v.npy", values)
    for one in (values, np.asfortranarray(values), values[::-1], np.load(tmp_path / "v.npy", mmap_mode="r")):
        _, *rest = _npy.pieces(one)
        assert b"".join(rest) == np.ascontiguousarray(one).tobytes()
        assert max(map(len, rest)) <= 160


def test_a_source_that_lies_about_itself_is_refused() -> None:
    source = Source(np.zeros((4, 4)))
    source.shape = (8, 4)
    with pytest.raises(DataError, match="should give"):
        list(_npy.pieces(source))


def test_put_sends_block_by_block() -> None:
    values = np.arange(60.0).reshape(10, 6)
    with Fake(document(TOLD)) as server, pantile.connect(server.url) as client:
        x = client.arrays.put("b", Source(values, (4, 3)), chunks=(4, 3), dims=["y", "x"])
        assert (x.shape, x.chunks) == ((10, 6), ((4, 4, 2), (3, 3)))
    (asked,) = server.asked()
    assert (asked.method, asked.path) == ("PUT", "/v1/arrays/b?chunks=4%2C3&dims=y%2Cx")
    assert asked.headers["Content-Length"] == str(len(asked.body))
    assert "Transfer-Encoding" not in asked.headers and asked.headers["Idempotency-Key"]
    np.testing.assert_array_equal(_npy.read(asked.body)[0], values)


def test_put_that_is_lost_is_sent_again() -> None:
    source = Source(np.arange(60.0).reshape(10, 6))
    with Fake(hang_up, document(TOLD)) as server, pantile.connect(server.url) as client:
        client.arrays["b"] = source
    first, second = server.asked()[:2]
    assert first.body == second.body and first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


def test_put_in_a_session_is_a_part_of_its_transaction() -> None:
    with Fake(document(TOLD)) as server, pantile.connect(server.url, session="s") as client:
        assert client.arrays.put("b", np.zeros((10, 6))).shape == (10, 6)
    (asked,) = server.asked()
    assert asked.headers["Pantile-Session"] == "s" and "Idempotency-Key" not in asked.headers


def test_put_of_a_lazy_array_is_computed_there() -> None:
    with Fake(*kept()) as server, pantile.connect(server.url) as client:
        client.arrays["b"] = client.xp.ones((10, 6)) + 1
    assert server.asked()[0].body.endswith(b' + 1).store("b", if_exists="replace")')
    with Fake(document(TOLD)) as server, pantile.connect(server.url) as client:
        client.arrays.put("b", client.array(np.zeros((10, 6))), attributes={"units": "m"})
    assert [seen.method for seen in server.asked()] == ["PUT"]


@pytest.mark.parametrize("values", [[[1, 2]], 5, np.float32(2), [True]])
def test_what_numpy_reads_is_put(values: Any) -> None:
    told = TOLD | {"shape": [], "chunk": [], "shard": []}
    with Fake(document(told)) as server, pantile.connect(server.url) as client:
        client.arrays.put("b", values)
    np.testing.assert_array_equal(_npy.read(server.asked()[0].body)[0], values)


def test_labels_are_no_places() -> None:
    pd = pytest.importorskip("pandas")
    with Fake(document(TOLD)) as server, pantile.connect(server.url) as client:
        client.arrays.put("b", pd.Series([1.0, 2.0, 3.0], index=[0.5, 7.0, 9.0]))
    assert _npy.read(server.asked()[0].body)[0].tolist() == [1, 2, 3]


# Zarr.


@pytest.mark.parametrize("where", ["folder", "zip", "opened", "group"])
def test_zarr_is_read_here(where: str, tmp_path: Any) -> None:
    zarr = pytest.importorskip("zarr", "3")
    values = np.arange(60.0).reshape(10, 6)
    store: Any = tmp_path / "a.zarr"
    if where == "zip":
        store = zarr.storage.ZipStore(tmp_path / "a.zip", mode="w")
    path = "deep/one" if where == "group" else ""
    of = {"chunks": (4, 3), "dimension_names": ["y", None], "attributes": {"units": "m"}}
    made = zarr.create_array(store, name=path or None, shape=(10, 6), dtype="f8", **of)
    made[:] = values
    given = {"zip": tmp_path / "a.zip", "opened": made}.get(where, str(store))
    if where == "zip":
        store.close()
    with Fake(document(TOLD), otherwise=document({})) as server, pantile.connect(server.url) as client:
        if where == "group":
            with pytest.raises(ArgumentError, match="group of Zarr"):
                client.from_zarr(given)
        x = client.from_zarr(given, path or None, name=None if where == "folder" else "b", chunks=(5, 6))
        assert x.shape == (10, 6)
        asked = server.asked()[0]
        assert asked.path.endswith("?chunks=5%2C6&dims=y%2C&attributes=%7B%22units%22%3A+%22m%22%7D")
        (sent,) = _npy.read(asked.body)
        np.testing.assert_array_equal(sent, values)
        del x
        gc.collect()
    kept_for_now = asked.path.startswith("/v1/arrays/_persisted_")
    assert kept_for_now == (where == "folder")
    assert len(names(server, "DELETE")) == kept_for_now


def test_zarr_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zarr", None)
    with Fake() as server, pantile.connect(server.url) as client:
        with pytest.raises(ArgumentError, match="pip install zarr"):
            client.from_zarr("a.zarr")


def test_a_broken_connection_is_told_of() -> None:
    with Fake() as server:
        url = server.url
    with pantile.connect(url, retries=0) as client, pytest.raises(ConnectionError):
        client.xp.ones(3).store("b")
