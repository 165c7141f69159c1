"""Ten minutes of pandas on a table of n rows: each step in one spelling, on Pantile's frames, dask.dataframe and pandas.

    .venv-bench/bin/python benches/ten_minutes.py     BENCH_ROWS=10000000  BENCH_RUNS=3  BENCH_STEPS='^(merge|group)'

`lib` is the module whose functions are asked (`pantile`, `dask.dataframe`, `pandas`), `df` the table, `shops` a small one. What
comes of a step is brought to this process as pandas has it, or is a number; a step that gives all rows is counted or summed.

The table is on the server, its hot cache warm; pandas holds it in memory, Dask as it persisted it there. Seconds of the best
run after one that is not counted, the three asked in turns; a step that somebody cannot do has none, and why is printed.
"""

import math
import os
import re
import warnings

import dask
import dask.dataframe
import numpy
import pandas
import pantile
import pyarrow
import pyarrow.parquet
from machine import CACHE, Pantile, geometric_mean, in_turns, show

ROWS = int(float(os.environ.get("BENCH_ROWS", "1e7")))
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
SHOPS = 1000


def sales(rows, random):
    """The table: one row a sale, in the order of time, every twentieth price missing."""
    price = numpy.round(random.gamma(2, 20, rows), 2)
    price[random.integers(0, 20, rows) == 0] = numpy.nan
    start, step = 1_577_836_800_000_000, 4 * 365 * 86_400_000_000 // rows
    words = pyarrow.array(["Apple pie", "bread", "Cheese", "dark beer", "Eggs", "fig jam", "Grapes", "honey"])
    kinds = pyarrow.array(["small", "middle", "large"])
    return pyarrow.table({
        "t": pyarrow.array(start + numpy.arange(rows) * step).cast(pyarrow.timestamp("us")),
        "shop": random.integers(0, SHOPS, rows),
        "item": words.take(pyarrow.array(random.integers(0, 8, rows))),
        "size": kinds.take(pyarrow.array(random.integers(0, 3, rows))),
        "count": random.integers(1, 10, rows),
        "price": pyarrow.array(price, from_pandas=True),
    })  # fmt: skip


def small(random):
    """The shops, of which every tenth is missing."""
    number = numpy.arange(SHOPS)[numpy.arange(SHOPS) % 10 > 0]
    return pyarrow.table({"shop": number, "town": [f"town{n % 50:02}" for n in number], "area": random.integers(50, 500, len(number))})


STEPS = {
    # Creation.
    "create: a column of others": lambda lib, df, shops: df.assign(paid=df["price"] * df["count"])["paid"].sum(),
    "create: one type of another": lambda lib, df, shops: df["count"].astype("float64").sum(),
    # Viewing.
    "view: head": lambda lib, df, shops: df.head(),
    "view: tail": lambda lib, df, shops: df.tail(),
    "view: describe": lambda lib, df, shops: df[["count", "price"]].describe(),
    "view: sort, first ten": lambda lib, df, shops: df.sort_values("price", ascending=False).head(10),
    "view: length": lambda lib, df, shops: df.shape[0],
    # Selection.
    "select: a column": lambda lib, df, shops: df["price"].max(),
    "select: rows by condition": lambda lib, df, shops: df[df["price"] > 150][["shop", "price"]],
    "select: rows by loc": lambda lib, df, shops: df.loc[(df["count"] == 9) & (df["price"] > 150), ["item", "price"]],
    "select: rows by query": lambda lib, df, shops: df.query("count == 9 and price > 150")["price"].sum(),
    "select: isin": lambda lib, df, shops: df[df["shop"].isin([3, 33, 333])]["price"].sum(),
    "select: between": lambda lib, df, shops: df[df["price"].between(10, 20)]["count"].sum(),
    "select: rows by place": lambda lib, df, shops: df.iloc[1000:1010],
    "select: nlargest": lambda lib, df, shops: df.nlargest(5, "price"),
    "select: where": lambda lib, df, shops: df["price"].where(df["count"] > 5, 0.0).sum(),
    # Missing data.
    "missing: how many": lambda lib, df, shops: df.isna().sum(),
    "missing: dropna": lambda lib, df, shops: df.dropna()["count"].sum(),
    "missing: fillna": lambda lib, df, shops: df["price"].fillna(0.0).mean(),
    "missing: ffill": lambda lib, df, shops: df["price"].ffill().sum(),
    # Operations.
    "operate: mean": lambda lib, df, shops: df[["count", "price"]].mean(),
    "operate: several": lambda lib, df, shops: df["price"].agg(["min", "max", "std"]),
    "operate: median": lambda lib, df, shops: df["price"].median(),
    "operate: quantile": lambda lib, df, shops: df["price"].quantile(0.9),
    "operate: value_counts": lambda lib, df, shops: df["item"].value_counts(),
    "operate: nunique": lambda lib, df, shops: df["shop"].nunique(),
    "operate: cumsum": lambda lib, df, shops: df["count"].cumsum().max(),
    "operate: diff": lambda lib, df, shops: df["price"].diff().max(),
    "operate: rank": lambda lib, df, shops: df["price"].rank().max(),
    "operate: correlation": lambda lib, df, shops: df["price"].corr(df["count"]),
    "operate: texts to lower case": lambda lib, df, shops: df["item"].str.lower().value_counts(),
    "operate: texts that contain": lambda lib, df, shops: df[df["item"].str.contains("ee")]["count"].sum(),
    "operate: drop_duplicates": lambda lib, df, shops: df[["item", "size"]].drop_duplicates(),
    "operate: map": lambda lib, df, shops: df["size"].map({"small": 1, "middle": 2, "large": 3}).sum(),
    "operate: clip": lambda lib, df, shops: df["price"].clip(5, 50).sum(),
    # Merge.
    "merge: inner": lambda lib, df, shops: df.merge(shops, on="shop")["area"].sum(),
    "merge: left": lambda lib, df, shops: df.merge(shops, on="shop", how="left")["area"].sum(),
    "merge: then group": lambda lib, df, shops: df.merge(shops, on="shop").groupby("town")["price"].sum(),
    "merge: concat": lambda lib, df, shops: lib.concat([df, df])["count"].sum(),
    # Grouping.
    "group: sum of one": lambda lib, df, shops: df.groupby("item")["count"].sum(),
    "group: means by two": lambda lib, df, shops: df.groupby(["item", "size"])[["count", "price"]].mean(),
    "group: named": lambda lib, df, shops: df.groupby("shop").agg(n=("count", "sum"), most=("price", "max")),
    "group: several": lambda lib, df, shops: df.groupby("shop")["price"].agg(["min", "mean", "max"]),
    "group: median": lambda lib, df, shops: df.groupby("item")["price"].median(),
    "group: nunique": lambda lib, df, shops: df.groupby("item")["shop"].nunique(),
    "group: size": lambda lib, df, shops: df.groupby(["shop", "item"]).size(),
    "group: transform": lambda lib, df, shops: df["price"].sub(df.groupby("shop")["price"].transform("mean")).abs().max(),
    "group: first rows": lambda lib, df, shops: df.groupby("shop")["count"].first(),
    # Reshaping.
    "reshape: melt": lambda lib, df, shops: df[["item", "count", "price"]].melt(id_vars="item").groupby("variable")["value"].sum(),
    "reshape: pivot_table": lambda lib, df, shops: df.pivot_table(values="price", index="item", columns="size", aggfunc="mean"),
    "reshape: get_dummies": lambda lib, df, shops: lib.get_dummies(df[["size", "count"]])["size_small"].sum(),
    "reshape: unstack": lambda lib, df, shops: df.groupby(["item", "size"])["count"].sum().unstack(),
    # Time series.
    "times: parts": lambda lib, df, shops: df.groupby(df["t"].dt.month)["count"].sum(),
    "times: range": lambda lib, df, shops: df[(df["t"] >= "2021-03-01") & (df["t"] < "2021-04-01")]["price"].mean(),
    "times: resample by day": lambda lib, df, shops: df.set_index("t")["price"].resample("D").mean(),
    "times: resample by month": lambda lib, df, shops: df.set_index("t")[["count", "price"]].resample("MS").sum(),
    "times: rolling of 100 rows": lambda lib, df, shops: df["price"].rolling(100, min_periods=1).mean().max(),
    "times: zones": lambda lib, df, shops: df["t"].dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin").dt.hour.sum(),
    # Categoricals.
    "categories: counts": lambda lib, df, shops: df["size"].astype("category").value_counts(),
    "categories: group": lambda lib, df, shops: (
        df.assign(size=df["size"].astype("category")).groupby("size", observed=True)["price"].mean()
    ),
    "categories: cut": lambda lib, df, shops: lib.cut(df["price"], [0, 10, 50, 1000], labels=["low", "middle", "high"]).value_counts(),
}


def made():
    """The folder of the two tables as Parquet, made if it is missing."""
    folder = CACHE / f"pantile-bench/sales-{ROWS}"
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        random = numpy.random.default_rng(10)
        for name, table in {"sales": sales(ROWS, random), "shops": small(random)}.items():
            pyarrow.parquet.write_table(table, folder / f"{name}.parquet", compression="zstd", row_group_size=1 << 20)
        (folder / "complete").touch()
    return folder


def done(found):
    """A step's answer: one of pandas, or a number."""
    return found.compute() if hasattr(found, "compute") else found


def number_of(answer):
    """What two answers are compared by: the number, or how many there are and what their numbers sum up to."""
    if isinstance(answer, pandas.DataFrame | pandas.Series):
        numbers = (answer if isinstance(answer, pandas.DataFrame) else answer.to_frame()).select_dtypes("number")
        return len(answer), float(numbers.sum().sum())
    return 0, float(answer)


def differ(answers):
    """Whose answers are not those of pandas. Dask's medians, quantiles and describe are near them, and meant to be."""
    (rows, total) = number_of(answers["pandas"])
    for name, answer in answers.items():
        count, other = number_of(answer)
        if count != rows or not math.isclose(other, total, rel_tol=1e-6, abs_tol=1e-6):
            yield f"{name} has {(count, other)}, pandas {(rows, total)}"


def main():
    warnings.filterwarnings("ignore", message="(?s).*meta")  # Dask says that it guesses types.
    wanted = re.compile(os.environ.get("BENCH_STEPS", ""))
    folder, rows = made(), []
    read = lambda name: pandas.read_parquet(folder / f"{name}.parquet")  # noqa: E731
    with Pantile() as server:
        client = pantile.connect(server.url)
        for name in ("sales", "shops"):
            client.upload(name, pyarrow.parquet.read_table(folder / f"{name}.parquet"))
        at_hand = {
            "pantile": (pantile, client.table("sales"), client.table("shops")),
            "dask": (dask.dataframe, *(dask.dataframe.from_pandas(read(name), npartitions=8).persist() for name in ("sales", "shops"))),
            "pandas": (pandas, read("sales"), read("shops")),
        }
        for name, step in STEPS.items():
            if not wanted.search(name):
                continue
            print(f"-- {name}", flush=True)
            seconds, answers = in_turns({who: (lambda have=have: done(step(*have))) for who, have in at_hand.items()}, RUNS)
            for said in differ(answers):
                print(said, flush=True)
            rows.append([name, *seconds.values(), seconds["pantile"] / seconds["dask"], seconds["pantile"] / seconds["pandas"]])
    means = [geometric_mean([x for x in column if x == x]) for column in list(zip(*rows))[1:]]
    rows.append(["geometric mean", *means])
    rows = [[x if x == x else "–" for x in row] for row in rows]
    show(
        f"Ten minutes of pandas, {ROWS:,} rows, seconds, best of {RUNS}; "
        f"client {pantile.__version__}, Dask {dask.__version__}, pandas {pandas.__version__}",
        ["", *at_hand, "pantile / dask", "pantile / pandas"],
        rows,
    )


if __name__ == "__main__":
    main()
