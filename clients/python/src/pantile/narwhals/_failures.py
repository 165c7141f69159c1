"""What the server refuses, as the exceptions that narwhals has for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from pantile import _errors


@contextmanager
def told() -> Iterator[None]:
    """Errors of a question become narwhals' own, with Pantile's as their cause; others pass."""
    try:
        yield
    except _errors.QuestionError as error:
        raise _of(error) from error


def _of(error: _errors.QuestionError) -> Exception:
    from narwhals import exceptions

    text = error.detail
    if isinstance(error, _errors.ColumnNotFoundError):
        return exceptions.ColumnNotFoundError(str(error))
    if "matching element counts" in text:
        return exceptions.ShapeError(str(error))
    if "two columns" in text or "duplicate" in text:
        return exceptions.DuplicateError(str(error))
    if isinstance(error, _errors.InvalidValueError):
        return exceptions.ComputeError(str(error))
    # narwhals and its callers say `dtype`, and match it.
    return exceptions.InvalidOperationError(str(error).replace("not supported for type", "not supported for dtype"))


def missing(names: Iterable[str], available: Sequence[str]) -> None:
    """Refuses names that are not among those that there are, all at once."""
    from narwhals.exceptions import ColumnNotFoundError

    absent = [name for name in names if name not in available]
    if absent:
        raise ColumnNotFoundError.from_missing_and_available_column_names(absent, available)
