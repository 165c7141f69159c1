//! What no statement may do, in any disguise.

use std::time::{Duration, Instant};

use pantile_core::Code;

use crate::bench::Bench;

#[tokio::test]
async fn texts_that_end_an_unguarded_engine() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT 1 AS x").await;
    let mut laughs = "WITH c0 AS (SELECT x FROM t)".to_owned();
    for level in 1..=20 {
        let below = level - 1;
        laughs.push_str(&format!(", c{level} AS (SELECT x FROM c{below} UNION ALL SELECT x FROM c{below})"));
    }
    let cases = [
        ("sql_chain", format!("SELECT 1{}", "+1".repeat(20_000))),
        ("sql_chain", format!("SELECT 1 FROM t WHERE x=0{}", " OR x=0".repeat(10_000))),
        ("sql_branches", format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(10_000))),
        ("sql_relations", format!("{laughs} SELECT count(*) FROM c20")),
        ("sql_nesting", format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000))),
        ("sql_nesting", format!("SELECT {}1{}", "abs(".repeat(5_000), ")".repeat(5_000))),
        ("sql_nesting", format!("SELECT {}1", "CASE WHEN ".repeat(5_000))),
        (
            "sql_nesting",
            format!("SELECT 1 WHERE {}true{}", "EXISTS (SELECT 1 WHERE ".repeat(24), ")".repeat(24)),
        ),
        ("sql_tokens", format!("SELECT {} 1", "x,".repeat(20_000))),
        ("sql_bytes", format!("SELECT '{}'", "x".repeat(5 << 20))),
    ];
    for (limit, sql) in cases {
        let error = bench.refusal(&sql).await;
        assert_eq!((error.code(), error.limit_met().unwrap().name), (Code::LimitSql, limit));
    }
}

#[tokio::test]
async fn texts_just_inside_the_limits_are_answered_soon() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT 1 AS x").await;
    let cases = [
        format!("SELECT 1{}", "+1".repeat(499)),
        format!("SELECT count(*) FROM t WHERE x=0{}", " OR x=0".repeat(240)),
        format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(200)),
        format!("SELECT {}1{}", "abs(".repeat(120), ")".repeat(120)),
        format!("SELECT * FROM {}t{}", "(".repeat(15), ")".repeat(15)),
        format!("SELECT * FROM {}t{}", "(SELECT * FROM ".repeat(60), ")".repeat(60)),
        format!("SELECT x IN ({} 1) FROM t", "2,".repeat(50_000)),
        format!("SELECT {}1{}", "- ".repeat(100), "::int".repeat(100)),
        format!("SELECT {}1{}", "(1+".repeat(120), ")".repeat(120)),
        format!("SELECT {}1{}", "CASE WHEN x=1 THEN ".repeat(60), " END".repeat(60)) + " FROM t",
        format!("SELECT x FROM t WHERE {}x=1{}", "x IN (SELECT x FROM t WHERE ".repeat(8), ")".repeat(8)),
        format!("SELECT 1 FROM {}t z", (0..60).map(|n| format!("t t{n},")).collect::<String>()),
        format!("SELECT {}true", "NOT ".repeat(200)),
        format!("SELECT {}1{}", "[".repeat(60), "]".repeat(60)),
        format!("SELECT {}", (0..2000).map(|n| format!("x+{n}")).collect::<Vec<_>>().join(",")) + " FROM t",
        format!("SELECT coalesce({}1{}) FROM t", "x,coalesce(".repeat(60), ")".repeat(60)),
        format!("SELECT {}x{} FROM t", "nullif(".repeat(60), ",x)".repeat(60)),
        format!("SELECT * FROM {}t{}", "(SELECT x+x AS x FROM ".repeat(60), ")".repeat(60)),
    ];
    for sql in cases {
        let start = Instant::now();
        bench.rows(&sql).await;
        assert!(
            start.elapsed() < Duration::from_secs(25),
            "{} took {:?}",
            crate::bench::cut(&sql),
            start.elapsed()
        );
    }
}

#[tokio::test]
async fn views_do_not_laugh_either() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT 1 AS x").await;
    bench.done("CREATE VIEW v0 AS SELECT x FROM t").await;
    let mut refused = None;
    for level in 1..=20 {
        let below = level - 1;
        let sql = format!(
            "CREATE VIEW v{level} AS SELECT x FROM v{below} UNION ALL SELECT x FROM v{below} UNION ALL SELECT x FROM v{below}"
        );
        if let Err(error) = bench.answer(bench.asking(&sql)).await {
            refused = Some((level, error));
            break;
        }
        if level == 6 {
            // Far enough to see the growth without planning thousands of relations for each level.
            let sql = "SELECT count(*) FROM v6, v6 a, v6 b, v6 c, v6 d, v6 e, v6 f";
            refused = Some((level, bench.refusal(sql).await));
            break;
        }
    }
    let (_, error) = refused.unwrap();
    assert_eq!(error.limit_met().unwrap().name, "sql_relations");
}

#[tokio::test]
async fn small_calls_with_large_answers() {
    let bench = Bench::new();
    for sql in [
        "SELECT repeat('a', 2000000000)",
        "SELECT length(repeat('a', 2000000000))",
        "SELECT array_repeat(1, 400000000)",
        "SELECT array_resize([1], 400000000, 2)",
        "SELECT lpad('a', 2000000000), rpad('b', 2000000000)",
        "SELECT range(0, 4000000000)",
        "SELECT generate_series(1, 4000000000, 1)",
        "SELECT repeat('a', 60000 + CAST(i AS INT)) FROM generate_series(1, 100000) AS s(i)",
        "SELECT concat(a, a, a, a) FROM (SELECT repeat('x', 60000000) AS a)",
        "SELECT a || a FROM (SELECT a || a AS a FROM (SELECT repeat('x', 60000000) AS a))",
        "SELECT replace(repeat('a', 1000000), 'a', repeat('b', 1000000))",
        "SELECT list_repeat(repeat('a', 1000000), 1000)",
    ] {
        let error = bench.refusal(sql).await;
        assert_eq!(error.code(), Code::LimitMemory, "{sql}: {error}");
    }
}

#[tokio::test]
async fn no_file_no_host_no_foreign_setting() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT 1 AS x").await;
    for sql in [
        "CREATE EXTERNAL TABLE e STORED AS CSV LOCATION '/etc/hostname'",
        "CREATE EXTERNAL TABLE e STORED AS CSV LOCATION 'file:///etc/hostname'",
        "CREATE EXTERNAL TABLE e STORED AS CSV LOCATION 's3://bucket/x.csv'",
        "CREATE EXTERNAL TABLE e STORED AS CSV LOCATION 'http://169.254.169.254/latest'",
        "CREATE EXTERNAL TABLE e STORED AS PARQUET LOCATION 'pantile-data://tiles/main/'",
        "CREATE EXTERNAL TABLE e (a text) STORED AS CSV LOCATION 'lake/../../home/catalog.db'",
        "COPY t TO '/tmp/pantile-was-here.csv'",
        "COPY (SELECT 1) TO 'file:///tmp/pantile-was-here.csv'",
        "COPY t TO 'archive/t.csv'",
        "COPY t TO 'lake/../t.csv'",
        "SET datafusion.runtime.memory_limit = '8G'",
        "SET datafusion.execution.target_partitions = 1",
        "RESET datafusion.runtime.memory_limit",
        "SHOW datafusion.execution.batch_size",
    ] {
        let error = bench.refusal(sql).await;
        assert_eq!(error.code(), Code::Forbidden, "{sql}: {error}");
    }
    for sql in [
        "EXPLAIN ANALYZE COPY t TO 'lake/t.csv'",
        "EXPLAIN COPY t TO '/tmp/pantile-was-here.csv'",
        "EXPLAIN ANALYZE INSERT INTO t VALUES (1)",
        "EXPLAIN ANALYZE CREATE TABLE u AS SELECT 1",
        "CREATE FUNCTION f(int) RETURNS int RETURN $1",
        "CREATE INDEX i ON t (x)",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
    ] {
        let code = bench.code(sql).await;
        assert!(
            matches!(code, Code::Unsupported | Code::Forbidden | Code::InvalidSql | Code::InvalidRequest),
            "{sql}: {code:?}"
        );
    }
    for sql in ["SELECT * FROM '/etc/hostname'", "SELECT * FROM \"/etc/passwd\"", "SELECT * FROM 'x.parquet'"]
    {
        assert_eq!(bench.code(sql).await, Code::UnknownDataset, "{sql}");
    }
    for sql in ["SELECT * FROM parquet_metadata('x')", "SELECT * FROM read_csv('/etc/passwd')"] {
        assert!(matches!(bench.code(sql).await, Code::InvalidSql | Code::UnknownDataset), "{sql}");
    }
    assert!(!std::path::Path::new("/tmp/pantile-was-here.csv").exists());
    assert_eq!(std::fs::read_dir(&bench.lake).unwrap().count(), 0);
    assert_eq!(bench.rows("SELECT count(*) FROM t").await, "1");
}

#[tokio::test]
async fn a_plan_shows_names_and_no_paths() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT 1 AS x").await;
    let path = bench.catalog.current().table("t").unwrap().partitions[0].path.clone();
    let folder = path.rsplit_once('/').unwrap().0;
    for sql in [
        "EXPLAIN SELECT * FROM t",
        "EXPLAIN ANALYZE SELECT * FROM t",
        "EXPLAIN VERBOSE SELECT * FROM t WHERE x > 0",
    ] {
        let plan = bench.rows(sql).await;
        assert!(sql.contains("VERBOSE") || plan.contains("t/"), "{plan}");
        let leaks: Vec<&str> =
            plan.lines().filter(|line| line.contains(folder) || line.contains("pantile-data")).collect();
        assert!(leaks.is_empty(), "{leaks:?}");
    }
}
