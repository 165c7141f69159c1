"""The distributions of a generator whose parameters broadcast: NumPy's names, arguments and defaults, a row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _dtype as dt

if TYPE_CHECKING:
    from ._array import Array

Size = int | tuple[int, ...] | None


class Laws:
    """Random arrays of known distributions."""

    def _law(self, name: str, size: Size, dtype: Any = dt.float64, /, **params: Any) -> Array:
        raise NotImplementedError

    def standard_normal(self, size: Size = None, dtype: Any = dt.float64) -> Array:
        """Normal numbers of mean 0 and standard deviation 1."""
        return self._law("standard_normal", size, dtype)

    def standard_exponential(self, size: Size = None, dtype: Any = dt.float64, method: str = "zig") -> Array:
        """Exponential numbers of mean 1. Both methods are the ziggurat."""
        if method not in ("zig", "inv"):
            raise ValueError(f"method is 'zig' or 'inv', and not {method!r}")
        return self._law("standard_exponential", size, dtype)

    def standard_gamma(self, shape: Any, size: Size = None, dtype: Any = dt.float64) -> Array:
        """Gamma numbers of that shape and of scale 1."""
        return self._law("standard_gamma", size, dtype, shape=shape)

    def standard_cauchy(self, size: Size = None) -> Array:
        """One normal number over another."""
        return self._law("standard_cauchy", size)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Size = None) -> Array:
        """Numbers from `low` to before `high`, evenly."""
        return self._law("uniform", size, low=low, high=high)

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None) -> Array:
        """Normal numbers of mean `loc` and standard deviation `scale`."""
        return self._law("normal", size, loc=loc, scale=scale)

    def lognormal(self, mean: Any = 0.0, sigma: Any = 1.0, size: Size = None) -> Array:
        """e to the power of normal numbers."""
        return self._law("lognormal", size, mean=mean, sigma=sigma)

    def exponential(self, scale: Any = 1.0, size: Size = None) -> Array:
        """Exponential numbers of mean `scale`."""
        return self._law("exponential", size, scale=scale)

    def gamma(self, shape: Any, scale: Any = 1.0, size: Size = None) -> Array:
        """Gamma numbers of that shape and scale."""
        return self._law("gamma", size, shape=shape, scale=scale)

    def beta(self, a: Any, b: Any, size: Size = None) -> Array:
        """Beta numbers, from 0 to 1."""
        return self._law("beta", size, a=a, b=b)

    def chisquare(self, df: Any, size: Size = None) -> Array:
        """Sums of the squares of `df` normal numbers."""
        return self._law("chisquare", size, df=df)

    def noncentral_chisquare(self, df: Any, nonc: Any, size: Size = None) -> Array:
        """The same of normal numbers that are not around 0."""
        return self._law("noncentral_chisquare", size, df=df, nonc=nonc)

    def f(self, dfnum: Any, dfden: Any, size: Size = None) -> Array:
        """A chi-square over `dfnum`, over another over `dfden`."""
        return self._law("f", size, dfnum=dfnum, dfden=dfden)

    def noncentral_f(self, dfnum: Any, dfden: Any, nonc: Any, size: Size = None) -> Array:
        """The same, of which the first is noncentral."""
        return self._law("noncentral_f", size, dfnum=dfnum, dfden=dfden, nonc=nonc)

    def standard_t(self, df: Any, size: Size = None) -> Array:
        """Student's t of `df` degrees of freedom."""
        return self._law("standard_t", size, df=df)

    def gumbel(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None) -> Array:
        """Gumbel numbers, as the greatest of many is distributed."""
        return self._law("gumbel", size, loc=loc, scale=scale)

    def laplace(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None) -> Array:
        """`loc` and an exponential number of mean `scale` to either side."""
        return self._law("laplace", size, loc=loc, scale=scale)

    def logistic(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None) -> Array:
        """Logistic numbers around `loc`."""
        return self._law("logistic", size, loc=loc, scale=scale)

    def pareto(self, a: Any, size: Size = None) -> Array:
        """Pareto numbers of the second kind, from 0 on."""
        return self._law("pareto", size, a=a)

    def power(self, a: Any, size: Size = None) -> Array:
        """Numbers from 0 to 1, as dense as the power `a - 1`."""
        return self._law("power", size, a=a)

    def rayleigh(self, scale: Any = 1.0, size: Size = None) -> Array:
        """How far points of two normal numbers are from the middle."""
        return self._law("rayleigh", size, scale=scale)

    def triangular(self, left: Any, mode: Any, right: Any, size: Size = None) -> Array:
        """Numbers from `left` to `right`, most dense at `mode`."""
        return self._law("triangular", size, left=left, mode=mode, right=right)

    def vonmises(self, mu: Any, kappa: Any, size: Size = None) -> Array:
        """Directions around `mu`, from -pi to pi, the nearer the greater `kappa`."""
        return self._law("vonmises", size, mu=mu, kappa=kappa)

    def wald(self, mean: Any, scale: Any, size: Size = None) -> Array:
        """Inverse Gaussian numbers."""
        return self._law("wald", size, mean=mean, scale=scale)

    def weibull(self, a: Any, size: Size = None) -> Array:
        """Weibull numbers of shape `a`."""
        return self._law("weibull", size, a=a)

    def binomial(self, n: Any, p: Any, size: Size = None) -> Array:
        """How many of `n` trials come true, each with the chance `p`."""
        return self._law("binomial", size, dt.int64, n=n, p=p)

    def negative_binomial(self, n: Any, p: Any, size: Size = None) -> Array:
        """How many trials fail before `n` have come true."""
        return self._law("negative_binomial", size, dt.int64, n=n, p=p)

    def geometric(self, p: Any, size: Size = None) -> Array:
        """How many trials it takes until one comes true."""
        return self._law("geometric", size, dt.int64, p=p)

    def poisson(self, lam: Any = 1.0, size: Size = None) -> Array:
        """Poisson numbers of mean `lam`."""
        return self._law("poisson", size, dt.int64, lam=lam)

    def logseries(self, p: Any, size: Size = None) -> Array:
        """Numbers of the logarithmic series, from 1 on."""
        return self._law("logseries", size, dt.int64, p=p)

    def zipf(self, a: Any, size: Size = None) -> Array:
        """Zipf numbers: `k` as often as `k` to the power of `-a`."""
        return self._law("zipf", size, dt.int64, a=a)

    def hypergeometric(self, ngood: Any, nbad: Any, nsample: Any, size: Size = None) -> Array:
        """How many of `nsample` taken from an urn are of the `ngood` beside `nbad`."""
        return self._law("hypergeometric", size, dt.int64, ngood=ngood, nbad=nbad, nsample=nsample)
