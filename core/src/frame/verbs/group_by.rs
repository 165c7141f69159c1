//! `group_by`: rows that are equal in some columns, taken together.

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `group_by`: rows that are equal in some columns, taken together.
pub(super) const VERB: Verb = Verb {
    name: "group_by",
    on: On::Frame,
    params: &[
        Param::rest("by", Kind::Columns),
        Param::named("maintain_order", Kind::Bool, Default::Bool(true)),
        Param::rest_named("named_by", Kind::Column),
    ],
    page: include_str!("group_by.md"),
    polars: |given| {
        let by = given.columns_and_named("by", "named_by")?;
        let frame = given.frame()?;
        Ok(if given.bool("maintain_order")? { frame.group_by_stable(by) } else { frame.group_by(by) }.into())
    },
};
