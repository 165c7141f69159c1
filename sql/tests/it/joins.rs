//! Orders of joins, and rows that are left out before a join sees them.

use crate::bench::Bench;

/// A large table, a middling one that says which of its rows are wanted, and a small one that names them.
async fn shop() -> Bench {
    let bench = Bench::new();
    bench.done("CREATE TABLE items AS SELECT i % 500 AS order_id, i % 7 AS part, i AS price FROM generate_series(1, 5000) AS s(i)").await;
    bench
        .done(
            "CREATE TABLE orders AS SELECT i AS id, i % 50 AS customer FROM generate_series(0, 499) AS s(i)",
        )
        .await;
    bench
        .done(
            "CREATE TABLE customers AS SELECT i AS id, 'c' || i AS name FROM generate_series(0, 49) AS s(i)",
        )
        .await;
    bench
}

/// The lines of a plan, trimmed, from the operator that starts with `from` on.
async fn lines(bench: &Bench, sql: &str) -> Vec<String> {
    let plan = bench.rows(&format!("EXPLAIN {sql}")).await;
    plan.replace("\\n", "\n").lines().map(|line| line.trim().to_owned()).collect()
}

#[tokio::test]
async fn joins_are_ordered_by_size_however_they_are_written() {
    let bench = shop().await;
    let wanted = "customers.name = 'c7' AND items.order_id = orders.id AND orders.customer = customers.id";
    for from in ["items, orders, customers", "customers, orders, items", "orders, items, customers"] {
        let sql = format!("SELECT sum(price) FROM {from} WHERE {wanted}");
        let lines = lines(&bench, &sql).await;
        // What is held stands before what is looked up: first the customer, then its orders, then all items.
        let held = ["customers", "orders", "items"].map(|table| {
            lines.iter().rposition(|line| {
                line.contains(&format!("{table}/")) || line.contains(&format!("cached={table},"))
            })
        });
        assert!(held.is_sorted() && held[0].is_some(), "{sql}\n{lines:#?}");
        assert_eq!(bench.rows(&sql).await, "248200", "{sql}");
    }
}

#[tokio::test]
async fn keys_of_the_held_side_leave_rows_out_of_the_other() {
    let bench = shop().await;
    let join = "SELECT count(*) FROM items JOIN orders ON order_id = orders.id WHERE customer = 3";
    let plan = lines(&bench, join).await.join("\n");
    assert!(plan.contains("GatherKeysExec: id@0") && plan.contains("order_id@0 IN KEYS"), "{plan}");
    let analysed = bench.rows(&format!("EXPLAIN ANALYZE {join}")).await;
    assert!(analysed.contains("order_id@0 IN KEYS, metrics=[output_rows=100,"), "{analysed}");
    assert_eq!(bench.rows(join).await, "100");
}

#[tokio::test]
async fn a_limit_is_filled_before_a_join_above_it_drops_rows() {
    let bench = shop().await;
    let sql = "SELECT count(*) FROM (SELECT * FROM items WHERE price <= 10 ORDER BY price LIMIT 5) AS i
               JOIN (SELECT id FROM orders WHERE id >= 4) AS o ON i.order_id = o.id";
    assert_eq!(bench.rows(sql).await, "2");
}

#[tokio::test]
async fn each_round_of_a_recursion_has_keys_of_its_own() {
    let bench = Bench::new();
    bench.done("CREATE TABLE edges AS SELECT i AS a, i + 1 AS b FROM generate_series(1, 200) AS s(i)").await;
    let sql = "WITH RECURSIVE walk AS (
                 SELECT 1 AS at UNION ALL SELECT edges.b FROM walk JOIN edges ON edges.a = walk.at WHERE edges.b < 150
               ) SELECT count(*), max(at) FROM walk";
    assert_eq!(bench.rows(sql).await, "149|149");
}

#[tokio::test]
async fn a_condition_that_can_fail_sees_only_rows_that_are_left() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT i % 3 AS d, i AS n FROM generate_series(1, 3000) AS s(i)").await;
    for sql in [
        "SELECT count(*) FROM t WHERE d <> 0 AND n / d > 10",
        "SELECT count(*) FROM t WHERE n / d > 10 AND d <> 0",
        "SELECT count(*) FROM (SELECT * FROM t WHERE d <> 0) WHERE n / d > 10",
    ] {
        assert_eq!(bench.rows(sql).await, "1989", "{sql}");
    }
}
