//! Rows that are merged of others.

use super::super::element::Data;
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Merge, Rule};
use super::super::grid::Region;
use super::made::{Made, put};
use super::{Doing, part, place};

/// How a row is merged.
pub(super) fn merge_of(array: &Array) -> Result<&dyn Merge, Error> {
    match array.call().rule.as_deref() {
        Some(Rule::Merged(merge)) => Ok(&**merge),
        _ => Err(Error::Defect(array.call().op)),
    }
}

/// The row in memory.
pub(super) fn whole(array: &Array, doing: &Doing<'_>) -> Result<Chunk, Error> {
    let mut out = Data::zeros(array.dtype(), array.len());
    let mut done = 0;
    merged(array, doing, &mut |piece| {
        let region = Region { start: vec![done], lengths: vec![piece.len()] };
        done += piece.len();
        place(&mut out, array.shape(), &region, &piece)
    })?;
    Ok(Chunk::new(array.shape(), out))
}

/// The row in scratch, piece by piece.
pub(super) fn into_scratch(array: &Array, made: &Made, doing: &Doing<'_>) -> Result<(), Error> {
    let scratch = doing.scratch.ok_or(Error::Defect("scratch"))?;
    let mut number = 0;
    merged(array, doing, &mut |piece| {
        let chunk = Chunk::new([piece.len()], piece);
        put(scratch, &made.name(Some(&[number])), &chunk)?;
        number += 1;
        Ok(())
    })?;
    made.set_in(scratch)
}

fn merged(
    array: &Array,
    doing: &Doing<'_>,
    write: &mut dyn FnMut(Data) -> Result<(), Error>,
) -> Result<(), Error> {
    let inputs = &array.call().inputs;
    let read = |input: usize, start: usize, length: usize| match doing.cancel.is_cancelled() {
        true => Err(Error::Stopped),
        false => part(&inputs[input], &Region { start: vec![start], lengths: vec![length] }, doing.cancel),
    };
    merge_of(array)?.merge(&read, write)?;
    doing.did_box();
    Ok(())
}
