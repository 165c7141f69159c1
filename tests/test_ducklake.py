"""The exit door: DuckDB attaches the catalog, while the server runs, and counts the same rows."""

import time

import oracle
import pyarrow as pa
import pytest
from harness import ARROW_STREAM, Server, as_arrow_stream


def numbers(first, count):
    return pa.table({
        "id": pa.array(range(first, first + count), pa.int64()),
        "text": pa.array([None if i % 7 == 0 else f"row {i}" for i in range(first, first + count)]),
        "half": pa.array([i / 2 for i in range(first, first + count)]),
    })


def snapshot(response):
    return int(response.headers["Pantile-Snapshot"])


def compare(server, sql):
    """The same rows from both, as tuples in order."""
    mine = server.rows(sql)
    database = oracle.attach(server.data)
    database.execute("USE l")
    table = database.execute(sql).to_arrow_table()
    other = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    database.close()
    assert mine == other
    return mine


def test_the_demonstration_counts_alike(demo):
    for table in ("airlines", "airports", "flights", "planes", "weather"):
        compare(demo, f"SELECT count(*) FROM {table}")
    compare(demo, "SELECT origin, count(*), sum(distance), count(dep_delay), min(tailnum), max(tailnum) FROM flights"
                  " GROUP BY 1 ORDER BY 1")
    compare(demo, "SELECT count(*), min(time_hour), max(time_hour) FROM weather WHERE wind_gust IS NULL")


def test_every_change_is_seen(server, name):
    total = f"SELECT count(*), sum(id), count(text), sum(half) FROM {name}"
    server.put(name, numbers(0, 1000))
    assert compare(server, total)[0][0] == 1000
    server.append(name, numbers(1000, 500))
    assert compare(server, total)[0][0] == 1500
    server.sql(f"DELETE FROM {name} WHERE id % 3 = 0")
    compare(server, total)
    server.sql(f"UPDATE {name} SET half = -1 WHERE id < 100")
    compare(server, total)
    server.sql(f"INSERT INTO {name} VALUES (-1, 'inserted', 0.25)")
    compare(server, f"SELECT * FROM {name} WHERE id < 50 ORDER BY id")
    server.put(name, numbers(5, 10))
    assert compare(server, total)[0][0] == 10
    server.sql(f"TRUNCATE TABLE {name}")
    assert compare(server, total)[0][0] == 0


def test_columns_that_come_go_and_change_names(server, name):
    server.put(name, numbers(0, 100))
    server.sql(f"ALTER TABLE {name} RENAME COLUMN text TO label")
    compare(server, f"SELECT id, label FROM {name} ORDER BY id")
    server.sql(f"ALTER TABLE {name} ADD COLUMN extra BIGINT")
    compare(server, f"SELECT * FROM {name} ORDER BY id")
    server.sql(f"INSERT INTO {name} (id, label, half, extra) VALUES (1000, 'new', 1.5, 7)")
    compare(server, f"SELECT * FROM {name} ORDER BY id")
    server.sql(f"ALTER TABLE {name} DROP COLUMN half")
    compare(server, f"SELECT * FROM {name} ORDER BY id")
    # A name that comes back is a new column: the old values stay gone.
    server.sql(f"ALTER TABLE {name} ADD COLUMN half DOUBLE")
    rows = compare(server, f"SELECT id, label, extra, half FROM {name} ORDER BY id")
    assert all(row[3] is None for row in rows)
    server.sql(f"ALTER TABLE {name} RENAME TO {name}_b")
    compare(server, f"SELECT count(*) FROM {name}_b")


def test_time_travel_agrees(server, name):
    steps = [snapshot(server.put(name, numbers(0, 100))), snapshot(server.append(name, numbers(100, 50)))]
    server.sql(f"DELETE FROM {name} WHERE id < 10")
    steps.append(server.value("SELECT max(id) FROM system.snapshots"))
    seen = []
    for version in steps:
        database = oracle.attach(server.data)
        seen.append(database.execute(f"SELECT count(*) FROM l.{name} AT (VERSION => {version})").fetchone()[0])
        answer = server.request("POST", "/v1/sql", json={"sql": f"SELECT count(*) AS n FROM {name}"},
                                headers={"Accept": "text/csv", "Pantile-Snapshot": str(version)})
        assert answer.text.split() == ["n", str(seen[-1])]
    assert seen == [100, 150, 140]


def test_names_and_drops(server, name):
    odd = f'{name} "quoted" é 🦀'
    quoted = '"' + odd.replace('"', '""') + '"'
    server.sql(f'CREATE TABLE {quoted} AS SELECT 1 AS "a ""b"" c", 2 AS "ünï"')
    compare(server, f'SELECT "a ""b"" c", "ünï" FROM {quoted}')
    server.sql(f"DROP TABLE {quoted}")
    with pytest.raises(Exception, match="does not exist"):
        oracle.attach(server.data).execute(f"SELECT * FROM l.{quoted}")


def test_types_agree(server, name):
    server.sql(f"""CREATE TABLE {name} AS SELECT
        1::tinyint a, 2::smallint b, 3::int c, 4::bigint d, 1.5::real e, 2.5::double f, true g,
        12.34::decimal(18, 2) h, 'text' i, DATE '2024-02-29' j, TIMESTAMP '2024-02-29 12:34:56.789' k, x'00ff' l,
        [1, 2, 3] m, {{'x': 1, 'y': 'z'}} n""".replace("[1, 2, 3]", "make_array(1, 2, 3)").replace(
            "{'x': 1, 'y': 'z'}", "named_struct('x', 1, 'y', 'z')"))
    compare(server, f"SELECT * FROM {name}")


def test_types_that_parquet_lacks_agree_too(server, name):
    server.put(name, as_arrow_stream(pa.table({
        "at": pa.array([1_700_000_000, -1, None], pa.timestamp("s")),
        "day": pa.array([86_400_000, 0, None], pa.int64()).cast(pa.date64()),
        "thousands": pa.array([1500, 0, None], pa.decimal128(19, 0)).cast(pa.decimal128(17, -2)),
        "took": pa.array([1, 2, None], pa.duration("s")),
    })), ARROW_STREAM)
    compare(server, f"SELECT * FROM {name} ORDER BY thousands")
    compare(server, f"SELECT count(*) FROM {name} WHERE \"at\" > TIMESTAMP '2023-01-01'")


def test_compaction_changes_no_row(tmp_path, name):
    with Server(tmp_path / "data", "--tidy-every", "200ms") as server:
        compacted(server, name)


def compacted(server, name):
    server.put(name, numbers(0, 10))
    for batch in range(1, 60):
        server.append(name, numbers(batch * 10, 10))
    total = f"SELECT count(*), count(DISTINCT id), sum(id), min(text), max(half) FROM {name}"
    before = compare(server, total)
    assert before[0][:2] == (600, 600)
    # Compaction works in the background; wait for it, then look again through both doors.
    deadline = time.monotonic() + 60
    while server.value(f"SELECT count(*) FROM system.partitions WHERE \"table\" = '{name}'") > 30:
        assert time.monotonic() < deadline, "60 small appends were never compacted"
        time.sleep(0.2)
    assert compare(server, total) == before


def test_statistics_let_duckdb_skip_nothing_it_needs(server, name):
    server.put(name, numbers(0, 100))
    server.append(name, numbers(1000, 100))
    for condition in ("id = 1050", "id < 50", "id BETWEEN 90 AND 1010", "text = 'row 1001'", "text > 'row 98'",
                      "half >= 524.5", "text IS NULL", "half < -1"):
        compare(server, f"SELECT count(*), sum(id) FROM {name} WHERE {condition}")
