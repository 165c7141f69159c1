//! Places outside the data folder that an administrator has named: a bucket prefix, a folder.

use std::collections::BTreeMap;
use std::sync::Arc;

use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, parse_url_opts};
use url::Url;

use super::Error;

/// Options that an administrator may not leave to chance: without keys an S3 client would ask the
/// machine's metadata service for the machine's own, and lend them to whoever can write SQL.
const KEYS: &[&str] = &["aws_access_key_id", "access_key_id", "aws_skip_signature", "skip_signature"];

/// The object store behind `url`, rooted at its path: `s3://bucket/prefix`, `gs://…`, `az://…`,
/// `file:///folder`, `memory:///`. Options are those of `object_store`, by its names.
///
/// `credentials = "instance"` lets an S3 location use the machine's own role; without it, and without
/// keys, requests go unsigned.
///
/// # Errors
/// [`Error::Location`] with what is wrong.
pub fn open_location(url: &str, options: &BTreeMap<String, String>) -> Result<Arc<dyn ObjectStore>, Error> {
    let shown = without_secrets(url);
    // Libraries quote the URL they were given.
    let refused = |why: String| Error::Location { url: shown.clone(), why: why.replace(url, &shown) };
    let parsed = Url::parse(url).map_err(|error| refused(error.to_string()))?;
    if parsed.scheme() == "file" {
        let folder = parsed.to_file_path().map_err(|()| refused("it is not an absolute path".to_owned()))?;
        return super::contained::Contained::open(&folder).map(|store| Arc::new(store) as _).map_err(refused);
    }
    let mut options = options.clone();
    let role = options.remove("credentials").is_some_and(|value| value == "instance");
    let signed = options.keys().any(|key| KEYS.contains(&key.to_ascii_lowercase().as_str()));
    if parsed.scheme().starts_with("s3") && !role && !signed {
        options.insert("aws_skip_signature".to_owned(), "true".to_owned());
    }
    let (store, prefix) = parse_url_opts(&parsed, options).map_err(|error| refused(error.to_string()))?;
    Ok(rooted(store.into(), prefix))
}

fn rooted(store: Arc<dyn ObjectStore>, prefix: Path) -> Arc<dyn ObjectStore> {
    if prefix.as_ref().is_empty() { store } else { Arc::new(PrefixStore::new(store, prefix)) }
}

/// The URL as it may stand in messages: no user, no password, no query.
fn without_secrets(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else {
        return url.split(['?', '@']).next().unwrap_or("").to_owned();
    };
    let _ = parsed.set_password(None);
    let _ = parsed.set_username("");
    parsed.set_query(None);
    parsed.to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use object_store::ObjectStoreExt;

    use super::*;
    use crate::store::LeadsOut;

    #[tokio::test]
    async fn a_folder_does_not_let_a_link_lead_out_of_it() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.csv"), "a\n1\n").unwrap();
        let inside = tempfile::tempdir().unwrap();
        std::fs::write(inside.path().join("fine.csv"), "a\n1\n").unwrap();
        std::os::unix::fs::symlink(outside.path(), inside.path().join("out")).unwrap();
        let url = Url::from_directory_path(inside.path()).unwrap();
        let store = open_location(url.as_str(), &BTreeMap::new()).unwrap();
        store.head(&Path::from("fine.csv")).await.unwrap();
        let error = store.get(&Path::from("out/secret.csv")).await.unwrap_err();
        assert_eq!(LeadsOut::behind(&error).unwrap().path, "out/secret.csv");
    }

    #[test]
    fn an_error_shows_no_password() {
        let error = open_location("nope://me:hunter2@host/x?key=hunter2", &BTreeMap::new()).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}
