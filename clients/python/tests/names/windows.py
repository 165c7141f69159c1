"""Rolling, Expanding and Resampler."""

from __future__ import annotations

from names import Cases, absent

PLAIN = ["sum", "mean", "median", "min", "max", "std", "var", "sem", "count", "nunique", "first", "last"]

ROLLING: Cases = {
    **{name: f"r.{name}()" for name in PLAIN},
    "agg": ['r.agg(["sum", "max"])', 'r.agg("mean")'],
    "aggregate": 'r.aggregate(["sum", "max"])',
    "apply": absent("r.apply(np.ptp)"),
    "corr": "df.n.rolling(3).corr(df.w)",
    "cov": "df.n.rolling(3).cov(df.w)",
    "exclusions": "list(r.exclusions)",
    "kurt": "df.n.rolling(4).kurt()",
    "ndim": "r.ndim",
    "pipe": "r.pipe(lambda window: window.sum())",
    "quantile": "df.n.rolling(3).quantile(0.3)",
    "rank": "df.n.rolling(3).rank()",
    "skew": "df.n.rolling(3).skew()",
}
EXPANDING: Cases = {
    **{name: f"e.{name}()" for name in PLAIN},
    "agg": ['e.agg(["sum", "max"])', 'e.agg("mean")'],
    "aggregate": 'e.aggregate(["sum", "max"])',
    "apply": absent("e.apply(np.ptp)"),
    "corr": "e.corr(df.w)",
    "cov": "e.cov(df.w)",
    "exclusions": "list(e.exclusions)",
    "kurt": "e.kurt()",
    "ndim": "e.ndim",
    "pipe": "e.pipe(lambda window: window.sum())",
    "quantile": "e.quantile(0.3)",
    "rank": "e.rank()",
    "skew": "e.skew()",
}
RESAMPLER: Cases = {
    **{name: f"q.{name}()" for name in PLAIN if name != "sem"},
    "agg": ['q.agg({"n": "sum", "x": "mean"})', 'q.n.agg(["sum", "max"])'],
    "aggregate": 'q.aggregate("sum")',
    "apply": ['q.apply("sum")', absent("q.apply(lambda rows: rows.sum())")],
    "asfreq": "t.n.resample('12h').asfreq().head(3)",
    "bfill": "t.n.resample('D').bfill().head(3)",
    "exclusions": "list(q.exclusions)",
    "ffill": "t.n.resample('D').ffill().head(3)",
    "get_group": absent('q.get_group(pd.Timestamp("2024-02-01"))'),
    "groups": "q.groups",
    "indices": "q.indices",
    "interpolate": "t.n.resample('D').interpolate().head(3)",
    "keys": "q.keys",
    "level": "q.level",
    "ndim": "q.ndim",
    "nearest": "t.n.resample('D').nearest().head(3)",
    "ngroups": "q.ngroups",
    "ohlc": "q.n.ohlc()",
    "pipe": "q.pipe(lambda windows: windows.sum())",
    "prod": "q.prod()",
    "quantile": "q.quantile(0.3)",
    "sem": "q.sem()",
    "size": "q.size()",
    "transform": ['q.transform("sum")', absent("q.transform(lambda s: s + 1)")],
}
