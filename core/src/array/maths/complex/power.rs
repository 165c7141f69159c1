//! `sqrt` and `pow`.

use std::f64::consts::SQRT_2;

use num_complex::Complex;

use super::super::exact::{Pair, complex_product};
use super::Wide;
use super::arithmetic::{isfinite, largest, multiply, reciprocal};
use super::exponential::{exp, times_exp};
use super::{logarithm, long_logarithm};

/// The root in the right half of the plane: the larger part is √((|a| + |z|) / 2), and the other is what
/// makes their product b/2.
pub(super) fn sqrt(z: Wide) -> Wide {
    let Complex { re: a, im: b } = z;
    if b.is_infinite() {
        return Complex::new(f64::INFINITY, b);
    }
    if !isfinite(z) {
        return sqrt_special(a, b);
    }
    if a == 0.0 && b == 0.0 {
        return Complex::new(0.0, b);
    }
    match largest(z) {
        huge if huge > 1e307 => finite_sqrt(z * 0.0625) * 4.0,
        tiny if tiny < 1e-290 => finite_sqrt(z * TINY_SCALE) * TINY_ROOT,
        _ => finite_sqrt(z),
    }
}

/// 2¹⁰⁸, and one over its root.
const TINY_SCALE: f64 = (1u128 << 108) as f64;
const TINY_ROOT: f64 = 1.0 / (1u64 << 54) as f64;

fn sqrt_special(a: f64, b: f64) -> Wide {
    match a {
        f64::INFINITY => Complex::new(a, if b.is_nan() { b } else { 0f64.copysign(b) }),
        f64::NEG_INFINITY => Complex::new(if b.is_nan() { b } else { 0.0 }, f64::INFINITY.copysign(b)),
        _ => Complex::new(f64::NAN, f64::NAN),
    }
}

fn finite_sqrt(z: Wide) -> Wide {
    let Complex { re: a, im: b } = z;
    if a == 0.0 {
        // √(ib) has equal parts.
        let part = b.abs().sqrt() / SQRT_2;
        return Complex::new(part, part.copysign(b));
    }
    let large = (0.5 * (a.abs() + a.hypot(b))).sqrt();
    let small = b.abs() / (2.0 * large);
    if a > 0.0 { Complex::new(large, small.copysign(b)) } else { Complex::new(small, large.copysign(b)) }
}

/// exp(w log z), with better ways where there are: 1 for exponent 0, z for exponent 1, 0 for base 0 and an
/// exponent right of the axis, `powf` for reals, repeated squaring for whole exponents, and a long
/// logarithm for all others.
///
/// An infinite or NaN part takes the standard's formula as it stands, NaN for 0 · ∞ included; NumPy, by way
/// of the C library, recovers some infinities and zeros from that.
pub(super) fn pow(z: Wide, w: Wide) -> Wide {
    if w == Wide::ZERO {
        return Complex::new(1.0, 0.0);
    }
    if w == Wide::ONE {
        return z;
    }
    if z == Wide::ZERO && w.re > 0.0 {
        return Wide::ZERO;
    }
    if !isfinite(z) || !isfinite(w) || z == Wide::ZERO {
        return exp(multiply(w, logarithm::log(z)));
    }
    let by_reals = if w.im == 0.0 { real_power(z, w) } else { None };
    by_reals.unwrap_or_else(|| by_logarithm(z, w))
}

/// Whole exponents up to this go by squaring: ten squarings cost less than a long logarithm.
const WHOLE_LIMIT: f64 = 1024.0;

/// The power when a real function or multiplication has it.
fn real_power(z: Wide, w: Wide) -> Option<Wide> {
    if z.im == 0.0 && z.re > 0.0 {
        return Some(Complex::new(z.re.powf(w.re), z.im * w.re));
    }
    if w.re.fract() != 0.0 || w.re.abs() > WHOLE_LIMIT {
        return None;
    }
    let power = whole_power(z, w.re.abs() as u32);
    // What left the range on the way, with NaN from ∞ - ∞, may have a value yet.
    let kept = isfinite(power) && largest(power) > 1e-280;
    kept.then(|| if w.re < 0.0 { reciprocal(power) } else { power })
}

/// exp(w log z) with the product in pairs: what the doubles lack turns and stretches the result a little.
fn by_logarithm(z: Wide, w: Wide) -> Wide {
    let (log, angle) = long_logarithm::log(z);
    let (c, d) = (Pair::new(w.re), Pair::new(w.im));
    let (re, re_rest) = c.times(log).minus(d.times(angle)).parts();
    let (im, im_rest) = c.times(angle).plus(d.times(log)).parts();
    if !(re_rest.is_finite() && im_rest.is_finite()) {
        return exp(multiply(w, logarithm::log(z)));
    }
    let (direction, turn) = (Complex::cis(im), Complex::cis(im_rest));
    let part = direction * turn;
    // Where the power is a number at all, the rest is next to nothing.
    let stretch = if re.abs() < 1e3 { 1.0 + re_rest } else { 1.0 };
    Complex::new(times_exp(part.re * stretch, re), times_exp(part.im * stretch, re))
}

/// By repeated squaring in pairs of doubles, so that only the end is rounded.
fn whole_power(z: Wide, mut exponent: u32) -> Wide {
    let mut base = [Pair::new(z.re), Pair::new(z.im)];
    let mut result = [Pair::new(1.0), Pair::new(0.0)];
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = complex_product(result, base);
        }
        base = complex_product(base, base);
        exponent >>= 1;
    }
    let [re, im] = result.map(Pair::value);
    Complex::new(re, im)
}
