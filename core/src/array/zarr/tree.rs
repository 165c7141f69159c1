//! Which arrays a store holds: from the names of its files, or from metadata that were put together.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::describe::Description;
use super::error::Error;
use super::{json, v2, v3};

/// An array of a store, and which version its metadata are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Its folder, without a `/` at the end; empty where the store is the array.
    pub path: String,
    /// 2 or 3.
    pub version: u8,
}

/// The folders that may be arrays, by the names of a store's files, sorted.
///
/// A `.zarray` is one. A `zarr.json` is an array or a group: `is_array` reads it and says.
///
/// # Errors
/// Those of `is_array`.
pub fn arrays_in<'a, E>(
    names: impl IntoIterator<Item = &'a str>,
    mut is_array: impl FnMut(&str) -> Result<bool, E>,
) -> Result<Vec<Found>, E> {
    let mut found: BTreeMap<String, u8> = BTreeMap::new();
    for name in names {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        match file {
            // Where both are there, the newer one counts.
            "zarr.json" if is_array(name)? => drop(found.insert(folder.to_owned(), 3)),
            ".zarray" => drop(found.entry(folder.to_owned()).or_insert(2)),
            _ => {}
        }
    }
    Ok(found.into_iter().map(|(path, version)| Found { path, version }).collect())
}

/// The arrays that metadata of many nodes describe, by their folders: a `.zmetadata`, or the `zarr.json` of a group. An
/// array that cannot be read has its refusal.
///
/// # Errors
/// [`Error::Metadata`] where the file is none of both.
pub fn consolidated(bytes: &[u8], name: &str) -> Result<BTreeMap<String, Result<Description, Error>>, Error> {
    let read = json::object(bytes).and_then(|object| match object.get("metadata") {
        Some(Value::Object(nodes)) => Ok(of_v2(nodes)),
        _ => of_v3(&object),
    });
    read.map_err(|error| error.of(name))
}

fn of_v2(nodes: &Map<String, Value>) -> BTreeMap<String, Result<Description, Error>> {
    let arrays = nodes.iter().filter_map(|(name, node)| {
        let folder = name.strip_suffix(".zarray")?;
        let attributes = nodes.get(&format!("{folder}.zattrs")).and_then(Value::as_object).cloned();
        let object = node.as_object().cloned().unwrap_or_default();
        let described = v2::described(&object, attributes.unwrap_or_default());
        Some((folder.trim_end_matches('/').to_owned(), described.map_err(|error| error.of(name))))
    });
    arrays.collect()
}

fn of_v3(object: &Map<String, Value>) -> Result<BTreeMap<String, Result<Description, Error>>, Error> {
    let Some(Value::Object(nodes)) = object.get("consolidated_metadata").and_then(|all| all.get("metadata"))
    else {
        return Err(Error::metadata("it holds no metadata of other nodes; name an array's folder"));
    };
    let arrays = nodes.iter().filter_map(|(name, node)| {
        let node = node.as_object().filter(|node| node.get("node_type") == Some(&"array".into()))?;
        Some((name.clone(), v3::described(node).map_err(|error| error.of(name))))
    });
    Ok(arrays.collect())
}
