//! Numbers to text. Floats have the shortest digits that read back to the same float.

use arrow::datatypes::i256;

/// Integers beyond ±(2^53 − 1) lose digits in readers that take every JSON number for a double.
pub(super) const SAFE_MAX: u64 = (1 << 53) - 1;

pub(super) fn push_int(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

pub(super) fn push_f64(value: f64, out: &mut Vec<u8>) {
    if value.is_finite() {
        out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
    } else {
        push_not_finite(value.is_nan(), value > 0.0, out);
    }
}

pub(super) fn push_f32(value: f32, out: &mut Vec<u8>) {
    if value.is_finite() {
        out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
    } else {
        push_not_finite(value.is_nan(), value > 0.0, out);
    }
}

fn push_not_finite(nan: bool, positive: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(match (nan, positive) {
        (true, _) => b"NaN",
        (false, true) => b"Infinity",
        (false, false) => b"-Infinity",
    });
}

/// Appends `value` ÷ 10^`scale`, with exactly `scale` digits after the point.
pub(super) fn push_decimal(value: i128, scale: i8, out: &mut Vec<u8>) {
    let mut buffer = itoa::Buffer::new();
    push_digits(buffer.format(value), scale, out);
}

pub(super) fn push_decimal256(value: i256, scale: i8, out: &mut Vec<u8>) {
    match value.to_i128() {
        Some(small) => push_decimal(small, scale, out),
        None => push_digits(&value.to_string(), scale, out),
    }
}

fn push_digits(text: &str, scale: i8, out: &mut Vec<u8>) {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    out.extend_from_slice(sign.as_bytes());
    let places = usize::from(scale.unsigned_abs());
    if scale <= 0 {
        out.extend_from_slice(digits.as_bytes());
        if digits != "0" {
            out.resize(out.len() + places, b'0');
        }
    } else if digits.len() > places {
        let (whole, fraction) = digits.split_at(digits.len() - places);
        out.extend_from_slice(whole.as_bytes());
        out.push(b'.');
        out.extend_from_slice(fraction.as_bytes());
    } else {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + places - digits.len(), b'0');
        out.extend_from_slice(digits.as_bytes());
    }
}
