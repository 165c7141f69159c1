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
    matmul_into(&mut out, a, m, n, b, k);
    out
}

/// The same into `out`, which is zeros.
pub fn matmul_into<T: Scalar>(out: &mut [T], a: &[T], m: usize, n: usize, b: &[T], k: usize) {
    if m == 0 || k == 0 {
        return;
    }
    let left = MatRef::from_row_major_slice(a, m, n);
    let right = MatRef::from_row_major_slice(b, n, k);
    let mut target = MatMut::from_row_major_slice_mut(out, m, k);
    for column in (0..k).step_by(WIDTH) {
        let width = WIDTH.min(k - column);
        for inner in (0..n).step_by(INNER) {
            let length = INNER.min(n - inner);
            let how = if inner == 0 { Accum::Replace } else { Accum::Add };
            let target = target.as_mut().submatrix_mut(0, column, m, width);
            let (left, right) =
                (left.submatrix(0, inner, m, length), right.submatrix(inner, column, length, width));
            faer::linalg::matmul::matmul(target, how, left, right, T::ONE, Par::Seq);
        }
    }
}
