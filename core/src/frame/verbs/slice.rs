//! `slice`: rows by their place.

use polars::prelude::IdxSize;

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `slice`: rows by their place.
pub(super) const VERB: Verb = Verb {
    name: "slice",
    on: On::Frame,
    params: &[Param::required("offset", Kind::Int), Param::optional("length", Kind::Int, Default::None)],
    page: include_str!("slice.md"),
    polars: |given| {
        let length = if given.has("length")? { given.count("length")? } else { IdxSize::MAX };
        Ok(given.frame()?.slice(given.int("offset")?, length).into())
    },
};

/// `first`: the first row.
pub(super) const FIRST: Verb = Verb {
    name: "first",
    on: On::Frame,
    params: &[],
    page: include_str!("first.md"),
    polars: |given| Ok(given.frame()?.first().into()),
};

/// `last`: the last row.
pub(super) const LAST: Verb = Verb {
    name: "last",
    on: On::Frame,
    params: &[],
    page: include_str!("last.md"),
    polars: |given| Ok(given.frame()?.last().into()),
};

/// `clear`: no row at all.
pub(super) const CLEAR: Verb = Verb {
    name: "clear",
    on: On::Frame,
    params: &[],
    page: include_str!("clear.md"),
    polars: |given| Ok(given.frame()?.clear().into()),
};
