//! Lists made of lists.

use polars::prelude::{
    ChunkApply, Column, ExplodeOptions, Expr, IntoColumn, NULL, PlSmallStr, concat_list, element, lit, when,
};
use polars::series::ops::NullBehavior;

use super::choices::{DESCENDING, NULLS_LAST, sorting};
use super::{Family, Function, made};
use crate::frame::lower::{Error, Given};
use crate::lang::args::Literal;
use crate::lang::signature::{Default, Kind, Param};

const N: &[Param] = &[Param::optional("n", Kind::Column, Default::Int(5))];
const OTHER: &[Param] = &[Param::required("other", Kind::Column)];

/// Lists made of lists.
pub(super) const FAMILY: Family = Family {
    name: "list_items",
    page: include_str!("list_items.md"),
    functions: &[
        Function::method("list.sort", &[DESCENDING, NULLS_LAST], |given| {
            Ok(given.me()?.list().sort(sorting(given)?))
        }),
        Function::method("list.reverse", &[], |given| Ok(given.me()?.list().eval(element().reverse()))),
        Function::method(
            "list.unique",
            &[Param::named("maintain_order", Kind::Bool, Default::Bool(false))],
            |given| {
                Ok(given.me()?.list().eval(match given.bool("maintain_order")? {
                    true => element().unique_stable(),
                    false => element().unique(),
                }))
            },
        ),
        Function::method("list.drop_nulls", &[], |given| Ok(given.me()?.list().drop_nulls())),
        Function::method("list.head", N, |given| Ok(given.me()?.list().head(given.column("n")?))),
        Function::method("list.tail", N, |given| Ok(given.me()?.list().tail(given.column("n")?))),
        Function::method(
            "list.slice",
            &[
                Param::required("offset", Kind::Column),
                Param::optional("length", Kind::Column, Default::None),
            ],
            |given| Ok(given.me()?.list().slice(given.column("offset")?, given.column("length")?)),
        ),
        Function::method(
            "list.gather",
            &[
                Param::required("indices", Kind::Column),
                Param::named("null_on_oob", Kind::Bool, Default::Bool(false)),
            ],
            |given| Ok(given.me()?.list().gather(given.column("indices")?, given.bool("null_on_oob")?)),
        ),
        Function::method(
            "list.gather_every",
            &[Param::required("n", Kind::Column), Param::optional("offset", Kind::Column, Default::Int(0))],
            |given| Ok(given.me()?.list().gather_every(given.column("n")?, given.column("offset")?)),
        ),
        Function::method("list.filter", &[Param::required("predicate", Kind::Value)], |given| {
            Ok(given.me()?.list().eval(element().filter(given.column("predicate")?)))
        }),
        Function::method("list.eval", &[Param::required("expr", Kind::Value)], |given| {
            Ok(given.me()?.list().eval(given.column("expr")?))
        }),
        Function::method(
            "list.diff",
            &[
                Param::optional("n", Kind::Int, Default::Int(1)),
                Param::optional("null_behavior", Kind::Choice(&["ignore", "drop"]), Default::Text("ignore")),
            ],
            |given| {
                let nulls = match given.text("null_behavior")? {
                    "drop" => NullBehavior::Drop,
                    _ => NullBehavior::Ignore,
                };
                Ok(given.me()?.list().diff(given.int("n")?, nulls))
            },
        ),
        Function::method("list.shift", &[Param::optional("n", Kind::Column, Default::Int(1))], |given| {
            Ok(given.me()?.list().shift(place(given, "n")?))
        }),
        Function::method("list.concat", &[Param::required("other", Kind::Columns)], concat),
        Function::method("list.set_union", OTHER, |given| {
            Ok(given.me()?.list().union(given.column("other")?))
        }),
        Function::method("list.set_difference", OTHER, |given| {
            Ok(given.me()?.list().set_difference(given.column("other")?))
        }),
        Function::method("list.set_intersection", OTHER, |given| {
            Ok(given.me()?.list().set_intersection(given.column("other")?))
        }),
        Function::method("list.set_symmetric_difference", OTHER, |given| {
            Ok(given.me()?.list().set_symmetric_difference(given.column("other")?))
        }),
        Function::method(
            "list.explode",
            &[
                Param::named("empty_as_null", Kind::Bool, Default::Bool(false)),
                Param::named("keep_nulls", Kind::Bool, Default::Bool(true)),
            ],
            |given| {
                let empty_as_null = given.bool("empty_as_null")?;
                let keep_nulls = given.bool("keep_nulls")?;
                Ok(given.me()?.explode(ExplodeOptions { empty_as_null, keep_nulls }))
            },
        ),
        Function::method("list.to_array", &[Param::required("width", Kind::Int)], |given| {
            Ok(given.me()?.list().to_array(given.size("width")?))
        }),
        Function::method("list.to_struct", &[Param::required("fields", Kind::Names)], |given| {
            let fields = given.names("fields")?.into_iter().map(PlSmallStr::from).collect();
            let made = given.me()?.list().to_struct(fields);
            // Polars 0.55.2 makes a struct of nulls where there is no list.
            Ok(when(given.me()?.is_not_null()).then(made).otherwise(lit(NULL)))
        }),
    ],
};

/// A place in a list, counted from its end where it is negative. The most negative integer becomes the next, which no list
/// reaches either: Polars 0.55.2 turns the sign around, and panics.
pub(super) fn place(given: &Given<'_>, name: &'static str) -> Result<Expr, Error> {
    const LEAST: i64 = -i64::MAX;
    match given.constant(name)? {
        Some(Literal::Int(place)) if *place == i128::from(i64::MIN) => Ok(lit(LEAST)),
        Some(_) => given.column(name),
        None => {
            let held = |places: Column| match places.i64() {
                Ok(places) => Ok(places.apply_values(|place| place.max(LEAST)).into_column()),
                Err(_) => Ok(places),
            };
            Ok(given.column(name)?.map(held, |_, field| made::same(field)))
        }
    }
}

fn concat(given: &Given<'_>) -> Result<Expr, Error> {
    let mut all = vec![given.me()?];
    all.extend(given.columns("other")?);
    Ok(concat_list(all)?)
}
