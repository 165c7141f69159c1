"""What the machine can do at most, for `arrays.py`, measured in the same run in a process of its own."""

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import arrays_zarr
import numpy
from machine import show
from peers import Peer

MEGABYTES = int(os.environ.get("BENCH_LIMIT_MB", "512"))
RUNS = 5


@dataclass(frozen=True)
class Limits:
    """Bytes a second through memory, operations a second, bytes a second from the disk and to it."""

    bandwidth: float
    flops: float
    disk_read: float
    disk_write: float

    def least_s(self, operation, side):
        """Seconds below which no machine of these limits does it in memory."""
        flops = operation.flops(side) if operation.flops else 0
        return max(operation.least_bytes(8 * side**2) / self.bandwidth, flops / self.flops)


def measured():
    """The limits, shown as a table."""
    peer = Peer(_asks)
    answers = {name: peer.ask(name) for name in _WORK}
    peer.end()
    for name, answer in answers.items():
        if answer.why:
            raise SystemExit(f"{name}: {answer.why}")
    speeds = {name: answer.value for name, answer in answers.items()}
    limits = Limits(max(speeds["triad"], speeds["copy"]), speeds["matmul"], speeds["disk read"], speeds["disk write"])
    units = {name: "GFLOP/s" if name == "matmul" else "GB/s" for name in speeds}
    show(
        f"Limits, {MEGABYTES} MB a thing",
        ["", "", ""],
        [[name, speed / 1e9, units[name]] for name, speed in speeds.items()],
    )
    return limits


def _asks():
    return lambda name: _WORK[name]()


def _best(work):
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def _array():
    return numpy.full(MEGABYTES * 1_000_000 // 8, 1.5)


def _triad():
    """numexpr's `b + 3 c` with all threads: read, read, written."""
    import numexpr

    b, c, out = _array(), _array(), _array()
    return 3 * b.nbytes / _best(lambda: numexpr.evaluate("b + 3 * c", local_dict={"b": b, "c": c}, out=out))


def _copy():
    """One thread: read, written."""
    source, out = _array(), _array()
    return 2 * source.nbytes / _best(lambda: numpy.copyto(out, source))


def _matmul():
    side = int(_array().size ** 0.5) // 2
    a, b, out = numpy.ones((side, side)), numpy.ones((side, side)), numpy.empty((side, side))
    return 2 * side**3 / _best(lambda: numpy.matmul(a, b, out=out))


def _folder():
    return tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR"))


def _disk_write():
    content = _array()
    with _folder() as folder:
        return content.nbytes / _best(lambda: arrays_zarr.written(Path(folder) / "plain", content))


def _disk_read():
    """From the disk: its file is not in the page cache when a run begins."""
    content, seconds = _array(), []
    with _folder() as folder:
        path = Path(folder) / "plain"
        arrays_zarr.written(path, content)
        for _ in range(RUNS):
            arrays_zarr.forget(folder)
            began = time.perf_counter()
            arrays_zarr.read(path, content)
            seconds.append(time.perf_counter() - began)
    return content.nbytes / min(seconds)


_WORK = {"triad": _triad, "copy": _copy, "matmul": _matmul, "disk write": _disk_write, "disk read": _disk_read}
