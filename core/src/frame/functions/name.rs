//! What results are called, and fields of structs.

use polars::prelude::escape_regex_str;

use super::{Family, Function};
use crate::lang::signature::{Default, Kind, Param};

const PREFIX: &[Param] = &[Param::required("prefix", Kind::Text)];
const SUFFIX: &[Param] = &[Param::required("suffix", Kind::Text)];

/// What results are called, and fields of structs.
pub(super) const FAMILY: Family = Family {
    name: "name",
    page: include_str!("name.md"),
    functions: &[
        Function::method("name.keep", &[], |given| Ok(given.me()?.name().keep())),
        Function::method("name.prefix", PREFIX, |given| Ok(given.me()?.name().prefix(given.text("prefix")?))),
        Function::method("name.suffix", SUFFIX, |given| Ok(given.me()?.name().suffix(given.text("suffix")?))),
        Function::method("name.strip_prefix", PREFIX, |given| {
            let pattern = format!("^{}", escape_regex_str(given.text("prefix")?));
            Ok(given.me()?.name().replace(&pattern, "", false))
        }),
        Function::method("name.strip_suffix", SUFFIX, |given| {
            let pattern = format!("{}$", escape_regex_str(given.text("suffix")?));
            Ok(given.me()?.name().replace(&pattern, "", false))
        }),
        Function::method("name.to_lowercase", &[], |given| Ok(given.me()?.name().to_lowercase())),
        Function::method("name.to_uppercase", &[], |given| Ok(given.me()?.name().to_uppercase())),
        Function::method(
            "name.replace",
            &[
                Param::required("pattern", Kind::Text),
                Param::required("value", Kind::Text),
                Param::named("literal", Kind::Bool, Default::Bool(false)),
            ],
            |given| {
                let (pattern, value) = (given.text("pattern")?, given.text("value")?);
                Ok(given.me()?.name().replace(pattern, value, given.bool("literal")?))
            },
        ),
        Function::method("name.prefix_fields", PREFIX, |given| {
            Ok(given.me()?.name().prefix_fields(given.text("prefix")?))
        }),
        Function::method("name.suffix_fields", SUFFIX, |given| {
            Ok(given.me()?.name().suffix_fields(given.text("suffix")?))
        }),
    ],
};
