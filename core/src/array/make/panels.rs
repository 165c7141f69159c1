//! Matrices that do not fit into memory, by panels: some columns, all of their rows. Each panel is factorised when what those on
//! its left do to it has been done, and it is the only one in memory: of the others a few rows are read at a time (S. Toledo,
//! "A survey of out-of-core algorithms in numerical linear algebra", 1999). Rows are exchanged as LAPACK's getrf does; what is
//! behind a panel exchanges its rows when it comes to it, so no panel is moved.

use std::ops::Range;

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::{Array, Meta};
use super::super::kernels::map;
use super::super::tiling;
use super::elementwise::{Operand, Scalar, astype, compare, full};
use super::elimination::{Sweeping, Work};
use super::linear::conjugated;
use super::structure::{concat, expand_dims, part, permuted, triangle};

/// Bytes of a panel, of as many that a box has.
const PANEL_BOXES: u64 = 2;
/// Panels of a matrix, at the most: each is read for all that are behind it.
const PANELS_MAX: usize = 256;
/// Bytes of rows that are read at a time, at the most.
const READ_BYTES: usize = 8 << 20;
/// Which part of a panel they are at the most.
const READ_SHARE: usize = 4;

/// How a square matrix is cut into panels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panels {
    /// Rows, and columns.
    pub(super) n: usize,
    /// Columns of a panel; the last one may have fewer.
    pub(super) width: usize,
    pub(super) dtype: DType,
}

impl Panels {
    /// Of a matrix that has more than so many bytes, and is enough for two panels of a few times as many.
    pub(super) fn of(x: &Array, box_bytes: u64) -> Option<Self> {
        let ([rows, n], dtype) = (x.shape(), x.dtype()) else { return None };
        let (rows, n) = (*rows, *n);
        if rows != n || n < 2 || x.meta().bytes() <= box_bytes {
            return None;
        }
        let column = (n as u64).saturating_mul(dtype.bytes() as u64);
        let width = usize::try_from(box_bytes.saturating_mul(PANEL_BOXES) / column).unwrap_or(n);
        let width = width.max(n.div_ceil(PANELS_MAX));
        (width < n).then_some(Self { n, width, dtype })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.n.div_ceil(self.width)
    }

    /// The columns of a panel.
    pub(super) fn columns(&self, number: usize) -> Range<usize> {
        number * self.width..((number + 1) * self.width).min(self.n)
    }

    /// Rows that are read at a time: whole pieces, which have as many as a panel has columns.
    pub(super) fn at_once(&self) -> usize {
        let bytes = (self.panel_bytes() / READ_SHARE).min(READ_BYTES);
        let rows = bytes / self.width.saturating_mul(self.dtype.bytes()).max(1);
        (rows / self.width).max(1) * self.width
    }

    /// Bytes of a panel.
    pub(super) fn panel_bytes(&self) -> usize {
        self.n.saturating_mul(self.width).saturating_mul(self.dtype.bytes())
    }

    /// The matrix, of which no part is computed twice for a panel.
    fn read_by_panels(&self, x: &Array) -> Array {
        match tiling::musts(x).contains(&true) {
            true => x.clone().once(None, None),
            false => x.clone(),
        }
    }

    fn swept(&self, op: &'static str, inputs: Vec<Array>, work: Work, output: Meta) -> Result<Array, Error> {
        let columns = output.shape.get(1).copied().unwrap_or(1);
        Array::swept(op, inputs, output, Sweeping { op, panels: *self, columns, work })
    }

    /// The factors of each panel: as many rows as the matrix has, `u` on and above the diagonal, `l` below, in the order that rows
    /// had then; and one more row that says how they were exchanged.
    fn factors(&self, op: &'static str, x: &Array) -> Result<Vec<Array>, Error> {
        let x = self.read_by_panels(x);
        let mut done: Vec<Array> = Vec::new();
        for number in 0..self.count() {
            let columns = self.columns(number);
            let own = part(op, &x, 1, columns.start as isize, columns.len())?;
            let inputs = [std::slice::from_ref(&own), &done].concat();
            let output = Meta::new(self.dtype, [self.n + 1, columns.len()]);
            done.push(self.swept(op, inputs, Work::Factor(number), output)?);
        }
        Ok(done)
    }

    /// The triangular factor of a positive definite matrix.
    pub(super) fn cholesky(&self, op: &'static str, x: &Array, upper: bool) -> Result<Array, Error> {
        let x = self.read_by_panels(x);
        let mut done: Vec<Array> = Vec::new();
        for number in 0..self.count() {
            let columns = self.columns(number);
            let (first, rows) = (columns.start, self.n - columns.start);
            let below = part(op, &part(op, &x, 0, first as isize, rows)?, 1, first as isize, columns.len())?;
            let inputs = [std::slice::from_ref(&below), &done].concat();
            let output = Meta::new(self.dtype, [rows, columns.len()]);
            done.push(self.swept(op, inputs, Work::Cholesky(number), output)?);
        }
        let lower = self.lower(op, done)?;
        if upper { conjugated(op, &permuted(op, &lower, &[1, 0])?) } else { Ok(lower) }
    }

    /// A lower triangle of what its panels have from the diagonal on.
    fn lower(&self, op: &'static str, panels: Vec<Array>) -> Result<Array, Error> {
        let whole = panels.into_iter().map(|panel| {
            let missing = self.n - panel.shape()[0];
            let above = full(op, &[missing, panel.shape()[1]], Scalar::Int(0), self.dtype)?;
            concat(op, &[above, panel], Some(0))
        });
        concat(op, &whole.collect::<Result<Vec<_>, _>>()?, Some(1))
    }

    /// Permutation, lower and upper triangle.
    pub(super) fn lu(&self, op: &'static str, x: &Array) -> Result<Vec<Array>, Error> {
        let factors = self.factors(op, x)?;
        let lower = (0..self.count()).map(|number| {
            let output =
                Meta::new(self.dtype, [self.n - self.columns(number).start, self.columns(number).len()]);
            self.swept(op, factors[number..].to_vec(), Work::Ordered(number), output)
        });
        let lower = self.lower(op, lower.collect::<Result<_, _>>()?)?;
        let upper = factors.iter().enumerate().map(|(number, factor)| {
            let u = part(op, factor, 0, 0, self.n)?;
            triangle(op, &u, -(self.columns(number).start as i64), false)
        });
        let upper = concat(op, &upper.collect::<Result<Vec<_>, _>>()?, Some(1))?;
        let from = self.swept(op, factors, Work::Order, Meta::new(DType::Int64, [self.n]))?;
        let rows = super::create::arange(Scalar::Int(0), Scalar::Int(self.n as i128), Scalar::Int(1), None)?;
        let (rows, from) = (expand_dims(op, &rows, &[1])?, expand_dims(op, &from, &[0])?);
        let moved = compare(op, map::equal, Operand::Array(rows), Operand::Array(from))?;
        Ok(vec![astype(&moved, self.dtype.real())?, lower, upper])
    }

    /// The pivots, one of each panel with another sign where its exchanges are odd: their product is the determinant.
    pub(super) fn pivots(&self, op: &'static str, x: &Array) -> Result<Array, Error> {
        self.swept(op, self.factors(op, x)?, Work::Pivots, Meta::new(self.dtype, [self.n]))
    }

    /// What the matrix takes to the columns of `b`.
    pub(super) fn solve(&self, op: &'static str, x: &Array, b: &Array) -> Result<Array, Error> {
        let (factors, k) = (self.factors(op, x)?, b.shape()[1]);
        if k == 0 {
            return Ok(b.clone());
        }
        let b = self.read_by_panels(b);
        let solved = (0..k).step_by(self.width).map(|start| {
            let length = self.width.min(k - start);
            let right = part(op, &b, 1, start as isize, length)?;
            let inputs = [std::slice::from_ref(&right), &factors].concat();
            self.swept(op, inputs, Work::Solve, Meta::new(self.dtype, [self.n, length]))
        });
        concat(op, &solved.collect::<Result<Vec<_>, _>>()?, Some(1))
    }
}
