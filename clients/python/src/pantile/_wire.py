"""What the sync and the async transport share: settings, headers, what an answer means, and when to try again."""

from __future__ import annotations

import json
import random
import ssl
import time
import urllib.request
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import httpx

from . import _errors as errors
from ._errors import ConnectionError, Error, RequestError, TimeoutError, VersionWarning
from ._requests import Request, new_id
from ._version import __version__

# A connection that is idle for longer may be closed by the server while a request is on its way.
KEEP_ALIVE_S = 5.0
CONNECT_S = 10.0
# How long the client waits for the server's own word that the time is up.
GRACE_S = 5.0
CANCEL_S = 2.0
# No time-out at all would make a socket block: with a handler of signals that restarts system calls, such as the one
# that Polars installs when it is imported, Ctrl-C would then wait for the answer.
FOREVER_S = 7 * 86_400.0

# Worth another try, but not within seconds: each would cost the server what it was short of.
_NOT_SOON = frozenset({"timeout", "limit_memory", "limit_scratch", "storage_full"})
_PAUSE_S = 0.1
_PAUSE_MAX_S = 5.0
_RETRY_AFTER_MAX_S = 30.0

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Settings:
    """How a server is reached."""

    url: str
    token: str | None = field(default=None, repr=False)
    timeout: float | None = None
    verify: bool | str | ssl.SSLContext = True
    cert: str | tuple[str, str] | None = None
    proxy: str | None = field(default=None, repr=False)
    retries: int = 3
    compression: str | None = None
    session: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.retries < 0:
            raise errors.ArgumentError(f"retries is {self.retries}, and should be 0 or more")
        if self.timeout is not None and not self.timeout > 0:
            raise errors.ArgumentError(f"timeout is {self.timeout!r}, and should be seconds above 0, or None")
        if self.compression not in (None, "zstd", "gzip"):
            raise errors.ArgumentError(f"compression is {self.compression!r}, and should be None, 'zstd' or 'gzip'")
        self.context()

    def every_request(self) -> dict[str, str]:
        """Headers of every request."""
        told = {"User-Agent": f"pantile-python/{__version__}", "Accept-Encoding": self.compression or "identity"}
        if self.token:
            told["Authorization"] = f"Bearer {self.token}"
        return {**told, **self.headers}

    def for_httpx(self) -> dict[str, Any]:
        """Arguments of an httpx client."""
        return {
            "base_url": self.url,
            "headers": self.every_request(),
            # Loading authorities takes longer than a request; plain HTTP needs none.
            "verify": self.context() if self.url.startswith("https:") else False,
            "proxy": self.proxy,
            "limits": httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=KEEP_ALIVE_S),
            # A proxy of the environment does not reach this machine's own loopback.
            "trust_env": urlsplit(self.url).hostname not in _LOOPBACK,
            "follow_redirects": False,
        }

    def context(self) -> bool | ssl.SSLContext:
        """How certificates are checked, and ours shown."""
        if not isinstance(self.verify, str) and self.cert is None:
            return self.verify
        try:
            return self._context()
        except (OSError, ssl.SSLError) as error:
            raise errors.ArgumentError(f"the certificate cannot be read: {error}") from error

    def _context(self) -> ssl.SSLContext:
        context = self.verify if isinstance(self.verify, ssl.SSLContext) else ssl.create_default_context()
        if isinstance(self.verify, str):
            context.load_verify_locations(cafile=self.verify)
        if self.verify is False:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.cert is not None:
            certificate, key = (self.cert, None) if isinstance(self.cert, str) else self.cert
            context.load_cert_chain(certificate, key)
        return context


def address(url: str) -> str:
    """The server's address as HTTP has it: `pantile://` and an address without a scheme are plain HTTP."""
    text = url if "://" in url else f"http://{url}"
    parts = urlsplit(text)
    scheme = {"pantile": "http", "pantile+tls": "https"}.get(parts.scheme, parts.scheme)
    try:
        fits = scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        fits = False
    if not fits:
        raise errors.ArgumentError(f"{url!r} is no address of a server", hint="as in `http://localhost:8815`")
    if parts.path.strip("/") or parts.query:
        raise errors.ArgumentError(f"{url!r} has a path, and a server's address has none")
    port = "" if scheme == parts.scheme or parts.port else ":8815"
    return f"{scheme}://{parts.netloc}{port}"


def replace_url(settings: Settings, url: str) -> Settings:
    """The same for another server."""
    return replace(settings, url=url)


def has_proxy(settings: Settings) -> bool:
    """Whether requests go through a proxy, of the settings or of the environment."""
    return settings.proxy is not None or (settings.for_httpx()["trust_env"] and bool(urllib.request.getproxies()))


def timeouts(request: Request) -> httpx.Timeout:
    """How long each step of the request may take."""
    read = FOREVER_S if request.timeout is None else request.timeout + (GRACE_S if request.is_question else 0)
    return httpx.Timeout(connect=CONNECT_S, read=read, write=FOREVER_S, pool=None)


def headers(request: Request) -> tuple[dict[str, str], str]:
    """The headers of one try, and its query id."""
    query_id = new_id("query")
    return {**request.headers, "Pantile-Query-Id": query_id}, query_id


def broken(error: httpx.HTTPError | httpx.InvalidURL, request: Request, query_id: str, url: str) -> Error:
    """What it means that no answer came."""
    if isinstance(error, (httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout)):
        said = f"no answer came within {request.timeout:g} s" if request.timeout else "no answer came in time"
        return TimeoutError(said, code="timeout", query_id=query_id)
    if is_refused(error):
        return ConnectionError(
            f"no server answers at {url}: {error or type(error).__name__}",
            hint="is it running there? `pantile serve` starts one, and `pantile.connect()` one for this process",
            retry=True,
        )
    return ConnectionError(
        f"the connection to {url} broke before the answer: {error or type(error).__name__}",
        query_id=query_id,
        retry=True,
    )


def is_refused(error: BaseException | None) -> bool:
    """Whether nothing of the request can have reached the server."""
    return isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol))


def problem(status: int, headers: Mapping[str, str], body: bytes, url: str) -> Error:
    """The error that an answer tells of."""
    query_id = headers.get("Pantile-Query-Id")
    document = _document(body)
    if document is not None and ("code" in document or "detail" in document):
        return errors.of_problem(document, status, query_id)
    if 300 <= status < 400:
        said, hint = f"{url} answers {status}, and points to {headers.get('Location', 'nowhere')}", "connect there"
        return ConnectionError(said, hint=hint, status=status)
    text = body.decode(errors="replace").strip()[:300]
    kind = errors.of_status(status)
    said = f"{url} answers {status}" + (f": {text}" if text else "")
    return kind(said, query_id=query_id, status=status, retry=status in (502, 503))


def _document(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def check_type(headers: Mapping[str, str], media: str, url: str) -> None:
    """Refuses an answer that is of another type than a Pantile server gives."""
    given = headers.get("Content-Type", "").split(";")[0].strip().lower()
    if given != media:
        raise ConnectionError(
            f"what answers at {url} is no Pantile server: it sent {given or 'something without a type'}, not {media}"
        )


def noted(error: Error, told: Mapping[str, Any] | None) -> None:
    """Adds to an answer that broke off why, as the server has noted it."""
    told = told or {}
    error.code = told.get("error")
    if error.code:
        why = f", {told['detail']}" if told.get("detail") else ""
        error.detail += f": the server noted `{error.code}`{why}"


class Versions:
    """Looks at the version that the server says it has, once."""

    def __init__(self) -> None:
        self.server: str | None = None

    def look(self, headers: Mapping[str, str]) -> None:
        """Warns once if the server is of another version than the client."""
        if self.server is not None:
            return
        name, _, version = headers.get("Server", "").partition("/")
        if name != "pantile" or not version:
            return
        self.server = version
        if _series(version) != _series(__version__):
            warnings.warn(
                f"the server is pantile {version}, and this client is {__version__}: install the client of the "
                f"server's version, `pip install 'pantile=={'.'.join(_series(version))}.*'`",
                VersionWarning,
                stacklevel=2,
            )


def _series(version: str) -> list[str]:
    return version.split(".")[:2]


@dataclass
class Tries:
    """Whether and when a request is sent again."""

    request: Request
    left: int
    began: float = field(default_factory=time.monotonic)
    done: int = 0
    # Whether some try may have reached the server and brought no answer.
    is_open: bool = False

    def pause(self, error: Error, retry_after: str | None = None) -> float | None:
        """How long to wait before the next try; None to give up.

        What never arrived, and what the server refused for now, is sent again; what may have had its effect only if it
        can be repeated.
        """
        self.is_open = self.is_open or (error.status is None and not is_refused(error.__cause__))
        if self.done >= self.left or not self._worth(error):
            return None
        pause = min(_PAUSE_S * 2**self.done, _PAUSE_MAX_S) * random.uniform(0.5, 1.0)
        if retry_after is not None and retry_after.isdigit():
            pause = max(pause, min(float(retry_after), _RETRY_AFTER_MAX_S))
        limit = self.request.timeout if self.request.is_question else None
        if limit is not None and time.monotonic() - self.began + pause > limit:
            return None
        self.done += 1
        return pause

    def given_up(self, error: Error) -> Error:
        """What is left to say: for what may have changed something, that this is not known."""
        reads = self.request.is_repeatable and not self.request.is_change
        if reads or not self.is_open or error.status is not None or self.request.method == "GET":
            return error
        told = errors.UnknownOutcomeError(
            f"{error.detail}; it is not known whether the change was made",
            hint="look whether it is there before you send it again",
            query_id=error.query_id,
            code="unknown_outcome",
        )
        told.__cause__ = error
        return told

    def _worth(self, error: Error) -> bool:
        if not error.retry or error.code in _NOT_SOON:
            return False
        if is_refused(error.__cause__) or error.code == "busy":
            return True
        return self.request.is_repeatable


def json_answer(body: bytes, url: str) -> Any:
    """The document in the body."""
    try:
        return json.loads(body)
    except ValueError as error:
        raise RequestError(f"what answers at {url} is no Pantile server: its answer is not JSON") from error
