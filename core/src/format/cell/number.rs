//! Decimals from text, exactly or not at all; and floats, from whole numbers that keep their digits.

use arrow::datatypes::i256;

/// As many digits as the widest decimal has, and its sign.
const DIGITS_MAX: usize = 80;

/// The digits of the unscaled value, sign included, in ASCII.
struct Unscaled {
    digits: [u8; DIGITS_MAX],
    length: usize,
}

impl Unscaled {
    fn push(&mut self, sign: u8) -> Option<()> {
        *self.digits.get_mut(self.length)? = sign;
        self.length += 1;
        Some(())
    }

    fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.digits[..self.length]).ok()
    }
}

/// None for what is no number, has digits beyond `scale` that are not zero, or more digits than `precision`.
pub(super) fn parse_decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    unscaled(text, precision, scale)?.text()?.parse().ok()
}

/// The same for wide decimals.
pub(super) fn parse_decimal256(text: &str, precision: u8, scale: i8) -> Option<i256> {
    i256::from_string(unscaled(text, precision, scale)?.text()?)
}

fn unscaled(text: &str, precision: u8, scale: i8) -> Option<Unscaled> {
    let bytes = text.trim_ascii().as_bytes();
    let (mantissa, exponent) = match bytes.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&bytes[..at], std::str::from_utf8(&bytes[at + 1..]).ok()?.parse::<i32>().ok()?),
        None => (bytes, 0),
    };
    let mut number = Unscaled { digits: [0; DIGITS_MAX], length: 0 };
    let mantissa = match mantissa {
        [b'-', rest @ ..] => {
            number.push(b'-')?;
            rest
        }
        [b'+', rest @ ..] => rest,
        all => all,
    };
    let point = mantissa.iter().position(|byte| *byte == b'.').unwrap_or(mantissa.len());
    let fraction = mantissa.get(point + 1..).unwrap_or_default();
    let digits = || mantissa[..point].iter().chain(fraction).copied();
    if digits().next().is_none() || !digits().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // How many of the digits are kept, of all that stand there and zeros after them.
    let kept = i64::try_from(point).ok()? + i64::from(exponent) + i64::from(scale);
    let mut significant = 0;
    for (place, digit) in (0_i64..).zip(digits()) {
        if place >= kept && digit != b'0' {
            return None;
        }
        if place < kept && (digit != b'0' || significant > 0) {
            significant += 1;
            number.push(digit)?;
        }
    }
    let zeros = kept - (point + fraction.len()) as i64;
    if significant > 0 {
        for _ in 0..zeros.clamp(0, DIGITS_MAX as i64) {
            significant += 1;
            number.push(b'0')?;
        }
    } else {
        number.length = 0;
        number.push(b'0')?;
    }
    (significant <= usize::from(precision)).then_some(number)
}

/// Whether a float read from `text` has all its digits, where `text` is a whole number: either the float is
/// that number, or it has the same digits when it is written in the fewest, as writers that shun exponents leave
/// them. Fractions and exponents are always taken for the float nearest to them.
///
/// `exact` is the float's value, `shortest` its fewest digits.
pub(super) fn keeps_digits(text: &str, exact: i128, shortest: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    let mantissa = shortest.split(['e', 'E']).next().unwrap_or(shortest);
    let said = digits.trim_matches('0').bytes();
    let kept = mantissa.bytes().filter(u8::is_ascii_digit);
    let kept: Vec<u8> = kept.skip_while(|digit| *digit == b'0').collect();
    let zeros = kept.iter().rev().take_while(|digit| **digit == b'0').count();
    said.eq(kept[..kept.len() - zeros].iter().copied()) || text.parse() == Ok(exact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_keep_their_digits_in_a_float() {
        let double = |text: &str| {
            let value: f64 = text.parse().unwrap_or(f64::NAN);
            keeps_digits(text, value as i128, ryu::Buffer::new().format(value))
        };
        for kept in ["0", "-0", "007", "9007199254740992", "9007199254740994", "+12", "1152921504606846976"] {
            assert!(double(kept), "{kept}");
        }
        // As JavaScript writes 1.2345678901234568e20.
        assert!(double("123456789012345680000"));
        assert!(double("1.00000000000000000001") && double("9007199254740993e0"));
        for lost in ["9007199254740993", "-9007199254740993", "123456789012345678901"] {
            assert!(!double(lost), "{lost}");
        }
    }

    #[test]
    fn decimals_are_exact_or_refused() {
        for (text, scale, expected) in [
            ("1.5", 2, Some(150)),
            (" -0.05 ", 2, Some(-5)),
            ("1.500", 1, Some(15)),
            ("1.501", 1, None),
            ("1e3", 2, Some(100_000)),
            ("12e-1", 1, Some(12)),
            ("12e-2", 1, None),
            ("1200", -2, Some(12)),
            ("1250", -2, None),
            ("-0", 3, Some(0)),
            (".5", 1, Some(5)),
            ("5.", 1, Some(50)),
            ("123456", 2, None),
            ("0e99", 2, Some(0)),
            ("1e99", 2, None),
            ("", 2, None),
            (".", 2, None),
            ("1.2.3", 2, None),
            ("--1", 2, None),
            ("NaN", 2, None),
            ("1e99999999999", 2, None),
        ] {
            assert_eq!(parse_decimal(text, 7, scale), expected, "{text} with scale {scale}");
        }
    }
}
