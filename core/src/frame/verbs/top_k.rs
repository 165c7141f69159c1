//! `top_k`: the greatest rows.

use polars::prelude::{Expr, IdxSize, LazyFrame, SortMultipleOptions};

use super::{Made, On, Verb};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const PARAMS: &[Param] = &[
    Param::required("k", Kind::Int),
    Param::required("by", Kind::Columns),
    Param::named("reverse", Kind::Bools, Default::Bool(false)),
];

/// `top_k`: the greatest rows.
pub(super) const VERB: Verb = Verb {
    name: "top_k",
    on: On::Frame,
    params: PARAMS,
    page: include_str!("top_k.md"),
    polars: |given| taken(given, LazyFrame::top_k::<Vec<Expr>>),
};

/// `bottom_k`: the least rows.
pub(super) const BOTTOM: Verb = Verb {
    name: "bottom_k",
    on: On::Frame,
    params: PARAMS,
    page: include_str!("bottom_k.md"),
    polars: |given| taken(given, LazyFrame::bottom_k::<Vec<Expr>>),
};

type Taken = fn(LazyFrame, IdxSize, Vec<Expr>, SortMultipleOptions) -> LazyFrame;

fn taken(given: &Given<'_>, made: Taken) -> Result<Made, Error> {
    let (k, by) = (given.count("k")?, given.columns("by")?);
    if by.is_empty() {
        return Err(Error::refused("`by` names no column to order rows by"));
    }
    let options = SortMultipleOptions::default()
        .with_order_descending_multi(given.bools("reverse", by.len())?)
        // Else rows that are equal in `by` come now one, now another.
        .with_maintain_order(true);
    Ok(made(given.frame()?, k, by, options).into())
}
