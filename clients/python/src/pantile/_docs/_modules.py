"""Of the functions of `pantile` itself."""

from __future__ import annotations

FUNCTIONS = {
    "compute": """
    >>> pantile.compute(df.n.sum(), df.x.mean())
    (np.int64(6), np.float64(2.75))
    """,
    "concat": """
    >>> pantile.concat([df, df[df.n > 2]], ignore_index=True).compute()
       k  n    x
    0  a  1  1.5
    1  b  2  NaN
    2  a  3  4.0
    3  a  3  4.0
    """,
    "cut": """
    >>> pantile.cut(df.n, [0, 2, 9], labels=["few", "many"]).compute().tolist()
    ['few', 'few', 'many']
    """,
    "get_dummies": """
    >>> pantile.get_dummies(df.k).compute()
           a      b
    0   True  False
    1  False   True
    2   True  False
    """,
    "isna": """
    >>> pantile.isna(df.x).compute().tolist()
    [False, True, False]
    """,
    "melt": """
    >>> pantile.melt(df, id_vars="k", value_vars=["n"]).compute()
       k variable  value
    0  a        n      1
    1  b        n      2
    2  a        n      3
    """,
    "merge": """
    >>> pantile.merge(df, client.from_dict({"k": ["a"], "y": [5]}), on="k").compute()
       k  n    x  y
    0  a  1  1.5  5
    1  a  3  4.0  5
    """,
    "merge_asof": """
    >>> prices = client.from_dict({"at": [1, 5], "price": [10, 20]})
    >>> pantile.merge_asof(client.from_dict({"at": [2, 6]}), prices, on="at").compute()
       at  price
    0   2     10
    1   6     20
    """,
    "pivot_table": """
    >>> pantile.pivot_table(flights, index="origin", values="distance", aggfunc="max").compute()
            distance
    origin
    EWR         4963
    JFK         4983
    LGA         1620
    """,
    "qcut": """
    >>> pantile.qcut(df.n, 2, labels=["low", "high"]).compute().tolist()
    ['low', 'low', 'high']
    """,
    "to_datetime": """
    >>> pantile.to_datetime(client.from_dict({"s": ["2024-02-29"]}).s).dt.year.compute().tolist()
    [2024]
    """,
    "to_numeric": """
    >>> pantile.to_numeric(client.from_dict({"s": ["1", "x"]}).s, errors="coerce").compute().tolist()
    [1.0, nan]
    """,
}
