//! Reading a snapshot out of the catalog's file.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::ipc::convert::{IpcSchemaEncoder, fb_to_schema};
use arrow::ipc::root_as_schema;
use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::apply::MERGED;
use super::error::Error;
use super::model::{
    Column, ColumnId, ColumnStats, Dialect, External, Partition, PartitionId, PastColumns, Snapshot,
    SnapshotId, Table, TableId, View, nested_fields,
};
use super::rows;
use super::schema::SCHEMA_NAME;
use crate::store::Hold;

/// The half of a `WHERE` that picks what was alive at snapshot `?1`.
pub(super) const ALIVE: &str = "begin_snapshot <= ?1 AND (end_snapshot IS NULL OR end_snapshot > ?1)";

/// The newest snapshot.
pub(super) fn newest(connection: &mut Connection) -> Result<Snapshot, Error> {
    let transaction = connection.transaction()?;
    let id = transaction.query_row("SELECT max(snapshot_id) FROM ducklake_snapshot", [], |row| row.get(0))?;
    at(&transaction, id)?.ok_or_else(|| Error::Damaged { what: "it has no snapshot".to_owned() })
}

/// The snapshot of that number, where it is kept.
pub(super) fn at(connection: &Connection, id: SnapshotId) -> Result<Option<Snapshot>, Error> {
    let head = connection
        .query_row(
            "SELECT snapshot_time, schema_version FROM ducklake_snapshot WHERE snapshot_id = ?1",
            [id],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)),
        )
        .optional()?;
    let Some((time, schema_version)) = head else { return Ok(None) };
    let mut partitions = partitions(connection, id)?;
    let pinned = pinned(connection)?;
    let mut tables = held_tables(connection, id)?;
    tables.extend(external_tables(connection, id)?);
    let tables = tables.into_iter().map(|mut table| {
        table.partitions = partitions.remove(&table.id).unwrap_or_default().into();
        table.pinned = pinned.contains(&table.id);
        (table.name.clone(), Arc::new(table))
    });
    let tables = tables.collect();
    let changed: Option<SnapshotId> = connection.query_row(
        &format!("SELECT max(snapshot_id) FROM ducklake_snapshot_changes WHERE snapshot_id <= ?1 AND changes_made NOT LIKE '{MERGED}%'"),
        [id],
        |row| row.get(0),
    )?;
    let changed = changed.unwrap_or(id);
    Ok(Some(Snapshot {
        id,
        changed,
        schema_version,
        time: time_of(&time)?,
        tables,
        views: views(connection, id)?,
        arrays: rows::arrays(connection, id, &pinned)?,
    }))
}

fn held_tables(connection: &Connection, id: SnapshotId) -> Result<Vec<Table>, Error> {
    let (mut columns, mut past) = (columns(connection, id)?, past_columns(connection)?);
    let mut query = connection.prepare_cached(&format!(
        "SELECT table_id, table_uuid, table_name,
                (SELECT max(schema_version) FROM ducklake_schema_versions v WHERE v.table_id = t.table_id AND v.begin_snapshot <= ?1)
         FROM ducklake_table t WHERE {ALIVE}"
    ))?;
    let rows = query.query_map([id], |row| {
        Ok((row.get::<_, TableId>(0)?, row.get(1)?, row.get(2)?, row.get::<_, Option<i64>>(3)?))
    })?;
    rows.map(|row| {
        let (id, uuid, name, schema_version) = row?;
        let columns = columns.remove(&id).unwrap_or_default();
        let mut table = table(id, uuid, name, schema_version.unwrap_or(0), columns);
        table.past = Arc::new(past.remove(&id).unwrap_or_default());
        Ok(table)
    })
    .collect()
}

/// A table of these columns, without rows.
pub(super) fn table(
    id: TableId,
    uuid: String,
    name: String,
    schema_version: i64,
    columns: Vec<Column>,
) -> Table {
    let schema = arrow_schema(&columns);
    let mut past = PastColumns { next: 1, ..PastColumns::default() };
    columns.iter().for_each(|column| past.note(column));
    Table {
        id,
        uuid,
        name,
        schema_version,
        columns: columns.into(),
        schema,
        past: Arc::new(past),
        partitions: Arc::default(),
        pinned: false,
        external: None,
    }
}

/// The columns under their present names.
pub(super) fn arrow_schema(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(Column::field).collect::<Vec<_>>()))
}

fn columns(connection: &Connection, id: SnapshotId) -> Result<HashMap<TableId, Vec<Column>>, Error> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT c.table_id, c.column_id, c.column_name, c.nulls_allowed, p.file_name, p.arrow
         FROM ducklake_column c JOIN pantile_column p ON p.table_id = c.table_id AND p.column_id = c.column_id
         WHERE c.parent_column IS NULL AND {ALIVE} ORDER BY c.table_id, c.column_order, c.column_id"
    ))?;
    let mut rows = query.query([id])?;
    let mut found: HashMap<TableId, Vec<Column>> = HashMap::new();
    while let Some(row) = rows.next()? {
        found.entry(row.get(0)?).or_default().push(column(row)?);
    }
    Ok(found)
}

/// Columns that tables ever had: unlike DuckLake's list of them, ours outlives the snapshots that had them.
fn past_columns(connection: &Connection) -> Result<HashMap<TableId, PastColumns>, Error> {
    let mut query = connection
        .prepare_cached("SELECT table_id, column_id, file_name, 1, file_name, arrow FROM pantile_column")?;
    let mut rows = query.query([])?;
    let mut found: HashMap<TableId, PastColumns> = HashMap::new();
    while let Some(row) = rows.next()? {
        found.entry(row.get(0)?).or_default().note(&column(row)?);
    }
    Ok(found)
}

fn column(row: &Row<'_>) -> Result<Column, Error> {
    let id: ColumnId = row.get(1)?;
    let schema = schema_of(&row.get::<_, Vec<u8>>(5)?)?;
    let data_type = schema.fields().first().map(|field| field.data_type().clone()).unwrap_or(DataType::Null);
    // Fields inside a type are numbered right after their column, depth first.
    let inside = i64::try_from(nested_fields(&data_type)).unwrap_or(0);
    Ok(Column {
        id,
        name: row.get(2)?,
        file_name: row.get(4)?,
        nested: (1..=inside).map(|step| id.saturating_add(step)).collect(),
        data_type,
        nullable: row.get::<_, i64>(3)? != 0,
    })
}

fn partitions(
    connection: &Connection,
    id: SnapshotId,
) -> Result<HashMap<TableId, Vec<Arc<Partition>>>, Error> {
    let mut stats = stats(connection, id)?;
    let mut query = connection.prepare_cached(&format!(
        "SELECT f.table_id, f.data_file_id, f.path, f.record_count, f.file_size_bytes, f.footer_size, f.begin_snapshot, h.hash
         FROM ducklake_data_file f JOIN pantile_file h ON h.data_file_id = f.data_file_id
         WHERE {ALIVE} ORDER BY f.table_id, coalesce(f.file_order, f.data_file_id), f.data_file_id"
    ))?;
    let mut rows = query.query([id])?;
    let mut found: HashMap<TableId, Vec<Arc<Partition>>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let id: PartitionId = row.get(1)?;
        found.entry(row.get(0)?).or_default().push(Arc::new(Partition {
            id,
            path: format!("{SCHEMA_NAME}/{}", row.get::<_, String>(2)?),
            rows: row.get(3)?,
            bytes: row.get(4)?,
            footer_bytes: row.get(5)?,
            hash: hash_of(row.get(7)?)?,
            since: row.get(6)?,
            stats: stats.remove(&id).unwrap_or_default().into(),
            hold: Hold::default(),
        }));
    }
    Ok(found)
}

fn stats(connection: &Connection, id: SnapshotId) -> Result<HashMap<PartitionId, Vec<ColumnStats>>, Error> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT s.data_file_id, s.column_id, s.column_size_bytes, s.null_count, s.min_value, s.max_value, s.contains_nan
         FROM ducklake_data_file f JOIN ducklake_file_column_stats s ON s.data_file_id = f.data_file_id
         WHERE {ALIVE}"
    ))?;
    let mut rows = query.query([id])?;
    let mut found: HashMap<PartitionId, Vec<ColumnStats>> = HashMap::new();
    while let Some(row) = rows.next()? {
        found.entry(row.get(0)?).or_default().push(ColumnStats {
            column: row.get(1)?,
            bytes: row.get(2)?,
            nulls: row.get(3)?,
            min: row.get(4)?,
            max: row.get(5)?,
            nan: row.get::<_, Option<i64>>(6)?.map(|nan| nan != 0),
        });
    }
    Ok(found)
}

fn external_tables(connection: &Connection, id: SnapshotId) -> Result<Vec<Table>, Error> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT e.table_id, n.name, n.schema_version, e.location, e.path, e.format, e.partitioned_by, e.options
         FROM pantile_external e JOIN pantile_external_name n ON n.table_id = e.table_id WHERE {ALIVE}"
    ))?;
    let mut columns = external_columns(connection)?;
    let rows = query.query_map([id], |row| {
        let external = External {
            location: row.get(3)?,
            path: row.get(4)?,
            format: row.get(5)?,
            partitioned_by: serde_json::from_str(&row.get::<_, String>(6)?).unwrap_or_default(),
            options: serde_json::from_str::<BTreeMap<String, String>>(&row.get::<_, String>(7)?)
                .unwrap_or_default(),
        };
        Ok((row.get::<_, TableId>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, external))
    })?;
    rows.map(|row| {
        let (id, name, version, external) = row?;
        let mut table = table(id, String::new(), name, version, columns.remove(&id).unwrap_or_default());
        table.external = Some(Arc::new(external));
        Ok(table)
    })
    .collect()
}

/// Columns of external tables: they never change, so there is nothing to pick by snapshot.
fn external_columns(connection: &Connection) -> Result<HashMap<TableId, Vec<Column>>, Error> {
    let mut query = connection.prepare_cached(
        "SELECT p.table_id, p.column_id, p.file_name, 1, p.file_name, p.arrow
         FROM pantile_column p JOIN pantile_external e ON e.table_id = p.table_id ORDER BY p.table_id, p.column_id",
    )?;
    let mut rows = query.query([])?;
    let mut found: HashMap<TableId, Vec<Column>> = HashMap::new();
    while let Some(row) = rows.next()? {
        found.entry(row.get(0)?).or_default().push(column(row)?);
    }
    Ok(found)
}

fn views(connection: &Connection, id: SnapshotId) -> Result<BTreeMap<String, Arc<View>>, Error> {
    let mut columns = view_columns(connection, id)?;
    let mut query = connection.prepare_cached(&format!(
        "SELECT view_id, view_name, sql, dialect FROM ducklake_view WHERE {ALIVE}"
    ))?;
    let mut rows = query.query([id])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (id, name): (i64, String) = (row.get(0)?, row.get(1)?);
        let view = View {
            id,
            name: name.clone(),
            text: row.get(2)?,
            dialect: Dialect::of_stored(&row.get::<_, Option<String>>(3)?.unwrap_or_default()),
            columns: columns.remove(&id).unwrap_or_default().into(),
        };
        found.insert(name, Arc::new(view));
    }
    Ok(found)
}

/// Columns of views, as they were when each was made.
fn view_columns(connection: &Connection, id: SnapshotId) -> Result<HashMap<i64, Vec<Column>>, Error> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT p.table_id, p.column_id, p.file_name, 1, p.file_name, p.arrow
         FROM pantile_column p JOIN ducklake_view v ON v.view_id = p.table_id WHERE {ALIVE}
         ORDER BY p.table_id, p.column_id"
    ))?;
    let mut rows = query.query([id])?;
    let mut found: HashMap<i64, Vec<Column>> = HashMap::new();
    while let Some(row) = rows.next()? {
        found.entry(row.get(0)?).or_default().push(column(row)?);
    }
    Ok(found)
}

fn pinned(connection: &Connection) -> Result<Vec<TableId>, Error> {
    let mut query = connection.prepare_cached("SELECT table_id FROM pantile_pin")?;
    let rows = query.query_map(params![], |row| row.get(0))?;
    rows.collect::<Result<_, _>>().map_err(Error::from)
}

/// An Arrow schema as the bytes of an IPC schema.
pub(super) fn schema_bytes(fields: Vec<Field>) -> Vec<u8> {
    IpcSchemaEncoder::new().schema_to_fb(&Schema::new(fields)).finished_data().to_vec()
}

/// The schema behind [`schema_bytes`].
pub(super) fn schema_of(bytes: &[u8]) -> Result<Schema, Error> {
    root_as_schema(bytes)
        .map(fb_to_schema)
        .map_err(|error| Error::Damaged { what: format!("a column's type: {error}") })
}

/// A BLAKE3 out of the database.
pub(super) fn hash_of(bytes: Vec<u8>) -> Result<[u8; 32], Error> {
    <[u8; 32]>::try_from(bytes)
        .map_err(|bytes| Error::Damaged { what: format!("a checksum of {} bytes", bytes.len()) })
}

/// A moment as DuckLake writes it.
pub(super) fn time_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, false).replace('T', " ").replace("+00:00", "+00")
}

/// The moment behind [`time_text`].
pub(super) fn time_of(text: &str) -> Result<DateTime<Utc>, Error> {
    DateTime::parse_from_str(&format!("{text}00"), "%Y-%m-%d %H:%M:%S%.f%z")
        .map(|time| time.with_timezone(&Utc))
        .map_err(|_| Error::Damaged { what: format!("`{text}` is no time") })
}
