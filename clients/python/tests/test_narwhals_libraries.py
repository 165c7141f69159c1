"""Libraries that take frames by narwhals: Altair, Plotly, scikit-lego, Marimo. They give what they give for pandas."""

import altair
import narwhals.stable.v1 as nw_v1
import pandas as pd
import plotly.express
import pyarrow as pa
import pytest

import pantile
from spying import Spy

ROWS = pa.table(
    {
        "k": ["x", "y", "x", None, "y", "z"],
        "a": [1, 2, 3, 4, 5, -6],
        "f": [1.5, 2.5, None, 4.0, -2.25, 0.0],
        "t": pa.array([10**15 * i for i in range(6)], pa.timestamp("us")),
    }
)


@pytest.fixture
def frame(client):
    return client.from_arrow(ROWS)


@pytest.fixture
def local():
    return ROWS.to_pandas()


# Altair and Plotly ask `narwhals.stable.v1`.


def test_altair(frame, local):
    def chart(data):
        return altair.Chart(data).mark_point().encode(x="a", y="f:Q", color="k", tooltip="t").to_dict()

    found, wanted = chart(frame), chart(local)
    assert found["encoding"] == wanted["encoding"]
    (rows,), (same,) = found["datasets"].values(), wanted["datasets"].values()
    assert [{**row, "t": row["t"][:19]} for row in rows] == [{**row, "t": row["t"][:19]} for row in same]


def test_altair_counts_before_it_asks_for_rows(client):
    spy = Spy(client)
    flights = pantile.DataFrame(spy, client.table("flights")._node(), labelled=True)
    with pytest.raises(altair.MaxRowsError, match="5000"):
        altair.Chart(flights).mark_point().encode(x="dep_delay:Q").to_dict()
    assert spy.programs == ['table("flights").select(len())']


@pytest.mark.parametrize(
    "draw",
    [
        lambda data: plotly.express.scatter(data, x="a", y="f", color="k"),
        lambda data: plotly.express.line(data, x="t", y=["a", "f"]),
        lambda data: plotly.express.histogram(data, x="f"),
        lambda data: plotly.express.bar(data, x="k", y="a", hover_data=["f"]),
    ],
)
def test_plotly(draw, frame, local):
    found, wanted = draw(frame), draw(local)
    assert [drawn(trace) for trace in found.data] == [drawn(trace) for trace in wanted.data]
    assert [trace.name for trace in found.data] == [trace.name for trace in wanted.data]


def drawn(trace):
    """The points of a trace; what is missing is None."""
    axes = [axis for axis in (trace.x, trace.y) if axis is not None]
    return [[None if pd.isna(value) else str(value)[:19] for value in axis] for axis in axes]


def test_the_first_api_has_frames_whose_rows_come_when_they_are_needed(client):
    spy = Spy(client)
    found = nw_v1.from_native(pantile.DataFrame(spy, client.table("airlines")._node(), labelled=True))
    assert isinstance(found, nw_v1.DataFrame)
    assert found.columns == ["carrier", "name"]
    assert found.schema == {"carrier": nw_v1.String, "name": nw_v1.String}
    assert isinstance(found.to_native(), pantile.DataFrame)
    assert spy.programs == []
    assert len(found) == 16
    assert found["carrier"].max() == "YV"
    assert found.drop("name").rename({"carrier": "c"}).head(1).rows() == [("9E",)]
    assert spy.programs[1:] == [
        'table("airlines").select(col("carrier"))',
        'table("airlines").drop("name", strict=True).rename({"carrier": "c"}).head(1)',
    ]
    assert found.filter(nw_v1.col("carrier") == "UA").rows() == [("UA", "United Air Lines Inc.")]
    assert len(found) == 16
    assert len(spy.programs) == 4


def test_its_lazy_frames_run_on_the_server(client):
    lazy = nw_v1.from_native(client.table("airlines")).lazy()
    assert isinstance(lazy, nw_v1.LazyFrame)
    assert isinstance(lazy.filter(nw_v1.col("carrier") > "W").to_native(), pantile.DataFrame)
    assert lazy.select(nw_v1.col("carrier").max()).collect().item() == "YV"


def test_frames_of_the_first_api_meet(frame):
    one = nw_v1.from_native(frame)
    assert len(nw_v1.concat([one, one])) == 12
    assert one.join(one.select("a"), on="a").shape == (6, 4)


def test_the_interchange_protocol_is_there_for_others(frame):
    from pyarrow.interchange import from_dataframe

    assert from_dataframe(frame)["a"].to_pylist() == ROWS["a"].to_pylist()
    assert not hasattr(frame["a"], "__dataframe__")


def test_scikit_lego(frame, local):
    preprocessing = pytest.importorskip("sklego.preprocessing")
    from sklego.pandas_utils import add_lags

    chosen = preprocessing.ColumnSelector(["a"]).fit_transform(frame)
    assert isinstance(chosen, pantile.DataFrame)
    assert list(chosen.columns) == ["a"]
    assert list(preprocessing.TypeSelector(include="number").fit_transform(frame).columns) == ["a", "f"]
    assert add_lags(frame, ["a"], [1])["a1"].to_pylist() == add_lags(local, ["a"], [1])["a1"].to_list()


def test_marimo(client):
    pytest.importorskip("marimo")
    from marimo._plugins.ui._impl.tables.utils import get_table_manager

    shown = get_table_manager(client.table("airlines"))
    assert type(shown).__name__ == "NarwhalsTableManager"
    assert shown.get_column_names() == ["carrier", "name"]
    assert shown.take(1, 0).data.collect().rows() == [("9E", "Endeavor Air Inc.")]
