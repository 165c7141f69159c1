//! Which array of a Zarr store at a location is meant: looked for by its metadata, chunks are not listed.

use super::node::{Node, node};
use crate::array::zarr::{self, Description};
use crate::format::files::{Error, chosen};
use crate::store::Place;

/// Bytes of the largest metadata that are read.
const METADATA_BYTES_MAX: u64 = 16 << 20;
/// Folders of a store that are looked into for arrays, where nobody names the array's own.
const FOLDERS_MAX: usize = 256;

/// An array that lies at a location.
#[derive(Debug)]
pub struct Lying {
    /// Its folder.
    pub place: Place,
    /// What its metadata say.
    pub description: Description,
}

/// The array in the folder, or the one below it that is `asked` for, in full or by how its path ends, or the only one.
/// `charge` is asked for the bytes that metadata take.
///
/// Cost: one request where the folder is the array's own; else some for each folder of the store that is no array's.
///
/// # Errors
/// [`Error::Nothing`]; [`Error::NoFolder`] of a file; [`Error::Which`] with the arrays where none of several is named, or
/// folders are too many; [`Error::Array`] where its metadata are not read.
pub async fn find<E: From<Error>>(
    place: &Place,
    asked: Option<&str>,
    mut charge: impl FnMut(u64) -> Result<(), E> + Send,
) -> Result<Lying, E> {
    if !place.folder().is_empty() && place.state("").await?.is_some() {
        return Err(Error::NoFolder { name: place.called("") }.into());
    }
    match node(place, METADATA_BYTES_MAX, &mut charge).await? {
        Node::Array(described) => {
            chosen(&[""], asked)?;
            return Ok(Lying { place: place.clone(), description: described.map_err(Error::from)? });
        }
        Node::Outside(link) => return Err(Error::from(link).into()),
        Node::Group | Node::Neither => {}
    }
    let named = asked.map(|asked| asked.trim_matches('/')).filter(|asked| !asked.is_empty());
    if let Some(Ok(own)) = named.map(|folder| place.within(folder)) {
        match node(&own, METADATA_BYTES_MAX, &mut charge).await? {
            Node::Array(described) => {
                return Ok(Lying { place: own, description: described.map_err(Error::from)? });
            }
            Node::Outside(link) => return Err(Error::from(link).into()),
            Node::Group | Node::Neither => {}
        }
    }
    let mut found = below(place, &mut charge).await?;
    found.sort_by(|one, other| one.0.cmp(&other.0));
    let names: Vec<&str> = found.iter().map(|(folder, _)| folder.as_str()).collect();
    let folder = chosen(&names, asked)?.to_owned();
    let described = found.into_iter().find(|(name, _)| *name == folder).map(|(_, described)| described);
    let missing = || Error::Nothing { path: folder.clone() };
    let description = described.ok_or_else(missing)?.map_err(Error::from)?;
    Ok(Lying { place: place.within(&folder)?, description })
}

/// The arrays in the folders of a folder, however deep, each with why it is not read.
async fn below<E: From<Error>>(
    place: &Place,
    charge: &mut (impl FnMut(u64) -> Result<(), E> + Send),
) -> Result<Vec<(String, Result<Description, zarr::Error>)>, E> {
    let (mut found, mut looked) = (Vec::new(), 0_usize);
    let mut left = vec![String::new()];
    while let Some(folder) = left.pop() {
        let here = if folder.is_empty() { place.clone() } else { place.within(&folder)? };
        for inside in here.folders().await? {
            looked = looked.saturating_add(1);
            if looked > FOLDERS_MAX {
                let said = format!(
                    "there are more than {FOLDERS_MAX} folders below `{}`: `?array=` names the array's own in full",
                    place.called("")
                );
                return Err(Error::Which(said).into());
            }
            let name = if folder.is_empty() { inside } else { format!("{folder}/{inside}") };
            match node(&place.within(&name)?, METADATA_BYTES_MAX, charge).await? {
                Node::Array(described) => found.push((name, *described)),
                Node::Group | Node::Neither => left.push(name),
                // What is not asked for by its name is passed by.
                Node::Outside(_) => {}
            }
        }
    }
    match looked {
        0 => Err(Error::Nothing { path: place.folder().to_owned() }.into()),
        _ => Ok(found),
    }
}
