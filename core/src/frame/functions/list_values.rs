//! One value for each list.

use polars::prelude::element;

use super::list_items::place;
use super::{Family, Function};
use crate::lang::signature::{Default, Kind, Param};

const DDOF: &[Param] = &[Param::optional("ddof", Kind::Int, Default::Int(1))];
const NULL_ON_OOB: Param = Param::named("null_on_oob", Kind::Bool, Default::Bool(false));
const IGNORE_NULLS: Param = Param::named("ignore_nulls", Kind::Bool, Default::Bool(true));
const EXPR: &[Param] = &[Param::required("expr", Kind::Value)];

/// One value for each list.
pub(super) const FAMILY: Family = Family {
    name: "list_values",
    page: include_str!("list_values.md"),
    functions: &[
        Function::method("list.len", &[], |given| Ok(given.me()?.list().len())),
        Function::method("list.sum", &[], |given| Ok(given.me()?.list().sum())),
        Function::method("list.mean", &[], |given| Ok(given.me()?.list().mean())),
        Function::method("list.median", &[], |given| Ok(given.me()?.list().median())),
        Function::method("list.min", &[], |given| Ok(given.me()?.list().min())),
        Function::method("list.max", &[], |given| Ok(given.me()?.list().max())),
        Function::method("list.std", DDOF, |given| Ok(given.me()?.list().std(given.size("ddof")?))),
        Function::method("list.var", DDOF, |given| Ok(given.me()?.list().var(given.size("ddof")?))),
        Function::method("list.n_unique", &[], |given| Ok(given.me()?.list().agg(element().n_unique()))),
        Function::method("list.arg_min", &[], |given| Ok(given.me()?.list().arg_min())),
        Function::method("list.arg_max", &[], |given| Ok(given.me()?.list().arg_max())),
        Function::method("list.any", &[IGNORE_NULLS], |given| {
            Ok(given.me()?.list().agg(element().any(given.bool("ignore_nulls")?)))
        }),
        Function::method("list.all", &[IGNORE_NULLS], |given| {
            Ok(given.me()?.list().agg(element().all(given.bool("ignore_nulls")?)))
        }),
        Function::method(
            "list.contains",
            &[
                Param::required("item", Kind::Value),
                Param::named("nulls_equal", Kind::Bool, Default::Bool(true)),
            ],
            |given| Ok(given.me()?.list().contains(given.column("item")?, given.bool("nulls_equal")?)),
        ),
        Function::method("list.count_matches", &[Param::required("element", Kind::Value)], |given| {
            Ok(given.me()?.list().count_matches(given.column("element")?))
        }),
        Function::method("list.get", &[Param::required("index", Kind::Column), NULL_ON_OOB], |given| {
            Ok(given.me()?.list().get(place(given, "index")?, given.bool("null_on_oob")?))
        }),
        Function::method("list.first", &[], |given| Ok(given.me()?.list().first())),
        Function::method("list.last", &[], |given| Ok(given.me()?.list().last())),
        Function::method(
            "list.item",
            &[Param::named("allow_empty", Kind::Bool, Default::Bool(false))],
            |given| Ok(given.me()?.list().agg(element().item(given.bool("allow_empty")?))),
        ),
        Function::method("list.join", &[Param::required("separator", Kind::Value), IGNORE_NULLS], |given| {
            Ok(given.me()?.list().join(given.column("separator")?, given.bool("ignore_nulls")?))
        }),
        Function::method("list.agg", EXPR, |given| Ok(given.me()?.list().agg(given.column("expr")?))),
    ],
};
