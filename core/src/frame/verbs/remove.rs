//! `remove`: the rows of which not all predicates are true.

use polars::prelude::{Expr, col};

use super::filter::predicates;
use super::{On, Verb};
use crate::lang::signature::{Kind, Param};

/// `remove`: the rows of which not all predicates are true.
pub(super) const VERB: Verb = Verb {
    name: "remove",
    on: On::Frame,
    params: &[Param::rest("predicates", Kind::Columns), Param::rest_named("constraints", Kind::Value)],
    page: include_str!("remove.md"),
    polars: |given| {
        let equal = given.named("constraints")?.into_iter().map(|(name, value)| col(name.as_ref()).eq(value));
        let all = predicates(given)?.into_iter().chain(equal).reduce(Expr::and);
        let frame = given.frame()?;
        Ok(match all {
            Some(all) => frame.remove(all),
            None => frame.clear(),
        }
        .into())
    },
};
