//! Asking the past.

use pantile_core::Code;

use crate::bench::Bench;

#[tokio::test]
async fn a_table_as_it_was() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT 1 AS a").await;
    let first = bench.catalog.current().id;
    let time = bench.catalog.current().time;
    bench.done("INSERT INTO t VALUES (2)").await;
    bench.done("CREATE VIEW v AS WITH c AS (SELECT a FROM t) SELECT sum(a) AS s FROM c").await;
    let second = bench.catalog.current().id;
    bench.done("ALTER TABLE t RENAME COLUMN a TO b").await;
    bench.done("CREATE OR REPLACE VIEW v AS SELECT sum(b) * 100 AS s FROM t").await;
    bench.done("DELETE FROM t").await;
    assert_eq!(bench.rows("SELECT count(*) FROM t").await, "0");
    assert_eq!(bench.rows(&format!("SELECT a FROM t AT (VERSION => {first})")).await, "1");
    assert_eq!(bench.rows(&format!("SELECT sum(x.a) FROM t AT (VERSION => {second}) AS x")).await, "3");
    assert_eq!(bench.rows(&format!("SELECT t.a FROM t AT (VERSION => {first})")).await, "1");
    let both = format!(
        "SELECT n.a FROM t AT (VERSION => {second}) n LEFT ANTI JOIN t AT (VERSION => {first}) o ON n.a = o.a"
    );
    assert_eq!(bench.rows(&both).await, "2");
    // A view of the past reads the past of its tables.
    assert_eq!(bench.rows(&format!("SELECT s FROM v AT (VERSION => {second})")).await, "3");
    let at = time.format("%Y-%m-%d %H:%M:%S%.6f");
    assert_eq!(bench.rows(&format!("SELECT a FROM t AT (TIMESTAMP => '{at}')")).await, "1");
    let missing = bench.refusal("SELECT * FROM t AT (VERSION => 9999)").await;
    assert_eq!(missing.code(), Code::UnknownSnapshot);
    assert_eq!(bench.code("SELECT * FROM t AT (TIMESTAMP => '1970-01-01')").await, Code::UnknownSnapshot);
    assert_eq!(bench.code("SELECT * FROM t AT (TIMESTAMP => 'soon')").await, Code::InvalidSql);
    assert_eq!(bench.code(&format!("DELETE FROM t AT (VERSION => {first})")).await, Code::Forbidden);
}

#[tokio::test]
async fn a_whole_question_of_the_past() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT 1 AS a").await;
    let first = bench.catalog.current().id;
    bench.done("DROP TABLE t").await;
    let mut ask = bench.asking("SELECT a FROM t");
    ask.snapshot = Some(first);
    let (answer, _) = bench.answer(ask).await.unwrap();
    assert_eq!(answer.snapshot, first);
    let mut ask = bench.asking("INSERT INTO t VALUES (2)");
    ask.snapshot = Some(first);
    assert_eq!(bench.answer(ask).await.unwrap_err().code(), Code::InvalidRequest);
}
