//! Arrays that are made in one go, row by row, of arrays of which some rows are read at a time.

use super::super::element::Data;
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta, Rule, Sweep};
use super::super::grid::Region;
use super::super::part::Boxes;
use super::super::plan::Plan;
use super::made::{Made, put};
use super::{Doing, part, place};

/// How such an array is made.
pub(super) fn sweep_of(array: &Array) -> Result<&dyn Sweep, Error> {
    match array.call().rule.as_deref() {
        Some(Rule::Swept(sweep)) => Ok(&**sweep),
        _ => Err(Error::Defect(array.call().op)),
    }
}

/// The bytes that making it takes.
pub(super) fn bytes_of(array: &Array) -> Result<u64, Error> {
    let sweep = sweep_of(array)?;
    let mut reading = 0;
    for input in &array.call().inputs {
        let rows = sweep.reads().min(input.shape().first().copied().unwrap_or(0));
        let piece = Boxes::default().part(input, &Region::rows(input.shape(), 0, rows))?;
        reading = Plan::new(&[piece]).peak().0.max(reading);
    }
    Ok(sweep.bytes().saturating_add(reading))
}

/// The array in memory.
pub(super) fn whole(array: &Array, doing: &Doing<'_>) -> Result<Chunk, Error> {
    let mut out = Data::zeros(array.dtype(), array.len());
    swept(array, doing, &mut |first, piece| {
        let region = Region::rows(array.shape(), first, piece.shape[0]);
        place(&mut out, array.shape(), &region, &piece.data)
    })?;
    Ok(Chunk::new(array.shape(), out))
}

/// The array in scratch, piece by piece, unless an earlier process has put it there.
pub(super) fn into_scratch(array: &Array, made: &Made, doing: &Doing<'_>) -> Result<(), Error> {
    let scratch = doing.scratch.ok_or(Error::Defect("scratch"))?;
    match scratch.is_resumed() && made.is_all_there(scratch) {
        true => doing.did_box(),
        false => {
            let rows = sweep_of(array)?.rows().max(1);
            let index = |first: usize| {
                let mut index = vec![0; array.axes()];
                index[0] = first / rows;
                index
            };
            swept(array, doing, &mut |first, piece| put(scratch, &made.name(Some(&index(first))), &piece))?;
        }
    }
    made.set_in(scratch)
}

/// Hands each piece on, with the number of its first row.
fn swept(
    array: &Array,
    doing: &Doing<'_>,
    take: &mut dyn FnMut(usize, Chunk) -> Result<(), Error>,
) -> Result<(), Error> {
    let inputs = &array.call().inputs;
    let read = |input: usize, first: usize, count: usize| match doing.cancel.is_cancelled() {
        true => Err(Error::Stopped),
        false => part(&inputs[input], &Region::rows(inputs[input].shape(), first, count), doing.cancel),
    };
    let row = Meta::new(array.dtype(), array.shape().get(1..).unwrap_or_default());
    let mut done = 0;
    sweep_of(array)?.sweep(&read, &mut |piece| {
        let (first, count) = (done, piece.len() / row.len().max(1));
        done += count;
        take(first, Chunk::new([&[count], &*row.shape].concat(), piece))
    })?;
    doing.did_box();
    Ok(())
}
