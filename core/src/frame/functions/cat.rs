//! Texts of which each is kept once.

use super::{Family, Function};
use crate::lang::signature::{Default, Kind, Param};

/// Texts of which each is kept once.
pub(super) const FAMILY: Family = Family {
    name: "cat",
    page: include_str!("cat.md"),
    functions: &[
        Function::method("cat.len_chars", &[], |given| Ok(given.me()?.cat().len_chars())),
        Function::method("cat.len_bytes", &[], |given| Ok(given.me()?.cat().len_bytes())),
        Function::method("cat.starts_with", &[Param::required("prefix", Kind::Text)], |given| {
            Ok(given.me()?.cat().starts_with(given.text("prefix")?.to_owned()))
        }),
        Function::method("cat.ends_with", &[Param::required("suffix", Kind::Text)], |given| {
            Ok(given.me()?.cat().ends_with(given.text("suffix")?.to_owned()))
        }),
        Function::method(
            "cat.slice",
            &[Param::required("offset", Kind::Int), Param::optional("length", Kind::Int, Default::None)],
            |given| {
                let length = if given.has("length")? { Some(given.size("length")?) } else { None };
                Ok(given.me()?.cat().slice(given.int("offset")?, length))
            },
        ),
    ],
};
