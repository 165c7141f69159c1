//! The product of matrices, which lie on the last two axes, stacked along the others.

use std::ops::Range;

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Boxed, Chunk, Meta, Rule};
use super::super::grid::Region;
use super::super::kernels::number::Number;
use super::super::kernels::{fields, ints, pick};
use super::super::linalg;
use super::super::shape;
use super::super::tiling;
use super::elementwise::astype;
use super::linear::{matrices, with};
use super::reduce::{Along, sum};
use super::structure::{broadcast_to, concat, expand_dims, part, squeeze};

/// Multiplications beyond which a product of two matrices is worth several threads.
const APART: usize = 1 << 20;
/// Bytes of what a product of parts of long inner axes is made of; and how many times as many elements as it has.
const PART_BYTES: usize = 4 << 20;
const PARTS_SHARE: usize = 4;
/// How many times as long as the others an inner axis is that is long.
const LONG: usize = 8;
/// Into how many bands of rows a product is cut, each a task, as long as these have so many rows: the same whatever the threads,
/// and so are the sums.
const BANDS: usize = 4;
const BAND_LOW: usize = 128;
const BAND_HIGH: usize = 512;
/// How long a piece of a matrix is, at the least: shorter ones are multiplied slower.
const PIECE: usize = 512;
/// And one of a matrix that lies in no chunks.
const PIECE_FREE: usize = 1024;
/// Pieces along an axis, at the most.
const PIECES_MAX: usize = 64;

/// The product of matrices; an operand of one axis is a row, or a column.
pub fn matmul(op: &'static str, a: &Array, b: &Array) -> Result<Array, Error> {
    if a.axes() == 0 || b.axes() == 0 {
        return Err(Error::refused(op, "takes vectors and matrices, and got an array without axes"));
    }
    let dtype = a.dtype().promoted(b.dtype());
    if dtype == DType::Bool {
        return Err(Error::DType { op, takes: "numbers", dtype });
    }
    let row = if a.axes() == 1 { expand_dims(op, a, &[0])? } else { a.clone() };
    let column = if b.axes() == 1 { expand_dims(op, b, &[1])? } else { b.clone() };
    let (left_stack, m, k) = matrices(op, &row)?;
    let (right_stack, rows, n) = matrices(op, &column)?;
    if k != rows {
        let said = format!(
            "takes {k} rows on the right for {k} columns on the left: shapes {:?} and {:?}",
            a.shape(),
            b.shape()
        );
        return Err(Error::refused(op, said));
    }
    let stack = shape::broadcast(op, left_stack, right_stack)?;
    let stack_len = shape::count(&stack);
    let left = broadcast_to(op, &astype(&row, dtype)?, &with(&stack, &[m, k]))?;
    let right = broadcast_to(op, &astype(&column, dtype)?, &with(&stack, &[k, n]))?;
    let meta = Meta::new(dtype, with(&stack, &[m, n]));
    let made = Array::whole(op, vec![left, right], meta, move |chunks| {
        let mut out = Data::zeros(dtype, stack_len.saturating_mul(m).saturating_mul(n));
        add_products(&mut out, chunks, (1, 1), [m, n])?;
        Ok(out)
    })?;
    let block = inner_block((m, k, n), dtype.bytes()).filter(|_| stack.is_empty());
    let made = made.with_rule(match block {
        Some(block) => Rule::Instead(Box::new(move |inputs, _| {
            let blocks = (0..k).step_by(block).map(|start| {
                let length = block.min(k - start);
                let (a, b) = (
                    part(op, &inputs[0], 1, start as isize, length)?,
                    part(op, &inputs[1], 0, start as isize, length)?,
                );
                matmul(op, &a, &b)?.reshaped(op, vec![1, m, n])
            });
            let blocks = concat(op, &blocks.collect::<Result<Vec<_>, _>>()?, Some(0))?;
            Ok(vec![sum(&blocks, &Along { axes: Some(vec![0]), keep: false }, Some(dtype))?])
        })),
        None => Rule::Of(Box::new(Product { op, dtype, inner: k })),
    });
    let made = if b.axes() == 1 { squeeze(op, &made, &[-1])? } else { made };
    if a.axes() == 1 { squeeze(op, &made, &[if b.axes() == 1 { -1 } else { -2 }]) } else { Ok(made) }
}

/// How long a part of the inner axis is, where that is a long one and a product of m × k and k × n matrices is a sum of those of parts: each of them
/// then has far fewer elements than what it is made of, and there are two at the least.
fn inner_block((m, k, n): (usize, usize, usize), width: usize) -> Option<usize> {
    let line = m.saturating_add(n);
    let least = m.saturating_mul(n).saturating_mul(PARTS_SHARE).checked_div(line)?;
    let block = (PART_BYTES / line.saturating_mul(width)).max(least).max(1);
    let is_long = k / LONG >= m.max(n);
    (is_long && block <= k / 2).then_some(block)
}

/// The product of stacks of matrices: a box of it is made of rows of the one and columns of the other, piece by piece of the inner
/// axis. Each piece is as the chunks lie, so that those that are in memory are read in place, and no more than a row of pieces of
/// either matrix has to be there at a time.
struct Product {
    op: &'static str,
    dtype: DType,
    inner: usize,
}

impl Boxed for Product {
    fn needs(&self, inputs: &[Array], region: &Region) -> Vec<(usize, Region)> {
        let [left, right] = inputs else { return Vec::new() };
        let (rows, columns) = (region.start.len() - 2, region.start.len() - 1);
        let own = |axis: usize| region.start[axis]..region.start[axis] + region.lengths[axis];
        let around = |input: &Array, axis: usize| match tiling::lying(input, axis) {
            Some(lying) => pieces(lying, own(axis)),
            None => vec![own(axis)],
        };
        let (above, beside) = (around(left, rows), around(right, columns));
        let lying = [tiling::lying(left, columns), tiling::lying(right, rows)];
        let lying = lying.into_iter().flatten().max_by_key(|(chunk, _)| *chunk);
        let piece = |(rows_now, columns_now): (&Range<usize>, &Range<usize>)| {
            let mut piece = region.clone();
            (piece.start[rows], piece.lengths[rows]) = (rows_now.start, rows_now.len());
            (piece.start[columns], piece.lengths[columns]) = (columns_now.start, columns_now.len());
            piece
        };
        let inner = pieces(lying.unwrap_or((PIECE_FREE, 0)), 0..self.inner);
        let with = |inner: &Range<usize>| {
            let left = above.iter().map(|rows| (0, piece((rows, inner))));
            left.chain(beside.iter().map(|columns| (1, piece((inner, columns))))).collect::<Vec<_>>()
        };
        inner.iter().flat_map(with).collect()
    }

    fn make(&self, region: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        let defect = || Error::Defect(self.op);
        let [.., rows, columns] = *region.lengths else { return Err(defect()) };
        let (dtype, len) = (self.dtype, region.count());
        let meta = Meta::new(dtype, region.lengths.clone());
        let mut so_far = Array::whole(self.op, Vec::new(), meta, move |_| Ok(Data::zeros(dtype, len)))?;
        let mut left = &*parts;
        while !left.is_empty() {
            let above = reaching(left, region.lengths.len() - 2, rows).ok_or_else(defect)?;
            let beside = reaching(&left[above..], region.lengths.len() - 1, columns).ok_or_else(defect)?;
            let (now, more) = left.split_at(above + beside);
            left = more;
            so_far = Array::onto(self.op, so_far, now.to_vec(), move |out, chunks| {
                add_products(out, chunks, (above, beside), [rows, columns])
            });
        }
        Ok(so_far)
    }
}

/// How many of the first arrays are so long together along an axis.
fn reaching(arrays: &[Array], axis: usize, length: usize) -> Option<usize> {
    let mut reached = 0;
    let ends = arrays.iter().position(|array| {
        reached += array.shape()[axis];
        reached >= length
    });
    ends.map(|last| last + 1)
}

/// Pieces of a part of an axis that lies in chunks, the first of which begins so much before it: whole chunks.
fn pieces((chunk, before): (usize, usize), part: Range<usize>) -> Vec<Range<usize>> {
    let chunk = chunk.max(1);
    let least = PIECE.max(part.len() / PIECES_MAX);
    let length = chunk.saturating_mul(least.div_ceil(chunk));
    let mut pieces = Vec::new();
    let mut start = part.start;
    while start < part.end {
        let end = (start + before).saturating_add(1).next_multiple_of(length) - before;
        pieces.push(start..end.min(part.end));
        start = end;
    }
    pieces
}

/// Adds a product of stacks of matrices to one of `rows` x `columns`: the first of the chunks are, one below the other, the left
/// ones, so many, the others, side by side, the right ones.
fn add_products(
    out: &mut Data,
    chunks: &[Chunk],
    (above, beside): (usize, usize),
    shape: [usize; 2],
) -> Result<(), Error> {
    let defect = || Error::Defect("a product");
    let (left, right) =
        chunks.split_at_checked(above).filter(|_| chunks.len() == above + beside).ok_or_else(defect)?;
    let dtype = out.dtype();
    let made = fields!(dtype, T => add(out, (left, right), shape, &|out: Target<'_, T>, a: &[T], b: &[T], inner| {
        linalg::add_product((out.values, out.row, out.first), a, b, (inner, out.width));
    }));
    let made = made.or_else(|| ints!(dtype, T => add(out, (left, right), shape, &add_whole::<T>)));
    made.ok_or_else(defect)?
}

/// Where a product is added: from a place in each row on, so many elements.
struct Target<'a, T> {
    values: &'a mut [T],
    row: usize,
    first: usize,
    width: usize,
}

/// Adds a product of so long an inner axis.
type Adds<'a, T> = dyn Fn(Target<'_, T>, &[T], &[T], usize) + Sync + 'a;

/// A matrix, or a stack of some: how many rows and columns, and the elements.
type Piece<'a, T> = (usize, usize, &'a [T]);

fn add<'a, T: Element>(
    out: &mut Data,
    (left, right): (&'a [Chunk], &'a [Chunk]),
    [rows, columns]: [usize; 2],
    product: &Adds<'_, T>,
) -> Result<(), Error> {
    let defect = || Error::Defect("a product");
    let all = |chunks: &'a [Chunk]| chunks.iter().map(piece_of::<T>).collect::<Result<Vec<_>, Error>>();
    let (above, beside) = (all(left)?, all(right)?);
    let (_, inner, _) = *above.first().ok_or_else(defect)?;
    let work = rows.saturating_mul(inner).saturating_mul(columns);
    let band = match work <= APART || rows <= BAND_LOW {
        true => rows,
        false => (rows / BANDS).clamp(BAND_LOW, BAND_HIGH),
    };
    let out = T::of_mut(out.slice_mut()).ok_or_else(defect)?;
    // Of a stack one matrix after the other.
    for (at, out) in out.chunks_mut((rows * columns).max(1)).enumerate() {
        apart::chunks(out, band * columns, &|number, out| {
            let (first, mut top) = (number * band, 0);
            let end = first + out.len() / columns;
            for (height, _, values) in &above {
                let own = top.max(first)..(top + height).min(end);
                if !own.is_empty() {
                    let values = &values[at * height * inner..];
                    let values = &values[(own.start - top) * inner..(own.end - top) * inner];
                    let out = &mut out[(own.start - first) * columns..(own.end - first) * columns];
                    let mut first = 0;
                    for (_, width, right) in &beside {
                        let right = &right[at * inner * width..(at + 1) * inner * width];
                        product(
                            Target { values: out, row: columns, first, width: *width },
                            values,
                            right,
                            inner,
                        );
                        first += width;
                    }
                }
                top += height;
            }
        });
    }
    Ok(())
}

fn piece_of<T: Element>(chunk: &Chunk) -> Result<Piece<'_, T>, Error> {
    match *chunk.shape {
        [.., rows, columns] => Ok((rows, columns, chunk.values::<T>()?)),
        _ => Err(Error::Defect("a product")),
    }
}

fn add_whole<T: Number>(out: Target<'_, T>, a: &[T], b: &[T], inner: usize) {
    for (row, out_row) in out.values.chunks_mut(out.row.max(1)).enumerate() {
        let out_row = &mut out_row[out.first..out.first + out.width];
        for at in 0..inner {
            let factor = a[row * inner + at];
            let line = &b[at * out.width..(at + 1) * out.width];
            out_row.iter_mut().zip(line).for_each(|(out, value)| *out = out.add(factor.mul(*value)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_where_chunks_do() {
        assert_eq!(pieces((1000, 0), 0..2500), [0..1000, 1000..2000, 2000..2500]);
        assert_eq!(pieces((1000, 300), 100..1800), [100..700, 700..1700, 1700..1800]);
        // Short chunks together, and long ones as they are.
        assert_eq!(pieces((100, 0), 0..1300), [0..600, 600..1200, 1200..1300]);
        assert_eq!(pieces((5000, 0), 10..4000).first(), Some(&(10..4000)));
        assert!(pieces((1, 0), 0..0).is_empty());
        assert_eq!(pieces((1000, 0), 0..1_000_000).len(), 63);
    }
}
