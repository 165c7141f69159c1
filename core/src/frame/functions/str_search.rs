//! What texts hold, and texts with something else in its place.

use polars::prelude::Expr;

use super::{Family, Function, made};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const PATTERN: Param = Param::required("pattern", Kind::Value);
const VALUE: Param = Param::required("value", Kind::Value);
const LITERAL: Param = Param::named("literal", Kind::Bool, Default::Bool(false));
const STRICT: Param = Param::named("strict", Kind::Bool, Default::Bool(true));

/// What texts hold, and texts with something else in its place.
pub(super) const FAMILY: Family = Family {
    name: "str_search",
    page: include_str!("str_search.md"),
    functions: &[
        Function::method("str.contains", &[PATTERN, LITERAL, STRICT], |given| {
            let (text, pattern) = (given.me()?.str(), given.column("pattern")?);
            Ok(match given.bool("literal")? {
                true => text.contains_literal(pattern),
                false => text.contains(pattern, given.bool("strict")?),
            })
        }),
        Function::method("str.starts_with", &[Param::required("prefix", Kind::Value)], |given| {
            Ok(given.me()?.str().starts_with(given.column("prefix")?))
        }),
        Function::method("str.ends_with", &[Param::required("suffix", Kind::Value)], |given| {
            Ok(given.me()?.str().ends_with(given.column("suffix")?))
        }),
        Function::method("str.find", &[PATTERN, LITERAL, STRICT], |given| {
            let (text, pattern) = (given.me()?.str(), given.column("pattern")?);
            Ok(match given.bool("literal")? {
                true => text.find_literal(pattern),
                false => text.find(pattern, given.bool("strict")?),
            })
        }),
        Function::method("str.count_matches", &[PATTERN, LITERAL], |given| {
            Ok(given.me()?.str().count_matches(given.column("pattern")?, given.bool("literal")?))
        }),
        Function::method(
            "str.replace",
            &[PATTERN, VALUE, LITERAL, Param::named("n", Kind::Int, Default::Int(1))],
            |given| match given.int("n")? {
                -1 => replaced(given, -1),
                _ => replaced(given, given.size("n")?),
            },
        ),
        Function::method("str.replace_all", &[PATTERN, VALUE, LITERAL], |given| replaced(given, -1)),
        Function::method(
            "str.extract",
            &[PATTERN, Param::optional("group_index", Kind::Int, Default::Int(1))],
            |given| Ok(given.me()?.str().extract(given.column("pattern")?, given.size("group_index")?)),
        ),
        Function::method("str.extract_all", &[PATTERN], |given| {
            Ok(given.me()?.str().extract_all(given.column("pattern")?))
        }),
        Function::method("str.extract_groups", &[Param::required("pattern", Kind::Text)], |given| {
            Ok(given.me()?.str().extract_groups(given.text("pattern")?)?)
        }),
        Function::method("str.escape_regex", &[], |given| Ok(given.me()?.str().escape_regex())),
    ],
};

/// The first `n` finds replaced; all of them where it is -1.
fn replaced(given: &Given<'_>, n: i64) -> Result<Expr, Error> {
    let (pattern, value) = (given.column("pattern")?, given.column("value")?);
    let is_literal = given.bool("literal")?;
    let texts = made::replaceable(given.me()?, &pattern, &value, is_literal, n);
    Ok(texts.str().replace_n(pattern, value, is_literal, n))
}
