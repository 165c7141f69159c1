//! The four element types, and the little arithmetic that faer's traits leave out.

use std::cmp::Ordering;

use faer::MatRef;
use faer::traits::{ComplexField, RealField};
use num_complex::Complex;

use super::Result;
use super::eig;

/// A real element: `f32` or `f64`.
pub trait Float: RealField + Copy + 'static {
    /// Zero.
    const ZERO: Self;
    /// One.
    #[cfg_attr(not(test), allow(dead_code, reason = "tests alone ask for it"))]
    const ONE: Self;
    /// The distance from one to the next number.
    const EPSILON: Self;
    /// The smallest normal number.
    const TINY: Self;
    /// Not a number.
    const NAN: Self;
    /// The largest binary exponent by which to scale: two to it and to its negative are normal numbers.
    const SCALE_MAX: i32;

    /// The absolute value.
    fn magnitude(self) -> Self;
    /// The natural logarithm.
    fn log(self) -> Self;
    /// The binary exponent of a finite number other than zero, within ±`SCALE_MAX`; else 0.
    fn exponent(self) -> i32;
    /// Two to the power `exponent`, which lies within ±`SCALE_MAX`.
    fn power_of_two(exponent: i32) -> Self;
    /// The length of the hypotenuse over this number and `other`, without overflow on the way.
    fn hypotenuse(self, other: Self) -> Self;
    /// The order of two numbers, NaN included.
    fn compare(self, other: Self) -> Ordering;
    /// The nearest number to `value`.
    fn of(value: f64) -> Self;
    /// The whole number that it is; the nearest towards zero that is an index.
    fn index(self) -> usize;
    /// The larger of two numbers; `other` where one is NaN.
    fn larger(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
}

/// An element of a matrix: `f32`, `f64`, `Complex<f32>` or `Complex<f64>`.
pub trait Scalar: ComplexField<Real: Float> + Copy + 'static {
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// The complex type of the same precision.
    type Cx: Scalar<Real = Self::Real, Cx = Self::Cx>;

    /// The number `re`, `im`; the real types forget `im`.
    fn from_parts(re: Self::Real, im: Self::Real) -> Self;
    /// This number as a complex one.
    fn to_complex(self) -> Self::Cx;
    /// The quotient, without overflow on the way to a finite one.
    fn over(self, divisor: Self) -> Self;
    /// The eigenvalues of a square matrix and, if asked for, one raw eigenvector a column.
    #[doc(hidden)]
    fn evd(a: MatRef<'_, Self>, vectors: bool) -> Result<eig::Raw<Self::Cx>>;

    /// The real part.
    fn re(self) -> Self::Real {
        Self::real_part_impl(&self)
    }
    /// The imaginary part.
    fn im(self) -> Self::Real {
        Self::imag_part_impl(&self)
    }
    /// A real number as an element.
    fn from_real(re: Self::Real) -> Self {
        Self::from_parts(re, Self::Real::ZERO)
    }
    /// The complex conjugate.
    fn conjugate(self) -> Self {
        Self::conj_impl(&self)
    }
    /// The absolute value, without overflow on the way to a finite one.
    fn modulus(self) -> Self::Real {
        if Self::IS_REAL { self.re().magnitude() } else { self.re().hypotenuse(self.im()) }
    }
    /// The sum of the absolute values of both parts, by which LAPACK chooses pivots.
    fn size(self) -> Self::Real {
        self.re().magnitude() + self.im().magnitude()
    }
    /// The product with a real number.
    fn times(self, factor: Self::Real) -> Self {
        Self::mul_real_impl(&self, &factor)
    }
    /// Whether both parts are finite.
    fn finite(self) -> bool {
        Self::is_finite_impl(&self)
    }
}

macro_rules! float {
    ($t:ident, $scale_max:literal) => {
        impl Float for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const EPSILON: Self = $t::EPSILON;
            const TINY: Self = $t::MIN_POSITIVE;
            const NAN: Self = $t::NAN;
            const SCALE_MAX: i32 = $scale_max;

            fn magnitude(self) -> Self {
                self.abs()
            }
            fn log(self) -> Self {
                self.ln()
            }
            fn exponent(self) -> i32 {
                if self == 0.0 || !self.is_finite() {
                    return 0;
                }
                (self.abs().log2().floor() as i32).clamp(-$scale_max, $scale_max)
            }
            fn power_of_two(exponent: i32) -> Self {
                (2.0 as $t).powi(exponent)
            }
            fn hypotenuse(self, other: Self) -> Self {
                self.hypot(other)
            }
            fn compare(self, other: Self) -> Ordering {
                self.total_cmp(&other)
            }
            fn of(value: f64) -> Self {
                value as $t
            }
            fn index(self) -> usize {
                self as usize
            }
        }

        impl Scalar for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            type Cx = Complex<$t>;

            fn from_parts(re: $t, _: $t) -> Self {
                re
            }
            fn to_complex(self) -> Complex<$t> {
                Complex::new(self, 0.0)
            }
            fn over(self, divisor: Self) -> Self {
                self / divisor
            }
            fn evd(a: MatRef<'_, Self>, vectors: bool) -> Result<eig::Raw<Complex<$t>>> {
                eig::evd_real(a, vectors)
            }
        }

        impl Scalar for Complex<$t> {
            const ZERO: Self = Complex::new(0.0, 0.0);
            const ONE: Self = Complex::new(1.0, 0.0);
            type Cx = Self;

            fn from_parts(re: $t, im: $t) -> Self {
                Complex::new(re, im)
            }
            fn to_complex(self) -> Self {
                self
            }
            fn over(self, divisor: Self) -> Self {
                smith(self, divisor)
            }
            fn evd(a: MatRef<'_, Self>, vectors: bool) -> Result<eig::Raw<Self>> {
                eig::evd_complex(a, vectors)
            }
        }
    };
}

float!(f32, 120);
float!(f64, 1000);

/// The quotient of two complex numbers after R. L. Smith (Algorithm 116, CACM 5, 1962): the divisor's smaller
/// part is first divided by its larger one. A real divisor divides part by part, so that zero gives infinities.
fn smith<R: Float>(x: Complex<R>, d: Complex<R>) -> Complex<R> {
    if d.im == R::ZERO {
        Complex { re: x.re / d.re, im: x.im / d.re }
    } else if d.re.magnitude() >= d.im.magnitude() {
        let ratio = d.im / d.re;
        let whole = d.re + d.im * ratio;
        Complex { re: (x.re + x.im * ratio) / whole, im: (x.im - x.re * ratio) / whole }
    } else {
        let ratio = d.re / d.im;
        let whole = d.re * ratio + d.im;
        Complex { re: (x.re * ratio + x.im) / whole, im: (x.im * ratio - x.re) / whole }
    }
}

/// A product held as number and binary exponent, so that it neither overflows nor vanishes on the way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Product<T> {
    value: T,
    exponent: i64,
}

impl<T: Scalar> Product<T> {
    /// The empty product times `value`.
    pub(super) fn new(value: T) -> Self {
        Self { value, exponent: 0 }.normal()
    }

    /// This product times `factor`.
    pub(super) fn times(self, factor: T) -> Self {
        let factor = Self::new(factor);
        Self { value: self.value * factor.value, exponent: self.exponent + factor.exponent }.normal()
    }

    /// The product as one number: infinite or zero only if no number of the type comes nearer.
    pub(super) fn value(self) -> T {
        let (mut value, mut left) = (self.value, self.exponent);
        while left != 0 && value.finite() && value != T::ZERO {
            let step = left.clamp(-i64::from(T::Real::SCALE_MAX), i64::from(T::Real::SCALE_MAX));
            value = value.times(T::Real::power_of_two(step as i32));
            left -= step;
        }
        value
    }

    fn normal(self) -> Self {
        let exponent = self.value.size().exponent();
        let value = self.value.times(T::Real::power_of_two(-exponent));
        Self { value, exponent: self.exponent + i64::from(exponent) }
    }
}
