//! Views.

use std::sync::Arc;

use pantile_core::Code;
use pantile_sql::SessionState;

use crate::bench::Bench;

#[tokio::test]
async fn views_are_questions_with_names() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT i AS a, i % 3 AS b FROM generate_series(1, 300) AS s(i)").await;
    bench.done("CREATE VIEW v AS SELECT a, b FROM t WHERE b = 1").await;
    bench.done("CREATE VIEW w (x) AS SELECT sum(a) FROM v").await;
    assert_eq!(bench.rows("SELECT x FROM w").await, "14950");
    assert_eq!(bench.rows("SELECT count(*) FROM v, w WHERE v.a < 10").await, "3");
    // A filter on a view prunes the table's partitions.
    assert_eq!(bench.partitions("SELECT count(*) FROM v WHERE a > 250 AND b > -5").await, (1, 3));
    assert_eq!(bench.code("CREATE VIEW v AS SELECT 1").await, Code::AlreadyExists);
    assert_eq!(bench.code("CREATE VIEW t AS SELECT 1").await, Code::AlreadyExists);
    bench.done("CREATE OR REPLACE VIEW v AS SELECT a, b FROM t WHERE b = 2").await;
    assert_eq!(bench.rows("SELECT x FROM w").await, "15050");
    assert_eq!(bench.code("CREATE VIEW bad AS SELECT * FROM nothing").await, Code::UnknownDataset);
    assert_eq!(bench.code("CREATE VIEW bad AS SELECT 1 AS a, 2 AS a").await, Code::InvalidSql);
    assert_eq!(
        bench.code("CREATE OR REPLACE VIEW v AS SELECT x AS a, x AS b FROM w").await,
        Code::InvalidSql
    );
    assert_eq!(bench.code("INSERT INTO v VALUES (1, 2)").await, Code::Unsupported);
    assert_eq!(bench.code("DROP TABLE v").await, Code::InvalidSql);
    bench.done("DROP TABLE t").await;
    let error = bench.refusal("SELECT * FROM w").await;
    assert_eq!(error.code(), Code::UnknownDataset);
    assert!(error.to_string().contains("view `w`"), "{error}");
    bench.done("DROP VIEW w").await;
}

#[tokio::test]
async fn what_stays_is_read_by_views_and_under_its_schema() {
    let mut bench = Bench::new();
    bench.session = Arc::new(SessionState::lasting());
    bench.done("CREATE TABLE t AS SELECT 1 AS a").await;
    bench.done("CREATE TABLE gone AS SELECT 1 AS a").await;
    bench.done("CREATE VIEW v AS SELECT t.a FROM t").await;
    bench.done("CREATE VIEW w AS WITH t AS (SELECT 5 AS a) SELECT t.a + v.a AS a FROM t, v").await;
    bench.done("CREATE VIEW q AS SELECT main.t.a FROM main.t").await;
    bench.done("CREATE VIEW lost AS SELECT a FROM gone").await;
    bench.done("DROP TABLE gone").await;
    bench.done("CREATE TEMPORARY TABLE t AS SELECT 10 AS a, 'mine' AS b").await;
    bench.done("CREATE TEMPORARY TABLE gone AS SELECT 20 AS a").await;
    bench.done("CREATE TEMPORARY TABLE v AS SELECT 30 AS a").await;
    for (sql, rows) in [
        ("SELECT a, b FROM t", "10|mine"),
        ("SELECT a FROM main.t", "1"),
        ("SELECT main.t.a, s.a FROM main.t, t AS s", "1|10"),
        ("SELECT a FROM pantile.main.t", "1"),
        ("SELECT a FROM v", "30"),
        ("SELECT a FROM main.v", "1"),
        ("SELECT a FROM w", "6"),
        ("SELECT a FROM q", "1"),
        ("SELECT count(*) FROM generate_series(1, 3)", "3"),
        ("SELECT count(*) FROM (SELECT * FROM t) AS t JOIN main.t AS u ON true", "1"),
        ("SELECT column_name FROM information_schema.columns WHERE table_name = 't' ORDER BY 1", "a\nb"),
        ("SELECT DISTINCT table_schema FROM information_schema.tables WHERE table_name = 'gone'", "main"),
        ("SELECT DISTINCT routine_schema FROM information_schema.routines", "main"),
    ] {
        assert_eq!(bench.rows(sql).await, rows, "{sql}");
    }
    let refused = bench.refusal("SELECT a FROM main.gone").await;
    assert_eq!(refused.code(), Code::UnknownDataset);
    assert!(refused.hint().is_some_and(|hint| hint.contains("temporary")), "{refused:?}");
    assert_eq!(bench.code("SELECT a FROM lost").await, Code::UnknownDataset);
    assert_eq!(bench.code("SELECT a FROM \"main+temporary\".t").await, Code::UnknownDataset);
    assert_eq!(bench.code("CREATE TEMPORARY TABLE main.u (a INT)").await, Code::InvalidSql);
    assert_eq!(bench.code("CREATE VIEW x AS SELECT a FROM t").await, Code::InvalidSql);
    bench.done("CREATE VIEW x AS SELECT a FROM main.t").await;
    assert_eq!(bench.rows("SELECT a FROM x").await, "1");

    // What changes tables goes by the same names.
    bench.done("INSERT INTO main.t VALUES (2)").await;
    bench.done("UPDATE main.t SET a = a + 100 WHERE a = 2").await;
    bench.done("DELETE FROM t WHERE a = 1").await;
    bench.done("ALTER TABLE main.t RENAME COLUMN a TO c").await;
    assert_eq!(bench.rows("SELECT c FROM main.t ORDER BY c").await, "1\n102");
    assert_eq!(bench.rows("SELECT a FROM t").await, "10");
    bench.done("TRUNCATE main.t").await;
    bench.done("DROP TABLE main.t").await;
    assert_eq!(bench.rows("SELECT a FROM t").await, "10");
    assert_eq!(bench.code("SELECT c FROM main.t").await, Code::UnknownDataset);
    bench.done("DROP TABLE t").await;
    assert_eq!(bench.code("SELECT a FROM t").await, Code::UnknownDataset);
}
