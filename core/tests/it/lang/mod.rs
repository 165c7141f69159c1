//! The expression language, tried from outside: what it reads, how it writes it, what it refuses, what it bears.

mod forms;
mod generated;
mod refusals;
mod size;

use pantile_core::lang::{Error, Limits, Program, parse};

fn read(text: &str) -> Program {
    parse(text, &Limits::default()).unwrap_or_else(|error| panic!("{text:?}: {error} ({:?})", error.hint()))
}

fn refused(text: &str) -> Error {
    match parse(text, &Limits::default()) {
        Ok(program) => panic!("{text:?} was read as {program}"),
        Err(error) => error,
    }
}

/// As what the text is written.
fn written(text: &str) -> String {
    read(text).to_string()
}
