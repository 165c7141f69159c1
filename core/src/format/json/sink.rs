//! Where the values of one column go, nested ones included.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeListArray, LargeListArray, ListArray, MapArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, FieldRef, Fields};
use arrow::error::ArrowError;

use super::super::Error;
use super::super::cell::{Cell, cell, unsupported};
use super::parse::Fault;
use super::scan::Parser;

/// An array in the making.
pub(in crate::format) enum Sink {
    /// Of values that one text spells.
    Cell(Box<dyn Cell>),
    /// Of lists.
    List(Box<Lists>),
    /// Of structs.
    Object(Box<Objects>),
}

/// Lists, and maps, which are lists of pairs.
pub(in crate::format) struct Lists {
    data_type: DataType,
    pub(super) item: Sink,
    pub(super) item_nullable: bool,
    lengths: Vec<usize>,
    valid: Vec<bool>,
}

/// Structs.
pub(in crate::format) struct Objects {
    pub(super) fields: Fields,
    pub(super) sinks: Vec<Sink>,
    places: HashMap<String, usize>,
    /// In which row each field was last given.
    given: Vec<usize>,
    valid: Vec<bool>,
    rows: usize,
}

impl Sink {
    /// A sink for columns of that type.
    ///
    /// # Errors
    /// [`Error::UnsupportedType`] for types that no text spells.
    pub(in crate::format) fn new(
        format: &'static str,
        column: &str,
        data_type: &DataType,
    ) -> Result<Sink, Error> {
        let list = |item: &FieldRef| {
            Ok(Sink::List(Box::new(Lists {
                item: Sink::new(format, column, item.data_type())?,
                item_nullable: item.is_nullable(),
                data_type: data_type.clone(),
                lengths: Vec::new(),
                valid: Vec::new(),
            })))
        };
        match data_type {
            DataType::List(item) | DataType::LargeList(item) | DataType::Map(item, _) => list(item),
            DataType::FixedSizeList(item, length) if *length >= 0 => list(item),
            DataType::Struct(fields) => Ok(Sink::Object(Box::new(Objects::new(format, column, fields)?))),
            other => match cell(other) {
                Some(cell) => Ok(Sink::Cell(cell)),
                None => Err(unsupported(format, column, other)),
            },
        }
    }

    /// Whether the empty text is a value: of text, and of bytes.
    pub(in crate::format) fn has_empty(&self) -> bool {
        matches!(self, Sink::Cell(cell) if cell.has_empty())
    }

    /// Appends the value that `text` spells: bare, or as JSON where it is nested. False if it spells none;
    /// part of it may then have been appended.
    pub(in crate::format) fn push_text(&mut self, text: &str) -> bool {
        match self {
            Sink::Cell(cell) => cell.push(text),
            nested => Parser::new(text).whole(nested, true).is_ok(),
        }
    }

    /// Appends a null.
    pub(in crate::format) fn push_null(&mut self) {
        match self {
            Sink::Cell(cell) => cell.push_null(),
            Sink::List(lists) => lists.push_null(),
            Sink::Object(objects) => objects.push_null(),
        }
    }

    /// The array of what has been appended since the last call.
    pub(in crate::format) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        match self {
            Sink::Cell(cell) => Ok(cell.finish()),
            Sink::List(lists) => lists.finish(),
            Sink::Object(objects) => Ok(Arc::new(objects.finish()?)),
        }
    }
}

impl Lists {
    pub(super) fn is_map(&self) -> bool {
        matches!(self.data_type, DataType::Map(..))
    }

    /// The pairs of a map.
    pub(super) fn pairs(&mut self) -> Option<&mut Objects> {
        match &mut self.item {
            Sink::Object(objects) => Some(objects),
            _ => None,
        }
    }

    /// Ends a list of so many items, which have been appended; false if its type has another length.
    pub(super) fn push(&mut self, length: usize) -> bool {
        self.lengths.push(length);
        self.valid.push(true);
        match self.data_type {
            DataType::FixedSizeList(_, fixed) => usize::try_from(fixed) == Ok(length),
            _ => true,
        }
    }

    fn push_null(&mut self) {
        let mut length = 0;
        if let DataType::FixedSizeList(_, fixed) = self.data_type {
            // A null takes as much room as any other list of its type.
            length = usize::try_from(fixed).unwrap_or(0);
            (0..length).for_each(|_| self.item.push_null());
        }
        self.lengths.push(length);
        self.valid.push(false);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        use arrow::array::AsArray;
        let items = self.item.finish()?;
        let nulls = nulls(&mut self.valid);
        let lengths = std::mem::take(&mut self.lengths);
        let rows = lengths.len();
        Ok(match &self.data_type {
            DataType::LargeList(field) => Arc::new(LargeListArray::try_new(
                field.clone(),
                OffsetBuffer::from_lengths(lengths),
                items,
                nulls,
            )?),
            DataType::FixedSizeList(field, length) => {
                Arc::new(FixedSizeListArray::try_new_with_length(field.clone(), *length, items, nulls, rows)?)
            }
            DataType::Map(field, sorted) => {
                let (pairs, offsets) = (items.as_struct().clone(), OffsetBuffer::from_lengths(lengths));
                Arc::new(MapArray::try_new(field.clone(), offsets, pairs, nulls, *sorted)?)
            }
            DataType::List(field) => Arc::new(ListArray::try_new(
                field.clone(),
                OffsetBuffer::from_lengths(lengths),
                items,
                nulls,
            )?),
            // No other type makes a sink of this kind.
            _ => items,
        })
    }
}

impl Objects {
    pub(super) fn new(format: &'static str, column: &str, fields: &Fields) -> Result<Objects, Error> {
        let sinks = fields.iter().map(|field| Sink::new(format, column, field.data_type()));
        Ok(Objects {
            sinks: sinks.collect::<Result<Vec<_>, _>>()?,
            places: fields.iter().enumerate().map(|(place, field)| (field.name().clone(), place)).collect(),
            given: vec![usize::MAX; fields.len()],
            fields: fields.clone(),
            valid: Vec::new(),
            rows: 0,
        })
    }

    /// The field of that name. `expected` is tried first: rows tend to name their fields in one order.
    pub(super) fn place(&self, name: &str, expected: usize) -> Option<usize> {
        match self.fields.get(expected) {
            Some(field) if field.name() == name => Some(expected),
            _ => self.places.get(name).copied(),
        }
    }

    /// Notes that the row gives the field; false if it has done so already.
    pub(super) fn give(&mut self, place: usize) -> bool {
        std::mem::replace(&mut self.given[place], self.rows) != self.rows
    }

    /// Ends a row: fields not given are null.
    pub(super) fn push(&mut self) -> Result<(), Fault> {
        for (place, sink) in self.sinks.iter_mut().enumerate() {
            if self.given[place] != self.rows {
                if !self.fields[place].is_nullable() {
                    return Err(Fault::null(&self.fields[place]));
                }
                sink.push_null();
            }
        }
        self.valid.push(true);
        self.rows += 1;
        Ok(())
    }

    fn push_null(&mut self) {
        self.sinks.iter_mut().for_each(Sink::push_null);
        self.valid.push(false);
        self.rows += 1;
    }

    /// The columns of what has been appended since the last call.
    pub(super) fn finish(&mut self) -> Result<StructArray, ArrowError> {
        let rows = self.valid.len();
        let nulls = nulls(&mut self.valid);
        let columns: Vec<ArrayRef> = self.sinks.iter_mut().map(Sink::finish).collect::<Result<_, _>>()?;
        if columns.is_empty() {
            return Ok(StructArray::new_empty_fields(rows, nulls));
        }
        StructArray::try_new(self.fields.clone(), columns, nulls)
    }
}

fn nulls(valid: &mut Vec<bool>) -> Option<NullBuffer> {
    let nulls = NullBuffer::from(std::mem::take(valid));
    (nulls.null_count() > 0).then_some(nulls)
}
