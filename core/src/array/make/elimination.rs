//! What is done to one panel of a matrix by the others, of which some rows are read at a time.

use std::ops::Range;

use super::super::apart;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Rows, Sweep};
use super::super::kernels::{fields, pick};
use super::super::linalg::{self, Scalar as Field, panels as made};
use super::panels::Panels;

/// Rows of a panel that one task works on: the same whatever the threads, and so are the sums.
const BAND: usize = 128;

/// What is made of panels in one go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
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

/// Makes it.
pub(super) struct Sweeping {
    pub(super) op: &'static str,
    pub(super) panels: Panels,
    /// Of what is made.
    pub(super) columns: usize,
    pub(super) work: Work,
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
                (0..number).try_for_each(|at| reading.forward(at, &mut panel, columns).map(|_| ()))?;
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
                let corner = made::Corner::conjugated(top, columns);
                apart::chunks(below, BAND * columns, &|_, band| corner.solve_right(band));
                Ok(panel)
            }
            Work::Ordered(number) => reading.ordered(number, columns),
            Work::Pivots => reading.pivots(),
            Work::Solve => {
                let mut panel = reading.all::<T>(0, 0..reading.panels.n)?;
                for at in 0..reading.panels.count() {
                    let corner = reading.forward(at, &mut panel, columns)?;
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
        let (mut all, count) = (Vec::new(), rows.len());
        for piece in self.pieces(rows) {
            let chunk = (self.read)(input, piece.start, piece.len())?;
            let values = chunk.values::<T>()?;
            if all.is_empty() {
                // With a row more, for how rows were exchanged.
                all.reserve_exact((count + 1) * values.len() / piece.len());
            }
            all.extend_from_slice(values);
        }
        Ok(all)
    }

    /// How the rows of a panel have been exchanged.
    fn exchanges<T: Element>(&self, input: usize) -> Result<Vec<T>, Error> {
        Ok((self.read)(input, self.panels.n, 1)?.values::<T>()?.to_vec())
    }

    /// Takes what `work` makes of rows of an input, which has so many columns, off those of a panel: band by band.
    fn take_off<T: Field + Element>(
        &self,
        input: usize,
        rows: Range<usize>,
        target: &mut [T],
        (inner, columns): (usize, usize),
        work: &(dyn Fn(&mut [T], &[T]) + Sync),
    ) -> Result<(), Error> {
        let first = rows.start;
        for piece in self.pieces(rows) {
            let factor = (self.read)(input, piece.start, piece.len())?;
            let factor = factor.values::<T>()?;
            let target = &mut target[(piece.start - first) * columns..(piece.end - first) * columns];
            apart::chunks(target, BAND * columns, &|number, band| {
                let start = number * BAND * inner;
                work(band, &factor[start..start + band.len() / columns * inner]);
            });
        }
        Ok(())
    }

    /// Does to a panel what elimination does by the factors of another: it exchanges rows, and has rows of the solution with the
    /// lower triangle on that one's diagonal. Gives what stands on that diagonal.
    fn forward<T: Field + Element>(
        &self,
        number: usize,
        panel: &mut [T],
        columns: usize,
    ) -> Result<Vec<T>, Error> {
        let (own, input) = (self.panels.columns(number), number + 1);
        made::exchange(panel, columns, (own.start, 0), &self.exchanges::<T>(input)?);
        let corner = self.all::<T>(input, own.clone())?;
        let (_, from) = panel.split_at_mut(own.start * columns);
        let (top, below) = from.split_at_mut(own.len() * columns);
        made::solve_unit_lower(&corner, top, columns);
        self.take_off(input, own.end..self.panels.n, below, (own.len(), columns), &|band, factor| {
            made::subtract_product(band, factor, top, columns);
        })?;
        Ok(corner)
    }

    /// Solves with the upper triangle on the diagonal of those factors, and takes what follows off the rows above.
    fn back<T: Field + Element>(&self, number: usize, panel: &mut [T], columns: usize) -> Result<(), Error> {
        let (own, input) = (self.panels.columns(number), number + 1);
        let corner = self.all::<T>(input, own.clone())?;
        let (above, from) = panel.split_at_mut(own.start * columns);
        let solved = &mut from[..own.len() * columns];
        made::solve_upper(&corner, solved, columns);
        self.take_off(input, 0..own.start, above, (own.len(), columns), &|band, factor| {
            made::subtract_product(band, factor, solved, columns);
        })
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
        let rows = first - own.start..self.panels.n - own.start;
        let top = self.all::<T>(input, rows.start..rows.start + columns)?;
        self.take_off(input, rows, panel, (own.len(), columns), &|band, factor| {
            made::subtract_adjoint_product(band, factor, &top, columns);
        })
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
