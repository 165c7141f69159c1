//! Elements as stored bytes, and stored bytes as elements: a box of them at a time.

use half::f16;
use num_complex::Complex;

use super::element::Stored;
use super::error::Error;
use crate::array::element::each;
use crate::array::runs::{Place, Run, rows};
use crate::array::{Data, Element, Slice, SliceMut};

/// How the bytes of one element lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) stored: Stored,
    pub(super) big_endian: bool,
}

/// An element that has bytes in both orders.
pub(super) trait Wire: Element {
    /// How many.
    const BYTES: usize;

    /// The element of its bytes.
    fn take(bytes: &[u8], big: bool) -> Self;

    /// Writes its bytes.
    fn put(self, out: &mut [u8], big: bool);
}

macro_rules! numbers {
    ($($type:ty)*) => { $(impl Wire for $type {
        const BYTES: usize = size_of::<$type>();

        fn take(bytes: &[u8], big: bool) -> Self {
            let bytes = bytes.first_chunk().copied().unwrap_or_default();
            if big { Self::from_be_bytes(bytes) } else { Self::from_le_bytes(bytes) }
        }

        fn put(self, out: &mut [u8], big: bool) {
            if let Some(out) = out.first_chunk_mut() {
                *out = if big { self.to_be_bytes() } else { self.to_le_bytes() };
            }
        }
    })* };
}

numbers! { i8 i16 i32 i64 u8 u16 u32 u64 f16 f32 f64 }

impl Wire for bool {
    const BYTES: usize = 1;

    fn take(bytes: &[u8], _: bool) -> Self {
        bytes.first().is_some_and(|byte| *byte != 0)
    }

    fn put(self, out: &mut [u8], _: bool) {
        if let Some(out) = out.first_mut() {
            *out = self.into();
        }
    }
}

macro_rules! complex {
    ($($part:ty)*) => { $(impl Wire for Complex<$part> {
        const BYTES: usize = 2 * size_of::<$part>();

        fn take(bytes: &[u8], big: bool) -> Self {
            let (re, im) = bytes.split_at_checked(size_of::<$part>()).unwrap_or_default();
            Self::new(<$part>::take(re, big), <$part>::take(im, big))
        }

        fn put(self, out: &mut [u8], big: bool) {
            if let Some((re, im)) = out.split_at_mut_checked(size_of::<$part>()) {
                self.re.put(re, big);
                self.im.put(im, big);
            }
        }
    })* };
}

complex! { f32 f64 }

/// Reads a box of stored bytes into a buffer of elements.
///
/// # Errors
/// [`Error::Defect`] where a buffer is smaller than the box, or of another dtype.
pub(super) fn scatter(
    form: Form,
    bytes: &[u8],
    from: &Place,
    lengths: &[usize],
    out: &mut SliceMut<'_>,
    to: &Place,
) -> Result<(), Error> {
    each!(SliceMut, out, out => elements(form, bytes, from, lengths, out, to))
}

fn elements<T: Wire>(
    form: Form,
    bytes: &[u8],
    from: &Place,
    lengths: &[usize],
    out: &mut [T],
    to: &Place,
) -> Result<(), Error> {
    if form.stored.held() != T::DTYPE {
        return Err(Error::Defect("reading a chunk as another dtype"));
    }
    match form.big_endian {
        false => taken(bytes, T::BYTES, from, lengths, out, to, |bytes| T::take(bytes, false)),
        true => taken(bytes, T::BYTES, from, lengths, out, to, |bytes| T::take(bytes, true)),
    }
}

fn taken<T: Copy>(
    bytes: &[u8],
    width: usize,
    from: &Place,
    lengths: &[usize],
    out: &mut [T],
    to: &Place,
    take: impl Fn(&[u8]) -> T,
) -> Result<(), Error> {
    let defect = || Error::Defect("the place of a chunk");
    rows(lengths, from, to, |run| {
        let bytes = bytes.get(run.from.saturating_mul(width)..).ok_or_else(defect)?;
        let bytes = bytes.get(..extent(run.len, run.from_step).saturating_mul(width)).ok_or_else(defect)?;
        let out = out.get_mut(run.to..).and_then(|out| out.get_mut(..extent(run.len, run.to_step)));
        let out = out.ok_or_else(defect)?;
        match run {
            Run { from_step: 1, to_step: 1, .. } => {
                for (slot, bytes) in out.iter_mut().zip(bytes.chunks_exact(width)) {
                    *slot = take(bytes);
                }
            }
            Run { from_step, to_step, .. } => {
                let steps = bytes.chunks_exact(width).step_by(from_step.max(1));
                for (slot, bytes) in out.iter_mut().step_by(to_step.max(1)).zip(steps) {
                    *slot = take(bytes);
                }
            }
        }
        Ok(())
    })
}

/// How many places `len` elements take that lie `step` apart.
fn extent(len: usize, step: usize) -> usize {
    len.saturating_sub(1).saturating_mul(step).saturating_add(1)
}

/// Writes a box of elements into a buffer of stored bytes.
///
/// # Errors
/// [`Error::Defect`] where a buffer is smaller than the box, or of another dtype.
pub(super) fn gather(
    form: Form,
    source: Slice<'_>,
    from: &Place,
    lengths: &[usize],
    out: &mut [u8],
    to: &Place,
) -> Result<(), Error> {
    each!(Slice, source, source => stored(form, source, from, lengths, out, to))
}

fn stored<T: Wire>(
    form: Form,
    source: &[T],
    from: &Place,
    lengths: &[usize],
    out: &mut [u8],
    to: &Place,
) -> Result<(), Error> {
    if form.stored.held() != T::DTYPE {
        return Err(Error::Defect("writing a chunk of another dtype"));
    }
    match form.big_endian {
        false => put(source, from, lengths, out, T::BYTES, to, |value, out| value.put(out, false)),
        true => put(source, from, lengths, out, T::BYTES, to, |value, out| value.put(out, true)),
    }
}

fn put<T: Copy>(
    source: &[T],
    from: &Place,
    lengths: &[usize],
    out: &mut [u8],
    width: usize,
    to: &Place,
    write: impl Fn(T, &mut [u8]),
) -> Result<(), Error> {
    let defect = || Error::Defect("the place of a chunk");
    rows(lengths, from, to, |run| {
        let source = source.get(run.from..).and_then(|source| source.get(..extent(run.len, run.from_step)));
        let source = source.ok_or_else(defect)?;
        let out = out.get_mut(run.to.saturating_mul(width)..).ok_or_else(defect)?;
        let out = out.get_mut(..extent(run.len, run.to_step).saturating_mul(width)).ok_or_else(defect)?;
        match run {
            Run { from_step: 1, to_step: 1, .. } => {
                for (slot, value) in out.chunks_exact_mut(width).zip(source) {
                    write(*value, slot);
                }
            }
            Run { from_step, to_step, .. } => {
                let steps = source.iter().step_by(from_step.max(1));
                for (slot, value) in out.chunks_exact_mut(width).step_by(to_step.max(1)).zip(steps) {
                    write(*value, slot);
                }
            }
        }
        Ok(())
    })
}

/// The stored bytes of the one element that `fill` holds.
pub(super) fn element_bytes(form: Form, fill: &Data) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; form.stored.bytes()];
    let place = Place { offset: 0, strides: Vec::new() };
    gather(form, fill.slice(), &place, &[], &mut out, &place)?;
    Ok(out)
}

/// Writes the one element that `fill` holds all over a box.
///
/// # Errors
/// [`Error::Defect`] where the buffer is smaller than the box, or of another dtype.
pub(super) fn spread(
    fill: &Data,
    lengths: &[usize],
    out: &mut SliceMut<'_>,
    to: &Place,
) -> Result<(), Error> {
    let none = Place { offset: 0, strides: vec![0; lengths.len()] };
    each!(SliceMut, out, out => one_all_over(fill, lengths, out, to, &none))
}

fn one_all_over<T: Element>(
    fill: &Data,
    lengths: &[usize],
    out: &mut [T],
    to: &Place,
    none: &Place,
) -> Result<(), Error> {
    let value = T::of(&fill.slice()).and_then(|values| values.first().copied());
    let value = value.ok_or(Error::Defect("the fill value of an array"))?;
    rows(lengths, none, to, |run| {
        let places = out.get_mut(run.to..).and_then(|out| out.get_mut(..extent(run.len, run.to_step)));
        match (places, run.to_step) {
            (Some(places), 1) => places.fill(value),
            (Some(places), step) => places.iter_mut().step_by(step.max(1)).for_each(|slot| *slot = value),
            (None, _) => return Err(Error::Defect("the place of a chunk")),
        }
        Ok(())
    })
}

/// Whether all elements of the bytes are that one.
pub(super) fn is_all(bytes: &[u8], element: &[u8]) -> bool {
    match element.iter().all(|byte| byte == element.first().unwrap_or(&0)) {
        true => bytes.iter().all(|byte| Some(byte) == element.first()),
        false => bytes.chunks(element.len().max(1)).all(|bytes| bytes == element),
    }
}
