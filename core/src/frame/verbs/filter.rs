//! `filter`: the rows of which all predicates are true.

use super::{On, Verb};
use crate::lang::signature::{Kind, Param};

/// `filter`: the rows of which all predicates are true.
pub(super) const VERB: Verb = Verb {
    name: "filter",
    on: On::Frame,
    params: &[Param::rest("predicates", Kind::Columns), Param::rest_named("constraints", Kind::Value)],
    page: include_str!("filter.md"),
    polars: |given| {
        let equal = given
            .named("constraints")?
            .into_iter()
            .map(|(name, value)| polars::prelude::col(name.as_ref()).eq(value));
        let predicates = given.columns("predicates")?.into_iter().chain(equal);
        Ok(predicates.fold(given.frame()?, |frame, predicate| frame.filter(predicate)).into())
    },
};
