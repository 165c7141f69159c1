//! Whole numbers between bounds, each as often as the others.

use super::{Draws, Said};

/// A first number, and how many there are from it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    low: i128,
    count: u128,
}

impl Bounds {
    /// From `low` to before `high`, or with it, of those from `least` to `most`.
    pub fn new(low: i128, high: i128, with_high: bool, (least, most): (i128, i128)) -> Result<Self, Said> {
        let last = if with_high { high } else { high - 1 };
        if low < least || last > most {
            return Err(format!(
                "takes bounds that its dtype holds, {least} to {most}, and got {low} and {last}"
            ));
        }
        match u128::try_from(last - low + 1) {
            Ok(count) if count > 0 => Ok(Self { low, count }),
            _ => Err(format!("takes a `high` above `low`, and got `low` {low} and `high` {high}")),
        }
    }
}

/// One of them.
#[inline]
pub fn bounded(bounds: Bounds, draws: &mut Draws<'_>) -> i128 {
    let away = match u64::try_from(bounds.count) {
        Ok(count) => below(count, draws),
        // All words, as many as there are numbers of 64 bits.
        Err(_) => draws.word(),
    };
    bounds.low + i128::from(away)
}

/// A number below `count`, which is above 0 (D. Lemire: Fast random integer generation in an interval, 2019).
#[inline]
pub fn below(count: u64, draws: &mut Draws<'_>) -> u64 {
    let mut wide = u128::from(draws.word()) * u128::from(count);
    if (wide as u64) < count {
        let least = count.wrapping_neg() % count.max(1);
        while (wide as u64) < least {
            wide = u128::from(draws.word()) * u128::from(count);
        }
    }
    (wide >> 64) as u64
}
