//! Elements as Rust knows them, and the macros that write one piece of code for several dtypes.

use half::f16;
use num_complex::Complex;

use super::dtype::DType;

/// A type of elements.
pub trait Element: Copy + Send + Sync + PartialEq + Default + std::fmt::Debug + 'static {
    /// Its dtype.
    const DTYPE: DType;

    /// Many of them, as data.
    fn data(values: Vec<Self>) -> Data;

    /// Many of them, borrowed.
    fn slice(values: &[Self]) -> Slice<'_>;

    /// Many of them, to be written.
    fn slice_mut(values: &mut [Self]) -> SliceMut<'_>;

    /// Those that the slice holds, where they are of this type.
    fn of<'a>(slice: &Slice<'a>) -> Option<&'a [Self]>;

    /// One, of its bytes, the least significant first.
    fn from_le(bytes: &[u8]) -> Self;

    /// Writes its bytes, the least significant first.
    fn push_le(self, out: &mut Vec<u8>);

    /// The same, to be written.
    fn of_mut(slice: SliceMut<'_>) -> Option<&mut [Self]>;
}

/// Writes the three enums of vectors and slices, and which type is whose.
macro_rules! elements {
    ($($name:ident: $type:ty, $from:expr, $push:expr;)*) => {
        /// Elements of one dtype.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Data { $(#[doc = concat!("`", stringify!($type), "`.")] $name(Vec<$type>),)* }

        /// Elements of one dtype, borrowed.
        #[derive(Clone, Copy, Debug)]
        pub enum Slice<'a> { $(#[doc = concat!("`", stringify!($type), "`.")] $name(&'a [$type]),)* }

        /// Elements of one dtype, to be written.
        #[derive(Debug)]
        pub enum SliceMut<'a> { $(#[doc = concat!("`", stringify!($type), "`.")] $name(&'a mut [$type]),)* }

        $(impl Element for $type {
            const DTYPE: DType = DType::$name;

            fn data(values: Vec<Self>) -> Data { Data::$name(values) }

            fn slice(values: &[Self]) -> Slice<'_> { Slice::$name(values) }

            fn slice_mut(values: &mut [Self]) -> SliceMut<'_> { SliceMut::$name(values) }

            fn of<'a>(slice: &Slice<'a>) -> Option<&'a [Self]> {
                match slice { Slice::$name(values) => Some(values), _ => None }
            }

            fn from_le(bytes: &[u8]) -> Self { $from(bytes) }

            fn push_le(self, out: &mut Vec<u8>) { $push(self, out) }

            fn of_mut(slice: SliceMut<'_>) -> Option<&mut [Self]> {
                match slice { SliceMut::$name(values) => Some(values), _ => None }
            }
        })*

        impl Data {
            /// Zeros.
            pub fn zeros(dtype: DType, len: usize) -> Self {
                match dtype {
                    $(DType::$name => Self::$name(vec![<$type>::default(); len]),)*
                    DType::Instant(_) | DType::Span(_) => Self::Int64(vec![0; len]),
                }
            }

            /// How many.
            pub fn len(&self) -> usize {
                match self { $(Self::$name(values) => values.len(),)* }
            }

            /// Their dtype.
            pub fn dtype(&self) -> DType {
                match self { $(Self::$name(_) => DType::$name,)* }
            }

            /// More of them behind; nothing where they are of another dtype.
            pub fn append(&mut self, more: &Slice<'_>) -> Option<()> {
                match self { $(Self::$name(values) => values.extend_from_slice(Element::of(more)?),)* }
                Some(())
            }

            /// All of them, borrowed.
            pub fn slice(&self) -> Slice<'_> {
                match self { $(Self::$name(values) => Slice::$name(values),)* }
            }

            /// All of them, to be written.
            pub fn slice_mut(&mut self) -> SliceMut<'_> {
                match self { $(Self::$name(values) => SliceMut::$name(values),)* }
            }
        }

        impl<'a> Slice<'a> {
            /// How many.
            pub fn len(&self) -> usize {
                match self { $(Self::$name(values) => values.len(),)* }
            }

            /// Their dtype.
            pub fn dtype(&self) -> DType {
                match self { $(Self::$name(_) => DType::$name,)* }
            }

            /// Those from `start` to `end`.
            pub fn range(&self, start: usize, end: usize) -> Slice<'a> {
                match self { $(Self::$name(values) => Slice::$name(&values[start..end]),)* }
            }
        }
    };
}

elements! {
    Bool: bool, |bytes: &[u8]| bytes.first().is_some_and(|byte| *byte != 0), |value: bool, out: &mut Vec<u8>| out.push(value.into());
    Int8: i8, |bytes: &[u8]| <i8>::from_le_bytes(fixed(bytes)), |value: i8, out: &mut Vec<u8>| out.extend(value.to_le_bytes());
    Int16: i16, |bytes: &[u8]| <i16>::from_le_bytes(fixed(bytes)), |value: i16, out: &mut Vec<u8>| out.extend(value.to_le_bytes());
    Int32: i32, |bytes: &[u8]| <i32>::from_le_bytes(fixed(bytes)), |value: i32, out: &mut Vec<u8>| out.extend(value.to_le_bytes());
    Int64: i64, |bytes: &[u8]| <i64>::from_le_bytes(fixed(bytes)), |value: i64, out: &mut Vec<u8>| out.extend(value.to_le_bytes());
    UInt8: u8, |bytes: &[u8]| <u8>::from_le_bytes(fixed(bytes)), |value: u8, out: &mut Vec<u8>| out.extend(value.to_le_bytes());
    UInt16: u16, |bytes: &[u8]| <u16>::from_le_bytes(fixed(bytes)), |value: u16, out: &mut Vec<u8>| out.extend(value.to_le_bytes());
    UInt32: u32, |bytes: &[u8]| <u32>::from_le_bytes(fixed(bytes)), |value: u32, out: &mut Vec<u8>| out.extend(value.to_le_bytes());
    UInt64: u64, |bytes: &[u8]| <u64>::from_le_bytes(fixed(bytes)), |value: u64, out: &mut Vec<u8>| out.extend(value.to_le_bytes());
    Float16: f16, |bytes: &[u8]| <f16>::from_le_bytes(fixed(bytes)), |value: f16, out: &mut Vec<u8>| out.extend(value.to_le_bytes());
    Float32: f32, |bytes: &[u8]| <f32>::from_le_bytes(fixed(bytes)), |value: f32, out: &mut Vec<u8>| out.extend(value.to_le_bytes());
    Float64: f64, |bytes: &[u8]| <f64>::from_le_bytes(fixed(bytes)), |value: f64, out: &mut Vec<u8>| out.extend(value.to_le_bytes());
    Complex64: Complex<f32>, complex_from::<f32>, complex_push::<f32>;
    Complex128: Complex<f64>, complex_from::<f64>, complex_push::<f64>;
}

/// The first bytes; zeros where there are fewer.
fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}

fn complex_from<T: Element>(bytes: &[u8]) -> Complex<T> {
    let (re, im) = bytes.split_at(bytes.len() / 2);
    Complex::new(T::from_le(re), T::from_le(im))
}

fn complex_push<T: Element>(value: Complex<T>, out: &mut Vec<u8>) {
    value.re.push_le(out);
    value.im.push_le(out);
}

impl Data {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Slice<'_> {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// `each!(data, values => expression)`: the expression, for whichever type the elements have. Takes [`Data`], a
/// reference to it, [`Slice`] and [`SliceMut`]: the enum's name stands before.
macro_rules! each {
    ($enum:ident, $value:expr, $values:ident => $body:expr) => {
        match $value {
            $enum::Bool($values) => $body,
            $enum::Int8($values) => $body,
            $enum::Int16($values) => $body,
            $enum::Int32($values) => $body,
            $enum::Int64($values) => $body,
            $enum::UInt8($values) => $body,
            $enum::UInt16($values) => $body,
            $enum::UInt32($values) => $body,
            $enum::UInt64($values) => $body,
            $enum::Float16($values) => $body,
            $enum::Float32($values) => $body,
            $enum::Float64($values) => $body,
            $enum::Complex64($values) => $body,
            $enum::Complex128($values) => $body,
        }
    };
}

/// `of_dtype!(dtype, T => expression)`: the expression with `T` the type of that dtype's elements.
macro_rules! of_dtype {
    ($dtype:expr, $type:ident => $body:expr) => {
        of_dtype!(@ $dtype, $type, $body; Bool bool, Int8 i8, Int16 i16, Int32 i32, Int64 i64, UInt8 u8, UInt16 u16,
            UInt32 u32, UInt64 u64, Float16 ::half::f16, Float32 f32, Float64 f64,
            Complex64 num_complex::Complex<f32>, Complex128 num_complex::Complex<f64>)
    };
    (@ $dtype:expr, $type:ident, $body:expr; $($name:ident $element:ty),*) => {
        match $dtype {
            $($crate::array::DType::$name => { type $type = $element; $body })*
            $crate::array::DType::Instant(_) | $crate::array::DType::Span(_) => { type $type = i64; $body }
        }
    };
}

pub(crate) use {each, of_dtype};
