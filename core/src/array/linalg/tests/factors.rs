//! LU, QR and Cholesky.

use super::*;
use crate::array::linalg::{Error, Mode, cholesky, lu, permutation, qr};

each_type!(lu_multiplies_back, lu_body);
fn lu_body<T: Scalar>() {
    for_shapes::<T>(|a, m, n| {
        let k = m.min(n);
        let f = lu(a, m, n);
        let product = mul(&f.l, m, k, &f.u, n);
        near(&mul(&permutation(&f.rows), m, m, &product, n), a, 30.0);
        assert!(upper(&f.u, k, n) && upper(&adjoint(&f.l, m, k), k, m));
        assert!(f.l.iter().all(|x| x.re().magnitude() <= T::Real::of(1.5)));
    });
}

each_type!(qr_multiplies_back, qr_body);
fn qr_body<T: Scalar>() {
    for_shapes::<T>(|a, m, n| {
        for (mode, k) in [(Mode::Reduced, m.min(n)), (Mode::Complete, m)] {
            let f = qr(a, m, n, mode);
            assert_eq!((f.q.len(), f.r.len()), (m * k, k * n));
            near(&mul(&f.q, m, k, &f.r, n), a, 60.0);
            orthonormal(&f.q, m, k);
            assert!(upper(&f.r, k, n));
        }
    });
}

each_type!(cholesky_multiplies_back, cholesky_body);
fn cholesky_body<T: Scalar>() {
    for_shapes::<T>(|a, m, n| {
        let mut gram = mul(a, m, n, &adjoint(a, m, n), m);
        (0..m).for_each(|i| gram[i * m + i] += T::ONE);
        let lower = cholesky(&gram, m, false).unwrap();
        near(&mul(&lower, m, m, &adjoint(&lower, m, m), m), &gram, 30.0);
        assert!(upper(&adjoint(&lower, m, m), m, m));
        assert!((0..m).all(|i| lower[i * m + i].re() > T::Real::ZERO));
        assert_eq!(cholesky(&gram, m, true).unwrap(), adjoint(&lower, m, m));
    });
}

#[test]
fn by_hand() {
    let f = lu(&[1.0, 2.0, 4.0, 2.0], 2, 2);
    assert_eq!((f.rows, f.l, f.u), (vec![1, 0], vec![1.0, 0.0, 0.25, 1.0], vec![4.0, 2.0, 0.0, 1.5]));
    assert_eq!(permutation::<f64>(&[2, 0, 1]), [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    let f = qr(&[3.0, 1.0, 4.0, 2.0], 2, 2, Mode::Reduced);
    near(&f.r, &[-5.0, -2.2, 0.0, 0.4], 4.0);
    near(&f.q, &[-0.6, -0.8, -0.8, 0.6], 4.0);
    let f = qr(&[c(0.0, 2.0)], 1, 1, Mode::Complete);
    near(&f.r, &[c(-2.0, 0.0)], 2.0);
    assert_eq!(cholesky(&[4.0, 99.0, 2.0, 5.0], 2, false), Ok(vec![2.0, 0.0, 1.0, 2.0]));
    let hermitian = [c(2.0, 0.0), c(0.0, -2.0), c(0.0, 2.0), c(3.0, 7.0)];
    let root = 2f64.sqrt();
    near(
        &cholesky(&hermitian, 2, true).unwrap(),
        &[c(root, 0.0), c(0.0, -root), c(0.0, 0.0), c(1.0, 0.0)],
        4.0,
    );
}

#[test]
fn cholesky_refuses() {
    let refused = |minor| Some(Error::NotPositiveDefinite { minor });
    assert_eq!(cholesky(&[0.0], 1, false).err(), refused(1));
    assert_eq!(cholesky(&[1.0, 1.0, 1.0, 1.0], 2, false).err(), refused(2));
    assert_eq!(cholesky(&[1.0, 0.0, f64::NAN, 1.0], 2, false).err(), refused(2));
    assert_eq!(cholesky(&[f32::NAN, 0.0, 0.0, 1.0], 2, true).err(), refused(1));
    assert_eq!(cholesky(&[f32::INFINITY], 1, true).err(), refused(1));
    assert!(cholesky(&[1.0, f64::NAN, 0.0, 1.0], 2, false).is_ok());
}

#[test]
fn qr_keeps_columns_that_are_nearly_dependent() {
    let (m, n) = (3000, 2);
    let a: Vec<f32> = (0..m).flat_map(|i| [1.0, if i == 7 { 1.01 } else { 1.0 }]).collect();
    let f = qr(&a, m, n, Mode::Reduced);
    // Of the length of a column, 55, not of its elements.
    near(&mul(&f.q, m, n, &f.r, n), &a, 55.0 * 10.0);
    // Summed as float64: 3000 terms take their roundings, too.
    let gram = mul(&adjoint(&doubled(&f.q), m, n), n, m, &doubled(&f.q), n);
    assert!(gram.iter().zip(eye::<f64>(n, n)).all(|(x, y)| (x - y).abs() < 1e-5), "{gram:?}");
    assert!((f.r[3].abs() - 0.01).abs() < 1e-4, "{:?}", f.r);
}

fn doubled(a: &[f32]) -> Vec<f64> {
    a.iter().map(|&x| f64::from(x)).collect()
}

#[test]
fn qr_of_what_is_not_finite_is_nan() {
    for bad in [f64::NAN, f64::INFINITY] {
        let f = qr(&[1.0, bad, 3.0, 4.0, 5.0, 6.0], 3, 2, Mode::Complete);
        assert!(f.q.iter().all(|x| x.is_nan()) && upper(&f.r, 3, 2) && f.r[..2].iter().all(|x| x.is_nan()));
    }
}
