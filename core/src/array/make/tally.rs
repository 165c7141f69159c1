//! How many fall where: one pass on all threads, each piece with counts of its own, added up in the order of pieces.

use std::ops::{AddAssign, Range};
use std::sync::Arc;

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::Data;
use super::super::error::Error;
use super::super::fold::{Folding, Folds, Form, Parts, known, seen};
use super::super::fuse::{Reader, TILE};
use super::super::graph::{Array, Chunk, Meta};
use super::super::kernels::{pick, reals};
use super::super::shape;
use super::elementwise::astype;
use super::rank::Key;

/// Elements of a piece, at least: a shape alone decides where pieces end, so that sums do not depend on threads.
const PIECE: usize = 1 << 18;
/// Elements that are read as real numbers at once.
const BLOCK: usize = 1 << 12;

/// What `count` adds up in `slots` slots, over `len` elements in pieces.
pub(super) fn tallied<C: AddAssign + Copy + Default + Send>(
    len: usize,
    slots: usize,
    count: impl Fn(Range<usize>, &mut [C]) -> Result<(), Error> + Send + Sync,
) -> Result<Vec<C>, Error> {
    let piece = PIECE.max(slots.saturating_mul(4));
    let one = |at: usize| {
        let mut counts = vec![C::default(); slots];
        count(at * piece..((at + 1) * piece).min(len), &mut counts)?;
        Ok::<_, Error>(counts)
    };
    let pieces: Vec<Vec<C>> = apart::made(len.div_ceil(piece), &one).into_iter().collect::<Result<_, _>>()?;
    let mut pieces = pieces.into_iter();
    let mut sum = pieces.next().unwrap_or_else(|| vec![C::default(); slots]);
    for other in pieces {
        sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
    }
    Ok(sum)
}

/// Has `each` see the elements of a range as real numbers, block by block: the number of the first, and the block.
pub(super) fn blocks(
    chunk: &Chunk,
    range: Range<usize>,
    each: &mut dyn FnMut(usize, &[f64]),
) -> Result<(), Error> {
    if let Data::Float64(values) = &*chunk.data {
        each(range.start, &values[range]);
        return Ok(());
    }
    reals!(chunk.data.dtype(), T => {
        let mut buffer = [0.0; BLOCK];
        for (number, block) in chunk.values::<T>()?[range.clone()].chunks(BLOCK).enumerate() {
            buffer.iter_mut().zip(block).for_each(|(wide, value)| *wide = value.wide());
            each(range.start + number * BLOCK, &buffer[..block.len()]);
        }
        Ok(())
    })
    .ok_or(Error::Defect("blocks"))?
}

/// The same of what is read tile by tile, elements of that dtype.
pub(super) fn tiles(
    reader: &Reader<'_>,
    dtype: DType,
    range: Range<usize>,
    each: &mut dyn FnMut(&[f64]),
) -> Result<(), Error> {
    let tile = |start: usize| TILE.min(range.end - start);
    if dtype == DType::Float64 {
        let mut reading = reader.tiles::<f64>();
        for start in range.clone().step_by(TILE) {
            each(reading.values(start, tile(start))?);
        }
        return Ok(());
    }
    reals!(dtype, T => {
        let (mut reading, mut buffer) = (reader.tiles::<T>(), [0.0; TILE]);
        for start in range.clone().step_by(TILE) {
            let values = reading.values(start, tile(start))?;
            buffer.iter_mut().zip(values).for_each(|(wide, value)| *wide = value.wide());
            each(&buffer[..values.len()]);
        }
        Ok(())
    })
    .ok_or(Error::Defect("tiles"))?
}

/// All of what is read, elements of that dtype, as real numbers.
pub(super) fn read_whole(reader: &Reader<'_>, dtype: DType) -> Result<Vec<f64>, Error> {
    let mut values = Vec::with_capacity(shape::count(reader.shape()));
    tiles(reader, dtype, 0..shape::count(reader.shape()), &mut |tile| values.extend_from_slice(tile))?;
    Ok(values)
}

/// The least and the greatest element of an array of real numbers, as an array of two: NaN where one is.
pub(super) fn ends(op: &'static str, x: &Array) -> Result<Array, Error> {
    let folding = Folding { first: 0, end: x.axes(), kept: Vec::new(), folds: Arc::new(Ends(x.dtype())) };
    Array::fold(op, vec![x.clone()], Meta::new(DType::Float64, [2]), folding)
}

/// The least and the greatest element, of that dtype.
struct Ends(DType);

impl Folds for Ends {
    fn parts(&self, readers: &[Reader<'_>], _: Form) -> Result<Parts, Error> {
        let reader = readers.first().ok_or(Error::Defect("extremes"))?;
        let len = shape::count(reader.shape());
        let one = |at: usize| {
            let mut found = NOTHING;
            let range = at * PIECE..((at + 1) * PIECE).min(len);
            tiles(reader, self.0, range, &mut |tile| found = wider(found, extremes_of(tile)))?;
            Ok::<_, Error>(found)
        };
        let mut all = NOTHING;
        for found in apart::made(len.div_ceil(PIECE), &one) {
            all = wider(all, found?);
        }
        Ok(Box::new(all))
    }

    fn join(&self, one: Parts, other: Parts) -> Result<Parts, Error> {
        Ok(Box::new(wider(*known::<Extremes>(one)?, *known::<Extremes>(other)?)))
    }

    fn finish(&self, parts: Parts) -> Result<Data, Error> {
        let (low, high, gap) = *known::<Extremes>(parts)?;
        Ok(Data::Float64(if gap { vec![f64::NAN; 2] } else { vec![low, high] }))
    }

    fn noted(&self, parts: &Parts) -> Result<Vec<Data>, Error> {
        let (low, high, gap) = *seen::<Extremes>(parts)?;
        Ok(vec![Data::Float64(vec![low, high]), Data::Bool(vec![gap])])
    }

    fn taken_up(&self, rows: &[Data]) -> Result<Parts, Error> {
        let [Data::Float64(ends), Data::Bool(gap)] = rows else { return Err(Error::Defect("extremes")) };
        match (&**ends, &**gap) {
            ([low, high], [gap]) => Ok(Box::new((*low, *high, *gap))),
            _ => Err(Error::Defect("extremes")),
        }
    }
}

/// The least, the greatest, and whether one is NaN.
type Extremes = (f64, f64, bool);

/// Those of no elements.
const NOTHING: Extremes = (f64::INFINITY, f64::NEG_INFINITY, false);

fn wider(a: Extremes, b: Extremes) -> Extremes {
    (a.0.min(b.0), a.1.max(b.1), a.2 | b.2)
}

/// Eight at a time, so that no comparison waits for the one before.
fn extremes_of(block: &[f64]) -> Extremes {
    let (mut low, mut high, mut gaps) = ([f64::INFINITY; 8], [f64::NEG_INFINITY; 8], [false; 8]);
    let (eights, rest) = block.as_chunks::<8>();
    for eight in eights {
        for lane in 0..8 {
            let value = eight[lane];
            low[lane] = if value < low[lane] { value } else { low[lane] };
            high[lane] = if value > high[lane] { value } else { high[lane] };
            gaps[lane] |= value.is_nan();
        }
    }
    let lanes = low.into_iter().zip(high).zip(gaps).map(|((low, high), gap)| (low, high, gap));
    let rest = rest.iter().map(|value| (*value, *value, value.is_nan()));
    lanes.chain(rest).fold(NOTHING, wider)
}

/// Counts or sums.
pub(super) enum Tally {
    Counts(Vec<i64>),
    Sums(Vec<f64>),
}

/// Those of two boxes together.
pub(super) fn joined(one: Parts, other: Parts) -> Result<Parts, Error> {
    let mut one = known::<Tally>(one)?;
    match (&mut *one, *known::<Tally>(other)?) {
        (Tally::Counts(one), Tally::Counts(other)) => {
            one.iter_mut().zip(other).for_each(|(one, other)| *one += other);
        }
        (Tally::Sums(one), Tally::Sums(other)) => {
            one.iter_mut().zip(other).for_each(|(one, other)| *one += other);
        }
        _ => return Err(Error::Defect("fold")),
    }
    Ok(one)
}

impl Tally {
    /// The one row that it is.
    pub(super) fn noted(parts: &Parts) -> Result<Vec<Data>, Error> {
        Ok(vec![match seen::<Self>(parts)? {
            Self::Counts(counts) => Data::Int64(counts.clone()),
            Self::Sums(sums) => Data::Float64(sums.clone()),
        }])
    }

    /// What that row is.
    pub(super) fn taken_up(rows: &[Data]) -> Result<Parts, Error> {
        match rows {
            [Data::Int64(counts)] => Ok(Box::new(Self::Counts(counts.clone()))),
            [Data::Float64(sums)] => Ok(Box::new(Self::Sums(sums.clone()))),
            _ => Err(Error::Defect("fold")),
        }
    }
}

/// The weights as real numbers, if they are of that shape.
pub(super) fn weighing(op: &'static str, weights: &Array, shape: &[usize]) -> Result<Array, Error> {
    if weights.shape() != shape {
        let said = format!("takes a weight for each element: shape {shape:?}, and got {:?}", weights.shape());
        return Err(Error::refused(op, said));
    }
    match weights.dtype().is_real() {
        true => astype(weights, DType::Float64),
        false => Err(Error::DType { op, takes: "real numbers as weights", dtype: weights.dtype() }),
    }
}
