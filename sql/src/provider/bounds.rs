//! What the catalog knows of partitions, in the two forms DataFusion asks for: containers to prune, and
//! statistics for its optimiser.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, UInt64Array};
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::stats::Precision;
use datafusion::common::{Column, ColumnStatistics, DFSchema, ScalarValue, Statistics};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use pantile_core::catalog::{self, ColumnStats, Partition, Table};
use pantile_core::frame::stats_array;

/// The partitions that may hold a row for which all of `filters` are true.
pub(super) fn prune(state: &dyn Session, table: &Table, filters: &[Expr]) -> Vec<Arc<Partition>> {
    let all = || table.partitions.to_vec();
    let Some(filter) = conjunction(filters.iter().cloned()) else { return all() };
    // Whatever cannot be judged here is judged by the scan; pruning is never needed for a right answer.
    let kept = DFSchema::try_from(table.schema.as_ref().clone())
        .and_then(|schema| state.create_physical_expr(filter, &schema))
        .and_then(|filter| {
            PruningPredicateBuilder::new().with_file_schema(Arc::clone(&table.schema)).try_build(filter)
        })
        .and_then(|predicate| predicate.prune(&Containers { table }));
    match kept {
        Ok(kept) => {
            let partitions = table.partitions.iter().zip(kept);
            partitions.filter(|(_, kept)| *kept).map(|(partition, _)| Arc::clone(partition)).collect()
        }
        Err(error) => {
            tracing::debug!(table = table.name, %error, "partitions were not pruned");
            all()
        }
    }
}

/// A table's partitions, as containers of rows.
struct Containers<'a> {
    table: &'a Table,
}

impl Containers<'_> {
    fn column(&self, column: &Column) -> Option<&catalog::Column> {
        self.table.column(&column.name)
    }
}

impl PruningStatistics for Containers<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        least(&self.table.partitions, self.column(column)?)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        greatest(&self.table.partitions, self.column(column)?)
    }

    fn num_containers(&self) -> usize {
        self.table.partitions.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let column = self.column(column)?;
        let nulls = self.table.partitions.iter().map(|partition| nulls(partition, column));
        Some(Arc::new(nulls.map(Some).collect::<UInt64Array>()))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(
            self.table.partitions.iter().map(|partition| Some(partition.rows)).collect::<UInt64Array>(),
        ))
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

fn least(partitions: &[Arc<Partition>], column: &catalog::Column) -> Option<ArrayRef> {
    let texts = partitions.iter().map(|partition| partition.stats_of(column.id)?.min.clone());
    stats_array(texts, &column.data_type).ok()
}

/// NaN is greater than everything to DataFusion, and the catalog's bounds leave it out.
fn greatest(partitions: &[Arc<Partition>], column: &catalog::Column) -> Option<ArrayRef> {
    let texts = partitions.iter().map(|partition| {
        let stats = partition.stats_of(column.id)?;
        if is_nan_possible(column, stats) { None } else { stats.max.clone() }
    });
    stats_array(texts, &column.data_type).ok()
}

/// Whether a NaN may be in one of the partition's columns.
pub(super) fn may_hold_nan(table: &Table, partition: &Partition) -> bool {
    let mut columns = table.columns.iter();
    columns.any(|it| partition.stats_of(it.id).is_some_and(|stats| is_nan_possible(it, stats)))
}

fn is_nan_possible(column: &catalog::Column, stats: &ColumnStats) -> bool {
    column.data_type.is_floating() && stats.nan != Some(false)
}

/// A partition that lacks the column is all nulls there.
fn nulls(partition: &Partition, column: &catalog::Column) -> u64 {
    partition.stats_of(column.id).map_or(partition.rows, |stats| stats.nulls)
}

/// Statistics of each partition over the columns of `schema`, and of all of them together. All of it is exact
/// but the number of different texts.
pub(super) fn statistics(
    table: &Table,
    partitions: &[Arc<Partition>],
    wanted: &[usize],
) -> (Vec<Arc<Statistics>>, Statistics) {
    let unknown = |rows: u64| Statistics {
        num_rows: Precision::Exact(rows as usize),
        total_byte_size: Precision::Absent,
        column_statistics: vec![ColumnStatistics::new_unknown(); table.columns.len()],
    };
    let mut each: Vec<Statistics> = partitions.iter().map(|partition| unknown(partition.rows)).collect();
    let mut all = unknown(partitions.iter().map(|partition| partition.rows).sum());
    for index in wanted {
        let Some(column) = table.columns.get(*index) else { continue };
        let bounds = (least(partitions, column), greatest(partitions, column));
        for (place, (partition, stats)) in partitions.iter().zip(&mut each).enumerate() {
            if let Some(slot) = stats.column_statistics.get_mut(*index) {
                *slot = of_column(partition, column, (scalar(&bounds.0, place), scalar(&bounds.1, place)));
            }
        }
        if let Some(slot) = all.column_statistics.get_mut(*index) {
            *slot = merged(each.iter().filter_map(|stats| stats.column_statistics.get(*index)), partitions);
            slot.distinct_count = distinct(partitions, column);
        }
    }
    for stats in each.iter_mut().chain(std::iter::once(&mut all)) {
        stats.total_byte_size = bytes(&table.schema, wanted, &stats.num_rows);
    }
    (each.into_iter().map(Arc::new).collect(), all)
}

fn scalar(values: &Option<ArrayRef>, index: usize) -> Option<ScalarValue> {
    let values = values.as_ref().filter(|values| !values.is_null(index))?;
    ScalarValue::try_from_array(values, index).ok()
}

fn of_column(
    partition: &Arc<Partition>,
    column: &catalog::Column,
    (min, max): (Option<ScalarValue>, Option<ScalarValue>),
) -> ColumnStatistics {
    let exact = |value: Option<ScalarValue>| value.map_or(Precision::Absent, Precision::Exact);
    ColumnStatistics {
        null_count: Precision::Exact(nulls(partition, column) as usize),
        min_value: exact(min),
        max_value: exact(max),
        distinct_count: distinct(std::slice::from_ref(partition), column),
        ..ColumnStatistics::new_unknown()
    }
}

/// How many different texts a column has, by what a row of it takes once it is encoded and compressed: of two to the
/// power of so many bits. Of other types the bounds say more.
fn distinct(partitions: &[Arc<Partition>], column: &catalog::Column) -> Precision<usize> {
    if !column.data_type.is_string() {
        return Precision::Absent;
    }
    let rows: u64 = partitions.iter().map(|partition| partition.rows).sum();
    let stats = partitions.iter().filter_map(|partition| partition.stats_of(column.id));
    let bits = stats.map(|stats| stats.bytes as f64 * 8.0).sum::<f64>() / rows.max(1) as f64;
    Precision::Inexact((bits.min(60.0).exp2() as usize).clamp(1, (rows as usize).max(1)))
}

/// One column over all partitions. A partition of nothing but nulls has no bounds and takes none away.
fn merged<'a>(
    each: impl Iterator<Item = &'a ColumnStatistics>,
    partitions: &[Arc<Partition>],
) -> ColumnStatistics {
    let mut nulls = 0_usize;
    let (mut min, mut max) = (Some(None::<ScalarValue>), Some(None::<ScalarValue>));
    for (stats, partition) in each.zip(partitions) {
        let here = stats.null_count.get_value().copied().unwrap_or(0);
        nulls = nulls.saturating_add(here);
        if here as u64 >= partition.rows {
            continue;
        }
        min = fold(min, stats.min_value.get_value(), std::cmp::Ordering::Less);
        max = fold(max, stats.max_value.get_value(), std::cmp::Ordering::Greater);
    }
    let exact =
        |value: Option<Option<ScalarValue>>| value.flatten().map_or(Precision::Absent, Precision::Exact);
    ColumnStatistics {
        null_count: Precision::Exact(nulls),
        min_value: exact(min),
        max_value: exact(max),
        ..ColumnStatistics::new_unknown()
    }
}

/// The outer `None` is "unknown from here on", the inner one "nothing seen yet".
fn fold(
    so_far: Option<Option<ScalarValue>>,
    next: Option<&ScalarValue>,
    keep: std::cmp::Ordering,
) -> Option<Option<ScalarValue>> {
    let (so_far, next) = (so_far?, next?);
    match so_far {
        Some(held) if next.partial_cmp(&held)? != keep => Some(Some(held)),
        _ => Some(Some(next.clone())),
    }
}

/// A guess at the bytes of the wanted columns in memory, for the order of joins.
fn bytes(schema: &SchemaRef, wanted: &[usize], rows: &Precision<usize>) -> Precision<usize> {
    let width = |kind: &DataType| kind.primitive_width().unwrap_or(24);
    let row: usize =
        wanted.iter().filter_map(|index| schema.fields().get(*index)).map(|f| width(f.data_type())).sum();
    rows.get_value().map_or(Precision::Absent, |rows| Precision::Inexact(rows.saturating_mul(row)))
}
