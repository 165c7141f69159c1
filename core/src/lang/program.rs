//! A program: its nodes, what it binds, its result.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::position::{Position, Span};
use super::print::print;
use super::tree::{BindingId, Kind, Node, NodeId};

/// A program that was parsed: its names are bound once and before they are used, and each is used.
///
/// Equal are programs that bind the same names to the same nodes in the same order, whatever their spacing,
/// comments and quotes. Dropping, comparing and printing one never recurses.
#[derive(Clone, Debug)]
pub struct Program {
    pub(super) text: Arc<str>,
    pub(super) nodes: Vec<Node>,
    pub(super) bindings: Vec<Binding>,
    pub(super) result: NodeId,
    /// How deep a statement may be.
    pub(super) depth_max: usize,
}

/// A name and what it stands for.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The name.
    pub name: String,
    /// Where it is bound.
    pub name_span: Span,
    /// What it stands for.
    pub node: NodeId,
}

impl PartialEq for Binding {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.node) == (&other.name, other.node)
    }
}

/// A name that a program uses and does not bind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeName<'p> {
    /// The name.
    pub name: &'p str,
    /// Where it is used first.
    pub span: Span,
}

impl PartialEq for Program {
    fn eq(&self, other: &Self) -> bool {
        (&self.nodes, &self.bindings, self.result) == (&other.nodes, &other.bindings, other.result)
    }
}

impl Program {
    /// The text it was parsed from, its line ends as `\n`. All spans count in it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The node of that number.
    pub fn node(&self, id: NodeId) -> &Node {
        // Programs alone give numbers out; one of another program may lie beyond the end, and gets `None`.
        static BEYOND: Node = Node { kind: Kind::None, span: Span { start: 0, end: 0 } };
        self.nodes.get(id.0 as usize).unwrap_or(&BEYOND)
    }

    /// Every node with its number, what is inside a node before it, statement after statement.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = (NodeId, &Node)> + ExactSizeIterator {
        // A program has fewer than 2^32 nodes, as a text of 1 GiB has.
        self.nodes.iter().enumerate().map(|(at, node)| (NodeId(u32::try_from(at).unwrap_or(u32::MAX)), node))
    }

    /// What it binds, in order.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// The binding of that number. `None` for a number of another program.
    pub fn binding(&self, id: BindingId) -> Option<&Binding> {
        self.bindings.get(id.0 as usize)
    }

    /// What it answers with.
    pub fn result(&self) -> NodeId {
        self.result
    }

    /// The names it uses and does not bind, each once, in the order of their first use.
    pub fn free_names(&self) -> Vec<FreeName<'_>> {
        let mut seen = HashSet::new();
        let names = self.nodes.iter().filter_map(|node| match &node.kind {
            Kind::Name(name) => Some(FreeName { name, span: node.span }),
            _ => None,
        });
        names.filter(|free| seen.insert(free.name)).collect()
    }

    /// Where the span begins, as people count.
    pub fn position(&self, span: Span) -> Position {
        span.position(&self.text)
    }

    /// The words that stand there.
    pub fn words(&self, span: Span) -> &str {
        span.words(&self.text)
    }

    /// How deep it would be with each binding in the place of its name. No limit holds this: who walks a program
    /// by calling themselves asks first.
    pub fn depth(&self) -> usize {
        let mut depths: Vec<usize> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let of = |id: NodeId| depths.get(id.0 as usize).copied().unwrap_or_default();
            let depth = match &node.kind {
                Kind::Bound(id) => self.binding(*id).map_or(1, |binding| of(binding.node)),
                kind => kind.children().into_iter().map(of).max().unwrap_or_default().saturating_add(1),
            };
            depths.push(depth);
        }
        depths.get(self.result.0 as usize).copied().unwrap_or_default()
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print(self))
    }
}
