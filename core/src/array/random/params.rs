//! What parameters may be.

use super::Said;

/// The number, where it is finite.
pub fn finite(name: &str, value: f64) -> Result<f64, Said> {
    match value.is_finite() {
        true => Ok(value),
        false => Err(format!("takes a finite number as `{name}`, and got {value}")),
    }
}

/// The number, where it is above 0.
pub fn positive(name: &str, value: f64) -> Result<f64, Said> {
    match finite(name, value)? > 0.0 {
        true => Ok(value),
        false => Err(format!("takes a number above 0 as `{name}`, and got {value}")),
    }
}

/// The number, where it is not below 0.
pub fn not_negative(name: &str, value: f64) -> Result<f64, Said> {
    match finite(name, value)? >= 0.0 {
        true => Ok(value),
        false => Err(format!("takes a number of 0 or more as `{name}`, and got {value}")),
    }
}

/// The number, where it is from 0 to 1.
pub fn probability(name: &str, value: f64) -> Result<f64, Said> {
    match (0.0..=1.0).contains(&value) {
        true => Ok(value),
        false => Err(format!("takes a number from 0 to 1 as `{name}`, and got {value}")),
    }
}
