//! What a query says of a body of elements.

use http::HeaderMap;
use pantile_core::array::zarr::Incoming;
use pantile_core::{did_you_mean, nearest};
use serde_json::{Map, Value};

use super::body::media_type;
use super::query::Query;
use crate::error::Problem;
use crate::upload::{self, Form, Said};

/// What `PUT` takes besides the body.
pub(super) const KEYS: &[&str] = &[
    "from",
    "in_place",
    "format",
    "array",
    "dtype",
    "shape",
    "order",
    "chunks",
    "shards",
    "dims",
    "attributes",
];
/// What does not go with an array that stays as it lies.
const OF_COPIES: &[&str] = &["format", "dtype", "shape", "order", "chunks", "shards"];

/// All of it but where the body comes from.
pub(super) fn said(query: &Query, headers: &HeaderMap) -> Result<Said, Problem> {
    Ok(Said {
        raw: raw(query)?,
        form: form(query, headers)?,
        located: None,
        stays: stays(query)?,
        lying: None,
        member: query.get("array").map(str::to_owned),
        chunk: lengths(query, "chunks")?,
        shard: lengths(query, "shards")?,
        names: names(query),
        attributes: attributes(query)?,
    })
}

/// Whether the array is read where it lies from now on.
fn stays(query: &Query) -> Result<bool, Problem> {
    let stays = query.flag("in_place")?;
    if stays && query.get("from").is_none() {
        return Err(Problem::invalid("`in_place` is of an array at a location, which `from` names")
            .hint("`?from=lake/dem.zarr&in_place=true`"));
    }
    match OF_COPIES.iter().find(|name| stays && query.get(name).is_some()) {
        Some(name) => Err(Problem::invalid(format!(
            "`{name}` is of a copy, and an array that is read in place stays as it lies"
        ))
        .hint("without `in_place` it is copied")),
        None => Ok(stays),
    }
}

/// What the body is, where it is no bytes without a head.
fn form(query: &Query, headers: &HeaderMap) -> Result<Option<Form>, Problem> {
    let Some(name) = query.get("format") else {
        return Ok(media_type(headers).as_deref().and_then(Form::of_media_type));
    };
    if query.get("dtype").is_some() {
        return Err(Problem::invalid(
            "`dtype` and `shape` are of bytes without a head, which have no `format`",
        ));
    }
    Form::named(name).map(Some).ok_or_else(|| {
        let shown: String = name.chars().take(40).collect();
        let meant = did_you_mean(nearest(&shown, Form::NAMES.iter().copied()));
        Problem::invalid(format!("`format={shown}` is none that arrays come in{meant}"))
            .hint(format!("there are {}", Form::NAMES.join(", ")))
    })
}

/// What the body is, where it has no head.
fn raw(query: &Query) -> Result<Option<Incoming>, Problem> {
    let fortran = match query.get("order") {
        None | Some("C") => false,
        Some("F") => true,
        Some(other) => {
            let shown: String = other.chars().take(40).collect();
            return Err(Problem::invalid(format!("`order={shown}` is neither `C` nor `F`")));
        }
    };
    match (query.get("dtype"), query.get("shape")) {
        (Some(dtype), Some(shape)) => {
            Ok(Some(Incoming::raw(dtype, shape, fortran).map_err(upload::Error::from)?))
        }
        (None, None) if query.get("order").is_none() => Ok(None),
        _ => Err(Problem::invalid("a body without a head is told by `dtype` and `shape`, both of them")
            .hint("`?dtype=float32&shape=8,100`; a `.npy` says so itself")),
    }
}

fn lengths(query: &Query, name: &str) -> Result<Option<Vec<usize>>, Problem> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let lengths = text.split(',').map(str::trim).filter(|length| !length.is_empty()).map(str::parse);
    lengths.collect::<Result<_, _>>().map(Some).map_err(|_| {
        let shown: String = text.chars().take(60).collect();
        Problem::invalid(format!("`{name}={shown}` takes a length for each axis, with commas between"))
            .hint(format!("`?{name}=100,100`"))
    })
}

fn names(query: &Query) -> Vec<Option<String>> {
    let Some(text) = query.get("dims") else { return Vec::new() };
    text.split(',').map(|name| Some(name.trim().to_owned()).filter(|name| !name.is_empty())).collect()
}

fn attributes(query: &Query) -> Result<Map<String, Value>, Problem> {
    let Some(text) = query.get("attributes") else { return Ok(Map::new()) };
    match serde_json::from_str(text) {
        Ok(Value::Object(said)) => Ok(said),
        Ok(_) => Err(Problem::invalid("`attributes` is a JSON object: `{\"units\": \"K\"}`")),
        Err(error) => Err(Problem::invalid(format!("`attributes` is no JSON: {error}"))),
    }
}
