"""What takes a Python function, or is bookkeeping of a scheduler: refused with the way round, or answered plainly."""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from pantile._dataframe import DataFrame
from pantile._refusals import needs_python, unsupported, wrong
from pantile._series import Series

EXPRESSION = "say it with columns: arithmetic, where, map({…}), case_when, .str and .dt; functions run on .to_pandas()"
REFUSED = {
    "apply": EXPRESSION, "map_partitions": EXPRESSION, "map_overlap": "rolling, shift and diff look at rows near by",
    "reduction": "agg takes names of reductions", "combine": "arithmetic, where and combine_first put columns together",
    "applymap": EXPRESSION,
}  # fmt: skip


def refused(name: str, hint: str) -> Callable[..., Any]:
    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        first = arguments[0] if arguments else named.get("func")
        if name == "apply" and isinstance(first, str):
            return getattr(self, first)()
        if (
            name == "apply"
            and callable(first)
            and (getattr(first, "__module__", "") or "").partition(".")[0] == "numpy"
        ):
            return first(self)
        return needs_python(f"{type(self).__name__}.{name}", hint)

    return method


def frame_map(df: DataFrame, func: Any, **named: Any) -> DataFrame:
    """Each column by the same dict; a function is refused."""
    return df._mapped(lambda s: s.map(func, **named))


def transform(self: Any, func: Any, *arguments: Any, **named: Any) -> Any:
    """What a method, called by its name, makes of each row."""
    if isinstance(func, str):
        return getattr(self, func)(*arguments, **named)
    if (getattr(func, "__module__", "") or "").partition(".")[0] == "numpy":
        return func(self)
    return needs_python(f"{type(self).__name__}.transform", EXPRESSION)


def itself(self: Any, *_: Any, **__: Any) -> Any:
    """The same: the server sees to partitions and plans."""
    return self


def iterrows(df: DataFrame) -> Iterator[Any]:
    """Each row with its label; all rows come here."""
    return iter(df.to_pandas().iterrows())


def itertuples(df: DataFrame, index: bool = True, name: Any = "Pandas") -> Iterator[Any]:
    """Each row as a named tuple; all rows come here."""
    return iter(df.to_pandas().itertuples(index, name))


def info(df: Any, buf: Any = None, verbose: Any = None, memory_usage: Any = None, **_: Any) -> None:
    """Prints the columns and their types; nothing runs."""
    print(repr(df), file=buf or sys.stdout)


def to_records(self: Any, index: bool = True, **_: Any) -> Any:
    """The rows as a NumPy array of records."""
    found = self.to_pandas()
    return (found.to_frame() if isinstance(self, Series) else found).to_records(index=index)


def written(name: str) -> Callable[..., Any]:
    """A method that writes what pandas' of the same name writes, once the answer is here."""

    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        found = self.to_pandas()
        if not hasattr(found, name):
            found = found.to_frame()
        return getattr(found, name)(*arguments, **named)

    method.__doc__ = f"What `{name}` of pandas makes of the answer."
    return method


def to_parquet(self: Any, path: Any, **options: Any) -> None:
    """Writes the answer as a Parquet file, batch by batch; the index is no part of it."""
    from pyarrow import parquet

    with parquet.ParquetWriter(path, self.schema_sent(), **options) as writer:
        for batch in self._run(self._node()):
            writer.write_batch(batch.cast(self.schema_sent()))


def schema_sent(self: Any) -> Any:
    """The schema that the server answers with."""
    from pantile._rows import schema_of

    return schema_of(self.client, self._node())


def to_table(self: Any, name: str, *, if_exists: str = "error") -> Any:
    """Keeps the answer on the server as the table `name`; gives the frame of that table."""
    from pantile._program import fn

    self._run(self._node().call("store", name, if_exists=if_exists)).read_all()
    return DataFrame(self.client, fn("table", name))


def get_partition(self: Any, n: int) -> Any:
    """The whole, which is the one partition that is known here."""
    return self if n == 0 else wrong(f"there is no partition {n}", "iter_batches() gives the rows batch by batch")


def random_split(self: Any, frac: Any, random_state: Any = None, shuffle: bool = False) -> list[Any]:
    """Parts of the rows by chance, of these shares; the same ones whenever they are computed."""
    from pantile._column import Column
    from pantile._program import binary, fn

    seed = random_state if isinstance(random_state, int) else random.randrange(2**31)
    place = binary("/", fn("int_range", fn("len")).call("shuffle", seed=seed), fn("len"))
    ends = list(itertools.accumulate(frac, initial=0.0))
    if abs(ends[-1] - 1) > 1e-9:
        wrong(f"the shares make {ends[-1]:g}, and not 1")
    conditions = [
        binary("&", binary(">=", place, low), binary("<", place, high))
        for low, high in itertools.pairwise([*ends[:-1], 2.0])
    ]
    parts = [Column(condition, pa.bool_(), null=False) for condition in conditions]
    if isinstance(self, Series):
        return [self._by_frame(lambda frame, part=part: frame._filtered(part)) for part in parts]
    return [self._filtered(part) for part in parts]


def not_here(name: str, hint: str) -> Callable[..., Any]:
    return lambda self, *_, **__: unsupported(f"{name} is not done here", hint)


SAME = [
    "repartition", "shuffle", "optimize", "simplify", "lower_once", "infer_objects", "convert_dtypes", "to_backend",
    "clear_divisions",
    "categorize",
]  # fmt: skip
WRITTEN = [
    "to_csv",
    "to_json",
    "to_html",
    "to_string",
    "to_dict",
    "to_markdown",
    "to_latex",
    "to_excel",
    "to_feather",
    "to_pickle",
    "to_sql",
    "to_xml",
    "to_clipboard",
    "to_stata",
    "to_xarray",
    "tolist",
    "to_list",
    "to_hdf",
    "to_orc",
    "to_iceberg",
    "memory_usage",
    "hist",
    "boxplot",
]
ELSEWHERE = {
    "to_delayed": "iter_batches() gives the rows batch by batch",
}
PROPERTIES: dict[str, Callable[[Any], Any]] = {
    "values": lambda self: self.to_numpy(),
    "npartitions": lambda self: 1,
    "divisions": lambda self: (None, None),
    "known_divisions": lambda self: False,
    "partitions": lambda self: [self],
    "expr": lambda self: self._node(),
    "attrs": lambda self: {},
    "array": lambda self: self.to_pandas().array,
    "nbytes": lambda self: self.to_arrow().nbytes,
    "plot": lambda self: self.to_pandas().plot,
    "style": lambda self: self.to_pandas().style,
}
SHOWN = {
    "pprint": lambda self: print(self.program()), "visualize": lambda self, *_, **__: self.program(),
    "analyze": lambda self, *_, **__: self.explain(),
}  # fmt: skip


def install() -> None:
    """Gives frames and series these methods."""
    table: dict[str, Any] = {name: refused(name, hint) for name, hint in REFUSED.items()}
    table |= dict.fromkeys(SAME, itself) | {name: written(name) for name in WRITTEN} | SHOWN
    table |= {name: not_here(name, hint) for name, hint in ELSEWHERE.items()}
    table |= {
        "to_records": to_records,
        "to_parquet": to_parquet,
        "schema_sent": schema_sent,
        "to_table": to_table,
        "random_split": random_split,
        "get_partition": get_partition,
        "transform": transform,
    }
    table |= {"info": info} | {name: property(get) for name, get in PROPERTIES.items()}
    for kind in (DataFrame, Series):
        for name, method in table.items():
            setattr(kind, name, method)
    DataFrame.iterrows, DataFrame.itertuples, DataFrame.map = iterrows, itertuples, frame_map  # type: ignore[attr-defined]


install()
