//! The only stores a plan can reach: our own tiles, and the locations an administrator has named.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::execution::object_store::{ObjectStoreRegistry, ObjectStoreUrl};
use object_store::ObjectStore;
use object_store::path::Path;
use pantile_core::Code;
use url::Url;

use crate::{Error, Location};

/// The tiles' scheme and authority.
pub(crate) const TILES: &str = "pantile-data://tiles";
/// The scheme of locations; the authority is the location's name.
pub(crate) const LOCATION: &str = "pantile-location";

/// A registry that is filled once. It knows no `file://`, no bucket and no host beyond what it was given.
#[derive(Debug)]
pub(crate) struct Stores {
    by_authority: BTreeMap<String, Arc<dyn ObjectStore>>,
}

impl Stores {
    /// A registry of the tiles and of the locations.
    pub(crate) fn new(tiles: Arc<dyn ObjectStore>, locations: &[Location]) -> Arc<Self> {
        let mut by_authority = BTreeMap::from([(TILES.to_owned(), tiles)]);
        for location in locations {
            by_authority.insert(format!("{LOCATION}://{}", location.name), Arc::clone(&location.store));
        }
        Arc::new(Self { by_authority })
    }
}

impl ObjectStoreRegistry for Stores {
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>, DataFusionError> {
        let authority = url[..url::Position::BeforePath].trim_end_matches('/');
        self.by_authority.get(authority).cloned().ok_or_else(|| {
            Error::new(Code::Forbidden, "only datasets and configured locations can be read and written")
                .carried()
        })
    }
}

/// Where tiles lie, as DataFusion names it.
pub(crate) fn tiles_url() -> Result<ObjectStoreUrl, DataFusionError> {
    ObjectStoreUrl::parse(TILES)
}

/// The URL of a location.
pub(crate) fn location_url(location: &str) -> Result<ObjectStoreUrl, Error> {
    ObjectStoreUrl::parse(format!("{LOCATION}://{location}")).map_err(|error| Error::planning(&error))
}

/// The path as its store knows it, letter for letter: spaces and accents are not escaped.
pub(crate) fn object_path(path: &str) -> Result<Path, Error> {
    stays_within(path)?;
    Path::parse(path)
        .map_err(|_| Error::new(Code::InvalidSql, format!("`{path}` is not a path in a location")))
}

/// Refuses a path that cannot be one below a location.
pub(crate) fn stays_within(path: &str) -> Result<(), Error> {
    match path.split('/').any(|part| part == ".." || part == ".") {
        true => {
            let said = format!("`{path}` leaves its location: parts `.` and `..` are refused");
            Err(Error::new(Code::Forbidden, said))
        }
        false => Ok(()),
    }
}

/// A location's name and the path in it: `name/path`, or `pantile-location://name/path`.
pub(crate) fn split_location<'a>(
    text: &'a str,
    locations: &[Location],
) -> Result<(Location, &'a str), Error> {
    let rest = text.strip_prefix("pantile-location://").unwrap_or(text);
    let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
    match locations.iter().find(|location| location.name == name) {
        Some(location) => Ok((location.clone(), path.trim_start_matches('/'))),
        None => {
            let names: Vec<&str> = locations.iter().map(|location| location.name.as_str()).collect();
            let known = if names.is_empty() { "none is configured".to_owned() } else { names.join(", ") };
            let said = "files are read and written only at configured locations, as `location/path`";
            Err(Error::new(Code::Forbidden, format!("{said}; known locations: {known}")))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use object_store::memory::InMemory;

    use super::*;

    #[test]
    fn nothing_else_is_reached() {
        let location = Location {
            name: "lake".into(),
            url: "s3://x".into(),
            store: Arc::new(InMemory::new()),
            writable: false,
        };
        let stores = Stores::new(Arc::new(InMemory::new()), std::slice::from_ref(&location));
        assert!(stores.get_store(&Url::parse("pantile-data://tiles/main/x").unwrap()).is_ok());
        let url = location_url("lake").unwrap();
        assert!(stores.get_store(&Url::parse(url.as_str()).unwrap()).is_ok());
        for other in
            ["file:///etc/passwd", "s3://x/y", "http://169.254.169.254/", "pantile-location://other/x"]
        {
            assert!(stores.get_store(&Url::parse(other).unwrap()).is_err(), "{other}");
        }
        assert!(object_path("a/../../b").is_err());
        assert_eq!(object_path("a b/ä.csv").unwrap().as_ref(), "a b/ä.csv");
        assert_eq!(split_location("lake/a/b.csv", std::slice::from_ref(&location)).unwrap().1, "a/b.csv");
        assert_eq!(split_location("/etc/passwd", &[location]).unwrap_err().code(), Code::Forbidden);
    }
}
