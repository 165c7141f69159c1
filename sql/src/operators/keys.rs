//! The keys of one side of a join, as a filter for the other.
//!
//! A join reads one of its sides to the end before it asks the other for its first row. By then the keys that
//! can have a partner are known, and rows of the other side that have none may be dropped where they are read,
//! below whatever joins, exchanges and aggregates stand between.
//!
//! For whole numbers, and what is stored as such. Keys that lie close together become a bitmap over their
//! range; others a Bloom filter in blocks of one word, with four bits a key (Putze, Sanders, Singler: Cache-,
//! Hash- and Space-Efficient Bloom Filters, 2009).

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use arrow::array::{
    Array, ArrowPrimitiveType, BooleanArray, PrimitiveArray, downcast_integer_array, downcast_temporal_array,
};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{ArrowNativeType, DataType, FieldRef, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use parking_lot::Mutex;

/// Keys from which on no filter is made: so many rarely leave out anything.
pub(super) const MOST: usize = 4 << 20;
/// A range of keys as wide as this is always a bitmap: two megabytes.
const NARROW: u64 = 16 << 20;
/// Bits of a filter for each key.
const BITS: usize = 16;

/// Whether values of this type can be gathered.
pub(crate) fn gathers(data_type: &DataType) -> bool {
    data_type.is_integer()
        || matches!(
            data_type,
            DataType::Date32
                | DataType::Date64
                | DataType::Time32(_)
                | DataType::Time64(_)
                | DataType::Timestamp(..)
        )
}

/// Keys as they are gathered from the partitions of a join's side, and as a filter once all of them are.
#[derive(Debug)]
pub(crate) struct Keys {
    gathering: Mutex<Gathering>,
    filter: OnceLock<Filter>,
}

#[derive(Debug)]
struct Gathering {
    open: Vec<bool>,
    keys: Vec<u64>,
    held: Option<MemoryReservation>,
}

impl Keys {
    pub(crate) fn new(partitions: usize) -> Arc<Self> {
        let gathering = Gathering { open: vec![true; partitions], keys: Vec::new(), held: None };
        Arc::new(Self { gathering: Mutex::new(gathering), filter: OnceLock::new() })
    }

    /// Whether there is a filter, or will be none.
    pub(super) fn is_settled(&self) -> bool {
        self.filter.get().is_some()
    }

    /// No filter will come of it.
    pub(super) fn abandon(&self) {
        // Whichever was set first holds; both are right.
        let _ = self.filter.set(Filter::All);
        let mut gathering = self.gathering.lock();
        gathering.keys = Vec::new();
        gathering.held = None;
    }

    /// Adds all keys of a partition, with the memory they are held by; the last makes the filter.
    pub(super) fn add(&self, partition: usize, keys: Vec<u64>, held: MemoryReservation) {
        let mut gathering = self.gathering.lock();
        match gathering.open.get_mut(partition) {
            Some(open) if *open => *open = false,
            _ => return,
        }
        if self.filter.get().is_some() {
            return;
        }
        if gathering.keys.len().saturating_add(keys.len()) > MOST {
            drop(gathering);
            return self.abandon();
        }
        match gathering.held.take() {
            None => (gathering.keys, gathering.held) = (keys, Some(held)),
            Some(all) => {
                // Two reservations of one statement become one.
                all.grow(held.free());
                gathering.keys.extend(keys);
                gathering.held = Some(all);
            }
        }
        if gathering.open.iter().all(|open| !open) {
            let filter = Filter::of(&std::mem::take(&mut gathering.keys));
            let fits = gathering.held.as_ref().is_some_and(|held| held.try_resize(filter.bytes()).is_ok());
            let _ = self.filter.set(if fits { filter } else { Filter::All });
        }
    }
}

/// Appends the array's keys to `keys`; false for a type that is not gathered.
pub(super) fn gather(array: &dyn Array, keys: &mut Vec<u64>) -> bool {
    fn all<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, keys: &mut Vec<u64>) -> bool {
        match array.null_count() {
            0 => keys.extend(array.values().iter().map(|value| number(*value))),
            _ => keys.extend(array.iter().flatten().map(number)),
        }
        true
    }
    downcast_integer_array!(
        array => all(array, keys),
        _ => downcast_temporal_array!(array => all(array, keys), _ => false)
    )
}

/// A whole number in 64 bits, sign extended.
fn number(value: impl ArrowNativeType) -> u64 {
    value.as_usize() as u64
}

/// What a key must be to be among those gathered. Others may pass, too.
#[derive(Debug)]
enum Filter {
    All,
    Range { least: u64, bits: Vec<u64>, width: u64 },
    Bloom { words: Vec<u64> },
}

impl Filter {
    fn of(keys: &[u64]) -> Self {
        let least = keys.iter().map(|key| *key as i64).min().unwrap_or(0) as u64;
        let greatest = keys.iter().map(|key| *key as i64).max().unwrap_or(0) as u64;
        let reach = greatest.wrapping_sub(least);
        let enough = (keys.len() as u64).saturating_mul(BITS as u64).max(NARROW);
        if reach < enough {
            // No keys at all are a range of none.
            let width = if keys.is_empty() { 0 } else { reach.saturating_add(1) };
            let mut bits = vec![0_u64; width.div_ceil(64) as usize];
            for key in keys {
                let place = key.wrapping_sub(least);
                if let Some(word) = bits.get_mut((place / 64) as usize) {
                    *word |= 1 << (place % 64);
                }
            }
            return Self::Range { least, bits, width };
        }
        let words = keys.len().saturating_mul(BITS).div_ceil(64).next_power_of_two();
        let mut words = vec![0_u64; words];
        for key in keys {
            let (place, mask) = block(*key, words.len());
            if let Some(word) = words.get_mut(place) {
                *word |= mask;
            }
        }
        Self::Bloom { words }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::All => 0,
            Self::Range { bits: words, .. } | Self::Bloom { words } => words.len().saturating_mul(8),
        }
    }

    /// Where the array's keys may be among those gathered; `None` for a type that is not gathered.
    fn passes(&self, array: &dyn Array) -> Option<BooleanBuffer> {
        match self {
            Self::All => Some(BooleanBuffer::new_set(array.len())),
            Self::Range { least, bits, width } => each(array, |key| {
                let place = key.wrapping_sub(*least);
                let word = || bits.get((place / 64) as usize);
                place < *width && word().is_some_and(|word| word >> (place % 64) & 1 == 1)
            }),
            Self::Bloom { words } => each(array, |key| {
                let (place, mask) = block(key, words.len());
                words.get(place).is_some_and(|word| word & mask == mask)
            }),
        }
    }
}

/// Where a key of the array passes; `None` for a type that is not gathered.
fn each(array: &dyn Array, passes: impl Fn(u64) -> bool) -> Option<BooleanBuffer> {
    fn all<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, passes: impl Fn(u64) -> bool) -> BooleanBuffer {
        let values = array.values();
        BooleanBuffer::collect_bool(values.len(), |row| {
            values.get(row).is_some_and(|value| passes(number(*value)))
        })
    }
    downcast_integer_array!(
        array => Some(all(array, passes)),
        _ => downcast_temporal_array!(array => Some(all(array, passes)), _ => None)
    )
}

/// The word of a key among `words`, a power of two, and its four bits in it.
fn block(key: u64, words: usize) -> (usize, u64) {
    // The finaliser of SplitMix64.
    let mut hash = key;
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    let bit = |part: u32| 1_u64 << ((hash >> (part.saturating_mul(6))) & 63);
    let place = (hash >> 32) as usize & words.saturating_sub(1);
    (place, bit(0) | bit(1) | bit(2) | bit(3))
}

/// Whether a value may be among the keys. Until they are known, all may.
#[derive(Clone, Debug)]
pub(crate) struct AmongKeys {
    pub(crate) value: Arc<dyn PhysicalExpr>,
    pub(crate) keys: Arc<Keys>,
}

impl PhysicalExpr for AmongKeys {
    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let filter = match self.keys.filter.get() {
            None | Some(Filter::All) => return Ok(ColumnarValue::Scalar(ScalarValue::Boolean(Some(true)))),
            Some(filter) => filter,
        };
        let array = self.value.evaluate(batch)?.into_array(batch.num_rows())?;
        match filter.passes(array.as_ref()) {
            Some(found) => {
                Ok(ColumnarValue::Array(Arc::new(BooleanArray::new(found, array.nulls().cloned()))))
            }
            None => internal_err!("keys of a join are not of type {}", array.data_type()),
        }
    }

    fn data_type(&self, _: &Schema) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn nullable(&self, schema: &Schema) -> Result<bool> {
        self.value.nullable(schema)
    }

    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        let nullable = self.nullable(schema)?;
        Ok(Arc::new(arrow::datatypes::Field::new("among_keys", DataType::Boolean, nullable)))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.value]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        match <[Arc<dyn PhysicalExpr>; 1]>::try_from(children) {
            Ok([value]) => Ok(Arc::new(Self { value, keys: Arc::clone(&self.keys) })),
            Err(children) => internal_err!("a filter by keys has one child, not {}", children.len()),
        }
    }

    /// Another number once the keys are known, so that what was measured before is forgotten.
    fn snapshot_generation(&self) -> u64 {
        if self.keys.filter.get().is_some() { 2 } else { 1 }
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt_sql(f)?;
        f.write_str(" IN KEYS")
    }
}

impl fmt::Display for AmongKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} IN KEYS", self.value)
    }
}

impl PartialEq for AmongKeys {
    fn eq(&self, other: &Self) -> bool {
        self.value.eq(&other.value) && Arc::ptr_eq(&self.keys, &other.keys)
    }
}

impl Eq for AmongKeys {}

impl Hash for AmongKeys {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use arrow::array::{Int64Array, UInt64Array};

    fn has(keys: &[i64], asked: i64) -> bool {
        let keys: Vec<u64> = keys.iter().map(|key| *key as u64).collect();
        let passed = Filter::of(&keys).passes(&Int64Array::from(vec![asked])).unwrap();
        passed.value(0)
    }

    #[test]
    fn a_range_is_exact() {
        for key in [-3, 0, 7] {
            assert!(has(&[-3, 0, 7], key));
        }
        for other in [-4, -1, 1, 8, i64::MIN, i64::MAX] {
            assert!(!has(&[-3, 0, 7], other));
        }
        assert!(!has(&[], 0));
    }

    #[test]
    fn far_keys_are_all_found_and_few_others() {
        let keys: Vec<u64> = (0..10_000_u64).map(|key| key.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let filter = Filter::of(&keys);
        assert!(matches!(filter, Filter::Bloom { .. }));
        let passed = |keys: Vec<u64>| filter.passes(&UInt64Array::from(keys)).unwrap().count_set_bits();
        assert_eq!(passed(keys), 10_000);
        let wrong = passed((0..10_000).map(|key| key * 3 + 1).collect());
        assert!(wrong < 500, "{wrong} of 10000 passed");
        assert!(has(&[i64::MIN, i64::MAX], i64::MAX));
    }
}
