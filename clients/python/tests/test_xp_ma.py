"""Masked arrays over the wire, against `numpy.ma`: elements that are not hidden, masks, shapes and dtypes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import pantile

RNG = np.random.default_rng(0)
SHAPES: list[tuple[int, ...]] = [(), (1,), (7,), (0,), (3, 4), (2, 3, 4), (3, 0)]


@pytest.fixture(scope="module")
def xp(client: pantile.Client) -> Any:
    return client.xp


def sides(xp: Any, shape: tuple[int, ...], dtype: str, share: float = 0.4) -> tuple[Any, np.ma.MaskedArray]:
    """The same masked array here and there."""
    x = (RNG.integers(-5, 6, shape) * (1.5 if "float" in dtype else 1)).astype(dtype)
    mask = RNG.random(shape) < share
    theirs = np.ma.MaskedArray(x, mask=mask)
    return xp.ma.masked_array(xp.asarray(x), xp.asarray(mask)), theirs


def same(got: Any, wanted: Any, near: float = 1e-12) -> None:
    """What is not hidden is the same, and so is what is hidden."""
    if isinstance(got, tuple):
        assert len(got) == len(wanted)
        for one, other in zip(got, wanted, strict=True):
            same(one, other, near)
        return
    value = got.compute()
    wanted_mask = np.ma.getmaskarray(wanted)
    assert value.shape == np.shape(wanted)
    assert (np.ma.getmaskarray(value) == wanted_mask).all(), (value, wanted)
    seen = ~wanted_mask
    ours, theirs = np.ma.getdata(value)[seen], np.asarray(np.ma.getdata(wanted))[seen]
    np.testing.assert_allclose(ours, theirs, rtol=near, atol=near)


REDUCTIONS = ["sum", "prod", "mean", "var", "std", "any", "all", "count"]
OF_SOME = ["min", "max", "ptp", "argmin", "argmax", "median"]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "uint8", "bool"])
@pytest.mark.parametrize("shape", SHAPES)
def test_reductions_are_numpys(shape: tuple[int, ...], dtype: str, xp: Any) -> None:
    near = 1e-5 if dtype == "float32" else 1e-12
    ours, theirs = sides(xp, shape, dtype)
    axes: list[Any] = [None, *range(-len(shape), len(shape))]
    for name, axis in itertools.product(REDUCTIONS, axes):
        with np.errstate(all="ignore"):
            same(getattr(ours, name)(axis=axis), getattr(theirs, name)(axis=axis), near)
    if dtype == "bool":
        return
    for name, axis in itertools.product(OF_SOME, axes):
        if not all(shape) or (not shape and name == "median"):
            continue
        theirs_of = (lambda x, name=name, **named: getattr(np.ma, name)(x, **named))(theirs, axis=axis)
        same(getattr(ours, name)(axis=axis), theirs_of, near)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 1.0])
def test_whatever_is_hidden(share: float, xp: Any) -> None:
    ours, theirs = sides(xp, (4, 5, 3), "float64", share)
    for name, axis in itertools.product([*REDUCTIONS, *OF_SOME, "cumsum", "cumprod", "anom"], (None, 0, 1, -1)):
        with np.errstate(all="ignore"):
            same(getattr(ours, name)(axis=axis), getattr(np.ma, name)(theirs, axis=axis))
    with np.errstate(all="ignore"):
        same(ours.var(axis=1, ddof=1), theirs.var(axis=1, ddof=1))
        same(ours.std(axis=0, ddof=2), theirs.std(axis=0, ddof=2))
        same(ours.sum(axis=(0, 2)), theirs.sum(axis=(0, 2)))
        same(ours.mean(axis=1, keepdims=True), theirs.mean(axis=1, keepdims=True))
    same(ours.compressed(), theirs.compressed())
    same(ours.nonzero(), theirs.nonzero())
    same(ours.filled(), theirs.filled())
    same(ours.filled(7), theirs.filled(7))


def test_nan_is_no_hidden_element(xp: Any) -> None:
    x = np.array([[np.nan, 1, 2], [5, np.inf, 3]])
    mask = np.array([[False, False, True], [True, False, False]])
    ours, theirs = xp.ma.masked_array(x, mask), np.ma.MaskedArray(x, mask=mask)
    for name in ("sum", "max", "min", "median", "any"):
        same(getattr(ours, name)(axis=1), getattr(np.ma, name)(theirs, axis=1))
    # NumPy's masked arrays hide a mean that is no finite number.
    same(ours.mean(axis=1), np.ma.masked_array([np.nan, np.inf], [False, False]))


@pytest.mark.parametrize("weights", [[1, 2, 3], [[1.0, 0, 2], [0, 0, 0.5]], None])
def test_averages(weights: Any, xp: Any) -> None:
    ours, theirs = sides(xp, (2, 3), "int64", 0.3)
    for axis in (None, 0, 1):
        if weights is not None and np.ndim(weights) == 1 and axis != 1:
            continue
        with np.errstate(all="ignore"):
            wanted = np.ma.average(theirs, axis=axis, weights=weights, returned=True)
            got = xp.ma.average(ours, axis=axis, weights=weights, returned=True)
            same(got[0], wanted[0])
            assert np.allclose(got[1].compute().filled(0), np.ma.filled(wanted[1], 0))


HIDING = [
    "masked_equal(x, 2)", "masked_not_equal(x, 2)", "masked_less(x, 2)", "masked_less_equal(x, 2)",
    "masked_greater(x, 2)", "masked_greater_equal(x, 2)", "masked_inside(x, 3, 1)", "masked_outside(x, 1, 3)",
    "masked_values(x, 2)", "masked_values(x, 2.1, rtol=0.1)", "masked_invalid(x)", "masked_where(x > 2, x)",
    "fix_invalid(x)", "fix_invalid(x, fill_value=-1)", "zeros_like(x)", "ones_like(x)",
]  # fmt: skip


@pytest.mark.parametrize("text", HIDING)
@pytest.mark.parametrize("dtype", ["float64", "int32"])
def test_what_hides(text: str, dtype: str, xp: Any) -> None:
    """In Python, and the function of the language of the same name."""
    x = np.array([[0, 1, 2], [3, 4, 2]], dtype)
    if dtype == "float64":
        x[0, 0], x[1, 1] = np.nan, np.inf
    theirs = eval(f"np.ma.{text}", {"np": np, "x": x})
    ours = eval(f"xp.ma.{text}", {"xp": xp, "x": xp.asarray(x)})
    same(ours, theirs)
    assert ours.fill_value == theirs.fill_value
    assert ours.compute().fill_value == theirs.fill_value
    data, mask = xp._home.run(f"xp.ma.{text}", {"x": x})
    assert (mask == np.ma.getmaskarray(theirs)).all()
    np.testing.assert_array_equal(data, np.ma.getdata(theirs))
    held = np.ma.MaskedArray(x, mask=[[False, True, False], [False, False, False]])
    if dtype == "int32" and "2.1" in text:
        # NumPy fills what was hidden with 2, compares that with 2.1, and shows it.
        return
    same(eval(f"xp.ma.{text}", {"xp": xp, "x": xp.ma.masked_array(held)}), eval(f"np.ma.{text}", {"np": np, "x": held}))


OPERATORS = [
    "a + b", "a - b", "a * b", "a / b", "a // b", "a % b", "a ** 2", "2 ** b", "1 / b", "a + 1", "1 - a", "-a",
    "abs(a)", "a == b", "a != b", "a < b", "a <= 2", "a > b", "a >= b", "a + y", "y * a", "a[1:, ::2]", "a[0]",
    "a[y > 0]", "a.T", "a.reshape(-1)", "a.ravel() + 1", "a.astype('float32')", "a.transpose()", "a[:1].squeeze()",
]  # fmt: skip


@pytest.mark.parametrize("text", OPERATORS)
@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_operators_are_numpys(text: str, dtype: str, xp: Any) -> None:
    (a, theirs_a), (b, theirs_b) = sides(xp, (3, 4), dtype), sides(xp, (3, 4), dtype)
    if "** b" in text or "** 2" in text:
        b, theirs_b = abs(b), abs(theirs_b)
    y = np.array([[1, 0, -2, 3]] * 3, dtype)
    with np.errstate(all="ignore"):
        wanted = eval(text, {"a": theirs_a, "b": theirs_b, "y": y})
    same(eval(text, {"a": a, "b": b, "y": xp.asarray(y)}), wanted)


@pytest.mark.parametrize(
    "name", ["sqrt", "log", "exp", "arcsin", "arctanh", "floor", "negative", "isfinite", "absolute"]
)
def test_functions_of_elements_are_numpys(name: str, xp: Any) -> None:
    ours, theirs = sides(xp, (3, 4), "float64")
    with np.errstate(all="ignore"):
        wanted = getattr(np.ma, name, getattr(np, name))(theirs)
        same(getattr(np, name)(ours), wanted)


def test_elements_are_set_hidden_and_shown(xp: Any) -> None:
    hidden = [False, True, False, False, False, False]
    ours, theirs = (
        xp.ma.masked_array(np.arange(6.0), hidden),
        np.ma.array(np.arange(6.0), mask=hidden),
    )
    kept = xp.ma.masked_array(ours)
    for x, ma in ((ours, xp.ma), (theirs, np.ma)):
        x[1] = 9
        x[2] = ma.masked
        x[4:] = ma.masked_array([7.0, 8.0], mask=[True, False])
        x += 1
    same(ours, theirs)
    assert kept.compute().mask.tolist() == [False, True, False, False, False, False]


def test_what_is_known_of_one(xp: Any) -> None:
    x = xp.ma.masked_array(xp.asarray([1.0, 2.0, 3.0]), [False, True, False], fill_value=-1)
    assert (x.shape, x.ndim, x.size, str(x.dtype), len(x)) == ((3,), 1, 3, "float64", 3)
    assert repr(x + 0) == "pantile.xp.ma.MaskedArray(shape=(3,), dtype=float64, fill_value=1e+20)"
    assert x.filled().tolist() == [1, -1, 3] and x.tolist() == [1, None, 3]
    assert repr(x).startswith("pantile.xp.ma.MaskedArray(data=[1.0, --, 3.0]")
    assert float(x.mean()) == 2 and int(x.count()) == 2
    assert x[1].item() is xp.ma.masked and repr(xp.ma.masked) == "--"
    assert xp.ma.getdata(x).tolist() == [1, 2, 3] and xp.ma.getmaskarray(x).tolist() == [False, True, False]
    xp.ma.set_fill_value(x, 5)
    assert x.fill_value == 5
    assert xp.ma.getmask(xp.asarray([1])) is xp.ma.nomask and xp.ma.isMaskedArray(x)
    for dtype in ("bool", "int8", "uint16", "float32", "complex64"):
        assert xp.ma.default_fill_value(dtype) == np.ma.default_fill_value(np.dtype(dtype))
    assert isinstance(np.mean(x), type(x)) and isinstance(np.add(x, 1), type(x))
    again = xp.ma.masked_array(np.ma.array([1, 2], mask=[False, True], fill_value=3))
    assert again.fill_value == 3 and again.compute().mask.tolist() == [False, True]


def test_dasks_names_are_there() -> None:
    dasks = [
        "average", "count", "empty_like", "filled", "fix_invalid", "getdata", "getmaskarray", "masked_array",
        "masked_equal", "masked_greater", "masked_greater_equal", "masked_inside", "masked_invalid", "masked_less",
        "masked_less_equal", "masked_not_equal", "masked_outside", "masked_values", "masked_where", "nonzero",
        "ones_like", "set_fill_value", "zeros_like",
    ]  # fmt: skip
    assert set(dasks) <= set(pantile.xp.ma.__all__) and all(hasattr(pantile.xp.ma, name) for name in dasks)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("xp.ma.masked_array([1, 2, 3], [True, False])", ValueError),
        ("xp.ma.masked_array([1, 2]).sum(axis=1)", ValueError),
        ("xp.ma.masked_array([]).max()", ValueError),
        ("xp.ma.masked_array([1j]).median()", TypeError),
        ("xp.ma.masked_array([True]).max()", TypeError),
        ("xp.ma.average([1, 2], weights=[1, 2, 3])", ValueError),
        ("xp.ma.masked_array([1, 2]) + xp.ma.masked_array([1, 2, 3])", ValueError),
        ("xp.ma.masked_array([1, 2]) + 'a'", TypeError),
        ("bool(xp.ma.masked_array([1, 2]))", ValueError),
        ("int(xp.ma.masked_array(1, True))", ValueError),
    ],
)
def test_what_is_wrong_is_refused(text: str, kind: type[Exception], xp: Any) -> None:
    with pytest.raises(kind):
        eval(text, {"xp": xp})


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("xp.ma.sum([1, 2], [True, False, True])", "cannot broadcast shape"),
        ("xp.ma.sum([1, 2], axis=1)", "axis 1 of `sum` is not there"),
        ("xp.ma.max([], axis=0)", "of no elements is not defined"),
        ("xp.ma.max([1j])", "takes real numbers"),
        ("xp.ma.median([1j])", "takes real numbers"),
        ("xp.ma.median(xp.zeros((0, 2)), axis=0)", "one of them at least"),
        ("xp.ma.nonzero(1)", "takes an array with axes"),
        ("xp.ma.average([1, 2], weights=[1, 2, 3])", "takes weights of shape [2]"),
        ("xp.ma.masked_equal([1, 2], [1, 2, 3])", "cannot broadcast shape"),
        ("xp.ma.masked_equal(1, [1, 2])", "cannot broadcast shape"),
        ("xp.ma.filled([1, 2], True, [1, 2, 3])", "cannot broadcast shape"),
        ("xp.ma.total([1, 2])", "arrays have no function `ma.total`"),
    ],
)
def test_what_cannot_be_is_refused(program: str, said: str, xp: Any) -> None:
    with pytest.raises(pantile.Error) as error:
        xp._home.run(program, {})
    assert said in str(error.value), error.value
