"""The Python client: what it adds to a call, when its first row is there, and 1 GB of rows to pandas and to Polars.

    .venv-bench/bin/python benches/client.py     BENCH_REQUESTS=1000  BENCH_MB=1000  BENCH_RUNS=3

Calls: the same program goes out in turns, on connections that stay open; milliseconds from the call to the answer's last row.

  httpx            the client's own HTTP library, the body as bytes
  httpx, pyarrow   the same, the body read as Arrow
  run              `client.run(text).read_all()`
  frame            pandas' words for it, on a frame that is there, to its answer as Arrow
  to_pandas        the same, to pandas

First row: the same answer of many rows, until its first batch is there; the peer streams the bytes and reads the batch with pyarrow.

Rows: a table of BENCH_MB million bytes as Arrow holds them, six columns, made here as Parquet and sent to a server. `to_pandas`
and `to_polars` of all of it beside `pandas.read_parquet` and `polars.read_parquet` of the files that the server made of it, in
turns, each in a process of its own whose most resident memory is told, too.
"""

import multiprocessing
import os
import statistics
import time

import httpx
import numpy
import pandas
import pantile
import polars
import pyarrow
import pyarrow.parquet
from machine import CACHE, Pantile, resident_bytes, show
from tpch import partitions

REQUESTS = int(os.environ.get("BENCH_REQUESTS", "1000"))
MEGABYTES = int(float(os.environ.get("BENCH_MB", "1000")))
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
HEADERS = {
    "Accept": "application/vnd.apache.arrow.stream",
    "Accept-Encoding": "identity",  # As the client asks.
    "Content-Type": "text/x-python",
}
# What a row takes in Arrow: five of eight bytes, and the text with its offset.
ROW_BYTES = 5 * 8 + 4 + 9
VERSIONS = (
    f"client {pantile.__version__}, httpx {httpx.__version__}, pyarrow {pyarrow.__version__}, "
    f"pandas {pandas.__version__}, Polars {polars.__version__}"
)


# Calls.

CALLS = {
    "ten rows": lambda flights: flights.head(10),
    "filter, ten rows": lambda flights: flights[flights.dep_delay > 60].head(10),
    "group of 16": lambda flights: flights.groupby("carrier").dep_delay.mean().to_frame(),
}


def raw(http, url, text):
    answer = http.post(url, content=text, headers=HEADERS)
    answer.raise_for_status()
    return answer.content


def ways(client, http, flights, words):
    """Each way to ask one question."""
    text, url = words(flights).program(), f"{client.url}/v1/expressions"
    return {
        "httpx": lambda: raw(http, url, text),
        "httpx, pyarrow": lambda: pyarrow.ipc.open_stream(raw(http, url, text)).read_all(),
        "run": lambda: client.run(text).read_all(),
        "frame": lambda: words(flights).to_arrow(),
        "to_pandas": lambda: words(flights).to_pandas(),
    }


def medians(asked, times):
    """Milliseconds of each, asked in turns, the first tenth not counted."""
    taken = {name: [] for name in asked}
    for turn in range(times + times // 10):
        for name, ask in asked.items():
            began = time.perf_counter_ns()
            ask()
            if turn >= times // 10:
                taken[name].append((time.perf_counter_ns() - began) / 1e6)
    return {name: statistics.median(found) for name, found in taken.items()}


def calls(client, http):
    flights, rows = client.table("flights"), []
    for name, words in CALLS.items():
        took = medians(ways(client, http, flights, words), REQUESTS)
        rows.append([name, *took.values(), took["run"] / took["httpx, pyarrow"], took["frame"] / took["httpx, pyarrow"]])
    header = ["", *took, "run / httpx, pyarrow", "frame / httpx, pyarrow"]
    show(f"A call, milliseconds (p50 of {REQUESTS}); {VERSIONS}", header, rows)


# First row.

def streamed(http, url, text):
    """The first batch of an answer, and no more of it."""
    with http.stream("POST", url, content=text, headers=HEADERS) as answer:
        return pyarrow.ipc.open_stream(Chunks(answer.iter_raw())).read_next_batch().num_rows


class Chunks:
    """What comes in pieces, as a file."""

    closed = False

    def __init__(self, pieces):
        self.pieces, self.rest = pieces, b""

    def read(self, count=-1):
        found, have = [self.rest], len(self.rest)
        while have < count and (piece := next(self.pieces, None)) is not None:
            found.append(piece)
            have += len(piece)
        whole = b"".join(found)
        self.rest = whole[count:]
        return whole[:count]


def first_rows(client, http):
    flights = client.table("flights")
    text, url = flights.program(), f"{client.url}/v1/expressions"
    asked = {
        "httpx, pyarrow": lambda: streamed(http, url, text),
        "run": lambda: next(iter(client.run(text))).num_rows,
        "frame": lambda: next(flights.iter_batches()).num_rows,
    }
    took = medians(asked, max(REQUESTS // 10, 10))
    rows = [["336,776 rows", *took.values(), took["frame"] / took["httpx, pyarrow"]]]
    show("The first row of many, milliseconds (p50)", ["", *took, "ratio"], rows)


# Rows.

def made():
    """The Parquet file of the rows, made if it is missing."""
    rows = MEGABYTES * 1_000_000 // ROW_BYTES
    path = CACHE / f"pantile-bench/client-{rows}.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        random = numpy.random.default_rng(5)
        with pyarrow.parquet.ParquetWriter(path.with_suffix(".part"), part(random, 1).schema, compression="zstd") as out:
            for start in range(0, rows, 1 << 20):
                out.write_table(part(random, min(1 << 20, rows - start)))
        path.with_suffix(".part").rename(path)
    return path, rows


def part(random, rows):
    names = pyarrow.array([f"name{number:05}" for number in range(10_000)])
    return pyarrow.table({
        "id": random.integers(0, 1 << 40, rows),
        "n": random.integers(0, 100, rows),
        "x": random.normal(size=rows),
        "y": random.uniform(0, 1000, rows),
        "name": names.take(pyarrow.array(random.integers(0, 10_000, rows))),
        "t": pyarrow.array(random.integers(1_600_000_000_000_000, 1_700_000_000_000_000, rows)).cast(pyarrow.timestamp("us")),
    })


def answered(way, url, files, pipe):
    """One reading, in a process of its own: seconds, bytes resident at most, rows."""
    from pathlib import Path

    reads = {
        "to_pandas": lambda: len(pantile.connect(url).table("rows").to_pandas()),
        "read_parquet": lambda: len(pandas.read_parquet(files)),
        "to_polars": lambda: pantile.connect(url).table("rows").to_polars().height,
        "polars.read_parquet": lambda: polars.read_parquet(files).height,
    }
    if way.startswith("to_"):
        pantile.connect(url).table("rows").head(1).to_pandas()
    else:
        pandas.read_parquet(files[0], columns=["id"])
    Path("/proc/self/clear_refs").write_text("5")
    began = time.perf_counter()
    rows = reads[way]()
    pipe.send((time.perf_counter() - began, resident_bytes(os.getpid(), "VmHWM"), rows))


def alone(way, url, files):
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=answered, args=(way, url, files, theirs))
    process.start()
    theirs.close()
    try:
        return ours.recv()
    finally:
        process.join()


def much():
    path, count = made()
    ways, best = ("to_pandas", "read_parquet", "to_polars", "polars.read_parquet"), {}
    with Pantile() as server:
        pantile.connect(server.url).upload("rows", stream_of(path))
        files = partitions(server.data)["rows"]
        for run in range(RUNS + 1):
            for way in ways:
                seconds, peak, rows = alone(way, server.url, files)
                if rows != count:
                    raise SystemExit(f"{way}: {rows} rows of {count}")
                if run:
                    best[way] = min(best.get(way, (seconds, peak)), (seconds, peak))
    speed = {way: MEGABYTES / seconds for way, (seconds, _) in best.items()}
    rows = [
        [name, best[ours][0], best[peer][0], speed[ours], speed[peer], best[ours][0] / best[peer][0],
         f"{best[ours][1] / 1e6:.0f}", f"{best[peer][1] / 1e6:.0f}"]
        for name, ours, peer in (("pandas", *ways[:2]), ("Polars", *ways[2:]))
    ]  # fmt: skip
    show(
        f"{count:,} rows, {MEGABYTES} MB in Arrow, to a frame of this process, best of {RUNS}; {VERSIONS}",
        ["", "client, s", "read_parquet, s", "client, MB/s", "read_parquet, MB/s", "ratio", "client, MB resident", "read_parquet"],
        rows,
    )


def stream_of(path):
    file = pyarrow.parquet.ParquetFile(path)
    return pyarrow.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches(1 << 17))


def main():
    with Pantile("--demo") as server, httpx.Client(timeout=60) as http, pantile.connect(server.url) as client:
        calls(client, http)
        first_rows(client, http)
    much()


if __name__ == "__main__":
    main()
