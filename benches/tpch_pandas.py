"""TPC-H in pandas' spelling: the 22 questions of `tpch_frames.py` on Pantile's frames, dask.dataframe and pandas, in one run.

    .venv-bench/bin/python benches/tpch_pandas.py     BENCH_SCALE=1  BENCH_RUNS=3

The same function runs on all three; Pantile's frames stand on tables of the server, those of Dask and pandas on the Parquet
files that the server made of them. Decimals are floats and dates datetimes there, which is what pandas computes best with.
Each answer ends as a frame of pandas in this process. Seconds are those of the best run after one that is not counted, the
engines asked in turn:

  pantile        the client over HTTP, the server's hot cache warm
  cold           the same, hot cache off: the server reads its Parquet
  dask, pandas   in-process, from the same files, only the columns that a question names
"""

import os

import dask
import dask.dataframe
import pandas
import pantile
import pyarrow.parquet
import tpch
import tpch_frames
from machine import Pantile, geometric_mean, in_turns, show

RUNS = int(os.environ.get("BENCH_RUNS", "3"))


def holding(server):
    """A client of the server, which then holds the tables."""
    client = pantile.connect(server.url)
    for name in tpch.TABLES:
        table = pyarrow.parquet.read_table(tpch.made() / f"{name}.parquet")
        client.upload(name, pyarrow.Table.from_pandas(tpch_frames.plain(table), preserve_index=False))
    return client


def readers(ours, cold, files):
    """How each engine comes to a frame of some columns of a table."""
    return {
        "pantile": lambda table, columns: ours.table(table)[columns],
        "cold": lambda table, columns: cold.table(table)[columns],
        "dask": lambda table, columns: dask.dataframe.read_parquet(files[table], columns=columns),
        "pandas": lambda table, columns: pandas.read_parquet(files[table], columns=columns),
    }


def done(frame):
    """The answer as pandas has it, and its number of rows."""
    return len(frame.compute() if hasattr(frame, "compute") else frame)


def asked(question, read):
    return lambda: done(question(read))


def main():
    rows = []
    with Pantile() as warm, Pantile("--cache-memory", "0") as bare:
        reads = readers(holding(warm), holding(bare), tpch.partitions(warm.data))
        for number in range(1, 23):
            question = getattr(tpch_frames, f"q{number}")
            seconds, answers = in_turns({name: asked(question, read) for name, read in reads.items()}, RUNS)
            if len(set(answers.values())) > 1:
                raise SystemExit(f"Q{number}: the engines do not agree: {answers}")
            rows.append([f"Q{number}", *seconds.values(), seconds["pantile"] / seconds["dask"],
                         seconds["pantile"] / seconds["pandas"]])  # fmt: skip
    rows.append(["geometric mean", *(geometric_mean([x for x in column if x == x]) for column in list(zip(*rows))[1:])])
    show(
        f"TPC-H in pandas' spelling, scale factor {tpch.SCALE}, seconds, best of {RUNS}; "
        f"client {pantile.__version__}, Dask {dask.__version__}, pandas {pandas.__version__}",
        ["", *reads, "pantile / dask", "pantile / pandas"],
        rows,
    )


if __name__ == "__main__":
    main()
