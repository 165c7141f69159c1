"""Brackets against NumPy: what an index finds and where it puts, for any index that NumPy has."""

from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xp_fake import FakeClient

WRONG = (IndexError, ValueError)


@st.composite
def keys(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Numbers, slices, ellipses, new axes, integer arrays that broadcast, and masks; some out of bounds."""
    key: list[Any] = []
    axis = 0
    fancy = draw(st.sampled_from([(), (1,), (2,), (2, 1)]))
    while axis < len(shape) and draw(st.integers(0, 9)) < 9:
        side = shape[axis]
        kind = draw(st.sampled_from(["new", "rest", "number", "slice", "array", "mask"]))
        if kind == "new":
            key.append(None)
        elif kind == "rest" and Ellipsis not in [part for part in key if not isinstance(part, np.ndarray)]:
            key.append(...)
            axis += draw(st.integers(0, len(shape) - axis))
        elif kind == "mask":
            rank = draw(st.integers(0, min(2, len(shape) - axis)))
            key.append(draw(hnp.arrays(bool, shape[axis : axis + rank])))
            axis += rank
        elif kind == "array" and side:
            key.append(draw(hnp.arrays(np.int64, fancy, elements=st.integers(-side, side - 1))))
            axis += 1
        else:
            key.append(draw(st.integers(-side - 1, side) if kind == "number" else st.slices(side)))
            axis += 1
    return tuple(key)


SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
EXAMPLES = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def values(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(int(np.prod(shape))).reshape(shape)


def ours(xp: Any, key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(xp.asarray(part) if isinstance(part, np.ndarray) else part for part in key)


@EXAMPLES
@given(SHAPES.flatmap(lambda shape: st.tuples(st.just(shape), keys(shape))))
def test_brackets_find_what_numpy_finds(case: Any) -> None:
    shape, key = case
    xp, data = FakeClient().xp, values(shape)
    try:
        wanted = np.asarray(data[key])
    except WRONG:
        wanted = None
    try:
        got = xp.asarray(data)[ours(xp, key)]
    except WRONG:
        assert wanted is None or not data.size
        return
    if wanted is None:
        # Integers in arrays are looked at where they are used.
        with pytest.raises(WRONG):
            got.compute()
        return
    assert got.shape == wanted.shape
    np.testing.assert_array_equal(got.compute(), wanted)


@EXAMPLES
@given(SHAPES.flatmap(lambda shape: st.tuples(st.just(shape), keys(shape))), st.sampled_from(["number", "one", "all"]))
def test_brackets_put_where_numpy_puts(case: Any, kind: str) -> None:
    shape, key = case
    xp, data = FakeClient().xp, values(shape)
    try:
        place = np.asarray(data[key])
        value: Any = {"number": 7, "one": np.array([5]), "all": np.full(place.shape, 9.0)}[kind]
        wanted = data.copy()
        wanted[key] = value.item() if kind == "one" else value
    except WRONG:
        wanted = None
        value = 1
    x = xp.asarray(data)
    try:
        x[ours(xp, key)] = xp.asarray(value) if isinstance(value, np.ndarray) else value
    except WRONG:
        # Of no elements, NumPy takes masks of other shapes.
        assert wanted is None or not data.size
        return
    if wanted is None:
        with pytest.raises(WRONG):
            x.compute()
        return
    np.testing.assert_array_equal(x.compute(), wanted)


def test_what_does_not_fit_is_not_put(fake: FakeClient) -> None:
    for value in (fake.xp.zeros(3), fake.xp.zeros((2, 2)), 1j, fake.xp.zeros(2, dtype="complex64")):
        x = fake.xp.zeros((4, 2))
        try:
            x[0, :] = value
        except (ValueError, TypeError):
            continue
        raise AssertionError(value)
    assert not fake.programs


def test_names_stand_for_arrays_of_their_own(fake: FakeClient) -> None:
    x = fake.xp.zeros(3)
    y, z = x, x + 1
    x[0] = 5
    assert y is x
    assert x.tolist() == [5, 0, 0]
    assert z.tolist() == [1, 1, 1]
    y += 1
    assert x.tolist() == [6, 1, 1]


def test_a_mask_of_a_large_array_is_counted_and_not_fetched(fake: FakeClient) -> None:
    x = fake.xp.arange(5000)
    few = x[x > 4990]
    assert few.shape == (9,)
    assert few.tolist() == list(range(4991, 5000))
    assert [program.splitlines()[-1].split("(")[0] for program in fake.programs] == ["xp.count_nonzero", "t0[t1]"] or (
        len(fake.programs) == 2
    )
    x[x > 4990] = 0
    assert len(fake.programs) == 2


def test_a_mask_without_elements_finds_nothing(fake: FakeClient) -> None:
    x = fake.xp.zeros((2, 3, 4))
    assert x[fake.xp.zeros((0, 3), dtype="bool")].shape == (0, 4)
    assert x[:, fake.xp.zeros((3, 0), dtype="bool")].tolist() == [[], []]
    x[fake.xp.zeros((2, 0), dtype="bool")] = 7
    assert not fake.xp.any(x)
