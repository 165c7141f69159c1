//! What elements are that nobody wrote: from metadata and to them.

use half::f16;
use num_complex::Complex;
use serde_json::{Number, Value};

use super::element::Stored;
use super::error::Error;
use super::json::shown;
use crate::array::maths;
use crate::array::{DType, Data, Element};

/// The one element that `value` says, held as such elements are. Zarr 2 may say nothing: zero.
///
/// # Errors
/// A value that is no element of the type.
pub(super) fn read(stored: Stored, value: &Value, version: u8) -> Result<Data, Error> {
    if value.is_null() && version == 2 {
        return Ok(Data::zeros(stored.held(), 1));
    }
    let read = match stored {
        Stored::Plain(dtype) => plain(dtype, value),
        Stored::Instant(_) | Stored::Span(_) => match value.as_str() {
            Some("NaT") => Some(one(i64::MIN)),
            _ => whole::<i64>(value),
        },
    };
    read.ok_or_else(|| {
        Error::metadata(format!("`fill_value` {} is no element of {:?}", shown(value), stored.held().name()))
    })
}

fn one<T: Element>(value: T) -> Data {
    T::data(vec![value])
}

fn plain(dtype: DType, value: &Value) -> Option<Data> {
    match dtype {
        DType::Bool => truth(value).map(one),
        DType::Int8 => whole::<i8>(value),
        DType::Int16 => whole::<i16>(value),
        DType::Int32 => whole::<i32>(value),
        DType::Int64 | DType::Instant(_) | DType::Span(_) => whole::<i64>(value),
        DType::UInt8 => whole::<u8>(value),
        DType::UInt16 => whole::<u16>(value),
        DType::UInt32 => whole::<u32>(value),
        DType::UInt64 => whole::<u64>(value),
        DType::Float16 => half(value).map(one),
        DType::Float32 => single(value).map(one),
        DType::Float64 => float(value, 8).map(one),
        DType::Complex64 => {
            parts(value).and_then(|(re, im)| Some(one(Complex::new(single(re)?, single(im)?))))
        }
        DType::Complex128 => {
            parts(value).and_then(|(re, im)| Some(one(Complex::new(float(re, 8)?, float(im, 8)?))))
        }
    }
}

fn truth(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| match value.as_u64() {
        Some(0) => Some(false),
        Some(1) => Some(true),
        _ => None,
    })
}

fn whole<T: Element + TryFrom<i128>>(value: &Value) -> Option<Data> {
    let found = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    // `0.0` is what some writers make of a whole number.
    let found = found.or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9.0e15)?;
        Some(number as i128)
    });
    found.and_then(|number| T::try_from(number).ok()).map(one)
}

fn parts(value: &Value) -> Option<(&Value, &Value)> {
    match value.as_array()?.as_slice() {
        [re, im] => Some((re, im)),
        _ => None,
    }
}

/// A real number of two bytes.
fn half(value: &Value) -> Option<f16> {
    match value {
        Value::String(text) if text.starts_with("0x") => {
            bits(text, 2).map(|bits| f16::from_bits(bits as u16))
        }
        other => float(other, 2).map(maths::half::nearest),
    }
}

/// A real number of four bytes, rounded once.
fn single(value: &Value) -> Option<f32> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) if text.starts_with("0x") => {
            bits(text, 4).map(|bits| f32::from_bits(bits as u32))
        }
        other => float(other, 4).map(|value| value as f32),
    }
}

/// A real number: a number, the name of what is none, or its bits.
fn float(value: &Value, width: usize) -> Option<f64> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => bits(text, width).map(f64::from_bits),
        },
        _ => None,
    }
}

/// `0x` and two digits a byte, the greatest first.
fn bits(text: &str, width: usize) -> Option<u64> {
    let digits = text.strip_prefix("0x")?;
    let whole =
        digits.len() == width.checked_mul(2)? && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    whole.then(|| u64::from_str_radix(digits, 16).ok()).flatten()
}

/// The element as Zarr 3's metadata say it, such that [`read`] finds each bit of it again.
pub(super) fn write(fill: &Data) -> Value {
    match fill {
        Data::Bool(values) => values.first().copied().into(),
        Data::Int8(values) => values.first().copied().into(),
        Data::Int16(values) => values.first().copied().into(),
        Data::Int32(values) => values.first().copied().into(),
        Data::Int64(values) => values.first().copied().into(),
        Data::UInt8(values) => values.first().copied().into(),
        Data::UInt16(values) => values.first().copied().into(),
        Data::UInt32(values) => values.first().copied().into(),
        Data::UInt64(values) => values.first().copied().into(),
        Data::Float16(values) => values.first().map_or(Value::Null, |value| half_said(*value)),
        Data::Float32(values) => values.first().map_or(Value::Null, |value| single_said(*value)),
        Data::Float64(values) => values.first().map_or(Value::Null, |value| double_said(*value)),
        Data::Complex64(values) => values
            .first()
            .map_or(Value::Null, |value| vec![single_said(value.re), single_said(value.im)].into()),
        Data::Complex128(values) => values
            .first()
            .map_or(Value::Null, |value| vec![double_said(value.re), double_said(value.im)].into()),
    }
}

fn half_said(value: f16) -> Value {
    let bits = value.to_bits();
    said(value.into(), bits == 0x7e00, || format!("0x{bits:04x}"))
}

fn single_said(value: f32) -> Value {
    said(value.into(), value.to_bits() == f32::NAN.to_bits(), || format!("0x{:08x}", value.to_bits()))
}

fn double_said(value: f64) -> Value {
    said(value, value.to_bits() == f64::NAN.to_bits(), || format!("0x{:016x}", value.to_bits()))
}

fn said(value: f64, is_the_nan: bool, bits: impl Fn() -> String) -> Value {
    match value {
        _ if value.is_nan() && is_the_nan => "NaN".into(),
        _ if value.is_nan() => bits().into(),
        f64::INFINITY => "Infinity".into(),
        f64::NEG_INFINITY => "-Infinity".into(),
        _ => Number::from_f64(value).map_or(Value::Null, Value::Number),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn again(stored: Stored, data: Data) {
        let read = read(stored, &write(&data), 3).unwrap();
        let bits = |data: &Data| {
            let mut out = Vec::new();
            crate::array::npy::push(data.slice(), &mut out);
            out
        };
        assert_eq!(bits(&read), bits(&data), "{data:?}");
    }

    #[test]
    fn each_bit_is_found_again() {
        for value in [0.0, -0.0, 1.5, 0.1, f32::MAX, f32::MIN_POSITIVE, f32::NAN, -f32::NAN, f32::INFINITY] {
            again(Stored::Plain(DType::Float32), one(value));
            again(Stored::Plain(DType::Complex64), one(Complex::new(value, -value)));
        }
        for value in
            [0.1, -0.0, f64::MAX, 5e-324, f64::NAN, f64::from_bits(0x7ff8_0000_0000_0001), f64::NEG_INFINITY]
        {
            again(Stored::Plain(DType::Float64), one(value));
            again(Stored::Plain(DType::Complex128), one(Complex::new(-value, value)));
        }
        for value in [0.0, 1.0, 65504.0, f32::INFINITY, 6.0e-8] {
            again(Stored::Plain(DType::Float16), one(f16::from_f32(value)));
        }
        for bits in [0x7e01, 0x7c01, 0xfe00, 0x0001, 0x8000] {
            again(Stored::Plain(DType::Float16), one(f16::from_bits(bits)));
        }
        again(Stored::Plain(DType::UInt64), one(u64::MAX));
        again(Stored::Plain(DType::Int64), one(i64::MIN));
        again(Stored::Plain(DType::Bool), one(true));
    }

    #[test]
    fn what_is_no_element_is_refused() {
        for (dtype, value) in [
            (DType::UInt8, json!(256)),
            (DType::UInt8, json!(-1)),
            (DType::Int32, json!(1.5)),
            (DType::Int32, json!("NaN")),
            (DType::Float64, json!("nan")),
            (DType::Float64, json!("0x7ff")),
            (DType::Float64, json!(null)),
            (DType::Bool, json!(2)),
            (DType::Complex64, json!([1])),
        ] {
            let error = read(Stored::Plain(dtype), &value, 3).unwrap_err().to_string();
            assert!(error.contains(&value.to_string()), "{error}");
        }
        assert_eq!(read(Stored::Plain(DType::Int16), &json!(null), 2).unwrap(), one(0_i16));
        assert_eq!(read(Stored::Plain(DType::Int16), &json!(3.0), 2).unwrap(), one(3_i16));
    }
}
