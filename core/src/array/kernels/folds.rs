//! What many elements become: a sum, the greatest, the mean and how far they are from it.

use num_complex::Complex;

use super::super::element::{Data, Element};
use super::super::fold::{Fold, Noted};
use super::number::Number;

/// A function of two that does not care for the order: the product, the greatest, whether any is true.
#[derive(Clone, Copy)]
pub struct Plain<T, W> {
    /// What changes nothing.
    pub zero: T,
    /// The function.
    pub with: W,
}

impl<T: Element, W: Fn(T, T) -> T + Copy + Send + Sync> Fold for Plain<T, W> {
    type In = T;
    type Piece = T;
    type Part = T;

    fn start(self, _: T) -> T {
        self.zero
    }

    #[inline(always)]
    fn take(self, piece: T, x: T) -> T {
        (self.with)(piece, x)
    }

    fn part(self, piece: T, _: usize) -> T {
        piece
    }

    fn join(self, one: T, other: T) -> T {
        (self.with)(one, other)
    }

    fn none(self) -> T {
        self.zero
    }
}

/// The sum of numbers that are rounded; what is lost when pieces are added is kept beside (Knuth's two-sum).
#[derive(Clone, Copy, Default)]
pub struct Sum<T>(std::marker::PhantomData<T>);

impl<T: Rounded> Fold for Sum<T> {
    type In = T;
    type Piece = T;
    type Part = (T, T);

    fn start(self, _: T) -> T {
        T::default()
    }

    #[inline(always)]
    fn take(self, piece: T, x: T) -> T {
        piece.add(x)
    }

    fn part(self, piece: T, _: usize) -> (T, T) {
        (piece, T::default())
    }

    fn join(self, one: (T, T), other: (T, T)) -> (T, T) {
        let sum = one.0.add(other.0);
        let came = sum.sub(one.0);
        let lost = one.0.sub(sum.sub(came)).add(other.0.sub(came));
        (sum, one.1.add(other.1).add(lost))
    }

    fn none(self) -> (T, T) {
        (T::default(), T::default())
    }
}

/// Numbers whose sums are rounded.
pub trait Rounded: Number {
    /// The sum, with what was lost on the way; by itself where that is no number, as the sum is infinite.
    fn with_lost(self, lost: Self) -> Self;
}

macro_rules! rounded {
    ($($type:ty),*) => {
        $(impl Rounded for $type {
            fn with_lost(self, lost: Self) -> Self {
                if lost.is_finite() { self + lost } else { self }
            }
        }

        impl Rounded for Complex<$type> {
            fn with_lost(self, lost: Self) -> Self {
                Complex::new(self.re.with_lost(lost.re), self.im.with_lost(lost.im))
            }
        })*
    };
}

rounded!(f32, f64);

/// How many there are, their mean, and the sum of the squares of their distances from it.
///
/// A piece keeps sums of distances from its first element, which cost it few digits: of n elements one distance is in
/// the answer itself, so at the worst n times the rounding of one is lost. Pieces are joined as Chan, Golub and LeVeque
/// have it.
#[derive(Clone, Copy, Default)]
pub struct Moments<T>(std::marker::PhantomData<T>);

/// What [`Moments`] makes of elements, in `f64`.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    count: f64,
    mean: f64,
    /// The sum of the squares of the distances from the mean.
    pub squares: f64,
}

impl Noted for Spread {
    fn rows(parts: &[Self]) -> Vec<Data> {
        let row = |of: fn(&Self) -> f64| Data::Float64(parts.iter().map(of).collect());
        vec![row(|part| part.count), row(|part| part.mean), row(|part| part.squares)]
    }

    fn of(rows: &[Data]) -> Option<Vec<Self>> {
        let [Data::Float64(counts), Data::Float64(means), Data::Float64(squares)] = rows else { return None };
        let parts = counts.iter().zip(means).zip(squares);
        Some(
            parts
                .map(|((count, mean), squares)| Self { count: *count, mean: *mean, squares: *squares })
                .collect(),
        )
    }
}

impl<T: Element + Into<f64>> Fold for Moments<T> {
    type In = T;
    type Piece = [f64; 3];
    type Part = Spread;

    fn start(self, first: T) -> [f64; 3] {
        [first.into(), 0.0, 0.0]
    }

    #[inline(always)]
    fn take(self, [first, sum, squares]: [f64; 3], x: T) -> [f64; 3] {
        let away = x.into() - first;
        [first, sum + away, squares + away * away]
    }

    fn part(self, [first, sum, squares]: [f64; 3], count: usize) -> Spread {
        let count = count as f64;
        let away = if count == 0.0 { 0.0 } else { sum / count };
        // NaN stays NaN.
        let squares = squares - sum * away;
        Spread { count, mean: first + away, squares: if squares < 0.0 { 0.0 } else { squares } }
    }

    fn join(self, one: Spread, other: Spread) -> Spread {
        let count = one.count + other.count;
        if one.count == 0.0 || other.count == 0.0 {
            return if one.count == 0.0 { other } else { one };
        }
        let (away, share) = (other.mean - one.mean, other.count / count);
        let squares = one.squares + other.squares + away * away * one.count * share;
        Spread { count, mean: one.mean + away * share, squares }
    }

    fn none(self) -> Spread {
        Spread { count: 0.0, mean: f64::NAN, squares: 0.0 }
    }
}
