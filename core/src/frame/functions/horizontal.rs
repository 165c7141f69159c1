//! Several columns as one, row by row.

use polars::lazy::dsl::{self, Expr};
use polars::prelude::{DataType, Field};

use super::{Family, Function};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const EXPRS: &[Param] = &[Param::rest("exprs", Kind::Columns)];
const IGNORE_NULLS: &[Param] =
    &[Param::rest("exprs", Kind::Columns), Param::named("ignore_nulls", Kind::Bool, Default::Bool(true))];
const FIRST: Param = Param::required("exprs", Kind::Columns);
const MORE: Param = Param::rest("more_exprs", Kind::Columns);

/// Several columns as one, row by row.
pub(super) const FAMILY: Family = Family {
    name: "horizontal",
    page: include_str!("horizontal.md"),
    functions: &[
        Function::free("all_horizontal", EXPRS, |given| Ok(dsl::all_horizontal(given.columns("exprs")?)?)),
        Function::free("any_horizontal", EXPRS, |given| Ok(dsl::any_horizontal(given.columns("exprs")?)?)),
        Function::free("sum_horizontal", IGNORE_NULLS, |given| {
            Ok(dsl::sum_horizontal(given.columns("exprs")?, given.bool("ignore_nulls")?)?)
        }),
        Function::free("mean_horizontal", IGNORE_NULLS, |given| {
            Ok(dsl::mean_horizontal(given.columns("exprs")?, given.bool("ignore_nulls")?)?)
        }),
        Function::free("min_horizontal", EXPRS, |given| Ok(dsl::min_horizontal(given.columns("exprs")?)?)),
        Function::free("max_horizontal", EXPRS, |given| Ok(dsl::max_horizontal(given.columns("exprs")?)?)),
        Function::free("coalesce", &[FIRST, MORE], |given| Ok(dsl::coalesce(&all(given)?))),
        Function::free(
            "concat_str",
            &[
                FIRST,
                MORE,
                Param::named("separator", Kind::Text, Default::Text("")),
                Param::named("ignore_nulls", Kind::Bool, Default::Bool(false)),
            ],
            |given| {
                let (separator, ignore_nulls) = (given.text("separator")?, given.bool("ignore_nulls")?);
                Ok(dsl::concat_str(all(given)?, separator, ignore_nulls))
            },
        ),
        Function::free(
            "format",
            &[Param::required("f_string", Kind::Text), Param::rest("args", Kind::Columns)],
            |given| Ok(dsl::format_str(given.text("f_string")?, &given.columns("args")?)?),
        ),
        Function::free("concat_list", &[FIRST, MORE], |given| Ok(dsl::concat_list(all(given)?)?)),
        Function::free("concat_arr", &[FIRST, MORE], |given| Ok(dsl::concat_arr(all(given)?)?)),
        Function::free(
            "struct",
            &[
                Param::rest("exprs", Kind::Columns),
                Param::named("schema", Kind::Types, Default::None),
                Param::rest_named("named_exprs", Kind::Column),
            ],
            structure,
        ),
    ],
};

/// The columns of the call, which are one or more.
fn all(given: &Given<'_>) -> Result<Vec<Expr>, Error> {
    let mut all = given.columns("exprs")?;
    all.extend(given.columns("more_exprs")?);
    if all.is_empty() { Err(none()) } else { Ok(all) }
}

fn none() -> Error {
    Error::refused("`exprs` is empty").hinted("give a column, or several")
}

fn structure(given: &Given<'_>) -> Result<Expr, Error> {
    let fields = given.columns_and_named("exprs", "named_exprs")?;
    let types = if given.has("schema")? {
        Some(given.types("schema")?.map_err(|data_type| {
            Error::refused(format!("`schema` is the type {data_type}, and should say the fields'"))
                .hinted("write a dict: `{\"a\": Int64}`")
        })?)
    } else {
        None
    };
    let fields = match types {
        Some(types) if fields.is_empty() => types.iter().map(|(name, _)| dsl::col(name.as_ref())).collect(),
        _ => fields,
    };
    if fields.is_empty() {
        return Err(none());
    }
    let made = dsl::as_struct(fields);
    Ok(match types {
        None => made,
        Some(types) => {
            let fields = types.iter().map(|(name, to)| Field::new(name.as_ref().into(), to.clone()));
            made.cast(DataType::Struct(fields.collect()))
        }
    })
}
