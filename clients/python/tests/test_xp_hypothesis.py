"""Shapes and dtypes as they are worked out here, against NumPy, for shapes of any kind."""

import warnings
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantile.xp import _dtype, _shape
from xp_fake import FakeClient

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
AXES = st.none() | st.integers(-4, 4) | st.lists(st.integers(-4, 4), max_size=3).map(tuple)
EXAMPLES = settings(max_examples=200, deadline=None)
XP = FakeClient().xp


def outcome(work: Any) -> Any:
    """What it comes to, or the kind of error."""
    try:
        return work()
    except (ValueError, IndexError) as error:
        return "refused" if error else ""


@EXAMPLES
@given(st.lists(SHAPES, max_size=3))
def test_shapes_broadcast(shapes: list[tuple[int, ...]]) -> None:
    assert outcome(lambda: _shape.broadcast(*shapes)) == outcome(lambda: np.broadcast_shapes(*shapes))


@EXAMPLES
@given(SHAPES, st.lists(st.integers(-1, 6), max_size=3).map(tuple))
def test_shapes_become_others(shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    assert outcome(lambda: XP.reshape(XP.zeros(shape), wanted).shape) == outcome(
        lambda: np.zeros(shape).reshape(wanted).shape
    )


@EXAMPLES
@given(SHAPES, SHAPES)
def test_matrices_are_multiplied(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    got = outcome(lambda: (XP.zeros(a) @ XP.zeros(b)).shape)
    assert got == outcome(lambda: (np.zeros(a) @ np.zeros(b)).shape)


@EXAMPLES
@given(
    SHAPES.filter(bool),
    st.none() | st.integers(-4, 4) | st.lists(st.integers(-4, 4), max_size=3).map(tuple),
    st.booleans(),
)
@pytest.mark.parametrize("name", ["sum", "any", "max", "mean"])
def test_axes_are_reduced(name: str, shape: tuple[int, ...], axis: Any, keepdims: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = outcome(lambda: np.shape(getattr(np, name)(np.zeros(shape), axis=axis, keepdims=keepdims)))
    got = outcome(lambda: getattr(XP, name)(XP.zeros(shape), axis=axis, keepdims=keepdims).shape)
    assert got == wanted


@EXAMPLES
@given(
    st.floats(-20, 20),
    st.floats(-20, 20),
    st.floats(-5, 5).filter(bool) | st.sampled_from([0.1, 0.3, -0.1]),
    st.booleans(),
)
def test_ranges_have_as_many_elements(start: float, stop: float, step: float, whole: bool) -> None:
    if abs((stop - start) / step) > 10_000:
        return
    if whole:
        start, stop, step = int(start), int(stop), int(step) or 1
    assert XP.arange(start, stop, step).size == np.arange(start, stop, step).size


@EXAMPLES
@given(hnp.arrays(st.sampled_from([dtype.name for dtype in _dtype.STANDARD]), SHAPES))
def test_values_go_out_and_come_back_bit_by_bit(value: np.ndarray) -> None:
    got = XP.asarray(value)
    assert got.dtype == value.dtype
    # Asked through a program, not read from what is known.
    back = XP.reshape(got, (-1,)).compute()
    assert back.dtype == value.dtype
    assert back.tobytes() == value.tobytes() or _only_nans_differ(back, value.reshape(-1))


def _only_nans_differ(a: np.ndarray, b: np.ndarray) -> bool:
    """NaN has many bit patterns; text says only that it is one."""
    kind = f"f{a.dtype.itemsize // 2}" if a.dtype.kind == "c" else a.dtype
    a, b = a.view(kind), b.view(kind)
    rest = ~np.isnan(a)
    return np.array_equal(np.isnan(a), np.isnan(b)) and a[rest].tobytes() == b[rest].tobytes()
