//! What SQL knows here by name: keywords, functions, the server's own tables.

use datafusion::logical_expr::Documentation;
use datafusion::sql::sqlparser::keywords::ALL_KEYWORDS;

use crate::names::{INFORMATION, SYSTEM};
use crate::{Engine, system};

/// Names of functions, by what they work on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Functions {
    /// Numbers.
    pub numeric: Vec<String>,
    /// Text.
    pub text: Vec<String>,
    /// Dates and times.
    pub time: Vec<String>,
    /// Everything else.
    pub other: Vec<String>,
}

/// Every word that SQL gives a meaning to.
pub fn keywords() -> Vec<String> {
    ALL_KEYWORDS.iter().map(|word| (*word).to_owned()).collect()
}

/// Tables in which the server tells of itself: schema and name.
pub fn system_tables() -> impl Iterator<Item = (&'static str, &'static str)> {
    let views = ["columns", "schemata", "tables", "views"].map(|name| (INFORMATION, name));
    views.into_iter().chain(system::SYSTEM_TABLES.iter().map(|table| (SYSTEM, table.name())))
}

impl Engine {
    /// Every function that takes the values of one row, sorted.
    pub fn functions(&self) -> Functions {
        let mut functions = Functions::default();
        for (name, function) in self.planners.template().scalar_functions() {
            let section = function.documentation().map_or("", |page: &Documentation| page.doc_section.label);
            let names = match section {
                "Math Functions" => &mut functions.numeric,
                "String Functions" | "Regular Expression Functions" => &mut functions.text,
                "Time and Date Functions" => &mut functions.time,
                _ => &mut functions.other,
            };
            names.push(name.clone());
        }
        for names in [&mut functions.numeric, &mut functions.text, &mut functions.time, &mut functions.other]
        {
            names.sort_unstable();
        }
        functions
    }
}
