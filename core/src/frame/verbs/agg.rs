//! `agg`: one row for each group.

use super::{On, Verb};
use crate::lang::signature::{Kind, Param};

/// `agg`: one row for each group.
pub(super) const VERB: Verb = Verb {
    name: "agg",
    on: On::Groups,
    params: &[Param::rest("columns", Kind::Columns), Param::rest_named("named", Kind::Column)],
    page: include_str!("agg.md"),
    polars: |given| Ok(given.groups()?.agg(given.columns_and_named("columns", "named")?)?.into()),
};
