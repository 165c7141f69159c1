//! Integer functions: the ends of the types, divisors of 0, and counts beyond the width.

use super::super::integer as i;

#[test]
fn division_goes_down() {
    let cases =
        [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1), (6, -3, -2, 0), (5, 0, 0, 0)];
    for (x, y, quotient, rest) in cases {
        assert_eq!((i::floor_divide(x, y), i::remainder(x, y)), (quotient, rest), "{x} by {y}");
    }
    assert_eq!((i::floor_divide(i8::MIN, -1), i::remainder(i8::MIN, -1)), (i8::MIN, 0));
    assert_eq!((i::floor_divide(i64::MIN, -1), i::remainder(i64::MIN, -1)), (i64::MIN, 0));
    assert_eq!((i::floor_divide(200u8, 7), i::remainder(200u8, 7), i::remainder(1u64, 0)), (28, 4, 0));
}

/// Every pair of bytes, beside wider arithmetic that cannot overflow.
#[test]
fn every_byte() {
    for x in i8::MIN..=i8::MAX {
        for y in i8::MIN..=i8::MAX {
            let (wide_x, wide_y) = (i32::from(x), i32::from(y));
            if y != 0 {
                let quotient = (f64::from(x) / f64::from(y)).floor() as i32;
                assert_eq!(i::floor_divide(x, y), quotient as i8, "{x} // {y}");
                assert_eq!(i32::from(i::remainder(x, y)), wide_x - quotient * wide_y, "{x} % {y}");
            }
            let left = if (0..8).contains(&y) { wide_x << y } else { 0 };
            assert_eq!(i::bitwise_left_shift(x, y), left as i8, "{x} << {y}");
            let right = wide_x >> if (0..8).contains(&y) { wide_y } else { 31 };
            assert_eq!(i::bitwise_right_shift(x, y), right as i8, "{x} >> {y}");
            assert_eq!(i::pow(x, y), slow_power(x, y), "{x} ** {y}");
        }
    }
}

fn slow_power(base: i8, exponent: i8) -> i8 {
    match base {
        -1 if exponent % 2 != 0 => -1,
        -1 | 1 => 1,
        _ if exponent < 0 => 0,
        _ => (0..exponent).fold(1i8, |product, _| product.wrapping_mul(base)),
    }
}

#[test]
fn wide_types() {
    assert_eq!((i::pow(3u64, 41), i::pow(2i64, 63), i::pow(2u64, 64)), (3u64.wrapping_pow(41), i64::MIN, 0));
    assert_eq!((i::pow(0i32, 0), i::pow(0i32, -1), i::pow(-1i16, -3)), (1, 0, -1));
    assert_eq!((i::bitwise_left_shift(1u64, 64), i::bitwise_right_shift(u64::MAX, 63)), (0, 1));
    assert_eq!((i::bitwise_left_shift(1i64, i64::MAX), i::bitwise_right_shift(-5i64, 1 << 40)), (0, -1));
    assert_eq!((i::bitwise_right_shift(5u8, 255), i::bitwise_left_shift(3u32, 31)), (0, 1 << 31));
}

#[test]
fn wrapping() {
    assert_eq!(
        (i::abs(i8::MIN), i::abs(-5i32), i::negative(i64::MIN), i::negative(1u8)),
        (i8::MIN, 5, i64::MIN, 255)
    );
    assert_eq!((i::sign(-9i64), i::sign(0i8), i::sign(u16::MAX)), (-1, 0, 1));
    assert_eq!(
        (i::square(200u8), i::add(255u8, 1), i::subtract(0u16, 1), i::multiply(i32::MAX, 2)),
        (64, 0, 65535, -2)
    );
    assert_eq!((i::clip(5, 1, 3), i::clip(5, 9, 2), i::maximum(1, 2), i::minimum(1u8, 2)), (3, 2, 2, 1));
}
