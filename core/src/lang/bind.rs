//! Names, bound: a program's syntax becomes frames, columns and arrays whose verbs, functions and types are known.

mod arrays;
mod shared;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use polars::prelude::{DataFrame, Expr, SchemaRef};

use super::args::Literal;
use super::call::{self, Named, Raw};
use super::tree::{BinaryOp, CompareOp, Kind, Node, NodeId, UnaryOp};
use super::typed::{Call, Column, End, Frame, From, Size, Source};
use super::value::{Cases, Placed, Value};
use super::{Error, Limits, Program, Span, signature, types, words};
use crate::array::keep::Keep;
use crate::array::{Array, Chunk, ops};
use crate::frame::functions::{self, FAMILIES, Function};
use crate::frame::lower;
use crate::frame::plan::{self, Of};
use crate::frame::verbs::{On, VERBS, Verb};
use crate::{did_you_mean, nearest};

/// What to write instead of a computed column in a frame's brackets.
const COMPUTED: &str =
    "`.filter(col(\"a\") > 1)` keeps the rows of which it is true, `.select(…)` makes columns";
/// Columns that one of a verb's arguments may stand for, taken together and on the average.
const COLUMNS_EACH: usize = 400;

/// What a program reads, found before it is bound.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The columns of every source that [`reads`] named.
    pub schemas: HashMap<Source, SchemaRef>,
    /// Values that were sent beside the text.
    pub values: HashMap<Arc<str>, Literal>,
    /// Arrays that were sent beside the text.
    pub arrays: HashMap<Arc<str>, Array>,
    /// Every stored array that [`reads_arrays`] named.
    pub stored: HashMap<Arc<str>, Array>,
    /// What verbs asked to see, by where they are called.
    pub seen: HashMap<Span, Arc<DataFrame>>,
    /// What functions of arrays asked to see, by where they are called.
    pub arrays_seen: HashMap<Span, Vec<Chunk>>,
    /// Whether nothing can be sent beside the text, because it is kept as a view.
    pub alone: bool,
}

/// What a program comes to.
#[derive(Clone, Debug)]
pub enum Typed {
    /// A frame, and what becomes of it.
    Frame(Arc<Frame>, End),
    /// An array, or several.
    Arrays(Vec<Array>),
    /// An array that is kept.
    Kept(Arc<Keep>),
}

/// How far a program could be bound.
#[derive(Clone, Debug)]
pub enum Step {
    /// To its end.
    Done(Typed),
    /// To something that has to see values first.
    Asks(Asked),
}

/// What has to be seen before a program can be bound any further.
#[derive(Clone, Debug)]
pub enum Asked {
    /// The rows of a frame, which become columns: to be run, and put into [`Sources::seen`].
    Rows(Arc<Frame>),
    /// Arrays whose shapes depend on values: to be computed, and put into [`Sources::arrays_seen`].
    Arrays {
        /// They.
        arrays: Vec<Array>,
        /// Where the program asks.
        span: Span,
    },
}

impl Asked {
    /// Where the program asks, which is the key among what was seen.
    pub fn span(&self) -> Span {
        match self {
            Self::Rows(frame) => frame.span,
            Self::Arrays { span, .. } => *span,
        }
    }

    /// Refuses more rows than a frame may have columns: each becomes one.
    ///
    /// # Errors
    /// Limit `program_columns`.
    pub fn check(&self, rows: usize, program: &Program, limits: &Limits) -> Result<(), Error> {
        wide(rows, program, self.span(), limits)
    }
}

/// The sources that a program names: what has to be looked up before it is bound.
///
/// # Errors
/// A `table` or `sql` of something that is not a text.
pub fn reads(program: &Program) -> Result<Vec<(Source, Span)>, Error> {
    let found = calls(program, &["table", "sql"])?.into_iter();
    let source =
        |(name, text, span)| (if name == "table" { Source::Table(text) } else { Source::Sql(text) }, span);
    Ok(found.map(source).collect())
}

/// The stored arrays that a program names.
///
/// # Errors
/// An `array` of something that is not a text.
pub fn reads_arrays(program: &Program) -> Result<Vec<(Arc<str>, Span)>, Error> {
    Ok(calls(program, &["array"])?.into_iter().map(|(_, text, span)| (text, span)).collect())
}

/// A call's name, the one text that it is given, and where that stands.
type NamedText<'a> = (&'a str, Arc<str>, Span);

/// The calls of those names.
fn calls<'a>(program: &'a Program, names: &[&str]) -> Result<Vec<NamedText<'a>>, Error> {
    let mut found = Vec::new();
    for (_, node) in program.nodes() {
        let Kind::Call { function, args, keywords } = &node.kind else { continue };
        let name = match &program.node(*function).kind {
            Kind::Name(name) if names.contains(&name.as_str()) => name.as_str(),
            Kind::Attribute { of, name, .. } if names.contains(&name.as_str()) && is_xp(program, *of) => name,
            _ => continue,
        };
        let given = args.first().or(keywords.first().map(|keyword| &keyword.value));
        let Some(Node { kind: Kind::Str(text), span }) = given.map(|given| program.node(*given)) else {
            let message = format!("`{name}` takes one text, written where it is called");
            return Err(Error::syntax(program.text(), node.span, message));
        };
        found.push((name, text.as_str().into(), *span));
    }
    Ok(found)
}

fn is_xp(program: &Program, node: NodeId) -> bool {
    matches!(&program.node(node).kind, Kind::Name(name) if name == ops::SPACE)
}

/// Binds the program's names.
///
/// # Errors
/// What [`step`] says; and a verb that has to see rows first.
pub fn bind(program: &Program, sources: &Sources, limits: &Limits) -> Result<Typed, Error> {
    match step(program, sources, limits)? {
        Step::Done(typed) => Ok(typed),
        Step::Asks(asked) => {
            let said = match asked {
                Asked::Rows(_) => "the columns that this makes are values in rows",
                Asked::Arrays { .. } => "the shape of this depends on values",
            };
            Err(Error::syntax(program.text(), asked.span(), said))
        }
    }
}

/// Binds the program's names, as far as that goes without having seen rows: a verb such as `pivot`, which makes columns
/// of values, asks for them. Once they are among the sources, the program is bound again.
///
/// # Errors
/// The first thing that is wrong, with its place: an unknown name and the nearest one, an argument of another kind, a
/// column that is not there, types that do not go together.
pub fn step(program: &Program, sources: &Sources, limits: &Limits) -> Result<Step, Error> {
    let (values, bound, copied) = (HashMap::new(), Vec::new(), Cell::new(0));
    let (asked, made) = (RefCell::new(None), RefCell::default());
    let mut binder = Binder { program, sources, limits, values, bound, copied, asked, made };
    let bound = binder.all();
    match binder.asked.take() {
        Some(asked) => Ok(Step::Asks(asked)),
        None => bound.map(Step::Done),
    }
}

/// Refuses frames of too many columns.
fn wide(columns: usize, program: &Program, span: Span, limits: &Limits) -> Result<(), Error> {
    match columns > limits.columns {
        true => Err(Error::limit("program_columns", "columns in a frame", columns, limits.columns)
            .at(program.text(), span)),
        false => Ok(()),
    }
}

/// Refuses what was sent and is not used: more likely than not its name is misspelt.
fn unused(program: &Program, sources: &Sources) -> Result<(), Error> {
    let used: Vec<&str> = program.free_names().into_iter().map(|free| free.name).collect();
    let all = sources.values.keys().chain(sources.arrays.keys()).map(AsRef::as_ref).chain(sent(sources));
    match all.filter(|name| !used.contains(name)).min() {
        None => Ok(()),
        Some(name) => {
            let near = did_you_mean(nearest(name, used.iter().copied().filter(|used| !is_known(used))));
            let message = format!("a value was sent as `{name}`, which the program does not use{near}");
            Err(Error::syntax(program.text(), Span::default(), message).hinted("use it, or do not send it"))
        }
    }
}

/// Names of frames that were sent.
fn sent(sources: &Sources) -> impl Iterator<Item = &str> {
    sources.schemas.keys().filter_map(|source| match source {
        Source::Sent(name) => Some(name.as_ref()),
        _ => None,
    })
}

/// Whether the language has something of that name that stands alone.
fn is_known(name: &str) -> bool {
    free_names().any(|known| known == name) || is_space(name)
}

/// Whether functions that stand alone have that namespace: `cs.numeric`.
fn is_space(name: &str) -> bool {
    ops::is_space(name)
        || free_names().any(|known| known.split_once('.').is_some_and(|(space, _)| space == name))
}

/// All names that stand alone.
fn free_names() -> impl Iterator<Item = &'static str> {
    let verbs = VERBS.iter().filter(|verb| verb.on == On::Nothing).map(|verb| verb.name);
    let functions = FAMILIES.iter().flat_map(|family| family.functions);
    let functions = functions.filter(|function| !function.is_method).map(|function| function.name);
    verbs.chain(functions).chain(types::names()).chain(["when", "nan", "inf"])
}

struct Binder<'a> {
    program: &'a Program,
    sources: &'a Sources,
    limits: &'a Limits,
    /// Values of nodes that no other has taken yet.
    values: HashMap<NodeId, Bound>,
    /// What names stand for, and how large it is.
    bound: Vec<(Bound, Size)>,
    /// Elements of values that names stood for so far.
    copied: Cell<u64>,
    /// What a verb has to see first: binding ends there.
    asked: RefCell<Option<Asked>>,
    /// Arrays by what says all of how they are made.
    made: RefCell<HashMap<String, shared::Shared>>,
}

/// What a node stands for: a value, or something that wants to be called.
#[derive(Clone)]
enum Bound {
    Value(Value),
    /// A name that the program does not bind.
    Free(Arc<str>),
    /// `x.name`, and `x.space.name`.
    Method(Box<Placed>, String),
    /// `start:stop:step`.
    Slice([Option<i64>; 3]),
    /// `...`.
    Ellipsis,
    /// Several things in brackets, one of which stands there alone.
    Items(Vec<(Bound, Span)>),
}

impl Bound {
    fn size(&self) -> Size {
        match self {
            Self::Value(value) => value.size(),
            Self::Method(on, _) => on.value.size(),
            Self::Free(_) | Self::Slice(_) | Self::Ellipsis | Self::Items(_) => Size::ONE,
        }
    }
}

impl Binder<'_> {
    /// Binds one node after the other, each after those that it is made of.
    fn all(&mut self) -> Result<Typed, Error> {
        let (program, sources) = (self.program, self.sources);
        for name in sources.values.keys().chain(sources.arrays.keys()).map(AsRef::as_ref).chain(sent(sources))
        {
            if is_known(name) && (name == ops::SPACE || !ops::is_space(name)) {
                let message = format!("a value was sent as `{name}`, which is a name of the language");
                return Err(Error::syntax(program.text(), Span::default(), message)
                    .hinted("send it under another name"));
            }
        }
        unused(program, sources)?;
        let mut waiting = program.bindings().iter();
        let mut next = waiting.next();
        for (id, node) in program.nodes() {
            let value = self.node(node)?;
            self.values.insert(id, value);
            while let Some(binding) = next.filter(|binding| binding.node == id) {
                let value = self.take(binding.node)?;
                let size = self.held(value.size(), program.node(id).span)?;
                self.bound.push((value, size));
                next = waiting.next();
            }
        }
        let result = self.take(program.result())?;
        self.result(result)
    }

    fn error(&self, span: Span, message: impl Into<String>) -> Error {
        Error::syntax(self.program.text(), span, message)
    }

    fn span(&self, id: NodeId) -> Span {
        self.program.node(id).span
    }

    /// What the node stands for; a tree's nodes are each taken once.
    fn take(&mut self, id: NodeId) -> Result<Bound, Error> {
        let found = self.values.remove(&id);
        // Only then: where an error stands in the text is found by counting its lines.
        found.ok_or_else(|| self.error(self.span(id), "a part of the program is missing: a defect"))
    }

    /// The value that the node stands for.
    fn value(&mut self, id: NodeId) -> Result<Placed, Error> {
        let span = self.span(id);
        let bound = self.take(id)?;
        Ok(Placed { value: self.resolved(bound, span)?, span })
    }

    fn resolved(&self, bound: Bound, span: Span) -> Result<Value, Error> {
        match bound {
            Bound::Value(value) => Ok(value),
            Bound::Free(name) => self.free(&name, span),
            Bound::Method(on, name) => {
                let part = match &on.value {
                    Value::Array(array) => self.array_part(array, &name, span),
                    _ => None,
                };
                part.unwrap_or_else(|| Err(self.uncalled(&on.value, &name, span)))
            }
            Bound::Slice(_) | Bound::Items(_) => {
                Err(self.error(span, "a slice stands in the brackets of a frame or an array alone"))
            }
            Bound::Ellipsis => Err(self.error(span, "`...` stands in the brackets of an array alone")),
        }
    }

    /// What a name stands for that the program does not bind.
    fn free(&self, name: &Arc<str>, span: Span) -> Result<Value, Error> {
        if let Some(literal) = self.sources.values.get(name) {
            self.copy(literal.size(), span)?;
            return Ok(Value::Literal(literal.clone()));
        }
        if let Some(array) = self.sources.arrays.get(name) {
            return Ok(Value::Array(array.clone()));
        }
        let sent = Source::Sent(Arc::clone(name));
        if let Some(schema) = self.sources.schemas.get(&sent) {
            return Ok(Value::Frame(source(sent, schema, span)));
        }
        if let Some(data_type) = types::plain(name) {
            return Ok(Value::Type(data_type));
        }
        if let Some(dtype) = arrays::dtype(name) {
            return Ok(Value::Literal(dtype));
        }
        match name.as_ref() {
            "nan" => return Ok(Value::Literal(Literal::Float(f64::NAN))),
            "inf" => return Ok(Value::Literal(Literal::Float(f64::INFINITY))),
            _ => {}
        }
        if is_space(name) {
            let message = format!("`{name}` stands before a function of its own");
            return Err(self.error(span, message).hinted(format!("write `{name}.` and its name")));
        }
        if is_known(name) || ops::op(name).is_some() {
            let message = format!("`{name}` is not called");
            return Err(self.error(span, message).hinted(format!("write `{name}(…)`")));
        }
        Err(self.unknown(name, span))
    }

    fn unknown(&self, name: &str, span: Span) -> Error {
        let mut known: Vec<&str> = free_names().collect();
        known.extend(self.program.bindings().iter().map(|binding| binding.name.as_str()));
        known.extend(self.sources.values.keys().map(AsRef::as_ref).chain(sent(self.sources)));
        if let Some(hint) = words::instead(words::Of::Nothing, name).or_else(|| elsewhere(None, name)) {
            return self.error(span, format!("there is no `{name}` that stands alone")).hinted(hint);
        }
        let error = self.error(span, format!("there is no `{name}`{}", did_you_mean(nearest(name, known))));
        if self.sources.alone {
            return error.hinted("a view has no values beside its text: write what is meant into it");
        }
        error.hinted(
            "a column is `col(\"name\")`, a dataset `table(\"name\")`, a text is written in quotes; a value of that name \
             can be sent beside the program",
        )
    }

    /// What is wrong with a part of a value that nobody calls.
    fn uncalled(&self, on: &Value, name: &str, span: Span) -> Error {
        let is_space = |known: &str| known.split_once('.').is_some_and(|(space, _)| space == name);
        match of_value(on) {
            Some(words::Of::Column) if methods().any(is_space) => {
                let message = format!("`{name}` of a column stands before a function of its own");
                self.error(span, message).hinted(format!("write `.{name}.` and its name"))
            }
            Some(of) if known_of(of).any(|known| known == name) => {
                let message = format!("`{name}` of {} is not called", on.described());
                self.error(span, message).hinted(format!("write `.{name}()`"))
            }
            Some(of) => {
                let error = self.no_method(span, of, name);
                match on {
                    Value::Frame(frame) | Value::Groups(frame) if frame.schema.contains(name) => {
                        error.hinted(format!("a column is written `col({name:?})`"))
                    }
                    _ => error,
                }
            }
            None => self.error(span, format!("{} has no `{name}`", on.described())),
        }
    }

    fn node(&mut self, node: &Node) -> Result<Bound, Error> {
        let literal = |literal| Ok(Bound::Value(Value::Literal(literal)));
        match &node.kind {
            Kind::Name(name) => Ok(Bound::Free(name.as_str().into())),
            Kind::Bound(binding) => {
                let missing = || self.error(node.span, "a name is used before it is bound: a defect");
                let (bound, size) = self.bound.get(binding.0 as usize).ok_or_else(missing)?;
                self.copy(*size, node.span)?;
                Ok(bound.clone())
            }
            Kind::None => literal(Literal::None),
            Kind::Bool(value) => literal(Literal::Bool(*value)),
            Kind::Int(value) => literal(Literal::Int(i128::from(*value))),
            Kind::Float(value) => literal(Literal::Float(*value)),
            Kind::Str(text) => literal(Literal::Text(text.as_str().into())),
            Kind::Bytes(bytes) => literal(Literal::Bytes(bytes.as_slice().into())),
            Kind::Imaginary(value) => literal(Literal::Complex(0.0, *value)),
            Kind::Ellipsis => Ok(Bound::Ellipsis),
            Kind::Tuple(items) if self.is_index(items) => {
                let items = items.iter().map(|item| Ok((self.take(*item)?, self.span(*item))));
                Ok(Bound::Items(items.collect::<Result<_, Error>>()?))
            }
            Kind::Tuple(items) | Kind::List(items) => self.list(items).map(Bound::Value),
            Kind::Dict(pairs) => {
                let pairs = pairs.iter().map(|(key, value)| Ok((self.value(*key)?, self.value(*value)?)));
                Ok(Bound::Value(Value::Dict(pairs.collect::<Result<_, Error>>()?)))
            }
            Kind::Attribute { of, name, .. } => self.attribute(*of, name),
            Kind::Call { function, args, keywords } => {
                let by_place = args.iter().map(|arg| self.value(*arg)).collect::<Result<_, _>>()?;
                let by_name = keywords
                    .iter()
                    .map(|keyword| {
                        let (name, name_span) = (keyword.name.as_str().into(), keyword.name_span.0);
                        Ok(Named { name, name_span, placed: self.value(keyword.value)? })
                    })
                    .collect::<Result<_, Error>>()?;
                let function_span = self.span(*function);
                // What is wrong with a method's call is at its name, not where the chain begins.
                let span = match &self.program.node(*function).kind {
                    Kind::Attribute { name_span, .. } => {
                        Span { start: name_span.0.start, end: node.span.end }
                    }
                    _ => node.span,
                };
                match self.take(*function)? {
                    Bound::Free(name) => {
                        self.call(&name, Raw { by_place, by_name }, node.span, function_span)
                    }
                    Bound::Method(on, name) => self.method(*on, &name, Raw { by_place, by_name }, span),
                    _ => Err(self.error(function_span, "this is no function, and cannot be called")),
                }
                .map(Bound::Value)
            }
            Kind::Unary { op, of } => self.unary(*op, *of, node.span).map(Bound::Value),
            Kind::Binary { op, left, right } if self.are_arrays(*left, *right) => {
                let (left, right) = (self.value(*left)?, self.value(*right)?);
                self.array_operator(arrays::binary_name(*op), left, right, node.span).map(Bound::Value)
            }
            Kind::Compare { op, left, right } if self.are_arrays(*left, *right) => {
                let (left, right) = (self.value(*left)?, self.value(*right)?);
                self.array_operator(arrays::compare_name(*op), left, right, node.span).map(Bound::Value)
            }
            Kind::Binary { op, left, right } => {
                let name = binary_name(*op)
                    .ok_or_else(|| self.error(node.span, format!("columns have no `{}`", op.as_str())))?;
                self.two(name, op.as_str(), *left, *right, node.span).map(Bound::Value)
            }
            Kind::Compare { op, left, right } => {
                self.two(compare_name(*op), op.as_str(), *left, *right, node.span).map(Bound::Value)
            }
            Kind::Subscript { of, index } => self.subscript(*of, *index, node.span).map(Bound::Value),
            Kind::Slice { start, stop, step } => {
                let mut bound = |id: &Option<NodeId>| match id {
                    None => Ok(None),
                    Some(id) => self.index(*id).map(Some),
                };
                Ok(Bound::Slice([bound(start)?, bound(stop)?, bound(step)?]))
            }
        }
    }

    /// Whether the items can stand in brackets alone.
    fn is_index(&self, items: &[NodeId]) -> bool {
        let mut bound = items.iter().filter_map(|item| self.values.get(item));
        bound.any(|bound| matches!(bound, Bound::Slice(_) | Bound::Ellipsis))
    }

    fn list(&mut self, items: &[NodeId]) -> Result<Value, Error> {
        let items: Vec<Placed> = items.iter().map(|item| self.value(*item)).collect::<Result<_, _>>()?;
        if items.iter().any(|item| !matches!(item.value, Value::Literal(_))) {
            return Ok(Value::List(items));
        }
        let literals = items.into_iter().filter_map(|item| item.value.literal());
        Ok(Value::Literal(Literal::List(literals.collect())))
    }

    fn index(&mut self, id: NodeId) -> Result<i64, Error> {
        let placed = self.value(id)?;
        match placed.value {
            Value::Literal(Literal::Int(value)) => i64::try_from(value)
                .map_err(|_| self.error(placed.span, format!("{value} is beyond any row"))),
            other => Err(self
                .error(placed.span, format!("rows are counted by integers, not by {}", other.described()))),
        }
    }

    fn attribute(&mut self, of: NodeId, name: &str) -> Result<Bound, Error> {
        let span = self.span(of);
        match self.take(of)? {
            // `x.str.len_chars`: a namespace of columns, and a function in it.
            Bound::Method(on, space) => Ok(Bound::Method(on, format!("{space}.{name}"))),
            // `cs.numeric`: the same, of nothing.
            Bound::Free(space) if is_space(&space) && !self.is_sent(&space) => {
                Ok(Bound::Free(format!("{space}.{name}").into()))
            }
            other => {
                let value = self.resolved(other, span)?;
                Ok(Bound::Method(Box::new(Placed { value, span }), name.to_owned()))
            }
        }
    }

    /// Whether a value of that name was sent, which then is what the name stands for; but `xp` is always the space.
    fn is_sent(&self, name: &Arc<str>) -> bool {
        name.as_ref() != ops::SPACE
            && (self.sources.arrays.contains_key(name)
                || self.sources.schemas.contains_key(&Source::Sent(Arc::clone(name))))
    }

    /// A name that stands alone, called.
    fn call(&self, name: &str, raw: Raw, span: Span, name_span: Span) -> Result<Value, Error> {
        let op = ops::op(name);
        if name.starts_with("xp.") || op.is_some() && arrays::is_given(&raw) {
            let op = op.ok_or_else(|| self.no_array_function(name, name_span))?;
            return self.array_function(op, raw, span);
        }
        if name == "when" {
            return self.when(Cases::default(), raw, span);
        }
        if let Some(params) = types::params(name) {
            let args = call::args(self.program.text(), name, params, raw, None, span)?;
            return types::made(name, &args).map(Value::Type).map_err(|said| self.error(span, said));
        }
        if let Some(verb) = VERBS.iter().find(|verb| verb.on == On::Nothing && verb.name == name) {
            return self.verb(verb, None, raw, span);
        }
        match functions::function(name, false) {
            Some(function) => self.function(function, None, raw, span),
            None => match op {
                // Of a column it is asked, and whoever writes it so has NumPy in mind.
                Some(op) if !arrays::has_column(&raw) => self.array_function(op, raw, span),
                _ => Err(self.unknown(name, name_span)),
            },
        }
    }

    /// Something asked of a value.
    fn method(&self, on: Placed, name: &str, raw: Raw, span: Span) -> Result<Value, Error> {
        match on.value {
            Value::Array(_) => self.array_method(on, name, raw, span),
            Value::Places(x, items) => self.set(&x, &items, name, raw, span),
            Value::Frame(frame) => match verb_of(On::Frame, name) {
                Some(verb) => self.verb(verb, Some(frame), raw, span),
                None => Err(self.no_method(span, words::Of::Frame, name)),
            },
            Value::Groups(groups) => match verb_of(On::Groups, name) {
                Some(verb) => self.verb(verb, Some(groups), raw, span),
                None => Err(self.no_method(span, words::Of::Groups, name)),
            },
            Value::Cases(cases) => self.of_cases(cases, name, raw, span),
            Value::Ended(..) | Value::Kept(_) => {
                let message = format!("`{name}` comes after the program's last verb");
                Err(self.error(span, message).hinted("`store` and `explain` come last"))
            }
            Value::List(_) | Value::Dict(_) | Value::Type(_) | Value::Arrays(_) => {
                Err(self.error(span, format!("{} has no `{name}`", on.value.described())))
            }
            value @ (Value::Column(_) | Value::Literal(_)) => {
                let Some(function) = functions::function(name, true) else {
                    return Err(self.no_method(span, words::Of::Column, name));
                };
                self.function(function, value.column(false, on.span), raw, span)
            }
        }
    }

    /// That there is nothing of that name: and what to write, where it is known, else the nearest that there is.
    fn no_method(&self, span: Span, of: words::Of, name: &str) -> Error {
        let who = match of {
            words::Of::Frame => "frames",
            words::Of::Groups => "groups",
            _ => "columns",
        };
        if let Some(hint) = words::instead(of, name).or_else(|| elsewhere(Some(of), name)) {
            return self.error(span, format!("{who} have no `{name}`")).hinted(hint);
        }
        // What has a namespace is meant in it.
        let space = |name: &str| name.split_once('.').map(|(space, _)| space.to_owned());
        let near = nearest(name, known_of(of).filter(|known| space(known) == space(name)));
        let near = near.or_else(|| nearest(name, known_of(of)));
        self.error(span, format!("{who} have no `{name}`{}", did_you_mean(near)))
    }

    fn function(
        &self,
        function: &'static Function,
        on: Option<Column>,
        raw: Raw,
        span: Span,
    ) -> Result<Value, Error> {
        let args = call::args(self.program.text(), function.name, function.params, raw, None, span)?;
        let size = self.held(Size::of(on.as_ref().map(Column::size), &args), span)?;
        let call = Call { function, on, args, span, size };
        match lower::moment(&call) {
            // A day that is in no calendar is refused where it is written.
            Some(Err(error)) => Err(self.lowered(&error, span)),
            _ => Ok(Value::Column(Column::Call(Arc::new(call)))),
        }
    }

    fn verb(
        &self,
        verb: &'static Verb,
        on: Option<Arc<Frame>>,
        raw: Raw,
        span: Span,
    ) -> Result<Value, Error> {
        let named_in = raw.spans();
        // Where two frames go together, a selector may be of either.
        let is_alone = verb.params.iter().all(|param| param.kind != signature::Kind::Frame);
        let there = on.as_ref().filter(|_| is_alone).map(|frame| frame.schema.as_ref());
        let args = call::args(self.program.text(), verb.name, verb.params, raw, there, span)?;
        if let Some(source) = plan::source_of(verb, &args) {
            return match self.sources.schemas.get(&source) {
                Some(schema) => Ok(Value::Frame(self::source(source, schema, span))),
                None => Err(self.error(span, "a source was not looked up: a defect")),
            };
        }
        if let (Some(end), Some(frame)) = (plan::end_of(verb, &args), &on) {
            return Ok(Value::Ended(Arc::clone(frame), end));
        }
        let args = args.seeing(self.sources.seen.get(&span).cloned());
        let size = self.held(Size::of(on.as_ref().map(|frame| frame.size), &args), span)?;
        let asked = args.iter().map(|(_, arg)| arg.columns()).max().unwrap_or_default();
        let there = on.as_ref().map_or(0, |frame| frame.schema.len());
        // Each column that is asked for may stand for all that are there.
        self.wide(asked.saturating_mul(there) / COLUMNS_EACH, span)?;
        let shape = plan::shape(verb, on.as_ref(), &args);
        let shape = shape.map_err(|(at, error)| {
            let at = at.unwrap_or(span);
            let name = match &error {
                lower::Error::Unknown { name, .. } => self.written(name, at, &named_in),
                _ => None,
            };
            self.lowered(&error, name.unwrap_or(at))
        })?;
        self.wide(shape.schema.len(), span)?;
        let frame = Arc::new(Frame { from: From::Verb { verb, on, args }, schema: shape.schema, span, size });
        match shape.of {
            Of::Frame => Ok(Value::Frame(frame)),
            Of::Groups => Ok(Value::Groups(frame)),
            Of::Asked => {
                self.asked.replace(Some(Asked::Rows(frame)));
                Err(self.error(span, format!("`{}` has to see rows first", verb.name)))
            }
        }
    }

    /// Where in `within` one of the arguments, which stand in `spans`, writes the text.
    fn written(&self, text: &str, within: Span, spans: &[Span]) -> Option<Span> {
        let holds = |span: &Span, node: &Node| span.start <= node.span.start && node.span.end <= span.end;
        let is_there = |node: &Node| {
            let is_text = matches!(&node.kind, Kind::Str(written) if written == text);
            is_text && holds(&within, node) && spans.iter().any(|span| holds(span, node))
        };
        self.program.nodes().find(|(_, node)| is_there(node)).map(|(_, node)| node.span)
    }

    /// Refuses what grows too large where names are used again and again: engines see it written out.
    fn held(&self, size: Size, span: Span) -> Result<Size, Error> {
        let limits = [
            ("program_nodes", "nodes once its names are put in", size.nodes, self.limits.nodes as u64),
            ("program_depth", "levels once its names are put in", size.depth, self.limits.depth as u64),
            ("program_elements", "elements in lists", size.elements, self.limits.elements as u64),
        ];
        match limits.into_iter().find(|(_, _, got, max)| got > max) {
            Some((name, what, got, max)) => {
                let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
                Err(Error::limit(name, what, count(got), count(max)).at(self.program.text(), span))
            }
            None => Ok(size),
        }
    }

    /// Counts a value that a name stands for, once more.
    fn copy(&self, size: Size, span: Span) -> Result<(), Error> {
        let elements = self.copied.get().saturating_add(size.elements);
        self.copied.set(elements);
        self.held(Size { elements, ..Size::ONE }, span).map(|_| ())
    }

    fn wide(&self, columns: usize, span: Span) -> Result<(), Error> {
        wide(columns, self.program, span, self.limits)
    }

    fn lowered(&self, error: &lower::Error, span: Span) -> Error {
        Error::lowered(self.program.text(), span, error)
    }

    fn when(&self, cases: Cases, raw: Raw, span: Span) -> Result<Value, Error> {
        let condition = self.only_column("when", raw, span)?;
        Ok(Value::Cases(Cases { open: Some(condition), ..cases }))
    }

    fn of_cases(&self, cases: Cases, name: &str, raw: Raw, span: Span) -> Result<Value, Error> {
        match (name, cases.open) {
            ("then", Some(condition)) => {
                let mut all = cases.cases;
                all.push((condition, self.only_column("then", raw, span)?));
                // Each case stands inside the one before.
                self.held(Size { depth: all.len() as u64, ..Size::ONE }, span)?;
                Ok(Value::Cases(Cases { cases: all, open: None }))
            }
            (_, Some(_)) => Err(self.error(span, "`when` is followed by `then`")),
            ("when", None) => self.when(Cases { cases: cases.cases, open: None }, raw, span),
            ("otherwise", None) => {
                let last = self.only_column("otherwise", raw, span)?;
                let column = Cases { cases: cases.cases, open: None }.otherwise(last);
                column.map(Value::Column).ok_or_else(|| self.error(span, "`otherwise` follows `then`"))
            }
            (_, None) => {
                let column = Value::Cases(Cases { cases: cases.cases, open: None }).column(false, span);
                let column = column.ok_or_else(|| self.error(span, "`when` is followed by `then`"))?;
                self.method(Placed { value: Value::Column(column), span }, name, raw, span)
            }
        }
    }

    fn only_column(&self, name: &str, raw: Raw, span: Span) -> Result<Column, Error> {
        let wrong = || self.error(span, format!("`{name}` takes one column"));
        let [placed] = <[Placed; 1]>::try_from(raw.by_place).map_err(|_| wrong())?;
        if !raw.by_name.is_empty() {
            return Err(wrong());
        }
        placed.value.column(true, placed.span).ok_or_else(wrong)
    }

    fn unary(&mut self, op: UnaryOp, of: NodeId, span: Span) -> Result<Value, Error> {
        let placed = self.value(of)?;
        if arrays::is_array(&placed.value) {
            return self.array_sign(op, placed, span);
        }
        match (op, placed.value) {
            (UnaryOp::Minus, Value::Literal(Literal::Complex(re, im))) => {
                Ok(Value::Literal(Literal::Complex(-re, -im)))
            }
            (UnaryOp::Plus, value @ Value::Literal(Literal::Complex(..))) => Ok(value),
            (UnaryOp::Minus, Value::Literal(Literal::Int(value))) => {
                Ok(Value::Literal(Literal::Int(value.saturating_neg())))
            }
            (UnaryOp::Minus, Value::Literal(Literal::Float(value))) => {
                Ok(Value::Literal(Literal::Float(-value)))
            }
            (
                UnaryOp::Plus,
                value @ (Value::Literal(Literal::Int(_) | Literal::Float(_)) | Value::Column(_)),
            ) => Ok(value),
            (op, value) => {
                let name = if op == UnaryOp::Invert { "not_" } else { "neg" };
                let said = value.described();
                let column = value.column(false, placed.span).filter(|_| op != UnaryOp::Plus);
                let column = column
                    .ok_or_else(|| self.error(span, format!("there is no `{}` of {said}", op.as_str())))?;
                self.operator(name, column, Vec::new(), span)
            }
        }
    }

    fn two(
        &mut self,
        name: &str,
        sign: &str,
        left: NodeId,
        right: NodeId,
        span: Span,
    ) -> Result<Value, Error> {
        let (left, right) = (self.value(left)?, self.value(right)?);
        let said = format!(
            "`{sign}` stands between columns, not {} and {}",
            left.value.described(),
            right.value.described()
        );
        if let (Value::Literal(one), Value::Literal(other)) = (&left.value, &right.value) {
            let beyond = || self.error(span, format!("`{}` is beyond 64 bits", self.program.words(span)));
            match folded(sign, one, other) {
                Some(Literal::Int(value))
                    if i64::try_from(value).is_err() && u64::try_from(value).is_err() =>
                {
                    return Err(beyond());
                }
                Some(value) => return Ok(Value::Literal(value)),
                None => {}
            }
        }
        match left.value.column(false, left.span) {
            Some(column) if !matches!(right.value, Value::Frame(_) | Value::Groups(_)) => {
                self.operator(name, column, vec![right], span)
            }
            _ => Err(self.error(span, said)),
        }
    }

    fn operator(&self, name: &str, on: Column, by_place: Vec<Placed>, span: Span) -> Result<Value, Error> {
        let defect = || self.error(span, format!("operator `{name}` has no function: a defect"));
        let function = functions::function(name, true).ok_or_else(defect)?;
        self.function(function, Some(on), Raw { by_place, by_name: Vec::new() }, span)
    }

    /// Refuses what stands in a frame's brackets and names no columns: in pandas it keeps rows.
    fn named(&self, value: &Value, span: Span) -> Result<(), Error> {
        let (said, hint) = match value {
            Value::List(items) => {
                return items.iter().try_for_each(|item| self.named(&item.value, item.span));
            }
            Value::Literal(Literal::List(items)) => {
                let mut items = items.iter().map(|item| Value::Literal(item.clone()));
                return items.try_for_each(|item| self.named(&item, span));
            }
            Value::Literal(Literal::Int(_)) => {
                ("a place of a row", "`frame[2:3]` is the third row; `.slice(offset, length)` takes several")
            }
            Value::Literal(literal) if literal.text().is_none() => {
                ("a value", "columns stand in brackets by name: `frame[\"a\"]`, `frame[[\"a\", \"b\"]]`")
            }
            Value::Cases(_) => ("a column that is computed", COMPUTED),
            Value::Column(column) => match lower::expression(column) {
                Ok(Expr::Column(_) | Expr::Selector(_)) => return Ok(()),
                _ => ("a column that is computed", COMPUTED),
            },
            _ => return Ok(()),
        };
        let message =
            format!("a frame's brackets take names of columns or a slice of rows, and this is {said}");
        Err(self.error(span, message).hinted(hint))
    }

    /// Whether one of the two is an array.
    fn are_arrays(&self, left: NodeId, right: NodeId) -> bool {
        let is = |id: NodeId| match self.values.get(&id) {
            Some(Bound::Value(value)) => arrays::is_array(value),
            Some(Bound::Free(name)) => self.sources.arrays.contains_key(name),
            Some(Bound::Method(on, name)) => {
                arrays::is_array(&on.value) && matches!(name.as_str(), "T" | "mT")
            }
            _ => false,
        };
        is(left) || is(right)
    }

    /// `frame["a"]`, `frame[["a", "b"]]`, `frame[10:20]`, `array[0, 1:3]`.
    fn subscript(&mut self, of: NodeId, index: NodeId, span: Span) -> Result<Value, Error> {
        let on = match self.take(of)? {
            Bound::Method(on, name) if name == "at" && arrays::is_array(&on.value) => {
                let items = self.items(index)?;
                let Value::Array(array) = on.value else {
                    return Err(self.error(span, "no array: a defect"));
                };
                return Ok(Value::Places(array, items));
            }
            other => Placed { value: self.resolved(other, self.span(of))?, span: self.span(of) },
        };
        match &on.value {
            Value::Array(array) => return self.array_subscript(array, index, span),
            Value::Arrays(arrays) => {
                let (at, index_span) = (self.take(index)?, self.span(index));
                return self.one_of(arrays, at, index_span);
            }
            _ => {}
        }
        let Value::Frame(frame) = on.value else {
            let message = format!("{} has no brackets", on.value.described());
            let hint = match on.value {
                Value::Groups(_) => "write `.agg(…)` with what is made of each column: `col(\"name\").sum()`",
                _ => "items of a list are `.list.get(i)`, letters `.str.slice(i, n)`",
            };
            return Err(self.error(span, message).hinted(hint));
        };
        let index_span = self.span(index);
        let slice = match self.take(index)? {
            Bound::Slice(slice) => slice,
            other => {
                let value = self.resolved(other, index_span)?;
                self.named(&value, index_span)?;
                let by_place = vec![Placed { value, span: index_span }];
                return self.of_frame("select", frame, by_place, span);
            }
        };
        let [start, stop, step] = slice;
        if step.is_some_and(|step| step != 1) {
            return Err(self
                .error(index_span, "a frame's slice has no step")
                .hinted("use `.gather_every(n)`"));
        }
        let start = start.unwrap_or(0);
        let length = match stop {
            None => None,
            // Where both count from one end, their distance is the length.
            Some(stop) if (start < 0) == (stop < 0) => Some(stop.saturating_sub(start).max(0)),
            Some(_) => {
                let message = "a slice counts both its ends from the front, or both from the back";
                return Err(self.error(index_span, message));
            }
        };
        let number =
            |value: i64| Placed { value: Value::Literal(Literal::Int(value.into())), span: index_span };
        let by_place = std::iter::once(start).chain(length).map(number).collect();
        self.of_frame("slice", frame, by_place, span)
    }

    fn of_frame(
        &self,
        verb: &str,
        on: Arc<Frame>,
        by_place: Vec<Placed>,
        span: Span,
    ) -> Result<Value, Error> {
        let placed = Placed { value: Value::Frame(on), span };
        self.method(placed, verb, Raw { by_place, by_name: Vec::new() }, span)
    }

    fn result(&self, bound: Bound) -> Result<Typed, Error> {
        let span = self.span(self.program.result());
        let value = self.resolved(bound, span)?;
        if let Some(arrays) = arrays::results(&value) {
            return Ok(Typed::Arrays(arrays));
        }
        match value {
            Value::Frame(result) => Ok(Typed::Frame(result, End::Rows)),
            Value::Ended(result, end) => Ok(Typed::Frame(result, end)),
            Value::Kept(keep) => Ok(Typed::Kept(keep)),
            other => {
                let hint = match other {
                    Value::Column(_) | Value::Cases(_) => "put it into a frame's `select` or `with_columns`",
                    Value::Groups(_) => "say what becomes of each group: `.agg(n=len())`",
                    _ => "begin with `table(\"name\")` or `frame({\"column\": [values]})`",
                };
                let message = format!(
                    "the program comes to {}, and should come to a frame or an array",
                    other.described()
                );
                Err(self.error(span, message).hinted(hint))
            }
        }
    }
}

fn source(source: Source, schema: &SchemaRef, span: Span) -> Arc<Frame> {
    Arc::new(Frame { from: From::Source(source), schema: Arc::clone(schema), span, size: Size::ONE })
}

fn verb_of(on: On, name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.on == on && verb.name == name).copied()
}

fn verbs_of(on: On) -> impl Iterator<Item = &'static str> {
    VERBS.iter().filter(move |verb| verb.on == on).map(|verb| verb.name)
}

/// Names of all functions that are asked of columns.
fn methods() -> impl Iterator<Item = &'static str> {
    let functions = FAMILIES.iter().flat_map(|family| family.functions);
    functions.filter(|function| function.is_method).map(|function| function.name)
}

/// What the value is, where something can be asked of it.
fn of_value(value: &Value) -> Option<words::Of> {
    match value {
        Value::Frame(_) => Some(words::Of::Frame),
        Value::Groups(_) => Some(words::Of::Groups),
        Value::Column(_) | Value::Literal(_) => Some(words::Of::Column),
        Value::Cases(cases) if cases.open.is_none() => Some(words::Of::Column),
        _ => None,
    }
}

/// What can be asked of it.
fn known_of(of: words::Of) -> Box<dyn Iterator<Item = &'static str>> {
    match of {
        words::Of::Frame => Box::new(verbs_of(On::Frame)),
        words::Of::Groups => Box::new(verbs_of(On::Groups)),
        words::Of::Column => Box::new(methods()),
        words::Of::Nothing | words::Of::Choice => Box::new(free_names()),
    }
}

/// Where something of that name is, which is not to be had of `of`: what is wanted is there, and asked of another.
fn elsewhere(of: Option<words::Of>, name: &str) -> Option<String> {
    let behind = |known: &str| known.rsplit_once('.').is_some_and(|(_, behind)| behind == name);
    let method = methods().find(|known| *known == name).or_else(|| methods().find(|known| behind(known)));
    if let Some(method) = method {
        let column = format!("col(\"name\").{method}(…)");
        return Some(match of {
            Some(words::Of::Frame) => format!("it is asked of a column: write `.with_columns({column})`"),
            Some(words::Of::Groups) => format!("it is asked of a column: write `.agg({column})`"),
            _ => format!("write `{column}`"),
        });
    }
    if verbs_of(On::Frame).any(|known| known == name) {
        return Some(format!("it is asked of a frame: write `table(\"name\").{name}(…)`"));
    }
    verbs_of(On::Groups)
        .any(|known| known == name)
        .then(|| format!("it is asked of groups: write `.group_by(\"name\").{name}(…)`"))
}

/// What two numbers come to, as Python reckons; nothing where a column has to say it.
fn folded(sign: &str, one: &Literal, other: &Literal) -> Option<Literal> {
    let parts = |literal: &Literal| match literal {
        Literal::Int(value) => Some((*value as f64, 0.0)),
        Literal::Float(value) => Some((*value, 0.0)),
        Literal::Complex(re, im) => Some((*re, *im)),
        _ => None,
    };
    if let (Literal::Complex(..), _) | (_, Literal::Complex(..)) = (one, other) {
        let ((a, b), (c, d)) = (parts(one)?, parts(other)?);
        // Beside a real number the imaginary part keeps its sign, as Python has it.
        let is_real = |literal: &Literal| !matches!(literal, Literal::Complex(..));
        return match sign {
            "+" if is_real(one) => Some(Literal::Complex(a + c, d)),
            "+" if is_real(other) => Some(Literal::Complex(a + c, b)),
            "+" => Some(Literal::Complex(a + c, b + d)),
            "-" if is_real(one) => Some(Literal::Complex(a - c, -d)),
            "-" if is_real(other) => Some(Literal::Complex(a - c, b)),
            "-" => Some(Literal::Complex(a - c, b - d)),
            _ => None,
        };
    }
    let (one, other) = match (one, other) {
        (Literal::Int(one), Literal::Int(other)) => return folded_whole(sign, *one, *other),
        (Literal::Float(one), Literal::Int(other)) => (*one, *other as f64),
        (Literal::Int(one), Literal::Float(other)) => (*one as f64, *other),
        (Literal::Float(one), Literal::Float(other)) => (*one, *other),
        _ => return None,
    };
    match sign {
        "+" => Some(one + other),
        "-" => Some(one - other),
        "*" => Some(one * other),
        "/" if other != 0.0 => Some(one / other),
        _ => None,
    }
    .map(Literal::Float)
}

fn folded_whole(sign: &str, one: i128, other: i128) -> Option<Literal> {
    let beyond = |value: Option<i128>| Some(Literal::Int(value.unwrap_or(i128::MAX)));
    match (sign, u32::try_from(other)) {
        ("+", _) => beyond(one.checked_add(other)),
        ("-", _) => beyond(one.checked_sub(other)),
        ("*", _) => beyond(one.checked_mul(other)),
        ("**", Ok(power)) => beyond(one.checked_pow(power)),
        ("/", _) if other != 0 => Some(Literal::Float(one as f64 / other as f64)),
        // Rounded down, as Python does it, and not towards 0.
        ("//", _) if other > 0 => beyond(one.checked_div_euclid(other)),
        ("%", _) if other > 0 => beyond(one.checked_rem_euclid(other)),
        _ => None,
    }
}

fn binary_name(op: BinaryOp) -> Option<&'static str> {
    Some(match op {
        BinaryOp::Add => "add",
        BinaryOp::Subtract => "sub",
        BinaryOp::Multiply => "mul",
        BinaryOp::Divide => "truediv",
        BinaryOp::FloorDivide => "floordiv",
        BinaryOp::Remainder => "mod",
        BinaryOp::Power => "pow",
        BinaryOp::And => "and_",
        BinaryOp::Or => "or_",
        BinaryOp::Xor => "xor",
        BinaryOp::MatrixMultiply | BinaryOp::ShiftLeft | BinaryOp::ShiftRight => return None,
    })
}

fn compare_name(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Equal => "eq",
        CompareOp::NotEqual => "ne",
        CompareOp::Less => "lt",
        CompareOp::LessEqual => "le",
        CompareOp::Greater => "gt",
        CompareOp::GreaterEqual => "ge",
    }
}
