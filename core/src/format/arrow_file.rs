//! `arrow-file`: the Arrow IPC file, with a footer. Feather version 2 is the same.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::{Buffer, MutableBuffer};
use arrow::datatypes::SchemaRef;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::writer::FileWriter;
use arrow::ipc::{Block, root_as_footer};
use arrow::record_batch::RecordBatchReader;

use super::ipc::{IpcEncoder, big_endian, check_message, check_schema, cut, ipc_options};
use super::plain::plain_schema;
use super::{Encoder, Error, Format, ReadOptions, WriteOptions, guard};
use crate::array::tensors::Tensors;

const NAME: &str = "arrow-file";
const MAGIC: &[u8] = b"ARROW1";

#[doc = include_str!("arrow_file.md")]
pub(super) struct ArrowFile;

impl Format for ArrowFile {
    fn name(&self) -> &'static str {
        NAME
    }

    fn doc(&self) -> &'static str {
        include_str!("arrow_file.md")
    }

    fn media_types(&self) -> &'static [&'static str] {
        &["application/vnd.apache.arrow.file"]
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["arrow", "feather", "ipc"]
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.starts_with(MAGIC)
    }

    fn read(&self, file: File, _: &ReadOptions) -> Result<Box<dyn RecordBatchReader + Send>, Error> {
        let blocks = guard::guarded(NAME, || Blocks::open(file))?;
        Ok(guard::reader(NAME, blocks.schema.clone(), blocks))
    }

    fn encoder(&self, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Encoder>, Error> {
        let tensors = Tensors::of(&schema);
        let schema = plain_schema(tensors.as_ref().map_or(&*schema, |tensors| tensors.schema()));
        let writer = FileWriter::try_new_with_options(Vec::new(), &schema, ipc_options(NAME, options)?)
            .map_err(|source| Error::Encode { format: NAME, source })?;
        let (write, finish, bytes) = (FileWriter::write, FileWriter::finish, FileWriter::get_mut);
        Ok(Box::new(IpcEncoder { format: NAME, schema, tensors, writer, write, finish, bytes }))
    }
}

/// The batches the footer lists, each checked to lie within the file before it is read.
struct Blocks {
    file: File,
    file_bytes: u64,
    schema: SchemaRef,
    decoder: FileDecoder,
    blocks: std::vec::IntoIter<Block>,
}

impl Blocks {
    fn open(mut file: File) -> Result<Blocks, Error> {
        let file_bytes = file.metadata().map_err(Error::Io)?.len();
        let footer = footer(&mut file, file_bytes)?;
        let footer = root_as_footer(&footer)
            .map_err(|error| Error::corrupt(NAME, format!("its footer is damaged: {error}")))?;
        let schema = footer.schema().ok_or_else(|| Error::corrupt(NAME, "its footer has no schema"))?;
        if !schema.endianness().equals_to_target_endianness() {
            return Err(big_endian(NAME));
        }
        let schema = check_schema(NAME, Arc::new(fb_to_schema(schema)))?;
        let mut blocks = Blocks {
            file,
            file_bytes,
            decoder: FileDecoder::new(schema.clone(), footer.version()),
            schema,
            blocks: footer.recordBatches().into_iter().flatten().copied().collect::<Vec<_>>().into_iter(),
        };
        for block in footer.dictionaries().into_iter().flatten() {
            let bytes = blocks.bytes(block)?;
            blocks.decoder.read_dictionary(block, &bytes).map_err(|error| Error::reading(NAME, error))?;
        }
        Ok(blocks)
    }

    fn bytes(&mut self, block: &Block) -> Result<Buffer, Error> {
        let outside = || Error::corrupt(NAME, "its footer lists a batch outside of the file");
        let offset = u64::try_from(block.offset()).map_err(|_| outside())?;
        let header = u64::try_from(block.metaDataLength()).map_err(|_| outside())?;
        let body = u64::try_from(block.bodyLength()).map_err(|_| outside())?;
        let length = header.checked_add(body).ok_or_else(outside)?;
        if header < 8 || offset.checked_add(length).is_none_or(|end| end > self.file_bytes) {
            return Err(outside());
        }
        let mut bytes = MutableBuffer::from_len_zeroed(length as usize);
        self.file.seek(SeekFrom::Start(offset)).map_err(Error::Io)?;
        self.file.read_exact(&mut bytes).map_err(Error::Io)?;
        // The header follows its length, and in files of Arrow 0.15 and later a marker before that.
        let skipped = if bytes[..4] == [0xff; 4] { 8 } else { 4 };
        let (head, body) = bytes.split_at(header as usize);
        check_message(NAME, &head[skipped..], body)?;
        Ok(bytes.into())
    }

    fn step(&mut self) -> Result<Option<RecordBatch>, Error> {
        while let Some(block) = self.blocks.next() {
            let bytes = self.bytes(&block)?;
            let batch = self.decoder.read_record_batch(&block, &bytes);
            if let Some(batch) = batch.map_err(|error| Error::reading(NAME, error))? {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }
}

impl Iterator for Blocks {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

fn footer(file: &mut File, file_bytes: u64) -> Result<Vec<u8>, Error> {
    let mut magic = [0; 6];
    let mut tail = [0; 10];
    if file_bytes < 8 + tail.len() as u64 {
        return Err(cut(NAME));
    }
    file.rewind().map_err(Error::Io)?;
    file.read_exact(&mut magic).map_err(Error::Io)?;
    file.seek(SeekFrom::End(-10)).map_err(Error::Io)?;
    file.read_exact(&mut tail).map_err(Error::Io)?;
    if magic != MAGIC {
        return Err(Error::corrupt(NAME, "it does not begin with ARROW1"));
    }
    let length = read_footer_length(tail).map_err(|_| {
        Error::corrupt(NAME, "it does not end with a footer and ARROW1, so its end is missing")
    })?;
    if length as u64 > file_bytes - 18 {
        return Err(Error::corrupt(NAME, "its footer is longer than the file"));
    }
    let mut footer = vec![0; length];
    file.seek(SeekFrom::End(-10 - length as i64)).map_err(Error::Io)?;
    file.read_exact(&mut footer).map_err(Error::Io)?;
    Ok(footer)
}
