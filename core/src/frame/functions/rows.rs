//! Some of a column's rows, and more of them.

use polars::lazy::dsl::{Expr, lit};
use polars::prelude::{DataType, ExplodeOptions};

use super::{Family, Function, made};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const N: &[Param] = &[Param::optional("n", Kind::Column, Default::Int(10))];
const NULL_ON_OOB: Param = Param::named("null_on_oob", Kind::Bool, Default::Bool(false));

/// Some of a column's rows, and more of them.
pub(super) const FAMILY: Family = Family {
    name: "rows",
    page: include_str!("rows.md"),
    functions: &[
        Function::method(
            "filter",
            &[Param::rest("predicates", Kind::Columns), Param::rest_named("constraints", Kind::Value)],
            |given| Ok(given.me()?.filter(predicate(given)?)),
        ),
        Function::method("head", N, |given| Ok(given.me()?.slice(lit(0), given.column("n")?))),
        Function::method("limit", N, |given| Ok(given.me()?.slice(lit(0), given.column("n")?))),
        Function::method("tail", N, |given| {
            let n = given.column("n")?;
            Ok(given.me()?.slice(-n.clone().cast(DataType::Int64), n))
        }),
        Function::method(
            "slice",
            &[
                Param::required("offset", Kind::Column),
                Param::optional("length", Kind::Column, Default::None),
            ],
            |given| Ok(given.me()?.slice(given.column("offset")?, given.column("length")?)),
        ),
        Function::method("get", &[Param::required("index", Kind::Column), NULL_ON_OOB], |given| {
            Ok(given.me()?.get(given.column("index")?, given.bool("null_on_oob")?))
        }),
        Function::method("gather", &[Param::required("indices", Kind::Column), NULL_ON_OOB], |given| {
            Ok(given.me()?.gather(given.items("indices")?, given.bool("null_on_oob")?))
        }),
        Function::method(
            "gather_every",
            &[Param::required("n", Kind::Int), Param::optional("offset", Kind::Int, Default::Int(0))],
            |given| match given.size("n")? {
                0 => Err(Error::refused("`n` is 0, and no row is every 0th")),
                n => Ok(given.me()?.gather_every(n, given.size("offset")?)),
            },
        ),
        Function::method("drop_nulls", &[], |given| Ok(given.me()?.drop_nulls())),
        Function::method("drop_nans", &[], |given| Ok(given.me()?.drop_nans())),
        Function::method(
            "append",
            &[
                Param::required("other", Kind::Column),
                Param::named("upcast", Kind::Bool, Default::Bool(true)),
            ],
            |given| Ok(given.me()?.append(given.column("other")?, given.bool("upcast")?)),
        ),
        Function::method(
            "extend_constant",
            &[Param::required("value", Kind::Value), Param::required("n", Kind::Column)],
            |given| Ok(given.me()?.extend_constant(given.column("value")?, made::counted(given, "n")?)),
        ),
        Function::method("repeat_by", &[Param::required("by", Kind::Column)], |given| {
            Ok(given.me()?.repeat_by(made::counted_each(given, "by", given.me()?)?))
        }),
        Function::method(
            "explode",
            &[
                Param::named("empty_as_null", Kind::Bool, Default::Bool(false)),
                Param::named("keep_nulls", Kind::Bool, Default::Bool(true)),
            ],
            |given| {
                let (empty_as_null, keep_nulls) = (given.bool("empty_as_null")?, given.bool("keep_nulls")?);
                Ok(given.me()?.explode(ExplodeOptions { empty_as_null, keep_nulls }))
            },
        ),
        Function::method("shuffle", &[Param::optional("seed", Kind::Int, Default::Int(0))], |given| {
            Ok(given.me()?.shuffle(Some(given.size("seed")?)))
        }),
        Function::method(
            "sample",
            &[
                Param::optional("n", Kind::Column, Default::None),
                Param::named("fraction", Kind::Column, Default::None),
                Param::named("with_replacement", Kind::Bool, Default::Bool(false)),
                Param::named("shuffle", Kind::Bool, Default::None),
                Param::named("seed", Kind::Int, Default::Int(0)),
            ],
            sample,
        ),
    ],
};

/// All predicates and constraints at once.
fn predicate(given: &Given<'_>) -> Result<Expr, Error> {
    let constraints = given.named("constraints")?.into_iter();
    let equal = constraints.map(|(name, value)| polars::prelude::col(name.as_ref()).eq(value));
    let all = given.columns("predicates")?.into_iter().chain(equal);
    all.reduce(Expr::and).ok_or_else(|| {
        Error::refused("`filter` got no predicate").hinted("say which rows stay: `.filter(col(\"a\") > 1)`")
    })
}

fn sample(given: &Given<'_>) -> Result<Expr, Error> {
    let (me, with_replacement) = (given.me()?, given.bool("with_replacement")?);
    let (shuffle, seed) = (given.bool_if("shuffle")?, Some(given.size("seed")?));
    match (given.column_if("n")?, given.column_if("fraction")?) {
        (Some(_), Some(_)) => {
            Err(Error::refused("`n` and `fraction` both say how many rows").hinted("give one of them"))
        }
        (None, Some(fraction)) if with_replacement => {
            let rows = made::known(me.clone().len().cast(DataType::Float64) * fraction);
            Ok(me.sample_n(rows.strict_cast(DataType::UInt64), with_replacement, shuffle, seed))
        }
        (None, Some(fraction)) => Ok(me.sample_frac(fraction, with_replacement, shuffle, seed)),
        (Some(_), None) if with_replacement => {
            Ok(me.sample_n(made::counted(given, "n")?, with_replacement, shuffle, seed))
        }
        (n, None) => Ok(me.sample_n(n.unwrap_or_else(|| lit(1)), with_replacement, shuffle, seed)),
    }
}
