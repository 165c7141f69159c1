//! From a received body to the rows of a table, and to a commit.

use std::fs::File;
use std::io::{Read, Seek};
use std::sync::Arc;

use pantile_core::catalog::{self, Column, NewColumn, NewPartition, OnTaken, Table};
use pantile_core::format::{self, Format, ReadOptions};
use pantile_core::frame::{PartitionSizes, held_schema, new_columns, write_partitions};
use pantile_core::pool::Cancel;
use pantile_core::store::TileStore;
use serde_json::{Value, json};
use uuid::Uuid;

use super::commit::{Head, Loaded, Made, Put};
use super::{Error, Received};
use crate::app::App;

/// Bytes that tell a body's format.
const HEAD: usize = 64;

/// What is to be done with a body's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The table holds exactly these rows from now on.
    Replace,
    /// The table holds these rows too.
    Append,
    /// The table is made, and must not be there before.
    Create,
}

/// What was asked for with a body of rows.
pub struct Upload {
    /// What is said of every upload.
    pub head: Head,
    /// What to do with the table.
    pub mode: Mode,
    /// The body's format, where it was said.
    pub format: Option<&'static dyn Format>,
    /// How to read it.
    pub options: ReadOptions,
}

/// Turns a received body into rows and commits them.
///
/// # Errors
/// Whatever the body, the table or the disk gives reason for; nothing is written then.
pub async fn load(app: &App, upload: Upload, received: Received) -> Result<Loaded, Error> {
    let fingerprint = upload.head.fingerprint(&received);
    if let Some(loaded) = upload.head.known(app, fingerprint).await? {
        return Ok(loaded);
    }
    let table = target(app, &upload)?;
    let seat = upload.head.seat(app, describe(&upload)).await?;
    let plan = Plan {
        format: upload.format,
        options: upload.options.clone(),
        table: table.clone().filter(|_| upload.mode == Mode::Append),
        cancel: seat.cancel().clone(),
    };
    let (store, sizes) = (Arc::clone(&app.store), app.partition_sizes());
    let written = app.pool.run(move || plan.write(received.spooled.file, &store, sizes)).await;
    let made = written.map_err(Error::from).and_then(|written| Ok(made(&upload, table.as_deref(), written?)));
    upload.head.end(app, seat, made, fingerprint).await
}

/// Refuses what cannot succeed before the body is received.
///
/// # Errors
/// [`Error::NoTable`], [`Error::NotHeld`], and a precondition that does not hold.
pub fn target(app: &App, upload: &Upload) -> Result<Option<Arc<Table>>, Error> {
    let (snapshot, name) = (upload.head.snapshot(app)?, &upload.head.name);
    let not_held = |is| Err(Error::NotHeld { name: name.clone(), is });
    match snapshot.table(name) {
        Some(_) if upload.mode == Mode::Create => {
            Err(catalog::Error::AlreadyExists { kind: "table", name: name.clone() }.into())
        }
        Some(table) if table.external.is_some() => not_held("a table at a location of somebody else's"),
        Some(table) => Ok(Some(Arc::clone(table))),
        None if snapshot.views.contains_key(name) => not_held("a view"),
        None if snapshot.array(name).is_some() => not_held("an array"),
        None if upload.mode != Mode::Append => Ok(None),
        None => Err(Error::NoTable {
            name: name.clone(),
            nearest: pantile_core::nearest(name, snapshot.names()).map(str::to_owned),
        }),
    }
}

/// What was written, and is not visible yet.
struct Written {
    format: &'static str,
    columns: Vec<Column>,
    partitions: Vec<NewPartition>,
}

/// How a body is to be read and written.
struct Plan {
    format: Option<&'static dyn Format>,
    options: ReadOptions,
    /// The table whose columns the rows must have; none when they bring their own.
    table: Option<Arc<Table>>,
    cancel: Cancel,
}

impl Plan {
    /// Blocks; made for the pool.
    fn write(
        mut self,
        mut file: File,
        store: &Arc<TileStore>,
        sizes: PartitionSizes,
    ) -> Result<Written, Error> {
        let format = match self.format {
            Some(format) => format,
            None => recognised(&mut file)?,
        };
        self.options.hints = self.table.as_ref().map(|table| Arc::clone(&table.schema));
        let mut reader = format.read(file, &self.options)?;
        let columns = match &self.table {
            Some(table) => table.columns.to_vec(),
            None => new_columns(&*held_schema(&reader.schema())?),
        };
        let folder =
            self.table.as_ref().map_or_else(|| Uuid::now_v7().to_string(), |table| table.uuid.clone());
        let partitions = write_partitions(reader.as_mut(), store, &folder, &columns, sizes, &self.cancel)?;
        Ok(Written { format: format.name(), columns, partitions })
    }
}

fn recognised(file: &mut File) -> Result<&'static dyn Format, Error> {
    let unreadable = |source: std::io::Error| Error::UnknownFormat { why: source.to_string() };
    let mut head = Vec::with_capacity(HEAD);
    file.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    format::recognise(&head).filter(|format| format.reads()).ok_or_else(|| Error::UnknownFormat {
        why: if head.is_empty() {
            "the body is empty".to_owned()
        } else {
            "neither Content-Type nor ?format= names one, and its first bytes are those of none".to_owned()
        },
    })
}

/// What is to become visible, and what is told of it.
fn made(upload: &Upload, table: Option<&Table>, written: Written) -> Made {
    let rows = written.partitions.iter().map(|partition| partition.rows).sum();
    let bytes = written.partitions.iter().map(|partition| partition.bytes).sum();
    let told = told(upload, table, &written, rows, bytes);
    let Written { columns, partitions, .. } = written;
    let put = match (upload.mode, table) {
        (Mode::Append, Some(table)) => {
            Put::Rows { table: table.id, schema_version: table.schema_version, partitions }
        }
        (mode, _) => Put::Table {
            columns: columns.iter().map(|column| NewColumn::from(&column.field())).collect(),
            partitions,
            or: if mode == Mode::Create { OnTaken::Fail } else { OnTaken::Replace },
        },
    };
    Made { put, told, rows, bytes }
}

fn told(upload: &Upload, table: Option<&Table>, written: &Written, rows: u64, bytes: u64) -> Value {
    let columns: Vec<Value> = written
        .columns
        .iter()
        .map(|column| {
            json!({
                "name": column.name,
                "type": format::type_name(&column.data_type),
                "nullable": column.nullable,
            })
        })
        .collect();
    json!({
        "name": upload.head.name,
        "created": table.is_none(),
        "format": written.format,
        "rows": rows,
        "bytes": bytes,
        "partitions": written.partitions.len(),
        "schema": columns,
    })
}

fn describe(upload: &Upload) -> String {
    let name = &upload.head.name;
    match upload.mode {
        Mode::Create => format!("CREATE TABLE {name}"),
        Mode::Replace => format!("PUT /v1/tables/{name}"),
        Mode::Append => format!("POST /v1/tables/{name}/rows"),
    }
}
