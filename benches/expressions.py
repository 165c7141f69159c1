"""Programs over HTTP beside py-polars, DuckDB, dask.dataframe and pandas, in one run, on the same Parquet.

    .venv-bench/bin/python benches/expressions.py     BENCH_ROWS=10000000  BENCH_RUNS=3  BENCH_ENGINES=pantile,polars
                                                      BENCH_QUESTIONS='^(q|j)'  BENCH_SCALE=1

The ten group-bys and five joins of the db-benchmark (10^7 rows, 100 values a key), whose answers of joins are counted and
summed so that each engine has a small one to give; and TPC-H's 22 questions as the programs in tests/tpch, which Polars runs
from the same text, DuckDB as SQL, and Dask and pandas as tpch_frames.py has them.

Pantile takes the tables in by PUT and writes its partitions; the peers, each in a process of its own, read those very files.
Every question goes to every engine in turn, again for each run, before the next one is asked. The figures are the best run's
seconds after one that is not counted, and the least peak of resident memory of the engine's process while it was asked.
Without one of Pantile's no server is started, and the peers read the tables as they were made.

  pantile                           its hot cache warm; hot_polars and hot_datafusion run all they can on that engine
  cold                              the hot cache off, from Parquet
  polars, duckdb, dask, pandas      from Parquet, lazily where they can
"""

import ast
import os
import re
from pathlib import Path

import numpy
import pandas
import pyarrow
import pyarrow.parquet
import tpch
import tpch_frames
from machine import CACHE, HERE, Pantile, geometric_mean, show
from peers import Peer, timed

ROWS = int(float(os.environ.get("BENCH_ROWS", "1e7")))
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
# Flags of the server, and what runs programs there.
OURS = {
    "pantile": ((), "auto"),
    "hot_polars": ((), "polars"),
    "hot_datafusion": ((), "datafusion"),
    "cold": (("--cache-memory", "0"), "auto"),
}
ENGINES = os.environ.get("BENCH_ENGINES", ",".join(("pantile", "cold", "polars", "duckdb", "dask", "pandas"))).split(",")
ARROW = "application/vnd.apache.arrow.stream"


# The tables.

def groups(rows, random):
    """The table of the group-bys."""
    few, many = 100, max(rows // 100, 1)
    names = lambda form, count: pyarrow.array([form % number for number in range(1, count + 1)])  # noqa: E731
    drawn = lambda count: random.integers(0, count, rows)  # noqa: E731
    return pyarrow.table({
        "id1": names("id%03d", few).take(pyarrow.array(drawn(few))),
        "id2": names("id%03d", few).take(pyarrow.array(drawn(few))),
        "id3": names("id%010d", many).take(pyarrow.array(drawn(many))),
        "id4": drawn(few) + 1,
        "id5": drawn(few) + 1,
        "id6": drawn(many) + 1,
        "v1": random.integers(1, 6, rows),
        "v2": random.integers(1, 16, rows),
        "v3": numpy.round(random.uniform(0, 100, rows), 6),
    })


def joins(rows, random):
    """The left table of the joins and the three on the right: nine keys of ten are in both."""
    sizes = {"small": max(rows // 10**6, 10), "medium": max(rows // 1000, 10), "big": rows}
    left, right = {}, {}
    for number, (name, size) in enumerate(sizes.items(), 1):
        keys = random.permutation(size + size // 10) + 1
        left[f"id{number}"] = random.permutation(numpy.resize(keys[:size], rows))
        right[name] = keys[size // 10:][:size]
    texts = lambda values: pyarrow.array(numpy.char.add("id", values.astype("U9")))  # noqa: E731
    left |= {"id4": texts(left["id1"]), "id5": texts(left["id2"]), "v1": numpy.round(random.uniform(0, 100, rows), 6)}
    tables = {"left": pyarrow.table(left)}
    for number, (name, keys) in enumerate(right.items(), 1):
        columns = {f"id{number}": keys}
        if name == "medium":
            columns["id5"] = texts(keys)
        tables[name] = pyarrow.table(columns | {"v2": numpy.round(random.uniform(0, 100, len(keys)), 6)})
    return tables


def made():
    """The folder of the tables as Parquet, made if it is missing."""
    folder = CACHE / f"pantile-bench/frames-{ROWS}"
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        random = numpy.random.default_rng(108)
        for name, table in ({"x": groups(ROWS, random)} | joins(ROWS, random)).items():
            pyarrow.parquet.write_table(table, folder / f"{name}.parquet", compression="zstd", row_group_size=1 << 20)
        (folder / "complete").touch()
    return folder


def sources():
    """The Parquet files of every table, as they were made."""
    return {path.stem: [str(path)] for path in sorted([*made().glob("*.parquet"), *tpch.made().glob("*.parquet")])}


# The questions, as each engine's users write them.

def largest_two(x):
    """Groups of Dask's have no `head`."""
    if isinstance(x, pandas.DataFrame):
        return x.sort_values("v3", ascending=False).groupby("id6")[["v3"]].head(2)
    return x.groupby("id6")["v3"].apply(lambda v3: v3.nlargest(2), meta=("v3", "f8"))


def correlation(by):
    """Each group's matrix has it twice, and a frame of Dask's no places to take every second row by."""
    if isinstance(by, pandas.api.typing.DataFrameGroupBy):
        return by.corr().iloc[::2]["v2"] ** 2
    return by.apply(lambda rows: rows["v1"].corr(rows["v2"]) ** 2, meta=("r2", "f8"))


QUESTIONS = {
    "q1 sum by 100": (
        'table("x").group_by("id1", maintain_order=False).agg(v1=col("v1").sum())',
        "SELECT id1, sum(v1) AS v1 FROM x GROUP BY ALL",
        lambda x: x.groupby("id1").agg({"v1": "sum"}),
    ),
    "q2 sum by 10^4": (
        'table("x").group_by("id1", "id2", maintain_order=False).agg(v1=col("v1").sum())',
        "SELECT id1, id2, sum(v1) AS v1 FROM x GROUP BY ALL",
        lambda x: x.groupby(["id1", "id2"]).agg({"v1": "sum"}),
    ),
    "q3 sum, mean by 10^5 texts": (
        'table("x").group_by("id3", maintain_order=False).agg(v1=col("v1").sum(), v3=col("v3").mean())',
        "SELECT id3, sum(v1) AS v1, avg(v3) AS v3 FROM x GROUP BY ALL",
        lambda x: x.groupby("id3").agg({"v1": "sum", "v3": "mean"}),
    ),
    "q4 means by 100": (
        'table("x").group_by("id4", maintain_order=False).agg(col("v1", "v2", "v3").mean())',
        "SELECT id4, avg(v1) AS v1, avg(v2) AS v2, avg(v3) AS v3 FROM x GROUP BY ALL",
        lambda x: x.groupby("id4").agg({"v1": "mean", "v2": "mean", "v3": "mean"}),
    ),
    "q5 sums by 10^5": (
        'table("x").group_by("id6", maintain_order=False).agg(col("v1", "v2", "v3").sum())',
        "SELECT id6, sum(v1) AS v1, sum(v2) AS v2, sum(v3) AS v3 FROM x GROUP BY ALL",
        lambda x: x.groupby("id6").agg({"v1": "sum", "v2": "sum", "v3": "sum"}),
    ),
    "q6 median, sd by 10^4": (
        'table("x").group_by("id4", "id5", maintain_order=False)'
        '.agg(median=col("v3").median(), sd=col("v3").std())',
        "SELECT id4, id5, median(v3) AS median, stddev(v3) AS sd FROM x GROUP BY ALL",
        lambda x: x.groupby(["id4", "id5"])["v3"].agg(["median", "std"]),
    ),
    "q7 range by 10^5 texts": (
        'table("x").group_by("id3", maintain_order=False).agg(range=col("v1").max() - col("v2").min())',
        "SELECT id3, max(v1) - min(v2) AS range FROM x GROUP BY ALL",
        lambda x: x.groupby("id3").agg({"v1": "max", "v2": "min"}).assign(range=lambda y: y["v1"] - y["v2"])[["range"]],
    ),
    "q8 largest two by 10^5": (
        'table("x").drop_nulls("v3").group_by("id6", maintain_order=False)'
        '.agg(v3=col("v3").top_k(2)).explode("v3")',
        "SELECT id6, unnest(max(v3, 2)) AS v3 FROM x WHERE v3 IS NOT NULL GROUP BY id6",
        lambda x: largest_two(x.dropna(subset=["v3"])),
    ),
    "q9 correlation by 10^4": (
        'table("x").group_by("id2", "id4", maintain_order=False).agg(r2=corr("v1", "v2") ** 2)',
        "SELECT id2, id4, pow(corr(v1, v2), 2) AS r2 FROM x GROUP BY ALL",
        lambda x: correlation(x.groupby(["id2", "id4"])[["v1", "v2"]]),
    ),
    "q10 sum, count by six keys": (
        'table("x").group_by("id1", "id2", "id3", "id4", "id5", "id6", maintain_order=False)'
        '.agg(v3=col("v3").sum(), count=len())',
        "SELECT id1, id2, id3, id4, id5, id6, sum(v3) AS v3, count(*) AS count FROM x GROUP BY ALL",
        lambda x: x.groupby(["id1", "id2", "id3", "id4", "id5", "id6"]).agg({"v3": ["sum", "count"]}),
    ),
}


def joined(right, key, how="inner"):
    """A join of which the rows are counted and their values summed."""
    kept = "LEFT JOIN" if how == "left" else "JOIN"
    return (
        f'table("left").join(table("{right}"), on="{key}", how="{how}", maintain_order="none")'
        '.select(rows=len(), v1=col("v1").sum(), v2=col("v2").sum())',
        f'SELECT count(*) AS rows, sum(v1) AS v1, sum(v2) AS v2 FROM "left" {kept} "{right}" USING ({key})',
        lambda left, other: left.merge(other[[key, "v2"]], on=key, how=how)[["v1", "v2"]].sum(),
    )


QUESTIONS |= {
    "j1 small": joined("small", "id1"),
    "j2 medium": joined("medium", "id2"),
    "j3 medium, left": joined("medium", "id2", "left"),
    "j4 medium on texts": joined("medium", "id5"),
    "j5 big": joined("big", "id3"),
}
RIGHT = {"j1 small": "small", "j5 big": "big"}
for number in range(1, 23):
    program = (HERE.parent / f"tests/tpch/q{number:02}.expr").read_text()
    QUESTIONS[f"Q{number}"] = (program, (tpch.made() / f"q{number:02}.sql").read_text(), getattr(tpch_frames, f"q{number}"))


# Who answers them.

def polars_asks(files):
    import polars

    words = {name: getattr(polars, name) for name in dir(polars) if not name.startswith("_")}
    words["table"] = lambda name: polars.scan_parquet(files[name])

    def ask(name):
        own, lines = dict(words), ast.parse(QUESTIONS[name][0])
        last = lines.body.pop()
        exec(compile(lines, name, "exec"), own)  # noqa: S102
        return eval(compile(ast.Expression(last.value), name, "eval"), own).collect(engine="streaming").height  # noqa: S307

    return ask


def duckdb_asks(files):
    import duckdb

    connection = duckdb.connect()
    for name, parts in files.items():
        connection.execute(f'CREATE VIEW "{name}" AS FROM read_parquet({parts})')
    return lambda name: connection.sql(QUESTIONS[name][1]).to_arrow_table().num_rows


def frames_ask(files, read, done):
    """For those who speak pandas. Only the columns that a question names are read."""
    columns = {name: pyarrow.parquet.read_schema(parts[0]).names for name, parts in files.items()}

    def wanted(table, text):
        return [column for column in columns[table] if re.search(rf"\b{column}\b", text)]

    def ask(name):
        program, text, ours = QUESTIONS[name]
        if name.startswith("Q"):
            return len(done(ours(lambda table, columns: read(files[table], columns))))
        if name.startswith("q"):
            return len(done(ours(read(files["x"], wanted("x", program)))))
        right = RIGHT.get(name, "medium")
        return len(done(ours(read(files["left"], wanted("left", text)), read(files[right], wanted(right, text)))))

    return ask


def dask_asks(files):
    import dask.dataframe

    def plain(part):
        return tpch_frames.plain(pyarrow.Table.from_pandas(part, preserve_index=False))

    def read(parts, columns):
        return dask.dataframe.read_parquet(parts, columns=columns).map_partitions(plain)

    return frames_ask(files, read, lambda frame: frame.compute())


def pandas_asks(files):
    def read(parts, columns):
        return tpch_frames.plain(pyarrow.parquet.read_table(parts, columns=columns))

    return frames_ask(files, read, lambda frame: frame)


PEERS = {"polars": polars_asks, "duckdb": duckdb_asks, "dask": dask_asks, "pandas": pandas_asks}


def served(*flags):
    """A server that holds the tables."""
    server = Pantile(*flags).__enter__()
    for name, (path,) in sources().items():
        server.send("PUT", f"/v1/tables/{name}", Path(path).read_bytes())
    return server


class Ours:
    def __init__(self, server, engine):
        self.server, self.engine = server, engine

    def ask(self, name):
        # While the others compute, the server may have closed a connection that says nothing.
        self.server.connection.close()
        return timed(self.run, name, self.server.process.pid)

    def run(self, name):
        path = f"/v1/expressions?engine={self.engine}"
        body = self.server.send("POST", path, QUESTIONS[name][0].encode(), Accept=ARROW, Content_Type="text/x-python")
        return lambda: pyarrow.ipc.open_stream(body).read_all().num_rows


def main():
    servers = {flags: served(*flags) for flags in {OURS[name][0] for name in ENGINES if name in OURS}}
    files = tpch.partitions(next(iter(servers.values())).data) if servers else sources()
    peers = {name: Peer(PEERS[name], files) for name in PEERS if name in ENGINES}
    ours = {name: Ours(servers[flags], engine) for name, (flags, engine) in OURS.items() if name in ENGINES}
    asked = ours | peers
    wanted = re.compile(os.environ.get("BENCH_QUESTIONS", ""))
    questions = [name for name in QUESTIONS if wanted.search(name)]
    seconds, peaks = {}, {}
    for name in questions:
        counts = {}
        for run in range(RUNS + 1):
            for engine, who in asked.items():
                # A column is kept once it is asked for again.
                answer = who.ask(name)
                if answer.why:
                    print(f"{engine}, {name}: {answer.why}", flush=True)
                    continue
                counts[engine] = answer.value
                if run > 0:
                    key = engine, name
                    seconds[key] = min(answer.seconds, seconds.get(key, answer.seconds))
                    peaks[key] = min(answer.peak_bytes, peaks.get(key, answer.peak_bytes))
        # A sum over a join is a frame to some and two numbers to others.
        if len(set(counts.values())) > 1 and not name.startswith("j"):
            raise SystemExit(f"{name}: the engines do not agree: {counts}")
    for who in peers.values():
        who.end()
    for server in servers.values():
        server.__exit__()
    for title, part in (("Group-bys and joins", "qj"), (f"TPC-H, scale factor {tpch.SCALE}", "Q")):
        if own := [name for name in questions if name[0] in part]:
            report(title, own, list(asked), seconds, peaks)


def report(title, questions, engines, seconds, peaks):
    none = float("nan")
    rivals = [engine for engine in ("polars", "duckdb") if engine in engines[1:]]
    ratio = [f"{engines[0]} / best of {' and '.join(rivals)}"] if rivals else []
    rows = []
    for name in questions:
        quick = min((seconds.get((rival, name), none) for rival in rivals), default=none)
        own = [seconds.get((engine, name), none) for engine in engines]
        rows.append([name, *own, *(own[0] / quick for _ in ratio)])
    known = [[row[at] for row in rows if row[at] == row[at]] for at in range(1, len(rows[0]))]
    rows.append(["geometric mean", *(geometric_mean(column) if column else none for column in known)])
    show(f"{title}, seconds, best of {RUNS}", ["", *engines, *ratio], rows)
    rows = [[name, *(f"{peaks.get((engine, name), 0) / 1e6:.0f}" for engine in engines)] for name in questions]
    show("Resident memory at most while it was answered, MB", ["", *engines], rows)


if __name__ == "__main__":
    main()
