//! Columns to text, once for every text format.
//!
//! A batch is turned into one [`Column`] per column, typed once; writing a cell is then one call that appends
//! to a buffer. Each type has one spelling, which `cell` reads back to the same value: [`Column::text`] gives
//! it bare (CSV, the drawn table), [`Column::json`] as a JSON value. The table of spellings is in `json.md`.

mod column;
mod nested;
mod number;
mod text;
mod time;

use std::collections::BTreeSet;

use arrow::datatypes::{DataType, Fields, Schema};

pub(super) use self::column::Column;
pub(super) use self::nested::{push_object, row_keys};
pub(super) use self::text::push_string;
pub(super) use self::time::per_second;
use super::Error;

/// The names under which fields are written where names must differ: a name's second use becomes `name:1`,
/// its third `name:2`, and so on past names that are taken.
pub(super) fn distinct_names(fields: &Fields) -> Vec<String> {
    let taken: BTreeSet<&str> = fields.iter().map(|field| field.name().as_str()).collect();
    let mut given = BTreeSet::new();
    let mut names = Vec::with_capacity(fields.len());
    for field in fields {
        let mut name = field.name().clone();
        let mut use_number = 0;
        while given.contains(&name) || (use_number > 0 && taken.contains(name.as_str())) {
            use_number += 1;
            name = format!("{}:{use_number}", field.name());
        }
        given.insert(name.clone());
        names.push(name);
    }
    names
}

/// Refuses a schema with a column that has no spelling.
pub(super) fn check_schema(format: &'static str, schema: &Schema) -> Result<(), Error> {
    match schema.fields().iter().find(|field| !has_spelling(field.data_type())) {
        None => Ok(()),
        Some(field) => Err(Error::UnsupportedType {
            format,
            column: field.name().clone(),
            data_type: super::type_name(field.data_type()),
        }),
    }
}

fn has_spelling(data_type: &DataType) -> bool {
    match data_type {
        DataType::Union(..) => false,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _)
        | DataType::RunEndEncoded(_, item) => has_spelling(item.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| has_spelling(field.data_type())),
        DataType::Dictionary(_, values) => has_spelling(values),
        _ => true,
    }
}

/// Whether a drawn table aligns the column to the right.
pub(super) fn is_number(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_number(values),
        DataType::RunEndEncoded(_, values) => is_number(values.data_type()),
        other => other.is_numeric(),
    }
}
