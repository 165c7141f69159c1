//! What a statement will answer and which parameters it takes, before it runs.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as Ast;

use super::{done_schema, settings};
use crate::context::Context;
use crate::{Description, Error, admit};

/// Plans the statement as far as needed; nothing of it runs.
pub(crate) async fn describe(context: &Context, mut statement: Statement) -> Result<Description, Error> {
    let changes = changes(&statement);
    let none = || Arc::new(Schema::empty());
    if let Statement::Statement(ast) = &mut statement {
        match ast.as_mut() {
            // Whose table it is to be is our affair, and not DataFusion's.
            Ast::CreateTable(create) => create.temporary = false,
            Ast::Set(_) => {
                return Ok(Description { schema: done_schema(), parameters: none(), changes: true });
            }
            Ast::ShowVariable { .. } => {
                return Ok(Description { schema: settings::schema(), parameters: none(), changes: false });
            }
            _ => {}
        }
    }
    // Those have no parameters, and are planned in ways of their own.
    if matches!(statement, Statement::Reset(_)) || (changes && !may_have_parameters(&statement)) {
        return Ok(Description { schema: done_schema(), parameters: none(), changes: true });
    }
    let plan = context.plan(statement).await?;
    let parameters = parameters(&plan)?;
    let schema = match (changes, parameters.fields().is_empty()) {
        (true, _) => done_schema(),
        // Only the plan that runs knows for sure what may be null.
        (false, true) => {
            admit::allowed(&plan)?;
            context.physical(&plan).await?.schema()
        }
        (false, false) => Arc::new(plan.schema().as_arrow().clone()),
    };
    Ok(Description { schema, parameters, changes })
}

fn changes(statement: &Statement) -> bool {
    match statement {
        Statement::Statement(ast) => !matches!(
            ast.as_ref(),
            Ast::Query(_)
                | Ast::Explain { .. }
                | Ast::ExplainTable { .. }
                | Ast::ShowTables { .. }
                | Ast::ShowColumns { .. }
                | Ast::ShowFunctions { .. }
                | Ast::ShowCreate { .. }
                | Ast::ShowVariable { .. }
        ),
        Statement::Explain(_) => false,
        Statement::CopyTo(_) | Statement::CreateExternalTable(_) | Statement::Reset(_) => true,
    }
}

fn may_have_parameters(statement: &Statement) -> bool {
    let Statement::Statement(ast) = statement else { return false };
    match ast.as_ref() {
        Ast::Insert(_) | Ast::Delete(_) | Ast::Update(_) => true,
        Ast::CreateTable(create) => create.query.is_some(),
        _ => false,
    }
}

/// What parameters are cast to, as in `$1::int`.
fn cast_to(plan: &LogicalPlan) -> Result<HashMap<String, DataType>, Error> {
    let mut casts = HashMap::new();
    let walked = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                let cast = match expr {
                    Expr::Cast(cast) => Some((&cast.expr, cast.field.data_type())),
                    Expr::TryCast(cast) => Some((&cast.expr, cast.field.data_type())),
                    _ => None,
                };
                if let Some((Expr::Placeholder(placeholder), data_type)) =
                    cast.map(|(inner, data_type)| (inner.as_ref(), data_type))
                {
                    casts.entry(placeholder.id.clone()).or_insert_with(|| data_type.clone());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    walked.map_err(|error| Error::planning(&error))?;
    Ok(casts)
}

fn parameters(plan: &LogicalPlan) -> Result<SchemaRef, Error> {
    let types = plan.get_parameter_types().map_err(|error| Error::planning(&error))?;
    let casts = cast_to(plan)?;
    let mut types: Vec<(String, Option<DataType>)> = types
        .into_iter()
        .map(|(name, data_type)| {
            let data_type = data_type.or_else(|| casts.get(&name).cloned());
            (name, data_type)
        })
        .collect();
    let place = |name: &str| name.trim_start_matches('$').parse::<u64>().ok();
    types.sort_by(|(one, _), (other, _)| match (place(one), place(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => one.cmp(other),
    });
    let fields = types.into_iter().map(|(name, data_type)| {
        Field::new(name.trim_start_matches('$'), data_type.unwrap_or(DataType::Null), true)
    });
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}
