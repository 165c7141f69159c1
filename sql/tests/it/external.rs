//! Tables over files at a location, and files made from tables.

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
