//! Changes of arrays, and what cannot be changed because it is no table.

use std::sync::Arc;

use super::super::change::{Alter, OnTaken};
use super::super::error::Error;
use super::super::rows;
use super::super::stored::{ArrayId, NewArray, StoredArray};
use super::{Work, check_name, quoted};
use crate::store::Hold;

impl Work<'_> {
    pub(super) fn put_array(&mut self, name: String, new: NewArray, or: OnTaken) -> Result<(), Error> {
        let new = new.settled()?;
        let pinned = self.next.arrays.get(&name).is_some_and(|array| array.pinned);
        if !self.take_name(&name, "array", or)? {
            return Ok(());
        }
        if self.has_version(&new.uuid)? {
            // Its files would go with one of both, and the other would still name them.
            let refused = "every array has a folder of its own";
            return Err(Error::WrongKind { name: new.uuid, is: "the folder of another array", refused });
        }
        self.names_changed();
        // What the database names needs no hold; a draft's array has no other.
        let hold = match self.at {
            Some(_) => {
                self.named.push(new.hold);
                Hold::default()
            }
            None => new.hold,
        };
        let array = StoredArray {
            id: self.new_id(),
            uuid: new.uuid,
            name,
            schema_version: self.next.schema_version,
            begin_snapshot: self.next.id,
            metadata: new.metadata,
            metadata_hash: new.metadata_hash,
            shards: new.shards.into(),
            pinned: false,
            location: new.location,
            elements: new.elements,
            hold,
        };
        if let Some(at) = self.at {
            rows::insert(at, &array)?;
            rows::insert_shards(at, &array.uuid, &array.shards)?;
        }
        self.say(format!("created_array:{}", quoted(&array.name)));
        if pinned {
            return self.pin_array(&array, true);
        }
        self.set_array(array);
        Ok(())
    }

    /// The array ends; its name is gone from the snapshot already.
    pub(super) fn drop_array(&mut self, array: &StoredArray) -> Result<(), Error> {
        self.end("pantile_array", "array_id", array.id)?;
        self.run("DELETE FROM pantile_pin WHERE table_id = ?1", [array.id])?;
        self.say(format!("dropped_array:{}", array.id));
        Ok(())
    }

    pub(super) fn alter_array(&mut self, held: &StoredArray, alter: Alter) -> Result<(), Error> {
        let Alter::RenameTable(name) = alter else {
            let refused = "it has no columns to change";
            return Err(Error::WrongKind { name: held.name.clone(), is: "an array", refused });
        };
        check_name(&name)?;
        if let Some(kind) = self.next.kind_of(&name) {
            return Err(Error::AlreadyExists { kind, name });
        }
        self.names_changed();
        self.end("pantile_array", "array_id", held.id)?;
        let (schema_version, begin_snapshot) = (self.next.schema_version, self.next.id);
        let array = StoredArray { name, schema_version, begin_snapshot, ..held.clone() };
        // The same version under another name: its shards are rows of the version.
        if let Some(at) = self.at {
            rows::insert(at, &array)?;
        }
        self.next.arrays.remove(&held.name);
        self.say(format!("altered_array:{}", held.id));
        self.set_array(array);
        Ok(())
    }

    pub(super) fn pin_array(&mut self, held: &StoredArray, pinned: bool) -> Result<(), Error> {
        self.pin_row(held.id, pinned)?;
        self.say(format!("altered_array:{}", held.id));
        self.set_array(StoredArray { pinned, ..held.clone() });
        Ok(())
    }

    pub(super) fn array_of(&self, id: ArrayId) -> Option<Arc<StoredArray>> {
        self.next.arrays.values().find(|array| array.id == id).cloned()
    }

    /// Why what has the number is no table; nothing where it is none of what there is.
    pub(super) fn no_table(&self, id: i64, refused: &'static str) -> Option<Error> {
        let array =
            self.next.arrays.values().find(|array| array.id == id).map(|array| (&array.name, "an array"));
        let view = || self.next.views.values().find(|view| view.id == id).map(|view| (&view.name, "a view"));
        let (name, is) = array.or_else(view)?;
        Some(Error::WrongKind { name: name.clone(), is, refused })
    }

    fn has_version(&self, uuid: &str) -> Result<bool, Error> {
        let seen = self.next.arrays.values().any(|array| array.uuid == uuid);
        Ok(seen || self.at.map_or(Ok(false), |at| rows::has(at, uuid))?)
    }

    fn set_array(&mut self, array: StoredArray) {
        self.next.arrays.insert(array.name.clone(), Arc::new(array));
    }
}
