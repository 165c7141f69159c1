//! NaN, infinities and numbers at the limits: an answer or an error, no panic, no endless loop.

use super::*;
use crate::array::linalg::*;

each_type!(nothing_panics_on_bad_numbers, bad_body);
fn bad_body<T: Scalar>() {
    let one = T::Real::ONE;
    let infinity = one / T::Real::ZERO;
    let mut numbers = Numbers(11);
    for (m, n) in [(1, 1), (2, 2), (3, 3), (4, 2), (2, 5), (7, 7), (20, 20), (40, 9)] {
        for bad in [T::Real::NAN, infinity, -infinity] {
            for place in [0, m * n / 2, m * n - 1] {
                let mut a = numbers.matrix::<T>(m, n);
                a[place] = T::from_real(bad);
                everything(&a, m, n);
                assert!(
                    svdvals(&a, m, n).is_err()
                        && svd(&a, m, n, true).is_err()
                        && pinv(&a, m, n, one).is_err()
                );
                if m == n {
                    assert!(eig(&a, n).is_err() && eigvals(&a, n).is_err());
                }
            }
            everything(&vec![T::from_parts(bad, bad); m * n], m, n);
        }
    }
}

/// Calls everything, and forgets what comes of it.
fn everything<T: Scalar>(a: &[T], m: usize, n: usize) {
    let tolerance = T::Real::EPSILON;
    let _ = (lu(a, m, n), qr(a, m, n, Mode::Reduced), qr(a, m, n, Mode::Complete));
    let _ = (svd(a, m, n, true), svd(a, m, n, false), svdvals(a, m, n), pinv(a, m, n, tolerance));
    let _ = (lstsq(a, m, n, a, n, tolerance), matmul(&adjoint(a, m, n), n, m, a, n));
    if m == n {
        let _ = (eig(a, n), eigvals(a, n), eigh(a, n), eigvalsh(a, n));
        let _ = (cholesky(a, n, true), inv(a, n), det(a, n), slogdet(a, n), solve(a, n, a, n));
    }
}

each_type!(any_magnitude, magnitude_body);
fn magnitude_body<T: Scalar>() {
    let mut numbers = Numbers(21);
    let most = T::Real::SCALE_MAX;
    for exponent in [-most - 20, -most, -most / 2, most / 2, most] {
        let factor = T::Real::power_of_two(exponent);
        for (m, n) in [(1, 1), (2, 2), (3, 3), (5, 5), (6, 2), (2, 7)] {
            let plain = numbers.matrix::<T>(m, n);
            let a: Vec<T> = plain.iter().map(|x| x.times(factor)).collect();
            // The spectrum of the matrix as rounded, which keeps few digits among the least numbers.
            let back = T::Real::power_of_two(-exponent / 2);
            let up = |x: T| x.times(back).times(back);
            let plain: Vec<T> = a.iter().map(|&x| up(x)).collect();
            let f = svd(&a, m, n, false).unwrap();
            let values: Vec<T::Real> = f.s.iter().map(|&s| s * back * back).collect();
            let loss = if exponent < -most { 1e9 } else { 100.0 };
            near_real::<T>(&values, &svdvals(&plain, m, n).unwrap(), loss);
            orthonormal(&f.u, m, m.min(n));
            let f = qr(&a, m, n, Mode::Reduced);
            let r: Vec<T> = f.r.iter().map(|&x| up(x)).collect();
            near(&mul(&f.q, m, m.min(n), &r, n), &plain, loss);
            if m == n {
                let f = eig(&a, n).unwrap();
                let left =
                    mul(&plain.iter().map(|x| x.to_complex()).collect::<Vec<_>>(), n, n, &f.vectors, n);
                let values: Vec<_> = f.values.iter().map(|x| x.times(back).times(back)).collect();
                near(&scaled(&f.vectors, &values), &left, loss);
                assert!(eigh(&a, n).unwrap().vectors.iter().all(|x| x.finite()));
            }
        }
    }
}

each_type!(mixed_magnitudes, mixed_body);
fn mixed_body<T: Scalar>() {
    let mut numbers = Numbers(31);
    let most = T::Real::SCALE_MAX;
    for round in 0..400 {
        let (m, n) = (1 + round % 6, 1 + round / 6 % 6);
        let a: Vec<T> = (0..m * n)
            .map(|_| {
                let exponent = numbers.next::<T::Real>() * T::Real::of(f64::from(most));
                let sparse = numbers.next::<T::Real>() > T::Real::of(0.5);
                let factor = if sparse { T::Real::ZERO } else { T::Real::power_of_two(whole(exponent)) };
                T::from_parts(numbers.next(), numbers.next()).times(factor)
            })
            .collect();
        everything(&a, m, n);
        let f = svd(&a, m, n, true).unwrap();
        orthonormal(&f.u, m, m);
        orthonormal(&f.vh, n, n);
        if m == n {
            let f = eigh(&a, n).unwrap();
            orthonormal(&f.vectors, n, n);
            assert!(eig(&a, n).is_ok() && eigvals(&a, n).is_ok(), "{round}: {a:?}");
        }
    }
}

fn whole<R: Float>(x: R) -> i32 {
    format!("{x:?}").parse::<f64>().unwrap() as i32
}
