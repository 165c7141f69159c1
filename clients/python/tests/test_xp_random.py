"""Random arrays over the wire: the generator's words against NumPy's Philox, distributions against NumPy's samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pantile

SEED = 12
COUNT = 20_000
LAWS = [
    "random()", "random(dtype='float32')", "uniform(-1, 3)", "standard_normal()", "standard_normal(dtype='float32')",
    "normal(2, 3)", "lognormal(0.5, 0.7)", "standard_exponential()", "standard_exponential(dtype='float32')",
    "exponential(3)", "standard_gamma(2.5)", "standard_gamma(0.5, dtype='float32')", "gamma(0.3, 2)", "gamma(4.5, 2)",
    "beta(2, 5)", "beta(0.3, 0.4)", "chisquare(3)", "noncentral_chisquare(3, 20)", "noncentral_chisquare(0.7, 5)",
    "noncentral_chisquare(0.7, 0)", "f(3, 11)", "noncentral_f(3, 11, 4)", "standard_t(5)", "standard_cauchy()",
    "gumbel(1, 2)", "laplace(1, 2)", "logistic(1, 2)", "pareto(3)", "power(0.4)", "rayleigh(2)",
    "triangular(-1, 0.5, 4)", "vonmises(1, 4)", "vonmises(3, 0.5)", "vonmises(0, 0)", "vonmises(1, 1e-6)",
    "vonmises(1, 2e6)", "wald(3, 2)", "wald(1, 100)", "weibull(2)", "binomial(10, 0.3)", "binomial(1000, 0.7)",
    "negative_binomial(3, 0.4)", "geometric(0.2)", "poisson(4)", "poisson(40)", "logseries(0.9)", "zipf(2.5)",
    "hypergeometric(10, 5, 6)", "hypergeometric(1000, 2000, 600)", "integers(6)", "integers(-3, 4, endpoint=True)",
    "integers(100, dtype='uint8')", "integers(2, dtype='bool')", "choice(4, p=[0.5, 0, 0.2, 0.3])",
]  # fmt: skip


@pytest.fixture(scope="module")
def xp(client: pantile.Client) -> Any:
    return client.xp


def asked(rng: Any, text: str, size: Any) -> Any:
    """The call, with that size."""
    separator = "" if text.endswith("()") else ", "
    return eval(f"rng.{text[:-1]}{separator}size=size)", {"rng": rng, "size": size})


def apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Kolmogorov and Smirnov's distance of two samples, over its standard size."""
    ours, theirs = (np.sort(sample.astype(float)) for sample in (ours, theirs))
    values = np.unique(np.concatenate([ours, theirs]))
    shares = [np.searchsorted(sample, values, side="right") / sample.size for sample in (ours, theirs)]
    return float(np.abs(shares[0] - shares[1]).max() / np.sqrt(1 / ours.size + 1 / theirs.size))


@pytest.mark.parametrize("text", LAWS)
def test_distributions_are_numpys(text: str, xp: Any) -> None:
    """Far beyond 2.2 no sample of the same distribution is found."""
    ours = asked(xp.random.default_rng(SEED), text, COUNT).compute()
    theirs = asked(np.random.default_rng(SEED), text, 10 * COUNT)
    assert ours.dtype == theirs.dtype
    assert np.isfinite(ours).all()
    assert apart(ours, theirs) < 2.2


@pytest.mark.parametrize("text", LAWS)
def test_an_element_has_its_own_draws(text: str, xp: Any) -> None:
    """A part of a long array is that part of a short one, and the same when it is asked for again."""
    short, long, again = (asked(xp.random.default_rng(SEED), text, size) for size in (30, (40, 1000), (5, 6)))
    short, part, again = pantile.xp.compute(short, long.reshape(-1)[:30], again)
    assert (short == part).all() and (short == again.reshape(-1)).all()


def test_words_are_those_of_numpys_philox(xp: Any) -> None:
    for seed, stream, count in [(0, 0, 7), (SEED, 0, 70_000), (2**64 - 1, 2**40, 10)]:
        tag = 0xCBF29CE484222325
        for byte in b"random.random":
            tag = (tag ^ byte) * 0x100000001B3 % 2**64
        philox = np.random.Philox(counter=((stream << 128) + (tag << 192) - 1) % 2**256, key=seed)
        program = f"xp.random.random({count}, seed={seed}, stream={stream})"
        (got,) = xp._home.run(program, {})
        assert (got == np.random.Generator(philox).random(count)).all()


def test_parameters_broadcast(xp: Any) -> None:
    rng = lambda: xp.random.default_rng(3)  # noqa: E731
    loc = np.array([[0.0], [1000.0]])
    got = rng().normal(loc, [1.0, 2.0, 3.0]).compute()
    assert got.shape == (2, 3) and (np.abs(got - loc) < 30).all()
    alike = rng().normal(np.full(50, 2.0), 3, size=(4, 50)).compute()
    assert (alike == rng().normal(2, 3, size=(4, 50)).compute()).all()
    lazy = rng().poisson(xp.asarray([0.0, 1e6]), size=(5, 2)).compute()
    assert (lazy[:, 0] == 0).all() and (np.abs(lazy[:, 1] - 1e6) < 1e4).all()
    low = rng().integers([0, 10, 2**40], [1, 12, 2**40 + 1]).compute()
    assert low[0] == 0 and low[1] in (10, 11) and low[2] == 2**40
    assert rng().binomial([0, 9], 1.0).compute().tolist() == [0, 9]
    assert rng().normal(xp.ones((0, 3))).compute().shape == (0, 3)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"])
def test_integers_reach_all_that_a_dtype_holds(dtype: str, xp: Any) -> None:
    held = np.iinfo(dtype)
    low, high = (0, held.max) if dtype != "int64" else (held.min + 1, held.max)
    got = xp.random.default_rng(1).integers(low, high, size=4000, dtype=dtype, endpoint=True).compute()
    assert got.dtype == dtype and got.min() < low + 0.01 * held.max and got.max() > 0.99 * float(held.max)


def test_rows_go_together(xp: Any) -> None:
    rng = xp.random.default_rng(8)
    shares, small, trials, urn, normals = (
        x.compute()
        for x in (
            rng.dirichlet([1, 2, 5], size=20_000),
            rng.dirichlet([0.01, 0.03], size=20_000),
            rng.multinomial([10, 20], [0.2, 0.3, 0.5], size=(10_000, 2)),
            rng.multivariate_hypergeometric([4, 3, 9], 7, size=20_000),
            rng.multivariate_normal([1, -1], [[2, 0.8], [0.8, 1]], size=40_000),
        )
    )
    assert np.allclose(shares.sum(axis=-1), 1) and np.allclose(shares.mean(axis=0), [1 / 8, 2 / 8, 5 / 8], atol=0.01)
    assert np.allclose(small.sum(axis=-1), 1) and np.allclose(small.mean(axis=0), [0.25, 0.75], atol=0.02)
    assert trials.shape == (10_000, 2, 3) and (trials.sum(axis=-1) == [10, 20]).all()
    assert np.allclose(trials.mean(axis=0), np.outer([10, 20], [0.2, 0.3, 0.5]), atol=0.2)
    assert (urn.sum(axis=-1) == 7).all() and (urn <= [4, 3, 9]).all()
    assert np.allclose(urn.mean(axis=0), 7 * np.array([4, 3, 9]) / 16, atol=0.05)
    assert np.allclose(normals.mean(axis=0), [1, -1], atol=0.05)
    assert np.allclose(np.cov(normals.T), [[2, 0.8], [0.8, 1]], atol=0.06)
    assert rng.multinomial(3, [1.0, 0.0]).compute().tolist() == [3, 0]


def test_orders_are_permutations(xp: Any) -> None:
    rng = xp.random.default_rng(2)
    order = rng.permutation(50_000).compute()
    assert (np.sort(order) == np.arange(50_000)).all() and abs(np.corrcoef(order, np.arange(50_000))[0, 1]) < 0.02
    x = np.arange(24).reshape(4, 6)
    mixed = rng.permutation(x, axis=1).compute()
    assert sorted(mixed.T.tolist()) == sorted(x.T.tolist())
    rows = rng.permuted(np.tile(np.arange(50), (20, 1)), axis=1).compute()
    assert (np.sort(rows, axis=1) == np.arange(50)).all() and len({tuple(row) for row in rows.tolist()}) == 20
    assert sorted(rng.permuted(x).compute().ravel().tolist()) == list(range(24))
    lazy = xp.asarray([5, 6, 7, 8])
    assert rng.shuffle(lazy) is None
    assert sorted(lazy.tolist()) == [5, 6, 7, 8]
    firsts = [rng.permutation(3).compute()[0] for _ in range(60)]
    assert set(firsts) == {0, 1, 2}


def test_choices(xp: Any) -> None:
    rng = xp.random.default_rng(4)
    for size, count in [(10, 10), (10, 1000), (300, 1000)]:
        got = rng.choice(count, size, replace=False).compute()
        assert len(set(got.tolist())) == size and got.min() >= 0 and got.max() < count
    weighed = rng.choice(4, size=3, replace=False, p=[0.1, 0.0, 0.5, 0.4]).compute()
    assert sorted(weighed.tolist()) == [0, 2, 3]
    first = np.array([rng.choice(3, 2, replace=False, p=[0.7, 0.2, 0.1]).compute()[0] for _ in range(100)])
    assert 50 < (first == 0).sum() < 90
    assert rng.choice(xp.asarray([[1, 2], [3, 4]]), size=(2, 3), axis=1).compute().shape == (2, 2, 3)
    assert rng.choice([7.5]).compute() == 7.5
    assert rng.choice(5, size=(0,)).compute().shape == (0,)
    # The same few of many, whether what has moved is written down or all.
    assert (np.sort(xp.random.default_rng(1).choice(100, 100, replace=False).compute()) == np.arange(100)).all()


def test_a_generator_goes_on(xp: Any) -> None:
    rng, other = xp.random.default_rng(7), xp.random.default_rng(7)
    one, two, same = rng.normal(size=50), rng.normal(size=50), other.normal(size=50)
    assert (one.compute() == same.compute()).all() and not (one.compute() == two.compute()).any()
    assert repr(rng) == "pantile.xp.random.Generator(seed=7, stream=2)"
    drawn = xp.random.default_rng()
    assert repr(drawn) == f"pantile.xp.random.Generator(seed={drawn.seed}, stream=0)"
    assert drawn.seed != xp.random.default_rng().seed
    assert xp.random.default_rng(drawn) is drawn
    xp.random.seed(5)
    assert (xp.random.random(3).compute() == xp.random.default_rng(5).random(3).compute()).all()
    assert set(pantile.xp.random.__all__) <= {*dir(pantile.xp.random)}
    # Functions of one seed share no numbers.
    assert not (
        xp.random.default_rng(5).random(9).compute() == xp.random.default_rng(5).uniform(size=9).compute()
    ).any()


def test_every_method_of_numpys_generator_is_there() -> None:
    theirs = {name for name in dir(np.random.Generator) if not name.startswith("_")}
    assert theirs - {*pantile.xp.random.__all__} == {"bit_generator", "bytes", "spawn"}


HERE = [
    ("normal(0, -1)", "scale"), ("normal(float('nan'), 1)", "finite"), ("normal(0, float('inf'))", "finite"),
    ("lognormal(0, -1)", "sigma"), ("exponential(-1)", "scale"), ("standard_gamma(-1)", "shape"),
    ("gamma(1, -1)", "scale"), ("beta(0, 1)", "a that is above 0"), ("beta(1, 0)", "b"), ("chisquare(0)", "df"),
    ("noncentral_chisquare(1, -1)", "nonc"), ("noncentral_chisquare(0, 1)", "df"), ("f(0, 1)", "dfnum"),
    ("f(1, 0)", "dfden"), ("noncentral_f(1, 1, -1)", "nonc"), ("standard_t(0)", "df"), ("gumbel(0, -1)", "scale"),
    ("laplace(0, -1)", "scale"), ("logistic(0, -1)", "scale"), ("pareto(0)", "a"), ("power(0)", "a"),
    ("rayleigh(-1)", "scale"), ("vonmises(0, -1)", "kappa"), ("wald(0, 1)", "mean"), ("wald(1, 0)", "scale"),
    ("weibull(-1)", "a"), ("binomial(-1, 0.5)", "n"), ("binomial(1.5, 0.5)", "n"), ("binomial(1, 1.1)", "p"),
    ("negative_binomial(0, 0.5)", "n"), ("negative_binomial(1, 0)", "p"), ("geometric(0)", "p"),
    ("geometric(1.5)", "p"), ("poisson(-1)", "lam"), ("logseries(1)", "p"), ("zipf(1)", "a"),
    ("hypergeometric(1, 1, 3)", "no more"), ("hypergeometric(2e9, 1, 3)", "ngood"), ("uniform(1, 0)", "high"),
    ("triangular(0, 2, 1)", "order"), ("triangular(1, 1, 1)", "order"),
]  # fmt: skip
AT_ONCE = [
    ("integers(0)", ValueError), ("integers(5, 3)", ValueError), ("integers(300, dtype='uint8')", ValueError),
    ("integers(3, dtype='float64')", TypeError), ("integers(2.5)", TypeError), ("random(-1)", ValueError),
    ("random(3, dtype='int32')", TypeError), ("normal([1.0, 2.0], size=3)", ValueError), ("normal(1j)", TypeError),
    ("normal([1.0, 2.0], [1.0, 2.0, 3.0])", ValueError), ("choice(0)", ValueError), ("choice(-1)", ValueError),
    ("choice(3, 4, replace=False)", ValueError), ("choice(3, p=[1.0])", ValueError), ("choice(2.5)", ValueError),
    ("permutation([1, 2], axis=1)", ValueError), ("multivariate_normal([0, 0], [[1]])", ValueError),
    ("dirichlet([[1, 2]])", ValueError), ("multinomial(3, 0.5)", ValueError),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), HERE)
def test_numbers_are_refused_at_the_call_and_on_the_server(text: str, said: str, xp: Any) -> None:
    rng = xp.random.default_rng(1)
    with pytest.raises(ValueError, match=said):
        eval(f"rng.{text}", {"rng": rng})
    written = text.replace("float('nan')", "nan").replace("float('inf')", "inf")
    with pytest.raises(pantile.Error, match=f"random.{text.split('(')[0]}` .*(takes|of)"):
        xp._home.run(f"xp.random.{written[:-1]}, size=2, seed=1)", {})


@pytest.mark.parametrize(("text", "kind"), AT_ONCE)
def test_shapes_and_dtypes_are_refused_at_the_call(text: str, kind: type[Exception], xp: Any) -> None:
    with pytest.raises(kind):
        eval(f"rng.{text}", {"rng": xp.random.default_rng(1)})


VALUES = [
    ("normal(xp.asarray([0, 1]), xp.asarray([1, -1.0]))", "takes a number of 0 or more as `scale`, and got -1"),
    ("normal(xp.asarray([0, nan]), 1)", "takes a finite number as `loc`, and got NaN"),
    ("binomial(xp.asarray([1, 2]), xp.asarray([0.5, 2]))", "takes a number from 0 to 1 as `p`, and got 2"),
    ("integers(xp.asarray([1, 5]), 5)", "takes a `high` above `low`"),
    ("choice(3, size=2, p=[0.5, 0.4, 0.2])", "add up to 1"),
    ("choice(3, size=2, p=[0.5, -0.5, 1])", "takes a number from 0 to 1 as `p`"),
    ("choice(3, size=2, p=[0.5, nan, 0.5])", "takes a number from 0 to 1 as `p`"),
    ("choice(3, size=2, replace=False, p=[1, 0, 0])", "1 have a chance above 0"),
    ("dirichlet([1, -1])", "as `alpha`"),
    ("dirichlet([0, 0])", "one number above 0 at least"),
    ("multinomial(5, [0.9, 0.9, 0.1])", "add up to 1"),
    ("multinomial(-1, [0.5, 0.5])", "as `n`"),
    ("multivariate_hypergeometric([1, 2], 4)", "as `nsample`"),
    ("multivariate_normal([0, 0], [[1, 2], [2, 1]])", "eigenvalues below 0"),
    ("multivariate_normal([0, 0], [[1, 2], [0, 1]])", "symmetric"),
]


@pytest.mark.parametrize(("text", "said"), VALUES)
def test_values_are_refused_on_the_server(text: str, said: str, xp: Any) -> None:
    with pytest.raises(pantile.Error) as error:
        xp._home.run(f"xp.random.{text[:-1]}, seed=1)", {})
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("xp.random.random(3)", "write one, such as `seed=1`"),
        ("xp.random.random(3, seed=-1)", "takes a number of 0 or more, of 64 bits, as `seed`"),
        ("xp.random.random(3, seed=1, stream=-1)", "as `stream`"),
        ("xp.random.random(3, seed=1.5)", "takes an integer"),
        ("xp.random.random(-3, seed=1)", "takes lengths of 0 or more"),
        ("xp.random.random((1048576, 1048576, 1048576), seed=1)", "would make an array of shape"),
        ("xp.random.normal([1, 2], size=3, seed=1)", "takes a `size` that its parameters broadcast to"),
        ("xp.random.normal(1j, seed=1)", "takes real numbers"),
        ("xp.random.integers(1.5, seed=1)", "takes whole numbers as bounds"),
        ("xp.random.integers(300, dtype='int8', seed=1)", "takes bounds that its dtype holds"),
        ("xp.random.integers(3, dtype='float64', seed=1)", "takes a dtype of whole numbers"),
        ("xp.random.choice(0, seed=1)", "cannot choose of no elements"),
        ("xp.random.choice(3, size=4, replace=False, seed=1)", "cannot take 4 of 3"),
        ("xp.random.choice(3, p=[1], seed=1)", "takes 3 numbers as `p`"),
        ("xp.random.permutation(-1, seed=1)", "takes a whole number of 0 or more"),
        ("xp.random.permuted([1, 2], axis=1, seed=1)", "axis 1 of `random.permuted` is not there"),
        ("xp.random.multivariate_normal([0, 0], [[1]], seed=1)", "takes a matrix of shape [2, 2]"),
        ("xp.random.normul(seed=1)", "arrays have no function `random.normul`; did you mean"),
    ],
)
def test_what_cannot_be_is_refused(program: str, said: str, xp: Any) -> None:
    with pytest.raises(pantile.Error) as error:
        xp._home.run(program, {})
    assert said in str(error.value), error.value
