"""What a first-day user gets wrong is refused at once, with the way round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import pantile
from pantile import _reshape as shapes
from pantile._errors import ArgumentError, ColumnNotFoundError, DataError, SchemaError, UnsupportedError
from pantile._frame import DataFrame
from pantile._refusals import ClientsError, CountWarning, LazyError, NeedsPythonError, RowsError

TABLE = pa.table({"k": ["a", "b"], "n": [1, 2], "x": [0.5, None], "at": pa.array([0, 1], pa.timestamp("us"))})


class Silent:
    """A client that must not be asked anything."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"asked for {name}")


@pytest.fixture
def df() -> Any:
    return DataFrame._of_data(Silent(), TABLE)


PYTHON: dict[str, Callable[[Any], Any]] = {
    "apply": lambda df: df.apply(lambda row: row.n, axis=1),
    "map": lambda df: df.n.map(lambda value: value + 1),
    "series apply": lambda df: df.n.apply(lambda value: value + 1),
    "map_partitions": lambda df: df.map_partitions(len),
    "group apply": lambda df: df.groupby("k").apply(lambda group: group),
    "group transform": lambda df: df.groupby("k").n.transform(lambda group: group),
    "group agg": lambda df: df.groupby("k").n.agg(lambda group: group.sum()),
    "group filter": lambda df: df.groupby("k").filter(lambda group: True),
    "groupby": lambda df: df.groupby(lambda label: label),
    "rolling": lambda df: df.n.rolling(2).apply(sum),
    "resample": lambda df: df.set_index("at").resample("D").apply(sum),
    "str.replace": lambda df: df.k.str.replace("a", lambda match: match[0]),
    "sort key": lambda df: df.sort_values("k", key=lambda column: column),
    "reduction": lambda df: df.n.reduction(sum),
    "agg": lambda df: df.agg(lambda column: column),
}


@pytest.mark.parametrize("name", PYTHON)
def test_python_functions_are_refused_with_a_way_round(df: Any, name: str) -> None:
    with pytest.raises(NeedsPythonError) as refused:
        PYTHON[name](df)
    assert refused.value.hint
    assert isinstance(refused.value, NotImplementedError)


def _two_levels(df: Any) -> Any:
    return df.groupby("k").agg({"n": ["sum", "mean"]})


def _categories(df: Any, ordered: bool) -> Any:
    return df.k.astype(pd.CategoricalDtype(["a", "b"], ordered))


WRONG: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "column": (lambda df: df["nn"], KeyError, "did you mean 'n'"),
    "attribute": (lambda df: df.sort_valeus, AttributeError, "did you mean 'sort_values'"),
    "picked": (lambda df: df[["n", "atx"]], ColumnNotFoundError, "did you mean 'at'"),
    "sort": (lambda df: df.sort_values("kk"), KeyError, "did you mean 'k'"),
    "groupby": (lambda df: df.groupby("m"), KeyError, "there is no column 'm'"),
    "groups": (lambda df: df.groupby("k").meen(), AttributeError, "did you mean 'mean'"),
    "agg of no column": (lambda df: df.groupby("k").agg({"z": "sum"}), KeyError, "'z'"),
    "agg of no word": (lambda df: df.groupby("k").agg({"n": "summ"}), ArgumentError, "there is no reduction 'summ'"),
    "str of numbers": (lambda df: df.n.str.upper(), AttributeError, ".str is not of int64"),
    "dt of texts": (lambda df: df.k.dt.year, AttributeError, ".dt is not of string"),
    "str name": (lambda df: df.k.str.uppr(), AttributeError, "did you mean 'upper'"),
    "if": (lambda df: bool(df.n > 1), LazyError, "neither true nor false"),
    "and": (lambda df: (df.n > 1) and (df.n < 2), LazyError, "combine conditions by &"),
    "iterate": (lambda df: list(df.n), LazyError, "no values to go through"),
    "in": (lambda df: 1 in df.n, TypeError, ""),
    "text and number": (lambda df: df.n + "a", ArgumentError, "cannot do int64 + string"),
    "compare": (lambda df: df.k > 1, ArgumentError, "cannot compare"),
    "and of numbers": (lambda df: (df.n > 1) & df.x, ArgumentError, "wants booleans"),
    "sum of texts and numbers": (lambda df: df.sum(), ArgumentError, "numeric_only=True"),
    "mean of texts": (lambda df: df.k.mean(), ArgumentError, "there is no mean of string"),
    "mask of numbers": (lambda df: df[df.n], ArgumentError, "filtered by booleans"),
    "list of booleans": (lambda df: df[[True, False]], ArgumentError, "no rows here"),
    "column of values": (lambda df: df.assign(z=[1, 2]), ArgumentError, "a list of values has no rows"),
    "array beside": (lambda df: df.n + pd.Series([1, 2]), ArgumentError, "no rows here"),
    "twice": (lambda df: df[["n", "n"]], ArgumentError, "twice"),
    "same names": (lambda df: df.rename(columns={"n": "x"}), ArgumentError, "two columns are called 'x'"),
    "stack of levels": (lambda df: _two_levels(df).stack(), ArgumentError, "columns of one level"),
    "melt of levels": (lambda df: _two_levels(df).melt(), ArgumentError, "columns of one level"),
    "a label of levels": (lambda df: _two_levels(df)[("n", "max")], KeyError, "did you mean \"('n', 'mean')"),
    "number name": (lambda df: df.rename(columns={"n": 1}), ArgumentError, "a column's name is a text"),
    "period": (lambda df: df.n.astype("period[M]"), UnsupportedError, "no type period"),
    "object": (lambda df: df.n.astype("object"), UnsupportedError, "no type object"),
    "no type": (lambda df: df.n.astype("integerish"), ArgumentError, "no type 'integerish'"),
    "look around": (lambda df: df.k.str.contains("a(?=b)"), UnsupportedError, "looks around"),
    "pattern": (lambda df: df.k.str.contains("("), ArgumentError, "does not read"),
    "merge on nothing": (lambda df: df[["n"]].merge(df[["x"]]), ArgumentError, "no column in common"),
    "merge on no column": (lambda df: df.merge(df, on="z"), KeyError, "'z'"),
    "merge on types": (lambda df: df.merge(df, left_on="n", right_on="k"), ArgumentError, "never equal"),
    "suffixes": (lambda df: df.merge(df, on="k", suffixes=("", "")), ArgumentError, "suffixes"),
    "concat of types": (
        lambda df: shapes.concat([df[["n"]], df[["k"]].rename(columns={"k": "n"})]),
        ArgumentError,
        "string",
    ),
    "resample": (lambda df: df.resample("D"), ArgumentError, "index of times"),
    "frequency": (lambda df: df.set_index("at").resample("fortnight"), UnsupportedError, "fortnight"),
    "date": (lambda df: df["at"] > "yesterday", ArgumentError, "no date and no time"),
    "argument": (lambda df: df.n.interpolate(limits=1), ArgumentError, "did you mean 'limit'"),
    "closed": (lambda df: df.n.between(1, 2, inclusive="all"), ArgumentError, "inclusive"),
    "margins": (
        lambda df: df.pivot_table(index="n", columns="k", values="x", margins=True),
        UnsupportedError,
        "astype('str')",
    ),
    "series beside frame": (lambda df: df[["n"]] + df.n, UnsupportedError, "axis='index'"),
    "query name": (lambda df: df.query("z > 1"), KeyError, "'z'"),
    "query call": (lambda df: df.query("__import__('os')"), Exception, ""),
    "query dunder": (lambda df: df.query("n.__class__"), ArgumentError, "no place in a query"),
    "query variable": (lambda df: df.query("n > @nowhere"), ArgumentError, "nowhere"),
    "isin of text": (lambda df: df.k.isin("a"), ArgumentError, "a list of values"),
    "more of categories": (lambda df: _categories(df, False) > "a", ArgumentError, "as_ordered"),
    "most of categories": (lambda df: _categories(df, False).max(), ArgumentError, "as_ordered"),
    "no category": (lambda df: _categories(df, True) > "c", ArgumentError, "none of the categories"),
    "categories there are": (lambda df: _categories(df, True).cat.add_categories("a"), ArgumentError, "already"),
    "no category to fill": (lambda df: _categories(df, True).fillna("c"), ArgumentError, "add_categories"),
    "categories of numbers": (lambda df: df.n.astype(pd.CategoricalDtype([1, 2])), UnsupportedError, "are texts"),
    "groups nobody has": (
        lambda df: df.assign(k=_categories(df, True)).groupby("k", observed=False),
        UnsupportedError,
        "observed=True",
    ),
    "two directions": (lambda df: df.sort_values(["k", "n"], ascending=[True]), ArgumentError, "directions"),
    "scalar": (lambda df: list(df.n.sum()), LazyError, "compute"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused_while_it_is_built(df: Any, name: str) -> None:
    build, kind, said = WRONG[name]
    with pytest.raises(kind) as refused:
        build(df)
    assert said in str(refused.value)


def test_frames_of_two_clients_do_not_mix() -> None:
    first, second = (DataFrame._of_data(Silent(), TABLE) for _ in range(2))
    for build in (
        lambda: first.n + second.n,
        lambda: first.merge(second, on="k"),
        lambda: shapes.concat([first, second]),
    ):
        with pytest.raises(ClientsError, match="different clients"):
            build()


def test_a_condition_of_other_rows_is_refused(df: Any) -> None:
    with pytest.raises(RowsError, match="different rows"):
        df[df.dropna().n > 1]


DATA: dict[str, tuple[Any, type[Exception], str]] = {
    "mixed": (pd.DataFrame({"a": [1, "x"]}, dtype=object), SchemaError, "cannot be sent"),
    "period": (pd.DataFrame({"a": pd.period_range("2024", periods=2, freq="M")}), DataError, "period"),
    "interval": (pd.DataFrame({"a": pd.interval_range(0, 2)}), DataError, "interval"),
    "complex": (pd.DataFrame({"a": [1j]}), DataError, "complex"),
    "twice": (pd.DataFrame([[1, 2]], columns=["a", "a"]), ArgumentError, "two columns are called 'a'"),
    "pattern": (pd.DataFrame({"^a.*$": [1]}), ArgumentError, "a pattern of names"),
    "star": (pa.table({"*": [1]}), ArgumentError, "a pattern of names"),
    "numbers": (pd.DataFrame([[1, 2]]), ArgumentError, "a column's name is a text"),
    "a list": ([1, 2], ArgumentError, "no rows that Arrow can read"),
    "arrow twice": (pa.table([[1], [2]], names=["a", "a"]), ArgumentError, "two columns"),
}


@pytest.mark.parametrize("name", DATA)
def test_data_that_has_no_place_is_refused(name: str) -> None:
    data, kind, said = DATA[name]
    with pytest.raises(kind, match=said):
        DataFrame._of_data(Silent(), data)


def test_arrays_and_names_that_do_not_fit_are_refused(client: pantile.Client) -> None:
    xp = client.xp
    with pytest.raises(ArgumentError, match="1 names for an array of 2 columns"):
        client.from_dask_array(xp.ones((3, 2)), columns=["a"])
    with pytest.raises(ArgumentError, match="2 labels for 3 rows"):
        client.from_dask_array(xp.arange(3), index=["x", "y"])
    with pytest.raises(ArgumentError, match="one or two axes"):
        client.from_dask_array(xp.ones((2, 2, 2)))
    df = client.from_dict({"k": ["a", "b"], "n": [1, 2]})
    with pytest.raises(TypeError, match="numbers, booleans and times"):
        df.to_dask_array()
    with pytest.raises(ArgumentError, match="to_frame"):
        df.n.to_bag(format="dict")
    with pytest.raises(ArgumentError, match="'tuple' or 'dict'"):
        df.to_bag(format="list")


def test_a_bag_has_the_labels_that_are_asked_for(client: pantile.Client) -> None:
    df = client.from_dict({"k": ["a", "b"], "n": [1, 2]}).set_index("k")
    assert df.to_bag(index=True) == [("a", 1), ("b", 2)]
    assert df.to_bag(True, "dict") == [{"k": "a", "n": 1}, {"k": "b", "n": 2}]
    assert df.n.to_bag(index=True) == [("a", 1), ("b", 2)]


def test_what_is_compared_is_computed_first(client: pantile.Client) -> None:
    from pantile import testing

    df = client.from_dict({"k": ["a", "b"], "n": [1, 2]})
    shown = df.to_pandas()
    testing.assert_frame_equal(df, shown)
    testing.assert_series_equal(df.n, shown.n)
    testing.assert_index_equal(df.set_index("k").index, shown.set_index("k").index)
    assert testing.assert_eq(df, shown[::-1])
    assert testing.assert_eq(df.set_index("k").index, shown.set_index("k").index[::-1])
    assert testing.assert_eq(df, shown[::-1].reset_index(drop=True), check_index=False)
    for other in (shown.assign(n=[1, 3]), shown.astype({"n": "float64"})):
        with pytest.raises(AssertionError):
            testing.assert_eq(df, other)
        with pytest.raises(AssertionError):
            testing.assert_frame_equal(df, other)
    with pytest.raises(AssertionError, match="3 is not 4"):
        testing.assert_eq(df.n.sum(), 4)


def test_len_counts_and_says_so(client: pantile.Client) -> None:
    frame: Any = client.from_arrow(TABLE)
    with pytest.warns(CountWarning, match="shape"):
        assert len(frame[frame.n > 1]) == 1
    with pytest.warns(CountWarning):
        assert len(frame.n) == 2


def test_a_split_without_n_asks_for_the_width_and_says_so(client: pantile.Client) -> None:
    frame: Any = client.from_arrow(pa.table({"s": ["a b c", None, "d"]}))
    with pytest.warns(CountWarning, match="asks the server for the number of columns"):
        parts = frame.s.str.split(" ", expand=True)
    assert list(parts.columns) == [0, 1, 2]
    assert parts[2].to_arrow().column(0).to_pylist() == ["c", None, None]


def test_types_are_found_wrong_while_the_expression_is_built(client: pantile.Client) -> None:
    frame: Any = client.from_arrow(TABLE)
    with pytest.raises(pantile.Error):
        frame["at"] * 2
    with pytest.raises(pantile.Error):
        frame.verb("top_kk", 2)
