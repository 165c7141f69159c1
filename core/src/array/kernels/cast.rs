//! Elements of one dtype as those of another.
//!
//! Whole numbers wrap around; real numbers lose what stands behind their point, and where they are beyond the other
//! dtype become its end, NaN its 0; complex numbers lose their imaginary part; whatever is not 0 is true.

use num_complex::Complex;

use super::super::dtype::DType;
use super::super::element::{Element, Slice, SliceMut};
use super::super::graph::MapFn;
use super::{all, pick};

/// A type of elements that others are made from.
trait From<A>: Element {
    fn from(value: A) -> Self;
}

macro_rules! plain {
    ($($from:ty => $($to:ty),*;)*) => {
        $($(impl From<$from> for $to {
            fn from(value: $from) -> Self { value as $to }
        })*)*
    };
}

macro_rules! from_real {
    ($($from:ty),*) => {
        $(plain! { $from => i8, i16, i32, i64, u8, u16, u32, u64, f32, f64; }

        impl From<$from> for bool {
            fn from(value: $from) -> Self { value != (0 as $from) }
        }

        impl From<$from> for Complex<f32> {
            fn from(value: $from) -> Self { Complex::new(value as f32, 0.0) }
        }

        impl From<$from> for Complex<f64> {
            fn from(value: $from) -> Self { Complex::new(value as f64, 0.0) }
        })*
    };
}

from_real!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

macro_rules! from_bool {
    ($($to:ty = $one:expr),*) => {
        $(impl From<bool> for $to {
            fn from(value: bool) -> Self { if value { $one } else { <$to>::default() } }
        })*
    };
}

from_bool!(bool = true, i8 = 1, i16 = 1, i32 = 1, i64 = 1, u8 = 1, u16 = 1, u32 = 1, u64 = 1, f32 = 1.0, f64 = 1.0,
    Complex<f32> = Complex::new(1.0, 0.0), Complex<f64> = Complex::new(1.0, 0.0));

macro_rules! from_complex {
    ($($part:ty),*) => {
        $(from_complex!(@ $part => i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

        impl From<Complex<$part>> for bool {
            fn from(value: Complex<$part>) -> Self { value.re != 0.0 || value.im != 0.0 }
        }

        impl From<Complex<$part>> for Complex<f32> {
            fn from(value: Complex<$part>) -> Self { Complex::new(value.re as f32, value.im as f32) }
        }

        impl From<Complex<$part>> for Complex<f64> {
            fn from(value: Complex<$part>) -> Self { Complex::new(value.re as f64, value.im as f64) }
        })*
    };
    (@ $part:ty => $($to:ty),*) => {
        $(impl From<Complex<$part>> for $to {
            fn from(value: Complex<$part>) -> Self { value.re as $to }
        })*
    };
}

from_complex!(f32, f64);

fn each<A: Element, R: From<A>>(inputs: &[Slice<'_>], out: SliceMut<'_>) {
    if let ([a], Some(out)) = (inputs, R::of_mut(out))
        && let Some(a) = A::of(a)
    {
        out.iter_mut().zip(a).for_each(|(out, a)| *out = R::from(*a));
    }
}

/// The loop that makes elements of one dtype those of another.
pub fn cast(from: DType, to: DType) -> MapFn {
    let made = all!(from, A => all!(to, R => each::<A, R> as MapFn)).flatten();
    made.unwrap_or(|_, _| {})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_wrap_and_cut() {
        let mut out = [0_u8; 3];
        cast(DType::Int64, DType::UInt8)(&[Slice::Int64(&[-1, 256, 7])], SliceMut::UInt8(&mut out));
        assert_eq!(out, [255, 0, 7]);
        let mut out = [0_i32; 3];
        cast(DType::Float64, DType::Int32)(
            &[Slice::Float64(&[-1.9, f64::NAN, 2.5])],
            SliceMut::Int32(&mut out),
        );
        assert_eq!(out, [-1, 0, 2]);
    }
}
