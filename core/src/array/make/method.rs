//! Where a quantile is among the elements: NumPy's thirteen definitions, and two more.

/// How a quantile that is between two elements is made of them, by NumPy's names; and two more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `inverted_cdf`.
    InvertedCdf,
    /// `averaged_inverted_cdf`.
    AveragedInvertedCdf,
    /// `closest_observation`.
    ClosestObservation,
    /// `interpolated_inverted_cdf`.
    InterpolatedInvertedCdf,
    /// `hazen`.
    Hazen,
    /// `weibull`.
    Weibull,
    /// `linear`.
    Linear,
    /// `median_unbiased`.
    MedianUnbiased,
    /// `normal_unbiased`.
    NormalUnbiased,
    /// `lower`.
    Lower,
    /// `higher`.
    Higher,
    /// `midpoint`.
    Midpoint,
    /// `nearest`.
    Nearest,
    /// `approximate`: near what `inverted_cdf` gives.
    Approximate,
    /// The mean of the one or two in the middle.
    Median,
}

/// The names of methods, in NumPy's order.
pub const METHODS: &[&str] = &[
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
    "lower",
    "higher",
    "midpoint",
    "nearest",
    "approximate",
];

const ALL: [Method; 14] = [
    Method::InvertedCdf,
    Method::AveragedInvertedCdf,
    Method::ClosestObservation,
    Method::InterpolatedInvertedCdf,
    Method::Hazen,
    Method::Weibull,
    Method::Linear,
    Method::MedianUnbiased,
    Method::NormalUnbiased,
    Method::Lower,
    Method::Higher,
    Method::Midpoint,
    Method::Nearest,
    Method::Approximate,
];

/// Between which two ranks a quantile is, and how far from the first.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// The one rank.
    pub low: usize,
    /// The other, or the same.
    pub high: usize,
    /// How far from the one, as a share of the way.
    pub share: f64,
}

impl Method {
    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        METHODS.iter().zip(ALL).find(|(known, _)| **known == name).map(|(_, method)| method)
    }

    /// Whether it gives an element, and never what is between two.
    pub fn takes(self) -> bool {
        use Method::{ClosestObservation, Higher, InvertedCdf, Lower, Nearest};
        matches!(self, InvertedCdf | ClosestObservation | Lower | Higher | Nearest)
    }

    /// Where the quantile of `count` elements is: definitions 1 to 9 of Hyndman and Fan, "Sample quantiles in
    /// statistical packages" (1996), and NumPy's four others.
    pub fn spot(self, count: usize, q: f64) -> Spot {
        let (n, last) = (count as f64, count as f64 - 1.0);
        let between = |at: f64| Spot::between(at, count);
        let plotted = |alpha: f64, beta: f64| between(n * q + (alpha + q * (1.0 - alpha - beta)) - 1.0);
        let stepped = |at: f64, stays: fn(f64) -> bool| {
            let below = at.floor();
            Spot::at(if at == below && stays(below) { below } else { below + 1.0 }, count)
        };
        match self {
            Self::InvertedCdf | Self::Approximate => stepped(n * q - 1.0, |_| true),
            Self::ClosestObservation => stepped(n * q - 1.0 - 0.5, |below| below.rem_euclid(2.0) == 1.0),
            Self::AveragedInvertedCdf => {
                between(n * q - 1.0).sharing(|share| if share == 0.0 { 0.5 } else { 1.0 })
            }
            Self::InterpolatedInvertedCdf => plotted(0.0, 1.0),
            Self::Hazen => plotted(0.5, 0.5),
            Self::Weibull => plotted(0.0, 0.0),
            Self::Linear => between(last * q),
            Self::MedianUnbiased => plotted(1.0 / 3.0, 1.0 / 3.0),
            Self::NormalUnbiased => plotted(3.0 / 8.0, 3.0 / 8.0),
            Self::Lower => Spot::at((last * q).floor(), count),
            Self::Higher => Spot::at((last * q).ceil(), count),
            Self::Nearest => Spot::at((last * q).round_ties_even(), count),
            Self::Midpoint => between(0.5 * ((last * q).floor() + (last * q).ceil()))
                .sharing(|share| if share == 0.0 { 0.0 } else { 0.5 }),
            Self::Median => Spot { low: (count - 1) / 2, high: count / 2, share: 0.5 },
        }
    }
}

impl Spot {
    /// What is there between two numbers.
    pub fn between_two(self, a: f64, b: f64) -> f64 {
        match self.share >= 0.5 {
            true => b - (b - a) * (1.0 - self.share),
            false => a + (b - a) * self.share,
        }
    }

    fn at(place: f64, count: usize) -> Self {
        let place = (place.max(0.0) as usize).min(count - 1);
        Self { low: place, high: place, share: 0.0 }
    }

    fn between(place: f64, count: usize) -> Self {
        if place < 0.0 || place >= count as f64 - 1.0 {
            return Self::at(place, count);
        }
        let low = place.floor();
        Self { low: low as usize, high: low as usize + 1, share: place - low }
    }

    fn sharing(self, share: fn(f64) -> f64) -> Self {
        match self.low == self.high {
            true => self,
            false => Self { share: share(self.share), ..self },
        }
    }
}
