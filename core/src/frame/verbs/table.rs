//! `table`: a dataset. Its rows lie outside of the program.

use super::{On, Verb};
use crate::frame::lower::Error;
use crate::lang::signature::{Kind, Param};

/// `table`: a dataset. Its rows lie outside of the program.
pub(super) const VERB: Verb = Verb {
    name: "table",
    on: On::Nothing,
    params: &[Param::required("name", Kind::Text)],
    page: include_str!("table.md"),
    polars: |_| Err(Error::Undeclared("name")),
};
