//! `tail`: the last rows.

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `tail`: the last rows.
pub(super) const VERB: Verb = Verb {
    name: "tail",
    on: On::Frame,
    params: &[Param::optional("n", Kind::Int, Default::Int(5))],
    page: include_str!("tail.md"),
    polars: |given| Ok(given.frame()?.tail(given.count("n")?).into()),
};

/// `tail` of groups: the last rows of each.
pub(super) const OF_GROUPS: Verb = Verb {
    name: "tail",
    on: On::Groups,
    params: &[Param::optional("n", Kind::Int, Default::Int(5))],
    page: include_str!("tail.md"),
    polars: |given| {
        let (groups, n) = (given.groups()?.with_rows("tail")?, given.size("n")?);
        // Of no rows, Polars makes one of nulls for each group.
        Ok(if n == 0 { groups.tail(Some(1)).clear() } else { groups.tail(Some(n)) }.into())
    },
};
