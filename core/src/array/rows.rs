//! An array as the rows of an answer: its elements in one column, its shape and dtype beside the columns' names.
//!
//! Several arrays are one answer of pieces: each a `.npy`, one after the other, as `numpy.save` writes several into one
//! file.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, BooleanArray, FixedSizeListArray, PrimitiveArray, RecordBatch};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Field, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, Schema, SchemaRef, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::error::ArrowError;
use num_complex::Complex;

use super::element::{Element, Slice};
use super::times::columns;
use super::{Chunk, DType, Meta, npy};

const DTYPE: &str = "pantile.dtype";
const SHAPE: &str = "pantile.shape";
const ARRAYS: &str = "pantile.arrays";
/// The column of elements.
const VALUE: &str = "value";
/// Elements of one batch.
const ROWS: usize = 1 << 16;
/// Bytes of one piece of several arrays.
const PIECE: usize = 1 << 20;

/// The columns of an answer that is these arrays.
pub fn schema(metas: &[Meta]) -> SchemaRef {
    let (data_type, about) = match metas {
        [one] => {
            let about = [(DTYPE, one.dtype.name().to_owned()), (SHAPE, format!("{:?}", one.shape))];
            (data_type(one.dtype), about.to_vec())
        }
        many => (DataType::Binary, vec![(ARRAYS, many.len().to_string())]),
    };
    let about = about.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<HashMap<_, _>>();
    let nullable = matches!(metas, [one] if one.dtype.is_time());
    Arc::new(Schema::new(vec![Field::new(VALUE, data_type, nullable)]).with_metadata(about))
}

/// What an answer of those columns is.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// The elements of one array.
    One(Meta),
    /// Several arrays, as pieces of `.npy`.
    Several,
}

/// What an answer of those columns is, where it is arrays.
pub fn shown(schema: &Schema) -> Option<Shown> {
    if schema.metadata().contains_key(ARRAYS) {
        return Some(Shown::Several);
    }
    let dtype = DType::named(schema.metadata().get(DTYPE)?)?;
    let lengths = schema.metadata().get(SHAPE)?.trim_matches(['[', ']']);
    let lengths = lengths.split(',').map(str::trim).filter(|length| !length.is_empty());
    Some(Shown::One(Meta::new(
        dtype,
        lengths.map(|length| length.parse().ok()).collect::<Option<Vec<usize>>>()?,
    )))
}

/// The dtype whose elements a column of that type holds.
pub fn dtype_of(data_type: &DataType) -> Option<DType> {
    let plain = DType::ALL.iter().copied().find(|dtype| self::data_type(*dtype) == *data_type);
    plain.or_else(|| columns::dtype_of(data_type))
}

/// The type of the column that holds elements of that dtype.
pub(super) fn data_type(dtype: DType) -> DataType {
    let pair = |part| DataType::FixedSizeList(Arc::new(Field::new("part", part, false)), 2);
    match dtype {
        DType::Bool => DataType::Boolean,
        DType::Int8 => DataType::Int8,
        DType::Int16 => DataType::Int16,
        DType::Int32 => DataType::Int32,
        DType::Int64 => DataType::Int64,
        DType::UInt8 => DataType::UInt8,
        DType::UInt16 => DataType::UInt16,
        DType::UInt32 => DataType::UInt32,
        DType::UInt64 => DataType::UInt64,
        DType::Float16 => DataType::Float16,
        DType::Float32 => DataType::Float32,
        DType::Float64 => DataType::Float64,
        DType::Complex64 => pair(DataType::Float32),
        DType::Complex128 => pair(DataType::Float64),
        DType::Instant(_) | DType::Span(_) => columns::data_type(dtype),
    }
}

/// The rows of an answer that is these arrays, of which that is told, batch by batch.
pub fn batches(
    told: &[Meta],
    chunks: Vec<Chunk>,
) -> Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send> {
    let schema = schema(told);
    let dtypes: Vec<DType> = told.iter().map(|meta| meta.dtype).collect();
    match <[Chunk; 1]>::try_from(chunks) {
        Ok([one]) => Box::new(batches_of(schema, one)),
        Err(many) => Box::new(many.into_iter().zip(dtypes).flat_map(pieces).map(move |piece| {
            let column: ArrayRef = Arc::new(BinaryArray::from_iter_values([piece]));
            RecordBatch::try_new(Arc::clone(&schema), vec![column])
        })),
    }
}

/// The rows of a piece of an answer of those columns, which is one array.
pub fn batches_of(
    schema: SchemaRef,
    piece: Chunk,
) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send {
    let len = piece.data.len();
    let dtype = match shown(&schema) {
        Some(Shown::One(meta)) => meta.dtype,
        _ => piece.data.dtype(),
    };
    (0..len).step_by(ROWS).map(move |start| {
        let column = column(dtype, piece.data.slice().range(start, len.min(start + ROWS)))?;
        RecordBatch::try_new(Arc::clone(&schema), vec![column])
    })
}

fn pieces((chunk, dtype): (Chunk, DType)) -> impl Iterator<Item = Vec<u8>> {
    let (len, each) = (chunk.data.len(), (PIECE / chunk.data.dtype().bytes()).max(1));
    let head = npy::header(&Meta { dtype, ..chunk.meta() });
    std::iter::once(head).chain((0..len).step_by(each).map(move |start| {
        let mut out = Vec::with_capacity(PIECE);
        npy::push(chunk.data.slice().range(start, len.min(start + each)), &mut out);
        out
    }))
}

fn primitive<T: ArrowPrimitiveType>(values: &[T::Native]) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::from_iter_values(values.iter().copied()))
}

fn column(dtype: DType, slice: Slice<'_>) -> Result<ArrayRef, ArrowError> {
    Ok(match slice {
        Slice::Int64(values) if dtype.is_time() => columns::column(dtype, values)?,
        Slice::Bool(values) => Arc::new(BooleanArray::from(values.to_vec())),
        Slice::Int8(values) => primitive::<Int8Type>(values),
        Slice::Int16(values) => primitive::<Int16Type>(values),
        Slice::Int32(values) => primitive::<Int32Type>(values),
        Slice::Int64(values) => primitive::<Int64Type>(values),
        Slice::UInt8(values) => primitive::<UInt8Type>(values),
        Slice::UInt16(values) => primitive::<UInt16Type>(values),
        Slice::UInt32(values) => primitive::<UInt32Type>(values),
        Slice::UInt64(values) => primitive::<UInt64Type>(values),
        Slice::Float16(values) => primitive::<Float16Type>(values),
        Slice::Float32(values) => primitive::<Float32Type>(values),
        Slice::Float64(values) => primitive::<Float64Type>(values),
        Slice::Complex64(values) => pairs::<Float32Type>(values)?,
        Slice::Complex128(values) => pairs::<Float64Type>(values)?,
    })
}

fn pairs<T: ArrowPrimitiveType>(values: &[Complex<T::Native>]) -> Result<ArrayRef, ArrowError>
where
    Complex<T::Native>: Element,
{
    let parts: ArrayRef =
        Arc::new(PrimitiveArray::<T>::from_iter_values(values.iter().flat_map(|value| [value.re, value.im])));
    let field = Arc::new(Field::new("part", T::DATA_TYPE, false));
    Ok(Arc::new(FixedSizeListArray::try_new(field, 2, parts, None)?))
}
