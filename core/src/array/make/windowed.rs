//! Windows whose elements are all looked at: medians, deviations, weights of a kernel.

use super::super::apart;
use super::super::element::Element;
use super::super::kernels::number::Number;
use super::super::shape;
use super::edges::{Edge, extend};
use super::sliding::Reach;

/// How windows lie on an array of a shape.
pub struct Windows<T> {
    shape: Vec<usize>,
    reaches: Vec<Reach>,
    edge: Edge,
    fill: T,
    /// For each axis the places of all positions that windows reach.
    tables: Vec<Vec<Option<usize>>>,
}

impl<T: Element> Windows<T> {
    /// With a window for each axis, of which there is one at least.
    pub fn new(shape: &[usize], reaches: &[Reach], edge: Edge, fill: T) -> Self {
        let axes = shape.iter().zip(reaches);
        let tables =
            axes.map(|(length, reach)| edge.table(*length, (reach.before, reach.length - 1 - reach.before)));
        let tables = tables.collect();
        Self { shape: shape.to_vec(), reaches: reaches.to_vec(), edge, fill, tables }
    }

    /// How long the lines of the last axis are.
    fn line(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    fn reach(&self) -> Reach {
        self.reaches.last().copied().unwrap_or(Reach { before: 0, length: 1 })
    }

    /// Where the lines begin that the windows of line `number` reach, in the order of the windows' elements.
    fn starts(&self, number: usize) -> Vec<Option<usize>> {
        let strides = shape::strides(&self.shape);
        let outer = self.shape.len() - 1;
        let (mut index, mut rest) = (vec![0; outer], number);
        for axis in (0..outer).rev() {
            (index[axis], rest) = (rest % self.shape[axis], rest / self.shape[axis]);
        }
        let mut starts = vec![Some(0)];
        for axis in 0..outer {
            let window = &self.tables[axis][index[axis]..index[axis] + self.reaches[axis].length];
            let stride = strides[axis] as usize;
            let further = |start: &Option<usize>| {
                let start = *start;
                window.iter().map(move |place| Some(start? + (*place)? * stride)).collect::<Vec<_>>()
            };
            starts = starts.iter().flat_map(further).collect();
        }
        starts
    }

    /// What `make` says of the elements of each window.
    pub fn each<R: Element>(&self, values: &[T], make: impl Fn(&mut [T]) -> R + Send + Sync) -> Vec<R> {
        let mut out = vec![R::default(); values.len()];
        let (table, window) = (self.tables.last().map_or(&[][..], Vec::as_slice), self.reach().length);
        apart::chunks(&mut out, self.line(), &|number, out| {
            let (starts, mut seen) = (self.starts(number), Vec::new());
            for (at, slot) in out.iter_mut().enumerate() {
                seen.clear();
                for start in &starts {
                    for place in &table[at..at + window] {
                        match start.zip(*place) {
                            Some((start, place)) => seen.push(values[start + place]),
                            None if self.edge == Edge::Constant => seen.push(self.fill),
                            None => {}
                        }
                    }
                }
                *slot = make(&mut seen);
            }
        });
        out
    }
}

impl<T: Number> Windows<T> {
    /// The sum of the elements of each window, each by its weight; the last element by the first weight.
    pub fn weighted(&self, values: &[T], weights: &[T]) -> Vec<T> {
        let mut out = vec![T::default(); values.len()];
        let (line, reach) = (self.line(), self.reach());
        apart::chunks(&mut out, line, &|number, out| {
            let mut longer = vec![self.fill; line + reach.length - 1];
            for (start, weights) in self.starts(number).into_iter().zip(weights.rchunks(reach.length)) {
                match start {
                    Some(start) => {
                        extend(&values[start..start + line], reach.before, self.edge, self.fill, &mut longer)
                    }
                    None => longer.fill(self.fill),
                }
                for (at, weight) in weights.iter().rev().enumerate() {
                    let reached = longer[at..].iter();
                    out.iter_mut().zip(reached).for_each(|(out, value)| *out = out.add(weight.mul(*value)));
                }
            }
        });
        out
    }
}
