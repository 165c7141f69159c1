//! How an array is cut into chunks, and chunks packed into shards, where nobody says.

use super::dtype::DType;
use super::shape;

/// Bytes that a chunk should have at least, unless the array is smaller: below, reading is all overhead.
const CHUNK_BYTES_LOW: usize = 4 << 20;
/// Bytes that a chunk should have at most: what one worker decodes at a time.
const CHUNK_BYTES_HIGH: usize = 16 << 20;
/// Bytes of chunks that others chose, from which on and up to which they stay as they are.
const KEPT_BYTES_LOW: usize = 256 << 10;
const KEPT_BYTES_HIGH: usize = 64 << 20;
/// Bytes that the chunks of one shard should have together, before they are packed.
const SHARD_BYTES: usize = 128 << 20;
/// Chunks that one shard should have at most: its index is read for any one of them.
const SHARD_CHUNKS: usize = 1 << 12;

/// How an array is cut where nobody says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// What is decoded at a time.
    pub chunk: Vec<usize>,
    /// What lies in one file: a whole number of chunks on each axis.
    pub shard: Vec<usize>,
}

impl Cut {
    /// It, with the chunks and the shards that somebody asks for: of chunks alone, as many make a shard as are nearest to
    /// what it would be.
    pub fn asked(self, chunk: Option<Vec<usize>>, shard: Option<Vec<usize>>) -> Self {
        let chunk = chunk.unwrap_or(self.chunk);
        let shard = shard.unwrap_or_else(|| match chunk.len() == self.shard.len() {
            true => {
                let axes = chunk.iter().zip(&self.shard);
                axes.map(|(chunk, shard)| shard.next_multiple_of((*chunk).max(1))).collect()
            }
            false => chunk.clone(),
        });
        Self { chunk, shard }
    }
}

/// Chunks and shards for an array of that dtype and shape, such that what comes in the order of the elements is cut with
/// `slab_bytes` in memory.
///
/// Chunks are as near to cubes of 4 to 16 MiB as the shape allows, so that a slice along any axis reads few; where whole
/// rows of such chunks would not fit into `slab_bytes`, they are flatter on the first axes. Shards grow from the last
/// axis to the first, up to 128 MiB, and to twice `slab_bytes`.
pub fn cut(dtype: DType, shape: &[usize], slab_bytes: usize) -> Cut {
    cut_within(
        dtype,
        shape,
        &ceilings(dtype, shape, slab_bytes),
        SHARD_BYTES.min(slab_bytes.saturating_mul(2)),
    )
}

/// The same for an array that comes shard by shard, each of about so many bytes.
pub fn cut_in_shards(dtype: DType, shape: &[usize], shard_bytes: usize) -> Cut {
    let lengths: Vec<usize> = shape.iter().map(|length| (*length).max(1)).collect();
    cut_within(dtype, shape, &lengths, SHARD_BYTES.min(shard_bytes))
}

/// The same for an array of which a shard is computed from whole lines along some axes: shards are as long as they are
/// there, and so narrow on the others that they have about so many bytes.
pub fn cut_in_lines(dtype: DType, shape: &[usize], along: &[bool], shard_bytes: usize) -> Cut {
    let is_along = |axis: usize| along.get(axis) == Some(&true);
    let line = (0..shape.len())
        .filter(|axis| is_along(*axis))
        .fold(1_usize, |all, axis| all.saturating_mul(shape[axis]));
    let mut left = (SHARD_BYTES.min(shard_bytes) / dtype.bytes() / line.max(1)).max(1);
    let mut ceilings: Vec<usize> = shape.iter().map(|length| (*length).max(1)).collect();
    for axis in (0..shape.len()).rev().filter(|axis| !is_along(*axis)) {
        ceilings[axis] = ceilings[axis].min(left);
        left = (left / ceilings[axis]).max(1);
    }
    cut_within(dtype, shape, &ceilings, SHARD_BYTES.min(shard_bytes))
}

fn cut_within(dtype: DType, shape: &[usize], ceilings: &[usize], shard_bytes: usize) -> Cut {
    let chunk = cube(ceilings, (CHUNK_BYTES_HIGH / 2 / dtype.bytes()).max(1));
    let mut chunk: Vec<usize> =
        chunk.into_iter().zip(ceilings).map(|(chunk, length)| even(*length, chunk)).collect();
    let bytes = |chunk: &[usize]| shape::count(chunk).saturating_mul(dtype.bytes());
    for axis in (0..chunk.len()).rev() {
        // Even pieces may have left the chunk too small.
        while bytes(&chunk) < CHUNK_BYTES_LOW && chunk[axis] < ceilings[axis] {
            chunk[axis] = chunk[axis].saturating_mul(2).min(ceilings[axis]);
        }
    }
    let shard = shard(&chunk, shape, ceilings, (dtype, shard_bytes));
    Cut { chunk, shard }
}

/// Chunks and shards for an array that lies already in chunks of shape `inner`, those in files of shape `file`: such that
/// each of them is read once where that can be, with about `slab_bytes` in memory.
///
/// Chunks of 256 KiB to 64 MiB, or to `slab_bytes`, stay as they are; smaller ones are put together, larger ones cut into
/// equal parts.
pub fn recut(dtype: DType, shape: &[usize], (inner, file): (&[usize], &[usize]), slab_bytes: usize) -> Cut {
    let bytes = |chunk: &[usize]| shape::count(chunk).saturating_mul(dtype.bytes());
    let within = |chunk: &[usize]| -> Vec<usize> {
        chunk.iter().zip(shape).map(|(chunk, length)| *chunk.min(length).max(&1)).collect()
    };
    let (inner, file) = (within(inner), within(file));
    let shard_bytes = SHARD_BYTES.min(slab_bytes.saturating_mul(2));
    if bytes(&inner) > KEPT_BYTES_HIGH.min(slab_bytes) {
        let own = cut(dtype, shape, usize::MAX).chunk;
        let chunk: Vec<usize> = inner.iter().zip(&own).map(|(length, own)| part(*length, *own)).collect();
        let shard = self::shard(&chunk, &inner, &inner, (dtype, shard_bytes));
        return Cut { chunk, shard };
    }
    let chunk = if bytes(&inner) < KEPT_BYTES_LOW { together(inner, shape, &bytes) } else { inner };
    let divides = chunk.iter().zip(&file).all(|(chunk, file)| file % chunk == 0);
    let unit = if divides && bytes(&file) <= shard_bytes { &file } else { &chunk };
    let shard = self::shard(unit, shape, shape, (dtype, shard_bytes));
    Cut { chunk, shard }
}

/// Several chunks as one, as many on each axis, until they are large enough.
fn together(mut chunk: Vec<usize>, shape: &[usize], bytes: &dyn Fn(&[usize]) -> usize) -> Vec<usize> {
    let mut grows = true;
    while grows {
        grows = false;
        for axis in (0..chunk.len()).rev() {
            if bytes(&chunk) < CHUNK_BYTES_LOW && chunk[axis] < shape[axis] {
                chunk[axis] = chunk[axis].saturating_mul(2).min(shape[axis]);
                grows = true;
            }
        }
    }
    chunk
}

/// An equal part of a length that is near `wanted`; where there is none, `wanted`.
fn part(length: usize, wanted: usize) -> usize {
    let wanted = wanted.clamp(1, length.max(1));
    let least = length.div_ceil(wanted).max(1);
    let found = (least..=least.saturating_mul(2)).take(1 << 10).find(|parts| length.is_multiple_of(*parts));
    found.map_or(wanted, |parts| length / parts)
}

/// How long a chunk may be on each axis: 1 on the first axes while what one index of them has is over the limit, then
/// what fits, then all.
fn ceilings(dtype: DType, shape: &[usize], slab_bytes: usize) -> Vec<usize> {
    let rows = (slab_bytes / dtype.bytes()).max(1);
    let mut inside: Vec<usize> = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        inside[axis - 1] = inside[axis].saturating_mul(shape[axis].max(1));
    }
    shape.iter().zip(inside).map(|(length, inside)| (rows / inside).clamp(1, (*length).max(1))).collect()
}

/// Lengths as equal as the axes allow whose product is about `elements`; what short axes leave goes to the others.
fn cube(axes: &[usize], elements: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..axes.len()).collect();
    // Of equal axes the last comes last: it gets what rounding leaves.
    order.sort_by_key(|axis| (axes[*axis], *axis));
    let (mut chunk, mut left) = (vec![1; axes.len()], elements);
    for (done, axis) in order.iter().enumerate() {
        let side = root(left, axes.len() - done);
        chunk[*axis] = side.clamp(1, axes[*axis].max(1));
        left = (left / chunk[*axis]).max(1);
    }
    chunk
}

/// The greatest whole number whose power is at most `value`.
fn root(value: usize, power: usize) -> usize {
    let guess = (value as f64).powf(1.0 / power.max(1) as f64) as usize;
    let fits = |side: usize| {
        (0..power).try_fold(1_usize, |product, _| product.checked_mul(side)).is_some_and(|all| all <= value)
    };
    let from = guess.saturating_add(1);
    (1..=from).rev().take(4).find(|side| fits(*side)).unwrap_or(1)
}

/// A length near `chunk`, no longer, that cuts the axis into pieces of nearly one length.
fn even(length: usize, chunk: usize) -> usize {
    length.max(1).div_ceil(length.max(1).div_ceil(chunk.max(1)))
}

fn shard(chunk: &[usize], shape: &[usize], ceilings: &[usize], (dtype, bytes): (DType, usize)) -> Vec<usize> {
    let mut shard = chunk.to_vec();
    let mut chunks = 1_usize;
    let mut room = bytes / shape::count(chunk).saturating_mul(dtype.bytes()).max(1);
    for axis in (0..shape.len()).rev() {
        let bound = if ceilings[axis] < shape[axis] { ceilings[axis] / chunk[axis] } else { usize::MAX };
        let most = shape[axis].max(1).div_ceil(chunk[axis]).min(bound);
        let fits = room.min(SHARD_CHUNKS / chunks).clamp(1, most.max(1));
        shard[axis] = chunk[axis].saturating_mul(fits);
        (room, chunks) = (room / fits, chunks.saturating_mul(fits));
        if fits < most {
            break;
        }
    }
    shard
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SLAB: usize = 1 << 30;

    #[test]
    fn chunks_are_near_cubes() {
        for (shape, chunk, shard) in [
            (vec![], vec![], vec![]),
            (vec![0], vec![1], vec![1]),
            (vec![10, 7], vec![10, 7], vec![10, 7]),
            (vec![8_000, 8_000], vec![1_000, 1_000], vec![2_000, 8_000]),
            (vec![1 << 30], vec![1 << 20], vec![1 << 24]),
            (vec![24, 1_000, 1_000], vec![24, 200, 200], vec![24, 600, 1_000]),
            (vec![1 << 14, 1 << 14], vec![1024, 1024], vec![1024, 1 << 14]),
        ] {
            let cut = cut(DType::Float64, &shape, SLAB);
            assert_eq!((cut.chunk, cut.shard), (chunk, shard), "{shape:?}");
        }
    }

    #[test]
    fn shards_of_lines_are_as_long_as_those() {
        let cut = |shape: &[usize], along: &[bool]| {
            let cut = cut_in_lines(DType::Float64, shape, along, 32 << 20);
            (cut.chunk, cut.shard)
        };
        assert_eq!(cut(&[12_000, 12_000], &[true, false]), (vec![3000, 349], vec![12_000, 349]));
        assert_eq!(
            cut(&[4, 12_000, 12_000], &[false, true, false]),
            (vec![1, 3000, 349], vec![1, 12_000, 349])
        );
        let all = cut_in_shards(DType::Float64, &[12_000, 12_000], 32 << 20);
        assert_eq!(cut(&[12_000, 12_000], &[true, true]), (all.chunk, all.shard));
    }

    #[test]
    fn chunks_that_others_chose_stay_or_are_put_together_or_cut() {
        for (shape, inner, file, chunk, shard) in [
            // 1 MiB: as it is, and as many in a shard as fit.
            (vec![4096, 4096], vec![256, 512], vec![256, 512], vec![256, 512], vec![4096, 4096]),
            // Shards of others are put together whole.
            (vec![4096, 4096], vec![256, 512], vec![512, 512], vec![256, 512], vec![4096, 4096]),
            // 80 bytes each.
            (vec![4000, 4000], vec![1, 10], vec![1, 10], vec![256, 2560], vec![3072, 5120]),
            // Longer than the array.
            (vec![10, 10], vec![100, 100], vec![100, 100], vec![10, 10], vec![10, 10]),
            (vec![0, 3], vec![5, 1], vec![5, 1], vec![1, 3], vec![1, 3]),
            // 800 MB.
            (
                vec![20_000, 10_000],
                vec![10_000, 10_000],
                vec![10_000, 10_000],
                vec![1000, 1000],
                vec![1000, 10_000],
            ),
        ] {
            let cut = recut(DType::Float64, &shape, (&inner, &file), 64 << 20);
            assert_eq!((cut.chunk, cut.shard), (chunk, shard), "{shape:?} {inner:?}");
        }
    }

    proptest! {
        #[test]
        fn every_shape_is_cut(shape in prop::collection::vec(0_usize..(1 << 22), 0..6), small in 10_usize..30) {
            let slab = 1_usize << small;
            prop_assume!(shape::elements(&shape).is_some());
            for dtype in [DType::UInt8, DType::Float32, DType::Complex128] {
                let Cut { chunk, shard } = cut(dtype, &shape, slab);
                let bytes = shape::count(&chunk) * dtype.bytes();
                prop_assert!(bytes <= CHUNK_BYTES_HIGH, "{chunk:?}");
                prop_assert!(shape::count(&shard) * dtype.bytes() <= SHARD_BYTES.max(bytes));
                prop_assert!(chunk.iter().zip(&shape).all(|(chunk, length)| (1..=(*length).max(1)).contains(chunk)));
                prop_assert!(shard.iter().zip(&chunk).all(|(shard, chunk)| shard % chunk == 0));
                // What one row of shards holds is what is in memory while elements come in their order.
                let first = shard.iter().position(|length| *length > 1).unwrap_or(0);
                let rows: usize = shard.iter().zip(&shape).skip(first).enumerate()
                    .map(|(at, (shard, length))| if at == 0 { *shard.min(length) } else { *length }).product();
                prop_assert!(rows * dtype.bytes() <= slab.max(dtype.bytes()), "{shard:?} of {shape:?} in {slab}");
            }
        }
    }
}
