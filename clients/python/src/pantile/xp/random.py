"""`pantile.xp.random`: random arrays, whose numbers depend on a seed and on their places alone.

    rng = xp.random.default_rng(7)
    x = rng.normal(0, 1, size=(1000, 1000))      # described; the same numbers whenever they are computed

A generator counts its calls: each has a stream of its own under the generator's seed. Functions of the module ask
one generator, whose seed is drawn from the operating system, or given by `xp.random.seed(7)`.
"""

from __future__ import annotations

import itertools
import operator
import secrets
from typing import Any

from . import _dtype as dt
from ._array import Array
from ._build import NUMBERS, argument, hosted, made, need
from ._home import DEFAULT, Home
from ._random_laws import Laws
from ._random_rules import check, check_bounds
from ._shape import Shape, axis_of, broadcast, broadcast_to, shape_of
from ._shape import size as count_of

# Seeds that are drawn: integers that every program can write.
SEED_BITS = 63
Size = int | tuple[int, ...] | None


class Generator(Laws):
    """Random arrays of one seed: each call has the next stream of it."""

    def __init__(self, seed: int | None = None, home: Home = DEFAULT) -> None:
        self.seed = secrets.randbits(SEED_BITS) if seed is None else _seed(seed)
        self._home = home
        self._calls = itertools.count()
        self._next = 0

    def __repr__(self) -> str:
        """The seed, and the stream of the next call."""
        return f"pantile.xp.random.Generator(seed={self.seed}, stream={self._next})"

    def _made(self, name: str, args: tuple[Any, ...], named: dict[str, Any], shape: Shape, dtype: dt.DType) -> Array:
        stream = next(self._calls)
        self._next = stream + 1
        said = {**named, "seed": self.seed, **({"stream": stream} if stream else {})}
        return made(self._home, f"xp.random.{name}", args, said, shape, dtype)

    def _law(self, name: str, size: Size, dtype: Any = dt.float64, /, **params: Any) -> Array:
        """Numbers of a distribution whose parameters broadcast to the shape."""
        found = dt.as_dtype(dtype)
        if found not in (dt.float64, dt.float32, dt.int64):
            raise TypeError(f"{name} has dtypes float64 and float32, and not {found}")
        given = {key: self._param(name, key, value) for key, value in params.items()}
        check(name, given)
        shape = _sized(size, [_shape(value) for value in given.values()], name)
        named = {"dtype": found} if found is dt.float32 else {}
        args = tuple(argument(value) for value in given.values())
        return self._made(name, args, {**_said(size), **named}, shape, found)

    def _param(self, law: str, name: str, value: Any) -> Any:
        """A parameter: a number of Python's, or an array of real numbers."""
        if isinstance(value, NUMBERS) and not isinstance(value, (bool, complex)):
            return int(value) if isinstance(value, int) else float(value)
        found = value if isinstance(value, Array) else hosted(value, self._home)
        if found._home is not self._home:
            raise ValueError("arrays of two clients do not go together: bring one over with `asarray(np.asarray(x))`")
        if found.dtype.rank not in (1, 2):
            raise TypeError(f"{law} takes real numbers as {name}, and these are {found.dtype}")
        return found

    def random(self, size: Size = None, dtype: Any = dt.float64) -> Array:
        """Numbers from 0 to before 1, evenly."""
        return self._law("random", size, dtype)

    def integers(
        self, low: Any, high: Any = None, size: Size = None, dtype: Any = dt.int64, endpoint: bool = False
    ) -> Array:
        """Whole numbers from `low` to before `high`, or with it where `endpoint` is true; with one bound, from 0."""
        low, high = (0, low) if high is None else (low, high)
        found = dt.as_dtype(dtype)
        if found.rank > 1:
            raise TypeError(f"integers has dtypes of whole numbers, and not {found}")
        bounds = [self._bound(name, value) for name, value in (("low", low), ("high", high))]
        if all(isinstance(bound, int) for bound in bounds):
            check_bounds(bounds[0], bounds[1] - (not endpoint), found)
        shape = _sized(size, [_shape(bound) for bound in bounds], "integers")
        named: dict[str, Any] = {"dtype": found} if found is not dt.int64 else {}
        named.update({"endpoint": True} if endpoint else {})
        return self._made("integers", tuple(map(argument, bounds)), {**_said(size), **named}, shape, found)

    def _bound(self, name: str, value: Any) -> Any:
        if isinstance(value, int):
            return int(value)
        found = self._param("integers", name, value)
        if not isinstance(found, Array) or found.dtype.rank != 1:
            raise TypeError(f"integers takes whole numbers as {name}")
        return found

    # Rows.

    def dirichlet(self, alpha: Any, size: Size = None) -> Array:
        """Rows of shares that add up to 1."""
        alpha = self._row("dirichlet", "alpha", alpha)
        return self._made("dirichlet", (alpha._node,), _said(size), (*_lengths(size), *alpha.shape), dt.float64)

    def multinomial(self, n: Any, pvals: Any, size: Size = None) -> Array:
        """How often each of several things comes in `n` trials, where their chances are `pvals`."""
        n, pvals = self._param("multinomial", "n", n), self._stack("multinomial", "pvals", pvals)
        shape = _sized(size, [_shape(n), pvals.shape[:-1]], "multinomial")
        return self._made("multinomial", (argument(n), pvals._node), _said(size), (*shape, pvals.shape[-1]), dt.int64)

    def multivariate_hypergeometric(
        self, colors: Any, nsample: Any, size: Size = None, method: str = "marginals"
    ) -> Array:
        """How many of each colour are among `nsample` taken from an urn with `colors` of each."""
        name = "multivariate_hypergeometric"
        if method not in ("marginals", "count"):
            raise ValueError(f"method is 'marginals' or 'count', and not {method!r}")
        colors, nsample = self._row(name, "colors", colors), self._param(name, "nsample", nsample)
        shape = (*_sized(size, [_shape(nsample)], name), *colors.shape)
        return self._made(name, (colors._node, argument(nsample)), _said(size), shape, dt.int64)

    def multivariate_normal(
        self,
        mean: Any,
        cov: Any,
        size: Size = None,
        check_valid: str = "warn",
        tol: float = 1e-8,
        *,
        method: str = "svd",
    ) -> Array:
        """Rows of normal numbers around `mean` that go together as `cov` says.

        A `cov` that is none is refused while it runs, where NumPy warns; unless `check_valid` is "ignore".
        """
        name = "multivariate_normal"
        if check_valid not in ("warn", "raise", "ignore") or method not in ("svd", "eigh", "cholesky"):
            raise ValueError("check_valid is 'warn', 'raise' or 'ignore', method 'svd', 'eigh' or 'cholesky'")
        mean, cov = self._row(name, "mean", mean), self._param(name, "cov", cov)
        if _shape(cov) != mean.shape * 2:
            raise ValueError(f"cov has shape {_shape(cov)}, and should be {mean.shape * 2} beside that mean")
        named = {**_said(size), **({"check_valid": "ignore"} if check_valid == "ignore" else {})}
        named.update({"tol": float(tol)} if tol != 1e-8 else {})
        return self._made(name, (mean._node, cov._node), named, (*_lengths(size), *mean.shape), dt.float64)

    def _stack(self, law: str, name: str, value: Any) -> Array:
        found = self._param(law, name, value)
        if not _shape(found) or not _shape(found)[-1]:
            raise ValueError(f"{law} takes rows as {name}, and got shape {_shape(found)}")
        return found

    def _row(self, law: str, name: str, value: Any) -> Array:
        found = self._stack(law, name, value)
        if found.ndim != 1:
            raise ValueError(f"{law} takes a row as {name}, and got shape {found.shape}")
        return found

    # Orders.

    def choice(
        self, a: Any, size: Size = None, replace: bool = True, p: Any = None, axis: int = 0, shuffle: bool = True
    ) -> Array:
        """Elements of `a` along the axis, or of the numbers before it; each with its chance in `p`, or all alike.

        They come in a random order, whether `shuffle` is asked for or not.
        """
        source, shape, at, dtype = self._population(a, axis)
        sides = _lengths(size)
        named: dict[str, Any] = {**_said(size), **({} if replace else {"replace": False})}
        if not shape[at] and all(sides):
            raise ValueError("cannot choose of no elements")
        if not replace and count_of(sides) > shape[at]:
            raise ValueError(f"cannot take {count_of(sides)} of {shape[at]} elements without `replace`")
        if p is not None:
            p = self._row("choice", "p", p)
            if p.shape != (shape[at],):
                raise ValueError(f"p has shape {p.shape}, and should have a number for each of {shape[at]}")
            named["p"] = p._node
        if at:
            named["axis"] = at
        return self._made("choice", (argument(source),), named, (*shape[:at], *sides, *shape[at + 1 :]), dtype)

    def permutation(self, x: Any, axis: int = 0) -> Array:
        """The slices of `x` along the axis in a random order; of an integer, of the numbers before it."""
        source, shape, at, dtype = self._population(x, axis)
        return self._made("permutation", (argument(source),), {"axis": at} if at else {}, shape, dtype)

    def shuffle(self, x: Array, axis: int = 0) -> None:
        """Makes `x` stand for its slices along the axis in a random order."""
        x._node = self.permutation(need(x, "shuffle"), axis)._node

    def permuted(self, x: Any, *, axis: int | None = None, out: Array | None = None) -> Array:
        """The rows of `x` along the axis, each in a random order of its own; without one, all elements."""
        x = x if isinstance(x, Array) else hosted(x, self._home)
        named = {} if axis is None else {"axis": axis_of(axis, x.ndim)}
        found = self._made("permuted", (x._node,), named, x.shape, x.dtype)
        if out is None:
            return found
        if (out.shape, out.dtype) != (x.shape, x.dtype):
            raise ValueError(f"out is {out.dtype} of shape {out.shape}, and should be {x.dtype} of shape {x.shape}")
        out._node = found._node
        return out

    def _population(self, a: Any, axis: int) -> tuple[Any, Shape, int, dt.DType]:
        """What there is to choose from, its shape, the axis, and the dtype."""
        if isinstance(a, int):
            if a < 0:
                raise ValueError(f"there are {a} numbers to choose from, and should be 0 or more")
            return int(a), (int(a),), 0, dt.int64
        found = a if isinstance(a, Array) else hosted(a, self._home)
        if not found.ndim:
            raise ValueError("takes a whole number, or an array with axes")
        return found, found.shape, axis_of(axis, found.ndim), found.dtype


class Random:
    """`random` of one client."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._own: Generator | None = None

    def default_rng(self, seed: int | Generator | None = None) -> Generator:
        """A generator of that seed; without one, of a seed that is drawn from the operating system."""
        return seed if isinstance(seed, Generator) else Generator(seed, self._home)

    def seed(self, seed: int | None = None) -> None:
        """Begins the generator of this module's functions anew."""
        self._own = Generator(seed, self._home)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(Generator, name):
            raise AttributeError(f"pantile.xp.random has no {name!r}")
        if self._own is None:
            self._own = Generator(None, self._home)
        return getattr(self._own, name)

    def __dir__(self) -> list[str]:
        return __all__


def _seed(seed: Any) -> int:
    found = operator.index(seed)
    if not 0 <= found < 2**64:
        raise ValueError(f"a seed is an integer from 0 to 2**64 - 1, and not {found}")
    return found


def _shape(value: Any) -> Shape:
    return value.shape if isinstance(value, Array) else ()


def _said(given: Size) -> dict[str, Any]:
    return {} if given is None else {"size": shape_of(given)}


def _lengths(given: Size) -> Shape:
    return () if given is None else shape_of(given)


def _sized(given: Size, params: list[Shape], name: str) -> Shape:
    """The shape of an array with such parameters."""
    together = broadcast(*params) if params else ()
    if given is None:
        return together
    shape = shape_of(given)
    try:
        return broadcast_to(together, shape)
    except ValueError:
        said = f"{name} has size {shape}, which parameters of shape {together} do not broadcast to"
        raise ValueError(said) from None


_default = Random(DEFAULT)
default_rng, seed = _default.default_rng, _default.seed


def __getattr__(name: str) -> Any:
    return getattr(_default, name)


__all__ = [  # pyright: ignore[reportUnsupportedDunderAll]
    "Generator", "default_rng", "seed", *(name for name in dir(Generator) if not name.startswith("_")),
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
