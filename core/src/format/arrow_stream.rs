//! `arrow`: the Arrow IPC stream.

use std::fs::File;
use std::io::Read;

use arrow::array::RecordBatch;
use arrow::buffer::{Buffer, MutableBuffer};
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow::ipc::{CompressionType, Message, root_as_message};
use arrow::record_batch::RecordBatchReader;

use super::plain::{plain_batches, plain_schema};
use super::{COLUMNS_MAX, Compression, Encoder, Ending, Error, Format, ReadOptions, WriteOptions, guard};
use crate::Code;

const NAME: &str = "arrow";
const CONTINUATION: [u8; 4] = [0xff; 4];
/// A message larger than this, decompressed, is refused: it would have to be in memory whole.
const MESSAGE_BYTES_MAX: u64 = 2 << 30;
/// A column of nulls takes no bytes, so the number of rows is bounded by itself.
const MESSAGE_ROWS_MAX: i64 = 1 << 27;

#[doc = include_str!("arrow.md")]
pub(super) struct ArrowStream;

impl Format for ArrowStream {
    fn name(&self) -> &'static str {
        NAME
    }

    fn doc(&self) -> &'static str {
        include_str!("arrow.md")
    }

    fn media_types(&self) -> &'static [&'static str] {
        &["application/vnd.apache.arrow.stream"]
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["arrows"]
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.starts_with(&CONTINUATION)
    }

    fn read(&self, file: File, _: &ReadOptions) -> Result<Box<dyn RecordBatchReader + Send>, Error> {
        let left = file.metadata().map_err(Error::Io)?.len();
        let mut messages = Messages { file, left, decoder: StreamDecoder::new(), ended: false };
        let schema = guard::guarded(NAME, || messages.schema())?;
        Ok(guard::reader(NAME, schema, messages))
    }

    fn encoder(&self, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Encoder>, Error> {
        let schema = plain_schema(&schema);
        Ok(Box::new(StreamEncoder { options: ipc_options(NAME, options)?, schema, writer: None }))
    }
}

/// The messages of a stream. Lengths are checked against the file before anything is allocated for them, and
/// only the end marker ends it: a stream without one has been cut.
struct Messages {
    file: File,
    /// Bytes of the file not yet read.
    left: u64,
    decoder: StreamDecoder,
    ended: bool,
}

impl Messages {
    fn schema(&mut self) -> Result<SchemaRef, Error> {
        while self.decoder.schema().is_none() {
            if self.step()?.is_some() || self.ended {
                return Err(Error::corrupt(NAME, "it does not begin with a schema"));
            }
        }
        let schema =
            self.decoder.schema().ok_or_else(|| Error::corrupt(NAME, "it does not begin with a schema"))?;
        check_schema(NAME, schema)
    }

    /// Reads one message.
    fn step(&mut self) -> Result<Option<RecordBatch>, Error> {
        let Some(message) = self.message()? else {
            self.ended = true;
            return if self.left == 0 {
                Ok(None)
            } else {
                Err(Error::corrupt(NAME, "bytes follow its end marker"))
            };
        };
        let mut message = Buffer::from(message);
        let batch = self.decoder.decode(&mut message).map_err(|error| Error::reading(NAME, error))?;
        if !message.is_empty() {
            return Err(Error::corrupt(NAME, "a message is shorter than it says"));
        }
        Ok(batch)
    }

    /// The bytes of the next message, its lengths included; none at the end marker.
    fn message(&mut self) -> Result<Option<MutableBuffer>, Error> {
        if self.left == 0 {
            return Err(Error::corrupt(NAME, "it has no end marker, so its end is missing"));
        }
        let mut prefix = [0; 8];
        self.take(&mut prefix[..4])?;
        let mut prefix_bytes = 4;
        if prefix[..4] == CONTINUATION {
            self.take(&mut prefix[4..])?;
            prefix_bytes = 8;
        }
        let mut length = [0; 4];
        length.copy_from_slice(&prefix[prefix_bytes - 4..prefix_bytes]);
        let header_bytes = match i32::from_le_bytes(length) {
            0 => return Ok(None),
            length => u64::try_from(length).unwrap_or(u64::MAX),
        };
        self.has(header_bytes)?;
        let mut bytes = MutableBuffer::with_capacity(prefix_bytes + header_bytes as usize);
        bytes.extend_from_slice(&prefix[..prefix_bytes]);
        self.extend(&mut bytes, header_bytes as usize)?;
        let body_bytes = body_bytes(&bytes[prefix_bytes..])?;
        self.has(body_bytes)?;
        self.extend(&mut bytes, body_bytes as usize)?;
        let (header, body) = bytes[prefix_bytes..].split_at(header_bytes as usize);
        check_message(NAME, header, body)?;
        Ok(Some(bytes))
    }

    fn has(&self, bytes: u64) -> Result<(), Error> {
        if bytes <= self.left { Ok(()) } else { Err(cut(NAME)) }
    }

    fn extend(&mut self, to: &mut MutableBuffer, bytes: usize) -> Result<(), Error> {
        let start = to.len();
        to.resize(start + bytes, 0);
        self.take(&mut to[start..])
    }

    fn take(&mut self, to: &mut [u8]) -> Result<(), Error> {
        self.has(to.len() as u64)?;
        self.file.read_exact(to).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => cut(NAME),
            _ => Error::Io(error),
        })?;
        self.left -= to.len() as u64;
        Ok(())
    }
}

impl Iterator for Messages {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            if let Some(item) = self.step().transpose() {
                return Some(item);
            }
        }
        None
    }
}

pub(super) fn cut(format: &'static str) -> Error {
    Error::corrupt(format, "it ends in the middle of a message")
}

fn body_bytes(header: &[u8]) -> Result<u64, Error> {
    let bytes = parse(NAME, header)?.bodyLength();
    u64::try_from(bytes).map_err(|_| Error::corrupt(NAME, format!("a message says it has {bytes} bytes")))
}

fn parse<'a>(format: &'static str, header: &'a [u8]) -> Result<Message<'a>, Error> {
    root_as_message(header)
        .map_err(|error| Error::corrupt(format, format!("a message header is damaged: {error}")))
}

/// Refuses what would make the decoder allocate more than the message can be worth: each compressed buffer
/// begins with the length it claims to have.
pub(super) fn check_message(format: &'static str, header: &[u8], body: &[u8]) -> Result<(), Error> {
    let message = parse(format, header)?;
    let dictionary = message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data());
    let Some(batch) = message.header_as_record_batch().or(dictionary) else { return Ok(()) };
    if !(0..=MESSAGE_ROWS_MAX).contains(&batch.length()) {
        return Err(too_large("a batch of rows", format!("{MESSAGE_ROWS_MAX} rows")));
    }
    let nodes = batch.nodes().into_iter().flatten();
    if nodes.into_iter().any(|node| node.length() < 0 || node.length() > i64::from(i32::MAX)) {
        return Err(Error::corrupt(format, "a column has an impossible length"));
    }
    let mut total = 0_u64;
    for buffer in batch.buffers().into_iter().flatten() {
        let range = usize::try_from(buffer.offset()).ok().zip(usize::try_from(buffer.length()).ok());
        let bytes = range.and_then(|(offset, length)| body.get(offset..offset.checked_add(length)?));
        let bytes = bytes.ok_or_else(|| Error::corrupt(format, "a buffer lies outside of its message"))?;
        let mut bytes_len = bytes.len() as u64;
        if batch.compression().is_some()
            && let Some(claimed) = bytes.first_chunk::<8>().map(|claimed| i64::from_le_bytes(*claimed))
            && claimed > 0
        {
            bytes_len = claimed as u64;
        }
        total = total.saturating_add(bytes_len);
    }
    if total > MESSAGE_BYTES_MAX {
        return Err(too_large("a batch of rows", format!("{MESSAGE_BYTES_MAX} bytes")));
    }
    Ok(())
}

fn too_large(what: &str, limit: String) -> Error {
    Error::TooLarge { what: what.to_owned(), limit, advice: "write the rows in smaller batches" }
}

/// The schema, if it is one that can be read.
pub(super) fn check_schema(format: &'static str, schema: SchemaRef) -> Result<SchemaRef, Error> {
    match schema.fields().len() {
        0 => Err(Error::NoColumns { format, empty: false }),
        columns if columns > COLUMNS_MAX => Err(Error::TooLarge {
            what: format!("the number of columns, {columns},"),
            limit: format!("{COLUMNS_MAX} columns"),
            advice: "put them into lists or structs",
        }),
        _ => Ok(schema),
    }
}

/// The writer's options. Uncompressed unless asked: HTTP compresses the whole, and a reader on this machine
/// then reads without a copy.
pub(super) fn ipc_options(format: &'static str, options: &WriteOptions) -> Result<IpcWriteOptions, Error> {
    let compression = match options.compression {
        None | Some(Compression::None) => None,
        Some(Compression::Lz4) => Some(CompressionType::LZ4_FRAME),
        Some(Compression::Zstd) => Some(CompressionType::ZSTD),
    };
    let encode = |source| Error::Encode { format, source };
    IpcWriteOptions::default().try_with_compression(compression).map_err(encode)
}

struct StreamEncoder {
    options: IpcWriteOptions,
    schema: SchemaRef,
    writer: Option<StreamWriter<Vec<u8>>>,
}

impl StreamEncoder {
    fn write(
        &mut self,
        work: impl FnOnce(&mut StreamWriter<Vec<u8>>) -> Result<(), arrow::error::ArrowError>,
    ) -> Result<Vec<u8>, Error> {
        let encode = |source| Error::Encode { format: NAME, source };
        let writer = match &mut self.writer {
            Some(writer) => writer,
            empty => empty.insert(
                StreamWriter::try_new_with_options(Vec::new(), &self.schema, self.options.clone())
                    .map_err(encode)?,
            ),
        };
        work(writer).map_err(encode)?;
        Ok(std::mem::take(writer.get_mut()))
    }
}

impl Encoder for StreamEncoder {
    fn start(&mut self) -> Result<Vec<u8>, Error> {
        self.write(|_| Ok(()))
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        let batches =
            plain_batches(batch, &self.schema).map_err(|source| Error::Encode { format: NAME, source })?;
        self.write(|writer| batches.iter().try_for_each(|batch| writer.write(batch)))
    }

    fn finish(&mut self, _: Ending) -> Result<Vec<u8>, Error> {
        self.write(StreamWriter::finish)
    }

    fn broken(&mut self, _: Code, _: &str) -> Vec<u8> {
        // Without its end marker a stream is broken, and there is no place for a message in it.
        Vec::new()
    }
}
