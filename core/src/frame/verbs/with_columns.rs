//! `with_columns`: the frame, with these columns added or replaced.

use super::{On, Verb};
use crate::lang::signature::{Kind, Param};

/// `with_columns`: the frame, with these columns added or replaced.
pub(super) const VERB: Verb = Verb {
    name: "with_columns",
    on: On::Frame,
    params: &[Param::rest("columns", Kind::Columns), Param::rest_named("named", Kind::Column)],
    page: include_str!("with_columns.md"),
    polars: |given| Ok(given.frame()?.with_columns(given.columns_and_named("columns", "named")?).into()),
};
