//! `reverse`: the last row first.

use super::{On, Verb};

/// `reverse`: the last row first.
pub(super) const VERB: Verb = Verb {
    name: "reverse",
    on: On::Frame,
    params: &[],
    page: include_str!("reverse.md"),
    polars: |given| Ok(given.frame()?.reverse().into()),
};
