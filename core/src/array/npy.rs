//! `.npy`, NumPy's own file of one array, version 1.0 to 3.0 (numpy/lib/format.py describes it; no word of it is here).
//!
//! Its head is a dict in Python's grammar, which the language's own parser reads; objects and pickles are refused.

use std::io::{ErrorKind, Read};

use super::element::{Data, Element, Slice, each, of_dtype};
use super::zarr::Stored;
use super::{Array, Chunk, DType, Meta, shape};
use crate::lang::{self, Kind};

const MAGIC: &[u8] = b"\x93NUMPY";
/// Bytes of the longest head that is read.
const HEAD_MAX: usize = 1 << 16;

/// Why bytes are no array.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not readable as npy: {0}")]
pub struct Error(pub(super) String);

fn bad(said: impl Into<String>) -> Error {
    Error(said.into())
}

/// The head of a file that holds such an array.
pub fn header(meta: &Meta) -> Vec<u8> {
    let lengths: String = meta.shape.iter().map(|length| format!("{length}, ")).collect();
    let lengths = match meta.shape.len() {
        1 => lengths.trim_end().to_owned(),
        _ => lengths.trim_end_matches(", ").to_owned(),
    };
    let said =
        format!("{{'descr': '{}', 'fortran_order': False, 'shape': ({lengths}), }}", descr(meta.dtype));
    // The elements begin at a multiple of 64 bytes.
    let filled = (MAGIC.len() + 4 + said.len() + 1).next_multiple_of(64) - MAGIC.len() - 4;
    let mut out = [MAGIC, &[1, 0]].concat();
    out.extend(u16::try_from(filled).unwrap_or(u16::MAX).to_le_bytes());
    out.extend(format!("{said:<width$}\n", width = filled - 1).into_bytes());
    out
}

/// Appends the elements as the file holds them.
pub fn push(values: Slice<'_>, out: &mut Vec<u8>) {
    each!(Slice, values, values => values.iter().for_each(|value| Element::push_le(*value, out)));
}

fn descr(dtype: DType) -> String {
    let said = match dtype {
        DType::Instant(unit) => return format!("<M8[{}]", unit.name()),
        DType::Span(unit) => return format!("<m8[{}]", unit.name()),
        DType::Bool => "|b1",
        DType::Int8 => "|i1",
        DType::Int16 => "<i2",
        DType::Int32 => "<i4",
        DType::Int64 => "<i8",
        DType::UInt8 => "|u1",
        DType::UInt16 => "<u2",
        DType::UInt32 => "<u4",
        DType::UInt64 => "<u8",
        DType::Float16 => "<f2",
        DType::Float32 => "<f4",
        DType::Float64 => "<f8",
        DType::Complex64 => "<c8",
        DType::Complex128 => "<c16",
    };
    said.to_owned()
}

/// What the head of a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// What an element is, as NumPy writes it; nothing where it is a structure.
    pub(super) descr: Option<String>,
    /// Whether the first axis is the densest, and not the last.
    pub(super) fortran: bool,
    /// How long the axes are.
    pub(super) shape: Vec<usize>,
}

/// The array that the bytes of a file are.
///
/// # Errors
/// Bytes that are no such file, that are fewer or more than its head says, and elements of dtypes that arrays do not
/// have: objects, texts, structures.
pub fn read(bytes: &[u8]) -> Result<Chunk, Error> {
    chunk(bytes).map(|(chunk, _)| chunk)
}

/// The same, with times told as such.
///
/// # Errors
/// Those of [`read`].
pub fn array(bytes: &[u8]) -> Result<Array, Error> {
    chunk(bytes).map(|(chunk, dtype)| Array::constant(chunk).telling(dtype))
}

fn chunk(bytes: &[u8]) -> Result<(Chunk, DType), Error> {
    let mut body = bytes;
    let head = head(&mut body)?;
    let (dtype, swapped) = dtype_of(head.descr.as_deref())?;
    let count = shape::elements(&head.shape).ok_or_else(|| bad("its shape is beyond counting"))?;
    let bytes = count.checked_mul(dtype.bytes());
    if bytes != Some(body.len()) {
        let said =
            format!("shape {:?} of {dtype} takes another number of bytes than {}", head.shape, body.len());
        return Err(bad(said));
    }
    let mut data = of_dtype!(dtype, T => T::data(elements::<T>(body, swapped)));
    if head.fortran && head.shape.len() > 1 {
        data = turned(&data, &head.shape);
    }
    Ok((Chunk::new(head.shape, data), dtype))
}

/// What the head of a file of version 1 to 3 says; `body` stands at the first element then.
///
/// # Errors
/// What is no such head, or cut off.
pub(super) fn head(body: &mut impl Read) -> Result<Head, Error> {
    let mut take = |bytes: &mut [u8]| {
        body.read_exact(bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => bad("its head is cut off"),
            _ => bad(format!("its head cannot be read: {error}")),
        })
    };
    let mut start = [0; 8];
    take(&mut start)?;
    let Some([major, _]) = start.strip_prefix(MAGIC) else {
        return Err(bad("it does not begin as a .npy does"));
    };
    let mut length = [0; 4];
    match major {
        1 => take(&mut length[..2])?,
        2 | 3 => take(&mut length)?,
        other => return Err(bad(format!("it is of version {other}, and 1 to 3 are read"))),
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > HEAD_MAX {
        return Err(bad(format!("its head has {length} bytes, and {HEAD_MAX} are read")));
    }
    let mut text = vec![0; length];
    take(&mut text)?;
    let text = std::str::from_utf8(&text).map_err(|_| bad("its head is no text"))?;
    head_of(text.trim())
}

fn head_of(text: &str) -> Result<Head, Error> {
    let program =
        lang::parse(text, &lang::Limits::default()).map_err(|error| bad(format!("its head: {error}")))?;
    let Kind::Dict(pairs) = &program.node(program.result()).kind else {
        return Err(bad("its head is no dict"));
    };
    let value = |name: &str| {
        let found = pairs.iter().find(|(key, _)| program.node(*key).kind == Kind::Str(name.to_owned()));
        found
            .map(|(_, value)| &program.node(*value).kind)
            .ok_or_else(|| bad(format!("its head has no `{name}`")))
    };
    let descr = match value("descr")? {
        Kind::Str(said) => Some(said.clone()),
        _ => None,
    };
    let fortran = *value("fortran_order")? == Kind::Bool(true);
    let Kind::Tuple(lengths) = value("shape")? else { return Err(bad("its shape is no tuple")) };
    let shape = lengths.iter().map(|length| length_of(&program.node(*length).kind));
    Ok(Head { descr, fortran, shape: shape.collect::<Result<_, _>>()? })
}

fn length_of(kind: &Kind) -> Result<usize, Error> {
    match kind {
        Kind::Int(length) => usize::try_from(*length).map_err(|_| bad("its shape is beyond counting")),
        _ => Err(bad("its shape holds no lengths")),
    }
}

fn dtype_of(descr: Option<&str>) -> Result<(DType, bool), Error> {
    let said = descr.ok_or_else(|| bad("it holds structures, and arrays hold numbers of one dtype"))?;
    match Stored::of_v2(&said.into()) {
        Ok((stored, swapped)) if !stored.is_time() || stored.dtype().is_time() => {
            Ok((stored.dtype(), swapped))
        }
        Ok((stored, _)) => {
            let said = "it holds elements of";
            Err(bad(format!("{said} {stored}, and times of arrays are in Y, M, W, D, h, m, s, ms, us or ns")))
        }
        _ if said.get(1..) == Some("O") => {
            Err(bad("it holds Python objects, which are pickles: they are never read"))
        }
        _ => Err(bad(format!("it holds elements of {said:?}, and arrays hold numbers, truths and times"))),
    }
}

fn elements<T: Element>(body: &[u8], swapped: bool) -> Vec<T> {
    let width = T::DTYPE.bytes();
    // Of a complex number each part is turned around by itself.
    let part = if T::DTYPE.is_complex() { width / 2 } else { width };
    let one = |bytes: &[u8]| match swapped {
        false => T::from_le(bytes),
        true => {
            let mut bytes = bytes.to_vec();
            bytes.chunks_mut(part).for_each(<[u8]>::reverse);
            T::from_le(&bytes)
        }
    };
    body.chunks_exact(width).map(one).collect()
}

/// Elements whose first axis is the densest, with the last one so.
fn turned(data: &Data, lengths: &[usize]) -> Data {
    let mut reversed: Vec<usize> = lengths.to_vec();
    reversed.reverse();
    let mut strides = shape::strides(&reversed);
    strides.reverse();
    let layout = super::strided::Layout { offset: 0, strides };
    super::fuse::gathered(data.slice(), layout, lengths)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::times::Unit;
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for shape in [vec![], vec![0], vec![3], vec![2, 3]] {
            let count = shape::count(&shape);
            let chunk = Chunk::new(shape, Data::Int32((0..count as i32).collect()));
            let mut bytes = header(&chunk.meta());
            assert_eq!(bytes.len() % 64, 0);
            push(chunk.data.slice(), &mut bytes);
            assert_eq!(read(&bytes).unwrap(), chunk);
        }
    }

    #[test]
    fn numbers_of_16_bits_come_in_either_order_of_bytes() {
        let chunk =
            Chunk::new([3], Data::Float16([0x7c01, 0x3c00, 0x8000].map(half::f16::from_bits).to_vec()));
        let head = header(&chunk.meta());
        let bits = |chunk: &Chunk| {
            chunk.values::<half::f16>().unwrap().iter().map(|x| x.to_bits()).collect::<Vec<_>>()
        };
        let little = [head.clone(), vec![1, 0x7c, 0, 0x3c, 0, 0x80]].concat();
        let turned = String::from_utf8_lossy(&head[10..]).replace("<f2", ">f2").into_bytes();
        let big = [&head[..10], &turned, &[0x7c, 1, 0x3c, 0, 0x80, 0]].concat();
        assert_eq!((bits(&read(&little).unwrap()), bits(&read(&big).unwrap())), (bits(&chunk), bits(&chunk)));
    }

    #[test]
    fn times_are_told_of_as_numpy_does() {
        for (dtype, descr) in
            [(DType::Instant(Unit::Nano), "'<M8[ns]'"), (DType::Span(Unit::Day), "'<m8[D]'")]
        {
            let mut bytes = header(&Meta::new(dtype, [2]));
            assert!(String::from_utf8_lossy(&bytes).contains(descr));
            push(Slice::Int64(&[i64::MIN, 5]), &mut bytes);
            let array = array(&bytes).unwrap();
            assert_eq!((array.logical(), array.dtype()), (dtype, DType::Int64));
        }
    }

    #[test]
    fn what_is_no_array_is_refused() {
        let objects =
            b"\x93NUMPY\x01\x00\x3c\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }    \n";
        assert!(read(objects).unwrap_err().to_string().contains("pickles"));
        for bytes in [b"".as_slice(), b"\x93NUMPY", b"\x93NUMPY\x01\x00\xff\xff{}"] {
            assert!(read(bytes).is_err());
        }
    }
}
