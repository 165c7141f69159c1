//! The columns of a file: names from its first row, types from those that were named and from rows.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};

use super::super::cell::Guess;
use super::super::{Error, ReadOptions, TypeOrigin};
use super::records::{Field as Text, Record, Records};

/// What is known of a file once its beginning has been read.
pub(super) struct Columns {
    pub(super) schema: SchemaRef,
    /// For each column where its type came from.
    pub(super) origins: Vec<TypeOrigin>,
}

/// Whether the field stands for null in a column of a type that has an empty value, or (false) has none.
pub(super) fn is_null(field: Text<'_>, null: Option<&str>, has_empty: bool) -> bool {
    match (field.text.is_empty(), field.quoted) {
        (true, quoted) => !has_empty || (!quoted && null.is_none_or(str::is_empty)),
        (false, true) => false,
        (false, false) => null == Some(field.text),
    }
}

/// Reads as many rows as it takes. `file` stands at its beginning and is left anywhere.
pub(super) fn columns(
    format: &'static str,
    delimiter: u8,
    file: File,
    options: &ReadOptions,
) -> Result<Columns, Error> {
    let mut records = Records::new(format, delimiter, file, options)?;
    let mut record = Record::default();
    let empty = records.is_at_end()?;
    if !records.next(&mut record)? {
        return Err(Error::NoColumns { format, empty });
    }
    let names = names(format, &record, options)?;
    let named = named(&names, options);
    let types: Vec<Option<FieldRef>> = names.iter().map(|name| named.get(name.as_str()).cloned()).collect();
    check_all_found(&names, options)?;
    let mut guesses = vec![Guess::Nothing; names.len()];
    let mut rows = 0;
    records.blank_rows = names.len() == 1;
    let mut more = !options.header || records.next(&mut record)?;
    while more && rows < options.infer_rows && types.iter().any(Option::is_none) {
        if record.len() != names.len() {
            return Err(Error::Fields { line: record.line, found: record.len(), expected: names.len() });
        }
        for (column, field) in record.fields(format)?.enumerate() {
            if !is_null(field, options.null.as_deref(), false) {
                guesses[column] = guesses[column].join(Guess::of(field.text));
            }
        }
        rows += 1;
        more = records.next(&mut record)?;
    }
    let origins = names.iter().map(|name| options.origin(name, rows)).collect();
    let fields = names.into_iter().zip(types).zip(&guesses).map(|((name, field), guess)| {
        field.unwrap_or_else(|| Arc::new(Field::new(name, guess.data_type(), true)))
    });
    Ok(Columns { schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())), origins })
}

/// The columns' names. One without a name is called by its place, as is each where there is no header.
fn names(format: &'static str, record: &Record, options: &ReadOptions) -> Result<Vec<String>, Error> {
    let given = |place: usize| {
        let schemas = [&options.schema, &options.hints].into_iter().flatten().filter(|_| !options.header);
        schemas.filter_map(|schema| schema.fields().get(place)).next()
    };
    let mut names = Vec::with_capacity(record.len());
    for (place, field) in record.fields(format)?.enumerate() {
        names.push(match given(place) {
            Some(named) => named.name().clone(),
            None if options.header && !field.text.is_empty() => field.text.to_owned(),
            None => format!("column_{}", place + 1),
        });
    }
    let mut once = BTreeSet::new();
    let twice: BTreeSet<&String> = names.iter().filter(|name| !once.insert(*name)).collect();
    if twice.is_empty() {
        return Ok(names);
    }
    Err(Error::DuplicateColumns { format, names: twice.iter().map(|name| format!("`{name}`")).collect() })
}

/// The fields a caller named, by name; by place, and then under that column's name, where the file has none.
fn named<'a>(names: &'a [String], options: &'a ReadOptions) -> HashMap<&'a str, FieldRef> {
    let mut named = HashMap::new();
    // What `schema` says goes before what the hints say.
    for schema in [&options.hints, &options.schema].into_iter().flatten() {
        for (place, field) in schema.fields().iter().enumerate() {
            if field.data_type() == &DataType::Null {
                continue;
            }
            if options.header {
                named.insert(field.name().as_str(), field.clone());
            } else if let Some(name) = names.get(place) {
                named.insert(name, Arc::new(field.as_ref().clone().with_name(name)));
            }
        }
    }
    named
}

fn check_all_found(names: &[String], options: &ReadOptions) -> Result<(), Error> {
    let Some(schema) = &options.schema else { return Ok(()) };
    let found: BTreeSet<&String> = names.iter().collect();
    match schema.fields().iter().find(|field| !found.contains(field.name())) {
        None => Ok(()),
        Some(field) => Err(Error::UnknownColumn {
            name: field.name().clone(),
            columns: names.iter().take(50).map(|name| format!("`{name}`")).collect(),
        }),
    }
}
