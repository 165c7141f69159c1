//! What the two Arrow formats share: the checks between a hostile message and the decoder, the writer's options,
//! and the encoder.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::writer::IpcWriteOptions;
use arrow::ipc::{CompressionType, Message, root_as_message};

use super::plain::plain_batches;
use super::{COLUMNS_MAX, Compression, Encoder, Ending, Error, WriteOptions};
use crate::Code;
use crate::array::tensors::Tensors;

/// A message larger than this, decompressed, is refused: it would have to be in memory whole.
const MESSAGE_BYTES_MAX: u64 = 2 << 30;
/// A column of nulls takes no bytes, so the number of rows is bounded by itself.
const MESSAGE_ROWS_MAX: i64 = 1 << 27;

pub(super) fn big_endian(format: &'static str) -> Error {
    Error::corrupt(format, "it is big-endian; write it on a little-endian machine")
}

pub(super) fn cut(format: &'static str) -> Error {
    Error::corrupt(format, "it ends in the middle of a message")
}

pub(super) fn parse<'a>(format: &'static str, header: &'a [u8]) -> Result<Message<'a>, Error> {
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
        total = total.saturating_add(match batch.compression() {
            Some(compression) => expanded(bytes, compression.codec()),
            None => bytes.len() as u64,
        });
    }
    if total > MESSAGE_BYTES_MAX {
        return Err(too_large("a batch of rows", format!("{MESSAGE_BYTES_MAX} bytes")));
    }
    Ok(())
}

/// What a compressed buffer may expand to. It begins with the length it claims to have, which Zstandard's
/// decoder keeps to; LZ4's goes on for as long as there are blocks.
fn expanded(bytes: &[u8], codec: CompressionType) -> u64 {
    let Some((claimed, bytes)) = bytes.split_first_chunk::<8>() else { return bytes.len() as u64 };
    // Minus one says that the buffer is not compressed after all.
    let Ok(claimed) = u64::try_from(i64::from_le_bytes(*claimed)) else { return bytes.len() as u64 };
    match codec {
        CompressionType::LZ4_FRAME if claimed > 0 => claimed.max(lz4_bound(bytes)),
        _ => claimed,
    }
}

/// The most that LZ4 frames can expand to: the largest block their header allows for, times their blocks. Counts
/// up to where the frames are damaged, which is where the decoder stops as well.
fn lz4_bound(mut bytes: &[u8]) -> u64 {
    let mut bound = 0_u64;
    while let Some(([0x04, 0x22, 0x4d, 0x18, flags, sizes], rest)) = bytes.split_first_chunk::<6>() {
        let block_max = 1_u64 << (8 + 2 * u32::from(sizes >> 4 & 7));
        let has = |bit: u8| usize::from(flags & bit != 0);
        let Some(mut rest) = rest.get(8 * has(0x08) + 4 * has(0x01) + 1..) else { return bound };
        loop {
            let Some((length, after)) = rest.split_first_chunk::<4>() else { return bound };
            let length = u32::from_le_bytes(*length) & 0x7fff_ffff;
            if length == 0 {
                let Some(after) = after.get(4 * has(0x04)..) else { return bound };
                bytes = after;
                break;
            }
            bound = bound.saturating_add(block_max);
            let Some(after) = after.get(length as usize + 4 * has(0x10)..) else { return bound };
            rest = after;
        }
    }
    bound
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

/// An encoder around one of Arrow's two writers, which have the same methods and no trait in common.
pub(super) struct IpcEncoder<W> {
    pub(super) format: &'static str,
    pub(super) schema: SchemaRef,
    /// An array goes out as boxes of it.
    pub(super) tensors: Option<Tensors>,
    pub(super) writer: W,
    pub(super) write: fn(&mut W, &RecordBatch) -> Result<(), ArrowError>,
    pub(super) finish: fn(&mut W) -> Result<(), ArrowError>,
    /// The writers count their offsets themselves, so what is written can be taken away.
    pub(super) bytes: fn(&mut W) -> &mut Vec<u8>,
}

impl<W> IpcEncoder<W> {
    fn taken(&mut self, written: Result<(), ArrowError>) -> Result<Vec<u8>, Error> {
        written.map_err(|source| Error::Encode { format: self.format, source })?;
        Ok(std::mem::take((self.bytes)(&mut self.writer)))
    }
}

impl<W: Send> Encoder for IpcEncoder<W> {
    fn start(&mut self) -> Result<Vec<u8>, Error> {
        // Making the writer has written the schema.
        self.taken(Ok(()))
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        let boxes = self.tensors.as_mut().map(|tensors| tensors.push(batch)).transpose();
        let written =
            boxes.and_then(|boxes| match boxes {
                Some(None) => Ok(()),
                boxes => plain_batches(boxes.flatten().as_ref().unwrap_or(batch), &self.schema).and_then(
                    |batches| batches.iter().try_for_each(|batch| (self.write)(&mut self.writer, batch)),
                ),
            });
        self.taken(written)
    }

    fn finish(&mut self, _: Ending) -> Result<Vec<u8>, Error> {
        let written = (self.finish)(&mut self.writer);
        self.taken(written)
    }

    fn broken(&mut self, _: Code, _: &str) -> Vec<u8> {
        // Without its end marker or footer it is broken, and there is no place for a message in it.
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_lz4_buffer_is_worth_what_its_blocks_may_hold() {
        // Blocks of up to 4 MiB, without checksums.
        let mut frame = vec![0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73];
        for _ in 0..1_000 {
            frame.extend([1, 0, 0, 0, 0]);
        }
        frame.extend([0; 4]);
        assert_eq!(lz4_bound(&frame), 1_000 * (4 << 20));
        let twice = [&frame[..], &frame[..]].concat();
        assert_eq!(lz4_bound(&twice), 2_000 * (4 << 20));
        assert_eq!(lz4_bound(&frame[..7 + 5 * 10]), 10 * (4 << 20));
        let claims_little = [&8_i64.to_le_bytes(), &frame[..]].concat();
        assert_eq!(expanded(&claims_little, CompressionType::LZ4_FRAME), 1_000 * (4 << 20));
        assert_eq!(expanded(&claims_little, CompressionType::ZSTD), 8);
        let not_compressed = [&(-1_i64).to_le_bytes(), &frame[..]].concat();
        assert_eq!(expanded(&not_compressed, CompressionType::LZ4_FRAME), frame.len() as u64);
    }
}
