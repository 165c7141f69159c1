//! Triangular systems by blocks. Ours because faer multiplies by reciprocals, which overflow for tiny pivots.

use faer::Conj;

use super::columns::{Columns, add_product};
use super::scalar::Scalar;

/// Columns eliminated one by one before the rest is updated by one product. 32 to 128 do alike for float64.
pub(super) const BLOCK: usize = 64;

/// Solves `u · x = b` into `b`, `u` being the upper triangle of the first columns of `factor`; `b` has as many
/// rows. A zero on the diagonal gives infinities or NaN.
pub(super) fn solve_upper<T: Scalar>(factor: &Columns<T>, b: &mut Columns<T>) {
    let n = b.rows;
    for start in (0..n).step_by(BLOCK).rev() {
        let end = n.min(start + BLOCK);
        for k in 0..b.cols {
            upper_block(factor, b.col_mut(k), start, end);
        }
        let block = factor.view().submatrix(0, start, start, end - start);
        let (above, rest) = b.view_mut().split_at_row_mut(start);
        let solved = rest.subrows_mut(0, end - start);
        add_product(above, block, Conj::No, solved.as_ref(), -T::ONE);
    }
}

/// Solves `l · x = b` into `b`, `l` being the lower triangle of `factor` with ones on its diagonal.
pub(super) fn solve_unit_lower<T: Scalar>(factor: &Columns<T>, b: &mut Columns<T>) {
    solve_lower_with(factor, b, |x, _| x);
}

/// Solves `l · x = b` into `b`, `l` being the lower triangle of `factor`, its diagonal among it.
pub(super) fn solve_lower<T: Scalar>(factor: &Columns<T>, b: &mut Columns<T>) {
    solve_lower_with(factor, b, |x, pivot| x.over(pivot));
}

fn solve_lower_with<T: Scalar>(factor: &Columns<T>, b: &mut Columns<T>, divided: impl Fn(T, T) -> T) {
    let n = b.rows;
    for start in (0..n).step_by(BLOCK) {
        let end = n.min(start + BLOCK);
        for k in 0..b.cols {
            lower_block(factor, b.col_mut(k), (start, end), &divided);
        }
        let block = factor.view().submatrix(end, start, n - end, end - start);
        let (done, below) = b.view_mut().split_at_row_mut(end);
        let solved = done.subrows_mut(start, end - start);
        add_product(below, block, Conj::No, solved.as_ref(), -T::ONE);
    }
}

fn lower_block<T: Scalar>(
    factor: &Columns<T>,
    x: &mut [T],
    (start, end): (usize, usize),
    divided: &impl Fn(T, T) -> T,
) {
    for i in start..end {
        x[i] = divided(x[i], factor.get(i, i));
        let pivot = x[i];
        subtract(&mut x[i + 1..end], &factor.col(i)[i + 1..end], pivot);
    }
}

fn upper_block<T: Scalar>(factor: &Columns<T>, x: &mut [T], start: usize, end: usize) {
    for i in (start..end).rev() {
        x[i] = x[i].over(factor.get(i, i));
        let pivot = x[i];
        subtract(&mut x[start..i], &factor.col(i)[start..i], pivot);
    }
}

/// `x - factor · y` in `x`.
pub(super) fn subtract<T: Scalar>(x: &mut [T], y: &[T], factor: T) {
    for (x, &y) in x.iter_mut().zip(y) {
        *x -= y * factor;
    }
}
