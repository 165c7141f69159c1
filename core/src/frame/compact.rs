//! Many small partitions made few, beside all readers and writers.

use std::sync::Arc;

use super::Error;
use super::read::{fetch, read_columns};
use super::writer::{PartitionSizes, PartitionWriter};
use crate::catalog::{Catalog, Change, Commit, NewPartition, Partition, PartitionId, RewriteKind, Table};
use crate::pool::{self, Pool};
use crate::store::TileStore;

/// A partition of less than this part of the target, in rows and in bytes, is small.
const SMALL_PART: usize = 4;

/// Rows decoded at once while merging.
const BATCH_ROWS: usize = 64 << 10;

/// What was merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Partitions that ended.
    pub ended: u64,
    /// Partitions that began.
    pub added: u64,
}

/// Why a compaction was given up. The table is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// The rows could not be read or written.
    #[error(transparent)]
    Frame(#[from] Error),
    /// The pool failed.
    #[error(transparent)]
    Pool(#[from] pool::Error),
    /// The commit was refused: often because somebody changed the same rows first, which is fine.
    #[error(transparent)]
    Catalog(#[from] crate::catalog::Error),
}

/// Merges each run of at least `run` neighbouring small partitions of a table, keeping the rows' order. Partitions that
/// an open transaction has ended are left alone: the transaction would be a conflict, although nobody changed a row.
///
/// Readers go on with the snapshot they have, appends with the table they find. Cost: each small row is
/// written once more; memory for one run, which together makes at most one partition of the target size.
///
/// # Errors
/// [`CompactError`]. A table changed meanwhile is a conflict, and worth another look later.
pub async fn compact(
    catalog: &Catalog,
    store: &Arc<TileStore>,
    pool: &Pool,
    table: &Table,
    sizes: PartitionSizes,
    run: usize,
) -> Result<Compacted, CompactError> {
    let mut compacted = Compacted::default();
    let free = |partition: &Partition| !catalog.ends_in_a_draft(partition.id);
    for small in small_runs(&table.partitions, sizes, run, free) {
        let added = merge(store, pool, table, &small, sizes).await?;
        // A transaction may have come in between.
        if !small.iter().all(|partition| free(partition)) {
            continue;
        }
        let ended: Vec<PartitionId> = small.iter().map(|partition| partition.id).collect();
        compacted.ended = compacted.ended.saturating_add(ended.len() as u64);
        compacted.added = compacted.added.saturating_add(added.len() as u64);
        let (id, schema_version) = (table.id, table.schema_version);
        let change = Change::Rewrite { table: id, schema_version, ended, added, kind: RewriteKind::Compact };
        catalog.commit(Commit { author: Some("compaction".to_owned()), ..Commit::of(vec![change]) }).await?;
    }
    Ok(compacted)
}

/// Runs of neighbours that are free and small, and together make one partition.
fn small_runs(
    partitions: &[Arc<Partition>],
    sizes: PartitionSizes,
    run: usize,
    free: impl Fn(&Partition) -> bool,
) -> Vec<Vec<Arc<Partition>>> {
    let small = |partition: &Partition| {
        free(partition)
            && partition.rows < (sizes.rows / SMALL_PART) as u64
            && partition.bytes < (sizes.bytes / SMALL_PART) as u64
    };
    let (mut runs, mut open, mut rows, mut bytes) = (Vec::new(), Vec::new(), 0_u64, 0_u64);
    for partition in partitions {
        let fits = rows.saturating_add(partition.rows) <= sizes.rows as u64
            && bytes.saturating_add(partition.bytes) <= sizes.bytes as u64;
        if !small(partition) || !fits {
            runs.push(std::mem::take(&mut open));
            (rows, bytes) = (0, 0);
        }
        if small(partition) {
            rows = rows.saturating_add(partition.rows);
            bytes = bytes.saturating_add(partition.bytes);
            open.push(Arc::clone(partition));
        }
    }
    runs.push(open);
    runs.retain(|found| found.len() >= run.max(2));
    runs
}

async fn merge(
    store: &Arc<TileStore>,
    pool: &Pool,
    table: &Table,
    small: &[Arc<Partition>],
    sizes: PartitionSizes,
) -> Result<Vec<NewPartition>, CompactError> {
    let mut writer = PartitionWriter::new(Arc::clone(store), &table.uuid, &table.columns, sizes);
    for partition in small {
        let file = fetch(store, partition).await?;
        let columns = Arc::clone(&table.columns);
        writer = pool
            .run(move || {
                for batch in read_columns(file, &columns, BATCH_ROWS)? {
                    writer.write(&batch)?;
                }
                Ok::<_, Error>(writer)
            })
            .await??;
    }
    Ok(pool.run(move || writer.finish()).await??)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Hold;

    fn partition(id: i64, rows: u64) -> Arc<Partition> {
        Arc::new(Partition {
            id,
            path: String::new(),
            rows,
            bytes: rows,
            footer_bytes: 0,
            hash: [0; 32],
            since: 0,
            stats: Arc::default(),
            hold: Hold::default(),
        })
    }

    #[test]
    fn a_run_ends_at_a_large_neighbour_and_at_a_full_partition() {
        let sizes = PartitionSizes { rows: 100, bytes: 100 };
        let rows = [10, 10, 90, 10, 20, 20, 20, 20, 20];
        let partitions: Vec<_> = rows.iter().zip(0..).map(|(rows, id)| partition(id, *rows)).collect();
        let ids = |taken: &[i64]| -> Vec<Vec<i64>> {
            let runs = small_runs(&partitions, sizes, 2, |partition| !taken.contains(&partition.id));
            runs.iter().map(|run| run.iter().map(|partition| partition.id).collect()).collect()
        };
        assert_eq!(ids(&[]), [vec![0, 1], vec![3, 4, 5, 6, 7]]);
        assert_eq!(ids(&[1, 5]), [vec![3, 4], vec![6, 7, 8]], "what a transaction ends ends a run too");
    }
}
