//! What is written is read again: whole, and any box of it.

use proptest::prelude::*;
use serde_json::Map;

use super::{Files, bits, read, write};
use pantile_core::array::cut::Cut;
use pantile_core::array::grid::Region;
use pantile_core::array::zarr::{self, Body, Chain, Description, IndexForm, Ours, Packing, Stored, Tick};
use pantile_core::array::{DType, Data, npy, shape};

/// Every type of stored elements.
pub fn types() -> Vec<Stored> {
    let tick = Tick { unit: "s", times: 10 };
    let plain = DType::ALL.iter().copied().map(Stored::Plain);
    plain.chain([Stored::Instant(tick), Stored::Span(tick)]).collect()
}

/// Elements of that type, made of a few bits each, so that some are the fill value.
pub fn elements(stored: Stored, count: usize, seed: u64) -> Data {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    let dtype = stored.held();
    let mut bytes: Vec<u8> = Vec::new();
    for _ in 0..count {
        let value = next() % 4;
        bytes.extend((0..dtype.bytes()).map(|_| if value == 0 { 0 } else { next() }));
    }
    match stored {
        Stored::Plain(DType::Bool) => Data::Bool(bytes.iter().map(|byte| byte % 2 == 1).collect()),
        _ => npy_of(dtype, bytes),
    }
}

fn npy_of(dtype: DType, bytes: Vec<u8>) -> Data {
    let count = bytes.len() / dtype.bytes();
    let meta = pantile_core::array::Meta::new(dtype, [count]);
    let chunk = npy::read(&[npy::header(&meta), bytes].concat()).unwrap();
    std::sync::Arc::into_inner(chunk.data).unwrap()
}

#[derive(Clone, Debug)]
pub struct Case {
    pub shape: Vec<usize>,
    chunk: Vec<usize>,
    times: Vec<usize>,
    body: usize,
    pub turned: [bool; 2],
    big: bool,
    start: bool,
    wanted: Region,
    pub seed: u64,
}

pub fn cases() -> impl Strategy<Value = Case> {
    let axis = (0_usize..9, 1_usize..5, 1_usize..4, 0_usize..9, 0_usize..9);
    let rest = (0_usize..4, any::<[bool; 2]>(), any::<bool>(), any::<bool>(), any::<u64>());
    (prop::collection::vec(axis, 0..4), rest).prop_map(|(axes, (body, turned, big, start, seed))| {
        let begin = |axis: &(usize, usize, usize, usize, usize)| axis.3 % (axis.0 + 1);
        let wanted = Region {
            start: axes.iter().map(begin).collect(),
            lengths: axes.iter().map(|axis| axis.4 % (axis.0 - begin(axis) + 1)).collect(),
        };
        let of = |pick: fn(&(usize, usize, usize, usize, usize)) -> usize| {
            axes.iter().map(pick).collect::<Vec<_>>()
        };
        Case {
            shape: of(|axis| axis.0),
            chunk: of(|axis| axis.1),
            times: of(|axis| axis.2),
            body,
            turned,
            big,
            start,
            wanted,
            seed,
        }
    })
}

pub fn described(case: &Case, stored: Stored) -> Description {
    let shard: Vec<usize> = case.chunk.iter().zip(&case.times).map(|(chunk, times)| chunk * times).collect();
    let cut = Cut { chunk: case.chunk.clone(), shard };
    let ours = Ours {
        shape: case.shape.clone(),
        stored,
        cut,
        fill: None,
        names: Vec::new(),
        attributes: Map::new(),
    };
    let mut description = Description::ours(ours).unwrap();
    let order = |turned: bool| turned.then(|| (0..case.shape.len()).rev().collect::<Vec<_>>());
    let packing = [
        vec![],
        vec![Packing::Crc32c],
        vec![Packing::Zstd { level: 3, checksum: false }],
        vec![Packing::Gzip { level: 1 }],
    ];
    let chain =
        Chain { order: order(case.turned[0]), big_endian: case.big, packing: packing[case.body].clone() };
    description.body = match case.body % 2 {
        0 => {
            description.chunk = case.chunk.clone();
            Body::Plain(chain)
        }
        _ => {
            let index = IndexForm {
                big_endian: case.big,
                checked: case.seed.is_multiple_of(2),
                at_start: case.start,
            };
            let chunk = match case.turned[1] {
                true => case.chunk.iter().rev().copied().collect(),
                false => case.chunk.clone(),
            };
            Body::Shard { order: order(case.turned[1]), chunk, chain, index }
        }
    };
    // What is not ours is as sound as what the metadata say of it.
    zarr::read_v3(zarr::metadata(&description).as_bytes(), "zarr.json").unwrap()
}

/// A box of dense elements.
pub fn part(data: &Data, shape: &[usize], wanted: &Region) -> Vec<u8> {
    let (all, width, strides) = (bits(data), data.dtype().bytes(), shape::strides(shape));
    let mut out = Vec::new();
    for number in 0..wanted.count() {
        let (mut rest, mut at) = (number, 0);
        for axis in (0..shape.len()).rev() {
            at += (wanted.start[axis] + rest % wanted.lengths[axis]) * strides[axis] as usize;
            rest /= wanted.lengths[axis];
        }
        out.extend(&all[at * width..(at + 1) * width]);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_box_is_what_was_written(case in cases(), kind in 0_usize..16) {
        let stored = types()[kind];
        let description = described(&case, stored);
        let data = elements(stored, shape::count(&case.shape), case.seed);
        let files: Files = write(&description, &data);
        let whole = Region::whole(&case.shape);
        for wanted in [&whole, &case.wanted] {
            let found = read(&description, wanted, |key| files.get(key).cloned()).unwrap();
            prop_assert_eq!(bits(&found), part(&data, &case.shape, wanted));
        }
    }

    #[test]
    fn no_damage_makes_more_of_a_file(case in cases(), at in any::<prop::sample::Index>(), bit in 0_u32..8, cut in any::<prop::sample::Index>()) {
        let description = described(&case, Stored::Plain(DType::Int16));
        let data = elements(description.stored, shape::count(&case.shape), case.seed | 1);
        let whole = Region::whole(&case.shape);
        for (key, bytes) in write(&description, &data) {
            let mut flipped = bytes.clone();
            let place = at.index(flipped.len());
            flipped[place] ^= 1_u8 << bit;
            for damaged in [flipped, bytes[..cut.index(bytes.len())].to_vec(), [&bytes[..], b"more"].concat()] {
                // Refused or read as something: neither ends the program nor takes memory without a bound.
                let _ = read(&description, &whole, |asked| (asked == key).then(|| damaged.clone()));
            }
        }
    }
}

#[test]
fn chunks_that_hold_only_the_fill_value_have_no_bytes() {
    let cut = Cut { chunk: vec![4, 4], shard: vec![8, 8] };
    let ours = Ours {
        shape: vec![16, 16],
        stored: Stored::Plain(DType::Float32),
        cut,
        fill: Some(Data::Float32(vec![f32::NAN])),
        names: vec![Some("y".to_owned()), None],
        attributes: Map::new(),
    };
    let description = Description::ours(ours).unwrap();
    let mut values = vec![f32::NAN; 256];
    values[5] = 1.0;
    let data = Data::Float32(values);
    let files = write(&description, &data);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["c.0.0"]);
    // One chunk of at most 64 packed bytes, and the index of four.
    assert!(files["c.0.0"].len() <= 64 + 4 * 16 + 4 + 8);
    let found = read(&description, &Region::whole(&[16, 16]), |key| files.get(key).cloned()).unwrap();
    assert_eq!(bits(&found), bits(&data));
}
