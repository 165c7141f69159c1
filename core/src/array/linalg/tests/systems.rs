//! Products, determinants, inverses, solutions and least squares.

use super::*;
use crate::array::linalg::{Determinant, Error, det, inv, lstsq, matmul, pinv, slogdet, solve, svdvals};

each_type!(matmul_agrees_with_loops, matmul_body);
fn matmul_body<T: Scalar>() {
    let mut numbers = Numbers(77);
    for_shapes::<T>(|a, m, n| {
        for k in [0, 1, 5] {
            let b = numbers.matrix(n, k);
            near(&matmul(a, m, n, &b, k), &mul(a, m, n, &b, k), 20.0);
        }
    });
    let (a, b) = (numbers.matrix::<T>(65, 130), numbers.matrix(130, 33));
    near(&matmul(&a, 65, 130, &b, 33), &mul(&a, 65, 130, &b, 33), 200.0);
    // Longer than a tile both ways.
    let (a, b) = (numbers.matrix::<T>(2, 600), numbers.matrix(600, 1100));
    near(&matmul(&a, 2, 600, &b, 1100), &mul(&a, 2, 600, &b, 1100), 2000.0);
}

each_type!(inverses_and_solutions, inverse_body);
fn inverse_body<T: Scalar>() {
    let mut numbers = Numbers(5);
    for_squares::<T>(|a, n| {
        let mut a = a.to_vec();
        (0..n).for_each(|i| a[i * n + i] += T::from_real(T::Real::of(10.0)));
        near(&mul(&a, n, n, &inv(&a, n).unwrap(), n), &eye(n, n), 200.0);
        for k in [0, 1, 3] {
            let b = numbers.matrix(n, k);
            near(&mul(&a, n, n, &solve(&a, n, &b, k).unwrap(), k), &b, 200.0);
        }
        let (d, Determinant { sign, logabsdet }) = (det(&a, n), slogdet(&a, n));
        let d2 = sign.times(T::Real::of(f64::from(num(logabsdet) as f32).exp()));
        assert!((d - d2).modulus() <= d.modulus() * T::Real::of(1e-3), "{d:?} {d2:?}");
        near(&[T::from_real(sign.modulus())], &[T::ONE], 8.0);
    });
}

fn num<R: Float>(x: R) -> f64 {
    format!("{x:?}").parse().unwrap()
}

each_type!(pseudoinverses, pinv_body);
fn pinv_body<T: Scalar>() {
    for_shapes::<T>(|a, m, n| {
        let tolerance = T::Real::EPSILON * T::Real::of(100.0);
        let p = pinv(a, m, n, tolerance).unwrap();
        let ap = mul(a, m, n, &p, m);
        near(&mul(&ap, m, m, a, n), a, 3000.0);
        near(&adjoint(&ap, m, m), &ap, 3000.0);
        near(&mul(&p, n, m, &ap, m), &p, 3000.0);
    });
}

each_type!(least_squares, lstsq_body);
fn lstsq_body<T: Scalar>() {
    let mut numbers = Numbers(9);
    for_shapes::<T>(|a, m, n| {
        let b = numbers.matrix(m, 2);
        let tolerance = T::Real::EPSILON * T::Real::of(100.0);
        let found = lstsq(a, m, n, &b, 2, tolerance).unwrap();
        near(&found.x, &mul(&pinv(a, m, n, tolerance).unwrap(), n, m, &b, 2), 3000.0);
        assert_eq!(found.s.len(), m.min(n));
        assert_eq!(found.residuals.len(), if found.rank == n && m > n { 2 } else { 0 });
    });
}

#[test]
fn by_hand() {
    assert_eq!(
        (det::<f64>(&[], 0), inv::<f32>(&[], 0), solve::<f32>(&[], 0, &[], 3)),
        (1.0, Ok(vec![]), Ok(vec![]))
    );
    assert_eq!(slogdet::<f64>(&[], 0), Determinant { sign: 1.0, logabsdet: 0.0 });
    assert_eq!(det(&[1.0, 2.0, 3.0, 4.0], 2), -2.0);
    assert_eq!(det(&[c(0.0, 1.0), c(0.0, 0.0), c(5.0, 0.0), c(0.0, 1.0)], 2), c(-1.0, 0.0));
    assert_eq!(inv(&[0.0, 2.0, 4.0, 0.0], 2), Ok(vec![0.0, 0.25, 0.5, 0.0]));
    assert_eq!(solve(&[2.0, 0.0, 0.0, 4.0], 2, &[2.0, 2.0], 1), Ok(vec![1.0, 0.5]));
    let line =
        lstsq(&[0.0, 1.0, 1.0, 1.0, 2.0, 1.0, 3.0, 1.0], 4, 2, &[-1.0, 0.2, 0.9, 2.1], 1, 1e-12).unwrap();
    near(&line.x, &[1.0, -0.95], 10.0);
    near(&line.residuals, &[0.05], 10.0);
    assert_eq!(pinv::<f64>(&[], 0, 3, 0.0), Ok(vec![]));
    assert_eq!(svdvals::<f64>(&[], 3, 0), Ok(vec![]));
}

#[test]
fn singular_is_said() {
    let singular = |pivot| Error::Singular { pivot };
    assert_eq!(inv(&[1.0, 2.0, 2.0, 4.0], 2), Err(singular(1)));
    assert_eq!(solve(&[0.0], 1, &[], 0), Err(singular(0)));
    assert_eq!(inv(&[c(0.0, 0.0); 9], 3), Err(singular(0)));
    assert_eq!(det(&[1.0, 2.0, 2.0, 4.0], 2), 0.0);
    assert_eq!(slogdet(&[0f32], 1), Determinant { sign: 0.0, logabsdet: f32::NEG_INFINITY });
}

#[test]
fn determinants_of_any_size() {
    let diagonal = |values: &[f64]| {
        let n = values.len();
        scaled(&eye(n, n), values)
    };
    assert_eq!(det(&diagonal(&[1e200, 1e200, 1e-200, 1e-200]), 4), 1.0);
    assert_eq!(det(&diagonal(&[1e200, -1e200]), 2), f64::NEG_INFINITY);
    assert_eq!(det(&diagonal(&[1e-200, -1e-200]), 2), 0.0);
    assert_eq!(det(&[5e-324], 1), 5e-324);
    let tiny = slogdet(&[Complex::new(0.0, 1e-310)], 1);
    near(&[tiny.sign], &[c(0.0, 1.0)], 2.0);
    near(&[tiny.logabsdet], &[1e-310f64.ln()], 2.0);
    assert_eq!(solve(&diagonal(&[1.0, 1e-310]), 2, &[1.0, 1e-310], 1), Ok(vec![1.0, 1.0]));
    assert_eq!(inv(&[c(0.0, 1e-200)], 1), Ok(vec![c(0.0, -1e200)]));
}

#[test]
fn nan_is_not_singular() {
    for a in [[f64::NAN, 0.0, 0.0, 1.0], [0.0, 1.0, f64::NAN, 0.0], [f64::NAN; 4]] {
        assert!(inv(&a, 2).unwrap().iter().any(|x| x.is_nan()), "{a:?}");
        assert!(det(&a, 2).is_nan() && slogdet(&a, 2).logabsdet.is_nan());
    }
}
