//! What the server does unasked: small partitions put together, old snapshots and orphans let go, memory given back.
//!
//! One task, one thing at a time, on the pool like everybody else, and never in anybody's way: readers keep
//! their snapshot, and a compaction that comes second is simply tried again later.

use std::time::{Duration, Instant};

use pantile_core::Code;
use pantile_core::catalog::{Change, Commit};
use pantile_core::frame::{CompactError, compact};
use pantile_core::pool::Ledger;
use pantile_core::store::CacheOwner;
use tokio::task::JoinHandle;

use crate::app::{App, ages};
use crate::error::whole;

/// How often orphans and old snapshots are looked for, at most: it lists the whole store.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// How often it is looked whether there is memory to give back.
const REST_EVERY: Duration = Duration::from_millis(250);
/// Bytes that the process may have grown by before it is worth the while.
const GROWN: u64 = 16 << 20;

/// Starts tidying, until the server stops.
pub fn start(app: &App) -> JoinHandle<()> {
    let app = app.clone();
    tokio::spawn(async move {
        let stop = app.stopping.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = tidy(app.clone()) => {}
            () = rest(app) => {}
        }
    })
}

/// Drops arrays that were kept in the memory of a process that has ended. Where that fails they say so when they are asked for.
pub async fn drop_persisted(app: &App) {
    let snapshot = app.catalog.current();
    let gone = snapshot.arrays.values().filter(|array| array.is_in_memory());
    let gone = gone.map(|array| Change::Drop { name: array.name.clone(), missing_ok: true });
    let changes: Vec<Change> = gone.collect();
    let arrays = changes.len();
    if arrays == 0 {
        return;
    }
    match app.catalog.commit(Commit::of(changes)).await {
        Ok(_) => tracing::info!(arrays, "arrays that were kept in memory dropped"),
        Err(error) => {
            tracing::warn!(arrays, error = whole(&error), "arrays that were kept in memory not dropped");
        }
    }
}

async fn tidy(app: App) {
    let every = app.settings().tidy_every.0;
    let sweep_every = SWEEP_EVERY.min(app.settings().orphan_age.0 / 4).max(every);
    let mut swept = Instant::now();
    loop {
        tokio::time::sleep(every).await;
        if app.settings().compact {
            compact_all(&app).await;
        }
        forget(&app);
        app.sessions.tidy();
        app.engine.keep_pinned();
        if swept.elapsed() >= sweep_every {
            sweep(&app).await;
            swept = Instant::now();
        }
    }
}

/// Gives memory that questions have let go of back to the system, once none runs: while some do, the allocator keeps it
/// for the next one, which is twice as fast.
async fn rest(app: App) {
    let mut rested = Ledger::process_bytes();
    loop {
        tokio::time::sleep(REST_EVERY).await;
        if app.desk.registry().running() > 0 || Ledger::process_bytes() < rested.saturating_add(GROWN) {
            continue;
        }
        app.pool.each(give_back);
        let given = tokio::task::spawn_blocking(give_back).await;
        if given.is_ok() {
            rested = Ledger::process_bytes();
        }
    }
}

/// Gives back what this thread and those that have ended hold, and use no more.
fn give_back() {
    // SAFETY: it may be called at any time, by any thread, of any allocator.
    unsafe { libmimalloc_sys::mi_collect(true) }
}

async fn compact_all(app: &App) {
    let run = app.settings().compact_partitions.max(2);
    let snapshot = app.catalog.current();
    for table in snapshot.tables.values().filter(|table| table.partitions.len() >= run) {
        // It decodes some rows at a time and holds one partition encoded; when even that is too much, others
        // need the memory more.
        let Ok(_held) = app.upload.try_charge("a compaction", app.settings().partition_bytes.0) else {
            return;
        };
        let compacted = compact(&app.catalog, &app.store, &app.pool, table, app.partition_sizes(), run).await;
        match compacted {
            Ok(done) if done.ended > 0 => {
                tracing::info!(
                    table = table.name,
                    ended = done.ended,
                    added = done.added,
                    "partitions put together"
                );
            }
            Ok(_) => {}
            // Somebody changed the table meanwhile: the next round sees it as it is then.
            Err(CompactError::Catalog(error)) if error.code() == Code::Conflict => {}
            Err(error) => tracing::warn!(table = table.name, error = whole(&error), "compaction failed"),
        }
    }
}

/// Lets the hot cache forget partitions and arrays that no reader can ask for any more.
fn forget(app: &App) {
    let snapshot = app.catalog.current();
    let live: std::collections::HashSet<_> = snapshot
        .tables
        .values()
        .flat_map(|table| table.partitions.iter().map(|partition| CacheOwner::Partition(partition.id)))
        .chain(snapshot.arrays.values().filter_map(|array| array.version()).map(CacheOwner::Array))
        .collect();
    app.cache.retain(|owner| live.contains(&owner));
}

async fn sweep(app: &App) {
    match app.catalog.sweep(&app.store, ages(app.settings())).await {
        Ok(swept) if swept.snapshots > 0 || swept.deleted > 0 => {
            tracing::info!(
                snapshots = swept.snapshots,
                scheduled = swept.scheduled,
                deleted = swept.deleted,
                "swept"
            );
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(error = whole(&error), "sweep failed"),
    }
}
