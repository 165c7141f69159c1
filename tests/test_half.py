"""`float16` over the wire: NumPy's dtypes and numbers, and every bit of what is only moved, kept or sent."""

import io
import json

import numpy
import pyarrow as pa
import pytest
import zarr
from harness import JSON
from test_array_files import one
from test_arrays import arrays
from test_stored_arrays import asked, folder, keep, read, stream

ALL = numpy.arange(1 << 16, dtype="uint16").view("float16")
FINITE = ALL[numpy.isfinite(ALL)]
RNG = numpy.random.default_rng(7)


def same_bits(got, wanted):
    assert got.dtype == numpy.float16 and got.shape == wanted.shape
    assert (got.view("uint16") == wanted.view("uint16")).all()


@pytest.mark.parametrize("order", ["<", ">"])
def test_every_bit_is_sent_and_comes_back(server, name, order):
    [got] = arrays(server, "a", {"a": ALL.reshape(256, 256).astype(f"{order}f2")})
    same_bits(got, ALL.reshape(256, 256).astype(f"{order}f2").astype("<f2"))
    keep(server, name, ALL.astype(f"{order}f2"), chunks="1000")
    same_bits(read(server, name), ALL.astype(f"{order}f2").astype("<f2"))
    same_bits(read(server, name, "40000:50000"), ALL[40000:50000])


UNARY = [
    "abs", "ceil", "cos", "exp", "expm1", "floor", "isfinite", "isinf", "isnan", "log1p", "log2", "negative", "positive",
    "reciprocal", "round", "sign", "signbit", "sin", "sqrt", "square", "tanh", "trunc",
]  # fmt: skip


CURVES = ["cos", "exp", "expm1", "log1p", "log2", "sin", "tanh"]


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_every_number(server, name):
    [got] = arrays(server, f"xp.{name}(a)", {"a": ALL})
    with numpy.errstate(all="ignore"):
        wanted = getattr(numpy, {"round": "rint"}.get(name, name))(ALL)
        # Nearer than NumPy's own, where those differ.
        exact = getattr(numpy, {"round": "rint"}.get(name, name))(ALL.astype("float64")).astype(wanted.dtype)
    assert got.dtype == wanted.dtype
    odd = numpy.flatnonzero((got != exact) & ~((got != got) & (exact != exact)))
    # What 32 bits already round is a step away where it was nearly in the middle; arithmetic never is.
    assert len(odd) <= (20 if name in CURVES else 0), (name, ALL[odd], got[odd], exact[odd])
    assert numpy.allclose(got[odd], exact[odd], rtol=1e-3)


PAIRS = {
    "a + b": numpy.add, "a - b": numpy.subtract, "a * b": numpy.multiply, "a / b": numpy.divide,
    "a // b": numpy.floor_divide, "a % b": numpy.remainder, "a < b": numpy.less, "a >= b": numpy.greater_equal,
    "a == b": numpy.equal, "xp.maximum(a, b)": numpy.maximum, "xp.hypot(a, b)": numpy.hypot,
    "xp.copysign(a, b)": numpy.copysign, "xp.nextafter(a, b)": numpy.nextafter,
}  # fmt: skip


@pytest.mark.parametrize("program", PAIRS)
def test_functions_of_pairs(server, program):
    a, b = RNG.permutation(FINITE)[:50_000], RNG.permutation(FINITE)[:50_000]
    [got] = arrays(server, program, {"a": a, "b": b})
    with numpy.errstate(all="ignore"):
        wanted = PAIRS[program](a, b)
    assert got.dtype == wanted.dtype
    close = 1e-3 if "hypot" in program else 0
    assert numpy.allclose(got, wanted, rtol=close, atol=0, equal_nan=True)


def test_casts_round_once(server):
    doubles = numpy.concatenate([RNG.normal(size=10_000) * 10.0 ** RNG.integers(-9, 6, 10_000), (FINITE.astype("f8") + 1e-12)])
    between = (FINITE.astype("f8")[:-1] + FINITE.astype("f8")[1:]) / 2
    values = numpy.concatenate([doubles, between, between * (1 + 1e-15), between * (1 - 1e-15)])
    with numpy.errstate(all="ignore"):
        for dtype in ("float64", "float32", "int64", "int16", "uint64"):
            given = values.astype(dtype) if dtype.startswith("float") else numpy.arange(-70_000, 70_000).astype(dtype)
            [got] = arrays(server, 'xp.astype(a, "float16")', {"a": given})
            same_bits(got, given.astype("float16"))
        for dtype in ("float32", "float64", "complex64", "complex128", "bool"):
            [got] = arrays(server, f'xp.astype(a, "{dtype}")', {"a": ALL})
            assert got.dtype == dtype and numpy.array_equal(got, ALL.astype(dtype), equal_nan=dtype != "bool")
        [got] = arrays(server, 'xp.astype(a, "int32")', {"a": FINITE})
        assert (got == FINITE.astype("int32")).all()


def test_promotion_is_numpys(server):
    names = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128".split()
    got = arrays(server, "(" + ", ".join(f'xp.ones(1, dtype="float16") + xp.ones(1, dtype="{name}")' for name in names) + ")")
    assert [one.dtype for one in got] == [numpy.promote_types("float16", name) for name in names]
    said = ", ".join(f'xp.can_cast("float16", "{name}"), xp.can_cast("{name}", "float16")' for name in names)
    got = arrays(server, f"({said})")
    for number, name in enumerate(names):
        wide = numpy.promote_types("float16", name)
        assert (bool(got[2 * number]), bool(got[2 * number + 1])) == (wide == name, wide == "float16"), name


def test_reductions_lose_less_than_numpys(server):
    a = (RNG.random((300, 400)) * 8).astype("float16")
    for name in ("sum", "mean", "std", "var", "max", "min", "prod"):
        for axis in (None, 0, 1):
            [got] = arrays(server, f"xp.{name}(a[:, :9], axis={axis})", {"a": a})
            wanted = getattr(numpy, name)(a[:, :9].astype("float64"), axis=axis)
            with numpy.errstate(over="ignore"):
                wanted = numpy.asarray(wanted).astype("float16")
            assert got.dtype == "float16" and numpy.allclose(got, wanted, rtol=1e-3), (name, axis)
    [got] = arrays(server, "xp.sum(a)", {"a": a})
    assert got == numpy.float16("inf")
    [got] = arrays(server, 'xp.sum(a, dtype="float32")', {"a": a})
    assert got.dtype == "float32" and numpy.allclose(got, a.astype("f8").sum(), rtol=1e-6)
    got = arrays(server, "(xp.sort(a), xp.argsort(a), xp.argmax(a), xp.unique_values(a), xp.median(a), a @ a.T)", {"a": a[:50]})
    a = a[:50]
    wanted = [numpy.sort(a), numpy.argsort(a, stable=True), a.argmax(), numpy.unique(a), numpy.median(a)]
    for one_got, one_wanted in zip(got, wanted):
        assert one_got.dtype == one_wanted.dtype and (one_got == one_wanted).all()
    wide = a.astype("f8")
    assert got[5].dtype == "float16" and numpy.allclose(got[5], (wide @ wide.T).astype("float16"), rtol=1e-3)


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("fill", [0, 1.5, numpy.nan, -numpy.inf, 6e-8])
def test_zarr_of_others_is_float16(server, name, zarr_format, fill):
    array = (RNG.normal(size=(37, 21)) * 100).astype("float16")
    array[:20] = fill
    body = one(array, chunks=(10, 8), zarr_format=zarr_format, fill_value=numpy.float16(fill))
    assert keep(server, name, body, attributes=json.dumps({"name": name}))["shape"] == [37, 21]
    same_bits(read(server, name), array)
    found = zarr.open_array(folder(server, name), mode="r")
    assert found.dtype == "float16" and numpy.array_equal(found[...], array, equal_nan=True)
    assert numpy.array_equal(found.metadata.fill_value, numpy.float16(fill), equal_nan=True)


def test_what_is_stored_stays_float16(server, name):
    array = (RNG.normal(size=(600, 500)) * 10).astype("float16")
    keep(server, name, array, chunks="100,250", attributes=json.dumps({"name": name}))
    same_bits(asked(server, f"array({name!r})"), array)
    assert asked(server, f"array({name!r}) * 2").dtype == "float16"
    program = f'(array({name!r}) * 2).store("{name}_twice")'
    server.request("POST", "/v1/expressions", data=program.encode())
    same_bits(read(server, f"{name}_twice"), array * numpy.float16(2))
    assert server.get(f"/v1/datasets/{name}_twice").json()["dtype"] == "float16"
    (least, most) = server.rows(
        f"SELECT min(CAST(least AS DOUBLE)), max(CAST(greatest AS DOUBLE)) FROM system.shards WHERE \"array\" = '{name}'"
    )[0]
    assert (least, most) == (array.min(), array.max())


def test_what_the_least_and_the_greatest_decide_is_not_read(server, name):
    # Larger than what is read at once whatever it is.
    array = (numpy.arange(6)[:, None, None] * 100 + RNG.normal(size=(1000, 4000)).clip(-49, 49)).reshape(6000, 4000)
    keep(server, name, array.astype("float16"), chunks="1000,4000", shards="1000,4000", attributes=json.dumps({"name": name}))
    for number in range(4):
        (folder(server, name) / f"c.{number}.0").unlink()
    assert asked(server, f"xp.count_nonzero(array({name!r}) > 350.0)") == 8 * 10**6


def test_arrow_has_half_floats(server, name):
    array = RNG.normal(size=(6, 4, 5)).astype("float16")
    keep(server, name, array)
    table = pa.ipc.open_stream(server.get(f"/v1/arrays/{name}", params={"format": "arrow"}).content).read_all()
    assert table.schema.field("value").type.value_type == pa.float16()
    keep(server, name + "_again", stream(table.to_batches()))
    same_bits(read(server, name + "_again"), array)
    tensors = pa.FixedShapeTensorArray.from_numpy_ndarray(array)
    keep(server, name, stream([pa.record_batch([tensors], ["x"])]), chunks="2,4,5")
    same_bits(read(server, name), array)


def test_texts_and_tables(server):
    def answer(accept):
        said = b'xp.asarray([0.1, 65504.0, -0.0, 6e-8], dtype="float16")'
        return server.request("POST", "/v1/expressions", data=said, headers={"Accept": accept})

    told = json.loads(answer(JSON).content)
    assert told["dtype"] == "float16" and numpy.asarray(told["data"], "float16").tolist() == [numpy.float16(0.1), 65504, 0, numpy.float16(6e-8)]
    rows = answer("text/csv").text.split()
    assert numpy.asarray(rows[1:], "float16").tolist() == numpy.asarray([0.1, 65504, 0, 6e-8], "float16").tolist()
    body = answer("application/vnd.apache.parquet").content
    import pyarrow.parquet as pq

    assert pq.read_table(io.BytesIO(body))["value"].to_pylist() == numpy.asarray([0.1, 65504, 0, 6e-8], "float16").tolist()
