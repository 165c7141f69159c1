//! Random rows: each has a stream of its own, and its elements depend on one another.

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta, Rule};
use super::super::grid::Region;
use super::super::kernels::map;
use super::super::random::{self, Draws};
use super::super::shape;
use super::elementwise::{Both, Operand, astype, binary};
use super::factors;
use super::matmul;
use super::random::{Drawing, drawn, real};
use super::structure::{broadcast_to, matrix_transpose, part};

/// What of an input goes with a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Beside {
    /// The same row: it has the shape of the result.
    Row,
    /// An element: it has that shape but for the last axis.
    Element,
    /// All of it.
    All,
}

/// What rows are written from.
type Inputs = Vec<(Beside, Array)>;

/// Rows along the last axis, each written from its own draws: by `write`, which is told where the rows are that it writes, and
/// gets of each input what goes with those.
pub(super) fn of_rows(
    op: &'static str,
    inputs: Inputs,
    meta: Meta,
    write: impl Fn(&Rows, &[Chunk]) -> Result<Data, Error> + Clone + Send + Sync + 'static,
) -> Result<Array, Error> {
    let (dtype, all, again) = (meta.dtype, meta.shape.clone(), write.clone());
    let Some((width, outer)) = all.split_last().map(|(width, outer)| (*width, outer.len())) else {
        return Err(Error::Defect(op));
    };
    let beside: Vec<(Beside, Region)> =
        inputs.iter().map(|(beside, input)| (*beside, Region::whole(input.shape()))).collect();
    let wide = move |region: &Region| {
        let mut wide = region.clone();
        (wide.start[outer], wide.lengths[outer]) = (0, width);
        wide
    };
    let needs = move |region: &Region| {
        let (wide, mut of_rows) = (wide(region), region.clone());
        of_rows.start.truncate(outer);
        of_rows.lengths.truncate(outer);
        let parts = beside.iter().map(|(beside, whole)| match beside {
            Beside::Row => wide.clone(),
            Beside::Element => of_rows.clone(),
            Beside::All => whole.clone(),
        });
        parts.enumerate().collect()
    };
    let whole = Rows { region: Region::whole(&all), shape: all.clone() };
    let make = move |region: &Region, parts: &[Array]| {
        let rows = Rows { region: wide(region), shape: all.clone() };
        let (meta, write) = (Meta::new(dtype, rows.region.lengths.clone()), write.clone());
        let made = Array::whole(op, parts.to_vec(), meta, move |chunks| write(&rows, chunks))?;
        part(op, &made, outer, region.start[outer] as isize, region.lengths[outer])
    };
    let inputs = inputs.into_iter().map(|(_, input)| input).collect();
    let made = Array::whole(op, inputs, meta, move |chunks| again(&whole, chunks))?;
    Ok(made.with_rule(Rule::by(needs, make)))
}

/// Rows that are written: a box, whole along the last axis, of an array of a shape.
pub(super) struct Rows {
    region: Region,
    shape: Vec<usize>,
}

impl Rows {
    /// How long they are.
    pub(super) fn width(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    /// Each of them written by `draw`, which is told its number among them, from draws that its number in all has.
    pub(super) fn drawn<T: Element>(
        &self,
        drawing: &Drawing,
        draw: impl Fn(usize, &mut Draws<'_>, &mut [T]) -> Result<(), Error> + Sync,
    ) -> Result<Data, Error> {
        let mut out = vec![T::default(); self.region.count()];
        let outer = self.shape.len().saturating_sub(1);
        let strides = shape::strides(&self.shape[..outer]);
        let number = |mut row: usize| {
            let axes = (0..outer).rev().map(|axis| {
                let length = self.region.lengths[axis].max(1);
                let at = self.region.start[axis] + row % length;
                row /= length;
                at * strides[axis] as usize
            });
            axes.sum::<usize>() as u64
        };
        let row = |row: usize, out: &mut [T]| draw(row, &mut drawing.stream.at(number(row)), out);
        apart::try_chunks(&mut out, self.width(), &row)?;
        Ok(T::data(out))
    }
}

/// The one axis of a parameter.
fn row(op: &'static str, name: &str, param: Operand) -> Result<Array, Error> {
    let param = param.array(op)?;
    match param.axes() {
        1 if !param.is_empty() => Ok(param),
        _ => Err(Error::refused(op, format!("takes a row as `{name}`, and got shape {:?}", param.shape()))),
    }
}

/// Shares that add up to 1, as far from even as `alpha` says.
pub fn dirichlet(drawing: Drawing, alpha: Operand) -> Result<Array, Error> {
    let op = drawing.op;
    let alpha = real(op, Operand::Array(row(op, "alpha", alpha)?))?;
    let (width, mut shape) = (alpha.len(), drawing.size.clone().unwrap_or_default());
    shape::elements(&shape).ok_or_else(|| drawing.refused("takes a smaller `size`"))?;
    shape.push(width);
    of_rows(op, vec![(Beside::All, alpha)], Meta::new(DType::Float64, shape), move |rows, chunks| {
        let alpha = chunks[0].values::<f64>()?;
        let refused = |said| Error::refused(op, said);
        for one in alpha {
            random::not_negative("alpha", *one).map_err(refused)?;
        }
        if alpha.iter().sum::<f64>() <= 0.0 {
            return Err(refused("takes one number above 0 at least in `alpha`".to_owned()));
        }
        rows.drawn(&drawing, |_, draws, out| shares(alpha, draws, out).map_err(refused))
    })
}

/// Where all are so small that gamma numbers would all be 0, the shares are broken off one by one.
const SMALL: f64 = 0.1;

fn shares(alpha: &[f64], draws: &mut Draws<'_>, out: &mut [f64]) -> Result<(), random::Said> {
    if alpha.iter().all(|one| *one < SMALL) {
        return broken(alpha, draws, out);
    }
    for (share, alpha) in out.iter_mut().zip(alpha) {
        *share = random::standard_gamma([*alpha])?(draws);
    }
    let sum: f64 = out.iter().sum();
    out.iter_mut().for_each(|share| *share /= sum);
    Ok(())
}

fn broken(alpha: &[f64], draws: &mut Draws<'_>, out: &mut [f64]) -> Result<(), random::Said> {
    let (mut left, mut behind) = (1.0, alpha.iter().sum::<f64>());
    for (share, alpha) in out.iter_mut().zip(alpha) {
        behind = (behind - alpha).max(0.0);
        let part = match (*alpha > 0.0, behind > 0.0) {
            (true, true) => random::beta([*alpha, behind])?(draws),
            (own, _) => f64::from(u8::from(own)),
        };
        *share = left * part;
        left -= *share;
    }
    Ok(())
}

/// The parameters of rows, a number and a row for each, broadcast to the shape of the result.
fn broadcast(
    drawing: &Drawing,
    numbers: Operand,
    lists: Operand,
    name: &str,
) -> Result<(Inputs, Vec<usize>), Error> {
    let op = drawing.op;
    let (numbers, lists) = (real(op, numbers)?, real(op, lists)?);
    let Some((width, stack)) = lists.shape().split_last().filter(|(width, _)| **width > 0) else {
        return Err(drawing.refused(format!("takes rows as `{name}`, and got shape {:?}", lists.shape())));
    };
    let (width, mut shape) = (*width, drawing.shape([numbers.shape(), stack])?);
    shape::elements(&shape).ok_or_else(|| drawing.refused("takes a smaller `size`"))?;
    let numbers = broadcast_to(op, &numbers, &shape)?;
    shape.push(width);
    let lists = broadcast_to(op, &lists, &shape)?;
    Ok((vec![(Beside::Element, numbers), (Beside::Row, lists)], shape))
}

/// How often each of several things comes in `n` trials.
pub fn multinomial(drawing: Drawing, n: Operand, pvals: Operand) -> Result<Array, Error> {
    let (params, shape) = broadcast(&drawing, n, pvals, "pvals")?;
    let op = drawing.op;
    of_rows(op, params, Meta::new(DType::Int64, shape), move |rows, chunks| {
        let (n, lists, width) = (chunks[0].values::<f64>()?, chunks[1].values::<f64>()?, rows.width());
        rows.drawn(&drawing, |at, draws, out| {
            let pvals = &lists[at * width..(at + 1) * width];
            trials(n[at], pvals, draws, out).map_err(|said| Error::refused(op, said))
        })
    })
}

fn trials(n: f64, pvals: &[f64], draws: &mut Draws<'_>, out: &mut [i64]) -> Result<(), random::Said> {
    for p in pvals {
        random::probability("pvals", *p)?;
    }
    let sum: f64 = pvals[..pvals.len() - 1].iter().sum();
    if sum > 1.0 + 1e-12 {
        return Err(format!("takes `pvals` that add up to 1, and those before the last add up to {sum}"));
    }
    // Refused as that of one thing would be.
    random::binomial([n, 0.0]).map(drop)?;
    let (mut left, mut share) = (n, 1.0_f64);
    let (last, others) = out.split_last_mut().ok_or("takes one of `pvals` at least")?;
    for (slot, p) in others.iter_mut().zip(pvals) {
        let part = if share > 0.0 { (p / share).clamp(0.0, 1.0) } else { 0.0 };
        *slot = random::binomial([left, part])?(draws);
        (left, share) = (left - *slot as f64, share - p);
    }
    *last = left as i64;
    Ok(())
}

/// How many of each colour are among `nsample` taken from an urn.
pub fn multivariate_hypergeometric(
    drawing: Drawing,
    colors: Operand,
    sample: Operand,
) -> Result<Array, Error> {
    let op = drawing.op;
    let colors = Operand::Array(row(op, "colors", colors)?);
    let (params, shape) = broadcast(&drawing, sample, colors, "colors")?;
    of_rows(op, params, Meta::new(DType::Int64, shape), move |rows, chunks| {
        let (sample, lists, width) = (chunks[0].values::<f64>()?, chunks[1].values::<f64>()?, rows.width());
        rows.drawn(&drawing, |at, draws, out| {
            let colors = &lists[at * width..(at + 1) * width];
            urn(colors, sample[at], draws, out).map_err(|said| Error::refused(op, said))
        })
    })
}

fn urn(colors: &[f64], sample: f64, draws: &mut Draws<'_>, out: &mut [i64]) -> Result<(), random::Said> {
    let mut rest: f64 = colors.iter().sum();
    // Refused as those of two colours would be.
    for color in colors {
        random::hypergeometric([*color, rest - color, 0.0]).map(drop)?;
    }
    random::hypergeometric([rest, 0.0, sample]).map(drop)?;
    let mut left = sample as u64;
    for (slot, color) in out.iter_mut().zip(colors) {
        rest -= color;
        *slot = random::taken(*color as u64, rest as u64, left, draws) as i64;
        left -= *slot as u64;
    }
    Ok(())
}

/// Normal numbers that go together as `cov` says: a matrix whose square `cov` is, times independent ones.
pub fn multivariate_normal(
    drawing: Drawing,
    mean: Operand,
    cov: Operand,
    check: bool,
    tolerance: f64,
) -> Result<Array, Error> {
    let op = drawing.op;
    let mean = real(op, Operand::Array(row(op, "mean", mean)?))?;
    let cov = real(op, cov)?;
    let width = mean.len();
    if cov.shape() != [width, width] {
        return Err(drawing.refused(format!(
            "takes a matrix of shape {:?} as `cov` beside that `mean`, and got {:?}",
            [width, width],
            cov.shape()
        )));
    }
    let root = root(op, &cov, check, tolerance)?;
    let mut shape = drawing.size.clone().unwrap_or_default();
    shape.push(width);
    let drawing = Drawing { size: Some(shape), ..drawing };
    let normals = drawn(drawing, [], random::standard_normal)?;
    let spread = matmul::matmul(op, &normals, &matrix_transpose(op, &root)?)?;
    binary(op, map::add, Both::As("numbers"), Operand::Array(spread), Operand::Array(mean))
}

/// A matrix that times its transpose is `cov`: its eigenvectors, each as long as the root of its eigenvalue.
fn root(op: &'static str, cov: &Array, check: bool, tolerance: f64) -> Result<Array, Error> {
    let meta = cov.meta().clone();
    let checked =
        Array::whole(op, vec![cov.clone()], meta, move |chunks| symmetric(op, &chunks[0], tolerance))?;
    let found = factors::eigh(op, if check { &checked } else { cov })?;
    let [values, vectors] = <[Array; 2]>::try_from(found).map_err(|_| Error::Defect(op))?;
    let meta = values.meta().clone();
    let lengths = Array::whole(op, vec![values], meta, move |chunks| {
        let values = chunks[0].values::<f64>()?;
        let most = values.iter().fold(1.0_f64, |most, value| most.max(value.abs()));
        match values.iter().find(|value| check && **value < -tolerance * most) {
            Some(value) => Err(Error::refused(
                op,
                format!("takes a `cov` without eigenvalues below 0, and got one of {value}"),
            )),
            None => Ok(Data::Float64(values.iter().map(|value| value.max(0.0).sqrt()).collect())),
        }
    })?;
    binary(op, map::multiply, Both::As("numbers"), Operand::Array(vectors), Operand::Array(lengths))
}

fn symmetric(op: &'static str, cov: &Chunk, tolerance: f64) -> Result<Data, Error> {
    let (values, n) = (cov.values::<f64>()?, cov.shape[0]);
    let odd = (0..n * n).find(|at| {
        let (one, other) = (values[*at], values[at % n * n + at / n]);
        let near = (one - other).abs() <= tolerance + tolerance * other.abs();
        !near
    });
    match odd {
        Some(at) => Err(Error::refused(
            op,
            format!(
                "takes a symmetric `cov` of finite numbers, and its row {} differs from its column",
                at / n
            ),
        )),
        None => Ok(Data::Float64(values.to_vec())),
    }
}

/// The parameter's chances, or a row of them, as real numbers.
pub(super) fn chances(op: &'static str, p: Operand, count: usize) -> Result<Array, Error> {
    let p = astype(&row(op, "p", p)?, DType::Float64)?;
    match p.len() == count {
        true => Ok(p),
        false => Err(Error::refused(
            op,
            format!("takes {count} numbers as `p`, one for each, and got {}", p.len()),
        )),
    }
}
