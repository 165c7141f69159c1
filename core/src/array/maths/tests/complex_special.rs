//! The special cases of complex functions, as the standard's text lists them.

use num_complex::Complex;

use super::super::complex as c;
use super::complex_tables::{ASINH, ATANH, COSH, SINH, TANH};
use super::table::{Wanted, choices, rows};

type C32 = Complex<f32>;
type C64 = Complex<f64>;

/// A function at both precisions, as doubles.
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) wide: fn(C64) -> C64,
    pub(super) narrow: fn(C32) -> C32,
}

impl Function {
    fn both(&self, z: C64) -> [C64; 2] {
        let low = (self.narrow)(Complex::new(z.re as f32, z.im as f32));
        [(self.wide)(z), Complex::new(f64::from(low.re), f64::from(low.im))]
    }
}

macro_rules! function {
    ($name:ident) => {
        Function { name: stringify!($name), wide: c::$name::<f64>, narrow: c::$name::<f32> }
    };
}

pub(super) use function;

/// Checks each row, and its mirror image: every one of these functions has f(conj z) = conj f(z).
pub(super) fn check(function: &Function, table: &'static str) {
    for row in rows(table) {
        for argument in choices(&row.arguments) {
            let (z, wanted) = (Complex::new(argument[0], argument[1]), (row.results[0], row.results[1]));
            let mirrored = Wanted { value: -wanted.1.value, ..wanted.1 };
            for (z, re, im) in [(z, wanted.0, wanted.1), (z.conj(), wanted.0, mirrored)] {
                for got in function.both(z) {
                    let fits = re.accepts(got.re, 1e-6) && im.accepts(got.im, 1e-6);
                    assert!(fits, "{}({z:e}) is {got:e}, not {re:?} {im:?}: {}", function.name, row.text);
                }
            }
        }
    }
}

#[test]
fn exponentials() {
    check(
        &function!(exp),
        "
        ~0 0 => 1 0
        fin inf => nan nan
        fin nan => nan nan
        inf 0 => inf 0
        -inf 1 => 0 0
        -inf 2 => -0 0
        -inf 4 => -0 -0
        inf 1 => inf inf
        inf 2 => -inf inf
        inf 4 => -inf -inf
        -inf inf => ~0 ~0
        inf inf => ~inf nan
        -inf nan => ~0 ~0
        inf nan => ~inf nan
        nan 0 => nan 0
        nan nz => nan nan
        nan inf => nan nan
        nan nan => nan nan
    ",
    );
    check(
        &function!(expm1),
        "
        ~0 0 => 0 0
        fin inf => nan nan
        fin nan => nan nan
        inf 0 => inf 0
        -inf 0 => -1 0
        -inf 1 => -1 0
        -inf 4 => -1 -0
        inf 1 => inf inf
        inf 2 => -inf inf
        inf 4 => -inf -inf
        -inf inf => -1 ~0
        inf inf => ~inf nan
        -inf nan => -1 ~0
        inf nan => ~inf nan
        nan 0 => nan 0
        nan nz => nan nan
        nan inf => nan nan
        nan nan => nan nan
    ",
    );
}

/// The rows that all logarithms share.
const LOG: &str = "
    fin nan => nan nan
    -inf nan => inf nan
    inf nan => inf nan
    nan fin => nan nan
    nan inf => inf nan
    nan nan => nan nan
    inf pos => inf 0
";

#[test]
fn logarithms() {
    for function in [function!(log), function!(log1p), function!(log2), function!(log10)] {
        check(&function, LOG);
    }
    let angles = "
        fin inf => inf pi/2
        -inf pos => inf pi
        -inf inf => inf 3pi/4
        inf inf => inf pi/4
    ";
    check(&function!(log), angles);
    check(&function!(log1p), angles);
    check(
        &function!(log),
        "
        -0 0 => -inf pi
        0 0 => -inf 0
        1 0 => 0 0
    ",
    );
    check(
        &function!(log1p),
        "
        -1 0 => -inf 0
        0 0 => 0 0
        -2 0 => 0 pi
    ",
    );
    // π / ln 2 and π / ln 10.
    check(
        &function!(log2),
        "
        -0 0 => -inf 4.532360141827194
        0 0 => -inf 0
        -inf pos => inf 4.532360141827194
        8 0 => 3 0
    ",
    );
    check(
        &function!(log10),
        "
        -0 0 => -inf 1.3643763538418414
        0 0 => -inf 0
        -inf pos => inf 1.3643763538418414
        100 0 => 2 0
    ",
    );
}

#[test]
fn square_root() {
    check(
        &function!(sqrt),
        "
        ~0 0 => 0 0
        any inf => inf inf
        fin nan => nan nan
        -inf pos => 0 inf
        inf pos => inf 0
        -inf nan => nan ~inf
        inf nan => inf nan
        nan fin => nan nan
        nan nan => nan nan
        4 0 => 2 0
        -4 0 => 0 2
    ",
    );
}

#[test]
fn hyperbolic() {
    check(&function!(sinh), SINH);
    check(&function!(cosh), COSH);
    check(&function!(tanh), TANH);
    check(&function!(asinh), ASINH);
    check(&function!(atanh), ATANH);
}

/// The standard gives these by the hyperbolic functions at i·z, with the right angle turned back.
#[test]
fn trigonometric() {
    let pairs = [
        (function!(sin), function!(sinh), SINH),
        (function!(tan), function!(tanh), TANH),
        (function!(asin), function!(asinh), ASINH),
        (function!(atan), function!(atanh), ATANH),
    ];
    for (circular, hyperbolic, table) in pairs {
        for argument in rows(table).iter().flat_map(|row| choices(&row.arguments)) {
            let w = (hyperbolic.wide)(Complex::new(argument[0], argument[1]));
            let got = (circular.wide)(Complex::new(argument[1], -argument[0]));
            same(got, Complex::new(w.im, -w.re), circular.name);
        }
    }
    for argument in rows(COSH).iter().flat_map(|row| choices(&row.arguments)) {
        let wanted = c::cosh(Complex::new(argument[0], argument[1]));
        same(c::cos(Complex::new(argument[1], -argument[0])), wanted, "cos");
    }
}

pub(super) fn same(got: C64, wanted: C64, name: &str) {
    let fits = Wanted::new(wanted.re).accepts(got.re, 0.0) && Wanted::new(wanted.im).accepts(got.im, 0.0);
    assert!(fits, "{name}: {got:e} is not {wanted:e}");
}

#[test]
fn odd_and_even() {
    for function in [function!(sinh), function!(tanh), function!(asinh), function!(atanh), function!(sin)] {
        for argument in rows(ATANH).iter().flat_map(|row| choices(&row.arguments)) {
            let z = Complex::new(argument[0], argument[1]);
            let (got, wanted) = ((function.wide)(-z), -(function.wide)(z));
            if !z.re.is_nan() && !z.im.is_nan() {
                same(got, wanted, function.name);
                same(c::cosh(-z), c::cosh(z), "cosh");
            }
        }
    }
}
