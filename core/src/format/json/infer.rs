//! The columns of a file of JSON rows: types from those that were named and from the first rows.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

use super::super::cell::Guess;
use super::super::{COLUMNS_MAX, Error, ReadOptions};
use super::parse::{Fault, Why};
use super::rows::{Rows, wrong};
use super::scan::{DEPTH_MAX, Parser};

/// What is known of a file once its beginning has been read.
pub(super) struct Columns {
    pub(super) schema: SchemaRef,
    /// From how many rows those were inferred that nobody named.
    pub(super) rows: usize,
}

/// The narrowest type that holds the values seen so far.
#[derive(Default)]
enum Shape {
    /// Nothing but nulls.
    #[default]
    Nothing,
    Scalar(Guess),
    List(Box<Shape>),
    Object(Members),
    /// Values of different kinds: kept as text.
    Mixed,
}

/// The fields of objects, in the order in which they were first seen.
#[derive(Default)]
struct Members {
    shapes: Vec<(String, Shape)>,
    places: HashMap<String, usize>,
}

/// What inference leaves alone, and how far it goes.
struct Limits<'a> {
    /// Columns whose types were named.
    known: HashSet<&'a str>,
    /// How many more fields there may be, nested ones counted.
    left: usize,
}

/// Reads as many rows as it takes.
pub(super) fn columns(
    format: &'static str,
    rows: &mut Rows,
    options: &ReadOptions,
) -> Result<Columns, Error> {
    let named: Vec<FieldRef> = named(options);
    let known = named.iter().map(|field| field.name().as_str()).collect();
    let mut limits = Limits { known, left: COLUMNS_MAX };
    let mut members = Members::default();
    let mut count = 0;
    while count < options.infer_rows {
        let Some(row) = rows.next()? else { break };
        let mut parser = Parser::new(row.text);
        let seen = members.join_row(&mut parser, &mut limits);
        seen.map_err(|fault| fault_in_line(format, row.line, fault))?;
        count += 1;
    }
    let inferred = members.shapes.into_iter();
    let inferred: Vec<FieldRef> =
        inferred.map(|(name, shape)| Arc::new(Field::new(name, shape.data_type(), true))).collect();
    let fields: Vec<FieldRef> = named.into_iter().chain(inferred).collect();
    if fields.is_empty() {
        return Err(Error::NoColumns { format, empty: count == 0 });
    }
    Ok(Columns { schema: Arc::new(Schema::new(fields)), rows: count })
}

/// The fields a caller named, those of `schema` first.
fn named(options: &ReadOptions) -> Vec<FieldRef> {
    let mut known = HashSet::new();
    let schemas = [&options.schema, &options.hints].into_iter().flatten();
    let fields = schemas.flat_map(|schema| schema.fields());
    fields.filter(|field| known.insert(field.name().as_str())).cloned().collect()
}

/// The error of a row that is not JSON.
pub(super) fn fault_in_line(format: &'static str, line: u64, fault: Fault) -> Error {
    match fault.why {
        Why::Syntax(what) => wrong(format, line, &what),
        _ => wrong(format, line, &format!("`{}` does not fit", fault.path())),
    }
}

impl Members {
    fn join_row(&mut self, parser: &mut Parser, limits: &mut Limits) -> Result<(), Fault> {
        parser.space();
        if parser.peek() != Some(b'{') {
            return Err(parser.syntax("a row must be an object, {\"name\":value,…}"));
        }
        self.join(parser, 0, limits)?;
        parser.end()
    }

    /// Joins an object that begins here.
    fn join(&mut self, parser: &mut Parser, depth: usize, limits: &mut Limits) -> Result<(), Fault> {
        parser.must(b'{')?;
        if parser.eat(b'}') {
            return Ok(());
        }
        let mut expected = 0;
        loop {
            parser.space();
            let name = parser.string()?;
            parser.must(b':')?;
            if depth == 0 && limits.known.contains(name.as_ref()) {
                parser.skip(0)?;
            } else {
                let place = match self.shapes.get(expected) {
                    Some((known, _)) if *known == name => expected,
                    _ => self.place(parser, name, limits)?,
                };
                self.shapes[place].1.join(parser, depth + 1, limits)?;
                expected = place + 1;
            }
            if !parser.eat(b',') {
                return parser.must(b'}');
            }
        }
    }

    fn place(&mut self, parser: &Parser, name: Cow<str>, limits: &mut Limits) -> Result<usize, Fault> {
        if let Some(place) = self.places.get(name.as_ref()) {
            return Ok(*place);
        }
        limits.left = limits.left.checked_sub(1).ok_or_else(|| {
            parser.syntax(&format!(
                "more than {COLUMNS_MAX} different fields; name a map, as in schema=a:map<utf8,utf8>,"
            ))
        })?;
        let place = self.shapes.len();
        self.places.insert(name.clone().into_owned(), place);
        self.shapes.push((name.into_owned(), Shape::Nothing));
        Ok(place)
    }
}

impl Shape {
    /// Joins a value that begins here.
    fn join(&mut self, parser: &mut Parser, depth: usize, limits: &mut Limits) -> Result<(), Fault> {
        if depth >= DEPTH_MAX {
            return Err(parser.syntax(&format!("values nest deeper than {DEPTH_MAX}")));
        }
        parser.space();
        match parser.peek() {
            Some(b'{') => {
                if matches!(self, Shape::Nothing) {
                    *self = Shape::Object(Members::default());
                }
                match self {
                    Shape::Object(members) => return members.join(parser, depth, limits),
                    other => *other = Shape::Mixed,
                }
                parser.skip(depth)
            }
            Some(b'[') => {
                if matches!(self, Shape::Nothing) {
                    *self = Shape::List(Box::default());
                }
                match self {
                    Shape::List(item) => return item.join_items(parser, depth, limits),
                    other => *other = Shape::Mixed,
                }
                parser.skip(depth)
            }
            Some(b'"') => {
                let guess = Guess::of_string(&parser.string()?);
                self.join_guess(guess);
                Ok(())
            }
            _ => {
                match parser.bare()? {
                    "null" => {}
                    "true" | "false" => self.join_guess(Guess::Bool),
                    number => self.join_guess(Guess::of_number(number).unwrap_or(Guess::Text)),
                }
                Ok(())
            }
        }
    }

    fn join_items(&mut self, parser: &mut Parser, depth: usize, limits: &mut Limits) -> Result<(), Fault> {
        parser.must(b'[')?;
        if parser.eat(b']') {
            return Ok(());
        }
        loop {
            self.join(parser, depth + 1, limits)?;
            if !parser.eat(b',') {
                return parser.must(b']');
            }
        }
    }

    fn join_guess(&mut self, guess: Guess) {
        *self = match self {
            Shape::Nothing => Shape::Scalar(guess),
            Shape::Scalar(known) => Shape::Scalar(known.join(guess)),
            _ => Shape::Mixed,
        };
    }

    fn data_type(self) -> DataType {
        match self {
            Shape::Nothing | Shape::Mixed => DataType::Utf8View,
            Shape::Scalar(guess) => guess.data_type(),
            Shape::List(item) => DataType::List(Arc::new(Field::new_list_field(item.data_type(), true))),
            Shape::Object(members) => {
                let fields =
                    members.shapes.into_iter().map(|(name, shape)| Field::new(name, shape.data_type(), true));
                DataType::Struct(fields.collect::<Fields>())
            }
        }
    }
}
