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
    from ._frame import DataFrame
    from ._groupby import DataFrameGroupBy
    from ._index import Index
    from ._series import Series

__all__ = [
    "ArgumentError",
    "AsyncClient",
    "CancelledError",
    "Client",
    "ClosedError",
    "ColumnNotFoundError",
    "ConflictError",
    "ConnectionError",
    "DataError",
    "DataFrame",
    "DataFrameGroupBy",
    "DatasetNotFoundError",
    "Error",
    "ForbiddenError",
    "IncompleteAnswerError",
    "Index",
    "InvalidValueError",
    "LimitError",
    "NoServerError",
    "PantileWarning",
    "Position",
    "QuestionError",
    "RequestError",
    "SchemaError",
    "Series",
    "ServerError",
    "TimeoutError",
    "UnavailableError",
    "UnknownOutcomeError",
    "UnsupportedError",
    "VersionWarning",
    "__version__",
    "connect",
]

# Where the names are that cost time to import.
_LATER = {
    "AsyncClient": "._async",
    "Client": "._client",
    "DataFrame": "._frame",
    "DataFrameGroupBy": "._groupby",
    "Index": "._index",
    "Series": "._series",
    "connect": "._client",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'pantile' has no attribute {name!r}")
    value = getattr(import_module(_LATER[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: Any) -> None:
    """Makes `%load_ext pantile` bring the magics."""
    from .magics import load_ipython_extension as load

    load(shell)
