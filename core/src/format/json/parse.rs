//! The text of one JSON value into sinks. Depth is bounded by the sinks' types.

use arrow::datatypes::Field;

use super::super::error::shown;
use super::super::type_name;
use super::scan::Parser;
use super::sink::{Lists, Objects, Sink};

/// Why a text did not fit, and where: field names and item numbers from the inside out.
pub(super) struct Fault {
    pub(super) why: Why,
    path: Vec<String>,
}

pub(super) enum Why {
    /// It is not JSON.
    Syntax(String),
    /// It is not of the type: the value, and the type's name.
    Value(String, Option<String>),
    /// There is no such field.
    Unknown,
}

impl Fault {
    pub(super) fn new(why: Why) -> Fault {
        Fault { why, path: Vec::new() }
    }

    pub(super) fn null(field: &Field) -> Fault {
        Fault::new(Why::Value("null".to_owned(), None)).within(field)
    }

    /// The fault of a value inside of that field.
    fn within(mut self, field: &Field) -> Fault {
        if let Why::Value(_, expected @ None) = &mut self.why {
            let not_null = if field.is_nullable() { "" } else { " not null" };
            *expected = Some(format!("{}{not_null}", type_name(field.data_type())));
        }
        self.path.push(field.name().clone());
        self
    }

    fn at_item(mut self, number: usize) -> Fault {
        self.path.push(format!("[{number}]"));
        self
    }

    /// The column it lies in.
    pub(super) fn column(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// `a.b[3].c`.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for step in self.path.iter().rev() {
            if !path.is_empty() && !step.starts_with('[') {
                path.push('.');
            }
            path.push_str(step);
        }
        path
    }
}

impl Parser<'_> {
    /// One value and nothing after it.
    pub(super) fn whole(&mut self, sink: &mut Sink, nullable: bool) -> Result<(), Fault> {
        self.value(sink, nullable)?;
        self.end()
    }

    /// One object and nothing after it, as a row.
    pub(super) fn row(&mut self, row: &mut Objects) -> Result<(), Fault> {
        self.space();
        if self.peek() != Some(b'{') {
            return Err(self.syntax("a row must be an object, {\"name\":value,…}"));
        }
        self.object(row)?;
        self.end()
    }

    fn value(&mut self, sink: &mut Sink, nullable: bool) -> Result<(), Fault> {
        self.space();
        let start = self.at;
        let fits = match (self.peek(), &mut *sink) {
            (Some(b'n'), sink) => {
                self.word("null")?;
                if nullable {
                    sink.push_null();
                }
                nullable
            }
            (Some(b'"'), Sink::Cell(cell)) => cell.push(&self.string()?),
            (Some(b'{' | b'['), Sink::Cell(cell)) => {
                // Kept as it stands where a column is text.
                self.skip(0)?;
                cell.is_text() && cell.push(&self.text[start..self.at])
            }
            (_, Sink::Cell(cell)) => cell.push(self.bare()?),
            (Some(b'['), Sink::List(lists)) => self.list(lists)?,
            (Some(b'{'), Sink::List(lists)) if lists.is_map() => self.map(lists)?,
            (Some(b'{'), Sink::Object(objects)) => {
                self.object(objects)?;
                true
            }
            _ => {
                self.skip(0)?;
                false
            }
        };
        let value = &self.text[start..self.at];
        if fits { Ok(()) } else { Err(Fault::new(Why::Value(unquoted(value), None))) }
    }

    fn list(&mut self, lists: &mut Lists) -> Result<bool, Fault> {
        self.at += 1;
        let mut length = 0;
        if !self.eat(b']') {
            loop {
                self.value(&mut lists.item, lists.item_nullable).map_err(|fault| fault.at_item(length))?;
                length += 1;
                if !self.eat(b',') {
                    self.must(b']')?;
                    break;
                }
            }
        }
        Ok(lists.push(length))
    }

    /// A map may also be written as an object, its keys being text then.
    fn map(&mut self, lists: &mut Lists) -> Result<bool, Fault> {
        self.at += 1;
        let mut length = 0;
        let Some(pairs) = lists.pairs() else { return Ok(false) };
        if !self.eat(b'}') {
            loop {
                self.space();
                let key = self.string()?;
                let [keys, values] = &mut pairs.sinks[..] else { return Ok(false) };
                if !keys.push_text(&key) {
                    return Ok(false);
                }
                self.must(b':')?;
                let nullable = pairs.fields[1].is_nullable();
                self.value(values, nullable).map_err(|fault| fault.within(&pairs.fields[1]))?;
                pairs.give(0);
                pairs.give(1);
                pairs.push()?;
                length += 1;
                if !self.eat(b',') {
                    self.must(b'}')?;
                    break;
                }
            }
        }
        Ok(lists.push(length))
    }

    fn object(&mut self, objects: &mut Objects) -> Result<(), Fault> {
        self.at += 1;
        if !self.eat(b'}') {
            let mut expected = 0;
            loop {
                self.space();
                let name = self.string()?;
                let Some(place) = objects.place(&name, expected) else {
                    let mut fault = Fault::new(Why::Unknown);
                    fault.path.push(name.into_owned());
                    return Err(fault);
                };
                if !objects.give(place) {
                    return Err(self.syntax(&format!("the field {} is given twice", shown(&name))));
                }
                self.must(b':')?;
                let field = objects.fields[place].clone();
                self.value(&mut objects.sinks[place], field.is_nullable())
                    .map_err(|fault| fault.within(&field))?;
                expected = place + 1;
                if !self.eat(b',') {
                    self.must(b'}')?;
                    break;
                }
            }
        }
        objects.push()
    }
}

/// A value as an error shows it: a string not in two pairs of quotes.
fn unquoted(value: &str) -> String {
    match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(text) => shown(text),
        None => shown(value).trim_matches('"').to_owned(),
    }
}
