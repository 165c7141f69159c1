//! Statements that change something.

use pantile_core::Code;
use pantile_sql::Outcome;

use crate::bench::{Bench, request};

async fn filled() -> Bench {
    let bench = Bench::new();
    bench.done("CREATE TABLE t (id BIGINT NOT NULL, name TEXT, price DECIMAL(10,2))").await;
    assert_eq!(
        bench.done("INSERT INTO t SELECT i, 'n' || i, i FROM generate_series(1, 350) AS s(i)").await,
        Some(350)
    );
    bench
}

const SUMS: &str = "SELECT count(*), sum(id), count(name), sum(price) FROM t";

#[tokio::test]
async fn rows_come_in() {
    let bench = filled().await;
    assert_eq!(bench.rows(SUMS).await, "350|61425|350|61425.00");
    assert_eq!(bench.done("INSERT INTO t VALUES (1000, 'x', 1.5), (1001, NULL, '2.25')").await, Some(2));
    assert_eq!(bench.done("INSERT INTO t (price, id) VALUES (3, 1002)").await, Some(1));
    assert_eq!(
        bench.rows("SELECT * FROM t WHERE id >= 1000 ORDER BY id").await,
        "1000|x|1.50\n1001|-|2.25\n1002|-|3.00"
    );
    assert_eq!(bench.code("INSERT INTO t (name) VALUES ('no id')").await, Code::SchemaMismatch);
    assert!(matches!(
        bench.code("INSERT INTO t VALUES (1, 'a', 'dear')").await,
        Code::InvalidSql | Code::InvalidValue
    ));
    assert_eq!(bench.code("INSERT INTO t (nothing) VALUES (1)").await, Code::UnknownColumn);
    assert_eq!(bench.code("INSERT INTO nothing VALUES (1)").await, Code::UnknownDataset);
    assert_eq!(bench.code("INSERT INTO system.queries VALUES ('q')").await, Code::Forbidden);
    assert_eq!(bench.rows("SELECT count(*) FROM t").await, "353");
}

#[tokio::test]
async fn rows_go() {
    let bench = filled().await;
    assert_eq!(bench.done("DELETE FROM t WHERE id % 2 = 0 AND id > 100").await, Some(125));
    assert_eq!(
        bench.rows("SELECT count(*), sum(id) FROM t").await,
        format!("225|{}", 61425 - (51..=175).map(|i| i * 2).sum::<i64>())
    );
    assert_eq!(
        bench.rows("SELECT id FROM t WHERE id BETWEEN 99 AND 104 ORDER BY id").await,
        "99\n100\n101\n103"
    );
    assert_eq!(bench.done("DELETE FROM t WHERE id IN (SELECT id FROM t WHERE id < 51)").await, Some(50));
    assert_eq!(
        bench
            .done("DELETE FROM t WHERE EXISTS (SELECT 1 FROM t u WHERE u.id = t.id + 1 AND u.id < 60)")
            .await,
        Some(8)
    );
    assert_eq!(bench.done("DELETE FROM t WHERE name = 'nobody'").await, Some(0));
    assert_eq!(bench.done("DELETE FROM t WHERE id = 59 OR id IS NULL").await, Some(1));
    assert_eq!(bench.rows("SELECT count(*), min(id) FROM t").await, "166|60");
    assert_eq!(bench.done("DELETE FROM t").await, Some(166));
    assert_eq!(bench.rows("SELECT count(*) FROM t").await, "0");
    assert_eq!(bench.rows("SELECT count(*) FROM system.partitions").await, "0");
}

#[tokio::test]
async fn rows_change() {
    let bench = filled().await;
    assert_eq!(
        bench.done("UPDATE t SET price = price * 2, name = upper(name) WHERE id <= 10").await,
        Some(10)
    );
    assert_eq!(
        bench.rows("SELECT * FROM t WHERE id BETWEEN 9 AND 11").await,
        "9|N9|18.00\n10|N10|20.00\n11|n11|11.00"
    );
    // Values of one row are those before the statement.
    assert_eq!(bench.done("UPDATE t AS x SET id = x.price, price = x.id WHERE x.id = 10").await, Some(1));
    assert_eq!(bench.rows("SELECT id, price FROM t WHERE name = 'N10'").await, "20|10.00");
    assert_eq!(bench.done("UPDATE t SET name = NULL WHERE id > 340").await, Some(10));
    assert_eq!(bench.rows("SELECT count(*), count(name) FROM t").await, "350|340");
    assert_eq!(bench.code("UPDATE t SET id = NULL WHERE id = 1").await, Code::SchemaMismatch);
    assert_eq!(bench.code("UPDATE t SET idd = 1").await, Code::UnknownColumn);
    assert_eq!(bench.done("UPDATE t SET id = 1 WHERE false").await, Some(0));
    assert_eq!(bench.done("UPDATE t SET price = (SELECT max(id) FROM t)").await, Some(350));
    assert_eq!(bench.rows("SELECT min(price), max(price) FROM t").await, "350.00|350.00");
}

#[tokio::test]
async fn only_partitions_with_hits_are_rewritten() {
    let bench = filled().await;
    let ids = "SELECT id FROM system.partitions ORDER BY \"index\"";
    let before: Vec<String> = bench.rows(ids).await.lines().map(str::to_owned).collect();
    bench.done("UPDATE t SET name = 'x' WHERE id BETWEEN 150 AND 160").await;
    let after: Vec<String> = bench.rows(ids).await.lines().map(str::to_owned).collect();
    assert_eq!((before.len(), after.len()), (4, 4));
    assert_eq!((&before[0], &before[2..]), (&after[0], &after[2..]));
    assert_ne!(before[1], after[1]);
    assert_eq!(bench.rows("SELECT id FROM t WHERE name = 'x' LIMIT 2").await, "150\n151");
}

#[tokio::test]
async fn tables_are_made_changed_and_dropped() {
    let bench = filled().await;
    assert_eq!(bench.code("CREATE TABLE t (a int)").await, Code::AlreadyExists);
    bench.done("CREATE TABLE IF NOT EXISTS t (a int)").await;
    assert_eq!(bench.rows("SELECT count(*) FROM t").await, "350");
    assert_eq!(bench.done("CREATE TABLE u AS SELECT id, price FROM t WHERE id < 3").await, Some(2));
    assert_eq!(bench.code("CREATE TABLE u AS SELECT 1 AS x").await, Code::AlreadyExists);
    assert_eq!(bench.done("CREATE OR REPLACE TABLE u AS SELECT 'x' AS y").await, Some(1));
    assert_eq!(bench.rows("SELECT * FROM u").await, "x");
    assert_eq!(bench.done("CREATE TABLE none AS SELECT * FROM t WHERE false").await, Some(0));
    assert_eq!(bench.rows("SELECT count(*) FROM none").await, "0");
    bench.done("ALTER TABLE t ADD COLUMN seen BOOLEAN").await;
    bench.done("ALTER TABLE t RENAME COLUMN name TO label").await;
    bench.done("INSERT INTO t VALUES (2000, 'new', 1, true)").await;
    assert_eq!(
        bench.rows("SELECT id, label, seen FROM t WHERE id IN (1, 2000) ORDER BY id").await,
        "1|n1|-\n2000|new|true"
    );
    assert_eq!(bench.rows("SELECT count(*) FROM t WHERE seen IS NULL AND label > 'n3'").await, "127");
    bench.done("ALTER TABLE t DROP COLUMN label").await;
    bench.done("ALTER TABLE t ADD COLUMN label TEXT").await;
    assert_eq!(bench.rows("SELECT count(label), count(*) FROM t").await, "0|351");
    bench.done("UPDATE t SET label = 'again' WHERE id = 2").await;
    assert_eq!(bench.rows("SELECT id, label FROM t WHERE label IS NOT NULL").await, "2|again");
    bench.done("ALTER TABLE t RENAME TO v").await;
    assert_eq!(bench.code("SELECT * FROM t").await, Code::UnknownDataset);
    assert_eq!(bench.done("TRUNCATE TABLE v").await, Some(351));
    assert_eq!(bench.rows("SELECT count(*) FROM v").await, "0");
    bench.done("DROP TABLE v").await;
    assert_eq!(bench.code("DROP TABLE v").await, Code::UnknownDataset);
    bench.done("DROP TABLE IF EXISTS v").await;
    assert!(matches!(
        bench.code("CREATE TABLE w (a int, a int)").await,
        Code::InvalidSql | Code::InvalidData
    ));
    assert_eq!(bench.code("CREATE TABLE w (a int PRIMARY KEY)").await, Code::Unsupported);
    // They would be gone with this session, which is for one statement.
    assert_eq!(bench.code("CREATE TEMPORARY TABLE w (a int)").await, Code::InvalidRequest);
    assert_eq!(bench.code("BEGIN").await, Code::InvalidRequest);
    assert_eq!(bench.code("CREATE SCHEMA s").await, Code::Unsupported);
    assert_eq!(bench.code("CREATE DATABASE s").await, Code::Unsupported);
}

#[tokio::test]
async fn a_request_is_done_once_and_a_stale_one_not_at_all() {
    let bench = filled().await;
    let insert = |fingerprint| {
        let mut ask = bench.asking("INSERT INTO t VALUES (5000, 'once', 1)");
        ask.request = request("key", fingerprint);
        ask
    };
    let first = bench.answer(insert(1)).await.unwrap().0;
    let second = bench.answer(insert(1)).await.unwrap().0;
    let snapshot = first.snapshot;
    assert_eq!(first.outcome, Outcome::Done { rows: Some(1), snapshot, replayed: false });
    assert_eq!(second.outcome, Outcome::Done { rows: Some(1), snapshot, replayed: true });
    assert_eq!(bench.rows("SELECT count(*) FROM t WHERE id = 5000").await, "1");
    assert_eq!(bench.answer(insert(2)).await.unwrap_err().code(), Code::IdempotencyMismatch);
    let mut stale = bench.asking("DELETE FROM t");
    stale.expect = Some(snapshot - 1);
    assert_eq!(bench.answer(stale).await.unwrap_err().code(), Code::PreconditionFailed);
}

#[tokio::test]
async fn whatever_is_asked_again_is_answered_again() {
    let bench = filled().await;
    let statements = [
        "CREATE TABLE a (x int)",
        "CREATE TABLE b AS SELECT 1 AS x",
        "CREATE VIEW c AS SELECT 1 AS x",
        "INSERT INTO a VALUES (1), (2)",
        "UPDATE a SET x = x + 1",
        "DELETE FROM a WHERE x = 2",
        "ALTER TABLE a RENAME TO d",
        "TRUNCATE TABLE b",
        "DROP VIEW c",
        "DROP TABLE b",
    ];
    let mut answers = Vec::new();
    for round in 0..2 {
        for (number, sql) in statements.iter().enumerate() {
            let mut ask = bench.asking(sql);
            ask.request = request(&format!("key {number}"), 1);
            let (answer, rows) = bench.answer(ask).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
            let Outcome::Done { replayed, .. } = answer.outcome else { panic!("{sql}") };
            assert_eq!(replayed, round == 1, "{sql}");
            answers.push(rows);
        }
    }
    let again = answers.split_off(statements.len());
    assert_eq!(answers, again);
    assert_eq!(bench.rows("SELECT x FROM d").await, "3");
}

#[tokio::test]
async fn two_changes_of_the_same_rows_conflict() {
    let bench = filled().await;
    let (first, second) = tokio::join!(
        bench.answer(bench.asking("UPDATE t SET price = price + 1")),
        bench.answer(bench.asking("UPDATE t SET price = price + 1"))
    );
    let failed: Vec<Code> =
        [first, second].into_iter().filter_map(Result::err).map(|error| error.code()).collect();
    let sum = bench.rows("SELECT sum(price) FROM t").await;
    // Either one came after the other and saw it, or one was refused: no change is ever lost.
    match failed.as_slice() {
        [] => assert_eq!(sum, "62125.00"),
        [Code::Conflict] => assert_eq!(sum, "61775.00"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn reading_only_means_reading_only() {
    let bench = filled().await;
    for sql in [
        "INSERT INTO t VALUES (1, 'a', 1)",
        "DELETE FROM t",
        "UPDATE t SET id = 1",
        "TRUNCATE t",
        "DROP TABLE t",
        "CREATE TABLE x (a int)",
        "CREATE VIEW x AS SELECT 1",
        "ALTER TABLE t DROP COLUMN name",
        "COPY t TO 'lake/t.csv'",
        "SET timezone = 'UTC'",
    ] {
        let mut ask = bench.asking(sql);
        ask.read_only = true;
        assert_eq!(bench.answer(ask).await.unwrap_err().code(), Code::Forbidden, "{sql}");
    }
    let mut ask = bench.asking("SELECT count(*) FROM t");
    ask.read_only = true;
    assert_eq!(bench.rows_of(ask).await.unwrap(), "350");
}

#[tokio::test]
async fn a_null_is_refused_by_the_name_of_its_column() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t (id INT NOT NULL, name TEXT NOT NULL, x INT)").await;
    for rows in ["VALUES (1, NULL, 2)", "(name, id) VALUES (NULL, 1)", "SELECT 1, NULL, 2"] {
        let refused = bench.refusal(&format!("INSERT INTO t {rows}")).await;
        assert_eq!(refused.to_string(), "column `name` may not be null, and a row of it is", "{rows}");
    }
    assert_eq!(bench.done("INSERT INTO t VALUES (1, 'a', NULL)").await, Some(1));
}
