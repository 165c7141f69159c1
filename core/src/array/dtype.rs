//! What elements are: dtypes, their names, and which two promote to.

use std::fmt;

use super::times::Unit;

/// Declares the dtypes once: the variant, its name, the type of its elements, its kind, its bytes.
macro_rules! dtypes {
    ($($name:ident = $text:literal, $kind:ident, $bytes:literal;)*) => {
        /// The type of an array's elements, as NumPy names them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum DType {
            $(#[doc = concat!("`", $text, "`.")] $name,)*
            /// `datetime64`: points in time. What is computed with is `int64`: see [`DType::held`].
            Instant(Unit),
            /// `timedelta64`: lengths of time, likewise.
            Span(Unit),
        }

        impl DType {
            /// Every one of them but times.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Instant(unit) => instant_name(unit),
                    Self::Span(unit) => span_name(unit),
                }
            }

            /// What kind of number it is; of times that of those that they are held as.
            pub const fn kind(self) -> Kind {
                match self {
                    $(Self::$name => Kind::$kind,)*
                    Self::Instant(_) | Self::Span(_) => Kind::Int,
                }
            }

            /// How many bytes one element has.
            pub const fn bytes(self) -> usize {
                match self {
                    $(Self::$name => $bytes,)*
                    Self::Instant(_) | Self::Span(_) => 8,
                }
            }
        }
    };
}

dtypes! {
    Bool = "bool", Bool, 1;
    Int8 = "int8", Int, 1;
    Int16 = "int16", Int, 2;
    Int32 = "int32", Int, 4;
    Int64 = "int64", Int, 8;
    UInt8 = "uint8", UInt, 1;
    UInt16 = "uint16", UInt, 2;
    UInt32 = "uint32", UInt, 4;
    UInt64 = "uint64", UInt, 8;
    Float16 = "float16", Float, 2;
    Float32 = "float32", Float, 4;
    Float64 = "float64", Float, 8;
    Complex64 = "complex64", Complex, 8;
    Complex128 = "complex128", Complex, 16;
}

/// A kind of dtype. Later kinds hold the values of earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// True and false.
    Bool,
    /// Whole numbers without a sign.
    UInt,
    /// Whole numbers.
    Int,
    /// Real numbers.
    Float,
    /// Complex numbers.
    Complex,
}

/// The names of times in each unit.
macro_rules! time_names {
    ($function:ident, $name:literal) => {
        const fn $function(unit: Unit) -> &'static str {
            match unit {
                Unit::Year => concat!($name, "[Y]"),
                Unit::Month => concat!($name, "[M]"),
                Unit::Week => concat!($name, "[W]"),
                Unit::Day => concat!($name, "[D]"),
                Unit::Hour => concat!($name, "[h]"),
                Unit::Minute => concat!($name, "[m]"),
                Unit::Second => concat!($name, "[s]"),
                Unit::Milli => concat!($name, "[ms]"),
                Unit::Micro => concat!($name, "[us]"),
                Unit::Nano => concat!($name, "[ns]"),
            }
        }
    };
}

time_names!(instant_name, "datetime64");
time_names!(span_name, "timedelta64");

impl DType {
    /// The dtype of that name.
    pub fn named(name: &str) -> Option<Self> {
        let units = || Unit::ALL.iter().copied();
        let mut times = units().map(Self::Instant).chain(units().map(Self::Span));
        let plain = Self::ALL.iter().copied().find(|dtype| dtype.name() == name);
        plain.or_else(|| times.find(|dtype| dtype.name() == name))
    }

    /// The dtype that its elements are computed with: itself, of times `int64`.
    pub const fn held(self) -> Self {
        match self {
            Self::Instant(_) | Self::Span(_) => Self::Int64,
            other => other,
        }
    }

    /// Whether it is one of times: points or lengths.
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Instant(_) | Self::Span(_))
    }

    /// Whether it is a kind of whole number.
    pub const fn is_integer(self) -> bool {
        matches!(self.kind(), Kind::Int | Kind::UInt)
    }

    /// Whether it is a real or a complex number.
    pub const fn is_floating(self) -> bool {
        matches!(self.kind(), Kind::Float | Kind::Complex)
    }

    /// Whether its numbers are complex.
    pub const fn is_complex(self) -> bool {
        matches!(self.kind(), Kind::Complex)
    }

    /// Whether its values have an order and are numbers.
    pub const fn is_real(self) -> bool {
        matches!(self.kind(), Kind::Int | Kind::UInt | Kind::Float)
    }

    /// The dtype of a complex number's parts; of any other itself.
    pub const fn real(self) -> Self {
        match self {
            Self::Complex64 => Self::Float32,
            Self::Complex128 => Self::Float64,
            other => other,
        }
    }

    /// The complex dtype whose parts are of this one.
    pub const fn complex(self) -> Self {
        match self {
            Self::Float16 | Self::Float32 | Self::Complex64 => Self::Complex64,
            _ => Self::Complex128,
        }
    }

    /// The floating dtype that holds what a function such as `sin` gives of it: itself where it is one.
    pub const fn floating(self) -> Self {
        match self.kind() {
            Kind::Float | Kind::Complex => self,
            _ => match self.bytes() {
                1 | 2 => Self::Float32,
                _ => Self::Float64,
            },
        }
    }

    /// The dtype that holds the values of both, as NumPy 2 promotes arrays.
    pub fn promoted(self, other: Self) -> Self {
        let (low, high) = if self.kind() <= other.kind() { (self, other) } else { (other, self) };
        match (low.kind(), high.kind()) {
            (Kind::Bool, _) => high,
            (low_kind, high_kind) if low_kind == high_kind => match low.bytes() > high.bytes() {
                true => low,
                false => high,
            },
            (Kind::UInt, Kind::Int) => signed_over(low, high),
            (Kind::UInt | Kind::Int, Kind::Float) => match low.bytes() {
                1 => high,
                2 if high == Self::Float16 => Self::Float32,
                2 => high,
                _ => Self::Float64,
            },
            (Kind::UInt | Kind::Int, _) => match low.bytes() > 2 {
                true => Self::Complex128,
                false => high,
            },
            _ => match low.bytes() > 4 {
                true => Self::Complex128,
                false => high,
            },
        }
    }
}

/// The signed dtype that holds both; of `uint64` and any signed one the real numbers.
fn signed_over(unsigned: DType, signed: DType) -> DType {
    match unsigned.bytes().saturating_mul(2).max(signed.bytes()) {
        2 => DType::Int16,
        4 => DType::Int32,
        8 => DType::Int64,
        _ => DType::Float64,
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::DType::*;

    #[test]
    fn promotion_is_numpys() {
        for (one, other, both) in [
            (Bool, Int8, Int8),
            (UInt8, Int8, Int16),
            (UInt64, Int8, Float64),
            (UInt32, Int64, Int64),
            (Int16, Float32, Float32),
            (Int32, Float32, Float64),
            (Float64, Complex64, Complex128),
            (Int64, Complex64, Complex128),
            (UInt8, Complex64, Complex64),
            (Float32, Complex64, Complex64),
            (Float16, Bool, Float16),
            (Float16, Int8, Float16),
            (Float16, UInt8, Float16),
            (Float16, Int16, Float32),
            (Float16, UInt16, Float32),
            (Float16, Int32, Float64),
            (Float16, Float16, Float16),
            (Float16, Float32, Float32),
            (Float16, Float64, Float64),
            (Float16, Complex64, Complex64),
            (Float16, Complex128, Complex128),
        ] {
            assert_eq!(one.promoted(other), both, "{one} and {other}");
            assert_eq!(other.promoted(one), both, "{other} and {one}");
        }
    }
}
