//! `transpose`: rows as columns.

use std::sync::Arc;

use polars::prelude::{
    Column, DataFrame, DataType, Expr, LazyFrame, OptFlags, PlSmallStr, PolarsResult, Schema, SchemaRef,
    by_name, col, polars_ensure,
};

use super::{Made, On, Verb};
use crate::frame::functions::made;
use crate::frame::lower::{Error, Given, field_of};
use crate::lang::args::Literal;
use crate::lang::signature::{Default, Kind, Param};
use crate::lang::type_shown;

/// `transpose`: rows as columns.
pub(super) const VERB: Verb = Verb {
    name: "transpose",
    on: On::Frame,
    params: &[
        Param::named("include_header", Kind::Bool, Default::Bool(false)),
        Param::named("header_name", Kind::Text, Default::Text("column")),
        Param::named("column_names", Kind::Names, Default::None),
    ],
    page: include_str!("transpose.md"),
    polars: |given| {
        let mut frame = given.frame()?;
        let named_by = match given.value("column_names")? {
            Literal::Text(name) => Some(name),
            _ => None,
        };
        let schema = frame.collect_schema()?;
        let Some(first) = schema.iter_names().next() else { return Ok(frame.into()) };
        if let Some(name) = &named_by {
            texts(&frame, name)?;
        }
        let Some(seen) = given.seen() else {
            // A row for each row: what its column is called, or else only that it is there.
            let row = match &named_by {
                Some(name) => col(name.as_ref()),
                None => Expr::Column(first.clone()).is_null(),
            };
            return Ok(Made::Asks(frame.select([row])));
        };
        if let Some(name) = &named_by {
            frame = frame.drop(by_name([name.as_ref()], true, false));
        }
        let schema = frame.collect_schema()?;
        let cells = schema.len().saturating_mul(seen.height());
        made::written(i128::try_from(cells).unwrap_or(i128::MAX))?;
        let header =
            if given.bool("include_header")? { Some(given.text("header_name")?.into()) } else { None };
        let turned = Turned { header, names: names(given, seen, named_by.as_deref())?, of: schema };
        Ok(turned.plan(frame)?.into())
    },
};

/// Refuses names that are no texts.
fn texts(frame: &LazyFrame, name: &str) -> Result<(), Error> {
    match field_of(frame, &col(name))?.1 {
        DataType::String => Ok(()),
        kind => Err(Error::refused(format!(
            "`column_names` is `{name}`, which is {}, and names are texts",
            type_shown(&kind)
        ))
        .hinted("`cast` it first: `.cast({…: String})`")),
    }
}

/// What the columns are called that the rows become.
fn names(given: &Given<'_>, seen: &DataFrame, named_by: Option<&str>) -> Result<Vec<PlSmallStr>, Error> {
    let rows = seen.height();
    if let Some(column) = named_by {
        let names = seen.column(column)?.str()?.iter().map(|name| name.map(PlSmallStr::from_str));
        return names.collect::<Option<_>>().ok_or_else(|| {
            Error::refused(format!("column `{column}`, which names the new ones, has a null"))
                .hinted("fill it, or leave such rows out")
        });
    }
    let listed = given.names("column_names")?;
    if given.has("column_names")? && listed.len() != rows {
        let said = format!("`column_names` has {} names, and there are {rows} rows", listed.len());
        return Err(Error::refused(said).hinted("give a name for each row"));
    }
    match given.has("column_names")? {
        true => Ok(listed.into_iter().map(PlSmallStr::from_str).collect()),
        false => Ok((0..rows).map(|row| format!("column_{row}").into()).collect()),
    }
}

/// A frame on its side.
struct Turned {
    header: Option<PlSmallStr>,
    names: Vec<PlSmallStr>,
    /// The columns that become rows.
    of: SchemaRef,
}

impl Turned {
    fn plan(self, frame: LazyFrame) -> Result<LazyFrame, Error> {
        let schema = Arc::new(self.schema()?);
        let turn = move |frame: DataFrame| self.rows(frame);
        let columns = move |_: &Schema| Ok(Arc::clone(&schema));
        Ok(frame.map(turn, OptFlags::empty(), Some(Arc::new(columns)), Some("TRANSPOSE")))
    }

    /// Its columns: all of one type, which holds what every column of the frame has.
    fn schema(&self) -> PolarsResult<Schema> {
        let mut schema = Schema::default();
        if let Some(header) = &self.header {
            schema.try_insert(header.clone(), DataType::String)?;
        }
        if self.of.is_empty() {
            return Ok(schema);
        }
        let one = DataFrame::full_null(&self.of, 1).transpose(None, None)?;
        let kind = one.columns().first().map_or(DataType::Null, |column| column.dtype().clone());
        for name in &self.names {
            schema.try_insert(name.clone(), kind.clone())?;
        }
        Ok(schema)
    }

    fn rows(&self, frame: DataFrame) -> PolarsResult<DataFrame> {
        let mut frame = frame;
        polars_ensure!(
            frame.height() == self.names.len(),
            ComputeError: "{} rows were there when their columns were named, and {} now", self.names.len(), frame.height()
        );
        let height = frame.width();
        let header = self.header.iter().map(|name| {
            let names = frame.get_column_names().into_iter().map(PlSmallStr::as_str);
            Column::new(name.clone(), names.collect::<Vec<_>>())
        });
        let mut columns: Vec<Column> = header.collect();
        if height > 0 && frame.height() > 0 {
            let turned = frame.transpose(None, None)?;
            let named = turned.into_columns().into_iter().zip(&self.names);
            columns.extend(named.map(|(column, name)| column.with_name(name.clone())));
        }
        DataFrame::new(height, columns)
    }
}
