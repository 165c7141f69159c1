//! `having`: the groups of which all predicates are true.

use super::{On, Verb};
use crate::lang::signature::{Kind, Param};

/// `having`: the groups of which all predicates are true.
pub(super) const VERB: Verb = Verb {
    name: "having",
    on: On::Groups,
    params: &[Param::rest("predicates", Kind::Columns)],
    page: include_str!("having.md"),
    polars: |given| {
        let predicates = given.columns("predicates")?.into_iter();
        Ok(predicates
            .fold(given.groups()?.with_rows("having")?, |groups, predicate| groups.having(predicate))
            .into())
    },
};
