"""Of rows picked, moved and labelled, and of frames put together."""

from __future__ import annotations

ROWS = {
    "agg": """
    >>> df.agg({"n": ["min", "max"]}).compute()
         n
    min  1
    max  3
    """,
    "assign": """
    >>> df.assign(double=df.n * 2, more=lambda d: d.double + 1).compute()
       k  n    x  double  more
    0  a  1  1.5       2     3
    1  b  2  NaN       4     5
    2  a  3  4.0       6     7
    """,
    "asfreq": """
    >>> daily = client.from_pandas(pd.DataFrame({"n": [1, 2]}, index=pd.to_datetime(["2024-01-01", "2024-01-03"])))
    >>> daily.asfreq("D").compute()
                  n
    2024-01-01  1.0
    2024-01-02  NaN
    2024-01-03  2.0
    """,
    "drop": """
    >>> df.drop(columns="x").columns.tolist()
    ['k', 'n']
    """,
    "drop_duplicates": """
    >>> df.drop_duplicates("k").compute()
       k  n    x
    0  a  1  1.5
    1  b  2  NaN
    """,
    "dropna": """
    >>> df.dropna().compute()
       k  n    x
    0  a  1  1.5
    2  a  3  4.0
    """,
    "dt": """Functions of dates, times and lengths of time.

    >>> flights.time_hour.dt.day_name().head(2).compute().tolist()
    ['Tuesday', 'Tuesday']
    """,
    "duplicated": """
    >>> df.duplicated("k").compute().tolist()
    [False, False, True]
    """,
    "explode": """
    >>> airlines.name.str.split(" ").explode().head(4).compute()
    0    Endeavor
    1         Air
    2        Inc.
    3    American
    Name: name, dtype: str
    """,
    "filter": """
    >>> flights.filter(like="dep").columns.tolist()
    ['dep_time', 'sched_dep_time', 'dep_delay']
    """,
    "groupby": """
    >>> df.groupby("k").n.sum().compute()
    k
    a    4
    b    2
    Name: n, dtype: int64
    """,
    "head": """
    >>> df.head(2).compute()
       k  n    x
    0  a  1  1.5
    1  b  2  NaN
    """,
    "iloc": """Rows by their places: a number, a slice, a list.

    >>> df.iloc[1:].compute()
       k  n    x
    1  b  2  NaN
    2  a  3  4.0
    """,
    "join": """
    >>> df.set_index("k").join(client.from_dict({"k": ["a"], "y": [5]}).set_index("k")).compute()
       n    x    y
    k
    a  1  1.5  5.0
    b  2  NaN  NaN
    a  3  4.0  5.0
    """,
    "loc": """Rows by a condition, a label, a list or a slice of labels; behind a comma, columns by name.

    >>> df.loc[df.n > 1, ["k", "n"]].compute()
       k  n
    1  b  2
    2  a  3
    """,
    "melt": """
    >>> df[["k", "n"]].melt(id_vars="k").compute()
       k variable  value
    0  a        n      1
    1  b        n      2
    2  a        n      3
    """,
    "merge": """
    >>> flights[["carrier", "flight"]].merge(airlines, on="carrier", how="left").head(2).compute()
      carrier  flight                   name
    0      UA    1545  United Air Lines Inc.
    1      UA    1714  United Air Lines Inc.
    """,
    "nlargest": """The rows with the greatest values.

    >>> flights.nlargest(2, "dep_delay")[["carrier", "dep_delay"]].compute()
      carrier  dep_delay
    0      HA       1301
    1      MQ       1137
    """,
    "nsmallest": """The rows with the least values.

    >>> df.nsmallest(1, "n").compute()
       k  n    x
    0  a  1  1.5
    """,
    "pipe": """
    >>> df.pipe(lambda d: d[d.n > 2]).compute()
       k  n    x
    2  a  3  4.0
    """,
    "pivot": """
    >>> df[["k", "n"]].drop_duplicates("k").assign(i=1).pivot(index="i", columns="k", values="n").compute()
    k  a  b
    i
    1  1  2
    """,
    "pivot_table": """
    >>> flights.pivot_table(index="month", columns="origin", values="dep_delay").head(2).compute().round(1)
    origin   EWR   JFK  LGA
    month
    1       14.9   8.6  5.6
    2       13.1  11.8  7.0
    """,
    "query": """
    >>> df.query("n > 1 and k == 'a'").compute()
       k  n    x
    2  a  3  4.0
    """,
    "rename": """
    >>> df.rename(columns={"n": "number"}).columns.tolist()
    ['k', 'number', 'x']
    """,
    "reset_index": """
    >>> df.groupby("k").n.sum().reset_index().compute()
       k  n
    0  a  4
    1  b  2
    """,
    "resample": """Windows of time over an index of times, or over the column `on`.

    >>> flights.set_index("time_hour").dep_delay.resample("QS").mean().head(2).compute().round(1)
    time_hour
    2013-01-01 00:00:00+00:00    11.4
    2013-04-01 00:00:00+00:00    15.8
    Freq: QS-JAN, Name: dep_delay, dtype: float64
    """,
    "rolling": """Windows of so many rows, or of a length of time.

    >>> df.n.rolling(2).sum().compute().tolist()
    [nan, 3.0, 5.0]
    """,
    "sample": """
    >>> int(df.sample(n=2, random_state=1).shape[0])
    2
    """,
    "select_dtypes": """
    >>> df.select_dtypes("number").columns.tolist()
    ['n', 'x']
    """,
    "set_index": """
    >>> airlines.set_index("carrier").loc[["UA"]].compute()
                              name
    carrier
    UA       United Air Lines Inc.
    """,
    "sort_index": """
    >>> df.set_index("k").sort_index().compute()
       n    x
    k
    a  1  1.5
    a  3  4.0
    b  2  NaN
    """,
    "sort_values": """
    >>> df.sort_values("x", ascending=False).compute()
       k  n    x
    2  a  3  4.0
    0  a  1  1.5
    1  b  2  NaN
    """,
    "str": """Functions of texts.

    >>> airlines.name.str.upper().head(1).compute().tolist()
    ['ENDEAVOR AIR INC.']
    """,
    "tail": """
    >>> df.tail(1).compute()
       k  n    x
    2  a  3  4.0
    """,
    "to_table": """
    >>> df.to_table("kept", if_exists="replace").n.sum().item()
    6
    >>> client.drop("kept")
    """,
    "verb": """
    >>> df.verb("top_k", 1, by="n").compute()
       k  n    x
    0  a  3  4.0
    """,
    "add_prefix": "A text put before the names of columns, or before a column's labels.",
    "add_suffix": "A text put behind the names of columns, or behind a column's labels.",
    "analyze": "How the program would run, as text.",
    "array": "The answer's values as pandas' array of them.",
    "attrs": "Nothing is kept here.",
    "axes": "The index, and a frame's columns.",
    "cat": "Functions of categories.",
    "columns": "The name, as a list.",
    "divisions": "None are known: the server sees to partitions.",
    "empty": "Whether there is no row, still to be computed.",
    "expr": "The program's node.",
    "first_valid_index": "The label of the first row that has a value.",
    "get": "The value at a label, or `default`.",
    "index": "The index, lazily.",
    "isetitem": "Puts a column in the place `loc`.",
    "keys": "The index, lazily.",
    "known_divisions": "None are known: the server sees to partitions.",
    "last_valid_index": "The label of the last row that has a value.",
    "nbytes": "The bytes of the answer in Arrow.",
    "npartitions": "One: the server sees to partitions.",
    "partitions": "The frame itself, alone: the server sees to partitions.",
    "plot": "pandas' own `plot`, of the rows, which are fetched for it.",
    "pprint": "Prints the program.",
    "style": "pandas' own `style`, of the rows, which are fetched for it.",
    "reindex": "The values of these labels, in this order; missing where there is none.",
    "reindex_like": "The rows of another frame's labels, in its order.",
    "rename_axis": "The index by another name.",
    "repeat": "Each value so many times.",
    "squeeze": "The same: a column is one already.",
    "take": "The values at these places.",
    "transpose": "The same: a column has one axis.",
    "truncate": "The rows whose labels lie between two.",
    "values": "The answer's values as a NumPy array.",
    "visualize": "The program, as text.",
    "copy": "The same again; what is set in one is not in the other.",
    "iat": "The value at a place.",
    "at": "The value at a label.",
    "tz_convert": "The index as times of another zone.",
    "tz_localize": "The index as times of a zone, or of none.",
}
