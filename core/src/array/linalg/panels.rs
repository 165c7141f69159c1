//! A matrix by panels: some of its columns at a time, all of their rows. What is done to one panel with those on its left
//! (S. Toledo, "A survey of out-of-core algorithms in numerical linear algebra", 1999). Slices are row-major; those that
//! are written have so many columns.

use faer::{Conj, MatMut, MatRef};

use super::columns::{Columns, add_product};
use super::lu::factor;
use super::scalar::{Float, Scalar};
use super::{Error, Result, triangular};

/// Factorises what a panel has from row `first` on: `u` on and above the diagonal there, `l` without its ones below. Gives
/// for each column the row of the panel that its pivot was exchanged with, as an element: those are exact, as no panel has
/// more rows than a float32 counts. A zero pivot is passed over.
pub fn lu<T: Scalar>(panel: &mut [T], columns: usize, first: usize) -> Vec<T> {
    let below = &mut panel[first * columns..];
    let factors = factor(Columns::from_rows(below, below.len() / columns, columns));
    below.copy_from_slice(&factors.lu.to_rows());
    factors.exchanges.iter().map(|row| T::from_real(T::Real::of((first + row) as f64))).collect()
}

/// Exchanges rows of a panel, from row `first` on, as [`lu`] says of another, whose rows are counted from `missing` rows above.
pub fn exchange<T, E: Scalar>(
    panel: &mut [T],
    columns: usize,
    (first, missing): (usize, usize),
    exchanges: &[E],
) {
    for (row, other) in exchanges.iter().enumerate() {
        let (row, other) = (first + row, other.re().index().saturating_sub(missing));
        if row < other && (other + 1) * columns <= panel.len() {
            let (head, tail) = panel.split_at_mut(other * columns);
            head[row * columns..(row + 1) * columns].swap_with_slice(&mut tail[..columns]);
        }
    }
}

/// Whether the exchanges from row `first` on are an odd number.
pub fn is_odd<T: Scalar>(first: usize, exchanges: &[T]) -> bool {
    let moved = exchanges.iter().enumerate().filter(|(row, other)| other.re().index() != first + row);
    moved.count() % 2 == 1
}

/// Solves `l · x = b` into `b`, `l` being the lower triangle of the square `factor`, with ones on its diagonal.
pub fn solve_unit_lower<T: Scalar>(factor: &[T], b: &mut [T], columns: usize) {
    solved(factor, b, columns, triangular::solve_unit_lower);
}

/// Solves `u · x = b` into `b`, `u` being the upper triangle of the square `factor`.
pub fn solve_upper<T: Scalar>(factor: &[T], b: &mut [T], columns: usize) {
    solved(factor, b, columns, triangular::solve_upper);
}

fn solved<T: Scalar>(
    factor: &[T],
    b: &mut [T],
    columns: usize,
    solve: impl Fn(&Columns<T>, &mut Columns<T>),
) {
    let n = b.len() / columns;
    let mut x = Columns::from_rows(b, n, columns);
    solve(&Columns::from_rows(factor, n, n), &mut x);
    b.copy_from_slice(&x.to_rows());
}

/// The first column of the square `factor` whose pivot is zero.
pub fn zero_pivot<T: Scalar>(factor: &[T], columns: usize) -> Option<usize> {
    (0..columns).find(|at| factor[at * columns + at] == T::ZERO)
}

/// Puts the lower triangular factor of the square `top` in its place, zeros above its diagonal.
///
/// # Errors
/// [`Error::NotPositiveDefinite`], of a minor that is counted from `first` on.
pub fn cholesky<T: Scalar>(top: &mut [T], columns: usize, first: usize) -> Result<()> {
    let made = super::cholesky(top, columns, false).map_err(|error| match error {
        Error::NotPositiveDefinite { minor } => Error::NotPositiveDefinite { minor: first + minor },
        other => other,
    })?;
    top.copy_from_slice(&made);
    Ok(())
}

/// The conjugate of a lower triangle, for many systems.
pub struct Corner<T>(Columns<T>);

impl<T: Scalar> Corner<T> {
    /// That of the square `factor`, which has so many columns.
    pub fn conjugated(factor: &[T], columns: usize) -> Self {
        let mut l = Columns::from_rows(factor, columns, columns);
        l.data.iter_mut().for_each(|x| *x = x.conjugate());
        Self(l)
    }

    /// Solves `x · lᴴ = b` into the rows of `b`.
    pub fn solve_right(&self, b: &mut [T]) {
        // Rows one after the other are columns of the transposed system, whose triangle is the conjugate.
        let columns = self.0.cols;
        let mut x = Columns { data: b.to_vec(), rows: columns, cols: b.len() / columns };
        triangular::solve_lower(&self.0, &mut x);
        b.copy_from_slice(&x.data);
    }
}

/// `x - a · b` in `x`; `a` has as many columns as `b` has rows.
pub fn subtract_product<T: Scalar>(x: &mut [T], a: &[T], b: &[T], columns: usize) {
    let (rows, inner) = (x.len() / columns, b.len() / columns);
    let x = MatMut::from_row_major_slice_mut(x, rows, columns);
    let (a, b) =
        (MatRef::from_row_major_slice(a, rows, inner), MatRef::from_row_major_slice(b, inner, columns));
    add_product(x, a, Conj::No, b, -T::ONE);
}

/// `x - a · bᴴ` in `x`; `b` has as many rows as `x` has columns.
pub fn subtract_adjoint_product<T: Scalar>(x: &mut [T], a: &[T], b: &[T], columns: usize) {
    let (rows, inner) = (x.len() / columns, b.len() / columns);
    let x = MatMut::from_row_major_slice_mut(x, rows, columns);
    let (a, b) =
        (MatRef::from_row_major_slice(a, rows, inner), MatRef::from_row_major_slice(b, columns, inner));
    add_product(x.transpose_mut(), b, Conj::Yes, a.transpose(), -T::ONE);
}
