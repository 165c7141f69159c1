//! Values computed by mpmath with 2600 bits, rounded to doubles; `values.py` beside this file wrote them.

use num_complex::Complex;

use super::super::complex as c;

const VALUES: &str = include_str!("values.txt");

/// How many units in the last place either part may be off.
fn allowed(name: &str) -> f64 {
    match name {
        "multiply" | "divide" | "reciprocal" | "pow" => 8.0,
        _ => 5.0,
    }
}

#[test]
fn complex_values() {
    for line in VALUES.lines() {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default();
        let [a, b, x, y, re, im] = numbers(words);
        let got = value(name, Complex::new(a, b), Complex::new(x, y));
        let off = units(got.re, re).max(units(got.im, im));
        assert!(
            off <= allowed(name),
            "{name}: {got:e} is off by {off} in: {a:e} {b:e} {x:e} {y:e} {re:e} {im:e}"
        );
    }
}

/// The narrow functions are the wide ones rounded.
#[test]
fn narrow_values() {
    for line in VALUES.lines() {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default();
        let [a, b, x, y, ..] = numbers(words).map(|value| value as f32);
        let wide = value(name, wide(a, b), wide(x, y));
        let got = value(name, Complex::new(a, b), Complex::new(x, y));
        let same =
            |got: f32, wide: f64| got.to_bits() == (wide as f32).to_bits() || got.is_nan() && wide.is_nan();
        assert!(
            same(got.re, wide.re) && same(got.im, wide.im),
            "{name} of {a:e} {b:e}: {got:e}, not {wide:e}"
        );
    }
}

fn wide(re: f32, im: f32) -> Complex<f64> {
    Complex::new(f64::from(re), f64::from(im))
}

fn numbers<'a>(words: impl Iterator<Item = &'a str>) -> [f64; 6] {
    let mut numbers = [f64::NAN; 6];
    for (number, word) in numbers.iter_mut().zip(words) {
        *number = u64::from_str_radix(word, 16).map_or(f64::NAN, f64::from_bits);
    }
    numbers
}

fn value<T: super::super::number::Real>(name: &str, z: Complex<T>, w: Complex<T>) -> Complex<T> {
    match name {
        "exp" => c::exp(z),
        "expm1" => c::expm1(z),
        "log" => c::log(z),
        "log1p" => c::log1p(z),
        "log2" => c::log2(z),
        "log10" => c::log10(z),
        "sqrt" => c::sqrt(z),
        "sin" => c::sin(z),
        "cos" => c::cos(z),
        "tan" => c::tan(z),
        "sinh" => c::sinh(z),
        "cosh" => c::cosh(z),
        "tanh" => c::tanh(z),
        "asin" => c::asin(z),
        "acos" => c::acos(z),
        "atan" => c::atan(z),
        "asinh" => c::asinh(z),
        "acosh" => c::acosh(z),
        "atanh" => c::atanh(z),
        "sign" => c::sign(z),
        "reciprocal" => c::reciprocal(z),
        "divide" => c::divide(z, w),
        "multiply" => c::multiply(z, w),
        "pow" | "pow_whole" => c::pow(z, w),
        _ => Complex::new(T::NAN, T::NAN),
    }
}

/// The distance in units of the wanted value's last place.
fn units(got: f64, wanted: f64) -> f64 {
    if got == wanted {
        return 0.0;
    }
    let size = wanted.abs().max(f64::MIN_POSITIVE);
    let off = (got - wanted).abs() / (size.next_up() - size);
    if off.is_nan() { f64::INFINITY } else { off }
}
