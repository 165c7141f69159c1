"""Zarr arrays at a location, read where they lie: against zarr-python and NumPy; and what becomes of files that change."""

import io
import os
import shutil

import numpy
import pytest
import zarr
from harness import Problem, Server
from test_array_files import V2, V3, one, same
from test_locations import options, s3  # noqa: F401  a fixture
from test_stored_arrays import asked, drawn, keep, read, refused
from zarr.codecs import BloscCodec


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    root = tmp_path_factory.mktemp("in-place")
    (root / "lake").mkdir()
    (root / "secret").mkdir()
    zarr.create_array(root / "secret/x.zarr", shape=(2,), dtype="int8")[...] = 1
    (root / "lake/out.zarr").symlink_to(root / "secret/x.zarr")
    with Server(root / "data", "--location", f"lake={root / 'lake'}") as running:
        running.lake = root / "lake"
        yield running
        assert running.alive(), running.said()[-5000:]


def written(lake, name, array, **said):
    """An array of zarr-python's in the folder, and its path from the location on."""
    path = lake.lake / f"{name}.zarr"
    shutil.rmtree(path, ignore_errors=True)
    zarr.create_array(path, shape=array.shape, dtype=array.dtype, **said)[...] = array
    return f"lake/{name}.zarr"


def placed(lake, name, place, **said):
    return keep(lake, name, b"", **{"from": place, "in_place": "true", **said})


INDEXES = ["3:30,::-2", "9:11,7:9", "-1,:", "36,20", "5:5,:"]


def checked(lake, name, array):
    for _ in range(3):
        same(read(lake, name), array)
    for index in INDEXES:
        same(read(lake, name, index), array[eval(f"numpy.s_[{index}]")])


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("compressor", V2, ids=str)
def test_version_2(lake, name, compressor, order):
    for at, dtype in enumerate(["<f8", ">i4", "|b1", "<M8[ms]", "<f2", "<c8"]):
        array = drawn((37, 21), "datetime64[ms]" if "M8" in dtype else "bool" if "b1" in dtype else dtype)
        array = array.astype(dtype)
        said = {"chunks": (10, 8), "compressors": compressor, "order": order, "zarr_format": 2, "fill_value": 0}
        place = written(lake, f"{name}{at}", array, **said)
        told = placed(lake, name, place)
        assert (told["shape"], told["location"], told["path"]) == ([37, 21], "lake", place.removeprefix("lake/"))
        assert "bytes" not in told and "shards" not in told
        checked(lake, name, array)


@pytest.mark.parametrize("said", V3.values(), ids=V3)
def test_version_3(lake, name, said):
    array = drawn((37, 21), "float32")
    attributes = {"units": "m", "many": [1, {"deep": 0.5}]}
    place = written(lake, name, array, chunks=(10, 8), dimension_names=["y", "x"], attributes=attributes, **said)
    placed(lake, name, place)
    checked(lake, name, array)
    told = lake.get(f"/v1/datasets/{name}").json()
    assert told["dims"] == ["y", "x"] and told["attributes"] == attributes and told["chunk"] == [10, 8]
    assert (told["location"], told["path"], told["kind"]) == ("lake", f"{name}.zarr", "array")
    placed(lake, name, place, dims="lat,lon", attributes='{"units": "km"}')
    told = lake.get(f"/v1/datasets/{name}").json()
    assert told["dims"] == ["lat", "lon"] and told["attributes"] == {**attributes, "units": "km"}
    same(read(lake, name), array)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (1, 1, 1, 1, 1)])
def test_small_shapes(lake, name, shape, version):
    array = numpy.asarray(drawn(shape))
    placed(lake, name, written(lake, name, array, zarr_format=version))
    got = read(lake, name)
    assert got.shape == shape and (got == array).all()


@pytest.mark.parametrize("version", [2, 3])
def test_chunks_that_are_not_there_are_the_fill_value(lake, name, version):
    path = lake.lake / f"{name}.zarr"
    more = {"shards": (1000, 100)} if version == 3 else {}
    made = zarr.create_array(
        path, shape=(10**6, 10**6), dtype="float32", chunks=(100, 100), fill_value=numpy.nan, zarr_format=version, **more
    )
    made[500_000:500_100, 0:50] = 7
    placed(lake, name, f"lake/{name}.zarr")
    for _ in range(3):
        got = read(lake, name, "499999:500001,48:52")
        assert numpy.isnan(got[0]).all() and (got[1, :2] == 7).all() and numpy.isnan(got[1, 2:]).all()


def test_programs_compute_on_it(lake, name):
    """Larger than what is read at once, so that it goes box by box; a comparison is not decided by what nobody knows."""
    array = drawn((2000, 3000))
    for at, said in enumerate([{"chunks": (500, 500)}, {"chunks": (250, 500), "shards": (1000, 1000)}]):
        placed(lake, name, written(lake, f"{name}{at}", array, **said))
        x = f"array({name!r})"
        for _ in range(2):
            assert numpy.isclose(asked(lake, f"xp.sum({x} * 2)"), (array * 2).sum())
            assert asked(lake, f"xp.sum({x} > 25)") == (array > 25).sum()
            assert (asked(lake, f"xp.max({x}, axis=0)") == array.max(axis=0)).all()
            assert (asked(lake, f"{x}[100:200, 7] + {x}[7, 100:200]") == array[100:200, 7] + array[7, 100:200]).all()
        said = lake.rows(f"SELECT count(*) FROM system.cache WHERE \"array\" = '{name}'")
        assert said[0][0] > 0, "what is read again stays in memory"
        lake.request("POST", "/v1/expressions", data=f"({x} + 1).store('{name}_more', if_exists='replace')".encode())
        assert (read(lake, f"{name}_more") == array + 1).all()


def test_what_changes_is_seen_and_never_mixed(lake, name):
    """Chunks large enough to be kept in memory."""
    path = lake.lake / f"{name}.zarr"
    for said in ({}, {"shards": (400, 400)}, {"zarr_format": 2}):
        array = drawn((400, 400))
        placed(lake, name, written(lake, name, array, chunks=(200, 200), **said))
        for _ in range(3):
            same(read(lake, name), array)
        for step in range(3):
            made = zarr.open_array(path)
            array[step * 100 : step * 100 + 50] = step
            made[step * 100 : step * 100 + 50] = step
            for _ in range(3):
                same(read(lake, name), array)
        response = lake.get(f"/v1/arrays/{name}", headers={"Accept": "application/x-npy"})
        assert "ETag" not in response.headers


def one_chunk(lake, name):
    """A file of a chunk of the array."""
    found = (path for path in (lake.lake / f"{name}.zarr").rglob("*") if path.is_file() and path.name[0] not in "z.")
    return min(found)


@pytest.mark.parametrize("said", [{}, {"shards": (20, 20)}, {"zarr_format": 2}], ids=["v3", "shards", "v2"])
def test_damage_is_told_with_its_place(lake, name, said):
    array = drawn((40, 40))
    placed(lake, name, written(lake, name, array, chunks=(10, 10), **said))
    file = one_chunk(lake, name)
    whole = file.read_bytes()
    for wrong in (whole[: len(whole) // 2], b"", b"\xff" * len(whole)):
        file.write_bytes(wrong)
        detail = refused(lake, "GET", f"/v1/arrays/{name}", "storage_damaged")
        assert f"`{name}`" in detail and "chunk [0, 0]" in detail, detail
        assert f"lake/{file.relative_to(lake.lake)}" in detail, detail
        assert str(lake.lake) not in detail
    file.write_bytes(whole)
    same(read(lake, name), array)
    os.remove(file)
    assert (read(lake, name, "0,0") == 0).all()


def test_metadata_that_change_are_told(lake, name):
    array = drawn((40, 40))
    place = written(lake, name, array, chunks=(10, 10))
    placed(lake, name, place)
    zarr.open_array(lake.lake / f"{name}.zarr").attrs["units"] = "m"
    same(read(lake, name), array)
    zarr.open_array(lake.lake / f"{name}.zarr").resize((50, 40))
    detail = refused(lake, "GET", f"/v1/arrays/{name}", "storage_damaged")
    assert "[50, 40]" in detail and "in_place" in detail, detail
    placed(lake, name, place)
    assert read(lake, name).shape == (50, 40)
    written(lake, name, array.astype("int32"), chunks=(10, 10))
    assert "int32" in refused(lake, "POST", "/v1/expressions", "storage_damaged", data=f"xp.sum(array({name!r}))")
    shutil.rmtree(lake.lake / f"{name}.zarr")
    assert "any more" in refused(lake, "GET", f"/v1/arrays/{name}", "storage_damaged")
    assert lake.get(f"/v1/datasets/{name}").json()["shape"] == [50, 40], "what is known of it still is"


@pytest.mark.parametrize("version", [2, 3])
def test_one_of_several_arrays_is_named(lake, name, version):
    root = zarr.open_group(lake.lake / f"{name}.zarr", mode="w", zarr_format=version)
    root.create_array("time", shape=(4,), dtype="int64")[...] = numpy.arange(4)
    values = root.create_array("deep/t2m", shape=(4, 3), dtype="float32", chunks=(2, 2))
    values[...] = numpy.arange(12).reshape(4, 3)
    place = f"lake/{name}.zarr"
    detail = refused(lake, "PUT", f"/v1/arrays/{name}", "invalid_request", params={"from": place, "in_place": "true"})
    assert '"deep/t2m", "time"' in detail and "?array=" in detail
    for at, said in [(place, "deep/t2m"), (place, "/deep/t2m/"), (place, "t2m"), ("lake", f"{name}.zarr/deep/t2m")]:
        told = placed(lake, name, at, array=said)
        assert told["path"] == f"{name}.zarr/deep/t2m"
        same(read(lake, name), numpy.arange(12, dtype="float32").reshape(4, 3))
    placed(lake, name, f"{place}/deep/t2m")
    detail = refused(
        lake, "PUT", f"/v1/arrays/{name}", "invalid_request", params={"from": place, "in_place": "true", "array": "no"}
    )
    assert '"deep/t2m", "time"' in detail


WRONG = {
    "no location": ({}, "invalid_request", "`from` names"),
    "a word": ({"in_place": "yes", "from": "lake/x"}, "invalid_request", "neither `true` nor `false`"),
    "chunks": ({"from": "lake/fine.zarr", "chunks": "2"}, "invalid_request", "`chunks` is of a copy"),
    "a dtype": ({"from": "lake/fine.zarr", "dtype": "int8", "shape": "2"}, "invalid_request", "`dtype` is of a copy"),
    "other names": ({"from": "lake/fine.zarr", "dims": "a,b"}, "invalid_data", "names 2 axes"),
    "nothing": ({"from": "lake/none.zarr"}, "not_found", "nothing at `none.zarr`"),
    "an empty folder": ({"from": "lake/empty"}, "not_found", "nothing at"),
    "a file": ({"from": "lake/plain.npy"}, "unsupported", "without `in_place` it is copied"),
    "no metadata": ({"from": "lake/damaged.zarr"}, "invalid_data", "no JSON"),
    "texts": ({"from": "lake/texts.zarr"}, "unsupported", "lake/texts.zarr/zarr.json"),
    "another array in one": ({"from": "lake/fine.zarr", "array": "x"}, "invalid_request", "no array"),
    "a path that leaves": ({"from": "lake/../secret/x.zarr"}, "forbidden", "leaves"),
    "a name that leaves": ({"from": "lake/some", "array": "../../secret/x.zarr"}, "invalid_request", "no array"),
    "a link that leaves": ({"from": "lake/out.zarr"}, "forbidden", "link"),
    "a link by its name": ({"from": "lake", "array": "out.zarr"}, "forbidden", "link"),
    "another location": ({"from": "other/x.zarr"}, "forbidden", "known locations: lake"),
}  # fmt: skip


@pytest.mark.parametrize(("said", "code", "words"), WRONG.values(), ids=WRONG)
def test_what_is_refused(lake, name, said, code, words):
    if not (lake.lake / "fine.zarr").exists():
        written(lake, "fine", drawn((3,)))
        written(lake, "texts", numpy.array(["a", "bc"]))
        (lake.lake / "empty").mkdir()
        (lake.lake / "some").mkdir()
        (lake.lake / "some/out.zarr").symlink_to(lake.lake.parent / "secret/x.zarr")
        written(lake, "some/fine", drawn((3,)))
        numpy.save(lake.lake / "plain.npy", drawn((7,)))
        (lake.lake / "damaged.zarr").mkdir()
        (lake.lake / "damaged.zarr/zarr.json").write_text("{")
    detail = refused(lake, "PUT", f"/v1/arrays/{name}", code, params={"in_place": "true", **said})
    assert words in detail, detail
    assert str(lake.lake.parent) not in detail
    with pytest.raises(Problem):
        lake.get(f"/v1/datasets/{name}")


def test_links_that_lead_out_are_passed_by(lake, name):
    place = lake.lake / f"{name}"
    place.mkdir()
    (place / "out.zarr").symlink_to(lake.lake.parent / "secret/x.zarr")
    zarr.create_array(place / "deep/own.zarr", shape=(2,), dtype="int8")[...] = 3
    assert placed(lake, name, f"lake/{name}")["path"] == f"{name}/deep/own.zarr"


def test_it_is_told_of_and_dropped_without_a_file(lake, name):
    array = drawn((30, 20))
    placed(lake, name, written(lake, name, array, chunks=(10, 10)))
    columns = "dtype, elements, bytes, files, location"
    said = lake.rows(f"SELECT {columns} FROM system.arrays WHERE name = '{name}'")
    assert said == [("float64", 600, None, None, f"lake/{name}.zarr")]
    assert lake.rows(f"SELECT count(*) FROM system.shards WHERE \"array\" = '{name}'") == [(0,)]
    said = lake.rows(f"SELECT kind, bytes, location FROM system.datasets WHERE name = '{name}'")
    assert said == [("array", None, f"lake/{name}.zarr")]
    listed = {one["name"]: one for one in lake.get("/v1/datasets").json()["datasets"]}
    assert listed[name]["location"] == "lake"
    before = int(lake.get("/v1/datasets").headers["Pantile-Snapshot"])
    files = sorted(path for path in (lake.lake / f"{name}.zarr").rglob("*"))
    lake.request("DELETE", f"/v1/arrays/{name}")
    refused(lake, "GET", f"/v1/arrays/{name}", "unknown_dataset")
    assert sorted(path for path in (lake.lake / f"{name}.zarr").rglob("*")) == files
    same(read(lake, name, **{"Pantile-Snapshot": str(before)}), array)


def test_keys_and_preconditions_are_as_for_others(lake, name):
    params = {"from": written(lake, name, drawn((3,))), "in_place": "true"}
    headers = {"Idempotency-Key": f"key-{name}", "If-None-Match": "*"}
    first = lake.request("PUT", f"/v1/arrays/{name}", params=params, headers=headers)
    again = lake.request("PUT", f"/v1/arrays/{name}", params=params, headers=headers)
    assert first.status_code == 201 and again.json() == first.json()
    refused(lake, "PUT", f"/v1/arrays/{name}", "precondition_failed", params=params, headers={"If-None-Match": "*"})


def test_transactions_and_sessions_hold_it(lake, name):
    array = drawn((30, 20))
    params = {"from": written(lake, name, array), "in_place": "true"}
    number = lake.request("POST", "/v1/transactions", json={"expected": 1}).json()["id"]
    headers = {"Pantile-Transaction": str(number)}
    assert lake.request("PUT", f"/v1/arrays/{name}", params=params, headers=headers).status_code == 202
    refused(lake, "GET", f"/v1/arrays/{name}", "unknown_dataset")
    lake.request("POST", f"/v1/transactions/{number}/commit")
    same(read(lake, name), array)
    session = f"s-{name}"
    headers = {"Pantile-Session": session}
    lake.sql("BEGIN", session=session)
    lake.request("PUT", f"/v1/arrays/{name}_two", params=params, headers=headers)
    program = f"xp.sum(array('{name}_two'))".encode()
    response = lake.request("POST", "/v1/expressions", data=program, headers={**headers, "Accept": "application/x-npy"})
    assert numpy.isclose(numpy.load(io.BytesIO(response.content)), array.sum())
    refused(lake, "GET", f"/v1/arrays/{name}_two", "unknown_dataset")
    lake.sql("COMMIT", session=session)
    same(read(lake, f"{name}_two"), array)


def test_after_a_kill_it_is_there_and_without_its_location_it_says_so(tmp_path):
    place = tmp_path / "lake"
    place.mkdir()
    array = drawn((30, 20))
    zarr.create_array(place / "a.zarr", shape=array.shape, dtype=array.dtype, chunks=(7, 7), compressors=BloscCodec())[...] = array
    with Server(tmp_path / "data", "--location", f"lake={place}") as server:
        placed(server, "a", "lake/a.zarr")
        server.kill()
        server.start()
        same(read(server, "a"), array)
        server.request("PUT", "/v1/arrays/b", data=one(array))
        server.request("DELETE", "/v1/arrays/b")
    with Server(tmp_path / "data") as server:
        detail = refused(server, "GET", "/v1/arrays/a", "storage_failed")
        assert "location `lake` is not configured any more" in detail and "`a`" in detail
        assert server.get("/v1/datasets/a").json()["shape"] == [30, 20]
        server.request("DELETE", "/v1/arrays/a")
    assert (place / "a.zarr/zarr.json").exists()


def test_another_place_under_the_same_name_is_noticed(tmp_path):
    for which, dtype in (("one", "int32"), ("two", "int64")):
        zarr.create_array(tmp_path / which / "a.zarr", shape=(3,), dtype=dtype)[...] = 1
    with Server(tmp_path / "data", "--location", f"lake={tmp_path / 'one'}") as server:
        placed(server, "a", "lake/a.zarr")
    with Server(tmp_path / "data", "--location", f"lake={tmp_path / 'two'}") as server:
        assert "shape [3] of int64, and was shape [3] of int32" in refused(server, "GET", "/v1/arrays/a", "storage_damaged")


@pytest.mark.parametrize("said", [{}, {"shards": (200, 200)}, {"zarr_format": 2}], ids=["v3", "shards", "v2"])
def test_a_bucket(s3, tmp_path, said):  # noqa: F811
    """Larger chunks than are kept in memory, so that they are, and are asked for by their tags."""
    array = drawn((200, 200))
    for key in s3.list_objects_v2(Bucket="tiles", Prefix="in/place/").get("Contents", []):
        s3.delete_object(Bucket="tiles", Key=key["Key"])

    def uploaded():
        zarr.create_array(tmp_path / "a.zarr", shape=(200, 200), dtype="float64", chunks=(100, 100), overwrite=True, **said)[...] = array
        for path in (tmp_path / "a.zarr").rglob("*"):
            if path.is_file():
                s3.put_object(Bucket="tiles", Key=f"in/place/{path.relative_to(tmp_path)}", Body=path.read_bytes())

    uploaded()
    (tmp_path / "pantile.toml").write_text(f'[locations.lake]\nurl = "s3://tiles/in"\n[locations.lake.options]\n{options(s3)}')
    with Server(tmp_path / "data", "--config", str(tmp_path / "pantile.toml")) as server:
        for place, which in [("lake/place/a.zarr", {}), ("lake", {"array": "a.zarr"})]:
            placed(server, "a", place, **which)
            for _ in range(4):
                same(read(server, "a"), array)
            array[50:150] = 1
            uploaded()
            for _ in range(4):
                same(read(server, "a"), array)
            array[50:150] = 2
            uploaded()
        key = next(key["Key"] for key in s3.list_objects_v2(Bucket="tiles", Prefix="in/place/a.zarr")["Contents"] if "0" in key["Key"])
        s3.delete_object(Bucket="tiles", Key=key)
        assert (read(server, "a", "0,0") == 0).all()
        s3.put_object(Bucket="tiles", Key=key, Body=b"")
        detail = refused(server, "GET", "/v1/arrays/a", "storage_damaged")
        assert f"lake/{key.removeprefix('in/')}" in detail, detail
