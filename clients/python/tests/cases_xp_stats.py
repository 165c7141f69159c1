"""Calls of statistics beyond the standard, each in NumPy, too. `space` is either side.

`x` has NaN where its dtype has them, `y` has none; `e` has no elements, `v` one axis, `w` are weights that go with
`x`, `i` integers of 0 or more.
"""

FLOATS = ("float32", "float64")
REAL = ("int8", "uint8", "int32", "uint64", "int64", *FLOATS)
NUMERIC = (*REAL, "complex64", "complex128")
ANY = ("bool", *NUMERIC)
ONE = ("float64",)

METHODS = (
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
    "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest",
)  # fmt: skip
AXES = ("", ", axis=0", ", axis=-1", ", axis=(0, 2), keepdims=True", ", axis=1, keepdims=True")

CALLS = {
    **{
        f"space.{name}(x{axes})": dtypes
        for names, dtypes in {
            "nansum nanprod": ANY,
            "nanmean nanvar nanstd": ANY,
            "nanmax nanmin ptp": REAL,
            "median nanmedian": ("bool", *REAL),
        }.items()
        for name in names.split()
        for axes in AXES
    },
    **{f"space.{name}(x{axis})": REAL for name in ("nanargmax", "nanargmin") for axis in ("", ", axis=0", ", axis=2")},
    **{
        f"space.{name}(x{axis})": dtypes
        for name in ("nancumsum", "nancumprod", "cumsum", "cumprod")
        for axis, dtypes in (("", ANY), (", axis=1", ANY), (", 0, 'float64'", REAL))
    },
    "space.nanvar(x, axis=1, ddof=2)": REAL,
    "space.nanstd(x, axis=0, correction=1)": REAL,
    "space.nansum(e, axis=0)": ONE,
    "space.nanmean(e)": ONE,
    "space.median(e)": ONE,
    "space.nanmedian(e, axis=1)": ONE,
    "space.nanquantile(e, 0.5)": ONE,
    "space.median(x[0, 0, :1])": REAL,
    "space.median(y[0, 0, 0])": REAL,
    **{f"space.quantile(y, q, method={method!r})": REAL for method in METHODS},
    **{f"space.nanquantile(x, 0.3, axis=1, method={method!r})": REAL for method in METHODS},
    **{f"space.percentile(y, [12.5, 50, 99], axis=(0, 1), method={method!r})": ONE for method in METHODS},
    "space.quantile(y, 0.25, axis=(0, 2), keepdims=True)": REAL,
    "space.quantile(y, [[0.1, 0.2], [0.9, 1]], axis=2)": REAL,
    "space.quantile(y, 1)": REAL,
    "space.quantile(y, [0, 1], axis=0)": REAL,
    "space.quantile(x, 0.5, axis=1)": FLOATS,
    "space.nanpercentile(x, [5, 95], axis=0)": FLOATS,
    "space.quantile(y, q, axis=0, method='inverted_cdf', weights=w)": REAL,
    "space.nanquantile(x, q, method='inverted_cdf', weights=w)": REAL,
    "space.percentile(y, 40, axis=(2, 0), method='inverted_cdf', weights=np.arange(20).reshape(5, 4))": ONE,
    "space.average(y)": ANY,
    "space.average(y, axis=(0, 2), weights=w, keepdims=True)": NUMERIC,
    "space.average(y, axis=1, weights=[1, 2, 3])": NUMERIC,
    "space.average(y, axis=(2, 0), weights=np.arange(20).reshape(5, 4))": ONE,
    "space.average(y, 1, w, True)": NUMERIC,
    "space.average(y, axis=0, returned=True)": NUMERIC,
    "space.cov(y[0, :, :])": NUMERIC,
    "space.cov(y[0, :, :], rowvar=False, bias=True)": NUMERIC,
    "space.cov(v, v * v)": NUMERIC,
    "space.cov(v)": NUMERIC,
    "space.cov(y[0, :, :], ddof=0, fweights=i, aweights=np.arange(5) + 1.0)": ONE,
    "space.cov(y[0, :, :], aweights=np.arange(5) + 0.5)": NUMERIC,
    "space.cov(y[0, :, :], y[1, :, :], dtype='float32')": FLOATS,
    "space.corrcoef(y[1, :, :])": NUMERIC,
    "space.corrcoef(y[1, :, :], rowvar=False)": NUMERIC,
    "space.corrcoef(v)": NUMERIC,
    **{
        f"space.histogram({given})": REAL
        for given in (
            "y",
            "y, 3",
            "y, bins=[0, 1, 2, 2, 5]",
            "y, 4, (1, 7), density=True",
            "y, 4, weights=w",
            "y, [0.5, 3.5, 9], weights=w, density=True",
            "x, 5, (-2, 4.5)",
            "e",
            "y[0, 0, :1]",
        )
    },
    **{
        f"space.histogram(y, {rule!r})": ("int32", "float64")
        for rule in ("auto", "fd", "doane", "scott", "stone", "rice", "sturges", "sqrt")
    },
    "space.histogram(y, 'auto', (1, 4))": ("int32", "float64"),
    "space.histogram(x != x)": FLOATS,
    "space.histogram_bin_edges(y, 7)": REAL,
    "space.histogram_bin_edges(y, 'fd')": ("int32", "float64"),
    "space.histogram_bin_edges(y, [1, 2, 3])": ONE,
    "space.histogram2d(y[0, 0, :], y[1, 0, :], 3)": REAL,
    "space.histogram2d(v, v * 2, [2, 3], range=[(0, 5), (0, 9)], density=True)": REAL,
    "space.histogram2d(v, v, [0, 2, 4, 9], weights=v)": REAL,
    "space.histogramdd(y[:, :, 0], 2)[0]": REAL,
    "space.histogramdd(y[:, :, 0], [2, 3, 1], range=[(0, 9), None, None])[1][1]": FLOATS,
    "space.histogramdd([v, v * v], [2, 3])[1][1]": FLOATS,
    "space.bincount(i)": ("bool", "uint8", "int32", "int64"),
    "space.bincount(i, minlength=20)": ("int64",),
    "space.bincount(i, weights=i * 0.5)": ("int64",),
    "space.bincount(i[:0], minlength=2)": ("int64",),
    "space.digitize(x, [0, 2, 3, 3, 7])": REAL,
    "space.digitize(x, [7, 3, 3, 0], right=True)": REAL,
    "space.digitize(y, [2.5], right=True)": REAL,
    "space.interp(y, [0, 2, 2, 5], [1, 5, 7, -1])": REAL,
    "space.interp(x, [0.0, 3.0], [1.0, np.inf], left=-1, right=np.nan)": FLOATS,
    "space.interp(y, [0.0, 3.0, 4.0], [1j, 2.0, 3 - 1j], left=1 - 1j)": FLOATS,
    "space.interp(x, [350.0, 3.0, 5.0], [1.0, 2.0, 0.0], period=6)": FLOATS,
    "space.interp(y, [1], [4])": REAL,
}

# What is refused at the call, and as what.
REFUSED = [
    ("xp.quantile(a, 1.5)", ValueError, "from 0 to 1"),
    ("xp.percentile(a, [50, 101])", ValueError, "from 0 to 100"),
    ("xp.quantile(a, 0.5, method='middle')", ValueError, "no method"),
    ("xp.quantile(a, 0.5, weights=a)", ValueError, "inverted_cdf"),
    ("xp.quantile(a, 0.5, method='inverted_cdf', weights=[1.0])", TypeError, "axis"),
    ("xp.quantile(xp.zeros((0, 2)), 0.5, axis=0)", ValueError, "no elements"),
    ("xp.quantile(a, 0.5, axis=3)", IndexError, "axes"),
    ("xp.quantile(xp.zeros(2, dtype='complex64'), 0.5)", TypeError, "real"),
    ("xp.median(xp.zeros(2, dtype='complex64'))", TypeError, "real"),
    ("xp.nanmax(xp.zeros((0, 2)))", ValueError, "no elements"),
    ("xp.nanargmax(xp.zeros((0, 2)))", ValueError, "no elements"),
    ("xp.nanvar(a, ddof=1, correction=1)", ValueError, "one"),
    ("xp.average(a, weights=[1, 2])", TypeError, "axis"),
    ("xp.average(a, axis=1, weights=[1, 2])", ValueError, "weights"),
    ("xp.cov(xp.zeros((2, 2, 2)))", ValueError, "two axes"),
    ("xp.cov(a, fweights=[1])", ValueError, "observations"),
    ("xp.cov(a, xp.zeros((2, 9)))", ValueError, "observations"),
    ("xp.histogram(a, 0)", ValueError, "one bin"),
    ("xp.histogram(a, 'most')", ValueError, "no rule"),
    ("xp.histogram(a, 3, (2, 1))", ValueError, "range"),
    ("xp.histogram(a, 3, (0, xp.inf))", ValueError, "range"),
    ("xp.histogram(a, 'auto', weights=a)", TypeError, "weights"),
    ("xp.histogram(a, weights=[1.0])", ValueError, "weight"),
    ("xp.histogram(xp.zeros(2, dtype='complex64'))", TypeError, "real"),
    ("xp.histogram2d(a[0, :], a[:, 0])", ValueError, "as many"),
    ("xp.histogramdd(a, [1, 2])", ValueError, "axes"),
    ("xp.bincount(a)", TypeError, "integer"),
    ("xp.bincount(xp.ones((2, 2), dtype='int8'))", ValueError, "one axis"),
    ("xp.digitize(a, a)", ValueError, "one axis"),
    ("xp.digitize(1.0, [2.0])", TypeError, "asarray"),
    ("xp.interp(a, [1.0], [1.0, 2.0])", ValueError, "points"),
    ("xp.interp(a, [1.0], [1.0], period=0)", ValueError, "period"),
]

# What the values refuse.
REFUSED_LATER = [
    ("xp.nanargmin(xp.asarray([[1.0, xp.nan], [xp.nan, xp.nan]]), axis=1)", "nothing but NaN"),
    ("xp.average(a, weights=a * 0)", "sum to 0"),
    ("xp.histogram(a / 0)[0]", "not finite"),
    ("xp.histogram(a, a[0, :] * -1)[0]", "ascend"),
    ("xp.histogram(a * 0 + 1e17, 1000)[0]", "finite width"),
    ("xp.digitize(a, [1.0, 3.0, 2.0])", "ascend or descend"),
    ("xp.cov(a, fweights=xp.asarray([0.5, 1, 1]))", "whole"),
    ("xp.quantile(a, xp.asarray([0.5]) * a[0, :] * 9)", "from 0 to 1"),
    ("xp.quantile(a, 0.5, method='inverted_cdf', weights=a * -1)", "0 or more"),
]
