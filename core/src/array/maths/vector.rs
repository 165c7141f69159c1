//! Functions of `f64` without a branch or a call, so that loops over them become loops over vectors.
//!
//! Each gives its value and whether it may be taken: where not (far from 0, no number, a cancellation), the function of
//! [`super::real`] is asked instead. Reduction of arguments is that of Cody and Waite, with constants in parts whose
//! products with small integers are exact; polynomials are minimax ones, found with Remez' algorithm in 200 bits. All
//! are right to less than one unit in the last place; no product is contracted with a sum, so that every processor comes
//! to the same bits.

/// Added to a number below 2⁵¹ and taken away again, it leaves the nearest integer; meanwhile the integer stands in the
/// lowest bits.
const SHIFT: f64 = 6_755_399_441_055_744.0;

/// π/2 in parts of 33 bits.
const HALF_PI: [f64; 3] = [1.570_796_326_734_125_6, 6.077_100_506_303_966e-11, 2.022_266_248_711_166_5e-21];
/// What is left of π/2 behind the first two parts and behind the third.
const HALF_PI_REST: f64 = 8.478_427_660_368_9e-32;

const SIN: [f64; 7] = [
    -0.166_666_666_666_666_66,
    0.008_333_333_333_333_323,
    -0.000_198_412_698_412_551_23,
    2.755_731_921_421_928_5e-06,
    -2.505_210_492_126_135_7e-08,
    1.605_836_762_413_262e-10,
    -7.578_748_179_693_201e-13,
];
const COS: [f64; 7] = [
    0.041_666_666_666_666_664,
    -0.001_388_888_888_888_887_4,
    2.480_158_730_157_152_3e-05,
    -2.755_731_921_538_758e-07,
    2.087_675_436_878_916_4e-09,
    -1.147_029_356_319_896_4e-11,
    4.738_122_366_474_999e-14,
];
const EXP: [f64; 10] = [
    0.500_000_000_000_001_2,
    0.166_666_666_666_667,
    0.041_666_666_666_515_42,
    0.008_333_333_333_307_233,
    0.001_388_888_894_701_639_6,
    0.000_198_412_699_173_141_15,
    2.480_148_994_181_6e-05,
    2.755_721_636_846_848_6e-06,
    2.763_128_046_012_735e-07,
    2.511_783_858_142_923_8e-08,
];
const LOG: [f64; 7] = [
    0.666_666_666_666_673_5,
    0.399_999_999_994_111,
    0.285_714_287_432_605_63,
    0.222_221_984_762_189_7,
    0.181_835_697_270_180_23,
    0.153_139_035_890_047,
    0.147_975_041_570_861_03,
];

/// ln 2 in two parts, the first of 42 bits.
const LN_2: [f64; 2] = [0.693_147_180_559_890_3, 5.497_923_018_708_371e-14];

/// Beyond it, products with the parts of π/2 are no longer exact.
const TURNS_MAX: f64 = 1_000_000.0;
/// Nearer to a multiple of π/2, more of its digits would be needed.
const NEAR: f64 = 1e-9;

/// Horner's rule.
#[inline(always)]
fn polynomial<const N: usize>(of: [f64; N], x: f64) -> f64 {
    let mut sum = 0.0;
    for coefficient in of.into_iter().rev() {
        sum = sum * x + coefficient;
    }
    sum
}

/// `x` less the nearest multiple of π/2, as a sum of two numbers; the multiple's lowest bits; whether that is right.
#[inline(always)]
fn quarter(x: f64) -> (f64, f64, u64, bool) {
    let shifted = x * std::f64::consts::FRAC_2_PI + SHIFT;
    let turns = shifted - SHIFT;
    // Two steps, each with what the one before has lost; the third part and the rest are one number here.
    let first = x - turns * HALF_PI[0];
    let taken = turns * HALF_PI[1];
    let second = first - taken;
    let rest = turns * (HALF_PI[2] + HALF_PI_REST) - ((first - second) - taken);
    let near = second - rest;
    let far = (second - near) - rest;
    let exact = (x.abs() <= TURNS_MAX) & ((near.abs() > NEAR) | (turns == 0.0));
    (near, far, shifted.to_bits(), exact)
}

/// The sine of `near + far`, which is within π/4.
#[inline(always)]
fn sin_within(near: f64, far: f64) -> f64 {
    let square = near * near;
    let cube = square * near;
    near - (0.5 * square * far - far - cube * polynomial(SIN, square))
}

/// The cosine of `near + far`, which is within π/4.
#[inline(always)]
fn cos_within(near: f64, far: f64) -> f64 {
    let square = near * near;
    let half = 0.5 * square;
    let most = 1.0 - half;
    most + (((1.0 - most) - half) + (square * square * polynomial(COS, square) - near * far))
}

#[inline(always)]
fn turned(near: f64, far: f64, quarters: u64) -> f64 {
    let (sin, cos) = (sin_within(near, far).to_bits(), cos_within(near, far).to_bits());
    // Chosen by bits: of an `if`, the compiler would make a branch, and no vectors.
    let odd = (quarters & 1).wrapping_neg();
    f64::from_bits(((sin & !odd) | (cos & odd)) ^ ((quarters & 2) << 62))
}

/// The sine.
#[inline(always)]
pub fn sin(x: f64) -> (f64, bool) {
    let (near, far, quarters, exact) = quarter(x);
    (turned(near, far, quarters), exact)
}

/// The cosine.
#[inline(always)]
pub fn cos(x: f64) -> (f64, bool) {
    let (near, far, quarters, exact) = quarter(x);
    (turned(near, far, quarters.wrapping_add(1)), exact)
}

/// *e* to the power of `x`.
#[inline(always)]
pub fn exp(x: f64) -> (f64, bool) {
    let shifted = x * std::f64::consts::LOG2_E + SHIFT;
    let twos = shifted - SHIFT;
    let (high, low) = (x - twos * LN_2[0], twos * LN_2[1]);
    let rest = high - low;
    let lost = (high - rest) - low;
    let value = 1.0 + (rest + (lost + rest * rest * polynomial(EXP, rest)));
    let scale = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    (value * scale, x.abs() <= 708.0)
}

/// The natural logarithm, of √½ to √2 times a power of 2.
#[inline(always)]
pub fn log(x: f64) -> (f64, bool) {
    const ROOT: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
    const FRACTION: u64 = (1 << 52) - 1;
    let above = x.to_bits().wrapping_sub(ROOT);
    // Arithmetic, as the exponent may be below 0; kept in range so that it may be read as a number's lowest bits.
    let twos = ((above as i64) >> 52) as u64;
    let twos = f64::from_bits(twos.wrapping_add(SHIFT.to_bits())) - SHIFT;
    let over = f64::from_bits((above & FRACTION).wrapping_add(ROOT)) - 1.0;
    let ratio = over / (2.0 + over);
    let square = ratio * ratio;
    let half = 0.5 * over * over;
    let tail = ratio * (half + square * polynomial(LOG, square)) + twos * LN_2[1];
    (twos * LN_2[0] - ((half - tail) - over), (f64::MIN_POSITIVE..=f64::MAX).contains(&x))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of many sizes, those near multiples of π/2 and the ends among them.
    fn values() -> impl Iterator<Item = f64> {
        let spread = (0..40_000).map(|at| (f64::from(at) - 20_000.0) * 0.037_123_4);
        let small = (0..600).map(|at| 1.7_f64.powi(at - 500));
        let turns = (-200..200).map(|at| f64::from(at) * std::f64::consts::FRAC_PI_2);
        let large = (0..2000).map(|at| f64::from(at) * 499.731 - 5e5);
        spread.chain(small).chain(turns).chain(large).chain([0.0, -0.0, 1e6, 708.0, -708.0, 1.0])
    }

    fn units_apart(one: f64, other: f64) -> u64 {
        one.to_bits().abs_diff(other.to_bits())
    }

    #[test]
    fn each_is_the_function_to_a_unit_or_says_so() {
        type Pair = (fn(f64) -> (f64, bool), fn(f64) -> f64);
        let functions: [(&str, Pair); 4] = [
            ("sin", (sin, f64::sin)),
            ("cos", (cos, f64::cos)),
            ("exp", (exp, f64::exp)),
            ("log", (log, f64::ln)),
        ];
        for (name, (fast, known)) in functions {
            let mut taken = 0;
            for x in values() {
                let (value, holds) = fast(x);
                taken += usize::from(holds);
                let apart = units_apart(value, known(x));
                assert!(!holds || apart <= 1, "{name}({x:e}) is {value:e}, {apart} units away");
            }
            assert!(taken > 20_000, "{name}: {taken}");
        }
    }

    #[test]
    fn what_is_no_ordinary_number_is_left_to_others() {
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!([sin(x), cos(x), exp(x), log(x)].iter().all(|(_, holds)| !holds), "{x}");
        }
        assert!(!log(0.0).1 && !log(-1.0).1 && !log(5e-324).1 && !sin(1e22).1 && !exp(1000.0).1);
        assert!(sin(-0.0).0.is_sign_negative() && sin(-0.0).1);
    }
}
