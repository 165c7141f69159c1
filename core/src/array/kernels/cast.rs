//! Elements of one dtype as those of another.
//!
//! Whole numbers wrap around; real numbers lose what stands behind their point, and where they are beyond the other
//! dtype become its end, NaN its 0; complex numbers lose their imaginary part; whatever is not 0 is true.

use ::half::f16;
use num_complex::Complex;

use super::super::dtype::DType;
use super::super::element::{Element, Slice, SliceMut};
use super::super::graph::MapFn;
use super::super::maths::half;
use super::{all, every, pick};

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

macro_rules! from_half {
    ($($to:ty),*) => {
        $(impl From<f16> for $to {
            fn from(value: f16) -> Self { <$to as From<f32>>::from(half::wide(value)) }
        })*
    };
}

from_half!(bool, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, Complex<f32>, Complex<f64>);

macro_rules! to_half {
    ($($from:ty),*) => {
        $(impl From<$from> for f16 {
            // No integer that 64 bits of real number round is within what 16 hold.
            fn from(value: $from) -> Self { half::nearest(<f64 as From<$from>>::from(value)) }
        })*
    };
}

to_half!(bool, i8, i16, i32, i64, u8, u16, u32, u64, f64, Complex<f32>, Complex<f64>);

impl From<f32> for f16 {
    fn from(value: f32) -> Self {
        half::narrow(value)
    }
}

impl From<f16> for f16 {
    fn from(value: f16) -> Self {
        value
    }
}

fn each<A: Element, R: From<A>>(inputs: &[Slice<'_>], out: SliceMut<'_>) {
    if let ([a], Some(out)) = (inputs, R::of_mut(out))
        && let Some(a) = A::of(a)
    {
        out.iter_mut().zip(a).for_each(|(out, a)| *out = R::from(*a));
    }
}

/// The loop that makes elements of one dtype those of another.
pub fn cast(from: DType, to: DType) -> MapFn {
    let made = every!(from, A => every!(to, R => each::<A, R> as MapFn)).flatten();
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

    #[test]
    fn every_number_of_16_bits_goes_through_wider_ones() {
        let all: Vec<f16> = (0..=u16::MAX).map(f16::from_bits).collect();
        for wide in [DType::Float32, DType::Float64, DType::Complex64, DType::Complex128] {
            let mut there = super::super::super::element::Data::zeros(wide, all.len());
            cast(DType::Float16, wide)(&[Slice::Float16(&all)], there.slice_mut());
            let mut back = vec![f16::ZERO; all.len()];
            cast(wide, DType::Float16)(&[there.slice()], SliceMut::Float16(&mut back));
            let same = all.iter().zip(&back);
            assert!(
                same.into_iter()
                    .all(|(one, other)| one.to_bits() == other.to_bits() || (one.is_nan() && other.is_nan())),
                "{wide}"
            );
        }
    }

    #[test]
    fn integers_beyond_16_bits_are_infinite() {
        let mut out = [f16::ZERO; 4];
        let values = [65_519, 65_520, i64::MIN, 2_049];
        cast(DType::Int64, DType::Float16)(&[Slice::Int64(&values)], SliceMut::Float16(&mut out));
        assert_eq!(out.map(f16::to_f32), [65_504.0, f32::INFINITY, f32::NEG_INFINITY, 2_048.0]);
        let mut out = [0_i8; 3];
        let values = [f16::from_f32(-1.5), f16::NAN, f16::INFINITY];
        cast(DType::Float16, DType::Int8)(&[Slice::Float16(&values)], SliceMut::Int8(&mut out));
        assert_eq!(out, [-1, 0, 127]);
    }
}
