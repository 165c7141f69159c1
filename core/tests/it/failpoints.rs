//! The process ends at each step of a commit; what comes up again is whole, and has all that was promised.

use std::time::Duration;

use pantile_core::catalog::{Change, Error, OnTaken, Part, PartChange};

use crate::catalog::{Here, columns};
use crate::stored_arrays::{numbers, try_put};
use pantile_core::frame::PartitionSizes;

/// Each step, in order, and whether a commit that ended there stands.
const STEPS: &[(&str, bool)] = &[
    ("tile-before-sync", false),
    ("tile-before-rename", false),
    ("tile-before-folder-sync", false),
    ("tile-sealed", false),
    ("catalog-before-commit", false),
    ("catalog-committed", true),
    ("catalog-published", true),
];

#[tokio::test]
async fn a_commit_that_ends_at_any_step_is_whole_or_not_there() {
    for (step, stands) in STEPS {
        let here = Here::new();
        here.replace("t", 0..3).await;
        fail::cfg(*step, "panic").unwrap();
        let refused = here.try_append("t", 3..6).await.is_none();
        fail::remove(*step);
        assert!(refused, "{step}: it was acknowledged although the process ended");
        let here = here.reopen();
        let rows = if *stands { 6 } else { 3 };
        assert_eq!(here.ids(&here.catalog.current(), "t").await, (0..rows).collect::<Vec<_>>(), "{step}");
        assert_eq!(here.catalog.scrub(&here.store, |_, _| ()).await.unwrap().faults, [], "{step}");
        here.append("t", rows..rows + 1).await.unwrap();
    }
}

#[tokio::test]
async fn an_array_that_ends_at_any_step_is_whole_or_not_there() {
    for (step, stands) in STEPS {
        let here = Here::new();
        try_put(&here, "dem", &[0]).await.unwrap();
        fail::cfg(*step, "panic").unwrap();
        let refused = try_put(&here, "dem", &[0, 1]).await.is_none();
        fail::remove(*step);
        assert!(refused, "{step}: it was acknowledged although the process ended");
        let here = here.reopen();
        let shards = if *stands { vec![0, 1] } else { vec![0] };
        assert_eq!(numbers(&here.catalog.current(), "dem"), shards, "{step}");
        assert_eq!(here.catalog.scrub(&here.store, |_, _| ()).await.unwrap().faults, [], "{step}");
        try_put(&here, "dem", &[0, 1, 2]).await.unwrap();
    }
}

#[tokio::test]
async fn a_transaction_that_ends_at_any_step_is_whole_or_not_there() {
    for (step, stands) in STEPS.iter().filter(|(step, _)| step.starts_with("catalog")) {
        let here = Here::new();
        let id = here.catalog.begin(2, Duration::from_secs(60)).await.unwrap().id;
        for name in ["a", "b"] {
            let partitions = here.partitions(0..5, PartitionSizes::default()).await;
            let change = PartChange::Replace { name: name.to_owned(), columns: columns(), partitions };
            here.catalog
                .add_part(&id, Part { key: None, fingerprint: [0; 32], change, answer: String::new() })
                .await
                .unwrap();
        }
        fail::cfg(*step, "panic").unwrap();
        let ended = here.catalog.commit_transaction(&id, String::new()).await;
        fail::remove(*step);
        assert!(matches!(ended, Err(Error::Unknown)), "{step}");
        let here = here.reopen();
        let there = |name: &str| here.catalog.current().table(name).is_some();
        assert_eq!((there("a"), there("b")), (*stands, *stands), "{step}");
        here.catalog.commit_transaction(&id, String::new()).await.unwrap();
        assert!(there("a") && there("b"), "{step}: asking again makes it stand");
    }
}

#[tokio::test]
async fn a_full_disk_at_the_commit_is_an_error_and_nothing_more() {
    let here = Here::new();
    here.replace("t", 0..3).await;
    fail::cfg("catalog-before-commit", "return").unwrap();
    assert!(matches!(here.append("t", 3..6).await, Err(Error::Full)));
    fail::remove("catalog-before-commit");
    here.append("t", 3..5).await.unwrap();
    assert_eq!(here.ids(&here.catalog.current(), "t").await, [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn a_drafts_end_is_decided_though_nobody_waits_for_it() {
    let (hour, soon) = (Duration::from_secs(3600), Duration::from_millis(100));
    let here = Here::new();
    for (name, stands) in [("kept", true), ("taken", false)] {
        let draft = here.catalog.begin_draft(hour);
        let partitions = here.partitions(0..5, PartitionSizes::default()).await;
        let or = OnTaken::Replace;
        let change = Change::Replace { name: name.to_owned(), columns: columns(), partitions, or };
        draft.change(0, vec![change]).unwrap();
        if !stands {
            here.replace(name, 0..1).await;
        }
        fail::cfg("catalog-before-commit", "pause").unwrap();
        let left = tokio::time::timeout(soon, here.catalog.publish(&draft, None, None)).await;
        assert!(left.is_err(), "{name}: the writer did not wait");
        drop(draft);
        fail::remove("catalog-before-commit");
        let rows = if stands { 5 } else { 1 };
        while here.catalog.current().table(name).is_none_or(|table| table.rows() != rows) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    // The file of the one that was refused went with it: there are those of the two tables.
    tokio::time::sleep(soon).await;
    assert_eq!(here.store.list().await.unwrap().len(), 2);
}
