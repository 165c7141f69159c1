//! Commits, snapshots and what becomes of files, on a real data folder.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{
    ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, RecordBatchIterator, StringViewArray,
};
use arrow::datatypes::{DataType, Field, Int64Type};
use pantile_core::catalog::{
    Ages, Alter, Catalog, Change, Commit, Dialect, Error, Fault, Lost, NewColumn, NewPartition, OnTaken,
    Part, PartChange, Request, RewriteKind, Snapshot, Table,
};
use pantile_core::frame::{self, PartitionSizes, compact, new_columns, read_columns, write_partitions};
use pantile_core::pool::{Cancel, Pool};
use pantile_core::store::{Home, TileStore};

/// A data folder and all that holds it.
pub struct Here {
    pub catalog: Arc<Catalog>,
    pub store: Arc<TileStore>,
    pub pool: Arc<Pool>,
    home: Home,
    _folder: tempfile::TempDir,
}

impl Here {
    pub fn new() -> Self {
        Self::open(tempfile::tempdir().unwrap())
    }

    fn open(folder: tempfile::TempDir) -> Self {
        let home = Home::open(folder.path()).unwrap();
        Self {
            catalog: Catalog::open(&home).unwrap(),
            store: TileStore::local(&home).unwrap(),
            pool: Pool::shared().unwrap(),
            home,
            _folder: folder,
        }
    }

    /// The same folder after a restart.
    pub fn reopen(self) -> Self {
        let Self { catalog, store, pool, home, _folder } = self;
        drop((catalog, store, pool, home));
        // The catalog's thread closes the database after the last handle is gone.
        std::thread::sleep(Duration::from_millis(50));
        Self::open(_folder)
    }

    pub fn catalog_file(&self) -> std::path::PathBuf {
        self.home.catalog_file()
    }

    pub async fn partitions(&self, rows: std::ops::Range<i64>, sizes: PartitionSizes) -> Vec<NewPartition> {
        self.try_partitions(rows, sizes).await.unwrap()
    }

    async fn try_partitions(
        &self,
        rows: std::ops::Range<i64>,
        sizes: PartitionSizes,
    ) -> Option<Vec<NewPartition>> {
        let store = Arc::clone(&self.store);
        let batch = batch(rows);
        let written = self.pool.run(move || {
            let columns = new_columns(&batch.schema());
            let mut reader = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
            write_partitions(&mut reader, &store, "0", &columns, sizes, &Cancel::new())
        });
        written.await.ok()?.ok()
    }

    pub async fn replace(&self, name: &str, rows: std::ops::Range<i64>) -> i64 {
        let partitions = self.partitions(rows, PartitionSizes::default()).await;
        let (name, or) = (name.to_owned(), OnTaken::Replace);
        self.commit(vec![Change::Replace { name, columns: columns(), partitions, or }]).await.unwrap()
    }

    pub async fn append(&self, name: &str, rows: std::ops::Range<i64>) -> Result<i64, Error> {
        let table = self.table(name);
        let partitions = self.partitions(rows, PartitionSizes::default()).await;
        self.commit(vec![Change::Append {
            table: table.id,
            schema_version: table.schema_version,
            partitions,
        }])
        .await
    }

    /// An append that may end anywhere; nothing where it was not acknowledged.
    pub async fn try_append(&self, name: &str, rows: std::ops::Range<i64>) -> Option<i64> {
        let table = self.table(name);
        let partitions = self.try_partitions(rows, PartitionSizes::default()).await?;
        let change = Change::Append { table: table.id, schema_version: table.schema_version, partitions };
        self.commit(vec![change]).await.ok()
    }

    pub async fn commit(&self, changes: Vec<Change>) -> Result<i64, Error> {
        self.catalog.commit(Commit::of(changes)).await.map(|done| done.snapshot.id)
    }

    fn table(&self, name: &str) -> Arc<Table> {
        Arc::clone(self.catalog.current().table(name).unwrap())
    }

    pub async fn ids(&self, snapshot: &Snapshot, name: &str) -> Vec<i64> {
        let table = snapshot.table(name).unwrap();
        let mut ids = Vec::new();
        for partition in table.partitions.iter() {
            let file = frame::fetch(&self.store, partition).await.unwrap();
            for batch in read_columns(file, &table.columns, 1000).unwrap() {
                let column = batch.column_by_name("id").unwrap().clone();
                ids.extend(column.as_any().downcast_ref::<Int64Array>().unwrap().values());
            }
        }
        ids
    }
}

fn batch(rows: std::ops::Range<i64>) -> RecordBatch {
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.clone()));
    let name: ArrayRef =
        Arc::new(StringViewArray::from_iter(rows.clone().map(|id| (id % 3 > 0).then(|| format!("n{id}")))));
    let score: ArrayRef = Arc::new(Float64Array::from_iter_values(
        rows.clone().map(|id| if id == 4 { f64::NAN } else { id as f64 / 2.0 }),
    ));
    let lists = rows.map(|id| Some(vec![Some(id), None]));
    let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists));
    let batch =
        RecordBatch::try_from_iter([("id", id), ("name", name), ("score", score), ("list", list)]).unwrap();
    frame::conform(&batch, &frame::held_schema(&batch.schema()).unwrap()).unwrap()
}

pub fn columns() -> Vec<NewColumn> {
    batch(0..1).schema().fields().iter().map(|field| field.as_ref().into()).collect()
}

#[tokio::test]
async fn a_folder_of_an_older_program_gets_the_indexes_of_a_new_one() {
    let indexes = |here: &Here| {
        let connection = rusqlite::Connection::open(here.home.catalog_file()).unwrap();
        let mut query =
            connection.prepare("SELECT sql FROM sqlite_master WHERE type = 'index' ORDER BY 1").unwrap();
        let found: Vec<Option<String>> =
            query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        found
    };
    let here = Here::new();
    let before = indexes(&here);
    let connection = rusqlite::Connection::open(here.home.catalog_file()).unwrap();
    connection
        .execute_batch(
            "DROP INDEX pantile_columns_by_end; CREATE INDEX pantile_columns_of_table ON ducklake_column (table_id)",
        )
        .unwrap();
    drop(connection);
    assert_ne!(indexes(&here), before);
    assert_eq!(indexes(&here.reopen()), before);
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_restart() {
    let here = Here::new();
    let first = here.replace("t", 0..10).await;
    here.append("t", 10..15).await.unwrap();
    let before = here.catalog.current().table("t").unwrap().as_ref().clone();
    let here = here.reopen();
    let now = here.catalog.current();
    assert_eq!(format!("{:?}", now.table("t").unwrap()), format!("{before:?}"));
    assert_eq!(here.ids(&now, "t").await, (0..15).collect::<Vec<_>>());
    let then = here.catalog.at(first).await.unwrap();
    assert_eq!(here.ids(&then, "t").await, (0..10).collect::<Vec<_>>());
    assert_eq!(here.catalog.at_time(then.time).await.unwrap().id, first);
    assert!(matches!(here.catalog.at(99).await, Err(Error::UnknownSnapshot { oldest: 0, newest: 2, .. })));
}

#[tokio::test]
async fn statistics_say_what_the_rows_are() {
    let here = Here::new();
    let partitions = here.partitions(0..9, PartitionSizes { rows: 5, bytes: 1 << 20 }).await;
    assert_eq!(partitions.iter().map(|partition| partition.rows).collect::<Vec<_>>(), [5, 4]);
    let stats = &partitions[0].stats;
    let of = |column: usize| {
        (stats[column].min.as_deref(), stats[column].max.as_deref(), stats[column].nulls, stats[column].nan)
    };
    assert_eq!(of(0), (Some("0"), Some("4"), 0, None));
    assert_eq!(of(1), (Some("n1"), Some("n4"), 2, None));
    assert_eq!(of(2), (Some("-0.0"), Some("1.5"), 0, Some(true)));
    assert_eq!(of(3), (None, None, 0, None));
    assert_eq!(stats.iter().map(|stats| stats.column).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_refused_commit_changes_nothing() {
    let here = Here::new();
    here.replace("t", 0..10).await;
    let create =
        |name: &str, or| Change::Create { name: name.to_owned(), columns: columns(), external: None, or };
    let error =
        here.commit(vec![create("new", OnTaken::Fail), create("t", OnTaken::Fail)]).await.unwrap_err();
    assert_eq!(error.to_string(), "there is a table `t` already");
    assert!(here.catalog.current().table("new").is_none());
    let error =
        here.commit(vec![Change::Drop { name: "tt".to_owned(), missing_ok: false }]).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no dataset `tt`; did you mean `t`?");
    let long = here.commit(vec![create(&"x".repeat(300), OnTaken::Fail)]).await.unwrap_err();
    assert!(long.to_string().ends_with("it has 300 bytes, and 255 are allowed"), "{long}");
    assert_eq!(here.catalog.current().id, 1);
    for name in ["with \"quotes\"", "a.b/c", "🦀"] {
        here.commit(vec![create(name, OnTaken::Fail)]).await.unwrap();
    }
    assert_eq!(
        here.reopen().catalog.current().names().collect::<Vec<_>>(),
        ["a.b/c", "t", "with \"quotes\"", "🦀"]
    );
}

#[tokio::test]
async fn a_repeated_key_has_its_effect_once() {
    let here = Here::new();
    here.replace("t", 0..10).await;
    let table = here.table("t");
    let request =
        |fingerprint| Request { key: "k".to_owned(), fingerprint, answer: "at {snapshot}".to_owned() };
    for (round, replayed) in [(0, None), (1, Some("at 2"))] {
        let partitions = here.partitions(10..12, PartitionSizes::default()).await;
        let change = Change::Append { table: table.id, schema_version: table.schema_version, partitions };
        let commit = Commit { request: Some(request([7; 32])), ..Commit::of(vec![change]) };
        let done = here.catalog.commit(commit).await.unwrap();
        assert_eq!(done.replayed.as_deref(), replayed, "round {round}");
    }
    let other = Commit { request: Some(request([8; 32])), ..Commit::of(vec![]) };
    assert!(matches!(here.catalog.commit(other).await, Err(Error::IdempotencyMismatch { .. })));
    assert_eq!(here.table("t").rows(), 12);
    assert_eq!(here.catalog.request("k").await.unwrap().unwrap().answer, "at 2");
}

#[tokio::test]
async fn writers_that_read_the_same_partitions_conflict_and_appenders_do_not() {
    let here = Here::new();
    here.replace("t", 0..10).await;
    let table = here.table("t");
    let rewrite = |added| Change::Rewrite {
        table: table.id,
        schema_version: table.schema_version,
        ended: vec![table.partitions[0].id],
        added,
        kind: RewriteKind::Delete,
    };
    here.append("t", 10..11).await.unwrap();
    here.commit(vec![rewrite(here.partitions(5..10, PartitionSizes::default()).await)]).await.unwrap();
    assert_eq!(here.ids(&here.catalog.current(), "t").await, [5, 6, 7, 8, 9, 10]);
    assert!(matches!(here.commit(vec![rewrite(vec![])]).await, Err(Error::Conflict { current: 3, .. })));
    let stale = Commit { expect: Some(1), ..Commit::of(vec![]) };
    assert!(matches!(
        here.catalog.commit(stale).await,
        Err(Error::PreconditionFailed { expected: 1, current: 3 })
    ));
    let here = here.reopen();
    assert_eq!(here.ids(&here.catalog.current(), "t").await, [5, 6, 7, 8, 9, 10]);
}

#[tokio::test]
async fn columns_come_go_and_change_their_names() {
    let here = Here::new();
    here.replace("t", 0..3).await;
    let old = here.table("t");
    let alter = |alter| vec![Change::Alter { table: old.id, alter }];
    let rename = |from: &str, to: &str| Alter::RenameColumn { from: from.to_owned(), to: to.to_owned() };
    here.commit(alter(rename("name", "label"))).await.unwrap();
    here.commit(alter(Alter::DropColumn("list".to_owned()))).await.unwrap();
    let list = NewColumn { nullable: true, ..columns().remove(3) };
    here.commit(alter(Alter::AddColumn(list))).await.unwrap();
    let stale = Change::Append { table: old.id, schema_version: old.schema_version, partitions: vec![] };
    assert!(matches!(
        here.commit(vec![stale]).await,
        Err(Error::Conflict { why: "its columns changed", .. })
    ));
    let misspelt = here.commit(alter(Alter::DropColumn("labl".to_owned()))).await.unwrap_err();
    assert_eq!(misspelt.to_string(), "table `t` has no column `labl`; did you mean `label`?");
    let here = here.reopen();
    let table = here.table("t");
    let names: Vec<_> =
        table.columns.iter().map(|column| (column.name.as_str(), column.file_name.as_str())).collect();
    assert_eq!(names, [("id", "id"), ("label", "name"), ("score", "score"), ("list", "list#6")]);
    let file = frame::fetch(&here.store, &table.partitions[0]).await.unwrap();
    let rows = read_columns(file, &table.columns, 10).unwrap();
    assert_eq!((rows[0].column(1).null_count(), rows[0].column(3).null_count()), (1, 3));
}

#[tokio::test]
async fn small_partitions_are_merged_in_their_order() {
    let here = Here::new();
    here.replace("t", 0..2).await;
    for start in 1..20 {
        here.append("t", start * 2..start * 2 + 2).await.unwrap();
    }
    let reader = here.catalog.current();
    let table = here.table("t");
    let done =
        compact(&here.catalog, &here.store, &here.pool, &table, PartitionSizes::default(), 8).await.unwrap();
    assert_eq!((done.ended, done.added), (20, 1));
    here.append("t", 40..42).await.unwrap();
    let here = here.reopen();
    assert_eq!(here.ids(&here.catalog.current(), "t").await, (0..42).collect::<Vec<_>>());
    assert_eq!(here.ids(&reader, "t").await, (0..40).collect::<Vec<_>>());
    assert_eq!(here.table("t").partitions.len(), 2);
}

#[tokio::test]
async fn a_transaction_shows_all_its_parts_at_once() {
    let here = Here::new();
    here.replace("log", 0..1).await;
    let id = here.catalog.begin(3, Duration::from_secs(60)).await.unwrap().id;
    let part = |key: &str, change| Part {
        key: Some(key.to_owned()),
        fingerprint: [1; 32],
        change,
        answer: key.to_owned(),
    };
    let rank = |rows| async { here.partitions(rows, PartitionSizes::default()).await };
    let replace =
        |partitions| PartChange::Replace { name: "grid".to_owned(), columns: columns(), partitions };
    let first = part("0", replace(rank(0..5).await));
    assert_eq!(here.catalog.add_part(&id, first.clone()).await.unwrap().parts, 1);
    let again = here.catalog.add_part(&id, first).await.unwrap();
    assert_eq!((again.parts, again.replayed.as_deref()), (1, Some("0")));
    let early = here.catalog.commit_transaction(&id, String::new()).await;
    assert!(matches!(early, Err(Error::TransactionIncomplete { have: 1, expected: 3, .. })));
    here.catalog.add_part(&id, part("1", replace(rank(5..9).await))).await.unwrap();
    let log = here.table("log");
    let append = PartChange::Append {
        table: log.id,
        schema_version: log.schema_version,
        partitions: rank(1..3).await,
    };
    here.catalog.add_part(&id, part("2", append)).await.unwrap();
    let here = here.reopen();
    assert!(here.catalog.current().table("grid").is_none());
    let made = here.catalog.commit_transaction(&id, "at {snapshot}".to_owned()).await.unwrap().snapshot;
    assert_eq!(made.id, 2);
    assert_eq!(here.ids(&made, "grid").await, (0..9).collect::<Vec<_>>());
    assert_eq!(here.table("log").rows(), 3);
    let repeated = here.catalog.commit_transaction(&id, String::new()).await.unwrap();
    assert_eq!((repeated.snapshot.id, repeated.replayed.as_deref()), (2, Some("at 2")));
    assert!(matches!(here.catalog.abort(&id).await, Err(Error::UnknownTransaction { .. })));
}

#[tokio::test]
async fn a_sweep_takes_what_nobody_needs_and_nothing_else() {
    let now = Ages { snapshots: Duration::ZERO, requests: Duration::ZERO, orphans: Duration::ZERO };
    let here = Here::new();
    here.replace("t", 0..3).await;
    let reader = here.catalog.current();
    here.replace("t", 3..6).await;
    // Left behind, as by a process that was killed.
    here.partitions(0..1, PartitionSizes::default()).await.iter().for_each(|left| left.hold.keep());
    let id = here.catalog.begin(1, Duration::from_secs(60)).await.unwrap().id;
    let partitions = here.partitions(7..8, PartitionSizes::default()).await;
    let change = PartChange::Replace { name: "u".to_owned(), columns: columns(), partitions };
    here.catalog
        .add_part(&id, Part { key: None, fingerprint: [0; 32], change, answer: String::new() })
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(5)).await;
    // The orphan goes, in two steps; the old partition has a reader, the transaction's part an owner.
    let mut done = Vec::new();
    for _ in 0..3 {
        let swept = here.catalog.sweep(&here.store, now).await.unwrap();
        done.push((swept.scheduled, swept.deleted));
    }
    assert_eq!(done, [(1, 0), (0, 1), (0, 0)]);
    assert_eq!(here.ids(&reader, "t").await, [0, 1, 2]);
    drop(reader);
    let swept = here.catalog.sweep(&here.store, now).await.unwrap();
    assert_eq!((swept.snapshots, swept.scheduled), (1, 1));
    assert_eq!(here.catalog.sweep(&here.store, now).await.unwrap().deleted, 1);
    here.catalog.commit_transaction(&id, String::new()).await.unwrap();
    let here = here.reopen();
    assert_eq!(here.ids(&here.catalog.current(), "t").await, [3, 4, 5]);
    assert_eq!(here.ids(&here.catalog.current(), "u").await, [7]);
    let scrubbed = here.catalog.scrub(&here.store, |_, _| ()).await.unwrap();
    assert_eq!((scrubbed.files, scrubbed.orphans, scrubbed.faults), (2, 0, vec![]));
}

#[tokio::test]
async fn a_scrub_finds_a_changed_and_a_missing_file() {
    let here = Here::new();
    here.replace("t", 0..3).await;
    here.append("t", 3..5).await.unwrap();
    let table = here.table("t");
    let file = |index: usize| here.store.local_path(&table.partitions[index].path).unwrap();
    let mut bytes = std::fs::read(file(0)).unwrap();
    bytes[10] ^= 1;
    std::fs::write(file(0), bytes).unwrap();
    std::fs::remove_file(file(1)).unwrap();
    let found = here.catalog.scrub(&here.store, |_, _| ()).await.unwrap();
    let path = |index: usize| table.partitions[index].path.clone();
    assert_eq!(
        found.faults,
        [Fault::Changed { path: path(0) }, Fault::Missing { path: path(1), lost: Lost::Rows(2) }]
    );
}

#[tokio::test]
async fn views_and_tables_share_their_names() {
    let here = Here::new();
    here.replace("t", 0..1).await;
    let view = |name: &str, replace| Change::CreateView {
        name: name.to_owned(),
        text: "SELECT 1".to_owned(),
        dialect: Dialect::Expressions,
        columns: vec![NewColumn::from(&Field::new("a", DataType::Int64, true))],
        replace,
    };
    here.commit(vec![view("v", false)]).await.unwrap();
    assert!(matches!(
        here.commit(vec![view("v", false)]).await,
        Err(Error::AlreadyExists { kind: "view", .. })
    ));
    assert!(matches!(
        here.commit(vec![view("t", true)]).await,
        Err(Error::AlreadyExists { kind: "table", .. })
    ));
    here.commit(vec![view("v", true)]).await.unwrap();
    let here = here.reopen();
    let view = Arc::clone(&here.catalog.current().views["v"]);
    assert_eq!((view.text.as_str(), view.dialect), ("SELECT 1", Dialect::Expressions));
    let columns: Vec<(&str, &DataType)> =
        view.columns.iter().map(|column| (column.name.as_str(), &column.data_type)).collect();
    assert_eq!(columns, [("a", &DataType::Int64)]);
    here.commit(vec![Change::Drop { name: "v".to_owned(), missing_ok: false }]).await.unwrap();
    assert!(here.catalog.current().views.is_empty());
}

#[tokio::test]
async fn putting_partitions_together_changes_nothing_that_is_seen() {
    let here = Here::new();
    here.replace("t", 0..5).await;
    here.append("t", 5..10).await.unwrap();
    let seen = here.catalog.current().id;
    let table = Arc::clone(here.catalog.current().table("t").unwrap());
    let compact = Change::Rewrite {
        table: table.id,
        schema_version: table.schema_version,
        ended: table.partitions.iter().map(|partition| partition.id).collect(),
        added: here.partitions(0..10, PartitionSizes::default()).await,
        kind: RewriteKind::Compact,
    };
    here.commit(vec![compact]).await.unwrap();
    let here = here.reopen();
    assert!(here.catalog.current().id > seen);
    let expecting = |expect| Commit { expect: Some(expect), ..Commit::of(vec![]) };
    here.catalog.commit(expecting(seen)).await.unwrap();
    assert!(matches!(here.catalog.commit(expecting(seen - 1)).await, Err(Error::PreconditionFailed { .. })));
}

#[tokio::test]
async fn a_foreign_or_newer_catalog_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::open(folder.path()).unwrap();
    std::fs::write(home.catalog_file(), "not a database, but long enough to have a header ......").unwrap();
    assert!(matches!(Catalog::open(&home), Err(Error::Foreign { .. })));
    std::fs::remove_file(home.catalog_file()).unwrap();
    drop(Catalog::open(&home).unwrap());
    std::thread::sleep(Duration::from_millis(50));
    let database = rusqlite::Connection::open(home.catalog_file()).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    assert!(matches!(Catalog::open(&home), Err(Error::NewerVersion { found: 99, .. })));
}
