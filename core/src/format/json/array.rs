//! An array as JSON: its dtype, its shape, its elements in lists in lists.

use arrow::array::RecordBatch;

use super::super::value::{Column, push_string};
use super::super::{Encoder, Ending, Error, Numbers, WriteOptions};
use crate::Code;
use crate::array::times::{NAT, columns, text};
use crate::array::{DType, Meta};

/// `{"dtype":"float64","shape":[2,2],"data":[[1,2],[3,4]]}`.
pub(super) struct ArrayEncoder {
    meta: Meta,
    numbers: Numbers,
    /// Elements so far.
    given: usize,
}

impl ArrayEncoder {
    pub(super) fn new(meta: Meta, options: &WriteOptions) -> Self {
        Self { meta, numbers: options.numbers, given: 0 }
    }

    /// How many lists end, or begin, at element `at`: as many as have a number of elements that divides it.
    fn ends(&self, at: usize) -> usize {
        let mut inside = 1_usize;
        let mut count = 0;
        for length in self.meta.shape.iter().rev() {
            inside = inside.saturating_mul(*length);
            if inside == 0 || !at.is_multiple_of(inside) {
                break;
            }
            count += 1;
        }
        count
    }
}

impl Encoder for ArrayEncoder {
    fn start(&mut self) -> Result<Vec<u8>, Error> {
        let lengths: Vec<String> = self.meta.shape.iter().map(usize::to_string).collect();
        let mut out =
            format!("{{\"dtype\":\"{}\",\"shape\":[{}],\"data\":", self.meta.dtype, lengths.join(","))
                .into_bytes();
        if self.meta.is_empty() {
            out.extend(empty(&self.meta.shape).into_bytes());
        }
        Ok(out)
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        let column = Column::new(batch.column(0), self.numbers);
        let ticks = self.meta.dtype.is_time().then(|| columns::ticks(batch.column(0))).flatten();
        let mut out = Vec::with_capacity(batch.num_rows() * 8);
        for row in 0..batch.num_rows() {
            let lists = self.ends(self.given);
            if self.given > 0 {
                out.push(b',');
            }
            out.extend(std::iter::repeat_n(b'[', lists));
            match ticks.as_ref().and_then(|ticks| ticks.get(row)) {
                Some(tick) => push_time(*tick, self.meta.dtype, &mut out),
                None => column.json(row, &mut out),
            }
            self.given += 1;
            out.extend(std::iter::repeat_n(b']', self.ends(self.given)));
        }
        Ok(out)
    }

    fn finish(&mut self, _: Ending) -> Result<Vec<u8>, Error> {
        // Of an array that is only described there is no element.
        let none = if self.given == 0 && !self.meta.is_empty() { "null" } else { "" };
        Ok(format!("{none}}}\n").into_bytes())
    }

    fn broken(&mut self, code: Code, message: &str) -> Vec<u8> {
        let mut out = b",\"error\":{\"code\":".to_vec();
        push_string(code.as_str(), &mut out);
        out.extend_from_slice(b",\"message\":");
        push_string(message, &mut out);
        out.push(b'}');
        out
    }
}

/// A point in time as its text, a length as the number of its units, NaT as null.
fn push_time(tick: i64, dtype: DType, out: &mut Vec<u8>) {
    match dtype {
        _ if tick == NAT => out.extend_from_slice(b"null"),
        DType::Instant(unit) => {
            let mut said = String::new();
            text::push(tick, unit, &mut said);
            push_string(&said, out);
        }
        _ => out.extend(tick.to_string().into_bytes()),
    }
}

/// Lists without elements: of shape (2, 0) two empty ones.
fn empty(shape: &[usize]) -> String {
    match shape.split_first() {
        Some((length, rest)) if *length > 0 && *length <= 1 << 10 => {
            format!("[{}]", vec![empty(rest); *length].join(","))
        }
        _ => "[]".to_owned(),
    }
}
