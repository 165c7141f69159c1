"""DuckDB, as the second opinion: extensions from their wheels, so that no test needs a network."""

from importlib.metadata import distribution
from pathlib import Path

import duckdb


def connect(*extensions):
    """An in-memory DuckDB with these extensions loaded."""
    database = duckdb.connect(config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"})
    for extension in extensions:
        wheel = distribution(f"duckdb-extension-{extension.replace('_', '-')}")
        [file] = [f for f in wheel.files if f.name == f"{extension}.duckdb_extension"]
        database.execute(f"LOAD '{Path(str(wheel.locate_file(file)))}'")
    database.execute("SET TimeZone = 'UTC'")
    return database


def attach(data, name="l"):
    """A DuckDB that has a Pantile data folder attached, as anybody could."""
    database = connect("ducklake", "sqlite_scanner")
    database.execute(f"ATTACH 'ducklake:sqlite:{data}/catalog.db' AS {name} (READ_ONLY)")
    return database
