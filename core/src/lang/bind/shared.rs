//! Arrays that a program writes more than once: they are made once, so that they are computed once.

use std::fmt::Write;

use super::super::Error;
use super::super::args::{Arg, Args};
use super::super::value::Value;
use super::Binder;
use crate::array::Array;
use crate::array::make::elementwise::Operand;
use crate::array::make::index::Item;

/// Bytes of a key, at the most: longer are arguments that are elements.
const KEY_BYTES: usize = 4096;

/// What says all of how something is made.
#[derive(Default)]
pub(super) struct Key {
    text: String,
    /// The arrays that it names by where they are.
    arrays: Vec<Array>,
}

/// What was made under a key; with the arrays that the key names, so that no other is ever where they are.
pub(super) type Shared = (Value, Vec<Array>);

impl Binder<'_> {
    /// What was made under that key before, or is made now.
    pub(super) fn shared(
        &self,
        key: Option<Key>,
        make: impl FnOnce() -> Result<Value, Error>,
    ) -> Result<Value, Error> {
        let Some(Key { text, arrays }) = key.filter(|key| key.text.len() <= KEY_BYTES) else {
            return make();
        };
        if let Some((known, _)) = self.made.borrow().get(&text) {
            return Ok(known.clone());
        }
        let made = make()?;
        if matches!(made, Value::Array(_) | Value::Arrays(_)) {
            self.made.borrow_mut().insert(text, (made.clone(), arrays));
        }
        Ok(made)
    }
}

/// What says all of a call of a function; nothing where an argument is no number, text or array.
pub(super) fn of_call(op: &str, args: &Args) -> Option<Key> {
    let mut key = Key { text: op.to_owned(), ..Key::default() };
    for arg in args.values() {
        key.text.push('\0');
        match arg {
            Arg::None => {}
            Arg::Literal(literal) => write!(key.text, "{literal:?}").ok()?,
            Arg::Array(operand) => key.operand(operand),
            Arg::Arrays(operands) => operands.iter().for_each(|operand| key.operand(operand)),
            _ => return None,
        }
    }
    Some(key)
}

/// What says all of an array's brackets.
pub(super) fn of_items(x: &Array, items: &[Item]) -> Key {
    let mut key = Key { text: "[]".to_owned(), ..Key::default() };
    key.array(x);
    for item in items {
        match item {
            Item::Array(array) => key.array(array),
            other => key.text.push_str(&format!(" {other:?}")),
        }
    }
    key
}

impl Key {
    fn operand(&mut self, operand: &Operand) {
        match operand {
            Operand::Array(array) => self.array(array),
            Operand::Scalar(scalar) => self.text.push_str(&format!(" {scalar:?}")),
        }
    }

    fn array(&mut self, array: &Array) {
        let (call, output) = array.identity();
        self.text.push_str(&format!(" {call:x}.{output}.{}", array.logical()));
        self.arrays.push(array.clone());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use crate::array::Array;
    use crate::lang::{Limits, Sources, Typed, bind, parse};

    fn arrays(program: &str) -> Vec<Array> {
        let limits = Limits::default();
        match bind(&parse(program, &limits).unwrap(), &Sources::default(), &limits).unwrap() {
            Typed::Arrays(arrays) => arrays,
            _ => panic!("{program} comes to no arrays"),
        }
    }

    #[test]
    fn what_is_written_twice_is_one_array() {
        let x = "x = xp.random.normal(size=(4, 5), seed=1)\n";
        for (one, other, is_one) in [
            ("xp.sin(x)", "xp.sin(x)", true),
            ("xp.std(x * 2.0, axis=0)", "xp.std(x * 2.0, axis=0)", true),
            ("x[1:, ::2]", "x[1:, ::2]", true),
            ("xp.random.normal(size=(4, 5), seed=1)", "x", true),
            ("xp.std(x, axis=0)", "xp.std(x, axis=1)", false),
            ("x * 2.0", "x * 2", false),
            ("x * 0.0", "x * -0.0", false),
            ("x[1:]", "x[:1]", false),
        ] {
            let found = arrays(&format!("{x}[{one}, {other}]"));
            assert_eq!(found[0].identity() == found[1].identity(), is_one, "{one} and {other}");
        }
    }

    #[test]
    fn arrays_that_are_gone_are_nobody_elses() {
        let program: Vec<String> =
            (0..200).map(|length| format!("xp.zeros_like(xp.arange(0, {length}))")).collect();
        let found = arrays(&format!("[{}]", program.join(", ")));
        assert!(found.iter().enumerate().all(|(length, array)| array.shape() == [length]));
    }
}
