"""What a server holds, as mappings: `client.datasets` and `client.views`.

A key is a name, its value a lazy frame. Setting keeps rows or a question under the name, deleting drops it.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _requests as requests
from ._errors import ArgumentError, DatasetNotFoundError

if TYPE_CHECKING:
    from ._client import Client
    from ._frame import DataFrame


@dataclass(frozen=True)
class Dataset:
    """What the server tells of a table or a view."""

    name: str
    kind: str
    rows: int | None = None
    bytes: int | None = None
    partitions: int | None = None
    columns: dict[str, str] | None = None
    text: str | None = None

    @classmethod
    def of(cls, told: dict[str, Any]) -> Dataset:
        """Out of the server's document."""
        schema = told.get("schema")
        return cls(
            name=told["name"],
            kind=told["kind"],
            rows=told.get("rows"),
            bytes=told.get("bytes"),
            partitions=told.get("partition_count"),
            columns=None if schema is None else {column["name"]: column["type"] for column in schema},
            text=told.get("sql") or told.get("program"),
        )


class Datasets(MutableMapping[str, "DataFrame"]):
    """Tables and views by their names, in alphabetical order."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __getitem__(self, name: str) -> DataFrame:
        self.info(name)
        return self._client.table(name)

    def __setitem__(self, name: str, data: Any) -> None:
        if hasattr(data, "to_table"):
            data.to_table(name, if_exists="replace")
        else:
            self._client.upload(name, data)

    def __delitem__(self, name: str) -> None:
        self._client.drop(name)

    def __iter__(self) -> Iterator[str]:
        return iter([dataset.name for dataset in self.list()])

    def __len__(self) -> int:
        return len(self.list())

    def __contains__(self, name: object) -> bool:
        return any(dataset.name == name for dataset in self.list())

    def __repr__(self) -> str:
        lines = [f"  {dataset.name}: {_described(dataset)}" for dataset in self.list()]
        return "\n".join([f"{type(self).__name__} at {self._client.url}", *lines])

    def info(self, name: str) -> Dataset:
        """What the server tells of the one of that name."""
        return Dataset.of(self._client._document(requests.get(f"/v1/datasets/{requests.quoted(name)}")))

    def list(self) -> list[Dataset]:
        """What the server tells of all of them."""
        told = self._client._document(requests.get("/v1/datasets"))["datasets"]
        return sorted((Dataset.of(one) for one in told if self._holds(one)), key=lambda one: one.name)

    @staticmethod
    def _holds(told: dict[str, Any]) -> bool:
        return told["kind"] != "array"


class Views(Datasets):
    """Questions that are kept under a name, and computed each time they are read."""

    def __setitem__(self, name: str, question: Any) -> None:
        """Keeps a frame's program, or a text: a query in SQL if it begins as one, else a program."""
        text = question if isinstance(question, str) else _program(question)
        is_sql = isinstance(question, str) and text.split(None, 1)[:1] != [] and _begins_as_sql(text)
        self._client._document(requests.view(name, text, is_sql=is_sql))

    def __delitem__(self, name: str) -> None:
        self._client._document(requests.drop("views", name))

    def info(self, name: str) -> Dataset:
        """What the server tells of the view of that name."""
        found = super().info(name)
        if found.kind != "view":
            raise DatasetNotFoundError(
                f"`{name}` is a table, and no view",
                code="unknown_dataset",
                hint=f"it is in `client.datasets[{name!r}]`",
            )
        return found

    @staticmethod
    def _holds(told: dict[str, Any]) -> bool:
        return told["kind"] == "view"


def _program(question: Any) -> str:
    if not hasattr(question, "program"):
        raise ArgumentError(
            f"a view is a question, and this is {type(question).__name__}",
            hint="give it a frame, a query in SQL, or a program; `client.upload` keeps rows as a table",
        )
    return question.program()


def _begins_as_sql(text: str) -> bool:
    return text.split(None, 1)[0].lower() in ("select", "with", "values", "from", "(select")


def _described(dataset: Dataset) -> str:
    rows = "" if dataset.rows is None else f", {dataset.rows:,} rows"
    return f"{dataset.kind}{rows}, {len(dataset.columns or {})} columns"
