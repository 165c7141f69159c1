//! What Tab offers: tables, columns and functions as the server names them, keywords, and what commands take.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::RwLock;
use rustyline::Context;
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::commands::{Argument, COMMANDS};
use super::line::Helper;
use super::words::{KEYWORDS, is_keyword, without_case};
use crate::cli::args;
use crate::cli::client::Server;
use crate::cli::lex::{Kind, Token, tokens};
use crate::cli::split::command_at_end;

/// Every dataset with its columns; one without any has a row too.
const DATASETS: &str = "SELECT table_schema AS schema, table_name AS name, column_name AS column \
    FROM information_schema.tables LEFT JOIN information_schema.columns USING (table_schema, table_name) \
    ORDER BY 1, 2, ordinal_position";
const FUNCTIONS: &str = "SELECT DISTINCT name FROM system.functions ORDER BY name";
const WORDS: &str = "SELECT keyword AS name, reserved FROM system.keywords ORDER BY name";
/// Characters from which on every word that the server knows is offered, and not only those of every day.
const PREFIX_OF_WORDS: usize = 3;
/// The schema that need not be named.
const MAIN: &str = "main";
/// Words after which a dataset is named.
const BEFORE_DATASETS: &[&str] =
    &["FROM", "JOIN", "INTO", "UPDATE", "TABLE", "VIEW", "DESCRIBE", "DESC", "TRUNCATE", "EXISTS", "COPY"];

/// The names that the server knows, as they are learnt.
#[derive(Clone, Default)]
pub(super) struct Names {
    known: Arc<RwLock<Known>>,
    /// Held while names are learnt: what was asked for first must not come last and hide what is newer.
    turn: Arc<Mutex<()>>,
}

#[derive(Default)]
struct Known {
    /// Columns by dataset, both as they are written in a statement.
    datasets: BTreeMap<String, Vec<String>>,
    functions: Vec<String>,
    /// All that the server takes for keywords, sorted.
    words: Vec<Word>,
}

#[derive(Deserialize)]
struct Column {
    schema: String,
    name: String,
    column: Option<String>,
}

#[derive(Deserialize)]
struct Function {
    name: String,
}

#[derive(Clone, Deserialize)]
struct Word {
    name: String,
    /// Whether a name that reads so needs quotes.
    reserved: bool,
}

impl Names {
    /// Asks the server for its names. Those it does not tell are not offered.
    pub(super) async fn learn(&self, server: &Server) {
        let _turn = self.turn.lock().await;
        if let Ok(words) = server.rows(WORDS).await {
            self.known.write().words = words;
        }
        if let Ok(columns) = server.rows(DATASETS).await {
            let mut known = self.known.write();
            known.datasets = datasets(columns, &known.words);
        }
        if let Ok(functions) = server.rows::<Function>(FUNCTIONS).await {
            self.known.write().functions = functions.into_iter().map(|function| function.name).collect();
        }
    }
}

fn datasets(columns: Vec<Column>, words: &[Word]) -> BTreeMap<String, Vec<String>> {
    let written = |name: &str| written(name, words);
    let mut datasets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Column { schema, name, column } in columns {
        let name = written(&name);
        let name = if schema == MAIN { name } else { format!("{}.{name}", written(&schema)) };
        datasets.entry(name).or_default().extend(column.map(|column| written(&column)));
    }
    datasets
}

/// The name as a statement has it: in quotes where it would be read as another.
fn written(name: &str, words: &[Word]) -> String {
    let word = words.binary_search_by(|word| without_case(&word.name, name));
    let is_reserved = word.ok().and_then(|place| words.get(place)).is_some_and(|word| word.reserved);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let fine = name.chars().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit());
    if fine && !name.is_empty() && !is_reserved {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Completer for Helper {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        match command_at_end(line.get(..pos).unwrap_or(line)) {
            Some(command) => self.complete_command(line, command, pos),
            None => {
                let (at, offers) = self.names.known.read().offers(line, pos);
                Ok((at, offers.into_iter().map(pair).collect()))
            }
        }
    }
}

fn pair(text: String) -> Pair {
    Pair { display: text.clone(), replacement: text }
}

impl Helper {
    /// Completes a command, typed up to `pos`: its name, or what it takes.
    fn complete_command(
        &self,
        line: &str,
        command: &str,
        pos: usize,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (name, begun) = match command.split_once(char::is_whitespace) {
            None => (None, command),
            Some((name, argument)) => {
                (Some(name), argument.rsplit(char::is_whitespace).next().unwrap_or_default())
            }
        };
        let at = pos.saturating_sub(begun.len());
        let fitting = |offers: &mut dyn Iterator<Item = String>| {
            Ok((at, offers.filter(|offer| offer.starts_with(begun)).map(pair).collect()))
        };
        let Some(name) = name else {
            return fitting(&mut COMMANDS.iter().map(|command| command.name.to_owned()));
        };
        match COMMANDS.iter().find(|known| known.name == name) {
            Some(known) => match known.argument {
                Argument::Dataset => fitting(&mut self.names.known.read().datasets.keys().cloned()),
                Argument::File => FilenameCompleter::new().complete_path(line, pos),
                Argument::Format => fitting(&mut args::formats().map(str::to_owned)),
                Argument::Switch => fitting(&mut ["off", "on"].into_iter().map(str::to_owned)),
                Argument::None | Argument::Pattern | Argument::Seconds | Argument::Server => {
                    Ok((at, Vec::new()))
                }
            },
            None => Ok((at, Vec::new())),
        }
    }
}

impl Known {
    /// What could stand at `pos`, and where the word begins that it would replace.
    fn offers(&self, text: &str, pos: usize) -> (usize, Vec<String>) {
        let statement = statement_at(text, pos);
        let mut before: Vec<&Token> = statement.iter().take_while(|token| token.at < pos).collect();
        let begun =
            before.pop_if(|token| token.end() >= pos && !token.is_blank() && token.kind != Kind::Sign);
        match begun {
            Some(token) if token.kind != Kind::Word => return (pos, Vec::new()),
            None if before.last().is_some_and(|token| token.kind == Kind::Comment && token.end() >= pos) => {
                return (pos, Vec::new());
            }
            _ => {}
        }
        let at = begun.map_or(pos, |token| token.at);
        let prefix = text.get(at..pos).unwrap_or_default();
        before.retain(|token| !token.is_blank());
        let offers = match before.as_slice() {
            [.., owner, dot] if dot.text == "." => self.within(owner.text, &statement),
            [.., word] if is_one_of(word, BEFORE_DATASETS) => self.datasets.keys().cloned().collect(),
            _ => self.anything(&statement, prefix),
        };
        // A name in quotes is found by what is typed without any.
        let prefix = prefix.to_lowercase();
        let fits = |offer: &String| offer.trim_start_matches('"').to_lowercase().starts_with(&prefix);
        (at, offers.into_iter().filter(fits).collect())
    }

    /// What can stand behind `owner` and a dot: columns of a dataset or its alias, datasets of a schema.
    fn within(&self, owner: &str, statement: &[Token]) -> Vec<String> {
        let named = self.named(statement).into_iter().find(|(alias, _)| alias.eq_ignore_ascii_case(owner));
        if let Some(columns) = named.map(|(_, columns)| columns).or_else(|| self.datasets.get(owner)) {
            return columns.clone();
        }
        let inner = |name: &String| Some(name.strip_prefix(owner)?.strip_prefix('.')?.to_owned());
        self.datasets.keys().filter_map(inner).collect()
    }

    /// Columns of the datasets that the statement names, functions, datasets, keywords.
    fn anything(&self, statement: &[Token], prefix: &str) -> Vec<String> {
        let columns: BTreeSet<&String> =
            self.named(statement).into_iter().flat_map(|(_, columns)| columns).collect();
        let functions = self.functions.iter().map(|name| format!("{name}("));
        let lower = prefix.chars().any(char::is_lowercase);
        let is_function = |word: &str| self.functions.iter().any(|name| name.eq_ignore_ascii_case(word));
        let rare = self
            .words
            .iter()
            .map(|word| word.name.as_str())
            .filter(|word| !is_keyword(word) && !is_function(word));
        let rare = rare.take(if prefix.chars().count() < PREFIX_OF_WORDS { 0 } else { usize::MAX });
        let keywords = KEYWORDS.iter().copied().chain(rare);
        let keywords = keywords.map(|word| if lower { word.to_lowercase() } else { word.to_owned() });
        columns.into_iter().chain(self.datasets.keys()).cloned().chain(functions).chain(keywords).collect()
    }

    /// The datasets in the statement, each under its own name and under its alias there.
    fn named<'a>(&'a self, statement: &[Token<'a>]) -> Vec<(&'a str, &'a Vec<String>)> {
        let words: Vec<&Token> = statement.iter().filter(|token| !token.is_blank()).collect();
        let mut found = Vec::new();
        for (place, word) in words.iter().enumerate() {
            let qualified = match (words.get(place.saturating_add(1)), words.get(place.saturating_add(2))) {
                (Some(dot), Some(name)) if dot.text == "." => format!("{}.{}", word.text, name.text),
                _ => word.text.to_owned(),
            };
            let parts = if qualified.len() > word.text.len() { 3 } else { 1 };
            let known =
                self.datasets.get(&qualified).or_else(|| self.datasets.get(&qualified.to_lowercase()));
            let Some(columns) = known else { continue };
            found.push((word.text, columns));
            let mut after = words.iter().skip(place.saturating_add(parts));
            let alias = after.find(|token| !token.text.eq_ignore_ascii_case("AS"));
            let is_alias = |token: &&&Token| token.kind == Kind::Word && !is_keyword(token.text);
            found.extend(alias.filter(is_alias).map(|token| (token.text, columns)));
        }
        found
    }
}

/// The tokens of the statement in which `pos` lies.
fn statement_at(text: &str, pos: usize) -> Vec<Token<'_>> {
    let mut statement = Vec::new();
    for token in tokens(text) {
        let is_end = token.kind == Kind::Sign && token.text == ";";
        if is_end && token.at >= pos {
            break;
        }
        statement.push(token);
        if is_end {
            statement.clear();
        }
    }
    statement
}

fn is_one_of(token: &Token, words: &[&str]) -> bool {
    token.kind == Kind::Word && words.iter().any(|word| word.eq_ignore_ascii_case(token.text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn known() -> Known {
        let column = |schema: &str, name: &str, column: Option<&str>| Column {
            schema: schema.to_owned(),
            name: name.to_owned(),
            column: column.map(str::to_owned),
        };
        let columns = vec![
            column("main", "flights", Some("carrier")),
            column("main", "flights", Some("dep_delay")),
            column("main", "airlines", Some("carrier")),
            column("main", "My Table", Some("Größe")),
            column("system", "queries", Some("sql")),
            column("main", "empty", None),
            column("main", "select", None),
            column("system", "tables", None),
        ];
        let words = [("SELECT", true), ("SERIALIZABLE", false), ("SUM", false), ("TABLES", false)];
        let words = words.map(|(name, reserved)| Word { name: name.to_owned(), reserved }).to_vec();
        Known {
            datasets: datasets(columns, &words),
            functions: ["date_bin", "sum"].map(str::to_owned).to_vec(),
            words,
        }
    }

    /// Offers at the place of `|`.
    fn offers(text: &str) -> Vec<String> {
        let pos = text.find('|').unwrap();
        known().offers(&text.replace('|', ""), pos).1
    }

    #[test]
    fn after_from_come_datasets() {
        let all =
            ["\"My Table\"", "\"select\"", "airlines", "empty", "flights", "system.queries", "system.tables"];
        assert_eq!(offers("SELECT * FROM |"), all);
        assert_eq!(offers("select * from fl| where x"), ["flights"]);
        assert_eq!(offers("SELECT 1; DESCRIBE A|"), ["airlines"]);
        assert_eq!(offers("SELECT * FROM system.q|"), ["queries"]);
        assert_eq!(offers("SELECT * FROM system.tab|"), ["tables"]);
        assert_eq!(offers("SELECT * FROM my|"), ["\"My Table\""]);
    }

    #[test]
    fn columns_are_those_of_the_datasets_named() {
        assert_eq!(offers("SELECT dep| FROM flights"), ["dep_delay"]);
        assert_eq!(offers("SELECT f.| FROM flights AS f JOIN airlines a"), ["carrier", "dep_delay"]);
        assert_eq!(offers("SELECT a.| FROM flights f JOIN airlines a"), ["carrier"]);
        assert_eq!(offers("SELECT q.| FROM system.queries q"), ["sql"]);
        assert_eq!(offers("SELECT dep| FROM airlines"), Vec::<String>::new());
        assert_eq!(offers("SELECT dep| ; SELECT 1 FROM flights"), Vec::<String>::new());
    }

    #[test]
    fn functions_and_keywords_go_with_what_was_begun() {
        assert_eq!(offers("SELECT date_|"), ["date_bin("]);
        assert_eq!(offers("SELECT 1 ORD|"), ["ORDER"]);
        assert_eq!(offers("SELECT 1 ord|"), ["order"]);
        assert_eq!(offers("ser|"), ["serializable"]);
        assert_eq!(offers("sum|"), ["sum("]);
        assert_eq!(
            offers("s|"),
            [
                "\"select\"",
                "system.queries",
                "system.tables",
                "sum(",
                "select",
                "semi",
                "set",
                "sets",
                "show",
                "similar",
                "smallint",
                "stored"
            ]
        );
    }

    #[test]
    fn nothing_is_offered_in_texts_comments_and_numbers() {
        for text in
            ["SELECT 'fl|", "SELECT 'fl|'", "SELECT 1 -- fl|", "SELECT 1|", "SELECT /* |", "SELECT \"fl|"]
        {
            assert_eq!(offers(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn any_place_in_any_text_is_fine() {
        let text = "SELECT 'ü', \"x.\" .. FROM flights f; .";
        for pos in (0..=text.len()).filter(|pos| text.is_char_boundary(*pos)) {
            let (at, _) = known().offers(text, pos);
            assert!(at <= pos);
        }
    }
}
