//! What lies in a folder of a Zarr store, by its own metadata.

use serde_json::{Map, Value};

use crate::array::zarr::{self, Description};
use crate::format::files::Error;
use crate::store::{LeadsOut, Place};

/// How many bytes a byte of metadata takes once it is read.
const READ_TIMES: u64 = 32;

/// What lies in a folder.
pub(super) enum Node {
    /// An array, or why it is not read.
    Array(Box<Result<Description, zarr::Error>>),
    /// A group: there may be arrays in its folders.
    Group,
    /// Neither.
    Neither,
    /// It is a link that leads out of the location.
    Outside(LeadsOut),
}

/// Reads the metadata in a folder, at most `most` bytes of each file. `charge` is asked for what they take before they are
/// looked at.
///
/// Cost: a request for an array of version 3, up to four for what is none.
///
/// # Errors
/// Those of [`Place::whole`], and what `charge` says.
pub(super) async fn node<E: From<Error>>(
    place: &Place,
    most: u64,
    charge: &mut (impl FnMut(u64) -> Result<(), E> + Send),
) -> Result<Node, E> {
    let newest = match place.whole("zarr.json", most).await {
        Err(Error::LeadsOut(link)) => return Ok(Node::Outside(link)),
        read => read?,
    };
    if let Some((_, bytes)) = newest {
        charge(READ_TIMES.saturating_mul(bytes.len() as u64))?;
        // What is no JSON is told when it is read as an array.
        let said: Option<Value> = serde_json::from_slice(&bytes).ok();
        if said.is_some_and(|said| said.get("node_type") == Some(&"group".into())) {
            return Ok(Node::Group);
        }
        let described = zarr::read_v3(&bytes, &place.called("zarr.json"));
        return Ok(Node::Array(Box::new(described)));
    }
    if let Some((_, bytes)) = place.whole(".zarray", most).await? {
        let attributes = place.whole(".zattrs", most).await?.map(|(_, bytes)| bytes);
        let both = bytes.len().saturating_add(attributes.as_ref().map_or(0, |bytes| bytes.len()));
        charge(READ_TIMES.saturating_mul(both as u64))?;
        let described = zarr::read_v2(&bytes, attributes.as_deref(), &place.called(".zarray"));
        return Ok(Node::Array(Box::new(described)));
    }
    Ok(if place.state(".zgroup").await?.is_some() { Node::Group } else { Node::Neither })
}

/// What decides the values of an array's elements, as one text: all but the names of its axes and its attributes.
pub(super) fn deciding(description: &Description) -> String {
    let names = vec![None; description.shape.len()];
    zarr::metadata(&Description { names, attributes: Map::new(), ..description.clone() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What the catalog keeps of an array is the text that we would have written: it must come to the same array.
    fn kept(description: &Description) {
        let text = zarr::metadata(description);
        let again = zarr::read_v3(text.as_bytes(), "zarr.json").unwrap();
        assert_eq!(deciding(&again), deciding(description));
        assert_eq!((&again.names, &again.attributes), (&description.names, &description.attributes));
    }

    #[test]
    fn an_array_of_version_2_is_kept_as_one_of_version_3() {
        let packed = [
            "null",
            r#"{"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": -1, "blocksize": 0}"#,
            r#"{"id": "blosc", "cname": "zstd", "clevel": 3, "shuffle": 2, "blocksize": 64}"#,
            r#"{"id": "zlib", "level": 1}"#,
            r#"{"id": "gzip", "level": 9}"#,
            r#"{"id": "zstd", "level": -5}"#,
        ];
        for packed in packed {
            for (dtype, fill) in
                [("<f8", r#""NaN""#), (">i4", "-7"), ("|b1", "true"), ("<M8[ms]", "0"), ("<f2", "1.5")]
            {
                for (order, filters) in [("C", "null"), ("F", r#"[{"id": "shuffle", "elementsize": 2}]"#)] {
                    let text = format!(
                        r#"{{"zarr_format": 2, "shape": [5, 3], "chunks": [2, 2], "dtype": "{dtype}", "fill_value": {fill},
                            "order": "{order}", "compressor": {packed}, "filters": {filters}, "dimension_separator": "/"}}"#
                    );
                    let attributes = br#"{"_ARRAY_DIMENSIONS": ["y", "x"], "units": "m"}"#;
                    kept(&zarr::read_v2(text.as_bytes(), Some(attributes), ".zarray").unwrap());
                }
            }
        }
    }
}
