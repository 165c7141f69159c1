//! `group_by`: rows that are equal in some columns, taken together.

use polars::prelude::Expr;

use super::{On, Verb};
use crate::frame::groups::Groups;
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};
use crate::{did_you_mean, nearest};

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
        names(given)?;
        let by = given.columns_and_named("by", "named_by")?;
        Ok(Groups::by_keys(given.frame()?, by, given.bool("maintain_order")?).into())
    },
};

/// Refuses names of keys that were meant for parameters.
fn names(given: &Given<'_>) -> Result<(), Error> {
    for (name, key) in given.named("named_by")? {
        let near = nearest(&name, ["by", "maintain_order"]);
        match (key, near) {
            (Expr::Column(_) | Expr::Literal(_), Some("by")) if name.as_ref() == "by" => {
                return Err(Error::refused("`by` would be what the key is called")
                    .hinted("write keys without a name: `group_by(\"a\", \"b\")`"));
            }
            // A value makes one group of all rows, so nobody asks for it as a key.
            (Expr::Literal(_), Some(near)) => {
                let near = did_you_mean(Some(near));
                return Err(Error::refused(format!("`group_by` takes no `{name}`{near}"))
                    .hinted("a name gives a key its own: `group_by(year=col(\"t\").dt.year())`"));
            }
            _ => {}
        }
    }
    Ok(())
}
