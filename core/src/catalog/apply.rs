//! Making a commit's changes, in the database and in the snapshot beside it.

mod arrays;

use std::sync::Arc;

use arrow::datatypes::Field;
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Params, params};
use uuid::Uuid;

use super::change::{
    Alter, Change, Commit, NewColumn, NewPartition, OnTaken, Remembered, Request, RewriteKind,
};
use super::error::Error;
use super::load::{arrow_schema, hash_of, schema_bytes, table, time_text};
use super::model::{
    Column, ColumnId, ColumnStats, Dialect, External, Partition, PartitionId, Snapshot, SnapshotId, Table,
    TableId, View, fields_inside,
};
use super::schema::SCHEMA_NAME;
use super::writer::Done;
use crate::nearest;
use crate::store::Hold;

/// What cannot be done with what is no table.
const NO_ROWS: &str = "it holds no rows";
/// What a commit says that put partitions together and changed no row.
pub(super) const MERGED: &str = "merge_adjacent:";
/// Bytes of a dataset's or column's name.
const NAME_BYTES_MAX: usize = 255;

/// Makes the commit, or says why not; `newest` moves only when all of it was made.
pub(super) fn commit(at: &Connection, newest: &mut Arc<Snapshot>, commit: Commit) -> Result<Done, Error> {
    if let Some(request) = &commit.request
        && let Some(remembered) = remembered(at, &request.key)?
    {
        return if remembered.fingerprint == request.fingerprint {
            Ok(Done {
                snapshot: Arc::clone(newest),
                made: remembered.snapshot,
                replayed: Some(remembered.answer),
            })
        } else {
            Err(Error::IdempotencyMismatch { key: request.key.clone() })
        };
    }
    if let Some(expected) = commit.expect
        && !newest.holds_what(expected)
    {
        return Err(Error::PreconditionFailed { expected, current: newest.id });
    }
    let mut work = Work::start(at, newest)?;
    match commit.base {
        None => commit.changes.into_iter().try_for_each(|change| work.change(change))?,
        Some(base) => base.publish(at, newest, &mut work, commit.changes)?,
    }
    if !work.said.is_empty() {
        *newest = Arc::new(work.finish(commit.author.as_deref(), commit.message.as_deref())?);
    }
    if let Some(request) = commit.request {
        remember(at, &request, newest.as_ref())?;
    }
    Ok(Done { snapshot: Arc::clone(newest), made: newest.id, replayed: None })
}

/// The request of that key, where it is remembered.
pub(super) fn remembered(at: &Connection, key: &str) -> Result<Option<Remembered>, Error> {
    let found = at
        .prepare_cached("SELECT fingerprint, snapshot, answer FROM pantile_request WHERE key = ?1")?
        .query_row([key], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    found
        .map(|(hash, snapshot, answer)| Ok(Remembered { fingerprint: hash_of(hash)?, snapshot, answer }))
        .transpose()
}

fn remember(at: &Connection, request: &Request, made: &Snapshot) -> Result<(), Error> {
    let answer = request.answer.replace("{snapshot}", &made.id.to_string());
    at.prepare_cached("INSERT INTO pantile_request VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
        request.key,
        request.fingerprint,
        made.id,
        answer,
        Utc::now().timestamp_micros()
    ])?;
    Ok(())
}

/// A snapshot in the making, and beside it the rows of the database that say the same; a [`super::Draft`] has no
/// rows yet.
pub(super) struct Work<'a> {
    at: Option<&'a Connection>,
    pub(super) next: Snapshot,
    pub(super) numbers: Numbers,
    /// The newest snapshot there is.
    current: SnapshotId,
    said: Vec<String>,
    /// Holds on the files that it names.
    named: Vec<Hold>,
}

/// Numbers that are given to what is new, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    /// The next table's, view's or array's.
    pub(super) catalog: i64,
    /// The next partition's.
    pub(super) file: PartitionId,
    /// Whether the version of the names was raised.
    pub(super) renamed: bool,
}

impl<'a> Work<'a> {
    fn start(at: &'a Connection, newest: &Snapshot) -> Result<Self, Error> {
        let (catalog_id, file_id) = at
            .prepare_cached(
                "SELECT next_catalog_id, next_file_id FROM ducklake_snapshot WHERE snapshot_id = ?1",
            )?
            .query_row([newest.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut next = newest.clone();
        next.id = next.id.saturating_add(1);
        next.time = later(newest.time);
        let numbers = Numbers { catalog: catalog_id, file: file_id, renamed: false };
        Ok(Self { at: Some(at), next, numbers, current: newest.id, said: Vec::new(), named: Vec::new() })
    }

    /// Goes on with a snapshot that is nobody's yet.
    pub(super) fn draft(snapshot: &Snapshot, numbers: Numbers) -> Self {
        let (said, named) = (Vec::new(), Vec::new());
        Self { at: None, next: snapshot.clone(), numbers, current: snapshot.id, said, named }
    }

    fn finish(mut self, author: Option<&str>, message: Option<&str>) -> Result<Snapshot, Error> {
        let id = self.next.id;
        if !self.said.iter().all(|said| said.starts_with(MERGED)) {
            self.next.changed = id;
        }
        let Numbers { catalog, file, .. } = self.numbers;
        let (time, version) = (time_text(self.next.time), self.next.schema_version);
        self.run(
            "INSERT INTO ducklake_snapshot VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id, time, version, catalog, file],
        )?;
        self.run(
            "INSERT INTO ducklake_snapshot_changes VALUES (?1, ?2, ?3, ?4, NULL)",
            params![id, self.said.join(","), author, message],
        )?;
        self.named.iter().for_each(Hold::keep);
        Ok(self.next)
    }

    /// Changes rows of the database, where there is one; how many.
    fn run(&self, sql: &str, params: impl Params) -> Result<usize, Error> {
        match self.at {
            Some(at) => Ok(at.prepare_cached(sql)?.execute(params)?),
            None => Ok(1),
        }
    }

    pub(super) fn change(&mut self, change: Change) -> Result<(), Error> {
        match change {
            Change::Create { name, columns, external, or } => self.create(name, &columns, external, or),
            Change::Replace { name, columns, partitions, or } => self.replace(name, &columns, partitions, or),
            Change::Append { table, schema_version, partitions } => {
                self.append(table, schema_version, partitions)
            }
            Change::Rewrite { table, schema_version, ended, added, kind } => {
                self.rewrite(table, schema_version, &ended, added, kind)
            }
            Change::PutArray { name, array, or } => self.put_array(name, array, or),
            Change::Drop { name, missing_ok } => self.drop(&name, missing_ok),
            Change::Alter { table, alter } => self.alter(table, alter),
            Change::CreateView { name, text, dialect, columns, replace } => {
                self.create_view(name, text, dialect, &columns, replace)
            }
            Change::Require { name, presence } => self.next.require(&name, presence),
            Change::Pin { table, pinned } => self.pin(table, pinned),
        }
    }

    fn create(
        &mut self,
        name: String,
        columns: &[NewColumn],
        external: Option<External>,
        or: OnTaken,
    ) -> Result<(), Error> {
        if !self.take_name(&name, "table", or)? {
            return Ok(());
        }
        match external {
            Some(external) => self.insert_external(name, columns, external),
            None => self.insert_table(name, columns).map(|_| ()),
        }
    }

    fn replace(
        &mut self,
        name: String,
        columns: &[NewColumn],
        partitions: Vec<NewPartition>,
        or: OnTaken,
    ) -> Result<(), Error> {
        let pinned = self.next.tables.get(&name).is_some_and(|table| table.pinned);
        if !self.take_name(&name, "table", or)? {
            return Ok(());
        }
        let table = self.insert_table(name, columns)?;
        if pinned {
            self.pin(table, true)?;
        }
        self.insert_partitions(table, partitions, None)
    }

    /// Makes the name free for something of that kind; false where what has it stays.
    fn take_name(&mut self, name: &str, kind: &'static str, or: OnTaken) -> Result<bool, Error> {
        check_name(name)?;
        match (self.next.kind_of(name), or) {
            (None, _) => Ok(true),
            (Some(_), OnTaken::Keep) => Ok(false),
            (Some(is), OnTaken::Replace) if is == kind => self.drop(name, false).map(|()| true),
            (Some(kind), _) => Err(Error::AlreadyExists { kind, name: name.to_owned() }),
        }
    }

    fn append(
        &mut self,
        table: TableId,
        schema_version: i64,
        partitions: Vec<NewPartition>,
    ) -> Result<(), Error> {
        self.table(table, schema_version, "it cannot be appended to")?;
        self.insert_partitions(table, partitions, None)
    }

    fn rewrite(
        &mut self,
        table: TableId,
        schema_version: i64,
        ended: &[PartitionId],
        added: Vec<NewPartition>,
        kind: RewriteKind,
    ) -> Result<(), Error> {
        let held = self.table(table, schema_version, "its rows cannot be changed")?;
        let alive = |id: &PartitionId| held.partitions.iter().any(|partition| partition.id == *id);
        if !ended.iter().all(alive) {
            return Err(self.conflict(&held.name, "partitions that were read are no longer part of it"));
        }
        let place = held.partitions.iter().position(|partition| ended.contains(&partition.id));
        let end = "UPDATE ducklake_data_file SET end_snapshot = ?1 WHERE data_file_id = ?2 AND end_snapshot IS NULL";
        for id in ended {
            if self.run(end, [self.next.id, *id])? != 1 {
                return Err(self.conflict(&held.name, "partitions that were read have ended"));
            }
        }
        let kept =
            held.partitions.iter().filter(|partition| !ended.contains(&partition.id)).cloned().collect();
        self.set(Table { partitions: kept, ..held.as_ref().clone() });
        self.say(match kind {
            RewriteKind::Compact => format!("{MERGED}{table}"),
            RewriteKind::Delete | RewriteKind::Update | RewriteKind::Truncate => {
                format!("deleted_from_table:{table}")
            }
        });
        let first = ended.first().and_then(|id| held.partitions.iter().find(|partition| partition.id == *id));
        let order = match (place, first) {
            (Some(place), Some(first)) => Some((place, self.order_of(first.id)?)),
            _ => None,
        };
        let said = self.said.len();
        self.insert_partitions(table, added, order)?;
        if kind == RewriteKind::Compact {
            // The same rows are no new ones.
            self.said.truncate(said);
        }
        self.count_rows(table)
    }

    fn drop(&mut self, name: &str, missing_ok: bool) -> Result<(), Error> {
        if let Some(view) = self.next.views.remove(name) {
            self.end("ducklake_view", "view_id", view.id)?;
            self.say(format!("dropped_view:{}", view.id));
        } else if let Some(table) = self.next.tables.remove(name) {
            if table.external.is_some() {
                self.end("pantile_external_name", "table_id", table.id)?;
                self.say(format!("dropped_external:{}", table.id));
            } else {
                for part in ["ducklake_table", "ducklake_column", "ducklake_data_file"] {
                    self.end(part, "table_id", table.id)?;
                }
                self.say(format!("dropped_table:{}", table.id));
            }
            self.run("DELETE FROM pantile_pin WHERE table_id = ?1", [table.id])?;
        } else if let Some(array) = self.next.arrays.remove(name) {
            self.drop_array(&array)?;
        } else if !missing_ok {
            return Err(self.unknown(name));
        } else {
            return Ok(());
        }
        self.names_changed();
        Ok(())
    }

    fn alter(&mut self, id: TableId, alter: Alter) -> Result<(), Error> {
        if let Some(array) = self.array_of(id) {
            return self.alter_array(&array, alter);
        }
        let held = self.table_of(id, "it cannot be altered")?;
        if held.external.is_some() && !matches!(alter, Alter::RenameTable(_)) {
            return Err(Error::WrongKind {
                name: held.name.clone(),
                is: "external",
                refused: "its columns cannot be changed",
            });
        }
        self.names_changed();
        let version = self.next.schema_version;
        let (mut columns, mut past) = (held.columns.to_vec(), Arc::clone(&held.past));
        match alter {
            Alter::RenameTable(name) => return self.rename_table(&held, name),
            Alter::AddColumn(new) => {
                let column = self.add_column(&held, &new)?;
                Arc::make_mut(&mut past).note(&column);
                columns.push(column);
            }
            Alter::DropColumn(name) => {
                let column = self.column(&held, &name)?;
                if columns.len() == 1 {
                    let refused = "its only column cannot be dropped; drop the table";
                    return Err(Error::WrongKind { name: held.name.clone(), is: "a table", refused });
                }
                self.end_column(id, &column)?;
                columns.retain(|other| other.id != column.id);
            }
            Alter::RenameColumn { from, to } => {
                let column = self.column(&held, &from)?;
                self.check_column(&held, &to)?;
                self.end_column(id, &column)?;
                let renamed = Column { name: to, ..column };
                self.insert_column(id, &renamed)?;
                for other in &mut columns {
                    if other.id == renamed.id {
                        *other = renamed.clone();
                    }
                }
            }
        }
        self.insert_version(id, version)?;
        self.say(format!("altered_table:{id}"));
        let schema = arrow_schema(&columns);
        let (columns, rest) = (columns.into(), held.as_ref().clone());
        self.set(Table { schema_version: version, columns, schema, past, ..rest });
        Ok(())
    }

    fn rename_table(&mut self, held: &Table, name: String) -> Result<(), Error> {
        check_name(&name)?;
        if let Some(kind) = self.next.kind_of(&name) {
            return Err(Error::AlreadyExists { kind, name });
        }
        if held.external.is_some() {
            self.end("pantile_external_name", "table_id", held.id)?;
            self.insert_external_name(held.id, &name, self.next.schema_version)?;
        } else {
            self.end("ducklake_table", "table_id", held.id)?;
            self.insert_table_row(held.id, &held.uuid, &name)?;
            self.insert_version(held.id, self.next.schema_version)?;
        }
        self.say(format!("altered_table:{}", held.id));
        self.next.tables.remove(&held.name);
        self.set(Table { name, schema_version: self.next.schema_version, ..held.clone() });
        Ok(())
    }

    fn create_view(
        &mut self,
        name: String,
        text: String,
        dialect: Dialect,
        new: &[NewColumn],
        replace: bool,
    ) -> Result<(), Error> {
        check_name(&name)?;
        match self.next.kind_of(&name) {
            Some("view") if replace => self.drop(&name, false)?,
            Some(kind) => return Err(Error::AlreadyExists { kind, name }),
            None => {}
        }
        self.names_changed();
        let id = self.new_id();
        self.run(
            "INSERT INTO ducklake_view VALUES (?1, ?2, ?3, NULL, 0, ?4, ?5, ?6, '')",
            params![id, Uuid::now_v7().to_string(), self.next.id, name, dialect.as_stored(), text],
        )?;
        let mut next: ColumnId = 1;
        let columns: Vec<Column> =
            new.iter().map(|column| Column::numbered(&column.field(), &mut next)).collect();
        for column in &columns {
            self.insert_held_column(id, column)?;
        }
        self.say(format!("created_view:{}", quoted(&name)));
        let view = View { id, name: name.clone(), text, dialect, columns: columns.into() };
        self.next.views.insert(name, Arc::new(view));
        Ok(())
    }

    fn pin(&mut self, id: TableId, pinned: bool) -> Result<(), Error> {
        if let Some(array) = self.array_of(id) {
            return self.pin_array(&array, pinned);
        }
        let held = self.table_of(id, "it has no bytes of its own to keep in memory")?;
        self.pin_row(id, pinned)?;
        self.say(format!("altered_table:{id}"));
        self.set(Table { pinned, ..held.as_ref().clone() });
        Ok(())
    }

    fn pin_row(&self, id: i64, pinned: bool) -> Result<(), Error> {
        let change = if pinned {
            "INSERT OR IGNORE INTO pantile_pin VALUES (?1)"
        } else {
            "DELETE FROM pantile_pin WHERE table_id = ?1"
        };
        self.run(change, [id])?;
        Ok(())
    }

    fn insert_table(&mut self, name: String, new: &[NewColumn]) -> Result<TableId, Error> {
        self.names_changed();
        let (id, uuid, version) = (self.new_id(), Uuid::now_v7().to_string(), self.next.schema_version);
        self.insert_table_row(id, &uuid, &name)?;
        let mut next: ColumnId = 1;
        let columns: Vec<Column> =
            new.iter().map(|column| Column::numbered(&column.field(), &mut next)).collect();
        for column in &columns {
            self.insert_column(id, column)?;
            self.insert_held_column(id, column)?;
        }
        self.insert_version(id, version)?;
        self.run("INSERT INTO ducklake_table_stats VALUES (?1, 0, 0, 0)", [id])?;
        self.say(format!("created_table:{}", quoted(&name)));
        self.set(table(id, uuid, name, version, columns));
        Ok(id)
    }

    fn insert_table_row(&self, id: TableId, uuid: &str, name: &str) -> Result<(), Error> {
        // The table's own folder stands in each partition's path: rows may come from several uploads.
        self.run(
            "INSERT INTO ducklake_table VALUES (?1, ?2, ?3, NULL, 0, ?4, '', 1)",
            params![id, uuid, self.next.id, name],
        )?;
        Ok(())
    }

    fn insert_version(&self, id: TableId, version: i64) -> Result<(), Error> {
        self.run("INSERT INTO ducklake_schema_versions VALUES (?1, ?2, ?3)", [self.next.id, version, id])?;
        Ok(())
    }

    fn insert_external(&mut self, name: String, new: &[NewColumn], external: External) -> Result<(), Error> {
        self.names_changed();
        let (id, version) = (self.new_id(), self.next.schema_version);
        self.run(
            "INSERT INTO pantile_external VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                id,
                external.location,
                external.path,
                external.format,
                serde_json::json!(external.partitioned_by).to_string(),
                serde_json::json!(external.options).to_string()
            ],
        )?;
        self.insert_external_name(id, &name, version)?;
        let mut next: ColumnId = 1;
        let columns: Vec<Column> =
            new.iter().map(|column| Column::numbered(&column.field(), &mut next)).collect();
        for column in &columns {
            self.insert_held_column(id, column)?;
        }
        self.say(format!("created_external:{}", quoted(&name)));
        let mut made = table(id, String::new(), name, version, columns);
        made.external = Some(Arc::new(external));
        self.set(made);
        Ok(())
    }

    fn insert_external_name(&self, id: TableId, name: &str, version: i64) -> Result<(), Error> {
        self.run(
            "INSERT INTO pantile_external_name VALUES (?1, ?2, NULL, ?3, ?4)",
            params![id, self.next.id, name, version],
        )?;
        Ok(())
    }

    fn insert_column(&self, table: TableId, column: &Column) -> Result<(), Error> {
        let mut next = column.id.saturating_add(1);
        self.insert_column_row(table, column.id, &column.field(), None)?;
        self.insert_inside(table, column.id, &column.field(), &mut next)
    }

    fn insert_inside(
        &self,
        table: TableId,
        parent: ColumnId,
        field: &Field,
        next: &mut ColumnId,
    ) -> Result<(), Error> {
        for inside in fields_inside(field.data_type()) {
            let id = *next;
            *next = id.saturating_add(1);
            self.insert_column_row(table, id, inside, Some(parent))?;
            self.insert_inside(table, id, inside, next)?;
        }
        Ok(())
    }

    fn insert_column_row(
        &self,
        table: TableId,
        id: ColumnId,
        field: &Field,
        parent: Option<ColumnId>,
    ) -> Result<(), Error> {
        self.run("INSERT INTO ducklake_column VALUES (?1, ?2, NULL, ?3, ?1, ?4, ?5, NULL, 'NULL', ?6, ?7, 'literal', 'duckdb')", params![
                id,
                self.next.id,
                table,
                field.name(),
                super::types::duck_type(field.data_type()),
                field.is_nullable(),
                parent
            ])?;
        Ok(())
    }

    fn insert_held_column(&self, table: TableId, column: &Column) -> Result<(), Error> {
        self.run(
            "INSERT INTO pantile_column VALUES (?1, ?2, ?3, ?4)",
            params![table, column.id, column.file_name, schema_bytes(vec![column.field()])],
        )?;
        Ok(())
    }

    fn end_column(&self, table: TableId, column: &Column) -> Result<(), Error> {
        let last = column.nested.last().copied().unwrap_or(column.id);
        self.run(
            "UPDATE ducklake_column SET end_snapshot = ?1
             WHERE table_id = ?2 AND column_id BETWEEN ?3 AND ?4 AND end_snapshot IS NULL",
            [self.next.id, table, column.id, last],
        )?;
        Ok(())
    }

    fn add_column(&self, held: &Table, new: &NewColumn) -> Result<Column, Error> {
        self.check_column(held, &new.name)?;
        if !new.nullable && held.rows() > 0 {
            let refused = "a column that may not be null cannot be added to rows that have no value for it";
            return Err(Error::WrongKind { name: held.name.clone(), is: "a table with rows", refused });
        }
        let mut next = held.past.next;
        let mut column = Column::numbered(&new.field(), &mut next);
        if held.past.file_names.contains(&column.file_name) {
            // An older column had this name in files that are still there: its values are not this one's.
            column.file_name = format!("{}#{}", column.name, column.id);
        }
        self.insert_column(held.id, &column)?;
        self.insert_held_column(held.id, &column)?;
        Ok(column)
    }

    fn insert_partitions(
        &mut self,
        id: TableId,
        new: Vec<NewPartition>,
        place: Option<(usize, i64)>,
    ) -> Result<(), Error> {
        let held = self.table_of(id, NO_ROWS)?;
        if new.is_empty() {
            return Ok(());
        }
        let mut row: i64 = match self.at {
            Some(at) => at
                .prepare_cached("SELECT next_row_id FROM ducklake_table_stats WHERE table_id = ?1")?
                .query_row([id], |row| row.get(0))?,
            None => 0,
        };
        let mut added = Vec::with_capacity(new.len());
        for partition in new {
            let file = self.numbers.file;
            self.numbers.file = file.saturating_add(1);
            self.insert_file(id, file, row, &partition, place.map(|(_, order)| order))?;
            row = row.saturating_add_unsigned(partition.rows);
            // What the database names needs no hold; a draft's partition has no other.
            let hold = match self.at {
                Some(_) => {
                    self.named.push(partition.hold);
                    Hold::default()
                }
                None => partition.hold,
            };
            added.push(Arc::new(Partition {
                id: file,
                path: partition.path,
                rows: partition.rows,
                bytes: partition.bytes,
                footer_bytes: partition.footer_bytes,
                hash: partition.hash,
                since: self.next.id,
                stats: partition.stats.into(),
                hold,
            }));
        }
        self.run("UPDATE ducklake_table_stats SET next_row_id = ?2 WHERE table_id = ?1", [id, row])?;
        let mut partitions = held.partitions.to_vec();
        let place = place.map_or(partitions.len(), |(place, _)| place.min(partitions.len()));
        partitions.splice(place..place, added);
        self.set(Table { partitions: partitions.into(), ..held.as_ref().clone() });
        self.say(format!("inserted_into_table:{id}"));
        self.count_rows(id)
    }

    fn insert_file(
        &self,
        table: TableId,
        file: PartitionId,
        first_row: i64,
        new: &NewPartition,
        order: Option<i64>,
    ) -> Result<(), Error> {
        let path =
            new.path.strip_prefix(SCHEMA_NAME).and_then(|path| path.strip_prefix('/')).unwrap_or(&new.path);
        self.run("INSERT INTO ducklake_data_file VALUES (?1, ?2, ?3, NULL, ?4, ?5, 1, 'parquet', ?6, ?7, ?8, ?9, NULL, NULL, NULL, NULL)", params![
                file,
                table,
                self.next.id,
                order,
                path,
                new.rows,
                new.bytes,
                new.footer_bytes,
                first_row
            ])?;
        self.run("INSERT INTO pantile_file VALUES (?1, ?2)", params![file, new.hash])?;
        let insert =
            "INSERT INTO ducklake_file_column_stats VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL)";
        for ColumnStats { column, bytes, nulls, min, max, nan } in &new.stats {
            self.run(insert, params![file, table, column, bytes, new.rows, nulls, min, max, nan])?;
        }
        // A sweep may have taken it for an orphan while its upload was on the way.
        self.run("DELETE FROM ducklake_files_scheduled_for_deletion WHERE path = ?1", [&new.path])?;
        Ok(())
    }

    fn count_rows(&self, id: TableId) -> Result<(), Error> {
        let held = self.table_of(id, NO_ROWS)?;
        self.run(
            "UPDATE ducklake_table_stats SET record_count = ?2, file_size_bytes = ?3 WHERE table_id = ?1",
            params![id, held.rows(), held.bytes()],
        )?;
        Ok(())
    }

    fn order_of(&self, partition: PartitionId) -> Result<i64, Error> {
        let Some(at) = self.at else { return Ok(partition) };
        Ok(at.query_row(
            "SELECT coalesce(file_order, data_file_id) FROM ducklake_data_file WHERE data_file_id = ?1",
            [partition],
            |row| row.get(0),
        )?)
    }

    fn end(&self, part: &str, key: &str, id: i64) -> Result<(), Error> {
        let end = format!("UPDATE {part} SET end_snapshot = ?1 WHERE {key} = ?2 AND end_snapshot IS NULL");
        self.run(&end, [self.next.id, id])?;
        Ok(())
    }

    /// The held table of that number, where rows written for that version of its columns still fit.
    fn table(&self, id: TableId, schema_version: i64, refused: &'static str) -> Result<Arc<Table>, Error> {
        let held = self.table_of(id, refused)?;
        if held.external.is_some() {
            return Err(Error::WrongKind { name: held.name.clone(), is: "external", refused });
        }
        if held.schema_version != schema_version {
            return Err(self.conflict(&held.name, "its columns changed"));
        }
        Ok(held)
    }

    /// The table of that number, held or external; `refused` is what cannot be done with a view or an array.
    fn table_of(&self, id: TableId, refused: &'static str) -> Result<Arc<Table>, Error> {
        let found = self.next.tables.values().find(|table| table.id == id);
        found.cloned().ok_or_else(|| {
            let gone = || self.conflict(&format!("number {id}"), "it was dropped or replaced");
            self.no_table(id, refused).unwrap_or_else(gone)
        })
    }

    fn column(&self, table: &Table, name: &str) -> Result<Column, Error> {
        table.column(name).cloned().ok_or_else(|| Error::UnknownColumn {
            table: table.name.clone(),
            column: name.to_owned(),
            nearest: nearest(name, table.columns.iter().map(|column| column.name.as_str()))
                .map(str::to_owned),
        })
    }

    fn check_column(&self, table: &Table, name: &str) -> Result<(), Error> {
        check_name(name)?;
        match table.column(name) {
            Some(_) => Err(Error::AlreadyExists { kind: "column", name: name.to_owned() }),
            None => Ok(()),
        }
    }

    fn unknown(&self, name: &str) -> Error {
        Error::UnknownDataset {
            name: name.to_owned(),
            nearest: nearest(name, self.next.names()).map(str::to_owned),
        }
    }

    fn conflict(&self, table: &str, why: &'static str) -> Error {
        Error::Conflict { table: table.to_owned(), why, by: None, whole: false, current: self.current }
    }

    fn set(&mut self, table: Table) {
        self.next.tables.insert(table.name.clone(), Arc::new(table));
    }

    fn new_id(&mut self) -> i64 {
        let id = self.numbers.catalog;
        self.numbers.catalog = id.saturating_add(1);
        id
    }

    /// One commit raises the version of the names once, however many of them it changes.
    fn names_changed(&mut self) {
        if !self.numbers.renamed {
            self.numbers.renamed = true;
            self.next.schema_version = self.next.schema_version.saturating_add(1);
        }
    }

    fn say(&mut self, change: String) {
        if !self.said.contains(&change) {
            self.said.push(change);
        }
    }
}

/// Refuses what cannot be the name of a dataset or column.
///
/// # Errors
/// [`Error::BadName`] with what is wrong.
pub fn check_name(name: &str) -> Result<(), Error> {
    let why = if name.is_empty() {
        "it is empty".to_owned()
    } else if name.len() > NAME_BYTES_MAX {
        format!("it has {} bytes, and {NAME_BYTES_MAX} are allowed", name.len())
    } else if name.chars().any(char::is_control) {
        "it holds a control character".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::BadName { name: name.chars().take(40).collect(), why })
}

/// A name as DuckLake's list of changes quotes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{SCHEMA_NAME}\".\"{}\"", name.replace('"', "\"\""))
}

/// Now, but after `before`: the order of snapshots is never contradicted by their times.
fn later(before: DateTime<Utc>) -> DateTime<Utc> {
    let after = before.checked_add_signed(TimeDelta::microseconds(1)).unwrap_or(before);
    Utc::now().max(after)
}
