"""Values of Python, NumPy and their like as a program can have them."""

from __future__ import annotations

from typing import Any


def literal(value: Any) -> Any:
    """The value as one of Python's own; lists keep their items."""
    if isinstance(value, list | tuple):
        return [literal(item) for item in value]
    if isinstance(value, dict):
        return {name: literal(item) for name, item in value.items()}
    item = getattr(value, "item", None)
    if callable(item) and type(value).__module__ == "numpy":
        return item()
    as_py = getattr(value, "as_py", None)
    return as_py() if callable(as_py) else value
