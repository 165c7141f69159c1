//! Polars, as frames run on it: rows in and out without a copy, and a plan run to a stream of batches.
//!
//! Verbs say what they do by Polars' lazy plans ([`crate::frame::plan`]). Here a plan is asked what it wants of its
//! sources ([`wants`]), the sources' rows become plans that read them ([`plan_of`]), and the plan is [`run`], with some of
//! its joins by `inequalities` instead of Polars'. Nothing else in this crate starts Polars.

mod arrow;
mod error;
mod heights;
mod inequalities;
mod lists;
mod narrowed;
mod partners;
mod run;
mod sources;
mod spelt;
mod windows;

pub use arrow::{array_of, frame_schema, plan_of, rows_of, schema_of};
pub use error::{Error, code_of, over, told};
pub use narrowed::Narrowed;
pub use run::{run, tried, value_of};
pub use sources::{Bound, Comparison, Placeholder, Wants, explained, wants};

/// Columns, as Polars has them.
pub type Columns = polars::prelude::SchemaRef;
/// Rows, as Polars has them.
pub type Rows = std::sync::Arc<polars::prelude::DataFrame>;
/// A plan of Polars.
pub type Plan = polars::prelude::LazyFrame;
