//! `.zarray` and `.zattrs`, the metadata of an array in Zarr 2.

use serde_json::{Map, Value};

use super::codecs::{Body, Chain};
use super::describe::{Description, Keys};
use super::element::Stored;
use super::error::Error;
use super::pack::Packing;
use super::{fill, json, v3};

/// The attribute in which xarray keeps the names of axes, where Zarr 2 has no place for them.
const NAMES: &str = "_ARRAY_DIMENSIONS";

/// The array that a `.zarray` describes, with what its `.zattrs` says, where there is one; `name` is what refusals call
/// the file.
///
/// # Errors
/// [`Error::Metadata`] where it breaks a rule of Zarr's, [`Error::Unsupported`] for dtypes, filters and compressors that
/// are not read.
pub fn read(bytes: &[u8], attributes: Option<&[u8]>, name: &str) -> Result<Description, Error> {
    let attributes = attributes.map_or(Ok(Map::new()), json::object);
    let described = attributes.and_then(|attributes| described(&json::object(bytes)?, attributes));
    described.map_err(|error| error.of(name))
}

pub(super) fn described(
    object: &Map<String, Value>,
    mut attributes: Map<String, Value>,
) -> Result<Description, Error> {
    let format = json::count(json::member(object, "zarr_format")?, "zarr_format")?;
    if format != 2 {
        return Err(Error::metadata(format!("`zarr_format` must be 2 here, and is {format}")));
    }
    let shape = json::lengths(json::member(object, "shape")?, "shape")?;
    let (stored, big_endian) = Stored::of_v2(json::member(object, "dtype")?)?;
    let order = order(json::member(object, "order")?, shape.len())?;
    let names = v3::names(attributes.get(NAMES), shape.len())?;
    attributes.remove(NAMES);
    let separator = object.get("dimension_separator").map_or(Ok('.'), v3::separator)?;
    let description = Description {
        chunk: json::lengths(json::member(object, "chunks")?, "chunks")?,
        keys: Keys { prefixed: false, separator },
        fill: fill::read(stored, object.get("fill_value").unwrap_or(&Value::Null), 2)?,
        body: Body::Plain(Chain { order, big_endian, packing: packing(object, stored)? }),
        names,
        attributes,
        shape,
        stored,
    };
    description.checked()
}

fn order(said: &Value, axes: usize) -> Result<Option<Vec<usize>>, Error> {
    match said.as_str() {
        Some("C") => Ok(None),
        Some("F") => Ok((axes > 1).then(|| (0..axes).rev().collect())),
        _ => Err(Error::metadata(format!("`order` is \"C\" or \"F\", and not {}", json::shown(said)))),
    }
}

fn packing(object: &Map<String, Value>, stored: Stored) -> Result<Vec<Packing>, Error> {
    let filters = match object.get("filters") {
        None | Some(Value::Null) => Vec::new(),
        Some(said) => json::list(said, "filters")?.to_vec(),
    };
    let compressor = object.get("compressor").filter(|said| !said.is_null()).cloned();
    filters.iter().chain(&compressor).map(|codec| one(codec, stored)).collect()
}

fn one(codec: &Value, stored: Stored) -> Result<Packing, Error> {
    let Value::Object(said) = codec else {
        return Err(Error::metadata(format!("a codec must be an object, and is {}", json::shown(codec))));
    };
    let id = json::text(json::member(said, "id")?, "id")?;
    match id {
        // NumCodecs' own checksum stands before the bytes, Zarr 3's after them.
        "crc32c" => Err(Error::unsupported("filter `crc32c`", "write the array as Zarr 3, or without it")),
        _ => Packing::read(id, said, stored),
    }
}
