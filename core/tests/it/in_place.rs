//! Arrays at a location: what the catalog keeps of them, and how they are read where they lie.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pantile_core::Code;
use pantile_core::array::cut::Cut;
use pantile_core::array::grid::Region;
use pantile_core::array::in_place::find;
use pantile_core::array::stored::StoredReader;
use pantile_core::array::zarr::{self, Description, Ours, Stored};
use pantile_core::array::{self, DType, Data, Files, Source};
use pantile_core::catalog::{
    Ages, Alter, ArrayLocation, Change, Error, NewArray, OnTaken, Part, PartChange, StoredArray,
};
use pantile_core::format::files;
use pantile_core::pool::{Cancel, Ledger, Reason};
use pantile_core::store::{HotCache, Place, open_location};
use tokio::runtime::Runtime;

use crate::catalog::Here;

fn at(path: &str) -> NewArray {
    let at = ArrayLocation { location: "lake".to_owned(), path: path.to_owned() };
    NewArray::at(at, "{}".to_owned())
}

fn putting(name: &str, array: NewArray) -> Change {
    Change::PutArray { name: name.to_owned(), array, or: OnTaken::Replace }
}

#[tokio::test]
async fn the_catalog_keeps_where_an_array_lies_and_no_file_of_it() {
    let here = Here::new();
    let made = here.commit(vec![putting("dem", at("a/dem.zarr"))]).await.unwrap();
    let id = here.catalog.current().array("dem").unwrap().id;
    here.commit(vec![Change::Alter { table: id, alter: Alter::RenameTable("relief".to_owned()) }])
        .await
        .unwrap();
    // As a part of a transaction, and of a draft.
    let open = here.catalog.begin(1, Duration::from_secs(60)).await.unwrap().id;
    let change = PartChange::PutArray { name: "part".to_owned(), array: at("part.zarr") };
    let part = Part { key: None, fingerprint: [0; 32], change, answer: String::new() };
    here.catalog.add_part(&open, part).await.unwrap();
    let draft = here.catalog.begin_draft(Duration::from_secs(60));
    draft.change(draft.epoch().unwrap(), vec![putting("drafted", at("drafted.zarr"))]).unwrap();
    assert!(draft.snapshot().unwrap().array("drafted").unwrap().location.is_some());
    here.catalog.publish(&draft, None, None).await.unwrap();
    drop(draft);
    let here = here.reopen();
    here.catalog.commit_transaction(&open, String::new()).await.unwrap();
    let now = here.catalog.current();
    for (name, path) in [("relief", "a/dem.zarr"), ("part", "part.zarr"), ("drafted", "drafted.zarr")] {
        let array = now.array(name).unwrap();
        let said = array.location.as_ref().map(ToString::to_string);
        assert_eq!((said, array.bytes()), (Some(format!("lake/{path}")), None));
    }
    assert!(
        here.catalog.at(made).await.unwrap().array("dem").is_some(),
        "an older snapshot has it under its name"
    );
    drop(now);
    // There is nothing to sweep, and nothing to miss.
    here.commit(vec![Change::Drop { name: "relief".to_owned(), missing_ok: false }]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(5)).await;
    let none = Ages { snapshots: Duration::ZERO, requests: Duration::ZERO, orphans: Duration::ZERO };
    let swept = here.catalog.sweep(&here.store, none).await.unwrap();
    assert_eq!((swept.scheduled, swept.deleted), (0, 0));
    let found = here.catalog.scrub(&here.store, |_, _| ()).await.unwrap();
    assert_eq!((found.files, found.orphans, found.faults), (0, 0, vec![]));
}

#[tokio::test]
async fn a_path_stays_within_its_location() {
    let here = Here::new();
    let refused = here.commit(vec![putting("x", at("a/../../b"))]).await.unwrap_err();
    assert!(matches!(refused, Error::BadName { .. }), "{refused}");
}

/// A folder as the location `lake`, with an array in it.
struct Lake {
    folder: tempfile::TempDir,
    runtime: Runtime,
    cache: Arc<HotCache>,
    description: Description,
    stored: Arc<StoredArray>,
}

const SHAPE: [usize; 2] = [300, 200];

fn numbers(from: i64) -> Data {
    Data::Int64((from..).take(SHAPE.iter().product()).collect())
}

fn whole() -> Region {
    Region { start: vec![0, 0], lengths: SHAPE.to_vec() }
}

fn save(folder: &Path, description: &Description, data: &Data) {
    let metadata = zarr::metadata(description).into_bytes();
    for (name, bytes) in
        crate::zarr::write(description, data).into_iter().chain([("zarr.json".to_owned(), metadata)])
    {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

impl Lake {
    /// Chunks of 128 KiB, so that they are kept in memory; in shards, or each in a file.
    fn new(in_shards: bool) -> Self {
        let ours = Ours {
            shape: SHAPE.to_vec(),
            stored: Stored::Plain(DType::Int64),
            cut: Cut { chunk: vec![128, 128], shard: vec![256, 128] },
            fill: Some(Data::Int64(vec![-1])),
            names: Vec::new(),
            attributes: serde_json::Map::new(),
        };
        let mut description = Description::ours(ours).unwrap();
        if let (false, zarr::Body::Shard { chain, .. }) = (in_shards, description.body.clone()) {
            (description.body, description.chunk) = (zarr::Body::Plain(chain), vec![128, 128]);
        }
        let folder = tempfile::tempdir().unwrap();
        save(&folder.path().join("deep/dem.zarr"), &description, &numbers(0));
        let ledger = Ledger::new(64 << 20);
        let cache = HotCache::new(ledger.account("cache", 64 << 20));
        let new = at("deep/dem.zarr");
        let stored = Arc::new(StoredArray {
            id: 1,
            uuid: new.uuid,
            name: "dem".to_owned(),
            schema_version: 0,
            begin_snapshot: 1,
            metadata: zarr::metadata(&description).into(),
            metadata_hash: [0; 32],
            shards: Arc::default(),
            pinned: false,
            location: new.location,
            elements: None,
            hold: new.hold,
        });
        Self { folder, runtime: Runtime::new().unwrap(), cache, description, stored }
    }

    fn place(&self, path: &str) -> Place {
        let url = url::Url::from_directory_path(self.folder.path()).unwrap();
        let store = open_location(url.as_str(), &BTreeMap::new()).unwrap();
        let path = object_store::path::Path::parse(path).unwrap();
        Place::new(format!("lake/{path}"), store, path, self.runtime.handle().clone())
    }

    /// As one question sees it.
    fn reader(&self) -> StoredReader {
        StoredReader::new(&self.stored, Files::at(self.place("deep/dem.zarr")), &self.cache).unwrap()
    }

    fn read(&self, region: &Region) -> Result<Data, array::Error> {
        let reader = self.reader();
        crate::on_pool(|| reader.read(region, &Cancel::new())).map(|data| (*data).clone())
    }

    fn file(&self, index: [usize; 2]) -> std::path::PathBuf {
        self.folder.path().join("deep/dem.zarr").join(self.description.key(&index))
    }

    /// What is said of reading all of it, with its code.
    fn refused(&self) -> (String, Code) {
        let error = self.read(&whole()).unwrap_err();
        (error.to_string(), error.code())
    }
}

#[test]
fn an_array_is_read_where_it_lies() {
    for lake in [Lake::new(true), Lake::new(false)] {
        for _ in 0..4 {
            assert_eq!(lake.read(&whole()).unwrap(), numbers(0));
        }
        assert!(lake.cache.figures().hits > 0, "the second reading keeps what the third one finds");
        let part = Region { start: vec![127, 190], lengths: vec![2, 3] };
        let row = |at: i64| (at * 200 + 190)..(at * 200 + 193);
        assert_eq!(lake.read(&part).unwrap(), Data::Int64(row(127).chain(row(128)).collect()));
        assert_eq!(lake.reader().known(&whole()), None, "nothing is known of their values");
    }
}

#[test]
fn what_changes_between_questions_is_read_anew() {
    for lake in [Lake::new(true), Lake::new(false)] {
        (0..3).for_each(|_| drop(lake.read(&whole()).unwrap()));
        save(&lake.folder.path().join("deep/dem.zarr"), &lake.description, &numbers(5));
        for _ in 0..4 {
            assert_eq!(lake.read(&whole()).unwrap(), numbers(5));
        }
        // A file that goes leaves the fill value, and comes back.
        let file = lake.file([299 / lake.description.chunk[0], 1]);
        let bytes = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let last = Region { start: vec![299, 199], lengths: vec![1, 1] };
        for _ in 0..3 {
            assert_eq!(lake.read(&last).unwrap(), Data::Int64(vec![-1]));
        }
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(lake.read(&whole()).unwrap(), numbers(5));
    }
}

#[test]
fn a_file_that_changes_within_a_question_ends_it() {
    for lake in [Lake::new(true), Lake::new(false)] {
        let reader = lake.reader();
        let read = || crate::on_pool(|| reader.read(&whole(), &Cancel::new()));
        read().unwrap();
        save(&lake.folder.path().join("deep/dem.zarr"), &lake.description, &numbers(9));
        let error = read().unwrap_err();
        assert_eq!(error.code(), Code::StorageFailed);
        assert!(error.to_string().contains("changed while it was read; ask again"), "{error}");
    }
}

#[test]
fn what_is_damaged_is_told_with_its_place() {
    for lake in [Lake::new(true), Lake::new(false)] {
        let bytes = std::fs::read(lake.file([0, 1])).unwrap();
        for wrong in [&bytes[..bytes.len() - 9], b"", &[7; 900][..]] {
            std::fs::write(lake.file([0, 1]), wrong).unwrap();
            let (said, code) = lake.refused();
            assert_eq!(code, Code::StorageDamaged);
            let start =
                "the array `dem` cannot be read: chunk [0, 1] of `lake/deep/dem.zarr/c.0.1` cannot be read: ";
            assert!(said.starts_with(start), "{said}");
        }
    }
}

#[test]
fn metadata_that_changed_are_told_with_what_to_do() {
    let mut lake = Lake::new(true);
    let folder = lake.folder.path().join("deep/dem.zarr");
    // What says nothing of elements may change.
    let named =
        lake.description.clone().called(vec![Some("y".to_owned()), None], serde_json::Map::new()).unwrap();
    std::fs::write(folder.join("zarr.json"), zarr::metadata(&named)).unwrap();
    assert_eq!(lake.read(&whole()).unwrap(), numbers(0));
    let mut other = lake.description.clone();
    other.shape = vec![300, 201];
    std::fs::write(folder.join("zarr.json"), zarr::metadata(&other)).unwrap();
    let (said, code) = lake.refused();
    assert_eq!(code, Code::StorageDamaged);
    assert!(
        said.contains("it is shape [300, 201] of int64, and was shape [300, 200] of int64; `PUT` it again"),
        "{said}"
    );
    other.shape = vec![300, 200];
    other.fill = Data::Int64(vec![0]);
    std::fs::write(folder.join("zarr.json"), zarr::metadata(&other)).unwrap();
    assert!(lake.refused().0.contains("cut or packed in another way"));
    std::fs::write(folder.join("zarr.json"), "{").unwrap();
    assert!(lake.refused().0.contains("no JSON"), "{:?}", lake.refused());
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(lake.refused().0.contains("there is no Zarr array at `lake/deep/dem.zarr` any more"));
    lake.stored = Arc::new(StoredArray { metadata: "{}".into(), ..(*lake.stored).clone() });
    assert!(StoredReader::new(&lake.stored, Files::at(lake.place("x")), &lake.cache).is_err());
}

#[test]
fn a_reading_that_is_stopped_ends() {
    let lake = Lake::new(true);
    let (reader, cancel) = (lake.reader(), Cancel::new());
    cancel.cancel(Reason::Asked);
    let stopped = crate::on_pool(|| reader.read(&whole(), &cancel));
    assert_eq!(stopped.unwrap_err(), array::Error::Stopped);
}

#[test]
fn an_array_is_found_by_its_metadata() {
    let lake = Lake::new(true);
    save(&lake.folder.path().join("deep/group/t2m"), &lake.description, &numbers(0));
    std::fs::write(
        lake.folder.path().join("deep/group/zarr.json"),
        r#"{"zarr_format": 3, "node_type": "group"}"#,
    )
    .unwrap();
    std::fs::create_dir_all(lake.folder.path().join("deep/odd")).unwrap();
    std::fs::write(lake.folder.path().join("deep/odd/zarr.json"), "{").unwrap();
    std::fs::write(lake.folder.path().join("a.npy"), "x").unwrap();
    let found = |path: &str, asked: Option<&str>| {
        let place = lake.place(path);
        let found = lake.runtime.block_on(find(&place, asked, |_| Ok::<_, files::Error>(())));
        found.map(|lying| lying.place.called("")).map_err(|error| error.to_string())
    };
    let ok = |path: &str| Ok(path.to_owned());
    assert_eq!(found("deep/dem.zarr", None), ok("lake/deep/dem.zarr"));
    assert_eq!(found("deep/group", None), ok("lake/deep/group/t2m"));
    assert_eq!(found("deep", Some("group/t2m")), ok("lake/deep/group/t2m"));
    assert_eq!(found("deep", Some("t2m")), ok("lake/deep/group/t2m"));
    assert_eq!(found("", Some("dem.zarr")), ok("lake/deep/dem.zarr"));
    let several = found("deep", None).unwrap_err();
    assert!(several.contains(r#""dem.zarr", "group/t2m", "odd""#), "{several}");
    for (path, asked, said) in [
        ("deep", Some("odd"), "no JSON"),
        ("deep/dem.zarr", Some("x"), "no array \"x\""),
        ("none", None, "there is nothing at `none`"),
        ("a.npy", None, "only the folder of a Zarr array is read in place"),
        ("deep", Some("../../etc"), "no array"),
    ] {
        let refused = found(path, asked).unwrap_err();
        assert!(refused.contains(said), "{path} {asked:?}: {refused}");
    }
}
