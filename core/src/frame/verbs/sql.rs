//! `sql`: the answer to a question in SQL. Its rows lie outside of the program.

use super::{On, Verb};
use crate::frame::lower::Error;
use crate::lang::signature::{Kind, Param};

/// `sql`: the answer to a question in SQL. Its rows lie outside of the program.
pub(super) const VERB: Verb = Verb {
    name: "sql",
    on: On::Nothing,
    params: &[Param::required("query", Kind::Text)],
    page: include_str!("sql.md"),
    polars: |_| Err(Error::Undeclared("query")),
};
