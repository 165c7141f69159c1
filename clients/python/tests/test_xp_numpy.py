"""NumPy's own functions on lazy arrays: described, not run. And dtypes as NumPy has them."""

import itertools
from typing import Any

import numpy as np
import pytest

from pantile import xp as default
from pantile.xp import Array, _dtype
from xp_fake import FakeClient

DATA = np.array([[3.0, 1.0, 2.0], [-1.0, 0.5, 4.0]])

LAZY = [
    "np.sin(x)",
    "np.arctan2(x, x)",
    "np.absolute(x)",
    "np.power(x, 2)",
    "np.add(x, np.ones(3))",
    "np.ones((2, 1)) * x",
    "np.float32(2) + x",
    "np.concatenate([x, np.zeros((1, 3))])",
    "np.stack([x, x], axis=1)",
    "np.mean(x)",
    "np.mean(x, axis=0, keepdims=True)",
    "np.var(x, axis=1, ddof=1)",
    "np.sum(x, 0)",
    "np.amax(x, axis=1)",
    "np.cumsum(x)",
    "np.cumsum(x, axis=1)",
    "np.sort(x)",
    "np.argsort(x, axis=0)",
    "np.clip(x, 0, 2)",
    "np.where(x > 1, x, 0)",
    "np.transpose(x)",
    "np.reshape(x, (3, 2))",
    "np.take(x, np.array([0, 1]), axis=1)",
    "np.roll(x, 1)",
    "np.tile(x, (2, 2))",
    "np.repeat(x, 2, axis=0)",
    "np.tensordot(x, x, axes=2)",
    "np.matmul(x, x.T)",
    "np.linalg.svd(x, full_matrices=False)[1]",
    "np.linalg.inv(x[:, :2])",
    "np.fft.fft(x)",
    "np.fft.rfft(x, axis=0)",
    "np.zeros_like(x)",
    "np.count_nonzero(x > 1)",
    "np.expand_dims(x, 0)",
    "np.argmax(x)",
    "np.squeeze(x[:, :1])",
    "np.squeeze(x[:1, :], 0)",
    "np.flip(x, 0)",
    "np.isin(np.asarray([1.0]) + x[0, :] * 0, x[0, :])",
]


@pytest.mark.parametrize("text", LAZY)
def test_numpys_functions_stay_lazy(text: str, fake: FakeClient) -> None:
    got = eval(text, {"np": np, "x": fake.xp.asarray(DATA)})
    assert isinstance(got, Array)
    assert not fake.programs
    wanted = eval(text, {"np": np, "x": DATA})
    assert got.shape == np.shape(wanted)
    assert str(got.dtype) == np.asarray(wanted).dtype.name
    np.testing.assert_allclose(got.compute(), wanted, atol=1e-12)


def test_what_has_no_place_is_refused(fake: FakeClient) -> None:
    x = fake.xp.asarray(DATA)
    for call in (lambda: np.roots(x), lambda: np.add.reduce(x), lambda: np.sin(x, out=np.zeros((2, 3)))):
        with pytest.raises(TypeError):
            call()
    assert not fake.programs


# Times have tests of their own.
NUMBERS = [dtype.name for dtype in _dtype.ALL]


@pytest.mark.parametrize(("a", "b"), list(itertools.combinations_with_replacement(NUMBERS, 2)))
def test_dtypes_go_together_as_in_numpy(a: str, b: str) -> None:
    assert str(default.result_type(a, b)) == np.result_type(a, b).name
    assert default.can_cast(a, b) == (np.result_type(a, b).name == b)


@pytest.mark.parametrize("number", [True, 1, 1.5, 2j])
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_weak_as_in_numpy(name: str, number: Any) -> None:
    assert str(default.result_type(name, number)) == np.result_type(np.dtype(name), number).name


def test_dtypes_are_numpys_where_asked() -> None:
    assert default.float32 == np.float32 == default.float32
    assert default.bool == np.dtype("bool")
    assert default.int8 == "int8"
    assert default.int8 != np.dtype("int16")
    assert np.zeros(2, dtype=default.complex64).dtype == np.complex64
    assert default.finfo(default.float32).eps == np.finfo("float32").eps
    assert default.finfo(default.complex128).max == np.finfo("float64").max
    assert default.iinfo(default.uint16).max == np.iinfo("uint16").max
    assert default.isdtype(default.int8, ("bool", "integral"))
