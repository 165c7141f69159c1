//! Statements while they run: cancelling, memory, scratch.

use std::time::{Duration, Instant};

use futures::StreamExt;
use pantile_core::Code;
use pantile_core::pool::Reason;

use crate::bench::Bench;

const ENDLESS: &str = "SELECT count(*) FROM generate_series(1, 1000000000) a(x), generate_series(1, 1000000000) b(y) WHERE x + y < 0";

#[tokio::test]
async fn a_cancelled_statement_ends_at_once() {
    let bench = Bench::new();
    for (reason, code) in [
        (Reason::Asked, Code::Cancelled),
        (Reason::TimedOut, Code::Timeout),
        (Reason::Draining, Code::Unavailable),
    ] {
        let ask = bench.asking(ENDLESS);
        let cancel = ask.cancel.clone();
        let mut answer = bench.engine.ask(ask).await.unwrap();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            cancel.cancel(reason);
        });
        let start = Instant::now();
        let error = answer.batches.next().await.unwrap().unwrap_err();
        assert_eq!(error.code(), code);
        assert!(start.elapsed() < Duration::from_secs(2));
        assert!(answer.batches.next().await.is_none());
    }
}

#[tokio::test]
async fn a_dropped_answer_gives_its_memory_back() {
    let bench = Bench::new();
    let ask = bench.asking("SELECT x, count(*) FROM generate_series(1, 100000000) a(x) GROUP BY x");
    let answer = bench.engine.ask(ask).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(answer);
    let start = Instant::now();
    // What the question held is free again for the next one, which needs most of it.
    loop {
        let free = bench
            .rows("SELECT count(*) FROM (SELECT DISTINCT x FROM generate_series(1, 1000000) a(x))")
            .await;
        assert_eq!(free, "1000000");
        if start.elapsed() < Duration::from_secs(5) {
            break;
        }
    }
}

#[tokio::test]
async fn more_memory_than_there_is_names_who_wants_it() {
    let bench = Bench::with(8 << 20, |_| {});
    let error = bench.refusal("SELECT count(*) FROM generate_series(1, 3000000) a(x) JOIN generate_series(1, 3000000) b(y) ON a.x = b.y AND b.y > 0").await;
    assert_eq!(error.code(), Code::LimitMemory, "{error}");
    assert!(error.to_string().contains("MiB"), "{error}");
    // The next one is none the worse.
    assert_eq!(bench.rows("SELECT 1").await, "1");
}

#[tokio::test]
async fn a_sort_larger_than_memory_spills() {
    let bench = Bench::with(24 << 20, |_| {});
    let sql =
        "SELECT x, repeat('v', 20) AS v FROM generate_series(1, 1500000) a(x) ORDER BY x % 1000, x DESC";
    let (_, batches) = bench.answer(bench.asking(sql)).await.unwrap();
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 1_500_000);
}

#[tokio::test]
async fn an_error_in_mid_stream_is_the_last_thing_said() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 5000) AS s(i)").await;
    let mut answer = bench.engine.ask(bench.asking("SELECT 1 / (id - 4999) FROM t")).await.unwrap();
    let mut last = None;
    while let Some(next) = answer.batches.next().await {
        assert!(last.is_none());
        last = next.err();
    }
    assert_eq!(last.unwrap().code(), Code::InvalidValue);
}

#[tokio::test]
async fn a_damaged_partition_is_not_worth_another_try() {
    let bench = Bench::new();
    bench.done("CREATE TABLE t AS SELECT i AS id, md5(CAST(i AS TEXT)) AS noise FROM generate_series(1, 90) AS s(i)").await;
    let snapshot = bench.catalog.current();
    let partition = &snapshot.tables.values().next().unwrap().partitions[0];
    let path = bench.home.data().join(&partition.path);
    let whole = std::fs::read(&path).unwrap();
    let mut told = 0;
    for from in (4..whole.len() - 64).step_by(whole.len() / 16) {
        let mut damaged = whole.clone();
        damaged[from..from + 64].fill(0xa5);
        std::fs::write(&path, damaged).unwrap();
        // What lies in a part that no question reads is for `pantile scrub`.
        let ask = bench.asking("SELECT max(id), max(noise) FROM t WHERE id > 3");
        if let Err(error) = bench.answer(ask).await {
            assert_eq!(error.code(), Code::StorageDamaged, "{from} of {}: {error}", whole.len());
            told += 1;
        }
    }
    // Numbers that are damaged are other numbers, which only a checksum tells.
    assert!(told > 0);
}

#[tokio::test]
async fn scratch_space_has_an_end() {
    let bench = Bench::with(24 << 20, |_| {});
    let sql =
        "SELECT x, repeat('v', 100) AS v FROM generate_series(1, 3000000) a(x) ORDER BY x % 1000, x DESC";
    let error = bench.refusal(sql).await;
    assert_eq!(error.code(), Code::LimitScratch, "{error}");
    // What was kept there is gone, so the next one has room.
    let sql = sql.replace("100)", "20)").replace("3000000", "1500000");
    assert_eq!(
        bench.answer(bench.asking(&sql)).await.unwrap().1.iter().map(|batch| batch.num_rows()).sum::<usize>(),
        1_500_000
    );
}
