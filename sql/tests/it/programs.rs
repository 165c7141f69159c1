//! Programs of expressions: what they leave unread, what they read without a copy, what is reserved for them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use arrow::array::{Array, AsArray, RecordBatch};
use pantile_core::Code;
use pantile_sql::{Ask, EngineChoice, Sent};

use crate::bench::{Bench, lines};

const TABLE: &str = "CREATE TABLE t AS SELECT i AS id, 'k' || lpad(CAST(i AS TEXT), 20, '0') AS name, i / 10.0 AS x \
                     FROM generate_series(0, 999) AS s(i)";

impl Bench {
    fn asking_program(&self, program: &str, engine: EngineChoice) -> Ask {
        let sent = Sent { engine: Some(engine), ..Sent::default() };
        Ask { program: Some(sent), ..self.asking(program) }
    }

    /// The answer of a program that must have one.
    async fn program(&self, program: &str, engine: EngineChoice) -> Vec<RecordBatch> {
        let answer = self.answer(self.asking_program(program, engine)).await;
        answer.unwrap_or_else(|error| panic!("{program}: {error:?}")).1
    }
}

#[tokio::test]
async fn partitions_that_cannot_have_a_row_of_the_answer_are_not_read() {
    let bench = Bench::new();
    bench.done(TABLE).await;
    let cases = [
        ("table(\"t\").filter(col(\"id\") == 123)", 1),
        ("table(\"t\").filter(col(\"id\") > 850, col(\"x\") < 98)", 2),
        ("table(\"t\").filter(col(\"name\") == \"k00000000000000000555\").select(\"x\")", 1),
        (
            "table(\"t\").filter(col(\"id\") >= 250, col(\"id\") <= 260).with_columns(y=col(\"id\") * 2).sort(\"y\")",
            1,
        ),
        ("table(\"t\").filter(col(\"id\") < 100).group_by(\"name\").agg(n=len())", 1),
        ("table(\"t\").filter(col(\"id\") > 5000)", 0),
        ("table(\"t\").filter(col(\"id\") % 7 == 0)", 10),
    ];
    let read = async |program: &str, engine| {
        let ask = bench.asking_program(program, engine);
        let progress = Arc::clone(&ask.progress);
        bench.rows_of(ask).await.unwrap_or_else(|error| panic!("{program}: {error:?}"));
        (progress.partitions.load(Ordering::Relaxed), progress.partitions_total.load(Ordering::Relaxed))
    };
    for engine in [EngineChoice::Polars, EngineChoice::DataFusion] {
        for (program, partitions) in cases {
            assert_eq!(read(program, engine).await, (partitions, 10), "{program} on {engine:?}");
        }
    }
    assert_eq!(read("table(\"t\").head(150)", EngineChoice::Polars).await, (2, 10));
}

#[tokio::test]
async fn columns_that_are_not_asked_for_are_not_read() {
    let bench = Bench::new();
    bench.done(TABLE).await;
    let read = async |program: &str, engine| {
        let ask = bench.asking_program(program, engine);
        let progress = Arc::clone(&ask.progress);
        bench.rows_of(ask).await.unwrap();
        progress.partitions.load(Ordering::Relaxed)
    };
    for engine in [EngineChoice::Polars, EngineChoice::DataFusion] {
        assert_eq!(read("table(\"t\").select(col(\"id\").sum())", engine).await, 10);
    }
    // What is in memory then are the columns that were asked for.
    heat(&bench, "table(\"t\").filter(col(\"x\") >= 0).select(n=col(\"id\").sum())", 20).await;
    let held =
        bench.rows("SELECT DISTINCT \"column\" FROM system.cache WHERE \"table\" = 't' ORDER BY 1").await;
    assert_eq!(held, "id\nx");
}

/// Asks until the cache holds so many columns of partitions.
async fn heat(bench: &Bench, program: &str, entries: u64) {
    for _ in 0..100 {
        bench.program(program, EngineChoice::Polars).await;
        if bench.cache.figures().entries == entries {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} columns are in memory", bench.cache.figures().entries);
}

#[tokio::test]
async fn partitions_in_memory_are_read_without_a_copy() {
    let bench = Bench::new();
    bench.done(&format!("{TABLE} WHERE i < 90")).await;
    // The rows go through Polars, and two of their columns come out as they went in.
    let program = "table(\"t\").with_columns(y=col(\"id\") + 1)";
    heat(&bench, program, 3).await;
    let hits = bench.cache.figures().hits;
    let (first, second) = (
        bench.program(program, EngineChoice::Polars).await,
        bench.program(program, EngineChoice::Polars).await,
    );
    assert!(bench.cache.figures().hits >= hits + 2);
    assert_eq!(lines(&first), lines(&second));
    assert_eq!(first.iter().map(RecordBatch::num_rows).sum::<usize>(), 90);
    // Both answers are alive: what lies at one place in both is the cache's own.
    let numbers = |batches: &[RecordBatch], name: &str| -> BTreeSet<usize> {
        let places = batches.iter().map(|batch| batch.column_by_name(name).unwrap().to_data());
        places.map(|data| data.buffers()[0].as_ptr() as usize).collect()
    };
    let texts = |batches: &[RecordBatch]| -> BTreeSet<usize> {
        let texts = batches
            .iter()
            .flat_map(|batch| batch.column_by_name("name").unwrap().as_string_view().data_buffers().to_vec());
        texts.map(|buffer| buffer.as_ptr() as usize).collect()
    };
    assert_eq!(numbers(&first, "id"), numbers(&second, "id"));
    assert_eq!(texts(&first), texts(&second));
    assert!(!texts(&first).is_empty());
    assert!(numbers(&first, "y").is_disjoint(&numbers(&second, "y")), "what is computed is made anew");
}

#[tokio::test]
async fn what_polars_may_take_is_reserved_before_a_file_is_opened() {
    let bench = Bench::with(1 << 20, |_| {});
    // Random, so that its files are about as large as its rows.
    let columns = "i AS id, random() AS a, random() AS b, random() AS c, random() AS d";
    bench.done(&format!("CREATE TABLE t AS SELECT {columns} FROM generate_series(0, 49999) AS s(i)")).await;
    let asks = |program: &str| bench.asking_program(program, EngineChoice::Polars);
    let ask = asks("table(\"t\").select(col(\"a\", \"b\", \"c\", \"d\").sum())");
    let progress = Arc::clone(&ask.progress);
    let refused = bench.answer(ask).await.unwrap_err();
    assert_eq!(refused.code(), Code::LimitMemory, "{refused}");
    assert_eq!(progress.read_bytes.load(Ordering::Relaxed), 0);
    // A part of it has its place.
    assert_eq!(
        bench.rows_of(asks("table(\"t\").filter(col(\"id\") < 10).select(col(\"id\").sum())")).await.unwrap(),
        "45"
    );
}
