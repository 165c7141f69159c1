//! The special cases of real functions, as the standard's text lists them.

use super::super::real as r;
use super::table::{choices, rows};

/// Checks a table at both precisions; `$arity` arguments a row.
macro_rules! check {
    ($name:ident($($index:literal),*) $table:literal) => {
        for row in rows($table) {
            for x in choices(&row.arguments) {
                let results = [r::$name::<f64>($(x[$index]),*), f64::from(r::$name::<f32>($(x[$index] as f32),*))];
                for got in results {
                    assert!(row.results[0].accepts(got, 1e-6), "{} {x:?} is {got:e}: {}", stringify!($name), row.text);
                }
            }
        }
    };
}

#[test]
fn rounding_and_signs() {
    check!(ceil(0) "inf => inf\n -inf => -inf\n 0 => 0\n -0 => -0\n nan => nan\n -0.5 => -0\n 1.2 => 2");
    check!(floor(0) "inf => inf\n -inf => -inf\n 0 => 0\n -0 => -0\n nan => nan\n -0.5 => -1\n 1.2 => 1");
    check!(trunc(0) "inf => inf\n -inf => -inf\n 0 => 0\n -0 => -0\n nan => nan\n -0.5 => -0\n -1.7 => -1");
    check!(round(0) "inf => inf\n -inf => -inf\n 0 => 0\n -0 => -0\n nan => nan\n 0.5 => 0\n -0.5 => -0\n 1.5 => 2\n 2.5 => 2");
    check!(abs(0) "nan => nan\n -0 => 0\n -inf => inf\n -3 => 3");
    check!(sign(0) "neg => -1\n ~0 => 0\n pos => 1\n nan => nan\n inf => 1\n -inf => -1");
    check!(reciprocal(0) "0 => inf\n -0 => -inf\n inf => 0\n -inf => -0\n nan => nan\n 4 => 0.25");
    check!(square(0) "-3 => 9\n -0 => 0\n -inf => inf\n nan => nan");
    assert!(
        r::signbit(-0.0) && r::signbit(-f64::NAN.abs()) && !r::signbit(f64::NAN.abs()) && !r::signbit(0f32)
    );
    assert!(r::signbit(f64::NEG_INFINITY) && !r::signbit(f32::INFINITY) && r::signbit(-2.0));
}

#[test]
fn elementary() {
    check!(exp(0) "nan => nan\n ~0 => 1\n inf => inf\n -inf => 0");
    check!(expm1(0) "nan => nan\n 0 => 0\n -0 => -0\n inf => inf\n -inf => -1");
    check!(log(0) "nan => nan\n neg => nan\n ~0 => -inf\n 1 => 0\n inf => inf");
    check!(log2(0) "nan => nan\n neg => nan\n ~0 => -inf\n 1 => 0\n inf => inf\n 8 => 3");
    check!(log10(0) "nan => nan\n neg => nan\n ~0 => -inf\n 1 => 0\n inf => inf\n 1000 => 3");
    check!(log1p(0) "nan => nan\n -2 => nan\n -1 => -inf\n 0 => 0\n -0 => -0\n inf => inf");
    check!(sqrt(0) "nan => nan\n neg => nan\n 0 => 0\n -0 => -0\n inf => inf");
    check!(sin(0) "nan => nan\n 0 => 0\n -0 => -0\n ~inf => nan");
    check!(cos(0) "nan => nan\n ~0 => 1\n ~inf => nan");
    check!(tan(0) "nan => nan\n 0 => 0\n -0 => -0\n ~inf => nan");
    check!(asin(0) "nan => nan\n 1.5 => nan\n -1.5 => nan\n 0 => 0\n -0 => -0\n 1 => pi/2");
    check!(acos(0) "nan => nan\n 1.5 => nan\n -1.5 => nan\n 1 => 0\n -1 => pi");
    check!(atan(0) "nan => nan\n 0 => 0\n -0 => -0\n inf => pi/2\n -inf => -pi/2");
    check!(sinh(0) "nan => nan\n 0 => 0\n -0 => -0\n inf => inf\n -inf => -inf");
    check!(cosh(0) "nan => nan\n ~0 => 1\n ~inf => inf");
    check!(tanh(0) "nan => nan\n 0 => 0\n -0 => -0\n inf => 1\n -inf => -1");
    check!(asinh(0) "nan => nan\n 0 => 0\n -0 => -0\n inf => inf\n -inf => -inf\n 1e-30 => 1e-30");
    check!(acosh(0) "nan => nan\n neg => nan\n 0.9 => nan\n 1 => 0\n inf => inf\n -inf => nan");
    check!(atanh(0) "nan => nan\n -1.5 => nan\n 1e30 => nan\n -1 => -inf\n 1 => inf\n 0 => 0\n -0 => -0");
}

#[test]
fn inverse_hyperbolic_values() {
    // From mpmath: near the ends, where a plain logarithm loses digits or overflows.
    let near =
        [(r::acosh(1.0000000000000002f64), 2.1073424255447014e-8), (r::acosh(1e308), 709.889355822726)];
    let far = [(r::asinh(1e308), 709.889355822726), (r::asinh(-1e-5), -9.999999999833334e-6)];
    let ends = [(r::atanh(0.9999999999999999), 18.714973875118524), (r::atanh(-1e-9), -1e-9)];
    for (got, wanted) in near.into_iter().chain(far).chain(ends) {
        assert!((got - wanted).abs() <= 4e-16 * wanted.abs(), "{got:e} is not {wanted:e}");
    }
}

#[test]
fn division() {
    check!(floor_divide(0, 1) "
        nan any => nan
        any nan => nan
        ~inf ~inf => nan
        ~0 ~0 => nan
        0 pos => 0
        -0 pos => -0
        0 neg => -0
        -0 neg => 0
        pos 0 => inf
        pos -0 => -inf
        neg 0 => -inf
        neg -0 => inf
        inf pos => inf
        inf neg => -inf
        -inf pos => -inf
        -inf neg => inf
        pos inf => 0
        pos -inf => -0
        neg inf => -0
        neg -inf => 0
        1 2 => 0
        -1 -2 => 0
        -1 2 => -1
        1 -2 => -1
        7 -2 => -4
        1e-30 -1e30 => -1
        1e18 -1e-18 => -1e36
    ");
    check!(remainder(0, 1) "
        nan any => nan
        any nan => nan
        ~inf ~inf => nan
        ~0 ~0 => nan
        ~0 pos => 0
        ~0 neg => -0
        nz ~0 => nan
        ~inf nz => nan
        7.5 inf => 7.5
        pos -inf => -inf
        neg inf => inf
        -7.5 -inf => -7.5
        7 -2 => -1
        -7 2 => 1
        -4 2 => 0
        4 -2 => -0
    ");
    assert_eq!(r::floor_divide(1.0, 0.1), 9.0);
    assert_eq!(r::remainder(-1e-20, 1.0), 1.0);
    assert_eq!(r::floor_divide(1e300, 1e-300), f64::INFINITY);
}

#[test]
fn two_arguments() {
    check!(pow(0, 1) "
        2 nan => nan
        any ~0 => 1
        nan nz => nan
        -7.5 inf => inf
        7.5 -inf => 0
        1 ~inf => 1
        -1 ~inf => 1
        1 fin => 1
        0.25 inf => 0
        -0.25 -inf => inf
        inf pos => inf
        inf neg => 0
        -inf 3 => -inf
        -inf 2.5 => inf
        -inf -3 => -0
        -inf -2 => 0
        0 pos => 0
        0 neg => inf
        -0 3 => -0
        -0 2 => 0
        -0 -3 => -inf
        -0 -2.5 => inf
        neg 0.5 => nan
    ");
    check!(atan2(0, 1) "
        nan any => nan
        any nan => nan
        pos ~0 => pi/2
        0 pos => 0
        0 0 => 0
        0 -0 => pi
        0 neg => pi
        -0 pos => -0
        -0 0 => -0
        -0 -0 => -pi
        -0 neg => -pi
        neg ~0 => -pi/2
        pos inf => 0
        pos -inf => pi
        neg inf => -0
        neg -inf => -pi
        inf fin => pi/2
        -inf fin => -pi/2
        inf inf => pi/4
        inf -inf => 3pi/4
        -inf inf => -pi/4
        -inf -inf => -3pi/4
    ");
    check!(hypot(0, 1) "~inf any => inf\n any ~inf => inf\n nan fin => nan\n fin nan => nan\n -3 4 => 5\n ~0 -2 => 2");
    check!(logaddexp(0, 1) "
        nan any => nan
        any nan => nan
        inf fin => inf
        fin inf => inf
        inf inf => inf
        inf -inf => inf
        -inf -inf => -inf
        -inf 2 => 2
        0 0 => 0.6931471805599453
    ");
}

#[test]
fn choices_between_numbers() {
    check!(maximum(0, 1) "nan any => nan\n any nan => nan\n -0 0 => 0\n 0 -0 => 0\n 1 2 => 2\n -inf inf => inf\n -0 -0 => -0");
    check!(minimum(0, 1) "nan any => nan\n any nan => nan\n -0 0 => -0\n 0 -0 => -0\n 1 2 => 1\n -inf inf => -inf\n 0 0 => 0");
    check!(clip(0, 1, 2) "nan 0 1 => nan\n 2 nan 1 => nan\n 2 0 nan => nan\n 2 0 1 => 1\n -2 0 1 => 0\n 5 9 2 => 2");
    check!(copysign(0, 1) "3 neg => -3\n -3 -0 => -3\n -3 0 => 3\n 3 -inf => -3\n nan 1 => nan");
    assert!(
        r::copysign(f64::NAN, -1.0).is_sign_negative() && !r::copysign(-f64::NAN, 0.0).is_sign_negative()
    );
    assert!(r::copysign(3.0, -f64::NAN.abs()) < 0.0 && r::copysign(-3.0, f64::NAN.abs()) > 0.0);
    check!(nextafter(0, 1) "nan any => nan\n any nan => nan\n -0 0 => 0\n 0 -0 => -0\n inf inf => inf");
    assert_eq!(r::nextafter(0.0, -1.0), -5e-324);
    assert_eq!(r::nextafter(1f32, 2.0), 1.0 + f32::EPSILON);
    assert_eq!(r::nextafter(f64::INFINITY, 0.0), f64::MAX);
    assert_eq!(r::nextafter(f64::MAX, f64::INFINITY), f64::INFINITY);
}
