"""Flight SQL by the ADBC driver: where a server is, a connection to it, and what is said of its refusals."""

from __future__ import annotations

import uuid
import warnings
from urllib.parse import urlsplit

import adbc_driver_flightsql.dbapi as adbc
from adbc_driver_flightsql import DatabaseOptions

from .._errors import ArgumentError

DEFAULT_PORT = 8815
HEADER = DatabaseOptions.RPC_CALL_HEADER_PREFIX.value
_SECURE = {"pantile": False, "grpc": False, "grpc+tcp": False, "http": False}
_SECURE |= {"pantile+tls": True, "grpc+tls": True, "https": True}


def address(url: str | None, host: str, port: int) -> str:
    """The address as the driver wants it, from any of the spellings that people use."""
    if url is None:
        return f"grpc://{host}:{port}"
    parts = urlsplit(url if "://" in url else f"pantile://{url}")
    if parts.scheme not in _SECURE or not parts.hostname:
        raise ArgumentError(f"{url!r} is no address of a server", hint=f"such as pantile://localhost:{DEFAULT_PORT}")
    scheme = "grpc+tls" if _SECURE[parts.scheme] else "grpc"
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{scheme}://{name}:{parts.port or DEFAULT_PORT}"


def connect(uri: str, token: str | None, session: str | None, options: dict[str, str]) -> adbc.Connection:
    """A connection whose calls are all in one session: temporary tables, settings and transactions are that one's."""
    told = {f"{HEADER}pantile-session": session or f"ibis-{uuid.uuid4().hex}"}
    if token is not None:
        told[DatabaseOptions.AUTHORIZATION_HEADER.value] = f"Bearer {token}"
    with warnings.catch_warnings():
        # The driver says that transactions are off; they are begun by statements here.
        warnings.simplefilter("ignore")
        return adbc.connect(uri, {**told, **options}, autocommit=True)


def reason(error: adbc.Error) -> str | None:
    """The server's code of what went wrong: it stands in the error's details, behind its length."""
    for name, value in getattr(error, "details", None) or ():
        if name == "grpc-status-details-bin":
            for code in ("unknown_table", "not_found", "already_exists"):
                if code.encode() in bytes(value):
                    return code
    return None
