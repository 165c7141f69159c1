//! What `x.at[…].set(…)` writes.

use super::super::dtype::DType;
use super::super::element::{Data, Element, each};
use super::super::error::Error;
use super::super::fuse::gathered;
use super::super::graph::{Array, Boxed, Chunk, Limits, Meta, Rule};
use super::super::grid::Region;
use super::super::runs::{self, Place};
use super::super::shape;
use super::super::strided::Layout;
use super::elementwise::{Operand, astype, cast_chunk, choose, full};
use super::index::{Index, Item, Part, arrays, depends_on_values, place, view};
use super::picked::picked;
use super::structure::{broadcast_to, flip};

const OP: &str = "at[].set";

/// `x` with `value` at the items.
pub fn set(x: &Array, items: &[Item], value: Operand) -> Result<Array, Error> {
    let value = match value {
        Operand::Array(array) => astype(&array, x.dtype())?,
        Operand::Scalar(scalar) => full(OP, &[], scalar, x.dtype())?,
    };
    let index = Index::new(x.shape(), items)?;
    if let ([Item::Array(mask)], 1) = (items, value.len())
        && mask.dtype() == DType::Bool
        && value.axes() == 0
    {
        let mut wide = mask.shape().to_vec();
        wide.resize(x.axes(), 1);
        let mask = broadcast_to(OP, &mask.clone().reshaped(OP, wide)?, x.shape())?;
        return choose(&mask, Operand::Array(value), Operand::Array(x.clone()));
    }
    let arrays = arrays(items);
    if !depends_on_values(items) {
        let together = shape::broadcast_all(OP, arrays.iter().map(Array::shape))?;
        let into = index.shape(&together);
        fits(value.shape(), &into)?;
        // Places are looked at, even where nothing is written there.
        if shape::count(&together) == 0 || (arrays.is_empty() && shape::count(&into) == 0) {
            return Ok(x.clone());
        }
        if arrays.is_empty() {
            return in_steps(x, &index, &value);
        }
    }
    at_places(x, index, value, arrays, !depends_on_values(items))
}

/// Axes of length 1 in front do not count, as in NumPy's assignment.
fn without_ones(shape: &[usize], axes: usize) -> &[usize] {
    let mut shape = shape;
    while shape.len() > axes && shape.first() == Some(&1) {
        shape = &shape[1..];
    }
    shape
}

fn fits(value: &[usize], into: &[usize]) -> Result<(), Error> {
    let own = without_ones(value, into.len());
    match shape::broadcast(OP, own, into).is_ok_and(|both| both == into) {
        true => Ok(()),
        false => Err(Error::Broadcast { op: OP, left: value.to_vec(), right: into.to_vec() }),
    }
}

/// The value for each of the places.
fn fitted(value: &Array, into: &[usize]) -> Result<Array, Error> {
    let own = without_ones(value.shape(), into.len());
    broadcast_to(OP, &value.clone().reshaped(OP, own.to_vec())?, into)
}

/// Where slices and single places write: on each axis from a first place on, at every so many.
#[derive(Clone)]
struct Steps(Vec<Step>);

#[derive(Clone, Copy)]
struct Step {
    first: usize,
    step: usize,
    count: usize,
}

/// Where nothing but slices and single places stands in the brackets.
fn in_steps(x: &Array, index: &Index, value: &Array) -> Result<Array, Error> {
    let axes = index.shape(&[]).len();
    let own = without_ones(value.shape(), axes);
    let own = [&*vec![1; axes - own.len()], own].concat();
    let (least, _) = index.within();
    let (mut steps, mut lengths, mut back) = (Vec::with_capacity(x.axes()), Vec::new(), Vec::new());
    let mut of_value = own.iter().enumerate();
    for part in &index.parts {
        match part {
            Part::At(_) => {
                steps.push(Step { first: least.start[steps.len()], step: 1, count: 1 });
                lengths.push(1);
            }
            Part::Range(_, step, count) => {
                let (axis, length) = of_value.next().ok_or(Error::Defect(OP))?;
                if *step < 0 {
                    back.push(axis as i64);
                }
                let first = least.start[steps.len()];
                steps.push(Step { first, step: step.unsigned_abs(), count: *count });
                lengths.push(*length);
            }
            Part::New => _ = of_value.next(),
            Part::Gap | Part::Array(..) => {}
        }
    }
    let value = value.clone().reshaped(OP, own.clone())?;
    let value = if back.is_empty() { value } else { flip(OP, &value, Some(&back))? };
    written(Steps(steps), x, &value.reshaped(OP, lengths)?)
}

/// `x`, with values at such steps: one on each axis, or one for all of it.
fn written(steps: Steps, x: &Array, value: &Array) -> Result<Array, Error> {
    let own = steps.clone();
    let made = Array::whole(OP, vec![x.clone(), value.clone()], x.meta().clone(), move |chunks| {
        let [x, value] = chunks else { return Err(Error::Defect(OP)) };
        let (mut out, dense) = (Data::clone(&x.data), Place::dense(&x.shape, &[]));
        let first: Vec<usize> = own.0.iter().map(|step| step.first).collect();
        let apart = own.0.iter().zip(&dense.strides).map(|(own, stride)| own.step.saturating_mul(*stride));
        let to = Place { offset: dense.at(&first).offset, strides: apart.collect() };
        let mut from = Place::dense(&value.shape, &[]);
        let repeated = from.strides.iter_mut().zip(&value.shape).filter(|(_, length)| **length == 1);
        repeated.for_each(|(stride, _)| *stride = 0);
        let counts: Vec<usize> = own.0.iter().map(|step| step.count).collect();
        runs::copy(&counts, value.data.slice(), &from, &mut out.slice_mut(), &to)?;
        Ok(out)
    })?;
    let repeats = value.shape().iter().map(|length| *length == 1).collect();
    Ok(made.with_rule(Rule::Of(Box::new(InSteps { steps, repeats }))))
}

impl Steps {
    /// Of what lies in a box: where it is in the box, and which of the values it gets; nothing where nothing does.
    fn within(&self, region: &Region) -> Option<(Self, Region)> {
        let axes = self.0.iter().zip(region.start.iter().zip(&region.lengths));
        let found = axes.map(|(own, (start, length))| {
            let before = |end: usize| end.saturating_sub(own.first).div_ceil(own.step).min(own.count);
            let (from, to) = (before(*start), before(start + length));
            let first = (own.first + from * own.step).checked_sub(*start)?;
            (from < to).then_some((Step { first, step: own.step, count: to - from }, from))
        });
        let (steps, start): (Vec<Step>, Vec<usize>) = found.collect::<Option<Vec<_>>>()?.into_iter().unzip();
        let lengths = steps.iter().map(|step| step.count).collect();
        Some((Self(steps), Region { start, lengths }))
    }
}

/// A box of that: of the array, and of those of the values that it gets.
struct InSteps {
    steps: Steps,
    /// On which axes one value is there for all.
    repeats: Vec<bool>,
}

impl Boxed for InSteps {
    fn needs(&self, _: &[Array], region: &Region) -> Vec<(usize, Region)> {
        let values = self.steps.within(region).map(|(_, mut values)| {
            let ends = values.start.iter_mut().zip(&mut values.lengths);
            let repeated = ends.zip(&self.repeats).filter(|(_, repeats)| **repeats);
            repeated.for_each(|((start, length), _)| (*start, *length) = (0, 1));
            (1, values)
        });
        [(0, region.clone())].into_iter().chain(values).collect()
    }

    fn make(&self, region: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        match (&*parts, self.steps.within(region)) {
            ([x, value], Some((own, _))) => written(own, x, value),
            ([x], None) => Ok(x.clone()),
            _ => Err(Error::Defect(OP)),
        }
    }
}

/// Where index arrays write, element by element; box by box where their shapes do not depend on values.
fn at_places(
    x: &Array,
    index: Index,
    value: Array,
    arrays: Vec<Array>,
    by_boxes: bool,
) -> Result<Array, Error> {
    let own = index.clone();
    let inputs = [vec![x.clone(), value], arrays].concat();
    let made = Array::whole(OP, inputs, x.meta().clone(), move |chunks| {
        let [x, value, arrays @ ..] = chunks else { return Err(Error::Defect(OP)) };
        let (into, positions) = own.positions(arrays)?;
        fits(&value.shape, &into)?;
        let own = without_ones(&value.shape, into.len());
        let strides = shape::broadcast_strides(own, &shape::strides(own), &into);
        let new = gathered(value.data.slice(), Layout { offset: 0, strides }, &into);
        let mut out = Data::clone(&x.data);
        each!(Data, &mut out, out => {
            let new = Element::of(&new.slice()).ok_or(Error::Defect(OP))?;
            positions.iter().zip(new).for_each(|(at, new)| out[*at as usize] = *new);
            Ok::<_, Error>(())
        })?;
        Ok(out)
    })?;
    if !by_boxes {
        return Ok(made);
    }
    let way = move |inputs: &[Array], _: Limits| {
        let [x, value, arrays @ ..] = inputs else { return Err(Error::Defect(OP)) };
        let together = shape::broadcast_all(OP, arrays.iter().map(Array::shape))?;
        let value = fitted(value, &index.shape(&together))?;
        let made = match (arrays, index.lone()) {
            ([places], Some(axis)) => along_axis(x, &index, value, (places, axis)),
            _ => scattered(x, &index, value, arrays.to_vec()),
        };
        Ok(vec![made?])
    };
    Ok(made.with_rule(Rule::Instead(Box::new(way))))
}

/// The same box by box, where one index array stands for an axis, among slices: which of the values each place of the axis gets
/// is an index array itself.
fn along_axis(
    x: &Array,
    index: &Index,
    value: Array,
    (places, axis): (&Array, usize),
) -> Result<Array, Error> {
    let plain = index.plain();
    let inner = view(x, &plain)?;
    let length = inner.shape()[axis];
    let of_x = index.parts.iter().take_while(|part| !matches!(part, Part::Array(..)));
    let of_x = of_x.filter(|part| matches!(part, Part::Range(..))).count();
    let given = move |places: &Chunk| {
        let (mut is_given, mut which) = (vec![false; length], vec![0; length]);
        let places = cast_chunk(places, DType::Int64);
        for (number, at) in places.values::<i64>()?.iter().enumerate() {
            let at = place(*at, of_x, length)?;
            (is_given[at], which[at]) = (true, number as i64);
        }
        Ok::<_, Error>(vec![Data::Bool(is_given), Data::Int64(which)])
    };
    let [is_given, which] = match places.known() {
        Some(places) => {
            let constants =
                given(places)?.into_iter().map(|data| Array::constant(Chunk::new([length], data)));
            constants.collect::<Vec<_>>()
        }
        None => {
            let metas = vec![Meta::new(DType::Bool, [length]), Meta::new(DType::Int64, [length])];
            Array::several(OP, vec![places.clone()], metas, move |chunks| given(&chunks[0]))?
        }
    }
    .try_into()
    .map_err(|_| Error::Defect(OP))?;
    let mut lengths = inner.shape().to_vec();
    lengths[axis] = places.len();
    let new = picked(OP, &value.reshaped(OP, lengths)?, &which, axis)?;
    let mut along = vec![1; inner.axes()];
    along[axis] = length;
    let chosen = choose(&is_given.reshaped(OP, along)?, Operand::Array(new), Operand::Array(inner))?;
    in_steps(x, &plain, &chosen)
}

/// The same where several do: a box gets those of the values whose places lie in it.
fn scattered(x: &Array, index: &Index, value: Array, arrays: Vec<Array>) -> Result<Array, Error> {
    let places = index.places(arrays)?;
    let count = places.len();
    let metas = vec![Meta::new(DType::Int64, [count]), Meta::new(x.dtype(), [count])];
    // In their order, so that those of a box are found; of equal ones the last comes last, and stays.
    let in_order = Array::several(OP, vec![places, value.reshaped(OP, vec![count])?], metas, |chunks| {
        let places = chunks[0].values::<i64>()?;
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by_key(|number| places[*number]);
        let values: &Data = &chunks[1].data;
        let values = each!(Data, values, values => {
            Element::data(order.iter().map(|number| values[*number]).collect())
        });
        Ok(vec![Data::Int64(order.iter().map(|number| places[*number]).collect()), values])
    })?;
    let scattered = Scattered { lengths: x.shape().to_vec(), count };
    let inputs = [vec![x.clone()], in_order].concat();
    let made = scattered.written(&Region::whole(x.shape()), inputs)?;
    Ok(made.with_rule(Rule::Of(Box::new(scattered))))
}

struct Scattered {
    /// How long the axes are of the array that the places are in.
    lengths: Vec<usize>,
    /// How many places there are.
    count: usize,
}

impl Scattered {
    fn written(&self, region: &Region, inputs: Vec<Array>) -> Result<Array, Error> {
        let meta = Meta::new(inputs.first().ok_or(Error::Defect(OP))?.dtype(), region.lengths.clone());
        let (strides, dense) = (shape::strides(&self.lengths), shape::strides(&region.lengths));
        // The first place of the box, and the last one.
        let corner = |last: usize| {
            let axes = region.start.iter().zip(&region.lengths).zip(&strides);
            axes.map(|((start, length), stride)| {
                (start + length.saturating_sub(1) * last) as i64 * *stride as i64
            })
            .sum::<i64>()
        };
        let (low, high, region) = (corner(0), corner(1), region.clone());
        let within = move |place: i64| {
            let (mut left, mut found) = (place as usize, 0);
            for (axis, stride) in strides.iter().enumerate() {
                let (own, rest) = (left / *stride as usize, left % *stride as usize);
                let own = own.checked_sub(region.start[axis]).filter(|own| *own < region.lengths[axis])?;
                (left, found) = (rest, found + own * dense[axis] as usize);
            }
            Some(found)
        };
        Array::whole(OP, inputs, meta, move |chunks| {
            let [x, places, value] = chunks else { return Err(Error::Defect(OP)) };
            let places = places.values::<i64>()?;
            let own =
                places.partition_point(|place| *place < low)..places.partition_point(|place| *place <= high);
            let mut out = Data::clone(&x.data);
            each!(Data, &mut out, out => {
                let new: &[_] = Element::of(&value.data.slice()).ok_or(Error::Defect(OP))?;
                for (at, new) in places[own.clone()].iter().zip(&new[own]) {
                    if let Some(at) = within(*at) {
                        out[at] = *new;
                    }
                }
                Ok::<_, Error>(())
            })?;
            Ok(out)
        })
    }
}

impl Boxed for Scattered {
    fn needs(&self, _: &[Array], region: &Region) -> Vec<(usize, Region)> {
        let all = Region::whole(&[self.count]);
        vec![(0, region.clone()), (1, all.clone()), (2, all)]
    }

    fn make(&self, region: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        self.written(region, parts)
    }
}
