//! Distributions of whole numbers, of 64 bits.

use rand_distr::{Binomial, Distribution, Gamma, Poisson};

use super::laws::exponential_of;
use super::params::{not_negative, positive, probability};
use super::{Draws, Said};

/// Whole numbers up to here are told apart in 64 bits of a real number.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
/// The greatest mean of a Poisson number: ten standard deviations below what 64 bits hold.
const MEAN_MAX: f64 = 9.223_372_006_484_771e18;
/// The greatest part of an urn: factorials of more have no digits left for their ratios.
const PART_MAX: f64 = 1e9;

/// The whole number, from 0 on.
fn count(name: &str, value: f64, most: f64) -> Result<u64, Said> {
    match value.fract() == 0.0 && (0.0..=most).contains(&value) {
        true => Ok(value as u64),
        false => Err(format!("takes a whole number from 0 to {most:e} as `{name}`, and got {value}")),
    }
}

/// How many of `n` trials come true.
pub fn binomial([n, p]: [f64; 2]) -> Result<impl Fn(&mut Draws<'_>) -> i64, Said> {
    let (n, p) = (count("n", n, WHOLE_MAX)?, probability("p", p)?);
    let binomials = Binomial::new(n, p).map_err(|error| error.to_string())?;
    Ok(move |draws: &mut Draws<'_>| binomials.sample(draws) as i64)
}

/// How many trials it takes until one comes true.
pub fn geometric([p]: [f64; 1]) -> Result<impl Fn(&mut Draws<'_>) -> i64, Said> {
    if probability("p", p)? == 0.0 {
        return Err("takes a number above 0 as `p`, and got 0".to_owned());
    }
    let rate = -(-p).ln_1p();
    Ok(move |draws: &mut Draws<'_>| ((exponential_of(draws) / rate).ceil() as i64).max(1))
}

/// Poisson.
pub fn poisson([lam]: [f64; 1]) -> Result<impl Fn(&mut Draws<'_>) -> i64, Said> {
    if not_negative("lam", lam)? > MEAN_MAX {
        return Err(format!("takes a number up to {MEAN_MAX:e} as `lam`, and got {lam}"));
    }
    let poissons = if lam > 0.0 { Some(Poisson::new(lam).map_err(|error| error.to_string())?) } else { None };
    Ok(move |draws: &mut Draws<'_>| poissons.map_or(0, |poissons| poissons.sample(draws) as i64))
}

/// How many trials fail before `n` have come true: a Poisson number whose mean is a gamma number.
pub fn negative_binomial([n, p]: [f64; 2]) -> Result<impl Fn(&mut Draws<'_>) -> i64, Said> {
    let n = positive("n", n)?;
    if probability("p", p)? == 0.0 {
        return Err("takes a number above 0 as `p`, and got 0".to_owned());
    }
    let scale = (1.0 - p) / p;
    // As far above the mean as a gamma number ever comes.
    if scale * (n + 10.0 * n.sqrt()) > MEAN_MAX {
        return Err(format!("of `n` {n} and `p` {p} has numbers beyond 64 bits"));
    }
    let gammas = Gamma::new(n, 1.0).map_err(|error| error.to_string())?;
    Ok(move |draws: &mut Draws<'_>| {
        let mean = scale * gammas.sample(draws);
        Poisson::new(mean).map_or(0, |poissons| poissons.sample(draws) as i64)
    })
}

/// Logarithmic series (A. W. Kemp: Efficient generation of logarithmically distributed pseudo-random variables, 1981,
/// algorithm LK).
pub fn logseries([p]: [f64; 1]) -> Result<impl Fn(&mut Draws<'_>) -> i64, Said> {
    if probability("p", p)? == 1.0 {
        return Err("takes a number below 1 as `p`, and got 1".to_owned());
    }
    let rate = (-p).ln_1p();
    Ok(move |draws: &mut Draws<'_>| {
        let v = draws.inside();
        if v >= p {
            return 1;
        }
        let q = -(rate * draws.inside()).exp_m1();
        match v {
            v if v <= q * q => (1.0 + v.ln() / q.ln()).floor() as i64,
            v if v >= q => 1,
            _ => 2,
        }
    })
}

/// Zipf: `k` as often as `k` to the power of `-a` (L. Devroye: Non-uniform random variate generation, 1986, X.6.1),
/// of those that 64 bits hold.
pub fn zipf([a]: [f64; 1]) -> Result<impl Fn(&mut Draws<'_>) -> i64, Said> {
    let falls = positive("a", a)? - 1.0;
    if falls <= 0.0 {
        return Err(format!("takes a number above 1 as `a`, and got {a}"));
    }
    let (least, b) = ((i64::MAX as f64).powf(-falls), 2_f64.powf(falls));
    Ok(move |draws: &mut Draws<'_>| {
        loop {
            // Beyond it nothing but 1 comes, and `b` is no number any more.
            if falls > 1000.0 {
                break 1;
            }
            let u = draws.inside();
            let x = (u * least + (1.0 - u)).powf(-1.0 / falls).floor();
            let t = (1.0 + 1.0 / x).powf(falls);
            if x < i64::MAX as f64 && draws.unit() * x * (t - 1.0) / (b - 1.0) <= t / b {
                break x as i64;
            }
        }
    })
}

/// How many of `nsample` taken from an urn are of the `ngood` beside `nbad`.
pub fn hypergeometric([good, bad, sample]: [f64; 3]) -> Result<impl Fn(&mut Draws<'_>) -> i64, Said> {
    let (good, bad) = (count("ngood", good, PART_MAX)?, count("nbad", bad, PART_MAX)?);
    let sample = count("nsample", sample, 2.0 * PART_MAX)?;
    if sample > good + bad {
        return Err(format!("takes {sample} as `nsample` of {good} and {bad}, which are fewer"));
    }
    Ok(move |draws: &mut Draws<'_>| taken(good, bad, sample, draws) as i64)
}

/// Taken from an urn: one by one where they are few, else by a ratio of uniforms.
pub fn taken(good: u64, bad: u64, sample: u64, draws: &mut Draws<'_>) -> u64 {
    let (few, many, all) = (good.min(bad), good.max(bad), good + bad);
    let small = sample.min(all - sample);
    let found = match small {
        0..=10 => one_by_one(few, all, small, draws),
        _ => by_ratio(few, many, small, draws),
    };
    // Of those that are left, where those are fewer; and of the others, where those are more.
    let found = if small == sample { found } else { few - found };
    if good <= bad { found } else { sample - found }
}

fn one_by_one(few: u64, all: u64, sample: u64, draws: &mut Draws<'_>) -> u64 {
    let mut left = few;
    for taken in 0..sample {
        if draws.unit() * ((all - taken) as f64) < left as f64 {
            left -= 1;
        }
    }
    few - left
}

/// E. Stadlober: The ratio of uniforms approach for generating discrete random variates (1990), algorithm HRUA.
fn by_ratio(few: u64, many: u64, sample: u64, draws: &mut Draws<'_>) -> u64 {
    // 2 √(2/e) and 3 - 2 √(3/e): the table mountain hat of any distribution of one mode.
    const WIDE: f64 = 1.715_527_769_921_413_5;
    const FLAT: f64 = 0.898_916_162_058_898_8;
    let (few, many, sample) = (few as f64, many as f64, sample as f64);
    let all = few + many;
    let share = few / all;
    let middle = sample * share + 0.5;
    let spread = ((all - sample) * sample * share * (1.0 - share) / (all - 1.0) + 0.5).sqrt();
    let scale = WIDE * spread + FLAT;
    let logs = |at: f64| {
        ln_factorial(at)
            + ln_factorial(few - at)
            + ln_factorial(sample - at)
            + ln_factorial(many - sample + at)
    };
    let highest = logs(((sample + 1.0) * (few + 1.0) / (all + 2.0)).floor());
    let end = (sample.min(few) + 1.0).min((middle + 16.0 * spread).floor());
    loop {
        let (x, y) = (draws.inside(), draws.unit());
        let at = middle + scale * (y - 0.5) / x;
        if at < 0.0 || at >= end {
            continue;
        }
        let at = at.floor();
        let log = highest - logs(at);
        if x * (4.0 - x) - 3.0 <= log || (x * (x - log) < 1.0 && 2.0 * x.ln() <= log) {
            return at as u64;
        }
    }
}

/// The logarithm of 1 · 2 · … · `n`: Stirling's series, for small ones the product.
fn ln_factorial(n: f64) -> f64 {
    if n < 20.0 {
        return (2..=n as u64).map(|factor| factor as f64).product::<f64>().ln();
    }
    let over = 1.0 / (n * n);
    let series = (1.0 / 12.0 - over * (1.0 / 360.0 - over / 1260.0)) / n;
    (n + 0.5) * n.ln() - n + 0.5 * (2.0 * std::f64::consts::PI).ln() + series
}

#[cfg(test)]
mod tests {
    use super::super::Stream;
    use super::*;

    #[test]
    fn factorials_have_their_logarithms() {
        let mut sum = 0.0_f64;
        for n in 1..200 {
            sum += f64::from(n).ln();
            assert!((ln_factorial(f64::from(n)) - sum).abs() < 1e-11 * sum.max(1.0), "{n}");
        }
        assert_eq!((ln_factorial(0.0), ln_factorial(1.0)), (0.0, 0.0));
    }

    #[test]
    fn an_urn_has_no_more_than_it_has() {
        let stream = Stream::new(1, 0, "urn");
        for at in 0..4000 {
            let mut draws = stream.at(at);
            let (good, bad) = (draws.word() % 60, draws.word() % 60);
            let sample = draws.word() % (good + bad + 1);
            let found = taken(good, bad, sample, &mut draws);
            assert!(found <= good && found <= sample && sample - found <= bad, "{good} {bad} {sample}");
        }
    }
}
