//! `unique`: of rows that are equal, one.

use polars::prelude::{Expr, LazyFrame, UniqueKeepStrategy};

use super::{Made, On, Verb};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const PARAMS: &[Param] = &[
    Param::optional("subset", Kind::Columns, Default::None),
    Param::named("keep", Kind::Choice(&["any", "first", "last", "none"]), Default::Text("any")),
    Param::named("maintain_order", Kind::Bool, Default::Bool(true)),
];

/// `unique`: of rows that are equal, one.
pub(super) const VERB: Verb =
    Verb { name: "unique", on: On::Frame, params: PARAMS, page: include_str!("unique.md"), polars: unique };

/// `distinct`: `unique`, as SQL calls it.
pub(super) const DISTINCT: Verb = Verb { name: "distinct", ..VERB };

/// The columns to compare; refused where their patterns and selectors find none, at which Polars 0.55.2 panics.
fn keys(frame: &LazyFrame, subset: Vec<Expr>) -> Result<Vec<Expr>, Error> {
    if frame.clone().select(&subset).collect_schema()?.is_empty() {
        return Err(Error::refused("`subset` finds no column of the frame")
            .hinted("leave it out to compare whole rows"));
    }
    Ok(subset)
}

fn unique(given: &Given<'_>) -> Result<Made, Error> {
    let frame = given.frame()?;
    let subset = if given.has("subset")? { Some(keys(&frame, given.columns("subset")?)?) } else { None };
    let keep = match given.text("keep")? {
        "first" => UniqueKeepStrategy::First,
        "last" => UniqueKeepStrategy::Last,
        "none" => UniqueKeepStrategy::None,
        _ => UniqueKeepStrategy::Any,
    };
    Ok(if given.bool("maintain_order")? {
        frame.unique_stable_generic(subset, keep)
    } else {
        frame.unique_generic(subset, keep)
    }
    .into())
}
