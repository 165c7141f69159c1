//! `parquet`: columns in compressed pages, row group by row group, with a footer that says where they lie.
//!
//! [`check`] is what stands between a hostile file and the decoder; the frame room uses it too.

mod check;
mod layout;
mod thrift;

use std::fs::File;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::record_batch::RecordBatchReader;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{Compression as Codec, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::WriterProperties;

pub use self::check::checked_metadata;
use super::plain::{plain_batches, plain_schema};
use super::value::distinct_names;
use super::{Compression, Encoder, Ending, Error, Format, ReadOptions, WriteOptions, guard, type_name};
use crate::Code;

const NAME: &str = "parquet";
/// A batch is made smaller than asked where its rows are so wide that it would be larger than this.
const BATCH_BYTES: u64 = 64 << 20;
/// A row group of an answer is in memory until it is full, compressed.
const GROUP_ROWS: usize = 1 << 20;
const GROUP_BYTES: usize = 32 << 20;

#[doc = include_str!("../parquet.md")]
pub(super) struct Parquet;

impl Format for Parquet {
    fn name(&self) -> &'static str {
        NAME
    }

    fn doc(&self) -> &'static str {
        include_str!("../parquet.md")
    }

    fn media_types(&self) -> &'static [&'static str] {
        &["application/vnd.apache.parquet", "application/parquet", "application/x-parquet"]
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["parquet", "pq"]
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.starts_with(b"PAR1")
    }

    fn read(&self, file: File, options: &ReadOptions) -> Result<Box<dyn RecordBatchReader + Send>, Error> {
        let metadata = checked_metadata(&file)?;
        let rows = Rows { left: metadata.file_metadata().num_rows(), batches: None };
        guard::guarded(NAME, || {
            let reader = ArrowReaderMetadata::try_new(metadata.clone(), ArrowReaderOptions::new());
            let schema = with_views(reader.map_err(Error::parquet)?.schema());
            let reader = ArrowReaderOptions::new().with_schema(schema.clone());
            let reader = ArrowReaderMetadata::try_new(metadata.clone(), reader).map_err(Error::parquet)?;
            let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(file, reader)
                .with_batch_size(batch_rows(&metadata, options.batch_rows))
                .build()
                .map_err(Error::parquet)?;
            Ok(guard::reader(NAME, schema, Rows { batches: Some(batches), ..rows }))
        })
    }

    fn encoder(&self, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Encoder>, Error> {
        let plain = plain_schema(&schema);
        if let Some(field) = plain.fields().iter().find(|field| !layout::exists(field.data_type())) {
            let (column, data_type) = (field.name().clone(), type_name(field.data_type()));
            return Err(Error::UnsupportedType { format: NAME, column, data_type });
        }
        let names = distinct_names(plain.fields());
        let fields = plain.fields().iter().zip(names).map(|(field, name)| {
            field.as_ref().clone().with_name(name).with_data_type(layout::of(field.data_type()))
        });
        let schema =
            Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), plain.metadata().clone()));
        let properties = WriterProperties::builder()
            .set_compression(codec(options.compression))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_max_row_group_bytes(Some(GROUP_BYTES))
            .set_created_by(concat!("pantile ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = guard::guarded(NAME, || {
            ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties)).map_err(encode)
        })?;
        Ok(Box::new(ParquetEncoder { plain, schema, writer }))
    }
}

fn encode(error: ParquetError) -> Error {
    Error::Encode { format: NAME, source: error.into() }
}

fn codec(compression: Option<Compression>) -> Codec {
    match compression {
        Some(Compression::None) => Codec::UNCOMPRESSED,
        Some(Compression::Lz4) => Codec::LZ4_RAW,
        // Level 1, the default, is within some percent of level 3 in size at twice its speed.
        Some(Compression::Zstd) | None => Codec::ZSTD(ZstdLevel::default()),
    }
}

/// Text and bytes as views: a value that a dictionary page holds once is not copied for each row, and the
/// types held inside are views as well.
fn with_views(schema: &Schema) -> SchemaRef {
    let view = |field: &FieldRef| -> FieldRef {
        let data_type = match field.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
            DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
            _ => return field.clone(),
        };
        let metadata = field.metadata().clone();
        Arc::new(Field::new(field.name(), data_type, field.is_nullable()).with_metadata(metadata))
    };
    let fields: Vec<FieldRef> = schema.fields().iter().map(view).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// How many rows a batch may have for its bytes to stay within [`BATCH_BYTES`], going by the widest row group.
fn batch_rows(metadata: &ParquetMetaData, asked: usize) -> usize {
    let row_bytes = metadata.row_groups().iter().map(|group| {
        let bytes: i64 = group
            .columns()
            .iter()
            .map(|column| column.uncompressed_size().max(0))
            .fold(0, i64::saturating_add);
        bytes as u64 / (group.num_rows() as u64).max(1)
    });
    let fitting = BATCH_BYTES / row_bytes.max().unwrap_or(0).max(1);
    asked.min(usize::try_from(fitting).unwrap_or(usize::MAX)).max(1)
}

/// The batches, counted: a file that holds fewer rows than its footer says is damaged, not short.
struct Rows {
    left: i64,
    batches: Option<ParquetRecordBatchReader>,
}

impl Iterator for Rows {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.batches.as_mut()?.next() {
            Some(Ok(batch)) => {
                self.left -= batch.num_rows() as i64;
                Some(Ok(batch))
            }
            Some(Err(error)) => Some(Err(Error::reading(NAME, error))),
            None if self.left == 0 => None,
            None => {
                self.batches = None;
                let missing = self.left;
                Some(Err(Error::corrupt(
                    NAME,
                    format!("its pages lack {missing} of the rows its footer promises"),
                )))
            }
        }
    }
}

struct ParquetEncoder {
    /// The columns as any format writes them, and as Parquet does.
    plain: SchemaRef,
    schema: SchemaRef,
    writer: ArrowWriter<Vec<u8>>,
}

impl ParquetEncoder {
    /// What has been written since it was last taken: the writer counts its offsets itself.
    fn taken(&mut self) -> Vec<u8> {
        std::mem::take(self.writer.inner_mut())
    }
}

impl Encoder for ParquetEncoder {
    fn start(&mut self) -> Result<Vec<u8>, Error> {
        Ok(self.taken())
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        let batches =
            plain_batches(batch, &self.plain).map_err(|source| Error::Encode { format: NAME, source })?;
        for batch in &batches {
            self.writer.write(&layout::laid_out(batch, &self.schema)?).map_err(encode)?;
        }
        Ok(self.taken())
    }

    fn finish(&mut self, _: Ending) -> Result<Vec<u8>, Error> {
        self.writer.finish().map_err(encode)?;
        Ok(self.taken())
    }

    fn broken(&mut self, _: Code, _: &str) -> Vec<u8> {
        // Without its footer a file is broken, and there is no place for a message in it.
        Vec::new()
    }
}
