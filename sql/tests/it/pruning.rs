//! What is not read.

use std::time::Duration;

use pantile_sql::Ask;

use crate::bench::Bench;

#[tokio::test]
async fn partitions_are_left_out_before_a_file_is_opened() {
    let bench = Bench::new();
    bench
        .done(
            "CREATE TABLE t AS SELECT i AS id, 'k' || lpad(CAST(i AS TEXT), 4, '0') AS name, i / 10.0 AS x,
             to_timestamp(1767225600 + i * 3600) AS at,
             CASE WHEN i < 200 THEN NULL ELSE i END AS late FROM generate_series(0, 999) AS s(i)",
        )
        .await;
    let cases = [
        ("SELECT name FROM t WHERE id = 123", 1),
        ("SELECT name FROM t WHERE id > 850", 2),
        ("SELECT name FROM t WHERE id IN (5, 995)", 2),
        ("SELECT id FROM t WHERE name = 'k0555'", 1),
        ("SELECT id FROM t WHERE x >= 99.0", 1),
        ("SELECT id FROM t WHERE at < TIMESTAMP '2026-01-03'", 1),
        ("SELECT id FROM t WHERE late IS NOT NULL AND id < 300", 1),
        ("SELECT id FROM t WHERE id > 5000", 0),
        ("SELECT id FROM t WHERE id % 7 = 0", 10),
        ("SELECT * FROM t LIMIT 150", 2),
        ("SELECT * FROM t WHERE id BETWEEN 100 AND 199 OR id BETWEEN 300 AND 399", 2),
    ];
    for (sql, read) in cases {
        assert_eq!(bench.partitions(sql).await, (read, 10), "{sql}");
    }
}

#[tokio::test]
async fn what_is_read_is_counted_once() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT i AS id, i % 7 AS k FROM generate_series(0, 999) AS s(i)").await;
    let bytes = bench.rows("SELECT bytes FROM system.datasets").await.parse().unwrap();
    for sql in ["SELECT sum(id) FROM t", "SELECT sum(id) FROM t WHERE k = 3"] {
        assert_eq!(bench.read(sql).await, (bytes, bytes), "{sql}");
    }
    assert_eq!(bench.read("SELECT 1").await, (0, 0));
}

#[tokio::test]
async fn counts_and_bounds_come_from_the_catalog() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT i AS id, i * 1.5 AS x FROM generate_series(1, 500) AS s(i)").await;
    let plan = bench.rows("EXPLAIN SELECT count(*), min(id), max(id), min(x), max(x) FROM t").await;
    assert!(plan.contains("PlaceholderRowExec") && !plan.contains("DataSourceExec"), "{plan}");
    assert_eq!(
        bench.rows("SELECT count(*), min(id), max(id), min(x), max(x) FROM t").await,
        "500|1|500|1.5|750.0"
    );
    bench.done("CREATE TABLE n AS SELECT CAST('NaN' AS DOUBLE) AS x UNION ALL SELECT 1.0").await;
    assert_eq!(bench.rows("SELECT max(x), min(x), count(*) FROM n WHERE x > 5 OR x <= 5").await, "NaN|1.0|2");
    assert_eq!(bench.rows("SELECT max(x) FROM n").await, "NaN");
    assert_eq!(bench.rows("SELECT count(*) FROM n WHERE x > 100").await, "1");
}

#[tokio::test]
async fn nan_is_found_whatever_the_files_bounds_say() {
    for values in ["(CAST('NaN' AS DOUBLE)), (1.0)", "(1.0), (CAST('NaN' AS DOUBLE))"] {
        let bench = Bench::new();
        bench.done(&format!("CREATE TABLE n AS SELECT * FROM (VALUES {values}) AS v(x)")).await;
        for condition in
            ["x > 100", "x = CAST('NaN' AS DOUBLE)", "x <> 1", "x BETWEEN 2 AND CAST('NaN' AS DOUBLE)"]
        {
            let found = bench.rows(&format!("SELECT count(*) FROM n WHERE {condition}")).await;
            assert_eq!(found, "1", "{condition} of {values}");
        }
    }
}

#[tokio::test]
async fn hot_partitions_are_answered_from_memory() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT i AS id, i % 10 AS k, 'n' || i AS name FROM generate_series(1, 950) AS s(i)").await;
    bench.done("ALTER TABLE t RENAME COLUMN name TO label").await;
    let sql = "SELECT sum(id), count(DISTINCT label), max(k) FROM t WHERE k < 5";
    let cold = bench.rows(sql).await;
    for _ in 0..100 {
        assert_eq!(bench.rows(sql).await, cold);
        if bench.cache.figures().entries >= 30 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(bench.cache.figures().entries, 30);
    let hits = bench.cache.figures().hits;
    assert_eq!(bench.rows(sql).await, cold);
    assert!(bench.cache.figures().hits >= hits + 10);
    assert_eq!(bench.rows("SELECT count(*) FROM system.cache WHERE \"table\" = 't'").await, "30");
    // Rows that come later are read beside those in memory; a column that came later is null in them.
    bench.done("ALTER TABLE t ADD COLUMN z INT").await;
    bench.done("INSERT INTO t VALUES (10000, 1, 'late', 7)").await;
    assert_eq!(
        bench.rows("SELECT count(*), max(id), sum(k), min(label) FROM t WHERE id > 0").await,
        "951|10000|4276|late"
    );
    assert_eq!(bench.rows("SELECT count(z), sum(id) FROM t WHERE k < 5").await.split('|').next(), Some("1"));
    bench.done("DELETE FROM t WHERE id <= 100").await;
    assert_eq!(bench.rows("SELECT count(*), min(id) FROM t WHERE id > 0").await, "851|101");
}

#[tokio::test]
async fn rows_keep_their_order_whatever_is_in_memory() {
    let bench = Bench::new();
    bench
        .done("CREATE TABLE t AS SELECT i AS id, 'n' || i AS name FROM generate_series(1, 950) AS s(i)")
        .await;
    bench.done("ALTER TABLE t RENAME COLUMN name TO label").await;
    let some =
        "SELECT sum(id), max(label) FROM t WHERE id > 900 OR id BETWEEN 1 AND 100 OR id BETWEEN 301 AND 500";
    for _ in 0..100 {
        bench.rows(some).await;
        if bench.cache.figures().entries >= 8 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(bench.cache.figures().entries, 8);
    let in_order =
        async |sql: &str| bench.rows_of(Ask { in_order: true, ..bench.asking(sql) }).await.unwrap();
    let line = |id: u32| format!("{id}|n{id}");
    let expected: Vec<String> = (1..=950).map(line).collect();
    let hits = bench.cache.figures().hits;
    assert_eq!(in_order("SELECT * FROM t").await, expected.join("\n"));
    assert_eq!(bench.cache.figures().hits, hits + 4);
    assert_eq!(in_order("SELECT * FROM t LIMIT 350").await, expected[..350].join("\n"));
    assert_eq!(in_order("SELECT * FROM t WHERE id > 450 LIMIT 3").await, expected[450..453].join("\n"));
    assert_eq!(in_order("SELECT count(*), sum(id) FROM t WHERE id > 1").await, "949|451724");
    bench.done("ALTER TABLE t ADD COLUMN z INT").await;
    bench.done("INSERT INTO t VALUES (0, 'late', 7)").await;
    let rows = in_order("SELECT z, id FROM t").await;
    assert!(rows.starts_with("-|1\n-|2\n") && rows.ends_with("-|950\n7|0"), "{rows}");
}

#[tokio::test]
async fn a_pinned_table_is_kept_in_memory_whole() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT i AS id, i % 10 AS k FROM generate_series(1, 250) AS s(i)").await;
    bench.done("ALTER TABLE t SET (pinned = true)").await;
    for _ in 0..100 {
        if bench.cache.figures().entries >= 6 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let figures = bench.cache.figures();
    assert_eq!((figures.entries, figures.bytes), (6, figures.pinned_bytes));
    assert_eq!(bench.rows("SELECT pinned FROM system.datasets WHERE name = 't'").await, "true");
    bench.done("ALTER TABLE t SET (pinned = false)").await;
    assert_eq!(bench.cache.figures().pinned_bytes, 0);
    let error = bench.refusal("ALTER TABLE t SET (pined = true)").await;
    assert!(error.to_string().contains("there are `pinned = true` and `pinned = false`"), "{error}");
}

#[tokio::test]
async fn distinct_values_are_counted_and_not_estimated() {
    let bench = Bench::new();
    bench.done("CREATE TABLE s AS SELECT * FROM (VALUES (1, 1), (2, 2), (9, 9), (9, 8)) AS v(x, y)").await;
    let sql = "SELECT count(DISTINCT x), count(DISTINCT y) FROM s WHERE x = 5 AND y = 5";
    assert_eq!(bench.rows(sql).await, "0|0");
}
