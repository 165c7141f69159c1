"""TPC-H at scale factor 1: Pantile beside DuckDB, in one run, on the same Parquet files.

    .venv-bench/bin/python benches/tpch.py          BENCH_SCALE=1  BENCH_RUNS=3

Pantile takes the tables in by PUT and writes its partitions. DuckDB, in this process, reads those very partition files.
Four columns, each the best of three after a warm-up:

  parquet        Pantile over HTTP, hot cache off, from its partitions; the whole answer as an Arrow stream
  DuckDB parquet DuckDB in-process, views over the same files; the whole answer fetched as Arrow
  hot            Pantile over HTTP, its hot cache warm
  DuckDB memory  DuckDB in-process, tables in its own in-memory storage

Both use all cores. The operating system's page cache is warm for both.
"""

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import duckdb
from machine import CACHE, HERE, Pantile, geometric_mean, show

SCALE = os.environ.get("BENCH_SCALE", "1")
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")


def made():
    """The folder of the data, made if it is missing."""
    folder = CACHE / f"pantile-bench/tpch-{SCALE}"
    if not (folder / "complete").exists():
        python = HERE.parent / ".venv/bin/python"
        if not python.exists():
            sys.exit("the data is made with the tests' environment: run `scripts/test` first")
        subprocess.run([python, HERE / "make_tpch.py", SCALE, folder], check=True)
    return folder


def best(ask):
    """Seconds of the quickest of the runs, after one that is not counted."""
    ask()
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        ask()
        times.append(time.perf_counter() - began)
    return min(times)


def partitions(data):
    """Partition files by table, as the catalog lists them."""
    catalog = sqlite3.connect(f"file:{data}/catalog.db?mode=ro", uri=True)
    rows = catalog.execute(
        "SELECT t.table_name, s.path || t.path || f.path FROM ducklake_data_file f JOIN ducklake_table t USING (table_id)"
        " JOIN ducklake_schema s USING (schema_id) WHERE f.end_snapshot IS NULL AND t.end_snapshot IS NULL"
    )
    found = {}
    for table, path in rows:
        found.setdefault(table, []).append(str(Path(data) / "data" / path))
    return found


def main():
    source = made()
    questions = [(source / f"q{number:02}.sql").read_text() for number in range(1, 23)]
    columns = {}
    with Pantile("--cache-memory", "0") as server:
        for table in TABLES:
            server.send("PUT", f"/v1/tables/{table}", (source / f"{table}.parquet").read_bytes())
        columns["parquet"] = [best(lambda text=text: server.sql(text)) for text in questions]
        duck = duckdb.connect()
        for table, files in partitions(server.data).items():
            duck.execute(f"CREATE VIEW {table} AS FROM read_parquet({files})")
        columns["DuckDB parquet"] = [best(lambda text=text: duck.execute(text).to_arrow_table()) for text in questions]
        for table in TABLES:
            duck.execute(f"CREATE TABLE memory_{table} AS FROM {table}")
        for table in TABLES:
            duck.execute(f"DROP VIEW {table}")
            duck.execute(f"ALTER TABLE memory_{table} RENAME TO {table}")
        columns["DuckDB memory"] = [best(lambda text=text: duck.execute(text).to_arrow_table()) for text in questions]
        duck.close()
    with Pantile() as server:
        for table in TABLES:
            server.send("PUT", f"/v1/tables/{table}", (source / f"{table}.parquet").read_bytes())
        for _ in range(2):  # A column is kept once it is asked for again.
            for text in questions:
                server.sql(text)
        columns["hot"] = [best(lambda text=text: server.sql(text)) for text in questions]

    ours, theirs, hot, memory = (columns[name] for name in ("parquet", "DuckDB parquet", "hot", "DuckDB memory"))
    rows = [
        [f"Q{index + 1}", ours[index], theirs[index], ours[index] / theirs[index], hot[index], memory[index], hot[index] / memory[index]]
        for index in range(22)
    ]
    mean = geometric_mean
    rows.append(["geometric mean", mean(ours), mean(theirs), mean(ours) / mean(theirs), mean(hot), mean(memory), mean(hot) / mean(memory)])
    rows.append(["sum", sum(ours), sum(theirs), sum(ours) / sum(theirs), sum(hot), sum(memory), sum(hot) / sum(memory)])
    show(
        f"TPC-H, scale factor {SCALE}, seconds, best of {RUNS}; DuckDB {duckdb.__version__}",
        ["", "parquet", "DuckDB parquet", "ratio", "hot", "DuckDB memory", "ratio"],
        rows,
    )


if __name__ == "__main__":
    main()
