//! Products, quotients, signs and comparisons.

use num_complex::Complex;

use super::super::number::Real;
use super::Wide;

/// The complex conjugate: the sign of the imaginary part turned, of zeros and NaN too.
#[inline]
pub fn conj<T: Real>(z: Complex<T>) -> Complex<T> {
    Complex::new(z.re, -z.im)
}

/// Each part rounded to the nearest integer, the even one of two.
#[inline]
pub fn round<T: Real>(z: Complex<T>) -> Complex<T> {
    Complex::new(z.re.round_ties_even(), z.im.round_ties_even())
}

/// Whether both parts are equal; never for NaN.
#[inline]
pub fn equal<T: Real>(z: Complex<T>, w: Complex<T>) -> bool {
    z.re == w.re && z.im == w.im
}

/// Whether either part differs; always for NaN.
#[inline]
pub fn not_equal<T: Real>(z: Complex<T>, w: Complex<T>) -> bool {
    z.re != w.re || z.im != w.im
}

/// Whether either part is NaN.
#[inline]
pub fn isnan<T: Real>(z: Complex<T>) -> bool {
    z.re.is_nan() || z.im.is_nan()
}

/// Whether either part is infinite, even beside NaN.
#[inline]
pub fn isinf<T: Real>(z: Complex<T>) -> bool {
    z.re.is_infinite() || z.im.is_infinite()
}

/// Whether both parts are finite.
#[inline]
pub fn isfinite<T: Real>(z: Complex<T>) -> bool {
    z.re.is_finite() && z.im.is_finite()
}

#[inline]
pub(super) fn multiply(z: Wide, w: Wide) -> Wide {
    Complex::new(z.re * w.re - z.im * w.im, z.re * w.im + z.im * w.re)
}

#[inline]
pub(super) fn square(z: Wide) -> Wide {
    multiply(z, z)
}

#[inline]
pub(super) fn reciprocal(z: Wide) -> Wide {
    divide(Complex::new(1.0, 0.0), z)
}

/// The direction of `z`. An infinite part outweighs a finite one, as in NumPy; two infinite ones give NaN.
pub(super) fn sign(z: Wide) -> Wide {
    if isnan(z) {
        return Complex::new(f64::NAN, f64::NAN);
    }
    if z == Wide::ZERO {
        return Wide::ZERO;
    }
    match (z.re.is_infinite(), z.im.is_infinite()) {
        (false, false) => direction(z),
        (true, false) => Complex::new(1f64.copysign(z.re), 0.0),
        (false, true) => Complex::new(0.0, 1f64.copysign(z.im)),
        (true, true) => Complex::new(f64::NAN, f64::NAN),
    }
}

fn direction(z: Wide) -> Wide {
    let z = scaled(z, -exponent(largest(z)));
    z / z.re.hypot(z.im)
}

/// (ac + bd + i (bc - ad)) / (c² + d²), both operands brought to a safe size first, the
/// sums without cancellation.
///
/// A divisor on an axis divides each part. A divisor of 0 does so without its sign, as in NumPy.
pub(super) fn divide(z: Wide, w: Wide) -> Wide {
    if w == Wide::ZERO {
        return Complex::new(z.re / w.re.abs(), z.im / w.re.abs());
    }
    if !isfinite(z) || !isfinite(w) {
        return smith(z, w);
    }
    if w.im == 0.0 {
        return Complex::new(z.re / w.re, z.im / w.re);
    }
    if w.re == 0.0 {
        return Complex::new(z.im / w.im, -z.re / w.im);
    }
    // As high up as no product overflows, z above w: then small parts, and quotients, keep their bits.
    let (z_shift, w_shift) = (750 - exponent(largest(z)), 250 - exponent(largest(w)));
    scaled(textbook(scaled(z, z_shift), scaled(w, w_shift)), w_shift - z_shift)
}

fn textbook(z: Wide, w: Wide) -> Wide {
    let squared = difference_of_products(w.re, w.re, -w.im, w.im);
    let re = difference_of_products(z.re, w.re, -z.im, w.im);
    let im = difference_of_products(z.im, w.re, z.re, w.im);
    Complex::new(re / squared, im / squared)
}

/// `a * b - c * d` with the rounding of the second product put right; the formula is Kahan's.
fn difference_of_products(a: f64, b: f64, c: f64, d: f64) -> f64 {
    let product = c * d;
    let error = (-c).mul_add(d, product);
    a.mul_add(b, -product) + error
}

/// The quotient by Smith's method (1962), as NumPy takes it, which decides what infinities and NaN give.
fn smith(z: Wide, w: Wide) -> Wide {
    if w.re.abs() < w.im.abs() {
        return smith(Complex::new(z.im, -z.re), Complex::new(w.im, -w.re));
    }
    let ratio = w.im / w.re;
    let divisor = w.re + w.im * ratio;
    Complex::new((z.re + z.im * ratio) / divisor, (z.im - z.re * ratio) / divisor)
}

/// The larger magnitude of the two parts; the other's when one is NaN.
pub(super) fn largest(z: Wide) -> f64 {
    z.re.abs().max(z.im.abs())
}

/// The power of two just below a finite magnitude, held to those whose inverse is a normal number, too.
pub(super) fn exponent(magnitude: f64) -> i32 {
    let biased = (magnitude.to_bits() >> 52) as i32;
    (biased - 1023).clamp(-1022, 1022)
}

/// `z` times two to the power of `exponent`, in three steps as the power itself may not be a number.
pub(super) fn scaled(z: Wide, exponent: i32) -> Wide {
    let third = power_of_two(exponent / 3);
    z * third * third * power_of_two(exponent - 2 * (exponent / 3))
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}
