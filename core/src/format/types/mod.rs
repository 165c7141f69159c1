//! Types as people write them: `schema=a:int64,b:decimal(15,2),c:list<utf8>`, and back.
//!
//! Every name [`type_name`] gives, [`parse_type`] takes; it takes SQL's names too.

mod name;
mod parse;

pub use self::name::type_name;
pub use self::parse::{parse_schema, parse_type};
