//! Single eigenvectors by inverse iteration, for eigenvalues that are known.

use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::evd::hessenberg::{HessenbergParams, hessenberg_in_place, hessenberg_in_place_scratch};
use faer::linalg::householder::{
    apply_block_householder_sequence_on_the_right_in_place_scratch as apply_scratch,
    apply_block_householder_sequence_on_the_right_in_place_with_conj as apply,
};
use faer::linalg::qr::no_pivoting::factor::recommended_block_size;
use faer::{Conj, Par, Spec};

use super::columns::{Columns, product};
use super::scalar::{Float, Scalar};

/// `q · h · qᴴ`, with zeros below the first subdiagonal of `h`: there one vector costs n² steps.
pub(super) struct Hessenberg<T: Scalar> {
    h: Columns<T>,
    q: Columns<T>,
}

impl<T: Scalar> Hessenberg<T> {
    /// Reduces the square matrix `a`, which is finite.
    pub(super) fn new(a: &Columns<T>) -> Self {
        let n = a.rows;
        let (mut h, mut q) = (a.clone(), Columns::eye(n, n));
        if n < 3 {
            return Self { h, q };
        }
        let width = recommended_block_size::<T>(n - 1, n - 1);
        let params: Spec<HessenbergParams, T> = Default::default();
        let mut factors = Columns::<T>::zeros(width, n - 1);
        let mut scratch = MemBuffer::new(StackReq::any_of(&[
            hessenberg_in_place_scratch::<T>(n, width, Par::Seq, params),
            apply_scratch::<T>(n - 1, width, n - 1),
        ]));
        let stack = MemStack::new(&mut scratch);
        hessenberg_in_place(h.view_mut(), factors.view_mut(), Par::Seq, stack, params);
        let basis = h.view().submatrix(1, 0, n - 1, n - 1);
        let target = q.view_mut().submatrix_mut(1, 1, n - 1, n - 1);
        apply(basis, factors.view(), Conj::No, target, Par::Seq, stack);
        (0..n).for_each(|col| h.col_mut(col).iter_mut().skip(col + 2).for_each(|x| *x = T::ZERO));
        Self { h, q }
    }

    /// A vector, of some length, to the eigenvalue `value`: two steps from a vector of ones, as LAPACK's hsein
    /// starts.
    pub(super) fn vector(&self, value: T) -> Vec<T> {
        let shifted = Shifted::new(self.h.clone(), value);
        let mut x = Columns { data: vec![T::ONE; self.h.rows], rows: self.h.rows, cols: 1 };
        shifted.solve_upper(&mut x.data);
        shifted.solve_lower(&mut x.data);
        shifted.solve_upper(&mut x.data);
        product(self.q.view(), x.view()).data
    }
}

/// The LU factors of `h - value · 1`.
struct Shifted<T> {
    u: Columns<T>,
    /// For each column whether its two rows were exchanged, and the multiple of the upper off the lower.
    steps: Vec<(bool, T)>,
}

impl<T: Scalar> Shifted<T> {
    fn new(mut u: Columns<T>, value: T) -> Self {
        let n = u.rows;
        let least = u.largest().larger(T::Real::TINY) * T::Real::EPSILON;
        (0..n).for_each(|i| u.set(i, i, u.get(i, i) - value));
        let mut steps = Vec::with_capacity(n);
        for i in 0..n {
            if i + 1 < n {
                steps.push(eliminate(&mut u, i, least));
            }
            if u.get(i, i).modulus() < least {
                u.set(i, i, T::from_real(least));
            }
        }
        Self { u, steps }
    }

    /// Solves with the upper factor, and scales the vector down whenever it grows out of hand.
    fn solve_upper(&self, x: &mut [T]) {
        for i in (0..x.len()).rev() {
            x[i] = x[i].over(self.u.get(i, i));
            let exponent = x[i].size().exponent();
            if exponent > T::Real::SCALE_MAX / 4 {
                let factor = T::Real::power_of_two(-exponent);
                x.iter_mut().for_each(|x| *x = x.times(factor));
            }
            let factor = x[i];
            super::triangular::subtract(&mut x[..i], &self.u.col(i)[..i], factor);
        }
    }

    fn solve_lower(&self, x: &mut [T]) {
        for (i, &(exchange, multiple)) in self.steps.iter().enumerate() {
            if exchange {
                x.swap(i, i + 1);
            }
            x[i + 1] -= x[i] * multiple;
        }
    }
}

/// Eliminates the subdiagonal of one column; the larger of the two elements is the pivot, at least `least`.
fn eliminate<T: Scalar>(u: &mut Columns<T>, i: usize, least: T::Real) -> (bool, T) {
    let exchange = u.get(i + 1, i).modulus() > u.get(i, i).modulus();
    if exchange {
        (i..u.cols).for_each(|col| u.col_mut(col).swap(i, i + 1));
    }
    if u.get(i, i).modulus() < least {
        u.set(i, i, T::from_real(least));
    }
    let multiple = u.get(i + 1, i).over(u.get(i, i));
    u.set(i + 1, i, T::ZERO);
    for col in i + 1..u.cols {
        let value = u.get(i + 1, col) - u.get(i, col) * multiple;
        u.set(i + 1, col, value);
    }
    (exchange, multiple)
}
