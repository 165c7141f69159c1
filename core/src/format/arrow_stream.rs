//! `arrow`: the Arrow IPC stream.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::buffer::{Buffer, MutableBuffer};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::{read_dictionary, read_record_batch};
use arrow::ipc::writer::StreamWriter;
use arrow::record_batch::RecordBatchReader;

use super::ipc::{IpcEncoder, big_endian, check_message, check_schema, cut, ipc_options, parse};
use super::plain::plain_schema;
use super::{Encoder, Error, Format, ReadOptions, WriteOptions, guard};
use crate::array::tensors::Tensors;

const NAME: &str = "arrow";
const CONTINUATION: [u8; 4] = [0xff; 4];

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
        let messages = guard::guarded(NAME, || Messages::open(file))?;
        Ok(guard::reader(NAME, messages.schema.clone(), messages))
    }

    fn encoder(&self, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Encoder>, Error> {
        let tensors = Tensors::of(&schema);
        let schema = plain_schema(tensors.as_ref().map_or(&*schema, |tensors| tensors.schema()));
        let writer = StreamWriter::try_new_with_options(Vec::new(), &schema, ipc_options(NAME, options)?)
            .map_err(|source| Error::Encode { format: NAME, source })?;
        let (write, finish, bytes) = (StreamWriter::write, StreamWriter::finish, StreamWriter::get_mut);
        Ok(Box::new(IpcEncoder { format: NAME, schema, tensors, writer, write, finish, bytes }))
    }
}

/// The messages of a stream. Lengths are checked against the file before anything is allocated for them, and
/// only the end marker ends it: a stream without one has been cut.
struct Messages {
    bytes: Bytes,
    schema: SchemaRef,
    dictionaries: HashMap<i64, ArrayRef>,
}

/// The bytes of a file, and how many of them are still to be read.
struct Bytes {
    file: File,
    left: u64,
}

/// A message: what it is, and the buffers it speaks of.
struct Parts {
    header: Vec<u8>,
    body: Buffer,
}

impl Messages {
    fn open(mut file: File) -> Result<Messages, Error> {
        file.rewind().map_err(Error::Io)?;
        let left = file.metadata().map_err(Error::Io)?.len();
        let mut bytes = Bytes { file, left };
        let no_schema = || Error::corrupt(NAME, "it does not begin with a schema");
        let parts = bytes.message()?.ok_or_else(no_schema)?;
        let schema = parse(NAME, &parts.header)?.header_as_schema().ok_or_else(no_schema)?;
        if !schema.endianness().equals_to_target_endianness() {
            return Err(big_endian(NAME));
        }
        let schema = check_schema(NAME, Arc::new(fb_to_schema(schema)))?;
        Ok(Messages { bytes, schema, dictionaries: HashMap::new() })
    }

    fn step(&mut self) -> Result<Option<RecordBatch>, Error> {
        while let Some(Parts { header, body }) = self.bytes.message()? {
            check_message(NAME, &header, &body)?;
            let message = parse(NAME, &header)?;
            // The body is in memory: whatever fails is in its bytes.
            let reading = |error: ArrowError| Error::corrupt(NAME, error.to_string());
            if let Some(batch) = message.header_as_record_batch() {
                let schema = self.schema.clone();
                let batch =
                    read_record_batch(&body, batch, schema, &self.dictionaries, None, &message.version());
                return batch.map(Some).map_err(reading);
            }
            let Some(dictionary) = message.header_as_dictionary_batch() else {
                let kind = message.header_type().variant_name().unwrap_or("unknown");
                return Err(Error::corrupt(
                    NAME,
                    format!("a message of type {kind} stands between its batches"),
                ));
            };
            read_dictionary(&body, dictionary, &self.schema, &mut self.dictionaries, &message.version())
                .map_err(reading)?;
        }
        Ok(None)
    }
}

impl Iterator for Messages {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

impl Bytes {
    /// The next message; none at the end marker, which must be the end.
    fn message(&mut self) -> Result<Option<Parts>, Error> {
        if self.left == 0 {
            return Err(Error::corrupt(
                NAME,
                "it has no end marker, so its end may be missing; close its writer before sending it",
            ));
        }
        let mut length = [0; 4];
        self.take(&mut length)?;
        if length == CONTINUATION {
            self.take(&mut length)?;
        }
        let header = match i32::from_le_bytes(length) {
            0 if self.left == 0 => return Ok(None),
            0 => return Err(Error::corrupt(NAME, "bytes follow its end marker")),
            length => self.within(length.into())?,
        };
        let mut header = vec![0; header];
        self.take(&mut header)?;
        let body = self.within(parse(NAME, &header)?.bodyLength())?;
        let mut body = MutableBuffer::from_len_zeroed(body);
        self.take(&mut body)?;
        Ok(Some(Parts { header, body: body.into() }))
    }

    /// A length, if as many bytes are left.
    fn within(&self, length: i64) -> Result<usize, Error> {
        match u64::try_from(length) {
            Ok(length) if length <= self.left => Ok(length as usize),
            Ok(_) => Err(cut(NAME)),
            Err(_) => Err(Error::corrupt(NAME, format!("a message says it has {length} bytes"))),
        }
    }

    fn take(&mut self, to: &mut [u8]) -> Result<(), Error> {
        if to.len() as u64 > self.left {
            return Err(cut(NAME));
        }
        self.file.read_exact(to).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => cut(NAME),
            _ => Error::Io(error),
        })?;
        self.left -= to.len() as u64;
        Ok(())
    }
}
