//! `zarr.json`, the metadata of an array in Zarr 3.

use serde_json::{Map, Value};

use super::codecs::Body;
use super::describe::{Description, Keys};
use super::element::Stored;
use super::error::Error;
use super::{fill, json};

/// What the members of an array's metadata are called; what else there is must say that it may be ignored.
const MEMBERS: &[&str] = &[
    "zarr_format",
    "node_type",
    "shape",
    "data_type",
    "chunk_grid",
    "chunk_key_encoding",
    "fill_value",
    "codecs",
    "attributes",
    "dimension_names",
    "storage_transformers",
    // Of groups, which some writers put everywhere.
    "consolidated_metadata",
];

/// The array that a `zarr.json` describes; `name` is what refusals call the file.
///
/// # Errors
/// [`Error::Metadata`] where it breaks a rule of Zarr's, [`Error::Unsupported`] for data types, grids and codecs that
/// are not read.
pub fn read(bytes: &[u8], name: &str) -> Result<Description, Error> {
    json::object(bytes).and_then(|object| described(&object)).map_err(|error| error.of(name))
}

pub(super) fn described(object: &Map<String, Value>) -> Result<Description, Error> {
    check_head(object)?;
    let shape = json::lengths(json::member(object, "shape")?, "shape")?;
    let stored = Stored::of_v3(json::member(object, "data_type")?)?;
    let description = Description {
        chunk: chunk(json::member(object, "chunk_grid")?)?,
        keys: keys(json::member(object, "chunk_key_encoding")?)?,
        fill: fill::read(stored, json::member(object, "fill_value")?, 3)?,
        body: Body::read(json::member(object, "codecs")?, stored, shape.len())?,
        names: names(object.get("dimension_names"), shape.len())?,
        attributes: json::part(object, "attributes")?,
        shape,
        stored,
    };
    description.checked()
}

fn check_head(object: &Map<String, Value>) -> Result<(), Error> {
    let format = json::count(json::member(object, "zarr_format")?, "zarr_format")?;
    if format != 3 {
        return Err(Error::metadata(format!("`zarr_format` must be 3 here, and is {format}")));
    }
    let node = json::text(json::member(object, "node_type")?, "node_type")?;
    if node != "array" {
        return Err(Error::metadata(format!(
            "it describes a {node:?}, and not an array; name the array's folder"
        )));
    }
    if let Some(transformers) = object.get("storage_transformers")
        && !json::list(transformers, "storage_transformers")?.is_empty()
    {
        return Err(Error::unsupported("`storage_transformers`", "write the array without any"));
    }
    let unknown = object.iter().find(|(name, value)| {
        !MEMBERS.contains(&name.as_str()) && value.get("must_understand") != Some(&Value::Bool(false))
    });
    match unknown {
        Some((name, _)) => Err(Error::unsupported(
            format!("`{name}`, which it says must be understood,"),
            "write the array without it",
        )),
        None => Ok(()),
    }
}

fn chunk(grid: &Value) -> Result<Vec<usize>, Error> {
    let (name, configuration) = json::named(grid, "chunk_grid")?;
    match name.as_str() {
        "regular" => json::lengths(json::member(&configuration, "chunk_shape")?, "chunk_shape"),
        _ => Err(Error::unsupported(
            format!("chunk grid `{name}`"),
            "write chunks of one shape, grid `regular`",
        )),
    }
}

fn keys(encoding: &Value) -> Result<Keys, Error> {
    let (name, configuration) = json::named(encoding, "chunk_key_encoding")?;
    let (prefixed, usual) = match name.as_str() {
        "default" => (true, '/'),
        "v2" => (false, '.'),
        _ => return Err(Error::unsupported(format!("chunk key encoding `{name}`"), "use `default` or `v2`")),
    };
    let separator = configuration.get("separator").map_or(Ok(usual), separator)?;
    Ok(Keys { prefixed, separator })
}

/// `/` or `.`.
pub(super) fn separator(said: &Value) -> Result<char, Error> {
    match said.as_str() {
        Some("/") => Ok('/'),
        Some(".") => Ok('.'),
        _ => Err(Error::metadata(format!(
            "chunk names are separated by \"/\" or \".\", and not by {}",
            json::shown(said)
        ))),
    }
}

/// The names of as many axes.
pub(super) fn names(said: Option<&Value>, axes: usize) -> Result<Vec<Option<String>>, Error> {
    let Some(said) = said.filter(|said| !said.is_null()) else { return Ok(vec![None; axes]) };
    let name = |value: &Value| match value {
        Value::Null => Ok(None),
        Value::String(name) => Ok(Some(name.clone())),
        other => {
            Err(Error::metadata(format!("an axis' name is a text or null, and not {}", json::shown(other))))
        }
    };
    json::list(said, "dimension_names")?.iter().map(name).collect()
}
