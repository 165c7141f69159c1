//! Singular values and vectors.

use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::svd::{ComputeSvdVectors, SvdParams, svd_scratch};
use faer::{Auto, Par, Spec};

use super::columns::{Columns, product};
use super::qr::reflect;
use super::scalar::{Float, Scalar};
use super::{Error, Result};

/// `u · diag(s) · vh = a`, row-major, with k = min(m, n).
#[derive(Debug, Clone, PartialEq)]
pub struct Svd<T, R> {
    /// m × k, or m × m if full; columns orthonormal.
    pub u: Vec<T>,
    /// k singular values, none negative, in descending order.
    pub s: Vec<R>,
    /// k × n, or n × n if full; rows orthonormal.
    pub vh: Vec<T>,
}

/// The singular values and vectors of the m × n matrix `a`; all of the vectors if `full`.
///
/// # Errors
/// [`Error::NoConvergence`], always for NaN and infinities.
pub fn svd<T: Scalar>(a: &[T], m: usize, n: usize, full: bool) -> Result<Svd<T, T::Real>> {
    let want = if full { ComputeSvdVectors::Full } else { ComputeSvdVectors::Thin };
    if m >= n {
        let Parts { u, s, v } = decompose(Columns::from_rows(a, m, n), want)?;
        Ok(Svd { u: u.to_rows(), s, vh: v.adjoint_to_rows() })
    } else {
        let Parts { u, s, v } = decompose(Columns::adjoint_from_rows(a, m, n), want)?;
        Ok(Svd { u: v.to_rows(), s, vh: u.adjoint_to_rows() })
    }
}

/// The min(m, n) singular values of the m × n matrix `a`, in descending order.
///
/// # Errors
/// [`Error::NoConvergence`], always for NaN and infinities.
pub fn svdvals<T: Scalar>(a: &[T], m: usize, n: usize) -> Result<Vec<T::Real>> {
    let tall = if m >= n { Columns::from_rows(a, m, n) } else { Columns::adjoint_from_rows(a, m, n) };
    Ok(decompose(tall, ComputeSvdVectors::No)?.s)
}

/// `u · diag(s) · vᴴ`.
pub(super) struct Parts<T: Scalar> {
    pub(super) u: Columns<T>,
    pub(super) s: Vec<T::Real>,
    pub(super) v: Columns<T>,
}

/// Decomposes a matrix that is not wider than tall. Scaled, as LAPACK does; once more without its smallest
/// elements where products of them spoilt the first try.
pub(super) fn decompose<T: Scalar>(mut a: Columns<T>, want: ComputeSvdVectors) -> Result<Parts<T>> {
    if !a.finite() {
        return Err(NO_CONVERGENCE);
    }
    let scale = a.scale();
    let mut parts = reduced(&a, want).or_else(|_| {
        a.flush();
        reduced(&a, want)
    })?;
    parts.s.iter_mut().for_each(|s| *s *= scale);
    Ok(parts)
}

const NO_CONVERGENCE: Error = Error::NoConvergence { op: "svd" };

/// A tall matrix is reduced to its triangular factor first. Not by faer, see the door of this folder.
fn reduced<T: Scalar>(a: &Columns<T>, want: ComputeSvdVectors) -> Result<Parts<T>> {
    let (m, n) = (a.rows, a.cols);
    if m < 2 * n || n == 0 {
        return squarish(a, want);
    }
    let factors = reflect(a.clone());
    let inner = squarish(&factors.r(n), want)?;
    let u = match want {
        ComputeSvdVectors::No => inner.u,
        ComputeSvdVectors::Thin => product(factors.q(n).view(), inner.u.view()),
        ComputeSvdVectors::Full => {
            let mut q = factors.q(m);
            let head = product(q.view().subcols(0, n), inner.u.view());
            q.data[..m * n].copy_from_slice(&head.data);
            q
        }
    };
    Ok(Parts { u, ..inner })
}

fn squarish<T: Scalar>(a: &Columns<T>, want: ComputeSvdVectors) -> Result<Parts<T>> {
    let (m, n) = (a.rows, a.cols);
    let cols = if want == ComputeSvdVectors::Full { m } else { n };
    let (mut u, mut v) = (Columns::eye(m, cols), Columns::eye(n, n));
    if n == 0 {
        return Ok(Parts { u, s: Vec::new(), v });
    }
    let params =
        Spec::from(SvdParams { qr_ratio_threshold: f64::INFINITY, ..<SvdParams as Auto<T>>::auto() });
    let mut scratch = MemBuffer::new(svd_scratch::<T>(m, n, want, want, Par::Seq, params));
    let stack = MemStack::new(&mut scratch);
    let mut s = vec![T::ZERO; n];
    let vectors = want != ComputeSvdVectors::No;
    let (out_u, out_v) = (vectors.then(|| u.view_mut()), vectors.then(|| v.view_mut()));
    let out_s = DiagMut::from_slice_mut(&mut s);
    faer::linalg::svd::svd(a.view(), out_s, out_u, out_v, Par::Seq, stack, params)
        .map_err(|_| NO_CONVERGENCE)?;
    if !(u.finite() && v.finite() && s.iter().all(|s| s.finite())) {
        return Err(NO_CONVERGENCE);
    }
    Ok(ordered(Parts { u, s: s.into_iter().map(T::re).collect(), v }))
}

/// faer's divide and conquer leaves values near zero out of order, some below zero.
fn ordered<T: Scalar>(mut parts: Parts<T>) -> Parts<T> {
    for (col, s) in parts.s.iter_mut().enumerate().filter(|(_, s)| **s < T::Real::ZERO) {
        *s = -*s;
        parts.u.col_mut(col).iter_mut().for_each(|x| *x = -*x);
    }
    let mut order: Vec<usize> = (0..parts.s.len()).collect();
    order.sort_by(|&a, &b| parts.s[b].compare(parts.s[a]));
    parts.u.reorder(&order);
    parts.v.reorder(&order);
    parts.s = order.iter().map(|&col| parts.s[col]).collect();
    parts
}
