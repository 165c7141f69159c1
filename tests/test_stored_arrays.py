"""Arrays that stay: kept, read in part, dropped; what zarr-python makes of their folders; what is refused, and what is left."""

import contextlib
import io
import json
import time

import numpy
import pyarrow as pa
import pyarrow.flight as flight
import pytest
import zarr
from harness import NDJSON, Problem, Server, run, scrubbed

NPY = "application/x-npy"
DTYPES = ["bool", "int8", "int64", "uint16", "float32", "float64", "complex64", "complex128", ">i4", "float16", "datetime64[ms]"]


def npy(array):
    stream = io.BytesIO()
    numpy.save(stream, array)
    return stream.getvalue()


def keep(server, name, values, headers=None, **said):
    body = npy(values) if isinstance(values, numpy.ndarray) else values
    return server.request("PUT", f"/v1/arrays/{name}", data=body, params=said, headers=headers).json()


def read(server, name, index=None, **headers):
    params = {"index": index} if index is not None else {}
    response = server.get(f"/v1/arrays/{name}", params=params, headers={"Accept": NPY, **headers})
    return numpy.load(io.BytesIO(response.content), allow_pickle=False)


def asked(server, program):
    response = server.request("POST", "/v1/expressions", data=program.encode(), headers={"Accept": NPY})
    return numpy.load(io.BytesIO(response.content), allow_pickle=False)


def refused(server, method, path, code, **more):
    with pytest.raises(Problem) as problem:
        server.request(method, path, **more)
    assert problem.value.code == code, problem.value
    assert "defect" not in problem.value.body["detail"], problem.value
    return problem.value.body["detail"]


def folder(server, name):
    """The array's folder, found by its shape: names are no parts of paths."""
    for found in (server.data / "data" / "main").glob("*.zarr"):
        said = json.loads((found / "zarr.json").read_text())
        if said["attributes"].get("name") == name:
            return found
    raise AssertionError(f"no folder of {name}")


def drawn(shape, dtype="float64", seed=1):
    rng = numpy.random.default_rng(seed)
    if dtype.startswith("datetime"):
        return rng.integers(0, 10**12, shape).astype(dtype)
    if dtype.startswith("complex"):
        return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(dtype)
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    return (rng.normal(size=shape) * 50).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_kept_is_read_again(server, name, dtype):
    array = drawn((37, 5, 11), dtype) if not dtype.startswith("uint") else abs(drawn((37, 5, 11))).astype(dtype)
    told = keep(server, name, array)
    assert told["created"] and told["shape"] == [37, 5, 11]
    held = {">i4": "int32"}.get(dtype, dtype)
    got = read(server, name)
    assert got.dtype == held
    assert (got == array.astype(held)).all()
    assert not keep(server, name, array[:2])["created"]
    assert read(server, name).shape == (2, 5, 11)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (1, 1, 1, 1, 1, 1)])
def test_small_shapes(server, name, shape):
    array = drawn(shape)
    array = numpy.asarray(array)
    keep(server, name, array)
    got = read(server, name)
    assert got.shape == shape and (got == array).all()
    assert asked(server, f"xp.sum(array({name!r}) * 0)") == 0


INDEXES = [
    "3", "-1", "2:5", ":", "...", "::2", "::-1", "5:2", "1:2,3", ":,::-2", "...,0", "10:3:-2,1:6:2,:", "0,0,0", "-3:,-2:,-1",
]  # fmt: skip


@pytest.mark.parametrize("index", INDEXES)
def test_parts_are_numpys(server, index):
    """Chunks of odd sizes, so that parts begin and end within them."""
    array = numpy.arange(17 * 9 * 8).reshape(17, 9, 8)
    keep(server, "parts", array, chunks="5,4,3", shards="10,8,3")
    wanted = eval(f"array[{index}]", {"array": array})
    assert (read(server, "parts", index) == wanted).all()
    assert (asked(server, f'array("parts")[{index}] + 1') == wanted + 1).all()


def test_a_fortran_file_and_raw_bytes(server, name):
    array = drawn((6, 7, 8))
    keep(server, name, numpy.asfortranarray(array), chunks="4,4,4")
    assert (read(server, name) == array).all()
    keep(server, name, array.astype(">f8").tobytes("F"), dtype=">f8", shape="6,7,8", order="F")
    assert (read(server, name) == array).all()
    assert refused(server, "PUT", f"/v1/arrays/{name}", "invalid_data", data=b"1234567", params={"dtype": "int8", "shape": "8"})
    refused(server, "PUT", f"/v1/arrays/{name}", "invalid_data", data=b"123456789", params={"dtype": "int8", "shape": "8"})
    refused(server, "PUT", f"/v1/arrays/{name}", "invalid_request", data=b"12345678", params={"dtype": "int8"})
    assert (read(server, name) == array).all()


def test_zarr_python_opens_the_folder(server, name):
    array = drawn((120, 50))
    array[:60] = 0
    said = {"name": name, "units": "K"}
    keep(server, name, array, chunks="20,25", shards="60,50", dims="time,x", attributes=json.dumps(said))
    found = zarr.open_array(folder(server, name), mode="r")
    assert (found[:] == array).all() and dict(found.attrs) == said
    assert found.metadata.dimension_names == ("time", "x")
    assert found.chunks == (20, 25) and found.shards == (60, 50)
    told = server.get(f"/v1/datasets/{name}").json()
    assert told["kind"] == "array" and told["dtype"] == "float64" and told["dims"] == ["time", "x"]
    assert told["attributes"] == said and told["chunk"] == [20, 25] and told["shard"] == [60, 50]
    # A shard of nothing but zeros has no file.
    (shard,) = told["shards"]
    assert shard["number"] == 1 and shard["elements"] == 3000 and shard["nans"] == 0
    assert float(shard["min"]) == array.min() and float(shard["max"]) == array.max()


def test_programs_read_what_is_there(server, name):
    array = drawn((300, 200))
    keep(server, name, array, chunks="64,64")
    assert numpy.allclose(asked(server, f"xp.mean(array({name!r}), axis=0)"), array.mean(axis=0))
    assert numpy.allclose(asked(server, f"x = xp.array({name!r})\nx[10:20] @ x.T[:, :7]"), array[10:20] @ array.T[:, :7])
    assert numpy.allclose(asked(server, f"x = array({name!r})\nx[x > 30]"), array[array > 30])
    assert "there is no array `no_such`" in refused(server, "POST", "/v1/expressions", "unknown_dataset", data=b'array("no_such")')
    assert "takes one text" in refused(server, "POST", "/v1/expressions", "invalid_program", data=b'array("a" + "b")')


def test_no_more_is_read_than_a_part_needs(fresh):
    """A slice of an array that no memory of the server's holds is answered."""
    fresh.command += ["--memory", "1GiB", "--query-memory", "64MiB"]
    with fresh as server:
        array = numpy.arange(40 * 10**6, dtype="int64").reshape(4000, 10000)
        keep(server, "large", array)
        assert (read(server, "large", "::1000,5") == array[::1000, 5]).all()
        assert (read(server, "large", "3999,:") == array[3999]).all()
        detail = refused(server, "POST", "/v1/expressions", "limit_memory", data=b'xp.linalg.svdvals(array("large") * 1.0)')
        assert "[4000, 10000] takes" in detail and "however it is cut" in detail, detail
        assert asked(server, 'xp.max(array("large")[:100])') == array[:100].max()


def cached(server, name):
    said = f"SELECT count(*), coalesce(sum(uses), 0) FROM system.cache WHERE \"array\" = '{name}'"
    return server.rows(said)[0]


def test_chunks_that_are_read_again_stay_in_memory(server, name):
    array = drawn((600, 500))
    keep(server, name, array, chunks="200,250", shards="600,250", attributes=json.dumps({"name": name}))
    program = f'xp.sum(array("{name}"))'
    first = asked(server, program)
    assert cached(server, name) == (0, 0)
    assert asked(server, program) == first
    assert cached(server, name)[0] == 6
    for shard in folder(server, name).glob("c*"):
        shard.unlink()
    assert asked(server, program) == first
    assert (read(server, name, "150:450:7,200:300") == array[150:450:7, 200:300]).all()
    assert (read(server, name, "200:400,250:500") == array[200:400, 250:500]).all()
    held, uses = cached(server, name)
    assert held == 6 and uses >= 12
    # Another version is another array.
    keep(server, name, array + 1.0, chunks="200,250")
    assert cached(server, name) == (0, 0)
    assert asked(server, program) == pytest.approx((array + 1.0).sum())


def stream(batches):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return sink.getvalue()


def joined(table):
    """The array that boxes are, put where they begin."""
    said = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    shape, dtype = json.loads(said["pantile.shape"]), said["pantile.dtype"]
    out = numpy.empty(shape, dtype)
    for batch in table.to_batches():
        boxes = batch.column("value").to_numpy_ndarray()
        if dtype.startswith("complex"):
            boxes = numpy.ascontiguousarray(boxes).view(dtype)[..., 0]
        for offset, box in zip(batch.column("offset").to_pylist(), boxes):
            box = box.reshape((1,) * (len(shape) - box.ndim) + box.shape)
            out[tuple(slice(at, at + length) for at, length in zip(offset, box.shape))] = box
    return out


@pytest.mark.parametrize("dtype", ["float64", "int16", "uint8", "complex128"])
@pytest.mark.parametrize("shape", [(), (7,), (40, 50, 60), (2, 70_000)])
def test_tensors_go_and_come_over_flight_and_http(server, name, dtype, shape):
    array = numpy.asarray(abs(drawn(shape))).astype(dtype)
    keep(server, name, array)
    client = flight.connect(server.url.replace("http", "grpc"))
    descriptor = flight.FlightDescriptor.for_path("array", name)
    info = client.get_flight_info(descriptor)
    table = client.do_get(info.endpoints[0].ticket).read_all()
    assert table.schema.equals(info.schema) and str(table.schema.field("value").type).startswith("extension<arrow.fixed_shape_tensor")
    assert (joined(table) == array).all()
    assert any(found.descriptor.path == [b"array", name.encode()] for found in client.list_flights(name.encode()))
    body = server.get(f"/v1/arrays/{name}", params={"format": "arrow"}).content
    assert pa.ipc.open_stream(body).read_all().equals(table)
    writer, _ = client.do_put(flight.FlightDescriptor.for_path("array", name + "_f"), table.schema)
    writer.write_table(table)
    writer.close()
    keep(server, name + "_h", body)
    for kept in (name + "_f", name + "_h"):
        got = read(server, kept)
        assert got.dtype == dtype and got.shape == shape and (got == array).all()


def test_tensors_of_others_and_rows_that_are_none(server, name):
    array = drawn((6, 4, 5))
    tensors = pa.FixedShapeTensorArray.from_numpy_ndarray(array)
    keep(server, name, stream([pa.record_batch([tensors], ["x"])]), chunks="2,4,5")
    assert (read(server, name) == array).all()
    lists = pa.array(array.reshape(24, 5).tolist(), pa.list_(pa.float64(), 5))
    keep(server, name, stream([pa.record_batch([lists], ["x"])]))
    assert (read(server, name) == array.reshape(24, 5)).all()
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, pa.schema([("n", pa.int32())])) as writer:
        writer.write_batch(pa.record_batch([pa.array(range(9), pa.int32())], ["n"]))
    keep(server, name, sink.getvalue())
    assert (read(server, name) == numpy.arange(9)).all()
    for body, words in [
        (stream([pa.record_batch([pa.array([1.0, None])], ["x"])]), "is null"),
        (stream([pa.record_batch([pa.array(["a"])], ["x"])]), "holds Utf8"),
        (stream([pa.record_batch([pa.array([1]), pa.array([2])], ["x", "y"])]), "one column"),
        (stream([pa.record_batch([pa.array([1])], ["x"])])[:-20], "ends"),
    ]:
        said = refused(server, "PUT", f"/v1/arrays/{name}", "invalid_data", data=body)
        assert words in said, said
    assert (read(server, name) == numpy.arange(9)).all()


def test_uploads_that_never_fit_are_not_to_be_repeated(fresh):
    fresh.command += ["--memory", "6MiB"]
    with fresh as server:
        with pytest.raises(Problem) as problem:
            keep(server, "some", drawn((4,)))
        assert (problem.value.code, problem.value.body["limit"]) == ("too_large", "upload_memory"), problem.value
        assert not problem.value.body.get("retry")


def test_system_tables_tell_how_arrays_are_cut(server, name):
    array = drawn((60, 50)).round()
    keep(server, name, array, chunks="20,25", shards="60,25", dims="y,x")
    columns = 'dtype, "shape"[1], "shape"[2], chunks[2], shards[1], dims, elements, files, pinned'
    told = server.rows(f"SELECT {columns} FROM system.arrays WHERE name = '{name}'")
    assert told == [("float64", 60, 50, 25, 60, "y,x", 3000, 2, False)]
    columns = "number, file, elements, CAST(least AS DOUBLE), CAST(greatest AS DOUBLE), nans"
    told = server.rows(f"SELECT {columns} FROM system.shards WHERE \"array\" = '{name}' ORDER BY number")
    assert told == [(at, f"c.0.{at}", 1500, half.min(), half.max(), 0) for at, half in enumerate(numpy.hsplit(array, 2))]


def test_what_the_least_and_the_greatest_decide_is_not_read(server, name):
    # Larger than what is read at once whatever it is.
    array = (numpy.arange(6)[:, None, None] * 100 + drawn((1000, 1000)).clip(-49, 49)).reshape(6000, 1000)
    array[5999, 7] = numpy.nan
    keep(server, name, array, chunks="1000,1000", shards="1000,1000", attributes=json.dumps({"name": name}))
    for number in range(4):
        (folder(server, name) / f"c.{number}.0").unlink()
    a = f'a = array("{name}")\n'
    assert asked(server, a + "xp.nansum(xp.where(a > 350.0, a, 0.0))") == pytest.approx(numpy.nansum(array[4000:]))
    assert asked(server, a + "xp.count_nonzero(350.0 <= a)") == 2 * 10**6 - 1
    assert asked(server, a + "xp.count_nonzero(a != -70.5)") == array.size
    assert asked(server, a + "xp.any(a[:5000] == 1000.0)") == False  # noqa: E712
    refused(server, "POST", "/v1/expressions", "storage_damaged", data=(a + "xp.count_nonzero(a > 10.0)").encode())


def test_versions_and_time_travel(server, name):
    first, second = drawn((4, 4), seed=1), drawn((5,), seed=2)
    before = keep(server, name, first)["snapshot"]
    keep(server, name, second)
    assert (read(server, name) == second).all()
    assert (read(server, name, **{"Pantile-Snapshot": str(before)}) == first).all()
    tag = server.get(f"/v1/arrays/{name}", headers={"Accept": NPY}).headers["ETag"]
    again = server.request("GET", f"/v1/arrays/{name}", headers={"Accept": NPY, "If-None-Match": tag})
    assert again.status_code == 304
    assert server.delete(f"/v1/arrays/{name}").json() == {"dropped": name}
    refused(server, "GET", f"/v1/arrays/{name}", "unknown_dataset")
    assert (read(server, name, **{"Pantile-Snapshot": str(before)}) == first).all()


def test_preconditions_and_keys(server, name):
    array = drawn((3,))
    refused(server, "PUT", f"/v1/arrays/{name}", "precondition_failed", data=npy(array), headers={"If-Match": "*"})
    headers = {"Idempotency-Key": f"key-{name}", "If-None-Match": "*"}
    first = server.request("PUT", f"/v1/arrays/{name}", data=npy(array), headers=headers)
    again = server.request("PUT", f"/v1/arrays/{name}", data=npy(array), headers=headers)
    assert first.status_code == 201 and again.json() == first.json()
    assert again.headers["Pantile-Replayed"] == "true"
    refused(server, "PUT", f"/v1/arrays/{name}", "idempotency_mismatch", data=npy(array + 1), headers=headers)
    refused(server, "PUT", f"/v1/arrays/{name}", "precondition_failed", data=npy(array), headers={"If-None-Match": "*"})


def test_a_name_is_one_thing(server, name):
    server.put(name, b'{"a": 1}\n', NDJSON)
    assert "is a table" in refused(server, "GET", f"/v1/arrays/{name}", "unsupported")
    assert "is a table" in refused(server, "POST", "/v1/expressions", "unsupported", data=f"array({name!r})".encode())
    assert "table" in refused(server, "PUT", f"/v1/arrays/{name}", "already_exists", data=npy(drawn((2,))))
    refused(server, "DELETE", f"/v1/arrays/{name}", "invalid_request")
    keep(server, f"{name}_a", drawn((2,)))
    assert "array" in refused(server, "POST", "/v1/sql", "invalid_request", json={"sql": f"SELECT * FROM {name}_a"})
    refused(server, "DELETE", f"/v1/tables/{name}_a", "invalid_request")
    listed = {one["name"]: one["kind"] for one in server.get("/v1/datasets").json()["datasets"]}
    assert listed[name] == "table" and listed[f"{name}_a"] == "array"


WRONG = [
    ({}, b"", "unsupported_media_type", "an array comes as .npy"),
    ({}, b"\x93NUMPY\x01\x00", "invalid_data", ""),
    ({}, npy(numpy.array([1, "a", None], dtype=object)), "unsupported", "object"),
    ({}, npy(numpy.array(["ab"])), "unsupported", ""),
    ({}, npy(drawn((4,)))[:-1], "invalid_data", "the body ends before"),
    ({}, npy(drawn((4,))) + b"x", "invalid_data", "more come"),
    ({"chunks": "0"}, npy(drawn((4,))), "invalid_data", "chunk"),
    ({"chunks": "2,2"}, npy(drawn((4,))), "invalid_data", ""),
    ({"chunks": "a"}, npy(drawn((4,))), "invalid_request", "a length for each axis"),
    ({"chunks": "2", "shards": "3"}, npy(drawn((4,))), "invalid_data", "whole number of chunks"),
    ({"dims": "a,b"}, npy(drawn((4,))), "invalid_data", "names 2 axes"),
    ({"attributes": "[1]"}, npy(drawn((4,))), "invalid_request", "JSON object"),
    ({"attributes": "{"}, npy(drawn((4,))), "invalid_request", "no JSON"),
    ({"order": "K"}, npy(drawn((4,))), "invalid_request", "neither `C` nor `F`"),
    ({"chunk": "2"}, npy(drawn((4,))), "invalid_request", "did you mean `chunks`"),
    ({"dtype": "int8", "shape": "10000000000000", "chunks": "1000000000000"}, b"1", "invalid_data", "decoded at a time"),
    ({"dtype": "int8", "shape": "10000000000000", "chunks": "1000000000", "shards": "9000000000000"}, b"1", "too_large", "upload_memory"),
    ({"dtype": "int64", "shape": "1152921504606846976"}, b"12345678", "invalid_data", "beyond"),
]


@pytest.mark.parametrize(("said", "body", "code", "words"), WRONG)
def test_what_lies_is_refused_and_nothing_is_left(fresh_one, said, body, code, words):
    detail = refused(fresh_one, "PUT", "/v1/arrays/wrong", code, data=body, params=said)
    assert words in detail, detail
    assert fresh_one.get("/v1/datasets").json()["datasets"] == []
    for _ in range(100):
        left = [path for path in (fresh_one.data / "data").rglob("*") if path.is_file()]
        if not left:
            break
        time.sleep(0.05)
    assert not left


@pytest.fixture(scope="module")
def fresh_one(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("wrong") / "data") as running:
        yield running


@pytest.mark.parametrize("index", ["a", "0]+[1", "", "1;2", "None"])
def test_an_index_is_places_and_slices(server, index):
    keep(server, "indexed", drawn((4, 4)))
    refused(server, "GET", "/v1/arrays/indexed", "invalid_request", params={"index": index})


def test_an_index_beyond_the_end_is_refused(server):
    keep(server, "indexed", drawn((4, 4)))
    assert "beyond axis 0" in refused(server, "GET", "/v1/arrays/indexed", "invalid_program", params={"index": "4"})
    refused(server, "GET", "/v1/arrays/indexed", "invalid_program", params={"index": "0,0,0"})


def test_an_array_and_a_table_in_one_commit(server, name):
    body = {"expected": 2}
    opened = server.request("POST", "/v1/transactions", json=body)
    number = opened.json()["id"]
    headers = {"Pantile-Transaction": str(number)}
    response = server.request("PUT", f"/v1/arrays/{name}", data=npy(drawn((9,))), headers=headers)
    assert response.status_code == 202
    refused(server, "GET", f"/v1/arrays/{name}", "unknown_dataset")
    server.put(f"{name}_t", b'{"a": 1}\n', NDJSON, headers=headers)
    server.request("POST", f"/v1/transactions/{number}/commit")
    assert (read(server, name) == drawn((9,))).all()
    assert server.rows(f"SELECT a FROM {name}_t") == [(1,)]


def test_what_was_acknowledged_survives_a_kill_and_damage_is_found(fresh):
    array = drawn((500, 300))
    with fresh as server:
        keep(server, "dem", array, chunks="100,100", shards="200,300", attributes='{"name": "dem"}')
        server.kill()
    with fresh as server:
        assert (read(server, "dem") == array).all()
        at = folder(server, "dem")
        server.stop()
    scrubbed(fresh.data)
    shard = next(at.glob("c.0*"))
    bytes_ = bytearray(shard.read_bytes())
    bytes_[len(bytes_) // 3] ^= 0x40
    shard.chmod(0o644)
    shard.write_bytes(bytes_)
    scrub = run("scrub", data=fresh.data)
    assert scrub.returncode != 0 and ".zarr/c.0.0: the bytes are not those that were written" in scrub.stdout
    with fresh as server:
        detail = refused(server, "GET", "/v1/arrays/dem", "storage_damaged")
        assert "dem" in detail and "chunk [0, 0]" in detail
        assert (read(server, "dem", "450:") == array[450:]).all()
        shard.unlink()
        refused(server, "GET", "/v1/arrays/dem", "storage_damaged")
        assert server.alive()


# Kept in memory.


def persist(server, program, **more):
    headers = {"Accept": NDJSON, **more}
    return server.request("POST", "/v1/expressions", data=program.encode(), headers=headers).json()


def where(server, name):
    return server.rows(f"SELECT location, bytes, chunks[1], chunks[2] FROM system.arrays WHERE name = '{name}'")


def drop(server, name):
    assert server.delete(f"/v1/arrays/{name}").json() == {"dropped": name}


@pytest.mark.parametrize("more", ["", ", chunks=[300, 700]", ", chunks=[7, 1]"])
def test_what_is_persisted_is_read_from_memory(server, name, more):
    said = persist(server, f'(xp.reshape(xp.arange(1000000), (500, 2000)) * 3).persist("{name}"{more})')
    assert (said["statement"], said["rows"]) == ("PERSIST", 1000000)
    array = numpy.arange(10**6).reshape(500, 2000) * 3
    assert where(server, name)[0][:2] == ("memory", array.nbytes)
    assert not more or where(server, name)[0][2:] == tuple(json.loads(more.partition("=")[2]))
    for index, part in [("100:410,690:1402", array[100:410, 690:1402]), ("-1", array[-1]), ("::7,::11", array[::7, ::11])]:
        assert (read(server, name, index) == part).all()
    assert asked(server, f'xp.sum(array("{name}")) + xp.sum(array("{name}")[:, 3])') == array.sum() + array[:, 3].sum()
    assert (asked(server, f'xp.sort(-array("{name}"), axis=0)[:, 5]') == numpy.sort(-array, axis=0)[:, 5]).all()
    told = server.get(f"/v1/datasets/{name}").json()
    assert (told["location"], told["bytes"], told["shape"]) == ("memory", array.nbytes, [500, 2000])
    tag = server.get(f"/v1/arrays/{name}", headers={"Accept": NPY}).headers["ETag"]
    again = server.request("GET", f"/v1/arrays/{name}", headers={"Accept": NPY, "If-None-Match": tag})
    assert again.status_code == 304
    drop(server, name)
    refused(server, "GET", f"/v1/arrays/{name}", "unknown_dataset")


@pytest.mark.parametrize("program", ["xp.asarray(3.5)", "xp.zeros((0, 4))", 'xp.asarray(["2020-02-29", "NaT"], dtype="datetime64[D]")'])
def test_small_things_are_persisted_too(server, name, program):
    persist(server, f'{program}.persist("{name}", if_exists="replace")')
    there, wanted = read(server, name), asked(server, program)
    assert there.dtype == wanted.dtype and there.shape == wanted.shape
    numpy.testing.assert_array_equal(there, wanted)
    drop(server, name)


def test_steps_before_it_run_once_and_arrays_may_be_made_of_one_another(server, name):
    keep(server, f"{name}_x", drawn((400, 300)))
    x = read(server, f"{name}_x")
    persist(server, f'x = array("{name}_x")\ny = x - xp.mean(x, axis=0)\ny[y > 0.0].persist("{name}")')
    centred = x - x.mean(axis=0)
    numpy.testing.assert_allclose(read(server, name), centred[centred > 0], rtol=1e-9)
    persist(server, f'(array("{name}") * 2.0).persist("{name}", if_exists="replace")')
    numpy.testing.assert_allclose(read(server, name), centred[centred > 0] * 2, rtol=1e-9)
    program = f'xp.ones(3).persist("{name}")'.encode()
    assert "already" in refused(server, "POST", "/v1/expressions", "already_exists", data=program)
    drop(server, name)


def test_it_is_a_part_of_its_sessions_transaction(server, name):
    session = {"Pantile-Session": f"of-{name}"}
    for ending, is_there in (("ROLLBACK", False), ("COMMIT", True)):
        server.request("POST", "/v1/sql", data=b"BEGIN", headers=session)
        persist(server, f'xp.arange(5).persist("{name}")', **session)
        total = f'xp.sum(array("{name}"))'.encode()
        seen = server.request("POST", "/v1/expressions", data=total, headers={"Accept": NPY, **session})
        assert numpy.load(io.BytesIO(seen.content)) == 10
        refused(server, "POST", "/v1/expressions", "unknown_dataset", data=total)
        server.request("POST", "/v1/sql", data=ending.encode(), headers=session)
        assert bool(where(server, name)) == is_there
    assert (read(server, name) == numpy.arange(5)).all()
    drop(server, name)


def test_it_goes_with_the_process_and_with_its_snapshots(fresh):
    with fresh as server:
        persist(server, 'xp.arange(6).persist("kept")')
        before = persist(server, 'xp.arange(7).store("stored")')["snapshot"]
        # An older snapshot has it as long as the newest does.
        assert (read(server, "kept", **{"Pantile-Snapshot": str(before - 1)}) == numpy.arange(6)).all()
        program = {"data": b'xp.sum(array("kept"))', "headers": {"Pantile-Snapshot": str(before)}}
        drop(server, "kept")
        assert "not there any more" in refused(server, "POST", "/v1/expressions", "not_found", **program)
        persist(server, '(array("stored") * 2).persist("kept")')
        assert (read(server, "kept") == numpy.arange(7) * 2).all()
        server.kill()
    with fresh as server:
        assert server.rows("SELECT name, location FROM system.arrays") == [("stored", None)]
        refused(server, "GET", "/v1/arrays/kept", "unknown_dataset")
        persist(server, 'xp.ones(2).persist("kept")')
        assert (read(server, "kept") == 1).all()


def test_what_half_the_cache_does_not_hold_is_stored(fresh):
    fresh.command += ["--memory", "400MiB", "--cache-memory", "40MiB"]
    with fresh as server:
        # 15 MiB each: the second one finds no room.
        for name in ("one", "other"):
            persist(server, f'xp.random.random(size=(1500, 1300), seed=1).persist("{name}")')
        ((one, of_one, *_),), ((other, _, *_),) = where(server, "one"), where(server, "other")
        assert (one, of_one, other) == ("memory", 1500 * 1300 * 8, None)
        assert (read(server, "one") == read(server, "other")).all()
        persist(server, 'xp.random.random(size=(1500, 1300), seed=2).persist("one", if_exists="replace")')
        assert where(server, "one")[0][0] is None
        drop(server, "one")
        # What it took is there for the next one at once.
        persist(server, 'xp.random.random(size=(1500, 1300), seed=3).persist("one")')
        assert where(server, "one")[0][0] == "memory"


def test_a_persist_that_is_ended_keeps_nothing(fresh):
    fresh.command += ["--memory", "800MiB", "--cache-memory", "160MiB"]
    with fresh as server:
        # 69 MiB of the 80 that there are, each time.
        program = b'xp.sort(xp.random.random(size=(3000, 3000), seed=1), axis=0).persist("sorted")'
        refused(server, "POST", "/v1/expressions", "timeout", data=program, params={"timeout_ms": 50})
        assert where(server, "sorted") == []
        # The step that was at work runs to its end, and has its memory until then.
        deadline = time.monotonic() + 60
        while not any(found[0] == "memory" for found in where(server, "ones")):
            assert time.monotonic() < deadline
            with contextlib.suppress(Problem):
                persist(server, 'xp.ones((3000, 3000)).persist("ones", if_exists="replace")')
            time.sleep(0.1)


def test_chunks_that_are_longer_than_the_array_make_no_boxes_of_one_element(server, name):
    persist(server, f'(xp.arange(300000)[:, None] * 2).persist("{name}", chunks=[1, 40000])')
    assert asked(server, f'xp.sum(array("{name}"))') == 300000 * 299999
    drop(server, name)
