"""What Dask's frames give beside pandas' names: an array, a bag of rows, the bytes of partitions, the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pantile._dataframe import DataFrame
from pantile._lazy import Lazy
from pantile._refusals import wrong
from pantile._series import Series


def to_dask_array(self: Any, lengths: Any = None, **_: Any) -> Any:
    """The values, without the index, as an array of `client.xp`: computed now, and sent with what is asked of it.

    >>> df[["n", "x"]].to_dask_array().shape
    (3, 2)
    """
    return self.client.array(self.to_numpy())


def to_bag(self: Any, index: bool = False, format: str = "tuple") -> list[Any]:
    """The rows as tuples or, with `format="dict"`, as dicts; a column's values as they are. All rows come here.

    >>> df[["k", "n"]].to_bag()
    [('a', 1), ('b', 2), ('a', 3)]
    """
    if format not in ("tuple", "dict"):
        wrong(f"format is 'tuple' or 'dict', not {format!r}")
    found = self.to_pandas()
    if isinstance(self, Series):
        found = found.items() if index else found
        return list(found) if format == "tuple" else wrong("a column's rows have no names", "to_frame().to_bag(…)")
    if format == "dict":
        return (found.reset_index() if index else found).to_dict(orient="records")
    return list(found.itertuples(index, name=None))


def memory_usage_per_partition(self: Any, index: bool = True, deep: bool = False) -> Any:
    """The bytes of each partition as pandas counts them: one partition is known here, which is the whole answer.

    >>> df[["n"]].memory_usage_per_partition(index=False).tolist()
    [24]
    """
    import pandas as pd

    used = self.memory_usage(index=index, deep=deep)
    return pd.Series([int(used if isinstance(self, Series) else used.sum())])


def graph(self: Any) -> dict[str, str]:
    """What runs: one program, whose text stands under the name of the answer.

    >>> df[["n"]].dask
    {'answer': 'data.select("n")'}
    """
    return {"answer": self.program()}


METHODS: dict[str, Callable[..., Any]] = {
    "to_dask_array": to_dask_array,
    "to_bag": to_bag,
    "memory_usage_per_partition": memory_usage_per_partition,
}


def install() -> None:
    """Gives frames and columns these methods."""
    for kind in (DataFrame, Series):
        for name, method in METHODS.items():
            setattr(kind, name, method)
    Lazy.dask = property(graph)  # type: ignore[attr-defined]


install()
