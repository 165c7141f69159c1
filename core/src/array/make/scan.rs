//! Along an axis, each element with those before it.

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Limits, Meta, Rows, Rule, Sweep};
use super::super::grid::Region;
use super::super::kernels::number::Number;
use super::super::kernels::{map, numbers, pick};
use super::super::part::Boxes;
use super::super::{shape, tiling};
use super::coarse::totals;
use super::elementwise::{Both, Operand, Scalar, astype, binary, full};
use super::reduce::summed;
use super::structure::{concat, moveaxis, part};

/// Sums or products of the elements so far.
pub fn cumulative(
    op: &'static str,
    x: &Array,
    axis: Option<i64>,
    dtype: Option<DType>,
    initial: bool,
    product: bool,
) -> Result<Array, Error> {
    let axis = match (axis, x.axes()) {
        (Some(axis), axes) => shape::axis(op, axis, axes)?,
        (None, 1) => 0,
        (None, _) => return Err(Error::refused(op, "needs an axis where the array has more than one")),
    };
    let dtype = dtype.unwrap_or_else(|| summed(x.dtype()));
    if dtype == DType::Bool {
        return Err(Error::DType { op, takes: "numbers", dtype });
    }
    let (x, scan) = (astype(x, dtype)?, Scan { op, axis, product });
    let way = move |inputs: &[Array], limits: Limits| {
        let [x] = inputs else { return Err(Error::Defect(op)) };
        let made = match scan.block(x, limits) {
            Some(_) if scan.product && !x.dtype().is_integer() => scan.swept(x, limits),
            Some(block) => scan.blocks(x, block),
            None => scan.lines(x),
        };
        Ok(vec![made?])
    };
    let made = scan.lines(&x)?.with_rule(Rule::Instead(Box::new(way)));
    if !initial {
        return Ok(made);
    }
    let mut first = x.shape().to_vec();
    first[axis] = 1;
    let first = full(op, &first, Scalar::Int(product.into()), dtype)?;
    concat(op, &[first, made], Some(axis as i64))
}

/// Sums or products so far, along an axis.
#[derive(Clone, Copy)]
struct Scan {
    op: &'static str,
    axis: usize,
    product: bool,
}

/// Rows of a block, at the least: its total is one row more to read and to hold.
const BLOCK_ROWS: usize = 16;
/// Blocks, at the most.
const BLOCKS: usize = 1 << 10;

impl Scan {
    /// All at once, or line by line.
    fn lines(self, x: &Array) -> Result<Array, Error> {
        let Self { op, axis, product } = self;
        let dtype = x.dtype();
        let made = Array::whole(op, vec![x.clone()], x.meta().clone(), move |chunks| {
            let form = form(&chunks[0].shape, axis);
            numbers!(dtype, T => {
                let values = chunks[0].values::<T>()?;
                Ok(match product {
                    true => scanned(values, form, T::one(), T::mul),
                    false => scanned(values, form, T::default(), T::add),
                })
            })
            .ok_or(Error::Defect(op))?
        })?;
        Ok(made.with_rule(Rule::Lines(vec![axis])))
    }

    /// How many rows are worked on at a time where lines are not: there is no room for one, or for all that a chunk of what
    /// is stored has.
    fn block(self, x: &Array, limits: Limits) -> Option<usize> {
        let Limits { box_bytes, .. } = limits;
        let (rows, width) = (x.shape()[self.axis], x.dtype().bytes() as u64);
        let chunk = tiling::chunks(x).unwrap_or_else(|| vec![1; x.axes()]);
        let is_packed = Boxes::load(x, &Region::whole(x.shape())).unpacked > 0;
        let own = chunk[self.axis].max(1);
        let beside = if is_packed { (shape::count(&chunk) / own).max(1) } else { 1 };
        let row = width.saturating_mul(beside as u64);
        let line = row.saturating_mul(rows as u64);
        if x.meta().bytes() <= box_bytes || (limits.fit_line(line) && line <= box_bytes.max(limits.held / 8))
        {
            return None;
        }
        let fit = usize::try_from(box_bytes / 4 / row).unwrap_or(usize::MAX);
        let block = fit.max(BLOCK_ROWS).max(rows.div_ceil(BLOCKS));
        let block = if block > own { block - block % own } else { own };
        (block <= rows / 2).then_some(block)
    }

    /// Row by row, each with the one before it.
    fn swept(self, x: &Array, limits: Limits) -> Result<Array, Error> {
        let Self { op, axis, .. } = self;
        let rows = moveaxis(op, x, &[axis as i64], &[0])?;
        let row = (rows.meta().bytes() / (rows.shape()[0] as u64).max(1)).max(1);
        let piece = usize::try_from(limits.box_bytes / 4 / row)
            .unwrap_or(usize::MAX)
            .clamp(1, rows.shape()[0].max(1));
        let output = rows.meta().clone();
        let made = Array::swept(op, vec![rows], output.clone(), Rowwise { op, output, piece })?;
        moveaxis(op, &made, &[0], &[axis as i64])
    }

    /// Block by block: the lines of each, and the total of those before it added to them.
    fn blocks(self, x: &Array, block: usize) -> Result<Array, Error> {
        let Self { op, axis, product } = self;
        let rows = x.shape()[axis];
        let before = (rows - 1) / block;
        let mut by = vec![1; x.axes()];
        by[axis] = block;
        // Each is read by all blocks behind it.
        let totals = totals(op, &part(op, x, axis, 0, before * block)?, by, product)?.once(None, None);
        let so_far = cumulative(op, &totals, Some(axis as i64), Some(x.dtype()), false, product)?;
        let so_far = so_far.once(None, None);
        let with = if product { map::multiply } else { map::add };
        let blocks = (0..=before).map(|number| {
            let start = number * block;
            let lines = self.lines(&part(op, x, axis, start as isize, block.min(rows - start))?)?;
            match number.checked_sub(1) {
                None => Ok(lines),
                Some(last) => {
                    let before = part(op, &so_far, axis, last as isize, 1)?;
                    binary(op, with, Both::As("numbers"), Operand::Array(before), Operand::Array(lines))
                }
            }
        });
        concat(op, &blocks.collect::<Result<Vec<_>, Error>>()?, Some(axis as i64))
    }
}

/// Products so far of rows, which lie along the first axis: each goes on with the one before, as that of a block alone may be
/// beyond all numbers, or nothing, where both together are neither.
struct Rowwise {
    op: &'static str,
    output: Meta,
    /// How many are read at a time.
    piece: usize,
}

impl Sweep for Rowwise {
    fn sweep(&self, read: &Rows<'_>, write: &mut dyn FnMut(Data) -> Result<(), Error>) -> Result<(), Error> {
        let rows = self.output.shape.first().copied().unwrap_or(0);
        let mut before: Option<Chunk> = None;
        for start in (0..rows).step_by(self.piece) {
            let chunk = read(0, start, self.piece.min(rows - start))?;
            let made = numbers!(self.output.dtype, T => {
                let (mut made, width) = (chunk.values::<T>()?.to_vec(), self.output.len() / rows);
                let last = before.as_ref().map(Chunk::values::<T>).transpose()?.unwrap_or_default();
                made.iter_mut().zip(last).for_each(|(value, last)| *value = last.mul(*value));
                for at in width..made.len() {
                    made[at] = made[at - width].mul(made[at]);
                }
                before = Some(Chunk::new([width], T::data(made[made.len() - width..].to_vec())));
                Ok::<_, Error>(T::data(made))
            });
            write(made.ok_or(Error::Defect(self.op))??)?;
        }
        Ok(())
    }

    fn rows(&self) -> usize {
        self.piece
    }

    fn bytes(&self) -> u64 {
        // A piece as it is made, and the last of its rows.
        self.output
            .bytes()
            .checked_div(self.output.shape.first().copied().unwrap_or(0) as u64)
            .map_or(0, |row| row.saturating_mul(self.piece as u64).saturating_add(row.saturating_mul(2)))
    }
}

/// How long a line is, and how many elements of others are between two of it.
fn form(shape: &[usize], axis: usize) -> (usize, usize) {
    (shape[axis], shape[axis + 1..].iter().product())
}

fn scanned<T: Element>(
    values: &[T],
    (rows, inner): (usize, usize),
    zero: T,
    with: impl Fn(T, T) -> T + Send + Sync,
) -> Data {
    let mut out = vec![zero; values.len()];
    let block = rows * inner;
    let one = |outer: usize, out: &mut [T]| {
        let (values, mut sums) = (&values[outer * block..(outer + 1) * block], vec![zero; inner]);
        for (number, (row, values)) in out.chunks_mut(inner).zip(values.chunks(inner)).enumerate() {
            for ((slot, sum), value) in row.iter_mut().zip(&mut sums).zip(values) {
                // The first is as it is: added to 0, -0.0 would be another.
                *sum = if number == 0 { *value } else { with(*sum, *value) };
                *slot = *sum;
            }
        }
    };
    if block > 0 {
        apart::rows(values.len(), &mut out, block, &one);
    }
    T::data(out)
}

/// How often differences of differences are taken, at most.
const TIMES_MAX: u32 = 1 << 12;

/// Each element less the one before it, `times` over.
pub fn diff(
    x: &Array,
    axis: i64,
    times: i64,
    before: Option<Array>,
    after: Option<Array>,
) -> Result<Array, Error> {
    differences(x, axis, times, [before, after], &|high, low| {
        let less = if high.dtype() == DType::Bool { map::not_equal } else { map::subtract };
        binary("diff", less, Both::As("numbers"), Operand::Array(high), Operand::Array(low))
    })
}

/// The same of elements of which `less` makes the differences of two arrays.
pub fn differences(
    x: &Array,
    axis: i64,
    times: i64,
    [before, after]: [Option<Array>; 2],
    less: &dyn Fn(Array, Array) -> Result<Array, Error>,
) -> Result<Array, Error> {
    let op = "diff";
    let at = shape::axis(op, axis, x.axes())?;
    let fits = u32::try_from(times).ok().filter(|times| *times <= TIMES_MAX);
    let times =
        fits.ok_or_else(|| Error::refused(op, format!("is taken 0 to {TIMES_MAX} times, not {times}")))?;
    if times == 0 {
        return Ok(x.clone());
    }
    let all: Vec<Array> = before.into_iter().chain([x.clone()]).chain(after).collect();
    let mut x = if all.len() > 1 { concat(op, &all, Some(axis))? } else { x.clone() };
    for _ in 0..times {
        let length = x.shape()[at];
        if length == 0 {
            return Ok(x);
        }
        x = less(part(op, &x, at, 1, length - 1)?, part(op, &x, at, 0, length - 1)?)?;
    }
    Ok(x)
}
