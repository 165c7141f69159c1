"""`resample` beside pandas, which has the word and its arguments: the same windows, the same rows, the same empty ones."""

import itertools
import random
from datetime import datetime

import pandas
import polars
import pyarrow as pa
import pytest
from harness import ARROW_STREAM, Problem, Server
from test_pages import asked

RULES = {"1mo": "MS", "1q": "QS", "1y": "YS", "1d": "D", "2d": "2D", "3d": "3D", "6h": "6h", "7h": "7h", "36h": "36h", "17m": "17min", "90s": "90s"}
# Of windows that are made of days and hours; the others are the calendar's.
ANCHORED = ("1d", "3d", "6h", "7h", "36h", "17m", "90s")
SIDES = [{}, *({"closed": closed, "label": label} for closed, label in itertools.product(("left", "right"), repeat=2))]
ORIGINS = [None, "epoch", "start", "start_day", "end", "end_day", datetime(2024, 1, 1, 5, 30), datetime(1999, 12, 31, 23)]


@pytest.fixture(scope="module")
def times(server):
    """Rows at times that nobody chose, in no order, dense and sparse, and some on the borders of windows."""
    chance = random.Random(7)
    spread = [datetime(2024, 1, 3) + pandas.Timedelta(seconds=chance.randrange(80 * 86_400)) for _ in range(40)]
    borders = [datetime(2024, 1, 8), datetime(2024, 2, 1), datetime(2024, 1, 10, 6), datetime(2024, 1, 10, 12), datetime(2024, 3, 1)]
    at = [*spread, *borders]
    chance.shuffle(at)
    frame = pandas.DataFrame({"t": at, "v": range(len(at)), "k": [chance.choice("xy") for _ in at]})
    server.put("resampled", pa.Table.from_pandas(frame, preserve_index=False))
    return frame


def written(value):
    """A value as programs write it."""
    if not isinstance(value, datetime):
        return repr(value)
    zone = f', time_zone="{value.tzinfo}"' if value.tzinfo else ""
    return f"datetime({value.year}, {value.month}, {value.day}, {value.hour}, {value.minute}{zone})"


def program(every, more, frame='table("resampled")', group_by=""):
    arguments = "".join(f", {name}={written(value)}" for name, value in more.items())
    return f'{frame}.resample("t", "{every}"{arguments}{group_by}).agg(n=len(), total=col("v").sum(), mean=col("v").mean())'


def check(server, frame, text, every, more):
    expected = ours(frame, every, more)
    got = asked(server, text)
    assert got.columns == ["t", "n", "total", "mean"]
    # Polars' Python has no Python time for each zone's past.
    found = [(*row, *rest) for row, rest in zip(got.select(polars.col("t").to_physical()).rows(), got.select("n", "total", "mean").rows(), strict=True)]
    assert found == expected, (text, got)


def ours(frame, every, more):
    more = {**more, "offset": pandas.Timedelta(more["offset"])} if "offset" in more else more
    windows = frame.resample(RULES.get(every, every), on="t", **more).v
    made = pandas.DataFrame({"n": windows.size(), "total": windows.sum(), "mean": windows.mean()})
    rows = zip(made.index.as_unit("us").asi8.tolist(), made.n.tolist(), made.total.tolist(), made["mean"].tolist(), strict=True)
    rows = [(at, n, total, None if mean != mean else mean) for at, n, total, mean in rows]
    # Windows without rows before the first that has some, and behind the last, pandas makes now and then.
    there = [index for index, row in enumerate(rows) if row[1]]
    return rows[there[0] : there[-1] + 1]


@pytest.mark.parametrize("sides", SIDES, ids=str)
@pytest.mark.parametrize("every", RULES)
def test_sides(server, times, every, sides):
    check(server, times, program(every, sides), every, sides)


def test_weeks(server, times):
    """A week is from Monday to Sunday; pandas calls it by its Sunday, unless it is told otherwise."""
    sunday = {"closed": "right", "label": "right"}
    rows = [(at - 6 * 86_400 * 10**6, *rest) for at, *rest in ours(times, "W", sunday)]
    assert rows == ours(times, "W-MON", {"closed": "left", "label": "left"})
    assert asked(server, program("1w", {})).select(polars.col("t").to_physical(), "n", "total", "mean").rows() == rows


@pytest.mark.parametrize("offset", [None, "5h", "-31m"])
@pytest.mark.parametrize("origin", ORIGINS, ids=str)
@pytest.mark.parametrize("every", ANCHORED)
def test_origins(server, times, every, origin, offset):
    more = {**({"origin": origin} if origin else {}), **({"offset": offset} if offset else {})}
    theirs = dict(more)
    if offset:
        theirs["offset"] = offset.replace("m", "min")
        if origin in ("end", "end_day"):
            # pandas finds no place for rows where the two meet.
            last = times.t.max()
            theirs |= {"origin": last if origin == "end" else last.ceil("D"), "closed": "right", "label": "right"}
    check(server, times, program(every, more), every, theirs)


@pytest.mark.parametrize("sides", SIDES, ids=str)
@pytest.mark.parametrize("every", ["1d", "6h", "1mo", "7h"])
@pytest.mark.parametrize("zone", ["Europe/Oslo", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
@pytest.mark.parametrize("months", [(3, 4), (10, 11)], ids=["spring", "autumn"])
def test_time_zones(server, name, zone, months, every, sides):
    """Days on which the clock changes are a window each, of 23 hours and of 25."""
    chance = random.Random(5)
    start, end = (pandas.Timestamp(2024, month, 1, tz=zone) for month in months)
    at = [start + (end - start) * chance.random() for _ in range(60)]
    frame = pandas.DataFrame({"t": pandas.DatetimeIndex(at).as_unit("us"), "v": range(60)})
    server.put(name, pa.Table.from_pandas(frame, preserve_index=False))
    check(server, frame, program(every, sides, zoned(name, zone)), every, sides)


@pytest.mark.parametrize("origin", ["epoch", "start", "end", "end_day", datetime(2024, 3, 30, 22)], ids=str)
@pytest.mark.parametrize("every", ["6h", "1d", "3d"])
def test_origins_in_a_time_zone(server, name, origin, every):
    zone = "Europe/Oslo"
    at = pandas.date_range("2024-03-28 05:10", "2024-04-02", freq="317min", tz=zone).as_unit("us")
    frame = pandas.DataFrame({"t": at, "v": range(len(at))})
    server.put(name, pa.Table.from_pandas(frame, preserve_index=False))
    theirs = pandas.Timestamp(origin, tz=zone) if isinstance(origin, datetime) else origin
    if every == "6h":
        expected = ours(frame, every, {"origin": theirs})
    else:
        # pandas has no origin of days in a zone, and has it of days by the same clock in none.
        rows = ours(frame.assign(t=frame.t.dt.tz_localize(None)), every, {"origin": origin})
        expected = [(pandas.Timestamp(at * 1000).tz_localize(zone).value // 1000, *rest) for at, *rest in rows]
    for one in [origin] if isinstance(origin, str) else [origin, theirs.to_pydatetime()]:
        got = asked(server, program(every, {"origin": one}, zoned(name, zone)))
        assert got.select(polars.col("t").to_physical(), "n", "total", "mean").rows() == expected


def zoned(table, zone):
    """Tables hold instants; a zone is said in the program."""
    return f'table("{table}").with_columns(col("t").dt.convert_time_zone("{zone}"))'


@pytest.mark.parametrize("every", ["1mo", "2d", "7h"])
def test_groups(server, times, every):
    """Each group has windows of its own, in the order of the groups' first rows."""
    got = asked(server, program(every, {}, group_by=', group_by="k"'))
    expected = [(key, *row) for key in times.k.unique() for row in ours(times[times.k == key], every, {})]
    assert got.select("k", polars.col("t").to_physical(), "n", "total", "mean").rows() == expected


@pytest.mark.parametrize("every", ["1d", "3d", "1mo", "1q"])
@pytest.mark.parametrize("sides", SIDES, ids=str)
def test_dates(server, times, every, sides):
    """A Date is its midnight."""
    frame = times.assign(t=times.t.dt.normalize())
    got = asked(server, program(every, sides, 'table("resampled").with_columns(col("t").dt.date())'))
    assert got.schema["t"] == polars.Date
    assert got.select(polars.col("t").cast(polars.Datetime("us")).to_physical(), "n", "total", "mean").rows() == ours(frame, every, sides)


WHOLE = 'frame({"i": [7, -8, 0, 12, None, 7], "v": [1, 2, 3, 4, 5, 6]})'


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        ('"i", "5i"', [(-10, [2]), (-5, []), (0, [3]), (5, [1, 6]), (10, [4])]),
        ('"i", "5i", closed="right"', [(-10, [2]), (-5, [3]), (0, []), (5, [1, 6]), (10, [4])]),
        ('"i", "5i", label="right", offset="2i"', [(-3, [2]), (2, [3]), (7, []), (12, [1, 6]), (17, [4])]),
        ('"i", "5i", origin="start"', [(-8, [2]), (-3, [3]), (2, []), (7, [1, 6]), (12, [4])]),
        ('"i", "5i", origin="end"', [(-8, [2]), (-3, []), (2, [3]), (7, [1, 6]), (12, [4])]),
        ('"i", "5i", origin=1', [(-9, [2]), (-4, [3]), (1, []), (6, [1, 6]), (11, [4])]),
        ('col("i") * 2, "20i"', [(-20, [2]), (0, [1, 3, 6]), (20, [4])]),
    ],
)
def test_integers(server, arguments, rows):
    for kind in ("Int64", "Int32"):
        got = asked(server, f'{WHOLE}.cast({{"i": {kind}}}).resample({arguments}).agg(col("v"))')
        assert got.rows() == rows and str(got.schema["i"]) == kind


# What aggregations come to where there is no row: what they come to of an empty list.
SHORT = {
    "sum()": (0, 0.0), "mean()": (None, None), "median()": (None, None), "min()": (None, None), "max()": (None, None),
    "first()": (None, None), "last()": (None, None), "n_unique()": (0, 0), "all()": ([], []), "quantile(0.5)": (None, None),
    "first(ignore_nulls=True)": (None, None),
}


@pytest.mark.parametrize("short", SHORT)
def test_windows_without_rows(server, short):
    frame = 'frame({"i": [0, 9], "a": [1, 2], "f": [0.5, 1.5]})'
    got = asked(server, f'{frame}.resample("i", "3i").{short}')
    assert got.columns == ["i", "a", "f"] and got.rows()[1:3] == [(3, *SHORT[short]), (6, *SHORT[short])]
    assert got.schema == asked(server, f'{frame}.group_by("i").{short}').schema


def test_lengths_of_windows(server):
    frame = 'frame({"i": [0, 9], "len": ["x", "y"]})'
    assert asked(server, f'{frame}.resample("i", "5i").len("n")').rows() == [(0, 1), (5, 1)]
    assert asked(server, f'{frame}.resample("i", "3i").agg()').rows() == [(0,), (3,), (6,), (9,)]
    assert asked(server, f'{frame}.resample("i", "3i").agg(i_none=len(), _none=lit(1))').rows() == [(0, 1, 1), (3, 0, 1), (6, 0, 1), (9, 1, 1)]
    assert asked(server, f'{frame}.resample("i", "3i").agg(last=col("i").max(), s=struct(col("len").first(), n=len()))').rows()[1] == (3, None, {"len": None, "n": 0})


def test_keys_of_all_kinds(server):
    frame = 'frame({"i": [0, 4, 0, 4], "k": [1.5, 1.5, None, None], "s": ["a", "a", "b", "b"]}).with_columns(l=concat_list("s"), t=struct("s"))'
    rows = asked(server, f'{frame}.resample("i", "2i", group_by=["k", "l", "t", col("s").str.to_uppercase().alias("S")]).agg(n=len())').rows()
    assert rows == [(k, [s], {"s": s}, s.upper(), i, n) for k, s in ((1.5, "a"), (None, "b")) for i, n in ((0, 1), (2, 0), (4, 1))]


def test_frames_of_little(server):
    for more in ("", ', group_by="k"', ', origin="start"', ', origin="end_day"'):
        empty = asked(server, f'frame({{"t": [datetime(2024, 1, 1)], "k": [1]}}).clear().resample("t", "7h"{more}).agg(n=len())')
        assert empty.rows() == [] and empty.columns == (["k", "t", "n"] if "k" in more else ["t", "n"])
        one = f'frame({{"t": [None, datetime(2024, 1, 1)], "k": [1, 1]}}).resample("t", "7h"{more}).agg(n=len())'
        assert [row[-1] for row in asked(server, one).rows()] == [1]


def test_a_midnight_that_the_clock_leaves_out(server):
    """In Beirut, 31 March 2024 began at one o'clock."""
    frame = 'frame({"t": [datetime(2024, 3, 30, 12, time_zone="Asia/Beirut"), datetime(2024, 4, 1, time_zone="Asia/Beirut")]})'
    got = asked(server, f'{frame}.resample("t", "1d").agg(n=len()).select(col("t").dt.to_string("%Y-%m-%d %H:%M %z"), "n")')
    assert got.rows() == [("2024-03-30 00:00 +0200", 1), ("2024-03-31 01:00 +0300", 0), ("2024-04-01 00:00 +0300", 1)]


# What is refused.

TIMES = 'frame({"t": [datetime(2024, 1, 1), datetime(2024, 3, 1)], "d": [date(2024, 1, 1), date(2024, 2, 1)], "i": [1, 2], "s": ["x", "y"], "k": [1, 2]})'


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ('resample("s", "1d").len()', ["`index_column`", "`s`"]),
        ('resample(col("t") - col("t"), "1d").len()', ["`index_column`"]),
        ('resample("t", "0d").len()', ["`every`", "more than 0"]),
        ('resample("t", "-1d").len()', ["`every`", "more than 0"]),
        ('resample("t", "1d12h").len()', ["`every`", "1d12h"]),
        ('resample("t", "1mo1d").len()', ["`every`"]),
        ('resample("t", "10i").len()', ["`every`", "times"]),
        ('resample("i", "1d").len()', ["`every`", "integers"]),
        ('resample("d", "6h").len()', ["`every`", "coarse"]),
        ('resample("t", "500ns").len()', ["`every`", "coarse"]),
        ('resample("t", "1d", offset="1mo").len()', ["`offset`", "months"]),
        ('resample("t", "1d", offset="1i").len()', ["`offset`"]),
        ('resample("t", "1d", origin="strat").len()', ["`origin`", "did you mean `start`?"]),
        ('resample("t", "1d", origin=7).len()', ["`origin`"]),
        ('resample("t", "1d", origin=datetime(2024, 1, 1, time_zone="UTC")).len()', ["`origin`", "zone"]),
        ('resample("t", "1d", origin=duration(days=1)).len()', ["`origin`"]),
        ('resample("i", "2i", origin=date(2024, 1, 1)).len()', ["`origin`"]),
        ('resample("i", "2i", origin="start_day").len()', ["`origin`", "integers"]),
        ('resample("t", "1mo", origin="start").len()', ["`origin`", "months"]),
        ('resample("t", "1d", closed="both").len()', ["`closed`"]),
        ('resample("t", "1d", group_by="t").len()', ["'t'"]),
        ('resample("t", "1d").agg(t=len())', ["'t'"]),
        ('resample("t", "1d").having(len() > 1).len()', ["`having`", "without rows"]),
        ('resample("t", "1d").head(1)', ["`head`", "without rows"]),
        ('resample("t", "1d").tail(1)', ["`tail`", "without rows"]),
    ],
)
def test_what_is_refused(server, call, words):
    with pytest.raises(Problem) as problem:
        asked(server, f"{TIMES}.{call}")
    assert problem.value.code == "invalid_program", problem.value
    assert all(word in problem.value.body["detail"] for word in words), problem.value.body
    assert problem.value.body["position"]["line"] == 1


@pytest.mark.parametrize(
    "call",
    [
        'with_columns((col("a") * 10**15).cast(Datetime("us"))).resample("a", "1us").agg(n=len())',
        'with_columns((col("a") * 10**15).cast(Datetime("us"))).resample("a", "1us", group_by="k").agg(n=len())',
        'with_columns(col("a") * 10**12).resample("a", "1i").sum()',
        'with_columns(a=lit(9223372036854775807)).resample("a", "1i").len()',
    ],
)
def test_windows_without_end(server, call):
    with pytest.raises(Problem) as problem:
        asked(server, f'frame({{"a": [1, 2], "k": [1, 1]}}).{call}')
    is_over = "922337" not in call
    assert problem.value.code == ("limit_program" if is_over else "invalid_value"), problem.value
    assert not is_over or problem.value.body["limit"] == "program_rows"


def test_windows_are_charged(tmp_path):
    with Server(tmp_path / "data", "--memory", "512MiB") as small:
        response = small.request("POST", "/v1/expressions", ok=False, headers={"Accept": ARROW_STREAM}, json={"program": 'frame({"i": [0, 99_000_000]}).resample("i", "1i").agg(l=col("i"))'})
        assert response.status_code == 422 and response.json()["code"] == "limit_memory", response.json()
