"""Chunks of lazy arrays: how they are given, what is known of them without asking, and how they are drawn."""

import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from pantile.xp import Array, _chunks
from pantile.xp._chunks import cut, regular, whole
from xp_fake import FakeClient

# As `dask.array.core.normalize_chunks` has them, for shape (10, 6) in chunks of (4, 6).
SPELLED: list[tuple[Any, Any]] = [
    (3, ((3, 3, 3, 1), (3, 3))),
    (100, ((10,), (6,))),
    (-1, ((10,), (6,))),
    ((5, 2), ((5, 5), (2, 2, 2))),
    ([5, -1], ((5, 5), (6,))),
    ((None, 2), ((4, 4, 2), (2, 2, 2))),
    (((7, 3), (1, 5)), ((7, 3), (1, 5))),
    (((7, 3), 4), ((7, 3), (4, 2))),
    ({0: 5}, ((5, 5), (6,))),
    ({-1: 2, 0: None}, ((4, 4, 2), (2, 2, 2))),
    ({1: (2, 4)}, ((4, 4, 2), (2, 4))),
    (None, ((4, 4, 2), (6,))),
    ("auto", ((10,), (6,))),
    ((2, "auto"), ((2,) * 5, (6,))),
    ("96 B", ((4, 4, 2), (3, 3))),
    ((2, "32B"), ((2,) * 5, (2, 2, 2))),
    ({0: "auto"}, ((10,), (6,))),
    (np.int64(5), ((5, 5), (5, 1))),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), SPELLED, ids=[str(given) for given, _ in SPELLED])
def test_chunks_are_given_as_dask_takes_them(given: Any, wanted: Any) -> None:
    assert _chunks.spelled(given, (10, 6), itemsize=8, before=((4, 4, 2), (6,))) == wanted


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((2, 2, 2), "3 axes"),
        (((7, 2), 6), "10 elements together"),
        (0, "one element"),
        ("much", "100MiB"),
        ({2: 1}, "2 axes"),
    ],
)
def test_chunks_that_do_not_fit_are_refused(given: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _chunks.spelled(given, (10, 6), itemsize=8, before=whole((10, 6)))


def test_one_axis_takes_its_lengths_alone() -> None:
    assert _chunks.spelled((3, 5), (8,), itemsize=8, before=((8,),)) == ((3, 5),)
    assert _chunks.spelled((3,), (8,), itemsize=8, before=((8,),)) == ((3, 3, 2),)
    assert _chunks.spelled(2, (), itemsize=8, before=()) == ()
    assert _chunks.spelled(2, (0, 3), itemsize=8, before=whole((0, 3))) == ((0,), (2, 1))


@pytest.mark.parametrize("shape", [(10**9,), (10**5, 10**5), (3, 10**8), (10**4, 7, 10**4), (50, 60, 70, 80, 90)])
def test_auto_is_of_the_size_that_the_server_likes(shape: tuple[int, ...]) -> None:
    found = _chunks.spelled("auto", shape, itemsize=8, before=whole(shape))
    assert [sum(lengths) for lengths in found] == list(shape)
    assert 2 << 20 <= 8 * np.prod([max(lengths) for lengths in found], dtype=float) <= _chunks.CHUNK_BYTES
    small = _chunks.spelled("auto", shape, itemsize=8, before=whole(shape), limit="1MiB")
    assert 8 * np.prod([max(lengths) for lengths in small], dtype=float) <= 1 << 20
    assert regular(found) is not None


def test_regular_chunks_are_said_by_one_length() -> None:
    assert regular(((4, 4, 2), (6,))) == [4, 6]
    assert regular(((0,), (2, 1))) == [1, 2]
    assert regular(()) == []
    assert regular(((3, 2, 3),)) is None
    assert regular(((3, 5),)) is None


@pytest.fixture
def x(fake: FakeClient) -> Array:
    """As a stored array is, of shape (10, 6) in chunks of (4, 3)."""
    return stored(fake, (10, 6), (4, 3))


def stored(fake: FakeClient, shape: tuple[int, ...], lengths: tuple[int, ...]) -> Array:
    found = fake.xp.ones(shape) * 1
    found._node.chunks = cut(shape, lengths)
    return found


CHUNKS = ((4, 4, 2), (3, 3))
KEPT = [
    "x", "x + 1", "-x", "1 / x", "x > 0", "~(x > 0)", "xp.sin(x)", "np.sin(x)", "np.hypot(x, x)", "x.astype('float32')",
    "xp.where(x > 0, x, 0)", "xp.clip(x, 0, 1)", "x + xp.ones(6)", "xp.ones((10, 1)) * x", "x ** x", "xp.isclose(x, 1)",
    "xp.modf(x)[0]", "xp.nan_to_num(x)", "xp.cbrt(x)", "x.T.T", "xp.isin(x, xp.ones(3))", "abs(x)",
    "x + xp.ones((10, 6))",
]  # fmt: skip
LOST = ["x[1:]", "x.reshape(60)", "x @ x.T", "x.sum(axis=0)", "xp.sort(x)", "xp.concat([x, x])", "xp.ones((4, 4))"]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_made_element_by_element_has_the_chunks_of_its_parts(text: str, fake: FakeClient, x: Array) -> None:
    assert eval(text, {"x": x, "xp": fake.xp, "np": np}).chunks == CHUNKS
    assert not fake.programs


@pytest.mark.parametrize("text", LOST)
def test_all_else_is_one_chunk(text: str, fake: FakeClient, x: Array) -> None:
    found = eval(text, {"x": x, "xp": fake.xp})
    assert found.chunks == whole(found.shape)
    assert not fake.programs


def test_chunks_of_several_go_together(fake: FakeClient, x: Array) -> None:
    assert x.T.chunks == (CHUNKS[1], CHUNKS[0])
    assert (x + stored(fake, (10, 6), (5, 6))).chunks == ((4, 1, 3, 2), (3, 3))
    assert (x + stored(fake, (6,), (2,))).chunks == ((4, 4, 2), (2, 1, 1, 2))
    assert (stored(fake, (10, 1), (2, 1)) + stored(fake, (1, 6), (1, 4))).chunks == ((2,) * 5, (4, 2))
    assert (fake.xp.ones((2, 10, 6)) + x).chunks == ((2,), *CHUNKS)
    x[0, 0] = 5
    assert x.chunks == CHUNKS


def test_what_dask_tells_of_chunks(fake: FakeClient, x: Array) -> None:
    assert (x.chunksize, x.numblocks, x.npartitions) == ((4, 3), (3, 2), 6)
    assert (x.itemsize, x.nbytes) == (8, 480)
    one = fake.xp.asarray(3)
    assert (one.chunks, one.chunksize, one.numblocks, one.npartitions) == ((), (), (), 1)
    assert fake.xp.zeros((0, 2)).chunks == ((0,), (2,))


def test_a_long_chain_is_worked_out_without_recursion(fake: FakeClient, x: Array) -> None:
    for _ in range(5000):
        x = x + 1
    assert x.chunks == CHUNKS


def test_chunks_outlive_the_way_to_the_values(x: Array) -> None:
    y = x + 1
    y.compute()
    assert y._node.form == "="
    assert y.chunks == CHUNKS


def test_rechunk_changes_nothing_but_the_chunks(fake: FakeClient) -> None:
    x = fake.xp.reshape(fake.xp.arange(12), (3, 4)) * 2
    y = x.rechunk((2, -1))
    assert (y.chunks, y.shape, y.dtype, x.chunks) == (((2, 1), (4,)), x.shape, x.dtype, ((3,), (4,)))
    assert (y.program(), (y * 3).program()) == (x.program(), (x * 3).program())
    assert (y * 3).chunks == ((2, 1), (4,))
    assert y.rechunk({1: 3}).chunks == ((2, 1), (3, 1))
    assert y.rechunk().chunks == ((3,), (4,))
    assert not fake.programs
    assert y.compute().tolist() == x.compute().tolist()
    assert int(y[1, 2]) == 12
    assert y.chunks == ((2, 1), (4,))


def test_what_is_cut_otherwise_is_still_computed_once(fake: FakeClient) -> None:
    x = fake.xp.sin(fake.xp.ones(10))
    z = x + x.rechunk(3) + x.rechunk(4)
    text = z.program()
    assert text.count("xp.sin") == 1
    assert z.chunks == ((3, 1, 2, 2, 1, 1),)
    np.testing.assert_array_equal(z.compute(), 3 * np.sin(np.ones(10)))


def picture(x: Array) -> ElementTree.Element | None:
    text = x._repr_html_()
    found = re.search("<svg.*</svg>", text)
    return ElementTree.fromstring(found[0]) if found else None


@pytest.mark.parametrize(
    ("shape", "lengths", "faces", "lines"),
    [
        ((10,), (3,), 1, 5 + 2),
        ((10, 6), (4, 3), 1, 4 + 3),
        ((4, 10, 6), (2, 4, 3), 3, 3 + 3 + 3 + 4 + 3 + 4),
        ((9, 4, 10, 6), (1, 2, 4, 3), 3, 20),
        ((1000, 1000), (1, 1000), 1, 24 + 2),
        ((1000000, 3), (10, 3), 1, 24 + 2),
    ],
)
def test_the_grid_is_drawn(
    shape: tuple[int, ...], lengths: tuple[int, ...], faces: int, lines: int, fake: FakeClient
) -> None:
    x = stored(fake, shape, lengths)
    found = picture(x)
    assert found is not None
    assert len(list(found.iter("polygon"))) == faces
    assert len(list(found.iter("line"))) == lines
    assert [text.text for text in found.iter("text")] == [str(side) for side in reversed(shape[-3:])]
    width, height = (float(found.attrib[name]) for name in ("width", "height"))
    assert width < 300 and height < 300
    assert not fake.programs


def test_the_table_tells_sizes(fake: FakeClient) -> None:
    text = stored(fake, (1000, 600), (400, 300))._repr_html_()
    for said in ("4.58 MiB", "937.50 KiB", "(1000, 600)", "(400, 300)", "6 chunks", "3 × 2", "float64"):
        assert said in text
    assert "<svg" not in fake.xp.asarray(3)._repr_html_()
    assert "<svg" not in fake.xp.zeros((0, 2))._repr_html_()
    assert "1 chunk<" in fake.xp.asarray(3)._repr_html_()
