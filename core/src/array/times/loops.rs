//! Loops over times: those of whole numbers, but that NaT stays NaT and is equal to nothing.

use super::super::element::{Element, Slice, SliceMut};
use super::super::graph::MapFn;
use super::super::kernels::map::{each_one, each_two};
use super::NAT;

fn is_nat(value: i64) -> bool {
    value == NAT
}

fn both(a: i64, b: i64, f: impl Fn(i64, i64) -> i64) -> i64 {
    if is_nat(a) || is_nat(b) { NAT } else { f(a, b) }
}

/// The whole part of the number; NaT where it is none.
pub(in crate::array) fn cut(number: f64) -> i64 {
    let held = number.trunc() > -9.3e18 && number.trunc() < 9_223_372_036_854_775_808.0;
    if held { number as i64 } else { NAT }
}

/// A loop over a time and a real number.
fn beside(inputs: &[Slice<'_>], out: SliceMut<'_>, f: impl Fn(f64, f64) -> f64) {
    if let ([a, b], Some(out)) = (inputs, i64::of_mut(out))
        && let (Some(a), Some(b)) = (i64::of(a), f64::of(b))
    {
        let pairs = a.iter().zip(b);
        out.iter_mut().zip(pairs).for_each(|(out, (a, b))| {
            *out = if is_nat(*a) { NAT } else { cut(f(*a as f64, *b)) };
        });
    }
}

macro_rules! one {
    ($(#[$doc:meta] $name:ident: $result:ty = $f:expr;)*) => { $(
        #[$doc]
        pub const $name: MapFn = |inputs, out| each_one::<i64, $result>(inputs, out, $f);
    )* };
}

macro_rules! two {
    ($(#[$doc:meta] $name:ident: $result:ty = $f:expr;)*) => { $(
        #[$doc]
        pub const $name: MapFn = |inputs, out| each_two::<i64, $result>(inputs, out, $f);
    )* };
}

one! {
    /// The same numbers, told as no times: what is known of the stored ones does not hold of them.
    SAME: i64 = |x| x;
    /// Whether it is no time.
    IS_NAT: bool = is_nat;
    /// Whether it is one.
    IS_TIME: bool = |x| !is_nat(x);
    /// Never: no time is without end.
    NEVER: bool = |_| false;
    /// With the other sign; NaT has none.
    NEGATIVE: i64 = |x| x.wrapping_neg();
    /// Without its sign.
    ABS: i64 = |x| x.wrapping_abs();
    /// -1, 0 or 1; of NaT -1, as NumPy's.
    SIGN: i64 = |x| x.signum();
    /// In an order in which NaT is the last.
    KEY: i64 = |x| x.wrapping_sub(1);
    /// Back from it.
    OF_KEY: i64 = |x| x.wrapping_add(1);
}

two! {
    /// The sum.
    ADD: i64 = |a, b| both(a, b, i64::wrapping_add);
    /// The difference.
    SUBTRACT: i64 = |a, b| both(a, b, i64::wrapping_sub);
    /// So many times as long.
    MULTIPLY: i64 = |a, b| if is_nat(a) { NAT } else { a.wrapping_mul(b) };
    /// The part of a length, cut off toward 0.
    DIVIDE: i64 = |a, b| if is_nat(a) { NAT } else { a.checked_div(b).unwrap_or(NAT) };
    /// How often the one length goes into the other.
    RATIO: f64 = |a, b| if is_nat(a) || is_nat(b) { f64::NAN } else { a as f64 / b as f64 };
    /// The same, rounded down; 0 where one is none or NaT.
    TIMES: i64 = |a, b| if is_nat(a) || is_nat(b) || b == 0 { 0 } else { floored(a, b) };
    /// What is left then, with the sign of the second.
    LEFT: i64 = |a, b| both(a, b, |a, b| if b == 0 { NAT } else { a.wrapping_sub(floored(a, b).wrapping_mul(b)) });
    /// The later one.
    MAXIMUM: i64 = |a, b| both(a, b, i64::max);
    /// The earlier one.
    MINIMUM: i64 = |a, b| both(a, b, i64::min);
    /// The later one of those that are times.
    FMAX: i64 = i64::max;
    /// The earlier one of those.
    FMIN: i64 = |a, b| a.wrapping_sub(1).min(b.wrapping_sub(1)).wrapping_add(1);
    /// Whether both are the same time.
    EQUAL: bool = |a, b| a == b && !is_nat(a);
    /// Whether they are not.
    NOT_EQUAL: bool = |a, b| a != b || is_nat(a);
    /// Whether the first is before the second.
    LESS: bool = |a, b| a < b && !is_nat(a);
    /// Before it, or the same.
    LESS_EQUAL: bool = |a, b| a <= b && !is_nat(a);
    /// After it.
    GREATER: bool = |a, b| a > b && !is_nat(b);
    /// After it, or the same.
    GREATER_EQUAL: bool = |a, b| a >= b && !is_nat(b);
}

/// So many times as long, where the number has a fraction.
pub const MULTIPLY_REAL: MapFn = |inputs, out| beside(inputs, out, |a, b| a * b);
/// The part of a length, likewise.
pub const DIVIDE_REAL: MapFn = |inputs, out| beside(inputs, out, |a, b| a / b);

/// The quotient, rounded down. Of a divisor that is not 0.
fn floored(a: i64, b: i64) -> i64 {
    let (quotient, left) = (a.wrapping_div(b), a.wrapping_rem(b));
    quotient.wrapping_sub(i64::from(left != 0 && (left < 0) != (b < 0)))
}

/// Numbers as times: what is none is NaT.
pub const OF_REAL: MapFn = |inputs, out| each_one::<f64, i64>(inputs, out, cut);
