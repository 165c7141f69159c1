//! Every factorisation put together again, for all four types and all small shapes; then what breaks solvers.

#![allow(clippy::unwrap_used)]

mod edges;
mod factors;
mod large;
mod spectra;
mod systems;

use num_complex::Complex;

use super::scalar::{Float, Scalar};

/// Runs a generic test body with each element type.
macro_rules! each_type {
    ($name:ident, $body:ident) => {
        #[test]
        fn $name() {
            $body::<f32>();
            $body::<f64>();
            $body::<num_complex::Complex<f32>>();
            $body::<num_complex::Complex<f64>>();
        }
    };
}
use each_type;

/// A generator of numbers in -1..1 (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn next<R: Float>(&mut self) -> R {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        R::of((self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0)
    }

    fn matrix<T: Scalar>(&mut self, rows: usize, cols: usize) -> Vec<T> {
        (0..rows * cols).map(|_| T::from_parts(self.next(), self.next())).collect()
    }

    /// A matrix whose rows and columns repeat, of rank one or two.
    fn deficient<T: Scalar>(&mut self, rows: usize, cols: usize) -> Vec<T> {
        mul(&self.matrix::<T>(rows, 2), rows, 2, &self.matrix::<T>(2, cols), cols)
    }
}

/// Shapes from 0 × 0 to 8 × 8, each with a full and a deficient matrix.
fn for_shapes<T: Scalar>(mut check: impl FnMut(&[T], usize, usize)) {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for m in 0..9 {
        for n in 0..9 {
            check(&numbers.matrix(m, n), m, n);
            check(&numbers.deficient(m, n), m, n);
            check(&vec![T::ZERO; m * n], m, n);
            check(&eye(m, n), m, n);
            check(&vec![T::ONE; m * n], m, n);
        }
    }
}

fn for_squares<T: Scalar>(mut check: impl FnMut(&[T], usize)) {
    for_shapes(|a, m, n| {
        if m == n {
            check(a, n);
        }
    });
}

fn eye<T: Scalar>(m: usize, n: usize) -> Vec<T> {
    (0..m * n).map(|i| if i / n == i % n { T::ONE } else { T::ZERO }).collect()
}

fn mul<T: Scalar>(a: &[T], m: usize, n: usize, b: &[T], k: usize) -> Vec<T> {
    let mut out = vec![T::ZERO; m * k];
    for i in 0..m {
        for l in 0..n {
            for j in 0..k {
                out[i * k + j] += a[i * n + l] * b[l * k + j];
            }
        }
    }
    out
}

fn adjoint<T: Scalar>(a: &[T], m: usize, n: usize) -> Vec<T> {
    (0..m * n).map(|i| a[(i % m) * n + i / m].conjugate()).collect()
}

/// Times `values`, column by column.
fn scaled<T: Scalar>(a: &[T], values: &[T]) -> Vec<T> {
    a.iter().enumerate().map(|(i, &x)| x * values[i % values.len()]).collect()
}

fn real<T: Scalar>(values: &[T::Real]) -> Vec<T> {
    values.iter().map(|&x| T::from_real(x)).collect()
}

fn size<T: Scalar>(a: &[T]) -> T::Real {
    a.iter().fold(T::Real::ZERO, |max, x| if x.modulus() <= max { max } else { x.modulus() })
}

/// Equal up to `factor` roundings of the largest element of `b`, or of one.
#[track_caller]
fn near<T: Scalar>(a: &[T], b: &[T], factor: f64) {
    assert_eq!(a.len(), b.len());
    let unit = T::Real::EPSILON * (if size(b) > T::Real::ONE { size(b) } else { T::Real::ONE });
    let apart: Vec<T> = a.iter().zip(b).map(|(&a, &b)| a - b).collect();
    assert!(size(&apart) <= unit * T::Real::of(factor), "{:?} roundings: {a:?} {b:?}", size(&apart) / unit);
}

#[track_caller]
fn near_real<T: Scalar>(a: &[T::Real], b: &[T::Real], factor: f64) {
    near(&real::<T>(a), &real::<T>(b), factor);
}

/// The `k` columns of an m × k matrix are orthonormal.
#[track_caller]
fn orthonormal<T: Scalar>(q: &[T], m: usize, k: usize) {
    near(&mul(&adjoint(q, m, k), k, m, q, k), &eye(k, k), 60.0);
}

fn upper<T: Scalar>(a: &[T], m: usize, n: usize) -> bool {
    (0..m).all(|i| (0..n.min(i)).all(|j| a[i * n + j] == T::ZERO))
}

fn c(re: f64, im: f64) -> Complex<f64> {
    Complex::new(re, im)
}
