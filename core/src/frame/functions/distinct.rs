//! Values that are alike: once, how often, and where.

use super::{Family, Function};
use crate::lang::signature::{Default, Kind, Param};

/// Values that are alike: once, how often, and where.
pub(super) const FAMILY: Family = Family {
    name: "distinct",
    page: include_str!("distinct.md"),
    functions: &[
        Function::method(
            "unique",
            &[Param::named("maintain_order", Kind::Bool, Default::Bool(true))],
            |given| {
                let me = given.me()?;
                Ok(if given.bool("maintain_order")? { me.unique_stable() } else { me.unique() })
            },
        ),
        Function::method("unique_counts", &[], |given| Ok(given.me()?.unique_counts())),
        Function::method(
            "value_counts",
            &[
                Param::named("sort", Kind::Bool, Default::Bool(false)),
                Param::named("name", Kind::Text, Default::None),
                Param::named("normalize", Kind::Bool, Default::Bool(false)),
            ],
            |given| {
                let normalize = given.bool("normalize")?;
                let name = given.text_if("name")?.unwrap_or(if normalize { "proportion" } else { "count" });
                Ok(given.me()?.value_counts(given.bool("sort")?, false, name, normalize))
            },
        ),
        Function::method("arg_unique", &[], |given| Ok(given.me()?.arg_unique())),
        Function::method("is_unique", &[], |given| Ok(given.me()?.is_unique())),
        Function::method("is_duplicated", &[], |given| Ok(given.me()?.is_duplicated())),
        Function::method("is_first_distinct", &[], |given| Ok(given.me()?.is_first_distinct())),
        Function::method("is_last_distinct", &[], |given| Ok(given.me()?.is_last_distinct())),
        Function::method("rle", &[], |given| Ok(given.me()?.rle())),
        Function::method("rle_id", &[], |given| Ok(given.me()?.rle_id())),
    ],
};
