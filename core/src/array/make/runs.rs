//! A long row sorted by runs: each is sorted by itself, and all of them are merged.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Boxed, Meta, Rows, Rule, Sweep};
use super::super::grid::Region;
use super::super::kernels::{all, pick};
use super::super::part::cut;
use super::order::Ordered;

/// Bytes of a run, at the least and at the most.
const RUN_BYTES: [usize; 2] = [4 << 20, 64 << 20];
/// Elements of a run that are read at a time, at the least.
const READ_LOW: usize = 1 << 12;

/// What becomes of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sorting {
    pub(super) op: &'static str,
    pub(super) descending: bool,
    /// Whether it is the places of the elements that are wanted.
    pub(super) places: bool,
}

/// How many elements a run has of a row that is worth it.
pub(super) fn run_of(x: &Array) -> Option<usize> {
    let width = x.dtype().bytes();
    // As large as what is read at once of all runs, where both are within bounds.
    let bytes = (x.len() as f64 * width as f64 * (READ_LOW * width) as f64).sqrt() as usize;
    let run = bytes.clamp(RUN_BYTES[0], RUN_BYTES[1]) / width;
    (x.axes() == 1 && x.len() >= run * 2).then_some(run)
}

/// The row, or the places of its elements, sorted, by runs of so many elements; equal ones stay in their order.
pub(super) fn by_runs(sorting: Sorting, x: &Array, run: usize) -> Result<Array, Error> {
    // So much of each run is read at a time that all of them together are no more than a run.
    let piece = (run / x.len().div_ceil(run)).next_power_of_two().clamp(READ_LOW, run);
    let kept = |places: bool| {
        let array = in_runs(Sorting { places, ..sorting }, x, run)?;
        Ok(array.once(Some(vec![run]), Some(vec![piece])))
    };
    let mut inputs = vec![kept(false)?];
    if sorting.places {
        inputs.push(kept(true)?);
    }
    let dtype = if sorting.places { DType::Int64 } else { x.dtype() };
    let merging = Merging { sorting, dtype: x.dtype(), len: x.len(), run, piece };
    Array::swept(sorting.op, inputs, Meta::new(dtype, x.shape()), merging)
}

/// Each run by itself; of places those within the run.
fn in_runs(sorting: Sorting, x: &Array, run: usize) -> Result<Array, Error> {
    let (op, dtype) = (sorting.op, x.dtype());
    let out = if sorting.places { DType::Int64 } else { dtype };
    let made = Array::whole(op, vec![x.clone()], Meta::new(out, x.shape()), move |chunks| {
        all!(dtype, T => {
            let values = chunks[0].values::<T>()?;
            let runs = values.len().div_ceil(run);
            let one = |at: usize| &values[at * run..((at + 1) * run).min(values.len())];
            let order = |a: &T, b: &T| if sorting.descending { b.order(a) } else { a.order(b) };
            Ok(match sorting.places {
                true => Data::Int64(apart::made(runs, &|at| {
                    let values = one(at);
                    let mut places: Vec<i64> = (0..values.len() as i64).collect();
                    places.sort_by(|a, b| order(&values[*a as usize], &values[*b as usize]));
                    places
                }).concat()),
                false => T::data(apart::made(runs, &|at| {
                    let mut values = one(at).to_vec();
                    values.sort_by(order);
                    values
                }).concat()),
            })
        })
        .ok_or(Error::Defect(op))?
    })?;
    Ok(made.with_rule(Rule::Of(Box::new(Runs { sorting, run, len: x.len() }))))
}

/// A box of the runs is made of those that it touches.
struct Runs {
    sorting: Sorting,
    run: usize,
    len: usize,
}

impl Runs {
    fn whole(&self, region: &Region) -> Region {
        let start = region.start[0] / self.run * self.run;
        let end = (region.start[0] + region.lengths[0]).next_multiple_of(self.run).min(self.len);
        Region { start: vec![start], lengths: vec![end - start] }
    }
}

impl Boxed for Runs {
    fn needs(&self, _: &[Array], region: &Region) -> Vec<(usize, Region)> {
        vec![(0, self.whole(region))]
    }

    fn make(&self, region: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        let [x] = &*parts else { return Err(Error::Defect(self.sorting.op)) };
        let start = vec![region.start[0] - self.whole(region).start[0]];
        cut(&in_runs(self.sorting, x, self.run)?, &Region { start, lengths: region.lengths.clone() })
    }
}

/// The merging of sorted runs.
#[derive(Clone, Copy, Debug)]
struct Merging {
    sorting: Sorting,
    dtype: DType,
    len: usize,
    run: usize,
    piece: usize,
}

/// A run on its way: what has been read of it, and how far it has gone.
struct Open<T> {
    values: Vec<T>,
    places: Vec<i64>,
    at: usize,
    /// Where the next piece begins, and where the run ends.
    next: usize,
    end: usize,
}

/// The first element left of a run; of equal ones that of the first run comes first.
struct First<T> {
    value: T,
    run: usize,
    descending: bool,
}

impl<T: Ordered> Ord for First<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = self.value.order(&other.value);
        let order = if self.descending { order.reverse() } else { order };
        order.then(self.run.cmp(&other.run))
    }
}

impl<T: Ordered> PartialOrd for First<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ordered> PartialEq for First<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T: Ordered> Eq for First<T> {}

impl Merging {
    fn merged<T: Ordered>(
        &self,
        read: &Rows<'_>,
        write: &mut dyn FnMut(Data) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let descending = self.sorting.descending;
        let mut runs: Vec<Open<T>> = (0..self.len.div_ceil(self.run))
            .map(|at| {
                let (next, end) = (at * self.run, ((at + 1) * self.run).min(self.len));
                Open { values: Vec::new(), places: Vec::new(), at: 0, next, end }
            })
            .collect();
        let mut heap = BinaryHeap::with_capacity(runs.len());
        for (run, open) in runs.iter_mut().enumerate() {
            if let Some(value) = self.next_of(open, read)? {
                heap.push(Reverse(First { value, run, descending }));
            }
        }
        let (mut values, mut places) = (Vec::new(), Vec::new());
        while let Some(Reverse(First { value, run, .. })) = heap.pop() {
            let open = &mut runs[run];
            match self.sorting.places {
                true => places.push(open.places[open.at] + (run * self.run) as i64),
                false => values.push(value),
            }
            open.at += 1;
            if let Some(value) = self.next_of(open, read)? {
                heap.push(Reverse(First { value, run, descending }));
            }
            if values.len().max(places.len()) == self.piece {
                write(self.made(&mut values, &mut places))?;
            }
        }
        match values.is_empty() && places.is_empty() {
            true => Ok(()),
            false => write(self.made(&mut values, &mut places)),
        }
    }

    fn made<T: Element>(&self, values: &mut Vec<T>, places: &mut Vec<i64>) -> Data {
        match self.sorting.places {
            true => Data::Int64(std::mem::take(places)),
            false => T::data(std::mem::take(values)),
        }
    }

    /// The first element left of a run.
    fn next_of<T: Element>(&self, open: &mut Open<T>, read: &Rows<'_>) -> Result<Option<T>, Error> {
        if open.at == open.values.len() && open.next < open.end {
            let length = self.piece.min(open.end - open.next);
            open.values = read(0, open.next, length)?.values::<T>()?.to_vec();
            if self.sorting.places {
                open.places = read(1, open.next, length)?.values::<i64>()?.to_vec();
            }
            (open.at, open.next) = (0, open.next + length);
        }
        Ok(open.values.get(open.at).copied())
    }
}

impl Sweep for Merging {
    fn sweep(&self, read: &Rows<'_>, write: &mut dyn FnMut(Data) -> Result<(), Error>) -> Result<(), Error> {
        all!(self.dtype, T => self.merged::<T>(read, write)).ok_or(Error::Defect(self.sorting.op))?
    }

    fn rows(&self) -> usize {
        self.piece
    }

    fn bytes(&self) -> u64 {
        let width = self.dtype.bytes() + if self.sorting.places { size_of::<i64>() } else { 0 };
        // A piece of each run, one as it is read, and one that is made.
        let pieces = self.len.div_ceil(self.run).saturating_add(4);
        (pieces.saturating_mul(self.piece) as u64).saturating_mul(width as u64)
    }
}
