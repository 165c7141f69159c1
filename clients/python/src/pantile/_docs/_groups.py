"""Of groups, and of windows over rows and times."""

from __future__ import annotations

GROUPS = {
    "agg": """
    >>> flights.groupby("origin").agg(n=("flight", "count"), late=("dep_delay", "mean")).compute()
                 n       late
    origin
    EWR     120835  15.107954
    JFK     111279  12.112159
    LGA     104662  10.346876
    """,
    "cumsum": """The sum so far within each group.

    >>> df.groupby("k").n.cumsum().compute().tolist()
    [1, 2, 4]
    """,
    "mean": """The mean of each group.

    >>> flights.groupby("origin").dep_delay.mean().compute()
    origin
    EWR    15.107954
    JFK    12.112159
    LGA    10.346876
    Name: dep_delay, dtype: float64
    """,
    "nunique": """How many different values each group has.

    >>> flights.groupby("origin").carrier.nunique().compute()
    origin
    EWR    12
    JFK    10
    LGA    13
    Name: carrier, dtype: int64
    """,
    "quantile": """The quantile `q` of each group, exactly.

    >>> flights.groupby("origin").dep_delay.quantile(0.9).compute()
    origin
    EWR    57.0
    JFK    46.0
    LGA    43.0
    Name: dep_delay, dtype: float64
    """,
    "rolling": """
    >>> df.groupby("k").n.rolling(2).sum().compute()
    k
    a  0    NaN
       2    4.0
    b  1    NaN
    Name: n, dtype: float64
    """,
    "shift": """The value of the row before within the group.

    >>> df.groupby("k").n.shift().compute().tolist()
    [nan, nan, 1.0]
    """,
    "size": """
    >>> df.groupby("k").size().compute()
    k
    a    2
    b    1
    dtype: int64
    """,
    "sum": """The sum of each group.

    >>> df.groupby("k").sum().compute()
       n    x
    k
    a  4  5.5
    b  2  0.0
    """,
    "transform": """
    >>> df.groupby("k").n.transform("sum").compute().tolist()
    [4, 2, 4]
    """,
    "value_counts": """
    >>> flights.groupby("origin").carrier.value_counts().head(2).compute()
    origin  carrier
    EWR     UA         46087
            EV         43939
    Name: count, dtype: int64
    """,
    "all": "Whether all values of the group are true.",
    "any": "Whether one value of the group is true.",
    "bfill": "Missing values replaced by the next of the group that is there.",
    "count": "How many values of the group are there.",
    "cummax": "The greatest value so far within each group.",
    "cummin": "The least value so far within each group.",
    "cumprod": "The product so far within each group.",
    "diff": "The difference to the row before within the group.",
    "ffill": "Missing values replaced by the last of the group that was there.",
    "fillna": "Missing values replaced by a value.",
    "first": "The group's first value that is there.",
    "idxmax": "The label of the group's greatest value.",
    "idxmin": "The label of the group's least value.",
    "kurt": "The excess kurtosis of each group.",
    "last": "The group's last value that is there.",
    "max": "The greatest value of each group.",
    "median": "The median of each group, exactly.",
    "min": "The least value of each group.",
    "pct_change": "The change since the row before within the group, as a part of it.",
    "prod": "The product of each group.",
    "rank": "The place of each value in the order of its group.",
    "sem": "The standard error of each group's mean.",
    "skew": "The skewness of each group.",
    "std": "The standard deviation of each group.",
    "var": "The variance of each group.",
}

WINDOWS = {
    "count": """
    >>> df.x.rolling(2, min_periods=1).count().compute().tolist()
    [1.0, 1.0, 1.0]
    """,
    "quantile": """
    >>> df.n.rolling(2).quantile(0.5).compute().tolist()
    [nan, 1.5, 2.5]
    """,
    "std": """
    >>> df.n.rolling(2).std().compute().round(3).tolist()
    [nan, 0.707, 0.707]
    """,
    "ohlc": """
    >>> flights.set_index("time_hour").dep_delay.resample("YS").ohlc().head(1).compute()
                               open  high  low  close
    time_hour
    2013-01-01 00:00:00+00:00     2  1301  -43    -10
    """,
}
