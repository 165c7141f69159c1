//! `unpivot`: columns as rows.

use polars::prelude::{Expr, PlIndexSet, PlSmallStr, Selector, UnionArgs, UnpivotArgsDSL, concat, lit};

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `unpivot`: columns as rows.
pub(super) const VERB: Verb = Verb {
    name: "unpivot",
    on: On::Frame,
    params: &[
        Param::optional("on", Kind::Names, Default::None),
        Param::named("index", Kind::Names, Default::None),
        Param::named("variable_name", Kind::Text, Default::None),
        Param::named("value_name", Kind::Text, Default::None),
    ],
    page: include_str!("unpivot.md"),
    polars: |given| {
        let mut frame = given.frame()?;
        let schema = frame.collect_schema()?;
        let named = |selector: Selector| selector.into_columns(&schema, &PlIndexSet::default());
        let index = named(given.selector("index")?.unwrap_or(Selector::Empty))?;
        let on = match given.selector("on")? {
            Some(on) => named(on)?,
            None => schema.iter_names().filter(|name| !index.contains(*name)).cloned().collect(),
        };
        let variable: PlSmallStr = given.text_if("variable_name")?.unwrap_or("variable").into();
        let value: PlSmallStr = given.text_if("value_name")?.unwrap_or("value").into();
        if on.is_empty() {
            let args = UnpivotArgsDSL {
                on: Some(Selector::Empty),
                index: given.selector("index")?.unwrap_or(Selector::Empty),
                variable_name: Some(variable),
                value_name: Some(value),
            };
            return Ok(frame.unpivot(args).into());
        }
        // Polars' streaming engine unpivots morsel by morsel, in an order that depends on their size. A frame for each
        // column, one behind the other, is what it does in memory.
        let column = |name: &PlSmallStr| {
            let kept = index.iter().map(|name| Expr::Column(name.clone()));
            let made =
                [lit(name.as_str()).alias(variable.clone()), Expr::Column(name.clone()).alias(value.clone())];
            frame.clone().select(kept.chain(made).collect::<Vec<_>>())
        };
        let columns: Vec<_> = on.iter().map(column).collect();
        Ok(concat(columns, UnionArgs { to_supertypes: true, ..UnionArgs::default() })?.into())
    },
};
