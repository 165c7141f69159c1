//! Singular values, eigenvalues and their vectors.

use super::*;
use crate::array::linalg::{eig, eigh, eigvals, eigvalsh, svd, svdvals};

each_type!(svd_multiplies_back, svd_body);
fn svd_body<T: Scalar>() {
    for_shapes::<T>(|a, m, n| check_svd(a, m, n, 100.0));
}

#[track_caller]
pub(super) fn check_svd<T: Scalar>(a: &[T], m: usize, n: usize, factor: f64) {
    let k = m.min(n);
    let values = svdvals(a, m, n).unwrap();
    for full in [false, true] {
        let f = svd(a, m, n, full).unwrap();
        let (p, q) = if full { (m, n) } else { (k, k) };
        assert_eq!((f.u.len(), f.s.len(), f.vh.len()), (m * p, k, q * n));
        assert!(f.s.iter().all(|&s| s >= T::Real::ZERO) && f.s.windows(2).all(|w| w[0] >= w[1]));
        near_real::<T>(&f.s, &values, factor);
        let mut middle = vec![T::ZERO; p * q];
        (0..k).for_each(|i| middle[i * q + i] = T::from_real(f.s[i]));
        near(&mul(&mul(&f.u, m, p, &middle, q), m, q, &f.vh, n), a, factor);
        near(&mul(&adjoint(&f.u, m, p), p, m, &f.u, p), &eye(p, p), factor);
        near(&mul(&f.vh, q, n, &adjoint(&f.vh, q, n), q), &eye(q, q), factor);
    }
}

each_type!(eigh_multiplies_back, eigh_body);
fn eigh_body<T: Scalar>() {
    for_squares::<T>(|a, n| check_eigh(a, n, 100.0));
}

#[track_caller]
pub(super) fn check_eigh<T: Scalar>(a: &[T], n: usize, factor: f64) {
    let whole: Vec<T> = a.iter().zip(adjoint(a, n, n)).map(|(&x, y)| x + y).collect();
    let lower: Vec<T> = (0..n * n)
        .map(|i| match (i / n).cmp(&(i % n)) {
            std::cmp::Ordering::Less => T::from_real(T::Real::NAN),
            std::cmp::Ordering::Equal => whole[i] + T::from_parts(T::Real::ZERO, T::Real::ONE),
            std::cmp::Ordering::Greater => whole[i],
        })
        .collect();
    let f = eigh(&lower, n).unwrap();
    assert!(f.values.windows(2).all(|w| w[0] <= w[1]));
    near_real::<T>(&eigvalsh(&lower, n).unwrap(), &f.values, factor);
    let left = scaled(&f.vectors, &real::<T>(&f.values));
    near(&mul(&left, n, n, &adjoint(&f.vectors, n, n), n), &whole, factor);
    near(&mul(&adjoint(&f.vectors, n, n), n, n, &f.vectors, n), &eye(n, n), factor);
}

each_type!(eig_solves_its_equation, eig_body);
fn eig_body<T: Scalar>() {
    for_squares::<T>(|a, n| check_eig(a, n, 200.0));
}

#[track_caller]
pub(super) fn check_eig<T: Scalar>(a: &[T], n: usize, factor: f64) {
    let f = eig(a, n).unwrap();
    let complex: Vec<T::Cx> = a.iter().map(|x| x.to_complex()).collect();
    let left = mul(&complex, n, n, &f.vectors, n);
    let unit = T::Real::EPSILON * (if size(a) > T::Real::ONE { size(a) } else { T::Real::ONE });
    let apart: Vec<_> = left.iter().zip(scaled(&f.vectors, &f.values)).map(|(&x, y)| x - y).collect();
    assert!(size(&apart) <= unit * T::Real::of(factor), "{:?}: {a:?} {f:?}", size(&apart) / unit);
    let gram = mul(&adjoint(&f.vectors, n, n), n, n, &f.vectors, n);
    (0..n).for_each(|i| near(&[gram[i * n + i]], &[T::Cx::ONE], 20.0 + n as f64));
    let sum = |values: &[T::Cx]| values.iter().fold(T::Cx::ZERO, |sum, &x| sum + x);
    let trace = (0..n).fold(T::ZERO, |sum, i| sum + a[i * n + i]).to_complex();
    near(&[sum(&f.values)], &[trace], factor);
    near(&[sum(&eigvals(a, n).unwrap())], &[trace], factor);
}

#[test]
fn by_hand() {
    near(&svdvals(&[3.0, 0.0, 4.0, 5.0], 2, 2).unwrap(), &[45f64.sqrt(), 5f64.sqrt()], 4.0);
    near(&eigvalsh(&[2.0, 99.0, 1.0, 2.0], 2).unwrap(), &[1.0, 3.0], 4.0);
    near(&eigvalsh(&[c(1.0, 5.0), c(9.0, 9.0), c(0.0, 1.0), c(1.0, 0.0)], 2).unwrap(), &[0.0, 2.0], 4.0);
    let turn = eig(&[0.0, -1.0, 1.0, 0.0], 2).unwrap();
    let mut values: Vec<Complex<f64>> = turn.values;
    values.sort_by(|a, b| a.im.total_cmp(&b.im));
    near(&values, &[c(0.0, -1.0), c(0.0, 1.0)], 4.0);
    let triangle = eig(&[1.0, 1.0, 0.0, 3.0], 2).unwrap();
    near(&triangle.values, &[c(1.0, 0.0), c(3.0, 0.0)], 4.0);
    assert!(triangle.vectors.iter().all(|x| x.im == 0.0));
    let empty = svd::<f64>(&[], 2, 0, true).unwrap();
    assert_eq!((empty.u, empty.s, empty.vh), (vec![1.0, 0.0, 0.0, 1.0], vec![], vec![]));
    let empty = svd::<f64>(&[], 0, 2, true).unwrap();
    assert_eq!((empty.u, empty.s, empty.vh), (vec![], vec![], vec![1.0, 0.0, 0.0, 1.0]));
}

#[test]
fn pairs_of_a_real_matrix_are_conjugates() {
    let mut numbers = Numbers(3);
    for n in 2..12 {
        let f = eig(&numbers.matrix::<f64>(n, n), n).unwrap();
        for value in &f.values {
            assert!(f.values.contains(&value.conj()));
        }
    }
}

each_type!(defective_matrices, jordan_body);
fn jordan_body<T: Scalar>() {
    for n in [2, 3, 8, 30] {
        for value in [T::ZERO, T::ONE, T::from_real(T::Real::of(-2.5))] {
            let mut jordan = vec![T::ZERO; n * n];
            (0..n).for_each(|i| jordan[i * n + i] = value);
            (1..n).for_each(|i| jordan[(i - 1) * n + i] = T::ONE);
            check_eig(&jordan, n, 400.0);
            let values = eig(&jordan, n).unwrap().values;
            assert!(values.iter().all(|&x| x == value.to_complex()));
        }
    }
}
