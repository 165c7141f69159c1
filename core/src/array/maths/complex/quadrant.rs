//! Arc sine and arc cosine in the first quadrant, from which all four quadrants and the hyperbolic ones
//! follow by symmetry.
//!
//! The algorithm is that of Hull, Fairgrieve and Tang, "Implementing the complex arcsine and arccosine
//! functions using exception handling" (1997), with tests in place of its exception handlers. Its two
//! quantities are A, the mean distance of x + i·y from -1 and 1, and B = x / A: asin is asin B + i acosh A.

use std::f64::consts::{FRAC_PI_2, LN_2};

/// What `asin` and `acos` share at one point x + iy with x, y ≥ 0.
#[derive(Clone, Copy)]
pub(super) struct Arc {
    /// The real part of the arc sine.
    pub(super) sine: f64,
    /// The real part of the arc cosine.
    pub(super) cosine: f64,
    /// The imaginary part of the arc sine, and minus that of the arc cosine.
    pub(super) height: f64,
}

/// Between these, no square below overflows or loses bits: 4√min and √max / 8.
const SAFE: std::ops::Range<f64> = 5.97e-154..1.67e153;
/// Above this B its arc sine loses digits.
const B_LIMIT: f64 = 0.6417;
/// Above this A its `acosh` needs no `log1p`.
const A_LIMIT: f64 = 1.5;

/// The arcs at x + iy, both finite and not below 0.
pub(super) fn arc(x: f64, y: f64) -> Arc {
    if SAFE.contains(&x) && SAFE.contains(&y) { Foci::new(x, y).arc() } else { extreme(x, y) }
}

/// The distances of x + i·y from the foci -1 and 1, and their mean.
struct Foci {
    x: f64,
    y: f64,
    from_minus_one: f64,
    from_one: f64,
    mean: f64,
}

impl Foci {
    fn new(x: f64, y: f64) -> Foci {
        let (from_minus_one, from_one) = ((x + 1.0).hypot(y), (x - 1.0).hypot(y));
        Foci { x, y, from_minus_one, from_one, mean: 0.5 * (from_minus_one + from_one) }
    }

    fn arc(&self) -> Arc {
        let b = self.x / self.mean;
        if b <= B_LIMIT {
            return Arc { sine: b.asin(), cosine: b.acos(), height: self.height() };
        }
        let leg = self.leg();
        Arc { sine: (self.x / leg).atan(), cosine: (leg / self.x).atan(), height: self.height() }
    }

    /// √(A² - x²): with B it is the other leg of a right triangle. No difference in it cancels.
    fn leg(&self) -> f64 {
        let (x, y) = (self.x, self.y);
        let beyond = self.mean + x;
        if x <= 1.0 {
            let gap = self.from_one + (1.0 - x);
            (0.5 * beyond * (y * y / (self.from_minus_one + x + 1.0) + gap)).sqrt()
        } else {
            let (far, near) = (self.from_minus_one + x + 1.0, self.from_one + (x - 1.0));
            y * (0.5 * (beyond / far + beyond / near)).sqrt()
        }
    }

    /// acosh A, by way of A - 1 when A is near 1.
    fn height(&self) -> f64 {
        let a = self.mean;
        if a > A_LIMIT {
            return (a + (a * a - 1.0).sqrt()).ln();
        }
        let (x, y) = (self.x, self.y);
        let left = y * y / (self.from_minus_one + x + 1.0);
        let right = if x < 1.0 { y * y / (self.from_one + (1.0 - x)) } else { self.from_one + (x - 1.0) };
        let above_one = 0.5 * (left + right);
        (above_one + (above_one * (a + 1.0)).sqrt()).ln_1p()
    }
}

/// Where a square would overflow or underflow: limits of the formulas above.
fn extreme(x: f64, y: f64) -> Arc {
    const EPSILON: f64 = 0.5 * f64::EPSILON;
    if x == 1.0 && y < SAFE.start {
        let root = y.sqrt();
        Arc { sine: FRAC_PI_2 - root, cosine: root, height: root }
    } else if y <= EPSILON * (x - 1.0).abs() {
        on_the_axis(x, y)
    } else if x <= EPSILON * y - 1.0 {
        Arc { sine: x / y, cosine: FRAC_PI_2, height: LN_2 + y.ln() }
    } else if x > 1.0 {
        let ratio = x / y;
        let height = LN_2 + y.ln() + 0.5 * (ratio * ratio).ln_1p();
        Arc { sine: ratio.atan(), cosine: (y / x).atan(), height }
    } else {
        // x is next to nothing and y is not.
        let mean = (1.0 + y * y).sqrt();
        Arc { sine: x / mean, cosine: FRAC_PI_2, height: 0.5 * (2.0 * y * (y + mean)).ln_1p() }
    }
}

/// y is next to nothing, and x is not 1.
fn on_the_axis(x: f64, y: f64) -> Arc {
    if x < 1.0 {
        return Arc { sine: x.asin(), cosine: x.acos(), height: y / ((1.0 - x) * (1.0 + x)).sqrt() };
    }
    let root = (x - 1.0).sqrt() * (x + 1.0).sqrt();
    let height = if x < SAFE.end { (x - 1.0 + root).ln_1p() } else { LN_2 + x.ln() };
    Arc { sine: FRAC_PI_2, cosine: y / root, height }
}
