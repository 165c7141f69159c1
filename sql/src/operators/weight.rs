//! What batches weigh in memory, when some of them are parts of one.

use std::collections::HashSet;

use arrow::array::{Array, ArrayData};
use arrow::buffer::Buffer;
use arrow::record_batch::RecordBatch;

/// Buffers that were weighed. Batches that are cut from one share its buffers, and each counts once: a batch alone
/// reports all of them as its own.
#[derive(Debug, Default)]
pub(crate) struct Weight(HashSet<usize>);

impl Weight {
    /// Bytes of the batch that no batch before it had.
    pub(crate) fn more(&mut self, batch: &RecordBatch) -> usize {
        let mut open: Vec<ArrayData> = batch.columns().iter().map(|column| column.to_data()).collect();
        let mut bytes = 0_usize;
        while let Some(data) = open.pop() {
            let nulls = data.nulls().map(|nulls| nulls.buffer());
            for buffer in data.buffers().iter().chain(nulls) {
                bytes = bytes.saturating_add(self.buffer(buffer));
            }
            open.extend(data.child_data().iter().cloned());
        }
        bytes
    }

    fn buffer(&mut self, buffer: &Buffer) -> usize {
        if self.0.insert(buffer.data_ptr().as_ptr() as usize) { buffer.capacity() } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringViewArray, StructArray};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    #[test]
    fn what_is_shared_counts_once() {
        let numbers: ArrayRef = Arc::new((0..100_000).map(Some).collect::<Int64Array>());
        let texts: ArrayRef = Arc::new(
            (0..100_000).map(|n| Some(format!("{n} is a long number"))).collect::<StringViewArray>(),
        );
        let inside = Arc::new(Field::new("x", DataType::Int64, true));
        let nested: ArrayRef = Arc::new(StructArray::from(vec![(inside, Arc::clone(&numbers))]));
        let fields = [("n", &numbers), ("t", &texts), ("s", &nested)]
            .map(|(name, column)| Field::new(name, column.data_type().clone(), true));
        let batch =
            RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), vec![numbers, texts, nested])
                .unwrap();
        let whole = Weight::default().more(&batch);
        assert!((100_000 * (8 + 16 + 20)..100_000 * 80).contains(&whole), "{whole}");
        let mut weight = Weight::default();
        let parts: usize = (0..100).map(|part| weight.more(&batch.slice(part * 1000, 1000))).sum();
        assert_eq!(parts, whole);
    }
}
