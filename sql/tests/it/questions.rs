//! Questions: what DataFusion plans, over our tables, with parameters and with good errors.

use std::collections::BTreeMap;

use pantile_core::Code;
use pantile_sql::{ParamValue, Params};

use crate::bench::Bench;

async fn flights() -> Bench {
    let bench = Bench::new();
    bench
        .done(
            "CREATE TABLE flights AS SELECT i AS id, CASE i % 3 WHEN 0 THEN 'AA' WHEN 1 THEN 'BB' ELSE NULL END AS carrier,
             i * 0.5 AS delay, DATE '2013-01-01' + CAST(i % 365 AS INT) AS day FROM generate_series(0, 999) AS s(i)",
        )
        .await;
    bench
}

#[tokio::test]
async fn all_kinds_of_questions() {
    let bench = flights().await;
    let cases = [
        ("SELECT count(*), min(id), max(id) FROM flights", "1000|0|999"),
        ("SELECT carrier, count(*) FROM flights GROUP BY 1 ORDER BY 1 NULLS LAST", "AA|334\nBB|333\n-|333"),
        ("SELECT carrier, count(*) FROM flights GROUP BY ALL ORDER BY carrier NULLS FIRST LIMIT 1", "-|333"),
        ("WITH big AS (SELECT * FROM flights WHERE delay > 490) SELECT count(*) FROM big", "19"),
        (
            "SELECT id FROM flights QUALIFY row_number() OVER (PARTITION BY carrier ORDER BY id DESC) = 1 ORDER BY id",
            "997\n998\n999",
        ),
        ("SELECT a.id FROM flights a JOIN flights b ON a.id = b.id + 998 ORDER BY 1", "998\n999"),
        ("SELECT id FROM flights WHERE id IN (SELECT max(id) FROM flights)", "999"),
        ("FROM flights SELECT id WHERE id < 2 ORDER BY id", "0\n1"),
        (
            "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) FROM r",
            "15",
        ),
        ("SELECT 1 AS a UNION BY NAME SELECT 2 AS a ORDER BY a", "1\n2"),
        ("SELECT sum(x) FROM generate_series(1, 10) AS t(x)", "55"),
        ("SELECT 'a' || carrier || 'z' FROM flights WHERE id = 0", "aAAz"),
        ("SELECT \"id\" FROM pantile.main.flights WHERE id = 3", "3"),
        (
            "SELECT grouping(carrier), count(*) FROM flights GROUP BY ROLLUP(carrier) ORDER BY 2 DESC LIMIT 1",
            "1|1000",
        ),
        (
            "SELECT f.id, l.x FROM flights f, LATERAL (SELECT g.id * 2 AS x FROM flights g WHERE g.id = f.id) l WHERE f.id = 4",
            "4|8",
        ),
        ("SELECT id, id, 1, 1 FROM flights WHERE id = 4", "4|4|1|1"),
        ("SELECT repeat('ab', 3), lpad('x', 3, '.'), range(1, 4)", "ababab|..x|[1, 2, 3]"),
        ("SELECT unnest([1, 2])", "1\n2"),
        ("VALUES (1, 'a'), (2, 'b')", "1|a\n2|b"),
        ("DESCRIBE SELECT 1 AS a, 'x' AS b", "a|Int64|NO\nb|Utf8|NO"),
        ("DESCRIBE (SELECT id FROM flights)", "id|Int64|YES"),
        ("DESCRIBE flights", "id|Int64|YES\ncarrier|Utf8View|YES\ndelay|Float64|YES\nday|Date32|YES"),
    ];
    for (sql, rows) in cases {
        assert_eq!(bench.rows(sql).await, rows, "{sql}");
    }
}

#[tokio::test]
async fn catalogs_can_be_looked_at() {
    let bench = flights().await;
    bench.done("CREATE VIEW late AS SELECT id, delay FROM flights WHERE delay > 10").await;
    let tables = "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema = 'main' ORDER BY 2";
    assert_eq!(bench.rows(tables).await, "main|flights|BASE TABLE\nmain|late|VIEW");
    let columns = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'late' ORDER BY ordinal_position";
    assert_eq!(bench.rows(columns).await, "id|Int64\ndelay|Float64");
    let shown = bench.rows("SHOW TABLES").await;
    assert!(shown.contains("pantile|main|flights|BASE TABLE") && !shown.contains("df_settings"), "{shown}");
    assert!(shown.contains("pantile|information_schema|views|VIEW"), "{shown}");
    assert_eq!(
        bench.rows("SELECT table_name, definition FROM information_schema.views").await,
        "late|SELECT id, delay FROM flights WHERE delay > 10"
    );
    assert!(bench.rows("SHOW FUNCTIONS").await.contains("regexp_replace"));
    assert_eq!(
        bench.rows("SELECT DISTINCT routine_name FROM information_schema.routines WHERE routine_name IN ('sum', 'rank', 'lower') ORDER BY 1").await,
        "lower\nrank\nsum"
    );
    assert!(bench.rows("SHOW COLUMNS FROM flights").await.contains("carrier"));
    assert_eq!(
        bench.rows("SELECT name, kind, rows, partitions FROM system.datasets").await,
        "flights|table|1000|10\nlate|view|-|-"
    );
    assert_eq!(
        bench.rows("SELECT count(*), sum(rows) FROM system.partitions WHERE \"table\" = 'flights'").await,
        "10|1000"
    );
    assert_eq!(bench.rows("SELECT count(*) > 1 FROM system.snapshots").await, "true");
    assert_eq!(bench.rows("SELECT id FROM system.queries").await, "q1");
    assert_eq!(bench.rows("SELECT count(*) FROM system.cache").await, "0");
    let functions = "SELECT name, kind FROM system.functions WHERE name IN ('sum', 'first_value', 'abs', 'range') ORDER BY 1, 2";
    let kinds = bench.rows(functions).await;
    assert_eq!(
        kinds,
        "abs|scalar\nfirst_value|aggregate\nfirst_value|window\nrange|scalar\nrange|table\nsum|aggregate"
    );
    let keywords =
        "SELECT keyword, reserved FROM system.keywords WHERE keyword IN ('SELECT', 'DATE') ORDER BY 1";
    assert_eq!(bench.rows(keywords).await, "DATE|false\nSELECT|true");
    assert_eq!(bench.code("SELECT * FROM information_schema.df_settings").await, Code::UnknownDataset);
}

#[tokio::test]
async fn parameters_are_literals() {
    let bench = flights().await;
    let ask = |sql: &str, params: Params| {
        let mut ask = bench.asking(sql);
        ask.params = params;
        ask
    };
    let positional = |values: &[ParamValue]| Params::Positional(values.to_vec());
    let text = |text: &str| ParamValue::Text(text.to_owned());
    let rows = bench.rows_of(ask(
        "SELECT count(*) FROM flights WHERE carrier = ? AND day < ? AND id BETWEEN ? AND ?",
        positional(&[text("AA"), text("2013-01-11"), ParamValue::Int(-5), ParamValue::Float(100.5)]),
    ));
    assert_eq!(rows.await.unwrap(), "4");
    let rows = bench.rows_of(ask("SELECT $2, $1, $2", positional(&[ParamValue::Null, text("it's")])));
    assert_eq!(rows.await.unwrap(), "it's|-|it's");
    let named = Params::Named(BTreeMap::from([("n".to_owned(), ParamValue::Int(2))]));
    assert_eq!(
        bench.rows_of(ask("SELECT id FROM flights ORDER BY id LIMIT $n", named)).await.unwrap(),
        "0\n1"
    );
    let bytes = positional(&[
        ParamValue::Bytes(vec![0, 255]),
        ParamValue::Int(i64::MIN),
        ParamValue::Float(f64::NAN),
    ]);
    assert_eq!(
        bench.rows_of(ask("SELECT $1, $2, $3", bytes)).await.unwrap(),
        "00ff|-9223372036854775808|NaN"
    );
    let missing = bench.rows_of(ask("SELECT\n $3", positional(&[ParamValue::Null]))).await.unwrap_err();
    assert_eq!((missing.code(), missing.position().unwrap().line), (Code::InvalidRequest, 2));
}

#[tokio::test]
async fn errors_say_where_and_what_was_meant() {
    let bench = flights().await;
    bench.done("CREATE TABLE \"Mixed\" (a int)").await;
    let error = bench.refusal("SELECT *\nFROM fligths").await;
    assert_eq!(error.code(), Code::UnknownDataset);
    assert_eq!(error.hint(), Some("did you mean `flights`?"));
    assert_eq!(error.position().map(|at| (at.line, at.column)), Some((2, 6)));
    assert_eq!(bench.refusal("SELECT * FROM Mixed").await.hint(), Some("did you mean `\"Mixed\"`?"));
    let error = bench.refusal("SELECT id,\n  dely FROM flights").await;
    assert_eq!(error.code(), Code::UnknownColumn);
    assert_eq!(error.hint(), Some("did you mean `delay`?"));
    assert_eq!(error.position().map(|at| (at.line, at.column)), Some((2, 3)));
    let error = bench.refusal("SELECT 1 +").await;
    assert_eq!(error.code(), Code::InvalidSql);
    assert!(error.position().is_some());
    let error = bench.refusal("SELECT lowr(carrier) FROM flights").await;
    assert_eq!((error.code(), error.hint()), (Code::InvalidSql, Some("did you mean `lower`?")));
    assert_eq!(bench.code("SELECT 1 / (id - id) FROM flights").await, Code::InvalidValue);
    assert_eq!(bench.code("SELECT CAST(carrier AS int) FROM flights").await, Code::InvalidValue);
    assert_eq!(bench.code("SELECT * FROM other.flights").await, Code::UnknownDataset);
    assert_eq!(bench.code("SELECT * FROM nowhere.main.flights").await, Code::UnknownDataset);
    assert_eq!(
        bench.refusal("SELECT * FROM system.querie").await.hint(),
        None.or(Some("did you mean `queries`?"))
    );
    for empty in ["", " ; ", "-- nothing"] {
        assert_eq!(bench.code(empty).await, Code::InvalidSql, "{empty}");
    }
    let two = bench.refusal("SELECT 1; SELECT 2").await;
    assert_eq!((two.code(), two.position().unwrap().column), (Code::InvalidSql, 9));
    assert_eq!(bench.rows("SELECT 1;").await, "1");
}

#[tokio::test]
async fn a_plan_is_a_row_a_line_with_names_for_paths() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 500) AS s(i)").await;
    for (explain, plan_types) in
        [("EXPLAIN", &["logical_plan", "physical_plan"][..]), ("EXPLAIN ANALYZE", &["Plan with Metrics"])]
    {
        let rows = bench.rows(&format!("{explain} SELECT max(id) FROM t WHERE id % 7 = 1")).await;
        for plan_type in plan_types {
            let lines = rows.lines().filter_map(|row| row.strip_prefix(plan_type)?.strip_prefix('|'));
            let depths: Vec<usize> = lines.map(|line| line.len() - line.trim_start().len()).collect();
            assert!(depths.len() > 2 && depths.is_sorted(), "{rows}");
        }
        let partition = &bench.catalog.current().tables["t"].partitions[0];
        assert!(!rows.contains(partition.path.split('/').nth(1).unwrap()), "{rows}");
    }
}
