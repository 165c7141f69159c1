"""Files of arrays as they are sent: a file as it is, a folder that is a Zarr store as a zip archive."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from ._errors import ArgumentError

_PIECE = 1 << 20
_MEDIA_TYPES = {".npy": "application/x-npy", ".npz": "application/x-npz", ".zip": "application/zip"}


def body(path: str | os.PathLike[str]) -> tuple[str, Callable[[], Iterator[bytes]]]:
    """The media type, and what makes the bytes anew each time they are sent."""
    found = Path(path)
    if found.is_dir():
        return _MEDIA_TYPES[".zip"], lambda: _folder(found)
    if not found.is_file():
        raise ArgumentError(f"there is neither a file nor a folder `{found}`")
    return _MEDIA_TYPES.get(found.suffix, "application/octet-stream"), lambda: _file(found)


def _file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        yield from _pieces(stream)


def _folder(path: Path) -> Iterator[bytes]:
    """Its files as they are: chunks are packed already."""
    with tempfile.TemporaryFile() as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
            for file in sorted(path.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(path).as_posix())
        stream.seek(0)
        yield from _pieces(stream)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        yield piece
