//! Least squares and pseudoinverses, by singular values.

use faer::Conj;
use faer::linalg::svd::ComputeSvdVectors;

use super::Result;
use super::columns::{Columns, add_product, product};
use super::scalar::{Float, Scalar};
use super::svd::{Parts, decompose};

/// What [`lstsq`] finds.
#[derive(Debug, Clone, PartialEq)]
pub struct LeastSquares<T, R> {
    /// n × k, row-major: of all that minimise `|b - a · x|`, column by column, the shortest.
    pub x: Vec<T>,
    /// The k squared lengths of `b - a · x`; empty if the rank is below n or m is not above n.
    pub residuals: Vec<R>,
    /// The number of singular values taken for more than zero.
    pub rank: usize,
    /// The min(m, n) singular values of `a`, in descending order.
    pub s: Vec<R>,
}

/// The shortest least squares solution of `a · x = b`; `a` is m × n, `b` m × k. Singular values up to `rcond`
/// times the largest count as zero.
///
/// # Errors
/// [`super::Error::NoConvergence`], always for NaN and infinities in `a`.
pub fn lstsq<T: Scalar>(
    a: &[T],
    m: usize,
    n: usize,
    b: &[T],
    k: usize,
    rcond: T::Real,
) -> Result<LeastSquares<T, T::Real>> {
    let parts = thin(a, m, n)?;
    let right = Columns::from_rows(b, m, k);
    let rank = rank(&parts.s, rcond);
    let x = apply_inverse(&parts, rank, right.view());
    let residuals = if rank == n && m > n { residuals(a, m, n, &x, right) } else { Vec::new() };
    Ok(LeastSquares { x: x.to_rows(), residuals, rank, s: parts.s })
}

/// The pseudoinverse of the m × n matrix `a`: n × m, row-major. Singular values up to `rtol` times the largest
/// count as zero.
///
/// # Errors
/// [`super::Error::NoConvergence`], always for NaN and infinities.
pub fn pinv<T: Scalar>(a: &[T], m: usize, n: usize, rtol: T::Real) -> Result<Vec<T>> {
    let parts = thin(a, m, n)?;
    let rank = rank(&parts.s, rtol);
    Ok(apply_inverse(&parts, rank, Columns::eye(m, m).view()).to_rows())
}

/// The singular values and min(m, n) vectors of `a`, whichever side is longer.
fn thin<T: Scalar>(a: &[T], m: usize, n: usize) -> Result<Parts<T>> {
    if m >= n {
        return decompose(Columns::from_rows(a, m, n), ComputeSvdVectors::Thin);
    }
    let Parts { u, s, v } = decompose(Columns::adjoint_from_rows(a, m, n), ComputeSvdVectors::Thin)?;
    Ok(Parts { u: v, s, v: u })
}

/// How many singular values, in descending order, exceed `tolerance` times the first.
fn rank<R: Float>(s: &[R], tolerance: R) -> usize {
    let largest = s.first().copied().unwrap_or(R::ZERO);
    s.iter().take_while(|&&value| value > tolerance * largest).count()
}

/// `v · diag(1/s) · uᴴ · b` with the first `rank` singular values.
fn apply_inverse<T: Scalar>(parts: &Parts<T>, rank: usize, b: faer::MatRef<'_, T>) -> Columns<T> {
    let u = parts.u.view().subcols(0, rank);
    let mut inner = Columns::zeros(rank, b.ncols());
    add_product(inner.view_mut(), u.transpose(), Conj::Yes, b, T::ONE);
    for col in 0..inner.cols {
        for (x, &s) in inner.col_mut(col).iter_mut().zip(&parts.s) {
            *x = x.over(T::from_real(s));
        }
    }
    product(parts.v.view().subcols(0, rank), inner.view())
}

fn residuals<T: Scalar>(a: &[T], m: usize, n: usize, x: &Columns<T>, mut b: Columns<T>) -> Vec<T::Real> {
    let a = faer::MatRef::from_row_major_slice(a, m, n);
    add_product(b.view_mut(), a, Conj::No, x.view(), -T::ONE);
    (0..b.cols).map(|col| faer::ColRef::from_slice(b.col(col)).norm_l2()).map(|norm| norm * norm).collect()
}
