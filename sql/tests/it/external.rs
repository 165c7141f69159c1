//! Tables over files at a location, and files made from tables.

use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array};
use arrow::datatypes::Int32Type;
use arrow::ipc::writer::{FileWriter, StreamWriter};
use arrow::record_batch::RecordBatch;
use pantile_core::Code;

use crate::bench::Bench;

#[tokio::test]
async fn out_and_in_again() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT i AS id, 'n' || i AS name, i * 0.5 AS x FROM generate_series(1, 250) AS s(i)").await;
    for (format, file) in
        [("PARQUET", "a.parquet"), ("CSV", "a.csv"), ("NDJSON", "a.ndjson"), ("ARROW", "a.arrow")]
    {
        let options = if format == "CSV" { " OPTIONS ('format.has_header' 'true')" } else { "" };
        let stored = if format == "NDJSON" { "JSON" } else { format };
        assert_eq!(
            bench.done(&format!("COPY t TO 'lake/out/{file}' STORED AS {stored}{options}")).await,
            Some(250),
            "{format}"
        );
        bench
            .done(&format!(
                "CREATE OR REPLACE EXTERNAL TABLE e STORED AS {format} LOCATION 'lake/out/{file}'"
            ))
            .await;
        assert_eq!(
            bench.rows("SELECT count(*), sum(id), max(name), sum(x) FROM e").await,
            "250|31375|n99|15687.5",
            "{format}"
        );
    }
    assert_eq!(bench.done("COPY (SELECT id FROM t WHERE id < 3) TO 'lake/few.parquet'").await, Some(2));
    assert_eq!(bench.code("INSERT INTO e VALUES (1, 'a', 1)").await, Code::Unsupported);
    assert_eq!(bench.code("DELETE FROM e").await, Code::Unsupported);
    assert!(
        bench
            .rows("SELECT location FROM system.datasets WHERE name = 'e'")
            .await
            .contains("lake/out/a.arrow")
    );
}

#[tokio::test]
async fn patterns_folders_and_files_that_come_later() {
    let bench = Bench::with(256 << 20, |limits| limits.files = 3);
    bench.done("COPY (SELECT 1 AS a) TO 'lake/p/y=2025/one.parquet'").await;
    bench.done("COPY (SELECT 2 AS a, 'b' AS b) TO 'lake/p/y=2026/two.parquet'").await;
    bench.done("CREATE EXTERNAL TABLE p STORED AS PARQUET PARTITIONED BY (y) LOCATION 'lake/p/'").await;
    assert_eq!(bench.rows("SELECT a, y FROM p ORDER BY a").await, "1|2025\n2|2026");
    assert_eq!(bench.rows("SELECT a FROM p WHERE y = '2026'").await, "2");
    bench.done("COPY (SELECT 3 AS a) TO 'lake/p/y=2026/three.parquet'").await;
    assert_eq!(bench.rows("SELECT count(*), sum(a) FROM p").await, "3|6");
    bench.done("CREATE EXTERNAL TABLE q STORED AS PARQUET LOCATION 'lake/p/*/t*.parquet'").await;
    assert_eq!(bench.rows("SELECT sum(a) FROM q").await, "5");
    bench
        .done("CREATE EXTERNAL TABLE r (a BIGINT, b TEXT, c INT) STORED AS PARQUET LOCATION 'lake/p/y=2026/'")
        .await;
    assert_eq!(bench.rows("SELECT a, b, c FROM r ORDER BY a").await, "2|b|-\n3|-|-");
    bench.done("COPY (SELECT 4 AS a) TO 'lake/p/y=2026/four.parquet'").await;
    let error = bench.refusal("SELECT count(*) FROM p").await;
    assert_eq!(error.limit_met().unwrap().name, "sql_files");
    assert_eq!(
        bench.code("CREATE EXTERNAL TABLE none STORED AS CSV LOCATION 'lake/none/*.csv'").await,
        Code::InvalidRequest
    );
}

/// Another order, a column that is missing or of another type, one that the table does not have.
#[tokio::test]
async fn files_are_read_by_the_names_of_their_columns() {
    for format in ["PARQUET", "NDJSON", "ARROW"] {
        let bench = Bench::new();
        let stored = if format == "NDJSON" { "JSON" } else { format };
        let files = ["1 AS a, 'x' AS b", "'y' AS b, 7 AS c, CAST(2 AS SMALLINT) AS a", "3 AS a", "'z' AS b"];
        for (number, columns) in files.iter().enumerate() {
            let path = format!("lake/e/{number}.{}", format.to_lowercase());
            bench.done(&format!("COPY (SELECT {columns}) TO '{path}' STORED AS {stored}")).await;
        }
        bench
            .done(&format!(
                "CREATE EXTERNAL TABLE e (a BIGINT, b TEXT, d DATE) STORED AS {format} LOCATION 'lake/e/'"
            ))
            .await;
        assert_eq!(bench.rows("SELECT * FROM e ORDER BY a").await, "1|x|-\n2|y|-\n3|-|-\n-|z|-", "{format}");
        assert_eq!(bench.rows("SELECT sum(a + 1), max(b) FROM e WHERE b <> 'z'").await, "5|y", "{format}");
        assert_eq!(bench.rows("SELECT count(*), count(d) FROM e").await, "4|0", "{format}");
        bench.done(&format!("CREATE EXTERNAL TABLE f STORED AS {format} LOCATION 'lake/e/[13].*'")).await;
        // `a` has no nulls in the file that has it, and is missing from the other.
        assert_eq!(bench.rows("SELECT a, b FROM f WHERE a IS NULL").await, "-|z", "{format}");
    }
}

#[tokio::test]
async fn arrow_files_and_streams_may_lie_side_by_side() {
    let bench = Bench::new();
    let place = bench.lake.join("mixed");
    std::fs::create_dir(&place).unwrap();
    // Large enough that tasks share a file by ranges of its bytes.
    let texts: DictionaryArray<Int32Type> = ["x", "y"].into_iter().cycle().take(500_000).collect();
    let ids = Int32Array::from(vec![1; 500_000]);
    let columns: [(&str, ArrayRef); 2] = [("b", Arc::new(texts)), ("a", Arc::new(ids))];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let stream = std::fs::File::create(place.join("1.arrow")).unwrap();
    let mut stream = StreamWriter::try_new(stream, &batch.schema()).unwrap();
    let file = std::fs::File::create(place.join("2.arrow")).unwrap();
    let mut file = FileWriter::try_new(file, &batch.schema()).unwrap();
    for _ in 0..4 {
        stream.write(&batch).unwrap();
        file.write(&batch).unwrap();
    }
    stream.finish().unwrap();
    file.finish().unwrap();
    let columns = batch.project(&[1]).unwrap();
    let empty = std::fs::File::create(place.join("3.arrow")).unwrap();
    FileWriter::try_new(empty, &columns.schema()).unwrap().finish().unwrap();
    bench.done("CREATE EXTERNAL TABLE m STORED AS ARROW LOCATION 'lake/mixed/'").await;
    let question = "SELECT count(*), sum(a), count(b), min(b), max(b) FROM m";
    assert_eq!(bench.rows(question).await, "4000000|4000000|4000000|x|y");
    std::fs::write(place.join("4.arrow"), "a,b\n1,2\n3,4\n").unwrap();
    assert_eq!(bench.code(question).await, Code::InvalidData);
}

#[tokio::test]
async fn links_that_lead_out_of_a_location_are_forbidden() {
    let bench = Bench::new();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.csv"), "a\n1\n").unwrap();
    std::os::unix::fs::symlink(outside.path(), bench.lake.join("out")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.csv"), bench.lake.join("link.csv")).unwrap();
    for path in ["link.csv", "out/secret.csv", "out/*.csv", "*.csv"] {
        let create = format!("CREATE EXTERNAL TABLE e STORED AS CSV LOCATION 'lake/{path}'");
        let error = bench.refusal(&create).await;
        assert_eq!(error.code(), Code::Forbidden, "{path}: {error}");
        assert!(error.to_string().contains("symbolic link"), "{error}");
        bench.done(&create.replace("e STORED", "e (a INT) STORED")).await;
        assert_eq!(bench.code("SELECT * FROM e").await, Code::Forbidden, "{path}");
        bench.done("DROP TABLE e").await;
    }
    for format in ["csv", "parquet", "arrow"] {
        let copy = format!("COPY (SELECT 1 AS a) TO 'lake/out/new.{format}'");
        assert_eq!(bench.code(&copy).await, Code::Forbidden, "{format}");
    }
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
}
