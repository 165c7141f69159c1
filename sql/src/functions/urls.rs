//! Parts of addresses, under the names that ibis has for them in DataFusion. An address is cut as the expression in appendix
//! B of RFC 3986 cuts it: every text has parts, and nothing in it is decoded.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::{Signature, Volatility};

use super::ours::Function;

/// Every function of addresses, sorted by name.
pub(super) fn functions() -> Vec<Function> {
    vec![
        of("extract_query", 1, |args| each(args, |address| Some(Parts::of(address).query.to_owned()))),
        of("extract_query_param", 2, |args| each_with(args, |address, key| Ok(param(address, key)))),
        of("extract_url_field", 2, |args| each_with(args, field)),
        of("extract_user_info", 1, |args| {
            each(args, |address| {
                let (name, password) = Parts::of(address).user();
                Some(format!("{}:{}", name.unwrap_or_default(), password.unwrap_or_default()))
            })
        }),
    ]
}

fn of(name: &'static str, count: usize, run: fn(&[ArrayRef]) -> Result<ArrayRef>) -> Function {
    let takes = Signature::string(count, Volatility::Immutable);
    Function { name, takes, makes: |_| Ok(DataType::Utf8View), run }
}

fn each(args: &[ArrayRef], make: fn(&str) -> Option<String>) -> Result<ArrayRef> {
    let [addresses] = args else { return exec_err!("one column is asked for") };
    let addresses = cast(addresses, &DataType::Utf8View)?;
    let made: StringViewArray = addresses.as_string_view().iter().map(|address| make(address?)).collect();
    Ok(Arc::new(made))
}

fn each_with(args: &[ArrayRef], make: fn(&str, &str) -> Result<Option<String>>) -> Result<ArrayRef> {
    let [addresses, others] = args else { return exec_err!("two columns are asked for") };
    let (addresses, others) = (cast(addresses, &DataType::Utf8View)?, cast(others, &DataType::Utf8View)?);
    let rows = addresses.as_string_view().iter().zip(others.as_string_view());
    let made: StringViewArray = rows
        .map(|(address, other)| match (address, other) {
            (Some(address), Some(other)) => make(address, other),
            _ => Ok(None),
        })
        .collect::<Result<_>>()?;
    Ok(Arc::new(made))
}

/// The first value of that name in the query, decoded as forms are.
fn param(address: &str, key: &str) -> Option<String> {
    let pairs = url::form_urlencoded::parse(Parts::of(address).query.as_bytes());
    pairs.into_iter().find(|(name, _)| name == key).map(|(_, value)| value.into_owned())
}

type Field = fn(&Parts<'_>) -> Option<String>;

/// The parts there are, by name.
const FIELDS: &[(&str, Field)] = &[
    ("fragment", |parts| Some(parts.fragment.to_owned())),
    ("hostname", |parts| parts.host().map(str::to_lowercase)),
    ("netloc", |parts| Some(parts.netloc.to_owned())),
    ("password", |parts| parts.user().1.map(str::to_owned)),
    ("path", |parts| Some(parts.path.to_owned())),
    ("port", |parts| parts.port().map(str::to_owned)),
    ("query", |parts| Some(parts.query.to_owned())),
    ("scheme", |parts| Some(parts.scheme.to_lowercase())),
    ("username", |parts| parts.user().0.map(str::to_owned)),
];

fn field(address: &str, name: &str) -> Result<Option<String>> {
    let known = FIELDS.iter().find(|(known, _)| *known == name).ok_or_else(|| {
        let shown: String = name.chars().take(60).collect();
        let names: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
        exec_datafusion_err!("an address has no part `{shown}`; there are {}", names.join(", "))
    })?;
    Ok((known.1)(&Parts::of(address)))
}

/// What an address is made of; what is not there is empty.
struct Parts<'a> {
    scheme: &'a str,
    netloc: &'a str,
    path: &'a str,
    query: &'a str,
    fragment: &'a str,
}

impl<'a> Parts<'a> {
    fn of(address: &'a str) -> Self {
        let (rest, fragment) = address.split_once('#').unwrap_or((address, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (scheme, rest) =
            rest.split_once(':').filter(|(scheme, _)| is_scheme(scheme)).unwrap_or(("", rest));
        let (netloc, path) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", rest),
        };
        Self { scheme, netloc, path, query, fragment }
    }

    /// Name and password of who asks.
    fn user(&self) -> (Option<&'a str>, Option<&'a str>) {
        match self.netloc.rsplit_once('@') {
            None => (None, None),
            Some((user, _)) => user
                .split_once(':')
                .map_or((Some(user), None), |(name, password)| (Some(name), Some(password))),
        }
    }

    /// Host and port as they are written, brackets included.
    fn place(&self) -> (&'a str, Option<&'a str>) {
        let place = self.netloc.rsplit_once('@').map_or(self.netloc, |(_, place)| place);
        let end = place.rfind(']').map_or(0, |at| at.saturating_add(1));
        let (brackets, rest) = place.split_at_checked(end).unwrap_or(("", place));
        match (rest.split_once(':'), brackets) {
            (Some((host, port)), "") => (host, Some(port)),
            (Some((_, port)), brackets) => (brackets, Some(port)),
            (None, "") => (rest, None),
            (None, brackets) => (brackets, None),
        }
    }

    fn host(&self) -> Option<&'a str> {
        let (host, _) = self.place();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        Some(bare).filter(|host| !host.is_empty())
    }

    fn port(&self) -> Option<&'a str> {
        self.place().1.filter(|port| !port.is_empty())
    }
}

fn is_scheme(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
    text.starts_with(|letter: char| letter.is_ascii_alphabetic()) && text.chars().all(fits)
}
