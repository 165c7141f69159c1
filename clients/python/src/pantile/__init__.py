"""Lazy frames with pandas' names, whose work runs on a Pantile server, or on one that is started for you.

    import pantile

    client = pantile.connect()                  # or pantile.connect("http://server:8815")
    flights = client.table("flights")
    flights[flights.dep_delay > 60].groupby("carrier").size().to_pandas()

Nothing is imported from the network at import; pandas, Polars and the like are imported where they are used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._errors import (
    ArgumentError,
    CancelledError,
    ClosedError,
    ColumnNotFoundError,
    ConflictError,
    ConnectionError,
    DataError,
    DatasetNotFoundError,
    Error,
    ForbiddenError,
    IncompleteAnswerError,
    InvalidValueError,
    LimitError,
    NoServerError,
    PantileWarning,
    Position,
    QuestionError,
    RequestError,
    SchemaError,
    ServerError,
    TimeoutError,
    UnavailableError,
    UnknownOutcomeError,
    UnsupportedError,
    VersionWarning,
)
from ._version import __version__

if TYPE_CHECKING:
    from ._async import AsyncClient
    from ._client import Client, connect
    from ._compute import compute
    from ._frame import DataFrame
    from ._functions import crosstab, factorize, isnull, lreshape, merge_ordered, notnull, unique, wide_to_long
    from ._groupby import DataFrameGroupBy, NamedAgg, SeriesGroupBy
    from ._index import Index
    from ._refusals import ClientsError, CountWarning, LazyError, NeedsPythonError, RowsError
    from ._reshape import (
        concat,
        cut,
        get_dummies,
        isna,
        melt,
        merge,
        merge_asof,
        notna,
        pivot,
        pivot_table,
        qcut,
        to_datetime,
        to_numeric,
        to_timedelta,
    )
    from ._scalar import Scalar
    from ._series import Series
    from .testing import assert_eq

__all__ = [
    "ArgumentError",
    "AsyncClient",
    "CancelledError",
    "Client",
    "ClientsError",
    "ClosedError",
    "ColumnNotFoundError",
    "ConflictError",
    "ConnectionError",
    "CountWarning",
    "DataError",
    "DataFrame",
    "DataFrameGroupBy",
    "DatasetNotFoundError",
    "Error",
    "ForbiddenError",
    "IncompleteAnswerError",
    "Index",
    "InvalidValueError",
    "LazyError",
    "LimitError",
    "NamedAgg",
    "NeedsPythonError",
    "NoServerError",
    "PantileWarning",
    "Position",
    "QuestionError",
    "RequestError",
    "RowsError",
    "Scalar",
    "SchemaError",
    "Series",
    "SeriesGroupBy",
    "ServerError",
    "TimeoutError",
    "UnavailableError",
    "UnknownOutcomeError",
    "UnsupportedError",
    "VersionWarning",
    "__version__",
    "assert_eq",
    "compute",
    "concat",
    "connect",
    "crosstab",
    "cut",
    "factorize",
    "get_dummies",
    "isna",
    "isnull",
    "lreshape",
    "melt",
    "merge",
    "merge_asof",
    "merge_ordered",
    "notna",
    "notnull",
    "pivot",
    "pivot_table",
    "qcut",
    "to_datetime",
    "to_numeric",
    "to_timedelta",
    "unique",
    "wide_to_long",
]

# Where the names are that cost time to import.
_LATER = {
    "AsyncClient": "._async",
    "Client": "._client",
    "ClientsError": "._refusals",
    "CountWarning": "._refusals",
    "DataFrame": "._frame",
    "DataFrameGroupBy": "._groupby",
    "Index": "._index",
    "LazyError": "._refusals",
    "NamedAgg": "._groupby",
    "NeedsPythonError": "._refusals",
    "RowsError": "._refusals",
    "Scalar": "._scalar",
    "Series": "._series",
    "SeriesGroupBy": "._groupby",
    "assert_eq": ".testing",
    "compute": "._compute",
    "concat": "._reshape",
    "connect": "._client",
    "crosstab": "._functions",
    "cut": "._reshape",
    "factorize": "._functions",
    "get_dummies": "._reshape",
    "isna": "._reshape",
    "isnull": "._functions",
    "lreshape": "._functions",
    "melt": "._reshape",
    "merge": "._reshape",
    "merge_asof": "._reshape",
    "merge_ordered": "._functions",
    "notna": "._reshape",
    "notnull": "._functions",
    "pivot": "._reshape",
    "pivot_table": "._reshape",
    "qcut": "._reshape",
    "to_datetime": "._reshape",
    "to_numeric": "._reshape",
    "to_timedelta": "._reshape",
    "unique": "._functions",
    "wide_to_long": "._functions",
}


def __getattr__(name: str) -> Any:
    if name == "xp":
        return import_module(".xp", __name__)
    if name not in _LATER:
        return _unknown(name)
    value = getattr(import_module(_LATER[name], __name__), name)
    globals()[name] = value
    return value


def _unknown(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module 'pantile' has no attribute {name!r}")
    from ._absent import FUNCTIONS
    from ._refusals import AttributeMissing, nearest

    what, hint = FUNCTIONS.get(name, ("", nearest(name, __all__)))
    raise AttributeMissing(f"pantile has no {name!r}{what and ': '}{what}", hint=hint)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: Any) -> None:
    """Makes `%load_ext pantile` bring the magics."""
    from .magics import load_ipython_extension as load

    load(shell)
