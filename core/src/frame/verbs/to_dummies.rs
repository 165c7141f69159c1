//! `to_dummies`: a column of 0 and 1 for each value.

use polars::prelude::{
    ChunkCompareEq, Column, DataType, Expr, LazyFrame, PlIndexSet, PlSmallStr, PolarsResult, Scalar, Schema,
    ToDummies, UnionArgs, UniqueKeepStrategy, all, concat_lf_diagonal, lit,
};
use polars_plan::plans::LiteralValue;

use super::{Made, On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `to_dummies`: a column of 0 and 1 for each value.
pub(super) const VERB: Verb = Verb {
    name: "to_dummies",
    on: On::Frame,
    params: &[
        Param::optional("columns", Kind::Names, Default::None),
        Param::named("separator", Kind::Text, Default::Text("_")),
        Param::named("drop_first", Kind::Bool, Default::Bool(false)),
        Param::named("drop_nulls", Kind::Bool, Default::Bool(false)),
    ],
    page: include_str!("to_dummies.md"),
    polars: |given| {
        let mut frame = given.frame()?;
        let schema = frame.collect_schema()?;
        let chosen = given.selector("columns")?.unwrap_or_else(all);
        let chosen = chosen.into_columns(&schema, &PlIndexSet::default())?;
        if chosen.is_empty() {
            return Ok(frame.into());
        }
        let mark = mark(&schema);
        let Some(seen) = given.seen() else {
            let values = chosen.iter().map(|name| values_of(&frame, name, &mark));
            let values: Vec<LazyFrame> = values.collect();
            return Ok(Made::Asks(concat_lf_diagonal(values, UnionArgs::default())?));
        };
        let separator = given.text("separator")?;
        let (drop_first, drop_nulls) = (given.bool("drop_first")?, given.bool("drop_nulls")?);
        let mut columns = Vec::new();
        for name in schema.iter_names() {
            if !chosen.contains(name) {
                columns.push(Expr::Column(name.clone()));
                continue;
            }
            let values = seen.filter(&seen.column(&mark)?.str()?.equal(name.as_str()))?;
            let values = values.column(name)?;
            columns.extend(dummies(values, separator, drop_first, drop_nulls)?);
        }
        Ok(frame.select(columns).into())
    },
};

/// The name of a column that says which column a value is of: one that no column has.
fn mark(schema: &Schema) -> PlSmallStr {
    let mut mark = "column".to_owned();
    while schema.contains(&mark) {
        mark.push('_');
    }
    mark.into()
}

/// The values of one column, each once.
fn values_of(frame: &LazyFrame, name: &PlSmallStr, mark: &PlSmallStr) -> LazyFrame {
    let values = frame.clone().select([Expr::Column(name.clone())]);
    values.unique_stable(None, UniqueKeepStrategy::Any).with_columns([lit(name.as_str()).alias(mark.clone())])
}

/// The columns that Polars makes of those values, in the order of their names.
fn dummies(values: &Column, separator: &str, drop_first: bool, drop_nulls: bool) -> PolarsResult<Vec<Expr>> {
    let mut named: Vec<(PlSmallStr, Scalar)> = Vec::with_capacity(values.len());
    let mut is_first = drop_first;
    for row in 0..values.len() {
        let value = Scalar::new(values.dtype().clone(), values.get(row)?.into_static());
        if value.is_null() && drop_nulls || !value.is_null() && std::mem::take(&mut is_first) {
            continue;
        }
        let alone = value.clone().into_series(values.name().clone());
        let names = alone.to_dummies(Some(separator), false, false)?.get_column_names_owned();
        named.extend(names.into_iter().map(|name| (name, value.clone())));
    }
    named.sort_by(|(one, _), (other, _)| one.cmp(other));
    let column = |(name, value): (PlSmallStr, Scalar)| {
        let value = Expr::Literal(LiteralValue::Scalar(value));
        Expr::Column(values.name().clone()).eq_missing(value).cast(DataType::UInt8).alias(name)
    };
    Ok(named.into_iter().map(column).collect())
}
