//! The logarithm to about 80 bits.
//!
//! A power multiplies it by the exponent, and its error with it; these bits in reserve are what keeps the
//! result right to a few units in the last place.

use std::f64::consts;

use super::super::exact::Pair;
use super::Wide;
use super::arithmetic::{exponent, largest, scaled};

const LN_2: Pair = Pair::constant(consts::LN_2, 2.3190468138462996e-17);
const PI: Pair = Pair::constant(consts::PI, 1.2246467991473532e-16);
const HALF_PI: Pair = Pair::constant(consts::FRAC_PI_2, 6.123233995736766e-17);

/// ln |z| and arg z of a finite number other than 0.
pub(super) fn log(z: Wide) -> (Pair, Pair) {
    let first = exponent(largest(z));
    let z = scaled(z, -first);
    // A subnormal number is not yet near 1.
    let second = exponent(largest(z));
    let z = scaled(z, -second);
    let halvings = LN_2.times(Pair::new(f64::from(first + second)));
    (halvings.plus(log_near_one(z)), angle(z))
}

/// ln |z| for |z| from 1 to 2√2, as half the logarithm of |z|².
fn log_near_one(z: Wide) -> Pair {
    let (re, im) = (Pair::new(z.re), Pair::new(z.im));
    let mut squared = re.times(re).plus(im.times(im));
    let mut halvings = 0.0;
    while squared.value() > 1.5 {
        squared = squared.times(Pair::new(0.5));
        halvings += 1.0;
    }
    let one = Pair::new(1.0);
    // ln m is twice artanh((m - 1) / (m + 1)).
    let ratio = squared.minus(one).over(squared.plus(one));
    let artanh = ratio.times(ratio.times(ratio).odd_series(18));
    artanh.plus(LN_2.times(Pair::new(0.5 * halvings)))
}

/// arg z: the angle in the first octant, then that in the others by symmetry.
fn angle(z: Wide) -> Pair {
    let (x, y) = (z.re.abs(), z.im.abs());
    let octant = if y <= x { octant_angle(x, y) } else { HALF_PI.minus(octant_angle(y, x)) };
    let upper = if z.re.is_sign_negative() { PI.minus(octant) } else { octant };
    if z.im.is_sign_negative() { Pair::new(0.0).minus(upper) } else { upper }
}

/// The arc tangents of 0, 1/4, 1/2, 3/4 and 1.
const QUARTERS: [Pair; 5] = [
    Pair::constant(0.0, 0.0),
    Pair::constant(0.24497866312686414, 1.0698755618734451e-17),
    Pair::constant(0.4636476090008061, 2.2698777452961687e-17),
    Pair::constant(0.6435011087932844, 1.5834785051444286e-17),
    Pair::constant(consts::FRAC_PI_4, 3.061616997868383e-17),
];

/// atan(y / x) for y up to x: turned back to within 1/8 of the axis, where the series is short.
fn octant_angle(x: f64, y: f64) -> Pair {
    let quarters = (4.0 * (y / x)).round_ties_even();
    let tangent = Pair::new(0.25 * quarters);
    let (x, y) = (Pair::new(x), Pair::new(y));
    let ratio = y.minus(tangent.times(x)).over(x.plus(tangent.times(y)));
    let negative_square = Pair::new(0.0).minus(ratio.times(ratio));
    let rest = ratio.times(negative_square.odd_series(14));
    QUARTERS.get(quarters as usize).map_or(rest, |quarter| quarter.plus(rest))
}
