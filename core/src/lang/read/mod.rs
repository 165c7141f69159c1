//! The parser's tree, taken into ours: statements in order, each expression's nodes after those inside it.
//!
//! The parser has been kept from trees that are deep; this keeps a list of what is left to do all the same,
//! for a thread's stack may be small.

mod literal;
mod operator;

use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::Ranged;

use super::error::{Error, quoted};
use super::guard::Size;
use super::keyword;
use super::limits::Limits;
use super::names::Names;
use super::position::Span;
use super::program::Program;
use super::tree::{Keyword, Kind, NameSpan, Node, NodeId};

const ONE_NAME: &str = "write `name = expression`, one name a statement";

/// The program that the text is. It was weighed before.
pub(super) fn program(text: &str, limits: &Limits, size: Size) -> Result<Program, Error> {
    let module = ruff_python_parser::parse_module(text).map_err(|error| refusal(text, &error))?;
    let mut reader = Reader { text, nodes: Vec::with_capacity(size.nodes), names: Names::default() };
    let Some((last, before)) = module.syntax().body.split_last() else {
        let end = Span::of(text.len(), text.len());
        return Err(Error::syntax(text, end, "the program is empty").hinted("write one expression"));
    };
    for statement in before {
        reader.binding(statement)?;
    }
    let result = reader.result(last)?;
    let Reader { nodes, names, .. } = reader;
    let bindings = names.finish(text)?;
    Ok(Program { text: text.into(), nodes, bindings, result, depth_max: limits.depth })
}

/// What the parser has against the text.
fn refusal(text: &str, error: &ruff_python_parser::ParseError) -> Error {
    let span = Span::from(error.location);
    let said = error.error.to_string();
    let said = match said.strip_prefix(|first: char| first.is_ascii_uppercase()) {
        Some(rest) => format!("{}{rest}", said.chars().take(1).collect::<String>().to_ascii_lowercase()),
        None => said,
    };
    let words = span.words(text);
    let said = match words.trim().is_empty() || said.contains(words) {
        true => said,
        false => format!("{said}: {}", quoted(text, span)),
    };
    let refused = Error::syntax(text, span, said);
    match words.chars().next() {
        Some('“' | '”' | '„' | '‘' | '’' | '«' | '»') => {
            refused.hinted("write straight quotes: `\"`")
        }
        Some('\u{a0}') => refused.hinted("there is a no-break space here: write a plain one"),
        _ => refused,
    }
}

struct Reader<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    names: Names,
}

/// What is left to do with an expression.
enum Step<'a> {
    /// Take what is inside, then itself.
    Enter(&'a Expr),
    /// What is inside has been taken.
    Leave(&'a Expr),
}

impl Reader<'_> {
    /// A statement before the last: `name = expression`.
    fn binding(&mut self, statement: &Stmt) -> Result<(), Error> {
        match statement {
            Stmt::Assign(assign) => self.assign(assign),
            Stmt::Expr(expression) => {
                let said = format!("the value of {} is never used", quoted(self.text, span_of(expression)));
                let hint = "bind it to a name, or delete it: one expression stands at the end";
                Err(Error::syntax(self.text, span_of(expression), said).hinted(hint))
            }
            other => Err(self.absent(span_of(other), "such statement").hinted(ONE_NAME)),
        }
    }

    /// The last statement: an expression.
    fn result(&mut self, statement: &Stmt) -> Result<NodeId, Error> {
        if let Stmt::Expr(expression) = statement {
            return self.expression(&expression.value);
        }
        self.binding(statement)?;
        let name = self.names.last().unwrap_or_default();
        let said = format!("the program ends with an assignment to `{name}` and has no result");
        let hint = format!("end it with an expression, `{name}` for one, on a line of its own");
        Err(Error::syntax(self.text, span_of(statement), said).hinted(hint))
    }

    fn assign(&mut self, assign: &ast::StmtAssign) -> Result<(), Error> {
        let form = match assign.targets.as_slice() {
            [Expr::Name(name)] => {
                let node = self.expression(&assign.value)?;
                self.usable(&name.id, span_of(name))?;
                return self.names.bind(self.text, &name.id, span_of(name), node);
            }
            [Expr::Attribute(_)] => "assignment to attributes",
            [Expr::Subscript(_)] => "assignment to parts",
            [Expr::Tuple(_) | Expr::List(_)] | [_, _, ..] => "assignment to several names",
            _ => "assignment to anything but a name",
        };
        Err(self.absent(assign.targets.first().map(span_of).unwrap_or_default(), form).hinted(ONE_NAME))
    }

    fn expression(&mut self, root: &Expr) -> Result<NodeId, Error> {
        let mut steps = vec![Step::Enter(root)];
        let mut taken: Vec<NodeId> = Vec::new();
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(expression) => {
                    steps.push(Step::Leave(expression));
                    let inside = self.inside(expression)?;
                    steps.extend(inside.into_iter().rev().map(Step::Enter));
                }
                Step::Leave(expression) => {
                    let kind = self.kind(expression, &mut taken)?;
                    taken.push(self.push(kind, span_of(expression)));
                }
            }
        }
        Ok(taken.pop().unwrap_or(NodeId(0)))
    }

    fn push(&mut self, kind: Kind, span: Span) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node { kind, span });
        id
    }

    /// What is inside an expression, in the order it is written; or why the language has no such expression.
    fn inside<'a>(&self, expression: &'a Expr) -> Result<Vec<&'a Expr>, Error> {
        let inside = match expression {
            Expr::Call(call) => {
                let values = call.arguments.keywords.iter().map(|keyword| &keyword.value);
                std::iter::once(&*call.func).chain(&call.arguments.args).chain(values).collect()
            }
            Expr::Attribute(attribute) => vec![&*attribute.value],
            Expr::UnaryOp(unary) => vec![&*unary.operand],
            Expr::BinOp(binary) => vec![&*binary.left, &*binary.right],
            Expr::Compare(compare) => std::iter::once(&*compare.left).chain(&compare.comparators).collect(),
            Expr::Subscript(subscript) => vec![&*subscript.value, &*subscript.slice],
            Expr::Slice(slice) => {
                [&slice.lower, &slice.upper, &slice.step].into_iter().flatten().map(|part| &**part).collect()
            }
            Expr::Tuple(tuple) => tuple.elts.iter().collect(),
            Expr::List(list) => list.elts.iter().collect(),
            Expr::Dict(dict) => dict
                .items
                .iter()
                .flat_map(|item| item.key.iter().chain(std::iter::once(&item.value)))
                .collect(),
            Expr::Name(_)
            | Expr::NoneLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_) => Vec::new(),
            // The guard has refused these by their words already, in better ones.
            other => return Err(self.absent(span_of(other), "such form")),
        };
        Ok(inside)
    }

    /// What the expression is. The nodes inside it are the last of `taken`, and are taken off.
    fn kind(&mut self, expression: &Expr, taken: &mut Vec<NodeId>) -> Result<Kind, Error> {
        let span = span_of(expression);
        let count = self.inside(expression)?.len();
        let mut inside = taken.split_off(taken.len().saturating_sub(count)).into_iter();
        let mut next = || inside.next().unwrap_or(NodeId(0));
        let kind = match expression {
            Expr::Name(name) => {
                self.usable(&name.id, span)?;
                self.names.used(&name.id, span)
            }
            Expr::NoneLiteral(_) => Kind::None,
            Expr::BooleanLiteral(literal) => Kind::Bool(literal.value),
            Expr::EllipsisLiteral(_) => Kind::Ellipsis,
            Expr::NumberLiteral(literal) => literal::number(self.text, &literal.value, span)?,
            Expr::StringLiteral(literal) => Kind::Str(literal::string(self.text, literal)?),
            Expr::BytesLiteral(literal) => Kind::Bytes(literal::bytes(literal)),
            Expr::Call(call) => {
                let function = next();
                let args = call.arguments.args.iter().map(|_| next()).collect();
                Kind::Call { function, args, keywords: self.keywords(call, next)? }
            }
            Expr::Attribute(attribute) => {
                let name_span = Span::from(attribute.attr.range);
                self.usable(&attribute.attr.id, name_span)?;
                let name = attribute.attr.id.to_string();
                Kind::Attribute { of: next(), name, name_span: NameSpan(name_span) }
            }
            Expr::UnaryOp(unary) => match operator::unary(unary.op) {
                Some(op) => Kind::Unary { op, of: next() },
                None => return Err(self.absent(span, "such operator")),
            },
            Expr::BinOp(binary) => {
                Kind::Binary { op: operator::binary(binary.op), left: next(), right: next() }
            }
            Expr::Compare(compare) => {
                Kind::Compare { op: operator::comparison(self.text, compare)?, left: next(), right: next() }
            }
            Expr::Subscript(_) => Kind::Subscript { of: next(), index: next() },
            Expr::Slice(slice) => Kind::Slice {
                start: slice.lower.as_ref().map(|_| next()),
                stop: slice.upper.as_ref().map(|_| next()),
                step: slice.step.as_ref().map(|_| next()),
            },
            Expr::Tuple(_) => Kind::Tuple(inside.collect()),
            Expr::List(_) => Kind::List(inside.collect()),
            Expr::Dict(dict) => Kind::Dict(dict.items.iter().map(|_| (next(), next())).collect()),
            other => return Err(self.absent(span_of(other), "such form")),
        };
        Ok(kind)
    }

    fn keywords(
        &self,
        call: &ast::ExprCall,
        mut next: impl FnMut() -> NodeId,
    ) -> Result<Vec<Keyword>, Error> {
        let mut keywords: Vec<Keyword> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for keyword in &call.arguments.keywords {
            let Some(name) = &keyword.arg else {
                return Err(self.absent(span_of(keyword), "arguments with stars"));
            };
            let name_span = Span::from(name.range);
            self.usable(&name.id, name_span)?;
            if !seen.insert(name.id.as_str()) {
                let said = format!("the argument `{}` is given twice", name.id);
                return Err(Error::syntax(self.text, name_span, said));
            }
            keywords.push(Keyword {
                name: name.id.to_string(),
                name_span: NameSpan(name_span),
                value: next(),
            });
        }
        Ok(keywords)
    }

    /// Python reads `ｉｆ` as the name `if`, which could not be written again.
    fn usable(&self, name: &str, span: Span) -> Result<(), Error> {
        match keyword::is_reserved(name) {
            true => {
                let said = format!("{} reads as `{name}`, which can be no name", quoted(self.text, span));
                Err(Error::syntax(self.text, span, said))
            }
            false => Ok(()),
        }
    }

    fn absent(&self, span: Span, form: &str) -> Error {
        Error::absent(self.text, span, form)
    }
}

fn span_of(node: &impl Ranged) -> Span {
    Span::from(node.range())
}
