//! A box that is put together of chunks, some rows of them at a time.

use super::apart;
use super::dtype::DType;
use super::element::{Data, Element, SliceMut, each};
use super::error::Error;
use super::grid::Region;

/// Bands for each thread: so many that one slow band does not keep the others waiting.
const BANDS_EACH: usize = 2;
/// Elements up to which a box is not worth another thread.
const FEW: usize = 1 << 16;

/// Writes the elements of a box, which are zeros before, going through so many chunks at a time.
pub(super) type Fill<'a> = dyn Fn(&Region, &mut SliceMut<'_>, usize) -> Result<(), Error> + Sync + 'a;

/// The elements of a box of an array in chunks of shape `chunk`: bands of whole chunks side by side, each of them chunk by
/// chunk; where it has no two rows of chunks, all of it at once, and some of its chunks side by side.
///
/// # Errors
/// Those of `fill`.
pub(super) fn filled(dtype: DType, region: &Region, chunk: &[usize], fill: &Fill<'_>) -> Result<Data, Error> {
    let mut out = Data::zeros(dtype, region.count());
    let threads = apart::threads();
    let Some(height) = height(region, chunk, threads) else {
        fill(region, &mut out.slice_mut(), threads)?;
        return Ok(out);
    };
    let row = region.lengths.iter().skip(1).product::<usize>().max(1);
    each!(Data, &mut out, values => apart::try_chunks(values, height.saturating_mul(row), &|number, values| {
        let mut band = region.clone();
        if let (Some(start), Some(length)) = (band.start.first_mut(), band.lengths.first_mut()) {
            *start = start.saturating_add(number.saturating_mul(height));
            *length = values.len() / row;
        }
        fill(&band, &mut Element::slice_mut(values), 1)
    }))?;
    Ok(out)
}

/// How many rows a band has: whole chunks. Nothing where there is one.
fn height(region: &Region, chunk: &[usize], threads: usize) -> Option<usize> {
    let (start, length, chunk) = (*region.start.first()?, *region.lengths.first()?, *chunk.first()?);
    let is_cut = start.checked_rem(chunk)? != 0;
    if is_cut || threads == 1 || region.count() <= FEW {
        return None;
    }
    let rows = length.div_ceil(chunk).div_ceil(threads.saturating_mul(BANDS_EACH)).max(1);
    Some(rows.saturating_mul(chunk)).filter(|height| *height < length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_of_whole_chunks_and_have_the_whole_box_together() {
        let number = |row: usize, column: usize| (row * 1000 + column) as i64;
        for (start, lengths, chunk) in
            [([0, 0], [700, 300], [70, 100]), ([140, 5], [333, 700], [70, 100]), ([3, 0], [400, 400], [7, 9])]
        {
            let region = Region { start: start.to_vec(), lengths: lengths.to_vec() };
            apart::everywhere(|| {
                let fill: &Fill<'_> = &|band, out, at_once| {
                    let is_all = *band == region;
                    assert!(is_all || (band.start[0].is_multiple_of(chunk[0]) && at_once == 1), "{band:?}");
                    let SliceMut::Int64(values) = out else { return Err(Error::Defect("another dtype")) };
                    for (at, value) in values.iter_mut().enumerate() {
                        let (row, column) = (at / band.lengths[1], at % band.lengths[1]);
                        *value = number(band.start[0] + row, band.start[1] + column);
                    }
                    Ok(())
                };
                let rows = (0..lengths[0]).flat_map(|row| (0..lengths[1]).map(move |column| (row, column)));
                let wanted: Vec<i64> =
                    rows.map(|(row, column)| number(start[0] + row, start[1] + column)).collect();
                assert!(filled(DType::Int64, &region, &chunk, fill) == Ok(Data::Int64(wanted)));
            });
        }
    }

    #[test]
    fn what_one_band_says_is_said() {
        let region = Region::whole(&[1000, 1000]);
        let fill: &Fill<'_> = &|band, _, _| match band.start[0] {
            0 => Ok(()),
            _ => Err(Error::Stopped),
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build();
        let made = pool.map(|pool| pool.install(|| filled(DType::Bool, &region, &[10, 10], fill)));
        assert!(matches!(made, Ok(Err(Error::Stopped))));
    }
}
