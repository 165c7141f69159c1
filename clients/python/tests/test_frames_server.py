"""Frames over tables of the server: what runs, when, in how many requests, and in what form answers come."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import pantile
from pantile import _reshape as shapes
from pantile._compute import compute
from pantile._frame import DataFrame


class Counting:
    """A client that counts what it is asked."""

    def __init__(self, client: pantile.Client) -> None:
        self.client = client
        self.ran: list[str] = []

    def run(self, program: str, values: Any = None, **options: Any) -> Any:
        self.ran.append(program)
        return self.client.run(program, values, **options)

    def describe(self, program: str, values: Any = None) -> pa.Schema:
        return self.client.describe(program, values)

    def drop(self, name: str, *, missing_ok: bool = False) -> None:
        self.client.drop(name, missing_ok=missing_ok)


@pytest.fixture
def counting(client: pantile.Client) -> Counting:
    return Counting(client)


@pytest.fixture
def flights(counting: Counting) -> Any:
    return DataFrame._of_table(counting, "flights")


@pytest.fixture(scope="module")
def local(client: pantile.Client) -> pd.DataFrame:
    """All flights, in pandas."""
    return client.run('table("flights")').read_all().to_pandas()


def test_a_question_is_one_request(flights: Any, counting: Counting, local: pd.DataFrame) -> None:
    late = flights[flights.dep_delay > 60].groupby("carrier").agg(n=("dep_delay", "size"), worst=("dep_delay", "max"))
    asked = late.sort_values("n", ascending=False).head(3)
    assert counting.ran == []
    got = asked.to_pandas()
    assert len(counting.ran) == 1
    want = local[local.dep_delay > 60].groupby("carrier").agg(n=("dep_delay", "size"), worst=("dep_delay", "max"))
    pd.testing.assert_frame_equal(got, want.sort_values("n", ascending=False).head(3), check_dtype=False)


def test_rows_of_a_table_are_numbered_when_they_are_shown(flights: Any) -> None:
    found = flights[flights.origin == "JFK"][["carrier", "dest"]].head(3)
    assert "int_range" not in found.program()
    assert list(found.to_pandas().index) == [0, 1, 2]


def test_scalars_compute_where_python_wants_a_number(flights: Any, counting: Counting, local: pd.DataFrame) -> None:
    mean = flights.distance.mean()
    assert not counting.ran
    assert float(mean) == pytest.approx(local.distance.mean())
    assert int(flights.distance.max()) == local.distance.max()
    assert f"{flights.distance.max():d}" == str(local.distance.max())
    assert bool(flights.distance.max() > 100)
    assert int(flights.shape[0]) == len(local)
    assert float(flights.distance.max() - flights[flights.origin == "JFK"].distance.min()) > 0


def test_several_scalars_are_one_request(flights: Any, counting: Counting, local: pd.DataFrame) -> None:
    longest = flights[flights.origin == "EWR"].air_time
    values = compute(flights.distance.sum(), flights.distance.mean(), longest.max(), 7)
    assert len(counting.ran) == 1
    assert values[0] == local.distance.sum()
    assert values[1] == pytest.approx(local.distance.mean())
    assert values[2] == local[local.origin == "EWR"].air_time.max()
    assert values[3] == 7


def test_a_scalar_of_other_rows_stands_beside_columns(flights: Any, local: pd.DataFrame) -> None:
    usual = flights[flights.origin == "JFK"].distance.mean()
    flights["more"] = flights.distance - usual
    got = flights[flights.more > 0].more.sum()
    more = local.distance - local[local.origin == "JFK"].distance.mean()
    assert float(got) == pytest.approx(more[more > 0].sum())


def test_local_rows_join_tables(client: pantile.Client, flights: Any, counting: Counting, local: pd.DataFrame) -> None:
    mine = pd.DataFrame({"carrier": ["UA", "AA"], "who": ["United", "American"]})
    sent = DataFrame._of_data(counting, mine)
    got = flights.merge(sent, on="carrier").groupby("who").distance.sum()
    want = local.merge(mine, on="carrier").groupby("who").distance.sum()
    pd.testing.assert_series_equal(got.to_pandas(), want, check_dtype=False)
    mixed = client.table("flights")
    with pytest.raises(pantile.ArgumentError, match="different clients"):
        mixed.merge(sent, on="carrier")  # type: ignore[attr-defined]


def test_answers_come_as_arrow_too(flights: Any) -> None:
    few = flights[["carrier", "distance"]].head(1000)
    table = few.to_arrow()
    assert table.num_rows == 1000 and table.column_names == ["carrier", "distance"]
    assert pa.table(few).num_rows == 1000
    assert sum(batch.num_rows for batch in few.iter_batches()) == 1000
    assert pa.schema(few).names == ["carrier", "distance"]
    assert few.collect().equals(table)
    assert np.asarray(few.distance).shape == (1000,)


def test_polars_takes_frames(flights: Any) -> None:
    polars = pytest.importorskip("polars")
    assert flights.head(3).to_polars().shape == (3, len(flights.columns))
    assert polars.from_arrow(flights.carrier.head(2).to_arrow()).height == 2


def test_explain_tells_how_and_runs_nothing(flights: Any) -> None:
    assert "flights" in flights[flights.distance > 1000].explain().lower()


@pytest.fixture
def named(client: pantile.Client) -> Iterator[str]:
    yield "frames_kept"
    client.drop("frames_kept", missing_ok=True)


def test_persist_keeps_the_answer_on_the_server(flights: Any, client: pantile.Client, named: str) -> None:
    far = flights[flights.distance > 4000].set_index("carrier")[["dest", "distance"]]
    kept = far.persist(named)
    assert kept.program().startswith('table("frames_kept")')
    pd.testing.assert_frame_equal(kept.to_pandas(), far.to_pandas())
    assert "<table" in kept._repr_html_()
    assert client.describe('table("frames_kept")').names == ["dest", "distance", "carrier"]


def test_what_is_persisted_without_a_name_goes_with_the_frame(flights: Any, client: pantile.Client) -> None:
    kept = flights.groupby("origin").size().persist()
    name = kept._kept
    assert list(kept.to_pandas().index) == ["EWR", "JFK", "LGA"]
    client.describe(f'table("{name}")')
    del kept
    with pytest.raises(pantile.DatasetNotFoundError):
        client.describe(f'table("{name}").head(1)')


def test_sql_takes_parameters(client: pantile.Client) -> None:
    frame: Any = client.sql("SELECT carrier, name FROM airlines WHERE carrier = $1 OR name = '$1 ?'", ["UA"])
    assert frame.to_pandas().carrier.tolist() == ["UA"]
    by_name: Any = client.sql("SELECT $text AS t, $number + 1 AS n", {"text": "it's -- $number", "number": 41})
    assert by_name.to_pandas().values.tolist() == [["it's -- $number", 42]]


def test_the_servers_own_words_need_no_method(flights: Any) -> None:
    assert flights.ops.top_k(2, by="distance").to_pandas().distance.tolist() == [4983, 4983]
    assert flights.verb("unique", "origin").shape[1] == len(flights.columns)
    turned = flights.carrier.head(1).ops.str.reverse()
    assert turned.to_pandas().tolist() == ["AU"]
    assert "top_k" in dir(flights.ops) and "The `k` rows" in repr(flights.ops.top_k)


NAN = pa.table({"k": ["a", "a", "b", "b"], "x": [1.0, float("nan"), None, float("nan")]})


def test_nan_is_missing_as_in_pandas(client: pantile.Client) -> None:
    ours: Any = client.from_arrow(NAN)
    theirs = NAN.to_pandas()
    for build in (
        lambda df: df.x.isna(),
        lambda df: df.x > 0,
        lambda df: df.x != 1,
        lambda df: df.x.fillna(7),
        lambda df: df.dropna(),
        lambda df: df.groupby("k").x.sum(),
        lambda df: df.groupby("k").x.count(),
        lambda df: df.sort_values("x", ascending=False),
        lambda df: df.x.cumsum(),
        lambda df: df.x.value_counts(),
        lambda df: df.drop_duplicates("x"),
        lambda df: df.drop_duplicates(),
        lambda df: df.duplicated(),
        lambda df: df.x.rank(),
        lambda df: df.x.shift().ffill(),
        lambda df: (df.x / 0).isna(),
    ):
        got, want = build(ours).to_pandas(), build(theirs)
        (pd.testing.assert_frame_equal if isinstance(want, pd.DataFrame) else pd.testing.assert_series_equal)(got, want)
    assert int(ours.x.count()) == 1
    assert float(ours.x.sum()) == 1.0


def test_columns_of_different_rows_are_aligned_by_labels(client: pantile.Client) -> None:
    one, two = (
        pd.DataFrame({"k": ["a", "b", "c"], "x": [1, 2, 3]}),
        pd.DataFrame({"k": ["c", "a", "d"], "y": [10, 20, 30]}),
    )
    ours = [client.from_pandas(frame).set_index("k") for frame in (one, two)]  # type: ignore[attr-defined]
    want = one.set_index("k").x + two.set_index("k").y
    pd.testing.assert_series_equal((ours[0].x + ours[1].y).to_pandas(), want)
    assigned = one.set_index("k").assign(y=two.set_index("k").y)
    pd.testing.assert_frame_equal(ours[0].assign(y=ours[1].y).to_pandas(), assigned)


def test_rows_without_labels_are_not_aligned(flights: Any) -> None:
    far = flights[flights.distance > 1000]
    for build in (
        lambda: far.distance + flights.distance,
        lambda: far.assign(z=flights.distance),
        lambda: far.join(flights, rsuffix="_all"),
        lambda: shapes.concat([far[["origin"]], flights[["dest"]]], axis=1),
        lambda: far.distance.where(flights.distance > 1),
        lambda: far.distance.corr(flights.distance),
    ):
        with pytest.raises(pantile.ArgumentError, match="different rows|no labels"):
            build()


def test_windows_that_are_left_out_leave_no_frequency(client: pantile.Client) -> None:
    frame = pd.DataFrame({"at": pd.date_range("2024-01-01", periods=9, freq="8h", unit="us"), "n": range(9)})
    want = frame.set_index("at").resample("D").n.sum()
    got: Any = client.from_pandas(frame).set_index("at").resample("D").n.sum()  # type: ignore[attr-defined]
    pd.testing.assert_series_equal(got.to_pandas(), want)
    pd.testing.assert_series_equal(got[got != 12].to_pandas(), want[want != 12])


def test_an_index_of_pandas_comes_back(client: pantile.Client) -> None:
    frame = pd.DataFrame({"x": [1, 2, 2]}, index=pd.Index(["b", "a", "a"], name="who"))
    ours: Any = client.from_pandas(frame)
    pd.testing.assert_frame_equal(ours[ours.x > 1].to_pandas(), frame[frame.x > 1])
    levels = pd.DataFrame({"x": [1, 2]}, index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", None]))
    pd.testing.assert_frame_equal(client.from_pandas(levels).to_pandas(), levels)
    assert list(client.from_pandas(frame, index=False).to_pandas().index) == [0, 1, 2]


def test_types_of_pandas_come_as_its_plain_ones(client: pantile.Client) -> None:
    frame = pd.DataFrame(
        {
            "i": pd.array([1, None, 3], dtype="Int64"),
            "s": pd.array(["x", None, "y"], dtype="string"),
            "f": pd.array([1.5, None, 2], dtype="double[pyarrow]"),
            "c": pd.Categorical(["v", "u", "v"]),
            "o": [dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31), None],
            "d": [dt.date(2024, 1, 1), None, None],
        }
    )
    ours: Any = client.from_pandas(frame)
    got = ours.to_pandas()
    assert [str(kind) for kind in got.dtypes] == ["float64", "str", "float64", "category", "datetime64[us]", "object"]
    assert got.i.tolist()[::2] == [1, 3] and got.d.tolist()[0] == dt.date(2024, 1, 1)
    assert list(ours.groupby("c").i.sum().to_pandas().index.categories) == ["u", "v"]


@pytest.mark.parametrize(
    "name", ["a b", "in", "é", "col", "by", "value", "__index0", "maintain_order", "len", "data", ""]
)
def test_any_name_is_a_columns_name(client: pantile.Client, name: str) -> None:
    for role in ("k", "v"):
        frame = pd.DataFrame({"k": ["x", "y", "x"], "v": [3, 1, 2]}).rename(columns={role: name})
        key, value = (name, "v") if role == "k" else ("k", name)
        ours: Any = client.from_pandas(frame)
        for build in (
            lambda df, k=key, v=value: df[df[v] > 1].sort_values([k, v]),
            lambda df, k=key, v=value: df.groupby(k)[v].sum().to_frame(),
            lambda df, k=key, v=value: df.assign(**{v: df[v] * 2}).merge(df[[k]].drop_duplicates(), on=k).describe(),
        ):
            pd.testing.assert_frame_equal(build(ours).to_pandas(), build(frame))


def test_small_integers_add_up_in_64_bits(client: pantile.Client) -> None:
    ours: Any = client.from_arrow(pa.table({"k": ["a", "a"], "n": pa.array([2**31 - 1, 2**31 - 1], pa.int32())}))
    for build in (
        lambda df: df.n.cumsum().max(),
        lambda df: df.n.sum(),
        lambda df: df.groupby("k").n.transform("sum").max(),
    ):
        assert int(build(ours)) == 2**32 - 2


def test_frames_are_awaited(client: pantile.Client) -> None:
    async def ask() -> Any:
        async with pantile.AsyncClient(client.url) as asking:
            frame: Any = await asking.table("airlines")
            return await frame[frame.carrier == "UA"], await frame.shape[0]

    found, count = asyncio.run(ask())
    assert found.name.tolist() == ["United Air Lines Inc."] and count == 16


def test_files_are_written(flights: Any, tmp_path: Path) -> None:
    few = flights[["carrier", "distance"]].head(5)
    few.to_parquet(tmp_path / "few.parquet")
    assert pd.read_parquet(tmp_path / "few.parquet").shape == (5, 2)
    few.to_csv(tmp_path / "few.csv", index=False)
    assert pd.read_csv(tmp_path / "few.csv").shape == (5, 2)


def test_categories_and_factorize(client: pantile.Client) -> None:
    frame: Any = client.from_pandas(pd.DataFrame({"k": ["b", "a", None, "b"]}))
    codes, values = frame.k.factorize()
    assert codes.to_pandas().tolist() == [0, 1, -1, 0]
    assert values.to_pandas().tolist() == ["b", "a"]
    kept = frame.k.astype("category")
    assert kept.cat.codes.to_pandas().tolist() == [1, 0, -1, 1]
    assert kept.cat.categories.to_pandas().tolist() == ["a", "b"]
    assert str(kept.to_pandas().dtype) == "category"


def test_merge_says_where_rows_come_from(client: pantile.Client) -> None:
    one, two = pd.DataFrame({"k": [1, 2, None], "x": [1, 2, 3]}), pd.DataFrame({"k": [2, None, 4], "y": [5, 6, 7]})
    want = one.merge(two, on="k", how="outer", indicator=True)
    got = shapes.merge(
        client.from_pandas(one), client.from_pandas(two), on="k", how="outer", indicator=True
    ).to_pandas()
    want["_merge"], got["_merge"] = want["_merge"].astype(str), got["_merge"].astype(str)
    pd.testing.assert_frame_equal(got, want)


def test_columns_of_levels_go_out_and_come_back(client: pantile.Client, named: str) -> None:
    columns = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "x")], names=["one", "two"])
    want = pd.DataFrame([[1, 2.5, "u"], [3, None, "v"]], columns=columns)
    frame: Any = client.from_pandas(want)
    pd.testing.assert_frame_equal(frame.to_pandas(), want)
    pd.testing.assert_frame_equal(frame["a"].to_pandas(), want["a"])
    frame[("c", "z")] = frame[("a", "x")] * 2
    want[("c", "z")] = want[("a", "x")] * 2
    pd.testing.assert_frame_equal(frame.to_pandas(), want)
    pd.testing.assert_frame_equal(frame.persist().to_pandas(), want)
    frame.columns = want.columns = ["_".join(each) for each in want.columns]
    pd.testing.assert_frame_equal(frame.to_pandas(), want)
    assert frame.to_table(named).to_arrow().column_names == ["a_x", "a_y", "b_x", "c_z"]
    client.drop(named)


SOUGHT = pd.DataFrame(
    {
        "x": [1.0, np.nan, 3.0, 4.0],
        "n": [1, 2, 3, 4],
        "small": np.array([1, 2, 3, 4], "int8"),
        "plus": np.array([1, 2, 3, 4], "uint64"),
        "k": ["a", None, "c", "d"],
        "t": pd.to_datetime(["2020-01-01", "2020-01-02", None, "2020-01-04"]),
        "b": [True, False, True, False],
    }
)
AMONG = SOUGHT.iloc[[1, 3, 3]].reset_index(drop=True)
NUMBERS = ("x", "n", "small", "plus")


@pytest.mark.parametrize(
    ("one", "other"), [("k", "k"), ("t", "t"), ("b", "b"), *((one, other) for one in NUMBERS for other in NUMBERS)]
)
def test_isin_of_a_column_is_what_pandas_says(client: pantile.Client, one: str, other: str) -> None:
    values: Any = client.from_pandas(SOUGHT)[one]
    among: Any = client.from_pandas(AMONG)[other]
    got = values.isin(among)
    assert 'how="cross"' not in got.program(), "no row holds all values"
    assert got.to_pandas().tolist() == SOUGHT[one].isin(AMONG[other]).tolist()


def test_isin_of_a_column_keeps_the_rows_and_their_order(client: pantile.Client) -> None:
    many = pd.DataFrame({"n": np.arange(300_000)[::-1] * 7 % 300_007})
    frame: Any = client.from_pandas(many)
    wanted, ours = many.n[many.n % 2 == 0], frame.n[frame.n % 2 == 0]
    assert frame[frame.n.isin(ours)].to_pandas().n.tolist() == many[many.n.isin(wanted)].n.tolist()
    both: Any = frame[~frame.n.isin(ours) & (frame.n + 1).isin(ours)]
    assert len(both.to_pandas()) == (~many.n.isin(wanted) & (many.n + 1).isin(wanted)).sum()
