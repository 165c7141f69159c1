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
        let descending = given.bools("descending", by.len())?;
        let nulls_last = given.bools("nulls_last", by.len())?;
        let (mut keys, mut orders) = (Vec::new(), Vec::new());
        for (key, order) in by.into_iter().zip(descending.into_iter().zip(nulls_last)) {
            // What is equal by a key is equal by it the second time; Polars 0.55.2 panics at one where few rows are kept.
            if !keys.contains(&key) {
                keys.push(key);
                orders.push(order);
            }
        }
        let (descending, nulls_last): (Vec<bool>, Vec<bool>) = orders.into_iter().unzip();
        let options = SortMultipleOptions::default()
            .with_order_descending_multi(descending)
            .with_nulls_last_multi(nulls_last)
            .with_maintain_order(given.bool("maintain_order")?);
        Ok(given.frame()?.sort_by_exprs(keys, options).into())
    },
};
