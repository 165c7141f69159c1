"""TPC-H data and questions, from DuckDB's tpch extension: `make_tpch.py SCALE FOLDER`, in the environment of the tests.

Eight Parquet files, and the 22 questions as q01.sql … q22.sql. The folder is kept, so that a second run is quick.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
import oracle  # noqa: E402

scale, folder = float(sys.argv[1]), Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
database = oracle.connect("tpch")
database.execute(f"CALL dbgen(sf = {scale})")
for (table,) in database.sql("SHOW TABLES").fetchall():
    database.execute(f"COPY {table} TO '{folder / table}.parquet' (FORMAT parquet, COMPRESSION zstd)")
for number, text in database.sql("SELECT query_nr, query FROM tpch_queries()").fetchall():
    (folder / f"q{number:02}.sql").write_text(text)
(folder / "complete").touch()
