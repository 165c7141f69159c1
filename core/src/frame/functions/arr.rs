//! Arrays: lists of one length in all rows.

use polars::prelude::{ExplodeOptions, element, lit};

use super::choices::{DESCENDING, NULLS_LAST, sorting};
use super::list_items::place;
use super::{Family, Function};
use crate::lang::signature::{Default, Kind, Param};

const DDOF: &[Param] = &[Param::optional("ddof", Kind::Int, Default::Int(1))];
const IGNORE_NULLS: Param = Param::named("ignore_nulls", Kind::Bool, Default::Bool(true));
const N: &[Param] = &[Param::optional("n", Kind::Column, Default::Int(5))];

/// Arrays: lists of one length in all rows.
pub(super) const FAMILY: Family = Family {
    name: "arr",
    page: include_str!("arr.md"),
    functions: &[
        Function::method("arr.len", &[], |given| Ok(given.me()?.arr().len())),
        Function::method("arr.sum", &[], |given| Ok(given.me()?.arr().sum())),
        Function::method("arr.mean", &[], |given| Ok(given.me()?.arr().mean())),
        Function::method("arr.median", &[], |given| Ok(given.me()?.arr().median())),
        Function::method("arr.min", &[], |given| Ok(given.me()?.arr().min())),
        Function::method("arr.max", &[], |given| Ok(given.me()?.arr().max())),
        Function::method("arr.std", DDOF, |given| Ok(given.me()?.arr().std(given.size("ddof")?))),
        Function::method("arr.var", DDOF, |given| Ok(given.me()?.arr().var(given.size("ddof")?))),
        Function::method("arr.n_unique", &[], |given| Ok(given.me()?.arr().agg(element().n_unique()))),
        Function::method("arr.arg_min", &[], |given| Ok(given.me()?.arr().arg_min())),
        Function::method("arr.arg_max", &[], |given| Ok(given.me()?.arr().arg_max())),
        Function::method("arr.any", &[IGNORE_NULLS], |given| {
            Ok(given.me()?.arr().agg(element().any(given.bool("ignore_nulls")?)))
        }),
        Function::method("arr.all", &[IGNORE_NULLS], |given| {
            Ok(given.me()?.arr().agg(element().all(given.bool("ignore_nulls")?)))
        }),
        Function::method(
            "arr.contains",
            &[
                Param::required("item", Kind::Value),
                Param::named("nulls_equal", Kind::Bool, Default::Bool(true)),
            ],
            |given| Ok(given.me()?.arr().contains(given.column("item")?, given.bool("nulls_equal")?)),
        ),
        Function::method("arr.count_matches", &[Param::required("element", Kind::Value)], |given| {
            Ok(given.me()?.arr().count_matches(given.column("element")?))
        }),
        Function::method(
            "arr.get",
            &[
                Param::required("index", Kind::Column),
                Param::named("null_on_oob", Kind::Bool, Default::Bool(false)),
            ],
            |given| Ok(given.me()?.arr().get(place(given, "index")?, given.bool("null_on_oob")?)),
        ),
        Function::method("arr.first", &[], |given| Ok(given.me()?.arr().get(lit(0_i64), true))),
        Function::method("arr.last", &[], |given| Ok(given.me()?.arr().get(lit(-1_i64), true))),
        Function::method("arr.join", &[Param::required("separator", Kind::Value), IGNORE_NULLS], |given| {
            Ok(given.me()?.arr().join(given.column("separator")?, given.bool("ignore_nulls")?))
        }),
        Function::method("arr.agg", &[Param::required("expr", Kind::Value)], |given| {
            Ok(given.me()?.arr().agg(given.column("expr")?))
        }),
        Function::method("arr.sort", &[DESCENDING, NULLS_LAST], |given| {
            Ok(given.me()?.arr().sort(sorting(given)?))
        }),
        Function::method("arr.reverse", &[], |given| Ok(given.me()?.arr().eval(element().reverse(), false))),
        Function::method(
            "arr.unique",
            &[Param::named("maintain_order", Kind::Bool, Default::Bool(false))],
            |given| {
                let unique = match given.bool("maintain_order")? {
                    true => element().unique_stable(),
                    false => element().unique(),
                };
                Ok(given.me()?.arr().eval(unique, true))
            },
        ),
        Function::method("arr.head", N, |given| Ok(given.me()?.arr().head(given.column("n")?, false)?)),
        Function::method("arr.tail", N, |given| Ok(given.me()?.arr().tail(given.column("n")?, false)?)),
        Function::method(
            "arr.slice",
            &[
                Param::required("offset", Kind::Column),
                Param::optional("length", Kind::Column, Default::None),
            ],
            |given| {
                let length = given.column_if("length")?.unwrap_or_else(|| lit(i64::MAX));
                Ok(given.me()?.arr().slice(given.column("offset")?, length, false)?)
            },
        ),
        Function::method("arr.shift", &[Param::optional("n", Kind::Column, Default::Int(1))], |given| {
            Ok(given.me()?.arr().shift(place(given, "n")?))
        }),
        Function::method(
            "arr.eval",
            &[
                Param::required("expr", Kind::Value),
                Param::named("as_list", Kind::Bool, Default::Bool(false)),
            ],
            |given| Ok(given.me()?.arr().eval(given.column("expr")?, given.bool("as_list")?)),
        ),
        Function::method(
            "arr.explode",
            &[
                Param::named("empty_as_null", Kind::Bool, Default::Bool(false)),
                Param::named("keep_nulls", Kind::Bool, Default::Bool(true)),
            ],
            |given| {
                let empty_as_null = given.bool("empty_as_null")?;
                let keep_nulls = given.bool("keep_nulls")?;
                Ok(given.me()?.arr().explode(ExplodeOptions { empty_as_null, keep_nulls }))
            },
        ),
        Function::method("arr.to_list", &[], |given| Ok(given.me()?.arr().to_list())),
    ],
};
