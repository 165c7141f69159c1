//! How a program would run: its canonical text, the engine that is chosen, and that engine's plans.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::record_batch::RecordBatch;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::displayable;
use futures::{StreamExt, stream};
use pantile_core::frame::engine::{Narrowed, explained};
use pantile_core::lang;

use super::Bound;
use crate::context::Context;
use crate::statements::{Prepared, line_by_line};
use crate::{Answer, Error, Outcome, RunsOn};

/// Plans the program, and answers with its plans as `EXPLAIN` does.
pub(super) async fn prepare(context: Arc<Context>, bound: &Bound) -> Result<Prepared, Error> {
    let (context, plan) = super::physical(context, bound, &Narrowed::default()).await?;
    let runs_on = RunsOn::of(&plan);
    let logical = match runs_on {
        RunsOn::Polars => {
            let plan = super::over_placeholders(&bound.program, &bound.frame, &bound.read)?;
            explained(plan).map_err(|error| super::lowering(&bound.program, &error.into()))?
        }
        RunsOn::DataFusion | RunsOn::Arrays => {
            let lowered = super::lower(&context, &bound.program, &bound.frame, &bound.read)?;
            let plan = context.planner.optimize(&lowered.plan).map_err(|error| Error::planning(&error))?;
            plan.display_indent().to_string()
        }
    };
    let rows = [
        ("program", lang::print(&bound.program.canonical())),
        ("engine", runs_on.as_str().to_owned()),
        ("logical_plan", logical),
        ("physical_plan", displayable(plan.as_ref()).indent(false).to_string()),
    ];
    let types: ArrayRef =
        Arc::new(StringArray::from_iter_values(rows.iter().map(|(plan_type, _)| plan_type)));
    let plans: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|(_, plan)| plan)));
    let schema = LogicalPlan::explain_schema();
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![types, plans]);
    let batch = batch.map_err(|error| Error::defect(&error))?;
    let answer = Answer {
        schema,
        batches: stream::iter([Ok(batch)]).boxed(),
        snapshot: context.pin.id,
        outcome: Outcome::Rows,
        runs_on,
    };
    Ok(Prepared::Answer(line_by_line(answer, &context)))
}
