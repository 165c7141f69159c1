//! Arrays of random numbers: an element's depends on the seed and its place alone, not on who computes it.

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta, Rule};
use super::super::grid::Region;
use super::super::kernels::{ints, pick};
use super::super::random::{Bounds, Draws, Said, Stream, bounded};
use super::super::shape;
use super::super::strided::BLOCK;
use super::create::placed;
use super::elementwise::{Operand, Scalar, astype};
use super::structure::broadcast_to;

/// What is drawn: by whom, from where, and into which shape.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// Who asks.
    pub op: &'static str,
    /// Where its elements draw from.
    pub stream: Stream,
    /// The shape; that of the parameters where nothing is said.
    pub size: Option<Vec<usize>>,
}

impl Drawing {
    pub(super) fn refused(&self, said: impl Into<String>) -> Error {
        Error::refused(self.op, said)
    }

    /// The shape of what is drawn with parameters of those shapes.
    pub(super) fn shape<'a>(
        &self,
        params: impl IntoIterator<Item = &'a [usize]>,
    ) -> Result<Vec<usize>, Error> {
        let together = shape::broadcast_all(self.op, params)?;
        match &self.size {
            None => Ok(together),
            Some(size) if shape::broadcast(self.op, &together, size).is_ok_and(|both| both == *size) => {
                Ok(size.clone())
            }
            Some(size) => Err(self.refused(format!(
                "takes a `size` that its parameters broadcast to, and got {size:?} for parameters of shape {together:?}"
            ))),
        }
    }
}

/// Numbers of the distribution `law`, which is asked for a sampler once where its parameters are numbers, else for
/// each element.
pub fn drawn<T: Element, L: Fn(&mut Draws<'_>) -> T + Sync + 'static, const N: usize>(
    drawing: Drawing,
    params: [Operand; N],
    law: fn([f64; N]) -> Result<L, Said>,
) -> Result<Array, Error> {
    let op = drawing.op;
    let params: Vec<Array> = params.into_iter().map(|param| real(op, param)).collect::<Result<_, _>>()?;
    let shape = drawing.shape(params.iter().map(Array::shape))?;
    let params = spread(op, params, &shape)?;
    let known: Option<Vec<Chunk>> = params.iter().map(|param| param.known().cloned()).collect();
    let known = known.filter(|known| known.iter().all(|chunk| chunk.data.len() == 1));
    if let Some(numbers) = &known {
        law(at(&values(numbers)?, 0)).map_err(|said| Error::refused(op, said))?;
    }
    let (stream, whole) = (drawing.stream, shape.clone());
    of_params(op, params, Meta::new(T::DTYPE, shape), move |region, chunks| {
        let params: [&[f64]; N] = values(chunks)?;
        let law = |element: usize| law(at(&params, element)).map_err(|said| Error::refused(op, said));
        if params.iter().all(|param| param.len() == 1) {
            let law = law(0)?;
            return elements_in(&stream, &whole, region, |_, draws| Ok(law(draws)));
        }
        elements_in(&stream, &whole, region, |element, draws| Ok(law(element)?(draws)))
    })
}

/// Elements that `draw` makes box by box of parameters, which have one element for all, or one for each.
fn of_params(
    op: &'static str,
    params: Vec<Array>,
    meta: Meta,
    draw: impl Fn(&Region, &[Chunk]) -> Result<Data, Error> + Clone + Send + Sync + 'static,
) -> Result<Array, Error> {
    let (dtype, whole, again) = (meta.dtype, Region::whole(&meta.shape), draw.clone());
    let one: Vec<_> =
        params.iter().map(|param| (param.len() == 1).then(|| Region::whole(param.shape()))).collect();
    let needs = move |region: &Region| {
        let params = one.iter().map(|one| one.clone().unwrap_or_else(|| region.clone()));
        params.enumerate().collect()
    };
    let make = move |region: &Region, params: &[Array]| {
        let (own, draw) = (region.clone(), draw.clone());
        let meta = Meta::new(dtype, region.lengths.clone());
        Array::whole(op, params.to_vec(), meta, move |chunks| draw(&own, chunks))
    };
    let made = Array::whole(op, params, meta, move |chunks| again(&whole, chunks))?;
    Ok(made.with_rule(Rule::by(needs, make)))
}

/// The parameter as real numbers of 64 bits.
pub(super) fn real(op: &'static str, param: Operand) -> Result<Array, Error> {
    let param = param.array(op)?;
    match param.dtype().is_real() {
        true => astype(&param, DType::Float64),
        false => Err(Error::DType { op, takes: "real numbers", dtype: param.dtype() }),
    }
}

/// Parameters of one element stay; others have one for each element.
pub(super) fn spread(op: &'static str, params: Vec<Array>, shape: &[usize]) -> Result<Vec<Array>, Error> {
    let one = |param: Array| match param.len() == 1 {
        true => Ok(param),
        false => broadcast_to(op, &param, shape),
    };
    params.into_iter().map(one).collect()
}

fn values<const N: usize>(chunks: &[Chunk]) -> Result<[&[f64]; N], Error> {
    let found: Vec<&[f64]> = chunks.iter().map(Chunk::values::<f64>).collect::<Result<_, _>>()?;
    found.try_into().map_err(|_| Error::Defect("random parameters"))
}

#[inline]
fn at<const N: usize>(params: &[&[f64]; N], element: usize) -> [f64; N] {
    params.map(|values| values[if values.len() == 1 { 0 } else { element }])
}

/// As many elements, each of its own draws: blocks side by side. What the first of them says that fails is said.
pub(super) fn elements<T: Element>(
    stream: &Stream,
    count: usize,
    draw: impl Fn(usize, &mut Draws<'_>) -> Result<T, Error> + Sync,
) -> Result<Data, Error> {
    elements_in(stream, &[count], &Region::whole(&[count]), draw)
}

/// The elements of a box, each of its own draws, which do not depend on the box; `draw` is told their numbers in it.
fn elements_in<T: Element>(
    stream: &Stream,
    shape: &[usize],
    region: &Region,
    draw: impl Fn(usize, &mut Draws<'_>) -> Result<T, Error> + Sync,
) -> Result<Data, Error> {
    let mut out = vec![T::default(); region.count()];
    let strides = shape::strides(shape);
    let outer = region.lengths.len().saturating_sub(1);
    let row = region.lengths.last().copied().unwrap_or(1).max(1);
    let first = |row: usize| {
        let mut row = row;
        let mut at = region.start.last().copied().unwrap_or(0);
        for axis in (0..outer).rev() {
            at += (region.start[axis] + row % region.lengths[axis]) * strides[axis] as usize;
            row /= region.lengths[axis];
        }
        at
    };
    let (length, start): (_, &(dyn Fn(usize) -> usize + Sync)) = match region.lies_together(shape) {
        true => (BLOCK, &|number| first(0) + number * BLOCK),
        false => (row, &first),
    };
    apart::try_chunks(&mut out, length, &|number, out: &mut [T]| {
        let (start, count) = (start(number), out.len());
        fill_from(stream, start, out, &|element: usize, draws: &mut Draws<'_>| {
            // Four are drawn together; some of them may belong to no element of the box.
            match element.checked_sub(start).filter(|at| *at < count) {
                Some(at) => draw(number * length + at, draws),
                None => Ok(T::default()),
            }
        })
    })?;
    Ok(T::data(out))
}

/// Elements from number `start` on, whatever divides it.
fn fill_from<T: Element>(
    stream: &Stream,
    start: usize,
    out: &mut [T],
    draw: &impl Fn(usize, &mut Draws<'_>) -> Result<T, Error>,
) -> Result<(), Error> {
    let over = start % 4;
    if over == 0 {
        return fill(stream, start, out, draw);
    }
    let mut four = [T::default(); 4];
    fill(stream, start - over, &mut four, draw)?;
    let (before, rest) = out.split_at_mut((4 - over).min(out.len()));
    before.copy_from_slice(&four[over..over + before.len()]);
    fill(stream, start - over + 4, rest, draw)
}

/// Elements from number `start` on, which four divides: four have their first words of one block.
#[inline]
fn fill<T: Element>(
    stream: &Stream,
    start: usize,
    out: &mut [T],
    draw: &impl Fn(usize, &mut Draws<'_>) -> Result<T, Error>,
) -> Result<(), Error> {
    for (number, four) in out.chunks_mut(4).enumerate() {
        let first = start + number * 4;
        let words = stream.firsts(first as u64 / 4);
        for (away, (slot, word)) in four.iter_mut().zip(words).enumerate() {
            let element = first + away;
            *slot = draw(element, &mut stream.after(element as u64, word))?;
        }
    }
    Ok(())
}

/// The numbers that a dtype of whole numbers holds.
fn held(dtype: DType) -> Option<(i128, i128)> {
    match dtype {
        DType::Bool => Some((0, 1)),
        _ => ints!(dtype, T => (T::MIN as i128, T::MAX as i128)),
    }
}

/// Whole numbers from `low` to before `high`, or with it.
pub fn integers(
    drawing: Drawing,
    low: Operand,
    high: Operand,
    dtype: DType,
    with_high: bool,
) -> Result<Array, Error> {
    let op = drawing.op;
    let held = held(dtype).ok_or(Error::DType { op, takes: "a dtype of whole numbers", dtype })?;
    if let (Operand::Scalar(Scalar::Int(low)), Operand::Scalar(Scalar::Int(high))) = (&low, &high) {
        let bounds = Bounds::new(*low, *high, with_high, held).map_err(|said| drawing.refused(said))?;
        let (stream, shape) = (drawing.stream, drawing.shape([])?);
        return placed(op, Meta::new(dtype, shape.clone()), move |region| {
            match dtype {
            DType::Bool => elements_in(&stream, &shape, region, |_, draws| Ok(bounded(bounds, draws) != 0)),
            _ => {
                ints!(dtype, T => elements_in(&stream, &shape, region, |_, draws| Ok(bounded(bounds, draws) as T)))
                    .ok_or(Error::Defect(op))?
            }
        }
        });
    }
    let bounds = [low, high].into_iter().map(|bound| whole(op, bound)).collect::<Result<_, _>>()?;
    of_integers(drawing, bounds, dtype, move |chunks, element| {
        let bound = |chunk: &Chunk| match &*chunk.data {
            Data::UInt64(values) => {
                values.get(if values.len() == 1 { 0 } else { element }).map(|one| i128::from(*one))
            }
            Data::Int64(values) => {
                values.get(if values.len() == 1 { 0 } else { element }).map(|one| i128::from(*one))
            }
            _ => None,
        };
        match chunks {
            [low, high] => {
                let (low, high) = (bound(low), bound(high));
                let (low, high) = low.zip(high).ok_or(Error::Defect(op))?;
                Bounds::new(low, high, with_high, held).map_err(|said| Error::refused(op, said))
            }
            _ => Err(Error::Defect(op)),
        }
    })
}

/// A bound, in 64 bits with a sign or without.
fn whole(op: &'static str, bound: Operand) -> Result<Array, Error> {
    let bound = bound.array(op)?;
    match bound.dtype() {
        DType::UInt64 => Ok(bound),
        dtype if dtype.is_integer() || dtype == DType::Bool => astype(&bound, DType::Int64),
        dtype => Err(Error::DType { op, takes: "whole numbers as bounds", dtype }),
    }
}

fn of_integers(
    drawing: Drawing,
    params: Vec<Array>,
    dtype: DType,
    bounds: impl Fn(&[Chunk], usize) -> Result<Bounds, Error> + Clone + Send + Sync + 'static,
) -> Result<Array, Error> {
    let (op, stream) = (drawing.op, drawing.stream);
    let shape = drawing.shape(params.iter().map(Array::shape))?;
    let (params, whole) = (spread(op, params, &shape)?, shape.clone());
    of_params(op, params, Meta::new(dtype, shape), move |region, chunks| {
        if dtype == DType::Bool {
            let draw = |at: usize, draws: &mut Draws<'_>| Ok(bounded(bounds(chunks, at)?, draws) != 0);
            return elements_in(&stream, &whole, region, draw);
        }
        ints!(dtype, T => elements_in(&stream, &whole, region, |at, draws| Ok(bounded(bounds(chunks, at)?, draws) as T)))
            .ok_or(Error::Defect(op))?
    })
}
