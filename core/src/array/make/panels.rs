//! Matrices that do not fit into memory, by panels: some columns, all of their rows. Each panel is factorised when what those on
//! its left do to it has been done, and it is the only one in memory: of the others a few rows are read at a time (S. Toledo,
//! "A survey of out-of-core algorithms in numerical linear algebra", 1999). Rows are exchanged as LAPACK's getrf does; what is
//! behind a panel exchanges its rows when it comes to it, so no panel is moved.

use std::ops::Range;

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Meta, Rows, Sweep};
use super::super::kernels::{fields, map, pick};
use super::super::linalg::{self, Scalar as Field, panels as made};
use super::super::tiling;
use super::elementwise::{Operand, Scalar, astype, compare, full};
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
/// Rows of a panel that one task works on: the same whatever the threads, and so are the sums.
const BAND: usize = 128;

/// How a square matrix is cut into panels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panels {
    n: usize,
    /// Columns of a panel; the last one may have fewer.
    width: usize,
    dtype: DType,
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

    fn count(&self) -> usize {
        self.n.div_ceil(self.width)
    }

    /// The columns of a panel.
    fn columns(&self, number: usize) -> Range<usize> {
        number * self.width..((number + 1) * self.width).min(self.n)
    }

    /// Rows that are read at a time: whole pieces, which have as many as a panel has columns.
    fn at_once(&self) -> usize {
        let bytes = (self.panel_bytes() / READ_SHARE).min(READ_BYTES);
        let rows = bytes / self.width.saturating_mul(self.dtype.bytes()).max(1);
        (rows / self.width).max(1) * self.width
    }

    fn panel_bytes(&self) -> usize {
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

/// What is made of panels in one go.
#[derive(Clone, Copy, Debug)]
enum Work {
    /// The factors of the panel of that number, of its columns and of the factors before.
    Factor(usize),
    /// The same of a positive definite matrix, from the diagonal on.
    Cholesky(usize),
    /// What a panel has of the lower triangle, with its rows in their last order; of its factors and of those behind.
    Ordered(usize),
    /// The row of the matrix that each row of the triangles is of.
    Order,
    /// The diagonal of the upper triangle.
    Pivots,
    /// The solution, of the right side and of all factors.
    Solve,
}

struct Sweeping {
    op: &'static str,
    panels: Panels,
    /// Of what is made.
    columns: usize,
    work: Work,
}

impl Sweep for Sweeping {
    fn sweep(&self, read: &Rows<'_>, write: &mut dyn FnMut(Data) -> Result<(), Error>) -> Result<(), Error> {
        let Self { op, panels, .. } = *self;
        if let Work::Order = self.work {
            let order = fields!(panels.dtype, T => Reading { panels, read }.order::<T>());
            return write(Data::Int64(order.ok_or(Error::Defect(op))??));
        }
        fields!(panels.dtype, T => {
            let made = self.made::<T>(&Reading { panels, read })?;
            made.chunks(self.rows() * self.columns).try_for_each(|piece| write(T::data(piece.to_vec())))
        })
        .ok_or(Error::Defect(op))?
    }

    fn rows(&self) -> usize {
        match self.work {
            Work::Order | Work::Pivots => self.panels.n,
            _ => self.panels.width,
        }
    }

    fn reads(&self) -> usize {
        self.panels.at_once()
    }

    fn bytes(&self) -> u64 {
        // The panel, and while it is factorised the same by columns, before and after; and corners likewise.
        let corner =
            self.panels.width.saturating_mul(self.panels.width).saturating_mul(self.panels.dtype.bytes());
        self.panels.panel_bytes().saturating_mul(3).saturating_add(corner.saturating_mul(4)) as u64
    }
}

impl Sweeping {
    fn made<T: Field + Element>(&self, reading: &Reading<'_>) -> Result<Vec<T>, Error> {
        let (op, columns) = (self.op, self.columns);
        let failed = |source: linalg::Error| Error::Matrix { op, source };
        match self.work {
            Work::Factor(number) => {
                let mut panel = reading.all::<T>(0, 0..reading.panels.n)?;
                (0..number)
                    .try_for_each(|at| reading.forward(at, at + 1, &mut panel, columns).map(|_| ()))?;
                let exchanges = made::lu(&mut panel, columns, reading.panels.columns(number).start);
                panel.extend(exchanges);
                Ok(panel)
            }
            Work::Cholesky(number) => {
                let first = reading.panels.columns(number).start;
                let mut panel = reading.all::<T>(0, 0..reading.panels.n - first)?;
                (0..number).try_for_each(|at| reading.left(at, first, &mut panel, columns))?;
                let (top, below) = panel.split_at_mut(columns * columns);
                made::cholesky(top, columns, first).map_err(failed)?;
                apart::chunks(below, BAND * columns, &|_, band| {
                    made::solve_adjoint_right(top, band, columns)
                });
                Ok(panel)
            }
            Work::Ordered(number) => reading.ordered(number, columns),
            Work::Pivots => reading.pivots(),
            Work::Solve => {
                let mut panel = reading.all::<T>(0, 0..reading.panels.n)?;
                for at in 0..reading.panels.count() {
                    let corner = reading.forward(at, at + 1, &mut panel, columns)?;
                    let width = reading.panels.columns(at).len();
                    if let Some(pivot) = made::zero_pivot(&corner, width) {
                        let pivot = reading.panels.columns(at).start + pivot;
                        return Err(failed(linalg::Error::Singular { pivot }));
                    }
                }
                (0..reading.panels.count()).rev().try_for_each(|at| reading.back(at, &mut panel, columns))?;
                Ok(panel)
            }
            Work::Order => Err(Error::Defect(op)),
        }
    }
}

/// Reads panels, some rows at a time.
struct Reading<'a> {
    panels: Panels,
    read: &'a Rows<'a>,
}

impl Reading<'_> {
    /// The rows of a panel, in pieces that begin where those begin in which it lies.
    fn pieces(&self, rows: Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
        let (at_once, end) = (self.panels.at_once(), rows.end);
        let mut start = rows.start;
        std::iter::from_fn(move || {
            let piece = start..((start / at_once + 1) * at_once).min(end);
            start = piece.end;
            (!piece.is_empty()).then_some(piece)
        })
    }

    fn all<T: Element>(&self, input: usize, rows: Range<usize>) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        for piece in self.pieces(rows) {
            all.extend_from_slice((self.read)(input, piece.start, piece.len())?.values::<T>()?);
        }
        Ok(all)
    }

    /// How the rows of a panel have been exchanged.
    fn exchanges<T: Element>(&self, input: usize) -> Result<Vec<T>, Error> {
        Ok((self.read)(input, self.panels.n, 1)?.values::<T>()?.to_vec())
    }

    /// Does to a panel what elimination does by the factors of another, which are an input: it exchanges rows, and has rows of
    /// the solution with the lower triangle on that one's diagonal. Gives what stands on that diagonal.
    fn forward<T: Field + Element>(
        &self,
        number: usize,
        input: usize,
        panel: &mut [T],
        columns: usize,
    ) -> Result<Vec<T>, Error> {
        let own = self.panels.columns(number);
        made::exchange(panel, columns, (own.start, 0), &self.exchanges::<T>(input)?);
        let corner = self.all::<T>(input, own.clone())?;
        let (_, from) = panel.split_at_mut(own.start * columns);
        let (top, below) = from.split_at_mut(own.len() * columns);
        made::solve_unit_lower(&corner, top, columns);
        for piece in self.pieces(own.end..self.panels.n) {
            let factor = (self.read)(input, piece.start, piece.len())?;
            let target = &mut below[(piece.start - own.end) * columns..(piece.end - own.end) * columns];
            subtract(target, factor.values()?, (own.len(), columns), &|band, factor| {
                made::subtract_product(band, factor, top, columns);
            });
        }
        Ok(corner)
    }

    /// Solves with the upper triangle on the diagonal of those factors, and takes what follows off the rows above.
    fn back<T: Field + Element>(&self, number: usize, panel: &mut [T], columns: usize) -> Result<(), Error> {
        let own = self.panels.columns(number);
        let corner = self.all::<T>(number + 1, own.clone())?;
        let (above, from) = panel.split_at_mut(own.start * columns);
        let solved = &mut from[..own.len() * columns];
        made::solve_upper(&corner, solved, columns);
        for piece in self.pieces(0..own.start) {
            let factor = (self.read)(number + 1, piece.start, piece.len())?;
            let target = &mut above[piece.start * columns..piece.end * columns];
            subtract(target, factor.values()?, (own.len(), columns), &|band, factor| {
                made::subtract_product(band, factor, solved, columns);
            });
        }
        Ok(())
    }

    /// Takes off a panel of a positive definite matrix, from row `first` on, what one on its left makes of it.
    fn left<T: Field + Element>(
        &self,
        number: usize,
        first: usize,
        panel: &mut [T],
        columns: usize,
    ) -> Result<(), Error> {
        let (own, input) = (self.panels.columns(number), number + 1);
        // It has its rows from its own diagonal on.
        let top = self.all::<T>(input, first - own.start..first - own.start + columns)?;
        for piece in self.pieces(first - own.start..self.panels.n - own.start) {
            let factor = (self.read)(input, piece.start, piece.len())?;
            let start = piece.start + own.start - first;
            let target = &mut panel[start * columns..(start + piece.len()) * columns];
            subtract(target, factor.values()?, (own.len(), columns), &|band, factor| {
                made::subtract_adjoint_product(band, factor, &top, columns);
            });
        }
        Ok(())
    }

    /// The lower triangle of a panel from its diagonal on, whose rows are exchanged as all panels behind it say.
    fn ordered<T: Field + Element>(&self, number: usize, columns: usize) -> Result<Vec<T>, Error> {
        let first = self.panels.columns(number).start;
        let mut panel = self.all::<T>(0, first..self.panels.n)?;
        for row in 0..columns {
            panel[row * columns..(row + 1) * columns][row..].fill(T::ZERO);
            panel[row * columns + row] = T::ONE;
        }
        for behind in number + 1..self.panels.count() {
            let exchanges = self.exchanges::<T>(behind - number)?;
            let start = self.panels.columns(behind).start - first;
            made::exchange(&mut panel, columns, (start, first), &exchanges);
        }
        Ok(panel)
    }

    fn order<T: Field + Element>(&self) -> Result<Vec<i64>, Error> {
        let mut order: Vec<i64> = (0..self.panels.n as i64).collect();
        for number in 0..self.panels.count() {
            let start = self.panels.columns(number).start;
            made::exchange(&mut order, 1, (start, 0), &self.exchanges::<T>(number)?);
        }
        Ok(order)
    }

    fn pivots<T: Field + Element>(&self) -> Result<Vec<T>, Error> {
        let mut pivots = Vec::with_capacity(self.panels.n);
        for number in 0..self.panels.count() {
            let own = self.panels.columns(number);
            let corner = self.all::<T>(number, own.clone())?;
            let mut diagonal: Vec<T> = (0..own.len()).map(|at| corner[at * own.len() + at]).collect();
            if made::is_odd(own.start, &self.exchanges::<T>(number)?) {
                diagonal[0] = -diagonal[0];
            }
            pivots.extend(diagonal);
        }
        Ok(pivots)
    }
}

/// Works on bands of rows side by side, each with its rows of a factor, which has so many columns.
fn subtract<T: Field>(
    target: &mut [T],
    factor: &[T],
    (inner, columns): (usize, usize),
    work: &(dyn Fn(&mut [T], &[T]) + Sync),
) {
    apart::chunks(target, BAND * columns, &|number, band| {
        let start = number * BAND * inner;
        work(band, &factor[start..start + band.len() / columns * inner]);
    });
}
