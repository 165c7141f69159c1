//! `filter`: the rows of which all predicates are true.

use polars::prelude::Expr;

use super::{On, Verb};
use crate::frame::lower::{Error, Given};
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
        let predicates = predicates(given)?.into_iter().chain(equal);
        Ok(predicates.fold(given.frame()?, |frame, predicate| frame.filter(predicate)).into())
    },
};

/// The predicates; several that are each a value were meant to be one for each row.
pub(super) fn predicates(given: &Given<'_>) -> Result<Vec<Expr>, Error> {
    let all = given.columns("predicates")?;
    if all.len() > 1 && all.iter().all(|one| matches!(one, Expr::Literal(_))) {
        return Err(Error::refused(format!(
            "`predicates` are {} values, and each would be asked of all rows, not of a row each",
            all.len()
        ))
        .hinted("compare columns: `col(\"a\") > 1`; values that belong to rows are a column of a frame"));
    }
    Ok(all)
}
