//! How large a statement may be, and what it may become.

use std::time::Duration;

/// Limits of one statement. Each stands in the way of a text that is known to end an unguarded DataFusion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlLimits {
    /// Bytes of the text.
    pub text_bytes: usize,
    /// Tokens, not counting the literals and commas of flat lists.
    pub tokens: usize,
    /// Parentheses, brackets, `CASE` and subqueries inside one another.
    pub nesting: usize,
    /// Operators in a row at one level, as in `1 + 1 + 1`. Planning such a chain costs the square of it.
    pub chain: usize,
    /// Branches of `UNION`, `EXCEPT` and `INTERSECT`, and joined tables, at one level.
    pub branches: usize,
    /// Common table expressions.
    pub ctes: usize,
    /// Relations after every CTE and view has been put in its place.
    pub relations: u64,
    /// Bytes of one value that a function makes.
    pub value_bytes: u64,
    /// Files that one external table may have.
    pub files: usize,
    /// How long planning may take.
    pub planning: Duration,
    /// How long a transaction may be open.
    pub transaction: Duration,
}

impl Default for SqlLimits {
    fn default() -> Self {
        Self {
            text_bytes: 4 << 20,
            tokens: 10_000,
            nesting: 128,
            chain: 500,
            branches: 256,
            ctes: 64,
            relations: 5_000,
            value_bytes: 64 << 20,
            files: 10_000,
            planning: Duration::from_secs(30),
            transaction: Duration::from_secs(3600),
        }
    }
}
