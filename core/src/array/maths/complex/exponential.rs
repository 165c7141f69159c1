//! `exp` and `expm1`.

use num_complex::Complex;

use super::super::exact::{Pair, complex_product};
use super::Wide;

/// e^a (cos b + i sin b).
pub(super) fn exp(z: Wide) -> Wide {
    let Complex { re: a, im: b } = z;
    if b == 0.0 {
        return Complex::new(a.exp(), b);
    }
    if !b.is_finite() {
        return match a {
            f64::NEG_INFINITY => Complex::new(0.0, 0f64.copysign(b)),
            f64::INFINITY => Complex::new(a, f64::NAN),
            _ => Complex::new(f64::NAN, f64::NAN),
        };
    }
    let (sin, cos) = b.sin_cos();
    Complex::new(times_exp(cos, a), times_exp(sin, a))
}

/// (e^a - 1) cos b - (1 - cos b), and the imaginary part of `exp`.
///
/// 1 - cos b is 2 sin²(b/2), which does not cancel. Either zero plus 0i is +0 + 0i, as the standard says.
pub(super) fn expm1(z: Wide) -> Wide {
    let Complex { re: a, im: b } = z;
    if b == 0.0 {
        return Complex::new(if a == 0.0 { 0.0 } else { a.exp_m1() }, b);
    }
    if !b.is_finite() || a.abs() > 40.0 || a.is_nan() {
        let Complex { re, im } = exp(z);
        return Complex::new(re - 1.0, im);
    }
    let (sin, cos) = b.sin_cos();
    let half = (0.5 * b).sin();
    let fall = 2.0 * half * half;
    let re = a.exp_m1() * cos - fall;
    let cancels = re.abs() < 0.25 * fall && b.abs() < 1.0;
    Complex::new(if cancels { expm1_series(z) } else { re }, sin * a.exp())
}

/// The real part of z + z²/2 + z³/6 + …, in pairs of doubles, for z in the unit circle or just outside.
///
/// Along the curve e^a cos b = 1, which leaves 0 upwards and downwards, the real part changes its sign, and
/// its two terms have nothing in common but their size.
fn expm1_series(z: Wide) -> f64 {
    let (z, zero, one) = ([Pair::new(z.re), Pair::new(z.im)], Pair::new(0.0), Pair::new(1.0));
    let tail = (2..32).rev().fold([one, zero], |sum, n| {
        let [re, im] = complex_product(z, sum).map(|part| part.over(Pair::new(f64::from(n))));
        [one.plus(re), im]
    });
    let [re, _] = complex_product(z, tail);
    re.value()
}

/// e^709, just below the largest number.
const BIG: f64 = 8.218407461554972e307;
const BIG_LOG: f64 = 709.0;

/// `factor * e^x`, finite whenever the product is, though e^x may not be.
pub(super) fn times_exp(factor: f64, x: f64) -> f64 {
    if factor == 0.0 {
        return factor;
    }
    let (mut product, mut left) = (factor, x);
    // The smallest factor is 2⁻¹⁰⁷⁴, so a third step meets an infinity at the latest.
    for _ in 0..3 {
        if left > BIG_LOG {
            (product, left) = (product * BIG, left - BIG_LOG);
        }
    }
    product * left.exp()
}

/// `factor * e^x / 2` for `x` above 709, where `sinh` and `cosh` are e^x / 2 and overflow.
pub(super) fn times_half_exp(factor: f64, x: f64) -> f64 {
    times_exp(factor * (0.5 * BIG), x - BIG_LOG)
}
