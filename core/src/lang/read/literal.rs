//! Literals, as values.

use ruff_python_ast::{self as ast, Number};

use crate::lang::error::{Error, quoted};
use crate::lang::position::Span;
use crate::lang::tree::Kind;

/// A number, where it fits.
pub(super) fn number(text: &str, number: &Number, span: Span) -> Result<Kind, Error> {
    let unfit = |what: &str, hint: &str| {
        let said = format!("{} does not fit {what}", quoted(text, span));
        Err(Error::syntax(text, span, said).hinted(hint))
    };
    match number {
        Number::Int(int) => match int.as_u64() {
            Some(int) => Ok(Kind::Int(int)),
            None => unfit("an integer of 64 bits", "write a float: `1e20`"),
        },
        Number::Float(float) if float.is_finite() => Ok(Kind::Float(*float)),
        Number::Complex { imag, .. } if imag.is_finite() => Ok(Kind::Imaginary(*imag)),
        _ => unfit("a float of 64 bits", "infinity is the name `inf`"),
    }
}

/// A string, its parts put together.
pub(super) fn string(text: &str, literal: &ast::ExprStringLiteral) -> Result<String, Error> {
    for part in &literal.value {
        // The parser reads `\ud800` as U+FFFD without a word.
        let span = Span::from(part.range);
        let is_replaced = part.value.contains('\u{fffd}') && !part.flags.prefix().is_raw();
        if let Some(surrogate) = surrogate(span.words(text)).filter(|_| is_replaced) {
            let said = format!("`\\{surrogate}` is half a character");
            let hint = "write the whole character: `\\U0001f600`, say";
            return Err(Error::syntax(text, span, said).hinted(hint));
        }
    }
    Ok(literal.value.to_str().to_owned())
}

/// Bytes, their parts put together.
pub(super) fn bytes(literal: &ast::ExprBytesLiteral) -> Vec<u8> {
    literal.value.iter().flat_map(|part| part.as_slice()).copied().collect()
}

/// The first escape for a surrogate in a string as it is written.
fn surrogate(written: &str) -> Option<&str> {
    let mut rest = written;
    while let Some((_, escape)) = rest.split_once('\\') {
        let digits = match escape.chars().next()? {
            'u' => 4,
            'U' => 8,
            other => {
                rest = escape.get(other.len_utf8()..)?;
                continue;
            }
        };
        let (whole, behind) = escape.split_at_checked(1_usize.saturating_add(digits))?;
        let value = u32::from_str_radix(whole.get(1..)?, 16).ok()?;
        if (0xd800..=0xdfff).contains(&value) {
            return Some(whole);
        }
        rest = behind;
    }
    None
}
