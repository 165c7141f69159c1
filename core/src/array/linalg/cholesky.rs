//! The Cholesky factor of a positive definite matrix.

use faer::Par;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{LltError, cholesky_in_place, cholesky_in_place_scratch};

use super::columns::Columns;
use super::scalar::Scalar;
use super::{Error, Result};

/// The lower triangular factor `l` with `a = l · lᴴ`, or its conjugate transpose if `upper`.
///
/// Shape: n × n, row-major, as `a`. Reads the lower triangle of `a` and the real parts of its diagonal. The
/// diagonal of the result is positive, the other triangle zero.
///
/// # Errors
/// [`Error::NotPositiveDefinite`], also for NaN and for infinities on the diagonal.
pub fn cholesky<T: Scalar>(a: &[T], n: usize, upper: bool) -> Result<Vec<T>> {
    let mut factor = Columns::from_rows(a, n, n).lower();
    if n == 0 {
        return Ok(Vec::new());
    }
    let mut scratch = MemBuffer::new(cholesky_in_place_scratch::<T>(n, Par::Seq, Default::default()));
    let stack = MemStack::new(&mut scratch);
    cholesky_in_place(factor.view_mut(), Default::default(), Par::Seq, stack, Default::default())
        .map_err(|LltError::NonPositivePivot { index }| Error::NotPositiveDefinite { minor: index + 1 })?;
    let factor = factor.lower();
    if !upper {
        return Ok(factor.to_rows());
    }
    let mut rows = factor.adjoint_to_rows();
    // The conjugate of 0 is 0 with another sign in its imaginary part.
    for row in 1..n {
        rows[row * n..row * n + row].fill(T::ZERO);
    }
    Ok(rows)
}
