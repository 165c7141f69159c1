"""Files in places that an administrator has named: folders and buckets, read, written, and nowhere else."""

import socket
import subprocess
import sys
import time

import boto3
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.feather as feather
import pyarrow.parquet as parquet
import pytest
from harness import NotReady, Problem, Server, as_parquet

KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "aws_region": "us-east-1"}


def numbers(first, count, **more):
    ids = range(first, first + count)
    return pa.table({"id": pa.array(ids, pa.int64()), "text": [f"row {i}" for i in ids], **more})


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """A folder of files, and a server that knows it as `lake`, and another as `out`."""
    root = tmp_path_factory.mktemp("locations")
    folder = root / "lake"
    for year in (2023, 2024):
        for region in ("north", "south"):
            place = folder / "hive" / f"year={year}" / f"region={region}"
            place.mkdir(parents=True)
            parquet.write_table(numbers(year, 10), place / "part.parquet")
    (folder / "plain").mkdir()
    csv.write_csv(numbers(0, 100), folder / "plain/rows.csv")
    (folder / "plain/rows.ndjson").write_text("".join(f'{{"id": {i}, "text": "row {i}"}}\n' for i in range(100)))
    feather.write_feather(numbers(0, 100), folder / "plain/rows.arrow", compression="uncompressed")
    (folder / "evolving").mkdir()
    parquet.write_table(numbers(0, 10), folder / "evolving/1.parquet")
    parquet.write_table(numbers(10, 10, extra=pa.array(range(10), pa.int32())), folder / "evolving/2.parquet")
    parquet.write_table(numbers(20, 10).select(["text", "id"]), folder / "evolving/3.parquet")
    for path in list((folder / "evolving").iterdir()):
        feather.write_feather(parquet.read_table(path), path.with_suffix(".arrow"))
        csv.write_csv(parquet.read_table(path), path.with_suffix(".csv"))
    (root / "secret.csv").write_text("a\nhunter2\n")
    (folder / "link.csv").symlink_to(root / "secret.csv")
    (root / "out").mkdir()
    config = root / "pantile.toml"
    config.write_text(
        f'[locations.lake]\nurl = "file://{folder}"\n\n[locations.out]\nurl = "file://{root}/out"\nwritable = true\n'
    )
    with Server(root / "data", "--config", str(config)) as server:
        server.folder, server.out = folder, root / "out"
        yield server


@pytest.mark.parametrize("kind, file", [("CSV", "rows.csv"), ("NDJSON", "rows.ndjson"), ("ARROW", "rows.arrow")])
def test_formats(lake, name, kind, file):
    lake.sql(f"CREATE EXTERNAL TABLE {name} STORED AS {kind} LOCATION 'lake/plain/{file}'")
    assert lake.rows(f"SELECT count(*), sum(id), min(text) FROM {name}") == [(100, 4950, "row 0")]


def test_hive_partitions_are_columns_that_prune(lake, name):
    lake.sql(
        f"CREATE EXTERNAL TABLE {name} STORED AS PARQUET PARTITIONED BY (year, region) LOCATION 'lake/hive/'"
    )
    sql = f"SELECT CAST(year AS BIGINT) AS year, region, count(*), min(id) FROM {name} GROUP BY 1, 2 ORDER BY 1, 2"
    assert lake.rows(sql) == [
        (2023, "north", 10, 2023), (2023, "south", 10, 2023), (2024, "north", 10, 2024), (2024, "south", 10, 2024)]
    assert lake.value(f"SELECT count(*) FROM {name} WHERE region = 'north'") == 20


@pytest.mark.parametrize("kind", ["parquet", "arrow", "csv"])
def test_columns_are_matched_by_name_and_may_be_missing(lake, name, kind):
    lake.sql(f"CREATE EXTERNAL TABLE {name} STORED AS {kind} LOCATION 'lake/evolving/*.{kind}'")
    assert lake.rows(f"SELECT count(*), count(extra), sum(id), max(text) FROM {name}") == [(30, 10, 435, "row 9")]


def test_files_that_come_later_are_seen(lake, name):
    place = lake.folder / "growing"
    place.mkdir()
    parquet.write_table(numbers(0, 5), place / "1.parquet")
    lake.sql(f"CREATE EXTERNAL TABLE {name} STORED AS PARQUET LOCATION 'lake/growing/*.parquet'")
    assert lake.value(f"SELECT count(*) FROM {name}") == 5
    parquet.write_table(numbers(5, 5), place / "2.parquet")
    assert lake.value(f"SELECT count(*) FROM {name}") == 10


def test_an_external_table_outlives_a_restart_and_its_drop_leaves_the_files(lake, name):
    lake.sql(f"CREATE EXTERNAL TABLE {name} STORED AS CSV LOCATION 'lake/plain/rows.csv'")
    lake.kill()
    lake.start()
    assert lake.value(f"SELECT count(*) FROM {name}") == 100
    lake.sql(f"DROP TABLE {name}")
    assert (lake.folder / "plain/rows.csv").exists()


@pytest.mark.parametrize("kind, reader", [("parquet", parquet.read_table), ("csv", csv.read_csv)])
def test_rows_go_out_where_it_is_allowed(lake, kind, reader):
    lake.sql(f"COPY (SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t (n, s)) TO 'out/some.{kind}'")
    written = [path for path in lake.out.rglob(f"*{kind}*") if path.is_file()]
    assert sum((reader(path).to_pydict()["n"] for path in written), []) == [1, 2]


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO 'lake/new.csv'",  # not writable
        "COPY (SELECT 1) TO 'out/../escaped.csv'",
        "COPY (SELECT 1) TO 'elsewhere/new.csv'",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION 'lake/../secret.csv'",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION 'lake/link.csv'",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION 'nowhere/rows.csv'",
    ],
)
def test_what_leads_elsewhere_is_refused(lake, sql):
    with pytest.raises(Problem) as refused:
        lake.sql(sql)
        lake.sql("SELECT * FROM x")
    assert (refused.value.status, refused.value.code) == (403, "forbidden")
    assert "hunter2" not in str(refused.value)
    assert not (lake.out.parent / "escaped.csv").exists() and not (lake.folder / "new.csv").exists()
    lake.sql("DROP TABLE IF EXISTS x")


def test_an_escaped_path_is_a_name_like_any_other(lake):
    with pytest.raises(Problem) as refused:
        lake.sql("CREATE EXTERNAL TABLE x STORED AS CSV LOCATION 'lake/%2e%2e/secret.csv'")
    assert refused.value.code == "invalid_request" and "there is no csv file" in refused.value.body["detail"]


def test_a_location_that_is_not_there_is_told_at_the_start(tmp_path):
    with pytest.raises(NotReady) as refused:
        Server(tmp_path / "data", "--location", "lake=/no/such/folder").start()
    assert refused.value.code == 1 and "/no/such/folder" in refused.value.output


# Buckets.


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    """An S3 of this process's own: moto's server on a free port, with a bucket `tiles`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = open(tmp_path_factory.mktemp("s3") / "log", "wb")
    moto = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", **{k: v for k, v in KEYS.items() if k != "aws_region"},
                          region_name="us-east-1")
    for _ in range(100):
        try:
            client.create_bucket(Bucket="tiles")
            break
        except Exception:  # noqa: BLE001  not listening yet
            time.sleep(0.1)
    client.endpoint = f"http://127.0.0.1:{port}"
    yield client
    moto.terminate()
    moto.wait(10)
    log.close()


def options(s3):
    return "".join(f'{key} = "{value}"\n' for key, value in {**KEYS, "aws_endpoint": s3.endpoint, "aws_allow_http": "true"}.items())


def keys(s3, prefix):
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket="tiles", Prefix=prefix).get("Contents", [])]


def test_partitions_may_lie_in_a_bucket(s3, tmp_path):
    config = tmp_path / "pantile.toml"
    config.write_text(f'store = "s3://tiles/held"\n\n[store_options]\n{options(s3)}')
    with Server(tmp_path / "data", "--config", str(config)) as server:
        server.put("rows", numbers(0, 1000))
        server.append("rows", numbers(1000, 1000))
        server.sql("DELETE FROM rows WHERE id < 10")
        assert server.rows("SELECT count(*), sum(id) FROM rows") == [(1990, sum(range(10, 2000)))]
        assert len(keys(s3, "held/")) >= 3
        assert not list((server.data / "data").rglob("*.parquet")), "nothing of it lies in the data folder"
        server.kill()
        server.start()
        assert server.value("SELECT count(*) FROM rows") == 1990
        assert server.stop() == 0


def test_a_bucket_that_fails_is_an_error_and_nothing_is_committed(s3, tmp_path):
    config = tmp_path / "pantile.toml"
    config.write_text(f'store = "s3://tiles/gone"\n\n[store_options]\n{options(s3)}')
    s3.create_bucket(Bucket="fleeting")
    config.write_text(f'store = "s3://fleeting/held"\n\n[store_options]\n{options(s3)}')
    with Server(tmp_path / "data", "--config", str(config)) as server:
        server.put("rows", numbers(0, 10))
        for entry in s3.list_objects_v2(Bucket="fleeting")["Contents"]:
            s3.delete_object(Bucket="fleeting", Key=entry["Key"])
        s3.delete_bucket(Bucket="fleeting")
        refused = server.append("rows", numbers(10, 10), ok=False)
        assert refused.status_code >= 500 and refused.json()["code"] in ("storage_failed", "unknown_outcome")
        assert server.value("SELECT 1") == 1
        assert server.get("/v1/datasets/rows").json()["rows"] == 10


def test_tables_over_a_bucket(s3, tmp_path):
    for number in range(3):
        s3.put_object(Bucket="tiles", Key=f"lake/{number}.parquet", Body=as_parquet(numbers(number * 10, 10)))
    config = tmp_path / "pantile.toml"
    config.write_text(f'[locations.bucket]\nurl = "s3://tiles/lake"\nwritable = true\n\n[locations.bucket.options]\n{options(s3)}')
    with Server(tmp_path / "data", "--config", str(config)) as server:
        server.sql("CREATE EXTERNAL TABLE rows STORED AS PARQUET LOCATION 'bucket/*.parquet'")
        assert server.rows("SELECT count(*), sum(id) FROM rows") == [(30, 435)]
        server.sql("COPY (SELECT id FROM rows WHERE id < 3) TO 'bucket/out.parquet'")
        assert any("out.parquet" in key for key in keys(s3, "lake/"))
        with pytest.raises(Problem) as secret:
            server.sql("CREATE EXTERNAL TABLE no STORED AS PARQUET LOCATION 'bucket/none-*.parquet'")
            server.sql("SELECT * FROM no")
        assert "test" not in secret.value.body.get("detail", "").split()
