//! Stored arrays: what is written is read again, and what lies is refused.

mod archives;
mod files;
mod lies;
mod recut;
mod roundtrip;

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;
use pantile_core::array::grid::Region;
use pantile_core::array::zarr::{self, Description, Source};
use pantile_core::array::{Data, Layout, shape};

/// Files of a store, in memory.
pub type Files = BTreeMap<String, Vec<u8>>;

fn dense(lengths: &[usize]) -> Layout {
    Layout { offset: 0, strides: shape::strides(lengths) }
}

/// A box of an array whose files are those that `file` finds.
fn read(
    description: &Description,
    wanted: &Region,
    file: impl Fn(&str) -> Option<Vec<u8>>,
) -> Result<Data, zarr::Error> {
    let mut out = Data::zeros(description.dtype(), wanted.count());
    let whole = dense(&wanted.lengths);
    for overlap in description.grid()?.overlapping(wanted) {
        let at: isize =
            overlap.target.start.iter().zip(&whole.strides).map(|(at, stride)| *at as isize * stride).sum();
        let layout = Layout { offset: at, strides: whole.strides.clone() };
        let mut slice = out.slice_mut();
        match file(&description.key(&overlap.chunk_index)) {
            None => zarr::fill(description, &overlap.source.lengths, &mut slice, &layout)?,
            Some(bytes) => {
                let bytes = Bytes::from(bytes);
                let read = |range: Range<u64>| Ok(bytes.slice(range.start as usize..range.end as usize));
                let source = Source { bytes: bytes.len() as u64, read: &read, index: None, at_once: 4 };
                crate::on_pool(|| zarr::decode(description, &source, &overlap.source, &mut slice, &layout))?;
            }
        }
    }
    Ok(out)
}

/// The files of an array of those elements.
pub fn write(description: &Description, data: &Data) -> Files {
    let (grid, whole) = (description.grid().unwrap(), dense(&description.shape));
    let mut files = Files::new();
    for index in grid.indices() {
        let region = grid.region(&index).unwrap();
        let at: isize =
            region.start.iter().zip(&whole.strides).map(|(at, stride)| *at as isize * stride).sum();
        let layout = Layout { offset: at, strides: whole.strides.clone() };
        let encode = || zarr::encode(description, data.slice(), &region.lengths, &layout);
        if let Some(encoded) = crate::on_pool(encode).unwrap() {
            files.insert(description.key(&index), encoded.bytes);
        }
    }
    files
}

/// Elements as bytes: what is equal only where every bit is.
fn bits(data: &Data) -> Vec<u8> {
    let mut out = Vec::new();
    pantile_core::array::npy::push(data.slice(), &mut out);
    out
}
