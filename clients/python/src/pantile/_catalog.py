"""What a server holds, as mappings: `client.datasets` and `client.views`.

A key is a name, its value a lazy frame. Setting keeps rows or a question under the name, deleting drops it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import ItemsView, Iterator, MutableMapping, Sequence, ValuesView
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from . import _requests as requests
from ._errors import ArgumentError, DatasetNotFoundError

if TYPE_CHECKING:
    from ._client import Client
    from ._frame import DataFrame

Value = TypeVar("Value")


class Kept(MutableMapping[str, Value]):
    """What a server keeps, by names, in alphabetical order: one request tells of all."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __iter__(self) -> Iterator[str]:
        return iter([told.name for told in self.list()])

    def __len__(self) -> int:
        return len(self.list())

    def __contains__(self, name: object) -> bool:
        return any(told.name == name for told in self.list())

    def items(self) -> ItemsView[str, Value]:
        """The names and what each stands for."""
        return _Items(self)

    def values(self) -> ValuesView[Value]:
        """What the names stand for."""
        return _Values(self)

    @abstractmethod
    def list(self) -> Sequence[Any]:
        """What the server tells of all of them."""

    @abstractmethod
    def _lazy(self, told: Any) -> Value:
        """The one that the server tells of so."""

    def _pairs(self) -> Iterator[tuple[str, Value]]:
        return iter([(told.name, self._lazy(told)) for told in self.list()])


class _Items(ItemsView[str, Value]):
    def __init__(self, kept: Kept[Value]) -> None:
        super().__init__(kept)
        self._kept = kept

    def __iter__(self) -> Iterator[tuple[str, Value]]:
        return self._kept._pairs()


class _Values(ValuesView[Value]):
    def __init__(self, kept: Kept[Value]) -> None:
        super().__init__(kept)
        self._kept = kept

    def __iter__(self) -> Iterator[Value]:
        return (value for _, value in self._kept._pairs())


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


class Datasets(Kept["DataFrame"]):
    """Tables and views by their names, in alphabetical order."""

    def __getitem__(self, name: str) -> DataFrame:
        return self._lazy(self.info(name))

    def __setitem__(self, name: str, data: Any) -> None:
        if hasattr(data, "to_table"):
            data.to_table(name, if_exists="replace")
        else:
            self._client.upload(name, data)

    def __delitem__(self, name: str) -> None:
        self._client.drop(name)

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

    def _lazy(self, told: Dataset) -> DataFrame:
        return self._client.table(told.name)

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
