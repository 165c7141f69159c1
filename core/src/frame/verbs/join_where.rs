//! `join_where`: pairs of rows of which all predicates are true.

use super::{On, Verb};
use crate::frame::lower::Error;
use crate::lang::signature::{Default, Kind, Param};

/// `join_where`: pairs of rows of which all predicates are true.
pub(super) const VERB: Verb = Verb {
    name: "join_where",
    on: On::Frame,
    params: &[
        Param::required("other", Kind::Frame),
        Param::rest("predicates", Kind::Columns),
        Param::named("suffix", Kind::Text, Default::Text("_right")),
    ],
    page: include_str!("join_where.md"),
    polars: |given| {
        let mut predicates = given.columns("predicates")?;
        if predicates.is_empty() {
            return Err(Error::refused("`join_where` is given no predicate")
                .hinted("`join(other, how=\"cross\")` pairs all rows"));
        }
        // Polars finds pairs by the last two inequalities that it can, and filters them by the others.
        predicates.reverse();
        let join = given.frame()?.join_builder().with(given.other("other")?);
        Ok(join.suffix(given.text("suffix")?).join_where(predicates).into())
    },
};
