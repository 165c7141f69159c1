//! `sinh`, `cosh`, `tanh`, and the trigonometric functions made of them.

use num_complex::Complex;

use super::exponential::times_half_exp;
use super::{Wide, turned};

pub(super) fn sin(z: Wide) -> Wide {
    turned(sinh, z)
}

pub(super) fn tan(z: Wide) -> Wide {
    turned(tanh, z)
}

/// `cosh(iz)`.
pub(super) fn cos(z: Wide) -> Wide {
    cosh(Complex::new(-z.im, z.re))
}

/// sinh a cos b + i cosh a sin b.
pub(super) fn sinh(z: Wide) -> Wide {
    let Complex { re: a, im: b } = z;
    if b == 0.0 {
        return Complex::new(a.sinh(), b);
    }
    if !b.is_finite() {
        // ±0 and ±∞ go through; a finite number turns into NaN.
        let re = if a == 0.0 || a.is_infinite() { a } else { f64::NAN };
        return Complex::new(re, f64::NAN);
    }
    let (sin, cos) = b.sin_cos();
    Complex::new(times_sinh(cos, a), times_cosh(sin, a))
}

/// cosh a cos b + i sinh a sin b.
pub(super) fn cosh(z: Wide) -> Wide {
    let Complex { re: a, im: b } = z;
    // The sign of a zero result: what a product of the two signs gives, also where the standard leaves it open.
    let zero = 0f64.copysign(a) * 1f64.copysign(b);
    if b == 0.0 {
        return Complex::new(a.cosh(), zero);
    }
    if !b.is_finite() {
        let re = if a.is_infinite() { f64::INFINITY } else { f64::NAN };
        return Complex::new(re, if a == 0.0 { zero } else { f64::NAN });
    }
    let (sin, cos) = b.sin_cos();
    Complex::new(times_cosh(cos, a), times_sinh(sin, a))
}

/// Kahan's formula ("Branch cuts for complex elementary functions", 1987): all its sums have terms of one
/// sign. From |a| = 22 on the real part is ±1 to the last bit.
///
/// For an infinite `a` the imaginary part is a zero with the sign of `b`, as the standard says; Annex G
/// would have the sign of sin 2b.
pub(super) fn tanh(z: Wide) -> Wide {
    let Complex { re: a, im: b } = z;
    if a.is_infinite() {
        return Complex::new(1f64.copysign(a), 0f64.copysign(b));
    }
    if b == 0.0 {
        return Complex::new(a.tanh(), b);
    }
    if !b.is_finite() {
        return Complex::new(if a == 0.0 { a } else { f64::NAN }, f64::NAN);
    }
    if a.abs() > 22.0 { tanh_far(a, b) } else { tanh_near(a, b) }
}

/// ±1 + 4i sin b cos b e^(-2|a|).
fn tanh_far(a: f64, b: f64) -> Wide {
    let (sin, cos) = b.sin_cos();
    // Twice e^(-|a|), so that nothing underflows before the result does.
    let decay = (-a.abs()).exp();
    Complex::new(1f64.copysign(a), 4.0 * sin * cos * decay * decay)
}

fn tanh_near(a: f64, b: f64) -> Wide {
    let tangent = b.tan();
    let secant_squared = 1.0 + tangent * tangent;
    let (sinh, cosh) = (a.sinh(), a.cosh());
    let scale = 1.0 + secant_squared * sinh * sinh;
    Complex::new(secant_squared * cosh * sinh / scale, tangent / scale)
}

/// `factor * sinh(x)`, finite whenever the product is.
fn times_sinh(factor: f64, x: f64) -> f64 {
    if x.abs() > 709.0 { times_half_exp(factor, x.abs()).copysign(factor * x) } else { factor * x.sinh() }
}

/// `factor * cosh(x)`, finite whenever the product is.
fn times_cosh(factor: f64, x: f64) -> f64 {
    if x.abs() > 709.0 { times_half_exp(factor, x.abs()) } else { factor * x.cosh() }
}
