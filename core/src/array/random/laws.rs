//! Distributions of real numbers.
//!
//! Each takes its parameters, refuses those that it does not take, and gives what draws one number. Normal and
//! exponential numbers are ziggurats (J. A. Doornik, 2005), gamma numbers are of G. Marsaglia and W. W. Tsang (2000),
//! beta numbers of R. C. H. Cheng (1978): those of the crate `rand_distr`. Where a distribution is a function of an
//! exponential number, it is written so: the small and the large end keep their digits.

use std::f64::consts::PI;

use rand_distr::{Beta, Distribution, Exp1, Gamma, Poisson, StandardNormal};

use super::params::{finite, not_negative, positive};
use super::{Draws, Said};

/// A standard normal number.
#[inline]
pub fn normal_of(draws: &mut Draws<'_>) -> f64 {
    StandardNormal.sample(draws)
}

/// A standard exponential number.
#[inline]
pub fn exponential_of(draws: &mut Draws<'_>) -> f64 {
    Exp1.sample(draws)
}

/// What draws gamma numbers of that shape, above 0, and of scale 1.
fn gammas(shape: f64) -> Result<Gamma<f64>, Said> {
    Gamma::new(shape, 1.0).map_err(|error| error.to_string())
}

/// From `low` to before `high`.
pub fn uniform([low, high]: [f64; 2]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let wide = high - low;
    match wide >= 0.0 && wide.is_finite() {
        true => Ok(move |draws: &mut Draws<'_>| low + wide * draws.unit()),
        false => Err(format!(
            "takes a `high` that is `low` or a finite distance above it, and got `low` {low} and `high` {high}"
        )),
    }
}

/// From 0 to before 1.
pub fn unit([]: [f64; 0]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    Ok(|draws: &mut Draws<'_>| draws.unit())
}

/// From 0 to before 1, in 32 bits.
pub fn unit_f32([]: [f64; 0]) -> Result<impl Fn(&mut Draws<'_>) -> f32, Said> {
    Ok(|draws: &mut Draws<'_>| draws.unit_f32())
}

/// Normal, of mean 0 and standard deviation 1.
pub fn standard_normal([]: [f64; 0]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    Ok(normal_of)
}

/// Normal.
pub fn normal([loc, scale]: [f64; 2]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let (loc, scale) = (finite("loc", loc)?, not_negative("scale", scale)?);
    Ok(move |draws: &mut Draws<'_>| loc + scale * normal_of(draws))
}

/// e to the power of normal numbers.
pub fn lognormal([mean, sigma]: [f64; 2]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let (mean, sigma) = (finite("mean", mean)?, not_negative("sigma", sigma)?);
    Ok(move |draws: &mut Draws<'_>| (mean + sigma * normal_of(draws)).exp())
}

/// Exponential, of mean 1.
pub fn standard_exponential([]: [f64; 0]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    Ok(exponential_of)
}

/// Exponential.
pub fn exponential([scale]: [f64; 1]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let scale = not_negative("scale", scale)?;
    Ok(move |draws: &mut Draws<'_>| scale * exponential_of(draws))
}

/// Gamma, of scale 1.
pub fn standard_gamma([shape]: [f64; 1]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    gamma([shape, 1.0])
}

/// Gamma. A shape of 0 is the number 0.
pub fn gamma([shape, scale]: [f64; 2]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let (shape, scale) = (not_negative("shape", shape)?, not_negative("scale", scale)?);
    let gammas = if shape > 0.0 { Some(gammas(shape)?) } else { None };
    Ok(move |draws: &mut Draws<'_>| gammas.map_or(0.0, |gammas| scale * gammas.sample(draws)))
}

/// Beta.
pub fn beta([a, b]: [f64; 2]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let betas = Beta::new(positive("a", a)?, positive("b", b)?).map_err(|error| error.to_string())?;
    Ok(move |draws: &mut Draws<'_>| betas.sample(draws))
}

/// The sum of `df` squares of normal numbers.
pub fn chisquare([df]: [f64; 1]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let gammas = gammas(positive("df", df)? / 2.0)?;
    Ok(move |draws: &mut Draws<'_>| 2.0 * gammas.sample(draws))
}

/// Two chi-squares, each over its degrees of freedom, one over the other.
pub fn f([above, below]: [f64; 2]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let (over, under) = (chisquare([positive("dfnum", above)?])?, chisquare([positive("dfden", below)?])?);
    Ok(move |draws: &mut Draws<'_>| over(draws) / above / (under(draws) / below))
}

/// A chi-square whose normal numbers have other means than 0: `nonc` is the sum of their squares.
pub fn noncentral_chisquare([df, nonc]: [f64; 2]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let (df, nonc) = (positive("df", df)?, not_negative("nonc", nonc)?);
    // Above one degree of freedom, one number has all of the distance; else their count is a Poisson number.
    let apart = df > 1.0 || nonc == 0.0;
    let rest = gammas(if df > 1.0 { (df - 1.0) / 2.0 } else { df / 2.0 })?;
    let counts = if apart { None } else { Some(poissons(nonc / 2.0)?) };
    Ok(move |draws: &mut Draws<'_>| match counts {
        Some(counts) => {
            let count: f64 = counts.map_or(0.0, |counts| counts.sample(draws));
            // A gamma number of a greater shape is the sum of one of the small shape and one of the whole rest.
            let more = Gamma::new(count, 1.0).map_or(0.0, |more| more.sample(draws));
            2.0 * (rest.sample(draws) + more)
        }
        None if df > 1.0 => {
            let away = normal_of(draws) + nonc.sqrt();
            2.0 * rest.sample(draws) + away * away
        }
        None => 2.0 * rest.sample(draws),
    })
}

/// What draws Poisson numbers; nothing where they are all 0.
fn poissons(lam: f64) -> Result<Option<Poisson<f64>>, Said> {
    if lam <= 0.0 {
        return Ok(None);
    }
    Poisson::new(lam).map(Some).map_err(|error| error.to_string())
}

/// A noncentral chi-square over its degrees of freedom, over a chi-square over its.
pub fn noncentral_f([above, below, nonc]: [f64; 3]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let over = noncentral_chisquare([positive("dfnum", above)?, nonc])?;
    let under = chisquare([positive("dfden", below)?])?;
    Ok(move |draws: &mut Draws<'_>| over(draws) / above / (under(draws) / below))
}

/// Gumbel: what the greatest of many comes to.
pub fn gumbel([loc, scale]: [f64; 2]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let (loc, scale) = (finite("loc", loc)?, not_negative("scale", scale)?);
    Ok(move |draws: &mut Draws<'_>| loc - scale * exponential_of(draws).ln())
}

/// Laplace: an exponential number to either side.
pub fn laplace([loc, scale]: [f64; 2]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let (loc, scale) = (finite("loc", loc)?, not_negative("scale", scale)?);
    Ok(move |draws: &mut Draws<'_>| {
        let away = scale * exponential_of(draws);
        if draws.word() >> 63 == 0 { loc + away } else { loc - away }
    })
}

/// Logistic.
pub fn logistic([loc, scale]: [f64; 2]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let (loc, scale) = (finite("loc", loc)?, not_negative("scale", scale)?);
    Ok(move |draws: &mut Draws<'_>| {
        let at = draws.inside();
        loc + scale * (at / (1.0 - at)).ln()
    })
}

/// Pareto of the second kind, or Lomax: from 0 on.
pub fn pareto([a]: [f64; 1]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let a = positive("a", a)?;
    Ok(move |draws: &mut Draws<'_>| (exponential_of(draws) / a).exp_m1())
}

/// From 0 to 1, as the power `a - 1`.
pub fn power([a]: [f64; 1]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let a = positive("a", a)?;
    Ok(move |draws: &mut Draws<'_>| (-(-exponential_of(draws)).exp_m1()).powf(1.0 / a))
}

/// Rayleigh: how far from the middle a point of two normal numbers is.
pub fn rayleigh([scale]: [f64; 1]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let scale = not_negative("scale", scale)?;
    Ok(move |draws: &mut Draws<'_>| scale * (2.0 * exponential_of(draws)).sqrt())
}

/// Cauchy: a normal number over another.
pub fn standard_cauchy([]: [f64; 0]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    Ok(|draws: &mut Draws<'_>| normal_of(draws) / normal_of(draws))
}

/// Student's t.
pub fn standard_t([df]: [f64; 1]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let chisquares = chisquare([positive("df", df)?])?;
    Ok(move |draws: &mut Draws<'_>| normal_of(draws) * (df / chisquares(draws)).sqrt())
}

/// From `left` to `right`, most often near `mode`.
pub fn triangular([left, mode, right]: [f64; 3]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    if !(left <= mode && mode <= right && left < right && (right - left).is_finite()) {
        return Err(format!(
            "takes `left`, `mode` and `right` in that order and a finite distance apart, and got {left}, {mode} and {right}"
        ));
    }
    let (wide, rising, falling) = (right - left, mode - left, right - mode);
    Ok(move |draws: &mut Draws<'_>| {
        let at = draws.unit();
        match at * wide <= rising {
            true => left + (at * wide * rising).sqrt(),
            false => right - ((1.0 - at) * wide * falling).sqrt(),
        }
    })
}

/// Concentrations below which all directions are alike as far as digits go.
const KAPPA_LEAST: f64 = 1e-8;
/// Concentrations above which the circle is as good as a line.
const KAPPA_MOST: f64 = 1e6;

/// Von Mises: directions around `mu`, from -π to π (D. J. Best and N. I. Fisher, 1979).
pub fn vonmises([mu, kappa]: [f64; 2]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let (mu, kappa) = (finite("mu", mu)?, not_negative("kappa", kappa)?);
    let s = match kappa < 1e-5 {
        // The root below cancels there; these are its first terms.
        true => 1.0 / kappa + kappa,
        false => {
            let tau = 1.0 + (1.0 + 4.0 * kappa * kappa).sqrt();
            let rho = (tau - (2.0 * tau).sqrt()) / (2.0 * kappa);
            (1.0 + rho * rho) / (2.0 * rho)
        }
    };
    Ok(move |draws: &mut Draws<'_>| match kappa {
        kappa if kappa < KAPPA_LEAST => wrapped(mu + PI * (2.0 * draws.unit() - 1.0)),
        kappa if kappa > KAPPA_MOST => wrapped(mu + normal_of(draws) / kappa.sqrt()),
        kappa => loop {
            let z = (PI * draws.unit()).cos();
            let w = (1.0 + s * z) / (s + z);
            let (y, v) = (kappa * (s - w), draws.inside());
            if y * (2.0 - y) - v >= 0.0 || (y / v).ln() + 1.0 - y >= 0.0 {
                let away = w.clamp(-1.0, 1.0).acos();
                break wrapped(if draws.word() >> 63 == 0 { mu + away } else { mu - away });
            }
        },
    })
}

/// The angle from -π to π.
fn wrapped(angle: f64) -> f64 {
    match angle.abs() <= PI {
        true => angle,
        false => (angle + PI).rem_euclid(2.0 * PI) - PI,
    }
}

/// Inverse Gaussian (J. R. Michael, W. R. Schucany and R. W. Haas, 1976); the lesser root is written so that nothing
/// cancels.
pub fn wald([mean, scale]: [f64; 2]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let (mean, scale) = (positive("mean", mean)?, positive("scale", scale)?);
    Ok(move |draws: &mut Draws<'_>| {
        let away = normal_of(draws);
        let y = mean * away * away / scale;
        let root = (y * (4.0 + y)).sqrt();
        let ratio = 2.0 / (2.0 + y + root);
        match draws.unit() * (1.0 + ratio) <= 1.0 {
            true => mean * ratio,
            false => mean / ratio,
        }
    })
}

/// Weibull. A shape of 0 is the number 0.
pub fn weibull([a]: [f64; 1]) -> Result<impl Fn(&mut Draws<'_>) -> f64, Said> {
    let a = not_negative("a", a)?;
    Ok(move |draws: &mut Draws<'_>| if a == 0.0 { 0.0 } else { exponential_of(draws).powf(1.0 / a) })
}
