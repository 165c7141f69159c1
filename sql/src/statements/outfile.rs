//! Rows into a file at a location, by the encoders that make the server's answers. The file takes its name when
//! its last byte is there: a statement that fails or is ended leaves what was there before, and nothing else.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::common::parsers::CompressionTypeVariant as Packed;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::sql::sqlparser::ast::Value;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use pantile_core::Code;
use pantile_core::format::{self, Encoder, Ending, Format, WriteOptions};
use pantile_core::pool::Pool;

use crate::Error;

/// Bytes of a part; a store takes ten thousand of them.
const PART_BYTES: usize = 16 << 20;
/// Parts on their way at one moment.
const PARTS: usize = 4;

/// How a file is written.
pub(super) struct OutFile {
    format: &'static dyn Format,
    options: WriteOptions,
    packed: FileCompressionType,
    /// Whether the rows stand in one JSON array, which is how files of JSON are read.
    array: bool,
}

impl OutFile {
    /// The format is what `STORED AS` says, else what the path ends with.
    pub(super) fn new(
        path: &Path,
        stored_as: Option<&str>,
        options: &[(String, Value)],
    ) -> Result<Self, Error> {
        let file = path.filename().unwrap_or_default();
        let (stem, packed) = unpacked(file);
        let format = match stored_as {
            Some(name) => named(name),
            None => stem.rsplit_once('.').and_then(|(_, extension)| format::by_extension(extension)),
        };
        let Some(format) = format.filter(|format| format.reads()) else {
            let what = stored_as
                .map_or_else(|| format!("the end of `{file}`"), |name| format!("`STORED AS {name}`"));
            let said = format!("{what} is no format of files");
            let hint = "add `STORED AS` with PARQUET, ARROW, CSV, TSV, NDJSON or JSON";
            return Err(Error::new(Code::InvalidSql, said).hinted(Some(hint.to_owned())));
        };
        let mut given = given(options)?;
        let text = !matches!(format.name(), "parquet" | "arrow" | "arrow-file");
        // Text is compressed as a whole, Parquet and Arrow inside.
        let packed = match given.get("compression").filter(|_| text).cloned() {
            Some(name) => {
                given.remove("compression");
                packing(&name)?
            }
            None => packed,
        };
        let array = format.name() == "json";
        let format = if array { format::by_name("ndjson").unwrap_or(format) } else { format };
        let options = WriteOptions::parse(given.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            .map_err(|error| Error::new(Code::InvalidSql, error.to_string()))?;
        Ok(Self { format, options, packed: packed.into(), array })
    }

    /// Refuses columns that the format cannot hold.
    pub(super) fn encoder(&self, schema: SchemaRef) -> Result<Box<dyn Encoder>, Error> {
        Ok(self.format.encoder(schema, &self.options)?)
    }

    /// Writes all of the batches, and says how many rows they had.
    pub(super) async fn write(
        &self,
        store: Arc<dyn ObjectStore>,
        path: Path,
        encoder: Box<dyn Encoder>,
        batches: BoxStream<'static, Result<RecordBatch, Error>>,
        pool: &Arc<Pool>,
    ) -> Result<u64, Error> {
        let rows = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&rows);
        let counted = batches.inspect_ok(move |batch| {
            count.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
        });
        let press = Press { encoder, array: self.array, rows: 0 };
        let bytes = pressed(press, counted.boxed(), Arc::clone(pool)).map_ok(Into::into);
        let bytes = bytes.map_err(Error::carried).boxed();
        let mut bytes =
            self.packed.convert_to_compress_stream(bytes).map_err(|error| Error::running(&error))?;
        let stored = |error| Error::running(&DataFusionError::ObjectStore(Box::new(error)));
        let upload = store.put_multipart(&path).await.map_err(stored)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        while let Some(piece) = bytes.next().await {
            let sent = match piece {
                Ok(piece) => {
                    upload.put(piece);
                    upload.wait_for_capacity(PARTS).await.map_err(stored)
                }
                Err(error) => Err(Error::running(&error)),
            };
            if let Err(error) = sent {
                // What was sent is under no name yet; the store forgets it.
                if let Err(kept) = upload.abort().await {
                    tracing::warn!(error = %kept, "parts of a copy that failed could not be removed");
                }
                return Err(error);
            }
        }
        upload.finish().await.map_err(stored)?;
        Ok(rows.load(Ordering::Relaxed))
    }
}

/// The format that `STORED AS` calls so.
fn named(name: &str) -> Option<&'static dyn Format> {
    let name = name.to_ascii_lowercase();
    // Tables over files are `STORED AS ARROW`, files and streams alike; files are what others read best.
    let name = if name == "arrow" { "arrow-file" } else { name.as_str() };
    format::by_name(name).or_else(|| format::by_extension(name))
}

/// The name without the end that says how the file is compressed.
fn unpacked(file: &str) -> (&str, Packed) {
    let ends = [(".gz", Packed::GZIP), (".zst", Packed::ZSTD), (".bz2", Packed::BZIP2), (".xz", Packed::XZ)];
    let found = ends.into_iter().find_map(|(end, packed)| Some((file.strip_suffix(end)?, packed)));
    found.unwrap_or((file, Packed::UNCOMPRESSED))
}

fn packing(name: &str) -> Result<Packed, Error> {
    match name {
        "none" => Ok(Packed::UNCOMPRESSED),
        name => Packed::from_str(name).map_err(|error| Error::planning(&error)),
    }
}

/// The options by our names for them.
fn given(options: &[(String, Value)]) -> Result<BTreeMap<String, String>, Error> {
    options
        .iter()
        .map(|(name, value)| {
            let name = name.to_lowercase();
            let name = match name.trim_start_matches("format.") {
                "has_header" => "header",
                "null_value" => "null",
                other => other,
            };
            let text = match value {
                Value::Number(number, _) => Some(number.clone()),
                Value::Boolean(value) => Some(value.to_string()),
                value => value.clone().into_string(),
            };
            let text = text
                .ok_or_else(|| Error::new(Code::InvalidSql, format!("option `{name}` cannot be {value}")))?;
            Ok((name.to_owned(), text))
        })
        .collect()
}

/// Makes the bytes of the file.
struct Press {
    encoder: Box<dyn Encoder>,
    array: bool,
    rows: u64,
}

impl Press {
    fn start(&mut self) -> Result<Vec<u8>, Error> {
        let mut bytes = self.encoder.start()?;
        if self.array {
            bytes.push(b'[');
        }
        Ok(bytes)
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        let bytes = self.encoder.batch(batch)?;
        let first = self.rows == 0;
        self.rows = self.rows.saturating_add(batch.num_rows() as u64);
        if !self.array || bytes.is_empty() {
            return Ok(bytes);
        }
        // A line a row, and no line break inside of one.
        let mut out = Vec::with_capacity(bytes.len().saturating_add(batch.num_rows()));
        for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            out.extend_from_slice(if first && number == 0 { b"\n" } else { b",\n" });
            out.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        }
        Ok(out)
    }

    fn finish(&mut self) -> Result<Vec<u8>, Error> {
        let mut bytes = self.encoder.finish(Ending { rows: self.rows, truncated: false })?;
        if self.array {
            bytes.extend_from_slice(b"\n]\n");
        }
        Ok(bytes)
    }
}

/// The bytes of the file, those of each batch made on the pool.
fn pressed(
    press: Press,
    batches: BoxStream<'static, Result<RecordBatch, Error>>,
    pool: Arc<Pool>,
) -> BoxStream<'static, Result<Vec<u8>, Error>> {
    let state = (Some(press), false, batches, pool);
    let pieces = stream::try_unfold(state, |(press, started, mut batches, pool)| async move {
        let Some(mut press) = press else { return Ok(None) };
        if !started {
            let bytes = press.start()?;
            return Ok(Some((bytes, (Some(press), true, batches, pool))));
        }
        let Some(batch) = batches.next().await.transpose()? else {
            return Ok(Some((press.finish()?, (None, true, batches, pool))));
        };
        let work = move || press.batch(&batch).map(|bytes| (press, bytes));
        let (press, bytes) = pool.run(work).await??;
        Ok(Some((bytes, (Some(press), true, batches, pool))))
    });
    pieces.boxed()
}
