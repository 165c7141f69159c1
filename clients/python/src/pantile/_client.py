"""`connect` and `Client`: the calls of a server, made from any thread, each as one request.

`run` and `query` are what everything else comes down to: a program or a statement goes out with its values, an Arrow
reader comes back. `_requests` makes the requests, `_transport` sends them.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec

import pyarrow as pa

from . import _progress, _read, _wire
from . import _requests as requests
from ._catalog import Datasets, Views
from ._client_arrays import Arrays
from ._client_frames import Frames
from ._errors import DatasetNotFoundError, Error, QuestionError, UnknownOutcomeError
from ._local import LocalServer
from ._passing import Passing
from ._requests import Asked, Request
from ._transport import Transport

if TYPE_CHECKING:
    pass


P = ParamSpec("P")


class Client(Frames, Arrays):
    """A Pantile server, for any number of threads.

    >>> with pantile.connect(client.url, timeout=10) as other:
    ...     int(other.table("airlines").shape[0])
    16

    Parameters
    ----------
    url
        The server's address, such as `http://localhost:8815`. Without one it is that of `PANTILE_URL`, and without
        that a server is started for this process alone, and stopped with it.
    token
        Sent as `Authorization: Bearer`; `PANTILE_TOKEN` if it is not given.
    timeout
        Seconds that a question may run if it does not say so itself; None leaves it to the server.
    verify, cert
        How the server's certificate is checked (False, a file of authorities, an `ssl.SSLContext`), and the file, or
        files of certificate and key, that is shown to it.
    proxy
        The address of a proxy; otherwise those of the environment are heeded, but for servers on this machine.
    retries
        How often a request is sent again that met a refused connection, a busy server or a broken connection. What
        changes something carries an idempotency key, so that it has its effect once.
    flight
        Whether answers come over Arrow Flight. What is sent, and questions with frames beside them, goes over HTTP.
    compression
        `"zstd"` or `"gzip"` for answers that come a long way.
    session
        A name of your own: settings, temporary tables and transactions hold within it.
    headers
        Sent with every request.
    progress
        Whether a bar is drawn while a question runs; by default in notebooks and at an interactive prompt.
    data_dir, demo, flags
        Of a server of its own: the folder to keep (else a passing one), whether to load the demonstration tables, and
        further flags of `pantile serve`.
    """

    url: str

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float | None = None,
        verify: bool | str | ssl.SSLContext = True,
        cert: str | tuple[str, str] | None = None,
        proxy: str | None = None,
        retries: int = 3,
        flight: bool = False,
        compression: str | None = None,
        session: str | None = None,
        headers: Mapping[str, str] | None = None,
        progress: bool | None = None,
        data_dir: str | os.PathLike[str] | None = None,
        demo: bool = False,
        flags: Sequence[str] = (),
    ) -> None:
        url = url or os.environ.get("PANTILE_URL") or None
        # What is wrong with them is said before a server is started.
        settings = _wire.Settings(
            url="" if url is None else _wire.address(url),
            token=token or os.environ.get("PANTILE_TOKEN") or None,
            timeout=timeout,
            verify=verify,
            cert=cert,
            proxy=proxy,
            retries=retries,
            compression=compression,
            session=session,
            headers=dict(headers or {}),
        )
        _read.check_own(url, data_dir=data_dir, demo=demo, flags=flags)
        self._server = LocalServer(data_dir, demo=demo, flags=flags) if url is None else None
        self._settings = _wire.replace_url(settings, self._server.url) if self._server else settings
        self.url = self._settings.url
        self._progress = progress
        # Answers hold the transport, and with it the server: both stay until the last answer is read.
        self._transport = Transport(self._settings, self._server)
        self._passing = Passing(self._settings)
        self._flight = _flight(self._transport) if flight else None
        self._ops: dict[str, Any] | None = None

    # Questions.

    def run(
        self,
        program: str,
        values: Mapping[str, object] | None = None,
        *,
        engine: str | None = None,
        timeout: float | None = None,
        row_limit: int | None = None,
        progress: bool | None = None,
    ) -> pa.RecordBatchReader:
        """The rows of a program of expressions, with `values` bound to the names that it leaves open.

        A value is JSON's, or rows: anything that exports an Arrow stream. Batches are read as they are computed.

        >>> client.run('table("airlines").filter(col("carrier").is_in(some))', {"some": ["UA"]}).read_all().to_pylist()
        [{'carrier': 'UA', 'name': 'United Air Lines Inc.'}]
        """
        asked = self._asked(engine, timeout, row_limit)
        if (
            self._flight is not None
            and (answer := self._flown(self._flight.run, self.describe, (program, values), asked)) is not None
        ):
            return answer
        return self._ask(requests.program(program, values, asked), progress)

    def query(
        self,
        sql: str,
        params: Sequence[object] | Mapping[str, object] | None = None,
        *,
        timeout: float | None = None,
        row_limit: int | None = None,
        progress: bool | None = None,
    ) -> pa.RecordBatchReader:
        """The rows of one SQL statement, run at once, with `params` in the places of `$1` and `?`, or `$name`.

        >>> client.query("SELECT name FROM airlines WHERE carrier = $1", ["UA"]).read_all().to_pylist()
        [{'name': 'United Air Lines Inc.'}]
        """
        asked = self._asked(None, timeout, row_limit)
        if (
            self._flight is not None
            and (answer := self._flown(self._flight.query, self.describe_query, (sql, params), asked)) is not None
        ):
            return answer
        return self._ask(requests.sql(sql, params, asked), progress)

    def describe(self, program: str, values: Mapping[str, object] | None = None) -> pa.Schema:
        """The columns that the program comes to. It is planned, and not run.

        >>> client.describe('table("flights").group_by("origin").agg(n=len())')
        origin: string
        n: uint32
        """
        values = requests.for_planning(program, values)
        return self._described(lambda asked: requests.program(program, values, asked))

    def describe_query(self, sql: str, params: Sequence[object] | Mapping[str, object] | None = None) -> pa.Schema:
        """The columns that the statement comes to. It is planned, and not run.

        >>> client.describe_query("SELECT origin, count(*) AS n FROM flights GROUP BY origin").names
        ['origin', 'n']
        """
        return self._described(lambda asked: requests.sql(sql, params, asked))

    def cancel(self, query_id: str) -> None:
        """Ends the question of that id, whoever asked it."""
        self._transport.cancel(query_id)

    # What the server holds.

    def upload(self, name: str, data: Any, *, append: bool = False) -> None:
        """Keeps the rows of `data` as the table `name`, or adds them to it. Returns when they are on the server's disk.

        Rows are read while they are sent. Of a pandas frame, levels of the index that have names become columns.

        >>> client.upload("fruit", pd.DataFrame({"name": ["pear"], "n": [3]}))
        >>> client.upload("fruit", pd.DataFrame({"name": ["fig"], "n": [4]}), append=True)
        >>> client.table("fruit").compute()
           name  n
        0  pear  3
        1   fig  4
        >>> client.drop("fruit")
        """
        request = requests.upload(name, data, append=append, session=self._settings.session)
        try:
            self._document(request)
        except UnknownOutcomeError as error:
            if not self._was_kept(request, error):
                raise

    def drop(self, name: str, *, missing_ok: bool = False) -> None:
        """Drops the table or view.

        >>> client.drop("no_such_table", missing_ok=True)
        """
        try:
            self._document(requests.drop("tables", name))
        except DatasetNotFoundError:
            if not missing_ok:
                raise

    @property
    def datasets(self) -> Datasets:
        """Tables and views by their names, as lazy frames; `del` drops one, setting keeps one.

        >>> client.datasets["few"] = df
        >>> client.datasets["few"].shape[0].item()
        3
        >>> client.datasets.info("few").kind
        'table'
        >>> del client.datasets["few"]
        """
        return Datasets(self)

    @property
    def views(self) -> Views:
        """Views by their names; setting one to a frame, a program or a query keeps that under the name.

        >>> client.views["late"] = flights[flights.dep_delay > 60]
        >>> client.views.info("late").text
        'table("flights").filter(col("dep_delay") > 60)'
        >>> del client.views["late"]
        """
        return Views(self)

    def ops(self) -> dict[str, Any]:
        """The verbs, functions and types that the server's programs are made of.

        >>> [verb["form"] for verb in client.ops()["verbs"] if verb["name"] == "tail"]
        ['tail(n=5)', 'tail(n=5)']
        """
        if self._ops is None:
            self._ops = dict(self._document(requests.get("/v1/ops")))
        return self._ops

    def status(self) -> dict[str, Any]:
        """How the server is: version, whether it is ready, its snapshot, and memory taken and allowed.

        >>> client.status()["status"]
        'ready'
        """
        try:
            ready = self._document(Request("GET", "/readyz"))
        except Error as error:
            if error.status is None:
                raise
            ready = {"status": error.detail}
        limits = self._document(requests.get("/v1/limits"))
        told = {"url": self.url, "version": self._transport.versions.server, **ready}
        return {**told, "memory": limits["memory"], "slots": limits["slots"]}

    def queries(self, *, running: bool = False) -> list[dict[str, Any]]:
        """The questions that the server remembers, newest first; `running` leaves out those that have ended."""
        where = "WHERE state IN ('queued', 'running') " if running else ""
        sql = f"SELECT * FROM system.queries {where}ORDER BY enqueued DESC"
        return self._ask(requests.sql(sql, None, Asked(timeout=30.0)), False).read_all().to_pylist()

    # The connection.

    def close(self) -> None:
        """Closes the connections, and stops the server if it is this client's own."""
        self._passing.close()
        self._transport.close()
        if self._server is not None:
            self._server.stop()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        """Where the server is."""
        closed = ", closed" if self._transport.is_closed else ""
        return f"<pantile.{type(self).__name__} {self.url}{', its own server' if self._server else ''}{closed}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """A client in another process is one of the same server, with connections of its own."""
        return _reconnected, (type(self), self._settings, self._progress)

    # Within the package.

    def _asked(self, engine: str | None, timeout: float | None, row_limit: int | None) -> Asked:
        settings = self._settings
        return Asked(engine, settings.timeout if timeout is None else timeout, row_limit, settings.session)

    def _ask(self, request: Request, progress: bool | None) -> pa.RecordBatchReader:
        if not _progress.wanted(self._progress if progress is None else progress):
            return self._transport.answer(request).reader()
        return self._transport.answer(request, _progress.Progress()).reader()

    def _flown(self, ask: Any, describe: Any, question: tuple[str, Any], asked: Asked) -> pa.RecordBatchReader | None:
        """The answer over Flight, if it has a place for the question. HTTP says better what is wrong with one."""
        try:
            return ask(*question, asked)
        except QuestionError:
            describe(*question)
            raise

    def _described(self, make: Callable[[Asked], Request]) -> pa.Schema:
        asked = Asked(timeout=self._settings.timeout, session=self._settings.session, describe=True)
        return self._transport.answer(make(asked)).schema

    def _document(self, request: Request) -> Any:
        return self._transport.document(request)

    def _was_kept(self, request: Request, error: UnknownOutcomeError) -> bool:
        """Whether an upload that lost its answer, and cannot be sent again, was committed."""
        if request.key is None or error.status is not None:
            return False
        try:
            self._document(requests.get(f"/v1/requests/{request.key}"))
        except Error as refused:
            raise error from refused
        return True


def _reconnected(kind: type[Client], settings: _wire.Settings, progress: bool | None) -> Client:
    return kind(
        settings.url,
        settings.token,
        timeout=settings.timeout,
        verify=settings.verify,
        cert=settings.cert,
        proxy=settings.proxy,
        retries=settings.retries,
        compression=settings.compression,
        session=settings.session,
        headers=settings.headers,
        progress=progress,
    )


def _flight(transport: Transport) -> Any:
    from ._flight import Flight

    return Flight(transport)


def _as(made: Callable[P, Client]) -> Callable[[Callable[..., Client]], Callable[P, Client]]:
    """Gives a function the arguments of what it makes, for people and for type checkers."""

    def dressed(function: Callable[..., Client]) -> Callable[P, Client]:
        function.__wrapped__ = made  # pyright: ignore[reportFunctionMemberAccess]
        return function

    return dressed


@_as(Client)
def connect(*args: Any, **kwargs: Any) -> Client:
    """A client of the server at `url`; without one, of that in `PANTILE_URL`, else of a server of its own.

    The arguments are those of `Client`.

    >>> client = pantile.connect(client.url)
    >>> client.table("airlines").shape[0].item()
    16
    """
    return Client(*args, **kwargs)
