//! The logarithms.

use std::f64::consts::{LN_2, LN_10};

use num_complex::Complex;

use super::super::exact::{sum, two_product};
use super::Wide;
use super::arithmetic::{exponent, largest, scaled};

/// ln |z| + i arg z. The special cases are those of `hypot` and `atan2`.
pub(super) fn log(z: Wide) -> Wide {
    Complex::new(log_abs(z), z.im.atan2(z.re))
}

pub(super) fn log2(z: Wide) -> Wide {
    let Complex { re, im } = log(z);
    Complex::new(re / LN_2, im / LN_2)
}

pub(super) fn log10(z: Wide) -> Wide {
    let Complex { re, im } = log(z);
    Complex::new(re / LN_10, im / LN_10)
}

/// ½ ln(1 + 2a + a² + b²) + i arg(1 + z).
///
/// When 1 + z is far from the unit circle rounding 1 + a does no harm, and it is the logarithm of that.
pub(super) fn log1p(z: Wide) -> Wide {
    let Complex { re: a, im: b } = z;
    let shifted = Complex::new(1.0 + a, b);
    if b == 0.0 && a > -1.0 {
        return Complex::new(a.ln_1p(), b);
    }
    if !near_one(shifted) {
        return log(shifted);
    }
    let ((aa, aa_low), (bb, bb_low)) = (two_product(a, a), two_product(b, b));
    let excess = sum([2.0 * a, aa, bb, aa_low, bb_low]);
    Complex::new(0.5 * excess.ln_1p(), b.atan2(shifted.re))
}

/// ln |z|, without overflow at either end and without cancellation near the unit circle.
pub(super) fn log_abs(z: Wide) -> f64 {
    if near_one(z) {
        return 0.5 * excess(z).ln_1p();
    }
    let size = largest(z);
    if !size.is_finite() || (1e-290..1e300).contains(&size) {
        return z.re.hypot(z.im).ln();
    }
    let shift = exponent(size);
    let small = scaled(z, -shift);
    small.re.hypot(small.im).ln() + f64::from(shift) * LN_2
}

/// Whether the logarithm of |z| may be so small that an error in |z| shows.
fn near_one(z: Wide) -> bool {
    (0.5..=2.0).contains(&largest(z))
}

/// |z|² - 1, exact but for its last bit.
fn excess(z: Wide) -> f64 {
    let ((aa, aa_low), (bb, bb_low)) = (two_product(z.re, z.re), two_product(z.im, z.im));
    sum([-1.0, aa, bb, aa_low, bb_low])
}
