//! Which files an external table has, and what their folders' names say.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use futures::TryStreamExt;
use glob::{MatchOptions, Pattern};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use pantile_core::Code;
use pantile_core::catalog::External;

use crate::{Error, Location, stores};

/// Characters that make a part of a path a pattern.
const GLOB: [char; 3] = ['*', '?', '['];
/// `*` stays within a folder, `**` crosses them.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// The store of the table's location.
pub(super) fn store(locations: &[Location], external: &External) -> Result<Arc<dyn ObjectStore>, Error> {
    match locations.iter().find(|location| location.name == external.location) {
        Some(location) => Ok(Arc::clone(&location.store)),
        None => {
            let said = format!("location `{}` is not configured any more", external.location);
            Err(Error::new(Code::StorageFailed, said))
        }
    }
}

/// Refuses a path that cannot be one below a location.
pub(crate) fn check_path(path: &str) -> Result<(), Error> {
    stores::stays_within(path)?;
    pattern(path).map(|_| ())
}

fn pattern(path: &str) -> Result<Pattern, Error> {
    Pattern::new(path)
        .map_err(|error| Error::new(Code::InvalidSql, format!("`{path}` is not a pattern: {error}")))
}

/// The table's files, sorted by path.
pub(super) async fn list(
    locations: &[Location],
    external: &External,
    extension: &str,
    max: usize,
) -> Result<Vec<ObjectMeta>, Error> {
    check_path(&external.path)?;
    let store = store(locations, external)?;
    let path = external.path.as_str();
    let failed = |error: object_store::Error| {
        Error::leading_out(&error).unwrap_or_else(|| {
            tracing::warn!(%error, location = external.location, "a location could not be listed");
            Error::new(Code::StorageFailed, format!("location `{}` could not be listed", external.location))
        })
    };
    if !path.contains(GLOB) && !path.is_empty() && !path.ends_with('/') {
        return match store.head(&stores::object_path(path)?).await {
            Ok(meta) => Ok(vec![meta]),
            Err(object_store::Error::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(failed(error)),
        };
    }
    let folder = path.find(GLOB).map_or(path, |at| path.get(..at).unwrap_or_default());
    let folder = folder.rfind('/').map_or("", |end| folder.get(..end).unwrap_or_default());
    let pattern = if path.contains(GLOB) { Some(pattern(path)?) } else { None };
    let wanted = |meta: &ObjectMeta| match &pattern {
        Some(pattern) => pattern.matches_with(meta.location.as_ref(), OPTIONS),
        // A name that begins with a dot or underscore is somebody's note, not data.
        None => {
            let name = meta.location.filename().unwrap_or_default();
            name.ends_with(extension) && !name.starts_with(['.', '_'])
        }
    };
    let prefix = stores::object_path(folder)?;
    let mut listed = store.list(Some(&prefix).filter(|_| !folder.is_empty()));
    let mut found = Vec::new();
    while let Some(meta) = listed.try_next().await.map_err(failed)? {
        if meta.size > 0 && wanted(&meta) {
            found.push(meta);
        }
        if found.len() > max {
            return Err(Error::limit(
                "sql_files",
                "files in an external table",
                found.len() as u64,
                max as u64,
            ));
        }
    }
    found.sort_by(|a, b| a.location.cmp(&b.location));
    Ok(found)
}

/// A table's columns, parted into those of its files and those of its folders' names.
pub(super) struct Hive {
    files: Vec<FieldRef>,
    folders: Vec<FieldRef>,
}

impl Hive {
    pub(super) fn of(schema: &Schema, hive: &[String]) -> Self {
        let (folders, files) = schema.fields().iter().cloned().partition(|field| hive.contains(field.name()));
        Self { files, folders }
    }

    pub(super) fn file_schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.files.clone()))
    }

    pub(super) fn columns(&self) -> Vec<FieldRef> {
        self.folders.clone()
    }

    /// The files with the values of their folders' names, without those that `filters` on them rule out.
    pub(super) fn files(
        &self,
        state: &dyn Session,
        objects: Vec<ObjectMeta>,
        filters: &[Expr],
    ) -> Result<Vec<PartitionedFile>, Error> {
        let mut files = Vec::with_capacity(objects.len());
        for meta in objects {
            let values = self.values(&meta.location)?;
            files.push(PartitionedFile::new_from_meta(meta).with_partition_values(values));
        }
        if self.folders.is_empty() || files.is_empty() {
            return Ok(files);
        }
        let kept = self.kept(state, &files, filters);
        let kept = kept.unwrap_or_else(|error| {
            tracing::debug!(%error, "files were not left out by their folders' names");
            vec![true; files.len()]
        });
        Ok(files.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(file, _)| file).collect())
    }

    fn values(&self, path: &Path) -> Result<Vec<ScalarValue>, Error> {
        let said = |name: &str| {
            path.parts()
                .find_map(|part| Some(part.as_ref().strip_prefix(name)?.strip_prefix('=')?.to_owned()))
        };
        let value = |field: &FieldRef| match said(field.name()) {
            None => ScalarValue::try_from(field.data_type()),
            Some(text) if text == "__HIVE_DEFAULT_PARTITION__" => ScalarValue::try_from(field.data_type()),
            Some(text) => {
                let text = percent_decoded(&text);
                ScalarValue::Utf8(Some(text)).cast_to(field.data_type())
            }
        };
        self.folders
            .iter()
            .map(|field| {
                value(field).map_err(|_| {
                    let said = format!(
                        "a folder's name gives column `{}` a value that is not {}",
                        field.name(),
                        field.data_type()
                    );
                    Error::new(Code::InvalidData, said)
                })
            })
            .collect()
    }

    /// Whether each file may hold a row for which all filters on folders' names are true.
    fn kept(
        &self,
        state: &dyn Session,
        files: &[PartitionedFile],
        filters: &[Expr],
    ) -> Result<Vec<bool>, datafusion::common::DataFusionError> {
        let schema = Arc::new(Schema::new(self.folders.clone()));
        let about =
            |filter: &&Expr| filter.column_refs().iter().all(|column| schema.index_of(&column.name).is_ok());
        let Some(filter) = conjunction(filters.iter().filter(about).cloned()) else {
            return Ok(vec![true; files.len()]);
        };
        let df_schema = DFSchema::try_from(Arc::clone(&schema))?;
        let filter = state.create_physical_expr(filter, &df_schema)?;
        let columns = (0..self.folders.len()).map(|index| {
            ScalarValue::iter_to_array(
                files.iter().filter_map(|file| file.partition_values.get(index).cloned()),
            )
        });
        let rows = RecordBatch::try_new(schema, columns.collect::<Result<Vec<_>, _>>()?)?;
        let kept = filter.evaluate(&rows)?.into_array(rows.num_rows())?;
        Ok(kept.as_boolean().iter().map(|kept| kept.unwrap_or(false)).take(kept.len()).collect())
    }
}

/// `%20` and the like as what they stand for; writers of hive folders escape values so.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn patterns_know_folders() {
        let matches =
            |pattern: &str, path: &str| super::pattern(pattern).unwrap().matches_with(path, OPTIONS);
        assert!(matches("a/*/t*.csv", "a/y=2026/two.csv"));
        assert!(!matches("a/*.csv", "a/b/two.csv"));
        assert!(matches("a/**/*.csv", "a/b/c/two.csv"));
        assert!(check_path("a/../b").is_err() && check_path("a/[").is_err());
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(percent_decoded("a%20b%2Fc%zz%C3%A4"), "a b/c%zzä");
    }
}
