"""Frames for `narwhals.stable.v1`, which Altair and Plotly ask: a DataFrame whose rows come when they are needed.

Where those two ask for a frame they take no LazyFrame, and that API would give them the interchange protocol. DuckDB's
relations and Ibis' tables are DataFrames there, too. Columns and their types, choices of columns and of first rows,
and how many rows there are, are asked of the server without the rows. All else narwhals does over pyarrow, once the
rows are here; `lazy()` is the frame whose work runs on the server.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pantile._program import fn

from ._frame import LazyFrame

if TYPE_CHECKING:
    from types import ModuleType

    from pantile import DataFrame


class Frame:
    """A frame as `narwhals.stable.v1` asks it."""

    def __init__(self, frame: LazyFrame) -> None:
        self._frame = frame
        self._version = frame._version
        self._implementation = frame._implementation

    def __narwhals_dataframe__(self) -> Frame:
        return self

    def __narwhals_namespace__(self) -> Any:
        """What expressions are built with: pyarrow's, as the rows will be."""
        import narwhals
        import pyarrow as pa

        frame = narwhals.from_native(pa.table({}), eager_only=True)._compliant_frame
        return frame._with_version(self._version).__narwhals_namespace__()

    def __native_namespace__(self) -> ModuleType:
        import pyarrow

        return pyarrow

    def _with_version(self, version: Any) -> Any:
        return of_version(self._frame._with_version(version), version)

    @functools.cached_property
    def _here(self) -> Any:
        """The rows, as narwhals' frame over pyarrow."""
        return self._frame.collect(None)

    def __getattr__(self, name: str) -> Any:
        """What is not below is asked of the rows."""
        if name in ("_frame", "_version"):
            raise AttributeError(name)
        return getattr(self._here, name)

    # Without the rows.

    @property
    def _native_frame(self) -> DataFrame:
        """The name that `narwhals.to_native` reads."""
        return self._frame.native

    @property
    def schema(self) -> dict[str, Any]:
        return self._frame.schema

    @property
    def columns(self) -> list[str]:
        return self._frame.columns

    def lazy(self, backend: Any = None, *, session: Any = None) -> Any:
        return self._frame if backend is None else self._here.lazy(backend, session=session)

    def __len__(self) -> int:
        if "_here" in vars(self):
            return len(self._here)
        counted = LazyFrame(self._frame.plan.call("select", fn("len")), self._version)
        return counted.collect(None).item(row=None, column=None)

    def get_column(self, name: str) -> Any:
        frame = self if "_here" in vars(self) else self.simple_select(name)
        return frame._here.get_column(name)

    def simple_select(self, *names: str) -> Frame:
        return Frame(self._frame.simple_select(*names))

    def drop(self, columns: Sequence[str], *, strict: bool) -> Frame:
        return Frame(self._frame.drop(columns, strict=strict))

    def rename(self, mapping: Mapping[str, str]) -> Frame:
        return Frame(self._frame.rename(mapping))

    def head(self, n: int) -> Frame:
        return Frame(self._frame.head(n))


def of_version(frame: LazyFrame, version: Any) -> Frame | LazyFrame:
    """The frame as that version of narwhals' API wants it."""
    from narwhals._utils import Version

    return Frame(frame) if version is Version.V1 else frame
