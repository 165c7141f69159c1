"""Of texts and of times."""

from __future__ import annotations

STR = {
    "contains": """
    >>> airlines[airlines.name.str.contains("Air Lines")].carrier.compute().tolist()
    ['DL', 'UA']
    """,
    "extract": """
    >>> airlines.name.str.extract("(?P<first>[A-Z][a-z]+) ").head(2).compute()
          first
    0  Endeavor
    1  American
    """,
    "len": """How many letters the text has.

    >>> airlines.name.str.len().max().item()
    27
    """,
    "lower": """The text in small letters.

    >>> airlines.carrier.str.lower().head(2).compute().tolist()
    ['9e', 'aa']
    """,
    "replace": """
    >>> airlines.name.str.replace(" Inc.", "", regex=False).head(2).compute().tolist()
    ['Endeavor Air', 'American Airlines']
    """,
    "slice": """
    >>> airlines.name.str.slice(0, 5).head(2).compute().tolist()
    ['Endea', 'Ameri']
    """,
    "split": """
    >>> airlines.name.str.split(" ").str[0].head(2).compute().tolist()
    ['Endeavor', 'American']
    """,
    "startswith": """
    >>> airlines[airlines.name.str.startswith("A")].carrier.compute().tolist()
    ['AA', 'AS', 'FL']
    """,
    "strip": """
    >>> client.from_dict({"s": [" a "]}).s.str.strip().compute().tolist()
    ['a']
    """,
    "upper": """The text in capitals.

    >>> airlines.name.str.upper().head(1).compute().tolist()
    ['ENDEAVOR AIR INC.']
    """,
}

DT = {
    "day_name": """
    >>> flights.time_hour.dt.day_name().value_counts().head(2).compute()
    time_hour
    Monday     50709
    Tuesday    50705
    Name: count, dtype: int64
    """,
    "floor": """
    >>> flights.time_hour.dt.floor("D").nunique().item()
    366
    """,
    "month": """The month, from 1 on.

    >>> flights.time_hour.dt.month.nunique().item()
    12
    """,
    "strftime": """
    >>> flights.time_hour.dt.strftime("%d.%m.%Y").head(1).compute().tolist()
    ['01.01.2013']
    """,
    "tz_convert": """
    >>> flights.time_hour.dt.tz_convert("America/New_York").dt.hour.head(2).compute().tolist()
    [5, 5]
    """,
    "year": """The year.

    >>> flights.time_hour.dt.year.value_counts().compute()
    time_hour
    2013    336688
    2014        88
    Name: count, dtype: int64
    """,
}
