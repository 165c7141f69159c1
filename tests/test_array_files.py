"""Arrays that come in files: `.npz`, and Zarr as zarr-python writes it, zipped or at a location; and what is refused."""

import io
import json
import struct
import time
import warnings
import zipfile

import numcodecs
import numpy
import pytest
import zarr
from harness import Problem, Server
from test_stored_arrays import drawn, folder, keep, npy, read, refused
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, TransposeCodec, ZstdCodec

ZIP = {"Content-Type": "application/zip"}


def store(make, packed=False):
    """The bytes of a zip archive with what `make` writes into a store."""
    kept = zarr.storage.MemoryStore()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make(kept)
    return archive({key: value.to_bytes() for key, value in kept._store_dict.items()}, packed)


def archive(files, packed=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as made:
        for name, said in files.items():
            made.writestr(name, said)
    return out.getvalue()


def one(array, packed=False, attributes=None, **more):
    """The zipped store of one array."""

    def make(kept):
        said = {"shape": array.shape, "dtype": array.dtype, "attributes": attributes or {}, **more}
        zarr.create_array(kept, **said)[...] = array

    return store(make, packed)


def entries(body):
    with zipfile.ZipFile(io.BytesIO(body)) as read:
        return {name: read.read(name) for name in read.namelist()}


def same(got, array):
    held = array.dtype.newbyteorder("=")
    assert got.dtype == held
    assert (got == array.astype(held)).all()


V2 = [
    None,
    numcodecs.Blosc(),
    numcodecs.Blosc("zstd", 3, numcodecs.Blosc.BITSHUFFLE),
    numcodecs.Blosc("blosclz", 9, numcodecs.Blosc.NOSHUFFLE),
    numcodecs.Blosc("lz4hc", 5, numcodecs.Blosc.AUTOSHUFFLE),
    numcodecs.Blosc("zlib"),
    numcodecs.Zlib(1),
    numcodecs.GZip(1),
    numcodecs.Zstd(1),
]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("compressor", V2, ids=str)
def test_version_2(server, name, compressor, order):
    for dtype in ["<f8", ">i4", "|b1", "<M8[ms]", "<f2", "<c8"]:
        array = drawn((37, 21), "datetime64[ms]" if "M8" in dtype else "bool" if "b1" in dtype else dtype)
        array = array.astype(dtype)
        body = one(array, chunks=(10, 8), compressors=compressor, order=order, zarr_format=2, fill_value=0)
        told = keep(server, name, body)
        assert told["shape"] == [37, 21]
        same(read(server, name), array)


V3 = {
    "plain": {"compressors": None},
    "blosc": {"compressors": BloscCodec(cname="lz4", shuffle="shuffle")},
    "bits": {"compressors": BloscCodec(cname="zstd", shuffle="bitshuffle", clevel=9)},
    "gzip": {"compressors": GzipCodec(level=1)},
    "checked": {"compressors": [ZstdCodec(level=3, checksum=True), Crc32cCodec()]},
    "big": {"compressors": ZstdCodec(), "serializer": BytesCodec(endian="big")},
    "turned": {"compressors": BloscCodec(), "filters": [TransposeCodec(order=(1, 0))]},
    "shards": {"shards": (20, 16), "compressors": BloscCodec()},
    "shards by gzip": {"shards": (40, 24), "compressors": GzipCodec()},
    "v2 names": {"chunk_key_encoding": {"name": "v2", "separator": "."}},
}


@pytest.mark.parametrize("packed", [False, True], ids=["stored", "deflated"])
@pytest.mark.parametrize("said", V3.values(), ids=V3)
def test_version_3(server, name, said, packed):
    array = drawn((37, 21), "float32")
    attributes = {"units": "m", "many": [1, {"deep": 0.5}]}
    body = one(array, packed, attributes, chunks=(10, 8), dimension_names=["y", "x"], **said)
    keep(server, name, body, ZIP)
    same(read(server, name), array)
    told = server.get(f"/v1/datasets/{name}").json()
    assert told["dims"] == ["y", "x"] and told["attributes"] == attributes
    keep(server, name, body, dims="lat,lon", attributes='{"units": "km"}', chunks="5,7", shards="10,7")
    told = server.get(f"/v1/datasets/{name}").json()
    assert told["dims"] == ["lat", "lon"] and told["attributes"] == {**attributes, "units": "km"}
    assert told["chunk"] == [5, 7] and told["shard"] == [10, 7]
    same(read(server, name, "3:30,::-2"), array[3:30, ::-2])


def test_zarr_pythons_own_zip_and_what_it_wrote_twice(server, name, tmp_path):
    array = drawn((30, 20), "int64")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kept = zarr.storage.ZipStore(tmp_path / "twice.zip", mode="w")
        made = zarr.create_array(kept, shape=array.shape, dtype=array.dtype, chunks=(7, 7))
        made[...] = array
        made.attrs["units"] = "K"
        kept.close()
    keep(server, name, (tmp_path / "twice.zip").read_bytes())
    same(read(server, name), array)
    assert server.get(f"/v1/datasets/{name}").json()["attributes"] == {"units": "K"}


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (1, 1, 1, 1, 1)])
def test_small_shapes(server, name, shape):
    array = numpy.asarray(drawn(shape))
    for version in (2, 3):
        keep(server, name, one(array, zarr_format=version))
        got = read(server, name)
        assert got.shape == shape and (got == array).all()


def test_chunks_of_many_sizes(server, name):
    """Smaller ones are put together, others stay, and a shard of theirs is never unpacked twice."""
    array = drawn((600, 700), "float64")
    for chunks, kept in [((3, 5), None), ((200, 350), [200, 350]), ((600, 700), [600, 700]), ((5000, 5000), [600, 700])]:
        told = keep(server, name, one(array, chunks=chunks))
        same(read(server, name), array)
        assert kept is None or told["chunk"] == kept, told
    told = keep(server, name, one(array, chunks=(100, 350), shards=(200, 350)))
    same(read(server, name), array)
    assert told["chunk"] == [100, 350]


def test_what_nobody_wrote_is_the_fill_value(server, name):
    def make(kept):
        made = zarr.create_array(kept, shape=(10**6, 10**6), dtype="float32", chunks=(100, 100), fill_value=numpy.nan)
        made[500_000:500_100, 0:50] = 7

    told = keep(server, name, store(make))
    assert told["shards"] == 1, "a terabyte of nothing is nothing"
    got = read(server, name, "499999:500001,48:52")
    assert numpy.isnan(got[0]).all() and (got[1, :2] == 7).all() and numpy.isnan(got[1, 2:]).all()


def groups(version):
    def make(kept):
        root = zarr.create_group(kept, zarr_format=version)
        more = {} if version == 2 else {"dimension_names": ["time"]}
        time_ = root.create_array("time", shape=(4,), dtype="int64", **more)
        time_[...] = numpy.arange(4)
        values = root.create_array("deep/t2m", shape=(4, 3), dtype="float32", chunks=(2, 2))
        values[...] = numpy.arange(12).reshape(4, 3)
        if version == 2:
            time_.attrs["_ARRAY_DIMENSIONS"] = ["time"]
            values.attrs["_ARRAY_DIMENSIONS"] = ["time", "x"]
        zarr.consolidate_metadata(kept)

    return store(make)


@pytest.mark.parametrize("version", [2, 3])
def test_one_of_several_arrays_is_named(server, name, version):
    body = groups(version)
    detail = refused(server, "PUT", f"/v1/arrays/{name}", "invalid_request", data=body)
    assert '"deep/t2m", "time"' in detail and "?array=" in detail
    for asked in ("deep/t2m", "/deep/t2m/", "t2m"):
        keep(server, name, body, array=asked)
        same(read(server, name), numpy.arange(12, dtype="float32").reshape(4, 3))
    told = server.get(f"/v1/datasets/{name}").json()
    if version == 2:
        assert told["dims"] == ["time", "x"] and told.get("attributes", {}) == {}
    keep(server, name, body, array="time")
    assert server.get(f"/v1/datasets/{name}").json()["dims"] == ["time"]
    detail = refused(server, "PUT", f"/v1/arrays/{name}", "invalid_request", data=body, params={"array": "no"})
    assert '"deep/t2m", "time"' in detail
    within = archive({f"era5.zarr/{file}": said for file, said in entries(body).items()}, packed=True)
    keep(server, name, within, array="t2m")
    same(read(server, name), numpy.arange(12, dtype="float32").reshape(4, 3))


@pytest.mark.parametrize("save", [numpy.savez, numpy.savez_compressed])
def test_npz(server, name, save):
    out = io.BytesIO()
    high, low = drawn((300, 40)), numpy.asfortranarray(drawn((5, 6), "int16"))
    save(out, high=high, low=low)
    detail = refused(server, "PUT", f"/v1/arrays/{name}", "invalid_request", data=out.getvalue())
    assert '"high", "low"' in detail
    for asked, array in [("high", high), ("low.npy", low)]:
        told = keep(server, name, out.getvalue(), {"Content-Type": "application/x-npz"}, array=asked)
        assert told["dtype"] == str(array.dtype)
        same(read(server, name), array)
    lone = io.BytesIO()
    save(lone, low)
    keep(server, name, lone.getvalue(), format="npz", chunks="2,2", shards="4,4", dims="a,b")
    same(read(server, name), low)
    assert server.get(f"/v1/datasets/{name}").json()["dims"] == ["a", "b"]


def test_a_file_of_ours_comes_back(server, name):
    array = drawn((120, 50))
    array[:60] = 0
    keep(server, name, array, chunks="20,25", shards="60,50", dims="time,x", attributes=json.dumps({"name": name}))
    files = {path.name: path.read_bytes() for path in folder(server, name).iterdir()}
    told = keep(server, f"{name}_again", archive(files))
    # Chunks as small as these are put together.
    assert told["chunk"] == [120, 50] and told["shards"] == 1
    assert server.get(f"/v1/datasets/{name}_again").json()["dims"] == ["time", "x"]
    same(read(server, f"{name}_again"), array)


def test_keys_and_transactions_are_as_for_others(server, name):
    body = one(drawn((3,)))
    headers = {"Idempotency-Key": f"key-{name}", "If-None-Match": "*"}
    first = server.request("PUT", f"/v1/arrays/{name}", data=body, headers=headers)
    again = server.request("PUT", f"/v1/arrays/{name}", data=body, headers=headers)
    assert first.status_code == 201 and again.json() == first.json()
    refused(server, "PUT", f"/v1/arrays/{name}", "idempotency_mismatch", data=one(drawn((4,))), headers=headers)


PLAIN = drawn((4, 4), "int32")


def changed(name, change, **more):
    """A store of one array, of which one file is otherwise."""
    files = entries(one(PLAIN, chunks=(4, 4), **more))
    files[name] = change(files[name])
    return archive(files)


def metadata(**more):
    return changed("zarr.json", lambda said: json.dumps({**json.loads(said), **more}))


def bomb(times):
    """Zeros that deflate packs a thousandfold."""
    return archive({"x.npy": npy(numpy.zeros(times * (1 << 17)))}, packed=True)


def lying_size():
    """An entry of 144 bytes that says it has a gigabyte, in its own head and in the directory."""
    body = bytearray(archive({"x.npy": npy(numpy.zeros(2))}, packed=True))
    for mark, at in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)]:
        struct.pack_into("<I", body, body.index(mark) + at, 1 << 30)
    return bytes(body)


def encrypted():
    body = bytearray(archive({"x.npy": npy(PLAIN)}))
    for mark, at in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)]:
        body[body.index(mark) + at] |= 1
    return bytes(body)


def objects():
    out = io.BytesIO()
    numpy.savez(out, x=numpy.array([1, "a", None], dtype=object))
    return out.getvalue()


BLOSC = {"compressors": numcodecs.Blosc("lz4"), "zarr_format": 2}
CHUNK = "c/0/0"
LITTLE = {"name": "bytes", "configuration": {"endian": "little"}}
WRONG = {
    "no archive": ({}, b"PK\x03\x04 and nothing", "invalid_data", "cut off"),
    "cut off": ({}, one(PLAIN)[:-30], "invalid_data", "zip archive"),
    "an empty archive": ({}, archive({}), "unsupported_media_type", "neither Zarr"),
    "other files": ({}, archive({"a.txt": b"text"}), "unsupported_media_type", "neither Zarr"),
    "a name that leads out": ({}, archive({"../zarr.json": b"{}"}), "invalid_data", "leads out"),
    "an absolute name": ({}, archive({"/etc/zarr.json": b"{}"}), "invalid_data", "leads out"),
    "encrypted": ({}, encrypted(), "invalid_data", "encrypted"),
    "a bomb": ({}, bomb(128), "too_large", "upload_ratio"),
    "a size that lies": ({}, lying_size(), "too_large", "upload_ratio"),
    "objects": ({}, objects(), "unsupported", "pickles"),
    "texts": ({}, archive({"x.npy": npy(numpy.array(["ab"]))}), "unsupported", "<U2"),
    "no npy": ({}, archive({"x.npy": b"nothing of that kind"}), "invalid_data", "does not begin as a .npy does"),
    "a short npy": ({}, archive({"x.npy": npy(PLAIN)[:-1]}), "invalid_data", "the body ends before"),
    "a long npy": ({}, archive({"x.npy": npy(PLAIN) + b"x"}), "invalid_data", "more come"),
    "not npz": ({"format": "npz"}, one(PLAIN), "invalid_request", "no array"),
    "not zarr": ({"format": "zarr"}, archive({"x.npy": npy(PLAIN)}), "invalid_request", "no array"),
    "no zip": ({"format": "zarr"}, npy(PLAIN), "invalid_data", "cut off"),
    "no such format": ({"format": "hdf5"}, npy(PLAIN), "invalid_request", "none that arrays come in"),
    "a format of raw bytes": ({"format": "npz", "dtype": "int8", "shape": "1"}, b"1", "invalid_request", "without a head"),
    "a name in one array": ({"array": "x"}, npy(PLAIN), "invalid_request", "the body is one array"),
    "no json": ({}, archive({"zarr.json": b"{"}), "invalid_data", "no JSON"),
    "a group": ({}, archive({"zarr.json": b'{"zarr_format": 3, "node_type": "group"}'}), "invalid_request", "no array"),
    "metadata that lie": ({}, metadata(shape=[1 << 60, 4]), "invalid_data", "beyond"),
    "chunks of nothing": (
        {},
        metadata(chunk_grid={"name": "regular", "configuration": {"chunk_shape": [0, 4]}}),
        "invalid_data",
        "axis 0 got 0",
    ),
    "chunks beyond memory": (
        {},
        metadata(shape=[1 << 15, 1 << 14], chunk_grid={"name": "regular", "configuration": {"chunk_shape": [1 << 15, 1 << 14]}}),
        "too_large",
        "",
    ),
    "another grid": ({}, metadata(chunk_grid={"name": "rectilinear"}), "unsupported", "rectilinear"),
    "another codec": ({}, metadata(codecs=[LITTLE, {"name": "lzma"}]), "unsupported", "lzma"),
    "another type": ({}, metadata(data_type="string", fill_value=""), "unsupported", "string"),
    "objects of zarr": ({}, changed(".zarray", lambda said: said.replace(b"<i4", b"|O"), zarr_format=2), "unsupported", "pickles"),
    "a filter": ({}, changed(".zarray", lambda said: said.replace(b'"filters": null', b'"filters": [{"id": "delta"}]'), zarr_format=2), "unsupported", "delta"),
    "a compressor": ({}, changed(".zarray", lambda said: json.dumps({**json.loads(said), "compressor": {"id": "lzma"}}), zarr_format=2), "unsupported", "lzma"),
    "a chunk cut off": ({}, changed(CHUNK, lambda said: said[:-1], compressors=None), "invalid_data", "63 bytes where its shape takes 64"),
    "a chunk too long": ({}, changed(CHUNK, lambda said: said + b"x", compressors=None), "invalid_data", "c/0/0"),
    "a chunk that is damaged": ({}, changed(CHUNK, lambda said: b"\xff" + said[1:]), "invalid_data", "c/0/0"),
    "blosc that lies": ({}, changed("0.0", lambda said: said[:4] + struct.pack("<I", 1 << 30) + said[8:], **BLOSC), "invalid_data", "blosc"),
    "blosc cut off": ({}, changed("0.0", lambda said: said[:-1], **BLOSC), "invalid_data", "blosc"),
    "blosc of nothing": ({}, changed("0.0", lambda said: b"", **BLOSC), "invalid_data", "blosc"),
    "much to say": ({}, one(PLAIN, attributes={"a": "x" * (2 << 20)}), "too_large", "metadata"),
    "names of other axes": ({"dims": "a"}, one(PLAIN), "invalid_data", "names 1 axes"),
    "chunks of other axes": ({"chunks": "2"}, one(PLAIN), "invalid_data", ""),
}  # fmt: skip
@pytest.fixture(scope="module")
def small(tmp_path_factory):
    flags = ["--upload-expanded-bytes", "2GiB", "--memory", "2GiB"]
    with Server(tmp_path_factory.mktemp("wrong") / "data", *flags) as running:
        yield running


@pytest.mark.parametrize(("said", "body", "code", "words"), WRONG.values(), ids=WRONG)
def test_what_lies_is_refused_and_nothing_is_left(small, said, body, code, words):
    detail = refused(small, "PUT", "/v1/arrays/wrong", code, data=body, params=said)
    assert words in detail, detail
    assert small.get("/v1/datasets").json()["datasets"] == []
    for _ in range(100):
        left = [path for path in (small.data / "data").rglob("*") if path.is_file()]
        if not left:
            break
        time.sleep(0.05)
    assert not left


def test_chunks_that_unpack_to_more_than_bodies_may_are_refused(small):
    """Each file is small, and what their shapes say is not."""

    def make(kept):
        made = zarr.create_array(kept, shape=(40, 1 << 20), dtype="float64", chunks=(1, 1 << 20), fill_value=1)
        made[...] = 0

    detail = refused(small, "PUT", "/v1/arrays/wrong", "too_large", data=store(make))
    assert "upload_ratio" in detail


def test_more_than_memory_goes_through(fresh):
    """An array of 600 MB with 100 MB for uploads."""
    fresh.command += ["--memory", "1GiB"]
    array = numpy.random.default_rng(3).integers(0, 1000, (15_000, 5_000))
    with fresh as server:
        for said in ({"chunks": (1000, 1000)}, {"chunks": (500, 500), "shards": (1000, 5000)}):
            keep(server, "large", one(array, compressors=BloscCodec(), **said))
            assert (read(server, "large", "::700,::3") == array[::700, ::3]).all()
            assert (read(server, "large", "14999,:") == array[14_999]).all()


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    root = tmp_path_factory.mktemp("array-lake")
    place = root / "lake"
    place.mkdir()
    made = zarr.create_array(place / "dem.zarr", shape=(37, 21), dtype="float32", chunks=(10, 8), shards=(20, 16))
    made[...] = drawn((37, 21), "float32")
    (place / "dem.zarr.zip").write_bytes(one(drawn((5, 6))))
    numpy.save(place / "plain.npy", drawn((7,)))
    (place / "empty").mkdir()
    (root / "secret.npy").write_bytes(npy(drawn((2,))))
    (place / "link.npy").symlink_to(root / "secret.npy")
    with Server(root / "data", "--location", f"lake={place}") as running:
        yield running


def test_arrays_at_a_location_are_copied(lake, name):
    for path, array in [
        ("lake/dem.zarr", drawn((37, 21), "float32")),
        ("lake/dem.zarr/", drawn((37, 21), "float32")),
        ("lake/dem.zarr.zip", drawn((5, 6))),
        ("lake/plain.npy", drawn((7,))),
    ]:
        told = keep(lake, name, b"", **{"from": path})
        assert told["shape"] == list(array.shape), path
        same(read(lake, name), array)
    keep(lake, name, b"", **{"from": "lake", "array": "dem.zarr"})
    same(read(lake, name), drawn((37, 21), "float32"))


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("lake/no.zarr", "not_found"),
        ("lake/empty", "not_found"),
        ("lake/../secret.npy", "forbidden"),
        ("lake/link.npy", "forbidden"),
        ("other/dem.zarr", "forbidden"),
        ("/etc/passwd", "forbidden"),
        ("file:///etc/passwd", "forbidden"),
    ],
)
def test_nothing_else_is_copied(lake, name, path, code):
    detail = refused(lake, "PUT", f"/v1/arrays/{name}", code, params={"from": path})
    assert str(lake.data.parent) not in detail
    with pytest.raises(Problem):
        lake.get(f"/v1/datasets/{name}")
