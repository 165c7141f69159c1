//! A small notation for tables of special cases.
//!
//! A row is `arguments => result`. A number is written `0`, `-0`, `inf`, `nan`, `3pi/4`, `2.5`; a word
//! stands for several arguments: `fin` for any finite number, `nz` for any but 0, `pos` and `neg` for
//! those of one sign, `any` for all there are, NaN included. A result `~0` or `~inf` may have either sign.

use std::f64::consts::PI;

/// One row, its words still standing for many numbers.
pub(super) struct Row {
    pub(super) text: &'static str,
    pub(super) arguments: Vec<Vec<f64>>,
    pub(super) results: Vec<Wanted>,
}

/// What a result must be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) value: f64,
    pub(super) either_sign: bool,
}

impl Wanted {
    pub(super) fn new(value: f64) -> Wanted {
        Wanted { value, either_sign: false }
    }

    /// Zeros and infinities to the sign, NaN as NaN, other values to `tolerance`.
    pub(super) fn accepts(self, got: f64, tolerance: f64) -> bool {
        let wanted = if self.either_sign { self.value.copysign(got) } else { self.value };
        if wanted.is_nan() {
            got.is_nan()
        } else if wanted == 0.0 || wanted.is_infinite() {
            got == wanted && got.is_sign_negative() == wanted.is_sign_negative()
        } else {
            (got - wanted).abs() <= tolerance * wanted.abs()
        }
    }
}

/// The rows of a table, one a line.
pub(super) fn rows(table: &'static str) -> Vec<Row> {
    table.lines().map(str::trim).filter(|line| !line.is_empty()).map(row).collect()
}

fn row(text: &'static str) -> Row {
    let mut sides = text.split("=>").map(str::split_whitespace);
    let arguments = sides.next().into_iter().flatten().map(candidates).collect();
    let results = sides.next().into_iter().flatten().map(wanted).collect();
    Row { text, arguments, results }
}

fn wanted(text: &str) -> Wanted {
    Wanted { value: number(text.trim_start_matches('~')), either_sign: text.starts_with('~') }
}

fn candidates(text: &str) -> Vec<f64> {
    const POSITIVE: [f64; 6] = [1e-30, 0.25, 1.0, 2.0, 7.5, 1e30];
    let positive = POSITIVE.to_vec();
    let negative = POSITIVE.map(|x| -x).to_vec();
    match text {
        "pos" => positive,
        "neg" => negative,
        "nz" => [positive, negative].concat(),
        "fin" => [positive, negative, vec![0.0, -0.0]].concat(),
        "any" => [positive, negative, vec![0.0, -0.0, f64::INFINITY, -f64::INFINITY, f64::NAN]].concat(),
        "~0" => vec![0.0, -0.0],
        "~inf" => vec![f64::INFINITY, -f64::INFINITY],
        _ => vec![number(text)],
    }
}

/// A number, or a multiple of π such as `3pi/4`.
fn number(text: &str) -> f64 {
    let Some((before, after)) = text.split_once("pi") else { return text.parse().unwrap_or(1234.5) };
    let times = match before {
        "" => 1.0,
        "-" => -1.0,
        _ => number(before),
    };
    times * PI / after.strip_prefix('/').map_or(1.0, number)
}

/// Every choice of one from each list.
pub(super) fn choices(lists: &[Vec<f64>]) -> Vec<Vec<f64>> {
    lists.iter().fold(vec![vec![]], |rows, list| {
        rows.iter()
            .flat_map(|row| list.iter().map(move |value| [row.as_slice(), &[*value]].concat()))
            .collect()
    })
}
