"""Arrays that a program computes and keeps: on a server that has `store`."""

import asyncio
import contextlib
import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import pantile
from pantile import ConflictError, DatasetNotFoundError, Error
from pantile import _requests as requests
from pantile.xp import _dtype


@pytest.fixture
def names(client: pantile.Client) -> Iterator[list[str]]:
    """Names of arrays that a test may keep."""
    found = ["one", "other"]
    yield found
    for name in found:
        with contextlib.suppress(DatasetNotFoundError):
            del client.arrays[name]


def test_what_is_stored_is_read_back(client: pantile.Client, names: list[str]) -> None:
    x = client.xp.arange(12.0).reshape(3, 4)
    y = (np.sin(x) + x.T.T * 2).store("one", chunks=(2, 3), shards=(4, 6), dims=["y", "x"])
    values = np.arange(12.0).reshape(3, 4)
    np.testing.assert_allclose(y.compute(), np.sin(values) + values * 2)
    assert (y.shape, y.dtype, y.chunks) == ((3, 4), client.xp.float64, ((2, 1), (3, 1)))
    found = client.arrays.info("one")
    assert (found.dtype, found.shape, found.chunk, found.shard) == ("float64", (3, 4), (2, 3), (4, 6))
    assert found.dims == ("y", "x")
    assert client.array("one")[1:, 2].compute().tolist() == y.compute()[1:, 2].tolist()
    assert "one" in client.arrays and "one" not in client.datasets


@pytest.mark.parametrize("shape", [(), (0,), (5,), (2, 0, 3), (2, 3, 4)], ids=str)
@pytest.mark.parametrize("dtype", list(_dtype.NAMES))
def test_every_dtype_and_shape_is_kept(
    client: pantile.Client, names: list[str], dtype: str, shape: tuple[int, ...]
) -> None:
    values = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    x = client.array(values).store("one", if_exists="replace")
    assert (x.shape, str(x.dtype)) == (shape, dtype)
    np.testing.assert_array_equal(x.compute(), values)


@pytest.mark.parametrize("chunks", [(1, 1), (7, 5), (64, 1), (1, 50), "auto"], ids=str)
def test_every_grid_has_the_same_elements(client: pantile.Client, names: list[str], chunks: Any) -> None:
    x = client.xp.reshape(client.xp.arange(64 * 50), (64, 50))
    y = (x * x % 1000).rechunk(chunks).store("one")
    values = np.arange(64 * 50).reshape(64, 50)
    np.testing.assert_array_equal(y.compute(), values * values % 1000)
    assert y.chunks == x.rechunk(chunks).chunks
    assert int(y.sum()) == (values * values % 1000).sum()


def test_what_is_larger_than_a_box(client: pantile.Client, names: list[str]) -> None:
    x = client.xp.random.default_rng(1).random((2100, 3100)).store("one")
    assert x.npartitions > 1
    y = (x.T * 2).store("other", chunks=(500, 600))
    assert float((y - x.T * 2).max()) == 0.0
    np.testing.assert_allclose(float(y.mean()), 1.0, atol=0.01)


def test_what_is_there_is_kept_unless_it_is_to_be_replaced(client: pantile.Client, names: list[str]) -> None:
    client.xp.ones(3).store("one")
    with pytest.raises(ConflictError, match="one"):
        client.xp.zeros(4).store("one")
    assert client.array("one").compute().tolist() == [1, 1, 1]
    # It may be made of what it replaces.
    x = (client.array("one") * 2 + 1).store("one", if_exists="replace")
    assert x.compute().tolist() == [3, 3, 3]
    with pytest.raises(Error, match="is a table"):
        client.xp.ones(3).store("flights", if_exists="replace")
    assert client.table("flights").shape[0].item() == 336776


def test_a_lazy_array_is_put_without_its_values_coming_here(client: pantile.Client, names: list[str]) -> None:
    client.arrays["one"] = client.xp.ones(4) * 3
    client.arrays.put("one", client.array("one") + 1, dims=["x"])
    assert client.array("one").compute().tolist() == [4, 4, 4, 4]
    assert client.arrays.info("one").dims == ("x",)


def test_shapes_that_depend_on_values(client: pantile.Client, names: list[str]) -> None:
    x = client.xp.arange(2000)
    y = x[x % 3 == 0].store("one")
    assert y.shape == (667,)
    assert y[-1].item() == 1998


@pytest.mark.parametrize(
    "said",
    [
        'xp.ones((4,)).store("one", chunks=[0])',
        'xp.ones((4,)).store("one", chunks=[2, 2])',
        'xp.ones((4,)).store("one", chunks=[2], shards=[3])',
        'xp.ones((4,)).store("one", dims=["x", "y"])',
        'xp.ones((4,)).store("one", if_exists="append")',
        'xp.ones((4,)).store("")',
        'xp.ones((4,)).store("one") + 1',
        'xp.ones((4,)).store("one").store("other")',
        'xp.linalg.inv(xp.zeros((3, 3))).store("one")',
    ],
)
def test_what_cannot_be_stored_is_refused_and_leaves_nothing(
    client: pantile.Client, names: list[str], said: str
) -> None:
    with pytest.raises(Error):
        client._store_array(said)
    assert not {"one", "other"} & set(client.arrays)


def test_a_repetition_has_no_second_effect(client: pantile.Client, names: list[str]) -> None:
    request = requests.storing('xp.ones((3,)).store("one")', {}, client._asked(None, None, None))
    first, second = (client._ask(request, False).read_all() for _ in range(2))
    assert first.column_names[:3] == ["statement", "rows", "snapshot"]
    assert first.num_rows == 1 and first.equals(second)


def test_a_program_as_text_stores_too(client: pantile.Client, names: list[str]) -> None:
    (row,) = client.run('xp.ones((3, 2)).store("one", chunks=[2, 2], dims=["y", "x"])').read_all().to_pylist()
    assert row["statement"] == "STORE"
    assert client.array("one").chunks == ((2, 1), (2,))


def test_it_is_a_part_of_the_transaction(client: pantile.Client, names: list[str]) -> None:
    with pantile.connect(client.url, session="arrays-stored") as other:
        for ending in ("ROLLBACK", "COMMIT"):
            other.query("BEGIN").read_all()
            x = (other.xp.arange(4) * 2).store("one", chunks=(2,))
            assert x.compute().tolist() == [0, 2, 4, 6]
            assert x.chunks == ((2, 2),)
            assert "one" not in client.arrays
            other.query(ending).read_all()
            assert ("one" in client.arrays) == (ending == "COMMIT")
    assert client.array("one").compute().tolist() == [0, 2, 4, 6]


def test_what_is_persisted_is_there_until_nobody_uses_it(client: pantile.Client) -> None:
    x = (client.xp.arange(5) ** 2).persist()
    y = x + 1
    (name,) = (name for name in client.arrays if name.startswith("_persisted_"))
    assert name in y.program()
    assert (client.arrays.info(name).location, client.arrays.info(name).bytes) == ("memory", 40)
    del x
    gc.collect()
    assert y.compute().tolist() == [1, 2, 5, 10, 17]
    del y
    gc.collect()
    assert name not in client.arrays


def test_the_namespace_of_the_default_connection_stores_too(
    client: pantile.Client, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pantile import xp
    from pantile.xp._home import DEFAULT

    monkeypatch.setattr(DEFAULT, "_client", client)
    x = xp.ones(3).store("one")
    assert (x + xp.ones(3)).compute().tolist() == [2, 2, 2]
    assert x.__array_namespace__() is xp


def test_an_asynchronous_client_stores_and_persists(client: pantile.Client, names: list[str]) -> None:
    async def asked() -> None:
        async with pantile.AsyncClient(client.url) as other:
            x = await other.store(other.xp.ones(3), "one", chunks=2)
            y = await other.persist(x + 1)
            assert (await (x + y)).tolist() == [3, 3, 3]

    asyncio.run(asked())
    assert client.arrays.info("one").chunk == (2,)
    assert not [name for name in client.arrays if name.startswith("_persisted_")]


def test_zarr_comes_block_by_block(client: pantile.Client, names: list[str], tmp_path: Any) -> None:
    zarr = pytest.importorskip("zarr", "3")
    values = np.arange(60, dtype=">i4").reshape(10, 6)
    there = zarr.create_array(tmp_path / "a.zarr", shape=(10, 6), chunks=(4, 3), dtype="i4", dimension_names=["y", "x"])
    there[:] = values
    x = client.from_zarr(tmp_path / "a.zarr", name="one")
    np.testing.assert_array_equal(x.compute(), values)
    assert client.arrays.info("one").dims == ("y", "x")
    y = client.from_zarr(there)
    assert int((x + y).sum()) == 2 * values.sum()
    name = y.program().split('"')[1]
    del y
    gc.collect()
    assert name not in client.arrays


def test_mapped_files_and_other_orders_are_put(client: pantile.Client, names: list[str], tmp_path: Any) -> None:
    values = np.random.default_rng(1).random((300, 400))
    np.save(tmp_path / "v.npy", values)
    for one in (np.load(tmp_path / "v.npy", mmap_mode="r"), np.asfortranarray(values), values.T.copy().T):
        np.testing.assert_array_equal(client.arrays.put("one", one).compute(), values)
