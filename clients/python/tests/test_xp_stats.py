"""Statistics beyond the standard, against NumPy."""

import warnings
from typing import Any

import numpy as np
import pytest

import pantile
from cases_xp_stats import CALLS, METHODS, REFUSED, REFUSED_LATER

DRAWN = np.random.default_rng(11)
Y = DRAWN.integers(0, 9, (4, 3, 5)) * DRAWN.choice([1.0, 1.5], (4, 3, 5))
X = np.where(DRAWN.random(Y.shape) < 0.3, np.nan, Y - 2)
X[0, 0, 0] = 2


def side(dtype: str, bring: Any) -> dict[str, Any]:
    """The names of a case."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        is_float = dtype.startswith(("float", "complex"))
        x = X.astype(dtype) if is_float else np.abs(np.nan_to_num(X)).astype(dtype)
        integers = dtype if not is_float and dtype != "uint64" else "int64"
        named = {
            "x": x,
            "y": Y.astype(dtype),
            "e": np.zeros((0, 3), dtype),
            "v": np.asarray([3, 1, 4, 1, 5]).astype(dtype),
            "i": np.asarray([1, 0, 3, 3, 7]).astype(integers),
        }
    return {"np": np, "w": Y + 0.25, "q": np.linspace(0, 1, 9), **{name: bring(value) for name, value in named.items()}}


def parts(made: Any) -> list[Any]:
    return [part for one in made for part in parts(one)] if isinstance(made, (tuple, list)) else [made]


@pytest.mark.parametrize("text", CALLS)
def test_calls_are_numpys(text: str, client: pantile.Client) -> None:
    """Shape and dtype are known at the call, and checked again when the values come."""
    wanted, got = [], []
    for dtype in CALLS[text]:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            wanted += [(dtype, part) for part in parts(eval(text, {**side(dtype, np.asarray), "space": np}))]
        got += parts(eval(text, {**side(dtype, client.array), "space": client.xp}))
    values = pantile.xp.compute(*got)
    for (dtype, one), other in zip(wanted, values, strict=True):
        one = np.asarray(one)
        assert other.shape == one.shape and other.dtype == one.dtype, (dtype, one, other)
        narrow = "32" in dtype or dtype == "complex64" or one.dtype.name in ("float32", "complex64")
        close = 2e-5 if narrow else 1e-12
        np.testing.assert_allclose(other, one, rtol=close, atol=close, err_msg=dtype)


@pytest.mark.parametrize(("text", "kind", "said"), REFUSED)
def test_what_is_wrong_is_refused_at_the_call(text: str, kind: type[Exception], said: str) -> None:
    from pantile import xp

    with pytest.raises(kind, match=said):
        eval(text, {"xp": xp, "a": xp.ones((2, 3))})


@pytest.mark.parametrize(("text", "said"), REFUSED_LATER)
def test_values_refuse(text: str, said: str, client: pantile.Client) -> None:
    made = eval(text, {"xp": client.xp, "a": client.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])})
    with pytest.raises(pantile.QuestionError, match=said):
        made.compute()


LONG = 400_000


def long_row(kind: str) -> np.ndarray:
    drawn = np.random.default_rng(3)
    return {
        "even": lambda: drawn.random(LONG),
        "normal": lambda: drawn.standard_normal(LONG).astype("float32"),
        "heavy": lambda: np.exp(drawn.standard_normal(LONG) * 30) * drawn.choice([-1, 1], LONG),
        "crowded": lambda: np.where(drawn.random(LONG) < 1e-3, 1e300, 1 + drawn.random(LONG) * 1e-9),
        "few": lambda: drawn.integers(-3, 3, LONG).astype("int8"),
        "wide": lambda: drawn.integers(0, 2**64, LONG, dtype="uint64"),
        "gaps": lambda: np.where(drawn.random(LONG) < 0.1, np.nan, drawn.random(LONG)),
    }[kind]()


@pytest.mark.parametrize("kind", ["even", "normal", "heavy", "crowded", "few", "wide", "gaps"])
def test_long_rows_are_selected_from(kind: str, client: pantile.Client) -> None:
    data = long_row(kind)
    x, q = client.array(data), np.linspace(0, 1, 23)
    made = [
        client.xp.nanquantile(x, q),
        client.xp.median(x),
        client.xp.nanquantile(client.xp.reshape(x, (LONG // 4, 4)), q, axis=0, method="hazen"),
        client.xp.quantile(x, q, method="lower"),
        client.xp.argmax(x),
        client.xp.argmin(x),
        *client.xp.histogram(x, 50, (-1, 2)),
        *client.xp.histogram(client.xp.where(client.xp.isnan(x), 0, x) if data.dtype.kind == "f" else x, 100),
    ]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        plain = np.nan_to_num(data, nan=0, posinf=np.inf) if data.dtype.kind == "f" else data
        wanted = [
            np.nanquantile(data, q),
            np.median(data),
            np.nanquantile(data.reshape(-1, 4), q, axis=0, method="hazen"),
            np.quantile(data, q, method="lower"),
            np.argmax(data),
            np.argmin(data),
            *np.histogram(data, 50, (-1, 2)),
            *np.histogram(plain, 100),
        ]
    for one, other in zip(wanted, pantile.xp.compute(*made), strict=True):
        np.testing.assert_allclose(other, one, rtol=2e-7 if data.dtype == "float32" else 1e-12)


def test_what_is_approximate_is_near(client: pantile.Client) -> None:
    q = np.linspace(0, 1, 21)
    for kind in ("even", "normal", "heavy", "few", "gaps"):
        data = long_row(kind)
        got = client.xp.nanquantile(client.array(data), q, method="approximate").compute()
        wanted = np.nanquantile(data, q, method="inverted_cdf").astype("float64")
        np.testing.assert_allclose(got, wanted, rtol=1 / 1024)
    short = client.xp.quantile(client.array(Y), q, method="approximate").compute()
    np.testing.assert_array_equal(short, np.quantile(Y, q, method="inverted_cdf"))


def test_bins_hold_what_lies_on_their_edges(client: pantile.Client) -> None:
    """Multiples of a tenth, of a third: what is reckoned is one off without a look at the edges."""
    for over, bins in ((10, 10), (10, 100), (3, 30), (7, 1000)):
        data = np.arange(0, 20_000) / over
        for span in (None, (0, 1000), (0.1, 700.3)):
            got = client.xp.histogram(client.array(data), bins, span)
            for one, other in zip(np.histogram(data, bins, span), pantile.xp.compute(*got), strict=True):
                np.testing.assert_array_equal(other, one)


def test_what_depends_on_many_values_is_asked_for(client: pantile.Client) -> None:
    data = np.random.default_rng(5).integers(0, 5000, 300_000)
    x = client.array(data)
    np.testing.assert_array_equal(client.xp.bincount(x).compute(), np.bincount(data))
    weights = np.sqrt(data)
    got = client.xp.bincount(x, weights=weights, minlength=6000).compute()
    np.testing.assert_allclose(got, np.bincount(data, weights, 6000), rtol=1e-12)
    counts, edges = client.xp.histogram(x, "fd")
    np.testing.assert_array_equal(counts.compute(), np.histogram(data, "fd")[0])
    assert edges.shape == np.histogram(data, "fd")[1].shape


@pytest.mark.parametrize(
    "text",
    [
        "np.nansum(x)",
        "np.nanprod(x)",
        "np.nanmean(x)",
        "np.nanvar(x)",
        "np.nanstd(x)",
        "np.nanmax(x)",
        "np.nanargmin(x)",
        "np.nancumsum(x)",
        "np.nanmedian(x)",
        "np.quantile(x, [0.1, 0.5], 0)",
        "np.percentile(x, 50, axis=1, method='hazen')",
        "np.median(x, axis=0, overwrite_input=False)",
        "np.nanmean(x, axis=0, dtype='float32')",
        "np.average(x, axis=0, weights=np.ones(4))",
        "np.ptp(x)",
        "np.cov(x[:, :, 0])",
        "np.corrcoef(x[:, :, 0], rowvar=False)",
        "np.histogram(np.nan_to_num(x) if isinstance(x, np.ndarray) else xp.where(x == x, x, 0), 5, (0, 4))[0]",
        "np.histogram2d(x[0, 0, :], x[1, 0, :], 3, [(0, 1), (0, 2)])[0]",
        "np.digitize(x, np.asarray([0.0, 1.0]))",
        "np.interp(x, np.asarray([0.0, 1.0]), np.asarray([2.0, 4.0]), left=0)",
    ],
)
def test_numpys_functions_stay_lazy(text: str, client: pantile.Client) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = np.asarray(eval(text, {"np": np, "x": X, "xp": np}))
    got = eval(text, {"np": np, "x": client.array(X), "xp": client.xp})
    assert isinstance(got, pantile.xp.Array)
    np.testing.assert_allclose(got.compute(), wanted, rtol=1e-12 if wanted.dtype == "float64" else 1e-6)


def test_every_method_is_numpys() -> None:
    from pantile.xp._quantiles import METHODS as OURS

    assert tuple(METHODS) == OURS[:-1]
