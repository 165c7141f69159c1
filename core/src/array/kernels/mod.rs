//! Functions of elements: for each, the piece of code for each dtype that it takes.
//!
//! `float16` has pieces of code of its own only where elements are moved and cast: whatever is computed of it is computed
//! as `float32` (`ops/narrow.rs`).

pub(super) mod cast;
pub(super) mod folds;
pub(super) mod map;
pub(super) mod more;
pub(super) mod number;

macro_rules! pick {
    ($dtype:expr, $type:ident => $body:expr; $($name:ident $element:ty),*) => {
        match $dtype {
            $($crate::array::DType::$name => { type $type = $element; Some($body) })*
            #[allow(unreachable_patterns, reason = "some lists are of all")]
            _ => None,
        }
    };
}

/// `ints!(dtype, T => expression)`: some expression for integers, nothing for others. The others are made alike.
macro_rules! ints {
    ($d:expr, $t:ident => $b:expr) => {
        pick!($d, $t => $b; Int8 i8, Int16 i16, Int32 i32, Int64 i64, UInt8 u8, UInt16 u16, UInt32 u32, UInt64 u64)
    };
}
macro_rules! floats {
    ($d:expr, $t:ident => $b:expr) => { pick!($d, $t => $b; Float32 f32, Float64 f64) };
}
macro_rules! complexes {
    ($d:expr, $t:ident => $b:expr) => {
        pick!($d, $t => $b; Complex64 num_complex::Complex<f32>, Complex128 num_complex::Complex<f64>)
    };
}
macro_rules! reals {
    ($d:expr, $t:ident => $b:expr) => {
        pick!($d, $t => $b; Int8 i8, Int16 i16, Int32 i32, Int64 i64, UInt8 u8, UInt16 u16, UInt32 u32, UInt64 u64,
            Float32 f32, Float64 f64)
    };
}
/// `fields!`: those that have fractions.
macro_rules! fields {
    ($d:expr, $t:ident => $b:expr) => {
        pick!($d, $t => $b; Float32 f32, Float64 f64, Complex64 num_complex::Complex<f32>,
            Complex128 num_complex::Complex<f64>)
    };
}
macro_rules! numbers {
    ($d:expr, $t:ident => $b:expr) => {
        pick!($d, $t => $b; Int8 i8, Int16 i16, Int32 i32, Int64 i64, UInt8 u8, UInt16 u16, UInt32 u32, UInt64 u64,
            Float32 f32, Float64 f64, Complex64 num_complex::Complex<f32>, Complex128 num_complex::Complex<f64>)
    };
}
macro_rules! all {
    ($d:expr, $t:ident => $b:expr) => {
        pick!($d, $t => $b; Bool bool, Int8 i8, Int16 i16, Int32 i32, Int64 i64, UInt8 u8, UInt16 u16, UInt32 u32,
            UInt64 u64, Float32 f32, Float64 f64, Complex64 num_complex::Complex<f32>,
            Complex128 num_complex::Complex<f64>)
    };
}
/// `every!`: those of `all!`, and those that are computed as others.
macro_rules! every {
    ($d:expr, $t:ident => $b:expr) => {
        all!($d, $t => $b).or_else(|| pick!($d, $t => $b; Float16 ::half::f16))
    };
}

pub(super) use {all, complexes, every, fields, floats, ints, numbers, pick, reals};
