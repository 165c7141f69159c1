//! The catalog's file: opened, checked, made where it is missing.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};
use uuid::Uuid;

use super::error::Error;
use crate::store::{Home, sync_folder};

/// The format of this program's catalogs. It grows when a table of ours changes.
pub const FORMAT_VERSION: i64 = 2;

/// The indexes of a new catalog in one that an older program made: they are no part of the format.
const INDEXES: &str = "
    CREATE INDEX IF NOT EXISTS pantile_columns_by_end ON ducklake_column (table_id, end_snapshot);
    DROP INDEX IF EXISTS pantile_columns_of_table;
";

/// The tables that format 2 has and format 1 had not.
const ARRAYS: &str = include_str!("arrays.sql");

/// "PANT": what SQLite's header says of whose database this is.
const APPLICATION_ID: i64 = 0x5041_4E54;

/// The one namespace there is, and the folder of its partitions.
pub(super) const SCHEMA_NAME: &str = "main";

/// Where the partitions of a table lie, relative to the store's root.
pub fn table_folder(table: &str) -> String {
    format!("{SCHEMA_NAME}/{table}/")
}

/// Opens the catalog for its writer.
pub(super) fn open(home: &Home) -> Result<Connection, Error> {
    let path = home.catalog_file();
    let fresh = !path.exists();
    let mut connection = Connection::open(&path)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    check(&connection, &path)?;
    // FULL and WAL: a commit returns after its frames are on the disk, and a power cut loses none.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON; PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 67108864;",
    )?;
    let made: bool = connection.query_row("SELECT count(*) > 0 FROM sqlite_master", [], |row| row.get(0))?;
    if made {
        quick_check(&connection)?;
        connection.execute_batch(INDEXES)?;
        bring_up(&mut connection)?;
    } else {
        make(&mut connection)?;
    }
    let folder = home.data();
    connection.execute(
        "UPDATE ducklake_metadata SET value = ?1 WHERE key = 'data_path' AND value <> ?1",
        [format!("{}/", folder.display())],
    )?;
    if fresh {
        sync_folder(home.path())?;
    }
    Ok(connection)
}

/// Opens the catalog for looking back.
pub(super) fn open_to_read(home: &Home) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(home.catalog_file(), flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(connection)
}

fn check(connection: &Connection, path: &Path) -> Result<(), Error> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let foreign = || Error::Foreign {
        path: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
    };
    let (owner, format) = match (number("application_id"), number("user_version")) {
        (Ok(owner), Ok(format)) => (owner, format),
        (Err(error), _) | (_, Err(error)) => {
            return Err(match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::NotADatabase) => foreign(),
                _ => error.into(),
            });
        }
    };
    let empty: bool = connection.query_row("SELECT count(*) = 0 FROM sqlite_master", [], |row| row.get(0))?;
    match (empty, owner, format) {
        (true, ..) => Ok(()),
        (false, APPLICATION_ID, 1..=FORMAT_VERSION) => Ok(()),
        (false, APPLICATION_ID, found) => Err(Error::NewerVersion { found, known: FORMAT_VERSION }),
        (false, ..) => Err(foreign()),
    }
}

fn quick_check(connection: &Connection) -> Result<(), Error> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(Error::Damaged { what: found }) }
}

/// Adds what a catalog of format 1 lacks. From then on an older program refuses it, as it must: it would give an array's
/// name to a table, and sweep no array.
fn bring_up(connection: &mut Connection) -> Result<(), Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let format: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if format < 2 {
        transaction.execute_batch(ARRAYS)?;
        transaction.pragma_update(None, "user_version", FORMAT_VERSION)?;
    }
    transaction.commit()?;
    Ok(())
}

fn make(connection: &mut Connection) -> Result<(), Error> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(include_str!("schema.sql"))?;
    transaction.execute_batch(ARRAYS)?;
    let created_by = concat!("Pantile ", env!("CARGO_PKG_VERSION"));
    for (key, value) in
        [("version", "1.0"), ("created_by", created_by), ("data_path", ""), ("encrypted", "false")]
    {
        transaction.execute("INSERT INTO ducklake_metadata (key, value) VALUES (?1, ?2)", [key, value])?;
    }
    transaction.execute(
        "INSERT INTO ducklake_schema VALUES (0, ?1, 0, NULL, ?2, ?3, 1)",
        params![Uuid::now_v7().to_string(), SCHEMA_NAME, format!("{SCHEMA_NAME}/")],
    )?;
    transaction.execute(
        "INSERT INTO ducklake_snapshot VALUES (0, ?1, 0, 1, 0)",
        [super::load::time_text(chrono::Utc::now())],
    )?;
    transaction.execute(
        "INSERT INTO ducklake_snapshot_changes VALUES (0, ?1, NULL, NULL, NULL)",
        [format!("created_schema:\"{SCHEMA_NAME}\"")],
    )?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORMAT_VERSION)?;
    transaction.commit()?;
    Ok(())
}
