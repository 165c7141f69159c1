//! LU factorisation with row exchanges.

use faer::Conj;

use super::columns::{Columns, add_product};
use super::scalar::{Float, Scalar};
use super::triangular::{BLOCK, subtract};

/// `p · l · u = a`, each factor row-major, with k = min(m, n).
#[derive(Debug, Clone, PartialEq)]
pub struct Lu<T> {
    /// The permutation: row i of `l · u` is row `rows[i]` of the matrix. See [`permutation`].
    pub rows: Vec<usize>,
    /// m × k, lower triangular with ones on its diagonal.
    pub l: Vec<T>,
    /// k × n, upper triangular.
    pub u: Vec<T>,
}

/// The factors of the m × n matrix `a`. A singular matrix has zeros on the diagonal of `u`; NaN gives NaN.
pub fn lu<T: Scalar>(a: &[T], m: usize, n: usize) -> Lu<T> {
    let factors = factor(Columns::from_rows(a, m, n));
    let k = m.min(n);
    let (mut l, mut u) = (Columns::eye(m, k), Columns::zeros(k, n));
    for col in 0..k {
        l.col_mut(col)[col + 1..].copy_from_slice(&factors.lu.col(col)[col + 1..]);
    }
    for col in 0..n {
        let rows = k.min(col + 1);
        u.col_mut(col)[..rows].copy_from_slice(&factors.lu.col(col)[..rows]);
    }
    Lu { rows: factors.rows, l: l.to_rows(), u: u.to_rows() }
}

/// The matrix `p` with `p · l · u = a` for the `rows` of an [`Lu`]; row-major.
pub fn permutation<T: Scalar>(rows: &[usize]) -> Vec<T> {
    let mut p = Columns::zeros(rows.len(), rows.len());
    for (i, &row) in rows.iter().enumerate() {
        p.set(row, i, T::ONE);
    }
    p.to_rows()
}

/// Both factors in one matrix, and the row exchanges.
pub(super) struct Factors<T> {
    /// `u` on and above the diagonal, `l` without its ones below.
    pub(super) lu: Columns<T>,
    pub(super) rows: Vec<usize>,
    /// With which row that of each pivot was exchanged.
    pub(super) exchanges: Vec<usize>,
    /// Whether the number of exchanges is odd.
    pub(super) odd: bool,
    /// The first column whose pivot is zero.
    pub(super) singular: Option<usize>,
}

/// Factorises by blocks of columns, right-looking, as LAPACK's getrf: a zero pivot is noted and passed over.
pub(super) fn factor<T: Scalar>(a: Columns<T>) -> Factors<T> {
    let (m, n) = (a.rows, a.cols);
    let (rows, exchanges) = ((0..m).collect(), Vec::with_capacity(m.min(n)));
    let mut factors = Factors { lu: a, rows, exchanges, odd: false, singular: None };
    for start in (0..m.min(n)).step_by(BLOCK) {
        let end = m.min(n).min(start + BLOCK);
        for col in start..end {
            factors.eliminate(col, end);
        }
        factors.update(start, end);
    }
    factors
}

impl<T: Scalar> Factors<T> {
    /// One column: its pivot to the diagonal, and its multiples off the columns up to `end`.
    fn eliminate(&mut self, col: usize, end: usize) {
        self.exchange(col, pivot(self.lu.col(col), col));
        let head = self.lu.get(col, col);
        if head == T::ZERO {
            self.singular = self.singular.or(Some(col));
            return;
        }
        self.lu.col_mut(col)[col + 1..].iter_mut().for_each(|x| *x = x.over(head));
        for right in col + 1..end {
            let (multipliers, target) = self.lu.pair_mut(col, right);
            let factor = target[col];
            subtract(&mut target[col + 1..], &multipliers[col + 1..], factor);
        }
    }

    fn exchange(&mut self, row: usize, other: usize) {
        self.exchanges.push(other);
        if row == other {
            return;
        }
        self.rows.swap(row, other);
        self.odd = !self.odd;
        for col in 0..self.lu.cols {
            self.lu.col_mut(col).swap(row, other);
        }
    }

    /// The columns right of a finished block: its rows of `u`, then what it leaves of the rest.
    fn update(&mut self, start: usize, end: usize) {
        for right in end..self.lu.cols {
            for col in start..end {
                let (multipliers, target) = self.lu.pair_mut(col, right);
                let factor = target[col];
                subtract(&mut target[col + 1..end], &multipliers[col + 1..end], factor);
            }
        }
        let (left, right) = self.lu.view_mut().split_at_col_mut(end);
        let below = left.as_ref().submatrix(end, start, left.nrows() - end, end - start);
        let (above, rest) = right.split_at_row_mut(end);
        let rows = above.subrows_mut(start, end - start);
        add_product(rest, below, Conj::No, rows.as_ref(), -T::ONE);
    }
}

/// The row, from `first` on, of the largest element of a column; a NaN comes before all, so that it is not
/// mistaken for a zero column.
fn pivot<T: Scalar>(column: &[T], first: usize) -> usize {
    let (mut best, mut size) = (first, T::Real::ZERO);
    for (row, x) in column.iter().enumerate().skip(first) {
        if T::is_nan_impl(x) {
            return row;
        }
        if x.size() > size {
            (best, size) = (row, x.size());
        }
    }
    best
}
