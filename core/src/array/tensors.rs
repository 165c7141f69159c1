//! Arrays as Arrow's tensors: a row is a box of an array, where it begins (`offset`) and its elements (`value`, of the
//! canonical type `arrow.fixed_shape_tensor`).
//!
//! Rows stand in the order of the elements, the last axis the fastest, and their boxes are whole along the last axes. Complex
//! numbers have an axis of 2 behind the others: real and imaginary part.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, Int64Array, ListArray, RecordBatch};
use arrow::buffer::OffsetBuffer;
use arrow::compute::concat;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use serde_json::{Value, json};

use super::rows::{self, Shown};
use super::times::columns;
use super::{DType, Meta, shape};

const NAME_KEY: &str = "ARROW:extension:name";
const SAID_KEY: &str = "ARROW:extension:metadata";
const TENSOR: &str = "arrow.fixed_shape_tensor";
/// The columns.
const OFFSET: &str = "offset";
const VALUE: &str = "value";
/// Elements of a row that are enough; more where a line along the last axis is longer.
const ROW: usize = 1 << 16;

/// Elements of a line that are too many for a row: each of them has one then.
const LINE: usize = 1 << 22;

/// From the rows of an answer that is one array, which are its elements, to boxes of it.
pub struct Tensors {
    meta: Meta,
    /// The axes of which a row has one place: the others it has whole.
    outer: usize,
    /// Elements of a row.
    size: usize,
    schema: SchemaRef,
    /// Elements that do not make a row yet.
    left: Vec<ArrayRef>,
    left_len: usize,
    /// Rows that are gone.
    gone: usize,
}

impl Tensors {
    /// Of answers of those columns, where they are one array.
    pub fn of(schema: &Schema) -> Option<Self> {
        let Some(Shown::One(meta)) = rows::shown(schema) else { return None };
        let size = |outer: usize| shape::count(meta.shape.get(outer..).unwrap_or_default());
        let last = meta.shape.len().saturating_sub(1);
        let outer = (0..last).find(|outer| size(*outer) <= ROW).unwrap_or(last);
        let outer = if size(outer) > LINE { meta.shape.len() } else { outer };
        let size = size(outer);
        let kind = schema.field(0).data_type();
        let (kind, parts) = match kind {
            DataType::FixedSizeList(part, 2) => (part.data_type().clone(), 2),
            kind => (kind.clone(), 1),
        };
        let length = i32::try_from(size.checked_mul(parts)?).ok()?;
        let mut lengths = meta.shape.get(outer..).unwrap_or_default().to_vec();
        lengths.extend((parts == 2).then_some(2));
        let said = [(NAME_KEY, TENSOR.to_owned()), (SAID_KEY, json!({"shape": lengths}).to_string())];
        let said = said.map(|(key, value)| (key.to_owned(), value));
        let item = Arc::new(Field::new("item", kind, schema.field(0).is_nullable()));
        let value = Field::new(VALUE, DataType::FixedSizeList(item, length), false);
        let offset = Field::new(OFFSET, DataType::List(place_field()), false);
        let fields = vec![offset, value.with_metadata(HashMap::from(said))];
        let schema = Arc::new(Schema::new(fields).with_metadata(schema.metadata().clone()));
        Some(Self { meta, outer, size, schema, left: Vec::new(), left_len: 0, gone: 0 })
    }

    /// The columns of the boxes.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The boxes that are complete with the next elements.
    ///
    /// # Errors
    /// None that is known: elements have the type that their column says.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<Option<RecordBatch>, ArrowError> {
        let Some(elements) = batch.columns().first() else { return Ok(None) };
        self.left_len = self.left_len.saturating_add(elements.len());
        self.left.push(Arc::clone(elements));
        let count = self.left_len.checked_div(self.size).unwrap_or_default();
        if count == 0 {
            return Ok(None);
        }
        let all = match self.left.as_slice() {
            [one] => Arc::clone(one),
            many => concat(&many.iter().map(AsRef::as_ref).collect::<Vec<_>>())?,
        };
        let taken = count.saturating_mul(self.size);
        self.left_len = self.left_len.saturating_sub(taken);
        self.left = vec![all.slice(taken, self.left_len)];
        let (_, value) = self.schema.fields().split_first().ok_or_else(broken)?;
        let DataType::FixedSizeList(item, length) = value.first().ok_or_else(broken)?.data_type() else {
            return Err(broken());
        };
        let elements = all.slice(0, taken);
        let elements = elements.as_fixed_size_list_opt().map_or(Arc::clone(&elements), flattened);
        let value = FixedSizeListArray::try_new(Arc::clone(item), *length, elements, None)?;
        let offsets = self.offsets(count)?;
        self.gone = self.gone.saturating_add(count);
        RecordBatch::try_new(Arc::clone(&self.schema), vec![offsets, Arc::new(value)]).map(Some)
    }

    /// Where the next rows' boxes begin.
    fn offsets(&self, count: usize) -> Result<ArrayRef, ArrowError> {
        let axes = self.meta.shape.len();
        let places = (self.gone..self.gone.saturating_add(count))
            .flat_map(|row| place(row, self.meta.shape.get(..self.outer).unwrap_or_default(), axes));
        let places = Int64Array::from_iter_values(places);
        let offsets = OffsetBuffer::from_repeated_length(axes, count);
        Ok(Arc::new(ListArray::try_new(place_field(), offsets, Arc::new(places), None)?))
    }
}

/// Where the box of a row begins.
fn place(row: usize, outer: &[usize], axes: usize) -> Vec<i64> {
    let (mut place, mut row) = (vec![0; axes], row);
    for (place, length) in place.iter_mut().zip(outer).rev() {
        let length = (*length).max(1);
        *place = i64::try_from(row % length).unwrap_or(i64::MAX);
        row /= length;
    }
    place
}

fn place_field() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Int64, false))
}

fn broken() -> ArrowError {
    ArrowError::SchemaError("the columns of tensors".to_owned())
}

/// The items of the lists that it shows, one after the other.
fn flattened(lists: &FixedSizeListArray) -> ArrayRef {
    let length = usize::try_from(lists.value_length()).unwrap_or_default();
    lists.values().slice(lists.value_offset(0) as usize, lists.len().saturating_mul(length))
}

/// What came is no array.
#[derive(Debug, thiserror::Error)]
#[error("the rows are no array: {0}")]
pub struct NoArray(String);

/// The array that rows are: tensors of one shape, lists of one length, or plain numbers, in the order of its elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which column.
    column: usize,
    /// Which column says where boxes begin, where one does.
    offset: Option<usize>,
    dtype: DType,
    /// The shape of a row.
    row: Vec<usize>,
    /// The shape of all, where it is said.
    whole: Option<Vec<usize>>,
}

impl Told {
    /// What the columns say.
    ///
    /// # Errors
    /// [`NoArray`] where they are those of a table.
    pub fn of(schema: &Schema) -> Result<Self, NoArray> {
        let offset = schema.fields().iter().position(|field| field.name() == OFFSET);
        let others: Vec<usize> = (0..schema.fields().len()).filter(|at| Some(*at) != offset).collect();
        let [column] = others.as_slice() else {
            return Err(NoArray(format!(
                "it takes one column of elements, beside `{OFFSET}`, and got {}",
                others.len()
            )));
        };
        let field = schema.field(*column);
        let (mut kind, mut row) = (field.data_type().clone(), Vec::new());
        while let DataType::FixedSizeList(item, length) = &kind {
            row.push(
                usize::try_from(*length).map_err(|_| NoArray("a list has a negative length".to_owned()))?,
            );
            kind = item.data_type().clone();
        }
        let plain = rows::dtype_of(&kind).filter(|dtype| !dtype.is_complex());
        let dtype = plain.ok_or_else(|| {
            NoArray(format!("column `{}` holds {kind}, and arrays hold numbers and times", field.name()))
        })?;
        if field.metadata().get(NAME_KEY).is_some_and(|name| name == TENSOR) {
            row = tensor_shape(field.metadata().get(SAID_KEY), row)?;
        }
        let mut told = Self { column: *column, offset, dtype, row, whole: None };
        if let Some(Shown::One(meta)) = rows::shown(schema) {
            let parts = meta.dtype.is_complex() && told.row.last() == Some(&2);
            let fits = rows::data_type(meta.dtype) == kind || (parts && meta.dtype.real() == told.dtype);
            if !fits {
                return Err(NoArray(format!(
                    "it says that it holds {}, and holds {}",
                    meta.dtype, told.dtype
                )));
            }
            if parts {
                told.row.pop();
            }
            (told.dtype, told.whole) = (meta.dtype, Some(meta.shape));
        }
        Ok(told)
    }

    /// The dtype.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The shape of so many rows together.
    ///
    /// # Errors
    /// [`NoArray`] where what is said has more or fewer elements.
    pub fn shape(&self, count: usize) -> Result<Vec<usize>, NoArray> {
        let rows = || [&[count], self.row.as_slice()].concat();
        let Some(whole) = &self.whole else { return Ok(rows()) };
        match shape::elements(whole) == shape::elements(&rows()) {
            true => Ok(whole.clone()),
            false => Err(NoArray(format!(
                "shape {whole:?} is said of it, and {count} rows of shape {:?} came",
                self.row
            ))),
        }
    }

    /// The bytes of the elements of these batches, the least significant first.
    pub fn bytes<I>(self, batches: I) -> Bytes<I> {
        Bytes { told: self, batches, now: VecDeque::new(), rows: 0 }
    }
}

fn tensor_shape(said: Option<&String>, storage: Vec<usize>) -> Result<Vec<usize>, NoArray> {
    let wrong = || NoArray(format!("its type {TENSOR} is said to have {said:?}"));
    let said: Value = serde_json::from_str(said.ok_or_else(wrong)?).map_err(|_| wrong())?;
    let permuted = said.get("permutation").and_then(Value::as_array);
    if permuted.is_some_and(|order| order.iter().zip(0_u64..).any(|(at, own)| at.as_u64() != Some(own))) {
        return Err(NoArray("its axes are exchanged (`permutation`): write them in their order".to_owned()));
    }
    let lengths = said.get("shape").and_then(Value::as_array).ok_or_else(wrong)?;
    let lengths = lengths.iter().map(|length| usize::try_from(length.as_u64()?).ok());
    let lengths = lengths.collect::<Option<Vec<usize>>>().ok_or_else(wrong)?;
    match shape::elements(&lengths).is_some() && shape::elements(&lengths) == shape::elements(&storage) {
        true => Ok(lengths),
        false => Err(wrong()),
    }
}

/// The elements of batches, as bytes.
pub struct Bytes<I> {
    told: Told,
    batches: I,
    now: VecDeque<u8>,
    /// Rows that have been read.
    rows: usize,
}

impl<I, E> Bytes<I>
where
    I: Iterator<Item = Result<RecordBatch, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    /// How many rows have been read.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Puts the next batch's elements where they are read.
    fn next(&mut self) -> io::Result<bool> {
        let Some(batch) = self.batches.next() else { return Ok(false) };
        let batch = batch.map_err(io::Error::other)?;
        let wrong = |said: String| io::Error::other(NoArray(said));
        if let Some(offsets) = self.told.offset.and_then(|at| batch.columns().get(at)) {
            self.check(offsets).map_err(|error| wrong(error.0))?;
        }
        self.rows = self.rows.saturating_add(batch.num_rows());
        let elements = batch.columns().get(self.told.column).cloned();
        let mut elements = elements.ok_or_else(|| wrong("a batch has fewer columns".to_owned()))?;
        while let Some(lists) = elements.as_fixed_size_list_opt() {
            if lists.null_count() > 0 {
                return Err(wrong("a row is null, and arrays have no nulls".to_owned()));
            }
            elements = flattened(lists);
        }
        if self.told.dtype.is_time() {
            let ticks = columns::ticks(&elements).ok_or_else(|| wrong("its elements".to_owned()))?;
            self.now.extend(ticks.into_iter().flat_map(i64::to_le_bytes));
            return Ok(true);
        }
        if elements.null_count() > 0 {
            return Err(wrong("an element is null, and arrays have no nulls".to_owned()));
        }
        if let Some(truths) = elements.as_boolean_opt() {
            self.now.extend(truths.values().iter().map(u8::from));
            return Ok(true);
        }
        let data = elements.to_data();
        let width = data.data_type().primitive_width().ok_or_else(|| wrong("its elements".to_owned()))?;
        let range = data.offset().saturating_mul(width)
            ..data.offset().saturating_add(data.len()).saturating_mul(width);
        let bytes = data.buffers().first().and_then(|buffer| buffer.as_slice().get(range));
        self.now.extend(bytes.ok_or_else(|| wrong("its elements".to_owned()))?);
        Ok(true)
    }

    /// Refuses boxes that come in another order than that of the elements.
    fn check(&self, offsets: &ArrayRef) -> Result<(), NoArray> {
        let Some(whole) = &self.told.whole else { return Ok(()) };
        let Some(lists) = offsets.as_list_opt::<i32>() else {
            return Err(NoArray(format!(
                "`{OFFSET}` holds {}, and takes lists of int64",
                offsets.data_type()
            )));
        };
        let outer = whole.len().saturating_sub(self.told.row.len());
        for (row, found) in (self.rows..).zip(lists.iter()) {
            let wanted = place(row, whole.get(..outer).unwrap_or_default(), whole.len());
            let found = found.as_ref().and_then(|found| found.as_primitive_opt::<Int64Type>());
            if found.is_none_or(|found| found.values().as_ref() != wanted.as_slice()) {
                return Err(NoArray(format!(
                    "row {row} is to begin at {wanted:?}: boxes come in the order of the elements"
                )));
            }
        }
        Ok(())
    }
}

impl<I, E> Read for Bytes<I>
where
    I: Iterator<Item = Result<RecordBatch, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.now.is_empty() && !out.is_empty() {
            if !self.next()? {
                return Ok(0);
            }
        }
        self.now.read(out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::super::{Chunk, Data};
    use super::*;

    fn through(chunk: &Chunk) -> (Vec<RecordBatch>, Told) {
        let schema = rows::schema(&[chunk.meta()]);
        let mut tensors = Tensors::of(&schema).unwrap();
        let batches = rows::batches(&[chunk.meta()], vec![chunk.clone()])
            .map(|batch| tensors.push(&batch.unwrap()).unwrap());
        let batches = batches.flatten().collect();
        let told = Told::of(tensors.schema()).unwrap();
        (batches, told)
    }

    #[test]
    fn boxes_come_back_as_they_went() {
        for lengths in [vec![], vec![5], vec![200_000], vec![3, 70_000], vec![40, 50, 60], vec![2, 3, 4, 5]] {
            let count = shape::count(&lengths);
            let chunk = Chunk::new(lengths.clone(), Data::Int32((0..count as i32).collect()));
            let (batches, told) = through(&chunk);
            let rows = batches.iter().map(RecordBatch::num_rows).sum();
            assert_eq!((told.shape(rows).unwrap(), told.dtype()), (lengths, DType::Int32));
            let (mut bytes, mut wanted) = (Vec::new(), Vec::new());
            told.bytes(batches.into_iter().map(Ok::<_, io::Error>)).read_to_end(&mut bytes).unwrap();
            super::super::npy::push(chunk.data.slice(), &mut wanted);
            assert!(bytes == wanted);
        }
    }

    #[test]
    fn complex_numbers_have_an_axis_more_and_truths_a_byte_each() {
        let values = vec![num_complex::Complex::new(1.0, -2.0); 6];
        let (batches, told) = through(&Chunk::new([2, 3], Data::Complex64(values)));
        let field = batches[0].schema().field(1).clone();
        assert_eq!(field.metadata()[SAID_KEY], r#"{"shape":[2,3,2]}"#);
        assert_eq!((told.shape(1).unwrap(), told.dtype()), (vec![2, 3], DType::Complex64));
        let (batches, told) = through(&Chunk::new([3], Data::Bool(vec![true, false, true])));
        let mut bytes = Vec::new();
        told.bytes(batches.into_iter().map(Ok::<_, io::Error>)).read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, [1, 0, 1]);
    }

    #[test]
    fn numbers_of_16_bits_keep_each_of_them() {
        let values: Vec<half::f16> = (0..=u16::MAX).map(half::f16::from_bits).collect();
        let (batches, told) = through(&Chunk::new([256, 256], Data::Float16(values)));
        let DataType::FixedSizeList(item, _) = batches[0].schema().field(1).data_type().clone() else {
            panic!()
        };
        assert_eq!((item.data_type(), told.dtype()), (&DataType::Float16, DType::Float16));
        let mut bytes = Vec::new();
        told.bytes(batches.into_iter().map(Ok::<_, io::Error>)).read_to_end(&mut bytes).unwrap();
        assert!(bytes == (0..=u16::MAX).flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    }

    #[test]
    fn boxes_in_another_order_are_refused() {
        let (batches, told) = through(&Chunk::new([300_000], Data::Float64(vec![0.5; 300_000])));
        assert_eq!(told.row, [300_000]);
        let (batches2, told2) = through(&Chunk::new([3, 50_000], Data::Float64(vec![0.5; 150_000])));
        let turned = batches2.into_iter().rev().map(Ok::<_, io::Error>);
        assert!(told2.bytes(turned).read_to_end(&mut Vec::new()).is_err());
        assert_eq!(batches.len(), 1);
    }
}
