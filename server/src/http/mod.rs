//! The HTTP door: one file a resource.
//!
//! A handler is a paragraph: its arguments are the checks, its body is who, session, question, answer.
//! A resource is one file with a [`Route`], and one line in [`ROUTES`]; the router, `/openapi.json`, the
//! refusal of unknown paths and the tests follow from that slice.
//!
//! What all handlers share lies beside them: who may ask ([`guard`]), what a request's head says
//! ([`asked`], [`query`], [`accept`]), how a body is taken in ([`body`]), how an answer goes out
//! ([`streamed`], [`press`]). [`listen`] holds the connections.

mod accept;
mod asked;
mod body;
mod coding;
mod etag;
mod expressions;
mod guard;
mod json;
mod listen;
mod parts;
mod press;
mod query;
mod router;
mod stable;
mod streamed;
mod uploads;

mod arrays;
mod datasets;
mod elements;
mod errors;
mod health;
mod limits;
mod openapi;
mod ops;
mod requests;
mod root;
mod rows;
mod said;
mod sql;
mod statements;
mod tables;
mod transactions;
mod views;

pub use listen::{Listener, serve};
pub use router::{Route, router};

/// Every resource, by path.
pub static ROUTES: &[Route] = &[
    root::ROUTE,
    errors::ROUTE,
    health::LIVE,
    openapi::ROUTE,
    health::READY,
    arrays::ROUTE,
    datasets::LIST,
    datasets::ONE,
    expressions::ROUTE,
    limits::ROUTE,
    ops::ROUTE,
    requests::ROUTE,
    sql::ROUTE,
    statements::ROUTE,
    tables::ROUTE,
    rows::ROUTE,
    transactions::LIST,
    transactions::ONE,
    transactions::COMMIT,
    views::ROUTE,
];
