//! `head`, `limit`: the first rows.

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `head`: the first rows.
pub(super) const VERB: Verb = Verb {
    name: "head",
    on: On::Frame,
    params: &[Param::optional("n", Kind::Int, Default::Int(5))],
    page: include_str!("head.md"),
    polars: |given| Ok(given.frame()?.limit(given.count("n")?).into()),
};

/// `limit`: `head`, as SQL calls it.
pub(super) const LIMIT: Verb = Verb { name: "limit", ..VERB };

/// `head` of groups: the first rows of each.
pub(super) const OF_GROUPS: Verb = Verb {
    name: "head",
    on: On::Groups,
    params: &[Param::optional("n", Kind::Int, Default::Int(5))],
    page: include_str!("head.md"),
    polars: |given| {
        let (groups, n) = (given.groups()?.with_rows("head")?, given.size("n")?);
        // Of no rows, Polars makes one of nulls for each group.
        Ok(if n == 0 { groups.head(Some(1)).clear() } else { groups.head(Some(n)) }.into())
    },
};
