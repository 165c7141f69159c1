//! The plan, node by node: an allow-list, subqueries included.

use arrow::array::timezone::Tz;
use arrow::datatypes::DataType;
use datafusion::catalog::cte_worktable::CteWorkTable;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::catalog::view::ViewTable;
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::DefaultTableSource;
use datafusion::datasource::empty::EmptyTable;
use datafusion::functions_table::generate_series::GenerateSeriesTable;
use datafusion::logical_expr::expr::{Cast, TryCast};
use datafusion::logical_expr::{Expr, LogicalPlan, TableScan};
use pantile_core::Code;

use crate::Error;
use crate::programs::ProgramTable;
use crate::provider::{ExternalTable, HeldTable};

/// Refuses a plan that holds anything but questions over our own tables.
pub(crate) fn allowed(plan: &LogicalPlan) -> Result<(), Error> {
    let mut refused = None;
    let walked = plan.apply_with_subqueries(|node| {
        Ok(match judge(node).and_then(|()| zones(node)) {
            Ok(()) => TreeNodeRecursion::Continue,
            Err(error) => {
                refused.get_or_insert(error);
                TreeNodeRecursion::Stop
            }
        })
    });
    match (refused, walked) {
        (Some(error), _) => Err(error),
        (None, Ok(_)) => Ok(()),
        (None, Err(error)) => Err(Error::planning(&error)),
    }
}

fn judge(node: &LogicalPlan) -> Result<(), Error> {
    use LogicalPlan as P;
    let refuse = |what: &str| {
        Err(Error::new(Code::Forbidden, format!("{what} cannot stand inside another statement")))
    };
    match node {
        P::Projection(_)
        | P::Filter(_)
        | P::Window(_)
        | P::Aggregate(_)
        | P::Sort(_)
        | P::Join(_)
        | P::Repartition(_)
        | P::Union(_)
        | P::EmptyRelation(_)
        | P::Subquery(_)
        | P::SubqueryAlias(_)
        | P::Limit(_)
        | P::Values(_)
        | P::Distinct(_)
        | P::Unnest(_)
        | P::RecursiveQuery(_)
        | P::DescribeTable(_)
        | P::Explain(_)
        | P::Analyze(_) => Ok(()),
        P::TableScan(scan) => judge_scan(scan),
        P::Dml(_) => refuse("a change of rows"),
        P::Ddl(_) => refuse("a change of datasets"),
        P::Copy(_) => refuse("`COPY`"),
        P::Statement(_) => refuse("this statement"),
        P::Extension(_) => refuse("this node"),
    }
}

/// Refuses zones that are none: Arrow takes any text for one until it must print a time.
fn zones(node: &LogicalPlan) -> Result<(), Error> {
    let known = |data_type: &DataType| match data_type {
        DataType::Timestamp(_, Some(zone)) if zone.parse::<Tz>().is_err() => {
            let hint = "write `Europe/Berlin`, `UTC` or `+01:00`";
            Err(Error::new(Code::InvalidValue, format!("`{zone}` is no time zone"))
                .hinted(Some(hint.to_owned())))
        }
        _ => Ok(()),
    };
    node.schema().fields().iter().try_for_each(|field| known(field.data_type()))?;
    let mut refused = Ok(());
    let walked = node.apply_expressions(|expr| {
        expr.apply(|expr| {
            if let Expr::Cast(Cast { field, .. }) | Expr::TryCast(TryCast { field, .. }) = expr
                && refused.is_ok()
            {
                refused = known(field.data_type());
            }
            Ok(TreeNodeRecursion::Continue)
        })
    });
    walked.map_err(|error| Error::planning(&error)).and(refused)
}

fn judge_scan(scan: &TableScan) -> Result<(), Error> {
    let known = (scan.source.as_ref() as &dyn std::any::Any)
        .downcast_ref::<DefaultTableSource>()
        .is_some_and(|source| is_ours(source.table_provider.as_ref()));
    match known {
        true => Ok(()),
        false => {
            Err(Error::new(Code::Forbidden, format!("`{}` is not a dataset of this server", scan.table_name)))
        }
    }
}

fn is_ours(table: &dyn TableProvider) -> bool {
    table.is::<HeldTable>()
        || table.is::<ExternalTable>()
        || table.is::<ViewTable>()
        || table.is::<ProgramTable>()
        || table.is::<MemTable>()
        || table.is::<EmptyTable>()
        || table.is::<StreamingTable>()
        || table.is::<CteWorkTable>()
        || table.is::<GenerateSeriesTable>()
}
