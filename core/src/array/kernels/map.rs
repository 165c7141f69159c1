//! The code of functions of elements, by name and dtype: `sin` of `float32` is one loop.

use super::super::dtype::DType;
use super::super::element::{Element, Slice, SliceMut};
use super::super::graph::MapFn;
use super::super::maths::number::Real;
use super::super::maths::{complex, half, integer, real, vector};
use super::super::simd::{Loop, widest};
use super::number::Number;
use super::{all, complexes, every, floats, ints, numbers, pick, reals};

/// What of one operand is made: the loop, and the dtype of what it gives.
pub type One = fn(DType) -> Option<(MapFn, DType)>;
/// What of two operands of one dtype is made.
pub type Two = One;

struct Single<'a, A, R, F>(&'a [A], &'a mut [R], F);

impl<A: Element, R, F: Fn(A) -> R> Loop for Single<'_, A, R, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.1.iter_mut().zip(self.0).for_each(|(out, a)| *out = (self.2)(*a));
    }
}

pub(in crate::array) fn each_one<A: Element, R: Element>(
    inputs: &[Slice<'_>],
    out: SliceMut<'_>,
    f: impl Fn(A) -> R,
) {
    if let ([a], Some(out)) = (inputs, R::of_mut(out))
        && let Some(a) = A::of(a)
    {
        widest(Single(a, out, f));
    }
}

struct Pair<'a, A, R, F>(&'a [A], &'a [A], &'a mut [R], F);

impl<A: Element, R, F: Fn(A, A) -> R> Loop for Pair<'_, A, R, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let pairs = self.0.iter().zip(self.1);
        self.2.iter_mut().zip(pairs).for_each(|(out, (a, b))| *out = (self.3)(*a, *b));
    }
}

pub(in crate::array) fn each_two<A: Element, R: Element>(
    inputs: &[Slice<'_>],
    out: SliceMut<'_>,
    f: impl Fn(A, A) -> R,
) {
    if let ([a, b], Some(out)) = (inputs, R::of_mut(out))
        && let (Some(a), Some(b)) = (A::of(a), A::of(b))
    {
        widest(Pair(a, b, out, f));
    }
}

fn each_three<A: Element, B: Element>(inputs: &[Slice<'_>], out: SliceMut<'_>, f: impl Fn(A, B, B) -> B) {
    if let ([a, b, c], Some(out)) = (inputs, B::of_mut(out))
        && let (Some(a), Some(b), Some(c)) = (A::of(a), B::of(b), B::of(c))
    {
        out.iter_mut().zip(a).zip(b).zip(c).for_each(|(((out, a), b), c)| *out = f(*a, *b, *c));
    }
}

/// A function that is worked out in `f64` for vectors of elements; whether all of its values may be taken.
struct Vector<'a, T, F>(&'a [T], &'a mut [T], F);

impl<T: Element + Real, F: Fn(f64) -> (f64, bool)> Loop for Vector<'_, T, F> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let mut all = true;
        for (out, x) in self.1.iter_mut().zip(self.0) {
            let (value, holds) = (self.2)(x.to_f64());
            *out = T::from_f64(value);
            all &= holds;
        }
        all
    }
}

/// The `fast` function where it holds, the `exact` one for the elements where it does not.
fn each_vector<T: Element + Real>(
    inputs: &[Slice<'_>],
    out: SliceMut<'_>,
    fast: impl Fn(f64) -> (f64, bool) + Copy,
    exact: impl Fn(T) -> T,
) {
    if let ([x], Some(out)) = (inputs, T::of_mut(out))
        && let Some(x) = T::of(x)
        && !widest(Vector(x, out, fast))
    {
        let odd = out.iter_mut().zip(x).filter(|(_, x)| !fast(x.to_f64()).1);
        odd.for_each(|(out, x)| *out = exact(*x));
    }
}

macro_rules! one {
    ($a:ty => $r:ty, $f:expr) => {{
        let map: MapFn = |inputs, out| each_one::<$a, $r>(inputs, out, $f);
        (map, <$r as Element>::DTYPE)
    }};
}

macro_rules! two {
    ($a:ty => $r:ty, $f:expr) => {{
        let map: MapFn = |inputs, out| each_two::<$a, $r>(inputs, out, $f);
        (map, <$r as Element>::DTYPE)
    }};
}

pub(super) use {one, two};

macro_rules! pick_both {
    ($f:ident, $real:expr, $complex:expr) => {
        /// By its name.
        pub fn $f(d: DType) -> Option<(MapFn, DType)> {
            floats!(d, T => one!(T => T, $real)).or_else(|| complexes!(d, T => one!(T => T, $complex)))
        }
    };
}

macro_rules! pick_vector {
    ($f:ident) => {
        /// By its name.
        pub fn $f(d: DType) -> Option<(MapFn, DType)> {
            let float = floats!(d, T => {
                let map: MapFn = |inputs, out| each_vector::<T>(inputs, out, |x| vector::$f(x), real::$f);
                (map, d)
            });
            float.or_else(|| complexes!(d, T => one!(T => T, complex::$f)))
        }
    };
}

pick_vector!(exp);
pick_vector!(log);
pick_vector!(sin);
pick_vector!(cos);

pick_both!(expm1, real::expm1, complex::expm1);
pick_both!(log1p, real::log1p, complex::log1p);
pick_both!(log2, real::log2, complex::log2);
pick_both!(log10, real::log10, complex::log10);
pick_both!(sqrt, real::sqrt, complex::sqrt);
pick_both!(tan, real::tan, complex::tan);
pick_both!(sinh, real::sinh, complex::sinh);
pick_both!(cosh, real::cosh, complex::cosh);
pick_both!(tanh, real::tanh, complex::tanh);
pick_both!(asin, real::asin, complex::asin);
pick_both!(acos, real::acos, complex::acos);
pick_both!(atan, real::atan, complex::atan);
pick_both!(asinh, real::asinh, complex::asinh);
pick_both!(acosh, real::acosh, complex::acosh);
pick_both!(atanh, real::atanh, complex::atanh);
pick_both!(reciprocal, real::reciprocal, complex::reciprocal);

/// A function of one operand that is the same for several kinds.
macro_rules! of_one {
    ($($name:ident: $pick:ident => $f:expr;)*) => {
        $(/// By its name.
        pub fn $name(d: DType) -> Option<(MapFn, DType)> {
            $pick!(d, T => one!(T => T, $f))
        })*
    };
}

of_one! {
    negative: numbers => Number::neg;
    positive: numbers => |x| x;
    square: numbers => |x| Number::mul(x, x);
    sign: numbers => Number::sign;
    floor_float: floats => |x| x.floor();
    ceil_float: floats => |x| x.ceil();
    trunc_float: floats => |x| x.trunc();
    conj_complex: complexes => |z| z.conj();
    invert_int: ints => |x| !x;
}

/// Rounded to the nearest integer, halves to the even one.
pub fn round(d: DType) -> Option<(MapFn, DType)> {
    floats!(d, T => one!(T => T, |x| x.round_ties_even()))
        .or_else(|| complexes!(d, T => one!(T => T, complex::round)))
        .or_else(|| ints!(d, T => one!(T => T, |x| x)))
}

/// The size of a number: of a complex one its distance from 0.
pub fn abs(d: DType) -> Option<(MapFn, DType)> {
    match d {
        DType::Complex64 => Some(one!(num_complex::Complex<f32> => f32, complex::abs)),
        DType::Complex128 => Some(one!(num_complex::Complex<f64> => f64, complex::abs)),
        _ => reals!(d, T => one!(T => T, Number::abs)),
    }
}

/// The real part.
pub fn real_part(d: DType) -> Option<(MapFn, DType)> {
    match d {
        DType::Complex64 => Some(one!(num_complex::Complex<f32> => f32, |z| z.re)),
        DType::Complex128 => Some(one!(num_complex::Complex<f64> => f64, |z| z.re)),
        _ => reals!(d, T => one!(T => T, |x| x)),
    }
}

/// The imaginary part.
pub fn imag_part(d: DType) -> Option<(MapFn, DType)> {
    match d {
        DType::Complex64 => Some(one!(num_complex::Complex<f32> => f32, |z| z.im)),
        DType::Complex128 => Some(one!(num_complex::Complex<f64> => f64, |z| z.im)),
        _ => None,
    }
}

macro_rules! tests {
    ($($name:ident: $float:expr, $complex:expr, $int:expr;)*) => {
        $(/// By its name.
        pub fn $name(d: DType) -> Option<(MapFn, DType)> {
            floats!(d, T => one!(T => bool, $float))
                .or_else(|| complexes!(d, T => one!(T => bool, $complex)))
                .or_else(|| ints!(d, T => one!(T => bool, $int)))
        })*
    };
}

tests! {
    isnan: |x| x.is_nan(), |z| z.re.is_nan() || z.im.is_nan(), |_| false;
    isinf: |x| x.is_infinite(), |z| z.re.is_infinite() || z.im.is_infinite(), |_| false;
    isfinite: |x| x.is_finite(), |z| z.re.is_finite() && z.im.is_finite(), |_| true;
}

/// Whether the sign bit is set.
pub fn signbit(d: DType) -> Option<(MapFn, DType)> {
    floats!(d, T => one!(T => bool, |x| x.is_sign_negative()))
}

/// `not`.
pub fn not(d: DType) -> Option<(MapFn, DType)> {
    pick!(d, T => one!(T => bool, |x: T| !x); Bool bool)
}

/// A function of two operands of one dtype.
macro_rules! of_two {
    ($($name:ident: $pick:ident => $f:expr;)*) => {
        $(/// By its name.
        pub fn $name(d: DType) -> Option<(MapFn, DType)> {
            $pick!(d, T => two!(T => T, $f))
        })*
    };
}

of_two! {
    add: numbers => Number::add;
    subtract: numbers => Number::sub;
    multiply: numbers => Number::mul;
    atan2: floats => |y, x| y.atan2(x);
    copysign: floats => |x, y| x.copysign(y);
    hypot: floats => real::hypot;
    logaddexp: floats => real::logaddexp;
    shift_left: ints => integer::bitwise_left_shift;
    shift_right: ints => integer::bitwise_right_shift;
}

/// The next number that the dtype has, towards the other one.
pub fn nextafter(d: DType) -> Option<(MapFn, DType)> {
    floats!(d, T => two!(T => T, real::nextafter))
        .or_else(|| pick!(d, T => two!(T => T, half::next); Float16 ::half::f16))
}

/// The quotient.
pub fn divide(d: DType) -> Option<(MapFn, DType)> {
    floats!(d, T => two!(T => T, |a, b| a / b)).or_else(|| complexes!(d, T => two!(T => T, complex::divide)))
}

/// The power.
pub fn pow(d: DType) -> Option<(MapFn, DType)> {
    floats!(d, T => two!(T => T, real::pow))
        .or_else(|| complexes!(d, T => two!(T => T, complex::pow)))
        .or_else(|| ints!(d, T => two!(T => T, integer::pow)))
}

macro_rules! real_two {
    ($($name:ident: $float:expr, $int:expr;)*) => {
        $(/// By its name.
        pub fn $name(d: DType) -> Option<(MapFn, DType)> {
            floats!(d, T => two!(T => T, $float)).or_else(|| ints!(d, T => two!(T => T, $int)))
        })*
    };
}

real_two! {
    floor_divide: real::floor_divide, integer::floor_divide;
    remainder: real::remainder, integer::remainder;
    maximum: real::maximum, |a, b| a.max(b);
    minimum: real::minimum, |a, b| a.min(b);
}

macro_rules! bits {
    ($($name:ident: $f:expr;)*) => {
        $(/// By its name.
        pub fn $name(d: DType) -> Option<(MapFn, DType)> {
            ints!(d, T => two!(T => T, $f)).or_else(|| pick!(d, T => two!(T => T, $f); Bool bool))
        })*
    };
}

bits! {
    and: |a, b| a & b;
    or: |a, b| a | b;
    xor: |a, b| a ^ b;
}

macro_rules! compare {
    ($($name:ident: $pick:ident => $f:expr;)*) => {
        $(/// By its name.
        pub fn $name(d: DType) -> Option<(MapFn, DType)> {
            $pick!(d, T => two!(T => bool, $f))
        })*
    };
}

compare! {
    equal: all => |a, b| a == b;
    not_equal: all => |a, b| a != b;
    less: reals => |a, b| a < b;
    less_equal: reals => |a, b| a <= b;
    greater: reals => |a, b| a > b;
    greater_equal: reals => |a, b| a >= b;
}

/// The second operand where the first is true, else the third.
pub fn choose(d: DType) -> Option<MapFn> {
    every!(d, T => {
        let map: MapFn = |inputs, out| each_three::<bool, T>(inputs, out, |c, a, b| if c { a } else { b });
        map
    })
}
