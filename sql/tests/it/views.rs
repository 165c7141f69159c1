//! Views.

use pantile_core::Code;

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
