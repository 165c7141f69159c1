//! What a snapshot is made of: tables, their columns, their partitions, views, arrays. Immutable, shared by
//! reference, and never touched again once published.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use chrono::{DateTime, Utc};

use super::error::Error;
use super::stored::StoredArray;
use crate::store::Hold;

/// The number of a commit. Snapshots are ordered by it, never by the clock.
pub type SnapshotId = i64;
/// A table's number: kept through renames, never used again.
pub type TableId = i64;
/// A column's number within its table; also its field id in every partition file.
pub type ColumnId = i64;
/// A partition's number.
pub type PartitionId = i64;

/// The first number of what only a [`super::Draft`] has: tables, views, arrays and partitions that get numbers of their own
/// when they are committed.
pub const PROVISIONAL: i64 = 1 << 62;
/// The first number of what is temporary.
pub const TEMPORARY: i64 = 3 << 61;

/// What the catalog held at one commit.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Its number.
    pub id: SnapshotId,
    /// The newest commit that changed what anybody can see: those since only put partitions together.
    pub changed: SnapshotId,
    /// Grows by one with every change of a name, a column or a view.
    pub schema_version: i64,
    /// When it was committed; for people, not for ordering.
    pub time: DateTime<Utc>,
    /// Tables by name, held and external ones.
    pub tables: BTreeMap<String, Arc<Table>>,
    /// Views by name.
    pub views: BTreeMap<String, Arc<View>>,
    /// Arrays by name. A name is a table, a view or an array, and never two of them.
    pub arrays: BTreeMap<String, Arc<StoredArray>>,
}

/// A named frame.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its number.
    pub id: TableId,
    /// Names its folder, so that no user's text is ever part of a path.
    pub uuid: String,
    /// Its name.
    pub name: String,
    /// Grows with every change of its columns; an append made for an older one conflicts.
    pub schema_version: i64,
    /// The columns, in order.
    pub columns: Arc<[Column]>,
    /// The columns as an Arrow schema, under their present names.
    pub schema: SchemaRef,
    /// What columns it ever had.
    pub past: Arc<PastColumns>,
    /// The partitions, in row order.
    pub partitions: Arc<[Arc<Partition>]>,
    /// Whether the hot cache must keep it.
    pub pinned: bool,
    /// Set when the rows lie at a location of somebody else's, not in our partitions.
    pub external: Option<Arc<External>>,
}

/// A column of a held table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its number.
    pub id: ColumnId,
    /// Its present name.
    pub name: String,
    /// The name it has in partition files: the one it was created under, which a rename leaves alone.
    pub file_name: String,
    /// Its type, one of those [`crate::frame::held_type`] gives.
    pub data_type: DataType,
    /// Whether it may hold nulls.
    pub nullable: bool,
    /// Numbers of the fields inside its type (list elements, struct fields, map keys and values), depth first.
    pub nested: Arc<[ColumnId]>,
}

/// Numbers and names that a table's columns had, those that are gone among them: partition files still have them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastColumns {
    /// The next column's number.
    pub next: ColumnId,
    /// Names in partition files.
    pub file_names: BTreeSet<String>,
}

impl PastColumns {
    /// Takes note of a column.
    pub(crate) fn note(&mut self, column: &Column) {
        let last = column.nested.last().copied().unwrap_or(column.id);
        self.next = self.next.max(last.saturating_add(1));
        self.file_names.insert(column.file_name.clone());
    }
}

/// An immutable, checksummed Parquet file.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    /// Its number.
    pub id: PartitionId,
    /// Where it lies, relative to the store's root.
    pub path: String,
    /// How many rows it holds.
    pub rows: u64,
    /// How many bytes the file has.
    pub bytes: u64,
    /// How many of them are the Parquet footer.
    pub footer_bytes: u64,
    /// BLAKE3 of the file.
    pub hash: [u8; 32],
    /// The commit that added it.
    pub since: SnapshotId,
    /// Statistics, a row a column, in no promised order.
    pub stats: Arc<[ColumnStats]>,
    /// Keeps its file, where the catalog does not name it.
    pub hold: Hold,
}

/// What is known of one column in one partition.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnStats {
    /// Which column.
    pub column: ColumnId,
    /// Bytes it takes in the file, compressed.
    pub bytes: u64,
    /// Nulls in it.
    pub nulls: u64,
    /// Least value that is neither null nor NaN, in DuckLake's text form; absent where unknown.
    pub min: Option<String>,
    /// Greatest value that is neither null nor NaN.
    pub max: Option<String>,
    /// Whether there is a NaN; absent for types that have none.
    pub nan: Option<bool>,
}

/// A table whose rows lie at a named location.
#[derive(Clone, Debug, PartialEq)]
pub struct External {
    /// The location's name, as configured.
    pub location: String,
    /// A path or glob below it.
    pub path: String,
    /// A name of [`crate::format::FORMATS`].
    pub format: String,
    /// Hive partition columns.
    pub partitioned_by: Vec<String>,
    /// Options of the format (`delimiter`, `header`, …), by name.
    pub options: BTreeMap<String, String>,
}

/// A named question, computed when read.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The question's text.
    pub text: String,
    /// The language that it is in.
    pub dialect: Dialect,
    /// Its columns when it was made; of views that older programs made, nobody wrote them down.
    pub columns: Arc<[Column]>,
}

/// The language of a view's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQL.
    Sql,
    /// A program of expressions.
    Expressions,
}

impl Dialect {
    /// As DuckLake's list of views names it.
    pub(super) const fn as_stored(self) -> &'static str {
        match self {
            Self::Sql => "pantile",
            Self::Expressions => "pantile-expressions",
        }
    }

    /// The dialect of that name. Whatever is not ours is taken for SQL, as it always was.
    pub(super) fn of_stored(name: &str) -> Self {
        if name == Self::Expressions.as_stored() { Self::Expressions } else { Self::Sql }
    }

    /// As people are told it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Expressions => "expressions",
        }
    }
}

/// Whether there must be a dataset of some name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// There must be one (`If-Match: *`).
    There,
    /// There must be none (`If-None-Match: *`).
    Absent,
}

impl Snapshot {
    /// Whether it holds what the catalog held at that commit (`If-Match`).
    pub fn holds_what(&self, expected: SnapshotId) -> bool {
        (self.changed..=self.id).contains(&expected)
    }

    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.get(name)
    }

    /// The array of that name.
    pub fn array(&self, name: &str) -> Option<&Arc<StoredArray>> {
        self.arrays.get(name)
    }

    /// What has the name, in a word: a `table`, a `view` or an `array`.
    pub fn kind_of(&self, name: &str) -> Option<&'static str> {
        let table = self.tables.contains_key(name).then_some("table");
        let view = || self.views.contains_key(name).then_some("view");
        table.or_else(view).or_else(|| self.arrays.contains_key(name).then_some("array"))
    }

    /// Name and version of the table or array of that number.
    pub(super) fn of_number(&self, id: i64) -> Option<(&str, i64)> {
        let table = self.tables.values().find(|table| table.id == id);
        let table = table.map(|table| (table.name.as_str(), table.schema_version));
        let array = || self.arrays.values().find(|array| array.id == id);
        table.or_else(|| array().map(|array| (array.name.as_str(), array.schema_version)))
    }

    /// The number of what has the name.
    pub(super) fn number_of(&self, name: &str) -> Option<i64> {
        let table = self.tables.get(name).map(|table| table.id);
        let view = || self.views.get(name).map(|view| view.id);
        table.or_else(view).or_else(|| self.arrays.get(name).map(|array| array.id))
    }

    /// Refuses a name that a dataset has, or that none has.
    ///
    /// # Errors
    /// [`Error::PresenceFailed`].
    pub fn require(&self, name: &str, presence: Presence) -> Result<(), Error> {
        if self.kind_of(name).is_some() == (presence == Presence::There) {
            return Ok(());
        }
        Err(Error::PresenceFailed { name: name.to_owned(), presence })
    }

    /// Every dataset's name, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.tables.keys().chain(self.views.keys()).chain(self.arrays.keys());
        let mut names: Vec<&str> = names.map(String::as_str).collect();
        names.sort_unstable();
        names.into_iter()
    }
}

impl Table {
    /// Whether it is its session's own.
    pub fn is_temporary(&self) -> bool {
        self.id >= TEMPORARY
    }

    /// Rows in all partitions; zero for an external table, whose rows nobody has counted.
    pub fn rows(&self) -> u64 {
        self.partitions.iter().map(|partition| partition.rows).sum()
    }

    /// Bytes of all partition files.
    pub fn bytes(&self) -> u64 {
        self.partitions.iter().map(|partition| partition.bytes).sum()
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns under the names they have in partition files, each carrying its field id.
    pub fn file_schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(Column::file_field).collect::<Vec<_>>()))
    }
}

impl Column {
    /// The column as an Arrow field under its present name.
    pub fn field(&self) -> Field {
        Field::new(&self.name, self.data_type.clone(), self.nullable)
    }

    /// The column as an Arrow field under its name in partition files, every field in it with its id.
    pub fn file_field(&self) -> Field {
        let mut nested = self.nested.iter().copied();
        let data_type = with_ids(&self.data_type, &mut nested);
        with_id(Field::new(&self.file_name, data_type, self.nullable), self.id)
    }

    /// A column for `field`, numbered from `next`, which moves on.
    pub(crate) fn numbered(field: &Field, next: &mut ColumnId) -> Self {
        let id = take(next);
        let nested = std::iter::repeat_with(|| take(next)).take(nested_fields(field.data_type())).collect();
        Self {
            id,
            name: field.name().clone(),
            file_name: field.name().clone(),
            data_type: field.data_type().clone(),
            nullable: field.is_nullable(),
            nested,
        }
    }
}

fn take(next: &mut ColumnId) -> ColumnId {
    let id = *next;
    *next = id.saturating_add(1);
    id
}

/// The fields right inside a type: a list's element, a struct's fields, a map's key and value.
pub(crate) fn fields_inside(data_type: &DataType) -> Vec<&FieldRef> {
    match data_type {
        DataType::List(element) => vec![element],
        DataType::Struct(fields) => fields.iter().collect(),
        DataType::Map(entries, _) => fields_inside(entries.data_type()),
        _ => Vec::new(),
    }
}

/// How many fields there are inside a type, at any depth.
pub(crate) fn nested_fields(data_type: &DataType) -> usize {
    fields_inside(data_type).into_iter().map(|field| nested_fields(field.data_type()).saturating_add(1)).sum()
}

fn with_id(field: Field, id: ColumnId) -> Field {
    field.with_metadata([("PARQUET:field_id".to_owned(), id.to_string())].into())
}

/// The type with an id on every field inside it, taken depth first.
fn with_ids(data_type: &DataType, ids: &mut dyn Iterator<Item = ColumnId>) -> DataType {
    match data_type {
        DataType::List(element) => DataType::List(with_next_id(element, ids)),
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(|field| with_next_id(field, ids)).collect())
        }
        DataType::Map(entries, sorted) => {
            let pair = with_ids(entries.data_type(), ids);
            DataType::Map(Arc::new(entries.as_ref().clone().with_data_type(pair)), *sorted)
        }
        other => other.clone(),
    }
}

fn with_next_id(field: &FieldRef, ids: &mut dyn Iterator<Item = ColumnId>) -> FieldRef {
    let id = ids.next();
    let numbered = field.as_ref().clone().with_data_type(with_ids(field.data_type(), ids));
    Arc::new(match id {
        Some(id) => with_id(numbered, id),
        None => numbered,
    })
}

impl Partition {
    /// Whether its number is its own only for now, and may be another's tomorrow.
    pub fn is_provisional(&self) -> bool {
        self.id >= PROVISIONAL
    }

    /// Statistics of that column, where the file has it.
    pub fn stats_of(&self, column: ColumnId) -> Option<&ColumnStats> {
        self.stats.iter().find(|stats| stats.column == column)
    }
}
