"""`float16` from Python: dtypes are NumPy's, at the call and when values come; those are what 64 bits give, rounded."""

import warnings
from typing import Any

import numpy as np
import pytest

import cases_structure
import cases_xp_stats
import pantile
import test_xp_stats
import test_xp_structure
from pantile import xp as space
from pantile.xp import _dtype

HALF = "float16"
# What comes of numbers that have no nearer ones is not compared with that of 64 bits.
OWN = ("nextafter", "nan_to_num", "float_power")


def chosen(cases: dict[str, tuple[str, ...]]) -> list[str]:
    return [text for text, dtypes in cases.items() if "float32" in dtypes and not any(name in text for name in OWN)]


def near(got: Any, wanted: Any, exact: Any) -> None:
    """The dtype is that of NumPy's answer, where it has one; the numbers are those of 64 bits."""
    if not hasattr(got, "dtype"):
        assert got == wanted
        return
    exact, got = np.asarray(exact), np.asarray(got)
    if wanted is not None:
        assert got.dtype == np.asarray(wanted).dtype
    assert got.shape == exact.shape
    size = float(np.max(np.abs(exact[np.isfinite(exact)]), initial=1)) if exact.dtype.kind in "fc" else 1.0
    with np.errstate(over="ignore"):
        exact = exact.astype(got.dtype)
    close = 2e-3 if got.dtype.kind in "fc" else 0
    np.testing.assert_allclose(got.astype("complex128"), exact.astype("complex128"), rtol=close, atol=close * size)


def numpys(work: Any) -> Any:
    """What NumPy says, or nothing where it has no such function of this dtype."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return work()
        except TypeError as error:
            if "float16 is unsupported" in str(error):
                return None
            raise


def flat(made: Any) -> list[Any]:
    return [part for one in made for part in flat(one)] if isinstance(made, (tuple, list)) else [made]


def compared(ours: Any, half: Any, double: Any) -> None:
    got, exact = flat(ours), flat(double)
    wanted = [None] * len(got) if half is None else flat(half)
    for one, other, third in zip(got, wanted, exact, strict=True):
        near(one, other, third)


@pytest.mark.parametrize("text", chosen(cases_structure.CASES))
def test_structure(text: str, client: pantile.Client) -> None:
    side, ours = test_xp_structure.side, test_xp_structure.Ours(client.xp)
    half = numpys(lambda: eval(text, side(np, np.asarray, HALF)))
    double = numpys(lambda: eval(text, side(np, _wide, HALF)))
    compared(eval(text, side(ours, client.array, HALF)), half, double)


@pytest.mark.parametrize("text", chosen(cases_xp_stats.CALLS))
def test_statistics(text: str, client: pantile.Client) -> None:
    side = test_xp_stats.side
    half = numpys(lambda: eval(text, {**side(HALF, np.asarray), "space": np}))
    double = numpys(lambda: eval(text, {**side(HALF, _wide), "space": np}))
    compared(eval(text, {**side(HALF, client.array), "space": client.xp}), half, double)


def _wide(x: Any) -> np.ndarray:
    x = np.asarray(x)
    return x.astype("float64") if x.dtype == HALF else x


CALLS = [
    "xp.asarray(x)", "xp.zeros_like(x)", "xp.full((2,), 0.1, dtype='float16')", "xp.arange(5, dtype='float16')",
    "xp.linspace(0, 1, 7, dtype='float16')", "xp.eye(3, dtype='float16')", "x + 1", "x * 0.1", "1 / x", "-x", "abs(x)",
    "x ** 2", "x // 0.3", "x % 0.3", "x > 1", "x == x", "x + x.astype('int8')", "x + x.astype('int16')", "x @ x.T",
    "x + x.astype('float32')", "x + x.astype('float64')", "x * x.astype('complex64')", "x + True", "xp.sqrt(abs(x))",
    "xp.atan2(x, x)", "xp.where(x > 0, x, 0.1)", "xp.where(x > 0, x, x.astype('int16'))", "xp.clip(x, -0.3, 0.3)",
    "xp.sum(x)", "xp.sum(x, axis=0)", "xp.mean(x, axis=1)", "xp.std(x)", "xp.max(x)", "xp.argmin(x)", "xp.prod(x)",
    "xp.cumulative_sum(x, axis=1)", "xp.sort(x)", "xp.argsort(x)", "xp.unique_values(x)",
    "xp.searchsorted(xp.sort(x[0, :]), x[1, :])",
    "xp.concat([x, x], axis=1)", "xp.concat([x, x.astype('int8')])", "xp.stack([x, x])", "xp.roll(x, 2)", "xp.tril(x)",
    "xp.take(x, i, axis=1)", "x[1, ::-1]", "x[x > 0]", "x.T", "xp.flip(x)", "xp.repeat(x, 2, axis=0)", "xp.diff(x)",
    "xp.fft.fft(x)", "xp.fft.rfft(x)", "xp.isfinite(x)", "xp.count_nonzero(x)", "xp.all(x)", "xp.quantile(x, 0.3)",
    "xp.quantile(x, [0.25, 0.5])", "xp.median(x, axis=0)", "xp.histogram(x, 4)[0]", "xp.average(x)",
    "xp.gradient(x[0, :])",
    "xp.modf(x)", "xp.frexp(x)", "xp.ldexp(x, 2)", "xp.isclose(x, x)", "xp.pad(x, 1)", "xp.vecdot(x, x)",
    "xp.tensordot(x, x, axes=2)", "xp.nan_to_num(x / 0)", "xp.nextafter(x, 9 * x)",
]  # fmt: skip


@pytest.mark.parametrize("text", CALLS)
def test_calls_are_numpys(text: str, client: pantile.Client) -> None:
    x = np.random.default_rng(3).normal(size=(4, 5)).astype(HALF)
    i = np.array([3, 0, 0])
    half = numpys(lambda: eval(text, {"xp": np, "x": x, "i": i}))
    ours = eval(text, {"xp": client.xp, "x": client.array(x), "i": client.array(i)})
    compared(ours, half, half)


def test_every_bit_comes_and_goes(client: pantile.Client) -> None:
    every = np.arange(1 << 16, dtype="uint16").view(HALF)
    x = client.array(every)
    assert str(x.dtype) == HALF and x.nbytes == 1 << 17
    back = np.asarray(x)
    assert back.dtype == HALF and (back.view("uint16") == every.view("uint16")).all()
    client.arrays["half"] = every
    try:
        assert client.arrays.info("half").held == HALF and client.arrays["half"].dtype == HALF
        assert (client.arrays["half"].compute().view("uint16") == every.view("uint16")).all()
    finally:
        del client.arrays["half"]


def test_the_dtype_is_numpys_and_not_the_standards() -> None:
    assert space.float16 == HALF and space.float16 == np.float16 and np.dtype(space.float16) == np.float16
    assert HALF not in space.__array_namespace_info__().dtypes()
    assert len(space.__array_namespace_info__().dtypes()) == 13
    found, wanted = space.finfo(space.float16), np.finfo(HALF)
    assert (found.bits, found.eps, found.max, found.min, found.smallest_normal) == (
        wanted.bits, wanted.eps, wanted.max, wanted.min, wanted.smallest_normal,
    )  # fmt: skip
    assert space.isdtype(space.float16, "real floating") and not space.isdtype(space.float16, "complex floating")
    for dtype in _dtype.ALL:
        assert space.result_type(space.float16, dtype) == np.result_type(HALF, dtype.name)
    assert space.can_cast("int8", space.float16) and not space.can_cast("int16", space.float16)
    assert (
        space.result_type(space.float16, 1.5) is space.float16
        and space.result_type(space.float16, 1j) is space.complex64
    )
