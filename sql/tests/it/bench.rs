//! The bench that tests stand on: an engine over a folder that vanishes with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::StringArray;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::StreamExt;
use pantile_core::Code;
use pantile_core::catalog::{Catalog, Request};
use pantile_core::frame::PartitionSizes;
use pantile_core::pool::{Cancel, Ledger, Pool, Progress};
use pantile_core::store::{Home, HotCache, ScratchSpace, TileStore, open_location};
use pantile_sql::{
    Answer, Ask, Engine, Error, Location, Outcome, Params, Parts, SessionState, SqlLimits, SystemSource,
};

/// Rows of a partition here: small, so that a few rows make several.
pub const PARTITION_ROWS: usize = 100;

#[derive(Debug)]
struct NoServer;

impl SystemSource for NoServer {
    fn queries(&self) -> RecordBatch {
        let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Utf8, false)]));
        RecordBatch::try_new(schema, vec![Arc::new(StringArray::from(vec!["q1"]))]).unwrap()
    }

    fn settings(&self) -> RecordBatch {
        self.queries()
    }
}

pub struct Bench {
    pub engine: Arc<Engine>,
    pub catalog: Arc<Catalog>,
    pub cache: Arc<HotCache>,
    pub session: Arc<SessionState>,
    pub lake: std::path::PathBuf,
    _folder: tempfile::TempDir,
    pub home: Home,
}

impl Bench {
    pub fn new() -> Self {
        Self::with(256 << 20, |_| {})
    }

    /// A bench with that much memory for statements, its limits changed by `change`.
    pub fn with(query_bytes: u64, change: impl FnOnce(&mut SqlLimits)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(&folder.path().join("home")).unwrap();
        let catalog = Catalog::open(&home).unwrap();
        let ledger = Ledger::new(1 << 30);
        let cache = HotCache::new(ledger.account("cache", 64 << 20));
        let lake = folder.path().join("lake");
        std::fs::create_dir(&lake).unwrap();
        let store = open_location(&format!("file://{}", lake.display()), &BTreeMap::new()).unwrap();
        let place = |name: &str, writable| Location {
            name: name.to_owned(),
            url: "file:///hidden".to_owned(),
            store: Arc::clone(&store),
            writable,
        };
        let mut limits = SqlLimits::default();
        change(&mut limits);
        let tiles = TileStore::local(&home).unwrap();
        let engine = Engine::new(Parts {
            catalog: Arc::clone(&catalog),
            unfinished: ScratchSpace::open(&home, &tiles, 128 << 20).unwrap(),
            store: tiles,
            cache: Arc::clone(&cache),
            pool: Pool::shared().unwrap(),
            query: ledger.account("query", query_bytes),
            locations: vec![place("lake", true), place("archive", false)],
            scratch: home.scratch(),
            scratch_bytes: 128 << 20,
            limits,
            system: Arc::new(NoServer),
            partition_sizes: PartitionSizes { rows: PARTITION_ROWS, bytes: 128 << 20 },
        })
        .unwrap();
        Self { engine, catalog, cache, session: Arc::default(), lake, _folder: folder, home }
    }

    pub fn asking(&self, sql: &str) -> Ask {
        Ask {
            sql: sql.to_owned(),
            params: Params::None,
            session: Arc::clone(&self.session),
            snapshot: None,
            read_only: false,
            in_order: false,
            cancel: Cancel::new(),
            progress: Arc::new(Progress::default()),
            query_id: "test".to_owned(),
            request: None,
            expect: None,
            substrait: None,
            view: None,
            program: None,
            transaction: None,
            caller: "tests".to_owned(),
        }
    }

    pub async fn answer(&self, ask: Ask) -> Result<(Answer, Vec<RecordBatch>), Error> {
        let mut answer = self.engine.ask(ask).await?;
        let mut batches = Vec::new();
        while let Some(batch) = answer.batches.next().await {
            batches.push(batch?);
        }
        Ok((answer, batches))
    }

    /// The answer's rows, a line each, cells between bars.
    pub async fn rows_of(&self, ask: Ask) -> Result<String, Error> {
        let (_, batches) = self.answer(ask).await?;
        Ok(lines(&batches))
    }

    /// Rows of a question that must have some.
    pub async fn rows(&self, sql: &str) -> String {
        self.rows_of(self.asking(sql)).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }

    /// How many rows a statement touched.
    pub async fn done(&self, sql: &str) -> Option<u64> {
        let answer = self.answer(self.asking(sql)).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        match answer.0.outcome {
            Outcome::Done { rows, .. } => rows,
            Outcome::Rows => panic!("{sql} answered with rows"),
        }
    }

    /// The error of a statement that must have one.
    pub async fn refusal(&self, sql: &str) -> Error {
        match self.answer(self.asking(sql)).await {
            Ok((_, batches)) => panic!("{} was answered: {}", cut(sql), lines(&batches)),
            Err(error) => error,
        }
    }

    pub async fn code(&self, sql: &str) -> Code {
        self.refusal(sql).await.code()
    }

    /// Partitions read and partitions there were, of one question.
    pub async fn partitions(&self, sql: &str) -> (u64, u64) {
        let ask = self.asking(sql);
        let progress = Arc::clone(&ask.progress);
        self.rows_of(ask).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        (progress.partitions.load(Ordering::Relaxed), progress.partitions_total.load(Ordering::Relaxed))
    }

    /// Bytes of files read and bytes there were to read, of one question.
    pub async fn read(&self, sql: &str) -> (u64, u64) {
        let ask = self.asking(sql);
        let progress = Arc::clone(&ask.progress);
        self.rows_of(ask).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        (progress.read_bytes.load(Ordering::Relaxed), progress.read_bytes_total.load(Ordering::Relaxed))
    }
}

pub fn request(key: &str, fingerprint: u8) -> Option<Request> {
    Some(Request {
        key: key.to_owned(),
        fingerprint: [fingerprint; 32],
        answer: r#"{"snapshot":{snapshot}}"#.to_owned(),
    })
}

pub fn cut(text: &str) -> &str {
    text.char_indices().nth(80).map_or(text, |(end, _)| &text[..end])
}

pub fn lines(batches: &[RecordBatch]) -> String {
    let options = FormatOptions::new().with_null("-");
    let mut lines = Vec::new();
    for batch in batches {
        let cells: Vec<ArrayFormatter<'_>> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
        for row in 0..batch.num_rows() {
            lines.push(cells.iter().map(|cell| cell.value(row).to_string()).collect::<Vec<_>>().join("|"));
        }
    }
    lines.join("\n")
}
