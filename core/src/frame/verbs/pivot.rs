//! `pivot`: values of a column as columns.

use std::sync::Arc;

use polars::frame::PivotColumnNaming;
use polars::prelude::{
    Column, DataFrame, Expr, LazyFrame, Selector, SortMultipleOptions, UniqueKeepStrategy, all, element,
};

use super::{Made, On, Verb};
use crate::frame::lower::{Error, Given, series_of};
use crate::lang::args::Literal;
use crate::lang::signature::{Default, Kind, Param};

const AGGREGATE: Kind =
    Kind::Choice(&["min", "max", "first", "last", "sum", "mean", "median", "len", "item"]);

/// `pivot`: values of a column as columns.
pub(super) const VERB: Verb = Verb {
    name: "pivot",
    on: On::Frame,
    params: &[
        Param::required("on", Kind::Names),
        Param::optional("on_columns", Kind::Literal, Default::None),
        Param::named("index", Kind::Names, Default::None),
        Param::named("values", Kind::Names, Default::None),
        Param::named("aggregate_function", AGGREGATE, Default::None),
        Param::named("maintain_order", Kind::Bool, Default::Bool(true)),
        Param::named("sort_columns", Kind::Bool, Default::Bool(false)),
        Param::named("separator", Kind::Text, Default::Text("_")),
        Param::named("column_naming", Kind::Choice(&["auto", "combine"]), Default::Text("auto")),
    ],
    page: include_str!("pivot.md"),
    polars: |given| {
        let on = given.selector("on")?.unwrap_or(Selector::Empty);
        let (index, values) = match (given.selector("index")?, given.selector("values")?) {
            (Some(index), Some(values)) => (index, values),
            (Some(index), None) => (index.clone(), all() - on.clone() - index),
            (None, Some(values)) => (all() - on.clone() - values.clone(), values),
            (None, None) => {
                return Err(Error::refused("`pivot` is given neither `index` nor `values`")
                    .hinted("name the columns that stay, or those whose values are spread"));
            }
        };
        let frame = given.frame()?;
        let on_columns = match (given.has("on_columns")?, given.seen()) {
            (true, _) => listed(given)?,
            (false, Some(seen)) => Arc::new(seen.clone()),
            (false, None) => return Ok(Made::Asks(values_of(frame, on, given.bool("sort_columns")?))),
        };
        let naming = match given.text("column_naming")? {
            "combine" => PivotColumnNaming::Combine,
            _ => PivotColumnNaming::Auto,
        };
        let aggregate = aggregate(given.text_if("aggregate_function")?);
        let (order, separator) = (given.bool("maintain_order")?, given.text("separator")?);
        Ok(frame.pivot(on, on_columns, index, values, aggregate, order, separator.into(), naming).into())
    },
};

/// The values that become columns, where the program does not list them.
fn values_of(frame: LazyFrame, on: Selector, sorted: bool) -> LazyFrame {
    let values = frame.select([on.clone().as_expr()]).unique_stable(None, UniqueKeepStrategy::Any);
    match sorted {
        true => values.sort_by_exprs([on.as_expr()], SortMultipleOptions::default()),
        false => values,
    }
}

/// The values that the program lists, as a frame of one column.
fn listed(given: &Given<'_>) -> Result<Arc<DataFrame>, Error> {
    let names = given.names("on")?;
    let [name] = names.as_slice() else {
        return Err(Error::refused(format!(
            "`on_columns` lists values of one column, and `on` names {}",
            names.len()
        ))
        .hinted(
            "leave `on_columns` out, or make one column of them: `with_columns(on=concat_str(\"a\", \"b\"))`",
        ));
    };
    match given.value("on_columns")? {
        Literal::List(values) if !values.is_empty() => {
            let columns = vec![Column::from(series_of(name, &values)?)];
            Ok(Arc::new(DataFrame::new(values.len(), columns)?))
        }
        _ => Err(Error::refused("`on_columns` lists no values")
            .hinted("list those that become columns, or leave it out: then they are those there are")),
    }
}

fn aggregate(name: Option<&str>) -> Expr {
    let values = element();
    match name {
        Some("min") => values.min(),
        Some("max") => values.max(),
        Some("first") => values.first(),
        Some("last") => values.last(),
        Some("sum") => values.sum(),
        Some("mean") => values.mean(),
        Some("median") => values.median(),
        Some("len") => values.len(),
        Some(_) => values.item(false),
        None => values.item(true),
    }
}
