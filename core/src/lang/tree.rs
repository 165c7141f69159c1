//! What programs are made of: nodes that name the nodes inside them by number.

use super::position::Span;
use super::precedence::{self, Slot};

/// A node's number in its program. What is inside a node has lower numbers than it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

/// A binding's place among its program's, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BindingId(pub(super) u32);

/// One expression, with those inside it named by number. Equal are nodes of one kind, wherever they stand.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it stands in [`Program::text`](super::Program::text), brackets around it left out.
    pub span: Span,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A name that the program does not bind: a function, or a value sent beside the text.
    Name(String),
    /// What the program bound before.
    Bound(BindingId),
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number. It has no sign: `-1` is [`Kind::Unary`] over `1`, and the least `i64` one over 2^63.
    Int(u64),
    /// A number with a point or an exponent: finite, without a sign.
    Float(f64),
    /// `2j`: finite, without a sign.
    Imaginary(f64),
    /// A string.
    Str(String),
    /// `b"…"`.
    Bytes(Vec<u8>),
    /// `...`.
    Ellipsis,
    /// `f(a, b, name=c)`.
    Call {
        /// What is called; of a method, an [`Kind::Attribute`].
        function: NodeId,
        /// The arguments by place.
        args: Vec<NodeId>,
        /// The arguments by name, as written; no name comes twice.
        keywords: Vec<Keyword>,
    },
    /// `x.name`.
    Attribute {
        /// What stands before the dot.
        of: NodeId,
        /// What stands behind it.
        name: String,
        /// Where that is.
        name_span: NameSpan,
    },
    /// `-x`.
    Unary {
        /// The sign.
        op: UnaryOp,
        /// What stands behind it.
        of: NodeId,
    },
    /// `x + y`.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// What stands before it.
        left: NodeId,
        /// What stands behind it.
        right: NodeId,
    },
    /// `x < y`.
    Compare {
        /// The operator.
        op: CompareOp,
        /// What stands before it.
        left: NodeId,
        /// What stands behind it.
        right: NodeId,
    },
    /// `x[index]`.
    Subscript {
        /// What is indexed.
        of: NodeId,
        /// The index: any node, a [`Kind::Slice`], or a [`Kind::Tuple`] of both.
        index: NodeId,
    },
    /// `start:stop:step`, which stands in a subscript alone.
    Slice {
        /// What stands before the first colon.
        start: Option<NodeId>,
        /// What stands behind it.
        stop: Option<NodeId>,
        /// What stands behind the second.
        step: Option<NodeId>,
    },
    /// `(x, y)`.
    Tuple(Vec<NodeId>),
    /// `[x, y]`.
    List(Vec<NodeId>),
    /// `{key: value}`.
    Dict(Vec<(NodeId, NodeId)>),
}

/// An argument by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyword {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub name_span: NameSpan,
    /// Its value.
    pub value: NodeId,
}

/// Where a name stands. All are equal: a node is what it is, wherever its words stand.
#[derive(Clone, Copy, Debug, Default)]
pub struct NameSpan(pub Span);

impl PartialEq for NameSpan {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Declares operators once: the variant, how it is written.
macro_rules! operators {
    ($(#[$doc:meta])* $type:ident: $($name:ident = $sign:literal,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $type { $(#[doc = concat!("`", $sign, "`.")] $name,)* }

        impl $type {
            /// Every one of them.
            pub const ALL: &'static [$type] = &[$($type::$name,)*];

            /// How it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $($type::$name => $sign,)* }
            }
        }
    };
}

operators! {
    /// A sign before one operand.
    UnaryOp: Plus = "+", Minus = "-", Invert = "~",
}

operators! {
    /// An operator between two operands.
    BinaryOp: Add = "+", Subtract = "-", Multiply = "*", Divide = "/", FloorDivide = "//", Remainder = "%",
    Power = "**", MatrixMultiply = "@", And = "&", Or = "|", Xor = "^", ShiftLeft = "<<", ShiftRight = ">>",
}

operators! {
    /// A comparison.
    CompareOp: Equal = "==", NotEqual = "!=", Less = "<", LessEqual = "<=", Greater = ">", GreaterEqual = ">=",
}

impl Kind {
    /// The nodes inside it, in the order they are written.
    pub fn children(&self) -> Vec<NodeId> {
        self.slots().into_iter().map(|(child, _)| child).collect()
    }

    /// The nodes inside it, each with where it stands.
    pub(super) fn slots(&self) -> Vec<(NodeId, Slot)> {
        let any = |id: &NodeId| (*id, Slot::AtLeast(precedence::ANY));
        let least = |id: NodeId, least: u8| (id, Slot::AtLeast(least));
        match self {
            Self::Call { function, args, keywords } => {
                let values = args.iter().chain(keywords.iter().map(|keyword| &keyword.value));
                std::iter::once(least(*function, precedence::TIGHTEST)).chain(values.map(any)).collect()
            }
            Self::Attribute { of, .. } => vec![(*of, Slot::BeforeDot)],
            Self::Unary { of, .. } => vec![least(*of, precedence::UNARY)],
            Self::Binary { op: BinaryOp::Power, left, right } => {
                vec![least(*left, precedence::TIGHTEST), least(*right, precedence::UNARY)]
            }
            Self::Binary { left, right, .. } => {
                let own = self.precedence();
                vec![least(*left, own), least(*right, own.saturating_add(1))]
            }
            Self::Compare { left, right, .. } => {
                vec![least(*left, precedence::OR), least(*right, precedence::OR)]
            }
            Self::Subscript { of, index } => vec![least(*of, precedence::TIGHTEST), any(index)],
            Self::Slice { start, stop, step } => [start, stop, step].into_iter().flatten().map(any).collect(),
            Self::Tuple(elements) | Self::List(elements) => elements.iter().map(any).collect(),
            Self::Dict(pairs) => pairs.iter().flat_map(|(key, value)| [any(key), any(value)]).collect(),
            _ => Vec::new(),
        }
    }

    /// The same with other nodes inside: `renamed` is asked in the order they are written.
    pub(super) fn map(&self, mut renamed: impl FnMut(NodeId) -> NodeId) -> Self {
        let mut kind = self.clone();
        match &mut kind {
            Self::Call { function, args, keywords } => {
                *function = renamed(*function);
                args.iter_mut().for_each(|arg| *arg = renamed(*arg));
                keywords.iter_mut().for_each(|keyword| keyword.value = renamed(keyword.value));
            }
            Self::Attribute { of, .. } | Self::Unary { of, .. } => *of = renamed(*of),
            Self::Binary { left, right, .. }
            | Self::Compare { left, right, .. }
            | Self::Subscript { of: left, index: right } => {
                *left = renamed(*left);
                *right = renamed(*right);
            }
            Self::Slice { start, stop, step } => {
                [start, stop, step].into_iter().flatten().for_each(|part| *part = renamed(*part));
            }
            Self::Tuple(elements) | Self::List(elements) => {
                elements.iter_mut().for_each(|element| *element = renamed(*element));
            }
            Self::Dict(pairs) => pairs.iter_mut().for_each(|(key, value)| {
                *key = renamed(*key);
                *value = renamed(*value);
            }),
            _ => {}
        }
        kind
    }
}
