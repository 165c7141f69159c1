//! Determinants, inverses and solutions of square systems, all by one LU factorisation.

use super::columns::Columns;
use super::lu::{Factors, factor};
use super::scalar::{Float, Product, Scalar};
use super::triangular::{solve_unit_lower, solve_upper};
use super::{Error, Result};

/// A determinant as sign and logarithm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Determinant<T, R> {
    /// Of absolute value one; zero for a singular matrix.
    pub sign: T,
    /// The logarithm of the absolute value; minus infinity for a singular matrix.
    pub logabsdet: R,
}

/// The determinant of the n × n matrix `a`: one if n is 0, zero if a pivot is. Pivots are multiplied with their
/// exponents apart, so it overflows only if the determinant does.
pub fn det<T: Scalar>(a: &[T], n: usize) -> T {
    product(&pivots(a, n))
}

/// The product of the pivots, zero if one is.
pub fn product<T: Scalar>(pivots: &[T]) -> T {
    match pivots.contains(&T::ZERO) {
        true => T::ZERO,
        false => pivots.iter().fold(Product::new(T::ONE), |product, pivot| product.times(*pivot)).value(),
    }
}

/// Sign and logarithm of the determinant of the n × n matrix `a`: 1 and 0 if n is 0.
pub fn slogdet<T: Scalar>(a: &[T], n: usize) -> Determinant<T, T::Real> {
    log_product(&pivots(a, n))
}

/// Sign and logarithm of the product of the pivots.
pub fn log_product<T: Scalar>(pivots: &[T]) -> Determinant<T, T::Real> {
    if pivots.contains(&T::ZERO) {
        return Determinant { sign: T::ZERO, logabsdet: T::Real::ZERO.log() };
    }
    let (mut sign, mut logabsdet) = (T::ONE, T::Real::ZERO);
    for pivot in pivots {
        sign *= unit(*pivot);
        logabsdet += pivot.modulus().log();
    }
    Determinant { sign, logabsdet }
}

/// The pivots of the n × n matrix `a`, the first with another sign where rows were exchanged an odd number of times.
fn pivots<T: Scalar>(a: &[T], n: usize) -> Vec<T> {
    let Factors { lu, odd, .. } = factor(Columns::from_rows(a, n, n));
    let mut pivots: Vec<T> = (0..n).map(|at| lu.get(at, at)).collect();
    if let Some(first) = pivots.first_mut().filter(|_| odd) {
        *first = -*first;
    }
    pivots
}

/// The inverse of the n × n matrix `a`, row-major. NaN and infinities give NaN.
///
/// # Errors
/// [`Error::Singular`] if a pivot is exactly zero.
pub fn inv<T: Scalar>(a: &[T], n: usize) -> Result<Vec<T>> {
    Ok(solution(a, n, Columns::eye(n, n))?.to_rows())
}

/// The n × k matrix `x` with `a · x = b`, row-major; `a` is n × n, `b` n × k.
///
/// # Errors
/// [`Error::Singular`] if a pivot of `a` is exactly zero, also if k is 0.
pub fn solve<T: Scalar>(a: &[T], n: usize, b: &[T], k: usize) -> Result<Vec<T>> {
    Ok(solution(a, n, Columns::from_rows(b, n, k))?.to_rows())
}

fn solution<T: Scalar>(a: &[T], n: usize, b: Columns<T>) -> Result<Columns<T>> {
    let Factors { lu, rows, singular, .. } = factor(Columns::from_rows(a, n, n));
    if let Some(pivot) = singular {
        return Err(Error::Singular { pivot });
    }
    let mut x = Columns::zeros(n, b.cols);
    for col in 0..b.cols {
        for (to, &from) in x.col_mut(col).iter_mut().zip(&rows) {
            *to = b.col(col)[from];
        }
    }
    solve_unit_lower(&lu, &mut x);
    solve_upper(&lu, &mut x);
    Ok(x)
}

/// `x` divided by its absolute value.
fn unit<T: Scalar>(x: T) -> T {
    let scaled = x.times(T::Real::power_of_two(-x.size().exponent()));
    scaled.over(T::from_real(scaled.modulus()))
}
