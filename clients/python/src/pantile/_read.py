"""`read_parquet`, `read_csv` and `read_json`: files of this machine or of a URL are read here and sent with questions,
files in a location of the server are read there.
"""

from __future__ import annotations

import glob
import io
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ._errors import ArgumentError, ConnectionError, DataError, Error, QuestionError

if TYPE_CHECKING:
    import pyarrow.dataset

    from ._client_frames import Frames
    from ._frame import DataFrame

_STORED_AS = {"parquet": "PARQUET", "csv": "CSV", "json": "NDJSON"}
# What Arrow opens by itself.
_REMOTE = ("s3://", "gs://", "gcs://", "hdfs://", "abfs://", "abfss://")


class Files:
    """Rows of files, read anew each time that they are asked for, batch by batch."""

    # A question with them may be sent again.
    is_repeatable = True

    def __init__(self, dataset: pyarrow.dataset.Dataset, columns: list[str] | None) -> None:
        self._dataset = dataset
        self._columns = columns
        self.schema: pa.Schema = self._scanner().projected_schema

    def _scanner(self) -> pyarrow.dataset.Scanner:
        return self._dataset.scanner(columns=self._columns)

    def __arrow_c_schema__(self) -> object:
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._scanner().to_reader().__arrow_c_stream__(requested_schema)


def files(client: Frames, kind: str, path: Any, columns: Sequence[str] | None, *, sep: str = ",") -> DataFrame:
    """A lazy frame of the files."""
    if isinstance(columns, str):
        raise ArgumentError(f"columns is the text {columns!r}, and should be a list of names", hint=f"[{columns!r}]")
    names = None if columns is None else list(columns)
    if _is_http(path):
        return client.from_arrow(_downloaded(path, kind, names, sep))
    found = _local(path)
    if not found and isinstance(path, str) and not path.startswith(_REMOTE):
        return _on_server(client, kind, path, names, sep)
    return client.from_arrow(_opened(found or path, kind, names, sep))


def _is_http(path: Any) -> bool:
    return isinstance(path, str) and path.startswith(("http://", "https://"))


def _local(path: Any) -> Any:
    """The files of this machine that are meant, as Arrow takes them."""
    if isinstance(path, (list, tuple)):
        return [name for one in path for name in _listed(_local(one), one)]
    text = os.path.expanduser(os.fspath(path)).removeprefix("file://")
    if os.path.exists(text):
        return text
    return sorted(glob.glob(text, recursive=True))


def _listed(found: Any, asked: Any) -> list[str]:
    if not found:
        raise ArgumentError(f"there is no file {os.fspath(asked)!r} on this machine")
    return [found] if isinstance(found, str) else found


def _opened(found: Any, kind: str, columns: list[str] | None, sep: str) -> Files:
    from pyarrow import csv, dataset

    options = {"format": kind}
    if kind == "csv":
        # As pandas has it, a text that is not there is missing.
        convert = csv.ConvertOptions(strings_can_be_null=True)
        options = {"format": dataset.CsvFileFormat(csv.ParseOptions(delimiter=sep), convert_options=convert)}
    try:
        return Files(dataset.dataset(found, partitioning="hive", **options), columns)
    except (pa.ArrowInvalid, OSError) as error:
        if isinstance(error, pa.ArrowInvalid) and "No match for FieldRef" in str(error):
            raise _missing(dataset.dataset(found, partitioning="hive", **options).schema, columns) from error
        raise DataError(f"the {kind} files cannot be read: {error}") from error


def _missing(schema: pa.Schema, columns: list[str] | None) -> Error:
    from ._errors import ColumnNotFoundError

    absent = next((name for name in columns or [] if name not in schema.names), "?")
    return ColumnNotFoundError(f"there is no column `{absent}`", hint=f"there are {', '.join(schema.names)}")


def _downloaded(url: str, kind: str, columns: list[str] | None, sep: str) -> pa.Table:
    import httpx

    try:
        answer = httpx.get(url, follow_redirects=True, timeout=60.0)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise ConnectionError(f"{url} cannot be read: {error}") from error
    source = io.BytesIO(answer.content)
    try:
        table = _parsed(source, kind, sep)
    except pa.ArrowInvalid as error:
        raise DataError(f"{url} is no {kind} that can be read: {error}") from error
    if columns is not None and not set(columns) <= set(table.column_names):
        raise _missing(table.schema, columns)
    return table if columns is None else table.select(columns)


def _parsed(source: io.BytesIO, kind: str, sep: str) -> pa.Table:
    from pyarrow import csv, json, parquet

    if kind == "parquet":
        return parquet.read_table(source)
    if kind == "csv":
        convert = csv.ConvertOptions(strings_can_be_null=True)
        return csv.read_csv(source, parse_options=csv.ParseOptions(delimiter=sep), convert_options=convert)
    return json.read_json(source)


def _on_server(client: Frames, kind: str, path: str, columns: list[str] | None, sep: str) -> DataFrame:
    """Files in a location of the server, as an external table that has their path for a name."""
    name, place = path.replace('"', '""'), path.replace("'", "''")
    options = f" OPTIONS ('delimiter' '{sep}')" if kind == "csv" and sep != "," else ""
    statement = (
        f"CREATE EXTERNAL TABLE IF NOT EXISTS \"{name}\" STORED AS {_STORED_AS[kind]} LOCATION '{place}'{options}"
    )
    try:
        client.query(statement).read_all()
    except Error as error:
        if error.status is None:
            raise
        raise QuestionError(
            f"there is no file {path!r} on this machine, and the server does not read it: {error.detail}",
            code=error.code,
            hint=error.hint or "the server reads from its locations, as in `lake/trips/*.parquet`",
            query_id=error.query_id,
            status=error.status,
        ) from error
    frame = client.table(path)
    return frame if columns is None else frame[columns]


def check_own(url: str | None, **given: Any) -> None:
    """Refuses options of a server of one's own beside an address."""
    for name, value in given.items():
        if url is not None and value:
            raise ArgumentError(
                f"{name} is for a server of one's own, and {url} was asked for",
                hint="leave out the address, and unset PANTILE_URL",
            )
