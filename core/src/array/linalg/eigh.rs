//! Eigenvalues and eigenvectors of Hermitian matrices.

use faer::Par;
use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};

use super::columns::Columns;
use super::scalar::{Float, Scalar};
use super::{Error, Result};

/// `a · vectors = vectors · diag(values)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Eigh<T, R> {
    /// n values in ascending order.
    pub values: Vec<R>,
    /// n × n, row-major, one vector a column; columns orthonormal.
    pub vectors: Vec<T>,
}

/// The eigenvalues and eigenvectors of the Hermitian n × n matrix `a`, of which the lower triangle and the
/// real parts of the diagonal are read.
///
/// # Errors
/// [`Error::NoConvergence`], always for NaN and infinities.
pub fn eigh<T: Scalar>(a: &[T], n: usize) -> Result<Eigh<T, T::Real>> {
    let (values, vectors) = decompose(a, n, true)?;
    Ok(Eigh { values, vectors: vectors.to_rows() })
}

/// The eigenvalues of the Hermitian n × n matrix `a` in ascending order; reads what [`eigh`] reads.
///
/// # Errors
/// [`Error::NoConvergence`], always for NaN and infinities.
pub fn eigvalsh<T: Scalar>(a: &[T], n: usize) -> Result<Vec<T::Real>> {
    Ok(decompose(a, n, false)?.0)
}

const NO_CONVERGENCE: Error = Error::NoConvergence { op: "eigh" };

/// Scaled, as LAPACK does; once more without its smallest elements where products of them spoilt the first try.
fn decompose<T: Scalar>(a: &[T], n: usize, vectors: bool) -> Result<(Vec<T::Real>, Columns<T>)> {
    let mut lower = Columns::from_rows(a, n, n).lower();
    if !lower.finite() {
        return Err(NO_CONVERGENCE);
    }
    let scale = lower.scale();
    let (mut values, vectors) = scaled(&lower, vectors).or_else(|_| {
        lower.flush();
        scaled(&lower, vectors)
    })?;
    values.iter_mut().for_each(|value| *value *= scale);
    Ok((values, vectors))
}

fn scaled<T: Scalar>(a: &Columns<T>, vectors: bool) -> Result<(Vec<T::Real>, Columns<T>)> {
    let n = a.rows;
    let mut u = Columns::eye(n, n);
    if n == 0 {
        return Ok((Vec::new(), u));
    }
    let want = if vectors { ComputeEigenvectors::Yes } else { ComputeEigenvectors::No };
    let mut scratch = MemBuffer::new(self_adjoint_evd_scratch::<T>(n, want, Par::Seq, Default::default()));
    let stack = MemStack::new(&mut scratch);
    let mut s = vec![T::from_real(T::Real::NAN); n];
    let (out_s, out_u) = (DiagMut::from_slice_mut(&mut s), vectors.then(|| u.view_mut()));
    self_adjoint_evd(a.view(), out_s, out_u, Par::Seq, stack, Default::default())
        .map_err(|_| NO_CONVERGENCE)?;
    if !(u.finite() && s.iter().all(|s| s.finite())) {
        return Err(NO_CONVERGENCE);
    }
    // faer's divide and conquer leaves equal values out of order by a rounding.
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| s[a].re().compare(s[b].re()));
    u.reorder(&order);
    Ok((order.iter().map(|&col| s[col].re()).collect(), u))
}
