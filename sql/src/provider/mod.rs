//! Datasets as DataFusion's tables.
//!
//! A held table prunes its partitions by the catalog's statistics before a file is opened, gives those that are
//! in the hot cache from memory and the others as a Parquet scan. An external one lists its files when it is
//! asked. Start at [`HeldTable`].

mod bounds;
mod cached;
mod counted;
mod external;
mod held;
mod numbered;
mod parquet;
mod renamed;

pub(crate) use cached::{is_cached, load_whole};
pub(crate) use external::{ExternalTable, check_format, check_path, format_options, inferred};
pub(crate) use held::HeldTable;
pub(crate) use numbered::NumberedTable;
pub(crate) use parquet::{PARTITION_COLUMN, ROW_COLUMN, RowTable, whole_partition};

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::DataFusionError;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use pantile_core::pool::Progress;
use pantile_core::store::{HotCache, TileStore};
use tokio::runtime::Handle;

use crate::Location;

/// What tables of one statement have in common.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) store: Arc<TileStore>,
    pub(crate) cache: Arc<HotCache>,
    pub(crate) runtime: Handle,
    pub(crate) progress: Arc<Progress>,
    pub(crate) locations: Vec<Location>,
    /// Files an external table may have.
    pub(crate) files: usize,
    /// Whether rows come in the table's order.
    pub(crate) in_order: bool,
}

impl Shared {
    /// Tasks that read a table side by side, unless it is in its order.
    fn lanes(&self, state: &dyn Session) -> usize {
        if self.in_order { 1 } else { state.config().target_partitions() }
    }
}

/// The schema under a projection.
fn projected(schema: &SchemaRef, columns: Option<&Vec<usize>>) -> Result<SchemaRef, DataFusionError> {
    match columns {
        Some(columns) => Ok(Arc::new(schema.project(columns)?)),
        None => Ok(Arc::clone(schema)),
    }
}

/// A scan in which nothing was left to read.
fn nothing(
    schema: &SchemaRef,
    columns: Option<&Vec<usize>>,
) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    Ok(Arc::new(EmptyExec::new(projected(schema, columns)?)))
}
