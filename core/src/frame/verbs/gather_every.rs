//! `gather_every`: each nth row.

use polars::prelude::all;

use super::{On, Verb};
use crate::frame::lower::Error;
use crate::lang::signature::{Default, Kind, Param};

/// `gather_every`: each nth row.
pub(super) const VERB: Verb = Verb {
    name: "gather_every",
    on: On::Frame,
    params: &[Param::required("n", Kind::Int), Param::optional("offset", Kind::Int, Default::Int(0))],
    page: include_str!("gather_every.md"),
    polars: |given| {
        let (n, offset) = (given.size("n")?, given.size("offset")?);
        if n == 0 {
            return Err(Error::refused("`n` is 0").hinted("1 takes every row, 2 every other"));
        }
        Ok(given.frame()?.select([all().as_expr().gather_every(n, offset)]).into())
    },
};
