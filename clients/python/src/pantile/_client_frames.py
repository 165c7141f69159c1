"""How frames begin: a table, a query, rows of this process, files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from . import _read

if TYPE_CHECKING:
    from ._frame import DataFrame


class Frames:
    """What a client makes frames of; nothing is asked yet."""

    def sql(self, text: str, params: Sequence[object] | Mapping[str, object] | None = None) -> DataFrame:
        """A lazy frame of what a query in SQL comes to."""
        from ._frame import DataFrame

        return DataFrame._of_sql(self, text, params)

    def table(self, name: str) -> DataFrame:
        """A lazy frame of the table or view of that name."""
        from ._frame import DataFrame

        return DataFrame._of_table(self, name)

    def from_arrow(self, data: Any) -> DataFrame:
        """A lazy frame of rows of this process: anything that exports an Arrow stream. They are sent with questions."""
        return self._of_data(data, None)

    def from_pandas(self, frame: Any, *, index: bool = True) -> DataFrame:
        """A lazy frame of a pandas frame; its index stays one unless `index=False`."""
        return self._of_data(frame, None if index else False)

    def from_polars(self, frame: Any) -> DataFrame:
        """A lazy frame of a Polars frame, which is collected if it is lazy."""
        return self._of_data(frame.collect() if hasattr(frame, "collect") else frame, None)

    def from_dict(self, data: Mapping[str, Any]) -> DataFrame:
        """A lazy frame of columns by their names."""
        return self._of_data(pa.table(dict(data)), None)

    def read_parquet(self, path: Any, columns: Sequence[str] | None = None) -> DataFrame:
        """A lazy frame of Parquet files: a path, a pattern, a list of paths, or a place that the server reads."""
        return _read.files(self, "parquet", path, columns)

    def read_csv(self, path: Any, columns: Sequence[str] | None = None, *, sep: str = ",") -> DataFrame:
        """A lazy frame of CSV files with names in their first lines: as `read_parquet`."""
        return _read.files(self, "csv", path, columns, sep=sep)

    def read_json(self, path: Any, columns: Sequence[str] | None = None) -> DataFrame:
        """A lazy frame of files with a JSON object in each line: as `read_parquet`."""
        return _read.files(self, "json", path, columns)

    def _of_data(self, data: Any, index: Any) -> DataFrame:
        from ._frame import DataFrame

        return DataFrame._of_data(self, data, index=index)
