//! Cutting rows into partitions and writing them: Parquet, columns encoded side by side on the pool.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;
use uuid::Uuid;

use super::stats::Seen;
use super::{Error, conform};
use crate::catalog::{Column, NewPartition};
use crate::pool::Cancel;
use crate::store::{TileStore, TileWriter};

/// Rows of a row group: small enough to skip much of a partition by its statistics, large enough that a
/// scan of all of it does not notice.
const GROUP_ROWS: usize = 256 << 10;

/// Where a partition ends and the next begins, whichever is reached first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionSizes {
    /// Rows of a partition.
    pub rows: usize,
    /// Bytes of its file, roughly.
    pub bytes: usize,
}

impl Default for PartitionSizes {
    fn default() -> Self {
        Self { rows: 1 << 20, bytes: 128 << 20 }
    }
}

/// Writes rows as partitions of one table. Blocks; made for the pool.
///
/// Every partition is durable when [`PartitionWriter::finish`] returns, and belongs to nothing yet: without
/// a commit that names them they are orphans, and will be swept.
#[derive(Debug)]
pub struct PartitionWriter {
    store: Arc<TileStore>,
    folder: String,
    columns: Vec<Column>,
    schema: SchemaRef,
    sizes: PartitionSizes,
    open: Option<OpenPartition>,
    done: Vec<NewPartition>,
}

impl PartitionWriter {
    /// A writer into the table whose uuid is `table`.
    pub fn new(store: Arc<TileStore>, table: &str, columns: &[Column], sizes: PartitionSizes) -> Self {
        let schema = Arc::new(Schema::new(columns.iter().map(Column::file_field).collect::<Vec<_>>()));
        Self {
            store,
            folder: crate::catalog::table_folder(table),
            columns: columns.to_vec(),
            schema,
            sizes,
            open: None,
            done: Vec::new(),
        }
    }

    /// Takes the next rows, which must have the table's columns in their order.
    ///
    /// Cost: each column is encoded by one thread of the pool; a row group is held in memory, encoded.
    ///
    /// # Errors
    /// [`Error::Parquet`], [`Error::Store`].
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let mut taken = 0;
        while taken < batch.num_rows() {
            let open = match self.open.take() {
                Some(open) => open,
                None => OpenPartition::start(&self.store, &self.folder, &self.schema)?,
            };
            let open = self.open.insert(open);
            let room = self.sizes.rows.max(1).saturating_sub(open.rows);
            let rows = room
                .min(GROUP_ROWS.saturating_sub(open.group_rows))
                .min(batch.num_rows().saturating_sub(taken));
            open.write(&batch.slice(taken, rows), &self.schema)?;
            taken = taken.saturating_add(rows);
            if open.rows >= self.sizes.rows || open.bytes() >= self.sizes.bytes {
                self.close()?;
            }
        }
        Ok(())
    }

    /// Closes the last partition; all of them, in row order.
    ///
    /// # Errors
    /// [`Error::Parquet`], [`Error::Store`].
    pub fn finish(mut self) -> Result<Vec<NewPartition>, Error> {
        self.close()?;
        Ok(self.done)
    }

    fn close(&mut self) -> Result<(), Error> {
        if let Some(open) = self.open.take() {
            self.done.push(open.close(&self.columns)?);
        }
        Ok(())
    }
}

/// All rows of `reader` as partitions of the table whose uuid is `table`. Blocks; made for the pool.
///
/// # Errors
/// What [`conform`] and [`PartitionWriter`] refuse; [`Error::Rows`] where the reader fails or `cancel` is
/// tripped. Nothing of it is kept then.
pub fn write_partitions(
    reader: &mut dyn RecordBatchReader,
    store: &Arc<TileStore>,
    table: &str,
    columns: &[Column],
    sizes: PartitionSizes,
    cancel: &Cancel,
) -> Result<Vec<NewPartition>, Error> {
    let schema = Arc::new(Schema::new(columns.iter().map(Column::field).collect::<Vec<_>>()));
    let mut writer = PartitionWriter::new(Arc::clone(store), table, columns, sizes);
    for batch in reader {
        if let Some(reason) = cancel.reason() {
            return Err(Error::Rows(format!("the upload was ended: {}", reason.as_str())));
        }
        let batch = batch.map_err(Error::from_reader)?;
        writer.write(&conform(&batch, &schema)?)?;
    }
    writer.finish()
}

/// A partition being written: finished row groups lie in its file, the last one is in memory.
struct OpenPartition {
    file: SerializedFileWriter<Lent>,
    groups: ArrowRowGroupWriterFactory,
    group: Vec<ArrowColumnWriter>,
    group_rows: usize,
    rows: usize,
    seen: Seen,
}

impl OpenPartition {
    fn start(store: &Arc<TileStore>, folder: &str, schema: &SchemaRef) -> Result<Self, Error> {
        let tile = store.create(format!("{folder}{}.parquet", Uuid::now_v7()))?;
        let (file, groups) =
            ArrowWriter::try_new(Lent(Some(tile)), Arc::clone(schema), Some(properties(schema)))?
                .into_serialized_writer()?;
        Ok(Self { file, groups, group: Vec::new(), group_rows: 0, rows: 0, seen: Seen::of(schema) })
    }

    fn write(&mut self, batch: &RecordBatch, schema: &SchemaRef) -> Result<(), Error> {
        if self.group.is_empty() {
            self.group = self.groups.create_column_writers(self.file.flushed_row_groups().len())?;
        }
        self.seen.add(batch);
        let leaves = schema
            .fields()
            .par_iter()
            .zip(batch.columns().par_iter())
            .map(|(field, values)| compute_leaves(field, values))
            .collect::<Result<Vec<_>, _>>()?;
        let leaves: Vec<_> = leaves.into_iter().flatten().collect();
        self.group.par_iter_mut().zip(leaves.par_iter()).try_for_each(|(writer, leaf)| writer.write(leaf))?;
        self.group_rows = self.group_rows.saturating_add(batch.num_rows());
        self.rows = self.rows.saturating_add(batch.num_rows());
        if self.group_rows >= GROUP_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Error> {
        let writers = std::mem::take(&mut self.group);
        let chunks = writers.into_par_iter().map(ArrowColumnWriter::close).collect::<Result<Vec<_>, _>>()?;
        let mut group = self.file.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        self.group_rows = 0;
        Ok(())
    }

    fn bytes(&self) -> usize {
        let pending: usize = self.group.iter().map(ArrowColumnWriter::get_estimated_total_bytes).sum();
        self.file.bytes_written().saturating_add(pending)
    }

    fn close(mut self, columns: &[Column]) -> Result<NewPartition, Error> {
        if self.group_rows > 0 {
            self.flush()?;
        }
        let footer = self.file.finish()?;
        let stats = self.seen.with_footer(columns, &footer)?;
        let Some(tile) = self.file.inner_mut().0.take() else {
            return Err(Error::Rows("a partition was closed twice".to_owned()));
        };
        let footer_bytes = tile.footer_bytes()?;
        let sealed = tile.seal()?;
        Ok(NewPartition {
            path: sealed.path,
            rows: self.rows as u64,
            bytes: sealed.bytes,
            footer_bytes,
            hash: sealed.hash,
            stats,
            hold: sealed.hold,
        })
    }
}

/// A tile lent to the Parquet writer, which gives the footer or its file back when it ends, not both.
struct Lent(Option<TileWriter>);

impl Write for Lent {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.as_mut().map_or(Err(std::io::ErrorKind::BrokenPipe.into()), |tile| tile.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl std::fmt::Debug for OpenPartition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenPartition").field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// Texts and bytes are compressed with LZ4, which costs least to read back and which every Parquet reader of today
/// knows. Whole numbers are not: their dictionaries, and differences where there are too many values for one, leave
/// little to compress, and a scan of them would take a seventh longer. Bounds are kept whole, so that the catalog
/// may call them exact.
fn properties(schema: &Schema) -> WriterProperties {
    let properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::LZ4_RAW)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_statistics_truncate_length(None)
        .set_created_by(concat!("pantile ", env!("CARGO_PKG_VERSION")).to_owned());
    let numbers = schema.fields().iter().filter(|field| field.data_type().is_primitive());
    let properties = numbers.fold(properties, |properties, field| {
        let column = ColumnPath::from(vec![field.name().clone()]);
        // Decimals of more than 18 digits are bytes to Parquet.
        let whole = match field.data_type() {
            DataType::Decimal128(digits, _) => *digits <= 18,
            kind => !kind.is_floating() && !matches!(kind, DataType::Decimal256(..) | DataType::Interval(_)),
        };
        match whole {
            true => properties
                .set_column_compression(column.clone(), Compression::UNCOMPRESSED)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED),
            false => properties,
        }
    });
    properties.build()
}
