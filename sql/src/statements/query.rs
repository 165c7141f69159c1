//! Questions: `SELECT` and all that becomes one, and `EXPLAIN`.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringBuilder};
use arrow::record_batch::RecordBatch;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as Ast;
use futures::StreamExt;
use pantile_core::Code;

use super::Prepared;
use crate::context::Context;
use crate::{Answer, Error, admit};

/// Plans a question and starts it.
pub(super) async fn prepare(context: Arc<Context>, statement: Statement) -> Result<Prepared, Error> {
    let plan = context.plan(statement).await?;
    let physical = physical(&context, &plan).await?;
    Ok(Prepared::Question(context, physical))
}

/// `EXPLAIN` and `EXPLAIN ANALYZE`, of questions only: what the plan of a change would show is its question.
pub(super) async fn explain(context: Arc<Context>, statement: Statement) -> Result<Prepared, Error> {
    if !explains_a_question(&statement) {
        return Err(Error::new(
            Code::Unsupported,
            "`EXPLAIN` explains questions; explain the question inside this statement",
        ));
    }
    let plan = context.plan(statement).await?;
    let answer = context.answer(physical(&context, &plan).await?).await?;
    // `DESCRIBE SELECT …` is parsed as if it were one, and answers with columns.
    let explains = matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_));
    Ok(Prepared::Answer(if explains { line_by_line(answer, &context) } else { answer }))
}

/// The plan as one that can run, where it may.
pub(super) async fn physical(context: &Context, plan: &LogicalPlan) -> Result<Arc<dyn ExecutionPlan>, Error> {
    admit::allowed(plan)?;
    context.physical(plan).await
}

fn explains_a_question(statement: &Statement) -> bool {
    match statement {
        Statement::Explain(explain) => match explain.statement.as_ref() {
            Statement::Statement(ast) => matches!(**ast, Ast::Query(_)),
            _ => false,
        },
        Statement::Statement(ast) => match ast.as_ref() {
            Ast::Explain { statement, .. } => matches!(**statement, Ast::Query(_)),
            _ => false,
        },
        _ => false,
    }
}

/// The answer with a row for each line of a plan, which every format can show, and with tables' names where a plan
/// shows the paths of their files.
pub(crate) fn line_by_line(answer: Answer, context: &Arc<Context>) -> Answer {
    let context = Arc::clone(context);
    let batches = answer.batches.map(move |batch| batch.and_then(|batch| lines(&batch, &context))).boxed();
    Answer { batches, ..answer }
}

fn lines(batch: &RecordBatch, context: &Context) -> Result<RecordBatch, Error> {
    let text = |index: usize| batch.columns().get(index)?.as_string_opt::<i32>();
    let (Some(types), Some(plans)) = (text(0), text(1)) else { return Ok(batch.clone()) };
    let (mut type_of, mut line_of) = (StringBuilder::new(), StringBuilder::new());
    for (plan_type, plan) in types.iter().zip(plans).filter_map(|(plan_type, plan)| plan_type.zip(plan)) {
        for line in with_names(plan, context).lines() {
            type_of.append_value(plan_type);
            line_of.append_value(line);
        }
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(type_of.finish()), Arc::new(line_of.finish())];
    RecordBatch::try_new(batch.schema(), columns).map_err(|error| Error::defect(&error))
}

fn with_names(text: &str, context: &Context) -> String {
    let mut text = text.to_owned();
    for table in context.pin.tables.values().chain(context.lasting.tables.values()) {
        let folders: BTreeSet<&str> = table
            .partitions
            .iter()
            .filter_map(|partition| Some(partition.path.rsplit_once('/')?.0))
            .collect();
        for folder in folders {
            text = text.replace(folder, &table.name);
        }
    }
    text
}
