//! Sizes at which faer and our blocks change their ways. Slow without optimisation, hence few or ignored.

use super::spectra::{check_eig, check_eigh, check_svd};
use super::*;
use crate::array::linalg::*;

/// Matrices of order `n` that are hard in different ways.
fn hard<T: Scalar>(n: usize) -> Vec<(&'static str, Vec<T>)> {
    let mut numbers = Numbers(n as u64 + 1);
    let of = |f: &dyn Fn(usize, usize) -> f64| -> Vec<T> {
        (0..n * n).map(|i| T::from_real(T::Real::of(f(i / n, i % n)))).collect()
    };
    vec![
        ("random", numbers.matrix(n, n)),
        ("rank two", numbers.deficient(n, n)),
        ("zero", of(&|_, _| 0.0)),
        ("identity", of(&|i, j| f64::from(i == j))),
        ("ones", of(&|_, _| 1.0)),
        ("clustered", of(&|i, j| if i == j { 1.0 + (i % 3) as f64 * 1e-9 } else { 0.0 })),
        ("graded", of(&|i, j| 0.8f64.powi((i + j) as i32))),
        ("hilbert", of(&|i, j| 1.0 / (i + j + 1) as f64)),
        ("tridiagonal", of(&|i, j| [2.0, -1.0, 0.0][i.abs_diff(j).min(2)])),
        ("circulant", of(&|i, j| f64::from((i + 1) % n == j))),
        ("triangular", of(&|i, j| if i <= j { 1.0 / (1 + j - i) as f64 } else { 0.0 })),
        ("jordan", of(&|i, j| f64::from(i == j || i + 1 == j))),
        ("nilpotent", of(&|i, j| f64::from(j == i + 1))),
        ("blocks", of(&|i, j| if i / 4 == j / 4 { ((i * 7 + j * 3) % 5) as f64 - 2.0 } else { 0.0 })),
        ("orthogonal", qr(&numbers.matrix::<T>(n, n), n, n, Mode::Reduced).q),
    ]
}

fn check_all<T: Scalar>(n: usize) {
    for (name, a) in hard::<T>(n) {
        eprintln!("{n} {name}");
        let factor = 40.0 * n as f64;
        check_svd(&a, n, n, factor);
        check_eigh(&a, n, factor);
        check_eig(&a, n, 4.0 * factor);
        for mode in [Mode::Reduced, Mode::Complete] {
            let f = qr(&a, n, n, mode);
            near(&mul(&f.q, n, n, &f.r, n), &a, factor);
        }
        let f = lu(&a, n, n);
        near(&mul(&permutation(&f.rows), n, n, &mul(&f.l, n, n, &f.u, n), n), &a, factor);
    }
}

each_type!(order_33, order_33_body);
fn order_33_body<T: Scalar>() {
    check_all::<T>(33);
}

#[test]
#[ignore = "slow without --release"]
fn hard_orders() {
    for n in [64, 76, 129, 160, 260] {
        check_all::<f64>(n);
        check_all::<Complex<f64>>(n);
        check_all::<f32>(n);
        check_all::<Complex<f32>>(n);
    }
}

each_type!(blocks_of_columns, blocks_body);
fn blocks_body<T: Scalar>() {
    let mut numbers = Numbers(8);
    for (m, n) in [(70, 33), (33, 70), (150, 66), (66, 150), (100, 3)] {
        let a = numbers.matrix::<T>(m, n);
        let f = lu(&a, m, n);
        let k = m.min(n);
        near(&mul(&permutation(&f.rows), m, m, &mul(&f.l, m, k, &f.u, n), n), &a, 200.0);
        let f = qr(&a, m, n, Mode::Complete);
        near(&mul(&f.q, m, m, &f.r, n), &a, 200.0);
        check_svd(&a, m, n, 600.0);
    }
    let mut a = numbers.matrix::<T>(150, 150);
    (0..150).for_each(|i| a[i * 151] += T::from_real(T::Real::of(20.0)));
    let b = numbers.matrix(150, 70);
    near(&mul(&a, 150, 150, &solve(&a, 150, &b, 70).unwrap(), 70), &b, 600.0);
    near(&mul(&a, 150, 150, &inv(&a, 150).unwrap(), 150), &eye(150, 150), 600.0);
}

#[test]
#[ignore = "a measurement, for --release"]
fn times() {
    let n = 1000;
    let a = Numbers(4).matrix::<f64>(n, n);
    let clock = |name: &str, work: &mut dyn FnMut()| {
        let start = std::time::Instant::now();
        work();
        eprintln!("{name} of order {n}: {:?}", start.elapsed());
    };
    clock("matmul", &mut || drop(matmul(&a, n, n, &a, n)));
    clock("lu", &mut || drop(lu(&a, n, n)));
    clock("inv", &mut || drop(inv(&a, n)));
    clock("qr", &mut || drop(qr(&a, n, n, Mode::Reduced)));
    clock("svd", &mut || drop(svd(&a, n, n, false)));
    clock("svdvals", &mut || drop(svdvals(&a, n, n)));
    clock("eigh", &mut || drop(eigh(&a, n)));
    clock("eig", &mut || drop(eig(&a, n)));
    clock("eigvals", &mut || drop(eigvals(&a, n)));
}
