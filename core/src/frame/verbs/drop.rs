//! `drop`: the frame without these columns.

use polars::prelude::by_name;

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `drop`: the frame without these columns.
pub(super) const VERB: Verb = Verb {
    name: "drop",
    on: On::Frame,
    params: &[Param::rest("columns", Kind::Names), Param::named("strict", Kind::Bool, Default::Bool(true))],
    page: include_str!("drop.md"),
    polars: |given| {
        let names = given.names("columns")?;
        Ok(given.frame()?.drop(by_name(names, given.bool("strict")?, true)).into())
    },
};
