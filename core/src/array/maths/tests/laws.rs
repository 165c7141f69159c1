//! What holds for every argument, on random bit patterns: mirror images, roots squared, no panic.

use num_complex::Complex;

use super::super::number::Real;
use super::super::{complex as c, integer as i, real as r};

/// Marsaglia's xorshift (2003): patterns of bits, so that subnormal and huge numbers and NaN all come up.
struct Bits(u64);

impl Bits {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Any pattern, or a number of ordinary size.
    fn number(&mut self) -> f64 {
        match self.next() % 4 {
            0 => f64::from_bits(self.next()),
            1 => (self.next() % 9) as f64 - 4.0,
            _ => (self.next() >> 11) as f64 / (1u64 << 50) as f64 - 4.0,
        }
    }

    fn complex(&mut self) -> Complex<f64> {
        Complex::new(self.number(), self.number())
    }
}

fn same<T: Real>(x: Complex<T>, y: Complex<T>) -> bool {
    let part =
        |x: T, y: T| x == y && x.is_sign_negative() == y.is_sign_negative() || x.is_nan() && y.is_nan();
    part(x.re, y.re) && part(x.im, y.im)
}

/// f(conj z) = conj f(z), at both precisions.
macro_rules! check_mirrored {
    ($z:expr, $w:expr => $($name:ident)*) => {$(
        let (z, w) = ($z, $w);
        assert!(same(c::$name(z.conj()), c::$name(z).conj()), "{} of {z:e}", stringify!($name));
        assert!(same(c::$name(w.conj()), c::$name(w).conj()), "{} of {w:e}", stringify!($name));
    )*};
}

#[test]
fn mirror_images() {
    let mut bits = Bits(0x2545_f491_4f6c_dd1d);
    for _ in 0..20_000 {
        let z = bits.complex();
        let w = Complex::new(z.re as f32, z.im as f32);
        check_mirrored!(z, w => exp expm1 log log1p log2 log10 sqrt sin cos tan sinh cosh tanh);
        check_mirrored!(z, w => asin acos atan asinh acosh atanh round conj);
    }
}

#[test]
fn inverses() {
    let mut bits = Bits(0x9e37_79b9_7f4a_7c15);
    let near = |x: Complex<f64>, y: Complex<f64>| c::abs(x - y) <= 1e-13 * c::abs(y) || c::isnan(y);
    for _ in 0..20_000 {
        let z =
            Complex::new(bits.next() as f64 / 2f64.powi(62) - 2.0, bits.next() as f64 / 2f64.powi(62) - 2.0);
        assert!(near(c::square(c::sqrt(z)), z) && near(c::exp(c::log(z)), z), "{z:e}");
        assert!(near(c::sin(c::asin(z)), z) && near(c::cosh(c::acosh(z)), z), "{z:e}");
        assert!(near(c::tanh(c::atanh(z)), z) && near(c::sinh(c::asinh(z)), z), "{z:e}");
        assert!(near(c::multiply(c::divide(z, c::exp(z)), c::exp(z)), z), "{z:e}");
    }
}

#[test]
fn nothing_panics() {
    let mut bits = Bits(0xd1b5_4a32_d192_ed03);
    for _ in 0..20_000 {
        let (z, w) = (bits.complex(), bits.complex());
        let sum = c::pow(z, w) + c::divide(z, w) + c::multiply(z, w) + c::sign(z) + c::reciprocal(w);
        let (x, y) = (z.re, w.re);
        let real = r::floor_divide(x, y)
            + r::remainder(x, y)
            + r::logaddexp(x, y)
            + r::nextafter(x, y)
            + r::acosh(x);
        let (m, n) = (bits.next() as i64, bits.next() as i64 >> (bits.next() % 64));
        let whole = [
            i::pow(m, n),
            i::floor_divide(m, n),
            i::remainder(m, n),
            i::bitwise_left_shift(m, n),
            i::square(m),
        ];
        // Looked at, so that nothing is left out of the computation.
        assert!(c::isnan(sum) || !c::isnan(sum) || real.is_nan() || whole.is_empty());
    }
}
