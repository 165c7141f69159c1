"""Zarr to disk and back, for `arrays.py`: by the server over HTTP, zarr-python, tensorstore, and the disk itself.

All write the same metadata, which is the server's own. A write counts until fsync has returned: the server and tensorstore
see to it, for the others it is done here. A cold read has none of its files in the page cache.
"""

import os
import shutil
import tempfile
from pathlib import Path

import numpy

WORDS = ("write", "read, cold", "read, warm", "a box of 1/64, cold")
# So many different values as an instrument gives: zstd finds something to do.
STEPS = 1000


def values(side):
    random = numpy.random.default_rng(7)
    out = random.random((side, side))
    numpy.round(out * STEPS, out=out)
    return out


def box(side):
    return (slice(side // 2, side // 2 + max(side // 8, 1)),) * 2


def forget(folder):
    """Drops the page cache's copies of all files of a folder."""
    for path in files(folder):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def files(folder):
    return [path for path in Path(folder).rglob("*") if path.is_file()]


def bytes_of(folder):
    return sum(path.stat().st_size for path in files(folder))


def durable(folder):
    """Waits until all of a folder is on the disk."""
    for path in [*files(folder), Path(folder)]:
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


# The disk.


def written(path, content):
    with open(path, "wb", buffering=0) as file:
        rest = memoryview(content).cast("B")
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())


def read(path, out):
    """Fills the array from the file."""
    with open(path, "rb", buffering=0) as file:
        rest = memoryview(out).cast("B")
        while rest:
            rest = rest[file.readinto(rest) :]
    return out


# Engines: each has a folder to write to and one to read from, made new for a write.


def asks(write, load, side, source, scratch):
    """How one of them answers."""
    given = values(side)

    def ask(name):
        if name == "write":
            target = Path(tempfile.mkdtemp(dir=scratch)) / "z"
            write(target, given)
            durable(target.parent)
            return lambda: shutil.rmtree(target.parent) or float(given[box(side)][0, 0])
        part = box(side) if "box" in name else (slice(None),) * 2
        found = load(source, part)
        return lambda: float(found[0, 0] if "box" in name else found[box(side)][0, 0])

    return prepared(ask, source)


def prepared(ask, folder):
    """Asks with the page cache as the question says."""

    def asked(name):
        if name.endswith(" prepare"):
            return forget(folder) if "cold" in name else None
        return ask(name)

    return asked


def like(source, target):
    """An empty array with the metadata of another."""
    target.mkdir()
    shutil.copy(Path(source) / "zarr.json", target)
    return target


def zarr_asks(side, source, scratch):
    import zarr

    def write(target, given):
        zarr.open_array(like(source, target), mode="r+")[:] = given

    return asks(write, lambda folder, part: zarr.open_array(folder, mode="r")[part], side, source, scratch)


def tensorstore_asks(side, source, scratch):
    import tensorstore

    def opened(folder):
        spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": f"{folder}/"}}
        return tensorstore.open(spec, open=True).result()

    def write(target, given):
        opened(like(source, target)).write(given).result()

    return asks(write, lambda folder, part: opened(folder)[part].read().result(), side, source, scratch)


def disk_asks(side, scratch):
    """One plain file of the elements."""
    source = Path(tempfile.mkdtemp(dir=scratch))
    written(source / "plain", values(side))

    def write(target, given):
        target.mkdir()
        written(target / "plain", given)

    def load(folder, part):
        if part[0] != slice(None):
            return numpy.memmap(folder / "plain", mode="r", dtype="f8", shape=(side, side))[part].copy()
        return read(folder / "plain", numpy.empty((side, side)))

    return asks(write, load, side, source, scratch)


def ours_asks(server, side):
    """The server's `PUT` and `GET /v1/arrays`, elements as they lie in memory."""
    given, source = values(side), server.data / "data"

    def ask(name):
        if name == "write":
            put(server, "z", given.shape, [memoryview(given).cast("B")])
            return float(given[box(side)][0, 0])
        part = f"&index={','.join(f'{one.start}:{one.stop}' for one in box(side))}" if "box" in name else ""
        server.connection.close()
        body = server.send("GET", f"/v1/arrays/z?format=npy{part}")
        return lambda: float(elements(body)[(0, 0) if part else tuple(one.start for one in box(side))])

    return prepared(ask, source)


def put(server, name, shape, pieces, cut=""):
    """Keeps pieces of bytes as an array of `float64`; `cut` says of which chunks, or the server chooses."""
    rows, columns = shape
    path = f"/v1/arrays/{name}?dtype=float64&shape={rows},{columns}{cut}"
    # The server closes a connection that says nothing for long.
    server.connection.close()
    server.send("PUT", path, iter(pieces), Content_Length=str(8 * rows * columns))


def elements(body):
    """The array in a `.npy`, not copied."""
    import io

    head = io.BytesIO(body[:4096])
    numpy.lib.format.read_magic(head)
    shape, _, dtype = numpy.lib.format.read_array_header_1_0(head)
    return numpy.frombuffer(body, dtype, offset=head.tell()).reshape(shape)
