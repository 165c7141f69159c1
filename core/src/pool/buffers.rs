//! What arrays take in memory.

use std::collections::HashSet;

use arrow::array::{Array, ArrayData};

/// Buffers that were counted already: arrays share them, for they are slices of one another or have a dictionary in common.
#[derive(Debug, Default)]
pub struct Buffers {
    seen: HashSet<usize>,
}

impl Buffers {
    /// Bytes of those of the array's buffers that are new.
    pub fn add(&mut self, array: &dyn Array) -> u64 {
        self.count(&array.to_data())
    }

    fn count(&mut self, data: &ArrayData) -> u64 {
        let own = data.buffers().iter().chain(data.nulls().map(|nulls| nulls.buffer()));
        let mut bytes = 0_u64;
        for buffer in own {
            if self.seen.insert(buffer.data_ptr().as_ptr() as usize) {
                bytes = bytes.saturating_add(buffer.capacity() as u64);
            }
        }
        data.child_data().iter().fold(bytes, |bytes, child| bytes.saturating_add(self.count(child)))
    }
}
