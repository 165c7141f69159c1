//! Functions of complex numbers: the special cases of the Array API standard 2025.12, which are those of
//! C99's Annex G, and a few units in the last place elsewhere.
//!
//! All are worked out in `f64`, and rounded once at the end for `Complex<f32>`. In the text of each
//! function `z` is `a + bi`. Where the standard and Annex G differ, the standard is followed and the
//! function says so.
//!
//! Start at [`exponential`] for how special cases are laid out: every function names the infinite and NaN
//! ones first, then computes. The trigonometric functions are the hyperbolic ones turned by a right angle.

use num_complex::Complex;

use super::number::Real;

mod arithmetic;
mod exponential;
mod hyperbolic;
mod inverse;
mod logarithm;
mod long_logarithm;
mod power;
mod quadrant;

pub use arithmetic::{conj, equal, isfinite, isinf, isnan, not_equal, round};

type Wide = Complex<f64>;

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident = $module:ident;)*) => {$(
        $(#[$doc])*
        #[inline]
        pub fn $name<T: Real>(z: Complex<T>) -> Complex<T> {
            narrow($module::$name(widen(z)))
        }
    )*};
}

macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident = $module:ident;)*) => {$(
        $(#[$doc])*
        #[inline]
        pub fn $name<T: Real>(z: Complex<T>, w: Complex<T>) -> Complex<T> {
            narrow($module::$name(widen(z), widen(w)))
        }
    )*};
}

unary! {
    /// *e* to the power of `z`.
    exp = exponential;
    /// `exp(z) - 1` without cancellation near 0.
    expm1 = exponential;
    /// The natural logarithm; cut along the negative real axis, sided by the sign of zero.
    log = logarithm;
    /// `log(1 + z)` without cancellation; cut along the reals below -1.
    log1p = logarithm;
    /// The logarithm to base 2; cut as [`log`].
    log2 = logarithm;
    /// The logarithm to base 10; cut as [`log`].
    log10 = logarithm;
    /// The square root with the real part at or above 0; cut along the negative real axis.
    sqrt = power;
    /// The sine.
    sin = hyperbolic;
    /// The cosine.
    cos = hyperbolic;
    /// The tangent.
    tan = hyperbolic;
    /// The hyperbolic sine.
    sinh = hyperbolic;
    /// The hyperbolic cosine.
    cosh = hyperbolic;
    /// The hyperbolic tangent; 1 + 0i (the sign of `b`) for an infinite `a`.
    tanh = hyperbolic;
    /// The arc sine; cut along the reals beyond ±1.
    asin = inverse;
    /// The arc cosine; cut along the reals beyond ±1.
    acos = inverse;
    /// The arc tangent; cut along the imaginary axis beyond ±i.
    atan = inverse;
    /// The inverse hyperbolic sine; cut along the imaginary axis beyond ±i.
    asinh = inverse;
    /// The inverse hyperbolic cosine; cut along the reals below 1.
    acosh = inverse;
    /// The inverse hyperbolic tangent; cut along the reals beyond ±1.
    atanh = inverse;
    /// `z / |z|`; 0 for 0, NaN in both parts when either is.
    sign = arithmetic;
    /// `1 / z`, as [`divide`] has it.
    reciprocal = arithmetic;
    /// `z * z`, as [`multiply`] has it.
    square = arithmetic;
}

binary! {
    /// The product by the plain formula, as NumPy: infinities are not recovered from NaN as C99 would.
    multiply = arithmetic;
    /// The quotient, without overflow on the way; infinities are not recovered from NaN as C99 would.
    divide = arithmetic;
    /// `z` to the power of `w`.
    pow = power;
}

/// The magnitude of `z`; infinite when either part is, even beside NaN.
#[inline]
pub fn abs<T: Real>(z: Complex<T>) -> T {
    T::from_f64(f64::hypot(z.re.to_f64(), z.im.to_f64()))
}

#[inline]
fn widen<T: Real>(z: Complex<T>) -> Wide {
    Complex::new(z.re.to_f64(), z.im.to_f64())
}

#[inline]
fn narrow<T: Real>(z: Wide) -> Complex<T> {
    Complex::new(T::from_f64(z.re), T::from_f64(z.im))
}

/// `f(iz) / i`: how the sine comes from `sinh`, the tangent from `tanh`, and their inverses from theirs.
#[inline]
fn turned(f: impl Fn(Wide) -> Wide, z: Wide) -> Wide {
    let w = f(Complex::new(-z.im, z.re));
    Complex::new(w.im, -w.re)
}
