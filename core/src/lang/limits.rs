//! How large a program may be.

/// Levels that no setting goes past: behind them the stack would, when a tree is freed.
const DEPTH_MOST: usize = 1_000;
/// Bytes that no setting goes past: spans count in 32 bits.
const BYTES_MOST: usize = 1 << 30;

/// Limits of one program. What the parser may be given is measured before it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text: `program_bytes`. Over 1 GiB means 1 GiB.
    pub text_bytes: usize,
    /// Names, literals, calls, operators and whatever else is a node of its own: `program_nodes`.
    pub nodes: usize,
    /// Nodes inside one another, brackets included, as in `f(g(h(x)))` or `1 + 1 + 1`: `program_depth`. Each
    /// statement counts for itself. Over 1000 means 1000.
    pub depth: usize,
    /// Elements of one list, tuple or dict: `program_literal_elements`.
    pub literal_elements: usize,
    /// Elements of all lists, counted as often as names that stand for them are used: `program_elements`.
    pub elements: usize,
    /// Columns of one frame: `program_columns`.
    pub columns: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: 1 << 20,
            nodes: 100_000,
            depth: 200,
            literal_elements: 50_000,
            elements: 1_000_000,
            columns: 10_000,
        }
    }
}

impl Limits {
    /// The same, held to what the machine can do.
    pub(super) fn held(&self) -> Self {
        Self {
            text_bytes: self.text_bytes.min(BYTES_MOST),
            depth: self.depth.min(DEPTH_MOST),
            ..self.clone()
        }
    }
}
