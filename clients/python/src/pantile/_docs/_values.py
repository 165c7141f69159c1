"""Of a value for each row, and of what many values come to."""

from __future__ import annotations

VALUES = {
    "abs": """The values without their signs.

    >>> (df.n - 2).abs().compute().tolist()
    [1, 0, 1]
    """,
    "astype": """The values as another type, by pandas' names of types; a frame takes a dict of columns, too.

    >>> df.astype({"n": "float32"}).dtypes["n"]
    dtype('float32')
    """,
    "between": """Whether values lie between two, which count as within unless `inclusive` says otherwise.

    >>> df.n.between(2, 3).compute().tolist()
    [False, True, True]
    """,
    "bfill": """Missing values replaced by the next that is there.

    >>> df.x.bfill().compute().tolist()
    [1.5, 4.0, 4.0]
    """,
    "case_when": """The value of the first condition that holds, else the column's own.

    >>> df.n.case_when([(df.n > 2, 0), (df.k == "b", 9)]).compute().tolist()
    [1, 9, 0]
    """,
    "clip": """The values held between two bounds.

    >>> df.n.clip(lower=2).compute().tolist()
    [2, 2, 3]
    """,
    "combine_first": """The values, and those of `other` where they are missing.

    >>> df.x.combine_first(df.n).compute().tolist()
    [1.5, 2.0, 4.0]
    """,
    "count": """How many values are there.

    >>> int(df.x.count())
    2
    """,
    "cummax": """The greatest value so far.

    >>> df.n.cummax().compute().tolist()
    [1, 2, 3]
    """,
    "cummin": """The least value so far.

    >>> df.n.cummin().compute().tolist()
    [1, 1, 1]
    """,
    "cumprod": """The product so far.

    >>> df.n.cumprod().compute().tolist()
    [1, 2, 6]
    """,
    "cumsum": """The sum so far, in the order of the rows; missing values stay.

    >>> df.x.cumsum().compute().tolist()
    [1.5, nan, 5.5]
    """,
    "describe": """
    >>> df.n.describe().compute()
    count    3.0
    mean     2.0
    std      1.0
    min      1.0
    25%      1.5
    50%      2.0
    75%      2.5
    max      3.0
    Name: n, dtype: float64
    """,
    "diff": """The difference to the value `periods` rows before.

    >>> df.n.diff().compute().tolist()
    [nan, 1.0, 1.0]
    """,
    "ewm": """Windows in which a row weighs less the further back it is.

    >>> df.n.ewm(alpha=0.5).mean().compute().tolist()
    [1.0, 1.6666666666666665, 2.4285714285714284]
    """,
    "expanding": """Windows of all rows so far.

    >>> df.n.expanding().sum().compute().tolist()
    [1.0, 3.0, 6.0]
    """,
    "ffill": """Missing values replaced by the last that was there.

    >>> df.x.ffill().compute().tolist()
    [1.5, 1.5, 4.0]
    """,
    "fillna": """Missing values replaced by a value; a frame takes a dict of columns, too.

    >>> df.fillna({"x": 0}).compute()
       k  n    x
    0  a  1  1.5
    1  b  2  0.0
    2  a  3  4.0
    """,
    "interpolate": """Missing values replaced by what lies on the line between their neighbours.

    >>> df.x.interpolate().compute().tolist()
    [1.5, 2.75, 4.0]
    """,
    "isin": """Whether values are among these.

    >>> airlines[airlines.carrier.isin(["UA", "DL"])].compute()
      carrier                   name
    0      DL   Delta Air Lines Inc.
    1      UA  United Air Lines Inc.
    """,
    "isna": """Whether values are missing.

    >>> df.x.isna().compute().tolist()
    [False, True, False]
    """,
    "map": """What a dict makes of each value: missing where it has no such key. A function is refused.

    >>> df.k.map({"a": "Ann"}).compute().tolist()
    ['Ann', nan, 'Ann']
    """,
    "mask": """The values where a condition does not hold, else `other`.

    >>> df.n.mask(df.n > 2).compute().tolist()
    [1.0, 2.0, nan]
    """,
    "max": """The greatest value.

    >>> int(flights.dep_delay.max())
    1301
    """,
    "mean": """The mean.

    >>> df[["n", "x"]].mean().compute()
    n    2.00
    x    2.75
    dtype: float64
    """,
    "median": """The median, exactly.

    >>> float(flights.dep_delay.median())
    -2.0
    """,
    "min": """The least value.

    >>> int(flights.dep_delay.min())
    -43
    """,
    "mode": """
    >>> flights.dest.mode().compute().tolist()
    ['ORD']
    """,
    "notna": """Whether values are there.

    >>> df.x.notna().compute().tolist()
    [True, False, True]
    """,
    "nunique": """How many different values are there.

    >>> flights[["carrier", "dest"]].nunique().compute()
    carrier     16
    dest       105
    dtype: int64
    """,
    "pct_change": """The change since the value `periods` rows before, as a part of it.

    >>> df.n.pct_change().compute().tolist()
    [nan, 1.0, 0.5]
    """,
    "quantile": """The quantile `q`, exactly; a column for several.

    >>> flights.dep_delay.quantile([0.1, 0.9]).compute()
    0.1    -7.0
    0.9    49.0
    Name: dep_delay, dtype: float64
    """,
    "rank": """The place of each value in order.

    >>> df.x.rank().compute().tolist()
    [1.0, nan, 2.0]
    """,
    "replace": """Values put in the place of others.

    >>> df.k.replace({"a": "z"}).compute().tolist()
    ['z', 'b', 'z']
    """,
    "round": """The values rounded to so many decimals.

    >>> df.x.round().compute().tolist()
    [2.0, nan, 4.0]
    """,
    "shift": """The values of the row `periods` before.

    >>> df.n.shift().compute().tolist()
    [nan, 1.0, 2.0]
    """,
    "std": """The standard deviation.

    >>> float(df.n.std())
    1.0
    """,
    "sum": """The sum; 0 of nothing.

    >>> df[["n", "x"]].sum().compute()
    n    6.0
    x    5.5
    dtype: float64
    """,
    "unique": """
    >>> df.k.unique().compute()
    0    a
    1    b
    Name: k, dtype: str
    """,
    "value_counts": """
    >>> flights.origin.value_counts().compute()
    origin
    EWR    120835
    JFK    111279
    LGA    104662
    Name: count, dtype: int64
    """,
    "where": """The values where a condition holds, else `other`.

    >>> df.n.where(df.n > 1, 0).compute().tolist()
    [0, 2, 3]
    """,
    "all": "Whether all values are true.",
    "argmax": "The place of the greatest value.",
    "argmin": "The place of the least value.",
    "autocorr": "How values go together with those `lag` rows before.",
    "divmod": "Whole quotients and remainders.",
    "dot": "The sum of products with another column's values.",
    "hasnans": "Whether a value is missing.",
    "is_monotonic_decreasing": "Whether no value is greater than the one before.",
    "is_monotonic_increasing": "Whether no value is less than the one before.",
    "is_unique": "Whether no value is there twice.",
    "median_approximate": "`median`, which is exact here.",
    "nunique_approx": "`nunique`, which is exact here.",
    "rdivmod": "Whole quotients and remainders, with the sides swapped.",
    "size": "The number of values, still to be computed.",
    "any": "Whether one value is true.",
    "corr": "How the values go together with others', from -1 to 1.",
    "cov": "The covariance with other values.",
    "idxmax": "The label of the greatest value.",
    "idxmin": "The label of the least value.",
    "isnull": "`isna` by its other name.",
    "kurt": "The excess kurtosis, corrected for small samples.",
    "kurtosis": "The excess kurtosis, corrected for small samples.",
    "notnull": "`notna` by its other name.",
    "prod": "The product; 1 of nothing.",
    "product": "The product; 1 of nothing.",
    "sem": "The standard error of the mean.",
    "skew": "The skewness, corrected for small samples.",
    "var": "The variance.",
}
