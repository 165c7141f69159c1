//! Formats: the contract every one of them keeps, what text becomes columns and why not, what columns look
//! like as text, and files nobody should trust.

mod contract;
mod hostile;
mod reading;
mod samples;
mod writing;

use std::fs::File;
use std::io::{Seek, Write};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{Schema, SchemaRef};
use pantile_core::format::{Ending, Error, Format, ReadOptions, WriteOptions, by_name};

fn named(name: &str) -> &'static dyn Format {
    by_name(name).unwrap()
}

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

fn write(
    format: &dyn Format,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    options: &WriteOptions,
) -> Vec<u8> {
    let mut encoder = format.encoder(schema.clone(), options).unwrap();
    let mut bytes = encoder.start().unwrap();
    for batch in batches {
        bytes.extend(encoder.batch(batch).unwrap());
    }
    let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
    bytes.extend(encoder.finish(Ending { rows, truncated: false }).unwrap());
    bytes
}

/// All rows as one batch.
fn read(format: &dyn Format, bytes: &[u8], options: &ReadOptions) -> Result<RecordBatch, Error> {
    let reader = format.read(file(bytes), options)?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<_>, _>>().map_err(|error| Error::try_from(error).unwrap())?;
    assert!(
        batches.iter().all(|batch| batch.schema().fields() == schema.fields()),
        "batches keep the schema"
    );
    Ok(concat_batches(&schema, &batches).unwrap())
}

fn with_schema(schema: &SchemaRef) -> ReadOptions {
    ReadOptions { schema: Some(schema.clone()), ..ReadOptions::default() }
}

fn options(pairs: &[(&str, &str)]) -> ReadOptions {
    ReadOptions::parse(pairs.iter().copied()).unwrap()
}

/// What an array of objects reads as the `json` format: the wire's document is not read, its rows are.
fn rows_of_document(document: &[u8]) -> Vec<u8> {
    let mut document: serde_json::Value = serde_json::from_slice(document).unwrap();
    serde_json::to_vec(&document["rows"].take()).unwrap()
}

fn schema_of(batch: &RecordBatch) -> SchemaRef {
    Arc::new(Schema::new(batch.schema().fields().clone()))
}
