//! Metadata and files that lie: each is refused with what was read.

use std::ops::Range;

use bytes::Bytes;
use serde_json::{Value, json};

use super::roundtrip::elements;
use super::{dense, read, write};
use pantile_core::array::cut::Cut;
use pantile_core::array::grid::Region;
use pantile_core::array::zarr::{self, Description, Ours, Source, Stored};
use pantile_core::array::{DType, Data, Layout};

fn v3() -> Value {
    json!({
        "zarr_format": 3, "node_type": "array", "shape": [8, 8], "data_type": "int32",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4, 4]}},
        "chunk_key_encoding": {"name": "default"}, "fill_value": 0,
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "zstd", "configuration": {"level": 1}}],
    })
}

fn refusal(change: impl Fn(&mut Value)) -> String {
    let mut said = v3();
    change(&mut said);
    match zarr::read_v3(said.to_string().as_bytes(), "a/zarr.json") {
        Ok(found) => panic!("read as {found:?}"),
        Err(error) => error.to_string(),
    }
}

/// Sets what a JSON pointer leads to.
fn refused(at: &str, value: Value, because: &str) {
    let said = refusal(|all| match all.pointer_mut(at) {
        Some(place) => *place = value.clone(),
        None => all[at.trim_start_matches('/')] = value.clone(),
    });
    assert!(said.starts_with("a/zarr.json: ") && said.contains(because), "{at} = {value}: {said}");
}

#[test]
fn lying_metadata_of_version_3() {
    zarr::read_v3(v3().to_string().as_bytes(), "a").unwrap();
    let chunk = "/chunk_grid/configuration/chunk_shape";
    refused("/shape", json!([1_u64 << 60, 8]), "beyond");
    refused("/shape", json!([u64::MAX, u64::MAX]), "cannot count");
    refused("/shape", json!([-8, 8]), "-8");
    refused("/shape", json!([8.5, 8]), "8.5");
    refused("/shape", json!(8), "must be a list");
    refused("/shape", json!([8, 8, 8]), "one chunk length an axis");
    refused("/shape", json!(vec![1; 70]), "one chunk length an axis");
    refused(chunk, json!([0, 4]), "axis 0 got 0");
    refused(chunk, json!([-1, 4]), "-1");
    refused(chunk, json!([4]), "one chunk length an axis");
    refused(chunk, json!([1_u64 << 40, 1_u64 << 40]), "cannot count");
    refused(chunk, json!([1 << 20, 1 << 20]), "decoded at a time");
    refused("/chunk_grid/name", json!("rectilinear"), "rectilinear");
    refused("/data_type", json!("string"), "string");
    refused(
        "/data_type",
        json!({"name": "numpy.datetime64", "configuration": {"unit": "q"}}),
        "unit of time",
    );
    refused("/fill_value", json!(1_u64 << 40), "1099511627776");
    refused("/fill_value", json!(null), "null");
    refused("/codecs", json!([]), "neither");
    refused("/codecs", json!([{"name": "zfp"}]), "zfp");
    refused("/codecs/1/name", json!("lz77"), "lz77");
    let blosc = |said: Value| json!([{"name": "bytes", "configuration": {"endian": "big"}}, {"name": "blosc", "configuration": said}]);
    refused("/codecs", blosc(json!({"cname": "lzma"})), "lzma");
    refused("/codecs", blosc(json!({"cname": "lz4", "clevel": 10})), "clevel");
    refused("/codecs", blosc(json!({"cname": "lz4", "shuffle": "riffle"})), "shuffle");
    refused("/codecs", blosc(json!({"cname": "lz4", "typesize": -1})), "typesize");
    refused("/codecs", blosc(json!({"cname": "lz4", "blocksize": 1_u64 << 40})), "blocksize");
    refused("/codecs/1/configuration/level", json!(99), "99");
    refused("/codecs/0/configuration/endian", json!("middle"), "middle");
    refused("/codecs/0", json!("bytes"), "no `endian`");
    refused("/zarr_format", json!(2), "must be 3");
    refused("/node_type", json!("group"), "group");
    refused("/extra", json!({"x": 1}), "extra");
    refused("/storage_transformers", json!([{"name": "indirection"}]), "storage_transformers");
    refused("/dimension_names", json!(["x"]), "names 1 axes");
    refused("/dimension_names", json!([1, 2]), "not 1");
    refused(
        "/chunk_key_encoding",
        json!({"name": "default", "configuration": {"separator": "\\"}}),
        "separated",
    );
    refused("/attributes", json!([]), "must be an object");
    let bytes = json!({"name": "bytes", "configuration": {"endian": "big"}});
    let transpose = |order: Value| json!([{"name": "transpose", "configuration": {"order": order}}, bytes]);
    refused("/codecs", transpose(json!([0, 0])), "takes each axis");
    refused("/codecs", transpose(json!([0])), "takes each of 2 axes");
    refused("/codecs", transpose(json!([0, 7])), "takes each of 2 axes");
}

#[test]
fn lying_metadata_of_shards() {
    let bytes = json!({"name": "bytes", "configuration": {"endian": "little"}});
    let shard = |chunk: Value, codecs: Value, index: Value| json!([{"name": "sharding_indexed", "configuration": {"chunk_shape": chunk, "codecs": codecs, "index_codecs": index}}]);
    let plain = json!([bytes]);
    refused("/codecs", shard(json!([3, 4]), plain.clone(), plain.clone()), "no whole number");
    refused("/codecs", shard(json!([0, 4]), plain.clone(), plain.clone()), "no whole number");
    refused("/codecs", shard(json!([4]), plain.clone(), plain.clone()), "no whole number");
    refused("/codecs", shard(json!([2, 2]), plain.clone(), json!([bytes, "gzip"])), "index");
    refused(
        "/codecs",
        shard(json!([2, 2]), shard(json!([2, 2]), plain.clone(), plain.clone()), plain.clone()),
        "shard of shards",
    );
    let mut after = shard(json!([2, 2]), plain.clone(), plain.clone());
    after.as_array_mut().unwrap().push(json!("crc32c"));
    refused("/codecs", after, "after `sharding_indexed`");
    let said = refusal(|all| {
        all["shape"] = json!([1 << 20, 1 << 20]);
        all["chunk_grid"]["configuration"]["chunk_shape"] = json!([1 << 20, 1 << 20]);
        all["codecs"] = shard(json!([1, 1]), plain.clone(), plain.clone());
    });
    assert!(said.contains("more chunks"), "{said}");
}

#[test]
fn lying_metadata_of_version_2() {
    let v2 = json!({
        "zarr_format": 2, "shape": [8, 8], "chunks": [4, 4], "dtype": "<i4", "compressor": null, "fill_value": 0,
        "order": "C", "filters": null,
    });
    let read = |all: &Value, attributes: Option<&str>| {
        zarr::read_v2(all.to_string().as_bytes(), attributes.map(str::as_bytes), "a/.zarray")
    };
    read(&v2, None).unwrap();
    for (name, value, because) in [
        ("dtype", json!("|O"), "pickles"),
        ("dtype", json!("<U8"), "<U8"),
        ("dtype", json!([["a", "<i4"]]), "structure"),
        ("compressor", json!({"id": "lzma"}), "lzma"),
        ("compressor", json!({"id": "blosc", "cname": "zip"}), "zip"),
        ("compressor", json!("zstd"), "must be an object"),
        ("filters", json!([{"id": "delta"}]), "delta"),
        ("filters", json!([{"id": "shuffle", "elementsize": 0}]), "elementsize"),
        ("order", json!("K"), "K"),
        ("chunks", json!([0, 4]), "axis 0 got 0"),
        ("chunks", json!([4]), "one chunk length an axis"),
        ("shape", json!([1_u64 << 60, 2]), "beyond"),
        ("dimension_separator", json!(":"), "separated"),
        ("zarr_format", json!(3), "must be 2"),
    ] {
        let mut said = v2.clone();
        said[name] = value;
        let error = read(&said, None).unwrap_err().to_string();
        assert!(error.starts_with("a/.zarray: ") && error.contains(because), "{name}: {error}");
    }
    let named = read(&v2, Some(r#"{"_ARRAY_DIMENSIONS": ["x"]}"#)).unwrap_err().to_string();
    assert!(named.contains("names 1 axes"), "{named}");
    let nan = read(&v2, Some(r#"{"_FillValue": NaN, "_ARRAY_DIMENSIONS": ["x", "y"]}"#)).unwrap();
    assert_eq!((nan.names[1].as_deref(), nan.attributes.len()), (Some("y"), 1));
}

fn sharded() -> (Description, Data) {
    let cut = Cut { chunk: vec![4, 4], shard: vec![8, 8] };
    let stored = Stored::Plain(DType::Int32);
    let ours = Ours {
        shape: vec![8, 8],
        stored,
        cut,
        fill: None,
        names: Vec::new(),
        attributes: serde_json::Map::new(),
    };
    (Description::ours(ours).unwrap(), elements(stored, 64, 7))
}

/// What is said of a shard whose file was changed.
fn said_of(change: impl Fn(&mut Vec<u8>)) -> String {
    let (description, data) = sharded();
    let mut file = write(&description, &data).remove("c.0.0").unwrap();
    change(&mut file);
    match read(&description, &Region::whole(&[8, 8]), |_| Some(file.clone())) {
        Ok(_) => panic!("it was read"),
        Err(error) => error.to_string(),
    }
}

/// Writes an index of one's own with a checksum that is right.
fn with_index(file: &mut Vec<u8>, change: impl Fn(&mut [u8])) {
    let at = file.len() - 4 * 16 - 4;
    let mut index = file[at..file.len() - 4].to_vec();
    change(&mut index);
    file.truncate(at);
    file.extend(&index);
    file.extend(crc32c(&index).to_le_bytes());
}

/// CRC-32C, bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[test]
fn lying_shards() {
    assert!(said_of(|file| file.truncate(60)).contains("index of its 4 chunks alone takes 68"));
    assert!(said_of(|file| file.truncate(file.len() - 1)).contains("the index of the shard: its checksum"));
    assert!(said_of(|file| file[0] ^= 1).contains("chunk [0, 0] inside of it: its checksum"));
    let outside =
        said_of(|file| with_index(file, |index| index[..8].copy_from_slice(&(1_u64 << 40).to_le_bytes())));
    assert!(outside.contains("puts chunk 0 at byte 1099511627776"), "{outside}");
    let beyond =
        said_of(|file| with_index(file, |index| index[..8].copy_from_slice(&(u64::MAX - 1).to_le_bytes())));
    assert!(beyond.contains("puts chunk 0"), "{beyond}");
    let long =
        said_of(|file| with_index(file, |index| index[8..16].copy_from_slice(&u64::MAX.to_le_bytes())));
    assert!(long.contains("puts chunk 0"), "{long}");
    let short = said_of(|file| with_index(file, |index| index[8] -= 1));
    assert!(short.contains("chunk [0, 0] inside of it: its checksum"), "{short}");
    // A file that grew to something that no chunk of that shape packs into.
    let huge = said_of(|file| {
        let index: Vec<u8> = file.split_off(file.len() - 68);
        file.resize(1 << 20, 0);
        file.extend(index);
        with_index(file, |index| index[8..16].copy_from_slice(&(1_u64 << 19).to_le_bytes()));
    });
    assert!(huge.contains("524288 bytes, and its shape packs into"), "{huge}");
}

#[test]
fn a_reader_that_fails_or_gives_less_is_told_apart_from_damage() {
    let (description, data) = sharded();
    let file = Bytes::from(write(&description, &data).remove("c.0.0").unwrap());
    let decode =
        |read: &(dyn Fn(Range<u64>) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> + Sync)| {
            let mut out = Data::zeros(DType::Int32, 64);
            let source = Source { bytes: file.len() as u64, read, index: None, at_once: 4 };
            zarr::decode(
                &description,
                &source,
                &Region::whole(&[8, 8]),
                &mut out.slice_mut(),
                &dense(&[8, 8]),
            )
            .unwrap_err()
        };
    let failed = decode(&|_| Err("the network is down".into()));
    assert!(matches!(failed, zarr::Error::Read { .. }), "{failed}");
    let short = decode(&|_| Ok(Bytes::from_static(b"short")));
    assert!(matches!(short, zarr::Error::Damaged { .. }), "{short}");
}

#[test]
fn only_wanted_chunks_are_read() {
    let (description, data) = sharded();
    let file = Bytes::from(write(&description, &data).remove("c.0.0").unwrap());
    let seen = std::sync::Mutex::new(Vec::new());
    let read = |range: Range<u64>| {
        seen.lock().unwrap().push(range.clone());
        Ok(file.slice(range.start as usize..range.end as usize))
    };
    let source = Source { bytes: file.len() as u64, read: &read, index: None, at_once: 4 };
    let wanted = Region { start: vec![5, 1], lengths: vec![2, 2] };
    let mut out = Data::zeros(DType::Int32, 4);
    zarr::decode(&description, &source, &wanted, &mut out.slice_mut(), &dense(&[2, 2])).unwrap();
    assert_eq!(super::bits(&out), super::roundtrip::part(&data, &[8, 8], &wanted));
    assert_eq!(seen.lock().unwrap().len(), 2, "the index, and one chunk");
    let index = zarr::shard_index(&description, &source).unwrap();
    seen.lock().unwrap().clear();
    let known = Source { bytes: file.len() as u64, read: &read, index: index.as_ref(), at_once: 4 };
    zarr::decode(&description, &known, &wanted, &mut out.slice_mut(), &dense(&[2, 2])).unwrap();
    assert_eq!(seen.lock().unwrap().len(), 1, "one chunk");
}

#[test]
fn a_place_that_the_target_does_not_have_is_a_defect() {
    let (description, data) = sharded();
    let file = Bytes::from(write(&description, &data).remove("c.0.0").unwrap());
    let read = |range: Range<u64>| Ok(file.slice(range.start as usize..range.end as usize));
    let source = Source { bytes: file.len() as u64, read: &read, index: None, at_once: 4 };
    let whole = Region::whole(&[8, 8]);
    for (count, dtype, wanted) in [
        (63, DType::Int32, whole.clone()),
        (64, DType::Int64, whole.clone()),
        (64, DType::Int32, Region { start: vec![1, 0], lengths: vec![8, 8] }),
        (64, DType::Int32, Region { start: vec![0], lengths: vec![8] }),
    ] {
        let mut out = Data::zeros(dtype, count);
        let found =
            zarr::decode(&description, &source, &wanted, &mut out.slice_mut(), &dense(&wanted.lengths));
        assert!(matches!(found, Err(zarr::Error::Defect(_))), "{found:?}");
    }
    let spread = Layout { offset: 0, strides: vec![0, 0] };
    assert!(zarr::encode(&description, data.slice(), &[8, 8], &spread).is_err());
}
