//! `with_row_index`: the rows, counted.

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `with_row_index`: the rows, counted.
pub(super) const VERB: Verb = Verb {
    name: "with_row_index",
    on: On::Frame,
    params: &[
        Param::optional("name", Kind::Text, Default::Text("index")),
        Param::optional("offset", Kind::Int, Default::Int(0)),
    ],
    page: include_str!("with_row_index.md"),
    polars: |given| {
        let (name, offset) = (given.text("name")?, given.size("offset")?);
        Ok(given.frame()?.with_row_index(name, Some(offset)).into())
    },
};
