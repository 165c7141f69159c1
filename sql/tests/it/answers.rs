//! Answers that SQL settles and that are easily got wrong: nulls, empty subqueries, how often a row is there.

use pantile_core::Code;

use crate::bench::Bench;

/// Three small tables: `n` with nulls, `k` without, and `e` with no rows.
async fn tables() -> Bench {
    let bench = Bench::new();
    bench.done("CREATE TABLE n AS SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (NULL, 'c')) AS v (x, t)").await;
    bench.done("CREATE TABLE k (id INT NOT NULL, name TEXT NOT NULL)").await;
    bench.done("INSERT INTO k VALUES (1, 'one'), (1, 'uno'), (3, 'three')").await;
    bench.done("CREATE TABLE e (x INT)").await;
    bench
}

async fn check(cases: &[(&str, &str)]) {
    let bench = tables().await;
    for (sql, rows) in cases {
        assert_eq!(bench.rows(sql).await, *rows, "{sql}");
    }
}

#[tokio::test]
async fn a_subquery_without_a_row_is_null() {
    check(&[
        ("SELECT count(*) FROM n WHERE (SELECT name FROM k WHERE id = 99) IS NULL", "3"),
        ("SELECT count(*) FROM n WHERE coalesce((SELECT 1 WHERE false), 0) = 0", "3"),
        ("SELECT coalesce((SELECT name FROM k WHERE id = 99), 'none')", "none"),
        ("SELECT (SELECT 1 WHERE false)", "-"),
        ("SELECT (SELECT name FROM k WHERE id = 3)", "three"),
        ("SELECT (SELECT count(*) FROM e), (SELECT max(x) FROM e)", "0|-"),
        ("SELECT x, (SELECT count(*) FROM k WHERE id = n.x) FROM n ORDER BY t", "1|2\n2|0\n-|0"),
        ("SELECT t FROM n WHERE (SELECT count(*) FROM k WHERE id = n.x HAVING count(*) > 1) IS NULL ORDER BY t", "b\nc"),
    ])
    .await;
}

#[tokio::test]
async fn an_aggregate_has_a_row_even_of_nothing() {
    check(&[
        ("SELECT count(*) FROM n WHERE EXISTS (SELECT count(*) FROM k WHERE id = n.x)", "3"),
        ("SELECT count(*) FROM n WHERE NOT EXISTS (SELECT max(id) FROM k WHERE id = n.x)", "0"),
        ("SELECT count(*) FROM n WHERE EXISTS (SELECT count(*) FROM k WHERE id = n.x LIMIT 1)", "3"),
        ("SELECT count(*) FROM n WHERE EXISTS (SELECT id FROM k WHERE id = n.x GROUP BY id)", "1"),
        ("SELECT t FROM n WHERE 0 IN (SELECT count(*) FROM k WHERE id = n.x) ORDER BY t", "b\nc"),
        ("SELECT t FROM n WHERE 0 NOT IN (SELECT count(*) FROM k WHERE id = n.x)", "a"),
        (
            "SELECT n.t, l.c FROM n, LATERAL (SELECT count(*) AS c FROM k WHERE id = n.x) l ORDER BY 1",
            "a|2\nb|0\nc|0",
        ),
    ])
    .await;
    let bench = tables().await;
    for sql in [
        "SELECT t FROM n WHERE EXISTS (SELECT count(*) FROM k WHERE id = n.x HAVING count(*) = 0)",
        "SELECT t FROM n WHERE 0 IN (SELECT count(*) FROM k WHERE id = n.x HAVING count(*) = 0)",
        "SELECT t FROM n WHERE EXISTS (SELECT 1 FROM k WHERE id = n.x OFFSET 5)",
    ] {
        let refused = bench.refusal(sql).await;
        assert_eq!(refused.code(), Code::Unsupported, "{sql}");
        assert!(refused.hint().unwrap().contains("SELECT count(*)"), "{sql}");
    }
}

#[tokio::test]
async fn in_minds_nulls_wherever_it_stands() {
    check(&[
        ("SELECT count(*) FROM n WHERE NOT (x IN (SELECT NULL::int)) OR x = 5", "0"),
        ("SELECT t FROM n WHERE NOT (x IN (SELECT x FROM n WHERE t <> 'a')) OR t = 'c'", "c"),
        ("SELECT t FROM n WHERE x NOT IN (SELECT id FROM k) OR t = 'a' ORDER BY t", "a\nb"),
        ("SELECT t FROM n WHERE x NOT IN (SELECT x FROM e) OR false ORDER BY t", "a\nb\nc"),
        ("SELECT t FROM n WHERE (x IN (SELECT x FROM n WHERE t <> 'a')) IS NULL ORDER BY t", "a\nc"),
        ("SELECT t FROM n WHERE (x IN (SELECT id FROM k)) IS NULL", "c"),
        ("SELECT t FROM n WHERE (x IN (SELECT x FROM e)) IS NULL", ""),
        ("SELECT t FROM n WHERE x IN (SELECT id FROM k) OR t = 'b' ORDER BY t", "a\nb"),
        ("SELECT t FROM n WHERE x NOT IN (SELECT m.x FROM n m WHERE m.t = n.t) ORDER BY t", ""),
        ("SELECT t FROM n WHERE x NOT IN (SELECT m.x + 1 FROM n m WHERE m.t = n.t) ORDER BY t", "a\nb"),
        (
            "SELECT t FROM n WHERE CASE WHEN x IN (SELECT id FROM k) THEN false ELSE true END ORDER BY t",
            "b\nc",
        ),
    ])
    .await;
}

#[tokio::test]
async fn subqueries_may_stand_in_lists() {
    check(&[
        ("SELECT EXISTS (SELECT 1), NOT EXISTS (SELECT 1), EXISTS (SELECT 1 FROM e)", "true|false|false"),
        (
            "SELECT 1 IN (SELECT 1), 1 IN (SELECT 2), 1 IN (SELECT NULL::int), 1 IN (SELECT x FROM e)",
            "true|false|-|false",
        ),
        ("SELECT NULL IN (SELECT x FROM e), NULL IN (SELECT 1), 1 NOT IN (SELECT NULL::int)", "false|-|-"),
        (
            "SELECT x, x IN (SELECT id FROM k), x NOT IN (SELECT id FROM k) FROM n ORDER BY t",
            "1|true|false\n2|false|true\n-|-|-",
        ),
        ("SELECT t, EXISTS (SELECT 1 FROM k WHERE id = n.x) FROM n ORDER BY t", "a|true\nb|false\nc|false"),
        ("SELECT count(*) FILTER (WHERE x IN (SELECT id FROM k)) FROM n", "1"),
        ("SELECT sum(CASE WHEN EXISTS (SELECT 1 FROM k WHERE id = n.x) THEN 1 ELSE 0 END) FROM n", "1"),
        (
            "SELECT x IN (SELECT id FROM k) AS there, count(*) FROM n GROUP BY 1 ORDER BY 1",
            "false|1\ntrue|1\n-|1",
        ),
        (
            "SELECT 5 > ALL (SELECT x FROM n), 5 > ANY (SELECT x FROM n), 5 > ALL (SELECT x FROM e)",
            "-|true|true",
        ),
        (
            "SELECT 1 > ALL (SELECT x FROM n), 5 = ANY (SELECT id FROM k), 1 = ANY (SELECT id FROM k)",
            "false|false|true",
        ),
    ])
    .await;
}

#[tokio::test]
async fn set_operations_of_all_rows_count_them() {
    let threes = "(VALUES (1), (1), (1), (2), (NULL), (NULL)) AS l (x)";
    let twos = "(VALUES (1), (1), (3), (NULL)) AS r (y)";
    for (operation, rows) in
        [("INTERSECT ALL", "1\n1\n-"), ("EXCEPT ALL", "1\n2\n-"), ("INTERSECT", "1\n-"), ("EXCEPT", "2")]
    {
        let sql = format!("SELECT x FROM {threes} {operation} SELECT y FROM {twos} ORDER BY 1");
        check(&[(&sql, rows)]).await;
    }
    check(&[
        (
            "SELECT id, name FROM k INTERSECT ALL SELECT id, name FROM k EXCEPT ALL SELECT 1, 'uno' ORDER BY 2",
            "1|one\n3|three",
        ),
        ("SELECT DISTINCT id FROM k EXCEPT ALL SELECT 1", "3"),
        ("SELECT count(*) FROM n WHERE x IN (SELECT id FROM k EXCEPT ALL SELECT 1)", "1"),
    ])
    .await;
}

#[tokio::test]
async fn whole_numbers_do_not_wrap_around() {
    let bench = tables().await;
    bench.done("CREATE TABLE big AS SELECT 9223372036854775807 AS i, CAST(2147483647 AS INT) AS j").await;
    for sql in [
        "SELECT 9223372036854775807 + 1",
        "SELECT 10000000000 * 10000000000",
        "SELECT -9223372036854775807 - 2",
        "SELECT i + 1 FROM big",
        "SELECT i * 2 FROM big",
        "SELECT -2 - i FROM big",
        "SELECT count(*) FROM big WHERE i + id > 0",
        "SELECT max(j + j) FROM big",
        "SELECT -(-i - 1) FROM big",
        "SELECT x FROM n WHERE x + 9223372036854775807 > 0",
        "SELECT sum(i) FROM (SELECT i FROM big UNION ALL SELECT i FROM big)",
        "SELECT t, sum(i) FROM big, n GROUP BY 1 HAVING sum(i + 0 * length(t)) > 0 UNION ALL SELECT 'x', sum(i) FROM big, n GROUP BY i",
        "SELECT sum(i) OVER (ORDER BY t) FROM big, n",
        "SELECT sum(arrow_cast(i, 'UInt64')) FROM big, n",
        // What is a constant only once it has been simplified or moved.
        "SELECT abs(9223372036854775807) + 1",
        "SELECT coalesce(9223372036854775807, x) + 1 FROM n",
        "SELECT CASE WHEN 1 < 2 THEN 9223372036854775807 ELSE x END + 1 FROM n",
        "SELECT id * 0 + 9223372036854775807 + 1 FROM k",
        "SELECT 9223372036854775807 - (x IS NULL AND false)::bigint + 1 FROM n",
        "SELECT y + 1 FROM (SELECT 9223372036854775807 AS y FROM n)",
        "SELECT x FROM (SELECT x, 9223372036854775807 AS y FROM n) WHERE y + 1 < x",
        // Wherever it stands.
        "SELECT lag(i + 1) OVER (ORDER BY t) FROM big, n",
        "SELECT sum(x) OVER (PARTITION BY i + x ORDER BY t) FROM big, n",
        "SELECT ntile(3) OVER (ORDER BY i * 2) FROM big",
        "SELECT first_value(i ORDER BY i + x) FROM big, n",
        "SELECT count(*) FILTER (WHERE i + x > 0) FROM big, n",
        "SELECT 1 FROM big, n GROUP BY i + x",
        "SELECT t FROM big, n ORDER BY i + x LIMIT 1",
        "SELECT 1 FROM big JOIN n ON i + x = id_of(t)",
        "SELECT 1 FROM big LEFT JOIN n ON i + x > j",
        "SELECT DISTINCT ON (i + j) j FROM big",
        "SELECT (SELECT max(i + j) FROM big) FROM n",
        "SELECT unnest([i + j]) FROM big",
        "SELECT i FROM big UNION SELECT i + j FROM big",
        "VALUES (9223372036854775807 + 1)",
    ] {
        let sql = sql.replace("i + id", "i + j").replace("id_of(t)", "length(t)");
        assert_eq!(bench.code(&sql).await, Code::InvalidValue, "{sql}");
    }
    assert_eq!(
        bench.rows("SELECT 1 + 1, 2 * 3 - 7, -(-i), i - 1, j * 1.0 FROM big").await,
        "2|-1|9223372036854775807|9223372036854775806|2147483647.0"
    );
    assert_eq!(
        bench.rows("SELECT t, x + 1 FROM n WHERE x * 2 > 2 OR x IS NULL ORDER BY t").await,
        "b|3\nc|-"
    );
}

#[tokio::test]
async fn windows_are_ordered_by_whatever_can_be() {
    check(&[
        ("SELECT t, row_number() OVER (ORDER BY t), lag(t) OVER (ORDER BY t) FROM (VALUES (TIME '12:00'), (TIME '13:00')) v (t)", "12:00:00|1|-\n13:00:00|2|12:00:00"),
        ("SELECT rank() OVER (ORDER BY b), sum(1) OVER (ORDER BY b) FROM (VALUES (x'00'), (x'01'), (x'01')) v (b)", "1|1\n2|3\n2|3"),
        ("SELECT count(*) OVER (ORDER BY s) FROM (VALUES (struct(1, 2)), (struct(1, 3))) v (s)", "1\n2"),
        ("SELECT row_number() OVER (ORDER BY make_map('a', 1))", "1"),
    ])
    .await;
    let refused = tables()
        .await
        .refusal("SELECT sum(1) OVER (ORDER BY t RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW) FROM (VALUES (TIME '12:00')) v (t)")
        .await;
    assert_eq!((refused.code(), refused.hint()), (Code::Unsupported, Some("use `ROWS` or `GROUPS`")));
}

#[tokio::test]
async fn nothing_that_is_written_is_ignored() {
    let bench = tables().await;
    for (sql, said) in [
        ("SELECT * FROM n TABLESAMPLE (10 PERCENT)", "`TABLESAMPLE`"),
        ("SELECT * FROM (SELECT 1) AS s TABLESAMPLE (1 ROWS)", "`TABLESAMPLE`"),
        ("SELECT x, count(*) FROM n GROUP BY x WITH TOTALS", "WITH behind GROUP BY"),
        ("SELECT * FROM n WITH (NOLOCK)", "hints"),
        ("SELECT * FROM n FOR UPDATE", "`FOR UPDATE`"),
        ("SELECT 'a' COLLATE \"C\"", "`COLLATE`"),
        ("SELECT t FROM n ORDER BY t COLLATE \"C\"", "`COLLATE`"),
        ("CREATE TABLE g (id INT GENERATED ALWAYS AS IDENTITY, a INT)", "of column `id` would not be kept"),
        ("CREATE TABLE g (a TEXT COLLATE \"C\")", "of column `a` would not be kept"),
        ("CREATE TABLE g (a INT CHECK (a > 0))", "would not be kept"),
        ("CREATE TABLE g (a INT REFERENCES n (x))", "would not be kept"),
        ("SELECT now() AT TIME ZONE 'nope'", "`nope` is no time zone"),
        ("SELECT 1 WHERE now() AT TIME ZONE 'nope' IS NULL", "`nope` is no time zone"),
        ("SELECT arrow_cast(now(), 'Timestamp(Nanosecond, Some(\"nope\"))')", "no time zone"),
    ] {
        let refused = bench.refusal(sql).await;
        assert!(matches!(refused.code(), Code::Unsupported | Code::InvalidValue), "{sql}: {refused}");
        assert!(refused.to_string().contains(said), "{sql}: {refused}");
    }
    check(&[
        ("SELECT x, count(*) FROM n GROUP BY x WITH ROLLUP ORDER BY 2 DESC, 1 LIMIT 2", "-|3\n1|1"),
        ("SELECT count(*) FROM (SELECT x, t FROM n GROUP BY x, t WITH CUBE)", "10"),
        ("FROM k", "1|one\n1|uno\n3|three"),
        ("FROM k ORDER BY name LIMIT 1", "1|one"),
        ("SELECT count(*) FROM (FROM k)", "3"),
        ("SELECT t FROM n ORDER BY t FETCH FIRST 2 ROWS ONLY", "a\nb"),
        ("SELECT t FROM n ORDER BY t OFFSET 1 ROW FETCH NEXT ROW ONLY", "b"),
        (
            "SELECT TIMESTAMP '2020-01-01 13:00', '2020-01-01 13:00'::timestamp",
            "2020-01-01T13:00:00|2020-01-01T13:00:00",
        ),
        ("SELECT {'a': 1}.a", "1"),
    ])
    .await;
}

#[tokio::test]
async fn names_of_columns_do_not_meet() {
    check(&[
        ("SELECT x::double FROM n ORDER BY x LIMIT 1", "1.0"),
        ("SELECT CAST(x AS varchar) FROM n ORDER BY x DESC NULLS LAST LIMIT 1", "2"),
        ("SELECT 7 / 2, 7::double / 2", "3|3.5"),
        ("SELECT sum(x), sum(x::double), avg(x), avg(CAST(x AS float)) FROM n", "3|3.0|1.5|1.5"),
        (
            "SELECT x, (SELECT max(x) FROM n), (SELECT x FROM n WHERE t = 'b') FROM n ORDER BY t LIMIT 1",
            "1|2|2",
        ),
        ("SELECT DATE '2020-01-01', '2020-01-01'", "2020-01-01|2020-01-01"),
    ])
    .await;
}

#[tokio::test]
async fn what_is_not_supported_is_said_in_words() {
    let bench = tables().await;
    for (sql, said) in [
        (
            "SELECT t FROM n WHERE x NOT IN (SELECT id FROM k WHERE name < n.t || 'p')",
            "compares them otherwise than by `=`",
        ),
        ("SELECT * FROM n, LATERAL (SELECT * FROM k WHERE id = n.x LIMIT 1) l", "cannot stand here"),
        ("SELECT * FROM (VALUES ([1, 2])) t (x), unnest(t.x)", "cannot stand here"),
        ("SELECT (SELECT name FROM k WHERE id = n.x) FROM n", "must have an aggregate"),
        ("SELECT t FROM n ORDER BY EXISTS (SELECT 1)", "cannot stand here"),
        (
            "SELECT t FROM n WHERE EXISTS (SELECT id FROM k WHERE id = n.x EXCEPT ALL SELECT 1)",
            "`EXCEPT ALL` cannot use",
        ),
        ("SELECT 1 AS a, 2 AS a", "would have the same name"),
        ("SELECT max(make_map('a', x)) FROM n", "`min` and `max` of maps"),
        ("SELECT max([struct(x)]) FROM n", "`min` and `max` of maps"),
        ("SELECT regexp_replace(t, '(', 'x') FROM n", "cannot be read: unclosed group"),
        ("SELECT regexp_replace('a', '(', 'x')", "cannot be read: unclosed group"),
        ("SELECT t FROM n WHERE t ~ '('", "cannot be read: unclosed group"),
        ("SELECT 'a' SIMILAR TO '('", "cannot be read: unclosed group"),
        ("SELECT t ~ '(((a{100}){100}){100})' FROM n", "too large"),
        ("CREATE TABLE m (m MAP(TEXT, INT))", "`MAP` cannot be the type"),
        ("EXPLAIN (FORMAT json) SELECT 1", "invalid explain format"),
    ] {
        let refused = bench.refusal(sql).await;
        assert!(refused.to_string().contains(said), "{sql}: {refused}");
        assert!(
            matches!(refused.code(), Code::Unsupported | Code::InvalidValue | Code::InvalidSql),
            "{sql}: {refused}"
        );
        assert!(!refused.to_string().contains(" { "), "{sql}: {refused}");
    }
    assert_eq!(bench.refusal("EXPLAIN (FORMAT json) SELECT 1").await.position(), None);
}

#[tokio::test]
async fn sums_of_whole_numbers() {
    check(&[
        ("SELECT sum(x), sum(x) FILTER (WHERE t = 'b'), sum(x) FILTER (WHERE false) FROM n", "3|2|-"),
        ("SELECT t, sum(x), sum(x) FILTER (WHERE x > 1) FROM n GROUP BY t ORDER BY t", "a|1|-\nb|2|2\nc|-|-"),
        ("SELECT t, sum(x) OVER (ORDER BY t ROWS 1 PRECEDING) FROM n ORDER BY t", "a|1\nb|3\nc|2"),
        ("SELECT sum(i) FROM generate_series(-5, 4) AS s (i)", "-5"),
        (
            "SELECT i % 3, sum(i) FROM generate_series(1, 20000) AS s (i) GROUP BY 1 ORDER BY 1",
            "0|66663333\n1|66670000\n2|66676667",
        ),
        ("SELECT sum(DISTINCT x) FROM (SELECT x FROM n UNION ALL SELECT x FROM n)", "3"),
    ])
    .await;
}

#[tokio::test]
async fn sums_of_decimals() {
    let bench = tables().await;
    let nines = "9".repeat(38);
    let digits = format!("CREATE TABLE digits AS SELECT '{nines}'::decimal(38, 0) AS d, x, t FROM n");
    bench.done(&digits).await;
    for sql in [
        "SELECT sum(d) FROM digits",
        "SELECT sum(d) FROM digits WHERE t <> 'c'",
        "SELECT sum(-d) FROM digits GROUP BY length(t)",
        "SELECT sum(d) OVER (ORDER BY t) FROM digits",
        "SELECT sum(d) OVER (ORDER BY t ROWS 1 PRECEDING) FROM digits",
        "SELECT sum(DISTINCT d - x), count(DISTINCT t) FROM digits",
        "SELECT sum(DISTINCT i - x), count(DISTINCT t) FROM n, (SELECT 9223372036854775807 AS i)",
        "SELECT sum(arrow_cast(999999999 - 0 * x, 'Decimal32(9, 0)')) FROM n",
        "SELECT sum(arrow_cast('999999999999999999', 'Decimal64(18, 0)')) FROM n",
    ] {
        assert_eq!(bench.code(sql).await, Code::InvalidValue, "{sql}");
    }
    for (sql, rows) in [
        ("SELECT sum(d) FROM digits WHERE t = 'a'", nines.as_str()),
        ("SELECT sum(d) FROM digits WHERE t = 'z'", "-"),
        ("SELECT t, sum(d * 0 + x) FROM digits GROUP BY t ORDER BY t", "a|1\nb|2\nc|-"),
        (
            "SELECT sum(x::decimal(9, 2)), sum(DISTINCT x::decimal(9, 2)), count(DISTINCT t) FROM n",
            "3.00|3.00|3",
        ),
        (
            "SELECT sum(v::decimal(9, 2)) OVER (ORDER BY v ROWS 1 PRECEDING) FROM (VALUES (1), (2), (5)) t (v)",
            "1.00\n3.00\n7.00",
        ),
    ] {
        assert_eq!(bench.rows(sql).await, rows, "{sql}");
    }
}

#[tokio::test]
async fn intervals_and_places_beyond_a_number() {
    check(&[
        ("SELECT DATE '2020-01-31' + INTERVAL '1 month' * 2", "2020-03-31"),
        ("SELECT TIMESTAMP '2020-01-01 00:00' + x * INTERVAL '1 hour' FROM n ORDER BY t", "2020-01-01T01:00:00\n2020-01-01T02:00:00\n-"),
        ("SELECT round(1e300, 400), round(1.5e300, 10), trunc(1.5, 999999999), round(123.0, -400)", "1e300|1.5e300|1.5|0.0"),
        ("SELECT round(x / 3.0, 2), round(2.5), trunc(2.567, 2), round('inf'::double, 2) FROM n WHERE x = 1", "0.33|3.0|2.56|inf"),
    ])
    .await;
}
