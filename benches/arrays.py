"""Arrays: ten operations in memory and from disk, tall SVD, Zarr, tiny programs, beside peers and the machine's limits.

    .venv-bench/bin/python benches/arrays.py     BENCH_SECTIONS=ops,stored,svd,zarr,small  BENCH_RUNS=3
                                                  BENCH_ENGINES=pantile,numpy,dask

Ours is asked over the wire by the Python client, or over HTTP where it says so; peers run in processes of their own. The
engines are asked in turn; seconds are those of the best run after one that is not counted. The answers are compared.

  limits   always: memory's bandwidth (a triad), floating-point operations (NumPy's BLAS), the disk. A share is that of the
           limit: what the operation must move or compute at least, over the seconds taken.
  ops      ten operations on BENCH_SIDE (8000) squared float64. Peers have the inputs in memory, ours are stored arrays, of
           which the server keeps unpacked what it has read twice. Results that are kept stay in memory, ours
           by `persist`; the column `stored` is the same by `store`, durably.
  stored   the same on BENCH_STORED_SIDE (24000) squared, BENCH_TIMES (3) times what the server may have (`--memory`), one run,
           the files not in the page cache; dask.array over the server's own Zarr, in files of 1/144 of the array each,
           keeps results as Zarr. With the resident memory of each at most, mapped files
           left out. A server with less than 20 MB takes no arrays.
  svd      singular values, and all three factors, of BENCH_TALL (1000000) by BENCH_SKINNY (100)
  zarr     write and read of BENCH_ZARR_SIDE (8000) squared, beside zarr-python, tensorstore and a plain file
  small    tiny programs on one connection and on BENCH_CONNECTIONS (8), for BENCH_SECONDS (3) each

BENCH_PATIENCE (300) seconds are what a peer has for one answer; BENCH_DIR is a folder on the disk that is meant.
"""

import importlib.metadata
import math
import os
import tempfile

import arrays_limits
import arrays_ops as ops
import arrays_small as small
import arrays_zarr as zarr
import pantile
from machine import Pantile, show
from peers import Answer, Peer, timed

SIDE = int(os.environ.get("BENCH_SIDE", "8000"))
STORED_SIDE = int(os.environ.get("BENCH_STORED_SIDE", "24000"))
TIMES = float(os.environ.get("BENCH_TIMES", "3"))
TALL = int(float(os.environ.get("BENCH_TALL", "1e6")))
SKINNY = int(os.environ.get("BENCH_SKINNY", "100"))
ZARR_SIDE = int(os.environ.get("BENCH_ZARR_SIDE", "8000"))
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
CHOSEN = os.environ.get("BENCH_SECTIONS", "ops,stored,svd,zarr,small").split(",")
ENGINES = os.environ.get("BENCH_ENGINES", "pantile,stored,numpy,numexpr,blosc2,dask,zarr-python,tensorstore,disk").split(",")
# What is ours and no peer.
OURS = ("pantile", "stored")
LIBRARIES = ("numpy", "numexpr", "blosc2", "dask", "zarr", "tensorstore")


def versions():
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)


# Asking.


class Ours:
    """The server, asked from this process."""

    def __init__(self, server, ask):
        self.process, self.run = server.process.pid, ask

    def ask(self, question):
        return timed(self.run, question, self.process)

    def end(self):
        pass


def chosen(engines):
    """Those that were asked for; each is made here."""
    return {name: make() for name, make in engines.items() if name in ENGINES}


def end(engines):
    for engine in engines.values():
        engine.end()


def in_turns(engines, question, runs=RUNS, before=None, warm=1):
    """Each engine's best answer; who has none is not asked again."""
    best = {}
    for run in range(warm + runs):
        for name, engine in engines.items():
            if name in best and best[name].why:
                continue
            if before:
                before(name, engine)
            answer = engine.ask(question)
            if answer.why or run >= warm:
                best[name] = better(best.get(name), answer)
    for name, answer in best.items():
        if answer.why and answer.why != "-":
            print(f"{name}, {question}: {answer.why}", flush=True)
    return {name: best[name] for name in engines}


def better(old, new):
    """The quicker one, with the most memory of both; what went wrong stays."""
    if old is None or new.why:
        return new
    quick = min(old, new, key=lambda answer: answer.seconds)
    return Answer(quick.value, quick.seconds, max(old.peak_bytes, new.peak_bytes))


def agreed(question, found, tolerance):
    """The answers, where those that differ from the first peer's say so instead."""
    values = [answer.value for name, answer in found.items() if name not in OURS and not answer.why]
    if not values:
        return found
    usual = values[0]
    wrong = [name for name, answer in found.items() if not answer.why and not close(answer.value, usual, tolerance)]
    for name in wrong:
        print(f"{name}, {question}: {found[name].value} and not {usual}", flush=True)
    return found | {name: Answer(why="wrong") for name in wrong}


def close(value, usual, tolerance):
    return abs(value - usual) <= tolerance * max(1, abs(usual))


# Cells.


def cell(answer):
    return answer.why.split(":")[0] if answer.why else answer.seconds


def megabytes(count):
    return f"{count / 1e6:.0f}"


def share(limit_s, answer):
    return "-" if math.isnan(answer.seconds) else f"{100 * limit_s / answer.seconds:.3g} %"


def best_peer(found):
    """The quickest of the others."""
    peers = [answer.seconds for name, answer in found.items() if name not in OURS and not answer.why]
    return min(peers, default=float("nan"))


def ratio(found):
    ours = found.get("pantile", Answer(why="-"))
    times = ours.seconds / best_peer(found)
    return "-" if math.isnan(times) else times


def compared(name, found, limit_s):
    """A row: who took how long, ours by the best peer, and how near to the limit ours and the best come."""
    peer = Answer(seconds=best_peer(found))
    ours = found.get("pantile", Answer(why="-"))
    return [name, *map(cell, found.values()), ratio(found), limit_s, share(limit_s, ours), share(limit_s, peer)]


def heads(engines):
    return ["", *engines, "pantile / best peer", "limit, s", "pantile's share", "best peer's"]


# The sections.


def in_memory(limits):
    with Pantile() as server, pantile.connect(server.url) as client:
        stored(server, SIDE)
        engines = chosen({
            "pantile": lambda: Ours(server, ops.ours_asks(client, ops.persisted)),
            "stored": lambda: Ours(server, ops.ours_asks(client, ops.stored, only_kept=True)),
            "numpy": lambda: Peer(ops.numpy_asks, SIDE),
            "numexpr": lambda: Peer(ops.numexpr_asks, SIDE),
            "blosc2": lambda: Peer(ops.blosc2_asks, SIDE),
            "dask": lambda: Peer(ops.dask_asks, SIDE),
        })  # fmt: skip
        rows = []
        for name, operation in ops.OPERATIONS.items():
            found = agreed(name, in_turns(engines, name), operation.tolerance)
            rows.append(compared(name, found, limits.least_s(operation, SIDE)))
        end(engines)
    show(f"{SIDE} x {SIDE} float64, seconds, best of {RUNS}; {versions()}", heads(engines), rows)


def stored(server, side, cut=""):
    """The folders of the arrays `a` and `b`, which the server holds from then on."""
    folders = []
    for name in "ab":
        before = set(server.data.rglob("zarr.json"))
        pieces = (memoryview(block).cast("B") for block in ops.blocks(name, side, side))
        zarr.put(server, name, (side, side), pieces, cut)
        folders.append(next(iter(set(server.data.rglob("zarr.json")) - before)).parent)
    return folders


def from_disk(limits):
    array_bytes = 8 * STORED_SIDE**2
    memory_bytes = int(array_bytes / TIMES)
    with (
        # A row of the pieces is in memory while an array comes in, a quarter of what the server has.
        Pantile("--memory", str(memory_bytes), "--upload-memory", "30%") as server,
        pantile.connect(server.url) as client,
        tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as scratch,
    ):
        chunk = max(STORED_SIDE // 12, 1)
        folders = stored(server, STORED_SIDE, f"&chunks={chunk},{chunk}&shards={chunk},{chunk}")
        engines = chosen({
            "pantile": lambda: Ours(server, ops.ours_asks(client, ops.stored)),
            "dask": lambda: Peer(ops.dask_stored_asks, list(map(str, folders)), scratch),
        })  # fmt: skip
        rows = [stored_row(name, engines, folders, limits) for name in ops.OPERATIONS]
        end(engines)
    title = f"{STORED_SIDE} x {STORED_SIDE} float64 from Zarr, {megabytes(array_bytes)} MB each, "
    header = [*heads(engines), *(f"{name}, MB" for name in engines)]
    show(f"{title}the server has {megabytes(memory_bytes)} MB; seconds; {versions()}", header, rows)


def stored_row(name, engines, folders, limits):
    def before(_, engine):
        for folder in folders:
            zarr.forget(folder)
        if isinstance(engine, Peer):
            engine.anew()

    operation = ops.OPERATIONS[name]
    found = in_turns(engines, name, runs=1, before=before, warm=0)
    found = agreed(name, found, operation.tolerance)
    bytes_read = operation.arrays_read * zarr.bytes_of(folders[0])
    limit_s = max(limits.least_s(operation, STORED_SIDE), bytes_read / limits.disk_read)
    return [
        *compared(name, found, limit_s),
        *("-" if answer.why else megabytes(answer.peak_bytes) for answer in found.values()),
    ]


def tall_svd(limits):
    with Pantile() as server, pantile.connect(server.url) as client:
        pieces = (memoryview(block).cast("B") for block in ops.blocks("t", TALL, SKINNY))
        zarr.put(server, "t", (TALL, SKINNY), pieces)
        engines = chosen({
            "pantile": lambda: Ours(server, ops.ours_svd_asks(client)),
            "numpy": lambda: Peer(ops.numpy_svd_asks, TALL, SKINNY),
            "dask": lambda: Peer(ops.dask_svd_asks, TALL, SKINNY),
        })  # fmt: skip
        rows = []
        for name in ops.DECOMPOSITIONS:
            found = agreed(name, in_turns(engines, name), 1e-6)
            rows.append(compared(name, found, ops.least_flops(name, TALL, SKINNY) / limits.flops))
        end(engines)
    show(f"SVD of {TALL} x {SKINNY} float64, seconds, best of {RUNS}; {versions()}", heads(engines), rows)


def to_and_from_zarr(_):
    with Pantile() as server, tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as scratch:
        ask = zarr.ours_asks(server, ZARR_SIDE)
        ask("write")
        source = next(server.data.rglob("zarr.json")).parent
        mine = tempfile.mkdtemp(dir=scratch)
        engines = chosen({
            "pantile": lambda: Ours(server, ask),
            "zarr-python": lambda: Peer(zarr.zarr_asks, ZARR_SIDE, str(source), mine),
            "tensorstore": lambda: Peer(zarr.tensorstore_asks, ZARR_SIDE, str(source), mine),
            "disk": lambda: Peer(zarr.disk_asks, ZARR_SIDE, mine),
        })  # fmt: skip
        rows = [zarr_row(name, engines) for name in zarr.WORDS]
        packed = zarr.bytes_of(source)
        end(engines)
    title = (
        f"Zarr of {ZARR_SIDE} x {ZARR_SIDE} float64, {megabytes(8 * ZARR_SIDE**2)} MB, {megabytes(packed)} MB packed"
    )
    header = [
        "",
        *engines,
        "pantile / best peer",
        *(f"{name}, MB/s" for name in engines),
        "pantile's share of the disk",
    ]
    show(f"{title}; seconds, best of {RUNS}; {versions()}", header, rows)


def zarr_row(name, engines):
    found = in_turns(engines, name, before=lambda _, engine: engine.ask(f"{name} prepare"))
    found = agreed(name, found, 0)
    disk = found.get("disk", Answer(why="-"))
    rivals = {name: answer for name, answer in found.items() if name != "disk"}
    moved = 8 * (ZARR_SIDE // 8 if "box" in name else ZARR_SIDE) ** 2
    speeds = ["-" if answer.why else moved / 1e6 / answer.seconds for answer in found.values()]
    ours = found.get("pantile", Answer(why="-"))
    of_disk = "-" if disk.why else share(disk.seconds, ours)
    return [name, *map(cell, found.values()), ratio(rivals), *speeds, of_disk]


def tiny(_):
    with Pantile() as server, pantile.connect(server.url) as client:
        client.arrays.put("few", [[1.0, 2.0], [3.0, 4.0]])
        rows = [small.row(server, client, name) for name in small.PROGRAMS]
    show(f"Tiny programs; {small.TITLE}; {versions()}", small.HEADER, rows)


SECTIONS = {"ops": in_memory, "stored": from_disk, "svd": tall_svd, "zarr": to_and_from_zarr, "small": tiny}


def main():
    limits = arrays_limits.measured()
    for name in CHOSEN:
        try:
            SECTIONS[name](limits)
        except (Exception, SystemExit) as error:  # noqa: BLE001 (the other sections have their say)
            print(f"\n{name}: {type(error).__name__}: {error}", flush=True)


if __name__ == "__main__":
    main()
