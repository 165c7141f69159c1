//! Arrays in the catalog, beside tables and views, and what becomes of their folders.

use std::sync::Arc;
use std::time::Duration;

use pantile_core::catalog::{
    ARRAY_METADATA, Ages, Alter, Catalog, Change, Commit, Dialect, Draft, Error, Fault, Lost, NewArray,
    OnTaken, Part, PartChange, Presence, Snapshot, StoredArray, StoredShard, array_folder,
};
use pantile_core::frame::PartitionSizes;
use pantile_core::store::{self, TileFolder};
use uuid::Uuid;

use crate::catalog::{Here, columns};

const HOUR: Duration = Duration::from_secs(3600);
const NOW: Ages = Ages { snapshots: Duration::ZERO, requests: Duration::ZERO, orphans: Duration::ZERO };

fn write(folder: &TileFolder, name: &str, bytes: &[u8]) -> Result<store::Sealed, store::Error> {
    let mut tile = folder.create(name)?;
    std::io::Write::write_all(&mut tile, bytes).unwrap();
    tile.seal()
}

fn write_array(store: &Arc<store::TileStore>, numbers: &[u64]) -> Result<NewArray, store::Error> {
    let uuid = Uuid::now_v7().to_string();
    let folder = store.folder(array_folder(&uuid));
    let mut shards = Vec::new();
    for number in numbers {
        let key = format!("c.{number}");
        let sealed = write(&folder, &key, &[*number as u8; 100])?;
        shards.push(StoredShard {
            number: *number,
            key,
            bytes: sealed.bytes,
            hash: sealed.hash,
            count: 100,
            min: Some(number.to_string()),
            max: Some(number.to_string()),
            nans: 0,
            fills: 0,
        });
    }
    let metadata: Arc<str> = format!("{{\"zarr_format\":3,\"shards\":{}}}", numbers.len()).into();
    let metadata_hash = write(&folder, ARRAY_METADATA, metadata.as_bytes())?.hash;
    Ok(NewArray {
        uuid,
        metadata,
        metadata_hash,
        shards,
        location: None,
        elements: None,
        hold: folder.hold(),
    })
}

/// An array of these shards that nothing names; nothing where the process ended before it was there.
async fn try_written(here: &Here, numbers: &[u64]) -> Option<NewArray> {
    let (store, numbers) = (Arc::clone(&here.store), numbers.to_vec());
    here.pool.run(move || write_array(&store, &numbers)).await.ok()?.ok()
}

async fn written(here: &Here, numbers: &[u64]) -> NewArray {
    try_written(here, numbers).await.unwrap()
}

fn putting(name: &str, array: NewArray, or: OnTaken) -> Change {
    Change::PutArray { name: name.to_owned(), array, or }
}

/// A put that may end anywhere; nothing where it was not acknowledged.
pub async fn try_put(here: &Here, name: &str, numbers: &[u64]) -> Option<i64> {
    let array = try_written(here, numbers).await?;
    here.commit(vec![putting(name, array, OnTaken::Replace)]).await.ok()
}

async fn put(here: &Here, name: &str, numbers: &[u64]) -> i64 {
    try_put(here, name, numbers).await.unwrap()
}

fn array(snapshot: &Snapshot, name: &str) -> Arc<StoredArray> {
    Arc::clone(snapshot.array(name).unwrap())
}

fn now(here: &Here, name: &str) -> Arc<StoredArray> {
    array(&here.catalog.current(), name)
}

pub fn numbers(snapshot: &Snapshot, name: &str) -> Vec<u64> {
    array(snapshot, name).shards.iter().map(|shard| shard.number).collect()
}

fn dropping(name: &str) -> Change {
    Change::Drop { name: name.to_owned(), missing_ok: false }
}

fn renaming(id: i64, to: &str) -> Change {
    Change::Alter { table: id, alter: Alter::RenameTable(to.to_owned()) }
}

fn view(name: &str, replace: bool) -> Change {
    let (name, text) = (name.to_owned(), "SELECT 1".to_owned());
    Change::CreateView { name, text, dialect: Dialect::Sql, columns: Vec::new(), replace }
}

fn replacing(name: &str, or: OnTaken) -> Change {
    Change::Replace { name: name.to_owned(), columns: columns(), partitions: Vec::new(), or }
}

async fn publish(catalog: &Arc<Catalog>, draft: &Draft) -> Result<i64, Error> {
    catalog.publish(draft, Some("ada".to_owned()), None).await.map(|done| done.made)
}

async fn files(here: &Here) -> Vec<String> {
    let mut paths: Vec<String> =
        here.store.list().await.unwrap().into_iter().map(|stored| stored.path).collect();
    paths.sort();
    paths
}

/// Whether there is anything where the array's folder is, or was.
fn lies_there(here: &Here, folder: &str) -> bool {
    here.store.local_path(folder).unwrap().exists()
}

#[tokio::test]
async fn what_was_put_is_there_after_a_restart() {
    let here = Here::new();
    // Shard 1 holds nothing but the fill value.
    let new = written(&here, &[2, 0]).await;
    let metadata = Arc::clone(&new.metadata);
    let made = here.commit(vec![putting("dem", new, OnTaken::Fail)]).await.unwrap();
    let before = now(&here, "dem");
    assert_eq!((before.begin_snapshot, &before.metadata), (made, &metadata));
    assert_eq!(before.shard(2).unwrap().min.as_deref(), Some("2"));
    assert_eq!(before.shard(1), None);
    assert_eq!(before.bytes(), Some(200));
    let here = here.reopen();
    assert_eq!(now(&here, "dem"), before);
    let seen = here.catalog.current();
    assert_eq!((seen.kind_of("dem"), seen.names().collect::<Vec<_>>()), (Some("array"), vec!["dem"]));
    for shard in before.shards.iter() {
        let found = here.store.hash(&before.path_of(shard)).await.unwrap();
        assert_eq!(found, Some((shard.bytes, shard.hash)));
    }
    let text = here.store.local_path(&format!("{}{ARRAY_METADATA}", before.folder())).unwrap();
    assert_eq!(std::fs::read_to_string(text).unwrap(), *metadata);
}

#[tokio::test]
async fn an_older_snapshot_has_the_array_that_was_there() {
    let here = Here::new();
    let first = put(&here, "dem", &[0]).await;
    let old = now(&here, "dem");
    here.commit(vec![Change::Pin { table: old.id, pinned: true }]).await.unwrap();
    let second = put(&here, "dem", &[0, 1]).await;
    let new = now(&here, "dem");
    assert!(new.pinned, "who takes its place is kept in memory as it was");
    assert_ne!((new.id, new.uuid.as_str()), (old.id, old.uuid.as_str()));
    let renamed = here.commit(vec![renaming(new.id, "relief")]).await.unwrap();
    let relief = now(&here, "relief");
    assert_eq!((relief.id, &relief.uuid, relief.begin_snapshot), (new.id, &new.uuid, renamed));
    assert!(relief.schema_version > new.schema_version);
    let last = here.commit(vec![dropping("relief")]).await.unwrap();
    let here = here.reopen();
    let names = async |id: i64| {
        let then = here.catalog.at(id).await.unwrap();
        let names: Vec<String> = then.names().map(str::to_owned).collect();
        names
    };
    assert_eq!(names(last).await, [""; 0]);
    assert_eq!(names(renamed).await, ["relief"]);
    let then = here.catalog.at(renamed).await.unwrap();
    assert_eq!(numbers(&then, "relief"), [0, 1]);
    assert_eq!(numbers(&here.catalog.at(second).await.unwrap(), "dem"), [0, 1]);
    assert_eq!(numbers(&here.catalog.at(first).await.unwrap(), "dem"), [0]);
    let told: Vec<String> =
        here.catalog.snapshots().await.unwrap().into_iter().map(|commit| commit.changes).collect();
    assert_eq!(told[1], "created_array:\"main\".\"dem\"");
    let (old, new) = (old.id, new.id);
    let replaced = format!("dropped_array:{old},created_array:\"main\".\"dem\",altered_array:{new}");
    assert_eq!(
        told[2..],
        [
            format!("altered_array:{old}"),
            replaced,
            format!("altered_array:{new}"),
            format!("dropped_array:{new}")
        ]
    );
}

#[tokio::test]
async fn a_name_is_a_table_a_view_or_an_array() {
    let here = Here::new();
    here.replace("t", 0..3).await;
    here.commit(vec![view("v", false)]).await.unwrap();
    put(&here, "a", &[0]).await;
    let id = here.catalog.current().id;
    let said = async |change: Change| here.commit(vec![change]).await.unwrap_err().to_string();

    // What is put for good in the place of something is of the same kind.
    for (name, kind) in [("t", "a table"), ("v", "a view")] {
        let array = written(&here, &[0]).await;
        let said = said(putting(name, array, OnTaken::Replace)).await;
        assert_eq!(said, format!("there is {kind} `{name}` already"));
    }
    let array = written(&here, &[0]).await;
    assert_eq!(said(putting("a", array, OnTaken::Fail)).await, "there is an array `a` already");
    assert_eq!(said(replacing("a", OnTaken::Replace)).await, "there is an array `a` already");
    assert_eq!(said(replacing("v", OnTaken::Replace)).await, "there is a view `v` already");
    assert_eq!(said(view("a", true)).await, "there is an array `a` already");
    assert_eq!(said(view("t", true)).await, "there is a table `t` already");

    // What is there may stay, whatever it is; nothing is committed then, and nothing left behind.
    let before = files(&here).await;
    for name in ["t", "v", "a"] {
        let array = written(&here, &[0, 1]).await;
        here.commit(vec![putting(name, array, OnTaken::Keep)]).await.unwrap();
        here.commit(vec![replacing(name, OnTaken::Keep)]).await.unwrap();
    }
    assert_eq!(files(&here).await, before);

    // Renaming takes no name away.
    let (table, array) = (here.catalog.current().table("t").unwrap().id, now(&here, "a").id);
    assert_eq!(said(renaming(table, "a")).await, "there is an array `a` already");
    assert_eq!(said(renaming(array, "t")).await, "there is a table `t` already");
    assert_eq!(said(renaming(array, "v")).await, "there is a view `v` already");
    assert_eq!(here.catalog.current().id, id);
}

#[tokio::test]
async fn what_cannot_be_done_says_what_kind_it_is() {
    let here = Here::new();
    here.commit(vec![view("v", false)]).await.unwrap();
    put(&here, "dem", &[0]).await;
    let (array, view) = (now(&here, "dem").id, here.catalog.current().views["v"].id);
    let said = async |change: Change| match here.commit(vec![change]).await {
        Err(error @ Error::WrongKind { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let append = |table| Change::Append { table, schema_version: 0, partitions: Vec::new() };
    assert_eq!(said(append(array)).await, "`dem` is an array: it cannot be appended to");
    assert_eq!(said(append(view)).await, "`v` is a view: it cannot be appended to");
    let column = |table| Change::Alter { table, alter: Alter::DropColumn("x".to_owned()) };
    assert_eq!(said(column(array)).await, "`dem` is an array: it has no columns to change");
    assert_eq!(said(column(view)).await, "`v` is a view: it cannot be altered");
    let pin = Change::Pin { table: view, pinned: true };
    assert_eq!(said(pin).await, "`v` is a view: it has no bytes of its own to keep in memory");
    here.commit(vec![renaming(array, "relief")]).await.unwrap();
    here.commit(vec![Change::Pin { table: array, pinned: true }]).await.unwrap();
    let here = here.reopen();
    assert!(now(&here, "relief").pinned);
    let unknown = here.commit(vec![dropping("relieff")]).await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no dataset `relieff`; did you mean `relief`?");
    let there = |presence| Change::Require { name: "relief".to_owned(), presence };
    let absent = here.commit(vec![there(Presence::Absent), dropping("relief")]).await;
    assert!(matches!(absent, Err(Error::PresenceFailed { .. })));
    here.commit(vec![there(Presence::There), dropping("relief")]).await.unwrap();
    assert!(matches!(here.commit(vec![there(Presence::There)]).await, Err(Error::PresenceFailed { .. })));
}

#[tokio::test]
async fn an_array_and_a_table_are_one_commit() {
    let here = Here::new();
    let both = async |first: Change| {
        let partitions = here.partitions(0..5, PartitionSizes::default()).await;
        let (name, or) = ("t".to_owned(), OnTaken::Replace);
        let table = Change::Replace { name, columns: columns(), partitions, or };
        let array = putting("dem", written(&here, &[0, 1]).await, OnTaken::Replace);
        here.catalog.commit(Commit::of(vec![array, table, first])).await.map(|done| done.made)
    };
    assert!(both(dropping("nobody")).await.is_err());
    assert_eq!(here.catalog.current().names().count(), 0);
    assert_eq!(files(&here).await, [""; 0], "what came to nothing leaves nothing behind");
    let made = both(view("v", false)).await.unwrap();
    assert_eq!(made, 1);
    let here = here.reopen();
    let seen = here.catalog.current();
    assert_eq!(seen.names().collect::<Vec<_>>(), ["dem", "t", "v"]);
    assert_eq!((numbers(&seen, "dem"), here.ids(&seen, "t").await.len()), (vec![0, 1], 5));
}

#[tokio::test]
async fn files_that_cannot_be_an_arrays_are_refused() {
    let here = Here::new();
    let refused = async |change: fn(&mut NewArray)| {
        let mut array = written(&here, &[0, 1]).await;
        change(&mut array);
        match here.commit(vec![putting("dem", array, OnTaken::Fail)]).await {
            Err(Error::BadName { why, .. }) => why,
            other => panic!("{other:?}"),
        }
    };
    let mine = "a shard's file lies in the array's folder";
    assert_eq!(refused(|array| array.shards[0].key = "../c.0".to_owned()).await, mine);
    assert_eq!(refused(|array| array.shards[0].key = String::new()).await, mine);
    let twice = "another file of the array has that name or number";
    assert_eq!(refused(|array| array.shards[0].key = ARRAY_METADATA.to_owned()).await, twice);
    assert_eq!(refused(|array| array.shards[0].number = 1).await, twice);
    assert_eq!(refused(|array| array.uuid = "a/b".to_owned()).await, "an array's folder is a UUID");
    let text = refused(|array| array.metadata = "{}".into()).await;
    assert_eq!(text, "its text is not the one that was written");

    // A folder is one array's: else its files would go with one of two that name them.
    let array = written(&here, &[0]).await;
    here.commit(vec![putting("a", array.clone(), OnTaken::Fail)]).await.unwrap();
    let again = here.commit(vec![putting("b", array, OnTaken::Fail)]).await;
    assert!(matches!(again, Err(Error::WrongKind { .. })), "{again:?}");
}

#[tokio::test]
async fn a_draft_has_arrays_that_others_do_not_see() {
    let here = Here::new();
    put(&here, "dem", &[0]).await;
    let draft = here.catalog.begin_draft(HOUR);
    let change = |change| draft.change(draft.epoch().unwrap(), vec![change]).unwrap();
    change(putting("new", written(&here, &[0, 1]).await, OnTaken::Fail));
    let seen = array(&draft.snapshot().unwrap(), "new");
    assert!(seen.is_provisional() && !seen.is_temporary());
    change(renaming(seen.id, "newer"));
    change(Change::Pin { table: seen.id, pinned: true });
    draft.savepoint("s").unwrap();
    change(putting("dem", written(&here, &[0, 1, 2]).await, OnTaken::Replace));
    draft.back_to("s").unwrap();
    change(putting("last", written(&here, &[7]).await, OnTaken::Keep));
    drop(seen);
    assert_eq!(here.catalog.sweep(&here.store, NOW).await.unwrap().scheduled, 0, "they are held");
    // Others go on meanwhile: numbers of the draft are not those it gets.
    put(&here, "z", &[0]).await;
    here.replace("t", 0..3).await;
    publish(&here.catalog, &draft).await.unwrap();
    drop(draft);
    let here = here.reopen();
    let seen = here.catalog.current();
    assert_eq!(seen.names().collect::<Vec<_>>(), ["dem", "last", "newer", "t", "z"]);
    assert_eq!((numbers(&seen, "newer"), numbers(&seen, "dem")), (vec![0, 1], vec![0]));
    assert!(array(&seen, "newer").pinned && !array(&seen, "z").pinned);
    let found = here.catalog.scrub(&here.store, |_, _| ()).await.unwrap();
    // `dem`, `newer`, `last` and `z` with their texts, and the partition.
    assert_eq!((found.files, found.orphans, found.faults), (2 + 3 + 2 + 2 + 1, 0, vec![]));
}

#[tokio::test]
async fn a_draft_that_is_given_up_leaves_no_folder() {
    let here = Here::new();
    let draft = here.catalog.begin_draft(HOUR);
    draft.change(0, vec![putting("dem", written(&here, &[0, 1]).await, OnTaken::Fail)]).unwrap();
    let folder = array(&draft.snapshot().unwrap(), "dem").folder();
    assert!(lies_there(&here, &folder) && here.store.holds(&format!("{folder}c.0")));
    draft.roll_back().unwrap();
    assert!(!lies_there(&here, &folder) && !here.store.holds(&format!("{folder}c.0")));

    let temporary = here.catalog.temporary();
    temporary.change(0, vec![putting("dem", written(&here, &[0]).await, OnTaken::Fail)]).unwrap();
    let reader = temporary.snapshot().unwrap();
    assert!(array(&reader, "dem").is_temporary());
    temporary.change(0, vec![dropping("dem")]).unwrap();
    assert_eq!(files(&here).await.len(), 2);
    drop(reader);
    assert_eq!(files(&here).await, [""; 0]);
}

#[tokio::test]
async fn who_commits_an_array_first_wins() {
    let here = Here::new();
    let told = async |ours: Change, theirs: Change| {
        let (ours_draft, theirs_draft) = (here.catalog.begin_draft(HOUR), here.catalog.begin_draft(HOUR));
        ours_draft.change(0, vec![ours]).unwrap();
        theirs_draft.change(0, vec![theirs]).unwrap();
        let first = publish(&here.catalog, &theirs_draft).await.unwrap();
        let refused = publish(&here.catalog, &ours_draft).await.unwrap_err();
        let said = refused.to_string();
        assert!(matches!(refused, Error::Conflict { whole: true, .. }), "{said}");
        assert!(said.contains(&format!("commit {first} of ada")), "{said}");
        assert_eq!(here.catalog.current().id, first, "nothing of it was kept");
    };
    let replace = async |numbers: &[u64]| putting("dem", written(&here, numbers).await, OnTaken::Replace);
    let id = || now(&here, "dem").id;
    let pin = |pinned| Change::Pin { table: id(), pinned };

    told(replace(&[0]).await, replace(&[0, 1]).await).await;
    told(replace(&[0]).await, replace(&[0, 1]).await).await;
    told(dropping("dem"), replace(&[0]).await).await;
    told(replace(&[0]).await, pin(true)).await;
    told(renaming(id(), "x"), replace(&[0]).await).await;
    told(pin(false), dropping("dem")).await;
    put(&here, "dem", &[0]).await;
    told(renaming(id(), "x"), renaming(id(), "y")).await;
    told(replace(&[0]).await, replacing("dem", OnTaken::Fail)).await;
    told(view("w", false), putting("w", written(&here, &[0]).await, OnTaken::Fail)).await;

    // To keep one in memory is no conflict with whoever does likewise.
    let (first, second) = (here.catalog.begin_draft(HOUR), here.catalog.begin_draft(HOUR));
    for draft in [&first, &second] {
        draft.change(0, vec![Change::Pin { table: now(&here, "y").id, pinned: true }]).unwrap();
    }
    publish(&here.catalog, &first).await.unwrap();
    publish(&here.catalog, &second).await.unwrap();

    // Who renames it and then drops it takes away what others have put in its place.
    let draft = here.catalog.begin_draft(HOUR);
    draft.change(0, vec![renaming(now(&here, "y").id, "n")]).unwrap();
    draft.change(0, vec![dropping("n")]).unwrap();
    put(&here, "y", &[4]).await;
    assert!(matches!(publish(&here.catalog, &draft).await, Err(Error::Conflict { .. })));
    assert_eq!(numbers(&here.catalog.current(), "y"), [4]);
}

#[tokio::test]
async fn an_array_is_a_part_of_a_transaction() {
    let here = Here::new();
    put(&here, "dem", &[0]).await;
    let part = |key: &str, change| Part {
        key: Some(key.to_owned()),
        fingerprint: [1; 32],
        change,
        answer: key.to_owned(),
    };
    let array = async |numbers: &[u64]| PartChange::PutArray {
        name: "dem".to_owned(),
        array: written(&here, numbers).await,
    };
    let id = here.catalog.begin(2, HOUR).await.unwrap().id;
    here.catalog.add_part(&id, part("0", array(&[3, 1]).await)).await.unwrap();
    let before = files(&here).await;
    let again = here.catalog.add_part(&id, part("0", array(&[3, 1]).await)).await.unwrap();
    assert_eq!((again.parts, again.replayed.as_deref()), (1, Some("0")));
    let other = here.catalog.add_part(&id, part("1", array(&[5]).await)).await.unwrap_err();
    assert!(other.to_string().starts_with("`dem` is in the transaction already"), "{other}");
    assert_eq!(files(&here).await, before, "what was not taken is gone");
    let partitions = here.partitions(0..5, PartitionSizes::default()).await;
    let table = PartChange::Replace { name: "t".to_owned(), columns: columns(), partitions };
    here.catalog.add_part(&id, part("1", table)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(here.catalog.sweep(&here.store, NOW).await.unwrap().scheduled, 0);
    let here = here.reopen();
    assert_eq!(numbers(&here.catalog.current(), "dem"), [0]);
    let made = here.catalog.commit_transaction(&id, String::new()).await.unwrap().snapshot;
    assert_eq!((numbers(&made, "dem"), here.ids(&made, "t").await.len()), (vec![1, 3], 5));
    assert_eq!(array_of_part(&here, &made).await, None);
    drop(made);

    // One that is given up: its folder is an orphan.
    let id = here.catalog.begin(1, HOUR).await.unwrap().id;
    let lost = written(&here, &[0]).await;
    let folder = array_folder(&lost.uuid);
    let change = PartChange::PutArray { name: "lost".to_owned(), array: lost };
    here.catalog.add_part(&id, part("0", change)).await.unwrap();
    here.catalog.abort(&id).await.unwrap();
    assert!(lies_there(&here, &folder));
    tokio::time::sleep(Duration::from_millis(5)).await;
    let ages = Ages { snapshots: HOUR, ..NOW };
    assert_eq!(here.catalog.sweep(&here.store, ages).await.unwrap().scheduled, 2);
    assert_eq!(here.catalog.sweep(&here.store, ages).await.unwrap().deleted, 2);
    assert!(!lies_there(&here, &folder));
}

/// A file of the array that is not as it was put.
async fn array_of_part(here: &Here, snapshot: &Snapshot) -> Option<String> {
    let array = array(snapshot, "dem");
    for shard in array.shards.iter() {
        let path = array.path_of(shard);
        if here.store.hash(&path).await.unwrap() != Some((shard.bytes, shard.hash)) {
            return Some(path);
        }
    }
    None
}

#[tokio::test]
async fn a_sweep_takes_folders_that_nobody_needs_and_nothing_else() {
    let here = Here::new();
    put(&here, "dem", &[0, 1]).await;
    let (reader, old) = (here.catalog.current(), now(&here, "dem").folder());
    put(&here, "dem", &[0]).await;
    let id = now(&here, "dem").id;
    here.commit(vec![renaming(id, "relief")]).await.unwrap();
    let new = now(&here, "relief").folder();
    // Left behind, as by a process that was killed.
    let left = written(&here, &[0]).await;
    left.hold.keep();
    let orphan = array_folder(&left.uuid);
    drop(left);
    let on_its_way = written(&here, &[0]).await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let sweep = async || {
        let swept = here.catalog.sweep(&here.store, NOW).await.unwrap();
        (swept.scheduled, swept.deleted)
    };
    // The orphan goes, in two steps; the old version has a reader, and what is on its way somebody who holds it.
    assert_eq!([sweep().await, sweep().await, sweep().await], [(2, 0), (0, 2), (0, 0)]);
    assert!(!lies_there(&here, &orphan));
    assert!(lies_there(&here, &old) && lies_there(&here, &new));
    assert_eq!(numbers(&reader, "dem"), [0, 1]);
    drop(reader);
    // The files of the new version are those of its former name too, which has ended.
    assert_eq!([sweep().await, sweep().await, sweep().await], [(3, 0), (0, 3), (0, 0)]);
    assert!(!lies_there(&here, &old) && lies_there(&here, &new));
    here.commit(vec![putting("late", on_its_way, OnTaken::Fail), dropping("relief")]).await.unwrap();
    assert_eq!([sweep().await, sweep().await, sweep().await], [(2, 0), (0, 2), (0, 0)]);
    assert!(!lies_there(&here, &new));
    let here = here.reopen();
    assert_eq!(numbers(&here.catalog.current(), "late"), [0]);
    let found = here.catalog.scrub(&here.store, |_, _| ()).await.unwrap();
    assert_eq!((found.files, found.orphans, found.faults), (2, 0, vec![]));
}

#[tokio::test]
async fn a_sweep_leaves_what_a_kept_snapshot_has() {
    let here = Here::new();
    let made = put(&here, "dem", &[0]).await;
    here.commit(vec![dropping("dem")]).await.unwrap();
    let ages = Ages { snapshots: HOUR, ..NOW };
    for _ in 0..2 {
        let swept = here.catalog.sweep(&here.store, ages).await.unwrap();
        assert_eq!((swept.scheduled, swept.deleted), (0, 0));
    }
    let then = here.catalog.at(made).await.unwrap();
    assert_eq!(numbers(&then, "dem"), [0]);
    assert_eq!(array_of_part(&here, &then).await, None);
}

#[tokio::test]
async fn a_scrub_finds_a_changed_and_a_missing_shard() {
    let here = Here::new();
    put(&here, "dem", &[0, 1, 2]).await;
    let array = now(&here, "dem");
    here.commit(vec![renaming(array.id, "relief")]).await.unwrap();
    let path = |name: &str| format!("{}{name}", array.folder());
    let file = |name: &str| here.store.local_path(&path(name)).unwrap();
    let mut bytes = std::fs::read(file("c.0")).unwrap();
    bytes[10] ^= 1;
    std::fs::write(file("c.0"), bytes).unwrap();
    std::fs::remove_file(file("c.2")).unwrap();
    std::fs::remove_file(file(ARRAY_METADATA)).unwrap();
    let found = here.catalog.scrub(&here.store, |_, _| ()).await.unwrap();
    let relief = || "relief".to_owned();
    let lost = Lost::Shard { array: relief(), number: 2 };
    assert_eq!(
        found.faults,
        [
            Fault::Missing { path: path(ARRAY_METADATA), lost: Lost::Metadata { array: relief() } },
            Fault::Changed { path: path("c.0") },
            Fault::Missing { path: path("c.2"), lost },
        ]
    );
    assert_eq!(found.files, 4);
    let said = found.faults[2].to_string();
    assert!(said.ends_with("the file is missing; shard 2 of array `relief` is lost unless a backup has it"));
}

#[tokio::test]
async fn a_catalog_of_format_1_gets_the_tables_of_arrays() {
    let here = Here::new();
    here.replace("t", 0..5).await;
    let format = |here: &Here| {
        let database = rusqlite::Connection::open(here.catalog_file()).unwrap();
        database.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).unwrap()
    };
    let database = rusqlite::Connection::open(here.catalog_file()).unwrap();
    database
        .execute_batch(
            "DROP TABLE pantile_array; DROP TABLE pantile_array_file;
             DROP TABLE pantile_part_array; DROP TABLE pantile_part_array_file; PRAGMA user_version = 1;",
        )
        .unwrap();
    drop(database);
    let here = here.reopen();
    assert_eq!(format(&here), 2);
    put(&here, "dem", &[0, 1]).await;
    let here = here.reopen();
    let seen = here.catalog.current();
    assert_eq!((numbers(&seen, "dem"), here.ids(&seen, "t").await.len()), (vec![0, 1], 5));
}
