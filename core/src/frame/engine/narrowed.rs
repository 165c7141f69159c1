//! What of a program's frame is wanted by who reads it as a table.

use polars::prelude::{Expr, IdxSize, LazyFrame, PlSmallStr, SchemaRef};

/// Columns and a number of first rows, of what a program comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// The columns, in the order wanted; all of them where absent.
    pub columns: Option<Vec<PlSmallStr>>,
    /// How many of the first rows, when not all.
    pub rows: Option<usize>,
}

impl Narrowed {
    /// The plan with nothing else in it.
    pub fn over(&self, plan: LazyFrame) -> LazyFrame {
        let plan = match &self.columns {
            // Names, and no patterns of names.
            Some(columns) => plan.select(columns.iter().cloned().map(Expr::Column).collect::<Vec<_>>()),
            None => plan,
        };
        match self.rows.and_then(|rows| IdxSize::try_from(rows).ok()) {
            Some(rows) => plan.limit(rows),
            None => plan,
        }
    }

    /// The columns that are left of these.
    pub fn schema(&self, all: &SchemaRef) -> SchemaRef {
        let Some(columns) = &self.columns else { return SchemaRef::clone(all) };
        let left = columns.iter().filter_map(|name| Some((name.clone(), all.get(name)?.clone())));
        SchemaRef::new(left.collect())
    }
}
