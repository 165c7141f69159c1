//! Fourier transforms of lines that memory does not hold.
//!
//! A line of `a * b` elements is a matrix of `a` rows. Its columns are transformed, each element is turned by its row times its
//! column, the rows are transformed, and the matrix is read column by column (W. M. Gentleman and G. Sande, Fast Fourier
//! transforms for fun and profit, 1966; D. H. Bailey, FFTs in external or hierarchical memory, 1990). Between the steps it lies in
//! scratch, in cells that are as good for rows as for columns. A length that has no two factors near enough is made a
//! convolution of one that has (L. I. Bluestein, A linear filtering approach to the computation of the discrete Fourier
//! transform, 1970).

use std::f64::consts::PI;
use std::sync::LazyLock;

use num_complex::Complex;

use super::super::dtype::DType;
use super::super::element::Data;
use super::super::error::Error;
use super::super::graph::{Array, Limits, Meta};
use super::super::grid::Region;
use super::super::tiling;
use super::create::placed;
use super::elementwise::data_of;
use super::fourier::{Lines, sized};
use super::short::multiply;
use super::structure::{matrix_transpose, part};

/// The transforms of the lines along the last axis.
pub(super) fn of_lines(lines: Lines, x: &Array, limits: Limits) -> Result<Array, Error> {
    let (one, other) = factors(lines.length);
    match (Lines { length: other, ..lines }).is_short(x, limits) {
        true => by_columns(lines, x, (one, other), limits),
        false => by_convolution(lines, x, limits),
    }
}

/// Two factors of a number, as near to one another as they can be; the first is not the greater one.
fn factors(number: usize) -> (usize, usize) {
    let one = (1..=number.isqrt()).rev().find(|one| number.is_multiple_of(*one)).unwrap_or(1);
    (one, number / one)
}

/// A line as a matrix of so many rows and columns.
fn by_columns(
    lines: Lines,
    x: &Array,
    (rows, columns): (usize, usize),
    limits: Limits,
) -> Result<Array, Error> {
    let Lines { op, length, inverse, .. } = lines;
    let (dtype, shape, count) = (x.dtype(), x.shape().to_vec(), x.len() / length);
    let strip = tiling::strip(Meta::new(dtype, [length]).bytes(), limits.box_bytes);
    let strip = usize::try_from(strip).unwrap_or(usize::MAX) / dtype.bytes();
    let (high, wide) = ((strip / columns).clamp(1, rows), (strip / rows).clamp(1, columns));
    let cells = || Some(vec![1, high, wide]);

    let x = x.clone().reshaped(op, vec![count, rows, columns])?.once(Some(vec![1, high, columns]), cells());
    let down = Lines { length: rows, scale: 1.0, ..lines };
    let x = matrix_transpose(op, &down.one_by_one(&matrix_transpose(op, &x)?)?)?;
    let roots = Roots::when_asked(length, inverse);
    let turns =
        placed(op, Meta::new(dtype, [rows, columns]), move |region| Ok(roots.products(region, dtype)))?;
    let x = multiply(op, x, turns)?.once(Some(vec![1, rows, wide]), cells());
    let across = Lines { length: columns, ..lines };
    let x = across.one_by_one(&x)?.once(Some(vec![1, high, columns]), cells());
    matrix_transpose(op, &x)?.reshaped(op, shape)
}

/// A line by way of a longer one that has factors: products of neighbours are squares, and those make it a convolution.
fn by_convolution(lines: Lines, x: &Array, limits: Limits) -> Result<Array, Error> {
    let Lines { op, length, inverse, scale } = lines;
    let (dtype, axis) = (x.dtype(), x.axes() - 1);
    let rows = smooth((2 * length - 1).isqrt() + 1);
    let columns = smooth((2 * length - 1).div_ceil(rows));
    let wide = rows.saturating_mul(columns);
    // Twice around are the squares of what is once around.
    let chirp = |wide: usize, turned: bool| {
        let roots = Roots::when_asked(2 * length, inverse != turned);
        placed(op, Meta::new(dtype, [wide]), move |region| Ok(roots.squares(region, (length, wide), dtype)))
    };
    let transformed = |x: &Array, inverse: bool, scale: f64| {
        by_columns(Lines { op, length: wide, inverse, scale }, x, (rows, columns), limits)
    };
    let turned = multiply(op, x, chirp(length, false)?)?;
    let one = transformed(&sized(op, &turned, axis, wide)?, false, 1.0)?;
    let other = transformed(&chirp(wide, true)?, false, 1.0)?;
    let both = transformed(&multiply(op, one, other)?, true, 1.0 / wide as f64)?;
    let made = multiply(op, part(op, &both, axis, 0, length)?, chirp(length, false)?)?;
    multiply(op, made, scale)
}

/// The least number from `number` on that has no prime factors but 2, 3 and 5.
fn smooth(number: usize) -> usize {
    let is_smooth = |number: &usize| {
        let left = [2, 3, 5].iter().fold(*number, |mut left, prime| {
            while left.is_multiple_of(*prime) {
                left /= prime;
            }
            left
        });
        left == 1
    };
    (number.max(1)..).find(is_smooth).unwrap_or(number)
}

/// The roots of one: `exp(-2πi k / n)`, or with the other sign.
struct Roots {
    count: usize,
    step: usize,
    /// Those of the first numbers, and of every one that is so many further.
    fine: Vec<Complex<f64>>,
    coarse: Vec<Complex<f64>>,
}

impl Roots {
    /// They are made when the first is asked for, and not while it is planned what is.
    fn when_asked(count: usize, inverse: bool) -> LazyLock<Self, impl FnOnce() -> Self + Send> {
        LazyLock::new(move || Self::of(count, inverse))
    }

    fn of(count: usize, inverse: bool) -> Self {
        let full = if inverse { 2.0 * PI } else { -2.0 * PI };
        let step = count.isqrt() + 1;
        let root = |number: usize| Complex::cis(full * (number as f64 / count as f64));
        let fine = (0..step).map(root).collect();
        Self { count, step, fine, coarse: (0..step).map(|number| root(number * step % count)).collect() }
    }

    fn at(&self, number: u128) -> Complex<f64> {
        let number = (number % self.count as u128) as usize;
        self.fine[number % self.step] * self.coarse[number / self.step]
    }

    /// The one of the row's number times the column's, for each element of a matrix.
    fn products(&self, region: &Region, dtype: DType) -> Data {
        let ([row, column], [rows, columns]) = (&*region.start, &*region.lengths) else {
            return Data::zeros(dtype, 0);
        };
        let at = |row: usize| (*column..column + columns).map(move |column| row as u128 * column as u128);
        let values = (*row..row + rows).flat_map(at).map(|number| self.at(number));
        data_of(values.collect(), dtype)
    }

    /// The one of the square of each of the first `length` places in a row of so many; mirrored at its end, and zeros between.
    fn squares(&self, region: &Region, (length, wide): (usize, usize), dtype: DType) -> Data {
        let at = |at: usize| match (at < length, wide - at < length) {
            (true, _) => self.at((at as u128).pow(2)),
            (false, true) => self.at(((wide - at) as u128).pow(2)),
            (false, false) => Complex::ZERO,
        };
        let start = region.start.first().copied().unwrap_or(0);
        data_of((start..start + region.count()).map(at).collect(), dtype)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_near_and_smooth_numbers_have_small_ones() {
        assert_eq!([factors(1), factors(12), factors(49), factors(13)], [(1, 1), (3, 4), (7, 7), (1, 13)]);
        assert_eq!([1, 7, 11, 1025].map(smooth), [1, 8, 12, 1080]);
    }

    #[test]
    fn roots_are_made_of_two() {
        let roots = Roots::of(1_000_003, false);
        for number in [0, 1, 77_777, 500_001, 1_000_002] {
            let exact = Complex::cis(-2.0 * PI * number as f64 / 1_000_003.0);
            assert!((roots.at(number + 1_000_003) - exact).norm() < 4e-16 * 2.0, "{number}");
        }
    }
}
