//! What a program reads, planned as SQL is: datasets and answers, with what the program wants of them.

use std::sync::Arc;

use super::Read;
use crate::context::Context;
use crate::operators::Input;
use crate::provider::{HeldTable, NumberedTable};
use crate::{Error, admit};
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::catalog::{MemTable, SchemaProvider, TableProvider};
use datafusion::common::{DFSchema, DataFusionError, ExprSchema, ScalarValue, TableReference};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Operator, TableScan, binary_expr};
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use pantile_core::Code;
use pantile_core::frame::engine::{Bound, Comparison, Narrowed, Wants};
use pantile_core::lang::typed::Source;

/// The whole source.
pub(super) async fn plan(context: &Context, source: &Source) -> Result<LogicalPlan, Error> {
    match source {
        Source::Table(name) => dataset(context, name).await,
        Source::Sql(text) => {
            let limits = &context.engine.parts.limits;
            let statement = admit::view_query(text, limits)?;
            admit::Expansion::new(&context.pin, limits).check(&statement)?;
            let plan = context.plan(statement).await?;
            admit::allowed(&plan)?;
            Ok(plan)
        }
        Source::Sent(name) => Err(Error::new(Code::InvalidRequest, format!("nothing was sent as `{name}`"))),
    }
}

/// A frame that was sent.
pub(super) fn sent(name: &str, schema: SchemaRef, batches: Vec<RecordBatch>) -> Result<LogicalPlan, Error> {
    let planning = |error| Error::planning(&error);
    let table = MemTable::try_new(schema, vec![batches]).map_err(planning)?;
    let scan = LogicalPlanBuilder::scan(name, provider_as_source(Arc::new(table)), None).map_err(planning)?;
    scan.build().map_err(planning)
}

async fn dataset(context: &Context, name: &str) -> Result<LogicalPlan, Error> {
    let reference = TableReference::parse_str(name);
    context.look_up(reference.clone()).await?;
    let planning = |error| Error::planning(&error);
    let schema: Arc<dyn SchemaProvider> =
        context.planner.schema_for_ref(reference.clone()).map_err(planning)?;
    let table = schema.table(reference.table()).await.map_err(planning)?;
    let table = table.ok_or_else(|| Error::unknown_dataset(name, None))?;
    let scan = LogicalPlanBuilder::scan(reference, provider_as_source(table), None).map_err(planning)?;
    scan.build().map_err(planning)
}

/// The source's rows as plans that can run: with the columns that are wanted, and without rows that are not.
pub(super) async fn input(context: &Context, read: &Read, wants: Option<&Wants>) -> Result<Input, Error> {
    let planning = |error| Error::planning(&error);
    let Read { source, plan, columns, .. } = read;
    let mut input =
        Input { source: source.clone(), columns: Arc::clone(columns), lanes: Vec::new(), bytes: 0 };
    let table = provider(plan);
    let held = table.as_deref().and_then(|table| table.downcast_ref::<HeldTable>());
    for lane in lanes_of(context, plan.clone(), held, wants) {
        let lane = context.physical(&wanted(lane, wants).map_err(planning)?).await?;
        // Of other sources, a guess may be off by orders of magnitude.
        if held.is_some() {
            let known = StatisticsContext::new().compute(lane.as_ref(), &StatisticsArgs::new());
            let bytes = known.map_err(planning)?.total_byte_size;
            input.bytes = input.bytes.saturating_add(bytes.get_value().copied().unwrap_or_default());
        }
        input.lanes.push(lane);
    }
    Ok(input)
}

/// The plan with a column behind its own that grows from row to row, where it is a table whose tasks can give one.
pub(super) fn numbered(plan: &LogicalPlan, number: &str) -> Option<Result<LogicalPlan, DataFusionError>> {
    let LogicalPlan::TableScan(scan) = plan else { return None };
    let table = provider(plan)?;
    let table = NumberedTable::new(table.downcast_ref::<HeldTable>()?, number);
    let scan = LogicalPlanBuilder::scan(scan.table_name.clone(), provider_as_source(Arc::new(table)), None);
    Some(scan.and_then(LogicalPlanBuilder::build))
}

fn provider(plan: &LogicalPlan) -> Option<Arc<dyn TableProvider>> {
    let LogicalPlan::TableScan(scan) = plan else { return None };
    source_as_provider(&scan.source).ok()
}

/// A held table in as many runs of its partitions as there are threads; anything else, and the first rows of a table, as
/// it is.
fn lanes_of(
    context: &Context,
    plan: LogicalPlan,
    held: Option<&HeldTable>,
    wants: Option<&Wants>,
) -> Vec<LogicalPlan> {
    let whole = wants.is_some_and(|wants| wants.rows.is_none());
    let (LogicalPlan::TableScan(scan), Some(table), true) = (&plan, held, whole) else { return vec![plan] };
    let threads = context.engine.planners.template().config().target_partitions();
    let runs = table.runs(threads);
    if runs.len() < 2 {
        return vec![plan];
    }
    let run = |run| {
        let source = provider_as_source(Arc::new(run));
        LogicalPlan::TableScan(TableScan { source, ..scan.clone() })
    };
    runs.into_iter().map(run).collect()
}

/// What is wanted of the plan's rows.
fn wanted(plan: LogicalPlan, wants: Option<&Wants>) -> Result<LogicalPlan, DataFusionError> {
    let schema = Arc::clone(plan.schema());
    let mut builder = LogicalPlanBuilder::from(plan);
    let Some(wants) = wants else { return builder.limit(0, Some(0))?.build() };
    let bounds: Vec<Expr> = wants.bounds.iter().filter_map(|bound| compared(&schema, bound)).collect();
    for bound in bounds {
        builder = builder.filter(bound)?;
    }
    builder = builder.project(wants.columns.iter().filter_map(|name| column(&schema, name)))?;
    if let Some(rows) = wants.rows {
        builder = builder.limit(0, usize::try_from(rows).ok())?;
    }
    builder.build()
}

/// The plan with what is wanted of its rows and nothing else.
pub(super) fn narrowed(plan: LogicalPlan, narrowed: &Narrowed) -> Result<LogicalPlan, Error> {
    let planning = |error| Error::planning(&error);
    let schema = Arc::clone(plan.schema());
    let mut builder = LogicalPlanBuilder::from(plan);
    if let Some(columns) = &narrowed.columns {
        let columns = columns.iter().filter_map(|name| column(&schema, name));
        builder = builder.project(columns).map_err(planning)?;
    }
    if let Some(rows) = narrowed.rows {
        builder = builder.limit(0, Some(rows)).map_err(planning)?;
    }
    builder.build().map_err(planning)
}

fn column(schema: &DFSchema, name: &str) -> Option<Expr> {
    let index = schema.fields().iter().position(|field| field.name() == name)?;
    Some(Expr::Column(schema.columns().get(index)?.clone()))
}

/// The comparison in DataFusion's terms. Rows that it leaves out are left out by the program, too, so one that has no
/// such terms may be dropped.
fn compared(schema: &DFSchema, bound: &Bound) -> Option<Expr> {
    let operator = match bound.comparison {
        Comparison::Equal => Operator::Eq,
        Comparison::Less => Operator::Lt,
        Comparison::LessEqual => Operator::LtEq,
        Comparison::Greater => Operator::Gt,
        Comparison::GreaterEqual => Operator::GtEq,
    };
    let column = column(schema, &bound.column)?;
    let Expr::Column(name) = &column else { return None };
    let wanted = schema.field_from_column(name).ok()?.data_type().clone();
    // NaN is greater than every number to both engines, and -0.0 is less than 0.0 to one: floats are not compared.
    if wanted.is_floating() {
        return None;
    }
    let value = ScalarValue::try_from_array(&bound.value()?, 0).ok()?;
    // A value that is rounded on its way would leave out rows that it should not.
    let cast = value.cast_to(&wanted).ok()?;
    let back = cast.cast_to(&value.data_type()).ok()?;
    (!cast.is_null() && back == value).then(|| binary_expr(column, operator, Expr::Literal(cast, None)))
}
