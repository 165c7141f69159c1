//! Arrays from the chunks that they have into those that are kept.

use proptest::prelude::*;
use serde_json::Map;

use super::roundtrip::{cases, described, elements};
use super::{Files, bits, read, write};
use pantile_core::array::cut::{Cut, recut};
use pantile_core::array::grid::Region;
use pantile_core::array::stats::Stats;
use pantile_core::array::zarr::{self, Description, Ours, Recut, Stored};
use pantile_core::array::{DType, shape};

fn kept(source: &Description, cut: Cut) -> Description {
    let ours = Ours {
        shape: source.shape.clone(),
        stored: source.stored,
        cut,
        fill: Some(source.fill.clone()),
        names: source.names.clone(),
        attributes: Map::new(),
    };
    Description::ours(ours).unwrap()
}

fn through(
    source: &Description,
    files: &Files,
    target: &Description,
    block_bytes: usize,
) -> Result<(Files, Stats), zarr::Error> {
    let written: Vec<Vec<usize>> = files.keys().filter_map(|key| source.index_of(key)).collect();
    assert_eq!(written.len(), files.len());
    let recut = Recut::new(source, &written, target, block_bytes)?;
    let (mut made, mut all) = (Files::new(), Stats::default());
    recut.run::<zarr::Error>(
        |region, data| {
            assert!(region.count() <= recut.block_elements());
            *data = read(source, region, |key| files.get(key).cloned())?;
            Ok(())
        },
        |written| {
            all = all.and(written.stats);
            if let Some(encoded) = written.encoded {
                let key = target.key(&written.chunk_index);
                assert!(made.insert(key, encoded.bytes).is_none(), "a chunk came twice");
            }
            Ok(())
        },
    )?;
    Ok((made, all))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn what_is_cut_anew_is_what_it_was(
        case in cases(), cut in prop::collection::vec((1_usize..6, 1_usize..4), 4), block_bytes in 0_usize..2000,
    ) {
        let source = described(&case, Stored::Plain(DType::Int16));
        let data = elements(source.stored, shape::count(&case.shape), case.seed);
        let files = write(&source, &data);
        let axes = case.shape.len();
        let chosen = Cut {
            chunk: cut.iter().take(axes).map(|axis| axis.0).collect(),
            shard: cut.iter().take(axes).map(|axis| axis.0 * axis.1).collect(),
        };
        let own = recut(DType::Int16, &case.shape, (&source.decoded(), &source.chunk), 1 << 20);
        for cut in [chosen, own] {
            let target = kept(&source, cut);
            let (made, all) = match through(&source, &files, &target, block_bytes) {
                Err(zarr::Error::Apart { times, .. }) => {
                    prop_assert!(times > 64);
                    continue;
                }
                done => done.unwrap(),
            };
            let found = read(&target, &Region::whole(&case.shape), |key| made.get(key).cloned()).unwrap();
            prop_assert_eq!(bits(&found), bits(&data));
            prop_assert!(all.count <= data.len() as u64);
        }
    }

    #[test]
    fn a_name_of_a_file_is_that_of_one_chunk(case in cases(), prefixed in any::<bool>(), slash in any::<bool>()) {
        let mut description = described(&case, Stored::Plain(DType::UInt8));
        description.keys = zarr::Keys { prefixed, separator: if slash { '/' } else { '.' } };
        for index in description.grid().unwrap().indices() {
            prop_assert_eq!(description.index_of(&description.key(&index)), Some(index));
        }
        let beyond = description.grid().unwrap().counts().to_vec();
        if !beyond.is_empty() {
            prop_assert_eq!(description.index_of(&description.key(&beyond)), None);
        }
        for other in ["", "c", "zarr.json", ".zarray", "c/", "c.+0", "00", "0.0.0.0.0", "-1", "c/0/18446744073709551615"] {
            let found = description.index_of(other);
            prop_assert!(found.is_none_or(|index| description.key(&index) == other), "{other}");
        }
    }
}

#[test]
fn what_nobody_wrote_is_not_looked_at() {
    let source = kept(
        &zarr::read_v3(
            br#"{"zarr_format": 3, "node_type": "array", "shape": [1000000, 1000000], "data_type": "uint8",
                "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [10, 10]}},
                "chunk_key_encoding": {"name": "default"}, "fill_value": 0, "codecs": ["bytes"]}"#,
            "zarr.json",
        )
        .unwrap(),
        Cut { chunk: vec![10, 10], shard: vec![10, 10] },
    );
    let target = kept(&source, Cut { chunk: vec![100, 100], shard: vec![1000, 1000] });
    let recut = Recut::new(&source, &[vec![7, 99_999], vec![8, 99_999]], &target, 1 << 20).unwrap();
    assert_eq!(recut.elements(), 1_000_000);
    let mut seen = Vec::new();
    recut
        .run::<zarr::Error>(
            |region, _| {
                seen.push(region.start.clone());
                Ok(())
            },
            |written| {
                assert!(written.encoded.is_none());
                Ok(())
            },
        )
        .unwrap();
    assert_eq!(seen, [vec![0, 999_000]]);
}

#[test]
fn rows_to_columns_are_refused_where_each_chunk_would_be_unpacked_again_and_again() {
    let rows = Cut { chunk: vec![1, 100_000], shard: vec![1, 100_000] };
    let ours = Ours {
        shape: vec![100_000, 100_000],
        stored: Stored::Plain(DType::Float64),
        cut: rows,
        fill: None,
        names: Vec::new(),
        attributes: Map::new(),
    };
    let source = Description::ours(ours).unwrap();
    let columns = kept(&source, Cut { chunk: vec![100_000, 1], shard: vec![100_000, 1] });
    let error = Recut::new(&source, &[], &columns, 1 << 20).err().unwrap().to_string();
    assert!(error.contains("[1, 100000]") && error.contains("`chunks`"), "{error}");
    let own = recut(DType::Float64, &source.shape, (&source.decoded(), &source.chunk), 64 << 20);
    Recut::new(&source, &[], &kept(&source, own), 128 << 20).unwrap();
}
