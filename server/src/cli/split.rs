//! A text of statements and commands, cut at its semicolons and backslashes: those outside quotes and comments.
//!
//! A cut in a wrong place only makes a statement that the server refuses; what the server takes, it parses by itself.

use super::lex::{Kind, tokens};

/// A part of what somebody typed, or of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// What stands behind a backslash, up to the end of its line.
    Command(&'a str),
    /// A statement, without the semicolon.
    Statement(&'a str),
    /// A statement that lacks its semicolon.
    Open(&'a str),
}

/// The statements and the commands in `text`.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let end = tokens(rest).find(|token| token.kind == Kind::Sign && matches!(token.text, ";" | "\\"));
        let (statement, after) = end.map_or((rest, ""), |end| {
            (rest.get(..end.at).unwrap_or_default(), rest.get(end.end()..).unwrap_or_default())
        });
        match end.map(|end| end.text) {
            Some(";") => {
                found.extend(said(statement).map(Piece::Statement));
                rest = after;
            }
            Some(_) => {
                found.extend(said(statement).map(Piece::Open));
                let (command, after) = after.split_once('\n').unwrap_or((after, ""));
                found.push(Piece::Command(command));
                rest = after;
            }
            None => {
                found.extend(said(statement).map(Piece::Open));
                return found;
            }
        }
    }
}

/// The line on which a piece of `text` begins.
pub(super) fn line_of(text: &str, piece: &str) -> usize {
    let before = (piece.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    text.get(..before).map_or(0, |before| before.matches('\n').count()).saturating_add(1)
}

/// The command that `text` ends in.
pub(super) fn command_at_end(text: &str) -> Option<&str> {
    match pieces(text).last() {
        Some(Piece::Command(command)) if text.ends_with(command) && !text.ends_with('\n') => Some(command),
        _ => None,
    }
}

/// The statement without white space around it; none if there is nothing in it but white space and comments.
fn said(statement: &str) -> Option<&str> {
    (!tokens(statement).all(|token| token.is_blank())).then(|| statement.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_in_quotes_and_comments_cut_nothing() {
        let check = |text: &str, count: usize| assert_eq!(pieces(text).len(), count, "{text}");
        check("SELECT 1; SELECT 2", 2);
        check("SELECT ';' ; -- a; b\n", 1);
        check("SELECT 'it''s; fine'; SELECT \"a;b\" /* ; */", 2);
        check("SELECT $$a;b$$, $t$;$t$, $1; SELECT $2", 2);
        check("SELECT E'it\\'s; fine'; SELECT 1 /* a /* b; */ ; */", 2);
        check("; ;\n", 0);
        check("SELECT 'open; ", 1);
        check("SELECT 'ü'; SELECT 2;", 2);
    }

    #[test]
    fn a_backslash_begins_a_command_and_leaves_a_statement_open() {
        use Piece::{Command, Open, Statement};
        let check = |text: &str, expected: &[Piece]| assert_eq!(pieces(text), expected, "{text}");
        check("\\dt", &[Command("dt")]);
        check("\\d 'x;\nSELECT 1;", &[Command("d 'x;"), Statement("SELECT 1")]);
        check("SELECT 1;\n -- c\n \\x\n", &[Statement("SELECT 1"), Command("x")]);
        check("SELECT 1\n\\x on\n + 1;", &[Open("SELECT 1"), Command("x on"), Statement("+ 1")]);
        check("SELECT 1 \\watch 2", &[Open("SELECT 1"), Command("watch 2")]);
        check("SELECT E'\\n', $$\\x$$ -- \\x\n;", &[Statement("SELECT E'\\n', $$\\x$$ -- \\x")]);
        check("SELECT '\n\\x';", &[Statement("SELECT '\n\\x'")]);
        check("  \n-- nothing\n", &[]);
        check("SELECT 1; SELECT 2 -- ;", &[Statement("SELECT 1"), Open("SELECT 2 -- ;")]);
        check("\\", &[Command("")]);
    }

    #[test]
    fn a_piece_knows_its_line() {
        let text = "SELECT 1;\n\n-- so\nSELECT 2;\\x\n SELECT\n3";
        let lines = pieces(text).into_iter().map(|piece| match piece {
            Piece::Command(piece) | Piece::Statement(piece) | Piece::Open(piece) => line_of(text, piece),
        });
        assert_eq!(lines.collect::<Vec<_>>(), [1, 3, 4, 5]);
    }

    #[test]
    fn a_command_goes_to_the_end_of_its_line() {
        let check = |text: &str, command| assert_eq!(command_at_end(text), command, "{text}");
        check("\\d fl", Some("d fl"));
        check("SELECT 1; \\", Some(""));
        check("SELECT 1 \\g ", Some("g "));
        check("\\x\n", None);
        check("\\x\nSELECT", None);
        check("SELECT '\\x", None);
    }
}
