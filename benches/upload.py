"""Upload speed: megabytes of a body a second until it is durable and can be asked, beside `cp` and fsync of the same file.

    .venv-bench/bin/python benches/upload.py        BENCH_ROWS=5000000  BENCH_RUNS=3  BENCH_DIR=/path/on/the/disk

`cp` moves bytes and syncs them. Pantile receives them, reads them as rows, writes and hashes partitions with statistics,
syncs those, and commits. Best of three each.
"""

import os
import shutil
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as parquet
from machine import HERE, Pantile, show

ROWS = int(os.environ.get("BENCH_ROWS", "5000000"))
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
KINDS = {
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
    "csv": "text/csv",
}


def rows():
    """The demonstration's flights, over and over, with a number of their own each."""
    flights = parquet.read_table(HERE.parent / "server/demo/flights.parquet")
    copies = -(-ROWS // flights.num_rows)
    table = pa.concat_tables([flights] * copies).slice(0, ROWS)
    return table.append_column("id", pa.array(range(ROWS), pa.int64())).append_column(
        "noise", pc.random(ROWS, initializer=1)
    )


def best(work):
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def copied(source, target):
    """`cp`, and fsync of the file and of its folder."""
    shutil.copyfile(source, target)
    for path in (target, target.parent):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    target.unlink()


def main():
    table = rows()
    lines = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder, Pantile() as server:
        for kind, content_type in KINDS.items():
            path = Path(folder) / kind
            if kind == "parquet":
                parquet.write_table(table, path, compression="zstd")
            elif kind == "arrow":
                with pa.ipc.new_stream(path, table.schema) as writer:
                    writer.write_table(table)
            else:
                csv.write_csv(table, path)
            megabytes = path.stat().st_size / 1e6

            def send(path=path, content_type=content_type):
                with open(path, "rb") as body:
                    server.send("PUT", "/v1/tables/t", body, Content_Type=content_type, Content_Length=str(path.stat().st_size))

            ours, theirs = best(send), best(lambda path=path: copied(path, Path(folder) / "copy"))
            lines.append([kind, f"{megabytes:.0f}", megabytes / ours, megabytes / theirs, theirs / ours, ROWS / ours / 1e6])
            path.unlink()
    show(
        f"Upload of {ROWS:,} flights (21 columns), best of {RUNS}",
        ["", "MB", "MB/s", "cp + fsync MB/s", "share of cp", "million rows/s"],
        lines,
    )


if __name__ == "__main__":
    main()
