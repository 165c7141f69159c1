//! The parser's operators, as ours.

use ruff_python_ast as ast;
use ruff_text_size::Ranged;

use crate::lang::error::Error;
use crate::lang::position::Span;
use crate::lang::tree::{BinaryOp, CompareOp, UnaryOp};

/// Bytes of an operand that a hint repeats.
const OPERAND_BYTES: usize = 20;

pub(super) fn unary(op: ast::UnaryOp) -> Option<UnaryOp> {
    match op {
        ast::UnaryOp::UAdd => Some(UnaryOp::Plus),
        ast::UnaryOp::USub => Some(UnaryOp::Minus),
        ast::UnaryOp::Invert => Some(UnaryOp::Invert),
        ast::UnaryOp::Not => None,
    }
}

pub(super) fn binary(op: ast::Operator) -> BinaryOp {
    match op {
        ast::Operator::Add => BinaryOp::Add,
        ast::Operator::Sub => BinaryOp::Subtract,
        ast::Operator::Mult => BinaryOp::Multiply,
        ast::Operator::MatMult => BinaryOp::MatrixMultiply,
        ast::Operator::Div => BinaryOp::Divide,
        ast::Operator::Mod => BinaryOp::Remainder,
        ast::Operator::Pow => BinaryOp::Power,
        ast::Operator::LShift => BinaryOp::ShiftLeft,
        ast::Operator::RShift => BinaryOp::ShiftRight,
        ast::Operator::BitOr => BinaryOp::Or,
        ast::Operator::BitXor => BinaryOp::Xor,
        ast::Operator::BitAnd => BinaryOp::And,
        ast::Operator::FloorDiv => BinaryOp::FloorDivide,
    }
}

/// The operator of a comparison, which has one.
pub(super) fn comparison(text: &str, compare: &ast::ExprCompare) -> Result<CompareOp, Error> {
    let span = Span::from(compare.range);
    match (&*compare.ops, compare.ops.first().copied().and_then(compared)) {
        ([_], Some(op)) => Ok(op),
        ([first, second, ..], _) => {
            Err(Error::absent(text, span, "chained comparisons")
                .hinted(apart(text, compare, *first, *second)))
        }
        _ => Err(Error::absent(text, span, "such comparison")),
    }
}

/// How a chain is written without one.
fn apart(text: &str, compare: &ast::ExprCompare, first: ast::CmpOp, second: ast::CmpOp) -> String {
    let words = |expression: Option<&ast::Expr>| {
        let words = expression.map(|found| Span::from(found.range()).words(text)).unwrap_or_default();
        if words.len() <= OPERAND_BYTES { words } else { "…" }
    };
    if let Some(between) = compare.comparators.first().and_then(|between| joined(text, between)) {
        let (a, b) = (words(Some(&compare.left)), words(Some(&between.left)));
        let (c, d) = (words(Some(&between.right)), words(compare.comparators.get(1)));
        let (op, first, second) = (between.op.as_str(), first.as_str(), second.as_str());
        return format!("write brackets around each comparison: `({a} {first} {b}) {op} ({c} {second} {d})`");
    }
    let (a, b, c) =
        (words(Some(&compare.left)), words(compare.comparators.first()), words(compare.comparators.get(1)));
    let (first, second) = (first.as_str(), second.as_str());
    format!("write `({a} {first} {b}) & ({b} {second} {c})`, or `{b}.is_between({a}, {c})`")
}

/// What `&`, `|` or `^` joins without brackets: it binds closer than a comparison does.
fn joined<'e>(text: &str, between: &'e ast::Expr) -> Option<&'e ast::ExprBinOp> {
    let before = text.get(..Span::from(between.range()).start as usize).unwrap_or_default();
    match between {
        ast::Expr::BinOp(joined) if !before.trim_end().ends_with('(') => {
            let joins =
                matches!(joined.op, ast::Operator::BitAnd | ast::Operator::BitOr | ast::Operator::BitXor);
            joins.then_some(joined)
        }
        _ => None,
    }
}

fn compared(op: ast::CmpOp) -> Option<CompareOp> {
    match op {
        ast::CmpOp::Eq => Some(CompareOp::Equal),
        ast::CmpOp::NotEq => Some(CompareOp::NotEqual),
        ast::CmpOp::Lt => Some(CompareOp::Less),
        ast::CmpOp::LtE => Some(CompareOp::LessEqual),
        ast::CmpOp::Gt => Some(CompareOp::Greater),
        ast::CmpOp::GtE => Some(CompareOp::GreaterEqual),
        ast::CmpOp::Is | ast::CmpOp::IsNot | ast::CmpOp::In | ast::CmpOp::NotIn => None,
    }
}
