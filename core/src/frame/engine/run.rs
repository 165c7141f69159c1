//! Plans, run.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parking_lot::Mutex;
use polars::chunked_array::cast::CastOptions;
use polars::prelude::{
    AnyValue, BUILD_STREAMING_EXECUTOR, DataFrame, DataType, Expr, IntoLazy, LazyFrame, PlSmallStr,
    PlanCallback, PolarsError, PolarsResult, Scalar,
};
use polars_plan::plans::{ArenaLpIter, FunctionIR, IR, IRPlan, LiteralValue};
use polars_plan::prelude::{AExpr, Node};

use super::arrow::batches_of;
use super::{Error, inequalities, lists, windows};
use crate::frame::lower;
use crate::pool::{Cancel, caught};

/// How many times as many bytes of rows windows may keep as lists may be made beside rows: they are made once, not over and over.
const WINDOWS: u64 = 4;

/// Runs the plan on Polars' streaming engine and hands each batch to `give` as it is made, in the order of the
/// rows, until that says that nobody wants more. Blocks; for a thread that may.
///
/// It ends when `cancel` is tripped: whatever is read, cut or computed, or makes many rows of few, looks at it between two
/// of Polars' morsels, thousands of rows apart.
///
/// Of lists that joins put beside rows no more than `room` bytes are made at a time.
///
/// # Errors
/// What Polars says; [`Error::Panicked`] where it panics.
pub fn run(
    plan: LazyFrame,
    schema: &SchemaRef,
    cancel: &Cancel,
    room: u64,
    give: impl Fn(RecordBatch) -> bool + Send + Sync + 'static,
) -> Result<(), Error> {
    let schema = Arc::clone(schema);
    let failed: Arc<Mutex<Option<arrow::error::ArrowError>>> = Arc::default();
    let failure = Arc::clone(&failed);
    let callback = PlanCallback::new(move |frame| {
        let batches = match batches_of(frame, &schema) {
            Ok(batches) => batches,
            Err(error) => {
                *failure.lock() = Some(error);
                return Ok(true);
            }
        };
        Ok(!batches.into_iter().all(&give))
    });
    let ran = caught(move || {
        let mut plan = optimised(plan.sink_batches(callback, true, None)?)?;
        inequalities::replace(&mut plan, cancel)?;
        lists::bound(&mut plan, room);
        windows::bound(&mut plan, room.saturating_mul(WINDOWS));
        watch(&mut plan, cancel);
        streamed(plan)
    });
    if let Some(error) = failed.lock().take() {
        return Err(Error::Rows(error));
    }
    ran??;
    Ok(())
}

/// Runs the plan over one row of nulls, whatever it reads: types that do not go together are found out about only then.
///
/// # Errors
/// What [`run`] says.
pub fn tried(plan: LazyFrame) -> Result<(), Error> {
    caught(move || {
        let mut plan = optimised(plan)?;
        for node in nodes(&plan, |_| true) {
            if let IR::DataFrameScan { df, .. } = plan.lp_arena.get_mut(node) {
                *df = Arc::new(DataFrame::full_null(df.schema(), 1));
            }
        }
        streamed(plan).map(|_| ())
    })??;
    Ok(())
}

/// The plan as the streaming engine is to run it.
fn optimised(plan: LazyFrame) -> PolarsResult<IRPlan> {
    // Polars 0.55.2 takes `when(p).then(1).otherwise(2)` for a column without an order, and gives its rows in any.
    let mut plan = plan.with_check_order(false).with_streaming(true).to_alp_optimized()?;
    count(&mut plan);
    Ok(plan)
}

/// The one value that the expression is, which asks nothing of any rows.
///
/// # Errors
/// What Polars says; [`lower::Error::Panicked`] where it panics.
pub fn value_of(expr: Expr) -> Result<Scalar, lower::Error> {
    if let Some(value) = written(&expr) {
        return Ok(value);
    }
    let run = || DataFrame::empty().lazy().select([expr]).collect();
    let frame = caught(run).map_err(lower::Error::Panicked)??;
    let value = frame
        .columns()
        .first()
        .map(|column| Ok(Scalar::new(column.dtype().clone(), column.get(0)?.into_static())));
    value.unwrap_or_else(|| Ok(Scalar::new(DataType::Null, AnyValue::Null)))
}

/// The value, where the expression already holds it.
fn written(expr: &Expr) -> Option<Scalar> {
    match expr {
        Expr::Literal(LiteralValue::Scalar(value)) => Some(value.clone()),
        Expr::Alias(expr, _) => written(expr),
        Expr::Cast { expr, dtype, .. } => {
            written(expr)?.cast_with_options(dtype.as_literal()?, CastOptions::Strict).ok()
        }
        _ => None,
    }
}

/// Polars 0.55.2 counts the rows of several frames together in 128 bits, a type that it is built without.
fn count(plan: &mut IRPlan) {
    for node in (0..plan.expr_arena.len()).map(Node) {
        if let AExpr::Cast { dtype: dtype @ DataType::UInt128, .. } = plan.expr_arena.get_mut(node) {
            *dtype = DataType::UInt64;
        }
    }
}

/// Runs an optimised plan as `collect_with_engine` does.
fn streamed(mut plan: IRPlan) -> PolarsResult<DataFrame> {
    let none = || PolarsError::ComputeError("Polars was built without its streaming engine".into());
    let build = BUILD_STREAMING_EXECUTOR.ok_or_else(none)?;
    build(plan.lp_top, &mut plan.lp_arena, &mut plan.expr_arena)?.execute(&mut Default::default())
}

/// Those nodes of the plan, each once: one that two others read is found twice.
pub(super) fn nodes(plan: &IRPlan, is_wanted: impl Fn(&IR) -> bool) -> HashSet<Node> {
    let found = plan.lp_arena.iter(plan.lp_top).filter(|(_, node)| is_wanted(node));
    found.map(|(node, _)| node).collect()
}

/// Fails when the token is tripped.
pub(super) fn look(cancel: &Cancel) -> PolarsResult<()> {
    match cancel.reason() {
        None => Ok(()),
        Some(_) => Err(PolarsError::ComputeError("cancelled".into())),
    }
}

/// Watches the rows of every node that is read, cut or computed, or makes many of few, right behind it: a filter hands
/// nothing on where no row passes, and what is behind it sees nothing. A morsel becomes one chunk: Polars 0.55.2 panics at `rle` of
/// several.
fn watch(plan: &mut IRPlan, cancel: &Cancel) {
    let is_watched = |node: &IR| match node {
        IR::DataFrameScan { .. } | IR::Join { .. } | IR::Slice { .. } => true,
        IR::HStack { .. } | IR::Select { .. } => true,
        IR::MapFunction { function, .. } => {
            matches!(function, FunctionIR::Explode { .. } | FunctionIR::Opaque { .. })
        }
        _ => false,
    };
    for node in nodes(plan, is_watched) {
        let cancel = cancel.clone();
        let function = FunctionIR::Opaque {
            function: Arc::new(move |mut frame: DataFrame| {
                look(&cancel)?;
                frame.rechunk_mut();
                Ok(frame)
            }),
            schema: None,
            predicate_pd: true,
            projection_pd: true,
            streamable: true,
            fmt_str: PlSmallStr::from_static("WATCHED"),
        };
        let rows = plan.lp_arena.get(node).clone();
        let input = plan.lp_arena.add(rows);
        plan.lp_arena.replace(node, IR::MapFunction { input, function });
    }
}
