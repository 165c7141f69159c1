//! More special cases of complex functions: arc cosines, quotients, magnitudes, powers.

use num_complex::Complex;

use super::super::complex as c;
use super::complex_special::{Function, check, function, same};
use super::table::{choices, rows};

#[test]
fn arc_cosines() {
    check(
        &function!(acos),
        "
        ~0 0 => pi/2 -0
        ~0 nan => pi/2 nan
        fin inf => pi/2 -inf
        nz nan => nan nan
        -inf pos => pi -inf
        inf pos => 0 -inf
        -inf inf => 3pi/4 -inf
        inf inf => pi/4 -inf
        inf nan => nan ~inf
        -inf nan => nan ~inf
        nan fin => nan nan
        nan inf => nan -inf
        nan nan => nan nan
        1 0 => 0 -0
        2 0 => 0 -1.3169578969248168
        -2 0 => pi -1.3169578969248168
    ",
    );
    check(
        &function!(acosh),
        "
        ~0 0 => 0 pi/2
        fin inf => inf pi/2
        nz nan => nan nan
        0 nan => nan ~pi/2
        -inf pos => inf pi
        inf pos => inf 0
        -inf inf => inf 3pi/4
        inf inf => inf pi/4
        inf nan => inf nan
        -inf nan => inf nan
        nan fin => nan nan
        nan inf => inf nan
        nan nan => nan nan
        1 0 => 0 0
        -2 0 => 1.3169578969248168 pi
    ",
    );
}

#[test]
fn signs_and_quotients() {
    check(
        &function!(sign),
        "
        ~0 0 => 0 ~0
        nan any => nan nan
        any nan => nan nan
        inf fin => 1 ~0
        -inf fin => -1 ~0
        fin inf => 0 1
        inf inf => nan nan
        3 4 => 0.6 0.8
    ",
    );
    check(
        &function!(reciprocal),
        "
        nan nan => nan nan
        inf fin => 0 ~0
        2 0 => 0.5 ~0
        0 2 => ~0 -0.5
        0 0 => inf nan
    ",
    );
    let nan = Complex::new(f64::NAN, f64::NAN);
    same(c::multiply(nan, nan), nan, "multiply");
    same(c::divide(nan, nan), nan, "divide");
    same(c::square(Complex::new(3.0, 4.0)), Complex::new(-7.0, 24.0), "square");
}

#[test]
fn magnitudes() {
    for row in rows(
        "
        ~inf any => inf
        any ~inf => inf
        ~0 -3 => 3
        -3 ~0 => 3
        nan fin => nan
        fin nan => nan
        nan nan => nan
        3e300 4e300 => 5e300
    ",
    ) {
        for argument in choices(&row.arguments) {
            let got = c::abs(Complex::new(argument[0], argument[1]));
            assert!(row.results[0].accepts(got, 0.0), "abs {argument:?} is {got:e}: {}", row.text);
        }
    }
    assert_eq!(c::abs(Complex::new(3e30f32, 4e30)), 5e30);
}

#[test]
fn powers() {
    let pow = |a, b, x, y| c::pow(Complex::new(a, b), Complex::new(x, y));
    same(pow(f64::NAN, 0.0, 0.0, -0.0), Complex::new(1.0, 0.0), "pow");
    same(pow(0.0, -0.0, 1.0, 1.0), Complex::new(0.0, 0.0), "pow");
    same(pow(0.0, 0.0, -1.0, 0.0), Complex::new(f64::INFINITY, f64::NAN), "pow");
    same(pow(f64::INFINITY, 0.0, 2.0, 0.0), Complex::new(f64::INFINITY, f64::NAN), "pow");
    same(pow(2.0, 0.0, 0.5, 0.0), Complex::new(2f64.sqrt(), 0.0), "pow");
    same(pow(1.0, 2.0, 3.0, 0.0), Complex::new(-11.0, -2.0), "pow");
    same(pow(0.0, 1.0, -2.0, 0.0), Complex::new(-1.0, -0.0), "pow");
    assert!(c::isnan(pow(1.0, f64::NAN, 2.0, 3.0)));
}

#[test]
fn parts_apart() {
    let z = Complex::new(2.5, -0.5);
    same(c::round(z), Complex::new(2.0, -0.0), "round");
    same(c::conj(z), Complex::new(2.5, 0.5), "conj");
    assert!(c::equal(Complex::new(0.0, 1.0), Complex::new(-0.0, 1.0)) && !c::equal(z, -z));
    let nan = Complex::new(f64::NAN, f64::INFINITY);
    assert!(!c::equal(nan, nan) && c::not_equal(nan, nan));
    assert!(c::isnan(nan) && c::isinf(nan) && !c::isfinite(nan) && c::isfinite(z));
}
