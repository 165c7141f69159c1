//! What a session sets.

use pantile_core::Code;

use crate::bench::Bench;

#[tokio::test]
async fn settings_are_typed_and_few() {
    let bench = Bench::new();
    bench.done("SET timezone = 'Europe/Berlin'").await;
    assert_eq!(bench.rows("SHOW timezone").await.split('|').nth(1), Some("Europe/Berlin"));
    assert_eq!(
        bench.rows("SELECT CAST(TIMESTAMP '2026-07-01 12:00:00' AS TIMESTAMP WITH TIME ZONE)").await,
        "2026-07-01T12:00:00+02:00"
    );
    bench.done("SET TIME ZONE 'UTC'").await;
    bench.done("SET batch_rows = 128").await;
    assert_eq!(bench.session.get("batch_rows").unwrap(), "128");
    bench.done("SET row_limit TO 10").await;
    assert_eq!(bench.session.row_limit(), Some(10));
    bench.done("RESET row_limit").await;
    assert_eq!(bench.session.row_limit(), None);
    assert!(bench.rows("SHOW ALL").await.lines().count() >= 4);
    assert_eq!(bench.code("SET batch_rows = 'many'").await, Code::InvalidRequest);
    assert_eq!(bench.code("SET nothing = 1").await, Code::Forbidden);
    assert_eq!(bench.code("SHOW nothing").await, Code::Forbidden);
}

#[tokio::test]
async fn a_time_zone_is_its_sessions_alone() {
    let bench = Bench::new();
    let types = "SELECT arrow_typeof(now()), arrow_typeof(to_timestamp('2020-01-01T00:00:00'))";
    let plain = bench.rows(types).await;
    assert!(plain.contains("+00:00"), "{plain}");
    bench.done("SET timezone = 'Asia/Tokyo'").await;
    assert_eq!(bench.rows(types).await, plain.replace("+00:00", "Asia/Tokyo"));
    bench.done("RESET timezone").await;
    assert_eq!(bench.rows(types).await, plain);
}
