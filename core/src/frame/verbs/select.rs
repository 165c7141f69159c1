//! `select`: these columns and no others.

use super::{On, Verb};
use crate::lang::signature::{Kind, Param};

/// `select`: these columns and no others.
pub(super) const VERB: Verb = Verb {
    name: "select",
    on: On::Frame,
    params: &[Param::rest("columns", Kind::Columns), Param::rest_named("named", Kind::Column)],
    page: include_str!("select.md"),
    polars: |given| Ok(given.frame()?.select(given.columns_and_named("columns", "named")?).into()),
};
