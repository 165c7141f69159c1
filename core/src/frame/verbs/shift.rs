//! `shift`: values moved down by some rows.

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `shift`: values moved down by some rows.
pub(super) const VERB: Verb = Verb {
    name: "shift",
    on: On::Frame,
    params: &[
        Param::optional("n", Kind::Value, Default::Int(1)),
        Param::named("fill_value", Kind::Value, Default::None),
    ],
    page: include_str!("shift.md"),
    polars: |given| {
        let (frame, n) = (given.frame()?, given.column("n")?);
        Ok(match given.column_if("fill_value")? {
            Some(value) => frame.shift_and_fill(n, value),
            None => frame.shift(n),
        }
        .into())
    },
};
