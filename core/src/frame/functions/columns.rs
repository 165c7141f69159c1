//! Columns by name, values, and names of results.

use polars::lazy::dsl::{self, Selector, cols, len, when};
use polars::prelude::Expr;

use super::{Family, Function};
use crate::frame::lower::{Error, Given, value_of};
use crate::lang::signature::{Default, Kind, Param};

const EXCLUDED: &[Param] =
    &[Param::required("columns", Kind::Names), Param::rest("more_columns", Kind::Names)];

/// Columns by name, values, and names of results.
pub(super) const FAMILY: Family = Family {
    name: "columns",
    page: include_str!("columns.md"),
    functions: &[
        Function::free("col", &[Param::rest("names", Kind::Names)], |given| {
            Ok(named(&given.names("names")?))
        }),
        Function::free("lit", &[Param::required("value", Kind::Literal)], |given| {
            value_of(&given.value("value")?)
        }),
        Function::free(
            "case",
            &[
                Param::required("condition", Kind::Value),
                Param::required("then", Kind::Value),
                Param::required("otherwise", Kind::Value),
            ],
            |given| {
                let (condition, then) = (given.column("condition")?, given.column("then")?);
                Ok(when(condition).then(then).otherwise(given.column("otherwise")?))
            },
        ),
        Function::free("len", &[], |_| Ok(len())),
        Function::method("len", &[], |given| Ok(given.me()?.len())),
        Function::free(
            "nth",
            &[Param::rest("indices", Kind::Ints), Param::named("strict", Kind::Bool, Default::Bool(true))],
            |given| {
                let indices = given.ints("indices")?.into();
                Ok(Selector::ByIndex { indices, strict: given.bool("strict")? }.as_expr())
            },
        ),
        Function::free("exclude", EXCLUDED, |given| excluded(given, dsl::all())),
        Function::method("exclude", EXCLUDED, |given| {
            let columns = given.me()?.into_selector().ok_or_else(|| {
                Error::refused("`exclude` leaves columns out of several, and this is one that is made")
                    .hinted("write `all().exclude(\"a\")`")
            })?;
            excluded(given, columns)
        }),
        Function::free("element", &[], |_| Ok(dsl::element())),
        Function::method("alias", &[Param::required("name", Kind::Text)], |given| {
            Ok(given.me()?.alias(given.text("name")?))
        }),
        Function::method(
            "cast",
            &[Param::required("dtype", Kind::Type), Param::named("strict", Kind::Bool, Default::Bool(true))],
            |given| {
                let (me, to) = (given.me()?, given.data_type("dtype")?);
                Ok(if given.bool("strict")? { me.strict_cast(to) } else { me.cast(to) })
            },
        ),
    ],
};

/// The column of that name, or the columns of those.
pub(super) fn named(names: &[&str]) -> Expr {
    match names {
        [name] => dsl::col(*name),
        names => cols(names.iter().copied()).as_expr(),
    }
}

fn excluded(given: &Given<'_>, columns: Selector) -> Result<Expr, Error> {
    let mut names = given.names("columns")?;
    names.extend(given.names("more_columns")?);
    Ok(columns.exclude_cols(names).as_expr())
}
