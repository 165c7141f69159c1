//! What no statement may do, in any disguise.

use std::time::{Duration, Instant};

use pantile_core::Code;

use crate::bench::{Bench, cut};

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
        assert_eq!(soon(&bench, &sql).await, None);
    }
}

/// The limit that the statement met, if any; nothing else may end it, nor may it take long.
async fn soon(bench: &Bench, sql: &str) -> Option<&'static str> {
    let start = Instant::now();
    let met = match bench.answer(bench.asking(sql)).await {
        Ok(_) => None,
        Err(error) => match error.limit_met() {
            Some(limit) => Some(limit.name),
            None => panic!("{}: {error}", cut(sql)),
        },
    };
    // Without optimisation and beside others; what grows without bound takes hours.
    assert!(start.elapsed() < Duration::from_secs(90), "{} took {:?}", cut(sql), start.elapsed());
    met
}

fn nested(times: usize, before: &str, inner: &str, after: &str) -> String {
    format!("{}{inner}{}", before.repeat(times), after.repeat(times))
}

fn listed(count: usize, separator: &str, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(separator)
}

/// Common table expressions `c1` to `c{count}`, each of the one before; `c0` is the table.
fn chained(count: usize, body: impl Fn(usize) -> String, rest: &str) -> String {
    let chain = (1..=count).map(|n| format!(", c{n} AS ({})", body(n - 1)));
    format!("WITH c0 AS (SELECT x FROM t){} SELECT count(*) FROM c{count}{rest}", chain.collect::<String>())
}

#[tokio::test]
async fn nests_just_inside_the_limits_are_answered_soon() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT 1 AS x, 'a' AS s, 2 AS y").await;
    let from = |before: &str, after: &str| format!("SELECT * FROM {}", nested(100, before, "t", after));
    let value =
        |times, before: &str, after: &str| format!("SELECT {} FROM t", nested(times, before, "x", after));
    let cases = [
        from("(SELECT x+1 AS x FROM ", " WHERE x > 0)"),
        from("(SELECT x+x AS x FROM ", ")") + " ORDER BY x",
        from("(SELECT x, max(y) AS y FROM ", " GROUP BY x)"),
        from("(SELECT sum(x) OVER (ORDER BY x) AS x FROM ", ")"),
        from("(SELECT x FROM ", " ORDER BY x LIMIT 5)"),
        from("(SELECT DISTINCT x FROM ", ")"),
        from("(SELECT x FROM t UNION SELECT x FROM ", ")"),
        from("(SELECT a.x FROM t a LEFT JOIN ", " b ON a.x = b.x)"),
        format!("SELECT x FROM t WHERE {}", nested(8, "x NOT IN (SELECT x FROM t WHERE ", "x=1", ")")),
        format!("SELECT 1 FROM t WHERE {}", nested(8, "EXISTS (SELECT 1 FROM t WHERE x>0 AND ", "true", ")")),
        format!("SELECT {}", nested(8, "(SELECT 1 + ", "1", ")")),
        format!("SELECT 1 FROM t WHERE {}", nested(60, "(x=1 AND (x=2 OR ", "y=1", "))")),
        format!("SELECT {}", nested(120, "(1,", "1", ")")),
        value(126, "-(", ")"),
        value(126, "coalesce(x,", ")"),
        value(120, "greatest(", ",1)"),
        value(120, "pow(", ",2)"),
        value(40, "CAST(char_length(CAST(", " AS text)) AS bigint)"),
        value(63, "CAST(CAST(", " AS text) AS bigint)"),
        value(126, "CASE WHEN x=1 THEN 2 ELSE ", " END"),
        value(126, "CASE ", " WHEN 1 THEN 2 ELSE 3 END"),
        value(120, "[", "]"),
        value(60, "array_append([", "], NULL)"),
        value(120, "{'a': ", "}"),
        format!("SELECT {}{} FROM t", nested(110, "[", "x", "]"), "[1]".repeat(110)),
        format!("SELECT {}", nested(60, "flatten(", &nested(60, "[", "1", "]"), ")")),
        chained(63, |n| format!("SELECT x+x AS x FROM c{n}"), ""),
        chained(63, |n| format!("SELECT x+1 AS x FROM c{n} WHERE x <> {n}"), ""),
        chained(12, |n| format!("SELECT x FROM c{n} UNION ALL SELECT x FROM c{n}"), ""),
        chained(10, |n| format!("SELECT a.x FROM c{n} a JOIN c{n} b ON a.x = b.x"), ""),
        chained(8, |n| format!("SELECT x FROM c{n} WHERE x IN (SELECT x FROM c{n})"), ""),
    ];
    for sql in cases {
        assert_eq!(soon(&bench, &sql).await, None, "{}", cut(&sql));
    }
}

#[tokio::test]
async fn chains_just_inside_the_limits_are_answered_soon() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT 1 AS x, 'a' AS s, 2 AS y").await;
    let joined = |count: usize, join: &str| {
        let tables = (1..count).map(|n| format!(" {join} t t{n} ON t{n}.x = t{}.x", n - 1));
        format!("SELECT count(*) FROM t t0{}", tables.collect::<String>())
    };
    let cases = [
        joined(50, "JOIN"),
        joined(160, "JOIN"),
        // More joins in one another than a task makes steps in a row.
        joined(256, "LEFT JOIN"),
        joined(256, "FULL JOIN"),
        format!("SELECT x FROM t{}", " EXCEPT SELECT x FROM t".repeat(256)),
        format!("SELECT x FROM t{}", " INTERSECT SELECT x FROM t".repeat(256)),
        format!("SELECT x FROM t{} ORDER BY x LIMIT 3", " UNION SELECT x FROM t".repeat(256)),
        format!(
            "SELECT {} FROM t",
            listed(200, ",", |n| format!("(SELECT max(x)+{n} FROM t b WHERE b.x=t.x)"))
        ),
        format!("SELECT 1 FROM t WHERE {}", listed(200, " OR ", |n| format!("x IN (SELECT x+{n} FROM t)"))),
        format!("SELECT 1 FROM {}", listed(200, ",", |n| format!("generate_series(1,1) g{n}"))),
        format!(
            "SELECT count(*) FROM {} WHERE {}",
            listed(100, ",", |n| format!("t t{n}")),
            listed(99, " AND ", |n| format!("t{n}.x = t{}.x", n + 1))
        ),
        format!("SELECT {} FROM t", listed(200, ",", |n| format!("row_number() OVER (ORDER BY x+{n})"))),
        format!("SELECT {} FROM t", listed(800, ",", |n| format!("count(DISTINCT x+{n})"))),
        format!("SELECT CASE {} END FROM t", listed(2400, " ", |n| format!("WHEN x={n} THEN {n}"))),
        format!("SELECT count(*) FROM t GROUP BY {}", listed(2400, ",", |n| format!("x+{n}"))),
        format!("SELECT x FROM t ORDER BY {}", listed(1200, ",", |n| format!("x+{n}"))),
        format!("SELECT count(*) FROM t GROUP BY CUBE ({})", listed(12, ",", |n| format!("x+{n}"))),
        format!("SELECT {}", listed(5000, ",", |_| "1".to_owned())),
        format!("VALUES {}", listed(100_000, ",", |n| format!("({n})"))),
        format!("SELECT * FROM t{}", " |> WHERE x=1".repeat(2400)),
        format!("SELECT x{} FROM t", " IS NULL".repeat(499)),
    ];
    for sql in cases {
        assert_eq!(soon(&bench, &sql).await, None, "{}", cut(&sql));
    }
}

#[tokio::test]
async fn what_grows_in_planning_is_refused() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT 1 AS x, 2 AS y").await;
    let value = |before: &str, after: &str| format!("SELECT {} FROM t", nested(30, before, "x", after));
    let cases_of = "(SELECT CASE WHEN x = 1 THEN y ELSE 2 END AS x, y FROM ";
    let doubled = nested(30, "(SELECT x+x AS x FROM ", "t", ")");
    let cases = [
        ("sql_tokens", format!("SELECT * FROM {doubled} WHERE x > 0")),
        ("sql_tokens", format!("SELECT * FROM t a JOIN {doubled} b ON a.x = b.x")),
        ("sql_tokens", format!("SELECT 1 WHERE 1 IN (SELECT x FROM {doubled} WHERE x > 0)")),
        ("sql_tokens", format!("CREATE VIEW v AS SELECT * FROM {doubled} WHERE x > 0")),
        ("sql_tokens", format!("DELETE FROM t WHERE {} = 1", nested(30, "coalesce(", "x", ",1)"))),
        ("sql_tokens", chained(60, |n| format!("SELECT x*x AS x FROM c{n}"), " WHERE x > 1")),
        ("sql_tokens", value("CAST(", " BETWEEN 0 AND 1 AS int)")),
        ("sql_tokens", value("CAST(", " IN (0, 1) AS int)")),
        ("sql_tokens", value("coalesce(", ",1)")),
        ("sql_tokens", value("ifnull(", ",1)")),
        ("sql_tokens", value("CAST(floor(", ") = 1 AS int)")),
        ("sql_nesting", value("CAST(CASE WHEN 1 = ", " THEN x>0 ELSE y>0 END AS int)")),
        ("sql_tokens", format!("SELECT {}", listed(1_000_000, ",", |_| "1".to_owned()))),
        ("sql_tokens", format!("VALUES ({})", listed(1_000_000, ",", |_| "1".to_owned()))),
        ("sql_tokens", format!("SELECT x FROM {}", nested(30, cases_of, "t", ")"))),
        (
            "sql_branches",
            format!("SELECT 1 FROM t GROUP BY CUBE ({}), x", listed(30, ",", |n| format!("x+{n}"))),
        ),
        (
            "sql_branches",
            format!("SELECT {} FROM t", listed(600, ",", |n| format!("sum(x) OVER (ORDER BY x+{n})"))),
        ),
    ];
    for (limit, sql) in cases {
        assert_eq!(soon(&bench, &sql).await, Some(limit), "{}", cut(&sql));
    }
    let usual = "SELECT coalesce(x, coalesce(y, 0)) AS z FROM t WHERE x BETWEEN 0 AND 9 AND y IN (1, 2)";
    assert_eq!(
        bench.rows(&format!("SELECT z FROM ({usual}) WHERE z BETWEEN 0 AND 5 AND z + z > 1")).await,
        "1"
    );
    assert_eq!(
        bench.answer(bench.asking("SELECT pow(pow(x, 2), 2) FROM t")).await.unwrap().0.schema.field(0).name(),
        "pow(power(t.x, Int64(2)),Int64(2))"
    );
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
        let limit = error.limit_met().unwrap();
        assert_eq!((error.code(), limit.name), (Code::LimitSql, "sql_value"), "{sql}: {error}");
        assert!(limit.got > limit.max, "{sql}: {limit:?}");
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
