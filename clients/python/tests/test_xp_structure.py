"""Shapes, neighbours and products over the wire, against NumPy: every call on every dtype, and on odd shapes."""

import itertools
from typing import Any

import numpy as np
import pytest

import pantile
from cases_structure import CASES, REFUSED

MATRIX = [[2, 1, 0], [1, 3, 1], [0, 1, 4]]
DATA: dict[str, Any] = {
    "x": [[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 2, 1]],
    "y": [1, 0, 3, 2],
    "v": [3, 1, 2, 5, 2],
    "m": [MATRIX, [[1, 0, 2], [0, 1, 1], [3, 1, 1]]],
    "s": 3,
    "e": np.zeros((0, 3)),
}
ODD = (np.arange(30.0) * 0.7 - 9).reshape(5, 6)
ODD[1, 2], ODD[3, 0], ODD[4, 5], ODD[0, 0] = np.nan, np.inf, -np.inf, -0.0


class Ours:
    """The namespace, with one of NumPy's names that lies elsewhere there."""

    def __init__(self, xp: Any) -> None:
        self._xp = xp
        self.lib = self.stride_tricks = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._xp, name)


def side(space: Any, make: Any, dtype: str) -> dict[str, Any]:
    """The names of a case in one of the namespaces."""
    arrays = {name: make(np.asarray(data).astype(dtype)) for name, data in DATA.items()}
    odd = ODD if np.dtype(dtype).kind in "fc" else np.nan_to_num(ODD, posinf=0, neginf=0).round()
    whole = {"i": np.array([2, 0, 1, 2]), "b": np.array([True, False, True]), "i2": np.arange(10.0).reshape(5, 2)}
    return {**arrays, "h": make(odd.astype(dtype)), **{key: make(value) for key, value in whole.items()}, "xp": space}


def same(got: Any, wanted: Any) -> None:
    if not hasattr(got, "dtype"):
        assert got == wanted
        return
    wanted = np.asarray(wanted)
    assert got.shape == wanted.shape
    # Of small integers NumPy makes float16, and the server float32.
    name = "float32" if wanted.dtype.name == "float16" else wanted.dtype.name
    assert str(got.dtype) == name
    near = 2e-3 if wanted.dtype.name == "float16" else 1e-4 if got.dtype.name in ("float32", "complex64") else 1e-9
    np.testing.assert_allclose(np.asarray(got), wanted.astype(name), rtol=near, atol=near)


@pytest.mark.parametrize("text", CASES)
def test_calls_are_numpys(text: str, client: pantile.Client) -> None:
    """Shape and dtype are known at once, and checked again when the values come."""
    for dtype in CASES[text]:
        with np.errstate(all="ignore"):
            wanted = eval(text, side(np, np.asarray, dtype))
        same(eval(text, side(Ours(client.xp), client.array, dtype)), wanted)


@pytest.mark.parametrize(("text", "kind", "said"), REFUSED)
def test_what_is_wrong_is_refused_at_the_call(text: str, kind: type[Exception], said: str, fake: Any) -> None:
    xp = fake.xp
    with pytest.raises(kind, match=said):
        eval(text, {"xp": xp, "x": xp.zeros((3, 4)), "y": xp.zeros(4)})
    assert not fake.programs


# What NumPy has no name for, worked out here.

EDGES = {"reflect": "symmetric", "nearest": "edge", "constant": "constant", "periodic": "wrap"}
REDUCE = {"mean": np.mean, "sum": np.sum, "min": np.min, "max": np.max, "std": np.std, "median": np.median}


def windows(x: np.ndarray, size: tuple[int, ...], boundary: str, cval: Any = 0, *, turned: bool = False) -> np.ndarray:
    """Every window, with what stands beyond the edges, its elements in the last axis."""
    lefts = [(side - 1) // 2 if turned else side // 2 for side in size]
    widths = [(before, side - 1 - before) for before, side in zip(lefts, size, strict=True)]
    named = {"constant_values": cval} if boundary == "constant" else {}
    padded = np.pad(x, widths, EDGES[boundary], **named)
    return np.lib.stride_tricks.sliding_window_view(padded, size).reshape(*x.shape, -1)


SIZES: list[tuple[tuple[int, ...], Any]] = [
    ((7, 9), 3), ((7, 9), (3, 5)), ((1, 40), (1, 17)), ((40, 3), (18, 1)), ((30,), 4), ((3, 4, 5), (2, 1, 3)),
    ((70, 41), (33, 20)),
    ((5, 2), (2, 9)), ((130, 5), 3),
]  # fmt: skip


@pytest.mark.parametrize("boundary", EDGES)
@pytest.mark.parametrize(("shape", "size"), SIZES)
def test_windows_are_worked_out_one_by_one(shape: tuple[int, ...], size: Any, boundary: str, client: Any) -> None:
    x = np.random.default_rng(3).integers(-50, 50, shape).astype("float64")
    sizes = size if isinstance(size, tuple) else (size,) * len(shape)
    seen = windows(x, sizes, boundary, 7)
    ours = client.array(x)
    results = [client.xp.map_overlap(ours, name, size, boundary, 7) for name in REDUCE]
    for name, got in zip(REDUCE, pantile.xp.compute(*results), strict=True):
        np.testing.assert_allclose(got, REDUCE[name](seen, axis=-1), rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float32", "complex64"])
def test_windows_of_other_dtypes(dtype: str, client: Any) -> None:
    x = np.random.default_rng(3).integers(0, 2 if dtype == "bool" else 50, (6, 7)).astype(dtype)
    seen = windows(x, (3, 3), "reflect")
    names = ["mean", "sum"] if dtype in ("bool", "complex64") else list(REDUCE)
    for name in names:
        same(client.xp.map_overlap(client.array(x), name), REDUCE[name](seen, axis=-1))


def test_windows_without_anything_beyond_the_edges(client: Any) -> None:
    x = np.random.default_rng(3).standard_normal((6, 7))
    for name, size in itertools.product(REDUCE, [(3, 3), (2, 5), (9, 1), (20, 20)]):
        places = itertools.product(range(6), range(7))
        parts = [
            x[tuple(slice(max(0, at - side // 2), at - side // 2 + side) for at, side in zip(place, size, strict=True))]
            for place in places
        ]
        wanted = np.array([REDUCE[name](part) for part in parts]).reshape(6, 7)
        np.testing.assert_allclose(client.xp.map_overlap(client.array(x), name, size, "none"), wanted, rtol=1e-12)


def test_nan_stays_where_it_was(client: Any) -> None:
    x = np.zeros((40, 40))
    x[20, 20], x[3, 3] = np.nan, np.inf
    for size in (3, 21):
        got = client.xp.map_overlap(client.array(x), "mean", size).compute()
        assert np.isnan(got).sum() == size * size
        assert np.isinf(got).sum() >= (size // 2 + 1) ** 2


@pytest.mark.parametrize("boundary", EDGES)
def test_kernels_are_folded(boundary: str, client: Any) -> None:
    rng = np.random.default_rng(4)
    for shape, sides in [((6, 7), (3, 3)), ((6, 7), (2, 4)), ((9,), (5,)), ((3, 4, 5), (1, 3, 2))]:
        for dtype in ("int64", "float64", "complex128"):
            x, kernel = (rng.integers(-9, 9, size).astype(dtype) for size in (shape, sides))
            wanted = windows(x, sides, boundary, 2, turned=True) @ kernel.reshape(-1)[::-1]
            same(client.xp.map_overlap(client.array(x), "convolve", 3, boundary, 2, kernel=kernel), wanted)


def test_a_bell_keeps_the_mean(client: Any) -> None:
    x = np.zeros((41, 41))
    x[20, 20] = 1
    got = client.xp.map_overlap(client.array(x), "gaussian", sigma=(2.0, 3.0)).compute()
    assert abs(got.sum() - 1) < 1e-12
    row = np.exp(-0.5 * (np.arange(-8, 9) / 2.0) ** 2)
    np.testing.assert_allclose(got[12:29, 20] / got[20, 20], row / row[8], rtol=1e-12)


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "max", "min", "any", "all", "var", "std"])
def test_blocks_become_one(name: str, client: Any) -> None:
    rng = np.random.default_rng(5)
    for shape, by in [((8, 9), {0: 2, 1: 3}), ((12,), {0: 4}), ((4, 3, 6), {0: 2, -1: 2}), ((6, 7), {0: 1})]:
        x = rng.integers(0, 4, shape).astype("float64")
        factors = [by.get(at, by.get(at - len(shape), 1)) for at in range(len(shape))]
        apart = [part for side, factor in zip(shape, factors, strict=True) for part in (side // factor, factor)]
        wanted = getattr(np, name)(x.reshape(apart), axis=tuple(range(1, 2 * len(shape), 2)))
        same(client.xp.coarsen(getattr(np, name), client.array(x), by), wanted)
    x = rng.integers(0, 9, (7, 5)).astype("int8")
    same(client.xp.coarsen("sum", client.array(x), (2, 2), trim_excess=True), x[:6, :4].reshape(3, 2, 2, 2).sum((1, 3)))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float64"])
def test_the_greatest_come_first(dtype: str, client: Any) -> None:
    x = np.random.default_rng(6).integers(0, 100, (5, 50)).astype(dtype)
    ours = client.array(x)
    for k, axis in itertools.product([0, 1, 7, 50, 99, -3], [-1, 0]):
        wanted = np.sort(x, axis=axis)
        wanted = np.flip(wanted, axis) if k >= 0 else wanted
        wanted = np.take(wanted, range(min(abs(k), x.shape[axis])), axis=axis)
        same(client.xp.topk(ours, k, axis), wanted)
        places = client.xp.argtopk(ours, k, axis).compute()
        np.testing.assert_array_equal(np.take_along_axis(x, places, axis), wanted)


def test_partitions_are_some(client: Any) -> None:
    x = np.random.default_rng(7).standard_normal((4, 101))
    x[0, 5] = np.nan
    for kth in (0, 50, [3, 99, 40], -1):
        got = client.xp.partition(client.array(x), kth).compute()
        order = np.sort(x)
        np.testing.assert_array_equal(np.sort(got), order)
        for place in np.atleast_1d(kth):
            np.testing.assert_array_equal(got[:, place], order[:, place])


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_triangles_and_least_squares(dtype: str, client: Any) -> None:
    rng = np.random.default_rng(8)
    near = 1e-4 if dtype in ("float32", "complex64") else 1e-10
    for shape in [(4, 4), (5, 3), (3, 5), (2, 6, 4)]:
        a = (rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if "c" in dtype else 0)).astype(dtype)
        p, lower, upper = pantile.xp.compute(*client.xp.linalg.lu(client.array(a)))
        np.testing.assert_allclose(p @ lower @ upper, a, atol=near)
        assert np.allclose(np.tril(lower), lower) and np.allclose(np.triu(upper), upper)
    for rows, columns, right in [(6, 3, ()), (6, 3, (2,)), (3, 6, (2,)), (4, 4, ())]:
        a, b = rng.standard_normal((rows, columns)).astype(dtype), rng.standard_normal((rows, *right)).astype(dtype)
        got = client.xp.linalg.lstsq(client.array(a), client.array(b))
        for one, other in zip(got, np.linalg.lstsq(a, b), strict=True):
            np.testing.assert_allclose(np.asarray(one), other, atol=near * 10)
            assert one.shape == np.shape(other)
    single = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    got = client.xp.linalg.lstsq(client.array(single), client.array(np.ones(3)))
    assert got.residuals.shape == (0,) and int(got.rank) == 1


LAZY = [
    "np.einsum('ij,kj->ik', x, x)", "np.dot(x, x.T)", "np.pad(x, 1, mode='edge')", "np.gradient(x, axis=0)",
    "np.hstack([x, x])", "np.block([[x, x], [x, x]])", "np.linalg.norm(x, axis=1)", "np.kron(x, np.ones(2))",
    "np.cbrt(x)", "np.rot90(x, 2)", "np.lib.stride_tricks.sliding_window_view(x, 2, axis=1)",
    "np.partition(x, 1, axis=0)", "np.diag(x)", "np.outer(x, x)", "np.isclose(x, 1.0, rtol=1)",
    "np.split(x, 3, axis=1)[1]", "np.insert(x, 1, 5.0, axis=1)", "np.unwrap(x)", "np.modf(x)[0]",
    "np.trapezoid(x, dx=2.0)", "np.select([x > 1], [x], default=0)", "np.nan_to_num(x, nan=1.0)",
]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["x.dot(y)", "x.swapaxes(0, 1)", "x.copy()", "v.choose([v, -v, v + 1, v, v, v * 2])", "x.T.dot(x)"]
)
def test_methods_are_numpys(text: str, client: pantile.Client) -> None:
    same(*(eval(text, side(None, make, "int64")) for make in (client.array, np.asarray)))


def test_methods_are_dasks(client: pantile.Client) -> None:
    x = client.array([[3, 1, 2], [4, 6, 5]])
    assert x.topk(2).tolist() == [[3, 2], [6, 5]]
    assert x.argtopk(-1, axis=0).tolist() == [[0, 0, 0]]
    assert x.map_overlap("sum", (1, 3), "constant").tolist() == [[4, 6, 3], [10, 15, 11]]
    y = x.copy()
    y[0, 0] = 9
    assert int(x[0, 0]) == 3


@pytest.mark.parametrize("text", LAZY)
def test_numpys_functions_stay_lazy(text: str, fake: Any) -> None:
    got = eval(text, {"np": np, "x": fake.xp.asarray([[3.0, 1.0, 2.0], [-1.0, 0.5, 4.0]])})
    wanted = eval(text, {"np": np, "x": np.array([[3.0, 1.0, 2.0], [-1.0, 0.5, 4.0]])})
    assert isinstance(got, pantile.xp.Array) and not fake.programs
    assert (got.shape, str(got.dtype)) == (wanted.shape, wanted.dtype.name)
