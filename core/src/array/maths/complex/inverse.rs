//! The inverse hyperbolic and the inverse trigonometric functions.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, LN_2, PI};

use num_complex::Complex;

use super::arithmetic::isfinite;
use super::quadrant::arc;
use super::{Wide, turned};

pub(super) fn asin(z: Wide) -> Wide {
    turned(asinh, z)
}

pub(super) fn atan(z: Wide) -> Wide {
    turned(atanh, z)
}

/// i acos z in the upper half of the plane, mirrored below.
pub(super) fn acosh(z: Wide) -> Wide {
    let Complex { re, im } = acos(z);
    Complex::new(im.abs(), re.copysign(z.im))
}

/// The arc sine of the quadrant with the axes exchanged, the signs put back.
pub(super) fn asinh(z: Wide) -> Wide {
    let Complex { re: a, im: b } = z;
    if !isfinite(z) {
        return asinh_special(a, b);
    }
    let arc = arc(b.abs(), a.abs());
    Complex::new(arc.height.copysign(a), arc.sine.copysign(b))
}

fn asinh_special(a: f64, b: f64) -> Wide {
    match (a.is_infinite(), b.is_infinite()) {
        (true, true) => Complex::new(a, FRAC_PI_4.copysign(b)),
        (true, false) if b.is_nan() => Complex::new(a, b),
        (true, false) => Complex::new(a, 0f64.copysign(b)),
        (false, true) if a.is_nan() => Complex::new(f64::INFINITY.copysign(a), a),
        (false, true) => Complex::new(f64::INFINITY.copysign(a), FRAC_PI_2.copysign(b)),
        (false, false) if b == 0.0 => Complex::new(a, b),
        (false, false) => Complex::new(f64::NAN, f64::NAN),
    }
}

/// The arc cosine of the quadrant; left of the axis it is what that lacks of π.
pub(super) fn acos(z: Wide) -> Wide {
    let Complex { re: a, im: b } = z;
    if !isfinite(z) {
        return acos_special(a, b);
    }
    let arc = arc(a.abs(), b.abs());
    let re = if a.is_sign_negative() { PI - arc.cosine } else { arc.cosine };
    Complex::new(re, -arc.height.copysign(b))
}

fn acos_special(a: f64, b: f64) -> Wide {
    let im = -f64::INFINITY.copysign(b);
    let left = a.is_sign_negative();
    match (a.is_infinite(), b.is_infinite()) {
        (true, true) => Complex::new(if left { 3.0 * FRAC_PI_4 } else { FRAC_PI_4 }, im),
        (true, false) if b.is_nan() => Complex::new(b, im),
        (true, false) => Complex::new(if left { PI } else { 0.0 }, im),
        (false, true) => Complex::new(if a.is_nan() { a } else { FRAC_PI_2 }, im),
        (false, false) if a == 0.0 => Complex::new(FRAC_PI_2, b),
        (false, false) => Complex::new(f64::NAN, f64::NAN),
    }
}

/// ¼ ln(1 + 4x / ((1 - x)² + b²)) + ½ i arg((1 - x)(1 + x) - b² + 2ib) with x = |a|, after Kahan's
/// "Branch cuts" (1987).
pub(super) fn atanh(z: Wide) -> Wide {
    let Complex { re: a, im: b } = z;
    if !isfinite(z) {
        return atanh_special(a, b);
    }
    let (x, y) = (a.abs(), b.abs());
    let (re, im) = if x.max(y) > 1e17 { atanh_far(x, y) } else { (atanh_re(x, y), atanh_im(x, y)) };
    Complex::new(re.copysign(a), im.copysign(b))
}

fn atanh_special(a: f64, b: f64) -> Wide {
    match (a.is_infinite(), b.is_infinite()) {
        (true, false) if b.is_nan() => Complex::new(0f64.copysign(a), b),
        (true, _) | (_, true) => Complex::new(0f64.copysign(a), FRAC_PI_2.copysign(b)),
        (false, false) if a == 0.0 => Complex::new(a, b),
        (false, false) => Complex::new(f64::NAN, f64::NAN),
    }
}

/// 1 / z + iπ/2: what is left of it out there.
fn atanh_far(x: f64, y: f64) -> (f64, f64) {
    // Halved, as the hypotenuse of two numbers may overflow.
    let half = (0.5 * x).hypot(0.5 * y);
    (0.25 * (x / half) / half, FRAC_PI_2)
}

fn atanh_re(x: f64, y: f64) -> f64 {
    if x == 1.0 && y < 1e-8 {
        // 4 / b² may overflow, and what is added to it does not show.
        return 0.5 * (LN_2 - y.ln());
    }
    let off = 1.0 - x;
    0.25 * (4.0 * x / (off * off + y * y)).ln_1p()
}

fn atanh_im(x: f64, y: f64) -> f64 {
    0.5 * (2.0 * y).atan2((1.0 - x) * (1.0 + x) - y * y)
}
