//! `interpolate`: nulls on the line between their neighbours.

use polars::prelude::{InterpolationMethod, all};

use super::{On, Verb};

/// `interpolate`: nulls on the line between their neighbours.
pub(super) const VERB: Verb = Verb {
    name: "interpolate",
    on: On::Frame,
    params: &[],
    page: include_str!("interpolate.md"),
    polars: |given| {
        Ok(given.frame()?.select([all().as_expr().interpolate(InterpolationMethod::Linear)]).into())
    },
};
