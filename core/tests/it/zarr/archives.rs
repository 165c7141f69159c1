//! Arrays in archives: `.npz`, and Zarr stores of both versions, whole, lying and damaged.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::roundtrip::elements;
use super::{bits, write};
use pantile_core::Code;
use pantile_core::array::grid::Region;
use pantile_core::array::zarr::{self, Body, Chain, Description, Packing};
use pantile_core::array::{DType, Data, Meta, npy, shape};
use pantile_core::format::archive::Archive;
use pantile_core::format::files::{Error, Files};
use pantile_core::format::npz;
use pantile_core::format::zarr_files::{ZarrFiles, arrays, is_zarr};

type Entries = Vec<(String, Vec<u8>)>;

fn zipped(entries: &Entries, method: CompressionMethod) -> Archive<Cursor<Vec<u8>>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(name.as_str(), SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    Archive::open(zip.finish().unwrap(), |_| Ok::<_, Error>(())).unwrap()
}

fn v2(compressor: &Value) -> Value {
    json!({
        "zarr_format": 2, "shape": [10, 7], "chunks": [4, 3], "dtype": "<i4", "compressor": compressor,
        "fill_value": 3, "order": "C", "filters": null,
    })
}

/// The files of an array of version 2 in that folder, and its elements.
fn array(folder: &str, said: &Value, attributes: Option<&Value>) -> (Entries, Data) {
    let attributes = attributes.map(|attributes| attributes.to_string().into_bytes());
    let description = zarr::read_v2(said.to_string().as_bytes(), attributes.as_deref(), ".zarray").unwrap();
    let data = elements(description.stored, shape::count(&description.shape), 7);
    let mut entries = vec![(format!("{folder}.zarray"), said.to_string().into_bytes())];
    entries.extend(attributes.map(|attributes| (format!("{folder}.zattrs"), attributes)));
    entries
        .extend(write(&description, &data).into_iter().map(|(key, bytes)| (format!("{folder}{key}"), bytes)));
    (entries, data)
}

fn whole(files: &dyn Files, asked: Option<&str>) -> Result<(Description, Data), Error> {
    let array = ZarrFiles::open(files, asked)?;
    let region = Region::whole(&array.description.shape);
    let mut out = Data::zeros(array.description.dtype(), region.count());
    array.read(&region, &mut out, || Ok::<_, Error>(()))?;
    Ok((array.description, out))
}

#[test]
fn every_compressor_of_version_2_is_read() {
    let blosc = |cname: &str, shuffle: i32| json!({"id": "blosc", "cname": cname, "clevel": 5, "shuffle": shuffle, "blocksize": 0});
    for compressor in [
        Value::Null,
        json!({"id": "zlib", "level": 1}),
        json!({"id": "gzip", "level": 1}),
        json!({"id": "zstd", "level": 1}),
        blosc("lz4", 1),
        blosc("lz4hc", -1),
        blosc("zstd", 2),
        blosc("zlib", 0),
        blosc("blosclz", 1),
        blosc("snappy", 1),
    ] {
        for (order, dtype, separator) in
            [("C", "<i4", "."), ("F", ">f8", "/"), ("F", "<f2", "."), ("C", "<M8[ms]", ".")]
        {
            let mut said = v2(&compressor);
            said["order"] = order.into();
            said["dtype"] = dtype.into();
            said["dimension_separator"] = separator.into();
            let attributes = json!({"_ARRAY_DIMENSIONS": ["y", "x"], "units": "m"});
            let (entries, data) = array("", &said, Some(&attributes));
            for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
                let files = zipped(&entries, method);
                assert!(is_zarr(&files));
                let (description, found) = whole(&files, None).unwrap();
                assert_eq!(bits(&found), bits(&data), "{said}");
                assert_eq!(description.names, [Some("y".to_owned()), Some("x".to_owned())]);
                assert_eq!(Value::from(description.attributes), json!({"units": "m"}));
            }
        }
    }
}

#[test]
fn one_of_several_arrays_is_named() {
    let (mut entries, data) = array("dem.zarr/high/", &v2(&Value::Null), None);
    let lone = zipped(&entries, CompressionMethod::Stored);
    assert_eq!(bits(&whole(&lone, None).unwrap().1), bits(&data));
    let group = json!({"zarr_format": 3, "node_type": "group", "attributes": {}});
    entries.push(("dem.zarr/zarr.json".to_owned(), group.to_string().into_bytes()));
    entries.extend(array("dem.zarr/low/", &v2(&json!({"id": "zlib", "level": 1})), None).0);
    entries.push(("dem.zarr/.zmetadata".to_owned(), b"{}".to_vec()));
    let files = zipped(&entries, CompressionMethod::Deflated);
    let names: Vec<String> = arrays(&files).unwrap().into_iter().map(|found| found.path).collect();
    assert_eq!(names, ["dem.zarr/high", "dem.zarr/low"]);
    for asked in ["low", "dem.zarr/low", "/dem.zarr/low/"] {
        assert_eq!(bits(&whole(&files, Some(asked)).unwrap().1), bits(&data), "{asked}");
    }
    for asked in [None, Some("dem.zarr"), Some("ow"), Some("../low")] {
        let error = whole(&files, asked).unwrap_err();
        assert!(error.to_string().contains("\"dem.zarr/high\", \"dem.zarr/low\""), "{error}");
        assert_eq!(error.code(), Code::InvalidRequest);
    }
    let none =
        zipped(&vec![("zarr.json".to_owned(), group.to_string().into_bytes())], CompressionMethod::Stored);
    assert!(whole(&none, None).unwrap_err().to_string().contains("holds no array"));
}

#[test]
fn chunks_that_nobody_wrote_are_the_fill_value_and_others_must_be_whole() {
    for compressor in
        [json!(null), json!({"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0})]
    {
        let (mut entries, _) = array("", &v2(&compressor), None);
        entries.retain(|(name, _)| name.starts_with('.') || name == "1.1");
        let files = zipped(&entries, CompressionMethod::Stored);
        let array = ZarrFiles::open(&files, None).unwrap();
        assert_eq!((&array.written, array.written_bytes()), (&vec![vec![1, 1]], 4 * 3 * 4));
        let mut out = Data::zeros(DType::Int32, 6);
        let region = Region { start: vec![8, 0], lengths: vec![2, 3] };
        array.read(&region, &mut out, || Ok::<_, Error>(())).unwrap();
        assert_eq!(out, Data::Int32(vec![3; 6]));
        let stop = array.read(&region, &mut out, || Err(Error::Which("stopped".to_owned())));
        assert_eq!(stop.unwrap_err().to_string(), "stopped");
        for cut in [0, 1, 15, 20] {
            let mut short = entries.clone();
            short.last_mut().unwrap().1.truncate(cut);
            let error = whole(&zipped(&short, CompressionMethod::Stored), None).unwrap_err();
            assert!(error.to_string().starts_with("the chunk is damaged: 1.1: "), "{error}");
            assert_eq!(error.code(), Code::InvalidData);
        }
    }
}

/// A Blosc buffer says of itself how many bytes it unpacks to, how long it is and how it is cut.
#[test]
fn a_head_of_blosc_is_not_believed() {
    let said = json!({"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0});
    let (mut entries, _) = array("", &v2(&said), None);
    entries.retain(|(name, _)| name.starts_with('.') || name == "0.0");
    let changed = |at: usize, bytes: &[u8]| {
        let mut lying = entries.clone();
        lying.last_mut().unwrap().1[at..at + bytes.len()].copy_from_slice(bytes);
        whole(&zipped(&lying, CompressionMethod::Stored), None).unwrap_err().to_string()
    };
    assert!(
        changed(4, &(1_u32 << 30).to_le_bytes())
            .contains("unpacks to 1073741824 bytes, and its shape takes 48")
    );
    assert!(changed(4, &u32::MAX.to_le_bytes()).contains("blosc"));
    assert!(changed(4, &0_u32.to_le_bytes()).contains("blosc"));
    assert!(changed(4, &40_u32.to_le_bytes()).contains("blosc"), "fewer than there are");
    assert!(changed(12, &17_u32.to_le_bytes()).contains("does not go with its bytes"));
    assert!(changed(0, &[9]).contains("blosc"), "a version of the future");
    assert!(changed(8, &u32::MAX.to_le_bytes()).contains("blosc"), "blocks longer than the buffer");
    assert!(changed(8, &0_u32.to_le_bytes()).contains("blosc"), "blocks of nothing");
    assert!(changed(3, &[0]).contains("blosc"), "elements of nothing");
}

#[test]
fn no_bit_of_a_blosc_buffer_makes_more_of_it() {
    let data = Data::Int32((0..2000).map(|at| at / 7).collect());
    for name in ["lz4", "zstd", "zlib", "blosclz", "snappy"] {
        let packing = vec![Packing::Blosc { name, level: 5, shuffle: "bitshuffle", width: 4, block: 1024 }];
        let mut said = v2(&Value::Null);
        said["shape"] = json!([2000]);
        said["chunks"] = json!([2000]);
        let mut description = zarr::read_v2(said.to_string().as_bytes(), None, ".zarray").unwrap();
        description.body = Body::Plain(Chain { order: None, big_endian: false, packing });
        let (_, bytes) = write(&description, &data).pop_first().unwrap();
        let read =
            |bytes: Vec<u8>| super::read(&description, &Region::whole(&[2000]), move |_| Some(bytes.clone()));
        assert_eq!(read(bytes.clone()).unwrap(), data, "{name}");
        for at in 0..bytes.len() {
            for bit in [0, 3, 7] {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1_u8 << bit;
                if let Ok(found) = read(flipped) {
                    assert_eq!(found.len(), 2000);
                }
            }
            assert!(read(bytes[..at].to_vec()).is_err());
        }
    }
}

fn npy_of(data: &Data) -> Vec<u8> {
    [npy::header(&Meta::new(data.dtype(), [data.len()])), bits(data)].concat()
}

#[test]
fn an_npz_is_read_by_name() {
    let (one, two) = (Data::Int16(vec![1, 2, 3]), Data::Float64(vec![0.5]));
    let both = vec![("one.npy".to_owned(), npy_of(&one)), ("a/two.npy".to_owned(), npy_of(&two))];
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let files = zipped(&both, method);
        assert!(!is_zarr(&files));
        assert_eq!(npz::names(&files), ["a/two", "one"]);
        for (asked, wanted) in [("one", "one"), ("one.npy", "one"), ("two", "a/two")] {
            assert_eq!(npz::pick(&files, Some(asked)).unwrap(), wanted);
        }
        for asked in [None, Some("three")] {
            let error = npz::pick(&files, asked).unwrap_err().to_string();
            assert!(error.contains("\"a/two\", \"one\""), "{error}");
        }
        let bytes = npz::open(&files, "one", |incoming, body| {
            assert_eq!(incoming.shape, [3]);
            let mut bytes = Vec::new();
            body.read_to_end(&mut bytes)?;
            Ok::<_, Error>(bytes)
        });
        assert_eq!(bytes.unwrap(), bits(&one));
    }
    let head = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n";
    let objects =
        [b"\x93NUMPY\x01\x00", &(head.len() as u16).to_le_bytes()[..], head.as_bytes(), b"."].concat();
    for (bytes, because) in [
        (objects, "pickles"),
        (b"no array".to_vec(), "does not begin as a .npy does"),
        (b"\x93NUM".to_vec(), "cut off"),
    ] {
        let files = zipped(&vec![("x.npy".to_owned(), bytes)], CompressionMethod::Deflated);
        let error = npz::open(&files, "x", |_, _| Ok::<_, Error>(())).unwrap_err().to_string();
        assert!(error.contains(because), "{error}");
    }
}
