//! `sort`: the rows in another order.

use polars::prelude::SortMultipleOptions;

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `sort`: the rows in another order.
pub(super) const VERB: Verb = Verb {
    name: "sort",
    on: On::Frame,
    params: &[
        Param::required("by", Kind::Columns),
        Param::rest("more_by", Kind::Columns),
        Param::named("descending", Kind::Bools, Default::Bool(false)),
        Param::named("nulls_last", Kind::Bools, Default::Bool(false)),
        Param::named("maintain_order", Kind::Bool, Default::Bool(true)),
    ],
    page: include_str!("sort.md"),
    polars: |given| {
        let mut by = given.columns("by")?;
        by.extend(given.columns("more_by")?);
        let options = SortMultipleOptions::default()
            .with_order_descending_multi(given.bools("descending", by.len())?)
            .with_nulls_last_multi(given.bools("nulls_last", by.len())?)
            .with_maintain_order(given.bool("maintain_order")?);
        Ok(given.frame()?.sort_by_exprs(by, options).into())
    },
};
