"""Stored arrays from Python: kept, listed, read lazily and in part, dropped; and what is refused."""

import asyncio
import json
from typing import Any

import numpy as np
import pytest

import pantile
from pantile import ArgumentError, DatasetNotFoundError, Error


@pytest.fixture
def kept(client: pantile.Client) -> Any:
    values = np.arange(12.0).reshape(3, 4)
    client.arrays.put("kept", values, chunks=(2, 2), dims=["y", "x"], attributes={"units": "m"})
    yield values
    if "kept" in client.arrays:
        del client.arrays["kept"]


def test_a_stored_array_is_lazy(client: pantile.Client, kept: np.ndarray) -> None:
    x = client.array("kept")
    assert (x.shape, str(x.dtype)) == ((3, 4), "float64")
    assert (x[1:, ::2] * 2).compute().tolist() == (kept[1:, ::2] * 2).tolist()
    assert (np.sin(x) + client.array("kept")).compute().tolist() == (np.sin(kept) + kept).tolist()
    assert client.array("kept", "float32").dtype == client.xp.float32


def test_the_mapping_tells_what_is_there(client: pantile.Client, kept: np.ndarray) -> None:
    found = client.arrays.info("kept")
    assert (found.dtype, found.shape, found.chunk, found.dims) == ("float64", (3, 4), (2, 2), ("y", "x"))
    assert found.attributes == {"units": "m"}
    assert "kept" in list(client.arrays) and "kept" in repr(client.arrays)
    assert "kept" not in client.datasets
    client.arrays["kept"] = client.xp.ones((2,)) * 3
    assert client.arrays["kept"].compute().tolist() == [3, 3]
    del client.arrays["kept"]
    assert "kept" not in client.arrays
    with pytest.raises(DatasetNotFoundError):
        client.arrays["kept"]


@pytest.mark.parametrize("dtype", ["float16", "datetime64[ms]", "timedelta64[s]", "bool", "complex64"])
def test_what_is_kept_otherwise_is_read_as_it_is_held(client: pantile.Client, dtype: str) -> None:
    values = np.arange(4).astype(dtype)
    x = client.arrays.put("held", values)
    try:
        assert client.arrays.info("held").dtype == dtype
        assert (x.compute() == values.astype(client.arrays.info("held").held)).all()
    finally:
        del client.arrays["held"]


def test_names_are_texts_in_programs(client: pantile.Client) -> None:
    name = 'a "quoted" \\ name, é'
    x = client.arrays.put(name, [1, 2])
    try:
        assert (x + 1).compute().tolist() == [2, 3]
    finally:
        del client.arrays[name]


def test_what_is_no_array_is_refused(client: pantile.Client) -> None:
    with pytest.raises(DatasetNotFoundError, match="is a table, and no array"):
        client.array("flights")
    with pytest.raises(DatasetNotFoundError):
        client.array("no_such_array")
    with pytest.raises(Error, match="is a table"):
        client.arrays["flights"] = [1, 2]
    with pytest.raises(Error, match="whole number of chunks"):
        client.arrays.put("wrong", [1, 2, 3, 4], chunks=[2], shards=[3])
    assert "wrong" not in client.arrays


def test_an_asynchronous_client_has_them_too(client: pantile.Client, kept: np.ndarray) -> None:
    async def asked() -> None:
        async with pantile.AsyncClient(client.url) as other:
            x = (await other.arrays())["kept"]
            assert (await (x + 1)).tolist() == (kept + 1).tolist()

    asyncio.run(asked())


def test_files_are_loaded(client: pantile.Client, tmp_path: Any) -> None:
    values = np.arange(6.0).reshape(2, 3)
    np.save(tmp_path / "one.npy", values)
    np.savez_compressed(tmp_path / "two.npz", high=values, low=values[0])
    plain = {"zarr_format": 2, "shape": [2, 3], "chunks": [2, 2], "dtype": "<f8", "order": "C", "fill_value": 0.0}
    store = tmp_path / "dem.zarr"
    store.mkdir()
    (store / ".zarray").write_text(json.dumps({**plain, "compressor": None, "filters": None}))
    (store / ".zattrs").write_text(json.dumps({"_ARRAY_DIMENSIONS": ["y", "x"], "units": "m"}))
    (store / "0.0").write_bytes(values[:, :2].tobytes())
    (store / "0.1").write_bytes(np.pad(values[:, 2:], ((0, 0), (0, 1))).tobytes())
    try:
        for path, array in [("one.npy", None), ("two.npz", "high"), ("dem.zarr", None)]:
            assert client.arrays.load("loaded", tmp_path / path, array).compute().tolist() == values.tolist()
        found = client.arrays.info("loaded")
        assert (found.dims, found.attributes) == (("y", "x"), {"units": "m"})
        with pytest.raises(Error, match='"high", "low"'):
            client.arrays.load("loaded", tmp_path / "two.npz")
        with pytest.raises(ArgumentError, match="neither a file nor a folder"):
            client.arrays.load("loaded", tmp_path / "no.npy")
        with pytest.raises(Error, match="configured locations"):
            client.arrays.fetch("loaded", "no_such_location/dem.zarr")
        with pytest.raises(Error, match="configured locations"):
            client.arrays.fetch("loaded", "no_such_location/dem.zarr", in_place=True)
        with pytest.raises(Error, match="`chunks` is of a copy"):
            client.arrays.fetch("loaded", "no_such_location/dem.zarr", chunks=[2], in_place=True)
        assert client.arrays["loaded"].compute().tolist() == values.tolist()
    finally:
        del client.arrays["loaded"]
