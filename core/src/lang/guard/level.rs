//! One level of brackets while it is read, and how deep what it holds is.

use crate::lang::position::Span;
use crate::lang::precedence;
use crate::lang::token::Bracket;

/// What a level is: a whole statement, or what a bracket opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Statement,
    Group,
    List,
    Dict,
    Call {
        /// How deep what is called is.
        left: usize,
    },
    Index {
        /// How deep what is indexed is.
        left: usize,
    },
}

impl Kind {
    pub(super) fn bracket(self) -> Option<Bracket> {
        match self {
            Self::Statement => None,
            Self::Group | Self::Call { .. } => Some(Bracket::Round),
            Self::List | Self::Index { .. } => Some(Bracket::Square),
            Self::Dict => Some(Bracket::Curly),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Level {
    pub(super) kind: Kind,
    /// Where its bracket is.
    pub(super) opener: Span,
    /// Nodes of the program before it; a statement's alone.
    pub(super) nodes_before: usize,
    /// Whether it is a statement whose `=` has come.
    pub(super) assigned: bool,
    /// What stands between commas, as far as it has come.
    pub(super) part: Part,
    /// Parts that have ended.
    pub(super) elements: usize,
    /// Whether a comma has come.
    pub(super) commas: bool,
    /// The deepest part.
    deepest: usize,
}

impl Level {
    pub(super) fn new(kind: Kind, opener: Span) -> Self {
        Self { kind, opener, ..Self::default() }
    }

    /// A statement behind so many nodes.
    pub(super) fn statement(nodes_before: usize, assigned: bool) -> Self {
        Self { nodes_before, assigned, ..Self::default() }
    }

    /// Whether nothing has come yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.part.is_empty() && self.elements == 0
    }

    /// Begins another part.
    pub(super) fn next_part(&mut self) {
        let part = std::mem::take(&mut self.part);
        let is_slice = matches!(self.kind, Kind::Index { .. }) && part.colons > 0;
        self.deepest = self.deepest.max(part.deepest.saturating_add(usize::from(is_slice)));
        self.elements = self.elements.saturating_add(1);
    }

    /// Nodes that it is, beside those inside: itself, and a tuple between square brackets.
    pub(super) fn own_nodes(&self) -> usize {
        match self.kind {
            Kind::Group => usize::from(self.commas || self.elements == 0),
            Kind::Index { .. } => usize::from(self.commas).saturating_add(1),
            _ => 1,
        }
    }

    /// How deep it is as a whole.
    pub(super) fn depth(&self) -> usize {
        let tuple = usize::from(self.commas);
        let inside = match self.kind {
            Kind::Statement => return self.deepest.saturating_add(tuple),
            Kind::Group | Kind::List | Kind::Dict => self.deepest,
            Kind::Call { left } => self.deepest.max(left),
            Kind::Index { left } => self.deepest.saturating_add(tuple).max(left),
        };
        inside.saturating_add(1)
    }
}

/// What stands between two commas: an expression, a slice, a named argument, a pair of a dict.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Whether an operand is what came last.
    pub(super) has_left: bool,
    /// Whether it is a named argument whose `=` has come.
    pub(super) is_named: bool,
    pub(super) colons: usize,
    /// Its first operand.
    pub(super) first: Span,
    /// Its last operand.
    pub(super) last: Span,
    /// Depths of the operands whose operator is not done with.
    operands: Vec<usize>,
    operators: Vec<Operator>,
    /// The deepest piece before a colon.
    deepest: usize,
    tokens: usize,
}

#[derive(Clone, Copy, Debug)]
struct Operator {
    sign: &'static str,
    precedence: u8,
    unary: bool,
}

impl Part {
    /// A named argument behind its `=`.
    pub(super) fn named() -> Self {
        Self { is_named: true, ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.has_left && self.operators.is_empty() && self.colons == 0 && !self.is_named
    }

    /// Whether it is one operand so far, without brackets, dots or operators.
    pub(super) fn is_lone_operand(&self) -> bool {
        self.tokens == 1 && self.operands == [1] && self.operators.is_empty()
    }

    pub(super) fn push(&mut self, depth: usize, span: Span) {
        if self.tokens == 0 {
            self.first = span;
        }
        self.last = span;
        self.tokens = self.tokens.saturating_add(1);
        self.has_left = true;
        self.operands.push(depth);
    }

    /// Takes the last operand back, to put it into something.
    pub(super) fn pop(&mut self) -> usize {
        self.has_left = false;
        self.operands.pop().unwrap_or_default()
    }

    /// Puts a sign before what comes, and tells how deep that is at least.
    pub(super) fn unary(&mut self, sign: &'static str) -> usize {
        self.operators.push(Operator { sign, precedence: precedence::UNARY, unary: true });
        self.operators.len().saturating_add(1)
    }

    /// Puts an operator behind what came, and tells how deep it is at least.
    pub(super) fn binary(&mut self, sign: &'static str) -> usize {
        let precedence = precedence::of_sign(sign);
        // `a ** b ** c` is `a ** (b ** c)`: a power waits for the one behind it.
        let reduced = match sign {
            "**" => self.reduce_while(|before| before > precedence),
            _ => self.reduce_while(|before| before >= precedence),
        };
        self.operators.push(Operator { sign, precedence, unary: false });
        self.has_left = false;
        reduced.max(self.operators.len().saturating_add(1))
    }

    /// The operator that still wants its right side.
    pub(super) fn dangling(&self) -> Option<&'static str> {
        self.operators.last().filter(|_| !self.has_left).map(|operator| operator.sign)
    }

    /// Ends a piece, and tells how deep the deepest was.
    pub(super) fn reduce(&mut self) -> usize {
        self.reduce_while(|_| true);
        self.deepest = self.deepest.max(self.operands.pop().unwrap_or_default());
        self.has_left = false;
        self.deepest
    }

    /// Does with the operators before, and tells how deep what they made is.
    fn reduce_while(&mut self, is_done: impl Fn(u8) -> bool) -> usize {
        let mut deepest = 0;
        while let Some(operator) = self.operators.pop_if(|operator| is_done(operator.precedence)) {
            let right = self.operands.pop().unwrap_or_default();
            let left = if operator.unary { 0 } else { self.operands.pop().unwrap_or_default() };
            let depth = left.max(right).saturating_add(1);
            self.operands.push(depth);
            deepest = deepest.max(depth);
        }
        deepest
    }
}
