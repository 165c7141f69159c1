//! Values of real functions computed by NumPy 2.4.6; `real_values.py` beside this file wrote them.

use super::super::number::Real;
use super::super::real as r;

const VALUES: &str = include_str!("real_values.txt");

#[test]
fn real_values() {
    for line in VALUES.lines() {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default();
        let words: Vec<&str> = words.collect();
        let fits = match words[0].len() {
            16 => agrees(name, &words, f64::from_bits),
            _ => agrees(name, &words, |bits| f32::from_bits(bits as u32)),
        };
        assert!(fits, "{line}");
    }
}

/// Whether the function's value is NumPy's, or next to it where NumPy itself rounds.
fn agrees<T: Real>(name: &str, words: &[&str], from_bits: impl Fn(u64) -> T) -> bool {
    let mut numbers = words.iter().map(|word| from_bits(u64::from_str_radix(word, 16).unwrap_or(0)));
    let mut next = || numbers.next().unwrap_or(T::NAN);
    let (x, y, wanted) = (next(), next(), next());
    let got = match name {
        "floor_divide" => r::floor_divide(x, y),
        "remainder" => r::remainder(x, y),
        "nextafter" => r::nextafter(x, y),
        "hypot" => r::hypot(x, y),
        "logaddexp" => r::logaddexp(x, y),
        "power" => r::pow(x, y),
        _ => T::NAN,
    };
    let exact = matches!(name, "floor_divide" | "remainder" | "nextafter");
    got == wanted || !exact && (got.next_up() == wanted || got.next_down() == wanted)
}
