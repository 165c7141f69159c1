//! What a floating-point type offers to the functions of [`super::real`] and [`super::complex`].

use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// `f32` or `f64`.
///
/// The methods are those of the standard library under their own names. The library's inverse hyperbolic
/// functions are left out on purpose: `acosh` loses half its digits near 1 and `asinh` overflows near the
/// largest number (Rust 1.95); [`super::real`] has its own.
pub trait Real:
    Copy
    + PartialOrd
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Rem<Output = Self>
{
    /// Zero, positive.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// A quiet NaN.
    const NAN: Self;

    /// The same value, exactly.
    fn to_f64(self) -> f64;
    /// The nearest value, infinite when `value` is too large.
    fn from_f64(value: f64) -> Self;

    /// Whether the value is NaN.
    fn is_nan(self) -> bool;
    /// Whether the value is neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// Whether the value is infinite.
    fn is_infinite(self) -> bool;
    /// Whether the sign bit is set, of zeros and NaN too.
    fn is_sign_negative(self) -> bool;
    /// The value without its sign bit.
    fn abs(self) -> Self;
    /// The value with the sign bit of `sign`.
    fn copysign(self, sign: Self) -> Self;
    /// The next larger value.
    fn next_up(self) -> Self;
    /// The next smaller value.
    fn next_down(self) -> Self;
    /// The largest integer not above the value.
    fn floor(self) -> Self;
    /// The smallest integer not below the value.
    fn ceil(self) -> Self;
    /// The value without its fraction.
    fn trunc(self) -> Self;
    /// The nearest integer, the even one of two.
    fn round_ties_even(self) -> Self;

    /// The square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// *e* to the power of the value.
    fn exp(self) -> Self;
    /// `exp(x) - 1` without cancellation.
    fn exp_m1(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// `ln(1 + x)` without cancellation.
    fn ln_1p(self) -> Self;
    /// The logarithm to base 2.
    fn log2(self) -> Self;
    /// The logarithm to base 10.
    fn log10(self) -> Self;
    /// The sine.
    fn sin(self) -> Self;
    /// The cosine.
    fn cos(self) -> Self;
    /// The tangent.
    fn tan(self) -> Self;
    /// The arc sine.
    fn asin(self) -> Self;
    /// The arc cosine.
    fn acos(self) -> Self;
    /// The arc tangent.
    fn atan(self) -> Self;
    /// The hyperbolic sine.
    fn sinh(self) -> Self;
    /// The hyperbolic cosine.
    fn cosh(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The angle of the point (`x`, `self`).
    fn atan2(self, x: Self) -> Self;
    /// The length of the vector (`self`, `other`).
    fn hypot(self, other: Self) -> Self;
    /// The value to the power of `exponent`, as IEEE 754's `pow`.
    fn powf(self, exponent: Self) -> Self;
}

/// Forwards each method to the inherent one of the type.
macro_rules! forward {
    ($type:ty: $($name:ident($($argument:ident),*) -> $result:ty;)*) => {$(
        #[inline]
        fn $name(self $(, $argument: $type)*) -> $result {
            <$type>::$name(self $(, $argument)*)
        }
    )*};
}

macro_rules! real {
    ($($type:ident)*) => {$(
        impl Real for $type {
            const ZERO: $type = 0.0;
            const ONE: $type = 1.0;
            const NAN: $type = $type::NAN;

            #[inline]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            #[inline]
            fn from_f64(value: f64) -> $type {
                value as $type
            }

            forward! { $type:
                is_nan() -> bool; is_finite() -> bool; is_infinite() -> bool; is_sign_negative() -> bool;
                abs() -> $type; copysign(sign) -> $type; next_up() -> $type; next_down() -> $type;
                floor() -> $type; ceil() -> $type; trunc() -> $type; round_ties_even() -> $type;
                sqrt() -> $type; exp() -> $type; exp_m1() -> $type; ln() -> $type; ln_1p() -> $type;
                log2() -> $type; log10() -> $type; sin() -> $type; cos() -> $type; tan() -> $type;
                asin() -> $type; acos() -> $type; atan() -> $type; sinh() -> $type; cosh() -> $type;
                tanh() -> $type; atan2(x) -> $type; hypot(other) -> $type; powf(exponent) -> $type;
            }
        }
    )*};
}

real!(f32 f64);
