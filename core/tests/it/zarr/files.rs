//! Bodies that come piece by piece, and which arrays the files of a store are.

use std::io::Read;

use proptest::prelude::*;
use serde_json::{Map, json};

use super::roundtrip::{elements, part, types};
use super::{Files, bits, read};
use pantile_core::array::cut::Cut;
use pantile_core::array::grid::Region;
use pantile_core::array::stats::Stats;
use pantile_core::array::zarr::{self, Description, Incoming, Ours, Stored, Written};
use pantile_core::array::{DType, Data, npy, shape};

fn described(incoming: &Incoming, cut: Cut) -> Description {
    let ours = Ours {
        shape: incoming.shape.clone(),
        stored: incoming.stored,
        cut,
        fill: None,
        names: Vec::new(),
        attributes: Map::new(),
    };
    Description::ours(ours).unwrap()
}

fn stored(
    incoming: &Incoming,
    cut: Cut,
    body: &mut (dyn Read + Send),
) -> Result<(Description, Files, Stats), zarr::Error> {
    let description = described(incoming, cut);
    let (mut files, mut all) = (Files::new(), Stats::default());
    let keep = |written: Written| {
        all = all.and(written.stats);
        let key = description.key(&written.chunk_index);
        if let Some(encoded) = written.encoded {
            assert!(files.insert(key, encoded.bytes).is_none(), "a chunk came twice");
        }
        Ok::<_, zarr::Error>(())
    };
    crate::on_pool(|| zarr::write(&description, incoming, body, keep))?;
    Ok((description, files, all))
}

/// The `.npy` of that head and those bytes.
fn npy_of(descr: &str, fortran: &str, lengths: &str, body: Vec<u8>) -> Vec<u8> {
    let head = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {lengths}, }}\n");
    let length = u16::try_from(head.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00".to_vec(), length.to_vec(), head.into_bytes(), body].concat()
}

#[test]
fn a_npy_is_stored_as_it_comes() {
    // Element (i, j) is 100 i + j: column after column, and the greatest byte first.
    let value = |row: i16, column: i16| 100 * row + column;
    let rows: Vec<i16> = (0..30).flat_map(|row| (0..41).map(move |column| value(row, column))).collect();
    let columns: Vec<i16> = (0..41).flat_map(|column| (0..30).map(move |row| value(row, column))).collect();
    let little = columns.iter().flat_map(|value| value.to_le_bytes()).collect();
    let big = rows.iter().flat_map(|value| value.to_be_bytes()).collect();
    let wanted = Data::Int16(rows);
    for bytes in [npy_of("<i2", "True", "(30, 41)", little), npy_of(">i2", "False", "(30, 41)", big)] {
        let mut body = bytes.as_slice();
        let incoming = Incoming::npy(&mut body).unwrap();
        assert_eq!(incoming.stored, Stored::Plain(DType::Int16));
        let (description, files, all) =
            stored(&incoming, Cut { chunk: vec![4, 5], shard: vec![8, 10] }, &mut body).unwrap();
        let found = read(&description, &Region::whole(&[30, 41]), |key| files.get(key).cloned()).unwrap();
        assert_eq!(found, wanted);
        assert_eq!(*npy::read(&bytes).unwrap().data, wanted);
        assert_eq!(all, Stats::of(wanted.slice(), &description.fill, false));
    }
}

#[test]
fn a_npy_of_what_arrays_do_not_hold_is_refused() {
    for (descr, because) in [("|O", "pickles"), ("<U3", "<U3"), ("<M8[q]", "unit of time")] {
        let error = Incoming::npy(&mut npy_of(descr, "False", "(1,)", vec![0; 8]).as_slice()).unwrap_err();
        assert!(error.to_string().starts_with("npy: ") && error.to_string().contains(because), "{error}");
        assert!(npy::read(&npy_of(descr, "False", "(1,)", vec![0; 8])).is_err());
    }
    // Ticks of ten seconds are stored; a program has no such elements.
    let bytes = npy_of("<M8[10s]", "False", "(1,)", vec![0; 8]);
    assert!(Incoming::npy(&mut bytes.as_slice()).is_ok());
    assert!(npy::read(&bytes).is_err());
}

#[test]
fn arrays_of_a_store_are_found() {
    let names = ["zarr.json", "a/.zarray", "a/b/zarr.json", "a/b/c/0/0", "deep/zarr.json", "deep/.zarray"];
    let found = zarr::arrays_in(names, |name| Ok::<_, zarr::Error>(name != "zarr.json")).unwrap();
    let found: Vec<(&str, u8)> = found.iter().map(|found| (found.path.as_str(), found.version)).collect();
    assert_eq!(found, [("a", 2), ("a/b", 3), ("deep", 3)]);
}

#[test]
fn metadata_that_are_put_together_are_read() {
    let v2 = json!({"zarr_consolidated_format": 1, "metadata": {
        ".zgroup": {"zarr_format": 2},
        "a/b/.zarray": {"zarr_format": 2, "shape": [4], "chunks": [2], "dtype": "<f4", "compressor": null,
            "fill_value": 0.0, "order": "C", "filters": null},
        "a/b/.zattrs": {"_ARRAY_DIMENSIONS": ["x"], "units": "m"},
    }});
    let v3 = json!({"zarr_format": 3, "node_type": "group", "consolidated_metadata": {"metadata": {
        "a": {"zarr_format": 3, "node_type": "group"},
        "a/b": {"zarr_format": 3, "node_type": "array", "shape": [4], "data_type": "float32",
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2]}},
            "chunk_key_encoding": {"name": "default"}, "fill_value": 0.0, "dimension_names": ["x"],
            "attributes": {"units": "m"},
            "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}]},
    }}});
    for (all, file) in [(v2, ".zmetadata"), (v3, "zarr.json")] {
        let found = zarr::consolidated(all.to_string().as_bytes(), file).unwrap();
        let array = found["a/b"].as_ref().unwrap();
        assert_eq!((found.len(), &array.names[0]), (1, &Some("x".to_owned())), "{file}");
        assert_eq!((&array.shape, &array.attributes["units"]), (&vec![4], &json!("m")), "{file}");
    }
    assert!(zarr::consolidated(b"{}", "zarr.json").unwrap_err().to_string().starts_with("zarr.json: "));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn whatever_comes_is_what_is_stored(
        axes in prop::collection::vec((0_usize..8, 1_usize..4, 1_usize..4), 0..4),
        kind in 0_usize..16, fortran in any::<bool>(), seed in any::<u64>(),
    ) {
        let stored_type = types()[kind];
        let lengths: Vec<usize> = axes.iter().map(|axis| axis.0).collect();
        let cut = Cut { chunk: axes.iter().map(|axis| axis.1).collect(), shard: axes.iter().map(|axis| axis.1 * axis.2).collect() };
        let incoming = Incoming { shape: lengths.clone(), stored: stored_type, big_endian: false, fortran };
        let data = elements(stored_type, shape::count(&lengths), seed);
        let body = bits(&data);
        let (description, files, all) = stored(&incoming, cut.clone(), &mut body.as_slice()).unwrap();
        let whole = Region::whole(&lengths);
        let found = read(&description, &whole, |key| files.get(key).cloned()).unwrap();
        let turned: Vec<usize> = lengths.iter().rev().copied().collect();
        let wanted = match fortran {
            false => bits(&data),
            // Element (i, j, k) of the array is element (k, j, i) of what came.
            true => {
                let (width, strides) = (data.dtype().bytes(), shape::strides(&turned));
                let came = bits(&data);
                let mut out = Vec::new();
                for number in 0..shape::count(&lengths) {
                    let (mut rest, mut at) = (number, 0);
                    for axis in (0..lengths.len()).rev() {
                        at += rest % lengths[axis] * strides[lengths.len() - 1 - axis] as usize;
                        rest /= lengths[axis];
                    }
                    out.extend(&came[at * width..(at + 1) * width]);
                }
                out
            }
        };
        prop_assert_eq!(bits(&found), wanted);
        prop_assert_eq!(all.count, shape::count(&lengths) as u64);
        prop_assert!(zarr::slab_elements(&description, &incoming).unwrap() <= shape::count(&lengths).max(1));
        let _ = part(&data, &lengths, &whole);
        // One byte more or fewer is refused.
        let more = stored(&incoming, cut.clone(), &mut [&body[..], b"x"].concat().as_slice());
        prop_assert!(more.is_err());
        if !body.is_empty() {
            prop_assert!(stored(&incoming, cut, &mut &body[..body.len() - 1]).is_err());
        }
    }
}
