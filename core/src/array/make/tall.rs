//! Factors of a matrix that has far more rows than columns, by blocks of rows: of each block its own, and then those of the
//! blocks' triangles, one below the other (Demmel, Grigori, Hoemmen and Langou, "Communication-optimal parallel and
//! sequential QR and LU factorizations", 2012). A block's orthonormal columns are made of its own and of its part of the
//! triangles' (Benson, Gleich and Demmel, "Direct QR factorizations for tall-and-skinny matrices in MapReduce
//! architectures", 2013), so they are orthonormal however ill conditioned the matrix is.

use super::super::apart;
use super::super::element::Element;
use super::super::error::Error;
use super::super::graph::{Array, Boxed, Chunk, Meta, Rule};
use super::super::grid::Region;
use super::super::kernels::{fields, pick};
use super::super::linalg::{self, Mode};
use super::super::part::cut;
use super::factors::qr;

/// A block has so many times as many rows as columns at the least: the triangles are so much smaller than the matrix.
const TALL: usize = 4;
/// Bytes that a block has at the least, and at the most where that are rows enough.
const BLOCK_BYTES: [usize; 2] = [2 << 20, 8 << 20];
/// Bytes that the triangles should have together at the most.
const TRIANGLES_BYTES: usize = 64 << 20;

/// Which way a matrix is far longer than the other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Long {
    /// It has many rows: so many are a block.
    Rows(usize),
    /// It has many columns.
    Columns,
}

/// Whether the array is one matrix of which blocks are factorised, and which way it is cut.
pub(super) fn long(x: &Array) -> Option<Long> {
    let [m, n] = *x.shape() else { return None };
    let width = x.dtype().bytes();
    let columns = || block(&[n, m], width).map(|_| Long::Columns);
    block(&[m, n], width).map(Long::Rows).or_else(columns)
}

/// How many rows a block of the matrix has; nothing where it is no tall one, or has too few rows for two blocks.
pub(super) fn block(shape: &[usize], width: usize) -> Option<usize> {
    let [m, n] = *shape else { return None };
    let row = n.checked_mul(width).filter(|row| *row > 0)?;
    let [least, most] = BLOCK_BYTES.map(|bytes| (bytes / row).max(n.saturating_mul(TALL)));
    let blocks = (TRIANGLES_BYTES / row.saturating_mul(n)).max(1);
    let rows = m.div_ceil(blocks).clamp(least, most);
    (rows <= m / 2).then_some(rows)
}

/// Orthonormal columns, and the triangle that makes the matrix of them, by blocks of so many rows.
pub(super) fn factors(op: &'static str, x: &Array, rows: usize) -> Result<[Array; 2], Error> {
    let heads = heads(op, x, rows)?.once(None, None);
    let [blocks, n, _] = *heads.shape() else { return Err(Error::Defect(op)) };
    let made = qr(op, &heads.reshaped(op, vec![blocks * n, n])?, false)?;
    let [second, r] = <[Array; 2]>::try_from(made).map_err(|_| Error::Defect(op))?;
    Ok([columns(op, x, &second.reshaped(op, vec![blocks, n, n])?, rows)?, r])
}

/// The triangle of each block, with zeros below where the last one has fewer rows than columns.
fn heads(op: &'static str, x: &Array, rows: usize) -> Result<Array, Error> {
    let [m, n] = *x.shape() else { return Err(Error::Defect(op)) };
    let (dtype, blocks) = (x.dtype(), m.div_ceil(rows));
    let made = Array::whole(op, vec![x.clone()], Meta::new(dtype, [blocks, n, n]), move |chunks| {
        fields!(dtype, T => {
            let values = chunks[0].values::<T>()?;
            let one = |at: usize| {
                let block = block_of(values, at, rows * n);
                let mut r = linalg::qr_triangle(block, block.len() / n, n);
                r.resize(n * n, T::default());
                r
            };
            Ok(T::data(apart::made(blocks, &one).concat()))
        })
        .ok_or(Error::Defect(op))?
    })?;
    Ok(made.with_rule(Rule::Of(Box::new(Heads { op, m, n, rows }))))
}

/// The orthonormal columns: of each block its own, times its part of the triangles'.
fn columns(op: &'static str, x: &Array, second: &Array, rows: usize) -> Result<Array, Error> {
    let [m, n] = *x.shape() else { return Err(Error::Defect(op)) };
    let dtype = x.dtype();
    let made = Array::whole(op, vec![x.clone(), second.clone()], x.meta().clone(), move |chunks| {
        fields!(dtype, T => made_columns::<T>(&chunks[0], &chunks[1], (rows, n))).ok_or(Error::Defect(op))?
    })?;
    Ok(made.with_rule(Rule::Of(Box::new(Columns { op, m, n, rows }))))
}

fn made_columns<T: linalg::Scalar + Element>(
    x: &Chunk,
    second: &Chunk,
    (rows, n): (usize, usize),
) -> Result<super::super::element::Data, Error> {
    let (values, second) = (x.values::<T>()?, second.values::<T>()?);
    let one = |at: usize| {
        let block = block_of(values, at, rows * n);
        let height = block.len() / n;
        let own = linalg::qr(block, height, n, Mode::Reduced).q;
        let inner = height.min(n);
        let part = &second[at * n * n..at * n * n + inner * n];
        linalg::matmul(&own, height, inner, part, n)
    };
    Ok(T::data(apart::made(values.len().div_ceil(rows * n), &one).concat()))
}

fn block_of<T>(values: &[T], at: usize, length: usize) -> &[T] {
    &values[at * length..((at + 1) * length).min(values.len())]
}

/// A matrix of m rows and n columns in blocks: what it has of some of them.
fn rows_of((m, n): (usize, usize), rows: usize, blocks: (usize, usize)) -> Region {
    let (start, end) = (blocks.0 * rows, (blocks.1 * rows).min(m));
    Region { start: vec![start, 0], lengths: vec![end - start, n] }
}

/// A box of the triangles is made of the blocks that they are of.
struct Heads {
    op: &'static str,
    m: usize,
    n: usize,
    rows: usize,
}

impl Boxed for Heads {
    fn needs(&self, _: &[Array], region: &Region) -> Vec<(usize, Region)> {
        let blocks = (region.start[0], region.start[0] + region.lengths[0]);
        vec![(0, rows_of((self.m, self.n), self.rows, blocks))]
    }

    fn make(&self, region: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        let [x] = &*parts else { return Err(Error::Defect(self.op)) };
        let start = vec![0, region.start[1], region.start[2]];
        cut(&heads(self.op, x, self.rows)?, &Region { start, lengths: region.lengths.clone() })
    }
}

/// A box of the columns is made of the blocks that it touches.
struct Columns {
    op: &'static str,
    m: usize,
    n: usize,
    rows: usize,
}

impl Columns {
    fn blocks(&self, region: &Region) -> (usize, usize) {
        (region.start[0] / self.rows, (region.start[0] + region.lengths[0]).div_ceil(self.rows))
    }
}

impl Boxed for Columns {
    fn needs(&self, _: &[Array], region: &Region) -> Vec<(usize, Region)> {
        let blocks = self.blocks(region);
        let second =
            Region { start: vec![blocks.0, 0, 0], lengths: vec![blocks.1 - blocks.0, self.n, self.n] };
        vec![(0, rows_of((self.m, self.n), self.rows, blocks)), (1, second)]
    }

    fn make(&self, region: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        let [x, second] = &*parts else { return Err(Error::Defect(self.op)) };
        let start = vec![region.start[0] - self.blocks(region).0 * self.rows, region.start[1]];
        let made = columns(self.op, x, second, self.rows)?;
        cut(&made, &Region { start, lengths: region.lengths.clone() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn blocks_are_tall_and_their_triangles_few() {
        assert_eq!(block(&[1 << 20, 100], 8), Some(2621));
        // More rows in a block where there would be too many triangles.
        assert_eq!(block(&[10 << 20, 100], 8), Some(10485));
        assert_eq!(block(&[1 << 20, 1000], 8), Some(4000));
        // Two blocks at the least.
        assert_eq!(block(&[5241, 100], 8), None);
        assert_eq!(block(&[5242, 100], 8), Some(2621));
        for no in [&[100, 100][..], &[100], &[100, 0], &[0, 3], &[2, 100_000, 3]] {
            assert_eq!(block(no, 8), None, "{no:?}");
        }
    }
}
