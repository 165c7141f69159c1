//! The plan, node by node: an allow-list, subqueries included.

use datafusion::catalog::cte_worktable::CteWorkTable;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::catalog::view::ViewTable;
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::DefaultTableSource;
use datafusion::datasource::empty::EmptyTable;
use datafusion::functions_table::generate_series::GenerateSeriesTable;
use datafusion::logical_expr::{LogicalPlan, TableScan};
use pantile_core::Code;

use crate::Error;
use crate::provider::{ExternalTable, HeldTable};

/// Refuses a plan that holds anything but questions over our own tables.
pub(crate) fn allowed(plan: &LogicalPlan) -> Result<(), Error> {
    let mut refused = None;
    let walked = plan.apply_with_subqueries(|node| {
        Ok(match judge(node) {
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
        || table.is::<MemTable>()
        || table.is::<EmptyTable>()
        || table.is::<StreamingTable>()
        || table.is::<CteWorkTable>()
        || table.is::<GenerateSeriesTable>()
}
