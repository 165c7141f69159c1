//! How many bins a histogram has by a rule of thumb.

use std::f64::consts::PI;

use super::super::dtype::{DType, Kind};
use super::super::element::Data;
use super::super::error::Error;
use super::super::graph::{Array, Chunk};
use super::super::kernels::map;
use super::bins::{Range, Ruler, UNKNOWN, even, outer_of};
use super::elementwise::{Operand, astype, choose};
use super::method::Method;
use super::nans;
use super::quantile::{Wanted, quantile};
use super::reduce::{self, Along};
use super::short::{and, applied, compared, divide, multiply, subtract};
use super::structure::flat;
use super::tally::tallied;

/// Their names, which are NumPy's.
pub const RULES: &[&str] = &["auto", "fd", "doane", "scott", "stone", "rice", "sturges", "sqrt"];

const ALL: Along = Along { axes: None, keep: false };

/// What is computed first where a rule says how many bins there are: their number.
pub fn advised(op: &'static str, x: &Array, rule: &str, range: Range) -> Result<Array, Error> {
    let (rule, dtype) = (rule.to_owned(), x.dtype());
    let mut inputs = Vec::new();
    if !x.is_empty() {
        // Nothing as wide as it is asked for is made wider, as bins are.
        let range = range.map(|range| outer_of(op, range, dtype, Some(range))).transpose()?;
        inputs = known_of(op, x, &rule, range)?;
    }
    Ok(Array::open(op, inputs, vec![DType::Int64], move |chunks| {
        let found = chunks.iter().map(|chunk| chunk.values::<f64>()).collect::<Result<Vec<_>, _>>()?;
        let number = |at: usize| found.get(at).and_then(|values| values.first()).copied();
        let ends = number(1).zip(number(2)).unwrap_or(UNKNOWN);
        let outer = outer_of(op, ends, dtype, range)?;
        let Some(n) = number(0).filter(|n| *n > 0.0) else { return Ok(vec![Chunk::scalar(1_i64)]) };
        let known = Known { n, spread: ends.1 - ends.0, more: found.get(3..).unwrap_or_default() };
        let width = known.width(&rule, outer)?;
        let whole = matches!(dtype.kind(), Kind::Int | Kind::UInt);
        let width = if whole && width > 0.0 { width.max(1.0) } else { width };
        let count = if width == 0.0 { 1.0 } else { ((outer.1 - outer.0) / width).ceil() };
        match (1.0..1e15).contains(&count) {
            true => Ok(vec![Chunk::scalar(count as i64)]),
            false => {
                Err(Error::refused(op, format!("would make {count} bins by the rule {rule:?}: say how many")))
            }
        }
    }))
}

/// How many elements there are within the range, the least and the greatest of them, and what else the rule needs.
fn known_of(op: &'static str, x: &Array, rule: &str, range: Range) -> Result<Vec<Array>, Error> {
    let wide = &astype(x, DType::Float64)?;
    let Some((low, high)) = range else {
        let count = Array::constant(Chunk::scalar(x.len() as f64));
        let [low, high] = [false, true].map(|greatest| reduce::extreme(op, wide, &ALL, greatest));
        return Ok([vec![count, low?, high?], more(op, x, wide, rule)?].concat());
    };
    let inside =
        and(op, compared(op, map::greater_equal, wide, low)?, compared(op, map::less_equal, wide, high)?)?;
    let count = astype(&reduce::count_nonzero(&inside, &ALL)?, DType::Float64)?;
    let kept = choose(&inside, Operand::Array(wide.clone()), f64::NAN.into())?;
    let [low, high] = [false, true].map(|greatest| nans::extreme(op, &kept, &ALL, greatest));
    Ok([vec![count, low?, high?], more(op, &kept, &kept, rule)?].concat())
}

/// What a rule needs beside that, of the elements that are not NaN, which are there as `float64` too.
fn more(op: &'static str, x: &Array, wide: &Array, rule: &str) -> Result<Vec<Array>, Error> {
    let sigma = || applied(op, map::sqrt, &nans::var(op, wide, &ALL, 0.0)?);
    Ok(match rule {
        "scott" => vec![sigma()?],
        "doane" => {
            let sigma = sigma()?;
            let away = divide(op, subtract(op, wide, nans::mean(op, wide, &ALL)?)?, &sigma)?;
            let cubes = multiply(op, &away, multiply(op, &away, &away)?)?;
            vec![sigma, nans::mean(op, &cubes, &ALL)?]
        }
        "fd" | "auto" => {
            let quarters = Array::constant(Chunk::new([2], Data::Float64(vec![0.25, 0.75])));
            let wanted =
                Wanted { q: quarters.into(), full: 1.0, method: Method::Linear, weights: None, skip: true };
            vec![quantile(op, x, &ALL, wanted)?]
        }
        "stone" => vec![flat(op, wide)?],
        _ => Vec::new(),
    })
}

/// What is known of the elements.
struct Known<'a> {
    n: f64,
    spread: f64,
    more: &'a [&'a [f64]],
}

impl Known<'_> {
    /// How wide the rule has bins: Sturges (1926), Doane (1976), Scott (1979), Freedman and Diaconis (1981), Stone (1984),
    /// and as NumPy puts them together.
    fn width(&self, rule: &str, outer: (f64, f64)) -> Result<f64, Error> {
        let Self { n, spread, more } = *self;
        let apart = |quarters: &[f64]| 2.0 * (quarters[1] - quarters[0]) * n.powf(-1.0 / 3.0);
        Ok(match (rule, more) {
            ("sqrt", _) => spread / n.sqrt(),
            ("rice", _) => spread / (2.0 * n.powf(1.0 / 3.0)),
            ("scott", [sigma]) => (24.0 * PI.sqrt() / n).powf(1.0 / 3.0) * sigma[0],
            ("doane", [sigma, skew]) => doane(n, spread, sigma[0], skew[0]),
            ("fd", [quarters]) => apart(quarters),
            ("stone", [values]) => stone(values, outer, self)?,
            ("auto", [quarters]) => {
                apart(quarters).max(spread / n.sqrt() / 2.0).min(spread / (n.log2() + 1.0))
            }
            _ => spread / (n.log2() + 1.0),
        })
    }
}

fn doane(n: f64, spread: f64, sigma: f64, skew: f64) -> f64 {
    if n <= 2.0 || sigma <= 0.0 {
        return 0.0;
    }
    let by_chance = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
    spread / (1.0 + n.log2() + (1.0 + skew.abs() / by_chance).log2())
}

fn stone(values: &[f64], range: (f64, f64), known: &Known) -> Result<f64, Error> {
    let Known { n, spread, .. } = *known;
    if n <= 1.0 || spread == 0.0 {
        return Ok(0.0);
    }
    let most = (n.sqrt() as usize).max(100);
    let (mut best, mut least) = (1, f64::INFINITY);
    for count in 1..=most {
        let ruler = Ruler::even(even(range, count));
        let counts = tallied::<u64>(values.len(), count, |part, counts| {
            ruler.place(&values[part], |_, bin| counts[bin] += 1);
            Ok(())
        })?;
        let squares: f64 = counts.iter().map(|count| (*count as f64 / n).powi(2)).sum();
        let loss = (2.0 - (n + 1.0) * squares) / (spread / count as f64);
        if loss < least {
            (best, least) = (count, loss);
        }
    }
    Ok(spread / best as f64)
}
