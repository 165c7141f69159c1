//! The product of two matrices.

use faer::{Accum, MatMut, MatRef, Par};

use super::scalar::Scalar;

/// How long a tile of the inner axis is, and how wide one of the result: so much of the right matrix stays in a cache while rows
/// of the left one go by, half as fast again as all of it at once. Sums are taken tile by tile, so they are part of the answer.
const INNER: usize = 512;
const WIDTH: usize = 1024;

/// The product of `a` and `b`, row-major.
///
/// Shape: `a` is m × n, `b` is n × k, the result m × k; zeros where n is 0. NaN and infinities spread as IEEE says. All of it
/// stays on the calling thread.
pub fn matmul<T: Scalar>(a: &[T], m: usize, n: usize, b: &[T], k: usize) -> Vec<T> {
    let mut out = vec![T::ZERO; m * k];
    add_product((&mut out, k, 0), a, b, (n, k));
    out
}

/// Adds the product of `a` and `b` to a part of `out`, whose rows have `row` elements: from the element `first` of each row
/// on, `k` of them, as many as `b` has columns; it has `n` rows.
pub fn add_product<T: Scalar>(
    (out, row, first): (&mut [T], usize, usize),
    a: &[T],
    b: &[T],
    (n, k): (usize, usize),
) {
    let m = out.len().checked_div(row).unwrap_or_default();
    if m == 0 || n == 0 || k == 0 {
        return;
    }
    let left = MatRef::from_row_major_slice(a, m, n);
    let right = MatRef::from_row_major_slice(b, n, k);
    let mut target = MatMut::from_row_major_slice_mut(out, m, row);
    for column in (0..k).step_by(WIDTH) {
        let width = WIDTH.min(k - column);
        for inner in (0..n).step_by(INNER) {
            let length = INNER.min(n - inner);
            let target = target.as_mut().submatrix_mut(0, first + column, m, width);
            let (left, right) =
                (left.submatrix(0, inner, m, length), right.submatrix(inner, column, length, width));
            faer::linalg::matmul::matmul(target, Accum::Add, left, right, T::ONE, Par::Seq);
        }
    }
}
