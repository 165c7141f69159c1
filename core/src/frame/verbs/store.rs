//! `store`: the frame, kept as a table.

use super::{On, Verb};
use crate::frame::lower::Error;
use crate::lang::signature::{Default, Kind, Param};

/// `store`: the frame, kept as a table. It ends a program, so nothing is planned of it.
pub(super) const VERB: Verb = Verb {
    name: "store",
    on: On::Frame,
    params: &[
        Param::required("name", Kind::Text),
        Param::named("if_exists", Kind::Choice(&["error", "replace", "append"]), Default::Text("error")),
    ],
    page: include_str!("store.md"),
    polars: |_| Err(Error::Undeclared("self")),
};
