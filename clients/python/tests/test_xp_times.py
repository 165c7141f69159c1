"""`datetime64` and `timedelta64` from Python: dtypes and values are NumPy's, at the call and when values come."""

import datetime
from typing import Any

import numpy as np
import pytest

import pantile
from pantile import xp as space
from pantile.xp import _dtype

CALLS = [
    "xp.asarray(t)", "xp.zeros_like(t)", "xp.full((2,), '2024-02-29', dtype='datetime64[s]')", "t.T", "t[1, ::-1]",
    "xp.full((2,), np.datetime64('2024-02-29'))", "xp.arange('2024-01-01', '2024-02-01', dtype='datetime64[D]')",
    "xp.arange(np.datetime64('2024-01-01'), np.datetime64('2024-02-01'), np.timedelta64(2, 'D'))",
    "xp.arange(5, dtype='timedelta64[s]')", "xp.asarray(['2024-01-01', 'NaT'], dtype='datetime64[D]')",
    "xp.zeros((2,), dtype='timedelta64[D]')", "t - t[0, 0]", "t[1:, :] - t[:-1, :]", "t + s", "s + t", "t - s", "t + 3",
    "t + np.timedelta64(5, 'm')", "t > np.datetime64('2000-01-01')", "t >= t[0, 0]", "t == t", "t != t", "s > 3",
    "s + s", "-s", "abs(s)", "s * 2", "s * 0.5", "s / 2", "s // 2", "s / s", "s // s", "s % s",
    "s % np.timedelta64(7, 'm')",
    "xp.where(xp.isnat(t), t[0, 0], t)", "xp.where(xp.isnat(s), s[0, 0], s)", "xp.clip(t, t[0, 1], t[0, 2])",
    "xp.maximum(t, t[0, 1])", "xp.minimum(s, np.timedelta64(3, 'h'))", "xp.isnan(t)", "xp.isfinite(s)", "xp.isnat(t)",
    "xp.max(t)", "xp.min(t, axis=0)", "xp.argmin(t)", "xp.argmax(s, axis=1)", "xp.sort(t)", "xp.sort(s, axis=0)",
    "xp.argsort(t)", "xp.sum(s)", "xp.mean(s, axis=1)", "xp.median(s)", "xp.median(s, axis=0)", "xp.ptp(t, axis=1)",
    "xp.cumulative_sum(s, axis=1)", "xp.diff(t)", "xp.diff(s, axis=0)", "xp.concat([t, t.astype('datetime64[D]')])",
    "xp.stack([s, s])", "xp.roll(t, 2)", "xp.flip(t)", "xp.repeat(t, 2, axis=0)", "xp.take(t, i, axis=1)",
    "t[xp.isnat(t)]", "t[t == t]", "xp.sort(xp.unique_values(t))", "xp.isin(t, t[0, :])", "xp.any(s)",
    "xp.count_nonzero(s)",
    "xp.searchsorted(xp.sort(t[0, :]), t)", "t.astype('datetime64[ns]')", "t.astype('datetime64[M]')",
    "t.astype('int64')",
    "s.astype('timedelta64[D]')", "s.astype('int64')", "i.astype('timedelta64[D]')", "xp.broadcast_to(t[0, :], (2, 5))",
    "xp.arange(np.datetime64('2024-01-01'), np.datetime64('2024-01-05'), np.timedelta64(36, 'h'))",
    "xp.full((2,), np.nan, dtype='datetime64[D]')", "xp.full((2,), 1.5, dtype='timedelta64[s]')",
    "xp.where(xp.isnat(t), np.datetime64('NaT'), t)", "s == np.timedelta64('NaT')",
    "xp.nanmax(t)", "xp.nanmin(t, axis=0)", "xp.squeeze(t[:1, :], axis=0)",
]  # fmt: skip


def numpys() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    t = rng.integers(0, 10**6, (4, 5)).astype("datetime64[h]")
    s = rng.integers(-100, 100, (4, 5)).astype("timedelta64[m]")
    t[1, 2] = s[2, 2] = "NaT"
    return {"np": np, "t": t, "s": s, "i": np.array([3, 0, 0])}


@pytest.mark.parametrize("text", CALLS)
def test_calls_are_numpys(text: str, client: pantile.Client) -> None:
    given = numpys()
    with np.errstate(all="ignore"):
        wanted = np.asarray(eval(text, {**given, "xp": np}))
    ours = {name: client.array(value) if isinstance(value, np.ndarray) else value for name, value in given.items()}
    got = eval(text, {**ours, "xp": client.xp})
    assert (str(got.dtype), got.shape) == (wanted.dtype.name, wanted.shape)
    values = np.asarray(got)
    assert values.dtype == wanted.dtype
    np.testing.assert_array_equal(values, wanted)


def test_rows_of_times_need_whole_steps(client: pantile.Client) -> None:
    ends = np.datetime64("2024-01-01"), np.datetime64("2024-01-05")
    for step, error in [(1.5, TypeError), (0, ValueError), (np.timedelta64(1, "Y"), TypeError)]:
        with pytest.raises(error):
            client.xp.arange(*ends, step)


def test_one_time_is_true_as_numpys_is(client: pantile.Client) -> None:
    for value in (np.datetime64(0, "D"), np.timedelta64(3, "s"), np.datetime64("NaT", "D")):
        assert bool(client.array(value)) == bool(value)


def test_what_python_has_of_times_stands_beside_them(client: pantile.Client) -> None:
    t = client.xp.arange("2024-01-01", "2024-01-08", dtype="datetime64[D]")
    value = np.asarray(t)
    for other in ("2024-01-03", datetime.date(2024, 1, 3), np.datetime64("2024-01-03")):
        assert np.asarray(t >= other).tolist() == (value >= np.datetime64("2024-01-03")).tolist()
    later = np.asarray(t + datetime.timedelta(hours=1))
    assert later.dtype == "datetime64[us]" and later[0] == np.datetime64("2024-01-01T01")
    t[2] = "2030-01-01"
    assert np.asarray(t)[2] == np.datetime64("2030-01-01")


def test_small_and_large_ones_are_sent(client: pantile.Client) -> None:
    for size in (0, 3, 10_000):
        for dtype in ("datetime64[ns]", "timedelta64[W]"):
            values = np.arange(size).astype(dtype)
            values[:1] = "NaT"
            np.testing.assert_array_equal(np.asarray(client.array(values)[:]), values)
    client.arrays["days"] = np.arange(9).astype("datetime64[D]")
    try:
        assert client.arrays["days"].dtype == "datetime64[D]"
        later = client.arrays["days"] + 1
        assert np.asarray(later)[0] == np.datetime64("1970-01-02")
    finally:
        del client.arrays["days"]


def test_dtypes_are_numpys_and_not_the_standards() -> None:
    assert "datetime64[D]" not in space.__array_namespace_info__().dtypes()
    for one in _dtype.TIMES:
        assert one == np.dtype(one.name) and np.dtype(one) == np.dtype(one.name)
        assert not space.isdtype(one, "numeric") and space.isdtype(one, one)
        for other in _dtype.TIMES:
            same = one.kind == other.kind and (one.kind == "datetime" or (one.unit in "YM") == (other.unit in "YM"))
            assert space.can_cast(one, other) == (same and np.can_cast(one.name, other.name)), (one, other)
            if same:
                assert space.result_type(one, other) == np.promote_types(one.name, other.name)


@pytest.mark.parametrize(
    "text",
    ["xp.sin(t)", "t + t", "t * 2", "-t", "xp.sum(t)", "xp.mean(t)", "s * s", "1 / s", "t > s", "xp.prod(s)", "t @ t",
     "s ** 2", "xp.concat([t, s])", "xp.where(xp.isnat(t), 5, t)", "xp.isnat(i)", "xp.std(s)", "xp.floor(s)"],
)  # fmt: skip
def test_what_takes_no_times_says_so_at_once(text: str, client: pantile.Client) -> None:
    given = {name: client.array(value) for name, value in numpys().items() if name != "np"}
    with pytest.raises(TypeError):
        eval(text, {**given, "xp": client.xp})
