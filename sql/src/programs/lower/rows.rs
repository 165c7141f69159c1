//! Rows in an order that DataFusion knows nothing of: the columns that they are sorted by go with them.

use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::expr::Sort;
use datafusion::logical_expr::{Expr, ExprFunctionExt, LogicalPlan, LogicalPlanBuilder};

use super::super::columns::{Lowered, Names, at, must};

/// A frame, lowered: its columns by name, and beside them those of its order.
pub(super) struct Rows {
    pub(super) plan: LogicalPlan,
    pub(super) order: Order,
}

/// How the rows' order is known.
#[derive(Clone)]
pub(super) enum Order {
    /// Nobody asks for it, or there is none.
    Any,
    /// They come in it.
    Stream,
    /// This column counts them, without nulls and without two that are equal.
    Number(String),
    /// They are sorted by these columns.
    By(Vec<Key>),
}

#[derive(Clone)]
pub(super) struct Key {
    pub(super) column: String,
    pub(super) ascending: bool,
    pub(super) nulls_first: bool,
}

impl Key {
    pub(super) fn of(column: String) -> Self {
        Self { column, ascending: true, nulls_first: false }
    }

    pub(super) fn sort(&self) -> Sort {
        at(&self.column).sort(self.ascending, self.nulls_first)
    }
}

impl Rows {
    /// The columns of its order.
    pub(super) fn hidden(&self) -> Vec<Expr> {
        match &self.order {
            Order::Any | Order::Stream => Vec::new(),
            Order::Number(number) => vec![at(number)],
            Order::By(keys) => keys.iter().map(|key| at(&key.column)).collect(),
        }
    }

    /// What sorts them, as far as that is known.
    pub(super) fn keys(&self) -> Vec<Key> {
        match &self.order {
            Order::Any | Order::Stream => Vec::new(),
            Order::Number(number) => vec![Key::of(number.clone())],
            Order::By(keys) => keys.clone(),
        }
    }

    /// The rows, coming in their order.
    pub(super) fn sorted(self) -> Lowered<Self> {
        let sorts: Vec<Sort> = self.keys().iter().map(Key::sort).collect();
        if sorts.is_empty() {
            return Ok(self);
        }
        Ok(Self { plan: LogicalPlanBuilder::from(self.plan).sort(sorts)?.build()?, order: self.order })
    }

    /// The rows with columns that they are sorted by, if they have an order.
    pub(super) fn keyed(self, names: &Names) -> Lowered<Self> {
        if matches!(self.order, Order::Stream) { self.numbered(names) } else { Ok(self) }
    }

    /// The rows with a number that says where each is, if they have an order.
    pub(super) fn numbered(self, names: &Names) -> Lowered<Self> {
        if matches!(self.order, Order::Any | Order::Number(_)) {
            return Ok(self);
        }
        let (rows, number) = self.counted(names)?;
        Ok(Self { plan: rows.plan, order: Order::Number(number) })
    }

    /// The rows with a column that counts them from 1 on, in their order, and its name.
    pub(super) fn counted(self, names: &Names) -> Lowered<(Self, String)> {
        let sorts: Vec<Sort> = self.keys().iter().map(Key::sort).collect();
        let number = match sorts.is_empty() {
            true => row_number(),
            false => row_number().order_by(sorts).build()?,
        };
        let name = names.fresh();
        let plan = LogicalPlanBuilder::from(self.plan).window([number.alias(&name)])?.build()?;
        Ok((Self { plan, order: self.order }, name))
    }

    /// The rows with these columns, in the same order.
    pub(super) fn project(self, columns: impl IntoIterator<Item = Expr>) -> Lowered<Self> {
        let columns: Vec<Expr> = columns.into_iter().chain(self.hidden()).collect();
        // A frame of no columns has no rows for Polars, and as many as before for DataFusion.
        must(!columns.is_empty(), "a frame without columns")?;
        Ok(Self { plan: LogicalPlanBuilder::from(self.plan).project(columns)?.build()?, order: self.order })
    }

    pub(super) fn filter(self, predicate: Expr) -> Lowered<Self> {
        Ok(Self { plan: LogicalPlanBuilder::from(self.plan).filter(predicate)?.build()?, order: self.order })
    }
}
