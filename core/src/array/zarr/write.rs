//! The metadata of an array that we store, as Zarr 3 and xarray read them.

use serde_json::{Map, Value, json};

use super::describe::Description;
use super::fill;

/// The text of its `zarr.json`.
///
/// Names of axes stand in `dimension_names`, where xarray looks for them; attributes are written as they were read.
pub fn metadata(description: &Description) -> String {
    let keys = description.keys;
    let encoding = json!({
        "name": if keys.prefixed { "default" } else { "v2" },
        "configuration": {"separator": keys.separator.to_string()},
    });
    let grid = json!({"name": "regular", "configuration": {"chunk_shape": description.chunk}});
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
    put("zarr_format", 3.into());
    put("node_type", "array".into());
    put("shape", description.shape.clone().into());
    put("data_type", description.stored.to_v3());
    put("chunk_grid", grid);
    put("chunk_key_encoding", encoding);
    put("fill_value", fill::write(&description.fill));
    put("codecs", description.body.write(description.stored));
    put("attributes", Value::Object(description.attributes.clone()));
    if description.names.iter().any(Option::is_some) {
        put("dimension_names", description.names.iter().map(|name| json!(name)).collect());
    }
    format!("{:#}\n", Value::Object(object))
}

/// The text of the `zarr.json` of a group with those attributes.
pub fn group(attributes: &Map<String, Value>) -> String {
    let object = json!({"zarr_format": 3, "node_type": "group", "attributes": attributes});
    format!("{object:#}\n")
}
