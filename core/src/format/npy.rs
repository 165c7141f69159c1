//! `npy`: an array as NumPy's own file.

use std::fs::File;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatchReader;

use super::{Encoder, Ending, Error, Format, ReadOptions, WriteOptions};
use crate::Code;
use crate::array::npy;
use crate::array::rows::{Shown, shown};
use crate::array::times::columns;

const NAME: &str = "npy";

#[doc = include_str!("npy.md")]
pub(super) struct Npy;

impl Format for Npy {
    fn name(&self) -> &'static str {
        NAME
    }

    fn doc(&self) -> &'static str {
        include_str!("npy.md")
    }

    fn media_types(&self) -> &'static [&'static str] {
        &["application/x-npy"]
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["npy"]
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.starts_with(b"\x93NUMPY")
    }

    fn reads(&self) -> bool {
        false
    }

    fn read(&self, _: File, _: &ReadOptions) -> Result<Box<dyn RecordBatchReader + Send>, Error> {
        let detail = "it holds an array, and a table has columns; send it beside a program".to_owned();
        Err(Error::Corrupt { format: NAME, detail })
    }

    fn encoder(&self, schema: SchemaRef, _: &WriteOptions) -> Result<Box<dyn Encoder>, Error> {
        match shown(&schema) {
            Some(shown) => Ok(Box::new(NpyEncoder { shown })),
            None => Err(Error::Table { format: NAME }),
        }
    }
}

struct NpyEncoder {
    shown: Shown,
}

impl Encoder for NpyEncoder {
    fn start(&mut self) -> Result<Vec<u8>, Error> {
        Ok(match &self.shown {
            Shown::One(meta) => npy::header(meta),
            Shown::Several => Vec::new(),
        })
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        let column = batch.column(0);
        if let Some(pieces) = column.as_binary_opt::<i32>() {
            return Ok((0..pieces.len()).flat_map(|row| pieces.value(row)).copied().collect());
        }
        if let Shown::One(meta) = &self.shown
            && meta.dtype.is_time()
        {
            let ticks = columns::ticks(column).unwrap_or_default();
            return Ok(ticks.into_iter().flat_map(i64::to_le_bytes).collect());
        }
        if let Some(truths) = column.as_boolean_opt() {
            return Ok(bools(truths));
        }
        let data = column.to_data();
        let (data, per_row) = match data.child_data() {
            [parts] => (parts.clone(), 2),
            _ => (data.clone(), 1),
        };
        // Arrow keeps numbers as NumPy does: side by side, the least significant byte first.
        let width = data.data_type().primitive_width().unwrap_or_default();
        let rows = batch.num_rows() * per_row;
        let first = data.offset() + if per_row == 2 { column.offset() * 2 } else { 0 };
        let bytes = data.buffers().first().map(|buffer| buffer.as_slice()).unwrap_or_default();
        let found = bytes.get(first * width..(first + rows) * width);
        found.map(<[u8]>::to_vec).ok_or_else(|| Error::Corrupt {
            format: NAME,
            detail: "a batch is shorter than it says: a defect".to_owned(),
        })
    }

    fn finish(&mut self, _: Ending) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }

    fn broken(&mut self, _: Code, _: &str) -> Vec<u8> {
        Vec::new()
    }
}

fn bools(truths: &BooleanArray) -> Vec<u8> {
    truths.values().iter().map(u8::from).collect()
}
