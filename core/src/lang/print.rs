//! A program as text: one statement a line, with no more brackets than it takes.

use super::precedence::Slot;
use super::program::Program;
use super::quote;
use super::tree::{Kind, NodeId};

/// The program as text. [`parse`](super::parse) makes of it a program that equals this one.
///
/// The text of a program is at most a few times as long as what was parsed: control characters in strings are
/// written as escapes, and brackets around tuples.
pub fn print(program: &Program) -> String {
    let mut printer = Printer { program, text: String::new(), left: Vec::new() };
    for binding in program.bindings() {
        printer.text.push_str(&binding.name);
        printer.text.push_str(" = ");
        printer.expression(binding.node);
        printer.text.push('\n');
    }
    printer.expression(program.result());
    printer.text
}

struct Printer<'p> {
    program: &'p Program,
    text: String,
    /// What is left to write, the next last.
    left: Vec<Piece<'p>>,
}

#[derive(Clone, Copy)]
enum Piece<'p> {
    Node(NodeId),
    /// The elements of a tuple, without brackets around them.
    Elements(NodeId),
    Words(&'p str),
}

impl<'p> Printer<'p> {
    fn expression(&mut self, root: NodeId) {
        self.left.push(Piece::Node(root));
        while let Some(piece) = self.left.pop() {
            match piece {
                Piece::Words(words) => self.text.push_str(words),
                Piece::Node(id) => {
                    let pieces = self.pieces(id);
                    self.left.extend(pieces.into_iter().rev());
                }
                Piece::Elements(id) => {
                    let pieces = elements(&self.program.node(id).kind);
                    self.left.extend(pieces.into_iter().rev());
                }
            }
        }
    }

    /// What a node is written with. A leaf is written here and now.
    fn pieces(&mut self, id: NodeId) -> Vec<Piece<'p>> {
        let program = self.program;
        let kind = &program.node(id).kind;
        let mut inside = kind.slots().into_iter();
        let mut next =
            || inside.next().map(|(child, slot)| bracketed(program, child, slot)).unwrap_or_default();
        match kind {
            Kind::Attribute { name, .. } => join([next(), words("."), words(name)]),
            Kind::Unary { op, .. } => join([words(op.as_str()), next()]),
            Kind::Binary { op, .. } => join([next(), words(" "), words(op.as_str()), words(" "), next()]),
            Kind::Compare { op, .. } => join([next(), words(" "), words(op.as_str()), words(" "), next()]),
            Kind::Subscript { index, .. } => {
                let index = match &program.node(*index).kind {
                    Kind::Tuple(parts) if !parts.is_empty() => vec![Piece::Elements(*index)],
                    _ => vec![Piece::Node(*index)],
                };
                join([next(), words("["), index, words("]")])
            }
            Kind::Call { args, keywords, .. } => {
                let mut pieces = join([next(), words("(")]);
                let named = keywords.iter().map(|keyword| Some(keyword.name.as_str()));
                for (at, name) in args.iter().map(|_| None).chain(named).enumerate() {
                    pieces.extend(words(if at == 0 { "" } else { ", " }));
                    pieces.extend(name.into_iter().flat_map(|name| [Piece::Words(name), Piece::Words("=")]));
                    pieces.extend(next());
                }
                join([pieces, words(")")])
            }
            Kind::Slice { start, stop, step } => {
                let mut part = |part: &Option<NodeId>| part.map(|_| next()).unwrap_or_default();
                let mut pieces = join([part(start), words(":"), part(stop)]);
                if step.is_some() {
                    pieces = join([pieces, words(":"), part(step)]);
                }
                pieces
            }
            Kind::Tuple(_) => join([words("("), elements(kind), words(")")]),
            Kind::List(_) => join([words("["), elements(kind), words("]")]),
            Kind::Dict(pairs) => {
                let mut pieces = words("{");
                for at in 0..pairs.len() {
                    pieces.extend(words(if at == 0 { "" } else { ", " }));
                    pieces.extend(join([next(), words(": "), next()]));
                }
                join([pieces, words("}")])
            }
            leaf => {
                self.leaf(leaf);
                Vec::new()
            }
        }
    }

    fn leaf(&mut self, kind: &Kind) {
        let bound = |id| self.program.binding(id).map(|binding| binding.name.clone()).unwrap_or_default();
        let written = match kind {
            Kind::Name(name) => name.clone(),
            Kind::Bound(id) => bound(*id),
            Kind::None => "None".to_owned(),
            Kind::Bool(true) => "True".to_owned(),
            Kind::Bool(false) => "False".to_owned(),
            Kind::Int(int) => int.to_string(),
            Kind::Float(float) => quote::float(*float),
            Kind::Imaginary(float) => format!("{}j", quote::float(*float)),
            Kind::Str(string) => quote::string(string),
            Kind::Bytes(bytes) => quote::bytes(bytes),
            _ => "...".to_owned(),
        };
        self.text.push_str(&written);
    }
}

/// A node where it stands, in brackets if need be.
fn bracketed<'p>(program: &Program, child: NodeId, slot: Slot) -> Vec<Piece<'p>> {
    match slot.brackets(&program.node(child).kind) {
        true => vec![Piece::Words("("), Piece::Node(child), Piece::Words(")")],
        false => vec![Piece::Node(child)],
    }
}

/// The elements of a tuple or a list, with commas; a tuple of one has one behind it.
fn elements<'p>(kind: &Kind) -> Vec<Piece<'p>> {
    let (Kind::Tuple(elements) | Kind::List(elements)) = kind else { return Vec::new() };
    let mut pieces = Vec::with_capacity(elements.len().saturating_mul(2));
    for (at, element) in elements.iter().enumerate() {
        pieces.extend(words(if at == 0 { "" } else { ", " }));
        pieces.push(Piece::Node(*element));
    }
    if matches!(kind, Kind::Tuple(alone) if alone.len() == 1) {
        pieces.push(Piece::Words(","));
    }
    pieces
}

fn words(words: &str) -> Vec<Piece<'_>> {
    vec![Piece::Words(words)]
}

fn join<'p, const N: usize>(parts: [Vec<Piece<'p>>; N]) -> Vec<Piece<'p>> {
    parts.into_iter().flatten().collect()
}
