//! Transactions: what their maker sees, what others do, and what becomes of both when they are published.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use pantile_core::catalog::{
    Ages, Alter, Catalog, Change, Committed, Draft, Error, NewColumn, OnTaken, RewriteKind, Snapshot,
};
use pantile_core::frame::{PartitionSizes, compact};
use proptest::prelude::*;

use crate::catalog::{Here, columns};

const HOUR: Duration = Duration::from_secs(3600);
const NAMES: [&str; 3] = ["a", "b", "c"];

/// What the snapshot says that does not depend on how it came about: columns and rows by name.
async fn told(here: &Here, snapshot: &Snapshot) -> BTreeMap<String, (Vec<String>, Vec<i64>)> {
    let mut told = BTreeMap::new();
    for (name, table) in &snapshot.tables {
        let columns = table.columns.iter().map(|column| format!("{} {}", column.name, column.id)).collect();
        told.insert(name.clone(), (columns, here.ids(snapshot, name).await));
    }
    told
}

async fn replacing(here: &Here, name: &str, rows: std::ops::Range<i64>) -> Change {
    let partitions = here.partitions(rows, PartitionSizes::default()).await;
    Change::Replace { name: name.to_owned(), columns: columns(), partitions, or: OnTaken::Replace }
}

async fn appending(here: &Here, seen: &Snapshot, name: &str, rows: std::ops::Range<i64>) -> Change {
    let table = seen.table(name).unwrap();
    let partitions = here.partitions(rows, PartitionSizes::default()).await;
    Change::Append { table: table.id, schema_version: table.schema_version, partitions }
}

/// Every row of the first partition goes.
fn deleting(seen: &Snapshot, name: &str) -> Change {
    let table = seen.table(name).unwrap();
    Change::Rewrite {
        table: table.id,
        schema_version: table.schema_version,
        ended: table.partitions.first().map(|partition| partition.id).into_iter().collect(),
        added: Vec::new(),
        kind: RewriteKind::Delete,
    }
}

async fn publish(catalog: &Arc<Catalog>, draft: &Draft) -> Result<Committed, Error> {
    catalog.publish(draft, Some("ada".to_owned()), None).await
}

#[tokio::test]
async fn its_maker_sees_it_at_once_and_others_when_it_is_published() {
    let here = Here::new();
    let before = here.replace("a", 0..10).await;
    let draft = here.catalog.begin_draft(HOUR);
    draft
        .change(draft.epoch().unwrap(), vec![appending(&here, &draft.snapshot().unwrap(), "a", 10..20).await])
        .unwrap();
    draft.change(draft.epoch().unwrap(), vec![replacing(&here, "b", 0..5).await]).unwrap();
    draft
        .change(draft.epoch().unwrap(), vec![appending(&here, &draft.snapshot().unwrap(), "b", 5..7).await])
        .unwrap();
    draft.change(draft.epoch().unwrap(), vec![deleting(&draft.snapshot().unwrap(), "b")]).unwrap();

    let seen = draft.snapshot().unwrap();
    assert_eq!(here.ids(&seen, "a").await, (0..20).collect::<Vec<_>>());
    assert_eq!(here.ids(&seen, "b").await, [5, 6]);
    assert_eq!(here.catalog.current().id, before);
    assert!(here.catalog.current().table("b").is_none());

    // Others go on meanwhile: numbers of the draft are not those it gets.
    here.replace("z", 0..1).await;
    here.append("a", 100..101).await.unwrap();
    let made = publish(&here.catalog, &draft).await.unwrap().snapshot;
    assert_eq!(made.id, before + 3, "it is one commit");
    assert_eq!(here.ids(&made, "b").await, [5, 6]);
    assert_eq!(here.ids(&made, "a").await, (0..10).chain([100]).chain(10..20).collect::<Vec<_>>());
    let over = draft.snapshot().unwrap_err();
    assert!(matches!(over, Error::UnknownTransaction { .. }), "{over}");

    let faults = here.catalog.scrub(&here.store, |_, _| {}).await.unwrap().faults;
    assert_eq!(faults, []);
    let here = here.reopen();
    let again = here.catalog.current();
    assert_eq!(here.ids(&again, "b").await, [5, 6]);
}

#[tokio::test]
async fn who_commits_first_wins_and_the_other_is_told_whose_commit_it_was() {
    let here = Here::new();
    here.replace("a", 0..10).await;
    let told = async |ours: Change, theirs: Change| {
        let (ours_draft, theirs_draft) = (here.catalog.begin_draft(HOUR), here.catalog.begin_draft(HOUR));
        ours_draft.change(0, vec![ours]).unwrap();
        theirs_draft.change(0, vec![theirs]).unwrap();
        let first = publish(&here.catalog, &theirs_draft).await.unwrap().snapshot.id;
        let refused = publish(&here.catalog, &ours_draft).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict { .. }), "{refused}");
        let said = refused.to_string();
        assert!(said.contains(&format!("commit {first} of ada")), "{said}");
        assert_eq!(here.catalog.current().id, first, "nothing of it was kept");
        said
    };
    let now = || here.catalog.current();
    let drop_it = |name: &str| Change::Drop { name: name.to_owned(), missing_ok: false };

    assert!(told(deleting(&now(), "a"), deleting(&now(), "a")).await.contains("`a`"));
    here.replace("a", 0..10).await;
    told(drop_it("a"), appending(&here, &now(), "a", 10..11).await).await;
    told(replacing(&here, "a", 0..1).await, drop_it("a")).await;
    told(replacing(&here, "n", 0..1).await, replacing(&here, "n", 0..2).await).await;
    let create = |or| Change::Create { name: "k".to_owned(), columns: columns(), external: None, or };
    told(create(OnTaken::Keep), create(OnTaken::Fail)).await;
    let add = |snapshot: &Snapshot| Change::Alter {
        table: snapshot.table("k").unwrap().id,
        alter: Alter::AddColumn(NewColumn {
            name: "x".to_owned(),
            data_type: arrow::datatypes::DataType::Int64,
            nullable: true,
        }),
    };
    told(appending(&here, &now(), "k", 0..1).await, add(&now())).await;
}

#[tokio::test]
async fn a_savepoint_is_a_place_to_come_back_to() {
    let here = Here::new();
    here.replace("a", 0..1).await;
    let draft = here.catalog.begin_draft(HOUR);
    draft.savepoint("one").unwrap();
    draft.change(draft.epoch().unwrap(), vec![replacing(&here, "b", 0..5).await]).unwrap();
    draft.savepoint("two").unwrap();
    draft
        .change(draft.epoch().unwrap(), vec![appending(&here, &draft.snapshot().unwrap(), "b", 5..7).await])
        .unwrap();
    draft.back_to("two").unwrap();
    assert_eq!(here.ids(&draft.snapshot().unwrap(), "b").await, [0, 1, 2, 3, 4]);
    draft
        .change(draft.epoch().unwrap(), vec![appending(&here, &draft.snapshot().unwrap(), "b", 7..8).await])
        .unwrap();
    draft.release_savepoint("two").unwrap();
    assert!(matches!(draft.back_to("two"), Err(Error::UnknownSavepoint { .. })));
    let made = publish(&here.catalog, &draft).await.unwrap().snapshot;
    assert_eq!(here.ids(&made, "b").await, [0, 1, 2, 3, 4, 7]);

    let draft = here.catalog.begin_draft(HOUR);
    draft.savepoint("one").unwrap();
    draft.change(draft.epoch().unwrap(), vec![replacing(&here, "b", 0..1).await]).unwrap();
    draft.back_to("one").unwrap();
    draft.back_to("one").unwrap();
    assert_eq!(publish(&here.catalog, &draft).await.unwrap().snapshot.id, made.id, "nothing was changed");
}

#[tokio::test]
async fn a_refused_change_changes_nothing_and_the_transaction_goes_on() {
    let here = Here::new();
    here.replace("a", 0..1).await;
    let draft = here.catalog.begin_draft(HOUR);
    let wrong = vec![
        replacing(&here, "b", 0..5).await,
        Change::Drop { name: "nobody".to_owned(), missing_ok: false },
    ];
    assert!(matches!(draft.change(draft.epoch().unwrap(), wrong), Err(Error::UnknownDataset { .. })));
    assert!(draft.snapshot().unwrap().table("b").is_none());
    draft.change(draft.epoch().unwrap(), vec![replacing(&here, "b", 0..2).await]).unwrap();
    let made = publish(&here.catalog, &draft).await.unwrap().snapshot;
    assert_eq!(here.ids(&made, "b").await, [0, 1]);
}

#[tokio::test]
async fn its_files_are_no_orphans_until_it_is_over() {
    let here = Here::new();
    let now = Ages { snapshots: HOUR, requests: HOUR, orphans: Duration::ZERO };
    let draft = here.catalog.begin_draft(HOUR);
    draft.change(draft.epoch().unwrap(), vec![replacing(&here, "b", 0..5).await]).unwrap();
    assert_eq!(here.catalog.sweep(&here.store, now).await.unwrap().scheduled, 0);
    assert_eq!(here.ids(&draft.snapshot().unwrap(), "b").await.len(), 5);
    draft.roll_back().unwrap();
    assert_eq!(here.store.list().await.unwrap(), [], "nobody can ask for it any more");

    // Temporary tables likewise, for as long as somebody has them.
    let temporary = here.catalog.temporary();
    temporary.change(0, vec![replacing(&here, "t", 0..5).await]).unwrap();
    assert!(temporary.snapshot().unwrap().table("t").unwrap().is_temporary());
    let swept = here.catalog.sweep(&here.store, now).await.unwrap();
    assert_eq!(swept.scheduled, 0, "{swept:?}");
    drop(temporary);
    assert_eq!(here.store.list().await.unwrap(), []);
}

#[tokio::test]
async fn what_is_written_is_no_orphan_however_long_its_statement_takes() {
    let here = Here::new();
    let now = Ages { snapshots: HOUR, requests: HOUR, orphans: Duration::ZERO };
    let change = replacing(&here, "a", 0..5).await;
    for _ in 0..2 {
        let swept = here.catalog.sweep(&here.store, now).await.unwrap();
        assert_eq!((swept.scheduled, swept.deleted), (0, 0));
    }
    here.commit(vec![change]).await.unwrap();
    assert_eq!(here.ids(&here.catalog.current(), "a").await, [0, 1, 2, 3, 4]);

    // A statement that comes to nothing leaves nothing behind.
    let refused = replacing(&here, "", 0..5).await;
    assert!(matches!(here.commit(vec![refused]).await, Err(Error::BadName { .. })));
    assert_eq!(here.store.list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_temporary_table_gives_its_disk_back_when_nobody_reads_it() {
    let here = Here::new();
    let temporary = here.catalog.temporary();
    let files = async || here.store.list().await.unwrap().len();
    temporary.change(0, vec![replacing(&here, "t", 0..5).await]).unwrap();
    let reader = temporary.snapshot().unwrap();
    temporary.change(0, vec![replacing(&here, "t", 0..3).await]).unwrap();
    assert_eq!(files().await, 2);
    assert_eq!(here.ids(&reader, "t").await.len(), 5);
    drop(reader);
    assert_eq!(files().await, 1);
    temporary.change(0, vec![deleting(&temporary.snapshot().unwrap(), "t")]).unwrap();
    assert_eq!(files().await, 0);
    temporary.change(0, vec![replacing(&here, "u", 0..3).await]).unwrap();
    temporary.change(0, vec![Change::Drop { name: "u".to_owned(), missing_ok: false }]).unwrap();
    assert_eq!(files().await, 0);
}

#[tokio::test]
async fn files_of_a_transaction_stay_when_it_is_published_and_go_when_it_is_refused() {
    let here = Here::new();
    here.replace("a", 0..3).await;
    let (first, second) = (here.catalog.begin_draft(HOUR), here.catalog.begin_draft(HOUR));
    first.change(0, vec![replacing(&here, "a", 0..5).await]).unwrap();
    second.change(0, vec![replacing(&here, "a", 0..7).await]).unwrap();
    publish(&here.catalog, &first).await.unwrap();
    drop(first);
    assert!(publish(&here.catalog, &second).await.is_err());
    assert_eq!(here.ids(&here.catalog.current(), "a").await.len(), 5);
    assert_eq!(
        here.store.list().await.unwrap().len(),
        2,
        "the rows of before are those of an older snapshot"
    );
}

#[tokio::test]
async fn compaction_leaves_alone_what_an_open_transaction_changed() {
    let here = Here::new();
    here.replace("a", 0..3).await;
    for start in [3, 6, 9] {
        here.append("a", start..start + 3).await.unwrap();
    }
    let draft = here.catalog.begin_draft(HOUR);
    draft.change(0, vec![deleting(&draft.snapshot().unwrap(), "a")]).unwrap();
    let compacted = async || {
        let table = here.catalog.current().table("a").cloned().unwrap();
        let sizes = PartitionSizes::default();
        compact(&here.catalog, &here.store, &here.pool, &table, sizes, 2).await.unwrap().ended
    };
    assert_eq!(compacted().await, 3);
    let made = publish(&here.catalog, &draft).await.unwrap().snapshot;
    assert_eq!(here.ids(&made, "a").await, (3..12).collect::<Vec<_>>());

    // One that is given up holds nothing back.
    here.append("a", 12..13).await.unwrap();
    let draft = here.catalog.begin_draft(HOUR);
    draft.change(0, vec![deleting(&draft.snapshot().unwrap(), "a")]).unwrap();
    assert_eq!(compacted().await, 0);
    draft.roll_back().unwrap();
    assert_eq!(compacted().await, 2);
}

#[tokio::test]
async fn its_time_runs_out() {
    let here = Here::new();
    let draft = here.catalog.begin_draft(Duration::ZERO);
    tokio::time::sleep(Duration::from_millis(5)).await;
    let late = draft.change(0, vec![]).unwrap_err();
    assert!(late.to_string().contains("`transaction_ttl`"), "{late}");
}

#[tokio::test]
async fn columns_that_both_altered_are_a_conflict() {
    let here = Here::new();
    here.replace("a", 0..3).await;
    let alter = |snapshot: &Snapshot, name: &str, alter: Alter| Change::Alter {
        table: snapshot.table(name).unwrap().id,
        alter,
    };
    let column = |name: &str| {
        let data_type = arrow::datatypes::DataType::Int64;
        Alter::AddColumn(NewColumn { name: name.to_owned(), data_type, nullable: true })
    };
    let rename = |to: &str| Alter::RenameTable(to.to_owned());
    for (ours, theirs) in [
        (column("c"), column("d")),
        (column("c"), Alter::DropColumn("score".to_owned())),
        (rename("b"), column("d")),
        (rename("b"), rename("c")),
        (column("c"), rename("e")),
    ] {
        here.replace("a", 0..3).await;
        let draft = here.catalog.begin_draft(HOUR);
        draft.change(0, vec![alter(&draft.snapshot().unwrap(), "a", ours.clone())]).unwrap();
        here.commit(vec![alter(&here.catalog.current(), "a", theirs.clone())]).await.unwrap();
        let refused = publish(&here.catalog, &draft).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict { .. }), "{ours:?} and {theirs:?}: {refused}");
    }
    // A table that goes under another name takes nobody's rows with it.
    here.replace("x", 0..3).await;
    let draft = here.catalog.begin_draft(HOUR);
    draft.change(0, vec![alter(&draft.snapshot().unwrap(), "x", rename("y"))]).unwrap();
    draft.change(0, vec![Change::Drop { name: "y".to_owned(), missing_ok: false }]).unwrap();
    here.append("x", 10..11).await.unwrap();
    assert!(matches!(publish(&here.catalog, &draft).await, Err(Error::Conflict { .. })));
    assert_eq!(here.ids(&here.catalog.current(), "x").await, [0, 1, 2, 10]);
}

#[tokio::test]
async fn a_conflict_names_who_took_a_name_with_commas_and_quotes_in_it() {
    let here = Here::new();
    for name in ["a,b", ",", "\"a\",\"b\"", "a\",b"] {
        let create = || {
            let (name, columns) = (name.to_owned(), columns());
            vec![Change::Create { name, columns, external: None, or: OnTaken::Fail }]
        };
        let draft = here.catalog.begin_draft(HOUR);
        draft.change(0, create()).unwrap();
        let taken = here.commit(create()).await.unwrap();
        let refused = publish(&here.catalog, &draft).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Conflict { by: Some(by), .. } if by.id == taken),
            "{name}: {refused}"
        );
    }
}

#[tokio::test]
async fn what_was_planned_before_a_savepoint_was_gone_back_to_is_refused() {
    let here = Here::new();
    let draft = here.catalog.begin_draft(HOUR);
    draft.savepoint("s").unwrap();
    let epoch = draft.epoch().unwrap();
    draft.change(epoch, vec![replacing(&here, "one", 0..1).await]).unwrap();
    let late = appending(&here, &draft.snapshot().unwrap(), "one", 1..2).await;
    draft.back_to("s").unwrap();
    draft.change(draft.epoch().unwrap(), vec![replacing(&here, "two", 0..1).await]).unwrap();
    assert!(matches!(draft.change(epoch, vec![late]), Err(Error::Conflict { .. })));
    let made = publish(&here.catalog, &draft).await.unwrap().snapshot;
    assert_eq!(here.ids(&made, "two").await, [0]);
}

/// Something a transaction does, to tables that are there or not.
#[derive(Clone, Debug)]
enum Step {
    Replace(usize, i64),
    Append(usize, i64),
    Delete(usize),
    Drop(usize),
    Rename(usize, usize),
    AddColumn(usize),
    DropColumn(usize),
    Savepoint,
    BackTo,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let name = 0..NAMES.len();
    let step = prop_oneof![
        (name.clone(), 1..5_i64).prop_map(|(name, rows)| Step::Replace(name, rows)),
        (name.clone(), 1..5_i64).prop_map(|(name, rows)| Step::Append(name, rows)),
        name.clone().prop_map(Step::Delete),
        name.clone().prop_map(Step::Drop),
        (name.clone(), name.clone()).prop_map(|(from, to)| Step::Rename(from, to)),
        name.clone().prop_map(Step::AddColumn),
        name.prop_map(Step::DropColumn),
        Just(Step::Savepoint),
        Just(Step::BackTo),
    ];
    prop::collection::vec(step, 1..12)
}

/// The change that a step is, given what its maker sees.
async fn change(here: &Here, seen: &Snapshot, step: &Step) -> Option<Change> {
    let there = |name: usize| seen.table(NAMES[name]);
    let alter = |name: usize, alter: Alter| Some(Change::Alter { table: there(name)?.id, alter });
    match *step {
        Step::Replace(name, rows) => Some(replacing(here, NAMES[name], 0..rows).await),
        Step::Append(name, rows) => {
            // Tables whose columns were altered take other rows than these.
            there(name).filter(|table| table.columns.len() == columns().len())?;
            Some(appending(here, seen, NAMES[name], 100..100 + rows).await)
        }
        Step::Delete(name) => there(name).map(|_| deleting(seen, NAMES[name])),
        Step::Drop(name) => Some(Change::Drop { name: NAMES[name].to_owned(), missing_ok: true }),
        Step::Rename(from, to) => alter(from, Alter::RenameTable(NAMES[to].to_owned())),
        Step::AddColumn(name) => {
            let column = NewColumn {
                name: "more".to_owned(),
                data_type: arrow::datatypes::DataType::Utf8View,
                nullable: true,
            };
            alter(name, Alter::AddColumn(column))
        }
        Step::DropColumn(name) => alter(name, Alter::DropColumn("more".to_owned())),
        Step::Savepoint | Step::BackTo => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever its maker saw last is what the catalog holds when it is published, also when others came in between
    /// whose changes are no conflict; and a restart finds the same.
    #[test]
    fn what_was_seen_is_what_is_published(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let here = Here::new();
            here.replace("a", 0..3).await;
            here.append("a", 3..6).await.unwrap();
            let draft = here.catalog.begin_draft(HOUR);
            let mut marked = false;
            for step in &steps {
                match step {
                    Step::Savepoint => { draft.savepoint("s").unwrap(); marked = true; }
                    Step::BackTo if marked => draft.back_to("s").unwrap(),
                    step => if let Some(change) = change(&here, &draft.snapshot().unwrap(), step).await {
                        // A name that is taken or gone is refused, and nothing else happens.
                        let _ = draft.change(draft.epoch().unwrap(), vec![change]);
                    }
                }
            }
            let seen = told(&here, &draft.snapshot().unwrap()).await;
            here.replace("z", 0..2).await;
            let made = publish(&here.catalog, &draft).await.unwrap().snapshot;
            let mut published = told(&here, &made).await;
            published.remove("z");
            assert_eq!(published, seen);
            drop(made);
            let here = here.reopen();
            let mut again = told(&here, &here.catalog.current()).await;
            again.remove("z");
            assert_eq!(again, seen);
            assert_eq!(here.catalog.scrub(&here.store, |_, _| {}).await.unwrap().faults, []);
        });
    }
}
