//! Places outside the data folder that an administrator has named: `[locations.<name>]` in the file,
//! `--location name=url` on the command line, `PANTILE_LOCATION="name=url name=url"`.

use std::collections::BTreeMap;

use pantile_core::nearest;

use super::error::Error;
use super::layers::Origin;

/// A location as it is configured. It has no `Debug`: its options hold keys.
#[derive(Clone, Default)]
pub struct LocationSetting {
    /// Its name, which statements use.
    pub name: String,
    /// Where it is: `s3://bucket/prefix`, `file:///folder`.
    pub url: String,
    /// Whether statements may write to it.
    pub writable: bool,
    /// Options of its store, by `object_store`'s names.
    pub options: BTreeMap<String, String>,
}

/// The location that `name=url` means. It is read-only; the file's tables can say more.
pub(super) fn parse(text: &str, origin: Origin) -> Result<LocationSetting, Error> {
    let bad = |why: &str| Error::BadValue { origin, name: "location".to_owned(), why: why.to_owned() };
    let (name, url) = text.split_once('=').ok_or_else(|| bad("it is not of the form name=url"))?;
    let location = LocationSetting { name: name.to_owned(), url: as_url(url), ..LocationSetting::default() };
    checked(location, origin)
}

/// The location that a table of the file means.
pub(super) fn from_table(name: &str, table: &toml::Value) -> Result<LocationSetting, Error> {
    let bad = |key: &str, why: String| Error::BadValue {
        origin: Origin::File,
        name: format!("locations.{name}{}{key}", if key.is_empty() { "" } else { "." }),
        why,
    };
    let table = table.as_table().ok_or_else(|| bad("", "it is not a table".to_owned()))?;
    let mut location = LocationSetting { name: name.to_owned(), ..LocationSetting::default() };
    for (key, value) in table {
        match (key.as_str(), value) {
            ("url", toml::Value::String(url)) => location.url = as_url(url),
            ("writable", toml::Value::Boolean(writable)) => location.writable = *writable,
            ("options", toml::Value::Table(options)) => location.options = texts(options),
            ("url" | "writable" | "options", _) => {
                return Err(bad(key, "it is of the wrong type".to_owned()));
            }
            _ => {
                let hint = nearest(key, ["url", "writable", "options"]).unwrap_or("options");
                return Err(bad(key, format!("there is no such key; did you mean `{hint}`?")));
            }
        }
    }
    if location.url.is_empty() {
        return Err(bad("url", "it is missing".to_owned()));
    }
    checked(location, Origin::File)
}

/// The values of a table of options, as text.
pub(super) fn texts(options: &toml::Table) -> BTreeMap<String, String> {
    options.iter().map(|(key, value)| (key.clone(), text_of(value))).collect()
}

/// A plain value as text; anything else becomes what no setting takes.
pub(super) fn text_of(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(truth) => truth.to_string(),
        toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => {
            "a value of a kind that no setting has".to_owned()
        }
    }
}

fn checked(location: LocationSetting, origin: Origin) -> Result<LocationSetting, Error> {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if location.name.is_empty() || !location.name.chars().all(fine) {
        return Err(Error::BadValue {
            origin,
            name: format!("locations.{}", location.name),
            why: "a location's name is made of letters, digits, `_` and `-`".to_owned(),
        });
    }
    Ok(location)
}

/// A plain path as a `file:` URL, anything else as it is.
fn as_url(text: &str) -> String {
    if text.contains("://") {
        return text.to_owned();
    }
    std::path::absolute(text)
        .ok()
        .and_then(|path| url::Url::from_directory_path(path).ok())
        .map_or_else(|| text.to_owned(), |url| url.to_string())
}
