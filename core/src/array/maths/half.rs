//! Numbers of 16 bits, from wider ones and to them, without branches: loops over many of them run on vectors.

use half::f16;

const SIGN: u16 = 0x8000;
/// 2 to the power of 112: how much larger the exponents of 32 bits begin.
const APART: f32 = f32::from_bits(0x7780_0000);
/// Infinity's exponent, moved to where 32 bits have theirs.
const ENDLESS: u32 = 0x1f << 23;

/// The number in 32 bits, exactly; of NaN each bit.
#[inline]
pub fn wide(x: f16) -> f32 {
    let sign = u32::from(x.to_bits() & SIGN) << 16;
    let size = u32::from(x.to_bits() & !SIGN) << 13;
    // Those below the normal ones are so here, too, and become normal.
    let scaled = (f32::from_bits(size) * APART).to_bits();
    f32::from_bits(sign | if size >= ENDLESS { size | 0x7f80_0000 } else { scaled })
}

/// The nearest number of 16 bits, of two equally near ones the even one; what is beyond them infinite.
#[inline]
pub fn narrow(x: f32) -> f16 {
    // What the last of 24 bits is worth in the sum is what the last of a small number is worth in 16 bits.
    const SMALL: f32 = f32::from_bits(126 << 23);
    let size = x.to_bits() & 0x7fff_ffff;
    let sign = (x.to_bits() >> 16) as u16 & SIGN;
    let small = (f32::from_bits(size) + SMALL).to_bits().wrapping_sub(SMALL.to_bits());
    // Half a step up, a little less where the last bit is even; a carry reaches the exponent, and infinity.
    let normal = size.wrapping_sub(112 << 23).wrapping_add(0xfff).wrapping_add((size >> 13) & 1) >> 13;
    let endless = if size > 0x7f80_0000 { 0x7e00 | ((size >> 13) & 0x3ff) } else { 0x7c00 };
    let bits = match size {
        _ if size < 113 << 23 => small,
        _ if size < 143 << 23 => normal,
        _ => endless,
    };
    f16::from_bits(sign | bits as u16)
}

/// The same of 64 bits, rounded once: on the way through 32 what is lost leaves the last bit set.
pub fn nearest(x: f64) -> f16 {
    let near = x as f32;
    let back = f64::from(near);
    if back == x || !back.is_finite() {
        return narrow(near);
    }
    let cut = if back.abs() > x.abs() { near.to_bits().wrapping_sub(1) } else { near.to_bits() };
    narrow(f32::from_bits(cut | 1))
}

/// The next number from `x` towards the other: those of one sign are in the order of their bits.
pub fn next(x: f16, target: f16) -> f16 {
    if x.is_nan() || target.is_nan() {
        return f16::NAN;
    }
    let bits = x.to_bits();
    match (x < target, x > target) {
        (false, false) => target,
        // The least number of the target's sign.
        _ if bits & !SIGN == 0 => f16::from_bits((target.to_bits() & SIGN) | 1),
        (up, _) if up == (bits & SIGN == 0) => f16::from_bits(bits.wrapping_add(1)),
        _ => f16::from_bits(bits.wrapping_sub(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_16_bits_is_found_again() {
        for bits in 0..=u16::MAX {
            let x = f16::from_bits(bits);
            assert!(wide(x) == x.to_f32() || x.is_nan() && wide(x).is_nan(), "{bits:04x}");
            // A NaN that signals becomes one that does not.
            let quiet = if x.is_nan() { bits | 0x200 } else { bits };
            assert_eq!(
                (narrow(wide(x)).to_bits(), nearest(f64::from(wide(x))).to_bits()),
                (quiet, quiet),
                "{bits:04x}"
            );
        }
    }

    #[test]
    fn numbers_of_32_bits_are_rounded_as_others_round_them() {
        // Around each number of 16 bits and between them, and others all over.
        let between = (0..=0x7c00_u32).flat_map(|bits| {
            let size = wide(f16::from_bits(bits as u16)).to_bits();
            [0, 1, 0x7ff, 0xfff, 0x1000, 0x1001, 0x1fff].map(|more| size.wrapping_add(more))
        });
        for bits in between.chain((0..1 << 20).map(|at: u32| at.wrapping_mul(2_654_435_761))) {
            let x = f32::from_bits(bits);
            let wanted = f16::from_f32(x);
            assert!(
                narrow(x) == wanted || x.is_nan() && narrow(x).is_nan(),
                "{bits:08x}: {} and {wanted}",
                narrow(x)
            );
            assert_eq!(narrow(x).is_sign_negative(), wanted.is_sign_negative(), "{bits:08x}");
        }
    }

    #[test]
    fn numbers_of_64_bits_are_rounded_once() {
        let step = 2.0_f64.powi(-11);
        for (value, bits) in [
            (1.0, 0x3c00),
            // A tie goes to the even one, and anything over it up.
            (1.0 + step, 0x3c00),
            (1.0 + 3.0 * step, 0x3c02),
            (1.0 + step + 2.0_f64.powi(-40), 0x3c01),
            (-1.0 - step - 2.0_f64.powi(-40), 0xbc01),
            (1.0 + 3.0 * step - 2.0_f64.powi(-40), 0x3c01),
            (65_504.0, 0x7bff),
            (65_519.999_999_999, 0x7bff),
            (65_520.0, 0x7c00),
            (-1.0e300, 0xfc00),
            (f64::INFINITY, 0x7c00),
            (2.0_f64.powi(-24), 0x0001),
            (2.0_f64.powi(-25), 0x0000),
            (2.0_f64.powi(-25) * (1.0 + f64::EPSILON), 0x0001),
            (1.0e-300, 0x0000),
            (-1.0e-300, 0x8000),
            (-0.0, 0x8000),
        ] {
            assert_eq!(nearest(value).to_bits(), bits, "{value}");
        }
        assert!(nearest(f64::NAN).is_nan());
    }
}
