//! Functions of `f32` and `f64` with the standard's special cases.
//!
//! Most are those of the C library, reached through [`Real`]; what stands here in full is what the C
//! library lacks or does otherwise.

use std::f64::consts::LN_2;

use super::number::Real;

/// Functions that a type has under the name given after the arrow.
macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident => $method:ident;)*) => {$(
        $(#[$doc])*
        #[inline]
        pub fn $name<T: Real>(x: T) -> T {
            x.$method()
        }
    )*};
}

/// Functions worked out in `f64`, so right to half a unit or little more in `f32`.
macro_rules! widened {
    ($($(#[$doc:meta])* $name:ident => $function:ident;)*) => {$(
        $(#[$doc])*
        #[inline]
        pub fn $name<T: Real>(x: T) -> T {
            T::from_f64($function(x.to_f64()))
        }
    )*};
}

unary! {
    /// The magnitude of `x`; +0 for -0, +∞ for -∞.
    abs => abs;
    /// The smallest integer not below `x`; zeros keep their sign.
    ceil => ceil;
    /// The largest integer not above `x`; zeros keep their sign.
    floor => floor;
    /// `x` without its fraction; zeros keep their sign.
    trunc => trunc;
    /// The integer nearest to `x`, the even one when two are equally near; zeros keep their sign.
    round => round_ties_even;
    /// The square root, correctly rounded; NaN below 0, -0 for -0.
    sqrt => sqrt;
    /// *e* to the power of `x`.
    exp => exp;
    /// `exp(x) - 1`, exact in sign and digits near 0.
    expm1 => exp_m1;
    /// The natural logarithm; NaN below 0, -∞ for either zero.
    log => ln;
    /// `log(1 + x)`, exact in sign and digits near 0.
    log1p => ln_1p;
    /// The logarithm to base 2.
    log2 => log2;
    /// The logarithm to base 10.
    log10 => log10;
    /// The sine of `x` radians; NaN for infinities.
    sin => sin;
    /// The cosine of `x` radians; NaN for infinities.
    cos => cos;
    /// The tangent of `x` radians; NaN for infinities.
    tan => tan;
    /// The arc sine; NaN outside [-1, 1].
    asin => asin;
    /// The arc cosine; NaN outside [-1, 1].
    acos => acos;
    /// The arc tangent.
    atan => atan;
    /// The hyperbolic sine.
    sinh => sinh;
    /// The hyperbolic cosine.
    cosh => cosh;
    /// The hyperbolic tangent.
    tanh => tanh;
}

widened! {
    /// The inverse hyperbolic sine; zeros and infinities keep their sign.
    asinh => asinh_wide;
    /// The inverse hyperbolic cosine; NaN below 1.
    acosh => acosh_wide;
    /// The inverse hyperbolic tangent; NaN outside [-1, 1], ±∞ at its ends.
    atanh => atanh_wide;
}

/// The angle of the point (`x`, `y`), in [-π, π]; note the order.
#[inline]
pub fn atan2<T: Real>(y: T, x: T) -> T {
    y.atan2(x)
}

/// The length of the vector (`x`, `y`); infinite when either is, even beside NaN.
#[inline]
pub fn hypot<T: Real>(x: T, y: T) -> T {
    x.hypot(y)
}

/// `base` to the power of `exponent` by the rules of IEEE 754: 1 for base 1 or exponent 0, even beside NaN.
#[inline]
pub fn pow<T: Real>(base: T, exponent: T) -> T {
    base.powf(exponent)
}

/// The magnitude of `x` with the sign bit of `sign`, of NaN too.
#[inline]
pub fn copysign<T: Real>(x: T, sign: T) -> T {
    x.copysign(sign)
}

/// Whether the sign bit is set, of zeros and NaN too.
#[inline]
pub fn signbit<T: Real>(x: T) -> bool {
    x.is_sign_negative()
}

/// `x * x`.
#[inline]
pub fn square<T: Real>(x: T) -> T {
    x * x
}

/// `1 / x`.
#[inline]
pub fn reciprocal<T: Real>(x: T) -> T {
    T::ONE / x
}

/// -1, 0 or 1 as `x` is below, at or above 0 (+0 for either zero); NaN for NaN.
#[inline]
pub fn sign<T: Real>(x: T) -> T {
    if x.is_nan() {
        x
    } else if x == T::ZERO {
        T::ZERO
    } else {
        T::ONE.copysign(x)
    }
}

/// The larger of two; NaN when either is; +0 of two zeros where there is one. Without a branch, for loops over vectors.
#[inline(always)]
pub fn maximum<T: Real>(x: T, y: T) -> T {
    let x_wins = x.is_nan() | (x > y) | ((x == y) & !x.is_sign_negative());
    if x_wins { x } else { y }
}

/// The smaller of two; NaN when either is; -0 of two zeros where there is one. Without a branch, as `maximum`.
#[inline(always)]
pub fn minimum<T: Real>(x: T, y: T) -> T {
    let x_wins = x.is_nan() | (x < y) | ((x == y) & x.is_sign_negative());
    if x_wins { x } else { y }
}

/// `x` held between `low` and `high`; NaN when any is; `high` where the bounds are crossed, as NumPy.
#[inline]
pub fn clip<T: Real>(x: T, low: T, high: T) -> T {
    minimum(maximum(x, low), high)
}

/// The next value after `x` on the way to `target`; `target` itself when they are equal.
#[inline]
pub fn nextafter<T: Real>(x: T, target: T) -> T {
    if x.is_nan() || target.is_nan() {
        T::NAN
    } else if x < target {
        x.next_up()
    } else if x > target {
        x.next_down()
    } else {
        target
    }
}

/// `log(exp(x) + exp(y))` without overflow.
pub fn logaddexp<T: Real>(x: T, y: T) -> T {
    let (x, y) = (x.to_f64(), y.to_f64());
    let gap = -(x - y).abs();
    // Equal infinities have no difference, and need none.
    let tail = if x == y { LN_2 } else { gap.exp().ln_1p() };
    T::from_f64(maximum(x, y) + tail)
}

/// The remainder of the division, with the divisor's sign, as Python's `%`; NaN for a divisor of 0.
///
/// C's `fmod`, which is exact, moved by one divisor when the signs differ.
pub fn remainder<T: Real>(dividend: T, divisor: T) -> T {
    let rest = dividend % divisor;
    if rest == T::ZERO {
        T::ZERO.copysign(divisor)
    } else if !rest.is_nan() && rest.is_sign_negative() != divisor.is_sign_negative() {
        rest + divisor
    } else {
        rest
    }
}

/// The quotient rounded down.
///
/// With a zero, an infinity or NaN it is `floor(dividend / divisor)`, as the standard prefers: ±∞ for a
/// divisor of 0 or an infinite dividend (NumPy: NaN), a zero for an infinite divisor (NumPy: -1 when the
/// signs differ). Between other numbers it goes with [`remainder`], as in Python and NumPy: `1 // 0.1` is 9.
pub fn floor_divide<T: Real>(dividend: T, divisor: T) -> T {
    let quotient = dividend / divisor;
    let plain = dividend == T::ZERO || divisor == T::ZERO || !dividend.is_finite() || !divisor.is_finite();
    if plain { quotient.floor() } else { exact_floor(dividend, divisor, quotient) }
}

/// The quotient of two finite numbers other than 0, rounded down from its exact value.
///
/// What is left when C's remainder is taken away is a whole number of divisors, give or take a rounding.
fn exact_floor<T: Real>(dividend: T, divisor: T, quotient: T) -> T {
    let rest = dividend % divisor;
    let towards_zero = nearest_below_half((dividend - rest) / divisor);
    let opposed = rest.is_sign_negative() != divisor.is_sign_negative();
    if rest != T::ZERO && opposed {
        towards_zero - T::ONE
    } else if towards_zero == T::ZERO {
        T::ZERO.copysign(quotient)
    } else {
        towards_zero
    }
}

/// The nearest integer, the lower one of two.
fn nearest_below_half<T: Real>(x: T) -> T {
    let below = x.floor();
    let half = T::ONE / (T::ONE + T::ONE);
    if x - below > half { below + T::ONE } else { below }
}

/// Above this, `x² ± 1` rounds to `x²`.
const LARGE: f64 = (1u64 << 28) as f64;

/// The formulas of fdlibm: by `log1p` near 0, where a plain logarithm would cancel.
fn asinh_wide(value: f64) -> f64 {
    let x = value.abs();
    let result = if x > LARGE {
        x.ln() + LN_2
    } else if x > 2.0 {
        (2.0 * x + ((x * x + 1.0).sqrt() + x).recip()).ln()
    } else {
        let squared = x * x;
        (x + squared / (1.0 + (1.0 + squared).sqrt())).ln_1p()
    };
    result.copysign(value)
}

/// The formulas of fdlibm: by `log1p` near 1.
fn acosh_wide(x: f64) -> f64 {
    let above = x - 1.0;
    if x < 1.0 {
        f64::NAN
    } else if x > LARGE {
        x.ln() + LN_2
    } else if x > 2.0 {
        (2.0 * x - (x + (x * x - 1.0).sqrt()).recip()).ln()
    } else {
        (above + (2.0 * above + above * above).sqrt()).ln_1p()
    }
}

/// The formulas of fdlibm, the nearer to 0 the fewer roundings.
fn atanh_wide(value: f64) -> f64 {
    let x = value.abs();
    let twice = x + x;
    let ratio = if x < 0.5 { twice + twice * x / (1.0 - x) } else { twice / (1.0 - x) };
    (0.5 * ratio.ln_1p()).copysign(value)
}
