//! Brackets: which elements `x[…]` reads.

use super::super::dtype::DType;
use super::super::element::{Data, Element, each};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta, Rule};
use super::super::grid::Region;
use super::super::shape;
use super::super::strided;
use super::elementwise::cast_chunk;
use super::gathered;
use super::picked;
use super::structure::flat;

const OP: &str = "[]";

/// What stands in brackets, between commas.
#[derive(Clone, Debug)]
pub enum Item {
    /// One place on an axis, which goes away.
    At(i64),
    /// `start:stop:step`.
    Slice([Option<i64>; 3]),
    /// `None`: a new axis of length 1.
    New,
    /// `...`: all axes that nobody names.
    Rest,
    /// An array of integers or of booleans.
    Array(Array),
}

/// One step of what an index does, axis by axis of the array that it is of.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// Places at regular distances: first, distance, how many.
    Range(usize, isize, usize),
    /// One place.
    At(usize),
    /// A new axis.
    New,
    /// `...` that stands for no axis: it still stands between index arrays.
    Gap,
    /// The index array of that number, which stands for so many axes.
    Array(usize, usize),
}

/// An index that fits an array's axes.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) parts: Vec<Part>,
    pub(super) lengths: Vec<usize>,
}

/// Whether the shape of what is read depends on values.
pub fn depends_on_values(items: &[Item]) -> bool {
    items.iter().any(|item| matches!(item, Item::Array(array) if array.dtype() == DType::Bool))
}

/// The arrays among the items.
pub(super) fn arrays(items: &[Item]) -> Vec<Array> {
    items
        .iter()
        .filter_map(|item| if let Item::Array(array) = item { Some(array.clone()) } else { None })
        .collect()
}

impl Index {
    pub(super) fn new(lengths: &[usize], items: &[Item]) -> Result<Self, Error> {
        let taken = items.iter().map(|item| match item {
            Item::At(_) | Item::Slice(_) => 1,
            Item::New | Item::Rest => 0,
            Item::Array(array) if array.dtype() == DType::Bool => array.axes(),
            Item::Array(_) => 1,
        });
        let taken: usize = taken.sum();
        if taken > lengths.len() {
            let said = format!(
                "got indices for {taken} axes, and the array has {}: shape {lengths:?}",
                lengths.len()
            );
            return Err(Error::refused(OP, said));
        }
        let mut rest = Some(lengths.len() - taken);
        let (mut parts, mut axis, mut number) = (Vec::new(), 0, 0);
        let whole = |axis: usize| Part::Range(0, 1, lengths[axis]);
        for item in items {
            match item {
                Item::New => parts.push(Part::New),
                Item::Rest => {
                    let count = rest.take().ok_or_else(|| Error::refused(OP, "takes `...` once"))?;
                    if count == 0 {
                        parts.push(Part::Gap);
                    }
                    parts.extend((axis..axis + count).map(whole));
                    axis += count;
                }
                Item::At(index) => {
                    parts.push(Part::At(place(*index, axis, lengths[axis])?));
                    axis += 1;
                }
                Item::Slice(slice) => {
                    parts.push(range(*slice, lengths[axis])?);
                    axis += 1;
                }
                Item::Array(array) => {
                    let axes = if array.dtype() == DType::Bool { array.axes() } else { 1 };
                    if array.dtype() == DType::Bool && array.shape() != &lengths[axis..axis + axes] {
                        let said = format!(
                            "got a mask of shape {:?} for axes of shape {:?}",
                            array.shape(),
                            &lengths[axis..axis + axes]
                        );
                        return Err(Error::refused(OP, said));
                    }
                    if array.dtype() != DType::Bool && !array.dtype().is_integer() {
                        return Err(Error::DType {
                            op: OP,
                            takes: "integers or booleans",
                            dtype: array.dtype(),
                        });
                    }
                    parts.push(Part::Array(number, axes));
                    (axis, number) = (axis + axes, number + 1);
                }
            }
        }
        parts.extend((axis..axis + rest.unwrap_or(0)).map(whole));
        Ok(Self { parts, lengths: lengths.to_vec() })
    }

    /// The least box that has all that it reads, and the same index of that box. It has no index arrays.
    pub(super) fn within(&self) -> (Region, Self) {
        let (mut start, mut lengths, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for part in &self.parts {
            let (first, length, part) = match part {
                Part::At(at) => (*at, 1, Part::At(0)),
                Part::Range(_, _, 0) => (0, 0, Part::Range(0, 1, 0)),
                Part::Range(first, step, count) => {
                    let span = step.unsigned_abs().saturating_mul(count - 1);
                    let low = if *step < 0 { first - span } else { *first };
                    (low, span + 1, Part::Range(first - low, *step, *count))
                }
                other => {
                    parts.push(other.clone());
                    continue;
                }
            };
            start.push(first);
            lengths.push(length);
            parts.push(part);
        }
        (Region { start, lengths: lengths.clone() }, Self { parts, lengths })
    }

    /// Where the axes of the index arrays come in the result: in place where they stand side by side, else first.
    fn is_together(&self) -> bool {
        let is_array = |part: &Part| matches!(part, Part::Array(..) | Part::At(_));
        let first = self.parts.iter().position(is_array).unwrap_or(0);
        let last = self.parts.iter().rposition(is_array).unwrap_or(0);
        self.parts[first..=last].iter().all(is_array)
    }

    /// The same where all of an axis stands for each index array.
    pub(super) fn plain(&self) -> Self {
        let mut axes = self.lengths.iter();
        let parts = self.parts.iter().map(|part| match part {
            Part::New | Part::Gap => part.clone(),
            Part::Range(..) | Part::At(_) => {
                axes.next();
                part.clone()
            }
            Part::Array(..) => Part::Range(0, 1, axes.next().copied().unwrap_or(1)),
        });
        Self { parts: parts.collect(), lengths: self.lengths.clone() }
    }

    pub(super) fn has_arrays(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Array(..)))
    }

    /// The axis of what [`Self::plain`] reads that the one index array stands for, where nothing but slices is beside it.
    pub(super) fn lone(&self) -> Option<usize> {
        let is_plain = |part: &Part| !matches!(part, Part::Array(..) | Part::At(_));
        let own = |part: &&Part| matches!(part, Part::Range(..) | Part::New);
        let fixed = self.parts.iter().filter(|part| !is_plain(part)).count();
        (fixed == 1 && self.has_arrays())
            .then(|| self.parts.iter().take_while(|part| is_plain(part)).filter(own).count())
    }

    /// [`Self::positions`] of index arrays that are still to be computed, in one row.
    pub(super) fn places(&self, arrays: Vec<Array>) -> Result<Array, Error> {
        let together = shape::broadcast_all(OP, arrays.iter().map(Array::shape))?;
        let (index, count) = (self.clone(), shape::count(&self.shape(&together)));
        Array::whole(OP, arrays, Meta::new(DType::Int64, [count]), move |chunks| {
            let (_, places) = index.positions(chunks)?;
            Ok(Data::Int64(places.into_iter().map(|place| place as i64).collect()))
        })
    }

    /// The result's shape, with `together` for the axes of the index arrays.
    pub(super) fn shape(&self, together: &[usize]) -> Vec<usize> {
        let (mut shape, mut placed) = (Vec::new(), !self.has_arrays());
        if !placed && !self.is_together() {
            shape.extend_from_slice(together);
            placed = true;
        }
        for part in &self.parts {
            match part {
                Part::Range(_, _, count) => shape.push(*count),
                Part::New => shape.push(1),
                Part::Gap => {}
                Part::At(_) | Part::Array(..) if !placed => {
                    shape.extend_from_slice(together);
                    placed = true;
                }
                Part::At(_) | Part::Array(..) => {}
            }
        }
        shape
    }

    /// The flat positions that it reads, in the order of the result; with the result's shape.
    pub(super) fn positions(&self, chunks: &[Chunk]) -> Result<(Vec<usize>, Vec<isize>), Error> {
        let strides = shape::strides(&self.lengths);
        let mut offset = 0_isize;
        let (mut dims, mut given): (Vec<Dim>, Vec<(Chunk, Option<usize>)>) = (Vec::new(), Vec::new());
        let mut axis = 0;
        for part in &self.parts {
            match part {
                Part::New => dims.push(Dim::Range(0, 1)),
                Part::Gap => {}
                Part::Range(first, step, count) => {
                    offset += *first as isize * strides[axis];
                    dims.push(Dim::Range(step * strides[axis], *count));
                    axis += 1;
                }
                Part::At(at) => {
                    offset += *at as isize * strides[axis];
                    dims.push(Dim::Arrays);
                    axis += 1;
                }
                Part::Array(number, axes) => {
                    let chunk = &chunks[*number];
                    match chunk.data.dtype() {
                        // A truth without axes is an axis of its own: of one place, or of none.
                        DType::Bool if *axes == 0 => {
                            let count =
                                usize::from(cast_chunk(chunk, DType::Bool).values::<bool>()? == [true]);
                            given.push((Chunk::new([count], Data::Int64(vec![0; count])), None));
                        }
                        DType::Bool => {
                            let places = places_of(chunk)?.into_iter();
                            given.extend(places.zip(axis..).map(|(places, axis)| (places, Some(axis))));
                        }
                        _ => given.push((chunk.clone(), Some(axis))),
                    }
                    dims.push(Dim::Arrays);
                    axis += axes;
                }
            }
        }
        let together = shape::broadcast_all(OP, given.iter().map(|(chunk, _)| chunk.shape.as_slice()))?;
        let mut block = vec![0_isize; shape::count(&together)];
        for (chunk, axis) in &given {
            let Some(axis) = axis else { continue };
            let places = cast_chunk(chunk, DType::Int64);
            let layout = strided::Layout {
                offset: 0,
                strides: shape::broadcast_strides(&chunk.shape, &shape::strides(&chunk.shape), &together),
            };
            let mut wide = vec![0_i64; block.len()];
            strided::blocks(&mut wide, |start, piece| {
                if let Ok(values) = places.values::<i64>() {
                    strided::fill(values, &layout, &together, start, piece);
                }
            });
            for (sum, index) in block.iter_mut().zip(wide) {
                *sum += place(index, *axis, self.lengths[*axis])? as isize * strides[*axis];
            }
        }
        let mut order: Vec<Dim> = Vec::with_capacity(dims.len() + 1);
        let mut placed = !self.has_arrays();
        if !placed && !self.is_together() {
            order.push(Dim::Arrays);
            placed = true;
        }
        for dim in dims {
            match dim {
                Dim::Arrays if placed => {}
                Dim::Arrays => {
                    placed = true;
                    order.push(Dim::Arrays);
                }
                range => order.push(range),
            }
        }
        let mut positions = vec![offset];
        for dim in order {
            positions = match dim {
                Dim::Range(_, 1) => positions,
                Dim::Range(step, count) => spread(&positions, count, |at| at as isize * step),
                Dim::Arrays => spread(&positions, block.len(), |at| block[at]),
            };
        }
        Ok((self.shape(&together), positions))
    }
}

enum Dim {
    Range(isize, usize),
    Arrays,
}

fn spread(positions: &[isize], count: usize, by: impl Fn(usize) -> isize) -> Vec<isize> {
    let mut out = Vec::with_capacity(positions.len() * count);
    for position in positions {
        out.extend((0..count).map(|at| position + by(at)));
    }
    out
}

/// The place that an index means, counted from the front.
pub(super) fn place(index: i64, axis: usize, length: usize) -> Result<usize, Error> {
    let found = if index < 0 { index.saturating_add(length as i64) } else { index };
    let found = usize::try_from(found).ok().filter(|found| *found < length);
    found.ok_or(Error::Index { index, axis, length })
}

/// The places of a slice, as Python counts them.
fn range([start, stop, step]: [Option<i64>; 3], length: usize) -> Result<Part, Error> {
    let (step, end) = (step.unwrap_or(1), length as i64);
    if step == 0 {
        return Err(Error::refused(OP, "takes a slice with a step other than 0"));
    }
    let (low, high) = if step > 0 { (0, end) } else { (-1, end - 1) };
    let within = |bound: i64| {
        let from_front = if bound < 0 { bound.saturating_add(end) } else { bound };
        from_front.clamp(low, high)
    };
    let first = start.map_or(if step > 0 { low } else { high }, within);
    let last = stop.map_or(if step > 0 { high } else { low }, within);
    let span = if step > 0 { last - first } else { first - last };
    let count = if span <= 0 { 0 } else { (span as u64 - 1) / step.unsigned_abs() + 1 };
    Ok(Part::Range(first.max(0) as usize, step.clamp(-(1 << 62), 1 << 62) as isize, count as usize))
}

/// For each axis of a mask the places where it is true.
pub fn places_of(mask: &Chunk) -> Result<Vec<Chunk>, Error> {
    let values = cast_chunk(mask, DType::Bool);
    let values = values.values::<bool>()?;
    let found: Vec<usize> = values.iter().enumerate().filter(|(_, is)| **is).map(|(at, _)| at).collect();
    let strides = shape::strides(&mask.shape);
    let axes = mask.shape.iter().zip(&strides);
    Ok(axes
        .map(|(length, stride)| {
            let at = found.iter().map(|at| (*at / (*stride).max(1) as usize % length) as i64);
            Chunk::new([found.len()], Data::Int64(at.collect()))
        })
        .collect())
}

/// `x[items]`, where its shape does not depend on values.
pub fn get(x: &Array, items: &[Item]) -> Result<Array, Error> {
    let index = Index::new(x.shape(), items)?;
    if !index.has_arrays() {
        let (part, inside) = index.within();
        return match x.part_of_stored(&part) {
            Some(part) => view(&part, &inside),
            None => view(x, &index),
        };
    }
    let arrays = arrays(items);
    let together = shape::broadcast_all(OP, arrays.iter().map(Array::shape))?;
    let meta = Meta::new(x.dtype(), index.shape(&together));
    if shape::count(&together) == 0 {
        let none = Data::zeros(meta.dtype, 0);
        return Ok(Array::constant(Chunk::new(meta.shape, none)));
    }
    let inputs = [vec![x.clone()], arrays].concat();
    let read = index.clone();
    let made = Array::whole(OP, inputs, meta, move |chunks| Ok(taken(chunks, &read)?.1))?;
    Ok(match made.is_empty() {
        true => made,
        false => made.with_rule(Rule::Instead(Box::new(move |inputs, _| Ok(vec![instead(inputs, &index)?])))),
    })
}

/// What an index with arrays reads, box by box: along one axis, where one array stands in it alone; else one by one.
fn instead(inputs: &[Array], index: &Index) -> Result<Array, Error> {
    let [x, arrays @ ..] = inputs else { return Err(Error::Defect(OP)) };
    let together = shape::broadcast_all(OP, arrays.iter().map(Array::shape))?;
    let all = index.shape(&together);
    if let ([places], Some(axis)) = (arrays, index.lone()) {
        let places = places.clone().reshaped(OP, vec![places.len()])?;
        return picked::picked(OP, &view(x, &index.plain())?, &places, axis)?.reshaped(OP, all);
    }
    let places = index.places(arrays.to_vec())?;
    picked::picked(OP, &flat(OP, x)?, &places, 0)?.reshaped(OP, all)
}

/// The elements of whole arrays along an axis at places.
pub(super) fn take_whole(x: &Array, places: &Array, axis: usize) -> Result<Array, Error> {
    let mut items = vec![Item::Slice([None; 3]); axis];
    items.push(Item::Array(places.clone()));
    let index = Index::new(x.shape(), &items)?;
    let meta = Meta::new(x.dtype(), index.shape(places.shape()));
    Array::whole(OP, vec![x.clone(), places.clone()], meta, move |chunks| Ok(taken(chunks, &index)?.1))
}

/// How `x[items]`, whose shape depends on values, comes to be.
enum Route<'a> {
    /// One mask shows elements of all of it: they are found box by box.
    Shown(&'a Array),
    /// By the places that masks show.
    Places,
    /// At once: a truth without axes is among the masks.
    AtOnce,
}

impl<'a> Route<'a> {
    fn of(x: &Array, items: &'a [Item]) -> Self {
        let mut masks = items.iter().filter_map(mask);
        match items {
            [Item::Array(mask)] if mask.shape() == x.shape() && x.axes() > 0 => Self::Shown(mask),
            _ if masks.any(|mask| mask.axes() == 0) => Self::AtOnce,
            _ => Self::Places,
        }
    }
}

fn mask(item: &Item) -> Option<&Array> {
    match item {
        Item::Array(mask) if mask.dtype() == DType::Bool => Some(mask),
        _ => None,
    }
}

/// What has to be known before `x[items]` can be made, whose shape depends on values.
pub fn got(op: &'static str, x: &Array, items: &[Item]) -> Result<Array, Error> {
    let index = Index::new(x.shape(), items)?;
    match Route::of(x, items) {
        Route::Shown(mask) => Ok(gathered::selected(op, x, mask)),
        Route::Places => {
            let masks: Vec<Array> = items.iter().filter_map(mask).cloned().collect();
            if let [mask] = &*masks {
                return Ok(gathered::nonzero(op, mask));
            }
            let dtypes = vec![DType::Int64; masks.iter().map(Array::axes).sum()];
            Ok(Array::open(op, masks, dtypes, |masks| {
                Ok(masks.iter().map(places_of).collect::<Result<Vec<_>, _>>()?.concat())
            }))
        }
        Route::AtOnce => {
            let inputs = [vec![x.clone()], arrays(items)].concat();
            Ok(Array::open(op, inputs, vec![x.dtype()], move |chunks| {
                let (shape, data) = taken(chunks, &index)?;
                Ok(vec![Chunk::new(shape, data)])
            }))
        }
    }
}

/// `x[items]`, once that is known.
pub fn found(x: &Array, items: &[Item], known: &[Chunk]) -> Result<Array, Error> {
    let mut known = known.iter().cloned().map(Array::constant);
    if !matches!(Route::of(x, items), Route::Places) {
        return known.next().ok_or(Error::Defect(OP));
    }
    let placed = items.iter().flat_map(|item| match mask(item) {
        Some(mask) => known.by_ref().take(mask.axes()).map(Item::Array).collect(),
        None => vec![item.clone()],
    });
    get(x, &placed.collect::<Vec<_>>())
}

fn taken(chunks: &[Chunk], index: &Index) -> Result<(Vec<usize>, Data), Error> {
    let (x, arrays) = chunks.split_first().ok_or(Error::Defect(OP))?;
    let (shape, positions) = index.positions(arrays)?;
    let data: &Data = &x.data;
    Ok((shape, each!(Data, data, values => at_positions(values, &positions))))
}

fn at_positions<T: Element>(values: &[T], positions: &[isize]) -> Data {
    let mut out = vec![T::default(); positions.len()];
    strided::blocks(&mut out, |start, piece| {
        let places = &positions[start..start + piece.len()];
        piece.iter_mut().zip(places).for_each(|(out, at)| *out = values[*at as usize]);
    });
    T::data(out)
}

pub(super) fn view(x: &Array, index: &Index) -> Result<Array, Error> {
    let strides = shape::strides(x.shape());
    let (mut offset, mut axis, mut steps) = (0_isize, 0, Vec::new());
    for part in &index.parts {
        match part {
            Part::New => steps.push(0),
            Part::At(at) => {
                offset += *at as isize * strides[axis];
                axis += 1;
            }
            Part::Range(first, step, count) => {
                offset += if *count == 0 { 0 } else { *first as isize * strides[axis] };
                steps.push(if *count > 1 { step.saturating_mul(strides[axis]) } else { 0 });
                axis += 1;
            }
            Part::Array(..) | Part::Gap => {}
        }
    }
    let shape = index.shape(&[]);
    if shape::elements(&shape) == Some(x.len()) && offset == 0 {
        let layout = strided::Layout { offset, strides: steps.clone() };
        if layout.is_dense(&shape) {
            return x.clone().reshaped(OP, shape);
        }
    }
    x.clone().view(OP, shape, offset, steps)
}
