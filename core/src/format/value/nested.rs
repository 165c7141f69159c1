//! Cells with cells inside: lists as JSON arrays, structs as objects, maps as arrays of `{"key","value"}`
//! objects, since neither the order of keys, nor keys that are no text, nor repeated ones fit into an object.

use std::ops::Range;

use arrow::array::types::ArrowDictionaryKeyType;
use arrow::array::{Array, AsArray, DictionaryArray, OffsetSizeTrait, RunArray, StructArray};
use arrow::datatypes::{ArrowNativeType, DataType, Fields, Int16Type, Int32Type, Int64Type, RunEndIndexType};
use arrow::downcast_dictionary_array;

use super::column::{Bare, Column, Value};
use super::distinct_names;
use super::text::push_string;
use crate::format::Numbers;

pub(super) fn value(array: &dyn Array, numbers: Numbers) -> Box<dyn Value + '_> {
    match array.data_type() {
        DataType::List(_) => list::<i32>(array, numbers),
        DataType::LargeList(_) => list::<i64>(array, numbers),
        DataType::ListView(_) => list_view::<i32>(array, numbers),
        DataType::LargeListView(_) => list_view::<i64>(array, numbers),
        &DataType::FixedSizeList(_, length) => {
            let length = usize::try_from(length).unwrap_or(0);
            let lists = array.as_fixed_size_list();
            items(Column::new(lists.values(), numbers), move |row| row * length..(row + 1) * length)
        }
        DataType::Struct(_) => {
            let object = Object::new(array.as_struct(), numbers);
            Box::new(Bare(move |row, out: &mut Vec<u8>| object.json(row, out)))
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let entries = entries(map.entries(), numbers);
            let offsets = map.offsets();
            items(entries, move |row| offsets[row] as usize..offsets[row + 1] as usize)
        }
        DataType::Dictionary(..) => dictionary(array, numbers),
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => array.as_run_opt::<Int16Type>().map_or_else(null, |runs| run(runs, numbers)),
            DataType::Int32 => array.as_run_opt::<Int32Type>().map_or_else(null, |runs| run(runs, numbers)),
            _ => array.as_run_opt::<Int64Type>().map_or_else(null, |runs| run(runs, numbers)),
        },
        _ => null(),
    }
}

fn null<'a>() -> Box<dyn Value + 'a> {
    Box::new(Bare(|_, out: &mut Vec<u8>| out.extend_from_slice(b"null")))
}

/// A value that stands in another column, at a row to be looked up.
struct Elsewhere<'a, F> {
    column: Column<'a>,
    row: F,
}

impl<F: Fn(usize) -> usize> Value for Elsewhere<'_, F> {
    fn text(&self, row: usize, out: &mut Vec<u8>) {
        self.column.text((self.row)(row), out);
    }

    fn json(&self, row: usize, out: &mut Vec<u8>) {
        self.column.json((self.row)(row), out);
    }
}

fn dictionary(array: &dyn Array, numbers: Numbers) -> Box<dyn Value + '_> {
    downcast_dictionary_array!(
        array => keyed(array, numbers),
        _ => null()
    )
}

fn keyed<K: ArrowDictionaryKeyType>(array: &DictionaryArray<K>, numbers: Numbers) -> Box<dyn Value + '_> {
    let keys = array.keys().values();
    Box::new(Elsewhere {
        column: Column::new(array.values(), numbers),
        row: move |row: usize| keys[row].as_usize(),
    })
}

fn run<R: RunEndIndexType>(array: &RunArray<R>, numbers: Numbers) -> Box<dyn Value + '_> {
    let column = Column::new(array.values(), numbers);
    Box::new(Elsewhere { column, row: move |row: usize| array.get_physical_index(row) })
}

fn list<O: OffsetSizeTrait>(array: &dyn Array, numbers: Numbers) -> Box<dyn Value + '_> {
    let lists = array.as_list::<O>();
    let offsets = lists.offsets();
    items(Column::new(lists.values(), numbers), move |row| {
        offsets[row].as_usize()..offsets[row + 1].as_usize()
    })
}

fn list_view<O: OffsetSizeTrait>(array: &dyn Array, numbers: Numbers) -> Box<dyn Value + '_> {
    let lists = array.as_list_view::<O>();
    let (offsets, sizes) = (lists.offsets(), lists.sizes());
    items(Column::new(lists.values(), numbers), move |row| {
        offsets[row].as_usize()..offsets[row].as_usize() + sizes[row].as_usize()
    })
}

fn items<'a>(items: Column<'a>, range: impl Fn(usize) -> Range<usize> + 'a) -> Box<dyn Value + 'a> {
    Box::new(Bare(move |row, out: &mut Vec<u8>| {
        out.push(b'[');
        for (number, item) in range(row).enumerate() {
            if number > 0 {
                out.push(b',');
            }
            items.json(item, out);
        }
        out.push(b']');
    }))
}

/// The entries of a map, whatever its file calls their two fields.
fn entries(entries: &StructArray, numbers: Numbers) -> Column<'_> {
    let names = ["key".to_owned(), "value".to_owned()];
    let object = Object::with_names(entries, &names, numbers);
    Column::with_nulls(None, Box::new(Bare(move |row, out: &mut Vec<u8>| object.json(row, out))))
}

/// Columns side by side, each with its name: a struct, or a row.
pub(in crate::format) struct Object<'a> {
    /// `{"name":` or `,"name":`.
    keys: Vec<Vec<u8>>,
    columns: Vec<Column<'a>>,
}

impl<'a> Object<'a> {
    fn new(array: &'a StructArray, numbers: Numbers) -> Object<'a> {
        Object::with_names(array, &distinct_names(array.fields()), numbers)
    }

    fn with_names(array: &'a StructArray, names: &[String], numbers: Numbers) -> Object<'a> {
        let columns = array.columns().iter().map(|column| Column::new(column, numbers)).collect();
        Object { keys: keys(names), columns }
    }

    pub(in crate::format) fn json(&self, row: usize, out: &mut Vec<u8>) {
        push_object(&self.keys, &self.columns, row, out);
    }
}

/// What stands before each value of an object with fields of these names.
fn keys(names: &[String]) -> Vec<Vec<u8>> {
    names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let mut key = vec![if number == 0 { b'{' } else { b',' }];
            push_string(name, &mut key);
            key.push(b':');
            key
        })
        .collect()
}

/// The same for rows with these fields, to be made once for all batches.
pub(in crate::format) fn row_keys(fields: &Fields) -> Vec<Vec<u8>> {
    keys(&distinct_names(fields))
}

/// Appends one row as an object.
pub(in crate::format) fn push_object(keys: &[Vec<u8>], columns: &[Column], row: usize, out: &mut Vec<u8>) {
    for (key, column) in keys.iter().zip(columns) {
        out.extend_from_slice(key);
        column.json(row, out);
    }
    out.extend_from_slice(if columns.is_empty() { b"{}" } else { b"}" });
}
