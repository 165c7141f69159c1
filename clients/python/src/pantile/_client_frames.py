"""How frames begin: a table, a query, rows of this process, files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from . import _read
from ._errors import ArgumentError

if TYPE_CHECKING:
    from ._frame import DataFrame
    from ._series import Series


class Frames:
    """What a client makes frames of; nothing is asked yet."""

    query: Callable[..., pa.RecordBatchReader]

    def sql(self, text: str, params: Sequence[object] | Mapping[str, object] | None = None) -> DataFrame:
        """A lazy frame of what a query in SQL comes to.

        >>> late = client.sql("SELECT * FROM flights WHERE dep_delay > $least", {"least": 60})
        >>> late.groupby("origin").size().compute()
        origin
        EWR    10940
        JFK     8401
        LGA     7240
        dtype: int64
        """
        from ._frame import DataFrame

        return DataFrame._of_sql(self, text, params)

    def table(self, name: str) -> DataFrame:
        """A lazy frame of the table or view of that name.

        >>> client.table("airlines").head(2).compute()
          carrier                    name
        0      9E       Endeavor Air Inc.
        1      AA  American Airlines Inc.
        """
        from ._frame import DataFrame

        return DataFrame._of_table(self, name)

    def from_arrow(self, data: Any) -> DataFrame:
        """A lazy frame of rows of this process: anything that exports an Arrow stream. They are sent with questions.

        >>> import pyarrow as pa
        >>> client.from_arrow(pa.table({"n": [1, 2]})).n.sum().item()
        3
        """
        return self._of_data(data, None)

    def from_pandas(self, frame: Any, *, index: bool = True) -> DataFrame:
        """A lazy frame of a pandas frame; its index stays one unless `index=False`.

        >>> client.from_pandas(pd.DataFrame({"n": [1, 2]}, index=["a", "b"])).loc[["b"]].compute()
           n
        b  2
        """
        return self._of_data(frame, None if index else False)

    def from_polars(self, frame: Any) -> DataFrame:
        """A lazy frame of a Polars frame, which is collected if it is lazy.

        >>> import polars as pl
        >>> client.from_polars(pl.DataFrame({"n": [1, 2]})).n.max().item()
        2
        """
        return self._of_data(frame.collect() if hasattr(frame, "collect") else frame, None)

    def from_dict(self, data: Mapping[str, Any]) -> DataFrame:
        """A lazy frame of columns by their names.

        >>> client.from_dict({"k": ["a", "b"], "n": [1, 2]}).compute()
           k  n
        0  a  1
        1  b  2
        """
        return self._of_data(pa.table(dict(data)), None)

    def from_array(self, data: Any, columns: Sequence[str] | None = None) -> DataFrame:
        """A lazy frame of a NumPy array of one or two axes."""
        if getattr(data, "ndim", 0) not in (1, 2):
            raise ArgumentError("an array of one or two axes is wanted", hint="reshape it before")
        parts = [data] if data.ndim == 1 else list(data.T)
        names = [str(at) for at in range(len(parts))] if columns is None else list(columns)
        if len(names) != len(parts):
            raise ArgumentError(f"{len(names)} names for an array of {len(parts)} columns", hint="one name for each")
        return self.from_dict(dict(zip(names, parts, strict=True)))

    def from_dask_array(self, x: Any, columns: Any = None, index: Any = None, meta: Any = None) -> DataFrame | Series:
        """A lazy frame of an array of two axes, a column of one axis; values of a lazy array are computed now.

        `columns` are names, for a column its name; `index` holds a label for each row.

        >>> client.from_dask_array(client.xp.ones((2, 2)), columns=["a", "b"]).sum().compute()
        a    2.0
        b    2.0
        dtype: float64
        """
        values = x.compute() if hasattr(x, "compute") else x
        several = getattr(values, "ndim", 0) == 2
        frame = self.from_array(values, columns if several or columns is None else [columns])
        if index is not None:
            labels = index.compute() if hasattr(index, "compute") else index
            if len(labels) != len(values):
                raise ArgumentError(f"{len(labels)} labels for {len(values)} rows", hint="one label for each")
            frame = self.from_pandas(frame.to_pandas().set_axis(labels, axis=0))
        return frame if several else frame.iloc[:, 0].rename(columns)

    def read_parquet(self, path: Any, columns: Sequence[str] | None = None) -> DataFrame:
        """A lazy frame of Parquet files: a path, a pattern, a list of paths, or a place that the server reads.

        >>> df.to_parquet(folder / "few.parquet")
        >>> client.read_parquet(folder / "*.parquet", columns=["n"]).n.sum().item()
        6
        """
        return _read.files(self, "parquet", path, columns)

    def read_csv(self, path: Any, columns: Sequence[str] | None = None, *, sep: str = ",") -> DataFrame:
        """A lazy frame of CSV files with names in their first lines: as `read_parquet`.

        >>> df.to_csv(folder / "few.csv", index=False)
        >>> client.read_csv(folder / "few.csv").schema.names
        ['k', 'n', 'x']
        """
        return _read.files(self, "csv", path, columns, sep=sep)

    def read_json(self, path: Any, columns: Sequence[str] | None = None) -> DataFrame:
        """A lazy frame of files with a JSON object in each line: as `read_parquet`."""
        return _read.files(self, "json", path, columns)

    def read_feather(self, path: Any, columns: Sequence[str] | None = None) -> DataFrame:
        """A lazy frame of Arrow files: as `read_parquet`."""
        return _read.files(self, "feather", path, columns)

    def read_orc(self, path: Any, columns: Sequence[str] | None = None) -> DataFrame:
        """A lazy frame of ORC files of this machine."""
        return _read.files(self, "orc", path, columns)

    def read_table(self, path: Any, columns: Sequence[str] | None = None, *, sep: str = "\t") -> DataFrame:
        """A lazy frame of files whose values stand between tabulators: as `read_csv`."""
        return _read.files(self, "csv", path, columns, sep=sep)

    def _of_data(self, data: Any, index: Any) -> DataFrame:
        from ._frame import DataFrame

        return DataFrame._of_data(self, data, index=index)
