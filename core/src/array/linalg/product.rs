//! The product of two matrices.

use faer::{Accum, MatMut, MatRef, Par};

use super::scalar::Scalar;

/// The product of `a` and `b`, row-major.
///
/// Shape: `a` is m × n, `b` is n × k, the result m × k; zeros where n is 0. NaN and infinities spread as IEEE
/// says. `par` names the threads; all else in this module stays on the calling one.
pub fn matmul<T: Scalar>(a: &[T], m: usize, n: usize, b: &[T], k: usize, par: Par) -> Vec<T> {
    let mut out = vec![T::ZERO; m * k];
    let left = MatRef::from_row_major_slice(a, m, n);
    let right = MatRef::from_row_major_slice(b, n, k);
    let target = MatMut::from_row_major_slice_mut(&mut out, m, k);
    if m > 0 && n > 0 && k > 0 {
        faer::linalg::matmul::matmul(target, Accum::Replace, left, right, T::ONE, par);
    }
    out
}
