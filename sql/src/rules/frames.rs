//! Window frames over columns that have no distances: times of day, bytes, structures.
//!
//! Without a frame of its own a window function gets `RANGE` from the first row to the last that equals the current one,
//! and DataFusion 55 plans `RANGE` only where it could add to a value. Where no distance is asked for, `GROUPS` means
//! the same rows, and needs no more than that values can be told apart.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::{
    Expr, ExprSchemable, LogicalPlan, WindowFrame, WindowFrameBound, WindowFrameUnits,
};
use datafusion::optimizer::AnalyzerRule;
use pantile_core::Code;

use super::under_names;
use crate::Error;

/// Makes `GROUPS` of `RANGE` where they are the same and only one can be planned.
#[derive(Debug)]
pub(super) struct Frames;

impl AnalyzerRule for Frames {
    fn name(&self) -> &str {
        "frames"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let framed = plan.transform_up_with_subqueries(|node| {
            let LogicalPlan::Window(window) = &node else { return Ok(Transformed::no(node)) };
            let schema = window.input.schema().as_ref().clone();
            under_names(node, |expr| expr.transform_up(|expr| in_groups(expr, &schema)))
        });
        Ok(framed?.data)
    }
}

fn in_groups(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Expr::WindowFunction(mut window) = expr else { return Ok(Transformed::no(expr)) };
    let frame = &window.params.window_frame;
    let by = match window.params.order_by.first() {
        Some(by) if frame.units == WindowFrameUnits::Range => by.expr.get_type(schema)?,
        _ => return Ok(Transformed::no(Expr::WindowFunction(window))),
    };
    if has_distances(&by) {
        return Ok(Transformed::no(Expr::WindowFunction(window)));
    }
    if !is_plain(&frame.start_bound) || !is_plain(&frame.end_bound) {
        let said = format!("a frame by `RANGE` with a distance needs numbers or dates to order by, not {by}");
        let hint = "use `ROWS` or `GROUPS`";
        return Err(Error::new(Code::Unsupported, said).hinted(Some(hint.to_owned())).carried());
    }
    let (start, end) = (frame.start_bound.clone(), frame.end_bound.clone());
    window.params.window_frame = WindowFrame::new_bounds(WindowFrameUnits::Groups, start, end);
    Ok(Transformed::yes(Expr::WindowFunction(window)))
}

/// The first or last row, or those that equal the current one.
fn is_plain(bound: &WindowFrameBound) -> bool {
    match bound {
        WindowFrameBound::Preceding(distance) | WindowFrameBound::Following(distance) => distance.is_null(),
        WindowFrameBound::CurrentRow => true,
    }
}

/// The types that DataFusion plans `RANGE` for.
fn has_distances(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => has_distances(values),
        DataType::Boolean
        | DataType::Null
        | DataType::Date32
        | DataType::Date64
        | DataType::Timestamp(..)
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..) => true,
        other => other.is_numeric(),
    }
}
