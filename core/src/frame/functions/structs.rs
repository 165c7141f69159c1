//! Structs: values of several names in one column.

use polars::prelude::{Expr, PlSmallStr};

use super::{Family, Function};
use crate::lang::signature::{Default, Kind, Param};

const NAMES: Param = Param::required("names", Kind::Names);

/// Structs: values of several names in one column.
pub(super) const FAMILY: Family = Family {
    name: "structs",
    page: include_str!("structs.md"),
    functions: &[
        Function::method(
            "struct.field",
            &[Param::required("name", Kind::Names), Param::rest("more_names", Kind::Names)],
            |given| {
                let mut names = given.names("name")?;
                names.extend(given.names("more_names")?);
                Ok(match names.as_slice() {
                    [name] => given.me()?.struct_().field_by_name(name),
                    names => given.me()?.struct_().field_by_names(names.iter().copied()),
                })
            },
        ),
        Function::method("struct.unnest", &[], |given| Ok(given.me()?.struct_().field_by_name("*"))),
        Function::method("struct.rename_fields", &[NAMES], |given| {
            Ok(given.me()?.struct_().rename_fields(given.names("names")?))
        }),
        Function::method(
            "struct.drop",
            &[NAMES, Param::named("strict", Kind::Bool, Default::Bool(true))],
            |given| Ok(given.me()?.struct_().drop(given.names("names")?, given.bool("strict")?)),
        ),
        Function::method(
            "struct.with_fields",
            &[Param::rest("exprs", Kind::Columns), Param::rest_named("named_exprs", Kind::Column)],
            |given| Ok(given.me()?.struct_().with_fields(given.columns_and_named("exprs", "named_exprs")?)),
        ),
        Function::free("field", &[Param::required("name", Kind::Names)], |given| {
            Ok(Expr::Field(given.names("name")?.into_iter().map(PlSmallStr::from).collect()))
        }),
    ],
};
