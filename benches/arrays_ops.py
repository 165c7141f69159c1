"""The operations of `arrays.py` as each engine's users write them, and who runs them.

An engine's `ask` runs an operation until its result is there as a whole: in the process's memory, in dask's chunks, as
Zarr, or on the server. Its answer is the element in the middle, by which the engines are compared.
"""

import functools
import os
import shutil
import tempfile
from dataclasses import dataclass

import numpy
from peers import NotThereError

BLOCK_ROWS = 500
CHUNK = 2000
QUOTAS = [1, 50, 99]


# The arrays.


def blocks(name, rows, columns):
    """The array of that name, some rows at a time: evenly distributed over [0, 1), the same in every process."""
    for start in range(0, rows, BLOCK_ROWS):
        random = numpy.random.default_rng([ord(name), start])
        yield random.random((min(BLOCK_ROWS, rows - start), columns))


def whole(name, rows, columns):
    out = numpy.empty((rows, columns))
    for number, block in enumerate(blocks(name, rows, columns)):
        out[number * BLOCK_ROWS :][: len(block)] = block
    return out


def middle(shape):
    return tuple(side // 2 for side in shape)


# The operations, as NumPy, dask and the client spell them alike.


def half(x):
    return x[: x.shape[0] // 2, : x.shape[1] // 2]


def expression(xp, a, b):
    return xp.sqrt(a * a + b * b) * xp.sin(a) - b


def focal(a):
    """The means of three by three elements, without a rim: along one axis, then along the other."""
    rows = a[:-2] + a[1:-1]
    rows += a[2:]
    out = rows[:, :-2] + rows[:, 1:-1]
    out += rows[:, 2:]
    out /= 9
    return out


def focal_of(xp, a, b):
    if xp is numpy:
        return focal(a)
    if type(a).__module__.startswith("dask"):
        return a.map_overlap(focal, depth=1, boundary="reflect", trim=False, chunks=a.chunks, dtype=a.dtype)
    return xp.map_overlap(a, "mean", 3)


def percentiles(xp, a, b):
    """Dask's are of one axis, and approximate."""
    return xp.percentile(a.ravel() if type(a).__module__.startswith("dask") else a, QUOTAS)


@dataclass(frozen=True)
class Operation:
    """What is computed, whether its result is kept where it was made, and what no machine does it without."""

    run: object
    is_kept: bool
    arrays_read: float
    arrays_written: float = 0
    flops: object = None
    tolerance: float = 1e-6

    def least_bytes(self, array_bytes):
        return (self.arrays_read + self.arrays_written) * array_bytes


OPERATIONS = {
    "kept expression": Operation(expression, True, 2, 1),
    "its mean": Operation(lambda xp, a, b: xp.mean(expression(xp, a, b)), False, 2),
    "sum axis 0": Operation(lambda xp, a, b: xp.sum(a, axis=0), False, 1),
    "std": Operation(lambda xp, a, b: xp.std(a), False, 1),
    "matmul of halves": Operation(
        lambda xp, a, b: half(a) @ half(b), True, 0.5, 0.25, lambda side: 2 * (side // 2) ** 3
    ),
    "a + a.T": Operation(lambda xp, a, b: a + a.T, True, 1, 1),
    "cumsum axis 0": Operation(lambda xp, a, b: xp.cumsum(a, axis=0), True, 1, 1),
    "percentiles": Operation(percentiles, False, 1, tolerance=0.02),
    "focal 3x3": Operation(focal_of, True, 1, 1),
    "histogram": Operation(lambda xp, a, b: xp.histogram(a, bins=100, range=(0, 1))[0], False, 1),
    # Little more than to get at the inputs.
    "sum of both": Operation(lambda xp, a, b: xp.sum(a) + xp.sum(b), False, 2),
}


# Who runs them: peers, each made in its own process.


def element(result):
    """The middle element, to be told after the clock has stopped."""
    return lambda: float(numpy.asarray(result[middle(result.shape)]))


def numpy_asks(side):
    a, b = whole("a", side, side), whole("b", side, side)
    return lambda name: element(OPERATIONS[name].run(numpy, a, b))


def words(table):
    """Asks for what the table has."""

    def ask(name):
        if name not in table:
            raise NotThereError(name)
        return element(table[name]())

    return ask


FORMULA = "sqrt(a * a + b * b) * sin(a) - b"


def numexpr_asks(side):
    import numexpr

    a, b = whole("a", side, side), whole("b", side, side)
    evaluate = functools.partial(numexpr.evaluate, local_dict={"a": a, "b": b, "t": a.T})
    nine = {f"x{i}{j}": a[i : side - 2 + i, j : side - 2 + j] for i in range(3) for j in range(3)}
    return words({
        "kept expression": lambda: evaluate(FORMULA),
        "its mean": lambda: evaluate(f"sum({FORMULA})") / a.size,
        "a + a.T": lambda: evaluate("a + t"),
        "focal 3x3": lambda: numexpr.evaluate(f"({' + '.join(nine)}) / 9", local_dict=nine),
        "sum of both": lambda: evaluate("sum(a + b)"),
    })  # fmt: skip


def blosc2_asks(side):
    import blosc2

    a, b = (blosc2.asarray(whole(name, side, side)) for name in "ab")
    halves = [blosc2.asarray(half(x)) for x in (a, b)]
    lazy = functools.partial(blosc2.lazyexpr, FORMULA, {"a": a, "b": b})
    return words({
        "kept expression": lambda: lazy().compute(),
        "its mean": lambda: lazy().mean(),
        "sum axis 0": lambda: a.sum(axis=0),
        "std": lambda: a.std(),
        "matmul of halves": lambda: blosc2.matmul(*halves),
        "a + a.T": lambda: (a + blosc2.permute_dims(a, (1, 0))).compute(),
        "cumsum axis 0": lambda: blosc2.cumulative_sum(a, axis=0),
        "sum of both": lambda: a.sum() + b.sum(),
    })  # fmt: skip


def dask_asks(side):
    import dask.array

    a, b = (dask.array.from_array(whole(name, side, side), chunks=min(CHUNK, side)) for name in "ab")
    a, b = a.persist(), b.persist()
    return lambda name: element(OPERATIONS[name].run(dask.array, a, b).persist())


def dask_stored_asks(folders, scratch):
    """Inputs from Zarr, and what is to be kept to Zarr."""
    import dask.array

    a, b = (dask.array.from_zarr(folder) for folder in folders)
    a[:1, :1].compute()  # What is imported by the first one is not timed.

    def ask(name):
        operation = OPERATIONS[name]
        result = operation.run(dask.array, a, b)
        if not operation.is_kept:
            return element(result.persist())
        with_room = tempfile.mkdtemp(dir=scratch)
        result.to_zarr(os.path.join(with_room, "kept"))
        return lambda: taken(os.path.join(with_room, "kept"))

    return ask


def taken(folder):
    """The element of what was kept, which goes away."""
    import zarr

    try:
        return element(zarr.open_array(folder, mode="r"))()
    finally:
        shutil.rmtree(os.path.dirname(folder))


# Tall and skinny matrices.

DECOMPOSITIONS = ("singular values", "thin SVD")


def least_flops(name, rows, columns):
    """Golub and Van Loan's counts for more rows than columns, by QR first."""
    if name == "singular values":
        return 2 * rows * columns**2 + 2 * columns**3
    return 6 * rows * columns**2 + 20 * columns**3


def numpy_svd_asks(rows, columns):
    tall = whole("t", rows, columns)

    def ask(name):
        if name == "singular values":
            return element(numpy.linalg.svdvals(tall))
        return element(numpy.linalg.svd(tall, full_matrices=False)[1])

    return ask


def dask_svd_asks(rows, columns):
    import dask
    import dask.array

    chunks = (max(columns, -(-rows // (4 * os.cpu_count()))), columns)
    tall = dask.array.from_array(whole("t", rows, columns), chunks=chunks).persist()

    def ask(name):
        u, s, v = dask.array.linalg.svd(tall)
        return element(s.persist() if name == "singular values" else dask.persist(u, s, v)[1])

    return ask


# Ours: over the wire, inputs stored on the server.


def persisted(client, result):
    """Kept in the server's memory, as is seen when the clock has stopped."""
    kept = result.persist()

    def middle_element():
        if client.arrays.info(kept.program().split('"')[1]).location != "memory":
            raise RuntimeError("it was stored")
        return float(kept[middle(kept.shape)])

    return middle_element


def stored(client, result):
    """Kept durably."""
    kept = result.store("kept", if_exists="replace")
    return lambda: float(kept[middle(kept.shape)])


def ours_asks(client, keep, only_kept=False):
    a, b = client.arrays["a"], client.arrays["b"]

    def ask(name):
        operation = OPERATIONS[name]
        if only_kept and not operation.is_kept:
            raise NotThereError(name)
        result = operation.run(client.xp, a, b)
        return keep(client, result) if operation.is_kept else element(result.compute())

    return ask


SVD_PROGRAM = """d = xp.linalg.svd(xp.array("t"), full_matrices=False)
(xp.take(d[0], xp.asarray([0]), axis=0), d[1], d[2])"""


def ours_svd_asks(client):
    def ask(name):
        if name == "singular values":
            return element(client.xp.linalg.svdvals(client.arrays["t"]).compute())
        return element(client.run_arrays(SVD_PROGRAM)[1])

    return ask
