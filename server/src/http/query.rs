//! The query string: pairs of names and texts, every name of them known.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use pantile_core::{did_you_mean, nearest};

use crate::error::Problem;

/// The pairs of a query string.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Of these pairs.
    pub(super) fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// Refuses names that are not among `known`, with the nearest one.
    pub(super) fn only(&self, known: &[&[&str]]) -> Result<(), Problem> {
        let known = || known.iter().flat_map(|names| names.iter().copied());
        match self.0.iter().find(|(name, _)| !known().any(|known| known == name)) {
            None => Ok(()),
            Some((name, _)) => {
                let shown: String = name.chars().take(60).collect();
                let meant = did_you_mean(nearest(&shown, known()));
                let problem = Problem::invalid(format!("there is no query parameter `{shown}` here{meant}"));
                let names: Vec<&str> = known().collect();
                Err(if names.is_empty() {
                    problem
                } else {
                    problem.hint(format!("there are {}", names.join(", ")))
                })
            }
        }
    }

    /// The text of that name; of several, the first.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    /// The number of that name.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Problem> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let shown: String = text.chars().take(40).collect();
        text.parse()
            .map(Some)
            .map_err(|_| Problem::invalid(format!("`{name}={shown}` is not a whole number")))
    }

    /// Whether what has that name holds; it does not where nothing is said.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(text) => {
                let shown: String = text.chars().take(40).collect();
                Err(Problem::invalid(format!("`{name}={shown}` is neither `true` nor `false`")))
            }
        }
    }

    /// The pairs whose names are among `names`.
    pub(super) fn pairs<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        let wanted = |(name, _): &&(String, String)| names.contains(&name.as_str());
        self.0.iter().filter(wanted).map(|(name, text)| (name.as_str(), text.as_str()))
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let text = parts.uri.query().unwrap_or_default();
        Ok(Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()))
    }
}
