//! Random arrays: the same numbers for the same seed.

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::make::elementwise::Operand;
use super::super::make::random::{Drawing, drawn, integers};
use super::super::make::random_order::{Choice, choice, permutation, permuted};
use super::super::make::random_rows::{
    dirichlet, multinomial, multivariate_hypergeometric, multivariate_normal,
};
use super::super::random::{self as laws, Stream};
use super::{Family, Given, Op};
use crate::lang::args::{Arg, Literal};
use crate::lang::signature::{Default, Kind, Param};

const SIZE: Param = Param::optional("size", Kind::Ints, Default::None);
const SEED: Param = Param::named("seed", Kind::Int, Default::None);
const STREAM: Param = Param::named("stream", Kind::Int, Default::Int(0));
const FLOATS: Param =
    Param::optional("dtype", Kind::Choice(&["float64", "float32"]), Default::Text("float64"));
const AXIS: Param = Param::optional("axis", Kind::Int, Default::Int(0));
const X: Param = Param::required("x", Kind::Array);

const fn number(name: &'static str, default: f64) -> Param {
    Param::optional(name, Kind::Array, Default::Float(default))
}

const fn needed(name: &'static str) -> Param {
    Param::required(name, Kind::Array)
}

impl Given<'_> {
    /// A number of 64 bits without a sign.
    fn word(&self, name: &str) -> Result<Option<u64>, Error> {
        let Some(Arg::Literal(Literal::Int(value))) = self.args.get(name) else { return Ok(None) };
        u64::try_from(*value).map(Some).map_err(|_| {
            Error::refused(
                self.op,
                format!("takes a number of 0 or more, of 64 bits, as `{name}`, and got {value}"),
            )
        })
    }

    /// Where random numbers come from, and into which shape.
    fn drawing(&self) -> Result<Drawing, Error> {
        let seed = self.word("seed")?.ok_or_else(|| {
            let said = "needs a `seed`, as a program gives the same numbers whenever it runs: write one, such as `seed=1`";
            Error::refused(self.op, said)
        })?;
        let stream = Stream::new(seed, self.word("stream")?.unwrap_or(0), self.op);
        let size = if self.args.is_absent("size") { None } else { Some(self.shape("size")?) };
        Ok(Drawing { op: self.op, stream, size })
    }

    fn param<const N: usize>(&self, names: [&str; N]) -> Result<[Operand; N], Error> {
        let found: Vec<Operand> = names.iter().map(|name| self.operand(name)).collect::<Result<_, _>>()?;
        found.try_into().map_err(|_| Error::Defect(self.op))
    }
}

macro_rules! law {
    ($name:literal, [$($param:expr),*], $law:path) => {
        Op::new($name, &[$($param,)* SIZE, SEED, STREAM], |given| {
            Ok(drawn(given.drawing()?, given.param([$($param.name),*])?, $law)?.into())
        })
    };
}

/// The same with a dtype: `law` of 32 bits is `small`.
macro_rules! floats {
    ($name:literal, [$($param:expr),*], $law:path, $small:expr $(, $more:expr)*) => {
        Op::new($name, &[$($param,)* SIZE, FLOATS, $($more,)* SEED, STREAM], |given| {
            let (drawing, params) = (given.drawing()?, given.param([$($param.name),*])?);
            Ok(match given.dtype("dtype")? {
                Some(DType::Float32) => drawn(drawing, params, $small)?,
                _ => drawn(drawing, params, $law)?,
            }
            .into())
        })
    };
}

/// What draws the same numbers, in 32 bits.
macro_rules! cut {
    ($law:path) => {
        |params| $law(params).map(|law| move |draws: &mut laws::Draws<'_>| law(draws) as f32)
    };
}

macro_rules! mixed {
    ($name:literal) => {
        Op::new($name, &[X, AXIS, SEED, STREAM], |given| {
            Ok(permutation(given.drawing()?, given.operand("x")?, given.int("axis")?)?.into())
        })
    };
}

pub(super) const FAMILY: Family = Family {
    name: "random",
    ops: &[
        floats!("random.random", [], laws::unit, laws::unit_f32),
        Op::new(
            "random.integers",
            &[
                needed("low"),
                Param::optional("high", Kind::Array, Default::None),
                SIZE,
                Param::optional("dtype", Kind::Text, Default::Text("int64")),
                Param::optional("endpoint", Kind::Bool, Default::Bool(false)),
                SEED,
                STREAM,
            ],
            |given| {
                let (low, high) = (given.operand("low")?, given.maybe_operand("high"));
                let zero = || Operand::Scalar(super::super::make::elementwise::Scalar::Int(0));
                let (low, high) = match high {
                    Some(high) => (low, high),
                    None => (zero(), low),
                };
                let dtype = given.dtype("dtype")?.unwrap_or(DType::Int64);
                Ok(integers(given.drawing()?, low, high, dtype, given.is("endpoint"))?.into())
            },
        ),
        law!("random.uniform", [number("low", 0.0), number("high", 1.0)], laws::uniform),
        floats!("random.standard_normal", [], laws::standard_normal, cut!(laws::standard_normal)),
        law!("random.normal", [number("loc", 0.0), number("scale", 1.0)], laws::normal),
        law!("random.lognormal", [number("mean", 0.0), number("sigma", 1.0)], laws::lognormal),
        floats!(
            "random.standard_exponential",
            [],
            laws::standard_exponential,
            cut!(laws::standard_exponential),
            Param::optional("method", Kind::Choice(&["zig", "inv"]), Default::Text("zig"))
        ),
        law!("random.exponential", [number("scale", 1.0)], laws::exponential),
        floats!("random.standard_gamma", [needed("shape")], laws::standard_gamma, cut!(laws::standard_gamma)),
        law!("random.gamma", [needed("shape"), number("scale", 1.0)], laws::gamma),
        law!("random.beta", [needed("a"), needed("b")], laws::beta),
        law!("random.chisquare", [needed("df")], laws::chisquare),
        law!("random.noncentral_chisquare", [needed("df"), needed("nonc")], laws::noncentral_chisquare),
        law!("random.f", [needed("dfnum"), needed("dfden")], laws::f),
        law!("random.noncentral_f", [needed("dfnum"), needed("dfden"), needed("nonc")], laws::noncentral_f),
        law!("random.standard_t", [needed("df")], laws::standard_t),
        law!("random.standard_cauchy", [], laws::standard_cauchy),
        law!("random.gumbel", [number("loc", 0.0), number("scale", 1.0)], laws::gumbel),
        law!("random.laplace", [number("loc", 0.0), number("scale", 1.0)], laws::laplace),
        law!("random.logistic", [number("loc", 0.0), number("scale", 1.0)], laws::logistic),
        law!("random.pareto", [needed("a")], laws::pareto),
        law!("random.power", [needed("a")], laws::power),
        law!("random.rayleigh", [number("scale", 1.0)], laws::rayleigh),
        law!("random.triangular", [needed("left"), needed("mode"), needed("right")], laws::triangular),
        law!("random.vonmises", [needed("mu"), needed("kappa")], laws::vonmises),
        law!("random.wald", [needed("mean"), needed("scale")], laws::wald),
        law!("random.weibull", [needed("a")], laws::weibull),
        law!("random.binomial", [needed("n"), needed("p")], laws::binomial),
        law!("random.negative_binomial", [needed("n"), needed("p")], laws::negative_binomial),
        law!("random.geometric", [needed("p")], laws::geometric),
        law!("random.poisson", [number("lam", 1.0)], laws::poisson),
        law!("random.logseries", [needed("p")], laws::logseries),
        law!("random.zipf", [needed("a")], laws::zipf),
        law!(
            "random.hypergeometric",
            [needed("ngood"), needed("nbad"), needed("nsample")],
            laws::hypergeometric
        ),
        Op::new("random.multinomial", &[needed("n"), needed("pvals"), SIZE, SEED, STREAM], |given| {
            Ok(multinomial(given.drawing()?, given.operand("n")?, given.operand("pvals")?)?.into())
        }),
        Op::new(
            "random.multivariate_hypergeometric",
            &[
                needed("colors"),
                needed("nsample"),
                SIZE,
                Param::optional("method", Kind::Choice(&["marginals", "count"]), Default::Text("marginals")),
                SEED,
                STREAM,
            ],
            |given| {
                let (colors, sample) = (given.operand("colors")?, given.operand("nsample")?);
                Ok(multivariate_hypergeometric(given.drawing()?, colors, sample)?.into())
            },
        ),
        Op::new(
            "random.multivariate_normal",
            &[
                needed("mean"),
                needed("cov"),
                SIZE,
                Param::optional("check_valid", Kind::Choice(&["raise", "ignore"]), Default::Text("raise")),
                Param::optional("tol", Kind::Float, Default::Float(1e-8)),
                SEED,
                STREAM,
            ],
            |given| {
                let (mean, cov) = (given.operand("mean")?, given.operand("cov")?);
                let check = given.text("check_valid") != Some("ignore");
                let tolerance = given.maybe_float("tol").unwrap_or(1e-8);
                Ok(multivariate_normal(given.drawing()?, mean, cov, check, tolerance)?.into())
            },
        ),
        Op::new("random.dirichlet", &[needed("alpha"), SIZE, SEED, STREAM], |given| {
            Ok(dirichlet(given.drawing()?, given.operand("alpha")?)?.into())
        }),
        Op::new(
            "random.choice",
            &[
                needed("a"),
                SIZE,
                Param::optional("replace", Kind::Bool, Default::Bool(true)),
                Param::optional("p", Kind::Array, Default::None),
                AXIS,
                Param::optional("shuffle", Kind::Bool, Default::Bool(true)),
                SEED,
                STREAM,
            ],
            |given| {
                let (replace, axis) = (given.is("replace"), given.int("axis")?);
                let asked = Choice { a: given.operand("a")?, replace, p: given.maybe_operand("p"), axis };
                Ok(choice(given.drawing()?, asked)?.into())
            },
        ),
        mixed!("random.permutation"),
        mixed!("random.shuffle"),
        Op::new(
            "random.permuted",
            &[X, Param::optional("axis", Kind::Int, Default::None), SEED, STREAM],
            |given| Ok(permuted(given.drawing()?, &given.array("x")?, given.maybe_int("axis")?)?.into()),
        ),
    ],
    page: include_str!("random.md"),
};
