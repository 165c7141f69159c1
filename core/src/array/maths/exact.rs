//! Sums and products without rounding, for the few places where a plain one would cancel.
//!
//! A product of two doubles is the sum of two doubles, and so is their sum (Dekker 1971, Knuth 1969);
//! many such terms are added as by Ogita, Rump and Oishi, "Accurate sum and dot product" (2005).

/// `a + b` rounded, and what the rounding lost. (Knuth's version, for operands in any order.)
pub(super) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    let a_part = sum - b_part;
    (sum, (a - a_part) + (b - b_part))
}

/// `a * b` rounded, and what the rounding lost.
pub(super) fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

/// The sum of `terms`, right to the last bit or two even when nearly all of it cancels.
///
/// Each pass carries the rounded sum to the end and leaves the errors behind, so three passes work as
/// four times the precision would.
pub(super) fn sum<const N: usize>(mut terms: [f64; N]) -> f64 {
    for _ in 0..3 {
        let mut carry = 0.0;
        for term in &mut terms {
            let (sum, error) = two_sum(carry, *term);
            (carry, *term) = (sum, error);
        }
        // The total goes last; the first term is the error of adding to zero, none at all.
        terms.rotate_left(1);
        if let Some(last) = terms.last_mut() {
            *last = carry;
        }
    }
    terms.iter().sum()
}

/// A number as the unevaluated sum of two doubles, about 106 bits.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    high: f64,
    low: f64,
}

impl Pair {
    /// A constant to more digits than a double has.
    pub(super) const fn constant(high: f64, low: f64) -> Pair {
        Pair { high, low }
    }

    /// The nearest double and what it lacks.
    pub(super) fn parts(self) -> (f64, f64) {
        (self.high, self.low)
    }

    /// `value`, exactly.
    pub(super) fn new(value: f64) -> Pair {
        Pair { high: value, low: 0.0 }
    }

    /// The nearest double.
    pub(super) fn value(self) -> f64 {
        self.high + self.low
    }

    /// The sum, to some 2⁻¹⁰⁴ of the larger operand.
    pub(super) fn plus(self, other: Pair) -> Pair {
        let (high, error) = two_sum(self.high, other.high);
        Pair::normal(high, error + (self.low + other.low))
    }

    /// The difference, to some 2⁻¹⁰⁴ of the larger operand.
    pub(super) fn minus(self, other: Pair) -> Pair {
        self.plus(Pair { high: -other.high, low: -other.low })
    }

    /// The product, to some 2⁻¹⁰² of itself.
    pub(super) fn times(self, other: Pair) -> Pair {
        let (high, error) = two_product(self.high, other.high);
        Pair::normal(high, error + (self.high * other.low + self.low * other.high))
    }

    /// The quotient, to some 2⁻¹⁰⁰ of itself: long division with two digits.
    pub(super) fn over(self, divisor: Pair) -> Pair {
        let first = self.high / divisor.high;
        let rest = self.minus(divisor.times(Pair::new(first)));
        Pair::normal(first, rest.high / divisor.high)
    }

    /// 1 + x/3 + x²/5 + x³/7 + …: with x = s² the series of artanh s / s, with x = -t² of atan t / t.
    ///
    /// The second half of the terms is so small that doubles do for their sum.
    pub(super) fn odd_series(self, terms: u32) -> Pair {
        let odd = |term: u32| f64::from(2 * term + 1);
        let end = (terms / 2..terms).rev().fold(0.0, |sum, term| odd(term).recip() + self.high * sum);
        (0..terms / 2).rev().fold(Pair::new(end), |sum, term| Pair::one_over(odd(term)).plus(self.times(sum)))
    }

    fn one_over(divisor: f64) -> Pair {
        let high = divisor.recip();
        Pair { high, low: (-high).mul_add(divisor, 1.0) / divisor }
    }

    fn normal(high: f64, low: f64) -> Pair {
        let (high, low) = two_sum(high, low);
        Pair { high, low }
    }
}

/// The product of two complex numbers of real and imaginary part.
pub(super) fn complex_product(z: [Pair; 2], w: [Pair; 2]) -> [Pair; 2] {
    let ([a, b], [c, d]) = (z, w);
    [a.times(c).minus(b.times(d)), a.times(d).plus(b.times(c))]
}
