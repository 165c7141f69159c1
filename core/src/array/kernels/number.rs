//! Arithmetic that means the same for integers, real and complex numbers: integers wrap around, as NumPy's.

use num_complex::Complex;

use super::super::element::Element;
use super::super::maths::{complex, integer, real};

/// A number.
pub trait Number: Element {
    /// The sum.
    fn add(self, other: Self) -> Self;
    /// The difference.
    fn sub(self, other: Self) -> Self;
    /// The product.
    fn mul(self, other: Self) -> Self;
    /// The number with the other sign.
    fn neg(self) -> Self;
    /// -1, 0 or 1; of a complex number the one of its direction.
    fn sign(self) -> Self;
    /// How large it is.
    fn abs(self) -> Self;
    /// 1.
    fn one() -> Self;
}

macro_rules! whole {
    ($($type:ty),*) => {
        $(impl Number for $type {
            fn add(self, other: Self) -> Self { self.wrapping_add(other) }
            fn sub(self, other: Self) -> Self { self.wrapping_sub(other) }
            fn mul(self, other: Self) -> Self { self.wrapping_mul(other) }
            fn neg(self) -> Self { self.wrapping_neg() }
            fn sign(self) -> Self { integer::sign(self) }
            fn abs(self) -> Self { integer::abs(self) }
            fn one() -> Self { 1 }
        })*
    };
}

whole!(i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! float {
    ($($type:ty),*) => {
        $(impl Number for $type {
            fn add(self, other: Self) -> Self { self + other }
            fn sub(self, other: Self) -> Self { self - other }
            fn mul(self, other: Self) -> Self { self * other }
            fn neg(self) -> Self { -self }
            fn sign(self) -> Self { real::sign(self) }
            fn abs(self) -> Self { <$type>::abs(self) }
            fn one() -> Self { 1.0 }
        }

        impl Number for Complex<$type> {
            fn add(self, other: Self) -> Self { self + other }
            fn sub(self, other: Self) -> Self { self - other }
            fn mul(self, other: Self) -> Self { complex::multiply(self, other) }
            fn neg(self) -> Self { -self }
            fn sign(self) -> Self { complex::sign(self) }
            fn abs(self) -> Self { Complex::new(complex::abs(self), 0.0) }
            fn one() -> Self { Complex::new(1.0, 0.0) }
        })*
    };
}

float!(f32, f64);
