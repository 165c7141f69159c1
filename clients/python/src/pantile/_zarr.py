"""Zarr arrays, opened by the package `zarr` where there is one."""

from __future__ import annotations

import os
from typing import Any

from ._errors import ArgumentError


def opened(path_or_store: Any, component: str | None) -> Any:
    """The array at the place, whose elements are not read yet."""
    if component is None and all(hasattr(path_or_store, name) for name in ("shape", "dtype", "attrs", "chunks")):
        return path_or_store
    try:
        import zarr
        from zarr.storage import ZipStore
    except ImportError as error:
        hint = "`pip install zarr`, or open it with what you have: `client.arrays.put` takes any array with slices"
        raise ArgumentError("from_zarr needs the package zarr, which is not there", hint=hint) from error
    place = path_or_store
    if isinstance(place, (str, os.PathLike)) and os.fspath(place).endswith(".zip"):
        place = ZipStore(os.fspath(place), mode="r")
    found: Any = zarr.open(place, path=component or "", mode="r")
    if hasattr(found, "shape"):
        return found
    names = sorted(found.array_keys())
    raise ArgumentError(
        f"there is a group of Zarr, and no array, at {str(path_or_store)!r}",
        hint=f"`component` names the array in it: {', '.join(map(repr, names[:12])) or 'it is in a group further in'}",
    )


def told(array: Any) -> dict[str, Any]:
    """The names of its axes and its attributes, as `put` takes them."""
    attributes = {str(name): value for name, value in dict(array.attrs).items()}
    # Zarr 2 has no place for names of axes, and xarray puts them here.
    listed = attributes.pop("_ARRAY_DIMENSIONS", None)
    dims = getattr(getattr(array, "metadata", None), "dimension_names", None) or listed
    return {"dims": None if dims is None else [name or "" for name in dims], "attributes": attributes or None}
