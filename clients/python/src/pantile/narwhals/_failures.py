"""What the server refuses, as the exceptions that narwhals has for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .. import _errors


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
    if "two columns" in text or "duplicate" in text:
        return exceptions.DuplicateError(str(error))
    if isinstance(error, _errors.InvalidValueError):
        return exceptions.ComputeError(str(error))
    return exceptions.InvalidOperationError(str(error))
