//! `frame`: a small frame, written out.

use polars::prelude::{Column, DataFrame, IntoLazy};

use super::{On, Verb};
use crate::frame::lower::{Error, series_of};
use crate::lang::args::Literal;
use crate::lang::signature::{Kind, Param};

/// `frame`: a small frame, written out.
pub(super) const VERB: Verb = Verb {
    name: "frame",
    on: On::Nothing,
    params: &[Param::required("columns", Kind::Pairs)],
    page: include_str!("frame.md"),
    polars: |given| {
        let pairs = given.pairs("columns")?;
        let height = pairs.iter().map(|(_, values)| length(values)).max().unwrap_or(0);
        let columns = pairs.iter().map(|(name, values)| {
            let Literal::Text(name) = name else {
                return Err(Error::refused("the keys of `frame` are names of columns"));
            };
            match values {
                Literal::List(values) if values.len() == height => Ok(Column::from(series_of(name, values)?)),
                Literal::List(values) => Err(Error::refused(format!(
                    "column `{name}` has {} values, and another one {height}",
                    values.len()
                ))),
                one => Ok(Column::from(series_of(name, &vec![one.clone(); height])?)),
            }
        });
        Ok(DataFrame::new(height, columns.collect::<Result<_, Error>>()?)?.lazy().into())
    },
};

fn length(values: &Literal) -> usize {
    match values {
        Literal::List(values) => values.len(),
        _ => 1,
    }
}
