//! A box of an array, as an array of its own: the same calls over boxes of what it is made of, down to what is stored
//! or there. So no more than one box of anything has to be in memory at a time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::element::Data;
use super::error::Error;
use super::graph::{Array, Call, Chunk, Kernel, Meta, Rule};
use super::grid::Region;
use super::prune;
use super::strided::Layout;
use super::view::Places;

/// Boxes that have been made, so that what two of them share is one.
#[derive(Default)]
pub struct Boxes {
    made: HashMap<(*const Call, usize, Region), (Array, Array)>,
}

/// How many elements are computed and read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    /// Of all arrays together.
    pub all: usize,
    /// Of the one that has the most.
    pub most: usize,
    /// Bytes of the one that has the most of those.
    pub bytes: u64,
    /// Elements that are unpacked: all of each chunk of what is stored.
    pub unpacked: usize,
}

/// How a box is made.
enum Way {
    /// It is all of the array.
    Itself,
    /// It has no elements.
    Nothing,
    /// It is cut out of the whole array.
    Cut,
    /// It is read.
    Read,
    /// It is known without reading: all of its elements are true, or none is.
    Known(bool),
    /// A view of a box of the one input.
    Viewed(Places, Region),
    /// By the same call, of boxes of the inputs.
    Again(Vec<(usize, Region)>),
    /// By the same call, of boxes that reach further, and cut out of what comes of it.
    Around(Region, Vec<(usize, Region)>),
    /// By the call's own rule.
    Ruled(Vec<(usize, Region)>),
}

impl Boxes {
    /// That box of the array.
    ///
    /// # Errors
    /// Those of a call's rule.
    pub fn part(&mut self, array: &Array, region: &Region) -> Result<Array, Error> {
        // Calls may hang on one another by the ten thousand: what is still to be made waits here, not on the stack.
        let mut open = vec![(array.clone(), region.clone())];
        while let Some((array, region)) = open.last().cloned() {
            if self.known(&array, &region).is_some() {
                open.pop();
                continue;
            }
            let way = way(&array, &region);
            let inputs = &array.call().inputs;
            let needs = needs(&way).into_iter().map(|(input, region)| (inputs[input].clone(), region));
            let needs: Vec<(Array, Region)> = needs.collect();
            let before = open.len();
            open.extend(needs.iter().filter(|(array, region)| self.known(array, region).is_none()).cloned());
            if open.len() > before {
                continue;
            }
            let parts = needs.iter().filter_map(|(array, region)| self.known(array, region).cloned());
            let made = built(&array, &region, way, parts.collect())?;
            self.made.insert(key(&array, &region), (made, array));
            open.pop();
        }
        self.known(array, region).cloned().ok_or(Error::Defect(array.call().op))
    }

    /// What is computed and read for that box.
    pub fn load(array: &Array, region: &Region) -> Load {
        let (mut seen, mut load) = (HashSet::new(), Load::default());
        let mut open = vec![(array.clone(), region.clone())];
        while let Some((array, region)) = open.pop() {
            if !seen.insert(key(&array, &region)) || matches!(array.call().kernel, Kernel::Constant(_)) {
                continue;
            }
            let (needs, made) = match way(&array, &region) {
                Way::Nothing => continue,
                // All of it, of all that it is made of.
                Way::Itself | Way::Cut => {
                    let inputs = array.call().inputs.iter().enumerate();
                    (inputs.map(|(at, input)| (at, Region::whole(input.shape()))).collect(), array.len())
                }
                Way::Around(wide, needs) => (needs, wide.count()),
                way => (needs(&way), region.count()),
            };
            load.all = load.all.saturating_add(made);
            load.most = load.most.max(made);
            load.bytes = load.bytes.max((made as u64).saturating_mul(array.dtype().bytes() as u64));
            if let Kernel::Stored(source, own) = &array.call().kernel
                && source.is_packed()
            {
                load.unpacked = load.unpacked.saturating_add(unpacked(source.chunk(), own, &region));
            }
            let inputs = &array.call().inputs;
            open.extend(needs.into_iter().map(|(input, region)| (inputs[input].clone(), region)));
        }
        load
    }

    fn known(&self, array: &Array, region: &Region) -> Option<&Array> {
        self.made.get(&key(array, region)).map(|(made, _)| made)
    }
}

fn key(array: &Array, region: &Region) -> (*const Call, usize, Region) {
    (Arc::as_ptr(array.call()), array.output(), region.clone())
}

fn way(array: &Array, region: &Region) -> Way {
    let call = array.call();
    let is_whole = *region == Region::whole(array.shape());
    if region.count() == 0 {
        return Way::Nothing;
    }
    match (&call.kernel, &call.rule) {
        (Kernel::Constant(_) | Kernel::Stored(..), _) if is_whole => Way::Itself,
        (Kernel::Stored(..), _) => Way::Read,
        (Kernel::Map(_), _) if let Some(truth) = prune::decided(call, region) => Way::Known(truth),
        (Kernel::Map(_), _) => {
            let inputs = call.inputs.iter().enumerate();
            Way::Again(inputs.map(|(number, input)| (number, below(input.shape(), region))).collect())
        }
        _ if let Some(places) = Places::of(call) => {
            let needed = places.touched(region);
            Way::Viewed(places, needed)
        }
        (Kernel::Fold(folding), _) if folding.makes(region, array.shape()) => {
            let gone = (folding.first, folding.end);
            let need = |(number, input): (usize, &Array)| match number < folding.folds.boxed() {
                true => (number, unfolded(gone, &folding.kept, input.shape(), region)),
                false => (number, Region::whole(input.shape())),
            };
            Way::Again(call.inputs.iter().enumerate().map(need).collect())
        }
        (_, Some(rule)) => match &**rule {
            Rule::Lines(along) => {
                let wide = lines(along, array.shape(), region);
                let inputs = call.inputs.iter().enumerate();
                let needs = inputs.map(|(number, input)| (number, lines(along, input.shape(), region)));
                let needs = needs.collect();
                if wide == *region { Way::Again(needs) } else { Way::Around(wide, needs) }
            }
            Rule::Around(reach) => {
                let wide = around(reach, array.shape(), region);
                let others = call.inputs.iter().enumerate().skip(1);
                let others = others.map(|(number, input)| (number, Region::whole(input.shape())));
                Way::Around(wide.clone(), std::iter::once((0, wide)).chain(others).collect())
            }
            Rule::Of(boxed) => Way::Ruled(boxed.needs(&call.inputs, region)),
            Rule::Instead(_) | Rule::Gathered(_) | Rule::Swept(_) | Rule::Once(_) if is_whole => Way::Itself,
            Rule::Instead(_) | Rule::Gathered(_) | Rule::Swept(_) | Rule::Once(_) => Way::Cut,
        },
        _ if is_whole => Way::Itself,
        _ => Way::Cut,
    }
}

fn needs(way: &Way) -> Vec<(usize, Region)> {
    match way {
        Way::Itself | Way::Nothing | Way::Cut | Way::Read | Way::Known(_) => Vec::new(),
        Way::Again(needs) | Way::Around(_, needs) | Way::Ruled(needs) => needs.clone(),
        Way::Viewed(_, needed) => vec![(0, needed.clone())],
    }
}

fn built(array: &Array, region: &Region, way: Way, mut parts: Vec<Array>) -> Result<Array, Error> {
    let call = array.call();
    let meta = Meta::new(array.dtype(), region.lengths.clone());
    let defect = || Error::Defect(call.op);
    match way {
        Way::Itself => Ok(array.clone()),
        Way::Nothing => Ok(Array::constant(Chunk::new(meta.shape, Data::zeros(meta.dtype, 0)))),
        Way::Cut => cut(array, region),
        Way::Read => array.part_of_stored(region).ok_or_else(defect),
        Way::Known(truth) => repeated(Array::constant(Chunk::scalar(truth)), call.op, meta.shape),
        Way::Viewed(places, needed) => {
            let part = parts.pop().ok_or_else(defect)?;
            let (offset, strides) = places.within(region, &needed);
            let layout = Layout { offset, strides };
            match offset == 0 && region.count() == needed.count() && layout.is_dense(&meta.shape) {
                true => part.reshaped(call.op, meta.shape),
                false => part.view(call.op, meta.shape, layout.offset, layout.strides),
            }
        }
        Way::Again(_) => match prune::chosen(call, &parts) {
            Some(part) if part.shape() == region.lengths => Ok(part.clone()),
            Some(part) if part.len() == 1 => repeated(part.clone(), call.op, meta.shape),
            _ => Ok(array.of_boxes(parts, &region.lengths)),
        },
        Way::Around(wide, _) => {
            let start = region.start.iter().zip(&wide.start).map(|(own, wide)| own - wide).collect();
            let inner = Region { start, lengths: region.lengths.clone() };
            cut(&array.of_boxes(parts, &wide.lengths), &inner)
        }
        Way::Ruled(_) => match call.rule.as_deref() {
            Some(Rule::Of(boxed)) => boxed.make(region, parts),
            _ => Err(defect()),
        },
    }
}

/// Elements of the chunks that have a part of a box of a box of what is stored; none where it is not in chunks.
fn unpacked(chunk: Option<&[usize]>, own: &Region, region: &Region) -> usize {
    let Some(chunk) = chunk else { return 0 };
    let axes = own.start.iter().zip(&region.start).zip(&region.lengths).zip(chunk);
    axes.fold(1, |elements: usize, (((own, start), length), chunk)| {
        let (first, chunk) = (own.saturating_add(*start), (*chunk).max(1));
        let chunks = first.saturating_add(*length).div_ceil(chunk).saturating_sub(first / chunk);
        elements.saturating_mul(chunks).saturating_mul(chunk)
    })
}

/// The one element of an array, everywhere.
fn repeated(one: Array, op: &'static str, shape: Vec<usize>) -> Result<Array, Error> {
    let strides = vec![0; shape.len()];
    one.view(op, shape, 0, strides)
}

/// A box of an array that is made whole.
pub(super) fn cut(array: &Array, region: &Region) -> Result<Array, Error> {
    let Layout { offset, strides } = region.layout(array.shape());
    array.clone().view(array.call().op, region.lengths.clone(), offset, strides)
}

/// The box of an array of shape `own` that broadcasts to `region` of the shape that the array broadcasts to.
fn below(own: &[usize], region: &Region) -> Region {
    let missing = region.lengths.len() - own.len();
    let axes = own.iter().enumerate().map(|(axis, length)| match length {
        1 => (0, 1),
        _ => (region.start[missing + axis], region.lengths[missing + axis]),
    });
    let (start, lengths) = axes.unzip();
    Region { start, lengths }
}

/// That box with all of its lines along some axes, of an array that has them as long as `own`.
fn lines(along: &[usize], own: &[usize], region: &Region) -> Region {
    let axes = own.iter().enumerate().map(|(axis, length)| match along.contains(&axis) {
        true => (0, *length),
        false => (region.start[axis], region.lengths[axis]),
    });
    let (start, lengths) = axes.unzip();
    Region { start, lengths }
}

/// The box and what is within reach of it.
fn around(reach: &[usize], shape: &[usize], region: &Region) -> Region {
    let axes = region.start.iter().zip(&region.lengths).zip(reach.iter().zip(shape));
    let axes = axes.map(|((start, length), (reach, own))| {
        let (low, high) = (start.saturating_sub(*reach), (start + length).saturating_add(*reach).min(*own));
        (low, high - low)
    });
    let (start, lengths) = axes.unzip();
    Region { start, lengths }
}

/// What a fold makes that box of the result of, of an array of shape `input` whose axes from the first to before the last
/// of those become one; the others are those of the result.
pub(super) fn unfolded(
    (first, end): (usize, usize),
    kept: &[usize],
    input: &[usize],
    region: &Region,
) -> Region {
    let mut kept = kept.iter();
    let axes = input.iter().enumerate().map(|(axis, length)| match (first..end).contains(&axis) {
        true => (0, *length),
        false => kept.next().map_or((0, *length), |own| (region.start[*own], region.lengths[*own])),
    });
    let (start, lengths) = axes.unzip();
    Region { start, lengths }
}
