//! Values of metadata, each refused with what it is and what it must be.

use serde_json::{Map, Value};

use super::error::Error;

/// Bytes of the longest metadata that are read.
const BYTES_MAX: usize = 64 << 20;

/// The object that a file holds. `NaN` and `Infinity` without quotes, which Python writes, are read as texts.
///
/// # Errors
/// What is no JSON, no object, or longer than 64 MiB.
pub(super) fn object(bytes: &[u8]) -> Result<Map<String, Value>, Error> {
    if bytes.len() > BYTES_MAX {
        let said = format!("it has {} bytes, and metadata of at most {BYTES_MAX} are read", bytes.len());
        return Err(Error::metadata(said));
    }
    let read = serde_json::from_slice(bytes).or_else(|error| match quoted(bytes) {
        Some(bytes) => serde_json::from_slice(&bytes),
        None => Err(error),
    });
    match read {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(Error::metadata(format!("it must be an object, and is {}", shown(&other)))),
        Err(error) => Err(Error::metadata(format!("it is no JSON: {error}"))),
    }
}

/// The text with quotes around the numbers that JSON has no words for; nothing where there are none.
fn quoted(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut rest, mut inside, mut changed) = (Vec::with_capacity(bytes.len()), bytes, false, false);
    while let Some((first, after)) = rest.split_first() {
        let word = [&b"NaN"[..], b"Infinity", b"-Infinity"].into_iter().find(|word| rest.starts_with(word));
        let (taken, left) = match (inside, word) {
            (false, Some(word)) => {
                changed = true;
                out.push(b'"');
                rest.split_at(word.len())
            }
            (true, _) if *first == b'\\' => rest.split_at(rest.len().min(2)),
            _ => (std::slice::from_ref(first), after),
        };
        inside ^= taken == b"\"";
        out.extend_from_slice(taken);
        if taken.len() > 2 {
            out.push(b'"');
        }
        rest = left;
    }
    changed.then_some(out)
}

/// A value as a refusal shows it: its text, cut off where it is long.
pub(super) fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// The member of that name.
pub(super) fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a Value, Error> {
    object.get(name).ok_or_else(|| Error::metadata(format!("it has no `{name}`")))
}

/// A member that is an object; an empty one where there is none.
pub(super) fn part(object: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, Error> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(found)) => Ok(found.clone()),
        Some(other) => Err(Error::metadata(format!("`{name}` must be an object, and is {}", shown(other)))),
    }
}

/// A text.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str, Error> {
    value.as_str().ok_or_else(|| Error::metadata(format!("`{name}` must be a text, and is {}", shown(value))))
}

/// Several of something.
pub(super) fn list<'a>(value: &'a Value, name: &str) -> Result<&'a [Value], Error> {
    let found = value.as_array().map(Vec::as_slice);
    found.ok_or_else(|| Error::metadata(format!("`{name}` must be a list, and is {}", shown(value))))
}

/// A whole number that is not below 0.
pub(super) fn count(value: &Value, name: &str) -> Result<usize, Error> {
    let found = value.as_u64().and_then(|count| usize::try_from(count).ok());
    found.ok_or_else(|| {
        Error::metadata(format!("`{name}` takes whole numbers from 0 on, and got {}", shown(value)))
    })
}

/// Several of those.
pub(super) fn lengths(value: &Value, name: &str) -> Result<Vec<usize>, Error> {
    list(value, name)?.iter().map(|length| count(length, name)).collect()
}

/// A thing that Zarr 3 names: a text alone, or an object of `name` and `configuration`.
pub(super) fn named(value: &Value, what: &str) -> Result<(String, Map<String, Value>), Error> {
    match value {
        Value::String(name) => Ok((name.clone(), Map::new())),
        Value::Object(object) => {
            let name = text(member(object, "name")?, "name")?.to_owned();
            Ok((name, part(object, "configuration")?))
        }
        other => {
            Err(Error::metadata(format!("`{what}` must be a name or an object, and is {}", shown(other))))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_python_writes_is_read() {
        let read = object(br#"{"a": NaN, "b": [-Infinity, Infinity, 1], "c": "NaN \" Infinity", "d\\": 2}"#)
            .unwrap();
        assert_eq!(read["a"], "NaN");
        assert_eq!((&read["b"][0], &read["b"][1]), (&"-Infinity".into(), &"Infinity".into()));
        assert_eq!(read["c"], "NaN \" Infinity");
        assert_eq!(read["d\\"], 2);
        for wrong in [&b"[1]"[..], b"{\"a\": Na}", b"", b"\xff", b"{\"a\": \"NaN}"] {
            assert!(object(wrong).is_err());
        }
    }

    #[test]
    fn a_number_that_is_no_length_is_shown() {
        for wrong in ["-1", "1.5", "18446744073709551616", "\"4\"", "null"] {
            let value: Value = serde_json::from_str(wrong).unwrap();
            assert!(count(&value, "shape").unwrap_err().to_string().contains(wrong.trim_matches('"')));
        }
    }
}
