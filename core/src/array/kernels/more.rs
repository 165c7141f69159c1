//! The code of NumPy's further functions of elements, by name and dtype.

use super::super::dtype::DType;
use super::super::element::Element;
use super::super::graph::MapFn;
use super::super::maths::real;
use super::map::{each_one, each_two, one, two};
use super::{floats, ints, pick};

/// Functions of one real number.
macro_rules! of_float {
    ($($name:ident: $f:expr;)*) => {
        $(/// By its name.
        pub fn $name(d: DType) -> Option<(MapFn, DType)> {
            floats!(d, T => one!(T => T, $f))
        })*
    };
}

of_float! {
    cbrt: |x| x.cbrt();
    exp2: |x| x.exp2();
    radians: |x| x.to_radians();
    degrees: |x| x.to_degrees();
    sinc: |x| wide(x, sinc_of);
    i0: |x| wide(x, bessel_i0);
    mantissa: |x| wide(x, |x| parted(x).0);
    fraction: |x| if x.is_infinite() { (0.0 as T).copysign(x) } else { (x - x.trunc()).copysign(x) };
}

/// A number that is worked out in 64 bits.
trait Wide: Copy {
    fn up(self) -> f64;
    fn down(value: f64) -> Self;
}

impl Wide for f32 {
    fn up(self) -> f64 {
        self.into()
    }
    fn down(value: f64) -> Self {
        value as Self
    }
}

impl Wide for f64 {
    fn up(self) -> f64 {
        self
    }
    fn down(value: f64) -> Self {
        value
    }
}

fn wide<T: Wide>(x: T, of: impl Fn(f64) -> f64) -> T {
    T::down(of(x.up()))
}

fn sinc_of(x: f64) -> f64 {
    let angle = std::f64::consts::PI * x;
    if x == 0.0 { 1.0 } else { angle.sin() / angle }
}

/// The modified Bessel function of order 0: its power series, and for large numbers Hankel's asymptotic one
/// (Abramowitz and Stegun, 9.6.12 and 9.7.1).
pub fn bessel_i0(x: f64) -> f64 {
    let x = x.abs();
    if x <= 30.0 {
        let quarter = x * x / 4.0;
        let (mut term, mut sum) = (1.0, 1.0);
        for k in 1..200 {
            term *= quarter / f64::from(k * k);
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
        }
        return sum;
    }
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..40 {
        let odd = f64::from(2 * k - 1);
        term *= odd * odd / (f64::from(8 * k) * x);
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    // In two steps, so that it leaves the numbers no earlier than it must.
    let half = (x / 2.0).exp();
    half * (sum / (2.0 * std::f64::consts::PI * x).sqrt()) * half
}

/// A number of at least 0.5 and less than 1, and the power of 2 that it is multiplied by.
fn parted(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    // What is too small for all its digits is made larger first.
    let (scaled, less) = if x.abs() < f64::MIN_POSITIVE { (x * 2.0_f64.powi(64), 64) } else { (x, 0) };
    let bits = scaled.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1022;
    (f64::from_bits((bits & !(0x7ff << 52)) | (1022 << 52)), exponent - less)
}

/// The power of 2 of [`mantissa`].
pub fn exponent(d: DType) -> Option<(MapFn, DType)> {
    floats!(d, T => one!(T => i32, |x| parted(x.up()).1))
}

/// `x` times 2 to the power of `n`, in two steps where one would leave the numbers.
fn scaled(x: f64, n: f64) -> f64 {
    let n = n.clamp(-4400.0, 4400.0) as i32;
    let (mut left, mut x) = (n, x);
    while left != 0 && x != 0.0 && x.is_finite() {
        let step = left.clamp(-1000, 1000);
        x *= 2.0_f64.powi(step);
        left -= step;
    }
    x
}

macro_rules! two_floats {
    ($($name:ident: $f:expr;)*) => {
        $(/// By its name.
        pub fn $name(d: DType) -> Option<(MapFn, DType)> {
            floats!(d, T => two!(T => T, $f))
        })*
    };
}

two_floats! {
    ldexp: |x: T, n: T| T::down(scaled(x.up(), n.up()));
    heaviside: |x: T, half: T| if x.is_nan() { x } else if x == 0.0 { half } else if x > 0.0 { 1.0 } else { 0.0 };
}

/// The greater of two, of a number and NaN the number.
pub fn fmax(d: DType) -> Option<(MapFn, DType)> {
    let of_floats = floats!(d, T => two!(T => T, |a: T, b: T| if a.is_nan() { b } else if b.is_nan() { a } else { real::maximum(a, b) }));
    of_floats.or_else(|| ints!(d, T => two!(T => T, |a: T, b: T| a.max(b))))
}

/// The lesser of two, of a number and NaN the number.
pub fn fmin(d: DType) -> Option<(MapFn, DType)> {
    let of_floats = floats!(d, T => two!(T => T, |a: T, b: T| if a.is_nan() { b } else if b.is_nan() { a } else { real::minimum(a, b) }));
    of_floats.or_else(|| ints!(d, T => two!(T => T, |a: T, b: T| a.min(b))))
}

/// The remainder with the sign of the first; 0 of a division by 0 of integers.
pub fn fmod(d: DType) -> Option<(MapFn, DType)> {
    floats!(d, T => two!(T => T, |a: T, b: T| a % b))
        .or_else(|| ints!(d, T => two!(T => T, |a: T, b: T| if b == 0 { 0 } else { a.wrapping_rem(b) })))
}

/// The greatest number that divides both; it wraps around where its size leaves the dtype.
pub fn gcd(d: DType) -> Option<(MapFn, DType)> {
    ints!(d, T => two!(T => T, |a: T, b: T| common(a as i128, b as i128) as T))
}

/// The least number that both divide; it wraps around where it leaves the dtype.
pub fn lcm(d: DType) -> Option<(MapFn, DType)> {
    ints!(d, T => two!(T => T, |a: T, b: T| {
        let divisor = common(a as i128, b as i128);
        if divisor == 0 { 0 } else { ((a as i128 / divisor).wrapping_mul(b as i128)).wrapping_abs() as T }
    }))
}

fn common(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a as i128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_apart_and_together() {
        for x in [1.0, -0.75, 5e-324, 1e-310, f64::MAX, 3.0] {
            let (part, power) = parted(x);
            assert!((0.5..1.0).contains(&part.abs()), "{x}: {part}");
            assert_eq!(scaled(part, power.into()), x);
        }
        assert_eq!(parted(0.0), (0.0, 0));
    }

    #[test]
    fn bessels_function_is_that_of_the_tables() {
        for (x, value) in
            [(0.0, 1.0), (1.0, 1.2660658777520084), (5.0, 27.239871823604442), (50.0, 2.93255378384933e20)]
        {
            assert!((bessel_i0(x) / value - 1.0).abs() < 1e-13, "{x}: {}", bessel_i0(x));
        }
        assert!((bessel_i0(30.0) / bessel_i0(30.0 + 1e-9) - 1.0).abs() < 1e-8);
    }
}
