//! Plans, run.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parking_lot::Mutex;
use polars::chunked_array::cast::CastOptions;
use polars::prelude::{
    AnyValue, DataFrame, DataType, Engine, Expr, IntoLazy, LazyFrame, OptFlags, PlanCallback, PolarsError,
    Scalar,
};
use polars_plan::plans::LiteralValue;

use super::Error;
use super::arrow::batches_of;
use crate::frame::lower;
use crate::pool::{Cancel, caught};

/// Runs the plan on Polars' streaming engine and hands each batch to `give` as it is made, in the order of the
/// rows, until that says that nobody wants more. Blocks; for a thread that may.
///
/// Sources that were [`watched`] end when `cancel` is tripped.
///
/// # Errors
/// What Polars says; [`Error::Panicked`] where it panics.
pub fn run(
    plan: LazyFrame,
    schema: &SchemaRef,
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
    // Polars 0.55.2 takes `when(p).then(1).otherwise(2)` for a column without an order, and gives its rows in any.
    let plan = plan.with_check_order(false);
    let ran = caught(move || plan.sink_batches(callback, true, None)?.collect_with_engine(Engine::Streaming));
    if let Some(error) = failed.lock().take() {
        return Err(Error::Rows(error));
    }
    ran??;
    Ok(())
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

/// The source, which fails when `cancel` is tripped: between two of Polars' morsels, thousands of rows apart.
pub fn watched(source: LazyFrame, cancel: &Cancel) -> LazyFrame {
    let cancel = cancel.clone();
    let look = move |frame| match cancel.reason() {
        None => Ok(frame),
        Some(_) => Err(PolarsError::ComputeError("cancelled".into())),
    };
    let pushed = OptFlags::PREDICATE_PUSHDOWN | OptFlags::PROJECTION_PUSHDOWN | OptFlags::STREAMING;
    source.map(look, pushed, None, Some("WATCHED"))
}
