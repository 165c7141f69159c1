"""`datetime64` and `timedelta64` over the wire, beside NumPy: what they come to, NaT, units, and what goes in and out."""

import io
import json
import re

import numpy
import pyarrow as pa
import pytest
import zarr
from harness import JSON
from test_array_files import one
from test_arrays import arrays, refused
from test_stored_arrays import asked, folder, keep, read, stream

UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns"]
FINE = UNITS[2:]
RNG = numpy.random.default_rng(11)
# How many of the unit some centuries have, so that texts and `ns` hold them.
SPREAD = {"Y": 200, "M": 2400, "W": 10_000, "D": 70_000, "h": 10**6, "m": 10**8, "s": 10**9, "ms": 10**12, "us": 10**15, "ns": 10**18}


def points(unit, shape=(5, 40), nat=True):
    found = RNG.integers(-SPREAD[unit], SPREAD[unit], shape).astype(f"datetime64[{unit}]")
    if nat:
        found[RNG.random(shape) < 0.2] = "NaT"
    return found


def lengths(unit, shape=(5, 40), nat=True, most=1000):
    found = RNG.integers(-most, most, shape).astype(f"timedelta64[{unit}]")
    if nat:
        found[RNG.random(shape) < 0.2] = "NaT"
    return found


def same(got, wanted):
    wanted = numpy.asarray(wanted)
    assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape)
    if wanted.dtype.kind in "mM":
        got, wanted = got.view("int64"), wanted.view("int64")
    assert numpy.array_equal(got, wanted, equal_nan=wanted.dtype.kind == "f"), (got, wanted)


def compared(server, program, sent, wanted):
    [got] = arrays(server, program, sent)
    with numpy.errstate(all="ignore"):
        same(got, wanted())


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("kind", "Mm")
def test_what_is_sent_comes_back(server, kind, unit, order):
    array = (points if kind == "M" else lengths)(unit)
    [got] = arrays(server, "a", {"a": array.astype(f"{order}{kind}8[{unit}]")})
    same(got, array)


@pytest.mark.parametrize("to", UNITS)
@pytest.mark.parametrize("unit", UNITS)
def test_points_in_other_units(server, unit, to):
    # Beyond 64 bits both wrap around.
    array = points(unit)
    compared(server, f'xp.astype(a, "datetime64[{to}]")', {"a": array}, lambda: array.astype(f"datetime64[{to}]"))


@pytest.mark.parametrize("unit", UNITS)
def test_lengths_in_other_units(server, unit):
    array = lengths(unit)
    for to in UNITS:
        program = f'xp.astype(a, "timedelta64[{to}]")'
        if (unit in "YM") == (to in "YM"):
            compared(server, program, {"a": array}, lambda to=to: array.astype(f"timedelta64[{to}]"))
        else:
            assert f"timedelta64[{unit}]" in refused(server, program, "invalid_program", a=array)


def test_numbers_become_times_and_times_numbers(server):
    numbers = RNG.integers(-(10**6), 10**6, 50)
    for dtype in ("datetime64[D]", "timedelta64[h]"):
        times = numbers.astype(dtype)
        compared(server, f'xp.astype(a, "{dtype}")', {"a": numbers}, lambda times=times: times)
        compared(server, f'xp.astype(a, "{dtype}")', {"a": numbers.astype("int32")}, lambda times=times: times)
        reals = numpy.array([1.5, -1.5, numpy.nan, numpy.inf, 0.0])
        compared(server, f'xp.astype(a, "{dtype}")', {"a": reals}, lambda dtype=dtype, reals=reals: reals.astype(dtype))
        for to in ("int64", "int32", "float64"):
            compared(server, f'xp.astype(a, "{to}")', {"a": times}, lambda times=times, to=to: times.astype(to))


def test_creation(server):
    for program, wanted in [
        ('xp.asarray(["2024-01-01", "NaT"], dtype="datetime64[D]")', numpy.array(["2024-01-01", "NaT"], "M8[D]")),
        ('xp.asarray(["2024-01-01", "2024-02-29T12:30:01.5"])', numpy.array(["2024-01-01", "2024-02-29T12:30:01.5"], "M8")),
        ('xp.asarray([["2024"], ["1950"]], dtype="datetime64[M]")', numpy.array([["2024"], ["1950"]], "M8[M]")),
        ('xp.asarray("1969-12-31T23:59", dtype="datetime64[ns]")', numpy.array("1969-12-31T23:59", "M8[ns]")),
        ('xp.asarray([3, -1], dtype="timedelta64[s]")', numpy.array([3, -1], "m8[s]")),
        ('xp.arange("2024-01-01", "2024-02-01", dtype="datetime64[D]")', numpy.arange("2024-01-01", "2024-02-01", dtype="M8[D]")),
        ('xp.arange("2024-01", "2024-03", 2, dtype="datetime64[D]")', numpy.arange("2024-01", "2024-03", 2, dtype="M8[D]")),
        ('xp.arange("2024-01-01", "2024-01-03", dtype="datetime64[h]")', numpy.arange("2024-01-01", "2024-01-03", dtype="M8[h]")),
        ('xp.arange(5, dtype="timedelta64[s]")', numpy.arange(5, dtype="m8[s]")),
        ('xp.full((2, 2), "2024-01-01", dtype="datetime64[s]")', numpy.full((2, 2), "2024-01-01", "M8[s]")),
        ('xp.full(2, "NaT", dtype="timedelta64[s]")', numpy.full(2, "NaT", "m8[s]")),
        ('xp.zeros((2,), dtype="datetime64[D]")', numpy.zeros(2, "M8[D]")),
        ('xp.ones((2,), dtype="timedelta64[D]")', numpy.ones(2, "m8[D]")),
        ('xp.full(2, nan, dtype="datetime64[D]")', numpy.full(2, numpy.datetime64("NaT", "D"))),
        ('xp.full_like(xp.asarray(["2024-05-05"]), 3.9)', numpy.full(1, 3, "M8[D]")),
        ('xp.zeros_like(xp.asarray(["2024"]))', numpy.zeros(1, "M8[Y]")),
        ('xp.zeros_like(xp.asarray(["2024"]), dtype="float64")', numpy.zeros(1)),
        ('xp.full_like(xp.asarray(["2024-05-05"]), "2024")', numpy.full(1, "2024", "M8[D]")),
        ('xp.frombuffer(b"\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00", dtype="datetime64[D]")', numpy.array(["1970-01-02"], "M8[D]")),
    ]:
        compared(server, program, None, lambda wanted=wanted: wanted)


MOVES = {
    "a[1:3, ::2]": lambda a: a[1:3, ::2],
    "a[2]": lambda a: a[2],
    "a[:, [3, 1]]": lambda a: a[:, [3, 1]],
    "a[xp.isnat(a)]": lambda a: a[numpy.isnat(a)],
    "a[~xp.isnat(a)]": lambda a: a[~numpy.isnat(a)],
    "a.T": lambda a: a.T,
    "xp.reshape(a, (40, 5))": lambda a: a.reshape(40, 5),
    "xp.concat([a, a], axis=1)": lambda a: numpy.concatenate([a, a], axis=1),
    "xp.stack([a, a])": lambda a: numpy.stack([a, a]),
    "xp.asarray([a[0], a[1]])": lambda a: numpy.asarray([a[0], a[1]]),
    "xp.flip(a, axis=1)": lambda a: numpy.flip(a, 1),
    "xp.roll(a, 3, axis=1)": lambda a: numpy.roll(a, 3, 1),
    "xp.repeat(a, 2, axis=0)": lambda a: numpy.repeat(a, 2, 0),
    "xp.repeat(a[0], xp.arange(40))": lambda a: numpy.repeat(a[0], numpy.arange(40)),
    "xp.tile(a, (1, 2))": lambda a: numpy.tile(a, (1, 2)),
    "xp.take(a, xp.asarray([1, 0]), axis=1)": lambda a: a.take([1, 0], 1),
    "xp.where(xp.isnat(a), a[0, 0], a)": lambda a: numpy.where(numpy.isnat(a), a[0, 0], a),
    "xp.broadcast_to(a[0], (3, 40))": lambda a: numpy.broadcast_to(a[0], (3, 40)),
    "xp.vstack([a, a])": lambda a: numpy.vstack([a, a]),
    'xp.pad(a, 2, mode="edge")': lambda a: numpy.pad(a, 2, mode="edge"),
    "xp.append(a[0], a[1])": lambda a: numpy.append(a[0], a[1]),
    "xp.delete(a, [1], 1)": lambda a: numpy.delete(a, [1], 1),
    "a.at[1, 2:5].set(a[0, 0])": lambda a: _put(a, numpy.s_[1, 2:5], a[0, 0]),
    "a.at[xp.isnat(a)].set(a[0, 1])": lambda a: _put(a, numpy.isnat(a), a[0, 1]),
    "xp.unstack(a)[1]": lambda a: a[1],
    "xp.expand_dims(a, axis=0)": lambda a: a[None],
    "xp.squeeze(a[:1], axis=0)": lambda a: a[0],
    "xp.ravel(a)": lambda a: a.ravel(),
    "xp.meshgrid(a[0], a[1])[1]": lambda a: numpy.meshgrid(a[0], a[1])[1],
}


def _put(a, at, value):
    a = a.copy()
    a[at] = value
    return a


ORDERED = {
    "xp.sort(a)": numpy.sort,
    "xp.sort(a, axis=0)": lambda a: numpy.sort(a, axis=0),
    "xp.argsort(a)": lambda a: numpy.argsort(a, stable=True),
    "xp.unique_values(a)": numpy.unique,
    "xp.unique_counts(a)[1]": lambda a: numpy.unique(a, return_counts=True)[1],
    "xp.unique_inverse(a)[1]": lambda a: numpy.unique(a, return_inverse=True)[1],
    "xp.searchsorted(xp.sort(a[0]), a)": lambda a: numpy.searchsorted(numpy.sort(a[0]), a),
    "xp.isin(a, a[0])": lambda a: numpy.isin(a, a[0]),
    "xp.isin(a, a[0], invert=True)": lambda a: numpy.isin(a, a[0], invert=True),
    "xp.union1d(a[0], a[1])": lambda a: numpy.union1d(a[0], a[1]),
    "xp.min(a)": numpy.min,
    "xp.max(a)": numpy.max,
    "xp.min(a, axis=0)": lambda a: a.min(0),
    "xp.max(a, axis=1, keepdims=True)": lambda a: a.max(1, keepdims=True),
    "xp.max(a[a == a])": lambda a: a[~numpy.isnat(a)].max(),
    "xp.argmin(a, axis=1)": lambda a: a.argmin(1),
    "xp.argmax(a, axis=1)": lambda a: a.argmax(1),
    "xp.argmax(a[a == a])": lambda a: a[~numpy.isnat(a)].argmax(),
    "xp.ptp(a[a == a])": lambda a: numpy.ptp(a[~numpy.isnat(a)]),
    "xp.ptp(a, axis=0)": lambda a: numpy.ptp(a, axis=0),
    "xp.nanmin(a, axis=1)": lambda a: numpy.nanmin(a, axis=1),
    "xp.nanmax(a, axis=1)": lambda a: numpy.nanmax(a, axis=1),
    "xp.diff(a)": numpy.diff,
    "xp.diff(a, axis=0, n=2)": lambda a: numpy.diff(a, axis=0, n=2),
    "xp.isnan(a)": numpy.isnan,
    "xp.isfinite(a)": numpy.isfinite,
    "xp.isinf(a)": numpy.isinf,
    "xp.count_nonzero(a)": numpy.count_nonzero,
    "xp.maximum(a, a[::-1])": lambda a: numpy.maximum(a, a[::-1]),
    "xp.minimum(a, a[::-1])": lambda a: numpy.minimum(a, a[::-1]),
    "xp.fmax(a, a[::-1])": lambda a: numpy.fmax(a, a[::-1]),
    "xp.fmin(a, a[::-1])": lambda a: numpy.fmin(a, a[::-1]),
    "xp.clip(a, a[0, 0], a[0, 1])": lambda a: numpy.clip(a, a[0, 0], a[0, 1]),
    "a - a[::-1]": lambda a: a - a[::-1],
    "a + 5": lambda a: a + 5,
    "a - 5": lambda a: a - 5,
}


@pytest.mark.parametrize("kind", ["points", "lengths"])
@pytest.mark.parametrize("program", [*MOVES, *ORDERED])
def test_functions_of_one_array(server, program, kind):
    for unit in ("M", "D", "ns"):
        array = points(unit) if kind == "points" else lengths(unit)
        compared(server, program, {"a": array}, lambda array=array: {**MOVES, **ORDERED}[program](array))


LENGTHS = {
    "-a": numpy.negative, "abs(a)": numpy.abs, "xp.sign(a)": numpy.sign, "+a": numpy.positive,
    "xp.sum(a)": numpy.sum, "xp.sum(a[:, :3], axis=1)": lambda a: a[:, :3].sum(1), "xp.sum(a[a == a])": lambda a: a[~numpy.isnat(a)].sum(),
    "xp.mean(a)": numpy.mean, "xp.mean(a[:, :3], axis=1)": lambda a: a[:, :3].mean(1), "xp.mean(a[a == a])": lambda a: a[~numpy.isnat(a)].mean(),
    "xp.median(a, axis=1)": lambda a: numpy.median(a, axis=1), "xp.median(a[a == a])": lambda a: numpy.median(a[~numpy.isnat(a)]),
    "xp.median(a[:, :4], axis=1, keepdims=True)": lambda a: numpy.median(a[:, :4], axis=1, keepdims=True),
    "xp.median(xp.astype(xp.astype(a, \"int64\") % 7, \"timedelta64[D]\"), axis=(0, 1))": None,
    "xp.cumulative_sum(a, axis=1)": lambda a: numpy.cumsum(a, axis=1), "xp.cumsum(a)": numpy.cumsum,
    "a * 3": lambda a: a * 3, "2.5 * a": lambda a: 2.5 * a, "a * nan": lambda a: a * numpy.nan,
    "a / 3": lambda a: a / 3, "a // 3": lambda a: a // 3, "a / 2.5": lambda a: a / 2.5, "a // 2.5": lambda a: a // 2.5,
    "a / 0": lambda a: a / 0, "a / a[::-1]": lambda a: a / a[::-1], "a // a[::-1]": lambda a: a // a[::-1],
    "a % a[::-1]": lambda a: a % a[::-1], "xp.divmod(a, a[::-1])[1]": lambda a: numpy.divmod(a, a[::-1])[1],
    "a > 3": lambda a: a > 3, "a == 3": lambda a: a == 3,
}  # fmt: skip


@pytest.mark.parametrize("program", [name for name, oracle in LENGTHS.items() if oracle])
def test_functions_of_lengths(server, program):
    for unit in ("Y", "D", "ns"):
        array = lengths(unit)
        compared(server, program, {"a": array}, lambda array=array: LENGTHS[program](array))
    numbers = RNG.normal(size=(5, 40))
    compared(server, "a * b", {"a": array, "b": numbers}, lambda: array * numbers)
    compared(server, "a / b", {"a": array, "b": numbers}, lambda: array / numbers)
    whole = RNG.integers(-3, 3, (5, 40))
    compared(server, "a / b", {"a": array, "b": whole}, lambda: array / whole)


COMPARED = {"==": numpy.equal, "!=": numpy.not_equal, "<": numpy.less, "<=": numpy.less_equal, ">": numpy.greater, ">=": numpy.greater_equal}


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("other", ["Y", "M", "D", "ms"])
def test_units_of_two(server, unit, other):
    a, b = points(unit, (60,)), points(other, (60,))
    for sign, oracle in COMPARED.items():
        compared(server, f"a {sign} b", {"a": a, "b": b}, lambda oracle=oracle: oracle(a, b))
        compared(server, f"a {sign} a", {"a": a}, lambda oracle=oracle: oracle(a, a))
    compared(server, "a - b", {"a": a, "b": b}, lambda: a - b)
    compared(server, "xp.concat([a, b])", {"a": a, "b": b}, lambda: numpy.concatenate([a, b]))
    compared(server, "xp.maximum(a, b)", {"a": a, "b": b}, lambda: numpy.maximum(a, b))
    span = lengths(other, (60,))
    if other not in "YM" or unit in "YM":
        compared(server, "a + b", {"a": a, "b": span}, lambda: a + span)
        compared(server, "b + a", {"a": a, "b": span}, lambda: span + a)
        compared(server, "a - b", {"a": a, "b": span}, lambda: a - span)
    else:
        assert f"timedelta64[{other}]" in refused(server, "a + b", "invalid_program", a=a, b=span)
    if (unit in "YM") == (other in "YM"):
        own = lengths(unit, (60,))
        compared(server, "a + b", {"a": own, "b": span}, lambda: own + span)
        compared(server, "a < b", {"a": own, "b": span}, lambda: own < span)
        compared(server, "a // b", {"a": own, "b": span}, lambda: own // span)


def test_rows_of_times_need_two_ends_and_whole_steps(server):
    for program in [
        'xp.arange("2024-01-05", 3, dtype="datetime64[D]")',
        'xp.arange("2024-01-05")',
        'xp.arange("2024-01-01", "2024-01-05", 1.5)',
        'xp.arange("NaT", "2024-01-05", dtype="datetime64[D]")',
    ]:
        assert "arange" in refused(server, program, "invalid_program")


def test_differences_taken_no_times_are_the_array(server):
    array = points("D", (4,))
    compared(server, "xp.diff(a, n=0, prepend=a)", {"a": array}, lambda: array)


def test_each_keeps_its_own_dtype(server):
    sent = {"a": lengths("h", (4,)), "b": numpy.array([True, False]), "c": points("ns", (3,)), "d": points("D", (2,))}
    for got, wanted in zip(arrays(server, "xp.atleast_2d(a, b, c, d)", sent), numpy.atleast_2d(*sent.values()), strict=True):
        same(got, wanted)
    same(arrays(server, "xp.atleast_1d(a)", {"a": sent["a"]})[0], sent["a"])


@pytest.mark.parametrize("name", ["union1d", "intersect1d", "setdiff1d", "setxor1d", "searchsorted"])
def test_whole_numbers_stand_beside_lengths_in_order(server, name):
    sent = {"a": numpy.array([-7, -1, 0, 5, 9], "m8[s]"), "b": numpy.array([5, -7, 3])}
    whole = sent["b"].astype("m8[s]")
    compared(server, f"xp.{name}(a, b)", sent, lambda: getattr(numpy, name)(sent["a"], whole))


def test_the_lists_of_arrays_name_times(server, name):
    keep(server, name, points("D", (4,)))
    said = server.rows(f"SELECT dtype FROM system.arrays WHERE name = '{name}'")
    assert "datetime64[D]" in json.dumps(said)


def test_texts_beside_points_are_points(server):
    array = points("h")
    text = numpy.datetime64("2000-06-01T12:30")
    compared(server, 'a >= "2000-06-01T12:30"', {"a": array}, lambda: array >= text)
    compared(server, '"2000" > a', {"a": array}, lambda: numpy.datetime64("2000") > array)
    compared(server, 'a == "NaT"', {"a": array}, lambda: numpy.zeros(array.shape, bool))
    compared(server, 'a - "2000-01-01"', {"a": array}, lambda: array - numpy.datetime64("2000-01-01"))
    compared(server, 'xp.where(xp.isnat(a), "1970-01-01", a)', {"a": array}, lambda: numpy.where(numpy.isnat(array), numpy.datetime64("1970-01-01"), array))
    compared(server, 'a.at[0].set("2024-02-29")', {"a": array}, lambda: _put(array, 0, numpy.datetime64("2024-02-29")))
    assert "and got" in refused(server, 'a >= "soon"', "invalid_program", a=array)


@pytest.mark.parametrize(
    ("program", "names"),
    [
        ("xp.sin(a)", "datetime64[D]"),
        ("a + a", "datetime64[D]"),
        ("a * 2", "datetime64[D]"),
        ("xp.mean(a)", "datetime64[D]"),
        ("xp.sum(a)", "datetime64[D]"),
        ("xp.std(b)", "timedelta64[h]"),
        ("xp.prod(b)", "timedelta64[h]"),
        ("b * b", "timedelta64[h]"),
        ("1 / b", "timedelta64[h]"),
        ("a > 3", "int64"),
        ("a == b", "timedelta64[h]"),
        ("-a", "datetime64[D]"),
        ("a @ a", "datetime64[D]"),
        ("xp.floor(b)", "timedelta64[h]"),
        ("xp.fft.fft(a)", "datetime64[D]"),
        ("c[a]", "datetime64[D]"),
        ("xp.take(c, a)", "datetime64[D]"),
        ("xp.block([[a], [a]])", "datetime64[D]"),
        ("c.at[0].set(a[0])", "datetime64[D]"),
        ("xp.concat([a, c])", "int64"),
        ('xp.astype(a, "timedelta64[D]")', "datetime64[D]"),
        ('xp.astype(a, "complex128")', "datetime64[D]"),
        ('xp.sum(c, dtype="timedelta64[D]")', "timedelta64[D]"),
        ('xp.linspace(0, 1, 3, dtype="datetime64[D]")', "datetime64[D]"),
        ('xp.random.integers(0, 9, size=3, dtype="timedelta64[D]")', "timedelta64[D]"),
        ("xp.isnat(c)", "int64"),
        ("xp.ma.masked_array(a)", "datetime64[D]"),
    ],
)
def test_what_takes_no_times_says_so(server, program, names):
    sent = {"a": points("D", (9,)), "b": lengths("h", (9,)), "c": numpy.arange(9)}
    sent = {name: sent[name] for name in re.findall(r"\b[abc]\b", program)}
    assert names in refused(server, program, "invalid_program", **sent)


def test_dtypes_of_times(server):
    def said(program):
        return [bool(one) for one in arrays(server, program)]

    assert said('(xp.can_cast("datetime64[D]", "datetime64[h]"), xp.can_cast("datetime64[h]", "datetime64[D]"))') == [True, False]
    assert said('(xp.can_cast("int32", "timedelta64[h]"), xp.can_cast("timedelta64[M]", "timedelta64[D]"))') == [True, False]
    assert said('(xp.isdtype("datetime64[D]", "numeric"), xp.isdtype("datetime64[D]", "datetime64[D]"))') == [False, True]


def answer(server, program, accept, **sent):
    files = {"program": (None, program), **{name: (f"{name}.npy", _npy(array), "application/x-npy") for name, array in sent.items()}}
    return server.request("POST", "/v1/expressions", files=files, headers={"Accept": accept})


def _npy(array):
    stream = io.BytesIO()
    numpy.save(stream, array)
    return stream.getvalue()


@pytest.mark.parametrize("unit", UNITS)
def test_json_has_texts(server, unit):
    array = points(unit, (3, 4))
    array[0, 0] = "NaT"
    told = json.loads(answer(server, "a", JSON, a=array).content)
    wanted = [[None if numpy.isnat(one) else str(one) for one in row] for row in array]
    assert told == {"dtype": f"datetime64[{unit}]", "shape": [3, 4], "data": wanted}
    array = lengths(unit, (5,))
    array[1] = "NaT"
    told = json.loads(answer(server, "a", JSON, a=array).content)
    assert told["data"] == [None if numpy.isnat(one) else int(one.astype("int64")) for one in array]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("kind", ["datetime64", "timedelta64"])
def test_what_is_stored_stays_times(server, name, kind, unit):
    array = (points if kind == "datetime64" else lengths)(unit, (60, 50))
    told = keep(server, name, array, chunks="10,25", attributes=json.dumps({"name": name}))
    assert told["dtype"] == f"{kind}[{unit}]"
    same(read(server, name), array)
    same(read(server, name, "3:9"), array[3:9])
    same(asked(server, f"array({name!r})"), array)
    found = zarr.open_array(folder(server, name), mode="r")
    same(found[...], array)
    program = f'(array({name!r}) + 1).store("{name}_later")'
    server.request("POST", "/v1/expressions", data=program.encode())
    same(read(server, f"{name}_later"), array + 1)
    assert server.get(f"/v1/datasets/{name}_later").json()["dtype"] == f"{kind}[{unit}]"
    nats, least, most = server.rows(
        f"SELECT sum(nans), min(CAST(least AS BIGINT)), max(CAST(greatest AS BIGINT)) FROM system.shards WHERE \"array\" = '{name}'"
    )[0]
    there = array[~numpy.isnat(array)].view("int64")
    assert (nats, least, most) == (numpy.isnat(array).sum(), there.min(), there.max())


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("fill", ["NaT", "2024-01-01"])
def test_zarr_of_others_is_times(server, name, zarr_format, fill):
    array = points("s", (37, 21))
    array[:20] = fill
    body = one(array, chunks=(10, 8), zarr_format=zarr_format, fill_value=numpy.datetime64(fill, "s"))
    assert keep(server, name, body, attributes=json.dumps({"name": name}))["dtype"] == "datetime64[s]"
    same(read(server, name), array)
    same(asked(server, f"array({name!r})"), array)
    found = zarr.open_array(folder(server, name), mode="r")
    same(found[...], array)


def test_what_the_first_and_the_last_decide_is_not_read(server, name):
    # Larger than what is read at once whatever it is.
    days = numpy.arange(6)[:, None, None] * 1000 + RNG.integers(0, 900, (6, 1000, 1000))
    array = days.reshape(6000, 1000).astype("datetime64[D]").astype("datetime64[s]")
    array[::7, 3] = "NaT"
    keep(server, name, array, chunks="1000,1000", shards="1000,1000", attributes=json.dumps({"name": name}))
    for sign, oracle in COMPARED.items():
        for day in ("1972-09-27", "1975-01-01", "NaT"):
            program = f'xp.count_nonzero(array({name!r}) {sign} "{day}")'
            assert asked(server, program) == numpy.count_nonzero(oracle(array, numpy.datetime64(day))), program
    assert asked(server, f'xp.count_nonzero(xp.astype(array({name!r}), "int64") < 0)') == numpy.isnat(array).sum()
    for number in range(3):
        (folder(server, name) / f"c.{number}.0").unlink()
    assert asked(server, f'xp.count_nonzero(array({name!r}) >= "1978-03-20")') == numpy.count_nonzero(array >= numpy.datetime64("1978-03-20"))


@pytest.mark.parametrize("unit", ["D", "s", "ms", "us", "ns"])
def test_arrow_has_times(server, name, unit):
    for array in [points(unit, (6, 4, 5)), *([lengths(unit, (6, 4, 5))] if unit != "D" else [])]:
        name = f"{name}_{array.dtype.kind}"
        keep(server, name, array)
        table = pa.ipc.open_stream(server.get(f"/v1/arrays/{name}", params={"format": "arrow"}).content).read_all()
        held = table.schema.field("value").type.value_type
        kind = pa.duration(unit) if array.dtype.kind == "m" else pa.date32() if unit == "D" else pa.timestamp(unit)
        assert held == kind
        keep(server, name + "_again", stream(table.to_batches()))
        same(read(server, name + "_again"), array)
        rows = pa.array(array.ravel().tolist() if unit == "D" else array.ravel())
        keep(server, name + "_rows", stream([pa.record_batch([rows], ["x"])]))
        same(read(server, name + "_rows"), array.ravel())


@pytest.mark.parametrize("unit", ["Y", "M", "W", "h", "m"])
def test_arrow_has_numbers_of_other_units(server, name, unit):
    array = points(unit, (6, 4))
    keep(server, name, array)
    table = pa.ipc.open_stream(server.get(f"/v1/arrays/{name}", params={"format": "arrow"}).content).read_all()
    assert table.schema.field("value").type.value_type == pa.int64()
    keep(server, name + "_again", stream(table.to_batches()))
    same(read(server, name + "_again"), array)


def test_several_answers_are_each_what_they_are(server):
    a, b = points("D"), lengths("h")
    got = arrays(server, "(a, b, a - a, xp.isnat(a))", {"a": a, "b": b})
    for one_got, wanted in zip(got, [a, b, a - a, numpy.isnat(a)], strict=True):
        same(one_got, wanted)


def test_ticks_of_several_units_are_numbers(server, name):
    ticks = numpy.array([1, 2, "NaT"], "datetime64[10s]")
    keep(server, name, ticks)
    assert asked(server, f"array({name!r})").tolist() == ticks.view("int64").tolist()
    assert "datetime64[10s]" in refused(server, "a", "invalid_data", a=ticks)
