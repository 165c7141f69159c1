//! Elements as they come from outside: `.npy`, or bytes of which the caller says what they are.

use std::io::Read;

use super::element::Stored;
use super::error::Error;
use super::wire::{Form, scatter};
use crate::array::npy::{self, Head};
use crate::array::runs::Place;
use crate::array::{BYTES_MAX, DType, Data, shape};

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;

/// What is said of elements before they come, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// How long the array's axes are.
    pub shape: Vec<usize>,
    /// What its elements are.
    pub stored: Stored,
    /// Whether the greatest byte of a number comes first.
    pub big_endian: bool,
    /// Whether the first axis is the densest, and not the last.
    pub fortran: bool,
}

impl Incoming {
    /// What the head of a `.npy` says, versions 1 to 3; `body` stands at the first element then.
    ///
    /// # Errors
    /// [`Error::Metadata`] where it is no such head, or cut off; [`Error::Unsupported`] for objects, texts and
    /// structures.
    pub fn npy(body: &mut impl Read) -> Result<Self, Error> {
        let head = npy::head(body).map_err(|error| Error::metadata(error.0));
        head.and_then(Self::of_head).map_err(|error| error.of("npy"))
    }

    fn of_head(head: Head) -> Result<Self, Error> {
        let structure = || Error::unsupported("a structure", "store each of its fields as an array");
        let (stored, big_endian) = Stored::of_v2(&head.descr.ok_or_else(structure)?.into())?;
        Self { shape: head.shape, stored, big_endian, fortran: head.fortran }.checked()
    }

    /// What the caller says of bytes without a head: dtype as NumPy names it (`float64`, `>i2`, `datetime64[ns]`), shape
    /// as `8,100` with nothing for an array without axes.
    ///
    /// # Errors
    /// [`Error::Metadata`] where it is no shape, [`Error::Unsupported`] where it is no dtype of ours.
    pub fn raw(dtype: &str, shape: &str, fortran: bool) -> Result<Self, Error> {
        let (stored, big_endian) = type_named(dtype).map_err(|error| error.of("dtype"))?;
        let lengths = shape.split(',').map(str::trim).filter(|length| !length.is_empty());
        let lengths = lengths.map(str::parse::<usize>).collect::<Result<Vec<_>, _>>();
        let shape = lengths.map_err(|_| {
            Error::metadata(format!(
                "a shape takes lengths with commas between, as `8,100`, and got {shape:?}"
            ))
            .of("shape")
        })?;
        Self { shape, stored, big_endian, fortran }.checked().map_err(|error| error.of("shape"))
    }

    /// How many elements come.
    pub fn count(&self) -> usize {
        shape::count(&self.shape)
    }

    fn checked(self) -> Result<Self, Error> {
        let bytes = shape::elements(&self.shape).and_then(|count| count.checked_mul(self.stored.bytes()));
        match bytes.is_some_and(|bytes| bytes as u64 <= BYTES_MAX) && self.shape.len() <= shape::AXES_MAX {
            true => Ok(self),
            false => Err(Error::metadata(format!(
                "shape {:?} is beyond the {BYTES_MAX} bytes or the {} axes that an array may have",
                self.shape,
                shape::AXES_MAX
            ))),
        }
    }

    /// The next `count` elements, in the order in which they come. `before` of them came already.
    ///
    /// # Errors
    /// [`Error::Damaged`] where fewer come, [`Error::Read`] where the reader fails.
    pub(super) fn next(&self, body: &mut dyn Read, before: usize, count: usize) -> Result<Data, Error> {
        let width = self.stored.bytes();
        let mut out = Data::zeros(self.stored.held(), count);
        let mut piece = vec![0; PIECE.min(count.saturating_mul(width))];
        let form = Form { stored: self.stored, big_endian: self.big_endian };
        let mut done = 0_usize;
        while done < count {
            let now = (PIECE / width).min(count.saturating_sub(done));
            let bytes =
                piece.get_mut(..now.saturating_mul(width)).ok_or(Error::Defect("a piece of a body"))?;
            let offset = before.saturating_add(done).saturating_mul(width) as u64;
            body.read_exact(bytes).map_err(|source| self.short(source, offset, bytes.len()))?;
            let (from, to) = (Place::dense(&[now], &[]), Place::dense(&[count], &[done]));
            scatter(form, bytes, &from, &[now], &mut out.slice_mut(), &to)?;
            done = done.saturating_add(now);
        }
        Ok(out)
    }

    fn short(&self, source: std::io::Error, offset: u64, bytes: usize) -> Error {
        match source.kind() {
            std::io::ErrorKind::UnexpectedEof => Error::damaged(format!(
                "shape {:?} takes {} bytes, and the body ends before",
                self.shape,
                self.count().saturating_mul(self.stored.bytes())
            )),
            _ => Error::Read { offset, bytes: bytes as u64, source: source.into() },
        }
    }
}

/// The type that NumPy calls so, and whether the greatest byte comes first.
fn type_named(name: &str) -> Result<(Stored, bool), Error> {
    let time = |letter: &str, rest: &str| Stored::of_v2(&format!("<{letter}8{rest}").into());
    match DType::named(name) {
        Some(dtype) => Ok((Stored::of(dtype), false)),
        None => match (name.strip_prefix("datetime64"), name.strip_prefix("timedelta64")) {
            (Some(rest), _) => time("M", rest),
            (_, Some(rest)) => time("m", rest),
            _ => Stored::of_v2(&name.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_head_says_what_comes() {
        let text = "{'descr': '>f2', 'fortran_order': True, 'shape': (3, 4), }";
        let bytes = [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat();
        let found = Incoming::npy(&mut bytes.as_slice()).unwrap();
        let wanted = Incoming {
            shape: vec![3, 4],
            stored: Stored::Plain(DType::Float16),
            big_endian: true,
            fortran: true,
        };
        assert_eq!(found, wanted);
        for end in 0..bytes.len() {
            assert!(Incoming::npy(&mut &bytes[..end]).is_err());
        }
    }

    #[test]
    fn what_is_said_of_bytes_is_checked() {
        assert_eq!(Incoming::raw("int16", "8, 100", false).unwrap().shape, [8, 100]);
        assert_eq!(Incoming::raw("datetime64[ns]", "", false).unwrap().count(), 1);
        assert!(Incoming::raw(">c8", "2", false).unwrap().big_endian);
        for (dtype, shape) in
            [("object", "1"), ("int16", "-1"), ("int16", "2x2"), ("int64", "1152921504606846976"), ("", "1")]
        {
            assert!(Incoming::raw(dtype, shape, false).is_err(), "{dtype} {shape}");
        }
    }
}
